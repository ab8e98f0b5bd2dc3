/* Undoing frame-of-reference packing.
 *
 * A block of 1,024 values is 1,024 bits a bit of width: rows of 128 bytes,
 * whatever the type. So one routine serves all widths: it takes a row as 64-bit
 * words, shifts them by one number, masks what came from the neighbour, and
 * adds the base in lanes of the type. It is written in vectors of 16 bytes,
 * which every machine of today has or compilers make up for; on x86-64 also in
 * vectors of 32 for AVX2, when the machine says that it has it. A block that is
 * read is the batch that is handed out: 40 bytes an event, which stays in the
 * nearest cache.
 *
 * What is read is distrusted as a whole (lengths, ranges, stated maxima): a
 * value above the maximum leaves a sign bit behind, looked at once a block. */
#include "core/store/segread.h"

#include <string.h>
#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include "core/store/segment_inside.h"

#define BLOCK KEEP_SEGMENT_BLOCK
#define ROW 128 /* bytes of a row of lanes */
#define ORDINAL KEEP_SEGMENT_at_ordinal
#define TIME KEEP_SEGMENT_at_time

static const struct column {
    enum keep_segment_type type;
    int64_t least, most;
    size_t at;
} columns[KEEP_SEGMENT_COLUMNS] = {
#define X(name, type, least, most) {KEEP_SEGMENT_##type, least, most, offsetof(struct keep_segread_batch, name)},
    KEEP_SEGMENT_LIST(X)
#undef X
};

static uint64_t load64(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

/* --- blocks, packed across ------------------------------------------------------ */

/* What is written in vectors, for one length of them. */
struct lanes {
    bool (*block)(enum keep_segment_type t, const uint8_t *p, unsigned w, uint64_t base, uint64_t limit, uint8_t *out);
    void (*constant)(uint8_t *out, size_t bytes, uint64_t word);
    void (*counting)(uint64_t *out, uint32_t n, uint64_t first);
    /* Times from steps: how many of the n it did, from the first on. It may do none. */
    uint32_t (*sum)(uint64_t *t, uint32_t n, const struct keep_segread_column *c, uint64_t *last);
};

#define LANES 16
#define LANES_TARGET
#include "core/store/segread_lanes.h"
#if defined(__x86_64__)
#define LANES 32
#define LANES_TARGET __attribute__((target("avx2")))
#include "core/store/segread_lanes.h"
#endif

static const struct lanes *lanes(void)
{
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2"))
        return &lanes_32;
#endif
    return &lanes_16;
}

/* --- what is left over, packed along ---------------------------------------------- */

/* n values, the first at a bit; whether none is above limit. */
static bool along(enum keep_segment_type t, const uint8_t *p, uint64_t bit, unsigned w, uint64_t base, uint64_t limit, uint32_t n, void *out)
{
    bool fits = true;

#define EACH(T)                                    \
    for (uint32_t i = 0; i < n; i++, bit += w) {   \
        uint64_t d = keep_segment_bits_at(p, bit, w);           \
        fits = fits && d <= limit;                 \
        ((T *)out)[i] = (T)(base + d);             \
    }
    switch (t) {
    case KEEP_SEGMENT_U8: EACH(uint8_t) break;
    case KEEP_SEGMENT_I16: EACH(uint16_t) break;
    case KEEP_SEGMENT_U32: EACH(uint32_t) break;
    case KEEP_SEGMENT_U64: EACH(uint64_t) break;
    }
#undef EACH
    return fits;
}

/* --- columns ------------------------------------------------------------------------ */

/* One value n times. */
static void constant(enum keep_segment_type t, uint64_t base, uint32_t n, uint8_t *out)
{
    unsigned bits = keep_segment_lane(t);
    uint64_t word = base;

    for (unsigned have = bits; have < 64; have *= 2) {
        word &= UINT64_MAX >> (64 - have);
        word |= word << have;
    }
    lanes()->constant(out, (size_t)n * bits / 8, word);
}

/* Times from distances, or from steps behind last: four at a time where vectors cannot, so that each waits for the one four before it only. */
static void times_make(uint64_t *restrict t, uint32_t n, const struct keep_segread_column *c, uint64_t last)
{
    const uint64_t base = (uint64_t)c->base, scale = c->scale;
    size_t i = 0;

    if (!c->steps) {
        for (; i < n; i++)
            t[i] = base + t[i] * scale;
        return;
    }
    for (i = lanes()->sum(t, n, c, &last); i + 4 <= n; i += 4) {
        uint64_t one = base + t[i] * scale, two = one + base + t[i + 1] * scale;
        uint64_t three = base + t[i + 2] * scale, four = three + base + t[i + 3] * scale;
        t[i] = last + one;
        t[i + 1] = last + two;
        t[i + 2] = last + two + three;
        t[i + 3] = last += two + four;
    }
    for (; i < n; i++)
        t[i] = last += base + t[i] * scale;
}

/* Column c of the n events that begin at from. */
static bool column_read(const struct keep_segread *r, int c, uint32_t from, uint32_t n, struct keep_segread_batch *out)
{
    const struct keep_segread_column *f = &r->column[c];
    enum keep_segment_type t = columns[c].type;
    uint32_t across = keep_segment_blocks(t, f->width, r->n) * BLOCK;
    uint64_t base = c == TIME ? 0 : (uint64_t)f->base; /* times are made of plain distances */
    void *to = (char *)out + columns[c].at;

    if (c == KEEP_SEGMENT_at_place || c == KEEP_SEGMENT_at_unit)
        base -= r->less;

    if (f->width == 0) {
        if (c == ORDINAL)
            lanes()->counting(to, n, base + from);
        else
            constant(t, base, n, to);
        return true;
    }
    if (from < across)
        return lanes()->block(t, f->p + (size_t)from / 8 * f->width, f->width, base, f->limit, to);
    return along(t, f->p + (size_t)across / 8 * f->width, (uint64_t)(from - across) * f->width, f->width, base, f->limit, n, to);
}

static int damaged(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: %s", what);
}

static int columns_read(const struct keep_segread *r, unsigned wanted, struct keep_segread_batch *out, struct keep_err *err)
{
    bool fits = true;

    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++)
        if (wanted & 1u << c)
            fits = column_read(r, c, r->from, out->n, out) && fits;
    if (!fits)
        return damaged(err, "a column holds more than its stated largest value");
    if (wanted & 1u << ORDINAL && r->column[ORDINAL].width > 0)
        for (uint32_t i = 0; i < out->n; i++)
            out->ordinal[i] += r->from + i;
    return 0;
}

