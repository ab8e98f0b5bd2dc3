/* The access log read back, a batch of a segment at a time: columns unpacked, ids
 * turned into the world's indices by one look into an array each. Several readers
 * can share a pass: each takes the next segment under a lock, copies its columns
 * and decodes them on its own; only opening the pages waits for the others. One
 * that reads alone decodes them where the statement has them. */
#include <pthread.h>
#include <stdlib.h>

#include "core/crypto/secret.h"
#include "core/store/load_inside.h"
#include "core/store/logdetail.h"
#include "core/store/segread.h"
#include "core/text/jsonw.h"

/* A segment, as its row tells without its columns. */
struct listed {
    int64_t id, last;
    uint32_t source;
    uint64_t n;
    keep_time newest;
};

/* One that a pass reads. */
struct place {
    int64_t id;
    uint32_t source;
    uint64_t from;               /* events of segments before it */
    bool whole;                  /* every batch of it is given */
};

/* What the readers of a pass share. */
struct keep_load_events {
    struct keep_store *s;
    uint32_t *account, *patient; /* entity -> index of its kind; n each */
    size_t n;
    struct listed *all;          /* by source and id; read once, since the rows that tell so little are long */
    struct place *segment;       /* room for all */
    size_t alls, segments;
    keep_time since;             /* of segments that are not given whole: events from then on, NONE none, */
    uint8_t *wanted;             /* or about one of these entities, a byte each, */
    bool people;                 /* if there are any */
    unsigned readers;            /* of this pass */
    pthread_mutex_t lock;        /* of the two below */
    size_t at;                   /* the next segment */
    sqlite3_stmt *read;          /* stands on the segment at hand of a reader that is alone */
    struct reader *first;
};

struct reader {
    struct keep_load_events *e;
    struct keep_buf blob;        /* a copy of the columns of the segment at hand, when others read as well */
    uint32_t source;             /* of it */
    uint64_t from;               /* place of its first event */
    bool whole;
    uint64_t over;               /* events passed over since the last batch given */
    struct keep_segread r;       /* where in it */
    struct keep_segread_batch c;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- the scan ------------------------------------------------------------------- */

static void ids_map(uint32_t *restrict id, size_t n, const uint32_t *restrict index)
{
    for (size_t i = 0; i < n; i++)
        id[i] = index[id[i]]; /* [0] is KEEP_ID_NONE */
}

/* The columns of the next segment that nobody has taken: 1, 0 none, <0. They stay until the next call. */
static int segment_take(struct reader *r, struct keep_str *columns, struct keep_err *err)
{
    struct keep_load_events *e = r->e;
    int rc = 0;

    pthread_mutex_lock(&e->lock);
    sqlite3_reset(e->read);
    if (e->at < e->segments) {
        sqlite3_bind_int64(e->read, 1, e->segment[e->at].id);
        if ((rc = keep_rowio_next(e->read, "reading the log", err)) == 0)
            rc = keep_err_set(err, KEEP_E_INTEGRITY, "a log segment disappeared while it was read");
        *columns = rc > 0 ? keep_rowio_blob_at(e->read, 0) : (struct keep_str){NULL, 0};
        if (rc > 0 && e->readers > 1) {
            keep_buf_clear(&r->blob);
            keep_buf_add(&r->blob, columns->p, columns->n);
            *columns = keep_buf_view(&r->blob);
            if (r->blob.failed)
                rc = no_memory(err);
        }
        if (rc > 0) {
            r->source = e->segment[e->at].source;
            r->whole = e->segment[e->at].whole;
            r->from = e->segment[e->at++].from;
        }
    }
    if (rc < 0 || (e->at == e->segments && e->readers > 1))
        sqlite3_reset(e->read); /* holds no lock of the database longer than it must; one alone asks once more and finds nothing */
    pthread_mutex_unlock(&e->lock);
    return rc;
}

/* The next segment: 1, 0 none, <0. */
static int segment_open(struct reader *r, struct keep_err *err)
{
    struct keep_str columns;
    int rc = segment_take(r, &columns, err);

    if (rc <= 0)
        return rc;
    if ((rc = keep_segread_open(&r->r, columns.p, columns.n, err)) < 0)
        return rc;
    if (r->r.top.account >= r->e->n || r->r.top.patient >= r->e->n)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a log segment names an entity that is not there");
    r->r.less = 1;
    return 1;
}

/* Which events of a batch were asked for; how many. */
static uint32_t pick(const struct keep_load_events *e, const struct keep_segread_batch *c, uint16_t *at)
{
    const keep_time since = e->since != KEEP_TIME_NONE ? e->since : INT64_MAX;
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->n; i++) {
        at[n] = (uint16_t)i;
        n += c->time[i] >= since || (e->people && (e->wanted[c->account[i]] | e->wanted[c->patient[i]]));
    }
    return n;
}
_Static_assert(KEEP_SEGREAD_BATCH <= UINT16_MAX, "a place in a batch is a small number");

