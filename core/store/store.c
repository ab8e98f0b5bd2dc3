/* Opening a keep, and what an open one tells about itself.
 *
 * The order is the point. The lock first: byte 1 of `lock` shared, so that
 * nobody exchanges a file underneath; byte 0 for a writer. Then keep.json. Then
 * the heads, here and at the witnesses, *before* the databases: a writer may
 * add entries meanwhile, but none can be missing. Then the databases, each of
 * which may have to be rolled back first, under the head just read; each head
 * must be a beginning of the ledger found, and neither keyring.db nor keep.json
 * may be of an older generation than the newest entry stands on.
 *
 * A reader holds one read transaction over each file until it closes: all it
 * reads is of one moment. */
#include "core/store/store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/store/fault.h"
#include "core/store/remnant.h"
#include "core/store/state.h"

#define OPEN_TRIES 4 /* a writer may move the head on while a reader opens */

/* --- sqlite, spoken with everyone's error codes --- */

int keep_store_sql(sqlite3 *db, int rc, const char *what, struct keep_err *err)
{
    const char *file = keep_vfs_file_name(db);
    uint64_t page = keep_vfs_bad_page(db);

    if ((rc == SQLITE_IOERR_DATA || rc == SQLITE_IOERR_SHORT_READ) && page != 0)
        return keep_err_at(err, KEEP_E_INTEGRITY, file, 0, 0, "%s: the seal of page %llu does not hold", what, (unsigned long long)page);
    if (rc == SQLITE_IOERR_DATA)
        return keep_err_at(err, KEEP_E_INTEGRITY, file, 0, 0, "%s: its rollback journal is not of the transaction that was interrupted", what);
    switch (rc & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_ERROR: /* statements are ours: what they name is not there */
    case SQLITE_EMPTY:
        return keep_err_at(err, KEEP_E_INTEGRITY, file, 0, 0, "%s: %s", what, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc));
    case SQLITE_NOMEM:
        return keep_err_at(err, KEEP_E_NOMEM, file, 0, 0, "%s: out of memory", what);
    case SQLITE_INTERRUPT: /* watch.c: only while reading */
        return keep_err_at(err, KEEP_E_INTERRUPTED, file, 0, 0, "%s: interrupted", what);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return keep_err_at(err, KEEP_E_LOCKED, file, 0, 0, "%s: another process has been reading or writing for too long", what);
    default:
        return keep_err_at(err, KEEP_E_IO, file, 0, 0, "%s: %s (%d)", what, db ? sqlite3_errmsg(db) : sqlite3_errstr(rc), rc);
    }
}

int keep_store_prepare(struct keep_store *s, sqlite3 *db, const char *sql, sqlite3_stmt **out, struct keep_err *err)
{
    size_t i = ((uintptr_t)sql >> 3) * 0x9e3779b97f4a7c15u >> 40;

    for (size_t tries = 0; tries < KEEP_STORE_STATEMENTS; tries++, i++) {
        struct keep_store_statement *c = &s->statement[i % KEEP_STORE_STATEMENTS];
        if (c->sql == sql && c->db == db) {
            sqlite3_reset(c->st);
            sqlite3_clear_bindings(c->st);
            *out = c->st;
            return 0;
        }
        if (c->sql)
            continue;
        int rc = sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &c->st, NULL);
        if (rc != SQLITE_OK)
            return keep_store_sql(db, rc, "preparing", err);
        c->sql = sql;
        c->db = db;
        *out = c->st;
        return 0;
    }
    return keep_err_set(err, KEEP_E_LIMIT, "more than %d statements", KEEP_STORE_STATEMENTS);
}

static void drop_statements(struct keep_store *s)
{
    for (size_t i = 0; i < KEEP_STORE_STATEMENTS; i++)
        sqlite3_finalize(s->statement[i].st);
    memset(s->statement, 0, sizeof s->statement);
}

int keep_store_exec(struct keep_store *s, sqlite3 *db, const char *sql, struct keep_err *err)
{
    (void)s;
    int rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK ? 0 : keep_store_sql(db, rc, strchr(sql, '(') ? "making tables" : sql, err);
}

