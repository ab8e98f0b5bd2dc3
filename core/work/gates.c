/* An act "gate": subject the plan's digest, body
 *
 *   {"gate":TEXT,"done":DATE,"reference":TEXT,"sha256":HEX32,"sets":null|[HEX16,…],"plan":HEX32,"store":HEX16}
 *
 * signed by an officer. What does not verify counts for nothing. A gate is told
 * from another by its text, so a rule that words it anew asks for new evidence;
 * a text that holds "; " itself is taken for two gates, and both must be shown. */
#include "core/work/gates.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/text/utf8.h"
#include "core/work/dates.h"
#include "core/work/packs.h"
#include "core/work/signer.h"

#define EVIDENCE "chartkeep gate" /* trusted comment: a signature made for another act never passes for this one */
#define KIND "gate"

/* --- the words of a gate --- */

/* "… (at least 30 days before)" */
static void read_lead(struct keep_gates_one *g)
{
    static const struct { const char *word; enum keep_unit unit; } end[] = {
        {" day before)", KEEP_UNIT_DAYS}, {" days before)", KEEP_UNIT_DAYS}, {" month before)", KEEP_UNIT_MONTHS}, {" months before)", KEEP_UNIT_MONTHS}, {" year before)", KEEP_UNIT_YEARS}, {" years before)", KEEP_UNIT_YEARS}};
    static const char start[] = " (at least ";
    for (size_t i = 0; i < sizeof end / sizeof *end; i++) {
        size_t n = strlen(end[i].word), at;
        if (g->text.n <= n || memcmp(g->text.p + g->text.n - n, end[i].word, n) != 0)
            continue;
        int64_t lead = 0, unit = 1;
        for (at = g->text.n - n; at > 0 && g->text.p[at - 1] >= '0' && g->text.p[at - 1] <= '9' && unit <= 1000000; at--, unit *= 10)
            lead += (g->text.p[at - 1] - '0') * unit;
        if (at >= sizeof start - 1 && memcmp(g->text.p + at - (sizeof start - 1), start, sizeof start - 1) == 0) {
            g->lead = (int32_t)lead;
            g->unit = end[i].unit;
        }
        return;
    }
}

bool keep_gates_next(struct keep_str *rest, struct keep_gates_one *out)
{
    if (rest->n == 0)
        return false;
    const char *cut = memmem(rest->p, rest->n, "; ", 2);
    size_t n = cut ? (size_t)(cut - rest->p) : rest->n;
    *out = (struct keep_gates_one){.text = {rest->p, n}, .unit = KEEP_UNIT_DAYS};
    read_lead(out);
    n += cut ? 2 : 0;
    rest->p += n;
    rest->n -= n;
    return true;
}

keep_date keep_gates_opens(const struct keep_gates_one *g, keep_date done)
{
    if (g->lead == 0)
        return done;
    keep_date last = g->unit == KEEP_UNIT_DAYS ? done + g->lead : g->unit == KEEP_UNIT_MONTHS ? keep_civil_add_months(done, g->lead) : keep_civil_add_years(done, g->lead);
    return last == KEEP_DATE_NONE ? KEEP_DATE_NONE : last + 1;
}

/* --- what is recorded --- */

struct loading {
    struct keep_store *s;
    const char *plan_hex;
    struct keep_arena *a;
    struct keep_gates_evidence *list;
    size_t n, room;
};

static int more(struct loading *l, struct keep_err *err)
{
    if (l->n < l->room)
        return 0;
    size_t room = l->room ? 2 * l->room : 16;
    struct keep_gates_evidence *p = keep_arena_array(l->a, room, sizeof *p);
    if (!p)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (l->n)
        memcpy(p, l->list, l->n * sizeof *p);
    l->list = p;
    l->room = room;
    return 0;
}

