/* A VFS shim over stock SQLite's "unix". It is sound inside a narrow envelope,
 * and refuses everything outside of it:
 *
 * - It opens one database file and that file's rollback journal. Temporary
 *   files, sub- and super-journals, write-ahead logs and any other path end
 *   with SQLITE_CANTOPEN; version 1 io methods have no shared memory and no
 *   memory map.
 * - Pages are written whole and sealed into a scratch page, never in place:
 *   what SQLite hands over is its live cache. They are opened in the caller's
 *   buffer.
 * - A short read with bytes in it is an error, one without is the end of the
 *   file. Zeros are never a page; a gap that SQLite leaves when it extends the
 *   file is filled with sealed zero pages.
 * - The hundred bytes that SQLite looks at before it locks anything are
 *   answered with the geometry alone: page 1 may be torn then, and the journal
 *   that mends it has not been seen yet.
 * - Errors of the lower VFS go up before any byte is looked at. A seal that
 *   does not hold is SQLITE_IOERR_DATA.
 * - Device flags, file controls and pragmas are allowed by name: what a later
 *   SQLite adds is refused until someone has thought about it. */
#include "core/store/vfs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/crypto/kdf.h"
#include "core/crypto/secret.h"
#include "core/store/fault.h"
#include "core/store/vfs_inside.h"

static struct keep_vfs_handle *handle_of(sqlite3_file *f)
{
    return (struct keep_vfs_handle *)f;
}

static struct keep_vfs *vfs_of(sqlite3_vfs *v)
{
    return v->pAppData;
}

size_t keep_vfs_ad(const struct keep_vfs *v, bool journal, uint32_t page, uint8_t ad[KEEP_VFS_AD_MAX])
{
    static const char label[] = KEEP_VFS_AD_LABEL;
    size_t n = sizeof label - 1;

    memcpy(ad, label, n);
    ad[n++] = (uint8_t)v->file;
    ad[n++] = journal ? 2 : 1;
    memcpy(ad + n, v->store, sizeof v->store);
    n += sizeof v->store;
    for (int i = 0; i < 4; i++)
        ad[n++] = (uint8_t)(page >> (8 * i));
    if (journal) {
        memcpy(ad + n, v->head, sizeof v->head);
        n += sizeof v->head;
    }
    return n;
}

void keep_vfs_seal(const struct keep_vfs *v, bool journal, uint32_t page, const uint8_t *in, uint8_t *out)
{
    uint8_t ad[KEEP_VFS_AD_MAX];
    size_t n = keep_vfs_ad(v, journal, page, ad);

    keep_aead_seal_detached(out, out + KEEP_VFS_BODY, out + KEEP_VFS_BODY + KEEP_AEAD_NONCE, in, KEEP_VFS_BODY, ad, n,
                            journal ? v->keys->journal : v->keys->page);
}

bool keep_vfs_unseal(struct keep_vfs *v, bool journal, uint32_t page, uint8_t *p)
{
    uint8_t ad[KEEP_VFS_AD_MAX];
    size_t n = keep_vfs_ad(v, journal, page, ad);
    int rc = keep_aead_open_detached(p, p + KEEP_VFS_BODY, p + KEEP_VFS_BODY + KEEP_AEAD_NONCE, p, KEEP_VFS_BODY, ad, n,
                                     journal ? v->keys->journal : v->keys->page);

    memset(p + KEEP_VFS_BODY, 0, KEEP_VFS_RESERVE);
    if (rc != 0)
        v->bad = page;
    return rc == 0;
}

/* --- the main file --- */

/* One whole page into p. */
static int read_page(struct keep_vfs_handle *h, uint8_t *p, sqlite3_int64 off)
{
    sqlite3_int64 size = 0;
    int rc = h->lower->pMethods->xRead(h->lower, p, KEEP_VFS_PAGE, off);

    if (rc == SQLITE_IOERR_SHORT_READ) {
        memset(p, 0, KEEP_VFS_PAGE);
        rc = h->lower->pMethods->xFileSize(h->lower, &size);
        if (rc != SQLITE_OK)
            return rc;
        if (size <= off)
            return SQLITE_IOERR_SHORT_READ;
        h->v->bad = (uint64_t)(off / KEEP_VFS_PAGE) + 1;
        return SQLITE_IOERR_DATA;
    }
    if (rc != SQLITE_OK)
        return rc;
    return keep_vfs_unseal(h->v, false, (uint32_t)(off / KEEP_VFS_PAGE) + 1, p) ? SQLITE_OK : SQLITE_IOERR_DATA;
}

