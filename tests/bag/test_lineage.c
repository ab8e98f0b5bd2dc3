/* Goal: an auditor's own head, older, equal or newer than the package's, is told to be of the same history exactly when a proof shows it; a ledger
 * told in two ways is a failed check; what no proof joins is not possible, never passed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/bag/tlogproof.h"
#include "tests/bag/package.h"

enum { ENTRY = 5, ALL = 40 };

static struct package pk;
static struct package_found found;
static uint8_t leaf[ALL][32];

/* The ledger of the package's proof, which has PACKAGE_LEDGER entries, and what came after. */
static int setup(void **state)
{
    struct package_files fs;
    struct keep_tlogproof p;
    if (tool_setup(state) != 0 || !package_keys(&pk) || package_make(&pk, PACKAGE_ID, ENTRY, true, NULL) != 0 || !package_load(&fs, pk.path) ||
        keep_tlogproof_check(&p, keep_buf_view(&package_find(&fs, "package.tlog-proof")->bytes), pk.key.key, NULL) != 0)
        return -1;
    for (uint8_t i = 0; i < ALL; i++)
        if (i == ENTRY)
            keep_merkle_leaf(leaf[i], p.entry.p, p.entry.n);
        else
            keep_merkle_leaf(leaf[i], &i, 1);
    keep_buf_free(&p.entry);
    package_unload(&fs);
    return 0;
}

static int teardown(void **state)
{
    package_free(&pk);
    return tool_teardown(state);
}

static void root(uint64_t from, uint64_t to, uint8_t out[32])
{
    struct keep_merkle m;
    keep_merkle_init(&m);
    for (uint64_t i = from; i < to; i++)
        keep_merkle_add(&m, leaf[i]);
    keep_merkle_root(&m, out);
}

static int range(void *ctx, uint64_t from, uint64_t to, uint8_t out[32], struct keep_err *err)
{
    (void)ctx;
    (void)err;
    root(from, to, out);
    return 0;
}

/* Files in turn; freed by check(). */
static struct keep_buf text[4];
static size_t texts;

static void head_by(uint64_t n, const char *origin, const struct keep_sign_secret *s, uint8_t spoil)
{
    struct keep_note_head h = {.origin = keep_str_of(origin), .size = n};
    root(0, n, h.root);
    h.root[0] ^= spoil;
    keep_note_head_write(&text[texts++], &h, s);
}

static void head(uint64_t n)
{
    head_by(n, PACKAGE_ORIGIN, pk.signer, 0);
}

static void growth(uint64_t m, uint64_t n, uint8_t spoil)
{
    uint8_t proof[KEEP_MERKLE_CONSISTENCY][32];
    size_t hashes;
    assert_int_equal(keep_merkle_extend(range, NULL, m, n, proof, &hashes, NULL), 0);
    proof[0][0] ^= spoil;
    keep_buf_printf(&text[texts], "old %llu\n", (unsigned long long)m);
    for (size_t i = 0; i < hashes; i++) {
        keep_codec_base64(&text[texts], proof[i], 32, true);
        keep_buf_char(&text[texts], '\n');
    }
    keep_buf_char(&text[texts], '\n');
    head(n);
}

static void check(enum keep_inspect_result want)
{
    struct keep_inspect_text given[4];
    struct keep_inspect_params p = {.path = pk.path, .pubkey = &pk.key, .head = given, .heads = texts, .found = package_note, .ctx = &found};
    for (size_t i = 0; i < texts; i++)
        given[i] = (struct keep_inspect_text){"given", keep_buf_view(&text[i])};
    found.n = 0;
    int rc = keep_inspect_package(&p, NULL);
    if (package_said(&found, "head") != (int)want)
        for (size_t i = 0; i < found.n; i++)
            print_error("%s: %d %s\n", found.check[i], found.result[i], found.detail[i]);
    assert_int_equal(package_said(&found, "head"), want);
    assert_int_equal(rc, want == KEEP_INSPECT_PASSED ? 0 : want == KEEP_INSPECT_FAILED ? KEEP_E_INTEGRITY : 1);
    assert_int_equal(found.n, 12);
    while (texts > 0)
        keep_buf_free(&text[--texts]);
}

