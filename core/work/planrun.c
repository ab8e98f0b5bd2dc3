/* A plan's text is deterministic but for its annex: the identifying part, an
 * age file for the officers, which the digest leaves out. An approval signs the
 * canonical bytes {"approve": digest, "store": id}. */
#include "core/work/planrun.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/base/zone.h"
#include "core/store/sets.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"
#include "core/work/planannex.h"
#include "core/work/planrun_inside.h"
#include "core/work/signer.h"
#include "core/work/special.h"

#define APPROVAL "chartkeep approval" /* trusted comment: a signature made for another act never passes for this one */

void keep_planrun_fill(struct keep_plan_set *ps, const struct keep_set *set, const struct keep_policy *p)
{
    memcpy(ps->set, set->id, 16);
    keep_plan_set_digest(set, p, ps->digest);
    ps->action = set->action;
    ps->series = p->series[set->series].id;
    if (set->rule >= 0) {
        ps->rule = p->retention[set->rule].id;
        ps->authority = p->retention[set->rule].cite;
    }
    ps->keep_until = set->keep_until;
    ps->records = set->records;
    ps->custody = set->custody;
    ps->gates = set->gates;
    ps->residue_years = set->residue_years;
}

static int newest_act(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    uint64_t *newest = ctx;
    (void)err;
    if (act->id > *newest)
        *newest = act->id;
    return 0;
}

/* Was the set archived before that adoption? Then the plan it was archived under is refused, and a new one has to release it. 1: so it is. */
static int archived_before(struct keep_store *s, uint64_t adoption, const struct keep_set *set, struct keep_arena *a, struct keep_err *err)
{
    struct keep_set_state st;
    uint64_t archived = 0;
    int rc = keep_sets_get(s, set->id, a, &st, err);
    if (rc != 0 || st.status != KEEP_SET_ARCHIVED)
        return rc < 0 ? rc : 0;
    rc = keep_txn_acts(s, "archived", &st.package, newest_act, &archived, err);
    return rc ? rc : archived < adoption;
}

static bool may_be_due(void *ctx, const struct keep_set *set)
{
    (void)ctx;
    return set->status == KEEP_SET_DUE || set->status == KEEP_SET_ARCHIVED;
}

/* The sets that a plan of today is about. */
static int find_due(struct keep_store *s, const struct keep_dates *d, const struct keep_set **due, size_t *n, struct keep_err *err)
{
    uint64_t adoption = 0;
    int rc = keep_txn_acts(s, "adopt", NULL, newest_act, &adoption, err);
    for (size_t i = 0; rc >= 0 && i < d->result.sets; i++) {
        const struct keep_set *set = &d->result.set[i];
        rc = set->status == KEEP_SET_DUE ? 1 : set->status == KEEP_SET_ARCHIVED ? archived_before(s, adoption, set, d->arena, err) : 0;
        if (rc > 0)
            due[(*n)++] = set;
    }
    return rc < 0 ? rc : 0;
}

int keep_planrun_look(struct keep_dates *d, struct keep_store *s, const struct keep_packs *adopted, keep_date as_of, const struct keep_dates_how *how, struct keep_err *err)
{
    keep_date today;
    int rc = keep_dates_today(s, &today, err);
    if (rc == 0 && as_of > today)
        rc = keep_err_set(err, KEEP_E_REFUSED, "a plan as of a day to come would destroy early: use today or earlier");
    if (rc == 0)
        rc = how ? keep_dates_run_how(d, s, adopted, as_of, how, err) : keep_dates_run(d, s, adopted, as_of, NULL, NULL, err);
    return rc;
}

