/* Column segments of the access log: n events packed bit by bit. Pure codec,
 * knows no database. Layout, all little-endian:
 *
 *     0  2  "KS"
 *     2  1  2 (format)
 *     3  1  KEEP_SEGMENT_COLUMNS
 *     4  4  n
 *     8  8  time of the first event
 *    16     per column, in the order of struct keep_segment:
 *             8  base   (two's complement)
 *             8  largest value
 *             8  scale  (1, but for time: the greatest common divisor of the distances from base)
 *             1  width in bits, 0..64; 0 = every value is base. For time 128 is added when it holds steps
 *           per column with width > 0 the distances (value - base) / scale:
 *             blocks of 1,024 values, while the width is less than the bits B of the column's type (8, 16, 32, 64):
 *               width rows of 1,024 / B lanes, each a word of B bits; the words of lane l, one after the other,
 *               hold values l, l + lanes, l + 2 lanes, …, least bit first
 *             the values left over, value i at bit i * width, least bit first, in whole bytes
 *           8 zero bytes, so that a reader may load 8 bytes at any value
 *
 * Steps: value i is the time of event i less that of event i - 1; value 0 is not used and stands as the least.
 * The ordinal column holds ordinal - index: constant when ordinals run without a gap. */
#ifndef CORE_STORE_SEGMENT_H
#define CORE_STORE_SEGMENT_H

#include "core/base/buf.h"
#include "core/model/events.h"

#define KEEP_SEGMENT_COLUMNS 13

/* Events in columns as they stand on disk: ids of entities, 0 = none; places and units as term id + 1, 0 = none. */
struct keep_segment {
    uint32_t n;
    uint64_t ordinal[KEEP_SEGMENT_EVENTS];
    keep_time time[KEEP_SEGMENT_EVENTS];
    uint32_t account[KEEP_SEGMENT_EVENTS], patient[KEEP_SEGMENT_EVENTS], place[KEEP_SEGMENT_EVENTS], unit[KEEP_SEGMENT_EVENTS];
    uint8_t action[KEEP_SEGMENT_EVENTS], exposure[KEEP_SEGMENT_EVENTS], outcome[KEEP_SEGMENT_EVENTS], purpose[KEEP_SEGMENT_EVENTS];
    uint8_t break_glass[KEEP_SEGMENT_EVENTS], searched[KEEP_SEGMENT_EVENTS];
    int16_t reason[KEEP_SEGMENT_EVENTS];
};

/* The largest value of each id column, told when a segment is opened so that a reader can check its maps once a segment. */
struct keep_segment_bounds {
    uint32_t account, patient, place, unit;
};

/* Packs events from..n of s; appends to out (out->failed when out of memory). */
void keep_segment_pack(const struct keep_segment *s, uint32_t from, struct keep_buf *out);
/* Unpacks into out. KEEP_E_INTEGRITY unless the length is exact, every column within its range and vocabulary, and no
 * value above the largest stated. Damage inside these bounds is the page seal's to find. bounds may be NULL. */
int keep_segment_unpack(const void *p, size_t n, struct keep_segment *out, struct keep_segment_bounds *bounds, struct keep_err *err);

#endif
