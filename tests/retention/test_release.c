/* Goal: a date that has passed is not yet a release. */
#include "tests/retention/bed.h"

#include "core/policy/condition.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define READ "checked date(\"2026-01-01\") source \"s\""
#define KEEP(n) "keep " #n " years after set.last(\"discharge_date\") cite \"c\" explain \"e\" }\n"
#define US "retention \"us\" { title \"t\" jurisdiction US status law " READ " when set.series == \"medical record\" " KEEP(5)
#define KS "retention \"ks\" { title \"t\" jurisdiction US-KS status law " READ " when set.series == \"medical record\" " KEEP(10)

static struct bed *stay(const char *policy)
{
    struct bed *b = bed_new(policy);
    bed_stay(b, 0, "1989-05-09", "1989-05-09");
    bed_record(b, 0, ENCOUNTER, "1989-05-09");
    return b;
}

static const struct keep_set *run(struct bed *b)
{
    bed_run(b);
    return bed_set(b, "medical record");
}

static void test_release_trial_and_adoption(void **state)
{
    struct bed *b = stay(PACK US KS);
    const struct keep_set *s;
    (void)state;
    s = run(b);
    bed_status(s, KEEP_SET_NOT_ADOPTED);
    bed_until(s, "1999-05-09"); /* with the date it would have */
    bed_has(s->reason, "no pack is adopted");
    bed_has(s->reason, "1999-05-09");
    bed_adopt(b);
    s = run(b);
    bed_status(s, KEEP_SET_DUE);
    assert_int_equal(s->reason.n, 0);
    assert_int_equal(s->action, KEEP_ACT_ARCHIVE);
    b->in.as_of = day("1999-05-09"); /* through the day itself it is kept */
    b->adoption[0].review_by = KEEP_DATE_NONE;
    bed_status(run(b), KEEP_SET_KEPT);
    b->in.as_of = day("1999-05-10");
    bed_status(run(b), KEEP_SET_DUE);
    bed_free(b);
}

static void test_release_needs_these_bytes_in_time(void **state)
{
    struct bed *b = stay(PACK US KS);
    (void)state;
    bed_adopt(b);
    b->adoption[0].digest[31] ^= 1;
    bed_status(run(b), KEEP_SET_NOT_ADOPTED);
    bed_has(run(b)->reason, "is not adopted");
    b->adoption[0].digest[31] ^= 1;
    b->adoption[0].version = KEEP_STR("2");
    bed_status(run(b), KEEP_SET_NOT_ADOPTED);
    bed_adopt(b);
    b->adoption[0].review_by = day("2026-11-21");
    bed_status(run(b), KEEP_SET_DUE);
    b->adoption[0].review_by = day("2026-11-20");
    bed_status(run(b), KEEP_SET_NOT_ADOPTED);
    bed_has(run(b)->reason, "past its review");
    bed_free(b);
}

static void not_adopted(const char *policy, const char *why)
{
    struct bed *b = stay(policy);
    bed_adopt(b);
    bed_status(run(b), KEEP_SET_NOT_ADOPTED);
    bed_has(run(b)->reason, why);
    bed_free(b);
}

static void test_release_needs_each_jurisdiction(void **state)
{
    struct bed *b;
    (void)state;
    not_adopted(PACK US, "US-KS: no rule");
    not_adopted(PACK KS, "US: no rule");
    not_adopted(PACK US "retention \"ks\" { title \"t\" jurisdiction US-KS status law checked \"unverified\" when true " KEEP(10), "US-KS: its rule is not verified");
    not_adopted(PACK KS "retention \"us\" { title \"t\" jurisdiction US status recommendation " READ " when true " KEEP(5), "US: its rule is not adopted");
    not_adopted(PACK US KS "retention \"hmo\" { title \"t\" jurisdiction \"HMO contract\" status contract checked \"unverified\" when true " KEEP(6), "HMO contract: its rule is not verified");
    b = stay(PACK KS "retention \"us\" { title \"t\" jurisdiction US status law " READ " when facility.type == \"hospital\" " KEEP(5));
    bed_adopt(b);
    bed_status(run(b), KEEP_SET_DUE);
    b->facility[0].type = (struct keep_str){NULL, 0}; /* what may apply lengthens, and does not release */
    bed_status(run(b), KEEP_SET_NOT_ADOPTED);
    bed_has(run(b)->reason, "US: no rule of it certainly applies");
    bed_free(b);
}

