/* Recovery: one mistake costs one message, and what stands behind it is still read. */
#include "tests/policy/try.h"

#define PACK TRY_PACK
#define REST TRY_REST

static void test_parse_recovers(void **state)
{
    static const struct try_case c[] = {
        {PACK "label \"x\" { title \"t\" when true" REST, ""},
        {PACK "label \"x\" { title when record.kind == when true" REST, "2:19 expected a title in quotes, have `when`\n2:39 there is no `when`\n2:44 `true` starts no clause of a label\n"},
        {PACK "label \"x\" { title \"t\" when {\"a\": {1 2}}.a == record.title" REST, "2:37 expected `:`, have `2`\n2:53 `record` has no field `title`\n"},
        /* of a clause that broke, names before and behind the slip, each once */
        {PACK "label \"x\" { title \"t\" when record.knd == == record.kind && record.cdoes == set.last(1)" REST,
         "2:35 `record` has no field `knd`\n2:42 expected an expression, have `==`\n2:67 `record` has no field `cdoes`\n"},
        {PACK "label \"x\" { title \"t\" wehn record.knd.kind == \"y.record.no\"" REST, "2:7 a label needs `when`\n2:23 `wehn` starts no clause of a label\n2:35 `record` has no field `knd`\n"},
        /* a slip in the next clause's word ends the one that broke */
        {PACK "label \"x\" { title \"t\" when record.kind ==\nautority \"a\" checked date(\"2026-01-01\") source \"s\" }",
         "2:7 a label needs `authority`\n3:1 there is no `autority`\n3:10 expected a clause or `}`, have `\"a\"`\n"},
        {PACK "label \"x\" { title \"t\" when record.kind == == \"b\"\nautority \"a\" checked date(\"2026-01-01\") source \"s\" }",
         "2:7 a label needs `authority`\n2:43 expected an expression, have `==`\n3:1 `autority` starts no clause of a label\n"},
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
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_recovers)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
