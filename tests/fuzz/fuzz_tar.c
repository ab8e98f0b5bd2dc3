/* The canonical tar: no input may crash, and what is read is, written again, the same bytes. */
#include <stdlib.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/stream/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Reads path and writes what it holds to fd. 0 when all of it was a canonical tar. */
static int again(const char *path, int fd)
{
    struct keep_tar_in *in = NULL;
    struct keep_tar_out *out = NULL;
    struct keep_tar_member m;
    const void *p;
    size_t n;
    int rc = keep_tar_in_open(&in, path, NULL);

    if (rc != 0)
        return rc;
    while ((rc = keep_tar_in_next(in, &m, NULL)) == 1) {
        if (!out && keep_tar_out_new(&out, fd, m.mtime, NULL) != 0)
            abort();
        if (keep_tar_out_begin(out, m.name, m.size, NULL) != 0)
            abort();
        while ((rc = keep_tar_in_read(in, &p, &n, NULL)) == 1)
            if (keep_tar_out_add(out, p, n, NULL) != 0)
                abort();
        if (rc < 0)
            break;
        if (keep_tar_out_end(out, NULL) != 0)
            abort();
    }
    if (rc == 0 && ((!out && keep_tar_out_new(&out, fd, 0, NULL) != 0) || keep_tar_out_finish(out, NULL) != 0))
        abort();
    keep_tar_out_free(out);
    keep_tar_in_close(in);
    return rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char path[64];
    int in = memfd_create("in", 0), out = memfd_create("out", 0);

    if (in < 0 || out < 0 || write(in, data, size) != (ssize_t)size)
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", in);
    if (again(path, out) == 0) {
        uint8_t *p = malloc(size);
        if (!p || lseek(out, 0, SEEK_END) != (off_t)size || pread(out, p, size, 0) != (ssize_t)size || memcmp(p, data, size) != 0)
            abort();
        free(p);
    }
    close(in);
    close(out);
    return 0;
}
