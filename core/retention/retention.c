/* One pass over the records: each is put into one set, and what it says goes into
 * that set's tally. Then, patient by patient, each set gets its date and its
 * standing, and is handed over or put in order. Memory grows with the sets, not
 * with the records. */
#include "core/retention/retention.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/retention/assign.h"
#include "core/retention/derive.h"
#include "core/retention/doubt.h"
#include "core/retention/onfile.h"
#include "core/retention/release.h"
#include "core/retention/spots.h"
#include "core/retention/tally.h"

#define PROGRESS_EVERY 4096 /* records between two calls */
#define LATEST 3            /* sets of a patient that are tried before the hash: the chart, who it is, pictures */
#define ROOM 4096           /* tallies in one piece: they stay where they are */

struct run {
    const struct keep_retention_input *in;
    struct keep_arena *results, *gathered, *unit; /* gathered: what tallies point to; unit: one patient's sets */
    struct keep_tally_index *index;
    struct keep_assign *assign;
    struct keep_release *release;
    struct keep_derive *derive;
    struct keep_spots *spot;
    uint32_t (*latest)[LATEST]; /* of each patient, and last of nobody: the tallies + 1 that records went to, where the next mostly goes too */
    struct keep_tally **piece; /* ROOM each */
    size_t pieces, tallies;
    uint32_t *order;           /* tallies by patient, then as they came */
    const struct keep_tally **mate; /* those of the patient at hand */
    size_t mate_cap;
    size_t nobody;             /* where in the order the sets about no patient begin */
    uint64_t could;            /* bit i: some record may belong to a set of series i, and is in another */
    struct keep_set *mine;     /* of the patient at hand */
    size_t mine_n, mine_cap;
    const struct keep_tally **of; /* what each of mine was dated by */
    size_t of_cap;
    struct keep_set *set;      /* gathered */
    size_t sets, set_cap;
    struct keep_retention_result out;
    struct keep_err *err;
};

static int no_memory(struct run *r)
{
    return keep_err_set(r->err, KEEP_E_NOMEM, "out of memory");
}

static struct keep_tally *tally_at(const struct run *r, size_t i)
{
    return &r->piece[i / ROOM][i % ROOM];
}

static struct keep_set *one_more(struct keep_set **list, size_t *n, size_t *cap)
{
    if (!keep_grow(list, cap, *n + 1, sizeof **list, 64))
        return NULL;
    memset(&(*list)[*n], 0, sizeof **list);
    return &(*list)[(*n)++];
}

/* --- gathering --- */

static int find_tally(struct run *r, const struct keep_record *rec, uint32_t series, struct keep_tally **out)
{
    enum keep_series_per per = r->in->policy->series[series].per;
    uint32_t patient = per == KEEP_PER_SOURCE ? KEEP_ID_NONE : rec->patient;
    uint32_t facility = per == KEEP_PER_PATIENT_FACILITY ? rec->facility : KEEP_ID_NONE;
    uint32_t source = per == KEEP_PER_SOURCE ? keep_tally_source(r->index, rec->source) : KEEP_ID_NONE;
    uint32_t *latest = r->latest[patient < r->in->world->patients ? patient : r->in->world->patients];
    size_t at;
    for (int i = 0; i < LATEST && latest[i]; i++) {
        struct keep_tally *t = tally_at(r, latest[i] - 1);
        if (t->series == series && t->patient == patient && t->facility == facility && t->source == source) {
            *out = t;
            return 0;
        }
    }
    int rc = keep_spots_at(r->spot, (uint32_t[]){series, patient, facility, source}, &at);
    if (rc < 0)
        return no_memory(r);
    if (rc == 1 && at == r->pieces * ROOM) {
        struct keep_tally **more = realloc(r->piece, (r->pieces + 1) * sizeof *more);
        if (!more)
            return no_memory(r);
        r->piece = more;
        r->piece[r->pieces] = malloc(ROOM * sizeof **more);
        if (!r->piece[r->pieces])
            return no_memory(r);
        r->pieces++;
    }
    *out = tally_at(r, at);
    memmove(latest + 1, latest, (LATEST - 1) * sizeof *latest);
    latest[0] = (uint32_t)at + 1;
    if (rc == 0)
        return 0;
    **out = keep_tally_empty(series, patient, facility, source);
    r->tallies++;
    return 0;
}

