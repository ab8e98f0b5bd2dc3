/* A run is the events of one import batch in one period. Segments of a period,
 * in the order they stand, give its events in order of ordinal, so one walk
 * along both makes every run's canonical form again, wherever its events have
 * moved since. A period whose key was destroyed has no form any more; its runs
 * then need a tombstone. */
#include "core/store/recheck_log.h"

#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/detail.h"
#include "core/store/load_inside.h"
#include "core/store/logdetail.h"
#include "core/store/packed.h"
#include "core/store/present.h"
#include "core/store/schema_base.h"

struct walk {
    struct keep_store *s;
    const struct keep_store_checker *c;
    uint8_t *owned, *key;
    uint64_t leaves, bad, events, runs, lost, known;
    struct keep_squeeze *z;
    struct keep_segment *seg;
    struct keep_buf plain;
    struct keep_hash_stream *canon; /* over the canonical forms of the run that run stands on */
    uint32_t source;
    int64_t period;
    struct keep_buf list;
    sqlite3_stmt *present; /* who stands in a segment */
    uint64_t stale;        /* lists of segments that are not what the segment says */
    sqlite3_stmt *run; /* the period's runs */
    bool have;         /* run stands on one */
    uint64_t n;        /* its events so far */
};

static void own(struct walk *w, int64_t leaf)
{
    if (leaf <= 0 || (uint64_t)leaf > w->leaves || (w->owned[leaf >> 3] & 1 << (leaf & 7)))
        w->bad++;
    else
        w->owned[leaf >> 3] |= (uint8_t)(1 << (leaf & 7));
}

/* To the next run of the period. Columns: n, first, last, leaf, hash. */
static int run_next(struct walk *w, struct keep_err *err)
{
    int rc = keep_rowio_next(w->run, "checking the log", err);

    w->have = rc > 0;
    w->n = 0;
    if (rc > 0)
        own(w, sqlite3_column_int64(w->run, 3));
    return rc < 0 ? rc : 0;
}

static int run_close(struct walk *w, struct keep_err *err)
{
    struct keep_str hash = keep_rowio_blob_at(w->run, 4);
    uint8_t leaf[32];

    if (w->n == 0)
        keep_hash_stream_start(w->canon, w->key);
    keep_hash_stream_end(w->canon, leaf);
    if (w->n != (uint64_t)sqlite3_column_int64(w->run, 0) || hash.n != sizeof leaf || memcmp(leaf, hash.p, sizeof leaf) != 0)
        w->bad++;
    w->runs++;
    return run_next(w, err);
}

/* One event into the run it belongs to. */
static int event_take(struct walk *w, uint32_t i, uint64_t hash, struct keep_str detail, struct keep_err *err)
{
    uint64_t ordinal = w->seg->ordinal[i];
    int rc;

    while (w->have && ordinal > (uint64_t)sqlite3_column_int64(w->run, 2))
        if ((rc = run_close(w, err)) < 0)
            return rc;
    if (!w->have || ordinal < (uint64_t)sqlite3_column_int64(w->run, 1)) {
        w->bad++; /* an event that no import brought */
        return 0;
    }
    if (w->n++ == 0)
        keep_hash_stream_start(w->canon, w->key);
    keep_logdetail_canon(w->canon, w->seg, i, hash, detail);
    return 0;
}

static bool vocabulary_fits(const struct walk *w, const struct keep_segment_bounds *top, int64_t entities)
{
    return top->account <= entities && top->patient <= entities && top->place <= w->known && top->unit <= w->known;
}

/* The lists of who stands in the segment at hand, made again. A segment without lists is only slower to ask. */
static int present_compare(struct walk *w, int64_t segment, struct keep_err *err)
{
    uint32_t *id = malloc(w->seg->n * sizeof *id);
    int rc = 0;

    if (!id)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (int kind = 0; kind < KEEP_PRESENT_COUNT && rc == 0; kind++) {
        struct keep_str have;
        memcpy(id, kind == KEEP_PRESENT_ACCOUNT ? w->seg->account : w->seg->patient, w->seg->n * sizeof *id);
        keep_buf_clear(&w->list);
        keep_present_list(id, w->seg->n, &w->list);
        sqlite3_bind_int(w->present, 1, kind);
        sqlite3_bind_int64(w->present, 2, segment);
        if ((rc = keep_rowio_next(w->present, "checking the log", err)) <= 0)
            continue;
        have = keep_rowio_blob_at(w->present, 0);
        w->stale += have.n != w->list.n || memcmp(have.p, w->list.p, have.n) != 0;
        sqlite3_reset(w->present);
        rc = w->list.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    }
    free(id);
    return rc;
}

