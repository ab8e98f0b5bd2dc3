/* The plan that officers sign, as canonical JSON:
 *
 *   {"schema_version":1,"document":"chartkeep plan","store":HEX16,"as_of":DATE,"quorum":N,
 *    "adoptions":[{"pack":…,"version":…,"digest":HEX32}],
 *    (of a special plan) "special":{"kind":WORD,"reason":…,"authority":…,"order_sha256":HEX32|null},
 *    "sets":[{"set":HEX16,"digest":HEX32,"action":WORD,"series":…,"rule":…,"authority":…,"keep_until":DATE,
 *             "records":N,"custody":WORD,"gates":…,"residue_years":N, (of some of its records) "only":[N,…]}],
 *    "annex":BASE64}
 *
 * with one line feed behind it. Members stand in this order, sets in that of their ids; a
 * reader writes what it read again and refuses a document that is not the same
 * bytes, so there is one text for one plan and nothing can hide in a signed one.
 * The digest covers the text without the annex member: who the sets are about is
 * sealed apart and may be sealed anew without signing again. */
#include "core/retention/plan.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

#define PLAN_VERSION 1
#define PLAN_DOCUMENT "chartkeep plan"
#define PLAN_QUORUM_MAX 64      /* officers; a hospital has a handful */
#define PLAN_RESIDUE_MAX KEEP_RESIDUE_PERMANENT /* years */

static const char *const kind_word[] = {
#define X(name, word) word,
    KEEP_PLAN_KINDS(X)
#undef X
};

const char *keep_plan_kind_word(enum keep_plan_kind kind)
{
    return (unsigned)kind < KEEP_PLAN_KIND_COUNT ? kind_word[kind] : "unknown";
}

int keep_plan_kind_of(struct keep_str word)
{
    for (int i = 0; i < KEEP_PLAN_KIND_COUNT; i++)
        if (keep_str_is(word, kind_word[i]))
            return i;
    return -1;
}

int keep_plan_by_id(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

int keep_plan_by_set(const void *a, const void *b)
{
    return memcmp((*(const struct keep_set *const *)a)->id, (*(const struct keep_set *const *)b)->id, 16);
}

_Static_assert(offsetof(struct keep_plan_set, set) == 0, "keep_plan_find compares what a set begins with");
size_t keep_plan_find(const struct keep_plan *p, const uint8_t id[16])
{
    const struct keep_plan_set *s = p->sets ? bsearch(id, p->set, p->sets, sizeof *s, keep_plan_by_id) : NULL;
    return s ? (size_t)(s - p->set) : SIZE_MAX;
}

void keep_plan_set_digest(const struct keep_set *s, const struct keep_policy *p, uint8_t out[32])
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_str rule = s->rule >= 0 ? p->retention[s->rule].id : (struct keep_str){NULL, 0};
    keep_buf_add(&b, s->id, sizeof s->id);
    keep_buf_add(&b, s->digest, sizeof s->digest);
    keep_buf_bytes(&b, p->series[s->series].id.p, p->series[s->series].id.n);
    keep_buf_u8(&b, (uint8_t)s->action);
    keep_buf_u8(&b, (uint8_t)s->kind);
    keep_buf_u32(&b, (uint32_t)s->keep_until);
    keep_buf_u8(&b, (uint8_t)s->custody);
    keep_buf_u32(&b, (uint32_t)s->residue_years);
    keep_buf_u64(&b, s->records);
    keep_buf_bytes(&b, rule.p, rule.n);
    keep_buf_bytes(&b, s->holds.p, s->holds.n);
    keep_buf_bytes(&b, s->gates.p, s->gates.n);
    if (b.failed)
        memset(out, 0, 32); /* equal to no digest of a plan that was written */
    else
        keep_hash_blake2b(out, b.p, b.n);
    keep_buf_free(&b);
}

static void write_hex(struct keep_jsonw *w, const char *key, const uint8_t *p, size_t n)
{
    char hex[65];
    keep_codec_hex(p, n, hex);
    keep_jsonw_key(w, key);
    keep_jsonw_z(w, hex);
}

