/* A disk in memory that stands where SQLite's "unix" stands, below the sealed
 * VFS: it remembers what was synced and what was only written, so that a test
 * can cut the power at any operation, and it can fail any operation.
 *
 * What a power cut leaves (the model): of every write since its file's last
 * sync each 512-byte sector is old, new or garbage, on its own; bytes that were
 * not being written stay (powersafe overwrite, which the shim passes on); a
 * truncation since then happened or not; a file made since then is there or
 * not; a file unlinked without a sync of its folder is there or not. */
#ifndef TESTS_STORE_TORTURE_MEMDISK_H
#define TESTS_STORE_TORTURE_MEMDISK_H

#include <assert.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MEMDISK_FILES 2
#define MEMDISK_SECTOR 512

struct memdisk_file {
    char name[64];
    bool there;
    uint8_t *p;
    size_t n, room;
};

enum memdisk_kind {
    MEMDISK_OPEN = 1, MEMDISK_READ = 2, MEMDISK_WRITE = 4, MEMDISK_TRUNCATE = 8, MEMDISK_SYNC = 16, MEMDISK_SIZE = 32, MEMDISK_DELETE = 64,
    MEMDISK_ACCESS = 128, MEMDISK_LOCK = 256, MEMDISK_MARK = 512, /* what the workload reported, in the record only */
};

struct memdisk_op {
    enum memdisk_kind kind;
    int file;
    size_t at, n;
    uint8_t *p;
};

enum memdisk_way { MEMDISK_ERROR, MEMDISK_PART, MEMDISK_STAYS }; /* fails once; fails once, half done; fails from then on */

static struct memdisk {
    struct memdisk_file file[MEMDISK_FILES];
    bool recording;
    struct memdisk_op *op;
    size_t ops, room;
    /* the fault: the at-th operation of mask ends with code */
    int mask, at, seen, code;
    enum memdisk_way way;
    uint64_t rng;
    const char *marker; /* bytes that no write may hold */
    uint64_t leaked, pages;
    void (*wrote)(int file, const uint8_t *p, size_t n, size_t at);
} memdisk;

struct memdisk_handle {
    sqlite3_file base;
    int file;
};

static inline uint64_t memdisk_random(void)
{
    uint64_t x = memdisk.rng ? memdisk.rng : 88172645463325252u;

    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    return memdisk.rng = x;
}

static inline void memdisk_size(struct memdisk_file *f, size_t n)
{
    if (n > f->room) {
        f->room = n < 65536 ? 65536 : n + n / 2;
        f->p = realloc(f->p, f->room);
        assert(f->p);
    }
    if (n > f->n)
        memset(f->p + f->n, 0, n - f->n);
    f->n = n;
}

static inline void memdisk_copy(struct memdisk_file *to, const struct memdisk_file *from)
{
    memcpy(to->name, from->name, sizeof to->name);
    to->there = from->there;
    to->n = 0;
    memdisk_size(to, from->n);
    if (from->n)
        memcpy(to->p, from->p, from->n);
}

static inline void memdisk_apply(struct memdisk_file *f, const void *p, size_t n, size_t at)
{
    if (at + n > f->n)
        memdisk_size(f, at + n);
    memcpy(f->p + at, p, n);
}

static inline void memdisk_log(enum memdisk_kind kind, int file, size_t at, const void *p, size_t n)
{
    struct memdisk_op *o;

    if (!memdisk.recording)
        return;
    if (memdisk.ops == memdisk.room) {
        memdisk.room = memdisk.room ? memdisk.room * 2 : 1024;
        memdisk.op = realloc(memdisk.op, memdisk.room * sizeof *memdisk.op);
        assert(memdisk.op);
    }
    o = &memdisk.op[memdisk.ops++];
    *o = (struct memdisk_op){kind, file, at, n, NULL};
    if (p) {
        o->p = malloc(n + 1);
        assert(o->p);
        memcpy(o->p, p, n);
    }
}

static inline void memdisk_free_ops(struct memdisk_op *op, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(op[i].p);
    free(op);
}

/* Starts a new record. */
static inline void memdisk_record(bool on)
{
    memdisk_free_ops(memdisk.op, memdisk.ops);
    memdisk.op = NULL;
    memdisk.ops = memdisk.room = 0;
    memdisk.recording = on;
}

/* What the workload is told from here on: a number, in the record. */
static inline void memdisk_mark(size_t n)
{
    memdisk_log(MEMDISK_MARK, 0, n, NULL, 0);
}

