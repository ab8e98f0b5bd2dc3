/* The rollback journal, sealed. SQLite writes it as (SQLite file format, 3):
 *
 *   header, one 512-byte sector: magic 8, record count 4, checksum seed 4,
 *           pages of the database before 4, sector size 4, page size 4, zeros
 *   record: page number 4, page 4096, checksum 4 -- as three writes
 *   and so on; a new header at the next sector whenever it syncs midway
 *
 * What a write is is told by where it stands, not by its length alone.
 *
 * A page is sealed under the journal subkey with its number and the head under
 * which the transaction began. The checksum is a sum over plaintext bytes, so
 * it leaks: it is masked with a keyed hash of the page's tag. It is never
 * recomputed when it is read, since its seed differs between segments and SQLite
 * does not read the last header again when it rolls back in the same process; it
 * is compared, for SQLite takes a wrong one for the journal's end and stops there.
 *
 * A header is written with zeros for magic and count; both come when a sync has
 * made the records durable. A MAC over offset, count, the rest of the header
 * and the head is laid into the zeros of the sector before that sync, so that a
 * crash never leaves a count without its MAC; two places, taken in turn, since
 * a count may be raised later. Without it a journal counts for nothing: SQLite
 * cuts the database to the size in the header before it reads a record, so an
 * old journal must fail here. (That a whole trailing segment was cut off cannot
 * be seen in the journal itself: the ledger and the leaves tell.) */
#include <string.h>

#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/fault.h"
#include "core/store/vfs_inside.h"

#define RECORD (KEEP_VFS_PAGE + 8)
#define MAC 32 /* also where the first stands; the second follows */
#define NONE UINT32_MAX

static const uint8_t magic[8] = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void put32(uint8_t *p, uint32_t v)
{
    p[0] = (uint8_t)(v >> 24);
    p[1] = (uint8_t)(v >> 16);
    p[2] = (uint8_t)(v >> 8);
    p[3] = (uint8_t)v;
}

void keep_journal_start(struct keep_vfs_handle *h)
{
    h->number_at = h->page_at = h->header_at = -1;
    h->records = 0;
    h->vouched = NONE;
    h->place = 0;
    h->chain = -1;
}

/* rest: checksum seed, pages before, sector size, page size. */
static void header_mac(const struct keep_vfs *v, const uint8_t rest[16], sqlite3_int64 at, uint32_t records, uint8_t out[MAC])
{
    uint8_t in[16 + 4 + 8 + KEEP_VFS_AD_MAX];
    size_t n = keep_vfs_ad(v, true, 0, in);

    memcpy(in + n, rest, 16);
    put32(in + n + 16, records);
    n += 20;
    for (int i = 0; i < 8; i++)
        in[n++] = (uint8_t)((uint64_t)at >> (8 * i));
    keep_hash_keyed(out, MAC, in, n, v->keys->header);
}

static void mask(const struct keep_vfs_handle *h, uint8_t out[4])
{
    uint8_t prf[16];

    keep_hash_keyed(prf, sizeof prf, h->tag, sizeof h->tag, h->v->keys->mask);
    memcpy(out, prf, 4);
}

static int lower_write(struct keep_vfs_handle *h, const void *p, int n, sqlite3_int64 off)
{
    int rc = keep_fault_hit(KEEP_FAULT_WRITE, h->v->journal);

    return rc != SQLITE_OK ? rc : h->lower->pMethods->xWrite(h->lower, p, n, off);
}

/* --- writing --- */

static int write_header(struct keep_vfs_handle *h, const uint8_t *p, sqlite3_int64 off)
{
    static const uint8_t zero[KEEP_VFS_SECTOR];

    if (off % KEEP_VFS_SECTOR != 0 || memcmp(p, zero, 12) != 0 || memcmp(p + 28, zero, KEEP_VFS_SECTOR - 28) != 0)
        return SQLITE_IOERR_WRITE;
    keep_journal_start(h);
    int rc = lower_write(h, p, KEEP_VFS_SECTOR, off);
    if (rc == SQLITE_OK) {
        memcpy(h->rest, p + 12, 16);
        h->header_at = off;
    }
    return rc;
}

/* Lays down the MAC for a count of records. */
static int vouch(struct keep_vfs_handle *h, uint32_t records)
{
    uint8_t mac[MAC];

    header_mac(h->v, h->rest, h->header_at, records, mac);
    int rc = lower_write(h, mac, MAC, h->header_at + MAC * (1 + h->place));
    if (rc == SQLITE_OK)
        h->vouched = records;
    return rc;
}

