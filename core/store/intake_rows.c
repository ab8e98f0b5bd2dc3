/* Rows into tables: people, accounts, places, encounters, relations, events,
 * quarantine and notes. Each row has a slot, a keyed hash of what makes it the
 * same row of the same source when it comes again, and a digest of what it
 * says. The same digest as the slot's latest row: a repetition. Another: a new
 * version. Digests are made of resolved references, which never change: a key
 * names the same entity for ever, links come on top. */
#include <stdio.h>

#include "core/store/intake_inside.h"
#include "core/store/sorted.h"

#define TRY(call)              \
    do {                       \
        if ((rc = (call)) < 0) \
            return rc;         \
    } while (0)

static void form_str(struct keep_intake *in, struct keep_str s)
{
    keep_buf_bytes(&in->form, s.p, s.n);
}

/* Starts a slot's form: what kind of row, of which source. */
static void slot_start(struct keep_intake *in, const char *what)
{
    keep_buf_clear(&in->form);
    form_str(in, keep_str_of(what));
    keep_buf_u32(&in->form, in->source);
}

static int input(struct keep_err *err, const char *what)
{
    return keep_err_set(err, KEEP_E_INPUT, "%s", what);
}

static int keys_of(struct keep_intake *in, const struct keep_key *key, size_t n, uint64_t *entity, struct keep_err *err)
{
    int rc;

    keep_buf_clear(&in->hashes);
    TRY(keep_entity_resolve(in->map, key, n, entity, &in->hashes, err));
    return *entity ? 0 : input(err, "a row without an identifier");
}

static int key_in(struct keep_intake *in, struct keep_key key, enum keep_entity kind, uint64_t *id, struct keep_err *err)
{
    key.kind = kind;
    return keep_entity_of(in->map, &key, id, err);
}

/* The first key's hash into the slot. */
static void slot_key(struct keep_intake *in)
{
    keep_buf_add(&in->form, in->hashes.p, KEEP_ENTITY_HASH);
}

int keep_intake_rows_detail(struct keep_intake *in, enum keep_entity kind, uint64_t entity, const struct keep_origin *at, struct keep_err *err)
{
    uint8_t slot[KEEP_ENTITY_HASH], digest[KEEP_ENTITY_HASH];
    struct keep_str body = keep_buf_view(&in->body);
    uint64_t bound;
    sqlite3_stmt *st;
    int64_t file;
    int rc;

    TRY(keep_intake_inside_digest(in, slot, err));
    keep_buf_clear(&in->form);
    form_str(in, body);
    TRY(keep_intake_inside_digest(in, digest, err));
    if ((rc = keep_intake_inside_same(in, "SELECT digest FROM detail WHERE slot=?1 ORDER BY id DESC LIMIT 1", slot, digest, err)) != 0)
        return rc;
    if (keep_detail_sealed(kind)) {
        TRY(keep_intake_inside_key(in, KEEP_RING_PATIENT, entity, err));
        keep_buf_clear(&in->sealed);
        memcpy(&bound, digest, sizeof bound);
        TRY(keep_seal_text(&in->sealed, body, keep_detail_sealed(kind), entity, bound, in->keys->owner, err));
        body = keep_buf_view(&in->sealed);
    }
    TRY(keep_intake_inside_file(in, &file, err));
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "INSERT INTO detail(entity, kind, source, slot, digest, body, file, line, leaf)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)", &st, err));
    keep_rowio_start(&in->row, in->s, st, "detail");
    keep_rowio_int(&in->row, (int64_t)entity);
    keep_rowio_int(&in->row, kind);
    keep_rowio_int(&in->row, in->source);
    keep_rowio_blob(&in->row, slot, sizeof slot);
    keep_rowio_blob(&in->row, digest, sizeof digest);
    keep_rowio_blob(&in->row, body.p, body.n);
    keep_rowio_int(&in->row, file);
    keep_rowio_int(&in->row, (int64_t)at->line);
    return keep_rowio_insert(&in->row, in->keys->leaf, err);
}

