/* What the speed programs share: clocks, medians, a keep in a folder of its own,
 * and one line a measurement:
 *
 *     name ours=… peer=… ratio=… goal=… meets|short
 *
 * ours and peer are measured in the same run, by turns, and are medians. ratio
 * is how many times better ours is than the peer. The same goes as a JSON
 * object a line into the file that BENCH_JSON names. BENCH_QUICK=1: smaller
 * inputs and fewer turns. */
#ifndef TESTS_BENCH_BENCH_H
#define TESTS_BENCH_BENCH_H

#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/base/err.h"
#include "core/crypto/secret.h"
#include "core/store/store.h"

#define BENCH_NOW (1790000000 * KEEP_USEC)
#define BENCH_TURNS 15 /* at most */

static inline bool bench_quick(void)
{
    const char *v = getenv("BENCH_QUICK");
    return v && *v && strcmp(v, "0") != 0;
}

static inline double bench_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Processor time of this process: on a busy machine steadier than the clock. */
static inline double bench_cpu(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static inline _Noreturn void bench_die(const char *form, ...)
{
    va_list ap;
    va_start(ap, form);
    vfprintf(stderr, form, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(3);
}

static inline void bench_must(int rc, const struct keep_err *err)
{
    char text[1200];
    if (rc >= 0)
        return;
    keep_err_format(err, text, sizeof text);
    bench_die("%s", text);
}

static inline void *bench_need(void *p)
{
    if (!p)
        bench_die("out of memory");
    return p;
}

static inline int bench_by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static inline double bench_median(const double *v, size_t n)
{
    double s[BENCH_TURNS];
    memcpy(s, v, n * sizeof *v);
    qsort(s, n, sizeof *s, bench_by_value);
    return n % 2 ? s[n / 2] : (s[n / 2 - 1] + s[n / 2]) / 2;
}

/* splitmix64: the same inputs in every run. */
static inline uint64_t bench_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9e3779b97f4a7c15));
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

static inline uint32_t bench_below(uint64_t *state, uint32_t n)
{
    return (uint32_t)((bench_random(state) >> 32) * n >> 32);
}

/* Which number the goal is set for, and on which side of it is good. */
enum bench_goal { BENCH_NO_GOAL, BENCH_RATIO_FROM, BENCH_RATIO_TO, BENCH_OURS_FROM, BENCH_OURS_TO };
struct bench_row {
    const char *name, *unit; /* unit of ours and peer */
    double ours, peer;       /* peer 0: none */
    double ratio;            /* 0: none */
    enum bench_goal kind;
    double goal;
    const char *note;        /* what the peer is, how it was measured */
};

static inline void bench_row(const struct bench_row *r)
{
    static const char *const side[] = {"", ">=", "<=", ">=", "<="};
    bool of_ratio = r->kind == BENCH_RATIO_FROM || r->kind == BENCH_RATIO_TO;
    double v = of_ratio ? r->ratio : r->ours;
    bool meets = r->kind == BENCH_RATIO_FROM || r->kind == BENCH_OURS_FROM ? v >= r->goal : v <= r->goal;
    const char *path = getenv("BENCH_JSON");

    printf("%s ours=%.4g%s", r->name, r->ours, r->unit);
    if (r->peer > 0)
        printf(" peer=%.4g%s", r->peer, r->unit);
    if (r->ratio > 0)
        printf(" ratio=%.3g", r->ratio);
    if (r->kind == BENCH_NO_GOAL)
        puts(" goal=none");
    else
        printf(" goal=%s%g%s %s\n", side[r->kind], r->goal, of_ratio ? "x" : r->unit, meets ? "meets" : "short");
    fflush(stdout);
    FILE *f = path ? fopen(path, "a") : NULL;
    if (!f)
        return;
    fprintf(f, "{\"name\":\"%s\",\"unit\":\"%s\",\"ours\":%.6g", r->name, r->unit, r->ours);
    if (r->peer > 0)
        fprintf(f, ",\"peer\":%.6g", r->peer);
    if (r->ratio > 0)
        fprintf(f, ",\"ratio\":%.6g", r->ratio);
    if (r->kind != BENCH_NO_GOAL)
        fprintf(f, ",\"goal\":\"%s%g%s\",\"meets\":%s", side[r->kind], r->goal, of_ratio ? "x" : r->unit, meets ? "true" : "false");
    fprintf(f, ",\"note\":\"%s\"}\n", r->note ? r->note : "");
    fclose(f);
}

/* --- a folder, and a keep in it --- */

struct bench_dir {
    char base[256], keep[300], key[300];
    uint8_t secret[32];
};

static inline int bench_remove_one(const char *path, const struct stat *st, int flag, struct FTW *at)
{
    (void)st, (void)flag, (void)at;
    return remove(path);
}

/* Under BENCH_DIR, else build: a disk, as a keep would have, not memory. */
static inline void bench_dir_make(struct bench_dir *d)
{
    const char *where = getenv("BENCH_DIR");
    snprintf(d->base, sizeof d->base, "%s/bench-XXXXXX", where && *where ? where : "build");
    if (!mkdtemp(d->base))
        bench_die("%s: cannot be made", d->base);
    char *full = realpath(d->base, NULL);
    snprintf(d->base, sizeof d->base, "%s", (char *)bench_need(full));
    free(full);
    snprintf(d->keep, sizeof d->keep, "%s/k", d->base);
    snprintf(d->key, sizeof d->key, "%s/key", d->base);
}

static inline void bench_dir_remove(const struct bench_dir *d)
{
    nftw(d->base, bench_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void bench_keep_make(struct bench_dir *d)
{
    struct keep_err err = {0};
    bench_must(keep_secret_start(&err), &err);
    bench_must(keep_store_key_file(d->key, true, d->secret, &err), &err);
    struct keep_store_init p = {.path = d->keep, .key = d->secret, .time_zone = "America/Chicago", .now = BENCH_NOW};
    bench_must(keep_store_init(&p, &err), &err);
}

static inline struct keep_store *bench_keep_open(const struct bench_dir *d, bool write)
{
    struct keep_err err = {0};
    struct keep_buf warnings = KEEP_BUF_INIT;
    struct keep_store *s = NULL;
    struct keep_store_params p = {.path = d->keep, .key = d->secret, .write = write, .now = BENCH_NOW};
    bench_must(keep_store_open(&s, &p, &warnings, &err), &err);
    keep_buf_free(&warnings);
    return s;
}

static inline double bench_file_size(const char *dir, const char *name)
{
    char path[600];
    struct stat st;
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return stat(path, &st) == 0 ? (double)st.st_size : 0;
}

#endif
