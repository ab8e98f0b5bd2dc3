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
 * So one shift and one mask serve a whole row of lanes when they are read
 * (segread.c). What is left over is packed along, value after value, and read
 * by loading the eight bytes where a value starts. */
#include "core/store/segment.h"

#include <stdlib.h>

#include "core/store/segment_inside.h"

#define BLOCK KEEP_SEGMENT_BLOCK
#define TIME KEEP_SEGMENT_at_time

static const struct column {
    enum keep_segment_type type;
    size_t at, batch, width; /* in struct keep_segment, in struct keep_segread_batch, of a value */
} columns[KEEP_SEGMENT_COLUMNS] = {
#define X(name, type, least, most) \
    {KEEP_SEGMENT_##type, offsetof(struct keep_segment, name), offsetof(struct keep_segread_batch, name), sizeof ((struct keep_segment *)0)->name[0]},
    KEEP_SEGMENT_LIST(X)
#undef X
};

struct frame {
    int64_t base, top;
    uint64_t scale;
    unsigned width;
    bool steps;
};

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
        case KEEP_SEGMENT_U8: v[i] = ((const uint8_t *)p)[j]; break;
        case KEEP_SEGMENT_I16: v[i] = ((const int16_t *)p)[j]; break;
        case KEEP_SEGMENT_U32: v[i] = ((const uint32_t *)p)[j]; break;
        case KEEP_SEGMENT_U64: v[i] = ((const int64_t *)p)[j] - (c == columns ? (int64_t)i : 0); break;
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
    f.width = keep_segment_bits(((uint64_t)f.top - (uint64_t)f.base) / f.scale);
    return f;
}

static uint64_t distance(const struct frame *f, int64_t v)
{
    return ((uint64_t)v - (uint64_t)f->base) / f->scale;
}

/* One block: value k * lanes + l is in bits k * width.. of lane l. */
static void block_write(const int64_t *v, enum keep_segment_type t, const struct frame *f, struct keep_buf *out)
{
    unsigned bits = keep_segment_lane(t), lanes = BLOCK / bits, w = f->width;

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

static void column_pack(const int64_t *v, uint32_t n, enum keep_segment_type t, const struct frame *f, struct keep_buf *out)
{
    uint32_t blocks = keep_segment_blocks(t, f->width, n);

    for (uint32_t b = 0; b < blocks; b++)
        block_write(v + (size_t)b * BLOCK, t, f, out);
    bits_write(v + (size_t)blocks * BLOCK, n - blocks * BLOCK, f, out);
}

/* Turns times into steps where that is narrower; the first takes the place of the least. */
static void steps_try(int64_t *v, uint32_t n, struct frame *f)
{
    int64_t first = v[0], least = INT64_MAX;
    struct frame g;

    if (f->base < -KEEP_SEGMENT_FIRST_MAX || f->top > KEEP_SEGMENT_FIRST_MAX || (uint64_t)f->top - (uint64_t)f->base >= (uint64_t)KEEP_SEGMENT_STEP_MAX)
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
    keep_buf_add(out, KEEP_SEGMENT_MAGIC, 3);
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
        keep_buf_u8(out, (uint8_t)(f[c].width | (f[c].steps ? KEEP_SEGMENT_STEPS : 0)));
    }
    for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++)
        if (f[c].width)
            column_pack(v + (size_t)c * n, n, columns[c].type, &f[c], out);
    keep_buf_add(out, "\0\0\0\0\0\0\0\0", KEEP_SEGMENT_PAD);
    free(v);
}

/* --- reading ------------------------------------------------------------------ */

int keep_segment_unpack(const void *blob, size_t size, struct keep_segment *out, struct keep_segment_bounds *bounds, struct keep_err *err)
{
    struct keep_segread_batch b;
    struct keep_segread r;
    int rc = keep_segread_open(&r, blob, size, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_segread_next(&r, KEEP_SEGREAD_ALL, &b, err)) > 0)
        for (int c = 0; c < KEEP_SEGMENT_COLUMNS; c++) {
            const struct column *k = &columns[c];
            memcpy((char *)out + k->at + r.from * k->width, (const char *)&b + k->batch, b.n * k->width);
        }
    if (rc < 0)
        return rc;
    out->n = r.n;
    if (bounds)
        *bounds = r.top;
    return 0;
}
