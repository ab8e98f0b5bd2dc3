/* Patients merged, parted and disentangled, with the effect on every date looked
 * at before it is done. */
#ifndef CORE_WORK_PATIENTRUN_H
#define CORE_WORK_PATIENTRUN_H

#include "core/store/person.h"
#include "core/work/dates.h"

/* name, word in the ledger's act */
#define KEEP_PATIENTRUN_ACTS(X) X(MERGE, "merge") X(UNMERGE, "unmerge") X(OVERLAY, "overlay")
#define X(name, word) KEEP_PATIENTRUN_##name,
enum keep_patientrun_act { KEEP_PATIENTRUN_ACTS(X) KEEP_PATIENTRUN_ACT_COUNT };
#undef X

struct keep_patientrun_params {
    enum keep_patientrun_act act;
    const struct keep_packs *adopted;      /* NULL: nothing is adopted, so no set has a date to move */
    keep_date today;
    const uint64_t *identity;              /* merge: all of them are one patient; unmerge: they leave their patient together; overlay: from, to */
    size_t identities;
    struct keep_person_part part;          /* of overlay */
    const struct keep_sign_secret *const *officer; /* where a date would move earlier */
    size_t officers;
    bool confirm;                          /* false: nothing is written */
};

/* Records that go from one set to another, or stay in a set that changes. */
struct keep_patientrun_effect {
    struct keep_patientrun_set {
        uint8_t set[16];
        uint64_t patient;                  /* entity; 0 none */
        enum keep_until_kind kind;
        keep_date keep_until;
        enum keep_set_status status;
        struct keep_str holds;
    } before, after;
    struct keep_str series, facility, rule; /* rule: that decides after; empty none */
    uint64_t records;
    bool earlier, due;                     /* its day would be earlier; it would become due */
};

struct keep_patientrun_result {
    struct keep_arena *arena;              /* owns the rest */
    struct keep_patientrun_effect *effect; /* in order of the sets after, then before */
    size_t effects;
    uint64_t linked, moved, holds;         /* identities linked or parted, records and visits moved, holds carried on */
    bool quorum;                           /* the effect needs it */
    bool done;
};
/* Looks and, when confirmed, does it, all in one transaction (ledger kind "patient") with one signed act for each officer, or one unsigned. out: _free in every case.
 * KEEP_E_REFUSED: confirmed, the effect needs the quorum and it is not there; names the set; out holds the effect. KEEP_E_USAGE: the identities are
 * not what the act takes, or it would change nothing. The keep must be open for writing in both cases: the effect is computed on what would be written, and rolled back. */
int keep_patientrun(struct keep_store *s, const struct keep_patientrun_params *p, struct keep_patientrun_result *out, struct keep_err *err);
void keep_patientrun_free(struct keep_patientrun_result *r);

#endif
