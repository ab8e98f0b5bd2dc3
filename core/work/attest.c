/* The statement, of what attested.c gathers. Rule counts are those of the newest
 * audit, which ran under the packs that are named, over all accesses up to its as-of
 * time, and say so; cases are those with an access in the period. Times between an
 * access and what people did are whole days, and their median the lower of the two in
 * the middle. */
#include "core/work/attest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/num.h"
#include "core/text/jsonw.h"
#include "core/work/attested.h"
#include "core/work/sampling.h"
#include "core/work/signer.h"

#define PURPOSE "chartkeep review of access" /* trusted comment: a signature made for another act never passes for this one */
#define DAY ((keep_time)86400 * KEEP_USEC)

struct attest {
    const struct keep_attest_params *p;
    struct keep_attested g;
    const struct keep_officer *officer;
    struct keep_jsonw w;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

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

static void put_null(struct attest *t, const char *key)
{
    keep_jsonw_key(&t->w, key);
    keep_jsonw_null(&t->w);
}

static void put_time(struct attest *t, const char *key, keep_time v)
{
    if (v == KEEP_TIME_NONE) {
        put_null(t, key);
        return;
    }
    keep_jsonw_key(&t->w, key);
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
    for (size_t k = 0; k < t->g.cover.classes; k++) {
        const struct keep_coverage_class *c = &t->g.cover.klass[k];
        for (size_t i = 0; c->log && c->source == source && i < c->gaps; i++) {
            if (c->gap[i].to < t->g.from || c->gap[i].from >= t->g.to)
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

/* What of a source is a log; NULL: nothing. */
static const struct keep_coverage_class *log_of(const struct attest *t, size_t source)
{
    for (size_t k = 0; k < t->g.cover.classes; k++)
        if (t->g.cover.klass[k].log && t->g.cover.klass[k].source == source)
            return &t->g.cover.klass[k];
    return NULL;
}

/* Does its declaration say that all accesses of these days are in it? */
static bool vouches(const struct attest *t, size_t source)
{
    const struct keep_coverage_class *log = log_of(t, source);
    const struct keep_source *s = &t->g.cover.world.source[source];
    return log && log->claim == KEEP_COVERAGE_ATTESTED && s->complete && keep_source_reaches(s, t->p->from, t->p->to);
}

static void write_logging(struct attest *t)
{
    const struct keep_world *w = &t->g.cover.world;
    open_array(t, "logging");
    for (size_t i = 0; i < w->sources; i++) {
        if (!log_of(t, i))
            continue;
        open_object(t, NULL);
        put_str(t, "source", w->source[i].name);
        keep_jsonw_key(&t->w, "declared_complete");
        keep_jsonw_bool(&t->w, vouches(t, i));
        put_n(t, "accesses", t->g.log[i].in_period);
        put_time(t, "first", t->g.log[i].first);
        put_time(t, "last", t->g.log[i].last);
        put_n(t, "quarantined", t->g.cover.source[i].quarantined);
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

/* Did the newest audit count what could not be told of each access as it judges it? One that went on from another knows it unless it judged some of those again. */
static bool counted(const struct attest *t)
{
    const struct keep_json *again = keep_json_get(t->g.audits.newest, "judged_again");
    return keep_str_is(keep_json_str(keep_json_get(t->g.audits.newest, "run")), "full") || (again && !keep_json_true(again));
}

static void write_review(struct attest *t)
{
    const struct keep_attested_audits *u = &t->g.audits;
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
    if (!counted(t))
        put_z(t, "could_not_be_told", "not told by rule: the newest audit went on from an earlier one, and judged accesses again that the earlier one had counted; `chartkeep audit --full` counts anew");
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
        put_day(t, "adopted", p->adoption[i].adopted);
        put_day(t, "review_by", p->adoption[i].review_by);
        put_str(t, "signed_by", p->adoption[i].signers);
        put_n(t, "audits", keep_attested_audits_under(&t->g.audits, keep_str_of(hex)));
        keep_jsonw_end_object(&t->w);
    }
    keep_jsonw_end_array(&t->w);
}

/* Of earlier audits alone: they are adopted no more. */
static void write_earlier_packs(struct attest *t)
{
    const struct keep_attested_audits *u = &t->g.audits;
    const struct keep_json *now = keep_json_get(u->newest, "packs");
    open_array(t, "earlier_packs");
    for (size_t i = 0; i < u->packs; i++) {
        const struct keep_attested_pack *p = &u->pack[i];
        size_t k = 0;
        while (k < keep_json_len(now) && !keep_str_eq(keep_json_str(keep_json_at(now, k)), p->digest))
            k++;
        if (k < keep_json_len(now))
            continue;
        open_object(t, NULL);
        put_str(t, "pack", p->pack);
        put_str(t, "version", p->version);
        put_str(t, "digest", p->digest);
        if (p->adopted == KEEP_DATE_NONE)
            put_null(t, "adopted");
        else
            put_day(t, "adopted", p->adopted);
        put_n(t, "audits", p->audits);
        keep_jsonw_end_object(&t->w);
    }
    keep_jsonw_end_array(&t->w);
}

static void write_rule(struct attest *t, const struct keep_access *r)
{
    const struct keep_json *rules = keep_json_get(t->g.audits.newest, "rules");
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
        if (counted(t))
            copy_number(t, j, "unable", "could_not_be_told");
        else
            put_null(t, "could_not_be_told");
    }
    for (size_t i = 0; i < t->g.cover.rules; i++) {
        const struct keep_coverage_rule *c = &t->g.cover.rule[i];
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
    for (size_t i = 0; i < t->g.cases; i++) {
        const struct keep_casebook_case *c = &t->g.list[i];
        keep_time at = decision ? c->decided : c->reviewed;
        if (keep_attested_in_period(&t->g, c) && at != KEEP_TIME_NONE)
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
    for (size_t i = 0; i < t->g.cases; i++)
        if (keep_attested_in_period(&t->g, &t->g.list[i]) && (!rule || keep_str_eq(t->g.list[i].rule, *rule)))
            n[t->g.list[i].status]++;
    for (int s = 0; s < KEEP_CASE_COUNT; s++)
        put_n(t, keep_vocab_case_status_word(s), n[s]);
}

static int write_cases(struct attest *t, struct keep_err *err)
{
    int64_t *days = keep_arena_array(t->g.a, t->g.cases + 1, sizeof *days);
    uint64_t proposed = 0, asked = 0, answered = 0;
    if (!days)
        return no_memory(err);
    open_object(t, "cases");
    open_object(t, "by_status");
    write_statuses(t, NULL);
    keep_jsonw_end_object(&t->w);
    open_array(t, "by_rule");
    for (size_t i = 0; i < t->g.cases; i++) {
        size_t k = 0;
        while (k < i && !(keep_attested_in_period(&t->g, &t->g.list[k]) && keep_str_eq(t->g.list[k].rule, t->g.list[i].rule)))
            k++;
        if (k < i || !keep_attested_in_period(&t->g, &t->g.list[i]))
            continue;
        open_object(t, NULL);
        put_str(t, "rule", t->g.list[i].rule);
        write_statuses(t, &t->g.list[i].rule);
        keep_jsonw_end_object(&t->w);
    }
    keep_jsonw_end_array(&t->w);
    for (size_t i = 0; i < t->g.cases; i++)
        if (keep_attested_in_period(&t->g, &t->g.list[i])) {
            proposed += t->g.list[i].proposed && !t->g.list[i].closed;
            asked += t->g.list[i].asked;
            answered += t->g.list[i].answered;
        }
    put_n(t, "open_and_no_longer_found", proposed);
    put_n(t, "questions_asked", asked);
    put_n(t, "answers", answered);
    write_days(t, "days_from_first_access_to_review", false, days);
    write_days(t, "days_from_first_access_to_decision", true, days);
    open_array(t, "worked_on_by");
    for (size_t i = 0; i < t->g.reviewers; i++)
        keep_jsonw_str(&t->w, t->g.reviewer[i]);
    keep_jsonw_end_array(&t->w);
    keep_jsonw_end_object(&t->w);
    return 0;
}

/* The newest sample of expected accesses, drawn in the period's audits or later. */
static int write_sample(struct attest *t, struct keep_err *err)
{
    struct keep_sampling_state st;
    char bound[32];
    int rc = keep_sampling_newest(t->g.s, t->g.a, &st, err);
    if (rc < 0)
        return rc;
    if (st.id == 0) {
        put_null(t, "sample_of_expected");
        return 0;
    }
    open_object(t, "sample_of_expected");
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
    keep_codec_hex(keep_store_id(t->g.s), 16, hex);
    put_z(t, "keep", hex);
    put_day(t, "from", t->p->from);
    put_day(t, "to", t->p->to);
    put_z(t, "time_zone", keep_store_zone(t->g.s));
    put_time(t, "made", keep_store_now(t->g.s));
    put_str(t, "signed_by", t->officer->role);
    write_logging(t);
    write_review(t);
    write_packs(t);
    write_earlier_packs(t);
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
    int rc = keep_txn_begin(t->g.s, KEEP_LEDGER_ATTEST, err);
    if (rc < 0)
        return rc;
    memcpy(subject, keep_civil_format_date(t->p->from, a), 10);
    subject[10] = '/';
    memcpy(subject + 11, keep_civil_format_date(t->p->to, b), 11);
    struct keep_act act = {.kind = KEEP_STR("attest"), .subject = keep_str_of(subject), .body = keep_buf_view(statement), .signature = keep_buf_view(signature),
                           .role = t->officer->role, .at = keep_store_now(t->g.s)};
    rc = keep_txn_act(t->g.s, &act, &id, err);
    keep_txn_count(t->g.s, "statements", 1);
    return keep_txn_end(t->g.s, rc, err);
}

int keep_attest(struct keep_store *s, const struct keep_attest_params *p, struct keep_buf *statement, struct keep_buf *signature, struct keep_err *err)
{
    struct attest t = {.p = p};
    int rc = keep_signer_of(s, p->officer, &t.officer, err);
    if (rc == 0)
        rc = keep_attested_gather(&t.g, s, p, err);
    if (rc == 0)
        rc = write_statement(&t, statement, err);
    if (rc == 0)
        rc = keep_sign_message(signature, p->officer, statement->p, statement->n, "review of access", PURPOSE, err);
    if (rc == 0)
        rc = record(&t, statement, signature, err);
    keep_attested_done(&t.g);
    return rc;
}
