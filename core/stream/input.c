/* Input bytes, decompressed when their first bytes say gzip or zstd.
 *
 * Plain bytes come straight from read(2) in pieces of PIECE. zstd is libzstd's own
 * stream reader, with every frame's checksum; gzip is libarchive's raw format with
 * its gzip filter, held to exactly one such filter. That filter does not look at
 * the gzip trailer, so CRC-32 and length (RFC 1952 section 2.3.1) are checked here.
 * Of a file of several members joined together only the last trailer is at a known
 * place; such a file is told by another member's header somewhere in it, and only
 * what inflate itself notices is noticed there. */
#include "core/stream/input.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "core/base/buf.h"
#include "core/base/file.h"

enum {
    PIECE = 1 << 20, /* read(2) at once: few calls, still inside the second-level cache of most machines */
    MAGIC = 4,       /* bytes that tell the kind */
    TRAILER = 8,     /* gzip: CRC-32, length mod 2^32, both little endian */
};

/* What the gzip filter leaves unchecked. */
struct gzip {
    struct archive *archive;
    uint32_t table[8][256]; /* CRC-32 eight bytes at a time */
    uint32_t crc, length;   /* of the output */
    uint8_t tail[TRAILER];  /* the last stored bytes */
    uint32_t recent;        /* the last four stored bytes, for finding headers */
    unsigned until;         /* bytes to the end of what may be a header, 0 none */
    unsigned headers;       /* places that look like a member's header */
    struct keep_err io;     /* what reading said, which libarchive cannot carry */
};

struct keep_input {
    int fd; /* -1: bytes come from giver */
    char *path;
    struct keep_input_giver giver;
    struct keep_str given; /* what giver gave and was not yet taken */
    struct keep_buf head;  /* decoded bytes that were looked at ahead */
    bool head_due;
    enum { PLAIN, GZIP, ZSTD } kind;
    uint64_t size, position;
    size_t first; /* bytes in piece that were read to learn the kind and not yet given */
    bool ended;
    struct gzip gzip;
    ZSTD_DStream *zstd;
    ZSTD_inBuffer in;
    size_t zstd_left; /* 0: between frames */
    uint8_t *out;     /* zstd's output */
    uint8_t piece[PIECE];
};

static int fail(const struct keep_input *in, struct keep_err *err, int code, const char *what)
{
    return keep_err_at(err, code, in->path, 0, 0, "%s", what);
}

/* Bytes of the giver at in->piece: 1 with *n > 0, 0 at the end, <0. */
static int taken(struct keep_input *in, size_t from, size_t *n, struct keep_err *err)
{
    const void *p = NULL;
    size_t had = 0;

    if (in->given.n == 0) {
        int rc = in->giver.give(in->giver.ctx, &p, &had, err);
        if (rc != 1)
            return rc;
        in->given = (struct keep_str){p, had};
    }
    *n = in->given.n < PIECE - from ? in->given.n : PIECE - from;
    memcpy(in->piece + from, in->given.p, *n);
    in->given = (struct keep_str){in->given.p + *n, in->given.n - *n};
    in->position += *n;
    return 1;
}

/* Stored bytes at in->piece: 1 with *n > 0, 0 at the end, <0. */
static int stored(struct keep_input *in, size_t from, size_t *n, struct keep_err *err)
{
    ssize_t had;

    if (in->fd < 0)
        return taken(in, from, n, err);
    do
        had = read(in->fd, in->piece + from, PIECE - from);
    while (had < 0 && errno == EINTR);
    if (had < 0)
        return fail(in, err, KEEP_E_IO, strerror(errno));
    in->position += (uint64_t)had;
    *n = (size_t)had;
    return had > 0;
}

/* The next piece: first the one that told the kind. */
static int next_piece(struct keep_input *in, size_t *n, struct keep_err *err)
{
    if (in->first == 0)
        return stored(in, 0, n, err);
    *n = in->first;
    in->first = 0;
    return 1;
}

/* gzip. */

static void crc_tables(uint32_t t[8][256])
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t c = i;
        for (int k = 0; k < 8; k++)
            c = c >> 1 ^ (0xedb88320 & (0 - (c & 1)));
        t[0][i] = c;
    }
    for (int k = 1; k < 8; k++)
        for (int i = 0; i < 256; i++)
            t[k][i] = t[k - 1][i] >> 8 ^ t[0][t[k - 1][i] & 255];
}

