#include "tests/audit/town.h"

/* Each expression as a rule of its own over one event: "yes", "no", or what was missing. */
static const char *outcome(struct town *t, uint32_t event, char text[256])
{
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result r = town_audit(t);
    (void)in;
    text[0] = '\0';
    for (size_t i = 0; i < r.case_n; i++)
        for (size_t k = 0; k < r.cases[i].events; k++)
            if (keep_str_is(r.cases[i].rule, "x") && r.cases[i].event[k].ordinal == event + 1)
                return "yes";
    if (!r.access[0].unable)
        return "no";
    snprintf(text, 256, "%.*s", (int)r.access[0].missing.n, r.access[0].missing.p);
    return text;
}

static struct town *with(const char *when)
{
    char rule[1024];
    snprintf(rule, sizeof rule, TOWN_RULE("x", 60, "medium", "when %s"), when);
    return town_new(rule);
}

#define IS(t, e, want)                                \
    do {                                              \
        char text_[256];                              \
        assert_string_equal(outcome(t, e, text_), want); \
        town_free(t);                                 \
    } while (0)

static void test_circumstance_rosters(void **state)
{
    struct town *t;
    uint32_t p, w;
    (void)state;
    for (int i = 0; i < 3; i++) {
        t = with(i < 2 ? "!on_shift(duration(\"1h\"))" : "user.on_leave");
        p = town_patient(t, "P");
        w = town_worker(t, "W", "");
        if (i > 0) {
            town_vouches(t, keep_civil_utc_date(NOON));
            town_duty(t, w, KEEP_DUTY_SHIFT, NOON - DAY, NOON - 16 * HOUR);
            town_duty(t, w, KEEP_DUTY_LEAVE, NOON - HOUR, NOON + HOUR);
        }
        IS(t, town_event(t, NOON, w, p), i ? "yes" : "the user's roster");
    }
}

static void test_circumstance_idle_accounts(void **state)
{
    static const struct {
        keep_date used, given; /* days before the access, 0 not at all; the log begins 200 days before it */
        const char *want;
    } rows[] = {{90, 0, "yes"}, {89, 0, "no"}, {0, 0, "yes"}, {0, 90, "yes"}, {0, 89, "no"}, {150, 100, "yes"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town *t = with("user.idle_days >= 90");
        uint32_t p = town_patient(t, "P"), other = town_worker(t, "O", ""), w = town_worker(t, "W", "");
        struct keep_interval v = {NOON - rows[i].given * DAY, KEEP_TIME_NONE, true};
        if (rows[i].given) {
            t->w.worker[w].affiliation = &v;
            t->w.worker[w].affiliations = 1;
        }
        town_vouches(t, keep_civil_utc_date(NOON));
        uint32_t e = town_event(t, NOON, w, p); /* out of order: the log need not be sorted */
        town_event(t, NOON - 200 * DAY, other, p);
        if (rows[i].used)
            t->exposure[town_event(t, NOON - rows[i].used * DAY, w, KEEP_ID_NONE)] = KEEP_EXPOSURE_SYSTEM;
        IS(t, e, rows[i].want);
    }
}

/* Who has another login may have got this one yesterday, unless somebody says since when it is there. */
static void test_circumstance_idle_logins_that_may_be_new(void **state)
{
    static const char *const want[] = {"yes", "the day since which the login is there", "yes"};
    (void)state;
    for (int i = 0; i < 3; i++) {
        struct town *t = with("user.idle_days >= 90");
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), old = town_worker(t, "O", "");
        const struct keep_account_span same = {w, KEEP_TIME_NONE, KEEP_TIME_NONE}, dated = {w, NOON - 150 * DAY, KEEP_TIME_NONE};
        town_vouches(t, keep_civil_utc_date(NOON));
        t->w.account[old].span = i ? &same : t->w.account[old].span;
        t->w.account[w].span = i == 2 ? &dated : t->w.account[w].span;
        town_event(t, NOON - 200 * DAY, old, p);
        IS(t, town_event(t, NOON, w, p), want[i]);
    }
}

