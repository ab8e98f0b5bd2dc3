/* The verifier against whole packages and against every kind of altered one. Each
 * mutant names the check that must speak; the others may say what they like. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bag/package.h"

#define STRIDE 29 /* bytes between flips: coprime to 512, so that every place in a header and a block is hit in time */

static struct package pk;
static struct package_found found;

static int setup(void **state)
{
    struct keep_err err = {0};
    if (tool_setup(state) != 0 || !package_keys(&pk))
        return -1;
    if (package_make(&pk, PACKAGE_ID, 5, true, &err) == 0)
        return 0;
    fprintf(stderr, "%s\n", err.text);
    return -1;
}

static int teardown(void **state)
{
    package_free(&pk);
    return tool_teardown(state);
}

static const uint8_t (*mine(void))[32]
{
    return (const uint8_t (*)[32])pk.identity;
}

static void test_inspect_whole_package_passes(void **state)
{
    (void)state;
    static const char *const word[] = {
#define X(name, w, text) w,
        KEEP_INSPECT_CHECKS(X)
#undef X
    };
    struct keep_err err = {0};
    int rc = package_inspect(pk.path, &pk.key, mine(), 1, &found, &err);
    for (size_t i = 0; i < found.n; i++)
        if (found.result[i] != KEEP_INSPECT_PASSED)
            fail_msg("%s: %s", found.check[i], found.detail[i]);
    assert_int_equal(rc, 0);
    size_t at = 0;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++) /* what nothing was brought for is left out */
        if (strcmp(word[i], "head") != 0 && strcmp(word[i], "timestamp") != 0 && strcmp(word[i], "valid") != 0)
            assert_string_equal(found.check[at++], word[i]);
    assert_int_equal(found.n, at);
}

static void test_inspect_without_identity_leaves_records_out(void **state)
{
    (void)state;
    assert_int_equal(package_inspect(pk.path, &pk.key, NULL, 0, &found, NULL), 0);
    assert_int_equal(found.n, 11);
    assert_int_equal(package_said(&found, "records"), -1);
}

static void test_inspect_without_key_cannot_know_the_signer(void **state)
{
    (void)state;
    assert_int_equal(package_inspect(pk.path, NULL, mine(), 1, &found, NULL), 1);
    assert_int_equal(package_said(&found, "signer"), KEEP_INSPECT_IMPOSSIBLE);
    assert_int_equal(package_said(&found, "comment"), KEEP_INSPECT_IMPOSSIBLE);
    assert_int_equal(package_said(&found, "ledger"), KEEP_INSPECT_IMPOSSIBLE);
    assert_int_equal(package_said(&found, "payload"), KEEP_INSPECT_PASSED);
}

