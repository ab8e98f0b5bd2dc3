/* Which patient, worker, encounter a key means.
 *
 * The keep holds no identifier in an index, only keyed hashes of (kind, scope,
 * system, value). A key that nobody explained yet gets a placeholder entity;
 * a row that carries several keys ties them together, and where they already
 * named different entities a link says that these are one. Links are rows of
 * their own, never a rewriting: what was believed before stays to be seen.
 *
 * A session keeps the hashes it has met in an open-addressing table. While the
 * table holds all keys of the keep (a small keep, or one filled in this
 * session), a miss needs no look into the database. When it is full it starts
 * anew, and a sieve says of nearly all new keys that they are. */
#include "core/store/entity.h"

#include <stdlib.h>

#include "core/base/big.h"
#include "core/model/events.h"
#include "core/store/sieve.h"
#include "core/store/sorted.h"
#include "core/store/words.h"

#define PRELOAD 500          /* blocks of keys read at the start, 100,000 keys: some 5 ms */
#define KEYS_MAX (3u << 16)  /* keys held, three in four places of 6 MiB; then the table starts anew */

struct known {
    uint8_t hash[KEEP_ENTITY_HASH];
    uint64_t id; /* 0: a free slot */
};

/* A log names the same tens of thousands of patients and logins again and again: a look at the key's own bytes saves two
 * rounds of a keyed hash. One place a key, the newest wins; 64 bytes each, so that one cache line answers. */
#define FRONT 131072 /* 8 MiB, touched as it fills: the charts of a large house in a year */
#define FRONT_TEXT 50

struct front {
    uint64_t id; /* 0: free */
    uint16_t system, value; /* lengths */
    uint8_t kind;
    char text[FRONT_TEXT]; /* system, then value */
};

struct keep_entity_map {
    struct keep_store *s;
    const struct keep_seal_keys *keys;
    struct known *known;
    size_t cap, used;
    bool all; /* the table holds every key of the keep */
    struct keep_sieve *sieve; /* by the first half; holds every key of the keep. NULL: it does not */
    struct front *front;
    uint64_t next;
    struct keep_words *words;
    struct keep_rowio row;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- the table of known keys ------------------------------------------- */

static size_t place_of(const uint8_t hash[KEEP_ENTITY_HASH], size_t cap)
{
    uint64_t h;

    memcpy(&h, hash, sizeof h); /* the hash is keyed and uniform: any of its bytes will do */
    return (size_t)h & (cap - 1);
}

/* Where it stands or would stand. */
static struct known *known_at(struct known *table, size_t cap, const uint8_t hash[KEEP_ENTITY_HASH])
{
    size_t i = place_of(hash, cap);