/* Days of which nobody says that the log is whole may have had uses. */
static void test_circumstance_idle_in_a_log_with_holes(void **state)
{
    static const char missing[] = "an access log that is declared complete over the days without use";
    static const struct {
        const char *klass;
        keep_date used, through, closed; /* days before the access; 0: through its day; NEVER: not declared so */
        bool all, complete, elsewhere;
        const char *want;
    } rows[] = {
#define NEVER 9999
        {"AuditEvent", 120, 0, NEVER, true, true, false, "yes"},     {"Access Log", 120, 0, NEVER, true, true, false, "yes"},  {NULL, 120, 0, NEVER, true, true, false, "yes"},
        {"AuditEvent", 120, 1, NEVER, true, true, false, "yes"},     {"AuditEvent", 120, 2, NEVER, true, true, false, missing}, {"AuditEvent", 120, NEVER, NEVER, true, true, false, missing},
        {"AuditEvent", 120, 0, NEVER, true, false, false, missing},  {"AuditEvent", 120, 0, NEVER, false, true, false, missing}, {"Condition", 120, 0, NEVER, true, true, false, missing},
        {"AuditEvent", 120, 0, NEVER, true, true, true, missing},    {"AuditEvent", 120, NEVER, 0, true, true, false, "yes"},  {"AuditEvent", 120, NEVER, 90, true, true, false, missing},
        {"AuditEvent", 1, NEVER, NEVER, true, false, false, "no"},   {"AuditEvent", 2, NEVER, NEVER, true, false, false, missing},
    };
    const keep_date today = keep_civil_utc_date(NOON);
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town *t = with("user.idle_days >= 90");
        struct keep_str klass = keep_str_of(rows[i].klass);
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
        t->w.source[0] = (struct keep_source){.id = rows[i].elsewhere ? 2 : 1, .declared = true, .complete = rows[i].complete, .all_facilities = rows[i].all, .klass = &klass, .classes = klass.n > 0,
                                              .all_classes = klass.n == 0, .from = KEEP_DATE_NONE, .through = rows[i].through == NEVER ? KEEP_DATE_NONE : today - rows[i].through,
                                              .closed_on = rows[i].closed == NEVER ? KEEP_DATE_NONE : today - rows[i].closed};
        t->exposure[town_event(t, NOON - rows[i].used * DAY, w, KEEP_ID_NONE)] = KEEP_EXPOSURE_SYSTEM;
        IS(t, town_event(t, NOON, w, p), rows[i].want);
    }
}

static void test_circumstance_trainings(void **state)
{
    keep_date today = keep_civil_utc_date(NOON);
    static const struct {
        const char *when;
        int completed, until, through; /* days from the access; NEVER: none */
        const char *want;
    } rows[] = {
        {"user.trained", NEVER, NEVER, NEVER, "user.trained"}, {"!user.trained", NEVER, NEVER, 0, "yes"},     {"!user.trained", NEVER, NEVER, -1, "user.trained"},
        {"user.trained", 0, NEVER, NEVER, "yes"},              {"user.trained", -9, 0, NEVER, "yes"},         {"user.trained", -9, -1, NEVER, "user.trained"},
        {"!user.trained", -9, -1, 5, "yes"},                   {"!user.trained", 1, NEVER, 5, "yes"},         {"\"privacy\" in user.courses", -9, 9, NEVER, "yes"},
        {"\"fire\" in user.courses", -9, 9, NEVER, "user.courses"}, {"!(\"fire\" in user.courses)", -9, 9, 0, "yes"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town *t = with(rows[i].when);
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), other = town_worker(t, "O", "");
        town_training(t, other, "privacy", today - 3, KEEP_DATE_NONE); /* somebody else's says nothing */
        if (rows[i].completed != NEVER)
            town_training(t, w, "privacy", today + rows[i].completed, rows[i].until == NEVER ? KEEP_DATE_NONE : today + rows[i].until);
        if (rows[i].through != NEVER)
            town_vouches(t, today + rows[i].through);
        IS(t, town_event(t, NOON, w, p), rows[i].want);
    }
    struct town *t = with("!user.trained"); /* nobody's account */
    uint32_t p = town_patient(t, "P");
    town_vouches(t, today);
    IS(t, town_event(t, NOON, KEEP_ID_NONE, p), "user.trained");
}

