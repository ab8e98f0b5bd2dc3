/* The world's relations stand patient by patient, so the index of one is made
 * from a short stretch of them: a list sorted by (worker, start), and one by
 * (department, start). In the second a relation stands under its own department
 * (as such) and under each department and unit where its worker was while it
 * lasted (a colleague). Room for the longest stretch is taken once: turning to
 * another patient allocates nothing and cannot fail. */
#include "core/audit/ties.h"

#include <stdlib.h>
#include <string.h>

/* ---- one patient ---- */

enum { SHORT = 48 }; /* up to so many, moving each to its place beats qsort */

static _Thread_local const struct keep_world *sorting; /* qsort carries no context */

/* Where it begins to count: its start, from ever when open without one, else its end; undated ones sort first too. */
static keep_time start(const struct keep_relation *x)
{
    return x->from != KEEP_TIME_NONE || x->open ? x->from : x->to;
}

_Static_assert(KEEP_TIME_NONE == INT64_MIN, "an open relation without a start begins at ever");

bool keep_ties_lasts(const struct keep_relation *x, keep_time *from, keep_time *to)
{
    *from = start(x);
    *to = x->to != KEEP_TIME_NONE ? x->to : x->open ? INT64_MAX : x->from;
    if (*to < *from) /* an end before the start is a slip of the source: what is certain is the start */
        *to = *from;
    return x->open || *to != KEEP_TIME_NONE;
}

static int by_start(const struct keep_world *w, uint32_t a, uint32_t b)
{
    keep_time x = start(&w->relation[a]), y = start(&w->relation[b]);
    if (x != y)
        return x < y ? -1 : 1;
    return (a > b) - (a < b);
}

static int worker_compare(const struct keep_world *w, uint32_t i, uint32_t j)
{
    uint32_t x = w->relation[i].worker, y = w->relation[j].worker;
    return x != y ? (x < y ? -1 : 1) : by_start(w, i, j);
}

static int department_compare(const struct keep_world *w, const struct keep_ties_entry *x, const struct keep_ties_entry *y)
{
    if (x->department != y->department)
        return x->department < y->department ? -1 : 1;
    if (x->relation != y->relation)
        return by_start(w, x->relation, y->relation);
    return x->colleague - y->colleague;
}

static int worker_order(const void *a, const void *b)
{
    return worker_compare(sorting, *(const uint32_t *)a, *(const uint32_t *)b);
}

static int department_order(const void *a, const void *b)
{
    return department_compare(sorting, a, b);
}

