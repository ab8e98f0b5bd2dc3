/* Sealing documents into a package, against what one would paste together: tar,
 * zstd -3 and age piped, then openssl dgst with sha512 and sha256 over the sealed
 * bytes side by side. Both read the same files and use both cores.
 *
 * Ours does more: it compares each document with the digest that the keep has of
 * it, seals each to a key of its own, hashes each by itself, and writes register,
 * index, manifests and a signature, flushed to the disk. The digest of a document
 * is known before, as it is in a keep. Text is words of a small vocabulary, scans
 * are random bytes. 2,000 documents of 105 kB, 20,000 (2 GiB) with BENCH_WHOLE=1.
 * Times are the clock's by turns; processor times stand in lines of their own,
 * since a busy machine tells the clock little.
 *
 * The last package of each kind is verified as well, without identities, against
 * openssl dgst with sha512 and sha256 over the same bytes side by side. */
#include "tests/bench/bench.h"

#include "core/bag/inspect.h"
#include "core/bag/seal.h"
#include "core/base/crew.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"

enum { DOCUMENT = 105000, THREADS = 2 };
static struct keep_err err;
static struct keep_sign_secret *signer;
static uint8_t recipient[1][32];
static uint8_t (*digest)[32];
static unsigned documents;
static char text_recipient[KEEP_AGE_TEXT];

static void text(uint64_t *seed, char *p)
{
    static const char *const syllable[] = {"car", "di", "o", "my", "pul", "mon", "ar", "y", "neph", "ro", "gas", "tri", "tis", "pa", "tient", "with", "de", "nies", "re", "port", "ed", "pain",
                                           "left", "right", "mg", "dai", "ly", "fol", "low", "up", "in", "weeks", "the", "and", "of", "no", "acute", "dis", "tress", "stable", "on", "exam"};
    for (size_t at = 0; at < DOCUMENT;) {
        uint32_t word = bench_below(seed, bench_below(seed, 3000) + 1); /* few words are most of it */
        uint64_t w = word;
        for (int i = 0; i < 1 + (int)(word % 4) && at < DOCUMENT; i++) {
            const char *s = syllable[bench_random(&w) % (sizeof syllable / sizeof *syllable)];
            size_t n = strlen(s) < DOCUMENT - at ? strlen(s) : DOCUMENT - at;
            memcpy(p + at, s, n);
            at += n;
        }
        if (at < DOCUMENT)
            p[at++] = bench_below(seed, 12) ? ' ' : '\n';
    }
}

static void scan(uint64_t *seed, char *p)
{
    for (size_t at = 0; at < DOCUMENT; at += 8) {
        uint64_t r = bench_random(seed);
        memcpy(p + at, &r, DOCUMENT - at < 8 ? DOCUMENT - at : 8);
    }
}

static void make(const char *dir, void (*fill)(uint64_t *, char *))
{
    static char bytes[DOCUMENT];
    uint64_t seed = 11;
    char path[600];
    mkdir(dir, 0700);
    for (unsigned i = 0; i < documents; i++) {
        fill(&seed, bytes);
        keep_hash_blake2b(digest[i], bytes, DOCUMENT);
        snprintf(path, sizeof path, "%s/%05u", dir, i);
        FILE *f = fopen(path, "wb");
        if (!f || fwrite(bytes, 1, DOCUMENT, f) != DOCUMENT || fclose(f) != 0)
            bench_die("%s: cannot be written", path);
    }
}

static int any(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    (void)ctx, (void)check, (void)r, (void)detail; /* there are no decisions in it: that is not what takes time */
    return 0;
}

/* Of a package that is still being written, and as good as done. */
static void verify(const char *base, const char *what)
{
    double times[2][BENCH_TURNS];
    char path[600], line[1400], name[64];
    size_t turns = bench_quick() ? 3 : 5;
    struct keep_inspect_params p = {.path = path, .found = any};
    snprintf(path, sizeof path, "%s/ck-bench.tar.partial", base);
    snprintf(line, sizeof line, "openssl dgst -sha512 '%s' >/dev/null & openssl dgst -sha256 '%s' >/dev/null; wait", path, path);
    for (size_t i = 0; i < turns; i++) {
        struct keep_err refused = {0};
        double t = bench_clock();
        int rc = keep_inspect_package(&p, &refused);
        times[0][i] = bench_clock() - t;
        if (rc < 0 && rc != KEEP_E_INTEGRITY)
            bench_must(rc, &refused);
        t = bench_clock();
        if (system(line) != 0)
            bench_die("the peer failed: %s", line);
        times[1][i] = bench_clock() - t;
    }
    double o = bench_median(times[0], turns), q = bench_median(times[1], turns), mb = bench_file_size(base, "ck-bench.tar.partial") / 1e6;
    snprintf(name, sizeof name, "verify_%s", what);
    bench_row(&(struct bench_row){.name = name, .unit = "MB/s", .ours = mb / o, .peer = mb / q, .ratio = q / o, .kind = BENCH_RATIO_FROM, .goal = 0.8, .note = "the package just sealed, without identities; peer: openssl dgst sha512 and sha256 side by side"});
}

