/* A change of officers, from the signatures to keep.json.
 *
 * The decision is one canonical JSON text: the store, the day, the whole list as
 * it shall be and the quorum; whoever signs it signs all of that. It stands in
 * the ledger before keep.json is written, so that no list is ever in force whose
 * signatures could be missing. */
#include "core/work/officerrun.h"

#include <stdbool.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"
#include "core/work/packs.h"

#define COMMENT "chartkeep officers" /* trusted comment: a signature made for another act never passes for this one */

struct roster {
    struct keep_officer officer[KEEP_OFFICERRUN_SIGNERS];
    size_t n;
    uint32_t quorum;
};

/* As keep.json wants it (1 to 32 of a-z, 0-9 and '-'); seen here, before a decision is on record that cannot take effect. */
static bool role_ok(struct keep_str role)
{
    for (size_t i = 0; i < role.n; i++)
        if (!((role.p[i] >= 'a' && role.p[i] <= 'z') || (role.p[i] >= '0' && role.p[i] <= '9') || role.p[i] == '-'))
            return false;
    return role.n > 0 && role.n <= 32;
}

static int next_roster(struct roster *r, struct keep_store *s, const struct keep_officerrun_change *how, struct keep_err *err)
{
    size_t n;
    const struct keep_officer *o = keep_store_officers(s, &n);

    if (how->add && !role_ok(how->add->role))
        return keep_err_set(err, KEEP_E_USAGE, "a role is 1 to 32 of a-z, 0-9 and '-'");
    r->n = 0;
    for (size_t i = 0; i < n; i++)
        if (how->remove.n == 0 || !keep_str_eq(o[i].role, how->remove))
            r->officer[r->n++] = o[i];
    if (how->remove.n > 0 && r->n == n)
        return keep_err_set(err, KEEP_E_USAGE, "nobody is officer %.*s", (int)how->remove.n, how->remove.p);
    for (size_t i = 0; how->add && i < r->n; i++) {
        if (keep_str_eq(r->officer[i].role, how->add->role)) {
            keep_err_set(err, KEEP_E_USAGE, "there is an officer %.*s", (int)how->add->role.n, how->add->role.p);
            keep_err_hint(err, "remove that one first");
            return KEEP_E_USAGE;
        }
        if (memcmp(r->officer[i].key.key, how->add->key.key, 32) == 0)
            return keep_err_set(err, KEEP_E_USAGE, "that key is %.*s's already", (int)r->officer[i].role.n, r->officer[i].role.p);
    }
    if (how->add && r->n == KEEP_OFFICERRUN_SIGNERS)
        return keep_err_set(err, KEEP_E_LIMIT, "a keep has at most %d officers", KEEP_OFFICERRUN_SIGNERS);
    if (how->add)
        r->officer[r->n++] = *how->add;
    r->quorum = how->quorum ? how->quorum : keep_store_quorum(s);
    if (r->quorum == 0 && r->n > 0)
        r->quorum = 1;
    if (r->quorum > r->n) {
        keep_err_set(err, KEEP_E_USAGE, "%zu officers cannot be a quorum of %u", r->n, r->quorum);
        keep_err_hint(err, "--quorum M sets another");
        return KEEP_E_USAGE;
    }
    if (!how->add && how->remove.n == 0 && r->quorum == keep_store_quorum(s))
        return keep_err_set(err, KEEP_E_USAGE, "the quorum is %u already", r->quorum);
    return 0;
}

static void hex_member(struct keep_jsonw *w, const char *name, const uint8_t *p, size_t n)
{
    char hex[65];

    keep_codec_hex(p, n, hex);
    keep_jsonw_key(w, name);
    keep_jsonw_z(w, hex);
}

static void statement(struct keep_buf *body, struct keep_store *s, const struct roster *r)
{
    struct keep_jsonw w;

    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    hex_member(&w, "store", keep_store_id(s), 16);
    keep_jsonw_key(&w, "decided");
    keep_jsonw_time(&w, keep_store_now(s));
    keep_jsonw_key(&w, "officers");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < r->n; i++) {
        keep_jsonw_object(&w);
        keep_jsonw_key(&w, "role");
        keep_jsonw_str(&w, r->officer[i].role);
        hex_member(&w, "id", r->officer[i].key.id, 8);
        hex_member(&w, "key", r->officer[i].key.key, 32);
        hex_member(&w, "recipient", r->officer[i].recipient, 32);
        keep_jsonw_end_object(&w);
    }
    keep_jsonw_end_array(&w);
    keep_jsonw_key(&w, "quorum");
    keep_jsonw_u64(&w, r->quorum);
    keep_jsonw_end_object(&w);
}

static int put_act(struct keep_store *s, struct keep_str body, const struct keep_sign_secret *signer, struct keep_err *err)
{
    struct keep_act act = {.kind = KEEP_STR("officers"), .subject = KEEP_STR("officers"), .body = body, .at = keep_store_now(s)};
    struct keep_buf sig = KEEP_BUF_INIT;
    struct keep_sign_public pub;
    int rc = 0;

    if (signer) {
        keep_sign_public_of(signer, &pub);
        act.role = keep_packs_officer(s, &pub)->role;
        rc = keep_sign_message(&sig, signer, body.p, body.n, "officers of a keep", COMMENT, err);
        act.signature = keep_buf_view(&sig);
    }
    if (rc == 0)
        rc = keep_txn_act(s, &act, NULL, err);
    keep_buf_free(&sig);
    return rc;
}

static int record(struct keep_store *s, const struct roster *r, const struct keep_officerrun_change *how, struct keep_str body, struct keep_err *err)
{
    int rc = keep_txn_begin(s, KEEP_LEDGER_OFFICERS, err);

    if (rc != 0)
        return rc;
    keep_txn_count(s, "officers", r->n);
    keep_txn_count(s, "quorum", r->quorum);
    for (size_t i = 0; rc == 0 && i < how->signers; i++)
        rc = put_act(s, body, how->signer[i], err);
    if (rc == 0 && how->signers == 0)
        rc = put_act(s, body, NULL, err); /* nobody was there to sign */
    return keep_txn_end(s, rc, err);
}

int keep_officerrun_change(struct keep_store *s, const struct keep_officerrun_change *how, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct roster r;
    int rc = keep_packs_quorum(s, "a change of officers", how->signer, how->signers, err);

    if (rc == 0)
        rc = next_roster(&r, s, how, err);
    if (rc == 0) {
        statement(&body, s, &r);
        rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : record(s, &r, how, keep_buf_view(&body), err);
    }
    if (rc == 0)
        rc = keep_store_set_officers(s, r.officer, r.n, r.quorum, err);
    keep_buf_free(&body);
    return rc;
}