static void test_release_holds_stop_disposal(void **state)
{
    struct bed *b = stay(PACK US KS);
    struct keep_hold *h = b->hold;
    const keep_time noon = INT64_C(43200) * KEEP_USEC, a_day = INT64_C(86400) * KEEP_USEC;
    (void)state;
    bed_adopt(b);
    *h = (struct keep_hold){.id = 1, .matter = KEEP_STR("Doe v. Mercy"), .patient = 0, .effective_from = KEEP_TIME_NONE, .released = KEEP_TIME_NONE};
    b->in.holds = 1;
    bed_status(run(b), KEEP_SET_HELD);
    assert_true(keep_str_is(run(b)->holds, "Doe v. Mercy"));
    bed_until(run(b), "1999-05-09"); /* it stops disposal, not the clock */
    h->patient = 7;
    bed_status(run(b), KEEP_SET_DUE);
    h->patient = KEEP_ID_NONE;
    h->series = KEEP_STR("administrative");
    bed_status(run(b), KEEP_SET_DUE);
    h->series = KEEP_STR("medical record");
    bed_status(run(b), KEEP_SET_HELD);
    h->released = b->in.as_of * a_day + noon;
    bed_status(run(b), KEEP_SET_DUE);
    h->released = (b->in.as_of + 1) * a_day;
    bed_status(run(b), KEEP_SET_HELD);
    h->released = KEEP_TIME_NONE;
    h->effective_from = (b->in.as_of + 2) * a_day;
    bed_status(run(b), KEEP_SET_DUE);
    h->effective_from = b->in.as_of * a_day;
    b->encounter[0].end_date = KEEP_DATE_NONE; /* held beats undetermined */
    bed_status(run(b), KEEP_SET_HELD);
    bed_free(b);
}

/* What stays in the chart, or may belong to the series for all that is known, is held with it; and what was of a series that is gone may be anywhere. */
static void test_release_holds_a_series_wherever_its_records_are(void **state)
{
    struct bed *b = stay(PACK US KS
                         "label \"film\" { title \"t\" when record.codes.exists(c, c.code == \"77067\") authority \"a\" checked \"unverified\" }\n"
                         "series \"films\" { title \"t\" order 10 per patient, facility separable authority \"a\" checked \"unverified\" when \"film\" in record.labels }\n"
                         "series \"strips\" { title \"t\" order 20 per patient, facility authority \"a\" checked \"unverified\" when record.kind == \"Device\" }\n");
    (void)state;
    bed_adopt(b);
    b->hold[0] = (struct keep_hold){.id = 1, .matter = KEEP_STR("M"), .patient = KEEP_ID_NONE, .series = KEEP_STR("strips"), .effective_from = KEEP_TIME_NONE, .released = KEEP_TIME_NONE};
    b->in.holds = 1;
    bed_status(run(b), KEEP_SET_DUE);
    bed_record(b, 0, DEVICE, "1989-05-09");
    bed_status(run(b), KEEP_SET_HELD);
    b->hold[0].series = KEEP_STR("films");
    bed_status(run(b), KEEP_SET_DUE);
    b->source[0].codes_complete = false;
    bed_status(run(b), KEEP_SET_HELD);
    b->source[0].codes_complete = true;
    b->hold[0].series = KEEP_STR("tracings");
    bed_status(run(b), KEEP_SET_HELD);
    bed_free(b);
}