static int patient_take(struct keep_intake *in, const struct keep_row_patient *r, struct keep_err *err)
{
    uint64_t entity, worker;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(keys_of(in, r->key, r->keys, &entity, err));
    TRY(key_in(in, r->worker, KEEP_ENTITY_WORKER, &worker, err));
    keep_buf_clear(&in->body);
    keep_detail_put_patient(&in->body, r, keep_buf_view(&in->hashes), worker);
    slot_start(in, "patient");
    slot_key(in);
    return keep_intake_rows_detail(in, KEEP_ENTITY_PATIENT, entity, &r->at, err);
}

static int on_patient(void *ctx, const struct keep_row_patient *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, patient_take(in, r, err), "patients", &in->counts.patients, err);
}

/* One worker may have several rows in a source: roles, intervals of affiliation. They are told apart by what does
 * not change when a row is corrected: start, department, role, unit, and whether it is the person or only a role. */
static int worker_take(struct keep_intake *in, const struct keep_row_worker *r, struct keep_err *err)
{
    uint64_t entity, manager, patient;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(keys_of(in, r->key, r->keys, &entity, err));
    TRY(key_in(in, r->manager, KEEP_ENTITY_WORKER, &manager, err));
    TRY(key_in(in, r->patient, KEEP_ENTITY_PATIENT, &patient, err));
    keep_buf_clear(&in->body);
    keep_detail_put_worker(&in->body, r, keep_buf_view(&in->hashes), manager, patient);
    slot_start(in, "worker");
    slot_key(in);
    keep_buf_u64(&in->form, (uint64_t)r->from);
    form_str(in, r->department);
    form_str(in, r->role);
    form_str(in, r->unit);
    keep_buf_u8(&in->form, r->human.names > 0);
    return keep_intake_rows_detail(in, KEEP_ENTITY_WORKER, entity, &r->at, err);
}

static int on_worker(void *ctx, const struct keep_row_worker *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, worker_take(in, r, err), "workers", &in->counts.workers, err);
}

static int account_write(struct keep_intake *in, const char *slot, const struct keep_row_account *r, struct keep_err *err)
{
    struct keep_key key = {KEEP_ENTITY_ACCOUNT, {NULL, 0}, r->login};
    uint64_t entity, worker;
    int rc;

    TRY(keys_of(in, &key, 1, &entity, err));
    TRY(key_in(in, r->worker, KEEP_ENTITY_WORKER, &worker, err));
    keep_buf_clear(&in->body);
    keep_detail_put_account(&in->body, r, keep_buf_view(&in->hashes), worker);
    slot_start(in, slot);
    slot_key(in);
    keep_buf_u64(&in->form, worker);
    keep_buf_u64(&in->form, (uint64_t)r->from);
    return keep_intake_rows_detail(in, KEEP_ENTITY_ACCOUNT, entity, &r->at, err);
}

static int account_take(struct keep_intake *in, const struct keep_row_account *r, struct keep_err *err)
{
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    return account_write(in, "account", r, err);
}

static int on_account(void *ctx, const struct keep_row_account *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, account_take(in, r, err), "accounts", &in->counts.accounts, err);
}

static int facility_take(struct keep_intake *in, const struct keep_row_facility *r, struct keep_err *err)
{
    uint64_t entity, owner;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(keys_of(in, r->key, r->keys, &entity, err));
    TRY(key_in(in, r->part_of, KEEP_ENTITY_FACILITY, &owner, err));
    keep_buf_clear(&in->body);
    keep_detail_put_facility(&in->body, r, keep_buf_view(&in->hashes), owner);
    slot_start(in, "facility");
    slot_key(in);
    return keep_intake_rows_detail(in, KEEP_ENTITY_FACILITY, entity, &r->at, err);
}

static int on_facility(void *ctx, const struct keep_row_facility *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, facility_take(in, r, err), "facilities", &in->counts.facilities, err);
}

static int location_take(struct keep_intake *in, const struct keep_row_location *r, struct keep_err *err)
{
    uint64_t entity, owner;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(keys_of(in, r->key, r->keys, &entity, err));
    TRY(key_in(in, r->facility, KEEP_ENTITY_FACILITY, &owner, err));
    keep_buf_clear(&in->body);
    keep_detail_put_location(&in->body, r, keep_buf_view(&in->hashes), owner);
    slot_start(in, "location");
    slot_key(in);
    return keep_intake_rows_detail(in, KEEP_ENTITY_LOCATION, entity, &r->at, err);
}

