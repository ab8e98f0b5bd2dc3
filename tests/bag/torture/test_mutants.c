/* Goal: of thousands of mutants of one package none passes, and each is refused by the check that looks there, not by luck elsewhere: bits flipped anywhere, cut or
 * longer tars, headers that say more than they may, files added, dropped, renamed, exchanged, put elsewhere, lists made again, signed again by other
 * keys, older packages and their parts in place of newer ones. In strides in `make check`; every one under CHARTKEEP_TORTURE. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sys/mman.h>

#include "tests/bag/package.h"

enum { ENTRY = 5, OLD_ENTRY = 3, BLOCK = 512 };

static struct package pk, old;
static struct keep_buf whole;
static struct package_files files, olds;
static struct package_found found;
static unsigned mutants, stride = 61; /* coprime to 512 */

static int setup(void **state)
{
    if (getenv("CHARTKEEP_TORTURE"))
        stride = 1;
    if (tool_setup(state) != 0 || !package_keys(&pk) || package_make(&pk, PACKAGE_ID, ENTRY, true, NULL) != 0)
        return -1;
    old = pk;
    if (package_make(&old, "ck-20261120-000000000000", OLD_ENTRY, true, NULL) != 0)
        return -1;
    return tool_get(pk.path, &whole) && package_load(&files, pk.path) && package_load(&olds, old.path) ? 0 : -1;
}

static int teardown(void **state)
{
    keep_buf_free(&whole);
    package_unload(&files);
    package_unload(&olds);
    package_free(&pk);
    print_message("torture: mutants of a package: %u refused by the check that looks there\n", mutants);
    return tool_teardown(state);
}

/* Refused, with one of these checks failed; b is a tar. */
static void refused(const void *b, size_t n, const char *one, const char *other, const char *what, size_t at)
{
    char path[64];
    int fd = memfd_create("mutant", 0);
    assert_true(fd >= 0 && write(fd, b, n) == (ssize_t)n);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int rc = package_inspect(path, &pk.key, NULL, 0, &found, NULL);
    close(fd);
    if (rc == KEEP_E_INTEGRITY && (package_said(&found, one) == KEEP_INSPECT_FAILED || (other && package_said(&found, other) == KEEP_INSPECT_FAILED))) {
        mutants++;
        return;
    }
    for (size_t i = 0; i < found.n; i++)
        print_error("%s %d %s\n", found.check[i], found.result[i], found.detail[i]);
    fail_msg("%s at %zu: ended with %d, and %s%s%s did not fail", what, at, rc, one, other ? " or " : "", other ? other : "");
}

static void refused_files(const struct package_files *fs, const char *one, const char *other, const char *what, size_t at)
{
    static struct keep_buf b;
    const char *path = tool_path("mutant.tar");
    assert_true(package_store(fs, path));
    keep_buf_clear(&b);
    assert_true(tool_get(path, &b));
    refused(b.p, b.n, one, other, what, at);
    keep_buf_free(&b);
}

static const char *below(const struct package_file *f)
{
    return strchr(f->name, '/') + 1;
}

/* The check that a file's content belongs to. */
static const char *check_of(const char *name)
{
    return strncmp(name, "data/", 5) == 0 ? "payload" : strcmp(name, "package.tlog-proof") == 0 ? "ledger" : strncmp(name, "tagmanifest", 11) == 0 ? "signer" : "tags";
}

static struct package_files copied(void)
{
    struct package_files fs = {.n = files.n};
    for (size_t i = 0; i < files.n; i++) {
        memcpy(fs.f[i].name, files.f[i].name, sizeof fs.f[i].name);
        keep_buf_add(&fs.f[i].bytes, files.f[i].bytes.p, files.f[i].bytes.n);
    }
    return fs;
}

/* ---- bytes of the tar ---- */

static void test_mutants_flipped_bits(void **state)
{
    (void)state;
    refused(whole.p, whole.n - 1, "container", NULL, "cut by one", 0); /* so that the rest stands on firm ground */
    size_t at = 0;
    for (size_t i = 0; i < files.n; i++) {
        size_t n = files.f[i].bytes.n, all = BLOCK + (n + BLOCK - 1) / BLOCK * BLOCK, step = check_of(below(&files.f[i]))[0] == 's' || check_of(below(&files.f[i]))[0] == 'l' ? (stride > 7 ? 7 : 1) : stride;
        for (size_t k = (at * 7) % step; k < all; k += step) {
            bool content = k >= BLOCK && k < BLOCK + n;
            for (unsigned bit = stride == 1 && !content ? 0 : (unsigned)(k % 8); bit < 8; bit += stride == 1 && !content ? 3 : 8) {
                whole.p[at + k] ^= (unsigned char)(1u << bit);
                refused(whole.p, whole.n, content ? check_of(below(&files.f[i])) : "container", NULL, "a flipped bit", at + k);
                whole.p[at + k] ^= (unsigned char)(1u << bit);
            }
        }
        at += all;
    }
    for (; at < whole.n; at += stride) {
        whole.p[at] ^= 1;
        refused(whole.p, whole.n, "container", NULL, "a flipped bit behind the files", at);
        whole.p[at] ^= 1;
    }
}

