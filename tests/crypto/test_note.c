/* Signed heads: the key id and signer of the note format published with Go, and every altered byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/note.h"
#include "core/crypto/secret.h"

static struct keep_sign_secret *signer(uint8_t fill, struct keep_sign_public *pub)
{
    struct keep_sign_secret *s = NULL;
    uint8_t seed[32], id[8] = {0};

    memset(seed, fill, sizeof seed);
    assert_int_equal(keep_sign_from_seed(&s, seed, id, NULL), 0);
    keep_sign_public_of(s, pub);
    return s;
}

static struct keep_note_head head_of(uint64_t size)
{
    struct keep_note_head h = {.origin = KEEP_STR("example.org/keep"), .size = size};

    memset(h.root, 0x42, sizeof h.root);
    return h;
}

/* PRIVATE+KEY+PeterNeumann+c74f20a3+AYEK..., the example key of golang.org/x/mod/sumdb/note. */
static void test_note_key_id_of_a_published_key(void **state)
{
    (void)state;
    struct keep_buf raw = KEEP_BUF_INIT, out = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_sign_secret *s = NULL;
    struct keep_note_head h = head_of(0);
    static const uint8_t id[8], want[4] = {0xc7, 0x4f, 0x20, 0xa3};

    assert_true(keep_codec_unbase64(&raw, KEEP_STR("AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"), true));
    assert_int_equal(raw.n, 33);
    assert_int_equal(keep_sign_from_seed(&s, raw.p + 1, id, NULL), 0);
    h.origin = KEEP_STR("PeterNeumann");
    keep_note_head_write(&out, &h, s);
    assert_false(out.failed);
    assert_memory_equal(out.p, "PeterNeumann\n0\n", 15);
    keep_buf_char(&out, '\0');
    const char *line = strstr((char *)out.p, "\n\n\xe2\x80\x94 PeterNeumann ");
    assert_non_null(line);
    const char *b64 = strrchr(line, ' ') + 1;
    assert_true(keep_codec_unbase64(&sig, (struct keep_str){b64, strlen(b64) - 1}, true));
    assert_int_equal(sig.n, 68);
    assert_memory_equal(sig.p, want, 4);
    keep_sign_free(s);
    keep_buf_free(&raw);
    keep_buf_free(&out);
    keep_buf_free(&sig);
}

static void test_note_round_trip(void **state)
{
    (void)state;
    static const uint64_t sizes[] = {0, 1, 10, 4294967296, UINT64_MAX};
    struct keep_sign_public pub;
    struct keep_sign_secret *s = signer(1, &pub);

    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        struct keep_buf out = KEEP_BUF_INIT;
        struct keep_note_head h = head_of(sizes[i]), back;
        keep_buf_str(&out, ""); /* what stands before stays */
        keep_note_head_write(&out, &h, s);
        assert_int_equal(keep_note_head_read(&back, keep_buf_view(&out), pub.key, NULL), 0);
        assert_true(keep_str_eq(back.origin, h.origin));
        assert_true(back.size == h.size);
        assert_memory_equal(back.root, h.root, 32);
        keep_buf_free(&out);
    }
    keep_sign_free(s);
}

static void test_note_every_altered_byte_and_every_cut_fail(void **state)
{
    (void)state;
    struct keep_sign_public pub, other;
    struct keep_sign_secret *s = signer(2, &pub), *o = signer(3, &other);
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_note_head h = head_of(1234), back;

    keep_note_head_write(&out, &h, s);
    for (size_t bit = 0; bit < out.n * 8; bit++) {
        out.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
        assert_int_equal(keep_note_head_read(&back, keep_buf_view(&out), pub.key, NULL), KEEP_E_INTEGRITY);
        out.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    for (size_t n = 0; n < out.n; n++)
        assert_int_equal(keep_note_head_read(&back, (struct keep_str){(char *)out.p, n}, pub.key, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_note_head_read(&back, keep_buf_view(&out), other.key, NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&out);
    keep_sign_free(s);
    keep_sign_free(o);
}

static void test_note_lines_of_others_are_passed_over(void **state)
{
    (void)state;
    struct keep_sign_public pub;
    struct keep_sign_secret *s = signer(4, &pub);
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_note_head h = head_of(5), back;

    keep_note_head_write(&out, &h, s);
    size_t n = out.n;
    keep_buf_str(&out, "\xe2\x80\x94 witness.example AAAAAA==\n");
    assert_int_equal(keep_note_head_read(&back, keep_buf_view(&out), pub.key, NULL), 0);
    out.n = n;
    keep_buf_str(&out, "witness without a dash AAAAAA==\n");
    assert_int_equal(keep_note_head_read(&back, keep_buf_view(&out), pub.key, NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&out);
    keep_sign_free(s);
}

/* Signed rightly, but not in the one form: each is refused before the signature is asked. */
static void test_note_forms_that_are_refused(void **state)
{
    (void)state;
    static const char root[] = "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=";
    static const char *const rows[][3] = {
        {"a", "01", root}, {"a", "", root}, {"a", "-1", root}, {"a", "18446744073709551616", root},
        {"a b", "1", root}, {"a+b", "1", root}, {"", "1", root}, {"a", "1", "QkI="}, {"a", "1", "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI"},
        {"a", "1", "QkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkJCQkI=\nextension"},
    };
    struct keep_sign_public pub;
    struct keep_sign_secret *s = signer(5, &pub);

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct keep_buf out = KEEP_BUF_INIT;
        struct keep_note_head back;
        uint8_t raw[68] = {0};
        keep_buf_printf(&out, "%s\n%s\n%s\n", rows[i][0], rows[i][1], rows[i][2]);
        keep_sign_raw(s, out.p, out.n, raw + 4);
        keep_buf_printf(&out, "\n\xe2\x80\x94 %s ", rows[i][0]);
        keep_codec_base64(&out, raw, sizeof raw, true);
        keep_buf_char(&out, '\n');
        assert_int_equal(keep_note_head_read(&back, keep_buf_view(&out), pub.key, NULL), KEEP_E_INTEGRITY);
        keep_buf_free(&out);
    }
    keep_sign_free(s);
}

static void test_note_bad_origin_is_not_written(void **state)
{
    (void)state;
    struct keep_sign_public pub;
    struct keep_sign_secret *s = signer(6, &pub);
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_note_head h = head_of(1);

    h.origin = KEEP_STR("a\nb");
    keep_note_head_write(&out, &h, s);
    assert_true(out.failed);
    assert_int_equal(out.n, 0);
    keep_sign_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_note_key_id_of_a_published_key),
        cmocka_unit_test(test_note_round_trip),
        cmocka_unit_test(test_note_every_altered_byte_and_every_cut_fail),
        cmocka_unit_test(test_note_lines_of_others_are_passed_over),
        cmocka_unit_test(test_note_forms_that_are_refused),
        cmocka_unit_test(test_note_bad_origin_is_not_written),
    };

    return keep_secret_start(NULL) != 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
