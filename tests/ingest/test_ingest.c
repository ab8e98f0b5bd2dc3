/* Goal: the first bytes tell the reader; a file of nothing holds nothing. */
#include "tests/ingest/recorder.h"

#include "core/stream/squeeze.h"

static void test_ingest_empty(void **state)
{
    (void)state;
    expect("", "");
    expect(" \r\n\t\n", "");
    expect("\xef\xbb\xbf\n", "");
}

static void test_ingest_tells(void **state)
{
    (void)state;
    struct recorder r = {.out = KEEP_BUF_INIT};
    expect("\n {\"resourceType\":\"Flag\",\"id\":\"a\"}", "record kind=Flag key=record:Flag|a payload\n");
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, "[{}]", 4), KEEP_E_INPUT);
    recorder_clear(&r);
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, "\0\0", 2), KEEP_E_INPUT);
    recorder_clear(&r);
}

static void test_ingest_blanks_alone(void **state)
{
    (void)state;
    struct recorder r = {.out = KEEP_BUF_INIT};
    size_t n = ((size_t)64 << 20) + (4u << 20);
    char *text = malloc(n);
    assert_non_null(text);
    memset(text, ' ', n);
    text[n - 1] = '{';
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, text, n), KEEP_E_INPUT);
    recorder_clear(&r);
    free(text);
}

/* Compressed input that is cut: what came before the cut is kept by the sink, and the error is told. */
static void test_ingest_cut_input(void **state)
{
    (void)state;
    struct recorder r = {.out = KEEP_BUF_INIT};
    struct keep_buf text = KEEP_BUF_INIT, packed = KEEP_BUF_INIT;
    struct keep_squeeze *z = NULL;
    for (int i = 0; i < 50000; i++)
        keep_buf_printf(&text, "{\"resourceType\":\"Flag\",\"id\":\"%d\"}\n", i * 7919);
    assert_int_equal(keep_squeeze_new(&z, 3, NULL), 0);
    assert_int_equal(keep_squeeze_pack(z, text.p, text.n, &packed, NULL), 0);
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, packed.p, packed.n), 0);
    assert_int_equal(r.counts.items, 50000);
    recorder_clear(&r);
    assert_int_equal(read_bytes(&r, (struct keep_ingest){0}, packed.p, packed.n / 2), KEEP_E_INPUT);
    assert_true(r.rows > 1000 && r.rows < 50000);
    recorder_clear(&r);
    keep_squeeze_free(z);
    keep_buf_free(&text);
    keep_buf_free(&packed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ingest_empty),
        cmocka_unit_test(test_ingest_tells),
        cmocka_unit_test(test_ingest_blanks_alone),
        cmocka_unit_test(test_ingest_cut_input),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
