/* Putting a backup back.
 *
 * Nothing is taken from a backup that does not hold: it is checked as a keep is,
 * its head must cover its whole ledger (in a keep in use it may lag, in a finished
 * copy it cannot), it must say under its MAC that it is a backup, and its own
 * registration must stand in its ledger. An older head with the records it vouches
 * for cannot be put in a newer backup's place: each has file keys of its own.
 *
 * What was decided since is carried out again while the copy has no name yet, so
 * nobody ever reads in it what was destroyed. When it cannot be known (no witness,
 * no identity, entries missing) the keep is put in place read only, and says so
 * until a replay. The ledger goes on under a name of its own: whoever holds heads
 * of the old log sees that it ended, and the entry "restored" says where, and what
 * was lost. */
#include "core/work/restorerun.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/store/copyout.h"
#include "core/store/ledger.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"

#define COMMENT "chartkeep restore" /* trusted comment: a signature made for another act never passes for this one */
#define ABOUT_LIMIT 4096

struct restoring {
    const struct keep_restorerun_order *o;
    struct keep_arena *a;
    struct keep_restorerun_result *out;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- is the backup whole? --- */

struct checking {
    const struct keep_restorerun_order *o;
    char first[300];
};

static void found(void *ctx, const char *check, bool ok, const char *detail)
{
    struct checking *c = ctx;

    if (!ok && !c->first[0])
        snprintf(c->first, sizeof c->first, "%s: %s", check, detail ? detail : "");
}

static int progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    const struct checking *c = ctx;

    return c->o->progress ? c->o->progress(c->o->ctx, what, done, total) : 0;
}

static int registered(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_buf *body = ctx;

    keep_buf_add(body, act->body.p, act->body.n);
    keep_buf_char(body, '\n');
    return body->failed ? no_memory(err) : 0;
}

/* Its registration stands in its ledger, and the file that tells people of it says the same. */
static int check_label(const struct restoring *r, struct keep_store *backup, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, label = KEEP_BUF_INIT;
    struct keep_str id = keep_str_of(r->out->backup);
    int dir = open(r->o->backup, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int rc = keep_txn_acts(backup, "backup", &id, registered, &body, err);

    if (rc == 0 && body.n == 0)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, r->o->backup, 0, 0, "this backup is not in its own ledger");
    if (rc == 0 && dir >= 0 && faccessat(dir, KEEP_COPYOUT_ABOUT, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        rc = keep_file_read_all(dir, KEEP_COPYOUT_ABOUT, ABOUT_LIMIT, &label, NULL);
        if (rc != 0 || !keep_str_eq(keep_buf_view(&label), keep_buf_view(&body)))
            rc = keep_err_at(err, KEEP_E_INTEGRITY, KEEP_COPYOUT_ABOUT, 0, 0, "not what the ledger says of this backup");
    }
    if (dir >= 0)
        close(dir);
    keep_buf_free(&body);
    keep_buf_free(&label);
    return rc;
}

static int open_backup(struct restoring *r, struct keep_store **out, struct keep_err *err)
{
    struct checking k = {.o = r->o};
    struct keep_store_checker checker = {.ctx = &k, .found = found, .progress = progress};
    struct keep_store_params p = {.path = r->o->backup, .key = r->o->backup_key, .now = r->o->now};
    struct keep_store *s = NULL;
    struct keep_err why = {0};
    int rc = keep_store_open(&s, &p, NULL, err);

    if (rc == 0 && keep_store_standing(s, r->out->backup) != KEEP_STANDING_BACKUP)
        rc = keep_err_at(err, KEEP_E_REFUSED, r->o->backup, 0, 0, "not a backup");
    if (rc == 0 && keep_ledger_head_size(s) != keep_ledger_size(s))
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "head", 0, 0, "it does not cover the whole ledger of this backup");
    if (rc == 0)
        rc = check_label(r, s, err);
    if (rc == 0) {
        rc = keep_store_check(&p, &checker, &why);
        if (rc != 0)
            keep_err_at(err, rc, r->o->backup, 0, 0, "the backup does not hold: %s", k.first[0] ? k.first : why.text);
    }
    if (rc != 0) {
        keep_store_close(s);
        return rc;
    }
    *out = s;
    return 0;
}

/* --- what the ledger is told --- */

static void hex_member(struct keep_jsonw *w, const char *name, const uint8_t *p)
{
    char hex[65];

    keep_codec_hex(p, 32, hex);
    keep_jsonw_key(w, name);
    keep_jsonw_z(w, hex);
}

