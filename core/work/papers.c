/* A paper is given to the retention engine as the one record of a source of its own,
 * in a small world beside the keep's: so rules, adoption, precedence and gates are
 * those of every other set. The source vouches for itself; the keep knows what it
 * made.
 *
 * Holds are asked here, for the engine's world has no patients: a hold on a patient
 * covers the months in which the chart was opened, the cases about it and the
 * packages that one of its sets went into. What cannot be told is covered.
 *
 * A package was released with the sets that went into it, under the law adopted
 * then; what is left is the day it was to be kept through. It stays as long as one
 * of its sets is not destroyed here: until then it is their only archive. */
#include "core/work/papers.h"

#include <stdio.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/retention/release.h"
#include "core/store/casebook.h"
#include "core/store/load.h"
#include "core/store/logperiod.h"
#include "core/store/sets.h"
#include "core/text/json.h"
#include "core/work/holdcheck.h"
#include "core/work/sealrun.h"

enum { TERM_LOG, TERM_CASE, TERMS };

struct paper {
    enum keep_ring_kind kind;
    uint64_t owner;
    struct keep_str what;
    keep_date first, last, created;
    struct keep_dated closed;       /* of a case */
    uint8_t leaf[32];               /* changes with what it holds */
    struct keep_logperiod period;   /* of a month of the log */
    uint64_t patient;               /* of a case: entity; 0 none */
    keep_date through;              /* of a package; NONE: for ever */
    int64_t residue;                /* years that something of it must outlive the disposal of its sets; 0: nothing */
    uint8_t (*set)[16];             /* that went into it */
    size_t sets, cap;
    bool archive;                   /* one of them is not destroyed yet */
};

