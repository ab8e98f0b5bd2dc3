/* Goal: transparency-dev/merkle's own probes (proof/verify_test.go, Apache-2.0; Certificate Transparency's trees before it): its proofs hold, and none of
 * the ways in which it spoils them does. Its probes with hashes of another length than 32 bytes have no form here: a hash is 32 bytes by type. Where it
 * takes the empty tree as consistent with every tree, this program takes no proof from an empty tree: a head always covers an entry. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/merkle.h"

static const char *const leaf[] = {"", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"};
static const char *const root[] = { /* of the trees of 1 to 8 leaves */
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4", "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c", "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};
static const char some_hash[] = "abacaba000000000000000000000000000000000000000000060061e00123456";
static const char empty_hash[] = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

struct probe {
    uint64_t first, size; /* inclusion: the leaf from 1, and the tree; consistency: both trees */
    const char *proof[3];
    size_t n;
};
static const struct probe inclusion[] = {
    {1, 1, {NULL}, 0},
    {1, 8, {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}, 3},
    {6, 8, {"bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}, 3},
    {3, 3, {"fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"}, 1},
    {2, 5, {"6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}, 3}};
static const struct probe consistency[] = {
    {1, 1, {NULL}, 0},
    {1, 8, {"96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7", "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"}, 3},
    {6, 8, {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}, 3},
    {2, 5, {"5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e", "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"}, 2},
    {6, 7, {"0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a", "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f", "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7"}, 3}};

static void hash(const char *hex, uint8_t out[32])
{
    assert_true(keep_codec_unhex(keep_str_of(hex), out, 32));
}

/* What a probe looks at; the spoilers change a copy of it. */
struct given {
    uint64_t a, b;
    uint8_t one[32], two[32]; /* inclusion: leaf and root; consistency: both roots */
    uint8_t proof[6][32];
    size_t n;
};

static unsigned probes;

static int holds(const struct given *g, int consistent)
{
    probes++;
    return consistent ? keep_merkle_extends(g->a, g->one, g->b, g->two, (const uint8_t (*)[32])g->proof, g->n) : keep_merkle_check(g->one, g->a, g->b, (const uint8_t (*)[32])g->proof, g->n, g->two);
}

static void refused(struct given g, int consistent, const char *what)
{
    if (holds(&g, consistent) != KEEP_E_INTEGRITY)
        fail_msg("%llu of %llu: %s is accepted", (unsigned long long)g.a, (unsigned long long)g.b, what);
}

static struct given appended(struct given g, const uint8_t h[32])
{
    memcpy(g.proof[g.n++], h, 32);
    return g;
}

static struct given prepended(struct given g, const uint8_t h[32])
{
    memmove(g.proof[1], g.proof[0], 32 * g.n++);
    memcpy(g.proof[0], h, 32);
    return g;
}

/* The spoilers that both kinds of proof share. */
static void spoil(const struct given *g, int consistent)
{
    static const uint8_t none[32];
    struct given w = *g;
    w.a = g->a - 1;
    refused(w, consistent, "first - 1");
    w.a = g->a + 1;
    refused(w, consistent, "first + 1");
    w.a = g->a ^ 2;
    refused(w, consistent, "first ^ 2");
    w = *g;
    w.b = g->b * 2;
    refused(w, consistent, "size * 2");
    w.b = g->b / 2;
    refused(w, consistent, "size / 2");
    w = *g;
    memcpy(w.one, "WrongLeaf", 9);
    refused(w, consistent, "wrong leaf or root1");
    w = *g;
    memcpy(w.two, "WrongRoot", 9);
    refused(w, consistent, "wrong root");
    hash(empty_hash, w.two);
    refused(w, consistent, "empty root");
    hash(some_hash, w.two);
    refused(w, consistent, "random root");
    refused(appended(*g, none), consistent, "trailing garbage");
    refused(appended(*g, g->two), consistent, "trailing root");
    refused(prepended(*g, none), consistent, "preceding garbage");
    refused(prepended(*g, g->two), consistent, "preceding root");
    for (size_t i = 0; i < g->n; i++) {
        w = *g;
        w.proof[i][0] ^= consistent ? 16 : 8;
        refused(w, consistent, "modified proof");
    }
    w = *g;
    if (w.n-- > 0)
        refused(w, consistent, "removed component");
}

static void take(struct given *g, const struct probe *p)
{
    memset(g, 0, sizeof *g);
    g->a = p->first;
    g->b = p->size;
    g->n = p->n;
    for (size_t i = 0; i < p->n; i++)
        hash(p->proof[i], g->proof[i]);
    hash(root[p->size - 1], g->two);
}

static void test_merkle_suite_inclusion(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof inclusion / sizeof *inclusion; i++) {
        struct given g, w;
        uint8_t bytes[16];
        const char *data = leaf[inclusion[i].first - 1];
        take(&g, &inclusion[i]);
        g.a--;
        assert_true(keep_codec_unhex(keep_str_of(data), bytes, strlen(data) / 2));
        keep_merkle_leaf(g.one, bytes, strlen(data) / 2);
        assert_int_equal(holds(&g, 0), 0);
        spoil(&g, 0);
        if (g.n > 1) { /* the first hash, then one that does not belong there */
            w = g;
            memmove(w.proof[2], w.proof[1], 32 * (g.n - 1));
            hash(some_hash, w.proof[1]);
            w.n++;
            refused(w, 0, "inserted component");
        }
    }
    /* trees and leaves that there are not */
    static const uint64_t none[][2] = {{0, 0}, {0, 1}, {1, 0}, {2, 1}};
    for (size_t i = 0; i < 4; i++) {
        struct given g = {.a = none[i][0], .b = none[i][1]};
        hash(some_hash, g.one);
        hash(empty_hash, g.two);
        refused(g, 0, "no proof at all");
    }
}

static void test_merkle_suite_consistency(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof consistency / sizeof *consistency; i++) {
        struct given g, w;
        take(&g, &consistency[i]);
        hash(root[consistency[i].first - 1], g.one);
        assert_int_equal(holds(&g, 1), 0);
        if (g.n == 0)
            continue; /* as there: the tree itself has nothing to spoil */
        spoil(&g, 1);
        w = g;
        memcpy(w.one, g.two, 32);
        memcpy(w.two, g.one, 32);
        refused(w, 1, "swapped roots");
        w = g;
        w.n = 0;
        refused(w, 1, "empty proof");
        refused(appended(g, g.one), 1, "trailing root1");
        refused(prepended(g, g.one), 1, "preceding root1");
        refused(prepended(g, g.proof[0]), 1, "preceding proof[0]");
    }
    static const uint64_t past[][2] = {{0, 0}, {0, 1}, {1, 0}, {2, 1}, {1, 2}, {1, 1}};
    for (size_t i = 0; i < 6; i++) { /* back in time, without a proof, or with roots that differ */
        struct given g = {.a = past[i][0], .b = past[i][1]};
        hash(some_hash, g.one);
        hash(empty_hash, g.two);
        refused(g, 1, "no proof at all");
        refused(appended(g, g.two), 1, "a proof of nothing");
        memcpy(g.one, g.two, 32);
        refused(appended(g, g.two), 1, "a proof where none belongs");
    }
}

static void test_merkle_suite_is_whole(void **state)
{
    (void)state;
    assert_true(probes > 190);
    print_message("%u probes\n", probes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_merkle_suite_inclusion), cmocka_unit_test(test_merkle_suite_consistency), cmocka_unit_test(test_merkle_suite_is_whole)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
