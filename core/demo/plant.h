/* The planted violations: who, whose chart, when, how, and what evidence lies
 * about. Kinds are the ids of the rules in policies/hipaa-access.policy; the
 * tenth is no rule but the verdict. */
#ifndef CORE_DEMO_PLANT_H
#define CORE_DEMO_PLANT_H

#include "core/demo/cast.h"

#define KEEP_PLANT_KINDS(X) \
    X(SELF, "self") X(HOUSEHOLD, "household") X(COWORKER, "co-worker") X(ENDED, "ended-affiliation") X(UNMAPPED, "unmapped-account") \
    X(GLASS, "break-the-glass-without-reason") X(DECEASED, "deceased") X(SENSITIVE, "sensitive-record") X(MANY, "many-charts") X(UNEXPLAINED, "unexplained")
#define X(name, word) KEEP_PLANT_##name,
enum keep_plant_kind { KEEP_PLANT_KINDS(X) KEEP_PLANT_KIND_COUNT };
#undef X

/* What the planted accesses look like. */
enum keep_plant_sign { KEEP_PLANT_SEARCHED = 1, KEEP_PLANT_PRINTED = 2, KEEP_PLANT_EXPORTED = 4, KEEP_PLANT_NIGHT = 8 };

struct keep_plant {
    enum keep_plant_kind kind;
    uint32_t staff;         /* NOBODY: a login that no roster names, temp<ghost> */
    uint32_t ghost;
    uint32_t patient;       /* NOBODY: many; then chart[0..charts) */
    uint32_t *chart, charts;
    uint32_t signs;
    keep_date day;
    int32_t second;         /* of the first access */
    uint32_t accesses;
    uint64_t *row;          /* rows of the log, once written */
    uint32_t rows;
    const char *evidence;   /* in words */
};

struct keep_plants {
    const struct keep_cast *cast;
    struct keep_plant *plant;
    uint32_t n;
    uint64_t accesses;      /* of all */
};

/* Chooses them; call when the cast knows who is whose stranger. Memory is the arena's. A hospital too small for fifty plain charts
 * has no many-charts; the other kinds then share its number. KEEP_E_USAGE when somebody cannot be found. */
int keep_plant_make(struct keep_plants *out, struct keep_cast *c, struct keep_arena *a, struct keep_err *err);
void keep_plant_login(const struct keep_cast *c, const struct keep_plant *p, char out[KEEP_CAST_TEXT]);
/* Writes answer-key.ndjson: "patient" and "mrn" are null for many charts. */
int keep_plant_write_key(const struct keep_plants *p, struct keep_err *err);

#endif
