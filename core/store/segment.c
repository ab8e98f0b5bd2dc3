/* Frame-of-reference bit packing.
 *
 * Each column is stored as its distance from its least value, in as many bits
 * as the largest distance needs. Most columns of a log are constant over a
 * segment and cost nothing; times of a log that counts in seconds share the
 * factor 1,000,000, which is taken out first, and as most logs are in order of
 * time, times are kept as steps where that is narrower.
 *
 * Blocks of 1,024 values are packed across: word j of every lane stands beside
 * word j of the next lane, and neighbouring values are in neighbouring lanes.
 * So one shift and one mask serve a whole row of lanes, in plain loops that
 * compilers turn into vector instructions on any machine. What is left over is
 * packed along, value after value, and read by loading the eight bytes where a
 * value starts. What is read is distrusted as a whole (lengths, ranges, stated
 * maxima): a value above the maximum leaves a sign bit behind, looked at once. */
#include "core/store/segment.h"

#include <stdlib.h>

#define HEAD 16
#define DESCRIPTOR 25
#define PAD 8
#define BLOCK 1024            /* values packed across */
#define STEPS 0x80            /* in the byte of the width: times are steps */
#define STEP_MAX (INT64_C(1) << 47) /* four years in microseconds; a segment is of one month */
#define FIRST_MAX (INT64_C(1) << 62)

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

enum { TIME = 1 }; /* place of the column */

struct frame {
    int64_t base, top;
    uint64_t scale;
    unsigned width;
    bool steps;
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
    struct frame f = {v[0], v[0], 1, 0, false};
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

/* Bits of a lane: of the column's type. A column whose width fills them is packed along. */
static unsigned lane_bits(enum type t)
{
    return t == T_U8 ? 8 : t == T_I16 ? 16 : t == T_U32 ? 32 : 64;
}

static uint32_t blocks_of(enum type t, unsigned width, uint32_t n)
{
    return width < lane_bits(t) ? n / BLOCK : 0;
}

static size_t packed_size(enum type t, unsigned width, uint32_t n)
{
    uint32_t across = blocks_of(t, width, n) * BLOCK;

    return (size_t)across / 8 * width + ((size_t)(n - across) * width + 7) / 8;
}

static uint64_t distance(const struct frame *f, int64_t v)
{
    return ((uint64_t)v - (uint64_t)f->base) / f->scale;
}

/* One block: value k * lanes + l is in bits k * width.. of lane l. */
static void block_write(const int64_t *v, enum type t, const struct frame *f, struct keep_buf *out)
{
    unsigned bits = lane_bits(t), lanes = BLOCK / bits, w = f->width;

    for (unsigned j = 0; j < w; j++)
        for (unsigned l = 0; l < lanes; l++) {
            uint64_t word = 0;
            for (unsigned k = j * bits / w; k < bits && k * w < (j + 1) * bits; k++) {
                uint64_t d = distance(f, v[k * lanes + l]);
                word |= k * w >= j * bits ? d << (k * w - j * bits) : d >> (j * bits - k * w);
            }
            for (unsigned b = 0; b < bits; b += 8)
                keep_buf_u8(out, (uint8_t)(word >> b));
        }
}

static void bits_write(const int64_t *v, uint32_t n, const struct frame *f, struct keep_buf *out)
{
    uint64_t acc = 0;
    unsigned have = 0;

    for (uint32_t i = 0; i < n; i++) {
        uint64_t d = distance(f, v[i]);
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

static void column_pack(const int64_t *v, uint32_t n, enum type t, const struct frame *f, struct keep_buf *out)
{
    uint32_t blocks = blocks_of(t, f->width, n);

    for (uint32_t b = 0; b < blocks; b++)
        block_write(v + (size_t)b * BLOCK, t, f, out);
    bits_write(v + (size_t)blocks * BLOCK, n - blocks * BLOCK, f, out);
}

/* Turns times into steps where that is narrower; the first takes the place of the least. */
static void steps_try(int64_t *v, uint32_t n, struct frame *f)
{
    int64_t first = v[0], least = INT64_MAX;
    struct frame g;

    if (f->base < -FIRST_MAX || f->top > FIRST_MAX || (uint64_t)f->top - (uint64_t)f->base >= (uint64_t)STEP_MAX)
        return;
    for (uint32_t i = n - 1; i > 0; i--) {
        v[i] -= v[i - 1];
        least = v[i] < least ? v[i] : least;
    }
    v[0] = n > 1 ? least : 0;
    g = frame_of(v, n, true);
    if (g.width < f->width) {
        *f = g;
        f->steps = true;
        return;
    }
    v[0] = first;
    for (uint32_t i = 1; i < n; i++)
        v[i] += v[i - 1];
}

void keep_segment_pack(const struct keep_segment *s, uint32_t from, struct keep_buf *out)
{
    uint32_t n = s->n - from;
    int64_t *v = n ? malloc((size_t)n * KEEP_SEGMENT_COLUMNS * sizeof *v) : NULL;
    struct frame f[KEEP_SEGMENT_COLUMNS];

    if (!v) {
        out->failed = true;
        return;
    }
    keep_buf_add(out, "KS\2", 3);
    keep_buf_u8(out, KEEP_SEGMENT_COLUMNS);
    keep_buf_u32(out, n);
    keep_buf_u64(out, (uint64_t)s->time[from]);
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        int64_t *at = v + (size_t)c * n;
        column_read(s, &columns[c], from, at);
        f[c] = frame_of(at, n, c == TIME);
        if (c == TIME)
            steps_try(at, n, &f[c]);
        keep_buf_u64(out, (uint64_t)f[c].base);
        keep_buf_u64(out, (uint64_t)f[c].top);
        keep_buf_u64(out, f[c].scale);
        keep_buf_u8(out, (uint8_t)(f[c].width | (f[c].steps ? STEPS : 0)));
    }
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++)
        if (f[c].width)
            column_pack(v + (size_t)c * n, n, columns[c].type, &f[c], out);
    keep_buf_add(out, "\0\0\0\0\0\0\0\0", PAD);
    free(v);
}

/* --- reading ------------------------------------------------------------------ */

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
    return w < 64 ? v & ~(~(uint64_t)0 << w) : v;
}

