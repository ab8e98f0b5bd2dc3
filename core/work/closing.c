/* Certificates are read as they were signed: what one lists decides when it closes. */
#include "core/work/closing.h"

#include <stdio.h>

#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"

struct closing {
    const struct keep_backup *list;
    size_t n;
    struct keep_str id;
    struct keep_arena *scratch; /* of one certificate */
    struct keep_jsonw *w;
    bool *named;                /* which backups the certificates that close had listed */
    struct keep_closing *out;
};

static const struct keep_backup *backup_of(const struct closing *c, struct keep_str id)
{
    for (size_t i = 0; i < c->n; i++)
        if (keep_str_eq(c->list[i].id, id))
            return &c->list[i];
    return NULL;
}

static void write_certificate(struct closing *c, const struct keep_act *act, const struct keep_json *j)
{
    uint8_t digest[32];
    char hex[65];
    keep_hash_blake2b(digest, act->body.p, act->body.n);
    keep_codec_hex(digest, sizeof digest, hex);
    keep_jsonw_object(c->w);
    keep_jsonw_key(c->w, "number");
    keep_jsonw_str(c->w, keep_json_str(keep_json_get(j, "number")));
    keep_jsonw_key(c->w, "plan");
    keep_jsonw_str(c->w, act->subject);
    keep_jsonw_key(c->w, "blake2b_256");
    keep_jsonw_z(c->w, hex);
    keep_jsonw_end_object(c->w);
}

/* Does it name the backup, and is none that it names open any more? */
static int each_certificate(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct closing *c = ctx;
    const struct keep_json *j, *open;
    bool names = false, waits = false;
    keep_arena_reset(c->scratch);
    int rc = keep_json_parse(&j, act->body, "certificate", c->scratch, err);
    if (rc < 0)
        return rc;
    open = keep_json_get(j, "open_backups");
    for (size_t i = 0; i < keep_json_len(open); i++) {
        const struct keep_backup *b = backup_of(c, keep_json_str(keep_json_get(keep_json_at(open, i), "backup")));
        names |= b && keep_str_eq(b->id, c->id);
        waits |= !b || b->expired == KEEP_TIME_NONE; /* one that is registered no more, behind a restore, nobody can sign for */
    }
    c->out->open += names && waits;
    if (!names || waits)
        return 0;
    for (size_t i = 0; i < keep_json_len(open); i++)
        c->named[backup_of(c, keep_json_str(keep_json_get(keep_json_at(open, i), "backup"))) - c->list] = true;
    c->out->certificates++;
    write_certificate(c, act, j);
    return 0;
}

static void write_backups(const struct closing *c)
{
    struct keep_jsonw *w = c->w;
    keep_jsonw_key(w, "backups");
    keep_jsonw_array(w);
    for (size_t i = 0; i < c->n; i++) {
        if (!c->named[i])
            continue;
        keep_jsonw_object(w);
        keep_jsonw_key(w, "backup");
        keep_jsonw_str(w, c->list[i].id);
        keep_jsonw_key(w, "made");
        keep_jsonw_time(w, c->list[i].made);
        keep_jsonw_key(w, "destroyed_as_signed_at");
        keep_jsonw_time(w, c->list[i].expired);
        keep_jsonw_key(w, "signed_by");
        keep_jsonw_str(w, c->list[i].role);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
}

static void write_opening(struct keep_store *s, const struct closing *c)
{
    struct keep_jsonw *w = c->w;
    char hex[33];
    keep_codec_hex(keep_store_id(s), 16, hex);
    keep_jsonw_object(w);
    keep_jsonw_key(w, "document");
    keep_jsonw_z(w, "closing certificate");
    keep_jsonw_key(w, "store");
    keep_jsonw_z(w, hex);
    keep_jsonw_key(w, "closed_at");
    keep_jsonw_time(w, keep_store_now(s));
    keep_jsonw_key(w, "upon");
    keep_jsonw_str(w, c->id);
    keep_jsonw_key(w, "statement");
    keep_jsonw_z(w, "Each backup that the certificates of destruction listed here had named as still able to open what they certify is destroyed with its key, as an officer signed. What those certificates say of other copies stands.");
    keep_jsonw_key(w, "certificates");
    keep_jsonw_array(w);
}

static int sign(struct keep_store *s, struct keep_closing *out, struct keep_err *err)
{
    if (out->text.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    return keep_sign_message(&out->signature, keep_store_signer(s), out->text.p, out->text.n, "closing certificate", "chartkeep closing certificate", err);
}

int keep_closing_make(struct keep_store *s, const struct keep_backup *list, size_t n, struct keep_str id, struct keep_closing *out, struct keep_err *err)
{
    struct keep_sign_public pub;
    struct keep_jsonw w;
    struct closing c = {.list = list, .n = n, .id = id, .scratch = keep_arena_new(0), .w = &w, .out = out};
    struct keep_arena *a = keep_arena_new(0);
    char key[17];
    int rc = c.scratch && a && (c.named = keep_arena_array(a, n + 1, sizeof *c.named)) ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *out = (struct keep_closing){.text = KEEP_BUF_INIT, .signature = KEEP_BUF_INIT};
    keep_jsonw_init(&w, &out->text);
    if (rc == 0) {
        write_opening(s, &c);
        rc = keep_txn_acts(s, "certificate", NULL, each_certificate, &c, err);
    }
    if (rc == 0 && out->certificates) {
        keep_jsonw_end_array(&w);
        write_backups(&c);
        keep_sign_public_of(keep_store_signer(s), &pub);
        keep_sign_id_text(pub.id, key);
        keep_jsonw_key(&w, "signed_by_keep_key");
        keep_jsonw_z(&w, key);
        keep_jsonw_end_object(&w);
        keep_jsonw_newline(&w);
        rc = sign(s, out, err);
    } else {
        keep_buf_clear(&out->text);
    }
    keep_arena_free(c.scratch);
    keep_arena_free(a);
    return rc;
}

static int each_closing(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_closing *out = ctx;
    keep_buf_add(&out->text, act->body.p, act->body.n);
    keep_buf_add(&out->signature, act->signature.p, act->signature.n);
    return out->text.failed || out->signature.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

int keep_closing_again(struct keep_store *s, struct keep_str id, struct keep_closing *out, struct keep_err *err)
{
    *out = (struct keep_closing){.text = KEEP_BUF_INIT, .signature = KEEP_BUF_INIT};
    int rc = keep_txn_acts(s, "closing", &id, each_closing, out, err);
    return rc < 0 ? rc : out->text.n == 0;
}
