/* Goal: what a rule can say beyond a plain period: caps, fiscal years, suspended clocks, destroy-by, laws that replace
 * others. And the vectors D01 to D17 of the calculator, each through the whole engine. */
#include "tests/retention/bed.h"

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define LAW(id, where, clauses) \
    "retention \"" id "\" { title \"t\" jurisdiction " where " status law checked date(\"2026-01-01\") source \"s\" when set.series == \"medical record\" " clauses " cite \"c\" explain \"e\" }\n"
#define RULE(clauses) PACK LAW("r", "US-KS", clauses)
#define LAST(day) "set.last(\"" day "\")"

static const struct keep_set *record_of(struct bed *b)
{
    bed_run(b);
    return bed_set(b, "medical record");
}

static struct bed *stay(const char *policy, const char *born, const char *start, const char *end)
{
    struct bed *b = bed_new(policy);
    b->patient[0].birth.date = day(born);
    bed_stay(b, 0, start, end);
    bed_record(b, 0, ENCOUNTER, end ? end : start)->created = day(start);
    return b;
}

static void through(const char *policy, const char *born, const char *start, const char *end, const char *until)
{
    struct bed *b = stay(policy, born, start, end);
    bed_until(record_of(b), until);
    bed_free(b);
}

static void lacks(const char *policy, const char *what)
{
    struct bed *b = stay(policy, "1950-01-01", "2010-05-01", "2010-05-09");
    const struct keep_set *s = record_of(b);
    bed_status(s, KEEP_SET_UNDETERMINED);
    bed_has(s->reason, what);
    bed_free(b);
}

#define MINOR(rest) rest " if patient.age_on(" LAST("discharge_date") ") < majority(facility.state)"
static void test_reckon_vectors(void **state)
{
    (void)state;
    through(RULE("keep 6 years after " LAST("discharge_date")), "1950-01-01", "2016-02-29", "2016-02-29", "2022-03-01");                              /* D01 */
    through(RULE("keep 20 years after " LAST("discharge_date")), "1950-01-01", "2016-02-29", "2016-02-29", "2036-02-29");                             /* D02 */
    through(RULE("keep 11 years after " LAST("discharge_date") MINOR(" keep 0 days after patient.birthday(30)")), "2008-02-29", "2012-05-01", "2012-05-01", "2038-03-01"); /* D03 */
    through(RULE("keep 10 years after " LAST("discharge_date") MINOR(" keep 0 days after patient.birthday(20)")), "2009-05-10", "2015-06-01", "2015-06-01", "2029-05-10"); /* D04 */
    through(RULE("keep 30 years after " LAST("discharge_date")), "1950-01-01", "2070-02-28", "2070-02-28", "2100-02-28");                             /* D07 */
    through(RULE("keep 5 years after end of year of " LAST("discharge_date")), "1950-01-01", "2019-03-03", "2019-03-03", "2024-12-31");               /* D08 */
    through(RULE("keep 7 years after end of fiscal year starting month 7 of " LAST("discharge_date")), "1950-01-01", "2019-07-01", "2019-07-01", "2027-06-30"); /* D09 */
    through(RULE("keep 7 years after " LAST("discharge_date")), "1950-01-01", "2013-02-28", "2013-02-28", "2020-02-28");                              /* D10: 2013-02 is read as its last day */
    through(RULE("keep 7 years after " LAST("discharge_date")), "1950-01-01", "2018-01-01", "2018-01-01", "2025-01-01");                              /* D15 */
    through(RULE("keep 10 years after " LAST("discharge_date") MINOR(" keep 2 years after patient.birthday(18)")), "2002-07-01", "2020-06-01", "2020-06-01", "2030-06-01"); /* D17 */
}

static void test_reckon_vector_of_exams(void **state) /* D05, at the grain of the set */
{
    struct bed *b = stay(RULE("keep 10 years after " LAST("service_date")), "1950-01-01", "2010-04-01", "2010-04-01");
    (void)state;
    bed_stay(b, 0, "2012-06-01", "2012-06-01");
    bed_record(b, 0, IMAGE, "2012-06-01");
    bed_until(record_of(b), "2022-06-01");
    bed_free(b);
}