static int take(struct run *r, const struct keep_record *rec)
{
    struct keep_assigned to;
    struct keep_tally *t;
    int rc = keep_assign_record(r->assign, rec, &to, r->err);
    if (!rc && rec->destroyed)
        to.could = 0; /* it counts for no other set any more */
    if (!rc)
        rc = find_tally(r, rec, to.series, &t);
    if (!rc)
        rc = keep_doubt_take(t, r->index, rec, &to, r->gathered, r->err);
    if (!rc)
        rc = keep_tally_add(t, r->index, rec, r->gathered, r->err);
    if (!rc)
        rc = keep_onfile_add(r->index->onfile, rec, r->err);
    if (rc)
        return rc;
    keep_tally_note(t, &to);
    r->could |= to.could;
    r->out.records++;
    if (r->in->progress && r->out.records % PROGRESS_EVERY == 0 && r->in->progress(r->in->progress_ctx, r->out.records, 0) != 0)
        return keep_err_set(r->err, KEEP_E_INTERRUPTED, "interrupted");
    return 0;
}

/* By patient, in the order in which sets came: counted, for there are many and few of each. */
static int order_tallies(struct run *r)
{
    size_t patients = r->in->world->patients, *from = calloc(patients + 2, sizeof *from);
    r->order = malloc((r->tallies + 1) * sizeof *r->order);
    if (!from || !r->order) {
        free(from);
        return no_memory(r);
    }
    for (size_t i = 0; i < r->tallies; i++) {
        uint32_t p = tally_at(r, i)->patient;
        from[(p < patients ? p : patients) + 1]++;
    }
    for (size_t i = 0; i <= patients; i++)
        from[i + 1] += from[i];
    r->nobody = from[patients];
    for (size_t i = 0; i < r->tallies; i++) {
        uint32_t p = tally_at(r, i)->patient;
        r->order[from[p < patients ? p : patients]++] = (uint32_t)i;
    }
    free(from);
    return 0;
}

/* --- dating --- */

/* Where what a set points to is to live, once it is wanted; and where it is made before that is known. */
static struct keep_arena *home(const struct run *r)
{
    return r->in->each ? r->unit : r->results;
}

static struct keep_arena *first_home(const struct run *r)
{
    return r->in->want || r->in->brief ? r->unit : home(r);
}

/* The set of a tally; its date and whether it may go come after. */
static struct keep_set *begin_set(struct run *r, const struct keep_tally *t)
{
    struct keep_set *s = keep_grow(&r->of, &r->of_cap, r->mine_n + 1, sizeof *r->of, 64) ? one_more(&r->mine, &r->mine_n, &r->mine_cap) : NULL;
    if (!s)
        return NULL;
    r->of[r->mine_n - 1] = t;
    keep_release_id(r->in, t, t->patient < r->in->world->patients ? r->in->world->patient[t->patient].entity : UINT64_MAX, s->id);
    s->series = t->series;
    s->patient = t->patient;
    s->facility = t->facility;
    s->source = t->source;
    s->record = t->record;
    s->records = t->records;
    memcpy(s->digest, t->digest, sizeof s->digest);
    s->labels = t->labels;
    s->service_first = t->service_first;
    s->service_last = t->service_last;
    return s;
}

static int date_set(struct run *r, const struct keep_tally *t, struct keep_set *s)
{
    return keep_derive_set(r->derive, t, s, !r->in->brief && !r->in->want, first_home(r), r->err);
}

