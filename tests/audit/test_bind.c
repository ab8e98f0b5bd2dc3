#include "tests/audit/town.h"

#include "core/audit/bind.h"

struct desk {
    struct town *t;
    struct keep_relate *relate;
    struct keep_bind b;
    struct keep_zone *zone;
};

static void sit(struct desk *d, struct town *t, const char *zone)
{
    *d = (struct desk){.t = t};
    if (zone)
        assert_int_equal(keep_zone_load(&d->zone, zone, NULL), 0);
    assert_int_equal(keep_relate_new(&d->relate, &t->w, NULL, NULL), 0);
    assert_int_equal(keep_bind_init(&d->b, t->p, &t->w, d->zone, d->relate, NULL), 0);
}

static void rise(struct desk *d)
{
    keep_bind_done(&d->b);
    keep_relate_free(d->relate);
    keep_zone_free(d->zone);
    town_free(d->t);
}

static struct keep_value ask(struct desk *d, uint32_t event, enum keep_field f)
{
    struct keep_events all = town_slice(d->t, 0, d->t->n);
    struct keep_bind_event e;
    struct keep_value v;
    keep_bind_row(&e, &all, event);
    keep_bind_set(&d->b, &e);
    d->b.deps = 0;
    assert_int_equal(d->b.env.field(&d->b, f, &v), 0);
    return v;
}

static void is_text(struct keep_value v, const char *want)
{
    assert_int_equal(v.type, KEEP_V_STRING);
    assert_str(v.s, want);
}

static void is_unknown(struct keep_value v, const char *what)
{
    assert_int_equal(v.type, KEEP_V_UNKNOWN);
    assert_str(v.s, what);
}

static void is_bool(struct keep_value v, bool want)
{
    assert_int_equal(v.type, KEEP_V_BOOL);
    assert_int_equal(v.b, want);
}

static void is_int(struct keep_value v, int64_t want)
{
    assert_int_equal(v.type, KEEP_V_INT);
    assert_int_equal(v.i, want);
}

static void test_bind_answers_for_the_event(void **state)
{
    struct town *t = town_new("");
    struct desk d;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "");
    (void)state;
    uint32_t e = town_event(t, NOON, w, p), bare = town_event(t, NOON, KEEP_ID_NONE, KEEP_ID_NONE);
    t->place[e] = town_term(t, "ws-7");
    t->glass[e] = KEEP_TRI_YES;
    t->reason[e] = 0;
    t->purpose[e] = KEEP_PURPOSE_ETREAT;
    sit(&d, t, "America/Chicago");
    is_text(ask(&d, e, KEEP_FIELD_event_id), "log:1");
    assert_int_equal(d.b.deps, KEEP_BIND_EVENT);
    is_int(ask(&d, e, KEEP_FIELD_event_local_hour), 7);
    is_text(ask(&d, e, KEEP_FIELD_event_place), "ws-7");
    is_bool(ask(&d, e, KEEP_FIELD_event_break_glass), true);
    assert_int_equal(d.b.deps, KEEP_BIND_CLASS);
    is_int(ask(&d, e, KEEP_FIELD_event_reason_length), 0);
    is_text(ask(&d, e, KEEP_FIELD_event_purpose), "ETREAT");
    is_text(ask(&d, e, KEEP_FIELD_event_exposure), "opened");
    is_bool(ask(&d, e, KEEP_FIELD_event_searched), false);
    is_text(ask(&d, e, KEEP_FIELD_event_patient_id), "p100");
    is_unknown(ask(&d, bare, KEEP_FIELD_event_patient_id), "event.patient_id");
    is_unknown(ask(&d, bare, KEEP_FIELD_event_purpose), "event.purpose");
    is_unknown(ask(&d, bare, KEEP_FIELD_event_break_glass), "event.break_glass");
    is_unknown(ask(&d, bare, KEEP_FIELD_event_reason_length), "event.reason_length");
    is_unknown(ask(&d, bare, KEEP_FIELD_event_unit), "event.unit");
    is_unknown(ask(&d, bare, KEEP_FIELD_user_login), "user.login");
    is_unknown(ask(&d, bare, KEEP_FIELD_user_id), "user.id");
    is_bool(ask(&d, bare, KEEP_FIELD_user_mapped), false);
    is_unknown(ask(&d, bare, KEEP_FIELD_patient_name), "patient.name");
    is_unknown(ask(&d, bare, KEEP_FIELD_set_series), "set.series");
    rise(&d);
}

