/* Blocks of keys, found by the last id that is not beyond an owner. Keys leave
 * memory that others will use wiped, as everywhere. */
#include "core/store/fresh.h"

#include <endian.h>
#include <string.h>

#include "core/crypto/secret.h"
#include "core/store/batch.h"
#include "core/store/rowio.h"
#include "core/store/state.h"

#define ENTRY (8 + KEEP_KEY_SIZE)
#define BLOCK 100 /* keys: as many as fill a page */

int keep_fresh_add(struct keep_store *s, const struct keep_fresh_key *k, struct keep_err *err)
{
    keep_buf_add(&s->batch[KEEP_BATCH_KEYS].rows, k, sizeof *k);
    return keep_batch_end(s, KEEP_BATCH_KEYS, err);
}

static int block_write(struct keep_store *s, const struct keep_fresh_key *key, size_t n, struct keep_err *err)
{
    uint8_t body[BLOCK * ENTRY];
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, s->ring, "INSERT INTO fresh(id, generation, body) VALUES(?1, ?2, ?3)", &st, err);

    if (rc < 0)
        return rc;
    for (size_t i = 0; i < n; i++) {
        uint64_t owner = htole64(key[i].owner);
        memcpy(body + i * ENTRY, &owner, sizeof owner);
        memcpy(body + i * ENTRY + 8, key[i].key, KEEP_KEY_SIZE);
    }
    sqlite3_bind_int64(st, 1, (int64_t)key[0].owner);
    sqlite3_bind_int64(st, 2, (int64_t)(s->generation + 1));
    sqlite3_bind_blob64(st, 3, body, n * ENTRY, SQLITE_STATIC);
    rc = keep_rowio_run(st, "writing the keyring", err);
    sqlite3_clear_bindings(st);
    keep_secret_wipe(body, sizeof body);
    return rc;
}

int keep_fresh_write(struct keep_store *s, const struct keep_fresh_key *key, size_t n, struct keep_err *err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < n; i += BLOCK)
        rc = block_write(s, key + i, n - i < BLOCK ? n - i : BLOCK, err);
    return rc;
}

static int damaged(struct keep_err *err)
{
    return keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "a block of keys is damaged");
}

/* The block that would hold an owner: 1 and the statement is left on it, 0 none. Columns: id, generation, body. */
static int block_at(struct keep_store *s, uint64_t owner, sqlite3_stmt **st, struct keep_str *body, struct keep_err *err)
{
    int rc = keep_store_prepare(s, s->ring, "SELECT id, generation, body FROM fresh WHERE id <= ?1 ORDER BY id DESC LIMIT 1", st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(*st, 1, (int64_t)owner);
    if ((rc = keep_rowio_next(*st, "reading the keyring", err)) <= 0)
        return rc;
    *body = keep_rowio_blob_at(*st, 2);
    if (body->n > 0 && body->n % ENTRY == 0)
        return 1;
    sqlite3_reset(*st);
    return damaged(err);
}

static uint64_t owner_at(struct keep_str body, size_t i)
{
    return keep_buf_u64_at(body.p + i * ENTRY);
}

static struct keep_fresh_key key_at(struct keep_str body, size_t i)
{
    struct keep_fresh_key k = {.owner = owner_at(body, i)};

    memcpy(k.key, body.p + i * ENTRY + 8, KEEP_KEY_SIZE);
    return k;
}

/* The block that has an owner's key: 1, its place there, and the statement is left on it; 0 none. */
static int find(struct keep_store *s, uint64_t owner, sqlite3_stmt **st, struct keep_str *body, size_t *at, struct keep_err *err)
{
    int rc = block_at(s, owner, st, body, err);

    if (rc <= 0)
        return rc;
    size_t low = 0, high = body->n / ENTRY;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (owner_at(*body, mid) < owner)
            low = mid + 1;
        else
            high = mid;
    }
    *at = low;
    if (low < body->n / ENTRY && owner_at(*body, low) == owner)
        return 1;
    sqlite3_reset(*st);
    return 0;
}

int keep_fresh_get(struct keep_store *s, uint64_t owner, struct keep_fresh_key *k, uint64_t *generation, struct keep_err *err)
{
    struct keep_str body;
    sqlite3_stmt *st;
    size_t at;
    int rc = find(s, owner, &st, &body, &at, err);

    if (rc <= 0)
        return rc;
    *k = key_at(body, at);
    *generation = (uint64_t)sqlite3_column_int64(st, 1);
    sqlite3_reset(st);
    return 1;
}

