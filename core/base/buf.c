/* A growing buffer. It may hold payloads and keys on their way, so what it leaves
 * behind is wiped, also when growing moves it. */
#include "core/base/buf.h"

#include <endian.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/num.h"

enum { FIRST_SIZE = 256 };

void keep_buf_free(struct keep_buf *b)
{
    if (b->p) {
        explicit_bzero(b->p, b->cap);
        free(b->p);
    }
    *b = (struct keep_buf)KEEP_BUF_INIT;
}

void keep_buf_clear(struct keep_buf *b)
{
    b->n = 0;
    b->failed = false;
}

bool keep_buf_reserve(struct keep_buf *b, size_t extra)
{
    size_t need;
    if (b->failed || !keep_num_add(b->n, extra, &need)) {
        b->failed = true;
        return false;
    }
    if (need <= b->cap)
        return true;
    size_t cap = b->cap ? b->cap : FIRST_SIZE;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap * 2;
    unsigned char *p = malloc(cap);
    if (!p) {
        b->failed = true;
        return false;
    }
    if (b->p) {
        memcpy(p, b->p, b->n);
        explicit_bzero(b->p, b->cap);
        free(b->p);
    }
    b->p = p;
    b->cap = cap;
    return true;
}

/* Room for n more, where they go; NULL: none. Nearly always it is there already. */
static inline unsigned char *room(struct keep_buf *b, size_t n)
{
    if ((b->failed || b->cap - b->n < n) && !keep_buf_reserve(b, n))
        return NULL;
    b->n += n;
    return b->p + b->n - n;
}

void keep_buf_add(struct keep_buf *b, const void *p, size_t n)
{
    unsigned char *to = n > 0 ? room(b, n) : NULL;

    if (to)
        memcpy(to, p, n);
}

void keep_buf_str(struct keep_buf *b, const char *z)
{
    keep_buf_add(b, z, strlen(z));
}

void keep_buf_char(struct keep_buf *b, char c)
{
    keep_buf_add(b, &c, 1);
}

void keep_buf_printf(struct keep_buf *b, const char *fmt, ...)
{
    va_list ap, again;
    va_start(ap, fmt);
    va_copy(again, ap);
    size_t left = b->cap - b->n;
    int n = b->failed ? 0 : vsnprintf(b->p ? (char *)b->p + b->n : NULL, b->p ? left : 0, fmt, ap);
    if (n < 0) {
        b->failed = true;
    } else if (!b->failed && (size_t)n < left) {
        b->n += (size_t)n;
    } else if (keep_buf_reserve(b, (size_t)n + 1)) {
        vsnprintf((char *)b->p + b->n, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
    va_end(ap);
}

void keep_buf_u8(struct keep_buf *b, uint8_t v)
{
    unsigned char *p = room(b, sizeof v);

    if (p)
        *p = v;
}

void keep_buf_u32(struct keep_buf *b, uint32_t v)
{
    unsigned char *p = room(b, sizeof v);

    v = htole32(v);
    if (p)
        memcpy(p, &v, sizeof v);
}

void keep_buf_u64(struct keep_buf *b, uint64_t v)
{
    unsigned char *p = room(b, sizeof v);

    v = htole64(v);
    if (p)
        memcpy(p, &v, sizeof v);
}

void keep_buf_u8u32(struct keep_buf *b, uint8_t u, uint32_t v)
{
    unsigned char *p = room(b, sizeof u + sizeof v);

    v = htole32(v);
    if (!p)
        return;
    *p = u;
    memcpy(p + 1, &v, sizeof v);
}

void keep_buf_u8u64(struct keep_buf *b, uint8_t u, uint64_t v)
{
    unsigned char *p = room(b, sizeof u + sizeof v);

    v = htole64(v);
    if (!p)
        return;
    *p = u;
    memcpy(p + 1, &v, sizeof v);
}

void keep_buf_bytes(struct keep_buf *b, const void *p, size_t n)
{
    if (n > UINT32_MAX) {
        b->failed = true;
        return;
    }
    keep_buf_u32(b, (uint32_t)n);
    keep_buf_add(b, p, n);
}