static int on_location(void *ctx, const struct keep_row_location *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, location_take(in, r, err), "locations", &in->counts.locations, err);
}

static int encounter_take(struct keep_intake *in, const struct keep_row_encounter *r, struct keep_err *err)
{
    uint8_t slot[KEEP_ENTITY_HASH], digest[KEEP_ENTITY_HASH];
    uint64_t entity, ref[3];
    int64_t file;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(keys_of(in, r->key, r->keys, &entity, err));
    TRY(key_in(in, r->patient, KEEP_ENTITY_PATIENT, &ref[0], err));
    TRY(key_in(in, r->facility, KEEP_ENTITY_FACILITY, &ref[1], err));
    TRY(key_in(in, r->location, KEEP_ENTITY_LOCATION, &ref[2], err));
    slot_start(in, "encounter");
    slot_key(in);
    TRY(keep_intake_inside_digest(in, slot, err));
    keep_buf_clear(&in->form);
    form_str(in, keep_buf_view(&in->hashes));
    for (int i = 0; i < 3; i++)
        keep_buf_u64(&in->form, ref[i]);
    form_str(in, r->klass);
    form_str(in, r->status);
    keep_buf_u64(&in->form, (uint64_t)r->start);
    keep_buf_u64(&in->form, (uint64_t)r->end);
    keep_buf_u32(&in->form, (uint32_t)r->start_date);
    keep_buf_u32(&in->form, (uint32_t)r->end_date);
    TRY(keep_intake_inside_digest(in, digest, err));
    if ((rc = keep_intake_slots_again(in, &in->encounters, "SELECT digest FROM encounter WHERE slot=?1 ORDER BY id DESC LIMIT 1", slot, digest, err)) != 0)
        return rc;
    TRY(keep_intake_inside_file(in, &file, err));
    keep_rowio_wait(&in->row, in->s, KEEP_BATCH_ENCOUNTER, "INSERT OR FAIL INTO encounter(entity, source, slot, digest, patient, facility, location, class, status, "
                    "start, end, start_date, end_date, file, line, leaf) SELECT " KEEP_BATCH_C16 " FROM batch(?1)", "encounter");
    keep_rowio_int(&in->row, (int64_t)entity);
    keep_rowio_int(&in->row, in->source);
    keep_rowio_blob(&in->row, slot, sizeof slot);
    keep_rowio_blob(&in->row, digest, sizeof digest);
    for (int i = 0; i < 3; i++)
        keep_rowio_int(&in->row, (int64_t)ref[i]);
    keep_rowio_text(&in->row, r->klass);
    keep_rowio_text(&in->row, r->status);
    keep_rowio_int(&in->row, r->start);
    keep_rowio_int(&in->row, r->end);
    keep_rowio_int(&in->row, r->start_date);
    keep_rowio_int(&in->row, r->end_date);
    keep_rowio_int(&in->row, file);
    keep_rowio_int(&in->row, (int64_t)r->at.line);
    return keep_rowio_insert(&in->row, in->keys->leaf, err);
}

static int on_encounter(void *ctx, const struct keep_row_encounter *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, encounter_take(in, r, err), "encounters", &in->counts.encounters, err);
}

#define SLOT KEEP_INTAKE_RELATION_SLOT
#define SAID 11 /* the slot, and what may change */

/* The latest relation of a slot: 1 it says the same, 0 another, or there is none: *id = 0. The index has patient and start. */
static int relation_latest(struct keep_intake *in, const int64_t v[SAID], int64_t *id, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc;

    *id = 0;
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "SELECT id, end, open, recorded, author FROM relation WHERE source=?1 AND kind=?2 AND patient=?3 AND worker=?4"
                           " AND department=?5 AND encounter=?6 AND start=?7 ORDER BY id DESC LIMIT 1", &st, err));
    for (int i = 0; i < SLOT; i++)
        sqlite3_bind_int64(st, i + 1, v[i]);
    if ((rc = keep_rowio_next(st, "looking for a relation", err)) <= 0)
        return rc;
    *id = sqlite3_column_int64(st, 0);
    for (int i = SLOT; i < SAID; i++)
        rc &= sqlite3_column_int64(st, i - SLOT + 1) == v[i];
    sqlite3_reset(st);
    return rc;
}