/* The first hundred bytes of a database of ours, as far as SQLite needs them before it has a lock:
 * 16 page size, 18 rollback journal, 20 reserved bytes, 21 fractions of the format, 44 schema format, 56 UTF-8. */
static int read_geometry(struct keep_vfs_handle *h, uint8_t *p, int n)
{
    static const uint8_t lead[24] = {'S', 'Q', 'L', 'i', 't', 'e', ' ', 'f', 'o', 'r', 'm', 'a', 't', ' ', '3', 0,
                                     KEEP_VFS_PAGE >> 8, KEEP_VFS_PAGE & 255, 1, 1, KEEP_VFS_RESERVE, 64, 32, 32};
    sqlite3_int64 size = 0;
    int rc = h->lower->pMethods->xFileSize(h->lower, &size);

    memset(p, 0, (size_t)n);
    if (rc != SQLITE_OK)
        return rc;
    if (size == 0)
        return SQLITE_IOERR_SHORT_READ;
    memcpy(p, lead, sizeof lead);
    p[47] = 4;
    p[59] = 1;
    return SQLITE_OK;
}

static int main_read(sqlite3_file *f, void *p, int n, sqlite3_int64 off)
{
    struct keep_vfs_handle *h = handle_of(f);
    sqlite3_int64 in = off % KEEP_VFS_PAGE;
    int rc = keep_fault_hit(KEEP_FAULT_READ, h->v->path);

    if (rc != SQLITE_OK) {
        memset(p, 0xA5, (size_t)n); /* an error must be seen before the bytes are */
        return rc;
    }
    if (n == KEEP_VFS_PAGE && in == 0)
        return read_page(h, p, off);
    if (n == 100 && off == 0)
        return read_geometry(h, p, n);
    if (n <= 0 || in + n > KEEP_VFS_PAGE)
        return SQLITE_IOERR_READ;
    rc = read_page(h, h->v->scratch, off - in);
    if (rc == SQLITE_OK || rc == SQLITE_IOERR_SHORT_READ)
        memcpy(p, h->v->scratch + in, (size_t)n);
    keep_secret_wipe(h->v->scratch, KEEP_VFS_PAGE);
    return rc;
}

static int write_page(struct keep_vfs_handle *h, const uint8_t *p, sqlite3_int64 off)
{
    int rc = keep_fault_hit(KEEP_FAULT_WRITE, h->v->path);

    if (rc != SQLITE_OK)
        return rc;
    h->v->wrote = true;
    keep_vfs_seal(h->v, false, (uint32_t)(off / KEEP_VFS_PAGE) + 1, p, h->v->scratch);
    rc = h->lower->pMethods->xWrite(h->lower, h->v->scratch, KEEP_VFS_PAGE, off);
    if (rc == SQLITE_OK && h->size < off + KEEP_VFS_PAGE)
        h->size = off + KEEP_VFS_PAGE;
    return rc;
}

/* SQLite does not write pages that it freed in the same transaction: what lies between the end and off is sealed as zeros. */
static int fill_gap(struct keep_vfs_handle *h, sqlite3_int64 off)
{
    static const uint8_t zero[KEEP_VFS_PAGE];
    sqlite3_int64 size = 0;
    int rc = h->lower->pMethods->xFileSize(h->lower, &size);

    if (rc != SQLITE_OK)
        return rc;
    size -= size % KEEP_VFS_PAGE;
    for (; rc == SQLITE_OK && size < off; size += KEEP_VFS_PAGE)
        if (size / KEEP_VFS_PAGE + 1 != KEEP_VFS_LOCK_PAGE)
            rc = write_page(h, zero, size);
    h->size = size;
    return rc;
}

static int main_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 off)
{
    struct keep_vfs_handle *h = handle_of(f);
    const uint8_t *page = p;
    int rc = SQLITE_OK;

    if (n != KEEP_VFS_PAGE || off % KEEP_VFS_PAGE != 0 || off / KEEP_VFS_PAGE >= UINT32_MAX - 1)
        return SQLITE_IOERR_WRITE;
    if (off == 0 && (page[20] != KEEP_VFS_RESERVE || page[16] != KEEP_VFS_PAGE >> 8 || page[17] != (KEEP_VFS_PAGE & 255)))
        return SQLITE_IOERR_WRITE; /* the seal would overwrite data */
    if (off > h->size)
        rc = fill_gap(h, off);
    return rc == SQLITE_OK ? write_page(h, page, off) : rc;
}

