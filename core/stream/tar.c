/* The canonical ustar, ours alone and no general tar.
 *
 * One encoder makes a header from name, size and time; the reader takes these three
 * out of a block, encodes them again and compares all 512 bytes. Whatever a header
 * could say beside them (links, devices, owners, GNU and pax forms, other digits for
 * the same number, another split of the name) is refused by that one comparison.
 *
 *     0 name[100]      tail of a long name        257 magic "ustar\0"
 *   100 mode[8]        "0000644\0"                263 version "00"
 *   108 uid[8]         "0000000\0"                265 uname[32]     zeros
 *   116 gid[8]         "0000000\0"                297 gname[32]     zeros
 *   124 size[12]       11 octal digits, NUL       329 devmajor[8]   "0000000\0"
 *   136 mtime[12]      11 octal digits, NUL       337 devminor[8]   "0000000\0"
 *   148 checksum[8]    6 octal digits, NUL, ' '   345 prefix[155]   head of a long name
 *   156 typeflag       '0'                        500 zeros[12]
 *   157 linkname[100]  zeros
 *
 * Numbers end in NUL. A name of up to 100 bytes stands in name alone; a longer one
 * is split at the first '/' that leaves at most 100 behind it. */
#include "core/stream/tar.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"

enum {
    BLOCK = 512,
    NAME = 100, PREFIX = 155,
    AT_MODE = 100, AT_UID = 108, AT_GID = 116, AT_SIZE = 124, AT_MTIME = 136, AT_SUM = 148, AT_TYPE = 156,
    AT_MAGIC = 257, AT_MAJOR = 329, AT_MINOR = 337, AT_PREFIX = 345,
    PIECE = 1 << 20, /* read at once */
};

#define OCTAL11 ((uint64_t)077777777777) /* the most that eleven octal digits say: 8 GiB - 1 */

static const uint8_t zeros[2 * BLOCK];

/* One or more parts of [A-Za-z0-9._-] with single '/' between them, none "." or "..". */
static bool name_ok(const char *name)
{
    size_t part = 0, dots = 0;

    for (const char *p = name;; p++) {
        if (*p == '/' || *p == '\0') {
            if (part == 0 || (part == dots && part <= 2))
                return false;
            if (*p == '\0')
                return p - name <= KEEP_TAR_NAME;
            part = dots = 0;
            continue;
        }
        bool fine = (*p >= 'A' && *p <= 'Z') || (*p >= 'a' && *p <= 'z') || (*p >= '0' && *p <= '9') || *p == '.' || *p == '_' || *p == '-';
        if (!fine)
            return false;
        part++;
        dots += *p == '.';
    }
}

static void octal(uint8_t *p, int digits, uint64_t v)
{
    for (int i = digits - 1; i >= 0; i--, v >>= 3)
        p[i] = (uint8_t)('0' + (v & 7));
}

static uint64_t from_octal(const uint8_t *p, int digits)
{
    uint64_t v = 0;

    for (int i = 0; i < digits; i++) /* a byte that is no digit fails the comparison later */
        v = v << 3 | (p[i] & 7);
    return v;
}

/* False when the name has no such form or a number does not fit. */
static bool encode(uint8_t h[BLOCK], const char *name, uint64_t size, uint64_t seconds)
{
    size_t n = strlen(name);
    unsigned sum = 0;

    if (!name_ok(name) || size > OCTAL11 || seconds > OCTAL11)
        return false;
    memset(h, 0, BLOCK);
    if (n > NAME) {
        const char *cut = strchr(name + (n - NAME - 1), '/');
        if (!cut || cut - name > PREFIX)
            return false;
        memcpy(h + AT_PREFIX, name, (size_t)(cut - name));
        n -= (size_t)(cut - name) + 1;
        name = cut + 1;
    }
    memcpy(h, name, n);
    octal(h + AT_MODE, 7, 0644);
    octal(h + AT_UID, 7, 0);
    octal(h + AT_GID, 7, 0);
    octal(h + AT_SIZE, 11, size);
    octal(h + AT_MTIME, 11, seconds);
    h[AT_TYPE] = '0';
    memcpy(h + AT_MAGIC, "ustar\00000", 8);
    octal(h + AT_MAJOR, 7, 0);
    octal(h + AT_MINOR, 7, 0);
    memset(h + AT_SUM, ' ', 8); /* POSIX: the sum counts its own field as blanks */
    for (int i = 0; i < BLOCK; i++)
        sum += h[i];
    octal(h + AT_SUM, 6, sum);
    h[AT_SUM + 6] = '\0';
    return true;
}

static size_t padding(uint64_t size)
{
    return (size_t)((BLOCK - size % BLOCK) % BLOCK);
}

/* Writing. */

