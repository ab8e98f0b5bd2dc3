/* The Merkle tree of RFC 6962 section 2.1, which RFC 9162 keeps. A tree of n leaves
 * splits at the largest power of two below n, so its left parts are perfect trees
 * and never change. The appender holds the roots of those perfect trees alone, one
 * for each set bit of n; adding a leaf is the carry of a binary counter. */
#include "core/crypto/merkle.h"

#include <stdbool.h>
#include <string.h>

#include "core/crypto/hash.h"

enum { LEAF = 0x00, NODE = 0x01 }; /* RFC 6962 section 2.1: second preimages need another prefix */

static void node(uint8_t out[32], const uint8_t left[32], const uint8_t right[32])
{
    uint8_t in[65];

    in[0] = NODE;
    memcpy(in + 1, left, 32);
    memcpy(in + 33, right, 32);
    keep_sha256(out, in, sizeof in);
}

void keep_merkle_init(struct keep_merkle *m)
{
    memset(m, 0, sizeof *m);
}

void keep_merkle_leaf(uint8_t out[32], const void *p, size_t n)
{
    static const uint8_t prefix = LEAF;

    keep_sha256_pair(out, &prefix, 1, p, n);
}

void keep_merkle_add(struct keep_merkle *m, const uint8_t leaf[32])
{
    memcpy(m->edge[m->depth++], leaf, 32);
    for (uint64_t carry = m->n; carry & 1; carry >>= 1) {
        m->depth--;
        node(m->edge[m->depth - 1], m->edge[m->depth - 1], m->edge[m->depth]);
    }
    m->n++;
}

void keep_merkle_root(const struct keep_merkle *m, uint8_t out[32])
{
    if (m->n == 0) {
        keep_sha256(out, NULL, 0);
        return;
    }
    memcpy(out, m->edge[m->depth - 1], 32);
    for (unsigned i = m->depth - 1; i > 0; i--)
        node(out, m->edge[i - 1], out);
}

/* MTH(D[from:to]), to > from. */
static int range_root(keep_merkle_leaf_at at, void *ctx, uint64_t from, uint64_t to, uint8_t out[32], struct keep_err *err)
{
    struct keep_merkle m;
    uint8_t leaf[32];

    keep_merkle_init(&m);
    for (uint64_t i = from; i < to; i++) {
        int rc = at(ctx, i, leaf, err);
        if (rc != 0)
            return rc;
        keep_merkle_add(&m, leaf);
    }
    keep_merkle_root(&m, out);
    return 0;
}

/* The largest power of two below n, n > 1. */
static uint64_t split(uint64_t n)
{
    uint64_t k = 1;

    while (k < n - k) /* 2k < n, safe at 2^63 and above */
        k += k;
    return k;
}

/* PATH(m, D[n]) of RFC 6962 section 2.1.1: walk down to the leaf, noting the range
 * beside each turn; the path lists them from the leaf upwards. */
int keep_merkle_prove(keep_merkle_leaf_at at, void *ctx, uint64_t i, uint64_t n, uint8_t proof[64][32], size_t *count, struct keep_err *err)
{
    struct { uint64_t from, to; } beside[64];
    uint64_t from = 0, to = n;
    size_t depth = 0;

    if (i >= n)
        return keep_err_set(err, KEEP_E_INPUT, "leaf %llu is not in a tree of %llu", (unsigned long long)i, (unsigned long long)n);
    while (to - from > 1) {
        uint64_t mid = from + split(to - from);
        bool left = i < mid;
        beside[depth].from = left ? mid : from;
        beside[depth].to = left ? to : mid;
        depth++;
        if (left)
            to = mid;
        else
            from = mid;
    }
    for (size_t d = 0; d < depth; d++) {
        int rc = range_root(at, ctx, beside[depth - 1 - d].from, beside[depth - 1 - d].to, proof[d], err);
        if (rc != 0)
            return rc;
    }
    *count = depth;
    return 0;
}

/* RFC 9162 section 2.1.3.2. */
int keep_merkle_check(const uint8_t leaf[32], uint64_t i, uint64_t n, const uint8_t (*proof)[32], size_t count, const uint8_t root[32])
{
    uint8_t r[32];

    if (i >= n)
        return KEEP_E_INTEGRITY;
    uint64_t fn = i, sn = n - 1;
    memcpy(r, leaf, 32);
    for (size_t p = 0; p < count; p++) {
        if (sn == 0)
            return KEEP_E_INTEGRITY;
        if ((fn & 1) || fn == sn) {
            node(r, proof[p], r);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            node(r, r, proof[p]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(r, root, 32) == 0 ? 0 : KEEP_E_INTEGRITY;
}
