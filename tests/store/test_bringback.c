/* Goal: what is told of a record brings back the same record, references and all,
 * and nothing else is believed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/store/bringback.h"
#include "core/text/json.h"
#include "tests/store/hospital.h"

static int setup(void **state)
{
    *state = hospital_new();
    return 0;
}

static int teardown(void **state)
{
    hospital_free(*state);
    return 0;
}

/* The record of that key in the source at hand. */
static uint64_t newest(struct hospital *h)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_load_records *l;
    struct keep_record_scan s;
    struct keep_record got;
    struct keep_world w;
    uint64_t id = 0;
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    hospital_must(h, keep_load_records_brief(&l, h->s, &w, &s, &h->err));
    while (s.next(s.ctx, &got, &h->err) == 1)
        if (got.source == h->source)
            id = got.id;
    keep_load_records_close(l);
    keep_arena_free(a);
    return id;
}

static const struct keep_json *told(struct hospital *h, uint64_t record, struct keep_buf *text, struct keep_arena *a)
{
    struct keep_buf key = KEEP_BUF_INIT;
    const struct keep_json *v = NULL;
    hospital_must(h, keep_bringback_tell(h->s, record, &key, text, &h->err));
    assert_true(keep_str_is(keep_buf_view(&key), "paper/d 1"));
    assert_int_equal(keep_json_parse(&v, keep_buf_view(text), NULL, a, NULL), 0);
    keep_buf_free(&key);
    return v;
}

static void full_record(struct hospital *h)
{
    static const struct keep_dated day[2] = {{KEEP_DAY_SIGNED, 19010}, {KEEP_DAY_DISCLOSED, 19020}};
    static const struct keep_code code[2] = {{{"ICD-10-CM", 9}, {"J18.9", 5}}, {{"CPT", 3}, {"99213", 5}}};
    const struct keep_disclosure told_of = {.recipient = S("Office"), .what = S("chart \"all\""), .basis = S("research"), .stated = 19000, .until = KEEP_DATE_NONE, .oral = true};
    const struct keep_key key[2] = {hospital_key(KEEP_ENTITY_RECORD, "paper", "d 1"), hospital_key(KEEP_ENTITY_RECORD, "other", "7")};
    const struct keep_amends amends = {KEEP_AMEND_APPENDS, hospital_key(KEEP_ENTITY_RECORD, "paper", "d 0")};
    struct keep_row_record r = {.at = {3, 0, 0}, .key = key, .keys = 2, .kind = S("disclosure"), .patient = hospital_key(KEEP_ENTITY_PATIENT, "", "p1"),
                                .encounter = hospital_key(KEEP_ENTITY_ENCOUNTER, "", "e1"), .facility = hospital_key(KEEP_ENTITY_FACILITY, "", "f1"),
                                .author = hospital_key(KEEP_ENTITY_WORKER, "", "w1"), .signer = hospital_key(KEEP_ENTITY_WORKER, "npi", "99"), .code = code, .codes = 2, .status = S("final"),
                                .media_type = S("text/csv"), .title = S("To Office"), .service_first = 18990, .service_last = 18991, .created = 19020, .day = day, .days = 2, .amends = &amends,
                                .amendments = 1, .recorded = T0, .version = S("3"), .payload = S("a,b"), .custodian = S("Box Co"), .locator = S("12"), .custody = KEEP_CUSTODY_COPY, .disclosure = &told_of};
    hospital_patient(h, "p1", "M1", "Family", "1 Road");
    hospital_must(h, h->sink.record(h->sink.ctx, &r, &h->err));
}

static void test_bringback_round(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_buf first = KEEP_BUF_INIT, again = KEEP_BUF_INIT;
    struct keep_bringback *b;
    struct keep_row_record row;
    hospital_begin(h, "papers");
    full_record(h);
    hospital_finish(h);
    const struct keep_json *v = told(h, newest(h), &first, a);
    assert_non_null(keep_json_get(v, "patient"));
    assert_non_null(keep_json_get(v, "signer"));
    assert_int_equal(keep_json_len(keep_json_get(v, "amends")), 1);
    hospital_must(h, keep_bringback_read(&row, v, a, &h->err));
    hospital_must(h, keep_bringback_open(&b, h->s, &h->err));
    assert_int_equal(keep_bringback_live(b, h->source, &row.key[0], &h->err), 1);
    hospital_begin(h, "elsewhere");
    assert_int_equal(keep_bringback_live(b, h->source, &row.key[0], &h->err), 0);
    row.payload = S("a,b");
    row.at.line = 9;
    hospital_must(h, h->sink.record(h->sink.ctx, &row, &h->err));
    assert_int_equal(keep_bringback_live(b, h->source, &row.key[0], &h->err), 1); /* in the same transaction */
    hospital_finish(h);
    told(h, newest(h), &again, a);
    /* but for the earlier record, which is the other source's own */
    keep_buf_char(&first, '\0');
    keep_buf_char(&again, '\0');
    assert_string_equal((char *)first.p, (char *)again.p);
    keep_bringback_close(b);
    keep_buf_free(&first);
    keep_buf_free(&again);
    keep_arena_free(a);
}

static void test_bringback_tells_a_resource_by_its_keys(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_buf text = KEEP_BUF_INIT, key = KEEP_BUF_INIT;
    const struct keep_key own = hospital_key(KEEP_ENTITY_RECORD, "paper", "d 1");
    struct keep_row_record r = {.at = {1, 0, 0}, .key = &own, .keys = 1, .kind = S("Condition"), .about_no_patient = true, .media_type = S("application/fhir+json"), .service_first = KEEP_DATE_NONE,
                                .service_last = KEEP_DATE_NONE, .created = KEEP_DATE_NONE, .recorded = KEEP_TIME_NONE, .payload = S("{}")};
    hospital_begin(h, "papers");
    hospital_must(h, h->sink.record(h->sink.ctx, &r, &h->err));
    hospital_finish(h);
    told(h, newest(h), &text, a);
    assert_true(keep_str_is(keep_buf_view(&text), "{\"keys\":[[\"paper\",\"d 1\"]]}"));
    assert_int_equal(keep_bringback_tell(h->s, 999, &key, &text, &h->err), 1);
    keep_buf_free(&text);
    keep_buf_free(&key);
    keep_arena_free(a);
}

static void test_bringback_read_refuses(void **state)
{
    static const char *const bad[] = {"[]", "{\"keys\":[[\"a\"]]}", "{\"keys\":[[\"a\",\"\"]]}", "{\"first\":\"2001-02\"}", "{\"first\":7}", "{\"days\":[[\"some_date\",\"2001-02-03\"]]}",
                                      "{\"custody\":\"mine\"}", "{\"patient\":\"00\"}", "{\"patient\":7}", "{\"amends\":[[\"replaces\"]]}", "{\"recorded\":\"x\"}", "{\"disclosure\":{\"stated\":\"soon\"}}"};
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const struct keep_json *v;
        struct keep_row_record row;
        assert_int_equal(keep_json_parse(&v, keep_str_of(bad[i]), NULL, a, NULL), 0);
        if (i > 0)
            assert_int_equal(keep_bringback_read(&row, v, a, &h->err), KEEP_E_INTEGRITY);
    }
    struct keep_row_record row;
    assert_int_equal(keep_bringback_read(&row, NULL, a, &h->err), KEEP_E_INTEGRITY);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_bringback_round, setup, teardown),
                                       cmocka_unit_test_setup_teardown(test_bringback_tells_a_resource_by_its_keys, setup, teardown),
                                       cmocka_unit_test_setup_teardown(test_bringback_read_refuses, setup, teardown)};
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
