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
#include "core/work/dates.h"
#include "core/work/signer.h"

#define COMMENT "chartkeep officers" /* trusted comment: a signature made for another act never passes for this one */

struct roster {
    struct keep_officer officer[KEEP_OFFICERRUN_SIGNERS];
    size_t n;
    uint32_t quorum;
};

static const struct keep_officer *of_role(const struct roster *r, struct keep_str role)
{
    for (size_t i = 0; i < r->n; i++)
        if (keep_str_eq(r->officer[i].role, role))
            return &r->officer[i];
    return NULL;
}

static int key_is_new(const struct roster *r, const struct keep_officer *o, struct keep_err *err)
{
    for (size_t i = 0; i < r->n; i++)
        if (memcmp(r->officer[i].key.key, o->key.key, 32) == 0 && !keep_str_eq(r->officer[i].role, o->role))
            return keep_err_set(err, KEEP_E_USAGE, "that key is %.*s's already", (int)r->officer[i].role.n, r->officer[i].role.p);
    return 0;
}

static int take_out(struct roster *r, struct keep_str role, struct keep_err *err)
{
    const struct keep_officer *o = of_role(r, role);
    if (!o)
        return keep_err_set(err, KEEP_E_USAGE, "nobody is officer %.*s", (int)role.n, role.p);
    for (size_t i = (size_t)(o - r->officer) + 1; i < r->n; i++)
        r->officer[i - 1] = r->officer[i];
    r->n--;
    return 0;
}

static int put_in(struct roster *r, const struct keep_officer *o, struct keep_err *err)
{
    int rc = keep_officer_check(o, err);
    if (rc == 0 && of_role(r, o->role)) {
        rc = keep_err_set(err, KEEP_E_USAGE, "there is an officer %.*s", (int)o->role.n, o->role.p);
        keep_err_hint(err, "renew gives a new key, name or validity; remove ends the role");
    }
    if (rc == 0)
        rc = key_is_new(r, o, err);
    if (rc == 0 && r->n == KEEP_OFFICERRUN_SIGNERS)
        rc = keep_err_set(err, KEEP_E_LIMIT, "a keep has at most %d officers", KEEP_OFFICERRUN_SIGNERS);
    if (rc == 0)
        r->officer[r->n++] = *o;
    return rc;
}

/* What renew leaves out stays as it is. */
static int renew(struct roster *r, const struct keep_officer *o, struct keep_err *err)
{
    static const uint8_t none[32];
    struct keep_officer *was = (struct keep_officer *)of_role(r, o->role), next;
    if (!was)
        return keep_err_set(err, KEEP_E_USAGE, "nobody is officer %.*s", (int)o->role.n, o->role.p);
    next = *was;
    if (memcmp(o->key.key, none, 32) != 0) {
        next.key = o->key;
        memcpy(next.recipient, o->recipient, sizeof next.recipient);
    }
    if (o->name.n)
        next.name = o->name;
    if (o->from)
        next.from = o->from;
    if (o->until)
        next.until = o->until;
    int rc = keep_officer_check(&next, err);
    if (rc == 0)
        rc = key_is_new(r, &next, err);
    if (rc == 0 && keep_officer_same(was, &next))
        rc = keep_err_set(err, KEEP_E_USAGE, "officer %.*s is registered so already", (int)o->role.n, o->role.p);
    if (rc == 0)
        *was = next;
    return rc;
}

/* Different people whose keys are good today, or will be: fewer than the quorum could never sign again. */
static size_t able(const struct roster *r, keep_date today)
{
    size_t n = 0;
    for (size_t i = 0; i < r->n; i++) {
        bool counts = keep_officer_on(&r->officer[i], today) != KEEP_OFFICER_EXPIRED;
        for (size_t k = 0; counts && k < i; k++)
            counts = keep_officer_on(&r->officer[k], today) == KEEP_OFFICER_EXPIRED || !keep_officer_one_person(&r->officer[i], &r->officer[k]);
        n += counts;
    }
    return n;
}

static int quorum_of(struct roster *r, struct keep_store *s, const struct keep_officerrun_change *how, struct keep_err *err)
{
    keep_date today;
    int rc = keep_dates_today(s, &today, err);
    if (rc < 0)
        return rc;
    r->quorum = how->quorum ? how->quorum : keep_store_quorum(s);
    if (r->quorum == 0 && r->n > 0)
        r->quorum = 1;
    if (r->quorum > able(r, today)) {
        keep_err_set(err, KEEP_E_USAGE, "%zu officers with valid keys cannot be a quorum of %u", able(r, today), r->quorum);
        keep_err_hint(err, "--quorum M sets another");
        return KEEP_E_USAGE;
    }
    if (!how->add && !how->renew && how->remove.n == 0 && r->quorum == keep_store_quorum(s))
        return keep_err_set(err, KEEP_E_USAGE, "the quorum is %u already", r->quorum);
    return 0;
}

static int next_roster(struct roster *r, struct keep_store *s, const struct keep_officerrun_change *how, struct keep_err *err)
{
    const struct keep_officer *o = keep_store_officers(s, &r->n);
    int rc = 0;

    memcpy(r->officer, o, r->n * sizeof *o);
    if (how->remove.n > 0)
        rc = take_out(r, how->remove, err);
    if (rc == 0 && how->add)
        rc = put_in(r, how->add, err);
    if (rc == 0 && how->renew)
        rc = renew(r, how->renew, err);
    return rc == 0 ? quorum_of(r, s, how, err) : rc;
}

static void statement(struct keep_buf *body, struct keep_store *s, const struct roster *r)
{
    struct keep_jsonw w;
    char hex[33];

    keep_codec_hex(keep_store_id(s), 16, hex);
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "decided");
    keep_jsonw_time(&w, keep_store_now(s));
    keep_jsonw_key(&w, "officers");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < r->n; i++)
        keep_officer_write(&w, &r->officer[i]);
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
