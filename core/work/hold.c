/* A hold is an act "hold" (body: matter, patient, series, effective from); its
 * release an act "release" whose subject is the matter and whose body, signed by
 * the legal officer, names this keep, the day and the holds that it ends: it can
 * end no other, placed later for the same matter. Both stay for ever; what is in
 * force is computed. */
#include "core/work/hold.h"

#include "core/base/codec.h"
#include "core/policy/condition.h"
#include "core/store/load.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/packs.h"
#include "core/work/signer.h"

#define DAY ((keep_time)86400 * KEEP_USEC)
#define LEGAL "legal" /* the role that may release */
#define RELEASE "chartkeep release of a hold" /* trusted comment: a signature made for another act never passes for this one */

static int put_hold(struct keep_store *s, const struct keep_hold_order *order, uint64_t patient, uint64_t carries, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_jsonw w;
    uint64_t id;
    keep_jsonw_init(&w, &body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "matter");
    keep_jsonw_str(&w, order->matter);
    keep_jsonw_key(&w, "patient");
    if (patient)
        keep_jsonw_u64(&w, patient);
    else
        keep_jsonw_null(&w);
    keep_jsonw_key(&w, "series");
    keep_jsonw_str(&w, order->series);
    if (order->where.n) {
        keep_jsonw_key(&w, "where");
        keep_jsonw_str(&w, order->where);
    }
    keep_jsonw_key(&w, "effective_from");
    keep_jsonw_time(&w, order->effective_from == KEEP_TIME_NONE ? keep_store_now(s) : order->effective_from);
    if (carries) {
        keep_jsonw_key(&w, "carries");
        keep_jsonw_u64(&w, carries);
    }
    keep_jsonw_end_object(&w);
    struct keep_act act = {.kind = KEEP_STR("hold"), .subject = order->matter, .body = keep_buf_view(&body), .at = keep_store_now(s)};
    int rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_txn_act(s, &act, &id, err);
    keep_txn_count(s, "holds", 1);
    keep_buf_free(&body);
    return rc;
}

static bool has_series(const struct keep_policy *p, struct keep_str id)
{
    for (size_t i = 0; i < p->series_n; i++)
        if (keep_str_eq(p->series[i].id, id))
            return true;
    return false;
}

/* Refuses what would hold nothing for a slip of the pen. */
static int check_names(struct keep_store *s, const struct keep_hold_order *order, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    struct keep_packs packs = {0};
    struct keep_condition c;
    int rc = a ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0 && order->where.n)
        rc = keep_condition_compile(&c, order->where, a, &ds, err);
    if (rc == 0 && (rc = keep_packs_adopted(&packs, s, err)) == 0 && order->where.n && !keep_condition_known(c.when, packs.policy))
        rc = keep_err_set(err, KEEP_E_USAGE, "the condition names a label or series that no adopted pack declares");
    else if (rc == 0 && order->series.n && !has_series(packs.policy, order->series))
        rc = keep_err_set(err, KEEP_E_USAGE, "no adopted pack declares the series \"%.*s\"", (int)(order->series.n < 100 ? order->series.n : 100), order->series.p);
    else if (rc == KEEP_E_REFUSED && packs.texts == 0)
        rc = 0; /* nothing is adopted: nothing can be destroyed either, and all names are unknown */
    keep_packs_free(&packs);
    keep_arena_free(a);
    return rc;
}

int keep_hold_place(struct keep_store *s, const struct keep_hold_order *order, uint64_t *n, struct keep_err *err)
{
    if (order->matter.n == 0 || order->matter.n > 200)
        return keep_err_set(err, KEEP_E_USAGE, "a hold needs a matter of 1 to 200 bytes");
    int rc = order->where.n || order->series.n ? check_names(s, order, err) : 0;
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_HOLD, err);
    if (rc < 0)
        return rc;
    if (order->patients == 0)
        rc = put_hold(s, order, 0, 0, err);
    for (size_t i = 0; rc == 0 && i < order->patients; i++)
        rc = put_hold(s, order, order->patient[i], 0, err);
    rc = keep_txn_end(s, rc, err);
    if (rc == 0)
        *n = order->patients ? order->patients : 1;
    return rc;
}

int keep_hold_carry(struct keep_store *s, const struct keep_hold *hold, uint64_t patient, struct keep_err *err)
{
    struct keep_hold_order order = {.matter = hold->matter, .series = hold->series, .where = hold->where, .effective_from = hold->effective_from};

    return put_hold(s, &order, patient, hold->carries ? hold->carries : hold->id, err);
}

struct loading {
    struct keep_store *s;
    const struct keep_world *w; /* NULL: patients stay unmapped */
    struct keep_arena *a;
    struct keep_hold *hold;
    size_t n, cap;
};

/* One that no longer compiles, for the language changed, leaves nothing out. */
static int compile_where(struct loading *l, struct keep_hold *h, struct keep_err *err)
{
    struct keep_diags ds = {.arena = l->a};
    struct keep_condition c;
    struct keep_err why = {0};
    int rc = keep_condition_compile(&c, h->where, l->a, &ds, &why);
    if (rc == KEEP_E_USAGE)
        return 0;
    if (rc < 0)
        return keep_err_set(err, rc, "%s", why.text);
    h->when = c.when;
    h->of_record = c.of_record;
    return 0;
}