    while (table[i].id && memcmp(table[i].hash, hash, KEEP_ENTITY_HASH) != 0)
        i = (i + 1) & (cap - 1);
    return &table[i];
}

static int known_grow(struct keep_entity_map *e, struct keep_err *err)
{
    size_t cap = e->cap * 2;
    struct known *table;
    int rc;

    if (e->used >= KEYS_MAX) {
        if ((rc = keep_batch_flush(e->s, KEEP_BATCH_ENTITY_KEY, err)) < 0)
            return rc; /* from here on the database alone knows them */
        memset(e->known, 0, e->cap * sizeof *e->known);
        e->used = 0;
        e->all = false;
        return 0;
    }
    if (!(table = calloc(cap, sizeof *table)))
        return no_memory(err);
    for (size_t i = 0; i < e->cap; i++)
        if (e->known[i].id)
            *known_at(table, cap, e->known[i].hash) = e->known[i];
    free(e->known);
    e->known = table;
    e->cap = cap;
    return 0;
}

static int known_add(struct keep_entity_map *e, const uint8_t hash[KEEP_ENTITY_HASH], uint64_t id, struct keep_err *err)
{
    struct known *k;
    int rc;

    if (e->used * 4 >= e->cap * 3 && (rc = known_grow(e, err)) < 0)
        return rc;
    if (e->sieve)
        keep_sieve_add(e->sieve, keep_entity_half(hash));
    k = known_at(e->known, e->cap, hash);
    e->used += k->id == 0;
    memcpy(k->hash, hash, KEEP_ENTITY_HASH);
    k->id = id;
    return 0;
}

static int key_met(void *ctx, const struct keep_sorted_entry *entry, struct keep_err *err)
{
    uint8_t hash[KEEP_ENTITY_HASH];

    keep_entity_unhalve(hash, entry->lead, entry->rest);
    return entry->value ? known_add(ctx, hash, entry->value, err) : keep_err_set(err, KEEP_E_INTEGRITY, "an identifier's entity is missing");
}

static int preload(struct keep_entity_map *e, struct keep_err *err)
{
    int64_t n;
    int rc;

    if ((rc = keep_rowio_number(e->s, "SELECT count(*) FROM (SELECT 1 FROM entity_key LIMIT 501)", 0, &n, err)) < 0)
        return rc;
    e->all = n <= PRELOAD;
    if (!e->all)
        return 0;
    return (rc = keep_sieve_new(&e->sieve, err)) < 0 ? rc : keep_sorted_walk(e->s, KEEP_BATCH_ENTITY_KEY, key_met, e, err);
}

/* 0 and *id, or 1 when the key is new. Keys that wait to be written are all in the table of known ones. */
static int lookup(struct keep_entity_map *e, const uint8_t hash[KEEP_ENTITY_HASH], uint64_t *id, struct keep_err *err)
{
    struct known *k = known_at(e->known, e->cap, hash);
    int rc;

    if (k->id) {
        *id = k->id;
        return 0;
    }
    if (e->all || (e->sieve && !keep_sieve_may(e->sieve, keep_entity_half(hash))))
        return 1;
    if ((rc = keep_entity_stored(e->s, hash, id, err)) != 0)
        return rc;
    return known_add(e, hash, *id, err);
}

/* --- writing ------------------------------------------------------------ */

/* key: the first half of the hash that it is made for; 0 says none, so that a hash that begins so is one of those that entity_more names. */
static int entity_new(struct keep_entity_map *e, enum keep_entity kind, uint64_t key, uint64_t *id, struct keep_err *err)
{
    struct keep_buf *row;
    int rc;

    if (e->next >= UINT32_MAX - 1)
        return keep_err_set(err, KEEP_E_LIMIT, "the keep holds as many entities as its ids can number (2^32)");
    row = keep_batch_row(e->s, KEEP_BATCH_ENTITY, "INSERT OR FAIL INTO entity(id, kind, key) SELECT c1, c2, c3 FROM batch(?1)", 3);
    keep_batch_int(row, (int64_t)e->next);
    keep_batch_int(row, kind);
    keep_batch_int(row, (int64_t)key);
    if ((rc = keep_batch_end(e->s, KEEP_BATCH_ENTITY, err)) < 0)
        return rc;
    *id = e->next++;
    return 0;
}

/* more: not the one that the entity was made for. */
static int key_new(struct keep_entity_map *e, const uint8_t hash[KEEP_ENTITY_HASH], uint64_t id, bool more, int64_t bare, struct keep_err *err)
{
    uint64_t first = keep_entity_half(hash);
    int rc = keep_sorted_add(e->s, KEEP_BATCH_ENTITY_KEY, first, keep_entity_half(hash + 8), (uint32_t)id, err);

    if (rc == 0 && (more || first == 0))
        rc = keep_sorted_add(e->s, KEEP_BATCH_ENTITY_MORE, id, first, 0, err);
    if (rc == 0 && bare)
        rc = keep_entity_bare_put(e->s, id, bare, err);
    return rc < 0 ? rc : known_add(e, hash, id, err);
}

/* An entity for a hash. */
static int keyed_new(struct keep_entity_map *e, enum keep_entity kind, const uint8_t hash[KEEP_ENTITY_HASH], int64_t bare, uint64_t *id, struct keep_err *err)
{
    int rc = entity_new(e, kind, keep_entity_half(hash), id, err);

    return rc < 0 ? rc : key_new(e, hash, *id, false, bare, err);
}

static int64_t bare_of(const struct keep_entity_map *e, const struct keep_key *key)
{
    return key->kind == KEEP_ENTITY_WORKER ? keep_entity_bare(e->keys, key->value) : 0;
}

/* Eight bytes at a time: what it spreads badly costs a place, no more. */
static uint64_t mixed(uint64_t h, struct keep_str s)
{
    uint64_t v;

    for (; s.n >= sizeof v; s.p += sizeof v, s.n -= sizeof v) {
        memcpy(&v, s.p, sizeof v);
        h = (h ^ v) * 0x9e3779b97f4a7c15u;
        h ^= h >> 32;
    }
    for (v = s.n; s.n > 0; s.n--)
        v = v << 8 | (uint8_t)*s.p++;
    h = (h ^ v) * 0x9e3779b97f4a7c15u;
    return h ^ h >> 29;
}

/* The place of a key, NULL when it is too long to have one. */
static struct front *front_at(const struct keep_entity_map *e, const struct keep_key *key)
{
    uint64_t h = (uint64_t)key->kind;

