/* A member's part of the log, judged patient by patient and pair by pair. Most
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

/* Event 0 of the batch. */
static int judge_event(struct keep_passes_member *m, const struct keep_rows_row *row, struct keep_err *err)
{
    struct keep_passes *p = m->run->p;
    const struct keep_events *b = &m->batch.e;
    struct keep_judge *j = p->judge[m->number];
    struct keep_judgement v;
    struct keep_window_judged w = {.batch = b, .v = &v};
    struct keep_passes_event e = {.batch = b, .at = row->at, .v = &v, .member = m->number};
    if (!keep_passes_wanted(m, row, 0, &e.known, &w.had))
        return 0;
    keep_judge_mute(j, e.known);
    int rc = keep_judge_event(j, b, 0, &v, err);
    if (!rc && (row->class & KEEP_ROWS_NEAR || w.had || (m->run->unfiltered && v.explanation < 0)))
        rc = keep_window_collect(p->window[m->number], p->window[0], j, &w, err);
    e.taken = w.taken;
    if (!rc && (w.taken || v.verdict >= KEEP_VERDICT_UNEXPLAINED)) {
        rc = keep_judge_evidence(j, b, 0, m->code, err);
        e.evidence = m->code;
    }
    e.alone = v.verdict;
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
    for (size_t k = from; k < to; k++) {
        const struct keep_rows_row *r = keep_rows_at(o, k);
        if (keep_terms_class_exposure(r->class & ~KEEP_ROWS_NEAR) != KEEP_EXPOSURE_OPENED)
            continue;
        uint32_t who = keep_judge_who(p->judge[m->number], r->account, r->time);
        if (!(who & KEEP_BIND_BY_ACCOUNT))
            keep_relate_access(p->relate[m->number], who, patient, r->time);
    }
    return p->in->after ? keep_relate_late(p->relate[m->number], leave_late, &late) : 0;
}

/* Is the row's event judged by what is at hand of its pair, and passed over? */
static bool pass_over(struct keep_passes_member *m, const struct keep_rows_row *row)
{
    struct keep_passes *p = m->run->p;
    struct keep_judgement v;
    if (!p->pass || p->look || p->in->before || row->class & KEEP_ROWS_NEAR || !keep_judge_quick(p->judge[m->number], row->class, row->account, row->patient, row->time, &v))
        return false;
    p->pass(p->ctx, row->at, v.verdict, v.explanation, m->number);
    return true;
}

/* The rows of one group, pair by pair. */
static int judge_group(struct keep_passes_member *m, struct keep_rows_order *o, size_t group, struct keep_err *err)
{
    size_t from = o->begin[group], to = o->begin[group + 1];
    keep_rows_pairs(o, group);
    int rc = note_first(m, o, from, to) ? keep_passes_no_memory(err) : 0;
    for (size_t k = from; k < to && !rc; k++) {
        const struct keep_rows_row *row = keep_rows_at(o, k);
        if (pass_over(m, row))
            continue;
        m->batch.e.n = 0;
        keep_rows_put(&m->batch, row, keep_rows_id(&m->run->places, row->at));
        rc = judge_event(m, row, err);
    }
    return rc;
}

/* May counting rules want events of the row's class at all? */
static int takes(struct keep_passes_member *m, const struct keep_rows_row *r, uint8_t known[KEEP_TERMS_CLASSES], bool *out, struct keep_err *err)
{
    enum { NO = 1, YES };
    const struct keep_passes *p = m->run->p;
    int rc = 0;
    if (!known[r->class]) {
        m->batch.e.n = 0;
        keep_rows_put(&m->batch, r, (struct keep_event_id){0, 0}); /* who it is is not asked */
        rc = keep_window_takes(p->window[m->number], p->window[0], p->judge[m->number], &m->batch.e, 0, out, err);
        known[r->class] = *out ? YES : NO;
    }
    *out = known[r->class] == YES;
    return rc;
}

/* Marks the rows that counting rules may want, list by list: in the order of the log. */
static int mark_near(struct keep_passes_member *m, struct keep_rows_list *list, struct keep_err *err)
{
    enum { AHEAD = 8 }; /* rows whose notes are fetched ahead: about one memory latency of work */
    const struct keep_passes *p = m->run->p;
    uint8_t *known = calloc(KEEP_TERMS_CLASSES, 1);
    int rc = known ? 0 : keep_passes_no_memory(err);
    for (size_t i = 0; i < list->n && !rc; i++) {
        struct keep_rows_row *r = &list->chunk[i / KEEP_ROWS_CHUNK][i % KEEP_ROWS_CHUNK];
        bool any;
        if (i % KEEP_ROWS_CHUNK + AHEAD < KEEP_ROWS_CHUNK && i + AHEAD < list->n)
            keep_window_fetch(p->window[m->number], p->window[0], p->judge[m->number], r[AHEAD].class, &r[AHEAD]);
        rc = takes(m, r, known, &any, err);
        if (!rc && any && keep_window_near(p->window[m->number], p->window[0], p->judge[m->number], r->class, r))
            r->class |= KEEP_ROWS_NEAR;
    }
    free(known);
    return rc;
}

void keep_passes_judge(void *ctx)
{
    enum { PATIENCE = 65536 }; /* events between two looks at whether to stop */
    struct keep_passes_member *m = ctx;
    struct keep_passes_run *r = m->run;
    const struct keep_world *w = r->p->in->world;
    struct keep_rows_list *list[KEEP_AUDIT_THREADS];
    struct keep_rows_order o = {.groups = 0};
    uint64_t since = 0;
    for (unsigned i = 0; i < r->p->members; i++)
        list[i] = &r->member[i].list[m->number];
    int rc = 0;
    keep_rows_open(&m->batch);
    for (unsigned i = 0; i < r->p->members && r->counts && !rc; i++)
        rc = mark_near(m, list[i], &m->err);
    if (!rc && keep_rows_sort(&o, list, r->p->members, r->parts, w->patients, w->accounts))
        rc = keep_passes_no_memory(&m->err);
    for (size_t g = 0; !rc && g < o.groups; g++) {
        if (o.begin[g] == o.begin[g + 1])
            continue;
        rc = judge_group(m, &o, g, &m->err);
        since += o.begin[g + 1] - o.begin[g];
        if (!rc && since >= PATIENCE) {
            rc = keep_passes_step(r, since, &m->err);
            since = 0;
        }
    }
    keep_rows_done(&o);
    for (unsigned i = 0; i < r->p->members; i++)
        keep_rows_clear(list[i]);
    keep_passes_finish(m, rc ? rc : keep_passes_step(r, since, &m->err));
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
        keep_rows_put(&m->batch, &w->row, keep_rows_id(&m->run->places, w->row.at));
        struct keep_passes_event e = {.batch = &m->batch.e, .at = w->row.at, .v = &v, .alone = v.verdict, .member = m->number, .known = w->known, .taken = w->taken};
        e.run = keep_window_find(p->window[0], m->base + (uint32_t)k, &e.runs);
        if (e.runs)
            v.verdict = KEEP_VERDICT_FLAGGED;
        e.evidence = v.verdict >= KEEP_VERDICT_UNEXPLAINED && w->weighed ? (const uint8_t *)(m->word + w->more + w->fired) : NULL;
        rc = p->tell(p->ctx, &e, &m->err);
    }
    keep_passes_finish(m, rc);
}
