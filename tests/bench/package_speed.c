/* Checking a sealed package of documents of 100 KB (the proportions of 2 GiB in 20,000 records), against openssl dgst with sha512 and sha256 over the same
 * bytes, side by side. Both are given the package from memory, by turns; both have both processors. Times are the clock's: it is about two at once. */
#include "tests/bag/package.h"
#include "tests/bench/bench.h"

enum { SIZE = 100 << 10 };

static int record(struct keep_seal *s, unsigned i, unsigned first, uint8_t *p, struct keep_err *err)
{
    char key[40];
    uint8_t digest[32];
    tool_fill(p, SIZE, i); /* scans do not pack */
    keep_hash_blake2b(digest, p, SIZE);
    snprintf(key, sizeof key, "Binary/b%u", i);
    struct keep_seal_record r = {.set = i < first ? 1 : 2, .set_id = keep_str_of(package_set[i >= first]), .kind = KEEP_STR("Binary"), .rule = KEEP_STR("us.test"), .source_key = keep_str_of(key),
                                 .patient = KEEP_STR(PACKAGE_MRN), .facility = KEEP_STR("General"), .keep_until = keep_civil_from_ymd(2020, 1, 1), .first = keep_civil_from_ymd(2001, 3, 4),
                                 .last = keep_civil_from_ymd(2003, 5, 6), .media_type = KEEP_STR("image/jpeg"), .payload = {(const char *)p, SIZE}, .digest = digest};
    return keep_seal_record(s, &r, err);
}

static void make(struct package *pk, unsigned n)
{
    struct package_texts t;
    struct keep_seal_params sp;
    struct keep_seal_text text[6];
    struct keep_seal *s = NULL;
    struct keep_buf proof = KEEP_BUF_INIT, counts = KEEP_BUF_INIT;
    struct keep_err err = {0};
    uint8_t recipient[1][32], tags[64], *p = bench_need(malloc(SIZE));
    int dirfd = open(tool_dir, O_RDONLY | O_DIRECTORY);
    package_planned[0] = n / 2;
    package_planned[1] = n - n / 2;
    package_decide(pk, &t);
    package_params(pk, &t, PACKAGE_ID, dirfd, &sp, text, recipient);
    bench_must(keep_seal_begin(&s, &sp, &err), &err);
    for (unsigned i = 0; i < n; i++)
        bench_must(record(s, i, n / 2, p, &err), &err);
    keep_buf_printf(&counts, "{\"sets\":2,\"records_in_keep\":%u,\"records_in_package\":%u,\"index_entries_without_payload\":0}", n, n);
    bench_must(keep_seal_close(s, keep_buf_view(&counts), tags, &err), &err);
    package_proof(&proof, pk, tags, t.plan_digest, 5, n, true);
    bench_must(keep_seal_sign(s, keep_buf_view(&proof), 5, &err), &err);
    bench_must(keep_seal_publish(s, &err), &err);
    snprintf(pk->path, sizeof pk->path, "%s/" PACKAGE_ID ".tar", tool_dir);
    keep_seal_free(s);
    keep_buf_free(&proof);
    keep_buf_free(&counts);
    package_texts_free(&t);
    close(dirfd);
    free(p);
}

static double ours(const struct package *pk)
{
    struct package_found found;
    struct keep_err err = {0};
    double from = bench_clock();
    int rc = package_inspect(pk->path, &pk->key, NULL, 0, &found, &err);
    from = bench_clock() - from;
    if (rc != 0)
        bench_die("the package does not pass: %s", err.text);
    return from;
}

static double peer(const struct package *pk)
{
    static const char *const which[] = {"-sha512", "-sha256"};
    pid_t pid[2];
    double from = bench_clock();
    for (int i = 0; i < 2; i++) {
        if ((pid[i] = fork()) == 0) {
            int null = open("/dev/null", O_WRONLY);
            dup2(null, 1);
            execlp("openssl", "openssl", "dgst", which[i], pk->path, (char *)NULL);
            _exit(127);
        }
    }
    for (int i = 0, status; i < 2; i++)
        if (waitpid(pid[i], &status, 0) != pid[i] || status != 0)
            bench_die("openssl dgst failed");
    return bench_clock() - from;
}

int main(void)
{
    unsigned n = bench_quick() ? 640 : 5120, turns = bench_quick() ? 5 : 7;
    double a[BENCH_TURNS], b[BENCH_TURNS];
    char name[64];
    struct package pk;
    struct stat st;
    if (tool_setup(NULL) != 0 || !package_keys(&pk))
        bench_die("no folder, or no keys");
    make(&pk, n);
    if (stat(pk.path, &st) != 0)
        bench_die("no package");
    peer(&pk); /* into memory */
    for (unsigned i = 0; i < turns; i++) {
        a[i] = ours(&pk);
        b[i] = peer(&pk);
    }
    double mb = (double)st.st_size / 1e6, o = mb / bench_median(a, turns), p = mb / bench_median(b, turns);
    snprintf(name, sizeof name, "verify_documents_%.0fMB", mb);
    bench_row(&(struct bench_row){.name = name, .unit = "MB/s", .ours = o, .peer = p, .ratio = o / p, .kind = BENCH_RATIO_FROM, .goal = 0.8, .note = "peer: openssl dgst sha512 and sha256 side by side"});
    package_free(&pk);
    return tool_teardown(NULL) == 0 ? 0 : 3;
}
