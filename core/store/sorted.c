/* Blocks of entries, each found by the last id that is not beyond a lead.
 *
 * A flush sorts what waited and goes through the blocks that it falls into: each
 * is read, merged and written, in parts where it has become too large. Behind the
 * last block parts are filled to the brim, since numbers that come in a row stay
 * behind it; elsewhere they share evenly and have room to grow. */
#include "core/store/sorted.h"

#include <endian.h>
#include <stdlib.h>
#include <string.h>

#include "core/store/load_inside.h"
#include "core/store/rowio.h"
#include "core/store/state.h"

#define BLOCK 4000   /* bytes of a body that fill a page */
#define BUCKETS 65536
#define FEW 24       /* entries of a bucket beyond which insertion is not the way to sort it */

#define SQL(t)                                                                                                                     \
    "SELECT id, body, (SELECT min(n.id) FROM " t " n WHERE n.id > b.id) FROM " t " b WHERE id <= ?1 ORDER BY id DESC LIMIT 1",     \
    "INSERT INTO " t "(id, body) VALUES(?1, ?2)", "UPDATE " t " SET body = ?2 WHERE id = ?1", "SELECT id, body FROM " t " ORDER BY id"

static const struct shape {
    size_t width;
    uint8_t lead, rest; /* bytes of it; what is left is the value's */
    const char *at, *insert, *update, *all;
} shapes[KEEP_BATCH_TABLES] = {
    [KEEP_BATCH_ENTITY_KEY] = {20, 8, 8, SQL("entity_key")},
    [KEEP_BATCH_ENTITY_MORE] = {12, 4, 8, SQL("entity_more")},
    [KEEP_BATCH_RELATION_VISIT] = {10, 4, 6, SQL("relation_visit")},
    [KEEP_BATCH_VERSION_VISIT] = {8, 4, 4, SQL("version_visit")},
};

bool keep_sorted_is(enum keep_batch_table table)
{
    return shapes[table].width > 0;
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int damaged(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "a block of sorted entries is damaged");
}

static int64_t id_of(uint64_t lead)
{
    return (int64_t)(lead ^ UINT64_C(1) << 63);
}

static int compare(const struct keep_sorted_entry *a, const struct keep_sorted_entry *b)
{
    return a->lead != b->lead ? (a->lead > b->lead) - (a->lead < b->lead) : (a->rest > b->rest) - (a->rest < b->rest);
}

static int by_order(const void *a, const void *b)
{
    return compare(a, b);
}

/* --- sorting ----------------------------------------------------------------- */

static void insertion_sort(struct keep_sorted_entry *e, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        struct keep_sorted_entry v = e[i];
        size_t k = i;
        for (; k > 0 && compare(&v, &e[k - 1]) < 0; k--)
            e[k] = e[k - 1];
        e[k] = v;
    }
}

/* By the 16 bits in which leads differ most, which for hashes and for numbers in a row leaves a few to a bucket. */
static int sort(struct keep_sorted_entry *e, size_t n, struct keep_err *err)
{
    uint64_t least = UINT64_MAX, most = 0;
    unsigned shift = 0;
    bool sorted = true;

    for (size_t i = 0; i < n; i++) {
        least = e[i].lead < least ? e[i].lead : least;
        most = e[i].lead > most ? e[i].lead : most;
        sorted = sorted && (i == 0 || compare(&e[i - 1], &e[i]) <= 0);
    }
    if (sorted)
        return 0;
    while ((most - least) >> shift >= BUCKETS)
        shift++;
    struct keep_sorted_entry *from = malloc(n * sizeof *from);
    uint32_t *end = calloc(BUCKETS + 1, sizeof *end);
    if (!from || !end) {
        free(from);
        free(end);
        return no_memory(err);
    }
    memcpy(from, e, n * sizeof *e);
    for (size_t i = 0; i < n; i++)
        end[((from[i].lead - least) >> shift) + 1]++;
    for (size_t i = 1; i <= BUCKETS; i++)
        end[i] += end[i - 1];
    for (size_t i = 0; i < n; i++)
        e[end[(from[i].lead - least) >> shift]++] = from[i];
    for (size_t i = 0, at = 0; i < BUCKETS; at = end[i++])
        if (end[i] - at > FEW)
            qsort(e + at, end[i] - at, sizeof *e, by_order);
        else
            insertion_sort(e + at, end[i] - at);
    free(from);
    free(end);
    return 0;
}

/* --- a block ------------------------------------------------------------------- */

static uint64_t number_at(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    if (n == 8)
        memcpy(&v, p, 8); /* the sizes of most, as single loads */
    else if (n == 4)
        memcpy(&v, p, 4);
    else
        memcpy(&v, p, n);
    return le64toh(v);
}

/* Writes eight bytes, of which the last are written over by what follows. */
static uint8_t *number_put(uint8_t *p, uint64_t v, size_t n)
{
    v = htole64(v);
    memcpy(p, &v, sizeof v);
    return p + n;
}

static struct keep_sorted_entry entry_at(const struct shape *t, struct keep_str body, size_t i)
{
    const uint8_t *p = (const uint8_t *)body.p + i * t->width;

