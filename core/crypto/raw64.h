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

/* Exactly n bytes from the whole of s. */
static inline bool keep_raw64_read(uint8_t *out, size_t n, struct keep_str s, int variant)
{
    size_t had = 0;

    return s.n > 0 && sodium_base642bin(out, n, s.p, s.n, NULL, &had, NULL, variant) == 0 && had == n;
}

#endif
