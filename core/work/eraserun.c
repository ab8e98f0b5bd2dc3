/* Disposal. The writer's lock is held for the whole run, so that nothing moves
 * between the check and the erasure; still each set is checked again inside its
 * own exclusive transaction: the ledger must hold no entry but this run's.
 *
 * A run that died or was interrupted left sets destroyed and recorded, but in no
 * certificate. The next run of the plan finds them: the last intent that names a
 * destroyed set is the one it was destroyed under. It rewrites the keyring if the
 * other did not and certifies them with its own.
 *
 * The certificate says what was done and what is not known. It carries the
 * fields of AHIMA's sample certificate of destruction and the conditions of
 * cryptographic erasure of NIST SP 800-88, each met, not met or unknown. */
#include "core/work/eraserun.h"

#include <stdio.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/crypto/secret.h"
#include "core/store/ledger.h"
#include "core/store/load.h"
#include "core/store/sets.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/backup.h"

struct earlier { /* a set that a run before destroyed and did not certify */
    bool is;
    keep_time at;
    struct keep_str role; /* of the officer who performed it */
};

struct erasing {
    struct keep_store *s;
    const struct keep_eraserun_params *p;
    struct keep_arena *a;
    struct keep_dates d;
    const struct keep_set **set;
    const char **reason;
    struct earlier *earlier; /* one per plan set */
    const struct keep_officer *officer;
    uint8_t plan[32];
    char plan_hex[65];
    uint64_t intent, expected_entries; /* ledger size that proves nobody else wrote */
    keep_date today;
};

static int nobody_else_wrote(void *ctx, struct keep_err *err)
{
    struct erasing *e = ctx;
    (void)err;
    return keep_ledger_size(e->s) == e->expected_entries ? 0 : 1;
}

/* Index in the plan of the set that a statement names; SIZE_MAX none. */
static size_t plan_index(const struct keep_plan *plan, struct keep_str hex)
{
    uint8_t id[16];
    size_t lo = 0, hi = plan->sets;
    if (!keep_codec_unhex(hex, id, sizeof id))
        return SIZE_MAX;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int c = memcmp(plan->set[mid].set, id, sizeof id);
        if (c == 0)
            return mid;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return SIZE_MAX;
}

struct past {
    struct erasing *e;
    struct keep_arena *scratch; /* of one statement */
    bool certified;             /* statements are certificates, else intents */
};

