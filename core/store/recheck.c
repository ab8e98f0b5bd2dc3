/* The tables' part of `check`: every leaf made again from its row, every seal
 * opened, every segment decoded, every key asked for.
 *
 * A leaf without a row must be explained by a destruction, and a row without its
 * key is damage; whether destructions have their tombstone is asked in verify.c. Findings name
 * tables and numbers of rows, never what stands in them. */
#include <stdlib.h>

#include "core/crypto/hash.h"
#include "core/store/detail.h"
#include "core/store/inside.h"
#include "core/store/load_inside.h"
#include "core/store/payload.h"
#include "core/store/recheck_log.h"
#include "core/store/schema_base.h"
#include "core/store/sorted.h"
#include "core/store/stated.h"

#define EVERY 1024 /* rows, or pieces of one, between two looks at whether to stop */

struct recheck {
    struct keep_store *s;
    const struct keep_store_checker *c;
    struct keep_seal_keys *keys;
    struct keep_hash_stream *content;
    struct keep_arena *a;
    struct keep_buf scratch, plain;
    uint8_t *owned; /* a bit for each leaf that a row owns */
    uint64_t leaves;
    uint64_t at, versions; /* of the records: how far it is, in rows; of how many */
    uint64_t unfound;      /* of them, by what they tell of */
    bool bad;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* One finding: a number and what it counts. */
static void tell(struct recheck *r, const char *check, bool ok, const char *what, uint64_t n)
{
    struct keep_buf text = KEEP_BUF_INIT;

    r->bad = r->bad || !ok;
    keep_buf_printf(&text, "%llu %s", (unsigned long long)n, what);
    keep_buf_char(&text, 0);
    if (!text.failed)
        r->c->found(r->c->ctx, check, ok, (const char *)text.p);
    keep_buf_free(&text);
}

/* Damage is a finding and the run goes on; anything else ends it. */
static int damage(int rc, struct keep_err *err, uint64_t *bad)
{
    if (rc != KEEP_E_INTEGRITY)
        return rc;
    ++*bad;
    keep_err_clear(err);
    return 0;
}

static int look(struct recheck *r, const char *what, uint64_t done, uint64_t total, struct keep_err *err)
{
    return r->c->progress && r->c->progress(r->c->ctx, what, done, total) != 0 ? keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted") : 0;
}

static int step(struct recheck *r, const char *what, uint64_t done, uint64_t total, struct keep_err *err)
{
    return done % EVERY == 0 ? look(r, what, done, total, err) : 0;
}

static void own(struct recheck *r, int64_t leaf, uint64_t *bad)
{
    if (leaf <= 0 || (uint64_t)leaf > r->leaves || (r->owned[leaf >> 3] & 1 << (leaf & 7)))
        ++*bad; /* no such leaf, or two rows claim it */
    else
        r->owned[leaf >> 3] |= (uint8_t)(1 << (leaf & 7));
}

/* Compares the leaf of the row on which st stands; its columns first.., then its leaf's id and hash. */
static int leaf_compare(struct recheck *r, sqlite3_stmt *st, int columns, const char *table, const uint8_t key[32], uint64_t *bad, struct keep_err *err)
{
    struct keep_str hash = keep_rowio_blob_at(st, columns + 1);
    uint8_t leaf[32];
    int rc = keep_rowio_leaf(st, 0, columns, table, key, &r->scratch, leaf, err);

    if (rc < 0)
        return damage(rc, err, bad);
    if (hash.n != sizeof leaf || memcmp(hash.p, leaf, sizeof leaf) != 0)
        ++*bad;
    own(r, sqlite3_column_int64(st, columns), bad);
    return 0;
}

/* --- rows with plain leaves -------------------------------------------------------- */

#define WITH_LEAF(columns, table) "SELECT " columns ", t.leaf, " KEEP_LEAF_HASH("t.leaf") " FROM " table " t"

static const struct {
    const char *table, *sql;
    int columns;
} plain_tables[] = {
    {"term", WITH_LEAF("t.id, text", "term"), 2},
    {"source", WITH_LEAF("t.id, name", "source"), 2},
    {"declaration", WITH_LEAF("source, body", "declaration"), 2},
    {"link", WITH_LEAF("a, b", "link"), 2},
    {"unlink", WITH_LEAF("link", "unlink"), 1},
    {"moved", WITH_LEAF("entity, was, patient", "moved"), 3},
    {"alike", WITH_LEAF("a, b, kind, source, file, line", "alike"), 6},
    {"detail", WITH_LEAF("entity, kind, source, slot, digest, body, file, line", "detail"), 8},
    {"encounter", WITH_LEAF("entity, source, slot, digest, patient, facility, location, class, status, start, end, start_date, end_date, file, line", "encounter"), 15},
    {"relation", WITH_LEAF("source, kind, patient, worker, department, encounter, start, end, open, recorded, author, prior, file, line", "relation"), 14},
    {"fact", WITH_LEAF("kind, entity, source, slot, digest, body, file, line", "fact"), 8},
    {"note", WITH_LEAF("source, kind, digest, body, file, line", "note"), 6},
    {"case_file", WITH_LEAF("t.id, name, rule, kind, user, patient, at", "case_file"), 7},
    {"case_find", WITH_LEAF("t.id, file, at, as_of, severity, score, weight, account, first, last, events, title, authority, evidence, reason, missing, digest, text", "case_find"), 18},
    {"case_step", WITH_LEAF("t.id, file, at, kind, status, who, about, act, text", "case_step"), 9},
    {"case_text", WITH_LEAF("t.id, file, kind, owner, sealed", "case_text"), 5},
    {"set_state", WITH_LEAF("set_id, keep_until, kind, status, rule, package, at", "set_state"), 7},
};

static int plain_check(struct recheck *r, size_t i, uint64_t *rows, uint64_t *bad, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(r->s, plain_tables[i].sql, &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "checking leaves", err)) > 0)
        if ((rc = leaf_compare(r, st, plain_tables[i].columns, plain_tables[i].table, r->keys->leaf, bad, err)) < 0 ||
            (rc = step(r, "leaves", ++*rows, r->leaves, err)) < 0)
            break;
    sqlite3_finalize(st);
    return rc;
}

