/* Goal: bars and a line as SVG that holds no markup of its data, the same bytes
 * for the same figures, and nothing for none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/report/bars.h"

static size_t times(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = text; (p = strstr(p, what)); p += strlen(what))
        n++;
    return n;
}

static void test_bars_with_a_line(void **state)
{
    static const struct keep_bars_point p[] = {{KEEP_STR("2026-01"), 10, 1.0}, {KEEP_STR("2026-02"), 0, -1}, {KEEP_STR("<b>"), 5, 0.5}};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_bars_svg(&b, KEEP_STR("a & b"), p, 3);
    keep_buf_char(&b, '\0');
    const char *svg = (const char *)b.p;
    assert_non_null(strstr(svg, "<title>a &amp; b</title>"));
    assert_int_equal(times(svg, "<rect "), 3);
    assert_non_null(strstr(svg, "height=\"146\" fill")); /* the largest fills it */
    assert_non_null(strstr(svg, "height=\"73\" fill"));
    assert_non_null(strstr(svg, "points=\"171,14 578,87\"")); /* the month without a share is left out */
    assert_null(strstr(svg, "<b>"));
    assert_non_null(strstr(svg, "&lt;b&gt;"));
    keep_buf_free(&b);
}

static void test_bars_of_many_and_of_none(void **state)
{
    static struct keep_bars_point p[120];
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_bars_svg(&b, KEEP_STR("none"), p, 0);
    assert_int_equal(b.n, 0);
    for (int i = 0; i < 120; i++)
        p[i] = (struct keep_bars_point){KEEP_STR("m"), INT64_MAX / 2, -1};
    keep_bars_svg(&b, KEEP_STR("ten years"), p, 120);
    keep_buf_char(&b, '\0');
    assert_int_equal(times((const char *)b.p, "<rect "), 120);
    assert_int_equal(times((const char *)b.p, ">m</text>"), 12); /* labels do not run into each other */
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bars_with_a_line), cmocka_unit_test(test_bars_of_many_and_of_none)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
