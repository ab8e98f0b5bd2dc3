/* Formats that were once written must open for ever: tests/golden/keep-1 is a
 * tiny keep under a fixed key file, with a witness's head, and hot.db with its
 * journal a database of the sealed VFS whose transaction was interrupted. Their
 * bytes are never changed; a new format gets a folder of its own beside them.
 *
 *     CHARTKEEP_GOLDEN_WRITE=1 test_golden    writes the folder, once a format */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/store/segment.h"
#include "tests/store/keepdir.h"
#include "tests/store/torture/bank.h"

#define FOLDER "tests/golden/keep-1"

static const char *const files[] = {"keep.json", "head", "records.db", "keyring.db", "lock", NULL};

/* --- making --- */

static void write_hot(struct keepdir *d)
{
    struct keep_err err = {0};
    struct bank b;
    char path[200], journal[220];

    snprintf(path, sizeof path, "%s/hot.db", d->base);
    snprintf(journal, sizeof journal, "%s-journal", path);
    keepdir_write(path, "", 0);
    assert_int_equal(bank_try(&b, path, 1, &err), 0);
    assert_int_equal(bank_exec(b.db, "CREATE TABLE t(v INTEGER); INSERT INTO t VALUES(40), (2)"), 0);
    assert_int_equal(bank_exec(b.db, "BEGIN; UPDATE t SET v = v * 1000"), 0);
    assert_int_equal(sqlite3_db_cacheflush(b.db), SQLITE_OK);
    keepdir_copy(path, FOLDER "/hot.db");
    keepdir_copy(journal, FOLDER "/hot.db-journal");
    bank_exec(b.db, "ROLLBACK");
    bank_close(&b);
}

static const struct keep_segment *sample(void)
{
    static struct keep_segment s;

    s.n = 5;
    for (uint32_t i = 0; i < s.n; i++) {
        s.ordinal[i] = 10 + i;
        s.time[i] = (1700000000 + (keep_time)i * 60) * KEEP_USEC;
        s.account[i] = 7 + i % 2;
        s.patient[i] = 1000 + i * i;
        s.place[i] = i;
        s.reason[i] = 0;
    }
    return &s;
}

static void write_golden(void)
{
    struct keepdir *d = keepdir_new(true);
    struct keep_buf buf = KEEP_BUF_INIT;

    mkdir("tests/golden", 0755);
    mkdir(FOLDER, 0755);
    struct keep_store *s = keepdir_open(d, true);
    for (uint64_t i = 1; i <= 3; i++)
        assert_int_equal(keepdir_commit(s, i, &d->err), 0);
    keep_store_close(s);
    for (int i = 0; files[i]; i++)
        keepdir_copy(keepdir_path(d->keep, files[i]), keepdir_path(FOLDER, files[i]));
    keepdir_write(FOLDER "/key", "chartkeep-key-1 4242424242424242424242424242424242424242424242424242424242424242\n", 81);
    write_hot(d);
    keep_segment_pack(sample(), 0, &buf);
    keepdir_write(FOLDER "/segment", buf.p, buf.n);
    keep_buf_free(&buf);
    keepdir_free(d);
}

/* --- reading --- */

static struct keepdir *copied(void)
{
    struct keepdir *d = keepdir_new(false);

    mkdir(d->keep, 0700);
    for (int i = 0; files[i]; i++)
        keepdir_copy(keepdir_path(FOLDER, files[i]), keepdir_path(d->keep, files[i]));
    return d;
}

static int expect_act(void *ctx, const struct keep_act *a, struct keep_err *err)
{
    (void)err;
    assert_int_equal(a->id, ++*(uint64_t *)ctx);
    assert_true(keep_str_is(a->subject, "matter"));
    assert_true(keep_str_is(a->body, "{\"a\":1}"));
    assert_true(keep_str_is(a->role, "him"));
    assert_int_equal(a->at, 7);
    return 0;
}

static void found(void *ctx, const char *check, bool ok, const char *detail)
{
    (void)ctx;
    if (!ok)
        fail_msg("%s: %s", check, detail);
}

