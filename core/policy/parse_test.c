/*   test   = 'test' STRING ['for' STRING] '{' { given | events | 'as_of' DATE | expect } '}'
 *   given  = 'given' WORD MAP            WORD: an entity, relation, or a row of a code table; keys of MAP bare or quoted
 *   events = 'events' NUMBER 'every' DURATION 'from' TIMESTAMP 'event' MAP     in MAP, i counts from 0
 *   expect = 'expect' ( 'keep' ('until' DATE | 'permanent') ['by' STRING] | ('undetermined' | 'suspended') ['because' (STRING | EXPR)]
 *                     | 'conflict' ['by' STRING] | 'destroy' 'by' DATE | 'gate' STRING | 'sentence' STRING
 *                     | NUMBER ('finding'|'findings') ['by' STRING] | 'expected' ['by' STRING] | 'unexplained' | 'flagged' ['by' STRING]
 *                     | 'not' ('assessed'|'applicable') | ['no'] 'label' STRING | 'series' STRING )
 *
 * All values are constants; series of events are expanded here. Who and what is named has to be given. */
#include <stdio.h>
#include <string.h>

#include "core/policy/language.h"
#include "core/policy/testids.h"
#include "core/policy/typecheck.h"

enum {
    EVENTS_LIMIT = 10000,  /* of one series; a test of a limit needs no more than the limit */
    GIVENS_LIMIT = 100000, /* of all tests */
    FINDINGS_LIMIT = 1000000,
    TEST_STEPS = 100000,
};

struct test_draft {
    struct keep_test test;
    struct keep_vec given, expect;
    struct keep_testids ids;
};

/* --- what is given --- */

static const struct { const char *word, *field; uint8_t type; int id; } fields[] = {
#define X(entity, field, type, text) {#entity, #field, KEEP_V_##type, KEEP_FIELD_##entity##_##field},
    KEEP_POLICY_FIELDS(X)
#undef X
#define X(entity, field, type, text) {#entity, #field, KEEP_V_##type, -1},
    KEEP_POLICY_GIVENS(X)
#undef X
};

static const char *const words[] = {
#define X(entity, text) #entity,
    KEEP_POLICY_ENTITIES(X)
#undef X
    "relation", "duty", "training", "code", "pair", "limit", NULL};

static bool holds(uint8_t type, const struct keep_expr *v)
{
    if (v->type == KEEP_V_NULL || v->type == KEEP_V_DYN || v->type == type)
        return true;
    return type == KEEP_V_KEY && (v->type == KEEP_V_STRING || v->type == KEEP_V_LIST);
}

/* The words of closed vocabularies in a given value. */
static void given_words(struct keep_compiler *c, int word, size_t f, const struct keep_expr *v)
{
    uint32_t n = v->type == KEEP_V_LIST ? v->n : 1;
    for (uint32_t i = 0; i < n; i++) {
        const struct keep_expr *s = v->type == KEEP_V_LIST ? v->arg[i] : v;
        if (s->op != KEEP_OP_CONST || s->type != KEEP_V_STRING)
            continue;
        if (fields[f].id >= 0)
            keep_typecheck_word(c, (enum keep_field)fields[f].id, s->value.s, v->type == KEEP_V_LIST ? keep_typecheck_part_at(v, i) : s->at);
        else if (strcmp(words[word], "relation") == 0 && strcmp(fields[f].field, "kind") == 0)
            keep_typecheck_relation(c, s->value.s, v->type == KEEP_V_LIST ? keep_typecheck_part_at(v, i) : s->at);
    }
}

/* A code is a map of system and code. */
static void given_codes(struct keep_compiler *c, const struct keep_expr *list)
{
    for (uint32_t i = 0; list->type == KEEP_V_LIST && i < list->n; i++) {
        const struct keep_expr *code = list->arg[i];
        if (code->type != KEEP_V_MAP)
            keep_compile_error(c, keep_typecheck_part_at(list, i), "{system: \"CPT\", code: \"77067\"}", "a code has a system and a code");
        for (uint32_t k = 0; code->type == KEEP_V_MAP && k + 1 < code->n; k += 2) {
            const struct keep_expr *key = code->arg[k];
            if (key->type != KEEP_V_STRING || (!keep_str_is(key->value.s, "system") && !keep_str_is(key->value.s, "code")))
                keep_compile_error(c, list->defined ? list->at : key->at, "it has `system` and `code`", "a code has no such member");
        }
    }
}

