/* The search for what must not be there any more.
 *
 * SQLite is asked for the file, not for rows: what a deleted row leaves in a free
 * page or behind the last cell of a page in use would show. A window of the size
 * of a key is tried at every byte of a page. Its first eight bytes are looked up in
 * a sieve, then in the sorted list, then four more decide: over a terabyte and a
 * million keys that is a false alarm in ten billion runs.
 *
 * A journal's pages are no part of this. It is cut to nothing by each commit, and
 * its old blocks hold what was sealed under a file key that the rewrite dropped. */
#include "core/store/remnant.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/crypto/secret.h"
#include "core/store/fresh.h"
#include "core/store/state.h"
#include "core/store/watch.h"

struct trace {
    uint64_t head; /* bytes 0 to 7 of the key */
    uint32_t tail; /* bytes 28 to 31 */
};

struct keep_remnant {
    struct trace *list;
    size_t n, cap;
    uint64_t destroyed;
};

int keep_remnant_begin(struct keep_store *s, struct keep_err *err)
{
    keep_remnant_end(s);
    s->remnant = calloc(1, sizeof *s->remnant);
    return s->remnant ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

void keep_remnant_end(struct keep_store *s)
{
    if (s->remnant && s->remnant->list) {
        keep_secret_wipe(s->remnant->list, s->remnant->cap * sizeof *s->remnant->list);
        free(s->remnant->list);
    }
    free(s->remnant);
    s->remnant = NULL;
}

void keep_remnant_note(struct keep_store *s, const uint8_t key[32])
{
    struct keep_remnant *r = s->remnant;

    if (!r)
        return;
    r->destroyed++;
    if (r->n == KEEP_REMNANT_KEYS)
        return;
    if (r->n == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 1024;
        struct trace *more = malloc(cap * sizeof *more);
        if (!more)
            return; /* counted, not sought: the search says so */
        memset(more, 0, cap * sizeof *more);
        if (r->n) {
            memcpy(more, r->list, r->n * sizeof *more);
            keep_secret_wipe(r->list, r->cap * sizeof *r->list);
        }
        free(r->list);
        r->list = more;
        r->cap = cap;
    }
    memcpy(&r->list[r->n].head, key, sizeof r->list->head);
    memcpy(&r->list[r->n].tail, key + KEEP_KEY_SIZE - sizeof r->list->tail, sizeof r->list->tail);
    r->n++;
}

static int by_head(const void *a, const void *b)
{
    const struct trace *x = a, *y = b;

    return x->head < y->head ? -1 : x->head > y->head;
}

struct search {
    const struct keep_remnant *r;
    uint64_t *sieve; /* a bit for the first bits of each head */
    unsigned shift;
    struct keep_remnant_found *out;
};

static int sieve_new(struct search *x, struct keep_err *err)
{
    unsigned bits = 16;

    while (bits < 26 && ((size_t)1 << bits) < 32 * x->r->n)
        bits++;
    x->shift = 64 - bits;
    x->sieve = calloc(((size_t)1 << bits) / 64, sizeof *x->sieve);
    if (!x->sieve)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < x->r->n; i++) {
        uint64_t at = x->r->list[i].head >> x->shift;
        x->sieve[at / 64] |= (uint64_t)1 << at % 64;
    }
    return 0;
}

/* Is there a trace of that head whose tail is this? Several keys may share a head. */
static bool is_one(const struct search *x, uint64_t head, const uint8_t *tail)
{
    const struct trace *t = bsearch(&(struct trace){head, 0}, x->r->list, x->r->n, sizeof *t, by_head);
    uint32_t have;

    if (!t)
        return false;
    memcpy(&have, tail, sizeof have);
    while (t > x->r->list && t[-1].head == head)
        t--;
    for (; t < x->r->list + x->r->n && t->head == head; t++)
        if (t->tail == have)
            return true;
    return false;
}

static void search_page(struct search *x, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i + KEEP_KEY_SIZE <= n; i++) {
        uint64_t head;
        memcpy(&head, p + i, sizeof head);
        uint64_t at = head >> x->shift;
        if (x->sieve[at / 64] >> at % 64 & 1 && is_one(x, head, p + i + KEEP_KEY_SIZE - sizeof(uint32_t)))
            x->out->found++;
    }
}

#define PAGES_EVERY 4096 /* 16 MiB between two words of progress */

