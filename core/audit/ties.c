/* The world's relations stand patient by patient, so the index of one is made
 * from a short stretch of them: a list sorted by (worker, start), and one by
 * (department, start). In the second a relation stands under its own department
 * (as such) and under each department and unit where its worker was while it
 * lasted (a colleague). Relations mostly stand in order of start, so both are
 * sorted as numbers: whose, then the place in that order. Room for the longest
 * stretch is taken once: turning to another patient allocates nothing and cannot
 * fail. */
#include "core/audit/ties.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/num.h"

enum { SHARES = 16 }; /* of all patients: more than threads, so that they are even */

/* ---- one patient ---- */

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

static int by_start(const void *a, const void *b)
{
    const struct keep_relation *x = &sorting->relation[*(const uint32_t *)a], *y = &sorting->relation[*(const uint32_t *)b];
    if (start(x) != start(y))
        return start(x) < start(y) ? -1 : 1;
    return (x > y) - (x < y);
}

/* The relations [from, to) in order of start, in which they mostly stand. */
static void order(struct keep_ties *t, uint32_t from, uint32_t to)
{
    bool sorted = true;
    for (uint32_t i = from; i < to; i++) {
        t->by_start[i - from] = i;
        sorted = sorted && (i == from || start(&t->b->w->relation[i - 1]) <= start(&t->b->w->relation[i]));
    }
    if (!sorted) {
        sorting = t->b->w;
        qsort(t->by_start, to - from, sizeof *t->by_start, by_start);
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

/* Of the n relations in order of start. */
static void index_workers(struct keep_ties *t, uint32_t n)
{
    const struct keep_relation *x = t->b->w->relation;
    size_t keys = 0;
    t->pairs = 0;
    t->authored = false;
    t->kinds = 0;
    for (uint32_t i = 0; i < n; i++)
        if (x[t->by_start[i]].worker != KEEP_ID_NONE)
            t->key[keys++] = (uint64_t)x[t->by_start[i]].worker << 32 | i;
    keep_num_sort(t->key, keys);
    for (size_t i = 0; i < keys; i++) {
        uint32_t worker = (uint32_t)(t->key[i] >> 32), relation = t->by_worker[i] = t->by_start[(uint32_t)t->key[i]];
        if (!t->pairs || t->pair[t->pairs - 1].worker != worker)
            t->pair[t->pairs++] = (struct keep_ties_pair){worker, (uint32_t)i, 0, 0, KEEP_TIME_NONE};
        t->pair[t->pairs - 1].n++;
        t->pair[t->pairs - 1].kinds |= 1u << x[relation].kind;
    }
    for (uint32_t i = 0; i < n; i++) {
        const struct keep_relation *r = &x[t->by_start[i]];
        t->kinds |= 1u << r->kind;
        t->authored |= r->author != KEEP_ID_NONE;
        if (r->author == KEEP_ID_NONE || keep_ties_pair(t, r->author))
            continue;
        size_t at = pair_at(t, r->author);
        memmove(t->pair + at + 1, t->pair + at, (t->pairs++ - at) * sizeof *t->pair);
        t->pair[at] = (struct keep_ties_pair){r->author, 0, 0, 0, KEEP_TIME_NONE};
        t->last = NULL;
    }
}

/* An entry as a key that sorts by department, start, as such before by a colleague. */
static uint64_t entry_key(uint32_t department, uint32_t i, bool colleague)
{
    return (uint64_t)department << 32 | (uint64_t)i << 1 | colleague;
}

/* Adds a colleague's entry unless the relation, whose entries begin at `since`, has it. */
static size_t colleague_add(struct keep_ties *t, size_t since, size_t n, uint32_t department, uint32_t i)
{
    uint64_t key = entry_key(department, i, true);
    for (size_t k = since; k < n; k++)
        if (t->key[k] == key)
            return n;
    if (department != KEEP_ID_NONE)
        t->key[n++] = key;
    return n;
}

/* Entries of the i-th relation in order of start, behind the n that are there; the new n. */
static size_t entries_add(struct keep_ties *t, size_t n, uint32_t i)
{
    const struct keep_posts *p = &t->b->posts;
    const struct keep_relation *x = &t->b->w->relation[t->by_start[i]];
    uint32_t own = x->department < t->b->w->terms ? t->b->term[x->department] : KEEP_ID_NONE;
    keep_time from, to;
    size_t since = n;
    if (own != KEEP_ID_NONE)
        t->key[n++] = entry_key(own, i, false);
    if (x->worker == KEEP_ID_NONE || !keep_ties_lasts(x, &from, &to)) /* what is undated shows nobody taking part */
        return n;
    for (size_t k = keep_posts_at(p, x->worker, from); k < p->first[x->worker + 1] && p->stay[k].from <= to; k++) {
        n = colleague_add(t, since, n, p->stay[k].department, i);
        n = colleague_add(t, since, n, p->stay[k].unit, i);
    }
    return n;
}

static void index_departments(struct keep_ties *t, uint32_t relations)
{
    size_t n = 0;
    for (uint32_t i = 0; i < relations; i++)
        n = entries_add(t, n, i);
    keep_num_sort(t->key, n);
    t->groups = 0;
    for (size_t i = 0; i < n; i++) {
        const struct keep_ties_entry *e = &t->entry[i];
        t->entry[i] = (struct keep_ties_entry){(uint32_t)(t->key[i] >> 32), t->by_start[(uint32_t)t->key[i] >> 1], t->key[i] & 1};
        if (!t->groups || t->group[t->groups - 1].department != e->department)
            t->group[t->groups++] = (struct keep_ties_group){e->department, (uint32_t)i, 0, 0, 0};
        t->group[t->groups - 1].n++;
        *(e->colleague ? &t->group[t->groups - 1].colleagues : &t->group[t->groups - 1].kinds) |= 1u << t->b->w->relation[e->relation].kind;
    }
}

void keep_ties_turn(struct keep_ties *t, uint32_t patient)
{
    if (t->patient == patient)
        return;
    uint32_t from = t->b->facts[patient], to = t->b->facts[patient + 1];
    t->patient = patient;
    t->last = NULL;
    order(t, from, to);
    index_workers(t, to - from);
    index_departments(t, to - from);
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

/* Patients from..to - 1, whose facts stand together: a thread's share. */
struct share {
    struct keep_ties_base *b;
    uint32_t from, to;
    size_t most, most_entries;
    uint32_t kinds;
    keep_time disclosed;
};

/* How many relations and encounters each has, and the most of one. */
static void count_share(void *ctx, size_t number)
{
    struct share *s = (struct share *)ctx + number;
    const struct keep_ties_base *b = s->b;
    const struct keep_world *w = b->w;
    size_t entries = 0;
    uint32_t at = KEEP_ID_NONE;
    for (size_t i = keep_world_relations(w, s->from); i < w->relations && w->relation[i].patient < s->to; i++) {
        const struct keep_relation *x = &w->relation[i];
        b->facts[x->patient + 1]++;
        entries = x->patient == at ? entries : 0;
        at = x->patient;
        /* as such; a department and a unit for each place of its worker */
        entries += 1 + (x->worker != KEEP_ID_NONE ? 2 * (b->posts.first[x->worker + 1] - b->posts.first[x->worker]) : 0);
        s->kinds |= 1u << x->kind;
        if (x->kind == KEEP_RELATION_DISCLOSURE && x->from > s->disclosed)
            s->disclosed = x->from;
        s->most = b->facts[at + 1] > s->most ? b->facts[at + 1] : s->most;
        s->most_entries = entries > s->most_entries ? entries : s->most_entries;
    }
    for (size_t i = keep_world_encounters(w, s->from); i < w->encounters && w->encounter[i].patient < s->to; i++)
        b->visits[w->encounter[i].patient + 1]++;
}

/* Where each patient's relations and encounters begin, and the most that one has. */
static void count_facts(struct keep_ties_base *b, struct keep_crew *crew)
{
    const struct keep_world *w = b->w;
    struct share share[SHARES];
    for (size_t i = 0; i < SHARES; i++)
        share[i] = (struct share){.b = b, .from = (uint32_t)(w->patients * i / SHARES), .to = (uint32_t)(w->patients * (i + 1) / SHARES), .disclosed = KEEP_TIME_NONE};
    keep_crew_each(crew, SHARES, count_share, share);
    for (size_t i = 0; i < SHARES; i++) {
        b->kinds |= share[i].kinds;
        b->disclosed = share[i].disclosed > b->disclosed ? share[i].disclosed : b->disclosed;
        b->most = share[i].most > b->most ? share[i].most : b->most;
        b->most_entries = share[i].most_entries > b->most_entries ? share[i].most_entries : b->most_entries;
    }
    for (size_t p = 0; p < w->patients; p++) {
        b->facts[p + 1] += b->facts[p];
        b->visits[p + 1] += b->visits[p];
    }
}

int keep_ties_base_init(struct keep_ties_base *b, const struct keep_world *w, struct keep_crew *crew)
{
    *b = (struct keep_ties_base){.w = w, .disclosed = KEEP_TIME_NONE};
    b->term = calloc(w->terms + 1, sizeof *b->term);
    b->facts = calloc(w->patients + 2, sizeof *b->facts);
    b->visits = calloc(w->patients + 2, sizeof *b->visits);
    if (!b->term || !b->facts || !b->visits || keep_posts_init(&b->posts, w))
        return -1;
    for (size_t i = 0; i < w->terms; i++)
        b->term[i] = keep_posts_number(&b->posts, w->term[i]);
    count_facts(b, crew);
    return 0;
}

int keep_ties_init(struct keep_ties *t, const struct keep_ties_base *b)
{
    *t = (struct keep_ties){.b = b, .patient = KEEP_ID_NONE};
    t->by_start = calloc(b->most + 1, sizeof *t->by_start);
    t->by_worker = calloc(b->most + 1, sizeof *t->by_worker);
    t->key = calloc(b->most + b->most_entries + 1, sizeof *t->key);
    t->pair = calloc(2 * b->most + 1, sizeof *t->pair);
    t->entry = calloc(b->most_entries + 1, sizeof *t->entry);
    t->group = calloc(b->most_entries + 1, sizeof *t->group);
    return t->by_start && t->by_worker && t->key && t->pair && t->entry && t->group ? 0 : -1;
}

void keep_ties_done(struct keep_ties *t)
{
    free(t->by_start);
    free(t->by_worker);
    free(t->key);
    free(t->pair);
    free(t->entry);
    free(t->group);
}
