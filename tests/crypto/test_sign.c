/* Ed25519 (RFC 8032 section 7.1) and the files of minisign, with the minisign program on the other side. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/base/codec.h"
#include "core/crypto/secret.h"
#include "core/crypto/sign.h"
#include "tests/aid/tool.h"

static const uint8_t message[] = "what an officer signs\n";
enum { MESSAGE = sizeof message - 1 };

static struct keep_sign_secret *key_of(uint8_t fill)
{
    struct keep_sign_secret *s = NULL;
    uint8_t seed[32], id[8] = {1, 2, 3, 4, 5, 6, 7, 0xab};

    memset(seed, fill, sizeof seed);
    assert_int_equal(keep_sign_from_seed(&s, seed, id, NULL), 0);
    return s;
}

static void test_sign_rfc8032(void **state)
{
    (void)state;
    static const struct { const char *seed, *key, *msg, *sig; } rows[] = {
        {"9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60", "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a", "",
         "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b"},
        {"4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb", "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", "72",
         "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"},
        {"c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7", "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025", "af82",
         "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct keep_sign_secret *s = NULL;
        struct keep_sign_public pub;
        uint8_t seed[32], id[8] = {0}, msg[2], sig[64], want[64], key[32];
        size_t n = strlen(rows[i].msg) / 2;

        assert_true(keep_codec_unhex(keep_str_of(rows[i].seed), seed, 32));
        assert_true(keep_codec_unhex(keep_str_of(rows[i].key), key, 32));
        assert_true(keep_codec_unhex(keep_str_of(rows[i].sig), want, 64));
        assert_true(keep_codec_unhex(keep_str_of(rows[i].msg), msg, n));
        assert_int_equal(keep_sign_from_seed(&s, seed, id, NULL), 0);
        keep_sign_public_of(s, &pub);
        assert_memory_equal(pub.key, key, 32);
        keep_sign_raw(s, msg, n, sig);
        assert_memory_equal(sig, want, 64);
        assert_int_equal(keep_sign_raw_check(pub.key, msg, n, sig), 0);
        for (int bit = 0; bit < 512; bit++) {
            sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
            assert_int_equal(keep_sign_raw_check(pub.key, msg, n, sig), KEEP_E_INTEGRITY);
            sig[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        keep_sign_free(s);
    }
    keep_sign_free(NULL);
}

static void test_sign_derive_differs_by_label_and_is_not_the_seed(void **state)
{
    (void)state;
    struct keep_sign_secret *s = key_of(3);
    uint8_t seed[32], a[32], b[32], again[32];

    memset(seed, 3, sizeof seed);
    keep_sign_derive(s, "one", a);
    keep_sign_derive(s, "two", b);
    keep_sign_derive(s, "one", again);
    assert_memory_equal(a, again, 32);
    assert_memory_not_equal(a, b, 32);
    assert_memory_not_equal(a, seed, 32);
    keep_sign_free(s);
}

static void test_sign_public_file(void **state)
{
    (void)state;
    struct keep_sign_secret *s = key_of(4);
    struct keep_sign_public pub, back;
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_err err = {.code = 0};
    char id[17];

    keep_sign_public_of(s, &pub);
    keep_sign_id_text(pub.id, id);
    assert_string_equal(id, "AB07060504030201");
    keep_sign_public_write(&out, &pub, "role him");
    keep_buf_str(&out, "age1something\n"); /* behind the second line: not ours to read */
    assert_int_equal(keep_sign_public_read(&back, keep_buf_view(&out), "him.pub", &err), 0);
    assert_memory_equal(&back, &pub, sizeof pub);
    const char *line = strchr((char *)out.p, '\n') + 1;
    struct keep_str bare = {line, 56};
    assert_int_equal(keep_sign_public_read(&back, bare, "-", &err), 0);
    for (size_t n = 0; n < bare.n; n++)
        assert_int_equal(keep_sign_public_read(&back, (struct keep_str){bare.p, n}, "-", NULL), KEEP_E_INPUT);
    assert_int_equal(keep_sign_public_read(&back, KEEP_STR("untrusted comment: x"), "-", NULL), KEEP_E_INPUT);
    assert_int_equal(keep_sign_public_read(&back, KEEP_STR("untrusted comment: x\n"), "him.pub", &err), KEEP_E_INPUT);
    assert_string_equal(err.where, "him.pub");
    keep_buf_free(&out);
    keep_sign_free(s);
}

