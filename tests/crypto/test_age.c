/* age files: sizes, pieces, damage, truncation at every byte, and the age program on the other side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "tests/aid/tool.h"

enum { CHUNK = 65536 };

static const size_t sizes[] = {0, 1, 65535, 65536, 65537, 131072, 200000};
#define SIZES (sizeof sizes / sizeof sizes[0])

static uint8_t identity[2][32], recipient[2][32];

static int collect(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct keep_buf *out = ctx;

    (void)err;
    keep_buf_add(out, p, n);
    return 0;
}

static int refuse(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    size_t *left = ctx;

    (void)p;
    if (n > *left)
        return keep_err_set(err, KEEP_E_IO, "disk full");
    *left -= n;
    return 0;
}

/* The file of n bytes at p for the first r recipients, fed in pieces. */
static void encrypt(struct keep_buf *file, const uint8_t *p, size_t n, size_t piece, size_t r)
{
    struct keep_age_out *o = NULL;
    struct keep_err err = {.code = 0};

    assert_int_equal(keep_age_out_new(&o, (const uint8_t(*)[32])recipient, r, collect, file, &err), 0);
    for (size_t at = 0; at < n; at += piece)
        assert_int_equal(keep_age_out_add(o, p + at, n - at < piece ? n - at : piece, &err), 0);
    assert_int_equal(keep_age_out_finish(o, &err), 0);
    keep_age_out_free(o);
    assert_false(file->failed);
}

/* What decrypting gives; plain holds what was released. */
static int decrypt(struct keep_buf *plain, const uint8_t *p, size_t n, size_t piece, const uint8_t id[32])
{
    struct keep_age_in *i = NULL;
    struct keep_err err = {.code = 0};
    int rc = 0;

    assert_int_equal(keep_age_in_new(&i, (const uint8_t(*)[32])id, 1, collect, plain, &err), 0);
    for (size_t at = 0; at < n && rc == 0; at += piece)
        rc = keep_age_in_add(i, p + at, n - at < piece ? n - at : piece, &err);
    if (rc == 0)
        rc = keep_age_in_finish(i, &err);
    else
        assert_int_equal(keep_age_in_finish(i, &err), rc); /* once failed, failed */
    assert_int_equal(err.code, rc);
    keep_age_in_free(i);
    return rc;
}

static void test_age_round_trip_in_all_pieces(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 7, 65535, 65536, 65552, 65553, 1000000};
    static uint8_t in[200000];

    tool_fill(in, sizeof in, 1);
    for (size_t s = 0; s < SIZES; s++) {
        for (size_t k = 0; k < sizeof pieces / sizeof pieces[0]; k++) {
            struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;
            size_t r = 1 + k % 2;
            encrypt(&file, in, sizes[s], pieces[k], r);
            assert_int_equal(file.n, keep_age_size(sizes[s], r));
            assert_int_equal(decrypt(&plain, file.p, file.n, pieces[k], identity[r - 1]), 0);
            assert_int_equal(plain.n, sizes[s]);
            if (plain.n > 0)
                assert_memory_equal(plain.p, in, plain.n);
            keep_buf_free(&file);
            keep_buf_free(&plain);
        }
    }
}

static void test_age_other_identity_is_a_wrong_key(void **state)
{
    (void)state;
    struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;

    encrypt(&file, (const uint8_t *)"x", 1, 1, 1);
    assert_int_equal(decrypt(&plain, file.p, file.n, 100, identity[1]), KEEP_E_KEY);
    assert_int_equal(plain.n, 0);
    keep_buf_free(&file);
}