static void test_inspect_another_key_is_not_the_signer(void **state)
{
    (void)state;
    struct keep_sign_public other;
    keep_sign_public_of(pk.officer[0], &other);
    assert_int_equal(package_inspect(pk.path, &other, NULL, 0, &found, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(package_said(&found, "signer"), KEEP_INSPECT_FAILED);
    assert_int_equal(package_said(&found, "comment"), KEEP_INSPECT_FAILED);
    assert_int_equal(package_said(&found, "ledger"), KEEP_INSPECT_FAILED);
    assert_int_equal(package_said(&found, "payload"), KEEP_INSPECT_PASSED);
}

/* The identity of record 2 alone, taken from the opened index by the stock tools. */
static void record_identity(uint8_t out[32])
{
    struct package_files fs;
    struct keep_buf b = KEEP_BUF_INIT;
    char key[KEEP_AGE_TEXT];
    const char *const age[] = {"age", "-d", "-i", tool_path("index.key"), NULL}, *const zstd[] = {"zstd", "-d", "-q", "-c", NULL};
    keep_age_identity_text(key, pk.identity);
    assert_true(tool_put(tool_path("index.key"), key, strlen(key)));
    assert_true(package_load(&fs, pk.path));
    const struct keep_buf *index = &package_find(&fs, "data/index.jsonl.zst.age")->bytes;
    assert_true(tool_put(tool_path("index.age"), index->p, index->n));
    assert_int_equal(tool_run(age, tool_path("index.age"), tool_path("index.zst")), 0);
    assert_int_equal(tool_run(zstd, tool_path("index.zst"), tool_path("index.jsonl")), 0);
    assert_true(tool_get(tool_path("index.jsonl"), &b));
    keep_buf_char(&b, '\0');
    const char *line = strstr((const char *)b.p, "{\"n\":2,"), *at = strstr(line, "AGE-SECRET-KEY-1");
    assert_int_equal(keep_age_identity_read(out, (struct keep_str){at, strcspn(at, "\"")}, NULL), 0);
    assert_non_null(strstr(line, "\"patient\":\"" PACKAGE_MRN "\""));
    keep_buf_free(&b);
    package_unload(&fs);
}

static void test_inspect_a_single_record_opens_with_its_own_key(void **state)
{
    (void)state;
    uint8_t one[1][32];
    record_identity(one[0]);
    assert_int_equal(package_inspect(pk.path, &pk.key, (const uint8_t (*)[32])one, 1, &found, NULL), 0);
    assert_int_equal(package_said(&found, "records"), KEEP_INSPECT_PASSED);
    assert_non_null(strstr(found.detail[11], "1 of 5"));
}

static void test_inspect_a_foreign_identity_proves_nothing(void **state)
{
    (void)state;
    uint8_t other[1][32];
    keep_age_generate(other[0]);
    assert_int_equal(package_inspect(pk.path, &pk.key, (const uint8_t (*)[32])other, 1, &found, NULL), 1);
    assert_int_equal(package_said(&found, "records"), KEEP_INSPECT_IMPOSSIBLE);
}

static void test_inspect_missing_file_is_input(void **state)
{
    (void)state;
    assert_int_equal(package_inspect(tool_path("absent.tar"), &pk.key, NULL, 0, &found, NULL), KEEP_E_INPUT);
    assert_int_equal(found.n, 0);
}

/* ---- bytes ---- */

static int inspect_bytes(const void *p, size_t n)
{
    const char *path = tool_path("mutant.tar");
    assert_true(tool_put(path, p, n));
    return package_inspect(path, &pk.key, NULL, 0, &found, NULL);
}

static void test_inspect_every_flipped_bit_is_refused(void **state)
{
    (void)state;
    struct keep_buf b = KEEP_BUF_INIT;
    assert_true(tool_get(pk.path, &b));
    const char *last = memmem(b.p, b.n, PACKAGE_ID "/package.tlog-proof", strlen(PACKAGE_ID "/package.tlog-proof"));
    size_t unlisted = (size_t)(last - (char *)b.p); /* what no manifest covers: every byte */
    for (size_t at = 0; at < b.n; at += at < unlisted ? STRIDE : 1) {
        b.p[at] ^= (unsigned char)(1u << (at % 8));
        if (inspect_bytes(b.p, b.n) != KEEP_E_INTEGRITY)
            fail_msg("a bit flipped at byte %zu of %zu was not seen", at, b.n);
        assert_int_equal(found.n, 11);
        b.p[at] ^= (unsigned char)(1u << (at % 8));
    }
    assert_int_equal(inspect_bytes(b.p, b.n), 0);
    keep_buf_free(&b);
}

static void test_inspect_truncated_or_longer_is_refused(void **state)
{
    (void)state;
    struct keep_buf b = KEEP_BUF_INIT;
    assert_true(tool_get(pk.path, &b));
    for (size_t n = 0; n < b.n; n += n < 2048 ? 127 : 512) {
        if (inspect_bytes(b.p, n) != KEEP_E_INTEGRITY)
            fail_msg("truncated to %zu bytes, not seen", n);
        assert_int_equal(package_said(&found, "container"), KEEP_INSPECT_FAILED);
    }
    keep_buf_char(&b, 0);
    assert_int_equal(inspect_bytes(b.p, b.n), KEEP_E_INTEGRITY);
    assert_int_equal(package_said(&found, "container"), KEEP_INSPECT_FAILED);
    keep_buf_free(&b);
}

/* ---- files ---- */

/* What the mutant must be refused with; done with fs. */
static void refused(struct package_files *fs, const char *check)
{
    const char *path = tool_path("mutant.tar");
    assert_true(package_store(fs, path));
    assert_int_equal(package_inspect(path, &pk.key, mine(), 1, &found, NULL), KEEP_E_INTEGRITY);
    if (package_said(&found, check) != KEEP_INSPECT_FAILED) {
        for (size_t i = 0; i < found.n; i++)
            print_error("%s %d %s\n", found.check[i], found.result[i], found.detail[i]);
        fail_msg("not refused by %s", check);
    }
    assert_int_equal(found.n, 12);
    package_unload(fs);
}

static struct package_files fs;

static struct keep_buf *file(const char *name)
{
    return &package_find(&fs, name)->bytes;
}

static void load(void)
{
    assert_true(package_load(&fs, pk.path));
}

static void add(const char *name, const char *text)
{
    snprintf(fs.f[fs.n].name, sizeof fs.f[0].name, PACKAGE_ID "/%s", name);
    keep_buf_str(&fs.f[fs.n++].bytes, text);
}

/* With the true key: what only a faulty or dishonest keep could write. The content's checks must see it by themselves. */
static void signed_again(const char *check)
{
    package_remanifest(&fs);
    package_resign(&fs, pk.signer);
    refused(&fs, check);
}

static void test_inspect_dropped_members(void **state)
{
    (void)state;
    size_t files = 1;
    for (size_t i = 0; i < files; i++) {
        char name[256];
        load();
        files = fs.n;
        snprintf(name, sizeof name, "%s", strchr(fs.f[i].name, '/') + 1);
        package_drop(&fs, name);
        bool required = strcmp(name, "tagmanifest-sha512.txt") == 0 || strcmp(name, "package.tlog-proof") == 0 || strcmp(name, "tagmanifest-sha512.txt.minisig") == 0;
        refused(&fs, required ? "bag" : "complete");
    }
    assert_true(files > 20);
}

static void test_inspect_renamed_duplicated_swapped_added(void **state)
{
    (void)state;
    load();
    snprintf(package_find(&fs, "data/records/000002.zst.age")->name, 256, PACKAGE_ID "/data/records/000009.zst.age");
    refused(&fs, "complete");
    load();
    add("data/records/000002.zst.age", "again");
    refused(&fs, "container");
    load();
    struct keep_buf swap = *file("data/records/000001.zst.age");
    *file("data/records/000001.zst.age") = *file("data/records/000002.zst.age");
    *file("data/records/000002.zst.age") = swap;
    refused(&fs, "payload");
    load();
    add("data/records/000099.zst.age", "more");
    refused(&fs, "complete");
    load();
    add("README.txt", "read me first");
    refused(&fs, "complete");
    load();
    add("fetch.txt", "http://example.com/ 1 data/x\n");
    refused(&fs, "bag");
    load();
    snprintf(fs.f[3].name, sizeof fs.f[3].name, "ck-other/data/x");
    refused(&fs, "container");
}

static void test_inspect_remanifested_is_not_signed(void **state)
{
    (void)state;
    load();
    file("data/policy/us.policy")->p[0] ^= 1;
    package_remanifest(&fs);
    refused(&fs, "signer");
    assert_int_equal(package_said(&found, "payload"), KEEP_INSPECT_PASSED);
    assert_int_equal(package_said(&found, "tags"), KEEP_INSPECT_PASSED);
    assert_int_equal(package_said(&found, "decisions"), KEEP_INSPECT_FAILED);
    assert_int_equal(package_said(&found, "ledger"), KEEP_INSPECT_FAILED);
    load();
    file("data/policy/us.policy")->p[0] ^= 1;
    package_remanifest(&fs);
    package_resign(&fs, pk.officer[0]);
    refused(&fs, "signer");
}

static void test_inspect_signed_again_fails_in_the_ledger(void **state)
{
    (void)state;
    load();
    keep_buf_char(file("VERIFY.txt"), '\n');
    signed_again("ledger");
    assert_int_equal(package_said(&found, "signer"), KEEP_INSPECT_PASSED);
}

static void test_inspect_manifest_lines(void **state)
{
    (void)state;
    load();
    file("manifest-sha256.txt")->p[3] ^= 1;
    refused(&fs, "payload");
    assert_int_equal(package_said(&found, "tags"), KEEP_INSPECT_FAILED);
    load();
    file("manifest-sha512.txt")->p[128] = '\t';
    refused(&fs, "bag");
    load();
    keep_buf_add(file("manifest-sha512.txt"), file("manifest-sha512.txt")->p, 128 + 2 + strlen("data/decision/plan.json\n"));
    refused(&fs, "complete");
    load();
    file("manifest-sha512.txt")->n--;
    refused(&fs, "bag");
    load();
    file("tagmanifest-sha512.txt")->p[0] ^= 1;
    refused(&fs, "signer");
}

static void replace(const char *name, const char *what, const char *with)
{
    struct keep_buf *b = file(name), out = KEEP_BUF_INIT;
    char *at = memmem(b->p, b->n, what, strlen(what));
    assert_non_null(at);
    size_t before = (size_t)(at - (char *)b->p);
    keep_buf_add(&out, b->p, before);
    keep_buf_str(&out, with);
    keep_buf_add(&out, b->p + before + strlen(what), b->n - before - strlen(what));
    keep_buf_free(b);
    *b = out;
}

static void test_inspect_bag_info_and_counts(void **state)
{
    (void)state;
    static const char *const change[][4] = {
        {"bag-info.txt", "Payload-Oxum: ", "Payload-Oxum: 1", "oxum"},
        {"bag-info.txt", "External-Identifier: ck", "External-Identifier: xx", "bag"},
        {"bag-info.txt", "Chartkeep-Records: 5", "Chartkeep-Records: 4", "bag"},
        {"bag-info.txt", "Chartkeep-Sealed-At: 2", "Chartkeep-Sealed-At: 1", "bag"},
        {"bag-info.txt", "Chartkeep-Policy-Digest: ", "Chartkeep-Policy-Digest: 0", "bag"},
        {"bag-info.txt", "Chartkeep-Profile: ", "Chartkeep-Profile:", "bag"},
        {"bag-info.txt", "Chartkeep-Log-Origin: keep", "Chartkeep-Log-Origin: other", "ledger"},
        {"bagit.txt", "1.0", "0.9", "bag"},
        {"data/decision/counts.json", "\"sets\":2", "\"sets\":3", "register"},
        {"data/decision/counts.json", "\"records_in_keep\":5", "\"records_in_keep\":6", "register"},
        {"data/decision/counts.json", "payload\":1", "payload\":0", "register"},
        {"data/register.jsonl", "\"n\":3", "\"n\":4", "register"},
        {"data/register.jsonl", "\"octets\":", "\"octets\":1", "register"},
        {"data/register.jsonl", "\"sha512\":\"", "\"sha512\":\"0", "register"},
        {"data/register.jsonl", "000002.html", "000001.html", "register"},
        {"data/register.jsonl", "0102030405060708090a0b0c0d0e0f10", "ffffffffffffffffffffffffffffffff", "register"},
        {"data/register.jsonl", "0102030405060708090a0b0c0d0e0f10", "a102030405060708090a0b0c0d0e0f10", "register"},
        {"data/register.jsonl", "{\"n\":1", "[\"n\":1", "register"},
    };
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        load();
        replace(change[i][0], change[i][1], change[i][2]);
        signed_again(change[i][3]);
    }
}

static void test_inspect_decisions(void **state)
{
    (void)state;
    static const char *const change[][3] = {
        {"data/decision/plan.json", "\"as_of\":\"2026", "\"as_of\":\"2025"},
        {"data/decision/plan.json", "\"quorum\":2", "\"quorum\":3"},
        {"data/decision/plan.json", "{", "["},
        {"data/decision/plan.json", ",\"annex\":\"\"", ""},
        {"data/decision/approvals.json", "approve\\\":\\\"", "approve\\\":\\\"0"},
        {"data/decision/approvals.json", "legal", "him"},
        {"data/decision/approvals.json", "legal", "other"},
        {"data/decision/approvals.json", "[", "{"},
        {"data/decision/adoption.json", "digest", "digset"},
        {"data/decision/adoption.json", "him", "other"},
        {"data/decision/officers.json", "untrusted", "trusted"},
        {"data/decision/officers.json", "legal", "him"}, /* two keys of one role: the other has nobody left */
        {"data/policy/us.policy", "us", "ks"},
    };
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        load();
        replace(change[i][0], change[i][1], change[i][2]);
        signed_again("decisions");
    }
    load();
    add("data/policy/more.policy", "pack");
    refused(&fs, "decisions");
    load();
    package_drop(&fs, "data/policy/ks.policy");
    refused(&fs, "decisions");
}