int keep_planrun_write(struct keep_plan *plan, const struct keep_dates *d, const struct keep_packs *adopted, const struct keep_set *const *set, struct keep_buf *out, struct keep_err *err)
{
    struct keep_buf annex = KEEP_BUF_INIT;
    struct keep_plan_adoption *pa = keep_arena_array(d->arena, adopted->adoptions + 1, sizeof *pa);
    if (!pa)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < adopted->adoptions; i++) {
        pa[i].pack = adopted->adoption[i].pack;
        pa[i].version = adopted->adoption[i].version;
        memcpy(pa[i].digest, adopted->adoption[i].digest, 32);
    }
    memcpy(plan->store, keep_store_id(d->store), 16);
    plan->quorum = keep_store_quorum(d->store);
    plan->adoption = pa;
    plan->adoptions = adopted->adoptions;
    int rc = keep_planannex_seal(d, set, plan->sets, &annex, err);
    plan->annex = keep_buf_view(&annex);
    if (rc == 0)
        keep_plan_write(plan, out);
    plan->annex = (struct keep_str){NULL, 0};
    keep_buf_free(&annex);
    return rc == 0 && out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : rc;
}

int keep_planrun_make(struct keep_store *s, const struct keep_packs *adopted, keep_date as_of, struct keep_buf *out, size_t *sets, struct keep_err *err)
{
    struct keep_dates d = {0};
    const struct keep_set **due = NULL;
    struct keep_plan plan = {.as_of = as_of};
    int rc = keep_planrun_look(&d, s, adopted, as_of, &(struct keep_dates_how){.brief = true, .bound = true, .want = may_be_due}, err);
    if (rc < 0)
        goto out;
    struct keep_plan_set *ps = keep_arena_array(d.arena, d.result.sets + 1, sizeof *ps);
    due = keep_arena_array(d.arena, d.result.sets + 1, sizeof *due);
    if (!ps || !due) {
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        goto out;
    }
    rc = find_due(s, &d, due, &plan.sets, err);
    if (rc == 0 && plan.sets == 0)
        rc = 1;
    if (rc)
        goto out;
    qsort(due, plan.sets, sizeof *due, keep_plan_by_set);
    for (size_t i = 0; i < plan.sets; i++)
        keep_planrun_fill(&ps[i], due[i], adopted->policy);
    plan.set = ps;
    *sets = plan.sets;
    rc = keep_planrun_write(&plan, &d, adopted, due, out, err);
out:
    keep_dates_free(&d);
    return rc;
}

static bool same_adoptions(const struct keep_plan *plan, const struct keep_packs *adopted)
{
    if (plan->adoptions != adopted->adoptions)
        return false;
    for (size_t i = 0; i < plan->adoptions; i++)
        if (memcmp(plan->adoption[i].digest, adopted->adoption[i].digest, 32) != 0)
            return false;
    return true;
}

int keep_planrun_read(struct keep_store *s, const struct keep_packs *adopted, const char *path, struct keep_arena *a, struct keep_plan *out, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    bool ok = true;
    int rc = keep_file_read_operand(path, KEEP_PLAN_FILE, &text, err);
    struct keep_str kept = rc == 0 ? keep_arena_str(a, keep_buf_view(&text), &ok) : (struct keep_str){NULL, 0};
    keep_buf_free(&text);
    if (rc == 0 && !ok)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_plan_read(out, kept, path, a, err);
    if (rc < 0)
        return rc;
    if (memcmp(out->store, keep_store_id(s), 16) != 0)
        return keep_err_set(err, KEEP_E_REFUSED, "%s: this plan is of another keep", path);
    if (!same_adoptions(out, adopted))
        return keep_err_set(err, KEEP_E_REFUSED, "%s: the adopted policy has changed since this plan was made: make a new one", path);
    if (out->quorum != keep_store_quorum(s))
        return keep_err_set(err, KEEP_E_REFUSED, "%s: the quorum has changed since this plan was made: make a new one", path);
    return 0;
}

static void approval_text(struct keep_store *s, const struct keep_plan *plan, char plan_hex[65], struct keep_buf *out)
{
    uint8_t digest[32];
    char store[33];
    struct keep_jsonw w;
    keep_plan_digest(plan, digest);
    keep_codec_hex(digest, 32, plan_hex);
    keep_codec_hex(keep_store_id(s), 16, store);
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "approve");
    keep_jsonw_z(&w, plan_hex);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, store);
    keep_jsonw_end_object(&w);
}