/* Leaves of tables that are checked elsewhere, and of rows that are gone. */
static int others_own(struct recheck *r, uint64_t *bad, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(r->s, "SELECT leaf FROM act UNION ALL SELECT leaf FROM erased UNION ALL SELECT leaf FROM gone", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "checking leaves", err)) > 0)
        own(r, sqlite3_column_int64(st, 0), bad);
    sqlite3_finalize(st);
    return rc;
}

static int leaves_end(struct recheck *r, uint64_t rows, uint64_t bad, struct keep_err *err)
{
    uint64_t orphans = 0;
    int64_t unexplained;
    int rc;

    if ((rc = others_own(r, &bad, err)) < 0 ||
        (rc = keep_rowio_number(r->s, "SELECT count(*) FROM gone g WHERE NOT EXISTS (SELECT 1 FROM erased e WHERE e.kind = g.kind AND e.owner = g.owner)", 0, &unexplained, err)) < 0)
        return rc;
    for (uint64_t i = 1; i <= r->leaves; i++)
        orphans += !(r->owned[i >> 3] & 1 << (i & 7));
    if (bad)
        tell(r, "leaves", false, "rows do not give their leaf", bad);
    if (orphans)
        tell(r, "leaves", false, "leaves have lost their row without a destruction", orphans);
    if (unexplained)
        tell(r, "leaves", false, "erased rows have no destruction in the ledger", (uint64_t)unexplained);
    if (!bad && !orphans && !unexplained)
        tell(r, "leaves", true, "rows give their leaf", rows);
    return 0;
}

/* --- people: seals and identifiers --------------------------------------------------- */

/* Identifiers lead to who was ever linked, since what people part later was one when they came. What has been parted may have lost an identifier with the
 * part that was destroyed: bit of each root. */
struct linked {
    struct keep_entity_roots roots;
    uint8_t *parted;
};