struct papers {
    struct keep_dates *d;
    struct keep_arena *a;
    struct paper *list;
    size_t n, cap;
    size_t next;                    /* of the scan */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct paper *one_more(struct papers *p)
{
    if (!keep_arena_grow(p->a, &p->list, &p->cap, p->n + 1, sizeof *p->list, 64))
        return NULL;
    memset(&p->list[p->n], 0, sizeof *p->list);
    return &p->list[p->n++];
}

static int name_it(struct papers *p, struct paper *to, const char *text, struct keep_err *err)
{
    bool ok = true;
    to->what = keep_arena_str(p->a, keep_str_of(text), &ok);
    return ok ? 0 : no_memory(err);
}

static void leaf_of(struct paper *to, uint64_t a, uint64_t b, const uint8_t digest[32])
{
    uint64_t m[2] = {a, b};
    uint8_t all[sizeof m + 32];
    memcpy(all, m, sizeof m);
    memcpy(all + sizeof m, digest, 32);
    keep_hash_blake2b(to->leaf, all, sizeof all);
}

/* --- what there is --- */

static int each_period(void *ctx, const struct keep_logperiod *period, struct keep_err *err)
{
    static const uint8_t none[32];
    struct papers *p = ctx;
    char text[160];
    bool ok = true;
    if (period->destroyed)
        return 0;
    struct paper *to = one_more(p);
    if (!to)
        return no_memory(err);
    *to = (struct paper){.kind = KEEP_RING_PERIOD, .owner = keep_logperiod_owner(period), .first = period->from, .last = period->to, .created = period->to, .period = *period};
    to->period.name = keep_arena_str(p->a, period->name, &ok);
    leaf_of(to, period->events, period->bytes, none);
    snprintf(text, sizeof text, "log of %.*s, %04d-%02d: %llu events", (int)(period->name.n < 80 ? period->name.n : 80), period->name.p, (int)(period->period / 100), (int)(period->period % 100),
             (unsigned long long)period->events);
    return ok ? name_it(p, to, text, err) : no_memory(err);
}

/* Closed ones: an open case is at work. */
static int add_cases(struct papers *p, struct keep_err *err)
{
    struct keep_casebook_case *list = NULL;
    size_t n = 0;
    int rc = keep_casebook_load(p->d->store, p->a, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const struct keep_casebook_case *c = &list[i];
        char hex[33], text[80];
        if (!c->closed || c->decided == KEEP_TIME_NONE)
            continue;
        struct paper *to = one_more(p);
        if (!to)
            return no_memory(err);
        keep_date decided = keep_civil_utc_date(c->decided);
        *to = (struct paper){.kind = KEEP_RING_CASE, .owner = c->id, .first = keep_civil_utc_date(c->first), .last = keep_civil_utc_date(c->last), .created = keep_civil_utc_date(c->opened), .patient = c->patient};
        to->closed = (struct keep_dated){.day = KEEP_DAY_CLOSED, .date = decided};
        leaf_of(to, c->finding, c->steps, c->digest);
        keep_codec_hex(c->name, 16, hex);
        snprintf(text, sizeof text, "access case %.12s: %s", hex, keep_vocab_case_status_word((int)c->status));
        rc = name_it(p, to, text, err);
    }
    return rc;
}

static int each_package(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct papers *p = ctx;
    const struct keep_json *j;
    struct keep_ring_tombstone t;
    enum keep_precision prec;
    char text[160];
    uint64_t owner = keep_sealrun_owner(act->subject);
    int rc = keep_ring_tombstone(p->d->store, KEEP_RING_PACKAGE, owner, &t, err);
    if (rc != 2)
        return rc; /* destroyed */
    if ((rc = keep_json_parse(&j, act->body, "package", p->a, err)) < 0)
        return rc;
    struct paper *to = one_more(p);
    if (!to)
        return no_memory(err);
    *to = (struct paper){.kind = KEEP_RING_PACKAGE, .owner = owner, .first = KEEP_DATE_NONE, .last = KEEP_DATE_NONE, .created = keep_civil_utc_date(act->at), .through = KEEP_DATE_NONE};
    keep_civil_parse_date(keep_json_str(keep_json_get(j, "retain_through")), &to->through, &prec);
    if (!keep_json_i64(keep_json_get(j, "residue_years"), &to->residue) || to->residue < 0 || to->residue > KEEP_RESIDUE_PERMANENT)
        to->residue = 0;
    keep_hash_blake2b(to->leaf, act->body.p, act->body.n);
    snprintf(text, sizeof text, "%.*s", (int)(act->subject.n < 120 ? act->subject.n : 120), act->subject.p);
    return name_it(p, to, text, err);
}

keep_date keep_papers_owed(keep_date keep_until, keep_date disposed, int32_t residue_years)
{
    return residue_years > 0 ? keep_civil_add_years(disposed > keep_until ? disposed : keep_until, residue_years) : keep_until;
}

/* A set that went into a package. */
static int add_state(struct papers *p, const struct keep_set_state *st, struct keep_err *err)
{
    for (size_t i = 0; st->package.n && i < p->n; i++) {
        struct paper *to = &p->list[i];
        if (to->kind != KEEP_RING_PACKAGE || !keep_str_eq(to->what, st->package))
            continue;
        if (!keep_arena_grow(p->a, &to->set, &to->cap, to->sets + 1, sizeof *to->set, 16))
            return no_memory(err);
        memcpy(to->set[to->sets++], st->set, 16);
        to->archive |= st->status != KEEP_SET_DESTROYED;
        keep_date owed = st->status == KEEP_SET_DESTROYED && to->residue ? keep_papers_owed(st->keep_until, keep_civil_utc_date(st->at), (int32_t)to->residue) : to->through;
        if (to->through != KEEP_DATE_NONE && (owed == KEEP_DATE_NONE || owed > to->through))
            to->through = owed;
    }
    return 0;
}

static bool declared(const struct papers *p, const char *series, uint32_t *at)
{
    const struct keep_policy *policy = p->d->in.policy;
    for (uint32_t i = 0; i < policy->series_n; i++)
        if (keep_str_is(policy->series[i].id, series)) {
            if (at)
                *at = i;
            return true;
        }
    return false;
}

static int gather(struct papers *p, struct keep_err *err)
{
    int rc = declared(p, KEEP_PAPERS_LOG, NULL) ? keep_logperiod_list(p->d->store, each_period, p, err) : 0;
    if (rc == 0 && declared(p, KEEP_PAPERS_CASES, NULL))
        rc = add_cases(p, err);
    if (rc < 0 || !declared(p, KEEP_PAPERS_PACKAGES, NULL))
        return rc;
    rc = keep_txn_acts(p->d->store, "package", NULL, each_package, p, err);
    for (size_t i = 0; rc == 0 && i < p->d->states; i++)
        rc = add_state(p, &p->d->state[i], err);
    return rc;
}

/* --- holds --- */

/* Is the paper about the patient of the hold? */
static int about(struct papers *p, const struct paper *of, const struct keep_hold *h, bool *out, struct keep_err *err)
{
    const struct keep_patient *who = &p->d->world.patient[h->patient];
    int rc = 0;
    if (of->kind == KEEP_RING_CASE) {
        *out = of->patient != 0 && keep_load_patient_index(&p->d->world, of->patient) == h->patient;
    } else if (of->kind == KEEP_RING_PACKAGE) {
        struct keep_holdcheck c = {.world = &p->d->world, .policy = p->d->in.policy};
        *out = of->sets == 0;
        for (size_t i = 0; !*out && i < of->sets; i++)
            *out = keep_holdcheck_is_of(&c, p->d->salt, h, of->set[i]) != KEEP_TRI_NO;
    } else {
        uint32_t *one = keep_arena_array(p->a, who->aliases + 1, sizeof *one);
        size_t n = 0;
        if (!one)
            return no_memory(err);
        for (size_t i = 0; i < who->aliases && who->alias[i] < who->entity; i++)
            one[n++] = (uint32_t)who->alias[i];
        one[n++] = (uint32_t)who->entity;
        for (size_t i = n - 1; i < who->aliases; i++)
            one[n++] = (uint32_t)who->alias[i];
        rc = keep_logperiod_mentions(p->d->store, &of->period, one, n, err);
        *out = rc > 0;
    }
    return rc < 0 ? rc : 0;
}

static int find_holds(struct papers *p, const struct paper *of, struct keep_set *s, struct keep_err *err)
{
    struct keep_str series = p->d->in.policy->series[s->series].id;
    struct keep_buf b = KEEP_BUF_INIT;
    bool covers, ok = true;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < p->d->in.holds; i++) {
        const struct keep_hold *h = &p->d->hold[i];
        if (!keep_release_in_force(h, p->d->in.as_of) || (of->kind != KEEP_RING_PACKAGE && h->series.n && !keep_str_eq(h->series, series)))
            continue; /* of a package its sets' series count */
        covers = h->patient == KEEP_ID_NONE;
        if (!covers)
            rc = about(p, of, h, &covers, err);
        if (covers) {
            keep_buf_str(&b, b.n ? "; " : "");
            keep_buf_add(&b, h->matter.p, h->matter.n);
        }
    }
    if (rc == 0 && b.n) {
        s->holds = keep_arena_str(p->a, keep_buf_view(&b), &ok);
        s->status = KEEP_SET_HELD;
        s->reason = s->holds;
    }
    if (rc == 0 && (b.failed || !ok))
        rc = no_memory(err);
    keep_buf_free(&b);
    return rc;
}

