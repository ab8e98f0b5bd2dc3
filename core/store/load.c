/* Reading back single things and counts. */
#include "core/store/load.h"

#include <stdlib.h>

#include "core/crypto/secret.h"
#include "core/store/detail.h"
#include "core/store/ledger.h"
#include "core/store/load_inside.h"
#include "core/store/payload.h"
#include "core/store/stated.h"
#include "core/text/fold.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- what the readers share ---------------------------------------------------------- */

int keep_load_prepare_on(sqlite3 *db, const char *sql, sqlite3_stmt **out, struct keep_err *err)
{
    int rc = sqlite3_prepare_v2(db, sql, -1, out, NULL);

    return rc == SQLITE_OK ? 0 : keep_store_sql(db, rc, "preparing to read", err);
}

int keep_load_prepare(struct keep_store *s, const char *sql, sqlite3_stmt **out, struct keep_err *err)
{
    return keep_load_prepare_on(keep_store_db(s), sql, out, err);
}

static int hold(sqlite3 *db, sqlite3_stmt **st, struct keep_err *err)
{
    int rc = sqlite3_prepare_v2(db, "SELECT 1 FROM sqlite_schema", -1, st, NULL);

    if (rc == SQLITE_OK && (rc = sqlite3_step(*st)) == SQLITE_ROW)
        return 0;
    return keep_store_sql(db, rc, "starting to read", err);
}

int keep_load_hold_open(struct keep_load_hold *h, struct keep_store *s, struct keep_err *err)
{
    int rc = hold(keep_store_db(s), &h->records, err);

    return rc < 0 ? rc : hold(keep_store_ring(s), &h->ring, err);
}

void keep_load_hold_close(struct keep_load_hold *h)
{
    sqlite3_finalize(h->records);
    sqlite3_finalize(h->ring);
    *h = (struct keep_load_hold){NULL, NULL};
}

void keep_load_map_fill(struct keep_load_map *m, const struct keep_world *w)
{
    size_t n = m->roots.n;

    for (size_t e = 0; e < n; e++)
        m->index[e] = KEEP_ID_NONE;
#define FILL(array, count)                               \
    for (size_t i = 0; i < w->count; i++)                \
        if (w->array[i].entity < n)                      \
            m->index[w->array[i].entity] = (uint32_t)i;
    FILL(patient, patients)
    FILL(worker, workers)
    FILL(account, accounts)
    FILL(facility, facilities)
    FILL(encounter, encounters)
#undef FILL
    for (size_t e = 0; e < n; e++)
        m->index[e] = m->index[m->roots.root[e]]; /* a root is never above its members: it is final here */
}

int keep_load_map_make(struct keep_load_map *m, struct keep_store *s, const struct keep_world *w, struct keep_err *err)
{
    int64_t last;
    int rc = keep_rowio_number(s, "SELECT max(id) FROM entity", 0, &last, err);

    if (rc == 0 && w->entities > 0 && (uint64_t)last + 1 == w->entities) {
        *m = (struct keep_load_map){{NULL, (uint8_t *)(uintptr_t)w->kind, w->entities}, (uint32_t *)(uintptr_t)w->index};
        return 0;
    }
    if (rc < 0 || (rc = keep_entity_roots_load(&m->roots, s, err)) < 0)
        return rc;
    if (!(m->index = malloc(m->roots.n * sizeof *m->index))) {
        keep_load_map_free(m);
        return no_memory(err);
    }
    keep_load_map_fill(m, w);
    return 0;
}

void keep_load_map_free(struct keep_load_map *m)
{
    if (m->roots.root) {
        keep_entity_roots_free(&m->roots);
        free(m->index);
    }
    *m = (struct keep_load_map){{NULL, NULL, 0}, NULL};
}

uint32_t keep_load_patient_index(const struct keep_world *w, uint64_t entity)
{
    size_t low = 0, high = w->patients; /* patients stand in order of entity */

    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (w->patient[mid].entity == entity)
            return (uint32_t)mid;
        if (w->patient[mid].entity < entity)
            low = mid + 1;
        else
            high = mid;
    }
    for (low = 0, high = w->aliases; low < high;) {
        size_t mid = low + (high - low) / 2;
        if (w->alias[mid].entity == entity)
            return w->alias[mid].patient;
        if (w->alias[mid].entity < entity)
            low = mid + 1;
        else
            high = mid;
    }
    return KEEP_ID_NONE;
}

