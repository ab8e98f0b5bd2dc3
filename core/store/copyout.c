/* Writing a backup: pages are read through one seal and written through another.
 *
 * The copy is a keep, with the same store id, ledger and signing key, so that
 * every check of a keep works on it and its head proves which moment it is. It
 * holds keys of records that may be destroyed later; what is destroyed here stays
 * readable there until the copy or its key is. So its keep.json says, under its MAC,
 * that it is a backup, which keeps writers out: a history continued from it would
 * forget holds and destructions. A backup is put back by copying it once more,
 * under the keep's own keys and with a log of its own, and what was forgotten is
 * carried out again before the copy takes its name (core/work/restorerun.c).
 *
 * keep.json is written last, so a folder without it is no keep whatever it is called. */
#include "core/store/copyout.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/crypto/secret.h"
#include "core/store/place.h"
#include "core/store/state.h"

#define PAGES_AT_ONCE 2048 /* 8 MiB between two words of progress */

/* --- keep.json --- */

/* The keep's own, with other keys. *out is done by the caller, also after a failure. */
static int keys_new(const struct keep_store *s, const struct keep_copyout *c, struct keep_keyjson *out, struct keep_err *err)
{
    int rc;

    *out = s->json;
    out->secret = NULL;
    keep_keyjson_copied(out);
    rc = keep_secret_new((void **)&out->secret, sizeof *out->secret, err);
    if (rc != 0)
        return rc;
    memcpy(out->secret, s->json.secret, sizeof *out->secret);
    for (int f = 0; f < KEEP_KEYJSON_FILES; f++) {
        keep_keyjson_swap_begin(out, (enum keep_keyjson_file)f);
        keep_keyjson_swap_end(out, (enum keep_keyjson_file)f, true);
    }
    out->slots = 0;
    for (size_t i = 0; rc == 0 && i < c->slots; i++)
        rc = keep_keyjson_slot_add(out, &c->slot[i], s->now, err);
    if (rc == 0)
        rc = keep_keyjson_new_master(out, err);
    out->generation = s->json.generation; /* what the ledger's newest entry stands on */
    out->standing = c->standing;
    memcpy(out->backup, c->backup, sizeof out->backup);
    if (c->new_log) {
        out->log = (struct keep_keyjson_log){.has = true, .follows_first = !s->json.log.has, .entries = s->tree.n};
        memcpy(out->log.after, s->json.log.id, sizeof out->log.after);
        keep_secret_random(out->log.id, sizeof out->log.id);
    }
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

/* A copy on its way. */
struct copying {
    const struct keep_copyout *c;
    struct keep_place place;
    struct keep_keyjson json;
};

static int copy_database(struct keep_store *s, struct copying *k, enum keep_keyjson_file f, struct keep_err *err)
{
    static const char *const file_name[] = {"records.db", "keyring.db"};
    const char *name = file_name[f];
    struct keep_vfs *v = NULL;
    sqlite3 *to = NULL;
    char *path = NULL, *whole = realpath(k->place.part, NULL);
    int rc = whole && asprintf(&path, "%s/%s", whole, name) > 0 ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    free(whole);
    if (rc == 0)
        rc = keep_file_create(k->place.dir, name, "", 0, 0600, err);
    if (rc == 0)
        rc = keep_vfs_new(&v, path, f == KEEP_KEYJSON_RECORDS ? KEEP_VFS_RECORDS : KEEP_VFS_KEYRING, s->json.store, k->json.secret->file[f][0], err);
    if (rc == 0) {
        keep_vfs_head(v, s->head.digest);
        rc = keep_vfs_connect(v, &to, err);
    }
    if (rc == 0)
        rc = copy_pages(f == KEEP_KEYJSON_RECORDS ? s->db : s->ring, to, name, k->c, err);
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

static int check_copy(struct keep_store *s, const struct keep_copyout *c, const char *path, struct keep_err *err)
{
    struct finding f = {.c = c};
    struct keep_store_checker k = {.ctx = &f, .found = found, .progress = checking};
    struct keep_store_params p = {.path = path, .key = c->slot[0].key, .passphrase = c->slot[0].passphrase, .now = s->now};
    struct keep_store *copy = NULL;
    struct keep_err why = {0};
    uint8_t mine[32], its[32];
    int rc = keep_store_check(&p, &k, &why);

    if (rc == 0)
        rc = keep_store_open(&copy, &p, NULL, &why);
    if (rc == 0) {
        keep_merkle_root(&s->tree, mine);
        keep_merkle_root(&copy->tree, its);
        if (copy->tree.n != s->tree.n || copy->head.size != s->tree.n || memcmp(mine, its, sizeof mine) != 0)
            rc = keep_err_set(&why, KEEP_E_INTEGRITY, "its ledger is not the keep's");
    }
    keep_store_close(copy);
    if (rc == KEEP_E_INTERRUPTED)
        return keep_err_set(err, rc, "interrupted");
    return rc == 0 ? 0 : keep_err_set(err, rc, "the copy does not hold: %s", f.first[0] ? f.first : why.text);
}

/* The head that the copy's ledger has under the name of its own log. */
static int write_head(struct keep_store *s, const struct copying *k, struct keep_err *err)
{
    char origin[KEEP_STORE_ORIGIN];
    struct keep_buf head = KEEP_BUF_INIT;
    int rc;

    memset(origin, 0, sizeof origin);
    keep_store_origin_of(s->json.store, k->json.log.has ? k->json.log.id : NULL, origin);
    rc = keep_head_text_as(s, origin, &head, err);
    if (rc == 0)
        rc = keep_file_create(k->place.dir, "head", head.p, head.n, 0600, err);
    keep_buf_free(&head);
    return rc;
}

static int fill(struct keep_store *s, struct copying *k, struct keep_err *err)
{
    int rc = keys_new(s, k->c, &k->json, err);

    if (rc == 0)
        rc = copy_database(s, k, KEEP_KEYJSON_RECORDS, err);
    if (rc == 0)
        rc = copy_database(s, k, KEEP_KEYJSON_KEYRING, err);
    if (rc == 0)
        rc = write_head(s, k, err);
    if (rc == 0)
        rc = keep_file_create(k->place.dir, "lock", "", 0, 0600, err);
    if (rc == 0 && k->c->about.n)
        rc = keep_file_create(k->place.dir, KEEP_COPYOUT_ABOUT, k->c->about.p, k->c->about.n, 0400, err);
    return rc == 0 ? write_keys(&k->json, k->place.dir, err) : rc;
}

int keep_copyout_write(struct keep_store *s, const struct keep_copyout *c, struct keep_err *err)
{
    struct copying k = {.c = c};
    int rc;

    if ((!s->write && s->json.standing != KEEP_STANDING_BACKUP) || s->txn.open || c->slots == 0)
        return keep_err_set(err, KEEP_E_USAGE, "a copy is made from a keep open for writing, between transactions, or from a backup");
    rc = keep_place_begin(&k.place, c->dir, err);
    if (rc == 0)
        rc = fill(s, &k, err);
    keep_secret_free(k.json.secret);
    if (rc == 0)
        rc = check_copy(s, c, k.place.part, err);
    if (rc == 0 && c->ready)
        rc = c->ready(c->ctx, k.place.part, err);
    if (rc == 0)
        rc = keep_place_take(&k.place, err);
    keep_place_end(&k.place);
    return rc;
}

int keep_copyout_left(const char *dir, const uint8_t *key)
{
    struct keep_unlock how = {.key = key};
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_keyjson j = {.secret = NULL};
    char *part = keep_place_part(dir);
    int fd = part ? open(part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW) : -1;
    int rc = fd < 0 ? KEEP_E_INPUT : keep_file_read_all(fd, "keep.json", KEEP_KEYJSON_LIMIT, &text, NULL);

    if (rc == 0)
        rc = keep_keyjson_read(&j, keep_buf_view(&text), &how, NULL);
    if (rc == 0)
        keep_keyjson_done(&j);
    keep_buf_free(&text);
    if (fd >= 0)
        close(fd);
    free(part);
    return rc == 0;
}
