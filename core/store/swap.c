/* A file written anew under a new file key. For the keyring that is what ends a
 * destruction: what was deleted from it then exists nowhere, not in free pages,
 * not in old sectors, since the key of the file that held it is gone too. For
 * records.db it is the answer to a key that somebody may have seen.
 *
 *   1  keep.json lists the old and the new file key
 *   2  FILE.new is filled, closed, opened again and compared: the keyring row by
 *      row (keys without an owner are left out), records.db page by page
 *   3  it takes the name of the file
 *   4  keep.json drops the old key
 *   5  the ledger says so
 *
 * A crash before 3 leaves a file that the next writer removes, between 3 and 4
 * a key that it drops; either way keep.json lists two keys until then, and the
 * one that opens page 1 of the file is the one in force. All others must be
 * out meanwhile: byte 1 of the lock is held alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/crypto/secret.h"
#include "core/store/fault.h"
#include "core/store/fresh.h"
#include "core/store/sets.h"
#include "core/store/state.h"

#define BACKUP_PAGES 2048 /* copied between two words of progress: 8 MiB */

static const struct {
    const char *name, *new_name, *journal, *new_journal, *renames;
    enum keep_vfs_file vfs;
} files[] = {
    [KEEP_KEYJSON_RECORDS] = {"records.db", "records.db.new", "records.db-journal", "records.db.new-journal", "records rename", KEEP_VFS_RECORDS},
    [KEEP_KEYJSON_KEYRING] = {"keyring.db", "keyring.db.new", "keyring.db-journal", "keyring.db.new-journal", "keyring rename", KEEP_VFS_KEYRING},
};

struct tally {
    uint64_t keys, dropped, tombs; /* of the keyring */
    uint64_t pages;                /* of records.db */
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
};

static int step(const char *what, struct keep_err *err)
{
    return keep_fault_hit(KEEP_FAULT_STEP, what) == 0 ? 0 : keep_err_set(err, KEEP_E_IO, "%s: failed", what);
}

int keep_swap_make(struct keep_store *s, sqlite3 *ring, uint64_t generation, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_exec(s, ring, "BEGIN", err);

    if (rc == 0)
        rc = keep_store_exec(s, ring, keep_schema_ring, err);
    if (rc != 0)
        return rc;
    rc = sqlite3_prepare_v2(ring, "INSERT INTO meta(name, value) VALUES('store', ?1), ('generation', ?2)", -1, &st, NULL);
    if (rc == SQLITE_OK) {
        sqlite3_bind_blob(st, 1, s->json.store, sizeof s->json.store, SQLITE_STATIC);
        sqlite3_bind_int64(st, 2, (sqlite3_int64)generation);
        rc = sqlite3_step(st);
    }
    sqlite3_finalize(st);
    if (rc != SQLITE_DONE)
        return keep_store_sql(ring, rc, "making the keyring", err);
    rc = keep_vfs_stamp(ring, generation, err);
    return rc == 0 ? keep_store_exec(s, ring, "COMMIT", err) : rc;
}

static void remove_new(struct keep_store *s, enum keep_keyjson_file f)
{
    unlinkat(s->dir, files[f].new_name, 0);
    unlinkat(s->dir, files[f].new_journal, 0);
}

/* Every row of `from` into `to`, column by column. keep: NULL or says which rows stay (1, 0, <0). */
static int copy_rows(sqlite3_stmt *from, sqlite3_stmt *to, int (*stays)(struct keep_store *s, sqlite3_stmt *row, struct keep_err *err), struct keep_store *s,
                     uint64_t *copied, uint64_t *dropped, struct keep_err *err)
{
    sqlite3 *in = sqlite3_db_handle(from), *out = sqlite3_db_handle(to);
    int rc;

    while ((rc = sqlite3_step(from)) == SQLITE_ROW) {
        int stay = stays ? stays(s, from, err) : 1;
        if (stay < 0)
            return stay;
        if (stay == 0) {
            ++*dropped;
            continue;
        }
        for (int i = 0; i < sqlite3_column_count(from); i++)
            sqlite3_bind_value(to, i + 1, sqlite3_column_value(from, i));
        rc = sqlite3_step(to);
        sqlite3_reset(to);
        if (rc != SQLITE_DONE)
            return keep_store_sql(out, rc, "copying the keyring", err);
        ++*copied;
    }
    sqlite3_clear_bindings(to);
    return rc == SQLITE_DONE ? 0 : keep_store_sql(in, rc, "copying the keyring", err);
}

