/* keyring.db. A key stands here in clear inside sealed pages: what erases it is
 * its row's deletion, the tombstone in the same transaction, and the rewrite of
 * the whole file under a new file key that follows once a run. Keys of records
 * come in blocks; one of which a key is to go or change becomes rows first. */
#include "core/store/ring.h"

#include <string.h>

#include "core/crypto/secret.h"
#include "core/store/fresh.h"
#include "core/store/state.h"

int keep_ring_load(struct keep_store *s, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->ring, "SELECT (SELECT value FROM meta WHERE name = 'generation'), (SELECT value FROM meta WHERE name = 'store')", &st, err);

    if (rc != 0)
        return rc;
    rc = sqlite3_step(st);
    if (rc != SQLITE_ROW)
        rc = keep_store_sql(s->ring, rc, "reading the keyring", err);
    else if (sqlite3_column_type(st, 0) != SQLITE_INTEGER || sqlite3_column_bytes(st, 1) != 16 || memcmp(sqlite3_column_blob(st, 1), s->json.store, 16) != 0)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "not the keyring of this keep");
    else
        rc = 0;
    uint64_t generation = rc == 0 ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    if (rc == 0)
        rc = keep_vfs_stamped(s->ring, generation, err);
    if (rc == 0)
        s->generation = generation;
    return rc;
}

int keep_ring_bump(struct keep_store *s, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->ring, "UPDATE meta SET value = ?1 WHERE name = 'generation'", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int64(st, 1, (sqlite3_int64)(s->generation + 1));
    rc = sqlite3_step(st);
    sqlite3_reset(st);
    return rc == SQLITE_DONE ? keep_vfs_stamp(s->ring, s->generation + 1, err) : keep_store_sql(s->ring, rc, "writing the keyring", err);
}

/* One row: sql binds kind, owner, key, generation. SQLITE_DONE, or SQLite's result. */
static int write_key(struct keep_store *s, const char *sql, enum keep_ring_kind kind, uint64_t owner, const uint8_t key[32], int *result, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->ring, sql, &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)owner);
    sqlite3_bind_blob(st, 3, key, KEEP_KEY_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, (sqlite3_int64)(s->generation + 1));
    *result = sqlite3_step(st);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return 0;
}

int keep_ring_put(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, const uint8_t key[32], struct keep_err *err)
{
    int result = SQLITE_ERROR, rc;

    if (!s->txn.open)
        return keep_err_set(err, KEEP_E_IO, "a key outside of a transaction");
    if (kind == KEEP_RING_RECORD && (rc = keep_batch_flush(s, KEEP_BATCH_KEYS, err)) != 0)
        return rc;
    if (kind == KEEP_RING_RECORD && owner > s->ring_top)
        s->ring_top = 0; /* to be asked for again */
    if (kind == KEEP_RING_RECORD && (rc = keep_fresh_unpack(s, owner, err)) != 0)
        return rc;
    rc = write_key(s, "INSERT INTO ring(kind, owner, key, generation) VALUES(?1, ?2, ?3, ?4)", kind, owner, key, &result, err);
    if (rc == 0 && (result & 0xff) == SQLITE_CONSTRAINT) {
        /* A key is there already. It may only be what a commit left that never reached records.db: then nothing that a row leads to was ever sealed
         * under it, and the number is free again. A key that a row needs is never written over. */
        rc = keep_erase_live(s, kind, owner, err);
        if (rc == 1)
            return keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "a new owner has the key of another");
        if (rc == 0)
            rc = write_key(s, "UPDATE ring SET key = ?3, generation = ?4 WHERE kind = ?1 AND owner = ?2", kind, owner, key, &result, err);
    }
    if (rc != 0)
        return rc;
    if (result != SQLITE_DONE)
        return keep_store_sql(s->ring, result, "writing the keyring", err);
    s->txn.ring_dirty = true;
    return 0;
}

/* The largest owner of a record's key. What an interrupted commit left is not beyond it, so a larger one is free for sure. */
static int top_of(struct keep_store *s, uint64_t *top, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    uint64_t fresh;
    int rc = keep_store_prepare(s, s->ring, "SELECT max(owner) FROM ring WHERE kind = ?1", &st, err);

    if (rc != 0 || (rc = keep_fresh_top(s, &fresh, err)) != 0)
        return rc;
    sqlite3_bind_int(st, 1, KEEP_RING_RECORD);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        *top = (uint64_t)sqlite3_column_int64(st, 0) > fresh ? (uint64_t)sqlite3_column_int64(st, 0) : fresh;
    rc = rc == SQLITE_ROW ? 0 : keep_store_sql(s->ring, rc, "reading the keyring", err);
    sqlite3_reset(st);
    return rc;
}