static uint32_t crc_update(const uint32_t t[8][256], uint32_t crc, const uint8_t *p, size_t n)
{
    uint32_t c = ~crc;

    for (; n >= 8; n -= 8, p += 8) {
        c ^= (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        c = t[7][c & 255] ^ t[6][c >> 8 & 255] ^ t[5][c >> 16 & 255] ^ t[4][c >> 24]
          ^ t[3][p[4]] ^ t[2][p[5]] ^ t[1][p[6]] ^ t[0][p[7]];
    }
    for (; n > 0; n--, p++)
        c = c >> 8 ^ t[0][(c ^ *p) & 255];
    return ~c;
}

/* Notes the last eight bytes of what is fed to the filter, and what looks like a member's
 * header: 1f 8b 08, no reserved flag, time[4], extra flags 0, 2 or 4, a system that RFC 1952
 * knows. Compressed data looks so by chance once in 200 GB. */
static void watch(struct gzip *g, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g->recent = g->recent << 8 | p[i];
        if (g->until > 0 && --g->until == 0) {
            uint8_t extra = g->recent >> 8 & 255, system = g->recent & 255;
            g->headers += (extra == 0 || extra == 2 || extra == 4) && (system <= 13 || system == 255);
        }
        if ((g->recent & 0xffffffe0) == 0x1f8b0800)
            g->until = 6;
    }
    if (n >= TRAILER) {
        memcpy(g->tail, p + n - TRAILER, TRAILER);
    } else {
        memmove(g->tail, g->tail + n, TRAILER - n);
        memcpy(g->tail + TRAILER - n, p, n);
    }
}

static la_ssize_t feed(struct archive *a, void *ctx, const void **p)
{
    struct keep_input *in = ctx;
    size_t n = 0;
    int rc = next_piece(in, &n, &in->gzip.io);

    if (rc < 0) {
        archive_set_error(a, EIO, "read failed");
        return -1;
    }
    watch(&in->gzip, in->piece, n);
    *p = in->piece;
    return rc == 0 ? 0 : (la_ssize_t)n;
}

static uint32_t le32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static int gzip_end(struct keep_input *in, struct keep_err *err)
{
    const struct gzip *g = &in->gzip;

    in->ended = true;
    if (g->headers <= 1 && (le32(g->tail) != g->crc || le32(g->tail + 4) != g->length))
        return fail(in, err, KEEP_E_INPUT, "damaged gzip: its checksum or length does not match");
    return 0;
}

static int gzip_failed(struct keep_input *in, struct keep_err *err)
{
    const char *why = archive_error_string(in->gzip.archive);

    if (in->gzip.io.code != 0)
        return fail(in, err, in->gzip.io.code, in->gzip.io.text);
    return keep_err_at(err, KEEP_E_INPUT, in->path, 0, 0, "damaged gzip: %s", why ? why : "unreadable");
}

static int gzip_open(struct keep_input *in, struct keep_err *err)
{
    struct archive_entry *entry;
    struct archive *a = archive_read_new();

    if (!a)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for libarchive");
    in->gzip.archive = a;
    crc_tables(in->gzip.table);
    if (archive_read_support_filter_gzip(a) != ARCHIVE_OK || archive_read_support_format_raw(a) != ARCHIVE_OK
        || archive_read_support_format_empty(a) != ARCHIVE_OK)
        return keep_err_set(err, KEEP_E_IO, "libarchive was built without gzip");
    if (archive_read_open(a, in, NULL, feed, NULL) != ARCHIVE_OK)
        return gzip_failed(in, err);
    if (archive_filter_code(a, 0) != ARCHIVE_FILTER_GZIP)
        return fail(in, err, KEEP_E_INPUT, "damaged gzip: its header is cut off or malformed");
    if (archive_filter_count(a) != 2) /* gzip, and the bytes themselves */
        return fail(in, err, KEEP_E_INPUT, "gzip inside gzip");
    switch (archive_read_next_header(a, &entry)) {
    case ARCHIVE_OK:
        return 0;
    case ARCHIVE_EOF:
        return gzip_end(in, err);
    default:
        return gzip_failed(in, err);
    }
}

static int gzip_next(struct keep_input *in, const void **p, size_t *n, struct keep_err *err)
{
    struct gzip *g = &in->gzip;
    la_int64_t offset;
    const void *q;
    size_t had = 0;
    int rc;

    do
        rc = archive_read_data_block(g->archive, &q, &had, &offset);
    while (rc == ARCHIVE_OK && had == 0);
    if (rc == ARCHIVE_EOF)
        return gzip_end(in, err);
    if (rc != ARCHIVE_OK)
        return gzip_failed(in, err);
    g->crc = crc_update((const uint32_t(*)[256])g->table, g->crc, q, had);
    g->length += (uint32_t)had;
    *p = q;
    *n = had;
    return 1;
}

/* zstd. */

static int zstd_open(struct keep_input *in, struct keep_err *err)
{
    in->zstd = ZSTD_createDStream();
    in->out = malloc(ZSTD_DStreamOutSize());
    if (!in->zstd || !in->out)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    return 0;
}

static int zstd_next(struct keep_input *in, const void **p, size_t *n, struct keep_err *err)
{
    ZSTD_outBuffer to = {in->out, ZSTD_DStreamOutSize(), 0};

    while (to.pos == 0) {
        if (in->in.pos == in->in.size && !in->ended) {
            size_t had = 0;
            int rc = next_piece(in, &had, err);
            if (rc < 0)
                return rc;
            in->in = (ZSTD_inBuffer){in->piece, had, 0};
            in->ended = rc == 0;
        }
        bool dry = in->in.pos == in->in.size;
        if (dry && in->zstd_left == 0)
            return 0;
        in->zstd_left = ZSTD_decompressStream(in->zstd, &to, &in->in);
        if (ZSTD_isError(in->zstd_left)) {
            bool window = ZSTD_getErrorCode(in->zstd_left) == ZSTD_error_frameParameter_windowTooLarge;
            return keep_err_at(err, window ? KEEP_E_LIMIT : KEEP_E_INPUT, in->path, 0, 0, "zstd: %s", ZSTD_getErrorName(in->zstd_left));
        }
        if (dry && in->ended && to.pos == 0 && in->zstd_left != 0)
            return fail(in, err, KEEP_E_INPUT, "truncated zstd");
    }
    *p = in->out;
    *n = to.pos;
    return 1;
}

