/* Goal: dates come from declared, signed sources and adopted rules; a written
 * date never moves earlier. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/sets.h"
#include "tests/aid/clinic.h"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static void run(struct clinic *c, struct keep_dates *d)
{
    keep_date today;
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    clinic_must(c, keep_dates_run(d, c->s, &c->adopted, today, NULL, NULL, &c->err));
}

/* The medical record of a patient, NULL when there is none. */
static const struct keep_set *record_of(const struct keep_dates *d, const char *mrn)
{
    for (size_t i = 0; i < d->result.sets; i++) {
        const struct keep_set *s = &d->result.set[i];
        if (s->patient != KEEP_ID_NONE && s->series == KEEP_SERIES_MEDICAL_RECORD && keep_str_is(d->world.patient[s->patient].mrn, mrn))
            return s;
    }
    return NULL;
}

static void test_dates_today_is_the_keeps_own_day(void **state)
{
    struct clinic *c = *state;
    keep_date d;
    keep_time noon;
    bool zone;
    assert_true(keep_civil_parse_time(KEEP_STR("2026-11-22T05:59:59Z"), &noon, &zone)); /* a second before midnight in Chicago */
    clinic_open(c, noon);
    assert_int_equal(keep_dates_today(c->s, &d, &c->err), 0);
    assert_int_equal(d, keep_civil_from_ymd(2026, 11, 21));
    clinic_open(c, noon + KEEP_USEC);
    assert_int_equal(keep_dates_today(c->s, &d, &c->err), 0);
    assert_int_equal(d, keep_civil_from_ymd(2026, 11, 22));
}

static void test_dates_of_every_set(void **state)
{
    struct clinic *c = *state;
    struct keep_dates d;
    uint64_t records = 0;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    run(c, &d);
    const struct keep_set *old = record_of(&d, "M-old"), *new = record_of(&d, "M-new");
    assert_non_null(old);
    assert_int_equal(old->status, KEEP_SET_DUE);
    assert_int_equal(old->keep_until, keep_civil_from_ymd(2011, 3, 4));
    assert_int_equal(old->action, KEEP_ACT_ARCHIVE);
    assert_true(keep_str_is(c->adopted.policy->retention[old->rule].id, "us-ks.a"));
    assert_int_equal(new->status, KEEP_SET_KEPT);
    assert_int_equal(new->keep_until, keep_civil_from_ymd(2034, 2, 1));
    for (size_t i = 0; i < d.result.sets; i++) {
        records += d.result.set[i].records;
        assert_true(d.result.set[i].kind == KEEP_UNTIL_DATE || d.result.set[i].reason.n > 0);
    }
    assert_int_equal(records, d.result.records);
    assert_int_equal(records, 5);
    keep_dates_free(&d);
}

static void test_dates_in_a_trial_release_nothing(void **state)
{
    struct clinic *c = *state;
    struct keep_packs trial;
    struct keep_dates d;
    uint64_t n = 77;
    clinic_fill(c, "official");
    clinic_must(c, clinic_read(c, CLINIC_RULES, &trial));
    clinic_must(c, keep_dates_run(&d, c->s, &trial, keep_civil_from_ymd(2026, 11, 21), NULL, NULL, &c->err));
    assert_int_equal(d.result.by_status[KEEP_SET_DUE], 0);
    assert_int_equal(d.result.by_status[KEEP_SET_NOT_ADOPTED], 1);
    keep_dates_free(&d);
    keep_packs_free(&trial);
    assert_int_equal(keep_dates_write(c->s, keep_civil_from_ymd(2026, 11, 21), &n, &c->err), KEEP_E_REFUSED);
    assert_int_equal(n, 77);
    keep_err_clear(&c->err);
}

static void test_dates_an_unsigned_declaration_makes_nothing_complete(void **state)
{
    struct clinic *c = *state;
    struct keep_dates d;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_PACK("1") CLINIC_US CLINIC_KS);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
    clinic_declare(c, "ehr", "official", NULL);
    run(c, &d);
    assert_int_equal(d.result.by_status[KEEP_SET_DUE], 0);
    assert_int_equal(record_of(&d, "M-old")->status, KEEP_SET_UNDETERMINED);
    assert_true(record_of(&d, "M-old")->reason.n > 0);
    keep_dates_free(&d);
    clinic_declare(c, "ehr", "official", c->legal); /* any officer may sign it */
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
}