static int each_hold(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct loading *l = ctx;
    const struct keep_json *j;
    struct keep_str body = keep_arena_str(l->a, act->body, NULL);
    int rc = keep_json_parse(&j, body, "hold", l->a, err);
    if (rc < 0)
        return rc;
    if (!keep_arena_grow(l->a, &l->hold, &l->cap, l->n + 1, sizeof *l->hold, 64))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    const struct keep_json *p = keep_json_get(j, "patient");
    struct keep_hold h = {.id = act->id, .placed = act->at, .patient = KEEP_ID_NONE, .released = KEEP_TIME_NONE,
                          .matter = keep_json_str(keep_json_get(j, "matter")), .series = keep_json_str(keep_json_get(j, "series")),
                          .where = keep_json_str(keep_json_get(j, "where"))};
    const struct keep_json *carries = keep_json_get(j, "carries");
    bool zone;
    int64_t entity;
    if (!keep_civil_parse_time(keep_json_str(keep_json_get(j, "effective_from")), &h.effective_from, &zone))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a hold's text is malformed");
    if (p && p->type == KEEP_JSON_NUMBER) {
        if (!keep_json_i64(p, &entity))
            return keep_err_set(err, KEEP_E_INTEGRITY, "a hold's text is malformed");
        h.patient = l->w ? keep_load_patient_index(l->w, (uint64_t)entity) : KEEP_ID_NONE;
        if (l->w && h.patient == KEEP_ID_NONE)
            return 0; /* nothing of this patient is left to hold */
    }
    if (carries && (!keep_json_i64(carries, &entity) || entity <= 0))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a hold's text is malformed");
    if (h.where.n && (rc = compile_where(l, &h, err)) < 0)
        return rc;
    h.carries = carries ? (uint64_t)entity : 0;
    l->hold[l->n++] = h;
    return 0;
}

static void end_hold(struct loading *l, int64_t id, struct keep_str matter, keep_time at)
{
    for (size_t i = 0; i < l->n; i++)
        if ((l->hold[i].id == (uint64_t)id || l->hold[i].carries == (uint64_t)id) && keep_str_eq(l->hold[i].matter, matter) && l->hold[i].released == KEEP_TIME_NONE)
            l->hold[i].released = at + KEEP_HOLD_COOLING_DAYS * DAY;
}

static int each_release(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct loading *l = ctx;
    const struct keep_json *j, *holds;
    keep_time at;
    bool zone, ok = true;
    int64_t id;
    if (!keep_packs_signed(l->s, KEEP_STR(LEGAL), act->body, act->signature, RELEASE))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a hold's release is not signed by the legal officer");
    struct keep_str body = keep_arena_str(l->a, act->body, &ok);
    int rc = ok ? keep_json_parse(&j, body, "release", l->a, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc < 0)
        return rc;
    holds = keep_json_get(j, "holds");
    char store[33];
    keep_codec_hex(keep_store_id(l->s), 16, store);
    if (!keep_str_is(keep_json_str(keep_json_get(j, "store")), store) || !keep_civil_parse_time(keep_json_str(keep_json_get(j, "at")), &at, &zone))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a hold's release is not of this keep");
    for (size_t i = 0; i < keep_json_len(holds); i++)
        if (keep_json_i64(keep_json_at(holds, i), &id))
            end_hold(l, id, keep_json_str(keep_json_get(j, "release")), at);
    return 0;
}

int keep_hold_load(struct keep_store *s, const struct keep_world *w, struct keep_arena *a, struct keep_hold **out, size_t *n, struct keep_err *err)
{
    struct loading l = {.s = s, .w = w, .a = a};
    int rc = keep_txn_acts(s, "hold", NULL, each_hold, &l, err);
    if (rc == 0)
        rc = keep_txn_acts(s, "release", NULL, each_release, &l, err);
    if (rc == 0) {
        *out = l.hold;
        *n = l.n;
    }
    return rc;
}

/* What the legal officer signs. Returns how many holds it ends. */
static size_t release_text(struct keep_store *s, struct keep_str matter, const struct keep_hold *hold, size_t n, struct keep_buf *out)
{
    struct keep_jsonw w;
    size_t ends = 0;
    char store[33];
    keep_codec_hex(keep_store_id(s), 16, store);
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "release");
    keep_jsonw_str(&w, matter);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, store);
    keep_jsonw_key(&w, "at");
    keep_jsonw_time(&w, keep_store_now(s));
    keep_jsonw_key(&w, "holds");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < n; i++)
        if (keep_str_eq(hold[i].matter, matter) && hold[i].released == KEEP_TIME_NONE) {
            keep_jsonw_u64(&w, hold[i].id);
            ends++;
        }
    keep_jsonw_end_array(&w);
    keep_jsonw_end_object(&w);
    return ends;
}

int keep_hold_release(struct keep_store *s, struct keep_str matter, const struct keep_sign_secret *officer, uint64_t *n, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_hold *hold = NULL;
    const struct keep_officer *o = NULL;
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    size_t holds = 0, ends = 0;
    uint64_t id;
    int rc = a ? keep_signer_of(s, officer, &o, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0 && !keep_str_is(o->role, LEGAL))
        rc = keep_err_set(err, KEEP_E_REFUSED, "releasing a hold needs the key of the officer whose role is legal");
    if (rc == 0)
        rc = keep_hold_load(s, NULL, a, &hold, &holds, err);
    if (rc == 0) {
        ends = release_text(s, matter, hold, holds, &body);
        rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : ends == 0;
    }
    if (rc == 0)
        rc = keep_sign_message(&sig, officer, body.p, body.n, "release of a hold", RELEASE, err);
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_HOLD, err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("release"), .subject = matter, .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = o->role, .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, &id, err);
        keep_txn_count(s, "releases", ends);
        rc = keep_txn_end(s, rc, err);
    }
    if (rc == 0)
        *n = ends;
    keep_buf_free(&body);
    keep_buf_free(&sig);
    keep_arena_free(a);
    return rc;
}
