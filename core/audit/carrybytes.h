/* The bytes of what an audit leaves: numbers as in core/base/varint.h. Inside
 * carrypack.c and carrypart.c alone. Reading ends at the first step that goes
 * beyond the end: from then on `bad` is set, and every number is 0. */
#ifndef CORE_AUDIT_CARRYBYTES_H
#define CORE_AUDIT_CARRYBYTES_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/varint.h"
#include "core/model/world.h"

#define KEEP_CARRYBYTES_FORMAT 4
#define KEEP_CARRYBYTES_TIME (1 + KEEP_VARINT_MOST) /* bytes of a time at most */

/* ---- writing ---- */

static inline void keep_carrybytes_put_text(struct keep_buf *b, struct keep_str s)
{
    keep_buf_varint(b, s.n);
    keep_buf_add(b, s.p, s.n);
}

/* A time as what it is later than another: twice the seconds, folded; or 1 and the microseconds, folded, where they are not whole ones. */
static inline unsigned char *keep_carrybytes_put_time(unsigned char *to, keep_time t, keep_time than)
{
    int64_t later = (int64_t)((uint64_t)t - (uint64_t)than);
    if (later % KEEP_USEC == 0)
        return keep_varint_put(to, keep_varint_fold(later / KEEP_USEC) << 1);
    *to++ = 1;
    return keep_varint_put(to, keep_varint_fold(later));
}

/* ---- reading ---- */

struct keep_carrybytes {
    const unsigned char *p, *end;
    bool bad;
};

static inline struct keep_carrybytes keep_carrybytes_of(struct keep_str s)
{
    return (struct keep_carrybytes){(const unsigned char *)s.p, (const unsigned char *)s.p + s.n, false};
}

static inline uint64_t keep_carrybytes_number(struct keep_carrybytes *c)
{
    uint64_t v = 0;
    if (c->bad || !keep_varint_get(&c->p, c->end, &v))
        c->bad = true;
    return v;
}

/* One that must not be greater than `most`. */
static inline uint64_t keep_carrybytes_upto(struct keep_carrybytes *c, uint64_t most)
{
    uint64_t v = keep_carrybytes_number(c);
    if (v <= most)
        return v;
    c->bad = true;
    return 0;
}

static inline uint32_t keep_carrybytes_u32(struct keep_carrybytes *c)
{
    return (uint32_t)keep_carrybytes_upto(c, UINT32_MAX);
}

/* A number of things of at least `least` bytes each, of which so many can be there. */
static inline size_t keep_carrybytes_many(struct keep_carrybytes *c, size_t least)
{
    return (size_t)keep_carrybytes_upto(c, (size_t)(c->end - c->p) / least);
}

static inline keep_time keep_carrybytes_time(struct keep_carrybytes *c, keep_time than)
{
    uint64_t v = keep_carrybytes_number(c);
    c->bad |= v & 1 && v != 1;
    uint64_t later = v & 1 ? (uint64_t)keep_varint_unfold(keep_carrybytes_number(c)) : (uint64_t)keep_varint_unfold(v >> 1) * KEEP_USEC;
    return (keep_time)((uint64_t)than + later);
}

/* NULL: there are not so many. */
static inline const unsigned char *keep_carrybytes_take(struct keep_carrybytes *c, size_t n)
{
    const unsigned char *p = c->p;
    if (c->bad || n > (size_t)(c->end - p)) {
        c->bad = true;
        return NULL;
    }
    c->p += n;
    return p;
}

/* Of 8 bytes, little-endian: what has no small values. */
static inline uint64_t keep_carrybytes_u64(struct keep_carrybytes *c)
{
    const unsigned char *p = keep_carrybytes_take(c, 8);
    return p ? keep_buf_u64_at(p) : 0;
}

static inline struct keep_str keep_carrybytes_text(struct keep_carrybytes *c, struct keep_arena *a, bool *ok)
{
    size_t n = keep_carrybytes_many(c, 1);
    const unsigned char *p = n ? keep_carrybytes_take(c, n) : NULL;
    return p ? keep_arena_str(a, (struct keep_str){(const char *)p, n}, ok) : (struct keep_str){NULL, 0};
}

/* 'K', what it is, the format; known: it is the one that is written now. */
static inline bool keep_carrybytes_begins(struct keep_carrybytes *c, unsigned char what, bool *known)
{
    const unsigned char *p = keep_carrybytes_take(c, 3);
    *known = p && p[2] == KEEP_CARRYBYTES_FORMAT;
    return p && p[0] == 'K' && p[1] == what;
}

/* ---- who is who now: KEEP_ID_NONE, nobody ---- */

static inline uint32_t keep_carrybytes_one(const struct keep_world *w, uint8_t kind, uint64_t entity)
{
    return entity < w->entities && w->kind[entity] == kind ? w->index[entity] : KEEP_ID_NONE;
}

/* Also by an identity that has been found to be the same patient's. */
static inline uint32_t keep_carrybytes_patient(const struct keep_world *w, uint64_t entity)
{
    return keep_carrybytes_one(w, KEEP_ENTITY_PATIENT, entity);
}

static inline uint32_t keep_carrybytes_account(const struct keep_world *w, uint64_t entity)
{
    uint32_t i = keep_carrybytes_one(w, KEEP_ENTITY_ACCOUNT, entity);
    return i != KEEP_ID_NONE && w->account[i].entity == entity ? i : KEEP_ID_NONE;
}

static inline uint32_t keep_carrybytes_worker(const struct keep_world *w, uint64_t entity)
{
    uint32_t i = keep_carrybytes_one(w, KEEP_ENTITY_WORKER, entity);
    return i != KEEP_ID_NONE && w->worker[i].entity == entity ? i : KEEP_ID_NONE;
}

#endif
