/* Identifiers to entities: keyed hashes, placeholders, links, and the
 * dictionary of terms. Inside core/store only. */
#ifndef CORE_STORE_ENTITY_H
#define CORE_STORE_ENTITY_H

#include "core/crypto/hash.h"
#include "core/model/rows.h"
#include "core/store/seal.h"

#define KEEP_ENTITY_HASH KEEP_HASH_SHORT

/* scope: 0, or the source id for records, which are a source's own. */
void keep_entity_hash(const struct keep_seal_keys *k, uint32_t scope, const struct keep_key *key, uint8_t out[KEEP_ENTITY_HASH]);
/* The system of a key whose value is its hash already, as a record's own package tells it: by this very address, which nothing that is read can have. */
extern const char keep_entity_hashed[];
/* Half of a hash, big-endian: the first is the lead of its entry in entity_key, the second the rest. */
static inline uint64_t keep_entity_half(const uint8_t *p)
{
    uint64_t v = 0;

    for (int i = 0; i < 8; i++)
        v = v << 8 | p[i];
    return v;
}
/* A hash from its two halves. */
static inline void keep_entity_unhalve(uint8_t out[KEEP_ENTITY_HASH], uint64_t first, uint64_t second)
{
    for (int i = 0; i < 8; i++) {
        out[i] = (uint8_t)(first >> (56 - 8 * i));
        out[8 + i] = (uint8_t)(second >> (56 - 8 * i));
    }
}
/* A worker's identifier without its system; never 0. */
int64_t keep_entity_bare(const struct keep_seal_keys *k, struct keep_str value);

/* A writing session's maps, inside the session's transactions. */
struct keep_entity_map;
int keep_entity_open(struct keep_entity_map **out, struct keep_store *s, const struct keep_seal_keys *keys, struct keep_err *err);
void keep_entity_close(struct keep_entity_map *e); /* NULL allowed */

/* The entity of one key: 0 it was there, 1 made as a placeholder. *id = 0 when the key has no value. */
int keep_entity_of(struct keep_entity_map *e, const struct keep_key *key, uint64_t *id, struct keep_err *err);
/* That key will be asked for: what tells of it comes out of main memory meanwhile. */
void keep_entity_soon(const struct keep_entity_map *e, const struct keep_key *key);
/* The entity that n keys name: keys that are new are added to it; if they named several, those are linked and the
 * least id is given. What people parted from the first key's entity stays apart. The keys' hashes are appended to hashes. Keys without value are passed over; none left: *id = 0. */
int keep_entity_resolve(struct keep_entity_map *e, const struct keep_key *key, size_t n, uint64_t *id, struct keep_buf *hashes, struct keep_err *err);
/* Two entities are one: 0 linked, 1 they were, or were and people said that they are not: a source does not overrule that. */
int keep_entity_link(struct keep_entity_map *e, uint64_t a, uint64_t b, struct keep_err *err);
/* The record of a slot in a source: 0 made, 1 was there. */
int keep_entity_record(struct keep_entity_map *e, const uint8_t slot[KEEP_ENTITY_HASH], uint64_t *id, struct keep_err *err);
/* The id of a word of the dictionary, KEEP_ID_NONE for an empty one. */
int keep_entity_term(struct keep_entity_map *e, struct keep_str word, uint32_t *id, struct keep_err *err);

/* Links that hold, of the alias given it in a statement. */
#define KEEP_ENTITY_ENDED(l) "EXISTS (SELECT 1 FROM unlink u WHERE u.link = " l ".id)"
#define KEEP_ENTITY_LINKED(l) "NOT " KEEP_ENTITY_ENDED(l)

/* Reading: for each entity id 0..n-1 the least id it is linked with. Free root. */
struct keep_entity_roots {
    uint64_t *root;
    uint8_t *kind;
    size_t n;
};
int keep_entity_roots_load(struct keep_entity_roots *out, struct keep_store *s, struct keep_err *err);
/* The same over all links that ever were. */
int keep_entity_roots_ever(struct keep_entity_roots *out, struct keep_store *s, struct keep_err *err);
void keep_entity_roots_free(struct keep_entity_roots *r);

/* Begins a statement: entities that are one with ?1, as table one(e); two steps instead of one with OR, so that both indices of link serve. */
#define KEEP_ENTITY_SAME                                                                                              \
    "WITH RECURSIVE one(e) AS (SELECT ?1 UNION SELECT l.b FROM one JOIN link l ON l.a = one.e AND " KEEP_ENTITY_LINKED("l") \
    " UNION SELECT l.a FROM one JOIN link l ON l.b = one.e AND " KEEP_ENTITY_LINKED("l") ") "

/* Records and visits that people moved to another chart, ascending by entity; few. Free move. */
struct keep_entity_moves {
    struct keep_entity_move {
        uint64_t entity, was, patient;
    } *move;
    size_t n;
};
int keep_entity_moves_load(struct keep_entity_moves *out, struct keep_store *s, struct keep_err *err);
/* Whose a record or visit is of which its row says `patient`. */
uint64_t keep_entity_moves_of(const struct keep_entity_moves *m, uint64_t entity, uint64_t patient);
/* The same in a statement: row, its column that is the record or visit, and its column patient. */
#define KEEP_ENTITY_PATIENT_OF(entity, patient) \
    "coalesce((SELECT m.patient FROM moved m WHERE m.entity = " entity " AND m.was = " patient " ORDER BY m.id DESC LIMIT 1), " patient ")"

/* An identifier of an entity, always the same one: 0, or 1 when it has none. */
int keep_entity_key_of(struct keep_store *s, uint64_t entity, uint8_t hash[KEEP_ENTITY_HASH], struct keep_err *err);
/* An entity's identifiers go from the index. */
int keep_entity_forget(struct keep_store *s, uint64_t entity, struct keep_err *err);
/* Entity of a key: 0, or 1 when there is none. */
int keep_entity_find(struct keep_store *s, const uint8_t hash[KEEP_ENTITY_HASH], uint64_t *id, struct keep_err *err);
/* The same among those written already. */
int keep_entity_stored(struct keep_store *s, const uint8_t hash[KEEP_ENTITY_HASH], uint64_t *id, struct keep_err *err);
/* A worker's identifier without its system, remembered. */
int keep_entity_bare_put(struct keep_store *s, uint64_t entity, int64_t bare, struct keep_err *err);

#endif
