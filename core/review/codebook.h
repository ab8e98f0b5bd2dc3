/* Code tables that the hospital took in (validity of codes, pairs not billed
 * together, most units of a code), looked up by day. Which edition holds on a day
 * is what the tables say; where no table of a system is in force nothing is known. */
#ifndef CORE_REVIEW_CODEBOOK_H
#define CORE_REVIEW_CODEBOOK_H

#include "core/base/arena.h"
#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/model/codetable.h"

struct keep_codebook;

int keep_codebook_new(struct keep_codebook **out, struct keep_err *err);
void keep_codebook_free(struct keep_codebook *b); /* NULL allowed */

/* Adds rows; strings are copied. A later row about the same code (pair, limit) from the same day on takes the place of an earlier one. Before sealing. KEEP_E_NOMEM. */
int keep_codebook_code(struct keep_codebook *b, const struct keep_codetable_code *row, struct keep_err *err);
int keep_codebook_pair(struct keep_codebook *b, const struct keep_codetable_pair *row, struct keep_err *err);
int keep_codebook_limit(struct keep_codebook *b, const struct keep_codetable_limit *row, struct keep_err *err);
/* Rows of one stored table, as keep_codetable_write made them. KEEP_E_INPUT when they are not. */
int keep_codebook_read(struct keep_codebook *b, struct keep_str text, struct keep_err *err);
/* Sorts. Afterwards it is only looked up, by any number of threads. */
void keep_codebook_seal(struct keep_codebook *b);

/* Do the tables of that system speak for that day: did some row begin within the year before, and is it not behind the last day of all that had
 * begun? So a year whose edition was not taken in is not spoken for. */
bool keep_codebook_covers(const struct keep_codebook *b, struct keep_str system, keep_date on);
/* The row of a code in force that day; NULL none. Codes of ICD compare without dots and case. */
const struct keep_codetable_code *keep_codebook_find(const struct keep_codebook *b, struct keep_str system, struct keep_str code, keep_date on);
/* Does any row of the system carry an age, a sex, an exemption from POA, a code that begins so? Without one the table says nothing about it. */
bool keep_codebook_tells(const struct keep_codebook *b, struct keep_str system, enum keep_codetable_fact fact);
bool keep_codebook_pairs_on(const struct keep_codebook *b, keep_date on);
const struct keep_codetable_pair *keep_codebook_pair_of(const struct keep_codebook *b, struct keep_str first, struct keep_str second, keep_date on);
const struct keep_codetable_limit *keep_codebook_limit_of(const struct keep_codebook *b, struct keep_str code, keep_date on);
bool keep_codebook_limits_on(const struct keep_codebook *b, keep_date on);

#endif
