/* What vfs.c, journal.c, mend.c and conn.c share. */
#ifndef CORE_STORE_VFS_INSIDE_H
#define CORE_STORE_VFS_INSIDE_H

#include <stddef.h>

#include "core/crypto/aead.h"
#include "core/store/vfs.h"

#define KEEP_VFS_BODY (KEEP_VFS_PAGE - KEEP_VFS_RESERVE)
#define KEEP_VFS_SECTOR 512 /* what SQLite takes for the journal header when overwriting is power-safe */

/* Subkeys of the file's key; secret memory. */
struct keep_vfs_keys {
    uint8_t page[32], journal[32], mask[32], header[32];
};

struct keep_vfs {
    sqlite3_vfs vfs;
    sqlite3_vfs *lower;
    struct keep_vfs_keys *keys;
    enum keep_vfs_file file;
    uint8_t store[16], head[32];
    uint64_t bad;
    struct keep_vfs_handle *open; /* of the main file */
    bool wrote, played;           /* since the journal was last cut: main was written, records were read */
    char *path, *journal;
    char name[32];
    uint8_t scratch[KEEP_VFS_PAGE]; /* one connection, one thread at a time */
};

/* Label, file kind, main or journal, store id, page number, head: the associated data of a page. */
#define KEEP_VFS_AD_LABEL "chartkeep page 1"
#define KEEP_VFS_AD_MAX 80

struct keep_vfs_handle {
    sqlite3_file base;
    struct keep_vfs *v;
    sqlite3_file *lower;
    sqlite3_int64 size;      /* main: the file is at least this long; 0 = not known */
    /* journal: where the last four bytes and the last page went, to know what the next bytes are */
    sqlite3_int64 number_at; /* offset of the last page number, -1 none */
    uint32_t number;
    sqlite3_int64 page_at;   /* offset of the last page, -1 none */
    uint8_t tag[KEEP_AEAD_TAG];
    sqlite3_int64 header_at; /* offset of the header last written, -1 none */
    uint8_t rest[16];        /* its bytes behind magic and count */
    uint32_t records, vouched; /* whole records behind that header; the count that the MAC last laid down holds */
    unsigned place;          /* of the next MAC: 0 or 1 */
    uint32_t seed, sum;      /* checksum seed of the header last read; what SQLite sums up over the page last read */
    sqlite3_int64 chain;     /* offset of the record that follows those read behind that header, -1 none */
};

/* A page's associated data into ad; returns its length. */
size_t keep_vfs_ad(const struct keep_vfs *v, bool journal, uint32_t page, uint8_t ad[KEEP_VFS_AD_MAX]);
/* Seals one page of 4,096 bytes whose last 40 do not count. */
void keep_vfs_seal(const struct keep_vfs *v, bool journal, uint32_t page, const uint8_t *in, uint8_t *out);
/* Opens it where it lies and zeroes the reserved bytes; false: the seal does not hold, all zero. */
bool keep_vfs_unseal(struct keep_vfs *v, bool journal, uint32_t page, uint8_t *p);

int keep_journal_read(struct keep_vfs_handle *h, void *p, int n, sqlite3_int64 off);
int keep_journal_write(struct keep_vfs_handle *h, const void *p, int n, sqlite3_int64 off);
int keep_journal_sync(struct keep_vfs_handle *h, int flags);
int keep_journal_truncate(struct keep_vfs_handle *h, sqlite3_int64 size);
void keep_journal_start(struct keep_vfs_handle *h);
int keep_journal_leave(struct keep_vfs *v); /* before it is cut or deleted */

/* Before a journal goes that was played back: seals unused pages that were half written. */
int keep_mend_unused(struct keep_vfs_handle *h);

#endif
