/* Goal: a line of the register comes back as it was written, and what is not sound is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/arena.h"
#include "core/store/officer.h"

#define DAY keep_civil_from_ymd(2026, 11, 21)

static struct keep_officer ada(void)
{
    struct keep_officer o = {.role = KEEP_STR("privacy"), .name = KEEP_STR("Ada \"The\" Müller"), .from = DAY, .until = DAY + 365};
    memset(&o.key, 7, sizeof o.key);
    memset(o.recipient, 9, sizeof o.recipient);
    return o;
}

static bool read_again(const struct keep_officer *o, struct keep_officer *out, struct keep_arena *a)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_jsonw w;
    const struct keep_json *v;
    bool all = true;
    keep_jsonw_init(&w, &b);
    keep_officer_write(&w, o);
    struct keep_str text = keep_arena_str(a, keep_buf_view(&b), &all);
    keep_buf_free(&b);
    assert_true(all);
    assert_int_equal(keep_json_parse(&v, text, NULL, a, NULL), 0);
    return keep_officer_read(v, out);
}

static void test_officer_comes_back(void **state)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_officer full = ada(), bare = {.role = KEEP_STR("him")}, out;
    (void)state;
    assert_true(read_again(&full, &out, a));
    assert_true(keep_officer_same(&full, &out));
    assert_true(read_again(&bare, &out, a));
    assert_true(keep_officer_same(&bare, &out));
    full.until = DAY - 1;
    assert_false(read_again(&full, &out, a));
    keep_arena_free(a);
}

static void test_officer_malformed(void **state)
{
    static const char *const text[] = {"{}", "[]", "{\"role\":\"him\"}", "{\"role\":\"him\",\"until\":\"2026\",\"id\":\"0000000000000000\"}",
                                       "{\"role\":\"him\",\"from\":\"1970-01-01\",\"id\":\"0000000000000000\"}"};
    struct keep_arena *a = keep_arena_new(0);
    struct keep_officer out;
    const struct keep_json *v;
    (void)state;
    for (size_t i = 0; i < sizeof text / sizeof *text; i++) {
        assert_int_equal(keep_json_parse(&v, keep_str_of(text[i]), NULL, a, NULL), 0);
        assert_false(keep_officer_read(v, &out));
    }
    keep_arena_free(a);
}

static void test_officer_what_is_not_sound(void **state)
{
    char many[KEEP_OFFICER_NAME + 2];
    (void)state;
    struct keep_officer o = ada();
    assert_int_equal(keep_officer_check(&o, NULL), 0);
    memset(many, 'a', sizeof many);
    many[sizeof many - 1] = 0;
    struct { struct keep_str role, name; keep_date from, until; } bad[] = {
        {KEEP_STR(""), KEEP_STR("x"), 0, 0}, {KEEP_STR("Legal"), KEEP_STR("x"), 0, 0}, {keep_str_of(many), KEEP_STR("x"), 0, 0}, {KEEP_STR("a"), keep_str_of(many), 0, 0},
        {KEEP_STR("a"), KEEP_STR("x\ny"), 0, 0}, {KEEP_STR("a"), KEEP_STR("\xff"), 0, 0}, {KEEP_STR("a"), KEEP_STR("x"), DAY, DAY - 1}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        o.role = bad[i].role, o.name = bad[i].name, o.from = bad[i].from, o.until = bad[i].until;
        assert_int_equal(keep_officer_check(&o, NULL), KEEP_E_USAGE);
    }
}

static void test_officer_days_of_validity(void **state)
{
    struct keep_officer o = ada();
    (void)state;
    assert_int_equal(keep_officer_on(&o, DAY - 1), KEEP_OFFICER_EARLY);
    assert_int_equal(keep_officer_on(&o, DAY), KEEP_OFFICER_VALID);
    assert_int_equal(keep_officer_on(&o, DAY + 365), KEEP_OFFICER_VALID);
    assert_int_equal(keep_officer_on(&o, DAY + 366), KEEP_OFFICER_EXPIRED);
    assert_false(keep_officer_ends(&o, DAY + 365 - KEEP_OFFICER_NOTICE - 1));
    assert_true(keep_officer_ends(&o, DAY + 365 - KEEP_OFFICER_NOTICE));
    assert_true(keep_officer_ends(&o, DAY + 365));
    assert_false(keep_officer_ends(&o, DAY + 366)); /* it has */
    o.from = o.until = 0;
    assert_int_equal(keep_officer_on(&o, DAY - 9000), KEEP_OFFICER_VALID);
    assert_false(keep_officer_ends(&o, DAY));
}

static void test_officer_one_person(void **state)
{
    struct keep_officer a = ada(), b = ada();
    (void)state;
    b.role = KEEP_STR("legal");
    b.name = KEEP_STR("ADA  THE MULLER");
    assert_true(keep_officer_one_person(&a, &b));
    b.name = KEEP_STR("Ada Miller");
    assert_false(keep_officer_one_person(&a, &b));
    a.name = b.name = KEEP_STR("...");
    assert_true(keep_officer_one_person(&a, &b));
    a.name = b.name = KEEP_STR("");
    assert_false(keep_officer_one_person(&a, &b)); /* nobody knows */
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_officer_comes_back), cmocka_unit_test(test_officer_malformed), cmocka_unit_test(test_officer_what_is_not_sound),
                                       cmocka_unit_test(test_officer_days_of_validity), cmocka_unit_test(test_officer_one_person)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
