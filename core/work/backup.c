/* Registration comes first: a crash leaves a registration without a copy, which an
 * officer expires, never a copy that nobody knows of. */
#include "core/work/backup.h"

#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/secret.h"
#include "core/store/copyout.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/closing.h"
#include "core/work/signer.h"

#define EXPIRED "chartkeep backup expired"

static int enter(struct keep_store *s, const struct keep_act *act, const char *count, struct keep_err *err)
{
    int rc = keep_txn_begin(s, KEEP_LEDGER_BACKUP, err);

    if (rc == 0) {
        rc = keep_txn_act(s, act, NULL, err);
        keep_txn_count(s, count, 1);
        rc = keep_txn_end(s, rc, err);
    }
    return rc;
}

int keep_backup_make(struct keep_store *s, const struct keep_backup_order *o, char id[KEEP_BACKUP_ID + 1], struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_jsonw w;
    uint8_t raw[KEEP_BACKUP_ID / 2];
    int rc;

    id[0] = 0;
    if (o->destroy_by == KEEP_DATE_NONE || o->destroy_by <= o->today)
        return keep_err_set(err, KEEP_E_USAGE, "a backup is destroyed on a day after today");
    keep_secret_random(raw, sizeof raw);
    keep_codec_hex(raw, sizeof raw, id);
    keep_jsonw_init(&w, &body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "backup");
    keep_jsonw_z(&w, id);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, keep_store_origin(s));
    keep_jsonw_key(&w, "made");
    keep_jsonw_time(&w, keep_store_now(s));
    keep_jsonw_key(&w, "destroy_by");
    keep_jsonw_date(&w, o->destroy_by);
    keep_jsonw_end_object(&w);
    rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("backup"), .subject = keep_str_of(id), .body = keep_buf_view(&body), .at = keep_store_now(s)};
        rc = enter(s, &act, "backups", err);
        if (rc != 0)
            id[0] = 0;
    }
    if (rc == 0) {
        keep_buf_char(&body, '\n');
        struct keep_slot_new slot = {.key = o->key};
        struct keep_copyout c = {.dir = o->dir, .slot = &slot, .slots = 1, .standing = KEEP_STANDING_BACKUP, .about = keep_buf_view(&body), .progress = o->progress,
                                 .ready = o->ready, .ctx = o->ctx};
        memcpy(c.backup, raw, sizeof c.backup);
        rc = keep_copyout_write(s, &c, err);
    }
    keep_buf_free(&body);
    return rc;
}

struct listing {
    struct keep_arena *a;
    struct keep_backup *list;
    size_t n, cap;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int each_made(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct listing *l = ctx;
    const struct keep_json *v = NULL;
    enum keep_precision prec;
    bool ok = true;
    int rc = keep_json_parse(&v, act->body, "backup", l->a, err);

    if (rc < 0)
        return rc;
    if (!keep_arena_grow(l->a, &l->list, &l->cap, l->n + 1, sizeof *l->list, 16))
        return no_memory(err);
    struct keep_backup *b = &l->list[l->n++];
    *b = (struct keep_backup){.id = keep_arena_str(l->a, act->subject, &ok), .made = act->at, .expired = KEEP_TIME_NONE, .destroy_by = KEEP_DATE_NONE};
    if (!keep_civil_parse_date(keep_json_str(keep_json_get(v, "destroy_by")), &b->destroy_by, &prec))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a backup is registered without its day of destruction");
    return ok ? 0 : no_memory(err);
}

static int each_expired(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct listing *l = ctx;
    bool ok = true;

    for (size_t i = 0; i < l->n; i++) {
        if (!keep_str_eq(l->list[i].id, act->subject))
            continue;
        l->list[i].expired = act->at;
        l->list[i].role = keep_arena_str(l->a, act->role, &ok);
    }
    return ok ? 0 : no_memory(err);
}

int keep_backup_list(struct keep_store *s, struct keep_arena *a, struct keep_backup **out, size_t *n, struct keep_err *err)
{
    struct listing l = {.a = a};
    int rc = keep_txn_acts(s, "backup", NULL, each_made, &l, err);

    if (rc == 0)
        rc = keep_txn_acts(s, "backup-expired", NULL, each_expired, &l, err);
    if (rc == 0) {
        *out = l.list;
        *n = l.n;
    }
    return rc;
}

static void expiry_body(struct keep_store *s, struct keep_str id, struct keep_buf *body)
{
    struct keep_jsonw w;

    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "backup");
    keep_jsonw_str(&w, id);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, keep_store_origin(s));
    keep_jsonw_key(&w, "at");
    keep_jsonw_time(&w, keep_store_now(s));
    keep_jsonw_key(&w, "statement");
    keep_jsonw_z(&w, "this backup and the key that opens it are destroyed, and no copy of either is known");
    keep_jsonw_end_object(&w);
}

/* The expiry and what it closes are one transaction: neither stands without the other. */
static int enter_expiry(struct keep_store *s, struct keep_str id, struct keep_str role, struct keep_str body, struct keep_str signature, const struct keep_closing *closing, struct keep_err *err)
{
    struct keep_act expired = {.kind = KEEP_STR("backup-expired"), .subject = id, .body = body, .signature = signature, .role = role, .at = keep_store_now(s)};
    struct keep_act closed = {.kind = KEEP_STR("closing"), .subject = id, .body = keep_buf_view(&closing->text), .signature = keep_buf_view(&closing->signature), .at = keep_store_now(s)};
    int rc = keep_txn_begin(s, KEEP_LEDGER_BACKUP, err);

    if (rc < 0)
        return rc;
    rc = keep_txn_act(s, &expired, NULL, err);
    keep_txn_count(s, "backups_expired", 1);
    if (rc == 0 && closing->certificates) {
        rc = keep_txn_act(s, &closed, NULL, err);
        keep_txn_count(s, "certificates_closed", closing->certificates);
    }
    return keep_txn_end(s, rc, err);
}

/* The open backup of that id; NULL none. */
static struct keep_backup *open_one(struct keep_backup *list, size_t n, struct keep_str id)
{
    for (size_t i = 0; i < n; i++)
        if (keep_str_eq(list[i].id, id))
            return list[i].expired == KEEP_TIME_NONE ? &list[i] : NULL;
    return NULL;
}

int keep_backup_expire(struct keep_store *s, struct keep_str id, const struct keep_sign_secret *officer, struct keep_closing *closing, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_backup *list = NULL, *b = NULL;
    const struct keep_officer *o = NULL;
    size_t n = 0;

    *closing = (struct keep_closing){.text = KEEP_BUF_INIT, .signature = KEEP_BUF_INIT};
    int rc = a ? keep_signer_of(s, officer, &o, err) : no_memory(err);
    if (rc == 0)
        rc = keep_backup_list(s, a, &list, &n, err);
    if (rc == 0 && !(b = open_one(list, n, id)))
        rc = 1;
    if (rc == 0) {
        b->expired = keep_store_now(s);
        b->role = o->role;
        rc = keep_closing_make(s, list, n, id, closing, err);
    }
    if (rc == 0) {
        expiry_body(s, id, &body);
        rc = body.failed ? no_memory(err) : keep_sign_message(&sig, officer, body.p, body.n, "a backup is destroyed", EXPIRED, err);
    }
    if (rc == 0)
        rc = enter_expiry(s, id, o->role, keep_buf_view(&body), keep_buf_view(&sig), closing, err);
    keep_buf_free(&body);
    keep_buf_free(&sig);
    keep_arena_free(a);
    return rc;
}
