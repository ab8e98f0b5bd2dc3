/* The ledger: an RFC 6962 tree over the exact bytes of its entries.
 *
 * Each row keeps the right edge of the tree behind it, so that the root at any
 * size is a look-up and at most 64 hashes: opening a keep costs the same after
 * ten thousand transactions as after ten. Nothing here trusts the edges more
 * than that: `check` computes them all again from the entries, and opening
 * compares the newest with its predecessor's. */
#include "core/store/ledger.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/store/state.h"
#include "core/text/json.h"

#define ENTRY_LIMIT 8192 /* 16 counts and 8 digests, with names */

bool keep_ledger_edge(const struct keep_merkle *m, uint8_t out[64 * 32], size_t *n)
{
    if (m->depth > 64)
        return false;
    memcpy(out, m->edge, 32 * (size_t)m->depth);
    *n = 32 * (size_t)m->depth;
    return true;
}

static bool from_edge(struct keep_merkle *m, uint64_t n, const void *p, size_t size)
{
    unsigned depth = (unsigned)__builtin_popcountll(n);

    if (size != 32 * (size_t)depth)
        return false;
    keep_merkle_init(m);
    m->n = n;
    m->depth = depth;
    if (size > 0)
        memcpy(m->edge, p, size);
    return true;
}

static int damaged(struct keep_err *err, uint64_t entry, const char *what)
{
    return keep_err_at(err, KEEP_E_INTEGRITY, "records.db", 0, 0, "ledger entry %llu: %s", (unsigned long long)entry, what);
}

/* The tree of the first n entries: 0, 1 there are fewer. */
static int tree_at(struct keep_store *s, uint64_t n, struct keep_merkle *out, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc;

    keep_merkle_init(out);
    if (n == 0)
        return 0;
    rc = keep_store_prepare(s, s->db, "SELECT edge FROM ledger WHERE id = ?1", &st, err);
    if (rc != 0)
        return rc;
    sqlite3_bind_int64(st, 1, (sqlite3_int64)(n - 1));
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW)
        rc = from_edge(out, n, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0)) ? 0 : damaged(err, n - 1, "its edge has the wrong size");
    else
        rc = rc == SQLITE_DONE ? 1 : keep_store_sql(s->db, rc, "reading the ledger", err);
    sqlite3_reset(st);
    return rc;
}

int keep_ledger_root(struct keep_store *s, uint64_t n, uint8_t root[32], struct keep_err *err)
{
    struct keep_merkle m;
    int rc = tree_at(s, n, &m, err);

    if (rc == 0)
        keep_merkle_root(&m, root);
    return rc;
}

/* Largest id of a table, plus one (an empty table: `empty`). */
static int count(struct keep_store *s, const char *sql, uint64_t empty, uint64_t *out, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->db, sql, &st, err);

    if (rc != 0)
        return rc;
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        *out = sqlite3_column_type(st, 0) == SQLITE_NULL ? empty : (uint64_t)sqlite3_column_int64(st, 0) + 1;
        rc = 0;
    } else {
        rc = keep_store_sql(s->db, rc, "reading the ledger", err);
    }
    sqlite3_reset(st);
    return rc;
}

int keep_ledger_load(struct keep_store *s, struct keep_err *err)
{
    struct keep_buf entry = KEEP_BUF_INIT;
    struct keep_merkle tree, before;
    uint64_t n = 0, leaf = 1;
    uint8_t hash[32], root[32], want[32];
    int rc = count(s, "SELECT max(id) FROM ledger", 0, &n, err);

    if (rc == 0)
        rc = count(s, "SELECT " KEEP_LEAF_LAST, 1, &leaf, err);
    if (rc == 0)
        rc = tree_at(s, n, &tree, err);
    if (rc == 0 && n > 0) {
        rc = tree_at(s, n - 1, &before, err);
        if (rc == 0)
            rc = keep_ledger_entry(s, n - 1, &entry, err);
        if (rc == 0) {
            keep_merkle_leaf(hash, entry.p, entry.n);
            keep_merkle_add(&before, hash);
            keep_merkle_root(&before, want);
            keep_merkle_root(&tree, root);
            rc = memcmp(root, want, 32) == 0 ? 0 : damaged(err, n - 1, "it does not continue the one before it");
        }
    }
    if (rc == 1)
        rc = damaged(err, n - 1, "missing");
    if (rc == 0)
        rc = keep_vfs_stamped(s->db, n, err);
    if (rc == 0) {
        s->tree = tree;
        s->next_leaf = leaf;
    }
    keep_buf_free(&entry);
    return rc;
}

