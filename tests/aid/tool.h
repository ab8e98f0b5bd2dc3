/* Running the real tools (age, minisign, zstd, gzip) beside our code: a folder under
 * build/ for their files, and fork/exec without a shell. For tests alone. */
#ifndef TESTS_AID_TOOL_H
#define TESTS_AID_TOOL_H

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/base/buf.h"

static char tool_dir[64];

__attribute__((unused)) static int tool_setup(void **state)
{
    (void)state;
    mkdir("build", 0777);
    strcpy(tool_dir, "build/test-XXXXXX");
    return mkdtemp(tool_dir) ? 0 : -1;
}

static int tool_unlink(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st, (void)type, (void)ftw;
    return remove(path);
}

__attribute__((unused)) static int tool_teardown(void **state)
{
    (void)state;
    return nftw(tool_dir, tool_unlink, 16, FTW_DEPTH | FTW_PHYS);
}

/* A path in the folder; one of eight buffers in turn. */
__attribute__((unused)) static const char *tool_path(const char *name)
{
    static char ring[8][256];
    static unsigned at;
    char *p = ring[at++ % 8];

    snprintf(p, sizeof ring[0], "%s/%s", tool_dir, name);
    return p;
}

/* Exit status of argv (found in PATH), standard input and output from and to files (NULL: /dev/null); -1 when it did not exit. */
__attribute__((unused)) static int tool_run(const char *const *argv, const char *in, const char *out)
{
    int status = 0;
    pid_t pid = fork();

    if (pid < 0)
        return -1;
    if (pid == 0) {
        int i = open(in ? in : "/dev/null", O_RDONLY), o = open(out ? out : "/dev/null", O_WRONLY | O_CREAT | O_TRUNC, 0600);
        int e = open("/dev/null", O_WRONLY);
        if (i < 0 || o < 0 || e < 0 || dup2(i, 0) < 0 || dup2(o, 1) < 0 || dup2(e, 2) < 0)
            _exit(126);
        setsid(); /* no terminal to ask for a passphrase on */
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Whether the whole file could be written / read. */
__attribute__((unused)) static bool tool_put(const char *path, const void *p, size_t n)
{
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(p, 1, n, f) == n;

    return f && fclose(f) == 0 && ok;
}

__attribute__((unused)) static bool tool_get(const char *path, struct keep_buf *out)
{
    char piece[4096];
    size_t n;
    FILE *f = fopen(path, "rb");

    if (!f)
        return false;
    while ((n = fread(piece, 1, sizeof piece, f)) > 0)
        keep_buf_add(out, piece, n);
    return fclose(f) == 0 && !out->failed;
}

/* Bytes that look random and are always the same. */
__attribute__((unused)) static void tool_fill(void *p, size_t n, uint64_t seed)
{
    uint8_t *b = p;
    uint64_t x = seed * 0x9e3779b97f4a7c15u + 1;

    for (size_t i = 0; i < n; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        b[i] = (uint8_t)(x >> 32);
    }
}

#endif
