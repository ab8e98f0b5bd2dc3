/* The accesses stand in parts, as the audits left them, each part in order, so
 * that one is found without an index being made of all.
 *
 * What a counting rule that looks at all accesses collected is kept only where a
 * run came of it. So when something else than accesses changes what such a rule
 * collects, there may be neighbours that nobody kept: unless its key is the very
 * person of whom something changed, all of whose accesses are read again. */
#include "core/audit/carry.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/window.h"
#include "core/base/grow.h"
#include "core/policy/field.h"

enum { FIRST = 64 }; /* items an array begins with */

void keep_carry_done(struct keep_carry *c)
{
    keep_idle_done(&c->idle);
    void *room[] = {c->since, c->access, c->explanation, c->kind, c->hit, c->part, c->sieve, c->word, c->text, c->late, c->patient, c->account};
    for (size_t i = 0; i < sizeof room / sizeof *room; i++)
        free(room[i]);
    keep_u64map_free(&c->kind_of);
    *c = (struct keep_carry){.newest = KEEP_TIME_NONE, .base = KEEP_TIME_NONE, .again = KEEP_TIME_NONE};
}

uint64_t keep_carry_last(const struct keep_carry *c, uint32_t source)
{
    for (size_t i = 0; i < c->sources; i++)
        if (c->since[i].source == source)
            return c->since[i].ordinal;
    return 0;
}

int keep_carry_reach(struct keep_carry *c, uint32_t source, uint64_t ordinal)
{
    for (size_t i = 0; i < c->sources; i++)
        if (c->since[i].source == source) {
            c->since[i].ordinal = ordinal > c->since[i].ordinal ? ordinal : c->since[i].ordinal;
            return 0;
        }
    if (!keep_grow(&c->since, &c->source_room, c->sources + 1, sizeof *c->since, FIRST))
        return -1;
    c->since[c->sources++] = (struct keep_carry_since){source, ordinal};
    return 0;
}

/* How a hit stands to the access: < 0 before it, > 0 behind it, 0: it is the access's. */
static inline int against(const struct keep_carry *c, const struct keep_carry_hit *h, uint32_t source, uint64_t ordinal)
{
    uint32_t its = c->kind[h->kind].source;
    return its != source ? its < source ? -1 : 1 : (h->ordinal > ordinal) - (h->ordinal < ordinal);
}

static inline uint64_t sieve_bit(const struct keep_carry *c, uint32_t source, uint64_t ordinal)
{
    return keep_u64map_mix(ordinal ^ (uint64_t)source << 48) & c->sieve_last;
}

