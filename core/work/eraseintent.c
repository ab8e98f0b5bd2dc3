/* What a disposal enters before it destroys, and finds again when it died. The
 * intent names each set with what the certificate says of it beside the plan
 * (facility, years, what a paper is): once it is gone it cannot be asked any more.
 * A set that is destroyed, that the last intent of the plan names and that no
 * certificate does, was destroyed by a run that came to none. */
#include "core/base/codec.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/erase_inside.h"

#define NO_COPIES "apart from the registered backups no copy of this keep's keyring.db with its keep.json exists, in snapshots or elsewhere"

/* Index in the plan of the set that a statement names; SIZE_MAX none. */
static size_t plan_index(const struct keep_plan *plan, struct keep_str hex)
{
    uint8_t id[16];
    return keep_codec_unhex(hex, id, sizeof id) ? keep_plan_find(plan, id) : SIZE_MAX;
}

struct past {
    struct keep_erasing *e;
    struct keep_arena *scratch; /* of one statement */
    bool certified;             /* statements are certificates, else intents */
};

/* What an intent or a certificate says of one set of this plan. */
static void past_set(struct past *p, const struct keep_act *act, const struct keep_json *one, bool ours, bool *ok)
{
    struct keep_erasing *e = p->e;
    size_t k = plan_index(e->p->plan, keep_json_str(keep_json_get(one, "set")));
    if (k == SIZE_MAX)
        return;
    if (!ours && (e->p->plan->set[k].onlys || keep_json_get(one, "single_records"))) /* what another plan did of single records says nothing of the rest */
        return;
    struct keep_erasing_fate *f = &e->fate[k];
    f->earlier = ours && !p->certified;
    f->at = act->at;
    if (!f->earlier)
        return;
    f->role = keep_arena_str(e->a, act->role, ok);
    f->facility = keep_arena_str(e->a, keep_json_str(keep_json_get(one, "facility")), ok);
    f->what = keep_arena_str(e->a, keep_json_str(keep_json_get(one, "what")), ok);
    keep_json_i64(keep_json_get(one, "from"), &f->from);
    keep_json_i64(keep_json_get(one, "to"), &f->to);
}

static int each_past(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct past *p = ctx;
    struct keep_erasing *e = p->e;
    const struct keep_json *j, *sets;
    bool ours = keep_str_is(act->subject, e->plan_hex), ok = true;
    keep_arena_reset(p->scratch);
    int rc = keep_json_parse(&j, act->body, p->certified ? "certificate" : "intent", p->scratch, err);
    if (rc < 0)
        return rc;
    sets = keep_json_get(j, "sets");
    for (size_t i = 0; i < keep_json_len(sets); i++)
        past_set(p, act, keep_json_at(sets, i), ours, &ok);
    if (ours && !p->certified) {
        e->intent = act->id;
        e->no_copies_by = keep_json_get(j, "states") ? keep_arena_str(e->a, act->role, &ok) : (struct keep_str){NULL, 0};
    }
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

int keep_eraseintent_past(struct keep_erasing *e, struct keep_err *err)
{
    struct past p = {.e = e, .scratch = keep_arena_new(0)};
    e->fate = keep_arena_array(e->a, e->p->plan->sets + 1, sizeof *e->fate);
    int rc = p.scratch && e->fate ? keep_txn_acts(e->s, "intent", NULL, each_past, &p, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    p.certified = true;
    if (rc == 0)
        rc = keep_txn_acts(e->s, "certificate", NULL, each_past, &p, err);
    keep_arena_free(p.scratch);
    return rc;
}

static void describe(const struct keep_erasing *e, size_t i)
{
    const struct keep_set *set = e->set[i];
    struct keep_erasing_fate *f = &e->fate[i];
    *f = (struct keep_erasing_fate){.at = KEEP_TIME_NONE, .what = set->what};
    if (set->facility != KEEP_ID_NONE)
        f->facility = e->d.world.facility[set->facility].name;
    if (set->service_first != KEEP_DATE_NONE && set->service_last != KEEP_DATE_NONE) {
        f->from = keep_civil_to_ymd(set->service_first).y;
        f->to = keep_civil_to_ymd(set->service_last).y;
    }
}

static void intent_set(struct keep_jsonw *w, const struct keep_erasing *e, size_t i)
{
    const struct keep_erasing_fate *f = &e->fate[i];
    char hex[33];
    keep_codec_hex(e->set[i]->id, 16, hex);
    keep_jsonw_object(w);
    keep_jsonw_key(w, "set");
    keep_jsonw_z(w, hex);
    keep_jsonw_key(w, "facility");
    keep_jsonw_str(w, f->facility.p ? f->facility : KEEP_STR(""));
    keep_jsonw_key(w, "what");
    keep_jsonw_str(w, f->what.p ? f->what : KEEP_STR(""));
    keep_jsonw_key(w, "from");
    keep_jsonw_i64(w, f->from);
    keep_jsonw_key(w, "to");
    keep_jsonw_i64(w, f->to);
    if (e->p->plan->set[i].onlys) {
        keep_jsonw_key(w, "single_records");
        keep_jsonw_u64(w, e->p->plan->set[i].onlys);
    }
    keep_jsonw_end_object(w);
}

static void intent_body(const struct keep_erasing *e, struct keep_buf *body)
{
    struct keep_jsonw w;
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "plan");
    keep_jsonw_z(&w, e->plan_hex);
    keep_jsonw_key(&w, "sets");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < e->p->plan->sets; i++)
        if (e->set[i]) {
            describe(e, i);
            intent_set(&w, e, i);
        }
    keep_jsonw_end_array(&w);
    if (e->p->clock_checked) {
        keep_jsonw_key(&w, "clock");
        keep_jsonw_z(&w, "checked: today's date is right");
    }
    if (e->p->no_other_copies) {
        keep_jsonw_key(&w, "states");
        keep_jsonw_z(&w, NO_COPIES);
    }
    keep_jsonw_end_object(&w);
}

int keep_eraseintent_enter(struct keep_erasing *e, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    intent_body(e, &body);
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
    if (rc == 0)
        e->no_copies_by = e->p->no_other_copies ? e->officer->role : (struct keep_str){NULL, 0};
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}
