/* One pass over the records, patient by patient: each record is put into one
 * set, each set gets its date and its standing, and the results are put in
 * order. Nothing here depends on more than one patient at a time, so memory
 * grows with the results alone. */
#include "core/retention/retention.h"

#include <stdlib.h>
#include <string.h>

#include "core/retention/assign.h"
#include "core/retention/derive.h"
#include "core/retention/onfile.h"
#include "core/retention/release.h"
#include "core/retention/tally.h"

#define PROGRESS_EVERY 4096 /* records between two calls */

struct run {
    const struct keep_retention_input *in;
    struct keep_arena *results, *unit; /* unit: one patient */
    struct keep_tally_index *index;
    struct keep_assign *assign;
    struct keep_release *release;
    struct keep_derive *derive;
    struct keep_tally *tally;
    size_t tallies, tally_cap;
    struct keep_set *set;
    size_t sets, set_cap;
    uint32_t patient;
    bool started;
    uint64_t records;
    struct keep_err *err;
};

static int no_memory(struct run *r)
{
    return keep_err_set(r->err, KEEP_E_NOMEM, "out of memory");
}

static int find_tally(struct run *r, const struct keep_record *rec, uint32_t series, struct keep_tally **out)
{
    enum keep_series_per per = r->in->policy->series[series].per;
    uint32_t patient = per == KEEP_PER_SOURCE ? KEEP_ID_NONE : rec->patient;
    uint32_t facility = per == KEEP_PER_PATIENT_FACILITY ? rec->facility : KEEP_ID_NONE;
    uint32_t source = per == KEEP_PER_SOURCE ? keep_tally_source(r->index, rec->source) : KEEP_ID_NONE;
    struct keep_tally *t;
    for (size_t i = r->tallies; i-- > 0;) {
        t = &r->tally[i];
        if (t->series == series && t->patient == patient && t->facility == facility && t->source == source) {
            *out = t;
            return 0;
        }
    }
    if (r->tallies == r->tally_cap) {
        size_t want = r->tally_cap ? r->tally_cap * 2 : 16;
        t = realloc(r->tally, want * sizeof *t);
        if (!t)
            return no_memory(r);
        r->tally = t;
        r->tally_cap = want;
    }
    t = &r->tally[r->tallies++];
    *t = (struct keep_tally){.series = series, .patient = patient, .facility = facility, .source = source, .service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE,
                             .created_first = KEEP_DATE_NONE, .created_last = KEEP_DATE_NONE};
    *out = t;
    return 0;
}

static struct keep_set *new_set(struct run *r)
{
    if (r->sets == r->set_cap) {
        size_t want = r->set_cap ? r->set_cap * 2 : 256;
        struct keep_set *more = realloc(r->set, want * sizeof *more);
        if (!more)
            return NULL;
        r->set = more;
        r->set_cap = want;
    }
    memset(&r->set[r->sets], 0, sizeof r->set[0]);
    return &r->set[r->sets++];
}

/* The set of a tally with its date; where it goes is settled by the caller. */
static int date_set(struct run *r, const struct keep_tally *t, struct keep_set **out)
{
    struct keep_set *s = new_set(r);
    uint64_t *ids;
    if (!s)
        return no_memory(r);
    ids = keep_arena_array(r->results, t->records, sizeof *ids);
    if (!ids)
        return keep_tally_full(r->results, r->err);
    memcpy(ids, t->record, t->records * sizeof *ids);
    keep_release_id(r->in, t, t->patient < r->in->world->patients ? r->in->world->patient[t->patient].entity : UINT64_MAX, s->id);
    s->series = t->series;
    s->patient = t->patient;
    s->facility = t->facility;
    s->source = t->source;
    s->record = ids;
    s->records = t->records;
    memcpy(s->digest, t->digest, sizeof s->digest);
    s->labels = t->labels;
    *out = s;
    return keep_derive_set(r->derive, t, s, true, r->results, r->err);
}

/* All sets of the patient at hand; the patient's identity last, since it rests on the others. */
static int close_patient(struct run *r)
{
    struct keep_set *s;
    const struct keep_tally *identity = NULL;
    size_t first = r->sets;
    int rc;
    for (size_t i = 0; i < r->tallies; i++) {
        if (r->tally[i].series == KEEP_SERIES_PATIENT_IDENTITY) {
            identity = &r->tally[i];
            continue;
        }
        rc = date_set(r, &r->tally[i], &s);
        if (!rc)
            rc = keep_release_set(r->release, &r->tally[i], keep_derive_where(r->derive), s, r->err);
        if (rc)
            return rc;
    }
    if (identity) {
        size_t others = r->sets - first;
        rc = date_set(r, identity, &s);
        if (!rc)
            rc = keep_release_identity(r->release, identity, keep_derive_where(r->derive), r->set + first, others, s, r->err);
        if (rc)
            return rc;
    }
    r->tallies = 0;
    keep_onfile_reset(r->index->onfile);
    keep_arena_reset(r->unit);
    return 0;
}

