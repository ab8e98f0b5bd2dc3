/* Goal: an approved plan becomes one package that verifies, or nothing at all:
 * wherever it stops, the sets are as they were and the next run completes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>

#include "core/bag/inspect.h"
#include "core/store/sets.h"
#include "core/work/hold.h"
#include "core/work/sealrun.h"
#include "tests/aid/clinic.h"

/* Three patients whose records are due, planned. */
static int setup(void **state)
{
    struct clinic *c = clinic_new();
    struct keep_buf b = KEEP_BUF_INIT;
    clinic_fill(c, "official");
    clinic_stay(&b, "second", "1931-02-03", "2002-03-04");
    clinic_stay(&b, "third", "1932-02-03", "2003-03-04");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "more.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    clinic_adopt(c, CLINIC_RULES);
    *state = c;
    return clinic_plan(c) == 3 ? 0 : -1;
}

static int archive(struct clinic *c, const char *output, struct keep_sealrun_result *out, int (*progress)(void *, uint64_t, uint64_t), void *ctx)
{
    struct keep_sealrun_params p = {.adopted = &c->adopted, .plan = &c->plan, .output = output, .progress = progress, .progress_ctx = ctx};
    return keep_sealrun_archive(c->s, &p, c->arena, out, &c->err);
}

static unsigned files_in(const char *folder)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    unsigned n = 0;
    while (d && (e = readdir(d)))
        n += e->d_name[0] != '.';
    if (d)
        closedir(d);
    return n;
}

struct said {
    unsigned passed, other;
};

static int note(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    struct said *s = ctx;
    if (r == KEEP_INSPECT_PASSED)
        s->passed++;
    else
        s->other++, fprintf(stderr, "%s: %s\n", check, detail);
    return 0;
}

static bool verifies(struct clinic *c, const char *id, const uint8_t identity[32])
{
    char path[256];
    struct keep_sign_public pub;
    struct said said = {0};
    snprintf(path, sizeof path, "%s/%s.tar", clinic_path(c, "out"), id);
    keep_sign_public_of(keep_store_signer(c->s), &pub);
    struct keep_inspect_params p = {.path = path, .pubkey = &pub, .identity = (const uint8_t (*)[32])identity, .identities = identity ? 1 : 0, .found = note, .ctx = &said};
    return keep_inspect_package(&p, &c->err) == 0 && said.passed >= 11 && said.other == 0;
}

static void test_sealrun_seals_verifies_and_records(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    struct keep_set_state st;
    uint64_t before;
    clinic_approve(c);
    before = keep_ledger_size(c->s);
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 0);
    assert_int_equal(r.sets, 3);
    assert_int_equal(r.records, 3);
    assert_int_equal(r.left, 0);
    assert_int_equal(keep_ledger_size(c->s), before + 2); /* sealed, archived */
    assert_int_equal(files_in(clinic_path(c, "out")), 1);
    assert_true(verifies(c, r.package, NULL));
    assert_true(verifies(c, r.package, c->identity[0])); /* every officer opens it */
    assert_true(verifies(c, r.package, c->identity[1]));
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(r.reason[i], "");
        assert_int_equal(keep_sets_get(c->s, c->plan.set[i].set, c->arena, &st, &c->err), 0);
        assert_int_equal(st.status, KEEP_SET_ARCHIVED);
        assert_true(keep_str_is(st.package, r.package));
        assert_int_equal(st.keep_until, c->plan.set[i].keep_until);
    }
    assert_true(clinic_whole(c));
}

static void test_sealrun_needs_the_quorum(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    size_t n;
    clinic_must(c, keep_planrun_approve(c->s, &c->plan, c->him, &n, &c->err));
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "approved by: him"));
    assert_int_equal(files_in(clinic_path(c, "out")), 0);
}

static void test_sealrun_archives_once(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    clinic_approve(c);
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 0);
    uint64_t size = keep_ledger_size(c->s);
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 0);
    assert_int_equal(r.sets, 0);
    assert_string_equal(r.reason[0], "archived before");
    assert_string_equal(r.package, "");
    assert_int_equal(files_in(clinic_path(c, "out")), 1);
    assert_int_equal(keep_ledger_size(c->s), size);
}