    if (key->system.n + key->value.n > FRONT_TEXT)
        return NULL;
    h = mixed(h, key->system);
    h = mixed(h, key->value);
    return &e->front[h & (FRONT - 1)];
}

static bool front_holds(const struct front *f, const struct keep_key *key)
{
    return f->id && f->kind == (uint8_t)key->kind && f->system == key->system.n && f->value == key->value.n && memcmp(f->text + f->system, key->value.p, f->value) == 0 &&
           (f->system == 0 || memcmp(f->text, key->system.p, f->system) == 0);
}

static void front_put(struct front *f, const struct keep_key *key, uint64_t id)
{
    f->id = id;
    f->kind = (uint8_t)key->kind;
    f->system = (uint16_t)key->system.n;
    f->value = (uint16_t)key->value.n;
    if (f->system)
        memcpy(f->text, key->system.p, f->system);
    if (f->value)
        memcpy(f->text + f->system, key->value.p, f->value);
}

void keep_entity_soon(const struct keep_entity_map *e, const struct keep_key *key)
{
    const struct front *f = key->value.n ? front_at(e, key) : NULL;

    if (f)
        __builtin_prefetch(f);
}

int keep_entity_of(struct keep_entity_map *e, const struct keep_key *key, uint64_t *id, struct keep_err *err)
{
    uint8_t hash[KEEP_ENTITY_HASH];
    struct front *f;
    int rc;

    if (key->value.n == 0) {
        *id = 0;
        return 0;
    }
    if ((f = front_at(e, key)) && front_holds(f, key)) {
        *id = f->id;
        return 0;
    }
    keep_entity_hash(e->keys, 0, key, hash);
    if ((rc = lookup(e, hash, id, err)) <= 0) {
        if (rc == 0 && f)
            front_put(f, key, *id);
        return rc;
    }
    rc = keyed_new(e, key->kind, hash, bare_of(e, key), id, err);
    return rc < 0 ? rc : 1;
}

int keep_entity_record(struct keep_entity_map *e, const uint8_t slot[KEEP_ENTITY_HASH], uint64_t *id, struct keep_err *err)
{
    int rc = lookup(e, slot, id, err);

    if (rc <= 0)
        return rc < 0 ? rc : 1;
    return keyed_new(e, KEEP_ENTITY_RECORD, slot, 0, id, err);
}

/* 0 linked, 1 a row of these two was there: one that people ended stays ended. */
static int link_new(struct keep_entity_map *e, uint64_t a, uint64_t b, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(e->s, keep_store_db(e->s), "SELECT 1 FROM link WHERE a=?1 AND b=?2", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)a);
    sqlite3_bind_int64(st, 2, (int64_t)b);
    if ((rc = keep_rowio_next(st, "reading links", err)) != 0) {
        sqlite3_reset(st);
        return rc;
    }
    if ((rc = keep_store_prepare(e->s, keep_store_db(e->s), "INSERT INTO link(a, b, leaf) VALUES(?1, ?2, ?3)", &st, err)) < 0)
        return rc;
    keep_rowio_start(&e->row, e->s, st, "link");
    keep_rowio_int(&e->row, (int64_t)a);
    keep_rowio_int(&e->row, (int64_t)b);
    return keep_rowio_insert(&e->row, e->keys->leaf, err);
}

int keep_entity_link(struct keep_entity_map *e, uint64_t a, uint64_t b, struct keep_err *err)
{
    return a == b ? 1 : link_new(e, a < b ? a : b, a < b ? b : a, err);
}

