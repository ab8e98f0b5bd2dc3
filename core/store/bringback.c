/* The object, members in this order, those without a value left out:
 *
 *   keys        [[SYSTEM, VALUE], …]
 *   kind, status, media_type, title, version, custodian, locator
 *   first, last, created       days
 *   recorded    microseconds since 1970
 *   days        [[WORD, DAY], …]
 *   codes       [[SYSTEM, CODE], …]
 *   custody     a word
 *   patient, encounter, facility, author, signer   a keyed hash in hex
 *   amends      [[WORD, HASH], …]
 *   disclosure  {recipient, address, what, purpose, request, basis, agency, stated, until, oral}
 *
 * Of a FHIR resource keys is all there is: a reader that understands it finds
 * more in it than columns hold. */
#include "core/store/bringback.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/codec.h"
#include "core/store/detail.h"
#include "core/store/load_inside.h"
#include "core/store/stated.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

#define FHIR "application/fhir+json"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- telling --------------------------------------------------------------------- */

static void put_text(struct keep_jsonw *w, const char *name, struct keep_str s)
{
    if (s.n == 0)
        return;
    keep_jsonw_key(w, name);
    keep_jsonw_str(w, s);
}

static void put_day(struct keep_jsonw *w, const char *name, keep_date d)
{
    if (d == KEEP_DATE_NONE)
        return;
    keep_jsonw_key(w, name);
    keep_jsonw_date(w, d);
}

static void put_pair(struct keep_jsonw *w, struct keep_str a, struct keep_str b)
{
    keep_jsonw_array(w);
    keep_jsonw_str(w, a);
    keep_jsonw_str(w, b);
    keep_jsonw_end_array(w);
}

/* An identifier of an entity as its hash in hex, always the same one; 1: it has none. */
static int hash_of(struct keep_store *s, int64_t entity, char hex[2 * KEEP_ENTITY_HASH + 1], struct keep_err *err)
{
    uint8_t hash[KEEP_ENTITY_HASH];
    int rc = keep_entity_key_of(s, (uint64_t)entity, hash, err);

    if (rc == 0)
        keep_codec_hex(hash, sizeof hash, hex);
    return rc;
}

static int put_ref(struct keep_jsonw *w, struct keep_store *s, const char *name, int64_t entity, struct keep_err *err)
{
    char hex[2 * KEEP_ENTITY_HASH + 1];
    int rc = entity ? hash_of(s, entity, hex, err) : 1;

    if (rc == 0)
        put_text(w, name, keep_str_of(hex));
    return rc < 0 ? rc : 0;
}

static int put_codes(struct keep_jsonw *w, struct keep_store *s, struct keep_str blob, struct keep_err *err)
{
    struct keep_detail_reader r = {blob, true};
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT text FROM term WHERE id = ?1", &st, err);

    if (rc < 0 || blob.n == 0)
        return rc;
    keep_jsonw_key(w, "codes");
    keep_jsonw_array(w);
    while (rc >= 0 && r.ok && r.left.n) {
        sqlite3_bind_int64(st, 1, keep_detail_u32(&r));
        struct keep_str code = keep_detail_bytes(&r);
        if ((rc = keep_rowio_next(st, "reading a word", err)) == 1)
            put_pair(w, keep_rowio_text_at(st, 0), code);
        sqlite3_reset(st);
    }
    keep_jsonw_end_array(w);
    return rc < 0 ? rc : 0;
}

static void put_days(struct keep_jsonw *w, struct keep_str blob)
{
    struct keep_detail_reader r = {blob, true};

    if (blob.n == 0)
        return;
    keep_jsonw_key(w, "days");
    keep_jsonw_array(w);
    while (r.ok && r.left.n) {
        int day = keep_detail_u8(&r);
        char text[KEEP_CIVIL_DATE_SIZE];
        put_pair(w, keep_str_of(keep_vocab_record_day_word(day)), keep_str_of(keep_civil_format_date((keep_date)keep_detail_u32(&r), text)));
    }
    keep_jsonw_end_array(w);
}

