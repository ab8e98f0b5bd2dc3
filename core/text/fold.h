/* Folding of names and addresses for comparison: NFKD, case folded, marks,
 * punctuation and repeated spaces dropped ("Müller-O’Neill" = "MULLER ONEILL"). */
#ifndef CORE_TEXT_FOLD_H
#define CORE_TEXT_FOLD_H

#include "core/base/arena.h"
#include "core/base/str.h"

/* Empty in (or nothing left) gives {NULL,0}. NULL-string also when out of memory. */
struct keep_str keep_fold_name(struct keep_str s, struct keep_arena *a);
/* Street line with unit, then the first five digits of the postal code; without those, city and state: one comparable string. Common US street words are
 * abbreviated (USPS Publication 28), the word before a unit's number is dropped. No line, or neither postal code nor city, gives {NULL,0}: nothing to compare. */
struct keep_str keep_fold_address(struct keep_str line, struct keep_str city, struct keep_str state, struct keep_str postal, struct keep_arena *a);

/* The street of an address that was folded, without house number and unit, and the same postal code or town; none: {NULL,0}. A line that does not begin with a house number ("PO Box 7") names no street: {NULL,0}. */
struct keep_str keep_fold_street(struct keep_str address, struct keep_arena *a);

/* A phone number as its digits, a leading 1 of North America's eleven left out. Fewer than seven digits, or an extension ("ext. 12", "x12", "#12": a switchboard's,
 * not anybody's own) gives {NULL,0}. */
struct keep_str keep_fold_phone(struct keep_str s, struct keep_arena *a);

/* What two names of files that a reader takes for one have in common: composed (NFC), and with_case false: case folded as well. Bytes that are no UTF-8 stay as they are. NULL-string when out
 * of memory. */
struct keep_str keep_fold_file(struct keep_str s, bool with_case, struct keep_arena *a);

#endif
