/* The layout of a log segment, as its writer and its reader share it. Inside core/store only. */
#ifndef CORE_STORE_SEGMENT_INSIDE_H
#define CORE_STORE_SEGMENT_INSIDE_H

#include <string.h>

#include "core/store/segread.h"

#define KEEP_SEGMENT_MAGIC "KS\2"
#define KEEP_SEGMENT_HEAD 16
#define KEEP_SEGMENT_DESCRIPTOR 25
#define KEEP_SEGMENT_PAD 8
#define KEEP_SEGMENT_BLOCK 1024  /* values packed across */
#define KEEP_SEGMENT_STEPS 0x80  /* in the byte of the width: times are steps */
#define KEEP_SEGMENT_STEP_MAX (INT64_C(1) << 47)  /* four years in microseconds; a segment is of one month */
#define KEEP_SEGMENT_FIRST_MAX (INT64_C(1) << 62)

#define KEEP_SEGMENT_ORDINAL_MAX ((INT64_C(1) << KEEP_ORDINAL_BITS) - 1 - KEEP_SEGMENT_EVENTS)

enum keep_segment_type { KEEP_SEGMENT_U8, KEEP_SEGMENT_I16, KEEP_SEGMENT_U32, KEEP_SEGMENT_U64 };

/* name, type, least and largest value a column may hold */
#define KEEP_SEGMENT_LIST(X)                        \
    X(ordinal, U64, 0, KEEP_SEGMENT_ORDINAL_MAX)    \
    X(time, U64, INT64_MIN + 1, INT64_MAX)          \
    X(account, U32, 0, UINT32_MAX - 1)              \
    X(patient, U32, 0, UINT32_MAX - 1)              \
    X(place, U32, 0, UINT32_MAX - 1)                \
    X(unit, U32, 0, UINT32_MAX - 1)                 \
    X(action, U8, 0, KEEP_ACTION_COUNT - 1)         \
    X(exposure, U8, 0, KEEP_EXPOSURE_COUNT - 1)     \
    X(outcome, U8, 0, KEEP_OUTCOME_COUNT - 1)       \
    X(purpose, U8, 0, KEEP_PURPOSE_COUNT - 1)       \
    X(break_glass, U8, 0, KEEP_TRI_COUNT - 1)       \
    X(searched, U8, 0, 1)                           \
    X(reason, I16, -1, INT16_MAX)

/* Places of columns that readers ask for by name. */
enum keep_segment_column {
#define X(name, type, least, most) KEEP_SEGMENT_at_##name,
    KEEP_SEGMENT_LIST(X)
#undef X
};

/* Bits of a lane: of the column's type. A column whose width fills them is packed along. */
static inline unsigned keep_segment_lane(enum keep_segment_type t)
{
    return 8u << t;
}

static inline uint32_t keep_segment_blocks(enum keep_segment_type t, unsigned width, uint32_t n)
{
    return width < keep_segment_lane(t) ? n / KEEP_SEGMENT_BLOCK : 0;
}

static inline size_t keep_segment_size(enum keep_segment_type t, unsigned width, uint32_t n)
{
    uint32_t across = keep_segment_blocks(t, width, n) * KEEP_SEGMENT_BLOCK;

    return (size_t)across / 8 * width + ((size_t)(n - across) * width + 7) / 8;
}

static inline unsigned keep_segment_bits(uint64_t v)
{
    return v ? 64 - (unsigned)__builtin_clzll(v) : 0;
}

/* The w bits from a bit on. Eight bytes must stand behind them. */
static inline uint64_t keep_segment_bits_at(const uint8_t *p, uint64_t bit, unsigned w)
{
    unsigned shift = (unsigned)(bit & 7);
    uint64_t v;

    memcpy(&v, p + (bit >> 3), sizeof v);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    v >>= shift;
    if (shift + w > 64)
        v |= (uint64_t)p[(bit >> 3) + 8] << (64 - shift);
    return w < 64 ? v & ~(~(uint64_t)0 << w) : v;
}

#endif
