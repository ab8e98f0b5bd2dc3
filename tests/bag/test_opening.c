/* Goal: records are handed over in order with their own bytes, read to the end, in
 * part, or not at all; what is not what the index says is never passed as taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/text/json.h"
#include "tests/bag/package.h"

static struct package pk;

static int setup(void **state)
{
    struct keep_err err = {0};
    return tool_setup(state) == 0 && package_keys(&pk) && package_make(&pk, PACKAGE_ID, 5, true, &err) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
    package_free(&pk);
    return tool_teardown(state);
}

struct taking {
    uint64_t n, bytes; /* records; of each, so many bytes are read at most */
    uint64_t pass, stop; /* the record passed over; that at which the taker fails */
    struct keep_buf got[PACKAGE_RECORDS];
};

static int take(void *ctx, uint64_t n, const struct keep_json *line, struct keep_pull *payload, struct keep_err *err)
{
    struct taking *t = ctx;
    char key[32];
    uint8_t piece[7];
    size_t had = 1;
    int rc = 0;
    assert_int_equal(n, ++t->n);
    snprintf(key, sizeof key, "Encounter/e%d", (int)n);
    assert_true(keep_str_is(keep_json_str(keep_json_get(line, "source_key")), key));
    assert_true((payload == NULL) == (n == PACKAGE_RECORDS));
    if (n == t->stop)
        return keep_err_set(err, KEEP_E_LIMIT, "enough");
    if (n == t->pass || !payload)
        return 1;
    while (rc == 0 && had && t->got[n - 1].n < t->bytes) {
        rc = payload->read(payload->ctx, piece, sizeof piece, &had, err);
        if (rc == 0)
            keep_buf_add(&t->got[n - 1], piece, had);
    }
    return rc;
}

static int run(struct taking *t, const char *path, const uint8_t *identity, struct keep_err *err)
{
    struct keep_inspect_params p = {.path = path, .identity = (const uint8_t (*)[32])identity, .identities = 1};
    struct keep_inspect_taker taker = {t, take};
    return keep_inspect_take(&p, PACKAGE_ID, &taker, err);
}

static void drop(struct taking *t)
{
    for (int i = 0; i < PACKAGE_RECORDS; i++)
        keep_buf_free(&t->got[i]);
}

static void test_opening_takes_all(void **state)
{
    struct taking t = {.bytes = UINT64_MAX};
    struct keep_err err = {0};
    char text[600];
    (void)state;
    assert_int_equal(run(&t, pk.path, pk.identity, &err), 0);
    assert_int_equal(t.n, PACKAGE_RECORDS);
    for (int i = 1; i <= PACKAGE_RECORDS; i++)
        assert_true(keep_str_eq(keep_buf_view(&t.got[i - 1]), package_payload(i, text)));
    drop(&t);
}

static void test_opening_takes_some(void **state)
{
    struct taking part = {.bytes = 10, .pass = 2}, none = {.stop = 3};
    struct keep_err err = {0};
    (void)state;
    assert_int_equal(run(&part, pk.path, pk.identity, &err), 0);
    assert_true(part.n == PACKAGE_RECORDS && part.got[1].n == 0 && part.got[2].n >= 10);
    assert_int_equal(run(&none, pk.path, pk.identity, &err), KEEP_E_LIMIT);
    assert_int_equal(none.n, 3);
    drop(&part);
    drop(&none);
}

static void test_opening_by_another_key(void **state)
{
    struct taking t = {.bytes = UINT64_MAX};
    struct keep_err err = {0};
    uint8_t other[32];
    (void)state;
    keep_age_generate(other);
    assert_int_equal(run(&t, pk.path, other, &err), KEEP_E_KEY);
    assert_int_equal(t.n, 0);
}

/* Record 3 in place of 2, under its name; then a byte of it. */
static void test_opening_changed_package(void **state)
{
    struct package_files fs;
    struct keep_err err = {0};
    char path[300];
    (void)state;
    snprintf(path, sizeof path, "%s/other.tar", tool_dir);
    assert_true(package_load(&fs, pk.path));
    struct package_file *two = package_find(&fs, "data/records/000002.zst.age"), *three = package_find(&fs, "data/records/000003.zst.age");
    assert_true(two && three);
    for (int i = 0; i < 2; i++) {
        struct taking t = {.bytes = UINT64_MAX};
        struct keep_buf was = two->bytes;
        if (i == 0)
            two->bytes = three->bytes;
        else
            two->bytes.p[two->bytes.n - 3] ^= 1;
        assert_true(package_store(&fs, path));
        assert_int_equal(run(&t, path, pk.identity, &err), KEEP_E_INTEGRITY);
        two->bytes = was;
        drop(&t);
    }
    package_unload(&fs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_opening_takes_all), cmocka_unit_test(test_opening_takes_some), cmocka_unit_test(test_opening_by_another_key),
                                       cmocka_unit_test(test_opening_changed_package)};
    return cmocka_run_group_tests(tests, setup, teardown);
}
