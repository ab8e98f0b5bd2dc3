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

/* The same proofs for a caller that has inner hashes: the root over leaves from..to-1, a subtree of an RFC 6962 tree (to > from). At most 64 calls a proof. */
typedef int (*keep_merkle_range_at)(void *ctx, uint64_t from, uint64_t to, uint8_t out[32], struct keep_err *err);
int keep_merkle_prove_ranges(keep_merkle_range_at at, void *ctx, uint64_t i, uint64_t n, uint8_t proof[64][32], size_t *count, struct keep_err *err);
/* Consistency proof (RFC 6962 section 2.1.2) that the tree of the first m leaves is the beginning of that of the first n, 0 < m <= n: *count hashes, at most 65
 * (none when m = n). KEEP_E_INPUT for other m. */
#define KEEP_MERKLE_CONSISTENCY 65
int keep_merkle_extend(keep_merkle_range_at at, void *ctx, uint64_t m, uint64_t n, uint8_t proof[KEEP_MERKLE_CONSISTENCY][32], size_t *count, struct keep_err *err);
/* 0 or KEEP_E_INTEGRITY: RFC 9162 section 2.1.4.2. */
int keep_merkle_extends(uint64_t m, const uint8_t root_m[32], uint64_t n, const uint8_t root_n[32], const uint8_t (*proof)[32], size_t count);

/* SHA-256(0x01||left||right); out may be either. */
void keep_merkle_node(uint8_t out[32], const uint8_t left[32], const uint8_t right[32]);
/* Where the RFC tree of n leaves splits: the largest power of two below n, n > 1. */
uint64_t keep_merkle_split(uint64_t n);

#endif