/* A record's key that cannot meet another: it goes in with the others of its batch. */
static int put_later(struct keep_store *s, uint64_t owner, const uint8_t key[32], struct keep_err *err)
{
    struct keep_fresh_key k = {.owner = owner};
    int rc;

    memcpy(k.key, key, sizeof k.key);
    s->ring_top = owner;
    s->txn.ring_dirty = true;
    rc = keep_fresh_add(s, &k, err);
    keep_secret_wipe(&k, sizeof k);
    return rc;
}

int keep_ring_new(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint8_t key[32], struct keep_err *err)
{
    uint8_t fresh[KEEP_KEY_SIZE];
    int rc = 0;

    if (kind == KEEP_RING_RECORD && s->txn.open && s->ring_top == 0)
        rc = top_of(s, &s->ring_top, err);
    if (rc != 0)
        return rc;
    keep_secret_random(fresh, sizeof fresh);
    rc = kind == KEEP_RING_RECORD && s->txn.open && owner > s->ring_top ? put_later(s, owner, fresh, err) : keep_ring_put(s, kind, owner, fresh, err);
    if (rc == 0)
        memcpy(key, fresh, sizeof fresh);
    keep_secret_wipe(fresh, sizeof fresh);
    return rc;
}

/* 0 found in a row, 2 not. */
static int row_get(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint8_t key[32], struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->ring, "SELECT key FROM ring WHERE kind = ?1 AND owner = ?2", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)owner);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 0) == KEEP_KEY_SIZE) {
        memcpy(key, sqlite3_column_blob(st, 0), KEEP_KEY_SIZE);
        rc = 0;
    } else if (rc == SQLITE_ROW) {
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "a key has the wrong size");
    } else if (rc == SQLITE_DONE) {
        rc = 2;
    } else {
        rc = keep_store_sql(s->ring, rc, "reading the keyring", err);
    }
    sqlite3_reset(st);
    return rc;
}

/* The same among keys of records that came in blocks. */
static int block_get(struct keep_store *s, uint64_t owner, uint8_t key[32], struct keep_err *err)
{
    struct keep_fresh_key k;
    uint64_t generation;
    int rc = keep_batch_flush(s, KEEP_BATCH_KEYS, err); /* no other keys wait */

    if (rc < 0 || (rc = keep_fresh_get(s, owner, &k, &generation, err)) <= 0)
        return rc < 0 ? rc : 2;
    memcpy(key, k.key, KEEP_KEY_SIZE);
    keep_secret_wipe(&k, sizeof k);
    return 0;
}

int keep_ring_get(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint8_t key[32], struct keep_err *err)
{
    struct keep_ring_tombstone t;
    int rc = kind == KEEP_RING_RECORD ? block_get(s, owner, key, err) : 2;

    if (rc == 2)
        rc = row_get(s, kind, owner, key, err);
    if (rc != 2)
        return rc;
    rc = keep_ring_tombstone(s, kind, owner, &t, err);
    return rc == 0 ? 1 : rc;
}

int keep_ring_walk_open(struct keep_ring_walk *w, struct keep_store *s, enum keep_ring_kind kind, struct keep_err *err)
{
    *w = (struct keep_ring_walk){.s = s, .kind = kind};
    int rc = sqlite3_prepare_v2(s->ring, "SELECT owner, key FROM ring WHERE kind = ?1 ORDER BY owner", -1, &w->st, NULL);
    if (rc != SQLITE_OK)
        return keep_store_sql(s->ring, rc, "reading the keyring", err);
    sqlite3_bind_int(w->st, 1, (int)kind);
    return 0;
}

