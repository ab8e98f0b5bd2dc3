/* The access log on its way in.
 *
 * Events gather in one bucket a period. At each commit what is new in a bucket
 * becomes a small segment; when a bucket has a full segment's worth, its small
 * ones are replaced by one full segment in the same transaction. At the end of
 * an import the newest small segments of a period are joined while that at
 * most doubles what is written, so that many small imports cost a logarithm
 * and a scan never meets more than a few fragments a period.
 *
 * Repetitions: an event is known by the source's own id, else by the hash of
 * its content and how many equal ones came before it in the same file. Hashes
 * of a period are read when its first event arrives. So the same file twice
 * adds nothing, overlapping files add what is new, and two equal lines of one
 * file stay two. */
#include "core/store/events.h"

#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/detail.h"
#include "core/store/present.h"
#include "core/store/seen.h"
#include "core/store/txn.h"

#define FAST 1         /* zstd level: details are opened one at a time, written by the million */
#define BUCKETS_MAX 240 /* open at a time, a megabyte each: twenty years of months */
#define PARTS_MAX 4096 /* small segments of one bucket before it is written in whole anyway */

struct bucket {
    int64_t period;
    keep_time from, to; /* [from, to) of the period */
    uint8_t *key;       /* of the period, in secret memory */
    struct keep_seen seen;
    struct keep_segment *c;
    uint64_t hash[KEEP_SEGMENT_EVENTS];
    uint32_t end[KEEP_SEGMENT_EVENTS]; /* of each detail in detail */
    struct keep_buf detail;
    uint32_t stored;    /* events of c that stand in small segments */
    uint32_t run_n;     /* events since the last flush, full segments included */
    uint64_t run_first, run_last;
    struct keep_hash_stream *run; /* over their canonical forms */
    int64_t part[PARTS_MAX];
    size_t parts;
};

