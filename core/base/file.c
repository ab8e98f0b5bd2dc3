/* Files. A file that matters is never changed in place: its successor is written
 * beside it, brought to the disk, and takes its name in one step; then the folder
 * is brought to the disk too, since it is the folder that holds the name. When
 * any step fails, the temporary file goes and the old one stands untouched. */
#include "core/base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/codec.h"

enum {
    RANDOM_BYTES = 8,
    READ_CHUNK = 64 * 1024,
    NAME_SIZE = 256, /* NAME_MAX and its NUL */
};

/* One failed system call as an error: what, which step, errno's meaning. */
static int failed(struct keep_err *err, const char *what, const char *step, int cause)
{
    int code = cause == ENOENT || cause == ELOOP || cause == ENOTDIR || cause == EISDIR ? KEEP_E_INPUT
               : cause == ENOMEM                                                       ? KEEP_E_NOMEM
                                                                                        : KEEP_E_IO;
    if (cause == ELOOP)
        return keep_err_at(err, code, what, 0, 0, "%s: it is a symbolic link", step);
    return keep_err_at(err, code, what, 0, 0, "%s: %s", step, strerror(cause));
}

int keep_file_open_read(const char *path, int *fd, struct keep_err *err)
{
    int f = open(path, O_RDONLY | O_CLOEXEC);
    if (f < 0)
        return failed(err, path, "cannot open", errno);
    *fd = f;
    return 0;
}

int keep_file_open_nofollow(int dirfd, const char *name, int flags, int *fd, struct keep_err *err)
{
    int f = openat(dirfd, name, flags | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (f < 0)
        return failed(err, name, "cannot open", errno);
    *fd = f;
    return 0;
}

int keep_file_read_fd(int fd, const char *what, size_t limit, struct keep_buf *out, struct keep_err *err)
{
    size_t before = out->n, got = 0;
    for (;;) {
        size_t want = limit - got < READ_CHUNK ? limit - got + 1 : READ_CHUNK; /* one more than allowed tells that there is more */
        if (!keep_buf_reserve(out, want)) {
            out->n = before;
            return keep_err_at(err, KEEP_E_NOMEM, what, 0, 0, "no memory to read it");
        }
        ssize_t n = read(fd, out->p + out->n, want);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            int cause = errno;
            out->n = before;
            return failed(err, what, "cannot read", cause);
        }
        if (n == 0)
            return 0;
        out->n += (size_t)n;
        got += (size_t)n;
        if (got > limit) {
            out->n = before;
            return keep_err_at(err, KEEP_E_LIMIT, what, 0, 0, "larger than %zu bytes", limit);
        }
    }
}

int keep_file_read_all(int dirfd, const char *name, size_t limit, struct keep_buf *out, struct keep_err *err)
{
    int fd = -1;
    struct stat st;
    /* Without blocking: opening a pipe that nobody writes to must not hang. */
    int rc = keep_file_open_nofollow(dirfd, name, O_RDONLY | O_NONBLOCK, &fd, err);
    if (rc < 0)
        return rc;
    if (fstat(fd, &st) != 0)
        rc = failed(err, name, "cannot read", errno);
    else if (!S_ISREG(st.st_mode))
        rc = keep_err_at(err, KEEP_E_INPUT, name, 0, 0, "not a regular file");
    else
        rc = keep_file_read_fd(fd, name, limit, out, err);
    close(fd);
    return rc;
}

int keep_file_write_full(int fd, const void *p, size_t n, const char *what, struct keep_err *err)
{
    const unsigned char *from = p;
    while (n > 0) {
        ssize_t done = write(fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return failed(err, what, "cannot write", done < 0 ? errno : ENOSPC);
        from += done;
        n -= (size_t)done;
    }
    return 0;
}

/* Writes a fresh file under name, brings it to the disk; when that fails, it is gone again. */
static int write_new(int dirfd, const char *name, const char *what, const void *p, size_t n, mode_t mode, struct keep_err *err)
{
    int fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0 && errno == EEXIST)
        return keep_err_at(err, KEEP_E_REFUSED, what, 0, 0, "it already exists");
    if (fd < 0)
        return failed(err, what, "cannot create", errno);
    int rc = 0;
    if (fchmod(fd, mode) != 0) /* whatever the umask says */
        rc = failed(err, what, "cannot set its mode", errno);
    if (rc == 0)
        rc = keep_file_write_full(fd, p, n, what, err);
    if (rc == 0 && fsync(fd) != 0)
        rc = failed(err, what, "cannot bring to the disk", errno);
    if (close(fd) != 0 && rc == 0)
        rc = failed(err, what, "cannot close", errno);
    if (rc < 0)
        unlinkat(dirfd, name, 0);
    return rc;
}

