/* An archive run: what its rooms share. Inside core/work only. */
#ifndef CORE_WORK_SEALRUN_INSIDE_H
#define CORE_WORK_SEALRUN_INSIDE_H

#include "core/bag/seal.h"
#include "core/work/sealrun.h"

#define KEEP_SEALING_RECIPIENTS 36
#define KEEP_SEALING_TEXTS 300

/* A record of a chosen set. */
struct keep_sealparts_place {
    uint64_t record, size;
    uint64_t turn;     /* its place in the order in which records are read */
    uint32_t set;      /* index in the plan */
    uint32_t source;   /* index in the world */
};

/* What one package holds: whole sets, or a part of one that is larger than a package. */
struct keep_sealpart {
    struct keep_sealparts_place *place; /* ascending by record */
    size_t places, sets;
    uint64_t octets;
    bool split, last;                   /* part of a set; the last of its parts */
    uint8_t digest[32];                 /* of sets and records in the order they are read: a run that died is gone on with only when that is the same */
};

struct keep_sealing {
    struct keep_store *s;
    const struct keep_sealrun_params *p;
    struct keep_arena *a;
    struct keep_dates d;
    const struct keep_set **set;       /* one per plan set, NULL: not now */
    const char **reason;
    uint64_t total, done;              /* records of the chosen sets; handed over so far */
    uint64_t *in_keep;                 /* by source: records in the keep */
    struct keep_sealpart *part;
    size_t parts;
    int dirfd;
    struct keep_crew *crew;
    struct keep_seal_text text[KEEP_SEALING_TEXTS];
    size_t texts;
    uint8_t plan[32];
    char plan_hex[65];
    /* of the package at hand */
    const struct keep_sealpart *now;
    char id[64];
    keep_time sealed_at;
    keep_date retain_through;          /* of the package: the latest day that a set or its residue asks for; NONE: permanent */
    int32_t residue_years;             /* the most that one of its sets asks for */
    uint8_t *identity;                 /* secret memory; opens the index */
    uint8_t recipient[KEEP_SEALING_RECIPIENTS][32];
    size_t recipients;
    struct keep_seal *seal;
    uint64_t index_only;               /* records without payload */
};

/* ---- which records go into which package (sealparts.c) ---- */

/* Sets of action archive that match the plan and are not archived yet: se->set, reason, total; counts sets and left. */
int keep_sealparts_choose(struct keep_sealing *se, struct keep_sealrun_result *out, struct keep_err *err);
/* Divides their records into se->part. */
int keep_sealparts_divide(struct keep_sealing *se, struct keep_err *err);
/* The place of a record in a part, NULL: not there. */
const struct keep_sealparts_place *keep_sealparts_find(const struct keep_sealpart *part, uint64_t record);

/* ---- what stands open in a package (sealpapers.c) ---- */

int keep_sealpapers_texts(struct keep_sealing *se, struct keep_err *err);
/* Counts from source to keep to package. */
int keep_sealpapers_counts(const struct keep_sealing *se, struct keep_buf *out, struct keep_err *err);

/* ---- what the keep remembers of it (sealacts.c) ---- */

enum keep_sealacts_standing { KEEP_SEALACTS_NEW, KEEP_SEALACTS_BEGUN, KEEP_SEALACTS_RENAMED, KEEP_SEALACTS_DONE };
/* How far an earlier run came with the part at hand; id, sealed_at and identity are its. Begun: its partial lies in the folder; renamed: the whole package does, and
 * was not recorded as archived. */
int keep_sealacts_find(struct keep_sealing *se, enum keep_sealacts_standing *out, struct keep_err *err);
/* A new package: its id, its time, its identity in the keyring. */
int keep_sealacts_begin(struct keep_sealing *se, struct keep_err *err);
/* Ledger entry `sealed`, once for a tag manifest: what the proof in the package leads to. */
int keep_sealacts_sealed(struct keep_sealing *se, const uint8_t tags[64], uint64_t *index, struct keep_err *err);
/* Ledger entry `archived`, with the states of the sets that are whole with it. */
int keep_sealacts_archived(struct keep_sealing *se, struct keep_err *err);
/* Partial packages in the folder that no run can go on with. */
int keep_sealacts_sweep(struct keep_sealing *se, struct keep_err *err);

#endif
