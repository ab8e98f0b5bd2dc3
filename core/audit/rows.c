/* Rows are appended in chunks, so that nothing is ever copied to grow, and stay
 * where they are: a counting sort by patient orders their numbers. An event's id
 * is not in its row: the place in the pass leads to the batch it was read in,
 * and ordinals of a batch mostly run without a gap. */
#include "core/audit/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/big.h"
#include "core/model/findings.h"

_Static_assert(KEEP_TERMS_CLASSES <= UINT16_MAX, "a class is 16 bits");
_Static_assert(sizeof(struct keep_rows_row) == 32, "half a line of the cache");
_Static_assert(KEEP_ROWS_CHUNK * sizeof(struct keep_rows_row) == KEEP_BIG_PAGE, "a chunk fills a large page");

enum { BLOCK = 1024 };

/* ---- lists ---- */

struct keep_rows_row *keep_rows_add(struct keep_rows_list *l)
{
    if (l->n == l->chunks * KEEP_ROWS_CHUNK) {
        if (!keep_grow(&l->chunk, &l->room, l->chunks + 1, sizeof *l->chunk, 16) || !(l->chunk[l->chunks] = keep_big_alloc(KEEP_ROWS_CHUNK * sizeof **l->chunk)))
            return NULL;
        l->chunks++;
    }
    struct keep_rows_row *r = &l->chunk[l->n / KEEP_ROWS_CHUNK][l->n % KEEP_ROWS_CHUNK];
    l->n++;
    return r;
}

void keep_rows_clear(struct keep_rows_list *l)
{
    for (size_t i = 0; i < l->chunks; i++)
        keep_big_free(l->chunk[i], KEEP_ROWS_CHUNK * sizeof **l->chunk);
    free(l->chunk);
    *l = (struct keep_rows_list){NULL, 0, 0, 0};
}

/* ---- places ---- */

static int place_add(struct keep_rows_places *p, struct keep_rows_place v)
{
    if (!keep_grow(&p->place, &p->room, p->n + 1, sizeof *p->place, 256))
        return -1;
    p->place[p->n++] = v;
    return 0;
}

int keep_rows_note(struct keep_rows_places *p, const struct keep_events *batch)
{
    struct keep_rows_place v = {(uint32_t)batch->from, batch->n, batch->source, batch->n ? batch->ordinal[0] : 0, NULL};
    for (uint32_t i = 1; i < batch->n && !v.each; i++)
        if (batch->ordinal[i] != v.ordinal + i) {
            if (!(v.each = malloc(batch->n * sizeof *v.each)))
                return -1;
            memcpy(v.each, batch->ordinal, batch->n * sizeof *v.each);
        }
    if (batch->n && place_add(p, v)) {
        free(v.each);
        return -1;
    }
    return 0;
}

static int by_from(const void *a, const void *b)
{
    const struct keep_rows_place *x = a, *y = b;
    return (x->from > y->from) - (x->from < y->from);
}

/* Batches whose ordinals run on without a gap become one place; how many are left. */
static size_t merge_places(struct keep_rows_place *v, size_t n)
{
    size_t out = 0;
    for (size_t i = 0; i < n; i++) {
        struct keep_rows_place *last = out ? &v[out - 1] : NULL;
        if (last && !last->each && !v[i].each && v[i].source == last->source && v[i].from == last->from + last->n && v[i].ordinal == last->ordinal + last->n)
            last->n += v[i].n;
        else
            v[out++] = v[i];
    }
    return out;
}

int keep_rows_join(struct keep_rows_places *p, struct keep_rows_places *const *others, size_t n)
{
    for (size_t k = 0; k < n; k++) {
        for (size_t i = 0; i < others[k]->n; i++) {
            if (place_add(p, others[k]->place[i]))
                return -1;
            others[k]->place[i].each = NULL;
        }
        keep_rows_forget(others[k]);
    }
    if (p->n)
        qsort(p->place, p->n, sizeof *p->place, by_from);
    p->n = merge_places(p->place, p->n);
    uint64_t end = p->n ? (uint64_t)p->place[p->n - 1].from + p->place[p->n - 1].n : 0;
    free(p->block);
    if (!(p->block = calloc((size_t)(end / BLOCK) + 1, sizeof *p->block)))
        return -1;
    for (size_t i = 0, b = 0; i < p->n; i++)
        for (; b * BLOCK < (uint64_t)p->place[i].from + p->place[i].n; b++)
            p->block[b] = (uint32_t)i;
    return 0;
}

struct keep_event_id keep_rows_id(const struct keep_rows_places *p, uint32_t at)
{
    const struct keep_rows_place *v = &p->place[p->block[at / BLOCK]];
    while (at - v->from >= v->n)
        v++;
    return (struct keep_event_id){v->source, v->each ? v->each[at - v->from] : v->ordinal + (at - v->from)};
}

void keep_rows_forget(struct keep_rows_places *p)
{
    for (size_t i = 0; i < p->n; i++)
        free(p->place[i].each);
    free(p->place);
    free(p->block);
    *p = (struct keep_rows_places){0};
}

/* ---- order ---- */

static size_t group_of(const struct keep_rows_row *r, uint32_t parts, size_t patients, size_t accounts)
{
    if (r->patient < patients)
        return r->patient / parts;
    return (patients + parts - 1) / parts + (r->account < accounts ? r->account / parts : accounts / parts + 1);
}

