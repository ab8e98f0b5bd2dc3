/* Goal: codes of the synthetic charts were valid on the day of service, and bills
 * have the members of their form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/demo/hospital.h"
#include "core/text/json.h"
#include "tests/aid/tool.h"

static int made(void)
{
    const char *path = tool_path("charts");
    struct keep_err err = {0};
    mkdir(path, 0700);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    struct keep_hospital_params p = {.dirfd = fd, .seed = 4, .patients = 800, .staff = 150, .events = 1000, .days = 365, .today = keep_civil_from_ymd(2026, 11, 20)};
    assert_true(fd >= 0);
    assert_int_equal(keep_hospital_write(&p, &err), 0);
    return fd;
}

static void each_line(int fd, const char *name, void (*see)(const struct keep_json *, void *), void *ctx)
{
    enum { MOST = 64 << 20 };
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    size_t at = 0;
    assert_int_equal(keep_file_read_all(fd, name, MOST, &b, NULL), 0);
    while (at < b.n) {
        const char *line = (const char *)b.p + at, *end = memchr(line, '\n', b.n - at);
        const struct keep_json *row;
        assert_non_null(end);
        assert_int_equal(keep_json_parse(&row, (struct keep_str){line, (size_t)(end - line)}, name, a, NULL), 0);
        see(row, ctx);
        keep_arena_reset(a);
        at += (size_t)(end - line) + 1;
    }
    keep_arena_free(a);
    keep_buf_free(&b);
}

static const struct {
    const char *code;
    int from, through;
} cpt_years[] = {
    {"77067", 2017, 9999}, {"77057", 2007, 2016}, {"76092", 0, 2006}, {"71046", 2018, 9999}, {"71020", 0, 2017}, {"80053", 2000, 9999}, {"73610", 0, 9999}, {"85025", 0, 9999},
    {"88305", 0, 9999}, {"97110", 0, 9999}, {"93000", 0, 9999}, {"12001", 0, 9999}, {"94640", 0, 9999},
};

static struct keep_str code_of(const struct keep_json *concept, const char *member)
{
    return keep_json_str(keep_json_get(keep_json_at(keep_json_get(concept, "coding"), 0), member));
}

static int year_of(struct keep_str day)
{
    assert_true(day.n >= 10);
    return atoi(day.p);
}

static void check_procedure(const struct keep_json *row, void *ctx)
{
    uint32_t *seen = ctx;
    struct keep_str code = code_of(keep_json_get(row, "code"), "code");
    int year = year_of(keep_json_str(keep_json_get(row, "performedDateTime")));
    size_t i = 0;
    while (i < sizeof cpt_years / sizeof *cpt_years && !keep_str_is(code, cpt_years[i].code))
        i++;
    assert_true(i < sizeof cpt_years / sizeof *cpt_years);
    assert_in_range(year, cpt_years[i].from, cpt_years[i].through);
    *seen |= UINT32_C(1) << i;
}

/* ICD-10-CM for services from 2015-10-01 on (45 CFR 162.1002), ICD-9-CM before. */
static void check_condition(const struct keep_json *row, void *ctx)
{
    uint32_t *seen = ctx;
    struct keep_str day = keep_json_str(keep_json_get(row, "recordedDate"));
    bool tenth = keep_str_is(code_of(keep_json_get(row, "code"), "system"), "http://hl7.org/fhir/sid/icd-10-cm");
    assert_true(day.n >= 10);
    assert_int_equal(memcmp(day.p, "2015-10-01", 10) >= 0, tenth);
    *seen |= tenth ? 1 : 2;
}

static void check_claim(const struct keep_json *row, void *ctx)
{
    uint32_t *seen = ctx;
    bool house = keep_str_is(code_of(keep_json_get(row, "type"), "code"), "institutional");
    const struct keep_json *item = keep_json_at(keep_json_get(row, "item"), 0);
    assert_int_equal(keep_json_get(item, "revenue") != NULL, house);
    assert_int_equal(code_of(keep_json_get(item, "productOrService"), "code").n == 5, !house);
    assert_true(keep_json_len(keep_json_get(row, "diagnosis")) == 1);
    *seen |= house ? 1 : 2;
}

static void test_chart_codes_are_valid_on_their_day(void **state)
{
    int fd = made();
    uint32_t procedures = 0, conditions = 0, claims = 0;
    (void)state;
    each_line(fd, "procedures.ndjson", check_procedure, &procedures);
    each_line(fd, "conditions.ndjson", check_condition, &conditions);
    each_line(fd, "claims.ndjson", check_claim, &claims);
    assert_int_equal(procedures, (UINT32_C(1) << sizeof cpt_years / sizeof *cpt_years) - 1);
    assert_int_equal(conditions, 3);
    assert_int_equal(claims, 3);
    close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_chart_codes_are_valid_on_their_day)};
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
