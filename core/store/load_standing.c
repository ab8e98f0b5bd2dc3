/* Asked of many events at once, so that each segment is unpacked once at most,
 * and its columns alone: what the log said beyond them is not opened. */
#include <stdlib.h>

#include "core/crypto/secret.h"
#include "core/store/load_inside.h"
#include "core/store/logdetail.h"
#include "core/store/ring.h"
#include "core/store/rowio.h"
#include "core/store/segment.h"

/* The first at or behind an event's place. */
static size_t standing_at(const struct keep_load_standing *of, size_t n, uint32_t source, uint64_t ordinal)
{
    size_t lo = 0, hi = n;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (of[mid].source < source || (of[mid].source == source && of[mid].ordinal < ordinal))
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* Marks those of a segment's events that are among these, unless its period's key is gone. c: room. */
static int standing_mark(struct keep_store *s, int64_t segment, int64_t period, struct keep_load_standing *of, size_t n, struct keep_segment *c, void *key, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_ring_get(s, KEEP_RING_PERIOD, KEEP_LOGDETAIL_OWNER(of->source, period), key, err);

    if (rc > 0)
        return rc == 1 ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "a log period's key is missing without having been destroyed");
    if (rc < 0 || (rc = keep_store_prepare(s, keep_store_db(s), "SELECT columns FROM segment WHERE id=?1", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, segment);
    c->n = 0;
    if ((rc = keep_rowio_next(st, "reading the log", err)) > 0) {
        struct keep_str columns = keep_rowio_blob_at(st, 0);
        rc = keep_segment_unpack(columns.p, columns.n, c, NULL, err);
    }
    sqlite3_reset(st);
    for (size_t i = 0, k = 0; rc == 0 && i < n; i++) {
        while (k < c->n && c->ordinal[k] < of[i].ordinal)
            k++;
        of[i].stands |= k < c->n && c->ordinal[k] == of[i].ordinal;
    }
    return rc;
}

int keep_load_events_standing(struct keep_store *s, struct keep_load_standing *of, size_t n, struct keep_err *err)
{
    struct keep_segment *c = malloc(sizeof *c);
    void *key = NULL;
    sqlite3_stmt *st = NULL;
    int rc;

    for (size_t i = 0; i < n; i++)
        of[i].stands = false;
    if (!c)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if ((rc = keep_secret_new(&key, KEEP_KEY_SIZE, err)) == 0)
        rc = keep_load_prepare(s, "SELECT id, source, period, first, last FROM segment", &st, err);
    while (rc == 0 && n && (rc = keep_rowio_next(st, "reading the log", err)) > 0) {
        uint32_t source = (uint32_t)sqlite3_column_int64(st, 1);
        uint64_t last = (uint64_t)sqlite3_column_int64(st, 4);
        size_t from = standing_at(of, n, source, (uint64_t)sqlite3_column_int64(st, 3)), to = standing_at(of, n, source, last + 1);
        rc = from < to ? standing_mark(s, sqlite3_column_int64(st, 0), sqlite3_column_int64(st, 2), of + from, to - from, c, key, err) : 0;
    }
    sqlite3_finalize(st);
    keep_secret_free(key);
    free(c);
    return rc;
}
