/* Pieces and lines. A line that lies inside one piece is a view into it; only
 * one that a piece's end cuts is copied together. A line beyond the limit comes
 * in pieces of the limit's size, so that memory stays bounded and no byte of it
 * is lost. */
#include "core/ingest/feed.h"

#include <string.h>

void keep_feed_init(struct keep_feed *f, const struct keep_ingest *p)
{
    *f = (struct keep_feed){.p = p, .line = 1};
}

void keep_feed_done(struct keep_feed *f)
{
    keep_buf_free(&f->head);
    keep_buf_free(&f->carry);
}

static int read_input(struct keep_feed *f, struct keep_str *out, struct keep_err *err)
{
    const struct keep_ingest *p = f->p;
    const void *bytes = NULL;
    size_t n = 0;
    if (f->ended)
        return 0;
    if (p->progress && p->progress(p->progress_ctx, keep_input_position(p->in), keep_input_size(p->in)) != 0)
        return keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    int rc = keep_input_next(p->in, &bytes, &n, err);
    f->ended = rc == 0;
    if (rc == 1)
        *out = (struct keep_str){bytes, n};
    return rc;
}

int keep_feed_ahead(struct keep_feed *f, struct keep_err *err)
{
    struct keep_str s = {0};
    int rc = read_input(f, &s, err);
    if (rc != 1)
        return rc;
    keep_buf_add(&f->head, s.p, s.n);
    return f->head.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory for the start of the input") : 1;
}

int keep_feed_piece(struct keep_feed *f, struct keep_str *out, struct keep_err *err)
{
    if (!f->head_given) {
        f->head_given = true;
        if (f->head.n > 0) {
            *out = keep_buf_view(&f->head);
            return 1;
        }
    }
    return read_input(f, out, err);
}

/* Gives s as the line, or the last piece of it, that begins at f->line, f->offset; skip (0 or 1) line ends stand behind it. */
static int give(struct keep_feed *f, struct keep_feed_line *out, struct keep_str s, size_t skip)
{
    bool in_long = f->in_long;
    *out = (struct keep_feed_line){.bytes = s, .line = f->line, .offset = f->offset};
    f->offset += s.n + skip;
    f->line += skip;
    f->in_long = false;
    return in_long ? 2 : 1;
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a line");
}

int keep_feed_line(struct keep_feed *f, struct keep_feed_line *out, struct keep_err *err)
{
    bool joined = false;
    keep_buf_clear(&f->carry);
    for (;;) {
        if (f->piece.n == 0) {
            int rc = keep_feed_piece(f, &f->piece, err);
            if (rc < 0)
                return rc;
            if (rc == 0) {
                f->piece = (struct keep_str){NULL, 0};
                return f->carry.n ? give(f, out, keep_buf_view(&f->carry), 0) : 0;
            }
        }
        const char *from = f->piece.p, *nl = memchr(from, '\n', f->piece.n);
        size_t n = nl ? (size_t)(nl - from) : f->piece.n;
        size_t room = KEEP_FEED_LINE - f->carry.n;
        if (n > room) { /* cut here; the rest comes with the next call */
            keep_buf_add(&f->carry, from, room);
            f->piece = (struct keep_str){from + room, f->piece.n - room};
            if (f->carry.failed)
                return no_memory(err);
            give(f, out, keep_buf_view(&f->carry), 0);
            f->in_long = true;
            return 2;
        }
        f->piece = (struct keep_str){from + n + (nl != NULL), f->piece.n - n - (nl != NULL)};
        if (nl && !joined)
            return give(f, out, (struct keep_str){from, n}, 1);
        keep_buf_add(&f->carry, from, n);
        if (f->carry.failed)
            return no_memory(err);
        joined = true;
        if (nl)
            return give(f, out, keep_buf_view(&f->carry), 1);
    }
}

int keep_feed_rest(struct keep_feed *f, struct keep_buf *out, size_t limit, struct keep_err *err)
{
    struct keep_str s = {0};
    int rc;
    while ((rc = keep_feed_piece(f, &s, err)) == 1) {
        if (s.n > limit || out->n > limit - s.n) {
            rc = keep_err_at(err, KEEP_E_LIMIT, f->p->name, 0, 0, "one document of more than %zu MiB", limit >> 20);
            keep_err_hint(err, "export it as NDJSON, one resource a line");
            return rc;
        }
        keep_buf_add(out, s.p, s.n);
        if (out->failed)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a document");
    }
    return rc;
}
