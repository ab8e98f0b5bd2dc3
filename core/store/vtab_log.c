/* access_log: the segments as a table.
 *
 * A scan takes the segments whose times can meet the bounds, by the oldest and
 * newest time of their rows alone, and of those only the ones in which the
 * account and the patient asked for stand, by the lists of who does (present.h).
 * Of an opened segment it decodes times and people first, and the rest of a
 * batch when an event in it is wanted. A person may be several entities that
 * links made one: all of them are looked for. */
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/store/load_inside.h"
#include "core/store/present.h"
#include "core/store/rowio.h"
#include "core/store/segread.h"
#include "core/store/vtab.h"

#define DAY (86400 * KEEP_USEC)
#define FIRST (KEEP_SEGREAD_TIME | KEEP_SEGREAD_ACCOUNT | KEEP_SEGREAD_PATIENT) /* what a condition may be on */

enum { EVENT, SOURCE, TIME, ACCOUNT, PATIENT, ACTION, EXPOSURE, OUTCOME, PURPOSE, BREAK_GLASS, PLACE, UNIT };

/* The entities asked for, ascending; n 0 and none: everybody. */
struct wanted {
    uint32_t *id;
    size_t n;
    bool some;
};

struct cursor {
    struct keep_vtab_cursor c;
    sqlite3_stmt *list, *present, *read; /* segments; who stands in one; the one at hand */
    int64_t source;
    keep_time from, to; /* both included */
    int64_t only_source;
    struct wanted account, patient;
    struct keep_segread r;
    struct keep_segread_batch *batch;
    bool whole; /* all columns of the batch are decoded */
    uint32_t i;
};

/* The earliest and the latest instant whose text can compare with a bound's as its operator says. A bound that is not a day or an instant
 * of UTC as the column writes them sets no limit. */
static void time_bound(struct cursor *k, const struct keep_vtab_bound *b)
{
    const char *p = sqlite3_value_type(b->value) == SQLITE_TEXT ? (const char *)sqlite3_value_text(b->value) : NULL;
    int n = p ? sqlite3_value_bytes(b->value) : 0;
    enum keep_precision prec;
    keep_time t, width;
    keep_date d;
    bool zone;

    if (n < 10 || !keep_civil_parse_date((struct keep_str){p, 10}, &d, &prec) || prec != KEEP_PREC_DAY)
        return;
    t = (keep_time)d * DAY;
    width = DAY;
    if (n >= 20 && p[n - 1] == 'Z' && keep_civil_parse_time((struct keep_str){p, (size_t)n}, &t, &zone))
        width = KEEP_USEC;
    if (b->op != SQLITE_INDEX_CONSTRAINT_LT && b->op != SQLITE_INDEX_CONSTRAINT_LE && t - width > k->from)
        k->from = t - width;
    if (b->op != SQLITE_INDEX_CONSTRAINT_GT && b->op != SQLITE_INDEX_CONSTRAINT_GE && t + width < k->to)
        k->to = t + width;
}

/* All entities that are this one. */
static int members(struct keep_vtab_base *b, const struct keep_vtab_bound *at, const char *word, struct wanted *out, struct keep_err *err)
{
    uint64_t root = 0;
    size_t cap = 0;

    out->some = true;
    out->n = 0;
    if (!keep_vtab_unmask(b, word, at, &root))
        return 0;
    for (uint64_t e = 1; e < b->roots.n; e++) {
        if (b->roots.root[e] != root)
            continue;
        if (!keep_grow(&out->id, &cap, out->n + 1, sizeof *out->id, 4))
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        out->id[out->n++] = (uint32_t)e;
    }
    return 0;
}

static bool among(const struct wanted *w, uint32_t id)
{
    if (!w->some)
        return true;
    for (size_t i = 0; i < w->n; i++)
        if (w->id[i] == id)
            return true;
    return false;
}

/* Can a segment whose largest id this is hold one that is asked for? */
static bool event_meets(const struct cursor *k, uint32_t i)
{
    const struct keep_segread_batch *s = k->batch;

    return s->time[i] >= k->from && s->time[i] <= k->to && among(&k->account, s->account[i]) && among(&k->patient, s->patient[i]);
}

