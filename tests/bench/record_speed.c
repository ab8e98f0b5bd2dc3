/* Reading records: one of 4 KiB by its id, and one large one.
 *
 * Small: 20,000 records of 4 KiB of JSON-like text. By turns, the same ids in
 * the same random order: ours is found, its key fetched, opened and unpacked;
 * the peer is a row of a plain table in a plain database.
 * Large: one record of 1 GiB that does not compress, as a scan would be, read
 * a piece at a time as whoever archives or checks it does. The
 * peer opens as many bytes in pieces of a chunk with nothing but the AEAD. */
#include "tests/bench/bench.h"

#include <sodium.h>
#include <sqlite3.h>

#include "core/crypto/aead.h"
#include "core/crypto/hash.h"
#include "core/store/inside.h"
#include "core/store/intake.h"
#include "core/store/load.h"

enum { SMALL = 4096, CHUNK = 65536 };
static struct keep_err err;

static void text_fill(char *p, size_t n, uint64_t *seed)
{
    static const char *const word[] = {"\"resourceType\":", "\"Observation\",", "\"status\":\"final\",", "\"valueQuantity\":{\"value\":", "},\"code\":{\"coding\":[{",
                                       "\"system\":\"http://loinc.org\",", "\"display\":\"Glucose\",", "patient was seen and ", "examined, continues on ", "mg daily. "};
    size_t at = 0;
    while (at < n) {
        char piece[64];
        int len = snprintf(piece, sizeof piece, "%s%x ", word[bench_below(seed, 10)], bench_below(seed, 1 << 20));
        for (int i = 0; i < len && at < n; i++)
            p[at++] = piece[i];
    }
}

/* Noise, the same each time it is drawn from its begin. */
struct noise {
    uint64_t seed;
    size_t left;
};

static int draw(void *ctx, void *p, size_t room, size_t *n, struct keep_err *e)
{
    struct noise *t = ctx;
    (void)e;
    *n = t->left < room ? t->left : room;
    for (size_t i = 0; i < *n; i += 8) {
        uint64_t v = bench_random(&t->seed);
        memcpy((char *)p + i, &v, *n - i < 8 ? *n - i : 8);
    }
    t->left -= *n;
    return 0;
}

static void pull_make(struct keep_pull *pull, struct noise *t, size_t size)
{
    static uint8_t room[CHUNK];
    struct keep_hash_stream *h;
    size_t n;
    bench_must(keep_hash_stream_new(&h, &err), &err);
    keep_hash_stream_start(h, NULL);
    *t = (struct noise){3, size};
    while (draw(t, room, sizeof room, &n, NULL) == 0 && n > 0)
        keep_hash_stream_add(h, room, n);
    *pull = (struct keep_pull){.ctx = t, .size = size, .read = draw};
    keep_hash_stream_end(h, pull->content);
    keep_hash_stream_free(h);
    *t = (struct noise){3, size};
}

/* n records of size bytes each: text, or noise that is pulled. plain: the peer's table, or NULL. */
static void fill(const struct bench_dir *d, const char *name, uint32_t n, size_t size, bool text, sqlite3 *plain)
{
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_intake *in = NULL;
    struct keep_intake_counts counts;
    struct keep_sink sink;
    char *body = text ? bench_need(malloc(size)) : NULL;
    struct keep_pull pull;
    struct noise noise;
    sqlite3_stmt *st = NULL;
    uint64_t seed = 3;
    uint32_t source;
    bench_must(keep_intake_source(s, keep_str_of(name), &source, &err), &err);
    bench_must(keep_intake_begin(&in, s, source, &err), &err);
    keep_intake_sink(in, &sink);
    bench_must(keep_intake_file(in, KEEP_STR("records.ndjson"), &err), &err);
    if (plain)
        sqlite3_prepare_v2(plain, "INSERT INTO record VALUES(?1, ?2)", -1, &st, NULL);
    for (uint32_t i = 0; i < n; i++) {
        char id[24];
        struct keep_key key = {KEEP_ENTITY_RECORD, KEEP_STR("Observation"), {id, (size_t)snprintf(id, sizeof id, "r%u", i)}};
        if (text)
            text_fill(body, size, &seed);
        else
            pull_make(&pull, &noise, size);
        struct keep_row_record r = {.at = {i + 1, 0, 0}, .key = &key, .keys = 1, .kind = KEEP_STR("Observation"), .about_no_patient = true,
                                    .service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE, .created = KEEP_DATE_NONE, .recorded = KEEP_TIME_NONE,
                                    .status = KEEP_STR("final"), .media_type = KEEP_STR("application/fhir+json"), .payload = {body, text ? size : 0}, .pull = text ? NULL : &pull};
        bench_must(sink.record(sink.ctx, &r, &err), &err);
        if (st) {
            sqlite3_bind_int64(st, 1, (int64_t)i + 1);
            sqlite3_bind_blob(st, 2, body, (int)size, SQLITE_STATIC);
            sqlite3_step(st);
            sqlite3_reset(st);
        }
    }
    sqlite3_finalize(st);
    bench_must(keep_intake_file_done(in, NULL, &err), &err);
    bench_must(keep_intake_finish(in, &counts, &err), &err);
    keep_intake_free(in);
    keep_store_close(s);
    free(body);
}