static void signed_by(struct keep_buf *out, struct keep_sign_public *pub, uint8_t fill)
{
    struct keep_sign_secret *s = key_of(fill);

    keep_sign_public_of(s, pub);
    assert_int_equal(keep_sign_message(out, s, message, MESSAGE, "signature of a test", "purpose test, number 1", NULL), 0);
    keep_sign_free(s);
}

static void test_sign_message_holds_and_any_change_is_seen(void **state)
{
    (void)state;
    struct keep_buf sig = KEEP_BUF_INIT;
    struct keep_sign_public pub, other;
    struct keep_str trusted = {NULL, 0};
    struct keep_err err = {.code = 0};
    uint8_t altered[MESSAGE];

    signed_by(&sig, &other, 6);
    keep_buf_clear(&sig);
    signed_by(&sig, &pub, 5);
    assert_int_equal(keep_sign_check(&pub, message, MESSAGE, keep_buf_view(&sig), &trusted, NULL), 0);
    assert_true(keep_str_is(trusted, "purpose test, number 1"));
    for (size_t i = 0; i < MESSAGE; i++) {
        memcpy(altered, message, MESSAGE);
        altered[i] ^= 1;
        assert_int_equal(keep_sign_check(&pub, altered, MESSAGE, keep_buf_view(&sig), NULL, NULL), KEEP_E_INTEGRITY);
    }
    size_t first = (size_t)((uint8_t *)strchr((char *)sig.p, '\n') - sig.p) + 1; /* the untrusted comment is free */
    for (size_t i = first; i + 1 < sig.n; i++) {
        sig.p[i] ^= 1;
        assert_int_equal(keep_sign_check(&pub, message, MESSAGE, keep_buf_view(&sig), NULL, NULL), KEEP_E_INTEGRITY);
        sig.p[i] ^= 1;
    }
    for (size_t n = 0; n + 1 < sig.n; n++)
        assert_int_equal(keep_sign_check(&pub, message, MESSAGE, (struct keep_str){(char *)sig.p, n}, NULL, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_sign_check(&other, message, MESSAGE, keep_buf_view(&sig), NULL, NULL), KEEP_E_INTEGRITY);
    pub.id[0] ^= 1;
    assert_int_equal(keep_sign_check(&pub, message, MESSAGE, keep_buf_view(&sig), NULL, &err), KEEP_E_INTEGRITY);
    assert_string_equal(err.text, "signed by key AB07060504030201, not by key AB07060504030200");
    keep_buf_str(&sig, "x\n");
    pub.id[0] ^= 1;
    assert_int_equal(keep_sign_check(&pub, message, MESSAGE, keep_buf_view(&sig), NULL, NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&sig);
}

static void test_sign_comments_are_bounded(void **state)
{
    (void)state;
    static char longest[1026];
    struct keep_buf sig = KEEP_BUF_INIT;
    struct keep_sign_secret *s = key_of(7);

    memset(longest, 'a', 1025);
    assert_int_equal(keep_sign_message(&sig, s, message, MESSAGE, "u", longest, NULL), KEEP_E_INPUT);
    assert_int_equal(keep_sign_message(&sig, s, message, MESSAGE, "u", "a\nb", NULL), KEEP_E_INPUT);
    assert_int_equal(keep_sign_message(&sig, s, message, MESSAGE, "u\n", "a", NULL), KEEP_E_INPUT);
    assert_int_equal(sig.n, 0);
    longest[1024] = '\0';
    assert_int_equal(keep_sign_message(&sig, s, message, MESSAGE, "", longest, NULL), 0);
    keep_buf_free(&sig);
    keep_sign_free(s);
}

/* Unencrypted secret key files: every base64 digit that carries something is checked. */
static void test_sign_secret_file_unencrypted(void **state)
{
    (void)state;
    struct keep_sign_secret *s = key_of(8), *back = NULL;
    struct keep_sign_public a, b;
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_err err = {.code = 0};

    assert_int_equal(keep_sign_secret_write(&out, s, NULL, &err), 0);
    assert_int_equal(keep_sign_secret_read(&back, keep_buf_view(&out), NULL, "k", &err), 0);
    keep_sign_public_of(s, &a);
    keep_sign_public_of(back, &b);
    assert_memory_equal(&a, &b, sizeof a);
    keep_sign_free(back);
    back = NULL;
    size_t at = (size_t)((uint8_t *)strchr((char *)out.p, '\n') - out.p) + 1;
    for (size_t i = at + 72; i + 1 < out.n; i++) { /* from the key id on */
        uint8_t was = out.p[i];
        out.p[i] = was == 'A' ? 'B' : 'A';
        assert_true(keep_sign_secret_read(&back, keep_buf_view(&out), NULL, "k", NULL) < 0);
        assert_null(back);
        out.p[i] = was;
    }
    for (size_t n = 0; n + 1 < out.n; n++)
        assert_int_equal(keep_sign_secret_read(&back, (struct keep_str){(char *)out.p, n}, NULL, "k", NULL), KEEP_E_INPUT);
    keep_buf_free(&out);
    keep_sign_free(s);
}

/* A key file that demands more scrypt work than minisign's own is refused before any of it is done. */
static void test_sign_secret_file_cannot_demand_more(void **state)
{
    (void)state;
    struct keep_sign_secret *back = NULL;
    struct keep_buf out = KEEP_BUF_INIT;
    uint8_t raw[158] = {'E', 'd', 'S', 'c', 'B', '2'};

    raw[38 + 4] = 1; /* 2^32 operations */
    keep_buf_str(&out, "untrusted comment: x\n");
    keep_codec_base64(&out, raw, sizeof raw, true);
    assert_int_equal(keep_sign_secret_read(&back, keep_buf_view(&out), NULL, "k", NULL), 1);
    assert_int_equal(keep_sign_secret_read(&back, keep_buf_view(&out), "pw", "k", NULL), KEEP_E_LIMIT);
    keep_buf_clear(&out);
    raw[38 + 4] = 0;
    raw[46 + 7] = 0x80;
    keep_buf_str(&out, "untrusted comment: x\n");
    keep_codec_base64(&out, raw, sizeof raw, true);
    assert_int_equal(keep_sign_secret_read(&back, keep_buf_view(&out), "pw", "k", NULL), KEEP_E_LIMIT);
    keep_buf_clear(&out);
    raw[4] = 'X';
    keep_buf_str(&out, "untrusted comment: x\n");
    keep_codec_base64(&out, raw, sizeof raw, true);
    assert_int_equal(keep_sign_secret_read(&back, keep_buf_view(&out), "pw", "k", NULL), KEEP_E_INPUT);
    assert_null(back);
    keep_buf_free(&out);
}

/* minisign checks our signature with our public key file. */
static void minisign_checks(struct keep_sign_secret *s)
{
    struct keep_buf pub = KEEP_BUF_INIT, sig = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    struct keep_sign_public p;
    const char *const argv[] = {"minisign", "-V", "-Q", "-p", tool_path("our.pub"), "-m", tool_path("m"), NULL};

    keep_sign_public_of(s, &p);
    keep_sign_public_write(&pub, &p, NULL);
    assert_int_equal(keep_sign_message(&sig, s, message, MESSAGE, "ours", "package 1, 12 entries", NULL), 0);
    assert_true(tool_put(tool_path("our.pub"), pub.p, pub.n));
    assert_true(tool_put(tool_path("m"), message, MESSAGE));
    assert_true(tool_put(tool_path("m.minisig"), sig.p, sig.n));
    assert_int_equal(tool_run(argv, NULL, tool_path("said")), 0);
    assert_true(tool_get(tool_path("said"), &out));
    assert_true(keep_str_is(keep_buf_view(&out), "package 1, 12 entries\n"));
    assert_true(tool_put(tool_path("m"), message, MESSAGE - 1));
    assert_int_not_equal(tool_run(argv, NULL, NULL), 0);
    keep_buf_free(&pub);
    keep_buf_free(&sig);
    keep_buf_free(&out);
}

/* minisign signs with our key file (pass: what it reads when it asks), and we check what it made. */
static void minisign_signs(struct keep_sign_secret *s, const char *passphrase, const char *legacy)
{
    struct keep_buf key = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_sign_public p;
    struct keep_str trusted;
    const char *const argv[] = {"minisign", "-S", "-s", tool_path("our.key"), "-t", "by\tthem", "-m", tool_path("m"), legacy, NULL};

    keep_sign_public_of(s, &p);
    assert_int_equal(keep_sign_secret_write(&key, s, passphrase, NULL), 0);
    assert_true(tool_put(tool_path("our.key"), key.p, key.n));
    assert_true(tool_put(tool_path("m"), message, MESSAGE));
    assert_true(tool_put(tool_path("pass"), "a pass phrase\n", 14));
    assert_int_equal(tool_run(argv, tool_path("pass"), NULL), 0);
    assert_true(tool_get(tool_path("m.minisig"), &sig));
    assert_int_equal(keep_sign_check(&p, message, MESSAGE, keep_buf_view(&sig), &trusted, NULL), 0);
    assert_true(keep_str_is(trusted, "by\tthem"));
    assert_int_equal(keep_sign_check(&p, message, MESSAGE - 1, keep_buf_view(&sig), NULL, NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&key);
    keep_buf_free(&sig);
}

static void test_sign_minisign_checks_ours(void **state)
{
    (void)state;
    struct keep_sign_secret *s = NULL;

    assert_int_equal(keep_sign_generate(&s, NULL), 0);
    minisign_checks(s);
    keep_sign_free(s);
}

static void test_sign_minisign_signs_with_our_keys(void **state)
{
    (void)state;
    struct keep_sign_secret *s = NULL;

    assert_int_equal(keep_sign_generate(&s, NULL), 0);
    minisign_signs(s, NULL, NULL);
    minisign_signs(s, NULL, "-l");
    minisign_signs(s, "a pass phrase", NULL);
    keep_sign_free(s);
}

/* Reads the key that minisign made; its public half must be the one minisign wrote. */
static void reads(const char *passphrase)
{
    struct keep_buf key = KEEP_BUF_INIT, pub = KEEP_BUF_INIT;
    struct keep_sign_secret *s = NULL;
    struct keep_sign_public a, b;

    assert_true(tool_get(tool_path("their.key"), &key));
    assert_true(tool_get(tool_path("their.pub"), &pub));
    assert_int_equal(keep_sign_public_read(&a, keep_buf_view(&pub), "their.pub", NULL), 0);
    if (passphrase) {
        assert_int_equal(keep_sign_secret_read(&s, keep_buf_view(&key), NULL, "their.key", NULL), 1);
        assert_int_equal(keep_sign_secret_read(&s, keep_buf_view(&key), "another", "their.key", NULL), KEEP_E_KEY);
        assert_null(s);
    }
    assert_int_equal(keep_sign_secret_read(&s, keep_buf_view(&key), passphrase, "their.key", NULL), 0);
    keep_sign_public_of(s, &b);
    assert_memory_equal(&a, &b, sizeof a);
    minisign_checks(s);
    keep_sign_free(s);
    keep_buf_free(&key);
    keep_buf_free(&pub);
}

static void test_sign_we_read_minisign_keys(void **state)
{
    (void)state;
    const char *const bare[] = {"minisign", "-G", "-W", "-f", "-p", tool_path("their.pub"), "-s", tool_path("their.key"), NULL};

    assert_int_equal(tool_run(bare, NULL, NULL), 0);
    reads(NULL);
    const char *const sealed[] = {"minisign", "-G", "-f", "-p", tool_path("their.pub"), "-s", tool_path("their.key"), NULL};
    assert_true(tool_put(tool_path("twice"), "a pass phrase\na pass phrase\n", 28));
    assert_int_equal(tool_run(sealed, tool_path("twice"), NULL), 0);
    reads("a pass phrase");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sign_rfc8032),
        cmocka_unit_test(test_sign_derive_differs_by_label_and_is_not_the_seed),
        cmocka_unit_test(test_sign_public_file),
        cmocka_unit_test(test_sign_message_holds_and_any_change_is_seen),
        cmocka_unit_test(test_sign_comments_are_bounded),
        cmocka_unit_test(test_sign_secret_file_unencrypted),
        cmocka_unit_test(test_sign_secret_file_cannot_demand_more),
        cmocka_unit_test(test_sign_minisign_checks_ours),
        cmocka_unit_test(test_sign_minisign_signs_with_our_keys),
        cmocka_unit_test(test_sign_we_read_minisign_keys),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