struct approvals {
    struct keep_store *s;
    struct keep_zone *zone;
    keep_date today;
    struct keep_str body;      /* what must have been signed */
    const struct keep_officer *officer[KEEP_PACKS_SIGNERS];
    size_t n;
    struct keep_jsonw *w;      /* NULL: not wanted */
};

static int each_approval(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct approvals *ap = ctx;
    size_t n;
    const struct keep_officer *o = keep_store_officers(ap->s, &n);
    struct keep_str trusted;
    (void)err;
    for (size_t i = 0; i < n && ap->n < 16; i++) {
        if (!keep_str_eq(o[i].role, act->role) || !keep_str_eq(act->body, ap->body))
            continue;
        if (keep_officer_on(&o[i], ap->today) != KEEP_OFFICER_VALID || keep_officer_on(&o[i], keep_zone_date(ap->zone, act->at)) != KEEP_OFFICER_VALID)
            return 0; /* expired since, as good as gone */
        for (size_t k = 0; k < ap->n; k++)
            if (ap->officer[k] == &o[i] || keep_officer_one_person(ap->officer[k], &o[i]))
                return 0;
        if (keep_sign_check(&o[i].key, act->body.p, act->body.n, act->signature, &trusted, NULL) < 0 || !keep_str_is(trusted, APPROVAL))
            return 0; /* counts for nothing; `check` reports it */
        ap->officer[ap->n++] = &o[i];
        if (ap->w) {
            keep_jsonw_object(ap->w);
            keep_jsonw_key(ap->w, "role");
            keep_jsonw_str(ap->w, o[i].role);
            keep_jsonw_key(ap->w, "at");
            keep_jsonw_time(ap->w, act->at);
            keep_jsonw_key(ap->w, "statement");
            keep_jsonw_str(ap->w, act->body);
            keep_jsonw_key(ap->w, "signature");
            keep_jsonw_str(ap->w, act->signature);
            keep_jsonw_end_object(ap->w);
        }
    }
    return 0;
}

static int collect(struct keep_store *s, const struct keep_plan *plan, struct approvals *ap, struct keep_buf *body, struct keep_err *err)
{
    char hex[65];
    approval_text(s, plan, hex, body);
    ap->s = s;
    ap->body = keep_buf_view(body);
    struct keep_str subject = keep_str_of(hex);
    int rc = body->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_zone_load(&ap->zone, keep_store_zone(s), err);
    if (rc < 0)
        return rc;
    ap->today = keep_zone_date(ap->zone, keep_store_now(s));
    rc = keep_txn_acts(s, "approve", &subject, each_approval, ap, err);
    keep_zone_free(ap->zone);
    return rc;
}

int keep_planrun_approve(struct keep_store *s, const struct keep_plan *plan, const struct keep_sign_secret *officer, size_t *approvals, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct approvals ap = {0};
    const struct keep_officer *o;
    uint8_t digest[32];
    char hex[65];
    uint64_t id;
    int rc = keep_signer_of(s, officer, &o, err);
    if (rc == 0)
        rc = collect(s, plan, &ap, &body, err);
    for (size_t i = 0; rc == 0 && i < ap.n; i++) {
        const struct keep_officer *was = ap.officer[i];
        if (was == o)
            rc = keep_err_set(err, KEEP_E_REFUSED, "%.*s has approved this plan already", (int)o->role.n, o->role.p);
        else if (keep_officer_one_person(was, o))
            rc = keep_err_set(err, KEEP_E_REFUSED, "the same person has approved this plan already, as %.*s: another officer has to", (int)was->role.n, was->role.p);
    }
    if (rc == 0)
        rc = keep_sign_message(&sig, officer, body.p, body.n, "approval of a disposal plan", APPROVAL, err);
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_APPROVE, err);
    if (rc == 0) {
        keep_plan_digest(plan, digest);
        keep_codec_hex(digest, 32, hex);
        struct keep_act act = {.kind = KEEP_STR("approve"), .subject = keep_str_of(hex), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = o->role, .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, &id, err);
        keep_txn_digest(s, "plan", digest);
        rc = keep_txn_end(s, rc, err);
    }
    if (rc == 0)
        *approvals = ap.n + 1;
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}

