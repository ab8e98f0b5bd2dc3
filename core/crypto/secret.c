/* Secret memory is libsodium's guarded heap: guard pages on both sides, left out
 * of core dumps, wiped when freed. libsodium 1.0.18 tries to lock it and forgets
 * to say when it could not; here the lock is asked for again and its failure is
 * an error, because a key that reaches the swap cannot be destroyed. */
#include "core/crypto/secret.h"

#include <sodium.h>

int keep_secret_start(struct keep_err *err)
{
    if (sodium_init() < 0)
        return keep_err_set(err, KEEP_E_IO, "the system gives no random numbers");
    return 0;
}

int keep_secret_new(void **out, size_t n, struct keep_err *err)
{
    void *p = sodium_malloc(n);

    if (!p)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a secret of %zu bytes", n);
    if (sodium_mlock(p, n) != 0) {
        sodium_free(p);
        keep_err_set(err, KEEP_E_LIMIT, "cannot lock %zu bytes of secret memory", n);
        keep_err_hint(err, "raise RLIMIT_MEMLOCK (ulimit -l, LimitMEMLOCK= of systemd)");
        return KEEP_E_LIMIT;
    }
    sodium_memzero(p, n);
    *out = p;
    return 0;
}

void keep_secret_free(void *p)
{
    sodium_free(p);
}

void keep_secret_wipe(void *p, size_t n)
{
    sodium_memzero(p, n);
}

int keep_secret_equal(const void *a, const void *b, size_t n)
{
    return sodium_memcmp(a, b, n) == 0;
}

void keep_secret_random(void *p, size_t n)
{
    randombytes_buf(p, n);
}
