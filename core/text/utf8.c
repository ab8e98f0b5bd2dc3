/* UTF-8, strictly as RFC 3629 section 4 has it: no overlong forms, no surrogates,
 * nothing above U+10FFFF. Mostly the text is ASCII, so eight such bytes go at once. */
#include "core/text/utf8.h"

#include <utf8proc.h>

/* Bytes of the well-formed sequence at p (left bytes follow), 0 when there is none.
 *   00..7F
 *   C2..DF 80..BF
 *   E0 A0..BF 80..BF | E1..EC, EE..EF 80..BF 80..BF | ED 80..9F 80..BF
 *   F0 90..BF 80..BF 80..BF | F1..F3 80..BF x3 | F4 80..8F 80..BF 80..BF */
size_t keep_utf8_sequence(const char *z, size_t left)
{
    const unsigned char *p = (const unsigned char *)z;
    if (left == 0)
        return 0;
    if (p[0] < 0x80)
        return 1;
    size_t n = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : 2;
    if (p[0] < 0xc2 || p[0] > 0xf4 || left < n)
        return 0;
    unsigned low = p[0] == 0xe0 ? 0xa0 : p[0] == 0xf0 ? 0x90 : 0x80;
    unsigned high = p[0] == 0xed ? 0x9f : p[0] == 0xf4 ? 0x8f : 0xbf;
    if (p[1] < low || p[1] > high)
        return 0;
    for (size_t i = 2; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    return n;
}

bool keep_utf8_valid(struct keep_str s)
{
    size_t i = 0;
    while (i < s.n) {
        uint64_t eight;
        if (s.n - i >= sizeof eight) {
            memcpy(&eight, s.p + i, sizeof eight);
            if (!(eight & UINT64_C(0x8080808080808080))) {
                i += sizeof eight;
                continue;
            }
        }
        size_t n = keep_utf8_sequence(s.p + i, s.n - i);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

uint32_t keep_utf8_next(struct keep_str s, size_t *i)
{
    static const unsigned char lead_bits[5] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t n = keep_utf8_sequence(s.p + *i, s.n - *i);
    if (n == 0) {
        ++*i;
        return 0xfffd;
    }
    uint32_t c = (unsigned char)s.p[*i] & lead_bits[n];
    for (size_t k = 1; k < n; k++)
        c = c << 6 | ((unsigned char)s.p[*i + k] & 0x3f);
    *i += n;
    return c;
}

size_t keep_utf8_put(uint32_t c, char out[4])
{
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    static const unsigned char lead[5] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t k = n - 1; k > 0; k--, c >>= 6)
        out[k] = (char)(0x80 | (c & 0x3f));
    out[0] = (char)(lead[n] | c);
    return n;
}

size_t keep_utf8_count(struct keep_str s)
{
    size_t count = 0;
    for (size_t i = 0; i < s.n; count++)
        keep_utf8_next(s, &i);
    return count;
}

size_t keep_utf8_columns(struct keep_str s)
{
    size_t columns = 0;
    for (size_t i = 0; i < s.n;) {
        int width = utf8proc_charwidth((utf8proc_int32_t)keep_utf8_next(s, &i));
        columns += width > 0 ? (size_t)width : 0;
    }
    return columns;
}
