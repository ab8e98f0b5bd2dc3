/* Bech32 for 32-byte keys.
 *
 *   hrp '1' 52 digits of the key (256 bits in groups of five, four zero bits behind) 6 digits of checksum
 *
 * Only one spelling of a key is read: lower case, with its padding bits zero. */
#include "core/crypto/bech32.h"

#include <sodium.h>
#include <string.h>

enum { DIGITS = 52, SUM = 6 };

static const char alphabet[] = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/* The BCH code's generator of BIP 173. */
static uint32_t step(uint32_t c, uint8_t v)
{
    static const uint32_t g[5] = {0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3};
    uint32_t top = c >> 25;

    c = (c & 0x1ffffff) << 5 ^ v;
    for (int i = 0; i < 5; i++)
        c ^= g[i] & (0 - (top >> i & 1));
    return c;
}

/* Checksum state after the prefix and the digits. */
static uint32_t checksum(const char *hrp, const uint8_t *digits, size_t n)
{
    uint32_t c = 1;

    for (const char *h = hrp; *h; h++)
        c = step(c, (uint8_t)((uint8_t)*h >> 5));
    c = step(c, 0);
    for (const char *h = hrp; *h; h++)
        c = step(c, *h & 31);
    for (size_t i = 0; i < n; i++)
        c = step(c, digits[i]);
    return c;
}

void keep_bech32_write(char *out, const char *hrp, const uint8_t key[32])
{
    uint8_t digits[DIGITS + SUM] = {0};
    size_t h = strlen(hrp);

    for (size_t bit = 0; bit < 256; bit++)
        digits[bit / 5] |= (uint8_t)((key[bit / 8] >> (7 - bit % 8) & 1) << (4 - bit % 5));
    uint32_t sum = checksum(hrp, digits, sizeof digits) ^ 1;
    for (int i = 0; i < SUM; i++)
        digits[DIGITS + i] = sum >> 5 * (SUM - 1 - i) & 31;
    memcpy(out, hrp, h);
    out[h++] = '1';
    for (size_t i = 0; i < sizeof digits; i++)
        out[h++] = alphabet[digits[i]];
    out[h] = '\0';
    sodium_memzero(digits, sizeof digits);
}

bool keep_bech32_read(uint8_t key[32], const char *hrp, struct keep_str s)
{
    uint8_t digits[DIGITS + SUM], bytes[32] = {0};
    size_t h = strlen(hrp);
    bool ok = false;

    if (s.n != h + 1 + sizeof digits || memcmp(s.p, hrp, h) != 0 || s.p[h] != '1')
        return false;
    for (size_t i = 0; i < sizeof digits; i++) {
        const char *at = memchr(alphabet, s.p[h + 1 + i], sizeof alphabet - 1);
        if (!at)
            goto out;
        digits[i] = (uint8_t)(at - alphabet);
    }
    if (checksum(hrp, digits, sizeof digits) != 1 || (digits[DIGITS - 1] & 15) != 0)
        goto out;
    for (size_t bit = 0; bit < 256; bit++)
        bytes[bit / 8] |= (uint8_t)((digits[bit / 5] >> (4 - bit % 5) & 1) << (7 - bit % 8));
    memcpy(key, bytes, sizeof bytes);
    ok = true;
out:
    sodium_memzero(digits, sizeof digits);
    sodium_memzero(bytes, sizeof bytes);
    return ok;
}