/* The row that the next one will have, which its visit is told before it is written. */
static int relation_number(struct keep_intake *in, int64_t *id, struct keep_err *err)
{
    int64_t *next = keep_store_next_relation(in->s);
    int rc;

    if (*next == 0) {
        TRY(keep_rowio_number(in->s, "SELECT max(id) FROM relation", 0, next, err));
        ++*next;
    }
    *id = (*next)++;
    return 0;
}

/* A relation has no identifier: who, whom, what, in which visit, and from when make it the same; its end, author
 * and day of recording may change. */
static int relation_take(struct keep_intake *in, const struct keep_row_relation *r, struct keep_err *err)
{
    uint64_t patient, worker, encounter, author, slot;
    uint32_t department;
    int64_t file, prior = 0;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(key_in(in, r->patient, KEEP_ENTITY_PATIENT, &patient, err));
    TRY(key_in(in, r->worker, KEEP_ENTITY_WORKER, &worker, err));
    TRY(key_in(in, r->encounter, KEEP_ENTITY_ENCOUNTER, &encounter, err));
    TRY(key_in(in, r->author, KEEP_ENTITY_WORKER, &author, err));
    TRY(keep_entity_term(in->map, r->department, &department, err));
    if (!patient || (!worker && department == KEEP_ID_NONE))
        return input(err, "a relation without a patient, or without a worker and department");
    const int64_t v[SAID] = {in->source, r->kind, (int64_t)patient, (int64_t)worker, department, (int64_t)encounter, r->from, r->to, r->open, r->recorded, (int64_t)author};
    slot = keep_intake_slots_relation(v);
    keep_rowio_wait(&in->row, in->s, KEEP_BATCH_RELATION, "INSERT OR FAIL INTO relation(source, kind, patient, worker, department, encounter, start, end, open, recorded, "
                    "author, prior, file, line, leaf, id) SELECT " KEEP_BATCH_C16 " FROM batch(?1)", "relation");
    for (int i = 0; i < SAID; i++)
        keep_rowio_int(&in->row, v[i]);
    if (in->row.canon.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    TRY(keep_intake_slots_look(in, &in->relations, slot, in->row.canon.p + in->row.head, in->row.canon.n - in->row.head, err));
    if (rc == 2)
        return 1;
    if (rc > 0 && (rc = relation_latest(in, v, &prior, err)) != 0)
        return rc;
    TRY(keep_intake_slots_met(in, &in->relations, slot, err));
    TRY(keep_intake_inside_file(in, &file, err));
    keep_rowio_int(&in->row, prior);
    keep_rowio_int(&in->row, file);
    keep_rowio_int(&in->row, (int64_t)r->at.line);
    TRY(relation_number(in, &in->row.id, err));
    if (encounter)
        TRY(keep_sorted_add(in->s, KEEP_BATCH_RELATION_VISIT, encounter, (uint64_t)in->row.id, 0, err));
    return keep_rowio_insert(&in->row, in->keys->leaf, err);
}

static int on_relation(void *ctx, const struct keep_row_relation *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, relation_take(in, r, err), "relations", &in->counts.relations, err);
}

static int event_take(struct keep_intake *in, const struct keep_row_event *r, struct keep_err *err)
{
    struct keep_key account = {KEEP_ENTITY_ACCOUNT, {NULL, 0}, r->account}, patient = r->patient;
    struct keep_events_ids ids;
    uint64_t id;
    int rc;

    patient.kind = KEEP_ENTITY_PATIENT;
    keep_entity_soon(in->map, &patient);
    TRY(keep_intake_inside_begin(in, err));
    TRY(keep_entity_of(in->map, &account, &id, err));
    if (rc == 1) { /* the log is the first to name this login: what it is called must be somewhere */
        struct keep_row_account seen = {.at = r->at, .login = r->account, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE};
        TRY(account_write(in, "login in a log", &seen, err));
    }
    ids.account = (uint32_t)id;
    TRY(key_in(in, r->patient, KEEP_ENTITY_PATIENT, &id, err));
    ids.patient = (uint32_t)id;
    TRY(keep_entity_term(in->map, r->place, &ids.place, err));
    TRY(keep_entity_term(in->map, r->unit, &ids.unit, err));
    ids.place++; /* on disk 0 is none; KEEP_ID_NONE wraps to it */
    ids.unit++;
    return keep_events_add(in->log, r, &ids, err);
}