int keep_carry_sieve(struct keep_carry *c)
{
    enum { LOAD = 8 }; /* bits a hit */
    uint64_t bits = 64;
    while (bits < LOAD * (uint64_t)c->hits)
        bits *= 2;
    if (!(c->sieve = calloc(bits / 64, sizeof *c->sieve)))
        return -1;
    c->sieve_last = bits - 1;
    for (size_t i = 0; i < c->hits; i++) {
        uint64_t bit = sieve_bit(c, c->kind[c->hit[i].kind].source, c->hit[i].ordinal);
        c->sieve[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return 0;
}

struct keep_carry_hit *keep_carry_find(const struct keep_carry *c, uint32_t source, uint64_t ordinal)
{
    const uint64_t bit = sieve_bit(c, source, ordinal);
    if (c->sieve && !(c->sieve[bit / 64] >> bit % 64 & 1))
        return NULL;
    for (size_t k = c->parts; k-- > 0;) { /* newest first: of one judged again the older is gone */
        size_t from = c->part[k], to = c->part[k + 1];
        if (from == to || against(c, &c->hit[to - 1], source, ordinal) < 0 || against(c, &c->hit[from], source, ordinal) > 0)
            continue; /* parts that one audit left follow each other */
        while (from < to) {
            size_t mid = from + (to - from) / 2;
            if (against(c, &c->hit[mid], source, ordinal) < 0)
                from = mid + 1;
            else
                to = mid;
        }
        struct keep_carry_hit *h = &c->hit[from];
        if (from < c->part[k + 1] && against(c, h, source, ordinal) == 0 && h->state != KEEP_CARRY_GONE)
            return h;
    }
    return NULL;
}

struct keep_carry_hit *keep_carry_room(struct keep_carry *c, size_t n)
{
    return keep_grow(&c->hit, &c->hit_room, c->hits + n + 1, sizeof *c->hit, FIRST) ? &c->hit[c->hits] : NULL;
}

struct keep_carry_hit *keep_carry_add(struct keep_carry *c)
{
    return keep_grow(&c->hit, &c->hit_room, c->hits + 1, sizeof *c->hit, FIRST) ? &c->hit[c->hits++] : NULL;
}

static bool same(const struct keep_carry *c, const struct keep_carry_kind *x, const struct keep_carry_kind *y, const uint32_t *fired)
{
    return x->evidence == y->evidence && x->taken == y->taken && x->source == y->source && x->unknown == y->unknown && x->class == y->class && x->reason == y->reason &&
           x->explanation == y->explanation && x->verdict == y->verdict && x->own_late == y->own_late && x->fired_n == y->fired_n &&
           (!x->fired_n || memcmp(c->word + x->fired, fired, x->fired_n * sizeof *fired) == 0);
}

static uint64_t kind_mark(const struct keep_carry_kind *k, const uint32_t *fired)
{
    uint64_t m = keep_u64map_mix(k->evidence + 1);
    m = keep_u64map_mix(m ^ k->taken);
    m = keep_u64map_mix(m ^ ((uint64_t)k->source << 32 | k->unknown));
    m = keep_u64map_mix(m ^ ((uint64_t)k->class << 48 | (uint64_t)(uint16_t)k->reason << 32 | (uint64_t)(uint16_t)k->explanation << 16 | (uint64_t)k->verdict << 8 | k->own_late));
    for (uint32_t i = 0; i < k->fired_n; i++)
        m = keep_u64map_mix(m ^ fired[i]);
    return m;
}

static int kind_add(struct keep_carry *c, const struct keep_carry_kind *k, const uint32_t *fired)
{
    if (!keep_grow(&c->kind, &c->kind_room, c->kinds + 1, sizeof *c->kind, FIRST) || !keep_grow(&c->word, &c->word_room, c->words + k->fired_n, sizeof *c->word, FIRST))
        return -1;
    if (k->fired_n)
        memcpy(c->word + c->words, fired, k->fired_n * sizeof *fired);
    c->kind[c->kinds] = *k;
    c->kind[c->kinds++].fired = (uint32_t)c->words;
    c->words += k->fired_n;
    return 0;
}

int keep_carry_kind(struct keep_carry *c, const struct keep_carry_kind *k, const uint32_t *fired, uint32_t *number)
{
    for (uint64_t m = kind_mark(k, fired);; m++) {
        uint32_t *at = keep_u64map_put(&c->kind_of, m);
        if (!at)
            return -1;
        if (*at != KEEP_U64MAP_NONE && !same(c, &c->kind[*at], k, fired))
            continue;
        if (*at == KEEP_U64MAP_NONE) {
            if (kind_add(c, k, fired))
                return -1;
            *at = (uint32_t)c->kinds - 1;
        }
        *number = *at;
        return 0;
    }
}

int keep_carry_text(struct keep_carry *c, struct keep_str s, uint32_t *number)
{
    size_t i = 0;
    while (i < c->texts && !keep_str_eq(c->text[i], s))
        i++;
    if (i == c->texts) {
        if (!keep_grow(&c->text, &c->text_room, c->texts + 1, sizeof *c->text, FIRST))
            return -1;
        c->text[c->texts++] = s;
    }
    *number = (uint32_t)i + 1;
    return 0;
}

int keep_carry_add_late(struct keep_carry *c, const struct keep_carry_late *l)
{
    if (!keep_grow(&c->late, &c->late_room, c->lates + 1, sizeof *c->late, FIRST))
        return -1;
    c->late[c->lates++] = *l;
    return 0;
}

static int by_patient(const void *a, const void *b)
{
    const struct keep_carry_late *x = a, *y = b;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    return (x->worker > y->worker) - (x->worker < y->worker);
}

bool keep_carry_sorted(const struct keep_carry *c, const struct keep_carry_hit *hit, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (against(c, &hit[i - 1], c->kind[hit[i].kind].source, hit[i].ordinal) >= 0)
            return false;
    return true;
}

static int by_access(const void *a, const void *b, void *ctx)
{
    const struct keep_carry_hit *x = a, *y = b;
    const struct keep_carry *c = ctx;
    return against(c, x, c->kind[y->kind].source, y->ordinal);
}

int keep_carry_part(struct keep_carry *c, bool sorted)
{
    size_t *part = realloc(c->part, (c->parts + 2) * sizeof *part), begin;
    if (!part)
        return -1;
    c->part = part;
    if (!c->parts)
        part[0] = 0;
    begin = part[c->parts];
    if (!sorted && !keep_carry_sorted(c, c->hit + begin, c->hits - begin))
        qsort_r(c->hit + begin, c->hits - begin, sizeof *c->hit, by_access, c);
    part[++c->parts] = c->hits;
    return 0;
}

/* Most of them stand in order already: those behind are few, and are put between. */
int keep_carry_order_late(struct keep_carry *c)
{
    size_t first = 1;
    while (first < c->lates && by_patient(&c->late[first - 1], &c->late[first]) <= 0)
        first++;
    if (first >= c->lates)
        return 0;
    size_t rest = c->lates - first;
    struct keep_carry_late *more = malloc(rest * sizeof *more);
    if (!more)
        return -1;
    memcpy(more, c->late + first, rest * sizeof *more);
    qsort(more, rest, sizeof *more, by_patient);
    for (size_t to = c->lates; rest > 0;) /* the greatest first: where it goes nothing stands any more */
        if (first > 0 && by_patient(&c->late[first - 1], &more[rest - 1]) > 0)
            c->late[--to] = c->late[--first];
        else
            c->late[--to] = more[--rest];
    free(more);
    return 0;
}

size_t keep_carry_lates(const struct keep_carry *c, uint32_t patient)
{
    size_t lo = 0, hi = c->lates;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (c->late[mid].patient < patient)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ---- what is new ---- */

static void mark(uint8_t *set, size_t *n, uint32_t i)
{
    *n += !set[i];
    set[i] |= KEEP_CARRY_BELATED;
}

/* An access that came in after later ones were judged: it may have been its user's first to the chart, and the account was used that day after all. */
static const char *belated(struct keep_carry *c, const struct keep_world *w, const struct keep_events *b, uint32_t i)
{
    if (b->patient[i] < w->patients && b->exposure[i] == KEEP_EXPOSURE_OPENED)
        mark(c->patient, &c->patients, b->patient[i]);
    if (!c->idle.accounts)
        return NULL;
    if (c->idle.first == KEEP_DATE_NONE || keep_civil_utc_date(b->time[i]) < c->idle.first)
        return "accesses came in that are older than the log was";
    if (b->account[i] < w->accounts && !keep_idle_used(&c->idle, b->account[i], b->time[i]))
        mark(c->account, &c->accounts, b->account[i]);
    return NULL;
}

int keep_carry_look(struct keep_carry *c, const struct keep_world *w, struct keep_event_scan *scan, const char **why, struct keep_err *err)
{
    struct keep_events b;
    int rc = scan->rewind(scan->ctx, err);
    *why = NULL;
    c->fresh = 0;
    if (c->again != KEEP_TIME_NONE && (c->base == KEEP_TIME_NONE || c->again < c->base))
        c->base = c->again;
    while (!rc && (rc = scan->next(scan->ctx, &b, err)) == 1) {
        uint64_t last = keep_carry_last(c, b.source);
        rc = 0;
        for (uint32_t i = 0; i < b.n; i++) {
            if (b.ordinal[i] <= last)
                continue;
            c->fresh++;
            if (c->base == KEEP_TIME_NONE || b.time[i] < c->base)
                c->base = b.time[i];
            if (b.time[i] < c->newest && !*why)
                *why = belated(c, w, &b, i);
        }
    }
    return rc < 0 ? rc : *why ? 1 : 0;
}

/* ---- what a policy allows ---- */

static int called(void *ctx, const struct keep_read *r)
{
    (void)ctx;
    return r->call;
}

/* Grains that an expression rests on, the event's own aside; of a call both people's. */
static uint32_t grains_of(const struct keep_expr *e)
{
    const uint32_t both = 1u << KEEP_GRAIN_user | 1u << KEEP_GRAIN_patient;
    if (!e)
        return 0;
    return (keep_expr_grains(e) & ~(1u << KEEP_GRAIN_event)) | (keep_expr_reads(e, called, NULL) ? both : 0);
}

static uint32_t looks_at(const struct keep_access *a)
{
    uint32_t any = grains_of(a->when) | grains_of(a->unless) | (a->unless_expected ? 1u << KEEP_GRAIN_user | 1u << KEEP_GRAIN_patient : 0);
    for (uint32_t k = 0; k < a->steps; k++)
        any |= grains_of(a->step[k].when);
    for (size_t k = 0; k < a->exceptions; k++)
        any |= grains_of(a->exception[k]->when);
    return any;
}

/* Does it leave out of what it counts what no run could come of? steps: those of rules that do not. *bit: the number of its first step, then of the next rule's. */
static bool leaves_out(const struct keep_access *a, uint64_t steps, size_t *bit)
{
    size_t at = *bit;
    if (a->evidence || a->form == KEEP_ACCESS_SINGLE)
        return false;
    *bit += a->steps ? a->steps : 1;
    return !(at < KEEP_WINDOW_STEPS && steps >> at & 1);
}

const char *keep_carry_refuses(const struct keep_policy *p, const struct keep_carry *c)
{
    size_t steps = 0;
    for (size_t i = 0; i < p->accesses; i++) {
        const struct keep_access *a = &p->access[i];
        if (!leaves_out(a, c->whole, &steps))
            continue;
        uint32_t at = looks_at(a);
        bool who = at & ~(1u << KEEP_GRAIN_patient) || a->distinct == KEEP_FIELD_user_id, whose = at & ~(1u << KEEP_GRAIN_user);
        if (c->again != KEEP_TIME_NONE && at & ~(1u << KEEP_GRAIN_patient))
            return "what sources vouch for changed, and a rule counts users' accesses by it";
        if (c->accounts && who && !keep_window_is_per(a, KEEP_FIELD_user_id, KEEP_FIELD_user_login))
            return "what is on file changed of users whose accesses a rule counts with others'";
        if (c->patients && whose && !keep_window_is_per(a, KEEP_FIELD_event_patient_id, KEEP_FIELD_event_patient_id))
            return "what is on file changed of patients whose accesses a rule counts with others'";
    }
    return steps > KEEP_WINDOW_STEPS ? "the rules count too many things" : NULL;
}

int64_t keep_carry_back(const struct keep_policy *p, const struct keep_carry *c)
{
    int64_t back = 0;
    size_t bit = 0;
    for (size_t i = 0; i < p->accesses; i++)
        if (leaves_out(&p->access[i], c->whole, &bit)) {
            int64_t b = keep_window_back(&p->access[i]);
            back = b > back ? b : back;
        }
    return back;
}
