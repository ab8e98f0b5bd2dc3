/* Which finding is which case. Both sides are sorted out before anything is
 * rendered, since masks are keyed by the case: every access of every case on file
 * leads to its cases; findings, in order of their first access, take the first
 * case that their accesses lead to and that has the same rule and user and has
 * not been taken. What depends on the order of findings depends on times and
 * event ids alone, so it is the same at any thread count. One who was an account
 * that belonged to nobody stays the same user when a roster names the owner.
 *
 * A case that is not found any more is left as it is; that it be closed is only
 * proposed, once, with the reason: its rule is no longer adopted, its accesses
 * have joined another case, or facts have come in that explain it. A closed one that has new accesses needs review again. */
#include "core/work/caserun.h"

#include <stdlib.h>

#include "core/audit/cases.h"
#include "core/audit/u64map.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/work/auditrun.h"

struct lead {
    uint32_t file, next; /* next: KEEP_U64MAP_NONE at the end */
};

struct keep_caserun {
    struct keep_auditrun *r;
    struct keep_casebook_case *file;
    size_t files;
    struct keep_u64map by_event, by_name; /* access -> its first lead; name -> file */
    struct lead *lead;
    bool *taken;         /* by a finding of this run */
    keep_time newest;    /* as of which the newest run on file was */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while sorting out cases");
}

/* An ordinal is far below 2^44; two accesses that met here would only be compared once more. */
static uint64_t event_key(struct keep_event_id e)
{
    return (uint64_t)e.source << 44 ^ e.ordinal;
}

static uint64_t name_key(const uint8_t name[16])
{
    uint64_t k = 0;
    for (int i = 0; i < 8; i++)
        k = k << 8 | name[i];
    return k;
}

static bool has_event(const struct keep_casebook_case *f, struct keep_event_id e)
{
    for (size_t i = 0; i < f->events; i++)
        if (f->event[i].source == e.source && f->event[i].ordinal == e.ordinal)
            return true;
    return false;
}

/* Accesses that were not there when it was decided? */
static bool has_new_access(const struct keep_casebook_case *f, const struct keep_case *k)
{
    if (k->events > f->events)
        return true;
    for (size_t i = 0; i < k->events; i++)
        if ((f->event[i].source != k->event[i].source || f->event[i].ordinal != k->event[i].ordinal) && !has_event(f, k->event[i]))
            return true;
    return false;
}

/* Every access on file leads to its cases, of several to the oldest first. */
static int lead_all(struct keep_caserun *c)
{
    size_t n = 0, total = 0;
    for (size_t i = 0; i < c->files; i++)
        total += c->file[i].events;
    c->lead = calloc(total + 1, sizeof *c->lead);
    c->taken = calloc(c->files + 1, sizeof *c->taken);
    if (!c->lead || !c->taken || total >= KEEP_U64MAP_NONE || keep_u64map_reserve(&c->by_event, total) || keep_u64map_reserve(&c->by_name, c->files))
        return -1;
    for (size_t i = c->files; i-- > 0;) {
        uint32_t *at = keep_u64map_put(&c->by_name, name_key(c->file[i].name));
        if (!at)
            return -1;
        *at = (uint32_t)i;
        for (size_t k = 0; k < c->file[i].events; k++) {
            if (!(at = keep_u64map_put(&c->by_event, event_key(c->file[i].event[k]))))
                return -1;
            c->lead[n] = (struct lead){(uint32_t)i, *at};
            *at = (uint32_t)n++;
        }
        if (c->newest == KEEP_TIME_NONE || c->file[i].as_of > c->newest)
            c->newest = c->file[i].as_of;
    }
    return 0;
}

/* --- giving ids --- */

static uint64_t account_of(const struct keep_world *w, const struct keep_case *k)
{
    return k->account == KEEP_ID_NONE ? 0 : w->account[k->account].entity;
}

static uint64_t patient_of(const struct keep_world *w, const struct keep_case *k)
{
    return k->patient == KEEP_ID_NONE ? 0 : w->patient[k->patient].entity;
}

