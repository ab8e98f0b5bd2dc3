/* Disposal. The writer's lock is held for the whole run, so that nothing moves
 * between the check and the erasure; still each set is checked again inside its
 * own exclusive transaction: the ledger must hold no entry but this run's.
 *
 * A run that died or was interrupted left sets destroyed and recorded, but in no
 * certificate. The next run of the plan finds them: the last intent that names a
 * destroyed set is the one it was destroyed under. It rewrites the keyring if the
 * other did not and certifies them with its own (eraseintent.c). */
#include "core/work/erase_inside.h"

#include <string.h>

#include "core/base/codec.h"
#include "core/store/ledger.h"
#include "core/store/sets.h"
#include "core/work/erasecert.h"
#include "core/work/erasepacks.h"
#include "core/work/gates.h"
#include "core/work/orderrun.h"
#include "core/work/signer.h"
#include "core/work/special.h"

static int nobody_else_wrote(void *ctx, struct keep_err *err)
{
    struct keep_erasing *e = ctx;
    (void)err;
    return keep_ledger_size(e->s) == e->expected_entries ? 0 : 1;
}

static int choose(struct keep_erasing *e, struct keep_err *err)
{
    const struct keep_plan *plan = e->p->plan;
    struct keep_gates gates = {NULL, 0};
    const char *unmet;
    int rc = keep_dates_today(e->s, &e->today, err);
    if (rc == 0)
        rc = keep_dates_run(&e->d, e->s, e->p->adopted, e->today, NULL, NULL, err);
    if (rc < 0)
        return rc;
    e->set = keep_arena_array(e->a, plan->sets + 1, sizeof *e->set);
    e->reason = keep_arena_array(e->a, plan->sets + 1, sizeof *e->reason);
    e->order = keep_arena_array(e->a, plan->sets + 1, sizeof *e->order);
    if (!e->set || !e->reason || !e->order)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_planrun_match(plan, &e->d, e->today, e->set, e->reason, e->a);
    rc = keep_eraseintent_past(e, err);
    if (rc == 0)
        rc = keep_gates_load(&gates, e->s, plan, e->a, err);
    for (size_t i = 0; rc == 0 && i < plan->sets; i++) {
        struct keep_set_state st;
        int found = keep_sets_get(e->s, plan->set[i].set, e->a, &st, err);
        if (found < 0)
            return found;
        enum keep_ordered ordered = keep_orderbook_of(e->d.order, e->d.orders, plan->set[i].set);
        int gone = keep_special_gone(e->s, &plan->set[i], e->plan, err);
        if (gone < 0)
            return gone;
        bool destroyed = plan->set[i].onlys ? gone : found == 0 && st.status == KEEP_SET_DESTROYED;
        e->fate[i].earlier &= destroyed;
        if (destroyed)
            e->set[i] = NULL, e->reason[i] = e->fate[i].earlier ? "" : KEEP_ERASERUN_BEFORE;
        else if (e->set[i] && (unmet = keep_gates_unmet(&gates, &plan->set[i], e->today, e->a)))
            e->set[i] = NULL, e->reason[i] = unmet;
        else if (e->set[i] && plan->set[i].action == KEEP_ACT_ARCHIVE && (found != 0 || st.status != KEEP_SET_ARCHIVED))
            e->set[i] = NULL, e->reason[i] = "not archived yet";
        else if (e->set[i] && plan->set[i].residue_years > 0 && plan->set[i].action != KEEP_ACT_ARCHIVE && (plan->set[i].custody == KEEP_CUSTODY_OFFICIAL || !keep_orderrun_custodian(e->set[i])))
            e->set[i] = NULL, e->reason[i] = "a summary must outlive it: archive it";
        else if (e->set[i] && plan->set[i].action == KEEP_ACT_ORDER && !keep_orderrun_custodian(e->set[i]))
            e->set[i] = NULL, e->reason[i] = "only its index is here, and no source names who holds it: nobody can be ordered to destroy it";
        else if (e->set[i] && ordered == KEEP_ORDERED_NOT && !plan->set[i].onlys)
            e->order[i] = e->set[i];
    }
    return rc;
}