/* --- as sets --- */

static void set_id(const struct papers *p, const struct paper *of, uint8_t id[16])
{
    uint64_t m[2] = {(uint64_t)of->kind, of->owner};
    uint8_t text[sizeof "chartkeep paper" + sizeof m];
    memcpy(text, "chartkeep paper", sizeof "chartkeep paper");
    memcpy(text + sizeof "chartkeep paper", m, sizeof m);
    keep_hash_keyed(id, 16, text, sizeof text, p->d->salt);
}

/* The stored day stands where it is later (P7). */
static int later_stands(struct papers *p, struct keep_set *s, struct keep_err *err)
{
    struct keep_set_state st;
    int rc = keep_sets_get(p->d->store, s->id, p->a, &st, err);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (st.kind == KEEP_UNTIL_DATE && s->kind == KEEP_UNTIL_DATE && st.keep_until > s->keep_until) {
        s->keep_until = st.keep_until;
        if (s->status == KEEP_SET_DUE && p->d->in.as_of <= s->keep_until) {
            s->status = KEEP_SET_KEPT;
            s->reason = KEEP_STR("the rules now give an earlier day; the stored one stands");
        }
    }
    return 0;
}

/* What is alike of all three, and handing it over. */
static int finish(struct papers *p, const struct paper *of, struct keep_set *s, struct keep_err *err)
{
    struct keep_dates *d = p->d;
    int rc;
    set_id(p, of, s->id);
    s->patient = s->facility = s->source = KEEP_ID_NONE;
    s->record = NULL;
    s->records = 0;
    s->custody = KEEP_CUSTODY_OFFICIAL;
    s->action = KEEP_ACT_DESTROY;
    s->own = (uint8_t)of->kind;
    s->owner = of->owner;
    s->what = of->what;
    s->service_first = of->first;
    s->service_last = of->last;
    memcpy(s->digest, of->leaf, 32);
    if ((rc = later_stands(p, s, err)) < 0 || (rc = find_holds(p, of, s, err)) < 0)
        return rc;
    d->result.seen++;
    d->result.by_status[s->status]++;
    if (d->in.want && !d->in.want(d->in.each_ctx, s))
        return 0;
    if (d->in.each)
        return d->in.each(d->in.each_ctx, s, err);
    struct keep_set *to = (struct keep_set *)d->result.set + d->result.sets; /* make_room saw to it */
    *to = *s;
    d->result.sets++;
    return 0;
}

