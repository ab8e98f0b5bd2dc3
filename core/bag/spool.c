/* An unlinked file with a small buffer before it. Where the file system knows no
 * O_TMPFILE, a file of a random name is made and unlinked at once: dying between
 * the two leaves an empty file. */
#include "core/bag/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/secret.h"

#define PIECE ((size_t)256 << 10)

struct keep_spool {
    int fd;
    uint64_t written; /* bytes in the file */
    size_t n;         /* bytes in buf behind them */
    uint8_t buf[PIECE];
};

static int nameless(int dirfd, int *fd, struct keep_err *err)
{
    uint8_t r[8];
    char hex[2 * sizeof r + 1], name[64];
    *fd = openat(dirfd, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (*fd >= 0)
        return 0;
    keep_secret_random(r, sizeof r);
    keep_codec_hex(r, sizeof r, hex);
    snprintf(name, sizeof name, ".spool-%s", hex);
    int rc = keep_file_open_nofollow(dirfd, name, O_RDWR | O_CREAT | O_EXCL, fd, err);
    if (rc == 0 && unlinkat(dirfd, name, 0) != 0) {
        rc = keep_err_set(err, KEEP_E_IO, "%s: %s", name, strerror(errno));
        close(*fd);
    }
    return rc;
}

int keep_spool_new(struct keep_spool **out, int dirfd, struct keep_err *err)
{
    struct keep_spool *s = malloc(sizeof *s);
    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    s->written = 0;
    s->n = 0;
    int rc = nameless(dirfd, &s->fd, err);
    if (rc < 0)
        free(s);
    else
        *out = s;
    return rc;
}

static int flush(struct keep_spool *s, struct keep_err *err)
{
    int rc = keep_file_write_full(s->fd, s->buf, s->n, "what the package will list", err);
    if (rc == 0) {
        s->written += s->n;
        s->n = 0;
    }
    return rc;
}

int keep_spool_add(struct keep_spool *s, const void *p, size_t n, struct keep_err *err)
{
    const uint8_t *b = p;
    while (n > 0) {
        size_t take = PIECE - s->n < n ? PIECE - s->n : n;
        memcpy(s->buf + s->n, b, take);
        s->n += take;
        b += take;
        n -= take;
        if (s->n == PIECE) {
            int rc = flush(s, err);
            if (rc < 0)
                return rc;
        }
    }
    return 0;
}

uint64_t keep_spool_size(const struct keep_spool *s)
{
    return s->written + s->n;
}

int keep_spool_replay(struct keep_spool *s, keep_spool_write write, void *ctx, struct keep_err *err)
{
    int rc = flush(s, err);
    for (uint64_t at = 0; rc == 0 && at < s->written;) {
        ssize_t had = pread(s->fd, s->buf, PIECE, (off_t)at);
        if (had < 0 && errno == EINTR)
            continue;
        if (had <= 0)
            return keep_err_set(err, KEEP_E_IO, "what the package will list cannot be read back: %s", had < 0 ? strerror(errno) : "it is shorter than it was");
        rc = write(ctx, s->buf, (size_t)had, err);
        at += (uint64_t)had;
    }
    return rc;
}

void keep_spool_free(struct keep_spool *s)
{
    if (!s)
        return;
    close(s->fd);
    free(s);
}
