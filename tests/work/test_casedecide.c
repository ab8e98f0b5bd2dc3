/* Goal: a decision stands on an officer's signature over its case, status and
 * worksheet, and a worksheet lacks nothing that the law wants on file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/casedecide.h"
#include "tests/work/ward.h"

#define NOBODY ((struct keep_str){NULL, 0})
#define PLAIN "{\"rationale\":\"nothing was wrong\"}"
#define FOUR "\"nature_and_extent\":\"a\",\"unauthorized_person\":\"b\",\"acquired_or_viewed\":\"c\",\"mitigation\":\"d\""
#define FULL "{\"rationale\":\"r\",\"discovered\":\"2026-03-01\"," FOUR "}"

static int decide(struct clinic *c, struct keep_casework *w, enum keep_case_status status, const char *sheet, const struct keep_sign_secret *key, const char *clocks)
{
    struct keep_buf lines = KEEP_BUF_INIT;
    int rc = keep_casedecide_close(w, &w->list[0], status, keep_str_of(sheet), key, &lines, &c->err);
    if (rc == 0 && clocks) {
        keep_buf_char(&lines, 0);
        assert_non_null(strstr((const char *)lines.p, clocks));
    }
    keep_buf_free(&lines);
    keep_err_clear(&c->err);
    return rc;
}

static void test_casedecide_wants_what_the_law_wants(void **state)
{
    static const struct { enum keep_case_status status; const char *sheet; } bad[] = {
        {KEEP_CASE_UNSUBSTANTIATED, ""}, {KEEP_CASE_UNSUBSTANTIATED, "[]"}, {KEEP_CASE_UNSUBSTANTIATED, "{}"}, {KEEP_CASE_UNSUBSTANTIATED, "{\"rationale\":\"\"}"},
        {KEEP_CASE_UNSUBSTANTIATED, "{\"rationale\":1}"}, {KEEP_CASE_UNSUBSTANTIATED, "{\"rationale\":\"r\",\"x\":\"y\"}"}, {KEEP_CASE_SUBSTANTIATED, PLAIN},
        {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\"," FOUR "}"}, {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"2026-02-30\"," FOUR "}"},
        {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"2026\"," FOUR "}"}, {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"2199-01-01\"," FOUR "}"},
        {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"2026-03-01\",\"individuals\":0," FOUR "}"},
        {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"1999-03-01\"," FOUR "}"},
        {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"2026-03-01\",\"individuals\":500,\"residents\":501," FOUR "}"},
        {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"2026-03-01\",\"breach\":\"no\"," FOUR "}"},
        {KEEP_CASE_SUBSTANTIATED, "{\"rationale\":\"r\",\"discovered\":\"2026-03-01\",\"breach\":false," FOUR "}"}};
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    uint64_t entries = keep_ledger_size(c->s);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_true(decide(c, w, bad[i].status, bad[i].sheet, c->him, NULL) < 0);
    assert_int_equal(decide(c, w, KEEP_CASE_UNSUBSTANTIATED, PLAIN, c->stranger, NULL), KEEP_E_REFUSED);
    assert_int_equal(keep_ledger_size(c->s), entries);
    assert_int_equal(decide(c, w, KEEP_CASE_SUBSTANTIATED, FULL, c->him, "individuals by 2026-04-30"), 0);
    assert_int_equal(keep_ledger_size(c->s), entries + 1);
    ward_done(w);
    assert_true(clinic_whole(c));
}

struct looking {
    struct keep_casework *w;
    int checked, failed;
    bool forge;
};

static int each(void *ctx, const struct keep_casebook_entry *e, struct keep_err *err)
{
    struct looking *l = ctx;
    struct keep_casebook_entry look = *e;
    struct keep_str role;
    if (!e->act)
        return 0;
    if (l->forge)
        look.status = KEEP_CASE_UNSUBSTANTIATED;
    int rc = keep_casedecide_verify(l->w, &l->w->list[0], &look, &role, err);
    l->failed += rc == KEEP_E_INTEGRITY;
    l->checked += rc == 0 && keep_str_is(role, "him");
    if (!l->forge && rc == 0) { /* another text under the same signature */
        look.text = KEEP_STR("{}");
        l->failed += keep_casedecide_verify(l->w, &l->w->list[0], &look, &role, err) == KEEP_E_INTEGRITY;
    }
    keep_err_clear(err);
    return 0;
}

static void test_casedecide_signature_covers_case_status_and_text(void **state)
{
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    assert_int_equal(decide(c, w, KEEP_CASE_SUBSTANTIATED, FULL, c->him, NULL), 0);
    struct looking l = {.w = w};
    clinic_must(c, keep_casebook_history(c->s, 1, each, &l, &c->err));
    assert_true(l.checked == 1 && l.failed == 1);
    l = (struct looking){.w = w, .forge = true};
    clinic_must(c, keep_casebook_history(c->s, 1, each, &l, &c->err));
    assert_true(l.checked == 0 && l.failed == 1);
    ward_done(w);
}

static void test_casedecide_once(void **state)
{
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    assert_int_equal(decide(c, w, KEEP_CASE_INSUFFICIENT, PLAIN, c->legal, NULL), 0);
    keep_casework_close(w);
    clinic_must(c, keep_casework_open(w, c->s, NOBODY, false, &c->err));
    assert_true(w->list[0].closed && w->list[0].status == KEEP_CASE_INSUFFICIENT);
    assert_int_equal(decide(c, w, KEEP_CASE_UNSUBSTANTIATED, PLAIN, c->him, NULL), KEEP_E_REFUSED);
    ward_done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_casedecide_wants_what_the_law_wants, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_casedecide_signature_covers_case_status_and_text, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_casedecide_once, ward_setup, clinic_teardown),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