static int make_room(struct papers *p, struct keep_err *err)
{
    struct keep_retention_result *r = &p->d->result;
    struct keep_set *more = keep_arena_array(p->a, r->sets + p->n + 1, sizeof *more);
    if (!more)
        return no_memory(err);
    if (r->sets)
        memcpy(more, r->set, r->sets * sizeof *more);
    r->set = more;
    return 0;
}

static int add_package(struct papers *p, const struct paper *of, uint32_t series, struct keep_err *err)
{
    struct keep_set s = {.series = series, .rule = -1, .destroy_rule = -1, .destroy_by = KEEP_DATE_NONE, .kind = of->through == KEEP_DATE_NONE ? KEEP_UNTIL_PERMANENT : KEEP_UNTIL_DATE, .keep_until = of->through};
    s.status = KEEP_SET_KEPT;
    if (of->archive)
        s.reason = KEEP_STR("a record set that it holds is not destroyed here");
    else if (of->sets == 0)
        s.reason = KEEP_STR("no record set is recorded as archived in it"); /* unfinished, or sealed again elsewhere */
    else if (s.kind == KEEP_UNTIL_DATE && p->d->in.as_of > of->through && p->d->in.adoptions)
        s.status = KEEP_SET_DUE;
    return finish(p, of, &s, err);
}

/* --- the engine's small world --- */

