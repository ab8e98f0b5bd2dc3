/* Where SQLite and the sealed VFS meet: the reads and writes of odd sizes, the
 * names, controls and flags, and the bytes of a sealed page themselves. The VFS
 * is spoken to as SQLite speaks to it, below SQL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/crypto/aead.h"
#include "core/crypto/kdf.h"
#include "tests/store/torture/memdisk.h"
#include "tests/store/torture/bank.h"

#define PAGE KEEP_VFS_PAGE

struct seam {
    struct bank b;
    sqlite3_file *f;
};

/* The database filled and open, and the shim's own file. */
static int setup(void **state)
{
    struct keep_err err = {0};
    struct seam *s = calloc(1, sizeof *s);

    assert_non_null(s);
    memdisk.file[0].there = true;
    memdisk_size(&memdisk.file[0], 0);
    memdisk_size(&memdisk.file[1], 0);
    assert_int_equal(bank_try(&s->b, BANK_PATH, 0, &err), 0);
    assert_int_equal(bank_fill(s->b.db), 0);
    assert_int_equal(sqlite3_file_control(s->b.db, "main", SQLITE_FCNTL_FILE_POINTER, &s->f), SQLITE_OK);
    *state = s;
    return 0;
}

static int teardown(void **state)
{
    struct seam *s = *state;

    bank_close(&s->b);
    free(s);
    return 0;
}

static int group(void **state)
{
    (void)state;
    memdisk_start(BANK_PATH);
    return keep_secret_start(NULL);
}

static int rd(struct seam *s, void *p, int n, sqlite3_int64 at)
{
    return s->f->pMethods->xRead(s->f, p, n, at);
}

static int wr(struct seam *s, const void *p, int n, sqlite3_int64 at)
{
    return s->f->pMethods->xWrite(s->f, p, n, at);
}

static void test_seams_parts_of_page_one(void **state)
{
    struct seam *s = *state;
    uint8_t page[PAGE], part[PAGE], zero[PAGE] = {0};

    assert_int_equal(rd(s, page, PAGE, 0), SQLITE_OK);
    assert_memory_equal(page, "SQLite format 3", 16);
    for (int i = PAGE - KEEP_VFS_RESERVE; i < PAGE; i++)
        assert_int_equal(page[i], 0); /* nonce and tag are nobody's business above */
    assert_int_equal(rd(s, part, 16, 24), SQLITE_OK);
    assert_memory_equal(part, page + 24, 16);
    assert_int_equal(rd(s, part, 100, 0), SQLITE_OK);
    for (int i = 0; i < 24; i++)
        assert_int_equal(part[i], page[i]);
    /* parts of any page, but not across two */
    assert_int_equal(rd(s, page, PAGE, 3 * PAGE), SQLITE_OK);
    assert_int_equal(rd(s, part, 200, 3 * PAGE + 1000), SQLITE_OK);
    assert_memory_equal(part, page + 1000, 200);
    assert_int_not_equal(rd(s, part, 200, 4 * PAGE - 100), SQLITE_OK);
    assert_int_not_equal(rd(s, part, 2 * PAGE, 0), SQLITE_OK);
    /* behind the end: zeros, and said to be short */
    memset(part, 1, sizeof part);
    assert_int_equal(rd(s, part, PAGE, (sqlite3_int64)memdisk.file[0].n), SQLITE_IOERR_SHORT_READ);
    assert_memory_equal(part, zero, PAGE);
    assert_int_equal(rd(s, part, 16, (sqlite3_int64)memdisk.file[0].n + 24), SQLITE_IOERR_SHORT_READ);
}