/* Only those n events are left of the batch. */
static void leave_only(struct keep_segread_batch *c, const uint16_t *at, uint32_t n)
{
#define PICK(column)                       \
    for (uint32_t i = 0; i < n; i++)       \
        c->column[i] = c->column[at[i]]
    PICK(ordinal);
    PICK(time);
    PICK(account);
    PICK(patient);
    PICK(place);
    PICK(unit);
    PICK(action);
    PICK(exposure);
    PICK(outcome);
    PICK(purpose);
    PICK(break_glass);
    PICK(searched);
    PICK(reason);
#undef PICK
    c->n = n;
}

/* What was asked for of the next batch of the segment at hand that has any of it, ids mapped: 1, 0 none is left, <0. */
static int batch_next(struct reader *r, struct keep_err *err)
{
    enum { FEW = KEEP_SEGREAD_TIME | KEEP_SEGREAD_ACCOUNT | KEEP_SEGREAD_PATIENT };
    const struct keep_load_events *e = r->e;
    struct keep_segread_batch *c = &r->c;
    uint16_t at[KEEP_SEGREAD_BATCH];
    uint32_t n = 0;
    int rc;

    while ((rc = keep_segread_next(&r->r, FEW, c, err)) > 0) {
        n = r->whole ? c->n : pick(e, c, at);
        r->over += c->n - n;
        if (n)
            break;
    }
    if (rc <= 0 || (rc = keep_segread_more(&r->r, (unsigned)KEEP_SEGREAD_ALL & ~(unsigned)FEW, c, err)) < 0)
        return rc;
    if (n < c->n)
        leave_only(c, at, n);
    ids_map(c->account, n, e->account);
    ids_map(c->patient, n, e->patient);
    return 1;
}

static int next(void *ctx, struct keep_events *out, struct keep_err *err)
{
    struct reader *r = ctx;
    struct keep_segread_batch *c = &r->c;
    int rc;

    while ((rc = batch_next(r, err)) == 0)
        if ((rc = segment_open(r, err)) <= 0)
            return rc;
    if (rc < 0)
        return rc;
    *out = (struct keep_events){
        .n = c->n, .source = r->source, .ordinal = c->ordinal, .time = c->time, .account = c->account, .patient = c->patient,
        .place = c->place, .unit = c->unit, .action = c->action, .exposure = c->exposure, .outcome = c->outcome, .purpose = c->purpose,
        .break_glass = c->break_glass, .searched = c->searched, .reason = c->reason, .from = r->from + r->r.from, .over = r->over};
    r->over = 0;
    return 1;
}

static void reader_free(struct reader *r)
{
    if (!r)
        return;
    keep_buf_free(&r->blob);
    free(r);
}

static struct reader *reader_new(struct keep_load_events *e)
{
    struct reader *r = calloc(1, sizeof *r);