static void test_circumstance_words_of_contacts(void **state)
{
    for (int i = 0; i < 3; i++) {
        struct town *t = with("user.contact_words.exists(w, w.contains(\"custody\"))");
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), other = town_worker(t, "O", "");
        (void)state;
        t->w.contact = keep_arena_array(t->a, TOWN_ROWS, sizeof *t->w.contact);
        if (i) {
            t->w.contact[0] = (struct keep_contact){.patient = p, .worker = i == 1 ? w : other, .self = KEEP_ID_NONE, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE, .code = KEEP_STR("PRN"),
                                                    .words = KEEP_STR("parent without custody")};
            t->w.contacts = 1;
        }
        IS(t, town_event(t, NOON, w, p), i == 0 ? "user.contact_words" : i == 1 ? "yes" : "no");
    }
}

/* Of a workforce that may not all be on file no department is small. */
static void test_circumstance_departments_of_a_known_workforce(void **state)
{
    static const char *const when[] = {"department_ties() < 3", "department_size() < 3"};
    (void)state;
    for (int i = 0; i < 2; i++)
        for (int late = 0; late < 2; late++) {
            struct town *t = with(when[i]);
            uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "IT"), other = town_worker(t, "O", "Surgery");
            town_relation(t, KEEP_RELATION_ENCOUNTER, other, p, NOON - 11 * DAY, NOON - 10 * DAY);
            town_vouches(t, keep_civil_utc_date(NOON) - late);
            IS(t, town_event(t, NOON, w, p), late ? "a source that is declared complete for the workforce" : "yes");
        }
}

static void test_circumstance_of_the_patient(void **state)
{
    static const struct {
        const char *when, *want;
    } rows[] = {
        {"patient.age == 17", "yes"}, {"patient.age == 18", "no"}, {"patient.days_since_visit == 10", "yes"}, {"patient.days_since_visit > 10", "no"},
        {"patient.test_record", "patient.test_record"}, {"patient_related([\"encounter\"], duration(\"0s\"), duration(\"240h\"))", "yes"},
        {"patient_related([\"encounter\"], duration(\"0s\"), duration(\"239h\"))", "no"}, {"patient_related([\"order\"], duration(\"240h\"), duration(\"240h\"))", "no"},
        {"patient_related([\"task\"], duration(\"240h\"), duration(\"240h\"))", "a source of such facts about anybody"},
        {"behalf_related([\"encounter\"], duration(\"0s\"), duration(\"240h\"))", "yes"}, {"behalf_related([\"encounter\"], duration(\"0s\"), duration(\"239h\"))", "no"},
        {"department_ties() == 0", "yes"}, {"department_ties() == 1", "no"}, {"department_size() == 1", "yes"}, {"department_size() == 2", "no"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town *t = with(rows[i].when);
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "IT"), other = town_worker(t, "O", "Surgery");
        keep_date day = keep_civil_utc_date(NOON);
        struct keep_ymd born = keep_civil_to_ymd(day + 1);
        t->w.patient[p].birth = (struct keep_partial_date){keep_civil_from_ymd(born.y - 18, born.m, born.d), KEEP_PREC_DAY};
        t->w.encounter[t->w.encounters++] = (struct keep_encounter){.entity = 1, .patient = p, .facility = KEEP_ID_NONE, .start = NOON - 11 * DAY, .end = NOON - 10 * DAY};
        town_relation(t, KEEP_RELATION_ENCOUNTER, other, p, NOON - 11 * DAY, NOON - 10 * DAY);
        town_relation(t, KEEP_RELATION_BEHALF, w, p, NOON, KEEP_TIME_NONE)->author = other;
        town_relation(t, KEEP_RELATION_ORDER, other, town_patient(t, "Q"), NOON, NOON);
        town_vouches(t, day);
        IS(t, town_event(t, NOON, w, p), rows[i].want);
    }
}

