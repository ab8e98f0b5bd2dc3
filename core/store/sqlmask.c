/* A permutation of 40-bit numbers: a Feistel network of eight rounds whose round
 * function is BLAKE2b under a subkey of the keep. Hashes cut to so few bits would
 * collide among a hundred thousand patients and join strangers; a permutation
 * cannot, and the keep can look a mask up without a table. */
#include "core/store/sqlmask.h"

#include <string.h>

#include "core/crypto/hash.h"

enum { ROUNDS = 8, HALF = KEEP_SQLMASK_BITS / 2, DIGITS = KEEP_SQLMASK_BITS / 5, WORD = 16 };

static const char alphabet[] = "0123456789abcdefghjkmnpqrstvwxyz";

void keep_sqlmask_init(struct keep_sqlmask *m, const struct keep_store *s)
{
    keep_store_subkey(s, "chartkeep sql mask", m->key);
}

static uint32_t turn(const struct keep_sqlmask *m, const char *word, int i, uint32_t half)
{
    uint8_t in[WORD + 5] = {0}, h[8];

    memcpy(in, word, strnlen(word, WORD));
    in[WORD] = (uint8_t)i;
    for (int k = 0; k < 4; k++)
        in[WORD + 1 + k] = (uint8_t)(half >> (8 * k));
    keep_hash_keyed(h, sizeof h, in, sizeof in, m->key);
    return ((uint32_t)h[0] | (uint32_t)h[1] << 8 | (uint32_t)h[2] << 16) & ((1u << HALF) - 1);
}

char *keep_sqlmask_put(const struct keep_sqlmask *m, const char *word, uint64_t entity, char out[KEEP_SQLMASK_SIZE])
{
    uint32_t left = (uint32_t)(entity >> HALF) & ((1u << HALF) - 1), right = (uint32_t)entity & ((1u << HALF) - 1);
    size_t n = strnlen(word, WORD);

    for (int i = 0; i < ROUNDS; i++) {
        uint32_t next = left ^ turn(m, word, i, right);
        left = right;
        right = next;
    }
    uint64_t v = (uint64_t)left << HALF | right;
    memcpy(out, word, n);
    out[n++] = '-';
    for (int i = DIGITS - 1; i >= 0; i--)
        out[n++] = alphabet[v >> (5 * i) & 31];
    out[n] = 0;
    return out;
}

bool keep_sqlmask_get(const struct keep_sqlmask *m, const char *word, struct keep_str text, uint64_t *entity)
{
    size_t n = strnlen(word, WORD);
    uint64_t v = 0;

    if (text.n != n + 1 + DIGITS || memcmp(text.p, word, n) != 0 || text.p[n] != '-')
        return false;
    for (size_t i = n + 1; i < text.n; i++) {
        const char *at = text.p[i] ? strchr(alphabet, text.p[i]) : NULL;
        if (!at)
            return false;
        v = v << 5 | (uint64_t)(at - alphabet);
    }
    uint32_t left = (uint32_t)(v >> HALF), right = (uint32_t)v & ((1u << HALF) - 1);
    for (int i = ROUNDS - 1; i >= 0; i--) {
        uint32_t before = right ^ turn(m, word, i, left);
        right = left;
        left = before;
    }
    *entity = (uint64_t)left << HALF | right;
    return true;
}
