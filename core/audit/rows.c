/* Rows are appended in chunks, so that nothing is ever copied to grow, and stay
 * where they are: a counting sort by patient orders their numbers. Chunks are cut
 * from large pages and used again for later parts of the log. An event's id
 * is not in its row: the place in the pass leads to the batch it was read in,
 * and ordinals of a batch mostly run without a gap. */
#include "core/audit/rows.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/big.h"
#include "core/base/num.h"
#include "core/model/findings.h"

_Static_assert(KEEP_TERMS_CLASSES <= UINT16_MAX, "a class is 16 bits");
_Static_assert(sizeof(struct keep_rows_row) == 32, "half a line of the cache");

enum {
    BLOCK = 1024,
    CHUNKS = KEEP_BIG_PAGE / (KEEP_ROWS_CHUNK * sizeof(struct keep_rows_row)), /* of a page */
    PART = 16384,        /* rows: 512 KiB */
    PARTS_A_THREAD = 4,  /* at least, so that the last part is little of the whole */
};

/* ---- parts ---- */

struct keep_rows_shape keep_rows_shape(uint64_t events, size_t patients, size_t accounts, unsigned threads)
{
    struct keep_rows_shape s = {.patients = patients, .accounts = accounts};
    uint64_t want = events / PART + 1;
    if (want < PARTS_A_THREAD * threads)
        want = PARTS_A_THREAD * threads;
    while (patients >> (s.bits + 1) >= want)
        s.bits++;
    s.parts = (uint32_t)(patients >> s.bits) + 1;
    return s;
}

/* ---- lists ---- */

static struct keep_rows_row *chunk_take(struct keep_rows_pool *p)
{
    struct keep_rows_row *c = p->free;
    if (c) {
        memcpy(&p->free, c, sizeof(void *));
        return c;
    }
    if (!p->left) {
        if (!keep_grow(&p->page, &p->room, p->pages + 1, sizeof *p->page, 16) || !(p->page[p->pages] = keep_big_alloc(KEEP_BIG_PAGE)))
            return NULL;
        p->pages++;
        p->left = CHUNKS;
    }
    return (struct keep_rows_row *)p->page[p->pages - 1] + (CHUNKS - p->left--) * KEEP_ROWS_CHUNK;
}

void keep_rows_drain(struct keep_rows_pool *p)
{
    for (size_t i = 0; i < p->pages; i++)
        keep_big_free(p->page[i], KEEP_BIG_PAGE);
    free(p->page);
    *p = (struct keep_rows_pool){0};
}

struct keep_rows_row *keep_rows_add(struct keep_rows_list *l, struct keep_rows_pool *p)
{
    if (l->n == l->chunks * KEEP_ROWS_CHUNK) {
        if (!keep_grow(&l->chunk, &l->room, l->chunks + 1, sizeof *l->chunk, 16) || !(l->chunk[l->chunks] = chunk_take(p)))
            return NULL;
        l->chunks++;
    }
    struct keep_rows_row *r = &l->chunk[l->n / KEEP_ROWS_CHUNK][l->n % KEEP_ROWS_CHUNK];
    l->n++;
    return r;
}

