/* Sealing: what is written, what is refused, what is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <sys/resource.h>

#include "tests/bag/package.h"

static struct package pk;
static struct package_texts texts;
static struct keep_seal_params params;
static struct keep_seal_text text[6];
static uint8_t recipient[1][32];
static int dirfd;

static int setup(void **state)
{
    if (tool_setup(state) != 0 || !package_keys(&pk))
        return -1;
    dirfd = open(tool_dir, O_RDONLY | O_DIRECTORY);
    package_decide(&pk, &texts);
    package_params(&pk, &texts, PACKAGE_ID, dirfd, &params, text, recipient);
    return 0;
}

static int teardown(void **state)
{
    package_texts_free(&texts);
    package_free(&pk);
    close(dirfd);
    return tool_teardown(state);
}

static bool there(const char *name)
{
    return faccessat(dirfd, name, F_OK, 0) == 0;
}

static void test_sealing_nothing_in_clear(void **state)
{
    (void)state;
    static const char *const secret[] = {PACKAGE_NAME, PACKAGE_MRN, "Quartermaine", "Encounter/e1", "film library", "box 12", "General", "\"identity\":\"AGE-"};
    struct keep_buf b = KEEP_BUF_INIT;
    struct stat st;
    assert_int_equal(package_make(&pk, "ck-clear", 5, true, NULL), 0);
    assert_false(there("ck-clear.tar.partial"));
    assert_int_equal(stat(pk.path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_true(tool_get(pk.path, &b));
    for (size_t i = 0; i < sizeof secret / sizeof *secret; i++)
        if (memmem(b.p, b.n, secret[i], strlen(secret[i])))
            fail_msg("%s stands in it in clear", secret[i]);
    keep_buf_free(&b);
}

static void test_sealing_layout(void **state)
{
    (void)state;
    static const char *const name[] = {
        "data/decision/plan.json", "data/decision/approvals.json", "data/decision/adoption.json", "data/decision/officers.json", "data/policy/us.policy", "data/policy/ks.policy",
        "data/records/000001.zst.age", "data/records/000001.html.zst.age", "data/records/000002.zst.age", "data/records/000002.html.zst.age", "data/records/000003.zst.age",
        "data/records/000004.zst.age", "data/records/000004.html.zst.age", "data/index.jsonl.zst.age", "data/register.jsonl", "data/decision/counts.json",
        "manifest-sha512.txt", "manifest-sha256.txt", "bagit.txt", "bag-info.txt", "VERIFY.txt", "tagmanifest-sha512.txt", "package.tlog-proof", "tagmanifest-sha512.txt.minisig"};
    struct package_files fs;
    assert_int_equal(package_make(&pk, "ck-layout", 5, true, NULL), 0);
    assert_true(package_load(&fs, pk.path));
    assert_int_equal(fs.n, sizeof name / sizeof *name);
    for (size_t i = 0; i < fs.n; i++)
        assert_string_equal(fs.f[i].name + strlen("ck-layout/"), name[i]);
    struct keep_buf *reg = &package_find(&fs, "data/register.jsonl")->bytes;
    keep_buf_char(reg, '\0');
    assert_non_null(strstr((const char *)reg->p, "\"first_year\":2001,\"last_year\":2003,\"keep_until_year\":2020"));
    assert_non_null(strstr((const char *)reg->p, "\"media_type\":null,\"members\":[]}"));
    struct keep_buf *info = &package_find(&fs, "bag-info.txt")->bytes;
    keep_buf_char(info, '\0');
    assert_non_null(strstr((const char *)info->p, "Source-Organization: Test Hospital\nBagging-Date: 2026-11-21\nExternal-Identifier: ck-layout\n"));
    assert_non_null(strstr((const char *)info->p, "Chartkeep-Retain-Through: 2040-12-31\n"));
    package_unload(&fs);
}

static void test_sealing_same_bytes_but_for_the_keys(void **state)
{
    (void)state;
    static const char *const same[] = {"data/decision/plan.json", "data/policy/us.policy", "data/decision/counts.json", "bagit.txt", "VERIFY.txt"};
    struct package_files a, b;
    assert_int_equal(package_make(&pk, "ck-twice", 5, true, NULL), 0);
    assert_true(package_load(&a, pk.path));
    assert_int_equal(unlinkat(dirfd, "ck-twice.tar", 0), 0);
    assert_int_equal(package_make(&pk, "ck-twice", 5, true, NULL), 0);
    assert_true(package_load(&b, pk.path));
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        assert_true(keep_str_eq(keep_buf_view(&package_find(&a, same[i])->bytes), keep_buf_view(&package_find(&b, same[i])->bytes)));
    /* every record has a key of its own, made anew */
    assert_false(keep_str_eq(keep_buf_view(&package_find(&a, "data/records/000001.zst.age")->bytes), keep_buf_view(&package_find(&b, "data/records/000001.zst.age")->bytes)));
    package_unload(&a);
    package_unload(&b);
}

