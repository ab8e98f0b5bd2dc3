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

/* The last MiB packs to next to nothing, what is before it to nothing less; told from the end, so that those of one size are the same. */
static void film_bytes(uint8_t *p, size_t n, size_t left)
{
    for (size_t i = 0; i < n; i++) {
        uint64_t z = (left - i) * UINT64_C(0x9e3779b97f4a7c15);
        z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
        p[i] = left - i > 1 << 20 ? (uint8_t)(z >> 37) : 'x';
    }
}

static int draw(void *ctx, void *p, size_t room, size_t *n, struct keep_err *err)
{
    struct tap *t = ctx;
    if (t->left == 0 && t->rc < 0)
        return keep_err_set(err, t->rc, "the keep fails");
    *n = t->left < room ? t->left : room;
    *n = *n < 10007 ? *n : 10007;
    film_bytes(p, *n, t->left);
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
    film_bytes(bytes, SIZE, SIZE);
    keep_hash_blake2b(digest, bytes, SIZE);
    free(bytes);
    for (size_t k = 0; k < 12; k++) { /* alone, then with a second thread */
        size_t i = k % 6;
        struct keep_seal *s = NULL;
        if (k == 6)
            assert_int_equal(keep_crew_new(&params.crew, 2, NULL), 0);
        struct tap t = {i < 5 ? cases[i].left : SIZE, i < 5 ? cases[i].rc : 0};
        struct keep_pull pull = {.ctx = &t, .size = SIZE, .read = draw};
        struct keep_seal_record r = {.set = 1, .set_id = keep_str_of(package_set[0]), .kind = KEEP_STR("film"), .media_type = KEEP_STR("application/dicom"), .pull = &pull, .digest = digest};
        digest[0] ^= i == 5;
        assert_int_equal(keep_seal_begin(&s, &params, NULL), 0);
        assert_int_equal(keep_seal_record(s, &r, NULL), i < 5 ? cases[i].want : KEEP_E_INTEGRITY);
        assert_int_equal(keep_seal_records(s), i == 0);
        keep_seal_free(s);
        assert_false(there(PACKAGE_ID ".tar.partial"));
        digest[0] ^= i == 5;
    }
    keep_crew_free(params.crew);
    params.crew = NULL;
}

/* Seals, closes and signs n numbered notes and, when film is not 0, a pulled record of so many bytes before the last; what the verifier said of it. */
static void seal_notes(unsigned n, size_t film, struct package_found *found)
{
    struct keep_seal *s = NULL;
    struct keep_buf proof = KEEP_BUF_INIT;
    uint8_t tags[64], digest[32], plan_digest[32] = {0};
    char path[300];
    struct tap t = {film, 0};
    struct keep_pull pull = {.ctx = &t, .size = film, .read = draw};
    assert_int_equal(keep_seal_begin(&s, &params, NULL), KEEP_SEAL_FRESH);
    for (unsigned i = 0; i < n; i++) {
        char body[40];
        snprintf(body, sizeof body, "note %u", i);
        struct keep_str payload = keep_str_of(body);
        if (film && i + 1 == n) {
            uint8_t *bytes = malloc(film);
            film_bytes(bytes, film, film);
            keep_hash_blake2b(digest, bytes, film);
            free(bytes);
            struct keep_seal_record r = {.set = 1, .set_id = keep_str_of(package_set[0]), .kind = KEEP_STR("film"), .media_type = KEEP_STR("application/dicom"), .pull = &pull, .digest = digest};
            assert_int_equal(keep_seal_record(s, &r, NULL), 0);
        }
        keep_hash_blake2b(digest, payload.p, payload.n);
        struct keep_seal_record r = {.set = 1, .set_id = keep_str_of(package_set[0]), .kind = KEEP_STR("Note"), .source_key = keep_str_of(body), .media_type = KEEP_STR("text/plain"), .payload = payload, .digest = digest};
        assert_int_equal(keep_seal_record(s, &r, NULL), 0);
    }
    assert_int_equal(keep_seal_close(s, KEEP_STR("{}"), tags, NULL), 0);
    package_proof(&proof, &pk, tags, plan_digest, 5, n + (film > 0), true);
    assert_int_equal(keep_seal_sign(s, keep_buf_view(&proof), 5, NULL), 0);
    snprintf(path, sizeof path, "%s/%s", tool_dir, keep_seal_partial(s));
    package_inspect(path, &pk.key, (const uint8_t (*)[32])pk.identity, 1, found, NULL);
    assert_int_equal(package_said(found, "records"), KEEP_INSPECT_PASSED);
    assert_int_equal(package_said(found, "payload"), KEEP_INSPECT_PASSED);
    assert_int_equal(package_said(found, "complete"), KEEP_INSPECT_PASSED);
    assert_int_equal(package_said(found, "comment"), KEEP_INSPECT_PASSED);
    keep_seal_free(s);
    keep_buf_free(&proof);
}

