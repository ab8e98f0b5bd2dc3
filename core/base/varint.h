/* Numbers in as many bytes as they need: seven bits a byte, the least first, the
 * high bit set on all but the last byte. */
#ifndef CORE_BASE_VARINT_H
#define CORE_BASE_VARINT_H

#include <stdbool.h>
#include <stdint.h>

#define KEEP_VARINT_MOST 10 /* bytes */

/* to: room for KEEP_VARINT_MOST. Where the next one goes. */
static inline unsigned char *keep_varint_put(unsigned char *to, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        *to++ = (unsigned char)(v | 0x80);
    *to++ = (unsigned char)v;
    return to;
}

/* Reads one at *at, below end, and moves *at behind it. false: it is cut off, or greater than fits; *at and *out are as they were. */
static inline bool keep_varint_get(const unsigned char **at, const unsigned char *end, uint64_t *out)
{
    uint64_t v = 0;
    unsigned shift = 0;
    for (const unsigned char *p = *at; p != end && !(shift == 63 && *p > 1); shift += 7) {
        v |= (uint64_t)(*p & 0x7f) << shift;
        if (*p++ < 0x80) {
            *at = p;
            *out = v;
            return true;
        }
    }
    return false;
}

/* 0, -1, 1, -2, … as 0, 1, 2, 3, …: what is near to 0 is short. And back. */
static inline uint64_t keep_varint_fold(int64_t v)
{
    return (uint64_t)v << 1 ^ (v < 0 ? UINT64_MAX : 0);
}
static inline int64_t keep_varint_unfold(uint64_t v)
{
    return (int64_t)(v >> 1 ^ (v & 1 ? UINT64_MAX : 0));
}

#endif