static int on_event(void *ctx, const struct keep_row_event *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;
    int rc = event_take(in, r, err);

    in->counts.untold += rc == 0 && r->exposure == KEEP_EXPOSURE_UNKNOWN;
    return keep_intake_inside_row(in, rc, "events", &in->counts.events, err);
}

/* Which of the equal rows of its file this one is, that in->form tells, from 0: as with events, each is an item of its own, and repeats the same of any other file. */
static int quarantine_count(struct keep_intake *in, uint32_t *k, struct keep_err *err)
{
    uint8_t digest[KEEP_ENTITY_HASH];
    struct keep_seen_entry *e;
    uint64_t hash;
    int rc;

    TRY(keep_intake_inside_digest(in, digest, err));
    memcpy(&hash, digest, sizeof hash);
    if (!(e = keep_seen_add(&in->unread, hash ? hash : 1)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *k = e->count++;
    return 0;
}

static int quarantine_take(struct keep_intake *in, const struct keep_row_quarantine *r, struct keep_err *err)
{
    uint8_t digest[KEEP_ENTITY_HASH];
    struct keep_str reason = keep_str_of(r->reason);
    sqlite3_stmt *st;
    int64_t id, file;
    uint32_t k = 0;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    slot_start(in, "quarantine");
    form_str(in, reason);
    form_str(in, r->bytes);
    if (r->bytes.n == 0) { /* nothing to know it by but its place */
        form_str(in, keep_buf_view(&in->file_name));
        keep_buf_u64(&in->form, r->at.line);
    } else {
        TRY(quarantine_count(in, &k, err));
    }
    if (k > 0)
        keep_buf_u32(&in->form, k);
    TRY(keep_intake_inside_digest(in, digest, err));
    if ((rc = keep_intake_inside_same(in, "SELECT digest FROM quarantine WHERE digest=?1", digest, digest, err)) != 0)
        return rc;
    TRY(keep_intake_inside_file(in, &file, err));
    TRY(keep_rowio_number(in->s, "SELECT max(id) FROM quarantine", 0, &id, err));
    id++;
    TRY(keep_intake_inside_key(in, KEEP_RING_QUARANTINE, (uint64_t)id, err));
    keep_buf_clear(&in->sealed);
    TRY(keep_seal_text(&in->sealed, r->bytes, "quarantine", (uint64_t)id, 0, in->keys->owner, err));
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "INSERT INTO quarantine(id, source, file, line, at, reason, size, digest, sealed, leaf)"
                           " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)", &st, err));
    keep_rowio_start(&in->row, in->s, st, "quarantine");
    keep_rowio_int(&in->row, id);
    keep_rowio_int(&in->row, in->source);
    keep_rowio_int(&in->row, file);
    keep_rowio_int(&in->row, (int64_t)r->at.line);
    keep_rowio_int(&in->row, (int64_t)r->at.offset);
    keep_rowio_text(&in->row, reason);
    keep_rowio_int(&in->row, (int64_t)r->bytes.n);
    keep_rowio_blob(&in->row, digest, sizeof digest);
    keep_rowio_blob(&in->row, in->sealed.p, in->sealed.n);
    return keep_rowio_insert(&in->row, in->keys->owner, err);
}

static int on_quarantine(void *ctx, const struct keep_row_quarantine *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;
    char name[256];

    if (in->strict) {
        snprintf(name, sizeof name, "%.*s", (int)in->file_name.n, (const char *)in->file_name.p);
        return keep_err_at(err, KEEP_E_INPUT, name, r->at.line, 0, "%s", r->reason);
    }
    return keep_intake_inside_row(in, quarantine_take(in, r, err), "quarantined", &in->counts.quarantined, err);
}

