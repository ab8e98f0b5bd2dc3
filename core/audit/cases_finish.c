/* Finishing: every case's events in order, its score, what it stands in the shade
 * of, the ranking, its words (cases_word.c). */
#include "core/audit/cases_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/shade.h"
#include "core/base/crew.h"
#include "core/base/grow.h"
#include "core/base/num.h"

static bool is_earlier(const struct keep_cases *c, uint32_t x, uint32_t y)
{
    return keep_cases_earlier(keep_cases_access(c, x), keep_cases_access(c, y));
}

/* Where the accesses that stand in order from `at` on end. */
static uint32_t run_end(const struct keep_cases *c, const uint32_t *v, uint32_t at, uint32_t n)
{
    while (++at < n && !is_earlier(c, v[at], v[at - 1]))
        ;
    return at < n ? at : n;
}

/* Two stretches in order, of which the second begins at mid, become one. */
static void merge(const struct keep_cases *c, uint32_t *v, uint32_t mid, uint32_t n, uint32_t *tmp)
{
    memcpy(tmp, v, mid * sizeof *v);
    for (uint32_t i = 0, k = mid, at = 0; i < mid; at++) /* what is left of the second stands where it belongs */
        v[at] = k < n && is_earlier(c, v[k], tmp[i]) ? v[k++] : tmp[i++];
}

/* The accesses of a case in order of (time, id): they come in few stretches that are, so these are merged, two by two. tmp: room for as many. */
static void put_in_order(const struct keep_cases *c, uint32_t *v, uint32_t n, uint32_t *tmp)
{
    for (bool one = n == 0; !one;) {
        one = true;
        for (uint32_t at = 0, mid, end; at < n; at = end) {
            mid = end = run_end(c, v, at, n);
            if (mid == n)
                break;
            end = run_end(c, v, mid, n);
            merge(c, v + at, mid - at, end - at, tmp);
            one = one && at == 0 && end == n;
        }
    }
}

/* Accesses case by case, in each as they came. NULL: out of memory. */
static uint32_t *deal(struct keep_cases *c)
{
    uint32_t *dealt = malloc((c->ins + 1) * sizeof *dealt);
    size_t *next = malloc((c->n + 1) * sizeof *next), at = 0;
    if (!dealt || !next) {
        free(dealt);
        free(next);
        return NULL;
    }
    for (size_t i = 0; i < c->n; at += c->made[i++].hits)
        c->made[i].begin = next[i] = at;
    for (size_t k = 0; k < c->in.pieces; k++) {
        const struct keep_cases_in *in = c->in.piece[k].at;
        for (uint32_t i = 0; i < c->in.piece[k].n; i++)
            dealt[next[in[i].made]++] = in[i].access;
    }
    free(next);
    return dealt;
}

/* What the score of a case is of, the shade aside. evidence: weights of the evidence rules, as their bits stand. */
static int64_t weigh(const struct keep_cases *c, const struct keep_cases_made *b, const int32_t *evidence)
{
    int64_t s = b->rule == KEEP_CASES_NO_RULE ? KEEP_CASES_UNEXPLAINED : c->p->access[b->rule].weight;
    for (uint64_t left = b->evidence; left; left &= left - 1)
        s += evidence[__builtin_ctzll(left)];
    s += b->own_late ? KEEP_CASES_OWN_LATE : 0;
    return s - (b->all_expected ? KEEP_CASES_REASON : 0);
}

static void weigh_all(struct keep_cases *c)
{
    int32_t evidence[KEEP_JUDGE_EVIDENCE] = {0};
    for (size_t r = 0, n = 0; r < c->p->accesses && n < KEEP_JUDGE_EVIDENCE; r++)
        if (c->p->access[r].evidence)
            evidence[n++] = c->p->access[r].weight;
    for (size_t i = 0; i < c->n; i++)
        c->made[i].weight = weigh(c, &c->made[i], evidence);
}

/* The number of the unexplained case about the pair that an access is of. */
static uint32_t pair_of(const struct keep_cases *c, const struct keep_cases_access *x)
{
    return keep_u64map_get(&c->of_pair[c->p->accesses], keep_u64map_pair(x->subject, x->patient));
}

int32_t keep_cases_score(const struct keep_cases_made *b)
{
    int64_t s = b->weight - (b->shaded ? KEEP_CASES_SHADED : 0);
    return s < 0 ? 0 : s > INT32_MAX ? INT32_MAX : (int32_t)s;
}

