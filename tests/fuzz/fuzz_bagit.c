/* Foreign bags: no input may crash the reader, none may be found valid whose payload is not what its manifest says. The first byte even: the rest is a
 * tar as it stands. Odd: the rest, cut at each "\xff\n", becomes the tag files of a bag whose payload is one file of four bytes; then only a manifest
 * with the digest of these may make it valid. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/bag/bagit.h"
#include "core/crypto/secret.h"
#include "core/stream/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool complete, valid;

static int note(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    (void)ctx;
    if (r == KEEP_INSPECT_WARNING && detail[0] == '\0')
        abort();
    if (strcmp(check, "complete") == 0)
        complete = r == KEEP_INSPECT_PASSED;
    if (strcmp(check, "valid") == 0)
        valid = r == KEEP_INSPECT_PASSED;
    return 0;
}

static void pieces(int fd, const uint8_t *p, size_t n)
{
    static const char *const name[] = {"bag/data/a", "bag/bagit.txt", "bag/manifest-md5.txt", "bag/bag-info.txt", "bag/fetch.txt", "bag/tagmanifest-sha1.txt"};
    struct keep_tar_out *out = NULL;
    if (keep_tar_out_new(&out, fd, 0, NULL) != 0)
        abort();
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        const uint8_t *cut = n ? memmem(p, n, "\xff\n", 2) : NULL;
        size_t take = i == 0 ? 4 : cut ? (size_t)(cut - p) : n;
        if (keep_tar_out_begin(out, name[i], take, NULL) != 0 || keep_tar_out_add(out, i == 0 ? (const void *)"data" : p, take, NULL) != 0 || keep_tar_out_end(out, NULL) != 0)
            abort();
        if (i > 0) {
            p += cut ? take + 2 : take;
            n -= cut ? take + 2 : take;
        }
    }
    if (keep_tar_out_finish(out, NULL) != 0)
        abort();
    keep_tar_out_free(out);
}

/* MD5 of "data", in whatever case and (without its zeros) in UTF-16. */
static bool has_digest(const uint8_t *data, size_t size)
{
    char *low = malloc(size + 1);
    size_t n = 0;
    if (!low)
        abort();
    for (size_t i = 0; i < size; i++)
        if (data[i])
            low[n++] = (char)tolower(data[i]);
    bool has = memmem(low, n, "8d777f385d3dfec8815d20f7496026dc", 32) != NULL;
    free(low);
    return has;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    bool made = size > 0 && data[0] & 1;
    int fd = memfd_create("bag", 0);
    if (fd < 0 || keep_secret_start(NULL) != 0)
        abort();
    if (made)
        pieces(fd, data + 1, size - 1);
    else if (size > 0 && write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    complete = valid = false;
    struct keep_inspect_params p = {.path = path, .found = note};
    int rc = keep_bagit_check(&p, NULL);
    if ((rc == 0) != valid || (valid && !complete))
        abort();
    if (made && valid && !has_digest(data, size))
        abort();
    close(fd);
    return 0;
}
