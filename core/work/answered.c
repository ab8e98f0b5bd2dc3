/* Whoever asks a second time is answered from the newest facts; that the first
 * answer was given, and which bytes it was, stands in the ledger (164.528(d)
 * has the hospital keep a copy: the document is the copy, the digest its proof).
 * The act's subject is the patient's number in this keep, which is nothing
 * outside of it. */
#include "core/work/answered.h"

#include <stdio.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"
#include "core/work/signer.h"

static void statement(struct keep_store *s, const struct keep_answered *a, struct keep_buf *body)
{
    struct keep_jsonw w;
    uint8_t digest[32];
    char hex[65];
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_codec_hex(keep_store_id(s), 16, hex);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "answer");
    keep_jsonw_z(&w, a->kind);
    keep_jsonw_key(&w, "request");
    keep_jsonw_str(&w, a->request);
    keep_jsonw_key(&w, "names");
    keep_jsonw_str(&w, a->names);
    keep_jsonw_key(&w, "from");
    keep_jsonw_date(&w, a->from);
    keep_jsonw_key(&w, "through");
    keep_jsonw_date(&w, a->through);
    keep_hash_blake2b(digest, a->document.p, a->document.n);
    keep_codec_hex(digest, 32, hex);
    keep_jsonw_key(&w, "document_blake2b");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "octets");
    keep_jsonw_u64(&w, a->document.n);
    for (size_t i = 0; i < a->counts; i++) {
        keep_jsonw_key(&w, a->count[i].name);
        keep_jsonw_u64(&w, a->count[i].n);
    }
    keep_jsonw_end_object(&w);
}

static int put(struct keep_store *s, const struct keep_answered *a, const struct keep_officer *o, struct keep_str body, struct keep_err *err)
{
    struct keep_buf sig = KEEP_BUF_INIT;
    char subject[24];
    int n = snprintf(subject, sizeof subject, "%llu", (unsigned long long)a->patient);
    struct keep_act act = {.kind = keep_str_of(a->kind), .subject = {subject, (size_t)n}, .body = body, .at = keep_store_now(s)};
    int rc = o ? keep_sign_message(&sig, a->officer, body.p, body.n, "an answer to a patient", a->comment, err) : 0;
    if (o) {
        act.role = o->role;
        act.signature = keep_buf_view(&sig);
    }
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_ANSWER, err);
    if (rc == 0) {
        for (size_t i = 0; i < a->counts; i++)
            keep_txn_count(s, a->count[i].name, a->count[i].n);
        rc = keep_txn_end(s, keep_txn_act(s, &act, NULL, err), err);
    }
    keep_buf_free(&sig);
    return rc;
}

int keep_answered_record(struct keep_store *s, const struct keep_answered *a, struct keep_buf *signature, struct keep_err *err)
{
    const struct keep_officer *o = NULL;
    struct keep_buf body = KEEP_BUF_INIT;
    int rc = a->officer ? keep_signer_of(s, a->officer, &o, err) : 0;
    if (rc == 0 && !o && (a->request.n || a->names.n))
        rc = keep_err_set(err, KEEP_E_REFUSED, "who shows identifiers signs for it: --officer-key F");
    statement(s, a, &body);
    if (rc == 0 && body.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_sign_message(signature, o ? a->officer : keep_store_signer(s), a->document.p, a->document.n, "an answer to a patient", a->comment, err);
    if (rc == 0)
        rc = put(s, a, o, keep_buf_view(&body), err);
    keep_buf_free(&body);
    return rc;
}

static int newest(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    keep_time *out = ctx;
    (void)err;
    if (*out == KEEP_TIME_NONE || act->at > *out)
        *out = act->at;
    return 0;
}

int keep_answered_last(struct keep_store *s, const char *kind, uint64_t patient, keep_time *out, struct keep_err *err)
{
    char subject[24];
    int n = snprintf(subject, sizeof subject, "%llu", (unsigned long long)patient);
    struct keep_str about = {subject, (size_t)n};
    *out = KEEP_TIME_NONE;
    return keep_txn_acts(s, kind, &about, newest, out, err);
}
