/* Of each worker's affiliations the edges are sorted and what holds between two
 * of them is looked up once, so that a later question walks a few stays. */
#include "core/audit/posts.h"

#include <stdlib.h>

#include "core/base/num.h"

_Static_assert(KEEP_TIME_NONE == INT64_MIN, "a first stay is from ever");

static int by_text(const void *a, const void *b)
{
    return keep_str_order(*(const struct keep_str *)a, *(const struct keep_str *)b);
}

uint32_t keep_posts_number(const struct keep_posts *p, struct keep_str name)
{
    const struct keep_str *hit = name.n ? bsearch(&name, p->name, p->names, sizeof name, by_text) : NULL;
    return hit ? (uint32_t)(hit - p->name) : KEEP_ID_NONE;
}

/* Departments and units are words: of workers, and of relations through the dictionary. One number for each distinct word. */
static int name_departments(struct keep_posts *d, const struct keep_world *w)
{
    size_t n = 0;
    for (size_t i = 0; i < w->workers; i++)
        n += 2 + 2 * w->worker[i].affiliations;
    d->name = calloc(n + w->terms + 1, sizeof *d->name);
    if (!d->name)
        return -1;
    n = 0;
    for (size_t i = 0; i < w->workers; i++) {
        const struct keep_worker *k = &w->worker[i];
        d->name[n++] = k->department;
        d->name[n++] = k->unit;
        for (size_t j = 0; k->post && j < k->affiliations; j++) {
            d->name[n++] = k->post[j].department;
            d->name[n++] = k->post[j].unit;
        }
    }
    for (size_t i = 0; i < w->terms; i++)
        d->name[n++] = w->term[i];
    qsort(d->name, n, sizeof *d->name, by_text);
    for (size_t i = 0; i < n; i++)
        if (d->name[i].n && (!d->names || !keep_str_eq(d->name[i], d->name[d->names - 1])))
            d->name[d->names++] = d->name[i];
    return 0;
}

static bool within(keep_time t, const struct keep_interval *v)
{
    return (v->from == KEEP_TIME_NONE || t >= v->from) && (v->to == KEEP_TIME_NONE || t < v->to);
}

struct keep_post keep_posts_of(const struct keep_worker *w, keep_time t)
{
    struct keep_post out = {w->department, w->role, w->unit};
    const struct keep_post *best = NULL;
    keep_time since = KEEP_TIME_NONE;
    for (size_t i = 0; w->post && i < w->affiliations; i++) {
        const struct keep_post *p = &w->post[i];
        if (!within(t, &w->affiliation[i]) || !(p->department.n || p->role.n || p->unit.n) || (best && w->affiliation[i].from < since))
            continue;
        best = p;
        since = w->affiliation[i].from;
    }
    if (!best)
        return out;
    return (struct keep_post){best->department.n ? best->department : out.department, best->role.n ? best->role : out.role, best->unit.n ? best->unit : out.unit};
}

/* A worker's stays behind the n that are there; the new n. edge: room for two times an affiliation, and one. */
static size_t stays_add(struct keep_posts *d, const struct keep_worker *w, keep_time *edge, size_t n)
{
    size_t edges = 0, first = n;
    edge[edges++] = KEEP_TIME_NONE;
    for (size_t i = 0; w->post && i < w->affiliations; i++) {
        edge[edges++] = w->affiliation[i].from; /* none: ever */
        edge[edges++] = w->affiliation[i].to;
    }
    qsort(edge, edges, sizeof *edge, keep_num_by_i64);
    for (size_t i = 0; i < edges; i++) {
        struct keep_post p = keep_posts_of(w, edge[i]);
        struct keep_posts_stay v = {edge[i], keep_posts_number(d, p.department), keep_posts_number(d, p.unit)};
        if (n == first || v.department != d->stay[n - 1].department || v.unit != d->stay[n - 1].unit)
            d->stay[n++] = v;
    }
    return n;
}

static int stays_make(struct keep_posts *d, const struct keep_world *w)
{
    size_t n = 0, most = 0;
    for (size_t i = 0; i < w->workers; i++) {
        size_t edges = 1 + 2 * w->worker[i].affiliations;
        n += edges;
        most = edges > most ? edges : most;
    }
    keep_time *edge = calloc(most + 1, sizeof *edge);
    d->stay = calloc(n + 1, sizeof *d->stay);
    d->first = calloc(w->workers + 1, sizeof *d->first);
    bool ok = edge && d->stay && d->first;
    n = 0;
    for (size_t i = 0; ok && i < w->workers; i++)
        d->first[i + 1] = n = stays_add(d, &w->worker[i], edge, n);
    free(edge);
    return ok ? 0 : -1;
}

int keep_posts_init(struct keep_posts *p, const struct keep_world *w)
{
    *p = (struct keep_posts){NULL, 0, NULL, NULL};
    return name_departments(p, w) || stays_make(p, w) ? -1 : 0;
}

void keep_posts_done(struct keep_posts *p)
{
    free(p->name);
    free(p->stay);
    free(p->first);
}

keep_time keep_posts_end(const struct keep_posts *p, uint32_t worker, size_t stay)
{
    return stay + 1 < p->first[worker + 1] ? p->stay[stay + 1].from : INT64_MAX;
}

size_t keep_posts_at(const struct keep_posts *p, uint32_t worker, keep_time t)
{
    size_t i = p->first[worker + 1] - 1;
    while (i > p->first[worker] && p->stay[i].from > t)
        i--;
    return i;
}

bool keep_posts_was_in(const struct keep_posts *p, uint32_t worker, uint32_t department, keep_time lo, keep_time hi)
{
    for (size_t i = keep_posts_at(p, worker, lo); i < p->first[worker + 1] && p->stay[i].from <= hi; i++)
        if (p->stay[i].department == department || p->stay[i].unit == department)
            return true;
    return false;
}
