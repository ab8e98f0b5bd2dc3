/* access_log: the segments as a table.
 *
 * A scan takes the segments whose times can meet the bounds, by the oldest and
 * newest time of their rows alone, and passes over those whose largest account
 * or patient lies below what is asked for. A person may be several entities that
 * links made one: all of them are looked for. */
#include <stdlib.h>
#include <string.h>

#include "core/store/rowio.h"
#include "core/store/segment.h"
#include "core/store/vtab.h"

#define DAY (86400 * KEEP_USEC)

enum { EVENT, SOURCE, TIME, ACCOUNT, PATIENT, ACTION, EXPOSURE, OUTCOME, PURPOSE, BREAK_GLASS, PLACE, UNIT };

/* The entities asked for, ascending; n 0 and none: everybody. */
struct wanted {
    uint32_t *id;
    size_t n;
    bool some;
};

struct cursor {
    struct keep_vtab_cursor c;
    sqlite3_stmt *st;
    int64_t source;
    keep_time from, to; /* both included */
    int64_t only_source;
    struct wanted account, patient;
    struct keep_segment *seg;
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
        if (out->n == cap) {
            uint32_t *more = realloc(out->id, (cap = cap ? 2 * cap : 4) * sizeof *more);
            if (!more)
                return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
            out->id = more;
        }
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
static bool reaches(const struct wanted *w, uint32_t top)
{
    return !w->some || (w->n > 0 && w->id[0] <= top);
}

static bool event_meets(const struct cursor *k, uint32_t i)
{
    const struct keep_segment *s = k->seg;

    return s->time[i] >= k->from && s->time[i] <= k->to && among(&k->account, s->account[i]) && among(&k->patient, s->patient[i]);
}

/* The next segment that can hold something: 1, 0 none, <0. */
static int segment_next(struct cursor *k, struct keep_err *err)
{
    struct keep_segment_bounds top;
    int rc;

    while ((rc = keep_rowio_next(k->st, "reading the log", err)) > 0) {
        struct keep_str columns = keep_rowio_blob_at(k->st, 1);
        k->source = sqlite3_column_int64(k->st, 0);
        if (k->only_source && k->source != k->only_source)
            continue;
        if ((rc = keep_segment_unpack(columns.p, columns.n, k->seg, &top, err)) < 0)
            return rc;
        if (top.account >= k->c.b->roots.n || top.patient >= k->c.b->roots.n || top.place > k->c.b->world.terms || top.unit > k->c.b->world.terms)
            return keep_err_set(err, KEEP_E_INTEGRITY, "a log segment names something that is not there");
        if (!reaches(&k->account, top.account) || !reaches(&k->patient, top.patient))
            continue;
        k->i = 0;
        return 1;
    }
    return rc;
}

/* On to the first event at or behind i that meets the bounds. */
static int seek(struct cursor *k, struct keep_err *err)
{
    for (;;) {
        for (; k->i < k->seg->n; k->i++)
            if (event_meets(k, k->i))
                return 0;
        int rc = segment_next(k, err);
        if (rc <= 0) {
            k->c.end = true;
            return rc;
        }
    }
}

static void reset(struct cursor *k)
{
    sqlite3_finalize(k->st);
    free(k->account.id);
    free(k->patient.id);
    k->st = NULL;
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
    if (rc == 0 && !k->seg && !(k->seg = malloc(sizeof *k->seg)))
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
    if (rc == 0 && sqlite3_prepare_v2(keep_store_db(c->b->s), "SELECT source, columns FROM segment WHERE newest >= ?1 AND oldest <= ?2 ORDER BY id", -1, &k->st, NULL) != SQLITE_OK)
        rc = keep_store_sql(keep_store_db(c->b->s), SQLITE_ERROR, "reading the log", err);
    if (rc != 0)
        return rc;
    sqlite3_bind_int64(k->st, 1, k->from);
    sqlite3_bind_int64(k->st, 2, k->to);
    k->seg->n = k->i = 0;
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
    const struct keep_segment *s = k->seg;
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
    free(k->seg);
}

const struct keep_vtab_view keep_vtab_log = {
    "access_log", "one row an access: time, source, account and patient in a condition are looked up, not scanned for",
    {{"event", "TEXT", false}, {"source", "INTEGER", true}, {"time", "TEXT", true}, {"account", "TEXT", true}, {"patient", "TEXT", true}, {"action", "TEXT", false},
     {"exposure", "TEXT", false}, {"outcome", "TEXT", false}, {"purpose", "TEXT", false}, {"break_glass", "TEXT", false}, {"place", "TEXT", false}, {"unit", "TEXT", false}},
    sizeof(struct cursor), 1e8, filter, next, cell, done};