    return (struct keep_sorted_entry){number_at(p, t->lead), number_at(p + t->lead, t->rest), (uint32_t)number_at(p + t->lead + t->rest, t->width - t->lead - t->rest)};
}

struct block {
    int64_t id, next; /* next: where the following one begins */
    bool there, last;
    struct keep_str body; /* until the statement moves */
};

/* The block of a lead; not there: the table is empty. The statement is left on it. */
static int block_at(struct keep_store *s, const struct shape *t, uint64_t lead, struct block *b, sqlite3_stmt **st, struct keep_err *err)
{
    int rc = keep_store_prepare(s, keep_store_db(s), t->at, st, err);

    *b = (struct block){.id = id_of(0), .last = true};
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(*st, 1, id_of(lead));
    if ((rc = keep_rowio_next(*st, "looking up sorted entries", err)) <= 0)
        return rc;
    b->there = true;
    b->id = sqlite3_column_int64(*st, 0);
    b->body = keep_rowio_blob_at(*st, 1);
    b->last = sqlite3_column_type(*st, 2) == SQLITE_NULL;
    b->next = sqlite3_column_int64(*st, 2);
    return b->body.n % t->width == 0 ? 0 : damaged(err);
}

/* The first entry of a body that is not before (lead, rest). */
static size_t lower(const struct shape *t, struct keep_str body, uint64_t lead, uint64_t rest)
{
    const struct keep_sorted_entry want = {lead, rest, 0};
    size_t low = 0, high = body.n / t->width;

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        struct keep_sorted_entry e = entry_at(t, body, mid);
        if (compare(&e, &want) < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static int body_put(struct keep_store *s, const char *sql, int64_t id, const struct keep_buf *body, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    if (body->failed)
        return no_memory(err);
    if ((rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, id);
    sqlite3_bind_blob64(st, 2, body->n ? body->p : (const uint8_t *)"", body->n, SQLITE_STATIC);
    return keep_rowio_run(st, "writing sorted entries", err);
}

/* --- writing ------------------------------------------------------------------- */

struct merging {
    struct keep_store *s;
    const struct shape *t;
    struct keep_sorted_entry *all; /* of one block */
    size_t n, cap;
    struct keep_buf body;
};

static int merge(struct merging *m, struct keep_str body, const struct keep_sorted_entry *more, size_t n, struct keep_err *err)
{
    size_t had = body.n / m->t->width, i = 0, k = 0;

    if (had + n > m->cap) {
        struct keep_sorted_entry *all = realloc(m->all, (had + n) * 2 * sizeof *all);
        if (!all)
            return no_memory(err);
        m->all = all;
        m->cap = (had + n) * 2;
    }
    m->n = 0;
    while (i < had || k < n) {
        struct keep_sorted_entry e = i < had ? entry_at(m->t, body, i) : more[k];
        if (i < had && (k == n || compare(&e, &more[k]) <= 0))
            i++;
        else
            e = more[k++];
        if (m->n == 0 || compare(&m->all[m->n - 1], &e) != 0) /* what is there stays, and nothing stands twice */
            m->all[m->n++] = e;
    }
    return 0;
}

static bool body_of(struct merging *m, size_t from, size_t to)
{
    const struct shape *t = m->t;
    size_t n = (to - from) * t->width;

    keep_buf_clear(&m->body);
    if (!keep_buf_reserve(&m->body, n + sizeof(uint64_t)))
        return false;
    uint8_t *p = m->body.p;
    for (size_t i = from; i < to; i++) {
        p = number_put(p, m->all[i].lead, t->lead);
        p = number_put(p, m->all[i].rest, t->rest);
        p = number_put(p, m->all[i].value, t->width - t->lead - t->rest);
    }
    m->body.n = n;
    return true;
}

/* What was merged, under the block's id, and behind it under ids of their own what is too much for it. */
static int parts_put(struct merging *m, const struct block *b, struct keep_err *err)
{
    size_t room = BLOCK / m->t->width, parts = (m->n + room - 1) / room, part = b->last || parts < 2 ? room : (m->n + parts - 1) / parts;
    int rc = 0;

    for (size_t at = 0, end; rc == 0 && (at == 0 || at < m->n); at = end) {
        end = at + part < m->n ? at + part : m->n;
        while (end < m->n && m->all[end].lead == m->all[end - 1].lead)
            end++;
        if (!body_of(m, at, end))
            return no_memory(err);
        rc = at > 0 ? body_put(m->s, m->t->insert, id_of(m->all[at].lead), &m->body, err)
                    : body_put(m->s, b->there ? m->t->update : m->t->insert, b->id, &m->body, err);
    }
    return rc;
}

int keep_sorted_write(struct keep_store *s, enum keep_batch_table table, struct keep_sorted_entry *entry, size_t n, struct keep_err *err)
{
    struct merging m = {.s = s, .t = &shapes[table]};
    sqlite3_stmt *st;
    struct block b;
    int rc = sort(entry, n, err);

    for (size_t at = 0, end; rc == 0 && at < n; at = end) {
        if ((rc = block_at(s, m.t, entry[at].lead, &b, &st, err)) < 0)
            break;
        for (end = at + 1; end < n && (b.last || id_of(entry[end].lead) < b.next);)
            end++;
        rc = merge(&m, b.body, entry + at, end - at, err);
        sqlite3_reset(st);
        if (rc == 0)
            rc = parts_put(&m, &b, err);
    }
    free(m.all);
    keep_buf_free(&m.body);
    return rc;
}

int keep_sorted_add(struct keep_store *s, enum keep_batch_table table, uint64_t lead, uint64_t rest, uint32_t value, struct keep_err *err)
{
    const struct keep_sorted_entry e = {lead, rest, value};
    const struct shape *t = &shapes[table];

    if ((t->lead < 8 && lead >> 8 * t->lead) || (t->rest < 8 && rest >> 8 * t->rest))
        return keep_err_set(err, KEEP_E_LIMIT, "a number beyond what sorted entries hold");
    keep_buf_add(&s->batch[table].rows, &e, sizeof e);
    return keep_batch_end(s, table, err);
}

/* Takes out the entries of a lead from one rest through another. 0, or 1 when there was none. */
static int cut(struct keep_store *s, const struct shape *t, uint64_t lead, uint64_t from, uint64_t through, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    sqlite3_stmt *st;
    struct block b;
    size_t at, end;
    int rc = block_at(s, t, lead, &b, &st, err);

    if (rc < 0)
        return rc;
    for (at = end = lower(t, b.body, lead, from); end < b.body.n / t->width; end++) {
        struct keep_sorted_entry e = entry_at(t, b.body, end);
        if (e.lead != lead || e.rest > through)
            break;
    }
    at *= t->width;
    end *= t->width;
    keep_buf_add(&body, b.body.p, at);
    keep_buf_add(&body, b.body.p + end, b.body.n - end);
    sqlite3_reset(st);
    rc = at == end ? 1 : body_put(s, t->update, b.id, &body, err);
    keep_buf_free(&body);
    return rc;
}

int keep_sorted_remove(struct keep_store *s, enum keep_batch_table table, uint64_t lead, uint64_t rest, struct keep_err *err)
{
    return cut(s, &shapes[table], lead, rest, rest, err);
}

int keep_sorted_clear(struct keep_store *s, enum keep_batch_table table, uint64_t lead, struct keep_err *err)
{
    return cut(s, &shapes[table], lead, 0, UINT64_MAX, err);
}

/* --- reading ------------------------------------------------------------------- */

int keep_sorted_get(struct keep_store *s, enum keep_batch_table table, uint64_t lead, uint64_t rest, uint32_t *value, struct keep_err *err)
{
    const struct shape *t = &shapes[table];
    sqlite3_stmt *st;
    struct block b;
    size_t at;
    int rc = block_at(s, t, lead, &b, &st, err);

    if (rc < 0)
        return rc;
    if ((at = lower(t, b.body, lead, rest)) < b.body.n / t->width) {
        struct keep_sorted_entry e = entry_at(t, b.body, at);
        rc = e.lead == lead && e.rest == rest;
        *value = rc ? e.value : *value;
    }
    sqlite3_reset(st);
    return rc;
}

int keep_sorted_find(struct keep_store *s, enum keep_batch_table table, uint64_t lead, struct keep_buf *out, struct keep_err *err)
{
    const struct shape *t = &shapes[table];
    sqlite3_stmt *st;
    struct block b;
    int rc = block_at(s, t, lead, &b, &st, err);

    if (rc < 0)
        return rc;
    for (size_t at = lower(t, b.body, lead, 0); at < b.body.n / t->width; at++) {
        struct keep_sorted_entry e = entry_at(t, b.body, at);
        if (e.lead != lead)
            break;
        keep_buf_add(out, &e, sizeof e);
    }
    sqlite3_reset(st);
    return out->failed ? no_memory(err) : 0;
}

struct walk {
    const struct shape *t;
    int (*each)(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err);
    void *ctx;
    struct keep_sorted_entry last;
    bool any;
};

/* Those of one block, which begins at id. */
static int block_walk(struct walk *w, int64_t id, struct keep_str body, struct keep_err *err)
{
    int rc = body.n % w->t->width == 0 && !(w->any && id_of(w->last.lead) >= id) ? 0 : damaged(err);

    for (size_t i = 0; rc == 0 && i < body.n / w->t->width; i++) {
        struct keep_sorted_entry e = entry_at(w->t, body, i);
        if (id_of(e.lead) < id || (w->any && compare(&w->last, &e) >= 0))
            return damaged(err);
        w->last = e;
        w->any = true;
        rc = w->each(w->ctx, &e, err);
    }
    return rc;
}

int keep_sorted_walk(struct keep_store *s, enum keep_batch_table table, int (*each)(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err), void *ctx,
                     struct keep_err *err)
{
    struct walk w = {.t = &shapes[table], .each = each, .ctx = ctx};
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, w.t->all, &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading sorted entries", err)) > 0)
        if ((rc = block_walk(&w, sqlite3_column_int64(st, 0), keep_rowio_blob_at(st, 1), err)) != 0)
            break;
    sqlite3_finalize(st);
    return rc;
}
