/* A destroyed set is known by its id and the moment it went, nothing else. Ids
 * are keyed digests of series, patient and facility, so whether one was a
 * patient's is told by making that patient's ids anew: for each series and each
 * facility, and under each identity that was merged into the patient. */
#include "core/work/holdcheck.h"

#include <string.h>

#include "core/retention/release.h"
#include "core/store/sets.h"

struct gone {
    uint8_t set[16];
    keep_time at;
};

struct finding {
    const struct keep_holdcheck *c;
    struct keep_arena *a;
    struct gone *gone;
    size_t goners, gone_cap;
    struct keep_holdcheck_finding *list;
    size_t n, cap;
    const uint8_t *salt; /* of set ids */
};

static int each_state(void *ctx, const struct keep_set_state *st, struct keep_err *err)
{
    struct finding *f = ctx;
    if (st->status != KEEP_SET_DESTROYED)
        return 0;
    if (!keep_arena_grow(f->a, &f->gone, &f->gone_cap, f->goners + 1, sizeof *f->gone, 32))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    memcpy(f->gone[f->goners].set, st->set, 16);
    f->gone[f->goners++].at = st->at;
    return 0;
}

/* What a set of series s was, for a hold: records of a series that packs declare may have stayed in the chart, or with who the patient is, where no code
 * told or none leaves. */
static enum keep_tristate covers_series(const struct keep_policy *p, const struct keep_hold *h, size_t s)
{
    if (h->series.n == 0 || keep_str_eq(h->series, p->series[s].id))
        return KEEP_TRI_YES;
    for (size_t i = 0; i <= KEEP_SERIES_ADMINISTRATIVE; i++)
        if (keep_str_eq(h->series, p->series[i].id))
            return KEEP_TRI_NO;
    return s == KEEP_SERIES_MEDICAL_RECORD || s == KEEP_SERIES_PATIENT_IDENTITY ? KEEP_TRI_UNKNOWN : KEEP_TRI_NO;
}

enum keep_tristate keep_holdcheck_is_of(const struct keep_holdcheck *c, const uint8_t salt[32], const struct keep_hold *h, const uint8_t set[16])
{
    const struct keep_retention_input in = {.policy = c->policy, .world = c->world, .salt = salt};
    const struct keep_patient *p = &c->world->patient[h->patient];
    for (size_t s = 0; s < c->policy->series_n; s++) {
        enum keep_tristate covered = covers_series(c->policy, h, s);
        for (size_t place = 0; covered != KEEP_TRI_NO && place <= c->world->facilities; place++)
            for (size_t k = 0; k <= p->aliases; k++) {
                struct keep_tally t = {.series = (uint32_t)s, .patient = h->patient, .facility = place < c->world->facilities ? (uint32_t)place : KEEP_ID_NONE, .source = KEEP_ID_NONE};
                uint8_t id[16];
                keep_release_id(&in, &t, k ? p->alias[k - 1] : p->entity, id);
                if (memcmp(id, set, 16) == 0)
                    return covered;
            }
    }
    return KEEP_TRI_NO;
}

static int look(struct finding *f, const struct keep_hold *h, struct keep_err *err)
{
    for (size_t i = 0; i < f->goners; i++) {
        if (f->gone[i].at < h->effective_from || f->gone[i].at >= h->placed)
            continue;
        enum keep_tristate covered = h->patient != KEEP_ID_NONE ? keep_holdcheck_is_of(f->c, f->salt, h, f->gone[i].set) : h->series.n ? KEEP_TRI_UNKNOWN : KEEP_TRI_YES;
        if (covered == KEEP_TRI_NO)
            continue;
        if (!keep_arena_grow(f->a, &f->list, &f->cap, f->n + 1, sizeof *f->list, 32))
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        struct keep_holdcheck_finding *to = &f->list[f->n++];
        *to = (struct keep_holdcheck_finding){.hold = h->id, .matter = h->matter, .destroyed = f->gone[i].at, .certain = h->where.n == 0 && covered == KEEP_TRI_YES};
        memcpy(to->set, f->gone[i].set, 16);
    }
    return 0;
}

int keep_holdcheck_run(struct keep_store *s, const struct keep_holdcheck *c, struct keep_arena *a, struct keep_holdcheck_finding **out, size_t *n, struct keep_err *err)
{
    uint8_t salt[32];
    struct finding f = {.c = c, .a = a, .salt = salt};
    keep_store_subkey(s, "chartkeep set ids", salt);
    int rc = keep_sets_all(s, each_state, &f, err);
    for (size_t i = 0; rc == 0 && i < c->holds; i++)
        if (c->hold[i].id >= c->from && c->hold[i].effective_from < c->hold[i].placed)
            rc = look(&f, &c->hold[i], err);
    memset(salt, 0, sizeof salt);
    if (rc == 0) {
        *out = f.list;
        *n = f.n;
    }
    return rc;
}