static int each_past(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct past *p = ctx;
    struct erasing *e = p->e;
    const struct keep_json *j, *sets;
    bool ours = keep_str_is(act->subject, e->plan_hex), ok = true;
    keep_arena_reset(p->scratch);
    int rc = keep_json_parse(&j, act->body, p->certified ? "certificate" : "intent", p->scratch, err);
    if (rc < 0)
        return rc;
    sets = keep_json_get(j, "sets");
    for (size_t i = 0; i < keep_json_len(sets); i++) {
        const struct keep_json *one = keep_json_at(sets, i);
        size_t k = plan_index(e->p->plan, keep_json_str(p->certified ? keep_json_get(one, "set") : one));
        if (k == SIZE_MAX)
            continue;
        e->earlier[k] = (struct earlier){.is = ours && !p->certified, .at = act->at};
        if (e->earlier[k].is)
            e->earlier[k].role = keep_arena_str(e->a, act->role, &ok);
    }
    if (ours && !p->certified)
        e->intent = act->id;
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* Which sets an earlier run of this plan meant to destroy and no certificate tells of. */
static int find_earlier(struct erasing *e, struct keep_err *err)
{
    struct past p = {.e = e, .scratch = keep_arena_new(0)};
    e->earlier = keep_arena_array(e->a, e->p->plan->sets + 1, sizeof *e->earlier);
    int rc = p.scratch && e->earlier ? keep_txn_acts(e->s, "intent", NULL, each_past, &p, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    p.certified = true;
    if (rc == 0)
        rc = keep_txn_acts(e->s, "certificate", NULL, each_past, &p, err);
    keep_arena_free(p.scratch);
    return rc;
}

static int choose(struct erasing *e, struct keep_err *err)
{
    const struct keep_plan *plan = e->p->plan;
    int rc = keep_dates_today(e->s, &e->today, err);
    if (rc == 0)
        rc = keep_dates_run(&e->d, e->s, e->p->adopted, e->today, NULL, NULL, err);
    if (rc < 0)
        return rc;
    e->set = keep_arena_array(e->a, plan->sets + 1, sizeof *e->set);
    e->reason = keep_arena_array(e->a, plan->sets + 1, sizeof *e->reason);
    if (!e->set || !e->reason)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_planrun_match(plan, &e->d, e->today, e->set, e->reason, e->a);
    rc = find_earlier(e, err);
    for (size_t i = 0; rc == 0 && i < plan->sets; i++) {
        struct keep_set_state st;
        int found = keep_sets_get(e->s, plan->set[i].set, e->a, &st, err);
        if (found < 0)
            return found;
        bool destroyed = found == 0 && st.status == KEEP_SET_DESTROYED;
        e->earlier[i].is &= destroyed;
        if (destroyed)
            e->set[i] = NULL, e->reason[i] = e->earlier[i].is ? "" : "destroyed before";
        else if (e->set[i] && plan->set[i].gates.n)
            e->set[i] = NULL, e->reason[i] = "a gate is not met: no evidence of the notice or consent is recorded";
        else if (e->set[i] && plan->set[i].action == KEEP_ACT_ARCHIVE && (found != 0 || st.status != KEEP_SET_ARCHIVED))
            e->set[i] = NULL, e->reason[i] = "not archived yet";
        else if (e->set[i] && plan->set[i].residue_years > 0 && plan->set[i].action != KEEP_ACT_ARCHIVE)
            e->set[i] = NULL, e->reason[i] = "a summary must outlive it: archive it";
    }
    return rc;
}

static uint64_t count_chosen(const struct erasing *e)
{
    uint64_t n = 0;
    for (size_t i = 0; i < e->p->plan->sets; i++)
        n += e->set[i] != NULL;
    return n;
}

static uint64_t count_earlier(const struct erasing *e)
{
    uint64_t n = 0;
    for (size_t i = 0; i < e->p->plan->sets; i++)
        n += e->earlier[i].is;
    return n;
}

static int enter_intent(struct erasing *e, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_jsonw w;
    char hex[33];
    keep_jsonw_init(&w, &body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "plan");
    keep_jsonw_z(&w, e->plan_hex);
    keep_jsonw_key(&w, "sets");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < e->p->plan->sets; i++)
        if (e->set[i]) {
            keep_codec_hex(e->set[i]->id, 16, hex);
            keep_jsonw_z(&w, hex);
        }
    keep_jsonw_end_array(&w);
    keep_jsonw_end_object(&w);
    int rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory")
                         : keep_sign_message(&sig, e->p->officer, body.p, body.n, "intent of disposal", "chartkeep intent of disposal", err);
    if (rc == 0)
        rc = keep_txn_begin(e->s, KEEP_LEDGER_INTENT, err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("intent"), .subject = keep_str_of(e->plan_hex), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = e->officer->role, .at = keep_store_now(e->s)};
        rc = keep_txn_act(e->s, &act, &e->intent, err);
        keep_txn_digest(e->s, "plan", e->plan);
        rc = keep_txn_end(e->s, rc, err);
    }
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}

/* Is this the patient's last set? Then the patient's own key dies with it. */
static bool last_of_patient(const struct erasing *e, size_t i)
{
    uint32_t patient = e->set[i]->patient;
    if (patient == KEEP_ID_NONE || e->set[i]->series != KEEP_SERIES_PATIENT_IDENTITY)
        return false;
    for (size_t k = 0; k < e->d.result.sets; k++) {
        const struct keep_set *other = &e->d.result.set[k];
        if (other->patient == patient && other != e->set[i] && other->status != KEEP_SET_DESTROYED)
            return false;
    }
    return true;
}

/* Sets are erased some at a time: a transaction costs a dozen waits for the disk, however many sets it takes. */
#define BATCH_SETS 64
#define BATCH_RECORDS 4096

struct batch {
    struct keep_erasure set[BATCH_SETS];
    size_t at[BATCH_SETS]; /* places in the plan */
    size_t n;
    uint64_t records;
};

