/*   exception = 'exception' STRING 'for' STRING '{' 'when' EXPR 'until' DATE 'owner' STRING 'reason' STRING '}'
 *
 * An exception keeps one access rule from firing for the events of which its
 * condition is known to hold and that lie before the day `until`, in the keep's
 * zone: that day is the first without it. It names who answers for it and why.
 * What happened while it was in force stays excepted when it has run out. */
#include "core/policy/form.h"

static void exception_when(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    ((struct keep_exception *)block)->when = keep_typecheck_clause(c, KEEP_V_BOOL, KEEP_FORM_ON, "the condition of an exception");
}

static void exception_until(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_exception *x = block;
    const struct keep_token *from = keep_compile_peek(c, 0);
    (void)word;
    if (!keep_parse_date(c, &x->until))
        return;
    x->until_at = keep_parse_place(c, from->at);
    x->until_end = from->at.col;
    for (const struct keep_token *t = from; t < keep_compile_peek(c, 0) && t->at.line == from->at.line; t++)
        x->until_end = t->at.end_col;
}

KEEP_STRING_CLAUSE(exception, owner, "who answers for it, in quotes")
KEEP_STRING_CLAUSE(exception, reason, "why, in quotes")

static const struct keep_clause clauses[] = {{"when", exception_when, true, false}, {"until", exception_until, true, false}, {"owner", exception_owner, true, false},
                                             {"reason", exception_reason, true, false}, {NULL, NULL, false, false}};

void keep_parse_exception_block(struct keep_compiler *c)
{
    struct keep_exception x = {.pack = keep_parse_pack_index(c), .until = KEEP_DATE_NONE, .file = c->files};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_EXCEPTION, &x.id);
    if (!id)
        return;
    x.at = keep_parse_place(c, id->at);
    if (!keep_compile_take_word(c, "for")) {
        keep_compile_expected(c, "`for` and the rule it is about", "exception \"name\" for \"rule\" { … }");
        return;
    }
    const struct keep_token *rule = keep_compile_peek(c, 0);
    if (!keep_parse_string(c, &x.rule, "the rule it is about, in quotes"))
        return;
    keep_compile_refer(c, KEEP_NAME_ACCESS, x.rule, rule->at);
    keep_parse_clauses(c, "an exception", clauses, &x, id->at);
    struct keep_exception *to = keep_compile_push(c, &c->exceptions, sizeof *to);
    if (to)
        *to = x;
}

void keep_parse_exception_link(struct keep_compiler *c)
{
    struct keep_exception *x = c->exceptions.p;
    struct keep_access *a = c->accesses.p;
    for (size_t i = 0; i < c->accesses.n; i++) {
        size_t n = 0;
        for (size_t k = 0; k < c->exceptions.n; k++)
            n += keep_str_eq(x[k].rule, a[i].id);
        const struct keep_exception **list = n ? keep_compile_alloc(c, n, sizeof *list) : NULL;
        if (!list)
            continue;
        for (size_t k = 0; k < c->exceptions.n; k++) {
            if (!keep_str_eq(x[k].rule, a[i].id))
                continue;
            if (a[i].evidence) {
                c->file = &c->all[x[k].file];
                keep_compile_error(c, (struct keep_span){x[k].at.line, x[k].at.col, x[k].at.line, x[k].at.col + 1}, "make it a part of the evidence's own condition",
                                   "an exception is for an access rule, \"%.*s\" is evidence", (int)(x[k].rule.n < 100 ? x[k].rule.n : 100), x[k].rule.p);
            }
            list[a[i].exceptions++] = &x[k];
        }
        a[i].exception = list;
    }
}
