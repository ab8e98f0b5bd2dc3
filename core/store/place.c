/* flock on the folder itself tells a builder from what a dead one left: the
 * kernel drops it with the process. Only names that a keep has are ever removed. */
#include "core/store/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/store/fault.h"

static const char *const names[] = {"keep.json", "head", "lock", "backup", "records.db", "records.db-journal", "records.db.new", "records.db.new-journal",
                                    "keyring.db", "keyring.db-journal", "keyring.db.new", "keyring.db.new-journal"};
static const char *const stems[] = {"keep.json.tmp-", "head.tmp-"}; /* of files on their way to their names */

static bool ours(const char *name)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        if (strncmp(name, stems[i], strlen(stems[i])) == 0)
            return true;
    return strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
}

/* What is in the folder: looked at (false when something is not ours), or removed. */
static bool each(int dir, bool unlink_it)
{
    int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    bool all = d != NULL;

    if (!d && fd >= 0)
        close(fd);
    while (d && (e = readdir(d))) {
        if (!ours(e->d_name))
            all = false;
        else if (unlink_it)
            unlinkat(dir, e->d_name, 0);
    }
    if (d)
        closedir(d);
    return all;
}

char *keep_place_part(const char *path)
{
    size_t n = strlen(path);
    char *part = malloc(n + sizeof KEEP_PLACE_SUFFIX);

    while (n > 1 && path[n - 1] == '/')
        n--;
    if (part) {
        memcpy(part, path, n);
        memcpy(part + n, KEEP_PLACE_SUFFIX, sizeof KEEP_PLACE_SUFFIX);
    }
    return part;
}

static int open_part(struct keep_place *p, struct keep_err *err)
{
    p->dir = open(p->part, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (p->dir < 0)
        return keep_err_at(err, KEEP_E_IO, p->part, 0, 0, "%s", strerror(errno));
    if (flock(p->dir, LOCK_EX | LOCK_NB) != 0)
        return keep_err_at(err, errno == EWOULDBLOCK ? KEEP_E_LOCKED : KEEP_E_IO, p->part, 0, 0, errno == EWOULDBLOCK ? "another process is building it" : "cannot be locked");
    return 0;
}

/* Removes what a dead builder left. */
static int clear_part(struct keep_place *p, struct keep_err *err)
{
    int rc = open_part(p, err);

    if (rc == 0 && !each(p->dir, false))
        rc = keep_err_at(err, KEEP_E_REFUSED, p->part, 0, 0, "there is something here that is not of a keep");
    if (rc == 0) {
        each(p->dir, true);
        if (rmdir(p->part) != 0)
            rc = keep_err_at(err, KEEP_E_IO, p->part, 0, 0, "cannot be removed: %s", strerror(errno));
    }
    if (p->dir >= 0)
        close(p->dir);
    p->dir = -1;
    return rc;
}

int keep_place_begin(struct keep_place *p, const char *path, struct keep_err *err)
{
    struct stat st;
    int rc = 0;

    *p = (struct keep_place){.path = strdup(path), .part = keep_place_part(path), .dir = -1};
    if (!p->path || !p->part)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t n = strlen(p->path); n > 1 && p->path[n - 1] == '/'; n--)
        p->path[n - 1] = 0;
    if (lstat(p->path, &st) == 0)
        return keep_err_at(err, KEEP_E_REFUSED, p->path, 0, 0, "there is something here already");
    if (mkdir(p->part, 0700) != 0) {
        if (errno == EEXIST)
            rc = clear_part(p, err);
        else
            rc = keep_err_at(err, KEEP_E_IO, p->part, 0, 0, "cannot be made: %s", strerror(errno));
        if (rc == 0 && mkdir(p->part, 0700) != 0)
            rc = keep_err_at(err, KEEP_E_IO, p->part, 0, 0, "cannot be made: %s", strerror(errno));
    }
    if (rc == 0) {
        p->made = true;
        rc = open_part(p, err);
    }
    return rc;
}

static int sync_parent(const struct keep_place *p, struct keep_err *err)
{
    char *split = strdup(p->path);
    int dir = split ? open(dirname(split), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    int rc = dir < 0 ? keep_err_at(err, KEEP_E_IO, p->path, 0, 0, "its folder cannot be opened") : keep_file_sync_dir(dir, err);

    if (dir >= 0)
        close(dir);
    free(split);
    return rc;
}

int keep_place_take(struct keep_place *p, struct keep_err *err)
{
    int rc = keep_file_sync_dir(p->dir, err), done;

    if (rc == 0 && keep_fault_hit(KEEP_FAULT_STEP, "place") != 0)
        rc = keep_err_at(err, KEEP_E_IO, p->path, 0, 0, "cannot take its place");
    if (rc != 0)
        return rc;
    done = renameat2(AT_FDCWD, p->part, AT_FDCWD, p->path, RENAME_NOREPLACE);
    if (done != 0 && (errno == EINVAL || errno == ENOSYS)) /* a file system that cannot: a folder with something in it is not replaced either */
        done = rename(p->part, p->path);
    if (done != 0)
        return keep_err_at(err, errno == EEXIST || errno == ENOTEMPTY || errno == ENOTDIR ? KEEP_E_REFUSED : KEEP_E_IO, p->path, 0, 0, "cannot take its place: %s", strerror(errno));
    rc = sync_parent(p, err);
    if (rc == 0 || renameat2(AT_FDCWD, p->path, AT_FDCWD, p->part, RENAME_NOREPLACE) != 0)
        p->made = false; /* where a failed sync cannot be undone either, it stands: it is whole */
    return rc;
}

void keep_place_end(struct keep_place *p)
{
    if (p->made && p->dir >= 0) {
        each(p->dir, true);
        rmdir(p->part);
    } else if (p->made) {
        rmdir(p->part);
    }
    if (p->dir >= 0)
        close(p->dir);
    free(p->path);
    free(p->part);
    *p = (struct keep_place){.dir = -1};
}
