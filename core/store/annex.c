/* What needs an annex is told from the entry alone, so that a restore sees from
 * the entries whether an annex is missing. Of the entries that decide, all leaves
 * are told; of those that destroy, only states of record sets stay hashes (they
 * are keyed, and follow from the rest). */
#include "core/store/annex.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/store/state.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

static int damaged(struct keep_err *err, uint64_t entry, const char *what)
{
    return keep_err_set(err, KEEP_E_INTEGRITY, "the annex of ledger entry %llu: %s", (unsigned long long)entry, what);
}

/* --- what an entry says --- */

struct said {
    bool decides, destroys; /* all leaves are told; keys are destroyed */
    bool joins;             /* patients are merged or parted: the decision is told, its rows follow from it */
    uint64_t index, leaves;
    int64_t holds, records, patients, keys;
    uint8_t root[32];
};

static int64_t counted(const struct keep_json *counts, const char *name)
{
    int64_t n = 0;

    return keep_json_i64(keep_json_get(counts, name), &n) && n > 0 ? n : 0;
}

static int read_entry(struct said *e, struct keep_str entry, struct keep_arena *a, struct keep_err *err)
{
    static const char *const deciding[] = {"hold", "intent", "order", "officers", "backup", "restored"};
    const struct keep_json *v = NULL, *counts;
    struct keep_str kind;
    int64_t index = -1, leaves = -1;
    int rc;

    memset(e, 0, sizeof *e);
    if ((rc = keep_json_parse(&v, entry, NULL, a, NULL)) == KEEP_E_NOMEM)
        return keep_err_set(err, rc, "out of memory");
    if (rc != 0 || !keep_json_i64(keep_json_get(v, "index"), &index) || index < 0
        || !keep_json_i64(keep_json_get(v, "leaves"), &leaves) || leaves < 0 || !keep_codec_unhex(keep_json_str(keep_json_get(v, "root")), e->root, 32))
        return keep_err_set(err, KEEP_E_INTEGRITY, "not a ledger entry");
    kind = keep_json_str(keep_json_get(v, "kind"));
    counts = keep_json_get(v, "counts");
    e->index = (uint64_t)index;
    e->leaves = (uint64_t)leaves;
    e->holds = counted(counts, "holds");
    for (size_t i = 0; i < sizeof deciding / sizeof *deciding; i++)
        e->decides |= keep_str_is(kind, deciding[i]);
    e->joins = keep_str_is(kind, "patient");
    e->destroys = keep_str_is(kind, "erased") || keep_str_is(kind, "recovered");
    if (e->destroys) {
        e->records = counted(counts, "records");
        e->patients = counted(counts, "patients");
        e->keys = counted(counts, "keys") + counted(counts, "periods");
    }
    return 0;
}

static bool needed(const struct said *e)
{
    return e->leaves > 0 && (e->decides || e->destroys || e->joins || e->holds > 0);
}