static void test_release_custody_says_what_can_be_done(void **state)
{
    struct bed *b = stay(PACK US KS);
    (void)state;
    bed_adopt(b);
    b->record[0].custody = KEEP_CUSTODY_COPY;
    b->record[0].custodian = KEEP_STR("Iron Vault");
    b->record[0].locator = KEEP_STR("box 7");
    bed_status(run(b), KEEP_SET_DUE);
    assert_int_equal(run(b)->action, KEEP_ACT_DESTROY);
    assert_true(keep_str_is(run(b)->custodian, "Iron Vault"));
    assert_true(keep_str_is(run(b)->locator, "box 7"));
    b->record[0].custody = KEEP_CUSTODY_INDEX;
    assert_int_equal(run(b)->action, KEEP_ACT_ORDER);
    bed_record(b, 0, DOCUMENT, "1989-05-09"); /* official beside an index entry: archived */
    assert_int_equal(run(b)->action, KEEP_ACT_ARCHIVE);
    assert_int_equal(run(b)->custody, KEEP_CUSTODY_INDEX);
    b->record[1].custody = KEEP_CUSTODY_UNDETERMINED;
    bed_status(run(b), KEEP_SET_UNDETERMINED);
    bed_has(run(b)->reason, "custody");
    bed_free(b);
}

static void test_release_dates_only_move_later(void **state)
{
    struct bed *b = stay(PACK US KS);
    (void)state;
    memcpy(b->state[0].set, run(b)->id, 16);
    bed_adopt(b);
    b->states = 1;
    b->state[0].kind = KEEP_UNTIL_DATE;
    b->state[0].status = KEEP_SET_KEPT;
    b->state[0].keep_until = day("2030-01-01");
    bed_until(run(b), "2030-01-01");
    bed_status(run(b), KEEP_SET_KEPT);
    bed_has(run(b)->reason, "earlier day, 1999-05-09");
    int32_t derived = run(b)->rule;
    for (int32_t i = 0; i < (int32_t)b->in.policy->retentions; i++) { /* the rule stored with a day decides it */
        b->state[0].rule = b->in.policy->retention[i].id;
        assert_int_equal(run(b)->rule, i);
    }
    b->state[0].rule = KEEP_STR("repealed");
    assert_int_equal(run(b)->rule, derived);
    b->state[0].keep_until = day("1990-01-01");
    bed_until(run(b), "1999-05-09");
    bed_status(run(b), KEEP_SET_DUE);
    b->state[0].kind = KEEP_UNTIL_PERMANENT;
    bed_status(run(b), KEEP_SET_KEPT);
    assert_int_equal(run(b)->kind, KEEP_UNTIL_PERMANENT);
    b->state[0].kind = KEEP_UNTIL_DATE;
    b->state[0].status = KEEP_SET_ARCHIVED;
    bed_status(run(b), KEEP_SET_ARCHIVED);
    b->state[0].status = KEEP_SET_DESTROYED; /* and records came later, or by a merge */
    bed_status(run(b), KEEP_SET_DUE);
    for (size_t i = 0; i < b->records; i++)
        b->record[i].destroyed = true;
    bed_status(run(b), KEEP_SET_DESTROYED);
    bed_free(b);
}

static void test_release_identity_goes_last(void **state)
{
    struct bed *b = stay(PACK US KS);
    const struct keep_set *s;
    uint8_t id[16];
    (void)state;
    bed_record(b, 0, PATIENT, NULL);
    bed_adopt(b);
    bed_run(b);
    s = bed_set(b, "patient identity");
    bed_status(s, KEEP_SET_KEPT);
    bed_until(s, "1999-05-09");
    bed_has(s->reason, "disposed last: 1 other record set");
    memcpy(b->state[0].set, bed_set(b, "medical record")->id, 16);
    memcpy(id, s->id, 16);
    b->states = 1;
    b->state[0].kind = KEEP_UNTIL_DATE;
    b->state[0].keep_until = day("1999-05-09");
    b->state[0].status = KEEP_SET_ARCHIVED; /* archived is not gone */
    bed_run(b);
    bed_status(bed_set(b, "patient identity"), KEEP_SET_KEPT);
    b->state[0].status = KEEP_SET_DESTROYED;
    b->record[0].destroyed = true;
    bed_run(b);
    bed_status(bed_set(b, "patient identity"), KEEP_SET_DUE);
    b->record[0] = b->record[1]; /* the others' rows are gone for good */
    b->records = 1;
    bed_run(b);
    bed_status(bed_set(b, "patient identity"), KEEP_SET_KEPT);
    bed_has(bed_set(b, "patient identity")->reason, "no other record set yet");
    bed_free(b);
}