static enum keep_entity user_of(const struct keep_world *w, const struct keep_case *k, uint64_t *user)
{
    *user = k->worker == KEEP_ID_NONE ? account_of(w, k) : w->worker[k->worker].entity;
    return k->worker == KEEP_ID_NONE ? KEEP_ENTITY_ACCOUNT : KEEP_ENTITY_WORKER;
}

static bool same_case(const struct keep_world *w, const struct keep_casebook_case *f, const struct keep_case *k)
{
    uint64_t user;
    enum keep_entity kind = user_of(w, k, &user);
    bool whose = f->kind == kind ? f->user == user : f->kind == KEEP_ENTITY_ACCOUNT && f->user == account_of(w, k);
    return whose && f->patient == patient_of(w, k) && keep_str_eq(f->rule, k->rule);
}

static struct keep_casebook_case *find_file(struct keep_caserun *c, const struct keep_case *k)
{
    for (size_t i = 0; i < k->events; i++)
        for (uint32_t l = keep_u64map_get(&c->by_event, event_key(k->event[i])); l != KEEP_U64MAP_NONE; l = c->lead[l].next) {
            struct keep_casebook_case *f = &c->file[c->lead[l].file];
            if (!c->taken[c->lead[l].file] && same_case(&c->r->world, f, k) && has_event(f, k->event[i]))
                return f;
        }
    return NULL;
}

static struct keep_casebook_case *named(struct keep_caserun *c, const uint8_t name[16])
{
    uint32_t i = keep_u64map_get(&c->by_name, name_key(name));
    return i != KEEP_U64MAP_NONE && memcmp(c->file[i].name, name, 16) == 0 ? &c->file[i] : NULL;
}

static int by_first(const void *a, const void *b)
{
    return keep_cases_by_first(*(struct keep_case *const *)a, *(struct keep_case *const *)b);
}

static int identify(void *ctx, struct keep_case *list, size_t n, struct keep_err *err)
{
    struct keep_caserun *c = ctx;
    static const uint8_t purpose[32] = "chartkeep case id, once more";
    struct keep_case **order = calloc(n + 1, sizeof *order);
    if (!order)
        return no_memory(err);
    memset(c->taken, 0, c->files * sizeof *c->taken);
    for (size_t i = 0; i < n; i++)
        order[i] = &list[i];
    qsort(order, n, sizeof *order, by_first);
    for (size_t i = 0; i < n; i++) {
        struct keep_casebook_case *f = find_file(c, order[i]);
        if (f) {
            c->taken[f - c->file] = true;
            memcpy(order[i]->id, f->name, sizeof f->name);
            order[i]->status = f->closed && has_new_access(f, order[i]) ? KEEP_CASE_NEEDS_REVIEW : f->status;
        }
        while (!f && named(c, order[i]->id)) { /* that name is history: of a case that has been split */
            uint8_t was[16];
            memcpy(was, order[i]->id, sizeof was);
            keep_hash_keyed(order[i]->id, sizeof was, was, sizeof was, purpose);
        }
    }
    free(order);
    return 0;
}

int keep_caserun_open(struct keep_caserun **out, struct keep_auditrun *r, struct keep_err *err)
{
    struct keep_caserun *c = calloc(1, sizeof *c);
    if (!c)
        return no_memory(err);
    *c = (struct keep_caserun){.r = r, .by_event = KEEP_U64MAP_INIT, .by_name = KEEP_U64MAP_INIT, .newest = KEEP_TIME_NONE};
    int rc = keep_casebook_load(r->store, r->arena, &c->file, &c->files, err);
    if (rc == 0 && lead_all(c))
        rc = no_memory(err);
    if (rc < 0) {
        keep_caserun_free(c);
        return rc;
    }
    r->in.identify = identify;
    r->in.identify_ctx = c;
    *out = c;
    return 0;
}

