/* Records: the resource's own bytes under the record's own key, what rules
 * read in columns, and names and places of things kept elsewhere in a part
 * that is sealed as the bytes are, and with them where that is enough. A record
 * is a source's own: the same document from two sources is two records, since
 * their custody may differ. */
#include "core/crypto/hash.h"
#include "core/store/intake_inside.h"
#include "core/store/sorted.h"
#include "core/store/stated.h"

#define TRY(call)              \
    do {                       \
        if ((rc = (call)) < 0) \
            return rc;         \
    } while (0)

struct refs {
    uint64_t patient, encounter, facility, author, signer, self;
    uint32_t kind;
};

static void form_str(struct keep_intake *in, struct keep_str s)
{
    keep_buf_bytes(&in->form, s.p, s.n);
}

static int key_in(struct keep_intake *in, struct keep_key key, enum keep_entity kind, uint64_t *id, struct keep_err *err)
{
    key.kind = kind;
    return keep_entity_of(in->map, &key, id, err);
}

/* Under which system the entity of a record has its first key: a record's id stands under its type, its identifier under TYPE|SYSTEM. */
static struct keep_str self_system(const struct keep_row_record *r)
{
    struct keep_str s = r->key[0].system;
    size_t n = r->kind.n + 1;

    if (keep_str_is(s, "urn:uuid") || keep_str_is(s, "urn:oid"))
        return s;
    return s.n > n && memcmp(s.p, r->kind.p, n - 1) == 0 && s.p[n - 1] == '|' ? (struct keep_str){s.p + n, s.n - n} : KEEP_STR("");
}

/* The entity that a resource of this type is itself the record of. */
static int self_of(struct keep_intake *in, const struct keep_row_record *r, uint64_t *id, struct keep_err *err)
{
    static const struct {
        const char *type;
        enum keep_entity kind;
    } own[] = {
        {"Patient", KEEP_ENTITY_PATIENT},     {"Practitioner", KEEP_ENTITY_WORKER}, {"Organization", KEEP_ENTITY_FACILITY},
        {"Location", KEEP_ENTITY_LOCATION},   {"Encounter", KEEP_ENTITY_ENCOUNTER},
    };
    struct keep_key key = {.kind = KEEP_ENTITY_NONE};

    *id = 0;
    if (r->keys)
        key = (struct keep_key){KEEP_ENTITY_NONE, self_system(r), r->key[0].value};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        if (keep_str_is(r->kind, own[i].type))
            return key_in(in, key, own[i].kind, id, err);
    return 0;
}

