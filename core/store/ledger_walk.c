/* Reading the ledger again from its first entry.
 *
 * Nothing that is stored beside the entries is believed: the tree is built from
 * their bytes and each stored edge compared with it, the leaves are read in the
 * order they were written and their root compared with the one the entry names.
 * Two statements walk side by side, so the cost is one pass over two tables. */
#include "core/store/ledger_walk.h"

#include <string.h>

#include "core/base/arena.h"
#include "core/base/codec.h"
#include "core/crypto/note.h"
#include "core/store/state.h"
#include "core/text/json.h"

#define PROGRESS_EVERY 4096 /* entries between two calls */

struct walk {
    struct keep_merkle tree;
    uint64_t next_leaf, keep, ring;
    sqlite3_stmt *leaf;
    size_t at, run; /* leaves of its row that were taken, and all of it */
    struct keep_arena *arena;
};

static const char *entry_json(struct walk *l, struct keep_str entry, uint64_t index, uint64_t leaves, const uint8_t root[32])
{
    const struct keep_json *v = NULL;
    int64_t i = -1, n = -1, keep = -1, ring = -1;
    uint8_t has[32];

    keep_arena_reset(l->arena);
    if (keep_json_parse(&v, entry, NULL, l->arena, NULL) != 0 || !keep_json_i64(keep_json_get(v, "index"), &i) || (uint64_t)i != index
        || !keep_json_i64(keep_json_get(v, "leaves"), &n) || (uint64_t)n != leaves || !keep_json_i64(keep_json_get(v, "keep"), &keep)
        || !keep_json_i64(keep_json_get(v, "keyring"), &ring) || !keep_codec_unhex(keep_json_str(keep_json_get(v, "root")), has, sizeof has))
        return "malformed";
    if (memcmp(has, root, sizeof has) != 0)
        return "its leaves do not have the root that it names";
    if (keep < 0 || ring < 0 || (uint64_t)keep < l->keep || (uint64_t)ring < l->ring)
        return "a generation falls";
    l->keep = (uint64_t)keep;
    l->ring = (uint64_t)ring;
    return NULL;
}

/* Leaf number i, the one behind the last that was asked for, of an entry whose leaves end before `end`: rows do not reach over it. NULL: not there. */
static const uint8_t *leaf_next(struct walk *l, uint64_t i, uint64_t end)
{
    if (l->at == l->run) {
        int bytes;
        if (sqlite3_step(l->leaf) != SQLITE_ROW || (uint64_t)sqlite3_column_int64(l->leaf, 0) != i)
            return NULL;
        bytes = sqlite3_column_bytes(l->leaf, 1);
        l->run = (size_t)bytes / 32;
        l->at = 0;
        if (bytes % 32 != 0 || l->run == 0 || l->run > end - i)
            return NULL;
    }
    return (const uint8_t *)sqlite3_column_blob(l->leaf, 1) + 32 * l->at++;
}

/* One row: id, entry, edge, first, n. NULL or what is wrong. */
static const char *entry_row(struct walk *l, sqlite3_stmt *st)
{
    uint64_t first = (uint64_t)sqlite3_column_int64(st, 3), n = (uint64_t)sqlite3_column_int64(st, 4);
    struct keep_merkle leaves;
    uint8_t hash[32], root[32], edge[64 * 32];
    size_t size;

    if ((uint64_t)sqlite3_column_int64(st, 0) != l->tree.n)
        return "missing";
    if (first != l->next_leaf)
        return "its leaves do not follow those before them";
    keep_merkle_init(&leaves);
    for (uint64_t i = 0; i < n; i++) {
        const uint8_t *leaf = leaf_next(l, first + i, first + n);
        if (!leaf)
            return "a leaf of it is missing";
        keep_merkle_leaf(hash, leaf, 32);
        keep_merkle_add(&leaves, hash);
    }
    l->next_leaf += n;
    keep_merkle_root(&leaves, root);
    struct keep_str entry = {sqlite3_column_blob(st, 1), (size_t)sqlite3_column_bytes(st, 1)};
    const char *wrong = entry_json(l, entry, l->tree.n, n, root);
    keep_merkle_leaf(hash, entry.p, entry.n);
    keep_merkle_add(&l->tree, hash);
    if (!wrong && (!keep_ledger_edge(&l->tree, edge, &size) || (int)size != sqlite3_column_bytes(st, 2) || memcmp(edge, sqlite3_column_blob(st, 2), size) != 0))
        wrong = "its edge is not that of the entries";
    return wrong;
}

static void look_at_marks(const struct walk *l, struct keep_ledger_walk *w)
{
    uint8_t root[32];

    for (size_t i = 0; i < w->marks; i++) {
        if (w->mark[i].size != l->tree.n)
            continue;
        keep_merkle_root(&l->tree, root);
        w->mark[i].met = memcmp(root, w->mark[i].root, sizeof root) == 0;
    }
}

int keep_ledger_walk(struct keep_store *s, struct keep_ledger_walk *w, struct keep_err *err)
{
    struct walk l = {.next_leaf = 1, .arena = keep_arena_new(1024 * 1024)};
    sqlite3_stmt *st = NULL;
    int rc, out = 0;

    if (!l.arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_merkle_init(&l.tree);
    w->wrong = NULL;
    rc = sqlite3_prepare_v2(s->db, "SELECT id, entry, edge, first, n FROM ledger ORDER BY id", -1, &st, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_prepare_v2(s->db, "SELECT id, hashes FROM leaf ORDER BY id", -1, &l.leaf, NULL);
    while (rc == SQLITE_OK && !w->wrong && out == 0) {
        int step = sqlite3_step(st);
        if (step == SQLITE_DONE)
            break;
        if (step != SQLITE_ROW)
            rc = step;
        else
            w->wrong = entry_row(&l, st);
        look_at_marks(&l, w);
        if (l.tree.n % PROGRESS_EVERY == 0 && w->progress && w->progress(w->ctx, l.tree.n, s->tree.n) != 0)
            out = keep_err_set(err, KEEP_E_INTERRUPTED, "stopped before the whole ledger was read");
    }
    if (rc == SQLITE_OK && !w->wrong && out == 0 && sqlite3_step(l.leaf) == SQLITE_ROW)
        w->wrong = "leaves stand behind the last entry";
    if (rc != SQLITE_OK)
        out = keep_store_sql(s->db, rc, "reading the ledger", err);
    w->entries = l.tree.n;
    w->leaves = l.next_leaf - 1;
    w->wrong_at = l.tree.n ? l.tree.n - 1 : 0;
    keep_merkle_root(&l.tree, w->root);
    sqlite3_finalize(st);
    sqlite3_finalize(l.leaf);
    keep_arena_free(l.arena);
    return out;
}

int keep_ledger_walk_head(const struct keep_store *s, struct keep_str text, const char *where, struct keep_ledger_mark *out, struct keep_err *err)
{
    struct keep_note_head h;
    struct keep_err why = {0};

    if (keep_note_head_read(&h, text, s->json.signer.key, &why) != 0 || !keep_str_is(h.origin, s->origin))
        return keep_err_at(err, KEEP_E_INTEGRITY, where, 0, 0, "not a head that this keep signed");
    out->size = h.size;
    memcpy(out->root, h.root, sizeof out->root);
    out->met = false;
    return 0;
}