static int take(struct run *r, const struct keep_record *rec)
{
    struct keep_assigned to;
    struct keep_tally *t;
    int rc;
    if (r->started && rec->patient != r->patient) {
        if (rec->patient < r->patient)
            return keep_err_set(r->err, KEEP_E_INPUT, "records are not in patient order");
        rc = close_patient(r);
        if (rc)
            return rc;
    }
    r->started = true;
    r->patient = rec->patient;
    rc = keep_assign_record(r->assign, rec, &to, r->err);
    if (!rc)
        rc = find_tally(r, rec, to.series, &t);
    if (!rc)
        rc = keep_tally_add(t, r->index, rec, r->unit, r->err);
    if (!rc)
        rc = keep_onfile_add(r->index->onfile, rec, r->err);
    if (rc)
        return rc;
    t->labels |= to.labels;
    t->labels_unknown |= to.labels_unknown;
    t->also |= to.also;
    t->maybe |= to.maybe;
    r->records++;
    if (r->in->progress && r->records % PROGRESS_EVERY == 0 && r->in->progress(r->in->progress_ctx, r->records, 0) != 0)
        return keep_err_set(r->err, KEEP_E_INTERRUPTED, "interrupted");
    return 0;
}

static int by_date(const void *pa, const void *pb)
{
    const struct keep_set *a = pa, *b = pb;
    keep_date da = a->kind == KEEP_UNTIL_DATE ? a->keep_until : INT32_MAX, db = b->kind == KEEP_UNTIL_DATE ? b->keep_until : INT32_MAX;
    int x = a->status != KEEP_SET_DUE, y = b->status != KEEP_SET_DUE;
    if (x != y)
        return x - y;
    if (da != db)
        return da < db ? -1 : 1;
    return memcmp(a->id, b->id, sizeof a->id);
}

static int finish(struct run *r, struct keep_retention_result *out)
{
    struct keep_retention_result res = {.sets = r->sets, .records = r->records};
    struct keep_set *kept = NULL;
    if (r->sets) {
        qsort(r->set, r->sets, sizeof *r->set, by_date);
        kept = keep_arena_array(r->results, r->sets, sizeof *kept);
        if (!kept)
            return keep_tally_full(r->results, r->err);
        memcpy(kept, r->set, r->sets * sizeof *kept);
    }
    for (size_t i = 0; i < r->sets; i++)
        res.by_status[kept[i].status]++;
    res.set = kept;
    *out = res;
    return 0;
}

int keep_retention_run(const struct keep_retention_input *in, struct keep_arena *a, struct keep_retention_result *out, struct keep_err *err)
{
    struct run r = {.in = in, .results = a, .err = err};
    struct keep_record rec;
    int rc = keep_tally_index_new(&r.index, in->world, err);
    if (!rc)
        rc = keep_onfile_new(&r.index->onfile, in->policy, in->world, err);
    if (!rc)
        rc = keep_assign_new(&r.assign, in->policy, in->world, err);
    if (!rc)
        rc = keep_release_new(&r.release, in, err);
    if (!rc) {
        struct keep_derive_rules rules = keep_release_rules(r.release);
        keep_release_into(r.release, a);
        rc = keep_derive_new(&r.derive, in, r.index, &rules, err);
    }
    if (!rc && !(r.unit = keep_arena_new(0)))
        rc = no_memory(&r);
    if (rc)
        goto out;
    while ((rc = in->records->next(in->records->ctx, &rec, err)) > 0) {
        rc = take(&r, &rec);
        if (rc)
            goto out;
    }
    if (!rc && r.started)
        rc = close_patient(&r);
    if (!rc)
        rc = finish(&r, out);
out:
    keep_derive_free(r.derive);
    keep_release_free(r.release);
    keep_assign_free(r.assign);
    if (r.index)
        keep_onfile_free(r.index->onfile);
    keep_tally_index_free(r.index);
    keep_arena_free(r.unit);
    free(r.tally);
    free(r.set);
    return rc;
}
