/* Power cuts: a workload over the sealed VFS is recorded on a disk in memory,
 * the power fails behind every operation (memdisk.h says what that leaves), and
 * what is found then must be the state before or after the transaction in
 * flight, whole, with nothing of what was reported lost. The power also fails
 * while such a state is being mended.
 *
 * The tests of this folder, and what they stand for
 * -------------------------------------------------
 * What can go wrong with a VFS of this kind, and where it is tested:
 *   reserved bytes of page 1 are checked ............ test_seams: test_seams_refuses_other_geometry
 *   reads of parts of page 1 ........................ test_seams: test_seams_parts_of_page_one
 *   a torn page 1 does not keep the journal out ..... here (every cut), test_seams: test_seams_torn_page_one
 *   key and id do not live in page 1 ................ test_seams: test_seams_torn_page_one
 *   short reads with bytes are errors ............... test_disk: part reads; test_seams: test_seams_plain_last_page
 *   reads past the end are zeros .................... test_seams: test_seams_parts_of_page_one
 *   unwritten pages in the file ..................... test_vfs: test_vfs_holes_are_sealed; test_lockpage
 *   journal records told by position ................ test_seams: test_seams_journal_writes_refused
 *   masked journal checksums ........................ here, test_disk (in-process rollback after each error)
 *   journal header authenticated; nothing left ...... test_journal: test_journal_planted_journals; here (the journal is empty behind a commit)
 *   no write-ahead log, no shared memory ............ test_vfs: test_vfs_refusals; test_seams: test_seams_planted_wal
 *   temporary files stay in memory .................. test_vfs: test_vfs_refusals; tests/cli/leaks.sh
 *   file names of other kinds ....................... test_seams: test_seams_other_files
 *   SQL around the VFS .............................. test_vfs: test_vfs_refusals
 *   the cache is not sealed in place ................ test_seams: test_seams_leaves_the_caller_s_page
 *   preallocation, maps, device flags ............... test_seams: test_seams_controls_and_flags
 *   errors before bytes ............................. test_disk (reads poisoned)
 *   nonces .......................................... test_seams: test_seams_nonces
 *   what a seal binds ............................... test_seams: test_seams_known_answer, test_swaps
 *   one lost page is told, all are listed ........... test_vfs: test_vfs_every_flip_is_seen
 *   plaintext in memory ............................. not a test: SECURITY.md
 *   new keys are a new file ......................... tests/store/test_ring.c (rewrite)
 *   another SQLite .................................. make torture against the library at hand, whose version it prints
 *
 * And by kind of test:
 *   1 power cut: here; 2, 3, 5 errors of writes, space, reads: test_disk; 4 memory: test_memory; 6 flips: test_vfs, test_store, test_keyjson;
 *   7 truncation, swaps, replays: test_vfs, test_store, test_swaps; 8, 9 killed, failing: test_journal, test_store, test_erase, tests/cli/killed.sh,
 *   disposal_killed.sh; 10 leaks: here (every write), tests/cli/leaks.sh; 11 refusals: test_vfs, test_store, test_keyjson, test_golden;
 *   12 lock bytes: test_lockpage; 13 two processes: test_processes; 14 frozen formats: test_golden; 15 arbitrary bytes: tests/fuzz;
 *   16 sanitizers: make san; 17 nonces, associated data: test_seams; 18 differential: test_twin. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/store/torture/memdisk.h"
#include "tests/store/torture/bank.h"

static int start(void **state)
{
    (void)state;
    memdisk_start(BANK_PATH);
    memdisk.marker = BANK_MARKER;
    return keep_secret_start(NULL);
}

static struct memdisk_file from[MEMDISK_FILES];

/* Leaves a filled database as the disk, and a copy in `from`. */
static void fill(void)
{
    struct keep_err err = {0};
    struct bank b;

    memdisk_size(&memdisk.file[0], 0);
    memdisk_size(&memdisk.file[1], 0);
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_fill(b.db), 0);
    bank_close(&b);
    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&from[i], &memdisk.file[i]);
}

/* Opens what the power cut left. done: transactions reported; one more may have happened. The head is that of the last reported one. */
static void expect_whole(size_t done, size_t point, int tear, const char *when)
{
    struct keep_err err = {0};
    struct bank b;
    int rc = bank_try(&b, BANK_PATH, (unsigned)done, &err);
    const char *wrong = rc == 0 ? bank_wrong(&b) : err.text;
    sqlite3_int64 n = rc == 0 ? bank_value(b.db, "SELECT n FROM n") : -1;

    if (wrong || n < (sqlite3_int64)done || n > (sqlite3_int64)done + 1)
        fail_msg("%s %zu, tear %d: %s; %zu transactions were reported, %lld are there", when, point, tear, wrong ? wrong : "whole", done, (long long)n);
    bank_close(&b);
}

