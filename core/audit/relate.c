/* The index of a patient is of ties.c; here are the questions.
 *
 * People move: whoever asks belongs to the department of the time asked about,
 * and so does a colleague, of the time they took part.
 *
 * A question walks the pair's short list once and merges what it covers into
 * runs, in order of start; the run or the gap around the asked time is the
 * answer with its stretch. */
#include "core/audit/relate.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/edges.h"
#include "core/audit/ties.h"

/* Taking part in an encounter, as opposed to working on its papers later. */
#define TAKES_PART                                                                                                                       \
    (1u << KEEP_RELATION_APPOINTMENT | 1u << KEEP_RELATION_ENCOUNTER | 1u << KEEP_RELATION_ORDER | 1u << KEEP_RELATION_RESULT |          \
     1u << KEEP_RELATION_NOTE | 1u << KEEP_RELATION_MEDICATION | 1u << KEEP_RELATION_PROCEDURE | 1u << KEEP_RELATION_IMMUNIZATION |      \
     1u << KEEP_RELATION_TEAM)

struct keep_relate {
    const struct keep_world *w;
    struct keep_ties_base *own; /* NULL: another's */
    const struct keep_relate *first; /* shares what it has; NULL: this is the first */
    const struct keep_edges *edges; /* of the first; NULL: not wanted */
    struct keep_edges *own_edges;   /* NULL: they are somebody else's */
    struct keep_idle *idle;    /* NULL: not wanted */
    struct keep_idle *of_all;  /* once joined */
    struct keep_ties t;        /* of one patient at a time */
    struct {
        uint32_t worker, patient, answer;
    } strangers;               /* the two last asked about */
};

keep_time keep_relate_shift(keep_time t, int64_t by)
{
    keep_time out;
    if (t == KEEP_RELATE_EVER || t == KEEP_RELATE_NEVER)
        return t;
    if (__builtin_add_overflow(t, by, &out))
        return by < 0 ? KEEP_RELATE_EVER : KEEP_RELATE_NEVER;
    return out;
}

/* ---- life ---- */

static int make(struct keep_relate **out, const struct keep_world *w, const struct keep_relate *first, struct keep_crew *crew, struct keep_err *err)
{
    struct keep_relate *r = calloc(1, sizeof *r);
    bool ok = r != NULL;
    if (ok && !first)
        ok = (r->own = calloc(1, sizeof *r->own)) != NULL && keep_ties_base_init(r->own, w, crew) == 0;
    if (ok) {
        r->w = w;
        r->first = first;
        r->strangers.patient = KEEP_ID_NONE;
        ok = keep_ties_init(&r->t, first ? first->t.b : r->own) == 0;
    }
    if (!ok) {
        keep_relate_free(r);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while indexing relations");
    }
    *out = r;
    return 0;
}

int keep_relate_new(struct keep_relate **out, const struct keep_world *w, struct keep_crew *crew, struct keep_err *err)
{
    return make(out, w, NULL, crew, err);
}

int keep_relate_more(struct keep_relate **out, const struct keep_relate *first, struct keep_err *err)
{
    return make(out, first->w, first, NULL, err);
}

void keep_relate_free(struct keep_relate *r)
{
    if (!r)
        return;
    if (r->idle)
        keep_idle_done(r->idle);
    free(r->idle);
    keep_edges_free(r->own_edges);
    keep_ties_done(&r->t);
    if (r->own)
        keep_ties_base_done(r->own);
    free(r->own);
    free(r);
}

void keep_relate_access(struct keep_relate *r, uint32_t worker, uint32_t patient, keep_time t)
{
    keep_ties_turn(&r->t, patient);
    struct keep_ties_pair *p = keep_ties_pair(&r->t, worker);
    if (p && (p->first == KEEP_TIME_NONE || t < p->first)) /* nothing ties them, nothing written: no question will need it */
        p->first = t;
}