int keep_ring_walk_get(struct keep_ring_walk *w, uint64_t owner, uint8_t key[32], struct keep_err *err)
{
    while (w->st && w->at < owner) {
        int rc = sqlite3_step(w->st);
        if (rc == SQLITE_ROW) {
            w->at = (uint64_t)sqlite3_column_int64(w->st, 0);
            continue;
        }
        keep_ring_walk_close(w);
        if (rc != SQLITE_DONE)
            return keep_store_sql(w->s->ring, rc, "reading the keyring", err);
    }
    if (!w->st || w->at != owner || sqlite3_column_bytes(w->st, 1) != KEEP_KEY_SIZE)
        return keep_ring_get(w->s, w->kind, owner, key, err);
    memcpy(key, sqlite3_column_blob(w->st, 1), KEEP_KEY_SIZE);
    return 0;
}

void keep_ring_walk_close(struct keep_ring_walk *w)
{
    sqlite3_finalize(w->st);
    w->st = NULL;
}

int keep_ring_tombstone(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, struct keep_ring_tombstone *out, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->ring, "SELECT intent, at, plan FROM tomb WHERE kind = ?1 AND owner = ?2", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)owner);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 2) == (int)sizeof out->check) {
        out->intent = (uint64_t)sqlite3_column_int64(st, 0);
        out->at = sqlite3_column_int64(st, 1);
        memcpy(out->check, sqlite3_column_blob(st, 2), sizeof out->check);
        rc = 0;
    } else if (rc == SQLITE_ROW) {
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "a tombstone is malformed");
    } else {
        rc = rc == SQLITE_DONE ? 2 : keep_store_sql(s->ring, rc, "reading the keyring", err);
    }
    sqlite3_reset(st);
    return rc;
}

/* What a search will know the key by; was: there is one. */
static int remember(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, bool *was, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->ring, "SELECT key FROM ring WHERE kind = ?1 AND owner = ?2", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)owner);
    rc = sqlite3_step(st);
    *was = rc == SQLITE_ROW;
    if (rc == SQLITE_ROW && sqlite3_column_bytes(st, 0) == KEEP_KEY_SIZE)
        keep_remnant_note(s, sqlite3_column_blob(st, 0));
    sqlite3_reset(st);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? 0 : keep_store_sql(s->ring, rc, "reading the keyring", err);
}

int keep_ring_destroy(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, const struct keep_ring_tombstone *t, const uint8_t set[16],
                      struct keep_err *err)
{
    sqlite3_stmt *gone = NULL, *tomb = NULL;
    int rc = keep_store_prepare(s, s->ring, "DELETE FROM ring WHERE kind = ?1 AND owner = ?2", &gone, err);

    if (rc == 0)
        rc = keep_store_prepare(s, s->ring, "INSERT INTO tomb(kind, owner, intent, at, plan, record_set) VALUES(?1, ?2, ?3, ?4, ?5, ?6)", &tomb, err);
    if (rc != 0)
        return rc;
    bool was;
    if (kind == KEEP_RING_RECORD && ((rc = keep_batch_flush(s, KEEP_BATCH_KEYS, err)) != 0 || (rc = keep_fresh_unpack(s, owner, err)) != 0))
        return rc;
    rc = remember(s, kind, owner, &was, err);
    if (rc != 0)
        return rc;
    sqlite3_bind_int(gone, 1, (int)kind);
    sqlite3_bind_int64(gone, 2, (sqlite3_int64)owner);
    rc = sqlite3_step(gone);
    sqlite3_reset(gone);
    if (rc != SQLITE_DONE)
        return keep_store_sql(s->ring, rc, "writing the keyring", err);
    if (was && sqlite3_changes(s->ring) != 1)
        return keep_err_at(err, KEEP_E_IO, "keyring.db", 0, 0, "a key was not deleted");
    sqlite3_bind_int(tomb, 1, (int)kind);
    sqlite3_bind_int64(tomb, 2, (sqlite3_int64)owner);
    sqlite3_bind_int64(tomb, 3, (sqlite3_int64)t->intent);
    sqlite3_bind_int64(tomb, 4, t->at);
    sqlite3_bind_blob(tomb, 5, t->check, sizeof t->check, SQLITE_STATIC);
    sqlite3_bind_blob(tomb, 6, set, 16, SQLITE_STATIC);
    rc = sqlite3_step(tomb);
    sqlite3_reset(tomb);
    sqlite3_clear_bindings(tomb);
    if (rc != SQLITE_DONE)
        return keep_store_sql(s->ring, rc, "writing the keyring", err);
    s->txn.ring_dirty = true;
    return 0;
}

uint64_t keep_ring_generation(const struct keep_store *s)
{
    return s->generation;
}