void keep_rows_clear(struct keep_rows_list *l, struct keep_rows_pool *p)
{
    for (size_t i = 0; i < l->chunks; i++) {
        memcpy(l->chunk[i], &p->free, sizeof(void *));
        p->free = l->chunk[i];
    }
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

static size_t group_of(const struct keep_rows_shape *s, const struct keep_rows_row *r)
{
    size_t span = (size_t)1 << s->bits;
    if (r->patient < s->patients)
        return r->patient & (span - 1);
    return span + (r->account < s->accounts ? r->account / s->parts : s->accounts / s->parts + 1);
}

/* Rows in the i-th chunk of a list. */
static size_t filled(const struct keep_rows_list *l, size_t i)
{
    return l->n - i * KEEP_ROWS_CHUNK < KEEP_ROWS_CHUNK ? l->n - i * KEEP_ROWS_CHUNK : KEEP_ROWS_CHUNK;
}

static int order_room(struct keep_rows_order *o, const struct keep_rows_shape *s, const struct keep_rows_list *const *list, size_t lists)
{
    size_t chunks = 0;
    o->groups = ((size_t)1 << s->bits) + s->accounts / s->parts + 2;
    o->n = 0;
    for (size_t l = 0; l < lists; l++) {
        chunks += list[l]->chunks;
        o->n += list[l]->n;
    }
    if (!keep_grow(&o->chunk, &o->chunk_room, chunks + 1, sizeof *o->chunk, 64) || !keep_grow(&o->row, &o->row_room, o->n + 1, sizeof *o->row, PART) ||
        !keep_grow(&o->begin, &o->begin_room, o->groups + 2, sizeof *o->begin, 64))
        return -1;
    memset(o->begin, 0, (o->groups + 2) * sizeof *o->begin);
    return 0;
}

int keep_rows_sort(struct keep_rows_order *o, const struct keep_rows_shape *s, const struct keep_rows_list *const *list, size_t lists)
{
    size_t chunks = 0, most = 0;
    if (order_room(o, s, list, lists))
        return -1;
    for (size_t l = 0; l < lists; l++)
        for (size_t k = 0; k < list[l]->chunks; k++) {
            const struct keep_rows_row *r = o->chunk[chunks++] = list[l]->chunk[k];
            for (size_t i = 0; i < filled(list[l], k); i++)
                o->begin[group_of(s, &r[i]) + 2]++;
        }
    for (size_t g = 2; g < o->groups + 2; g++)
        most = o->begin[g] > most ? o->begin[g] : most;
    if (!keep_grow(&o->key, &o->key_room, most + 1, sizeof *o->key, BLOCK) || !keep_grow(&o->end, &o->end_room, most + 1, sizeof *o->end, BLOCK) ||
        !keep_grow(&o->old, &o->old_room, most + 1, sizeof *o->old, BLOCK))
        return -1;
    /* of group g: [g + 2] its rows, then summed its end, and [g + 1] its beginning, which moves to its end as they are placed */
    for (size_t g = 2; g < o->groups + 2; g++)
        o->begin[g] += o->begin[g - 1];
    chunks = 0;
    for (size_t l = 0; l < lists; l++)
        for (size_t k = 0; k < list[l]->chunks; k++, chunks++)
            for (size_t i = 0; i < filled(list[l], k); i++)
                o->row[o->begin[group_of(s, &o->chunk[chunks][i]) + 1]++] = (uint32_t)(chunks * KEEP_ROWS_CHUNK + i);
    return 0;
}

/* Somebody's accesses to a chart mostly follow each other, so runs of one account are sorted, not rows. */
void keep_rows_pairs(struct keep_rows_order *o, size_t group)
{
    uint32_t *row = o->row + o->begin[group], n = o->begin[group + 1] - o->begin[group];
    size_t runs = 0;
    for (uint32_t k = 0, before = 0; k < n; k++) {
        uint32_t account = keep_rows_at(o, o->begin[group] + k)->account;
        if (k == 0 || account != before)
            o->key[runs++] = (uint64_t)account << 32 | k;
        before = account;
    }
    for (size_t i = 0; i < runs; i++)
        o->end[(uint32_t)o->key[i]] = i + 1 < runs ? (uint32_t)o->key[i + 1] : n;
    keep_num_sort(o->key, runs);
    memcpy(o->old, row, n * sizeof *row);
    for (size_t i = 0; i < runs; i++)
        for (uint32_t k = (uint32_t)o->key[i]; k < o->end[(uint32_t)o->key[i]]; k++)
            *row++ = o->old[k];
}

void keep_rows_done(struct keep_rows_order *o)
{
    free(o->chunk);
    free(o->row);
    free(o->begin);
    free(o->key);
    free(o->end);
    free(o->old);
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
