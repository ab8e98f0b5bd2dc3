/* The columns of relations and encounters. Words (class, status) are numbers of a
 * list in part 0; the parts behind it are packed_part.c's.
 *
 * A row of a table never changes; it is superseded by a later one of its slot or
 * goes with what it is about. So the columns hold what was the latest row of each
 * slot up to some id; a reader adds the rows behind that id, leaves out what they
 * supersede, and has the table. */
#include "core/store/packed.h"

#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/num.h"
#include "core/store/detail.h"
#include "core/store/load_inside.h"
#include "core/store/packed_part.h"
#include "core/store/rowio.h"
#include "core/store/txn.h"

#define COLUMNS KEEP_PACKED_COLUMNS
#define PART KEEP_PACKED_PART
#define TAIL_MIN 16384 /* rows that are read one by one without a thought */
#define TAIL_SHARE 4   /* of the columns, beyond which they are made anew: a row is packed some five times in a keep's life */
#define WORD_MAX ((uint32_t)1 << 20)
#define CHAINS 1024
#define FEW 64 /* rows decoded at once for who takes them one by one */

#define RELATION "id, source, kind, patient, worker, department, encounter, author, start, end, open, recorded"
#define ENCOUNTER "id, entity, source, patient, facility, location, class, status, start, end, start_date, end_date"
/* The latest row of its slot; the latest up to ?1; rows up to ?1 that a later one supersedes. A relation names the row that it supersedes. */
#define R_LATEST "NOT EXISTS(SELECT 1 FROM relation o WHERE o.prior = d.id AND o.prior > 0)"
#define R_LATEST_THEN "NOT EXISTS(SELECT 1 FROM relation o WHERE o.prior = d.id AND o.prior > 0 AND o.id <= ?1)"
#define R_SUPERSEDED "SELECT prior FROM relation WHERE prior > 0 AND prior <= ?1 AND id > ?1"
#define R_ANY "SELECT 1 FROM relation WHERE prior > 0 LIMIT 1" /* whether one supersedes another at all */
#define E_ANY "SELECT 1 FROM encounter GROUP BY slot HAVING count(*) > 1 LIMIT 1"
#define E_LATEST "id = (SELECT max(o.id) FROM encounter o WHERE o.slot = d.slot)"
#define E_LATEST_THEN "id = (SELECT max(o.id) FROM encounter o WHERE o.slot = d.slot AND o.id <= ?1)"
#define E_SUPERSEDED "SELECT max(o.id) FROM encounter d JOIN encounter o ON o.slot = d.slot AND o.id <= ?1 WHERE d.id > ?1 GROUP BY d.slot"
#define SQL(table, columns, group, latest, latest_then, superseded, any)                                                            \
    {                                                                                                                               \
        "SELECT max(id) FROM " table,                                                                                               \
        "SELECT " columns " FROM " table " d WHERE id > ?1 AND " latest " ORDER BY id",                                             \
        superseded,                                                                                                                 \
        {"SELECT " columns " FROM " table " d WHERE patient > 0 AND " latest " ORDER BY patient, " group,                           \
         "SELECT " columns " FROM " table " d WHERE patient = 0 AND " latest " ORDER BY " group},                                   \
        {"SELECT " columns " FROM " table " d WHERE patient > 0 ORDER BY patient, " group,                                          \
         "SELECT " columns " FROM " table " d WHERE patient = 0 ORDER BY " group},                                                  \
        "SELECT " columns " FROM " table " d WHERE id = ?2 AND " latest_then,                                                       \
        "SELECT count(*) FROM " table " d WHERE id <= ?1 AND " latest_then,                                                         \
        any                                                                                                                         \
    }

static const struct sql {
    const char *top, *tail, *superseded, *latest[2], *all[2], *one, *count, *any;
} sql[KEEP_PACKED_KINDS] = {SQL("relation", RELATION, "start, id", R_LATEST, R_LATEST_THEN, R_SUPERSEDED, R_ANY),
                           SQL("encounter", ENCOUNTER, "entity, id", E_LATEST, E_LATEST_THEN, E_SUPERSEDED, E_ANY)};

static bool is_word(enum keep_packed_kind kind, int column)
{
    return kind == KEEP_PACKED_ENCOUNTER && (column == KEEP_PACKED_E_CLASS || column == KEEP_PACKED_E_STATUS);
}