int keep_annex_needed(struct keep_str entry, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(0);
    struct said e;
    int rc = a ? read_entry(&e, entry, a, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");

    keep_arena_free(a);
    return rc == 0 ? needed(&e) : rc;
}

/* --- writing --- */

static struct keep_str column(sqlite3_stmt *st, int i)
{
    const void *p = sqlite3_column_blob(st, i);

    return (struct keep_str){p ? p : "", (size_t)sqlite3_column_bytes(st, i)};
}

/* 1 a row, 0 none. */
static int row_of(struct keep_store *s, sqlite3 *db, const char *sql, int64_t a, int64_t b, sqlite3_stmt **out, struct keep_err *err)
{
    int rc = keep_store_prepare(s, db, sql, out, err);

    if (rc != 0)
        return rc;
    sqlite3_bind_int64(*out, 1, a);
    if (sqlite3_bind_parameter_count(*out) > 1)
        sqlite3_bind_int64(*out, 2, b);
    rc = sqlite3_step(*out);
    return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : keep_store_sql(db, rc, "telling what a ledger entry covers", err);
}

static void write_hex(struct keep_jsonw *w, struct keep_str s)
{
    char *hex = malloc(2 * s.n + 1);

    if (hex) {
        keep_codec_hex(s.p, s.n, hex);
        keep_jsonw_z(w, hex);
    } else {
        w->out->failed = true;
    }
    free(hex);
}

static void write_act(struct keep_jsonw *w, sqlite3_stmt *st)
{
    static const char *const member[] = {"kind", "body", "signature", "role"}; /* columns 1, 3, 4, 5 */
    struct keep_str subject = column(st, 2);                                   /* any bytes: what somebody typed */

    keep_jsonw_object(w);
    keep_jsonw_key(w, "act");
    keep_jsonw_i64(w, sqlite3_column_int64(st, 0));
    keep_jsonw_key(w, "subject");
    write_hex(w, subject);
    for (int i = 0; i < 4; i++) {
        keep_jsonw_key(w, member[i]);
        keep_jsonw_str(w, column(st, i == 0 ? 1 : i + 2));
    }
    keep_jsonw_key(w, "at");
    keep_jsonw_i64(w, sqlite3_column_int64(st, 6));
    keep_jsonw_end_object(w);
}

static int write_erased(struct keep_store *s, struct keep_jsonw *w, sqlite3_stmt *st, struct keep_err *err)
{
    int64_t kind = sqlite3_column_int64(st, 0), owner = sqlite3_column_int64(st, 1);
    sqlite3_stmt *tomb = NULL;
    char hex[33];
    int rc = row_of(s, s->ring, "SELECT record_set FROM tomb WHERE kind = ?1 AND owner = ?2", kind, owner, &tomb, err);

    if (rc == 1 && sqlite3_column_bytes(tomb, 0) == 16) {
        keep_codec_hex(sqlite3_column_blob(tomb, 0), 16, hex);
        keep_jsonw_object(w);
        keep_jsonw_key(w, "erased");
        keep_jsonw_i64(w, kind);
        keep_jsonw_key(w, "owner");
        keep_jsonw_i64(w, owner);
        keep_jsonw_key(w, "intent");
        keep_jsonw_i64(w, sqlite3_column_int64(st, 2));
        keep_jsonw_key(w, "at");
        keep_jsonw_i64(w, sqlite3_column_int64(st, 3));
        keep_jsonw_key(w, "set");
        keep_jsonw_z(w, hex);
        keep_jsonw_end_object(w);
        rc = 0;
    } else if (rc >= 0) {
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "keyring.db", 0, 0, "a tombstone is missing");
    }
    if (tomb)
        sqlite3_reset(tomb);
    return rc;
}

static int write_leaf(struct keep_store *s, struct keep_jsonw *w, int64_t leaf, struct keep_err *err)
{
    sqlite3_stmt *st = NULL;
    char hex[65];
    int rc = row_of(s, s->db, "SELECT id, kind, subject, body, signature, role, at FROM act WHERE leaf = ?1", leaf, 0, &st, err);

    if (rc == 1)
        write_act(w, st);
    if (rc == 0) {
        sqlite3_reset(st);
        rc = row_of(s, s->db, "SELECT kind, owner, intent, at FROM erased WHERE leaf = ?1", leaf, 0, &st, err);
        if (rc == 1) {
            rc = write_erased(s, w, st, err);
            rc = rc == 0 ? 1 : rc;
        }
    }
    if (rc == 0) {
        sqlite3_reset(st);
        rc = row_of(s, s->db, "SELECT " KEEP_LEAF_HASH("?1"), leaf, 0, &st, err);
        if (rc == 1 && sqlite3_column_bytes(st, 0) == 32) {
            keep_codec_hex(sqlite3_column_blob(st, 0), 32, hex);
            keep_jsonw_z(w, hex);
        } else if (rc >= 0) {
            rc = keep_err_at(err, KEEP_E_INTEGRITY, "records.db", 0, 0, "a leaf of the ledger is missing");
        }
    }
    if (st)
        sqlite3_reset(st);
    return rc < 0 ? rc : 0;
}