/* Only now, for what is close costs more than all the rest of a test. */
static void no_such_field(struct keep_compiler *c, int word, const struct keep_expr *key)
{
    struct keep_suggest s;
    keep_suggest_begin(&s, key->value.s);
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
        if (strcmp(fields[f].word, words[word]) == 0)
            keep_suggest_offer(&s, keep_str_of(fields[f].field));
    keep_compile_error(c, key->at, keep_suggest_end(&s, NULL), "a given %s has no field `%.*s`", words[word],
                       (int)(key->value.s.n < 60 ? key->value.s.n : 60), key->value.s.p);
}

static const char *give_instead(struct keep_compiler *c, const char *from)
{
    char text[128];
    bool ok = true;
    int n = snprintf(text, sizeof text, "give %s", from);
    return keep_arena_str(c->arena, (struct keep_str){text, (size_t)n + 1}, &ok).p;
}

static void given_field(struct keep_compiler *c, int word, const struct keep_expr *key, const struct keep_expr *v)
{
    size_t f = 0, n = sizeof fields / sizeof *fields;
    const char *from;
    if (key->op != KEEP_OP_CONST || key->type != KEEP_V_STRING) {
        keep_compile_error(c, key->at, NULL, "a field is a name");
        return;
    }
    while (f < n && (!keep_str_is(key->value.s, fields[f].field) || strcmp(fields[f].word, words[word]) != 0))
        f++;
    if (f == n)
        no_such_field(c, word, key);
    else if (!holds(fields[f].type, v))
        keep_compile_error(c, v->at, NULL, "%s.%s is %s, this is %s", words[word], fields[f].field,
                           fields[f].type == KEEP_V_KEY ? "a string or a list of strings" : keep_valueop_type_name(fields[f].type), keep_valueop_type_name(v->type));
    else if (fields[f].id >= 0 && (from = keep_language_reckoned((enum keep_field)fields[f].id)) != NULL)
        keep_compile_error(c, key->at, give_instead(c, from), "%s.%s is reckoned: a test cannot give it", words[word], fields[f].field);
    else if (fields[f].id == KEEP_FIELD_record_codes)
        given_codes(c, v);
    else
        given_words(c, word, f, v);
}

/* '{' … '}': NULL after a report. */
static struct keep_expr *given_map(struct keep_compiler *c, struct test_draft *d, int word, bool series)
{
    if (!keep_compile_is_punct(keep_compile_peek(c, 0), '{')) {
        keep_compile_expected(c, "`{`", NULL);
        return NULL;
    }
    c->bare_keys = true;
    struct keep_expr *e = keep_typecheck_clause(c, KEEP_V_MAP, 0, "what a test gives");
    c->bare_keys = false;
    if (e->op == KEEP_OP_BAD)
        return NULL;
    for (uint32_t i = 0; i + 1 < e->n; i += 2)
        given_field(c, word, e->arg[i], e->arg[i + 1]);
    keep_testids_note(c, &d->ids, words[word], e, series);
    return e;
}

static bool push_given(struct keep_compiler *c, struct test_draft *d, int word, const struct keep_value *fields_given, keep_time time, struct keep_span at)
{
    struct keep_test_given *g = d->given.n < GIVENS_LIMIT ? keep_compile_push(c, &d->given, sizeof *g) : NULL;
    if (!g)
        return false;
    *g = (struct keep_test_given){.entity = word < KEEP_GRAIN_COUNT ? (enum keep_grain)word : KEEP_GRAIN_COUNT, .word = keep_str_of(words[word]),
                                  .fields = *fields_given, .time = time, .at = keep_parse_place(c, at)};
    return true;
}

static void test_given(struct keep_compiler *c, void *block, const struct keep_token *clause)
{
    int word = keep_parse_choice(c, words, "what is given");
    (void)clause;
    if (word < 0)
        return;
    struct keep_span at = keep_compile_peek(c, 0)->at;
    struct keep_expr *e = given_map(c, block, word, false);
    if (e && e->op == KEEP_OP_CONST)
        push_given(c, block, word, &e->value, KEEP_TIME_NONE, at);
    else if (e)
        keep_compile_error(c, e->at, NULL, "what a test gives must be constant");
}

/* The maps of a series, i = 0 … n-1. */
static void expand(struct keep_compiler *c, struct test_draft *d, const struct keep_expr *e, int64_t n, int64_t every, keep_time from)
{
    struct keep_env env = {.arena = c->arena};
    for (int64_t i = 0; i < n; i++) {
        struct keep_value counter = {.type = KEEP_V_INT, .i = i}, v;
        int64_t offset, time;
        if (keep_eval_run(e, &env, &counter, TEST_STEPS, &v) < 0)
            return;
        if (v.type == KEEP_V_ERROR) {
            keep_compile_error(c, e->at, NULL, "event %lld of the series fails: %.*s", (long long)i, (int)v.s.n, v.s.p);
            return;
        }
        if (__builtin_mul_overflow(i, every, &offset) || __builtin_add_overflow(from, offset, &time)) {
            keep_compile_error(c, e->at, NULL, "the series runs out of time");
            return;
        }
        if (!push_given(c, d, KEEP_GRAIN_event, &v, time, e->at))
            return;
        keep_testids_made(c, &d->ids, e, &v);
    }
}