static void test_golden_keep_opens(void **state)
{
    struct keepdir *d = copied();
    struct keep_store_params p = {.path = d->keep, .key = d->key, .now = 1790000001 * KEEP_USEC};
    struct keep_store_checker c = {.found = found};
    uint64_t n = 0;
    size_t officers;
    char path[200];

    (void)state;
    snprintf(path, sizeof path, "%s/key", d->base); /* git does not keep mode 0400 */
    keepdir_copy(FOLDER "/key", path);
    chmod(path, 0400);
    memset(d->key, 0, sizeof d->key);
    assert_int_equal(keep_store_key_file(path, false, d->key, &d->err), 0);
    for (int write = 0; write < 2; write++) {
        struct keep_store *s = keepdir_open(d, write);
        n = 0;
        assert_int_equal(keep_txn_acts(s, "hold", NULL, expect_act, &n, &d->err), 0);
        assert_int_equal(n, 3);
        assert_int_equal(keep_ledger_size(s), 4);
        assert_string_equal(keep_store_zone(s), "America/Chicago");
        keep_store_officers(s, &officers);
        assert_int_equal(officers, 2);
        if (write)
            assert_int_equal(keepdir_commit(s, 50, &d->err), 0); /* and goes on */
        keep_store_close(s);
    }
    assert_int_equal(keep_store_check(&p, &c, &d->err), 0);
    keepdir_free(d);
}

/* A later format is named, not taken for damage that one might repair. */
static void test_golden_later_format(void **state)
{
    struct keepdir *d = copied();
    size_t n;
    unsigned char *p = keepdir_read(keepdir_path(d->keep, "keep.json"), &n);
    unsigned char *at = memmem(p, n, "chartkeep keep 1", 16);

    (void)state;
    assert_non_null(at);
    at[15] = '2';
    keepdir_write(keepdir_path(d->keep, "keep.json"), p, n);
    assert_true(keepdir_code(d, false) < 0);
    assert_non_null(strstr(d->err.text, "later"));
    free(p);
    keepdir_free(d);
}

static void test_golden_page_and_journal(void **state)
{
    struct keepdir *d = keepdir_new(false);
    struct keep_err err = {0};
    struct bank b;
    char path[200], journal[220];

    (void)state;
    snprintf(path, sizeof path, "%s/hot.db", d->base);
    snprintf(journal, sizeof journal, "%s-journal", path);
    keepdir_copy(FOLDER "/hot.db", path);
    assert_int_equal(bank_try(&b, path, 1, &err), 0); /* without its journal: what the interrupted transaction wrote */
    assert_int_equal(bank_value(b.db, "SELECT sum(v) FROM t"), 42000);
    bank_close(&b);
    keepdir_copy(FOLDER "/hot.db", path);
    keepdir_copy(FOLDER "/hot.db-journal", journal);
    assert_int_equal(bank_try(&b, path, 1, &err), 0);
    assert_int_equal(bank_value(b.db, "SELECT sum(v) FROM t"), 42);
    bank_close(&b);
    assert_int_equal(keepdir_size(journal), 0);
    keepdir_free(d);
}

static void test_golden_segment(void **state)
{
    struct keep_segment *out = calloc(1, sizeof *out);
    struct keep_buf buf = KEEP_BUF_INIT;
    struct keep_err err = {0};
    size_t n;
    unsigned char *p = keepdir_read(FOLDER "/segment", &n);
    const struct keep_segment *want = sample();

    (void)state;
    assert_non_null(out);
    keep_segment_pack(want, 0, &buf);
    assert_true(buf.n > 3 && !buf.failed);
    if (buf.p[2] != p[2]) { /* the format has moved on: what lies there is refused, or read right, never misread */
        int rc = keep_segment_unpack(p, n, out, NULL, &err);
        assert_true(rc == KEEP_E_INTEGRITY || rc == 0);
        if (rc != 0)
            goto out;
    } else {
        assert_int_equal(keep_segment_unpack(p, n, out, NULL, &err), 0);
        assert_int_equal(buf.n, n); /* and it is still written so */
        assert_memory_equal(buf.p, p, n);
    }
    assert_int_equal(out->n, want->n);
    for (uint32_t i = 0; i < want->n; i++) {
        assert_int_equal(out->ordinal[i], want->ordinal[i]);
        assert_int_equal(out->time[i], want->time[i]);
        assert_int_equal(out->account[i], want->account[i]);
        assert_int_equal(out->patient[i], want->patient[i]);
        assert_int_equal(out->place[i], want->place[i]);
    }
out:
    keep_buf_free(&buf);
    free(out);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden_keep_opens),
        cmocka_unit_test(test_golden_later_format),
        cmocka_unit_test(test_golden_page_and_journal),
        cmocka_unit_test(test_golden_segment),
    };

    if (getenv("CHARTKEEP_GOLDEN_WRITE")) {
        keepdir_start(NULL);
        write_golden();
        return 0;
    }
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
