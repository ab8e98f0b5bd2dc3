/* Values of the policy language: CEL's types plus civil date, the opaque key,
 * and two kinds of not-a-value. UNKNOWN: nobody recorded it (the third truth
 * value). ERROR: the expression itself went wrong (overflow, no such index).
 * Both are absorbed by && and || as CEL specifies for errors (langdef, "Logical Operators"). */
#ifndef CORE_POLICY_VALUE_H
#define CORE_POLICY_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/str.h"

enum keep_value_type {
    KEEP_V_UNKNOWN, KEEP_V_ERROR, KEEP_V_NULL, KEEP_V_BOOL, KEEP_V_INT, KEEP_V_UINT, KEEP_V_DOUBLE, KEEP_V_STRING, KEEP_V_BYTES,
    KEEP_V_LIST, KEEP_V_MAP, KEEP_V_TIMESTAMP, KEEP_V_DURATION, KEEP_V_DATE, KEEP_V_KEY, KEEP_V_DYN /* static type only */
};

struct keep_value {
    enum keep_value_type type;
    union {
        bool b;
        int64_t i;               /* INT; DURATION in microseconds */
        uint64_t u;
        double d;
        struct keep_str s;       /* STRING, BYTES; UNKNOWN: what is missing ("patient.birth_date"); ERROR: text */
        keep_time t;             /* TIMESTAMP */
        keep_date date;          /* DATE */
        struct {
            const struct keep_value *item; /* LIST: n; MAP: 2n, key value key value */
            size_t n;
        } list;
        const uint64_t *key;     /* KEY: a set of up to 4 digests, 0 ends; == is "have one in common"; an empty set is UNKNOWN instead */
    };
};

#endif