static int may_commit(void *ctx)
{
    const struct keep_store *s = ctx;

    return !s->committing;
}

void keep_store_guard(struct keep_store *s, sqlite3 *db)
{
    sqlite3_commit_hook(db, may_commit, s);
}

int keep_store_commit(struct keep_store *s, sqlite3 *db, struct keep_err *err)
{
    s->committing = true;
    int rc = keep_store_exec(s, db, "COMMIT", err);
    s->committing = false;
    return rc;
}

sqlite3 *keep_store_db(struct keep_store *s)
{
    return s->db;
}

sqlite3 *keep_store_ring(struct keep_store *s)
{
    return s->ring;
}

int64_t *keep_store_next_payload(struct keep_store *s)
{
    return &s->txn.payload;
}

int64_t *keep_store_next_relation(struct keep_store *s)
{
    return &s->txn.relation;
}

struct keep_payload_tools **keep_store_payload_tools(struct keep_store *s)
{
    return &s->payload_tools;
}

/* --- the folder, its lock, keep.json --- */

int keep_store_join(const struct keep_store *s, const char *name, char **out, struct keep_err *err)
{
    size_t n = strlen(s->path), m = strlen(name);
    char *p = malloc(n + m + 2);

    if (!p)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    memcpy(p, s->path, n);
    p[n] = '/';
    memcpy(p + n + 1, name, m + 1);
    *out = p;
    return 0;
}

static int open_folder(struct keep_store *s, const char *path, struct keep_err *err)
{
    s->path = realpath(path, NULL);
    if (s->path)
        s->dir = open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!s->path || s->dir < 0) {
        int cause = errno;
        return keep_err_at(err, cause == ENOENT || cause == ENOTDIR ? KEEP_E_MISSING : KEEP_E_IO, path, 0, 0, "cannot open the keep: %s", strerror(cause));
    }
    if (faccessat(s->dir, "keep.json", F_OK, AT_SYMLINK_NOFOLLOW) == 0)
        return 0;
    if (faccessat(s->dir, "records.db", F_OK, AT_SYMLINK_NOFOLLOW) != 0)
        return keep_err_at(err, KEEP_E_MISSING, path, 0, 0, "there is no keep here");
    return keep_err_at(err, KEEP_E_INTEGRITY, path, 0, 0, "keep.json is missing");
}

