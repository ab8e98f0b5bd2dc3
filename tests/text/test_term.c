/* Tables as a reader sees them, and text that would act on the terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/text/term.h"

static void is(struct keep_buf *b, const char *want)
{
    keep_buf_char(b, '\0');
    assert_string_equal((char *)b->p, want);
    keep_buf_free(b);
}

static void test_term_table(void **state)
{
    static const struct keep_term_column cols[] = {{"name", false, 0}, {"count", true, 0}, {"note", false, 10}};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    struct keep_term *t = keep_term_new(cols, 3);
    assert_true(keep_term_row(t, (struct keep_str[]){KEEP_STR("a"), KEEP_STR("1"), KEEP_STR("short")}));
    assert_true(keep_term_row(t, (struct keep_str[]){KEEP_STR("\xe6\xbc\xa2\xe5\xad\x97x"), KEEP_STR("1234567"), KEEP_STR("one two three four")}));
    assert_true(keep_term_row(t, (struct keep_str[]){KEEP_STR("\x1b[2J"), KEEP_STR(""), (struct keep_str){NULL, 0}}));
    assert_true(keep_term_row(t, (struct keep_str[]){KEEP_STR("z"), KEEP_STR("2"), KEEP_STR("abcdefghijklmnop q")}));
    keep_term_write(t, &b);
    is(&b,
       "name           count  note\n"
       "a                  1  short\n"
       "\xe6\xbc\xa2\xe5\xad\x97x        1234567  one two three\n"
       "                      four\n"
       "<U+001B>[2J\n"
       "z                  2  abcdefghijklmnop\n"
       "                      q\n");
    keep_term_free(t);
    keep_term_free(NULL);
}

/* A name is whole however narrow its column; what is too long to be one is cut. */
static void test_term_words(void **state)
{
    static const struct keep_term_column cols[] = {{"rule", false, 4}, {"digest", false, 6}};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    struct keep_term *t = keep_term_new(cols, 2);
    assert_true(keep_term_row(t, (struct keep_str[]){KEEP_STR("of 3 many-charts"), KEEP_STR("0123456789012345678901234567890123456789x")}));
    keep_term_write(t, &b);
    is(&b,
       "rule         digest\n"
       "of 3         012345\n"
       "many-charts  678901\n"
       "             234567\n"
       "             890123\n"
       "             456789\n"
       "             012345\n"
       "             6789x\n");
    keep_term_free(t);
}

static void test_term_narrow_and_wide(void **state)
{
    static const struct keep_term_column cols[] = {{"x", false, 1}};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    struct keep_term *t = keep_term_new(cols, 1);
    char wide[21 * 3 + 1], lines[2 + 21 * 4 + 1] = "x\n";
    for (int i = 0; i < 21; i++) { /* a word too long to stay whole, of characters wider than the column: still ends */
        memcpy(wide + i * 3, "\xe6\xbc\xa2", 4);
        memcpy(lines + 2 + i * 4, "\xe6\xbc\xa2\n", 5);
    }
    assert_true(keep_term_row(t, (struct keep_str[]){keep_str_of(wide)}));
    keep_term_write(t, &b);
    is(&b, lines);
    keep_term_free(t);
}

static void test_term_many_rows(void **state)
{
    static const struct keep_term_column cols[] = {{"n", true, 0}};
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    struct keep_term *t = keep_term_new(cols, 1);
    for (int i = 0; i < 1000; i++)
        assert_true(keep_term_row(t, (struct keep_str[]){KEEP_STR("7")}));
    keep_term_write(t, &b);
    assert_int_equal(b.n, 2002);
    keep_buf_free(&b);
    keep_term_free(t);
}

static void test_term_safe(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_term_safe(&b, KEEP_STR("a\0\n\t\x7f\xc2\x9b\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xd8\x9c\xe2\x80\xa8\xef\xbb\xbf\xf3\xa0\x81\x81\xc3\xa9\xff"));
    is(&b, "a<U+0000><U+000A><U+0009><U+007F><U+009B><U+202E><U+2066><U+200F><U+061C><U+2028><U+FEFF><U+E0041>\xc3\xa9\xef\xbf\xbd");
}

static void test_term_lines(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    (void)state;
    keep_term_lines(&b, KEEP_STR("\na\tb\n\n\x1b"));
    is(&b, "\na<U+0009>b\n\n<U+001B>");
    keep_term_lines(&b, KEEP_STR(""));
    is(&b, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_term_table),
        cmocka_unit_test(test_term_words),
        cmocka_unit_test(test_term_narrow_and_wide),
        cmocka_unit_test(test_term_many_rows),
        cmocka_unit_test(test_term_safe),
        cmocka_unit_test(test_term_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