static int key_stays(struct keep_store *s, sqlite3_stmt *row, struct keep_err *err)
{
    return keep_erase_live(s, (enum keep_ring_kind)sqlite3_column_int(row, 0), (uint64_t)sqlite3_column_int64(row, 1), err);
}

static int copy_table(struct keep_store *s, sqlite3 *to, const char *select, const char *insert,
                      int (*stays)(struct keep_store *s, sqlite3_stmt *row, struct keep_err *err), uint64_t *copied, uint64_t *dropped, struct keep_err *err)
{
    sqlite3_stmt *in = NULL, *out = NULL;
    int rc = sqlite3_prepare_v2(s->ring, select, -1, &in, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(to, insert, -1, &out, NULL);
    rc = rc == SQLITE_OK ? copy_rows(in, out, stays, s, copied, dropped, err) : keep_store_sql(to, rc, "copying the keyring", err);
    sqlite3_finalize(in);
    sqlite3_finalize(out);
    return rc;
}

static int copy_ring(struct keep_store *s, sqlite3 *to, struct tally *t, struct keep_err *err)
{
    uint64_t none = 0;
    int rc = keep_swap_make(s, to, s->generation + 1, err);

    if (rc == 0)
        rc = keep_store_exec(s, to, "BEGIN", err);
    if (rc == 0)
        rc = copy_table(s, to, "SELECT kind, owner, key, generation FROM ring ORDER BY kind, owner",
                        "INSERT INTO ring(kind, owner, key, generation) VALUES(?1, ?2, ?3, ?4)", key_stays, &t->keys, &t->dropped, err);
    if (rc == 0)
        rc = keep_fresh_copy(s, to, &t->keys, &t->dropped, err);
    if (rc == 0)
        rc = copy_table(s, to, "SELECT kind, owner, intent, at, plan, record_set FROM tomb ORDER BY kind, owner",
                        "INSERT INTO tomb(kind, owner, intent, at, plan, record_set) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", NULL, &t->tombs, &none, err);
    return rc == 0 ? keep_store_exec(s, to, "COMMIT", err) : rc;
}

static bool same_row(sqlite3_stmt *a, sqlite3_stmt *b)
{
    for (int i = 0; i < sqlite3_column_count(a); i++) {
        const void *p = sqlite3_column_blob(a, i), *q = sqlite3_column_blob(b, i);
        int n = sqlite3_column_bytes(a, i), m = sqlite3_column_bytes(b, i);
        if (n != m || (n > 0 && memcmp(p, q, (size_t)n) != 0))
            return false;
    }
    return true;
}

/* Whether a row of the new ring is a key that came in a block: 1, 0 not, <0. */
static int same_fresh(struct keep_store *s, sqlite3_stmt *row, struct keep_err *err)
{
    struct keep_fresh_key k;
    uint64_t generation;
    int rc = sqlite3_column_int(row, 0) == KEEP_RING_RECORD ? keep_fresh_get(s, (uint64_t)sqlite3_column_int64(row, 1), &k, &generation, err) : 0;

    if (rc == 1)
        rc = sqlite3_column_bytes(row, 2) == KEEP_KEY_SIZE && keep_secret_equal(sqlite3_column_blob(row, 2), k.key, KEEP_KEY_SIZE) &&
             (uint64_t)sqlite3_column_int64(row, 3) == generation;
    keep_secret_wipe(&k, sizeof k);
    return rc;
}

/* Every row of the new table stands in the old one, or as `other` says elsewhere in its file, and there are as many as were copied. */
static int compare_table(struct keep_store *s, sqlite3 *copy, const char *all, const char *one, int (*other)(struct keep_store *s, sqlite3_stmt *row, struct keep_err *err),
                         uint64_t copied, struct keep_err *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    uint64_t n = 0;
    int same = 1;
    int rc = sqlite3_prepare_v2(copy, all, -1, &a, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(s->ring, one, -1, &b, NULL);
    while (rc == SQLITE_OK && same > 0 && sqlite3_step(a) == SQLITE_ROW) {
        sqlite3_bind_value(b, 1, sqlite3_column_value(a, 0));
        sqlite3_bind_value(b, 2, sqlite3_column_value(a, 1));
        same = sqlite3_step(b) == SQLITE_ROW ? same_row(a, b) : other ? other(s, a, err) : 0;
        sqlite3_reset(b);
        n++;
    }
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    if (same < 0)
        return same;
    return rc == SQLITE_OK && same && n == copied ? 0 : keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db.new", 0, 0, "the copy is not what was copied");
}

static int compare_ring(struct keep_store *s, struct keep_vfs *v, const struct tally *t, struct keep_err *err)
{
    sqlite3 *copy = NULL;
    int rc = keep_vfs_connect(v, &copy, err);

    if (rc == 0)
        rc = compare_table(s, copy, "SELECT kind, owner, key, generation FROM ring", "SELECT kind, owner, key, generation FROM ring WHERE kind = ?1 AND owner = ?2",
                           same_fresh, t->keys, err);
    if (rc == 0)
        rc = compare_table(s, copy, "SELECT kind, owner, intent, at, plan, record_set FROM tomb",
                           "SELECT kind, owner, intent, at, plan, record_set FROM tomb WHERE kind = ?1 AND owner = ?2", NULL, t->tombs, err);
    sqlite3_close(copy);
    return rc;
}

/* --- records.db, page by page --- */

/* SQLite's own online copy: whole pages, sealed anew on their way down. */
static int copy_records(struct keep_store *s, sqlite3 *to, struct tally *t, struct keep_err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", s->db, "main");
    int rc = SQLITE_OK, stop = 0;

    if (!b)
        return keep_store_sql(to, sqlite3_errcode(to), "copying records.db", err);
    while (rc == SQLITE_OK && stop == 0) {
        rc = sqlite3_backup_step(b, BACKUP_PAGES);
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(b);
        t->pages = total;
        if (rc == SQLITE_OK && t->progress)
            stop = t->progress(t->ctx, total - (uint64_t)sqlite3_backup_remaining(b), total);
    }
    int end = sqlite3_backup_finish(b);
    if (stop != 0)
        return keep_err_set(err, KEEP_E_INTERRUPTED, "stopped; the old file stays in force");
    return rc == SQLITE_DONE && end == SQLITE_OK ? 0 : keep_store_sql(to, rc == SQLITE_DONE ? end : rc, "copying records.db", err);
}

/* What the copy itself writes into page 1: change counter, schema cookie, version-valid-for and the library's number (SQLite file format, section 1.3). */
static void blank_counters(uint8_t *page)
{
    memset(page + 24, 0, 4);
    memset(page + 40, 0, 4);
    memset(page + 92, 0, 8);
}

static int read_page(sqlite3_file *f, uint64_t page, uint8_t *out)
{
    return f->pMethods->xRead(f, out, KEEP_VFS_PAGE, (sqlite3_int64)(page - 1) * KEEP_VFS_PAGE);
}

static int compare_pages(sqlite3_file *old, sqlite3_file *copy, struct keep_err *err)
{
    uint8_t a[KEEP_VFS_PAGE], b[KEEP_VFS_PAGE];
    sqlite3_int64 n = 0, m = -1;
    bool same = old->pMethods->xFileSize(old, &n) == SQLITE_OK && copy->pMethods->xFileSize(copy, &m) == SQLITE_OK && n == m;

    for (uint64_t page = 1; same && page <= (uint64_t)n / KEEP_VFS_PAGE; page++) {
        if (page == KEEP_VFS_LOCK_PAGE)
            continue;
        same = read_page(old, page, a) == SQLITE_OK && read_page(copy, page, b) == SQLITE_OK;
        if (page == 1) {
            blank_counters(a);
            blank_counters(b);
        }
        same = same && memcmp(a, b, KEEP_VFS_PAGE - KEEP_VFS_RESERVE) == 0;
    }
    keep_secret_wipe(a, sizeof a);
    keep_secret_wipe(b, sizeof b);
    return same ? 0 : keep_err_at(err, KEEP_E_INTEGRITY, "records.db.new", 0, 0, "the copy is not what was copied");
}

static sqlite3_file *file_of(sqlite3 *db)
{
    sqlite3_file *f = NULL;

    return sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &f) == SQLITE_OK && f && f->pMethods ? f : NULL;
}

static int compare_records(struct keep_store *s, struct keep_vfs *v, struct keep_err *err)
{
    sqlite3 *copy = NULL;
    int rc = keep_vfs_connect(v, &copy, err);

    /* a read transaction on both, as whoever reads pages behind SQLite's back must have */
    if (rc == 0)
        rc = keep_store_exec(s, s->db, "BEGIN; SELECT count(*) FROM sqlite_schema", err);
    if (rc == 0)
        rc = keep_store_exec(s, copy, "BEGIN; SELECT count(*) FROM sqlite_schema", err);
    if (rc == 0) {
        sqlite3_file *a = file_of(s->db), *b = file_of(copy);
        rc = a && b ? compare_pages(a, b, err) : keep_err_set(err, KEEP_E_IO, "records.db: no file to compare");
    }
    if (!sqlite3_get_autocommit(s->db))
        keep_store_exec(s, s->db, "ROLLBACK", NULL);
    sqlite3_close(copy);
    return rc;
}

/* --- the steps --- */

/* Step 2. */
static int fill_new(struct keep_store *s, enum keep_keyjson_file f, struct tally *t, struct keep_err *err)
{
    bool ring = f == KEEP_KEYJSON_KEYRING;
    struct keep_vfs *v = NULL;
    sqlite3 *to = NULL;
    char *path = NULL;
    int rc = keep_store_join(s, files[f].new_name, &path, err);

    remove_new(s, f);
    if (rc == 0)
        rc = keep_file_create(s->dir, files[f].new_name, "", 0, 0600, err);
    if (rc == 0)
        rc = keep_vfs_new(&v, path, files[f].vfs, s->json.store, s->json.secret->file[f][1], err);
    if (rc == 0) {
        keep_vfs_head(v, s->head.digest);
        rc = keep_vfs_connect(v, &to, err);
    }
    if (rc == 0)
        rc = ring ? copy_ring(s, to, t, err) : copy_records(s, to, t, err);
    sqlite3_close(to);
    if (rc == 0)
        rc = ring ? compare_ring(s, v, t, err) : compare_records(s, v, err);
    keep_vfs_free(v);
    free(path);
    return rc;
}

/* Step 3: from here the new file is the file. */
static int take_name(struct keep_store *s, enum keep_keyjson_file f, struct keep_err *err)
{
    int rc = step(files[f].renames, err);

    if (rc != 0)
        return rc;
    unlinkat(s->dir, files[f].new_journal, 0);
    unlinkat(s->dir, files[f].journal, 0);
    if (renameat(s->dir, files[f].new_name, s->dir, files[f].name) != 0)
        return keep_err_at(err, KEEP_E_IO, files[f].name, 0, 0, "cannot be replaced: %s", strerror(errno));
    return keep_file_sync_dir(s->dir, err);
}

int keep_swap_vfs(struct keep_store *s, enum keep_keyjson_file f, struct keep_vfs **out, struct keep_err *err)
{
    char *path = NULL;
    int rc = keep_store_join(s, files[f].name, &path, err);

    if (rc == 0)
        rc = keep_vfs_new(out, path, files[f].vfs, s->json.store, s->json.secret->file[f][s->in_force[f]], err);
    free(path);
    return rc;
}

static void close_file(struct keep_store *s, enum keep_keyjson_file f)
{
    if (f == KEEP_KEYJSON_KEYRING)
        keep_store_close_ring(s);
    else
        keep_store_close_records(s);
}

static int reopen(struct keep_store *s, enum keep_keyjson_file f, struct keep_err *err)
{
    int rc = keep_swap_vfs(s, f, f == KEEP_KEYJSON_KEYRING ? &s->ring_vfs : &s->vfs, err);

    if (rc != 0)
        return rc;
    return f == KEEP_KEYJSON_KEYRING ? keep_store_open_ring(s, err) : keep_store_open_records(s, err);
}

static int rewrite(struct keep_store *s, enum keep_keyjson_file f, struct tally *t, struct keep_err *err)
{
    struct keep_err later = {0};
    int rc, back;

    keep_keyjson_swap_begin(&s->json, f);
    rc = keep_store_write_json(s, err);
    if (rc == 0)
        rc = fill_new(s, f, t, err);
    if (rc != 0) {
        remove_new(s, f);
        keep_keyjson_swap_end(&s->json, f, false);
        keep_store_write_json(s, &later); /* a key too many in keep.json is dropped by the next writer */
        return rc;
    }
    close_file(s, f);
    rc = take_name(s, f, err);
    if (rc != 0) {
        back = keep_swap_settle(s, &later); /* a failed sync of the folder may have renamed */
        rc = back < 0 ? back : rc;
    } else {
        s->in_force[f] = 1;
    }
    if (rc == 0 || s->in_force[f] == 1) {
        keep_keyjson_swap_end(&s->json, f, true);
        s->in_force[f] = 0;
    } else {
        remove_new(s, f);
        keep_keyjson_swap_end(&s->json, f, false);
    }
    back = keep_store_write_json(s, rc == 0 ? err : &later);
    rc = rc == 0 ? back : rc;
    back = reopen(s, f, rc == 0 ? err : &later);
    return rc == 0 ? back : rc;
}

/* Steps 1 to 5, alone in the keep. */
static int swap(struct keep_store *s, enum keep_keyjson_file f, struct tally *t, struct keep_err *err)
{
    int rc;

    if (!s->write || s->txn.open)
        return keep_err_set(err, KEEP_E_IO, "%s is written anew by a writer, outside of a transaction", files[f].name);
    if (s->unrecorded) {
        rc = keep_erase_recover(s, err);
        if (rc != 0)
            return rc;
    }
    rc = keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_EXCLUSIVE, err);
    if (rc != 0)
        return rc;
    rc = rewrite(s, f, t, err);
    keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_SHARED, NULL);
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_REWRITE, err);
    if (rc != 0)
        return rc;
    if (f == KEEP_KEYJSON_KEYRING) {
        keep_txn_count(s, "keys", t->keys);
        keep_txn_count(s, "dropped", t->dropped);
        keep_txn_count(s, "tombstones", t->tombs);
    } else {
        keep_txn_count(s, "pages", t->pages);
    }
    return keep_txn_commit(s, err);
}

