/* Repetitions.
 *
 * Each open month has a small table of marks (known.h). A hash that has none is
 * new: that answers nearly all rows of a log that comes for the first time. One
 * that has is looked up among the hashes of the segments that its block covers;
 * those of the last segments used stay in memory, so a file that overlaps an
 * earlier one, which goes through the same segments in some order, reads each
 * once. An id that is there with another time, account or patient is
 * another event's, which its content tells. When tables of all open months pass their limit, those of the months
 * used longest ago are given back and made again from the stored hashes when
 * their month comes up; a month that passes it alone has its way.
 *
 * Equal rows without an id of their own: the k-th of a file is another event
 * than the first, and repeats the k-th of any other file. Its hash is of the
 * first one's and k. A row takes the first k that this file had not yet; which
 * it had is a bit for each stored event, or follows from its ordinal. Those a
 * file had are the first ones without a gap, so halving finds the next. */
#include "core/store/repeat.h"

#include <stdlib.h>

#include "core/base/grow.h"
#include "core/store/detail.h"
#include "core/store/events_inside.h"

#define PAGE ((size_t)4096)         /* bytes of a page of bits */
#define INDEX (2 * KEEP_SEGMENT_EVENTS) /* slots of a segment's index: half of them are free */

struct keep_repeat_segment {
    uint64_t first, last, turn;
    uint32_t n;
    uint64_t hash[KEEP_SEGMENT_EVENTS], ordinal[KEEP_SEGMENT_EVENTS];
    keep_time time[KEEP_SEGMENT_EVENTS];
    uint32_t account[KEEP_SEGMENT_EVENTS], patient[KEEP_SEGMENT_EVENTS];
    uint16_t index[INDEX]; /* by hash: number of an event and one, 0 is free */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

void keep_repeat_file(struct keep_repeat *r, uint64_t next)
{
    for (size_t i = 0; i < r->pages; i++)
        free(r->met[i]);
    free(r->met);
    r->met = NULL;
    r->pages = 0;
    r->file_first = next;
    memset(r->count, 0, sizeof r->count);
}

void keep_repeat_done(struct keep_repeat *r)
{
    keep_repeat_file(r, 0);
    for (size_t i = 0; i < KEEP_REPEAT_CACHED; i++)
        free(r->cached[i]);
    free(r->room);
}

/* --- the table of a month ----------------------------------------------------- */

int keep_repeat_written(struct keep_events_bucket *b, int64_t id, uint64_t first, uint64_t last, struct keep_err *err)
{
    if (!keep_grow(&b->span, &b->span_room, b->spans + 1, sizeof *b->span, 16))
        return no_memory(err);
    b->span[b->spans++] = (struct keep_repeat_span){id, first, last};
    return 0;
}

void keep_repeat_dropped(struct keep_events_bucket *b, int64_t id)
{
    for (size_t i = b->spans; i-- > 0;)
        if (b->span[i].id == id) {
            memmove(b->span + i, b->span + i + 1, (b->spans - i - 1) * sizeof *b->span);
            b->spans--;
            return;
        }
}

/* Makes room for a table of n events among those of the open months: *slots of it. */
static void make_room(struct keep_events_writer *w, const struct keep_events_bucket *b, size_t n, size_t *slots)
{
    size_t want = keep_known_slots(n), others = 0;

    if (want > w->repeat.slots)
        want = keep_known_least(n) > w->repeat.slots ? keep_known_least(n) : w->repeat.slots;
    for (size_t i = 0; i < w->buckets; i++)
        others += w->bucket[i] == b ? 0 : w->bucket[i]->known.cap;
    while (others > 0 && others + want > w->repeat.slots) {
        struct keep_events_bucket *oldest = NULL;
        for (size_t i = 0; i < w->buckets; i++)
            if (w->bucket[i] != b && w->bucket[i]->known.slot && (!oldest || w->bucket[i]->turn < oldest->turn))
                oldest = w->bucket[i];
        others -= oldest->known.cap;
        keep_known_free(&oldest->known);
    }
    *slots = want;
}

/* Marks of a stored segment's events; st stands on it. */
static int segment_load(struct keep_events_bucket *b, sqlite3_stmt *st, struct keep_err *err)
{
    uint64_t first = (uint64_t)sqlite3_column_int64(st, 1), last = (uint64_t)sqlite3_column_int64(st, 2);
    struct keep_detail_reader r = {keep_rowio_blob_at(st, 3), true};

    if (keep_repeat_written(b, sqlite3_column_int64(st, 0), first, last, err) < 0)
        return no_memory(err);
    if (r.left.n / 8 + (b->known.blocks ? b->known.block[b->known.blocks - 1].n : 0) > KEEP_SEGMENT_EVENTS && !keep_known_cut(&b->known))
        return no_memory(err);
    while (r.left.n >= 8) {
        uint64_t h = keep_detail_u64(&r);
        if (keep_known_full(&b->known))
            return keep_err_set(err, KEEP_E_INTEGRITY, "log segment: more hashes than events");
        if (!keep_known_add(&b->known, h, first, last))
            return no_memory(err);
    }
    return 0;
}

/* What is stored of a month, then what waits in its sheet. */
static int load(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err)
{
    sqlite3_stmt *st;
    size_t n, slots;
    int rc = keep_events_inside_land(w, err);

    keep_known_free(&b->known);
    b->spans = 0;
    if (rc < 0 || (rc = keep_store_prepare(w->s, keep_store_db(w->s), "SELECT sum(n) FROM segment WHERE source=?1 AND period=?2", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, w->source);
    sqlite3_bind_int64(st, 2, b->period);
    if ((rc = keep_rowio_next(st, "reading the log", err)) < 0)
        return rc;
    n = (size_t)sqlite3_column_int64(st, 0) + b->sheet->c.n;
    sqlite3_reset(st);
    make_room(w, b, n, &slots);
    if (!keep_known_start(&b->known, slots))
        return no_memory(err);
    if ((rc = keep_store_prepare(w->s, keep_store_db(w->s), "SELECT id, first, last, hashes FROM segment WHERE source=?1 AND period=?2 ORDER BY id", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, w->source);
    sqlite3_bind_int64(st, 2, b->period);
    while ((rc = keep_rowio_next(st, "reading the log", err)) > 0)
        if ((rc = segment_load(b, st, err)) < 0) {
            sqlite3_reset(st);
            return rc;
        }
    if (rc == 0 && !keep_known_cut(&b->known))
        return no_memory(err);
    for (uint32_t i = b->stored; i < b->sheet->c.n && rc == 0; i++)
        if (!keep_known_add(&b->known, b->sheet->hash[i], b->sheet->c.ordinal[i], b->sheet->c.ordinal[i]))
            return no_memory(err);
    return rc;
}

int keep_repeat_note(struct keep_events_bucket *b, struct keep_err *err)
{
    uint32_t i = b->sheet->c.n - 1;
    uint64_t at = b->sheet->c.ordinal[i];

    if (i == 0 && !keep_known_cut(&b->known)) /* as its segment will */
        return no_memory(err);
    return keep_known_add(&b->known, b->sheet->hash[i], at, at) ? 0 : no_memory(err);
}

/* --- looking up --------------------------------------------------------------------- */

/* An event that is there. */
struct there {
    uint64_t ordinal;
    keep_time time;
    uint32_t account, patient;
};

/* From the newest: equal rows are near each other. */
static bool in_sheet(const struct keep_logsheet *s, const struct keep_known_block *in, uint64_t hash, struct there *out)
{
    if (!s || s->c.n == 0 || s->c.ordinal[0] > in->last || s->c.ordinal[s->c.n - 1] < in->first)
        return false;
    for (uint32_t i = s->c.n; i-- > 0;)
        if (s->hash[i] == hash) {
            *out = (struct there){s->c.ordinal[i], s->c.time[i], s->c.account[i], s->c.patient[i]};
            return true;
        }
    return false;
}

static int segment_read(struct keep_events_writer *w, int64_t id, struct keep_repeat_segment *g, struct keep_err *err)
{
    struct keep_repeat *r = &w->repeat;
    sqlite3_stmt *st;
    int rc;

    if (!r->room && !(r->room = malloc(sizeof *r->room)))
        return no_memory(err);
    if ((rc = keep_store_prepare(w->s, keep_store_db(w->s), "SELECT columns, hashes FROM segment WHERE id=?1", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, id);
    if ((rc = keep_rowio_next(st, "reading the log", err)) < 0)
        return rc;
    struct keep_str columns = keep_rowio_blob_at(st, 0);
    struct keep_detail_reader hashes = {keep_rowio_blob_at(st, 1), true};
    rc = rc == 0 ? keep_err_set(err, KEEP_E_INTEGRITY, "log segment: it is not there") : keep_segment_unpack(columns.p, columns.n, r->room, NULL, err);
    if (rc == 0 && hashes.left.n != (size_t)r->room->n * 8)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "log segment: its hashes do not fit");
    g->n = rc == 0 ? r->room->n : 0;
    memset(g->index, 0, sizeof g->index);
    for (uint32_t i = 0; i < g->n; i++) {
        size_t at;
        g->hash[i] = keep_detail_u64(&hashes);
        g->ordinal[i] = r->room->ordinal[i];
        g->time[i] = r->room->time[i];
        g->account[i] = r->room->account[i];
        g->patient[i] = r->room->patient[i];
        for (at = g->hash[i] % INDEX; g->index[at]; at = (at + 1) % INDEX)
            ;
        g->index[at] = (uint16_t)(i + 1);
    }
    sqlite3_reset(st);
    return rc;
}

/* The hashes of a stored segment, in memory until others were used more lately. */
static int segment_open(struct keep_events_writer *w, const struct keep_repeat_span *s, struct keep_repeat_segment **out, struct keep_err *err)
{
    struct keep_repeat *r = &w->repeat;
    size_t oldest = 0;
    int rc;

    for (size_t i = 0; i < KEEP_REPEAT_CACHED; i++) {
        struct keep_repeat_segment *g = r->cached[i];
        if (!g) {
            oldest = i;
            break;
        }
        if (g->first == s->first && g->last == s->last) {
            g->turn = ++r->turn;
            *out = g;
            return 0;
        }
        if (g->turn < r->cached[oldest]->turn)
            oldest = i;
    }
    if (!r->cached[oldest] && !(r->cached[oldest] = malloc(sizeof *r->cached[oldest])))
        return no_memory(err);
    *out = r->cached[oldest];
    (*out)->first = (*out)->last = 0; /* no segment's, should reading fail */
    (*out)->turn = ++r->turn;
    if ((rc = segment_read(w, s->id, *out, err)) < 0)
        return rc;
    (*out)->first = s->first;
    (*out)->last = s->last;
    return 0;
}

/* 1 and which: an event of this hash is there; 0: none. */
static int stored(struct keep_events_writer *w, struct keep_events_bucket *b, uint64_t hash, struct there *out, struct keep_err *err)
{
    struct keep_known_probe p = keep_known_ask(&b->known, hash);
    const struct keep_known_block *in;
    struct keep_repeat_segment *g = NULL;
    int rc;

    while ((in = keep_known_next(&b->known, &p)) != NULL) {
        if (in_sheet(b->sheet, in, hash, out) || (b->closing && in_sheet(b->closing->sheet, in, hash, out)))
            return 1;
        for (size_t i = 0; i < b->spans; i++) {
            if (b->span[i].first > in->last || b->span[i].last < in->first)
                continue;
            if ((rc = segment_open(w, &b->span[i], &g, err)) < 0)
                return rc;
            for (size_t at = hash % INDEX; g->index[at]; at = (at + 1) % INDEX)
                if (g->hash[g->index[at] - 1] == hash) {
                    uint32_t hit = g->index[at] - 1u;
                    *out = (struct there){g->ordinal[hit], g->time[hit], g->account[hit], g->patient[hit]};
                    return 1;
                }
        }
    }
    return 0;
}

/* --- which of several equal rows --------------------------------------------------------- */

static bool met(const struct keep_repeat *r, uint64_t ordinal)
{
    size_t page = (size_t)(ordinal / (PAGE * 8));

    return ordinal >= r->file_first || (page < r->pages && r->met[page] && (r->met[page][ordinal / 8 % PAGE] >> (ordinal % 8) & 1));
}

static int meet(struct keep_repeat *r, uint64_t ordinal, struct keep_err *err)
{
    size_t page = (size_t)(ordinal / (PAGE * 8));

    if (page >= r->pages) {
        size_t pages = page + page / 2 + 16;
        uint8_t **list = realloc(r->met, pages * sizeof *list);
        if (!list)
            return no_memory(err);
        memset(list + r->pages, 0, (pages - r->pages) * sizeof *list);
        r->met = list;
        r->pages = pages;
    }
    if (!r->met[page] && !(r->met[page] = calloc(1, PAGE)))
        return no_memory(err);
    r->met[page][ordinal / 8 % PAGE] |= (uint8_t)(1u << (ordinal % 8));
    return 0;
}

/* The hash of the k-th row equal to one of hash first, which is the 0-th. */
static uint64_t hash_of(struct keep_events_writer *w, uint64_t first, uint32_t k)
{
    if (k == 0)
        return first;
    keep_buf_clear(&w->form);
    keep_buf_u8(&w->form, 'k');
    keep_buf_u64(&w->form, first);
    keep_buf_u32(&w->form, k);
    return keep_events_inside_hash(w, &w->form);
}

/* 0: there is no k-th; 1 and its ordinal: there is, and this file had not; 2: it had. */
static int state_of(struct keep_events_writer *w, struct keep_events_bucket *b, uint64_t first, uint32_t k, uint64_t *hash, uint64_t *ordinal, struct keep_err *err)
{
    *hash = hash_of(w, first, k);
    if (w->form.failed)
        return no_memory(err);
    struct there there = {0};
    int rc = stored(w, b, *hash, &there, err);

    *ordinal = there.ordinal;
    return rc == 1 && met(&w->repeat, there.ordinal) ? 2 : rc;
}

/* As keep_repeat_find, by content. */
static int find_equal(struct keep_events_writer *w, struct keep_events_bucket *b, uint64_t *hash, struct keep_err *err)
{
    uint64_t first = *hash, ordinal = 0;
    uint32_t slot = (uint32_t)(first % KEEP_REPEAT_COUNTS), k = w->repeat.count[slot].hash == first ? w->repeat.count[slot].n : 0;
    uint32_t low = k, high = k, step = 1; /* all below low were had */
    int rc;

    while ((rc = state_of(w, b, first, high, hash, &ordinal, err)) == 2) {
        low = high + 1;
        high += step;
        step *= 2;
    }
    while (rc >= 0 && low < high) { /* high was not had */
        uint32_t mid = low + (high - low) / 2;
        if ((rc = state_of(w, b, first, mid, hash, &ordinal, err)) == 2)
            low = mid + 1;
        else
            high = mid;
    }
    if (rc == 2) /* the last look was below */
        rc = state_of(w, b, first, high, hash, &ordinal, err);
    if (rc < 0)
        return rc;
    if (high > 0) {
        w->repeat.count[slot].hash = first;
        w->repeat.count[slot].n = high + 1;
    }
    return rc == 1 && meet(&w->repeat, ordinal, err) < 0 ? KEEP_E_NOMEM : rc;
}

/* The month's table is at hand, with room for one more. */
static int ready(struct keep_events_writer *w, struct keep_events_bucket *b, struct keep_err *err)
{
    return b->known.slot && !keep_known_full(&b->known) ? 0 : load(w, b, err);
}

int keep_repeat_find(struct keep_events_writer *w, struct keep_events_bucket *b, uint64_t *hash, struct keep_err *err)
{
    int rc = ready(w, b, err);

    return rc < 0 ? rc : find_equal(w, b, hash, err);
}

int keep_repeat_find_id(struct keep_events_writer *w, struct keep_events_bucket *b, uint64_t hash, keep_time at, const struct keep_events_ids *ids, struct keep_err *err)
{
    const keep_time minute = 60 * KEEP_USEC;
    struct there there = {0};
    int rc = ready(w, b, err);

    if (rc == 0)
        rc = stored(w, b, hash, &there, err);
    bool another = at - there.time > minute || there.time - at > minute || ids->account != there.account || ids->patient != there.patient;
    return rc == 1 && another ? 2 : rc;
}
