/* Merkle trees against the published roots of the CT test data and a naive tree written from RFC 6962 section 2.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdbool.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/merkle.h"
#include "core/crypto/secret.h"

enum { MOST = 200 };

static uint8_t leaves[MOST + 1][32];

static void naive_root(uint64_t from, uint64_t n, uint8_t out[32])
{
    uint8_t in[65] = {1};
    uint64_t k = 1;

    if (n == 0) {
        keep_sha256(out, NULL, 0);
        return;
    }
    if (n == 1) {
        memcpy(out, leaves[from], 32);
        return;
    }
    while (k * 2 < n)
        k *= 2;
    naive_root(from, k, in + 1);
    naive_root(from + k, n - k, in + 33);
    keep_sha256(out, in, sizeof in);
}

static size_t naive_proof(uint64_t m, uint64_t from, uint64_t n, uint8_t proof[64][32])
{
    uint64_t k = 1;
    size_t count;

    if (n == 1)
        return 0;
    while (k * 2 < n)
        k *= 2;
    if (m < k) {
        count = naive_proof(m, from, k, proof);
        naive_root(from + k, n - k, proof[count]);
    } else {
        count = naive_proof(m - k, from + k, n - k, proof);
        naive_root(from, k, proof[count]);
    }
    return count + 1;
}

static int leaf_at(void *ctx, uint64_t i, uint8_t out[32], struct keep_err *err)
{
    const uint64_t *fails_at = ctx;

    if (i == *fails_at)
        return keep_err_set(err, KEEP_E_IO, "no leaf");
    memcpy(out, leaves[i], 32);
    return 0;
}

static void test_merkle_published_roots(void **state)
{
    (void)state;
    static const struct { const char *leaf, *root; } rows[] = {
        {"", "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"},
        {"00", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"},
        {"10", "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"},
        {"2021", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"},
        {"3031", "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"},
        {"40414243", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef"},
        {"5051525354555657", "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c"},
        {"606162636465666768696a6b6c6d6e6f", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"},
    };
    struct keep_merkle m;
    uint8_t root[32], leaf[32], d[16];
    char hex[65];

    keep_merkle_init(&m);
    keep_merkle_root(&m, root);
    keep_codec_hex(root, 32, hex);
    assert_string_equal(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        size_t n = strlen(rows[i].leaf) / 2;
        assert_true(keep_codec_unhex(keep_str_of(rows[i].leaf), d, n));
        keep_merkle_leaf(leaf, d, n);
        keep_merkle_add(&m, leaf);
        keep_merkle_root(&m, root);
        keep_codec_hex(root, 32, hex);
        assert_string_equal(hex, rows[i].root);
    }
}

static void test_merkle_edge_is_the_naive_root(void **state)
{
    (void)state;
    struct keep_merkle m;
    uint8_t root[32], want[32];

    keep_merkle_init(&m);
    for (uint64_t n = 0; n <= MOST; n++) {
        keep_merkle_root(&m, root);
        naive_root(0, n, want);
        assert_memory_equal(root, want, 32);
        assert_int_equal(m.n, n);
        assert_int_equal(m.depth, (unsigned)__builtin_popcountll(n));
        keep_merkle_add(&m, leaves[n]);
    }
}

static void test_merkle_every_proof_holds(void **state)
{
    (void)state;
    uint64_t never = UINT64_MAX;
    uint8_t root[32], proof[64][32], want[64][32];

    for (uint64_t n = 1; n <= MOST; n += n < 70 ? 1 : 13) {
        naive_root(0, n, root);
        for (uint64_t i = 0; i < n; i++) {
            size_t count = 0, naive = naive_proof(i, 0, n, want);
            assert_int_equal(keep_merkle_prove(leaf_at, &never, i, n, proof, &count, NULL), 0);
            assert_int_equal(count, naive);
            for (size_t k = 0; k < count; k++)
                assert_memory_equal(proof[k], want[k], 32);
            assert_int_equal(keep_merkle_check(leaves[i], i, n, (const uint8_t(*)[32])proof, count, root), 0);
        }
    }
}

static void test_merkle_wrong_proofs_fail(void **state)
{
    (void)state;
    uint64_t never = UINT64_MAX;
    uint8_t root[32], proof[64][32];
    const uint8_t(*p)[32] = (const uint8_t(*)[32])proof;

    for (uint64_t n = 1; n <= 40; n++) {
        naive_root(0, n, root);
        for (uint64_t i = 0; i < n; i++) {
            size_t count = 0;
            assert_int_equal(keep_merkle_prove(leaf_at, &never, i, n, proof, &count, NULL), 0);
            memset(proof[count], 0, 32);
            assert_int_equal(keep_merkle_check(leaves[i], i, n, p, count + 1, root), KEEP_E_INTEGRITY);
            assert_int_equal(keep_merkle_check(leaves[n], i, n, p, count, root), KEEP_E_INTEGRITY);
            assert_int_equal(keep_merkle_check(leaves[i], n, n, p, count, root), KEEP_E_INTEGRITY);
            if (count > 0)
                assert_int_equal(keep_merkle_check(leaves[i], i, n, p, count - 1, root), KEEP_E_INTEGRITY);
            for (uint64_t j = 0; j < n; j++)
                if (j != i)
                    assert_int_equal(keep_merkle_check(leaves[i], j, n, p, count, root), KEEP_E_INTEGRITY);
            for (size_t k = 0; k < count; k++) {
                proof[k][k % 32] ^= 1;
                assert_int_equal(keep_merkle_check(leaves[i], i, n, p, count, root), KEEP_E_INTEGRITY);
                proof[k][k % 32] ^= 1;
            }
            root[i % 32] ^= 0x40;
            assert_int_equal(keep_merkle_check(leaves[i], i, n, p, count, root), KEEP_E_INTEGRITY);
            root[i % 32] ^= 0x40;
        }
    }
    assert_int_equal(keep_merkle_check(leaves[0], 0, 0, p, 0, root), KEEP_E_INTEGRITY);
}

static void test_merkle_prove_forwards_errors(void **state)
{
    (void)state;
    uint64_t broken = 5, never = UINT64_MAX;
    uint8_t proof[64][32];
    size_t count = 77;
    struct keep_err err = {.code = 0};

    assert_int_equal(keep_merkle_prove(leaf_at, &broken, 0, 8, proof, &count, &err), KEEP_E_IO);
    assert_string_equal(err.text, "no leaf");
    assert_int_equal(keep_merkle_prove(leaf_at, &never, 8, 8, proof, &count, NULL), KEEP_E_INPUT);
    assert_int_equal(count, 77);
}

/* SUBPROOF(m, D[n], b) as RFC 6962 section 2.1.2 writes it. */
static size_t naive_subproof(uint64_t m, uint64_t from, uint64_t n, bool b, uint8_t proof[KEEP_MERKLE_CONSISTENCY][32])
{
    uint64_t k = 1;
    size_t count;

    if (m == n) {
        if (b)
            return 0;
        naive_root(from, n, proof[0]);
        return 1;
    }
    while (k * 2 < n)
        k *= 2;
    if (m <= k) {
        count = naive_subproof(m, from, k, b, proof);
        naive_root(from + k, n - k, proof[count]);
    } else {
        count = naive_subproof(m - k, from + k, n - k, false, proof);
        naive_root(from, k, proof[count]);
    }
    return count + 1;
}