static int take_lock(struct keep_store *s, struct keep_err *err)
{
    s->lock = openat(s->dir, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    if (s->lock < 0 && !s->write && (errno == EACCES || errno == EROFS))
        s->lock = openat(s->dir, "lock", O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (s->lock < 0)
        return keep_err_at(err, errno == ENOENT || errno == ELOOP ? KEEP_E_INTEGRITY : KEEP_E_IO, "lock", 0, 0, "cannot be opened: %s", strerror(errno));
    int rc = keep_file_lock_byte(s->lock, 1, KEEP_FILE_LOCK_SHARED, err);
    if (rc == 0 && s->write)
        rc = keep_file_lock_byte(s->lock, 0, KEEP_FILE_LOCK_EXCLUSIVE, err);
    return rc;
}

static int read_json(struct keep_store *s, const struct keep_store_params *p, struct keep_err *err)
{
    struct keep_unlock how = {.key = p->key, .passphrase = p->passphrase, .identity = p->identity};
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err why = {0};
    int rc = keep_file_read_all(s->dir, "keep.json", KEEP_KEYJSON_LIMIT, &text, &why);

    if (rc == KEEP_E_INPUT || rc == KEEP_E_LIMIT)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keep.json", 0, 0, "%s", why.text);
    else if (rc != 0)
        rc = keep_err_at(err, rc, "keep.json", 0, 0, "%s", why.text);
    else
        rc = keep_keyjson_read(&s->json, keep_buf_view(&text), &how, err);
    s->keep_generation = s->json.generation;
    keep_buf_free(&text);
    return rc;
}

int keep_store_write_json(struct keep_store *s, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    int rc = keep_fault_hit(KEEP_FAULT_STEP, "keep.json") != 0 ? keep_err_at(err, KEEP_E_IO, "keep.json", 0, 0, "cannot be written") : 0;

    if (rc == 0)
        rc = keep_keyjson_write(&s->json, &text, err);
    if (rc == 0)
        rc = keep_file_replace(s->dir, "keep.json", text.p, text.n, 0600, err);
    if (rc == 0)
        s->keep_generation = s->json.generation;
    keep_buf_free(&text);
    return rc;
}

void keep_store_origin_of(const uint8_t store[16], const uint8_t log[8], char out[KEEP_STORE_ORIGIN])
{
    memcpy(out, "chartkeep/", 10);
    keep_codec_hex(store, 16, out + 10);
    if (log) {
        out[42] = '/';
        keep_codec_hex(log, 8, out + 43);
    }
}

int keep_store_identify(struct keep_store *s, struct keep_err *err)
{
    struct keep_sign_public own;
    int rc = keep_sign_from_seed(&s->signer, s->json.secret->seed, s->json.signer.id, err);

    if (rc != 0)
        return rc;
    keep_sign_public_of(s->signer, &own);
    if (memcmp(own.key, s->json.signer.key, sizeof own.key) != 0)
        return keep_err_at(err, KEEP_E_INTEGRITY, "keep.json", 0, 0, "the signing key and its public half differ");
    keep_store_origin_of(s->json.store, s->json.log.has ? s->json.log.id : NULL, s->origin);
    return 0;
}

/* --- the databases --- */

int keep_store_attach_vfs(struct keep_store *s, struct keep_err *err)
{
    int rc = keep_swap_vfs(s, KEEP_KEYJSON_RECORDS, &s->vfs, err);

    return rc == 0 ? keep_swap_vfs(s, KEEP_KEYJSON_KEYRING, &s->ring_vfs, err) : rc;
}

static int connect_one(struct keep_store *s, struct keep_vfs *v, sqlite3 **db, struct keep_err *err)
{
    int rc = keep_vfs_connect(v, db, err);

    if (rc == 0)
        keep_store_guard(s, *db);
    if (rc == 0 && !s->write)
        rc = keep_store_exec(s, *db, "PRAGMA query_only=ON", err);
    if (rc == 0 && !s->write)
        rc = keep_store_exec(s, *db, "BEGIN", err); /* the first read takes the snapshot */
    return rc;
}

int keep_store_open_ring(struct keep_store *s, struct keep_err *err)
{
    keep_vfs_head(s->ring_vfs, s->head.digest);
    int rc = connect_one(s, s->ring_vfs, &s->ring, err);
    return rc == 0 ? keep_ring_load(s, err) : rc;
}

/* With whatever statement somebody forgot, since the VFS beneath goes next. */
static void close_one(sqlite3 **db)
{
    sqlite3_stmt *st;

    while (*db && (st = sqlite3_next_stmt(*db, NULL)))
        sqlite3_finalize(st);
    sqlite3_close(*db);
    *db = NULL;
}

void keep_store_close_ring(struct keep_store *s)
{
    drop_statements(s);
    close_one(&s->ring);
    keep_vfs_free(s->ring_vfs);
    s->ring_vfs = NULL;
}

void keep_store_close_records(struct keep_store *s)
{
    drop_statements(s);
    close_one(&s->db);
    keep_vfs_free(s->vfs);
    s->vfs = NULL;
}

int keep_store_extends(struct keep_store *s, const struct keep_head *h, const char *where, struct keep_err *err)
{
    uint8_t root[32];
    int rc = h->size > s->tree.n ? 1 : keep_ledger_root(s, h->size, root, err);

    if (rc == 1)
        return keep_err_at(err, KEEP_E_INTEGRITY, where, 0, 0, "the head there signs %llu ledger entries, records.db has %llu: it is older than its own history",
                           (unsigned long long)h->size, (unsigned long long)s->tree.n);
    if (rc == 0 && memcmp(root, h->root, sizeof root) != 0)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, where, 0, 0, "records.db does not continue the ledger that the head there signs");
    return rc;
}

int keep_store_witnessed(struct keep_store *s, const struct keep_head_witness *w, struct keep_err *err)
{
    bool behind = s->json.standing == KEEP_STANDING_BACKUP; /* it is older than what came after it, and says so itself */
    int rc = w->has && !(behind && w->head.size > s->tree.n) ? keep_store_extends(s, &w->head, w->dir, err) : 0;

    return rc == 0 && w->has_log && !(behind && w->log.size > s->tree.n) ? keep_store_extends(s, &w->log, w->dir, err) : rc;
}

static int check_history(struct keep_store *s, struct keep_err *err)
{
    uint64_t keep, ring;
    int rc = s->head.size == 0 ? keep_err_at(err, KEEP_E_INTEGRITY, "head", 0, 0, "the head of an empty ledger") : keep_store_extends(s, &s->head, "head", err);

    for (size_t i = 0; rc == 0 && i < s->witnesses; i++)
        rc = keep_store_witnessed(s, &s->witness[i], err);
    if (rc == 0)
        rc = keep_ledger_generations(s, &keep, &ring, err);
    if (rc == 0 && s->json.generation < keep)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keep.json", 0, 0, "generation %llu, the ledger stands on %llu", (unsigned long long)s->json.generation,
                         (unsigned long long)keep);
    if (rc == 0 && s->generation < ring)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "generation %llu, the ledger stands on %llu", (unsigned long long)s->generation,
                         (unsigned long long)ring);
    if (rc == 0)
        s->interrupted = s->json.generation > keep || s->generation > ring;
    return rc;
}

