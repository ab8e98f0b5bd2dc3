/* Goal: what the manual says of the language is what is parsed: the example compiles without a word, every clause that a
 * block needs is in the grammar, every field and call is listed. */
#include "core/policy/language.h"
#include "tests/policy/try.h"

static void test_language_example_compiles(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags d = {.arena = a};
    struct keep_err err = {0};
    const struct keep_policy *p = NULL;
    struct keep_policy_text t = {"example", keep_str_of(keep_language_example)};
    (void)state;
    assert_int_equal(keep_policy_compile(&p, &t, 1, a, &d, &err), 0);
    assert_int_equal(d.errors, 0);
    assert_int_equal(p->accesses, 1);
    assert_int_equal(p->tests, 5);
    keep_arena_free(a);
}

static bool in_grammar(const char *block, struct keep_str word)
{
    char quoted[64], begins[64];
    bool inside = false;
    snprintf(quoted, sizeof quoted, "'%.*s'", (int)word.n, word.p);
    snprintf(begins, sizeof begins, "%s ", block);
    for (const char *const *l = keep_language_grammar; *l; l++) {
        if (**l != ' ')
            inside = strncmp(*l, begins, strlen(begins)) == 0;
        if (inside && (strstr(*l, quoted) || (keep_str_is(word, "checked") && strstr(*l, " checked")) || (keep_str_is(word, "keep") && strstr(*l, " keep {keep}")) ||
                       (keep_str_is(word, "column") && strstr(*l, " column {column}")) || (keep_str_is(word, "expect") && strstr(*l, " expect }"))))
            return true;
    }
    return false;
}

/* An empty block of each kind is told what it needs: `word` for each. */
static void test_language_grammar_has_what_blocks_need(void **state)
{
    static const char *const block[] = {"define", "series", "label", "retention", "explanation", "access", "evidence", "map", "test"};
    (void)state;
    for (size_t i = 0; i < sizeof block / sizeof *block; i++) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_diags d = {.arena = a};
        const struct keep_policy *p = NULL;
        struct keep_err err = {0};
        char text[128];
        size_t told = 0;
        snprintf(text, sizeof text, "pack \"p\" { version \"1\" language 1 }\n%s \"x\" { }\n", block[i]);
        struct keep_policy_text t = {"t", keep_str_of(text)};
        assert_int_equal(keep_policy_compile(&p, &t, 1, a, &d, &err), KEEP_E_USAGE);
        for (size_t k = 0; k < d.n; k++) {
            const char *at = strstr(d.list[k].text, "needs `"), *end = at ? strchr(at + 7, '`') : NULL;
            if (!end)
                continue;
            told++;
            if (!in_grammar(block[i], (struct keep_str){at + 7, (size_t)(end - at - 7)}))
                fail_msg("%s: %s", block[i], d.list[k].text);
        }
        assert_true(told > 0);
        keep_arena_free(a);
    }
}

static size_t count(const struct keep_language_row *r)
{
    size_t n = 0;
    for (; r[n].name; n++)
        assert_true(r[n].name[0] && r[n].meaning[0]);
    return n;
}

static void test_language_lists_every_field_and_call(void **state)
{
    (void)state;
    assert_int_equal(count(keep_language_fields), KEEP_FIELD_COUNT);
    assert_int_equal(count(keep_language_calls), KEEP_CALL_COUNT);
    assert_true(count(keep_language_givens) > 0 && count(keep_language_columns) > 0 && count(keep_language_words) > 0);
}

static void test_language_fields_have_units_and_origins(void **state)
{
    (void)state;
    for (size_t f = 0; f < KEEP_FIELD_COUNT; f++) {
        bool number = strcmp(keep_language_fields[f].type, "int") == 0;
        if (number != (keep_language_unit((enum keep_field)f)[0] != '\0'))
            fail_msg("%s: what does it count?", keep_language_fields[f].name);
        assert_true(keep_language_origin((enum keep_field)f)[0]);
    }
    assert_string_equal(keep_language_unit(KEEP_FIELD_user_idle_days), "days");
    assert_string_equal(keep_language_reckoned(KEEP_FIELD_user_on_leave), "duties of kind \"leave\"");
    assert_null(keep_language_reckoned(KEEP_FIELD_user_department));
    assert_string_equal(keep_language_origin(KEEP_FIELD_finding_count), "what the rule found");
}

/* Each example is a clause that a rule may have. */
static void test_language_periods_have_examples(void **state)
{
    size_t n = count(keep_language_periods);
    (void)state;
    assert_true(n > 0);
    for (size_t i = 0; i < n; i++) {
        const char *example = strstr(keep_language_periods[i].meaning, "Example: ");
        char text[1200];
        static const char rule[] = "retention \"%s\" { title \"t\" jurisdiction US status law when true keep permanent %s cite \"c\" explain \"e\" checked \"unverified\" }\n";
        size_t at = (size_t)snprintf(text, sizeof text, TRY_PACK);
        if (!example)
            fail_msg("%s has no example", keep_language_periods[i].name);
        at += (size_t)snprintf(text + at, sizeof text - at, rule, "r", example + strlen("Example: "));
        at += (size_t)snprintf(text + at, sizeof text - at, rule, "other", "");
        assert_true(at < sizeof text);
        assert_string_equal(try_policy(text, KEEP_DIAG_ERROR), "");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_language_example_compiles), cmocka_unit_test(test_language_grammar_has_what_blocks_need),
                                       cmocka_unit_test(test_language_lists_every_field_and_call), cmocka_unit_test(test_language_periods_have_examples), cmocka_unit_test(test_language_fields_have_units_and_origins)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
