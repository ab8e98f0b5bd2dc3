/* `check`: everything that can be read is read again. A keep that does not open
 * is checked as far as it goes; what cannot be done without what failed is said.
 *
 * Raw pages first, both files, since SQLite alone reads only what it needs;
 * then SQLite's own check, whole, since an old page of an index put back shows
 * only against its table; the ledger from its first entry (edges, roots of the
 * leaves, generations that never fall, the heads on its way), the leaves of acts
 * and destructions, keys against destructions; then the tables (recheck.c). */
#include <stdio.h>
#include <string.h>

#include "core/store/ledger_walk.h"
#include "core/store/state.h"

#define BAD_NAMED 24        /* page numbers in one finding */
#define PROGRESS_EVERY 4096 /* pages or rows between two calls */

struct check {
    const struct keep_store_checker *c;
    struct keep_store *s;
    uint64_t failed, passed;
    bool stopped, no_head; /* no_head: said already */
};

static void found(struct check *k, const char *check, bool ok, const char *detail)
{
    if (ok)
        k->passed++;
    else
        k->failed++;
    k->c->found(k->c->ctx, check, ok, detail);
}

static int progress(struct check *k, const char *what, uint64_t done, uint64_t total)
{
    if (!k->stopped && k->c->progress && k->c->progress(k->c->ctx, what, done, total) != 0)
        k->stopped = true;
    return k->stopped ? KEEP_E_INTERRUPTED : 0;
}

/* A finding from an error. */
static void failed(struct check *k, const char *check, const struct keep_err *why)
{
    char text[sizeof why->where + sizeof why->text + 4];

    if (why->code == KEEP_E_INTERRUPTED) { /* says nothing of the keep */
        k->stopped = true;
        return;
    }
    snprintf(text, sizeof text, "%s%s%s", why->where, why->where[0] ? ": " : "", why->text);
    found(k, check, false, text);
}

/* --- pages --- */

struct pages {
    struct check *k;
    const char *check;
    uint64_t bad, total;
    char list[BAD_NAMED * 12];
};

static int one_page(void *ctx, uint64_t page, bool ok)
{
    struct pages *p = ctx;

    if (!ok && p->bad++ < BAD_NAMED) {
        size_t n = strlen(p->list);
        snprintf(p->list + n, sizeof p->list - n, "%s%llu", n ? ", " : "", (unsigned long long)page);
    }
    return page % PROGRESS_EVERY == 0 ? progress(p->k, p->check, page, 0) : 0;
}

static int check_pages(struct check *k, const char *check, struct keep_vfs *v, sqlite3 *db)
{
    struct pages p = {.k = k, .check = check};
    struct keep_err why = {0};
    char text[sizeof p.list + 80];
    int rc = keep_vfs_walk(v, db, one_page, &p, &p.total, &why);

    if (rc == KEEP_E_INTERRUPTED)
        return rc;
    if (rc != 0)
        failed(k, check, &why);
    else if (p.bad == 0)
        snprintf(text, sizeof text, "%llu pages", (unsigned long long)p.total);
    else
        snprintf(text, sizeof text, "%llu of %llu pages do not hold: %s%s", (unsigned long long)p.bad, (unsigned long long)p.total, p.list,
                 p.bad > BAD_NAMED ? ", …" : "");
    if (rc == 0)
        found(k, check, p.bad == 0 && p.total > 0, text);
    return 0;
}

/* --- sqlite --- */