static int range_at(void *ctx, uint64_t from, uint64_t to, uint8_t out[32], struct keep_err *err)
{
    const uint64_t *fails_at = ctx;

    if (from <= *fails_at && *fails_at < to)
        return keep_err_set(err, KEEP_E_IO, "no range");
    naive_root(from, to - from, out);
    return 0;
}

/* Goal: for every pair of sizes the proof is the RFC's, holds, and holds for no other pair of roots or sizes. */
static void test_merkle_every_consistency_holds(void **state)
{
    (void)state;
    uint64_t never = UINT64_MAX;
    uint8_t proof[KEEP_MERKLE_CONSISTENCY][32], want[KEEP_MERKLE_CONSISTENCY][32], root[65][32];
    const uint8_t(*p)[32] = (const uint8_t(*)[32])proof;

    for (uint64_t n = 0; n <= 64; n++)
        naive_root(0, n, root[n]);
    for (uint64_t n = 1; n <= 64; n++) {
        for (uint64_t m = 1; m <= n; m++) {
            size_t count = 99, naive = naive_subproof(m, 0, n, true, want);
            assert_int_equal(keep_merkle_extend(range_at, &never, m, n, proof, &count, NULL), 0);
            assert_int_equal(count, naive);
            if (count > 0)
                assert_memory_equal(proof, want, 32 * count);
            assert_int_equal(keep_merkle_extends(m, root[m], n, root[n], p, count), 0);
            for (uint64_t o = 0; o <= 64; o++) {
                if (o != m)
                    assert_int_equal(keep_merkle_extends(m, root[o], n, root[n], p, count), KEEP_E_INTEGRITY);
                if (o != n)
                    assert_int_equal(keep_merkle_extends(m, root[m], n, root[o], p, count), KEEP_E_INTEGRITY);
            }
            if (count > 0)
                assert_int_equal(keep_merkle_extends(m, root[m], n, root[n], p, count - 1), KEEP_E_INTEGRITY);
            memset(proof[count], 0, 32);
            assert_int_equal(keep_merkle_extends(m, root[m], n, root[n], p, count + 1), KEEP_E_INTEGRITY);
            for (size_t k = 0; k < count; k++) {
                proof[k][k % 32] ^= 1;
                assert_int_equal(keep_merkle_extends(m, root[m], n, root[n], p, count), KEEP_E_INTEGRITY);
                proof[k][k % 32] ^= 1;
            }
        }
    }
}

