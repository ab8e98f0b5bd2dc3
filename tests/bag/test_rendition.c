/* The page for people: everything is in it, nothing in it can run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "core/bag/rendition.h"

static struct keep_buf out;

static int render(const char *json)
{
    struct keep_arena *a = keep_arena_new(1u << 20);
    keep_buf_clear(&out);
    int rc = keep_rendition_write(&out, keep_str_of(json), a, NULL);
    keep_arena_free(a);
    keep_buf_char(&out, '\0');
    return rc;
}

static bool has(const char *s)
{
    return strstr((const char *)out.p, s) != NULL;
}

static void test_rendition_shows_names_and_values(void **state)
{
    (void)state;
    assert_int_equal(render("{\"resourceType\":\"Observation\",\"active\":true,\"value\":{\"n\":1.50,\"none\":null},\"note\":[\"a\",[\"b\"]]}"), 0);
    assert_true(has("<h1>Observation</h1>"));
    assert_true(has("<tr><th>active</th><td>true</td></tr>"));
    assert_true(has("<tr><th>n</th><td>1.50</td></tr>"));
    assert_true(has("<tr><th>none</th><td>null</td></tr>"));
    assert_true(has("<li>a</li>"));
    assert_true(has("<li>b</li>"));
    assert_true(has("</html>"));
}

static void test_rendition_escapes_everything(void **state)
{
    (void)state;
    assert_int_equal(render("{\"resourceType\":\"<script>\",\"<i>\":\"</td><script>alert(1)</script>\",\"div\":\"<img src='x' onerror=\\\"y\\\">\"}"), 0);
    assert_false(has("<script"));
    assert_false(has("<img"));
    assert_false(has("<i>"));
    assert_true(has("&lt;script&gt;alert(1)&lt;/script&gt;"));
}

static void test_rendition_decodes_text_attachments(void **state)
{
    (void)state;
    assert_int_equal(render("{\"contentType\":\"text/plain; charset=utf-8\",\"data\":\"VGFibGUgPGI+\"}"), 0);
    assert_true(has("<pre>Table &lt;b&gt;</pre>"));
    assert_int_equal(render("{\"contentType\":\"application/pdf\",\"data\":\"JVBERg==\"}"), 0);
    assert_true(has("4 bytes of application/pdf"));
    assert_int_equal(render("{\"contentType\":\"text/plain\",\"data\":\"not base64!\"}"), 0);
    assert_true(has("<td>not base64!</td>"));
    assert_int_equal(render("{\"data\":\"VGFibGU=\"}"), 0);
    assert_true(has("<td>VGFibGU=</td>"));
    assert_int_equal(render("{\"contentType\":\"text/plain\",\"data\":\"//8=\"}"), 0); /* not UTF-8 */
    assert_true(has("2 bytes of text/plain"));
}

static void test_rendition_of_no_json_is_none(void **state)
{
    (void)state;
    assert_int_equal(render("a plain note"), 1);
    assert_int_equal(out.n, 1);
    assert_int_equal(render("{\"a\":1,\"a\":2}"), 1);
    assert_int_equal(render(""), 1);
    assert_int_equal(render("[1,2]"), 0);
    assert_true(has("<h1>Record</h1>"));
}

static void test_rendition_larger_than_its_memory_is_none(void **state)
{
    (void)state;
    struct keep_arena *a = keep_arena_new(4096);
    struct keep_buf many = KEEP_BUF_INIT;
    keep_buf_char(&many, '[');
    for (int i = 0; i < 1000; i++)
        keep_buf_str(&many, "1,");
    keep_buf_str(&many, "1]");
    keep_buf_clear(&out);
    assert_int_equal(keep_rendition_write(&out, keep_buf_view(&many), a, NULL), 1);
    assert_int_equal(out.n, 0);
    keep_buf_free(&many);
    keep_arena_free(a);
}

static int teardown(void **state)
{
    (void)state;
    keep_buf_free(&out);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rendition_shows_names_and_values),
        cmocka_unit_test(test_rendition_escapes_everything),
        cmocka_unit_test(test_rendition_decodes_text_attachments),
        cmocka_unit_test(test_rendition_of_no_json_is_none),
        cmocka_unit_test(test_rendition_larger_than_its_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, teardown);
}
