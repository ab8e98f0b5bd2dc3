/* Research activities for which the information of 50 or more individuals was
 * disclosed under 45 CFR 164.512(i): 164.528(b)(4) lets an accounting tell of the
 * activity instead of each patient's disclosure, of which no record need exist. The
 * hospital's list of them is a table beside the keep, since no patient stands in it.
 *
 *   protocol, description (plain language: purpose, how records were chosen), disclosed (the type of information), first, last (days),
 *   individuals, sponsor, sponsor_address, sponsor_phone, researcher, researcher_address, researcher_phone */
#ifndef CORE_WORK_PROTOCOLS_H
#define CORE_WORK_PROTOCOLS_H

#include "core/base/arena.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/str.h"

#define KEEP_PROTOCOLS_LEAST 50          /* individuals: 164.528(b)(4)(i) */
#define KEEP_PROTOCOLS_BYTES (4u << 20)  /* of the table: some thousand activities */

struct keep_protocol {
    struct keep_str name, description, disclosed;               /* (A), (B), (C) */
    struct keep_str sponsor, sponsor_address, sponsor_phone;    /* (E) */
    struct keep_str researcher, researcher_address, researcher_phone;
    keep_date first, last;                                      /* (D): of such disclosures */
};
/* All of them in the table's order, in a. KEEP_E_INPUT with the line: a column or a cell that (b)(4)(i) wants is missing, a day is none, or they were fewer than 50
 * individuals, whose disclosures are listed each. where: the file's name, for messages. */
int keep_protocols_read(struct keep_protocol **out, size_t *n, struct keep_str csv, const char *where, struct keep_arena *a, struct keep_err *err);

#endif