static void write_text(struct keep_jsonw *w, const char *key, struct keep_str s)
{
    keep_jsonw_key(w, key);
    keep_jsonw_str(w, s.p ? s : KEEP_STR(""));
}

static void write_set(struct keep_jsonw *w, const struct keep_plan_set *s)
{
    keep_jsonw_object(w);
    write_hex(w, "set", s->set, sizeof s->set);
    write_hex(w, "digest", s->digest, sizeof s->digest);
    write_text(w, "action", keep_str_of(keep_vocab_set_action_word((int)s->action)));
    write_text(w, "series", s->series);
    write_text(w, "rule", s->rule);
    write_text(w, "authority", s->authority);
    keep_jsonw_key(w, "keep_until");
    keep_jsonw_date(w, s->keep_until);
    keep_jsonw_key(w, "records");
    keep_jsonw_u64(w, s->records);
    write_text(w, "custody", keep_str_of(keep_vocab_custody_word((int)s->custody)));
    write_text(w, "gates", s->gates);
    keep_jsonw_key(w, "residue_years");
    keep_jsonw_i64(w, s->residue_years);
    if (s->onlys) {
        keep_jsonw_key(w, "only");
        keep_jsonw_array(w);
        for (size_t i = 0; i < s->onlys; i++)
            keep_jsonw_u64(w, s->only[i]);
        keep_jsonw_end_array(w);
    }
    keep_jsonw_end_object(w);
}

static void write_special(struct keep_jsonw *w, const struct keep_plan *p)
{
    keep_jsonw_key(w, "special");
    keep_jsonw_object(w);
    write_text(w, "kind", keep_str_of(keep_plan_kind_word(p->kind)));
    write_text(w, "reason", p->reason);
    write_text(w, "authority", p->authority);
    if (p->has_order) {
        write_hex(w, "order_sha256", p->order, sizeof p->order);
    } else {
        keep_jsonw_key(w, "order_sha256");
        keep_jsonw_null(w);
    }
    keep_jsonw_end_object(w);
}

static void write_plan(const struct keep_plan *p, bool annex, struct keep_buf *out)
{
    struct keep_jsonw w;
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "schema_version");
    keep_jsonw_i64(&w, PLAN_VERSION);
    write_text(&w, "document", KEEP_STR(PLAN_DOCUMENT));
    write_hex(&w, "store", p->store, sizeof p->store);
    keep_jsonw_key(&w, "as_of");
    keep_jsonw_date(&w, p->as_of);
    keep_jsonw_key(&w, "quorum");
    keep_jsonw_u64(&w, p->quorum);
    keep_jsonw_key(&w, "adoptions");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < p->adoptions; i++) {
        keep_jsonw_object(&w);
        write_text(&w, "pack", p->adoption[i].pack);
        write_text(&w, "version", p->adoption[i].version);
        write_hex(&w, "digest", p->adoption[i].digest, 32);
        keep_jsonw_end_object(&w);
    }
    keep_jsonw_end_array(&w);
    if (p->kind != KEEP_PLAN_DUE)
        write_special(&w, p);
    keep_jsonw_key(&w, "sets");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < p->sets; i++)
        write_set(&w, &p->set[i]);
    keep_jsonw_end_array(&w);
    if (annex)
        write_text(&w, "annex", p->annex);
    keep_jsonw_end_object(&w);
    keep_buf_char(out, '\n');
}

void keep_plan_write(const struct keep_plan *p, struct keep_buf *out)
{
    write_plan(p, true, out);
}

void keep_plan_digest(const struct keep_plan *p, uint8_t out[32])
{
    struct keep_buf b = KEEP_BUF_INIT;
    write_plan(p, false, &b);
    if (b.failed)
        memset(out, 0, 32);
    else
        keep_hash_blake2b(out, b.p, b.n);
    keep_buf_free(&b);
}

/* Reading fills what is there and leaves the judgement to the comparison of bytes; only what could not be held is refused here. */
struct reader {
    const char *where;
    struct keep_arena *arena;
    struct keep_err *err;
};

static int refuse(const struct reader *r, const char *what)
{
    return keep_err_at(r->err, KEEP_E_INPUT, r->where, 1, 0, "not a plan: %s", what);
}