/* gcc vectorizes loops like these in full only at this level. */
#if defined(__GNUC__) && !defined(__clang__)
#define VECTOR __attribute__((optimize("O3")))
#else
#define VECTOR
#endif
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
#define FROM_LE(bits, v) FROM_LE_##bits(v)
#define FROM_LE_8(v) (v)
#define FROM_LE_16(v) __builtin_bswap16(v)
#define FROM_LE_32(v) __builtin_bswap32(v)
#define FROM_LE_64(v) __builtin_bswap64(v)
#else
#define FROM_LE(bits, v) (v)
#endif

/* Distances into out: blocks across, the rest along, n in all. limit: the largest allowed. Returns whether none is above it. */
#define UNPACK(name, T, bits)                                                                              \
    typedef T name##_word __attribute__((aligned(1), may_alias));                                          \
    VECTOR static bool name(const uint8_t *p, unsigned w, uint32_t blocks, uint32_t n, T base, T limit, T *restrict out) \
    {                                                                                                      \
        enum { LANES = BLOCK / (bits) };                                                                   \
        const T mask = (T)(w < (bits) ? ~(~(uint64_t)0 << w) : ~(uint64_t)0);                              \
        T over[LANES] = {0};                                                                               \
        bool fits = true;                                                                                  \
                                                                                                           \
        for (uint32_t b = 0; b < blocks; b++, p += (size_t)BLOCK / 8 * w, out += BLOCK)                    \
            for (unsigned k = 0; k < (bits); k++) {                                                        \
                const name##_word *in = (const name##_word *)p + (size_t)(k * w / (bits)) * LANES;         \
                T *o = out + (size_t)k * LANES;                                                            \
                unsigned s = k * w % (bits);                                                               \
                if (s + w <= (bits)) {                                                                     \
                    for (int l = 0; l < LANES; l++) {                                                      \
                        T d = (T)((T)(FROM_LE(bits, in[l]) >> s) & mask);                                  \
                        over[l] |= (T)(limit - d);                                                         \
                        o[l] = (T)(base + d);                                                              \
                    }                                                                                      \
                } else {                                                                                   \
                    unsigned rest = (bits) - s;                                                            \
                    for (int l = 0; l < LANES; l++) {                                                      \
                        T d = (T)((T)((T)(FROM_LE(bits, in[l]) >> s) | (T)(FROM_LE(bits, in[l + LANES]) << rest)) & mask); \
                        over[l] |= (T)(limit - d);                                                         \
                        o[l] = (T)(base + d);                                                              \
                    }                                                                                      \
                }                                                                                          \
            }                                                                                              \
        for (int l = 0; l < LANES; l++)                                                                    \
            fits = fits && !(over[l] >> ((bits) - 1));                                                     \
        n -= blocks * BLOCK;                                                                               \
        for (uint32_t i = 0; i < n; i++) {                                                                 \
            T d = (T)wide_at(p, (uint64_t)i * w, w);                                                       \
            fits = fits && d <= limit;                                                                     \
            out[i] = (T)(base + d);                                                                        \
        }                                                                                                  \
        return fits;                                                                                       \
    }
UNPACK(unpack8, uint8_t, 8)
UNPACK(unpack16, uint16_t, 16)
UNPACK(unpack32, uint32_t, 32)
UNPACK(unpack64, uint64_t, 64)

