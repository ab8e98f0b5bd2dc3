/* Fields of one thing that a policy test gives. */
#ifndef CORE_WORK_GIVEN_H
#define CORE_WORK_GIVEN_H

#include "core/model/world.h"
#include "core/policy/policy.h"

/* The field's value; NULL when it is left out or of another type. */
const struct keep_value *keep_given_get(const struct keep_test_given *g, const char *name, enum keep_value_type type);
/* The same as plain data; left out: an empty string, unknown, KEEP_TIME_NONE, KEEP_DATE_NONE. */
struct keep_str keep_given_text(const struct keep_test_given *g, const char *name);
enum keep_tristate keep_given_yes_no(const struct keep_test_given *g, const char *name);
keep_time keep_given_instant(const struct keep_test_given *g, const char *name);
keep_date keep_given_day(const struct keep_test_given *g, const char *name);
/* Digests of a string or of the first four of a list, for fields that are only compared; the others are left alone. */
void keep_given_keys(const struct keep_test_given *g, const char *name, uint64_t out[4]);

#endif
