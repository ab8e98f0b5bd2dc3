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
 * its content and how many equal ones came before it in the same file. So the
 * same file twice adds nothing, overlapping files add what is new, and two equal
 * lines of one file stay two (repeat.c). */
#include "core/store/events_inside.h"

#include <endian.h>
#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/present.h"
#include "core/store/txn.h"

#define BUCKETS_MAX 240 /* open at a time, a megabyte each: twenty years of months */
#define DETAILS_MAX ((size_t)64 << 20) /* of all buckets after a flush: beyond it the largest are written in whole, however few their events */

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- forms ---------------------------------------------------------------- */

static void put_str(struct keep_buf *b, struct keep_str s)
{
    keep_buf_bytes(b, s.p, s.n);
}

uint64_t keep_events_inside_hash(const struct keep_events_writer *w, const struct keep_buf *form)
{
    uint8_t h[KEEP_HASH_SHORT];
    uint64_t v;

    keep_hash_short(h, form->p, form->n, w->keys->digest);
    memcpy(&v, h, sizeof v);
    v = le64toh(v);
    return v ? v : 1;
}

/* --- buckets --------------------------------------------------------------- */

static void bucket_free(struct keep_events_bucket *b)
{
    if (!b)
        return;
    keep_secret_free(b->key);
    keep_known_free(&b->known);
    free(b->span);
    keep_logsheet_free(b->sheet);
    keep_hash_stream_free(b->run);
    free(b);
}

static int period_key(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err)
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

