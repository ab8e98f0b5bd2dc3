/* The block retention: how long a record set is kept, by what authority, and
 * what stands between its date and its disposal. Its grammar:
 *
 *   retention = 'retention' STRING '{' 'title' STRING 'jurisdiction' NAME {'-' NAME} 'status' STATUS checked
 *               ['effective' 'from' DATE ['to' DATE]] 'when' EXPR { keep | destroy | early | suspended | gate | residue | instead }
 *               'cite' STRING 'explain' TEXT '}'             at least one keep or destroy
 *   keep      = 'keep' ( period { 'at' 'most' period | 'if' EXPR | 'rounded' 'up' 'to' end } | 'permanent' ['if' EXPR] )
 *   destroy   = 'destroy' 'by' period { 'if' EXPR }
 *   early     = 'early' period 'with' STRING
 *   suspended = 'suspended' ( 'while' EXPR | 'from' EXPR 'to' EXPR ['if' EXPR] )
 *   gate      = 'gate' STRING [NUMBER UNIT 'before'] ['if' EXPR]
 *   residue   = 'residue' ( NUMBER 'years' | 'permanent' ) STRING
 *   instead   = 'instead' 'of' STRING
 *   period    = NUMBER UNIT 'after' [end 'of'] EXPR
 *   end       = 'end' 'of' ( 'month' | 'quarter' | 'year' | 'fiscal' 'year' 'starting' 'month' 1..12 )
 *   UNIT      = 'days' | 'months' | 'years', or one of each */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "core/model/state.h"
#include "core/policy/compile.h"

enum {
    CLAUSES = 16,        /* of one kind in one rule */
    YEARS_LIMIT = 200,   /* no law keeps longer without saying permanent */
};

#define ON_SET (KEEP_ON(set) | KEEP_ON(facility) | KEEP_ON(patient) | KEEP_ON_FILE)

struct retention_draft {
    struct keep_retention rule;
    struct keep_vec keep, destroy, gate, residue, pause, early, instead;
};

static const char *const units[] = {"day", "month", "year", NULL};
static const enum keep_unit unit_of[] = {KEEP_UNIT_DAYS, KEEP_UNIT_MONTHS, KEEP_UNIT_YEARS};
static const int64_t most_of[] = {YEARS_LIMIT * 366, YEARS_LIMIT * 12, YEARS_LIMIT};

/* Room for one more of a kind; NULL: reported, or out of memory. */
static void *one_more(struct keep_compiler *c, struct keep_vec *v, size_t size, const struct keep_token *word)
{
    if (v->n == CLAUSES)
        keep_compile_error(c, word->at, NULL, "a rule has at most %d `%.*s`", CLAUSES, (int)word->raw.n, word->raw.p);
    return v->n >= CLAUSES ? NULL : keep_compile_push(c, v, size);
}

/* --- what stands once --- */

#define RETENTION_STRING(field, what)                                                                     \
    static void retention_##field(struct keep_compiler *c, void *block, const struct keep_token *word)    \
    {                                                                                                     \
        (void)word;                                                                                       \
        keep_parse_string(c, &((struct retention_draft *)block)->rule.field, what);                       \
    }
RETENTION_STRING(title, "a title in quotes")
RETENTION_STRING(cite, "a citation in quotes")

static void retention_checked(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    keep_parse_checked(c, &((struct retention_draft *)block)->rule.check, word);
}

/* A slip of the pen would be a law that never applies. Places outside of the United States have names of their own. */
static void check_place(struct keep_compiler *c, struct keep_str place, struct keep_span at)
{
    bool here = place.n >= 2 && strncasecmp(place.p, "US", 2) == 0 && (place.n == 2 || place.p[2] == '-');
    struct keep_str state = keep_state_of_place(place);
    char help[40] = "US, or a state such as US-KS";
    if (keep_state_is_place(place) || (!here && !state.n))
        return;
    if (state.n)
        snprintf(help, sizeof help, "did you mean US-%.*s?", (int)state.n, state.p);
    keep_compile_error(c, at, help, "there is no jurisdiction %.*s", (int)(place.n < 60 ? place.n : 60), place.p);
}