static int linked_load(struct linked *l, struct keep_store *s, struct keep_err *err)
{
    struct keep_entity_roots now = {NULL, NULL, 0};
    int rc = keep_entity_roots_ever(&l->roots, s, err);

    if (rc == 0)
        rc = keep_entity_roots_load(&now, s, err);
    if (rc == 0 && !(l->parted = calloc(l->roots.n, 1)))
        rc = no_memory(err);
    for (size_t e = 0; rc == 0 && e < l->roots.n && e < now.n; e++)
        l->parted[l->roots.root[e]] |= now.root[e] != l->roots.root[e];
    keep_entity_roots_free(&now);
    return rc;
}

static void linked_free(struct linked *l)
{
    keep_entity_roots_free(&l->roots);
    free(l->parted);
}

static int identifiers_compare(struct recheck *r, const struct linked *l, int64_t entity, struct keep_str hashes, uint64_t *bad, struct keep_err *err)
{
    const struct keep_entity_roots *roots = &l->roots;
    bool here = entity > 0 && (uint64_t)entity < roots->n;
    uint64_t id;
    int rc = 0;

    for (; hashes.n >= KEEP_ENTITY_HASH; hashes.p += KEEP_ENTITY_HASH, hashes.n -= KEEP_ENTITY_HASH) {
        if ((rc = keep_entity_find(r->s, (const uint8_t *)hashes.p, &id, err)) < 0)
            return rc;
        if (rc == 1)
            *bad += !here || !l->parted[roots->root[entity]];
        else
            *bad += !here || id >= roots->n || roots->root[id] != roots->root[entity];
        rc = 0;
    }
    return 0;
}

static int person_check(struct recheck *r, sqlite3_stmt *st, const struct linked *l, uint64_t *bad, uint64_t *lost, struct keep_err *err)
{
    int64_t entity = sqlite3_column_int64(st, 0), kind = sqlite3_column_int64(st, 1);
    struct keep_str body = keep_rowio_blob_at(st, 2), digest = keep_rowio_blob_at(st, 3);
    struct keep_detail d;
    uint64_t bound = 0;
    int rc;

    if (keep_detail_sealed((enum keep_entity)kind)) {
        if ((rc = keep_ring_get(r->s, KEEP_RING_PATIENT, (uint64_t)entity, r->keys->owner, err)) != 0) {
            *lost += rc == 2;
            return rc < 0 ? rc : 0;
        }
        memcpy(&bound, digest.p, digest.n < sizeof bound ? digest.n : sizeof bound);
        keep_buf_clear(&r->plain);
        if ((rc = keep_seal_open_text(&r->plain, body, keep_detail_sealed((enum keep_entity)kind), (uint64_t)entity, bound, r->keys->owner, err)) < 0)
            return damage(rc, err, bad);
        body = keep_buf_view(&r->plain);
    }
    keep_arena_reset(r->a);
    if ((rc = keep_detail_get(&d, (enum keep_entity)kind, body, r->a, err)) < 0)
        return damage(rc, err, bad);
    return identifiers_compare(r, l, entity, d.hashes, bad, err);
}

static int people_check(struct recheck *r, struct keep_err *err)
{
    struct linked l = {{NULL, NULL, 0}, NULL};
    uint64_t rows = 0, bad = 0, lost = 0;
    sqlite3_stmt *st;
    int rc;

    if ((rc = linked_load(&l, r->s, err)) == 0 && (rc = keep_load_prepare(r->s, "SELECT entity, kind, body, digest FROM detail", &st, err)) == 0) {
        while ((rc = keep_rowio_next(st, "checking people", err)) > 0)
            if ((rc = person_check(r, st, &l, &bad, &lost, err)) < 0 || (rc = step(r, "identifiers", ++rows, 0, err)) < 0)
                break;
        sqlite3_finalize(st);
    }
    linked_free(&l);
    if (rc < 0)
        return rc;
    if (bad)
        tell(r, "identifiers", false, "people's rows do not open, or their identifiers lead elsewhere", bad);
    if (lost)
        tell(r, "keys", false, "patients' keys are missing without a destruction", lost);
    if (!bad)
        tell(r, "identifiers", true, "rows of people and places open and are found by their identifiers", rows);
    return 0;
}

/* --- records ---------------------------------------------------------------------------- */

enum { V_RECORD, V_VERSION, V_ENCOUNTER = 5, V_SELF, V_SIZE, V_PAYLOAD, V_STATED, V_SEALED, V_COLUMNS };
#define VERSION_COLUMNS "t.record, t.version, source, kind, patient, encounter, self, size, payload, stated, sealed"

