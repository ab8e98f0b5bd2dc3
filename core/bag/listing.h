/* The lists in a package, read line by line as the tar goes by: manifests, the
 * tag manifest, the register, bag-info. Inside core/bag only. */
#ifndef CORE_BAG_LISTING_H
#define CORE_BAG_LISTING_H

#include "core/bag/examine.h"

/* Which list a line belongs to. */
enum keep_listing { KEEP_LISTING_NONE, KEEP_LISTING_SHA512, KEEP_LISTING_SHA256, KEEP_LISTING_TAGS, KEEP_LISTING_REGISTER };

/* One line without its line feed; ended: it had one. What is wrong goes to the checks; <0 only when out of memory. */
int keep_listing_line(struct keep_examine *x, enum keep_listing which, struct keep_str line, struct keep_err *err);

/* When the whole tar was read: every file is in its list, all counts agree. */
void keep_listing_end(struct keep_examine *x);

/* bagit.txt and bag-info.txt, and what they say against what is there. */
void keep_listing_baginfo(struct keep_examine *x);

#endif
