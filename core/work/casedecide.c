/* What the officer signs names the case, the keep, the status, the day, and the
 * digest of the worksheet; the worksheet itself, which tells of a patient, is
 * sealed with the case. It carries a random salt, so that the digest gives no
 * guess at the words away, and the dates that follow from it are put in by the
 * program: a date in a worksheet and one in a list cannot differ. */
#include "core/work/casedecide.h"

#include "core/audit/breach.h"
#include "core/base/codec.h"
#include "core/base/zone.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/model/vocab.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/signer.h"

#define PURPOSE "chartkeep decision of a case" /* trusted comment: a signature made for another act never passes for this one */

enum kind { TEXT, DAY, NUMBER, BOOL };
static const struct {
    const char *name;
    enum kind kind;
    bool always, substantiated; /* needed */
} fields[] = {
    {"rationale", TEXT, true, true},
    {"discovered", DAY, false, true},
    {"individuals", NUMBER, false, false},
    {"residents", NUMBER, false, false},
    {"nature_and_extent", TEXT, false, true},
    {"unauthorized_person", TEXT, false, true},
    {"acquired_or_viewed", TEXT, false, true},
    {"mitigation", TEXT, false, true},
    {"breach", BOOL, false, false},
    {"not_a_breach_because", TEXT, false, false},
};
#define FIELDS (sizeof fields / sizeof *fields)

static int field_of(struct keep_str name)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (keep_str_is(name, fields[i].name))
            return (int)i;
    return -1;
}

static bool fits(const struct keep_json *v, enum kind kind)
{
    enum keep_precision prec;
    keep_date d;
    int64_t n;
    switch (kind) {
    case TEXT: return v->type == KEEP_JSON_STRING && v->text.n > 0;
    case DAY: return keep_civil_parse_date(keep_json_str(v), &d, &prec) && prec == KEEP_PREC_DAY;
    case NUMBER: return keep_json_i64(v, &n) && n >= 1;
    case BOOL: return v->type == KEEP_JSON_TRUE || v->type == KEEP_JSON_FALSE;
    }
    return false;
}

int keep_casedecide_read(const struct keep_json **out, struct keep_str worksheet, bool substantiated, struct keep_arena *a, struct keep_err *err)
{
    static const char *const wants[] = {"some text", "a day as 2026-11-21", "a number from 1 on", "true or false"};
    const struct keep_json *j = NULL;
    if (worksheet.n > KEEP_CASEDECIDE_WORKSHEET)
        return keep_err_set(err, KEEP_E_USAGE, "worksheet: more than %zu bytes", KEEP_CASEDECIDE_WORKSHEET);
    int rc = keep_json_parse(&j, worksheet, "worksheet", a, err);
    if (rc < 0)
        return rc;
    if (j->type != KEEP_JSON_OBJECT)
        return keep_err_set(err, KEEP_E_USAGE, "worksheet: a JSON object is wanted");
    for (size_t i = 0; i < j->n; i++) {
        int f = field_of(j->name[i]);
        if (f < 0)
            return keep_err_set(err, KEEP_E_USAGE, "worksheet: member %zu is none of a worksheet's", i + 1);
        if (!fits(&j->item[i], fields[f].kind))
            return keep_err_set(err, KEEP_E_USAGE, "worksheet: \"%s\" must be %s", fields[f].name, wants[fields[f].kind]);
    }
    for (size_t f = 0; f < FIELDS; f++)
        if ((substantiated ? fields[f].substantiated : fields[f].always) && !keep_json_get(j, fields[f].name))
            return keep_err_set(err, KEEP_E_USAGE, "worksheet: \"%s\" is missing (45 CFR 164.402(2) wants each factor and its reason on file)", fields[f].name);
    const struct keep_json *breach = keep_json_get(j, "breach");
    if (substantiated && breach && breach->type == KEEP_JSON_FALSE && !keep_json_get(j, "not_a_breach_because"))
        return keep_err_set(err, KEEP_E_USAGE, "worksheet: a breach is presumed (45 CFR 164.402(2)): \"breach\": false needs \"not_a_breach_because\"");
    *out = j;
    return 0;
}

