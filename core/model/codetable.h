/* Rows of the code tables that a hospital takes in, and the form in which a table
 * is kept: CSV with a fixed header for each kind, so that it explains itself. */
#ifndef CORE_MODEL_CODETABLE_H
#define CORE_MODEL_CODETABLE_H

#include "core/base/civil.h"
#include "core/base/str.h"
#include "core/model/vocab.h"

#define KEEP_CODETABLE_RECORD "code table" /* the kind of record that holds a piece of one */

/* Validity: [from, to], NONE = open. */
struct keep_codetable_code {
    struct keep_str system, code;
    keep_date from, to;
    char sex;                        /* 'F', 'M'; 0: either, or not said */
    int16_t age_from, age_to;        /* completed years, both included; -1 not said */
    uint8_t billable, poa_exempt;    /* enum keep_tristate */
};
/* `second` is not billed beside `first` (NCCI: column two, column one). */
struct keep_codetable_pair {
    struct keep_str first, second;
    keep_date from, to;
    uint8_t modifier;                /* enum keep_tristate: a modifier lets both be billed */
    bool lifted;                     /* the edit does not apply (NCCI's indicator 9) */
};
/* Most units of a code (MUE). */
struct keep_codetable_limit {
    struct keep_str code;
    keep_date from, to;
    uint32_t most;
    bool per_day;                    /* of all lines of a day; else of one line */
};

/* What rows of a system say: something of sex, of age, of POA; codes that begin with a digit, with a letter. */
enum keep_codetable_fact { KEEP_CODETABLE_SEX, KEEP_CODETABLE_AGE, KEEP_CODETABLE_POA, KEEP_CODETABLE_DIGIT, KEEP_CODETABLE_LETTER, KEEP_CODETABLE_FACTS };

/* Header of a stored table, by kind; columns stand in this order. A pair's modifier is yes, no, or "9" of one that is lifted. */
#define KEEP_CODETABLE_CODES "system,code,from,to,sex,age_from,age_to,billable,poa_exempt"
#define KEEP_CODETABLE_PAIRS "first,second,from,to,modifier"
#define KEEP_CODETABLE_LIMITS "code,from,to,most,per"

/* What a claim says beyond its codes, as further codes of its record, so that it is read without opening the claim:
 *   "claim type"       professional, institutional, oral, pharmacy, vision
 *   "claim line"       SYSTEM|CODE|MODIFIER,MODIFIER|UNITS|YYYY-MM-DD     (what is not said is empty; of several days, none is)
 *   "claim diagnosis"  SYSTEM|CODE|POA|TYPE                               (POA: Y N U W 1, - said to be none, empty not said; TYPE: FHIR's, absent not said) */
#define KEEP_CODETABLE_TYPE "claim type"
#define KEEP_CODETABLE_LINE "claim line"
#define KEEP_CODETABLE_DIAGNOSIS "claim diagnosis"

#endif