static int note_take(struct keep_intake *in, const struct keep_row_note *r, struct keep_err *err)
{
    uint8_t digest[KEEP_ENTITY_HASH];
    uint32_t kind;
    sqlite3_stmt *st;
    int64_t file;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    slot_start(in, "note");
    form_str(in, r->kind);
    form_str(in, r->bytes);
    TRY(keep_intake_inside_digest(in, digest, err));
    if ((rc = keep_intake_inside_same(in, "SELECT digest FROM note WHERE digest=?1", digest, digest, err)) != 0)
        return rc;
    TRY(keep_entity_term(in->map, r->kind, &kind, err));
    TRY(keep_intake_inside_file(in, &file, err));
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "INSERT INTO note(source, kind, digest, body, file, line, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", &st, err));
    keep_rowio_start(&in->row, in->s, st, "note");
    keep_rowio_int(&in->row, in->source);
    keep_rowio_int(&in->row, kind);
    keep_rowio_blob(&in->row, digest, sizeof digest);
    keep_rowio_blob(&in->row, r->bytes.p, r->bytes.n);
    keep_rowio_int(&in->row, file);
    keep_rowio_int(&in->row, (int64_t)r->at.line);
    return keep_rowio_insert(&in->row, in->keys->leaf, err);
}

static int on_note(void *ctx, const struct keep_row_note *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;

    return keep_intake_inside_row(in, note_take(in, r, err), "notes", &in->counts.notes, err);
}

/* What two patients a source merged itself are one here too. What it only hints at is written down for people to decide. */
static int link_take(struct keep_intake *in, const struct keep_row_link *r, bool merged, struct keep_err *err)
{
    uint64_t a, b;
    sqlite3_stmt *st;
    int64_t file;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(key_in(in, r->from, KEEP_ENTITY_PATIENT, &a, err));
    TRY(key_in(in, r->to, KEEP_ENTITY_PATIENT, &b, err));
    if (!a || !b)
        return input(err, "a link without two patients");
    if (merged)
        return keep_entity_link(in->map, a, b, err);
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "SELECT 1 FROM alike WHERE a=?1 AND b=?2 AND kind=?3 AND source=?4", &st, err));
    sqlite3_bind_int64(st, 1, (int64_t)a);
    sqlite3_bind_int64(st, 2, (int64_t)b);
    sqlite3_bind_int64(st, 3, r->kind);
    sqlite3_bind_int64(st, 4, in->source);
    rc = keep_rowio_next(st, "reading what is alike", err);
    sqlite3_reset(st);
    if (rc != 0 || a == b)
        return rc < 0 ? rc : 1;
    TRY(keep_intake_inside_file(in, &file, err));
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "INSERT INTO alike(a, b, kind, source, file, line, leaf) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)", &st, err));
    keep_rowio_start(&in->row, in->s, st, "alike");
    keep_rowio_int(&in->row, (int64_t)a);
    keep_rowio_int(&in->row, (int64_t)b);
    keep_rowio_int(&in->row, r->kind);
    keep_rowio_int(&in->row, in->source);
    keep_rowio_int(&in->row, file);
    keep_rowio_int(&in->row, (int64_t)r->at.line);
    return keep_rowio_insert(&in->row, in->keys->leaf, err);
}

static int on_link(void *ctx, const struct keep_row_link *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;
    bool merged = r->kind == KEEP_LINK_REPLACED_BY || r->kind == KEEP_LINK_REPLACES;

    return keep_intake_inside_row(in, link_take(in, r, merged, err), merged ? "links" : "alike", merged ? &in->counts.links : &in->counts.alike, err);
}

void keep_intake_rows_fill(struct keep_sink *sink)
{
    sink->patient = on_patient;
    sink->worker = on_worker;
    sink->account = on_account;
    sink->facility = on_facility;
    sink->location = on_location;
    sink->encounter = on_encounter;
    sink->relation = on_relation;
    sink->record = keep_intake_record_take;
    sink->event = on_event;
    sink->quarantine = on_quarantine;
    sink->note = on_note;
    sink->link = on_link;
}