static void test_merkle_consistency_refuses(void **state)
{
    (void)state;
    uint64_t broken = 5, never = UINT64_MAX;
    uint8_t proof[KEEP_MERKLE_CONSISTENCY][32];
    size_t count = 77;
    struct keep_err err = {.code = 0};

    assert_int_equal(keep_merkle_extend(range_at, &never, 0, 8, proof, &count, &err), KEEP_E_INPUT);
    assert_int_equal(keep_merkle_extend(range_at, &never, 9, 8, proof, &count, NULL), KEEP_E_INPUT);
    keep_err_clear(&err);
    assert_int_equal(keep_merkle_extend(range_at, &broken, 3, 8, proof, &count, &err), KEEP_E_IO);
    assert_string_equal(err.text, "no range");
    assert_int_equal(count, 77);
    assert_int_equal(keep_merkle_extends(0, leaves[0], 8, leaves[1], (const uint8_t(*)[32])proof, 0), KEEP_E_INTEGRITY);
    assert_int_equal(keep_merkle_extends(3, leaves[0], 8, leaves[1], (const uint8_t(*)[32])proof, 0), KEEP_E_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_merkle_published_roots),
        cmocka_unit_test(test_merkle_edge_is_the_naive_root),
        cmocka_unit_test(test_merkle_every_proof_holds),
        cmocka_unit_test(test_merkle_wrong_proofs_fail),
        cmocka_unit_test(test_merkle_prove_forwards_errors),
        cmocka_unit_test(test_merkle_every_consistency_holds),
        cmocka_unit_test(test_merkle_consistency_refuses),
    };

    if (keep_secret_start(NULL) != 0)
        return 1;
    for (uint64_t i = 0; i <= MOST; i++)
        keep_merkle_leaf(leaves[i], &i, sizeof i);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