/* Words by number, found again by hash. */
struct words {
    struct keep_arena *a;
    struct word {
        struct keep_str text;
        uint32_t next; /* number + 1 of the next in its chain */
    } *word;
    size_t n, cap;
    uint32_t chain[CHAINS];
};

struct keep_packed {
    struct keep_store *s;
    enum keep_packed_kind kind;
    struct words words;
    int64_t top;                 /* rows up to it are in the columns */
    uint64_t rows, most;
    int64_t *superseded;         /* of them, ascending */
    size_t out;
    sqlite3_stmt *parts, *tail;
    struct keep_packed_part part; /* at hand, in body */
    struct keep_buf body;
    uint32_t read, n, i;         /* rows of it that were decoded; of them, n in column, i taken */
    int64_t column[COLUMNS][FEW];
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int damaged(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "packed relations or encounters are damaged");
}

/* --- words ------------------------------------------------------------------------ */

static int word_number(struct words *w, struct keep_str text, int64_t *out, struct keep_err *err)
{
    uint32_t h = 2166136261u, *chain;
    bool ok = true;

    for (size_t i = 0; i < text.n; i++)
        h = (h ^ (uint8_t)text.p[i]) * 16777619u; /* FNV-1a */
    chain = &w->chain[(h ^ h >> 16) % CHAINS];
    for (uint32_t k = *chain; k > 0; k = w->word[k - 1].next)
        if (keep_str_eq(w->word[k - 1].text, text)) {
            *out = k - 1;
            return 0;
        }
    if (!keep_grow(&w->word, &w->cap, w->n + 1, sizeof *w->word, 64))
        return no_memory(err);
    w->word[w->n] = (struct word){keep_arena_str(w->a, text, &ok), *chain};
    if (!ok)
        return no_memory(err);
    *out = (int64_t)w->n++;
    *chain = (uint32_t)w->n;
    return 0;
}

struct keep_str keep_packed_word(const struct keep_packed *p, int64_t number)
{
    return number >= 0 && (uint64_t)number < p->words.n ? p->words.word[number].text : (struct keep_str){"", 0};
}

/* The row on which st stands, words as numbers. */
static int row_read(struct words *w, enum keep_packed_kind kind, sqlite3_stmt *st, int64_t v[COLUMNS], struct keep_err *err)
{
    int rc = 0;

    for (int c = 0; c < COLUMNS && rc == 0; c++)
        if (is_word(kind, c))
            rc = word_number(w, keep_rowio_text_at(st, c), &v[c], err);
        else
            v[c] = sqlite3_column_int64(st, c);
    return rc;
}

/* --- reading ------------------------------------------------------------------------- */

static int head_get(struct keep_packed *p, struct keep_str body, struct keep_err *err)
{
    struct keep_detail_reader r = {body, true};
    uint32_t words;
    int64_t number;
    int rc;

    p->top = (int64_t)keep_detail_u64(&r);
    p->rows = keep_detail_u64(&r);
    words = keep_detail_u32(&r);
    for (uint32_t i = 0; i < words && r.ok; i++) {
        struct keep_str text = keep_detail_bytes(&r);
        if (r.ok && (rc = word_number(&p->words, text, &number, err)) < 0)
            return rc;
        if (r.ok && number != i)
            return damaged(err);
    }
    return r.ok && r.left.n == 0 && p->top >= 0 ? 0 : damaged(err);
}

/* Cached rows that later rows supersede. */
static int superseded_list(struct keep_packed *p, struct keep_err *err)
{
    size_t cap = 0;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(p->s, sql[p->kind].superseded, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, p->top);
    while ((rc = keep_rowio_next(st, "reading packed rows", err)) > 0) {
        if (!keep_grow(&p->superseded, &cap, p->out + 1, sizeof *p->superseded, 64)) {
            rc = no_memory(err);
            break;
        }
        p->superseded[p->out++] = sqlite3_column_int64(st, 0);
    }
    sqlite3_finalize(st);
    if (p->out > 0)
        qsort(p->superseded, p->out, sizeof *p->superseded, keep_num_by_i64);
    return rc;
}

/* 1: there are columns. */
static int cache_open(struct keep_packed *p, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(p->s, "SELECT body FROM packed WHERE kind=?1 AND part=0", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)p->kind);
    if ((rc = keep_rowio_next(st, "reading packed rows", err)) > 0 && (rc = head_get(p, keep_rowio_blob_at(st, 0), err)) == 0)
        rc = 1;
    sqlite3_finalize(st);
    return rc;
}

