/* The tables that come back from questionnaires (core/work/caseask.h), filled in
 * by whoever was asked, in whatever program: read row by row, knowing no keep but
 * its cases. */
#ifndef CORE_WORK_CASEANSWER_H
#define CORE_WORK_CASEANSWER_H

#include "core/store/casebook.h"

/* name, word */
#define KEEP_CASEANSWER_REASONS(X) \
    X(TREATMENT, "treatment") X(BILLING, "billing") X(OPERATIONS, "operations") X(ASKED, "asked by somebody") X(MISTAKE, "by mistake") \
    X(NOT_ME, "not me") X(FORGOTTEN, "do not recall") X(OTHER, "other")
enum keep_caseanswer_reason {
#define X(name, word) KEEP_CASEANSWER_##name,
    KEEP_CASEANSWER_REASONS(X)
#undef X
    KEEP_CASEANSWER_REASON_COUNT
};
extern const char *const keep_caseanswer_reasons[KEEP_CASEANSWER_REASON_COUNT];

/* Columns, in any order and with others between: question, answered_by, answered_on, reason, explanation. */
#define KEEP_CASEANSWER_COLUMNS 5
extern const char *const keep_caseanswer_columns[KEEP_CASEANSWER_COLUMNS];

#define KEEP_CASEANSWER_DIGITS 12 /* of the case in a question's number, "7f09a1b2c3d4-1" */
#define KEEP_CASEANSWER_WHO 100   /* bytes of a name */

struct keep_caseanswer {
    const struct keep_casebook_case *c;
    struct keep_str question, by, on, explanation; /* UTF-8, without blanks at their ends; on: a whole day */
    const char *reason;                            /* one of the words */
    uint64_t line;
};

/* What becomes of each row: strings live during the call. answer: <0 ends the reading. */
struct keep_caseanswer_taker {
    void *ctx;
    int (*answer)(void *ctx, const struct keep_caseanswer *a, struct keep_err *err);
    void (*bad)(void *ctx, uint64_t line, const char *why);
};
/* list: the keep's cases, as keep_casebook_named wants them. empty: rows that nobody has filled in yet. KEEP_E_INPUT: no table, or a column is missing. */
int keep_caseanswer_read(const struct keep_casebook_case *list, size_t n, struct keep_str csv, const struct keep_caseanswer_taker *t, uint64_t *empty, struct keep_err *err);

#endif