#define ALONE_TRIES 100 /* of a tenth of a second: a reader that only counts or lists is gone by then */

int keep_sets_alone(struct keep_store *s, struct keep_err *err)
{
    struct keep_err busy = {0};
    int rc = KEEP_E_LOCKED;

    for (int i = 0; rc == KEEP_E_LOCKED && i < ALONE_TRIES; i++) {
        if (i > 0)
            nanosleep(&(struct timespec){.tv_nsec = 100000000}, NULL);
        keep_err_clear(&busy);
        rc = keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_EXCLUSIVE, &busy);
    }
    if (rc < 0 && err && err->code == 0)
        *err = busy;
    if (rc == KEEP_E_LOCKED)
        keep_err_hint(err, "somebody is reading this keep; nothing was destroyed");
    return rc;
}

int keep_sets_rewrite_keyring(struct keep_store *s, struct keep_err *err)
{
    struct tally t = {0};

    return swap(s, KEEP_KEYJSON_KEYRING, &t, err);
}

int keep_store_rotate_keyring(struct keep_store *s, struct keep_err *err)
{
    return keep_sets_rewrite_keyring(s, err);
}

int keep_store_rotate_records(struct keep_store *s, int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct keep_err *err)
{
    struct tally t = {.progress = progress, .ctx = ctx};

    return swap(s, KEEP_KEYJSON_RECORDS, &t, err);
}

