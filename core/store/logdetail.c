/* The sealed side of a log segment: n lengths (u32), then n details, as one
 * zstd frame under one seal. The seal is bound to source, period and ordinals,
 * so a blob cannot be moved to other events. */
#include "core/store/logdetail.h"

#include "core/crypto/aead.h"
#include "core/store/detail.h"

#define AD 44

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static void put_str(struct keep_buf *b, struct keep_str s)
{
    keep_buf_bytes(b, s.p, s.n);
}

void keep_logdetail_put(struct keep_buf *b, const struct keep_row_event *e)
{
    keep_buf_u8(b, e->reason.p != NULL);
    put_str(b, e->native_id);
    put_str(b, e->account_name);
    put_str(b, e->query);
    put_str(b, e->reason);
    put_str(b, e->raw);
}

int keep_logdetail_get(struct keep_logdetail *out, struct keep_str detail, struct keep_err *err)
{
    struct keep_detail_reader r = {detail, true};
    struct keep_logdetail d;
    bool has_reason = keep_detail_u8(&r) == 1;

    d.native_id = keep_detail_bytes(&r);
    d.account_name = keep_detail_bytes(&r);
    d.query = keep_detail_bytes(&r);
    d.reason = keep_detail_bytes(&r);
    d.raw = keep_detail_bytes(&r);
    if (!r.ok || r.left.n)
        return keep_err_set(err, KEEP_E_INTEGRITY, "log detail: an event's part is malformed");
    if (!has_reason)
        d.reason = (struct keep_str){NULL, 0};
    *out = d;
    return 0;
}

static void associated(uint8_t ad[AD], const struct keep_logdetail_place *at)
{
    const uint64_t v[4] = {at->source, (uint64_t)at->period, at->first, at->last};

    memcpy(ad, "access log\0\0", 12);
    for (int i = 0; i < 32; i++)
        ad[12 + i] = (uint8_t)(v[i / 8] >> (8 * (i % 8)));
}

void keep_logdetail_room_free(struct keep_logdetail_room *room)
{
    keep_buf_free(&room->plain);
    keep_buf_free(&room->frame);
}

int keep_logdetail_seal(struct keep_squeeze *z, const struct keep_logdetail_span *d, const struct keep_logdetail_place *at, const uint8_t key[32],
                        struct keep_logdetail_room *room, struct keep_buf *out, struct keep_err *err)
{
    uint32_t bytes = d->end[d->n - 1] - d->start;
    uint8_t ad[AD];
    int rc;

    keep_buf_clear(&room->plain);
    keep_buf_clear(&room->frame);
    keep_buf_reserve(&room->plain, (size_t)d->n * 4 + bytes);
    for (uint32_t i = 0; i < d->n; i++)
        keep_buf_u32(&room->plain, d->end[i] - (i ? d->end[i - 1] : d->start));
    keep_buf_add(&room->plain, d->text.p + d->start, bytes);
    if (room->plain.failed)
        return no_memory(err);
    if ((rc = keep_squeeze_pack(z, room->plain.p, room->plain.n, &room->frame, err)) < 0)
        return rc;
    if (!keep_buf_reserve(out, room->frame.n + KEEP_AEAD_OVERHEAD))
        return no_memory(err);
    associated(ad, at);
    keep_aead_seal(out->p + out->n, room->frame.p, room->frame.n, ad, AD, key);
    out->n += room->frame.n + KEEP_AEAD_OVERHEAD;
    return 0;
}

int keep_logdetail_open(struct keep_squeeze *z, struct keep_str sealed, const struct keep_logdetail_place *at, const uint8_t key[32], struct keep_buf *plain, struct keep_err *err)
{
    /* A segment is closed by the event that passes its limit; each event costs its parts' lengths besides. */
    size_t limit = KEEP_LOGDETAIL_SEGMENT_MAX + KEEP_LOGDETAIL_EVENT_MAX + 64 * (size_t)KEEP_SEGMENT_EVENTS;
    struct keep_buf frame = KEEP_BUF_INIT;
    uint8_t ad[AD];
    int rc;

    keep_buf_clear(plain);
    if (sealed.n < KEEP_AEAD_OVERHEAD)
        return keep_err_set(err, KEEP_E_INTEGRITY, "log detail: too short to be sealed");
    if (!keep_buf_reserve(&frame, sealed.n))
        return no_memory(err);
    associated(ad, at);
    if (keep_aead_open(frame.p, (const uint8_t *)sealed.p, sealed.n, ad, AD, key) < 0)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "log detail: its seal is broken");
    else
        rc = keep_squeeze_unpack(z, frame.p, sealed.n - KEEP_AEAD_OVERHEAD, limit, plain, err);
    keep_buf_free(&frame);
    return rc;
}

int keep_logdetail_start(struct keep_logdetail_walk *w, const struct keep_buf *plain, uint32_t n, struct keep_err *err)
{
    struct keep_str all = keep_buf_view(plain);

    if (all.n < (size_t)n * 4)
        return keep_err_set(err, KEEP_E_INTEGRITY, "log detail: too short for its events");
    w->lengths = (struct keep_str){all.p, (size_t)n * 4};
    w->rest = (struct keep_str){all.p + (size_t)n * 4, all.n - (size_t)n * 4};
    return 0;
}

int keep_logdetail_next(struct keep_logdetail_walk *w, struct keep_str *detail, struct keep_err *err)
{
    struct keep_detail_reader r = {w->lengths, true};
    uint32_t n = keep_detail_u32(&r);

    if (!r.ok || n > w->rest.n)
        return keep_err_set(err, KEEP_E_INTEGRITY, "log detail: a length is wrong");
    w->lengths = r.left;
    *detail = (struct keep_str){w->rest.p, n};
    w->rest.p += n;
    w->rest.n -= n;
    return 0;
}

static size_t put(uint8_t *p, uint64_t v, int n)
{
    for (int i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
    return (size_t)n;
}

void keep_logdetail_canon(struct keep_hash_stream *h, const struct keep_segment *c, uint32_t i, uint64_t hash, struct keep_str detail)
{
    uint8_t p[64];
    size_t n = put(p, c->ordinal[i], 8);

    n += put(p + n, (uint64_t)c->time[i], 8);
    n += put(p + n, c->account[i], 4);
    n += put(p + n, c->patient[i], 4);
    n += put(p + n, c->place[i], 4);
    n += put(p + n, c->unit[i], 4);
    n += put(p + n, (uint32_t)c->action[i] | (uint32_t)c->exposure[i] << 8 | (uint32_t)c->outcome[i] << 16 | (uint32_t)c->purpose[i] << 24, 4);
    n += put(p + n, (uint32_t)c->break_glass[i] | (uint32_t)c->searched[i] << 8 | (uint32_t)(uint16_t)c->reason[i] << 16, 4);
    n += put(p + n, hash, 8);
    n += put(p + n, detail.n, 4);
    keep_hash_stream_add(h, p, n);
    keep_hash_stream_add(h, detail.p, detail.n);
}
