/* Making a keep, and the key file that opens it.
 *
 * A keep is built whole in a folder beside its place and then takes its name in
 * one step: there is no half-made keep, and none without a head. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/secret.h"
#include "core/store/state.h"

#define KEY_LINE "chartkeep-key-1 "
#define KEY_SIZE (sizeof KEY_LINE - 1 + 64 + 1)

int keep_store_key_make(const char *path, const uint8_t *key, struct keep_err *err)
{
    char line[KEY_SIZE + 1];

    memcpy(line, KEY_LINE, sizeof KEY_LINE - 1);
    keep_codec_hex(key, KEEP_KEY_SIZE, line + sizeof KEY_LINE - 1);
    line[KEY_SIZE - 1] = '\n';
    int rc = keep_file_create(AT_FDCWD, path, line, KEY_SIZE, 0400, err);
    keep_secret_wipe(line, sizeof line);
    return rc;
}

static int make_key_file(const char *path, struct keep_err *err)
{
    uint8_t key[KEEP_KEY_SIZE];

    keep_secret_random(key, sizeof key);
    int rc = keep_store_key_make(path, key, err);
    keep_secret_wipe(key, sizeof key);
    return rc;
}

int keep_store_key_file(const char *path, bool create, uint8_t *key, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct stat st;
    int fd = -1, rc;

    if (create && access(path, F_OK) != 0 && errno == ENOENT) {
        rc = make_key_file(path, err);
        if (rc != 0)
            return rc;
    }
    rc = keep_file_open_nofollow(AT_FDCWD, path, O_RDONLY | O_NONBLOCK, &fd, err);
    if (rc != 0)
        return rc;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        rc = keep_err_at(err, KEEP_E_KEY, path, 0, 0, "not a key file");
    } else if ((st.st_mode & 077) != 0) {
        rc = keep_err_at(err, KEEP_E_KEY, path, 0, 0, "others may read the key file, mode %03o", (unsigned)(st.st_mode & 0777));
        keep_err_hint(err, "chmod 400 it");
    } else {
        rc = keep_file_read_fd(fd, path, KEY_SIZE, &text, err);
        if (rc == KEEP_E_LIMIT || (rc == 0 && (text.n != KEY_SIZE || memcmp(text.p, KEY_LINE, sizeof KEY_LINE - 1) != 0 || text.p[KEY_SIZE - 1] != '\n'
                      || !keep_codec_unhex((struct keep_str){(char *)text.p + sizeof KEY_LINE - 1, 64}, key, 32)))) {
            keep_err_clear(err);
            rc = keep_err_at(err, KEEP_E_KEY, path, 0, 0, "not a key file");
        }
    }
    keep_buf_free(&text);
    close(fd);
    return rc;
}

/* --- init --- */

static const char *const files[] = {"keep.json", "head", "lock", "records.db", "records.db-journal", "keyring.db", "keyring.db-journal"};

static void remove_folder(const char *path)
{
    int dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (dir >= 0) {
        for (size_t i = 0; i < sizeof files / sizeof *files; i++)
            unlinkat(dir, files[i], 0);
        close(dir);
    }
    rmdir(path);
}

/* Absent, or a folder with nothing in it. */
static int check_place(const char *path, struct keep_err *err)
{
    DIR *d = opendir(path);
    const struct dirent *e;
    int n = 0;

    if (!d)
        return errno == ENOENT ? 0 : keep_err_at(err, errno == ENOTDIR ? KEEP_E_REFUSED : KEEP_E_IO, path, 0, 0, "cannot make a keep here: %s", strerror(errno));
    while ((e = readdir(d)))
        n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
    closedir(d);
    return n == 0 ? 0 : keep_err_at(err, KEEP_E_REFUSED, path, 0, 0, "there is something here already");
}