int keep_ledger_add(struct keep_store *s, const struct keep_buf *entry, uint64_t first, uint64_t n, struct keep_merkle *tree, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    uint8_t edge[64 * 32], leaf[32];
    size_t size;
    int rc;

    if (entry->n > ENTRY_LIMIT)
        return keep_err_set(err, KEEP_E_LIMIT, "a ledger entry of %zu bytes", entry->n);
    *tree = s->tree;
    keep_merkle_leaf(leaf, entry->p, entry->n);
    keep_merkle_add(tree, leaf);
    if (!keep_ledger_edge(tree, edge, &size))
        return damaged(err, tree->n, "its edge has the wrong size");
    rc = keep_store_prepare(s, s->db, "INSERT INTO ledger(id, entry, edge, first, n) VALUES(?1, ?2, ?3, ?4, ?5)", &st, err);
    if (rc != 0)
        return rc;
    sqlite3_bind_int64(st, 1, (sqlite3_int64)s->tree.n);
    sqlite3_bind_blob(st, 2, entry->p, (int)entry->n, SQLITE_STATIC);
    sqlite3_bind_blob(st, 3, edge, (int)size, SQLITE_STATIC);
    sqlite3_bind_int64(st, 4, (sqlite3_int64)first);
    sqlite3_bind_int64(st, 5, (sqlite3_int64)n);
    rc = sqlite3_step(st);
    sqlite3_reset(st);
    sqlite3_clear_bindings(st);
    return rc == SQLITE_DONE ? keep_vfs_stamp(s->db, tree->n, err) : keep_store_sql(s->db, rc, "writing the ledger", err);
}

/* 1: the entry names no generations. */
static int generations(struct keep_str entry, struct keep_arena *a, int64_t *keep, int64_t *ring, struct keep_err *err)
{
    const struct keep_json *v = NULL;
    int rc = keep_json_parse(&v, entry, NULL, a, NULL);

    if (rc == KEEP_E_NOMEM)
        return keep_err_set(err, rc, "out of memory");
    return rc != 0 || !keep_json_i64(keep_json_get(v, "keep"), keep) || !keep_json_i64(keep_json_get(v, "keyring"), ring) || *keep < 0 || *ring < 0;
}