static void test_events(struct keep_compiler *c, void *block, const struct keep_token *clause)
{
    int64_t n = 0;
    struct keep_value every, from;
    (void)clause;
    if (!keep_parse_number(c, 1, EVENTS_LIMIT, &n, "the number of events"))
        return;
    if (!keep_compile_take_word(c, "every")) {
        keep_compile_expected(c, "`every` and a duration", "events 50 every duration(\"60s\") from timestamp(\"…\") event { … }");
        return;
    }
    bool spaced = keep_typecheck_constant(c, KEEP_V_DURATION, "the time between events", &every);
    if (c->panic)
        return;
    if (!keep_compile_take_word(c, "from")) {
        keep_compile_expected(c, "`from` and an instant", NULL);
        return;
    }
    bool dated = keep_typecheck_constant(c, KEEP_V_TIMESTAMP, "the first event's time", &from);
    if (c->panic)
        return;
    if (!keep_compile_take_word(c, "event")) {
        keep_compile_expected(c, "`event` and its fields", NULL);
        return;
    }
    c->local[0].name = KEEP_STR("i");
    c->local[0].type = KEEP_V_INT;
    c->local[0].item = KEEP_V_DYN;
    c->locals = 1;
    struct keep_expr *e = given_map(c, block, KEEP_GRAIN_event, true);
    c->locals = 0;
    if (e && spaced && dated)
        expand(c, block, e, n, every.i, from.t);
}

static void test_as_of(struct keep_compiler *c, void *block, const struct keep_token *clause)
{
    (void)clause;
    keep_parse_date(c, &((struct test_draft *)block)->test.as_of);
}

/* --- what is expected --- */

/* ['by' STRING] */
static void by(struct keep_compiler *c, struct keep_test_expect *x, enum keep_name_kind kind)
{
    const struct keep_token *t = keep_compile_peek(c, 1);
    if (keep_compile_take_word(c, "by") && keep_parse_string(c, &x->text, "a name in quotes"))
        keep_compile_refer(c, kind, x->text, t->at);
}

static void named(struct keep_compiler *c, struct keep_test_expect *x, enum keep_name_kind kind)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (keep_parse_string(c, &x->text, "a name in quotes"))
        keep_compile_refer(c, kind, x->text, t->at);
}

static void expect_keep(struct keep_compiler *c, struct keep_test_expect *x)
{
    static const char *const forms[] = {"until", "permanent", NULL};
    int k = keep_parse_choice(c, forms, "`until` and a day, or `permanent`");
    x->what = k == 1 ? KEEP_EXPECT_PERMANENT : KEEP_EXPECT_UNTIL;
    if (k == 0)
        keep_parse_date(c, &x->until);
    if (k >= 0 && !c->panic)
        by(c, x, KEEP_NAME_RETENTION);
}

/* destroy by DATE */
static void expect_destroy(struct keep_compiler *c, struct keep_test_expect *x)
{
    x->what = KEEP_EXPECT_DESTROY;
    if (keep_compile_take_word(c, "by"))
        keep_parse_date(c, &x->until);
    else
        keep_compile_expected(c, "`by` and a day", NULL);
}

/* undetermined and suspended: ['because' (STRING | EXPR)] */
static void expect_because(struct keep_compiler *c, struct keep_test_expect *x)
{
    if (!keep_compile_take_word(c, "because"))
        return;
    if (keep_compile_peek(c, 0)->kind == KEEP_T_STRING) {
        keep_parse_string(c, &x->text, "what is missing");
        return;
    }
    const struct keep_expr *e = keep_typecheck_clause(c, KEEP_V_DYN, KEEP_ON(set) | KEEP_ON(facility) | KEEP_ON(patient) | KEEP_ON(record) | KEEP_ON_FILE, "what is missing");
    x->text = keep_expr_text(e);
}

static void expect_not(struct keep_compiler *c, struct keep_test_expect *x)
{
    static const char *const forms[] = {"assessed", "applicable", NULL};
    int k = keep_parse_choice(c, forms, "`not assessed` or `not applicable`");
    x->what = k == 1 ? KEEP_EXPECT_NOT_APPLICABLE : KEEP_EXPECT_VERDICT;
    x->verdict = KEEP_VERDICT_NOT_ASSESSED;
}

