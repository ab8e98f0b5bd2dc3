/* Goal: a table of answers gives whole answers to questions that were asked, and tells of every other row why it was left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/work/caseanswer.h"

#define HEAD "question,answered_by,answered_on,reason,explanation\n"
static const struct keep_casebook_case list[] = {{.id = 1, .name = {0x7f, 0x09, 0xa1, 0xb2, 0xc3, 0xd4}, .asked = 2}, {.id = 2, .name = {0x11}}};

struct told {
    char text[2000];
    int answers, stop; /* after so many, with an error */
};

static int answer(void *ctx, const struct keep_caseanswer *a, struct keep_err *err)
{
    struct told *t = ctx;
    size_t n = strlen(t->text);
    snprintf(t->text + n, sizeof t->text - n, "%llu: case %llu %.*s %.*s %s (%.*s)\n", (unsigned long long)a->line, (unsigned long long)a->c->id, (int)a->by.n, a->by.p, (int)a->on.n, a->on.p, a->reason,
             (int)a->explanation.n, a->explanation.p ? a->explanation.p : "");
    return ++t->answers == t->stop ? keep_err_set(err, KEEP_E_IO, "full") : 0;
}

static void bad(void *ctx, uint64_t line, const char *why)
{
    struct told *t = ctx;
    size_t n = strlen(t->text);
    snprintf(t->text + n, sizeof t->text - n, "%llu! %s\n", (unsigned long long)line, why);
}

static int take(struct told *t, const char *csv, uint64_t *empty)
{
    const struct keep_caseanswer_taker taker = {.ctx = t, .answer = answer, .bad = bad};
    *empty = 0;
    return keep_caseanswer_read(list, 2, keep_str_of(csv), &taker, empty, NULL);
}

static void test_caseanswer_takes_what_is_whole(void **state)
{
    struct told t = {{0}, 0, 0};
    uint64_t empty;
    (void)state;
    assert_int_equal(take(&t, "explanation,x,reason,answered_on,question,answered_by\n\"two\nlines\",1, billing ,2026-11-20,7f09a1b2c3d4-1,\"B, A\"\n,,,,7f09a1b2c3d4-2,\n,,other,2026-11-21,7f09a1b2c3d4-2,C\n", &empty), 0);
    assert_string_equal(t.text, "2: case 1 B, A 2026-11-20 billing (two\nlines)\n5: case 1 C 2026-11-21 other ()\n");
    assert_int_equal(empty, 1);
}

static void test_caseanswer_tells_what_is_not(void **state)
{
    struct told t = {{0}, 0, 0};
    uint64_t empty;
    char name[KEEP_CASEANSWER_WHO + 2], row[400];
    (void)state;
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(row, sizeof row, HEAD "7f09a1b2c3d4-1,%s,2026-11-20,other,\n", name);
    assert_int_equal(take(&t, row, &empty), 0);
    assert_string_equal(t.text, "2! answered_by is empty, or longer than a name\n");
    t.text[0] = '\0';
    assert_int_equal(take(&t, HEAD "7f09a1b2c3d4-3,A,2026-11-20,other,\n7f09a1b2c3d4-0,A,2026-11-20,other,\n110000000000-1,A,2026-11-20,other,\n7f09a1b2c3d4,A,2026-11-20,other,\n"
                                   "7f09a1b2c3d4-1,A,2026-11,other,\n7f09a1b2c3d4-1,A,2026-11-20,Other,\n7f09a1b2c3d4-1,\xff,2026-11-20,other,\n7f09a1b2c3d4-1,A\"\n7f09a1b2c3d4-1,A\n", &empty), 0);
    assert_string_equal(t.text, "2! no such question was asked\n3! no such question was asked\n4! no such question was asked\n5! no such question was asked\n6! answered_on is no day like 2026-11-21\n"
                                "7! reason is none of those in the questionnaire\n8! not UTF-8\n9! a quote inside a field that does not begin with one\n10! answered_on is no day like 2026-11-21\n");
    t.text[0] = '\0';
    assert_int_equal(take(&t, HEAD "7f09a1b2c3d4-1,A,2026-11-20,other,I was asked, and looked\n7f09a1b2c3d4-1,A,2026-11-20,other,,\n", &empty), 0);
    assert_string_equal(t.text, "2! more fields than the header has\n3! more fields than the header has\n");
    assert_int_equal(t.answers, 0);
}

static void test_caseanswer_needs_a_table(void **state)
{
    struct told t = {{0}, 0, 1};
    uint64_t empty;
    (void)state;
    assert_int_equal(take(&t, "", &empty), KEEP_E_INPUT);
    assert_int_equal(take(&t, "question,answered_by,answered_on,reason\n", &empty), KEEP_E_INPUT);
    assert_int_equal(take(&t, HEAD, &empty), 0);
    assert_int_equal(take(&t, HEAD "7f09a1b2c3d4-1,A,2026-11-20,other,\n7f09a1b2c3d4-2,A,2026-11-20,other,\n", &empty), KEEP_E_IO);
    assert_int_equal(t.answers, 1); /* ended there */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_caseanswer_takes_what_is_whole), cmocka_unit_test(test_caseanswer_tells_what_is_not), cmocka_unit_test(test_caseanswer_needs_a_table)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
