/* Acts "order", "order-certified" and "order-document". The first carries the
 * sealed text; whether its key is still needed is told by the second
 * (keep_erase_live), which an officer signs over the digest of the third. That one
 * stands apart, so that a list of orders does not read every scan on file. */
#include "core/work/orderbook.h"

#include <stdlib.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/retention/plan.h"
#include "core/store/ring.h"
#include "core/store/seal.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/signer.h"

#define LABEL "order"
#define CERTIFIED "chartkeep custodian certificate"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* The key's owner: the id as a number, in the range that the database counts in. */
static bool owner_of(struct keep_str id, uint64_t *owner)
{
    uint8_t raw[KEEP_ORDERBOOK_ID / 2];
    if (!keep_codec_unhex(id, raw, sizeof raw))
        return false;
    *owner = 0;
    for (size_t i = 0; i < sizeof raw; i++)
        *owner = *owner << 8 | raw[i];
    return *owner > 0 && *owner <= INT64_MAX;
}

void keep_orderbook_id(char id[KEEP_ORDERBOOK_ID + 1])
{
    uint8_t raw[KEEP_ORDERBOOK_ID / 2];
    keep_secret_random(raw, sizeof raw);
    raw[0] &= 0x7f;
    raw[sizeof raw - 1] |= 1;
    keep_codec_hex(raw, sizeof raw, id);
}

/* --- reading --- */

struct book {
    struct keep_arena *a;
    struct keep_order *list;
    size_t n, cap;
};

static int read_sets(struct book *b, struct keep_order *o, const struct keep_json *sets, struct keep_err *err)
{
    uint8_t(*set)[16] = keep_arena_array(b->a, keep_json_len(sets) + 1, sizeof *set);
    if (!set)
        return no_memory(err);
    o->set = (const uint8_t(*)[16])set;
    o->sets = keep_json_len(sets);
    for (size_t i = 0; i < o->sets; i++)
        if (!keep_codec_unhex(keep_json_str(keep_json_at(sets, i)), set[i], 16))
            return keep_err_set(err, KEEP_E_INTEGRITY, "an order on file names no set");
    return 0;
}

static int each_order(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct book *b = ctx;
    const struct keep_json *j;
    int64_t records = 0;
    bool ok = true;
    int rc = keep_json_parse(&j, act->body, "order", b->a, err);
    if (rc < 0)
        return rc;
    if (!keep_arena_grow(b->a, &b->list, &b->cap, b->n + 1, sizeof *b->list, 16))
        return no_memory(err);
    struct keep_order *o = &b->list[b->n++];
    *o = (struct keep_order){.made = act->at, .certified = KEEP_TIME_NONE, .destroyed_on = KEEP_DATE_NONE};
    o->id = keep_arena_str(b->a, act->subject, &ok);
    o->role = keep_arena_str(b->a, act->role, &ok);
    o->custodian = keep_arena_str(b->a, keep_json_str(keep_json_get(j, "custodian")), &ok);
    o->plan = keep_arena_str(b->a, keep_json_str(keep_json_get(j, "plan")), &ok);
    keep_json_i64(keep_json_get(j, "records"), &records);
    o->records = (uint64_t)records;
    return ok ? read_sets(b, o, keep_json_get(j, "sets"), err) : no_memory(err);
}

static int each_certified(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct book *b = ctx;
    const struct keep_json *j;
    enum keep_precision prec;
    bool ok = true;
    int rc = keep_json_parse(&j, act->body, "order-certified", b->a, err);
    for (size_t i = 0; rc == 0 && i < b->n; i++) {
        struct keep_order *o = &b->list[i];
        if (!keep_str_eq(o->id, act->subject))
            continue;
        o->certified = act->at;
        o->certified_by = keep_arena_str(b->a, act->role, &ok);
        if (!keep_civil_parse_date(keep_json_str(keep_json_get(j, "destroyed_on")), &o->destroyed_on, &prec))
            return keep_err_set(err, KEEP_E_INTEGRITY, "a custodian's certificate is on file without its day");
    }
    return rc < 0 ? rc : ok ? 0 : no_memory(err);
}

int keep_orderbook_load(struct keep_store *s, struct keep_arena *a, struct keep_order **out, size_t *n, struct keep_err *err)
{
    struct book b = {.a = a};
    int rc = keep_txn_acts(s, "order", NULL, each_order, &b, err);
    if (rc == 0 && b.n)
        rc = keep_txn_acts(s, "order-certified", NULL, each_certified, &b, err);
    if (rc == 0) {
        *out = b.list;
        *n = b.n;
    }
    return rc;
}