    if (r)
        r->e = e;
    return r;
}

static int rewind_scan(void *ctx, struct keep_err *err)
{
    struct reader *r = ctx;

    (void)err;
    sqlite3_reset(r->e->read);
    r->e->at = 0;
    r->r.n = r->r.at = 0;
    r->over = 0;
    return 0;
}

static int share(void *ctx, struct keep_event_scan *out, struct keep_err *err)
{
    struct reader *r = ctx, *more = reader_new(r->e);

    if (!more)
        return no_memory(err);
    r->e->readers++;
    *out = (struct keep_event_scan){.ctx = more, .next = next};
    return 0;
}

static void give_back(void *ctx)
{
    struct reader *r = ctx;

    r->e->readers--;
    reader_free(r);
}

static int segments_list(struct keep_load_events *e, struct keep_err *err)
{
    int64_t most;
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_rowio_number(e->s, "SELECT count(*) FROM segment", 0, &most, err)) < 0)
        return rc;
    e->all = malloc(((size_t)most + 1) * sizeof *e->all);
    e->segment = malloc(((size_t)most + 1) * sizeof *e->segment);
    if (!e->all || !e->segment)
        return no_memory(err);
    if ((rc = keep_load_prepare(e->s, "SELECT id, source, n, last, newest FROM segment ORDER BY source, id", &st, err)) < 0)
        return rc;
    while (e->alls < (size_t)most && (rc = keep_rowio_next(st, "reading the log", err)) > 0)
        e->all[e->alls++] = (struct listed){.id = sqlite3_column_int64(st, 0), .source = (uint32_t)sqlite3_column_int64(st, 1), .n = (uint64_t)sqlite3_column_int64(st, 2),
                                            .last = sqlite3_column_int64(st, 3), .newest = sqlite3_column_int64(st, 4)};
    sqlite3_finalize(st);
    return rc < 0 ? rc : 0;
}

/* Is a segment to be read? *whole: all of it. */
static bool is_asked(const struct keep_load_only *only, const struct listed *s, bool *whole)
{
    int64_t since = 0;

    for (size_t i = 0; only && i < only->sources; i++)
        since = only->since[i].source == s->source ? (int64_t)only->since[i].ordinal : since;
    *whole = !only || s->last > since;
    return *whole || only->account || only->patient || (only->from != KEEP_TIME_NONE && s->newest >= only->from);
}

/* Marks who of these, by the world's index, is wanted. */
static void want(struct keep_load_events *e, const uint8_t *of, const uint32_t *index)
{
    for (size_t i = 1; of && i < e->n; i++)
        if (index[i] != KEEP_ID_NONE)
            e->wanted[i] |= of[index[i]];
}

uint64_t keep_load_events_only(struct keep_load_events *e, const struct keep_load_only *only)
{
    uint64_t from = 0;
    bool whole;

    if (e->people)
        memset(e->wanted, 0, e->n);
    if ((e->people = only && (only->account || only->patient))) {
        want(e, only->account, e->account);
        want(e, only->patient, e->patient);
    }
    e->segments = 0;
    for (const struct listed *s = e->all; s < e->all + e->alls; s++) {
        if (!is_asked(only, s, &whole))
            continue;
        e->segment[e->segments++] = (struct place){s->id, s->source, from, whole};
        from += s->n;
    }
    e->since = only ? only->from : KEEP_TIME_NONE;
    return from;
}

static int indices_make(struct keep_load_events *e, const struct keep_world *w, struct keep_err *err)
{
    struct keep_load_map map = {.index = NULL};
    int rc = keep_load_map_make(&map, e->s, w, err);

    if (rc < 0)
        return rc;
    e->n = map.roots.n;
    e->account = malloc(e->n * sizeof *e->account);
    e->patient = malloc(e->n * sizeof *e->patient);
    e->wanted = calloc(e->n, sizeof *e->wanted);
    if (!e->account || !e->patient || !e->wanted)
        rc = no_memory(err);
    for (size_t i = 0; rc == 0 && i < e->n; i++) {
        e->account[i] = keep_load_map_at(&map, KEEP_ENTITY_ACCOUNT, (int64_t)i);
        e->patient[i] = keep_load_map_at(&map, KEEP_ENTITY_PATIENT, (int64_t)i);
    }
    keep_load_map_free(&map);
    return rc;
}

