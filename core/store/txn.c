/* Transactions and acts.
 *
 * A commit runs keyring.db, records.db, head, in that order. Between the first
 * two a crash leaves keys that no row needs (the next rewrite drops them) and a
 * keyring one generation ahead of the ledger; between the last two, a ledger
 * ahead of its head, which the next writer writes before anything else, because
 * the journal of the next transaction binds the head it began under.
 *
 * An entry is canonical JSON, members in this order:
 *   {"index":N,"time":T,"kind":K,"keep":GENERATION,"keyring":GENERATION,
 *    "counts":{NAME:N,…},"digests":{NAME:HEX,…},"leaves":N,"root":HEX}
 * root: RFC 6962 root over the 32-byte leaves. */
#include "core/store/txn.h"

#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/store/state.h"
#include "core/text/jsonw.h"

static const char *kind_word(enum keep_ledger_kind kind)
{
    static const char *const word[] = {
#define X(name, text) text,
        KEEP_LEDGER_KINDS(X)
#undef X
    };
    return word[kind];
}

int keep_txn_start(struct keep_store *s, enum keep_ledger_kind kind, bool exclusive, struct keep_err *err)
{
    int rc = 0;

    if (!s->write)
        return keep_err_set(err, KEEP_E_IO, "the keep is open for reading");
    if (s->txn.open)
        return keep_err_set(err, KEEP_E_IO, "a transaction is open already");
    if (s->keep_generation != s->json.generation)
        rc = keep_store_write_json(s, err); /* it could not be written before: no commit while it may list a key too many */
    if (rc == 0 && s->head.size != s->tree.n)
        rc = keep_head_write_all(s, err);
    if (rc == 0)
        rc = keep_store_exec(s, s->db, exclusive ? "BEGIN EXCLUSIVE" : "BEGIN IMMEDIATE", err);
    if (rc != 0)
        return rc;
    rc = keep_store_exec(s, s->ring, "BEGIN IMMEDIATE", err);
    if (rc == 0)
        rc = keep_vfs_stamped(s->db, s->tree.n, err);
    if (rc == 0)
        rc = keep_vfs_stamped(s->ring, s->generation, err);
    if (rc != 0) {
        if (!sqlite3_get_autocommit(s->ring))
            keep_store_exec(s, s->ring, "ROLLBACK", NULL);
        keep_store_exec(s, s->db, "ROLLBACK", NULL);
        return rc;
    }
    memset(&s->txn, 0, sizeof s->txn);
    keep_merkle_init(&s->txn.tree);
    s->txn.kind = kind;
    s->txn.first_leaf = s->next_leaf;
    s->txn.open = true;
    return 0;
}

int keep_txn_begin(struct keep_store *s, enum keep_ledger_kind kind, struct keep_err *err)
{
    if (s->unrecorded) {
        int rc = keep_erase_recover(s, err);
        if (rc != 0)
            return rc;
    }
    return keep_txn_start(s, kind, false, err);
}

/* The first failure of a call that returns nothing. */
static void stick(struct keep_store *s, int rc, const struct keep_err *why)
{
    if (s->txn.rc == 0) {
        s->txn.rc = rc;
        s->txn.err = *why;
    }
}

/* A row for the leaves that wait for one. */
static int run_end(struct keep_store *s, struct keep_err *err)
{
    struct keep_txn_state *t = &s->txn;
    struct keep_buf *row;

    if (t->waiting == 0)
        return 0;
    row = keep_batch_row(s, KEEP_BATCH_LEAF, "INSERT OR FAIL INTO leaf(id, hashes) SELECT c1, c2 FROM batch(?1)", 2);
    keep_batch_int(row, (int64_t)(s->next_leaf - t->waiting));
    keep_batch_blob(row, t->run, t->waiting * sizeof *t->run);
    t->waiting = 0;
    return keep_batch_end(s, KEEP_BATCH_LEAF, err);
}

void keep_txn_leaf(struct keep_store *s, const uint8_t leaf[32])
{
    struct keep_txn_state *t = &s->txn;
    struct keep_err why = {0};
    uint8_t hash[32];
    int rc;

    if (!t->open || t->rc != 0)
        return;
    keep_merkle_leaf(hash, leaf, 32);
    keep_merkle_add(&t->tree, hash);
    memcpy(t->run[t->waiting++], leaf, 32);
    t->leaves++;
    s->next_leaf++;
    if (t->waiting == KEEP_LEAF_RUN && (rc = run_end(s, &why)) != 0)
        stick(s, rc, &why);
}

