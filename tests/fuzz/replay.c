/* Runs a fuzz target over its corpus without a fuzzer: each file as it is, cut
 * short at a few places, and with single bits flipped, so that `make check`
 * meets the decoder's failure paths on any compiler. One "ok" line a target. */
#include <dirent.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MOST (4u << 20) /* bytes of one corpus file */
#define MUTANTS 400     /* of one file */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Exact-size copies, so that a sanitizer sees a read past the end. */
static void run(const uint8_t *p, size_t n)
{
    uint8_t *copy = malloc(n ? n : 1);
    if (!copy)
        abort();
    memcpy(copy, p, n);
    LLVMFuzzerTestOneInput(copy, n);
    free(copy);
}

static unsigned long replay(const char *path)
{
    uint8_t *p = malloc(MOST);
    FILE *f = fopen(path, "rb");
    unsigned long runs = 1;
    if (!p || !f) {
        free(p);
        return 0;
    }
    size_t n = fread(p, 1, MOST, f);
    fclose(f);
    run(p, n);
    for (size_t i = 0; n && i < MUTANTS; i++, runs += 2) {
        size_t at = i * n / MUTANTS;
        run(p, at);
        p[at] ^= (uint8_t)(1u << (i % 8));
        run(p, n);
        p[at] ^= (uint8_t)(1u << (i % 8));
    }
    free(p);
    return runs;
}

int main(int argc, char **argv)
{
    unsigned long runs = 0, files = 0;
    DIR *d = argc > 1 ? opendir(argv[1]) : NULL;
    struct dirent *e;
    char path[4096];
    run((const uint8_t *)"", 0);
    while (d && (e = readdir(d))) {
        unsigned long n;
        if (e->d_name[0] == '.' || (size_t)snprintf(path, sizeof path, "%s/%s", argv[1], e->d_name) >= sizeof path)
            continue;
        n = replay(path);
        runs += n;
        files += n > 0;
    }
    if (d)
        closedir(d);
    if (files == 0) {
        printf("not ok %s: no corpus\n", argc > 1 ? argv[1] : "?");
        return 1;
    }
    printf("ok %s: %lu files, %lu runs\n", argv[1], files, runs);
    return 0;
}
