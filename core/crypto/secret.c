/* Secret memory is libsodium's guarded heap: guard pages on both sides, wiped
 * when freed. libsodium 1.0.18 tries to lock it and to leave it out of core
 * dumps, and forgets to say when it could not; here both are asked for again and
 * failure is an error, because a key that reaches the swap or a dump cannot be
 * destroyed. A child process finds zeros there: it has no business with keys
 * (so it must not free them either: libsodium's canary is gone too). */
#include "core/crypto/secret.h"

#include <sodium.h>
#include <sys/mman.h>
#include <unistd.h>

int keep_secret_start(struct keep_err *err)
{
    if (sodium_init() < 0)
        return keep_err_set(err, KEEP_E_IO, "the system gives no random numbers");
    return 0;
}

/* Whole pages around p: the guarded heap gives each block pages of its own. */
static int advise(void *p, size_t n, int advice)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), from = (uintptr_t)p & ~(page - 1), to = ((uintptr_t)p + n + page - 1) & ~(page - 1);

    return madvise((void *)from, to - from, advice);
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
    if (advise(p, n, MADV_DONTDUMP) != 0 || advise(p, n, MADV_WIPEONFORK) != 0) {
        sodium_free(p);
        return keep_err_set(err, KEEP_E_LIMIT, "the kernel does not keep %zu bytes of secret memory out of dumps and child processes", n);
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