/* Every cut of a small file; of a file of two chunks those near its joints, and some between. */
static void test_age_truncation_fails_and_releases_whole_chunks_only(void **state)
{
    (void)state;
    static const size_t plain_sizes[] = {0, 1, 300, CHUNK, CHUNK + 70};
    static uint8_t in[CHUNK + 70];

    tool_fill(in, sizeof in, 2);
    for (size_t s = 0; s < sizeof plain_sizes / sizeof plain_sizes[0]; s++) {
        struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;
        encrypt(&file, in, plain_sizes[s], CHUNK, 1);
        size_t payload = 200 - 16, joint = payload + CHUNK + 16;
        for (size_t cut = 0; cut < file.n; cut++) {
            bool near = cut < payload + 100 || (cut > joint - 40 && cut < joint + 40) || cut % 997 == 0 || cut + 100 > file.n;
            if (!near)
                continue;
            keep_buf_clear(&plain);
            assert_int_equal(decrypt(&plain, file.p, cut, 1000, identity[0]), KEEP_E_INTEGRITY);
            assert_int_equal(plain.n, cut >= joint ? CHUNK : 0);
        }
        keep_buf_free(&file);
        keep_buf_free(&plain);
    }
}

static void test_age_every_altered_bit_fails(void **state)
{
    (void)state;
    struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;

    encrypt(&file, (const uint8_t *)"forty-two bytes of a text that is short.", 40, 40, 1);
    for (size_t bit = 0; bit < file.n * 8; bit++) {
        file.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        int rc = decrypt(&plain, file.p, file.n, 4096, identity[0]);
        assert_true(rc == KEEP_E_INTEGRITY || rc == KEEP_E_KEY);
        assert_int_equal(plain.n, 0);
        file.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    keep_buf_char(&file, 'x');
    assert_int_equal(decrypt(&plain, file.p, file.n, 4096, identity[0]), KEEP_E_INTEGRITY);
    keep_buf_free(&file);
    keep_buf_free(&plain);
}

/* An altered byte of the second chunk: the first is out, nothing of the second. */
static void test_age_chunks_swapped_or_dropped_fail(void **state)
{
    (void)state;
    static uint8_t in[3 * CHUNK];
    const size_t head = 200 - 16, full = CHUNK + 16;
    struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT, other = KEEP_BUF_INIT;

    tool_fill(in, sizeof in, 3);
    encrypt(&file, in, sizeof in, sizeof in, 1);
    keep_buf_add(&other, file.p, head);
    keep_buf_add(&other, file.p + head + full, full);
    keep_buf_add(&other, file.p + head, full);
    keep_buf_add(&other, file.p + head + 2 * full, full);
    assert_int_equal(decrypt(&plain, other.p, other.n, 70000, identity[0]), KEEP_E_INTEGRITY);
    assert_int_equal(plain.n, 0);
    keep_buf_clear(&other);
    keep_buf_add(&other, file.p, head + full);
    keep_buf_add(&other, file.p + head + 2 * full, full);
    assert_int_equal(decrypt(&plain, other.p, other.n, 70000, identity[0]), KEEP_E_INTEGRITY);
    assert_int_equal(plain.n, CHUNK);
    keep_buf_clear(&plain);
    file.p[head + full + 5] ^= 1;
    assert_int_equal(decrypt(&plain, file.p, file.n, 1 << 20, identity[0]), KEEP_E_INTEGRITY);
    assert_int_equal(plain.n, CHUNK);
    keep_buf_free(&file);
    keep_buf_free(&other);
    keep_buf_free(&plain);
}

static void test_age_malformed_headers(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "age-encryption.org/v2\n-> X25519 a\nb\n--- c\n",
        "age-encryption.org/v1\r\n",
        "age-encryption.org/v1\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n->\nAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> \nAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> a  b\nAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> a\nAA=\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> a\nAB\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> a\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\nAAAA\n-> a\nAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> X25519\nAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> X25519 AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> X25519 CQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\nAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> a\nAAAA\n--- AAAA\n",
        "age-encryption.org/v1\n-> a\nAAAA\n---\n",
        "age-encryption.org/v1\n-> a\nAAAA\n",
    };
    struct keep_buf plain = KEEP_BUF_INIT;

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(decrypt(&plain, (const uint8_t *)rows[i], strlen(rows[i]), 10, identity[0]), KEEP_E_INTEGRITY);
    /* well formed, but for others: an unknown type, and scrypt alone */
    static const char *const others[] = {
        "age-encryption.org/v1\n-> a b c\nAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> scrypt AAAAAAAAAAAAAAAAAAAAAA 10\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
        "age-encryption.org/v1\n-> a\nAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n\n--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_int_equal(decrypt(&plain, (const uint8_t *)others[i], strlen(others[i]), 10, identity[0]), KEEP_E_KEY);
    assert_int_equal(plain.n, 0);
}

static void test_age_endless_header_is_refused(void **state)
{
    (void)state;
    struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;

    keep_buf_str(&file, "age-encryption.org/v1\n");
    for (int i = 0; i < 20000; i++)
        keep_buf_str(&file, "-> a\nAAAA\n");
    assert_int_equal(decrypt(&plain, file.p, file.n, 4096, identity[0]), KEEP_E_INTEGRITY);
    keep_buf_free(&file);
}

static void test_age_write_errors_are_forwarded_and_stick(void **state)
{
    (void)state;
    static uint8_t in[3 * CHUNK];
    struct keep_err err = {.code = 0};
    struct keep_age_out *o = NULL;
    size_t room = 100; /* not even the header */

    assert_int_equal(keep_age_out_new(&o, (const uint8_t(*)[32])recipient, 1, refuse, &room, &err), KEEP_E_IO);
    assert_null(o);
    keep_err_clear(&err);
    room = 300;
    assert_int_equal(keep_age_out_new(&o, (const uint8_t(*)[32])recipient, 1, refuse, &room, &err), 0);
    assert_int_equal(keep_age_out_add(o, in, sizeof in, &err), KEEP_E_IO);
    assert_string_equal(err.text, "disk full");
    room = SIZE_MAX;
    assert_int_equal(keep_age_out_add(o, in, 1, NULL), KEEP_E_IO);
    assert_int_equal(keep_age_out_finish(o, NULL), KEEP_E_IO);
    keep_age_out_free(o);
    assert_int_equal(keep_age_out_new(&o, (const uint8_t(*)[32])recipient, 0, refuse, &room, NULL), KEEP_E_LIMIT);
    keep_age_out_free(NULL);
    keep_age_in_free(NULL);
}

static void test_age_low_order_recipient_is_refused(void **state)
{
    (void)state;
    static const uint8_t zero[1][32];
    struct keep_age_out *o = NULL;
    struct keep_buf file = KEEP_BUF_INIT;

    assert_int_equal(keep_age_out_new(&o, zero, 1, collect, &file, NULL), KEEP_E_INPUT);
    assert_int_equal(file.n, 0);
}

static void test_age_key_texts(void **state)
{
    (void)state;
    char id[KEEP_AGE_TEXT], to[KEEP_AGE_TEXT];
    uint8_t back[32];

    keep_age_identity_text(id, identity[0]);
    keep_age_recipient_text(to, recipient[0]);
    assert_memory_equal(id, "AGE-SECRET-KEY-1", 16);
    assert_memory_equal(to, "age1", 4);
    assert_int_equal(keep_age_identity_read(back, keep_str_of(id), NULL), 0);
    assert_memory_equal(back, identity[0], 32);
    assert_int_equal(keep_age_recipient_read(back, keep_str_of(to), NULL), 0);
    assert_memory_equal(back, recipient[0], 32);
    assert_int_equal(keep_age_identity_read(back, keep_str_of(to), NULL), KEEP_E_INPUT);
    assert_int_equal(keep_age_recipient_read(back, keep_str_of(id), NULL), KEEP_E_INPUT);
    id[20] = id[20] >= 'A' ? (char)(id[20] + 32) : 'q';
    assert_int_equal(keep_age_identity_read(back, keep_str_of(id), NULL), KEEP_E_INPUT);
    to[0] = 'A';
    assert_int_equal(keep_age_recipient_read(back, keep_str_of(to), NULL), KEEP_E_INPUT);
}

static void test_age_program_opens_ours_and_we_open_its(void **state)
{
    (void)state;
    static uint8_t in[200000];
    char id[KEEP_AGE_TEXT], to[KEEP_AGE_TEXT];

    tool_fill(in, sizeof in, 4);
    keep_age_identity_text(id, identity[1]);
    keep_age_recipient_text(to, recipient[1]);
    assert_true(tool_put(tool_path("id"), id, strlen(id)));
    for (size_t s = 0; s < SIZES; s++) {
        struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;
        const char *const open[] = {"age", "-d", "-i", tool_path("id"), tool_path("ours.age"), NULL};
        const char *const seal[] = {"age", "-r", to, "-o", tool_path("theirs.age"), tool_path("plain"), NULL};

        encrypt(&file, in, sizes[s], 50000, 2);
        assert_true(tool_put(tool_path("ours.age"), file.p, file.n));
        assert_int_equal(tool_run(open, NULL, tool_path("out")), 0);
        assert_true(tool_get(tool_path("out"), &plain));
        assert_int_equal(plain.n, sizes[s]);
        if (plain.n > 0)
            assert_memory_equal(plain.p, in, plain.n);

        keep_buf_clear(&file);
        keep_buf_clear(&plain);
        assert_true(tool_put(tool_path("plain"), in, sizes[s]));
        unlink(tool_path("theirs.age"));
        assert_int_equal(tool_run(seal, NULL, NULL), 0);
        assert_true(tool_get(tool_path("theirs.age"), &file));
        assert_int_equal(decrypt(&plain, file.p, file.n, 4096, identity[1]), 0);
        assert_int_equal(plain.n, sizes[s]);
        if (plain.n > 0)
            assert_memory_equal(plain.p, in, plain.n);
        keep_buf_free(&file);
        keep_buf_free(&plain);
    }
}

/* age-keygen -y on our identity names our recipient. */
static void test_age_keygen_agrees(void **state)
{
    (void)state;
    char id[KEEP_AGE_TEXT], to[KEEP_AGE_TEXT];
    struct keep_buf out = KEEP_BUF_INIT;
    const char *const argv[] = {"age-keygen", "-y", tool_path("id2"), NULL};

    keep_age_identity_text(id, identity[0]);
    keep_age_recipient_text(to, recipient[0]);
    assert_true(tool_put(tool_path("id2"), id, strlen(id)));
    assert_int_equal(tool_run(argv, NULL, tool_path("recipient")), 0);
    assert_true(tool_get(tool_path("recipient"), &out));
    assert_true(out.n > 0 && out.p[out.n - 1] == '\n');
    assert_true(keep_str_is((struct keep_str){(char *)out.p, out.n - 1}, to));
    keep_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_age_round_trip_in_all_pieces),
        cmocka_unit_test(test_age_other_identity_is_a_wrong_key),
        cmocka_unit_test(test_age_truncation_fails_and_releases_whole_chunks_only),
        cmocka_unit_test(test_age_every_altered_bit_fails),
        cmocka_unit_test(test_age_chunks_swapped_or_dropped_fail),
        cmocka_unit_test(test_age_malformed_headers),
        cmocka_unit_test(test_age_endless_header_is_refused),
        cmocka_unit_test(test_age_write_errors_are_forwarded_and_stick),
        cmocka_unit_test(test_age_low_order_recipient_is_refused),
        cmocka_unit_test(test_age_key_texts),
        cmocka_unit_test(test_age_program_opens_ours_and_we_open_its),
        cmocka_unit_test(test_age_keygen_agrees),
    };

    if (keep_secret_start(NULL) != 0)
        return 1;
    for (int i = 0; i < 2; i++) {
        keep_age_generate(identity[i]);
        keep_age_recipient(recipient[i], identity[i]);
    }
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
