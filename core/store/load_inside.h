/* What the readers share. */
#ifndef CORE_STORE_LOAD_INSIDE_H
#define CORE_STORE_LOAD_INSIDE_H

#include "core/store/entity.h"
#include "core/store/load.h"

/* Entity -> index in the world, by kind: index[entity] for entities 0..n-1, KEEP_ID_NONE for none. */
struct keep_load_map {
    struct keep_entity_roots roots; /* root NULL: it is the world's */
    uint32_t *index;
};
/* The world's own map, unless entities have come since it was read. The world must outlive it. */
int keep_load_map_make(struct keep_load_map *m, struct keep_store *s, const struct keep_world *w, struct keep_err *err);
void keep_load_map_free(struct keep_load_map *m);
/* The index of an entity in the world's array of its kind. 0, what is out of range, and an entity of another kind give KEEP_ID_NONE. */
static inline uint32_t keep_load_map_at(const struct keep_load_map *m, enum keep_entity kind, int64_t entity)
{
    return entity > 0 && (uint64_t)entity < m->roots.n && m->roots.kind[entity] == kind ? m->index[entity] : KEEP_ID_NONE;
}
/* index[] from the world's arrays and the roots; for the maker of a world, which fills it as it goes. */
void keep_load_map_fill(struct keep_load_map *m, const struct keep_world *w);

/* Keeps both databases in one read snapshot: without it each statement takes its lock, and unseals page 1, anew. A
 * transaction may still begin and end meanwhile. */
struct keep_load_hold {
    sqlite3_stmt *records, *ring;
};
int keep_load_hold_open(struct keep_load_hold *h, struct keep_store *s, struct keep_err *err);
void keep_load_hold_close(struct keep_load_hold *h);

/* Ids of quarantined items of which acts of these kinds, in quotes, stand in the keep. */
#define KEEP_QUARANTINE_OF(kinds) "SELECT CAST(CAST(subject AS TEXT) AS INTEGER) FROM act WHERE kind IN (" kinds ")"
/* Read after all; or that and dismissed by an officer: it lies there no longer. */
#define KEEP_QUARANTINE_TAKEN KEEP_QUARANTINE_OF("'quarantine taken'")
#define KEEP_QUARANTINE_SETTLED KEEP_QUARANTINE_OF("'quarantine taken', '" KEEP_LOAD_DISMISSED "'")

/* The sealed part of a record's latest version, in plain until it is freed; outcomes as keep_load_payload, never 4. */
struct keep_detail_record;
int keep_load_sealed(struct keep_store *s, uint64_t record, struct keep_buf *plain, struct keep_detail_record *d, struct keep_err *err);

/* A statement of one's own, for walks that may stand open beside others; _on: of records.db through that connection, by its thread. */
int keep_load_prepare(struct keep_store *s, const char *sql, sqlite3_stmt **out, struct keep_err *err);
int keep_load_prepare_on(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct keep_err *err);

#endif
