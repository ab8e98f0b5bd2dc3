/*   explanation = 'explanation' STRING '{' 'title' STRING 'when' EXPR 'missing' STRING 'authority' STRING [checked] '}'
 *
 * A reason for which an access is expected. Where none is known to hold, `missing`
 * names the fact that would have made this one do so. */
#include "core/policy/form.h"

KEEP_STRING_CLAUSE(explanation, title, "a title in quotes")
KEEP_STRING_CLAUSE(explanation, missing, "which fact would have made it hold, in quotes")
KEEP_STRING_CLAUSE(explanation, authority, "an authority in quotes")
KEEP_CHECKED_CLAUSE(explanation)
KEEP_WHEN_CLAUSE(explanation, KEEP_FORM_ON, "the condition of an explanation")

static const struct keep_clause clauses[] = {
    {"title", explanation_title, true, false}, {"when", explanation_when, true, false}, {"missing", explanation_missing, true, false},
    {"authority", explanation_authority, true, false}, {"checked", explanation_checked, false, false}, {NULL, NULL, false, false}};

void keep_parse_explanation_block(struct keep_compiler *c)
{
    struct keep_explanation x = {.pack = keep_parse_pack_index(c), .check = {.on = KEEP_DATE_NONE}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_EXPLANATION, &x.id);
    if (!id)
        return;
    x.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "an explanation", clauses, &x, id->at);
    struct keep_explanation *to = keep_compile_push(c, &c->explanations, sizeof *to);
    if (to)
        *to = x;
}