enum keep_ordered keep_orderbook_of(const struct keep_order *list, size_t n, const uint8_t set[16])
{
    enum keep_ordered is = KEEP_ORDERED_NOT;
    for (size_t i = 0; i < n; i++) {
        if (!bsearch(set, list[i].set, list[i].sets, sizeof *list[i].set, keep_plan_by_id))
            continue;
        if (list[i].certified == KEEP_TIME_NONE)
            return KEEP_ORDERED_OPEN;
        is = KEEP_ORDERED_CERTIFIED;
    }
    return is;
}

/* --- writing --- */

static void entry_body(const struct keep_orderbook_entry *e, const struct keep_buf *sealed, struct keep_buf *body)
{
    const struct keep_order *o = e->order;
    struct keep_jsonw w;
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "order");
    keep_jsonw_str(&w, o->id);
    keep_jsonw_key(&w, "plan");
    keep_jsonw_str(&w, o->plan);
    keep_jsonw_key(&w, "custodian");
    keep_jsonw_str(&w, o->custodian);
    keep_jsonw_key(&w, "records");
    keep_jsonw_u64(&w, o->records);
    keep_jsonw_key(&w, "sets");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < o->sets; i++) {
        char hex[33];
        keep_codec_hex(o->set[i], 16, hex);
        keep_jsonw_z(&w, hex);
    }
    keep_jsonw_end_array(&w);
    keep_jsonw_key(&w, "text");
    keep_buf_char(body, '"');
    keep_codec_base64(body, sealed->p, sealed->n, true);
    keep_buf_char(body, '"');
    w.comma = true;
    keep_jsonw_key(&w, "text_signature");
    keep_jsonw_str(&w, e->text_signature);
    keep_jsonw_end_object(&w);
}

int keep_orderbook_enter(struct keep_store *s, const struct keep_orderbook_entry *e, struct keep_err *err)
{
    struct keep_buf sealed = KEEP_BUF_INIT, body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    void *key = NULL;
    uint64_t owner = 0;
    int rc = owner_of(e->order->id, &owner) ? keep_secret_new(&key, KEEP_KEY_SIZE, err) : keep_err_set(err, KEEP_E_USAGE, "not the id of an order");
    if (rc == 0)
        rc = keep_ring_new(s, KEEP_RING_ORDER, owner, key, err);
    if (rc == 0)
        rc = keep_seal_text(&sealed, e->text, LABEL, owner, 0, key, err);
    if (rc == 0) {
        entry_body(e, &sealed, &body);
        rc = body.failed ? no_memory(err) : keep_sign_message(&sig, e->officer, body.p, body.n, "a destruction order is entered", "chartkeep order entered", err);
    }
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("order"), .subject = e->order->id, .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = e->role, .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, NULL, err);
        keep_txn_count(s, "orders", 1);
    }
    keep_secret_free(key);
    keep_buf_free(&sealed);
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}

struct wanted {
    struct keep_store *s;
    struct keep_buf *text, *signature;
    bool found;
};

static int open_text(struct keep_store *s, uint64_t owner, struct keep_str sealed, struct keep_buf *text, struct keep_err *err)
{
    void *key = NULL;
    int rc = keep_secret_new(&key, KEEP_KEY_SIZE, err);
    if (rc == 0)
        rc = keep_ring_get(s, KEEP_RING_ORDER, owner, key, err);
    if (rc == 0)
        rc = keep_seal_open_text(text, sealed, LABEL, owner, 0, key, err);
    keep_secret_free(key);
    return rc > 0 ? 2 : rc;
}

static int each_wanted(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct wanted *w = ctx;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_buf sealed = KEEP_BUF_INIT;
    const struct keep_json *j = NULL;
    uint64_t owner = 0;
    int rc = a ? keep_json_parse(&j, act->body, "order", a, err) : no_memory(err);
    if (rc == 0 && (!owner_of(act->subject, &owner) || !keep_codec_unbase64(&sealed, keep_json_str(keep_json_get(j, "text")), true)))
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "an order on file has no text");
    if (rc == 0) {
        struct keep_str sig = keep_json_str(keep_json_get(j, "text_signature"));
        w->found = true;
        keep_buf_add(w->signature, sig.p, sig.n);
        rc = open_text(w->s, owner, keep_buf_view(&sealed), w->text, err);
    }
    keep_buf_free(&sealed);
    keep_arena_free(a);
    return rc;
}

int keep_orderbook_text(struct keep_store *s, struct keep_str id, struct keep_buf *text, struct keep_buf *signature, struct keep_err *err)
{
    struct wanted w = {.s = s, .text = text, .signature = signature};
    int rc = keep_txn_acts(s, "order", &id, each_wanted, &w, err);
    return rc == 0 && !w.found ? 1 : rc;
}

/* --- the custodian's answer --- */

