/* The accesses of a finding as its row holds them: most are a few hundred thousand
 * ordinals of one source apart, so that one takes three or four bytes. Knows no
 * database.
 *
 *     count    how many there are
 *     until these are told, as often as the source changes:
 *       source, number
 *       number times the ordinal less that of the access before, of whichever source, or less 0
 *
 * All in the order of the finding and as in core/base/varint.h, the differences folded. */
#ifndef CORE_STORE_CASEPACK_H
#define CORE_STORE_CASEPACK_H

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/model/findings.h"

/* Appends; out->failed when out of memory. */
void keep_casepack_put(struct keep_buf *out, const struct keep_event_id *event, size_t n);

/* How many there are said to be: fewer than it has bytes. KEEP_E_INTEGRITY. */
int keep_casepack_count(struct keep_str packed, size_t *n, struct keep_err *err);
/* All of them; n: what keep_casepack_count told. KEEP_E_INTEGRITY: it is cut off, too long, or not of this form. */
int keep_casepack_get(struct keep_str packed, struct keep_event_id *event, size_t n, struct keep_err *err);

#endif
