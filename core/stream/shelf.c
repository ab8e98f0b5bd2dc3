/* A folder is gathered whole before its first file is read, so that its order is
 * one and the same; each file is opened below the folder, component by component,
 * through no link, even if one was put there meanwhile. */
#include "core/stream/shelf.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/grow.h"

enum { PIECE = 1 << 18 /* read at once */ };

struct entry {
    const char *name;
    enum keep_unpack_kind kind;
    uint64_t size;
};

struct keep_shelf {
    char *path;
    /* a tar */
    struct keep_input *in;
    struct keep_unpack *unpack;
    /* a folder */
    int base;
    struct keep_arena *names;
    struct entry *entry;
    size_t n, cap, at; /* at: the next one */
    int fd;            /* of the item before it, once it was read from */
    uint8_t *piece;
};

static int trouble(struct keep_shelf *s, const char *name, struct keep_err *err)
{
    return keep_err_at(err, KEEP_E_IO, s->path, 0, 0, "%s: %s", name, strerror(errno));
}

static int add(struct keep_shelf *s, const char *name, const struct stat *st, struct keep_err *err)
{
    if (s->n == KEEP_SHELF_MAX)
        return keep_err_at(err, KEEP_E_LIMIT, s->path, 0, 0, "more than %u files", KEEP_SHELF_MAX);
    if (!keep_grow(&s->entry, &s->cap, s->n + 1, sizeof *s->entry, 256))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a folder");
    struct entry *e = &s->entry[s->n];
    e->name = keep_arena_copy(s->names, name, strlen(name));
    e->size = S_ISREG(st->st_mode) ? (uint64_t)st->st_size : 0;
    e->kind = S_ISREG(st->st_mode) ? KEEP_UNPACK_FILE : S_ISDIR(st->st_mode) ? KEEP_UNPACK_FOLDER : S_ISLNK(st->st_mode) ? KEEP_UNPACK_LINK : KEEP_UNPACK_OTHER;
    if (!e->name)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a folder");
    s->n++;
    return 0;
}

/* Everything below an open folder, whose name ends in '/' or is empty; fd is closed. */
static int gather(struct keep_shelf *s, int fd, struct keep_buf *name, unsigned depth, struct keep_err *err)
{
    DIR *dir = fdopendir(fd);
    size_t stem = name->n;
    int rc = 0;
    if (!dir) {
        rc = trouble(s, "folder", err);
        close(fd);
        return rc;
    }
    if (depth == KEEP_SHELF_DEPTH)
        rc = keep_err_at(err, KEEP_E_LIMIT, s->path, 0, 0, "folders in folders, more than %d deep", KEEP_SHELF_DEPTH);
    for (struct dirent *d; rc == 0 && (errno = 0, d = readdir(dir)) != NULL;) {
        struct stat st;
        if (strcmp(d->d_name, ".") == 0 || strcmp(d->d_name, "..") == 0)
            continue;
        name->n = stem;
        keep_buf_str(name, d->d_name);
        keep_buf_char(name, '\0');
        if (name->failed)
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory for a folder");
        else if (fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW) != 0)
            rc = trouble(s, (const char *)name->p, err);
        else
            rc = add(s, (const char *)name->p, &st, err);
        if (rc == 0 && S_ISDIR(st.st_mode)) {
            int sub = openat(fd, d->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            name->p[name->n - 1] = '/';
            rc = sub < 0 ? trouble(s, s->entry[s->n - 1].name, err) : gather(s, sub, name, depth + 1, err);
        }
    }
    if (rc == 0 && errno != 0)
        rc = trouble(s, "folder", err);
    name->n = stem;
    closedir(dir);
    return rc;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(((const struct entry *)a)->name, ((const struct entry *)b)->name);
}

static int open_folder(struct keep_shelf *s, struct keep_err *err)
{
    struct keep_buf name = KEEP_BUF_INIT;
    int again, rc = 0;
    s->names = keep_arena_new(0);
    s->piece = malloc(PIECE);
    if (!s->names || !s->piece)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a folder");
    again = openat(s->base, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    rc = again < 0 ? trouble(s, "folder", err) : gather(s, again, &name, 0, err);
    keep_buf_free(&name);
    if (rc == 0 && s->n > 0)
        qsort(s->entry, s->n, sizeof *s->entry, by_name);
    return rc;
}

static int open_tar(struct keep_shelf *s, struct keep_err *err)
{
    const void *p;
    size_t n;
    int rc = keep_input_open(&s->in, s->path, err);
    if (rc == 0)
        rc = keep_input_ahead(s->in, KEEP_UNPACK_BLOCK, &p, &n, err);
    if (rc >= 0 && !keep_unpack_is(p, n))
        rc = keep_err_at(err, KEEP_E_INPUT, s->path, 0, 0, "neither a folder nor a tar");
    return rc >= 0 ? keep_unpack_open(&s->unpack, s->in, s->path, err) : rc;
}

int keep_shelf_open(struct keep_shelf **out, const char *path, struct keep_err *err)
{
    struct keep_shelf *s = calloc(1, sizeof *s);
    if (!s || !(s->path = strdup(path))) {
        free(s);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a folder");
    }
    s->fd = -1;
    s->base = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = s->base >= 0 ? open_folder(s, err) : open_tar(s, err);
    if (rc < 0) {
        keep_shelf_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

void keep_shelf_close(struct keep_shelf *s)
{
    if (!s)
        return;
    keep_unpack_close(s->unpack);
    keep_input_close(s->in);
    if (s->base >= 0)
        close(s->base);
    if (s->fd >= 0)
        close(s->fd);
    keep_arena_free(s->names);
    free(s->entry);
    free(s->piece);
    free(s->path);
    free(s);
}

bool keep_shelf_folder(const struct keep_shelf *s)
{
    return s->base >= 0;
}

int keep_shelf_next(struct keep_shelf *s, struct keep_unpack_item *out, struct keep_err *err)
{
    if (s->unpack)
        return keep_unpack_item(s->unpack, out, err);
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
    if (s->at == s->n)
        return 0;
    const struct entry *e = &s->entry[s->at++];
    *out = (struct keep_unpack_item){e->name, e->kind, e->size};
    return 1;
}

/* Opens the item, through no link on the way. */
static int open_item(struct keep_shelf *s, struct keep_err *err)
{
    const char *name = s->entry[s->at - 1].name;
    int dir = s->base, fd = -1;
    for (const char *from = name, *slash; from; from = slash ? slash + 1 : NULL) {
        char part[NAME_MAX + 1];
        slash = strchr(from, '/');
        snprintf(part, sizeof part, "%.*s", slash ? (int)(slash - from) : (int)strlen(from), from);
        fd = openat(dir, part, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC | (slash ? O_DIRECTORY : 0));
        if (dir != s->base)
            close(dir);
        if (fd < 0)
            return trouble(s, name, err);
        dir = fd;
    }
    s->fd = fd;
    return 0;
}

int keep_shelf_read(struct keep_shelf *s, const void **p, size_t *n, struct keep_err *err)
{
    if (s->unpack)
        return keep_unpack_bytes(s->unpack, p, n, err);
    int rc = s->fd < 0 ? open_item(s, err) : 0;
    ssize_t had = 0;
    while (rc == 0 && (had = read(s->fd, s->piece, PIECE)) < 0 && errno == EINTR)
        ;
    if (rc == 0 && had < 0)
        rc = trouble(s, s->entry[s->at - 1].name, err);
    if (rc < 0)
        return rc;
    *p = s->piece;
    *n = (size_t)had;
    return had > 0;
}
