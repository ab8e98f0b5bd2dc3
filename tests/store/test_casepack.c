/* Accesses come back as they were, whatever their sources and in whatever order; few bytes for what is usual; anything else is damage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/store/casepack.h"

#define MOST ((UINT64_C(1) << KEEP_ORDINAL_BITS) - 1)

static struct keep_err err;

static int read(const void *p, size_t n, struct keep_event_id *event, size_t room)
{
    unsigned char *own = malloc(n ? n : 1); /* so that a step too far is seen */
    size_t count;
    assert_non_null(own);
    memcpy(own, p, n);
    const struct keep_str packed = {(const char *)own, n};
    int rc = keep_casepack_count(packed, &count, &err);
    if (rc == 0) {
        assert_true(count < n && count <= room);
        rc = keep_casepack_get(packed, event, count, &err);
    }
    free(own);
    keep_err_clear(&err);
    return rc;
}

/* And how many bytes it takes. */
static size_t round_trip(const struct keep_event_id *event, size_t n)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_event_id *back = calloc(n + 1, sizeof *back);
    size_t count = 99, bytes;
    assert_non_null(back);
    keep_casepack_put(&b, event, n);
    assert_false(b.failed);
    assert_int_equal(keep_casepack_count(keep_buf_view(&b), &count, &err), 0);
    assert_int_equal(count, n);
    assert_int_equal(keep_casepack_get(keep_buf_view(&b), back, n, &err), 0);
    for (size_t i = 0; i < n; i++)
        assert_true(back[i].source == event[i].source && back[i].ordinal == event[i].ordinal);
    for (size_t cut = 0; cut < b.n; cut++)
        assert_int_equal(read(b.p, cut, back, n), KEEP_E_INTEGRITY);
    bytes = b.n;
    keep_buf_u8(&b, 0);
    assert_int_equal(read(b.p, b.n, back, n), KEEP_E_INTEGRITY);
    keep_buf_free(&b);
    free(back);
    return bytes;
}

static void test_casepack_round_trips(void **state)
{
    static const struct keep_event_id many[] = {{1, 7}, {1, UINT64_C(5000000000)}, {UINT16_MAX, 1}, {UINT16_MAX, MOST}, {0, 0}, {0, MOST}, {0, MOST >> 1}, {0, (MOST >> 1) + 1}, {1, 7}};
    struct keep_event_id usual[140];
    (void)state;
    for (size_t n = 0; n <= sizeof many / sizeof *many; n++)
        round_trip(many, n);
    for (size_t i = 0; i < 140; i++)
        usual[i] = (struct keep_event_id){1, 80000000 + i * 200000};
    assert_true(round_trip(usual, 140) < 140 * 3 + 10);
}

static void test_casepack_refuses_what_no_writer_makes(void **state)
{
    static const struct {
        const char *bytes;
        size_t n;
    } bad[] = {
        {"\2\1\1\2", 4},             /* fewer than it says */
        {"\2\1\3\2\2\2", 6},         /* more of a source than of all */
        {"\1\1\0\1\1\2", 6},         /* none of a source */
        {"\1\200\200\4\1\2", 6},   /* a source of 17 bits */
        {"\1\1\1\200\200\200\200\200\200\200\1", 11}, /* a number of 49 bits */
        {"\1\1\1\1", 4},           /* a number below 0 */
        {"\5\1\1\2", 4},             /* more than bytes */
        {"\377\377\377\377\377\377\377\377\377\1", 10},
        {"\0\1\1\2", 4},             /* some, where there are none */
        {"\200", 1},
    };
    struct keep_event_id event[8];
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(read(bad[i].bytes, bad[i].n, event, 8), KEEP_E_INTEGRITY);
    assert_int_equal(read("\2\1\2\2\2", 5, event, 8), 0);
    assert_true(event[1].source == 1 && event[1].ordinal == 2);
    assert_int_equal(keep_casepack_get((struct keep_str){"\2\1\2\2\2", 5}, event, 1, &err), KEEP_E_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_casepack_round_trips),
        cmocka_unit_test(test_casepack_refuses_what_no_writer_makes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
