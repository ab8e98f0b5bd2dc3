/* Goal: a named expression is, in every rule that writes the name, the expression itself: same meaning, same grain, same
 * conjuncts; wherever its block stands. What would be a riddle (rings, names taken, names that hide) is told with its place. */
#include "tests/policy/try.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define LABEL(when) "label \"l\" { title \"t\" when " when " authority \"a\" checked date(\"2026-01-02\") source \"s\" }\ntest \"t\" for \"l\" { given record {kind: \"x\"} expect no label \"l\" }\n"

struct made {
    struct keep_arena *a;
    struct keep_diags d;
    const struct keep_policy *p;
    int rc;
};

static struct made make(const char *one, const char *two)
{
    struct made m = {.a = keep_arena_new(0)};
    struct keep_policy_text t[] = {{"one", keep_str_of(one)}, {"two", keep_str_of(two ? two : "")}};
    struct keep_err err = {0};
    m.d.arena = m.a;
    m.rc = keep_policy_compile(&m.p, t, two ? 2 : 1, m.a, &m.d, &err);
    return m;
}

/* Exactly this one error (warnings aside). */
static void refused(const char *one, const char *two, const char *file, uint32_t line, uint32_t col, const char *text, const char *help)
{
    struct made m = make(one, two);
    const struct keep_diag *e = NULL;
    for (size_t i = 0; i < m.d.n; i++)
        if (m.d.list[i].level == KEEP_DIAG_ERROR && !e)
            e = &m.d.list[i];
    assert_int_equal(m.rc, KEEP_E_USAGE);
    assert_int_equal(m.d.errors, 1);
    assert_string_equal(e->text, text);
    assert_string_equal(e->file, file);
    assert_int_equal(e->line, line);
    assert_int_equal(e->col, col);
    if (help)
        assert_string_equal(e->help, help);
    keep_arena_free(m.a);
}

static void test_define_stands_for_its_expression(void **state)
{
    struct made m = make(PACK LABEL("old && record.codes.exists(c, c.code in substance)"), /* used before its file is read */
                         "pack \"q\" { version \"1\" language 1 }\ndefine \"substance\" { title \"Codes\" is [\"F10\", \"F11\", \"F12\", \"F13\"] }\n"
                         "define \"old\" { is record.kind == \"note\" && has(record.signed_date) }\n");
    const struct keep_expr *part[8];
    (void)state;
    assert_int_equal(m.rc, 0);
    assert_int_equal(m.d.n, 0);
    assert_int_equal(m.p->defines, 2);
    assert_string_equal(m.p->define[0].id.p, "substance");
    assert_int_equal(m.p->define[0].pack, 1);
    assert_int_equal(m.p->define[1].at.line, 3);
    /* the conjuncts of the definition are conjuncts of the rule, with their own text */
    const struct keep_expr *when = m.p->label[0].when;
    assert_int_equal(keep_expr_conjuncts(when, part, 8), 3);
    assert_true(keep_str_is(keep_expr_text(part[0]), "record.kind == \"note\""));
    assert_true(keep_str_is(keep_expr_text(part[1]), "has(record.signed_date)"));
    assert_true(keep_str_is(keep_expr_text(part[2]), "record.codes.exists(c, c.code in substance)"));
    assert_true(keep_str_is(keep_expr_text(when), "old && record.codes.exists(c, c.code in substance)"));
    assert_int_equal(part[2]->arg[1]->op, KEEP_OP_IN_SET); /* a constant list is one, by any name */
    keep_arena_free(m.a);
}

static int one_record(void *ctx, enum keep_field f, struct keep_value *out)
{
    static struct keep_value kinds[2] = {{.type = KEEP_V_STRING, .s = {"a", 1}}, {.type = KEEP_V_STRING, .s = {"b", 1}}};
    (void)ctx;
    (void)f;
    *out = (struct keep_value){.type = KEEP_V_LIST};
    out->list.item = kinds;
    out->list.n = 2;
    return 0;
}