struct keep_tar_out {
    int fd;
    uint64_t seconds, position;
    uint64_t left;   /* of the open member */
    size_t pad;      /* behind it */
    bool open, finished;
};

int keep_tar_out_new(struct keep_tar_out **out, int fd, keep_time mtime, struct keep_err *err)
{
    if (mtime < 0 || mtime % KEEP_USEC != 0 || (uint64_t)(mtime / KEEP_USEC) > OCTAL11)
        return keep_err_set(err, KEEP_E_INPUT, "a tar's time is whole seconds from 1970 on");
    struct keep_tar_out *t = calloc(1, sizeof *t);
    if (!t)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a tar");
    t->fd = fd;
    t->seconds = (uint64_t)(mtime / KEEP_USEC);
    *out = t;
    return 0;
}

void keep_tar_out_goto(struct keep_tar_out *t, uint64_t position)
{
    t->position = position;
}

static int put(struct keep_tar_out *t, const void *p, size_t n, struct keep_err *err)
{
    int rc = keep_file_write_full(t->fd, p, n, "the tar", err);

    if (rc == 0)
        t->position += n;
    return rc;
}

int keep_tar_out_begin(struct keep_tar_out *t, const char *name, uint64_t size, struct keep_err *err)
{
    uint8_t h[BLOCK];

    if (t->open || t->finished)
        return keep_err_set(err, KEEP_E_INPUT, "a tar member begins inside another or behind the end");
    if (size > OCTAL11)
        return keep_err_set(err, KEEP_E_LIMIT, "a tar member holds at most %llu bytes", (unsigned long long)OCTAL11);
    if (!encode(h, name, size, t->seconds))
        return keep_err_set(err, KEEP_E_INPUT, "not a name for a member of a canonical tar");
    int rc = put(t, h, sizeof h, err);
    if (rc != 0)
        return rc;
    t->open = true;
    t->left = size;
    t->pad = padding(size);
    return 0;
}

int keep_tar_out_add(struct keep_tar_out *t, const void *p, size_t n, struct keep_err *err)
{
    if (!t->open || n > t->left)
        return keep_err_set(err, KEEP_E_INPUT, "more bytes than the tar member's size");
    int rc = put(t, p, n, err);
    if (rc == 0)
        t->left -= n;
    return rc;
}

int keep_tar_out_end(struct keep_tar_out *t, struct keep_err *err)
{
    if (!t->open || t->left > 0)
        return keep_err_set(err, KEEP_E_INPUT, "the tar member is %llu bytes short of its size", (unsigned long long)t->left);
    int rc = put(t, zeros, t->pad, err);
    if (rc == 0)
        t->open = false;
    return rc;
}

int keep_tar_out_finish(struct keep_tar_out *t, struct keep_err *err)
{
    if (t->open || t->finished)
        return keep_err_set(err, KEEP_E_INPUT, "the tar ends inside a member or twice");
    int rc = put(t, zeros, 2 * BLOCK, err);
    if (rc == 0)
        t->finished = true;
    return rc;
}

void keep_tar_out_free(struct keep_tar_out *t)
{
    free(t);
}

uint64_t keep_tar_out_position(const struct keep_tar_out *t)
{
    return t->position;
}

/* Reading. */

struct keep_tar_in {
    int fd;
    char *path;
    char name[KEEP_TAR_NAME + 2];
    uint64_t offset;     /* of buf[from] in the file */
    size_t from, to;     /* bytes of buf not yet taken */
    uint64_t left;       /* of the current member */
    size_t pad;          /* behind it */
    uint64_t members, seconds;
    bool ended;
    int failed;
    void (*turn)(void *ctx);
    void *turn_ctx;
    uint8_t *buf;        /* the one of both that was filled last */
    uint8_t both[2][PIECE];
};

static int wrong(struct keep_tar_in *t, struct keep_err *err, const char *what)
{
    return t->failed = keep_err_at(err, KEEP_E_INTEGRITY, t->path, 0, 0, "%s at byte %llu", what, (unsigned long long)t->offset);
}

/* At least want bytes (<= BLOCK) at buf[from]: 1; 0 when the file ends before them; <0. */
static int need(struct keep_tar_in *t, size_t want, struct keep_err *err)
{
    if (t->to - t->from < want && t->from > 0) {
        uint8_t *other = t->both[t->buf == t->both[0]];
        if (t->turn)
            t->turn(t->turn_ctx);
        memcpy(other, t->buf + t->from, t->to - t->from);
        t->buf = other;
        t->to -= t->from;
        t->from = 0;
    }
    while (t->to - t->from < want) {
        ssize_t had = read(t->fd, t->buf + t->to, PIECE - t->to);
        if (had < 0 && errno == EINTR)
            continue;
        if (had < 0)
            return t->failed = keep_err_at(err, KEEP_E_IO, t->path, 0, 0, "%s", strerror(errno));
        if (had == 0)
            return 0;
        t->to += (size_t)had;
    }
    return 1;
}

