/* A statement can only say what the keep can show: accesses that came in after
 * the newest audit have not been reviewed, so the period is refused until an audit
 * has seen them. Rule counts are those of the newest audit, over all accesses up to
 * its as-of time, and say so; cases are those with an access in the period. Times
 * between an access and what people did are whole days, and their median the lower
 * of the two in the middle. */
#include "core/work/attest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/num.h"
#include "core/base/zone.h"
#include "core/store/casebook.h"
#include "core/store/load.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/coverage.h"
#include "core/work/sampling.h"
#include "core/work/signer.h"

#define PURPOSE "chartkeep review of access" /* trusted comment: a signature made for another act never passes for this one */
#define DAY ((keep_time)86400 * KEEP_USEC)

/* Accesses of one source. */
struct tally {
    uint64_t in_period, all;  /* all: up to the newest audit's as-of time */
    keep_time first, last;    /* in the period */
};

/* What the audits on file say. */
struct audits {
    struct keep_arena *a;
    keep_time from, to;       /* of the period */
    uint64_t n;               /* whose as-of time lies in the period or later */
    keep_time first, last;    /* when they ran */
    int64_t longest;          /* days between two that followed each other, NONE: fewer than two */
    const struct keep_json *newest;
    keep_time as_of;
    int64_t events;
};