/* The magic, and how many records are durable now. */
static int write_count(struct keep_vfs_handle *h, const uint8_t *p, sqlite3_int64 off)
{
    uint32_t records = get32(p + 8);
    int rc = SQLITE_OK;

    if (off != h->header_at || memcmp(p, magic, sizeof magic) != 0)
        return SQLITE_IOERR_WRITE;
    if (records != h->vouched)
        rc = vouch(h, records);
    if (rc == SQLITE_OK)
        rc = lower_write(h, p, 12, off);
    if (rc == SQLITE_OK)
        h->place ^= 1;
    return rc;
}

static int write_page(struct keep_vfs_handle *h, const uint8_t *p, sqlite3_int64 off)
{
    uint8_t *page = h->v->scratch;

    if (h->number_at < 0 || off != h->number_at + 4)
        return SQLITE_IOERR_WRITE;
    keep_vfs_seal(h->v, true, h->number, p, page);
    int rc = lower_write(h, page, KEEP_VFS_PAGE, off);
    if (rc == SQLITE_OK) {
        h->page_at = off;
        memcpy(h->tag, page + KEEP_VFS_PAGE - KEEP_AEAD_TAG, KEEP_AEAD_TAG);
    }
    return rc;
}

/* Four bytes: behind a page its checksum, elsewhere the number of the page to come. */
static int write_word(struct keep_vfs_handle *h, const uint8_t *p, sqlite3_int64 off)
{
    uint8_t word[4];
    int rc;

    if (h->page_at < 0 || off != h->page_at + KEEP_VFS_PAGE) {
        rc = lower_write(h, p, 4, off);
        h->number_at = rc == SQLITE_OK ? off : -1;
        h->number = get32(p);
        return rc;
    }
    mask(h, word);
    for (int i = 0; i < 4; i++)
        word[i] ^= p[i];
    rc = lower_write(h, word, 4, off);
    if (rc == SQLITE_OK && h->header_at >= 0)
        h->records = (uint32_t)((off + 4 - h->header_at - KEEP_VFS_SECTOR) / RECORD);
    return rc;
}

int keep_journal_write(struct keep_vfs_handle *h, const void *p, int n, sqlite3_int64 off)
{
    switch (n) {
    case KEEP_VFS_SECTOR:
        return write_header(h, p, off);
    case 12:
        return write_count(h, p, off);
    case 4:
        return write_word(h, p, off);
    case KEEP_VFS_PAGE:
        return write_page(h, p, off);
    case 1: /* the first byte of a stale header */
        return lower_write(h, p, n, off);
    default:
        return SQLITE_IOERR_WRITE;
    }
}

int keep_journal_sync(struct keep_vfs_handle *h, int flags)
{
    int rc = SQLITE_OK;

    if (h->header_at >= 0 && h->records != h->vouched)
        rc = vouch(h, h->records);
    if (rc == SQLITE_OK)
        rc = keep_fault_hit(KEEP_FAULT_SYNC, h->v->journal);
    return rc != SQLITE_OK ? rc : h->lower->pMethods->xSync(h->lower, flags);
}

int keep_journal_leave(struct keep_vfs *v)
{
    int rc = v->open && v->wrote && v->played ? keep_mend_unused(v->open) : SQLITE_OK;

    if (rc == SQLITE_OK)
        v->wrote = v->played = false;
    return rc;
}

int keep_journal_truncate(struct keep_vfs_handle *h, sqlite3_int64 size)
{
    int rc = keep_fault_hit(KEEP_FAULT_TRUNCATE, h->v->journal);

    if (rc == SQLITE_OK)
        rc = keep_journal_leave(h->v);
    if (rc != SQLITE_OK)
        return rc;
    keep_journal_start(h);
    return h->lower->pMethods->xTruncate(h->lower, size);
}

/* --- reading --- */

static bool vouched_for(const struct keep_vfs_handle *h, const uint8_t sector[KEEP_VFS_SECTOR], sqlite3_int64 off)
{
    uint8_t mac[MAC];

    header_mac(h->v, sector + 12, off, get32(sector + 8), mac);
    return keep_secret_equal(mac, sector + MAC, MAC) || keep_secret_equal(mac, sector + 2 * MAC, MAC);
}

/* Magic and count as far as they came: zeros are what a crash leaves between the MAC and them, the beginning of the magic what a write that failed
 * in the middle does. No page of the database was written then. */
static bool unfinished(const uint8_t sector[KEEP_VFS_SECTOR])
{
    size_t n = 0;

    while (n < sizeof magic && sector[n] == magic[n])
        n++;
    while (n < 12 && sector[n] == 0)
        n++;
    return n == 12;
}

/* Eight bytes: a magic, if a header is there. One that this handle did not write must carry its MAC; and where a MAC holds, the magic must stand,
 * for without it SQLite would take the journal for none. */
