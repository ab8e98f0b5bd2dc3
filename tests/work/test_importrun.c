/* Goal: an import takes every file in once, says what it could not read and goes
 * on, and what it had read when it was stopped is there; a declaration is what its
 * file says, signed by who may sign it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/stream/tar.h"
#include "tests/aid/clinic.h"

#define PATIENT(id) "{\"resourceType\":\"Patient\",\"id\":\"" id "\",\"name\":[{\"family\":\"F" id "\"}]}\n"
#define MAP                                                                                                                                                          \
    CLINIC_PACK("1") "map \"log\" { into events column event_id from \"id\" column time from \"when\" column account from \"who\" column patient_id from \"whom\" "  \
                     "column action from \"what\" values { \"View\": \"view\" } }\n"

#define CLAIM "{\"classes\":\"all\",\"facilities\":\"all\",\"closed_on\":\"2024-08-06\",\"complete\":true,\"codes_complete\":true,\"custody\":\"official\"}"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static int run(struct clinic *c, struct keep_import_params p, const char *path, struct keep_import_result *r)
{
    p.path = &path;
    p.paths = 1;
    return keep_import_run(c->s, &p, r, &c->err);
}

static uint64_t patients(struct clinic *c)
{
    struct keep_load_status st;
    clinic_must(c, keep_load_status(c->s, &st, &c->err));
    return st.patients;
}

static void test_importrun_takes_a_file_in_once(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r = clinic_import(c, "ehr", "a.ndjson", PATIENT("a") PATIENT("b"));
    uint64_t size = keep_ledger_size(c->s);
    assert_int_equal(r.files, 1);
    assert_int_equal(r.counts.patients, 2);
    assert_int_equal(r.counts.records, 2);
    assert_true(r.finished);
    r = clinic_import(c, "ehr", "b.ndjson", PATIENT("a") PATIENT("b")); /* the same bytes under another name */
    assert_int_equal(r.files, 0);
    assert_int_equal(r.files_seen, 1);
    assert_int_equal(r.counts.rows, 0);
    assert_int_equal(keep_ledger_size(c->s), size);
    r = clinic_import(c, "ehr", "c.ndjson", PATIENT("b") PATIENT("c")); /* one of them again */
    assert_int_equal(r.files, 1);
    assert_int_equal(r.counts.records, 1);
    assert_true(r.counts.repeated > 0);
    r = clinic_import(c, "other", "a.ndjson", PATIENT("a") PATIENT("b")); /* from another source it is another statement */
    assert_int_equal(r.files, 1);
    assert_int_equal(r.counts.records, 2);
}

static void test_importrun_without_a_source_is_undeclared(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r;
    struct keep_source *s;
    size_t n;
    assert_int_equal(run(c, (struct keep_import_params){.source = NULL}, clinic_file(c, "a.ndjson", PATIENT("a")), &r), 0);
    clinic_must(c, keep_load_sources(c->s, c->arena, &s, &n, &c->err));
    assert_int_equal(n, 1);
    assert_true(keep_str_is(s[0].name, "undeclared"));
    assert_false(s[0].declared);
}

static void test_importrun_puts_what_it_cannot_read_aside(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r = clinic_import(c, "ehr", "a.ndjson", PATIENT("a") "{\"resourceType\":\"Patient\",\n" PATIENT("b") "not json\n");
    assert_int_equal(r.counts.patients, 2);
    assert_int_equal(r.counts.quarantined, 2);
    assert_int_equal(r.files, 1);
}

static void test_importrun_strict_stops_at_the_first(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r;
    const char *path = clinic_file(c, "a.ndjson", PATIENT("a") "not json\n" PATIENT("b"));
    assert_int_equal(run(c, (struct keep_import_params){.source = "ehr", .strict = true}, path, &r), KEEP_E_INPUT);
    assert_int_equal(r.counts.quarantined, 0);
    assert_true(r.finished);
    assert_int_equal(patients(c), 1); /* what came before it */
    keep_err_clear(&c->err);
    assert_int_equal(run(c, (struct keep_import_params){.source = "ehr"}, path, &r), 0); /* the file was not whole, so it is read again */
    assert_int_equal(r.files, 1);
    assert_int_equal(patients(c), 2);
}

