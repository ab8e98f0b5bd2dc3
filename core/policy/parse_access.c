/*   access   = 'access' STRING '{' 'title' STRING 'severity' SEVERITY 'weight' NUMBER 'when' EXPR ['unless' (EXPR | 'expected')]
 *              [form, in parse_form.c]
 *              'authority' STRING 'threshold' STRING 'state' STATE checked 'explain' TEXT '}'
 *   evidence = 'evidence' STRING '{' 'title' STRING 'weight' NUMBER 'when' EXPR ['authority' STRING] [checked] 'explain' TEXT '}'
 *
 * Evidence is an access rule that never makes a case by itself. */
#include "core/policy/form.h"

enum {
    WEIGHT_LIMIT = 1000, /* scores stay far from any overflow */
};

KEEP_STRING_CLAUSE(access, title, "a title in quotes")
KEEP_STRING_CLAUSE(access, authority, "an authority in quotes")
KEEP_STRING_CLAUSE(access, threshold, "who set the threshold, in quotes")
KEEP_CHECKED_CLAUSE(access)
KEEP_WHEN_CLAUSE(access, KEEP_FORM_ON, "the condition of an access rule")

static void access_severity(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    int k = keep_parse_severity(c);
    (void)word;
    if (k >= 0)
        ((struct keep_form_draft *)block)->rule.severity = (enum keep_severity)k;
}

static void access_weight(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    int64_t n = 0;
    (void)word;
    if (keep_parse_number(c, 0, WEIGHT_LIMIT, &n, "a weight"))
        ((struct keep_form_draft *)block)->rule.weight = (int32_t)n;
}

/* unless expected | unless EXPR */
static void access_unless(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_access *r = &((struct keep_form_draft *)block)->rule;
    (void)word;
    if (keep_compile_take_word(c, "expected"))
        r->unless_expected = true;
    else
        r->unless = keep_typecheck_clause(c, KEEP_V_BOOL, KEEP_FORM_ON, "the exception of an access rule");
}

static void access_state(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    keep_parse_state(c, &((struct keep_form_draft *)block)->rule.state);
}

/* The placeholders that exist depend on the form, which may stand behind the text. */
static void access_explain(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_form_draft *d = block;
    (void)word;
    d->explain = keep_compile_peek(c, 0);
    if (!keep_parse_string(c, &d->rule.explain, "a text in quotes"))
        d->explain = NULL;
}

static const struct keep_clause access_clauses[] = {
    {"title", access_title, true, false}, {"severity", access_severity, true, false}, {"weight", access_weight, true, false},
    {"when", access_when, true, false}, {"unless", access_unless, false, false}, {"per", keep_parse_form_per, false, false}, {"within", keep_parse_form_within, false, false},
    {"count", keep_parse_form_count, false, false}, {"first", keep_parse_form_first, false, false}, {"overlap", keep_parse_form_overlap, false, false},
    {"authority", access_authority, true, false}, {"threshold", access_threshold, true, false},
    {"state", access_state, true, false}, {"checked", access_checked, true, false}, {"explain", access_explain, true, false}, {NULL, NULL, false, false}};

static const struct keep_clause evidence_clauses[] = {
    {"title", access_title, true, false}, {"weight", access_weight, true, false}, {"when", access_when, true, false}, {"authority", access_authority, false, false},
    {"checked", access_checked, false, false}, {"explain", access_explain, true, false}, {NULL, NULL, false, false}};

struct kinship {
    bool surname, more; /* more: that ties two people, or shows that one looked for the other */
};

static int note_kinship(void *ctx, const struct keep_read *r)
{
    struct kinship *k = ctx;
    if (r->call)
        return 0;
    k->surname |= r->id == KEEP_FIELD_user_surname_key || r->id == KEEP_FIELD_patient_surname_key;
    k->more |= r->id == KEEP_FIELD_user_address_key || r->id == KEEP_FIELD_patient_address_key || r->id == KEEP_FIELD_user_street_key || r->id == KEEP_FIELD_patient_street_key ||
               r->id == KEEP_FIELD_user_is_contact || r->id == KEEP_FIELD_user_contact_words || r->id == KEEP_FIELD_event_searched;
    return 0;
}

/* Half a town may have one family name: by it alone nobody is suspected, and nothing weighs more. */
static void check_kinship(struct keep_compiler *c, const struct keep_expr *when)
{
    struct kinship k = {false, false};
    if (!when || when->op == KEEP_OP_BAD)
        return;
    keep_expr_reads(when, note_kinship, &k);
    if (k.surname && !k.more)
        keep_compile_error(c, when->at, "ask with it where both live, whether the user is a contact of the patient, or whether the chart was searched for", "a family name alone says nothing of two people");
}

static void access_or_evidence(struct keep_compiler *c, bool evidence)
{
    struct keep_form_draft d = {.rule = {.pack = keep_parse_pack_index(c), .evidence = evidence, .check = {.on = KEEP_DATE_NONE}}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_ACCESS, &d.rule.id);
    if (!id)
        return;
    d.rule.at = keep_parse_place(c, id->at);
    keep_parse_clauses(c, evidence ? "evidence" : "an access rule", evidence ? evidence_clauses : access_clauses, &d, id->at);
    keep_parse_form_whole(c, &d);
    if (!evidence || d.rule.weight > 0)
        check_kinship(c, d.rule.when);
    if (d.explain)
        keep_template_compile(c, d.explain, KEEP_FORM_ON | (d.per ? KEEP_ON_FINDING : 0), d.per ? "the text of a rule over several events" : "the text of an access rule");
    struct keep_decl *decl = c->decls.p;
    if (evidence && c->decls.n) /* evidence never stands alone, so a test cannot name it as what fired */
        decl[c->decls.n - 1].tested = true;
    struct keep_access *to = keep_compile_push(c, &c->accesses, sizeof *to);
    if (to)
        *to = d.rule;
}

void keep_parse_access_block(struct keep_compiler *c)
{
    access_or_evidence(c, false);
}

void keep_parse_evidence_block(struct keep_compiler *c)
{
    access_or_evidence(c, true);
}
