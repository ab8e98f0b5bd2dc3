/* Findings are given the names of their cases (casename.h) before anything is
 * rendered, since masks are keyed by the case.
 *
 * A case that is not found any more is left as it is; that it be closed is only
 * proposed, once, with the reason: its rule is no longer adopted, its accesses
 * have joined another case, or facts have come in that explain it. A closed one that has new accesses needs review again. */
#include "core/work/caserun.h"

#include <stdlib.h>

#include "core/audit/carry.h"
#include "core/base/codec.h"
#include "core/store/casebook_ahead.h"
#include "core/work/auditrun.h"
#include "core/work/casematch.h"
#include "core/work/casename.h"

struct keep_caserun {
    struct keep_auditrun *r;
    struct keep_casebook_ahead *ahead;
    struct keep_casebook_case *file; /* once they are asked for */
    size_t files;
    struct keep_casename name;
    keep_time newest;    /* as of which the newest run on file was */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while sorting out cases");
}

/* What is on file, read and looked through when it is first asked for. */
static int look(struct keep_caserun *c, struct keep_err *err)
{
    if (c->name.taken)
        return 0;
    int rc = keep_casebook_ahead_end(c->ahead, &c->file, &c->files, err);
    if (rc == 0)
        rc = keep_casename_make(&c->name, &c->r->world, c->file, c->files, err);
    for (size_t i = 0; rc == 0 && i < c->files; i++)
        if (c->newest == KEEP_TIME_NONE || c->file[i].as_of > c->newest)
            c->newest = c->file[i].as_of;
    return rc;
}

static int identify(void *ctx, struct keep_case *list, size_t n, const uint32_t *time, struct keep_err *err)
{
    struct keep_caserun *c = ctx;
    const struct keep_casename_found found = {list, time, n, c->r->in.before ? c->r->in.before->newest : KEEP_TIME_NONE};
    int rc = look(c, err);
    return rc < 0 ? rc : keep_casename_give(&c->name, &found, c->r->crew, err);
}

int keep_caserun_open(struct keep_caserun **out, struct keep_auditrun *r, struct keep_err *err)
{
    struct keep_caserun *c = calloc(1, sizeof *c);
    if (!c)
        return no_memory(err);
    *c = (struct keep_caserun){.r = r, .newest = KEEP_TIME_NONE};
    int rc = keep_casebook_ahead_begin(&c->ahead, r->store, r->crew, err);
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
    keep_casebook_ahead_free(c->ahead);
    keep_casename_done(&c->name);
    free(c);
}

/* --- putting on file --- */

/* An unexplained access has but one sentence, which its title says as well: nothing of it need be sealed. */
static struct keep_casebook_finding finding_of(const struct keep_auditrun *r, const struct keep_case *k)
{
    struct keep_str sentence = keep_str_is(k->rule, "unexplained") ? (struct keep_str){NULL, 0} : k->sentence;
    return (struct keep_casebook_finding){
        .title = k->title, .authority = k->authority, .evidence = k->evidence, .reason = k->expected_reason, .missing = k->missing_fact, .sentence = sentence,
        .severity = k->severity, .score = k->score, .weight = k->weight, .account = keep_casematch_account(&r->world, k), .first = k->first, .last = k->last, .as_of = r->result.as_of,
        .event = k->event, .events = k->events};
}

static int step(struct keep_casebook *b, const struct keep_casebook_case *f, enum keep_casebook_step_kind kind, enum keep_case_status status, struct keep_str about, struct keep_err *err)
{
    struct keep_casebook_step what = {.kind = kind, .status = status, .about = about};
    return keep_casebook_step(b, f->id, f->patient_key, &what, NULL, err);
}

/* The case on file that a finding is, NULL none, and whether it is on file as it is: told a piece of the findings at a time, by the crew, ahead of the writing. */
struct told {
    const struct keep_casebook_case *file;
    bool same;
    uint8_t digest[32];
    size_t at, n; /* its packed accesses, among those of its piece */
};

enum { PIECE = 1024 }; /* findings: a millisecond's work */

struct telling {
    struct keep_crew_job job;
    const struct keep_caserun *c;
    const struct keep_casebook *b;
    struct told *told;
    size_t from, to;
    struct keep_buf form, packed;
};

static void telling_done(struct telling *t)
{
    keep_buf_free(&t->form);
    keep_buf_free(&t->packed);
}

static void tell(void *ctx)
{
    struct telling *t = ctx;
    const struct keep_case *k = t->c->r->result.cases;
    for (size_t i = t->from; i < t->to && !t->form.failed && !t->packed.failed; i++) {
        struct told *to = &t->told[i];
        to->file = keep_casename_of(&t->c->name, k[i].id);
        to->same = k[i].known;
        if (to->same)
            continue;
        const struct keep_casebook_finding found = finding_of(t->c->r, &k[i]);
        const struct keep_str packed = keep_casebook_digest(t->b, &t->form, &found, to->digest);
        to->same = to->file && memcmp(to->digest, to->file->digest, sizeof to->digest) == 0;
        if (to->same)
            continue;
        to->at = t->packed.n;
        to->n = packed.n;
        keep_buf_add(&t->packed, packed.p, packed.n);
    }
}