struct keep_events_writer {
    struct keep_store *s;
    const struct keep_seal_keys *keys;
    struct keep_squeeze *z;
    uint32_t source, file;
    uint64_t next; /* ordinal */
    struct bucket **bucket, *last;
    size_t buckets, held;
    uint32_t loose; /* events that stand in no segment */
    struct keep_buf form, columns, hashes, sealed, plain;
    struct keep_logdetail_room room;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- forms ---------------------------------------------------------------- */

static void put_str(struct keep_buf *b, struct keep_str s)
{
    keep_buf_bytes(b, s.p, s.n);
}

static uint64_t event_hash(const struct keep_events_writer *w, struct keep_buf *form)
{
    uint8_t h[8];
    uint64_t v = 0;

    keep_hash_keyed(h, sizeof h, form->p, form->n, w->keys->digest);
    for (int i = 0; i < 8; i++)
        v = v << 8 | h[i];
    return v ? v : 1;
}

/* --- what a period already holds ------------------------------------------ */

/* 1: the event is there already; 0: *hash is the one to store, now noted as seen. */
static int repeated(struct keep_events_writer *w, struct bucket *b, bool native, uint64_t *hash, struct keep_err *err)
{
    struct keep_seen_entry *at = keep_seen_find(&b->seen, *hash);
    uint32_t n;

    if (at && native)
        return 1;
    if (at) {
        if (at->file != w->file) {
            at->file = w->file;
            at->count = 0;
        }
        n = at->count++;
        if (n == 0)
            return 1;
        keep_buf_clear(&w->form);
        keep_buf_u8(&w->form, 'k');
        keep_buf_u64(&w->form, *hash);
        keep_buf_u32(&w->form, n);
        *hash = event_hash(w, &w->form);
        if (keep_seen_find(&b->seen, *hash))
            return 1;
    }
    if (!(at = keep_seen_add(&b->seen, *hash)))
        return no_memory(err);
    at->file = w->file;
    at->count = 1;
    return 0;
}

static int hashes_load(struct keep_events_writer *w, struct bucket *b, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(w->s, keep_store_db(w->s), "SELECT hashes FROM segment WHERE source=?1 AND period=?2", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, w->source);
    sqlite3_bind_int64(st, 2, b->period);
    while ((rc = keep_rowio_next(st, "reading the log", err)) > 0) {
        struct keep_detail_reader r = {keep_rowio_blob_at(st, 0), true};
        while (r.left.n >= 8) {
            uint64_t h = keep_detail_u64(&r);
            if (h && !keep_seen_add(&b->seen, h)) {
                sqlite3_reset(st);
                return no_memory(err);
            }
        }
    }
    return rc;
}

/* --- buckets --------------------------------------------------------------- */

static void bucket_free(struct bucket *b)
{
    if (!b)
        return;
    keep_secret_free(b->key);
    keep_seen_free(&b->seen);
    free(b->c);
    keep_buf_free(&b->detail);
    keep_hash_stream_free(b->run);
    free(b);
}

static int period_key(struct keep_events_writer *w, struct bucket *b, struct keep_err *err)
{
    uint64_t owner = KEEP_LOGDETAIL_OWNER(w->source, b->period);
    void *p;
    int rc = keep_secret_new(&p, KEEP_KEY_SIZE, err);

    if (rc < 0)
        return rc;
    b->key = p;
    if ((rc = keep_ring_get(w->s, KEEP_RING_PERIOD, owner, b->key, err)) == 2)
        return keep_ring_new(w->s, KEEP_RING_PERIOD, owner, b->key, err);
    return rc == 1 ? keep_err_set(err, KEEP_E_REFUSED, "the log of %d-%02d was destroyed; nothing can be added to it", (int)(b->period / 100), (int)(b->period % 100)) : rc;
}

/* --- segments --------------------------------------------------------------- */

/* Writes events from.. of a bucket as one segment. */
static int segment_write(struct keep_events_writer *w, const struct bucket *b, uint32_t from, int64_t *id, struct keep_err *err)
{
    const struct keep_segment *c = b->c;
    struct keep_logdetail_place at = {w->source, b->period, c->ordinal[from], c->ordinal[c->n - 1]};
    struct keep_logdetail_span details = {keep_buf_view(&b->detail), from ? b->end[from - 1] : 0, c->n - from, b->end + from};
    keep_time oldest = c->time[from], newest = c->time[from];
    sqlite3_stmt *st;
    int64_t written;
    int rc;

    keep_buf_clear(&w->columns);
    keep_buf_clear(&w->hashes);
    keep_buf_clear(&w->sealed);
    keep_segment_pack(c, from, &w->columns);
    for (uint32_t i = from; i < c->n; i++) {
        keep_buf_u64(&w->hashes, b->hash[i]);
        oldest = c->time[i] < oldest ? c->time[i] : oldest;
        newest = c->time[i] > newest ? c->time[i] : newest;
    }
    if (w->columns.failed || w->hashes.failed)
        return no_memory(err);
    if ((rc = keep_logdetail_seal(w->z, &details, &at, b->key, &w->room, &w->sealed, err)) < 0)
        return rc;
    if ((rc = keep_store_prepare(w->s, keep_store_db(w->s), "INSERT INTO segment(source, period, n, first, last, oldest, newest, bytes, columns, hashes, detail)"
                                 " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, w->source);
    sqlite3_bind_int64(st, 2, b->period);
    sqlite3_bind_int64(st, 3, c->n - from);
    sqlite3_bind_int64(st, 4, (int64_t)at.first);
    sqlite3_bind_int64(st, 5, (int64_t)at.last);
    sqlite3_bind_int64(st, 6, oldest);
    sqlite3_bind_int64(st, 7, newest);
    sqlite3_bind_int64(st, 8, (int64_t)w->columns.n);
    sqlite3_bind_blob64(st, 9, w->columns.p, w->columns.n, SQLITE_STATIC);
    sqlite3_bind_blob64(st, 10, w->hashes.p, w->hashes.n, SQLITE_STATIC);
    sqlite3_bind_blob64(st, 11, w->sealed.p, w->sealed.n, SQLITE_STATIC);
    if ((rc = keep_rowio_run(st, "writing the log", err)) < 0)
        return rc;
    written = sqlite3_last_insert_rowid(keep_store_db(w->s));
    if (id)
        *id = written;
    return keep_present_write(w->s, written, c, from, err);
}

static int segment_drop(struct keep_events_writer *w, int64_t id, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(w->s, keep_store_db(w->s), "DELETE FROM segment WHERE id=?1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, id);
    return (rc = keep_rowio_run(st, "writing the log", err)) < 0 ? rc : keep_present_drop(w->s, id, err);
}

/* All of a bucket's events as one segment in place of its small ones; the bucket is empty then. */
static int bucket_whole(struct keep_events_writer *w, struct bucket *b, struct keep_err *err)
{
    int rc;

    for (size_t i = 0; i < b->parts; i++)
        if ((rc = segment_drop(w, b->part[i], err)) < 0)
            return rc;
    if ((rc = segment_write(w, b, 0, NULL, err)) < 0)
        return rc;
    w->loose -= b->c->n - b->stored;
    b->parts = 0;
    b->c->n = b->stored = 0;
    keep_buf_clear(&b->detail);
    return 0;
}

/* --- commits ------------------------------------------------------------------ */

static int run_write(struct keep_events_writer *w, struct bucket *b, struct keep_err *err)
{
    sqlite3_stmt *st;
    uint8_t leaf[32];
    int rc = keep_store_prepare(w->s, keep_store_db(w->s), "INSERT INTO run(source, period, n, first, last, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", &st, err);

    if (rc < 0)
        return rc;
    keep_hash_stream_end(b->run, leaf);
    sqlite3_bind_int64(st, 1, w->source);
    sqlite3_bind_int64(st, 2, b->period);
    sqlite3_bind_int64(st, 3, b->run_n);
    sqlite3_bind_int64(st, 4, (int64_t)b->run_first);
    sqlite3_bind_int64(st, 5, (int64_t)b->run_last);
    sqlite3_bind_int64(st, 6, (int64_t)keep_txn_leaf_id(w->s));
    if ((rc = keep_rowio_run(st, "writing the log", err)) < 0)
        return rc;
    keep_txn_leaf(w->s, leaf);
    b->run_n = 0;
    return 0;
}

/* What is new in a bucket as a small segment and a run. */
static int bucket_flush(struct keep_events_writer *w, struct bucket *b, struct keep_err *err)
{
    int rc = 0;

    if (b->run_n == 0)
        return 0;
    if (b->stored < b->c->n) {
        if (b->parts == PARTS_MAX)
            rc = bucket_whole(w, b, err);
        else if ((rc = segment_write(w, b, b->stored, &b->part[b->parts], err)) == 0)
            b->parts++;
        w->loose -= b->c->n - b->stored;
        b->stored = b->c->n;
    }
    return rc < 0 ? rc : run_write(w, b, err);
}

int keep_events_flush(struct keep_events_writer *w, struct keep_err *err)
{
    int rc = 0;

    for (size_t i = 0; i < w->buckets && rc == 0; i++)
        rc = bucket_flush(w, w->bucket[i], err);
    w->held = 0;
    return rc;
}

/* --- finding the bucket of a time ------------------------------------------- */

/* Makes room by closing the bucket that was opened first; a later event of its period opens it anew. */
static int bucket_evict(struct keep_events_writer *w, struct keep_err *err)
{
    int rc = bucket_flush(w, w->bucket[0], err);

    if (rc < 0)
        return rc;
    bucket_free(w->bucket[0]);
    memmove(w->bucket, w->bucket + 1, --w->buckets * sizeof *w->bucket);
    return 0;
}

static int bucket_new(struct keep_events_writer *w, keep_time t, struct bucket **out, struct keep_err *err)
{
    struct keep_ymd d = keep_civil_to_ymd(keep_civil_utc_date(t));
    keep_date first = keep_civil_from_ymd(d.y, d.m, 1);
    struct bucket **list = realloc(w->bucket, (w->buckets + 1) * sizeof *list), *b = calloc(1, sizeof *b);
    int rc;

    if (list)
        w->bucket = list;
    if (!list || !b || !(b->c = calloc(1, sizeof *b->c))) {
        bucket_free(b);
        return no_memory(err);
    }
    b->period = d.y * 100 + d.m;
    b->from = (keep_time)first * 86400 * KEEP_USEC;
    b->to = (keep_time)(first + keep_civil_month_days(d.y, d.m)) * 86400 * KEEP_USEC;
    if ((rc = period_key(w, b, err)) < 0 || (rc = keep_hash_stream_new(&b->run, err)) < 0 || (rc = hashes_load(w, b, err)) < 0) {
        bucket_free(b);
        return rc;
    }
    w->bucket[w->buckets++] = b;
    *out = b;
    return 0;
}

static int bucket_of(struct keep_events_writer *w, keep_time t, struct bucket **out, struct keep_err *err)
{
    int rc;

    if (!w->last || t < w->last->from || t >= w->last->to) {
        w->last = NULL;
        for (size_t i = 0; i < w->buckets && !w->last; i++)
            if (t >= w->bucket[i]->from && t < w->bucket[i]->to)
                w->last = w->bucket[i];
        if (!w->last && w->buckets == BUCKETS_MAX && (rc = bucket_evict(w, err)) < 0)
            return rc;
        if (!w->last && (rc = bucket_new(w, t, &w->last, err)) < 0)
            return rc;
    }
    *out = w->last;
    return 0;
}

/* --- adding ------------------------------------------------------------------ */

static int append(struct keep_events_writer *w, struct bucket *b, const struct keep_row_event *e, const struct keep_events_ids *ids, uint64_t hash, struct keep_err *err)
{
    struct keep_segment *c = b->c;
    uint32_t i = c->n, start = i ? b->end[i - 1] : 0;
    size_t letters = 0;

    for (size_t j = 0; j < e->reason.n; j++)
        letters += ((uint8_t)e->reason.p[j] & 0xc0) != 0x80; /* code points */
    keep_logdetail_put(&b->detail, e);
    if (b->detail.failed)
        return no_memory(err);
    c->ordinal[i] = w->next++;
    c->time[i] = e->time;
    c->account[i] = ids->account;
    c->patient[i] = ids->patient;
    c->place[i] = ids->place;
    c->unit[i] = ids->unit;
    c->action[i] = (uint8_t)e->action;
    c->exposure[i] = (uint8_t)e->exposure;
    c->outcome[i] = (uint8_t)e->outcome;
    c->purpose[i] = (uint8_t)e->purpose;
    c->break_glass[i] = (uint8_t)e->break_glass;
    c->searched[i] = e->query.n > 0;
    c->reason[i] = e->reason.p ? (int16_t)(letters < INT16_MAX ? letters : INT16_MAX) : -1;
    b->hash[i] = hash;
    b->end[i] = (uint32_t)b->detail.n;
    c->n++;
    w->loose++;
    if (b->run_n++ == 0) {
        keep_hash_stream_start(b->run, b->key);
        b->run_first = c->ordinal[i];
    }
    keep_logdetail_canon(b->run, c, i, hash, (struct keep_str){(const char *)b->detail.p + start, b->detail.n - start});
    w->held += b->detail.n - start;
    b->run_last = c->ordinal[i];
    return 0;
}

int keep_events_add(struct keep_events_writer *w, const struct keep_row_event *e, const struct keep_events_ids *ids, struct keep_err *err)
{
    bool native = e->native_id.n > 0;
    struct bucket *b;
    uint64_t hash;
    int rc;

    if (keep_civil_utc_date(e->time) == KEEP_DATE_NONE || keep_civil_to_ymd(keep_civil_utc_date(e->time)).y < 1)
        return keep_err_set(err, KEEP_E_INPUT, "an event without a time");
    if (e->raw.n + e->query.n + e->reason.n + e->account_name.n + e->native_id.n > KEEP_LOGDETAIL_EVENT_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "an event of more than 1 MiB");
    if ((rc = bucket_of(w, e->time, &b, err)) < 0)
        return rc;
    keep_buf_clear(&w->form);
    keep_buf_u8(&w->form, native ? 'n' : 'c');
    if (native) {
        put_str(&w->form, e->native_id);
    } else {
        keep_buf_u64(&w->form, (uint64_t)e->time);
        keep_buf_u32(&w->form, ids->account);
        keep_buf_u32(&w->form, ids->patient);
        keep_buf_u32(&w->form, ids->place);
        keep_buf_u32(&w->form, ids->unit);
        keep_buf_u32(&w->form, (uint32_t)e->action | (uint32_t)e->exposure << 8 | (uint32_t)e->outcome << 16 | (uint32_t)e->purpose << 24);
        keep_buf_u8(&w->form, (uint8_t)e->break_glass);
        put_str(&w->form, e->query);
        put_str(&w->form, e->reason);
    }
    if (w->form.failed)
        return no_memory(err);
    hash = event_hash(w, &w->form);
    if ((rc = repeated(w, b, native, &hash, err)) != 0 || (rc = append(w, b, e, ids, hash, err)) < 0)
        return rc;
    return b->c->n == KEEP_SEGMENT_EVENTS || b->detail.n >= KEEP_LOGDETAIL_SEGMENT_MAX ? bucket_whole(w, b, err) : 0;
}

/* --- settling ---------------------------------------------------------------- */

/* A stored segment into room; st stands on it. */
static int segment_read(struct keep_events_writer *w, const struct bucket *b, sqlite3_stmt *st, struct bucket *room, struct keep_err *err)
{
    struct keep_str columns = keep_rowio_blob_at(st, 1);
    struct keep_detail_reader hashes = {keep_rowio_blob_at(st, 3), true};
    struct keep_logdetail_walk walk;
    struct keep_str detail;
    uint32_t n;
    int rc;

    if ((rc = keep_segment_unpack(columns.p, columns.n, room->c, NULL, err)) < 0)
        return rc;
    n = room->c->n;
    if (hashes.left.n != (size_t)n * 8)
        return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: its hashes do not fit");
    struct keep_logdetail_place at = {w->source, b->period, room->c->ordinal[0], room->c->ordinal[n - 1]};
    if ((rc = keep_logdetail_open(w->z, keep_rowio_blob_at(st, 2), &at, b->key, &w->plain, err)) < 0 || (rc = keep_logdetail_start(&walk, &w->plain, n, err)) < 0)
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

/* Puts the events of room in front of the bucket's, when both together make one segment. 1: they do not. */
static int prepend(struct bucket *b, struct bucket *room, struct keep_err *err)
{
    struct keep_segment *old = room->c, *new = b->c;
    uint32_t before = (uint32_t)room->detail.n;

    if (old->n + new->n > KEEP_SEGMENT_EVENTS || room->detail.n + b->detail.n > KEEP_LOGDETAIL_SEGMENT_MAX)
        return 1;
    keep_buf_add(&room->detail, b->detail.p, b->detail.n);
    if (room->detail.failed)
        return no_memory(err);
#define JOIN(column) memcpy(old->column + old->n, new->column, new->n * sizeof *old->column)
    JOIN(ordinal); JOIN(time); JOIN(account); JOIN(patient); JOIN(place); JOIN(unit); JOIN(action); JOIN(exposure);
    JOIN(outcome); JOIN(purpose); JOIN(break_glass); JOIN(searched); JOIN(reason);
#undef JOIN
    for (uint32_t i = 0; i < new->n; i++) {
        room->hash[old->n + i] = b->hash[i];
        room->end[old->n + i] = b->end[i] + before;
    }
    b->stored += old->n;
    old->n += new->n;
    memcpy(b->hash, room->hash, sizeof b->hash);
    memcpy(b->end, room->end, sizeof b->end);
    b->c = old;
    room->c = new;
    struct keep_buf swap = b->detail;
    b->detail = room->detail;
    room->detail = swap;
    return 0;
}

/* The newest segment of the bucket's period below an id, its number of events at most twice what the bucket holds: 1 and st stands on it; 0 none. */
static int neighbour(struct keep_events_writer *w, const struct bucket *b, int64_t below, sqlite3_stmt **out, struct keep_err *err)
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
    if (sqlite3_column_int64(st, 4) > 2 * (int64_t)b->c->n) {
        sqlite3_reset(st);
        return 0;
    }
    *out = st;
    return 1;
}

/* Joins what a bucket has left with its small neighbours on disk. */
static int bucket_settle(struct keep_events_writer *w, struct bucket *b, struct bucket *room, struct keep_err *err)
{
    int64_t below = b->parts ? b->part[0] : INT64_MAX;
    bool joined = b->parts > 1;
    sqlite3_stmt *st;
    int rc;

    if (b->c->n == 0)
        return 0;
    while (b->parts < PARTS_MAX && (rc = neighbour(w, b, below, &st, err)) != 0) {
        if (rc < 0)
            return rc;
        below = sqlite3_column_int64(st, 0);
        rc = segment_read(w, b, st, room, err);
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
    return joined ? bucket_whole(w, b, err) : 0;
}

int keep_events_settle(struct keep_events_writer *w, struct keep_err *err)
{
    struct bucket *room = calloc(1, sizeof *room);
    int rc = 0;

    if (!room || !(room->c = calloc(1, sizeof *room->c))) {
        free(room);
        return no_memory(err);
    }
    for (size_t i = 0; i < w->buckets && rc == 0; i++)
        rc = bucket_settle(w, w->bucket[i], room, err);
    bucket_free(room);
    return rc;
}

/* --- opening and closing --------------------------------------------------------- */

size_t keep_events_held(const struct keep_events_writer *w)
{
    return w->held;
}

uint32_t keep_events_loose(const struct keep_events_writer *w)
{
    return w->loose;
}

void keep_events_file(struct keep_events_writer *w)
{
    w->file++;
}

int keep_events_open(struct keep_events_writer **out, struct keep_store *s, uint32_t source, const struct keep_seal_keys *keys, struct keep_err *err)
{
    struct keep_events_writer *w = calloc(1, sizeof *w);
    sqlite3_stmt *st;
    int rc;

    if (!w)
        return no_memory(err);
    w->s = s;
    w->source = source;
    w->keys = keys;
    w->file = 1;
    if ((rc = keep_squeeze_new(&w->z, FAST, err)) < 0 ||
        (rc = keep_store_prepare(s, keep_store_db(s), "SELECT max(last) FROM run WHERE source=?1", &st, err)) < 0)
        goto out;
    sqlite3_bind_int64(st, 1, source);
    if ((rc = keep_rowio_next(st, "reading the log", err)) < 0)
        goto out;
    w->next = (uint64_t)sqlite3_column_int64(st, 0) + 1;
    sqlite3_reset(st);
    rc = 0;
    *out = w;
    w = NULL;
out:
    keep_events_close(w);
    return rc;
}

void keep_events_close(struct keep_events_writer *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->buckets; i++)
        bucket_free(w->bucket[i]);
    free(w->bucket);
    keep_squeeze_free(w->z);
    keep_buf_free(&w->form);
    keep_buf_free(&w->columns);
    keep_buf_free(&w->hashes);
    keep_buf_free(&w->sealed);
    keep_buf_free(&w->plain);
    keep_logdetail_room_free(&w->room);
    free(w);
}
