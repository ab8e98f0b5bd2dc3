/* Two lists of relation numbers, one sorted by (worker, patient, start), one by
 * (department, patient, start), and a hash map into each. In the second list a
 * relation stands under its own department (as such) and under each department
 * and unit where its worker was while it lasted (a colleague).
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
#include "core/audit/posts.h"
#include "core/audit/u64map.h"

/* Taking part in an encounter, as opposed to working on its papers later. */
#define TAKES_PART                                                                                                                       \
    (1u << KEEP_RELATION_APPOINTMENT | 1u << KEEP_RELATION_ENCOUNTER | 1u << KEEP_RELATION_ORDER | 1u << KEEP_RELATION_RESULT |          \
     1u << KEEP_RELATION_NOTE | 1u << KEEP_RELATION_MEDICATION | 1u << KEEP_RELATION_PROCEDURE | 1u << KEEP_RELATION_IMMUNIZATION |      \
     1u << KEEP_RELATION_TEAM)

struct pair {
    uint32_t begin, n;  /* in by_worker */
    keep_time first;    /* first access, NONE so far */
};

struct entry {
    uint32_t department, relation;
    bool colleague;     /* by a worker of the department, not by the department as such */
};

struct group {
    uint32_t begin, n;  /* in by_department */
};

struct keep_relate {
    const struct keep_world *w;
    uint32_t *by_worker;
    struct pair *pair;
    size_t pairs;
    struct keep_u64map pair_of;  /* (worker, patient) */
    struct entry *by_department;
    struct group *group;
    size_t groups;
    struct keep_u64map group_of; /* (department, patient) */
    struct keep_posts posts;
    uint32_t *visits;            /* of each patient: where its encounters begin; patients + 1 */
    struct keep_idle *idle;      /* NULL: not wanted */
    struct keep_edges *edges;
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

/* ---- building ---- */

static _Thread_local const struct keep_world *sorting; /* qsort carries no context */

/* Where it begins to count: its start, from ever when open without one, else its end; undated ones sort first too. */
static keep_time start(const struct keep_relation *x)
{
    return x->from != KEEP_TIME_NONE || x->open ? x->from : x->to;
}

_Static_assert(KEEP_TIME_NONE == KEEP_RELATE_EVER, "an open relation without a start begins at ever");

/* From when to when a relation itself lasts, both included; false: undated. */
static bool lasts(const struct keep_relation *x, keep_time *from, keep_time *to)
{
    *from = start(x);
    *to = x->to != KEEP_TIME_NONE ? x->to : x->open ? KEEP_RELATE_NEVER : x->from;
    if (*to < *from) /* an end before the start is a slip of the source: what is certain is the start */
        *to = *from;
    return x->open || *to != KEEP_TIME_NONE;
}

static int by_start(uint32_t a, uint32_t b)
{
    keep_time x = start(&sorting->relation[a]), y = start(&sorting->relation[b]);
    if (x != y)
        return x < y ? -1 : 1;
    return (a > b) - (a < b);
}

static int worker_order(const void *a, const void *b)
{
    uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
    const struct keep_relation *x = &sorting->relation[i], *y = &sorting->relation[j];
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    if (x->worker != y->worker)
        return x->worker < y->worker ? -1 : 1;
    return by_start(i, j);
}

static int department_order(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    uint32_t p = sorting->relation[x->relation].patient, q = sorting->relation[y->relation].patient;
    if (p != q)
        return p < q ? -1 : 1;
    if (x->department != y->department)
        return x->department < y->department ? -1 : 1;
    if (x->relation != y->relation)
        return by_start(x->relation, y->relation);
    return x->colleague - y->colleague;
}

static struct pair *pair_make(struct keep_relate *r, uint32_t worker, uint32_t patient)
{
    uint32_t *at = keep_u64map_put(&r->pair_of, keep_u64map_pair(worker, patient));
    if (!at)
        return NULL;
    if (*at == KEEP_U64MAP_NONE) {
        *at = (uint32_t)r->pairs;
        r->pair[r->pairs++] = (struct pair){0, 0, KEEP_TIME_NONE};
    }
    return &r->pair[*at];
}

static int index_workers(struct keep_relate *r)
{
    const struct keep_world *w = r->w;
    size_t n = 0;
    r->by_worker = calloc(w->relations + 1, sizeof *r->by_worker);
    r->pair = calloc(w->relations * 2 + 1, sizeof *r->pair); /* of its worker, and of its author */
    if (!r->by_worker || !r->pair)
        return -1;
    for (size_t i = 0; i < w->relations; i++)
        if (w->relation[i].worker != KEEP_ID_NONE)
            r->by_worker[n++] = (uint32_t)i;
    qsort(r->by_worker, n, sizeof *r->by_worker, worker_order);
    for (size_t i = 0; i < n; i++) {
        const struct keep_relation *x = &w->relation[r->by_worker[i]];
        struct pair *p = pair_make(r, x->worker, x->patient);
        if (!p)
            return -1;
        if (!p->n)
            p->begin = (uint32_t)i;
        p->n++;
    }
    for (size_t i = 0; i < w->relations; i++)
        if (w->relation[i].author != KEEP_ID_NONE && !pair_make(r, w->relation[i].author, w->relation[i].patient))
            return -1;
    return 0;
}

/* Adds a colleague's entry unless the relation, whose entries begin at `since`, has it. */
static size_t colleague_add(struct keep_relate *r, size_t since, size_t n, uint32_t department, size_t relation)
{
    for (size_t i = since; i < n; i++)
        if (r->by_department[i].colleague && r->by_department[i].department == department)
            return n;
    if (department != KEEP_ID_NONE)
        r->by_department[n++] = (struct entry){department, (uint32_t)relation, true};
    return n;
}

/* Entries of one relation, behind the n that are there; the new n. */
static size_t entries_add(struct keep_relate *r, size_t n, size_t relation)
{
    const struct keep_world *w = r->w;
    const struct keep_relation *x = &w->relation[relation];
    uint32_t own = x->department < w->terms ? keep_posts_number(&r->posts, w->term[x->department]) : KEEP_ID_NONE;
    keep_time from, to;
    size_t since = n;
    if (own != KEEP_ID_NONE)
        r->by_department[n++] = (struct entry){own, (uint32_t)relation, false};
    if (x->worker == KEEP_ID_NONE || !lasts(x, &from, &to)) /* what is undated shows nobody taking part */
        return n;
    for (size_t i = keep_posts_at(&r->posts, x->worker, from); i < r->posts.first[x->worker + 1] && r->posts.stay[i].from <= to; i++) {
        n = colleague_add(r, since, n, r->posts.stay[i].department, relation);
        n = colleague_add(r, since, n, r->posts.stay[i].unit, relation);
    }
    return n;
}

static int index_departments(struct keep_relate *r)
{
    const struct keep_world *w = r->w;
    size_t n = 0, most = 0;
    for (size_t i = 0; i < w->relations; i++) /* as such; a department and a unit for each place of its worker */
        most += 1 + (w->relation[i].worker != KEEP_ID_NONE ? 2 * (r->posts.first[w->relation[i].worker + 1] - r->posts.first[w->relation[i].worker]) : 0);
    r->by_department = calloc(most + 1, sizeof *r->by_department);
    if (!r->by_department)
        return -1;
    for (size_t i = 0; i < w->relations; i++)
        n = entries_add(r, n, i);
    r->group = calloc(n + 1, sizeof *r->group);
    if (!r->group)
        return -1;
    qsort(r->by_department, n, sizeof *r->by_department, department_order);
    for (size_t i = 0; i < n; i++) {
        const struct entry *e = &r->by_department[i];
        uint32_t *at = keep_u64map_put(&r->group_of, keep_u64map_pair(e->department, w->relation[e->relation].patient));
        if (!at)
            return -1;
        if (*at == KEEP_U64MAP_NONE) {
            *at = (uint32_t)r->groups;
            r->group[r->groups++] = (struct group){(uint32_t)i, 0};
        }
        r->group[*at].n++;
    }
    return 0;
}

static int index_visits(struct keep_relate *r)
{
    const struct keep_world *w = r->w;
    r->visits = calloc(w->patients + 2, sizeof *r->visits);
    if (!r->visits)
        return -1;
    for (size_t i = 0; i < w->encounters; i++)
        if (w->encounter[i].patient < w->patients)
            r->visits[w->encounter[i].patient + 1]++;
    for (size_t p = 0; p < w->patients; p++)
        r->visits[p + 1] += r->visits[p];
    return 0;
}

int keep_relate_new(struct keep_relate **out, const struct keep_world *w, struct keep_err *err)
{
    struct keep_relate *r = calloc(1, sizeof *r);
    int rc = -1;
    if (!r)
        goto out;
    r->w = w;
    sorting = w;
    if (keep_posts_init(&r->posts, w) || index_workers(r) || index_departments(r) || index_visits(r))
        goto out;
    rc = 0;
    *out = r;
    r = NULL;
out:
    sorting = NULL;
    keep_relate_free(r);
    return rc ? keep_err_set(err, KEEP_E_NOMEM, "out of memory while indexing relations") : 0;
}

void keep_relate_free(struct keep_relate *r)
{
    if (!r)
        return;
    free(r->by_worker);
    free(r->pair);
    keep_u64map_free(&r->pair_of);
    free(r->by_department);
    free(r->group);
    keep_u64map_free(&r->group_of);
    keep_posts_done(&r->posts);
    free(r->visits);
    if (r->idle)
        keep_idle_done(r->idle);
    free(r->idle);
    keep_edges_free(r->edges);
    free(r);
}

int keep_relate_want(struct keep_relate *r, uint32_t what, struct keep_err *err)
{
    int rc = 0;
    if (what & KEEP_RELATE_WANT_IDLE && !r->idle) {
        r->idle = calloc(1, sizeof *r->idle);
        rc = r->idle ? keep_idle_init(r->idle, r->w->accounts, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    if (!rc && what & KEEP_RELATE_WANT_EDGES && !r->edges)
        rc = keep_edges_new(&r->edges, r->w, &r->posts, err);
    return rc;
}

struct keep_idle *keep_relate_idle(const struct keep_relate *r)
{
    return r->idle;
}

int keep_relate_ties(const struct keep_relate *r, uint32_t worker, uint32_t patient, keep_time t, keep_time *lo, keep_time *hi)
{
    size_t stay = keep_posts_at(&r->posts, worker, t);
    keep_time from = r->posts.stay[stay].from, end = keep_posts_end(&r->posts, worker, stay);
    *lo = from > *lo ? from : *lo;
    *hi = end < *hi ? end : *hi;
    if (!r->edges || r->posts.stay[stay].department == KEEP_ID_NONE)
        return -1;
    return keep_edges_ties(r->edges, r->posts.stay[stay].department, patient);
}

void keep_relate_access(struct keep_relate *r, uint32_t worker, uint32_t patient, keep_time t)
{
    uint32_t at = keep_u64map_get(&r->pair_of, keep_u64map_pair(worker, patient));
    if (at == KEEP_U64MAP_NONE) /* nothing ties them, nothing written: no question will need it */
        return;
    struct pair *p = &r->pair[at];
    if (p->first == KEEP_TIME_NONE || t < p->first)
        p->first = t;
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

static struct asking ask(const struct keep_relate *r, const struct keep_relate_ask *q)
{
    uint32_t at = keep_u64map_get(&r->pair_of, keep_u64map_pair(q->worker, q->patient));
    struct asking a = {.r = r, .q = q, .first = at == KEEP_U64MAP_NONE ? KEEP_TIME_NONE : r->pair[at].first};
    a.s = (struct sweep){.at = q->at, .gap = KEEP_RELATE_EVER};
    return a;
}

static bool own_late(const struct asking *a, const struct keep_relation *x)
{
    if (x->author != a->q->worker || a->first == KEEP_TIME_NONE)
        return false;
    keep_time written = x->recorded != KEEP_TIME_NONE ? x->recorded : x->from;
    return written != KEEP_TIME_NONE && written > a->first;
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
    if (!lasts(x, &from, &to)) {
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

void keep_relate_worker(const struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    struct asking a = ask(r, q);
    uint32_t at = keep_u64map_get(&r->pair_of, keep_u64map_pair(q->worker, q->patient));
    if (at != KEEP_U64MAP_NONE)
        for (uint32_t i = 0; i < r->pair[at].n; i++)
            consider(&a, &r->w->relation[r->by_worker[r->pair[at].begin + i]]);
    answer(&a, out);
}

/* An answer that rests on where the worker was holds no longer than that. */
static void clip(const struct keep_relate *r, uint32_t worker, size_t stay, struct keep_relate_answer *out)
{
    keep_time from = r->posts.stay[stay].from, end = keep_posts_end(&r->posts, worker, stay);
    out->lo = from > out->lo ? from : out->lo;
    out->hi = end < out->hi ? end : out->hi;
}

/* The lists of a stay's department and of its unit, when that is another. */
static size_t groups_of(const struct keep_relate *r, const struct keep_posts_stay *stay, uint32_t patient, const struct group *out[2])
{
    uint32_t dep[2] = {stay->department, stay->unit};
    size_t n = 0;
    for (int i = 0; i < 2; i++) {
        if (dep[i] == KEEP_ID_NONE || (i && dep[1] == dep[0]))
            continue;
        uint32_t at = keep_u64map_get(&r->group_of, keep_u64map_pair(dep[i], patient));
        if (at != KEEP_U64MAP_NONE)
            out[n++] = &r->group[at];
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

void keep_relate_department(const struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    const struct group *g[2];
    size_t stay = keep_posts_at(&r->posts, q->worker, q->at), n = groups_of(r, &r->posts.stay[stay], q->patient, g);
    *out = (struct keep_relate_answer){KEEP_TRI_NO, KEEP_RELATE_EVER, KEEP_RELATE_NEVER, NULL, false};
    for (size_t k = 0; k < n; k++) {
        struct asking a = ask(r, q);
        struct keep_relate_answer one;
        for (uint32_t i = 0; i < g[k]->n; i++) {
            const struct entry *e = &r->by_department[g[k]->begin + i];
            if (!e->colleague)
                consider(&a, &r->w->relation[e->relation]);
        }
        answer(&a, &one);
        either(out, &one);
    }
    clip(r, q->worker, stay, out);
}

/* Did anything of the group's list happen within [from, to]? */
static const struct keep_relation *took_part(struct asking *a, const struct group *g, keep_time from, keep_time to)
{
    for (uint32_t i = 0; i < g->n; i++) {
        const struct entry *entry = &a->r->by_department[g->begin + i];
        const struct keep_relation *x = &a->r->w->relation[entry->relation];
        keep_time begin, end;
        if (!(TAKES_PART >> x->kind & 1) || !lasts(x, &begin, &end) || begin > to || end < from)
            continue;
        if (entry->colleague && !keep_posts_was_in(&a->r->posts, x->worker, entry->department, begin > from ? begin : from, end < to ? end : to))
            continue; /* they had not come yet, or were gone */
        if (!own_late(a, x))
            return x;
        a->own_late = true;
    }
    return NULL;
}

void keep_relate_encounter(const struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    const struct group *g[2];
    size_t stay = keep_posts_at(&r->posts, q->worker, q->at), n = groups_of(r, &r->posts.stay[stay], q->patient, g);
    struct asking a = ask(r, q);
    for (uint32_t i = r->visits[q->patient]; n && i < r->visits[q->patient + 1]; i++) {
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

/* The patient's first relation of the world's, or where it would stand. */
static size_t first_relation(const struct keep_world *w, uint32_t patient)
{
    size_t lo = 0, hi = w->relations;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (w->relation[mid].patient < patient)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void keep_relate_patient(const struct keep_relate *r, const struct keep_relate_ask *q, struct keep_relate_answer *out)
{
    const struct keep_world *w = r->w;
    struct asking a = ask(r, q);
    bool undated = false;
    *out = (struct keep_relate_answer){KEEP_TRI_NO, KEEP_RELATE_EVER, KEEP_RELATE_NEVER, NULL, false};
    for (size_t i = first_relation(w, q->patient); i < w->relations && w->relation[i].patient == q->patient; i++) {
        const struct keep_relation *x = &w->relation[i];
        keep_time from, to;
        if (!(q->kinds >> x->kind & 1))
            continue;
        if (q->worker != KEEP_ID_NONE && own_late(&a, x)) {
            out->own_late = true;
            continue;
        }
        if (!lasts(x, &from, &to)) {
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

keep_time keep_relate_seen(const struct keep_relate *r, uint32_t patient, keep_time t)
{
    keep_time last = KEEP_TIME_NONE;
    for (uint32_t i = r->visits[patient]; i < r->visits[patient + 1]; i++) {
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

uint32_t keep_relate_strangers(const struct keep_relate *r, uint32_t worker, uint32_t patient)
{
    const struct group *g[2];
    uint32_t at = keep_u64map_get(&r->pair_of, keep_u64map_pair(worker, patient));
    uint32_t out = at == KEEP_U64MAP_NONE || !r->pair[at].n ? KEEP_RELATE_NO_WORKER : 0;
    for (size_t i = r->posts.first[worker]; i < r->posts.first[worker + 1]; i++) {
        const struct keep_posts_stay *p = &r->posts.stay[i];
        if ((p->department == KEEP_ID_NONE && p->unit == KEEP_ID_NONE) || groups_of(r, p, patient, g))
            return out;
    }
    return out | KEEP_RELATE_NO_DEPARTMENT;
}
