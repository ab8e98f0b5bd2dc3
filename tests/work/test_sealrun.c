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

/* Files whose names end so; NULL: all. */
static unsigned files_of(const char *folder, const char *end)
{
    DIR *d = opendir(folder);
    struct dirent *e;
    unsigned n = 0;
    while (d && (e = readdir(d)))
        n += e->d_name[0] != '.' && (!end || (strlen(e->d_name) > strlen(end) && strcmp(e->d_name + strlen(e->d_name) - strlen(end), end) == 0));
    if (d)
        closedir(d);
    return n;
}

static unsigned files_in(const char *folder)
{
    return files_of(folder, NULL);
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
    assert_int_equal(keep_ledger_size(c->s), before + 3); /* sealing, sealed, archived */
    assert_int_equal(files_in(clinic_path(c, "out")), 2);
    assert_int_equal(files_of(clinic_path(c, "out"), ".tsq"), 1);
    assert_int_equal(r.count, 1);
    assert_string_equal(r.packages[0], r.package);
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
    assert_string_equal(r.reason[0], KEEP_SEALRUN_BEFORE);
    assert_string_equal(r.package, "");
    assert_int_equal(files_of(clinic_path(c, "out"), ".tar"), 1);
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
    assert_int_equal(files_of(clinic_path(c, "out"), ".tar"), 1);
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

static int stop_late(void *ctx, uint64_t done, uint64_t total)
{
    (void)total;
    return done >= *(uint64_t *)ctx;
}

static int stop_at(void *ctx, uint64_t done, uint64_t total)
{
    assert_int_equal(total, 3);
    return done == *(uint64_t *)ctx;
}

/* Interrupted after each record in turn: nothing is archived, the sets stand as they did, and one package comes of it in the end, under the id it began with. */
static void test_sealrun_interrupted_goes_on(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    uint64_t size;
    clinic_approve(c);
    size = keep_ledger_size(c->s);
    for (uint64_t at = 1; at <= 3; at++) {
        assert_int_equal(archive(c, clinic_path(c, "out"), &r, stop_at, &at), KEEP_E_INTERRUPTED);
        assert_true(clinic_said(c, KEEP_E_INTERRUPTED, "the same command goes on"));
        assert_int_equal(files_in(clinic_path(c, "out")), 2);
        assert_int_equal(files_of(clinic_path(c, "out"), ".tar.partial"), 1);
        assert_int_equal(keep_ledger_size(c->s), size + 1); /* sealing, once */
        assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 3);
    }
    uint64_t never = 99;
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, stop_at, &never), 0);
    assert_int_equal(r.records, 3);
    assert_int_equal(keep_ledger_size(c->s), size + 3);
    assert_int_equal(files_in(clinic_path(c, "out")), 2);
    assert_true(verifies(c, r.package, c->identity[0]));
    assert_true(clinic_whole(c));
}

/* What an interrupted run began is not gone on with when a set of it drifted: it would hold something else. */
static void test_sealrun_begins_anew_when_a_set_drifted(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    uint64_t two = 2;
    clinic_approve(c);
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, stop_at, &two), KEEP_E_INTERRUPTED);
    keep_err_clear(&c->err);
    clinic_import(c, "ehr", "new.ndjson", "{\"resourceType\":\"Condition\",\"id\":\"c9\",\"subject\":{\"reference\":\"Patient/third\"},\"encounter\":{\"reference\":\"Encounter/e-third\"},\"recordedDate\":\"2003-03-04\"}\n");
    assert_int_equal(archive(c, clinic_path(c, "out"), &r, NULL, NULL), 1);
    assert_int_equal(r.sets, 2);
    assert_int_equal(r.records, 2);
    assert_int_equal(files_in(clinic_path(c, "out")), 2); /* the other partial is gone */
    assert_true(verifies(c, r.package, c->identity[0]));
}