/* The other days, and the earlier records that it changes: one that has not come yet gets its id now. */
static int ties_of(struct keep_intake *in, const struct keep_row_record *r, struct keep_err *err)
{
    uint8_t slot[KEEP_ENTITY_HASH];
    uint64_t earlier;
    int rc;

    keep_buf_clear(&in->days);
    for (size_t i = 0; i < r->days; i++) {
        keep_buf_u8(&in->days, (uint8_t)r->day[i].day);
        keep_buf_u32(&in->days, (uint32_t)r->day[i].date);
    }
    keep_buf_clear(&in->amends);
    for (size_t i = 0; i < r->amendments; i++) {
        keep_entity_hash(in->keys, in->source, &r->amends[i].key, slot);
        TRY(keep_entity_record(in->map, slot, &earlier, err));
        keep_buf_u8(&in->amends, (uint8_t)r->amends[i].kind);
        keep_buf_u64(&in->amends, earlier);
    }
    return in->days.failed || in->amends.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static int refs_of(struct keep_intake *in, const struct keep_row_record *r, struct refs *f, struct keep_err *err)
{
    uint32_t system;
    int rc;

    f->patient = 0;
    if (!r->about_no_patient)
        TRY(key_in(in, r->patient, KEEP_ENTITY_PATIENT, &f->patient, err));
    TRY(key_in(in, r->encounter, KEEP_ENTITY_ENCOUNTER, &f->encounter, err));
    TRY(key_in(in, r->facility, KEEP_ENTITY_FACILITY, &f->facility, err));
    TRY(key_in(in, r->author, KEEP_ENTITY_WORKER, &f->author, err));
    TRY(key_in(in, r->signer, KEEP_ENTITY_WORKER, &f->signer, err));
    TRY(self_of(in, r, &f->self, err));
    TRY(keep_entity_term(in->map, r->kind.n ? r->kind : KEEP_STR("unknown"), &f->kind, err));
    keep_buf_clear(&in->codes);
    for (size_t i = 0; i < r->codes; i++) {
        TRY(keep_entity_term(in->map, r->code[i].system.n ? r->code[i].system : KEEP_STR("unknown"), &system, err));
        keep_buf_u32(&in->codes, system);
        keep_buf_bytes(&in->codes, r->code[i].code.p, r->code[i].code.n);
    }
    return in->codes.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static uint64_t size_of(const struct keep_row_record *r)
{
    return r->pull ? r->pull->size : r->payload.n;
}

/* Where it is kept is asked of many records at a time: such a sealed part stands in the row. */
static bool located(const struct keep_row_record *r)
{
    return r->custodian.n || r->locator.n;
}

/* What the row says, in resolved references. in->body holds the part to be sealed, content the payload's hash. */
static int digest_of(struct keep_intake *in, const struct keep_row_record *r, const struct refs *f, const uint8_t content[32], uint8_t out[KEEP_ENTITY_HASH], struct keep_err *err)
{
    keep_buf_clear(&in->form);
    keep_buf_u32(&in->form, f->kind);
    keep_buf_u64(&in->form, f->patient);
    keep_buf_u64(&in->form, f->encounter);
    keep_buf_u64(&in->form, f->facility);
    keep_buf_u64(&in->form, f->author);
    keep_buf_u32(&in->form, (uint32_t)r->service_first);
    keep_buf_u32(&in->form, (uint32_t)r->service_last);
    keep_buf_u32(&in->form, (uint32_t)r->created);
    keep_buf_u64(&in->form, (uint64_t)r->recorded);
    keep_buf_u8(&in->form, (uint8_t)r->custody);
    form_str(in, r->status);
    form_str(in, r->media_type);
    form_str(in, keep_buf_view(&in->codes));
    form_str(in, keep_buf_view(&in->days));
    keep_buf_u64(&in->form, f->signer);
    form_str(in, keep_buf_view(&in->amends));
    form_str(in, keep_buf_view(&in->body));
    keep_buf_u64(&in->form, size_of(r));
    keep_buf_add(&in->form, content, 32);
    return keep_intake_inside_digest(in, out, err);
}

/* The record's slot: its first key in this source; without one, its content. */
static void slot_of(struct keep_intake *in, const struct keep_row_record *r, uint8_t digest[KEEP_ENTITY_HASH], uint8_t slot[KEEP_ENTITY_HASH])
{
    struct keep_key key = {KEEP_ENTITY_RECORD, KEEP_STR("content"), {(const char *)digest, KEEP_ENTITY_HASH}};

    if (r->keys && r->key[0].value.n) {
        key = r->key[0];
        key.kind = KEEP_ENTITY_RECORD;
    }
    keep_entity_hash(in->keys, in->source, &key, slot);
}

/* Latest version and whether it says the same: 1 the same, 0 not (or no version: *version = 0). */
static int latest(struct keep_intake *in, uint64_t record, const uint8_t digest[KEEP_ENTITY_HASH], uint32_t *version, struct keep_err *err)
{
    sqlite3_stmt *st;
    struct keep_str had;
    int rc;

    TRY(keep_intake_slots_settle(in, record, err));
    TRY(keep_store_prepare(in->s, keep_store_db(in->s), "SELECT version, stated FROM version WHERE record=?1 ORDER BY version DESC LIMIT 1", &st, err));
    sqlite3_bind_int64(st, 1, (int64_t)record);
    *version = 0;
    if ((rc = keep_rowio_next(st, "looking for a record", err)) <= 0)
        return rc;
    *version = (uint32_t)sqlite3_column_int64(st, 0);
    had = keep_rowio_blob_at(st, 1);
    rc = had.n > KEEP_STATED_DIGEST && memcmp(had.p, digest, KEEP_STATED_DIGEST) == 0;
    sqlite3_reset(st);
    return rc;
}

/* What no statement looks for, into in->form. */
static int stated_of(struct keep_intake *in, const struct keep_row_record *r, const struct refs *f, const struct keep_payload *payload, const uint8_t digest[KEEP_ENTITY_HASH],
                     const uint8_t content[32], struct keep_err *err)
{
    int64_t file;
    int rc;

    TRY(keep_intake_inside_file(in, &file, err));
    const struct keep_stated s = {
        .digest = digest, .content = content, .custody = r->custody, .located = located(r),
        .tags = {(const char *)payload->tags, keep_payload_tags(size_of(r))},
        .facility = f->facility, .author = f->author, .signer = f->signer, .file = (uint64_t)file, .line = r->at.line,
        .first = r->service_first, .last = r->service_last, .created = r->created, .recorded = r->recorded, .status = r->status, .media = r->media_type,
        .codes = keep_buf_view(&in->codes), .days = keep_buf_view(&in->days), .amends = keep_buf_view(&in->amends),
    };
    keep_buf_clear(&in->form);
    keep_stated_put(&in->form, &s);
    return in->form.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static int version_write(struct keep_intake *in, const struct keep_row_record *r, const struct refs *f, uint64_t record, uint32_t version,
                         const uint8_t digest[KEEP_ENTITY_HASH], const uint8_t content[32], struct keep_err *err)
{
    struct keep_payload payload = {.record = record, .version = version};
    struct keep_payload_from from = {r->payload, r->pull, keep_buf_view(&in->body)};
    int rc;

    keep_buf_clear(&in->sealed);
    if (located(r) || !keep_payload_takes(&from)) {
        TRY(keep_seal_text(&in->sealed, from.text, "record", record, version, in->keys->owner, err));
        from.text.n = 0;
    }
    if (size_of(r))
        TRY(keep_payload_write(in->s, &in->press, &payload, &from, in->keys->owner, err));
    in->bulk += size_of(r);
    TRY(stated_of(in, r, f, &payload, digest, content, err));
    keep_rowio_wait(&in->row, in->s, KEEP_BATCH_VERSION, "INSERT OR FAIL INTO version(record, version, source, kind, patient, encounter, self, size, payload, stated, sealed, leaf)"
                    " SELECT c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11, c12 FROM batch(?1)", "version");
    keep_rowio_int(&in->row, (int64_t)record);
    keep_rowio_int(&in->row, version);
    keep_rowio_int(&in->row, in->source);
    keep_rowio_int(&in->row, f->kind);
    keep_rowio_int(&in->row, (int64_t)f->patient);
    keep_rowio_int(&in->row, (int64_t)f->encounter);
    keep_rowio_int(&in->row, (int64_t)f->self);
    keep_rowio_int(&in->row, (int64_t)size_of(r));
    keep_rowio_int(&in->row, payload.first);
    keep_rowio_blob(&in->row, in->form.p, in->form.n);
    keep_rowio_blob(&in->row, in->sealed.p, in->sealed.n);
    TRY(keep_intake_slots_waits(in, record, err));
    if (f->encounter)
        TRY(keep_sorted_add(in->s, KEEP_BATCH_VERSION_VISIT, f->encounter, record, 0, err));
    if (f->self && f->self != f->encounter)
        TRY(keep_sorted_add(in->s, KEEP_BATCH_VERSION_VISIT, f->self, record, 0, err));
    return keep_rowio_insert(&in->row, in->keys->owner, err);
}

static int record_take(struct keep_intake *in, const struct keep_row_record *r, uint32_t *version, struct keep_err *err)
{
    uint8_t digest[KEEP_ENTITY_HASH], slot[KEEP_ENTITY_HASH], content[32];
    struct refs f;
    uint64_t record;
    bool fresh;
    int rc;

    TRY(keep_intake_inside_begin(in, err));
    TRY(refs_of(in, r, &f, err));
    TRY(ties_of(in, r, err));
    keep_buf_clear(&in->body);
    keep_detail_put_record(&in->body, r);
    if (r->pull)
        memcpy(content, r->pull->content, sizeof content);
    else
        keep_hash_blake2b(content, r->payload.p, r->payload.n);
    TRY(digest_of(in, r, &f, content, digest, err));
    slot_of(in, r, digest, slot);
    TRY(keep_entity_record(in->map, slot, &record, err));
    fresh = rc == 0; /* one that is known may yet have no version: its bytes could not be read to their end */
    *version = 0;
    if (rc == 1 && (rc = latest(in, record, digest, version, err)) != 0)
        return rc;
    if (fresh)
        TRY(keep_ring_new(in->s, KEEP_RING_RECORD, record, in->keys->owner, err));
    else
        TRY(keep_intake_inside_key(in, KEEP_RING_RECORD, record, err));
    ++*version;
    return version_write(in, r, &f, record, *version, digest, content, err);
}

int keep_intake_record_take(void *ctx, const struct keep_row_record *r, struct keep_err *err)
{
    struct keep_intake *in = ctx;
    uint32_t version = 0;
    int rc = record_take(in, r, &version, err);

    if (version > 1)
        return keep_intake_inside_row(in, rc, "versions", &in->counts.versions, err);
    return keep_intake_inside_row(in, rc, "records", &in->counts.records, err);
}
