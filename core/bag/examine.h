/* One examination of a package: what was read so far, and what each check found.
 * The parts of the verifier share it. Inside core/bag only. */
#ifndef CORE_BAG_EXAMINE_H
#define CORE_BAG_EXAMINE_H

#include "core/bag/decision.h"
#include "core/bag/inspect.h"
#include "core/bag/layout.h"
#include "core/bag/members.h"
#include "core/base/buf.h"
#include "core/base/civil.h"

enum keep_examine_check {
#define X(name, word, text) KEEP_CHECK_##name,
    KEEP_INSPECT_CHECKS(X)
#undef X
    KEEP_CHECKS
};

/* Files small enough to be kept whole; the rest streams by. */
enum keep_examine_text {
    KEEP_TEXT_PLAN, KEEP_TEXT_APPROVALS, KEEP_TEXT_ADOPTION, KEEP_TEXT_OFFICERS, KEEP_TEXT_COUNTS,
    KEEP_TEXT_BAGIT, KEEP_TEXT_BAGINFO, KEEP_TEXT_TAGS, KEEP_TEXT_PROOF, KEEP_TEXT_SIGNATURE, KEEP_TEXTS
};

struct keep_examine {
    const struct keep_inspect_params *p;
    struct {
        enum keep_inspect_result result;
        unsigned failures;
        char detail[400]; /* of the first failure, or what was found */
    } check[KEEP_CHECKS];
    bool skip[KEEP_CHECKS];          /* not asked, or of no meaning for this: left out of the report */
    char id[KEEP_LAYOUT_ID + 1];
    keep_time mtime;
    struct keep_members *members;
    struct keep_arena *arena;        /* one line or document at a time */
    struct keep_buf text[KEEP_TEXTS];
    bool have[KEEP_TEXTS];
    struct keep_decision decision;   /* the plan, and the digests of the packs that were read */
    uint64_t octets, files;          /* of the payload */
    uint32_t lines[2];               /* of the sha512 manifest, of the tag manifest */
    uint64_t records, empty;         /* lines of the register; those without members */
    char origin[256];                /* of the ledger, from bag-info */
    uint64_t ledger_index;
    bool proven;                     /* the ledger's proof holds */
    bool cut;                        /* the tar could not be read to its end */
    uint64_t done, total;            /* bytes, for progress */
};

/* Notes a failure; the first one's text stands. Text of the package may go into it: it is cut and cleaned when printed. */
void keep_examine_fail(struct keep_examine *x, enum keep_examine_check c, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Says what a check found, when nothing failed. */
void keep_examine_note(struct keep_examine *x, enum keep_examine_check c, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
void keep_examine_impossible(struct keep_examine *x, enum keep_examine_check c, const char *why);
bool keep_examine_failed(const struct keep_examine *x, enum keep_examine_check c);
/* What a package says about itself may hold anything: only printable ASCII is passed on. In place. */
void keep_examine_clean(char *z);
/* Tells the caller how far it is: 0 or KEEP_E_INTERRUPTED. */
int keep_examine_advance(struct keep_examine *x, size_t n, struct keep_err *err);

/* Tells the caller every check but the skipped ones, in their order. 0 all passed, 1 some not possible, KEEP_E_INTEGRITY some failed; a negative value
 * from found is forwarded. */
int keep_examine_report(const struct keep_examine *x, struct keep_err *err);

#endif
