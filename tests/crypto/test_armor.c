/* Armor: every length goes there and back in every piece size, the age program reads ours and we read its; and files that a passphrase opens,
 * ours and its, since the program asks for one on a terminal alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pty.h>

#include "core/crypto/age.h"
#include "core/crypto/armor.h"
#include "core/crypto/secret.h"
#include "tests/aid/tool.h"

static int collect(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)err;
    keep_buf_add(ctx, p, n);
    return 0;
}

static int refuse(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)ctx, (void)p, (void)n;
    return keep_err_set(err, KEEP_E_IO, "disk full");
}

static int to_armor(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_armor_out_add(ctx, p, n, err);
}

static void wrap(struct keep_buf *text, const uint8_t *p, size_t n, size_t piece)
{
    struct keep_armor_out *o = NULL;
    assert_int_equal(keep_armor_out_new(&o, collect, text, NULL), 0);
    for (size_t at = 0; at < n; at += piece)
        assert_int_equal(keep_armor_out_add(o, p + at, n - at < piece ? n - at : piece, NULL), 0);
    assert_int_equal(keep_armor_out_finish(o, NULL), 0);
    keep_armor_out_free(o);
}

static int unwrap(struct keep_buf *plain, const void *p, size_t n, size_t piece)
{
    struct keep_armor_in *i = NULL;
    int rc = keep_armor_in_new(&i, collect, plain, NULL);
    for (size_t at = 0; rc == 0 && at < n; at += piece)
        rc = keep_armor_in_add(i, (const uint8_t *)p + at, n - at < piece ? n - at : piece, NULL);
    int end = keep_armor_in_finish(i, NULL);
    assert_true(rc == 0 || end == rc); /* once failed, failed */
    keep_armor_in_free(i);
    return end;
}

static void test_armor_round_trip(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 47, 48, 49, 1000};
    uint8_t in[300];
    tool_fill(in, sizeof in, 9);
    for (size_t n = 0; n <= sizeof in; n++)
        for (size_t k = 0; k < 5; k++) {
            struct keep_buf text = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;
            wrap(&text, in, n, pieces[k]);
            assert_int_equal(unwrap(&plain, text.p, text.n, pieces[4 - k]), 0);
            assert_int_equal(plain.n, n);
            if (n > 0)
                assert_memory_equal(plain.p, in, n);
            for (size_t cut = 0; cut + 1 < text.n && k == 0 && n % 48 < 2; cut++) { /* without its last newline it is whole */
                keep_buf_clear(&plain);
                assert_int_equal(unwrap(&plain, text.p, cut, 64), KEEP_E_INTEGRITY);
            }
            keep_buf_free(&text);
            keep_buf_free(&plain);
        }
}

static void test_armor_refuses_what_is_not_canonical(void **state)
{
    (void)state;
#define B "-----BEGIN AGE ENCRYPTED FILE-----\n"
#define E "-----END AGE ENCRYPTED FILE-----\n"
    static const char *const rows[] = {
        "", " ", B, "x" B E, B E "x", B "AAA\n" E, B "AAAA\nAAAA\n" E, B "AB==\n" E, B " AAAA\n" E, B "AAAA \n" E, B "\n" E, B "AA=A\n" E, B "A: b\n\nAAAA\n" E,
        B "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n" E, "-----BEGIN PGP MESSAGE-----\nAAAA\n" E, B "AAAA\n-----END PGP MESSAGE-----\n",
        B "AAAA\r\r\n" E, B "A\xc1" "AA\n" E,
    };
    struct keep_buf plain = KEEP_BUF_INIT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (unwrap(&plain, rows[i], strlen(rows[i]), 7) != KEEP_E_INTEGRITY)
            fail_msg("row %zu was taken", i);
    keep_buf_clear(&plain);
    static const char fine[] = "\r\n \t" B "AAAA\r\n" E " \r\n";
    assert_int_equal(unwrap(&plain, fine, strlen(fine), 5), 0);
    assert_int_equal(plain.n, 3);
    keep_buf_free(&plain);
}

static void test_armor_endless_blanks_and_failing_writes(void **state)
{
    (void)state;
    struct keep_armor_in *i = NULL;
    struct keep_armor_out *o = NULL;
    int rc = 0;
    assert_int_equal(keep_armor_in_new(&i, collect, NULL, NULL), 0);
    for (int k = 0; rc == 0 && k < 5000; k++)
        rc = keep_armor_in_add(i, "\n", 1, NULL);
    assert_int_equal(rc, KEEP_E_INTEGRITY);
    keep_armor_in_free(i);
    assert_int_equal(keep_armor_in_new(&i, refuse, NULL, NULL), 0);
    assert_int_equal(keep_armor_in_add(i, B "AAAA\n", sizeof B + 4, NULL), KEEP_E_IO);
    keep_armor_in_free(i);
    assert_int_equal(keep_armor_out_new(&o, refuse, NULL, NULL), 0);
    assert_int_equal(keep_armor_out_add(o, "x", 1, NULL), KEEP_E_IO);
    keep_armor_out_free(o);
}