static int put_amends(struct keep_jsonw *w, struct keep_store *s, struct keep_str blob, struct keep_err *err)
{
    struct keep_detail_reader r = {blob, true};
    int rc = 0;

    if (blob.n == 0)
        return 0;
    keep_jsonw_key(w, "amends");
    keep_jsonw_array(w);
    while (rc >= 0 && r.ok && r.left.n) {
        char hex[2 * KEEP_ENTITY_HASH + 1];
        int kind = keep_detail_u8(&r);
        if ((rc = hash_of(s, (int64_t)keep_detail_u64(&r), hex, err)) == 0)
            put_pair(w, keep_str_of(keep_vocab_amendment_word(kind)), keep_str_of(hex));
    }
    keep_jsonw_end_array(w);
    return rc < 0 ? rc : 0;
}

static void put_disclosure(struct keep_jsonw *w, const struct keep_disclosure *d)
{
    keep_jsonw_key(w, "disclosure");
    keep_jsonw_object(w);
    put_text(w, "recipient", d->recipient);
    put_text(w, "address", d->address);
    put_text(w, "what", d->what);
    put_text(w, "purpose", d->purpose);
    put_text(w, "request", d->request);
    put_text(w, "basis", d->basis);
    put_text(w, "agency", d->agency);
    put_day(w, "stated", d->stated);
    put_day(w, "until", d->until);
    keep_jsonw_key(w, "oral");
    keep_jsonw_bool(w, d->oral);
    keep_jsonw_end_object(w);
}

struct columns {
    struct keep_str kind;
    int64_t patient, encounter;
    struct keep_stated stated;
};

static int put_columns(struct keep_jsonw *w, struct keep_store *s, const struct columns *c, const struct keep_detail_record *d, struct keep_err *err)
{
    const struct keep_stated *t = &c->stated;
    const struct {
        const char *name;
        int64_t entity;
    } ref[] = {{"patient", c->patient}, {"encounter", c->encounter}, {"facility", (int64_t)t->facility}, {"author", (int64_t)t->author}, {"signer", (int64_t)t->signer}};
    int rc;

    put_text(w, "kind", c->kind);
    put_text(w, "status", t->status);
    put_text(w, "media_type", t->media);
    put_text(w, "title", d->title);
    put_text(w, "version", d->version);
    put_text(w, "custodian", d->custodian);
    put_text(w, "locator", d->locator);
    put_day(w, "first", t->first);
    put_day(w, "last", t->last);
    put_day(w, "created", t->created);
    if (t->recorded != KEEP_TIME_NONE) {
        keep_jsonw_key(w, "recorded");
        keep_jsonw_i64(w, t->recorded);
    }
    put_days(w, t->days);
    rc = put_codes(w, s, t->codes, err);
    put_text(w, "custody", keep_str_of(keep_vocab_custody_word((int)t->custody)));
    for (size_t i = 0; rc == 0 && i < sizeof ref / sizeof *ref; i++)
        rc = put_ref(w, s, ref[i].name, ref[i].entity, err);
    if (rc == 0)
        rc = put_amends(w, s, t->amends, err);
    if (rc == 0 && d->disclosed)
        put_disclosure(w, &d->disclosure);
    return rc;
}

static void put_keys(struct keep_jsonw *w, struct keep_str keys, struct keep_buf *first)
{
    struct keep_detail_reader r = {keys, true};
    uint32_t n = keep_detail_u32(&r);

    keep_jsonw_key(w, "keys");
    keep_jsonw_array(w);
    for (uint32_t i = 0; i < n && r.ok; i++) {
        struct keep_str system = keep_detail_bytes(&r), value = keep_detail_bytes(&r);
        put_pair(w, system, value);
        if (i == 0)
            keep_buf_printf(first, "%.*s%s%.*s", (int)system.n, system.n ? system.p : "", system.n ? "/" : "", (int)value.n, value.n ? value.p : "");
    }
    keep_jsonw_end_array(w);
}