static void test_seams_torn_page_one(void **state)
{
    struct seam *s = *state;
    uint8_t part[100], id[16], key[32];

    memset(memdisk.file[0].p, 0xee, 512);
    assert_int_equal(rd(s, part, 100, 0), SQLITE_OK); /* before any lock: geometry, whatever stands there */
    assert_memory_equal(part, "SQLite format 3", 16);
    assert_int_equal(rd(s, part, 16, 24), SQLITE_IOERR_DATA);
    /* nothing that opening needs stands in it: the other pages still open */
    struct keep_err err = {0};
    struct keep_vfs *v = NULL;
    uint64_t bad = 0;
    memset(id, 7, sizeof id);
    memset(key, 9, sizeof key);
    assert_int_equal(keep_vfs_new(&v, BANK_PATH, KEEP_VFS_RECORDS, id, key, &err), 0);
    assert_int_equal(keep_vfs_walk(v, NULL, bank_count_bad, &bad, NULL, &err), 0);
    assert_int_equal(bad, 1);
    assert_int_equal(keep_vfs_probe(v, &err), KEEP_E_INTEGRITY);
    keep_vfs_free(v);
}

/* A page of plaintext at the end of the file, one byte short, is not passed through. */
static void test_seams_plain_last_page(void **state)
{
    struct seam *s = *state;
    size_t n = memdisk.file[0].n;
    uint8_t page[PAGE], plain[PAGE];

    assert_int_equal(rd(s, plain, PAGE, (sqlite3_int64)n - PAGE), SQLITE_OK);
    memcpy(memdisk.file[0].p + n - PAGE, plain, PAGE);
    for (size_t cut = 0; cut < PAGE; cut += cut < 8 ? 1 : 509) {
        memdisk_size(&memdisk.file[0], n - cut);
        assert_int_equal(rd(s, page, PAGE, (sqlite3_int64)n - PAGE), SQLITE_IOERR_DATA);
    }
}

static void test_seams_refuses_other_geometry(void **state)
{
    struct seam *s = *state;
    uint8_t page[PAGE];
    size_t n = memdisk.file[0].n;

    assert_int_equal(rd(s, page, PAGE, 0), SQLITE_OK);
    for (int i = 0; i < 256; i++) {
        page[20] = (uint8_t)i;
        if (i != KEEP_VFS_RESERVE)
            assert_int_not_equal(wr(s, page, PAGE, 0), SQLITE_OK);
    }
    page[20] = KEEP_VFS_RESERVE;
    page[16] = 0x20; /* 8,192 bytes a page */
    assert_int_not_equal(wr(s, page, PAGE, 0), SQLITE_OK);
    page[16] = 0x10;
    assert_int_equal(wr(s, page, PAGE, 0), SQLITE_OK);
    for (int size = 1; size < PAGE; size += 409) /* no part of a page, none off its place */
        assert_int_not_equal(wr(s, page, size, PAGE), SQLITE_OK);
    assert_int_not_equal(wr(s, page, PAGE, PAGE + 512), SQLITE_OK);
    assert_int_not_equal(s->f->pMethods->xTruncate(s->f, 4 * PAGE + 512), SQLITE_OK);
    assert_int_equal(memdisk.file[0].n, n);
    assert_null(bank_wrong(&s->b));
}

static void test_seams_leaves_the_caller_s_page(void **state)
{
    struct seam *s = *state;
    uint8_t page[PAGE], before[PAGE];

    assert_int_equal(rd(s, page, PAGE, 5 * PAGE), SQLITE_OK);
    memcpy(before, page, PAGE);
    assert_int_equal(wr(s, page, PAGE, 5 * PAGE), SQLITE_OK);
    assert_memory_equal(page, before, PAGE);
    assert_memory_not_equal(memdisk.file[0].p + 5 * PAGE, before, 64);
}

static void test_seams_controls_and_flags(void **state)
{
    struct seam *s = *state;
    sqlite3_int64 hint = 1 << 20;
    int chunk = 1 << 20, flags = s->f->pMethods->xDeviceCharacteristics(s->f);
    size_t n = memdisk.file[0].n;

    assert_int_equal(s->f->pMethods->xFileControl(s->f, SQLITE_FCNTL_SIZE_HINT, &hint), SQLITE_OK);
    assert_int_equal(s->f->pMethods->xFileControl(s->f, SQLITE_FCNTL_CHUNK_SIZE, &chunk), SQLITE_OK);
    assert_int_equal(memdisk.file[0].n, n); /* no raw zeros were laid out */
    assert_int_equal(s->f->pMethods->xFileControl(s->f, SQLITE_FCNTL_MMAP_SIZE, &hint), SQLITE_NOTFOUND);
    for (int op = 30; op < 80; op++)
        if (op != SQLITE_FCNTL_SIZE_HINT && op != SQLITE_FCNTL_CHUNK_SIZE)
            assert_int_equal(s->f->pMethods->xFileControl(s->f, op, &hint), SQLITE_NOTFOUND);
    assert_int_equal(flags, SQLITE_IOCAP_POWERSAFE_OVERWRITE); /* of all that the disk below claims */
    assert_int_equal(s->f->pMethods->iVersion, 1);             /* no shared memory, no map */
    assert_int_equal(s->f->pMethods->xSectorSize(s->f), 512);
}

