/* The words of special.h, at plan and again at disposal: one function, may_go,
 * is asked both times, by the day of each.
 *
 * Single records are bound by a digest of their own, over (id, version, leaf):
 * a chart that goes on growing does not take the plan of a wrongly filed record
 * with it, a new version of that record does. */
#include "core/work/special.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/num.h"
#include "core/crypto/hash.h"
#include "core/retention/release.h"
#include "core/store/load.h"
#include "core/store/ring.h"
#include "core/text/utf8.h"
#include "core/work/planrun_inside.h"

#define LEGAL "legal" /* whose business a court's order is */

struct keep_special_leaf {
    uint64_t id;
    uint32_t version;
    uint8_t leaf[32];
};

struct keep_str keep_special_role(enum keep_plan_kind kind)
{
    return kind == KEEP_PLAN_EXPUNGE ? KEEP_STR(LEGAL) : (struct keep_str){NULL, 0};
}

/* --- what may go --- */

/* Is anything else of this patient's still here? */
static bool is_needed(const struct keep_set *set, const struct keep_dates *d)
{
    if (set->series != KEEP_SERIES_PATIENT_IDENTITY || set->patient == KEEP_ID_NONE)
        return false;
    for (size_t i = 0; i < d->result.sets; i++) {
        const struct keep_set *other = &d->result.set[i];
        if (other != set && other->patient == set->patient && other->status != KEEP_SET_DESTROYED)
            return true;
    }
    return false;
}

/* The step of a rule without a period releases nothing, so the rule itself is asked. */
static bool may_release(const struct keep_set *set, const struct keep_dates *d)
{
    struct keep_release *r = NULL;
    bool may = false;
    if (keep_release_new(&r, &d->in, NULL) < 0)
        return false;
    for (size_t i = 0; i < set->steps; i++)
        if ((int32_t)set->step[i].rule == set->destroy_rule)
            may = set->step[i].applies == KEEP_TRI_YES && !set->step[i].replaced && keep_release_rules(r).can_release[set->destroy_rule];
    keep_release_free(r);
    return may;
}

static const char *by_last_day(const struct keep_set *set, const struct keep_dates *d, keep_date today)
{
    if (set->status != KEEP_SET_CONFLICT)
        return "no rule wants it destroyed before another lets it go";
    if (!may_release(set, d))
        return "the rule that wants it destroyed may not release it: its text was not read, or its adoption is past its review";
    return today < set->destroy_by - KEEP_SPECIAL_AHEAD ? "the day to destroy it by lies too far ahead" : "";
}

/* "" or why not; text in a. single: some of its records. */
static const char *may_go(enum keep_plan_kind kind, bool single, const struct keep_set *set, const struct keep_dates *d, keep_date today, struct keep_arena *a)
{
    if (set->own)
        return "not a set of records: the keep's own papers end by their date";
    if (set->status == KEEP_SET_HELD || set->holds.n)
        return keep_planrun_held(set, a);
    if (set->status == KEEP_SET_DESTROYED)
        return "destroyed before";
    if (set->status == KEEP_SET_ORDERED)
        return "its custodian was ordered to destroy it";
    if (set->status == KEEP_SET_ARCHIVED && kind != KEEP_PLAN_EXPUNGE)
        return "archived: a package holds it as well";
    if (single && set->custody == KEEP_CUSTODY_INDEX)
        return "only its index is here";
    if (!single && is_needed(set, d))
        return "who a patient is outlives the patient's other sets: they go first";
    return kind == KEEP_PLAN_DESTROY_BY ? by_last_day(set, d, today) : "";
}

/* --- what a plan says --- */

/* Of single records no day and no rule: those are the set's, which stays. */
static void fill(struct keep_plan_set *ps, enum keep_plan_kind kind, bool single, const struct keep_set *set, const struct keep_policy *p)
{
    keep_planrun_fill(ps, set, p);
    ps->action = set->action == KEEP_ACT_ORDER ? KEEP_ACT_ORDER : KEEP_ACT_DESTROY;
    ps->keep_until = set->kind == KEEP_UNTIL_DATE && !single ? set->keep_until : KEEP_DATE_NONE;
    ps->residue_years = 0;
    if (single)
        ps->rule = ps->authority = (struct keep_str){NULL, 0};
    if (kind != KEEP_PLAN_DESTROY_BY) { /* gates and summaries are of a retention rule, and this rests on none */
        ps->gates = (struct keep_str){NULL, 0};
    } else if (set->destroy_rule >= 0) {
        ps->rule = p->retention[set->destroy_rule].id;
        ps->authority = p->retention[set->destroy_rule].cite;
    }
}

