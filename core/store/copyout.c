/* Writing a backup: pages are read through one seal and written through another.
 *
 * The copy is a keep, with the same store id, ledger and signing key, so that
 * every check of a keep works on it and its head proves which moment it is. It
 * holds keys of records that may be destroyed later; what is destroyed here stays
 * readable there until the copy or its key is. So it is marked, and the mark keeps
 * writers out: a history continued from it would forget holds and destructions. */
#include "core/store/copyout.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/crypto/secret.h"
#include "core/store/ledger.h"
#include "core/store/state.h"

#define PAGES_AT_ONCE 2048 /* 8 MiB between two words of progress */

static const char *const names[] = {"keep.json", "head", "lock", "records.db", "records.db-journal", "keyring.db", "keyring.db-journal", KEEP_COPYOUT_MARK};

/* --- keep.json --- */

/* The keep's own, with other keys. *out is done by the caller, also after a failure. */
static int keys_new(const struct keep_store *s, const uint8_t *key, struct keep_keyjson *out, struct keep_err *err)
{
    struct keep_slot_new slot = {.key = key};
    int rc;

    *out = s->json;
    out->secret = NULL;
    for (size_t i = 0; i < out->officers; i++)
        out->officer[i].role.p = out->role[i];
    for (size_t i = 0; i < out->formers; i++)
        out->former[i].role.p = out->former_role[i];
    rc = keep_secret_new((void **)&out->secret, sizeof *out->secret, err);
    if (rc != 0)
        return rc;
    memcpy(out->secret, s->json.secret, sizeof *out->secret);
    for (int f = 0; f < KEEP_KEYJSON_FILES; f++) {
        keep_keyjson_swap_begin(out, (enum keep_keyjson_file)f);
        keep_keyjson_swap_end(out, (enum keep_keyjson_file)f, true);
    }
    out->slots = 0;
    rc = keep_keyjson_slot_add(out, &slot, s->now, err);
    if (rc == 0)
        rc = keep_keyjson_new_master(out, err);
    out->generation = s->json.generation; /* what the ledger's newest entry stands on */
    return rc;
}

static int write_keys(const struct keep_keyjson *j, int dir, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    int rc = keep_keyjson_write(j, &text, err);

    if (rc == 0)
        rc = keep_file_create(dir, "keep.json", text.p, text.n, 0600, err);
    keep_buf_free(&text);
    return rc;
}

/* --- the databases --- */

static int copy_pages(sqlite3 *from, sqlite3 *to, const char *what, const struct keep_copyout *c, struct keep_err *err)
{
    sqlite3_backup *b = sqlite3_backup_init(to, "main", from, "main");
    int rc = SQLITE_OK, stop = c->progress ? c->progress(c->ctx, what, 0, 0) : 0;

    if (!b)
        return keep_store_sql(to, sqlite3_errcode(to), "copying", err);
    while (rc == SQLITE_OK && stop == 0) {
        rc = sqlite3_backup_step(b, PAGES_AT_ONCE);
        uint64_t total = (uint64_t)sqlite3_backup_pagecount(b);
        if (rc == SQLITE_OK && c->progress)
            stop = c->progress(c->ctx, what, total - (uint64_t)sqlite3_backup_remaining(b), total);
    }
    int end = sqlite3_backup_finish(b);
    if (stop != 0)
        return keep_err_set(err, KEEP_E_INTERRUPTED, "stopped; there is no copy");
    return rc == SQLITE_DONE && end == SQLITE_OK ? 0 : keep_store_sql(to, rc == SQLITE_DONE ? end : rc, "copying", err);
}

static int copy_database(struct keep_store *s, sqlite3 *from, const char *name, enum keep_vfs_file kind, const uint8_t key[32], const struct keep_copyout *c, int dir,
                         struct keep_err *err)
{
    struct keep_vfs *v = NULL;
    sqlite3 *to = NULL;
    char *path = NULL, *whole = realpath(c->dir, NULL);
    int rc = whole && asprintf(&path, "%s/%s", whole, name) > 0 ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    free(whole);
    if (rc == 0)
        rc = keep_file_create(dir, name, "", 0, 0600, err);
    if (rc == 0)
        rc = keep_vfs_new(&v, path, kind, s->json.store, key, err);
    if (rc == 0) {
        keep_vfs_head(v, s->head.digest);
        rc = keep_vfs_connect(v, &to, err);
    }
    if (rc == 0)
        rc = copy_pages(from, to, name, c, err);
    sqlite3_close(to);
    keep_vfs_free(v);
    if (path && rc != 0 && err && err->code == 0)
        keep_err_set(err, rc, "%s: not copied", name);
    free(path);
    return rc;
}