static int read_hex(const struct reader *r, const struct keep_json *v, const char *key, uint8_t *out, size_t n)
{
    if (!keep_codec_unhex(keep_json_str(keep_json_get(v, key)), out, n))
        return refuse(r, key);
    return 0;
}

static int read_text(const struct reader *r, const struct keep_json *v, const char *key, struct keep_str *out)
{
    const struct keep_json *m = keep_json_get(v, key);
    bool ok = true;
    if (!m || m->type != KEEP_JSON_STRING)
        return refuse(r, key);
    *out = keep_arena_str(r->arena, m->text, &ok);
    return ok ? 0 : keep_err_set(r->err, KEEP_E_NOMEM, "out of memory");
}

static int read_number(const struct reader *r, const struct keep_json *v, const char *key, int64_t max, int64_t *out)
{
    if (!keep_json_i64(keep_json_get(v, key), out) || *out < 0 || *out > max)
        return refuse(r, key);
    return 0;
}

static int read_day(const struct reader *r, const struct keep_json *v, const char *key, keep_date *out)
{
    enum keep_precision prec;
    if (!keep_civil_parse_date(keep_json_str(keep_json_get(v, key)), out, &prec) || prec != KEEP_PREC_DAY)
        return refuse(r, key);
    return 0;
}

static int read_only(const struct reader *r, const struct keep_json *v, struct keep_plan_set *s)
{
    size_t n = keep_json_len(v);
    uint64_t *id = n ? keep_arena_array(r->arena, n, sizeof *id) : NULL;
    if (n && !id)
        return keep_err_set(r->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        int64_t one;
        if (!keep_json_i64(keep_json_at(v, i), &one) || one < 1 || (i && (uint64_t)one <= id[i - 1]))
            return refuse(r, "records are not numbers in order, or one stands twice");
        id[i] = (uint64_t)one;
    }
    s->only = id;
    s->onlys = n;
    return 0;
}

static int read_special(const struct reader *r, const struct keep_json *v, struct keep_plan *p)
{
    const struct keep_json *order = keep_json_get(v, "order_sha256");
    if (!v)
        return 0;
    int kind = keep_plan_kind_of(keep_json_str(keep_json_get(v, "kind"))), rc = 0;
    if (kind <= KEEP_PLAN_DUE)
        return refuse(r, "a kind of special plan that this program does not know");
    p->kind = (enum keep_plan_kind)kind;
    rc = read_text(r, v, "reason", &p->reason);
    if (!rc)
        rc = read_text(r, v, "authority", &p->authority);
    p->has_order = order && order->type != KEEP_JSON_NULL;
    if (!rc && p->has_order)
        rc = read_hex(r, v, "order_sha256", p->order, sizeof p->order);
    return rc;
}

static int read_set(const struct reader *r, const struct keep_json *v, struct keep_plan_set *s)
{
    struct keep_str word = {NULL, 0};
    int64_t records, residue;
    int rc = read_hex(r, v, "set", s->set, sizeof s->set);
    if (!rc)
        rc = read_hex(r, v, "digest", s->digest, sizeof s->digest);
    if (!rc)
        rc = read_text(r, v, "series", &s->series);
    if (!rc)
        rc = read_text(r, v, "rule", &s->rule);
    if (!rc)
        rc = read_text(r, v, "authority", &s->authority);
    if (!rc)
        rc = read_text(r, v, "gates", &s->gates);
    const struct keep_json *until = keep_json_get(v, "keep_until");
    s->keep_until = KEEP_DATE_NONE; /* only a special plan has such a set */
    if (!rc && (!until || until->type != KEEP_JSON_NULL))
        rc = read_day(r, v, "keep_until", &s->keep_until);
    if (!rc)
        rc = read_only(r, keep_json_get(v, "only"), s);
    if (!rc)
        rc = read_number(r, v, "records", INT64_MAX, &records);
    if (!rc)
        rc = read_number(r, v, "residue_years", PLAN_RESIDUE_MAX, &residue);
    if (rc)
        return rc;
    s->records = (uint64_t)records;
    s->residue_years = (int32_t)residue;
    word = keep_json_str(keep_json_get(v, "action"));
    if (keep_vocab_set_action(word) < 0)
        return refuse(r, "action");
    s->action = (enum keep_set_action)keep_vocab_set_action(word);
    word = keep_json_str(keep_json_get(v, "custody"));
    if (keep_vocab_custody(word) < 0)
        return refuse(r, "custody");
    s->custody = (enum keep_custody)keep_vocab_custody(word);
    return 0;
}

