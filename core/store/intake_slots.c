/* Slots: under which of them rows of this session stand already, and which still
 * wait to be written, so that a row that comes again is known without a look into
 * the database wherever that is certain. */
#include <string.h>

#include "core/store/intake_inside.h"

#define SLOTS_LOADED 100000 /* slots of each table read at the start: some 20 ms */

static uint64_t first_of(const uint8_t slot[KEEP_ENTITY_HASH])
{
    uint64_t h;

    memcpy(&h, slot, sizeof h);
    return h ? h : 1;
}

static int met_add(struct keep_intake *in, struct keep_intake_slots *of, uint64_t h, struct keep_err *err)
{
    struct keep_seen_entry *e = keep_seen_add(&of->met, h);

    if (!e)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    e->count = (uint32_t)keep_batch_next(in->s, of->table); /* some MiB at most */
    return 0;
}

/* Ids are no hashes: an odd factor spreads them over all bits. */
static uint64_t spread(uint64_t id)
{
    return id * 0x9e3779b97f4a7c15u;
}

uint64_t keep_intake_slots_relation(const int64_t slot[KEEP_INTAKE_RELATION_SLOT])
{
    uint64_t h = 0;

    for (int i = 0; i < KEEP_INTAKE_RELATION_SLOT; i++) {
        h = spread(h ^ (uint64_t)slot[i]);
        h ^= h >> 32;
    }
    return h ? h : 1;
}

static int slot_at(sqlite3_stmt *st, uint64_t *slot, struct keep_err *err)
{
    struct keep_str b = keep_rowio_blob_at(st, 0);

    if (b.n != KEEP_ENTITY_HASH)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a row's slot is malformed");
    *slot = first_of((const uint8_t *)b.p);
    return 0;
}

static int relation_at(sqlite3_stmt *st, uint64_t *slot, struct keep_err *err)
{
    int64_t v[KEEP_INTAKE_RELATION_SLOT];

    (void)err;
    for (int i = 0; i < KEEP_INTAKE_RELATION_SLOT; i++)
        v[i] = sqlite3_column_int64(st, i);
    *slot = keep_intake_slots_relation(v);
    return 0;
}

/* Takes in those of a table that has few. */
static int load(struct keep_intake *in, struct keep_intake_slots *of, const char *sql, int (*slot_of)(sqlite3_stmt *, uint64_t *, struct keep_err *), struct keep_err *err)
{
    sqlite3_stmt *st;
    uint32_t n = 0;
    int rc;

    if ((rc = keep_sieve_new(&of->sieve, err)) < 0 || (rc = keep_store_prepare(in->s, keep_store_db(in->s), sql, &st, err)) < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading slots", err)) > 0 && n++ < SLOTS_LOADED) {
        uint64_t slot;
        if ((rc = slot_of(st, &slot, err)) < 0)
            break;
        keep_sieve_add(of->sieve, slot);
    }
    sqlite3_reset(st);
    if (rc > 0) { /* there are more */
        keep_sieve_free(of->sieve);
        of->sieve = NULL;
    }
    return rc < 0 ? rc : 0;
}

int keep_intake_slots_load(struct keep_intake *in, struct keep_err *err)
{
    in->encounters.table = KEEP_BATCH_ENCOUNTER;
    in->relations.table = KEEP_BATCH_RELATION;
    in->encounters.said_at = KEEP_BATCH_BLOB_BEHIND(2);
    in->relations.said_at = 1;
    in->versions.table = KEEP_BATCH_VERSION;
    int rc = load(in, &in->encounters, "SELECT slot FROM encounter", slot_at, err);
    return rc < 0 ? rc : load(in, &in->relations, "SELECT source, kind, patient, worker, department, encounter, start FROM relation", relation_at, err);
}

void keep_intake_slots_free(struct keep_intake *in)
{
    keep_seen_free(&in->encounters.met);
    keep_seen_free(&in->relations.met);
    keep_seen_free(&in->versions.met);
    keep_sieve_free(in->encounters.sieve);
    keep_sieve_free(in->relations.sieve);
}

/* Whether the row at that place has this slot and says this. Another row may stand there by now: none of another slot does. */
static bool waits_so(const struct keep_intake *in, const struct keep_intake_slots *of, size_t at, const uint8_t *said, size_t n)
{
    const uint8_t *p = keep_batch_peek(in->s, of->table, at + of->said_at, n);

    return p && memcmp(p, said, n) == 0;
}

int keep_intake_slots_look(struct keep_intake *in, struct keep_intake_slots *of, uint64_t slot, const uint8_t *said, size_t n, struct keep_err *err)
{
    const struct keep_seen_entry *e;
    int rc;

    if (of->sieve && !keep_sieve_may(of->sieve, slot))
        return 0; /* it has those of this transaction, too */
    e = keep_seen_find(&of->met, slot);
    if (e && waits_so(in, of, e->count, said, n))
        return 2;
    if (e && (rc = keep_batch_flush(in->s, of->table, err)) < 0)
        return rc;
    return 1;
}

int keep_intake_slots_met(struct keep_intake *in, struct keep_intake_slots *of, uint64_t slot, struct keep_err *err)
{
    if (of->sieve)
        keep_sieve_add(of->sieve, slot);
    return met_add(in, of, slot, err);
}

int keep_intake_slots_again(struct keep_intake *in, struct keep_intake_slots *of, const char *sql, const uint8_t slot[KEEP_ENTITY_HASH],
                             const uint8_t digest[KEEP_ENTITY_HASH], struct keep_err *err)
{
    uint8_t said[2 * KEEP_ENTITY_HASH + 5] = {0};
    int rc;

    memcpy(said, slot, KEEP_ENTITY_HASH);
    said[KEEP_ENTITY_HASH] = 'b';
    said[KEEP_ENTITY_HASH + 1] = KEEP_ENTITY_HASH; /* its length, in four bytes */
    memcpy(said + KEEP_ENTITY_HASH + 5, digest, KEEP_ENTITY_HASH);
    rc = keep_intake_slots_look(in, of, first_of(slot), said, sizeof said, err);
    if (rc < 0 || rc == 2)
        return rc < 0 ? rc : 1;
    if (rc > 0 && (rc = keep_intake_inside_same(in, sql, slot, digest, err)) != 0)
        return rc;
    return keep_intake_slots_met(in, of, first_of(slot), err);
}

int keep_intake_slots_settle(struct keep_intake *in, uint64_t record, struct keep_err *err)
{
    return keep_seen_find(&in->versions.met, spread(record)) ? keep_batch_flush(in->s, KEEP_BATCH_VERSION, err) : 0;
}

int keep_intake_slots_waits(struct keep_intake *in, uint64_t record, struct keep_err *err)
{
    return met_add(in, &in->versions, spread(record), err);
}
