/* The ledger: proofs that others can check, and a database whose ledger was
 * changed by somebody who holds the keys but not the heads at the witnesses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "core/base/codec.h"
#include "core/crypto/merkle.h"
#include "core/crypto/note.h"
#include "core/store/inside.h"
#include "tests/store/keepdir.h"

/* Checks a proof as a stranger would, from its text alone. */
static void check_proof(struct keep_store *s, uint64_t i)
{
    struct keep_buf text = KEEP_BUF_INIT, entry = KEEP_BUF_INIT, raw = KEEP_BUF_INIT;
    struct keep_sign_public pub;
    struct keep_note_head head;
    struct keep_err err = {0};
    uint8_t leaf[32], proof[64][32];
    size_t n = 0;
    char index[80];

    assert_int_equal(keep_ledger_proof(s, i, &text, &err), 0);
    assert_int_equal(keep_ledger_entry(s, i, &entry, &err), 0);
    const char *p = (const char *)text.p, *end = p + text.n, *nl;
    assert_memory_equal(p, "c2sp.org/tlog-proof@v1\nextra ", 29);
    p += 29;
    nl = memchr(p, '\n', (size_t)(end - p));
    assert_true(keep_codec_unbase64(&raw, (struct keep_str){p, (size_t)(nl - p)}, true));
    assert_int_equal(raw.n, entry.n);
    assert_memory_equal(raw.p, entry.p, raw.n);
    size_t lead = (size_t)snprintf(index, sizeof index, "\nindex %llu\n", (unsigned long long)i);
    assert_memory_equal(nl, index, lead);
    p = nl + lead;
    while (p < end && *p != '\n') {
        nl = memchr(p, '\n', (size_t)(end - p));
        keep_buf_clear(&raw);
        assert_true(keep_codec_unbase64(&raw, (struct keep_str){p, (size_t)(nl - p)}, true));
        assert_int_equal(raw.n, 32);
        memcpy(proof[n++], raw.p, 32);
        p = nl + 1;
    }
    p++;
    keep_sign_public_of(keep_store_signer(s), &pub);
    assert_int_equal(keep_note_head_read(&head, (struct keep_str){p, (size_t)(end - p)}, pub.key, &err), 0);
    assert_true(keep_str_is(head.origin, keep_store_origin(s)));
    assert_int_equal(head.size, keep_ledger_size(s));
    keep_merkle_leaf(leaf, entry.p, entry.n);
    assert_int_equal(keep_merkle_check(leaf, i, head.size, (const uint8_t (*)[32])proof, n, head.root), 0);
    leaf[0] ^= 1;
    assert_int_not_equal(keep_merkle_check(leaf, i, head.size, (const uint8_t (*)[32])proof, n, head.root), 0);
    keep_buf_free(&text);
    keep_buf_free(&entry);
    keep_buf_free(&raw);
}

static void test_ledger_proofs(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_buf out = KEEP_BUF_INIT;

    for (int i = 1; i < 14; i++) {
        for (uint64_t k = 0; k < keep_ledger_size(s); k++)
            check_proof(s, k);
        assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
    }
    assert_int_equal(keep_ledger_proof(s, keep_ledger_size(s), &out, &d->err), KEEP_E_INPUT);
    keep_store_close(s);
    s = keepdir_open(d, false);
    check_proof(s, 3);
    keep_store_close(s);
    keep_buf_free(&out);
}

/* Goal: from every earlier size, the proof's text alone and an earlier root show that the ledger only grew. */
static void test_ledger_extensions(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_buf text = KEEP_BUF_INIT, raw = KEEP_BUF_INIT;
    uint8_t before[40][32], proof[KEEP_MERKLE_CONSISTENCY][32];
    struct keep_sign_public pub;
    struct keep_note_head head;
    char lead[40];

    keep_sign_public_of(keep_store_signer(s), &pub);
    for (uint64_t size = keep_ledger_size(s); size < 23; size = keep_ledger_size(s)) {
        assert_int_equal(keep_ledger_head(s, &text, &d->err), 0);
        assert_int_equal(keep_note_head_read(&head, keep_buf_view(&text), pub.key, &d->err), 0);
        memcpy(before[size], head.root, 32);
        keep_buf_clear(&text);
        for (uint64_t m = 1; m <= size; m++) {
            size_t n = 0;
            keep_buf_clear(&text);
            assert_int_equal(keep_ledger_extension(s, m, &text, &d->err), 0);
            assert_true(text.n < 2048);
            const char *p = (const char *)text.p, *end = p + text.n, *nl;
            size_t lead_n = (size_t)snprintf(lead, sizeof lead, "old %llu\n", (unsigned long long)m);
            assert_memory_equal(p, lead, lead_n);
            for (p += lead_n; *p != '\n'; p = nl + 1) {
                nl = memchr(p, '\n', (size_t)(end - p));
                keep_buf_clear(&raw);
                assert_true(keep_codec_unbase64(&raw, (struct keep_str){p, (size_t)(nl - p)}, true));
                assert_int_equal(raw.n, 32);
                memcpy(proof[n++], raw.p, 32);
            }
            p++;
            assert_int_equal(keep_note_head_read(&head, (struct keep_str){p, (size_t)(end - p)}, pub.key, &d->err), 0);
            assert_int_equal(head.size, size);
            assert_int_equal(keep_merkle_extends(m, before[m], size, head.root, (const uint8_t (*)[32])proof, n), 0);
        }
        keep_buf_clear(&text);
        assert_int_equal(keep_ledger_extension(s, size + 1, &text, &d->err), KEEP_E_INPUT);
        assert_int_equal(keep_ledger_extension(s, 0, &text, &d->err), KEEP_E_INPUT);
        assert_int_equal(text.n, 0);
        assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
    }
    keep_store_close(s);
    keep_buf_free(&text);
    keep_buf_free(&raw);
}

