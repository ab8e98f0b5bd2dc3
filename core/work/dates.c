/* Everything the retention engine asks for, from the keep. */
#include "core/work/dates.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/grow.h"
#include "core/base/zone.h"
#include "core/store/load.h"
#include "core/store/sets.h"
#include "core/store/watch.h"
#include "core/work/hold.h"
#include "core/work/openwork.h"
#include "core/work/importrun.h"
#include "core/work/papers.h"

#define READERS 2  /* one reads rows, one works on them */
#define EVERY 1024 /* sets between two words of progress */

int keep_dates_today(const struct keep_store *s, keep_date *out, struct keep_err *err)
{
    struct keep_zone *z;
    int rc = keep_zone_load(&z, keep_store_zone(s), err);
    if (rc < 0)
        return rc;
    *out = keep_zone_date(z, keep_store_now(s));
    keep_zone_free(z);
    return 0;
}

int keep_dates_end(const struct keep_store *s, keep_date day, keep_time *out, struct keep_err *err)
{
    struct keep_zone *z;
    int rc = keep_zone_load(&z, keep_store_zone(s), err);
    if (rc < 0)
        return rc;
    *out = keep_zone_instant(z, day, 86399) + KEEP_USEC - 1;
    keep_zone_free(z);
    return 0;
}

/* --- states --- */

#define HEADS 65536 /* of two bytes */
#define RULES 64 /* whose names are kept once; the hundreds of thousands of sets of a hospital rest on a few */

struct placed {
    struct keep_set_state st;
    size_t place;
};

struct states {
    struct keep_arena *a;
    struct placed *list;
    size_t n, room;
    struct keep_str rule[RULES];
};

static struct keep_str rule_once(struct states *l, struct keep_str rule, bool *ok)
{
    size_t i = 0;
    while (i < RULES && l->rule[i].p && !keep_str_eq(l->rule[i], rule))
        i++;
    if (i < RULES && l->rule[i].p)
        return l->rule[i];
    rule = keep_arena_str(l->a, rule, ok);
    if (i < RULES)
        l->rule[i] = rule;
    return rule;
}

static int add_state(void *ctx, const struct keep_set_state *st, struct keep_err *err)
{
    struct states *l = ctx;
    bool ok = true;
    if (!keep_grow(&l->list, &l->room, l->n + 1, sizeof *l->list, 1024))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    struct placed *to = &l->list[l->n];
    *to = (struct placed){*st, l->n};
    to->st.rule = rule_once(l, st->rule, &ok);
    to->st.package = keep_arena_str(l->a, st->package, &ok);
    l->n++;
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int by_set_and_place(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;
    int c = memcmp(x->st.set, y->st.set, sizeof x->st.set);
    return c ? c : x->place < y->place ? -1 : x->place > y->place;
}

static int by_set(const void *id, const void *state)
{
    return memcmp(id, ((const struct keep_set_state *)state)->set, 16);
}

static size_t head(const uint8_t id[16])
{
    return (size_t)id[0] << 8 | id[1];
}

static int load_states(struct keep_dates *d, struct keep_err *err)
{
    struct states l = {.a = d->arena};
    int rc = keep_sets_versions(d->store, add_state, &l, err);
    if (rc == 0 && (!(d->state = malloc((l.n + 1) * sizeof *d->state)) || !(d->state_from = calloc(HEADS + 1, sizeof *d->state_from))))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0 && l.n)
        qsort(l.list, l.n, sizeof *l.list, by_set_and_place);
    for (size_t i = 0; rc == 0 && i < l.n; i++)
        if (i + 1 == l.n || memcmp(l.list[i].st.set, l.list[i + 1].st.set, 16) != 0)
            d->state[d->states++] = l.list[i].st;
    for (size_t i = 0; rc == 0 && i < d->states; i++)
        d->state_from[head(d->state[i].set) + 1]++;
    for (size_t i = 0; rc == 0 && i < HEADS; i++)
        d->state_from[i + 1] += d->state_from[i];
    d->all_states = rc == 0;
    free(l.list);
    return rc;
}

/* 0, 1 none. */
static int state_of(struct keep_dates *d, const uint8_t set[16], struct keep_set_state *out, struct keep_err *err)
{
    if (!d->all_states)
        return keep_sets_get(d->store, set, d->arena, out, err);
    const size_t *from = &d->state_from[head(set)];
    const struct keep_set_state *st = bsearch(set, d->state + from[0], from[1] - from[0], sizeof *d->state, by_set);
    if (st)
        *out = *st;
    return st == NULL;
}

