/* What is taken over from an earlier audit, and left for a later one (carry.h).
 * Of a patient of whom nothing changed only some accesses are at hand, and the
 * first of a user's may not be among them. It matters only for who wrote after
 * it, and those were left with it: whoever else opened the chart before had
 * written before that, and a later access of theirs changes nothing. */
#include "core/audit/passes_inside.h"

#include <stdlib.h>

/* ---- what of the log is looked at ---- */

/* Did something about either of them change, or of what sources vouch for at that time? */
static bool changed(const struct keep_carry *c, uint32_t patient, uint32_t account, keep_time at)
{
    return (c->again != KEEP_TIME_NONE && at >= c->again) || (c->patients && patient != KEEP_ID_NONE && c->patient[patient]) || (c->accounts && account != KEEP_ID_NONE && c->account[account]);
}

int keep_passes_sort(struct keep_passes_member *m, const struct keep_events *b, uint32_t i, uint64_t last, enum keep_passes_sort *out, struct keep_err *err)
{
    struct keep_passes *p = m->run->p;
    const struct keep_carry *c = p->in->before;
    int64_t back = 0;
    *out = KEEP_PASSES_FRESH;
    if (b->ordinal[i] > last)
        return 0;
    *out = changed(c, b->patient[i], b->account[i], b->time[i]) ? KEEP_PASSES_AGAIN : KEEP_PASSES_BESIDE;
    if (*out == KEEP_PASSES_AGAIN)
        return 0;
    int rc = p->window[m->number] && c->base != KEEP_TIME_NONE ? keep_window_reach(p->window[m->number], p->judge[m->number], b, i, &back, err) : 0;
    if (!rc && (!back || b->time[i] < keep_relate_shift(c->base, -back)))
        *out = KEEP_PASSES_SETTLED;
    return rc;
}

bool keep_passes_known(const struct keep_passes_member *m, struct keep_event_id id)
{
    const struct keep_carry *c = m->run->p->in->before;
    return c && id.ordinal <= keep_carry_last(c, id.source);
}

bool keep_passes_stays(const struct keep_passes_member *m, const struct keep_rows_row *row)
{
    return !changed(m->run->p->in->before, row->patient, row->account, row->time);
}

bool keep_passes_wanted(struct keep_passes_member *m, bool near, uint32_t i, bool *known, uint64_t *had)
{
    const struct keep_carry *c = m->run->p->in->before;
    const struct keep_events *b = &m->batch.e;
    *had = 0;
    *known = keep_passes_known(m, (struct keep_event_id){b->source, b->ordinal[i]});
    if (!*known)
        return true;
    if (!near && !changed(c, b->patient[i], b->account[i], b->time[i]))
        return false; /* as it was judged it stays */
    struct keep_carry_hit *h = keep_carry_find(c, b->source, b->ordinal[i]);
    if (h) {
        *had = c->kind[h->kind].taken;
        h->state = KEEP_CARRY_JUDGED; /* nobody else judges this event */
    }
    return true;
}

/* Those who wrote late as an earlier audit knew them; others' accesses that it judged came behind what they wrote, and are of no consequence. */
void keep_passes_recall(struct keep_passes_member *m, uint32_t patient)
{
    const struct keep_carry *c = m->run->p->in->before;
    if (c->patient[patient])
        return;
    for (size_t k = keep_carry_lates(c, patient); k < c->lates && c->late[k].patient == patient; k++)
        if (!m->run->moved[c->late[k].worker])
            keep_relate_access(m->run->p->relate[m->number], c->late[k].worker, patient, c->late[k].first);
}

/* ---- what stands ---- */

static struct keep_rows_row row_of(const struct keep_carry_hit *h, const struct keep_carry_kind *kind)
{
    return (struct keep_rows_row){h->time, h->account, h->patient, h->place, h->unit, UINT32_MAX, kind->class, kind->reason};
}

/* Some of what an earlier audit left. */
static bool take(struct keep_passes_run *r, size_t *at, size_t *to)
{
    enum { PIECE = 8192 };
    return keep_crew_take(&r->taken, PIECE, r->p->in->before->hits, at, to);
}

/* Work of all members over it. */
static int share(struct keep_passes_run *r, void (*work)(void *ctx), struct keep_err *err)
{
    atomic_store(&r->taken, 0);
    return keep_passes_all(r, work, err);
}

/* Of each access its number in the window is its place among all that was left, so that nobody needs to count. */
static void collect_kept(struct keep_passes_member *m, size_t k)
{
    struct keep_passes_run *r = m->run;
    const struct keep_carry_hit *h = &r->p->in->before->hit[k];
    const struct keep_carry_kind *kind = &r->p->in->before->kind[h->kind];
    const struct keep_rows_row row = row_of(h, kind);
    if (h->state == KEEP_CARRY_STANDS && kind->taken)
        keep_window_again(r->p->window[0], r->kept + (uint32_t)k, r->p->judge[m->number], &row, (struct keep_event_id){kind->source, h->ordinal}, kind->taken);
}

static void collect_share(void *ctx)
{
    struct keep_passes_member *m = ctx;
    for (size_t k, to; take(m->run, &k, &to);)
        for (; k < to; k++)
            collect_kept(m, k);
}

