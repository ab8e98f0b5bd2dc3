/* Frame-of-reference bit packing.
 *
 * Each column is stored as its distance from its least value, in as many bits
 * as the largest distance needs. Most columns of a log are constant over a
 * segment and cost nothing; times of a log that counts in seconds share the
 * factor 1,000,000, which is taken out first. Unpacking loads eight bytes
 * wherever a value starts, shifts and masks: no branch a value. What is read is
 * distrusted as a whole (lengths, ranges, stated maxima), not value by value. */
#include "core/store/segment.h"

#include <stdlib.h>

#define HEAD 8
#define DESCRIPTOR 25
#define PAD 8

enum type { T_U8, T_I16, T_U32, T_U64 };

/* name, type, least and largest value a column may hold */
#define COLUMNS(X)                                        \
    X(ordinal, T_U64, 0, INT64_MAX)                       \
    X(time, T_U64, INT64_MIN + 1, INT64_MAX)              \
    X(account, T_U32, 0, UINT32_MAX - 1)                  \
    X(patient, T_U32, 0, UINT32_MAX - 1)                  \
    X(place, T_U32, 0, UINT32_MAX - 1)                    \
    X(unit, T_U32, 0, UINT32_MAX - 1)                     \
    X(action, T_U8, 0, KEEP_ACTION_COUNT - 1)             \
    X(exposure, T_U8, 0, KEEP_EXPOSURE_COUNT - 1)         \
    X(outcome, T_U8, 0, KEEP_OUTCOME_COUNT - 1)           \
    X(purpose, T_U8, 0, KEEP_PURPOSE_COUNT - 1)           \
    X(break_glass, T_U8, 0, KEEP_TRI_COUNT - 1)           \
    X(searched, T_U8, 0, 1)                               \
    X(reason, T_I16, -1, INT16_MAX)

static const struct column {
    const char *name;
    enum type type;
    int64_t least, most;
    size_t at;
} columns[KEEP_SEGMENT_COLUMNS] = {
#define X(name, type, least, most) {#name, type, least, most, offsetof(struct keep_segment, name)},
    COLUMNS(X)
#undef X
};

struct frame {
    int64_t base, top;
    uint64_t scale;
    unsigned width;
};

static uint64_t load64(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 7; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

static unsigned bits_of(uint64_t v)
{
    return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

static uint64_t gcd(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t t = a % b;
        a = b;
        b = t;
    }
    return a;
}

/* Column c of events from..n as signed numbers; ordinals less their index. */
static void column_read(const struct keep_segment *s, const struct column *c, uint32_t from, int64_t *v)
{
    const char *p = (const char *)s + c->at;
    uint32_t n = s->n - from;

    for (uint32_t i = 0; i < n; i++) {
        uint32_t j = from + i;
        switch (c->type) {
        case T_U8: v[i] = ((const uint8_t *)p)[j]; break;
        case T_I16: v[i] = ((const int16_t *)p)[j]; break;
        case T_U32: v[i] = ((const uint32_t *)p)[j]; break;
        case T_U64: v[i] = ((const int64_t *)p)[j] - (c == columns ? (int64_t)i : 0); break;
        }
    }
}

static struct frame frame_of(const int64_t *v, uint32_t n, bool scaled)
{
    struct frame f = {v[0], v[0], 1, 0};
    uint64_t g = 0;

    for (uint32_t i = 1; i < n; i++) {
        if (v[i] < f.base)
            f.base = v[i];
        if (v[i] > f.top)
            f.top = v[i];
    }
    if (scaled) {
        for (uint32_t i = 0; i < n && g != 1; i++)
            g = gcd(g, (uint64_t)v[i] - (uint64_t)f.base);
        if (g > 1)
            f.scale = g;
    }
    f.width = bits_of(((uint64_t)f.top - (uint64_t)f.base) / f.scale);
    return f;
}

static void bits_write(const int64_t *v, uint32_t n, const struct frame *f, struct keep_buf *out)
{
    uint64_t acc = 0;
    unsigned have = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint64_t d = ((uint64_t)v[i] - (uint64_t)f->base) / f->scale;
        acc |= d << have;
        if (have + f->width >= 64) {
            unsigned used = 64 - have;
            keep_buf_u64(out, acc);
            acc = used < 64 ? d >> used : 0;
            have = f->width - used;
        } else {
            have += f->width;
        }
    }
    for (; have > 0; have = have > 8 ? have - 8 : 0, acc >>= 8)
        keep_buf_u8(out, (uint8_t)acc);
}

