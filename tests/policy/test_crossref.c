/* Ids, references across blocks, rules without a test. */
#include "tests/policy/try.h"

#define LABEL(id) "label \"" id "\" { title \"t\" when record.kind == \"k\"" TRY_REST
#define TEST(id) "test \"t\" for \"" id "\" { expect unexplained }\n"

static void test_crossref_names(void **state)
{
    static const struct try_case c[] = {
        {TRY_PACK LABEL("a") LABEL("b") TEST("a"), ""}, {TRY_PACK LABEL("a") LABEL("b") LABEL("a"), "4:7 label \"a\" stands twice\n"},
        {TRY_PACK LABEL("a") "series \"a\" { title \"t\" order 1 per patient when \"a\" in record.labels" TRY_REST, ""}, /* spaces of their own */
        {TRY_PACK LABEL("a") "series \"b\" { title \"t\" order 1 per patient when \"c\" in record.labels" TRY_REST, "3:49 there is no label \"c\"\n"},
        {TRY_PACK TEST("medical record"), ""}, {TRY_PACK TEST("nothing"), "2:14 there is no rule, label, series or explanation \"nothing\"\n"},
        {TRY_PACK "test \"t\" { expect series \"claims\" }", "2:26 there is no series \"claims\"\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

static void test_crossref_untested(void **state)
{
    static const struct try_case c[] = {
        {TRY_PACK LABEL("a") LABEL("b") TEST("a"), "3:7 no test is about this label\n"},
        {TRY_PACK "explanation \"e\" { title \"t\" when colleagues() missing \"m\" authority \"a\" }", "2:13 no test is about this explanation\n"},
        {TRY_PACK "evidence \"e\" { title \"t\" weight 0 when colleagues() explain \"x\" }", ""},
        {TRY_PACK "series \"a\" { title \"t\" order 1 per source when record.kind == \"x\"" TRY_REST, ""},
    };
    (void)state;
    TRY_WARNINGS(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_crossref_names), cmocka_unit_test(test_crossref_untested)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
