/* The nearest candidate is offered, a far one is not. */
#include "tests/policy/try.h"

static const char *suggest(struct keep_suggest *s, const char *have)
{
    static const char *const words[] = {"view", "print", "export", "search", "birth_date"};
    keep_suggest_begin(s, keep_str_of(have));
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        keep_suggest_offer(s, keep_str_of(words[i]));
    return keep_suggest_end(s, "none");
}

static void test_suggest_near(void **state)
{
    static const struct { const char *have, *want; } c[] = {
        {"veiw", "did you mean `view`?"}, {"vew", "did you mean `view`?"}, {"prints", "did you mean `print`?"}, {"exprot", "did you mean `export`?"}, {"brithdate", "did you mean `birth_date`?"},
        {"", "none"}, {"x", "none"}, {"delete", "none"}, {"a_word_that_is_longer_than_any_that_could_be_meant_by_it", "none"},
    };
    struct keep_suggest s;
    (void)state;
    for (size_t i = 0; i < sizeof c / sizeof *c; i++)
        assert_string_equal(suggest(&s, c[i].have), c[i].want);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_suggest_near)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