/* --- one record -------------------------------------------------------------------- */

/* What of a version's row a reader of one record needs. */
#define VERSION_SQL "SELECT version, payload, stated, size, sealed FROM version WHERE record=?1 AND (version=?2 OR ?2=0) ORDER BY version DESC LIMIT 1"

/* 1 no such record, 2 destroyed, 3 destroyed and its recording pending; 0: st stands on the row, the key is in key. */
static int version_find(struct keep_store *s, uint64_t record, uint32_t version, sqlite3_stmt **out, uint8_t key[32], struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_store_prepare(s, keep_store_db(s), VERSION_SQL, &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)record);
    sqlite3_bind_int64(st, 2, version);
    if ((rc = keep_rowio_next(st, "reading a record", err)) < 0)
        return rc;
    if (rc == 1) {
        if ((rc = keep_ring_get(s, KEEP_RING_RECORD, record, key, err)) == 0) {
            *out = st;
            return 0;
        }
        sqlite3_reset(st);
        return rc == 1 ? 3 : rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "a record's key is missing without having been destroyed");
    }
    if ((rc = keep_store_prepare(s, keep_store_db(s), "SELECT 1 FROM erased WHERE kind=?1 AND owner=?2", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, KEEP_RING_RECORD);
    sqlite3_bind_int64(st, 2, (int64_t)record);
    rc = keep_rowio_next(st, "reading what was destroyed", err);
    sqlite3_reset(st);
    return rc < 0 ? rc : rc == 1 ? 2 : 1;
}

/* The payload of the row on which st stands, which is reset: 0, 4 an index entry. */
static int payload_of(sqlite3_stmt *st, uint64_t record, struct keep_payload *p, struct keep_err *err)
{
    struct keep_stated said;
    int rc = keep_stated_get(&said, keep_rowio_blob_at(st, 2), err);

    if (rc == 0) {
        *p = (struct keep_payload){.record = record, .version = (uint32_t)sqlite3_column_int64(st, 0), .first = sqlite3_column_int64(st, 1), .size = (uint64_t)sqlite3_column_int64(st, 3)};
        memcpy(p->tags, said.tags.p, said.tags.n);
        rc = p->first == 0 ? 4 : 0;
    }
    sqlite3_reset(st);
    return rc;
}

/* The sealed part of a version, in its row or with its payload. st stands on the row, and is reset. */
static int part_open(struct keep_store *s, sqlite3_stmt *st, uint64_t record, const uint8_t key[32], struct keep_buf *plain, struct keep_err *err)
{
    struct keep_str sealed = keep_rowio_blob_at(st, 4);
    struct keep_payload p;
    int rc;

    if (sealed.n) {
        rc = keep_seal_open_text(plain, sealed, "record", record, (uint64_t)sqlite3_column_int64(st, 0), key, err);
        sqlite3_reset(st);
        return rc;
    }
    if ((rc = payload_of(st, record, &p, err)) != 0)
        return rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "a record's row is malformed");
    return keep_payload_text(s, &p, key, plain, err);
}

int keep_load_payload(struct keep_store *s, uint64_t record, uint32_t version, struct keep_buf *out, struct keep_err *err)
{
    struct keep_payload p;
    sqlite3_stmt *st;
    uint8_t *key;
    int rc;

    if ((rc = keep_payload_room(s, &key, err)) < 0)
        return rc;
    if ((rc = version_find(s, record, version, &st, key, err)) == 0 && (rc = payload_of(st, record, &p, err)) == 0)
        rc = p.size <= KEEP_LOAD_WHOLE ? keep_payload_whole(s, &p, key, out, err) : keep_err_set(err, KEEP_E_LIMIT, "a record of more than 1 GiB is read piece by piece");
    keep_secret_wipe(key, KEEP_KEY_SIZE);
    return rc;
}

int keep_load_pieces_open(struct keep_load_pieces **out, struct keep_store *s, uint64_t record, uint32_t version, uint64_t *size, struct keep_err *err)
{
    struct keep_payload_reader *r;
    struct keep_payload p;
    sqlite3_stmt *st;
    uint8_t *key;
    int rc;

    if ((rc = keep_payload_room(s, &key, err)) < 0)
        return rc;
    if ((rc = version_find(s, record, version, &st, key, err)) == 0 && (rc = payload_of(st, record, &p, err)) == 0 && (rc = keep_payload_open(&r, s, &p, key, err)) == 0) {
        *out = (struct keep_load_pieces *)r;
        *size = p.size;
    }
    keep_secret_wipe(key, KEEP_KEY_SIZE);
    return rc;
}

