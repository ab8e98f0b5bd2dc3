/* Finishing: every case's events in order, its score, what it stands in the shade
 * of, its words (cases_word.c); then the ranking. */
#include "core/audit/cases_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/shade.h"
#include "core/base/crew.h"

/* Where the accesses that stand in order from `at` on end. */
static uint32_t run_end(const struct keep_cases_access *access, const uint32_t *v, uint32_t at, uint32_t n)
{
    while (++at < n && !keep_cases_earlier(&access[v[at]], &access[v[at - 1]]))
        ;
    return at < n ? at : n;
}

/* Two stretches in order, of which the second begins at mid, become one. */
static void merge(const struct keep_cases_access *access, uint32_t *v, uint32_t mid, uint32_t n, uint32_t *tmp)
{
    memcpy(tmp, v, mid * sizeof *v);
    for (uint32_t i = 0, k = mid, at = 0; i < mid; at++) /* what is left of the second stands where it belongs */
        v[at] = k < n && keep_cases_earlier(&access[v[k]], &access[tmp[i]]) ? v[k++] : tmp[i++];
}

/* The accesses of a case in order of (time, id): they come in few stretches that are, so these are merged, two by two. tmp: room for as many. */
static void put_in_order(const struct keep_cases_access *access, uint32_t *v, uint32_t n, uint32_t *tmp)
{
    for (bool one = n == 0; !one;) {
        one = true;
        for (uint32_t at = 0, mid, end; at < n; at = end) {
            mid = end = run_end(access, v, at, n);
            if (mid == n)
                break;
            end = run_end(access, v, mid, n);
            merge(access, v + at, mid - at, end - at, tmp);
            one = one && at == 0 && end == n;
        }
    }
}

/* Accesses case by case, and in each in order. */
static int deal(struct keep_cases *c)
{
    size_t at = 0, most = 0;
    if (!(c->dealt = malloc((c->ins + 1) * sizeof *c->dealt)))
        return -1;
    for (size_t i = 0; i < c->n; i++) {
        c->made[i].begin = at;
        at += c->made[i].hits;
        most = c->made[i].hits > most ? c->made[i].hits : most;
        c->made[i].hits = 0;
    }
    for (size_t i = 0; i < c->ins; i++) {
        struct keep_cases_made *b = &c->made[c->in[i].made];
        c->dealt[b->begin + b->hits++] = c->in[i].access;
    }
    uint32_t *tmp = malloc((most + 1) * sizeof *tmp);
    for (size_t i = 0; tmp && i < c->n; i++)
        put_in_order(c->access, c->dealt + c->made[i].begin, c->made[i].hits, tmp);
    free(tmp);
    return tmp ? 0 : -1;
}

int32_t keep_cases_score(const struct keep_cases *c, const struct keep_cases_made *b)
{
    int64_t s = b->rule == KEEP_CASES_NO_RULE ? KEEP_CASES_UNEXPLAINED : c->p->access[b->rule].weight;
    uint64_t left = b->evidence;
    for (size_t r = 0; r < c->p->accesses; r++) {
        if (!c->p->access[r].evidence)
            continue;
        s += left & 1 ? c->p->access[r].weight : 0;
        left >>= 1;
    }
    s += b->own_late ? KEEP_CASES_OWN_LATE : 0;
    s -= b->all_expected ? KEEP_CASES_REASON : 0;
    s -= b->shaded ? KEEP_CASES_SHADED : 0;
    return s < 0 ? 0 : s > INT32_MAX ? INT32_MAX : (int32_t)s;
}

/* Finds the cases that show nothing which those above them do not. A pair is known by the number of the unexplained case about it. */
static int shade(struct keep_cases *c, struct keep_err *err)
{
    struct keep_shade_case *of = calloc(c->n + 1, sizeof *of);
    uint32_t *pair = malloc((c->accesses + 1) * sizeof *pair);
    bool *shaded = calloc(c->n + 1, sizeof *shaded);
    int rc = of && pair && shaded ? 0 : keep_cases_no_memory(err);
    for (size_t i = 0; !rc && i < c->accesses; i++)
        pair[i] = keep_u64map_get(&c->of_pair[c->p->accesses], keep_u64map_pair(c->access[i].subject, c->access[i].patient));
    for (size_t i = 0; !rc && i < c->n; i++) {
        const struct keep_cases_made *b = &c->made[i];
        bool rule = b->rule != KEEP_CASES_NO_RULE;
        of[i] = (struct keep_shade_case){keep_cases_score(c, b), (uint8_t)(rule ? c->p->access[b->rule].severity : KEEP_SEVERITY_LOW), !rule, b->first.time, b->first.source, b->first.ordinal,
                                         b->begin, b->hits, b->rule};
    }
    if (!rc)
        rc = keep_shade_find(of, c->n, &(struct keep_shade_accesses){c->dealt, c->accesses, pair, c->n}, shaded, err);
    for (size_t i = 0; !rc && i < c->n; i++)
        c->made[i].shaded = shaded[i];
    free(of);
    free(pair);
    free(shaded);
    return rc;
}
_Static_assert(KEEP_SHADE_NONE == KEEP_U64MAP_NONE, "no case is no pair");

