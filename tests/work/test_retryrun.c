/* Goal: what could not be read is read again when it can be, leaves quarantine once and for all by an act, and what still cannot be read stays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/retryrun.h"
#include "tests/aid/clinic.h"

#define MAP(word) CLINIC_PACK("1") "map \"log\" { into events column event_id from \"id\" column time from \"when\" format \"" word "\" column account from \"who\" column patient_id from \"whom\" }\n"
#define NO_ID(word) CLINIC_PACK("1") "map \"log\" { into events column time from \"when\" format \"" word "\" column account from \"who\" column patient_id from \"whom\" }\n"
#define HEADER "id,when,who,whom\n"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static struct keep_load_status status(struct clinic *c)
{
    struct keep_load_status st;
    clinic_must(c, keep_load_status(c->s, &st, &c->err));
    return st;
}

static void import_log(struct clinic *c, struct keep_packs *packs, const char *text, uint64_t quarantined)
{
    struct keep_import_result r;
    const char *path = clinic_file(c, "log.csv", text);
    clinic_must(c, keep_import_run(c->s, &(struct keep_import_params){.source = "log", .path = &path, .paths = 1, .packs = packs}, &r, &c->err));
    assert_int_equal(r.counts.quarantined, quarantined);
}

static void test_retryrun_takes_rows_with_a_better_map(void **state)
{
    struct clinic *c = *state;
    struct keep_packs iso, ours;
    struct keep_retry_result r;
    clinic_must(c, clinic_read(c, MAP("iso"), &iso));
    clinic_must(c, clinic_read(c, MAP("%m/%d/%Y %H:%M"), &ours));
    import_log(c, &iso, HEADER "1,2026-03-01T10:00:00Z,u1,p\n2,03/01/2026 11:00,u1,p\n3,03/01/2026 12:00,u2,p\n4,nonsense,u2,p\n", 3);
    assert_int_equal(status(c).events, 1);
    struct keep_retry_params p = {.source = "log", .packs = &ours};
    clinic_must(c, keep_retry_run(c->s, &p, &r, &c->err)); /* without a header nothing can be said of a row */
    assert_int_equal(r.items, 3);
    assert_int_equal(r.taken, 0);
    p.header = KEEP_STR(HEADER);
    clinic_must(c, keep_retry_run(c->s, &p, &r, &c->err));
    assert_int_equal(r.items, 3);
    assert_int_equal(r.taken, 2);
    assert_int_equal(status(c).events, 3);
    assert_int_equal(status(c).quarantined, 1);
    uint64_t entries = keep_ledger_size(c->s);
    clinic_must(c, keep_retry_run(c->s, &p, &r, &c->err)); /* again: only the bad one is left, and nothing is written */
    assert_int_equal(r.items, 1);
    assert_int_equal(r.taken, 0);
    assert_int_equal(keep_ledger_size(c->s), entries);
    import_log(c, &ours, HEADER "2,03/01/2026 11:00,u1,p\n", 0); /* and is the same event */
    assert_int_equal(status(c).events, 3);
    assert_true(clinic_whole(c));
    keep_packs_free(&iso);
    keep_packs_free(&ours);
}

static void test_retryrun_keeps_to_its_source(void **state)
{
    struct clinic *c = *state;
    struct keep_retry_result r;
    clinic_import(c, "a", "a.ndjson", "not json\n{\"resourceType\":\"Patient\",\"id\":\"x\"}\n");
    clinic_import(c, "b", "b.ndjson", "not json either\n");
    assert_int_equal(status(c).quarantined, 2);
    clinic_must(c, keep_retry_run(c->s, &(struct keep_retry_params){.source = "b", .header = KEEP_STR("h\n")}, &r, &c->err));
    assert_int_equal(r.items, 1);
    assert_int_equal(r.taken, 0);
    clinic_must(c, keep_retry_run(c->s, &(struct keep_retry_params){.source = "nobody"}, &r, &c->err));
    assert_int_equal(r.items, 0);
    clinic_must(c, keep_retry_run(c->s, &(struct keep_retry_params){.source = NULL}, &r, &c->err));
    assert_int_equal(r.items, 2);
    assert_int_equal(status(c).quarantined, 2);
}