static int make_databases(struct keep_store *s, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = keep_file_create(s->dir, "records.db", "", 0, 0600, err); /* SQLite would let others read them */

    if (rc == 0)
        rc = keep_file_create(s->dir, "keyring.db", "", 0, 0600, err);
    if (rc == 0)
        rc = keep_vfs_connect(s->vfs, &s->db, err);
    if (rc == 0)
        rc = keep_vfs_connect(s->ring_vfs, &s->ring, err);
    if (rc == 0) {
        keep_store_guard(s, s->db);
        rc = keep_store_exec(s, s->db, "BEGIN", err);
    }
    if (rc == 0)
        rc = keep_store_exec(s, s->db, keep_schema_records, err);
    if (rc == 0)
        rc = keep_store_prepare(s, s->db, "INSERT INTO meta(name, value) VALUES('store', ?1), ('format', 1)", &st, err);
    if (rc == 0) {
        sqlite3_bind_blob(st, 1, s->json.store, sizeof s->json.store, SQLITE_STATIC);
        rc = sqlite3_step(st) == SQLITE_DONE ? 0 : keep_store_sql(s->db, sqlite3_errcode(s->db), "making the keep", err);
        sqlite3_reset(st);
    }
    if (rc == 0)
        rc = keep_store_commit(s, s->db, err);
    if (rc == 0)
        rc = keep_swap_make(s, s->ring, 0, err);
    if (rc == 0)
        keep_store_guard(s, s->ring);
    return rc;
}

static int fill_folder(struct keep_store *s, const struct keep_store_init *p, struct keep_err *err)
{
    int rc = keep_file_create(s->dir, "lock", "", 0, 0600, err);

    s->lock = rc == 0 ? openat(s->dir, "lock", O_RDWR | O_CLOEXEC | O_NOFOLLOW) : -1;
    if (rc == 0)
        rc = keep_keyjson_new(&s->json, p, err);
    if (rc == 0)
        rc = keep_store_write_json(s, err);
    if (rc == 0)
        rc = keep_store_identify(s, err);
    if (rc == 0)
        rc = keep_store_attach_vfs(s, err);
    if (rc == 0)
        rc = make_databases(s, err);
    if (rc == 0)
        rc = keep_ring_load(s, err);
    if (rc == 0)
        rc = keep_txn_start(s, KEEP_LEDGER_INIT, false, err);
    if (rc == 0) {
        keep_txn_count(s, "officers", p->officers);
        keep_txn_count(s, "quorum", p->quorum);
        rc = keep_txn_commit(s, err);
    }
    return rc == 0 ? keep_file_sync_dir(s->dir, err) : rc;
}

static int take_place(const char *from, const char *to, const char *parent, struct keep_err *err)
{
    int rc = 0, dir;

    if (rename(from, to) != 0)
        return keep_err_at(err, errno == ENOTEMPTY || errno == EEXIST ? KEEP_E_REFUSED : KEEP_E_IO, to, 0, 0, "cannot take its place: %s", strerror(errno));
    dir = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc = dir < 0 ? keep_err_at(err, KEEP_E_IO, parent, 0, 0, "%s", strerror(errno)) : keep_file_sync_dir(dir, err);
    if (dir >= 0)
        close(dir);
    return rc;
}

int keep_store_init(const struct keep_store_init *p, struct keep_err *err)
{
    struct keep_store_params open_as = {.path = p->path, .write = true, .now = p->now};
    struct keep_store *s = NULL;
    char *place = strdup(p->path), *split = strdup(p->path), *temp = malloc(strlen(p->path) + sizeof ".new-XXXXXX");
    const char *parent;
    bool made = false;
    int rc = place && split && temp ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    if (rc == 0)
        rc = check_place(p->path, err);
    if (rc != 0)
        goto out;
    for (size_t n = strlen(place); n > 1 && place[n - 1] == '/'; n--)
        place[n - 1] = '\0';
    parent = dirname(split);
    sprintf(temp, "%s.new-XXXXXX", place);
    made = mkdtemp(temp) != NULL;
    if (!made) {
        rc = keep_err_at(err, KEEP_E_IO, p->path, 0, 0, "cannot make a folder: %s", strerror(errno));
        goto out;
    }
    rc = keep_store_new(&s, &open_as, err);
    if (rc == 0) {
        s->path = realpath(temp, NULL);
        s->dir = s->path ? open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
        rc = s->dir >= 0 ? fill_folder(s, p, err) : keep_err_at(err, KEEP_E_IO, temp, 0, 0, "%s", strerror(errno));
    }
    keep_store_close(s);
    if (rc == 0)
        rc = take_place(temp, place, parent, err);
    if (rc == 0)
        made = false;
out:
    if (made)
        remove_folder(temp);
    free(place);
    free(split);
    free(temp);
    return rc;
}
