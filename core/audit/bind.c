/* Who stands behind an account changes seldom, and most events ask for the same
 * time: each account's latest state is kept. What an expression read is collected
 * while it runs (bind_answer.c). */
#include "core/audit/bind_inside.h"

#include <stdlib.h>

#include "core/audit/posts.h"
#include "core/audit/rota.h"

enum {
    SCRATCH_KEEP = 256 * 1024, /* bytes of made values after which the scratch memory is used anew */
};

int keep_bind_init(struct keep_bind *b, const struct keep_policy *p, const struct keep_world *w, const struct keep_zone *zone,
                   struct keep_relate *relate, struct keep_err *err)
{
    *b = (struct keep_bind){.world = w, .policy = p, .zone = zone, .relate = relate, .account = KEEP_ID_NONE};
    b->scratch = keep_arena_new(0);
    b->users = calloc(w->accounts + 1, sizeof *b->users); /* lo = hi: not looked at */
    b->chart = malloc((w->workers + 1) * sizeof *b->chart);
    if (!b->scratch || !b->users || !b->chart)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    b->env = (struct keep_env){.ctx = b, .arena = b->scratch, .field = keep_bind_field, .call = keep_bind_call};
    for (size_t i = 0; i < w->workers; i++) {
        b->chart[i] = w->worker[i].patient;
        b->links_known |= b->chart[i] != KEEP_ID_NONE;
    }
    b->leaves_known = keep_rota_leaves(w);
    for (size_t i = 0; i < w->accounts && !b->maps_known; i++)
        for (size_t k = 0; k < w->account[i].spans; k++)
            b->maps_known |= w->account[i].span[k].worker != KEEP_ID_NONE;
    return 0;
}

void keep_bind_done(struct keep_bind *b)
{
    keep_arena_free(b->scratch);
    free(b->users);
    free(b->chart);
    b->scratch = NULL;
    b->users = NULL;
    b->chart = NULL;
}

void keep_bind_row(struct keep_bind_event *out, const struct keep_events *batch, uint32_t i)
{
    *out = (struct keep_bind_event){
        .source = batch->source, .ordinal = batch->ordinal[i], .time = batch->time[i], .account = batch->account[i],
        .patient = batch->patient[i], .place = batch->place[i], .unit = batch->unit[i], .action = batch->action[i],
        .exposure = batch->exposure[i], .outcome = batch->outcome[i], .purpose = batch->purpose[i],
        .break_glass = batch->break_glass[i], .searched = batch->searched[i], .reason = batch->reason[i],
    };
}

void keep_bind_set(struct keep_bind *b, const struct keep_bind_event *e)
{
    bool changed;
    b->e = *e;
    b->account = e->account;
    b->user = keep_bind_look(b, e->account, e->time, &changed);
}

/* ---- the user's state ---- */

static bool within(keep_time t, keep_time from, keep_time to)
{
    return (from == KEEP_TIME_NONE || t >= from) && (to == KEEP_TIME_NONE || t < to);
}

/* Nobody recorded an interval: unknown. Inside one whose end nobody recorded: unknown as well. */
static enum keep_tristate affiliation(const struct keep_worker *w, keep_time t, keep_time *lo, keep_time *hi)
{
    enum keep_tristate out = w->affiliations ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
    for (size_t i = 0; i < w->affiliations; i++) {
        const struct keep_interval *v = &w->affiliation[i];
        keep_relate_narrow(lo, hi, t, v->from);
        keep_relate_narrow(lo, hi, t, v->to);
        if (!within(t, v->from, v->to))
            continue;
        if (v->to != KEEP_TIME_NONE || v->end_known)
            out = KEEP_TRI_YES;
        else if (out != KEEP_TRI_YES)
            out = KEEP_TRI_UNKNOWN;
    }
    return out;
}

static void look(const struct keep_bind *b, uint32_t account, keep_time t, struct keep_bind_user *u)
{
    const struct keep_world *w = b->world;
    const struct keep_account *a = &w->account[account];
    for (size_t i = 0; i < a->spans; i++) {
        keep_relate_narrow(&u->lo, &u->hi, t, a->span[i].from);
        keep_relate_narrow(&u->lo, &u->hi, t, a->span[i].to);
        if (a->span_kind && a->span_kind[i] != KEEP_ACCOUNT_UNMAPPED && within(t, a->span[i].from, a->span[i].to))
            u->kind = a->span_kind[i];
    }
    u->worker = keep_world_holder(w, account, t, &u->mapped);
    if (u->worker != KEEP_ID_NONE) {
        u->affiliated = (uint8_t)affiliation(&w->worker[u->worker], t, &u->lo, &u->hi);
        u->post = keep_posts_of(&w->worker[u->worker], t);
        if (b->leaves_known)
            u->on_leave = (uint8_t)keep_rota_on_leave(w, u->worker, t, &u->lo, &u->hi);
    }
}

bool keep_bind_unnamed(const struct keep_world *w, const struct keep_bind_user *u, uint32_t account)
{
    enum keep_account_kind kind = (enum keep_account_kind)u->kind;
    if (u->worker != KEEP_ID_NONE)
        return false;
    if (kind == KEEP_ACCOUNT_UNMAPPED && account < w->accounts)
        kind = w->account[account].kind;
    return kind == KEEP_ACCOUNT_UNMAPPED || kind == KEEP_ACCOUNT_PERSON;
}

const struct keep_bind_user *keep_bind_look(struct keep_bind *b, uint32_t account, keep_time t, bool *changed)
{
    struct keep_bind_user *u = &b->users[account < b->world->accounts ? account : b->world->accounts];
    *changed = t < u->lo || t >= u->hi;
    if (*changed) {
        *u = (struct keep_bind_user){.lo = KEEP_RELATE_EVER, .hi = KEEP_RELATE_NEVER, .worker = KEEP_ID_NONE, .affiliated = KEEP_TRI_UNKNOWN};
        if (account < b->world->accounts)
            look(b, account, t, u);
    }
    return u;
}

/* ---- running ---- */

void keep_bind_begin(struct keep_bind *b)
{
    if (keep_arena_used(b->scratch) > SCRATCH_KEEP)
        keep_arena_reset(b->scratch);
    b->deps = 0;
    b->lo = KEEP_RELATE_EVER;
    b->hi = KEEP_RELATE_NEVER;
    b->own_late = false;
    b->by = NULL;
}

int keep_bind_run(struct keep_bind *b, const struct keep_expr *e, enum keep_tristate *out, struct keep_str *why, struct keep_err *err)
{
    struct keep_value v;
    keep_bind_begin(b);
    int rc = keep_expr_run(e, &b->env, &v);
    if (rc < 0)
        return keep_err_set(err, rc, "an expression of the policy could not be evaluated");
    *why = (struct keep_str){NULL, 0};
    if (v.type == KEEP_V_BOOL) {
        *out = v.b ? KEEP_TRI_YES : KEEP_TRI_NO;
    } else {
        *out = KEEP_TRI_UNKNOWN;
        *why = v.type == KEEP_V_UNKNOWN || v.type == KEEP_V_ERROR ? v.s : KEEP_STR("an expression that is not true or false");
    }
    return 0;
}