/* A payload's digest, piece by piece; an index entry has that of nothing. What was sealed with it goes behind text. */
static int payload_hash(struct recheck *r, const struct keep_payload *p, uint8_t hash[32], struct keep_buf *text, struct keep_err *err)
{
    struct keep_payload_reader *in = NULL;
    const void *piece;
    size_t n;
    int rc = keep_payload_open(&in, r->s, p, r->keys->owner, err);

    keep_hash_stream_start(r->content, NULL);
    for (uint64_t pieces = 1; rc == 0 && p->size > 0 && (rc = keep_payload_next(in, &piece, &n, err)) > 0; pieces++) {
        keep_hash_stream_add(r->content, piece, n);
        rc = pieces % EVERY == 0 ? look(r, "payloads", r->at, r->versions, err) : 0; /* a large one takes minutes */
    }
    keep_hash_stream_end(r->content, hash);
    if (rc == 0)
        keep_buf_add(text, keep_payload_said(in).p, keep_payload_said(in).n);
    keep_payload_close(in);
    return rc == 0 && text->failed ? no_memory(err) : rc;
}

/* The payload, and what is sealed with it or, else, in the row. */
static int parts_check(struct recheck *r, const struct keep_payload *p, struct keep_str sealed, const uint8_t *content, uint64_t *bad, struct keep_err *err)
{
    struct keep_detail_record d;
    uint8_t hash[32];
    int rc;

    keep_buf_clear(&r->plain);
    if ((rc = payload_hash(r, p, hash, &r->plain, err)) < 0)
        return rc;
    *bad += memcmp(hash, content, sizeof hash) != 0 || (r->plain.n > 0) == (sealed.n > 0);
    if (sealed.n && (rc = keep_seal_open_text(&r->plain, sealed, "record", p->record, p->version, r->keys->owner, err)) < 0)
        return rc;
    return keep_detail_get_record(&d, keep_buf_view(&r->plain), err);
}

/* Whether the version on which st stands is found by what it tells of. */
static int version_found(struct recheck *r, sqlite3_stmt *st, struct keep_err *err)
{
    uint64_t record = (uint64_t)sqlite3_column_int64(st, V_RECORD);
    uint32_t none;
    int rc = 1;

    for (int c = V_ENCOUNTER; rc == 1 && c <= V_SELF; c++) {
        uint64_t visit = (uint64_t)sqlite3_column_int64(st, c);
        rc = visit ? keep_sorted_get(r->s, KEEP_BATCH_VERSION_VISIT, visit, record, &none, err) : 1;
    }
    if (rc < 0)
        return damage(rc, err, &r->unfound);
    r->unfound += rc == 0;
    return 0;
}

/* Opens everything of the version on which st stands. */
static int version_check(struct recheck *r, sqlite3_stmt *st, uint64_t *bad, uint64_t *lost, struct keep_err *err)
{
    struct keep_payload p = {.record = (uint64_t)sqlite3_column_int64(st, V_RECORD), .version = (uint32_t)sqlite3_column_int64(st, V_VERSION),
                             .first = sqlite3_column_int64(st, V_PAYLOAD), .size = (uint64_t)sqlite3_column_int64(st, V_SIZE)};
    struct keep_stated said;
    int rc = keep_ring_get(r->s, KEEP_RING_RECORD, p.record, r->keys->owner, err);

    if (rc != 0) { /* 1: destroyed, its recording pending; the next writer deletes the row */
        uint64_t twice = 0;
        *lost += rc == 2;
        own(r, sqlite3_column_int64(st, V_COLUMNS), &twice);
        return rc < 0 ? rc : 0;
    }
    if ((rc = leaf_compare(r, st, V_COLUMNS, "version", r->keys->owner, bad, err)) < 0)
        return rc;
    if ((rc = keep_stated_get(&said, keep_rowio_blob_at(st, V_STATED), err)) == 0) {
        memcpy(p.tags, said.tags.p, said.tags.n);
        rc = parts_check(r, &p, keep_rowio_blob_at(st, V_SEALED), said.content, bad, err);
    }
    return rc < 0 ? damage(rc, err, bad) : 0;
}