static int erase_batch(struct erasing *e, struct batch *b, struct keep_eraserun_result *out, struct keep_err *err)
{
    if (b->n == 0)
        return 0;
    e->expected_entries = keep_ledger_size(e->s);
    int rc = keep_sets_erase(e->s, b->set, b->n, nobody_else_wrote, e, err);
    for (size_t i = 0; rc == 1 && i < b->n; i++) {
        e->set[b->at[i]] = NULL;
        e->reason[b->at[i]] = "drifted while disposing";
    }
    if (rc == 0) {
        out->sets += b->n;
        out->records += b->records;
    }
    b->n = 0;
    b->records = 0;
    return rc == 1 ? 0 : rc;
}

static int fill_erasure(struct erasing *e, size_t i, struct keep_erasure *er, struct keep_err *err)
{
    const struct keep_set *set = e->set[i];
    struct keep_set_state st = {0};
    int found = keep_sets_get(e->s, set->id, e->a, &st, err);
    if (found < 0)
        return found;
    *er = (struct keep_erasure){.intent = e->intent, .record = set->record, .records = set->records,
                                .patient = last_of_patient(e, i) ? e->d.world.patient[set->patient].entity : 0, .rule = e->p->plan->set[i].rule,
                                .package = found == 0 ? st.package : (struct keep_str){NULL, 0}};
    memcpy(er->plan, e->plan, 32);
    memcpy(er->set, set->id, 16);
    return 0;
}

static int erase_all(struct erasing *e, struct keep_eraserun_result *out, struct keep_err *err)
{
    uint64_t total = count_chosen(e);
    struct batch *b = keep_arena_alloc(e->a, sizeof *b);
    int rc = b ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < e->p->plan->sets; i++) {
        if (!e->set[i])
            continue;
        rc = fill_erasure(e, i, &b->set[b->n], err);
        if (rc < 0)
            return rc;
        b->at[b->n++] = i;
        b->records += e->set[i]->records;
        if (b->n < BATCH_SETS && b->records < BATCH_RECORDS)
            continue;
        rc = erase_batch(e, b, out, err);
        if (rc == 0 && e->p->progress && e->p->progress(e->p->progress_ctx, out->sets, total))
            return keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted; %llu sets are destroyed and recorded, run again for the rest", (unsigned long long)out->sets);
    }
    return rc == 0 ? erase_batch(e, b, out, err) : rc;
}

static void pair(struct keep_jsonw *w, const char *k, const char *v)
{
    keep_jsonw_key(w, k);
    keep_jsonw_z(w, v);
}

