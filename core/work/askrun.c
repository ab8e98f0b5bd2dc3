/* The audit's own verdict callback is the filter: one pass, the same verdicts
 * as any other run. */
#include "core/work/askrun.h"

#include <strings.h>

struct asking {
    struct keep_auditrun *r;
    const struct keep_ask_params *p;
    int (*each)(void *ctx, const struct keep_ask_row *, struct keep_err *);
    void *ctx;
};

static bool among(const uint32_t *list, size_t n, uint32_t x)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == x)
            return true;
    return n == 0;
}

#define NEAR ((keep_time)30 * 86400 * KEEP_USEC) /* a relation this close in time is worth showing */

const struct keep_relation *keep_askrun_relation(const struct keep_world *w, uint32_t patient, uint32_t worker, keep_time at)
{
    const struct keep_relation *best = NULL;
    keep_time best_gap = NEAR;
    if (patient == KEEP_ID_NONE || worker == KEEP_ID_NONE)
        return NULL;
    for (size_t i = keep_world_relations(w, patient); i < w->relations && w->relation[i].patient == patient; i++) {
        const struct keep_relation *r = &w->relation[i];
        keep_time to = r->open ? at : r->to == KEEP_TIME_NONE ? r->from : r->to;
        if (r->worker != worker || r->from == KEEP_TIME_NONE)
            continue;
        keep_time gap = at < r->from ? r->from - at : at > to ? at - to : 0;
        if (gap <= best_gap && (!best || gap < best_gap)) {
            best = r;
            best_gap = gap;
        }
    }
    return best;
}

static int on_verdict(void *ctx, const struct keep_events *b, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    struct asking *as = ctx;
    const struct keep_world *w = &as->r->world;
    const struct keep_policy *p = as->r->in.policy;
    if (!among(as->p->patient, as->p->patients, b->patient[i]) || !among(as->p->account, as->p->accounts, b->account[i]))
        return 0;
    struct keep_ask_row row = {.event = {b->source, b->ordinal[i]}, .verdict = v, .account = b->account[i], .patient = b->patient[i],
                               .time = b->time[i], .action = b->action[i], .exposure = b->exposure[i]};
    row.worker = keep_world_holder(w, row.account, row.time, NULL);
    if (rule >= 0)
        row.rule = v == KEEP_VERDICT_EXPECTED ? p->explanation[rule].id : p->access[rule].id;
    row.relation = keep_askrun_relation(w, row.patient, row.worker, row.time);
    return as->each(as->ctx, &row, err);
}

int keep_askrun(struct keep_auditrun *r, const struct keep_ask_params *p, int (*each)(void *ctx, const struct keep_ask_row *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct asking as = {r, p, each, ctx};
    r->in.verdict = on_verdict;
    r->in.verdict_ctx = &as;
    return keep_auditrun_run(r, err);
}

static bool same_text(struct keep_str a, struct keep_str b)
{
    return a.n == b.n && a.n > 0 && strncasecmp(a.p, b.p, a.n) == 0;
}

size_t keep_askrun_accounts(const struct keep_world *w, struct keep_str what, uint32_t *out, size_t max)
{
    size_t n = 0;
    for (uint32_t i = 0; i < w->accounts && n < max; i++) {
        bool hit = same_text(w->account[i].login, what);
        for (size_t k = 0; !hit && k < w->account[i].spans; k++) {
            uint32_t who = w->account[i].span[k].worker;
            hit = who != KEEP_ID_NONE && (same_text(w->worker[who].number, what) || same_text(w->worker[who].name, what));
        }
        if (hit)
            out[n++] = i;
    }
    return n;
}
