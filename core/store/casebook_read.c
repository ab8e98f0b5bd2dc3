/* Reading cases. A case as it stands is its file, its newest finding and the sum
 * of its steps. Entities are told as those that they are one with today: a case
 * follows when two charts or two workers turn out to be one. */
#include <stdlib.h>

#include "core/base/codec.h"
#include "core/store/casebook_read.h"
#include "core/store/casepack.h"
#include "core/store/load_inside.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while reading cases");
}

static int malformed(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "a case's row is malformed");
}

/* --- who is one with whom: of the few entities that are linked at all --- */

struct link {
    uint64_t entity, least;
};
struct links {
    struct link *at; /* ascending by entity */
    size_t n;
};

static int by_entity(const void *a, const void *b)
{
    const struct link *x = a, *y = b;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

static uint64_t least_of(const struct links *l, uint64_t entity)
{
    for (;;) { /* to the least; each step goes down */
        struct link want = {entity, 0}, *hit = l->n ? bsearch(&want, l->at, l->n, sizeof want, by_entity) : NULL;
        if (!hit || hit->least == entity)
            return entity;
        entity = hit->least;
    }
}

/* The number that a statement gives, 0 for none. */
static int number(sqlite3 *db, const char *sql, int64_t *n, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare_on(db, sql, &st, err);

    if (rc < 0)
        return rc;
    if ((rc = keep_rowio_next(st, "reading a number", err)) >= 0)
        *n = rc ? sqlite3_column_int64(st, 0) : 0;
    sqlite3_finalize(st);
    return rc < 0 ? rc : 0;
}

static int links_load(struct links *l, sqlite3 *db, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int64_t n = 0;
    size_t pairs = 0;
    int rc = number(db, "SELECT count(*) FROM link", &n, err);
    uint64_t *pair = rc == 0 ? calloc((size_t)n * 2 + 1, sizeof *pair) : NULL;

    l->at = rc == 0 ? calloc((size_t)n * 2 + 1, sizeof *l->at) : NULL;
    if (rc == 0 && (!pair || !l->at))
        rc = no_memory(err);
    if (rc == 0)
        rc = keep_load_prepare_on(db, "SELECT a, b FROM link l WHERE " KEEP_ENTITY_LINKED("l"), &st, err);
    while (rc == 0 && pairs < (size_t)n && (rc = keep_rowio_next(st, "reading links", err)) > 0) {
        for (int i = 0; i < 2; i++)
            l->at[pairs * 2 + (size_t)i].entity = pair[pairs * 2 + (size_t)i] = (uint64_t)sqlite3_column_int64(st, i);
        pairs++;
        rc = 0;
    }
    sqlite3_finalize(st);
    if (rc == 0) {
        qsort(l->at, pairs * 2, sizeof *l->at, by_entity);
        for (size_t i = 0; i < pairs * 2; i++)
            if (l->n == 0 || l->at[l->n - 1].entity != l->at[i].entity)
                l->at[l->n++] = (struct link){l->at[i].entity, l->at[i].entity};
    }
    for (size_t i = 0; rc == 0 && i < pairs; i++) {
        uint64_t a = least_of(l, pair[2 * i]), b = least_of(l, pair[2 * i + 1]);
        struct link want = {a > b ? a : b, 0}, *hit = bsearch(&want, l->at, l->n, sizeof want, by_entity);
        hit->least = a < b ? a : b;
    }
    free(pair);
    return rc < 0 ? rc : 0;
}

/* --- cases as they stand --- */

#define ALWAYS INT64_MAX /* all that was ever written */
#define WORDINGS 1024 /* remembered at a time; a rule has a title and an authority, and few cases differ in their evidence */

struct loading {
    sqlite3 *db;
    struct keep_arena *a;
    struct links links;
    struct keep_casebook_case *c; /* ids are 1, 2, …: case i is c[i - 1] */
    size_t n;
    bool words;                   /* of rules are wanted */
    keep_time until;              /* what was written later is passed over */
    struct keep_str wording[WORDINGS]; /* texts in the arena, each where `place` says; a later one takes the place of another */
};

/* Of length, beginning, middle and end: it need only keep most texts apart. */
static size_t place(struct keep_str s)
{
    uint64_t w[3] = {0};
    size_t n = s.n < sizeof *w ? s.n : sizeof *w;
    memcpy(&w[0], s.p, n);
    memcpy(&w[1], s.p + (s.n - n) / 2, n);
    memcpy(&w[2], s.p + s.n - n, n);
    return (size_t)(((w[0] ^ s.n) * 3 + w[1] * 5 + w[2]) * UINT64_C(0x9E3779B97F4A7C15) >> 32) % WORDINGS;
}

static struct keep_str copy(struct loading *l, sqlite3_stmt *st, int column, bool *ok)
{
    struct keep_str s = keep_rowio_text_at(st, column);
    if (!s.n)
        return (struct keep_str){NULL, 0};
    struct keep_str *at = &l->wording[place(s)];
    if (!keep_str_eq(*at, s))
        *at = keep_arena_str(l->a, s, ok);
    return *at;
}

static int files_load(struct loading *l, struct keep_err *err)
{
    sqlite3_stmt *st;
    int64_t n = 0;
    size_t got = 0;
    int rc = number(l->db, "SELECT max(id) FROM case_file", &n, err); /* to count them all pages would be read twice; where some are missing, room is not touched */

    if (rc == 0 && (n < 0 || (uint64_t)n >= SIZE_MAX / sizeof *l->c))
        rc = malformed(err);
    if (rc == 0 && !(l->c = keep_arena_room(l->a, ((size_t)n + 1) * sizeof *l->c)))
        rc = no_memory(err);
    if (rc == 0)
        rc = keep_load_prepare_on(l->db, "SELECT id, name, rule, kind, user, patient, at FROM case_file ORDER BY id", &st, err);
    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading cases", err)) > 0) {
        struct keep_str name = keep_rowio_blob_at(st, 1);
        if (sqlite3_column_int64(st, 6) > l->until)
            continue;
        int64_t kind = sqlite3_column_int64(st, 3);
        bool ok = true;
        if (got >= (size_t)n || sqlite3_column_int64(st, 0) <= (got ? (int64_t)l->c[got - 1].id : 0) || name.n != sizeof l->c->name || (kind != KEEP_ENTITY_WORKER && kind != KEEP_ENTITY_ACCOUNT)) {
            rc = malformed(err);
            break;
        }
        struct keep_casebook_case *c = &l->c[got++];
        *c = (struct keep_casebook_case){.id = (uint64_t)sqlite3_column_int64(st, 0), .rule = copy(l, st, 2, &ok), .kind = (enum keep_entity)kind, .user = least_of(&l->links, (uint64_t)sqlite3_column_int64(st, 4)),
                                         .patient_key = (uint64_t)sqlite3_column_int64(st, 5), .opened = sqlite3_column_int64(st, 6), .reviewed = KEEP_TIME_NONE, .decided = KEEP_TIME_NONE};
        c->patient = least_of(&l->links, c->patient_key);
        memcpy(c->name, name.p, sizeof c->name);
        if (!ok) {
            rc = no_memory(err);
            break;
        }
    }
    sqlite3_finalize(st);
    l->n = got;
    return rc;
}