/* Every hour around a birthday, by two users, in a zone behind UTC: what is remembered of one access is what each of the others would find. */
static void test_circumstance_ages_change_at_the_keeps_midnight(void **state)
{
    struct town *t = with("patient.age < 18");
    struct keep_zone *zone = NULL;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    keep_date born = keep_civil_utc_date(NOON) - 18 * 146097 / 400, birthday = KEEP_DATE_NONE;
    uint64_t young = 0;
    (void)state;
    assert_int_equal(keep_zone_load(&zone, "America/Chicago", NULL), 0);
    t->w.patient[p].birth = (struct keep_partial_date){born, KEEP_PREC_DAY};
    for (keep_date d = born + 17 * 365; birthday == KEEP_DATE_NONE; d++)
        birthday = keep_civil_age(born, d) == 18 ? d : KEEP_DATE_NONE;
    for (int h = -15 * 24; h < 15 * 24; h++) {
        keep_time at = (keep_time)birthday * DAY + h * HOUR;
        town_event(t, at, h % 2 ? v : w, p);
        young += keep_zone_date(zone, at) < birthday;
    }
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result r;
    in.zone = zone;
    in.as_of = (keep_time)(birthday + 20) * DAY;
    assert_int_equal(keep_audit_run(&in, t->a, &r, NULL), 0);
    assert_int_equal(r.access[0].fired, young);
    keep_zone_free(zone);
    town_free(t);
}

/* Every hour of four weeks, by two users of whom one is trained in the middle: what is remembered of one access is what each of the others would find. */
static void test_circumstance_trainings_change_at_the_keeps_midnight(void **state)
{
    struct town *t = with("!user.trained");
    struct keep_zone *zone = NULL;
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", ""), v = town_worker(t, "V", "");
    keep_date middle = keep_civil_utc_date(NOON);
    uint64_t untrained = 0, unknown = 0;
    (void)state;
    assert_int_equal(keep_zone_load(&zone, "America/Chicago", NULL), 0);
    town_training(t, w, "privacy", middle - 5, middle);
    town_training(t, w, "privacy", middle + 3, KEEP_DATE_NONE);
    town_vouches(t, middle + 8);
    for (int h = -14 * 24; h < 14 * 24; h++) {
        keep_time at = (keep_time)middle * DAY + h * HOUR;
        keep_date day = keep_zone_date(zone, at);
        bool known = day <= middle + 8, trained = (day >= middle - 5 && day <= middle) || day >= middle + 3;
        town_event(t, at, h % 2 ? v : w, h % 3 ? p : q);
        untrained += known && (h % 2 || !trained);
        unknown += !known && (h % 2 || !trained);
    }
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result r;
    in.zone = zone;
    in.as_of = (keep_time)(middle + 20) * DAY;
    assert_int_equal(keep_audit_run(&in, t->a, &r, NULL), 0);
    assert_int_equal(r.access[0].fired, untrained);
    assert_int_equal(r.access[0].unable, unknown);
    keep_zone_free(zone);
    town_free(t);
}

