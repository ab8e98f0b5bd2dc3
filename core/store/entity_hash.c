/* An identifier as the keep knows it: a keyed hash of kind, scope, system and value. */
#include <string.h>

#include "core/crypto/hash.h"
#include "core/store/entity.h"

const char keep_entity_hashed[] = "hash";

static size_t put32(uint8_t *p, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
    return 4;
}

static size_t put_bytes(uint8_t *p, struct keep_str s)
{
    if (s.n)
        memcpy(p, s.p, s.n);
    return s.n;
}

#define SHORT_KEY 256 /* longer keys are hashed in two steps, so that none needs memory */

void keep_entity_hash(const struct keep_seal_keys *k, uint32_t scope, const struct keep_key *key, uint8_t out[KEEP_ENTITY_HASH])
{
    uint8_t p[12 + SHORT_KEY];
    size_t n = put32(p, (uint32_t)key->kind);

    if (key->system.p == keep_entity_hashed) {
        memcpy(out, key->value.p, KEEP_ENTITY_HASH);
        return;
    }
    n += put32(p + n, scope);
    n += put32(p + n, (uint32_t)key->system.n);
    if (key->system.n + key->value.n <= SHORT_KEY) {
        n += put_bytes(p + n, key->system);
        n += put_bytes(p + n, key->value);
    } else {
        keep_hash_keyed(p + n, 32, key->system.p, key->system.n, k->index);
        keep_hash_keyed(p + n + 32, 32, key->value.p, key->value.n, k->index);
        n += 64;
        p[n++] = 1; /* set apart from a short key of 64 bytes */
    }
    keep_hash_short(out, p, n, k->index);
}

int64_t keep_entity_bare(const struct keep_seal_keys *k, struct keep_str value)
{
    uint8_t h[8];
    int64_t v;

    keep_hash_keyed(h, sizeof h, value.p, value.n, k->index);
    v = (int64_t)keep_entity_half(h);
    return v ? v : 1;
}