static void constant(const struct column *c, int64_t base, uint32_t n, void *out)
{
    switch (c->type) {
    case T_U8: memset(out, (int)base, n); break;
    case T_I16: for (uint32_t i = 0; i < n; i++) ((int16_t *)out)[i] = (int16_t)base; break;
    case T_U32: for (uint32_t i = 0; i < n; i++) ((uint32_t *)out)[i] = (uint32_t)base; break;
    case T_U64: for (uint32_t i = 0; i < n; i++) ((uint64_t *)out)[i] = (uint64_t)base; break;
    }
}

/* Times from distances, or from steps. */
static void times_make(uint64_t *t, uint32_t n, const struct frame *f, uint64_t first)
{
    uint64_t base = (uint64_t)f->base, scale = f->scale;

    if (!f->steps) {
        for (uint32_t i = 0; i < n; i++)
            t[i] = base + t[i] * scale;
        return;
    }
    t[0] = first;
    for (uint32_t i = 1; i < n; i++)
        t[i] = first += base + t[i] * scale;
}

static bool column_write(const struct column *c, const struct frame *f, const uint8_t *p, uint32_t n, uint64_t first, struct keep_segment *s)
{
    void *out = (char *)s + c->at;
    uint64_t base = (uint64_t)f->base, limit = ((uint64_t)f->top - base) / f->scale;
    uint32_t blocks = blocks_of(c->type, f->width, n);
    bool time = c == &columns[TIME];

    if (f->width == 0 && !f->steps) {
        constant(c, f->base, n, out);
        return true;
    }
    if (f->width == 0) {
        memset(out, 0, n * sizeof *s->time);
        times_make(out, n, f, first);
        return true;
    }
    switch (c->type) {
    case T_U8: return unpack8(p, f->width, blocks, n, (uint8_t)base, (uint8_t)limit, out);
    case T_I16: return unpack16(p, f->width, blocks, n, (uint16_t)base, (uint16_t)limit, out);
    case T_U32: return unpack32(p, f->width, blocks, n, (uint32_t)base, (uint32_t)limit, out);
    case T_U64: break;
    }
    if (!unpack64(p, f->width, blocks, n, time ? 0 : base, limit, out))
        return false;
    if (time)
        times_make(out, n, f, first);
    return true;
}

static int damaged(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: %s", what);
}

/* A descriptor that pack could have written for this column. */
static int frame_read(const struct column *c, const uint8_t *p, struct frame *f, struct keep_err *err)
{
    bool time = c == &columns[TIME];
    uint64_t range;

    f->base = (int64_t)load64(p);
    f->top = (int64_t)load64(p + 8);
    f->scale = load64(p + 16);
    f->steps = time && (p[24] & STEPS);
    f->width = f->steps ? p[24] & ~(unsigned)STEPS : p[24];
    if (f->base < (f->steps ? -STEP_MAX : c->least) || f->top > (f->steps ? STEP_MAX : c->most) || f->base > f->top)
        return damaged(err, "a column is out of its range");
    range = (uint64_t)f->top - (uint64_t)f->base;
    if (f->scale == 0 || range % f->scale || (f->scale != 1 && !time) || f->width != bits_of(range / f->scale))
        return damaged(err, "a column's width is wrong");
    return 0;
}

int keep_segment_unpack(const void *blob, size_t size, struct keep_segment *out, struct keep_segment_bounds *bounds, struct keep_err *err)
{
    const uint8_t *p = blob;
    struct frame f[KEEP_SEGMENT_COLUMNS];
    size_t at = HEAD + KEEP_SEGMENT_COLUMNS * DESCRIPTOR, need = at + PAD;
    uint64_t first;
    uint32_t n;
    int rc;

    if (size < need || memcmp(p, "KS\2", 3) != 0 || p[3] != KEEP_SEGMENT_COLUMNS)
        return damaged(err, "not a segment");
    n = (uint32_t)(load64(p) >> 32);
    first = load64(p + 8);
    if (n == 0 || n > KEEP_SEGMENT_EVENTS)
        return damaged(err, "wrong number of events");
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        if ((rc = frame_read(&columns[c], p + HEAD + c * DESCRIPTOR, &f[c], err)) < 0)
            return rc;
        need += packed_size(columns[c].type, f[c].width, n);
    }
    if (f[TIME].steps && ((int64_t)first < -FIRST_MAX || (int64_t)first > FIRST_MAX))
        return damaged(err, "the first time is out of its range");
    if (size != need)
        return damaged(err, "wrong length");
    out->n = n;
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
        if (!column_write(&columns[c], &f[c], p + at, n, first, out))
            return damaged(err, "a column holds more than its stated largest value");
        at += packed_size(columns[c].type, f[c].width, n);
    }
    if (out->time[0] != (keep_time)first)
        return damaged(err, "the first time is not the one stated");
    for (uint32_t i = 0; i < n; i++)
        out->ordinal[i] += i;
    if (bounds)
        *bounds = (struct keep_segment_bounds){(uint32_t)f[2].top, (uint32_t)f[3].top, (uint32_t)f[4].top, (uint32_t)f[5].top};
    return 0;
}