int keep_load_events_open(struct keep_load_events **out, struct keep_store *s, const struct keep_world *w, struct keep_event_scan *scan, struct keep_err *err)
{
    struct keep_load_events *e = calloc(1, sizeof *e);
    int rc;

    if (!e || pthread_mutex_init(&e->lock, NULL) != 0) {
        free(e);
        return no_memory(err);
    }
    e->s = s;
    e->readers = 1;
    rc = (e->first = reader_new(e)) ? indices_make(e, w, err) : no_memory(err);
    if (rc < 0 || (rc = segments_list(e, err)) < 0 || (rc = keep_load_prepare(s, "SELECT columns FROM segment WHERE id=?1", &e->read, err)) < 0) {
        keep_load_events_close(e);
        return rc;
    }
    keep_load_events_only(e, NULL);
    *scan = (struct keep_event_scan){e->first, next, rewind_scan, share, give_back};
    *out = e;
    return 0;
}

void keep_load_events_close(struct keep_load_events *e)
{
    if (!e)
        return;
    sqlite3_finalize(e->read);
    reader_free(e->first);
    pthread_mutex_destroy(&e->lock);
    free(e->account);
    free(e->patient);
    free(e->wanted);
    free(e->all);
    free(e->segment);
    free(e);
}

uint64_t keep_load_events_count(struct keep_store *s)
{
    int64_t n = 0;

    keep_rowio_number(s, "SELECT sum(n) FROM segment", 0, &n, NULL);
    return (uint64_t)n;
}

/* --- one event ------------------------------------------------------------------- */

static void detail_write(const struct keep_logdetail *d, struct keep_str place, struct keep_buf *json, struct keep_buf *raw)
{
    static const struct keep_str none = {NULL, 0};
    struct keep_jsonw w;

    keep_jsonw_init(&w, json);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "native_id");
    keep_jsonw_str(&w, d->native_id.n ? d->native_id : none);
    keep_jsonw_key(&w, "account_name");
    keep_jsonw_str(&w, d->account_name.n ? d->account_name : none);
    keep_jsonw_key(&w, "reason");
    keep_jsonw_str(&w, d->reason);
    keep_jsonw_key(&w, "query");
    keep_jsonw_str(&w, d->query.n ? d->query : none);
    keep_jsonw_key(&w, "place");
    keep_jsonw_str(&w, place);
    keep_jsonw_end_object(&w);
    keep_buf_add(raw, d->raw.p, d->raw.n);
}