int keep_segread_more(const struct keep_segread *r, unsigned wanted, struct keep_segread_batch *out, struct keep_err *err)
{
    return columns_read(r, wanted & ~(1u << TIME), out, err);
}

int keep_segread_next(struct keep_segread *r, unsigned wanted, struct keep_segread_batch *out, struct keep_err *err)
{
    const struct keep_segread_column *time = &r->column[TIME];
    int rc;

    if (r->at == r->n)
        return 0;
    r->from = r->at;
    out->n = r->n - r->from < BLOCK ? r->n - r->from : BLOCK;
    r->at += out->n;
    if ((rc = columns_read(r, wanted, out, err)) < 0)
        return rc;
    if (wanted & 1u << TIME) {
        times_make((uint64_t *)out->time, out->n, time, (uint64_t)r->time);
        r->time = out->time[out->n - 1];
        if (r->from == 0 && out->time[0] != r->first)
            return damaged(err, "the first time is not the one stated");
    }
    return 1;
}

/* --- opening -------------------------------------------------------------------------- */

/* A descriptor that pack could have written for this column. */
static int frame_read(const struct column *c, const uint8_t *p, struct keep_segread_column *f, int64_t *most, struct keep_err *err)
{
    bool time = c == &columns[TIME];
    int64_t top = (int64_t)load64(p + 8);
    uint64_t range;

    f->base = (int64_t)load64(p);
    f->scale = load64(p + 16);
    f->steps = time && (p[24] & KEEP_SEGMENT_STEPS);
    f->width = f->steps ? p[24] & ~(unsigned)KEEP_SEGMENT_STEPS : p[24];
    if (f->base < (f->steps ? -KEEP_SEGMENT_STEP_MAX : c->least) || top > (f->steps ? KEEP_SEGMENT_STEP_MAX : c->most) || f->base > top)
        return damaged(err, "a column is out of its range");
    range = (uint64_t)top - (uint64_t)f->base;
    if (f->scale == 0 || range % f->scale || (f->scale != 1 && !time) || f->width != keep_segment_bits(range / f->scale))
        return damaged(err, "a column's width is wrong");
    f->limit = range / f->scale;
    *most = top;
    return 0;
}

int keep_segread_open(struct keep_segread *r, const void *blob, size_t size, struct keep_err *err)
{
    const uint8_t *p = blob;
    size_t at = KEEP_SEGMENT_HEAD + KEEP_SEGMENT_COLUMNS * KEEP_SEGMENT_DESCRIPTOR;
    int64_t top[KEEP_SEGMENT_COLUMNS];
    int rc;

    if (size < at + KEEP_SEGMENT_PAD || memcmp(p, KEEP_SEGMENT_MAGIC, 3) != 0 || p[3] != KEEP_SEGMENT_COLUMNS)
        return damaged(err, "not a segment");
    r->n = (uint32_t)(load64(p) >> 32);
    r->first = (keep_time)load64(p + 8);
    r->from = r->at = r->less = 0;
    if (r->n == 0 || r->n > KEEP_SEGMENT_EVENTS)
        return damaged(err, "wrong number of events");
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        struct keep_segread_column *f = &r->column[c];
        if ((rc = frame_read(&columns[c], p + KEEP_SEGMENT_HEAD + c * KEEP_SEGMENT_DESCRIPTOR, f, &top[c], err)) < 0)
            return rc;
        f->p = p + at;
        at += keep_segment_size(columns[c].type, f->width, r->n);
        if (at > size - KEEP_SEGMENT_PAD)
            return damaged(err, "wrong length");
    }
    if (at != size - KEEP_SEGMENT_PAD)
        return damaged(err, "wrong length");
    if (r->column[TIME].steps && (r->first < -KEEP_SEGMENT_FIRST_MAX || r->first > KEEP_SEGMENT_FIRST_MAX))
        return damaged(err, "the first time is out of its range");
    r->time = (keep_time)((uint64_t)r->first - (uint64_t)r->column[TIME].base); /* the first step is the least */
    r->top = (struct keep_segment_bounds){(uint32_t)top[KEEP_SEGMENT_at_account], (uint32_t)top[KEEP_SEGMENT_at_patient], (uint32_t)top[KEEP_SEGMENT_at_place],
                                          (uint32_t)top[KEEP_SEGMENT_at_unit]};
    return 0;
}
