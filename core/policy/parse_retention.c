/* The block retention: how long a record set is kept, by what authority, and
 * what stands between its date and its disposal. Its grammar stands in parse.c. */
#include "core/policy/compile.h"

enum {
    KEEPS = 16,          /* `keep` clauses of one rule */
    YEARS_LIMIT = 200,   /* no law keeps longer without saying permanent */
};

#define ON_SET (KEEP_ON(set) | KEEP_ON(facility) | KEEP_ON(patient))

struct retention_draft {
    struct keep_retention rule;
    struct keep_vec keep;
};

#define RETENTION_STRING(field, what)                                                                     \
    static void retention_##field(struct keep_compiler *c, void *block, const struct keep_token *word)    \
    {                                                                                                     \
        (void)word;                                                                                       \
        keep_parse_string(c, &((struct retention_draft *)block)->rule.field, what);                       \
    }
RETENTION_STRING(title, "a title in quotes")
RETENTION_STRING(gate, "what must happen first, in quotes")
RETENTION_STRING(cite, "a citation in quotes")

static void retention_checked(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    keep_parse_checked(c, &((struct retention_draft *)block)->rule.check, word);
}

/* US, US-KS, …: names joined by '-' without blanks. */
static void retention_jurisdiction(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_retention *r = &((struct retention_draft *)block)->rule;
    const struct keep_token *t = keep_compile_peek(c, 0);
    (void)word;
    if (t->kind == KEEP_T_STRING) {
        keep_parse_string(c, &r->jurisdiction, "a jurisdiction");
        return;
    }
    if (t->kind != KEEP_T_IDENT) {
        keep_compile_expected(c, "a jurisdiction", "US, or a state such as US-KS");
        return;
    }
    keep_compile_next(c);
    r->jurisdiction = t->raw;
    while (keep_compile_is_punct(keep_compile_peek(c, 0), '-') && keep_compile_peek(c, 1)->kind == KEEP_T_IDENT &&
           keep_compile_peek(c, 1)->raw.p == r->jurisdiction.p + r->jurisdiction.n + 1) {
        keep_compile_next(c);
        r->jurisdiction.n += 1 + keep_compile_next(c)->raw.n;
    }
}

static void retention_status(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const words[] = {"law", "recommendation", "contract", "house_policy", NULL};
    static const char *const meaning[] = {"law", "recommendation", "contract", "house policy"};
    int k = keep_parse_choice(c, words, "a status");
    (void)word;
    if (k >= 0)
        ((struct retention_draft *)block)->rule.status = keep_str_of(meaning[k]);
}

/* effective from DATE [to DATE] */
static void retention_effective(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_retention *r = &((struct retention_draft *)block)->rule;
    (void)word;
    if (!keep_compile_take_word(c, "from")) {
        keep_compile_expected(c, "`from` and a day", NULL);
        return;
    }
    struct keep_span at = keep_compile_peek(c, 0)->at;
    bool both = keep_parse_date(c, &r->from) && !c->panic && keep_compile_take_word(c, "to") && keep_parse_date(c, &r->to);
    if (both && r->to < r->from)
        keep_compile_error(c, at, NULL, "the rule ends before it begins");
}

static void retention_when(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    ((struct retention_draft *)block)->rule.when = keep_typecheck_clause(c, KEEP_V_BOOL, ON_SET, "the condition of a retention rule");
}

/* rounded up to end of month|quarter|year */
static void rounded(struct keep_compiler *c, struct keep_keep *k)
{
    static const char *const path[] = {"up", "to", "end", "of"}, *const words[] = {"month", "quarter", "year", NULL};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        if (!keep_compile_take_word(c, path[i])) {
            keep_compile_expected(c, "`rounded up to end of` month, quarter or year", NULL);
            return;
        }
    int n = keep_parse_choice(c, words, "month, quarter or year");
    if (n >= 0)
        k->round = n == 0 ? KEEP_ROUND_MONTH : n == 1 ? KEEP_ROUND_QUARTER : KEEP_ROUND_YEAR;
}