int keep_load_pieces_next(struct keep_load_pieces *p, const void **piece, size_t *n, struct keep_err *err)
{
    return keep_payload_next((struct keep_payload_reader *)p, piece, n, err);
}

void keep_load_pieces_close(struct keep_load_pieces *p)
{
    keep_payload_close((struct keep_payload_reader *)p);
}

int keep_load_sealed(struct keep_store *s, uint64_t record, struct keep_buf *plain, struct keep_detail_record *d, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    uint8_t *key;
    int rc;

    if ((rc = keep_payload_room(s, &key, err)) < 0)
        return rc;
    if ((rc = version_find(s, record, 0, &st, key, err)) == 0 && (rc = part_open(s, st, record, key, plain, err)) == 0)
        rc = keep_detail_get_record(d, keep_buf_view(plain), err);
    keep_secret_wipe(key, KEEP_KEY_SIZE);
    return rc;
}

int keep_load_record_key(struct keep_store *s, uint64_t record, struct keep_buf *out, struct keep_err *err)
{
    struct keep_buf plain = KEEP_BUF_INIT;
    struct keep_detail_record d;
    struct keep_detail_reader r;
    int rc = keep_load_sealed(s, record, &plain, &d, err);

    if (rc == 0) {
        r = (struct keep_detail_reader){d.keys, true};
        if (keep_detail_u32(&r)) {
            struct keep_str system = keep_detail_bytes(&r), value = keep_detail_bytes(&r);
            if (system.n) {
                keep_buf_add(out, system.p, system.n);
                keep_buf_char(out, '/');
            }
            keep_buf_add(out, value.p, value.n);
        }
        if (out->failed)
            rc = no_memory(err);
    }
    keep_buf_free(&plain);
    return rc;
}

int keep_load_disclosure(struct keep_store *s, uint64_t record, struct keep_arena *a, struct keep_load_disclosure *out, struct keep_err *err)
{
    struct keep_buf plain = KEEP_BUF_INIT;
    struct keep_detail_record d;
    bool fits = true;
    int rc = keep_load_sealed(s, record, &plain, &d, err);

    if (rc == 0) {
        struct keep_disclosure *t = &d.disclosure;
        struct keep_str *text[] = {&d.title, &d.custodian, &d.locator, &t->recipient, &t->address, &t->what, &t->purpose, &t->request, &t->basis, &t->agency};
        for (size_t i = 0; i < (d.disclosed ? sizeof text / sizeof *text : 3); i++)
            *text[i] = keep_arena_str(a, *text[i], &fits);
        if (fits)
            *out = (struct keep_load_disclosure){.title = d.title, .custodian = d.custodian, .locator = d.locator, .told = d.disclosed, .disclosure = d.disclosure};
        else
            rc = no_memory(err);
    }
    keep_buf_free(&plain);
    return rc;
}

/* --- counts ------------------------------------------------------------------------- */

/* Entities of a column, linked ones counted once. seen: one byte an entity, bit set for each that was counted. */
static int distinct(struct keep_store *s, const char *sql, int64_t kind, const struct keep_entity_roots *roots, uint8_t *seen, uint64_t *n, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, kind);
    memset(seen, 0, roots->n);
    *n = 0;
    while ((rc = keep_rowio_next(st, "counting", err)) > 0) {
        int64_t e = sqlite3_column_int64(st, 0);
        if (e > 0 && (uint64_t)e < roots->n && !seen[roots->root[e]]) {
            seen[roots->root[e]] = 1;
            ++*n;
        }
    }
    return rc;
}

