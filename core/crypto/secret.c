/* Secret memory is libsodium's guarded heap: guard pages on both sides, wiped
 * when freed. libsodium 1.0.18 tries to lock it and to leave it out of core
 * dumps, and forgets to say when it could not; here both are asked for again and
 * failure is an error, because a key that reaches the swap or a dump cannot be
 * destroyed. A child process finds zeros there: it has no business with keys
 * (so it must not free them either: libsodium's canary is gone too). */
#include "core/crypto/secret.h"

#include <pthread.h>
#include <sodium.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
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

/* Random bytes are drawn a page at a time, since the kernel's call costs more than the sealing of a small record that needs two. Each byte is given out
 * once and wiped. The page is zero after a fork, its count with it, so parent and child never share a byte. */
#define POOL 4096
#define POOL_MOST 64 /* longer ones are the kernel's own */

struct pool {
    size_t left; /* bytes not given out, at the front */
    uint8_t bytes[POOL - sizeof(size_t)];
};

static struct pool *pool; /* set once; NULL: the kernel does not keep the page as it must */

static void pool_make(void)
{
    void *p = mmap(NULL, sizeof *pool, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return;
    if (mlock(p, sizeof *pool) != 0 || madvise(p, sizeof *pool, MADV_DONTDUMP) != 0 || madvise(p, sizeof *pool, MADV_WIPEONFORK) != 0)
        munmap(p, sizeof *pool);
    else
        pool = p;
}

/* In one call where the kernel gives so much at once; libsodium asks for 256 bytes a call. */
static void pool_fill(void)
{
    if (getrandom(pool->bytes, sizeof pool->bytes, 0) != (ssize_t)sizeof pool->bytes)
        randombytes_buf(pool->bytes, sizeof pool->bytes);
}

static void pool_take(void *out, size_t n)
{
    if (pool->left < n) {
        pool_fill();
        pool->left = sizeof pool->bytes;
    }
    pool->left -= n;
    memcpy(out, pool->bytes + pool->left, n);
    sodium_memzero(pool->bytes + pool->left, n);
}

void keep_secret_random(void *p, size_t n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

    pthread_once(&once, pool_make);
    /* Who does not get the lock at once goes to the kernel: a child may find it held for ever. */
    if (n > POOL_MOST || !pool || pthread_mutex_trylock(&lock) != 0) {
        randombytes_buf(p, n);
        return;
    }
    pool_take(p, n);
    pthread_mutex_unlock(&lock);
}
