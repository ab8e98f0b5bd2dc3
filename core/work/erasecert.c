/* A certificate says what was done and what is not known. A condition is met only
 * by what this run itself saw: the search of both files after the keyring was
 * written anew, the backups that are registered. What an officer states stands
 * under the officer's name. Where anything is unknown, cryptographic erasure is
 * not established (NIST SP 800-88 r1, 2.6), and the certificate says that too. */
#include "core/work/erasecert.h"

#include <stdio.h>

#include "core/base/codec.h"
#include "core/store/ledger.h"
#include "core/text/jsonw.h"
#include "core/work/backup.h"
#include "core/work/orderbook.h"
#include "core/work/papers.h"

static void pair(struct keep_jsonw *w, const char *k, const char *v)
{
    keep_jsonw_key(w, k);
    keep_jsonw_z(w, v);
}

static void pair_str(struct keep_jsonw *w, const char *k, struct keep_str v)
{
    keep_jsonw_key(w, k);
    keep_jsonw_str(w, v.p ? v : KEEP_STR(""));
}

static void pair_u64(struct keep_jsonw *w, const char *k, uint64_t v)
{
    keep_jsonw_key(w, k);
    keep_jsonw_u64(w, v);
}

static void pair_hex(struct keep_jsonw *w, const char *k, const uint8_t *p, size_t n)
{
    char hex[65];
    keep_codec_hex(p, n, hex);
    pair(w, k, hex);
}

/* --- what it is about --- */

struct orders {
    struct keep_order *list;
    size_t n;
};

