/* Input bytes from a file or standard input, decompressed when they are gzip or zstd.
 * Truncated or damaged compression is KEEP_E_INPUT, with the path. The checksums of
 * zstd frames and of a gzip file of one member are checked; of gzip members joined
 * together (cat a.gz b.gz) only their structure is. */
#ifndef CORE_STREAM_INPUT_H
#define CORE_STREAM_INPUT_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct keep_input;
/* path "-" = standard input (fd 0). */
int keep_input_open(struct keep_input **out, const char *path, struct keep_err *err);
/* An input over bytes that another gives, a member of an archive say; give is like keep_input_next, name stands in messages. */
struct keep_input_giver {
    void *ctx;
    int (*give)(void *ctx, const void **p, size_t *n, struct keep_err *err);
};
int keep_input_over(struct keep_input **out, const char *name, struct keep_input_giver giver, struct keep_err *err);
void keep_input_close(struct keep_input *in);
/* n > 0 bytes at *p valid until the next call; 0 at the end; <0 error. */
int keep_input_next(struct keep_input *in, const void **p, size_t *n, struct keep_err *err); /* 1 bytes, 0 end */
/* The first bytes without taking them: at least want of them where there are so many. Before the first keep_input_next only. */
int keep_input_ahead(struct keep_input *in, size_t want, const void **p, size_t *n, struct keep_err *err);
uint64_t keep_input_size(const struct keep_input *in);     /* bytes of the file as stored, 0 unknown (progress) */
uint64_t keep_input_position(const struct keep_input *in); /* stored bytes consumed (progress) */

#endif