static sqlite3_vfs *shim(void)
{
    sqlite3_vfs *v = sqlite3_vfs_find(NULL);

    while (v && strncmp(v->zName, "keep-", 5) != 0)
        v = v->pNext;
    assert_non_null(v);
    return v;
}

static void test_seams_other_files(void **state)
{
    static const int kinds[] = {SQLITE_OPEN_TEMP_DB, SQLITE_OPEN_TRANSIENT_DB, SQLITE_OPEN_TEMP_JOURNAL, SQLITE_OPEN_SUBJOURNAL,
                                SQLITE_OPEN_SUPER_JOURNAL, SQLITE_OPEN_WAL, SQLITE_OPEN_MAIN_DB, SQLITE_OPEN_MAIN_JOURNAL, 0};
    static const char *const names[] = {NULL, "/memdisk/other", BANK_PATH "-wal", BANK_PATH "-mj0", BANK_PATH "-journal2", "/memdisk/../memdisk/f.db", ""};
    sqlite3_vfs *v = shim();
    sqlite3_file *f = calloc(1, (size_t)v->szOsFile);

    (void)state;
    assert_non_null(f);
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
            assert_int_equal(v->xOpen(v, names[i], f, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | kinds[k], NULL), SQLITE_CANTOPEN);
            assert_null(f->pMethods);
        }
        if (kinds[k] != SQLITE_OPEN_MAIN_DB) /* the right name as something else */
            assert_int_equal(v->xOpen(v, BANK_PATH, f, SQLITE_OPEN_READWRITE | kinds[k], NULL), SQLITE_CANTOPEN);
    }
    assert_int_not_equal(v->xDelete(v, BANK_PATH, 0), SQLITE_OK);
    assert_int_not_equal(v->xDelete(v, "/memdisk/other", 0), SQLITE_OK);
    assert_true(memdisk.file[0].there);
    assert_null(v->xDlOpen(v, "/lib/libm.so"));
    free(f);
}

/* A write-ahead log beside the file is not there for SQLite, and not read. */
static void test_seams_planted_wal(void **state)
{
    struct seam *s = *state;
    sqlite3_vfs *v = shim();
    int there = 1;

    assert_int_equal(v->xAccess(v, BANK_PATH "-wal", SQLITE_ACCESS_EXISTS, &there), SQLITE_OK);
    assert_int_equal(there, 0);
    assert_null(bank_wrong(&s->b));
}

static void test_seams_journal_writes_refused(void **state)
{
    struct seam *s = *state;
    sqlite3_vfs *v = shim();
    sqlite3_file *j = calloc(1, (size_t)v->szOsFile);
    uint8_t p[PAGE * 2] = {0};
    static const int sizes[] = {2, 3, 5, 8, 11, 13, 16, 28, 100, 511, 513, 1024, 4095, 4097, 4104, PAGE * 2};

    (void)s;
    assert_non_null(j);
    assert_int_equal(v->xOpen(v, BANK_PATH "-journal", j, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_MAIN_JOURNAL, NULL), SQLITE_OK);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        assert_int_not_equal(j->pMethods->xWrite(j, p, sizes[i], 0), SQLITE_OK);
    assert_int_not_equal(j->pMethods->xWrite(j, p, PAGE, 512 + 4), SQLITE_OK); /* a page with no number before it */
    assert_int_not_equal(j->pMethods->xWrite(j, p, PAGE, 0), SQLITE_OK);
    p[0] = 1;
    assert_int_not_equal(j->pMethods->xWrite(j, p, 512, 0), SQLITE_OK); /* a header that claims records at once */
    assert_int_not_equal(j->pMethods->xWrite(j, p, 12, 0), SQLITE_OK);  /* a count without its magic, and without a header */
    assert_int_equal(memdisk.file[1].n, 0);
    j->pMethods->xClose(j);
    free(j);
}