static void test_mutants_cut_and_longer(void **state)
{
    (void)state;
    for (size_t n = 0; n < whole.n; n += stride == 1 ? 97 : 1511)
        refused(whole.p, n, "container", NULL, "cut", n);
    for (size_t n = BLOCK; n < whole.n; n += stride == 1 ? BLOCK : 9 * BLOCK) /* between blocks */
        refused(whole.p, n, "container", NULL, "cut", n);
    struct keep_buf b = KEEP_BUF_INIT;
    static const size_t more[] = {1, 2, BLOCK - 1, BLOCK, 2 * BLOCK, 9 * 1024, 10240};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        for (int fill = 0; fill < 2; fill++) {
            keep_buf_clear(&b);
            keep_buf_add(&b, whole.p, whole.n);
            for (size_t k = 0; k < more[i]; k++)
                keep_buf_char(&b, fill ? 'x' : '\0');
            refused(b.p, b.n, "container", NULL, "longer", more[i]);
        }
    keep_buf_add(&b, whole.p, whole.n);
    refused(b.p, b.n, "container", NULL, "a package behind it", 0);
    keep_buf_free(&b);
}

static void sum_again(unsigned char *h)
{
    unsigned sum = 0;
    memset(h + 148, ' ', 8);
    for (int k = 0; k < BLOCK; k++)
        sum += h[k];
    snprintf((char *)h + 148, 8, "%06o", sum);
    h[155] = ' ';
}

/* Fields of a header, each with a sum that fits. */
static void test_mutants_headers(void **state)
{
    (void)state;
    static const struct {
        size_t at, n;
        const char *by;
    } field[] = {{100, 8, "0000600"}, {100, 8, "0100644"}, {100, 8, "0004755"}, {100, 8, "000644 "}, {108, 8, "0001750"}, {116, 8, "0000001"}, {108, 8, "     0 "}, {136, 12, "00000000000"}, {136, 12, "15377777777"},
                 {156, 1, "1"}, {156, 1, "2"}, {156, 1, "3"}, {156, 1, "5"}, {156, 1, "6"}, {156, 1, "7"}, {156, 1, "x"}, {156, 1, "g"}, {156, 1, "L"}, {156, 1, "K"}, {156, 1, "S"}, {156, 1, "\0"},
                 {157, 12, "/etc/passwd"}, {157, 4, "../x"}, {257, 8, "ustar  "}, {257, 8, "\0\0\0\0\0\0\0"}, {263, 2, "01"}, {265, 5, "root"}, {297, 5, "root"}, {329, 8, "0000001"}, {337, 8, "0000001"},
                 {345, 3, "../"}, {345, 1, "x"}, {345, 1, "/"}, {500, 3, "xyz"}, {124, 1, "\x80"}, {124, 12, "77777777777"}, {124, 12, "00000000000"}};
    size_t at = 0, step = stride == 1 ? 1 : 5;
    for (size_t i = 0; i < files.n; i++) {
        unsigned char kept[BLOCK];
        memcpy(kept, whole.p + at, BLOCK);
        for (size_t k = i % step; k < sizeof field / sizeof *field; k += step) {
            memcpy(whole.p + at + field[k].at, field[k].by, field[k].n);
            sum_again(whole.p + at);
            if (memcmp(kept, whole.p + at, BLOCK) != 0)
                refused(whole.p, whole.n, "container", NULL, "a header's field", field[k].at);
            memcpy(whole.p + at, kept, BLOCK);
        }
        at += BLOCK + (files.f[i].bytes.n + BLOCK - 1) / BLOCK * BLOCK;
    }
}