static void test_reckon_vector_of_blood(void **state) /* D06: ten years after processing, six months after expiry, the later */
{
    static const char rule[] = RULE("keep 10 years after " LAST("processed_date") " keep 6 months after " LAST("expiry_date"));
    struct keep_dated days[] = {{KEEP_DAY_PROCESSED, day("2015-08-31")}, {KEEP_DAY_EXPIRY, day("2025-09-20")}};
    struct bed *b = stay(rule, "1950-01-01", "2015-08-31", "2015-08-31");
    (void)state;
    b->record[0].day = days;
    b->record[0].days = 2;
    bed_until(record_of(b), "2026-03-20");
    days[1].date = day("2025-08-31"); /* six months clamp at February, and then move on to the first of March */
    bed_until(record_of(b), "2026-03-01");
    b->record[0].days = 1; /* no expiry day on file: no day */
    bed_status(record_of(b), KEEP_SET_UNDETERMINED);
    bed_free(b);
}

/* D11 and D13: a law that follows lengthens at once and shortens nothing that was made under the old one, unless it says so. */
#define OLD(years) \
    "retention \"old\" { title \"t\" jurisdiction US-KS status law checked date(\"2026-01-01\") source \"s\" effective from date(\"1980-01-01\") to date(\"2019-12-31\") when set.series == \"medical record\" " \
    "keep " years " cite \"c\" explain \"e\" }\n"
#define NEW(more) \
    "retention \"new\" { title \"t\" jurisdiction US-KS status law checked date(\"2026-01-01\") source \"s\" effective from date(\"2020-01-01\") when set.series == \"medical record\" " more " cite \"c\" explain \"e\" }\n"
static void test_reckon_vectors_of_changed_law(void **state)
{
    static const char shorter[] = PACK OLD("25 years after patient.birth_date") NEW("keep 18 years after patient.birth_date");
    static const char signed_shorter[] = PACK OLD("25 years after patient.birth_date") NEW("keep 18 years after patient.birth_date instead of \"old\"");
    static const char unread[] = PACK OLD("25 years after patient.birth_date") "retention \"new\" { title \"t\" jurisdiction US-KS status law checked \"unverified\" when true keep 18 years after patient.birth_date instead of \"old\" cite \"c\" explain \"e\" }\n";
    (void)state;
    through(PACK OLD("10 years after " LAST("discharge_date")) NEW("keep 26 years after " LAST("created_date")), "1950-01-01", "2010-05-01", "2010-05-09", "2036-05-01"); /* D11 */
    through(shorter, "2003-08-01", "2005-01-10", "2005-01-10", "2028-08-01");                                                                                     /* D13 */
    through(signed_shorter, "2003-08-01", "2005-01-10", "2005-01-10", "2021-08-01");
    through(unread, "2003-08-01", "2005-01-10", "2005-01-10", "2028-08-01"); /* nobody read it: it stands for nothing */
    through(shorter, "2003-08-01", "2020-01-01", "2020-01-01", "2021-08-01"); /* made under the new law alone */
    struct bed *b = stay(shorter, "2003-08-01", "2020-01-01", "2020-01-01");
    b->record[0].created = KEEP_DATE_NONE; /* made when? the care was under the new law */
    bed_until(record_of(b), "2021-08-01");
    b->record[0].service_last = KEEP_DATE_NONE; /* nobody dated it: it may be an old one */
    bed_until(record_of(b), "2028-08-01");
    bed_free(b);
}

/* D12: from a notice on, until release or twelve years after creation. */
static void test_reckon_vector_of_a_notice(void **state)
{
    static const char rule[] = RULE("keep 5 years after " LAST("discharge_date") " keep 12 years after set.first(\"created_date\") if \"Device\" in set.kinds");
    struct bed *b = stay(rule, "1950-01-01", "2012-03-10", "2012-03-10");
    (void)state;
    bed_until(record_of(b), "2017-03-10");
    bed_record(b, 0, DEVICE, "2012-03-10")->created = day("2020-01-01"); /* stands for the notice */
    bed_until(record_of(b), "2024-03-10");
    bed_free(b);
}

static void test_reckon_vector_of_a_hold(void **state) /* D14: the hold stops disposal, not the clock; the cooling-off ends it */
{
    struct bed *b = stay(PACK LAW("r", "US-KS", "keep 6 years after " LAST("discharge_date")) LAW("u", "US", "keep 5 years after " LAST("discharge_date")), "1950-01-01", "2013-12-31", "2013-12-31");
    (void)state;
    bed_adopt(b);
    b->hold[0] = (struct keep_hold){.id = 1, .matter = KEEP_STR("m"), .patient = KEEP_ID_NONE, .placed = 0, .effective_from = 0, .released = (keep_time)day("2024-07-30") * 86400 * KEEP_USEC};
    b->in.holds = 1;
    b->in.as_of = day("2024-07-29");
    bed_status(record_of(b), KEEP_SET_HELD);
    bed_until(record_of(b), "2019-12-31");
    b->in.as_of = day("2024-07-31");
    bed_status(record_of(b), KEEP_SET_DUE);
    bed_free(b);
}

