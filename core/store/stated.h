/* What a version's row states in one value: all that rules read of a record and
 * no statement looks for, which as columns of its own cost an import more than
 * half of the row. Inside core/store only.
 *
 *     digest 16 | content 32 | custody 1 | located 1 | n 1, tags n (0, 16 or 32)
 *     facility, author, signer, file, line     each a number, below
 *     first, last, created, recorded           each a number, zigzag
 *     status, media, codes, days, amends       each a number and so many bytes
 *
 * Numbers and zigzag ones are those of core/base/varint.h. */
#ifndef CORE_STORE_STATED_H
#define CORE_STORE_STATED_H

#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/model/records.h"

#define KEEP_STATED_DIGEST 16
#define KEEP_STATED_CONTENT 32

struct keep_stated {
    const uint8_t *digest, *content; /* of what the row says; of the payload's bytes */
    enum keep_custody custody;
    bool located;                    /* the sealed part has a custodian or a locator, and stands in the row */
    struct keep_str tags;            /* of the payload: the only chunk's, or the hash of all; none without one */
    uint64_t facility, author, signer, file, line;
    keep_date first, last, created;
    keep_time recorded;
    struct keep_str status, media;
    struct keep_str codes;  /* u32 system (a term), bytes code, of each */
    struct keep_str days;   /* u8 which, u32 the day */
    struct keep_str amends; /* u8 how, u64 the earlier record */
};

void keep_stated_put(struct keep_buf *b, const struct keep_stated *s);
/* The one thing, of a body that may be malformed. */
bool keep_stated_located(struct keep_str body);
/* Points into the body. KEEP_E_INTEGRITY. */
int keep_stated_get(struct keep_stated *out, struct keep_str body, struct keep_err *err);

#endif
