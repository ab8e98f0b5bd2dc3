/* Parts of the log, judged patient by patient and pair by pair. Most
 * events are passed over: what is at hand of their pair decides them. */
#include "core/audit/passes_inside.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"

enum { FIRST = 256 }; /* items a list begins with */

static int words_add(struct keep_passes_member *m, const void *p, size_t bytes)
{
    size_t n = (bytes + 3) / 4;
    if (!keep_grow(&m->word, &m->word_room, m->words + n, sizeof *m->word, FIRST))
        return -1;
    if (bytes)
        memcpy(m->word + m->words, p, bytes);
    m->words += n;
    return 0;
}

static int wait_for_runs(struct keep_passes_member *m, const struct keep_rows_row *row, const struct keep_passes_event *e)
{
    const struct keep_judgement *v = e->v;
    if (!keep_grow(&m->waiting, &m->wait_room, m->waits + 1, sizeof *m->waiting, FIRST))
        return -1;
    m->waiting[m->waits++] = (struct keep_passes_waiting){*row, e->taken, v->unknown, v->explanation, m->words, (uint16_t)v->fired_n, (uint8_t)v->verdict, v->own_late, e->evidence != NULL, e->known};
    return words_add(m, v->fired, v->fired_n * 4u) || (e->evidence && words_add(m, e->evidence, keep_judge_evidences(m->run->p->judge[m->number])));
}

/* Event 0 of the batch. near: a counting rule may want it. */
static int judge_event(struct keep_passes_member *m, const struct keep_rows_row *row, bool near, struct keep_err *err)
{
    struct keep_passes *p = m->run->p;
    const struct keep_events *b = &m->batch.e;
    struct keep_judge *j = p->judge[m->number];
    struct keep_judgement v;
    struct keep_window_judged w = {.batch = b, .v = &v};
    struct keep_passes_event e = {.batch = b, .at = row->at, .v = &v, .member = m->number};
    if (!keep_passes_wanted(m, near, 0, &e.known, &w.had))
        return 0;
    keep_judge_mute(j, e.known);
    int rc = keep_judge_event(j, b, 0, &v, err);
    if (!rc && (near || w.had || (m->run->unfiltered && v.explanation < 0)))
        rc = keep_window_collect(p->window[m->number], p->window[0], j, &w, err);
    e.taken = w.taken;
    if (!rc && (w.taken || v.verdict >= KEEP_VERDICT_UNEXPLAINED)) {
        rc = keep_judge_evidence(j, b, 0, m->code, err);
        e.evidence = m->code;
    }
    e.alone = v.verdict;
    e.subject = keep_judge_subject(j, b, 0);
    if (!rc && p->look)
        rc = p->look(p->ctx, &e, err);
    if (rc || !w.taken)
        return rc ? rc : p->tell(p->ctx, &e, err);
    return wait_for_runs(m, row, &e) ? keep_passes_no_memory(err) : 0;
}

_Static_assert(KEEP_VERDICT_UNEXPLAINED == 2 && KEEP_VERDICT_FLAGGED == 3, "what a case is made of stands at the end");

struct late {
    struct keep_passes_member *m;
    uint32_t patient;
};

static int leave_late(void *ctx, uint32_t worker, keep_time first)
{
    struct late *l = ctx;
    return keep_carry_add_late(&l->m->left, &(struct keep_carry_late){worker, l->patient, first});
}

static int note_first(struct keep_passes_member *m, const struct keep_rows_order *o, size_t from, size_t to)
{
    struct keep_passes *p = m->run->p;
    uint32_t patient = keep_rows_at(o, from)->patient;
    struct late late = {m, patient};
    if (patient < p->in->world->patients && m->run->met)
        m->run->met[patient] = 1;
    if (patient >= p->in->world->patients || !keep_relate_authored(p->relate[m->number], patient))
        return 0;
    if (p->in->before)
        keep_passes_recall(m, patient);
    const struct keep_bind_user *u = NULL;
    const struct keep_rows_row *last = NULL; /* noted */
    for (size_t k = from; k < to; k++) {
        const struct keep_rows_row *r = keep_rows_at(o, k);
        if (keep_terms_class_exposure(r->class) != KEEP_EXPOSURE_OPENED || (u && r->account == last->account && r->time >= last->time && r->time < u->hi))
            continue; /* or a later one of the same user */
        u = keep_judge_user(p->judge[m->number], r->account, r->time);
        last = r;
        if (u->worker != KEEP_ID_NONE)
            keep_relate_access(p->relate[m->number], u->worker, patient, r->time);
    }
    return p->in->after ? keep_relate_late(p->relate[m->number], leave_late, &late) : 0;
}

/* May a counting rule want the row's event, whatever explains it? */
static int is_near(struct keep_passes_member *m, const struct keep_rows_row *r, bool *out, struct keep_err *err)
{
    enum { NO = 1, YES };
    struct keep_passes *p = m->run->p;
    uint8_t *takes = &m->takes[r->class];
    int rc = 0;
    if (!*takes) {
        m->batch.e.n = 0;
        keep_rows_put(&m->batch, r, (struct keep_event_id){0, 0}); /* who it is is not asked */
        rc = keep_window_takes(p->window[m->number], p->window[0], p->judge[m->number], &m->batch.e, 0, out, err);
        *takes = *out ? YES : NO;
    }
    *out = *takes == YES && keep_window_near(p->window[m->number], p->window[0], p->judge[m->number], r->class, r);
    return rc;
}

