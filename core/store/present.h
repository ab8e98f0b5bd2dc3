/* Who stands in a log segment: its distinct accounts and patients, so that a
 * question about one person opens the segments that hold it and no other.
 * A cache: made of the columns when a segment is written, gone with it, never
 * asked when there are no such rows. Inside core/store only.
 *
 * A list, little-endian: 4 n | 4 least id | 1 width | n - 1 steps less one, width bits each, least bit first, in whole
 * bytes | 8 zero bytes. Ids ascend; 0, none, is not listed. The same ids give the same bytes. */
#ifndef CORE_STORE_PRESENT_H
#define CORE_STORE_PRESENT_H

#include "core/store/inside.h"
#include "core/store/segment.h"

enum keep_present { KEEP_PRESENT_ACCOUNT, KEEP_PRESENT_PATIENT, KEEP_PRESENT_COUNT };

/* Inside the open transaction: lists events from.. of the segment that was just written, or takes its lists away. */
int keep_present_write(struct keep_store *s, int64_t segment, const struct keep_segment *c, uint32_t from, struct keep_err *err);
int keep_present_drop(struct keep_store *s, int64_t segment, struct keep_err *err);

/* Appends the list of n ids, which are overwritten, without 0 and what repeats. n at most KEEP_SEGMENT_EVENTS. */
void keep_present_list(uint32_t *id, size_t n, struct keep_buf *out);
/* Whether a list holds one of n wanted ids, ascending: 1, 0, KEEP_E_INTEGRITY. */
int keep_present_has(const void *list, size_t size, const uint32_t *wanted, size_t n, struct keep_err *err);

#endif
