/* Goal: the basis of a disclosure is understood by its word or by the narrowest
 * provision cited, nothing else is; a suspension ends on the day the law lets it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/model/disclosure.h"

static void test_disclosure_basis(void **state)
{
    static const struct {
        const char *text;
        enum keep_disclosure_basis basis;
    } is[] = {
        {"treatment", KEEP_DISCLOSURE_TREATMENT}, {"Public Health", KEEP_DISCLOSURE_PUBLIC_HEALTH}, {"workers' compensation", KEEP_DISCLOSURE_WORKERS},
        {"45 CFR 164.512(f)(1)(ii)(A)", KEEP_DISCLOSURE_POLICE}, {"164.512(k)(5)", KEEP_DISCLOSURE_CUSTODY}, {"164.512(k)(2)", KEEP_DISCLOSURE_SECURITY},
        {"164.512(k)(1)", KEEP_DISCLOSURE_GOVERNMENT}, {"pursuant to \xc2\xa7 164.508", KEEP_DISCLOSURE_AUTHORIZATION}, {"164.502(a)(2)(ii)", KEEP_DISCLOSURE_SECRETARY},
        {"", KEEP_DISCLOSURE_UNKNOWN}, {"treatments", KEEP_DISCLOSURE_UNKNOWN}, {"treatment?", KEEP_DISCLOSURE_UNKNOWN}, {"not recorded", KEEP_DISCLOSURE_UNKNOWN}, {"164.5", KEEP_DISCLOSURE_UNKNOWN}};
    (void)state;
    for (size_t i = 0; i < sizeof is / sizeof *is; i++)
        assert_int_equal(keep_disclosure_basis_of(keep_str_of(is[i].text)), is[i].basis);
    assert_null(keep_disclosure_bases[KEEP_DISCLOSURE_UNKNOWN].paragraph);
    assert_string_equal(keep_disclosure_bases[KEEP_DISCLOSURE_CUSTODY].paragraph, "(vii)");
    assert_true(keep_disclosure_kind(KEEP_STR("disclosure")) && !keep_disclosure_kind(KEEP_STR("Condition")));
}

static void test_disclosure_suspension(void **state)
{
    keep_date day = keep_civil_from_ymd(2026, 5, 10), end;
    struct keep_disclosure d = {.stated = KEEP_DATE_NONE, .until = KEEP_DATE_NONE};
    (void)state;
    assert_false(keep_disclosure_suspended(&d, day, &end));
    d.until = day;
    assert_true(keep_disclosure_suspended(&d, day, &end) && end == day);
    assert_false(keep_disclosure_suspended(&d, day + 1, &end));
    d.oral = true; /* whatever it names, thirty days */
    d.stated = day - 31;
    d.until = day + 100;
    assert_false(keep_disclosure_suspended(&d, day, &end));
    assert_int_equal(end, day - 1);
    d.until = KEEP_DATE_NONE;
    assert_true(keep_disclosure_suspended(&d, day - 1, &end) && end == day - 1);
    d.oral = false; /* written, and no day is on file: held back until there is one */
    assert_true(keep_disclosure_suspended(&d, day + 1000, &end) && end == KEEP_DATE_NONE);
    d = (struct keep_disclosure){.stated = KEEP_DATE_NONE, .until = KEEP_DATE_NONE, .agency = KEEP_STR("an agency")};
    assert_true(keep_disclosure_suspended(&d, day, &end));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_disclosure_basis), cmocka_unit_test(test_disclosure_suspension)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