static int records_check(struct recheck *r, struct keep_err *err)
{
    uint64_t bad = 0, lost = 0;
    int64_t total, strays;
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_rowio_number(r->s, "SELECT count(*) FROM version", 0, &total, err)) < 0 ||
        (rc = keep_rowio_number(r->s, "SELECT (SELECT count(*) FROM payload) - (SELECT coalesce(sum(CASE WHEN payload > 0 THEN " KEEP_PAYLOAD_CHUNKS_SQL " END), 0) FROM version)", 0, &strays, err)) < 0 ||
        (rc = keep_load_prepare(r->s, WITH_LEAF(VERSION_COLUMNS, "version"), &st, err)) < 0)
        return rc;
    for (r->at = 0, r->versions = (uint64_t)total; (rc = keep_rowio_next(st, "checking records", err)) > 0; r->at++)
        if ((rc = version_found(r, st, err)) < 0 || (rc = version_check(r, st, &bad, &lost, err)) < 0 || (rc = step(r, "payloads", r->at, r->versions, err)) < 0)
            break;
    sqlite3_finalize(st);
    if (rc < 0)
        return rc;
    if (bad)
        tell(r, "payloads", false, "records do not open or are not what their leaf says", bad);
    if (strays)
        tell(r, "payloads", false, "chunks too many or too few", (uint64_t)(strays < 0 ? -strays : strays));
    if (lost)
        tell(r, "keys", false, "records' keys are missing without a destruction", lost);
    if (!bad && !strays && !lost)
        tell(r, "payloads", true, "versions of records open and give their leaf", r->at);
    return 0;
}

/* --- visits ------------------------------------------------------------------------------- */

struct visits {
    struct keep_store *s;
    const char *sql; /* whether a row tells of a visit */
    uint64_t n, bad;
};

static int visit_met(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err)
{
    struct visits *v = ctx;
    sqlite3_stmt *st;
    int rc = keep_store_prepare(v->s, keep_store_db(v->s), v->sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)e->lead);
    sqlite3_bind_int64(st, 2, (int64_t)e->rest);
    if ((rc = keep_rowio_next(st, "checking visits", err)) < 0)
        return rc;
    v->n++;
    v->bad += rc == 0;
    sqlite3_reset(st);
    return 0;
}

/* What tells of a visit is found by it, and nothing else is: of relations there are as many entries as rows, versions were asked for theirs one by one. */
static int visits_check(struct recheck *r, struct keep_err *err)
{
    struct visits relations = {r->s, "SELECT 1 FROM relation WHERE encounter = ?1 AND id = ?2", 0, 0};
    struct visits records = {r->s, "SELECT 1 FROM version WHERE ?1 IN (encounter, self) AND record = ?2 LIMIT 1", 0, 0};
    int64_t rows;
    uint64_t bad = r->unfound;
    int rc = keep_rowio_number(r->s, "SELECT count(*) FROM relation WHERE encounter > 0", 0, &rows, err);

    if (rc < 0 || (rc = damage(keep_sorted_walk(r->s, KEEP_BATCH_RELATION_VISIT, visit_met, &relations, err), err, &bad)) < 0 ||
        (rc = damage(keep_sorted_walk(r->s, KEEP_BATCH_VERSION_VISIT, visit_met, &records, err), err, &bad)) < 0)
        return rc;
    bad += relations.bad + records.bad + (relations.n != (uint64_t)rows);
    if (bad)
        tell(r, "visits", false, "relations and records are not found by their visits, or others are", bad);
    else
        tell(r, "visits", true, "relations and records are found by their visits", relations.n + records.n);
    return 0;
}

/* --- quarantine --------------------------------------------------------------------------- */