static void test_release_identity_waits_for_a_date(void **state)
{
    struct bed *b = stay(PACK US KS);
    (void)state;
    bed_record(b, 0, PATIENT, NULL);
    b->encounter[0].end_date = KEEP_DATE_NONE;
    bed_run(b);
    assert_int_equal(bed_set(b, "patient identity")->kind, KEEP_UNTIL_UNKNOWN);
    bed_status(bed_set(b, "patient identity"), KEEP_SET_KEPT);
    bed_free(b);
}

static void test_release_administrative_is_kept(void **state)
{
    struct bed *b = bed_new(PACK US);
    (void)state;
    bed_record(b, KEEP_ID_NONE, DOCUMENT, NULL);
    bed_adopt(b);
    bed_run(b);
    bed_status(bed_set(b, "administrative"), KEEP_SET_KEPT);
    bed_has(bed_set(b, "administrative")->reason, "kept unless a rule names it");
    bed_free(b);
}

/* What a hold's condition cannot be told of is held; a label that no pack knows leaves nothing out. */
static void test_release_holds_by_condition(void **state)
{
    static const struct { const char *where; bool held; } cases[] = {
        {"facility.state == \"KS\"", true}, {"facility.state == \"MO\"", false}, {"patient.deceased", true}, {"set.series == \"patient identity\"", false}, {"set.series == \"gone\"", true},
        {"record.kind == \"Encounter\"", true}, {"record.kind == \"ImagingStudy\"", false}, {"record.codes.exists(c, c.code == \"1\")", false}, {"record.created_date < date(\"2000-01-01\")", true}};
    struct bed *b = stay(PACK US KS);
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct keep_diags ds = {.arena = b->arena};
        struct keep_condition c;
        assert_int_equal(keep_condition_compile(&c, keep_str_of(cases[i].where), b->arena, &ds, &b->err), 0);
        b->hold[0] = (struct keep_hold){.id = 1, .matter = KEEP_STR("m"), .patient = KEEP_ID_NONE, .placed = 0, .effective_from = 0, .released = KEEP_TIME_NONE,
                                        .where = keep_str_of(cases[i].where), .when = c.when, .of_record = c.of_record};
        b->in.holds = 1;
        bed_run(b);
        if ((bed_set(b, "medical record")->status == KEEP_SET_HELD) != cases[i].held)
            fail_msg("%s", cases[i].where);
    }
    b->hold[0].where = KEEP_STR("written in a language that is gone");
    b->hold[0].when = NULL;
    bed_run(b);
    bed_status(bed_set(b, "medical record"), KEEP_SET_HELD);
    bed_free(b);
}

/* The package stands; whether what was packed may go, the rules of today say. */
static void test_release_judges_the_archived_anew(void **state)
{
    struct bed *b = stay(PACK US KS);
    (void)state;
    memcpy(b->state[0].set, run(b)->id, 16);
    bed_adopt(b);
    b->states = 1;
    b->state[0].kind = KEEP_UNTIL_DATE;
    b->state[0].keep_until = day("1999-05-09");
    b->state[0].status = KEEP_SET_ARCHIVED;
    bed_status(run(b), KEEP_SET_ARCHIVED);
    b->adoption[0].review_by = day("2026-01-01");
    bed_status(run(b), KEEP_SET_NOT_ADOPTED);
    bed_has(run(b)->reason, "archived, and not disposed of");
    b->encounter[0].end_date = KEEP_DATE_NONE; /* a visit that turns out to be open */
    bed_status(run(b), KEEP_SET_UNDETERMINED);
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_release_trial_and_adoption),       cmocka_unit_test(test_release_needs_these_bytes_in_time),
        cmocka_unit_test(test_release_needs_each_jurisdiction),  cmocka_unit_test(test_release_holds_stop_disposal),
        cmocka_unit_test(test_release_holds_a_series_wherever_its_records_are),
        cmocka_unit_test(test_release_custody_says_what_can_be_done), cmocka_unit_test(test_release_dates_only_move_later),
        cmocka_unit_test(test_release_identity_goes_last),       cmocka_unit_test(test_release_identity_waits_for_a_date),
        cmocka_unit_test(test_release_administrative_is_kept), cmocka_unit_test(test_release_holds_by_condition), cmocka_unit_test(test_release_judges_the_archived_anew),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