static int main_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    struct keep_vfs_handle *h = handle_of(f);
    int rc = keep_fault_hit(KEEP_FAULT_TRUNCATE, h->v->path);

    if (rc != SQLITE_OK)
        return rc;
    if (size % KEEP_VFS_PAGE != 0)
        return SQLITE_IOERR_TRUNCATE;
    h->size = 0;
    return h->lower->pMethods->xTruncate(h->lower, size);
}

static int main_sync(sqlite3_file *f, int flags)
{
    struct keep_vfs_handle *h = handle_of(f);
    int rc = keep_fault_hit(KEEP_FAULT_SYNC, h->v->path);

    return rc != SQLITE_OK ? rc : h->lower->pMethods->xSync(h->lower, flags);
}

static int main_lock(sqlite3_file *f, int level)
{
    struct keep_vfs_handle *h = handle_of(f);

    if (level >= SQLITE_LOCK_RESERVED)
        h->size = 0; /* another process may have truncated it since */
    return h->lower->pMethods->xLock(h->lower, level);
}

/* --- what both files share --- */

static int any_close(sqlite3_file *f)
{
    struct keep_vfs_handle *h = handle_of(f);
    int rc = SQLITE_OK;

    if (h->v->open == h)
        h->v->open = NULL;
    if (h->lower->pMethods)
        rc = h->lower->pMethods->xClose(h->lower);
    h->lower->pMethods = NULL;
    return rc;
}

static int any_size(sqlite3_file *f, sqlite3_int64 *size)
{
    struct keep_vfs_handle *h = handle_of(f);

    return h->lower->pMethods->xFileSize(h->lower, size);
}

static int any_unlock(sqlite3_file *f, int level)
{
    struct keep_vfs_handle *h = handle_of(f);

    return h->lower->pMethods->xUnlock(h->lower, level);
}

static int any_reserved(sqlite3_file *f, int *out)
{
    struct keep_vfs_handle *h = handle_of(f);

    return h->lower->pMethods->xCheckReservedLock(h->lower, out);
}

/* Pragmas that may run, with the one value they may be given (NULL: any). */
static const struct pragma {
    const char *name, *value;
} pragmas[] = {
    {"journal_mode", "truncate"}, {"synchronous", "extra"}, {"temp_store", "memory"}, {"page_size", "4096"}, {"secure_delete", "on"},
    {"cell_size_check", "on"},    {"cache_size", NULL},     {"query_only", "on"},     {"foreign_keys", "on"}, {"quick_check", NULL},
    {"integrity_check", NULL},    {"table_info", NULL},     {"freelist_count", ""},   {"page_count", ""},    {"data_version", ""},
    {"user_version", NULL},
};

static int pragma_control(char **arg)
{
    for (size_t i = 0; i < sizeof pragmas / sizeof *pragmas; i++) {
        const struct pragma *p = &pragmas[i];
        if (sqlite3_stricmp(arg[1], p->name) == 0 && (!arg[2] || !p->value || sqlite3_stricmp(arg[2], p->value) == 0))
            return SQLITE_NOTFOUND; /* SQLite goes on with it */
    }
    arg[0] = sqlite3_mprintf("pragma %s is not allowed here", arg[1]);
    return SQLITE_ERROR;
}

static int main_control(sqlite3_file *f, int op, void *arg)
{
    struct keep_vfs_handle *h = handle_of(f);

    switch (op) {
    case SQLITE_FCNTL_PRAGMA:
        return pragma_control(arg);
    case SQLITE_FCNTL_SIZE_HINT: /* both would lay out raw zeros */
    case SQLITE_FCNTL_CHUNK_SIZE:
        return SQLITE_OK;
    case SQLITE_FCNTL_LOCKSTATE:
    case SQLITE_FCNTL_LAST_ERRNO:
    case SQLITE_FCNTL_HAS_MOVED:
    case SQLITE_FCNTL_SYNC:
        return h->lower->pMethods->xFileControl(h->lower, op, arg);
    default:
        return SQLITE_NOTFOUND;
    }
}