static void take(struct keep_tar_in *t, size_t n)
{
    t->from += n;
    t->offset += n;
}

int keep_tar_in_fd(struct keep_tar_in **out, int fd, const char *what, struct keep_err *err)
{
    struct keep_tar_in *t = calloc(1, sizeof *t);

    if (!t || !(t->path = strdup(what))) {
        free(t);
        close(fd);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a tar");
    }
    t->buf = t->both[0];
    t->fd = fd;
    *out = t;
    return 0;
}

int keep_tar_in_open(struct keep_tar_in **out, const char *path, struct keep_err *err)
{
    int fd, rc = keep_file_open_read(path, &fd, err);

    return rc == 0 ? keep_tar_in_fd(out, fd, path, err) : rc;
}

void keep_tar_in_turns(struct keep_tar_in *t, void (*turn)(void *ctx), void *ctx)
{
    t->turn = turn;
    t->turn_ctx = ctx;
}

void keep_tar_in_close(struct keep_tar_in *t)
{
    if (!t)
        return;
    if (t->fd >= 0)
        close(t->fd);
    free(t->path);
    free(t);
}

int keep_tar_in_read(struct keep_tar_in *t, const void **p, size_t *n, struct keep_err *err)
{
    if (t->failed)
        return keep_err_set(err, t->failed, "this tar failed before");
    if (t->left == 0)
        return 0;
    int rc = need(t, 1, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return wrong(t, err, "tar truncated");
    size_t had = t->to - t->from;
    if (had > t->left)
        had = (size_t)t->left;
    *p = t->buf + t->from;
    *n = had;
    t->left -= had;
    take(t, had);
    return 1;
}

/* What is left of the current member, and its padding. */
static int skip(struct keep_tar_in *t, struct keep_err *err)
{
    const void *p;
    size_t n;
    int rc;

    do
        rc = keep_tar_in_read(t, &p, &n, err);
    while (rc == 1);
    if (rc < 0)
        return rc;
    rc = need(t, t->pad, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return wrong(t, err, "tar truncated");
    if (memcmp(t->buf + t->from, zeros, t->pad) != 0)
        return wrong(t, err, "tar padding is not zero");
    take(t, t->pad);
    t->pad = 0;
    return 0;
}

/* The rest of the end: one more zero block, of which the first was seen, and no byte behind it. */
static int end(struct keep_tar_in *t, struct keep_err *err)
{
    take(t, BLOCK);
    int rc = need(t, BLOCK, err);
    if (rc < 0)
        return rc;
    if (rc == 0 || memcmp(t->buf + t->from, zeros, BLOCK) != 0)
        return wrong(t, err, "tar ends without its second zero block");
    take(t, BLOCK);
    rc = need(t, 1, err);
    if (rc < 0)
        return rc;
    if (rc == 1)
        return wrong(t, err, "bytes behind the tar's end");
    t->ended = true;
    return 0;
}

/* prefix "/" name, whatever the two fields hold; encode() judges it. */
static void join_name(struct keep_tar_in *t, const uint8_t *h)
{
    int prefix = (int)strnlen((const char *)h + AT_PREFIX, PREFIX), name = (int)strnlen((const char *)h, NAME);

    snprintf(t->name, sizeof t->name, "%.*s%s%.*s", prefix, (const char *)h + AT_PREFIX, prefix ? "/" : "", name, (const char *)h);
}

int keep_tar_in_next(struct keep_tar_in *t, struct keep_tar_member *m, struct keep_err *err)
{
    uint8_t again[BLOCK];

    if (t->failed)
        return keep_err_set(err, t->failed, "this tar failed before");
    if (t->ended)
        return 0;
    int rc = skip(t, err);
    if (rc != 0)
        return rc;
    rc = need(t, BLOCK, err);
    if (rc < 0)
        return rc;
    if (rc == 0)
        return wrong(t, err, "tar truncated");
    const uint8_t *h = t->buf + t->from;
    if (memcmp(h, zeros, BLOCK) == 0)
        return end(t, err);
    uint64_t size = from_octal(h + AT_SIZE, 11), seconds = from_octal(h + AT_MTIME, 11);
    join_name(t, h);
    if (!encode(again, t->name, size, seconds) || memcmp(h, again, BLOCK) != 0)
        return wrong(t, err, "tar header is not in canonical form");
    if (t->members > 0 && seconds != t->seconds)
        return wrong(t, err, "tar header has another time than the first");
    t->members++;
    t->seconds = seconds;
    take(t, BLOCK);
    t->left = size;
    t->pad = padding(size);
    *m = (struct keep_tar_member){t->name, size, (keep_time)seconds * KEEP_USEC};
    return 1;
}