static void number(struct keep_jsonw *w, const char *name, uint64_t n)
{
    keep_jsonw_key(w, name);
    keep_jsonw_u64(w, n);
}

/* What the officers sign. */
static void statement(struct keep_buf *body, const struct keep_store *s, const struct keep_restorerun_result *r)
{
    const struct keep_lost *l = &r->lost;
    struct keep_jsonw w;

    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "backup");
    keep_jsonw_z(&w, r->backup);
    keep_jsonw_key(&w, "log");
    keep_jsonw_z(&w, keep_store_origin(s));
    keep_jsonw_key(&w, "at");
    keep_jsonw_time(&w, keep_store_now(s));
    number(&w, "entries", l->from);
    hex_member(&w, "root", l->from_root);
    keep_jsonw_key(&w, "newest_at_witness");
    if (l->seen) {
        keep_jsonw_object(&w);
        number(&w, "entries", l->size);
        hex_member(&w, "root", l->root);
        keep_jsonw_end_object(&w);
    } else {
        keep_jsonw_null(&w);
    }
    keep_jsonw_key(&w, "standing");
    keep_jsonw_z(&w, l->gap[0] ? "read only" : "in use");
    keep_jsonw_key(&w, "gap");
    keep_jsonw_z(&w, l->gap[0] ? l->gap : NULL);
    keep_jsonw_key(&w, "carried_out");
    keep_jsonw_object(&w);
    number(&w, "holds", r->done.holds);
    number(&w, "holds_widened", r->done.widened);
    number(&w, "releases", r->done.releases);
    number(&w, "records_destroyed", r->done.records);
    number(&w, "patients_destroyed", r->done.patients);
    number(&w, "not_in_backup", r->done.absent);
    number(&w, "patients_joined", r->done.joined);
    number(&w, "identities_left", r->done.left);
    keep_jsonw_end_object(&w);
    keep_jsonw_end_object(&w);
}

static int put_statement(struct keep_store *s, struct keep_str body, const struct keep_sign_secret *signer, struct keep_err *err)
{
    struct keep_act act = {.kind = KEEP_STR("restore"), .subject = KEEP_STR("restore"), .body = body, .at = keep_store_now(s)};
    struct keep_buf sig = KEEP_BUF_INIT;
    struct keep_sign_public pub;
    int rc = keep_replay_next_act(s, &act.id, err);

    if (rc == 0 && signer) {
        keep_sign_public_of(signer, &pub);
        act.role = keep_packs_officer(s, &pub)->role;
        rc = keep_sign_message(&sig, signer, body.p, body.n, "restore of a keep", COMMENT, err);
        act.signature = keep_buf_view(&sig);
    }
    if (rc == 0)
        rc = keep_txn_act(s, &act, NULL, err);
    keep_buf_free(&sig);
    return rc;
}

/* The entry: where the old log ends in this keep, how far it had come elsewhere. */
static int record(struct keep_store *s, const struct keep_restorerun_result *r, const struct keep_sign_secret *const *officer, size_t officers, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    int rc;

    statement(&body, s, r);
    rc = body.failed ? no_memory(err) : keep_txn_begin(s, KEEP_LEDGER_RESTORED, err);
    if (rc == 0) {
        keep_txn_count(s, "entries", r->lost.from);
        keep_txn_count(s, "lost", r->lost.seen && r->lost.size > r->lost.from ? r->lost.size - r->lost.from : 0);
        keep_txn_count(s, "known", !r->lost.gap[0]);
        keep_txn_digest(s, "from", r->lost.from_root);
        if (r->lost.seen)
            keep_txn_digest(s, "newest_at_witness", r->lost.root);
        for (size_t i = 0; rc == 0 && i < officers; i++)
            rc = put_statement(s, keep_buf_view(&body), officer[i], err);
        if (rc == 0 && officers == 0)
            rc = put_statement(s, keep_buf_view(&body), NULL, err); /* a keep without officers: nobody is there to sign */
        rc = keep_txn_end(s, rc, err);
    }
    keep_buf_free(&body);
    return rc;
}