struct attest {
    struct keep_store *s;
    const struct keep_attest_params *p;
    struct keep_arena *a;
    struct keep_zone *zone;
    struct keep_coverage cover;
    struct tally *tally;      /* one a source of the world */
    struct audits audits;
    struct keep_casebook_case *list;
    size_t cases;
    struct keep_str *reviewer; /* whoever acted on a case, in order of their first step */
    size_t reviewers, room;
    keep_time from, to;       /* [from, to) */
    const struct keep_officer *officer;
    struct keep_jsonw w;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- gathering --- */

static int each_audit(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct audits *u = ctx;
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
    return 0;
}

static int count_accesses(struct attest *t, struct keep_err *err)
{
    const struct keep_world *w = &t->cover.world;
    struct keep_load_events *events = NULL;
    struct keep_event_scan scan;
    struct keep_events b;
    int rc = keep_load_events_open(&events, t->s, w, &scan, err);
    for (size_t i = 0; i < w->sources; i++)
        t->tally[i] = (struct tally){.first = KEEP_TIME_NONE, .last = KEEP_TIME_NONE};
    while (rc == 0 && (rc = scan.next(scan.ctx, &b, err)) > 0) {
        rc = 0;
        size_t s = 0;
        while (s < w->sources && w->source[s].id != b.source)
            s++;
        for (uint32_t i = 0; s < w->sources && i < b.n; i++) {
            struct tally *y = &t->tally[s];
            y->all += b.time[i] <= t->audits.as_of;
            if (b.time[i] < t->from || b.time[i] >= t->to)
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

static bool in_period(const struct attest *t, const struct keep_casebook_case *c)
{
    return c->first < t->to && c->last >= t->from;
}

static int each_step(void *ctx, const struct keep_casebook_passing *p, struct keep_err *err)
{
    struct attest *t = ctx;
    const struct keep_casebook_case *c = keep_casebook_of(t->list, t->cases, p->id);
    if (p->who.n == 0 || !c || !in_period(t, c))
        return 0;
    for (size_t i = 0; i < t->reviewers; i++)
        if (keep_str_eq(t->reviewer[i], p->who))
            return 0;
    if (!keep_arena_grow(t->a, &t->reviewer, &t->room, t->reviewers + 1, sizeof *t->reviewer, 16))
        return no_memory(err);
    bool ok = true;
    t->reviewer[t->reviewers++] = keep_arena_str(t->a, p->who, &ok);
    return ok ? 0 : no_memory(err);
}

/* Has an audit seen every access of the period that is on file? */
static int reviewed(const struct attest *t, struct keep_err *err)
{
    uint64_t accesses = 0, seen = 0;
    keep_time last = KEEP_TIME_NONE;
    for (size_t i = 0; i < t->cover.world.sources; i++) {
        accesses += t->tally[i].in_period;
        seen += t->tally[i].all;
        if (t->tally[i].last > last)
            last = t->tally[i].last;
    }
    if (t->audits.n == 0)
        return keep_err_set(err, KEEP_E_REFUSED, "no audit under adopted rules has looked at this period: run `audit` first");
    if ((accesses && last > t->audits.as_of) || seen > (uint64_t)t->audits.events)
        return keep_err_set(err, KEEP_E_REFUSED, "accesses came in that the newest audit has not seen: run `audit` again first");
    return 0;
}

static int gather(struct attest *t, struct keep_err *err)
{
    struct keep_coverage_params cover = {.packs = t->p->packs, .progress = t->p->progress, .ctx = t->p->ctx};
    int rc = keep_coverage_run(&t->cover, t->s, &cover, err);
    if (rc == 0 && !(t->tally = keep_arena_array(t->a, t->cover.world.sources + 1, sizeof *t->tally)))
        rc = no_memory(err);
    t->audits = (struct audits){.a = t->a, .from = t->from, .to = t->to, .first = KEEP_TIME_NONE, .last = KEEP_TIME_NONE, .longest = -1, .as_of = KEEP_TIME_NONE};
    if (rc == 0)
        rc = keep_txn_acts(t->s, "audit", NULL, each_audit, &t->audits, err);
    if (rc == 0)
        rc = count_accesses(t, err);
    if (rc == 0)
        rc = reviewed(t, err);
    if (rc == 0)
        rc = keep_casebook_load(t->s, t->a, &t->list, &t->cases, err);
    return rc == 0 ? keep_casebook_steps(t->s, each_step, t, err) : rc;
}

/* --- writing --- */

static void put_n(struct attest *t, const char *key, uint64_t n)
{
    keep_jsonw_key(&t->w, key);
    keep_jsonw_u64(&t->w, n);
}

static void put_str(struct attest *t, const char *key, struct keep_str s)
{
    keep_jsonw_key(&t->w, key);
    keep_jsonw_str(&t->w, s);
}

static void put_z(struct attest *t, const char *key, const char *z)
{
    put_str(t, key, keep_str_of(z));
}

static void put_time(struct attest *t, const char *key, keep_time v)
{
    keep_jsonw_key(&t->w, key);
    if (v == KEEP_TIME_NONE)
        keep_jsonw_null(&t->w);
    else
        keep_jsonw_time(&t->w, v);
}

static void put_day(struct attest *t, const char *key, keep_date d)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    put_z(t, key, keep_civil_format_date(d, text));
}

static void open_object(struct attest *t, const char *key)
{
    if (key)
        keep_jsonw_key(&t->w, key);
    keep_jsonw_object(&t->w);
}

static void open_array(struct attest *t, const char *key)
{
    keep_jsonw_key(&t->w, key);
    keep_jsonw_array(&t->w);
}

static void write_gaps(struct attest *t, size_t source)
{
    open_array(t, "silent");
    for (size_t k = 0; k < t->cover.classes; k++) {
        const struct keep_coverage_class *c = &t->cover.klass[k];
        for (size_t i = 0; c->log && c->source == source && i < c->gaps; i++) {
            if (c->gap[i].to < t->from || c->gap[i].from >= t->to)
                continue;
            open_object(t, NULL);
            put_time(t, "from", c->gap[i].from);
            put_time(t, "to", c->gap[i].to);
            put_n(t, "hours_without_access", c->gap[i].empty);
            put_n(t, "usual_distance_hours", c->gap[i].usual);
            keep_jsonw_end_object(&t->w);
        }
    }
    keep_jsonw_end_array(&t->w);
}

static bool has_log(const struct attest *t, size_t source)
{
    for (size_t k = 0; k < t->cover.classes; k++)
        if (t->cover.klass[k].log && t->cover.klass[k].source == source)
            return true;
    return false;
}

static void write_logging(struct attest *t)
{
    const struct keep_world *w = &t->cover.world;
    open_array(t, "logging");
    for (size_t i = 0; i < w->sources; i++) {
        if (!has_log(t, i))
            continue;
        open_object(t, NULL);
        put_str(t, "source", w->source[i].name);
        keep_jsonw_key(&t->w, "declared_complete");
        keep_jsonw_bool(&t->w, w->source[i].complete);
        put_n(t, "accesses", t->tally[i].in_period);
        put_time(t, "first", t->tally[i].first);
        put_time(t, "last", t->tally[i].last);
        put_n(t, "quarantined", t->cover.source[i].quarantined);
        write_gaps(t, i);
        keep_jsonw_end_object(&t->w);
    }
    keep_jsonw_end_array(&t->w);
}

/* Numbers of the newest audit, copied by name. */
static void copy_number(struct attest *t, const struct keep_json *from, const char *name, const char *key)
{
    int64_t n;
    if (keep_json_i64(keep_json_get(from, name), &n) && n >= 0)
        put_n(t, key, (uint64_t)n);
}

static void write_review(struct attest *t)
{
    const struct audits *u = &t->audits;
    open_object(t, "review");
    put_n(t, "audits", u->n);
    put_time(t, "first_run", u->first);
    put_time(t, "last_run", u->last);
    if (u->longest >= 0)
        put_n(t, "longest_days_between_runs", (uint64_t)u->longest);
    put_time(t, "newest_as_of", u->as_of);
    copy_number(t, u->newest, "events", "accesses_judged");
    for (int v = 0; v < KEEP_VERDICT_COUNT; v++)
        copy_number(t, u->newest, keep_vocab_verdict_word(v), keep_vocab_verdict_word(v));
    keep_jsonw_end_object(&t->w);
}

static void write_packs(struct attest *t)
{
    const struct keep_packs *p = t->p->packs;
    char hex[65];
    open_array(t, "packs");
    for (size_t i = 0; i < p->texts; i++) {
        open_object(t, NULL);
        put_str(t, "pack", p->adoption[i].pack);
        put_str(t, "version", p->adoption[i].version);
        keep_codec_hex(p->digest[i], 32, hex);
        put_z(t, "digest", hex);
        put_day(t, "adopted", keep_zone_date(t->zone, p->adoption[i].adopted));
        put_day(t, "review_by", p->adoption[i].review_by);
        put_str(t, "signed_by", p->adoption[i].signers);
        keep_jsonw_end_object(&t->w);
    }
    keep_jsonw_end_array(&t->w);
}

static void write_rule(struct attest *t, const struct keep_access *r)
{
    const struct keep_json *rules = keep_json_get(t->audits.newest, "rules");
    open_object(t, NULL);
    put_str(t, "rule", r->id);
    put_str(t, "title", r->title);
    put_z(t, "severity", keep_vocab_severity_word((int)r->severity));
    put_str(t, "authority", r->authority);
    put_str(t, "threshold", r->threshold);
    for (size_t i = 0; i < keep_json_len(rules); i++) {
        const struct keep_json *j = keep_json_at(rules, i);
        if (!keep_str_eq(keep_json_str(keep_json_get(j, "rule")), r->id))
            continue;
        copy_number(t, j, "fired", "accesses");
        copy_number(t, j, "cases", "cases");
        copy_number(t, j, "unable", "could_not_be_told");
    }
    for (size_t i = 0; i < t->cover.rules; i++) {
        const struct keep_coverage_rule *c = &t->cover.rule[i];
        if (c->kind != KEEP_COVERAGE_ACCESS || c->runs || !keep_str_eq(c->id, r->id))
            continue;
        open_array(t, "cannot_run_for_want_of");
        for (size_t k = 0; k < c->missings; k++)
            keep_jsonw_str(&t->w, c->missing[k]);
        keep_jsonw_end_array(&t->w);
    }
    keep_jsonw_end_object(&t->w);
}

static void write_rules(struct attest *t)
{
    const struct keep_policy *p = t->p->packs->policy;
    open_array(t, "rules");
    for (size_t i = 0; i < p->accesses; i++)
        if (!p->access[i].evidence)
            write_rule(t, &p->access[i]);
    keep_jsonw_end_array(&t->w);
}

/* Days from a case's first access to a time that people set; days: room for all cases. */
static void write_days(struct attest *t, const char *key, bool decision, int64_t *days)
{
    size_t n = 0;
    for (size_t i = 0; i < t->cases; i++) {
        const struct keep_casebook_case *c = &t->list[i];
        keep_time at = decision ? c->decided : c->reviewed;
        if (in_period(t, c) && at != KEEP_TIME_NONE)
            days[n++] = (at > c->first ? at - c->first : 0) / DAY;
    }
    qsort(days, n, sizeof *days, keep_num_by_i64);
    open_object(t, key);
    put_n(t, "cases", n);
    if (n) {
        put_n(t, "median", (uint64_t)days[(n - 1) / 2]);
        put_n(t, "longest", (uint64_t)days[n - 1]);
    }
    keep_jsonw_end_object(&t->w);
}

static void write_statuses(struct attest *t, const struct keep_str *rule)
{
    uint64_t n[KEEP_CASE_COUNT] = {0};
    for (size_t i = 0; i < t->cases; i++)
        if (in_period(t, &t->list[i]) && (!rule || keep_str_eq(t->list[i].rule, *rule)))
            n[t->list[i].status]++;
    for (int s = 0; s < KEEP_CASE_COUNT; s++)
        put_n(t, keep_vocab_case_status_word(s), n[s]);
}

static int write_cases(struct attest *t, struct keep_err *err)
{
    int64_t *days = keep_arena_array(t->a, t->cases + 1, sizeof *days);
    uint64_t proposed = 0, asked = 0, answered = 0;
    if (!days)
        return no_memory(err);
    open_object(t, "cases");
    open_object(t, "by_status");
    write_statuses(t, NULL);
    keep_jsonw_end_object(&t->w);
    open_array(t, "by_rule");
    for (size_t i = 0; i < t->cases; i++) {
        size_t k = 0;
        while (k < i && !(in_period(t, &t->list[k]) && keep_str_eq(t->list[k].rule, t->list[i].rule)))
            k++;
        if (k < i || !in_period(t, &t->list[i]))
            continue;
        open_object(t, NULL);
        put_str(t, "rule", t->list[i].rule);
        write_statuses(t, &t->list[i].rule);
        keep_jsonw_end_object(&t->w);
    }
    keep_jsonw_end_array(&t->w);
    for (size_t i = 0; i < t->cases; i++)
        if (in_period(t, &t->list[i])) {
            proposed += t->list[i].proposed && !t->list[i].closed;
            asked += t->list[i].asked;
            answered += t->list[i].answered;
        }
    put_n(t, "open_and_no_longer_found", proposed);
    put_n(t, "questions_asked", asked);
    put_n(t, "answers", answered);
    write_days(t, "days_from_first_access_to_review", false, days);
    write_days(t, "days_from_first_access_to_decision", true, days);
    open_array(t, "worked_on_by");
    for (size_t i = 0; i < t->reviewers; i++)
        keep_jsonw_str(&t->w, t->reviewer[i]);
    keep_jsonw_end_array(&t->w);
    keep_jsonw_end_object(&t->w);
    return 0;
}

/* The newest sample of expected accesses, drawn in the period's audits or later. */
static int write_sample(struct attest *t, struct keep_err *err)
{
    struct keep_sampling_state st;
    char bound[32];
    int rc = keep_sampling_newest(t->s, t->a, &st, err);
    if (rc < 0)
        return rc;
    keep_jsonw_key(&t->w, "sample_of_expected");
    if (st.id == 0) {
        keep_jsonw_null(&t->w);
        return 0;
    }
    keep_jsonw_object(&t->w);
    put_time(t, "drawn", st.at);
    put_str(t, "seed", st.seed);
    put_n(t, "of", st.population);
    put_n(t, "accesses", st.n);
    put_n(t, "right", st.right);
    put_n(t, "wrong", st.wrong);
    snprintf(bound, sizeof bound, "%.6f", st.bound);
    put_z(t, "share_wrong_at_most_95_percent", bound);
    put_z(t, "formula", "the p for which n accesses have at most n - right wrong ones with probability 0.05 (binomial, one-sided, exact)");
    keep_jsonw_end_object(&t->w);
    return 0;
}

/* What is asked, and where in this statement it is answered. */
static const char *const protocol[][2] = {
    {"how often activity is reviewed, how that is documented, by which roles, and which activities lead to an investigation",
     "review.audits and review.longest_days_between_runs; the ledger entry of each run; worked_on_by and the officers who signed packs and this statement; rules"},
    {"that logs were reviewed in time", "review.last_run against logging; cases.days_from_first_access_to_review and _to_decision"},
    {"that the review was certified by appropriate personnel", "this statement's signature, checkable with minisign, and the decisions of cases, each signed"},
    {"that logging is possible and is turned on", "logging: accesses of each source in the period, and the hours in which a source was silent"},
};

static void write_protocol(struct attest *t)
{
    open_array(t, "protocol");
    for (size_t i = 0; i < sizeof protocol / sizeof *protocol; i++) {
        open_object(t, NULL);
        put_z(t, "asks", protocol[i][0]);
        put_z(t, "answered_by", protocol[i][1]);
        keep_jsonw_end_object(&t->w);
    }
    keep_jsonw_end_array(&t->w);
}

static int write_statement(struct attest *t, struct keep_buf *out, struct keep_err *err)
{
    char hex[33];
    keep_jsonw_init(&t->w, out);
    open_object(t, NULL);
    keep_jsonw_key(&t->w, "schema_version");
    keep_jsonw_u64(&t->w, 1);
    put_z(t, "statement", "review of access to patients' charts");
    put_z(t, "authority", "45 CFR 164.308(a)(1)(ii)(D)");
    keep_codec_hex(keep_store_id(t->s), 16, hex);
    put_z(t, "keep", hex);
    put_day(t, "from", t->p->from);
    put_day(t, "to", t->p->to);
    put_z(t, "time_zone", keep_store_zone(t->s));
    put_time(t, "made", keep_store_now(t->s));
    put_str(t, "signed_by", t->officer->role);
    write_logging(t);
    write_review(t);
    write_packs(t);
    write_rules(t);
    int rc = write_cases(t, err);
    if (rc == 0)
        rc = write_sample(t, err);
    write_protocol(t);
    put_z(t, "not_shown", "accesses that no source recorded; rules' counts are of the newest audit, over all accesses up to newest_as_of; a case says that somebody should look, not that anything was wrong");
    keep_jsonw_end_object(&t->w);
    keep_buf_char(out, '\n');
    return rc == 0 && out->failed ? no_memory(err) : rc;
}

static int record(struct attest *t, struct keep_buf *statement, struct keep_buf *signature, struct keep_err *err)
{
    char subject[32], a[KEEP_CIVIL_DATE_SIZE], b[KEEP_CIVIL_DATE_SIZE];
    uint64_t id;
    int rc = keep_txn_begin(t->s, KEEP_LEDGER_ATTEST, err);
    if (rc < 0)
        return rc;
    memcpy(subject, keep_civil_format_date(t->p->from, a), 10);
    subject[10] = '/';
    memcpy(subject + 11, keep_civil_format_date(t->p->to, b), 11);
    struct keep_act act = {.kind = KEEP_STR("attest"), .subject = keep_str_of(subject), .body = keep_buf_view(statement), .signature = keep_buf_view(signature),
                           .role = t->officer->role, .at = keep_store_now(t->s)};
    rc = keep_txn_act(t->s, &act, &id, err);
    keep_txn_count(t->s, "statements", 1);
    return keep_txn_end(t->s, rc, err);
}

static int period(struct attest *t, struct keep_err *err)
{
    int rc = keep_zone_load(&t->zone, keep_store_zone(t->s), err);
    if (rc < 0)
        return rc;
    if (t->p->from > t->p->to)
        return keep_err_set(err, KEEP_E_USAGE, "the period ends before it begins");
    if (t->p->to >= keep_zone_date(t->zone, keep_store_now(t->s)))
        return keep_err_set(err, KEEP_E_REFUSED, "the period is not over: its last day must lie before today");
    t->from = keep_zone_instant(t->zone, t->p->from, 0);
    t->to = keep_zone_instant(t->zone, t->p->to + 1, 0);
    return 0;
}

int keep_attest(struct keep_store *s, const struct keep_attest_params *p, struct keep_buf *statement, struct keep_buf *signature, struct keep_err *err)
{
    struct attest t = {.s = s, .p = p, .a = keep_arena_new(0)};
    int rc = t.a ? keep_signer_of(s, p->officer, &t.officer, err) : no_memory(err);
    if (rc == 0)
        rc = period(&t, err);
    if (rc == 0)
        rc = gather(&t, err);
    if (rc == 0)
        rc = write_statement(&t, statement, err);
    if (rc == 0)
        rc = keep_sign_message(signature, p->officer, statement->p, statement->n, "review of access", PURPOSE, err);
    if (rc == 0)
        rc = record(&t, statement, signature, err);
    keep_coverage_free(&t.cover);
    keep_zone_free(t.zone);
    keep_arena_free(t.a);
    return rc;
}