void keep_caserun_free(struct keep_caserun *c)
{
    if (!c)
        return;
    keep_u64map_free(&c->by_event);
    keep_u64map_free(&c->by_name);
    free(c->lead);
    free(c->taken);
    free(c);
}

/* --- putting on file --- */

/* An unexplained access has but one sentence, which its title says as well: nothing of it need be sealed. */
static struct keep_casebook_finding finding_of(const struct keep_auditrun *r, const struct keep_case *k)
{
    struct keep_str sentence = keep_str_is(k->rule, "unexplained") ? (struct keep_str){NULL, 0} : k->sentence;
    return (struct keep_casebook_finding){
        .title = k->title, .authority = k->authority, .evidence = k->evidence, .reason = k->expected_reason, .missing = k->missing_fact, .sentence = sentence,
        .severity = k->severity, .score = k->score, .weight = k->weight, .account = account_of(&r->world, k), .first = k->first, .last = k->last, .as_of = r->result.as_of,
        .event = k->event, .events = k->events};
}

static int step(struct keep_casebook *b, const struct keep_casebook_case *f, enum keep_casebook_step_kind kind, enum keep_case_status status, struct keep_str about, struct keep_err *err)
{
    struct keep_casebook_step what = {.kind = kind, .status = status, .about = about};
    return keep_casebook_step(b, f->id, f->patient_key, &what, NULL, err);
}

static int store_known(struct keep_caserun *c, struct keep_casebook *b, const struct keep_casebook_case *f, const struct keep_case *k, struct keep_caserun_counts *n, struct keep_err *err)
{
    struct keep_casebook_finding found = finding_of(c->r, k);
    uint8_t digest[32];
    int rc = 0;
    keep_casebook_digest(b, &found, digest);
    if (memcmp(digest, f->digest, sizeof digest) != 0) {
        rc = keep_casebook_find(b, f->id, f->patient_key, &found, err);
        if (rc == KEEP_E_REFUSED) { /* the chart is gone, and with it what could be said of it */
            keep_err_clear(err);
            return 0;
        }
        n->changed++;
    }
    if (rc == 0 && f->proposed)
        rc = step(b, f, KEEP_CASEBOOK_FOUND_AGAIN, f->status, (struct keep_str){NULL, 0}, err);
    if (rc == 0 && f->closed && has_new_access(f, k)) {
        n->reopened++;
        rc = step(b, f, KEEP_CASEBOOK_NEW_ACCESS, KEEP_CASE_NEEDS_REVIEW, (struct keep_str){NULL, 0}, err);
    }
    return rc;
}

static int store_new(struct keep_caserun *c, struct keep_casebook *b, const struct keep_case *k, struct keep_caserun_counts *n, struct keep_err *err)
{
    struct keep_casebook_finding found = finding_of(c->r, k);
    struct keep_casebook_subject who = {.rule = k->rule, .patient = patient_of(&c->r->world, k)};
    uint64_t id;
    who.kind = user_of(&c->r->world, k, &who.user);
    memcpy(who.name, k->id, sizeof who.name);
    int rc = keep_casebook_add(b, &who, &id, err);
    if (rc == 0)
        rc = keep_casebook_find(b, id, who.patient, &found, err);
    n->fresh++;
    return rc;
}

static bool is_adopted(const struct keep_policy *p, struct keep_str rule)
{
    for (size_t i = 0; i < p->accesses; i++)
        if (keep_str_eq(p->access[i].id, rule))
            return true;
    return keep_str_is(rule, "unexplained");
}

/* A case whose chart or accesses have been destroyed has nothing left to be found by: 1, else 0. */
static int is_gone(struct keep_caserun *c, const struct keep_casebook_case *f, struct keep_err *err)
{
    struct keep_buf json = KEEP_BUF_INIT, raw = KEEP_BUF_INIT;
    if (f->patient && keep_load_patient_index(&c->r->world, f->patient) == KEEP_ID_NONE)
        return 1;
    int rc = f->events ? keep_load_event_detail(c->r->store, f->event[0].source, f->event[0].ordinal, &json, &raw, err) : 1;
    keep_buf_free(&json);
    keep_buf_free(&raw);
    return rc > 0 ? 1 : rc;
}