static void test_bind_answers_for_the_people(void **state)
{
    struct town *t = town_new("label \"a\" { title \"a\" when record.kind == \"x\" authority \"a\" checked \"unverified\" }\n"
                              "label \"b\" { title \"b\" when record.kind == \"y\" authority \"a\" checked \"unverified\" }\n");
    struct desk d;
    uint32_t p = town_patient(t, "Doe, Jane"), q = town_patient(t, "Q"), r = town_patient(t, "R"), w = town_worker(t, "Roe, Rob", "Lab"), v = town_worker(t, "V", "");
    (void)state;
    struct keep_interval in[] = {{NOON - DAY, NOON, true}, {NOON + DAY, KEEP_TIME_NONE, false}};
    t->w.worker[w].affiliation = in;
    t->w.worker[w].affiliations = 2;
    t->w.worker[w].patient = q;
    t->w.patient[q].worker = w;
    t->w.patient[p].deceased = KEEP_TRI_YES;
    t->w.patient[p].death = 20000;
    t->w.patient[p].labels = 2;
    t->w.patient[q].deceased = KEEP_TRI_YES;
    t->w.patient[q].labels_unknown = 1;
    t->w.patient[p].birth = (struct keep_partial_date){5, KEEP_PREC_YEAR};
    uint32_t before = town_event(t, NOON - 1, w, p), at = town_event(t, NOON, w, q), later = town_event(t, NOON + 2 * DAY, w, p), other = town_event(t, NOON, v, r), nobody = town_event(t, NOON, KEEP_ID_NONE, q);
    sit(&d, t, NULL);
    is_text(ask(&d, before, KEEP_FIELD_user_name), "Roe, Rob");
    is_text(ask(&d, before, KEEP_FIELD_user_id), "w200");
    is_text(ask(&d, before, KEEP_FIELD_user_kind), "person");
    is_bool(ask(&d, before, KEEP_FIELD_user_affiliated), true);
    is_bool(ask(&d, at, KEEP_FIELD_user_affiliated), false);
    is_unknown(ask(&d, later, KEEP_FIELD_user_affiliated), "user.affiliated"); /* nobody recorded whether it ended */
    is_unknown(ask(&d, other, KEEP_FIELD_user_affiliated), "user.affiliated");
    is_bool(ask(&d, before, KEEP_FIELD_user_is_patient), false);
    assert_int_equal(d.b.deps, KEEP_BIND_NOT_SELF); /* holds for every two who are not the same */
    is_bool(ask(&d, at, KEEP_FIELD_user_is_patient), true);
    assert_int_equal(d.b.deps, KEEP_BIND_USER | KEEP_BIND_PATIENT);
    is_bool(ask(&d, other, KEEP_FIELD_user_is_patient), false); /* that patient is no worker, so not this one either */
    is_unknown(ask(&d, nobody, KEEP_FIELD_user_is_patient), "user.is_patient"); /* nobody knows whose account it is */
    assert_int_equal(d.b.deps, KEEP_BIND_USER | KEEP_BIND_PATIENT);
    is_bool(ask(&d, at, KEEP_FIELD_patient_is_worker), true);
    is_bool(ask(&d, other, KEEP_FIELD_patient_is_worker), false); /* sources say who is, and name this one not */
    is_text(ask(&d, at, KEEP_FIELD_patient_department), "Lab");
    is_bool(ask(&d, before, KEEP_FIELD_patient_deceased), false); /* on the day of death itself */
    is_bool(ask(&d, later, KEEP_FIELD_patient_deceased), true);
    is_unknown(ask(&d, at, KEEP_FIELD_patient_deceased), "patient.deceased"); /* the day is not recorded */
    is_int(ask(&d, later, KEEP_FIELD_patient_days_since_death), 2);
    is_unknown(ask(&d, at, KEEP_FIELD_patient_days_since_death), "patient.days_since_death");
    is_unknown(ask(&d, before, KEEP_FIELD_patient_birth_date), "patient.birth_date"); /* known to the year only */
    struct keep_value list = ask(&d, before, KEEP_FIELD_patient_labels);
    assert_true(list.type == KEEP_V_LIST && list.list.n == 1 && keep_str_is(list.list.item[0].s, "b"));
    list = ask(&d, at, KEEP_FIELD_patient_labels);
    assert_true(list.type == KEEP_V_LIST && list.list.n == 1 && list.list.item[0].type == KEEP_V_UNKNOWN);
    rise(&d);
}