struct keep_casebook_case *keep_casebook_of(struct keep_casebook_case *list, size_t n, uint64_t id)
{
    size_t lo = 0, hi = n;

    if (id >= 1 && id <= n && list[id - 1].id == id)
        return &list[id - 1]; /* none before it was destroyed */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (list[mid].id < id)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < n && list[lo].id == id ? &list[lo] : NULL;
}

/* The case on whose number st stands. */
static struct keep_casebook_case *case_at(struct loading *l, sqlite3_stmt *st, int column)
{
    int64_t id = sqlite3_column_int64(st, column);
    return id >= 1 ? keep_casebook_of(l->c, l->n, (uint64_t)id) : NULL;
}

static int finding_take(struct loading *l, sqlite3_stmt *st, struct keep_err *err)
{
    struct keep_casebook_case *c = case_at(l, st, 1);
    struct keep_str packed = keep_rowio_blob_at(st, 8), digest = keep_rowio_blob_at(st, 14);
    int64_t severity = sqlite3_column_int64(st, 3);
    size_t events;
    bool ok = true;
    int rc;

    if (!c && l->until != ALWAYS)
        return 0;
    if (!c || digest.n != sizeof c->digest || severity < 0 || severity >= KEEP_SEVERITY_COUNT)
        return malformed(err);
    if ((rc = keep_casepack_count(packed, &events, err)) < 0)
        return rc;
    struct keep_event_id *e = keep_arena_room(l->a, (events + 1) * sizeof *e);
    if (!e)
        return no_memory(err);
    if ((rc = keep_casepack_get(packed, e, events, err)) < 0)
        return rc;
    c->finding = (uint64_t)sqlite3_column_int64(st, 0);
    c->changed = sqlite3_column_int64(st, 2);
    c->severity = (enum keep_severity)severity;
    c->score = (int32_t)sqlite3_column_int64(st, 4);
    c->account = least_of(&l->links, (uint64_t)sqlite3_column_int64(st, 5));
    c->first = sqlite3_column_int64(st, 6);
    c->last = sqlite3_column_int64(st, 7);
    c->event = e;
    c->events = events;
    if (l->words) {
        c->title = copy(l, st, 9, &ok);
        c->authority = copy(l, st, 10, &ok);
        c->evidence = copy(l, st, 11, &ok);
        c->reason = copy(l, st, 12, &ok);
        c->missing = copy(l, st, 13, &ok);
    }
    memcpy(c->digest, digest.p, digest.n);
    c->as_of = sqlite3_column_int64(st, 15);
    c->weight = (int32_t)sqlite3_column_int64(st, 16);
    return ok ? 0 : no_memory(err);
}

