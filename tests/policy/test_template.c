/* Explain texts: compiled with the policy, rendered with facts, identifiers through the mask. */
#include "tests/policy/try.h"

#define HEAD "pack \"p\" { version \"1\" language 1 }\n" \
    "access \"a\" { title \"t\" severity low weight 1 when event.action == \"view\" per user.id within 1 hour count >= 2 authority \"a\" threshold \"t\" state in_force " \
    "checked date(\"2026-01-01\") source \"s\" explain \""
#define TAIL "\" }\ntest \"t\" for \"a\" { expect unexplained }\n"

static struct keep_str mask(void *ctx, enum keep_field f, struct keep_str clear)
{
    *(int *)ctx += 1;
    (void)clear;
    return f == KEEP_FIELD_user_name ? KEEP_STR("User 7") : KEEP_STR("?");
}

static const char *render(const char *policy, keep_policy_mask m, int *masked)
{
    static char out[512];
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file = {"f", keep_str_of(policy)};
    const struct keep_policy *p = NULL;
    struct keep_env env = {.arena = a, .field = try_field, .call = try_call};
    struct keep_buf b = KEEP_BUF_INIT;
    if (keep_policy_compile(&p, &file, 1, a, &ds, NULL) < 0) {
        snprintf(out, sizeof out, "%u:%u-%u %s", ds.list[0].line, ds.list[0].col, ds.list[0].end_col, ds.list[0].text);
    } else {
        int rc = keep_policy_explain(p, p->access[0].explain, &env, m, masked, &b);
        snprintf(out, sizeof out, "%.*s%s", (int)b.n, (const char *)b.p, rc < 0 ? keep_err_name(rc) : "");
    }
    keep_buf_free(&b);
    keep_arena_free(a);
    return out;
}

static void test_template_renders(void **state)
{
    static const struct try_case c[] = {
        {HEAD "plain" TAIL, "plain"}, {HEAD "{user.name} opened {count} charts" TAIL, "Alvarez, Rosa opened 50 charts"}, {HEAD "{{x}} {1 + 2}" TAIL, "{x} 3"},
        {HEAD "{patient.death_date}, {patient.birth_date}" TAIL, "(not recorded), 2015-06-30"}, {HEAD "{event.time}" TAIL, "2026-03-02T09:15:00Z"}, {HEAD "{[1, 2]}" TAIL, "1, 2"},
        {HEAD "{\\\"}\\\" + user.id}" TAIL, "}u1"}, {HEAD "{1 / (size(user.id) - 2)}" TAIL, "(division by zero)"}, {HEAD "{first.time}" TAIL, "(not recorded)"}, {HEAD "{{}}" TAIL, "{}"},
        {HEAD "{count > 1 ? {\\\"a\\\": {\\\"b\\\": \\\"}\\\"}}.a.b : \\\"\\\"}}}" TAIL, "}}"}, {HEAD "{ {1: \\\"one\\\"}[1]} {[{1: 2}][0][1]}" TAIL, "one 2"},
        {HEAD "a {event.unit}" TAIL, "a io"}, {HEAD "{has(patient.death_date) ? \\\"dead\\\" : \\\"alive\\\"}" TAIL, "alive"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        assert_string_equal(render(c[i].text, NULL, NULL), c[i].want);
}

static void test_template_masks(void **state)
{
    int masked = 0;
    (void)state;
    assert_string_equal(render(HEAD "{user.name} {\\\"<\\\" + user.name} {user.id} {patient.name}" TAIL, mask, &masked), "User 7 <User 7 u1 (not recorded)");
    assert_int_equal(masked, 2);
}

/* A message about a placeholder stands below it, escapes before it included. */
static void test_template_messages(void **state)
{
    static const struct try_case c[] = {
        {HEAD "\\\"{user.nam}" TAIL, "2:209-212 `user` has no field `nam`"}, {HEAD "{user.name" TAIL, "2:201-202 this placeholder has no end"}, {HEAD "}" TAIL, "2:201-202 this brace closes nothing"},
        {HEAD "{}" TAIL, "2:202-203 expected an expression, have the end of the text"}, {HEAD "{1 2}" TAIL, "2:204-205 expected `}`, have `2`"}, {HEAD "{#}" TAIL, "2:202-203 this character has no meaning here"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        assert_string_equal(render(c[i].text, NULL, NULL), c[i].want);
}

static void test_template_unknown_text(void **state)
{
    static const char policy[] = HEAD "plain" TAIL;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file = {"f", KEEP_STR(policy)};
    const struct keep_policy *p = NULL;
    struct keep_env env = {.arena = a, .field = try_field, .call = try_call};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    assert_int_equal(keep_policy_compile(&p, &file, 1, a, &ds, NULL), 0);
    assert_int_equal(keep_policy_explain(p, KEEP_STR("other"), &env, NULL, NULL, &b), KEEP_E_USAGE);
    assert_int_equal(keep_policy_explain(p, KEEP_STR("plain"), &env, NULL, NULL, &b), 0);
    assert_int_equal(b.n, 5);
    keep_buf_free(&b);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_template_renders), cmocka_unit_test(test_template_masks), cmocka_unit_test(test_template_messages), cmocka_unit_test(test_template_unknown_text)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
