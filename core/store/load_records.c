/* Records in the order of their sets: by patient, then id.
 *
 * Two passes: the first reads who each latest version is about and sorts that
 * in memory (16 bytes a record), the second fetches the columns one by one.
 * What a record does not say of itself (facility, custody) is taken from its
 * encounter and its source here, when all of them have arrived. */
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/base/num.h"
#include "core/store/detail.h"
#include "core/store/load_records_inside.h"
#include "core/store/schema_base.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int by_patient(const void *a, const void *b)
{
    const struct keep_load_entry *x = a, *y = b;

    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1; /* KEEP_ID_NONE is the greatest: about no patient comes last */
    return x->id < y->id ? -1 : x->id > y->id;
}

/* --- opening --------------------------------------------------------------------- */

static int entries_load(struct keep_load_records *r, struct keep_err *err)
{
    struct keep_entity_moves moves = {NULL, 0};
    int64_t most;
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_rowio_number(r->s, "SELECT count(*) FROM version", 0, &most, err)) < 0)
        return rc;
    if (!(r->entry = malloc(((size_t)most + 1) * sizeof *r->entry)))
        return no_memory(err);
    if ((rc = keep_entity_moves_load(&moves, r->s, err)) < 0)
        return rc;
    if ((rc = keep_load_prepare(r->s, "SELECT record, version, patient FROM version ORDER BY record, version", &st, err)) < 0)
        goto out;
    while ((rc = keep_rowio_next(st, "reading records", err)) > 0) {
        uint64_t id = (uint64_t)sqlite3_column_int64(st, 0), patient = keep_entity_moves_of(&moves, id, (uint64_t)sqlite3_column_int64(st, 2));
        struct keep_load_entry e = {id, keep_load_map_at(&r->map, KEEP_ENTITY_PATIENT, (int64_t)patient), (uint32_t)sqlite3_column_int64(st, 1)};
        if (r->entries && r->entry[r->entries - 1].id == e.id)
            r->entry[r->entries - 1] = e;
        else if (r->entries < (size_t)most)
            r->entry[r->entries++] = e;
    }
    sqlite3_finalize(st);
    if (rc == 0 && r->entries)
        qsort(r->entry, r->entries, sizeof *r->entry, by_patient);
out:
    free(moves.move);
    return rc;
}

/* Tombstones are many only when their recording is done; while one is pending the ring knows more than records.db. */
static int pending_load(struct keep_load_records *r, struct keep_err *err)
{
    int64_t erased;
    sqlite3_stmt *st;
    size_t cap = 0;
    int rc;

    _Static_assert(KEEP_RING_RECORD == 1, "the number stands in the statements below");
    if ((rc = keep_rowio_number(r->s, "SELECT count(*) FROM erased WHERE kind = 1", 0, &erased, err)) < 0)
        return rc;
    rc = sqlite3_prepare_v2(keep_store_ring(r->s), "SELECT owner FROM tomb WHERE kind = 1 AND ?1 < (SELECT count(*) FROM tomb WHERE kind = 1) ORDER BY owner", -1, &st, NULL);
    if (rc != SQLITE_OK)
        return keep_store_sql(keep_store_ring(r->s), rc, "reading tombstones", err);
    sqlite3_bind_int64(st, 1, erased);
    while ((rc = keep_rowio_next(st, "reading tombstones", err)) > 0) {
        if (!keep_grow(&r->pending, &cap, r->pendings + 1, sizeof *r->pending, 64)) {
            rc = no_memory(err);
            break;
        }
        r->pending[r->pendings++] = (uint64_t)sqlite3_column_int64(st, 0);
    }
    sqlite3_finalize(st);
    return rc;
}

/* A source that speaks for one facility, by its name or by its identifier in the server's own space. */
static int singles_load(struct keep_load_records *r, struct keep_err *err)
{
    if (!(r->single = malloc((r->w->sources + 1) * sizeof *r->single)))
        return no_memory(err);
    for (size_t i = 0; i < r->w->sources; i++) {
        const struct keep_source *s = &r->w->source[i];
        r->single[i] = KEEP_ID_NONE;
        if (s->all_facilities || s->facilities != 1)
            continue;
        for (uint32_t f = 0; f < r->w->facilities && r->single[i] == KEEP_ID_NONE; f++)
            if (r->w->facility[f].name.n && keep_str_eq(r->w->facility[f].name, s->facility[0]))
                r->single[i] = f;
        if (r->single[i] == KEEP_ID_NONE) {
            struct keep_key key = {KEEP_ENTITY_FACILITY, {NULL, 0}, s->facility[0]};
            uint8_t hash[KEEP_ENTITY_HASH];
            uint64_t id;
            int rc;
            keep_entity_hash(r->keys, 0, &key, hash);
            if ((rc = keep_entity_find(r->s, hash, &id, err)) < 0)
                return rc;
            if (rc == 0)
                r->single[i] = keep_load_map_at(&r->map, KEEP_ENTITY_FACILITY, (int64_t)id);
        }
    }
    return 0;
}

