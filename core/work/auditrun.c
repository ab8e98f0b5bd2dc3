/* Ties store, labels and the audit engine together. */
#include "core/work/auditrun.h"

#include <stdio.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/base/num.h"
#include "core/retention/retention.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"
#include "core/work/auditsince.h"
#include "core/work/importrun.h"

static int set_labels(struct keep_auditrun *r, const struct keep_policy *p, struct keep_err *err)
{
    struct keep_load_records *rec = NULL;
    struct keep_record_scan scan;
    int rc = keep_load_records_open(&rec, r->store, &r->world, &scan, err);
    if (rc == 0)
        rc = keep_retention_labels(p, &r->world, &scan, err);
    keep_load_records_close(rec);
    return rc;
}

int keep_auditrun_open(struct keep_auditrun *r, struct keep_store *s, const struct keep_packs *packs, keep_time as_of, struct keep_str revealed, struct keep_err *err)
{
    return keep_auditrun_open_by(r, s, &(struct keep_auditrun_asked){packs, as_of, revealed, 1}, err);
}

int keep_auditrun_open_by(struct keep_auditrun *r, struct keep_store *s, const struct keep_auditrun_asked *asked, struct keep_err *err)
{
    const struct keep_packs *packs = asked->packs;
    int rc = 0;
    *r = (struct keep_auditrun){
        .store = s,
        .in = {.policy = packs->policy, .world = &r->world, .scan = &r->scan, .as_of = asked->as_of, .mask = keep_mask_case, .mask_ctx = &r->mask, .threads = asked->threads},
    };
    r->arena = keep_arena_new(0);
    if (!r->arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_mask_init(&r->mask, s, r->arena);
    r->mask.revealed = asked->revealed;
    if (asked->threads > 1)
        rc = keep_crew_new(&r->crew, asked->threads, err);
    if (rc == 0 && !packs->trial) /* first, so that cases are read while the world is */
        rc = keep_caserun_open(&r->cases, r, err);
    if (rc == 0)
        rc = keep_load_world_by(r->crew, s, r->arena, &r->world, err);
    if (rc == 0)
        rc = keep_import_weigh(s, r->world.source, r->world.sources, err);
    if (rc == 0 && packs->policy->labels)
        rc = set_labels(r, packs->policy, err);
    if (rc == 0)
        rc = keep_zone_load(&r->zone, keep_store_zone(s), err);
    if (rc == 0)
        rc = keep_load_events_open(&r->events, s, &r->world, &r->scan, err);
    r->in.zone = r->zone;
    r->in.total_events = rc == 0 ? keep_load_events_only(r->events, NULL) : 0;
    return rc;
}

int keep_auditrun_since(struct keep_auditrun *r, const struct keep_packs *packs, const char *full, struct keep_err *err)
{
    return keep_auditsince_open(&r->since, r, packs, full, err);
}

int keep_auditrun_run(struct keep_auditrun *r, struct keep_err *err)
{
    return keep_audit_run(&r->in, r->arena, &r->result, err);
}

void keep_auditrun_free(struct keep_auditrun *r)
{
    keep_caserun_free(r->cases);
    keep_auditsince_free(r->since);
    keep_load_events_close(r->events);
    keep_zone_free(r->zone);
    keep_crew_free(r->crew);
    keep_arena_free(r->arena);
    memset(r, 0, sizeof *r);
}

static void write_counts(struct keep_jsonw *w, const struct keep_audit_result *res, const struct keep_packs *packs)
{
    char hex[65];
    keep_jsonw_key(w, "as_of");
    keep_jsonw_time(w, res->as_of);
    keep_jsonw_key(w, "events");
    keep_jsonw_u64(w, res->events);
    for (int v = 0; v < KEEP_VERDICT_COUNT; v++) {
        keep_jsonw_key(w, keep_vocab_verdict_word(v));
        keep_jsonw_u64(w, res->verdicts[v]);
    }
    keep_jsonw_key(w, "packs");
    keep_jsonw_array(w);
    for (size_t i = 0; i < packs->texts; i++) {
        keep_codec_hex(packs->digest[i], 32, hex);
        keep_jsonw_z(w, hex);
    }
    keep_jsonw_end_array(w);
    keep_jsonw_key(w, "rules");
    keep_jsonw_array(w);
    for (size_t i = 0; i < packs->policy->accesses; i++) {
        keep_jsonw_object(w);
        keep_jsonw_key(w, "rule");
        keep_jsonw_str(w, packs->policy->access[i].id);
        keep_jsonw_key(w, "fired");
        keep_jsonw_u64(w, res->access[i].fired);
        keep_jsonw_key(w, "cases");
        keep_jsonw_u64(w, res->access[i].cases);
        keep_jsonw_key(w, "excepted");
        keep_jsonw_u64(w, res->access[i].excepted);
        keep_jsonw_key(w, "unable");
        keep_jsonw_u64(w, res->access[i].unable);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
}

static void write_cases(struct keep_jsonw *w, const struct keep_caserun_counts *n)
{
    const struct { const char *name; uint64_t n; } part[] = {{"cases", n->cases}, {"new", n->fresh}, {"changed", n->changed}, {"reopened", n->reopened}, {"closing_proposed", n->proposed}};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        keep_jsonw_key(w, part[i].name);
        keep_jsonw_u64(w, part[i].n);
    }
    keep_jsonw_key(w, "looked_back");
    keep_jsonw_bool(w, n->looked_back);
}

int keep_auditrun_record(struct keep_auditrun *r, const struct keep_packs *packs, struct keep_caserun_counts *counts, struct keep_err *err)
{
    struct keep_caserun_counts n = {0};
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_jsonw w;
    uint64_t id;
    int rc = r->since ? keep_auditsince_leave(r->since, err) : 0;
    if (rc == 0)
        rc = keep_txn_begin(r->store, KEEP_LEDGER_AUDIT, err);
    if (rc < 0)
        return rc;
    rc = keep_caserun_store(r->cases, &n, err);
    if (rc == 0 && r->since)
        rc = keep_auditsince_store(r->since, n.fresh || n.changed || n.proposed, err);
    keep_jsonw_init(&w, &body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "run");
    keep_jsonw_z(&w, r->in.before ? "since" : "full");
    keep_jsonw_key(&w, "judged_again"); /* excepted and unable are of accesses as they were first judged */
    keep_jsonw_bool(&w, r->result.judged_again);
    write_counts(&w, &r->result, packs);
    write_cases(&w, &n);
    keep_jsonw_end_object(&w);
    if (rc == 0 && body.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("audit"), .subject = KEEP_STR("access"), .body = keep_buf_view(&body), .at = keep_store_now(r->store)};
        rc = keep_txn_act(r->store, &act, &id, err);
        keep_txn_count(r->store, "events", r->result.events);
        keep_txn_count(r->store, "cases", n.cases);
        keep_txn_count(r->store, "cases_new", n.fresh);
    }
    rc = keep_txn_end(r->store, rc, err);
    keep_buf_free(&body);
    if (rc == 0 && counts)
        *counts = n;
    return rc;
}

