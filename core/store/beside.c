/* Both connections read one snapshot, since no writer can commit while one of them
 * holds its lock. The second gets that lock even when a writer already waits for
 * readers to leave: of one process SQLite counts them, and asks the system once. */
#include "core/store/beside.h"

#include "core/store/state.h"

#define CACHE "PRAGMA cache_size=-1024" /* it walks along tables: what it has passed it does not want again */

static int set(sqlite3 *db, const char *pragma, struct keep_err *err)
{
    int rc = sqlite3_exec(db, pragma, NULL, NULL, NULL);

    return rc == SQLITE_OK ? 0 : keep_store_sql(db, rc, "opening", err);
}

int keep_beside_open(struct keep_beside *b, struct keep_store *s, struct keep_err *err)
{
    *b = (struct keep_beside){NULL, NULL, NULL};
    if (s->write && (s->txn.open || !sqlite3_get_autocommit(s->db)))
        return 1;
    int rc = keep_swap_vfs(s, KEEP_KEYJSON_RECORDS, &b->vfs, err);
    if (rc == 0) {
        keep_vfs_head(b->vfs, s->head.digest);
        rc = keep_vfs_connect(b->vfs, &b->db, err);
    }
    if (rc == 0)
        rc = set(b->db, "PRAGMA query_only=ON", err);
    if (rc == 0)
        rc = set(b->db, CACHE, err);
    if (rc == 0) {
        int got = sqlite3_prepare_v2(b->db, "SELECT 1 FROM sqlite_schema", -1, &b->hold, NULL);
        if (got == SQLITE_OK)
            got = sqlite3_step(b->hold);
        rc = got == SQLITE_ROW ? keep_vfs_stamped(b->db, s->tree.n, err) : keep_store_sql(b->db, got, "starting to read", err);
    }
    if (rc < 0)
        keep_beside_close(b);
    return rc;
}

void keep_beside_release(struct keep_beside *b)
{
    sqlite3_finalize(b->hold);
    b->hold = NULL;
}

void keep_beside_close(struct keep_beside *b)
{
    keep_beside_release(b);
    sqlite3_close(b->db);
    keep_vfs_free(b->vfs);
    *b = (struct keep_beside){NULL, NULL, NULL};
}
