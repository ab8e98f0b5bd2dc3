/* Goal: responses of a timestamp authority made by stock openssl hold for what they are about, and for nothing else; whoever did not sign them is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/crypto/hash.h"
#include "core/crypto/stamp.h"
#include "tests/aid/tool.h"

static const char config[] =
    "[req]\ndistinguished_name = dn\nprompt = no\n[dn]\nCN = Test Authority\n"
    "[ca]\nbasicConstraints = critical, CA:TRUE\nkeyUsage = critical, keyCertSign\n"
    "[tsa]\nbasicConstraints = CA:FALSE\nextendedKeyUsage = critical, timeStamping\n"
    "[plain]\nbasicConstraints = CA:FALSE\n"
    "[stamp]\nserial = serial\ndefault_policy = 1.2.3.4\ndigests = sha256, sha512\nsigner_digest = sha256\n";

static char dir[64];
static struct keep_buf response, small, ca, other;
static uint8_t digest[64];

static int sh(const char *line)
{
    char all[1200];
    snprintf(all, sizeof all, "cd %s && %s", dir, line);
    const char *const argv[] = {"sh", "-c", all, NULL};
    return tool_run(argv, NULL, NULL);
}

static int setup(void **state)
{
    static const char text[] = "the signed list\n";
    if (tool_setup(state) != 0)
        return -1;
    strcpy(dir, tool_dir);
    if (!tool_put(tool_path("c"), config, sizeof config - 1) || !tool_put(tool_path("serial"), "01", 2) || !tool_put(tool_path("text"), text, sizeof text - 1))
        return -1;
    keep_sha512(digest, text, sizeof text - 1);
    if (sh("for n in ca other; do openssl req -x509 -config c -extensions ca -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $n.key -subj /CN=$n -days 2 -out $n.pem || exit 1; done && "
           "for n in tsa plain; do openssl req -config c -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $n.key -subj /CN=$n -out $n.csr && "
           "openssl x509 -req -in $n.csr -CA ca.pem -CAkey ca.key -set_serial 7 -days 1 -extfile c -extensions $n -out $n.pem || exit 1; done") != 0)
        return -1;
    if (sh("openssl ts -query -data text -sha512 -cert -out q && openssl ts -reply -config c -section stamp -queryfile q -signer tsa.pem -inkey tsa.key -out r && "
           "openssl ts -query -data text -sha256 -cert -out q256 && openssl ts -reply -config c -section stamp -queryfile q256 -signer tsa.pem -inkey tsa.key -out r256") != 0)
        return -1;
    return tool_get(tool_path("r"), &response) && tool_get(tool_path("r256"), &small) && tool_get(tool_path("ca.pem"), &ca) && tool_get(tool_path("other.pem"), &other) ? 0 : -1;
}

static int teardown(void **state)
{
    keep_buf_free(&response);
    keep_buf_free(&small);
    keep_buf_free(&ca);
    keep_buf_free(&other);
    return tool_teardown(state);
}

static void test_stamp_holds(void **state)
{
    (void)state;
    keep_time at = 0, again = 0;
    struct keep_err err = {0};
    assert_int_equal(keep_stamp_read(keep_buf_view(&response), digest, &at, &err), 0);
    assert_true(at > (keep_time)1700000000 * KEEP_USEC && at < (keep_time)4000000000 * KEEP_USEC);
    assert_int_equal(keep_stamp_check(keep_buf_view(&response), digest, keep_buf_view(&ca), &again, &err), 0);
    assert_int_equal(at, again);
}

static void test_stamp_of_another_thing_or_authority(void **state)
{
    (void)state;
    keep_time at = 1;
    uint8_t wrong[64];
    struct keep_err err = {0};
    memcpy(wrong, digest, 64);
    wrong[63] ^= 1;
    assert_int_equal(keep_stamp_read(keep_buf_view(&response), wrong, &at, &err), KEEP_E_INTEGRITY);
    assert_non_null(strstr(err.text, "something else"));
    assert_int_equal(keep_stamp_check(keep_buf_view(&response), wrong, keep_buf_view(&ca), &at, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(keep_stamp_read(keep_buf_view(&small), digest, &at, NULL), KEEP_E_INTEGRITY); /* SHA-256 of the same text */
    keep_err_clear(&err);
    assert_int_equal(keep_stamp_check(keep_buf_view(&response), digest, keep_buf_view(&other), &at, &err), KEEP_E_INTEGRITY);
    assert_true(err.text[0]);
    assert_int_equal(keep_stamp_check(keep_buf_view(&response), digest, KEEP_STR("no certificate"), &at, NULL), KEEP_E_INPUT);
    assert_int_equal(at, 1); /* outputs are set on success alone */
}

/* Any bit: what the signature covers is refused; its wrapping has a few that say nothing, and then the token says what it said. */
static void test_stamp_altered(void **state)
{
    (void)state;
    keep_time at = 0, first = 0;
    size_t taken = 0;
    assert_int_equal(keep_stamp_read(keep_buf_view(&response), digest, &first, NULL), 0);
    for (size_t i = 0; i < response.n; i++) {
        response.p[i] ^= (unsigned char)(1u << i % 8);
        keep_stamp_read(keep_buf_view(&response), digest, &at, NULL);
        int rc = keep_stamp_check(keep_buf_view(&response), digest, keep_buf_view(&ca), &at, NULL);
        assert_true(rc != 0 || at == first);
        taken += rc == 0;
        response.p[i] ^= (unsigned char)(1u << i % 8);
    }
    assert_true(taken < 24);
    for (size_t n = 0; n < response.n; n++)
        assert_int_equal(keep_stamp_read((struct keep_str){(const char *)response.p, n}, digest, &at, NULL), KEEP_E_INTEGRITY);
    keep_buf_char(&response, 0);
    assert_int_equal(keep_stamp_read(keep_buf_view(&response), digest, &at, NULL), KEEP_E_INTEGRITY);
    response.n--;
}

/* A certificate of the same authority that is for no timestamps, and a refusal. */
static void test_stamp_by_whom_it_may_not_be(void **state)
{
    (void)state;
    keep_time at;
    static const unsigned char rejected[] = {0x30, 0x05, 0x30, 0x03, 0x02, 0x01, 0x02};
    struct keep_err err = {0};
    assert_int_not_equal(sh("openssl ts -reply -config c -section stamp -queryfile q -signer plain.pem -inkey plain.key -out r2"), 0);
    assert_int_equal(keep_stamp_read((struct keep_str){(const char *)rejected, sizeof rejected}, digest, &at, &err), KEEP_E_INTEGRITY);
    assert_non_null(strstr(err.text, "did not grant"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_stamp_holds),
        cmocka_unit_test(test_stamp_of_another_thing_or_authority),
        cmocka_unit_test(test_stamp_altered),
        cmocka_unit_test(test_stamp_by_whom_it_may_not_be),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
