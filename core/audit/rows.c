/* Rows are packed into chunks, so that nothing is ever copied to grow, and chunks
 * are cut from large pages and used again for later parts of the log. A part is
 * unpacked when its turn comes: so many rows stay near the processor, where a
 * counting sort by patient orders their numbers. */
#include "core/audit/rows.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/big.h"
#include "core/base/num.h"
#include "core/base/varint.h"

_Static_assert(KEEP_TERMS_CLASSES <= UINT16_MAX, "a class is 16 bits");
_Static_assert(sizeof(struct keep_rows_row) == 32, "half a line of the cache");

enum {
    FIRST = 1024,        /* rows of a group that there is room for */
    CHUNKS = KEEP_BIG_PAGE / KEEP_ROWS_CHUNK, /* of a page */
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

/* A row packed: which parts of it follow; then of who and where all four numbers, and of what both, unless they are as in the row before; then how far the
 * place, and how far the time, lies from that row's, in as many bytes as it takes. */
enum {
    WHO = 1, WHAT = 2,
    AT_SHIFT = 2, AT_MASK = 3,     /* bytes of the place, less one */
    TIME_SHIFT = 4, TIME_MASK = 7, /* of the time, likewise */
    LONGEST = 1 + 4 * 4 + 2 * 2 + 4 + 8,
    SLACK = 8,                     /* a number is written and read with bytes behind it that do not count */
    BEGIN = KEEP_ROWS_CHUNK - LONGEST - SLACK, /* a row begins below it, in its chunk */
};

/* Bytes that v takes, less one. */
static inline unsigned bytes_of(uint64_t v)
{
    return (63 - (unsigned)__builtin_clzll(v | 1)) / 8;
}

static inline unsigned char *put(unsigned char *to, const void *p, size_t n)
{
    memcpy(to, p, n);
    return to + n;
}

static inline unsigned char *put_number(unsigned char *to, unsigned bytes, uint64_t v)
{
    const uint64_t least_first = htole64(v);
    memcpy(to, &least_first, sizeof least_first);
    return to + bytes + 1;
}

/* Where the next one goes. */
static unsigned char *pack(unsigned char *to, const struct keep_rows_row *r, const struct keep_rows_row *last)
{
    const uint64_t at = (uint32_t)(r->at - last->at), time = keep_varint_fold((int64_t)((uint64_t)r->time - (uint64_t)last->time));
    const unsigned at_bytes = bytes_of(at), time_bytes = bytes_of(time);
    const bool who = (r->account ^ last->account) | (r->patient ^ last->patient) | (r->place ^ last->place) | (r->unit ^ last->unit);
    const bool what = r->class != last->class || r->reason != last->reason;
    *to++ = (unsigned char)((who ? WHO : 0) | (what ? WHAT : 0) | at_bytes << AT_SHIFT | time_bytes << TIME_SHIFT);
    if (who)
        to = put(put(put(put(to, &r->account, 4), &r->patient, 4), &r->place, 4), &r->unit, 4);
    if (what)
        to = put(put(to, &r->class, 2), &r->reason, 2);
    return put_number(put_number(to, at_bytes, at), time_bytes, time);
}

static inline const unsigned char *take(const unsigned char *from, void *p, size_t n)
{
    memcpy(p, from, n);
    return from + n;
}

static inline const unsigned char *take_number(const unsigned char *from, unsigned bytes, uint64_t *out)
{
    memcpy(out, from, sizeof *out);
    *out = le64toh(*out) & UINT64_MAX >> (7 - bytes) * 8;
    return from + bytes + 1;
}

/* r: the row before, made the next. Where the one behind it is. */
static const unsigned char *unpack(const unsigned char *from, struct keep_rows_row *r)
{
    const unsigned head = *from++;
    uint64_t at, time;
    if (head & WHO)
        from = take(take(take(take(from, &r->account, 4), &r->patient, 4), &r->place, 4), &r->unit, 4);
    if (head & WHAT)
        from = take(take(from, &r->class, 2), &r->reason, 2);
    from = take_number(from, head >> AT_SHIFT & AT_MASK, &at);
    from = take_number(from, head >> TIME_SHIFT & TIME_MASK, &time);
    r->at += (uint32_t)at;
    r->time = (keep_time)((uint64_t)r->time + (uint64_t)keep_varint_unfold(time));
    return from;
}

static unsigned char *chunk_take(struct keep_rows_pool *p)
{
    unsigned char *c = p->free;
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
    return (unsigned char *)p->page[p->pages - 1] + (CHUNKS - p->left--) * KEEP_ROWS_CHUNK;
}

void keep_rows_drain(struct keep_rows_pool *p)
{
    for (size_t i = 0; i < p->pages; i++)
        keep_big_free(p->page[i], KEEP_BIG_PAGE);
    free(p->page);
    *p = (struct keep_rows_pool){0};
}

static int chunk_begin(struct keep_rows_list *l, struct keep_rows_pool *p)
{
    if (!keep_grow(&l->chunk, &l->room, l->chunks + 1, sizeof *l->chunk, 16) || !(l->at = chunk_take(p)))
        return -1;
    l->end = l->at + BEGIN;
    l->chunk[l->chunks++] = l->at;
    return 0;
}

int keep_rows_add(struct keep_rows_list *l, struct keep_rows_pool *p, const struct keep_rows_row *r)
{
    if (l->at >= l->end && chunk_begin(l, p))
        return -1;
    l->at = pack(l->at, r, &l->last);
    l->last = *r;
    l->n++;
    return 0;
}

/* All rows of the list. Where the next list's go. */
static struct keep_rows_row *unpack_all(const struct keep_rows_list *l, struct keep_rows_row *to)
{
    struct keep_rows_row r = {0};
    for (size_t i = 0, n = 0; i < l->chunks; i++) {
        const unsigned char *from = l->chunk[i], *end = from + BEGIN;
        for (; from < end && n < l->n; n++) {
            from = unpack(from, &r);
            *to++ = r;
        }
    }
    return to;
}

void keep_rows_clear(struct keep_rows_list *l, struct keep_rows_pool *p)
{
    for (size_t i = 0; i < l->chunks; i++) {
        memcpy(l->chunk[i], &p->free, sizeof(void *));
        p->free = l->chunk[i];
    }
    free(l->chunk);
    *l = (struct keep_rows_list){0};
}

/* ---- order ---- */

static size_t group_of(const struct keep_rows_shape *s, const struct keep_rows_row *r)
{
    size_t span = (size_t)1 << s->bits;
    if (r->patient < s->patients)
        return r->patient & (span - 1);
    return span + (r->account < s->accounts ? r->account / s->parts : s->accounts / s->parts + 1);
}

static int order_room(struct keep_rows_order *o, const struct keep_rows_shape *s, const struct keep_rows_list *const *list, size_t lists)
{
    o->groups = ((size_t)1 << s->bits) + s->accounts / s->parts + 2;
    o->n = 0;
    for (size_t l = 0; l < lists; l++)
        o->n += list[l]->n;
    if (!keep_grow(&o->whole, &o->whole_room, o->n + 1, sizeof *o->whole, PART) || !keep_grow(&o->row, &o->row_room, o->n + 1, sizeof *o->row, PART) ||
        !keep_grow(&o->begin, &o->begin_room, o->groups + 2, sizeof *o->begin, 64))
        return -1;
    memset(o->begin, 0, (o->groups + 2) * sizeof *o->begin);
    return 0;
}

int keep_rows_sort(struct keep_rows_order *o, const struct keep_rows_shape *s, const struct keep_rows_list *const *list, size_t lists)
{
    size_t most = 0;
    if (order_room(o, s, list, lists))
        return -1;
    struct keep_rows_row *to = o->whole;
    for (size_t l = 0; l < lists; l++)
        to = unpack_all(list[l], to);
    for (size_t i = 0; i < o->n; i++)
        o->begin[group_of(s, &o->whole[i]) + 2]++;
    for (size_t g = 2; g < o->groups + 2; g++)
        most = o->begin[g] > most ? o->begin[g] : most;
    if (!keep_grow(&o->key, &o->key_room, most + 1, sizeof *o->key, FIRST) || !keep_grow(&o->end, &o->end_room, most + 1, sizeof *o->end, FIRST) ||
        !keep_grow(&o->old, &o->old_room, most + 1, sizeof *o->old, FIRST))
        return -1;
    /* of group g: [g + 2] its rows, then summed its end, and [g + 1] its beginning, which moves to its end as they are placed */
    for (size_t g = 2; g < o->groups + 2; g++)
        o->begin[g] += o->begin[g - 1];
    for (size_t i = 0; i < o->n; i++)
        o->row[o->begin[group_of(s, &o->whole[i]) + 1]++] = (uint32_t)i;
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
    free(o->whole);
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
                                b->break_glass, b->searched, b->reason, 0, 0};
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