static int quarantine_check(struct recheck *r, struct keep_err *err)
{
    uint64_t rows = 0, bad = 0;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(r->s, WITH_LEAF("t.id, source, file, line, at, reason, size, digest, sealed", "quarantine"), &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "checking the quarantine", err)) > 0) {
        uint64_t id = (uint64_t)sqlite3_column_int64(st, 0);
        rows++;
        if ((rc = keep_ring_get(r->s, KEEP_RING_QUARANTINE, id, r->keys->owner, err)) < 0)
            break;
        if (rc != 0) {
            uint64_t twice = 0;
            bad += rc == 2;
            own(r, sqlite3_column_int64(st, 9), &twice);
            continue;
        }
        keep_buf_clear(&r->plain);
        if ((rc = leaf_compare(r, st, 9, "quarantine", r->keys->owner, &bad, err)) < 0 ||
            (rc = damage(keep_seal_open_text(&r->plain, keep_rowio_blob_at(st, 8), "quarantine", id, 0, r->keys->owner, err), err, &bad)) < 0)
            break;
    }
    sqlite3_finalize(st);
    if (rc < 0)
        return rc;
    if (bad)
        tell(r, "quarantine", false, "quarantined items do not open or are not what their leaf says", bad);
    else
        tell(r, "quarantine", true, "quarantined items open and give their leaf", rows);
    return 0;
}

/* --- cases --------------------------------------------------------------------------------- */

static int cases_check(struct recheck *r, struct keep_err *err)
{
    uint64_t rows = 0, bad = 0, lost = 0;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(r->s, "SELECT id, file, kind, owner, sealed FROM case_text", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "checking cases", err)) > 0) {
        rows++;
        if ((rc = keep_ring_get(r->s, (enum keep_ring_kind)sqlite3_column_int64(st, 2), (uint64_t)sqlite3_column_int64(st, 3), r->keys->owner, err)) < 0)
            break;
        lost += rc == 2;
        keep_buf_clear(&r->plain);
        if (rc == 0 && (rc = damage(keep_seal_open_text(&r->plain, keep_rowio_blob_at(st, 4), "case", (uint64_t)sqlite3_column_int64(st, 0),
                                                        (uint64_t)sqlite3_column_int64(st, 1), r->keys->owner, err), err, &bad)) < 0)
            break;
    }
    sqlite3_finalize(st);
    if (rc < 0)
        return rc;
    if (bad)
        tell(r, "cases", false, "texts of cases do not open", bad);
    if (lost)
        tell(r, "keys", false, "keys of cases' texts are missing without a destruction", lost);
    if (rows && !bad && !lost)
        tell(r, "cases", true, "texts of cases open", rows);
    return 0;
}

/* --- the whole ---------------------------------------------------------------------------- */

int keep_recheck_tables(struct keep_store *s, const struct keep_store_checker *c, struct keep_err *err)
{
    struct recheck r = {.s = s, .c = c};
    struct keep_load_hold hold = {NULL, NULL};
    uint64_t rows = 0, bad = 0;
    int64_t leaves;
    int rc;

    if ((rc = keep_load_hold_open(&hold, s, err)) < 0 || (rc = keep_rowio_number(s, "SELECT " KEEP_LEAF_LAST, 0, &leaves, err)) < 0)
        goto out;
    r.leaves = (uint64_t)leaves;
    r.owned = calloc((size_t)leaves / 8 + 1, 1);
    r.a = keep_arena_new(0);
    if (!r.owned || !r.a) {
        rc = no_memory(err);
        goto out;
    }
    if ((rc = keep_seal_keys_new(&r.keys, s, err)) < 0 || (rc = keep_hash_stream_new(&r.content, err)) < 0)
        goto out;
    for (size_t i = 0; rc == 0 && i < sizeof plain_tables / sizeof *plain_tables; i++)
        rc = plain_check(&r, i, &rows, &bad, err);
    if (rc == 0 && (rc = people_check(&r, err)) == 0 && (rc = records_check(&r, err)) == 0 && (rc = visits_check(&r, err)) == 0 && (rc = quarantine_check(&r, err)) == 0 && (rc = cases_check(&r, err)) == 0 &&
        (rc = keep_recheck_log(s, c, r.owned, r.leaves, &r.bad, err)) == 0)
        rc = leaves_end(&r, rows, bad, err);
    if (rc == 0 && r.bad)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "the tables are not what their ledger says");
out:
    keep_load_hold_close(&hold);
    keep_hash_stream_free(r.content);
    keep_seal_keys_free(r.keys);
    keep_arena_free(r.a);
    keep_buf_free(&r.scratch);
    keep_buf_free(&r.plain);
    free(r.owned);
    return rc;
}
