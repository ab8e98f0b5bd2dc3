/* Records by id, in one pass over the table: what dates rest on, no more.
 *
 * Rows are copied out of the table in batches, of which one is read while the
 * other is worked on: by a crew, if there is one, else by turns. Whoever reads
 * has the connection to records.db, its cache and its keys for the pages to
 * himself until the batch is full; what is done with rows elsewhere is done with
 * copies. Versions of a record follow one another, so a row gives way to the
 * next of the same record, and a batch ends where a record does.
 * Leaves are read with the rows, from the same connection. */
#include <stdlib.h>

#include "core/base/crew.h"
#include "core/store/load_records_inside.h"
#include "core/store/rowio.h"
#include "core/store/schema_base.h"
#include "core/store/watch.h"

#define ROWS 1024              /* of a batch: a millisecond of reading */
#define BYTES ((size_t)1 << 20) /* of what a batch's rows state, but for the last */
#define RUNS 16                /* rows of leaves at hand: 4 KiB each */

enum { B_RECORD, B_VERSION, B_PATIENT, B_SOURCE, B_KIND, B_ENCOUNTER, B_STATED, B_SEALED, B_LEAF };
#define BRIEF_SQL "SELECT record, version, patient, source, kind, encounter, stated, sealed, leaf FROM version ORDER BY record, version"
#define LEAVES_SQL "SELECT id, hashes FROM leaf WHERE id <= ?1 ORDER BY id DESC LIMIT 1"

struct row {
    uint64_t record, patient;
    int64_t encounter;
    uint32_t version, source, kind;
    size_t at, stated, sealed; /* in the batch's text: what it states; behind it, of a located one, what is sealed */
    uint8_t leaf[32];          /* of a bound scan */
};

struct batch {
    struct keep_load_brief *brief;
    struct row row[ROWS];
    size_t n;
    struct keep_buf text;
    bool last;
    int rc; /* of what came behind its rows */
    struct keep_err err;
    struct keep_crew_job job;
};