static void close_databases(struct keep_store *s)
{
    drop_statements(s);
    close_one(&s->db);
    close_one(&s->ring);
}

int keep_store_open_records(struct keep_store *s, struct keep_err *err)
{
    keep_vfs_head(s->vfs, s->head.digest);
    int rc = connect_one(s, s->vfs, &s->db, err);
    return rc == 0 ? keep_ledger_load(s, err) : rc;
}

static int open_databases(struct keep_store *s, struct keep_err *err)
{
    int rc = keep_store_open_records(s, err);
    if (rc == 0)
        rc = keep_store_open_ring(s, err);
    return rc == 0 ? check_history(s, err) : rc;
}

/* Reads heads, then databases. When they do not fit, the head may have moved on between the two: then again. */
static int open_all(struct keep_store *s, struct keep_buf *warnings, struct keep_err *err)
{
    struct keep_err why = {0};
    int rc = KEEP_E_INTEGRITY;

    for (int i = 0; i < OPEN_TRIES && rc == KEEP_E_INTEGRITY; i++) {
        struct keep_head before = s->head;
        size_t told = warnings ? warnings->n : 0;
        struct keep_err now = {0};
        rc = keep_head_read_all(s, warnings, &now);
        if (rc == 0 && i > 0 && memcmp(&before, &s->head, sizeof before) == 0) {
            if (warnings)
                warnings->n = told;
            rc = KEEP_E_INTEGRITY;
            break;
        }
        if (rc == 0)
            rc = open_databases(s, &now);
        why = now;
        if (rc != 0)
            close_databases(s);
        if (rc != 0 && warnings)
            warnings->n = told;
        if (s->write)
            break; /* nobody else writes heads */
    }
    if (rc != 0 && err && err->code == 0)
        *err = why;
    return rc;
}