static enum keep_severity severity_of(const struct keep_cases *c, const struct keep_cases_made *b)
{
    return b->rule == KEEP_CASES_NO_RULE ? KEEP_SEVERITY_LOW : c->p->access[b->rule].severity;
}

/* --- orders: of numbers that stand together, not of cases all over memory --- */

/* Where a case begins; of two with the same first access the rule tells them apart. */
struct beginning {
    keep_time time;
    uint64_t ordinal;
    uint32_t source, rule, made;
};

static int by_beginning(const void *a, const void *b)
{
    const struct beginning *x = a, *y = b;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    if (x->source != y->source)
        return x->source < y->source ? -1 : 1;
    if (x->ordinal != y->ordinal)
        return x->ordinal < y->ordinal ? -1 : 1;
    if (x->rule != y->rule)
        return x->rule < y->rule ? -1 : 1;
    return (x->made > y->made) - (x->made < y->made);
}

/* Cases by their first access. NULL: out of memory. */
static uint32_t *in_order_of_time(const struct keep_cases *c)
{
    struct beginning *at = malloc((c->n + 1) * sizeof *at);
    uint32_t *order = malloc((c->n + 1) * sizeof *order);
    if (!at || !order) {
        free(at);
        free(order);
        return NULL;
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct keep_cases_made *b = &c->made[i];
        at[i] = (struct beginning){b->first.time, b->first.ordinal, b->first.source, b->rule, (uint32_t)i};
    }
    qsort(at, c->n, sizeof *at, by_beginning);
    for (size_t i = 0; i < c->n; i++)
        order[i] = at[i].made;
    free(at);
    return order;
}

enum { PLACE_BITS = 31, SEVERITY_BITS = 2 };
_Static_assert(KEEP_SEVERITY_COUNT <= 1 << SEVERITY_BITS, "score, severity and place are one number");

/* The highest score first, of those the highest severity, of those the earliest, as they stand in `time`. NULL likewise. */
static uint32_t *in_order_of_rank(const struct keep_cases *c, const uint32_t *time)
{
    uint64_t *key = malloc((c->n + 1) * sizeof *key);
    uint32_t *order = malloc((c->n + 1) * sizeof *order);
    if (!key || !order) {
        free(key);
        free(order);
        return NULL;
    }
    for (size_t i = 0; i < c->n; i++) {
        const struct keep_cases_made *b = &c->made[time[i]];
        uint64_t score = (uint64_t)(INT32_MAX - keep_cases_score(b)), severity = (uint64_t)(KEEP_SEVERITY_COUNT - 1 - severity_of(c, b));
        key[i] = (score << SEVERITY_BITS | severity) << PLACE_BITS | i;
    }
    keep_num_sort(key, c->n);
    for (size_t i = 0; i < c->n; i++)
        order[i] = time[key[i] & ((UINT64_C(1) << PLACE_BITS) - 1)];
    free(key);
    return order;
}

/* --- by several threads --- */

/* What is made of all of them. */
struct finishing {
    struct keep_cases *c;
    const struct keep_passes *p;
    struct keep_crew *crew;
    uint32_t *pair;              /* of each access: pair_of */
    uint32_t *time, *rank;       /* cases by their first access; by rank */
    uint32_t *place;             /* of each case: where it stands in `rank` */
    struct keep_case *list;      /* in order of rank */
    struct keep_event_id *event; /* room for their accesses */
    size_t upto;                 /* places in the ranking that are put into words in any case */
    atomic_size_t next;          /* of what is being shared, the first that no thread has taken */
};

enum { PIECE = 512 }; /* cases that a thread takes at a time: some have thousands of accesses, most a few */

/* A thread's share of something. */
struct share {
    struct keep_cases_words *words;
    struct finishing *f;
    void (*run)(struct share *s);
    int rc;
    struct keep_err err;
};

/* false also when something failed here. */
static bool take(struct share *s, size_t piece, size_t n, size_t *at, size_t *to)
{
    return !s->rc && keep_crew_take(&s->f->next, piece, n, at, to);
}

static void pair_share(struct share *s)
{
    const struct keep_cases *c = s->f->c;
    for (size_t k, to; take(s, 1, c->access.pieces, &k, &to);) {
        const struct keep_cases_access *x = c->access.piece[k].at;
        uint32_t *pair = s->f->pair + (k << KEEP_CASES_ACCESS_BITS);
        for (uint32_t i = 0; i < c->access.piece[k].n; i++)
            pair[i] = pair_of(c, &x[i]);
    }
}