struct keep_load_brief {
    struct keep_load_records *r;
    struct keep_crew *crew;
    struct keep_entity_moves moves;
    struct batch batch[2];
    int now;       /* the one that is worked on, -1 none yet */
    size_t at;
    /* the reader's */
    sqlite3_stmt *read, *leaves; /* leaves: of a bound scan, NULL else */
    bool on_row;                 /* read stands on one that is not taken yet */
    struct run {
        int64_t first, n;
        uint8_t hash[KEEP_LEAF_RUN][32];
    } run[RUNS];
    size_t run_at, run_next;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- reading ----------------------------------------------------------------------- */

static int run_read(struct keep_load_brief *b, int64_t leaf, struct run *to, struct keep_err *err)
{
    int rc;

    sqlite3_reset(b->leaves);
    sqlite3_bind_int64(b->leaves, 1, leaf);
    to->n = 0;
    if ((rc = keep_rowio_next(b->leaves, "reading leaves", err)) <= 0)
        return rc;
    struct keep_str hashes = keep_rowio_blob_at(b->leaves, 1);
    if (hashes.n > sizeof to->hash)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a row of leaves is malformed");
    to->first = sqlite3_column_int64(b->leaves, 0);
    to->n = (int64_t)(hashes.n / 32);
    memcpy(to->hash, hashes.p, hashes.n);
    return 0;
}

static bool run_has(const struct run *run, int64_t leaf)
{
    return leaf >= run->first && leaf - run->first < run->n;
}

/* Records of one import have leaves in one row of the table, or in the next; in a chart that has been imported again and again, in a row of each import. */
static int leaf_read(struct keep_load_brief *b, int64_t leaf, uint8_t out[32], struct keep_err *err)
{
    int rc;

    for (size_t i = 0; i < RUNS && !run_has(&b->run[b->run_at], leaf); i++)
        b->run_at = i;
    if (!run_has(&b->run[b->run_at], leaf)) {
        b->run_at = b->run_next++ % RUNS;
        if ((rc = run_read(b, leaf, &b->run[b->run_at], err)) < 0)
            return rc;
    }
    if (!run_has(&b->run[b->run_at], leaf))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a record's row is malformed");
    memcpy(out, b->run[b->run_at].hash[leaf - b->run[b->run_at].first], 32);
    return 0;
}

static int row_take(struct keep_load_brief *b, struct batch *to, struct keep_err *err)
{
    sqlite3_stmt *st = b->read;
    struct keep_str stated = keep_rowio_blob_at(st, B_STATED), sealed = keep_rowio_blob_at(st, B_SEALED);
    uint64_t record = (uint64_t)sqlite3_column_int64(st, B_RECORD);
    struct row *row = &to->row[to->n && to->row[to->n - 1].record == record ? to->n - 1 : to->n++];

    if (!keep_stated_located(stated))
        sealed.n = 0;
    row->record = record;
    row->version = (uint32_t)sqlite3_column_int64(st, B_VERSION);
    row->patient = (uint64_t)sqlite3_column_int64(st, B_PATIENT);
    row->source = (uint32_t)sqlite3_column_int64(st, B_SOURCE);
    row->kind = (uint32_t)sqlite3_column_int64(st, B_KIND);
    row->encounter = sqlite3_column_int64(st, B_ENCOUNTER);
    row->at = to->text.n;
    row->stated = stated.n;
    row->sealed = sealed.n;
    keep_buf_add(&to->text, stated.p, stated.n);
    keep_buf_add(&to->text, sealed.p, sealed.n);
    if (to->text.failed)
        return no_memory(err);
    return b->leaves ? leaf_read(b, sqlite3_column_int64(st, B_LEAF), row->leaf, err) : 0;
}

static bool has_room(const struct batch *to, sqlite3_stmt *st)
{
    return (to->n < ROWS && to->text.n < BYTES) || to->row[to->n - 1].record == (uint64_t)sqlite3_column_int64(st, B_RECORD);
}

static void batch_fill(void *ctx)
{
    struct batch *to = ctx;
    struct keep_load_brief *b = to->brief;
    int rc = b->on_row ? 1 : keep_rowio_next(b->read, "reading records", &to->err);

    to->n = 0;
    keep_buf_clear(&to->text);
    while (rc > 0 && has_room(to, b->read)) {
        rc = row_take(b, to, &to->err);
        if (rc == 0)
            rc = keep_rowio_next(b->read, "reading records", &to->err);
    }
    b->on_row = rc > 0;
    to->last = rc == 0;
    to->rc = rc < 0 ? rc : 0;
}

/* --- working on them ------------------------------------------------------------------ */

static int row_tell(struct keep_load_brief *b, const struct batch *from, const struct row *row, struct keep_record *out, struct keep_err *err)
{
    const char *text = (const char *)from->text.p + row->at;
    uint64_t patient = b->moves.n ? keep_entity_moves_of(&b->moves, row->record, row->patient) : row->patient;
    struct keep_stated said;
    int rc = keep_stated_get(&said, (struct keep_str){text, row->stated}, err);

    if (rc < 0)
        return rc;
    *out = (struct keep_record){.id = row->record, .version = row->version, .source = row->source, .kind = row->kind, .signer = KEEP_ID_NONE};
    out->patient = keep_load_map_at(&b->r->map, KEEP_ENTITY_PATIENT, (int64_t)patient);
    if (b->leaves)
        memcpy(out->leaf, row->leaf, 32);
    rc = keep_load_records_fill(b->r, out, row->encounter, &said, (struct keep_str){text + row->stated, row->sealed}, err);
    return rc < 0 ? rc : 1;
}

/* To the next batch; the one before may be filled again. */
static void turn(struct keep_load_brief *b)
{
    struct batch *next = &b->batch[b->now == 0];

    if (b->now < 0)
        keep_crew_give(b->crew, &next->job);
    keep_crew_wait(b->crew, &next->job);
    b->now = next - b->batch;
    b->at = 0;
    if (!next->last && next->rc == 0)
        keep_crew_give(b->crew, &b->batch[!b->now].job);
}

static int next_brief(void *ctx, struct keep_record *out, struct keep_err *err)
{
    struct keep_load_brief *b = ((struct keep_load_records *)ctx)->brief;

    for (;;) {
        struct batch *at = b->now < 0 ? NULL : &b->batch[b->now];
        if (at && b->at < at->n)
            return row_tell(b, at, &at->row[b->at++], out, err);
        if (at && at->rc < 0 && err && err->code == 0)
            *err = at->err;
        if (at && (at->rc < 0 || at->last))
            return at->rc;
        turn(b);
    }
}

static int brief_new(struct keep_load_records *r, bool leaves, struct keep_err *err)
{
    struct keep_load_brief *b = r->brief = calloc(1, sizeof *b);
    int rc;

    if (!b)
        return no_memory(err);
    b->r = r;
    b->now = -1;
    for (int i = 0; i < 2; i++) {
        b->batch[i].brief = b;
        b->batch[i].job = (struct keep_crew_job){.run = batch_fill, .ctx = &b->batch[i]};
    }
    if ((rc = keep_entity_moves_load(&b->moves, r->s, err)) < 0 || (rc = keep_load_prepare(r->s, BRIEF_SQL, &b->read, err)) < 0)
        return rc;
    return leaves ? keep_load_prepare(r->s, LEAVES_SQL, &b->leaves, err) : 0;
}

void keep_load_brief_free(struct keep_load_brief *b)
{
    if (!b)
        return;
    for (int i = 0; i < 2; i++) {
        keep_crew_drop(b->crew, &b->batch[i].job);
        keep_buf_free(&b->batch[i].text);
    }
    if (b->crew)
        keep_watch_reading(b->r->s, true);
    sqlite3_finalize(b->read);
    sqlite3_finalize(b->leaves);
    free(b->moves.move);
    free(b);
}

static int open_brief(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, bool leaves, struct keep_record_scan *scan, struct keep_err *err)
{
    struct keep_load_records *r;
    int rc = keep_load_records_begin(&r, s, w, err);

    if (rc < 0)
        return rc;
    if ((rc = brief_new(r, leaves, err)) < 0) {
        keep_load_records_close(r);
        return rc;
    }
    *scan = (struct keep_record_scan){r, next_brief};
    *out = r;
    return 0;
}

int keep_load_records_brief(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_record_scan *scan, struct keep_err *err)
{
    return open_brief(out, s, w, false, scan, err);
}

int keep_load_records_bound(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_record_scan *scan, struct keep_err *err)
{
    return open_brief(out, s, w, true, scan, err);
}

void keep_load_records_ahead(struct keep_load_records *r, struct keep_crew *crew)
{
    if (keep_crew_threads(crew) == 1)
        return;
    r->brief->crew = crew;
    keep_watch_reading(r->s, false);
}