int keep_packed_through(struct keep_packed *p, sqlite3 *db, struct keep_err *err)
{
    int rc;

    sqlite3_finalize(p->parts);
    sqlite3_finalize(p->tail);
    p->parts = p->tail = NULL;
    if ((rc = sqlite3_prepare_v2(db, "SELECT body FROM packed WHERE kind=?1 AND part>0 ORDER BY part", -1, &p->parts, NULL)) != SQLITE_OK ||
        (rc = sqlite3_prepare_v2(db, sql[p->kind].tail, -1, &p->tail, NULL)) != SQLITE_OK)
        return keep_store_sql(db, rc, "preparing to read", err);
    sqlite3_bind_int(p->parts, 1, (int)p->kind);
    sqlite3_bind_int64(p->tail, 1, p->top);
    return 0;
}

int keep_packed_open(struct keep_packed **out, struct keep_store *s, enum keep_packed_kind kind, bool cached, struct keep_arena *a, struct keep_err *err)
{
    struct keep_packed *p = calloc(1, sizeof *p);
    int64_t top;
    int rc;

    if (!p)
        return no_memory(err);
    p->s = s;
    p->kind = kind;
    p->words.a = a;
    if ((rc = keep_rowio_number(s, sql[kind].top, 0, &top, err)) < 0 || (cached && (rc = cache_open(p, err)) < 0) ||
        (rc > 0 && top > p->top && (rc = superseded_list(p, err)) < 0) || (rc = keep_packed_through(p, keep_store_db(s), err)) < 0) {
        keep_packed_close(p);
        return rc;
    }
    p->most = p->rows + (uint64_t)(top > p->top ? top - p->top : 0);
    *out = p;
    return 0;
}

void keep_packed_close(struct keep_packed *p)
{
    if (!p)
        return;
    sqlite3_finalize(p->parts);
    sqlite3_finalize(p->tail);
    free(p->words.word);
    free(p->superseded);
    keep_buf_free(&p->body);
    free(p);
}

uint64_t keep_packed_most(const struct keep_packed *p)
{
    return p->most;
}

int keep_packed_body(struct keep_packed *p, struct keep_buf *body, struct keep_packed_part *part, struct keep_err *err)
{
    int rc = p->rows ? keep_rowio_next(p->parts, "reading packed rows", err) : 0;

    if (rc <= 0)
        return rc < 0 || p->rows == 0 ? rc : damaged(err);
    struct keep_str s = keep_rowio_blob_at(p->parts, 0);
    keep_buf_clear(body);
    keep_buf_add(body, s.p, s.n);
    if (body->failed)
        return no_memory(err);
    if ((rc = keep_packed_part_open(part, keep_buf_view(body), err)) < 0)
        return rc;
    if (part->n > p->rows)
        return damaged(err);
    p->rows -= part->n;
    return 1;
}

bool keep_packed_stands(const struct keep_packed *p, int64_t id)
{
    return p->out == 0 || !bsearch(&id, p->superseded, p->out, sizeof id, keep_num_by_i64);
}

/* Decodes the next few rows of the columns: 1, 0 none are left, <0. */
static int cached_few(struct keep_packed *p, struct keep_err *err)
{
    uint32_t n;
    int rc;

    if (p->read == p->part.n) {
        p->read = p->part.n = 0;
        if ((rc = keep_packed_body(p, &p->body, &p->part, err)) <= 0)
            return rc;
    }
    n = p->part.n - p->read < FEW ? p->part.n - p->read : FEW;
    for (int c = 0; c < COLUMNS; c++)
        keep_packed_part_read(&p->part, c, p->read, n, p->column[c]);
    p->read += n;
    p->n = n;
    p->i = 0;
    return 1;
}

/* The next row of the columns, superseded or not: 1, 0 none, <0. */
static int cached_next(struct keep_packed *p, int64_t v[COLUMNS], struct keep_err *err)
{
    int rc = p->i < p->n ? 1 : cached_few(p, err);

    if (rc <= 0)
        return rc;
    for (int c = 0; c < COLUMNS; c++)
        v[c] = p->column[c][p->i];
    p->i++;
    return 1;
}