/* Every page of a connection's file, under a read transaction as whoever reads pages behind SQLite's back must have. */
static int search_file(struct keep_store *s, struct search *x, sqlite3 *db, const char *what, struct keep_err *err)
{
    uint8_t page[KEEP_VFS_PAGE];
    sqlite3_file *f = NULL;
    sqlite3_int64 size = 0;
    int rc = keep_store_exec(s, db, "BEGIN; SELECT count(*) FROM sqlite_schema", err);

    if (rc == 0 && (sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f) != SQLITE_OK || !f || !f->pMethods || f->pMethods->xFileSize(f, &size) != SQLITE_OK))
        rc = keep_err_set(err, KEEP_E_IO, "%s: no file to search", what);
    for (uint64_t i = 1; rc == 0 && i <= (uint64_t)size / KEEP_VFS_PAGE; i++) {
        if (i == KEEP_VFS_LOCK_PAGE)
            continue;
        if (f->pMethods->xRead(f, page, KEEP_VFS_PAGE, (sqlite3_int64)(i - 1) * KEEP_VFS_PAGE) != SQLITE_OK)
            rc = keep_err_at(err, KEEP_E_INTEGRITY, what, 0, 0, "page %llu cannot be opened", (unsigned long long)i);
        else
            search_page(x, page, KEEP_VFS_PAGE - KEEP_VFS_RESERVE);
        x->out->pages++;
        if (rc == 0 && i % PAGES_EVERY == 0 && keep_watch_step(s, "pages searched for destroyed keys", i, (uint64_t)size / KEEP_VFS_PAGE))
            rc = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    }
    keep_secret_wipe(page, sizeof page);
    if (!sqlite3_get_autocommit(db))
        keep_store_exec(s, db, "ROLLBACK", NULL);
    return rc;
}

static bool nothing_at(const struct keep_store *s, const char *name)
{
    struct stat st;

    return fstatat(s->dir, name, &st, AT_SYMLINK_NOFOLLOW) != 0 || st.st_size == 0;
}

static bool is_quiet(const struct keep_store *s)
{
    static const char *const name[] = {"records.db-journal", "keyring.db-journal", "records.db.new", "keyring.db.new", "records.db.new-journal", "keyring.db.new-journal"};
    bool quiet = true;

    for (size_t i = 0; i < sizeof name / sizeof *name; i++)
        quiet &= nothing_at(s, name[i]);
    return quiet;
}

struct beside {
    struct keep_store *s;
    uint64_t n;
};

static int beside_tomb(void *ctx, const struct keep_fresh_key *k, uint64_t generation, struct keep_err *err)
{
    struct beside *b = ctx;
    struct keep_ring_tombstone t;
    int rc = keep_ring_tombstone(b->s, KEEP_RING_RECORD, k->owner, &t, err);

    (void)generation;
    b->n += rc == 0;
    return rc < 0 ? rc : 0;
}

static int count_beside(struct keep_store *s, uint64_t *out, struct keep_err *err)
{
    struct beside b = {s, 0};
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->ring, "SELECT count(*) FROM tomb t JOIN ring r ON r.kind = t.kind AND r.owner = t.owner", &st, err);

    if (rc != 0)
        return rc;
    rc = sqlite3_step(st);
    *out = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    if (rc != SQLITE_ROW)
        return keep_store_sql(s->ring, rc, "looking for keys beside tombstones", err);
    rc = keep_fresh_walk(s, beside_tomb, &b, err);
    *out += b.n;
    return rc;
}

int keep_remnant_search(struct keep_store *s, struct keep_remnant_found *out, struct keep_err *err)
{
    struct keep_remnant none = {0};
    struct keep_remnant_found found = {0};
    struct search x = {.r = s->remnant ? s->remnant : &none, .out = &found};
    int rc;

    if (x.r->n)
        qsort(x.r->list, x.r->n, sizeof *x.r->list, by_head);
    found.destroyed = x.r->destroyed;
    found.sought = x.r->n;
    rc = sieve_new(&x, err);
    if (rc == 0)
        rc = search_file(s, &x, s->ring, "keyring.db", err);
    if (rc == 0)
        rc = search_file(s, &x, s->db, "records.db", err);
    if (rc == 0)
        rc = count_beside(s, &found.beside, err);
    for (int f = 0; f < KEEP_KEYJSON_FILES; f++)
        found.file_keys += s->json.file[f].keys;
    found.quiet = is_quiet(s);
    free(x.sieve);
    if (rc == 0)
        *out = found;
    return rc;
}

bool keep_remnant_clean(const struct keep_remnant_found *f)
{
    return f->sought == f->destroyed && f->found == 0 && f->beside == 0 && f->file_keys == KEEP_KEYJSON_FILES && f->quiet;
}
