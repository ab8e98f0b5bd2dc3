/* The forms of an access rule, while its block is read. Inside the folder only. */
#ifndef CORE_POLICY_FORM_H
#define CORE_POLICY_FORM_H

#include "core/policy/compile.h"

/* What the conditions of explanations and access rules may name. */
#define KEEP_FORM_ON (KEEP_ON(event) | KEEP_ON(user) | KEEP_ON(patient))

struct keep_form_draft {
    struct keep_access rule; /* first: the clauses that blocks share write into it */
    const struct keep_token *per, *within, *count, *first, *overlap, *explain; /* the words met, NULL not yet; explain: its text */
};
_Static_assert(offsetof(struct keep_form_draft, rule) == 0, "the shared clauses take the draft for its rule");

/* Clauses, behind their word. */
void keep_parse_form_per(struct keep_compiler *c, void *draft, const struct keep_token *word);
void keep_parse_form_within(struct keep_compiler *c, void *draft, const struct keep_token *word);
void keep_parse_form_count(struct keep_compiler *c, void *draft, const struct keep_token *word);
void keep_parse_form_first(struct keep_compiler *c, void *draft, const struct keep_token *word);
void keep_parse_form_overlap(struct keep_compiler *c, void *draft, const struct keep_token *word);
/* After the block: do the clauses met make up one form? */
void keep_parse_form_whole(struct keep_compiler *c, const struct keep_form_draft *d);

#endif
