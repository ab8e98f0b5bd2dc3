/* The end of an import: the newest small segments of a period are joined while
 * that at most doubles what is written, so that many small imports cost a
 * logarithm of their number. */
#include "core/store/events_inside.h"

#include "core/store/detail.h"
#include "core/store/txn.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* A stored segment into room; st stands on it. */
static int segment_read(struct keep_events_writer *w, const struct keep_events_bucket *b, sqlite3_stmt *st, struct keep_logsheet *room, struct keep_err *err)
{
    struct keep_str columns = keep_rowio_blob_at(st, 1);
    struct keep_detail_reader hashes = {keep_rowio_blob_at(st, 3), true};
    struct keep_logdetail_walk walk;
    struct keep_str detail;
    uint32_t n;
    int rc;

    if ((rc = keep_segment_unpack(columns.p, columns.n, &room->c, NULL, err)) < 0)
        return rc;
    n = room->c.n;
    if (hashes.left.n != (size_t)n * 8)
        return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: its hashes do not fit");
    struct keep_logdetail_place at = {w->source, b->period, room->c.ordinal[0], room->c.ordinal[n - 1]};
    if ((rc = keep_logdetail_open(w->closing[w->turn].press.z, keep_rowio_blob_at(st, 2), &at, b->key, &w->plain, err)) < 0 ||
        (rc = keep_logdetail_start(&walk, &w->plain, n, err)) < 0)
        return rc;
    keep_buf_clear(&room->detail);
    for (uint32_t i = 0; i < n; i++) {
        if ((rc = keep_logdetail_next(&walk, &detail, err)) < 0)
            return rc;
        keep_buf_add(&room->detail, detail.p, detail.n);
        room->end[i] = (uint32_t)room->detail.n;
        room->hash[i] = keep_detail_u64(&hashes);
    }
    return room->detail.failed ? no_memory(err) : 0;
}

/* Puts the events of *room in front of the bucket's, when both together make one segment. 1: they do not. */
static int prepend(struct keep_events_bucket *b, struct keep_logsheet **room, struct keep_err *err)
{
    struct keep_logsheet *older = *room, *newer = b->sheet;
    uint32_t n = older->c.n;
    int rc = keep_logsheet_join(older, newer, err);

    if (rc != 0)
        return rc;
    b->sheet = older;
    b->stored += n;
    b->hashed += n;
    *room = newer;
    return 0;
}

/* The newest segment of the bucket's period below an id, its number of events at most twice what the bucket holds: 1 and st stands on it; 0 none. */
static int neighbour(struct keep_events_writer *w, const struct keep_events_bucket *b, int64_t below, sqlite3_stmt **out, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(w->s, keep_store_db(w->s), "SELECT id, columns, detail, hashes, n FROM segment WHERE source=?1 AND period=?2 AND id<?3 ORDER BY id DESC LIMIT 1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, w->source);
    sqlite3_bind_int64(st, 2, b->period);
    sqlite3_bind_int64(st, 3, below);
    if ((rc = keep_rowio_next(st, "reading the log", err)) <= 0)
        return rc;
    if (sqlite3_column_int64(st, 4) > 2 * (int64_t)b->sheet->c.n) {
        sqlite3_reset(st);
        return 0;
    }
    *out = st;
    return 1;
}

/* Joins what a bucket has left with its small neighbours on disk. */
static int bucket_settle(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_logsheet **room, struct keep_err *err)
{
    int64_t below = b->parts ? b->part[0] : INT64_MAX;
    bool joined = b->parts > 1;
    sqlite3_stmt *st;
    int rc;

    if (b->sheet->c.n == 0)
        return 0;
    while (b->parts < KEEP_EVENTS_PARTS && (rc = neighbour(w, b, below, &st, err)) != 0) {
        if (rc < 0)
            return rc;
        below = sqlite3_column_int64(st, 0);
        rc = segment_read(w, b, st, *room, err);
        sqlite3_reset(st);
        if (rc < 0 || (rc = prepend(b, room, err)) < 0)
            return rc;
        if (rc == 1)
            break;
        b->part[b->parts++] = below;
        joined = true;
    }
    if (joined)
        keep_txn_count(w->s, "segments", 1);
    return joined && (rc = keep_events_inside_whole(w, b, err)) < 0 ? rc : keep_events_inside_land(w, err);
}

int keep_events_settle(struct keep_events_writer *w, struct keep_err *err)
{
    struct keep_logsheet *room = keep_logsheet_new();
    int rc = room ? 0 : no_memory(err);

    for (size_t i = 0; i < w->buckets && rc == 0; i++)
        rc = bucket_settle(w, w->bucket[i], &room, err);
    keep_logsheet_free(room);
    return rc;
}