/* Where else it is: this keep speaks for no copy that it does not hold. */
static void elsewhere(struct keep_jsonw *w, const struct keep_erasecert_set *set, const struct orders *o)
{
    if (set->is->custody == KEEP_CUSTODY_OFFICIAL)
        return;
    keep_jsonw_key(w, "official_copy");
    keep_jsonw_array(w);
    for (size_t i = 0; i < o->n; i++) {
        const struct keep_order *one = &o->list[i];
        if (keep_orderbook_of(one, 1, set->is->set) == KEEP_ORDERED_NOT)
            continue;
        keep_jsonw_object(w);
        pair_str(w, "custodian", one->custodian);
        pair_str(w, "order", one->id);
        pair(w, "standing", one->certified == KEEP_TIME_NONE ? "ordered, not certified yet" : "certified by its custodian");
        if (one->certified != KEEP_TIME_NONE) {
            keep_jsonw_key(w, "destroyed_on");
            keep_jsonw_date(w, one->destroyed_on);
        }
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
}

static void one_set(struct keep_jsonw *w, const struct keep_erasecert_set *set, keep_date today, const struct orders *o)
{
    const struct keep_plan_set *ps = set->is;
    keep_jsonw_object(w);
    pair_hex(w, "set", ps->set, 16);
    pair_str(w, "series", ps->series);
    if (set->what.n)
        pair_str(w, "what", set->what);
    pair_str(w, "facility", set->facility);
    if (set->from) {
        pair_u64(w, "from_year", (uint64_t)set->from);
        pair_u64(w, "to_year", (uint64_t)set->to);
    }
    pair_u64(w, "records", ps->records);
    if (ps->onlys)
        pair_u64(w, "single_records", ps->onlys); /* the rest of the set stays */
    pair_str(w, "rule", ps->rule);
    pair_str(w, "authority", ps->authority);
    keep_jsonw_key(w, "kept_through");
    keep_jsonw_date(w, ps->keep_until);
    pair_str(w, "gates", ps->gates);
    pair(w, "custody", keep_vocab_custody_word((int)ps->custody));
    elsewhere(w, set, o);
    if (keep_str_is(ps->series, KEEP_PAPERS_PACKAGES))
        pair(w, "effect", "no copy of the package can be opened any more with the identity that this keep held; whoever holds the archive officer's or the recovery identity, or one that was released from it, still can");
    pair_str(w, "package", set->package);
    if (set->at != KEEP_TIME_NONE) {
        keep_jsonw_key(w, "destroyed_at");
        keep_jsonw_time(w, set->at);
        pair_str(w, "performed_by", set->role);
    }
    if (ps->residue_years) {
        keep_jsonw_key(w, "summary_owed_through");
        if (ps->residue_years == KEEP_RESIDUE_PERMANENT)
            keep_jsonw_z(w, "permanently");
        else
            keep_jsonw_date(w, keep_papers_owed(ps->keep_until, set->at == KEEP_TIME_NONE ? today : keep_civil_utc_date(set->at), ps->residue_years));
    }
    keep_jsonw_end_object(w);
}

static void all_sets(struct keep_jsonw *w, const struct keep_erasecert *c, const struct orders *o)
{
    uint64_t records = 0;
    keep_jsonw_key(w, "sets");
    keep_jsonw_array(w);
    for (size_t i = 0; i < c->sets; i++) {
        one_set(w, &c->set[i], c->today, o);
        records += c->set[i].is->records;
    }
    keep_jsonw_end_array(w);
    pair_u64(w, "sets_destroyed", c->sets);
    pair_u64(w, "records_destroyed", records);
    pair_u64(w, "sets_left", c->left);
}

/* --- what can still open it --- */

/* Backups that can still open what was destroyed, until an officer signs that they are gone. */
static int open_backups(struct keep_store *s, struct keep_arena *a, struct keep_jsonw *w, size_t *open, struct keep_err *err)
{
    struct keep_backup *b;
    size_t n;
    int rc = keep_backup_list(s, a, &b, &n, err);
    keep_jsonw_key(w, "open_backups");
    keep_jsonw_array(w);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (b[i].expired != KEEP_TIME_NONE)
            continue;
        ++*open;
        keep_jsonw_object(w);
        pair_str(w, "backup", b[i].id);
        keep_jsonw_key(w, "made");
        keep_jsonw_time(w, b[i].made);
        keep_jsonw_key(w, "to_be_destroyed_by");
        keep_jsonw_date(w, b[i].destroy_by);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
    pair(w, "standing", *open ? "open: the backups listed can still open these records; a closing certificate follows when the last of them is expired"
                              : "closed as far as this keep knows");
    return rc;
}

static void other_copies(struct keep_jsonw *w, const struct keep_erasecert *c)
{
    keep_jsonw_key(w, "other_copies");
    keep_jsonw_object(w);
    pair(w, "state", c->no_copies_by.n ? "none exist, as stated" : "unknown: what was copied outside of this program");
    if (c->no_copies_by.n)
        pair_str(w, "stated_by", c->no_copies_by);
    keep_jsonw_end_object(w);
}

/* --- what was checked --- */

static void proof(struct keep_jsonw *w, const struct keep_remnant_found *f)
{
    keep_jsonw_key(w, "verification");
    keep_jsonw_object(w);
    pair(w, "method", "both databases opened page by page, as they lie on the disk, under every file key that keep.json leads to, and searched at every byte for the keys destroyed");
    pair_u64(w, "keys_destroyed_by_this_run", f->destroyed);
    pair_u64(w, "keys_searched_for", f->sought);
    pair_u64(w, "pages_searched", f->pages);
    pair_u64(w, "keys_found", f->found);
    pair_u64(w, "keys_beside_a_tombstone", f->beside);
    pair_u64(w, "file_keys_in_keep_json", f->file_keys);
    pair(w, "journals_and_unfinished_files", f->quiet ? "none" : "there are some");
    pair(w, "result", keep_remnant_clean(f) ? "no destroyed key is left" : "not shown");
    keep_jsonw_end_object(w);
}

struct condition {
    const char *what, *state, *basis;
};

/* The conditions of cryptographic erasure: each one met, not met or unknown, with what it rests on. */
static void conditions(struct keep_jsonw *w, const struct keep_erasecert *c, size_t backups)
{
    bool clean = keep_remnant_clean(c->proof), stated = c->no_copies_by.n > 0;
    const struct condition row[] = {
        {"data was only ever stored encrypted here", "met", "every page and payload of this keep is sealed before it is written"},
        {"the key was random, of at least 128 bits", "met", "256-bit keys from the system's random source"},
        {"the cipher is strong", "met", "XChaCha20-Poly1305 with a 256-bit key"},
        {"every location of the key is known", stated ? "met" : "unknown",
         stated ? "an officer states that no copy exists beside the backups registered" : "copies of keyring.db with keep.json made outside this program cannot be seen by it"},
        {"all copies of the key are gone", backups || !clean ? "not met" : stated ? "met" : "unknown",
         backups  ? "the backups listed hold it until each is expired"
         : !clean ? "see verification"
         : stated ? "deleted with a tombstone; keyring.db then rewritten under a new key and the old one dropped; no backup is open"
                  : "here they are: deleted with a tombstone, keyring.db rewritten under a new key and the old one dropped; of copies made elsewhere nothing is known"},
        {"storage below the file system keeps no remnant that can be opened", "unknown", "snapshots and remapped blocks are outside this program"},
        {"the erasure was verified", clean ? "met" : "not met", "see verification"},
    };
    bool all = true;
    keep_jsonw_key(w, "cryptographic_erase_conditions");
    keep_jsonw_array(w);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        all &= keep_str_is(keep_str_of(row[i].state), "met");
        keep_jsonw_object(w);
        pair(w, "condition", row[i].what);
        pair(w, "state", row[i].state);
        pair(w, "basis", row[i].basis);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
    pair(w, "cryptographic_erase", all ? "established" : "not established: see the conditions that are not met or unknown");
}

/* What the ledger covers as this is written: the certificate's own entry comes next. */
static int ledger_now(struct keep_store *s, struct keep_jsonw *w, struct keep_err *err)
{
    struct keep_buf head = KEEP_BUF_INIT;
    int rc = keep_ledger_head(s, &head, err);
    if (rc == 0) {
        pair_u64(w, "ledger_entries_before", keep_ledger_size(s));
        pair_str(w, "ledger_head", keep_buf_view(&head));
        rc = head.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    }
    keep_buf_free(&head);
    return rc;
}

static void special(struct keep_jsonw *w, const struct keep_plan *p)
{
    pair(w, "statement", "What is listed was destroyed under an approved special plan, not in the normal course of a retention schedule. This speaks for what this keep held, and for no copy that somebody else holds.");
    pair(w, "special", keep_plan_kind_word(p->kind));
    pair_str(w, "reason", p->reason);
    pair_str(w, "special_authority", p->authority);
    if (p->has_order)
        pair_hex(w, "order_sha256", p->order, sizeof p->order);
}

static void opening(struct keep_store *s, const struct keep_erasecert *c, struct keep_jsonw *w)
{
    char number[32];
    uint8_t plan[32];
    pair(w, "document", "certificate of destruction");
    snprintf(number, sizeof number, "CD-%llu", (unsigned long long)c->intent);
    pair(w, "number", number);
    pair_hex(w, "store", keep_store_id(s), 16);
    keep_jsonw_key(w, "date_of_destruction");
    keep_jsonw_date(w, c->today);
    keep_jsonw_key(w, "completed_at");
    keep_jsonw_time(w, keep_store_now(s));
    if (c->plan->kind == KEEP_PLAN_DUE)
        pair(w, "statement", "The record sets listed were destroyed in the normal course of business under an adopted retention schedule and an approved plan. This speaks for what this keep held, and for no copy that somebody else holds.");
    else
        special(w, c->plan);
    pair(w, "holds", "each set was checked again in the transaction that destroyed it: no hold, open request, claim, audit or investigation known to this keep covered it");
    pair(w, "source", "this keep: records.db, the records' keys in keyring.db");
    pair(w, "media", "files of this keep; the medium below them is not known to this program");
    pair(w, "method", "destruction of each record's own encryption key (XChaCha20-Poly1305) and deletion of its rows");
    pair(w, "technique", "cryptographic erase; the keyring rewritten under a new file key");
    pair(w, "tool", "chartkeep dispose");
    keep_plan_digest(c->plan, plan);
    pair_hex(w, "plan", plan, 32);
}

int keep_erasecert_make(struct keep_store *s, const struct keep_erasecert *c, struct keep_arena *a, struct keep_buf *text, struct keep_buf *signature, struct keep_err *err)
{
    struct keep_sign_public pub;
    struct keep_jsonw w;
    struct orders orders = {0};
    size_t backups = 0;
    char id[17];
    keep_jsonw_init(&w, text);
    keep_jsonw_object(&w);
    opening(s, c, &w);
    keep_jsonw_key(&w, "approvals");
    int rc = keep_planrun_approved(s, c->plan, w.out, err);
    if (rc == 0)
        rc = keep_orderbook_load(s, a, &orders.list, &orders.n, err);
    w.comma = true;
    pair_str(&w, "performed_by", c->officer->role);
    keep_sign_id_text(c->officer->key.id, id);
    pair(&w, "performed_with_key", id);
    all_sets(&w, c, &orders);
    pair(&w, "residue", "keyed leaves, counts and tombstones in the ledger; sealed packages named above, openable by their own identities until their own retain-through date");
    if (rc == 0)
        rc = open_backups(s, a, &w, &backups, err);
    other_copies(&w, c);
    proof(&w, c->proof);
    conditions(&w, c, backups);
    if (rc == 0)
        rc = ledger_now(s, &w, err);
    keep_sign_public_of(keep_store_signer(s), &pub);
    keep_sign_id_text(pub.id, id);
    pair(&w, "signed_by_keep_key", id);
    keep_jsonw_end_object(&w);
    keep_jsonw_newline(&w);
    if (rc == 0 && text->failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_sign_message(signature, keep_store_signer(s), text->p, text->n, "certificate of destruction", "chartkeep certificate of destruction", err);
    return rc;
}

static void plan_name(const struct keep_plan *plan, uint8_t digest[32], char hex[65])
{
    keep_plan_digest(plan, digest);
    keep_codec_hex(digest, 32, hex);
}

int keep_erasecert_enter(struct keep_store *s, const struct keep_plan *plan, struct keep_str text, struct keep_str signature, struct keep_err *err)
{
    uint8_t digest[32];
    char hex[65];
    uint64_t id;
    plan_name(plan, digest, hex);
    int rc = keep_txn_begin(s, KEEP_LEDGER_ERASED, err);
    if (rc < 0)
        return rc;
    struct keep_act act = {.kind = KEEP_STR("certificate"), .subject = keep_str_of(hex), .body = text, .signature = signature, .at = keep_store_now(s)};
    rc = keep_txn_act(s, &act, &id, err);
    keep_txn_digest(s, "plan", digest);
    return keep_txn_end(s, rc, err);
}

struct newest {
    struct keep_buf *text, *signature;
};

static int each_certificate(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct newest *n = ctx;
    keep_buf_clear(n->text);
    keep_buf_clear(n->signature);
    keep_buf_add(n->text, act->body.p, act->body.n);
    keep_buf_add(n->signature, act->signature.p, act->signature.n);
    return n->text->failed || n->signature->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

int keep_erasecert_newest(struct keep_store *s, const struct keep_plan *plan, struct keep_buf *text, struct keep_buf *signature, struct keep_err *err)
{
    struct newest n = {text, signature};
    uint8_t digest[32];
    char hex[65];
    plan_name(plan, digest, hex);
    struct keep_str subject = keep_str_of(hex);
    return keep_txn_acts(s, "certificate", &subject, each_certificate, &n, err);
}