/* US, US-KS, …: names joined by '-' without blanks. */
static void retention_jurisdiction(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_retention *r = &((struct retention_draft *)block)->rule;
    const struct keep_token *t = keep_compile_peek(c, 0);
    struct keep_span at = t->at;
    (void)word;
    if (t->kind == KEEP_T_STRING) {
        keep_parse_string(c, &r->jurisdiction, "a jurisdiction");
        check_place(c, r->jurisdiction, at);
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
    at.end_col = at.col + (uint32_t)r->jurisdiction.n;
    check_place(c, r->jurisdiction, at);
}

static void retention_status(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const words[] = {KEEP_POLICY_STATUSES(KEEP_POLICY_WORD) NULL};
    static const char *const meaning[] = {KEEP_POLICY_STATUSES(KEEP_POLICY_MEANING)};
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

static void retention_explain(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct retention_draft *d = block;
    const struct keep_token *t = keep_compile_peek(c, 0);
    (void)word;
    if (keep_parse_string(c, &d->rule.explain, "a text in quotes"))
        keep_template_compile(c, t, ON_SET, "the text of a retention rule");
}

/* --- periods --- */

/* month | quarter | year | fiscal year starting month NUMBER, behind `end of` */
static bool end_of(struct keep_compiler *c, enum keep_round *round, uint8_t *month)
{
    static const char *const words[] = {"month", "quarter", "year", "fiscal", NULL}, *const path[] = {"year", "starting", "month"};
    static const enum keep_round rounds[] = {KEEP_ROUND_MONTH, KEEP_ROUND_QUARTER, KEEP_ROUND_YEAR, KEEP_ROUND_FISCAL};
    int64_t first = 1;
    int n = keep_parse_choice(c, words, "month, quarter, year or fiscal year");
    if (n < 0)
        return false;
    for (size_t i = 0; rounds[n] == KEEP_ROUND_FISCAL && i < sizeof path / sizeof *path; i++)
        if (!keep_compile_take_word(c, path[i])) {
            keep_compile_expected(c, "`fiscal year starting month` and its number", "rounded up to end of fiscal year starting month 7");
            return false;
        }
    if (rounds[n] == KEEP_ROUND_FISCAL && !keep_parse_number(c, 1, 12, &first, "the month that the fiscal year starts with"))
        return false;
    *round = rounds[n];
    *month = (uint8_t)first;
    return true;
}

/* NUMBER UNIT after [end of … of] EXPR */
static bool period(struct keep_compiler *c, struct keep_keep *k, const char *what, const char *help)
{
    struct keep_span at = keep_compile_peek(c, 0)->at;
    int64_t n = 0;
    if (!keep_parse_number(c, 0, INT32_MAX, &n, what))
        return false;
    int u = keep_parse_unit(c, units);
    if (u < 0 || !keep_compile_take_word(c, "after")) {
        keep_compile_expected(c, u < 0 ? "days, months or years" : "`after` and a day", help);
        return false;
    }
    if (n > most_of[u])
        keep_compile_error(c, at, "write keep permanent", "this is longer than %d years", YEARS_LIMIT);
    k->n = (int32_t)n;
    k->unit = unit_of[u];
    if (keep_compile_is_word(keep_compile_peek(c, 0), "end") && keep_compile_is_word(keep_compile_peek(c, 1), "of")) {
        keep_compile_next(c);
        keep_compile_next(c);
        if (!end_of(c, &k->cut, &k->cut_month))
            return false;
        if (!keep_compile_take_word(c, "of")) {
            keep_compile_expected(c, "`of` and a day", "keep 5 years after end of year of set.last(\"created_date\")");
            return false;
        }
    }
    k->after = keep_typecheck_clause(c, KEEP_V_DATE, ON_SET, "what a period starts from");
    return true;
}

static void rounded(struct keep_compiler *c, struct keep_keep *k)
{
    static const char *const path[] = {"up", "to", "end", "of"};
    for (size_t i = 0; i < sizeof path / sizeof *path; i++)
        if (!keep_compile_take_word(c, path[i])) {
            keep_compile_expected(c, "`rounded up to end of` month, quarter, year or fiscal year", NULL);
            return;
        }
    end_of(c, &k->round, &k->round_month);
}

/* at most NUMBER UNIT after EXPR */
static void at_most(struct keep_compiler *c, struct keep_vec *caps, const struct keep_token *word)
{
    struct keep_keep cap = {0};
    if (!keep_compile_take_word(c, "most")) {
        keep_compile_expected(c, "`at most` and a period", NULL);
        return;
    }
    if (!period(c, &cap, "a number of years", "at most 28 years after set.last(\"discharge_date\")"))
        return;
    struct keep_keep *to = one_more(c, caps, sizeof *to, word);
    if (to)
        *to = cap;
}

/* What may follow a period or `permanent`: if EXPR, rounded …, each once, and of a period that is kept any number of at most …. */
static void keep_tail(struct keep_compiler *c, struct keep_keep *k, bool keeps)
{
    struct keep_vec caps = {0};
    while (!c->panic) {
        const struct keep_token *t = keep_compile_peek(c, 0);
        if (keep_compile_is_word(t, "if") && !k->only_if) {
            keep_compile_next(c);
            k->only_if = keep_typecheck_clause(c, KEEP_V_BOOL, ON_SET, "the condition of a period");
        } else if (keep_compile_is_word(t, "rounded") && keeps && !k->permanent && k->round == KEEP_ROUND_NONE) {
            keep_compile_next(c);
            rounded(c, k);
        } else if (keep_compile_is_word(t, "at") && keeps && !k->permanent) {
            keep_compile_next(c);
            at_most(c, &caps, t);
        } else {
            break;
        }
    }
    k->cap = caps.p;
    k->caps = caps.n;
}

static void retention_keep(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_keep k = {.permanent = keep_compile_take_word(c, "permanent")};
    if (!k.permanent && !period(c, &k, "a number of years, or `permanent`", "keep 10 years after set.last(\"service_date\")"))
        return;
    keep_tail(c, &k, true);
    struct keep_keep *to = one_more(c, &((struct retention_draft *)block)->keep, sizeof *to, word);
    if (to)
        *to = k;
}

static void retention_destroy(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char help[] = "destroy by 5 years after set.last(\"closed_date\")";
    struct keep_keep k = {0};
    if (!keep_compile_take_word(c, "by")) {
        keep_compile_expected(c, "`by` and a period", help);
        return;
    }
    if (!period(c, &k, "a number of years", help))
        return;
    keep_tail(c, &k, false);
    struct keep_keep *to = one_more(c, &((struct retention_draft *)block)->destroy, sizeof *to, word);
    if (to)
        *to = k;
}

static void retention_early(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_early e = {.with = {NULL, 0}};
    if (!period(c, &e.from, "a number of years", "early 1 year after set.last(\"discharge_date\") with \"written consent\""))
        return;
    if (!c->panic && !keep_compile_take_word(c, "with"))
        keep_compile_expected(c, "`with` and what allows it, in quotes", NULL);
    if (c->panic || !keep_parse_string(c, &e.with, "what allows it, in quotes"))
        return;
    struct keep_early *to = one_more(c, &((struct retention_draft *)block)->early, sizeof *to, word);
    if (to)
        *to = e;
}

/* --- what stands between --- */

static void retention_suspended(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const words[] = {"while", "from", NULL};
    struct keep_pause p = {0};
    int k = keep_parse_choice(c, words, "`while` and a condition, or `from` and a day");
    if (k < 0)
        return;
    if (k == 0) {
        p.only_while = keep_typecheck_clause(c, KEEP_V_BOOL, ON_SET, "when a clock stands still");
    } else {
        p.from = keep_typecheck_clause(c, KEEP_V_DATE, ON_SET, "when a clock stops");
        if (!c->panic && !keep_compile_take_word(c, "to"))
            keep_compile_expected(c, "`to` and a day", NULL);
        if (c->panic)
            return;
        p.to = keep_typecheck_clause(c, KEEP_V_DATE, ON_SET, "when a clock goes on");
        if (!c->panic && keep_compile_take_word(c, "if"))
            p.only_if = keep_typecheck_clause(c, KEEP_V_BOOL, ON_SET, "the condition of a suspension");
    }
    struct keep_pause *to = one_more(c, &((struct retention_draft *)block)->pause, sizeof *to, word);
    if (to)
        *to = p;
}

static void retention_gate(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_gate g = {.n = 0};
    int64_t n = 0;
    if (!keep_parse_string(c, &g.text, "what must happen first, in quotes"))
        return;
    if (keep_compile_peek(c, 0)->kind == KEEP_T_INT) {
        keep_parse_number(c, 1, most_of[0], &n, "how long before");
        int u = keep_parse_unit(c, units);
        if (u < 0 || !keep_compile_take_word(c, "before")) {
            keep_compile_expected(c, u < 0 ? "days, months or years" : "`before`", "gate \"notify the department\" 30 days before");
            return;
        }
        g.n = (int32_t)n;
        g.unit = unit_of[u];
    }
    if (!c->panic && keep_compile_take_word(c, "if"))
        g.only_if = keep_typecheck_clause(c, KEEP_V_BOOL, ON_SET, "the condition of a gate");
    struct keep_gate *to = one_more(c, &((struct retention_draft *)block)->gate, sizeof *to, word);
    if (to)
        *to = g;
}

static void retention_residue(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    static const char *const years[] = {"year", NULL};
    struct keep_residue r = {.years = KEEP_RESIDUE_PERMANENT};
    int64_t n = 0;
    if (!keep_compile_take_word(c, "permanent")) {
        if (!keep_parse_number(c, 1, YEARS_LIMIT, &n, "a number of years"))
            return;
        if (keep_parse_unit(c, years) < 0) {
            keep_compile_expected(c, "`years`", NULL);
            return;
        }
        r.years = (int32_t)n;
    }
    if (!keep_parse_string(c, &r.what, "what must outlive the record, in quotes"))
        return;
    struct keep_residue *to = one_more(c, &((struct retention_draft *)block)->residue, sizeof *to, word);
    if (to)
        *to = r;
}

static void retention_instead(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_str id;
    if (!keep_compile_take_word(c, "of")) {
        keep_compile_expected(c, "`of` and the rule that this one stands for", NULL);
        return;
    }
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (!keep_parse_string(c, &id, "a rule's name in quotes"))
        return;
    keep_compile_refer(c, KEEP_NAME_RETENTION, id, t->at);
    struct keep_str *to = one_more(c, &((struct retention_draft *)block)->instead, sizeof *to, word);
    if (to)
        *to = id;
}

/* --- the block --- */

static const struct keep_clause retention_clauses[] = {
    {"title", retention_title, true, false}, {"jurisdiction", retention_jurisdiction, true, false}, {"status", retention_status, true, false},
    {"checked", retention_checked, true, false}, {"effective", retention_effective, false, false}, {"when", retention_when, true, false},
    {"keep", retention_keep, false, true}, {"destroy", retention_destroy, false, true}, {"early", retention_early, false, true},
    {"suspended", retention_suspended, false, true}, {"gate", retention_gate, false, true}, {"residue", retention_residue, false, true},
    {"instead", retention_instead, false, true}, {"cite", retention_cite, true, false}, {"explain", retention_explain, true, false}, {NULL, NULL, false, false}};

void keep_parse_retention_block(struct keep_compiler *c)
{
    struct retention_draft d = {.rule = {.pack = keep_parse_pack_index(c), .from = KEEP_DATE_NONE, .to = KEEP_DATE_NONE}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_RETENTION, &d.rule.id);
    size_t errors = c->diags->errors;
    if (!id)
        return;
    d.rule.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, "a retention rule", retention_clauses, &d, id->at);
    if (d.keep.n == 0 && d.destroy.n == 0 && c->diags->errors == errors)
        keep_compile_error(c, id->at, NULL, "a retention rule needs `keep` or `destroy by`");
    struct keep_retention *r = &d.rule;
    r->keep = d.keep.p, r->keeps = d.keep.n;
    r->destroy = d.destroy.p, r->destroys = d.destroy.n;
    r->gate = d.gate.p, r->gates = d.gate.n;
    r->residue = d.residue.p, r->residues = d.residue.n;
    r->pause = d.pause.p, r->pauses = d.pause.n;
    r->early = d.early.p, r->earlies = d.early.n;
    r->instead = d.instead.p, r->insteads = d.instead.n;
    struct keep_retention *to = keep_compile_push(c, &c->retentions, sizeof *to);
    if (to)
        *to = d.rule;
}