/* Writes what was pressed of a sheet's events from.. as a segment. */
static int segment_write(struct keep_events_writer *w, const struct keep_logsheet_press *p, const struct keep_logsheet *sheet, uint32_t from, int64_t *id, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(w->s, keep_store_db(w->s), "INSERT INTO segment(source, period, n, first, last, oldest, newest, bytes, columns, hashes, detail)"
                                " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, w->source);
    sqlite3_bind_int64(st, 2, p->at.period);
    sqlite3_bind_int64(st, 3, sheet->c.n - from);
    sqlite3_bind_int64(st, 4, (int64_t)p->at.first);
    sqlite3_bind_int64(st, 5, (int64_t)p->at.last);
    sqlite3_bind_int64(st, 6, p->oldest);
    sqlite3_bind_int64(st, 7, p->newest);
    sqlite3_bind_int64(st, 8, (int64_t)p->columns.n);
    sqlite3_bind_blob64(st, 9, p->columns.p, p->columns.n, SQLITE_STATIC);
    sqlite3_bind_blob64(st, 10, p->hashes.p, p->hashes.n, SQLITE_STATIC);
    sqlite3_bind_blob64(st, 11, p->sealed.p, p->sealed.n, SQLITE_STATIC);
    if ((rc = keep_rowio_run(st, "writing the log", err)) < 0)
        return rc;
    *id = sqlite3_last_insert_rowid(keep_store_db(w->s));
    return keep_present_write(w->s, *id, &sheet->c, from, err);
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

/* The crew's parts of closing a sheet. */
static void hash(void *ctx)
{
    struct keep_events_closing *c = ctx;

    keep_logsheet_hash(c->sheet, c->hashed, c->of->run);
}

static void press(void *ctx)
{
    struct keep_events_closing *c = ctx;

    c->rc = keep_logsheet_press(&c->press, c->sheet, 0, c->of->key, &c->err);
}

/* Writes a closed sheet in place of its small segments. */
static int closing_land(struct keep_events_writer *w, struct keep_events_closing *c, struct keep_err *err)
{
    struct keep_events_bucket *b = c->of;
    int64_t id;
    int rc = 0;

    if (!b)
        return 0;
    keep_crew_wait(w->crew, &c->pressing);
    keep_crew_wait(w->crew, &c->hashing);
    b->closing = NULL;
    c->of = NULL;
    if (c->rc < 0) {
        if (err)
            *err = c->err;
        return c->rc;
    }
    for (size_t i = 0; i < b->parts && rc == 0; i++) {
        keep_repeat_dropped(b, b->part[i]);
        rc = segment_drop(w, b->part[i], err);
    }
    b->parts = 0;
    if (rc == 0)
        rc = segment_write(w, &c->press, c->sheet, 0, &id, err);
    if (rc == 0)
        rc = keep_repeat_written(b, id, c->press.at.first, c->press.at.last, err);
    keep_logsheet_clear(c->sheet);
    return rc;
}

int keep_events_inside_land(struct keep_events_writer *w, struct keep_err *err)
{
    int rc = 0;

    for (size_t i = 0; i < KEEP_EVENTS_CLOSINGS && rc == 0; i++)
        rc = closing_land(w, &w->closing[(w->turn + i) % KEEP_EVENTS_CLOSINGS], err);
    return rc;
}

int keep_events_inside_whole(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err)
{
    struct keep_events_closing *c = &w->closing[w->turn];
    struct keep_logsheet *full = b->sheet;
    int rc = b->closing ? keep_events_inside_land(w, err) : closing_land(w, c, err);

    if (rc < 0)
        return rc;
    w->loose -= full->c.n - b->stored;
    b->sheet = c->sheet;
    c->sheet = full;
    c->hashed = b->hashed;
    b->stored = b->hashed = 0;
    c->of = b;
    b->closing = c;
    c->press.at = (struct keep_logdetail_place){.source = w->source, .period = b->period};
    keep_err_clear(&c->err);
    w->turn = (w->turn + 1) % KEEP_EVENTS_CLOSINGS;
    keep_crew_give(w->crew, &c->pressing); /* the longer one */
    keep_crew_give(w->crew, &c->hashing);
    return 0;
}

/* A bucket's events behind the stored ones as a small segment. */
static int bucket_part(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err)
{
    struct keep_logsheet_press *p = &w->closing[w->turn].press;
    int rc;

    p->at = (struct keep_logdetail_place){.source = w->source, .period = b->period};
    if ((rc = keep_logsheet_press(p, b->sheet, b->stored, b->key, err)) < 0 || (rc = segment_write(w, p, b->sheet, b->stored, &b->part[b->parts], err)) < 0 ||
        (rc = keep_repeat_written(b, b->part[b->parts], p->at.first, p->at.last, err)) < 0)
        return rc;
    b->parts++;
    w->loose -= b->sheet->c.n - b->stored;
    b->stored = b->sheet->c.n;
    return 0;
}

/* --- commits ------------------------------------------------------------------ */

static int run_write(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err)
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

/* What is new in a bucket as a small segment and a run. Nothing is being closed. */
static int bucket_flush(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err)
{
    int rc = 0;

    if (b->run_n == 0)
        return 0;
    if (b->stored < b->sheet->c.n && b->parts == KEEP_EVENTS_PARTS) {
        if ((rc = keep_events_inside_whole(w, b, err)) == 0)
            rc = keep_events_inside_land(w, err);
    } else if (b->stored < b->sheet->c.n) {
        rc = bucket_part(w, b, err);
    }
    if (rc < 0)
        return rc;
    keep_logsheet_hash(b->sheet, b->hashed, b->run);
    b->hashed = b->sheet->c.n;
    return run_write(w, b, err);
}

/* Buckets keep the details of what stands in small segments, to write them again in whole. Many months open at once
 * would keep too much: the largest are written as they are and begin anew. */
static int relieve(struct keep_events_writer *w, struct keep_err *err)
{
    int rc = 0;

    for (;;) {
        struct keep_events_bucket *most = NULL;
        size_t sum = 0;
        for (size_t i = 0; i < w->buckets; i++) {
            struct keep_events_bucket *b = w->bucket[i];
            sum += b->sheet->detail.n;
            if (!most || b->sheet->detail.n > most->sheet->detail.n)
                most = b;
        }
        if (sum <= DETAILS_MAX)
            return 0;
        if ((rc = keep_events_inside_whole(w, most, err)) < 0 || (rc = keep_events_inside_land(w, err)) < 0)
            return rc;
    }
}

int keep_events_flush(struct keep_events_writer *w, struct keep_err *err)
{
    int rc = keep_events_inside_land(w, err);

    for (size_t i = 0; i < w->buckets && rc == 0; i++)
        rc = bucket_flush(w, w->bucket[i], err);
    w->held = 0;
    return rc < 0 ? rc : relieve(w, err);
}

/* --- finding the bucket of a time ------------------------------------------- */

/* Makes room by closing the bucket that was opened first; a later event of its period opens it anew. */
static int bucket_evict(struct keep_events_writer *w, struct keep_err *err)
{
    int rc = keep_events_inside_land(w, err);

    if (rc < 0 || (rc = bucket_flush(w, w->bucket[0], err)) < 0)
        return rc;
    bucket_free(w->bucket[0]);
    memmove(w->bucket, w->bucket + 1, --w->buckets * sizeof *w->bucket);
    return 0;
}

static int bucket_new(struct keep_events_writer *w, keep_time t, struct keep_events_bucket **out, struct keep_err *err)
{
    struct keep_ymd d = keep_civil_to_ymd(keep_civil_utc_date(t));
    keep_date first = keep_civil_from_ymd(d.y, d.m, 1);
    struct keep_events_bucket **list = realloc(w->bucket, (w->buckets + 1) * sizeof *list), *b = calloc(1, sizeof *b);
    int rc;

    if (list)
        w->bucket = list;
    if (!list || !b || !(b->sheet = keep_logsheet_new())) {
        bucket_free(b);
        return no_memory(err);
    }
    b->period = d.y * 100 + d.m;
    b->from = (keep_time)first * 86400 * KEEP_USEC;
    b->to = (keep_time)(first + keep_civil_month_days(d.y, d.m)) * 86400 * KEEP_USEC;
    if ((rc = period_key(w, b, err)) < 0 || (rc = keep_hash_stream_new(&b->run, err)) < 0) {
        bucket_free(b);
        return rc;
    }
    w->bucket[w->buckets++] = b;
    *out = b;
    return 0;
}

static int bucket_of(struct keep_events_writer *w, keep_time t, struct keep_events_bucket **out, struct keep_err *err)
{
    int rc;

    if (!w->last || t < w->last->from || t >= w->last->to) {
        if (keep_civil_utc_date(t) == KEEP_DATE_NONE || keep_civil_to_ymd(keep_civil_utc_date(t)).y < 1)
            return keep_err_set(err, KEEP_E_INPUT, "an event without a time");
        w->last = NULL;
        for (size_t i = 0; i < w->buckets && !w->last; i++)
            if (t >= w->bucket[i]->from && t < w->bucket[i]->to)
                w->last = w->bucket[i];
        if (!w->last && w->buckets == BUCKETS_MAX && (rc = bucket_evict(w, err)) < 0)
            return rc;
        if (!w->last && (rc = bucket_new(w, t, &w->last, err)) < 0)
            return rc;
        w->last->turn = ++w->repeat.turn;
    }
    *out = w->last;
    return 0;
}

/* --- adding ------------------------------------------------------------------ */

static int append(struct keep_events_writer *w, struct keep_events_bucket *b, const struct keep_row_event *e, const struct keep_events_ids *ids, uint64_t hash, struct keep_err *err)
{
    size_t before = b->sheet->detail.n;
    int rc = keep_logsheet_add(b->sheet, e, ids, w->next, hash, err);

    if (rc < 0)
        return rc;
    w->loose++;
    w->held += b->sheet->detail.n - before;
    if (b->run_n++ == 0) {
        keep_hash_stream_start(b->run, b->key);
        b->run_first = w->next;
    }
    b->run_last = w->next++;
    return keep_repeat_note(b, err);
}

/* What is hashed of an event: its own id, */
static int hash_id(struct keep_events_writer *w, const struct keep_row_event *e, uint64_t *hash, struct keep_err *err)
{
    keep_buf_clear(&w->form);
    keep_buf_u8(&w->form, 'n');
    put_str(&w->form, e->native_id);
    if (w->form.failed)
        return no_memory(err);
    *hash = keep_events_inside_hash(w, &w->form);
    return 0;
}

/* or what it says, with its id where it has one. */
static int hash_content(struct keep_events_writer *w, const struct keep_row_event *e, const struct keep_events_ids *ids, uint64_t *hash, struct keep_err *err)
{
    keep_buf_clear(&w->form);
    keep_buf_u8(&w->form, 'c');
    keep_buf_u64(&w->form, (uint64_t)e->time);
    keep_buf_u32(&w->form, ids->account);
    keep_buf_u32(&w->form, ids->patient);
    keep_buf_u32(&w->form, ids->place);
    keep_buf_u32(&w->form, ids->unit);
    keep_buf_u32(&w->form, (uint32_t)e->action | (uint32_t)e->exposure << 8 | (uint32_t)e->outcome << 16 | (uint32_t)e->purpose << 24);
    keep_buf_u8(&w->form, (uint8_t)e->break_glass);
    put_str(&w->form, e->query);
    put_str(&w->form, e->reason);
    if (e->native_id.n)
        put_str(&w->form, e->native_id);
    if (w->form.failed)
        return no_memory(err);
    *hash = keep_events_inside_hash(w, &w->form);
    return 0;
}

/* 1: the keep has the event; 0: it is new, *hash is the one to store. */
static int find(struct keep_events_writer *w, struct keep_events_bucket *b, const struct keep_row_event *e, const struct keep_events_ids *ids, uint64_t *hash, struct keep_err *err)
{
    int rc = 2;

    if (e->native_id.n && (rc = hash_id(w, e, hash, err)) == 0)
        rc = keep_repeat_find_id(w, b, *hash, e->time, ids, err);
    if (rc == 2 && (rc = hash_content(w, e, ids, hash, err)) == 0)
        rc = keep_repeat_find(w, b, hash, err);
    return rc;
}

int keep_events_add(struct keep_events_writer *w, const struct keep_row_event *e, const struct keep_events_ids *ids, struct keep_err *err)
{
    struct keep_events_bucket *b;
    uint64_t hash;
    int rc;

    if (e->raw.n + e->query.n + e->reason.n + e->account_name.n + e->native_id.n > KEEP_LOGDETAIL_EVENT_MAX)
        return keep_err_set(err, KEEP_E_LIMIT, "an event of more than 1 MiB");
    if ((rc = bucket_of(w, e->time, &b, err)) < 0)
        return rc;
    if ((rc = find(w, b, e, ids, &hash, err)) != 0 || (rc = append(w, b, e, ids, hash, err)) < 0)
        return rc;
    return keep_logsheet_full(b->sheet) ? keep_events_inside_whole(w, b, err) : 0;
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
    keep_repeat_file(&w->repeat, w->next);
}

void keep_events_crew(struct keep_events_writer *w, struct keep_crew *crew)
{
    w->crew = crew;
}

int keep_events_open(struct keep_events_writer **out, struct keep_store *s, uint32_t source, const struct keep_seal_keys *keys, struct keep_err *err)
{
    struct keep_events_writer *w = calloc(1, sizeof *w);
    sqlite3_stmt *st;
    int rc = 0;

    if (!w)
        return no_memory(err);
    w->s = s;
    w->source = source;
    w->keys = keys;
    w->repeat.slots = KEEP_REPEAT_SLOTS;
    for (size_t i = 0; i < KEEP_EVENTS_CLOSINGS && rc == 0; i++) {
        struct keep_events_closing *c = &w->closing[i];
        c->pressing = (struct keep_crew_job){.run = press, .ctx = c};
        c->hashing = (struct keep_crew_job){.run = hash, .ctx = c};
        rc = (c->sheet = keep_logsheet_new()) ? keep_logsheet_press_init(&c->press, err) : no_memory(err);
    }
    if (rc < 0 || (rc = keep_store_prepare(s, keep_store_db(s), "SELECT max(last) FROM run WHERE source=?1", &st, err)) < 0)
        goto out;
    sqlite3_bind_int64(st, 1, source);
    if ((rc = keep_rowio_next(st, "reading the log", err)) < 0)
        goto out;
    w->next = (uint64_t)sqlite3_column_int64(st, 0) + 1;
    w->repeat.file_first = w->next;
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
    for (size_t i = 0; i < KEEP_EVENTS_CLOSINGS; i++) {
        keep_crew_drop(w->crew, &w->closing[i].pressing);
        keep_crew_drop(w->crew, &w->closing[i].hashing);
        keep_logsheet_free(w->closing[i].sheet);
        keep_logsheet_press_done(&w->closing[i].press);
    }
    for (size_t i = 0; i < w->buckets; i++)
        bucket_free(w->bucket[i]);
    free(w->bucket);
    keep_repeat_done(&w->repeat);
    keep_buf_free(&w->form);
    keep_buf_free(&w->plain);
    free(w);
}
