/* Erasing record sets: the one order of steps in which a crash at any point
 * neither loses a record that was not to go nor hides one that went.
 *
 * The intent stands in the ledger already. Under an exclusive lock on
 * records.db, so that no reader can block the commit, the caller checks again.
 * Rows, states and the ledger entry are written and flushed: a full disk shows
 * here, before anything is destroyed. Then one transaction of keyring.db deletes
 * the keys and leaves tombstones; this is the moment of destruction. Then
 * records.db commits. If that fails, or the process dies in between, tombstones
 * without their row in `erased` say what happened, and the next writer records
 * them (ledger kind "recovered") before anything else. */
#include <stdlib.h>
#include <string.h>

#include "core/base/arena.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/model/vocab.h"
#include "core/store/fault.h"
#include "core/store/person.h"
#include "core/store/sets.h"
#include "core/store/state.h"

/* Canonical form: label, kind u32, owner u64, intent u64, at u64. */
void keep_erase_leaf(enum keep_ring_kind kind, uint64_t owner, uint64_t intent, keep_time at, struct keep_buf *scratch, uint8_t leaf[32])
{
    keep_buf_clear(scratch);
    keep_buf_str(scratch, "chartkeep erased 1");
    keep_buf_u32(scratch, (uint32_t)kind);
    keep_buf_u64(scratch, owner);
    keep_buf_u64(scratch, intent);
    keep_buf_u64(scratch, (uint64_t)at);
    keep_hash_blake2b(leaf, scratch->p, scratch->n);
}

/* The row that says: this owner's destruction is in the ledger. */
static int note_erased(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint64_t intent, keep_time at, struct keep_buf *scratch,
                       struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    uint8_t leaf[32];
    int rc = keep_store_prepare(s, s->db, "INSERT INTO erased(kind, owner, intent, at, leaf) VALUES(?1, ?2, ?3, ?4, ?5)", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)owner);
    sqlite3_bind_int64(st, 3, (sqlite3_int64)intent);
    sqlite3_bind_int64(st, 4, at);
    sqlite3_bind_int64(st, 5, (sqlite3_int64)s->next_leaf);
    rc = sqlite3_step(st);
    sqlite3_reset(st);
    if (rc != SQLITE_DONE)
        return keep_store_sql(s->db, rc, "recording a destruction", err);
    keep_erase_leaf(kind, owner, intent, at, scratch, leaf);
    if (scratch->failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_txn_leaf(s, leaf);
    return 0;
}