static inline void memdisk_fail(int mask, int at, int code, enum memdisk_way way)
{
    memdisk.mask = mask;
    memdisk.at = at;
    memdisk.code = code;
    memdisk.way = way;
    memdisk.seen = 0;
}

/* SQLITE_OK, or what the operation fails with. */
static inline int memdisk_hit(enum memdisk_kind kind)
{
    if (!(memdisk.mask & (int)kind))
        return SQLITE_OK;
    memdisk.seen++;
    return memdisk.seen == memdisk.at || (memdisk.way == MEMDISK_STAYS && memdisk.seen > memdisk.at) ? memdisk.code : SQLITE_OK;
}

static inline struct memdisk_file *memdisk_of(sqlite3_file *f)
{
    return &memdisk.file[((struct memdisk_handle *)f)->file];
}

static int memdisk_close(sqlite3_file *f)
{
    (void)f;
    return SQLITE_OK;
}

static int memdisk_read(sqlite3_file *f, void *p, int n, sqlite3_int64 off)
{
    struct memdisk_file *m = memdisk_of(f);
    int rc = memdisk_hit(MEMDISK_READ);
    size_t at = (size_t)off, want = (size_t)n, have = at >= m->n ? 0 : m->n - at;

    if (rc != SQLITE_OK && memdisk.way != MEMDISK_PART) {
        memset(p, 0xa5, want); /* an error must be seen before the bytes are */
        return rc;
    }
    if (have > want)
        have = want;
    if (rc != SQLITE_OK && have > 1) /* a short read where there is more */
        have = 1 + (size_t)(memdisk_random() % (have - 1));
    if (have)
        memcpy(p, m->p + at, have);
    if (have == want)
        return SQLITE_OK;
    memset((uint8_t *)p + have, 0, want - have);
    return SQLITE_IOERR_SHORT_READ;
}

static int memdisk_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 off)
{
    struct memdisk_file *m = memdisk_of(f);
    int rc = memdisk_hit(MEMDISK_WRITE);
    size_t done = rc == SQLITE_OK ? (size_t)n : memdisk.way == MEMDISK_ERROR ? 0 : (size_t)n / 2;

    if (memdisk.marker && memmem(p, (size_t)n, memdisk.marker, strlen(memdisk.marker)))
        memdisk.leaked++;
    if (memdisk.wrote)
        memdisk.wrote(((struct memdisk_handle *)f)->file, p, (size_t)n, (size_t)off);
    memdisk.pages += n == 4096;
    if (done) {
        memdisk_apply(m, p, done, (size_t)off);
        memdisk_log(MEMDISK_WRITE, ((struct memdisk_handle *)f)->file, (size_t)off, p, done);
    }
    return rc;
}

static int memdisk_truncate(sqlite3_file *f, sqlite3_int64 n)
{
    int rc = memdisk_hit(MEMDISK_TRUNCATE);

    if (rc != SQLITE_OK)
        return rc;
    memdisk_size(memdisk_of(f), (size_t)n);
    memdisk_log(MEMDISK_TRUNCATE, ((struct memdisk_handle *)f)->file, (size_t)n, NULL, 0);
    return SQLITE_OK;
}

static int memdisk_sync(sqlite3_file *f, int flags)
{
    int rc = memdisk_hit(MEMDISK_SYNC);

    (void)flags;
    if (rc == SQLITE_OK)
        memdisk_log(MEMDISK_SYNC, ((struct memdisk_handle *)f)->file, 0, NULL, 0);
    return rc;
}

static int memdisk_filesize(sqlite3_file *f, sqlite3_int64 *out)
{
    int rc = memdisk_hit(MEMDISK_SIZE);

    if (rc == SQLITE_OK)
        *out = (sqlite3_int64)memdisk_of(f)->n;
    return rc;
}

static int memdisk_lock(sqlite3_file *f, int level)
{
    (void)f;
    (void)level;
    return memdisk_hit(MEMDISK_LOCK);
}

static int memdisk_unlock(sqlite3_file *f, int level)
{
    (void)f;
    (void)level;
    return SQLITE_OK;
}

static int memdisk_reserved(sqlite3_file *f, int *out)
{
    (void)f;
    *out = 0;
    return memdisk_hit(MEMDISK_LOCK);
}

static int memdisk_control(sqlite3_file *f, int op, void *arg)
{
    (void)f;
    (void)op;
    (void)arg;
    return SQLITE_NOTFOUND;
}

