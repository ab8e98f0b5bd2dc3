/* A statement can only say what the keep can show: accesses that came in after
 * the newest audit have not been reviewed, nor has anything under rules that were
 * adopted after it, so the period is refused until an audit has seen them. Packs
 * that audits before the newest ran under are told apart from those adopted now. */
#include "core/work/attested.h"

#include "core/base/codec.h"
#include "core/store/load.h"

#define DAY ((keep_time)86400 * KEEP_USEC)

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* One more audit under these packs. */
static int count_packs(struct keep_attested_audits *u, const struct keep_json *digests, keep_time at, struct keep_err *err)
{
    for (size_t i = 0; i < keep_json_len(digests); i++) {
        struct keep_str digest = keep_json_str(keep_json_at(digests, i));
        size_t k = 0;
        while (k < u->packs && !keep_str_eq(u->pack[k].digest, digest))
            k++;
        if (k == u->packs) {
            if (!keep_arena_grow(u->a, &u->pack, &u->room, u->packs + 1, sizeof *u->pack, 16))
                return no_memory(err);
            u->pack[u->packs++] = (struct keep_attested_pack){.digest = digest, .adopted = KEEP_DATE_NONE};
        }
        u->pack[k].audits++;
        u->pack[k].last = at;
    }
    return 0;
}

/* Names the packs of an adoption: the newest before the last audit under each stays. */
static int each_adoption(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_attested_audits *u = ctx;
    const struct keep_json *j, *list;
    enum keep_precision prec;
    keep_date adopted;
    bool ok = true;
    struct keep_str body = keep_arena_str(u->a, act->body, &ok);
    int rc = ok ? keep_json_parse(&j, body, "adoption", u->a, err) : no_memory(err);
    if (rc < 0 || !keep_civil_parse_date(keep_json_str(keep_json_get(j, "adopted")), &adopted, &prec))
        return rc;
    list = keep_json_get(j, "packs");
    for (size_t i = 0; i < keep_json_len(list); i++) {
        const struct keep_json *p = keep_json_at(list, i);
        for (size_t k = 0; k < u->packs; k++)
            if (act->at <= u->pack[k].last && keep_str_eq(u->pack[k].digest, keep_json_str(keep_json_get(p, "digest")))) {
                u->pack[k].pack = keep_json_str(keep_json_get(p, "pack"));
                u->pack[k].version = keep_json_str(keep_json_get(p, "version"));
                u->pack[k].adopted = adopted;
            }
    }
    return 0;
}

static int each_audit(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_attested_audits *u = ctx;
    const struct keep_json *j, *back;
    bool ok = true, zone;
    keep_time as_of;
    struct keep_str body = keep_arena_str(u->a, act->body, &ok);
    int rc = ok ? keep_json_parse(&j, body, "audit", u->a, err) : no_memory(err);
    if (rc < 0)
        return rc;
    if (!keep_civil_parse_time(keep_json_str(keep_json_get(j, "as_of")), &as_of, &zone))
        return 0; /* of an empty log */
    back = keep_json_get(j, "looked_back");
    if (keep_json_true(back) || as_of < u->from)
        return 0;
    if (u->n == 0)
        u->first = act->at;
    else if (u->longest < (act->at - u->last) / DAY)
        u->longest = (act->at - u->last) / DAY;
    u->last = act->at;
    u->n++;
    u->newest = j;
    u->as_of = as_of;
    keep_json_i64(keep_json_get(j, "events"), &u->events);
    return count_packs(u, keep_json_get(j, "packs"), act->at, err);
}

static bool among(const struct keep_packs *p, struct keep_str hex)
{
    uint8_t digest[32];
    size_t i = 0;
    if (!keep_codec_unhex(hex, digest, sizeof digest))
        return false;
    while (i < p->texts && memcmp(p->digest[i], digest, sizeof digest) != 0)
        i++;
    return i < p->texts;
}

/* Did the newest audit run under these packs, all of them and no others? */
static bool ran_under(const struct keep_attested_audits *u, const struct keep_packs *p)
{
    const struct keep_json *digests = keep_json_get(u->newest, "packs");
    bool all = keep_json_len(digests) == p->texts;
    for (size_t i = 0; all && i < p->texts; i++)
        all = among(p, keep_json_str(keep_json_at(digests, i)));
    return all;
}

uint64_t keep_attested_audits_under(const struct keep_attested_audits *u, struct keep_str digest)
{
    for (size_t i = 0; i < u->packs; i++)
        if (keep_str_eq(u->pack[i].digest, digest))
            return u->pack[i].audits;
    return 0;
}