static sqlite3 *plain_open(const char *path)
{
    sqlite3 *db = NULL;
    if (sqlite3_open(path, &db) != SQLITE_OK || sqlite3_exec(db, "PRAGMA cache_size=-32768; PRAGMA synchronous=OFF", NULL, NULL, NULL) != SQLITE_OK)
        bench_die("%s: cannot be opened", path);
    return db;
}

/* Ids of the records with payloads of that size, in order. */
static size_t ids_of(struct keep_store *s, size_t size, int64_t *id, size_t most)
{
    sqlite3_stmt *st;
    size_t n = 0;
    if (sqlite3_prepare_v2(keep_store_db(s), "SELECT record FROM version WHERE size=?1 ORDER BY record", -1, &st, NULL) != SQLITE_OK)
        bench_die("records cannot be listed");
    sqlite3_bind_int64(st, 1, (int64_t)size);
    while (n < most && sqlite3_step(st) == SQLITE_ROW)
        id[n++] = sqlite3_column_int64(st, 0);
    sqlite3_finalize(st);
    return n;
}

/* --- small ones --- */

static double read_ours(const struct bench_dir *d, uint32_t n, uint32_t reads)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_buf b = KEEP_BUF_INIT;
    int64_t *id = bench_need(malloc(n * sizeof *id));
    uint64_t seed = 11;
    if (ids_of(s, SMALL, id, n) != n)
        bench_die("not all records are there");
    double t = bench_cpu();
    for (uint32_t i = 0; i < reads; i++) {
        keep_buf_clear(&b);
        if (keep_load_payload(s, (uint64_t)id[bench_below(&seed, n)], 0, &b, &err) != 0 || b.n != SMALL)
            bench_die("a record cannot be read: %s", err.text);
    }
    t = bench_cpu() - t;
    keep_buf_free(&b);
    free(id);
    keep_store_close(s);
    return t / reads;
}

static double read_plain(const char *path, uint32_t n, uint32_t reads)
{
    sqlite3 *db = plain_open(path);
    sqlite3_stmt *st;
    uint64_t seed = 11;
    char *room = bench_need(malloc(SMALL));
    sqlite3_prepare_v2(db, "SELECT body FROM record WHERE id=?1", -1, &st, NULL);
    double t = bench_cpu();
    for (uint32_t i = 0; i < reads; i++) {
        sqlite3_bind_int64(st, 1, (int64_t)bench_below(&seed, n) + 1);
        if (sqlite3_step(st) != SQLITE_ROW || sqlite3_column_bytes(st, 0) != SMALL)
            bench_die("a plain row cannot be read");
        memcpy(room, sqlite3_column_blob(st, 0), SMALL);
        sqlite3_reset(st);
    }
    t = bench_cpu() - t;
    sqlite3_finalize(st);
    sqlite3_close(db);
    free(room);
    return t / reads;
}