int keep_packed_next(struct keep_packed *p, int64_t v[COLUMNS], struct keep_err *err)
{
    int rc;

    while ((rc = cached_next(p, v, err)) > 0)
        if (keep_packed_stands(p, v[0]))
            return 1;
    if (rc < 0 || (rc = keep_rowio_next(p->tail, "reading relations and encounters", err)) <= 0)
        return rc;
    return (rc = row_read(&p->words, p->kind, p->tail, v, err)) < 0 ? rc : 1;
}

/* --- making --------------------------------------------------------------------------- */

struct making {
    struct keep_store *s;
    enum keep_packed_kind kind;
    struct words words;
    struct keep_buf head, body, data;
    uint64_t rows;
    int64_t part;
    uint32_t n;
    int64_t column[COLUMNS][PART];
};

static int body_write(struct making *m, int64_t part, const struct keep_buf *body, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (body->failed)
        return no_memory(err);
    if ((rc = keep_store_prepare(m->s, keep_store_db(m->s), "INSERT INTO packed(kind, part, body) VALUES(?1, ?2, ?3)", &st, err)) < 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)m->kind);
    sqlite3_bind_int64(st, 2, part);
    sqlite3_bind_blob64(st, 3, body->p, body->n, SQLITE_STATIC);
    return keep_rowio_run(st, "packing relations and encounters", err);
}

static int part_flush(struct making *m, struct keep_err *err)
{
    const int64_t *column[COLUMNS];
    int rc;

    if (m->n == 0)
        return 0;
    for (int c = 0; c < COLUMNS; c++)
        column[c] = m->column[c];
    keep_buf_clear(&m->body);
    keep_packed_part_put(&m->body, &m->data, m->n, column);
    if ((rc = body_write(m, ++m->part, &m->body, err)) < 0)
        return rc;
    m->rows += m->n;
    m->n = 0;
    return 0;
}

