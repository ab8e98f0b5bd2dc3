/* Recovery: one mistake costs one message, and what stands behind it is still read. */
#include "tests/policy/try.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define REST " authority \"a\" checked date(\"2026-01-01\") source \"s\" }\n"

/* "line:col text" of the errors, one a line. */
static const char *errors(const char *text)
{
    static char out[2048];
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file = {"f", keep_str_of(text)};
    const struct keep_policy *p = NULL;
    size_t at = 0;
    keep_policy_compile(&p, &file, 1, a, &ds, NULL);
    out[0] = '\0';
    for (size_t i = 0; i < ds.n; i++)
        if (ds.list[i].level == KEEP_DIAG_ERROR)
            at += (size_t)snprintf(out + at, sizeof out - at, "%u:%u %s\n", ds.list[i].line, ds.list[i].col, ds.list[i].text);
    keep_arena_free(a);
    return out;
}

static void test_parse_recovers(void **state)
{
    static const struct try_case c[] = {
        {PACK "label \"x\" { title \"t\" when true" REST, ""},
        {PACK "label \"x\" { title when record.kind == when true" REST, "2:19 expected a title in quotes, have `when`\n2:39 there is no `when`\n2:44 `true` starts no clause of a label\n"},
        {PACK "label \"x\" { title \"t\" when {\"a\": {1 2}}.a == record.title" REST, "2:37 expected `:`, have `2`\n"},
        {PACK "label \"x\" { title \"t\" when true" REST "labl \"y\" { title { } }\nlabel \"x\" { title \"t\" when true" REST, "3:1 `labl` starts no block\n4:7 label \"x\" stands twice\n"},
        {PACK "label \"x\" { title \"t\" when true\nlabel \"y\" { title \"t\" when true" REST,
         "2:7 a label needs `authority`\n2:7 a label needs `checked`\n3:1 the block before has no end\n"},
        {PACK "test \"t\" { given record { codes: [{system \"CPT\"}] } expect label \"x\" }", "2:43 expected `:`, have `\"CPT\"`\n2:66 there is no label \"x\"\n"},
        {PACK "label x { }\nlabel \"y\" title\n", "2:7 expected a name in quotes, have `x`\n3:11 expected `{`, have `title`\n"},
        {"} } {", "1:1 a policy file starts with its pack\n1:1 expected a block, have `}`\n"},
        {PACK "label \"\" { title \"t\" when true" REST, "2:7 a name in quotes is empty\n"},
        {PACK "label \"x\" {", "2:7 this block has no end\n2:7 a label needs `title`\n2:7 a label needs `when`\n2:7 a label needs `authority`\n2:7 a label needs `checked`\n"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        if (strcmp(errors(c[i].text), c[i].want) != 0)
            fail_msg("%s\nhave\n%swant\n%s", c[i].text, errors(c[i].text), c[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_recovers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
