/* Decisions bind each other by digest: an approval's statement names the plan, the
 * plan names the packs, an adoption's statement names them too. The officers' keys
 * come out of the package; they are believed because the keep's signature covers
 * them, not because they are there.
 *
 * The plan's digest is BLAKE2b-256 over its canonical text without the annex
 * member, which stands last: it is cut out of the text, nothing is written anew. */
#include "core/bag/decision.h"

#include <stdlib.h>

#include "core/bag/examine.h"
#include "core/base/codec.h"
#include "core/base/grow.h"
#include "core/crypto/hash.h"
#include "core/crypto/sign.h"
#include "core/text/json.h"

#define KEYS 1024 /* of officers, those who were with those who are; a hospital has a handful */

static struct keep_str member(const struct keep_json *v, const char *name)
{
    return keep_json_str(keep_json_get(v, name));
}

int keep_decision_pack(struct keep_examine *x, struct keep_str bytes, struct keep_err *err)
{
    struct keep_decision *d = &x->decision;
    if (!keep_grow(&d->had, &d->had_cap, d->had_n + 1, sizeof *d->had, 16))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_hash_blake2b(d->had[d->had_n++], bytes.p, bytes.n);
    return 0;
}

/* The canonical text ends `,"annex":"…"}` LF. */
static bool plan_digest(struct keep_str text, const struct keep_json *v, uint8_t out[32])
{
    struct keep_buf b = KEEP_BUF_INIT;
    if (v->type != KEEP_JSON_OBJECT || v->n < 2 || !keep_str_is(v->name[v->n - 1], "annex"))
        return false;
    const struct keep_json *before = &v->item[v->n - 2], *annex = &v->item[v->n - 1];
    const char *tail = annex->span.p + annex->span.n;
    keep_buf_add(&b, text.p, (size_t)(before->span.p + before->span.n - text.p));
    keep_buf_add(&b, tail, (size_t)(text.p + text.n - tail));
    bool ok = !b.failed;
    if (ok)
        keep_hash_blake2b(out, b.p, b.n);
    keep_buf_free(&b);
    return ok;
}

static bool read_sets(struct keep_decision *d, const struct keep_json *v)
{
    size_t n = keep_json_len(v);
    d->set = keep_arena_array(d->arena, n + 1, sizeof *d->set);
    if (!d->set)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct keep_json *s = keep_json_at(v, i);
        int64_t records;
        if (!keep_codec_unhex(member(s, "set"), d->set[i].id, 16) || !keep_json_i64(keep_json_get(s, "records"), &records) || records < 0 ||
            (i > 0 && memcmp(d->set[i - 1].id, d->set[i].id, 16) >= 0))
            return false;
        d->set[i].records = (uint64_t)records;
        d->set[i].archive = keep_str_is(member(s, "action"), "archive");
    }
    d->sets = n;
    return true;
}

static bool read_packs(struct keep_decision *d, const struct keep_json *v)
{
    size_t n = keep_json_len(v);
    d->adopted = keep_arena_array(d->arena, n + 1, sizeof *d->adopted);
    d->pack_seen = keep_arena_array(d->arena, n + 1, sizeof *d->pack_seen);
    for (size_t i = 0; d->adopted && d->pack_seen && i < n; i++)
        if (!keep_codec_unhex(member(keep_json_at(v, i), "digest"), d->adopted[i], 32))
            return false;
    d->packs = n;
    return d->adopted && d->pack_seen && n > 0;
}