static int rows_take(struct making *m, const char *text, struct keep_err *err)
{
    int64_t v[COLUMNS];
    sqlite3_stmt *st;
    int rc = keep_load_prepare(m->s, text, &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "packing relations and encounters", err)) > 0) {
        if ((rc = row_read(&m->words, m->kind, st, v, err)) < 0)
            break;
        for (int c = 0; c < COLUMNS; c++)
            m->column[c][m->n] = v[c];
        if (++m->n == PART && (rc = part_flush(m, err)) < 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}

static int head_write(struct making *m, int64_t top, struct keep_err *err)
{
    keep_buf_u64(&m->head, (uint64_t)top);
    keep_buf_u64(&m->head, m->rows);
    keep_buf_u32(&m->head, (uint32_t)m->words.n);
    for (size_t i = 0; i < m->words.n; i++)
        keep_buf_bytes(&m->head, m->words.word[i].text.p, m->words.word[i].text.n);
    return body_write(m, 0, &m->head, err);
}

static int drop(struct keep_store *s, enum keep_packed_kind kind, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "DELETE FROM packed WHERE kind=?1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)kind);
    return keep_rowio_run(st, "packing relations and encounters", err);
}

int keep_packed_drop(struct keep_store *s, struct keep_err *err)
{
    int rc = 0;

    for (int kind = 0; kind < KEEP_PACKED_KINDS && rc == 0; kind++)
        rc = drop(s, (enum keep_packed_kind)kind, err);
    return rc;
}

static int make(struct keep_store *s, enum keep_packed_kind kind, int64_t top, struct keep_err *err)
{
    struct making *m = calloc(1, sizeof *m);
    int64_t any = 0;
    int rc = m && (m->words.a = keep_arena_new(0)) ? keep_rowio_number(s, sql[kind].any, 0, &any, err) : no_memory(err);
    const char *const *rows = any ? sql[kind].latest : sql[kind].all; /* without a look for a later one of each */

    if (rc == 0) {
        m->s = s;
        m->kind = kind;
        if ((rc = drop(s, kind, err)) == 0 && (rc = rows_take(m, rows[0], err)) == 0 && (rc = rows_take(m, rows[1], err)) == 0 && (rc = part_flush(m, err)) == 0)
            rc = m->words.n <= WORD_MAX ? head_write(m, top, err) : drop(s, kind, err);
        keep_txn_count(s, "packed", 1); /* or a transaction without rows would write nothing */
    }
    if (m) {
        keep_buf_free(&m->head);
        keep_buf_free(&m->body);
        keep_buf_free(&m->data);
        free(m->words.word);
        keep_arena_free(m->words.a);
    }
    free(m);
    return rc;
}

int keep_packed_refresh(struct keep_store *s, struct keep_err *err)
{
    for (int kind = 0; kind < KEEP_PACKED_KINDS; kind++) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_packed *p = NULL;
        int64_t top;
        bool stale;
        int rc = a ? keep_rowio_number(s, sql[kind].top, 0, &top, err) : no_memory(err);

        if (rc == 0 && (rc = keep_packed_open(&p, s, (enum keep_packed_kind)kind, true, a, err)) == 0) {
            stale = top - p->top >= TAIL_MIN && (uint64_t)(top - p->top) * TAIL_SHARE >= p->rows;
            keep_packed_close(p);
            if (stale)
                rc = make(s, (enum keep_packed_kind)kind, top, err);
        }
        keep_arena_free(a);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* --- checking ---------------------------------------------------------------------------- */

/* Cached row v against the table: 0 the same, 1 not. */
static int row_compare(struct keep_packed *p, sqlite3_stmt *one, const int64_t v[COLUMNS], struct keep_err *err)
{
    int64_t have[COLUMNS];
    int rc;

    sqlite3_bind_int64(one, 1, p->top);
    sqlite3_bind_int64(one, 2, v[0]);
    if ((rc = keep_rowio_next(one, "checking packed rows", err)) <= 0)
        return rc < 0 ? rc : 1;
    rc = row_read(&p->words, p->kind, one, have, err);
    sqlite3_reset(one);
    return rc < 0 ? rc : memcmp(have, v, sizeof have) != 0;
}

/* Whether row v stands behind row u in the order of the columns, which no row does twice. */
static bool behind(enum keep_packed_kind kind, const int64_t u[COLUMNS], const int64_t v[COLUMNS])
{
    static const int by[KEEP_PACKED_KINDS][3] = {{KEEP_PACKED_R_PATIENT, KEEP_PACKED_R_START, KEEP_PACKED_R_ID},
                                                 {KEEP_PACKED_E_PATIENT, KEEP_PACKED_E_ENTITY, KEEP_PACKED_E_ID}};
    int i = 0;

    while (i < 2 && u[by[kind][i]] == v[by[kind][i]])
        i++;
    if (i == 0 && (u[by[kind][0]] == 0 || v[by[kind][0]] == 0))
        return v[by[kind][0]] == 0;
    return u[by[kind][i]] < v[by[kind][i]];
}

static int check(struct keep_packed *p, uint64_t *wrong, struct keep_err *err)
{
    sqlite3_stmt *one = NULL, *count = NULL;
    int64_t v[COLUMNS], before[COLUMNS];
    uint64_t rows = p->rows;
    bool first = true;
    int rc;

    if ((rc = keep_load_prepare(p->s, sql[p->kind].one, &one, err)) < 0 || (rc = keep_load_prepare(p->s, sql[p->kind].count, &count, err)) < 0)
        goto out;
    while ((rc = cached_next(p, v, err)) > 0) {
        if ((rc = row_compare(p, one, v, err)) < 0)
            goto out;
        *wrong += rc > 0 || (!first && !behind(p->kind, before, v));
        memcpy(before, v, sizeof before);
        first = false;
    }
    if (rc < 0)
        goto out;
    sqlite3_bind_int64(count, 1, p->top);
    if ((rc = keep_rowio_next(count, "checking packed rows", err)) > 0) {
        *wrong += rows != (uint64_t)sqlite3_column_int64(count, 0);
        rc = 0;
    }
out:
    sqlite3_finalize(one);
    sqlite3_finalize(count);
    return rc;
}

int keep_packed_check(struct keep_store *s, uint64_t *wrong, struct keep_err *err)
{
    int rc = 0;

    *wrong = 0;
    for (int kind = 0; kind < KEEP_PACKED_KINDS && rc == 0; kind++) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_packed *p = NULL;

        rc = a ? keep_packed_open(&p, s, (enum keep_packed_kind)kind, true, a, err) : no_memory(err);
        if (rc == 0)
            rc = check(p, wrong, err);
        if (rc == KEEP_E_INTEGRITY) {
            ++*wrong;
            keep_err_clear(err);
            rc = 0;
        }
        keep_packed_close(p);
        keep_arena_free(a);
    }
    return rc;
}
