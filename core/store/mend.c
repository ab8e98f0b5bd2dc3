/* Unused pages after a rollback.
 *
 * SQLite does not journal a page that was on the free list when it takes it
 * into use: what stood there does not matter to it. It does to us: a power cut
 * may leave such a page half written, the rollback returns it to the free list
 * as it is, and its broken seal would look like damage for ever. So before a
 * journal that was played back is cut, while the lock is still exclusive, each
 * unused page whose seal does not hold is sealed as zeros. Should the power
 * fail meanwhile, the journal is still there and all of it happens again.
 *
 * The free list (SQLite file format, 1.5): page 1 holds the first trunk at 32;
 * a trunk holds the next trunk, a count, and that many numbers of unused pages. */
#include <stdlib.h>
#include <string.h>

#include "core/crypto/secret.h"
#include "core/store/fault.h"
#include "core/store/vfs_inside.h"

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/* SQLITE_OK and *ok, or an error of the disk. */
static int load(struct keep_vfs_handle *h, uint32_t page, uint8_t *p, bool *ok)
{
    uint64_t bad = h->v->bad;
    int rc = h->lower->pMethods->xRead(h->lower, p, KEEP_VFS_PAGE, (sqlite3_int64)(page - 1) * KEEP_VFS_PAGE);

    if (rc == SQLITE_OK)
        *ok = keep_vfs_unseal(h->v, false, page, p);
    else if (rc == SQLITE_IOERR_SHORT_READ) {
        *ok = false;
        rc = SQLITE_OK;
    }
    h->v->bad = bad; /* not a finding */
    return rc;
}

static int blank(struct keep_vfs_handle *h, uint32_t page)
{
    static const uint8_t zero[KEEP_VFS_PAGE];
    int rc = keep_fault_hit(KEEP_FAULT_WRITE, h->v->path);

    if (rc != SQLITE_OK)
        return rc;
    keep_vfs_seal(h->v, false, page, zero, h->v->scratch);
    return h->lower->pMethods->xWrite(h->lower, h->v->scratch, KEEP_VFS_PAGE, (sqlite3_int64)(page - 1) * KEEP_VFS_PAGE);
}

static int mend_trunk(struct keep_vfs_handle *h, const uint8_t *trunk, uint32_t pages, bool *wrote)
{
    uint32_t n = get32(trunk + 4);
    int rc = SQLITE_OK;

    for (uint32_t i = 0; rc == SQLITE_OK && i < n && 8 + 4 * i + 4 <= KEEP_VFS_BODY; i++) {
        uint32_t page = get32(trunk + 8 + 4 * i);
        bool ok = true;
        if (page < 2 || page > pages || page == KEEP_VFS_LOCK_PAGE)
            break; /* not a free list; integrity_check will say so */
        rc = load(h, page, h->v->scratch, &ok);
        if (rc == SQLITE_OK && !ok) {
            rc = blank(h, page);
            *wrote = true;
        }
    }
    return rc;
}

int keep_mend_unused(struct keep_vfs_handle *h)
{
    uint8_t *p = malloc(KEEP_VFS_PAGE);
    sqlite3_int64 size = 0;
    uint32_t pages, next = 1, at = 32;
    bool ok = true, wrote = false;
    int rc = p ? h->lower->pMethods->xFileSize(h->lower, &size) : SQLITE_IOERR_NOMEM;

    pages = (uint32_t)(size / KEEP_VFS_PAGE);
    if (rc == SQLITE_OK && pages > 0)
        rc = load(h, 1, p, &ok);
    /* No trunk twice: there are fewer than pages. */
    for (uint32_t n = 0; rc == SQLITE_OK && pages > 0 && ok && n < pages; n++, at = 0) {
        next = get32(p + at);
        if (next < 2 || next > pages)
            break;
        rc = load(h, next, p, &ok);
        if (rc == SQLITE_OK && ok)
            rc = mend_trunk(h, p, pages, &wrote);
    }
    if (rc == SQLITE_OK && wrote)
        rc = h->lower->pMethods->xSync(h->lower, SQLITE_SYNC_NORMAL);
    keep_secret_wipe(h->v->scratch, KEEP_VFS_PAGE);
    if (p)
        keep_secret_wipe(p, KEEP_VFS_PAGE);
    free(p);
    return rc;
}