static int seal(const uint8_t recipient[32], struct keep_str text, struct keep_buf *out, struct keep_err *err)
{
    struct keep_age_out *o = NULL;
    int rc = keep_age_out_new(&o, (const uint8_t(*)[32])recipient, 1, keep_age_to_buf, out, err);

    if (rc == 0)
        rc = keep_age_out_add(o, text.p, text.n, err);
    if (rc == 0)
        rc = keep_age_out_finish(o, err);
    keep_age_out_free(o);
    return rc;
}

int keep_annex_seal(struct keep_store *s, uint64_t i, struct keep_buf *out, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_jsonw w;
    sqlite3_stmt *st = NULL;
    int64_t first = 0, n = 0;
    int rc = row_of(s, s->db, "SELECT first, n FROM ledger WHERE id = ?1", (int64_t)i, 0, &st, err);

    if (rc == 1) {
        first = sqlite3_column_int64(st, 0);
        n = sqlite3_column_int64(st, 1);
    }
    if (st)
        sqlite3_reset(st);
    rc = rc == 1 ? 0 : rc == 0 ? keep_err_at(err, KEEP_E_INTEGRITY, "records.db", 0, 0, "a ledger entry is missing") : rc;
    keep_jsonw_init(&w, &text);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "entry");
    keep_jsonw_u64(&w, i);
    keep_jsonw_key(&w, "leaves");
    keep_jsonw_array(&w);
    for (int64_t k = 0; rc == 0 && k < n; k++) {
        rc = write_leaf(s, &w, first + k, err);
        if (rc == 0 && text.n > KEEP_ANNEX_LIMIT)
            rc = keep_err_set(err, KEEP_E_LIMIT, "the annex of ledger entry %llu is too large", (unsigned long long)i);
    }
    keep_jsonw_end_array(&w);
    keep_jsonw_end_object(&w);
    if (rc == 0)
        rc = text.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : seal(s->json.recovery, keep_buf_view(&text), out, err);
    keep_buf_free(&text);
    return rc;
}

/* --- reading --- */

int keep_annex_open(struct keep_str sealed, const uint8_t identity[32], struct keep_buf *out, struct keep_err *err)
{
    struct keep_age_in *in = NULL;
    int rc = keep_age_in_new(&in, (const uint8_t(*)[32])identity, 1, keep_age_to_buf, out, err);

    if (rc == 0)
        rc = keep_age_in_add(in, sealed.p, sealed.n, err);
    if (rc == 0)
        rc = keep_age_in_finish(in, err);
    keep_age_in_free(in);
    return rc;
}

static bool number(const struct keep_json *v, const char *name, int64_t *out)
{
    return keep_json_i64(keep_json_get(v, name), out);
}

static bool text_of(const struct keep_json *v, const char *name, struct keep_str *out)
{
    const struct keep_json *m = keep_json_get(v, name);

    *out = keep_json_str(m);
    return m && m->type == KEEP_JSON_STRING;
}

static bool bytes_of(const struct keep_json *v, const char *name, struct keep_arena *a, struct keep_str *out)
{
    struct keep_str hex = keep_json_str(keep_json_get(v, name));
    char *p = keep_arena_alloc(a, hex.n / 2 + 1);

    *out = (struct keep_str){p, hex.n / 2};
    return p && hex.p && keep_codec_unhex(hex, p, hex.n / 2);
}