static int second(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)what, (void)done, (void)total;
    return ++*(int *)ctx == 2;
}

static void test_retryrun_interrupted_keeps_what_was_read(void **state)
{
    struct clinic *c = *state;
    struct keep_packs iso, ours;
    struct keep_retry_result r;
    int calls = 0;
    clinic_must(c, clinic_read(c, MAP("iso"), &iso));
    clinic_must(c, clinic_read(c, MAP("%m/%d/%Y %H:%M"), &ours));
    import_log(c, &iso, HEADER "2,03/01/2026 11:00,u1,p\n3,03/01/2026 12:00,u2,p\n", 2);
    struct keep_retry_params p = {.packs = &ours, .header = KEEP_STR(HEADER), .progress = {second, &calls}};
    assert_int_equal(keep_retry_run(c->s, &p, &r, &c->err), KEEP_E_INTERRUPTED);
    keep_err_clear(&c->err);
    assert_int_equal(status(c).events, 1);
    assert_int_equal(status(c).quarantined, 2); /* those of one reason leave together */
    p.progress.step = NULL;
    clinic_must(c, keep_retry_run(c->s, &p, &r, &c->err));
    assert_int_equal(r.taken, 2);
    assert_int_equal(status(c).quarantined, 0);
    assert_int_equal(status(c).events, 2);
    assert_true(clinic_whole(c));
    keep_packs_free(&iso);
    keep_packs_free(&ours);
}

/* Accesses without an id, three alike and a fourth that differs in a column nobody maps; another file has two of them again and one line more. */
static void test_retryrun_takes_equal_rows_as_often_as_a_file_had_them(void **state)
{
    struct clinic *c = *state;
    struct keep_packs iso, ours;
    struct keep_retry_result r;
    int calls = 0;
    static const char log[] = "when,who,whom,screen\n03/01/2024 11:00,u1,p,a\n03/01/2024 11:00,u1,p,a\n03/01/2024 11:00,u1,p,b\n03/01/2024 11:00,u1,p,a\n";
    clinic_must(c, clinic_read(c, NO_ID("iso"), &iso));
    clinic_must(c, clinic_read(c, NO_ID("%m/%d/%Y %H:%M"), &ours));
    import_log(c, &iso, log, 4);
    import_log(c, &iso, "when,who,whom,screen\n03/01/2024 11:00,u1,p,a\n03/01/2024 11:00,u1,p,a\n03/01/2024 12:00,u1,p,a\n", 1);
    import_log(c, &iso, log, 0);
    struct keep_retry_params p = {.packs = &ours, .header = KEEP_STR("when,who,whom,screen\n"), .progress = {second, &calls}};
    assert_int_equal(keep_retry_run(c->s, &p, &r, &c->err), KEEP_E_INTERRUPTED);
    keep_err_clear(&c->err);
    p.progress.step = NULL;
    clinic_must(c, keep_retry_run(c->s, &p, &r, &c->err));
    assert_int_equal(r.taken, 5);
    assert_int_equal(status(c).events, 5);
    assert_int_equal(status(c).quarantined, 0);
    import_log(c, &ours, log, 0); /* read at once they are the same */
    assert_int_equal(status(c).events, 5);
    assert_true(clinic_whole(c));
    keep_packs_free(&iso);
    keep_packs_free(&ours);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {T(test_retryrun_takes_rows_with_a_better_map), T(test_retryrun_keeps_to_its_source), T(test_retryrun_interrupted_keeps_what_was_read), T(test_retryrun_takes_equal_rows_as_often_as_a_file_had_them)};
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