static void order_share(struct share *s)
{
    const struct keep_cases *c = s->f->c;
    uint32_t *tmp = NULL;
    size_t room = 0;
    for (size_t i, to; take(s, PIECE, c->n, &i, &to);)
        for (; i < to && !s->rc; i++)
            if (keep_grow(&tmp, &room, c->made[i].hits, sizeof *tmp, KEEP_CASES_FIRST))
                put_in_order(c, c->dealt + c->made[i].begin, c->made[i].hits, tmp);
            else
                s->rc = keep_cases_no_memory(&s->err);
    free(tmp);
}

static void put_share(struct share *s)
{
    const struct finishing *f = s->f;
    for (size_t i, to; take(s, PIECE, f->c->n, &i, &to);)
        for (; i < to && !s->rc; i++)
            s->rc = keep_cases_words_case(s->words, &f->c->made[i], &f->list[f->place[i]], &s->err);
}

static void say_share(struct share *s)
{
    const struct finishing *f = s->f;
    for (size_t i, to; take(s, PIECE, f->c->n, &i, &to);)
        for (; i < to && !s->rc; i++)
            if (i < f->upto || !f->list[i].known)
                s->rc = keep_cases_words_say(s->words, &f->c->made[f->rank[i]], &f->list[i], &s->err);
}

static void run_share(void *ctx, size_t number)
{
    struct share *s = (struct share *)ctx + number;
    s->run(s);
}

/* Each share by a thread. */
static int run_all(struct share *s, struct finishing *f, void (*run)(struct share *s), struct keep_err *err)
{
    int rc = 0;
    atomic_store(&f->next, 0);
    for (unsigned i = 0; i < f->p->members; i++) {
        s[i].f = f;
        s[i].run = run;
        s[i].rc = 0;
    }
    keep_crew_each(f->crew, f->p->members, run_share, s);
    for (unsigned i = 0; i < f->p->members && !rc; i++)
        if ((rc = s[i].rc) != 0 && err)
            *err = s[i].err;
    return rc;
}

/* --- one thing after the other --- */

static void order_in_time(void *ctx)
{
    struct finishing *f = ctx;
    f->time = in_order_of_time(f->c);
}

static void deal_all(void *ctx)
{
    struct finishing *f = ctx;
    weigh_all(f->c);
    f->c->dealt = deal(f->c);
}

/* What takes no notice of each other, at once; then each case's accesses in order. */
static int put_all_in_order(struct finishing *f, struct share *share, struct keep_err *err)
{
    struct keep_crew_job time = {.run = order_in_time, .ctx = f}, dealing = {.run = deal_all, .ctx = f};
    if (!(f->pair = malloc((keep_cases_numbers(f->c) + 1) * sizeof *f->pair)))
        return keep_cases_no_memory(err);
    keep_crew_give(f->crew, &dealing);
    keep_crew_give(f->crew, &time);
    int rc = run_all(share, f, pair_share, err);
    keep_crew_wait(f->crew, &time);
    keep_crew_wait(f->crew, &dealing);
    if (!rc && (!f->time || !f->c->dealt))
        rc = keep_cases_no_memory(err);
    return rc ? rc : run_all(share, f, order_share, err);
}

/* Finds the cases that show nothing which those above them do not. A pair is known by the number of the unexplained case about it. */
static int shade(struct finishing *f, struct keep_err *err)
{
    struct keep_cases *c = f->c;
    struct keep_shade_case *of = calloc(c->n + 1, sizeof *of);
    uint32_t *order = in_order_of_rank(c, f->time);
    bool *shaded = calloc(c->n + 1, sizeof *shaded);
    int rc = of && order && shaded ? 0 : keep_cases_no_memory(err);
    for (size_t i = 0; !rc && i < c->n; i++) {
        const struct keep_cases_made *b = &c->made[order[i]];
        of[i] = (struct keep_shade_case){b->begin, b->hits, b->rule == KEEP_CASES_NO_RULE};
    }
    if (!rc)
        rc = keep_shade_find(of, c->n, &(struct keep_shade_accesses){c->dealt, keep_cases_numbers(c), f->pair, c->n}, shaded, err);
    for (size_t i = 0; !rc && i < c->n; i++)
        c->made[order[i]].shaded = shaded[i];
    free(of);
    free(order);
    free(shaded);
    return rc;
}
_Static_assert(KEEP_SHADE_NONE == KEEP_U64MAP_NONE, "no case is no pair");

