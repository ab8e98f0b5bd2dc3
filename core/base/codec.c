/* Hexadecimal and base64 (RFC 4648). Decoding accepts exactly what encoding
 * writes (and upper-case hexadecimal), so that two different texts never stand
 * for the same bytes in something that is signed. */
#include "core/base/codec.h"

#include <stdint.h>

static const char hex_digits[] = "0123456789abcdef";
static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

void keep_codec_hex(const void *p, size_t n, char *out)
{
    const unsigned char *from = p;
    for (size_t i = 0; i < n; i++) {
        *out++ = hex_digits[from[i] >> 4];
        *out++ = hex_digits[from[i] & 15];
    }
    *out = '\0';
}

/* A digit's value and one more; 0: no digit. */
static const unsigned char digit[256] = {
    ['0'] = 1, ['1'] = 2, ['2'] = 3, ['3'] = 4, ['4'] = 5, ['5'] = 6, ['6'] = 7, ['7'] = 8, ['8'] = 9, ['9'] = 10,
    ['a'] = 11, ['b'] = 12, ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16, ['A'] = 11, ['B'] = 12, ['C'] = 13, ['D'] = 14, ['E'] = 15, ['F'] = 16};

bool keep_codec_unhex(struct keep_str s, void *out, size_t n)
{
    const unsigned char *from = (const unsigned char *)s.p;
    unsigned char *to = out;
    if (s.n % 2 != 0 || s.n / 2 != n)
        return false;
    for (size_t i = 0; i < s.n; i++) /* first all of it, so that out stays untouched on failure */
        if (!digit[from[i]])
            return false;
    for (size_t i = 0; i < n; i++)
        to[i] = (unsigned char)((digit[from[2 * i]] - 1) << 4 | (digit[from[2 * i + 1]] - 1));
    return true;
}

void keep_codec_base64(struct keep_buf *out, const void *p, size_t n, bool pad)
{
    const unsigned char *from = p;
    if (n > SIZE_MAX / 2 || !keep_buf_reserve(out, (n + 2) / 3 * 4)) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i += 3) {
        size_t have = n - i < 3 ? n - i : 3;
        uint32_t v = (uint32_t)from[i] << 16;
        if (have > 1)
            v |= (uint32_t)from[i + 1] << 8;
        if (have > 2)
            v |= from[i + 2];
        for (size_t k = 0; k < 4; k++) {
            if (k <= have)
                out->p[out->n++] = (unsigned char)alphabet[v >> (18 - 6 * k) & 63];
            else if (pad)
                out->p[out->n++] = '=';
        }
    }
}

static int base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Two to four characters of one group -> one to three bytes; false when a character or the unused bits are wrong. */
static bool group(const char *c, size_t n, unsigned char out[3])
{
    uint32_t v = 0;
    for (size_t k = 0; k < 4; k++) {
        int d = k < n ? base64_value(c[k]) : 0;
        if (d < 0)
            return false;
        v = v << 6 | (uint32_t)d;
    }
    if ((n == 2 && (v & 0xffff)) || (n == 3 && (v & 0xff)))
        return false;
    out[0] = (unsigned char)(v >> 16);
    out[1] = (unsigned char)(v >> 8);
    out[2] = (unsigned char)v;
    return true;
}

bool keep_codec_unbase64(struct keep_buf *out, struct keep_str s, bool pad)
{
    size_t n = s.n, before = out->n;
    if (pad) {
        if (n % 4 != 0)
            return false;
        for (int k = 0; k < 2 && n > 0 && s.p[n - 1] == '='; k++)
            n--;
    }
    if (n % 4 == 1 || !keep_buf_reserve(out, n / 4 * 3 + 3))
        return false;
    for (size_t i = 0; i < n; i += 4) {
        size_t have = n - i < 4 ? n - i : 4;
        if (!group(s.p + i, have, out->p + out->n)) {
            out->n = before;
            return false;
        }
        out->n += have - 1;
    }
    return true;
}