/* Their digest, with all else of the set that must not drift. False: one of them is not there. */
static bool digest_of(const struct keep_special_leaf *leaf, size_t leaves, const struct keep_set *set, const struct keep_policy *p, const uint64_t *only, size_t n, uint8_t out[32])
{
    struct keep_buf b = KEEP_BUF_INIT;
    bool ok = true;
    keep_buf_str(&b, "chartkeep single records 1");
    keep_buf_add(&b, set->id, sizeof set->id);
    keep_buf_bytes(&b, p->series[set->series].id.p, p->series[set->series].id.n);
    keep_buf_u8(&b, (uint8_t)set->custody);
    keep_buf_u64(&b, n);
    for (size_t i = 0; ok && i < n; i++) {
        const struct keep_special_leaf *l = leaves ? bsearch(&only[i], leaf, leaves, sizeof *leaf, keep_num_by_u64) : NULL;
        ok = l && l->version && bsearch(&only[i], set->record, set->records, sizeof *set->record, keep_num_by_u64);
        if (ok) {
            keep_buf_u64(&b, l->id);
            keep_buf_u32(&b, l->version);
            keep_buf_add(&b, l->leaf, sizeof l->leaf);
        }
    }
    ok = ok && !b.failed;
    if (ok)
        keep_hash_blake2b(out, b.p, b.n);
    keep_buf_free(&b);
    return ok;
}

/* The latest leaves of these records, ids ascending and set already. */
static int read_leaves(const struct keep_dates *d, struct keep_special_leaf *leaf, size_t n, struct keep_err *err)
{
    struct keep_load_records *r = NULL;
    struct keep_record_scan scan;
    struct keep_record one;
    int rc = keep_load_records_open(&r, d->store, &d->world, &scan, err);
    while (rc == 0 && (rc = scan.next(scan.ctx, &one, err)) == 1) {
        struct keep_special_leaf *l = bsearch(&one.id, leaf, n, sizeof *leaf, keep_num_by_u64);
        if (l && !one.destroyed) {
            l->version = one.version;
            memcpy(l->leaf, one.leaf, sizeof l->leaf);
        }
        rc = 0;
    }
    keep_load_records_close(r);
    return rc;
}

/* --- making one --- */

struct making {
    const struct keep_special_request *r;
    struct keep_dates d;
    const struct keep_policy *policy;
    keep_date as_of;
    const struct keep_set **set;
    struct keep_plan_set *ps;
    size_t n;
    uint64_t *record;             /* asked for, ascending, each once */
    struct keep_special_leaf *leaf;
    size_t records, found;
};

