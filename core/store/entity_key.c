/* The identifiers on file, by their hashes.
 *
 * Of an entity's identifiers the first half of one hash stands in its own row and
 * those of others in entity_more, so that all of them are found and go when what
 * they named is erased. A worker's identifiers without their system, which logs
 * know people by, stand in a table of their own: workers are few. */
#include "core/store/entity.h"

#include "core/store/sorted.h"

int keep_entity_stored(struct keep_store *s, const uint8_t hash[KEEP_ENTITY_HASH], uint64_t *id, struct keep_err *err)
{
    uint32_t value;
    int rc = keep_sorted_get(s, KEEP_BATCH_ENTITY_KEY, keep_entity_half(hash), keep_entity_half(hash + 8), &value, err);

    if (rc <= 0)
        return rc < 0 ? rc : 1;
    *id = value;
    return 0;
}

int keep_entity_find(struct keep_store *s, const uint8_t hash[KEEP_ENTITY_HASH], uint64_t *id, struct keep_err *err)
{
    int rc = keep_batch_flush(s, KEEP_BATCH_ENTITY_KEY, err);

    return rc < 0 ? rc : keep_entity_stored(s, hash, id, err);
}

int keep_entity_bare_put(struct keep_store *s, uint64_t entity, int64_t bare, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "INSERT OR IGNORE INTO entity_bare(entity, bare) VALUES(?1, ?2)", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)entity);
    sqlite3_bind_int64(st, 2, bare);
    return keep_rowio_run(st, "writing an identifier", err);
}

/* The half that the entity's row has, 0: none. */
static int own_key(struct keep_store *s, uint64_t entity, uint64_t *first, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT key FROM entity WHERE id = ?1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)entity);
    rc = keep_rowio_next(st, "reading an identifier", err);
    *first = rc == 1 ? (uint64_t)sqlite3_column_int64(st, 0) : 0;
    sqlite3_reset(st);
    return rc < 0 ? rc : 0;
}

/* Entries of an entity's identifiers that begin so, appended to out; which mostly is one. */
static int begin_so(struct keep_store *s, uint64_t entity, uint64_t first, struct keep_buf *out, struct keep_err *err)
{
    size_t had = keep_sorted_found(out), n = had;
    int rc = keep_sorted_find(s, KEEP_BATCH_ENTITY_KEY, first, out, err);
    struct keep_sorted_entry *e = (struct keep_sorted_entry *)out->p;

    for (size_t i = had; rc == 0 && i < keep_sorted_found(out); i++)
        if (e[i].value == entity)
            e[n++] = e[i];
    out->n = n * sizeof *e;
    return rc;
}

/* All of an entity's, the one of its own row first, and how they are named in entity_more. */
static int all_of(struct keep_store *s, uint64_t entity, struct keep_buf *keys, struct keep_buf *more, struct keep_err *err)
{
    uint64_t first;
    int rc;

    if ((rc = keep_batch_flush_all(s, err)) < 0 || (rc = own_key(s, entity, &first, err)) < 0 || (first && (rc = begin_so(s, entity, first, keys, err)) < 0) ||
        (rc = keep_sorted_find(s, KEEP_BATCH_ENTITY_MORE, entity, more, err)) < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < keep_sorted_found(more); i++)
        rc = begin_so(s, entity, ((struct keep_sorted_entry *)more->p)[i].rest, keys, err);
    return rc;
}

int keep_entity_key_of(struct keep_store *s, uint64_t entity, uint8_t hash[KEEP_ENTITY_HASH], struct keep_err *err)
{
    struct keep_buf keys = KEEP_BUF_INIT, more = KEEP_BUF_INIT;
    int rc = all_of(s, entity, &keys, &more, err);

    if (rc == 0 && keep_sorted_found(&keys) > 0)
        keep_entity_unhalve(hash, ((struct keep_sorted_entry *)keys.p)->lead, ((struct keep_sorted_entry *)keys.p)->rest);
    else if (rc == 0)
        rc = 1;
    keep_buf_free(&keys);
    keep_buf_free(&more);
    return rc;
}

static int run(struct keep_store *s, const char *sql, uint64_t entity, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)entity);
    return keep_rowio_run(st, "erasing identifiers", err);
}

int keep_entity_forget(struct keep_store *s, uint64_t entity, struct keep_err *err)
{
    struct keep_buf keys = KEEP_BUF_INIT, more = KEEP_BUF_INIT;
    int rc = all_of(s, entity, &keys, &more, err);

    for (size_t i = 0; rc >= 0 && i < keep_sorted_found(&keys); i++)
        rc = keep_sorted_remove(s, KEEP_BATCH_ENTITY_KEY, ((struct keep_sorted_entry *)keys.p)[i].lead, ((struct keep_sorted_entry *)keys.p)[i].rest, err);
    for (size_t i = 0; rc >= 0 && i < keep_sorted_found(&more); i++)
        rc = keep_sorted_remove(s, KEEP_BATCH_ENTITY_MORE, entity, ((struct keep_sorted_entry *)more.p)[i].rest, err);
    keep_buf_free(&keys);
    keep_buf_free(&more);
    if (rc < 0 || (rc = run(s, "DELETE FROM entity_bare WHERE entity = ?1", entity, err)) < 0)
        return rc;
    return run(s, "UPDATE entity SET key = 0 WHERE id = ?1", entity, err);
}