/* Strings stand in the row that st is on, which the caller resets. */
static int columns_of(struct keep_store *s, uint64_t record, struct columns *c, sqlite3_stmt **st, struct keep_err *err)
{
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT t.text, v.patient, v.encounter, v.stated FROM version v JOIN term t ON t.id = v.kind WHERE v.record = ?1 ORDER BY v.version DESC LIMIT 1", st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(*st, 1, (int64_t)record);
    if ((rc = keep_rowio_next(*st, "reading a record", err)) <= 0)
        return rc < 0 ? rc : keep_err_set(err, KEEP_E_INTEGRITY, "a record disappeared while it was read");
    c->kind = keep_rowio_text_at(*st, 0);
    c->patient = sqlite3_column_int64(*st, 1);
    c->encounter = sqlite3_column_int64(*st, 2);
    return keep_stated_get(&c->stated, keep_rowio_blob_at(*st, 3), err);
}

int keep_bringback_tell(struct keep_store *s, uint64_t record, struct keep_buf *key, struct keep_buf *told, struct keep_err *err)
{
    struct keep_buf plain = KEEP_BUF_INIT;
    struct keep_detail_record d;
    struct columns c;
    struct keep_jsonw w;
    sqlite3_stmt *st = NULL;
    int rc = keep_load_sealed(s, record, &plain, &d, err);

    if (rc == 0)
        rc = columns_of(s, record, &c, &st, err);
    if (rc == 0) {
        keep_jsonw_init(&w, told);
        keep_jsonw_object(&w);
        put_keys(&w, d.keys, key);
        if (!keep_str_is(c.stated.media, FHIR))
            rc = put_columns(&w, s, &c, &d, err);
        keep_jsonw_end_object(&w);
        if (rc == 0 && (told->failed || key->failed))
            rc = no_memory(err);
    }
    sqlite3_reset(st);
    keep_buf_free(&plain);
    return rc;
}

/* --- reading --------------------------------------------------------------------- */

struct reading {
    struct keep_arena *a;
    const struct keep_json *v;
    bool ok, room;
};

static struct keep_str text_of(struct reading *r, const struct keep_json *v)
{
    return keep_arena_str(r->a, keep_json_str(v), &r->room);
}

static struct keep_str text(struct reading *r, const char *name)
{
    return text_of(r, keep_json_get(r->v, name));
}

static keep_date day_of(struct reading *r, const struct keep_json *v)
{
    enum keep_precision prec;
    keep_date d = KEEP_DATE_NONE;

    if (v && (!keep_civil_parse_date(keep_json_str(v), &d, &prec) || prec != KEEP_PREC_DAY))
        r->ok = false;
    return d;
}

static int word(struct reading *r, int number)
{
    r->ok = r->ok && number >= 0;
    return number < 0 ? 0 : number;
}

/* The hash of an identifier as the key that it is of. */
static struct keep_key hashed(struct reading *r, const struct keep_json *v, enum keep_entity kind)
{
    struct keep_key key = {KEEP_ENTITY_NONE, {NULL, 0}, {NULL, 0}};
    uint8_t *hash;

    if (!v)
        return key;
    if (!(hash = keep_arena_alloc(r->a, KEEP_ENTITY_HASH))) {
        r->room = false;
        return key;
    }
    r->ok = r->ok && keep_codec_unhex(keep_json_str(v), hash, KEEP_ENTITY_HASH);
    return (struct keep_key){kind, {keep_entity_hashed, 1}, {(const char *)hash, KEEP_ENTITY_HASH}};
}

/* A list of pairs: room for them, or NULL and *n = 0. */
static void *list(struct reading *r, const char *name, size_t size, const struct keep_json **v, size_t *n)
{
    void *p;

    *v = keep_json_get(r->v, name);
    *n = keep_json_len(*v);
    p = keep_arena_array(r->a, *n + 1, size);
    if (!p) {
        r->room = false;
        *n = 0;
    }
    return p;
}