/* The clocks that run; *discovered KEEP_DATE_NONE when none does. */
static int clocks_of(struct keep_store *s, keep_time first, const struct keep_json *j, keep_date *discovered, struct keep_breach_clock out[KEEP_BREACH_CLOCKS], int *n, struct keep_err *err)
{
    const struct keep_json *breach = keep_json_get(j, "breach"), *d = keep_json_get(j, "discovered");
    int64_t individuals = 1, residents = 0;
    enum keep_precision prec;
    struct keep_zone *zone = NULL;
    *n = 0;
    *discovered = KEEP_DATE_NONE;
    if (!d)
        return 0;
    int rc = keep_zone_load(&zone, keep_store_zone(s), err);
    if (rc < 0)
        return rc;
    keep_civil_parse_date(keep_json_str(d), discovered, &prec);
    bool ahead = *discovered > keep_zone_date(zone, keep_store_now(s)), before = *discovered < keep_zone_date(zone, first);
    keep_zone_free(zone);
    if (ahead || before)
        return keep_err_set(err, KEEP_E_USAGE, "worksheet: \"discovered\" lies %s", ahead ? "ahead" : "before the first access of the case");
    keep_json_i64(keep_json_get(j, "individuals"), &individuals);
    keep_json_i64(keep_json_get(j, "residents"), &residents);
    if (residents > individuals)
        return keep_err_set(err, KEEP_E_USAGE, "worksheet: more \"residents\" of one State than \"individuals\" in all");
    if (!breach || breach->type == KEEP_JSON_TRUE)
        *n = keep_breach_clocks(*discovered, individuals, residents, out);
    return 0;
}

static void write_day(struct keep_jsonw *w, const char *name, keep_date d)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    keep_jsonw_key(w, name);
    keep_jsonw_z(w, keep_civil_format_date(d, text));
}

/* The worksheet as it goes on file: its members in the table's order, the clocks, and a salt. */
static void write_sheet(struct keep_buf *out, const struct keep_json *j, const struct keep_breach_clock *clock, int n)
{
    struct keep_jsonw w;
    uint8_t salt[16];
    char hex[33];
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    for (size_t f = 0; f < FIELDS; f++) {
        const struct keep_json *v = keep_json_get(j, fields[f].name);
        int64_t number;
        if (!v)
            continue;
        keep_jsonw_key(&w, fields[f].name);
        if (v->type == KEEP_JSON_STRING)
            keep_jsonw_str(&w, v->text);
        else if (keep_json_i64(v, &number))
            keep_jsonw_u64(&w, (uint64_t)number);
        else
            keep_jsonw_bool(&w, v->type == KEEP_JSON_TRUE);
    }
    keep_jsonw_key(&w, "clocks");
    keep_jsonw_array(&w);
    for (int i = 0; i < n; i++) {
        keep_jsonw_object(&w);
        keep_jsonw_key(&w, "notice_to");
        keep_jsonw_z(&w, clock[i].who);
        write_day(&w, "by", clock[i].by);
        keep_jsonw_key(&w, "cite");
        keep_jsonw_z(&w, clock[i].cite);
        keep_jsonw_key(&w, "checked");
        keep_jsonw_z(&w, clock[i].checked);
        keep_jsonw_end_object(&w);
    }
    keep_jsonw_end_array(&w);
    keep_secret_random(salt, sizeof salt);
    keep_codec_hex(salt, sizeof salt, hex);
    keep_jsonw_key(&w, "salt");
    keep_jsonw_z(&w, hex);
    keep_jsonw_end_object(&w);
}

static void write_decision(struct keep_buf *out, const struct keep_store *s, const char *name, enum keep_case_status status, struct keep_str sheet)
{
    struct keep_jsonw w;
    uint8_t digest[32];
    char hex[65];
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "case");
    keep_jsonw_z(&w, name);
    keep_codec_hex(keep_store_id(s), 16, hex);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "status");
    keep_jsonw_z(&w, keep_vocab_case_status_word((int)status));
    keep_jsonw_key(&w, "at");
    keep_jsonw_time(&w, keep_store_now(s));
    keep_hash_blake2b(digest, sheet.p, sheet.n);
    keep_codec_hex(digest, sizeof digest, hex);
    keep_jsonw_key(&w, "worksheet");
    keep_jsonw_z(&w, hex);
    keep_jsonw_end_object(&w);
}

/* "discovered 2026-03-01; individuals by 2026-04-30, HHS by 2027-03-01": in clear, it names nobody. */
static void write_dates(struct keep_buf *about, struct keep_buf *lines, keep_date discovered, const struct keep_breach_clock *clock, int n)
{
    char text[KEEP_CIVIL_DATE_SIZE];
    if (discovered != KEEP_DATE_NONE)
        keep_buf_printf(about, "discovered %s", keep_civil_format_date(discovered, text));
    for (int i = 0; i < n; i++) {
        keep_buf_printf(about, "%s%s by %s", i ? ", " : "; ", clock[i].who, keep_civil_format_date(clock[i].by, text));
        keep_buf_printf(lines, "notice to %s by %s at the latest (%s; %s)\n", clock[i].who, text, clock[i].cite, clock[i].checked);
    }
}