static int place_name(struct keep_store *s, uint32_t place, struct keep_buf *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (place == 0)
        return 0;
    if ((rc = keep_store_prepare(s, keep_store_db(s), "SELECT text FROM term WHERE id=?1", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)place - 1);
    if ((rc = keep_rowio_next(st, "reading the dictionary", err)) <= 0)
        return rc;
    keep_buf_add(out, keep_rowio_text_at(st, 0).p, keep_rowio_text_at(st, 0).n);
    sqlite3_reset(st);
    return 0;
}

/* Detail i of the segment on which st stands. */
static int detail_read(struct keep_store *s, sqlite3_stmt *st, const struct keep_segment *c, uint32_t i, const struct keep_logdetail_place *at, const uint8_t key[32],
                       struct keep_buf *json, struct keep_buf *raw, struct keep_err *err)
{
    struct keep_buf plain = KEEP_BUF_INIT, place = KEEP_BUF_INIT;
    struct keep_squeeze *z = NULL;
    struct keep_logdetail_walk walk;
    struct keep_logdetail d;
    struct keep_str one = {NULL, 0};
    int rc;

    if ((rc = keep_squeeze_new(&z, 1, err)) < 0 || (rc = keep_logdetail_open(z, keep_rowio_blob_at(st, 2), at, key, &plain, err)) < 0 ||
        (rc = keep_logdetail_start(&walk, &plain, c->n, err)) < 0)
        goto out;
    for (uint32_t j = 0; j <= i && rc == 0; j++)
        rc = keep_logdetail_next(&walk, &one, err);
    if (rc < 0 || (rc = keep_logdetail_get(&d, one, err)) < 0 || (rc = place_name(s, c->place[i], &place, err)) < 0)
        goto out;
    detail_write(&d, keep_buf_view(&place), json, raw);
    if (json->failed || raw->failed || place.failed)
        rc = no_memory(err);
out:
    keep_buf_free(&plain);
    keep_buf_free(&place);
    keep_squeeze_free(z);
    return rc;
}

/* An event that no segment has: 2 when the period of its import's run was destroyed, else 1. */
static int destroyed(struct keep_store *s, uint32_t source, uint64_t ordinal, uint8_t key[32], struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT DISTINCT period FROM run WHERE source=?1 AND first<=?2 AND last>=?2", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, source);
    sqlite3_bind_int64(st, 2, (int64_t)ordinal);
    while ((rc = keep_rowio_next(st, "reading the log", err)) > 0)
        if ((rc = keep_ring_get(s, KEEP_RING_PERIOD, KEEP_LOGDETAIL_OWNER(source, sqlite3_column_int64(st, 0)), key, err)) < 0 || rc == 1)
            break;
    sqlite3_finalize(st);
    return rc < 0 ? rc : rc == 1 ? 2 : 1;
}

int keep_load_event_detail(struct keep_store *s, uint32_t source, uint64_t ordinal, struct keep_buf *json, struct keep_buf *raw, struct keep_err *err)
{
    struct keep_segment *c = malloc(sizeof *c);
    void *key = NULL;
    sqlite3_stmt *st = NULL;
    int rc;

    if (!c)
        return no_memory(err);
    if ((rc = keep_secret_new(&key, KEEP_KEY_SIZE, err)) < 0 ||
        (rc = keep_load_prepare(s, "SELECT period, columns, detail FROM segment WHERE source=?1 AND first<=?2 AND last>=?2", &st, err)) < 0)
        goto out;
    sqlite3_bind_int64(st, 1, source);
    sqlite3_bind_int64(st, 2, (int64_t)ordinal);
    while ((rc = keep_rowio_next(st, "reading the log", err)) > 0) {
        struct keep_str columns = keep_rowio_blob_at(st, 1);
        struct keep_logdetail_place at = {.source = source, .period = sqlite3_column_int64(st, 0)};
        uint32_t i;
        if ((rc = keep_segment_unpack(columns.p, columns.n, c, NULL, err)) < 0)
            goto out;
        for (i = 0; i < c->n && c->ordinal[i] != ordinal; i++)
            continue;
        if (i == c->n)
            continue;
        at.first = c->ordinal[0];
        at.last = c->ordinal[c->n - 1];
        if ((rc = keep_ring_get(s, KEEP_RING_PERIOD, KEEP_LOGDETAIL_OWNER(source, at.period), key, err)) == 0)
            rc = detail_read(s, st, c, i, &at, key, json, raw, err);
        else if (rc > 0)
            rc = rc == 1 ? 2 : keep_err_set(err, KEEP_E_INTEGRITY, "a log period's key is missing without having been destroyed");
        goto out;
    }
    if (rc == 0)
        rc = destroyed(s, source, ordinal, key, err);
out:
    sqlite3_finalize(st);
    keep_secret_free(key);
    free(c);
    return rc;
}