static const struct keep_json *half(const struct keep_json *pairs, size_t i, int which)
{
    return keep_json_at(keep_json_at(pairs, i), (size_t)which);
}

static const struct keep_disclosure *disclosure(struct reading *r)
{
    const struct keep_json *v = keep_json_get(r->v, "disclosure");
    struct keep_disclosure *d = v ? keep_arena_alloc(r->a, sizeof *d) : NULL;
    struct reading in = {r->a, v, true, true};

    if (!d) {
        r->room = r->room && !v;
        return NULL;
    }
    *d = (struct keep_disclosure){.recipient = text(&in, "recipient"), .address = text(&in, "address"), .what = text(&in, "what"), .purpose = text(&in, "purpose"), .request = text(&in, "request"),
                                  .basis = text(&in, "basis"), .agency = text(&in, "agency"), .stated = day_of(&in, keep_json_get(v, "stated")), .until = day_of(&in, keep_json_get(v, "until")),
                                  .oral = keep_json_true(keep_json_get(v, "oral"))};
    r->ok = r->ok && in.ok;
    r->room = r->room && in.room;
    return d;
}

static void lists(struct reading *r, struct keep_row_record *out)
{
    const struct keep_json *v;
    struct keep_key *key = list(r, "keys", sizeof *key, &v, &out->keys);
    for (size_t i = 0; i < out->keys; i++) {
        key[i] = (struct keep_key){KEEP_ENTITY_RECORD, text_of(r, half(v, i, 0)), text_of(r, half(v, i, 1))};
        r->ok = r->ok && key[i].value.n;
    }
    out->key = key;
    struct keep_dated *day = list(r, "days", sizeof *day, &v, &out->days);
    for (size_t i = 0; i < out->days; i++)
        day[i] = (struct keep_dated){(enum keep_record_day)word(r, keep_vocab_record_day(keep_json_str(half(v, i, 0)))), day_of(r, half(v, i, 1))};
    out->day = day;
    r->ok = r->ok && out->days <= KEEP_DAY_COUNT;
    struct keep_code *code = list(r, "codes", sizeof *code, &v, &out->codes);
    for (size_t i = 0; i < out->codes; i++)
        code[i] = (struct keep_code){text_of(r, half(v, i, 0)), text_of(r, half(v, i, 1))};
    out->code = code;
    struct keep_amends *amends = list(r, "amends", sizeof *amends, &v, &out->amendments);
    for (size_t i = 0; i < out->amendments; i++) {
        const struct keep_json *hash = half(v, i, 1);
        amends[i] = (struct keep_amends){(enum keep_amendment)word(r, keep_vocab_amendment(keep_json_str(half(v, i, 0)))), hashed(r, hash, KEEP_ENTITY_RECORD)};
        r->ok = r->ok && hash;
    }
    out->amends = amends;
}

int keep_bringback_read(struct keep_row_record *out, const struct keep_json *told, struct keep_arena *a, struct keep_err *err)
{
    struct reading r = {a, told, told != NULL, true};
    struct keep_row_record row = {.service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE, .created = KEEP_DATE_NONE, .recorded = KEEP_TIME_NONE};
    const struct keep_json *recorded = keep_json_get(told, "recorded"), *custody = keep_json_get(told, "custody");

    lists(&r, &row);
    row.kind = text(&r, "kind");
    row.status = text(&r, "status");
    row.media_type = text(&r, "media_type");
    row.title = text(&r, "title");
    row.version = text(&r, "version");
    row.custodian = text(&r, "custodian");
    row.locator = text(&r, "locator");
    row.service_first = day_of(&r, keep_json_get(told, "first"));
    row.service_last = day_of(&r, keep_json_get(told, "last"));
    row.created = day_of(&r, keep_json_get(told, "created"));
    if (recorded && !keep_json_i64(recorded, &row.recorded))
        r.ok = false;
    if (custody)
        row.custody = (enum keep_custody)word(&r, keep_vocab_custody(keep_json_str(custody)));
    row.patient = hashed(&r, keep_json_get(told, "patient"), KEEP_ENTITY_PATIENT);
    row.about_no_patient = row.patient.kind == KEEP_ENTITY_NONE;
    row.encounter = hashed(&r, keep_json_get(told, "encounter"), KEEP_ENTITY_ENCOUNTER);
    row.facility = hashed(&r, keep_json_get(told, "facility"), KEEP_ENTITY_FACILITY);
    row.author = hashed(&r, keep_json_get(told, "author"), KEEP_ENTITY_WORKER);
    row.signer = hashed(&r, keep_json_get(told, "signer"), KEEP_ENTITY_WORKER);
    row.disclosure = disclosure(&r);
    if (!r.room)
        return no_memory(err);
    if (!r.ok)
        return keep_err_set(err, KEEP_E_INTEGRITY, "what the index tells of a record is malformed");
    *out = row;
    return 0;
}