static void certificate_body(const struct keep_orderbook_certificate *c, const struct keep_order *o, struct keep_buf *body)
{
    struct keep_jsonw w;
    uint8_t digest[32];
    char hex[65];
    keep_hash_blake2b(digest, c->document.p, c->document.n);
    keep_codec_hex(digest, 32, hex);
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "order");
    keep_jsonw_str(&w, c->order);
    keep_jsonw_key(&w, "custodian");
    keep_jsonw_str(&w, o->custodian);
    keep_jsonw_key(&w, "certificate_blake2b_256");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "certificate_bytes");
    keep_jsonw_u64(&w, c->document.n);
    keep_jsonw_key(&w, "destroyed_on");
    keep_jsonw_date(&w, c->destroyed_on);
    keep_jsonw_key(&w, "statement");
    keep_jsonw_z(&w, "the custodian certified in the document of this digest that all that the order names is destroyed");
    keep_jsonw_end_object(&w);
}

/* In the transaction that certifies, so that neither is there without the other. */
static int enter_document(struct keep_store *s, const struct keep_orderbook_certificate *c, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    keep_buf_str(&body, "{\"document\":\"");
    keep_codec_base64(&body, c->document.p, c->document.n, true);
    keep_buf_str(&body, "\"}");
    struct keep_act act = {.kind = KEEP_STR("order-document"), .subject = c->order, .body = keep_buf_view(&body), .at = keep_store_now(s)};
    int rc = body.failed ? no_memory(err) : keep_txn_act(s, &act, NULL, err);
    keep_buf_free(&body);
    return rc;
}

int keep_orderbook_certify(struct keep_store *s, const struct keep_orderbook_certificate *c, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_officer *officer = NULL;
    struct keep_order *list = NULL, *o = NULL;
    size_t n = 0;
    int rc = a ? keep_signer_of(s, c->officer, &officer, err) : no_memory(err);
    if (rc == 0 && c->document.n == 0)
        rc = keep_err_set(err, KEEP_E_INPUT, "empty: no certificate");
    if (rc == 0 && c->document.n > KEEP_ORDERBOOK_DOCUMENT)
        rc = keep_err_set(err, KEEP_E_LIMIT, "a certificate of more than %u bytes", KEEP_ORDERBOOK_DOCUMENT);
    if (rc == 0)
        rc = keep_orderbook_load(s, a, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (keep_str_eq(list[i].id, c->order) && list[i].certified == KEEP_TIME_NONE)
            o = &list[i];
    if (rc == 0 && !o)
        rc = 1;
    if (rc == 0 && c->destroyed_on < keep_civil_utc_date(o->made) - 1)
        rc = keep_err_set(err, KEEP_E_USAGE, "the certificate's day lies before the order");
    if (rc == 0) {
        certificate_body(c, o, &body);
        rc = body.failed ? no_memory(err) : keep_sign_message(&sig, c->officer, body.p, body.n, "a custodian's certificate is taken in", CERTIFIED, err);
    }
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_ORDER, err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("order-certified"), .subject = c->order, .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = officer->role, .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, NULL, err);
        if (rc == 0)
            rc = enter_document(s, c, err);
        keep_txn_count(s, "orders_certified", 1);
        rc = keep_txn_end(s, rc, err);
    }
    keep_buf_free(&body);
    keep_buf_free(&sig);
    keep_arena_free(a);
    return rc;
}

struct document {
    struct keep_buf *out;
    uint8_t digest[32]; /* as signed */
    bool certified, found;
};

static int each_signed(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct document *d = ctx;
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_json *j = NULL;
    int rc = a ? keep_json_parse(&j, act->body, "order-certified", a, err) : no_memory(err);
    d->certified = rc == 0 && keep_codec_unhex(keep_json_str(keep_json_get(j, "certificate_blake2b_256")), d->digest, sizeof d->digest);
    keep_arena_free(a);
    return rc;
}

static int each_document(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct document *d = ctx;
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_json *j = NULL;
    size_t before = d->out->n;
    uint8_t digest[32] = {0};
    int rc = a ? keep_json_parse(&j, act->body, "order-document", a, err) : no_memory(err);
    d->found = true;
    if (rc == 0 && !keep_codec_unbase64(d->out, keep_json_str(keep_json_get(j, "document")), true))
        d->certified = false;
    if (rc == 0 && d->out->failed)
        rc = no_memory(err);
    if (rc == 0)
        keep_hash_blake2b(digest, d->out->p + before, d->out->n - before);
    if (rc == 0 && (!d->certified || memcmp(digest, d->digest, sizeof digest) != 0))
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "the custodian's certificate on file is not the one that was signed for");
    keep_arena_free(a);
    return rc;
}

int keep_orderbook_document(struct keep_store *s, struct keep_str id, struct keep_buf *out, struct keep_err *err)
{
    struct document d = {.out = out};
    int rc = keep_txn_acts(s, "order-certified", &id, each_signed, &d, err);
    if (rc == 0)
        rc = keep_txn_acts(s, "order-document", &id, each_document, &d, err);
    return rc == 0 && !d.found ? 1 : rc;
}