int keep_decision_plan(struct keep_examine *x, struct keep_err *err)
{
    struct keep_decision *d = &x->decision;
    struct keep_err why = {0};
    const struct keep_json *v = NULL;
    int64_t quorum = 0;
    d->arena = keep_arena_new(0);
    if (!d->arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    struct keep_str text = keep_buf_view(&x->text[KEEP_TEXT_PLAN]);
    int rc = keep_json_parse(&v, text, NULL, d->arena, &why);
    if (rc == KEEP_E_NOMEM)
        return keep_err_set(err, rc, "out of memory");
    d->read = rc == 0 && plan_digest(text, v, d->plan) && keep_json_i64(keep_json_get(v, "quorum"), &quorum) && quorum >= 0 &&
              read_sets(d, keep_json_get(v, "sets")) && read_packs(d, keep_json_get(v, "adoptions"));
    if (!d->read) {
        keep_examine_fail(x, KEEP_CHECK_DECISIONS, "%s is not a plan", KEEP_LAYOUT_PLAN);
        return 0;
    }
    d->store = member(v, "store");
    d->quorum = quorum > 0 ? (uint64_t)quorum : 1;
    return 0;
}

static int by_id(const void *id, const void *set)
{
    return memcmp(id, ((const struct keep_decision_set *)set)->id, 16);
}

struct keep_decision_set *keep_decision_find(struct keep_decision *d, struct keep_str hex)
{
    uint8_t id[16];
    if (d->sets == 0 || !keep_codec_unhex(hex, id, sizeof id))
        return NULL;
    return bsearch(id, d->set, d->sets, sizeof *d->set, by_id);
}

/* Keys of the package's officers, those before them too, and which of the roles signed what is being looked at, by which key. A role counts once, whoever
 * held it, and a key counts once, whatever roles its owner has held. */
struct officers {
    struct keep_str role[KEYS];
    struct keep_sign_public key[KEYS];
    const uint8_t *by[KEYS]; /* at the first key of the role; NULL: it did not sign */
    size_t n;
};

static bool read_officers(struct officers *o, const struct keep_json *v)
{
    o->n = keep_json_len(v);
    if (o->n == 0 || o->n > KEYS)
        return false;
    for (size_t i = 0; i < o->n; i++) {
        o->role[i] = member(keep_json_at(v, i), "role");
        if (o->role[i].n == 0 || keep_sign_public_read(&o->key[i], member(keep_json_at(v, i), "public_key"), NULL, NULL) < 0)
            return false;
    }
    return true;
}

/* The place of the role whose valid signature this is, *by its key; -1: signed by a role that is not here; -2: it does not hold. */
static int signer(const struct officers *o, const struct keep_json *act, const uint8_t **by)
{
    struct keep_str role = member(act, "role"), statement = member(act, "statement"), trusted;
    int first = -1;
    for (size_t i = 0; i < o->n; i++) {
        if (!keep_str_eq(o->role[i], role))
            continue;
        first = first < 0 ? (int)i : first;
        if (keep_sign_check(&o->key[i], statement.p, statement.n, member(act, "signature"), &trusted, NULL) == 0) {
            *by = o->key[i].key;
            return first;
        }
    }
    return first < 0 ? -1 : -2;
}

static size_t signers(const struct officers *o)
{
    size_t n = 0;
    for (size_t i = 0; i < o->n; i++) {
        size_t k = 0;
        while (k < i && !(o->by[i] && o->by[k] && memcmp(o->by[k], o->by[i], 32) == 0))
            k++;
        n += o->by[i] && k == i;
    }
    return n;
}

static const struct keep_json *parse(struct keep_examine *x, struct keep_str text)
{
    const struct keep_json *v = NULL;
    return keep_json_parse(&v, text, NULL, x->decision.arena, NULL) == 0 ? v : NULL;
}

static const struct keep_json *document(struct keep_examine *x, enum keep_examine_text which, const char *name)
{
    const struct keep_json *v = x->have[which] ? parse(x, keep_buf_view(&x->text[which])) : NULL;
    if (!v)
        keep_examine_fail(x, KEEP_CHECK_DECISIONS, x->have[which] ? "%s is malformed" : "%s is missing", name);
    return v;
}

static void check_approvals(struct keep_examine *x, struct officers *o, const struct keep_json *list)
{
    char hex[65];
    keep_codec_hex(x->decision.plan, 32, hex);
    const uint8_t *by = NULL;
    memset(o->by, 0, sizeof o->by);
    for (size_t i = 0; i < keep_json_len(list); i++) {
        const struct keep_json *act = keep_json_at(list, i), *body = parse(x, member(act, "statement"));
        int who = signer(o, act, &by);
        if (who < 0)
            keep_examine_fail(x, KEEP_CHECK_DECISIONS, "approval %zu: %s", i + 1, who == -1 ? "its role is no officer's" : "its signature does not hold");
        else if (!keep_str_is(member(body, "approve"), hex) || !keep_str_eq(member(body, "store"), x->decision.store))
            keep_examine_fail(x, KEEP_CHECK_DECISIONS, "approval %zu is of another plan or keep", i + 1);
        else
            o->by[who] = by;
    }
    if (signers(o) < x->decision.quorum)
        keep_examine_fail(x, KEEP_CHECK_DECISIONS, "the plan asks for %llu officers, %zu approved it", (unsigned long long)x->decision.quorum, signers(o));
}

/* Whether an adoption's statement names the plan's packs, in its order. */
static bool same_packs(const struct keep_decision *d, const struct keep_json *body)
{
    const struct keep_json *packs = keep_json_get(body, "packs");
    uint8_t digest[32];
    if (keep_json_len(packs) != d->packs || !keep_str_eq(member(body, "store"), d->store))
        return false;
    for (size_t i = 0; i < d->packs; i++)
        if (!keep_codec_unhex(member(keep_json_at(packs, i), "digest"), digest, 32) || memcmp(digest, d->adopted[i], 32) != 0)
            return false;
    return true;
}

/* Earlier adoptions may stand in the list, by officers who left: they need not be checkable, but what is must hold. */
static void check_adoption(struct keep_examine *x, struct officers *o, const struct keep_json *list)
{
    const uint8_t *by = NULL;
    memset(o->by, 0, sizeof o->by);
    for (size_t i = 0; i < keep_json_len(list); i++) {
        const struct keep_json *act = keep_json_at(list, i);
        int who = signer(o, act, &by);
        bool current = same_packs(&x->decision, parse(x, member(act, "statement")));
        if (who == -2 || (who == -1 && current))
            keep_examine_fail(x, KEEP_CHECK_DECISIONS, "adoption %zu: %s", i + 1, who == -1 ? "its role is no officer's" : "its signature does not hold");
        else if (current)
            o->by[who] = by;
    }
    if (signers(o) < x->decision.quorum)
        keep_examine_fail(x, KEEP_CHECK_DECISIONS, "the packs need %llu officers, %zu adopted them", (unsigned long long)x->decision.quorum, signers(o));
}

static void check_packs(struct keep_examine *x)
{
    struct keep_decision *d = &x->decision;
    for (size_t i = 0; i < d->had_n; i++) {
        size_t k = 0;
        while (k < d->packs && (d->pack_seen[k] || memcmp(d->adopted[k], d->had[i], 32) != 0))
            k++;
        if (k == d->packs)
            keep_examine_fail(x, KEEP_CHECK_DECISIONS, "a policy pack in it is not one that the plan rests on");
        else
            d->pack_seen[k] = true;
    }
    for (size_t k = 0; k < d->packs; k++)
        if (!d->pack_seen[k])
            keep_examine_fail(x, KEEP_CHECK_DECISIONS, "policy pack %zu of the plan is not in it", k + 1);
}

void keep_decision_check(struct keep_examine *x)
{
    struct officers *o = NULL;
    if (!x->decision.read) {
        if (!x->have[KEEP_TEXT_PLAN])
            keep_examine_fail(x, KEEP_CHECK_DECISIONS, "%s is missing", KEEP_LAYOUT_PLAN);
        return;
    }
    const struct keep_json *officers = document(x, KEEP_TEXT_OFFICERS, KEEP_LAYOUT_OFFICERS);
    const struct keep_json *approvals = document(x, KEEP_TEXT_APPROVALS, KEEP_LAYOUT_APPROVALS);
    const struct keep_json *adoption = document(x, KEEP_TEXT_ADOPTION, KEEP_LAYOUT_ADOPTION);
    check_packs(x);
    if (!officers || !approvals || !adoption)
        return;
    o = keep_arena_alloc(x->decision.arena, sizeof *o);
    if (!o || !read_officers(o, officers)) {
        keep_examine_fail(x, KEEP_CHECK_DECISIONS, o ? "%s is malformed" : "%s cannot be held in memory", KEEP_LAYOUT_OFFICERS);
        return;
    }
    check_approvals(x, o, approvals);
    size_t approved = signers(o);
    check_adoption(x, o, adoption);
    keep_examine_note(x, KEEP_CHECK_DECISIONS, "plan of %zu sets approved by %zu officers, %zu packs adopted by %zu", x->decision.sets, approved, x->decision.packs, signers(o));
}

void keep_decision_free(struct keep_decision *d)
{
    keep_arena_free(d->arena);
    free(d->had);
}