/* The same with the records of its mates that could stand in one set with its own. */
static int weigh_doubt(struct run *r, const struct keep_tally *t, const uint32_t *mate, size_t n, struct keep_set *s, const struct keep_tally **by)
{
    struct keep_tally *both = NULL;
    struct keep_set with = *s;
    int rc = 0;
    if (!(r->could >> t->series & 1 || t->could) || t->destroyed == t->records)
        return 0;
    for (size_t i = 0; !rc && i < n; i++)
        rc = keep_doubt_add(&both, t, tally_at(r, mate[i]), r->in->policy, r->unit, r->err);
    if (rc || !both)
        return rc;
    with.reason = with.explain = (struct keep_str){NULL, 0};
    rc = date_set(r, both, &with);
    if (!rc)
        rc = keep_release_set(r->release, both, keep_derive_where(r->derive), &with, r->err);
    if (rc)
        return rc;
    rc = keep_doubt_settle(s, &with, both->records - t->records - both->unplaced, both->unplaced, first_home(r), r->err);
    if (rc == 1)
        *by = both;
    return rc < 0 ? rc : 0;
}

static int date_patient(struct run *r, const uint32_t *tally, size_t n)
{
    const struct keep_tally *identity = NULL;
    struct keep_set *s;
    bool nobody = tally_at(r, tally[0])->patient == KEEP_ID_NONE;
    int rc = 0;
    if (!keep_grow(&r->mate, &r->mate_cap, n, sizeof *r->mate, 16))
        return no_memory(r);
    for (size_t i = 0; i < n; i++)
        r->mate[i] = tally_at(r, tally[i]);
    r->index->mate = r->mate;
    r->index->mates = nobody ? 0 : n;
    keep_onfile_turn(r->index->onfile, tally_at(r, tally[0])->patient);
    keep_release_into(r->release, first_home(r));
    for (size_t i = 0; !rc && i < n; i++) {
        const struct keep_tally *t = tally_at(r, tally[i]);
        if (t->series == KEEP_SERIES_PATIENT_IDENTITY) {
            identity = t; /* it rests on the others */
            continue;
        }
        if (!(s = begin_set(r, t)))
            return no_memory(r);
        rc = date_set(r, t, s);
        if (!rc)
            rc = keep_release_set(r->release, t, keep_derive_where(r->derive), s, r->err);
        if (!rc)
            rc = weigh_doubt(r, t, nobody ? r->order + r->nobody : tally, nobody ? r->tallies - r->nobody : n, s, &r->of[r->mine_n - 1]);
    }
    if (rc || !identity)
        return rc;
    if (!(s = begin_set(r, identity)))
        return no_memory(r);
    rc = date_set(r, identity, s);
    return rc ? rc : keep_release_identity(r->release, identity, keep_derive_where(r->derive), r->mine, r->mine_n - 1, s, r->err);
}

/* --- handing over --- */

static bool copied(struct keep_arena *a, struct keep_str *s)
{
    bool ok = true;
    *s = s->n ? keep_arena_str(a, *s, &ok) : (struct keep_str){NULL, 0};
    return ok;
}

/* What the first round left out, and everything out of the patient's memory. */
static int complete(struct run *r, const struct keep_tally *t, struct keep_set *s)
{
    struct keep_set again = {.series = s->series};
    struct keep_arena *a = home(r);
    if (!r->in->brief) {
        int rc = keep_derive_set(r->derive, t, &again, true, a, r->err);
        if (rc)
            return rc;
        s->step = again.step;
        s->steps = again.steps;
        if (s->rule >= 0 && s->rule == again.rule)
            s->explain = again.explain;
    } else {
        s->step = NULL;
        s->steps = 0;
    }
    return copied(a, &s->gates) && copied(a, &s->reason) && copied(a, &s->custodian) && copied(a, &s->locator) && copied(a, &s->holds) ? 0 : keep_tally_full(a, r->err);
}

static int hand_over(struct run *r, const struct keep_tally *t, struct keep_set *s)
{
    r->out.seen++;
    r->out.by_status[s->status]++;
    if (r->in->want && !r->in->want(r->in->each_ctx, s))
        return 0;
    int rc = r->in->want || r->in->brief ? complete(r, t, s) : 0;
    if (rc)
        return rc;
    if (r->in->each)
        return r->in->each(r->in->each_ctx, s, r->err);
    struct keep_set *to = one_more(&r->set, &r->sets, &r->set_cap);
    if (!to)
        return no_memory(r);
    *to = *s;
    if (!s->record)
        return 0;
    uint64_t *ids = keep_arena_array(r->results, s->records, sizeof *ids);
    if (!ids)
        return keep_tally_full(r->results, r->err);
    memcpy(ids, s->record, s->records * sizeof *ids);
    to->record = ids;
    return 0;
}

