/* zstd frames: what we pack the zstd program reads, what it packs we read, limits and damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/stream/phrases.h"
#include "core/stream/squeeze.h"
#include "tests/aid/tool.h"

enum { MOST = 1000000 };

static uint8_t text[MOST];

static struct keep_squeeze *fresh(void)
{
    struct keep_squeeze *s = NULL;

    assert_int_equal(keep_squeeze_new(&s, 3, NULL), 0);
    return s;
}

static void test_squeeze_round_trip_appends(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 100, 65536, MOST};
    struct keep_squeeze *s = fresh();

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct keep_buf packed = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
        keep_buf_str(&packed, "before");
        keep_buf_str(&out, "before");
        assert_int_equal(keep_squeeze_pack(s, text, sizes[i], &packed, NULL), 0);
        assert_int_equal(keep_squeeze_unpack(s, packed.p + 6, packed.n - 6, sizes[i], &out, NULL), 0);
        assert_int_equal(out.n, 6 + sizes[i]);
        assert_memory_equal(out.p, "before", 6);
        if (sizes[i] > 0)
            assert_memory_equal(out.p + 6, text, sizes[i]);
        keep_buf_free(&packed);
        keep_buf_free(&out);
    }
    keep_squeeze_free(s);
    keep_squeeze_free(NULL);
}

/* With phrases a small resource packs to less than half; without them the frame cannot be read; what does not refer to them is read either way. */
static void test_squeeze_phrases(void **state)
{
    (void)state;
    static const char resource[] = "{\"resourceType\":\"Condition\",\"id\":\"c1849\",\"clinicalStatus\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/"
                                   "condition-clinical\",\"code\":\"resolved\"}]},\"code\":{\"coding\":[{\"system\":\"http://snomed.info/sct\",\"code\":\"233604007\"}]},"
                                   "\"subject\":{\"reference\":\"Patient/77\"},\"encounter\":{\"reference\":\"Encounter/12\"}}";
    struct keep_squeeze *with = fresh(), *without = fresh();
    struct keep_buf a = KEEP_BUF_INIT, b = KEEP_BUF_INIT, out = KEEP_BUF_INIT;

    assert_int_equal(keep_squeeze_phrases(with, NULL), 0);
    assert_int_equal(keep_squeeze_phrases(with, NULL), 0);
    assert_int_equal(keep_squeeze_pack(with, resource, sizeof resource, &a, NULL), 0);
    assert_int_equal(keep_squeeze_pack(without, resource, sizeof resource, &b, NULL), 0);
    assert_true(a.n * 2 < b.n);
    assert_int_equal(keep_squeeze_unpack(without, a.p, a.n, sizeof resource, &out, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_squeeze_unpack(with, a.p, a.n, sizeof resource, &out, NULL), 0);
    assert_int_equal(out.n, sizeof resource);
    assert_memory_equal(out.p, resource, sizeof resource);
    keep_buf_clear(&out);
    assert_int_equal(keep_squeeze_unpack(with, b.p, b.n, sizeof resource, &out, NULL), 0);
    assert_memory_equal(out.p, resource, sizeof resource);
    for (size_t n = 0; n < a.n; n++) {
        keep_buf_clear(&out);
        assert_int_equal(keep_squeeze_unpack(with, a.p, n, sizeof resource, &out, NULL), KEEP_E_INTEGRITY);
    }
    keep_buf_free(&a);
    keep_buf_free(&b);
    keep_buf_free(&out);
    keep_squeeze_free(with);
    keep_squeeze_free(without);
}

/* Records were packed against this very text. FNV-1a. */
static void test_squeeze_phrases_stay(void **state)
{
    (void)state;
    uint64_t h = 14695981039346656037u;

    assert_int_equal(keep_phrases_size, 18521);
    for (unsigned i = 0; i < keep_phrases_size; i++)
        h = (h ^ (uint8_t)keep_phrases_text[i]) * 1099511628211u;
    assert_true(h == 9155699867103695639u);
    for (unsigned i = 0; i < KEEP_PHRASES_TABLES; i++)
        h = (h ^ keep_phrases_tables[i]) * 1099511628211u;
    assert_true(h == 15167448863316899490u);
}

static void test_squeeze_limit(void **state)
{
    (void)state;
    struct keep_squeeze *s = fresh();
    struct keep_buf packed = KEEP_BUF_INIT, out = KEEP_BUF_INIT;

    assert_int_equal(keep_squeeze_pack(s, text, 5000, &packed, NULL), 0);
    assert_int_equal(keep_squeeze_unpack(s, packed.p, packed.n, 4999, &out, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(out.n, 0);
    assert_int_equal(keep_squeeze_unpack(s, packed.p, packed.n, 5000, &out, NULL), 0);
    keep_buf_free(&packed);
    keep_buf_free(&out);
    keep_squeeze_free(s);
}

static void test_squeeze_damage_is_seen(void **state)
{
    (void)state;
    struct keep_squeeze *s = fresh();
    struct keep_buf packed = KEEP_BUF_INIT, out = KEEP_BUF_INIT;

    assert_int_equal(keep_squeeze_pack(s, text, 700, &packed, NULL), 0);
    for (size_t n = 0; n < packed.n; n++)
        assert_int_equal(keep_squeeze_unpack(s, packed.p, n, MOST, &out, NULL), KEEP_E_INTEGRITY);
    for (size_t i = 0; i < packed.n; i++) {
        packed.p[i] ^= 1;
        int rc = keep_squeeze_unpack(s, packed.p, packed.n, MOST, &out, NULL);
        packed.p[i] ^= 1;
        if (rc == 0) /* a bit that says nothing about the content, as an unused one of a header */
            assert_memory_equal(out.p, text, 700);
        else
            assert_int_equal(rc, KEEP_E_INTEGRITY);
        keep_buf_clear(&out);
    }
    keep_buf_char(&packed, 0);
    assert_int_equal(keep_squeeze_unpack(s, packed.p, packed.n, MOST, &out, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_squeeze_unpack(s, packed.p, 0, MOST, &out, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_squeeze_unpack(s, text, sizeof text, MOST, &out, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(out.n, 0);
    keep_buf_free(&packed);
    keep_buf_free(&out);
    keep_squeeze_free(s);
}

static void test_squeeze_with_the_zstd_program(void **state)
{
    (void)state;
    struct keep_squeeze *s = fresh();
    struct keep_buf packed = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    const char *const open[] = {"zstd", "-q", "-d", "-c", NULL}, *const pack[] = {"zstd", "-q", "-c", NULL};

    assert_int_equal(keep_squeeze_pack(s, text, MOST, &packed, NULL), 0);
    assert_true(tool_put(tool_path("ours.zst"), packed.p, packed.n));
    assert_int_equal(tool_run(open, tool_path("ours.zst"), tool_path("plain")), 0);
    assert_true(tool_get(tool_path("plain"), &out));
    assert_int_equal(out.n, MOST);
    assert_memory_equal(out.p, text, MOST);

    /* from a pipe-like input zstd does not know the size: the frame does not state it */
    keep_buf_clear(&packed);
    assert_int_equal(tool_run(pack, tool_path("plain"), tool_path("theirs.zst")), 0);
    assert_true(tool_get(tool_path("theirs.zst"), &packed));
    static const size_t limits[] = {MOST, MOST + 1, MOST * 2};
    for (size_t i = 0; i < 3; i++) {
        keep_buf_clear(&out);
        assert_int_equal(keep_squeeze_unpack(s, packed.p, packed.n, limits[i], &out, NULL), 0);
        assert_int_equal(out.n, MOST);
        assert_memory_equal(out.p, text, MOST);
    }
    keep_buf_clear(&out);
    assert_int_equal(keep_squeeze_unpack(s, packed.p, packed.n, MOST - 1, &out, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_squeeze_unpack(s, packed.p, packed.n, 0, &out, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(out.n, 0);
    keep_buf_free(&packed);
    keep_buf_free(&out);
    keep_squeeze_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_squeeze_round_trip_appends),
        cmocka_unit_test(test_squeeze_phrases),
        cmocka_unit_test(test_squeeze_phrases_stay),
        cmocka_unit_test(test_squeeze_limit),
        cmocka_unit_test(test_squeeze_damage_is_seen),
        cmocka_unit_test(test_squeeze_with_the_zstd_program),
    };

    for (size_t i = 0; i < MOST; i++)
        text[i] = (uint8_t)("statement of hours; "[i % 20] + i / 50000);
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
