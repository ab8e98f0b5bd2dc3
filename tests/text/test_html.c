/* Nothing from outside becomes markup. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/text/html.h"
#include "core/text/utf8.h"

static void test_html_text(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_html_text(&b, (struct keep_str){"<script>\"&'\0\x1b\r\n\tx\r\xff\xc2\x85\xc3\xa9", 23});
    keep_buf_char(&b, '\0');
    assert_string_equal((char *)b.p, "&lt;script&gt;&quot;&amp;&#39;\xef\xbf\xbd\xef\xbf\xbd\n\tx\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xc3\xa9");
    keep_buf_clear(&b);
    keep_html_text(&b, KEEP_STR("a\xe2\x80\xaa\xe2\x80\xae\xe2\x81\xa6\xe2\x81\xa9" "b\xe2\x80\xa9\xe2\x80\x8f\xe2\x81\xa5")); /* those of direction; a paragraph, a mark, an unassigned one stay */
    keep_buf_char(&b, '\0');
    assert_string_equal((char *)b.p, "a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" "b\xe2\x80\xa9\xe2\x80\x8f\xe2\x81\xa5");
    keep_buf_clear(&b);
    keep_html_text(&b, (struct keep_str){NULL, 0});
    assert_int_equal(b.n, 0);
    keep_buf_free(&b);
}

static void test_html_every_pair(void **state)
{
    (void)state;
    for (int i = 0; i < 65536; i++) {
        char in[2] = {(char)(i >> 8), (char)i};
        struct keep_buf b = KEEP_BUF_INIT;
        keep_html_text(&b, (struct keep_str){in, 2});
        assert_true(keep_utf8_valid(keep_buf_view(&b)));
        for (size_t k = 0; k < b.n; k++)
            assert_true(!strchr("<>\"'", b.p[k]) || b.p[k] == '\0');
        assert_null(memchr(b.n ? (void *)b.p : "", '\0', b.n));
        keep_buf_free(&b);
    }
}

static void test_html_page(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_html_begin(&b, KEEP_STR("</title><script>"));
    keep_html_end(&b);
    keep_buf_char(&b, '\0');
    const char *z = (const char *)b.p;
    assert_int_equal(strncmp(z, "<!DOCTYPE html>\n", 16), 0);
    assert_non_null(strstr(z, "content=\"default-src 'none'; style-src 'unsafe-inline'\""));
    assert_non_null(strstr(z, "<title>&lt;/title&gt;&lt;script&gt;</title>"));
    assert_null(strstr(z, "<script"));
    assert_string_equal(z + strlen(z) - 16, "</body>\n</html>\n");
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_html_text),
        cmocka_unit_test(test_html_every_pair),
        cmocka_unit_test(test_html_page),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