static int read_sets(struct loading *l, const struct keep_json *v, struct keep_gates_evidence *e, struct keep_err *err)
{
    size_t n = keep_json_len(v);
    uint8_t (*set)[16] = keep_arena_array(l->a, n + 1, sizeof *set);
    if (!set)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        if (!keep_codec_unhex(keep_json_str(keep_json_at(v, i)), set[i], 16))
            return keep_err_set(err, KEEP_E_INTEGRITY, "evidence of a gate is malformed");
    qsort(set, n, sizeof *set, keep_plan_by_id);
    e->set = (const uint8_t (*)[16])set;
    e->sets = n;
    return 0;
}

static int each_evidence(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct loading *l = ctx;
    const struct keep_json *j;
    enum keep_precision prec;
    bool ok = true;
    struct keep_gates_evidence e = {.at = act->at};
    if (!keep_packs_signed(l->s, act->role, act->body, act->signature, EVIDENCE))
        return 0;
    struct keep_str body = keep_arena_str(l->a, act->body, &ok);
    e.role = keep_arena_str(l->a, act->role, &ok);
    int rc = ok ? keep_json_parse(&j, body, "evidence of a gate", l->a, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = more(l, err);
    if (rc < 0)
        return rc;
    const struct keep_json *sets = keep_json_get(j, "sets");
    e.gate = keep_json_str(keep_json_get(j, "gate"));
    e.reference = keep_json_str(keep_json_get(j, "reference"));
    if (!keep_str_is(keep_json_str(keep_json_get(j, "plan")), l->plan_hex) || !keep_codec_unhex(keep_json_str(keep_json_get(j, "sha256")), e.digest, 32) ||
        !keep_civil_parse_date(keep_json_str(keep_json_get(j, "done")), &e.done, &prec) || prec != KEEP_PREC_DAY || !sets || (sets->type == KEEP_JSON_ARRAY && sets->n == 0))
        return keep_err_set(err, KEEP_E_INTEGRITY, "evidence of a gate is malformed");
    if (sets->type == KEEP_JSON_ARRAY)
        rc = read_sets(l, sets, &e, err);
    if (rc == 0)
        l->list[l->n++] = e;
    return rc;
}

static void plan_name(const struct keep_plan *plan, uint8_t digest[32], char hex[65])
{
    keep_plan_digest(plan, digest);
    keep_codec_hex(digest, 32, hex);
}

int keep_gates_load(struct keep_gates *out, struct keep_store *s, const struct keep_plan *plan, struct keep_arena *a, struct keep_err *err)
{
    uint8_t digest[32];
    char hex[65];
    struct loading l = {.s = s, .plan_hex = hex, .a = a};
    plan_name(plan, digest, hex);
    struct keep_str subject = keep_str_of(hex);
    int rc = keep_txn_acts(s, KIND, &subject, each_evidence, &l, err);
    if (rc == 0)
        *out = (struct keep_gates){l.list, l.n};
    return rc;
}

keep_date keep_gates_from(const struct keep_gates *g, const struct keep_gates_one *one, const uint8_t set[16])
{
    keep_date first = KEEP_DATE_NONE;
    for (size_t i = 0; i < g->n; i++) {
        const struct keep_gates_evidence *e = &g->evidence[i];
        if (!keep_str_eq(e->gate, one->text) || (e->sets && !bsearch(set, e->set, e->sets, 16, keep_plan_by_id)))
            continue;
        keep_date opens = keep_gates_opens(one, e->done);
        if (opens != KEEP_DATE_NONE && (first == KEEP_DATE_NONE || opens < first))
            first = opens;
    }
    return first;
}

static const char *unmet(const struct keep_gates_one *one, keep_date from, struct keep_arena *a)
{
    static const char plain[] = "a gate is not met";
    struct keep_buf b = KEEP_BUF_INIT;
    char day[KEEP_CIVIL_DATE_SIZE];
    if (from == KEEP_DATE_NONE)
        keep_buf_printf(&b, "%s: no evidence is recorded of: %.*s", plain, (int)one->text.n, one->text.p);
    else
        keep_buf_printf(&b, "%s before %s: %.*s", plain, keep_civil_format_date(from, day), (int)one->text.n, one->text.p);
    const char *text = b.failed ? NULL : keep_arena_copy(a, (const char *)b.p, b.n);
    keep_buf_free(&b);
    return text ? text : plain;
}

const char *keep_gates_unmet(const struct keep_gates *g, const struct keep_plan_set *set, keep_date today, struct keep_arena *a)
{
    struct keep_str rest = set->gates;
    struct keep_gates_one one;
    while (keep_gates_next(&rest, &one)) {
        keep_date from = keep_gates_from(g, &one, set->set);
        if (from == KEEP_DATE_NONE || (today != KEEP_DATE_NONE && today < from))
            return unmet(&one, from, a);
    }
    return NULL;
}

/* --- recording --- */

static bool has_gate(const struct keep_plan_set *s, struct keep_str gate)
{
    struct keep_str rest = s->gates;
    struct keep_gates_one one;
    while (keep_gates_next(&rest, &one))
        if (keep_str_eq(one.text, gate))
            return true;
    return false;
}

static int check(struct keep_store *s, const struct keep_plan *plan, const struct keep_gates_evidence *w, struct keep_err *err)
{
    keep_date today;
    size_t with = 0;
    int rc = keep_dates_today(s, &today, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < plan->sets; i++)
        with += has_gate(&plan->set[i], w->gate);
    if (with == 0)
        return keep_err_set(err, KEEP_E_USAGE, "no set of this plan has that gate");
    for (size_t i = 0; i < w->sets; i++) {
        size_t k = keep_plan_find(plan, w->set[i]);
        if (k == SIZE_MAX || !has_gate(&plan->set[k], w->gate))
            return keep_err_set(err, KEEP_E_USAGE, "a set named is not of this plan, or has no such gate");
    }
    if (w->done > today)
        return keep_err_set(err, KEEP_E_USAGE, "evidence of a day to come: record it when it is done");
    if (w->reference.n > KEEP_GATES_REFERENCE || !keep_utf8_valid(w->reference))
        return keep_err_set(err, KEEP_E_USAGE, "a reference is at most %d bytes of text", KEEP_GATES_REFERENCE);
    return 0;
}

static void member(struct keep_jsonw *w, const char *key, struct keep_str v)
{
    keep_jsonw_key(w, key);
    keep_jsonw_str(w, v.p ? v : KEEP_STR(""));
}

static void body_text(struct keep_buf *out, struct keep_store *s, const struct keep_gates_evidence *e, const char *plan_hex)
{
    struct keep_jsonw w;
    char hex[65];
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    member(&w, "gate", e->gate);
    keep_jsonw_key(&w, "done");
    keep_jsonw_date(&w, e->done);
    member(&w, "reference", e->reference);
    keep_codec_hex(e->digest, 32, hex);
    member(&w, "sha256", keep_str_of(hex));
    keep_jsonw_key(&w, "sets");
    if (e->sets == 0) {
        keep_jsonw_null(&w);
    } else {
        keep_jsonw_array(&w);
        for (size_t i = 0; i < e->sets; i++) {
            keep_codec_hex(e->set[i], 16, hex);
            keep_jsonw_z(&w, hex);
        }
        keep_jsonw_end_array(&w);
    }
    member(&w, "plan", keep_str_of(plan_hex));
    keep_codec_hex(keep_store_id(s), 16, hex);
    member(&w, "store", keep_str_of(hex));
    keep_jsonw_end_object(&w);
}

int keep_gates_record(struct keep_store *s, const struct keep_plan *plan, const struct keep_gates_evidence *what, const struct keep_sign_secret *officer, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    const struct keep_officer *o;
    uint8_t digest[32];
    char hex[65];
    int rc = keep_signer_of(s, officer, &o, err);
    if (rc == 0)
        rc = check(s, plan, what, err);
    if (rc < 0)
        return rc;
    plan_name(plan, digest, hex);
    body_text(&body, s, what, hex);
    rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_sign_message(&sig, officer, body.p, body.n, "evidence of a gate", EVIDENCE, err);
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_GATE, err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR(KIND), .subject = keep_str_of(hex), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = o->role, .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, NULL, err);
        keep_txn_digest(s, "plan", digest);
        keep_txn_count(s, "gates", 1);
        rc = keep_txn_end(s, rc, err);
    }
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}