static int refuse(const struct keep_set *set, const char *why, struct keep_err *err)
{
    char hex[33];
    keep_codec_hex(set->id, 16, hex);
    return keep_err_set(err, KEEP_E_REFUSED, "set %s: %s", hex, why);
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int check_words(const struct keep_special_request *r, struct keep_err *err)
{
    if (r->kind <= KEEP_PLAN_DUE || r->kind >= KEEP_PLAN_KIND_COUNT)
        return keep_err_set(err, KEEP_E_USAGE, "no such kind of special plan");
    if ((r->sets > 0) == (r->records > 0))
        return keep_err_set(err, KEEP_E_USAGE, "a special plan names record sets, or single records");
    if (r->sets > KEEP_SPECIAL_MOST || r->records > KEEP_SPECIAL_MOST)
        return keep_err_set(err, KEEP_E_LIMIT, "a special plan names at most %d", KEEP_SPECIAL_MOST);
    if (r->kind == KEEP_PLAN_DESTROY_BY && r->records)
        return keep_err_set(err, KEEP_E_USAGE, "a day to destroy by is of whole record sets");
    if (r->reason.n == 0)
        return keep_err_set(err, KEEP_E_USAGE, "a special plan says why");
    if (r->reason.n > KEEP_PLAN_REASON || r->authority.n > KEEP_PLAN_REASON || !keep_utf8_valid(r->reason) || !keep_utf8_valid(r->authority))
        return keep_err_set(err, KEEP_E_USAGE, "reason and authority are at most %d bytes of text", KEEP_PLAN_REASON);
    if (r->kind == KEEP_PLAN_EXPUNGE && (r->authority.n == 0 || !r->order))
        return keep_err_set(err, KEEP_E_USAGE, "an expungement cites the court's order and shows its document");
    return 0;
}

static int add(struct making *m, const struct keep_set *set, const uint64_t *only, size_t onlys, struct keep_err *err)
{
    const char *why = may_go(m->r->kind, onlys > 0, set, &m->d, m->as_of, m->d.arena);
    struct keep_plan_set *ps = &m->ps[m->n];
    if (why[0])
        return refuse(set, why, err);
    fill(ps, m->r->kind, onlys > 0, set, m->policy);
    if (onlys) {
        ps->only = only;
        ps->records = ps->onlys = onlys;
        if (!digest_of(m->leaf, m->records, set, m->policy, only, onlys, ps->digest))
            return refuse(set, "a record named is destroyed, or not in it", err);
    }
    m->set[m->n++] = set;
    return 0;
}

static int find_sets(struct making *m, struct keep_err *err)
{
    const struct keep_special_request *r = m->r;
    uint8_t (*named)[16] = keep_arena_array(m->d.arena, r->sets, sizeof *named);
    size_t n = 0;
    int rc = named ? 0 : no_memory(err);
    if (rc < 0)
        return rc;
    memcpy(named, r->set, r->sets * sizeof *named);
    qsort(named, r->sets, sizeof *named, keep_plan_by_id);
    for (size_t i = 0; i < r->sets; i++) /* one named twice is one */
        if (i == 0 || memcmp(named[i - 1], named[i], 16) != 0)
            memmove(named[n++], named[i], 16);
    for (size_t i = 0; rc == 0 && i < m->d.result.sets; i++)
        if (bsearch(m->d.result.set[i].id, named, n, sizeof *named, keep_plan_by_id))
            rc = add(m, &m->d.result.set[i], NULL, 0, err);
    if (rc == 0 && m->n < n)
        rc = keep_err_set(err, KEEP_E_USAGE, "%zu of the %zu sets named are none of this keep", n - m->n, n);
    return rc;
}

/* The records asked for that are in this set: all of them make the whole set. */
static int find_in(struct making *m, const struct keep_set *set, struct keep_err *err)
{
    uint64_t *only = NULL;
    size_t n = 0;
    for (size_t i = 0; i < set->records; i++)
        n += bsearch(&set->record[i], m->record, m->records, sizeof *m->record, keep_num_by_u64) != NULL;
    if (n == 0)
        return 0;
    m->found += n;
    if (n < set->records || set->series == KEEP_SERIES_PATIENT_IDENTITY) {
        only = keep_arena_array(m->d.arena, n, sizeof *only);
        if (!only)
            return no_memory(err);
        n = 0;
        for (size_t i = 0; i < set->records; i++)
            if (bsearch(&set->record[i], m->record, m->records, sizeof *m->record, keep_num_by_u64))
                only[n++] = set->record[i];
    }
    return add(m, set, only, only ? n : 0, err);
}

static int find_records(struct making *m, struct keep_err *err)
{
    const struct keep_special_request *r = m->r;
    int rc = 0;
    m->record = keep_arena_array(m->d.arena, r->records, sizeof *m->record);
    m->leaf = keep_arena_array(m->d.arena, r->records, sizeof *m->leaf);
    if (!m->record || !m->leaf)
        return no_memory(err);
    memcpy(m->record, r->record, r->records * sizeof *r->record);
    qsort(m->record, r->records, sizeof *m->record, keep_num_by_u64);
    for (size_t i = 0; i < r->records; i++)
        if (i == 0 || m->record[i] != m->record[i - 1])
            m->record[m->records++] = m->record[i];
    for (size_t i = 0; i < m->records; i++)
        m->leaf[i] = (struct keep_special_leaf){.id = m->record[i]};
    rc = read_leaves(&m->d, m->leaf, m->records, err);
    for (size_t i = 0; rc == 0 && i < m->d.result.sets; i++)
        rc = find_in(m, &m->d.result.set[i], err);
    if (rc == 0 && m->found < m->records)
        rc = keep_err_set(err, KEEP_E_USAGE, "%zu of the %zu records named are none of this keep", m->records - m->found, m->records);
    return rc;
}

int keep_special_make(struct keep_store *s, const struct keep_packs *adopted, keep_date as_of, const struct keep_special_request *r, struct keep_buf *out, size_t *sets, struct keep_err *err)
{
    struct making m = {.r = r, .policy = adopted->policy, .as_of = as_of};
    struct keep_plan plan = {.as_of = as_of, .kind = r->kind, .reason = r->reason, .authority = r->authority, .has_order = r->order != NULL};
    int rc = check_words(r, err);
    if (rc == 0)
        rc = keep_planrun_look(&m.d, s, adopted, as_of, NULL, err);
    if (rc < 0)
        goto out;
    m.ps = keep_arena_array(m.d.arena, m.d.result.sets + 1, sizeof *m.ps);
    m.set = keep_arena_array(m.d.arena, m.d.result.sets + 1, sizeof *m.set);
    rc = m.ps && m.set ? r->sets ? find_sets(&m, err) : find_records(&m, err) : no_memory(err);
    if (rc < 0)
        goto out;
    qsort(m.ps, m.n, sizeof *m.ps, keep_plan_by_id); /* an id is what a set of a plan begins with */
    qsort(m.set, m.n, sizeof *m.set, keep_plan_by_set);
    if (r->order)
        memcpy(plan.order, r->order, sizeof plan.order);
    plan.set = m.ps;
    plan.sets = m.n;
    rc = keep_planrun_write(&plan, &m.d, adopted, m.set, out, err);
    if (rc == 0)
        *sets = m.n;
out:
    keep_dates_free(&m.d);
    return rc;
}

/* --- the sets of today --- */

void keep_special_look(struct keep_special_look *l, struct keep_arena *a)
{
    size_t n = 0;
    for (size_t i = 0; i < l->plan->sets; i++)
        n += l->plan->set[i].onlys;
    l->leaf = keep_arena_array(a, n + 1, sizeof *l->leaf);
    l->failed = !l->leaf;
    if (l->failed || n == 0)
        return;
    for (size_t i = 0; i < l->plan->sets; i++)
        for (size_t k = 0; k < l->plan->set[i].onlys; k++)
            l->leaf[l->leaves++] = (struct keep_special_leaf){.id = l->plan->set[i].only[k]};
    qsort(l->leaf, l->leaves, sizeof *l->leaf, keep_num_by_u64);
    l->failed = read_leaves(l->d, l->leaf, l->leaves, NULL) < 0;
}

static bool says_otherwise(const struct keep_special_look *l, const struct keep_plan_set *ps, const struct keep_set *set)
{
    struct keep_plan_set is = {0};
    fill(&is, l->plan->kind, ps->onlys > 0, set, l->d->in.policy);
    return ps->action != is.action || ps->keep_until != is.keep_until || ps->records != (ps->onlys ? ps->onlys : is.records) || ps->custody != is.custody || ps->residue_years != 0 ||
           !keep_str_eq(ps->series, is.series) || !keep_str_eq(ps->rule, is.rule) || !keep_str_eq(ps->authority, is.authority) || !keep_str_eq(ps->gates, is.gates);
}

const char *keep_special_why_not(const struct keep_special_look *l, const struct keep_plan_set *ps, const struct keep_set **set, struct keep_arena *a)
{
    static const char drifted[] = "drifted: its records, date, custody or holds are not what was approved";
    uint8_t digest[32];
    const char *why = may_go(l->plan->kind, ps->onlys > 0, *set, l->d, l->today, a);
    if (l->failed)
        return "its records could not be read";
    if (why[0])
        return why;
    if (ps->onlys == 0)
        keep_plan_set_digest(*set, l->d->in.policy, digest);
    else if (!digest_of(l->leaf, l->leaves, *set, l->d->in.policy, ps->only, ps->onlys, digest))
        return drifted;
    if (memcmp(digest, ps->digest, sizeof digest) != 0)
        return drifted;
    if (says_otherwise(l, ps, *set))
        return keep_planrun_edited;
    if (ps->onlys == 0)
        return "";
    struct keep_set *some = keep_arena_alloc(a, sizeof *some);
    if (!some)
        return "out of memory";
    *some = **set;
    some->record = ps->only;
    some->records = ps->onlys;
    *set = some;
    return "";
}

int keep_special_gone(struct keep_store *s, const struct keep_plan_set *ps, const uint8_t plan[32], struct keep_err *err)
{
    for (size_t i = 0; i < ps->onlys; i++) {
        struct keep_ring_tombstone t;
        int rc = keep_ring_tombstone(s, KEEP_RING_RECORD, ps->only[i], &t, err);
        if (rc < 0)
            return rc;
        if (rc != 0 || memcmp(t.check, plan, sizeof t.check) != 0)
            return 0;
    }
    return ps->onlys > 0;
}