/* A member that no canonical tar has, put in between others. */
static void test_mutants_members_of_other_kinds(void **state)
{
    (void)state;
    static const struct {
        char type;
        const char *name, *link, *content;
    } other[] = {{'5', PACKAGE_ID "/", "", ""}, {'5', PACKAGE_ID "/data/", "", ""}, {'2', PACKAGE_ID "/data/l", "/etc/passwd", ""}, {'1', PACKAGE_ID "/data/l", PACKAGE_ID "/bagit.txt", ""},
                 {'3', PACKAGE_ID "/data/null", "", ""}, {'6', PACKAGE_ID "/data/pipe", "", ""}, {'x', PACKAGE_ID "/PaxHeaders/x", "", "22 path=../../etc/passwd\n"},
                 {'g', "pax_global_header", "", "19 comment=anything\n"}, {'L', "././@LongLink", "", PACKAGE_ID "/data/long"}, {'0', "../x", "", "x"}, {'0', "/etc/x", "", "x"}, {'0', PACKAGE_ID "/../x", "", "x"},
                 {'0', PACKAGE_ID "/./x", "", "x"}, {'0', PACKAGE_ID "//x", "", "x"}, {'0', PACKAGE_ID "/data/a b", "", "x"}, {'0', PACKAGE_ID "/data/a\nb", "", "x"}, {'0', PACKAGE_ID "/data/\xc3\xa9", "", "x"},
                 {'0', "ck-other/x", "", "x"}, {'0', "keep.pub", "", "x"}};
    struct keep_buf b = KEEP_BUF_INIT;
    size_t at = 0, step = stride == 1 ? 1 : 7;
    for (size_t i = 0; i <= files.n; i++) {
        for (size_t k = i % step; k < sizeof other / sizeof *other; k += step) {
            unsigned char h[BLOCK] = {0};
            size_t n = strlen(other[k].content);
            memcpy(h, whole.p, BLOCK); /* the same time and owners as all */
            memset(h, 0, 100);
            snprintf((char *)h, 100, "%s", other[k].name);
            snprintf((char *)h + 124, 12, "%011o", (unsigned)n & 0777);
            h[156] = (unsigned char)other[k].type;
            snprintf((char *)h + 157, 100, "%s", other[k].link);
            sum_again(h);
            keep_buf_clear(&b);
            keep_buf_add(&b, whole.p, at);
            keep_buf_add(&b, h, BLOCK);
            if (n) {
                memset(h, 0, BLOCK);
                memcpy(h, other[k].content, n);
                keep_buf_add(&b, h, BLOCK);
            }
            keep_buf_add(&b, whole.p + at, whole.n - at);
            refused(b.p, b.n, "container", NULL, other[k].name, i);
        }
        if (i < files.n)
            at += BLOCK + (files.f[i].bytes.n + BLOCK - 1) / BLOCK * BLOCK;
    }
    keep_buf_free(&b);
}

/* ---- files ---- */

static void test_mutants_dropped_and_doubled(void **state)
{
    (void)state;
    for (size_t i = 0; i < files.n; i++) {
        struct package_files fs = copied();
        const char *name = below(&files.f[i]);
        package_drop(&fs, name);
        refused_files(&fs, strncmp(check_of(name), "signer", 6) == 0 || strcmp(check_of(name), "ledger") == 0 ? "bag" : "complete", NULL, "dropped", i);
        package_unload(&fs);
        for (size_t k = i + 1; k <= files.n; k += stride == 1 ? 1 : 9) { /* once more, behind any other */
            fs = copied();
            memmove(&fs.f[k + 1], &fs.f[k], (fs.n - k) * sizeof *fs.f);
            memset(&fs.f[k], 0, sizeof *fs.f);
            memcpy(fs.f[k].name, files.f[i].name, sizeof fs.f[k].name);
            keep_buf_add(&fs.f[k].bytes, files.f[i].bytes.p, files.f[i].bytes.n);
            fs.n++;
            refused_files(&fs, "container", NULL, "twice", i);
            package_unload(&fs);
        }
    }
}

static void test_mutants_added(void **state)
{
    (void)state;
    static const char *const name[] = {"data/more", "data/records/000006.zst.age", "data/records/000001.zst.age.bak", "data/records/000001.zst.age.000", "data/policy/more.policy", "data/.hidden", "more.txt", "README",
                                       "manifest-md5.txt", "tagmanifest-sha256.txt", "tagmanifest-sha512.txt.sig", "package.tlog-proof2", "meta/x.xml", "bagit.txt.old", "DATA/x", "BAGIT.TXT", "fetch.txt"};
    for (size_t i = 0; i <= files.n; i += stride == 1 ? 1 : 6)
        for (size_t k = 0; k < sizeof name / sizeof *name; k++) {
            struct package_files fs = copied();
            memmove(&fs.f[i + 1], &fs.f[i], (fs.n - i) * sizeof *fs.f);
            memset(&fs.f[i], 0, sizeof *fs.f);
            snprintf(fs.f[i].name, sizeof fs.f[i].name, PACKAGE_ID "/%s", name[k]);
            keep_buf_str(&fs.f[i].bytes, "more");
            fs.n++;
            refused_files(&fs, strcmp(name[k], "fetch.txt") == 0 ? "bag" : "complete", NULL, name[k], i);
            package_unload(&fs);
        }
}

