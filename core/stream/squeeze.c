/* zstd over whole buffers: one frame in, one frame out. The frame carries its
 * content size, so that a reader can refuse before it allocates, and a checksum,
 * but beside phrases, where it would be a fortieth of the whole: no such frame
 * leaves the seal that tells of every changed bit. What a frame claims about itself is never believed beyond the caller's limit. */
#include "core/stream/squeeze.h"

#include <stdlib.h>
#include <string.h>
#include <zstd.h>

#include "core/stream/phrases.h"

#define SMALL 8192 /* with more text of its own before it, a phrase from elsewhere gains nothing */
#define QUICK 1    /* level beside phrases: with their tables faster than any below it, which leave letters as they are */

struct keep_squeeze {
    ZSTD_CCtx *pack, *small; /* small: NULL until the first small text is packed beside phrases */
    ZSTD_CDict *phrases;
    ZSTD_DCtx *unpack;
    ZSTD_DDict *known; /* NULL: phrases are not used */
};

int keep_squeeze_new(struct keep_squeeze **out, int level, struct keep_err *err)
{
    struct keep_squeeze *s = calloc(1, sizeof *s);

    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    s->pack = ZSTD_createCCtx();
    s->unpack = ZSTD_createDCtx();
    if (!s->pack || !s->unpack
        || ZSTD_isError(ZSTD_CCtx_setParameter(s->pack, ZSTD_c_compressionLevel, level))
        || ZSTD_isError(ZSTD_CCtx_setParameter(s->pack, ZSTD_c_contentSizeFlag, 1))
        || ZSTD_isError(ZSTD_CCtx_setParameter(s->pack, ZSTD_c_checksumFlag, 1))) {
        keep_squeeze_free(s);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    }
    *out = s;
    return 0;
}

void keep_squeeze_free(struct keep_squeeze *s)
{
    if (!s)
        return;
    ZSTD_freeCCtx(s->pack);
    ZSTD_freeCCtx(s->small);
    ZSTD_freeCDict(s->phrases);
    ZSTD_freeDCtx(s->unpack);
    ZSTD_freeDDict(s->known);
    free(s);
}

#define DICTIONARY (KEEP_PHRASES_TABLES + (size_t)keep_phrases_size)

/* Free it. NULL: out of memory. */
static char *dictionary(void)
{
    char *p = malloc(DICTIONARY);

    if (p) {
        memcpy(p, keep_phrases_tables, KEEP_PHRASES_TABLES);
        memcpy(p + KEEP_PHRASES_TABLES, keep_phrases_text, keep_phrases_size);
    }
    return p;
}

int keep_squeeze_phrases(struct keep_squeeze *s, struct keep_err *err)
{
    char *text;

    if (s->known)
        return 0;
    if ((text = dictionary()))
        s->known = ZSTD_createDDict(text, DICTIONARY); /* a frame that does not refer to it does not feel it */
    free(text);
    if (!s->known || ZSTD_isError(ZSTD_DCtx_refDDict(s->unpack, s->known)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    return 0;
}

/* The context for small texts. */
static int small_new(struct keep_squeeze *s, struct keep_err *err)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();
    ZSTD_CDict *d = NULL;
    char *text = dictionary();

    if (text)
        d = ZSTD_createCDict(text, DICTIONARY, QUICK);
    free(text);
    if (!c || !d || ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_contentSizeFlag, 1)) || ZSTD_isError(ZSTD_CCtx_setParameter(c, ZSTD_c_dictIDFlag, 0))
        || ZSTD_isError(ZSTD_CCtx_refCDict(c, d))) {
        ZSTD_freeCCtx(c);
        ZSTD_freeCDict(d);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    }
    s->small = c;
    s->phrases = d;
    return 0;
}

int keep_squeeze_pack(struct keep_squeeze *s, const void *p, size_t n, struct keep_buf *out, struct keep_err *err)
{
    size_t room = ZSTD_compressBound(n);
    bool small = s->known && n <= SMALL;
    int rc;

    if (small && !s->small && (rc = small_new(s, err)) < 0)
        return rc;
    if (ZSTD_isError(room) || !keep_buf_reserve(out, room))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory to compress %zu bytes", n);
    size_t had = ZSTD_compress2(small ? s->small : s->pack, out->p + out->n, room, p, n);
    if (ZSTD_isError(had))
        return keep_err_set(err, KEEP_E_NOMEM, "zstd: %s", ZSTD_getErrorName(had));
    out->n += had;
    return 0;
}

static int bad_frame(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "zstd frame: %s", what);
}

/* The frame states its size: one call into memory reserved once. */
static int unpack_known(struct keep_squeeze *s, const void *p, size_t n, size_t size, struct keep_buf *out, struct keep_err *err)
{
    if (!keep_buf_reserve(out, size + 1)) /* + 1: never an empty reservation */
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory to decompress %zu bytes", size);
    size_t had = ZSTD_decompressDCtx(s->unpack, out->p + out->n, size, p, n);
    if (ZSTD_isError(had))
        return bad_frame(err, ZSTD_getErrorName(had));
    out->n += had;
    return 0;
}

/* The frame does not (stock zstd reading a pipe): grow by doubling, never past the limit. */
static int unpack_unknown(struct keep_squeeze *s, const void *p, size_t n, size_t limit, struct keep_buf *out, struct keep_err *err)
{
    ZSTD_inBuffer in = {p, n, 0};
    size_t from = out->n, left, room = ZSTD_DStreamOutSize();
    int rc = 0;

    ZSTD_DCtx_reset(s->unpack, ZSTD_reset_session_only);
    do {
        size_t may = limit - (out->n - from), before = in.pos;
        if (room > may)
            room = may;
        if (!keep_buf_reserve(out, room + 1)) {
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory to decompress %zu bytes", room);
            break;
        }
        ZSTD_outBuffer to = {out->p + out->n, room, 0};
        left = ZSTD_decompressStream(s->unpack, &to, &in);
        out->n += to.pos;
        if (ZSTD_isError(left)) {
            rc = bad_frame(err, ZSTD_getErrorName(left));
        } else if (left != 0 && to.pos == 0 && in.pos == before) {
            rc = bad_frame(err, may == 0 ? "holds more than it may" : "truncated");
        }
        room *= 2;
    } while (left != 0 && rc == 0);
    if (rc != 0)
        out->n = from;
    return rc;
}

int keep_squeeze_unpack(struct keep_squeeze *s, const void *p, size_t n, size_t limit, struct keep_buf *out, struct keep_err *err)
{
    unsigned long long size = ZSTD_getFrameContentSize(p, n);
    size_t frame = ZSTD_findFrameCompressedSize(p, n);

    if (size == ZSTD_CONTENTSIZE_ERROR || ZSTD_isError(frame))
        return bad_frame(err, "not one, or truncated");
    if (frame != n)
        return bad_frame(err, "bytes behind its end");
    if (size == ZSTD_CONTENTSIZE_UNKNOWN)
        return unpack_unknown(s, p, n, limit, out, err);
    if (size > limit)
        return bad_frame(err, "holds more than it may");
    return unpack_known(s, p, n, (size_t)size, out, err);
}
