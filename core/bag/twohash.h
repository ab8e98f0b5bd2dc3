/* SHA-512 and SHA-256 of the same bytes at once, on two processors: the owner's
 * thread computes SHA-256 where the bytes stand, another SHA-512 a little later.
 * Nothing is copied, so bytes must stay where they are for a while: two buffers that
 * are filled by turns, and a word before each filling. Inside core/bag only. */
#ifndef CORE_BAG_TWOHASH_H
#define CORE_BAG_TWOHASH_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

struct keep_twohash;
/* done: in the owner's thread, from _turn or _settle, for every file in the order of their ends. Without a second thread it works all the same. */
int keep_twohash_new(struct keep_twohash **out, void (*done)(void *ctx, size_t file, const uint8_t sha512[64]), void *ctx, struct keep_err *err);
/* Bytes of the current file; they stay as they are until _turn was called twice, or _settle. */
int keep_twohash_add(struct keep_twohash *h, const void *p, size_t n, struct keep_err *err);
/* The current file ends; file: the number that done is told. */
int keep_twohash_end(struct keep_twohash *h, size_t file, uint8_t sha256[32], struct keep_err *err);
/* The buffer that was filled before the last one will be written over. A failure is told by the next call. */
void keep_twohash_turn(void *h);
/* Everything given so far is done. */
int keep_twohash_settle(struct keep_twohash *h, struct keep_err *err);
void keep_twohash_free(struct keep_twohash *h); /* NULL allowed */

#endif