static void test_mutants_renamed(void **state)
{
    (void)state;
    static const char *const form[] = {"%s.bak", "x%s", "data/%s", "data/records/%s", "%s.zst", "A/%s", "%s2"};
    for (size_t i = 0; i < files.n; i++)
        for (size_t k = 0; k < sizeof form / sizeof *form; k++) {
            struct package_files fs = copied();
            char to[256];
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
            snprintf(to, sizeof to, form[k], below(&files.f[i]));
#pragma GCC diagnostic pop
            snprintf(fs.f[i].name, sizeof fs.f[i].name, PACKAGE_ID "/%.200s", to);
            refused_files(&fs, "complete", "bag", to, i);
            package_unload(&fs);
        }
}

/* Contents in each other's place, and files in each other's place. */
static void test_mutants_exchanged(void **state)
{
    (void)state;
    for (size_t i = 0; i < files.n; i++)
        for (size_t k = i + 1; k < files.n; k += stride == 1 ? 1 : 1 + (i + k) % 4) {
            struct package_files fs = copied();
            struct keep_buf b = fs.f[i].bytes;
            fs.f[i].bytes = fs.f[k].bytes;
            fs.f[k].bytes = b;
            refused_files(&fs, check_of(below(&files.f[i])), check_of(below(&files.f[k])), "contents exchanged", i * 100 + k);
            struct package_file f = fs.f[i];
            b = fs.f[i].bytes;
            fs.f[i].bytes = fs.f[k].bytes;
            fs.f[k].bytes = b;
            f = fs.f[i];
            fs.f[i] = fs.f[k];
            fs.f[k] = f;
            refused_files(&fs, "container", "complete", "places exchanged", i * 100 + k);
            package_unload(&fs);
        }
    for (size_t i = 0; i + 1 < files.n; i++) { /* the first behind all others, again and again */
        struct package_files fs = copied();
        struct package_file f = fs.f[i];
        memmove(&fs.f[i], &fs.f[i + 1], (fs.n - i - 1) * sizeof f);
        fs.f[fs.n - 1] = f;
        refused_files(&fs, "container", "complete", "moved to the end", i);
        package_unload(&fs);
    }
}

/* ---- lists, signatures, age ---- */

static void test_mutants_lists_made_again(void **state)
{
    (void)state;
    uint8_t seed[32] = {42};
    struct keep_sign_secret *same_id = NULL;
    assert_int_equal(keep_sign_from_seed(&same_id, seed, pk.key.id, NULL), 0); /* another key under the true one's number */
    const struct keep_sign_secret *by[] = {NULL, pk.officer[0], pk.officer[1], same_id};
    for (size_t i = 0; i < files.n; i++) {
        if (strcmp(check_of(below(&files.f[i])), "payload") != 0)
            continue;
        for (size_t at = 0; at < files.f[i].bytes.n; at += stride == 1 ? files.f[i].bytes.n / 12 + 1 : files.f[i].bytes.n / 2 + 1)
            for (size_t k = 0; k < sizeof by / sizeof *by; k++) {
                struct package_files fs = copied();
                fs.f[i].bytes.p[at] ^= 1;
                package_remanifest(&fs);
                if (by[k])
                    package_resign(&fs, by[k]);
                refused_files(&fs, "signer", NULL, "lists made again", i);
                assert_int_equal(package_said(&found, "payload"), KEEP_INSPECT_PASSED);
                assert_int_equal(package_said(&found, "tags"), KEEP_INSPECT_PASSED);
                if (package_said(&found, "ledger") != KEEP_INSPECT_FAILED)
                    fail_msg("the ledger does not tell lists that were made again");
                package_unload(&fs);
            }
    }
    keep_sign_free(same_id);
}

/* The keep's own key, on a package that its ledger does not know. */
static void test_mutants_signed_by_the_keep_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < files.n; i++) {
        struct package_files fs = copied();
        if (strncmp(check_of(below(&files.f[i])), "signer", 6) == 0 || strcmp(check_of(below(&files.f[i])), "ledger") == 0) {
            package_unload(&fs);
            continue;
        }
        keep_buf_char(&fs.f[i].bytes, '\n');
        package_remanifest(&fs);
        package_resign(&fs, pk.signer);
        bool list = strncmp(below(&fs.f[i]), "manifest-", 9) == 0; /* made again, so as it was: only the signature is new */
        if (!list)
            refused_files(&fs, "ledger", NULL, "signed again by the keep", i);
        package_unload(&fs);
    }
}

