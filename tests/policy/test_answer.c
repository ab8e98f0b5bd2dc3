/* What rows answer, and above all what they do not. */
#include "tests/policy/try.h"

#include "core/policy/answer.h"

static keep_date day(int y, int m, int d)
{
    return keep_civil_from_ymd(y, m, d);
}

static struct keep_patient born(keep_date last, int precision)
{
    struct keep_patient p = {.birth = {.date = last, .precision = precision}, .death = KEEP_DATE_NONE};
    return p;
}

static void test_age_where_all_days_agree(void **state)
{
    struct keep_patient exact = born(day(2000, 2, 29), KEEP_PREC_DAY), year = born(day(2000, 12, 31), KEEP_PREC_YEAR);
    (void)state;
    assert_int_equal(keep_answer_age_on(&exact, day(2018, 2, 28)).i, 17);
    assert_int_equal(keep_answer_age_on(&exact, day(2018, 3, 1)).i, 18);
    assert_int_equal(keep_answer_age_on(&year, day(2018, 12, 31)).i, 18);
    assert_int_equal(keep_answer_age_on(&year, day(2018, 6, 1)).type, KEEP_V_UNKNOWN);
    assert_int_equal(keep_answer_age_on(&exact, day(1999, 1, 1)).type, KEEP_V_UNKNOWN);
    assert_int_equal(keep_answer_age_on(NULL, day(2018, 6, 1)).type, KEEP_V_UNKNOWN);
    assert_int_equal(keep_answer_birthday(&exact, 19).date, day(2019, 3, 1));
    assert_int_equal(keep_answer_birthday(&exact, -1).type, KEEP_V_UNKNOWN);
    assert_int_equal(keep_answer_birthday(&exact, 10000).type, KEEP_V_UNKNOWN);
}

static void test_patient(void **state)
{
    struct keep_patient p = born(day(1950, 5, 31), KEEP_PREC_MONTH);
    (void)state;
    p.deceased = KEEP_TRI_YES;
    p.death = day(2026, 3, 1);
    assert_int_equal(keep_answer_patient(&p, KEEP_FIELD_patient_birth_date, day(2026, 3, 2)).type, KEEP_V_UNKNOWN);
    assert_true(keep_answer_patient(&p, KEEP_FIELD_patient_deceased, day(2026, 3, 1)).b);
    assert_false(keep_answer_patient(&p, KEEP_FIELD_patient_deceased, day(2026, 2, 28)).b);
    assert_int_equal(keep_answer_patient(&p, KEEP_FIELD_patient_sex, 0).type, KEEP_V_UNKNOWN);
    for (enum keep_field f = 0; (int)f < KEEP_FIELD_COUNT; f++)
        assert_int_equal(keep_answer_patient(NULL, f, 0).type, KEEP_V_UNKNOWN);
}

/* No code on file is no proof that there is none, unless the source attests it. */
static void test_codes(void **state)
{
    static struct keep_str term[] = {{"CPT", 3}};
    static const struct keep_code_ref code[] = {{.system = 0, .code = {"77067", 5}}, {.system = KEEP_ID_NONE, .code = {"X", 1}}};
    struct keep_source source[] = {{.id = 7, .declared = true, .codes_complete = true}, {.id = 8, .codes_complete = true}};
    struct keep_world w = {.term = term, .terms = 1, .source = source, .sources = 2};
    struct keep_record r = {.source = 7, .code = code, .codes = 2};
    struct keep_arena *a = keep_arena_new(0);
    struct keep_value v;
    (void)state;
    assert_non_null(a);
    assert_true(keep_answer_codes_complete(&w, &r));
    assert_int_equal(keep_answer_codes(&w, &r, true, a, &v), 0);
    assert_int_equal(v.list.n, 2);
    assert_memory_equal(v.list.item[0].list.item[1].s.p, "CPT", 3);
    assert_int_equal(v.list.item[1].list.item[1].type, KEEP_V_UNKNOWN);
    r.source = 8;
    assert_false(keep_answer_codes_complete(&w, &r));
    r.source = 9;
    assert_false(keep_answer_codes_complete(&w, &r));
    assert_int_equal(keep_answer_codes(&w, &r, false, a, &v), 0);
    assert_int_equal(v.list.n, 3);
    assert_int_equal(v.list.item[2].type, KEEP_V_UNKNOWN);
    keep_arena_free(a);
}

static void test_record(void **state)
{
    const struct keep_dated other[] = {{.day = KEEP_DAY_EMPLOYMENT_END, .date = 100}};
    struct keep_world w = {.terms = 0};
    struct keep_record r = {.kind = KEEP_ID_NONE, .service_last = KEEP_DATE_NONE, .created = 5, .day = other, .days = 1};
    struct keep_value v = {.type = KEEP_V_NULL};
    (void)state;
    assert_true(keep_answer_record(&w, &r, KEEP_FIELD_record_employment_end_date, &v) && v.date == 100);
    assert_true(keep_answer_record(&w, &r, KEEP_FIELD_record_signed_date, &v) && v.type == KEEP_V_UNKNOWN);
    assert_true(keep_answer_record(&w, &r, KEEP_FIELD_record_kind, &v) && v.type == KEEP_V_UNKNOWN);
    assert_true(keep_answer_record(&w, &r, KEEP_FIELD_record_service_date, &v) && v.type == KEEP_V_UNKNOWN);
    assert_true(keep_answer_record(&w, &r, KEEP_FIELD_record_created_date, &v) && v.date == 5);
    v.type = KEEP_V_NULL;
    assert_false(keep_answer_record(&w, &r, KEEP_FIELD_patient_name, &v));
    assert_int_equal(v.type, KEEP_V_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age_where_all_days_agree),
        cmocka_unit_test(test_patient),
        cmocka_unit_test(test_codes),
        cmocka_unit_test(test_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