/* "a/b/name" -> a descriptor of "a/b" (to be closed) and "name"; a plain name stays with a copy of dirfd. */
static int open_folder(int dirfd, const char *path, int *folder, const char **name, struct keep_err *err)
{
    const char *slash = strrchr(path, '/');
    char parent[4096]; /* PATH_MAX */
    const char *open_as = ".";
    if (slash) {
        size_t n = slash == path ? 1 : (size_t)(slash - path);
        if (n >= sizeof parent)
            return failed(err, path, "cannot open its folder", ENAMETOOLONG);
        memcpy(parent, path, n);
        parent[n] = '\0';
        open_as = parent;
    }
    int fd = openat(dirfd, open_as, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return failed(err, path, "cannot open its folder", errno);
    *folder = fd;
    *name = slash ? slash + 1 : path;
    return 0;
}

int keep_file_sync_dir(int dirfd, struct keep_err *err)
{
    if (fsync(dirfd) != 0)
        return failed(err, "folder", "cannot bring to the disk", errno);
    return 0;
}

static int temporary_name(const char *name, char out[NAME_SIZE], struct keep_err *err)
{
    unsigned char random[RANDOM_BYTES];
    char hex[2 * RANDOM_BYTES + 1];
    if (getrandom(random, sizeof random, 0) != (ssize_t)sizeof random)
        return failed(err, name, "cannot get random bytes", errno);
    keep_codec_hex(random, sizeof random, hex);
    if (snprintf(out, NAME_SIZE, "%s.tmp-%s", name, hex) >= NAME_SIZE)
        return failed(err, name, "cannot create", ENAMETOOLONG);
    return 0;
}

/* A device, a pipe or a folder is never put out of the way by a file of its name. */
static int replaceable(int folder, const char *base, const char *name, struct keep_err *err)
{
    struct stat st;
    if (fstatat(folder, base, &st, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? 0 : failed(err, name, "cannot replace", errno);
    if (!S_ISREG(st.st_mode) && !S_ISLNK(st.st_mode))
        return keep_err_set(err, KEEP_E_USAGE, "%s: is no regular file, and is left as it is", name);
    return 0;
}

int keep_file_replace(int dirfd, const char *name, const void *p, size_t n, mode_t mode, struct keep_err *err)
{
    int folder = -1;
    const char *base = NULL;
    char temp[NAME_SIZE];
    int rc = open_folder(dirfd, name, &folder, &base, err);
    if (rc == 0)
        rc = replaceable(folder, base, name, err);
    if (rc == 0)
        rc = temporary_name(base, temp, err);
    if (rc == 0)
        rc = write_new(folder, temp, name, p, n, mode, err);
    if (rc == 0 && renameat(folder, temp, folder, base) != 0) {
        rc = failed(err, name, "cannot replace", errno);
        unlinkat(folder, temp, 0);
    }
    if (rc == 0)
        rc = keep_file_sync_dir(folder, err);
    if (folder >= 0)
        close(folder);
    return rc;
}

static int try_room(int folder, const char *temp, const char *name, size_t n, struct keep_err *err)
{
    int fd = openat(folder, temp, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return failed(err, name, "cannot create", errno);
    int cause = n ? posix_fallocate(fd, 0, (off_t)n) : 0;
    close(fd);
    unlinkat(folder, temp, 0);
    return cause ? failed(err, name, "no room for it", cause) : 0;
}

int keep_file_place(int dirfd, const char *name, size_t n, struct keep_err *err)
{
    int folder = -1;
    const char *base = NULL;
    char temp[NAME_SIZE];
    struct stat st;
    int rc = open_folder(dirfd, name, &folder, &base, err);
    if (rc == 0 && (!*base || (fstatat(folder, base, &st, 0) == 0 && !S_ISREG(st.st_mode))))
        rc = keep_err_at(err, KEEP_E_INPUT, name, 0, 0, "not a regular file");
    if (rc == 0)
        rc = temporary_name(base, temp, err);
    if (rc == 0)
        rc = try_room(folder, temp, name, n, err);
    if (folder >= 0)
        close(folder);
    return rc;
}

int keep_file_create(int dirfd, const char *name, const void *p, size_t n, mode_t mode, struct keep_err *err)
{
    int folder = -1;
    const char *base = NULL;
    int rc = open_folder(dirfd, name, &folder, &base, err);
    if (rc == 0)
        rc = write_new(folder, base, name, p, n, mode, err);
    if (rc == 0) {
        rc = keep_file_sync_dir(folder, err);
        if (rc < 0)
            unlinkat(folder, base, 0);
    }
    if (folder >= 0)
        close(folder);
    return rc;
}

int keep_file_lock_byte(int fd, int64_t byte, enum keep_file_lock how, struct keep_err *err)
{
    static const short kind[] = {
        [KEEP_FILE_LOCK_SHARED] = F_RDLCK,
        [KEEP_FILE_LOCK_EXCLUSIVE] = F_WRLCK,
        [KEEP_FILE_UNLOCK] = F_UNLCK,
    };
    struct flock lock = {.l_type = kind[how], .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};
    while (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
        if (errno == EINTR)
            continue;
        if (errno == EAGAIN || errno == EACCES)
            return keep_err_set(err, KEEP_E_LOCKED, "another process holds the lock");
        return failed(err, "lock", "cannot lock", errno);
    }
    return 0;
}

int keep_file_read_operand(const char *path, size_t limit, struct keep_buf *out, struct keep_err *err)
{
    int fd = -1;
    int rc = keep_file_open_read(path, &fd, err);
    if (rc < 0)
        return rc;
    rc = keep_file_read_fd(fd, path, limit, out, err);
    close(fd);
    return rc;
}
