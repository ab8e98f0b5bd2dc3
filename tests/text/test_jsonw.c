/* What the writer writes, byte for byte, and that it reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text/json.h"
#include "core/text/jsonw.h"

static void is(struct keep_buf *b, const char *want)
{
    keep_buf_char(b, '\0');
    assert_string_equal((char *)b->p, want);
    keep_buf_free(b);
}

static void test_jsonw_document(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_jsonw w;
    (void)state;
    keep_jsonw_init(&w, &b);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "a");
    keep_jsonw_array(&w);
    keep_jsonw_i64(&w, INT64_MIN);
    keep_jsonw_u64(&w, UINT64_MAX);
    keep_jsonw_bool(&w, true);
    keep_jsonw_bool(&w, false);
    keep_jsonw_null(&w);
    keep_jsonw_array(&w);
    keep_jsonw_end_array(&w);
    keep_jsonw_object(&w);
    keep_jsonw_end_object(&w);
    keep_jsonw_end_array(&w);
    keep_jsonw_key(&w, "b\"");
    keep_jsonw_z(&w, "x");
    keep_jsonw_key(&w, "c");
    keep_jsonw_raw(&w, KEEP_STR("{\"k\":1}"));
    keep_jsonw_key(&w, "d");
    keep_jsonw_z(&w, NULL);
    keep_jsonw_end_object(&w);
    keep_jsonw_newline(&w);
    keep_jsonw_i64(&w, 1);
    is(&b, "{\"a\":[-9223372036854775808,18446744073709551615,true,false,null,[],{}],\"b\\\"\":\"x\",\"c\":{\"k\":1},\"d\":null}\n1");
}

static void test_jsonw_strings(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_jsonw w;
    (void)state;
    keep_jsonw_init(&w, &b);
    keep_jsonw_str(&w, (struct keep_str){"a\0\x1f\"\\/\b\f\n\r\t\x7f", 12});
    keep_jsonw_str(&w, KEEP_STR("\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80"));
    keep_jsonw_str(&w, KEEP_STR("a\xff" "b\xc3"));
    keep_jsonw_str(&w, KEEP_STR("\xed\xa0\x80"));
    keep_jsonw_str(&w, KEEP_STR(""));
    keep_jsonw_str(&w, (struct keep_str){NULL, 0});
    is(&b, "\"a\\u0000\\u001f\\\"\\\\/\\b\\f\\n\\r\\t\x7f\",\"\xc3\xa9\xe2\x80\xa8\xf0\x9f\x98\x80\",\"a\xef\xbf\xbd" "b\xef\xbf\xbd\","
           "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\",\"\",null");
}

static void test_jsonw_dates(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_jsonw w;
    (void)state;
    keep_jsonw_init(&w, &b);
    keep_jsonw_date(&w, 0);
    keep_jsonw_date(&w, KEEP_DATE_NONE);
    keep_jsonw_time(&w, 1500000);
    keep_jsonw_time(&w, KEEP_TIME_NONE);
    is(&b, "\"1970-01-01\",null,\"1970-01-01T00:00:01.5Z\",null");
}

/* Every byte value in a string: what is written parses, and valid text comes back the same. */
static void test_jsonw_reads_back(void **state)
{
    (void)state;
    for (int c = 0; c < 256; c++) {
        char text[3] = {'x', (char)c, 'y'};
        struct keep_buf b = KEEP_BUF_INIT;
        struct keep_arena *a = keep_arena_new(0);
        struct keep_jsonw w;
        const struct keep_json *v;
        keep_jsonw_init(&w, &b);
        keep_jsonw_str(&w, (struct keep_str){text, 3});
        assert_int_equal(keep_json_parse(&v, keep_buf_view(&b), NULL, a, NULL), 0);
        assert_true(keep_str_eq(v->text, c < 0x80 ? (struct keep_str){text, 3} : KEEP_STR("x\xef\xbf\xbdy")));
        keep_arena_free(a);
        keep_buf_free(&b);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_jsonw_document),
        cmocka_unit_test(test_jsonw_strings),
        cmocka_unit_test(test_jsonw_dates),
        cmocka_unit_test(test_jsonw_reads_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
