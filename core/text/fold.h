/* Folding of names and addresses for comparison: NFKD, case folded, marks,
 * punctuation and repeated spaces dropped ("Müller-O’Neill" = "MULLER ONEILL"). */
#ifndef CORE_TEXT_FOLD_H
#define CORE_TEXT_FOLD_H

#include "core/base/arena.h"
#include "core/base/str.h"

/* Empty in (or nothing left) gives {NULL,0}. NULL-string also when out of memory. */
struct keep_str keep_fold_name(struct keep_str s, struct keep_arena *a);
/* Street line + unit + postal code (first five digits) in one comparable string; common US street words abbreviated (USPS Publication 28 C1 suffixes). */
struct keep_str keep_fold_address(struct keep_str line, struct keep_str city, struct keep_str state, struct keep_str postal, struct keep_arena *a);

#endif