static int people_count(struct keep_store *s, struct keep_load_status *out, struct keep_err *err)
{
    static const char by_kind[] = "SELECT entity FROM detail WHERE kind=?1";
    static const char known_accounts[] = "SELECT id FROM entity WHERE kind=?1";
    static const char encounters[] = "SELECT entity FROM encounter WHERE ?1 IS NOT NULL";
    static const char practitioners[] = "SELECT self FROM version WHERE kind=?1";
    struct keep_entity_roots roots = {NULL, NULL, 0};
    int64_t practitioner;
    uint8_t *seen = NULL;
    int rc;

    if ((rc = keep_entity_roots_load(&roots, s, err)) < 0)
        return rc;
    if (!(seen = malloc(roots.n))) {
        rc = no_memory(err);
        goto out;
    }
    if ((rc = distinct(s, by_kind, KEEP_ENTITY_PATIENT, &roots, seen, &out->patients, err)) < 0 ||
        (rc = distinct(s, by_kind, KEEP_ENTITY_WORKER, &roots, seen, &out->workers, err)) < 0 ||
        (rc = distinct(s, by_kind, KEEP_ENTITY_FACILITY, &roots, seen, &out->facilities, err)) < 0 ||
        (rc = distinct(s, by_kind, KEEP_ENTITY_LOCATION, &roots, seen, &out->locations, err)) < 0 ||
        (rc = distinct(s, known_accounts, KEEP_ENTITY_ACCOUNT, &roots, seen, &out->accounts, err)) < 0 ||
        (rc = distinct(s, encounters, 0, &roots, seen, &out->encounters, err)) < 0 ||
        (rc = keep_rowio_number(s, "SELECT id FROM term WHERE text='Practitioner'", -1, &practitioner, err)) < 0)
        goto out;
    rc = distinct(s, practitioners, practitioner, &roots, seen, &out->practitioners, err);
out:
    free(seen);
    keep_entity_roots_free(&roots);
    return rc;
}

struct documents {
    uint64_t n, all; /* documents; records of every kind */
};

static int document_add(void *ctx, struct keep_str kind, uint64_t n, struct keep_err *err)
{
    struct documents *d = ctx;

    (void)err;
    if (keep_str_is(kind, "DocumentReference") || keep_str_is(kind, "Composition") || keep_str_is(kind, "DiagnosticReport") || keep_str_is(kind, "document"))
        d->n += n;
    d->all += n;
    return 0;
}

int keep_load_status(struct keep_store *s, struct keep_load_status *out, struct keep_err *err)
{
    struct keep_load_status t = {0};
    struct documents docs = {0};
    const struct {
        const char *sql;
        uint64_t *to;
    } number[] = {
        {"SELECT (SELECT count(*) FROM relation) - (SELECT count(*) FROM relation WHERE prior > 0)", &t.relations},
        {"SELECT sum(n) FROM segment", &t.events},
        {"SELECT count(*) FROM segment", &t.segments},
        {"SELECT sum(bytes) FROM segment", &t.segment_bytes},
        {"SELECT count(*) FROM quarantine WHERE id NOT IN (" KEEP_QUARANTINE_SETTLED ")", &t.quarantined},
        {"SELECT count(*) FROM source", &t.sources},
        {"SELECT count(*) FROM erased WHERE kind = 1", &t.records_destroyed},
    };
    int rc;

    for (size_t i = 0; i < sizeof number / sizeof *number; i++) {
        int64_t v;
        if ((rc = keep_rowio_number(s, number[i].sql, 0, &v, err)) < 0)
            return rc;
        *number[i].to = (uint64_t)v;
    }
    if ((rc = people_count(s, &t, err)) < 0 || (rc = keep_load_kinds(s, document_add, &docs, err)) < 0)
        return rc;
    t.documents = docs.n;
    t.records = docs.all;
    t.events_in_segments = t.events;
    t.ledger_entries = keep_ledger_size(s);
    *out = t;
    return 0;
}

/* Latest versions by kind into n (a count for each term), in one pass in the order in which the versions lie: nothing is sorted or looked up again. */
static int kinds_count(struct keep_store *s, uint64_t *n, int64_t terms, struct keep_err *err)
{
    sqlite3_stmt *st;
    int64_t record = 0, kind = 0;
    int rc = keep_load_prepare(s, "SELECT record, kind FROM version ORDER BY record, version", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "counting records", err)) > 0) {
        if (record && record != sqlite3_column_int64(st, 0))
            n[kind]++;
        record = sqlite3_column_int64(st, 0);
        kind = sqlite3_column_int64(st, 1);
        if (kind < 0 || kind >= terms) {
            rc = keep_err_set(err, KEEP_E_INTEGRITY, "a record's kind is not in the dictionary");
            break;
        }
    }
    if (rc == 0 && record)
        n[kind]++;
    sqlite3_finalize(st);
    return rc;
}