static void test_bind_knows_departments_at_the_time(void **state)
{
    static const struct keep_interval at[] = {{NOON - 90 * DAY, NOON, true}, {NOON, KEEP_TIME_NONE, true}};
    static const struct keep_post post[] = {{KEEP_STR("ICU"), {NULL, 0}, {NULL, 0}}, {KEEP_STR("Billing"), {NULL, 0}, {NULL, 0}}};
    struct town *t = town_new("");
    struct desk d;
    struct keep_value v;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "ICU"), moved = town_worker(t, "M", "Billing");
    (void)state;
    t->w.worker[moved].affiliation = at;
    t->w.worker[moved].post = post;
    t->w.worker[moved].affiliations = 2;
    t->w.worker[moved].patient = p;
    t->w.patient[p].worker = moved;
    uint32_t before = town_event(t, NOON - 1, w, p), after = town_event(t, NOON, w, p);
    sit(&d, t, NULL);
    d.b.lo = KEEP_RELATE_EVER;
    d.b.hi = KEEP_RELATE_NEVER;
    is_text(ask(&d, before, KEEP_FIELD_patient_department), "ICU");
    assert_true(d.b.lo == NOON - 90 * DAY && d.b.hi == NOON); /* and it says how long */
    assert_int_equal(d.b.env.call(&d.b, KEEP_CALL_colleagues, NULL, 0, &v), 0);
    is_bool(v, true);
    is_text(ask(&d, after, KEEP_FIELD_patient_department), "Billing");
    assert_int_equal(d.b.env.call(&d.b, KEEP_CALL_colleagues, NULL, 0, &v), 0);
    is_bool(v, false);
    rise(&d);
}

static void test_bind_knows_no_links_where_no_source_has_any(void **state)
{
    struct town *t = town_new("");
    struct desk d;
    uint32_t p = town_patient(t, "P"), w = town_worker(t, "W", "Lab");
    struct keep_value v;
    (void)state;
    t->w.account[w].spans = 0;
    uint32_t e = town_event(t, NOON, w, p);
    sit(&d, t, NULL);
    is_unknown(ask(&d, e, KEEP_FIELD_user_is_patient), "user.is_patient");
    is_unknown(ask(&d, e, KEEP_FIELD_patient_is_worker), "patient.is_worker");
    is_unknown(ask(&d, e, KEEP_FIELD_user_mapped), "user.mapped");
    is_unknown(ask(&d, e, KEEP_FIELD_user_name), "user.name");
    assert_int_equal(d.b.env.call(&d.b, KEEP_CALL_colleagues, NULL, 0, &v), 0);
    is_unknown(v, "patient.is_worker");
    rise(&d);
}

static void test_bind_runs_expressions_and_says_what_they_rest_on(void **state)
{
    struct town *t = town_new(TOWN_VISIT TOWN_RULE("a", 1, "low", "when user.department == \"Lab\"") TOWN_RULE("b", 1, "low", "when event.action == \"print\" && patient.confidential"));
    struct desk d;
    struct keep_events all;
    struct keep_bind_event e;
    enum keep_tristate v;
    struct keep_str why;
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), w = town_worker(t, "W", "Lab");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, w, p, NOON, NOON);
    town_event(t, NOON, w, p);
    town_event(t, NOON, w, q);
    sit(&d, t, NULL);
    all = town_slice(t, 0, 2);
    keep_bind_row(&e, &all, 0);
    keep_bind_set(&d.b, &e);
    assert_int_equal(keep_bind_run(&d.b, t->p->explanation[0].when, &v, &why, NULL), 0);
    assert_int_equal(v, KEEP_TRI_YES);
    assert_int_equal(d.b.deps, KEEP_BIND_USER | KEEP_BIND_PATIENT);
    assert_true(d.b.lo == NOON - 24 * HOUR && d.b.hi == NOON + 48 * HOUR + 1);
    assert_ptr_equal(d.b.by, &t->w.relation[0]);
    assert_int_equal(keep_bind_run(&d.b, t->p->access[0].when, &v, &why, NULL), 0);
    assert_int_equal(d.b.deps, KEEP_BIND_USER);
    assert_true(d.b.lo == KEEP_RELATE_EVER && d.b.hi == KEEP_RELATE_NEVER);
    assert_int_equal(keep_bind_run(&d.b, t->p->access[1].when, &v, &why, NULL), 0); /* false by the action alone */
    assert_int_equal(v, KEEP_TRI_NO);
    assert_true(d.b.deps & KEEP_BIND_CLASS);
    keep_bind_row(&e, &all, 1);
    keep_bind_set(&d.b, &e);
    assert_int_equal(keep_bind_run(&d.b, t->p->explanation[0].when, &v, &why, NULL), 0);
    assert_int_equal(v, KEEP_TRI_NO);
    assert_int_equal(d.b.deps, KEEP_BIND_NO_WORKER); /* holds for every two strangers */
    rise(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bind_answers_for_the_event), cmocka_unit_test(test_bind_answers_for_the_people),
        cmocka_unit_test(test_bind_knows_departments_at_the_time), cmocka_unit_test(test_bind_knows_no_links_where_no_source_has_any),
        cmocka_unit_test(test_bind_runs_expressions_and_says_what_they_rest_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