static int record(struct keep_casework *w, const struct keep_casebook_case *c, struct keep_casebook_step *step, const struct keep_act *act, struct keep_err *err)
{
    struct keep_casebook *b = NULL;
    int rc = keep_txn_begin(w->store, KEEP_LEDGER_CASE, err);
    if (rc < 0)
        return rc;
    rc = keep_txn_act(w->store, act, &step->act, err);
    if (rc == 0)
        rc = keep_casebook_new(&b, w->store, err);
    if (rc == 0)
        rc = keep_casebook_step(b, c->id, c->patient_key, step, NULL, err);
    if (rc == KEEP_E_REFUSED) { /* the chart has been destroyed: what is said of it is signed, and not kept */
        keep_err_clear(err);
        step->text = (struct keep_str){NULL, 0};
        rc = keep_casebook_step(b, c->id, c->patient_key, step, NULL, err);
    }
    keep_txn_count(w->store, "closed", 1);
    keep_casebook_free(b);
    return keep_txn_end(w->store, rc, err);
}

int keep_casedecide_close(struct keep_casework *w, const struct keep_casebook_case *c, enum keep_case_status status, struct keep_str worksheet,
                          const struct keep_sign_secret *officer, struct keep_buf *clocks, struct keep_err *err)
{
    const struct keep_json *j = NULL;
    struct keep_breach_clock clock[KEEP_BREACH_CLOCKS];
    struct keep_buf sheet = KEEP_BUF_INIT, body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT, about = KEEP_BUF_INIT, lines = KEEP_BUF_INIT;
    const struct keep_officer *o = NULL;
    keep_date discovered;
    char name[33];
    int n = 0;
    int rc = keep_signer_of(w->store, officer, &o, err);
    if (rc == 0 && c->closed)
        rc = keep_err_set(err, KEEP_E_REFUSED, "the case is closed already: reopen it first");
    if (rc == 0)
        rc = keep_casedecide_read(&j, worksheet, status == KEEP_CASE_SUBSTANTIATED, w->arena, err);
    if (rc == 0)
        rc = clocks_of(w->store, c->first, j, &discovered, clock, &n, err);
    if (rc == 0) {
        n = status == KEEP_CASE_SUBSTANTIATED ? n : 0;
        keep_codec_hex(c->name, sizeof c->name, name);
        write_sheet(&sheet, j, clock, n);
        write_decision(&body, w->store, name, status, keep_buf_view(&sheet));
        write_dates(&about, &lines, n ? discovered : KEEP_DATE_NONE, clock, n);
        rc = sheet.failed || body.failed || about.failed || lines.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    }
    if (rc == 0)
        rc = keep_sign_message(&sig, officer, body.p, body.n, "decision of a case", PURPOSE, err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("case closed"), .subject = keep_str_of(name), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = o->role, .at = keep_store_now(w->store)};
        struct keep_casebook_step step = {.kind = KEEP_CASEBOOK_CLOSED, .status = status, .who = o->role, .about = keep_buf_view(&about), .text = keep_buf_view(&sheet)};
        rc = record(w, c, &step, &act, err);
    }
    if (rc == 0)
        keep_buf_add(clocks, lines.p, lines.n);
    keep_buf_free(&sheet);
    keep_buf_free(&body);
    keep_buf_free(&sig);
    keep_buf_free(&about);
    keep_buf_free(&lines);
    return rc;
}

/* --- a decision looked at again --- */

struct verifying {
    struct keep_casework *w;
    const struct keep_casebook_entry *e;
    const char *name;
    struct keep_str role;
    bool ok;
};

static int each_decision(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct verifying *v = ctx;
    const struct keep_json *j;
    uint8_t digest[32];
    char hex[65], store[33];
    if (act->id != v->e->act)
        return 0;
    bool copied = true;
    struct keep_str body = keep_arena_str(v->w->arena, act->body, &copied);
    v->role = keep_arena_str(v->w->arena, act->role, &copied);
    if (!copied)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (!keep_packs_signed(v->w->store, v->role, body, act->signature, PURPOSE) || keep_json_parse(&j, body, "decision", v->w->arena, err) < 0) {
        keep_err_clear(err);
        return 1;
    }
    keep_codec_hex(keep_store_id(v->w->store), 16, store);
    keep_hash_blake2b(digest, v->e->text.p, v->e->text.n);
    keep_codec_hex(digest, sizeof digest, hex);
    v->ok = keep_str_is(keep_json_str(keep_json_get(j, "case")), v->name) && keep_str_is(keep_json_str(keep_json_get(j, "store")), store) &&
            keep_str_is(keep_json_str(keep_json_get(j, "status")), keep_vocab_case_status_word((int)v->e->status)) &&
            (v->e->lost || v->e->text.n == 0 || keep_str_is(keep_json_str(keep_json_get(j, "worksheet")), hex));
    return 1;
}

int keep_casedecide_verify(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casebook_entry *e, struct keep_str *role, struct keep_err *err)
{
    char name[33];
    keep_codec_hex(c->name, sizeof c->name, name);
    struct verifying v = {.w = w, .e = e, .name = name};
    struct keep_str subject = keep_str_of(name);
    int rc = keep_txn_acts(w->store, "case closed", &subject, each_decision, &v, err);
    if (rc < 0)
        return rc;
    if (!v.ok)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a decision of case %s is not what an officer signed", name);
    *role = v.role;
    return 0;
}