int keep_relate_want_idle(struct keep_relate *r, struct keep_err *err)
{
    if (r->idle)
        return 0;
    r->idle = calloc(1, sizeof *r->idle);
    return r->idle ? keep_idle_init(r->idle, r->w->accounts, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

int keep_relate_want_edges(struct keep_relate *first, const struct keep_edges *known, struct keep_err *err)
{
    if (first->edges)
        return 0;
    int rc = known ? 0 : keep_edges_new(&first->own_edges, first->w, &first->t.b->posts, err);
    first->edges = known ? known : first->own_edges;
    return rc;
}

struct keep_idle *keep_relate_idle(const struct keep_relate *r)
{
    return r->of_all ? r->of_all : r->idle;
}

int keep_relate_join(struct keep_relate *r, struct keep_relate *other, struct keep_err *err)
{
    other->of_all = r->idle;
    return r->idle && other->idle ? keep_idle_merge(r->idle, other->idle, err) : 0;
}

uint32_t keep_relate_kinds(const struct keep_relate *r)
{
    return r->t.b->kinds;
}

keep_time keep_relate_disclosed(const struct keep_relate *r)
{
    return r->t.b->disclosed;
}

static const struct keep_edges *edges_of(const struct keep_relate *r)
{
    return r->first ? r->first->edges : r->edges;
}

/* Where the worker is at t, for the stay there. */
static uint32_t department_of(const struct keep_relate *r, uint32_t worker, keep_time t, keep_time *lo, keep_time *hi)
{
    const struct keep_posts *posts = &r->t.b->posts;
    size_t stay = keep_posts_at(posts, worker, t);
    keep_time from = posts->stay[stay].from, end = keep_posts_end(posts, worker, stay);
    *lo = from > *lo ? from : *lo;
    *hi = end < *hi ? end : *hi;
    return posts->stay[stay].department;
}

int keep_relate_ties(const struct keep_relate *r, uint32_t worker, uint32_t patient, keep_time t, keep_time *lo, keep_time *hi)
{
    uint32_t d = department_of(r, worker, t, lo, hi);
    return edges_of(r) && d != KEEP_ID_NONE ? keep_edges_ties(edges_of(r), d, patient) : -1;
}

int64_t keep_relate_size(const struct keep_relate *r, uint32_t worker, keep_time t, keep_time *lo, keep_time *hi)
{
    uint32_t d = department_of(r, worker, t, lo, hi);
    return edges_of(r) && d != KEEP_ID_NONE ? (int64_t)keep_edges_size(edges_of(r), d) : -1;
}

bool keep_relate_authored(struct keep_relate *r, uint32_t patient)
{
    keep_ties_turn(&r->t, patient);
    return r->t.authored;
}

/* ---- asking ---- */

/* Runs of covered time, met in order of start, around one instant. */
struct sweep {
    keep_time at;
    keep_time lo, hi;        /* the run being merged */
    keep_time gap;           /* end of the run before it */
    bool any, past;          /* a run is open; `at` lies before it or in it and is settled */
    const struct keep_relation *by;
};

static void sweep_add(struct sweep *s, keep_time lo, keep_time hi, const struct keep_relation *r)
{
    if (s->past)
        return;
    if (s->any && lo > s->hi) {
        if (s->at < s->hi) { /* before this start: settled */
            s->past = true;
            return;
        }
        s->gap = s->hi;
        s->any = false;
    }
    if (!s->any) {
        s->lo = lo;
        s->hi = hi;
        s->any = true;
    } else if (hi > s->hi) {
        s->hi = hi;
    }
    if (!s->by && s->at >= lo && s->at < hi)
        s->by = r;
}

static void sweep_done(const struct sweep *s, struct keep_relate_answer *out)
{
    out->by = s->by;
    if (s->any && s->at >= s->lo && s->at < s->hi) {
        out->holds = KEEP_TRI_YES;
        out->lo = s->lo;
        out->hi = s->hi;
    } else {
        out->holds = KEEP_TRI_NO;
        out->lo = s->any && s->at >= s->hi ? s->hi : s->gap;
        out->hi = s->any && s->at < s->lo ? s->lo : KEEP_RELATE_NEVER;
    }
}

struct asking {
    const struct keep_relate *r;
    const struct keep_relate_ask *q;
    keep_time first; /* the worker's first access to the patient, NONE: none */
    bool own_late, undated;
    struct sweep s;
};

static struct asking ask(struct keep_relate *r, const struct keep_relate_ask *q)
{
    const struct keep_ties_pair *p = keep_ties_pair(&r->t, q->worker);
    struct asking a = {.r = r, .q = q, .first = p ? p->first : KEEP_TIME_NONE};
    a.s = (struct sweep){.at = q->at, .gap = KEEP_RELATE_EVER};
    return a;
}

/* Written by the worker behind `first`. */
static bool written_behind(const struct keep_relation *x, uint32_t worker, keep_time first)
{
    if (x->author != worker || first == KEEP_TIME_NONE)
        return false;
    keep_time written = x->recorded != KEEP_TIME_NONE ? x->recorded : x->from;
    return written != KEEP_TIME_NONE && written > first;
}

static bool own_late(const struct asking *a, const struct keep_relation *x)
{
    return written_behind(x, a->q->worker, a->first);
}

int keep_relate_late(const struct keep_relate *r, int (*each)(void *ctx, uint32_t worker, keep_time first), void *ctx)
{
    const struct keep_ties *t = &r->t;
    int rc = 0;
    for (size_t k = 0; k < t->pairs && !rc; k++) {
        const struct keep_relate_ask q = {.worker = t->pair[k].worker};
        const struct asking a = {.r = r, .q = &q, .first = t->pair[k].first};
        bool late = false;
        for (uint32_t i = t->b->facts[t->patient]; a.first != KEEP_TIME_NONE && !late && i < t->b->facts[t->patient + 1]; i++)
            late = own_late(&a, &r->w->relation[i]);
        rc = late ? each(ctx, t->pair[k].worker, a.first) : 0;
    }
    return rc;
}

static void consider(struct asking *a, const struct keep_relation *x)
{
    keep_time from, to;
    if (!(a->q->kinds >> x->kind & 1))
        return;
    if (own_late(a, x)) {
        a->own_late = true;
        return;
    }
    if (!keep_ties_lasts(x, &from, &to)) {
        a->undated = true;
        return;
    }
    sweep_add(&a->s, keep_relate_shift(from, -a->q->before), keep_relate_shift(keep_relate_shift(to, a->q->after), 1), x);
}

static void answer(const struct asking *a, struct keep_relate_answer *out)
{
    sweep_done(&a->s, out);
    out->own_late = a->own_late;
    if (out->holds == KEEP_TRI_NO && a->undated)
        out->holds = KEEP_TRI_UNKNOWN;
}

void keep_relate_worker(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    keep_ties_turn(&r->t, q->patient);
    struct asking a = ask(r, q);
    const struct keep_ties_pair *p = keep_ties_pair(&r->t, q->worker);
    for (uint32_t i = 0; p && p->kinds & q->kinds && i < p->n; i++)
        consider(&a, &r->w->relation[r->t.by_worker[p->begin + i]]);
    answer(&a, out);
}

/* An answer that rests on where the worker was holds no longer than that. */
static void clip(const struct keep_relate *r, uint32_t worker, size_t stay, struct keep_relate_answer *out)
{
    keep_time from = r->t.b->posts.stay[stay].from, end = keep_posts_end(&r->t.b->posts, worker, stay);
    out->lo = from > out->lo ? from : out->lo;
    out->hi = end < out->hi ? end : out->hi;
}

/* The lists of a stay's department and of its unit, when that is another. */
static size_t groups_of(const struct keep_relate *r, const struct keep_posts_stay *stay, const struct keep_ties_group *out[2])
{
    uint32_t dep[2] = {stay->department, stay->unit};
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        if (dep[i] == KEEP_ID_NONE || (i && dep[1] == dep[0]))
            continue;
        const struct keep_ties_group *g = keep_ties_group(&r->t, dep[i]);
        if (g)
            out[n++] = g;
    }
    return n;
}

/* Either of two answers. */
static void either(struct keep_relate_answer *a, const struct keep_relate_answer *b)
{
    a->own_late |= b->own_late;
    if (a->holds == KEEP_TRI_YES && b->holds == KEEP_TRI_YES) { /* each is enough: the union of overlapping stretches */
        a->lo = a->lo < b->lo ? a->lo : b->lo;
        a->hi = a->hi > b->hi ? a->hi : b->hi;
        return;
    }
    if (a->holds == KEEP_TRI_YES)
        return;
    if (b->holds == KEEP_TRI_YES) {
        bool late = a->own_late;
        *a = *b;
        a->own_late = late;
        return;
    }
    a->lo = a->lo > b->lo ? a->lo : b->lo;
    a->hi = a->hi < b->hi ? a->hi : b->hi;
    if (b->holds == KEEP_TRI_UNKNOWN)
        a->holds = KEEP_TRI_UNKNOWN;
}

void keep_relate_department(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    const struct keep_ties_group *g[2];
    keep_ties_turn(&r->t, q->patient);
    size_t stay = keep_posts_at(&r->t.b->posts, q->worker, q->at), n = groups_of(r, &r->t.b->posts.stay[stay], g);
    *out = (struct keep_relate_answer){KEEP_TRI_NO, KEEP_RELATE_EVER, KEEP_RELATE_NEVER, NULL, false};
    for (size_t k = 0; k < n; k++) {
        struct asking a = ask(r, q);
        struct keep_relate_answer one;
        if (!(g[k]->kinds & q->kinds))
            continue;
        for (uint32_t i = 0; i < g[k]->n; i++) {
            const struct keep_ties_entry *e = &r->t.entry[g[k]->begin + i];
            if (!e->colleague)
                consider(&a, &r->w->relation[e->relation]);
        }
        answer(&a, &one);
        either(out, &one);
    }
    clip(r, q->worker, stay, out);
}

/* Did anything of the group's list happen within [from, to]? */
static const struct keep_relation *took_part(struct asking *a, const struct keep_ties_group *g, keep_time from, keep_time to)
{
    for (uint32_t i = 0; i < g->n; i++) {
        const struct keep_ties_entry *entry = &a->r->t.entry[g->begin + i];
        const struct keep_relation *x = &a->r->w->relation[entry->relation];
        keep_time begin, end;
        if (!(TAKES_PART >> x->kind & 1) || !keep_ties_lasts(x, &begin, &end) || begin > to || end < from)
            continue;
        if (entry->colleague && !keep_posts_was_in(&a->r->t.b->posts, x->worker, entry->department, begin > from ? begin : from, end < to ? end : to))
            continue; /* they had not come yet, or were gone */
        if (!own_late(a, x))
            return x;
        a->own_late = true;
    }
    return NULL;
}

void keep_relate_encounter(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    const struct keep_ties_group *g[2];
    keep_ties_turn(&r->t, q->patient);
    size_t stay = keep_posts_at(&r->t.b->posts, q->worker, q->at), n = groups_of(r, &r->t.b->posts.stay[stay], g);
    struct asking a = ask(r, q);
    if (!((n > 0 ? g[0]->kinds | g[0]->colleagues : 0) & TAKES_PART) && !((n > 1 ? g[1]->kinds | g[1]->colleagues : 0) & TAKES_PART))
        n = 0;
    for (uint32_t i = r->t.b->visits[q->patient]; n && i < r->t.b->visits[q->patient + 1]; i++) {
        const struct keep_encounter *e = &r->w->encounter[i];
        if (e->start == KEEP_TIME_NONE)
            continue;
        keep_time end = e->end != KEEP_TIME_NONE && e->end > e->start ? e->end : e->start;
        if (e->end == KEEP_TIME_NONE && keep_str_is(e->status, "in-progress"))
            end = KEEP_RELATE_NEVER;
        const struct keep_relation *by = NULL;
        for (size_t k = 0; k < n && !by; k++)
            by = took_part(&a, g[k], e->start, end);
        if (by)
            sweep_add(&a.s, keep_relate_shift(e->start, -q->before), keep_relate_shift(keep_relate_shift(end, q->after), 1), by);
    }
    answer(&a, out);
    clip(r, q->worker, stay, out);
}

bool keep_relate_any(struct keep_relate *r, uint32_t patient, uint32_t kinds)
{
    keep_ties_turn(&r->t, patient);
    return (r->t.kinds & kinds) != 0;
}

void keep_relate_patient(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    const struct keep_world *w = r->w;
    keep_ties_turn(&r->t, q->patient);
    struct asking a = ask(r, q);
    bool undated = false;
    *out = (struct keep_relate_answer){KEEP_TRI_NO, KEEP_RELATE_EVER, KEEP_RELATE_NEVER, NULL, false};
    for (uint32_t i = r->t.b->facts[q->patient]; i < r->t.b->facts[q->patient + 1]; i++) {
        const struct keep_relation *x = &w->relation[i];
        keep_time from, to;
        if (!(q->kinds >> x->kind & 1))
            continue;
        if (q->worker != KEEP_ID_NONE && own_late(&a, x)) {
            out->own_late = true;
            continue;
        }
        if (!keep_ties_lasts(x, &from, &to)) {
            undated = true;
            continue;
        }
        from = keep_relate_shift(from, -q->before);
        to = keep_relate_shift(keep_relate_shift(to, q->after), 1);
        keep_relate_narrow(&out->lo, &out->hi, q->at, from);
        keep_relate_narrow(&out->lo, &out->hi, q->at, to);
        if (!out->by && q->at >= from && q->at < to)
            out->by = x;
    }
    if (out->by)
        out->holds = KEEP_TRI_YES;
    else if (undated)
        out->holds = KEEP_TRI_UNKNOWN;
}

/* What ties another to the patient, but for what the asker wrote late, and what the other wrote behind the asked time: when the other first opened the chart
 * is that one's affair. */
static void add_other(struct keep_relate *r, const struct asking *asker, uint32_t other, struct keep_relate_answer *out)
{
    struct keep_relate_ask q = *asker->q;
    struct keep_relate_answer theirs;
    q.worker = other;
    q.kinds &= ~(1u << KEEP_RELATION_BEHALF); /* acting for one who acts for a third is nobody's reason */
    struct asking a = ask(r, &q);
    a.first = KEEP_TIME_NONE;
    const struct keep_ties_pair *p = keep_ties_pair(&r->t, other);
    for (uint32_t i = 0; p && p->kinds & q.kinds && i < p->n; i++) {
        const struct keep_relation *x = &r->w->relation[r->t.by_worker[p->begin + i]];
        if (own_late(asker, x) || written_behind(x, other, q.at))
            out->own_late |= q.kinds >> x->kind & 1;
        else
            consider(&a, x);
    }
    answer(&a, &theirs);
    if (theirs.holds == KEEP_TRI_YES)
        out->by = theirs.by;
    if (theirs.holds == KEEP_TRI_YES || out->holds == KEEP_TRI_NO)
        out->holds = theirs.holds;
}

void keep_relate_behalf(struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    keep_ties_turn(&r->t, q->patient);
    struct asking mine = ask(r, q);
    const struct keep_ties_pair *p = keep_ties_pair(&r->t, q->worker);
    *out = (struct keep_relate_answer){.holds = KEEP_TRI_NO, .lo = KEEP_RELATE_EVER, .hi = KEEP_RELATE_NEVER};
    for (uint32_t i = 0; p && p->kinds >> KEEP_RELATION_BEHALF & 1 && i < p->n; i++) {
        const struct keep_relation *x = &r->w->relation[r->t.by_worker[p->begin + i]];
        if (x->kind == KEEP_RELATION_BEHALF && x->from == q->at && x->author < r->w->workers && x->author != q->worker)
            add_other(r, &mine, x->author, out);
    }
}

bool keep_relate_at_unit(const struct keep_relate *r, uint32_t patient, uint32_t unit, keep_time t, int64_t around)
{
    for (uint32_t i = r->t.b->facts[patient]; i < r->t.b->facts[patient + 1]; i++) {
        const struct keep_relation *x = &r->w->relation[i];
        keep_time from, to;
        if (x->department == unit && (x->kind == KEEP_RELATION_ENCOUNTER || x->kind == KEEP_RELATION_APPOINTMENT) && keep_ties_lasts(x, &from, &to) &&
            t >= keep_relate_shift(from, -around) && t <= keep_relate_shift(to, around))
            return true;
    }
    return false;
}

keep_time keep_relate_seen(const struct keep_relate *r, uint32_t patient, keep_time t)
{
    keep_time last = KEEP_TIME_NONE;
    for (uint32_t i = r->t.b->visits[patient]; i < r->t.b->visits[patient + 1]; i++) {
        const struct keep_encounter *e = &r->w->encounter[i];
        if (e->start == KEEP_TIME_NONE || e->start > t || keep_str_is(e->status, "cancelled") || keep_str_is(e->status, "entered-in-error"))
            continue;
        keep_time end = e->end == KEEP_TIME_NONE ? e->start : e->end > t ? t : e->end;
        if (e->end == KEEP_TIME_NONE && keep_str_is(e->status, "in-progress"))
            end = t;
        last = end > last ? end : last;
    }
    return last;
}

static uint32_t strangers(struct keep_relate *r, uint32_t worker)
{
    const struct keep_ties_group *g[2];
    const struct keep_ties_pair *mine = keep_ties_pair(&r->t, worker);
    const struct keep_posts *posts = &r->t.b->posts;
    uint32_t out = !mine || !mine->n ? KEEP_RELATE_NO_WORKER : 0;
    for (size_t i = posts->first[worker]; i < posts->first[worker + 1]; i++) {
        const struct keep_posts_stay *p = &posts->stay[i];
        if ((p->department == KEEP_ID_NONE && p->unit == KEEP_ID_NONE) || groups_of(r, p, g))
            return out;
    }
    return out | KEEP_RELATE_NO_DEPARTMENT;
}

uint32_t keep_relate_strangers(struct keep_relate *r, uint32_t worker, uint32_t patient)
{
    keep_ties_turn(&r->t, patient);
    if (r->strangers.patient != patient || r->strangers.worker != worker) {
        r->strangers.answer = strangers(r, worker);
        r->strangers.worker = worker;
        r->strangers.patient = patient;
    }
    return r->strangers.answer;
}