/* --- where it came from ------------------------------------------------------------ */

static int found_act(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    (void)act;
    (void)err;
    *(bool *)ctx = true;
    return 0;
}

/* A file that is named like a package says nothing; a decision of the quorum on the package does. */
int keep_bringback_from(struct keep_store *s, uint64_t record, char package[KEEP_BRINGBACK_PACKAGE], uint64_t *number, struct keep_err *err)
{
    struct columns c;
    sqlite3_stmt *st;
    bool decided = false;
    int64_t file = 0;
    int n = 0, rc = columns_of(s, record, &c, &st, err);

    if (rc == 0) {
        file = (int64_t)c.stated.file;
        *number = c.stated.line;
    }
    sqlite3_reset(st);
    if (rc == 0)
        rc = keep_store_prepare(s, keep_store_db(s), "SELECT name FROM file WHERE id = ?1", &st, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, file);
    if ((rc = keep_rowio_next(st, "reading a file's name", err)) == 1) {
        struct keep_str name = keep_rowio_text_at(st, 0);
        if (name.n > 4 && name.n < KEEP_BRINGBACK_PACKAGE + 4 && memcmp(name.p + name.n - 4, ".tar", 4) == 0)
            n = snprintf(package, KEEP_BRINGBACK_PACKAGE, "%.*s", (int)name.n - 4, name.p);
    }
    sqlite3_reset(st);
    if (rc >= 0 && n > 0)
        rc = keep_txn_acts(s, KEEP_BRINGBACK_ACT, &(struct keep_str){package, (size_t)n}, found_act, &decided, err);
    return rc < 0 ? rc : !decided;
}

/* --- what is live ------------------------------------------------------------------ */

struct keep_bringback {
    struct keep_store *s;
    struct keep_seal_keys *keys;
};

int keep_bringback_open(struct keep_bringback **out, struct keep_store *s, struct keep_err *err)
{
    struct keep_bringback *b = calloc(1, sizeof *b);
    int rc = b ? keep_seal_keys_new(&b->keys, s, err) : no_memory(err);

    if (rc < 0) {
        free(b);
        return rc;
    }
    b->s = s;
    *out = b;
    return 0;
}

int keep_bringback_live(struct keep_bringback *b, uint32_t source, const struct keep_key *key, struct keep_err *err)
{
    struct keep_key own = {KEEP_ENTITY_RECORD, key->system, key->value};
    uint8_t slot[KEEP_ENTITY_HASH];
    sqlite3_stmt *st;
    uint64_t record;
    int rc;

    keep_entity_hash(b->keys, source, &own, slot);
    if ((rc = keep_entity_find(b->s, slot, &record, err)) != 0)
        return rc < 0 ? rc : 0;
    if ((rc = keep_batch_flush_all(b->s, err)) < 0 || (rc = keep_store_prepare(b->s, keep_store_db(b->s), "SELECT 1 FROM version WHERE record = ?1 LIMIT 1", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)record);
    rc = keep_rowio_next(st, "looking for a record", err);
    sqlite3_reset(st);
    return rc;
}

void keep_bringback_close(struct keep_bringback *b)
{
    if (b)
        keep_seal_keys_free(b->keys);
    free(b);
}