/* Runs SQL on records.db as one who has the keys: a reader's connection, made writable. */
static void doctor(struct keepdir *d, const char *sql)
{
    struct keep_store *s = keepdir_open(d, true);

    assert_int_not_equal(sqlite3_exec(keep_store_db(s), sql, NULL, NULL, NULL), SQLITE_OK); /* outside of a transaction nothing commits */
    sqlite3_commit_hook(keep_store_db(s), NULL, NULL);
    if (sqlite3_exec(keep_store_db(s), sql, NULL, NULL, NULL) != SQLITE_OK) {
        fprintf(stderr, "%s\n", sqlite3_errmsg(keep_store_db(s)));
        abort();
    }
    keep_store_close(s);
}

static void count_failures(void *ctx, const char *check, bool ok, const char *detail)
{
    (void)check;
    (void)detail;
    *(int *)ctx += !ok;
}

static int check(struct keepdir *d)
{
    int failures = 0;
    struct keep_store_checker c = {.ctx = &failures, .found = count_failures};
    struct keep_store_params p = {.path = d->keep, .key = d->key};
    struct keep_err err = {0};
    int rc = keep_store_check(&p, &c, &err);

    assert_int_equal(rc, failures ? KEEP_E_INTEGRITY : 0);
    return failures;
}

static void test_ledger_doctored(void **state)
{
    static const struct {
        const char *sql;
        bool opens; /* what opening alone cannot see, `check` does */
    } cases[] = {
        {"DELETE FROM ledger WHERE id = 4", false},
        {"DELETE FROM ledger WHERE id = 2", true},
        {"UPDATE ledger SET entry = CAST(replace(CAST(entry AS TEXT), 'hold', 'seal') AS BLOB) WHERE id = 4", false},
        {"UPDATE ledger SET entry = CAST(replace(CAST(entry AS TEXT), 'hold', 'seal') AS BLOB) WHERE id = 2", true},
        {"UPDATE ledger SET edge = zeroblob(length(edge)) WHERE id = 4", false},
        {"UPDATE ledger SET edge = x'00' WHERE id = 2", true},
        {"UPDATE leaf SET hashes = zeroblob(32) WHERE id = 2", true},
        {"DELETE FROM leaf WHERE id = 2", true},
        {"INSERT INTO leaf VALUES(100, zeroblob(32))", true},
        {"UPDATE leaf SET hashes = x'' WHERE id = 2", true},
        {"UPDATE leaf SET hashes = CAST(hashes || x'00' AS BLOB) WHERE id = 2", true},
        {"UPDATE leaf SET hashes = CAST(hashes || (SELECT hashes FROM leaf WHERE id = 3) AS BLOB) WHERE id = 2; DELETE FROM leaf WHERE id = 3", true},
        {"UPDATE act SET body = x'00' WHERE id = 2", true},
        {"UPDATE act SET role = x'00', at = at + 1 WHERE id = 3", true},
        {"INSERT INTO erased VALUES(1, 77, 1, 1, 1)", true},
        {"UPDATE ledger SET first = first + 1 WHERE id = 3", true},
        {"UPDATE ledger SET n = 0 WHERE id = 3", true},
    };
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);

    for (int i = 0; i < 4; i++)
        assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
    keep_store_close(s);
    assert_int_equal(check(d), 0);
    keepdir_copy(keepdir_path(d->keep, "records.db"), keepdir_path(d->aside, "records.db"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        doctor(d, cases[i].sql);
        assert_true(check(d) > 0);
        assert_int_equal(keepdir_code(d, false), cases[i].opens ? 0 : KEEP_E_INTEGRITY);
        keepdir_copy(keepdir_path(d->aside, "records.db"), keepdir_path(d->keep, "records.db"));
        assert_int_equal(check(d), 0);
    }
}

/* Goal: a stored edge that was changed never gets into a proof. */
static void test_ledger_proof_over_a_false_edge(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);
    struct keep_buf out = KEEP_BUF_INIT;

    for (int i = 0; i < 6; i++)
        assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
    keep_store_close(s);
    doctor(d, "UPDATE ledger SET edge = zeroblob(length(edge)) WHERE id = 1");
    s = keepdir_open(d, false);
    assert_int_equal(keep_ledger_proof(s, 3, &out, &d->err), KEEP_E_INTEGRITY);
    keep_err_clear(&d->err);
    assert_int_equal(keep_ledger_extension(s, 3, &out, &d->err), KEEP_E_INTEGRITY);
    assert_int_equal(out.n, 0);
    keep_store_close(s);
    keep_buf_free(&out);
}

/* The whole tail rewritten, edges and all, still meets the heads. */
static void test_ledger_rewritten_tail(void **state)
{
    struct keepdir *d = *state;
    struct keep_store *s = keepdir_open(d, true);

    for (int i = 0; i < 3; i++)
        assert_int_equal(keepdir_commit(s, 0, &d->err), 0);
    keep_store_close(s);
    doctor(d, "DELETE FROM ledger WHERE id = 3; DELETE FROM leaf WHERE id = 3; DELETE FROM act WHERE id = 3");
    assert_int_equal(keepdir_code(d, false), KEEP_E_INTEGRITY);
    assert_int_equal(keepdir_code(d, true), KEEP_E_INTEGRITY);
    assert_true(check(d) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_ledger_proofs, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ledger_extensions, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ledger_doctored, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ledger_proof_over_a_false_edge, keepdir_setup, keepdir_teardown),
        cmocka_unit_test_setup_teardown(test_ledger_rewritten_tail, keepdir_setup, keepdir_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