/* Variables of the definition and of what uses it are different ones, whatever they are called. */
static void test_define_variables_do_not_meet(void **state)
{
    struct made m = make(PACK "define \"has_b\" { is record.labels.exists(x, x == \"b\") }\n"
                         "series \"s\" { title \"t\" order 1 per patient when record.labels.all(x, has_b && x != \"c\" && has_b) authority \"a\" checked date(\"2026-01-02\") source \"s\" }\n"
                         "label \"a\" { title \"t\" when false authority \"a\" checked date(\"2026-01-02\") source \"s\" } label \"b\" { title \"t\" when false authority \"a\" checked date(\"2026-01-02\") source \"s\" }\n"
                         "label \"c\" { title \"t\" when false authority \"a\" checked date(\"2026-01-02\") source \"s\" }", NULL);
    struct keep_env env = {.arena = m.a, .field = one_record};
    struct keep_value v;
    (void)state;
    assert_int_equal(m.rc, 0);
    assert_int_equal(keep_expr_run(m.p->series[3].when, &env, &v), 0);
    assert_int_equal(v.type, KEEP_V_BOOL);
    assert_true(v.b);
    keep_arena_free(m.a);
}

static void test_define_of_definitions(void **state)
{
    struct made m = make(PACK "define \"c\" { is a || b }\ndefine \"b\" { is !a }\ndefine \"a\" { is record.kind == \"x\" }\n" LABEL("(c) && c && b"), NULL);
    const struct keep_expr *part[8];
    (void)state;
    assert_int_equal(m.rc, 0);
    assert_int_equal(keep_expr_conjuncts(m.p->label[0].when, part, 8), 3);
    assert_int_equal(part[0]->op, KEEP_OP_OR);
    assert_int_equal(part[0]->arg[0]->op, KEEP_OP_EQ);
    assert_int_equal(part[0]->arg[1]->op, KEEP_OP_NOT);
    assert_int_equal(keep_expr_grains(m.p->label[0].when), KEEP_ON(record));
    keep_arena_free(m.a);
}

static void test_define_refuses_rings(void **state)
{
    (void)state;
    refused(PACK "define \"a\" { is a }\n", NULL, "one", 2, 17, "`a` is defined by itself", "a -> a");
    refused(PACK "define \"a\" { is b }\ndefine \"b\" { is c && b2 }\ndefine \"c\" { is true || a }\ndefine \"b2\" { is true }\n" LABEL("a"), NULL, "one", 2, 17,
            "`a` is defined by itself", "a -> b -> c -> a");
    /* what only leads into a ring is none */
    refused(PACK "define \"x\" { is a }\ndefine \"a\" { is !a }\n", NULL, "one", 3, 18, "`a` is defined by itself", "a -> a");
}

static void test_define_refuses_names(void **state)
{
    (void)state;
    refused(PACK "define \"user\" { is 1 }\n", NULL, "one", 2, 8, "`user` is a name that expressions have already", "take another name");
    refused(PACK "define \"size\" { is 1 }\n", NULL, "one", 2, 8, "`size` is a function", "take another name");
    refused(PACK "define \"in\" { is 1 }\n", NULL, "one", 2, 8, "`in` is a word of the language", "take another name");
    refused(PACK "define \"no-dash\" { is 1 }\n", NULL, "one", 2, 8, "an expression cannot write this name", "letters, digits and _, as in substance_codes");
    refused(PACK "define \"a\" { is 1 }\n", "pack \"q\" { version \"1\" language 1 }\n\ndefine \"a\" { is 2 }\n", "two", 3, 8, "definition \"a\" stands twice", "it stands first at one:2");
    refused(PACK "define \"c\" { is 1 }\n" LABEL("record.codes.exists(c, c.code == \"1\")"), NULL, "one", 3, 48, "`c` is defined already", "take another name");
}