/* The conditions of cryptographic erasure: each one met, not met or unknown, with what it rests on. */
static void conditions(struct keep_jsonw *w)
{
    static const struct { const char *condition, *state, *basis; } row[] = {
        {"data was only ever stored encrypted here", "met", "every page and payload of this keep is sealed before it is written"},
        {"the key was random, of at least 128 bits", "met", "256-bit keys from the system's random source"},
        {"every location of the key is known", "unknown", "copies of keyring.db with keep.json made outside this program cannot be seen by it"},
        {"all copies of the key in this keep are gone", "met", "deleted with a tombstone; keyring.db then rewritten under a new key and the old one dropped"},
        {"storage below the file system keeps no remnant that can be opened", "unknown", "snapshots and remapped blocks are outside this program; what they hold is encrypted under keys that are gone"},
        {"the erasure was verified", "met", "each key was looked up after the rewrite and not found"},
    };
    keep_jsonw_key(w, "cryptographic_erase_conditions");
    keep_jsonw_array(w);
    for (size_t i = 0; i < sizeof row / sizeof *row; i++) {
        keep_jsonw_object(w);
        pair(w, "condition", row[i].condition);
        pair(w, "state", row[i].state);
        pair(w, "basis", row[i].basis);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
}

static void certificate_set(struct keep_jsonw *w, const struct erasing *e, size_t i, struct keep_str package)
{
    const struct keep_plan_set *ps = &e->p->plan->set[i];
    char hex[33];
    keep_codec_hex(ps->set, 16, hex);
    keep_jsonw_object(w);
    pair(w, "set", hex);
    keep_jsonw_key(w, "series");
    keep_jsonw_str(w, ps->series);
    keep_jsonw_key(w, "records");
    keep_jsonw_u64(w, ps->records);
    keep_jsonw_key(w, "rule");
    keep_jsonw_str(w, ps->rule);
    keep_jsonw_key(w, "authority");
    keep_jsonw_str(w, ps->authority);
    keep_jsonw_key(w, "kept_through");
    keep_jsonw_date(w, ps->keep_until);
    pair(w, "custody", keep_vocab_custody_word(ps->custody));
    keep_jsonw_key(w, "package");
    keep_jsonw_str(w, package);
    if (e->earlier[i].is) { /* by a run that came to no certificate */
        keep_jsonw_key(w, "destroyed_at");
        keep_jsonw_time(w, e->earlier[i].at);
        keep_jsonw_key(w, "performed_by");
        keep_jsonw_str(w, e->earlier[i].role);
    }
    if (ps->residue_years) {
        keep_jsonw_key(w, "summary_owed_through");
        if (ps->residue_years == KEEP_RESIDUE_PERMANENT)
            keep_jsonw_z(w, "permanently");
        else
            keep_jsonw_date(w, keep_civil_add_years(ps->keep_until, ps->residue_years));
    }
    keep_jsonw_end_object(w);
}

/* Backups that can still open what was destroyed, until an officer signs that they are gone. */
static int list_backups(struct erasing *e, struct keep_jsonw *w, struct keep_err *err)
{
    struct keep_backup *b;
    size_t n, open = 0;
    int rc = keep_backup_list(e->s, e->a, &b, &n, err);
    keep_jsonw_key(w, "open_backups");
    keep_jsonw_array(w);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        if (b[i].expired != KEEP_TIME_NONE)
            continue;
        open++;
        keep_jsonw_object(w);
        keep_jsonw_key(w, "backup");
        keep_jsonw_str(w, b[i].id);
        keep_jsonw_key(w, "made");
        keep_jsonw_time(w, b[i].made);
        keep_jsonw_key(w, "to_be_destroyed_by");
        keep_jsonw_date(w, b[i].destroy_by);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
    pair(w, "standing", open ? "open: the backups listed can still open these records" : "closed as far as this keep knows");
    return rc;
}

static int certify(struct erasing *e, struct keep_eraserun_result *out, struct keep_err *err)
{
    uint64_t records = out->records;
    struct keep_jsonw w;
    char hex[33], id[17];
    struct keep_sign_public pub;
    keep_jsonw_init(&w, &out->certificate);
    keep_jsonw_object(&w);
    pair(&w, "document", "certificate of destruction");
    snprintf(hex, sizeof hex, "%s-%llu", "CD", (unsigned long long)e->intent);
    pair(&w, "number", hex);
    keep_codec_hex(keep_store_id(e->s), 16, hex);
    pair(&w, "store", hex);
    keep_jsonw_key(&w, "date_of_destruction");
    keep_jsonw_date(&w, e->today);
    keep_jsonw_key(&w, "completed_at");
    keep_jsonw_time(&w, keep_store_now(e->s));
    pair(&w, "statement", "The record sets listed were destroyed in the normal course of business under an adopted retention schedule and an approved plan.");
    pair(&w, "method", "destruction of each record's own encryption key (XChaCha20-Poly1305) and deletion of its rows");
    pair(&w, "plan", e->plan_hex);
    keep_jsonw_key(&w, "approvals");
    int rc = keep_planrun_approved(e->s, e->p->plan, w.out, err);
    w.comma = true;
    keep_jsonw_key(&w, "performed_by");
    keep_jsonw_str(&w, e->officer->role);
    keep_sign_id_text(e->officer->key.id, id);
    pair(&w, "performed_with_key", id);
    keep_jsonw_key(&w, "sets");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < e->p->plan->sets; i++) {
        struct keep_set_state st = {0};
        if (!e->set[i] && !e->earlier[i].is)
            continue;
        if (e->earlier[i].is)
            records += e->p->plan->set[i].records;
        keep_sets_get(e->s, e->p->plan->set[i].set, e->a, &st, NULL);
        certificate_set(&w, e, i, st.package);
    }
    keep_jsonw_end_array(&w);
    keep_jsonw_key(&w, "sets_destroyed");
    keep_jsonw_u64(&w, out->sets + count_earlier(e));
    keep_jsonw_key(&w, "records_destroyed");
    keep_jsonw_u64(&w, records);
    keep_jsonw_key(&w, "sets_left");
    keep_jsonw_u64(&w, out->left);
    pair(&w, "residue", "keyed leaves, counts and tombstones in the ledger; sealed packages named above, openable by their own identities until their own retain-through date");
    if (rc == 0)
        rc = list_backups(e, &w, err);
    pair(&w, "other_copies", "unknown: what was copied outside of this program");
    conditions(&w);
    keep_sign_public_of(keep_store_signer(e->s), &pub);
    keep_sign_id_text(pub.id, id);
    pair(&w, "signed_by_keep_key", id);
    keep_jsonw_end_object(&w);
    keep_jsonw_newline(&w);
    if (rc == 0 && out->certificate.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_sign_message(&out->signature, keep_store_signer(e->s), out->certificate.p, out->certificate.n, "certificate of destruction", "chartkeep certificate of destruction", err);
    return rc;
}

static int enter_certificate(struct erasing *e, const struct keep_eraserun_result *out, struct keep_err *err)
{
    uint64_t id;
    int rc = keep_txn_begin(e->s, KEEP_LEDGER_ERASED, err);
    if (rc < 0)
        return rc;
    struct keep_act act = {.kind = KEEP_STR("certificate"), .subject = keep_str_of(e->plan_hex), .body = keep_buf_view(&out->certificate), .signature = keep_buf_view(&out->signature), .at = keep_store_now(e->s)};
    rc = keep_txn_act(e->s, &act, &id, err);
    keep_txn_digest(e->s, "plan", e->plan);
    rc = keep_txn_end(e->s, rc, err);
    return rc;
}

static int newest_certificate(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_eraserun_result *out = ctx;
    keep_buf_clear(&out->certificate);
    keep_buf_clear(&out->signature);
    keep_buf_add(&out->certificate, act->body.p, act->body.n);
    keep_buf_add(&out->signature, act->signature.p, act->signature.n);
    return out->certificate.failed || out->signature.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

/* Nothing is left to do: the plan's last certificate is handed out again, in case its file was never written. */
static int certificate_again(struct erasing *e, struct keep_eraserun_result *out, struct keep_err *err)
{
    struct keep_str subject = keep_str_of(e->plan_hex);
    int rc = keep_txn_acts(e->s, "certificate", &subject, newest_certificate, out, err);
    return rc < 0 ? rc : 2;
}

int keep_eraserun_dispose(struct keep_store *s, const struct keep_eraserun_params *p, struct keep_arena *a, struct keep_eraserun_result *out, struct keep_err *err)
{
    struct erasing e = {.s = s, .p = p, .a = a};
    struct keep_sign_public pub;
    memset(out, 0, sizeof *out);
    keep_plan_digest(p->plan, e.plan);
    keep_codec_hex(e.plan, 32, e.plan_hex);
    keep_sign_public_of(p->officer, &pub);
    e.officer = keep_packs_officer(s, &pub);
    int rc = e.officer ? keep_planrun_approved(s, p->plan, NULL, err) : keep_err_set(err, KEEP_E_REFUSED, "the key given is of no officer of this keep");
    if (rc == 0)
        rc = keep_sets_alone(s, err);
    if (rc == 0)
        rc = choose(&e, err);
    if (rc < 0)
        goto out;
    out->reason = e.reason;
    out->left = p->plan->sets - count_chosen(&e) - count_earlier(&e);
    if (out->left == p->plan->sets) {
        rc = certificate_again(&e, out, err);
        goto out;
    }
    if (count_chosen(&e))
        rc = enter_intent(&e, err);
    if (rc == 0)
        rc = erase_all(&e, out, err);
    out->left = p->plan->sets - count_chosen(&e) - count_earlier(&e);
    if (rc == 0 && out->left == p->plan->sets)
        rc = 2;
    if (rc == 0)
        rc = keep_sets_rewrite_keyring(s, err);
    if (rc == 0)
        rc = certify(&e, out, err);
    if (rc == 0)
        rc = enter_certificate(&e, out, err);
    if (rc == 0 && out->left)
        rc = 1;
out:
    keep_dates_free(&e.d);
    return rc;
}