static int tell_kept(struct keep_passes_member *m, size_t k)
{
    struct keep_passes *p = m->run->p;
    const struct keep_carry_hit *h = &p->in->before->hit[k];
    const struct keep_carry_kind *kind = &p->in->before->kind[h->kind];
    const struct keep_rows_row row = row_of(h, kind);
    struct keep_judgement v = {(enum keep_verdict)kind->verdict, kind->explanation, p->in->before->word + kind->fired, kind->fired_n, kind->own_late, 0};
    struct keep_passes_event e = {.batch = &m->batch.e, .at = UINT32_MAX, .v = &v, .alone = v.verdict, .run = m->run_of, .known = true, .taken = kind->taken, .kept = kind, .member = m->number};
    m->batch.e.n = 0;
    keep_rows_put(&m->batch, &row, (struct keep_event_id){kind->source, h->ordinal});
    bool taken = kind->taken && m->run->counts;
    e.subject = taken ? keep_window_subject(p->window[0], m->run->kept + (uint32_t)k) : keep_judge_who(p->judge[m->number], h->account, h->time);
    if (taken)
        e.runs = keep_window_find(p->window[0], m->run->kept + (uint32_t)k, m->run_of);
    if (e.runs)
        v.verdict = KEEP_VERDICT_FLAGGED;
    return p->tell(p->ctx, &e, &m->err);
}

static void tell_share(void *ctx)
{
    struct keep_passes_member *m = ctx;
    int rc = 0;
    keep_rows_open(&m->batch);
    for (size_t k, to; !rc && take(m->run, &k, &to);)
        for (; k < to && !rc; k++)
            if (m->run->p->in->before->hit[k].state == KEEP_CARRY_STANDS)
                rc = tell_kept(m, k);
    keep_passes_finish(m, rc);
}

int keep_passes_collect_known(struct keep_passes_run *r, struct keep_err *err)
{
    const struct keep_carry *c = r->p->in->before;
    int rc = c ? keep_window_reserve(r->p->window[0], c->hits, &r->kept, err) : 0;
    return rc || !c ? rc : share(r, collect_share, err);
}

int keep_passes_tell_known(struct keep_passes_run *r, struct keep_err *err)
{
    return r->p->in->before ? share(r, tell_share, err) : 0;
}

/* ---- from one audit to the next ---- */

int keep_passes_begin(struct keep_passes_run *r, struct keep_err *err)
{
    const struct keep_carry *c = r->p->in->before;
    const struct keep_world *w = r->p->in->world;
    struct keep_idle *idle = keep_relate_idle(r->p->relate[0]);
    if (r->p->in->after && !(r->met = calloc(w->patients + 1, sizeof *r->met)))
        return keep_passes_no_memory(err);
    if (!c)
        return 0;
    for (unsigned i = 0; i < r->p->members && r->p->window[i]; i++)
        keep_window_keep(r->p->window[i], c->whole);
    if (!(r->moved = calloc(w->workers + 1, sizeof *r->moved)) || ((c->patients || c->accounts || c->again != KEEP_TIME_NONE) && !c->sieve && keep_carry_sieve(r->p->in->before)))
        return keep_passes_no_memory(err);
    for (size_t i = 0; i < w->accounts; i++)
        for (size_t k = 0; c->account[i] & KEEP_CARRY_CHANGED && k < w->account[i].spans; k++)
            if (w->account[i].span[k].worker < w->workers)
                r->moved[w->account[i].span[k].worker] = 1;
    return idle ? keep_idle_merge(idle, &c->idle, err) : 0;
}

int keep_passes_leave(struct keep_passes_run *r, struct keep_err *err)
{
    const struct keep_carry *c = r->p->in->before;
    struct keep_carry *a = r->p->in->after;
    const struct keep_idle *idle = keep_relate_idle(r->p->relate[0]);
    bool ok = true;
    a->events = (c ? c->events : 0) + r->p->fresh;
    a->opened = (c ? c->opened : 0) + r->p->opened;
    a->whole = r->p->whole;
    a->newest = c ? c->newest : KEEP_TIME_NONE;
    for (size_t i = 0; c && i < c->sources && ok; i++)
        ok = keep_carry_reach(a, c->since[i].source, c->since[i].ordinal) == 0;
    for (size_t i = 0; c && i < c->lates && ok; i++)
        if (!r->met[c->late[i].patient] && !c->patient[c->late[i].patient] && !r->moved[c->late[i].worker])
            ok = keep_carry_add_late(a, &c->late[i]) == 0;
    for (unsigned k = 0; k < r->p->members; k++) {
        const struct keep_carry *m = &r->member[k].left;
        if (m->newest != KEEP_TIME_NONE && (a->newest == KEEP_TIME_NONE || m->newest > a->newest))
            a->newest = m->newest;
        for (size_t i = 0; i < m->sources && ok; i++)
            ok = keep_carry_reach(a, m->since[i].source, m->since[i].ordinal) == 0;
        for (size_t i = 0; i < m->lates && ok; i++)
            ok = keep_carry_add_late(a, &m->late[i]) == 0;
    }
    if (!ok)
        return keep_passes_no_memory(err);
    int rc = idle ? keep_idle_init(&a->idle, r->p->in->world->accounts, err) : 0;
    return rc || !idle ? rc : keep_idle_merge(&a->idle, idle, err);
}
