/* A growing byte buffer. After a failed append it stays failed (ok = false),
 * so that a run of appends needs one check at its end. */
#ifndef CORE_BASE_BUF_H
#define CORE_BASE_BUF_H

#include <endian.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"
#include "core/base/varint.h"

struct keep_buf {
    unsigned char *p;
    size_t n, cap;
    bool failed; /* an append did not fit in memory; contents end before it */
};

#define KEEP_BUF_INIT {NULL, 0, 0, false}

void keep_buf_free(struct keep_buf *b); /* wipes and frees; the struct is reusable */
void keep_buf_clear(struct keep_buf *b); /* empties, keeps the memory */
bool keep_buf_reserve(struct keep_buf *b, size_t extra);
void keep_buf_add(struct keep_buf *b, const void *p, size_t n);
void keep_buf_str(struct keep_buf *b, const char *z);
void keep_buf_char(struct keep_buf *b, char c);
void keep_buf_printf(struct keep_buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Little-endian fixed-width integers and a length-prefixed (u32) byte string: the canonical forms that leaves are hashed over. */
void keep_buf_u8(struct keep_buf *b, uint8_t v);
void keep_buf_u32(struct keep_buf *b, uint32_t v);
void keep_buf_u64(struct keep_buf *b, uint64_t v);
void keep_buf_u8u32(struct keep_buf *b, uint8_t u, uint32_t v); /* one behind the other, in one step: most of a row's form */
void keep_buf_u8u64(struct keep_buf *b, uint8_t u, uint64_t v);
void keep_buf_bytes(struct keep_buf *b, const void *p, size_t n);
/* What keep_buf_u32 and keep_buf_u64 wrote there. */
static inline uint32_t keep_buf_u32_at(const void *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return le32toh(v);
}
static inline uint64_t keep_buf_u64_at(const void *p)
{
    uint64_t v;
    memcpy(&v, p, sizeof v);
    return le64toh(v);
}
/* Appends a number in as many bytes as it needs (varint.h). */
static inline void keep_buf_varint(struct keep_buf *b, uint64_t v)
{
    if (keep_buf_reserve(b, KEEP_VARINT_MOST))
        b->n = (size_t)(keep_varint_put(b->p + b->n, v) - b->p);
}

static inline struct keep_str keep_buf_view(const struct keep_buf *b)
{
    return (struct keep_str){(const char *)b->p, b->n};
}

#endif
