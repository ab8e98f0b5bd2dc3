/* A keep in a temporary folder, for the tests of core/store. */
#ifndef TESTS_STORE_KEEPDIR_H
#define TESTS_STORE_KEEPDIR_H

#include <assert.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/crypto/secret.h"
#include "core/store/fault.h"
#include "core/store/ledger.h"
#include "core/store/ring.h"
#include "core/store/store.h"
#include "core/store/txn.h"

struct keepdir {
    char base[64], keep[80], witness[80], aside[80];
    uint8_t key[32];
    struct keep_err err;
};

static inline int keepdir_start(void **state)
{
    (void)state;
    return keep_secret_start(NULL);
}

static inline void keepdir_say(const struct keep_err *err)
{
    char text[1200];

    keep_err_format(err, text, sizeof text);
    fprintf(stderr, "%s\n", text);
}

/* An init'ed keep with two officers (quorum 2), a witness folder and a folder to put files aside; made: false leaves the keep to the test. */
static inline struct keepdir *keepdir_new(bool made)
{
    struct keepdir *d = calloc(1, sizeof *d);
    struct keep_officer officer[2] = {{.role = {"him", 3}}, {.role = {"legal", 5}}};
    uint8_t recovery[32];
    /* In memory where that is possible: what is tested is order, not how long a disk takes to sync. */
    char where[32];

    snprintf(where, sizeof where, "%s/keepdir-XXXXXX", access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");

    assert(d && mkdtemp(where));
    memset(officer[0].key.key, 1, 32);
    memset(officer[1].key.key, 2, 32);
    memset(recovery, 3, sizeof recovery);
    memset(d->key, 0x42, sizeof d->key);
    snprintf(d->base, sizeof d->base, "%s", where);
    snprintf(d->keep, sizeof d->keep, "%s/k", where);
    snprintf(d->witness, sizeof d->witness, "%s/w", where);
    snprintf(d->aside, sizeof d->aside, "%s/a", where);
    mkdir(d->witness, 0700);
    mkdir(d->aside, 0700);
    struct keep_store_init p = {.path = d->keep, .key = d->key, .time_zone = "America/Chicago", .officer = officer, .officers = 2, .quorum = 2,
                                .recovery = recovery, .now = 1790000000 * KEEP_USEC};
    if (made && keep_store_init(&p, &d->err) != 0) {
        keepdir_say(&d->err);
        abort();
    }
    return d;
}

static inline void keepdir_empty(const char *path)
{
    DIR *dir = opendir(path);
    struct dirent *e;
    char name[PATH_MAX];

    while (dir && (e = readdir(dir))) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (snprintf(name, sizeof name, "%s/%s", path, e->d_name) >= (int)sizeof name)
            continue;
        if (unlink(name) != 0) {
            keepdir_empty(name);
            rmdir(name);
        }
    }
    if (dir)
        closedir(dir);
}

static inline void keepdir_free(struct keepdir *d)
{
    keepdir_empty(d->base);
    rmdir(d->base);
    free(d);
}

/* Opens with the witness; the code of the attempt, and the store when it is 0. */
static inline int keepdir_try(struct keepdir *d, bool write, struct keep_store **s)
{
    const char *witness = d->witness;
    struct keep_store_params p = {.path = d->keep, .key = d->key, .witness = &witness, .witnesses = 1, .write = write, .now = 1790000001 * KEEP_USEC};

    keep_err_clear(&d->err);
    return keep_store_open(s, &p, NULL, &d->err);
}

static inline struct keep_store *keepdir_open(struct keepdir *d, bool write)
{
    struct keep_store *s = NULL;

    if (keepdir_try(d, write, &s) != 0) {
        keepdir_say(&d->err);
        abort();
    }
    return s;
}

/* The code of opening for reading (and closing again). */
static inline int keepdir_code(struct keepdir *d, bool write)
{
    struct keep_store *s = NULL;
    int rc = keepdir_try(d, write, &s);

    if (rc == 0)
        keep_store_close(s);
    return rc;
}

/* One transaction with a key and an act. */
static inline int keepdir_commit(struct keep_store *s, uint64_t owner, struct keep_err *err)
{
    struct keep_act act = {.kind = KEEP_STR("hold"), .subject = KEEP_STR("matter"), .body = KEEP_STR("{\"a\":1}"), .role = KEEP_STR("him"), .at = 7};
    uint8_t key[32];
    int rc = keep_txn_begin(s, KEEP_LEDGER_HOLD, err);

    if (rc == 0 && owner)
        rc = keep_ring_new(s, KEEP_RING_RECORD, owner, key, err);
    if (rc == 0)
        rc = keep_txn_act(s, &act, NULL, err);
    if (rc == 0)
        return keep_txn_commit(s, err);
    keep_txn_abort(s);
    return rc;
}

/* --- files --- */

static inline char *keepdir_path(const char *folder, const char *name)
{
    static char path[4][300];
    static int i;

    i = (i + 1) % 4;
    snprintf(path[i], sizeof path[i], "%s/%s", folder, name);
    return path[i];
}

static inline unsigned char *keepdir_read(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    unsigned char *p;

    assert(f);
    fseek(f, 0, SEEK_END);
    *n = (size_t)ftell(f);
    rewind(f);
    p = malloc(*n + 1);
    assert(p && fread(p, 1, *n, f) == *n);
    fclose(f);
    return p;
}

static inline void keepdir_write(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");

    assert(f && fwrite(p, 1, n, f) == n);
    fclose(f);
}

static inline void keepdir_copy(const char *from, const char *to)
{
    size_t n;
    unsigned char *p = keepdir_read(from, &n);

    keepdir_write(to, p, n);
    free(p);
}

static inline void keepdir_flip(const char *path, size_t at, unsigned char bits)
{
    int fd = open(path, O_RDWR);
    unsigned char c;

    assert(fd >= 0 && pread(fd, &c, 1, (off_t)at) == 1);
    c ^= bits;
    assert(pwrite(fd, &c, 1, (off_t)at) == 1);
    close(fd);
}

static inline size_t keepdir_size(const char *path)
{
    struct stat st;

    return stat(path, &st) == 0 ? (size_t)st.st_size : 0;
}

static inline void keepdir_found(void *ctx, const char *check, bool passed, const char *detail)
{
    (void)ctx;
    if (!passed)
        fprintf(stderr, "%s: %s\n", check, detail);
}

/* What `check` says of the keep; failed checks are printed. */
static inline int keepdir_check(struct keepdir *d)
{
    struct keep_store_checker c = {.found = keepdir_found};
    struct keep_store_params p = {.path = d->keep, .key = d->key};
    struct keep_err err = {0};

    return keep_store_check(&p, &c, &err);
}

/* For keep_fault_set: the operation number `at` that is not a read fails with code, or, with code 0, the process dies there. */
struct keepdir_fault {
    int at, seen, code;
};

static inline int keepdir_fault_hook(void *ctx, enum keep_fault_op op, const char *what)
{
    struct keepdir_fault *f = ctx;

    (void)what;
    if (op == KEEP_FAULT_READ || ++f->seen != f->at)
        return 0;
    if (f->code == 0)
        _exit(77);
    return f->code;
}

/* For cmocka: an open keep before a test, and after it nothing left of it nor of a fault set. */
static inline int keepdir_setup(void **state)
{
    *state = keepdir_new(true);
    return 0;
}

static inline int keepdir_teardown(void **state)
{
    keep_fault_set(NULL, NULL);
    keepdir_free(*state);
    return 0;
}

#endif
