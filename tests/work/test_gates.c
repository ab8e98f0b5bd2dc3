/* Goal: a gate stops a set until evidence is recorded by an officer, and until
 * the lead time that the rule demands has passed since. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/fault.h"
#include "core/work/eraserun.h"
#include "core/work/gates.h"
#include "core/work/sealrun.h"
#include "tests/aid/clinic.h"

#define TODAY keep_civil_from_ymd(2026, 11, 21)
#define RULES                                                                                                                                                         \
    CLINIC_PACK("1") CLINIC_US "retention \"us-ks.a\" { title \"K\" jurisdiction US-KS " CLINIC_CHECKED "when set.series == \"medical record\" keep 10 years after "   \
                               "set.last(\"discharge_date\") gate \"tell the department\" 30 days before gate \"consent of the governing body\" explain \"Ten.\" }\n"
#define TELL "tell the department (at least 30 days before)"
#define CONSENT "consent of the governing body"

static int setup(void **state)
{
    struct clinic *c = clinic_new();
    clinic_fill(c, "official");
    clinic_adopt(c, RULES);
    assert_int_equal(clinic_plan(c), 1);
    *state = c;
    return 0;
}

static int teardown(void **state)
{
    keep_fault_set(NULL, NULL);
    clinic_free(*state);
    return 0;
}

static int record(struct clinic *c, const char *gate, keep_date done, const struct keep_sign_secret *officer)
{
    struct keep_gates_evidence e = {.gate = keep_str_of(gate), .done = done, .reference = KEEP_STR("letter 7"), .digest = {5}};
    keep_err_clear(&c->err);
    return keep_gates_record(c->s, &c->plan, &e, officer, &c->err);
}

/* Why the plan's only set may not go on that day; "" when it may. */
static const char *unmet(struct clinic *c, keep_date day)
{
    struct keep_gates g;
    clinic_must(c, keep_gates_load(&g, c->s, &c->plan, c->arena, &c->err));
    const char *why = keep_gates_unmet(&g, &c->plan.set[0], day, c->arena);
    return why ? why : "";
}

static void test_gates_words(void **state)
{
    static const struct { const char *text; int n; struct { const char *text; int lead; enum keep_unit unit; } one[3]; } v[] = {
        {"", 0, {{0}}},
        {"a", 1, {{"a", 0, KEEP_UNIT_DAYS}}},
        {"a (at least 1 day before); b (at least 3 months before); c (at least 2 years before)", 3,
         {{"a (at least 1 day before)", 1, KEEP_UNIT_DAYS}, {"b (at least 3 months before)", 3, KEEP_UNIT_MONTHS}, {"c (at least 2 years before)", 2, KEEP_UNIT_YEARS}}},
        {"x 30 days before); (at least 9 days before)", 2, {{"x 30 days before)", 0, KEEP_UNIT_DAYS}, {"(at least 9 days before)", 0, KEEP_UNIT_DAYS}}},
        {"; ", 1, {{"", 0, KEEP_UNIT_DAYS}}},
    };
    (void)state;
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct keep_str rest = keep_str_of(v[i].text);
        struct keep_gates_one one;
        int n = 0;
        for (; keep_gates_next(&rest, &one); n++) {
            assert_true(n < v[i].n && keep_str_is(one.text, v[i].one[n].text));
            assert_int_equal(one.lead, v[i].one[n].lead);
            assert_int_equal(one.unit, v[i].one[n].unit);
        }
        assert_int_equal(n, v[i].n);
    }
}

/* So many whole days lie between; months and years as everywhere in retention. */
static void test_gates_lead_time(void **state)
{
    static const struct { int lead; enum keep_unit unit; const char *done, *opens; } v[] = {
        {0, KEEP_UNIT_DAYS, "2026-11-21", "2026-11-21"}, {30, KEEP_UNIT_DAYS, "2026-11-21", "2026-12-22"}, {1, KEEP_UNIT_DAYS, "2028-02-28", "2028-03-01"},
        {3, KEEP_UNIT_MONTHS, "2026-11-30", "2027-03-02"}, {1, KEEP_UNIT_YEARS, "2028-02-29", "2029-03-02"}};
    (void)state;
    for (size_t i = 0; i < sizeof v / sizeof *v; i++) {
        struct keep_gates_one one = {.lead = v[i].lead, .unit = v[i].unit};
        enum keep_precision prec;
        keep_date done, opens = KEEP_DATE_NONE;
        assert_true(keep_civil_parse_date(keep_str_of(v[i].done), &done, &prec) && keep_civil_parse_date(keep_str_of(v[i].opens), &opens, &prec));
        assert_int_equal(keep_gates_opens(&one, done), opens);
    }
}