/* What a process that was killed while it replaced a file left of the new one. */
static void sweep(struct keep_store *s)
{
    static const char *const left[] = {"head.tmp-", "keep.json.tmp-"};
    int fd = openat(s->dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;

    if (!d && fd >= 0)
        close(fd);
    while (d && (e = readdir(d)))
        for (size_t i = 0; i < sizeof left / sizeof *left; i++)
            if (strncmp(e->d_name, left[i], strlen(left[i])) == 0)
                unlinkat(s->dir, e->d_name, 0);
    if (d)
        closedir(d);
}

/* What only a writer may do before anything else. */
static int settle(struct keep_store *s, struct keep_buf *warnings, struct keep_err *err)
{
    bool interrupted = s->interrupted || keep_swap_pending(s);
    int rc, pending = 0;

    sweep(s);
    rc = keep_head_write_all(s, err);
    if (rc == 0 && keep_swap_pending(s))
        rc = keep_swap_finish(s, err);
    if (rc == 0)
        rc = pending = keep_erase_pending(s, err);
    if (rc == 1)
        rc = keep_erase_recover(s, err);
    else if (rc == 0 && interrupted) {
        rc = keep_txn_start(s, KEEP_LEDGER_RECOVERED, false, err);
        if (rc == 0) {
            keep_txn_count(s, "interrupted", 1);
            rc = keep_txn_commit(s, err);
        }
    }
    if (rc == 0 && warnings && (pending == 1 || interrupted))
        keep_buf_str(warnings, pending == 1 ? "an interrupted disposal was recorded\n" : "work that was interrupted was brought to its end\n");
    return rc;
}

static int open_witnesses(struct keep_store *s, const struct keep_store_params *p, struct keep_err *err)
{
    if (p->witnesses == 0)
        return 0;
    s->witness = calloc(p->witnesses, sizeof *s->witness);
    if (!s->witness)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    s->witnesses = p->witnesses;
    for (size_t i = 0; i < p->witnesses; i++)
        s->witness[i].dir = p->witness[i];
    return 0;
}

int keep_store_new(struct keep_store **out, const struct keep_store_params *p, struct keep_err *err)
{
    struct keep_store *s = calloc(1, sizeof *s);

    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    s->dir = s->lock = -1;
    s->write = p->write;
    s->require_witness = p->require_witness;
    s->threads = p->threads;
    s->now = p->now;
    keep_merkle_init(&s->tree);
    s->next_leaf = 1;
    int rc = open_witnesses(s, p, err);
    if (rc != 0) {
        keep_store_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

static int may_write(const struct keep_store *s, const struct keep_store_params *p, struct keep_err *err)
{
    if (!p->write || s->json.standing == KEEP_STANDING_KEEP)
        return 0;
    if (s->json.standing == KEEP_STANDING_BACKUP)
        return keep_err_at(err, KEEP_E_REFUSED, p->path, 0, 0, "this is a backup: it is read, never written");
    if (p->replay)
        return 0;
    keep_err_at(err, KEEP_E_REFUSED, p->path, 0, 0, "put back from a backup and read only: what was held and destroyed since is not known here");
    keep_err_hint(err, "backup restore --replay KEEP --witness DIR --recovery-identity F ends that");
    return KEEP_E_REFUSED;
}

int keep_store_open_parts(struct keep_store *s, const struct keep_store_params *p, struct keep_err *err)
{
    int rc = open_folder(s, p->path, err);

    if (rc == 0)
        rc = take_lock(s, err);
    if (rc == 0)
        rc = read_json(s, p, err);
    if (rc == 0)
        rc = may_write(s, p, err);
    if (rc == 0)
        rc = keep_store_identify(s, err);
    return rc;
}

int keep_store_open(struct keep_store **out, const struct keep_store_params *p, struct keep_buf *warnings, struct keep_err *err)
{
    struct keep_store *s = NULL;
    int rc = keep_store_new(&s, p, err);

    if (rc == 0)
        rc = keep_store_open_parts(s, p, err);
    if (rc == 0)
        rc = keep_swap_settle(s, err);
    if (rc == 0)
        rc = keep_store_attach_vfs(s, err);
    if (rc == 0)
        rc = open_all(s, warnings, err);
    if (rc == 0 && s->write)
        rc = settle(s, warnings, err);
    if (rc != 0) {
        keep_store_close(s);
        return rc;
    }
    if (warnings && s->json.standing == KEEP_STANDING_RESTORED && !p->replay)
        keep_buf_str(warnings, "this keep was put back from a backup and is read only: what was held and destroyed since is not known here\n");
    *out = s;
    return 0;
}

void keep_store_close(struct keep_store *s)
{
    if (!s)
        return;
    if (s->db && s->ring)
        keep_txn_abort(s);
    close_databases(s);
    keep_batch_done(s);
    keep_remnant_end(s);
    keep_payload_tools_free(s->payload_tools);
    keep_vfs_free(s->vfs);
    keep_vfs_free(s->ring_vfs);
    keep_sign_free(s->signer);
    keep_keyjson_done(&s->json);
    if (s->lock >= 0)
        close(s->lock);
    if (s->dir >= 0)
        close(s->dir);
    free(s->witness);
    free(s->path);
    free(s);
}
