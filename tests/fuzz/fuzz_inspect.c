/* The verifier: no input may crash it, and none that was not signed may pass.
 * First byte even: the rest is a tar as it stands. Odd: the rest, cut at each
 * "\xff\n", becomes the files of a well-formed tar, so that the readers behind the
 * container are reached; with the second bit set, what is sealed in a package is
 * sealed here, to a key that the verifier has. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "core/bag/inspect.h"
#include "core/bag/layout.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "core/stream/tar.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const name[] = {
    KEEP_LAYOUT_PLAN, KEEP_LAYOUT_APPROVALS, KEEP_LAYOUT_ADOPTION, KEEP_LAYOUT_OFFICERS, KEEP_LAYOUT_POLICY "a.policy", KEEP_LAYOUT_RECORDS "000001.zst.age",
    KEEP_LAYOUT_RECORDS "000001.html.zst.age", KEEP_LAYOUT_INDEX, KEEP_LAYOUT_REGISTER, KEEP_LAYOUT_COUNTS, KEEP_LAYOUT_SHA512, KEEP_LAYOUT_SHA256, KEEP_LAYOUT_BAGIT,
    KEEP_LAYOUT_BAGINFO, KEEP_LAYOUT_VERIFY, KEEP_LAYOUT_TAGS, KEEP_LAYOUT_PROOF, KEEP_LAYOUT_SIGNATURE};

static void file(struct keep_tar_out *out, const char *z, const uint8_t *p, size_t n)
{
    char path[128];
    snprintf(path, sizeof path, "ck-fuzz/%s", z);
    if (keep_tar_out_begin(out, path, n, NULL) != 0 || keep_tar_out_add(out, p, n, NULL) != 0 || keep_tar_out_end(out, NULL) != 0)
        abort();
}

static const uint8_t identity[1][32] = {{1, 2, 3}};

static int to_buf(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)err;
    keep_buf_add(ctx, p, n);
    return 0;
}

static void sealed(struct keep_tar_out *out, const char *z, const uint8_t *p, size_t n)
{
    struct keep_age_out *age = NULL;
    struct keep_buf b = KEEP_BUF_INIT;
    uint8_t to[1][32];
    keep_age_recipient(to[0], identity[0]);
    if (keep_age_out_new(&age, (const uint8_t (*)[32])to, 1, to_buf, &b, NULL) != 0 || keep_age_out_add(age, p, n, NULL) != 0 || keep_age_out_finish(age, NULL) != 0)
        abort();
    file(out, z, b.p, b.n);
    keep_age_out_free(age);
    keep_buf_free(&b);
}

static void pieces(int fd, bool seal, const uint8_t *p, size_t n)
{
    struct keep_tar_out *out = NULL;
    if (keep_tar_out_new(&out, fd, 0, NULL) != 0)
        abort();
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        const uint8_t *cut = n ? memmem(p, n, "\xff\n", 2) : NULL;
        size_t take = cut ? (size_t)(cut - p) : n;
        if (seal && strstr(name[i], ".age"))
            sealed(out, name[i], p, take);
        else
            file(out, name[i], p, take);
        p += cut ? take + 2 : take;
        n -= cut ? take + 2 : take;
    }
    if (keep_tar_out_finish(out, NULL) != 0)
        abort();
    keep_tar_out_free(out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct keep_sign_public key = {.id = {1}, .key = {0xd7, 0x5a, 0x98, 0x01}};
    char path[64];
    int fd = memfd_create("package", 0);
    if (fd < 0 || keep_secret_start(NULL) != 0)
        abort();
    if (size > 0 && data[0] & 1)
        pieces(fd, data[0] & 2, data + 1, size - 1);
    else if (size > 0 && write(fd, data + 1, size - 1) != (ssize_t)(size - 1))
        abort();
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    struct keep_inspect_params p = {.path = path, .pubkey = &key, .identity = identity, .identities = 1};
    if (keep_inspect_package(&p, NULL) >= 0)
        abort();
    close(fd);
    return 0;
}