/* Whether one of those wanted stands in a segment: 1, 0, <0. A segment without lists may hold anybody. */
static int holds(struct cursor *k, int64_t segment, enum keep_present kind, const struct wanted *w, struct keep_err *err)
{
    int rc;

    if (!w->some)
        return 1;
    sqlite3_bind_int(k->present, 1, kind);
    sqlite3_bind_int64(k->present, 2, segment);
    if ((rc = keep_rowio_next(k->present, "reading the log", err)) > 0) {
        struct keep_str ids = keep_rowio_blob_at(k->present, 0);
        rc = keep_present_has(ids.p, ids.n, w->id, w->n, err);
        sqlite3_reset(k->present);
        return rc;
    }
    return rc < 0 ? rc : 1;
}

static int segment_open(struct cursor *k, int64_t id, struct keep_err *err)
{
    const struct keep_segment_bounds *top = &k->r.top;
    struct keep_str columns;
    int rc;

    sqlite3_reset(k->read);
    sqlite3_bind_int64(k->read, 1, id);
    if ((rc = keep_rowio_next(k->read, "reading the log", err)) <= 0)
        return rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "a log segment disappeared while it was read");
    columns = keep_rowio_blob_at(k->read, 0);
    if ((rc = keep_segread_open(&k->r, columns.p, columns.n, err)) < 0)
        return rc;
    if (top->account >= k->c.b->roots.n || top->patient >= k->c.b->roots.n || top->place > k->c.b->world.terms || top->unit > k->c.b->world.terms)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a log segment names something that is not there");
    k->c.b->opened++;
    return 0;
}

/* The next segment that can hold something: 1, 0 none, <0. */
static int segment_next(struct cursor *k, struct keep_err *err)
{
    int rc;

    while ((rc = keep_rowio_next(k->list, "reading the log", err)) > 0) {
        int64_t id = sqlite3_column_int64(k->list, 1);
        k->source = sqlite3_column_int64(k->list, 0);
        if ((rc = holds(k, id, KEEP_PRESENT_PATIENT, &k->patient, err)) > 0)
            rc = holds(k, id, KEEP_PRESENT_ACCOUNT, &k->account, err);
        if (rc < 0)
            return rc;
        if (rc > 0)
            return (rc = segment_open(k, id, err)) < 0 ? rc : 1;
    }
    return rc;
}

/* On to the first event at or behind i that meets the bounds. */
static int seek(struct cursor *k, struct keep_err *err)
{
    int rc;

    for (;;) {
        for (; k->i < k->batch->n; k->i++) {
            if (!event_meets(k, k->i))
                continue;
            rc = k->whole ? 0 : keep_segread_more(&k->r, KEEP_SEGREAD_ALL & ~FIRST, k->batch, err);
            k->whole = true;
            return rc;
        }
        while ((rc = keep_segread_next(&k->r, FIRST, k->batch, err)) == 0)
            if ((rc = segment_next(k, err)) <= 0) {
                k->c.end = true;
                return rc;
            }
        if (rc < 0)
            return rc;
        k->whole = false;
        k->i = 0;
    }
}

static void reset(struct cursor *k)
{
    sqlite3_finalize(k->list);
    sqlite3_finalize(k->present);
    sqlite3_finalize(k->read);
    free(k->account.id);
    free(k->patient.id);
    k->list = k->present = k->read = NULL;
    k->account = k->patient = (struct wanted){NULL, 0, false};
}