static uint64_t count_chosen(const struct keep_erasing *e)
{
    uint64_t n = 0;
    for (size_t i = 0; i < e->p->plan->sets; i++)
        n += e->set[i] != NULL;
    return n;
}

static uint64_t count_earlier(const struct keep_erasing *e)
{
    uint64_t n = 0;
    for (size_t i = 0; i < e->p->plan->sets; i++)
        n += e->fate[i].earlier;
    return n;
}

/* Custodians are told before anything is destroyed: of what is destroyed here first, nobody could say any more where the rest of it lies. What is only
 * indexed here stays until the certificates are back. */
static int order_elsewhere(struct keep_erasing *e, struct keep_eraserun_result *out, struct keep_err *err)
{
    struct keep_orderrun r = {.d = &e->d, .set = e->order, .sets = e->p->plan->sets, .plan = keep_str_of(e->plan_hex), .officer = e->p->officer, .who = e->officer, .today = e->today};
    int rc = keep_orderrun_make(e->s, &r, &out->orders, err);
    for (size_t i = 0; rc == 0 && i < e->p->plan->sets; i++)
        if (e->order[i] && e->p->plan->set[i].action == KEEP_ACT_ORDER) {
            e->set[i] = NULL;
            e->reason[i] = "";
            out->ordered++;
        }
    return rc;
}

/* Is this the patient's last set? Then the patient's own key dies with it. */
static bool last_of_patient(const struct keep_erasing *e, size_t i)
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

static int erase_batch(struct keep_erasing *e, struct batch *b, struct keep_eraserun_result *out, struct keep_err *err)
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

static int fill_erasure(struct keep_erasing *e, size_t i, struct keep_erasure *er, struct keep_err *err)
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
    if (e->p->plan->set[i].onlys == 0)
        memcpy(er->set, set->id, 16);
    if (set->own) {
        struct keep_erasure_key *key = keep_arena_alloc(e->a, sizeof *key);
        if (!key)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        *key = (struct keep_erasure_key){(enum keep_ring_kind)set->own, set->owner};
        er->key = key;
        er->keys = 1;
    }
    return 0;
}

static int erase_all(struct keep_erasing *e, struct keep_eraserun_result *out, struct keep_err *err)
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

/* --- the certificate --- */

static int certified_sets(struct keep_erasing *e, struct keep_erasecert_set **out, size_t *n, struct keep_err *err)
{
    struct keep_erasecert_set *list = keep_arena_array(e->a, e->p->plan->sets + 1, sizeof *list);
    int found = 0;
    *n = 0;
    for (size_t i = 0; list && found >= 0 && i < e->p->plan->sets; i++) {
        const struct keep_erasing_fate *f = &e->fate[i];
        struct keep_set_state st = {0};
        if (!e->set[i] && !f->earlier)
            continue;
        found = keep_sets_get(e->s, e->p->plan->set[i].set, e->a, &st, err);
        list[(*n)++] = (struct keep_erasecert_set){.is = &e->p->plan->set[i], .package = found == 0 ? st.package : (struct keep_str){NULL, 0}, .facility = f->facility, .what = f->what,
                                                   .from = (int32_t)f->from, .to = (int32_t)f->to, .at = f->earlier ? f->at : KEEP_TIME_NONE, .role = f->role};
    }
    *out = list;
    return !list ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : found < 0 ? found : 0;
}

static int certify(struct keep_erasing *e, struct keep_eraserun_result *out, struct keep_err *err)
{
    struct keep_remnant_found proof;
    struct keep_erasecert_set *set = NULL;
    struct keep_erasecert c = {.plan = e->p->plan, .intent = e->intent, .today = e->today, .officer = e->officer, .no_copies_by = e->no_copies_by, .left = out->left, .proof = &proof};
    int rc = keep_remnant_search(e->s, &proof, err);
    if (rc == 0)
        rc = certified_sets(e, &set, &c.sets, err);
    if (rc < 0)
        return rc;
    c.set = set;
    rc = keep_erasecert_make(e->s, &c, e->a, &out->certificate, &out->signature, err);
    return rc < 0 ? rc : keep_erasecert_enter(e->s, e->p->plan, keep_buf_view(&out->certificate), keep_buf_view(&out->signature), err);
}