static void role_list(struct keep_buf *out, struct keep_str role)
{
    keep_buf_str(out, out->n ? ", " : "");
    keep_buf_add(out, role.p, role.n);
}

/* Who has approved, and who still can: in office today, and nobody who has. */
static int too_few(const struct approvals *ap, uint32_t quorum, struct keep_err *err)
{
    struct keep_buf have = KEEP_BUF_INIT, can = KEEP_BUF_INIT;
    size_t n;
    const struct keep_officer *o = keep_store_officers(ap->s, &n);
    for (size_t i = 0; i < ap->n; i++)
        role_list(&have, ap->officer[i]->role);
    for (size_t i = 0; i < n; i++) {
        bool counts = keep_officer_on(&o[i], ap->today) == KEEP_OFFICER_VALID;
        for (size_t k = 0; counts && k < ap->n; k++)
            counts = ap->officer[k] != &o[i] && !keep_officer_one_person(ap->officer[k], &o[i]);
        if (counts)
            role_list(&can, o[i].role);
    }
    if (have.failed || can.failed)
        keep_err_set(err, KEEP_E_REFUSED, "this plan needs the approval of %u officers of distinct roles", quorum);
    else
        keep_err_set(err, KEEP_E_REFUSED, "this plan needs the approval of %u officers of distinct roles; approved by: %.*s; still to approve: %zu of %.*s", quorum, have.n ? (int)have.n : 4,
                     have.n ? (const char *)have.p : "none", quorum - ap->n, can.n ? (int)can.n : 6, can.n ? (const char *)can.p : "nobody");
    keep_err_hint(err, "chartkeep approve KEEP PLAN --officer-key FILE");
    keep_buf_free(&have);
    keep_buf_free(&can);
    return KEEP_E_REFUSED;
}

/* A special plan may be somebody's business in particular. */
static int role_wanted(const struct approvals *ap, const struct keep_plan *plan, struct keep_err *err)
{
    struct keep_str role = keep_special_role(plan->kind);
    bool has = role.n == 0;
    for (size_t i = 0; !has && i < ap->n; i++)
        has = keep_str_eq(ap->officer[i]->role, role);
    return has ? 0 : keep_err_set(err, KEEP_E_REFUSED, "a plan of the kind %s needs the approval of the officer whose role is %.*s", keep_plan_kind_word(plan->kind), (int)role.n, role.p);
}

int keep_planrun_approved(struct keep_store *s, const struct keep_plan *plan, struct keep_buf *out, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_jsonw w;
    struct approvals ap = {.w = out ? &w : NULL};
    if (out) {
        keep_jsonw_init(&w, out);
        keep_jsonw_array(&w);
    }
    int rc = collect(s, plan, &ap, &body, err);
    if (out)
        keep_jsonw_end_array(&w);
    if (rc == 0 && (ap.n < plan->quorum || ap.n == 0))
        rc = too_few(&ap, plan->quorum ? plan->quorum : 1, err);
    if (rc == 0)
        rc = role_wanted(&ap, plan, err);
    keep_buf_free(&body);
    return rc;
}

static bool past_review(const struct keep_dates *d, keep_date today)
{
    for (size_t i = 0; i < d->in.adoptions; i++)
        if (d->in.adoption[i].review_by != KEEP_DATE_NONE && today > d->in.adoption[i].review_by)
            return true;
    return false;
}

const char keep_planrun_edited[] = "edited: what the plan says of it is not what its digest stands for";

