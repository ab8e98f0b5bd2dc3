/* What a version's row states comes back as it was, at the ends of every number; what is cut off, or has more behind it, is damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/stated.h"

static const uint8_t digest[KEEP_STATED_DIGEST] = {1, 2, 3}, content[KEEP_STATED_CONTENT] = {4, 5, 6};
static struct keep_err err;

static void same(const struct keep_stated *a, const struct keep_stated *b)
{
    assert_memory_equal(a->digest, b->digest, KEEP_STATED_DIGEST);
    assert_memory_equal(a->content, b->content, KEEP_STATED_CONTENT);
    assert_int_equal(a->custody, b->custody);
    assert_int_equal(a->located, b->located);
    assert_true(keep_str_eq(a->tags, b->tags) && keep_str_eq(a->status, b->status) && keep_str_eq(a->media, b->media));
    assert_true(keep_str_eq(a->codes, b->codes) && keep_str_eq(a->days, b->days) && keep_str_eq(a->amends, b->amends));
    assert_true(a->facility == b->facility && a->author == b->author && a->signer == b->signer && a->file == b->file && a->line == b->line);
    assert_true(a->first == b->first && a->last == b->last && a->created == b->created && a->recorded == b->recorded);
}

static void round_trip(const struct keep_stated *s)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_stated out;

    keep_stated_put(&b, s);
    assert_false(b.failed);
    assert_int_equal(keep_stated_get(&out, keep_buf_view(&b), &err), 0);
    same(s, &out);
    for (size_t n = 0; n < b.n; n++) {
        struct keep_buf cut = KEEP_BUF_INIT;
        keep_buf_add(&cut, b.p, n); /* of its own, so that a step too far is seen */
        assert_int_equal(keep_stated_get(&out, keep_buf_view(&cut), &err), KEEP_E_INTEGRITY);
        keep_buf_free(&cut);
    }
    keep_buf_u8(&b, 0);
    assert_int_equal(keep_stated_get(&out, keep_buf_view(&b), &err), KEEP_E_INTEGRITY);
    keep_buf_free(&b);
}

static void test_stated_round_trips(void **state)
{
    static const uint64_t ids[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, UINT64_MAX >> 1, UINT64_MAX};
    static const keep_date dates[] = {KEEP_DATE_NONE, -1, 0, 20000, INT32_MAX, INT32_MIN};
    static const keep_time times[] = {KEEP_TIME_NONE, -1, 0, INT64_C(1700000000000000), INT64_MAX, INT64_MIN};

    (void)state;
    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++)
        for (size_t k = 0; k < sizeof dates / sizeof *dates; k++)
            round_trip(&(struct keep_stated){.digest = digest, .content = content, .custody = (enum keep_custody)(k % KEEP_CUSTODY_COUNT), .located = k & 1,
                                             .tags = {(const char *)content, k % 3 * 16}, .facility = ids[i], .author = 0, .signer = ids[i], .file = 3, .line = ids[i],
                                             .first = dates[k], .last = 0, .created = dates[k], .recorded = times[k], .status = KEEP_STR("final"), .media = KEEP_STR(""),
                                             .codes = {(const char *)content, i}, .days = KEEP_STR("12345"), .amends = {NULL, 0}});
}

static void test_stated_refuses_what_no_writer_makes(void **state)
{
    static const struct keep_stated s = {.digest = digest, .content = content};
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_stated out;

    (void)state;
    keep_stated_put(&b, &s);
    b.p[48] = KEEP_CUSTODY_COUNT;
    assert_int_equal(keep_stated_get(&out, keep_buf_view(&b), &err), KEEP_E_INTEGRITY);
    b.p[48] = 0;
    b.p[49] = 2;
    assert_int_equal(keep_stated_get(&out, keep_buf_view(&b), &err), KEEP_E_INTEGRITY);
    b.p[49] = 1;
    assert_int_equal(keep_stated_get(&out, keep_buf_view(&b), &err), 0);
    b.n = 51;
    for (int i = 0; i < 10; i++) /* a number of more than 64 bits */
        keep_buf_u8(&b, 0xff);
    keep_buf_add(&b, "\x01\0\0\0\0\0\0\0\0\0\0\0\0", 13);
    assert_int_equal(keep_stated_get(&out, keep_buf_view(&b), &err), KEEP_E_INTEGRITY);
    keep_buf_free(&b);
    assert_int_equal(keep_stated_get(&out, (struct keep_str){NULL, 0}, &err), KEEP_E_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stated_round_trips),
        cmocka_unit_test(test_stated_refuses_what_no_writer_makes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