int keep_cases_by_first(const struct keep_case *x, const struct keep_case *y)
{
    if (x->first != y->first)
        return x->first < y->first ? -1 : 1;
    if (x->event[0].source != y->event[0].source)
        return x->event[0].source < y->event[0].source ? -1 : 1;
    if (x->event[0].ordinal != y->event[0].ordinal)
        return x->event[0].ordinal < y->event[0].ordinal ? -1 : 1;
    return memcmp(x->id, y->id, sizeof x->id);
}

static int by_rank(const void *a, const void *b)
{
    const struct keep_case *x = a, *y = b;
    if (x->score != y->score)
        return x->score > y->score ? -1 : 1;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    return keep_cases_by_first(x, y);
}

/* Some cases, for a thread. */
struct share {
    struct keep_crew_job job;
    struct keep_cases_words *words;
    const struct keep_cases_made *made;
    struct keep_case *list;
    size_t n;
    int (*put)(struct keep_cases_words *w, const struct keep_cases_made *b, struct keep_case *out, struct keep_err *err);
    int rc;
    struct keep_err err;
};

static void put_share(void *ctx)
{
    struct share *s = ctx;
    s->rc = 0;
    for (size_t i = 0; !s->rc && i < s->n; i++)
        s->rc = s->put(s->words, &s->made[i], &s->list[i], &s->err);
}

/* Does so with all cases. */
static int put_all(struct share *s, size_t shares, struct keep_crew *crew, int (*put)(struct keep_cases_words *, const struct keep_cases_made *, struct keep_case *, struct keep_err *), struct keep_err *err)
{
    int rc = 0;
    for (size_t i = 0; i < shares; i++) {
        s[i].put = put;
        s[i].job = (struct keep_crew_job){.run = put_share, .ctx = &s[i]};
        keep_crew_give(crew, &s[i].job);
    }
    for (size_t i = 0; i < shares; i++) {
        keep_crew_wait(crew, &s[i].job);
        if (!rc && (rc = s[i].rc) != 0 && err)
            *err = s[i].err;
    }
    return rc;
}

/* As many shares as threads. */
static int shares_make(struct share *s, const struct keep_cases *c, const struct keep_passes *p, struct keep_case *list, struct keep_event_id *event, struct keep_err *err)
{
    int rc = 0;
    for (size_t i = 0, from = 0, to; !rc && i < p->members; i++, from = to) {
        to = c->n * (i + 1) / p->members;
        s[i] = (struct share){.made = c->made + from, .list = list + from, .n = to - from};
        rc = keep_cases_words_new(&s[i].words, c, p->in, p->relate[i], event, err);
    }
    return rc;
}

int keep_cases_finish(struct keep_cases *c, const struct keep_passes *p, struct keep_arena *a, struct keep_audit_result *out, struct keep_audit_rule_count *access, struct keep_err *err)
{
    const struct keep_audit_input *in = p->in;
    struct share share[KEEP_AUDIT_THREADS] = {0};
    struct keep_crew *crew = NULL;
    struct keep_case *list = keep_arena_array(a, c->n + 1, sizeof *list);
    struct keep_event_id *event = keep_arena_room(a, (c->ins + 1) * sizeof *event);
    int rc = !list || !event || deal(c) ? keep_cases_no_memory(err) : keep_crew_new(&crew, p->members, err);
    if (!rc)
        rc = shade(c, err);
    if (!rc)
        rc = shares_make(share, c, p, list, event, err);
    if (!rc)
        rc = put_all(share, p->members, crew, keep_cases_words_case, err);
    if (!rc && in->identify)
        rc = in->identify(in->identify_ctx, list, c->n, err);
    if (!rc)
        rc = put_all(share, p->members, crew, keep_cases_words_sentence, err);
    if (!rc) {
        for (size_t i = 0; i < c->n; i++)
            if (c->made[i].rule != KEEP_CASES_NO_RULE)
                access[c->made[i].rule].cases++;
        if (c->n)
            qsort(list, c->n, sizeof *list, by_rank);
        out->cases = list;
        out->case_n = c->n;
    }
    for (size_t i = 0; i < p->members; i++)
        keep_cases_words_free(share[i].words, rc ? NULL : a);
    keep_crew_free(crew);
    return rc;
}