/* --- after an interruption --- */

bool keep_swap_pending(const struct keep_store *s)
{
    return s->json.file[KEEP_KEYJSON_RECORDS].keys > 1 || s->json.file[KEEP_KEYJSON_KEYRING].keys > 1;
}

static int settle_file(struct keep_store *s, enum keep_keyjson_file f, struct keep_err *err)
{
    int rc = 0;

    for (s->in_force[f] = 0; s->in_force[f] < s->json.file[f].keys; s->in_force[f]++) {
        struct keep_vfs *v = NULL;
        struct keep_err why = {0};
        rc = keep_swap_vfs(s, f, &v, err);
        bool fits = rc == 0 && keep_vfs_probe(v, &why) == 0;
        keep_vfs_free(v);
        if (fits || rc != 0)
            return rc;
    }
    s->in_force[f] = 0;
    return keep_err_at(err, KEEP_E_INTEGRITY, files[f].name, 0, 0, "neither of the two keys of an interrupted rewrite opens it");
}

int keep_swap_settle(struct keep_store *s, struct keep_err *err)
{
    int rc = 0;

    for (enum keep_keyjson_file f = 0; rc == 0 && f < KEEP_KEYJSON_FILES; f++) {
        s->in_force[f] = 0;
        if (s->json.file[f].keys > 1)
            rc = settle_file(s, f, err);
    }
    return rc;
}

int keep_swap_finish(struct keep_store *s, struct keep_err *err)
{
    for (enum keep_keyjson_file f = 0; f < KEEP_KEYJSON_FILES; f++) {
        if (s->json.file[f].keys < 2)
            continue;
        remove_new(s, f);
        keep_keyjson_swap_end(&s->json, f, s->in_force[f] == 1);
        s->in_force[f] = 0;
    }
    return keep_store_write_json(s, err);
}