/* In the keep that was put back: all that can be carried out, then the quorum of the officers that makes, then the entry. */
static int bring_up(struct keep_store *s, const struct keep_sign_secret *const *officer, size_t officers, struct keep_restorerun_result *r, struct keep_err *err)
{
    int rc = r->lost.gap[0] ? 0 : keep_replay_run(s, &r->lost, &r->done, err);

    if (rc == 0)
        rc = keep_packs_quorum(s, "a restore", officer, officers, err);
    if (rc == 0)
        rc = record(s, r, officer, officers, err);
    if (rc == 0 && !r->lost.gap[0])
        rc = keep_store_put_in_use(s, err);
    return rc;
}

/* --- the two ways --- */

static int open_new(const struct restoring *r, const char *path, bool witnesses, struct keep_store **s, struct keep_err *err)
{
    struct keep_store_params p = {.path = path, .key = r->o->slot.key, .passphrase = r->o->slot.passphrase, .write = true, .replay = true, .now = r->o->now};

    if (witnesses) {
        p.witness = r->o->ask.witness;
        p.witnesses = r->o->ask.witnesses;
    }
    return keep_store_open(s, &p, NULL, err);
}

/* The copy is checked and has no name yet. */
static int ready(void *ctx, const char *path, struct keep_err *err)
{
    struct restoring *r = ctx;
    struct keep_store *s = NULL;
    int rc = open_new(r, path, false, &s, err);

    if (rc == 0)
        rc = bring_up(s, r->o->officer, r->o->officers, r->out, err);
    keep_store_close(s);
    return rc;
}

static int copy_progress(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    const struct restoring *r = ctx;

    return r->o->progress ? r->o->progress(r->o->ctx, what, done, total) : 0;
}

static int copy(struct restoring *r, struct keep_store *backup, struct keep_err *err)
{
    struct keep_slot_new slot[2] = {r->o->slot, {.recipient = keep_store_recovery(backup)}};
    struct keep_copyout c = {.dir = r->o->keep, .slot = slot, .slots = slot[1].recipient ? 2 : 1, .standing = KEEP_STANDING_RESTORED, .new_log = true,
                             .progress = copy_progress, .ready = ready, .ctx = r};

    keep_codec_unhex(keep_str_of(r->out->backup), c.backup, sizeof c.backup);
    return keep_copyout_write(backup, &c, err);
}

/* Did the officers change since? Then only those of the end can say who the quorum is. */
static bool officers_changed(const struct keep_lost *l)
{
    for (size_t i = 0; i < l->annexes; i++)
        for (size_t k = 0; k < l->annex[i].items; k++)
            if (l->annex[i].item[k].what == KEEP_ANNEX_ACT && keep_str_is(l->annex[i].item[k].act.kind, "officers"))
                return true;
    return false;
}

int keep_restorerun_restore(const struct keep_restorerun_order *o, struct keep_arena *a, struct keep_restorerun_result *out, struct keep_err *err)
{
    struct restoring r = {.o = o, .a = a, .out = out};
    struct keep_store *backup = NULL, *s = NULL;
    struct keep_err why = {0};
    int rc;

    memset(out, 0, sizeof *out);
    rc = open_backup(&r, &backup, err);
    if (rc == 0)
        rc = keep_lost_read(&out->lost, backup, &o->ask, a, err);
    if (rc == 0 && !officers_changed(&out->lost))
        rc = keep_packs_quorum(backup, "a restore", o->officer, o->officers, err);
    if (rc == 0)
        rc = copy(&r, backup, err);
    keep_store_close(backup);
    if (rc == 0 && o->ask.witnesses > 0 && open_new(&r, o->keep, true, &s, &why) != 0)
        rc = keep_err_set(err, KEEP_E_UNRECORDED, "the keep is in place, a witness could not be given its head: %s", why.text);
    keep_store_close(s);
    return rc;
}

int keep_restorerun_replay(struct keep_store *s, const struct keep_lost_ask *ask, const struct keep_sign_secret *const *officer, size_t officers, struct keep_arena *a,
                           struct keep_restorerun_result *out, struct keep_err *err)
{
    int rc;

    memset(out, 0, sizeof *out);
    if (keep_store_standing(s, out->backup) != KEEP_STANDING_RESTORED)
        return keep_err_set(err, KEEP_E_USAGE, "this keep is in use: there is nothing to carry out again");
    rc = keep_lost_read(&out->lost, s, ask, a, err);
    if (rc == 0 && !officers_changed(&out->lost))
        rc = keep_packs_quorum(s, "a restore", officer, officers, err);
    if (rc == 0 && !out->lost.gap[0])
        rc = bring_up(s, officer, officers, out, err);
    return rc;
}
