/* Two sets of packs, rule by rule and clause by clause, as they are written in
 * the one way: blanks, comments and the order of clauses make no difference. */
#ifndef CORE_POLICY_COMPARE_H
#define CORE_POLICY_COMPARE_H

#include "core/policy/outline.h"

enum keep_compare_change { KEEP_COMPARE_ADDED, KEEP_COMPARE_REMOVED, KEEP_COMPARE_CHANGED };

struct keep_compare_row {
    enum keep_compare_change change;
    struct keep_str kind, id;      /* the block's word and name */
    struct keep_str clause;        /* its word, `for` of what an exception is for; empty: the whole block came or went */
    struct keep_str before, after; /* the clause's text; empty: there was none, there is none */
};

/* By kind and name, clauses in their order; tests are left out. Memory in a. false: out of memory. */
bool keep_compare_outlines(const struct keep_outline *before, size_t befores, const struct keep_outline *after, size_t afters, struct keep_arena *a,
                           struct keep_compare_row **out, size_t *n);

#endif