uint64_t keep_txn_leaf_id(const struct keep_store *s)
{
    return s->next_leaf;
}

static bool name_ok(const char *name)
{
    size_t n = strlen(name);

    return n > 0 && n < KEEP_TXN_NAME && strspn(name, "abcdefghijklmnopqrstuvwxyz_") == n;
}

void keep_txn_count(struct keep_store *s, const char *name, uint64_t n)
{
    struct keep_txn_state *t = &s->txn;
    struct keep_err why = {0};
    size_t i = 0;

    if (!t->open)
        return;
    if (t->counted < t->counts && strcmp(t->count[t->counted].name, name) == 0)
        i = t->counted; /* an import counts one thing a million times */
    while (i < t->counts && strcmp(t->count[i].name, name) != 0)
        i++;
    if (i == t->counts) {
        if (i == KEEP_TXN_COUNTS || !name_ok(name)) {
            stick(s, keep_err_set(&why, KEEP_E_LIMIT, "a count too many, or badly named, in a ledger entry"), &why);
            return;
        }
        memcpy(t->count[i].name, name, strlen(name) + 1);
        t->counts++;
    }
    t->counted = i;
    t->count[i].n += n;
}

void keep_txn_digest(struct keep_store *s, const char *name, const uint8_t digest[32])
{
    struct keep_txn_state *t = &s->txn;
    struct keep_err why = {0};

    if (!t->open)
        return;
    if (t->digests == KEEP_TXN_DIGESTS || !name_ok(name)) {
        stick(s, keep_err_set(&why, KEEP_E_LIMIT, "a digest too many, or badly named, in a ledger entry"), &why);
        return;
    }
    memcpy(t->digest[t->digests].name, name, strlen(name) + 1);
    memcpy(t->digest[t->digests].digest, digest, 32);
    t->digests++;
}

static void write_entry(const struct keep_store *s, struct keep_buf *out)
{
    const struct keep_txn_state *t = &s->txn;
    struct keep_jsonw w;
    uint8_t root[32];
    char hex[65];

    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "index");
    keep_jsonw_u64(&w, s->tree.n);
    keep_jsonw_key(&w, "time");
    keep_jsonw_time(&w, s->now);
    keep_jsonw_key(&w, "kind");
    keep_jsonw_z(&w, kind_word(t->kind));
    keep_jsonw_key(&w, "keep");
    keep_jsonw_u64(&w, s->keep_generation);
    keep_jsonw_key(&w, "keyring");
    keep_jsonw_u64(&w, s->generation + (t->ring_dirty ? 1 : 0));
    keep_jsonw_key(&w, "counts");
    keep_jsonw_object(&w);
    for (size_t i = 0; i < t->counts; i++) {
        keep_jsonw_key(&w, t->count[i].name);
        keep_jsonw_u64(&w, t->count[i].n);
    }
    keep_jsonw_end_object(&w);
    keep_jsonw_key(&w, "digests");
    keep_jsonw_object(&w);
    for (size_t i = 0; i < t->digests; i++) {
        keep_codec_hex(t->digest[i].digest, 32, hex);
        keep_jsonw_key(&w, t->digest[i].name);
        keep_jsonw_z(&w, hex);
    }
    keep_jsonw_end_object(&w);
    keep_jsonw_key(&w, "leaves");
    keep_jsonw_u64(&w, t->leaves);
    keep_merkle_root(&t->tree, root);
    keep_codec_hex(root, sizeof root, hex);
    keep_jsonw_key(&w, "root");
    keep_jsonw_z(&w, hex);
    keep_jsonw_end_object(&w);
}