static void test_dates_an_undeclared_source_has_no_last_day_and_no_custody(void **state)
{
    struct clinic *c = *state;
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_dates d;
    keep_buf_str(&b, CLINIC_HOSPITAL);
    clinic_stay(&b, "old", "1930-02-03", "2001-03-04");
    keep_buf_char(&b, '\0');
    clinic_import(c, "found", "found.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    clinic_adopt(c, CLINIC_RULES);
    run(c, &d);
    assert_int_equal(record_of(&d, "M-old")->status, KEEP_SET_UNDETERMINED);
    assert_int_equal(record_of(&d, "M-old")->custody, KEEP_CUSTODY_UNDETERMINED);
    assert_int_equal(record_of(&d, "M-old")->action, KEEP_ACT_NONE);
    keep_dates_free(&d);
    clinic_declare(c, "found", NULL, c->him); /* complete, and still nobody says who holds the official copy */
    run(c, &d);
    assert_int_equal(record_of(&d, "M-old")->status, KEEP_SET_UNDETERMINED);
    assert_int_equal(record_of(&d, "M-old")->keep_until, keep_civil_from_ymd(2011, 3, 4));
    assert_non_null(strstr(record_of(&d, "M-old")->reason.p, "custody"));
    keep_dates_free(&d);
}

static void test_dates_past_the_review_release_nothing(void **state)
{
    struct clinic *c = *state;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    clinic_open(c, CLINIC_NOW + 299 * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
    clinic_open(c, CLINIC_NOW + 302 * CLINIC_DAY);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 0);
    assert_int_equal(clinic_standing(c, KEEP_SET_NOT_ADOPTED), 1);
}

static void test_dates_are_written_once_and_never_earlier(void **state)
{
    struct clinic *c = *state;
    const keep_date today = keep_civil_from_ymd(2026, 11, 21);
    struct keep_set_state st;
    struct keep_dates d;
    uint8_t id[16];
    uint64_t n = 77, size;
    clinic_fill(c, "official");
    assert_int_equal(clinic_adopt(c, CLINIC_RULES), 4); /* two records, two identities; the source's own set has no date */
    size = keep_ledger_size(c->s);
    assert_int_equal(keep_dates_write(c->s, today, &n, &c->err), 0);
    assert_int_equal(n, 0);
    assert_int_equal(keep_ledger_size(c->s), size); /* nothing new, no entry */
    assert_int_equal(clinic_adopt(c, CLINIC_PACK("2") CLINIC_US), 0); /* five years would be earlier */
    run(c, &d);
    memcpy(id, record_of(&d, "M-old")->id, 16);
    assert_int_equal(record_of(&d, "M-old")->keep_until, keep_civil_from_ymd(2011, 3, 4));
    keep_dates_free(&d);
    assert_int_equal(keep_sets_get(c->s, id, c->arena, &st, &c->err), 0);
    assert_int_equal(st.keep_until, keep_civil_from_ymd(2011, 3, 4));
    assert_int_equal(clinic_adopt(c, CLINIC_PACK("3") CLINIC_US "retention \"us.b\" { title \"B\" jurisdiction US " CLINIC_CHECKED
                                  "when set.series == \"medical record\" keep 30 years after set.last(\"discharge_date\") explain \"Thirty.\" }\n"), 4);
    assert_int_equal(keep_sets_get(c->s, id, c->arena, &st, &c->err), 0);
    assert_int_equal(st.keep_until, keep_civil_from_ymd(2031, 3, 4));
    assert_true(keep_str_is(st.rule, "us.b"));
    assert_int_equal(st.status, KEEP_SET_KEPT);
    assert_true(clinic_whole(c));
}

static void test_dates_finds_a_set_by_the_beginning_of_its_id(void **state)
{
    struct clinic *c = *state;
    struct keep_dates d;
    const struct keep_set *found = NULL;
    char hex[40];
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    run(c, &d);
    keep_codec_hex(d.result.set[0].id, 16, hex);
    strcat(hex, "0");
    assert_int_equal(keep_dates_find(&d, (struct keep_str){hex, 5}, &found), 1);
    assert_int_equal(keep_dates_find(&d, (struct keep_str){hex, 33}, &found), 1);
    assert_int_equal(keep_dates_find(&d, KEEP_STR("zzzzzz"), &found), 1);
    assert_null(found);
    assert_int_equal(keep_dates_find(&d, (struct keep_str){hex, 6}, &found), 0);
    assert_ptr_equal(found, &d.result.set[0]);
    assert_int_equal(keep_dates_find(&d, (struct keep_str){hex, 32}, &found), 0);
    keep_dates_free(&d);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_dates_today_is_the_keeps_own_day),
        T(test_dates_of_every_set),
        T(test_dates_in_a_trial_release_nothing),
        T(test_dates_an_unsigned_declaration_makes_nothing_complete),
        T(test_dates_an_undeclared_source_has_no_last_day_and_no_custody),
        T(test_dates_past_the_review_release_nothing),
        T(test_dates_are_written_once_and_never_earlier),
        T(test_dates_finds_a_set_by_the_beginning_of_its_id),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
