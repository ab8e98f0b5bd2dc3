/* VERIFY.txt does what it says: its own command blocks, run by dash with the stock
 * tools, pass on a whole package, and on an altered one the right block fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/bag/package.h"

#define BLOCKS 24
enum { STEP0 /* PKG= and PUB=, two lines of one block */, UNPACK, AGAIN, MINISIGN, OPENSSL, DIGESTS, EXTRAS, COUNTS, LEDGER, PROOF, INDEX, KEY, RECORD, DIGEST, STAMP, ALL };

static struct package pk;
static struct keep_buf block[BLOCKS];
static size_t blocks;

/* Runs of lines that begin with four blanks. */
static void take_blocks(struct keep_str text)
{
    bool in = false;
    for (size_t at = 0; at < text.n;) {
        const char *nl = memchr(text.p + at, '\n', text.n - at);
        size_t n = (size_t)(nl - text.p) - at + 1;
        bool command = n > 4 && memcmp(text.p + at, "    ", 4) == 0;
        if (command && !in && blocks < BLOCKS)
            blocks++;
        if (command)
            keep_buf_add(&block[blocks - 1], text.p + at, n);
        in = command;
        at += n;
    }
}

static int setup(void **state)
{
    struct package_files fs;
    struct keep_buf pub = KEEP_BUF_INIT;
    if (tool_setup(state) != 0 || !package_keys(&pk) || package_make(&pk, PACKAGE_ID, 5, true, NULL) != 0 || !package_load(&fs, pk.path))
        return -1;
    take_blocks(keep_buf_view(&package_find(&fs, "VERIFY.txt")->bytes));
    package_unload(&fs);
    keep_sign_public_write(&pub, &pk.key, "keep");
    bool ok = tool_put(tool_path("keep.pub"), pub.p, pub.n);
    keep_buf_free(&pub);
    return ok ? 0 : -1;
}

static int teardown(void **state)
{
    for (size_t i = 0; i < blocks; i++)
        keep_buf_free(&block[i]);
    package_free(&pk);
    return tool_teardown(state);
}

/* A fresh folder with the tar and the key. */
static const char *folder(const char *name, const char *tar)
{
    const char *dir = tool_path(name);
    char to[400];
    const char *const cp1[] = {"cp", tar, to, NULL}, *const cp2[] = {"cp", tool_path("keep.pub"), dir, NULL};
    assert_int_equal(mkdir(dir, 0700), 0);
    snprintf(to, sizeof to, "%s/" PACKAGE_ID ".tar", dir);
    assert_int_equal(tool_run(cp1, NULL, NULL), 0);
    assert_int_equal(tool_run(cp2, NULL, NULL), 0);
    return dir;
}

/* Status of one block, pasted behind those that set variables. */
static int run(const char *dir, size_t which)
{
    struct keep_buf script = KEEP_BUF_INIT;
    char path[400], cd[400];
    keep_buf_add(&script, block[STEP0].p, block[STEP0].n);
    if (which > KEY && which < STAMP) /* sets N */
        keep_buf_str(&script, "    N=000001\n");
    keep_buf_add(&script, block[which].p, block[which].n);
    snprintf(path, sizeof path, "%s/block.sh", dir);
    assert_true(tool_put(path, script.p, script.n));
    keep_buf_free(&script);
    snprintf(cd, sizeof cd, "cd %s && exec dash block.sh", dir);
    const char *const argv[] = {"dash", "-c", cd, NULL};
    int rc = tool_run(argv, NULL, NULL);
    unlink(path);
    return rc;
}

static void put_key(const char *dir, const char *name, const uint8_t identity[32])
{
    char text[KEEP_AGE_TEXT], path[400];
    keep_age_identity_text(text, identity);
    snprintf(path, sizeof path, "%s/%s", dir, name);
    assert_true(tool_put(path, text, strlen(text)));
}

static void test_verifytxt_is_plain_ascii_and_names_the_package(void **state)
{
    (void)state;
    struct package_files fs;
    assert_true(package_load(&fs, pk.path));
    const struct keep_buf *t = &package_find(&fs, "VERIFY.txt")->bytes;
    for (size_t i = 0; i < t->n; i++)
        assert_true(t->p[i] == '\n' || (t->p[i] >= 0x20 && t->p[i] < 0x7f));
    assert_non_null(memmem(t->p, t->n, "    PKG=" PACKAGE_ID "\n    PUB=../keep.pub\n", strlen("    PKG=" PACKAGE_ID "\n    PUB=../keep.pub\n")));
    assert_non_null(memmem(t->p, t->n, keep_inspect_unproven, strlen(keep_inspect_unproven)));
    assert_int_equal(blocks, ALL);
    package_unload(&fs);
}