/* Decisions on a package with other officers in it, signed by the keep: they hold by themselves, whatever the ledger says of the rest. */
static void officers(const char *text, enum keep_inspect_result want)
{
    load();
    keep_buf_clear(file("data/decision/officers.json"));
    keep_buf_str(file("data/decision/officers.json"), text);
    signed_again("ledger");
    assert_int_equal(package_said(&found, "decisions"), want);
}

static void test_inspect_officers_who_left(void **state)
{
    (void)state;
    struct keep_buf key[3] = {KEEP_BUF_INIT, KEEP_BUF_INIT, KEEP_BUF_INIT}, text = KEEP_BUF_INIT, quoted[3] = {KEEP_BUF_INIT, KEEP_BUF_INIT, KEEP_BUF_INIT};
    const struct keep_sign_secret *of[] = {pk.officer[0], pk.officer[1], pk.signer};
    for (int i = 0; i < 3; i++) {
        struct keep_sign_public pub;
        keep_sign_public_of(of[i], &pub);
        keep_sign_public_write(&key[i], &pub, "officer");
        package_escape(&quoted[i], keep_buf_view(&key[i]));
        keep_buf_char(&quoted[i], '\0');
    }
    const char *him = (const char *)quoted[0].p, *legal = (const char *)quoted[1].p, *other = (const char *)quoted[2].p;
    keep_buf_printf(&text, "[{\"role\":\"him\",\"public_key\":%s},{\"role\":\"legal\",\"public_key\":%s},{\"role\":\"him\",\"public_key\":%s},{\"role\":\"privacy\",\"public_key\":%s}]%c", other, legal, him, legal, 0);
    officers((const char *)text.p, KEEP_INSPECT_PASSED); /* "him" has another key now, the one who signed left; "legal" was "privacy" once */
    keep_buf_clear(&text);
    keep_buf_printf(&text, "[{\"role\":\"him\",\"public_key\":%s},{\"role\":\"legal\",\"public_key\":%s}]%c", other, legal, 0);
    officers((const char *)text.p, KEEP_INSPECT_FAILED); /* without the key he had, nobody can tell that he signed */
    for (int i = 0; i < 3; i++) {
        keep_buf_free(&key[i]);
        keep_buf_free(&quoted[i]);
    }
    keep_buf_free(&text);
}

