/* Which ways the conditions of rules came out: for tests, to say what none of
 * them tried. A condition is watched at its root and at the operands of its &&
 * and ||, as far down as they go; an operand that a run never reached was not tried. */
#ifndef CORE_POLICY_TRIED_H
#define CORE_POLICY_TRIED_H

#include "core/policy/register.h"

enum { KEEP_TRIED_TRUE = 1, KEEP_TRIED_FALSE = 2, KEEP_TRIED_UNKNOWN = 4, KEEP_TRIED_KNOWN = 8 }; /* KNOWN: a day, of what is no condition */

struct keep_tried_point {
    size_t rule;          /* row of the register */
    const char *clause;   /* "when", "keep", … */
    struct keep_str text; /* canonical */
    uint8_t able;         /* the ways it can come out; has() never as unknown */
    uint8_t tried;        /* of these, what tests about its rule saw */
    uint8_t *now;         /* since the last keep_tried_take or _clear */
};
struct keep_tried {
    const struct keep_register_row *row;
    size_t rows;
    struct keep_tried_point *point; /* in the order of the rows and of their text */
    size_t points;
    bool *tested;                   /* of each row: a test is about it */
};

/* Makes the policy's expressions tell. Once a policy; in a. Expressions that rules share, by a definition, tell all of them. false: out of memory. */
bool keep_tried_new(struct keep_tried *out, const struct keep_policy *p, const struct keep_register_row *row, size_t rows, struct keep_arena *a);
/* Forgets what came out since the last call. */
void keep_tried_clear(struct keep_tried *w);
/* Credits it to the rules that the test is about: its subject, and those whom its expectations name. */
void keep_tried_take(struct keep_tried *w, const struct keep_test *t);

#endif