static void test_verifytxt_passes_with_stock_tools(void **state)
{
    (void)state;
    const char *dir = folder("whole", pk.path);
    char path[400], text[600];
    struct keep_buf opened = KEEP_BUF_INIT;
    for (size_t i = UNPACK; i <= PROOF; i++)
        if (run(dir, i) != 0)
            fail_msg("block %zu:\n%.*s", i, (int)block[i].n, (const char *)block[i].p);
    put_key(dir, "index.key", pk.identity);
    for (size_t i = INDEX; i <= DIGEST; i++)
        if (run(dir, i) != 0)
            fail_msg("block %zu:\n%.*s", i, (int)block[i].n, (const char *)block[i].p);
    snprintf(path, sizeof path, "%s/" PACKAGE_ID ".000001", dir);
    assert_true(tool_get(path, &opened));
    struct keep_str want = package_payload(1, text);
    assert_int_equal(opened.n, want.n);
    assert_memory_equal(opened.p, want.p, want.n);
    keep_buf_free(&opened);
}

/* The whole file in one go, as a person pastes it. */
static void test_verifytxt_passes_pasted_at_once(void **state)
{
    (void)state;
    const char *dir = folder("pasted", pk.path);
    struct keep_buf script = KEEP_BUF_INIT, said = KEEP_BUF_INIT;
    char path[400], cd[400];
    put_key(dir, "index.key", pk.identity);
    for (size_t i = 0; i <= DIGEST; i++) /* no authority has stamped this one */
        keep_buf_add(&script, block[i].p, block[i].n);
    snprintf(path, sizeof path, "%s/all.sh", dir);
    assert_true(tool_put(path, script.p, script.n));
    snprintf(cd, sizeof cd, "cd %s && exec dash -e all.sh", dir);
    const char *const argv[] = {"dash", "-c", cd, NULL};
    assert_int_equal(tool_run(argv, NULL, tool_path("said")), 0);
    assert_true(tool_get(tool_path("said"), &said));
    assert_non_null(memmem(said.p, said.n, "7 digest ok", 11));
    keep_buf_free(&script);
    keep_buf_free(&said);
}

/* Alters the package, and demands that one of the open blocks, the first to fail being `which`, sees it. */
static void refused(const char *name, struct package_files *fs, size_t which)
{
    char tar[300];
    snprintf(tar, sizeof tar, "%s/%s.tar", tool_dir, name);
    assert_true(package_store(fs, tar));
    const char *dir = folder(name, tar);
    for (size_t i = UNPACK; i < which; i++)
        if (i != OPENSSL && run(dir, i) != 0)
            fail_msg("%s: block %zu fails already", name, i);
    assert_int_not_equal(run(dir, which), 0);
    if (which == MINISIGN)
        assert_int_not_equal(run(dir, OPENSSL), 0);
    package_unload(fs);
}