/* Records exchanged together with every list: only the index, which names keys and digests, can tell. */
static void test_inspect_records_against_the_index(void **state)
{
    (void)state;
    load();
    struct keep_buf swap = *file("data/records/000001.zst.age");
    *file("data/records/000001.zst.age") = *file("data/records/000002.zst.age");
    *file("data/records/000002.zst.age") = swap;
    signed_again("records");
    assert_int_equal(package_said(&found, "payload"), KEEP_INSPECT_PASSED);
    load();
    file("data/index.jsonl.zst.age")->n -= 1;
    signed_again("records");
}

/* A rendition must be what was sealed beside its record: one of another record has that one's key. */
static void test_inspect_rendition_of_another_record(void **state)
{
    (void)state;
    load();
    keep_buf_clear(file("data/records/000001.html.zst.age"));
    keep_buf_add(file("data/records/000001.html.zst.age"), file("data/records/000001.zst.age")->p, file("data/records/000001.zst.age")->n);
    signed_again("records");
}

static void test_inspect_proof(void **state)
{
    (void)state;
    struct package_texts t;
    static const uint8_t other[64] = {1};
    uint8_t tags[64];
    package_decide(&pk, &t);
    load();
    keep_sha512(tags, file("tagmanifest-sha512.txt")->p, file("tagmanifest-sha512.txt")->n);
    const struct {
        const uint8_t *tags, *plan;
        uint64_t index;
        unsigned records;
        bool extra;
    } wrong[] = {{other, t.plan_digest, 5, 5, true}, {tags, other, 5, 5, true}, {tags, t.plan_digest, 5, 4, true}, {tags, t.plan_digest, 5, 5, false}};
    package_unload(&fs);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        load();
        keep_buf_clear(file("package.tlog-proof"));
        package_proof(file("package.tlog-proof"), &pk, wrong[i].tags, wrong[i].plan, wrong[i].index, wrong[i].records, wrong[i].extra);
        refused(&fs, "ledger");
        assert_int_equal(package_said(&found, "signer"), KEEP_INSPECT_PASSED);
    }
    /* a true proof of another index: the signed comment names the one there was */
    load();
    keep_buf_clear(file("package.tlog-proof"));
    package_proof(file("package.tlog-proof"), &pk, tags, t.plan_digest, 4, PACKAGE_RECORDS, true);
    refused(&fs, "comment");
    package_texts_free(&t);
}

