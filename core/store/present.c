/* Lists of who stands in a segment.
 *
 * A list is exact, so it is small where a filter with as few misses would not
 * be: steps between sorted ids of a hospital's day take some five to twelve bits.
 * It is read through from the front, a nanosecond an id. */
#include "core/store/present.h"

#include <stdlib.h>

#include "core/store/rowio.h"
#include "core/store/segment_inside.h"

#define HEAD 9
#define DIGIT 11

/* By 11 bits at a time from the least; other has room for n. Three passes leave them in other. */
static void sort(uint32_t *id, uint32_t *other, size_t n)
{
    for (unsigned shift = 0; shift < 33; shift += DIGIT) {
        size_t at[1 << DIGIT] = {0}, before = 0;
        for (size_t i = 0; i < n; i++)
            at[id[i] >> shift & ((1 << DIGIT) - 1)]++;
        for (size_t d = 0; d < 1 << DIGIT; d++) {
            size_t here = at[d];
            at[d] = before;
            before += here;
        }
        for (size_t i = 0; i < n; i++)
            other[at[id[i] >> shift & ((1 << DIGIT) - 1)]++] = id[i];
        uint32_t *swap = id;
        id = other;
        other = swap;
    }
}

void keep_present_list(uint32_t *from, size_t n, struct keep_buf *out)
{
    uint32_t id[KEEP_SEGMENT_EVENTS];
    uint32_t widest = 0;
    unsigned width, have = 0;
    uint64_t acc = 0;
    size_t m = 0;

    sort(from, id, n);
    for (size_t i = 0; i < n; i++)
        if (id[i] != 0 && (m == 0 || id[i] != id[m - 1]))
            id[m++] = id[i];
    for (size_t i = 1; i < m; i++)
        widest = id[i] - id[i - 1] - 1 > widest ? id[i] - id[i - 1] - 1 : widest;
    width = keep_segment_bits(widest);
    keep_buf_u32(out, (uint32_t)m);
    keep_buf_u32(out, m ? id[0] : 0);
    keep_buf_u8(out, (uint8_t)width);
    for (size_t i = 1; i < m; i++) {
        acc |= (uint64_t)(id[i] - id[i - 1] - 1) << have;
        for (have += width; have >= 8; have -= 8, acc >>= 8)
            keep_buf_u8(out, (uint8_t)acc);
    }
    if (have > 0)
        keep_buf_u8(out, (uint8_t)acc);
    keep_buf_add(out, "\0\0\0\0\0\0\0\0", KEEP_SEGMENT_PAD);
}

static uint32_t load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

int keep_present_has(const void *list, size_t size, const uint32_t *wanted, size_t n, struct keep_err *err)
{
    const uint8_t *p = list;
    uint32_t m = size >= HEAD ? load32(p) : 0;
    unsigned width = size >= HEAD ? p[8] : 0;
    uint64_t id, bit = 0;

    if (size < HEAD + KEEP_SEGMENT_PAD || m > KEEP_SEGMENT_EVENTS || width > 32 ||
        size != HEAD + KEEP_SEGMENT_PAD + ((uint64_t)(m ? m - 1 : 0) * width + 7) / 8)
        return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: the list of who stands in it is damaged");
    id = load32(p + 4);
    for (uint32_t i = 0; i < m && n > 0; i++) {
        while (n > 0 && *wanted < id)
            wanted++, n--;
        if (n > 0 && *wanted == id)
            return 1;
        if (i + 1 < m)
            id += 1 + keep_segment_bits_at(p + HEAD, bit, width);
        bit += width;
    }
    return 0;
}

/* --- rows ------------------------------------------------------------------------ */

int keep_present_write(struct keep_store *s, int64_t segment, const struct keep_segment *c, uint32_t from, struct keep_err *err)
{
    uint32_t n = c->n - from, *id = malloc((size_t)n * sizeof *id);
    struct keep_buf list = KEEP_BUF_INIT;
    sqlite3_stmt *st;
    int rc = 0;

    if (!id)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (int kind = 0; kind < KEEP_PRESENT_COUNT && rc == 0; kind++) {
        memcpy(id, (kind == KEEP_PRESENT_ACCOUNT ? c->account : c->patient) + from, (size_t)n * sizeof *id);
        keep_buf_clear(&list);
        keep_present_list(id, n, &list);
        if (list.failed)
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        if (rc < 0 || (rc = keep_store_prepare(s, keep_store_db(s), "INSERT INTO present(kind, segment, ids) VALUES(?1, ?2, ?3)", &st, err)) < 0)
            break;
        sqlite3_bind_int(st, 1, kind);
        sqlite3_bind_int64(st, 2, segment);
        sqlite3_bind_blob64(st, 3, list.p, list.n, SQLITE_STATIC);
        rc = keep_rowio_run(st, "writing the log", err);
    }
    keep_buf_free(&list);
    free(id);
    return rc;
}

int keep_present_drop(struct keep_store *s, int64_t segment, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = 0;

    for (int kind = 0; kind < KEEP_PRESENT_COUNT && rc == 0; kind++) {
        if ((rc = keep_store_prepare(s, keep_store_db(s), "DELETE FROM present WHERE kind=?1 AND segment=?2", &st, err)) < 0)
            return rc;
        sqlite3_bind_int(st, 1, kind);
        sqlite3_bind_int64(st, 2, segment);
        rc = keep_rowio_run(st, "writing the log", err);
    }
    return rc;
}