static void test_sealrun_leaves_what_drifted_or_is_held(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    struct keep_world w;
    uint64_t n, patient = 0;
    unsigned held = 0, drifted = 0;
    clinic_approve(c);
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    for (size_t i = 0; i < w.patients; i++)
        if (keep_str_is(w.patient[i].mrn, "M-second"))
            patient = w.patient[i].entity;
    struct keep_hold_order hold = {.matter = KEEP_STR("CASE-9"), .patient = &patient, .patients = 1, .effective_from = KEEP_TIME_NONE};
    clinic_must(c, keep_hold_place(c->s, &hold, &n, &c->err));
    clinic_import(c, "ehr", "new.ndjson", "{\"resourceType\":\"Condition\",\"id\":\"c9\",\"subject\":{\"reference\":\"Patient/third\"},\"encounter\":{\"reference\":\"Encounter/e-third\"},\"recordedDate\":\"2003-03-04\"}\n");
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 1);
    assert_int_equal(r.sets, 1);
    assert_int_equal(r.left, 2);
    for (size_t i = 0; i < 3; i++) {
        held += strcmp(r.reason[i], "held: CASE-9") == 0;
        drifted += strncmp(r.reason[i], "drifted", 7) == 0;
    }
    assert_int_equal(held, 1);
    assert_int_equal(drifted, 1);
    assert_true(verifies(c, r.package, c->identity[0]));
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 1); /* nothing but what was left */
    assert_int_equal(r.sets, 0);
    assert_int_equal(files_in(clinic_path(c, "out")), 1);
}

static void test_sealrun_into_a_folder_that_fails(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    uint64_t size;
    clinic_approve(c);
    size = keep_ledger_size(c->s);
    assert_int_equal(archive(c, clinic_path(c, "absent/out"), &r, NULL, NULL), KEEP_E_IO);
    keep_err_clear(&c->err);
    assert_int_equal(archive(c, clinic_file(c, "file", "x"), &r, NULL, NULL), KEEP_E_IO);
    keep_err_clear(&c->err);
    assert_int_equal(keep_ledger_size(c->s), size);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 3);
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 0);
    assert_true(verifies(c, r.package, NULL));
}

static int stop_at(void *ctx, uint64_t done, uint64_t total)
{
    assert_int_equal(total, 3);
    return done == *(uint64_t *)ctx;
}

static void test_sealrun_interrupted_leaves_nothing(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    uint64_t size;
    clinic_approve(c);
    size = keep_ledger_size(c->s);
    for (uint64_t at = 1; at <= 3; at++) {
        assert_int_equal(archive(c, clinic_path(c, "out"), &r, stop_at, &at), KEEP_E_INTERRUPTED);
        assert_true(clinic_said(c, KEEP_E_INTERRUPTED, "nothing was archived"));
        assert_int_equal(files_in(clinic_path(c, "out")), 0);
        assert_int_equal(keep_ledger_size(c->s), size);
        assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 3);
    }
    uint64_t never = 99;
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, stop_at, &never), 0);
    assert_int_equal(r.records, 3);
    assert_true(verifies(c, r.package, c->identity[0]));
    assert_true(clinic_whole(c));
}

/* A package that was lost while its records are still here is no reason to lose them. */
static void test_sealrun_seals_again_what_was_lost(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result first, r;
    struct keep_set_state st;
    char path[300];
    clinic_approve(c);
    assert_int_equal(archive(c, clinic_path(c, "out"), &first, NULL, NULL), 0);
    snprintf(path, sizeof path, "%s/%s.tar", clinic_path(c, "out"), first.package);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 0);
    assert_int_equal(r.sets, 3);
    assert_string_not_equal(r.package, first.package);
    assert_true(verifies(c, r.package, c->identity[0]));
    clinic_must(c, keep_sets_get(c->s, c->plan.set[0].set, c->arena, &st, &c->err));
    assert_true(keep_str_is(st.package, r.package));
}

static void test_sealrun_sweeps_what_a_run_that_died_left(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    clinic_approve(c);
    assert_int_equal(mkdir(clinic_path(c, "out"), 0700), 0);
    clinic_file(c, "out/ck-20260101-aaaaaaaaaaaa.tar.partial", "half a package");
    clinic_file(c, "out/mine.tar.partial", "of another program");
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 0);
    assert_int_equal(files_in(clinic_path(c, "out")), 2);
    assert_int_equal(access(clinic_path(c, "out/mine.tar.partial"), F_OK), 0);
    assert_true(verifies(c, r.package, NULL));
}

/* Copies of what is official elsewhere are destroyed, not archived. */
static void test_sealrun_takes_official_records_alone(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    clinic_declare(c, "ehr", "copy", c->him);
    assert_int_equal(clinic_plan(c), 3);
    assert_int_equal(c->plan.set[0].action, KEEP_ACT_DESTROY);
    clinic_approve(c);
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 0);
    assert_int_equal(r.sets, 0);
    assert_int_equal(r.left, 0);
    assert_string_equal(r.reason[0], "not for the archive");
    assert_int_equal(files_in(clinic_path(c, "out")), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_sealrun_seals_verifies_and_records),
        T(test_sealrun_needs_the_quorum),
        T(test_sealrun_archives_once),
        T(test_sealrun_leaves_what_drifted_or_is_held),
        T(test_sealrun_into_a_folder_that_fails),
        T(test_sealrun_interrupted_leaves_nothing),
        T(test_sealrun_seals_again_what_was_lost),
        T(test_sealrun_sweeps_what_a_run_that_died_left),
        T(test_sealrun_takes_official_records_alone),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