/* --- the check --- */

struct finding {
    const struct keep_copyout *c;
    char first[300];
};

static void found(void *ctx, const char *check, bool ok, const char *detail)
{
    struct finding *f = ctx;

    if (!ok && !f->first[0])
        snprintf(f->first, sizeof f->first, "%s: %s", check, detail ? detail : "");
}

static int checking(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    const struct finding *f = ctx;

    return f->c->progress ? f->c->progress(f->c->ctx, what, done, total) : 0;
}

static int check_copy(struct keep_store *s, const struct keep_copyout *c, struct keep_err *err)
{
    struct finding f = {.c = c};
    struct keep_store_checker k = {.ctx = &f, .found = found, .progress = checking};
    struct keep_store_params p = {.path = c->dir, .key = c->key, .now = s->now};
    struct keep_store *copy = NULL;
    struct keep_err why = {0};
    int rc = keep_store_check(&p, &k, &why);

    if (rc == 0)
        rc = keep_store_open(&copy, &p, NULL, &why);
    if (rc == 0 && (copy->tree.n != s->tree.n || memcmp(copy->head.digest, s->head.digest, 32) != 0))
        rc = keep_err_set(&why, KEEP_E_INTEGRITY, "its head is not the keep's");
    keep_store_close(copy);
    return rc == 0 ? 0 : keep_err_set(err, rc, "the copy does not hold: %s", f.first[0] ? f.first : why.text);
}

static void remove_copy(const char *dir)
{
    int fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    for (size_t i = 0; fd >= 0 && i < sizeof names / sizeof *names; i++)
        unlinkat(fd, names[i], 0);
    if (fd >= 0)
        close(fd);
    rmdir(dir);
}

static int fill(struct keep_store *s, const struct keep_copyout *c, int dir, struct keep_err *err)
{
    struct keep_keyjson j = {.secret = NULL};
    struct keep_buf head = KEEP_BUF_INIT;
    int rc = keys_new(s, c->key, &j, err);

    if (rc == 0) /* first: without it this would be a keep that takes writers */
        rc = keep_file_create(dir, KEEP_COPYOUT_MARK, c->about.p, c->about.n, 0400, err);
    if (rc == 0)
        rc = copy_database(s, s->db, "records.db", KEEP_VFS_RECORDS, j.secret->file[KEEP_KEYJSON_RECORDS][0], c, dir, err);
    if (rc == 0)
        rc = copy_database(s, s->ring, "keyring.db", KEEP_VFS_KEYRING, j.secret->file[KEEP_KEYJSON_KEYRING][0], c, dir, err);
    if (rc == 0)
        rc = keep_ledger_head(s, &head, err);
    if (rc == 0)
        rc = keep_file_create(dir, "head", head.p, head.n, 0600, err);
    if (rc == 0)
        rc = keep_file_create(dir, "lock", "", 0, 0600, err);
    if (rc == 0)
        rc = write_keys(&j, dir, err);
    if (rc == 0)
        rc = keep_file_sync_dir(dir, err);
    keep_buf_free(&head);
    keep_secret_free(j.secret);
    return rc;
}

int keep_copyout_write(struct keep_store *s, const struct keep_copyout *c, struct keep_err *err)
{
    int dir = -1, rc = 0;

    if (!s->write || s->txn.open)
        return keep_err_set(err, KEEP_E_USAGE, "a copy is made from a keep open for writing, between transactions");
    if (mkdir(c->dir, 0700) != 0)
        return keep_err_at(err, errno == EEXIST ? KEEP_E_REFUSED : KEEP_E_IO, c->dir, 0, 0, "cannot make the folder of the copy: %s", strerror(errno));
    dir = open(c->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        rc = keep_err_at(err, KEEP_E_IO, c->dir, 0, 0, "%s", strerror(errno));
    if (rc == 0)
        rc = fill(s, c, dir, err);
    if (dir >= 0)
        close(dir);
    if (rc == 0)
        rc = check_copy(s, c, err);
    if (rc != 0)
        remove_copy(c->dir);
    return rc;
}