#define NEWEST(words, when) \
    "SELECT id, file, at, severity, score, account, first, last, events, " words ", digest, as_of, weight FROM case_find WHERE id IN (SELECT max(id) FROM case_find" when " GROUP BY file) ORDER BY id"
#define WORDS "title, authority, evidence, reason, missing"

/* Which are the newest of all is told by the index alone, so that of those they followed no page is read. */
static int findings_load(struct loading *l, struct keep_err *err)
{
    sqlite3_stmt *st;
    bool all = l->until == ALWAYS;
    int rc = keep_load_prepare_on(l->db, !all ? NEWEST(WORDS, " WHERE at<=?1") : l->words ? NEWEST(WORDS, "") : NEWEST("'', '', '', '', ''", ""), &st, err);

    if (rc < 0)
        return rc;
    if (!all)
        sqlite3_bind_int64(st, 1, l->until);
    while ((rc = keep_rowio_next(st, "reading cases", err)) > 0)
        if ((rc = finding_take(l, st, err)) < 0)
            break;
    sqlite3_finalize(st);
    return rc;
}

static int steps(sqlite3 *db, int (*each)(void *ctx, const struct keep_casebook_passing *, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare_on(db, "SELECT file, at, kind, status, who, about FROM case_step ORDER BY id", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading cases", err)) > 0) {
        int64_t kind = sqlite3_column_int64(st, 2), status = sqlite3_column_int64(st, 3);
        struct keep_casebook_passing p = {.id = (uint64_t)sqlite3_column_int64(st, 0), .at = sqlite3_column_int64(st, 1), .kind = (enum keep_casebook_step_kind)kind,
                                          .status = (enum keep_case_status)status, .who = keep_rowio_text_at(st, 4), .about = keep_rowio_text_at(st, 5)};
        if (kind <= KEEP_CASEBOOK_FOUND || kind >= KEEP_CASEBOOK_STEP_COUNT || status < 0 || status >= KEEP_CASE_COUNT)
            rc = malformed(err);
        else
            rc = each(ctx, &p, err);
        if (rc != 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}

int keep_casebook_steps(struct keep_store *s, int (*each)(void *ctx, const struct keep_casebook_passing *, struct keep_err *), void *ctx, struct keep_err *err)
{
    return steps(keep_store_db(s), each, ctx, err);
}

static int step_take(void *ctx, const struct keep_casebook_passing *p, struct keep_err *err)
{
    struct loading *l = ctx;
    struct keep_casebook_case *c = keep_casebook_of(l->c, l->n, p->id);
    bool ok = true;

    if (p->at > l->until || (!c && l->until != ALWAYS))
        return 0;
    if (!c)
        return malformed(err);
    c->status = p->status;
    c->steps++;
    c->asked += p->kind == KEEP_CASEBOOK_ASKED;
    c->answered += p->kind == KEEP_CASEBOOK_ANSWERED;
    if (p->kind >= KEEP_CASEBOOK_ASSIGNED && c->reviewed == KEEP_TIME_NONE)
        c->reviewed = p->at;
    switch (p->kind) {
    case KEEP_CASEBOOK_PROPOSED: c->proposed = true; break;
    case KEEP_CASEBOOK_FOUND_AGAIN: c->proposed = false; break;
    case KEEP_CASEBOOK_ASSIGNED: c->assignee = keep_arena_str(l->a, p->about, &ok); break;
    case KEEP_CASEBOOK_CLOSED:
        c->closed = true;
        c->decided = p->at;
        break;
    case KEEP_CASEBOOK_NEW_ACCESS:
    case KEEP_CASEBOOK_REOPENED:
        c->closed = c->proposed = false;
        c->decided = KEEP_TIME_NONE;
        break;
    default: break;
    }
    return ok ? 0 : no_memory(err);
}

static int load(sqlite3 *db, struct keep_arena *a, bool words, keep_time until, struct keep_casebook_case **out, size_t *n, struct keep_err *err)
{
    struct loading l = {.db = db, .a = a, .words = words, .until = until};
    int rc = links_load(&l.links, db, err);

    if (rc == 0 && (rc = files_load(&l, err)) == 0 && (rc = findings_load(&l, err)) == 0 && (rc = steps(db, step_take, &l, err)) == 0) {
        *out = l.c;
        *n = l.n;
    }
    free(l.links.at);
    return rc;
}

int keep_casebook_load(struct keep_store *s, struct keep_arena *a, struct keep_casebook_case **out, size_t *n, struct keep_err *err)
{
    return load(keep_store_db(s), a, true, ALWAYS, out, n, err);
}

int keep_casebook_load_until(struct keep_store *s, struct keep_arena *a, keep_time until, struct keep_casebook_case **out, size_t *n, struct keep_err *err)
{
    return load(keep_store_db(s), a, true, until, out, n, err);
}

int keep_casebook_read_brief(sqlite3 *db, struct keep_arena *a, struct keep_casebook_case **out, size_t *n, struct keep_err *err)
{
    return load(db, a, false, ALWAYS, out, n, err);
}

int keep_casebook_named(const struct keep_casebook_case *list, size_t n, struct keep_str hex, const struct keep_casebook_case **out)
{
    const struct keep_casebook_case *hit = NULL;
    char name[33];

    for (size_t i = 0; i < n; i++) {
        keep_codec_hex(list[i].name, sizeof list[i].name, name);
        if (hex.n > 32 || memcmp(name, hex.p, hex.n) != 0)
            continue;
        if (hit)
            return 2;
        hit = &list[i];
    }
    if (!hit)
        return 1;
    *out = hit;
    return 0;
}

/* --- one case's history --- */

/* The text of a row: 0 opened, 1 its key was destroyed, and perhaps its row. */
static int text_open(struct keep_store *s, int64_t text, struct keep_seal_keys *keys, struct keep_buf *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT file, kind, owner, sealed FROM case_text WHERE id=?1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, text);
    if ((rc = keep_rowio_next(st, "reading a case's text", err)) <= 0)
        return rc < 0 ? rc : 1;
    uint64_t file = (uint64_t)sqlite3_column_int64(st, 0);
    rc = keep_ring_get(s, (enum keep_ring_kind)sqlite3_column_int64(st, 1), (uint64_t)sqlite3_column_int64(st, 2), keys->owner, err);
    if (rc == 0)
        rc = keep_seal_open_text(out, keep_rowio_blob_at(st, 3), "case", (uint64_t)text, file, keys->owner, err);
    else if (rc == 2)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "the key of a case's text is missing without having been destroyed");
    sqlite3_reset(st);
    return rc;
}

static int entry_take(struct keep_store *s, sqlite3_stmt *st, struct keep_seal_keys *keys, struct keep_buf *text, struct keep_casebook_entry *e, struct keep_err *err)
{
    int64_t kind = sqlite3_column_int64(st, 1), status = sqlite3_column_int64(st, 4), severity = sqlite3_column_int64(st, 5), t = sqlite3_column_int64(st, 11);
    size_t events = 0;
    int rc = 0;

    if (kind < 0 || kind >= KEEP_CASEBOOK_STEP_COUNT || status < 0 || status >= KEEP_CASE_COUNT || severity < 0 || severity >= KEEP_SEVERITY_COUNT)
        return malformed(err);
    if (kind == KEEP_CASEBOOK_FOUND && (rc = keep_casepack_count(keep_rowio_blob_at(st, 7), &events, err)) < 0)
        return rc;
    keep_buf_clear(text);
    if (t && (rc = text_open(s, t, keys, text, err)) < 0)
        return rc;
    *e = (struct keep_casebook_entry){
        .number = (uint64_t)sqlite3_column_int64(st, 0), .kind = (enum keep_casebook_step_kind)kind, .at = sqlite3_column_int64(st, 2), .as_of = sqlite3_column_int64(st, 3),
        .status = (enum keep_case_status)status, .severity = (enum keep_severity)severity, .score = (int32_t)sqlite3_column_int64(st, 6),
        .events = events, .who = keep_rowio_text_at(st, 8), .about = keep_rowio_text_at(st, 9), .act = (uint64_t)sqlite3_column_int64(st, 10),
        .text = keep_buf_view(text), .lost = rc == 1};
    return 0;
}

int keep_casebook_history(struct keep_store *s, uint64_t id, int (*each)(void *ctx, const struct keep_casebook_entry *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct keep_seal_keys *keys = NULL;
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_casebook_entry e;
    sqlite3_stmt *st = NULL;
    int rc = keep_seal_keys_new(&keys, s, err);

    if (rc == 0) /* in order of leaves: that of writing */
        rc = keep_load_prepare(s, "SELECT id, 0, at, as_of, 0, severity, score, events, '', '', 0, text, leaf FROM case_find WHERE file = ?1"
                               " UNION ALL SELECT id, kind, at, 0, status, 0, 0, x'', who, about, act, text, leaf FROM case_step WHERE file = ?1 ORDER BY 13", &st, err);
    if (rc == 0)
        sqlite3_bind_int64(st, 1, (int64_t)id);
    while (rc == 0 && (rc = keep_rowio_next(st, "reading a case's history", err)) > 0)
        if ((rc = entry_take(s, st, keys, &text, &e, err)) == 0)
            rc = each(ctx, &e, err);
    sqlite3_finalize(st);
    keep_buf_free(&text);
    keep_seal_keys_free(keys);
    return rc;
}
