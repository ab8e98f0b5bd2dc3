/* Goal: figures count what their formulas say, month by month in the keep's own
 * zone, and nobody is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/figures.h"
#include "tests/work/ward.h"

static int64_t value(const struct keep_figures *f, enum keep_figure_kind kind, keep_date month, const char *key, int64_t *of)
{
    for (size_t i = 0; i < f->figures; i++)
        if (f->figure[i].kind == kind && f->figure[i].month == month && (!key || keep_str_is(f->figure[i].key, key))) {
            if (of)
                *of = f->figure[i].of;
            return f->figure[i].value;
        }
    return -1;
}

static int run_as_of(struct clinic *c, struct keep_figures *f, keep_date from, keep_date as_of)
{
    struct keep_figures_params p = {.from = from, .to = KEEP_DATE_NONE, .as_of = as_of};
    return keep_figures_run(f, c->s, &c->adopted, &p, &c->err);
}

static int run(struct clinic *c, struct keep_figures *f, keep_date from)
{
    return run_as_of(c, f, from, keep_civil_from_ymd(2026, 11, 21));
}

static void test_figures_count(void **state)
{
    struct clinic *c = *state;
    struct keep_figures f;
    int64_t of = 0, sets = 0;
    clinic_must(c, run(c, &f, KEEP_DATE_NONE));
    assert_int_equal(value(&f, KEEP_FIGURE_ACCESSES, keep_civil_from_ymd(2024, 2, 1), NULL, NULL), 2);
    assert_int_equal(value(&f, KEEP_FIGURE_ACCESSES, keep_civil_from_ymd(2024, 3, 1), NULL, NULL), 2);
    assert_int_equal(value(&f, KEEP_FIGURE_EXPECTED, keep_civil_from_ymd(2024, 2, 1), NULL, &of), 1); /* the doctor's; not that of nobody's account */
    assert_int_equal(of, 2);
    assert_int_equal(value(&f, KEEP_FIGURE_EXPECTED, keep_civil_from_ymd(2024, 3, 1), NULL, &of), 0);
    assert_int_equal(of, 1); /* the list is about nobody */
    for (size_t i = 0; i < f.figures; i++) {
        sets += f.figure[i].kind == KEEP_FIGURE_SETS ? f.figure[i].value : 0;
        assert_true(i == 0 || f.figure[i - 1].kind <= f.figure[i].kind);
    }
    assert_true(sets > 0);
    assert_int_equal(value(&f, KEEP_FIGURE_REPEAT, KEEP_DATE_NONE, NULL, NULL), 0);
    assert_false(f.reviewed); /* no review stands in these rules */
    assert_int_equal(value(&f, KEEP_FIGURE_DUPLICATES, KEEP_DATE_NONE, NULL, NULL), -1);
    keep_figures_free(&f);
    clinic_must(c, run(c, &f, keep_civil_from_ymd(2100, 1, 1)));
    for (size_t i = 0; i < f.figures; i++)
        assert_int_equal(f.figure[i].month, KEEP_DATE_NONE);
    keep_figures_free(&f);
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)done;
    (void)total;
    return 1;
}

static void test_figures_stop_when_told(void **state)
{
    struct clinic *c = *state;
    struct keep_figures f;
    struct keep_figures_params p = {.from = KEEP_DATE_NONE, .to = KEEP_DATE_NONE, .as_of = keep_civil_from_ymd(2026, 11, 21), .progress = stop};
    int rc = keep_figures_run(&f, c->s, &c->adopted, &p, &c->err);
    assert_true(rc == KEEP_E_INTERRUPTED || rc == 0); /* so small a log may be done before anybody looks */
    keep_err_clear(&c->err);
    keep_figures_free(&f);
}

static void test_figures_of_cases(void **state)
{
    struct clinic *c = *state;
    struct keep_auditrun *r = calloc(1, sizeof *r);
    struct keep_figures f;
    clinic_must(c, keep_auditrun_open(r, c->s, &c->adopted, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, &c->err));
    clinic_must(c, keep_auditrun_run(r, &c->err));
    clinic_must(c, keep_auditrun_record(r, &c->adopted, NULL, &c->err));
    keep_auditrun_free(r);
    free(r);
    clinic_must(c, run(c, &f, KEEP_DATE_NONE));
    assert_int_equal(value(&f, KEEP_FIGURE_STATUS, KEEP_DATE_NONE, "unmapped, needs review", NULL), 1);
    assert_int_equal(value(&f, KEEP_FIGURE_STATUS, KEEP_DATE_NONE, "unexplained, needs review", NULL), 1);
    assert_int_equal(value(&f, KEEP_FIGURE_OPENED, keep_civil_from_ymd(2026, 11, 1), "unmapped", NULL), 1);
    for (size_t i = 0; i < f.figures; i++)
        assert_true(f.figure[i].kind != KEEP_FIGURE_REVIEW && f.figure[i].kind != KEEP_FIGURE_DECISION); /* nobody has looked */
    keep_figures_free(&f);
}

/* Of a day that lies back: the cases that were there at its end where the keep is, as they stood then. */
static void test_figures_of_cases_as_they_stood(void **state)
{
    static const struct {
        int day, there, reviewing, decided;
    } want[] = {{20, 0, -1, -1}, {21, 2, 1, -1}, {22, 2, 1, -1}, {23, 2, -1, 1}};
    struct clinic *c = *state;
    struct keep_figures f;
    ward_audit(c, KEEP_TIME_NONE);
    clinic_open(c, keep_civil_from_ymd(2026, 11, 24) * CLINIC_DAY + 3600 * KEEP_USEC); /* the evening of the 23rd in Chicago */
    struct keep_casework *w = ward_look(c);
    struct keep_casebook_step closed = {.kind = KEEP_CASEBOOK_CLOSED, .status = KEEP_CASE_SUBSTANTIATED, .who = KEEP_STR("privacy")};
    clinic_must(c, keep_casework_step(w, ward_case(w, "unmapped"), &closed, &c->err));
    ward_done(w);
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        int64_t there = 0;
        clinic_must(c, run_as_of(c, &f, KEEP_DATE_NONE, keep_civil_from_ymd(2026, 11, want[i].day)));
        for (size_t k = 0; k < f.figures; k++)
            there += f.figure[k].kind == KEEP_FIGURE_STATUS ? f.figure[k].value : 0;
        assert_int_equal(there, want[i].there);
        assert_int_equal(value(&f, KEEP_FIGURE_OPENED, keep_civil_from_ymd(2026, 11, 1), "unmapped", NULL), want[i].there ? 1 : -1);
        assert_int_equal(value(&f, KEEP_FIGURE_STATUS, KEEP_DATE_NONE, "unmapped, needs review", NULL), want[i].reviewing);
        assert_int_equal(value(&f, KEEP_FIGURE_STATUS, KEEP_DATE_NONE, "unmapped, substantiated", NULL), want[i].decided);
        assert_int_equal(value(&f, KEEP_FIGURE_DECISION, keep_civil_from_ymd(2026, 11, 1), NULL, NULL) >= 0, want[i].decided == 1);
        keep_figures_free(&f);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_figures_count, ward_setup, clinic_teardown),
                                       cmocka_unit_test_setup_teardown(test_figures_of_cases, ward_setup, clinic_teardown),
                                       cmocka_unit_test_setup_teardown(test_figures_of_cases_as_they_stood, ward_setup, clinic_teardown),
                                       cmocka_unit_test_setup_teardown(test_figures_stop_when_told, ward_setup, clinic_teardown)};
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