static void test_reckon_vector_of_gaps(void **state) /* D16 */
{
    struct bed *b = stay(RULE("keep 6 years after " LAST("discharge_date")), "1950-01-01", "2013-12-31", NULL);
    (void)state;
    bed_status(record_of(b), KEEP_SET_UNDETERMINED);
    b->encounter[0].end_date = day("2014-01-01");
    bed_until(record_of(b), "2020-01-01");
    b->facility[0].state = (struct keep_str){NULL, 0};
    bed_status(record_of(b), KEEP_SET_UNDETERMINED);
    bed_free(b);
    b = stay(RULE("keep 6 years after " LAST("discharge_date") MINOR(" keep 1 year after patient.birthday(18)")), "1950-01-01", "2013-12-31", "2014-01-01");
    b->patient[0].birth.date = KEEP_DATE_NONE;
    bed_status(record_of(b), KEEP_SET_UNDETERMINED);
    bed_free(b);
}

static void test_reckon_caps(void **state)
{
    (void)state;
    through(RULE("keep 7 years after patient.birthday(21) at most 28 years after " LAST("discharge_date")), "2005-06-01", "2006-01-01", "2006-01-01", "2033-06-01");
    through(RULE("keep 7 years after patient.birthday(21) at most 20 years after " LAST("discharge_date")), "2005-06-01", "2006-01-01", "2006-01-01", "2026-01-01");
    through(RULE("keep 30 years after " LAST("discharge_date") " at most 20 years after " LAST("discharge_date") " at most 12 years after set.first(\"created_date\")"), "1950-01-01", "2006-01-01", "2006-01-03", "2018-01-01");
    through(RULE("keep 30 years after " LAST("discharge_date") " at most 12 years after set.first(\"created_date\") rounded up to end of fiscal year starting month 10"), "1950-01-01", "2006-01-01", "2006-01-03", "2018-09-30");
    lacks(RULE("keep 30 years after " LAST("discharge_date") " at most 12 years after patient.death_date"), "patient.death_date");
    lacks(RULE("keep 1 year after " LAST("discharge_date") " at most 12 years after patient.death_date"), "patient.death_date"); /* a minimum of a known and an unknown is unknown */
}

static void test_reckon_destroy_by(void **state)
{
    struct bed *b = stay(RULE("keep 6 years after " LAST("discharge_date") " destroy by 8 years after " LAST("discharge_date") " destroy by 7 years after " LAST("discharge_date")), "1950-01-01", "2010-05-01", "2010-05-09");
    const struct keep_set *s = record_of(b);
    (void)state;
    bed_until(s, "2016-05-09");
    assert_int_equal(s->destroy_by, day("2017-05-09"));
    bed_status(s, KEEP_SET_NOT_ADOPTED);
    bed_free(b);
    b = stay(PACK LAW("k", "US-KS", "keep 6 years after " LAST("discharge_date")) LAW("d", "US", "destroy by 6 years after " LAST("discharge_date")), "1950-01-01", "2010-05-01", "2010-05-09");
    s = record_of(b);
    bed_status(s, KEEP_SET_CONFLICT); /* kept through that day, so gone at the earliest the day after */
    bed_has(s->reason, "d has it destroyed by 2016-05-09, k keeps it through 2016-05-09");
    b->hold[0] = (struct keep_hold){.id = 1, .matter = KEEP_STR("m"), .patient = KEEP_ID_NONE, .placed = 0, .effective_from = 0, .released = KEEP_TIME_NONE};
    b->in.holds = 1;
    bed_status(record_of(b), KEEP_SET_HELD);
    bed_free(b);
    b = stay(PACK LAW("k", "US-KS", "keep permanent") LAW("d", "US", "destroy by 6 years after " LAST("discharge_date")), "1950-01-01", "2010-05-01", "2010-05-09");
    bed_status(record_of(b), KEEP_SET_CONFLICT);
    bed_free(b);
    b = stay(PACK LAW("k", "US-KS", "keep 3 years after " LAST("discharge_date")) LAW("d", "US", "destroy by 6 years after " LAST("discharge_date") " if patient.deceased"), "1950-01-01", "2010-05-01", "2010-05-09");
    s = record_of(b); /* whether the patient died is unknown: the rule counts, and is shown */
    assert_int_equal(s->destroy_by, day("2016-05-09"));
    bed_free(b);
    lacks(PACK LAW("k", "US-KS", "keep 3 years after " LAST("discharge_date")) LAW("d", "US", "destroy by 6 years after patient.death_date"), "patient.death_date");
    b = stay(PACK LAW("d", "US", "destroy by 60 years after " LAST("discharge_date")), "1950-01-01", "2010-05-01", "2010-05-09");
    bed_status(record_of(b), KEEP_SET_UNDETERMINED); /* no rule says how long it is kept */
    bed_free(b);
}