static int hand_over_patient(struct run *r)
{
    int rc = 0;
    for (size_t i = 0; !rc && i < r->mine_n; i++)
        rc = hand_over(r, r->of[i], &r->mine[i]);
    return rc;
}

static int date_all(struct run *r)
{
    size_t last;
    int rc = order_tallies(r);
    for (size_t i = 0; !rc && i < r->tallies; i = last) {
        uint32_t patient = tally_at(r, r->order[i])->patient;
        for (last = i + 1; last < r->tallies && patient != KEEP_ID_NONE && tally_at(r, r->order[last])->patient == patient;)
            last++;
        r->mine_n = 0;
        rc = date_patient(r, r->order + i, last - i);
        if (!rc)
            rc = hand_over_patient(r);
        keep_arena_reset(r->unit);
        if (!rc && r->in->progress && i / PROGRESS_EVERY != last / PROGRESS_EVERY && r->in->progress(r->in->progress_ctx, r->out.records, 0) != 0)
            rc = keep_err_set(r->err, KEEP_E_INTERRUPTED, "interrupted");
    }
    return rc;
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
    struct keep_set *kept = NULL;
    if (r->sets) {
        qsort(r->set, r->sets, sizeof *r->set, by_date);
        kept = keep_arena_array(r->results, r->sets, sizeof *kept);
        if (!kept)
            return keep_tally_full(r->results, r->err);
        memcpy(kept, r->set, r->sets * sizeof *kept);
    }
    r->out.set = kept;
    r->out.sets = r->sets;
    *out = r->out;
    return 0;
}

/* --- a run --- */

static int begin(struct run *r)
{
    const struct keep_retention_input *in = r->in;
    int rc = keep_tally_index_new(&r->index, in->world, r->err);
    if (!rc)
        rc = keep_onfile_new(&r->index->onfile, in->policy, in->world, r->err);
    if (!rc)
        rc = keep_assign_new(&r->assign, in->policy, in->world, r->err);
    if (!rc)
        rc = keep_release_new(&r->release, in, r->err);
    if (rc)
        return rc;
    struct keep_derive_rules rules = keep_release_rules(r->release);
    r->index->brief = in->brief;
    r->index->bound = in->bound;
    r->unit = keep_arena_new(0);
    r->gathered = keep_arena_new(0);
    r->spot = keep_spots_new();
    r->latest = calloc(in->world->patients + 1, sizeof *r->latest);
    if (!r->unit || !r->gathered || !r->spot || !r->latest)
        return no_memory(r);
    keep_assign_holds(r->assign, in->hold, in->holds);
    rc = keep_derive_new(&r->derive, in, r->index, &rules, r->err);
    if (!rc)
        keep_release_ask(r->release, r->derive);
    return rc;
}

static void end(struct run *r)
{
    keep_derive_free(r->derive);
    keep_release_free(r->release);
    keep_assign_free(r->assign);
    if (r->index)
        keep_onfile_free(r->index->onfile);
    keep_tally_index_free(r->index);
    keep_arena_free(r->unit);
    keep_arena_free(r->gathered);
    keep_spots_free(r->spot);
    free(r->latest);
    for (size_t i = 0; i < r->pieces; i++)
        free(r->piece[i]);
    free(r->piece);
    free(r->order);
    free(r->mate);
    free(r->mine);
    free(r->of);
    free(r->set);
}

int keep_retention_run(const struct keep_retention_input *in, struct keep_arena *a, struct keep_retention_result *out, struct keep_err *err)
{
    struct run r = {.in = in, .results = a, .err = err};
    struct keep_record rec;
    int rc = begin(&r);
    while (!rc && (rc = in->records->next(in->records->ctx, &rec, err)) > 0)
        rc = take(&r, &rec);
    if (!rc)
        rc = date_all(&r);
    if (!rc)
        rc = finish(&r, out);
    end(&r);
    return rc;
}