/* Rows in the i-th chunk of a list. */
static size_t filled(const struct keep_rows_list *l, size_t i)
{
    return l->n - i * KEEP_ROWS_CHUNK < KEEP_ROWS_CHUNK ? l->n - i * KEEP_ROWS_CHUNK : KEEP_ROWS_CHUNK;
}

int keep_rows_sort(struct keep_rows_order *o, struct keep_rows_list *const *list, size_t lists, uint32_t parts, size_t patients, size_t accounts)
{
    size_t chunks = 0;
    *o = (struct keep_rows_order){.groups = (patients + parts - 1) / parts + accounts / parts + 2};
    for (size_t l = 0; l < lists; l++) {
        chunks += list[l]->chunks;
        o->n += list[l]->n;
    }
    o->chunk = malloc((chunks + 1) * sizeof *o->chunk);
    o->row = keep_big_alloc((o->n + 1) * sizeof *o->row);
    o->begin = calloc(o->groups + 2, sizeof *o->begin);
    if (!o->chunk || !o->row || !o->begin) {
        keep_rows_done(o);
        return -1;
    }
    chunks = 0;
    for (size_t l = 0; l < lists; l++)
        for (size_t k = 0; k < list[l]->chunks; k++) {
            const struct keep_rows_row *r = o->chunk[chunks++] = list[l]->chunk[k];
            for (size_t i = 0; i < filled(list[l], k); i++)
                o->begin[group_of(&r[i], parts, patients, accounts) + 2]++;
        }
    /* of group g: [g + 2] its rows, then summed its end, and [g + 1] its beginning, which moves to its end as they are placed */
    for (size_t g = 2; g < o->groups + 2; g++)
        o->begin[g] += o->begin[g - 1];
    chunks = 0;
    for (size_t l = 0; l < lists; l++)
        for (size_t k = 0; k < list[l]->chunks; k++, chunks++)
            for (size_t i = 0; i < filled(list[l], k); i++)
                o->row[o->begin[group_of(&o->chunk[chunks][i], parts, patients, accounts) + 1]++] = (uint32_t)(chunks * KEEP_ROWS_CHUNK + i);
    size_t most = 0;
    for (size_t g = 0; g < o->groups; g++)
        most = o->begin[g + 1] - o->begin[g] > most ? o->begin[g + 1] - o->begin[g] : most;
    if (!(o->key = malloc((most + 1) * sizeof *o->key))) {
        keep_rows_done(o);
        return -1;
    }
    return 0;
}

/* Shell's sort with the gaps of Ciura (2001): groups are short and mostly ordered. */
static void sort_keys(uint64_t *v, size_t n)
{
    static const size_t gaps[] = {701, 301, 132, 57, 23, 10, 4, 1};
    for (size_t g = 0; g < sizeof gaps / sizeof *gaps; g++)
        for (size_t i = gaps[g]; i < n; i++) {
            uint64_t x = v[i];
            size_t k = i;
            for (; k >= gaps[g] && v[k - gaps[g]] > x; k -= gaps[g])
                v[k] = v[k - gaps[g]];
            v[k] = x;
        }
}

void keep_rows_pairs(struct keep_rows_order *o, size_t group)
{
    enum { AHEAD = 40 }; /* rows fetched ahead: about one memory latency of work */
    size_t from = o->begin[group], n = o->begin[group + 1] - from;
    for (size_t k = 0; k < n; k++) {
        if (from + k + AHEAD < o->n)
            __builtin_prefetch(keep_rows_at(o, from + k + AHEAD));
        o->key[k] = (uint64_t)keep_rows_at(o, from + k)->account << 32 | o->row[from + k];
    }
    sort_keys(o->key, n);
    for (size_t k = 0; k < n; k++)
        o->row[from + k] = (uint32_t)o->key[k];
}

void keep_rows_done(struct keep_rows_order *o)
{
    free(o->chunk);
    keep_big_free(o->row, (o->n + 1) * sizeof *o->row);
    free(o->begin);
    free(o->key);
    *o = (struct keep_rows_order){0};
}

/* ---- columns ---- */

void keep_rows_open(struct keep_rows_batch *b)
{
    b->e = (struct keep_events){0, 0, b->ordinal, b->time, b->account, b->patient, b->place, b->unit, b->action, b->exposure, b->outcome, b->purpose,
                                b->break_glass, b->searched, b->reason, 0};
}

bool keep_rows_put(struct keep_rows_batch *b, const struct keep_rows_row *r, struct keep_event_id id)
{
    uint32_t i = b->e.n, c = r->class;
    if (i == KEEP_ROWS_BATCH || (i > 0 && id.source != b->e.source))
        return false;
    b->e.source = id.source;
    b->ordinal[i] = id.ordinal;
    b->time[i] = r->time;
    b->account[i] = r->account;
    b->patient[i] = r->patient;
    b->place[i] = r->place;
    b->unit[i] = r->unit;
    b->at[i] = r->at;
    b->reason[i] = r->reason;
    b->searched[i] = (uint8_t)(c % 2), c /= 2;
    b->break_glass[i] = (uint8_t)(c % KEEP_TRI_COUNT), c /= KEEP_TRI_COUNT;
    b->purpose[i] = (uint8_t)(c % KEEP_PURPOSE_COUNT), c /= KEEP_PURPOSE_COUNT;
    b->outcome[i] = (uint8_t)(c % KEEP_OUTCOME_COUNT), c /= KEEP_OUTCOME_COUNT;
    b->exposure[i] = (uint8_t)(c % KEEP_EXPOSURE_COUNT);
    b->action[i] = (uint8_t)(c / KEEP_EXPOSURE_COUNT);
    b->e.n++;
    return true;
}
