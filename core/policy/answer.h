/* What plain rows answer to expressions, the same in retention and in reviews.
 * What nobody recorded is unknown, and says which field that is. */
#ifndef CORE_POLICY_ANSWER_H
#define CORE_POLICY_ANSWER_H

#include "core/base/arena.h"
#include "core/model/records.h"
#include "core/model/world.h"
#include "core/policy/field.h"
#include "core/policy/value.h"

static inline struct keep_value keep_answer_unknown(const char *what)
{
    return (struct keep_value){.type = KEEP_V_UNKNOWN, .s = keep_str_of(what)};
}

static inline struct keep_value keep_answer_text(struct keep_str s, const char *what)
{
    return s.n ? (struct keep_value){.type = KEEP_V_STRING, .s = s} : keep_answer_unknown(what);
}

static inline struct keep_value keep_answer_day(keep_date d, const char *what)
{
    return d == KEEP_DATE_NONE ? keep_answer_unknown(what) : (struct keep_value){.type = KEEP_V_DATE, .date = d};
}

static inline struct keep_value keep_answer_truth(enum keep_tristate t, const char *what)
{
    return t == KEEP_TRI_UNKNOWN ? keep_answer_unknown(what) : (struct keep_value){.type = KEEP_V_BOOL, .b = t == KEEP_TRI_YES};
}

static inline struct keep_value keep_answer_number(int64_t i)
{
    return (struct keep_value){.type = KEEP_V_INT, .i = i};
}

/* A term of the world; empty when it has none of that id. */
struct keep_str keep_answer_term(const struct keep_world *w, uint32_t id);

/* A field of the patient's own row as of that day; p NULL: nobody knows. */
struct keep_value keep_answer_patient(const struct keep_patient *p, enum keep_field f, keep_date as_of);

/* Completed years on that day. Known to the month or year, a birth date gives an age where all days it can mean give the same. */
struct keep_value keep_answer_age_on(const struct keep_patient *p, keep_date on);
struct keep_value keep_answer_birthday(const struct keep_patient *p, int64_t years);

/* A field of the record's own row, but its codes; false: it is none of these, and out stays. */
bool keep_answer_record(const struct keep_world *w, const struct keep_record *r, enum keep_field f, struct keep_value *out);

/* Does the record's source attest that its codes are complete? */
bool keep_answer_codes_complete(const struct keep_world *w, const struct keep_record *r);

/* The record's codes as {system, code} maps, in each form that they are written in (core/model/codeform.h); not complete = an unknown one ends the list, so that exists() over it is true or unknown, never false.
 * Memory from a. KEEP_E_NOMEM. */
int keep_answer_codes(const struct keep_world *w, const struct keep_record *r, bool complete, struct keep_arena *a, struct keep_value *out);

/* The ids of the labels whose bits are set. Memory from a. KEEP_E_NOMEM. */
struct keep_policy;
int keep_answer_labels(const struct keep_policy *p, uint64_t labels, struct keep_arena *a, struct keep_value *out);

#endif