/* Beside the digest the plan says in words what an officer reads before signing: both must tell of the same set. */
static bool says_otherwise(const struct keep_plan_set *ps, const struct keep_set *set, const struct keep_policy *p)
{
    struct keep_plan_set is = {0};
    keep_planrun_fill(&is, set, p);
    return ps->action != is.action || ps->keep_until != is.keep_until || ps->records != is.records || ps->custody != is.custody || ps->residue_years != is.residue_years ||
           !keep_str_eq(ps->series, is.series) || !keep_str_eq(ps->rule, is.rule) || !keep_str_eq(ps->authority, is.authority) || !keep_str_eq(ps->gates, is.gates);
}

const char *keep_planrun_held(const struct keep_set *set, struct keep_arena *a)
{
    struct keep_buf b = KEEP_BUF_INIT;
    keep_buf_str(&b, "held: ");
    keep_buf_add(&b, set->holds.p, set->holds.n);
    const char *text = b.failed ? NULL : keep_arena_copy(a, b.p, b.n);
    keep_buf_free(&b);
    return text ? text : "held";
}

static const char *why_not(const struct keep_plan_set *ps, const struct keep_set *set, const struct keep_dates *d, keep_date today, struct keep_arena *a)
{
    uint8_t digest[32];
    if (set->status == KEEP_SET_HELD)
        return keep_planrun_held(set, a);
    keep_plan_set_digest(set, d->in.policy, digest);
    if (memcmp(digest, ps->digest, 32) != 0)
        return "drifted: its records, date, custody, holds or gates are not what was approved";
    if (says_otherwise(ps, set, d->in.policy))
        return keep_planrun_edited;
    if (set->kind != KEEP_UNTIL_DATE || today <= set->keep_until)
        return "not due today";
    if (past_review(d, today))
        return "the adoption of its rules is past its review";
    if (set->status == KEEP_SET_ORDERED)
        return "ordered: the certificate of its custodian is not in";
    if (set->status != KEEP_SET_DUE && set->status != KEEP_SET_ARCHIVED)
        return "no longer due";
    return "";
}

int keep_planrun_match(const struct keep_plan *plan, const struct keep_dates *d, keep_date today, const struct keep_set **set, const char **reason, struct keep_arena *a)
{
    struct keep_special_look special = {.plan = plan, .d = d, .today = today};
    if (plan->kind != KEEP_PLAN_DUE)
        keep_special_look(&special, a);
    for (size_t i = 0; i < plan->sets; i++) {
        set[i] = NULL;
        reason[i] = KEEP_PLANRUN_GONE;
    }
    for (size_t k = 0; k < d->result.sets; k++) {
        const struct keep_set *st = &d->result.set[k];
        size_t i = keep_plan_find(plan, st->id);
        if (i == SIZE_MAX)
            continue;
        set[i] = st;
        reason[i] = plan->kind == KEEP_PLAN_DUE ? why_not(&plan->set[i], st, d, today, a) : keep_special_why_not(&special, &plan->set[i], &set[i], a);
        if (reason[i][0])
            set[i] = NULL;
    }
    return 0;
}

int keep_planrun_honest(struct keep_store *s, const struct keep_packs *adopted, const struct keep_plan *plan, struct keep_arena *a, struct keep_err *err)
{
    struct keep_dates d = {0};
    keep_date today;
    const struct keep_set **set = keep_arena_array(a, plan->sets + 1, sizeof *set);
    const char **reason = keep_arena_array(a, plan->sets + 1, sizeof *reason);
    int rc = set && reason ? keep_dates_today(s, &today, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_dates_run(&d, s, adopted, today, NULL, NULL, err);
    if (rc == 0)
        keep_planrun_match(plan, &d, today, set, reason, a);
    if (rc == 0 && plan->kind == KEEP_PLAN_DUE && past_review(&d, today))
        rc = keep_err_set(err, KEEP_E_REFUSED, "the adoption of the rules that this plan rests on is past its review: nothing can be disposed of until they are adopted again");
    for (size_t i = 0; rc == 0 && i < plan->sets; i++)
        if (reason[i] == keep_planrun_edited)
            rc = keep_err_set(err, KEEP_E_REFUSED, "this plan was edited: what it says of a set is not what the keep holds: make a new one");
    keep_dates_free(&d);
    return rc;
}
