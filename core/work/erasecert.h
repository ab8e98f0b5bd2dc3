/* The certificate of destruction: what was destroyed, under which law, by whom and
 * how, what was checked, and what is not known. It carries the fields of AHIMA's
 * sample certificate (facility, statement, date, description, inclusive dates,
 * method, by whom) and of NIST SP 800-88's (source, method and technique, tool,
 * verification, person, date), and each condition of cryptographic erasure as met,
 * not met or unknown. No patient, no name, no number of a record stands in it. */
#ifndef CORE_WORK_ERASECERT_H
#define CORE_WORK_ERASECERT_H

#include "core/store/remnant.h"
#include "core/work/planrun.h"

/* One set that was destroyed. */
struct keep_erasecert_set {
    const struct keep_plan_set *is;
    struct keep_str package;  /* that it is archived in; empty: none */
    struct keep_str facility; /* empty: none, or not recorded */
    struct keep_str what;     /* one of the keep's own papers (papers.h), in words; empty: records */
    int32_t from, to;         /* years of the care it told of; 0: not recorded */
    keep_time at;             /* destroyed by a run that came to no certificate; NONE: by this one */
    struct keep_str role;     /* of the officer who ran that one */
};

struct keep_erasecert {
    const struct keep_plan *plan;
    uint64_t intent;                   /* the number of the certificate */
    keep_date today;
    const struct keep_officer *officer; /* who performs it */
    struct keep_str no_copies_by;      /* role of the officer who states, signed with the intent, that no unregistered copy exists; empty: nobody does */
    const struct keep_erasecert_set *set;
    size_t sets;
    uint64_t left;                     /* sets of the plan that stay */
    const struct keep_remnant_found *proof;
};

/* Canonical JSON and the keep's signature over it. */
int keep_erasecert_make(struct keep_store *s, const struct keep_erasecert *c, struct keep_arena *a, struct keep_buf *text, struct keep_buf *signature, struct keep_err *err);
/* Into the ledger, under the plan's digest. */
int keep_erasecert_enter(struct keep_store *s, const struct keep_plan *plan, struct keep_str text, struct keep_str signature, struct keep_err *err);
/* The plan's newest certificate; empty when it has none. */
int keep_erasecert_newest(struct keep_store *s, const struct keep_plan *plan, struct keep_buf *text, struct keep_buf *signature, struct keep_err *err);

#endif
