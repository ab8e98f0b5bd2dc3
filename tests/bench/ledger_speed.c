/* How long the whole ledger takes to be computed again, and a proof to be made:
 * a keep whose ledger has a million entries of one leaf each, written in one
 * transaction by the store's own functions. ledger_speed [entries] */
#include "core/store/ledger_walk.h"
#include "core/store/state.h"
#include "tests/bench/bench.h"
#include "tests/store/keepdir.h"

static void need(int rc, const struct keep_err *err)
{
    if (rc != 0) {
        keepdir_say(err);
        exit(3);
    }
}

/* n entries as a commit writes them, each with the leaf that it covers. */
static void fill(struct keep_store *s, uint64_t n, struct keep_err *err)
{
    struct keep_buf entry = KEEP_BUF_INIT;
    struct keep_merkle leaves, tree;
    sqlite3_stmt *st = NULL;
    uint8_t leaf[32] = {7}, hash[32], root[32];
    char hex[65] = "";

    need(keep_store_exec(s, s->db, "BEGIN", err), err);
    if (sqlite3_prepare_v2(s->db, "INSERT INTO leaf(id, hashes) VALUES(?1, ?2)", -1, &st, NULL) != SQLITE_OK)
        exit(3);
    keep_merkle_init(&leaves);
    keep_merkle_leaf(hash, leaf, sizeof leaf);
    keep_merkle_add(&leaves, hash);
    keep_merkle_root(&leaves, root);
    for (int i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", root[i]);
    for (uint64_t i = 0; i < n; i++) {
        keep_buf_clear(&entry);
        keep_buf_printf(&entry, "{\"index\":%llu,\"time\":\"2026-11-21T22:00:00Z\",\"kind\":\"import\",\"keep\":1,\"keyring\":0,\"counts\":{\"events\":16384,\"records\":0},"
                        "\"digests\":{\"file\":\"%s\"},\"leaves\":1,\"root\":\"%s\"}", (unsigned long long)s->tree.n, hex, hex);
        need(keep_ledger_add(s, &entry, s->next_leaf, 1, &tree, err), err);
        s->tree = tree;
        sqlite3_bind_int64(st, 1, (sqlite3_int64)s->next_leaf++);
        sqlite3_bind_blob(st, 2, leaf, sizeof leaf, SQLITE_STATIC);
        if (sqlite3_step(st) != SQLITE_DONE)
            exit(3);
        sqlite3_reset(st);
    }
    sqlite3_finalize(st);
    keep_buf_free(&entry);
    need(keep_store_commit(s, s->db, err), err);
    need(keep_head_write_all(s, err), err);
}

int main(int argc, char **argv)
{
    uint64_t n = argc > 1 ? strtoull(argv[1], NULL, 10) : bench_quick() ? 100000 : 1000000;
    struct keep_ledger_walk w = {0};
    struct keep_buf proof = KEEP_BUF_INIT;
    struct keep_err err = {0};
    double t;

    keepdir_start(NULL);
    struct keepdir *d = keepdir_new(true);
    struct keep_store *s = keepdir_open(d, true);
    fill(s, n, &err);
    keep_store_close(s);
    s = keepdir_open(d, false);
    t = bench_cpu();
    need(keep_ledger_walk(s, &w, &err), &err);
    t = bench_cpu() - t;
    if (w.wrong)
        bench_die("%s", w.wrong);
    bench_row(&(struct bench_row){"ledger_verified", "s", t, 0, 0, BENCH_OURS_TO, 5, bench_quick() ? "100,000 entries computed again; processor time" : "1,000,000 entries computed again; processor time"});
    need(keep_ledger_proof(s, n / 3, &proof, &err), &err);
    bench_row(&(struct bench_row){"ledger_proof", "bytes", (double)proof.n, 0, 0, BENCH_OURS_TO, 2048, "inclusion of one entry, with the signed head"});
    keep_buf_free(&proof);
    keep_store_close(s);
    keepdir_free(d);
    return 0;
}
