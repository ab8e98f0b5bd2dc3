/* The language for people: its grammar, an example that compiles, and the
 * tables of what expressions can name, for the manual. */
#ifndef CORE_POLICY_LANGUAGE_H
#define CORE_POLICY_LANGUAGE_H

#include <stddef.h>

#include "core/policy/field.h"

extern const char *const keep_language_grammar[]; /* lines; ends with NULL */
extern const char keep_language_example[];        /* the text of a pack */

/* Rows of one table; name and type as they are written in a pack. */
struct keep_language_row {
    const char *name, *type, *meaning;
};
extern const struct keep_language_row keep_language_fields[];    /* "user.department", "string" */
extern const struct keep_language_row keep_language_calls[];     /* "related(list, duration, duration)", "bool" */
extern const struct keep_language_row keep_language_givens[];    /* of tests */
extern const struct keep_language_row keep_language_columns[];   /* of maps; type: the kind of table */
extern const struct keep_language_row keep_language_periods[];   /* what the clauses of a retention rule mean, with a clause behind "Example: " */
extern const struct keep_language_row keep_language_forms[];     /* what a rule over several events means, clause by clause */
extern const struct keep_language_row keep_language_words[];     /* "event.action", "", the words of its vocabulary, each with a comma behind it */
/* Each ends with name NULL; the fields stand in the order of enum keep_field. */

/* What the field's number counts; "" where it is none. Never NULL. */
const char *keep_language_unit(enum keep_field f);
/* Where a source says it. Never NULL. */
const char *keep_language_origin(enum keep_field f);
/* From what the program reckons it; NULL: a source says it. */
const char *keep_language_reckoned(enum keep_field f);

#endif