static void test_lineage_of_the_same_size(void **state)
{
    (void)state;
    head(PACKAGE_LEDGER);
    check(KEEP_INSPECT_PASSED);
    head_by(PACKAGE_LEDGER, PACKAGE_ORIGIN, pk.signer, 1);
    check(KEEP_INSPECT_FAILED);
    head_by(PACKAGE_LEDGER, "keep.example/other", pk.signer, 0);
    check(KEEP_INSPECT_FAILED);
    head_by(PACKAGE_LEDGER, PACKAGE_ORIGIN, pk.officer[0], 0);
    check(KEEP_INSPECT_FAILED);
}

static void test_lineage_without_a_proof_shows_nothing(void **state)
{
    (void)state;
    head(PACKAGE_LEDGER - 1);
    check(KEEP_INSPECT_IMPOSSIBLE);
    head(PACKAGE_LEDGER + 1);
    check(KEEP_INSPECT_IMPOSSIBLE);
    growth(PACKAGE_LEDGER, 20, 0); /* no head of the auditor's own */
    check(KEEP_INSPECT_IMPOSSIBLE);
    head(25);
    growth(PACKAGE_LEDGER, 20, 0); /* leads to another head than the auditor's */
    check(KEEP_INSPECT_IMPOSSIBLE);
}

static void test_lineage_by_proofs(void **state)
{
    (void)state;
    for (uint64_t n = 1; n < ALL; n++) { /* straight from one to the other, and both to a third */
        head(n);
        if (n < PACKAGE_LEDGER)
            growth(n, PACKAGE_LEDGER, 0);
        if (n > PACKAGE_LEDGER)
            growth(PACKAGE_LEDGER, n, 0);
        check(KEEP_INSPECT_PASSED);
        head(n);
        growth(n, ALL, 0);
        growth(PACKAGE_LEDGER, ALL, 0);
        check(KEEP_INSPECT_PASSED);
    }
}

static void test_lineage_of_a_ledger_told_in_two_ways(void **state)
{
    (void)state;
    head(20);
    growth(PACKAGE_LEDGER, 20, 1); /* from the package's size, but not from its root */
    check(KEEP_INSPECT_FAILED);
    leaf[3][0] ^= 1; /* another history, signed by the same key */
    head(20);
    growth(PACKAGE_LEDGER, 20, 0);
    check(KEEP_INSPECT_FAILED);
    head(7);
    growth(7, PACKAGE_LEDGER, 0);
    check(KEEP_INSPECT_FAILED);
    leaf[3][0] ^= 1;
    head_by(7, PACKAGE_ORIGIN, pk.signer, 1); /* the auditor's head is not where the proof begins */
    growth(7, PACKAGE_LEDGER, 0);
    check(KEEP_INSPECT_IMPOSSIBLE);
}

static void test_lineage_reads_strictly(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "old 1\n", "old 0\n\n", "old 07\n\n", "old x\n\n", "old 7\nAAAA\n\n"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        keep_buf_str(&text[texts], bad[i]);
        head(PACKAGE_LEDGER);
        if (i == 0) { /* the head alone is good; with a byte behind it, it is not */
            keep_buf_char(&text[0], 'x');
        }
        check(KEEP_INSPECT_FAILED);
    }
    struct keep_inspect_text given = {"given", {NULL, 0}};
    struct keep_inspect_params p = {.path = pk.path, .head = &given, .heads = 1, .found = package_note, .ctx = &found};
    found.n = 0;
    assert_int_equal(keep_inspect_package(&p, NULL), 1); /* without the keep's key nothing can be said */
    assert_int_equal(package_said(&found, "head"), KEEP_INSPECT_IMPOSSIBLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lineage_of_the_same_size),
        cmocka_unit_test(test_lineage_without_a_proof_shows_nothing),
        cmocka_unit_test(test_lineage_by_proofs),
        cmocka_unit_test(test_lineage_of_a_ledger_told_in_two_ways),
        cmocka_unit_test(test_lineage_reads_strictly),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