/* The finding with what was told of it. */
static struct keep_casebook_finding told_finding(const struct telling *t, size_t i)
{
    const struct told *told = &t->told[i];
    struct keep_casebook_finding found = finding_of(t->c->r, &t->c->r->result.cases[i]);
    found.digest = told->digest;
    found.packed = (struct keep_str){(const char *)t->packed.p + told->at, told->n};
    return found;
}

static int store_known(const struct telling *t, size_t i, struct keep_casebook *b, struct keep_caserun_counts *n, struct keep_err *err)
{
    const struct keep_casebook_case *f = t->told[i].file;
    int rc = 0;
    if (!t->told[i].same) {
        const struct keep_casebook_finding found = told_finding(t, i);
        rc = keep_casebook_find(b, f->id, f->patient_key, &found, err);
        if (rc == KEEP_E_REFUSED) { /* the chart is gone, and with it what could be said of it */
            keep_err_clear(err);
            return 0;
        }
        n->changed++;
    }
    if (rc == 0 && f->proposed)
        rc = step(b, f, KEEP_CASEBOOK_FOUND_AGAIN, f->status, (struct keep_str){NULL, 0}, err);
    if (rc == 0 && f->closed && keep_casename_grew(f, &t->c->r->result.cases[i])) {
        n->reopened++;
        rc = step(b, f, KEEP_CASEBOOK_NEW_ACCESS, KEEP_CASE_NEEDS_REVIEW, (struct keep_str){NULL, 0}, err);
    }
    return rc;
}

static int store_new(const struct telling *t, size_t i, struct keep_casebook *b, struct keep_caserun_counts *n, struct keep_err *err)
{
    const struct keep_world *w = &t->c->r->world;
    const struct keep_case *k = &t->c->r->result.cases[i];
    const struct keep_casebook_finding found = told_finding(t, i);
    struct keep_casebook_subject who = {.rule = k->rule, .patient = keep_casematch_patient(w, k)};
    uint64_t id;
    who.kind = keep_casematch_user(w, k, &who.user);
    memcpy(who.name, k->id, sizeof who.name);
    int rc = keep_casebook_add(b, &who, &id, err);
    if (rc == 0)
        rc = keep_casebook_find(b, id, who.patient, &found, err);
    n->fresh++;
    return rc;
}

static int store_piece(const struct telling *t, struct keep_casebook *b, struct keep_caserun_counts *n, struct keep_err *err)
{
    int rc = t->form.failed || t->packed.failed ? no_memory(err) : 0;
    for (size_t i = t->from; rc == 0 && i < t->to; i++)
        rc = t->told[i].file ? store_known(t, i, b, n, err) : store_new(t, i, b, n, err);
    return rc;
}

static int store_found(struct keep_caserun *c, struct keep_casebook *b, struct keep_caserun_counts *n, struct keep_err *err)
{
    size_t all = c->r->result.case_n, pieces = (all + PIECE - 1) / PIECE;
    struct told *told = calloc(all + 1, sizeof *told);
    struct telling *piece = calloc(pieces + 1, sizeof *piece);
    int rc = told && piece ? 0 : no_memory(err);
    for (size_t p = 0; rc == 0 && p < pieces; p++) {
        piece[p] = (struct telling){.c = c, .b = b, .told = told, .from = p * PIECE, .to = p + 1 < pieces ? (p + 1) * PIECE : all, .form = KEEP_BUF_INIT, .packed = KEEP_BUF_INIT};
        piece[p].job = (struct keep_crew_job){.run = tell, .ctx = &piece[p]};
        keep_crew_give(c->r->crew, &piece[p].job);
    }
    for (size_t p = 0; rc == 0 && p < pieces; p++) {
        keep_crew_wait(c->r->crew, &piece[p].job);
        rc = store_piece(&piece[p], b, n, err);
        telling_done(&piece[p]);
    }
    for (size_t p = 0; piece && p < pieces; p++) { /* where something failed, of those behind it */
        keep_crew_drop(c->r->crew, &piece[p].job);
        telling_done(&piece[p]);
    }
    free(told);
    free(piece);
    return rc;
}

static bool is_adopted(const struct keep_policy *p, struct keep_str rule)
{
    for (size_t i = 0; i < p->accesses; i++)
        if (keep_str_eq(p->access[i].id, rule))
            return true;
    return keep_str_is(rule, "unexplained");
}

/* Where the accesses of a case went that is not found any more. */
struct went {
    size_t place;               /* of the earliest that a finding has */
    const struct keep_case *to; /* NULL: none has any */
};

struct proposing {
    bool *these;
    struct went *went;          /* by place on file */
    const struct keep_case *now;
};

static int went(void *ctx, uint32_t file, size_t place)
{
    struct proposing *p = ctx;
    struct went *w = &p->went[file];
    if (!w->to || place <= w->place)
        *w = (struct went){place, p->now};
    return 0;
}