static int stored_state(void *ctx, const uint8_t set[16], struct keep_set_state *out, struct keep_err *err)
{
    struct keep_dates *d = ctx;
    int rc = state_of(d, set, out, err);
    if (rc < 0 || (rc == 0 && out->status != KEEP_SET_KEPT) || keep_orderbook_of(d->order, d->orders, set) != KEEP_ORDERED_OPEN)
        return rc;
    if (rc == 1)
        *out = (struct keep_set_state){.keep_until = KEEP_DATE_NONE, .kind = KEEP_UNTIL_UNKNOWN};
    out->status = KEEP_SET_ORDERED;
    return 0;
}

static int only_some(struct keep_dates *d, const struct keep_dates_some *some, struct keep_err *err)
{
    uint32_t *index = keep_arena_array(d->arena, some->patients + 1, sizeof *index);
    size_t n = 0;
    if (!some->patient)
        return 0;
    if (!index)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < some->patients; i++) {
        index[n] = keep_load_patient_index(&d->world, some->patient[i]);
        n += index[n] != KEEP_ID_NONE;
    }
    keep_load_records_only(d->records, index, n);
    return 0;
}

/* Who asks for no progress of their own are told of through the keep. */
static int through_keep(void *ctx, uint64_t done, uint64_t total)
{
    const struct keep_dates *d = ctx;
    return keep_watch_step(d->store, "record sets", done, total);
}

/* The rows of a brief run are read ahead by a second thread, if the keep may have one and the system gives it. */
static int run_engine(struct keep_dates *d, bool ahead, struct keep_err *err)
{
    struct keep_crew *crew = NULL;
    if (ahead && keep_store_threads(d->store) > 1 && keep_crew_new(&crew, READERS, NULL) == 0)
        keep_load_records_ahead(d->records, crew);
    int rc = keep_retention_run(&d->in, d->arena, &d->result, err);
    d->in.records = NULL; /* the scan lives no longer than this call */
    keep_load_records_close(d->records);
    d->records = NULL;
    keep_crew_free(crew);
    return rc;
}