static void test_mutants_older_for_newer(void **state)
{
    (void)state;
    assert_int_equal(files.n, olds.n);
    for (size_t i = 0; i < files.n; i++) {
        struct package_files fs = copied();
        const char *name = below(&files.f[i]);
        bool same = files.f[i].bytes.n == olds.f[i].bytes.n && memcmp(files.f[i].bytes.p, olds.f[i].bytes.p, files.f[i].bytes.n) == 0;
        keep_buf_clear(&fs.f[i].bytes);
        keep_buf_add(&fs.f[i].bytes, olds.f[i].bytes.p, olds.f[i].bytes.n);
        if (!same)
            refused_files(&fs, check_of(name), NULL, "an older part", i);
        package_unload(&fs);
    }
    size_t payload = 0, listed = 0; /* files before the first manifest, before the tag manifest */
    while (strcmp(below(&files.f[payload]), "manifest-sha512.txt") != 0)
        payload++;
    while (strcmp(below(&files.f[listed]), "tagmanifest-sha512.txt") != 0)
        listed++;
    /* all of the older one's bytes under the newer one's name, and with ever more of its parts */
    for (size_t from = 1; from <= files.n; from++) {
        struct package_files fs = copied();
        for (size_t i = 0; i < from; i++) {
            keep_buf_clear(&fs.f[i].bytes);
            keep_buf_add(&fs.f[i].bytes, olds.f[i].bytes.p, olds.f[i].bytes.n);
        }
        if (from == files.n)
            refused_files(&fs, "bag", NULL, "the older package under the newer one's name", from);
        else if (from > 6) /* the newest of its lists tells where the older part ends */
            refused_files(&fs, from <= payload ? "payload" : from <= listed ? "tags" : "signer", NULL, "half of an older package", from);
        package_unload(&fs);
    }
    const char *named = tool_path("ck-20261199-0a1b2c3d4e5f.tar"); /* the file is named another package */
    assert_true(tool_put(named, whole.p, whole.n));
    assert_int_equal(package_inspect(named, &pk.key, NULL, 0, &found, NULL), KEEP_E_INTEGRITY);
    assert_int_equal(package_said(&found, "bag"), KEEP_INSPECT_FAILED);
    mutants++;
}

/* Lines of the signature and of the proof: none may be added, taken or changed. */
static void test_mutants_lines_of_signature_and_proof(void **state)
{
    (void)state;
    static const char *const which[] = {"tagmanifest-sha512.txt.minisig", "package.tlog-proof"};
    static const char *const add[] = {"\n", "x\n", "untrusted comment: x\n", "trusted comment: x\n", "index 4\n", "extra e30=\n", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n"};
    for (int w = 0; w < 2; w++) {
        const struct keep_buf *from = &package_find(&files, which[w])->bytes;
        for (size_t at = 0; at <= from->n; at++) {
            if (at > 0 && from->p[at - 1] != '\n')
                continue;
            for (size_t k = 0; k <= sizeof add / sizeof *add; k++) {
                struct package_files fs = copied();
                struct keep_buf *to = &package_find(&fs, which[w])->bytes;
                const unsigned char *nl = at < from->n ? memchr(from->p + at, '\n', from->n - at) : NULL;
                bool cut = k == sizeof add / sizeof *add;
                keep_buf_clear(to);
                keep_buf_add(to, from->p, at);
                if (!cut)
                    keep_buf_str(to, add[k]);
                size_t go_on = cut && nl ? (size_t)(nl + 1 - from->p) : at;
                keep_buf_add(to, from->p + go_on, from->n - go_on);
                if (to->n != from->n || memcmp(to->p, from->p, from->n) != 0)
                    refused_files(&fs, check_of(which[w]), NULL, which[w], at * 10 + k);
                package_unload(&fs);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutants_flipped_bits),
        cmocka_unit_test(test_mutants_cut_and_longer),
        cmocka_unit_test(test_mutants_headers),
        cmocka_unit_test(test_mutants_members_of_other_kinds),
        cmocka_unit_test(test_mutants_dropped_and_doubled),
        cmocka_unit_test(test_mutants_added),
        cmocka_unit_test(test_mutants_renamed),
        cmocka_unit_test(test_mutants_exchanged),
        cmocka_unit_test(test_mutants_lists_made_again),
        cmocka_unit_test(test_mutants_signed_by_the_keep_itself),
        cmocka_unit_test(test_mutants_older_for_newer),
        cmocka_unit_test(test_mutants_lines_of_signature_and_proof),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