/* A case on file and the first of its accesses. */
struct doubted {
    struct keep_load_standing access;
    size_t file;
};

static int by_access(const void *a, const void *b)
{
    const struct keep_load_standing *x = &((const struct doubted *)a)->access, *y = &((const struct doubted *)b)->access;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    return (x->ordinal > y->ordinal) - (x->ordinal < y->ordinal);
}

/* Cases that were not found, and of which nothing has been done yet. One whose chart has been destroyed has nothing left to be found by. */
static size_t not_found(const struct keep_caserun *c, struct doubted *to)
{
    size_t n = 0;
    for (size_t i = 0; i < c->files; i++) {
        const struct keep_casebook_case *f = &c->file[i];
        if (c->name.taken[i] || f->closed || f->proposed || f->last > c->r->result.as_of || !f->events || (f->patient && keep_load_patient_index(&c->r->world, f->patient) == KEEP_ID_NONE))
            continue;
        if (to)
            to[n] = (struct doubted){{.source = f->event[0].source, .ordinal = f->event[0].ordinal}, i};
        n++;
    }
    return n;
}

/* Whose closing is proposed: how many. Nor is it of one whose accesses have been destroyed. */
static int64_t whose(struct keep_caserun *c, bool *these, struct keep_err *err)
{
    size_t n = not_found(c, NULL), proposed = 0;
    struct doubted *d = calloc(n + 1, sizeof *d);
    struct keep_load_standing *at = calloc(n + 1, sizeof *at);
    int rc = d && at ? 0 : no_memory(err);
    if (rc == 0 && n) {
        not_found(c, d);
        qsort(d, n, sizeof *d, by_access);
        for (size_t i = 0; i < n; i++)
            at[i] = d[i].access;
        rc = keep_load_events_standing(c->r->store, at, n, err);
    }
    for (size_t i = 0; rc == 0 && i < n; i++) {
        these[d[i].file] = at[i].stands;
        proposed += at[i].stands;
    }
    free(d);
    free(at);
    return rc < 0 ? rc : (int64_t)proposed;
}

static int follow(struct keep_caserun *c, struct proposing *p, struct keep_err *err)
{
    const struct keep_audit_result *res = &c->r->result;
    struct keep_casematch m;
    int rc = keep_casematch_make(&m, &c->r->world, c->file, c->files, p->these, err);
    for (size_t i = 0; rc == 0 && i < res->case_n; i++) {
        p->now = &res->cases[i];
        if (p->now->known)
            continue; /* it has what it had: nothing went there */
        rc = keep_casematch_each(&m, p->now, went, p);
    }
    keep_casematch_done(&m);
    return rc;
}

/* Why a case is not found any more, into text. */
static void reason_of(const struct keep_caserun *c, const struct keep_casebook_case *f, const struct went *w, struct keep_buf *text)
{
    char name[33];
    keep_buf_clear(text);
    if (w->to) {
        keep_codec_hex(w->to->id, sizeof w->to->id, name);
        keep_buf_printf(text, "its accesses are in case %s now", name);
    } else {
        keep_buf_str(text, is_adopted(c->r->in.policy, f->rule) ? "explained by what came in since" : "its rule is no longer adopted");
    }
}

static int propose(struct keep_caserun *c, struct keep_casebook *b, struct keep_caserun_counts *n, struct keep_err *err)
{
    struct proposing p = {calloc(c->files + 1, sizeof *p.these), calloc(c->files + 1, sizeof *p.went), NULL};
    struct keep_buf why = KEEP_BUF_INIT;
    int64_t count = p.these && p.went ? whose(c, p.these, err) : no_memory(err);
    int rc = count < 0 ? (int)count : count > 0 ? follow(c, &p, err) : 0;
    for (size_t i = 0; rc == 0 && count > 0 && i < c->files; i++) {
        if (!p.these[i])
            continue;
        reason_of(c, &c->file[i], &p.went[i], &why);
        rc = why.failed ? no_memory(err) : step(b, &c->file[i], KEEP_CASEBOOK_PROPOSED, c->file[i].status, keep_buf_view(&why), err);
    }
    n->proposed += count > 0 ? (uint64_t)count : 0;
    keep_buf_free(&why);
    free(p.these);
    free(p.went);
    return rc;
}

int keep_caserun_store(struct keep_caserun *c, struct keep_caserun_counts *out, struct keep_err *err)
{
    const struct keep_audit_result *res = &c->r->result;
    struct keep_caserun_counts n = {.cases = res->case_n};
    struct keep_casebook *b = NULL;
    int rc = look(c, err);
    if (rc < 0)
        return rc;
    n.looked_back = c->newest != KEEP_TIME_NONE && res->as_of < c->newest;
    if (n.looked_back) {
        *out = n;
        return 0;
    }
    rc = keep_casebook_new(&b, c->r->store, err);
    if (rc == 0)
        rc = store_found(c, b, &n, err);
    if (rc == 0)
        rc = propose(c, b, &n, err);
    keep_casebook_free(b);
    if (rc == 0)
        *out = n;
    return rc;
}
