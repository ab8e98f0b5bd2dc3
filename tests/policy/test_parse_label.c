/* label: what it can name, and what it is warned about. */
#include "tests/policy/try.h"

#define LABEL(codes, more) TRY_PACK "label \"x\" { title \"t\" when record.codes.exists(c, " codes ") " more TRY_REST "test \"t\" for \"x\" { expect label \"x\" }\n"

static void test_parse_label_errors(void **state)
{
    static const struct try_case c[] = {
        {LABEL("c.system == \"X\" && \"y\" in record.labels", ""), "2:77 a label cannot rest on other labels\n"},
        {TRY_PACK "label \"x\" { title \"t\" when user.mapped" TRY_REST, "2:28 `user` has no meaning in the condition of a label\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

/* The records that come due are old: a label of current codes alone would miss them. */
static void test_parse_label_historic(void **state)
{
    static const struct try_case c[] = {
        {LABEL("c.system == \"CPT\" && c.code == \"1\"", ""), "2:7 this label knows only current codes\n"}, {LABEL("c.system in [\"ICD-10-CM\"]", ""), "2:7 this label knows only current codes\n"},
        {LABEL("c.system == \"ICD-10-CM\" || c.system == \"ICD-9-CM\"", ""), ""}, {LABEL("c.system == \"LOINC\"", ""), ""},
        {LABEL("c.system == \"CPT\"", "historic none \"new service\""), ""}, {LABEL("c.system == \"CPT\"", "historic \"1 to 3 until 2016\""), ""},
        {TRY_PACK "label \"x\" { title \"t\" when record.kind == \"k\" authority \"a\" checked \"unverified\" }\ntest \"t\" for \"x\" { expect label \"x\" }", "2:61 nobody has checked this against its source\n"},
    };
    (void)state;
    TRY_WARNINGS(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_label_errors), cmocka_unit_test(test_parse_label_historic)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