static int segment_take(struct walk *w, sqlite3_stmt *st, int64_t entities, struct keep_err *err)
{
    struct keep_str columns = keep_rowio_blob_at(st, 3);
    struct keep_detail_reader hashes = {keep_rowio_blob_at(st, 4), true};
    struct keep_logdetail_place at = {.source = w->source, .period = w->period};
    struct keep_segment_bounds top;
    struct keep_logdetail_walk details;
    struct keep_logdetail parts;
    struct keep_str detail;
    int rc;

    if ((rc = keep_segment_unpack(columns.p, columns.n, w->seg, &top, err)) < 0)
        return rc;
    at.first = w->seg->ordinal[0];
    at.last = w->seg->ordinal[w->seg->n - 1];
    if (hashes.left.n != (size_t)w->seg->n * 8 || !vocabulary_fits(w, &top, entities))
        return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: does not fit its keep");
    if ((rc = keep_logdetail_open(w->z, keep_rowio_blob_at(st, 5), &at, w->key, &w->plain, err)) < 0 ||
        (rc = keep_logdetail_start(&details, &w->plain, w->seg->n, err)) < 0)
        return rc;
    for (uint32_t i = 0; i < w->seg->n; i++)
        if ((rc = keep_logdetail_next(&details, &detail, err)) < 0 || (rc = keep_logdetail_get(&parts, detail, err)) < 0 ||
            (rc = event_take(w, i, keep_detail_u64(&hashes), detail, err)) < 0)
            return rc;
    w->events += w->seg->n;
    return present_compare(w, sqlite3_column_int64(st, 0), err);
}

static int period_end(struct walk *w, struct keep_err *err)
{
    int rc = 0;

    while (w->have && rc == 0)
        rc = run_close(w, err);
    return rc;
}

/* 1: the ledger tells of its destruction, 0: the next writer is to enter it. */
static int is_recorded(struct walk *w, uint64_t owner, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(w->s, keep_store_db(w->s), "SELECT 1 FROM erased WHERE kind=3 AND owner=?1", &st, err);

    _Static_assert(KEEP_RING_PERIOD == 3, "the number stands in the statement above");
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)owner);
    rc = keep_rowio_next(st, "checking the log", err);
    sqlite3_reset(st);
    return rc;
}

/* 1: the period's key was destroyed; its runs are owned, not recomputed. */
static int period_start(struct walk *w, uint32_t source, int64_t period, struct keep_err *err)
{
    int rc;

    w->source = source;
    w->period = period;
    sqlite3_reset(w->run);
    sqlite3_bind_int64(w->run, 1, source);
    sqlite3_bind_int64(w->run, 2, period);
    if ((rc = run_next(w, err)) < 0)
        return rc;
    if ((rc = keep_ring_get(w->s, KEEP_RING_PERIOD, KEEP_LOGDETAIL_OWNER(source, period), w->key, err)) <= 0)
        return rc;
    w->lost += rc == 2;
    if (rc == 1) {
        if ((rc = keep_erase_live(w->s, KEEP_RING_PERIOD, KEEP_LOGDETAIL_OWNER(source, period), err)) < 0)
            return rc;
        if (rc > 0 && (rc = is_recorded(w, KEEP_LOGDETAIL_OWNER(source, period), err)) < 0)
            return rc;
        w->bad += rc > 0; /* what was destroyed must not stand here, once that is recorded */
    }
    while (w->have && (rc = run_next(w, err)) == 0)
        continue;
    return rc < 0 ? rc : 1;
}