static void test_importrun_of_files_that_are_not_there(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r;
    const char *path[] = {clinic_file(c, "a.ndjson", PATIENT("a")), clinic_path(c, "absent")};
    struct keep_import_params p = {.source = "ehr", .path = path, .paths = 2};
    assert_int_equal(keep_import_run(c->s, &p, &r, &c->err), KEEP_E_INPUT);
    assert_true(strstr(c->err.text, "absent") || strstr(c->err.where, "absent"));
    keep_err_clear(&c->err);
    assert_int_equal(patients(c), 1);
    assert_int_equal(run(c, (struct keep_import_params){.source = ""}, path[0], &r), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    assert_int_equal(run(c, (struct keep_import_params){.source = "ehr"}, c->base, &r) < 0, 1); /* a folder */
    keep_err_clear(&c->err);
}

static void test_importrun_reads_tables_by_their_map(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r;
    struct keep_packs p;
    struct keep_world w;
    const char *path = clinic_file(c, "log.csv", "id,when,who,whom,what\r\n1,2024-07-01 12:00:00,ada,a,View\r\n2,yesterday,ada,a,View\r\n");
    clinic_must(c, clinic_read(c, MAP, &p));
    assert_int_equal(run(c, (struct keep_import_params){.source = "log"}, path, &r) < 0, 1); /* no map, no meaning */
    keep_err_clear(&c->err);
    assert_int_equal(run(c, (struct keep_import_params){.source = "log", .packs = &p, .map = "another"}, path, &r) < 0, 1);
    keep_err_clear(&c->err);
    assert_int_equal(run(c, (struct keep_import_params){.source = "log", .packs = &p}, path, &r), 0);
    assert_int_equal(r.counts.events, 1);
    assert_int_equal(r.counts.quarantined, 1);
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    assert_int_equal(w.newest, (keep_time)1719853200 * KEEP_USEC); /* noon in the keep's Chicago */
    uint32_t id;
    clinic_must(c, keep_import_declare(c->s, "east", clinic_file(c, "d.json", "{\"time_zone\":\"America/New_York\"}"), NULL, &id, &c->err));
    assert_int_equal(run(c, (struct keep_import_params){.source = "east", .packs = &p}, clinic_file(c, "east.csv", "id,when,who,whom,what\r\n1,2024-07-01 14:00:00,ada,a,View\r\n"), &r), 0);
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    assert_int_equal(w.newest, (keep_time)(1719853200 + 3600) * KEEP_USEC); /* two o'clock in New York is one in Chicago */
    keep_packs_free(&p);
}

/* The files of a tar count one by one; the archive itself is remembered. */
static void test_importrun_reads_archives(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r;
    static const char *const text[] = {PATIENT("a"), PATIENT("b") PATIENT("c")};
    static const char *const name[] = {"x/a.ndjson", "x/b.ndjson"};
    struct keep_tar_out *t = NULL;
    const char *path = clinic_path(c, "all.tar");
    int fd = open(path, O_WRONLY | O_CREAT, 0600);
    clinic_must(c, keep_tar_out_new(&t, fd, CLINIC_NOW, &c->err));
    for (int i = 0; i < 2; i++) {
        clinic_must(c, keep_tar_out_begin(t, name[i], strlen(text[i]), &c->err));
        clinic_must(c, keep_tar_out_add(t, text[i], strlen(text[i]), &c->err));
        clinic_must(c, keep_tar_out_end(t, &c->err));
    }
    clinic_must(c, keep_tar_out_finish(t, &c->err));
    keep_tar_out_free(t);
    close(fd);
    assert_int_equal(run(c, (struct keep_import_params){.source = "ehr"}, path, &r), 0);
    assert_int_equal(r.files, 2);
    assert_int_equal(r.counts.patients, 3);
    assert_int_equal(run(c, (struct keep_import_params){.source = "ehr"}, path, &r), 0);
    assert_int_equal(r.files_seen, 1);
}

static int stop(void *ctx, const char *file, uint64_t done, uint64_t total)
{
    (void)done, (void)total;
    assert_non_null(file);
    return --*(int *)ctx <= 0;
}

/* Stopped wherever progress is told: it checks, and run again it ends with the same. */
static void test_importrun_interrupted_goes_on_when_run_again(void **state)
{
    struct clinic *c = *state;
    struct keep_import_result r;
    const char *path[2] = {clinic_file(c, "a.ndjson", PATIENT("a") PATIENT("b")), clinic_file(c, "b.ndjson", PATIENT("c") PATIENT("d"))};
    int rc = KEEP_E_INTERRUPTED, rounds = 0;
    for (; rc == KEEP_E_INTERRUPTED && rounds < 20; rounds++) {
        int left = rounds + 1;
        struct keep_import_params p = {.source = "ehr", .path = path, .paths = 2, .progress = stop, .progress_ctx = &left};
        rc = keep_import_run(c->s, &p, &r, &c->err);
        keep_err_clear(&c->err);
        assert_true(clinic_whole(c));
    }
    assert_int_equal(rc, 0);
    assert_true(rounds > 1);
    assert_int_equal(patients(c), 4);
}

static int declare(struct clinic *c, const char *name, const char *text, const struct keep_sign_secret *officer)
{
    uint32_t id;
    return keep_import_declare(c->s, name, clinic_file(c, "d.json", text), officer, &id, &c->err);
}

static void test_importrun_declarations_are_read_strictly(void **state)
{
    struct clinic *c = *state;
    uint64_t size = keep_ledger_size(c->s);
    uint32_t id = 77;
    assert_int_equal(declare(c, "ehr", "{\"complet\":true}", c->him), KEEP_E_INPUT);
    keep_err_clear(&c->err);
    assert_int_equal(declare(c, "ehr", "{\"complete\":true", c->him), KEEP_E_INPUT);
    keep_err_clear(&c->err);
    assert_int_equal(declare(c, "ehr", "{\"complete\":\"yes\"}", c->him), KEEP_E_INPUT);
    keep_err_clear(&c->err);
    assert_int_equal(keep_import_declare(c->s, "ehr", clinic_path(c, "absent"), c->him, &id, &c->err), KEEP_E_INPUT);
    keep_err_clear(&c->err);
    assert_int_equal(declare(c, "", "{}", c->him), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    assert_int_equal(declare(c, "ehr", CLAIM, c->stranger), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "no officer"));
    assert_int_equal(id, 77);
    assert_int_equal(keep_ledger_size(c->s), size);
}

static struct keep_source weighed(struct clinic *c)
{
    struct keep_source *s;
    size_t n;
    clinic_must(c, keep_load_sources(c->s, c->arena, &s, &n, &c->err));
    assert_int_equal(n, 1);
    assert_true(s[0].declared);
    assert_int_equal(keep_import_weigh(c->s, s, n, &c->err), 0);
    return s[0];
}

/* Who declares without an officer's key says what is there, not that it is all. */
static void test_importrun_only_a_signed_claim_of_completeness_counts(void **state)
{
    struct clinic *c = *state;
    clinic_must(c, declare(c, "ehr", CLAIM, NULL));
    struct keep_source s = weighed(c);
    assert_false(s.complete || s.codes_complete);
    assert_int_equal(s.custody, KEEP_CUSTODY_OFFICIAL);
    assert_int_equal(s.signer.n, 0);
    clinic_must(c, declare(c, "ehr", CLAIM, c->legal));
    s = weighed(c);
    assert_true(s.complete && s.codes_complete);
    assert_true(keep_str_is(s.signer, "legal"));
    s.signature.n /= 2; /* cut, for other bytes, under another's name */
    assert_int_equal(keep_import_weigh(c->s, &s, 1, &c->err), 0);
    assert_false(s.complete);
    s = weighed(c);
    s.text.n--;
    assert_int_equal(keep_import_weigh(c->s, &s, 1, &c->err), 0);
    assert_false(s.complete);
    s = weighed(c);
    s.signer = KEEP_STR("him");
    assert_int_equal(keep_import_weigh(c->s, &s, 1, &c->err), 0);
    assert_false(s.codes_complete);
    clinic_must(c, declare(c, "ehr", CLAIM, NULL)); /* the latest declaration counts, signed or not */
    assert_false(weighed(c).complete);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_importrun_takes_a_file_in_once),
        T(test_importrun_without_a_source_is_undeclared),
        T(test_importrun_puts_what_it_cannot_read_aside),
        T(test_importrun_strict_stops_at_the_first),
        T(test_importrun_of_files_that_are_not_there),
        T(test_importrun_reads_tables_by_their_map),
        T(test_importrun_reads_archives),
        T(test_importrun_interrupted_goes_on_when_run_again),
        T(test_importrun_declarations_are_read_strictly),
        T(test_importrun_only_a_signed_claim_of_completeness_counts),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