static void test_gates_open_by_evidence_and_time(void **state)
{
    struct clinic *c = *state;
    assert_string_equal(unmet(c, TODAY), "a gate is not met: no evidence is recorded of: " TELL);
    assert_int_equal(record(c, TELL, TODAY - 10, c->him), 0);
    assert_string_equal(unmet(c, TODAY), "a gate is not met before 2026-12-12: " TELL);
    assert_non_null(strstr(unmet(c, TODAY + 21), "no evidence is recorded of: " CONSENT));
    assert_int_equal(record(c, CONSENT, TODAY, c->legal), 0);
    assert_string_equal(unmet(c, TODAY + 20), "a gate is not met before 2026-12-12: " TELL);
    assert_string_equal(unmet(c, TODAY + 21), "");
    assert_string_equal(unmet(c, KEEP_DATE_NONE), ""); /* recorded, whatever the day */
    assert_int_equal(record(c, TELL, TODAY - 40, c->him), 0); /* an earlier letter was found */
    assert_string_equal(unmet(c, TODAY), "");
    assert_true(clinic_whole(c));
}

static void test_gates_refuse(void **state)
{
    struct clinic *c = *state;
    uint8_t other[1][16] = {{7}};
    assert_int_equal(record(c, TELL, TODAY, c->stranger), KEEP_E_REFUSED);
    assert_int_equal(record(c, TELL, TODAY + 1, c->him), KEEP_E_USAGE);
    assert_int_equal(record(c, "tell the department", TODAY, c->him), KEEP_E_USAGE);
    struct keep_gates_evidence e = {.gate = KEEP_STR(CONSENT), .done = TODAY, .set = (const uint8_t (*)[16])other, .sets = 1};
    keep_err_clear(&c->err);
    assert_int_equal(keep_gates_record(c->s, &c->plan, &e, c->him, &c->err), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    e.sets = 0;
    e.reference = KEEP_STR("\xff");
    assert_int_equal(keep_gates_record(c->s, &c->plan, &e, c->him, &c->err), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    assert_non_null(strstr(unmet(c, TODAY), TELL));
}

static void test_gates_evidence_of_some_sets(void **state)
{
    struct clinic *c = *state;
    struct keep_buf b = KEEP_BUF_INIT;
    clinic_stay(&b, "older", "1930-02-03", "2000-03-04");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "more.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    assert_int_equal(clinic_plan(c), 2);
    struct keep_gates_evidence e = {.gate = KEEP_STR(CONSENT), .done = TODAY, .set = (const uint8_t (*)[16])c->plan.set[1].set, .sets = 1};
    assert_int_equal(keep_gates_record(c->s, &c->plan, &e, c->him, &c->err), 0);
    assert_int_equal(record(c, TELL, TODAY - 90, c->him), 0);
    struct keep_gates g;
    clinic_must(c, keep_gates_load(&g, c->s, &c->plan, c->arena, &c->err));
    assert_non_null(strstr(keep_gates_unmet(&g, &c->plan.set[0], TODAY, c->arena), CONSENT));
    assert_null(keep_gates_unmet(&g, &c->plan.set[1], TODAY, c->arena));
}

/* Evidence is of one plan; one made again, of other sets, needs its own. */
static void test_gates_evidence_is_of_one_plan(void **state)
{
    struct clinic *c = *state;
    assert_int_equal(record(c, TELL, TODAY - 90, c->him), 0);
    assert_int_equal(record(c, CONSENT, TODAY, c->him), 0);
    assert_string_equal(unmet(c, TODAY), "");
    assert_int_equal(clinic_plan(c), 1); /* the same sets, rules and day: the same plan */
    assert_string_equal(unmet(c, TODAY), "");
    clinic_open(c, CLINIC_NOW + CLINIC_DAY);
    assert_int_equal(clinic_plan(c), 1);
    assert_non_null(strstr(unmet(c, TODAY + 1), "no evidence"));
}

/* Whoever has the keep's key but no officer's writes an act; it counts for nothing. */
static void test_gates_forged_evidence(void **state)
{
    struct clinic *c = *state;
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    uint8_t d[32];
    char hex[65];
    keep_plan_digest(&c->plan, d);
    keep_codec_hex(d, 32, hex);
    keep_buf_printf(&body, "{\"gate\":\"" CONSENT "\",\"done\":\"2026-01-01\",\"reference\":\"\",\"sha256\":\"%s\",\"sets\":null,\"plan\":\"%s\",\"store\":\"\"}", hex, hex);
    clinic_must(c, keep_sign_message(&sig, c->him, body.p, body.n, "x", "chartkeep approval", &c->err));
    struct keep_act act = {.kind = KEEP_STR("gate"), .subject = keep_str_of(hex), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = KEEP_STR("him"), .at = CLINIC_NOW};
    clinic_must(c, keep_txn_begin(c->s, KEEP_LEDGER_GATE, &c->err));
    clinic_must(c, keep_txn_act(c->s, &act, NULL, &c->err));
    clinic_must(c, keep_txn_commit(c->s, &c->err));
    struct keep_gates g;
    clinic_must(c, keep_gates_load(&g, c->s, &c->plan, c->arena, &c->err));
    assert_int_equal(g.n, 0);
    keep_buf_free(&body);
    keep_buf_free(&sig);
}

/* Archive waits for the evidence, disposal for the lead time as well. */
static void test_gates_stop_archive_and_dispose(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_params seal = {.adopted = &c->adopted, .plan = &c->plan, .output = clinic_path(c, "out")};
    struct keep_eraserun_params erase = {.adopted = &c->adopted, .plan = &c->plan, .officer = c->him};
    struct keep_sealrun_result sealed = {0};
    struct keep_eraserun_result erased;
    clinic_approve(c);
    assert_true(keep_sealrun_archive(c->s, &seal, c->arena, &sealed, &c->err) >= 0);
    assert_int_equal(sealed.sets, 0);
    assert_non_null(strstr(sealed.reason[0], "no evidence is recorded of"));
    assert_int_equal(record(c, TELL, TODAY - 10, c->him), 0);
    assert_int_equal(record(c, CONSENT, TODAY, c->him), 0);
    clinic_must(c, keep_sealrun_archive(c->s, &seal, c->arena, &sealed, &c->err));
    assert_int_equal(sealed.sets, 1);
    assert_int_equal(keep_eraserun_dispose(c->s, &erase, c->arena, &erased, &c->err), 2);
    assert_string_equal(erased.reason[0], "a gate is not met before 2026-12-12: " TELL);
    clinic_open(c, CLINIC_NOW + 21 * CLINIC_DAY);
    clinic_must(c, keep_eraserun_dispose(c->s, &erase, c->arena, &erased, &c->err));
    assert_int_equal(erased.sets, 1);
    keep_buf_free(&erased.certificate);
    keep_buf_free(&erased.signature);
}

static int nth_write(void *ctx, enum keep_fault_op op, const char *what)
{
    int *left = ctx;
    (void)what;
    return op == KEEP_FAULT_WRITE && --*left == 0;
}

/* A write that fails leaves no half of an evidence. */
static void test_gates_failing_writes(void **state)
{
    struct clinic *c = *state;
    int failed = 0;
    for (int n = 1; n < 200; n += 3) {
        int left = n;
        keep_fault_set(nth_write, &left);
        int rc = record(c, TELL, TODAY - 90, c->him);
        keep_fault_set(NULL, NULL);
        if (left > 0) {
            assert_int_equal(rc, 0);
            break;
        }
        failed += rc < 0;
        keep_err_clear(&c->err);
        clinic_open(c, CLINIC_NOW);
    }
    assert_true(failed > 0);
    assert_true(strstr(unmet(c, TODAY), CONSENT));
    assert_true(clinic_whole(c));
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gates_words),
        cmocka_unit_test(test_gates_lead_time),
        T(test_gates_open_by_evidence_and_time),
        T(test_gates_refuse),
        T(test_gates_evidence_of_some_sets),
        T(test_gates_evidence_is_of_one_plan),
        T(test_gates_forged_evidence),
        T(test_gates_stop_archive_and_dispose),
        T(test_gates_failing_writes),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