static void test_sealing_a_payload_other_than_its_digest_is_refused(void **state)
{
    (void)state;
    struct keep_seal *s = NULL;
    struct keep_err err = {0};
    uint8_t digest[32] = {0}, tags[64];
    struct keep_seal_record r = {.set = 1, .set_id = keep_str_of(package_set[0]), .kind = KEEP_STR("Encounter"), .media_type = KEEP_STR("text/plain"), .payload = KEEP_STR("bytes"), .digest = digest};
    assert_int_equal(keep_seal_begin(&s, &params, NULL), 0);
    assert_string_equal(keep_seal_partial(s), PACKAGE_ID ".tar.partial");
    assert_int_equal(keep_seal_record(s, &r, &err), KEEP_E_INTEGRITY);
    assert_int_equal(keep_seal_records(s), 0);
    assert_int_equal(keep_seal_close(s, keep_str_of(package_counts), tags, NULL), KEEP_E_USAGE); /* broken for good */
    keep_seal_free(s);
    assert_false(there(PACKAGE_ID ".tar.partial"));
    assert_int_equal(keep_seal_begin(&s, &params, NULL), 0);
    r.digest = NULL;
    assert_int_equal(keep_seal_record(s, &r, NULL), KEEP_E_INTEGRITY);
    keep_seal_free(s);
}

struct tap {
    size_t left;
    int rc;
};

static int draw(void *ctx, void *p, size_t room, size_t *n, struct keep_err *err)
{
    struct tap *t = ctx;
    if (t->left == 0 && t->rc < 0)
        return keep_err_set(err, t->rc, "the keep fails");
    *n = t->left < room ? t->left : room;
    *n = *n < 10007 ? *n : 10007;
    memset(p, 'x', *n);
    t->left -= *n;
    return 0;
}

/* What is pulled must be of its size and digest; a failure of the pull goes through as it is. */
static void test_sealing_pulled_payloads(void **state)
{
    (void)state;
    enum { SIZE = 3000000 };
    static const struct {
        size_t left;
        int rc, want;
    } cases[] = {{SIZE, 0, 0}, {SIZE - 1, 0, KEEP_E_INTEGRITY}, {SIZE + 1, 0, KEEP_E_INTEGRITY}, {SIZE / 2, KEEP_E_INTERRUPTED, KEEP_E_INTERRUPTED}, {0, KEEP_E_IO, KEEP_E_IO}};
    uint8_t digest[32], *bytes = malloc(SIZE);
    memset(bytes, 'x', SIZE);
    keep_hash_blake2b(digest, bytes, SIZE);
    free(bytes);
    for (size_t i = 0; i < sizeof cases / sizeof *cases + 1; i++) {
        struct keep_seal *s = NULL;
        struct tap t = {i < 5 ? cases[i].left : SIZE, i < 5 ? cases[i].rc : 0};
        struct keep_pull pull = {.ctx = &t, .size = SIZE, .read = draw};
        struct keep_seal_record r = {.set = 1, .set_id = keep_str_of(package_set[0]), .kind = KEEP_STR("film"), .media_type = KEEP_STR("application/dicom"), .pull = &pull, .digest = digest};
        digest[0] ^= i == 5;
        assert_int_equal(keep_seal_begin(&s, &params, NULL), 0);
        assert_int_equal(keep_seal_record(s, &r, NULL), i < 5 ? cases[i].want : KEEP_E_INTEGRITY);
        assert_int_equal(keep_seal_records(s), i == 0);
        keep_seal_free(s);
        assert_false(there(PACKAGE_ID ".tar.partial"));
    }
}

static void test_sealing_steps_have_an_order(void **state)
{
    (void)state;
    struct keep_seal *s = NULL;
    uint8_t tags[64];
    assert_int_equal(keep_seal_begin(&s, &params, NULL), 0);
    assert_int_equal(keep_seal_sign(s, KEEP_STR("proof"), 0, NULL), KEEP_E_USAGE);
    assert_int_equal(keep_seal_publish(s, NULL), KEEP_E_USAGE);
    assert_int_equal(package_record(s, 1, NULL), 0);
    assert_int_equal(keep_seal_records(s), 1);
    assert_int_equal(keep_seal_close(s, keep_str_of(package_counts), tags, NULL), 0);
    assert_int_equal(package_record(s, 2, NULL), KEEP_E_USAGE);
    assert_int_equal(keep_seal_sign(s, KEEP_STR("proof"), 0, NULL), 0);
    assert_int_equal(keep_seal_sign(s, KEEP_STR("proof"), 0, NULL), KEEP_E_USAGE);
    keep_seal_free(s);
    assert_true(there(PACKAGE_ID ".tar.partial")); /* signed: kept for a look */
    assert_int_equal(keep_seal_begin(&s, &params, NULL), 0); /* and removed by the next of that id */
    keep_seal_free(s);
    assert_false(there(PACKAGE_ID ".tar.partial"));
}

