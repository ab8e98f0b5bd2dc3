/* The public test vectors of the age format, every one: what must open opens to the named digest, what must not fails at the named stage,
 * and nothing but what the digest covers is released. In several piece sizes, since a reader that streams could go wrong in each. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>

#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "tests/aid/tool.h"

#define KIT "tests/data/age-testkit"

struct vector {
    char expect[32];
    uint8_t payload[32];
    bool has_payload, packed, hybrid;
    uint8_t identity[8][32];
    size_t identities;
    char passphrase[8][64];
    size_t passphrases;
    struct keep_buf file;
};

static int collect(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)err;
    keep_buf_add(ctx, p, n);
    return 0;
}

static bool starts(struct keep_str s, const char *key, struct keep_str *value)
{
    size_t n = strlen(key);
    if (s.n < n || memcmp(s.p, key, n) != 0)
        return false;
    *value = (struct keep_str){s.p + n, s.n - n};
    return true;
}

static void header_line(struct vector *v, struct keep_str line)
{
    struct keep_str s;
    if (starts(line, "expect: ", &s))
        snprintf(v->expect, sizeof v->expect, "%.*s", (int)s.n, s.p);
    else if (starts(line, "payload: ", &s))
        v->has_payload = keep_codec_unhex(s, v->payload, 32);
    else if (starts(line, "identity: AGE-SECRET-KEY-PQ-", &s))
        v->hybrid = true;
    else if (starts(line, "identity: ", &s))
        assert_int_equal(keep_age_identity_read(v->identity[v->identities++], s, NULL), 0);
    else if (starts(line, "passphrase: ", &s))
        snprintf(v->passphrase[v->passphrases++], sizeof v->passphrase[0], "%.*s", (int)s.n, s.p);
    else if (starts(line, "compressed: ", &s))
        v->packed = keep_str_is(s, "zstd");
    else if (!starts(line, "file key: ", &s) && !starts(line, "comment: ", &s) && !starts(line, "armored: ", &s))
        fail_msg("a key that this test does not know: %.*s", (int)line.n, line.p);
}

static void load(const char *path, struct vector *v)
{
    struct keep_buf whole = KEEP_BUF_INIT;
    memset(v, 0, sizeof *v);
    assert_true(tool_get(path, &whole));
    const char *p = (const char *)whole.p, *end = p + whole.n, *nl;
    while ((nl = memchr(p, '\n', (size_t)(end - p))) && nl > p) {
        header_line(v, (struct keep_str){p, (size_t)(nl - p)});
        p = nl + 1;
    }
    p++;
    if (v->packed) {
        const char *const unpack[] = {"zstd", "-d", "-q", "-c", NULL};
        assert_true(tool_put(tool_path("packed"), p, (size_t)(end - p)));
        assert_int_equal(tool_run(unpack, tool_path("packed"), tool_path("plain")), 0);
        assert_true(tool_get(tool_path("plain"), &v->file));
    } else {
        keep_buf_add(&v->file, p, (size_t)(end - p));
    }
    keep_buf_free(&whole);
}

static int decrypt(const struct vector *v, size_t piece, struct keep_buf *plain, struct keep_err *err)
{
    struct keep_age_in *in = NULL;
    int rc = keep_age_in_new(&in, v->identity, v->identities, collect, plain, err);
    for (size_t i = 0; rc == 0 && i < v->passphrases; i++)
        rc = keep_age_in_passphrase(in, keep_str_of(v->passphrase[i]), err);
    for (size_t at = 0; rc == 0 && at < v->file.n; at += piece)
        rc = keep_age_in_add(in, v->file.p + at, v->file.n - at < piece ? v->file.n - at : piece, err);
    if (rc == 0)
        rc = keep_age_in_finish(in, err);
    keep_age_in_free(in);
    return rc;
}

/* By what the error says: the code tells a key that does not fit from a file that is malformed, the text where. */
static const char *stage(int rc, const struct keep_err *err)
{
    if (rc == 0)
        return "success";
    if (rc == KEEP_E_KEY)
        return "no match";
    if (strstr(err->text, "armor"))
        return "armor failure";
    if (strstr(err->text, "was altered"))
        return "HMAC failure";
    return strstr(err->text, "in chunk") || strstr(err->text, "behind its end") ? "payload failure" : "header failure";
}

static void one(const char *name, size_t piece, unsigned *passed, unsigned *left_out)
{
    struct vector v;
    struct keep_buf plain = KEEP_BUF_INIT;
    struct keep_err err = {0};
    uint8_t digest[32];
    char path[512];
    snprintf(path, sizeof path, KIT "/%s", name);
    load(path, &v);
    if (v.hybrid) {
        (*left_out)++;
        keep_buf_free(&v.file);
        return;
    }
    int rc = decrypt(&v, piece, &plain, &err);
    if (strcmp(stage(rc, &err), v.expect) != 0)
        fail_msg("%s, in pieces of %zu: %s (%s), wanted %s", name, piece, stage(rc, &err), err.text, v.expect);
    keep_sha256(digest, plain.p, plain.n);
    if (v.has_payload ? memcmp(digest, v.payload, 32) != 0 : plain.n != 0)
        fail_msg("%s, in pieces of %zu: %zu bytes were released, and they are not the ones named", name, piece, plain.n);
    (*passed)++;
    keep_buf_free(&plain);
    keep_buf_free(&v.file);
}

static void test_age_testkit_every_vector(void **state)
{
    (void)state;
    static const size_t pieces[] = {1 << 20, 65537, 61};
    unsigned passed = 0, left_out = 0;
    DIR *d = opendir(KIT);
    const struct dirent *e;
    assert_non_null(d);
    while ((e = readdir(d)))
        for (size_t k = 0; e->d_name[0] != '.' && strcmp(e->d_name, "README") != 0 && k < sizeof pieces / sizeof *pieces; k++)
            one(e->d_name, pieces[k], &passed, &left_out);
    closedir(d);
    passed /= 3;
    left_out /= 3;
    print_message("age testkit: %u of %u applicable vectors pass; %u left out: their identity is a post-quantum hybrid, which age v1.1 has not\n", passed, passed, left_out);
    assert_int_equal(passed + left_out, 143);
    assert_true(left_out <= 22);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age_testkit_every_vector),
    };
    if (keep_secret_start(NULL) != 0)
        return 1;
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