/* The set's state: destroyed. What the last state said of rule, date and package stays unless it is given. */
static int put_destroyed(struct keep_store *s, const uint8_t set[16], struct keep_str rule, struct keep_str package, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_set_state st = {.keep_until = KEEP_DATE_NONE};
    int rc = a ? keep_sets_get(s, set, a, &st, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    if (rc == 0 && st.status == KEEP_SET_DESTROYED) {
        keep_arena_free(a);
        return 0;
    }
    if (rc >= 0) {
        memcpy(st.set, set, sizeof st.set);
        st.status = KEEP_SET_DESTROYED;
        st.rule = rule.n ? rule : st.rule;
        st.package = package.n ? package : st.package;
        rc = keep_sets_put(s, &st, err);
    }
    keep_arena_free(a);
    return rc;
}

static int erase_owner(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, uint64_t intent, keep_time at, struct keep_buf *scratch,
                       struct keep_err *err)
{
    int rc = kind == KEEP_RING_RECORD    ? keep_erase_rows(s, owner, err)
           : kind == KEEP_RING_PATIENT ? keep_erase_patient_rows(s, owner, err)
           : kind == KEEP_RING_PERIOD  ? keep_logperiod_rows(s, owner, err)
           : kind == KEEP_RING_CASE    ? keep_erase_case_rows(s, owner, err)
                                       : 0;
    if (rc == 0)
        keep_txn_count(s, kind == KEEP_RING_RECORD ? "records" : kind == KEEP_RING_PATIENT ? "patients" : kind == KEEP_RING_PERIOD ? "periods" : "keys", 1);
    return rc == 0 ? note_erased(s, kind, owner, intent, at, scratch, err) : rc;
}

/* A patient with all identities that are this patient: each has a key of its own. */
static int write_patient(struct keep_store *s, const struct keep_erasure *e, const struct keep_ring_tombstone *t, struct keep_buf *scratch, struct keep_err *err)
{
    uint64_t *one = NULL;
    void *key = NULL;
    size_t n = 0;
    int rc = keep_person_same(s, e->patient, &one, &n, err);

    if (rc == 0)
        rc = keep_secret_new(&key, 32, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        rc = one[i] == e->patient ? 0 : keep_ring_get(s, KEEP_RING_PATIENT, one[i], key, err);
        if (rc > 0) { /* an identity that was only mentioned has no key */
            rc = 0;
            continue;
        }
        if (rc == 0)
            rc = erase_owner(s, KEEP_RING_PATIENT, one[i], e->intent, s->now, scratch, err);
        if (rc == 0)
            rc = keep_ring_destroy(s, KEEP_RING_PATIENT, one[i], t, e->set, err);
    }
    keep_secret_free(key);
    free(one);
    return rc;
}

/* Nothing is destroyed twice, nor what never was. */
static int must_be(struct keep_store *s, const struct keep_erasure_key *k, struct keep_err *err)
{
    void *key = NULL;
    int rc = keep_secret_new(&key, KEEP_KEY_SIZE, err);

    if (rc == 0)
        rc = keep_ring_get(s, k->kind, k->owner, key, err);
    if (rc == 2 && k->kind == KEEP_RING_CASE) /* what is said of one about a patient is under the patient's key */
        rc = 0;
    if (rc > 0)
        rc = keep_err_set(err, KEEP_E_REFUSED, rc == 1 ? "it is destroyed already" : "what is to be destroyed is not in the keep");
    keep_secret_free(key);
    return rc;
}

static const uint8_t no_set[16];

/* All of one set, in both databases, nothing committed. */
static int write_set(struct keep_store *s, const struct keep_erasure *e, struct keep_buf *scratch, struct keep_err *err)
{
    struct keep_ring_tombstone t = {.intent = e->intent, .at = s->now};
    int rc = 0;

    memcpy(t.check, e->plan, sizeof t.check);
    for (size_t i = 0; rc == 0 && i < e->records; i++) {
        rc = erase_owner(s, KEEP_RING_RECORD, e->record[i], e->intent, s->now, scratch, err);
        if (rc == 0)
            rc = keep_ring_destroy(s, KEEP_RING_RECORD, e->record[i], &t, e->set, err);
    }
    if (rc == 0 && e->patient != 0)
        rc = write_patient(s, e, &t, scratch, err);
    for (size_t i = 0; rc == 0 && i < e->keys; i++) {
        rc = must_be(s, &e->key[i], err);
        if (rc == 0)
            rc = erase_owner(s, e->key[i].kind, e->key[i].owner, e->intent, s->now, scratch, err);
        if (rc == 0)
            rc = keep_ring_destroy(s, e->key[i].kind, e->key[i].owner, &t, e->set, err);
    }
    if (rc != 0 || memcmp(e->set, no_set, sizeof no_set) == 0)
        return rc;
    rc = put_destroyed(s, e->set, e->rule, e->package, err);
    if (rc == 0)
        keep_txn_count(s, "sets", 1);
    return rc;
}

/* After the keyring could not be committed, for sure or perhaps. */
static int after_failed_keys(struct keep_store *s, int rc, struct keep_err *err)
{
    struct keep_err ignored = {0};

    keep_txn_abort(s);
    s->unrecorded = keep_erase_pending(s, &ignored) != 0;
    if (!s->unrecorded)
        return rc;
    keep_err_clear(err);
    return keep_err_set(err, KEEP_E_UNRECORDED, "the keys may be destroyed, what was destroyed is not recorded yet; the next writer records it");
}

int keep_sets_erase(struct keep_store *s, const struct keep_erasure *e, size_t n, int (*check)(void *ctx, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct keep_buf scratch = KEEP_BUF_INIT;
    struct keep_merkle tree;
    struct keep_err why = {0};
    int rc = s->unrecorded ? keep_erase_recover(s, err) : 0;

    if (rc == 0)
        rc = keep_txn_start(s, KEEP_LEDGER_ERASED, true, err);
    if (rc != 0)
        return rc;
    if (check)
        rc = check(ctx, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = write_set(s, &e[i], &scratch, err);
    if (rc == 0 && n > 0)
        keep_txn_digest(s, "plan", e[0].plan);
    if (rc == 0)
        rc = keep_txn_seal(s, &tree, err);
    if (rc == 0) {
        int flushed = sqlite3_db_cacheflush(s->db);
        rc = flushed == SQLITE_OK ? 0 : keep_store_sql(s->db, flushed, "writing before anything is destroyed", err);
    }
    keep_buf_free(&scratch);
    if (rc != 0) {
        keep_txn_abort(s);
        return rc;
    }
    rc = keep_txn_commit_ring(s, err);
    if (rc != 0)
        return after_failed_keys(s, rc, err);
    rc = keep_fault_hit(KEEP_FAULT_STEP, "keys destroyed") == 0 ? keep_txn_commit_records(s, &tree, &why) : keep_err_set(&why, KEEP_E_IO, "stopped");
    if (rc == 0)
        return 0;
    if (s->txn.open) {
        keep_txn_abort(s);
        s->unrecorded = true;
        return keep_err_set(err, KEEP_E_UNRECORDED, "the keys are destroyed, the destruction is not recorded yet: %s; the next writer records it", why.text);
    }
    if (err && err->code == 0)
        *err = why;
    return rc;
}

/* --- recovery --- */

static int count(struct keep_store *s, sqlite3 *db, const char *sql, uint64_t *out, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, db, sql, &st, err);

    if (rc != 0)
        return rc;
    rc = sqlite3_step(st);
    *out = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return rc == SQLITE_ROW ? 0 : keep_store_sql(db, rc, "counting what was destroyed", err);
}

int keep_erase_pending(struct keep_store *s, struct keep_err *err)
{
    uint64_t tombs = 0, erased = 0;
    int rc = count(s, s->ring, "SELECT count(*) FROM tomb", &tombs, err);

    if (rc == 0)
        rc = count(s, s->db, "SELECT count(*) FROM erased", &erased, err);
    if (rc == 0 && erased > tombs)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "%llu destructions are recorded, %llu tombstones are there", (unsigned long long)erased,
                         (unsigned long long)tombs);
    return rc != 0 ? rc : tombs > erased;
}

/* 1 recorded, 0 not. */
static int is_erased(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->db, "SELECT 1 FROM erased WHERE kind = ?1 AND owner = ?2", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int(st, 1, (int)kind);
    sqlite3_bind_int64(st, 2, (sqlite3_int64)owner);
    rc = sqlite3_step(st);
    sqlite3_reset(st);
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : keep_store_sql(s->db, rc, "reading what was destroyed", err);
}

static int record_tomb(struct keep_store *s, sqlite3_stmt *st, struct keep_buf *scratch, struct keep_err *err)
{
    enum keep_ring_kind kind = (enum keep_ring_kind)sqlite3_column_int(st, 0);
    uint64_t owner = (uint64_t)sqlite3_column_int64(st, 1);
    uint8_t set[16];
    int rc = is_erased(s, kind, owner, err);

    if (rc != 0)
        return rc < 0 ? rc : 0;
    if (sqlite3_column_bytes(st, 4) != (int)sizeof set)
        return keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "a tombstone is malformed");
    memcpy(set, sqlite3_column_blob(st, 4), sizeof set);
    rc = erase_owner(s, kind, owner, (uint64_t)sqlite3_column_int64(st, 2), sqlite3_column_int64(st, 3), scratch, err);
    if (rc == 0 && memcmp(set, no_set, sizeof set) != 0)
        rc = put_destroyed(s, set, (struct keep_str){0}, (struct keep_str){0}, err);
    return rc;
}

int keep_erase_recover(struct keep_store *s, struct keep_err *err)
{
    struct keep_buf scratch = KEEP_BUF_INIT;
    sqlite3_stmt *st = NULL;
    int rc = keep_txn_start(s, KEEP_LEDGER_RECOVERED, false, err), step = SQLITE_DONE;

    if (rc != 0)
        return rc;
    rc = keep_store_prepare(s, s->ring, "SELECT kind, owner, intent, at, record_set FROM tomb ORDER BY kind, owner", &st, err);
    while (rc == 0 && (step = sqlite3_step(st)) == SQLITE_ROW)
        rc = record_tomb(s, st, &scratch, err);
    if (rc == 0 && step != SQLITE_DONE)
        rc = keep_store_sql(s->ring, step, "reading tombstones", err);
    if (st)
        sqlite3_reset(st);
    if (rc == 0)
        rc = keep_txn_commit(s, err);
    else
        keep_txn_abort(s);
    if (rc == 0)
        s->unrecorded = false;
    keep_buf_free(&scratch);
    return rc;
}