/* A sealed member past the limit stands in pieces that cat joins; the register names each, and no other number of them verifies. */
static void test_sealing_splits_what_is_long(void **state)
{
    (void)state;
    struct package_found found;
    struct package_files fs;
    struct keep_buf joined = KEEP_BUF_INIT;
    char name[64];
    unsigned pieces = 0;
    params.piece = 40; /* no record's header even fits: all that is pulled is split */
    seal_notes(3, 70000, &found);
    assert_true(package_load(&fs, tool_path(PACKAGE_ID ".tar.partial")));
    for (struct package_file *f;; pieces++) {
        snprintf(name, sizeof name, "data/records/000003.zst.age.%03u", pieces);
        if (!(f = package_find(&fs, name)))
            break;
        assert_true(f->bytes.n <= params.piece && f->bytes.n > 0);
        keep_buf_add(&joined, f->bytes.p, f->bytes.n);
    }
    assert_true(pieces > 4);
    assert_null(package_find(&fs, "data/records/000003.zst.age"));
    assert_non_null(package_find(&fs, "data/records/000004.zst.age")); /* small ones are never split */
    assert_true(keep_str_is((struct keep_str){(const char *)joined.p, 21}, "age-encryption.org/v1"));
    package_drop(&fs, "data/records/000003.zst.age.001");
    package_remanifest(&fs);
    package_resign(&fs, pk.signer);
    assert_true(package_store(&fs, tool_path("other.tar")));
    package_inspect(tool_path("other.tar"), &pk.key, (const uint8_t (*)[32])pk.identity, 1, &found, NULL);
    assert_int_equal(package_said(&found, "register"), KEEP_INSPECT_FAILED);
    assert_int_equal(package_said(&found, "records"), KEEP_INSPECT_FAILED);
    params.piece = 0;
    package_unload(&fs);
    keep_buf_free(&joined);
}

/* With a crew the package says the same, in the same order. */
static void test_sealing_with_threads(void **state)
{
    (void)state;
    struct package_found found;
    struct keep_seal *s = NULL;
    uint8_t tags[64], digest[32] = {0};
    int rc = 0;
    assert_int_equal(keep_crew_new(&params.crew, 3, NULL), 0);
    seal_notes(500, 3000000, &found);
    /* a record that is not the keep's fails the package, though perhaps a few calls later */
    assert_int_equal(keep_seal_begin(&s, &params, NULL), KEEP_SEAL_FRESH);
    struct keep_seal_record r = {.set = 1, .set_id = keep_str_of(package_set[0]), .kind = KEEP_STR("Note"), .media_type = KEEP_STR("text/plain"), .payload = KEEP_STR("bytes"), .digest = digest};
    rc = keep_seal_record(s, &r, NULL);
    if (rc == 0)
        rc = keep_seal_close(s, KEEP_STR("{}"), tags, NULL);
    assert_int_equal(rc, KEEP_E_INTEGRITY);
    keep_seal_free(s);
    /* and one that is given up with records at work leaves nothing at work */
    assert_int_equal(keep_seal_begin(&s, &params, NULL), KEEP_SEAL_FRESH);
    for (int i = 1; i <= PACKAGE_RECORDS; i++)
        assert_int_equal(package_record(s, i, NULL), 0);
    keep_seal_free(s);
    keep_crew_free(params.crew);
    params.crew = NULL;
}

