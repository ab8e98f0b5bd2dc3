/* The sealed VFS: under it stock SQLite keeps one database file and its
 * rollback journal, every page sealed with XChaCha20-Poly1305.
 *
 * Page p of the main file, at offset (p - 1) * 4096:
 *      0  4056  ciphertext
 *   4056    24  nonce, random for every write
 *   4080    16  tag
 * Associated data: label, kind of file, store id, page number. The journal's
 * pages are sealed alike under another subkey, and bind the head under which
 * their transaction began as well; so does the MAC in a journal header. */
#ifndef CORE_STORE_VFS_H
#define CORE_STORE_VFS_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/err.h"

#define KEEP_VFS_PAGE 4096   /* torn writes and point look-ups stay cheap; larger pages scan no faster */
#define KEEP_VFS_RESERVE 40  /* nonce and tag */
#define KEEP_VFS_LOCK_PAGE 262145 /* SQLite's lock bytes at 1 GiB: never read, never written */

enum keep_vfs_file { KEEP_VFS_RECORDS = 1, KEEP_VFS_KEYRING };

struct keep_vfs;

/* A VFS for one database file, registered under a name of its own. path: absolute and without links (realpath of the folder, then the name);
 * it and path-journal are the only files that it will open. key: the file's key, of which subkeys are made; a key serves one file, ever. */
int keep_vfs_new(struct keep_vfs **out, const char *path, enum keep_vfs_file file, const uint8_t store[16], const uint8_t key[32], struct keep_err *err);
/* After its last connection is closed. NULL allowed. */
void keep_vfs_free(struct keep_vfs *v);
/* Digest of the head file that stands while the next transactions run, and under which a hot journal must have been written. All zero at first. */
void keep_vfs_head(struct keep_vfs *v, const uint8_t digest[32]);

/* A connection to the file, which must be there (empty = new): read-write, since a reader must be able to roll back; checked to run with the journal mode, synchrony and temporary store that this VFS is sound with. */
int keep_vfs_connect(struct keep_vfs *v, sqlite3 **out, struct keep_err *err);

/* The VFS of a connection, and the page whose seal did not hold (0: none, journal pages count too). For error texts. */
const char *keep_vfs_file_name(sqlite3 *db);
uint64_t keep_vfs_bad_page(sqlite3 *db);
/* Page 1 changes with every commit, though nothing else in it may: so that an older one, put back, is told, each commit stamps it with its number (its
 * low 31 bits, in the header's "user version"), inside the transaction. Stamped: 0, or KEEP_E_INTEGRITY when it bears another. */
int keep_vfs_stamp(sqlite3 *db, uint64_t n, struct keep_err *err);
int keep_vfs_stamped(sqlite3 *db, uint64_t n, struct keep_err *err);

/* Opens page 1 only: 0, or KEEP_E_INTEGRITY when it is not sealed under this key. */
int keep_vfs_probe(struct keep_vfs *v, struct keep_err *err);
/* Opens every page. each: page number and whether its seal holds; non-zero stops and is returned. pages: may be NULL. db: a connection with a
 * read transaction that keeps writers out, or NULL when there is none. A length that is no whole number of pages counts as one more bad page. */
int keep_vfs_walk(struct keep_vfs *v, sqlite3 *db, int (*each)(void *ctx, uint64_t page, bool ok), void *ctx, uint64_t *pages, struct keep_err *err);

#endif
