/* Goal: four numbers find their place again, however many there are, and places come in order. */
#include "tests/retention/bed.h"

#include "core/retention/spots.h"

static void test_spots_find_again(void **state)
{
    enum { MANY = 20000 };
    struct keep_spots *s = keep_spots_new();
    size_t at;
    (void)state;
    assert_non_null(s);
    for (uint32_t i = 0; i < MANY; i++) {
        assert_int_equal(keep_spots_at(s, (uint32_t[]){i % 3, i / 3, KEEP_ID_NONE, 7}, &at), 1);
        assert_int_equal(at, i);
    }
    for (uint32_t i = MANY; i-- > 0;) {
        assert_int_equal(keep_spots_at(s, (uint32_t[]){i % 3, i / 3, KEEP_ID_NONE, 7}, &at), 0);
        assert_int_equal(at, i);
    }
    assert_int_equal(keep_spots_at(s, (uint32_t[]){0, 0, KEEP_ID_NONE, 8}, &at), 1);
    keep_spots_free(s);
    keep_spots_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spots_find_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
