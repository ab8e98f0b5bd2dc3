/* Bytes that are too many to be held: whoever takes them asks for a piece at a
 * time. Their number and digest are told beforehand, so that what is there
 * already need not be read again, and compared when all have come. */
#ifndef CORE_BASE_PULL_H
#define CORE_BASE_PULL_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define KEEP_PULL_MAX ((uint64_t)1 << 40) /* bytes of one thing kept: a sixteenth of what a database of 4 KiB pages can hold */

struct keep_pull {
    void *ctx;
    uint64_t size;
    uint8_t content[32]; /* BLAKE2b-256 of all of them */
    /* Up to room > 0 bytes into p, *n says how many; *n = 0: the end. 0 or <0. */
    int (*read)(void *ctx, void *p, size_t room, size_t *n, struct keep_err *err);
};

#endif