static void expect_findings(struct keep_compiler *c, struct keep_test_expect *x)
{
    static const char *const units[] = {"finding", NULL};
    x->what = KEEP_EXPECT_FINDINGS;
    keep_parse_number(c, 0, FINDINGS_LIMIT, &x->findings, "the number of findings");
    if (!c->panic && keep_parse_unit(c, units) < 0)
        keep_compile_expected(c, "`findings`", NULL);
    if (!c->panic)
        by(c, x, KEEP_NAME_FINDER);
}

static void expect_word(struct keep_compiler *c, struct keep_test_expect *x)
{
    static const char *const forms[] = {"keep", "undetermined", "expected", "unexplained", "flagged", "not", "no", "label", "series", "conflict", "suspended", "destroy", "gate", "sentence", NULL};
    switch (keep_parse_choice(c, forms, "what is expected")) {
    case 0: expect_keep(c, x); break;
    case 1:
        x->what = KEEP_EXPECT_UNDETERMINED;
        expect_because(c, x);
        break;
    case 2:
        x->verdict = KEEP_VERDICT_EXPECTED;
        by(c, x, KEEP_NAME_EXPLANATION);
        break;
    case 3: x->verdict = KEEP_VERDICT_UNEXPLAINED; break;
    case 4:
        x->verdict = KEEP_VERDICT_FLAGGED;
        by(c, x, KEEP_NAME_ACCESS);
        break;
    case 5: expect_not(c, x); break;
    case 6:
        x->negated = true;
        if (!keep_compile_take_word(c, "label")) {
            keep_compile_expected(c, "`label`", NULL);
            break;
        }
        /* fall through */
    case 7:
        x->what = KEEP_EXPECT_LABEL;
        named(c, x, KEEP_NAME_LABEL);
        break;
    case 8:
        x->what = KEEP_EXPECT_SERIES;
        named(c, x, KEEP_NAME_SERIES);
        break;
    case 9:
        x->what = KEEP_EXPECT_CONFLICT;
        by(c, x, KEEP_NAME_RETENTION);
        break;
    case 10:
        x->what = KEEP_EXPECT_SUSPENDED;
        expect_because(c, x);
        break;
    case 11: expect_destroy(c, x); break;
    case 12:
        x->what = KEEP_EXPECT_GATE;
        keep_parse_string(c, &x->text, "a gate in quotes");
        break;
    case 13:
        x->what = KEEP_EXPECT_SENTENCE;
        keep_parse_string(c, &x->text, "what the rule says, in quotes");
        break;
    default: break;
    }
}

static void test_expect(struct keep_compiler *c, void *block, const struct keep_token *clause)
{
    struct test_draft *d = block;
    struct keep_test_expect x = {.what = KEEP_EXPECT_VERDICT, .until = KEEP_DATE_NONE, .at = keep_parse_place(c, clause->at)};
    if (keep_compile_peek(c, 0)->kind == KEEP_T_INT)
        expect_findings(c, &x);
    else
        expect_word(c, &x);
    struct keep_test_expect *to = keep_compile_push(c, &d->expect, sizeof *to);
    if (to)
        *to = x;
}

static const struct keep_clause clauses[] = {
    {"given", test_given, false, true}, {"events", test_events, false, true}, {"as_of", test_as_of, false, false}, {"expect", test_expect, true, true},
    {NULL, NULL, false, false}};

void keep_parse_test_block(struct keep_compiler *c)
{
    struct test_draft d = {.test = {.as_of = KEEP_DATE_NONE, .pack = keep_parse_pack_index(c)}};
    const struct keep_token *title = keep_compile_peek(c, 0);
    size_t errors = c->diags->errors;
    if (!keep_parse_string(c, &d.test.title, "a title in quotes"))
        return;
    if (keep_compile_take_word(c, "for")) {
        const struct keep_token *t = keep_compile_peek(c, 0);
        if (keep_parse_string(c, &d.test.subject, "a name in quotes"))
            keep_compile_refer(c, KEEP_NAME_ANY, d.test.subject, t->at);
    }
    d.test.at = keep_parse_place(c, title->at);
    keep_parse_clauses(c, "a test", clauses, &d, title->at);
    if (c->diags->errors == errors) /* else a given may not have been read */
        keep_testids_check(c, &d.ids);
    d.test.given = d.given.p;
    d.test.givens = d.given.n;
    d.test.expect = d.expect.p;
    d.test.expects = d.expect.n;
    struct keep_test *to = keep_compile_push(c, &c->tests, sizeof *to);
    if (to)
        *to = d.test;
}