int keep_txn_seal(struct keep_store *s, struct keep_merkle *tree, struct keep_err *err)
{
    struct keep_buf entry = KEEP_BUF_INIT;
    int rc = 0;

    if (s->txn.rc != 0) {
        if (err && err->code == 0)
            *err = s->txn.err;
        return s->txn.rc;
    }
    if (sqlite3_get_autocommit(s->db) || sqlite3_get_autocommit(s->ring))
        return keep_err_set(err, KEEP_E_IO, "the transaction was rolled back when the disk failed");
    if ((rc = run_end(s, err)) != 0 || (rc = keep_batch_flush_all(s, err)) != 0)
        return rc;
    write_entry(s, &entry);
    if (entry.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_ledger_add(s, &entry, s->txn.first_leaf, s->txn.leaves, tree, err);
    if (rc == 0 && s->txn.ring_dirty)
        rc = keep_ring_bump(s, err);
    keep_buf_free(&entry);
    return rc;
}

int keep_txn_commit_ring(struct keep_store *s, struct keep_err *err)
{
    uint64_t want = s->generation + 1;

    if (!s->txn.ring_dirty)
        return keep_store_exec(s, s->ring, "ROLLBACK", err);
    int rc = keep_store_commit(s, s->ring, err);
    if (rc == 0) {
        s->generation = want;
        return 0;
    }
    /* The file says which way it went. */
    if (!sqlite3_get_autocommit(s->ring))
        keep_store_exec(s, s->ring, "ROLLBACK", NULL);
    if (keep_ring_load(s, NULL) == 0 && s->generation == want) {
        keep_err_clear(err);
        return 0;
    }
    return rc;
}

int keep_txn_commit_records(struct keep_store *s, const struct keep_merkle *tree, struct keep_err *err)
{
    struct keep_err head = {0};
    int rc = keep_store_commit(s, s->db, err);

    if (rc != 0) {
        uint8_t root[32], want[32];
        if (!sqlite3_get_autocommit(s->db))
            keep_store_exec(s, s->db, "ROLLBACK", NULL);
        keep_merkle_root(tree, want);
        if (keep_ledger_root(s, tree->n, root, NULL) != 0 || memcmp(root, want, sizeof root) != 0)
            return rc;
        keep_err_clear(err);
    }
    s->tree = *tree;
    s->last = tree->n - 1;
    s->txn.open = false;
    if (keep_head_write_all(s, &head) != 0)
        return keep_err_at(err, KEEP_E_UNRECORDED, head.where, 0, 0, "committed, but the head of the ledger could not be written: %s", head.text);
    return 0;
}

int keep_txn_commit(struct keep_store *s, struct keep_err *err)
{
    struct keep_merkle tree;
    int rc;

    if (!s->txn.open)
        return keep_err_set(err, KEEP_E_IO, "no transaction is open");
    if (s->txn.rc == 0 && s->txn.leaves == 0 && s->txn.counts == 0 && s->txn.digests == 0) {
        keep_txn_abort(s);
        return 0;
    }
    rc = keep_txn_seal(s, &tree, err);
    if (rc == 0)
        rc = keep_txn_commit_ring(s, err);
    if (rc == 0)
        rc = keep_txn_commit_records(s, &tree, err);
    if (s->txn.open)
        keep_txn_abort(s);
    return rc;
}

void keep_txn_abort(struct keep_store *s)
{
    if (!s->txn.open)
        return;
    keep_batch_drop_all(s);
    if (!sqlite3_get_autocommit(s->db))
        keep_store_exec(s, s->db, "ROLLBACK", NULL);
    if (!sqlite3_get_autocommit(s->ring))
        keep_store_exec(s, s->ring, "ROLLBACK", NULL);
    s->next_leaf = s->txn.first_leaf;
    s->txn.open = false;
}

int keep_txn_end(struct keep_store *s, int rc, struct keep_err *err)
{
    if (rc == 0)
        rc = keep_txn_commit(s, err);
    if (rc != 0 && rc != KEEP_E_UNRECORDED)
        keep_txn_abort(s);
    return rc;
}

uint64_t keep_txn_last(const struct keep_store *s)
{
    return s->last;
}

/* --- acts --- */

void keep_txn_act_leaf(const struct keep_act *act, struct keep_buf *scratch, uint8_t leaf[32])
{
    keep_buf_clear(scratch);
    keep_buf_str(scratch, "chartkeep act 1");
    keep_buf_u64(scratch, act->id);
    keep_buf_bytes(scratch, act->kind.p, act->kind.n);
    keep_buf_bytes(scratch, act->subject.p, act->subject.n);
    keep_buf_bytes(scratch, act->body.p, act->body.n);
    keep_buf_bytes(scratch, act->signature.p, act->signature.n);
    keep_buf_bytes(scratch, act->role.p, act->role.n);
    keep_buf_u64(scratch, (uint64_t)act->at);
    keep_hash_blake2b(leaf, scratch->p, scratch->n);
}

static void bind_str(sqlite3_stmt *st, int i, struct keep_str s)
{
    sqlite3_bind_blob64(st, i, s.n ? s.p : "", s.n, SQLITE_STATIC);
}

int keep_txn_act(struct keep_store *s, const struct keep_act *act, uint64_t *id, struct keep_err *err)
{
    struct keep_buf scratch = KEEP_BUF_INIT;
    struct keep_act a = *act;
    sqlite3_stmt *st = NULL, *max = NULL;
    uint8_t leaf[32];
    int rc;

    if (!s->txn.open)
        return keep_err_set(err, KEEP_E_IO, "an act outside of a transaction");
    rc = keep_store_prepare(s, s->db, "SELECT coalesce(max(id), 0) + 1 FROM act", &max, err);
    if (rc == 0)
        rc = keep_store_prepare(s, s->db, "INSERT INTO act(id, kind, subject, body, signature, role, at, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)", &st, err);
    if (rc != 0)
        return rc;
    rc = sqlite3_step(max);
    if (a.id == 0)
        a.id = (uint64_t)sqlite3_column_int64(max, 0);
    sqlite3_reset(max);
    if (rc != SQLITE_ROW)
        return keep_store_sql(s->db, rc, "reading acts", err);
    keep_txn_act_leaf(&a, &scratch, leaf);
    if (scratch.failed) {
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        goto out;
    }
    sqlite3_bind_int64(st, 1, (sqlite3_int64)a.id);
    sqlite3_bind_text64(st, 2, a.kind.p, a.kind.n, SQLITE_STATIC, SQLITE_UTF8);
    bind_str(st, 3, a.subject);
    bind_str(st, 4, a.body);
    bind_str(st, 5, a.signature);
    bind_str(st, 6, a.role);
    sqlite3_bind_int64(st, 7, a.at);
    sqlite3_bind_int64(st, 8, (sqlite3_int64)s->next_leaf);
    rc = sqlite3_step(st);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    rc = rc == SQLITE_DONE ? 0 : keep_store_sql(s->db, rc, "writing an act", err);
    if (rc == 0) {
        keep_txn_leaf(s, leaf);
        if (id)
            *id = a.id;
    }
out:
    keep_buf_free(&scratch);
    return rc;
}

static struct keep_str column(sqlite3_stmt *st, int i)
{
    const void *p = sqlite3_column_blob(st, i); /* before the size, as SQLite wants it */

    return (struct keep_str){p, (size_t)sqlite3_column_bytes(st, i)};
}

int keep_txn_acts(struct keep_store *s, const char *kind, const struct keep_str *subject,
                  int (*each)(void *ctx, const struct keep_act *, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc, out = 0;

    /* Not from the cache: an act may lead to a look at other acts while this one runs. */
    rc = sqlite3_prepare_v2(s->db, "SELECT id, kind, subject, body, signature, role, at FROM act WHERE kind = ?1 AND (?2 IS NULL OR subject = ?2) ORDER BY id", -1, &st, NULL);
    if (rc != SQLITE_OK)
        return keep_store_sql(s->db, rc, "reading acts", err);
    sqlite3_bind_text(st, 1, kind, -1, SQLITE_STATIC);
    if (subject)
        bind_str(st, 2, *subject);
    while (out == 0 && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        struct keep_act a = {.id = (uint64_t)sqlite3_column_int64(st, 0), .kind = column(st, 1), .subject = column(st, 2), .body = column(st, 3),
                             .signature = column(st, 4), .role = column(st, 5), .at = sqlite3_column_int64(st, 6)};
        out = each(ctx, &a, err);
    }
    if (out == 0 && rc != SQLITE_DONE)
        out = keep_store_sql(s->db, rc, "reading acts", err);
    sqlite3_finalize(st);
    return out;
}
