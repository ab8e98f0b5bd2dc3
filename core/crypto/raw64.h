/* Base64 of a known length into a fixed array, for keys and signatures: no heap,
 * no branch on a secret digit (libsodium's codec), canonical form only. */
#ifndef CORE_CRYPTO_RAW64_H
#define CORE_CRYPTO_RAW64_H

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/str.h"

#define KEEP_RAW64_PADDED sodium_base64_VARIANT_ORIGINAL
#define KEEP_RAW64_BARE sodium_base64_VARIANT_ORIGINAL_NO_PADDING

/* Room for n bytes with padding and NUL. */
#define KEEP_RAW64_ROOM(n) (((n) + 2) / 3 * 4 + 1)

/* At most max bytes, *had of them, from the whole of s (which may be empty). */
static inline bool keep_raw64_some(uint8_t *out, size_t max, size_t *had, struct keep_str s, int variant)
{
    uint8_t high = 0;

    *had = 0;
    for (size_t i = 0; i < s.n; i++)
        high |= (uint8_t)s.p[i]; /* libsodium 1.0.18 takes '+' and '/' with their top bit set for themselves */
    return !(high & 0x80) && (s.n == 0 || sodium_base642bin(out, max, s.p, s.n, NULL, had, NULL, variant) == 0);
}

/* Exactly n bytes from the whole of s. */
static inline bool keep_raw64_read(uint8_t *out, size_t n, struct keep_str s, int variant)
{
    size_t had;

    return keep_raw64_some(out, n, &had, s, variant) && had == n;
}

#endif