static void test_reckon_suspended(void **state)
{
    static const char rule[] = RULE("keep 6 years after " LAST("discharge_date") " suspended while patient.deceased");
    struct bed *b = stay(rule, "1950-01-01", "2010-05-01", "2010-05-09");
    const struct keep_set *s = record_of(b);
    (void)state;
    bed_status(s, KEEP_SET_UNDETERMINED); /* nobody says */
    bed_has(s->reason, "patient.deceased");
    b->patient[0].deceased = KEEP_TRI_YES;
    s = record_of(b);
    bed_status(s, KEEP_SET_KEPT);
    assert_true(s->suspended && s->kind == KEEP_UNTIL_UNKNOWN);
    bed_has(s->step[0].arithmetic, "suspended while patient.deceased");
    b->patient[0].deceased = KEEP_TRI_NO;
    bed_until(record_of(b), "2016-05-09");
    bed_free(b);
    through(RULE("keep 6 years after " LAST("discharge_date") " suspended from date(\"2012-01-01\") to date(\"2012-01-31\")"), "1950-01-01", "2010-05-01", "2010-05-09", "2016-06-08");
    through(RULE("keep 6 years after " LAST("discharge_date") " suspended from date(\"2000-01-01\") to date(\"2010-05-19\")"), "1950-01-01", "2010-05-01", "2010-05-09", "2016-05-19"); /* only while it ran */
    through(RULE("keep 6 years after " LAST("discharge_date") " suspended from date(\"2018-01-01\") to date(\"2020-05-19\")"), "1950-01-01", "2010-05-01", "2010-05-09", "2016-05-09"); /* it had run out */
    through(RULE("keep 6 years after " LAST("discharge_date") " rounded up to end of month suspended from date(\"2012-01-01\") to date(\"2012-01-31\")"), "1950-01-01", "2010-05-01", "2010-05-09", "2016-06-30");
    lacks(RULE("keep 6 years after " LAST("discharge_date") " suspended from date(\"2012-01-01\") to patient.death_date"), "patient.death_date");
}

static void test_reckon_gates_residue_early(void **state)
{
    struct bed *b = stay(RULE("keep 6 years after " LAST("discharge_date") " gate \"tell the state\" 30 days before gate \"tell the patient\" if patient.age_on(" LAST("discharge_date") ") < 18 "
                              "residue 25 years \"a summary\" residue permanent \"the index\" early 1 year after " LAST("discharge_date") " with \"consent\""),
                         "1950-01-01", "2010-05-01", "2010-05-09");
    const struct keep_set *s = record_of(b);
    (void)state;
    assert_true(keep_str_is(s->gates, "tell the state (at least 30 days before)"));
    assert_int_equal(s->residue_years, KEEP_RESIDUE_PERMANENT);
    bed_until(s, "2016-05-09"); /* what would allow it earlier is said, and changes no day */
    bed_has(s->step[0].arithmetic, "earlier, once past 1 year after set.last(\"discharge_date\") = 2010-05-09 -> 2011-05-09, with consent");
    b->patient[0].birth.date = KEEP_DATE_NONE;
    bed_has(record_of(b)->gates, "tell the patient"); /* an unknown condition counts */
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reckon_vectors), cmocka_unit_test(test_reckon_vector_of_exams), cmocka_unit_test(test_reckon_vector_of_blood),
        cmocka_unit_test(test_reckon_vectors_of_changed_law), cmocka_unit_test(test_reckon_vector_of_a_notice), cmocka_unit_test(test_reckon_vector_of_a_hold),
        cmocka_unit_test(test_reckon_vector_of_gaps), cmocka_unit_test(test_reckon_caps), cmocka_unit_test(test_reckon_destroy_by), cmocka_unit_test(test_reckon_suspended),
        cmocka_unit_test(test_reckon_gates_residue_early)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