static int read_sets(const struct reader *r, const struct keep_json *v, struct keep_plan *p)
{
    struct keep_plan_set *s;
    if (!v || v->type != KEEP_JSON_ARRAY)
        return refuse(r, "sets");
    s = keep_arena_array(r->arena, v->n ? v->n : 1, sizeof *s);
    if (!s)
        return keep_err_set(r->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < v->n; i++) {
        int rc = read_set(r, &v->item[i], &s[i]);
        if (rc)
            return rc;
        if (i && memcmp(s[i - 1].set, s[i].set, sizeof s[i].set) >= 0)
            return refuse(r, "sets are not in order, or one stands twice");
    }
    p->set = s;
    p->sets = v->n;
    return 0;
}

static int read_adoptions(const struct reader *r, const struct keep_json *v, struct keep_plan *p)
{
    struct keep_plan_adoption *a;
    if (!v || v->type != KEEP_JSON_ARRAY)
        return refuse(r, "adoptions");
    a = keep_arena_array(r->arena, v->n ? v->n : 1, sizeof *a);
    if (!a)
        return keep_err_set(r->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < v->n; i++) {
        int rc = read_text(r, &v->item[i], "pack", &a[i].pack);
        if (!rc)
            rc = read_text(r, &v->item[i], "version", &a[i].version);
        if (!rc)
            rc = read_hex(r, &v->item[i], "digest", a[i].digest, 32);
        if (rc)
            return rc;
    }
    p->adoption = a;
    p->adoptions = v->n;
    return 0;
}

static int check_canonical(const struct reader *r, const struct keep_plan *p, struct keep_str text)
{
    struct keep_buf again = KEEP_BUF_INIT;
    int rc = 0;
    write_plan(p, true, &again);
    if (again.failed)
        rc = keep_err_set(r->err, KEEP_E_NOMEM, "out of memory");
    else if (!keep_str_eq(keep_buf_view(&again), text))
        rc = refuse(r, "its text is not the canonical one");
    keep_buf_free(&again);
    return rc;
}

int keep_plan_read(struct keep_plan *out, struct keep_str text, const char *where, struct keep_arena *a, struct keep_err *err)
{
    struct reader r = {where, a, err};
    struct keep_plan p = {.quorum = 0};
    const struct keep_json *v;
    int64_t n = 0;
    int rc = keep_json_parse(&v, text, where, a, err);
    if (rc)
        return rc;
    if (!keep_str_is(keep_json_str(keep_json_get(v, "document")), PLAN_DOCUMENT))
        return refuse(&r, "no such document");
    rc = read_number(&r, v, "schema_version", INT32_MAX, &n);
    if (!rc && n != PLAN_VERSION)
        rc = refuse(&r, "a version this program does not know");
    if (!rc)
        rc = read_hex(&r, v, "store", p.store, sizeof p.store);
    if (!rc)
        rc = read_day(&r, v, "as_of", &p.as_of);
    if (!rc)
        rc = read_number(&r, v, "quorum", PLAN_QUORUM_MAX, &n);
    if (!rc) {
        p.quorum = (uint32_t)n;
        rc = read_adoptions(&r, keep_json_get(v, "adoptions"), &p);
    }
    if (!rc)
        rc = read_special(&r, keep_json_get(v, "special"), &p);
    if (!rc)
        rc = read_sets(&r, keep_json_get(v, "sets"), &p);
    if (!rc)
        rc = read_text(&r, v, "annex", &p.annex);
    if (!rc)
        rc = check_canonical(&r, &p, text);
    if (!rc)
        *out = p;
    return rc;
}
