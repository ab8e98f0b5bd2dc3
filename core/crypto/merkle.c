/* The Merkle tree of RFC 6962 section 2.1, which RFC 9162 keeps. A tree of n leaves
 * splits at the largest power of two below n, so its left parts are perfect trees
 * and never change. The appender holds the roots of those perfect trees alone, one
 * for each set bit of n; adding a leaf is the carry of a binary counter. */
#include "core/crypto/merkle.h"

#include <stdbool.h>
#include <string.h>

#include "core/crypto/hash.h"

enum { LEAF = 0x00, NODE = 0x01 }; /* RFC 6962 section 2.1: second preimages need another prefix */

void keep_merkle_node(uint8_t out[32], const uint8_t left[32], const uint8_t right[32])
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
        keep_merkle_node(m->edge[m->depth - 1], m->edge[m->depth - 1], m->edge[m->depth]);
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
        keep_merkle_node(out, m->edge[i - 1], out);
}

uint64_t keep_merkle_split(uint64_t n)
{
    uint64_t k = 1;

    while (k < n - k) /* 2k < n, safe at 2^63 and above */
        k += k;
    return k;
}

/* PATH(m, D[n]) of RFC 6962 section 2.1.1: walk down to the leaf, noting the range
 * beside each turn; the path lists them from the leaf upwards. */
int keep_merkle_prove_ranges(keep_merkle_range_at at, void *ctx, uint64_t i, uint64_t n, uint8_t proof[64][32], size_t *count, struct keep_err *err)
{
    struct { uint64_t from, to; } beside[64];
    uint64_t from = 0, to = n;
    size_t depth = 0;

    if (i >= n)
        return keep_err_set(err, KEEP_E_INPUT, "leaf %llu is not in a tree of %llu", (unsigned long long)i, (unsigned long long)n);
    while (to - from > 1) {
        uint64_t mid = from + keep_merkle_split(to - from);
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
        int rc = at(ctx, beside[depth - 1 - d].from, beside[depth - 1 - d].to, proof[d], err);
        if (rc != 0)
            return rc;
    }
    *count = depth;
    return 0;
}

struct leaves {
    keep_merkle_leaf_at at;
    void *ctx;
};

/* MTH(D[from:to]), to > from. */
static int leaves_root(void *ctx, uint64_t from, uint64_t to, uint8_t out[32], struct keep_err *err)
{
    const struct leaves *l = ctx;
    struct keep_merkle m;
    uint8_t leaf[32];

    keep_merkle_init(&m);
    for (uint64_t i = from; i < to; i++) {
        int rc = l->at(l->ctx, i, leaf, err);
        if (rc != 0)
            return rc;
        keep_merkle_add(&m, leaf);
    }
    keep_merkle_root(&m, out);
    return 0;
}

int keep_merkle_prove(keep_merkle_leaf_at at, void *ctx, uint64_t i, uint64_t n, uint8_t proof[64][32], size_t *count, struct keep_err *err)
{
    struct leaves l = {at, ctx};

    return keep_merkle_prove_ranges(leaves_root, &l, i, n, proof, count, err);
}

/* PROOF(m, D[n]) of RFC 6962 section 2.1.2: walk down to where the old tree ends. A
 * part that lies wholly in the old tree is named only when it is not the old tree
 * itself, whose root the verifier has. */
int keep_merkle_extend(keep_merkle_range_at at, void *ctx, uint64_t m, uint64_t n, uint8_t proof[KEEP_MERKLE_CONSISTENCY][32], size_t *count, struct keep_err *err)
{
    struct { uint64_t from, to; } part[KEEP_MERKLE_CONSISTENCY];
    uint64_t from = 0, to = n;
    size_t parts = 0;
    bool whole = true; /* [from, to) has been the left part all the way: b of the RFC */

    if (m == 0 || m > n)
        return keep_err_set(err, KEEP_E_INPUT, "a tree of %llu has no beginning of %llu", (unsigned long long)n, (unsigned long long)m);
    while (m != to) {
        uint64_t mid = from + keep_merkle_split(to - from);
        bool left = m <= mid;
        part[parts].from = left ? mid : from;
        part[parts].to = left ? to : mid;
        parts++;
        if (left) {
            to = mid;
        } else {
            from = mid;
            whole = false;
        }
    }
    if (!whole) {
        part[parts].from = from;
        part[parts].to = to;
        parts++;
    }
    for (size_t d = 0; d < parts; d++) {
        int rc = at(ctx, part[parts - 1 - d].from, part[parts - 1 - d].to, proof[d], err);
        if (rc != 0)
            return rc;
    }
    *count = parts;
    return 0;
}

/* RFC 9162 section 2.1.4.2. */
int keep_merkle_extends(uint64_t m, const uint8_t root_m[32], uint64_t n, const uint8_t root_n[32], const uint8_t (*proof)[32], size_t count)
{
    uint8_t fr[32], sr[32];
    bool power = m != 0 && (m & (m - 1)) == 0; /* then the old root itself is the first hash */
    size_t next = power ? 0 : 1;

    if (m == 0 || m > n)
        return KEEP_E_INTEGRITY;
    if (m == n)
        return count == 0 && memcmp(root_m, root_n, 32) == 0 ? 0 : KEEP_E_INTEGRITY;
    if (count == 0)
        return KEEP_E_INTEGRITY;
    uint64_t fn = m - 1, sn = n - 1;
    for (; fn & 1; fn >>= 1)
        sn >>= 1;
    memcpy(fr, power ? root_m : proof[0], 32);
    memcpy(sr, fr, 32);
    for (size_t p = next; p < count; p++) {
        if (sn == 0)
            return KEEP_E_INTEGRITY;
        if ((fn & 1) || fn == sn) {
            keep_merkle_node(fr, proof[p], fr);
            keep_merkle_node(sr, proof[p], sr);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            keep_merkle_node(sr, sr, proof[p]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(fr, root_m, 32) == 0 && memcmp(sr, root_n, 32) == 0 ? 0 : KEEP_E_INTEGRITY;
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
            keep_merkle_node(r, proof[p], r);
            while (!(fn & 1) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            keep_merkle_node(r, r, proof[p]);
        }
        fn >>= 1;
        sn >>= 1;
    }
    return sn == 0 && memcmp(r, root, 32) == 0 ? 0 : KEEP_E_INTEGRITY;
}