/* Every period that has runs or segments, with the period's segments in order. */
static int periods_walk(struct walk *w, int64_t entities, struct keep_err *err)
{
    sqlite3_stmt *periods, *segments = NULL;
    int rc = keep_load_prepare(w->s, "SELECT source, period FROM run UNION SELECT source, period FROM segment", &periods, err);

    if (rc < 0)
        return rc;
    if ((rc = keep_load_prepare(w->s, "SELECT id, source, period, columns, hashes, detail FROM segment WHERE source=?1 AND period=?2 ORDER BY id", &segments, err)) < 0)
        goto out;
    while ((rc = keep_rowio_next(periods, "checking the log", err)) > 0) {
        if ((rc = period_start(w, (uint32_t)sqlite3_column_int64(periods, 0), sqlite3_column_int64(periods, 1), err)) != 0) {
            if (rc < 0)
                goto out;
            continue;
        }
        sqlite3_bind_int64(segments, 1, w->source);
        sqlite3_bind_int64(segments, 2, w->period);
        while ((rc = keep_rowio_next(segments, "checking the log", err)) > 0) {
            if ((rc = segment_take(w, segments, entities, err)) == KEEP_E_INTEGRITY) {
                w->bad++;
                keep_err_clear(err);
                rc = 0;
            }
            if (rc < 0)
                goto out;
            if (w->c->progress && w->c->progress(w->c->ctx, "segments", w->events, 0) != 0) {
                rc = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
                goto out;
            }
        }
        if (rc < 0 || (rc = period_end(w, err)) < 0)
            goto out;
    }
out:
    sqlite3_finalize(segments);
    sqlite3_finalize(periods);
    return rc;
}

static void tell(struct walk *w, const char *check, bool ok, uint64_t n, const char *what)
{
    struct keep_buf text = KEEP_BUF_INIT;

    keep_buf_printf(&text, "%llu %s", (unsigned long long)n, what);
    keep_buf_char(&text, 0);
    if (!text.failed)
        w->c->found(w->c->ctx, check, ok, (const char *)text.p);
    keep_buf_free(&text);
}

int keep_recheck_log(struct keep_store *s, const struct keep_store_checker *c, uint8_t *owned, uint64_t leaves, bool *bad, struct keep_err *err)
{
    struct walk w = {.s = s, .c = c, .owned = owned, .leaves = leaves};
    uint64_t packed;
    int64_t entities, terms;
    void *key = NULL;
    int rc;

    if (!(w.seg = malloc(sizeof *w.seg)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if ((rc = keep_secret_new(&key, KEEP_KEY_SIZE, err)) < 0 || (rc = keep_hash_stream_new(&w.canon, err)) < 0 || (rc = keep_squeeze_new(&w.z, 1, err)) < 0 ||
        (rc = keep_rowio_number(s, "SELECT max(id) FROM entity", 0, &entities, err)) < 0 || (rc = keep_rowio_number(s, "SELECT count(*) FROM term", 0, &terms, err)) < 0 ||
        (rc = keep_load_prepare(s, "SELECT r.n, r.first, r.last, r.leaf, " KEEP_LEAF_HASH("r.leaf") " FROM run r WHERE r.source=?1 AND r.period=?2 ORDER BY r.id", &w.run, err)) < 0 ||
        (rc = keep_load_prepare(s, "SELECT ids FROM present WHERE kind=?1 AND segment=?2", &w.present, err)) < 0)
        goto out;
    w.key = key;
    w.known = (uint64_t)terms;
    if ((rc = periods_walk(&w, entities, err)) < 0 || (rc = keep_packed_check(s, &packed, err)) < 0)
        goto out;
    if (packed)
        tell(&w, "segments", false, packed, "relations or encounters in columns are not what their rows say");
    if (w.bad)
        tell(&w, "segments", false, w.bad, "runs or segments of the log are not what their leaf says");
    if (w.stale)
        tell(&w, "segments", false, w.stale, "lists of who stands in a segment of the log are not what it says");
    if (w.lost)
        tell(&w, "keys", false, w.lost, "log periods' keys are missing without a destruction");
    if (!w.bad && !w.lost && !w.stale)
        tell(&w, "segments", true, w.events, "events of the log give their leaves");
    *bad = *bad || w.bad || w.lost || w.stale || packed;
out:
    sqlite3_finalize(w.run);
    sqlite3_finalize(w.present);
    keep_buf_free(&w.list);
    keep_squeeze_free(w.z);
    keep_secret_free(key);
    keep_buf_free(&w.plain);
    keep_hash_stream_free(w.canon);
    free(w.seg);
    return rc;
}