static int filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    struct cursor *k = (struct cursor *)c;
    int rc = keep_vtab_world(c->b, err);

    reset(k);
    k->from = INT64_MIN + 1;
    k->to = INT64_MAX;
    k->only_source = 0;
    if (rc == 0 && !k->batch && !(k->batch = malloc(sizeof *k->batch)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (int i = 0; rc == 0 && i < n; i++) {
        bool equal = b[i].op == SQLITE_INDEX_CONSTRAINT_EQ;
        if (b[i].column == TIME)
            time_bound(k, &b[i]);
        else if (b[i].column == SOURCE && equal && sqlite3_value_type(b[i].value) == SQLITE_INTEGER)
            k->only_source = sqlite3_value_int64(b[i].value);
        else if (b[i].column == ACCOUNT && equal && !k->account.some)
            rc = members(c->b, &b[i], "account", &k->account, err);
        else if (b[i].column == PATIENT && equal && !k->patient.some)
            rc = members(c->b, &b[i], "patient", &k->patient, err);
    }
    if (rc < 0 ||
        (rc = keep_load_prepare(c->b->s, "SELECT source, id FROM segment WHERE newest >= ?1 AND oldest <= ?2 AND (?3 = 0 OR source = ?3) ORDER BY id", &k->list, err)) < 0 ||
        (rc = keep_load_prepare(c->b->s, "SELECT ids FROM present WHERE kind=?1 AND segment=?2", &k->present, err)) < 0 ||
        (rc = keep_load_prepare(c->b->s, "SELECT columns FROM segment WHERE id=?1", &k->read, err)) < 0)
        return rc;
    sqlite3_bind_int64(k->list, 1, k->from);
    sqlite3_bind_int64(k->list, 2, k->to);
    sqlite3_bind_int64(k->list, 3, k->only_source);
    k->r = (struct keep_segread){.n = 0};
    k->batch->n = k->i = 0;
    return seek(k, err);
}

static int next(struct keep_vtab_cursor *c, struct keep_err *err)
{
    struct cursor *k = (struct cursor *)c;

    k->i++;
    return seek(k, err);
}

static void term(const struct cursor *k, uint32_t id, sqlite3_context *out)
{
    if (id > 0)
        keep_vtab_str(out, k->c.b->world.term[id - 1]);
}

static void cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    struct cursor *k = (struct cursor *)c;
    const struct keep_segread_batch *s = k->batch;
    uint32_t i = k->i;
    char *event;

    switch (column) {
    case EVENT:
        event = sqlite3_mprintf("%lld:%llu", (long long)k->source, (unsigned long long)s->ordinal[i]);
        sqlite3_result_text(out, event, -1, sqlite3_free);
        break;
    case SOURCE: sqlite3_result_int64(out, k->source); break;
    case TIME: keep_vtab_time(out, s->time[i]); break;
    case ACCOUNT: keep_vtab_mask(out, c->b, "account", s->account[i] ? c->b->roots.root[s->account[i]] : 0); break;
    case PATIENT: keep_vtab_mask(out, c->b, "patient", s->patient[i] ? c->b->roots.root[s->patient[i]] : 0); break;
    case ACTION: sqlite3_result_text(out, keep_vocab_action_word(s->action[i]), -1, SQLITE_STATIC); break;
    case EXPOSURE: sqlite3_result_text(out, keep_vocab_exposure_word(s->exposure[i]), -1, SQLITE_STATIC); break;
    case OUTCOME: sqlite3_result_text(out, keep_vocab_outcome_word(s->outcome[i]), -1, SQLITE_STATIC); break;
    case PURPOSE: sqlite3_result_text(out, keep_vocab_purpose_word(s->purpose[i]), -1, SQLITE_STATIC); break;
    case BREAK_GLASS: sqlite3_result_text(out, keep_vocab_tristate_word(s->break_glass[i]), -1, SQLITE_STATIC); break;
    case PLACE: term(k, s->place[i], out); break;
    case UNIT: term(k, s->unit[i], out); break;
    default: break;
    }
}

static void done(struct keep_vtab_cursor *c)
{
    struct cursor *k = (struct cursor *)c;

    reset(k);
    free(k->batch);
}

/* One row an access: time, source, account and patient in a condition are looked up, not scanned for. */
const struct keep_vtab_view keep_vtab_log = {
    "access_log",
    {{"event", "TEXT", false}, {"source", "INTEGER", true}, {"time", "TEXT", true}, {"account", "TEXT", true}, {"patient", "TEXT", true}, {"action", "TEXT", false},
     {"exposure", "TEXT", false}, {"outcome", "TEXT", false}, {"purpose", "TEXT", false}, {"break_glass", "TEXT", false}, {"place", "TEXT", false}, {"unit", "TEXT", false}},
    sizeof(struct cursor), 1e8, filter, next, cell, done};
