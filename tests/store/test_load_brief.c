/* Goal: the scan by id says the same whoever reads its rows, in batches or not; and what goes wrong while rows are read ahead arrives as it would have. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <sqlite3.h>

#include "core/base/crew.h"
#include "core/store/fault.h"
#include "tests/store/hospital.h"

enum { RECORDS = 2600, TWICE = 1020 }; /* more than two batches; the versions of one record stand where the first batch would end */

static struct hospital *filled(void)
{
    struct hospital *h = hospital_new();
    char id[16], payload[32];

    for (int version = 1; version <= 3; version++) {
        hospital_begin(h, "ehr");
        for (int i = 0; i < RECORDS; i++)
            if (version == 1 || (i >= TWICE && i < TWICE + 8) || i == RECORDS - 1) {
                snprintf(id, sizeof id, "c%d", i);
                snprintf(payload, sizeof payload, "{\"c\":%d}", version);
                hospital_record(h, "Condition", id, i % 3 ? "p1" : "p2", "", payload);
            }
        hospital_finish(h);
    }
    return h;
}

struct seen {
    uint64_t id[RECORDS];
    uint32_t version[RECORDS], patient[RECORDS];
    uint8_t leaf[RECORDS][32];
    size_t n;
};

static int scan(struct hospital *h, bool bound, unsigned threads, size_t most, struct seen *out)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_crew *crew = NULL;
    struct keep_load_records *l = NULL;
    struct keep_record_scan s;
    struct keep_record r;
    struct keep_world w;
    int rc = keep_load_world(h->s, a, &w, &h->err);

    out->n = 0;
    hospital_must(h, keep_crew_new(&crew, threads, &h->err));
    if (rc == 0)
        rc = (bound ? keep_load_records_bound : keep_load_records_brief)(&l, h->s, &w, &s, &h->err);
    if (rc == 0)
        keep_load_records_ahead(l, crew);
    while (rc >= 0 && out->n < most && (rc = s.next(s.ctx, &r, &h->err)) > 0) {
        assert_true(out->n < RECORDS && r.codes == 1 && keep_str_is(r.code->code, "59621000") && r.service_first == 19000 && keep_str_is(r.status, "final"));
        out->id[out->n] = r.id;
        out->version[out->n] = r.version;
        out->patient[out->n] = r.patient;
        memcpy(out->leaf[out->n++], r.leaf, 32);
    }
    keep_load_records_close(l);
    keep_crew_free(crew);
    keep_arena_free(a);
    return rc;
}

static void test_load_brief_is_the_same_read_ahead(void **state)
{
    struct hospital *h = filled();
    struct seen *alone = calloc(1, sizeof *alone), *ahead = calloc(1, sizeof *ahead);
    int later = 0;

    (void)state;
    for (int bound = 0; bound < 2; bound++) {
        hospital_must(h, scan(h, bound, 1, RECORDS + 1, alone));
        hospital_must(h, scan(h, bound, 2, RECORDS + 1, ahead));
        assert_int_equal(alone->n, RECORDS);
        assert_memory_equal(alone, ahead, sizeof *alone);
        for (size_t i = 1; i < alone->n; i++) {
            assert_true(alone->id[i - 1] < alone->id[i]);
            assert_int_equal(memcmp(alone->leaf[i - 1], alone->leaf[i], 32) != 0, bound);
        }
    }
    for (size_t i = 0; i < alone->n; i++)
        later += alone->version[i] == 3;
    assert_int_equal(later, 9);
    free(alone);
    free(ahead);
    hospital_free(h);
}

static void test_load_brief_ends_before_its_end(void **state)
{
    struct hospital *h = filled();
    struct seen *got = calloc(1, sizeof *got);

    (void)state;
    for (size_t most = 0; most <= 1100; most += 550) { /* before the first batch, in it, in the next */
        hospital_must(h, scan(h, true, 2, most, got));
        assert_int_equal(got->n, most);
    }
    free(got);
    hospital_free(h);
}

struct fault {
    int left;
};

static int fault_hook(void *ctx, enum keep_fault_op op, const char *what)
{
    struct fault *f = ctx;

    return op == KEEP_FAULT_READ && strstr(what, "records.db") && f->left-- == 0 ? SQLITE_IOERR_READ : 0;
}

/* A failed read is told behind the records that were read before it, by either reader after as many of them. */
static void test_load_brief_tells_a_failed_read(void **state)
{
    struct hospital *h = filled();
    struct seen *got = calloc(1, sizeof *got);
    size_t n[2], failed = 0;

    (void)state;
    for (int at = 0; at < 200; at += 7) {
        int rc[2];
        for (unsigned threads = 1; threads <= 2; threads++) {
            struct fault f = {at};
            keep_store_close(h->s);
            h->s = keepdir_open(h->d, false); /* so that its cache is empty */
            keep_fault_set(fault_hook, &f);
            rc[threads - 1] = scan(h, true, threads, RECORDS + 1, got);
            keep_fault_set(NULL, NULL);
            n[threads - 1] = got->n;
            assert_int_equal(h->err.code, rc[threads - 1]);
            keep_err_clear(&h->err);
        }
        assert_int_equal(rc[0], rc[1]);
        assert_int_equal(n[0], n[1]);
        failed += rc[0] == KEEP_E_IO && n[0] > 0;
    }
    assert_true(failed > 0);
    free(got);
    hospital_free(h);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_load_brief_is_the_same_read_ahead),
        cmocka_unit_test(test_load_brief_ends_before_its_end),
        cmocka_unit_test(test_load_brief_tells_a_failed_read),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