/* Nothing is left to do: the plan's last certificate is handed out again, in case its file was never written. */
static int certificate_again(struct keep_erasing *e, struct keep_eraserun_result *out, struct keep_err *err)
{
    int rc = keep_erasecert_newest(e->s, e->p->plan, &out->certificate, &out->signature, err);
    return rc < 0 ? rc : 2;
}

/* A clock that stands wrong, or stood wrong before, makes days due that are not: then nothing is destroyed before somebody has looked at it. */
static int check_clock(const struct keep_erasing *e, struct keep_err *err)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    keep_time newest;
    keep_date today;
    int rc = keep_dates_today(e->s, &today, err);
    if (rc == 0 && e->p->plan->as_of > today)
        rc = keep_err_set(err, KEEP_E_REFUSED, "the plan judges by %s, a day to come: one of the clocks is wrong", keep_civil_format_date(e->p->plan->as_of, day));
    if (rc == 0)
        rc = keep_ledger_newest(e->s, &newest, err);
    if (rc == 0 && newest != KEEP_TIME_NONE && newest - keep_store_now(e->s) > KEEP_ERASERUN_SKEW && !e->p->clock_checked) {
        rc = keep_err_set(err, KEEP_E_REFUSED, "the ledger has an entry of %s, later than now: this clock is wrong, or another was", keep_civil_format_date(keep_civil_utc_date(newest), day));
        keep_err_hint(err, "look at the clock; --clock-checked states that today's date is right");
    }
    return rc;
}

static uint64_t still_left(const struct keep_erasing *e, const struct keep_eraserun_result *out)
{
    return e->p->plan->sets - count_chosen(e) - count_earlier(e) - out->ordered;
}

int keep_eraserun_dispose(struct keep_store *s, const struct keep_eraserun_params *p, struct keep_arena *a, struct keep_eraserun_result *out, struct keep_err *err)
{
    struct keep_erasing e = {.s = s, .p = p, .a = a};
    memset(out, 0, sizeof *out);
    keep_plan_digest(p->plan, e.plan);
    keep_codec_hex(e.plan, 32, e.plan_hex);
    int rc = keep_signer_of(s, p->officer, &e.officer, err);
    if (rc == 0)
        rc = keep_planrun_approved(s, p->plan, NULL, err);
    if (rc == 0)
        rc = check_clock(&e, err);
    if (rc == 0)
        rc = keep_sets_alone(s, err);
    if (rc == 0)
        rc = choose(&e, err);
    if (rc == 0 && p->packages)
        rc = keep_erasepacks_weigh(&e, err);
    if (rc < 0)
        goto out;
    out->reason = e.reason;
    out->left = still_left(&e, out);
    if (out->left == p->plan->sets) {
        rc = certificate_again(&e, out, err);
        goto out;
    }
    rc = order_elsewhere(&e, out, err);
    if (rc == 0)
        rc = keep_remnant_begin(s, err);
    if (rc == 0 && count_chosen(&e))
        rc = keep_eraseintent_enter(&e, err);
    if (rc == 0)
        rc = erase_all(&e, out, err);
    out->left = still_left(&e, out);
    if (rc == 0 && out->left == p->plan->sets)
        rc = 2;
    if (rc == 0 && count_chosen(&e) + count_earlier(&e) == 0) { /* all that could be done was to order */
        rc = out->left ? 1 : 0;
        goto out;
    }
    if (rc == 0)
        rc = keep_sets_rewrite_keyring(s, err);
    if (rc == 0)
        rc = certify(&e, out, err);
    if (rc == 0 && out->left)
        rc = 1;
out:
    keep_remnant_end(s);
    keep_dates_free(&e.d);
    return rc;
}