/* ---- going on with what a run that died left ---- */

static void copy_file(const char *from, const char *to, size_t n)
{
    struct keep_buf b = KEEP_BUF_INIT;
    assert_true(tool_get(tool_path(from), &b));
    assert_true(tool_put(tool_path(to), b.p, n < b.n ? n : b.n));
    keep_buf_free(&b);
}

static off_t size_of(const char *name)
{
    struct stat st;
    return fstatat(dirfd, name, &st, 0) == 0 ? st.st_size : -1;
}

/* Goes on from what lies there to a package that verifies; how many records were carried over, -1: it was closed. */
static int go_on(void)
{
    struct keep_seal *s = NULL;
    struct keep_buf proof = KEEP_BUF_INIT;
    struct package_found found;
    struct keep_err err = {0};
    uint8_t tags[64], again[64];
    char path[300];
    int standing = keep_seal_begin(&s, &params, &err);
    assert_true(standing >= 0);
    int carried = standing == KEEP_SEAL_CLOSED ? -1 : (int)keep_seal_records(s);
    assert_true(standing != KEEP_SEAL_FRESH || carried == 0);
    for (int i = carried + 1; carried >= 0 && i <= PACKAGE_RECORDS; i++)
        assert_int_equal(package_record(s, i, &err), 0);
    if (carried >= 0)
        assert_int_equal(keep_seal_close(s, keep_str_of(package_counts), tags, &err), 0);
    keep_seal_tags(s, again);
    if (carried >= 0)
        assert_memory_equal(tags, again, sizeof tags);
    package_proof(&proof, &pk, again, texts.plan_digest, 5, PACKAGE_RECORDS, true);
    assert_int_equal(keep_seal_sign(s, keep_buf_view(&proof), 5, &err), 0);
    snprintf(path, sizeof path, "%s/%s", tool_dir, keep_seal_partial(s));
    if (package_inspect(path, &pk.key, (const uint8_t (*)[32])pk.identity, 1, &found, &err) != 0)
        fail_msg("%d carried over: %s", carried, err.text);
    keep_seal_free(s);
    keep_buf_free(&proof);
    return carried;
}