static int journal_control(sqlite3_file *f, int op, void *arg)
{
    (void)f;
    (void)arg;
    return op == SQLITE_FCNTL_SIZE_HINT || op == SQLITE_FCNTL_CHUNK_SIZE ? SQLITE_OK : SQLITE_NOTFOUND;
}

static int any_sector(sqlite3_file *f)
{
    (void)f;
    return KEEP_VFS_SECTOR;
}

static int any_device(sqlite3_file *f)
{
    struct keep_vfs_handle *h = handle_of(f);

    return h->lower->pMethods->xDeviceCharacteristics(h->lower) &
           (SQLITE_IOCAP_POWERSAFE_OVERWRITE | SQLITE_IOCAP_UNDELETABLE_WHEN_OPEN | SQLITE_IOCAP_IMMUTABLE);
}

static int journal_read(sqlite3_file *f, void *p, int n, sqlite3_int64 off)
{
    return keep_journal_read(handle_of(f), p, n, off);
}

static int journal_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 off)
{
    return keep_journal_write(handle_of(f), p, n, off);
}

static int journal_sync(sqlite3_file *f, int flags)
{
    return keep_journal_sync(handle_of(f), flags);
}

static int journal_truncate(sqlite3_file *f, sqlite3_int64 size)
{
    return keep_journal_truncate(handle_of(f), size);
}

static int journal_lock(sqlite3_file *f, int level)
{
    struct keep_vfs_handle *h = handle_of(f);

    return h->lower->pMethods->xLock(h->lower, level);
}

static const sqlite3_io_methods main_methods = {
    .iVersion = 1, .xClose = any_close, .xRead = main_read, .xWrite = main_write, .xTruncate = main_truncate, .xSync = main_sync,
    .xFileSize = any_size, .xLock = main_lock, .xUnlock = any_unlock, .xCheckReservedLock = any_reserved, .xFileControl = main_control,
    .xSectorSize = any_sector, .xDeviceCharacteristics = any_device,
};

static const sqlite3_io_methods journal_methods = {
    .iVersion = 1, .xClose = any_close, .xRead = journal_read, .xWrite = journal_write, .xTruncate = journal_truncate, .xSync = journal_sync,
    .xFileSize = any_size, .xLock = journal_lock, .xUnlock = any_unlock, .xCheckReservedLock = any_reserved, .xFileControl = journal_control,
    .xSectorSize = any_sector, .xDeviceCharacteristics = any_device,
};

/* --- the file system --- */

static int fs_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags, int *out)
{
    const int mode = SQLITE_OPEN_READONLY | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOFOLLOW;
    struct keep_vfs *v = vfs_of(vfs);
    struct keep_vfs_handle *h = handle_of(f);
    int kind = flags & ~mode;
    bool main_db = kind == SQLITE_OPEN_MAIN_DB && name && strcmp(name, v->path) == 0;
    bool journal = kind == SQLITE_OPEN_MAIN_JOURNAL && name && strcmp(name, v->journal) == 0;

    f->pMethods = NULL;
    if (!main_db && !journal)
        return SQLITE_CANTOPEN;
    memset(h, 0, sizeof *h);
    h->v = v;
    h->lower = (sqlite3_file *)(h + 1);
    keep_journal_start(h);
    int rc = v->lower->xOpen(v->lower, name, h->lower, flags, out);
    if (rc == SQLITE_OK)
        f->pMethods = main_db ? &main_methods : &journal_methods;
    if (rc == SQLITE_OK && main_db)
        v->open = h;
    return rc;
}

static int fs_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    struct keep_vfs *v = vfs_of(vfs);
    int rc = strcmp(name, v->journal) == 0 ? keep_fault_hit(KEEP_FAULT_TRUNCATE, name) : SQLITE_IOERR_DELETE;

    if (rc == SQLITE_OK)
        rc = keep_journal_leave(v);
    return rc == SQLITE_OK ? v->lower->xDelete(v->lower, name, sync) : rc;
}

static int fs_access(sqlite3_vfs *vfs, const char *name, int flags, int *out)
{
    struct keep_vfs *v = vfs_of(vfs);

    *out = 0;
    if (strcmp(name, v->journal) != 0 && strcmp(name, v->path) != 0)
        return SQLITE_OK; /* a write-ahead log that somebody planted is not there */
    return v->lower->xAccess(v->lower, name, flags, out);
}