/* 1: people ended the link of these two, 0: not. */
static int parted(struct keep_entity_map *e, uint64_t a, uint64_t b, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = a == b ? 0 : keep_store_prepare(e->s, keep_store_db(e->s), "SELECT min(" KEEP_ENTITY_ENDED("l") ") FROM link l WHERE a=?1 AND b=?2", &st, err);

    if (rc < 0 || a == b)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)(a < b ? a : b));
    sqlite3_bind_int64(st, 2, (int64_t)(a < b ? b : a));
    if ((rc = keep_rowio_next(st, "reading links", err)) > 0)
        rc = (int)sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return rc;
}

int keep_entity_resolve(struct keep_entity_map *e, const struct keep_key *key, size_t n, uint64_t *id, struct keep_buf *hashes, struct keep_err *err)
{
    uint8_t hash[KEEP_ENTITY_HASH];
    uint64_t least = 0, first = 0, found;
    bool several = false, fresh = false;
    int rc, apart;

    for (size_t i = 0; i < n; i++) {
        if (key[i].value.n == 0)
            continue;
        keep_entity_hash(e->keys, 0, &key[i], hash);
        keep_buf_add(hashes, hash, sizeof hash);
        if ((rc = lookup(e, hash, &found, err)) < 0)
            return rc;
        if (rc == 1) {
            fresh = true;
            continue;
        }
        several |= least && least != found;
        first = first ? first : found;
        if ((apart = parted(e, first, found, err)) < 0)
            return apart;
        if (!least || (found < least && !apart))
            least = found;
    }
    for (size_t i = 0; i < n && !least; i++) {
        if (key[i].value.n == 0)
            continue;
        keep_entity_hash(e->keys, 0, &key[i], hash);
        if ((rc = keyed_new(e, key[i].kind, hash, bare_of(e, &key[i]), &least, err)) < 0)
            return rc;
    }
    *id = least;
    for (size_t i = 0; i < n && (fresh || several); i++) {
        if (key[i].value.n == 0)
            continue;
        keep_entity_hash(e->keys, 0, &key[i], hash);
        if ((rc = lookup(e, hash, &found, err)) < 0)
            return rc;
        if (rc == 1)
            rc = key_new(e, hash, least, true, bare_of(e, &key[i]), err);
        else if (found != least && (rc = parted(e, first, found, err)) == 0)
            rc = least < found ? link_new(e, least, found, err) : 0;
        if (rc < 0)
            return rc;
    }
    return hashes->failed ? no_memory(err) : 0;
}

int keep_entity_term(struct keep_entity_map *e, struct keep_str word, uint32_t *id, struct keep_err *err)
{
    return keep_words_id(e->words, word, id, err);
}

/* --- opening and closing ------------------------------------------------- */

int keep_entity_open(struct keep_entity_map **out, struct keep_store *s, const struct keep_seal_keys *keys, struct keep_err *err)
{
    struct keep_entity_map *e = calloc(1, sizeof *e);
    int64_t last;
    int rc;

    if (!e)
        return no_memory(err);
    e->s = s;
    e->keys = keys;
    e->cap = 1024;
    e->known = calloc(e->cap, sizeof *e->known);
    e->front = keep_big_zeroed(FRONT * sizeof *e->front);
    if (!e->known || !e->front) {
        rc = no_memory(err);
        goto out;
    }
    if ((rc = keep_batch_flush_all(s, err)) < 0 || (rc = keep_rowio_number(s, "SELECT max(id) FROM entity", 0, &last, err)) < 0 || (rc = preload(e, err)) < 0 || (rc = keep_words_open(&e->words, s, keys, err)) < 0)
        goto out;
    e->next = (uint64_t)last + 1;
    *out = e;
    e = NULL;
out:
    keep_entity_close(e);
    return rc;
}

void keep_entity_close(struct keep_entity_map *e)
{
    if (!e)
        return;
    free(e->known);
    keep_sieve_free(e->sieve);
    keep_words_close(e->words);
    keep_big_free(e->front, FRONT * sizeof *e->front);
    keep_buf_free(&e->row.canon);
    free(e);
}