/* A roster complete through a day is so to that day's end in the hospital. */
static void test_circumstance_rosters_end_at_the_keeps_midnight(void **state)
{
    struct town *t = with("!on_shift(duration(\"1h\"))");
    struct keep_zone *zone = NULL;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    keep_date day = keep_civil_utc_date(NOON);
    (void)state;
    assert_int_equal(keep_zone_load(&zone, "America/Chicago", NULL), 0);
    town_duty(t, w, KEEP_DUTY_SHIFT, NOON, NOON + 4 * HOUR);
    town_vouches(t, day);
    keep_time night = keep_zone_instant(zone, day + 1, 0);
    town_event(t, night - 1, w, p);
    town_event(t, night, w, p);
    struct keep_audit_input in = town_input(t);
    struct keep_audit_result r;
    in.zone = zone;
    assert_int_equal(keep_audit_run(&in, t->a, &r, NULL), 0);
    assert_int_equal(r.access[0].fired, 1);
    assert_int_equal(r.access[0].unable, 1);
    keep_zone_free(zone);
    town_free(t);
}

static void test_circumstance_networks(void **state)
{
    static const struct {
        const char *place, *want;
    } rows[] = {{"203.0.113.17", "yes"}, {"10.1.2.3", "no"}, {"ED-WS05", "a network address"}, {NULL, "event.place"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town *t = with("!in_network(event.place, [\"10.0.0.0/8\", \"192.168.0.0/16\"])");
        uint32_t e = town_event(t, NOON, town_worker(t, "W", ""), town_patient(t, "P"));
        if (rows[i].place)
            t->place[e] = town_term(t, rows[i].place);
        IS(t, e, rows[i].want);
    }
    struct town *t = with("!in_network(event.place, [\"house\"])");
    uint32_t e = town_event(t, NOON, town_worker(t, "W", ""), town_patient(t, "P"));
    t->place[e] = town_term(t, "10.1.2.3");
    IS(t, e, "a range of network addresses that is none");
}

/* What the user wrote only after first opening the chart is nobody's reason. */
static void test_circumstance_leaves_out_own_late_facts(void **state)
{
    for (int late = 0; late < 2; late++) {
        struct town *t = with("!patient_related([\"note\"], duration(\"24h\"), duration(\"24h\"))");
        uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", ""), other = town_worker(t, "O", "");
        (void)state;
        town_relation(t, KEEP_RELATION_NOTE, w, p, NOON + HOUR, NOON + HOUR)->author = late ? w : other;
        IS(t, town_event(t, NOON, w, p), late ? "yes" : "no");
    }
}

static void test_circumstance_disclosures_that_have_not_come_in(void **state)
{
    static const struct { int whose, days; const char *want; } rows[] = { /* the newest on file: whose, and how long after the access; -1: none is */
        {-1, 0, "an accounting of disclosures of that day"}, {1, -1, "an accounting of disclosures of that day"}, {1, 0, "yes"}, {1, 9, "yes"}, {0, 0, "no"},
        {0, -9, "an accounting of disclosures of that day"}, {0, 9, "yes"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct town *t = with("!patient_related([\"disclosure\"], duration(\"48h\"), duration(\"48h\"))");
        uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", "");
        if (rows[i].whose >= 0)
            town_relation(t, KEEP_RELATION_DISCLOSURE, w, rows[i].whose ? q : p, NOON + rows[i].days * DAY, KEEP_TIME_NONE);
        IS(t, town_event(t, NOON, w, p), rows[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_circumstance_rosters),        cmocka_unit_test(test_circumstance_idle_accounts), cmocka_unit_test(test_circumstance_idle_in_a_log_with_holes), cmocka_unit_test(test_circumstance_idle_logins_that_may_be_new), cmocka_unit_test(test_circumstance_words_of_contacts),
        cmocka_unit_test(test_circumstance_departments_of_a_known_workforce),
        cmocka_unit_test(test_circumstance_of_the_patient), cmocka_unit_test(test_circumstance_networks),      cmocka_unit_test(test_circumstance_leaves_out_own_late_facts),
        cmocka_unit_test(test_circumstance_ages_change_at_the_keeps_midnight), cmocka_unit_test(test_circumstance_disclosures_that_have_not_come_in),
        cmocka_unit_test(test_circumstance_trainings),
        cmocka_unit_test(test_circumstance_trainings_change_at_the_keeps_midnight), cmocka_unit_test(test_circumstance_rosters_end_at_the_keeps_midnight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
