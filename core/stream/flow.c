/* The window is what a stream has to hold: packing at the low levels takes 2 MiB
 * or less, and a frame that asks a reader for more than 8 MiB is refused, so that
 * a few bytes from outside cannot claim a gigabyte. */
#include "core/stream/flow.h"

#include <stdbool.h>
#include <stdlib.h>
#include <zstd.h>
#include <zstd_errors.h>

#include "core/base/buf.h"

#define WINDOW_LOG 23

struct keep_flow {
    ZSTD_CCtx *pack; /* one of the two */
    ZSTD_DCtx *unpack;
    keep_flow_write write;
    void *ctx;
    struct keep_buf out;
    uint64_t limit, given;
    bool ended; /* the frame to unpack is */
};

static int make(struct keep_flow **out, bool pack, keep_flow_write write, void *ctx, struct keep_err *err)
{
    struct keep_flow *f = calloc(1, sizeof *f);

    if (!f)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    f->write = write;
    f->ctx = ctx;
    if (pack)
        f->pack = ZSTD_createCCtx();
    else
        f->unpack = ZSTD_createDCtx();
    if ((!f->pack && !f->unpack) || !keep_buf_reserve(&f->out, pack ? ZSTD_CStreamOutSize() : ZSTD_DStreamOutSize())) {
        keep_flow_free(f);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    }
    *out = f;
    return 0;
}

int keep_flow_pack(struct keep_flow **out, int level, uint64_t size, keep_flow_write write, void *ctx, struct keep_err *err)
{
    struct keep_flow *f;
    int rc = make(&f, true, write, ctx, err);

    if (rc < 0)
        return rc;
    if (ZSTD_isError(ZSTD_CCtx_setParameter(f->pack, ZSTD_c_compressionLevel, level)) || ZSTD_isError(ZSTD_CCtx_setParameter(f->pack, ZSTD_c_checksumFlag, 1)) ||
        ZSTD_isError(ZSTD_CCtx_setPledgedSrcSize(f->pack, size))) {
        keep_flow_free(f);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    }
    *out = f;
    return 0;
}

int keep_flow_unpack(struct keep_flow **out, uint64_t limit, keep_flow_write write, void *ctx, struct keep_err *err)
{
    struct keep_flow *f;
    int rc = make(&f, false, write, ctx, err);

    if (rc < 0)
        return rc;
    if (ZSTD_isError(ZSTD_DCtx_setParameter(f->unpack, ZSTD_d_windowLogMax, WINDOW_LOG))) {
        keep_flow_free(f);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd");
    }
    f->limit = limit;
    *out = f;
    return 0;
}

static int pour(struct keep_flow *f, size_t n, struct keep_err *err)
{
    return n ? f->write(f->ctx, f->out.p, n, err) : 0;
}

static int pack(struct keep_flow *f, ZSTD_inBuffer *in, ZSTD_EndDirective end, struct keep_err *err)
{
    size_t left;
    int rc = 0;

    do {
        ZSTD_outBuffer to = {f->out.p, f->out.cap, 0};
        left = ZSTD_compressStream2(f->pack, &to, in, end);
        if (ZSTD_isError(left))
            return keep_err_set(err, KEEP_E_IO, "zstd: %s", ZSTD_getErrorName(left));
        rc = pour(f, to.pos, err);
    } while (rc == 0 && (end == ZSTD_e_end ? left > 0 : in->pos < in->size));
    return rc;
}

static int bad_frame(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "zstd frame: %s", what);
}

static int unpack(struct keep_flow *f, ZSTD_inBuffer *in, struct keep_err *err)
{
    int rc = 0;

    for (bool more = true; rc == 0 && more;) {
        ZSTD_outBuffer to = {f->out.p, f->out.cap, 0};
        if (f->ended)
            return in->pos < in->size ? bad_frame(err, "bytes behind its end") : 0;
        size_t left = ZSTD_decompressStream(f->unpack, &to, in);
        if (ZSTD_isError(left))
            return ZSTD_getErrorCode(left) == ZSTD_error_memory_allocation ? keep_err_set(err, KEEP_E_NOMEM, "out of memory for zstd") : bad_frame(err, ZSTD_getErrorName(left));
        f->ended = left == 0;
        if (to.pos > f->limit - f->given)
            return bad_frame(err, "holds more than it may");
        f->given += to.pos;
        rc = pour(f, to.pos, err);
        more = in->pos < in->size || to.pos == to.size; /* a full buffer: there may be more behind it */
    }
    return rc;
}

int keep_flow_add(struct keep_flow *f, const void *p, size_t n, struct keep_err *err)
{
    ZSTD_inBuffer in = {p, n, 0};

    if (n == 0)
        return 0;
    return f->pack ? pack(f, &in, ZSTD_e_continue, err) : unpack(f, &in, err);
}

int keep_flow_finish(struct keep_flow *f, struct keep_err *err)
{
    ZSTD_inBuffer in = {NULL, 0, 0};

    if (f->pack)
        return pack(f, &in, ZSTD_e_end, err);
    return f->ended ? 0 : bad_frame(err, "truncated");
}

void keep_flow_free(struct keep_flow *f)
{
    if (!f)
        return;
    ZSTD_freeCCtx(f->pack);
    ZSTD_freeDCtx(f->unpack);
    keep_buf_free(&f->out);
    free(f);
}
