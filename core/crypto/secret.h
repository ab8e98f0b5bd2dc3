/* Secret memory: locked, guarded, not dumped, wiped when it dies. */
#ifndef CORE_CRYPTO_SECRET_H
#define CORE_CRYPTO_SECRET_H

#include <stddef.h>
#include <stdint.h>

#include "core/base/err.h"

#define KEEP_KEY_SIZE 32

/* libsodium's start; call once before anything of core/crypto. */
int keep_secret_start(struct keep_err *err);

/* n bytes from sodium_malloc with mlock checked (failure: KEEP_E_LIMIT with a hint about RLIMIT_MEMLOCK). */
int keep_secret_new(void **out, size_t n, struct keep_err *err);
void keep_secret_free(void *p); /* wipes; NULL allowed */
void keep_secret_wipe(void *p, size_t n);
int keep_secret_equal(const void *a, const void *b, size_t n); /* constant time; 1 equal */
void keep_secret_random(void *p, size_t n);

#endif
