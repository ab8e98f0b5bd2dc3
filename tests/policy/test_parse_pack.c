/* pack: the head of a file, once, in a language that is read. */
#include "tests/policy/try.h"

static void test_parse_pack_has(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_policy *p = try_compile("pack \"p\" { language 1 title \"t\" version \"2026.1\" }\n", a);
    (void)state;
    assert_int_equal(p->packs, 1);
    assert_true(keep_str_is(p->pack->name, "p") && keep_str_is(p->pack->version, "2026.1") && keep_str_is(p->pack->title, "t") && p->pack->language == 1);
    assert_string_equal(p->pack->file, "f");
    keep_arena_free(a);
}

static void test_parse_pack_errors(void **state)
{
    static const struct try_case c[] = {
        {"pack \"p\" { version \"1\" language 2 }\n", "1:33 this program reads language 1, not 2\n"},
        {"pack \"p\" { title \"t\" }\n", "1:6 a pack needs `version`\n1:6 a pack needs `language`\n"},
        {"pack p { version \"1\" language 1 }\n", "1:6 expected a name in quotes, have `p`\n"},
        {TRY_PACK "pack \"q\" { version \"1\" language 1 }\n", "2:1 a file has one pack\n"},
        {"define \"d\" { is true }\n" TRY_PACK, "1:1 a policy file starts with its pack\n"},
    };
    (void)state;
    TRY_POLICIES(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_parse_pack_has), cmocka_unit_test(test_parse_pack_errors)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