/* The bytes of a sealed page from their description in vfs.h alone; every field of the associated data counts. */
static void test_seams_known_answer(void **state)
{
    struct seam *s = *state;
    uint8_t id[16], key[32], subkey[32], plain[PAGE], seen[PAGE], ad[38], other[38];
    const uint8_t *raw = memdisk.file[0].p + 6 * PAGE;

    memset(id, 7, sizeof id);
    memset(key, 9, sizeof key);
    keep_kdf_subkey(subkey, key, "chartkeep file page", id, 16);
    memcpy(ad, "chartkeep page 1", 16);
    ad[16] = KEEP_VFS_RECORDS;
    ad[17] = 1; /* the main file */
    memcpy(ad + 18, id, 16);
    memcpy(ad + 34, (const uint8_t[]){7, 0, 0, 0}, 4);
    assert_int_equal(rd(s, plain, PAGE, 6 * PAGE), SQLITE_OK);
    assert_int_equal(keep_aead_open_detached(seen, raw + 4056, raw + 4080, raw, 4056, ad, sizeof ad, subkey), 0);
    assert_memory_equal(seen, plain, 4056);
    for (size_t i = 0; i < sizeof ad; i++) {
        memcpy(other, ad, sizeof ad);
        other[i] ^= 1;
        assert_int_not_equal(keep_aead_open_detached(seen, raw + 4056, raw + 4080, raw, 4056, other, sizeof other, subkey), 0);
    }
    assert_int_not_equal(keep_aead_open_detached(seen, raw + 4056, raw + 4080, raw, 4056, ad, sizeof ad, key), 0);
}

static struct nonces {
    uint8_t (*p)[24];
    size_t n, room;
} nonces;

static void note_nonce(int file, const uint8_t *p, size_t n, size_t at)
{
    (void)file;
    (void)at;
    if (n == PAGE && nonces.n < nonces.room)
        memcpy(nonces.p[nonces.n++], p + PAGE - KEEP_VFS_RESERVE, 24);
}

static int nonce_order(const void *a, const void *b)
{
    return memcmp(a, b, 24);
}

static void test_seams_nonces(void **state)
{
    struct seam *s = *state;
    uint8_t page[PAGE];

    nonces.room = bank_stride(20) == 1 ? 1000000 : 50000;
    nonces.p = malloc(nonces.room * 24);
    assert_non_null(nonces.p);
    assert_int_equal(rd(s, page, PAGE, 7 * PAGE), SQLITE_OK);
    memdisk.wrote = note_nonce;
    while (nonces.n < nonces.room)
        assert_int_equal(wr(s, page, PAGE, 7 * PAGE), SQLITE_OK); /* the same page, the same bytes */
    memdisk.wrote = NULL;
    qsort(nonces.p, nonces.n, 24, nonce_order);
    for (size_t i = 1; i < nonces.n; i++)
        assert_memory_not_equal(nonces.p[i - 1], nonces.p[i], 24);
    bank_tell("nonces: %zu page writes, none twice", nonces.n);
    free(nonces.p);
}

int main(void)
{
#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        CASE(test_seams_parts_of_page_one), CASE(test_seams_torn_page_one), CASE(test_seams_plain_last_page), CASE(test_seams_refuses_other_geometry),
        CASE(test_seams_leaves_the_caller_s_page), CASE(test_seams_controls_and_flags), CASE(test_seams_other_files), CASE(test_seams_planted_wal),
        CASE(test_seams_journal_writes_refused), CASE(test_seams_known_answer), CASE(test_seams_nonces),
    };
    return cmocka_run_group_tests(tests, group, NULL);
}
