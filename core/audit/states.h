/* What was found for a pair over a stretch of time: which explanation holds, which
 * rules fire for certain, which still depend on the event. Few differ, so equal
 * ones are kept once. */
#ifndef CORE_AUDIT_STATES_H
#define CORE_AUDIT_STATES_H

#include "core/audit/conjunct.h"
#include "core/audit/u64map.h"

struct keep_state {
    int32_t expected;        /* explanation that holds for every event, -1 */
    uint32_t own_late;
    uint32_t opens, maybes, fires, unables, unknowns;
    const struct keep_conjunct_left *open;   /* explanations before `expected` that depend on the event */
    const struct keep_conjunct_left *maybe;  /* access rules that do */
    const uint32_t *fire;           /* access rules that fire for every opened event */
    const uint32_t *unable;         /* rule << 8 | code: kept from firing by an unknown */
    const uint32_t *unknown;        /* explanation << 8 | code */
    uint64_t events;                /* opened events seen in it */
    const uint64_t *later;          /* access rules that nobody has looked at, since the class of events so far kept them from firing; bits of their numbers */
    uint64_t *maybes_set;    /* both of maybe and later, likewise */
    size_t size;
    uint64_t *block;         /* what the lists point into */
};

struct keep_states {
    struct keep_state *state;
    size_t n, cap;
    struct keep_u64map of;   /* digest -> number */
    size_t words;            /* of later and maybes_set */
    uint64_t *block;         /* of a state being made, at its largest */
};

/* rules: access rules, steps and explanations. 0, or -1 when memory ran out; valid for _done in both cases. */
int keep_states_init(struct keep_states *s, size_t rules);
void keep_states_done(struct keep_states *s);
/* The number of a state equal to this one, whose lists are the caller's; made when new. -1: out of memory. */
int keep_states_intern(struct keep_states *s, const struct keep_state *like, uint32_t *out);

#endif