int keep_load_kinds(struct keep_store *s, int (*each)(void *ctx, struct keep_str kind, uint64_t n, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    uint64_t *n = NULL;
    int64_t last;
    int rc = keep_rowio_number(s, "SELECT max(id) FROM term", -1, &last, err);

    if (rc < 0)
        return rc;
    n = calloc((size_t)last + 2, sizeof *n);
    rc = n ? kinds_count(s, n, last + 1, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_load_prepare(s, "SELECT id, text FROM term ORDER BY text", &st, err);
    while (rc == 0 && (rc = keep_rowio_next(st, "counting records", err)) > 0) {
        int64_t id = sqlite3_column_int64(st, 0);
        rc = id >= 0 && id <= last && n[id] ? each(ctx, keep_rowio_text_at(st, 1), n[id], err) : 0;
    }
    sqlite3_finalize(st);
    free(n);
    return rc;
}

/* --- quarantine ------------------------------------------------------------------------- */

int keep_load_quarantine(struct keep_store *s, int (*each)(void *ctx, const struct keep_quarantined *, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT q.id, q.line, q.at, s.name, f.name, q.reason, q.size FROM quarantine q"
                               " JOIN source s ON s.id = q.source JOIN file f ON f.id = q.file"
                               " WHERE q.id NOT IN (" KEEP_QUARANTINE_SETTLED ") ORDER BY q.id", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading the quarantine", err)) > 0) {
        struct keep_quarantined q = {
            .id = (uint64_t)sqlite3_column_int64(st, 0), .line = (uint64_t)sqlite3_column_int64(st, 1), .offset = (uint64_t)sqlite3_column_int64(st, 2),
            .source = keep_rowio_text_at(st, 3), .file = keep_rowio_text_at(st, 4), .reason = keep_rowio_text_at(st, 5), .size = (uint64_t)sqlite3_column_int64(st, 6)};
        if ((rc = each(ctx, &q, err)) != 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}

int keep_load_unread(struct keep_store *s, int (*each)(void *ctx, uint32_t source, uint64_t items, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT source, count(*) FROM quarantine WHERE id NOT IN (" KEEP_QUARANTINE_TAKEN ") GROUP BY source", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "counting the quarantine", err)) > 0 && (rc = each(ctx, (uint32_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1), err)) == 0)
        ;
    sqlite3_finalize(st);
    return rc;
}

int keep_load_quarantine_bytes(struct keep_store *s, uint64_t id, struct keep_buf *out, struct keep_err *err)
{
    struct keep_seal_keys *keys = NULL;
    sqlite3_stmt *st = NULL;
    int rc;

    if ((rc = keep_seal_keys_new(&keys, s, err)) < 0 || (rc = keep_store_prepare(s, keep_store_db(s), "SELECT sealed FROM quarantine WHERE id=?1", &st, err)) < 0)
        goto out;
    sqlite3_bind_int64(st, 1, (int64_t)id);
    if ((rc = keep_rowio_next(st, "reading the quarantine", err)) <= 0) {
        rc = rc < 0 ? rc : 1;
        goto out;
    }
    if ((rc = keep_ring_get(s, KEEP_RING_QUARANTINE, id, keys->owner, err)) == 0)
        rc = keep_seal_open_text(out, keep_rowio_blob_at(st, 0), "quarantine", id, 0, keys->owner, err);
    else if (rc == 2)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "a quarantined item's key is missing without having been destroyed");
out:
    sqlite3_reset(st);
    keep_seal_keys_free(keys);
    return rc;
}

/* --- finding a patient --------------------------------------------------------------------- */

int keep_load_find_patient(const struct keep_world *w, struct keep_str what, struct keep_arena *a, int (*each)(void *ctx, uint32_t patient), void *ctx)
{
    struct keep_str folded = keep_fold_name(what, a);
    int rc = 0;

    for (uint32_t i = 0; i < w->patients && rc == 0; i++) {
        const struct keep_patient *p = &w->patient[i];
        if ((p->mrn.n && keep_str_eq(p->mrn, what)) || (folded.n && p->name.n && keep_str_eq(keep_fold_name(p->name, a), folded)))
            rc = each(ctx, i);
    }
    return rc;
}