static int count_accesses(struct keep_attested *g, struct keep_err *err)
{
    const struct keep_world *w = &g->cover.world;
    struct keep_load_events *events = NULL;
    struct keep_event_scan scan;
    struct keep_events b;
    int rc = keep_load_events_open(&events, g->s, w, &scan, err);
    for (size_t i = 0; i < w->sources; i++)
        g->log[i] = (struct keep_attested_log){.first = KEEP_TIME_NONE, .last = KEEP_TIME_NONE};
    while (rc == 0 && (rc = scan.next(scan.ctx, &b, err)) > 0) {
        rc = 0;
        size_t s = 0;
        while (s < w->sources && w->source[s].id != b.source)
            s++;
        for (uint32_t i = 0; s < w->sources && i < b.n; i++) {
            struct keep_attested_log *y = &g->log[s];
            y->all += b.time[i] <= g->audits.as_of;
            if (b.time[i] < g->from || b.time[i] >= g->to)
                continue;
            y->in_period++;
            if (y->first == KEEP_TIME_NONE || b.time[i] < y->first)
                y->first = b.time[i];
            if (y->last == KEEP_TIME_NONE || b.time[i] > y->last)
                y->last = b.time[i];
        }
    }
    keep_load_events_close(events);
    return rc;
}

static int each_step(void *ctx, const struct keep_casebook_passing *p, struct keep_err *err)
{
    struct keep_attested *g = ctx;
    const struct keep_casebook_case *c = keep_casebook_of(g->list, g->cases, p->id);
    if (p->who.n == 0 || !c || !keep_attested_in_period(g, c))
        return 0;
    for (size_t i = 0; i < g->reviewers; i++)
        if (keep_str_eq(g->reviewer[i], p->who))
            return 0;
    if (!keep_arena_grow(g->a, &g->reviewer, &g->room, g->reviewers + 1, sizeof *g->reviewer, 16))
        return no_memory(err);
    bool ok = true;
    g->reviewer[g->reviewers++] = keep_arena_str(g->a, p->who, &ok);
    return ok ? 0 : no_memory(err);
}

/* Has an audit, under the rules that are adopted, seen every access of the period that is on file? */
static int reviewed(const struct keep_attested *g, const struct keep_packs *packs, struct keep_err *err)
{
    uint64_t accesses = 0, seen = 0;
    keep_time last = KEEP_TIME_NONE;
    for (size_t i = 0; i < g->cover.world.sources; i++) {
        accesses += g->log[i].in_period;
        seen += g->log[i].all;
        if (g->log[i].last > last)
            last = g->log[i].last;
    }
    if (g->audits.n == 0)
        return keep_err_set(err, KEEP_E_REFUSED, "no audit under adopted rules has looked at this period: run `audit` first");
    if ((accesses && last > g->audits.as_of) || seen > (uint64_t)g->audits.events)
        return keep_err_set(err, KEEP_E_REFUSED, "accesses came in that the newest audit has not seen: run `audit` again first");
    if (!ran_under(&g->audits, packs))
        return keep_err_set(err, KEEP_E_REFUSED, "the newest audit ran under other rules than those adopted now, under which nothing has been reviewed: run `audit` again first");
    return 0;
}

static int period(struct keep_attested *g, const struct keep_attest_params *p, struct keep_err *err)
{
    int rc = keep_zone_load(&g->zone, keep_store_zone(g->s), err);
    if (rc < 0)
        return rc;
    if (p->from > p->to)
        return keep_err_set(err, KEEP_E_USAGE, "the period ends before it begins");
    if (p->to >= keep_zone_date(g->zone, keep_store_now(g->s)))
        return keep_err_set(err, KEEP_E_REFUSED, "the period is not over: its last day must lie before today");
    g->from = keep_zone_instant(g->zone, p->from, 0);
    g->to = keep_zone_instant(g->zone, p->to + 1, 0);
    return 0;
}

int keep_attested_gather(struct keep_attested *g, struct keep_store *s, const struct keep_attest_params *p, struct keep_err *err)
{
    struct keep_coverage_params cover = {.packs = p->packs, .progress = p->progress, .ctx = p->ctx};
    *g = (struct keep_attested){.s = s, .a = keep_arena_new(0)};
    int rc = g->a ? period(g, p, err) : no_memory(err);
    if (rc == 0)
        rc = keep_coverage_run(&g->cover, s, &cover, err);
    if (rc == 0 && !(g->log = keep_arena_array(g->a, g->cover.world.sources + 1, sizeof *g->log)))
        rc = no_memory(err);
    g->audits = (struct keep_attested_audits){.a = g->a, .from = g->from, .to = g->to, .first = KEEP_TIME_NONE, .last = KEEP_TIME_NONE, .longest = -1, .as_of = KEEP_TIME_NONE};
    if (rc == 0)
        rc = keep_txn_acts(s, "audit", NULL, each_audit, &g->audits, err);
    if (rc == 0)
        rc = keep_txn_acts(s, "adopt", NULL, each_adoption, &g->audits, err);
    if (rc == 0)
        rc = count_accesses(g, err);
    if (rc == 0)
        rc = reviewed(g, p->packs, err);
    if (rc == 0)
        rc = keep_casebook_load(s, g->a, &g->list, &g->cases, err);
    return rc == 0 ? keep_casebook_steps(s, each_step, g, err) : rc;
}

void keep_attested_done(struct keep_attested *g)
{
    keep_coverage_free(&g->cover);
    keep_zone_free(g->zone);
    keep_arena_free(g->a);
}