static int memdisk_sector(sqlite3_file *f)
{
    (void)f;
    return 4096;
}

/* Much more than the shim may pass on. */
static int memdisk_device(sqlite3_file *f)
{
    (void)f;
    return SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_ATOMIC | SQLITE_IOCAP_ATOMIC4K | SQLITE_IOCAP_SAFE_APPEND | SQLITE_IOCAP_SEQUENTIAL | SQLITE_IOCAP_BATCH_ATOMIC;
}

static const sqlite3_io_methods memdisk_methods = {
    .iVersion = 1, .xClose = memdisk_close, .xRead = memdisk_read, .xWrite = memdisk_write, .xTruncate = memdisk_truncate, .xSync = memdisk_sync,
    .xFileSize = memdisk_filesize, .xLock = memdisk_lock, .xUnlock = memdisk_unlock, .xCheckReservedLock = memdisk_reserved,
    .xFileControl = memdisk_control, .xSectorSize = memdisk_sector, .xDeviceCharacteristics = memdisk_device,
};

static inline int memdisk_find(const char *name)
{
    for (int i = 0; i < MEMDISK_FILES; i++)
        if (strcmp(memdisk.file[i].name, name) == 0)
            return i;
    return -1;
}

static int memdisk_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out)
{
    int rc = memdisk_hit(MEMDISK_OPEN), i = name ? memdisk_find(name) : -1;

    (void)v;
    f->pMethods = NULL;
    if (rc != SQLITE_OK)
        return rc;
    if (i < 0 || (!memdisk.file[i].there && !(flags & SQLITE_OPEN_CREATE)))
        return SQLITE_CANTOPEN;
    if (!memdisk.file[i].there) {
        memdisk.file[i].there = true;
        memdisk_size(&memdisk.file[i], 0);
        memdisk_log(MEMDISK_OPEN, i, 0, NULL, 0);
    }
    ((struct memdisk_handle *)f)->file = i;
    f->pMethods = &memdisk_methods;
    if (out)
        *out = flags;
    return SQLITE_OK;
}

static int memdisk_delete(sqlite3_vfs *v, const char *name, int sync)
{
    int rc = memdisk_hit(MEMDISK_DELETE), i = memdisk_find(name);

    (void)v;
    if (rc != SQLITE_OK)
        return rc;
    if (i < 0 || !memdisk.file[i].there)
        return SQLITE_IOERR_DELETE_NOENT;
    memdisk.file[i].there = false;
    memdisk_size(&memdisk.file[i], 0);
    memdisk_log(MEMDISK_DELETE, i, sync != 0, NULL, 0);
    return SQLITE_OK;
}

/* A file that is empty does not exist, as in "unix". */
static int memdisk_access(sqlite3_vfs *v, const char *name, int flags, int *out)
{
    int rc = memdisk_hit(MEMDISK_ACCESS), i = memdisk_find(name);

    (void)v;
    *out = i >= 0 && memdisk.file[i].there && (flags != SQLITE_ACCESS_EXISTS || memdisk.file[i].n > 0);
    return rc;
}

static int memdisk_full_path(sqlite3_vfs *v, const char *name, int n, char *out)
{
    (void)v;
    sqlite3_snprintf(n, out, "%s", name);
    return SQLITE_OK;
}

static int memdisk_sleep(sqlite3_vfs *v, int usec)
{
    (void)v;
    return usec;
}

static int memdisk_time(sqlite3_vfs *v, double *out)
{
    (void)v;
    *out = 2460000.5;
    return SQLITE_OK;
}

static int memdisk_noise(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    for (int i = 0; i < n; i++)
        out[i] = (char)memdisk_random();
    return n;
}

static int memdisk_last(sqlite3_vfs *v, int n, char *out)
{
    (void)v;
    (void)n;
    (void)out;
    return 0;
}

static sqlite3_vfs memdisk_vfs = {
    .iVersion = 1, .szOsFile = sizeof(struct memdisk_handle), .mxPathname = 60, .zName = "unix", .xOpen = memdisk_open, .xDelete = memdisk_delete,
    .xAccess = memdisk_access, .xFullPathname = memdisk_full_path, .xRandomness = memdisk_noise, .xSleep = memdisk_sleep, .xCurrentTime = memdisk_time,
    .xGetLastError = memdisk_last,
};

