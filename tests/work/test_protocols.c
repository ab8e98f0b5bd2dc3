/* Goal: an activity is told whole or not at all: each column that 45 CFR 164.528(b)(4)(i) wants, days in order, 50 individuals or more. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/buf.h"
#include "core/work/protocols.h"

#define HEAD "protocol,description,disclosed,first,last,individuals,sponsor,sponsor_address,sponsor_phone,researcher,researcher_address,researcher_phone\n"
#define ROW "P,D,I,2024-01-02,2025-03-04,50,S,SA,1,R,RA,2\n"

static int reads(const char *csv, size_t *n, struct keep_protocol **p, struct keep_arena *a, struct keep_err *err)
{
    *n = 99;
    return keep_protocols_read(p, n, keep_str_of(csv), "list.csv", a, err);
}

static void test_protocols_whole(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_protocol *p = NULL;
    struct keep_buf many = KEEP_BUF_INIT;
    size_t n;
    (void)state;
    assert_int_equal(reads(HEAD ROW, &n, &p, a, NULL), 0);
    assert_int_equal(n, 1);
    assert_true(keep_str_is(p->name, "P") && keep_str_is(p->description, "D") && keep_str_is(p->disclosed, "I") && keep_str_is(p->sponsor_phone, "1") && keep_str_is(p->researcher_address, "RA"));
    assert_int_equal(p->first, keep_civil_from_ymd(2024, 1, 2));
    assert_int_equal(p->last, keep_civil_from_ymd(2025, 3, 4));
    assert_int_equal(reads(HEAD, &n, &p, a, NULL), 0);
    assert_int_equal(n, 0);
    keep_buf_str(&many, HEAD);
    for (int i = 0; i < 40; i++)
        keep_buf_str(&many, ROW);
    keep_buf_char(&many, '\0');
    assert_int_equal(reads((char *)many.p, &n, &p, a, NULL), 0);
    assert_int_equal(n, 40);
    assert_true(keep_str_is(p[39].researcher, "R"));
    keep_buf_free(&many);
    keep_arena_free(a);
}

static void test_protocols_that_lack_something(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_protocol *p = NULL;
    size_t n;
    static const char *const bad[] = {HEAD "P,D,I,2024-01-02,2025-03-04,49,S,SA,1,R,RA,2\n", HEAD "P,D,I,2024-01-02,2025-03-04,many,S,SA,1,R,RA,2\n", HEAD "P,D,I,2024-01-02,2023-03-04,50,S,SA,1,R,RA,2\n",
                                      HEAD "P,D,I,2024-01,2025-03-04,50,S,SA,1,R,RA,2\n", HEAD "P,D,I,2024-01-02,2025-03-04,50,S,SA,1,R,RA\n", HEAD " ,D,I,2024-01-02,2025-03-04,50,S,SA,1,R,RA,2\n",
                                      HEAD "\xff,D,I,2024-01-02,2025-03-04,50,S,SA,1,R,RA,2\n", HEAD "P,D,\"I\n"};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct keep_err err = {0};
        assert_int_equal(reads(bad[i], &n, &p, a, &err), KEEP_E_INPUT);
        assert_string_equal(err.where, "list.csv");
        assert_int_equal(err.line, 2);
        assert_int_equal(n, 99);
    }
    assert_int_equal(reads("", &n, &p, a, NULL), KEEP_E_INPUT);
    assert_int_equal(reads("protocol,description\nP,D\n", &n, &p, a, NULL), KEEP_E_INPUT);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_protocols_whole), cmocka_unit_test(test_protocols_that_lack_something)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