int keep_fresh_top(struct keep_store *s, uint64_t *owner, struct keep_err *err)
{
    struct keep_str body;
    sqlite3_stmt *st;
    int rc = block_at(s, INT64_MAX, &st, &body, err);

    if (rc < 0)
        return rc;
    *owner = 0;
    if (rc == 1) {
        *owner = owner_at(body, body.n / ENTRY - 1);
        sqlite3_reset(st);
    }
    return 0;
}

static const char put[] = "INSERT INTO ring(kind, owner, key, generation) VALUES(1, ?1, ?2, ?3)";
_Static_assert(KEEP_RING_RECORD == 1, "the number stands in the statement above");

static int row_put(sqlite3_stmt *st, const struct keep_fresh_key *k, uint64_t generation, struct keep_err *err)
{
    sqlite3_bind_int64(st, 1, (int64_t)k->owner);
    sqlite3_bind_blob(st, 2, k->key, KEEP_KEY_SIZE, SQLITE_STATIC);
    sqlite3_bind_int64(st, 3, (int64_t)generation);
    int rc = keep_rowio_run(st, "writing the keyring", err);
    sqlite3_clear_bindings(st);
    return rc;
}

int keep_fresh_unpack(struct keep_store *s, uint64_t owner, struct keep_err *err)
{
    struct keep_buf keys = KEEP_BUF_INIT;
    struct keep_str body;
    sqlite3_stmt *st;
    size_t at;
    int rc = find(s, owner, &st, &body, &at, err);

    if (rc <= 0)
        return rc;
    int64_t id = sqlite3_column_int64(st, 0);
    uint64_t generation = (uint64_t)sqlite3_column_int64(st, 1);
    keep_buf_add(&keys, body.p, body.n);
    sqlite3_reset(st);
    rc = keys.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    if (rc == 0 && (rc = keep_store_prepare(s, s->ring, "DELETE FROM fresh WHERE id = ?1", &st, err)) == 0) {
        sqlite3_bind_int64(st, 1, id);
        rc = keep_rowio_run(st, "writing the keyring", err);
    }
    if (rc == 0)
        rc = keep_store_prepare(s, s->ring, put, &st, err);
    for (size_t i = 0; rc == 0 && i < keys.n / ENTRY; i++) {
        struct keep_fresh_key k = key_at(keep_buf_view(&keys), i);
        rc = row_put(st, &k, generation, err);
        keep_secret_wipe(&k, sizeof k);
    }
    keep_buf_free(&keys);
    return rc;
}

int keep_fresh_walk(struct keep_store *s, int (*each)(void *ctx, const struct keep_fresh_key *k, uint64_t generation, struct keep_err *err), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    int rc = sqlite3_prepare_v2(s->ring, "SELECT generation, body FROM fresh ORDER BY id", -1, &st, NULL);

    if (rc != SQLITE_OK)
        return keep_store_sql(s->ring, rc, "reading the keyring", err);
    while ((rc = keep_rowio_next(st, "reading the keyring", err)) == 1) {
        struct keep_str body = keep_rowio_blob_at(st, 1);
        rc = body.n % ENTRY == 0 ? 0 : damaged(err);
        for (size_t i = 0; rc == 0 && i < body.n / ENTRY; i++) {
            struct keep_fresh_key k = key_at(body, i);
            rc = each(ctx, &k, (uint64_t)sqlite3_column_int64(st, 0), err);
            keep_secret_wipe(&k, sizeof k);
        }
        if (rc != 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}

struct copying {
    struct keep_store *s;
    sqlite3_stmt *put;
    uint64_t *copied, *dropped;
};

static int copy_one(void *ctx, const struct keep_fresh_key *k, uint64_t generation, struct keep_err *err)
{
    struct copying *c = ctx;
    int rc = keep_erase_live(c->s, KEEP_RING_RECORD, k->owner, err);

    if (rc < 0)
        return rc;
    ++*(rc ? c->copied : c->dropped);
    return rc ? row_put(c->put, k, generation, err) : 0;
}

int keep_fresh_copy(struct keep_store *s, sqlite3 *to, uint64_t *copied, uint64_t *dropped, struct keep_err *err)
{
    struct copying c = {s, NULL, copied, dropped};
    int rc = sqlite3_prepare_v2(to, put, -1, &c.put, NULL);

    rc = rc == SQLITE_OK ? keep_fresh_walk(s, copy_one, &c, err) : keep_store_sql(to, rc, "copying the keyring", err);
    sqlite3_finalize(c.put);
    return rc;
}