/* One leaf and its hash; false: malformed. */
static bool read_item(struct keep_annex_item *item, const struct keep_json *v, struct keep_arena *arena, struct keep_buf *scratch, uint8_t leaf[32])
{
    int64_t id, kind, owner, intent, at;

    *item = (struct keep_annex_item){.what = KEEP_ANNEX_OTHER};
    if (v->type == KEEP_JSON_STRING)
        return keep_codec_unhex(v->text, leaf, 32);
    if (number(v, "act", &id)) {
        struct keep_act *a = &item->act;
        if (id < 1 || !text_of(v, "kind", &a->kind) || !bytes_of(v, "subject", arena, &a->subject) || !text_of(v, "body", &a->body) || !text_of(v, "signature", &a->signature)
            || !text_of(v, "role", &a->role) || !number(v, "at", &at))
            return false;
        item->what = KEEP_ANNEX_ACT;
        a->id = (uint64_t)id;
        a->at = at;
        keep_txn_act_leaf(a, scratch, leaf);
        return !scratch->failed;
    }
    if (!number(v, "erased", &kind) || kind < KEEP_RING_RECORD || kind > KEEP_RING_ORDER || !number(v, "owner", &owner) || owner < 1 || !number(v, "intent", &intent)
        || intent < 0 || !number(v, "at", &at) || !keep_codec_unhex(keep_json_str(keep_json_get(v, "set")), item->set, 16))
        return false;
    item->what = KEEP_ANNEX_ERASED;
    item->kind = (enum keep_ring_kind)kind;
    item->owner = (uint64_t)owner;
    item->intent = (uint64_t)intent;
    item->at = at;
    keep_erase_leaf(item->kind, item->owner, item->intent, at, scratch, leaf);
    return !scratch->failed;
}

/* Is everything told that the entry counts? */
static bool complete(const struct said *e, const struct keep_annex_item *item, size_t n)
{
    int64_t holds = 0, records = 0, patients = 0, keys = 0;
    size_t other = 0, joins = 0;

    for (size_t i = 0; i < n; i++) {
        bool erased = item[i].what == KEEP_ANNEX_ERASED;
        other += item[i].what == KEEP_ANNEX_OTHER;
        holds += item[i].what == KEEP_ANNEX_ACT && keep_str_is(item[i].act.kind, "hold");
        joins += item[i].what == KEEP_ANNEX_ACT && keep_str_is(item[i].act.kind, "patient");
        records += erased && item[i].kind == KEEP_RING_RECORD;
        patients += erased && item[i].kind == KEEP_RING_PATIENT;
        keys += erased && item[i].kind != KEEP_RING_RECORD && item[i].kind != KEEP_RING_PATIENT;
    }
    if ((e->decides && other > 0) || (e->joins && joins == 0))
        return false;
    if (e->destroys && (records != e->records || patients != e->patients || keys != e->keys || (records + patients + keys == 0 && other > 0)))
        return false;
    return holds == e->holds;
}

int keep_annex_read(struct keep_annex *out, struct keep_str text, struct keep_str entry, struct keep_arena *a, struct keep_err *err)
{
    struct keep_buf scratch = KEEP_BUF_INIT;
    const struct keep_json *v = NULL, *leaves;
    struct keep_annex_item *item;
    struct keep_merkle m;
    struct said e;
    int64_t index = -1;
    uint8_t leaf[32], hash[32];
    int rc = 0;

    if ((rc = read_entry(&e, entry, a, err)) != 0)
        return rc;
    if (keep_json_parse(&v, text, NULL, a, NULL) != 0 || !number(v, "entry", &index) || (uint64_t)index != e.index)
        return damaged(err, e.index, "malformed, or of another entry");
    leaves = keep_json_get(v, "leaves");
    if (keep_json_len(leaves) != e.leaves)
        return damaged(err, e.index, "it does not tell as many leaves as the entry has");
    item = keep_arena_array(a, e.leaves + 1, sizeof *item);
    if (!item)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_merkle_init(&m);
    for (size_t i = 0; rc == 0 && i < e.leaves; i++) {
        if (!read_item(&item[i], keep_json_at(leaves, i), a, &scratch, leaf))
            rc = damaged(err, e.index, "a leaf in it is malformed");
        keep_merkle_leaf(hash, leaf, 32);
        keep_merkle_add(&m, hash);
    }
    keep_merkle_root(&m, hash);
    if (rc == 0 && memcmp(hash, e.root, sizeof hash) != 0)
        rc = damaged(err, e.index, "what it tells is not what the entry covers");
    if (rc == 0 && !complete(&e, item, e.leaves))
        rc = damaged(err, e.index, "it does not tell all that the entry counts");
    if (rc == 0)
        *out = (struct keep_annex){.entry = e.index, .item = item, .items = e.leaves};
    keep_buf_free(&scratch);
    return rc;
}
