/* Each record of a package is sealed to an identity of its own, so that an auditor
 * can be given some: the identities stand in the sealed index, and only who can open
 * that can give them on. What is given cannot be taken back, so it is refused where
 * a hold says that somebody has yet to decide about the set; a hold with a condition
 * counts, since whether it holds can no longer be told of what is sealed. */
#include "core/work/releaserun.h"

#include <string.h>

#include "core/bag/inspect.h"
#include "core/base/codec.h"
#include "core/crypto/secret.h"
#include "core/store/load.h"
#include "core/store/ring.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/hold.h"
#include "core/work/holdcheck.h"
#include "core/work/sealrun.h"
#include "core/work/signer.h"

struct releasing {
    struct keep_store *s;
    const struct keep_releaserun_params *p;
    struct keep_arena *a;
    const struct keep_officer *officer;
    struct keep_inspect_about about;
    uint8_t *identity;        /* of the package; secret memory */
    struct keep_world world;
    struct keep_hold *hold;
    size_t holds;
    uint8_t salt[32];
    size_t found;
    struct keep_buf *out;
};

/* ---- the package ---- */

static int each_package(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct releasing *r = ctx;
    char hex[129];
    (void)err;
    keep_codec_hex(r->about.tagmanifest, 64, hex);
    r->found += memmem(act->body.p, act->body.n, hex, 128) != NULL;
    return 0;
}

/* Whole, signed by this keep, sealed by it, and its identity still in the keyring. */
static int find_package(struct releasing *r, struct keep_inspect_params *in, struct keep_err *err)
{
    struct keep_str id;
    int rc = keep_inspect_package(in, err);
    if (rc == 1)
        return keep_err_set(err, KEEP_E_INTEGRITY, "%s cannot be verified whole", r->p->package);
    id = keep_str_of(r->about.id);
    if (rc == 0)
        rc = keep_txn_acts(r->s, "package", &id, each_package, r, err);
    if (rc == 0 && r->found == 0)
        rc = keep_err_set(err, KEEP_E_REFUSED, "%s: this keep sealed no such package", r->about.id);
    if (rc == 0)
        rc = keep_ring_get(r->s, KEEP_RING_PACKAGE, keep_sealrun_owner(id), r->identity, err);
    r->found = 0;
    return rc > 0 ? keep_err_set(err, KEEP_E_REFUSED, "%s: its key is destroyed; nobody here can open it", r->about.id) : rc;
}

/* ---- holds ---- */

static uint32_t patient_of(const struct keep_world *w, struct keep_str mrn)
{
    for (uint32_t i = 0; mrn.n && i < w->patients; i++)
        if (keep_str_eq(w->patient[i].mrn, mrn))
            return i;
    return KEEP_ID_NONE;
}

/* A hold of the whole keep is asked as one of the record's own patient; where that cannot be told, it covers. */
static const struct keep_hold *held_by(const struct releasing *r, const uint8_t set[16], struct keep_str mrn)
{
    struct keep_holdcheck c = {.world = &r->world, .policy = r->p->adopted->policy};
    for (size_t i = 0; i < r->holds; i++) {
        struct keep_hold h = r->hold[i];
        if (h.released != KEEP_TIME_NONE && h.released <= keep_store_now(r->s))
            continue;
        if (h.patient == KEEP_ID_NONE && (h.patient = patient_of(&r->world, mrn)) == KEEP_ID_NONE)
            return &r->hold[i];
        if (keep_holdcheck_is_of(&c, r->salt, &h, set) != KEEP_TRI_NO)
            return &r->hold[i];
    }
    return NULL;
}

/* ---- the index ---- */

static int take_record(void *ctx, uint64_t n, const struct keep_json *line, struct keep_pull *payload, struct keep_err *err)
{
    struct releasing *r = ctx;
    uint8_t set[16];
    struct keep_str identity = keep_json_str(keep_json_get(line, "identity"));
    (void)payload;
    if (r->found == r->p->records || r->p->record[r->found] != n)
        return 1;
    if (identity.n == 0)
        return keep_err_set(err, KEEP_E_REFUSED, "record %llu is an index entry: what it names is kept elsewhere", (unsigned long long)n);
    if (!keep_codec_unhex(keep_json_str(keep_json_get(line, "set")), set, sizeof set))
        return keep_err_set(err, KEEP_E_INTEGRITY, "record %llu has a malformed line in the index", (unsigned long long)n);
    const struct keep_hold *h = held_by(r, set, keep_json_str(keep_json_get(line, "patient")));
    if (h)
        return keep_err_set(err, KEEP_E_REFUSED, "record %llu is held: %.*s", (unsigned long long)n, (int)h->matter.n, h->matter.p);
    keep_buf_printf(r->out, "# package %s, record %06llu\n", r->about.id, (unsigned long long)n);
    keep_buf_add(r->out, identity.p, identity.n);
    keep_buf_char(r->out, '\n');
    r->found++;
    return 1;
}