/* Where this run's accesses went: (rule, access) -> the finding. */
static uint64_t found_key(struct keep_str rule, struct keep_event_id e)
{
    return keep_str_hash(rule) ^ keep_u64map_mix(event_key(e));
}

static int map_found(const struct keep_audit_result *res, struct keep_u64map *out)
{
    size_t total = 0;
    for (size_t i = 0; i < res->case_n; i++)
        total += res->cases[i].events;
    if (keep_u64map_reserve(out, total))
        return -1;
    for (size_t i = 0; i < res->case_n; i++)
        for (size_t k = 0; k < res->cases[i].events; k++) {
            uint32_t *at = keep_u64map_put(out, found_key(res->cases[i].rule, res->cases[i].event[k]));
            if (!at)
                return -1;
            *at = (uint32_t)i;
        }
    return 0;
}

/* Why a case is not found any more, into text. */
static void reason_of(struct keep_caserun *c, const struct keep_casebook_case *f, const struct keep_u64map *found, struct keep_buf *text)
{
    const struct keep_audit_result *res = &c->r->result;
    char name[33];
    keep_buf_clear(text);
    for (size_t i = 0; i < f->events; i++) {
        uint32_t at = keep_u64map_get(found, found_key(f->rule, f->event[i]));
        if (at == KEEP_U64MAP_NONE || !same_case(&c->r->world, f, &res->cases[at]))
            continue;
        keep_codec_hex(res->cases[at].id, sizeof res->cases[at].id, name);
        keep_buf_printf(text, "its accesses are in case %s now", name);
        return;
    }
    keep_buf_str(text, is_adopted(c->r->in.policy, f->rule) ? "explained by what came in since" : "its rule is no longer adopted");
}

static int propose(struct keep_caserun *c, struct keep_casebook *b, struct keep_caserun_counts *n, struct keep_err *err)
{
    struct keep_u64map found = KEEP_U64MAP_INIT;
    struct keep_buf why = KEEP_BUF_INIT;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < c->files; i++) {
        const struct keep_casebook_case *f = &c->file[i];
        if (c->taken[i] || f->closed || f->proposed || f->last > c->r->result.as_of || (rc = is_gone(c, f, err)) != 0) {
            rc = rc < 0 ? rc : 0;
            continue;
        }
        if (n->proposed++ == 0 && map_found(&c->r->result, &found))
            rc = no_memory(err);
        if (rc == 0)
            reason_of(c, f, &found, &why);
        if (rc == 0)
            rc = why.failed ? no_memory(err) : step(b, f, KEEP_CASEBOOK_PROPOSED, f->status, keep_buf_view(&why), err);
    }
    keep_u64map_free(&found);
    keep_buf_free(&why);
    return rc;
}

int keep_caserun_store(struct keep_caserun *c, struct keep_caserun_counts *out, struct keep_err *err)
{
    const struct keep_audit_result *res = &c->r->result;
    struct keep_caserun_counts n = {.cases = res->case_n, .looked_back = c->newest != KEEP_TIME_NONE && res->as_of < c->newest};
    struct keep_casebook *b = NULL;
    if (n.looked_back) {
        *out = n;
        return 0;
    }
    int rc = keep_casebook_new(&b, c->r->store, err);
    for (size_t i = 0; rc == 0 && i < res->case_n; i++) {
        const struct keep_casebook_case *f = named(c, res->cases[i].id);
        rc = f ? store_known(c, b, f, &res->cases[i], &n, err) : store_new(c, b, &res->cases[i], &n, err);
    }
    if (rc == 0)
        rc = propose(c, b, &n, err);
    keep_casebook_free(b);
    if (rc == 0)
        *out = n;
    return rc;
}