/* Is the row's event judged by what is at hand of its pair, and passed over? known: an earlier audit judged it. */
static bool pass_over(const struct keep_passes_member *m, const struct keep_rows_row *row, bool known)
{
    struct keep_passes *p = m->run->p;
    struct keep_judgement v;
    if (known)
        return keep_passes_stays(m, row);
    if (!p->pass || p->look)
        return false;
    keep_judge_mute(p->judge[m->number], false);
    if (!keep_judge_quick(p->judge[m->number], row->class, row->account, row->patient, row->time, &v))
        return false;
    p->pass(p->ctx, row->at, v.verdict, v.explanation, m->number);
    return true;
}

/* Puts the rows of a group in order and has what is known of their people brought nearer, a group ahead. */
static void approach(struct keep_passes_member *m, struct keep_rows_order *o, size_t group)
{
    if (group >= o->groups)
        return;
    keep_rows_pairs(o, group);
    for (size_t k = o->begin[group]; k < o->begin[group + 1]; k++) {
        const struct keep_rows_row *r = keep_rows_at(o, k);
        if (k == o->begin[group] || r->account != keep_rows_at(o, k - 1)->account)
            keep_judge_fetch(m->run->p->judge[m->number], r->account);
    }
}

/* The rows of one group, pair by pair. */
static int judge_group(struct keep_passes_member *m, struct keep_rows_order *o, size_t group, struct keep_err *err)
{
    const bool before = m->run->p->in->before != NULL;
    size_t from = o->begin[group], to = o->begin[group + 1];
    approach(m, o, group + 1);
    int rc = from < to && note_first(m, o, from, to) ? keep_passes_no_memory(err) : 0;
    for (size_t k = from; k < to && !rc; k++) {
        const struct keep_rows_row *row = keep_rows_at(o, k);
        bool near = false;
        struct keep_event_id id = {0, 0}; /* ids lie far apart: one is looked for where it is needed */
        if (before)
            id = keep_places_id(&m->run->places, row->at);
        rc = m->run->counts ? is_near(m, row, &near, err) : 0;
        if (rc || (!near && pass_over(m, row, before && keep_passes_known(m, id))))
            continue;
        m->batch.e.n = 0;
        keep_rows_put(&m->batch, row, before ? id : keep_places_id(&m->run->places, row->at));
        rc = judge_event(m, row, near, err);
    }
    return rc;
}

/* One part of those at hand. */
static int judge_part(struct keep_passes_member *m, uint32_t part)
{
    enum { PATIENCE = 65536 }; /* events between two looks at whether to stop */
    struct keep_passes_run *r = m->run;
    struct keep_rows_order *o = &m->order;
    const struct keep_rows_list *list[KEEP_AUDIT_THREADS];
    for (unsigned i = 0; i < r->p->members; i++)
        list[i] = &r->member[i].list[part];
    int rc = keep_rows_sort(o, &r->shape, list, r->p->members) ? keep_passes_no_memory(&m->err) : 0;
    if (!rc)
        approach(m, o, 0);
    for (size_t g = 0; !rc && g < o->groups; g++) {
        rc = judge_group(m, o, g, &m->err);
        m->since += o->begin[g + 1] - o->begin[g];
        if (!rc && m->since >= PATIENCE) {
            rc = keep_passes_step(r, m->since, &m->err);
            m->since = 0;
        }
    }
    for (unsigned i = 0; i < r->p->members; i++)
        keep_rows_clear(&r->member[i].list[part], &m->pool);
    return rc;
}

void keep_passes_judge(void *ctx)
{
    struct keep_passes_member *m = ctx;
    struct keep_passes_run *r = m->run;
    int rc = 0;
    keep_rows_open(&m->batch);
    m->since = 0;
    for (uint32_t part; !rc && (part = atomic_fetch_add(&r->next, 1)) < r->step;)
        rc = judge_part(m, part);
    keep_rows_done(&m->order);
    keep_passes_finish(m, rc ? rc : keep_passes_step(r, m->since, &m->err));
}

void keep_passes_tell_waiting(void *ctx)
{
    struct keep_passes_member *m = ctx;
    struct keep_passes *p = m->run->p;
    int rc = 0;
    keep_rows_open(&m->batch);
    for (size_t k = 0; k < m->waits && !rc; k++) {
        const struct keep_passes_waiting *w = &m->waiting[k];
        struct keep_judgement v = {(enum keep_verdict)w->verdict, w->explanation, m->word + w->more, w->fired, w->own_late, w->unknown};
        m->batch.e.n = 0;
        keep_rows_put(&m->batch, &w->row, keep_places_id(&m->run->places, w->row.at));
        struct keep_passes_event e = {.batch = &m->batch.e, .at = w->row.at, .v = &v, .alone = v.verdict, .member = m->number, .known = w->known, .taken = w->taken, .run = m->run_of};
        e.subject = keep_window_subject(p->window[0], m->base + (uint32_t)k);
        e.runs = keep_window_find(p->window[0], m->base + (uint32_t)k, m->run_of);
        if (e.runs)
            v.verdict = KEEP_VERDICT_FLAGGED;
        e.evidence = v.verdict >= KEEP_VERDICT_UNEXPLAINED && w->weighed ? (const uint8_t *)(m->word + w->more + w->fired) : NULL;
        rc = p->tell(p->ctx, &e, &m->err);
    }
    keep_passes_finish(m, rc);
}