/* A run that died after a record, cut at every place of partial and journal: what both bear out is carried over, never more, and the package verifies. */
static void test_sealing_goes_on_where_a_run_died(void **state)
{
    (void)state;
    static const uint8_t key[32] = {7}, other[32] = {8};
    struct keep_seal *s = NULL;
    struct keep_err err = {0};
    int most = 0;
    params.journal = key;
    assert_int_equal(keep_seal_begin(&s, &params, &err), KEEP_SEAL_FRESH);
    for (int i = 1; i <= 3; i++)
        assert_int_equal(package_record(s, i, &err), 0);
    keep_seal_free(s);
    copy_file(PACKAGE_ID ".tar.partial", "tar", SIZE_MAX);
    copy_file(PACKAGE_ID ".tar.resume", "journal", SIZE_MAX);
    assert_int_equal(go_on(), 3);
    for (off_t end = size_of("tar"), cut = 0; cut <= end; cut += end / 60 + 1) {
        copy_file("tar", PACKAGE_ID ".tar.partial", (size_t)cut);
        copy_file("journal", PACKAGE_ID ".tar.resume", SIZE_MAX);
        int had = go_on();
        assert_in_range(had, most, 3);
        most = had;
    }
    most = 0;
    for (off_t end = size_of("journal"), cut = 0; cut <= end; cut += end / 60 + 1) {
        copy_file("tar", PACKAGE_ID ".tar.partial", SIZE_MAX);
        copy_file("journal", PACKAGE_ID ".tar.resume", (size_t)cut);
        int had = go_on();
        assert_in_range(had, most, 3);
        most = had;
    }
    /* another key reads nothing of it; a byte that changed ends what is carried over */
    copy_file("tar", PACKAGE_ID ".tar.partial", SIZE_MAX);
    copy_file("journal", PACKAGE_ID ".tar.resume", SIZE_MAX);
    params.journal = other;
    assert_int_equal(go_on(), 0);
    params.journal = key;
    for (off_t end = size_of("tar"), at = 0; at < end; at += end / 40 + 1) {
        struct keep_buf b = KEEP_BUF_INIT;
        assert_true(tool_get(tool_path("tar"), &b));
        b.p[at] ^= 1;
        assert_true(tool_put(tool_path(PACKAGE_ID ".tar.partial"), b.p, b.n));
        copy_file("journal", PACKAGE_ID ".tar.resume", SIZE_MAX);
        assert_in_range(go_on(), 0, 2);
        keep_buf_free(&b);
    }
    keep_seal_discard(dirfd, PACKAGE_ID);
    assert_false(there(PACKAGE_ID ".tar.partial") || there(PACKAGE_ID ".tar.resume"));
    params.journal = NULL;
}

/* Dying once it is closed loses nothing of it: the tag manifest is the same one. */
static void test_sealing_goes_on_with_a_closed_one(void **state)
{
    (void)state;
    static const uint8_t key[32] = {7};
    struct keep_seal *s = NULL;
    struct keep_err err = {0};
    uint8_t tags[64], again[64];
    params.journal = key;
    assert_int_equal(keep_seal_begin(&s, &params, &err), KEEP_SEAL_FRESH);
    for (int i = 1; i <= PACKAGE_RECORDS; i++)
        assert_int_equal(package_record(s, i, &err), 0);
    assert_int_equal(keep_seal_close(s, keep_str_of(package_counts), tags, &err), 0);
    keep_seal_free(s);
    for (int signed_too = 0; signed_too < 2; signed_too++) { /* also when the signature was begun */
        assert_int_equal(keep_seal_begin(&s, &params, &err), KEEP_SEAL_CLOSED);
        keep_seal_tags(s, again);
        assert_memory_equal(tags, again, sizeof tags);
        assert_int_equal(keep_seal_sign(s, KEEP_STR("proof"), 5, &err), 0);
        keep_seal_free(s);
    }
    assert_int_equal(go_on(), -1);
    assert_int_equal(keep_seal_begin(&s, &params, &err), KEEP_SEAL_CLOSED);
    assert_int_equal(keep_seal_sign(s, KEEP_STR("proof"), 5, &err), 0);
    assert_int_equal(keep_seal_publish(s, &err), 0);
    keep_seal_free(s);
    assert_false(there(PACKAGE_ID ".tar.partial") || there(PACKAGE_ID ".tar.resume"));
    assert_int_equal(unlinkat(dirfd, PACKAGE_ID ".tar", 0), 0);
    params.journal = NULL;
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
        cmocka_unit_test(test_sealing_splits_what_is_long),
        cmocka_unit_test(test_sealing_with_threads),
        cmocka_unit_test(test_sealing_goes_on_where_a_run_died),
        cmocka_unit_test(test_sealing_goes_on_with_a_closed_one),
        cmocka_unit_test(test_sealing_steps_have_an_order),
        cmocka_unit_test(test_sealing_never_replaces_a_package),
        cmocka_unit_test(test_sealing_refuses_bad_parameters),
        cmocka_unit_test(test_sealing_many_and_none),
        cmocka_unit_test(test_sealing_full_disk),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