static int next_paper(void *ctx, struct keep_record *out, struct keep_err *err)
{
    struct papers *p = ctx;
    (void)err;
    while (p->next < p->n && p->list[p->next].kind == KEEP_RING_PACKAGE)
        p->next++;
    if (p->next == p->n)
        return 0;
    const struct paper *of = &p->list[p->next++];
    *out = (struct keep_record){.id = p->next, .version = 1, .kind = of->kind == KEEP_RING_PERIOD ? TERM_LOG : TERM_CASE, .source = (uint32_t)p->next, .patient = KEEP_ID_NONE, .facility = KEEP_ID_NONE,
                                .encounter = KEEP_ID_NONE, .service_first = of->first, .service_last = of->last, .created = of->created, .signer = KEEP_ID_NONE, .custody = KEEP_CUSTODY_OFFICIAL};
    if (of->kind == KEEP_RING_CASE) {
        out->day = &of->closed;
        out->days = 1;
    }
    memcpy(out->leaf, of->leaf, sizeof out->leaf);
    return 1;
}

static int take_set(void *ctx, const struct keep_set *set, struct keep_err *err)
{
    struct papers *p = ctx;
    struct keep_set s = *set;
    if (set->source >= p->n || (set->series == KEEP_SERIES_ADMINISTRATIVE && set->steps == 0))
        return 0;
    struct keep_retention_step *step = keep_arena_array(p->a, set->steps + 1, sizeof *step); /* the engine's live no longer than this call */
    bool ok = step != NULL;
    s.step = step;
    if (step && set->steps)
        memcpy(step, set->step, set->steps * sizeof *step);
    for (size_t i = 0; step && i < set->steps; i++) {
        step[i].missing = keep_arena_str(p->a, step[i].missing, &ok);
        step[i].arithmetic = keep_arena_str(p->a, step[i].arithmetic, &ok);
    }
    s.reason = keep_arena_str(p->a, s.reason, &ok);
    s.gates = keep_arena_str(p->a, s.gates, &ok);
    s.explain = keep_arena_str(p->a, s.explain, &ok);
    return ok ? finish(p, &p->list[set->source], &s, err) : no_memory(err);
}

static int run_engine(struct papers *p, struct keep_err *err)
{
    static struct keep_str term[TERMS] = {[TERM_LOG] = KEEP_STR("access log period"), [TERM_CASE] = KEEP_STR("access case")};
    struct keep_retention_result seen;
    struct keep_record_scan scan = {.ctx = p, .next = next_paper};
    struct keep_source *source = keep_arena_array(p->a, p->n + 1, sizeof *source);
    struct keep_world w = {.arena = p->a, .source = source, .sources = p->n, .facility = p->d->world.facility, .facilities = p->d->world.facilities, .term = term, .terms = TERMS, .newest = p->d->world.newest};
    if (!source)
        return no_memory(err);
    for (size_t i = 0; i < p->n; i++)
        source[i] = (struct keep_source){.id = (uint32_t)(i + 1), .name = p->list[i].what, .all_classes = true, .all_facilities = true, .from = KEEP_DATE_NONE, .through = KEEP_DATE_NONE,
                                         .closed_on = p->list[i].created, .complete = true, .codes_complete = true, .custody = KEEP_CUSTODY_OFFICIAL, .declared = true};
    struct keep_retention_input in = {.policy = p->d->in.policy, .world = &w, .records = &scan, .as_of = p->d->in.as_of, .adoption = p->d->in.adoption, .adoptions = p->d->in.adoptions,
                                      .salt = p->d->salt, .own = true, .each = take_set, .each_ctx = p};
    return keep_retention_run(&in, p->a, &seen, err);
}

int keep_papers_add(struct keep_dates *d, struct keep_err *err)
{
    struct papers p = {.d = d, .a = d->arena};
    uint32_t packages;
    int rc = gather(&p, err);
    if (rc < 0 || p.n == 0)
        return rc;
    rc = d->in.each ? 0 : make_room(&p, err);
    if (rc == 0)
        rc = run_engine(&p, err);
    for (size_t i = 0; rc == 0 && declared(&p, KEEP_PAPERS_PACKAGES, &packages) && i < p.n; i++)
        if (p.list[i].kind == KEEP_RING_PACKAGE)
            rc = add_package(&p, &p.list[i], packages, err);
    return rc;
}