/* Takes the place of "unix" until sqlite3_vfs_unregister(&memdisk_vfs); two files: the database and its journal. */
static inline void memdisk_start(const char *path)
{
    assert(sqlite3_initialize() == SQLITE_OK && sqlite3_vfs_register(&memdisk_vfs, 1) == SQLITE_OK);
    snprintf(memdisk.file[0].name, sizeof memdisk.file[0].name, "%s", path);
    snprintf(memdisk.file[1].name, sizeof memdisk.file[1].name, "%s-journal", path);
    memdisk.file[0].there = true;
}

/* --- the power cut --- */

/* Walks a record: what is safe on the disk, and which operations are not yet. */
struct memdisk_walk {
    struct memdisk_file safe[MEMDISK_FILES];
    const struct memdisk_op *op;
    size_t *pending, waiting, room, at;
    size_t mark;
    size_t writes; /* operations that change the disk */
};

static inline void memdisk_walk_start(struct memdisk_walk *w, const struct memdisk_file *from, const struct memdisk_op *op)
{
    memset(w, 0, sizeof *w);
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&w->safe[i], &from[i]);
    w->op = op;
}

static inline void memdisk_walk_done(struct memdisk_walk *w)
{
    for (int i = 0; i < MEMDISK_FILES; i++)
        free(w->safe[i].p);
    free(w->pending);
}

static inline void memdisk_do(struct memdisk_file *f, const struct memdisk_op *o)
{
    if (o->kind == MEMDISK_WRITE)
        memdisk_apply(f, o->p, o->n, o->at);
    else if (o->kind == MEMDISK_TRUNCATE)
        memdisk_size(f, o->at);
    else if (o->kind == MEMDISK_OPEN)
        f->there = true;
    else if (o->kind == MEMDISK_DELETE) {
        f->there = false;
        memdisk_size(f, 0);
    }
}

static inline void memdisk_walk_step(struct memdisk_walk *w)
{
    const struct memdisk_op *o = &w->op[w->at];
    size_t keep = 0;

    if (o->kind == MEMDISK_MARK)
        w->mark = o->at;
    else if (o->kind == MEMDISK_SYNC || (o->kind == MEMDISK_DELETE && o->at)) {
        for (size_t i = 0; i < w->waiting; i++) { /* in order; those of the other file wait on */
            const struct memdisk_op *p = &w->op[w->pending[i]];
            if (p->file == o->file)
                memdisk_do(&w->safe[o->file], p);
            else
                w->pending[keep++] = w->pending[i];
        }
        w->waiting = keep;
        memdisk_do(&w->safe[o->file], o);
    } else {
        if (w->waiting == w->room) {
            w->room = w->room ? w->room * 2 : 256;
            w->pending = realloc(w->pending, w->room * sizeof *w->pending);
            assert(w->pending);
        }
        w->pending[w->waiting++] = w->at;
    }
    w->writes += o->kind == MEMDISK_WRITE || o->kind == MEMDISK_TRUNCATE || o->kind == MEMDISK_DELETE;
    w->at++;
}

/* One write as a power cut leaves it. tear: 0 nothing of it, 1 all of it, 2 old and new sectors, 3 garbage too. */
static inline void memdisk_tear(struct memdisk_file *f, const struct memdisk_op *o, int tear)
{
    for (size_t at = o->at, next; at < o->at + o->n; at = next) {
        next = (at / MEMDISK_SECTOR + 1) * MEMDISK_SECTOR;
        if (next > o->at + o->n)
            next = o->at + o->n;
        int fate = tear < 2 ? tear : (int)(memdisk_random() % (tear == 2 ? 2 : 3));
        if (fate == 0)
            continue;
        memdisk_apply(f, o->p + (at - o->at), next - at, at);
        for (size_t i = at; fate == 2 && i < next; i++)
            f->p[i] = (uint8_t)memdisk_random();
    }
}

/* The disk after a power cut here becomes the disk. */
static inline void memdisk_cut(const struct memdisk_walk *w, int tear)
{
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&memdisk.file[i], &w->safe[i]);
    for (size_t i = 0; i < w->waiting; i++) {
        const struct memdisk_op *o = &w->op[w->pending[i]];
        struct memdisk_file *f = &memdisk.file[o->file];
        if (o->kind == MEMDISK_WRITE) {
            if (f->there)
                memdisk_tear(f, o, tear);
        } else if (tear == 1 || (tear > 1 && memdisk_random() % 2)) {
            memdisk_do(f, o); /* else lost: an unlinked file is there again */
        }
    }
}

#endif