/* --- the scan ---------------------------------------------------------------------- */

static int codes_read(struct keep_load_records *r, struct keep_str blob, struct keep_record *out, struct keep_err *err)
{
    struct keep_detail_reader in = {blob, true};

    out->codes = 0;
    while (in.ok && in.left.n) {
        if (!keep_grow(&r->code, &r->code_cap, out->codes + 1, sizeof *r->code, 64))
            return no_memory(err);
        r->code[out->codes].system = keep_detail_u32(&in);
        r->code[out->codes++].code = keep_detail_bytes(&in);
    }
    out->code = r->code;
    return in.ok ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "a record's codes are malformed");
}

static int days_read(struct keep_load_records *r, struct keep_str blob, struct keep_record *out, struct keep_err *err)
{
    struct keep_detail_reader in = {blob, true};

    for (out->days = 0; in.ok && in.left.n && out->days < KEEP_DAY_COUNT; out->days++) {
        r->day[out->days].day = (enum keep_record_day)keep_detail_u8(&in);
        r->day[out->days].date = (keep_date)keep_detail_u32(&in);
        in.ok = in.ok && (unsigned)r->day[out->days].day < KEEP_DAY_COUNT;
    }
    out->day = r->day;
    return in.ok && in.left.n == 0 ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "a record's days are malformed");
}

/* Of the earlier records that it changes only their number is told, and how many of them the keep does not have. */
static int amends_read(struct keep_load_records *r, struct keep_str blob, struct keep_record *out, struct keep_err *err)
{
    struct keep_detail_reader in = {blob, true};
    int rc;

    for (; in.ok && in.left.n; out->amendments++) {
        unsigned kind = keep_detail_u8(&in);
        sqlite3_bind_int64(r->amended, 1, (int64_t)keep_detail_u64(&in));
        in.ok = in.ok && kind < KEEP_AMEND_COUNT;
        rc = keep_rowio_next(r->amended, "reading what a record changes", err);
        sqlite3_reset(r->amended);
        if (rc < 0)
            return rc;
        out->amends_unknown += rc == 0;
    }
    return in.ok ? 0 : keep_err_set(err, KEEP_E_INTEGRITY, "what a record changes is malformed");
}

/* Custodian and locator stand in the sealed part; they are looked at only where there are any. */
static int place_read(struct keep_load_records *r, struct keep_str sealed, struct keep_record *out, struct keep_err *err)
{
    struct keep_detail_record d;
    int rc = keep_ring_get(r->s, KEEP_RING_RECORD, out->id, r->keys->owner, err);

    if (rc != 0)
        return rc == 1 ? 0 : rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "a record's key is missing without having been destroyed");
    keep_buf_clear(&r->sealed);
    if ((rc = keep_seal_open_text(&r->sealed, sealed, "record", out->id, out->version, r->keys->owner, err)) < 0 ||
        (rc = keep_detail_get_record(&d, keep_buf_view(&r->sealed), err)) < 0)
        return rc;
    out->custodian = d.custodian;
    out->locator = d.locator;
    return 0;
}

/* What the row itself leaves open: its encounter says where, its source where and whose. */
static void inherit(const struct keep_load_records *r, struct keep_record *out)
{
    if (out->facility == KEEP_ID_NONE && out->encounter != KEEP_ID_NONE)
        out->facility = r->w->encounter[out->encounter].facility;
    for (size_t i = 0; i < r->w->sources; i++) {
        const struct keep_source *s = &r->w->source[i];
        if (s->id != out->source)
            continue;
        if (out->facility == KEEP_ID_NONE)
            out->facility = r->single[i];
        if (out->custody == KEEP_CUSTODY_UNDETERMINED)
            out->custody = s->custody;
        if (out->custodian.n == 0)
            out->custodian = s->custodian;
        if (out->locator.n == 0)
            out->locator = s->locator;
        return;
    }
}

int keep_load_records_fill(struct keep_load_records *r, struct keep_record *out, int64_t encounter, const struct keep_stated *said, struct keep_str sealed, struct keep_err *err)
{
    int rc;

    out->service_first = said->first;
    out->service_last = said->last;
    out->created = said->created;
    out->custody = said->custody;
    out->status = said->status;
    out->encounter = keep_load_map_at(&r->map, KEEP_ENTITY_ENCOUNTER, encounter);
    out->encounter_missing = encounter > 0 && out->encounter == KEEP_ID_NONE;
    out->facility = keep_load_map_at(&r->map, KEEP_ENTITY_FACILITY, (int64_t)said->facility);
    out->destroyed = r->pendings && bsearch(&out->id, r->pending, r->pendings, sizeof *r->pending, keep_num_by_u64);
    if (out->kind >= r->w->terms)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a record's row is malformed");
    if ((rc = codes_read(r, said->codes, out, err)) < 0 || (rc = days_read(r, said->days, out, err)) < 0 || (said->located && (rc = place_read(r, sealed, out, err)) < 0))
        return rc;
    inherit(r, out);
    return 0;
}

