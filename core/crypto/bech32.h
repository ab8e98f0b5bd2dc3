/* Bech32 (BIP 173) of 32-byte keys as age uses it: checksum constant 1, no limit of 90 characters. */
#ifndef CORE_CRYPTO_BECH32_H
#define CORE_CRYPTO_BECH32_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"

/* Lower case; hrp: lower case ASCII. out: strlen(hrp) + 1 + 52 + 6 + NUL. */
void keep_bech32_write(char *out, const char *hrp, const uint8_t key[32]);
/* Lower case only; the prefix, 32 bytes, zero padding bits and the checksum must all hold. */
bool keep_bech32_read(uint8_t key[32], const char *hrp, struct keep_str s);

#endif
