/* A part is rows column by column, each column in as many bits as it needs above
 * its second least value: the least is often "none", far below all others, and has
 * code 0, so that code k above it is the second least and k - 1. */
#include "core/store/packed_part.h"

#include "core/store/detail.h"
#include "core/store/segment_inside.h"

#define COLUMNS KEEP_PACKED_COLUMNS
#define DESCRIPTOR 17 /* 8 least, 8 second least, 1 width */

static int damaged(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "packed relations or encounters are damaged");
}

static void column_put(const int64_t *v, uint32_t n, struct keep_buf *descriptors, struct keep_buf *data)
{
    int64_t least = v[0], next = v[0], most = v[0];
    unsigned width, have = 0;
    uint64_t acc = 0;

    for (uint32_t i = 1; i < n; i++) {
        least = v[i] < least ? v[i] : least;
        most = v[i] > most ? v[i] : most;
    }
    next = most;
    for (uint32_t i = 0; i < n; i++)
        next = v[i] > least && v[i] < next ? v[i] : next;
    width = least == most ? 0 : keep_segment_bits((uint64_t)most - (uint64_t)next + 1);
    keep_buf_u64(descriptors, (uint64_t)least);
    keep_buf_u64(descriptors, (uint64_t)next);
    keep_buf_u8(descriptors, (uint8_t)width);
    for (uint32_t i = 0; i < n && width > 0; i++) {
        uint64_t code = v[i] == least ? 0 : (uint64_t)v[i] - (uint64_t)next + 1;
        acc |= code << have;
        if (have + width >= 64) {
            keep_buf_u64(data, acc);
            acc = have ? code >> (64 - have) : 0;
            have = have + width - 64;
        } else {
            have += width;
        }
    }
    for (; have > 0; have = have > 8 ? have - 8 : 0, acc >>= 8)
        keep_buf_u8(data, (uint8_t)acc);
}

void keep_packed_part_put(struct keep_buf *body, struct keep_buf *data, uint32_t n, const int64_t *const column[COLUMNS])
{
    keep_buf_clear(data);
    keep_buf_u32(body, n);
    for (int c = 0; c < COLUMNS; c++)
        column_put(column[c], n, body, data);
    keep_buf_add(data, "\0\0\0\0\0\0\0\0", KEEP_SEGMENT_PAD);
    keep_buf_add(body, data->p, data->n);
    body->failed |= data->failed;
}

int keep_packed_part_open(struct keep_packed_part *out, struct keep_str body, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    const uint8_t *at = (const uint8_t *)body.p + 4 + COLUMNS * DESCRIPTOR, *end = (const uint8_t *)body.p + body.n;

    out->n = keep_detail_u32(&r);
    if (body.n < 4 + COLUMNS * DESCRIPTOR + KEEP_SEGMENT_PAD || out->n == 0 || out->n > KEEP_PACKED_PART)
        return damaged(err);
    for (int c = 0; c < COLUMNS; c++) {
        struct keep_packed_frame *f = &out->column[c];
        f->least = (int64_t)keep_detail_u64(&r);
        f->next = keep_detail_u64(&r);
        f->width = keep_detail_u8(&r);
        f->at = at;
        size_t bytes = ((size_t)out->n * f->width + 7) / 8;
        if (f->width > 64 || bytes + KEEP_SEGMENT_PAD > (size_t)(end - at))
            return damaged(err);
        at += bytes;
    }
    return end - at == KEEP_SEGMENT_PAD ? 0 : damaged(err);
}

void keep_packed_part_read(const struct keep_packed_part *p, int c, uint32_t from, uint32_t n, int64_t *restrict out)
{
    const struct keep_packed_frame f = p->column[c];
    uint64_t bit = (uint64_t)from * f.width;

    if (f.width == 0) {
        for (uint32_t i = 0; i < n; i++)
            out[i] = f.least;
        return;
    }
    for (uint32_t i = 0; i < n; i++, bit += f.width) {
        uint64_t code = keep_segment_bits_at(f.at, bit, f.width);
        out[i] = code ? (int64_t)(f.next + code - 1) : f.least;
    }
}