static void test_verifytxt_refuses_altered_packages(void **state)
{
    (void)state;
    struct package_files fs;

    assert_true(package_load(&fs, pk.path));
    package_find(&fs, "data/records/000002.zst.age")->bytes.p[100] ^= 1;
    refused("flipped", &fs, DIGESTS);

    assert_true(package_load(&fs, pk.path));
    package_drop(&fs, "data/records/000002.zst.age");
    refused("dropped", &fs, DIGESTS);

    assert_true(package_load(&fs, pk.path));
    package_find(&fs, "data/policy/us.policy")->bytes.p[0] ^= 1;
    package_remanifest(&fs);
    refused("remanifested", &fs, MINISIGN);

    assert_true(package_load(&fs, pk.path));
    package_find(&fs, "data/policy/us.policy")->bytes.p[0] ^= 1;
    package_remanifest(&fs);
    package_resign(&fs, pk.officer[0]);
    refused("resigned", &fs, MINISIGN);

    assert_true(package_load(&fs, pk.path));
    snprintf(fs.f[fs.n].name, sizeof fs.f[0].name, PACKAGE_ID "/data/records/000099.zst.age");
    keep_buf_str(&fs.f[fs.n++].bytes, "more");
    refused("added", &fs, EXTRAS);

    assert_true(package_load(&fs, pk.path));
    snprintf(fs.f[fs.n].name, sizeof fs.f[0].name, PACKAGE_ID "/README.txt");
    keep_buf_str(&fs.f[fs.n++].bytes, "read me first");
    refused("tagged", &fs, EXTRAS);

    assert_true(package_load(&fs, pk.path)); /* two records in each other's place */
    struct package_file first = *package_find(&fs, "data/records/000001.zst.age"), *second = package_find(&fs, "data/records/000002.zst.age");
    *package_find(&fs, "data/records/000001.zst.age") = *second;
    *second = first;
    refused("reordered", &fs, EXTRAS);

    assert_true(package_load(&fs, pk.path));
    snprintf(fs.f[fs.n].name, sizeof fs.f[0].name, "keep.pub");
    keep_buf_str(&fs.f[fs.n++].bytes, "another key");
    refused("outside", &fs, UNPACK);

    assert_true(package_load(&fs, pk.path));
    keep_buf_add(&fs.f[fs.n].bytes, fs.f[0].bytes.p, fs.f[0].bytes.n);
    memcpy(fs.f[fs.n].name, fs.f[0].name, sizeof fs.f[0].name);
    fs.n++;
    refused("twice", &fs, UNPACK);

    assert_true(package_load(&fs, pk.path));
    keep_buf_char(&package_find(&fs, "tagmanifest-sha512.txt.minisig")->bytes, '\0');
    struct keep_buf *sig = &package_find(&fs, "tagmanifest-sha512.txt.minisig")->bytes;
    *strstr((char *)sig->p, "records=5") = 'R';
    sig->n--;
    refused("comment", &fs, MINISIGN);

    assert_true(package_load(&fs, pk.path));
    struct keep_buf *proof = &package_find(&fs, "package.tlog-proof")->bytes;
    static const uint8_t tags[64] = {9}, plan[32] = {9};
    keep_buf_clear(proof);
    package_proof(proof, &pk, tags, plan, 5, PACKAGE_RECORDS, true);
    refused("proof", &fs, LEDGER);

    /* the right entry, but not in that tree; and in a tree that another key signed */
    assert_true(package_load(&fs, pk.path));
    proof = &package_find(&fs, "package.tlog-proof")->bytes;
    char *path = memmem(proof->p, proof->n, "index 5\n", 8);
    path[8] = path[8] == 'A' ? 'B' : 'A';
    refused("path", &fs, PROOF);

    assert_true(package_load(&fs, pk.path));
    struct package other = pk;
    struct package_texts t;
    uint8_t digest[64];
    other.signer = pk.officer[0];
    package_decide(&pk, &t);
    keep_sha512(digest, package_find(&fs, "tagmanifest-sha512.txt")->bytes.p, package_find(&fs, "tagmanifest-sha512.txt")->bytes.n);
    proof = &package_find(&fs, "package.tlog-proof")->bytes;
    keep_buf_clear(proof);
    package_proof(proof, &other, digest, t.plan_digest, 5, PACKAGE_RECORDS, true);
    refused("fork", &fs, PROOF);
    package_texts_free(&t);
}

/* The two files that no list can hold: what is no part of a signature, at their begin and end. */
static void test_verifytxt_refuses_loose_ends(void **state)
{
    (void)state;
    static const struct {
        const char *name, *file, *begin, *end;
        size_t less, block;
    } change[] = {
        {"signature-longer", "tagmanifest-sha512.txt.minisig", "", "\n", 0, COUNTS},
        {"signature-shorter", "tagmanifest-sha512.txt.minisig", "", "", 1, COUNTS},
        {"proof-named", "package.tlog-proof", "x", "", 0, LEDGER},
        {"proof-longer", "package.tlog-proof", "", "\n", 0, LEDGER},
        {"proof-shorter", "package.tlog-proof", "", "", 1, LEDGER},
    };
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        struct package_files fs;
        struct keep_buf was = KEEP_BUF_INIT;
        assert_true(package_load(&fs, pk.path));
        struct keep_buf *b = &package_find(&fs, change[i].file)->bytes;
        keep_buf_add(&was, b->p, b->n - change[i].less);
        keep_buf_clear(b);
        keep_buf_str(b, change[i].begin);
        keep_buf_add(b, was.p, was.n);
        keep_buf_str(b, change[i].end);
        refused(change[i].name, &fs, change[i].block);
        keep_buf_free(&was);
    }
}