static int read_magic(struct keep_vfs_handle *h, uint8_t *p, sqlite3_int64 off)
{
    uint8_t sector[KEEP_VFS_SECTOR];
    int rc = h->lower->pMethods->xRead(h->lower, p, 8, off);
    bool is_magic = rc == SQLITE_OK && memcmp(p, magic, 8) == 0;

    if (rc != SQLITE_OK || off % KEEP_VFS_SECTOR != 0 || (h->header_at >= 0 && off > h->header_at))
        return rc; /* or what is about to be overwritten */
    rc = h->lower->pMethods->xRead(h->lower, sector, sizeof sector, off);
    if (rc != SQLITE_OK)
        return rc != SQLITE_IOERR_SHORT_READ ? rc : is_magic ? SQLITE_IOERR_DATA : SQLITE_OK;
    if (vouched_for(h, sector, off) != is_magic) {
        if (!unfinished(sector))
            return SQLITE_IOERR_DATA;
        memset(p, 0, 8);
        is_magic = false;
    }
    for (size_t i = 28; is_magic && i < sizeof sector; i++)
        if (sector[i] != 0 && (i < MAC || i >= 3 * MAC))
            return SQLITE_IOERR_DATA;
    h->seed = get32(sector + 12);
    h->chain = is_magic ? off + KEEP_VFS_SECTOR : -1;
    return SQLITE_OK;
}

/* SQLite's sum over every 200th byte of a page, without the seed; the reserved bytes are not among them. */
static uint32_t page_sum(const uint8_t *p)
{
    uint32_t sum = 0;

    for (int i = KEEP_VFS_PAGE - 200; i > 0; i -= 200)
        sum += p[i];
    return sum;
}

/* The seed of the segment that an offset lies in: of the header this handle wrote last, or else of the one read last, when every record since was
 * read as well. It is not known where a savepoint is rolled back from the middle of an older segment; SQLite compares nothing there either. */
static bool seed_at(const struct keep_vfs_handle *h, sqlite3_int64 off, uint32_t *seed)
{
    if (h->header_at >= 0 && off > h->header_at) {
        *seed = get32(h->rest);
        return true;
    }
    *seed = h->seed;
    return h->chain >= 0;
}

static int read_page(struct keep_vfs_handle *h, uint8_t *p, sqlite3_int64 off)
{
    uint8_t word[4];
    int rc;

    if (off < 4)
        return SQLITE_IOERR_READ;
    h->v->played = true;
    if (h->number_at != off - 4) {
        rc = h->lower->pMethods->xRead(h->lower, word, 4, off - 4);
        if (rc != SQLITE_OK)
            return rc;
        h->number = get32(word);
        h->number_at = off - 4;
    }
    rc = h->lower->pMethods->xRead(h->lower, p, KEEP_VFS_PAGE, off);
    if (rc != SQLITE_OK) {
        memset(p, 0, KEEP_VFS_PAGE);
        return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_DATA : rc;
    }
    memcpy(h->tag, p + KEEP_VFS_PAGE - KEEP_AEAD_TAG, KEEP_AEAD_TAG);
    h->page_at = off;
    if (!keep_vfs_unseal(h->v, true, h->number, p))
        return SQLITE_IOERR_DATA;
    h->sum = page_sum(p);
    return SQLITE_OK;
}

/* The count in a header vouches for its records: a word that is not there was cut off. */
static int read_word(struct keep_vfs_handle *h, uint8_t *p, sqlite3_int64 off)
{
    uint8_t word[4];
    int rc = h->lower->pMethods->xRead(h->lower, p, 4, off);

    if (rc != SQLITE_OK)
        return rc == SQLITE_IOERR_SHORT_READ ? SQLITE_IOERR_DATA : rc;
    if (h->page_at < 0 || off != h->page_at + KEEP_VFS_PAGE) {
        h->number_at = off;
        h->number = get32(p);
        if (off > h->chain || off < h->chain - KEEP_VFS_SECTOR) /* neither the next record nor a word of the header before it */
            h->chain = -1;
        return SQLITE_OK;
    }
    mask(h, word);
    for (int i = 0; i < 4; i++)
        p[i] ^= word[i];
    uint32_t seed;
    if (seed_at(h, off, &seed) && get32(p) != seed + h->sum)
        return SQLITE_IOERR_DATA;
    if (h->chain >= 0)
        h->chain = off + 4;
    return SQLITE_OK;
}

int keep_journal_read(struct keep_vfs_handle *h, void *p, int n, sqlite3_int64 off)
{
    int rc = keep_fault_hit(KEEP_FAULT_READ, h->v->journal);

    if (rc != SQLITE_OK) {
        memset(p, 0xA5, (size_t)n);
        return rc;
    }
    switch (n) {
    case KEEP_VFS_PAGE:
        return read_page(h, p, off);
    case 8:
        return read_magic(h, p, off);
    case 4:
        return read_word(h, p, off);
    case 1:
        return h->lower->pMethods->xRead(h->lower, p, n, off);
    default:
        return SQLITE_IOERR_READ;
    }
}