static void small(const struct bench_dir *d, bool quick)
{
    uint32_t n = quick ? 4000 : 20000, reads = quick ? 4000 : 20000;
    int turns = quick ? 5 : 9;
    double ours[BENCH_TURNS], peer[BENCH_TURNS];
    char path[400];
    snprintf(path, sizeof path, "%s/plain.db", d->base);
    sqlite3 *db = plain_open(path);
    sqlite3_exec(db, "CREATE TABLE record(id INTEGER PRIMARY KEY, body BLOB); BEGIN", NULL, NULL, NULL);
    fill(d, "small", n, SMALL, true, db);
    sqlite3_exec(db, "COMMIT", NULL, NULL, NULL);
    sqlite3_close(db);
    for (int i = 0; i < turns; i++) {
        peer[i] = read_plain(path, n, reads);
        ours[i] = read_ours(d, n, reads);
    }
    double o = bench_median(ours, (size_t)turns) * 1e6, p = bench_median(peer, (size_t)turns) * 1e6;
    bench_row(&(struct bench_row){"record_4KiB_by_id", "us", o, p, o / p, BENCH_RATIO_TO, 8, "peer: a row of 4 KiB by its id in a plain table; processor time, ratio = ours / peer"});
}

/* --- one large one --- */

static double open_large(const struct bench_dir *d, size_t size)
{
    struct keep_store *s = bench_keep_open(d, false);
    struct keep_load_pieces *in;
    const void *piece;
    int64_t id = 0;
    uint64_t told, had = 0;
    size_t n;
    int rc;
    if (ids_of(s, size, &id, 1) != 1)
        bench_die("the large record is not there");
    double t = bench_cpu();
    if (keep_load_pieces_open(&in, s, (uint64_t)id, 0, &told, &err) != 0)
        bench_die("the large record cannot be read: %s", err.text);
    while ((rc = keep_load_pieces_next(in, &piece, &n, &err)) == 1)
        had += n;
    keep_load_pieces_close(in);
    if (rc != 0 || had != size || told != size)
        bench_die("the large record cannot be read: %s", err.text);
    t = bench_cpu() - t;
    keep_store_close(s);
    return t;
}

/* libsodium's own call, or the program's: both give the same bytes. */
static double open_bare(size_t size, bool stock)
{
    static uint8_t plain[CHUNK], sealed[CHUNK + KEEP_AEAD_OVERHEAD], key[32], ad[48];
    unsigned long long n;
    keep_aead_seal(sealed, plain, CHUNK, ad, sizeof ad, key);
    double t = bench_cpu();
    for (size_t at = 0; at < size; at += CHUNK) {
        int rc = stock ? crypto_aead_xchacha20poly1305_ietf_decrypt(plain, &n, NULL, sealed + KEEP_AEAD_NONCE, CHUNK + KEEP_AEAD_TAG, ad, sizeof ad, sealed, key)
                       : keep_aead_open(plain, sealed, sizeof sealed, ad, sizeof ad, key);
        if (rc != 0)
            bench_die("the bare AEAD fails");
    }
    return bench_cpu() - t;
}

static void large(const struct bench_dir *d, bool quick)
{
    size_t size = quick ? (size_t)64 << 20 : (size_t)1 << 30;
    int turns = quick ? 5 : 3;
    double ours[BENCH_TURNS], stock[BENCH_TURNS], own[BENCH_TURNS];
    char name[2][64];
    fill(d, "large", 1, size, false, NULL);
    for (int i = 0; i < turns; i++) {
        stock[i] = open_bare(size, true);
        own[i] = open_bare(size, false);
        ours[i] = open_large(d, size);
    }
    double mb = (double)size / 1e6, o = mb / bench_median(ours, (size_t)turns), p = mb / bench_median(stock, (size_t)turns), q = mb / bench_median(own, (size_t)turns);
    snprintf(name[0], sizeof name[0], "record_%zuMiB_open", size >> 20);
    snprintf(name[1], sizeof name[1], "record_%zuMiB_against_own_aead", size >> 20);
    bench_row(&(struct bench_row){name[0], "MB/s", o, p, o / p, BENCH_RATIO_FROM, 0.40, "peer: libsodium's XChaCha20-Poly1305 over as many bytes in 64 KiB pieces; processor time, one thread"});
    bench_row(&(struct bench_row){name[1], "MB/s", o, q, o / q, BENCH_NO_GOAL, 0, "peer: the same by the program's own call"});
}

int main(void)
{
    bool quick = bench_quick();
    struct bench_dir d;
    bench_dir_make(&d);
    bench_keep_make(&d);
    small(&d, quick);
    large(&d, quick);
    bench_dir_remove(&d);
    return 0;
}
