/* What an archive that died left beside its package. First byte 'r': the journal's own bytes. Else entries, each behind two bytes of its length, which are
 * sealed as the program seals them: what their text says may be anything. Whatever it is, no more is carried over than the partial bears out, and the
 * package can be ended. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/seal.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/aead.h"
#include "core/crypto/secret.h"
#include "core/stream/tar.h"

#define ID "ck-20261121-0a1b2c3d4e5f"
#define AT ((keep_time)1795000000 * KEEP_USEC)

static const uint8_t key[32] = {7};
static int dir = -1;
static struct keep_buf partial; /* a policy and three records of fixed bytes, as corpus/ names them */
static struct keep_sign_secret *signer;
static uint8_t recipient[1][32];

static char folder[64];

static void remove_folder(void)
{
    rmdir(folder);
}

static void must(int rc)
{
    if (rc < 0)
        abort();
}

static void member(struct keep_tar_out *t, const char *name, const char *text)
{
    must(keep_tar_out_begin(t, name, strlen(text), NULL));
    must(keep_tar_out_add(t, text, strlen(text), NULL));
    must(keep_tar_out_end(t, NULL));
}

static void begin(void)
{
    static char shm[] = "/dev/shm/fuzz-sealjournal.XXXXXX", tmp[] = "/tmp/fuzz-sealjournal.XXXXXX";
    uint8_t seed[32] = {1}, identity[32] = {2};
    struct keep_tar_out *t = NULL;
    must(keep_secret_start(NULL));
    const char *path = mkdtemp(shm); /* an fsync there costs nothing */
    if (!path)
        path = mkdtemp(tmp);
    if (!path || (dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        abort();
    must(keep_sign_from_seed(&signer, seed, (const uint8_t[8]){3}, NULL));
    keep_age_recipient(recipient[0], identity);
    int fd = openat(dir, "made", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    must(keep_tar_out_new(&t, fd, AT, NULL));
    member(t, ID "/data/policy/x.policy", "pack \"x\"");
    member(t, ID "/data/records/000001.zst.age", "first");
    member(t, ID "/data/records/000001.html.zst.age", "its rendition");
    member(t, ID "/data/records/000002.zst.age", "second");
    member(t, ID "/data/records/000003.zst.age", "third");
    keep_tar_out_free(t);
    if (lseek(fd, 0, SEEK_SET) != 0)
        abort();
    must(keep_file_read_fd(fd, "made", 1u << 20, &partial, NULL));
    close(fd);
    unlinkat(dir, "made", 0);
    snprintf(folder, sizeof folder, "%s", path);
    atexit(remove_folder);
}

static void entries(struct keep_buf *out, const uint8_t *p, size_t n)
{
    uint8_t ad[sizeof ID - 1 + 8] = ID, room[65536 + KEEP_AEAD_OVERHEAD];
    for (uint64_t seq = 0; n >= 2; seq++) {
        size_t len = p[0] | (size_t)p[1] << 8;
        p += 2, n -= 2;
        len = len < n ? len : n;
        for (size_t i = 0; i < 8; i++)
            ad[sizeof ID - 1 + i] = (uint8_t)(seq >> 8 * i);
        keep_aead_seal(room, p, len, ad, sizeof ad, key);
        keep_buf_u32(out, (uint32_t)(len + KEEP_AEAD_OVERHEAD));
        keep_buf_add(out, room, len + KEEP_AEAD_OVERHEAD);
        p += len, n -= len;
    }
}

static void put(const char *name, const struct keep_buf *b)
{
    int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    must(fd);
    must(keep_file_write_full(fd, b->p, b->n, name, NULL));
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct keep_seal_params p = {.dirfd = dir, .id = ID, .sealed_at = AT, .signer = signer, .recipient = (const uint8_t (*)[32])recipient, .recipients = 1, .organization = "", .origin = "o", .policy_digest = "", .retain_through = KEEP_DATE_NONE, .journal = key};
    struct keep_buf journal = KEEP_BUF_INIT;
    struct keep_seal *s = NULL;
    struct stat st;
    uint8_t tags[64];
    if (dir < 0) {
        begin();
        return LLVMFuzzerTestOneInput(data, size);
    }
    if (size > 0 && data[0] == 'r')
        keep_buf_add(&journal, data + 1, size - 1);
    else if (size > 0)
        entries(&journal, data + 1, size - 1);
    put(ID ".tar.partial", &partial);
    put(ID ".tar.resume", &journal);
    int rc = keep_seal_begin(&s, &p, NULL);
    must(rc);
    if (fstatat(dir, ID ".tar.partial", &st, 0) != 0 || (size_t)st.st_size > partial.n || st.st_size % 512 != 0)
        abort();
    if (rc == KEEP_SEAL_FRESH ? keep_seal_records(s) != 0 : rc == KEEP_SEAL_RESUMED && keep_seal_records(s) == 0)
        abort();
    if (rc != KEEP_SEAL_CLOSED)
        must(keep_seal_close(s, KEEP_STR("{}"), tags, NULL));
    must(keep_seal_sign(s, KEEP_STR("proof\n"), 1, NULL));
    keep_seal_discard_own(s);
    keep_seal_free(s);
    keep_buf_free(&journal);
    return 0;
}
