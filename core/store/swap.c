/* The keyring written anew under a new file key: what was deleted from it then
 * exists nowhere, not in free pages, not in old sectors, since the key of the
 * file that held it is gone too.
 *
 *   1  keep.json lists the old and the new file key
 *   2  keyring.db.new is filled, closed, opened again and compared row by row
 *   3  it takes the name keyring.db
 *   4  keep.json drops the old key
 *   5  the ledger says so
 *
 * A crash before 3 leaves a file that the next writer removes, between 3 and 4
 * a key that it drops; either way keep.json lists two keys until then, and the
 * one that opens page 1 of keyring.db is the one in force. All others must be
 * out meanwhile: byte 1 of the lock is held alone. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/crypto/secret.h"
#include "core/store/fault.h"
#include "core/store/sets.h"
#include "core/store/state.h"

#define NEW_FILE "keyring.db.new"

struct tally {
    uint64_t keys, dropped, tombs;
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
    return keep_store_exec(s, ring, "COMMIT", err);
}

static void remove_new(struct keep_store *s)
{
    unlinkat(s->dir, NEW_FILE, 0);
    unlinkat(s->dir, NEW_FILE "-journal", 0);
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

static int copy_all(struct keep_store *s, sqlite3 *to, struct tally *t, struct keep_err *err)
{
    uint64_t none = 0;
    int rc = keep_swap_make(s, to, s->generation + 1, err);

    if (rc == 0)
        rc = keep_store_exec(s, to, "BEGIN", err);
    if (rc == 0)
        rc = copy_table(s, to, "SELECT kind, owner, key, generation FROM ring ORDER BY kind, owner",
                        "INSERT INTO ring(kind, owner, key, generation) VALUES(?1, ?2, ?3, ?4)", key_stays, &t->keys, &t->dropped, err);
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

/* Every row of the new table stands in the old one, and there are as many as were copied. */
static int compare_table(struct keep_store *s, sqlite3 *copy, const char *all, const char *one, uint64_t copied, struct keep_err *err)
{
    sqlite3_stmt *a = NULL, *b = NULL;
    uint64_t n = 0;
    bool same = true;
    int rc = sqlite3_prepare_v2(copy, all, -1, &a, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(s->ring, one, -1, &b, NULL);
    while (rc == SQLITE_OK && same && sqlite3_step(a) == SQLITE_ROW) {
        sqlite3_bind_value(b, 1, sqlite3_column_value(a, 0));
        sqlite3_bind_value(b, 2, sqlite3_column_value(a, 1));
        same = sqlite3_step(b) == SQLITE_ROW && same_row(a, b);
        sqlite3_reset(b);
        n++;
    }
    sqlite3_finalize(a);
    sqlite3_finalize(b);
    return rc == SQLITE_OK && same && n == copied ? 0 : keep_err_at(err, KEEP_E_INTEGRITY, NEW_FILE, 0, 0, "the copy is not what was copied");
}

static int compare_all(struct keep_store *s, struct keep_vfs *v, const struct tally *t, struct keep_err *err)
{
    sqlite3 *copy = NULL;
    int rc = keep_vfs_connect(v, &copy, err);

    if (rc == 0)
        rc = compare_table(s, copy, "SELECT kind, owner, key, generation FROM ring", "SELECT kind, owner, key, generation FROM ring WHERE kind = ?1 AND owner = ?2",
                           t->keys, err);
    if (rc == 0)
        rc = compare_table(s, copy, "SELECT kind, owner, intent, at, plan, record_set FROM tomb",
                           "SELECT kind, owner, intent, at, plan, record_set FROM tomb WHERE kind = ?1 AND owner = ?2", t->tombs, err);
    sqlite3_close(copy);
    return rc;
}

/* Step 2. */
static int fill_new(struct keep_store *s, struct tally *t, struct keep_err *err)
{
    struct keep_vfs *v = NULL;
    sqlite3 *to = NULL;
    char *path = NULL;
    int rc = keep_store_join(s, NEW_FILE, &path, err);

    remove_new(s);
    if (rc == 0)
        rc = keep_file_create(s->dir, NEW_FILE, "", 0, 0600, err);
    if (rc == 0)
        rc = keep_vfs_new(&v, path, KEEP_VFS_KEYRING, s->json.store, s->json.secret->keyring[1], err);
    if (rc == 0) {
        keep_vfs_head(v, s->head.digest);
        rc = keep_vfs_connect(v, &to, err);
    }
    if (rc == 0)
        rc = copy_all(s, to, t, err);
    sqlite3_close(to);
    if (rc == 0)
        rc = compare_all(s, v, t, err);
    keep_vfs_free(v);
    free(path);
    return rc;
}

/* Step 3: from here the new file is the keyring. */
static int take_name(struct keep_store *s, struct keep_err *err)
{
    int rc = step("keyring rename", err);

    if (rc != 0)
        return rc;
    unlinkat(s->dir, NEW_FILE "-journal", 0);
    unlinkat(s->dir, "keyring.db-journal", 0);
    if (renameat(s->dir, NEW_FILE, s->dir, "keyring.db") != 0)
        return keep_err_at(err, KEEP_E_IO, "keyring.db", 0, 0, "cannot be replaced: %s", strerror(errno));
    return keep_file_sync_dir(s->dir, err);
}

static int reopen(struct keep_store *s, struct keep_err *err)
{
    char *path = NULL;
    int rc = keep_store_join(s, "keyring.db", &path, err);

    if (rc == 0)
        rc = keep_vfs_new(&s->ring_vfs, path, KEEP_VFS_KEYRING, s->json.store, s->json.secret->keyring[s->ring_key], err);
    if (rc == 0)
        rc = keep_store_open_ring(s, err);
    free(path);
    return rc;
}

static int rewrite(struct keep_store *s, struct tally *t, struct keep_err *err)
{
    struct keep_err later = {0};
    int rc, back;

    keep_keyjson_swap_begin(&s->json);
    rc = keep_store_write_json(s, err);
    if (rc == 0)
        rc = fill_new(s, t, err);
    if (rc != 0) {
        remove_new(s);
        keep_keyjson_swap_end(&s->json, false);
        keep_store_write_json(s, &later); /* a key too many in keep.json is dropped by the next writer */
        return rc;
    }
    keep_store_close_ring(s);
    rc = take_name(s, err);
    if (rc != 0) {
        back = keep_swap_settle(s, &later); /* a failed sync of the folder may have renamed */
        rc = back < 0 ? back : rc;
    } else {
        s->ring_key = 1;
    }
    if (rc == 0 || s->ring_key == 1) {
        keep_keyjson_swap_end(&s->json, true);
        s->ring_key = 0;
    } else {
        remove_new(s);
        keep_keyjson_swap_end(&s->json, false);
    }
    back = keep_store_write_json(s, rc == 0 ? err : &later);
    rc = rc == 0 ? back : rc;
    back = reopen(s, rc == 0 ? err : &later);
    return rc == 0 ? back : rc;
}

int keep_sets_rewrite_keyring(struct keep_store *s, struct keep_err *err)
{
    struct tally t = {0};
    int rc;

    if (!s->write || s->txn.open)
        return keep_err_set(err, KEEP_E_IO, "the keyring is rewritten by a writer, outside of a transaction");
    if (s->unrecorded) {
        rc = keep_erase_recover(s, err);
        if (rc != 0)
            return rc;
    }
    rc = keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_EXCLUSIVE, err);
    if (rc != 0)
        return rc;
    rc = rewrite(s, &t, err);
    keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_SHARED, NULL);
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_REWRITE, err);
    if (rc == 0) {
        keep_txn_count(s, "keys", t.keys);
        keep_txn_count(s, "dropped", t.dropped);
        keep_txn_count(s, "tombstones", t.tombs);
        rc = keep_txn_commit(s, err);
    }
    return rc;
}

int keep_swap_settle(struct keep_store *s, struct keep_err *err)
{
    char *path = NULL;
    int rc;

    s->ring_key = 0;
    if (s->json.keyrings < 2)
        return 0;
    rc = keep_store_join(s, "keyring.db", &path, err);
    for (unsigned i = 0; rc == 0 && i < 2; i++) {
        struct keep_vfs *v = NULL;
        struct keep_err why = {0};
        rc = keep_vfs_new(&v, path, KEEP_VFS_KEYRING, s->json.store, s->json.secret->keyring[i], err);
        bool fits = rc == 0 && keep_vfs_probe(v, &why) == 0;
        keep_vfs_free(v);
        if (fits) {
            s->ring_key = i;
            free(path);
            return 0;
        }
    }
    free(path);
    return rc != 0 ? rc : keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "neither of the two keys of an interrupted rewrite opens it");
}

int keep_swap_finish(struct keep_store *s, struct keep_err *err)
{
    remove_new(s);
    keep_keyjson_swap_end(&s->json, s->ring_key == 1);
    s->ring_key = 0;
    return keep_store_write_json(s, err);
}