static void check_sqlite(struct check *k, sqlite3 *db)
{
    sqlite3_stmt *st = NULL;
    struct keep_err why = {0};
    char text[300];
    int rc = sqlite3_prepare_v2(db, "PRAGMA integrity_check(1)", -1, &st, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(st);
    if (rc == SQLITE_ROW) {
        const char *says = (const char *)sqlite3_column_text(st, 0);
        bool ok = says && strcmp(says, "ok") == 0;
        snprintf(text, sizeof text, "%s: %s", keep_vfs_file_name(db), ok ? "whole" : says ? says : "no answer");
        found(k, "sqlite", ok, text);
    } else {
        keep_store_sql(db, rc, "checking", &why);
        failed(k, "sqlite", &why);
    }
    sqlite3_finalize(st);
}

/* --- ledger --- */

static int walk_progress(void *ctx, uint64_t done, uint64_t total)
{
    return progress(ctx, "ledger", done, total);
}

static int check_ledger(struct check *k)
{
    struct keep_ledger_walk w = {.progress = walk_progress, .ctx = k};
    struct keep_err why = {0};
    char text[200];
    int rc = keep_ledger_walk(k->s, &w, &why);

    if (rc == KEEP_E_INTERRUPTED || rc == KEEP_E_NOMEM)
        return rc;
    if (rc != 0) {
        failed(k, "ledger", &why);
        return 0;
    }
    if (w.wrong)
        snprintf(text, sizeof text, "entry %llu: %s", (unsigned long long)w.wrong_at, w.wrong);
    else
        snprintf(text, sizeof text, "%llu entries, %llu leaves", (unsigned long long)w.entries, (unsigned long long)w.leaves);
    found(k, "ledger", !w.wrong, text);
    return 0;
}

/* --- acts and destructions --- */

static struct keep_str column(sqlite3_stmt *st, int i)
{
    const void *p = sqlite3_column_blob(st, i);

    return (struct keep_str){p, (size_t)sqlite3_column_bytes(st, i)};
}

static void act_of_row(sqlite3_stmt *st, struct keep_buf *scratch, uint8_t leaf[32])
{
    struct keep_act a = {.id = (uint64_t)sqlite3_column_int64(st, 2), .kind = column(st, 3), .subject = column(st, 4), .body = column(st, 5),
                         .signature = column(st, 6), .role = column(st, 7), .at = sqlite3_column_int64(st, 8)};
    keep_txn_act_leaf(&a, scratch, leaf);
}

static void erased_of_row(sqlite3_stmt *st, struct keep_buf *scratch, uint8_t leaf[32])
{
    keep_erase_leaf((enum keep_ring_kind)sqlite3_column_int(st, 2), (uint64_t)sqlite3_column_int64(st, 3), (uint64_t)sqlite3_column_int64(st, 4),
                    sqlite3_column_int64(st, 5), scratch, leaf);
}

/* Rows whose first two columns are leaf id and leaf hash (nothing when the leaf is missing). */
static void check_leaves(struct check *k, const char *what, const char *sql, void (*leaf_of)(sqlite3_stmt *st, struct keep_buf *scratch, uint8_t leaf[32]))
{
    struct keep_buf scratch = KEEP_BUF_INIT;
    struct keep_err why = {0};
    sqlite3_stmt *st = NULL;
    uint64_t n = 0, bad = 0;
    uint8_t leaf[32];
    char text[120];
    int rc = sqlite3_prepare_v2(k->s->db, sql, -1, &st, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        leaf_of(st, &scratch, leaf);
        bad += scratch.failed || sqlite3_column_bytes(st, 1) != 32 || memcmp(sqlite3_column_blob(st, 1), leaf, 32) != 0;
        n++;
        rc = SQLITE_OK;
    }
    if (rc != SQLITE_DONE) {
        keep_store_sql(k->s->db, rc, what, &why);
        failed(k, "leaves", &why);
    } else {
        snprintf(text, sizeof text, "%llu %s%s", (unsigned long long)(bad ? bad : n), what, bad ? " are not what the ledger says" : "");
        found(k, "leaves", bad == 0, text);
    }
    sqlite3_finalize(st);
    keep_buf_free(&scratch);
}

/* Every recorded destruction has its tombstone and no key; tombstones may wait for their recording. */
static void check_destroyed(struct check *k)
{
    struct keep_err why = {0};
    struct keep_ring_tombstone t;
    sqlite3_stmt *st = NULL;
    uint64_t n = 0, bad = 0;
    uint8_t key[32];
    char text[120];
    int rc = sqlite3_prepare_v2(k->s->db, "SELECT kind, owner, intent FROM erased", -1, &st, NULL), pending, got;

    while (rc == SQLITE_OK && (rc = sqlite3_step(st)) == SQLITE_ROW) {
        enum keep_ring_kind kind = (enum keep_ring_kind)sqlite3_column_int(st, 0);
        uint64_t owner = (uint64_t)sqlite3_column_int64(st, 1);
        got = keep_ring_get(k->s, kind, owner, key, &why);
        bad += got != 1 || keep_ring_tombstone(k->s, kind, owner, &t, &why) != 0 || t.intent != (uint64_t)sqlite3_column_int64(st, 2);
        n++;
        rc = SQLITE_OK;
    }
    sqlite3_finalize(st);
    pending = keep_erase_pending(k->s, &why);
    if (rc != SQLITE_DONE || pending < 0) {
        if (why.code == 0)
            keep_store_sql(k->s->db, rc, "reading what was destroyed", &why);
        failed(k, "keys", &why);
        return;
    }
    if (bad)
        snprintf(text, sizeof text, "%llu destructions are recorded whose key is there or whose tombstone is missing", (unsigned long long)bad);
    else
        snprintf(text, sizeof text, "%llu destructions%s", (unsigned long long)n, pending ? ", more wait to be recorded by the next writer" : "");
    found(k, "keys", bad == 0, text);
}

/* --- heads --- */

static void check_heads(struct check *k)
{
    struct keep_store *s = k->s;
    struct keep_err why = {0};
    uint64_t keep = 0, ring = 0;
    char text[120];

    if (!k->no_head && keep_store_extends(s, &s->head, "head", &why) != 0) {
        failed(k, "head", &why);
    } else if (!k->no_head) {
        snprintf(text, sizeof text, "%llu of %llu ledger entries", (unsigned long long)s->head.size, (unsigned long long)s->tree.n);
        found(k, "head", s->head.size > 0, text);
    }
    for (size_t i = 0; i < s->witnesses; i++) {
        const struct keep_head_witness *w = &s->witness[i];
        keep_err_clear(&why);
        if ((w->has || w->has_log) && keep_store_witnessed(s, w, &why) != 0)
            failed(k, "witness", &why);
        else if (w->has)
            found(k, "witness", true, w->dir);
    }
    keep_err_clear(&why);
    if (keep_ledger_generations(s, &keep, &ring, &why) != 0) {
        failed(k, "ledger", &why);
        return;
    }
    snprintf(text, sizeof text, "generation %llu, the ledger stands on %llu", (unsigned long long)s->json.generation, (unsigned long long)keep);
    found(k, "keep.json", s->json.generation >= keep, text);
    if (s->ring) {
        snprintf(text, sizeof text, "keyring generation %llu, the ledger stands on %llu", (unsigned long long)s->generation, (unsigned long long)ring);
        found(k, "keys", s->generation >= ring, text);
    }
}

/* --- all of it --- */

/* What needs no database. false: the rest cannot be done. */
static bool begin(struct check *k, const struct keep_store_params *p, int *rc, struct keep_err *err)
{
    static const char *const rest[] = {"head", "pages records.db", "pages keyring.db", "sqlite", "ledger"};
    struct keep_err why = {0};

    *rc = keep_store_open_parts(k->s, p, &why);
    if (*rc == KEEP_E_INTEGRITY) {
        failed(k, "keep.json", &why);
        for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
            found(k, rest[i], false, "not possible without keep.json and lock");
        *rc = 0;
        return false;
    }
    if (*rc == 0) {
        found(k, "keep.json", true, "checksum, key slot, mac");
        if (keep_swap_settle(k->s, &why) != 0)
            failed(k, "keys", &why);
        *rc = keep_store_attach_vfs(k->s, &why);
    }
    if (*rc != 0 && err && err->code == 0)
        *err = why;
    return *rc == 0;
}

static int check_open(struct check *k, struct keep_err *err)
{
    struct keep_store *s = k->s;
    struct keep_err why = {0};
    bool records, keyring;
    int rc;

    if (keep_head_read_all(s, NULL, &why) != 0) {
        k->no_head = strcmp(why.where, "head") == 0;
        failed(k, k->no_head ? "head" : "witness", &why);
    }
    keep_err_clear(&why);
    records = keep_store_open_records(s, &why) == 0;
    if (!records)
        failed(k, "ledger", &why);
    keep_err_clear(&why);
    keyring = keep_store_open_ring(s, &why) == 0;
    if (!keyring)
        failed(k, "keys", &why);
    rc = check_pages(k, "pages records.db", s->vfs, s->db);
    if (rc == 0)
        rc = check_pages(k, "pages keyring.db", s->ring_vfs, s->ring);
    if (rc == 0 && s->db)
        check_sqlite(k, s->db);
    if (rc == 0 && s->ring)
        check_sqlite(k, s->ring);
    if (rc == 0 && records) {
        check_heads(k);
        rc = check_ledger(k);
    }
    if (rc == 0 && records) {
        check_leaves(k, "acts", "SELECT a.leaf, " KEEP_LEAF_HASH("a.leaf") ", a.id, a.kind, a.subject, a.body, a.signature, a.role, a.at FROM act a", act_of_row);
        check_leaves(k, "destructions", "SELECT e.leaf, " KEEP_LEAF_HASH("e.leaf") ", e.kind, e.owner, e.intent, e.at FROM erased e", erased_of_row);
    }
    if (rc == 0 && records && keyring)
        check_destroyed(k);
    if (rc != 0 || !records || !keyring)
        return rc;
    rc = keep_recheck_tables(s, k->c, err);
    if (rc == KEEP_E_INTEGRITY) {
        failed(k, "tables", err);
        keep_err_clear(err);
        rc = 0;
    }
    return rc;
}

int keep_store_check(const struct keep_store_params *p, const struct keep_store_checker *c, struct keep_err *err)
{
    struct keep_store_params reading = *p;
    struct check k = {.c = c};
    int rc;

    reading.write = false;
    rc = keep_store_new(&k.s, &reading, err);
    if (rc == 0 && begin(&k, &reading, &rc, err))
        rc = check_open(&k, err);
    keep_store_close(k.s);
    if (k.stopped && rc == 0)
        rc = KEEP_E_INTERRUPTED;
    if (rc == KEEP_E_INTERRUPTED)
        return keep_err_set(err, rc, "stopped before everything was checked");
    if (rc == 0 && k.failed > 0)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "%llu check%s failed", (unsigned long long)k.failed, keep_str_s(k.failed));
    return rc;
}