/* What may follow either form: if EXPR, rounded …, each once. */
static void keep_tail(struct keep_compiler *c, struct keep_keep *k)
{
    while (!c->panic) {
        const struct keep_token *t = keep_compile_peek(c, 0);
        if (keep_compile_is_word(t, "if") && !k->only_if) {
            keep_compile_next(c);
            k->only_if = keep_typecheck_clause(c, KEEP_V_BOOL, ON_SET, "the condition of a period");
        } else if (keep_compile_is_word(t, "rounded") && !k->permanent && k->round == KEEP_ROUND_NONE) {
            keep_compile_next(c);
            rounded(c, k);
        } else {
            return;
        }
    }
}

static void retention_keep(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const units[] = {"day", "month", "year", NULL};
    static const enum keep_unit unit[] = {KEEP_UNIT_DAYS, KEEP_UNIT_MONTHS, KEEP_UNIT_YEARS};
    static const int64_t most[] = {YEARS_LIMIT * 366, YEARS_LIMIT * 12, YEARS_LIMIT};
    struct retention_draft *d = block;
    struct keep_keep k = {.permanent = keep_compile_take_word(c, "permanent")};
    if (!k.permanent) {
        int64_t n = 0;
        struct keep_span at = keep_compile_peek(c, 0)->at;
        if (!keep_parse_number(c, 0, INT32_MAX, &n, "a number of years, or `permanent`"))
            return;
        int u = keep_parse_unit(c, units);
        if (u < 0 || !keep_compile_take_word(c, "after")) {
            keep_compile_expected(c, u < 0 ? "days, months or years" : "`after` and a day", "keep 10 years after set.last(\"service_date\")");
            return;
        }
        if (n > most[u])
            keep_compile_error(c, at, "write keep permanent", "this is longer than %d years", YEARS_LIMIT);
        k.n = (int32_t)n;
        k.unit = unit[u];
        k.after = keep_typecheck_clause(c, KEEP_V_DATE, ON_SET, "what a period starts from");
    }
    keep_tail(c, &k);
    if (d->keep.n == KEEPS)
        keep_compile_error(c, word->at, NULL, "a rule has at most %d `keep`", KEEPS);
    struct keep_keep *to = keep_compile_push(c, &d->keep, sizeof *to);
    if (to)
        *to = k;
}

/* residue NUMBER years STRING */
static void retention_residue(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const units[] = {"year", NULL};
    struct keep_retention *r = &((struct retention_draft *)block)->rule;
    int64_t n = 0;
    (void)word;
    if (!keep_parse_number(c, 1, YEARS_LIMIT, &n, "a number of years"))
        return;
    r->residue_years = (int32_t)n;
    if (keep_parse_unit(c, units) < 0)
        keep_compile_expected(c, "`years`", NULL);
    else
        keep_parse_string(c, &r->residue, "what must outlive the record, in quotes");
}

static void retention_explain(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct retention_draft *d = block;
    const struct keep_token *t = keep_compile_peek(c, 0);
    (void)word;
    if (keep_parse_string(c, &d->rule.explain, "a text in quotes"))
        keep_template_compile(c, t, ON_SET, "the text of a retention rule");
}

static const struct keep_clause retention_clauses[] = {
    {"title", retention_title, true, false}, {"jurisdiction", retention_jurisdiction, true, false}, {"status", retention_status, true, false},
    {"checked", retention_checked, true, false}, {"effective", retention_effective, false, false}, {"when", retention_when, true, false},
    {"keep", retention_keep, true, true}, {"gate", retention_gate, false, false}, {"residue", retention_residue, false, false},
    {"cite", retention_cite, true, false}, {"explain", retention_explain, true, false}, {NULL, NULL, false, false}};

void keep_parse_retention_block(struct keep_compiler *c)
{
    struct retention_draft d = {.rule = {.pack = keep_parse_pack_index(c), .from = KEEP_DATE_NONE, .to = KEEP_DATE_NONE}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_RETENTION, &d.rule.id);
    if (!id)
        return;
    d.rule.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "a retention rule", retention_clauses, &d, id->at);
    d.rule.keep = d.keep.p;
    d.rule.keeps = d.keep.n;
    struct keep_retention *to = keep_compile_push(c, &c->retentions, sizeof *to);
    if (to)
        *to = d.rule;
}