/* A record a package, with threads and alone; the sets name the package they are in. */
static void test_sealrun_divides_by_count_and_size(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    struct keep_sealrun_params p = {.adopted = &c->adopted, .plan = &c->plan, .output = clinic_path(c, "out"), .max_records = 1, .threads = 2};
    struct keep_set_state st;
    unsigned named = 0;
    clinic_approve(c);
    assert_int_equal(keep_sealrun_archive(c->s, &p, c->arena, &r, &c->err), 0);
    assert_int_equal(r.count, 3);
    assert_int_equal(r.records, 3);
    assert_int_equal(files_of(clinic_path(c, "out"), ".tar"), 3);
    for (size_t i = 0; i < 3; i++) {
        assert_true(verifies(c, r.packages[i], c->identity[0]));
        clinic_must(c, keep_sets_get(c->s, c->plan.set[i].set, c->arena, &st, &c->err));
        for (size_t k = 0; k < 3; k++)
            named += keep_str_is(st.package, r.packages[k]);
    }
    assert_int_equal(named, 3);
    assert_true(clinic_whole(c));
    /* by size: each set alone is larger than a byte, yet stands in one package */
    p = (struct keep_sealrun_params){.adopted = &c->adopted, .plan = &c->plan, .output = clinic_path(c, "elsewhere"), .max_octets = 1};
    assert_int_equal(keep_sealrun_archive(c->s, &p, c->arena, &r, &c->err), 0);
    assert_int_equal(r.count, 3);
}

/* A set of several records that is larger than a package fills some of its own, and is archived with the last of them, also when the run died between. */
static void test_sealrun_a_set_larger_than_a_package(void **state)
{
    struct clinic *c = *state;
    struct keep_sealrun_result r;
    struct keep_set_state st;
    struct keep_buf b = KEEP_BUF_INIT;
    uint64_t size;
    for (int i = 0; i < 4; i++)
        keep_buf_printf(&b, "{\"resourceType\":\"Condition\",\"id\":\"x%d\",\"subject\":{\"reference\":\"Patient/second\"},\"encounter\":{\"reference\":\"Encounter/e-second\"},\"recordedDate\":\"2002-03-04\"}\n", i);
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "many.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    assert_int_equal(clinic_plan(c), 3);
    clinic_approve(c);
    struct keep_sealrun_params p = {.adopted = &c->adopted, .plan = &c->plan, .output = clinic_path(c, "out"), .max_records = 2, .progress = stop_late, .progress_ctx = &size};
    size = 5;
    assert_int_equal(keep_sealrun_archive(c->s, &p, c->arena, &r, &c->err), KEEP_E_INTERRUPTED);
    keep_err_clear(&c->err);
    size = 99;
    assert_int_equal(keep_sealrun_archive(c->s, &p, c->arena, &r, &c->err), 0);
    assert_int_equal(r.records, 6); /* the first set was archived before it died */
    assert_int_equal(files_of(clinic_path(c, "out"), ".tar"), 5); /* one, three parts of one, one: a part is never filled up with others */
    assert_int_equal(files_of(clinic_path(c, "out"), ".tar.partial"), 0);
    DIR *d = opendir(clinic_path(c, "out"));
    struct dirent *e;
    while ((e = readdir(d))) {
        char id[64];
        size_t n = strlen(e->d_name);
        if (n < 5 || strcmp(e->d_name + n - 4, ".tar") != 0)
            continue;
        snprintf(id, sizeof id, "%.*s", (int)(n - 4), e->d_name);
        assert_true(verifies(c, id, c->identity[0]));
    }
    closedir(d);
    for (size_t i = 0; i < 3; i++) {
        clinic_must(c, keep_sets_get(c->s, c->plan.set[i].set, c->arena, &st, &c->err));
        assert_int_equal(st.status, KEEP_SET_ARCHIVED);
    }
    assert_true(clinic_whole(c));
    assert_int_equal(keep_sealrun_archive(c->s, &p, c->arena, &r, &c->err), 0);
    assert_int_equal(r.sets, 0);
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
    assert_int_equal(files_in(clinic_path(c, "out")), 3);
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
    assert_string_equal(r.reason[0], KEEP_SEALRUN_UNPACKED);
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
        T(test_sealrun_interrupted_goes_on),
        T(test_sealrun_begins_anew_when_a_set_drifted),
        T(test_sealrun_divides_by_count_and_size),
        T(test_sealrun_a_set_larger_than_a_package),
        T(test_sealrun_seals_again_what_was_lost),
        T(test_sealrun_sweeps_what_a_run_that_died_left),
        T(test_sealrun_takes_official_records_alone),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