/* Reads until the kind is known; what was read is given first. */
static int learn_kind(struct keep_input *in, struct keep_err *err)
{
    static const uint8_t gz[] = {0x1f, 0x8b}, zst[MAGIC] = {0x28, 0xb5, 0x2f, 0xfd};
    static const uint8_t skippable[] = {0x2a, 0x4d, 0x18}; /* behind 0x50 .. 0x5f: how pzstd begins */
    int rc = 1;

    while (in->first < MAGIC && rc == 1) {
        size_t n = 0;
        rc = stored(in, in->first, &n, err);
        in->first += n;
    }
    if (rc < 0)
        return rc;
    if (in->first >= sizeof gz && memcmp(in->piece, gz, sizeof gz) == 0) {
        in->kind = GZIP;
        return gzip_open(in, err);
    }
    if (in->first >= MAGIC && (memcmp(in->piece, zst, MAGIC) == 0 || ((in->piece[0] & 0xf0) == 0x50 && memcmp(in->piece + 1, skippable, 3) == 0))) {
        in->kind = ZSTD;
        return zstd_open(in, err);
    }
    in->kind = PLAIN;
    return 0;
}

int keep_input_open(struct keep_input **out, const char *path, struct keep_err *err)
{
    struct stat st;
    int rc = 0;
    struct keep_input *in = calloc(1, sizeof *in);

    if (!in || !(in->path = strdup(path))) {
        free(in);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for an input");
    }
    if (strcmp(path, "-") == 0) {
        in->fd = STDIN_FILENO;
    } else if ((rc = keep_file_open_read(path, &in->fd, err)) != 0) {
        in->fd = -1;
        goto out;
    }
    if (fstat(in->fd, &st) != 0) {
        rc = fail(in, err, KEEP_E_IO, strerror(errno));
        goto out;
    }
    if (S_ISDIR(st.st_mode)) {
        rc = fail(in, err, KEEP_E_INPUT, "a folder, not a file");
        goto out;
    }
    in->size = S_ISREG(st.st_mode) ? (uint64_t)st.st_size : 0;
    rc = learn_kind(in, err);
    if (rc != 0)
        goto out;
    *out = in;
    in = NULL;
out:
    keep_input_close(in);
    return rc;
}

int keep_input_over(struct keep_input **out, const char *name, struct keep_input_giver giver, struct keep_err *err)
{
    struct keep_input *in = calloc(1, sizeof *in);
    int rc;

    if (!in || !(in->path = strdup(name))) {
        free(in);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for an input");
    }
    in->fd = -1;
    in->giver = giver;
    if ((rc = learn_kind(in, err)) == 0) {
        *out = in;
        in = NULL;
    }
    keep_input_close(in);
    return rc;
}

void keep_input_close(struct keep_input *in)
{
    if (!in)
        return;
    archive_read_free(in->gzip.archive);
    ZSTD_freeDStream(in->zstd);
    if (in->fd > STDIN_FILENO)
        close(in->fd);
    keep_buf_free(&in->head);
    free(in->out);
    free(in->path);
    free(in);
}

static int decoded(struct keep_input *in, const void **p, size_t *n, struct keep_err *err)
{
    size_t had = 0;
    int rc;

    if (in->kind == ZSTD)
        return zstd_next(in, p, n, err);
    if (in->ended)
        return 0;
    if (in->kind == GZIP)
        return gzip_next(in, p, n, err);
    rc = next_piece(in, &had, err);
    in->ended = rc == 0;
    if (rc != 1)
        return rc;
    *p = in->piece;
    *n = had;
    return 1;
}

int keep_input_next(struct keep_input *in, const void **p, size_t *n, struct keep_err *err)
{
    if (!in->head_due)
        return decoded(in, p, n, err);
    in->head_due = false;
    *p = in->head.p;
    *n = in->head.n;
    return 1;
}

int keep_input_ahead(struct keep_input *in, size_t want, const void **p, size_t *n, struct keep_err *err)
{
    const void *piece;
    size_t had = 0;
    int rc = 1;

    while (in->head.n < want && (rc = decoded(in, &piece, &had, err)) == 1) {
        keep_buf_add(&in->head, piece, had);
        if (in->head.failed)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory for an input");
    }
    if (rc < 0)
        return rc;
    in->head_due = in->head.n > 0;
    *p = in->head.p;
    *n = in->head.n;
    return 0;
}

uint64_t keep_input_size(const struct keep_input *in)
{
    return in->size;
}

uint64_t keep_input_position(const struct keep_input *in)
{
    return in->position;
}