int keep_ledger_generations(struct keep_store *s, uint64_t *keep, uint64_t *ring, struct keep_err *err)
{
    struct keep_buf entry = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    int64_t k = -1, r = -1;
    int rc = a ? keep_ledger_entry(s, s->tree.n - 1, &entry, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    if (rc == 1)
        rc = damaged(err, s->tree.n - 1, "missing");
    else if (rc == 0 && (rc = generations(keep_buf_view(&entry), a, &k, &r, err)) == 1)
        rc = damaged(err, s->tree.n - 1, "it names no generations");
    if (rc == 0) {
        *keep = (uint64_t)k;
        *ring = (uint64_t)r;
    }
    keep_arena_free(a);
    keep_buf_free(&entry);
    return rc;
}

int keep_ledger_entry(struct keep_store *s, uint64_t i, struct keep_buf *out, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_store_prepare(s, s->db, "SELECT entry FROM ledger WHERE id = ?1", &st, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int64(st, 1, (sqlite3_int64)i);
    rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        keep_buf_add(out, sqlite3_column_blob(st, 0), (size_t)sqlite3_column_bytes(st, 0));
        rc = out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    } else {
        rc = rc == SQLITE_DONE ? 1 : keep_store_sql(s->db, rc, "reading the ledger", err);
    }
    sqlite3_reset(st);
    return rc;
}

uint64_t keep_ledger_size(struct keep_store *s)
{
    return s->tree.n;
}

uint64_t keep_ledger_head_size(const struct keep_store *s)
{
    return s->head.size;
}

int keep_ledger_head(struct keep_store *s, struct keep_buf *out, struct keep_err *err)
{
    return keep_head_text(s, out, err);
}

/* Root over entries from..to-1, a subtree. A perfect subtree that is a left child is the last hash of the edge behind it; any other is put together from
 * one of those and a smaller remainder: a proof costs a few dozen rows, whatever the ledger's size. The edges are not believed: who proves checks. */
static int range_at(void *ctx, uint64_t from, uint64_t to, uint8_t out[32], struct keep_err *err)
{
    struct keep_store *s = ctx;
    struct keep_buf entry = KEEP_BUF_INIT;
    struct keep_merkle m;
    uint64_t n = to - from, mid;
    uint8_t left[32], right[32];
    int rc;

    if (n == 1) {
        rc = keep_ledger_entry(s, from, &entry, err);
        if (rc == 0)
            keep_merkle_leaf(out, entry.p, entry.n);
        keep_buf_free(&entry);
        return rc == 1 ? damaged(err, from, "missing") : rc;
    }
    if ((n & (n - 1)) == 0 && (from / n) % 2 == 0) {
        rc = tree_at(s, to, &m, err);
        if (rc == 0)
            memcpy(out, m.edge[m.depth - 1], 32);
        return rc == 1 ? damaged(err, to - 1, "missing") : rc;
    }
    mid = from + keep_merkle_split(n);
    rc = range_at(s, from, mid, left, err);
    if (rc == 0)
        rc = range_at(s, mid, to, right, err);
    if (rc == 0)
        keep_merkle_node(out, left, right);
    return rc;
}

static void add_hashes(struct keep_buf *out, const uint8_t (*hash)[32], size_t n)
{
    for (size_t k = 0; k < n; k++) {
        keep_codec_base64(out, hash[k], 32, true);
        keep_buf_char(out, '\n');
    }
    keep_buf_char(out, '\n');
}

int keep_ledger_proof(struct keep_store *s, uint64_t i, struct keep_buf *out, struct keep_err *err)
{
    struct keep_buf entry = KEEP_BUF_INIT;
    uint8_t proof[64][32], leaf[32], root[32];
    size_t n = 0;
    int rc;

    if (i >= s->tree.n)
        return keep_err_set(err, KEEP_E_INPUT, "the ledger has no entry %llu: it has %llu", (unsigned long long)i, (unsigned long long)s->tree.n);
    rc = keep_merkle_prove_ranges(range_at, s, i, s->tree.n, proof, &n, err);
    if (rc == 0)
        rc = keep_ledger_entry(s, i, &entry, err);
    if (rc == 0) {
        keep_merkle_leaf(leaf, entry.p, entry.n);
        keep_merkle_root(&s->tree, root);
        if (keep_merkle_check(leaf, i, s->tree.n, (const uint8_t(*)[32])proof, n, root) != 0)
            rc = damaged(err, i, "it does not lead to the head");
    }
    if (rc == 0) {
        keep_buf_str(out, "c2sp.org/tlog-proof@v1\nextra ");
        keep_codec_base64(out, entry.p, entry.n, true);
        keep_buf_printf(out, "\nindex %llu\n", (unsigned long long)i);
        add_hashes(out, (const uint8_t(*)[32])proof, n);
        rc = keep_head_text(s, out, err);
    }
    keep_buf_free(&entry);
    return rc;
}

int keep_ledger_extension(struct keep_store *s, uint64_t n, struct keep_buf *out, struct keep_err *err)
{
    uint8_t proof[KEEP_MERKLE_CONSISTENCY][32], before[32], root[32];
    size_t count = 0;
    int rc;

    if (n == 0 || n > s->tree.n)
        return keep_err_set(err, KEEP_E_INPUT, "the ledger has %llu entries: a proof begins at 1 to %llu of them", (unsigned long long)s->tree.n,
                            (unsigned long long)s->tree.n);
    rc = keep_merkle_extend(range_at, s, n, s->tree.n, proof, &count, err);
    if (rc == 0)
        rc = keep_ledger_root(s, n, before, err);
    if (rc == 0) {
        keep_merkle_root(&s->tree, root);
        if (keep_merkle_extends(n, before, s->tree.n, root, (const uint8_t(*)[32])proof, count) != 0)
            rc = damaged(err, n - 1, "the tree behind it does not lead to the head");
    }
    if (rc == 0) {
        keep_buf_printf(out, "old %llu\n", (unsigned long long)n);
        add_hashes(out, (const uint8_t(*)[32])proof, count);
        rc = keep_head_text(s, out, err);
    }
    return rc == 1 ? damaged(err, n - 1, "missing") : rc;
}

int keep_ledger_newest(struct keep_store *s, keep_time *out, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_buf entry = KEEP_BUF_INIT;
    const struct keep_json *v;
    sqlite3_stmt *st = NULL;
    keep_time at = KEEP_TIME_NONE;
    bool zone;
    int rc = a ? keep_store_prepare(s, s->db, "SELECT max(at) FROM act", &st, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    if (rc == 0) {
        rc = sqlite3_step(st);
        if (rc == SQLITE_ROW && sqlite3_column_type(st, 0) == SQLITE_INTEGER)
            at = sqlite3_column_int64(st, 0);
        rc = rc == SQLITE_ROW ? 0 : keep_store_sql(s->db, rc, "reading decisions", err);
        sqlite3_reset(st);
    }
    if (rc == 0 && s->tree.n > 0)
        rc = keep_ledger_entry(s, s->tree.n - 1, &entry, err);
    if (rc == 0 && entry.n > 0 && (rc = keep_json_parse(&v, keep_buf_view(&entry), "ledger", a, err)) == 0) {
        keep_time last;
        if (!keep_civil_parse_time(keep_json_str(keep_json_get(v, "time")), &last, &zone))
            rc = keep_err_set(err, KEEP_E_INTEGRITY, "a ledger entry has no time");
        else if (at == KEEP_TIME_NONE || last > at)
            at = last;
    }
    keep_buf_free(&entry);
    keep_arena_free(a);
    if (rc == 0)
        *out = at;
    return rc;
}