/* Asks which cases they are. */
static int identify(const struct finishing *f, struct keep_err *err)
{
    const struct keep_audit_input *in = f->p->in;
    uint32_t *order = malloc((f->c->n + 1) * sizeof *order);
    if (!order)
        return keep_cases_no_memory(err);
    for (size_t i = 0; i < f->c->n; i++)
        order[i] = f->place[f->time[i]];
    int rc = in->identify(in->identify_ctx, f->list, f->c->n, order, err);
    free(order);
    return rc;
}

static bool alike(const struct keep_case *x, const struct keep_case *y)
{
    return x->score == y->score && x->severity == y->severity && x->first == y->first && x->event[0].source == y->event[0].source && x->event[0].ordinal == y->event[0].ordinal;
}

/* Of cases with one rank and one first access the ids decide: there are as many at most as rules. */
static void rank_by_id(struct finishing *f)
{
    struct keep_case *v = f->list;
    for (size_t i = 1; i < f->c->n; i++)
        for (size_t k = i; k > 0 && alike(&v[k - 1], &v[k]) && memcmp(v[k - 1].id, v[k].id, sizeof v->id) > 0; k--) {
            const struct keep_case x = v[k];
            const uint32_t made = f->rank[k];
            v[k] = v[k - 1];
            f->rank[k] = f->rank[k - 1];
            v[k - 1] = x;
            f->rank[k - 1] = made;
        }
}

/* How far down the ranking words are wanted of cases that are known as well. */
static size_t words_upto(const struct keep_audit_input *in, const struct keep_case *list, size_t n)
{
    size_t i = 0;
    for (size_t left = in->shown; in->brief && i < n && left; i++)
        left -= list[i].status == KEEP_CASE_NEEDS_REVIEW;
    return in->brief ? i : n;
}

/* Where each case will stand. */
static int rank(struct finishing *f, struct keep_err *err)
{
    f->rank = in_order_of_rank(f->c, f->time);
    f->place = malloc((f->c->n + 1) * sizeof *f->place);
    for (size_t i = 0; f->rank && f->place && i < f->c->n; i++)
        f->place[f->rank[i]] = (uint32_t)i;
    return f->rank && f->place ? 0 : keep_cases_no_memory(err);
}

/* Fills the list. */
static int put_into_words(struct finishing *f, struct share *share, struct keep_err *err)
{
    int rc = rank(f, err);
    for (unsigned i = 0; !rc && i < f->p->members; i++)
        rc = keep_cases_words_new(&share[i].words, f->c, f->p->in, f->p->relate[i], f->event, err);
    if (!rc)
        rc = run_all(share, f, put_share, err);
    if (!rc && f->p->in->identify)
        rc = identify(f, err);
    if (rc)
        return rc;
    rank_by_id(f);
    f->upto = words_upto(f->p->in, f->list, f->c->n);
    return run_all(share, f, say_share, err);
}

int keep_cases_finish(struct keep_cases *c, const struct keep_passes *p, struct keep_arena *a, struct keep_audit_result *out, struct keep_audit_rule_count *access, struct keep_err *err)
{
    struct share share[KEEP_AUDIT_THREADS] = {0};
    struct finishing f = {.c = c, .p = p, .list = keep_arena_room(a, (c->n + 1) * sizeof *f.list), .event = keep_arena_room(a, (c->ins + 1) * sizeof *f.event)};
    int rc = !f.list || !f.event || c->n >> PLACE_BITS ? keep_cases_no_memory(err) : keep_crew_new(&f.crew, p->members, err);
    if (!rc)
        rc = put_all_in_order(&f, share, err);
    if (!rc)
        rc = shade(&f, err);
    if (!rc)
        rc = put_into_words(&f, share, err);
    if (!rc) {
        for (size_t i = 0; i < c->n; i++)
            if (c->made[i].rule != KEEP_CASES_NO_RULE)
                access[c->made[i].rule].cases++;
        out->cases = f.list;
        out->case_n = c->n;
    }
    for (size_t i = 0; i < p->members; i++)
        keep_cases_words_free(share[i].words, rc ? NULL : a);
    keep_crew_free(f.crew);
    free(f.pair);
    free(f.time);
    free(f.rank);
    free(f.place);
    return rc;
}