/* ---- the entry ---- */

static void body_of(const struct releasing *r, struct keep_buf *out)
{
    struct keep_jsonw w;
    char hex[129];
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "release");
    keep_jsonw_z(&w, r->about.id);
    keep_codec_hex(r->about.tagmanifest, 64, hex);
    keep_jsonw_key(&w, "tagmanifest_sha512");
    keep_jsonw_z(&w, hex);
    keep_codec_hex(keep_store_id(r->s), 16, hex);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "records");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < r->p->records; i++)
        keep_jsonw_u64(&w, r->p->record[i]);
    keep_jsonw_end_array(&w);
    keep_jsonw_key(&w, "purpose");
    keep_jsonw_str(&w, r->p->purpose);
    keep_codec_hex(r->p->recipient ? r->p->recipient : (const uint8_t *)"", r->p->recipient ? 32 : 0, hex);
    keep_jsonw_key(&w, "recipient_x25519"); /* null: a file that only its owner reads */
    keep_jsonw_z(&w, r->p->recipient ? hex : NULL);
    keep_jsonw_key(&w, "at");
    keep_jsonw_time(&w, keep_store_now(r->s));
    keep_jsonw_end_object(&w);
}

static int enter(struct releasing *r, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    uint64_t id;
    body_of(r, &body);
    int rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_sign_message(&sig, r->p->officer, body.p, body.n, "release", "chartkeep release of records' keys", err);
    if (rc == 0)
        rc = keep_txn_begin(r->s, KEEP_LEDGER_RELEASE, err);
    if (rc == 0) {
        const struct keep_act act = {.kind = KEEP_STR("release of keys"), .subject = keep_str_of(r->about.id), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = r->officer->role,
                                     .at = keep_store_now(r->s)};
        rc = keep_txn_act(r->s, &act, &id, err);
        keep_txn_count(r->s, "records", r->p->records);
        keep_txn_digest(r->s, "tagmanifest", r->about.tagmanifest);
        rc = keep_txn_end(r->s, rc, err);
    }
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}

static int load_holds(struct releasing *r, struct keep_err *err)
{
    if (!(r->a = keep_arena_new(0)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_store_subkey(r->s, "chartkeep set ids", r->salt);
    int rc = keep_load_world(r->s, r->a, &r->world, err);
    return rc == 0 ? keep_hold_load(r->s, &r->world, r->a, &r->hold, &r->holds, err) : rc;
}

int keep_releaserun(struct keep_store *s, const struct keep_releaserun_params *p, struct keep_buf *out, struct keep_err *err)
{
    struct releasing r = {.s = s, .p = p, .out = out};
    struct keep_sign_public pub;
    if (p->records == 0 || p->records > KEEP_RELEASERUN_RECORDS || p->purpose.n == 0 || p->purpose.n > KEEP_RELEASERUN_PURPOSE)
        return keep_err_set(err, KEEP_E_USAGE, "a release is of 1 to %d records, for a purpose of at most %d bytes", KEEP_RELEASERUN_RECORDS, KEEP_RELEASERUN_PURPOSE);
    keep_sign_public_of(keep_store_signer(s), &pub);
    int rc = keep_signer_of(s, p->officer, &r.officer, err);
    if (rc == 0)
        rc = keep_secret_new((void **)&r.identity, 32, err);
    struct keep_inspect_params in = {.path = p->package, .pubkey = &pub, .about = &r.about, .progress = p->progress, .progress_ctx = p->progress_ctx};
    if (rc == 0)
        rc = find_package(&r, &in, err);
    if (rc == 0)
        rc = load_holds(&r, err);
    in.identity = (const uint8_t (*)[32])r.identity;
    in.identities = 1;
    const struct keep_inspect_taker taker = {.ctx = &r, .record = take_record};
    if (rc == 0)
        rc = keep_inspect_take(&in, r.about.id, &taker, err);
    if (rc == 0 && r.found != p->records)
        rc = keep_err_set(err, KEEP_E_REFUSED, "%s has no record %llu", r.about.id, (unsigned long long)p->record[r.found]);
    if (rc == 0 && out->failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = enter(&r, err);
    if (rc < 0)
        keep_buf_free(out); /* wipes */
    keep_secret_free(r.identity);
    keep_arena_free(r.a);
    return rc;
}
