/* Asking about cases: questionnaires addressed to who opened the charts, or to
 * their managers, and the answers that come back as CSV. A questionnaire says what
 * was opened and when; not which rule, not what else is known, and nothing of any
 * other patient. */
#ifndef CORE_WORK_CASEASK_H
#define CORE_WORK_CASEASK_H

#include "core/work/casework.h"

#define KEEP_CASEASK_CASES 200 /* asked about at once: each is a pass over the log, and one for each who is asked */

struct keep_caseask_question {
    const struct keep_casebook_case *c;
    uint32_t user;   /* whose accesses it is about, world index; of a case of several people's each is asked of their own */
    char number[48]; /* "7f09a1b2c3d4-1": the case, and how many were asked of it */
};
/* One addressee with all questions to them. */
struct keep_caseask_sheet {
    uint32_t to;     /* worker, world index */
    struct keep_caseask_question *question;
    size_t n;
};
struct keep_caseask_sheets {
    struct keep_caseask_sheet *sheet; /* in order of the first question to each */
    size_t n;
    uint64_t nobody;                  /* accesses of several people's cases about which nobody is asked: who made them, or their manager, is not on file */
};
/* w with people; memory in its arena. KEEP_E_USAGE: a case about which nobody could be asked, for its user, or the user's manager, is not on file; nobody is asked then. */
int keep_caseask_sheets(struct keep_casework *w, const struct keep_casebook_case *const *list, size_t n, bool manager, struct keep_caseask_sheets *out, struct keep_err *err);

/* Steps "asked" of all sheets, in one transaction. who asks; due: KEEP_DATE_NONE none. */
int keep_caseask_record(struct keep_casework *w, const struct keep_caseask_sheets *s, bool manager, keep_date due, struct keep_str who, struct keep_err *err);

struct keep_caseask_form {
    bool manager, html;
    keep_date due;
    struct keep_str from; /* who asks, and where answers go */
};
/* A sheet as text or HTML, and the table to be answered. Names are masked unless w's mask reveals them. */
int keep_caseask_write(struct keep_casework *w, const struct keep_caseask_sheet *sheet, const struct keep_caseask_form *form, struct keep_buf *out, struct keep_err *err);
void keep_caseask_table(const struct keep_caseask_sheet *sheet, struct keep_buf *out);

struct keep_caseask_counts {
    uint64_t taken, known, bad, empty; /* known: the same answer is on file already; empty: not filled in yet */
};
/* Answers, as core/work/caseanswer.h reads them. Rows that cannot be taken are left out: each calls bad with its line. The others are
 * stored in one transaction. where: the file's name, for messages. */
int keep_caseask_take(struct keep_casework *w, struct keep_str csv, const char *where, struct keep_caseask_counts *out,
                      void (*bad)(void *ctx, uint64_t line, const char *why), void *ctx, struct keep_err *err);

#endif