/* argv on a terminal of its own where word is typed whenever a colon is asked with; its exit status. */
static int typed(const char *const *argv, const char *word)
{
    int fd, status = 0;
    char b[512];
    ssize_t n;
    pid_t pid = forkpty(&fd, NULL, NULL, NULL);
    if (pid == 0) {
        execvp(argv[0], (char *const *)argv);
        _exit(127);
    }
    while ((n = read(fd, b, sizeof b)) > 0)
        if (memchr(b, ':', (size_t)n))
            dprintf(fd, "%s\n", word);
    close(fd);
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int decrypt(struct keep_buf *plain, const struct keep_buf *file, const char *const *words, size_t n)
{
    struct keep_age_in *in = NULL;
    int rc = keep_age_in_new(&in, NULL, 0, collect, plain, NULL);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = keep_age_in_passphrase(in, keep_str_of(words[i]), NULL);
    if (rc == 0)
        rc = keep_age_in_add(in, file->p, file->n, NULL);
    if (rc == 0)
        rc = keep_age_in_finish(in, NULL);
    keep_age_in_free(in);
    return rc;
}

static void test_armor_passphrases_both_ways_with_the_age_program(void **state)
{
    (void)state;
    static const char *const words[] = {"wrong horse", "correct horse", "battery"};
    static const char text[] = "what was sealed for a passphrase\n";
    const char *const open[] = {"age", "-d", "-o", tool_path("opened"), tool_path("ours.age"), NULL};
    const char *const seal[] = {"age", "-p", "-a", "-o", tool_path("theirs.age"), tool_path("text"), NULL};
    struct keep_buf file = KEEP_BUF_INIT, plain = KEEP_BUF_INIT;
    struct keep_armor_out *armor = NULL;
    struct keep_age_out *age = NULL;
    assert_int_equal(keep_armor_out_new(&armor, collect, &file, NULL), 0);
    assert_int_equal(keep_age_out_passphrase(&age, keep_str_of(words[1]), 12, to_armor, armor, NULL), 0);
    assert_int_equal(keep_age_out_add(age, text, strlen(text), NULL), 0);
    assert_int_equal(keep_age_out_finish(age, NULL), 0);
    assert_int_equal(keep_armor_out_finish(armor, NULL), 0);
    keep_age_out_free(age);
    keep_armor_out_free(armor);
    assert_true(tool_put(tool_path("ours.age"), file.p, file.n));
    assert_int_equal(typed(open, words[1]), 0);
    assert_true(tool_get(tool_path("opened"), &plain));
    assert_true(keep_str_is(keep_buf_view(&plain), text));

    assert_true(tool_put(tool_path("text"), text, strlen(text)));
    assert_int_equal(typed(seal, words[1]), 0);
    keep_buf_clear(&file);
    assert_true(tool_get(tool_path("theirs.age"), &file));
    keep_buf_clear(&plain);
    assert_int_equal(decrypt(&plain, &file, words + 2, 1), KEEP_E_KEY);
    assert_int_equal(plain.n, 0);
    assert_int_equal(decrypt(&plain, &file, words, 2), 0);
    assert_true(keep_str_is(keep_buf_view(&plain), text));
    keep_buf_free(&file);
    keep_buf_free(&plain);
}

static void test_armor_passphrase_limits(void **state)
{
    (void)state;
    struct keep_age_out *age = NULL;
    struct keep_age_in *in = NULL;
    int rc = 0;
    assert_int_equal(keep_age_out_passphrase(&age, KEEP_STR(""), 10, collect, NULL, NULL), KEEP_E_LIMIT);
    assert_int_equal(keep_age_out_passphrase(&age, KEEP_STR("a"), KEEP_AGE_WORK_MOST + 1, collect, NULL, NULL), KEEP_E_LIMIT);
    assert_int_equal(keep_age_out_passphrase(&age, KEEP_STR("a"), 0, collect, NULL, NULL), KEEP_E_LIMIT);
    assert_null(age);
    assert_int_equal(keep_age_in_new(&in, NULL, 0, collect, NULL, NULL), 0);
    assert_int_equal(keep_age_in_passphrase(in, KEEP_STR(""), NULL), KEEP_E_LIMIT);
    for (int i = 0; rc == 0 && i < 100; i++)
        rc = keep_age_in_passphrase(in, KEEP_STR("a"), NULL);
    assert_int_equal(rc, KEEP_E_LIMIT);
    keep_age_in_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_armor_round_trip),
        cmocka_unit_test(test_armor_refuses_what_is_not_canonical),
        cmocka_unit_test(test_armor_endless_blanks_and_failing_writes),
        cmocka_unit_test(test_armor_passphrases_both_ways_with_the_age_program),
        cmocka_unit_test(test_armor_passphrase_limits),
    };
    if (keep_secret_start(NULL) != 0)
        return 1;
    return cmocka_run_group_tests(tests, tool_setup, tool_teardown);
}
