/*   review = 'review' STRING '{' 'title' STRING 'over' ('patient'|'encounter'|'record'|'claim') 'queue' STRING 'severity' SEVERITY
 *            'when' EXPR 'authority' STRING 'threshold' STRING 'state' STATE checked 'explain' TEXT '}'
 *
 * A rule about what the records themselves say, not about who looked at them. What it
 * finds waits in a queue for the people who mend charts or code bills; it is a question,
 * never an error. */
#include <stdio.h>

#include "core/policy/compile.h"

struct review_draft {
    struct keep_review rule; /* first: the shared clauses write into it */
    const struct keep_token *when, *explain;
};
_Static_assert(offsetof(struct review_draft, rule) == 0, "the shared clauses take the draft for its rule");

KEEP_STRING_CLAUSE(review, title, "a title in quotes")
KEEP_STRING_CLAUSE(review, queue, "whose queue it is, in quotes")
KEEP_STRING_CLAUSE(review, authority, "an authority in quotes")
KEEP_STRING_CLAUSE(review, threshold, "who set the threshold, in quotes")
KEEP_CHECKED_CLAUSE(review)

/* What a rule over each can name: the thing itself and what it belongs to. */
static uint32_t allowed(enum keep_review_over over)
{
    static const uint32_t on[] = {
        [KEEP_REVIEW_PATIENT] = KEEP_ON(patient),
        [KEEP_REVIEW_ENCOUNTER] = KEEP_ON(encounter) | KEEP_ON(patient),
        [KEEP_REVIEW_RECORD] = KEEP_ON(record) | KEEP_ON(encounter) | KEEP_ON(patient),
        [KEEP_REVIEW_CLAIM] = KEEP_ON(claim) | KEEP_ON(record) | KEEP_ON(encounter) | KEEP_ON(patient),
    };
    return on[over] | KEEP_ON_FILE | KEEP_ON_REVIEW;
}

static void review_over(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const words[] = {"patient", "encounter", "record", "claim", NULL};
    struct review_draft *d = block;
    int k = keep_parse_choice(c, words, "what the rule is about");
    if (k < 0)
        return;
    d->rule.over = (enum keep_review_over)k;
    if (d->when) /* which names are allowed is told by this word */
        keep_compile_error(c, word->at, "put `over` above `when`", "`over` stands below the condition");
}

static void review_when(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct review_draft *d = block;
    d->when = word;
    d->rule.when = keep_typecheck_clause(c, KEEP_V_BOOL, allowed(d->rule.over), "the condition of a review");
}

static void review_severity(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    int k = keep_parse_severity(c);
    (void)word;
    if (k >= 0)
        ((struct review_draft *)block)->rule.severity = (enum keep_severity)k;
}

static void review_state(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    keep_parse_state(c, &((struct review_draft *)block)->rule.state);
}

static void review_explain(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct review_draft *d = block;
    (void)word;
    d->explain = keep_compile_peek(c, 0);
    if (!keep_parse_string(c, &d->rule.explain, "a text in quotes"))
        d->explain = NULL;
}

static const struct keep_clause clauses[] = {
    {"title", review_title, true, false},         {"over", review_over, true, false},           {"queue", review_queue, true, false},
    {"severity", review_severity, true, false},   {"when", review_when, true, false},           {"authority", review_authority, true, false},
    {"threshold", review_threshold, true, false}, {"state", review_state, true, false},         {"checked", review_checked, true, false},
    {"explain", review_explain, true, false},     {NULL, NULL, false, false}};

void keep_parse_review_block(struct keep_compiler *c)
{
    struct review_draft d = {.rule = {.pack = keep_parse_pack_index(c), .check = {.on = KEEP_DATE_NONE}}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_REVIEW, &d.rule.id);
    if (!id)
        return;
    d.rule.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "a review", clauses, &d, id->at);
    if (d.explain)
        keep_template_compile(c, d.explain, allowed(d.rule.over), "the text of a review");
    struct keep_review *to = keep_compile_push(c, &c->reviews, sizeof *to);
    if (to)
        *to = d.rule;
}