static int fs_full_path(sqlite3_vfs *vfs, const char *name, int n, char *out)
{
    struct keep_vfs *v = vfs_of(vfs);

    return v->lower->xFullPathname(v->lower, name, n, out);
}

static void *fs_dl_open(sqlite3_vfs *vfs, const char *name)
{
    (void)vfs;
    (void)name;
    return NULL;
}

static void fs_dl_error(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    sqlite3_snprintf(n, out, "extensions are not loaded");
}

static void (*fs_dl_sym(sqlite3_vfs *vfs, void *p, const char *name))(void)
{
    (void)vfs;
    (void)p;
    (void)name;
    return NULL;
}

static void fs_dl_close(sqlite3_vfs *vfs, void *p)
{
    (void)vfs;
    (void)p;
}

static int fs_random(sqlite3_vfs *vfs, int n, char *out)
{
    (void)vfs;
    keep_secret_random(out, (size_t)n);
    return n;
}

static int fs_sleep(sqlite3_vfs *vfs, int usec)
{
    struct keep_vfs *v = vfs_of(vfs);

    return v->lower->xSleep(v->lower, usec);
}

static int fs_time(sqlite3_vfs *vfs, double *out)
{
    struct keep_vfs *v = vfs_of(vfs);

    return v->lower->xCurrentTime(v->lower, out);
}

static int fs_last_error(sqlite3_vfs *vfs, int n, char *out)
{
    struct keep_vfs *v = vfs_of(vfs);

    return v->lower->xGetLastError(v->lower, n, out);
}

int keep_vfs_new(struct keep_vfs **out, const char *path, enum keep_vfs_file file, const uint8_t store[16], const uint8_t key[32], struct keep_err *err)
{
    struct keep_vfs *v = calloc(1, sizeof *v);
    size_t n = strlen(path);
    int rc;

    if (!v)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    v->path = malloc(n + 1);
    v->journal = malloc(n + sizeof "-journal");
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0); /* counting allocations takes a lock at each; refused, and unneeded, once SQLite runs */
    v->lower = sqlite3_vfs_find("unix");
    if (!v->path || !v->journal || !v->lower) {
        keep_vfs_free(v);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    memcpy(v->path, path, n + 1);
    snprintf(v->journal, n + sizeof "-journal", "%s-journal", path);
    rc = keep_secret_new((void **)&v->keys, sizeof *v->keys, err);
    if (rc != 0) {
        keep_vfs_free(v);
        return rc;
    }
    keep_kdf_subkey(v->keys->page, key, "chartkeep file page", store, 16);
    keep_kdf_subkey(v->keys->journal, key, "chartkeep journal page", store, 16);
    keep_kdf_subkey(v->keys->mask, key, "chartkeep journal mask", store, 16);
    keep_kdf_subkey(v->keys->header, key, "chartkeep journal header", store, 16);
    v->file = file;
    memcpy(v->store, store, sizeof v->store);
    snprintf(v->name, sizeof v->name, "keep-%p", (void *)v);
    v->vfs = (sqlite3_vfs){
        .iVersion = 1, .szOsFile = (int)sizeof(struct keep_vfs_handle) + v->lower->szOsFile, .mxPathname = v->lower->mxPathname,
        .zName = v->name, .pAppData = v, .xOpen = fs_open, .xDelete = fs_delete, .xAccess = fs_access, .xFullPathname = fs_full_path,
        .xDlOpen = fs_dl_open, .xDlError = fs_dl_error, .xDlSym = fs_dl_sym, .xDlClose = fs_dl_close, .xRandomness = fs_random,
        .xSleep = fs_sleep, .xCurrentTime = fs_time, .xGetLastError = fs_last_error,
    };
    if (sqlite3_vfs_register(&v->vfs, 0) != SQLITE_OK) {
        keep_vfs_free(v);
        return keep_err_set(err, KEEP_E_NOMEM, "cannot register a vfs");
    }
    *out = v;
    return 0;
}

void keep_vfs_free(struct keep_vfs *v)
{
    if (!v)
        return;
    if (v->vfs.zName)
        sqlite3_vfs_unregister(&v->vfs);
    keep_secret_free(v->keys);
    keep_secret_wipe(v->scratch, sizeof v->scratch);
    free(v->path);
    free(v->journal);
    free(v);
}

void keep_vfs_head(struct keep_vfs *v, const uint8_t digest[32])
{
    memcpy(v->head, digest, sizeof v->head);
}