/* Records the mending of the disk as it lies and cuts the power within it. */
static size_t cut_again(size_t done, size_t point, int tear, int stride)
{
    struct memdisk_file torn[MEMDISK_FILES] = {0};
    struct memdisk_walk w;
    size_t cuts = 0;

    for (int i = 0; i < MEMDISK_FILES; i++)
        memdisk_copy(&torn[i], &memdisk.file[i]);
    struct memdisk_op *outer = memdisk.op;
    size_t outer_n = memdisk.ops, outer_room = memdisk.room;
    memdisk.op = NULL;
    memdisk.ops = memdisk.room = 0;
    memdisk.recording = true;
    expect_whole(done, point, tear, "behind operation");
    memdisk.recording = false;
    struct memdisk_op *op = memdisk.op;
    size_t n = memdisk.ops;
    memdisk_walk_start(&w, torn, op);
    while (w.at < n) {
        memdisk_walk_step(&w);
        if (w.at % (size_t)stride)
            continue;
        memdisk_cut(&w, 3);
        expect_whole(done, point, tear, "while mending what was left behind operation");
        cuts++;
    }
    memdisk_walk_done(&w);
    memdisk_free_ops(op, n);
    memdisk.op = outer;
    memdisk.ops = outer_n;
    memdisk.room = outer_room;
    for (int i = 0; i < MEMDISK_FILES; i++)
        free(torn[i].p);
    return cuts;
}

static void test_power_cut_at_any_operation(void **state)
{
    int stride = bank_stride(9), rounds = bank_stride(2) == 1 ? 8 : 5;
    struct keep_err err = {0};
    struct memdisk_walk w;
    struct bank b;
    size_t cuts = 0, again = 0, ops = 0;

    (void)state;
    fill();
    memdisk_record(true);
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_exec(b.db, "PRAGMA cache_size=10"), 0);
    for (int i = 1; i <= rounds; i++) {
        assert_int_equal(bank_move(b.db, i), 0);
        memdisk_mark((size_t)i);
        bank_head(&b, (unsigned)i);
        assert_int_equal(memdisk.file[1].n, 0);
    }
    bank_close(&b);
    memdisk.recording = false;
    ops = memdisk.ops;
    memdisk_walk_start(&w, from, memdisk.op);
    while (w.at < ops) {
        memdisk_walk_step(&w);
        if ((w.at + (size_t)stride - 1) % (size_t)stride)
            continue;
        for (int tear = 0; tear < 6; tear++) { /* the torn ones with several dice */
            memdisk_cut(&w, tear < 3 ? tear : 3);
            if (w.at % (size_t)(stride * 5) == 1 && tear > 3)
                again += cut_again(w.mark, w.at, tear, bank_stride(7));
            else
                expect_whole(w.mark, w.at, tear, "behind operation");
            cuts++;
        }
    }
    assert_int_equal(w.mark, rounds);
    memdisk_walk_done(&w);
    memdisk_record(false);
    assert_int_equal(memdisk.leaked, 0);
    bank_tell("power cuts at %zu operations: %zu, and %zu while mending; 0 wrong states; no plaintext in %llu page writes", ops, cuts, again,
              (unsigned long long)memdisk.pages);
    assert_true(cuts > 300 && again > 50);
}

/* The head moves on behind a commit: a cut between the two leaves an empty journal, whichever head is read. */
static void test_power_cut_before_the_head(void **state)
{
    struct keep_err err = {0};
    struct bank b;

    (void)state;
    fill();
    assert_int_equal(bank_try(&b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_move(b.db, 1), 0);
    bank_close(&b);
    expect_whole(0, 0, 0, "old head");
    expect_whole(1, 0, 0, "new head");
}

static int stop(void **state)
{
    (void)state;
    for (int i = 0; i < MEMDISK_FILES; i++) {
        free(from[i].p);
        free(memdisk.file[i].p);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_power_cut_at_any_operation),
        cmocka_unit_test(test_power_cut_before_the_head),
    };
    return cmocka_run_group_tests(tests, start, stop);
}
