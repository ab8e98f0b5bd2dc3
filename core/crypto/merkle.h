/* Merkle trees of RFC 6962 section 2 / RFC 9162: leaf SHA-256(0x00||d), node SHA-256(0x01||l||r). */
#ifndef CORE_CRYPTO_MERKLE_H
#define CORE_CRYPTO_MERKLE_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

/* The right edge of a tree: one root per set bit of n, largest first. Enough to append and to know the root. */
struct keep_merkle {
    uint64_t n;
    uint8_t edge[64][32];
    unsigned depth; /* hashes in edge = popcount(n) */
};

void keep_merkle_init(struct keep_merkle *m);
void keep_merkle_leaf(uint8_t out[32], const void *p, size_t n);
void keep_merkle_add(struct keep_merkle *m, const uint8_t leaf[32]); /* amortised O(1) */
void keep_merkle_root(const struct keep_merkle *m, uint8_t out[32]); /* SHA-256("") when empty */

/* Access to leaf hash i of an n-leaf tree (0 done, <0 error), for proofs. */
typedef int (*keep_merkle_leaf_at)(void *ctx, uint64_t i, uint8_t out[32], struct keep_err *err);
/* Inclusion proof of leaf i in the tree of the first n leaves: *count hashes (at most 64). Reads O(n) leaves. */
int keep_merkle_prove(keep_merkle_leaf_at at, void *ctx, uint64_t i, uint64_t n, uint8_t proof[64][32], size_t *count, struct keep_err *err);
/* 0 or KEEP_E_INTEGRITY. */
int keep_merkle_check(const uint8_t leaf[32], uint64_t i, uint64_t n, const uint8_t (*proof)[32], size_t count, const uint8_t root[32]);

#endif