static int run(struct keep_dates *d, struct keep_store *s, const struct keep_packs *packs, keep_date as_of, const struct keep_dates_some *some, const struct keep_dates_how *how, struct keep_err *err)
{
    struct keep_record_scan scan;
    size_t holds = 0;
    d->store = s;
    d->arena = keep_arena_new(0);
    if (!d->arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_store_subkey(s, "chartkeep set ids", d->salt);
    int rc = keep_load_world(s, d->arena, &d->world, err);
    if (rc == 0)
        rc = keep_import_weigh(s, d->world.source, d->world.sources, err);
    if (rc == 0)
        rc = keep_hold_load(s, &d->world, d->arena, &d->hold, &holds, err);
    if (rc == 0)
        rc = keep_openwork_holds(s, &d->world, d->arena, &d->hold, &holds, err);
    if (rc == 0)
        rc = keep_orderbook_load(s, d->arena, &d->order, &d->orders, err);
    if (rc == 0)
        rc = how ? (how->bound ? keep_load_records_bound : keep_load_records_brief)(&d->records, s, &d->world, &scan, err) : keep_load_records_open(&d->records, s, &d->world, &scan, err);
    if (rc == 0 && some)
        rc = only_some(d, some, err);
    else if (rc == 0)
        rc = load_states(d, err);
    if (rc < 0)
        return rc;
    struct keep_retention_input asked = d->in; /* the progress */
    if (!asked.progress) {
        asked.progress = through_keep;
        asked.progress_ctx = d;
    }
    d->in = (struct keep_retention_input){
        .policy = packs->policy, .world = &d->world, .records = &scan, .as_of = as_of, .adoption = packs->adoption, .adoptions = packs->adoptions,
        .hold = d->hold, .holds = holds, .state = some && some->derived ? NULL : stored_state, .state_ctx = d, .salt = d->salt, .progress = asked.progress, .progress_ctx = asked.progress_ctx,
    };
    if (how) {
        d->in.brief = how->brief;
        d->in.bound = how->bound;
        d->in.want = how->want;
        d->in.each = how->each;
        d->in.each_ctx = how->ctx;
    }
    rc = run_engine(d, how != NULL, err);
    return rc == 0 && !some ? keep_papers_add(d, err) : rc;
}

int keep_dates_run(struct keep_dates *d, struct keep_store *s, const struct keep_packs *packs, keep_date as_of,
                   int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct keep_err *err)
{
    *d = (struct keep_dates){.in = {.progress = progress, .progress_ctx = ctx}};
    return run(d, s, packs, as_of, NULL, NULL, err);
}

int keep_dates_run_how(struct keep_dates *d, struct keep_store *s, const struct keep_packs *packs, keep_date as_of, const struct keep_dates_how *how, struct keep_err *err)
{
    *d = (struct keep_dates){.in = {.progress = how->progress, .progress_ctx = how->progress_ctx}};
    return run(d, s, packs, as_of, NULL, how, err);
}

int keep_dates_run_some(struct keep_dates *d, struct keep_store *s, const struct keep_packs *packs, keep_date as_of, const struct keep_dates_some *some, struct keep_err *err)
{
    *d = (struct keep_dates){.store = s};
    return run(d, s, packs, as_of, some, NULL, err);
}

void keep_dates_free(struct keep_dates *d)
{
    keep_load_records_close(d->records);
    free(d->state);
    free(d->state_from);
    keep_arena_free(d->arena);
    memset(d, 0, sizeof *d);
}

/* Is what was computed worth a new version of the stored state? Never an earlier date. */
static int state_to_write(struct keep_dates *d, const struct keep_set *set, struct keep_set_state *out, struct keep_err *err)
{
    struct keep_set_state old;
    if (set->kind == KEEP_UNTIL_UNKNOWN)
        return 0;
    int rc = state_of(d, set->id, &old, err);
    if (rc < 0)
        return rc;
    if (rc == 0) {
        if (old.status == KEEP_SET_ARCHIVED || old.status == KEEP_SET_DESTROYED || old.kind == KEEP_UNTIL_PERMANENT)
            return 0;
        if (set->kind == KEEP_UNTIL_DATE && set->keep_until <= old.keep_until)
            return 0;
    }
    *out = (struct keep_set_state){.keep_until = set->keep_until, .kind = set->kind, .status = KEEP_SET_KEPT};
    memcpy(out->set, set->id, 16);
    if (set->rule >= 0)
        out->rule = d->in.policy->retention[set->rule].id;
    return 1;
}

static int write_all(struct keep_dates *d, struct keep_store *s, uint64_t *written, struct keep_err *err)
{
    int rc = keep_txn_begin(s, KEEP_LEDGER_ADOPT, err);
    if (rc < 0)
        return rc;
    *written = 0;
    for (size_t i = 0; rc >= 0 && i < d->result.sets; i++) {
        struct keep_set_state st;
        if (i % EVERY == 0 && keep_watch_step(s, "dates written", i, d->result.sets)) {
            rc = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted; no dates were written");
            break;
        }
        rc = state_to_write(d, &d->result.set[i], &st, err);
        if (rc == 1) {
            rc = keep_sets_put(s, &st, err);
            ++*written;
        }
    }
    if (rc == 0 && *written) {
        keep_txn_count(s, "sets", *written);
        rc = keep_txn_commit(s, err);
    } else {
        keep_txn_abort(s);
    }
    if (rc < 0 && rc != KEEP_E_UNRECORDED)
        keep_txn_abort(s);
    return rc;
}

int keep_dates_write(struct keep_store *s, keep_date as_of, uint64_t *written, struct keep_err *err)
{
    struct keep_packs packs = {0};
    struct keep_dates d = {0};
    int rc = keep_packs_adopted(&packs, s, err);
    if (rc == 0)
        rc = keep_dates_run_how(&d, s, &packs, as_of, &(struct keep_dates_how){.brief = true}, err);
    if (rc == 0)
        rc = write_all(&d, s, written, err);
    keep_dates_free(&d);
    keep_packs_free(&packs);
    return rc;
}

int keep_dates_find(const struct keep_dates *d, struct keep_str hex, const struct keep_set **out)
{
    const struct keep_set *found = NULL;
    if (hex.n < 6)
        return 1;
    for (size_t i = 0; i < d->result.sets; i++) {
        char id[33];
        keep_codec_hex(d->result.set[i].id, 16, id);
        if (hex.n > 32 || strncmp(id, hex.p, hex.n) != 0)
            continue;
        if (found)
            return 1;
        found = &d->result.set[i];
    }
    if (!found)
        return 1;
    *out = found;
    return 0;
}