enum { R_SOURCE, R_KIND, R_ENCOUNTER, R_SIZE, R_STATED, R_SEALED, R_LEAF };
#define ROW_SQL "SELECT source, kind, encounter, size, stated, sealed, " KEEP_LEAF_HASH("v.leaf") " FROM version v WHERE record=?1 AND version=?2"

static int row_read(struct keep_load_records *r, const struct keep_load_entry *e, struct keep_record *out, struct keep_err *err)
{
    sqlite3_stmt *st = r->read;
    struct keep_str leaf = keep_rowio_blob_at(st, R_LEAF);
    struct keep_stated said;
    int rc = keep_stated_get(&said, keep_rowio_blob_at(st, R_STATED), err);

    if (rc < 0)
        return rc;
    *out = (struct keep_record){.id = e->id, .version = e->version, .patient = e->patient};
    out->source = (uint32_t)sqlite3_column_int64(st, R_SOURCE);
    out->kind = (uint32_t)sqlite3_column_int64(st, R_KIND);
    out->media_type = said.media;
    out->size = (uint64_t)sqlite3_column_int64(st, R_SIZE);
    out->signer = keep_load_map_at(&r->map, KEEP_ENTITY_WORKER, (int64_t)said.signer);
    if (leaf.n != 32)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a record's row is malformed");
    memcpy(out->digest, said.content, 32);
    memcpy(out->leaf, leaf.p, 32);
    if ((rc = amends_read(r, said.amends, out, err)) < 0 ||
        (rc = keep_load_records_fill(r, out, sqlite3_column_int64(st, R_ENCOUNTER), &said, keep_rowio_blob_at(st, R_SEALED), err)) < 0)
        return rc;
    return 1;
}

static int next(void *ctx, struct keep_record *out, struct keep_err *err)
{
    struct keep_load_records *r = ctx;
    const struct keep_load_entry *e;
    int rc;

    sqlite3_reset(r->read);
    if (r->at == r->entries)
        return 0;
    e = &r->entry[r->at++];
    sqlite3_bind_int64(r->read, 1, (int64_t)e->id);
    sqlite3_bind_int64(r->read, 2, e->version);
    if ((rc = keep_rowio_next(r->read, "reading records", err)) <= 0)
        return rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "a record disappeared while it was read");
    return row_read(r, e, out, err);
}

int keep_load_records_begin(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_err *err)
{
    struct keep_load_records *r = calloc(1, sizeof *r);
    int rc;

    if (!r)
        return no_memory(err);
    r->s = s;
    r->w = w;
    if ((rc = keep_load_hold_open(&r->hold, s, err)) < 0 || (rc = keep_seal_keys_new(&r->keys, s, err)) < 0 || (rc = keep_load_map_make(&r->map, s, w, err)) < 0 ||
        (rc = pending_load(r, err)) < 0 || (rc = singles_load(r, err)) < 0) {
        keep_load_records_close(r);
        return rc;
    }
    *out = r;
    return 0;
}

int keep_load_records_open(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_record_scan *scan, struct keep_err *err)
{
    struct keep_load_records *r;
    int rc = keep_load_records_begin(&r, s, w, err);

    if (rc < 0)
        return rc;
    if ((rc = entries_load(r, err)) < 0 || (rc = keep_load_prepare(s, ROW_SQL, &r->read, err)) < 0 ||
        (rc = keep_load_prepare(s, "SELECT 1 FROM version WHERE record=?1 LIMIT 1", &r->amended, err)) < 0) {
        keep_load_records_close(r);
        return rc;
    }
    *scan = (struct keep_record_scan){r, next};
    *out = r;
    return 0;
}

void keep_load_records_only(struct keep_load_records *r, const uint32_t *patient, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->entries; i++) {
        bool wanted = false;
        for (size_t k = 0; k < n && !wanted; k++)
            wanted = r->entry[i].patient == patient[k];
        if (wanted)
            r->entry[kept++] = r->entry[i];
    }
    r->entries = kept;
}

void keep_load_records_close(struct keep_load_records *r)
{
    if (!r)
        return;
    keep_load_brief_free(r->brief);
    sqlite3_finalize(r->read);
    sqlite3_finalize(r->amended);
    keep_load_hold_close(&r->hold);
    keep_load_map_free(&r->map);
    keep_seal_keys_free(r->keys);
    keep_buf_free(&r->sealed);
    free(r->entry);
    free(r->single);
    free(r->pending);
    free(r->code);
    free(r);
}