/* A mistake inside is told once, where it stands; one that only a use makes, where the use stands. */
static void test_define_places_errors(void **state)
{
    (void)state;
    refused(PACK "define \"a\" { is record.kimd == \"x\" }\n" LABEL("a && !a"), NULL, "one", 2, 24, "`record` has no field `kimd`", "did you mean `kind`?");
    refused(PACK "define \"a\" { is user.id == \"x\" }\n" LABEL("record.kind == \"x\" && a"), NULL, "one", 3, 50, "`a` has no meaning in the condition of a label", NULL);
    refused(PACK "define \"a\" { is record.labels }\n" LABEL("size(a) == 1"), NULL, "one", 3, 33, "a label cannot rest on other labels", "define the codes, and use those here too");
    refused(PACK "define \"abcd\" { is 1 }\n" LABEL("abdc == 1"), NULL, "one", 3, 28, "there is no `abdc`", "did you mean `abcd`?");
    refused(PACK "define \"a\" { is [\"xyz\"] }\nexplanation \"e\" { title \"t\" when event.action in a missing \"m\" authority \"a\" }", NULL, "one", 3, 50,
            "\"xyz\" is none of the words of event.action", NULL);
}

static void test_define_syntax(void **state)
{
    (void)state;
    refused(PACK "define \"a\" { title \"t\" }\n", NULL, "one", 2, 8, "a definition needs `is`", NULL);
    refused(PACK "define a { is 1 }\n", NULL, "one", 2, 8, "expected a name in quotes, have `a`", NULL);
    refused(PACK "define \"a\" is 1\n", NULL, "one", 2, 12, "expected `{`, have `is`", NULL);
    refused(PACK "define \"a\" { is 1 + }\n" LABEL("a == 1"), NULL, "one", 2, 21, "expected an expression, have `}`", NULL);
}

static void test_define_unused_is_told(void **state)
{
    struct made m = make(PACK "define \"a\" { is 1 }\n", NULL);
    (void)state;
    assert_int_equal(m.rc, 0);
    assert_int_equal(m.d.warnings, 1);
    assert_string_equal(m.d.list[0].text, "nothing uses the definition \"a\"");
    keep_arena_free(m.a);
}

/* Definitions that double one another, and that nest one another, end at a limit with a place. */
static void test_define_growth_is_bounded(void **state)
{
    char text[8192];
    size_t n = (size_t)snprintf(text, sizeof text, PACK "define \"d0\" { is record.kind == \"x\" }\n");
    (void)state;
    for (int i = 1; i < 40; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "define \"d%d\" { is !d%d || d%d }\n", i, i - 1, i - 1);
    struct made m = make(text, NULL);
    assert_int_equal(m.rc, KEEP_E_USAGE);
    assert_int_equal(m.d.errors, 1);
    assert_non_null(strstr(m.d.list[0].text, "more than 65536 parts"));
    keep_arena_free(m.a);

    n = (size_t)snprintf(text, sizeof text, PACK "define \"d0\" { is record.kind == \"x\" }\n");
    for (int i = 1; i < 200; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "define \"d%d\" { is !d%d }\n", i, i - 1);
    m = make(text, NULL);
    assert_int_equal(m.rc, KEEP_E_USAGE);
    assert_int_equal(m.d.errors, 1);
    assert_non_null(strstr(m.d.list[0].text, "nested too deeply"));
    keep_arena_free(m.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_define_stands_for_its_expression), cmocka_unit_test(test_define_variables_do_not_meet), cmocka_unit_test(test_define_of_definitions),
        cmocka_unit_test(test_define_refuses_rings),             cmocka_unit_test(test_define_refuses_names),         cmocka_unit_test(test_define_places_errors),
        cmocka_unit_test(test_define_syntax),                    cmocka_unit_test(test_define_unused_is_told),        cmocka_unit_test(test_define_growth_is_bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