/* An older package of the same keep in a newer one's place, whole or in part. */
static void test_inspect_old_for_new(void **state)
{
    (void)state;
    struct package old = pk;
    const char *newer = tool_path("ck-20261122-ffffffffffff.tar");
    const char *const cp[] = {"cp", pk.path, newer, NULL};
    assert_int_equal(tool_run(cp, NULL, NULL), 0);
    assert_int_equal(package_inspect(newer, &pk.key, mine(), 1, &found, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(package_said(&found, "bag"), KEEP_INSPECT_FAILED);

    assert_int_equal(package_make(&old, "ck-20261120-000000000000", 3, true, NULL), 0);
    assert_int_equal(package_inspect(old.path, &pk.key, mine(), 1, &found, NULL), 0);
    static const char *const part[][2] = {{"package.tlog-proof", "ledger"}, {"tagmanifest-sha512.txt.minisig", "signer"}, {"data/register.jsonl", "payload"}, {"bag-info.txt", "tags"}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        struct package_files from;
        load();
        assert_true(package_load(&from, old.path));
        keep_buf_clear(file(part[i][0]));
        keep_buf_add(file(part[i][0]), package_find(&from, part[i][0])->bytes.p, package_find(&from, part[i][0])->bytes.n);
        package_unload(&from);
        refused(&fs, part[i][1]);
    }
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    assert_true(done <= total);
    return 1;
}

static void test_inspect_can_be_interrupted(void **state)
{
    (void)state;
    struct keep_inspect_params ip = {.path = pk.path, .found = package_note, .ctx = &found, .progress = stop};
    found.n = 0;
    assert_int_equal(keep_inspect_package(&ip, NULL), KEEP_E_INTERRUPTED);
    assert_int_equal(found.n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inspect_whole_package_passes),
        cmocka_unit_test(test_inspect_without_identity_leaves_records_out),
        cmocka_unit_test(test_inspect_without_key_cannot_know_the_signer),
        cmocka_unit_test(test_inspect_another_key_is_not_the_signer),
        cmocka_unit_test(test_inspect_a_single_record_opens_with_its_own_key),
        cmocka_unit_test(test_inspect_a_foreign_identity_proves_nothing),
        cmocka_unit_test(test_inspect_missing_file_is_input),
        cmocka_unit_test(test_inspect_every_flipped_bit_is_refused),
        cmocka_unit_test(test_inspect_truncated_or_longer_is_refused),
        cmocka_unit_test(test_inspect_dropped_members),
        cmocka_unit_test(test_inspect_renamed_duplicated_swapped_added),
        cmocka_unit_test(test_inspect_remanifested_is_not_signed),
        cmocka_unit_test(test_inspect_signed_again_fails_in_the_ledger),
        cmocka_unit_test(test_inspect_manifest_lines),
        cmocka_unit_test(test_inspect_bag_info_and_counts),
        cmocka_unit_test(test_inspect_decisions),
        cmocka_unit_test(test_inspect_officers_who_left),
        cmocka_unit_test(test_inspect_records_against_the_index),
        cmocka_unit_test(test_inspect_rendition_of_another_record),
        cmocka_unit_test(test_inspect_proof),
        cmocka_unit_test(test_inspect_old_for_new),
        cmocka_unit_test(test_inspect_can_be_interrupted),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