void keep_segment_pack(const struct keep_segment *s, uint32_t from, struct keep_buf *out)
{
    uint32_t n = s->n - from;
    int64_t *v = n ? malloc((size_t)n * sizeof *v) : NULL;
    struct frame f[KEEP_SEGMENT_COLUMNS];

    if (!v) {
        out->failed = true;
        return;
    }
    keep_buf_add(out, "KS\1", 3);
    keep_buf_u8(out, KEEP_SEGMENT_COLUMNS);
    keep_buf_u32(out, n);
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        column_read(s, &columns[c], from, v);
        f[c] = frame_of(v, n, c == 1);
        keep_buf_u64(out, (uint64_t)f[c].base);
        keep_buf_u64(out, (uint64_t)f[c].top);
        keep_buf_u64(out, f[c].scale);
        keep_buf_u8(out, (uint8_t)f[c].width);
    }
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        if (f[c].width == 0)
            continue;
        column_read(s, &columns[c], from, v);
        bits_write(v, n, &f[c], out);
    }
    keep_buf_add(out, "\0\0\0\0\0\0\0\0", PAD);
    free(v);
}

/* Value i of a column of w <= 57 bits lies within the eight bytes that begin at its first bit. */
static inline uint64_t bits_at(const uint8_t *p, uint64_t bit)
{
    uint64_t v;

    memcpy(&v, p + (bit >> 3), sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v >> (bit & 7);
}

static inline uint64_t wide_at(const uint8_t *p, uint64_t bit, unsigned w)
{
    uint64_t v = bits_at(p, bit);
    unsigned had = 64 - (unsigned)(bit & 7);

    if (had < w)
        v |= (uint64_t)p[(bit >> 3) + 8] << had;
    return v;
}

/* Each returns the largest distance it met. */
#define UNPACK(name, ctype)                                                                                  \
    static uint64_t name(const uint8_t *p, unsigned w, uint32_t n, int64_t base, ctype *out)                \
    {                                                                                                        \
        uint64_t mask = ~(uint64_t)0 >> (64 - w), top = 0, bit = 0;                                          \
                                                                                                             \
        for (uint32_t i = 0; i < n; i++, bit += w) {                                                         \
            uint64_t d = bits_at(p, bit) & mask;                                                             \
            top = d > top ? d : top;                                                                         \
            out[i] = (ctype)(base + (int64_t)d);                                                             \
        }                                                                                                    \
        return top;                                                                                          \
    }
UNPACK(unpack8, uint8_t)
UNPACK(unpack16, int16_t)
UNPACK(unpack32, uint32_t)

static uint64_t unpack64(const uint8_t *p, const struct frame *f, uint32_t n, uint64_t *out)
{
    uint64_t mask = ~(uint64_t)0 >> (64 - f->width), top = 0, bit = 0;

    if (f->width <= 57) {
        for (uint32_t i = 0; i < n; i++, bit += f->width) {
            uint64_t d = bits_at(p, bit) & mask;
            top = d > top ? d : top;
            out[i] = (uint64_t)f->base + d * f->scale;
        }
    } else {
        for (uint32_t i = 0; i < n; i++, bit += f->width) {
            uint64_t d = wide_at(p, bit, f->width) & mask;
            top = d > top ? d : top;
            out[i] = (uint64_t)f->base + d * f->scale;
        }
    }
    return top;
}

static uint64_t column_write(const struct column *c, const struct frame *f, const uint8_t *p, uint32_t n, struct keep_segment *s)
{
    void *out = (char *)s + c->at;

    if (f->width == 0) {
        switch (c->type) {
        case T_U8: memset(out, (int)f->base, n); break;
        case T_I16: for (uint32_t i = 0; i < n; i++) ((int16_t *)out)[i] = (int16_t)f->base; break;
        case T_U32: for (uint32_t i = 0; i < n; i++) ((uint32_t *)out)[i] = (uint32_t)f->base; break;
        case T_U64: for (uint32_t i = 0; i < n; i++) ((uint64_t *)out)[i] = (uint64_t)f->base; break;
        }
        return 0;
    }
    switch (c->type) {
    case T_U8: return unpack8(p, f->width, n, f->base, out);
    case T_I16: return unpack16(p, f->width, n, f->base, out);
    case T_U32: return unpack32(p, f->width, n, f->base, out);
    default: return unpack64(p, f, n, out);
    }
}

static int damaged(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: %s", what);
}

/* A descriptor that pack could have written for this column. */
static int frame_read(const struct column *c, const uint8_t *p, struct frame *f, struct keep_err *err)
{
    uint64_t range;

    f->base = (int64_t)load64(p);
    f->top = (int64_t)load64(p + 8);
    f->scale = load64(p + 16);
    f->width = p[24];
    if (f->base < c->least || f->top > c->most || f->base > f->top)
        return damaged(err, "a column is out of its range");
    range = (uint64_t)f->top - (uint64_t)f->base;
    if (f->scale == 0 || range % f->scale || (f->scale != 1 && c != &columns[1]) || f->width != bits_of(range / f->scale))
        return damaged(err, "a column's width is wrong");
    return 0;
}

int keep_segment_range(const void *blob, size_t size, int column, int64_t range[2], struct keep_err *err)
{
    const uint8_t *p = blob;
    struct frame f;
    int rc;

    if (column < 0 || column >= KEEP_SEGMENT_COLUMNS || size < HEAD + KEEP_SEGMENT_COLUMNS * DESCRIPTOR || memcmp(p, "KS\1", 3) != 0 || p[3] != KEEP_SEGMENT_COLUMNS)
        return damaged(err, "not a segment");
    if ((rc = frame_read(&columns[column], p + HEAD + column * DESCRIPTOR, &f, err)) < 0)
        return rc;
    range[0] = f.base;
    range[1] = f.top;
    return 0;
}

int keep_segment_unpack(const void *blob, size_t size, struct keep_segment *out, struct keep_segment_bounds *bounds, struct keep_err *err)
{
    const uint8_t *p = blob;
    struct frame f[KEEP_SEGMENT_COLUMNS];
    size_t at = HEAD + KEEP_SEGMENT_COLUMNS * DESCRIPTOR, need = at + PAD;
    uint32_t n;
    int rc;

    if (size < need || memcmp(p, "KS\1", 3) != 0 || p[3] != KEEP_SEGMENT_COLUMNS)
        return damaged(err, "not a segment");
    n = (uint32_t)(load64(p) >> 32);
    if (n == 0 || n > KEEP_SEGMENT_EVENTS)
        return damaged(err, "wrong number of events");
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        if ((rc = frame_read(&columns[c], p + HEAD + c * DESCRIPTOR, &f[c], err)) < 0)
            return rc;
        need += ((size_t)n * f[c].width + 7) / 8;
    }
    if (size != need)
        return damaged(err, "wrong length");
    out->n = n;
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        uint64_t top = column_write(&columns[c], &f[c], p + at, n, out);
        if (top != ((uint64_t)f[c].top - (uint64_t)f[c].base) / f[c].scale)
            return damaged(err, "a column does not hold its stated values");
        at += ((size_t)n * f[c].width + 7) / 8;
    }
    for (uint32_t i = 0; i < n; i++)
        out->ordinal[i] += i;
    if (bounds)
        *bounds = (struct keep_segment_bounds){(uint32_t)f[2].top, (uint32_t)f[3].top, (uint32_t)f[4].top, (uint32_t)f[5].top};
    return 0;
}
