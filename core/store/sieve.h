/* A set of hashes in a fixed room, which may claim one that it does not hold and
 * never denies one that it does: what saves a look into the database for each of
 * the rows that are new. Inside core/store only. */
#ifndef CORE_STORE_SIEVE_H
#define CORE_STORE_SIEVE_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

struct keep_sieve; /* 1 MiB: beside a million hashes one in some thirty others is claimed, beside four million two in three */
int keep_sieve_new(struct keep_sieve **out, struct keep_err *err);
void keep_sieve_free(struct keep_sieve *s); /* NULL allowed */
void keep_sieve_add(struct keep_sieve *s, uint64_t hash);
bool keep_sieve_may(const struct keep_sieve *s, uint64_t hash);

#endif