static void sort_by_worker(const struct keep_world *w, uint32_t *v, size_t n)
{
    if (n > SHORT) {
        sorting = w;
        qsort(v, n, sizeof *v, worker_order);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        uint32_t x = v[i];
        size_t k = i;
        for (; k > 0 && worker_compare(w, x, v[k - 1]) < 0; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

static void sort_by_department(const struct keep_world *w, struct keep_ties_entry *v, size_t n)
{
    if (n > SHORT) {
        sorting = w;
        qsort(v, n, sizeof *v, department_order);
        return;
    }
    for (size_t i = 1; i < n; i++) {
        struct keep_ties_entry x = v[i];
        size_t k = i;
        for (; k > 0 && department_compare(w, &x, &v[k - 1]) < 0; k--)
            v[k] = v[k - 1];
        v[k] = x;
    }
}

/* Where the pair of a worker is, or would be. */
static size_t pair_at(const struct keep_ties *t, uint32_t worker)
{
    size_t lo = 0, hi = t->pairs;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (t->pair[mid].worker < worker)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

struct keep_ties_pair *keep_ties_pair(struct keep_ties *t, uint32_t worker)
{
    if (t->last && t->last->worker == worker)
        return t->last;
    size_t i = pair_at(t, worker);
    if (i == t->pairs || t->pair[i].worker != worker)
        return NULL;
    return t->last = &t->pair[i];
}

static void index_workers(struct keep_ties *t, uint32_t from, uint32_t to)
{
    const struct keep_relation *x = t->b->w->relation;
    size_t n = 0;
    for (uint32_t i = from; i < to; i++)
        if (x[i].worker != KEEP_ID_NONE)
            t->by_worker[n++] = i;
    sort_by_worker(t->b->w, t->by_worker, n);
    t->pairs = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t worker = x[t->by_worker[i]].worker;
        if (!t->pairs || t->pair[t->pairs - 1].worker != worker)
            t->pair[t->pairs++] = (struct keep_ties_pair){worker, (uint32_t)i, 0, 0, KEEP_TIME_NONE};
        t->pair[t->pairs - 1].n++;
        t->pair[t->pairs - 1].kinds |= 1u << x[t->by_worker[i]].kind;
    }
    t->authored = false;
    t->kinds = 0;
    for (uint32_t i = from; i < to; i++) {
        t->kinds |= 1u << x[i].kind;
        t->authored |= x[i].author != KEEP_ID_NONE;
        size_t at = x[i].author != KEEP_ID_NONE ? pair_at(t, x[i].author) : 0;
        if (x[i].author == KEEP_ID_NONE || (at < t->pairs && t->pair[at].worker == x[i].author))
            continue;
        memmove(t->pair + at + 1, t->pair + at, (t->pairs++ - at) * sizeof *t->pair);
        t->pair[at] = (struct keep_ties_pair){x[i].author, 0, 0, 0, KEEP_TIME_NONE};
    }
}

/* Adds a colleague's entry unless the relation, whose entries begin at `since`, has it. */
static size_t colleague_add(struct keep_ties *t, size_t since, size_t n, uint32_t department, uint32_t relation)
{
    for (size_t i = since; i < n; i++)
        if (t->entry[i].colleague && t->entry[i].department == department)
            return n;
    if (department != KEEP_ID_NONE)
        t->entry[n++] = (struct keep_ties_entry){department, relation, true};
    return n;
}

/* Entries of one relation, behind the n that are there; the new n. */
static size_t entries_add(struct keep_ties *t, size_t n, uint32_t relation)
{
    const struct keep_posts *p = &t->b->posts;
    const struct keep_relation *x = &t->b->w->relation[relation];
    uint32_t own = x->department < t->b->w->terms ? t->b->term[x->department] : KEEP_ID_NONE;
    keep_time from, to;
    size_t since = n;
    if (own != KEEP_ID_NONE)
        t->entry[n++] = (struct keep_ties_entry){own, relation, false};
    if (x->worker == KEEP_ID_NONE || !keep_ties_lasts(x, &from, &to)) /* what is undated shows nobody taking part */
        return n;
    for (size_t i = keep_posts_at(p, x->worker, from); i < p->first[x->worker + 1] && p->stay[i].from <= to; i++) {
        n = colleague_add(t, since, n, p->stay[i].department, relation);
        n = colleague_add(t, since, n, p->stay[i].unit, relation);
    }
    return n;
}

static void index_departments(struct keep_ties *t, uint32_t from, uint32_t to)
{
    size_t n = 0;
    for (uint32_t i = from; i < to; i++)
        n = entries_add(t, n, i);
    sort_by_department(t->b->w, t->entry, n);
    t->groups = 0;
    for (size_t i = 0; i < n; i++) {
        if (!t->groups || t->group[t->groups - 1].department != t->entry[i].department)
            t->group[t->groups++] = (struct keep_ties_group){t->entry[i].department, (uint32_t)i, 0, 0, 0};
        t->group[t->groups - 1].n++;
        *(t->entry[i].colleague ? &t->group[t->groups - 1].colleagues : &t->group[t->groups - 1].kinds) |= 1u << t->b->w->relation[t->entry[i].relation].kind;
    }
}

void keep_ties_turn(struct keep_ties *t, uint32_t patient)
{
    if (t->patient == patient)
        return;
    t->patient = patient;
    t->last = NULL;
    index_workers(t, t->b->facts[patient], t->b->facts[patient + 1]);
    index_departments(t, t->b->facts[patient], t->b->facts[patient + 1]);
}

const struct keep_ties_group *keep_ties_group(const struct keep_ties *t, uint32_t department)
{
    size_t lo = 0, hi = t->groups;
    while (lo < hi) {
        size_t mid = (lo + hi) / 2;
        if (t->group[mid].department < department)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < t->groups && t->group[lo].department == department ? &t->group[lo] : NULL;
}

/* ---- life ---- */

void keep_ties_base_done(struct keep_ties_base *b)
{
    keep_posts_done(&b->posts);
    free(b->term);
    free(b->facts);
    free(b->visits);
}

/* Where each patient's relations and encounters begin, and the most that one has. */
static void count_facts(struct keep_ties_base *b)
{
    const struct keep_world *w = b->w;
    size_t entries = 0;
    uint32_t at = KEEP_ID_NONE;
    for (size_t i = 0; i < w->relations; i++) {
        const struct keep_relation *x = &w->relation[i];
        if (x->patient >= w->patients) /* sorted: none behind it is of a patient */
            break;
        b->facts[x->patient + 1]++;
        entries = x->patient == at ? entries : 0;
        at = x->patient;
        /* as such; a department and a unit for each place of its worker */
        entries += 1 + (x->worker != KEEP_ID_NONE ? 2 * (b->posts.first[x->worker + 1] - b->posts.first[x->worker]) : 0);
        b->most = b->facts[at + 1] > b->most ? b->facts[at + 1] : b->most;
        b->most_entries = entries > b->most_entries ? entries : b->most_entries;
    }
    for (size_t i = 0; i < w->encounters; i++)
        if (w->encounter[i].patient < w->patients)
            b->visits[w->encounter[i].patient + 1]++;
    for (size_t p = 0; p < w->patients; p++) {
        b->facts[p + 1] += b->facts[p];
        b->visits[p + 1] += b->visits[p];
    }
}

int keep_ties_base_init(struct keep_ties_base *b, const struct keep_world *w)
{
    *b = (struct keep_ties_base){.w = w};
    b->term = calloc(w->terms + 1, sizeof *b->term);
    b->facts = calloc(w->patients + 2, sizeof *b->facts);
    b->visits = calloc(w->patients + 2, sizeof *b->visits);
    if (!b->term || !b->facts || !b->visits || keep_posts_init(&b->posts, w))
        return -1;
    for (size_t i = 0; i < w->terms; i++)
        b->term[i] = keep_posts_number(&b->posts, w->term[i]);
    count_facts(b);
    return 0;
}

int keep_ties_init(struct keep_ties *t, const struct keep_ties_base *b)
{
    *t = (struct keep_ties){.b = b, .patient = KEEP_ID_NONE};
    t->by_worker = calloc(b->most + 1, sizeof *t->by_worker);
    t->pair = calloc(2 * b->most + 1, sizeof *t->pair);
    t->entry = calloc(b->most_entries + 1, sizeof *t->entry);
    t->group = calloc(b->most_entries + 1, sizeof *t->group);
    return t->by_worker && t->pair && t->entry && t->group ? 0 : -1;
}

void keep_ties_done(struct keep_ties *t)
{
    free(t->by_worker);
    free(t->pair);
    free(t->entry);
    free(t->group);
}