/* Every place in the ledger: the shell walks all shapes of path. */
static void test_verifytxt_proof_of_every_index(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < PACKAGE_LEDGER; i++) {
        struct package_files fs;
        struct package_texts t;
        uint8_t digest[64];
        char name[32], tar[300];
        snprintf(name, sizeof name, "index%d", (int)i);
        snprintf(tar, sizeof tar, "%s/%s.tar", tool_dir, name);
        assert_true(package_load(&fs, pk.path));
        package_decide(&pk, &t);
        keep_sha512(digest, package_find(&fs, "tagmanifest-sha512.txt")->bytes.p, package_find(&fs, "tagmanifest-sha512.txt")->bytes.n);
        keep_buf_clear(&package_find(&fs, "package.tlog-proof")->bytes);
        package_proof(&package_find(&fs, "package.tlog-proof")->bytes, &pk, digest, t.plan_digest, i, PACKAGE_RECORDS, true);
        assert_true(package_store(&fs, tar));
        const char *dir = folder(name, tar);
        assert_int_equal(run(dir, UNPACK), 0);
        assert_int_equal(run(dir, LEDGER), 0);
        assert_int_equal(run(dir, PROOF), 0);
        package_texts_free(&t);
        package_unload(&fs);
    }
}

static void test_verifytxt_refuses_bytes_behind_the_end(void **state)
{
    (void)state;
    struct keep_buf b = KEEP_BUF_INIT;
    assert_true(tool_get(pk.path, &b));
    keep_buf_str(&b, "more");
    assert_true(tool_put(tool_path("longer.tar"), b.p, b.n));
    assert_int_not_equal(run(folder("longer", tool_path("longer.tar")), UNPACK), 0);
    keep_buf_free(&b);
}

/* What tar passes over without a word: an owner, a time, blocks of zeros behind the end. */
static void test_verifytxt_refuses_what_tar_does_not_tell(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t at;
        char by;
    } change[] = {{"uid", 108 + 6, '1'}, {"mtime", 136 + 10, 'x'}, {"uname", 265, 'u'}, {"devmajor", 329 + 6, '1'}, {"spare", 500 + 3, 'z'}};
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        struct keep_buf b = KEEP_BUF_INIT;
        unsigned sum = 0;
        assert_true(tool_get(pk.path, &b));
        b.p[change[i].at] = change[i].by == 'x' ? (b.p[change[i].at] == '0' ? '1' : '0') : (unsigned char)change[i].by;
        memset(b.p + 148, ' ', 8);
        for (int k = 0; k < 512; k++)
            sum += b.p[k];
        snprintf((char *)b.p + 148, 8, "%06o", sum);
        assert_true(tool_put(tool_path("header.tar"), b.p, b.n));
        const char *dir = folder(change[i].name, tool_path("header.tar"));
        run(dir, UNPACK); /* tar may take it */
        if (run(dir, AGAIN) == 0)
            fail_msg("%s", change[i].name);
        keep_buf_free(&b);
    }
}

static void test_verifytxt_wrong_record_key_fails(void **state)
{
    (void)state;
    const char *dir = folder("wrongkey", pk.path);
    uint8_t other[32];
    keep_age_generate(other);
    put_key(dir, "index.key", other);
    put_key(dir, "record.key", other);
    assert_int_equal(run(dir, UNPACK), 0);
    assert_int_not_equal(run(dir, INDEX), 0);
    assert_int_not_equal(run(dir, KEY), 0);
    put_key(dir, "record.key", other);
    assert_int_not_equal(run(dir, RECORD), 0);
    assert_int_not_equal(run(dir, DIGEST), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verifytxt_is_plain_ascii_and_names_the_package),
        cmocka_unit_test(test_verifytxt_passes_with_stock_tools),
        cmocka_unit_test(test_verifytxt_passes_pasted_at_once),
        cmocka_unit_test(test_verifytxt_refuses_altered_packages),
        cmocka_unit_test(test_verifytxt_refuses_loose_ends),
        cmocka_unit_test(test_verifytxt_proof_of_every_index),
        cmocka_unit_test(test_verifytxt_refuses_bytes_behind_the_end),
        cmocka_unit_test(test_verifytxt_refuses_what_tar_does_not_tell),
        cmocka_unit_test(test_verifytxt_wrong_record_key_fails),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