static const struct keep_source *source_of(const struct keep_world *w, uint32_t id)
{
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == id)
            return &w->source[i];
    return NULL;
}

struct keep_str keep_auditrun_event_text(struct keep_auditrun *r, struct keep_event_id id)
{
    const struct keep_source *s = source_of(&r->world, id.source);
    char text[320];
    int n = snprintf(text, sizeof text, "%.*s:%llu", s ? (int)(s->name.n < 256 ? s->name.n : 256) : 1, s ? s->name.p : "?", (unsigned long long)id.ordinal);
    return keep_arena_str(r->arena, (struct keep_str){text, n > 0 ? (size_t)n : 0}, NULL);
}

bool keep_auditrun_event_id(const struct keep_auditrun *r, struct keep_str text, struct keep_event_id *out)
{
    size_t colon = text.n;
    while (colon > 0 && text.p[colon - 1] != ':')
        colon--;
    uint64_t ordinal;
    if (colon < 2 || !keep_num_u64((struct keep_str){text.p + colon, text.n - colon}, &ordinal) || ordinal >> KEEP_ORDINAL_BITS)
        return false;
    for (size_t i = 0; i < r->world.sources; i++)
        if (keep_str_eq(r->world.source[i].name, (struct keep_str){text.p, colon - 1})) {
            *out = (struct keep_event_id){r->world.source[i].id, ordinal};
            return true;
        }
    return false;
}

struct keep_str keep_auditrun_account(struct keep_auditrun *r, const struct keep_case *c)
{
    if (c->account == KEEP_ID_NONE)
        return (struct keep_str){NULL, 0};
    const struct keep_account *a = &r->world.account[c->account];
    return keep_mask_text(&r->mask, c->id, 16, "account", a->entity, a->login);
}

struct keep_str keep_auditrun_user(struct keep_auditrun *r, const struct keep_case *c)
{
    if (c->worker == KEEP_ID_NONE)
        return (struct keep_str){NULL, 0};
    const struct keep_worker *w = &r->world.worker[c->worker];
    return keep_mask_text(&r->mask, c->id, 16, "user", w->entity, w->name);
}

struct keep_str keep_auditrun_patient(struct keep_auditrun *r, const struct keep_case *c)
{
    if (c->patient == KEEP_ID_NONE)
        return (struct keep_str){NULL, 0};
    const struct keep_patient *p = &r->world.patient[c->patient];
    return keep_mask_text(&r->mask, c->id, 16, "patient", p->entity, p->name.n ? p->name : p->mrn);
}
