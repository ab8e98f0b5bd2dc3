/* Departments that occur are numbered densely. One walk over the relations, which
 * stand by patient, finds the departments that see each; a second says of every
 * worker with a tie to the patient that his department shares it with those. A
 * worker counts once for each pair of departments, which one bit tells. Those who
 * see a patient, and whose department nobody knows, are one more department. */
#include "core/audit/edges.h"

#include <stdlib.h>
#include <string.h>

struct keep_edges {
    const struct keep_world *w;
    const struct keep_posts *posts;
    uint32_t *dense;        /* number of the posts -> 0 .. n - 1, KEEP_ID_NONE */
    uint32_t *term;         /* the same of each word of the dictionary */
    uint32_t n;             /* the last is of those of whom none is on file */
    uint16_t *count;        /* [n][n] */
    uint32_t *size;         /* [n]: workers who were ever there */
    uint32_t *begin;        /* of each patient, in relation; patients + 1 */
};

/* Seeing a patient, as opposed to working on papers later. */
static bool sees(const struct keep_relation *r)
{
    return r->kind != KEEP_RELATION_TASK && r->kind != KEEP_RELATION_DIAGNOSIS && r->kind != KEEP_RELATION_DISCLOSURE && r->kind != KEEP_RELATION_BEHALF;
}

static keep_time when(const struct keep_relation *r)
{
    return r->from != KEEP_TIME_NONE ? r->from : r->to;
}

/* Where the worker of a relation was then, as a dense number. */
static uint32_t of_worker(const struct keep_edges *e, const struct keep_relation *r)
{
    if (r->worker == KEEP_ID_NONE || r->worker >= e->w->workers)
        return KEEP_ID_NONE;
    uint32_t d = e->posts->stay[keep_posts_at(e->posts, r->worker, when(r))].department;
    return d == KEEP_ID_NONE ? KEEP_ID_NONE : e->dense[d];
}

/* By what else than the worker's department a relation is one of a department. */
static uint32_t of_relation(const struct keep_edges *e, const struct keep_relation *r, uint32_t of_worker)
{
    if (r->department < e->w->terms)
        return e->term[r->department];
    return of_worker == KEEP_ID_NONE && r->worker < e->w->workers ? e->n - 1 : KEEP_ID_NONE;
}

/* The departments that see the patient by this relation; KEEP_ID_NONE: none, or not two. */
static void seers(const struct keep_edges *e, const struct keep_relation *r, uint32_t d[2])
{
    d[0] = of_worker(e, r);
    d[1] = of_relation(e, r, d[0]);
    if (!sees(r))
        d[0] = d[1] = KEEP_ID_NONE;
}

/* Marks the departments that see a patient, as bits of `words` words; is there any? */
static bool seen_by(const struct keep_edges *e, uint32_t patient, uint64_t *mark, size_t words)
{
    bool any = false;
    memset(mark, 0, words * sizeof *mark);
    for (uint32_t i = e->begin[patient]; i < e->begin[patient + 1]; i++) {
        const struct keep_relation *r = &e->w->relation[i];
        uint32_t d[2];
        seers(e, r, d);
        for (int k = 0; k < 2; k++)
            if (d[k] != KEEP_ID_NONE) {
                mark[d[k] / 64] |= UINT64_C(1) << d[k] % 64;
                any = true;
            }
    }
    return any;
}

static uint32_t occurs(struct keep_edges *e, uint32_t d)
{
    if (d == KEEP_ID_NONE)
        return KEEP_ID_NONE;
    if (e->dense[d] == KEEP_ID_NONE)
        e->dense[d] = e->n++;
    return e->dense[d];
}

/* Departments of workers, and those in which nobody on file works: with whom they share patients is known all the same. */
static void number(struct keep_edges *e)
{
    for (size_t i = 0; i < e->posts->first[e->w->workers]; i++)
        occurs(e, e->posts->stay[i].department);
    for (size_t i = 0; i < e->w->relations; i++) {
        uint32_t word = e->w->relation[i].department;
        if (word < e->w->terms && e->term[word] == KEEP_ID_NONE)
            e->term[word] = occurs(e, keep_posts_number(e->posts, e->w->term[word]));
    }
    e->n++;
}

/* Of one who came back to a department all but the first stay there are passed over. */
static void measure(struct keep_edges *e)
{
    for (size_t i = 0; i < e->w->workers; i++)
        for (size_t s = e->posts->first[i]; s < e->posts->first[i + 1]; s++) {
            uint32_t d = e->posts->stay[s].department;
            size_t k = e->posts->first[i];
            while (k < s && e->posts->stay[k].department != d)
                k++;
            if (d != KEEP_ID_NONE && k == s)
                e->size[e->dense[d]]++;
        }
}