/* what: verified under that name, before it goes; NULL: it is not. */
static void ours(const char *base, const char *dir, struct keep_crew *crew, const char *what)
{
    struct keep_seal *s = NULL;
    struct keep_buf b = KEEP_BUF_INIT;
    uint8_t tags[64];
    char path[600], key[24];
    int dirfd = open(base, O_RDONLY | O_DIRECTORY);
    struct keep_seal_params p = {.dirfd = dirfd, .id = "ck-bench", .sealed_at = BENCH_NOW, .signer = signer, .recipient = (const uint8_t (*)[32])recipient, .recipients = 1, .organization = "",
                                 .origin = "bench", .policy_digest = "", .retain_through = KEEP_DATE_NONE, .crew = crew};
    bench_must(keep_seal_begin(&s, &p, &err), &err);
    for (unsigned i = 0; i < documents; i++) {
        snprintf(path, sizeof path, "%s/%05u", dir, i);
        snprintf(key, sizeof key, "document/%u", i);
        keep_buf_clear(&b);
        bench_must(keep_file_read_operand(path, DOCUMENT, &b, &err), &err);
        struct keep_seal_record r = {.set = 1, .set_id = KEEP_STR("00112233445566778899aabbccddeeff"), .kind = KEEP_STR("document"), .rule = KEEP_STR("us.test"), .source_key = keep_str_of(key),
                                     .patient = KEEP_STR("M-1"), .keep_until = KEEP_DATE_NONE, .first = KEEP_DATE_NONE, .last = KEEP_DATE_NONE, .media_type = KEEP_STR("text/plain"),
                                     .payload = keep_buf_view(&b), .digest = digest[i]};
        bench_must(keep_seal_record(s, &r, &err), &err);
    }
    bench_must(keep_seal_close(s, KEEP_STR("{}"), tags, &err), &err);
    bench_must(keep_seal_sign(s, KEEP_STR("proof"), 0, &err), &err);
    if (what)
        verify(base, what);
    keep_seal_discard_own(s);
    keep_seal_free(s);
    keep_buf_free(&b);
    close(dirfd);
}

static void peer(const char *base, const char *dir)
{
    char line[3000];
    snprintf(line, sizeof line,
             "cd '%s' && tar -cf - '%s' 2>/dev/null | zstd -3 -q | age -r %s -o peer && { openssl dgst -sha512 peer >/dev/null & openssl dgst -sha256 peer >/dev/null; wait; } && rm peer",
             base, dir, text_recipient);
    if (system(line) != 0)
        bench_die("the peer failed: %s", line);
}

static double children(void)
{
    struct rusage u;
    getrusage(RUSAGE_CHILDREN, &u);
    return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static void measure(const struct bench_dir *d, const char *what, void (*fill)(uint64_t *, char *), double goal, struct keep_crew *crew)
{
    double wall[2][BENCH_TURNS], cpu[2][BENCH_TURNS], mb = (double)documents * DOCUMENT / 1e6;
    size_t turns = bench_quick() ? 3 : 5;
    char dir[300], name[64], note[400];
    snprintf(dir, sizeof dir, "%s/%s", d->base, what);
    make(dir, fill);
    for (size_t i = 0; i < turns; i++) {
        double w = bench_clock(), c = bench_cpu();
        ours(d->base, dir, crew, NULL);
        wall[0][i] = bench_clock() - w;
        cpu[0][i] = bench_cpu() - c;
        w = bench_clock();
        c = children();
        peer(d->base, dir);
        wall[1][i] = bench_clock() - w;
        cpu[1][i] = children() - c;
    }
    double o = bench_median(wall[0], turns), p = bench_median(wall[1], turns), oc = bench_median(cpu[0], turns), pc = bench_median(cpu[1], turns);
    snprintf(note, sizeof note, "%u documents of %d bytes, %d threads; peer: tar, zstd -3 and age piped, then openssl dgst sha512 and sha256 side by side", documents, DOCUMENT, THREADS);
    snprintf(name, sizeof name, "seal_%s", what);
    bench_row(&(struct bench_row){.name = name, .unit = "MB/s", .ours = mb / o, .peer = mb / p, .ratio = p / o, .kind = BENCH_RATIO_FROM, .goal = goal, .note = note});
    ours(d->base, dir, crew, what);
    snprintf(name, sizeof name, "seal_%s_processor", what);
    bench_row(&(struct bench_row){.name = name, .unit = "MB/s", .ours = mb / oc, .peer = mb / pc, .ratio = pc / oc, .note = "the same by processor time of all threads and programs"});
}

int main(void)
{
    struct bench_dir d;
    struct keep_crew *crew = NULL;
    struct rusage u;
    uint8_t identity[32];
    const char *whole = getenv("BENCH_WHOLE");
    documents = whole && *whole ? 20000 : bench_quick() ? 400 : 2000;
    digest = bench_need(calloc(documents, sizeof *digest));
    bench_must(keep_secret_start(&err), &err);
    bench_must(keep_sign_generate(&signer, &err), &err);
    bench_must(keep_crew_new(&crew, THREADS, &err), &err);
    keep_age_generate(identity);
    keep_age_recipient(recipient[0], identity);
    keep_age_recipient_text(text_recipient, recipient[0]);
    bench_dir_make(&d);
    measure(&d, "text", text, 1.0, crew);
    measure(&d, "scans", scan, 0.7, crew);
    getrusage(RUSAGE_SELF, &u);
    bench_row(&(struct bench_row){.name = "seal_memory", .unit = "MiB", .ours = (double)u.ru_maxrss / 1024, .kind = BENCH_OURS_TO, .goal = 128, .note = "the most that was resident while sealing text and scans"});
    bench_dir_remove(&d);
    keep_crew_free(crew);
    keep_sign_free(signer);
    free(digest);
    return 0;
}
