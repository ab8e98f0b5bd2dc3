/* The file is read once more, by its own descriptor. Whoever grows, rewrites or
 * replaces it in the meantime changes its size, its times or its number, and
 * then the digest is of nobody knows what: it is not given out, so that it can
 * never stand for bytes that the other reader did not see. */
#include "core/work/filehash.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/crypto/hash.h"

enum { PIECE = 256 * 1024 };

struct keep_filehash {
    struct keep_crew_job job;
    struct keep_crew *crew;
    const char *path;
    int fd;
    struct stat was;
    struct keep_sha_ctx *sha;
    unsigned char *room;
    atomic_bool stop;
    bool started, ended;
    uint8_t digest[32]; /* once it has ended */
    int rc;             /* of the reading */
    struct keep_err why;
};

static void read_all(void *ctx)
{
    struct keep_filehash *h = ctx;
    ssize_t n = 1;
    while (h->rc == 0 && n > 0 && !atomic_load_explicit(&h->stop, memory_order_relaxed)) {
        n = read(h->fd, h->room, PIECE);
        if (n < 0)
            h->rc = keep_err_set(&h->why, KEEP_E_IO, "%s: cannot be read", h->path);
        else
            h->rc = keep_sha_update(h->sha, h->room, (size_t)n, &h->why);
    }
}

int keep_filehash_open(struct keep_filehash **out, const char *path, struct keep_err *err)
{
    struct keep_filehash *h;
    int rc;
    if (strcmp(path, "-") == 0)
        return 1;
    if (!(h = calloc(1, sizeof *h)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    h->path = path;
    h->job = (struct keep_crew_job){.run = read_all, .ctx = h};
    h->fd = -1;
    rc = keep_file_open_read(path, &h->fd, err);
    if (rc == 0 && (fstat(h->fd, &h->was) < 0 || !S_ISREG(h->was.st_mode)))
        rc = 1;
    if (rc == 0)
        rc = keep_sha_new(&h->sha, KEEP_SHA256, err);
    if (rc == 0 && !(h->room = malloc(PIECE)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        *out = h;
    else
        keep_filehash_close(h);
    return rc;
}

uint64_t keep_filehash_size(const struct keep_filehash *h)
{
    return (uint64_t)h->was.st_size;
}

void keep_filehash_start(struct keep_filehash *h, struct keep_crew *crew)
{
    h->started = true;
    h->crew = crew;
    keep_crew_give(crew, &h->job);
}

static bool same_time(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool unchanged(const struct keep_filehash *h)
{
    struct stat now, there;
    return fstat(h->fd, &now) == 0 && stat(h->path, &there) == 0 && there.st_dev == now.st_dev && there.st_ino == now.st_ino && now.st_size == h->was.st_size &&
           same_time(&now.st_mtim, &h->was.st_mtim) && same_time(&now.st_ctim, &h->was.st_ctim);
}

int keep_filehash_end(struct keep_filehash *h, uint8_t digest[32], struct keep_err *err)
{
    keep_crew_wait(h->crew, &h->job);
    if (h->rc == 0 && !h->ended)
        h->rc = keep_sha_final(h->sha, h->digest, &h->why);
    h->ended = true;
    if (h->rc < 0) {
        if (err)
            *err = h->why;
        return h->rc;
    }
    if (!unchanged(h))
        return 1;
    memcpy(digest, h->digest, sizeof h->digest);
    return 0;
}

void keep_filehash_close(struct keep_filehash *h)
{
    if (!h)
        return;
    atomic_store_explicit(&h->stop, true, memory_order_relaxed);
    if (h->started)
        keep_crew_drop(h->crew, &h->job);
    keep_sha_free(h->sha);
    free(h->room);
    if (h->fd >= 0)
        close(h->fd);
    free(h);
}