/* And says of each patient where its relations begin. */
static int count(struct keep_edges *e)
{
    uint32_t end = 0;
    size_t words = ((size_t)e->n + 63) / 64;
    uint64_t *had = calloc(e->w->workers * words + 1, sizeof *had); /* [worker][department shared with] */
    uint64_t *mark = calloc(words + 1, sizeof *mark);
    for (uint32_t p = 0; had && mark && p < e->w->patients; p++) {
        while (end < e->w->relations && e->w->relation[end].patient == p)
            end++;
        e->begin[p + 1] = end;
        if (e->begin[p] == end || !seen_by(e, p, mark, words))
            continue;
        for (uint32_t i = e->begin[p]; i < e->begin[p + 1]; i++) {
            const struct keep_relation *r = &e->w->relation[i];
            uint32_t own = of_worker(e, r);
            if (own == KEEP_ID_NONE || r->kind == KEEP_RELATION_BEHALF) /* no tie of one's own */
                continue;
            for (size_t k = 0; k < words; k++) {
                uint64_t *word = &had[r->worker * words + k], more = mark[k] & ~*word;
                *word |= more; /* of one who moved, the department of the first such tie counts */
                for (; more; more &= more - 1) {
                    uint16_t *c = &e->count[(size_t)own * e->n + k * 64 + (size_t)__builtin_ctzll(more)];
                    *c += *c < KEEP_EDGES_MOST;
                }
            }
        }
    }
    int rc = had && mark ? 0 : -1;
    free(had);
    free(mark);
    return rc;
}

int keep_edges_new(struct keep_edges **out, const struct keep_world *w, const struct keep_posts *posts, struct keep_err *err)
{
    struct keep_edges *e = calloc(1, sizeof *e);
    bool ok = e != NULL;
    if (ok) {
        e->w = w;
        e->posts = posts;
        e->dense = malloc((posts->names + 1) * sizeof *e->dense);
        e->begin = calloc(w->patients + 2, sizeof *e->begin);
        e->term = malloc((w->terms + 1) * sizeof *e->term);
        ok = e->dense && e->begin && e->term;
    }
    if (ok) {
        memset(e->dense, 0xff, (posts->names + 1) * sizeof *e->dense);
        memset(e->term, 0xff, (w->terms + 1) * sizeof *e->term);
        number(e);
        e->count = calloc((size_t)e->n * e->n, sizeof *e->count);
        e->size = calloc(e->n, sizeof *e->size);
        ok = e->count && e->size && count(e) == 0;
    }
    if (ok) {
        measure(e);
    }
    if (!ok) {
        keep_edges_free(e);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    *out = e;
    return 0;
}

void keep_edges_free(struct keep_edges *e)
{
    if (!e)
        return;
    free(e->dense);
    free(e->term);
    free(e->count);
    free(e->size);
    free(e->begin);
    free(e);
}

uint32_t keep_edges_size(const struct keep_edges *e, uint32_t department)
{
    uint32_t own = department < e->posts->names ? e->dense[department] : KEEP_ID_NONE;
    return own == KEEP_ID_NONE ? 0 : e->size[own];
}

int keep_edges_count(const struct keep_edges *e, uint32_t department, uint32_t other)
{
    uint32_t own = department < e->posts->names ? e->dense[department] : KEEP_ID_NONE, their = other == KEEP_ID_NONE ? e->n - 1 : other < e->posts->names ? e->dense[other] : KEEP_ID_NONE;
    return own == KEEP_ID_NONE ? -1 : their == KEEP_ID_NONE ? 0 : e->count[(size_t)own * e->n + their];
}

int keep_edges_ties(const struct keep_edges *e, uint32_t department, uint32_t patient)
{
    uint32_t own = department < e->posts->names ? e->dense[department] : KEEP_ID_NONE;
    int best = -1;
    if (patient >= e->w->patients)
        return -1;
    for (uint32_t i = e->begin[patient]; i < e->begin[patient + 1]; i++) {
        const struct keep_relation *r = &e->w->relation[i];
        uint32_t d[2];
        seers(e, r, d);
        for (int k = 0; k < 2; k++) {
            int n = d[k] == KEEP_ID_NONE ? -1 : own == KEEP_ID_NONE ? 0 : e->count[(size_t)own * e->n + d[k]];
            best = n > best ? n : best;
        }
    }
    return best;
}