static void test_sealing_never_replaces_a_package(void **state)
{
    (void)state;
    struct keep_seal *s = NULL;
    assert_true(tool_put(tool_path(PACKAGE_ID ".tar"), "x", 1));
    assert_int_equal(keep_seal_begin(&s, &params, NULL), KEEP_E_REFUSED);
    assert_int_equal(unlinkat(dirfd, PACKAGE_ID ".tar", 0), 0);
}

static void test_sealing_refuses_bad_parameters(void **state)
{
    (void)state;
    static const char *const id[] = {"", "CK", "a/b", "..", "-a", "a b", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
    static const char *const name[] = {"records/000001.zst.age", "register.jsonl", "decision/counts.json", "policy/a b.policy", "policy/../x"};
    struct keep_seal *s = NULL;
    struct keep_seal_params p = params;
    for (size_t i = 0; i < sizeof id / sizeof *id; i++) {
        p.id = id[i];
        assert_int_equal(keep_seal_begin(&s, &p, NULL), KEEP_E_USAGE);
    }
    p = params;
    p.recipients = 0;
    assert_int_equal(keep_seal_begin(&s, &p, NULL), KEEP_E_USAGE);
    p = params;
    p.texts = 1;
    for (size_t i = 0; i < sizeof name / sizeof *name; i++) {
        struct keep_seal_text t = {name[i], KEEP_STR("x")};
        p.text = &t;
        assert_true(keep_seal_begin(&s, &p, NULL) < 0);
    }
    assert_false(there(PACKAGE_ID ".tar.partial"));
    keep_seal_free(NULL);
}

/* More lines than one zstd frame of the index holds, and not one record. */
static void test_sealing_many_and_none(void **state)
{
    (void)state;
    static const unsigned count[] = {0, 3000};
    for (size_t k = 0; k < 2; k++) {
        struct keep_seal *s = NULL;
        struct keep_buf proof = KEEP_BUF_INIT;
        struct package_found found;
        uint8_t tags[64], digest[32], plan_digest[32] = {0};
        char path[300];
        assert_int_equal(keep_seal_begin(&s, &params, NULL), 0);
        for (unsigned i = 0; i < count[k]; i++) {
            char body[40];
            snprintf(body, sizeof body, "note %u", i);
            struct keep_str payload = keep_str_of(body);
            keep_hash_blake2b(digest, payload.p, payload.n);
            struct keep_seal_record r = {.set = 1, .set_id = keep_str_of(package_set[0]), .kind = KEEP_STR("Note"), .source_key = keep_str_of(body), .media_type = KEEP_STR("text/plain"), .payload = payload, .digest = digest};
            assert_int_equal(keep_seal_record(s, &r, NULL), 0);
        }
        assert_int_equal(keep_seal_close(s, KEEP_STR("{}"), tags, NULL), 0);
        package_proof(&proof, &pk, tags, plan_digest, 5, count[k], true);
        assert_int_equal(keep_seal_sign(s, keep_buf_view(&proof), 5, NULL), 0);
        snprintf(path, sizeof path, "%s/%s", tool_dir, keep_seal_partial(s));
        package_inspect(path, &pk.key, (const uint8_t (*)[32])pk.identity, 1, &found, NULL);
        assert_int_equal(package_said(&found, "records"), KEEP_INSPECT_PASSED);
        assert_int_equal(package_said(&found, "payload"), KEEP_INSPECT_PASSED);
        assert_int_equal(package_said(&found, "complete"), KEEP_INSPECT_PASSED);
        assert_int_equal(package_said(&found, "comment"), KEEP_INSPECT_PASSED);
        assert_int_equal(package_said(&found, "register"), KEEP_INSPECT_FAILED); /* the counts given are not these */
        keep_seal_free(s);
        keep_buf_free(&proof);
    }
}

/* A disk that is full: the failure is told, nothing is left. */
static void test_sealing_full_disk(void **state)
{
    (void)state;
    struct keep_seal *s = NULL;
    struct keep_err err = {0};
    pid_t pid = fork();
    if (pid == 0) { /* a file size limit stands in for the disk */
        struct rlimit small = {4096, 4096};
        signal(SIGXFSZ, SIG_IGN);
        setrlimit(RLIMIT_FSIZE, &small);
        int rc = keep_seal_begin(&s, &params, &err);
        for (int i = 1; rc == 0 && i <= 4; i++)
            rc = package_record(s, i, &err);
        keep_seal_free(s);
        _exit(rc == KEEP_E_IO && !there(PACKAGE_ID ".tar.partial") ? 0 : 1);
    }
    int status = -1;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sealing_nothing_in_clear),
        cmocka_unit_test(test_sealing_layout),
        cmocka_unit_test(test_sealing_same_bytes_but_for_the_keys),
        cmocka_unit_test(test_sealing_a_payload_other_than_its_digest_is_refused),
        cmocka_unit_test(test_sealing_pulled_payloads),
        cmocka_unit_test(test_sealing_steps_have_an_order),
        cmocka_unit_test(test_sealing_never_replaces_a_package),
        cmocka_unit_test(test_sealing_refuses_bad_parameters),
        cmocka_unit_test(test_sealing_many_and_none),
        cmocka_unit_test(test_sealing_full_disk),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
