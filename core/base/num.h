/* Checked numbers: parsing that accepts the whole string or nothing, and
 * arithmetic that says when it does not fit. */
#ifndef CORE_BASE_NUM_H
#define CORE_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"

bool keep_num_u64(struct keep_str s, uint64_t *out);  /* decimal digits only */
bool keep_num_i64(struct keep_str s, int64_t *out);   /* optional '-' */
bool keep_num_add(size_t a, size_t b, size_t *out);
bool keep_num_mul(size_t a, size_t b, size_t *out);

/* Puts them in ascending order; best when there are few. */
void keep_num_sort(uint64_t *v, size_t n);

/* Ascending, for qsort and bsearch over uint64_t, over int64_t. */
int keep_num_by_u64(const void *a, const void *b);
int keep_num_by_i64(const void *a, const void *b);

#endif
