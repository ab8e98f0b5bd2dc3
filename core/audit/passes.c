/* Members are threads with a judge, a window and lists of rows of their own; what
 * they share while they work is the reader of the log and a counter for progress,
 * each behind its lock. Between gathering and judging, and after it, one thread
 * joins what they have. */
#include "core/audit/passes_inside.h"

#include <stdlib.h>
#include <string.h>

int keep_passes_no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while judging accesses");
}

/* ---- life ---- */

/* What of the policy's expressions asks for more than relations. */
static int ask(void *ctx, const struct keep_read *r)
{
    uint32_t *what = ctx;
    if (!r->call && r->id == KEEP_FIELD_user_idle_days)
        *what |= KEEP_RELATE_WANT_IDLE;
    if (r->call && r->id == KEEP_CALL_department_ties)
        *what |= KEEP_RELATE_WANT_EDGES;
    return 0;
}

static uint32_t wanted(const struct keep_policy *p)
{
    uint32_t what = 0;
    for (size_t i = 0; i < p->accesses; i++) {
        const struct keep_expr *part[] = {p->access[i].when, p->access[i].unless};
        for (size_t k = 0; k < sizeof part / sizeof *part; k++)
            if (part[k])
                keep_expr_reads(part[k], ask, &what);
        for (uint32_t k = 0; k < p->access[i].steps; k++)
            keep_expr_reads(p->access[i].step[k].when, ask, &what);
    }
    for (size_t i = 0; i < p->exceptions; i++)
        keep_expr_reads(p->exception[i].when, ask, &what);
    for (size_t i = 0; i < p->explanations; i++)
        keep_expr_reads(p->explanation[i].when, ask, &what);
    return what;
}

int keep_passes_open(struct keep_passes *p, const struct keep_audit_input *in, struct keep_err *err)
{
    unsigned n = in->threads ? in->threads : 1;
    int rc = 0;
    *p = (struct keep_passes){.in = in, .as_of = in->as_of != KEEP_TIME_NONE ? in->as_of : in->world->newest};
    const struct keep_window_frame frame = {in->zone, in->total_events, p->as_of};
    uint32_t what = wanted(in->policy);
    if (n > KEEP_AUDIT_THREADS)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d threads", KEEP_AUDIT_THREADS);
    for (unsigned i = 0; i < n && !rc; i++) {
        rc = i ? keep_relate_more(&p->relate[i], p->relate[0], err) : keep_relate_new(&p->relate[i], in->world, err);
        if (!rc)
            rc = keep_relate_want(p->relate[i], what, err);
        if (!rc)
            rc = keep_judge_new(&p->judge[i], in->policy, in->world, in->zone, p->relate[i], err);
        if (!rc)
            rc = keep_window_new(&p->window[i], in->policy, &frame, err);
        p->members = i + 1;
    }
    if (rc)
        keep_passes_close(p);
    return rc;
}

void keep_passes_close(struct keep_passes *p)
{
    for (unsigned i = p->members; i-- > 0;) { /* the first holds what the others share */
        keep_window_free(p->window[i]);
        keep_judge_free(p->judge[i]);
        keep_relate_free(p->relate[i]);
    }
    *p = (struct keep_passes){0};
}

/* ---- between threads ---- */

/* Counts n events as done; tells the user. Not 0: stop. */
static int step(struct keep_passes_run *r, uint64_t n, struct keep_err *err)
{
    const struct keep_audit_input *in = r->p->in;
    int rc = 0;
    pthread_mutex_lock(&r->lock);
    r->done += n;
    if (r->stopped)
        rc = r->stopped;
    else if (in->progress && in->progress(in->progress_ctx, r->done, r->total))
        rc = r->stopped = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    pthread_mutex_unlock(&r->lock);
    return rc;
}

static void finish(struct keep_passes_member *m, int rc)
{
    m->rc = rc;
    if (!rc)
        return;
    pthread_mutex_lock(&m->run->lock);
    m->run->stopped = m->run->stopped ? m->run->stopped : rc;
    pthread_mutex_unlock(&m->run->lock);
}

/* Runs work for every member, each on a thread; the error of the first that has one of its own. */
static int all(struct keep_passes_run *r, void (*work)(void *ctx), struct keep_err *err)
{
    int rc = 0;
    for (unsigned i = 0; i < r->p->members; i++) {
        r->member[i].rc = 0;
        r->member[i].err = (struct keep_err){0};
        r->member[i].job = (struct keep_crew_job){.run = work, .ctx = &r->member[i]};
        keep_crew_give(r->crew, &r->member[i].job);
    }
    for (unsigned i = 0; i < r->p->members; i++)
        keep_crew_wait(r->crew, &r->member[i].job);
    for (unsigned i = 0; i < r->p->members; i++) {
        const struct keep_passes_member *m = &r->member[i];
        if (!m->rc || (rc && !m->err.text[0]))
            continue;
        rc = m->rc;
        if (err)
            *err = m->err;
        if (m->err.text[0])
            break;
    }
    return rc;
}

/* ---- gather ---- */

static int put_away(struct keep_passes_member *m, const struct keep_events *b, uint32_t i)
{
    const struct keep_passes_run *r = m->run;
    const struct keep_world *w = r->p->in->world;
    uint32_t part = keep_rows_part(b->patient[i], b->account[i], w->patients, r->parts);
    if (part - r->first >= r->p->members)
        return 0;
    struct keep_rows_row *row = keep_rows_add(&m->list[part - r->first]);
    if (!row)
        return -1;
    *row = (struct keep_rows_row){b->time[i], b->account[i], b->patient[i], b->place[i], b->unit[i], (uint32_t)(b->from + i),
                                  (uint16_t)keep_terms_class(b, i), b->reason[i]};
    return 0;
}

/* A new event: counted, whatever becomes of it. */
static void note_fresh(struct keep_passes_member *m, const struct keep_events *b, uint32_t i)
{
    m->fresh++;
    m->opened += b->patient[i] < m->run->p->in->world->patients && b->exposure[i] == KEEP_EXPOSURE_OPENED;
    if (m->left.newest == KEEP_TIME_NONE || b->time[i] > m->left.newest)
        m->left.newest = b->time[i];
}

static int gather_batch(struct keep_passes_member *m, const struct keep_events *b, struct keep_err *err)
{
    const struct keep_passes_run *r = m->run;
    struct keep_passes *p = r->p;
    struct keep_idle *idle = keep_relate_idle(p->relate[m->number]);
    if (b->from + b->n > KEEP_ROWS_MOST)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %llu accesses", (unsigned long long)KEEP_ROWS_MOST);
    if (!r->noted && keep_rows_note(&m->places, b))
        return keep_passes_no_memory(err);
    const uint64_t last = p->in->before ? keep_carry_last(p->in->before, b->source) : 0;
    uint64_t top = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        enum keep_passes_sort sort = KEEP_PASSES_FRESH;
        int rc = p->in->before ? keep_passes_sort(m, b, i, last, &sort, err) : 0;
        if (rc)
            return rc;
        if (sort == KEEP_PASSES_SETTLED)
            continue;
        if (p->as_of != KEEP_TIME_NONE && b->time[i] > p->as_of) {
            m->late += !r->noted;
            continue;
        }
        if (sort == KEEP_PASSES_FRESH && !r->noted) {
            note_fresh(m, b, i);
            top = b->ordinal[i] > top ? b->ordinal[i] : top;
        }
        rc = !r->noted && idle ? keep_idle_note(idle, b->account[i], b->time[i], err) : 0;
        if (!rc && !r->noted && p->window[m->number])
            rc = keep_window_note(p->window[m->number], p->judge[m->number], b, i, err);
        if (rc || put_away(m, b, i))
            return rc ? rc : keep_passes_no_memory(err);
    }
    return top && p->in->after && keep_carry_reach(&m->left, b->source, top) ? keep_passes_no_memory(err) : 0;
}

static void gather(void *ctx)
{
    struct keep_passes_member *m = ctx;
    struct keep_events b;
    int rc = 0;
    uint64_t seen = 0;
    while (m->scan.next && !rc && (rc = m->scan.next(m->scan.ctx, &b, &m->err)) == 1) {
        if (!m->run->p->in->scan->share)
            b.from = seen;
        seen += b.n;
        rc = gather_batch(m, &b, &m->err);
        if (!rc)
            rc = step(m->run, b.n, &m->err);
    }
    finish(m, rc);
}

/* ---- judge ---- */

static int words_add(struct keep_passes_member *m, const void *p, size_t bytes)
{
    size_t n = (bytes + 3) / 4;
    if (m->words + n > m->word_room) {
        size_t room = (m->words + n) * 2;
        uint32_t *more = realloc(m->word, room * sizeof *more);
        if (!more)
            return -1;
        m->word = more;
        m->word_room = room;
    }
    if (bytes)
        memcpy(m->word + m->words, p, bytes);
    m->words += n;
    return 0;
}

static int wait_for_runs(struct keep_passes_member *m, const struct keep_rows_row *row, const struct keep_passes_event *e)
{
    const struct keep_judgement *v = e->v;
    if (m->waits == m->wait_room) {
        size_t room = m->wait_room ? m->wait_room * 2 : 256;
        struct keep_passes_waiting *more = realloc(m->waiting, room * sizeof *more);
        if (!more)
            return -1;
        m->waiting = more;
        m->wait_room = room;
    }
    m->waiting[m->waits++] = (struct keep_passes_waiting){*row, e->taken, v->unknown, v->explanation, m->words, (uint16_t)v->fired_n, (uint8_t)v->verdict, v->own_late, e->evidence != NULL, e->known};
    return words_add(m, v->fired, v->fired_n * 4u) || (e->evidence && words_add(m, e->evidence, keep_judge_evidences(m->run->p->judge[m->number])));
}

static int judge_event(struct keep_passes_member *m, const struct keep_rows_row *row, uint32_t i, struct keep_err *err)
{
    struct keep_passes *p = m->run->p;
    const struct keep_events *b = &m->batch.e;
    struct keep_judge *j = p->judge[m->number];
    struct keep_judgement v;
    struct keep_window_judged w = {.batch = b, .i = i, .v = &v};
    struct keep_passes_event e = {.batch = b, .i = i, .at = m->batch.at[i], .v = &v, .member = m->number};
    if (!keep_passes_wanted(m, row, i, &e.known, &w.had))
        return 0;
    keep_judge_mute(j, e.known);
    int rc = keep_judge_event(j, b, i, &v, err);
    if (!rc && (row->class & KEEP_ROWS_NEAR || w.had || (m->run->unfiltered && v.explanation < 0)))
        rc = keep_window_collect(p->window[m->number], p->window[0], j, &w, err);
    e.taken = w.taken;
    if (!rc && (w.taken || v.verdict >= KEEP_VERDICT_UNEXPLAINED)) {
        rc = keep_judge_evidence(j, b, i, m->code, err);
        e.evidence = m->code;
    }
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
        if ((r->class & ~KEEP_ROWS_NEAR) / (KEEP_TERMS_CLASSES / KEEP_ACTION_COUNT / KEEP_EXPOSURE_COUNT) % KEEP_EXPOSURE_COUNT != KEEP_EXPOSURE_OPENED)
            continue;
        uint32_t who = keep_judge_who(p->judge[m->number], r->account, r->time);
        if (!(who & KEEP_BIND_BY_ACCOUNT))
            keep_relate_access(p->relate[m->number], who, patient, r->time);
    }
    return p->in->after ? keep_relate_late(p->relate[m->number], leave_late, &late) : 0;
}

/* The rows of one group, a batch at a time. */
static int judge_group(struct keep_passes_member *m, const struct keep_rows_order *o, size_t from, size_t to, struct keep_err *err)
{
    int rc = note_first(m, o, from, to) ? keep_passes_no_memory(err) : 0;
    for (size_t k = from; k < to && !rc;) {
        size_t begin = k;
        m->batch.e.n = 0;
        for (; k < to; k++) {
            const struct keep_rows_row *r = keep_rows_at(o, k);
            if (k + KEEP_PASSES_AHEAD < o->n)
                __builtin_prefetch(keep_rows_at(o, k + KEEP_PASSES_AHEAD));
            if (!keep_rows_put(&m->batch, r, keep_rows_id(&m->run->places, r->at)))
                break;
        }
        for (uint32_t i = 0; i < m->batch.e.n && !rc; i++)
            rc = judge_event(m, keep_rows_at(o, begin + i), i, err);
    }
    return rc;
}

/* Marks the rows that counting rules may want, list by list: in the order of the log. */
static int mark_near(struct keep_passes_member *m, struct keep_rows_list *list, struct keep_err *err)
{
    const struct keep_passes *p = m->run->p;
    int rc = 0;
    for (size_t from = 0; from < list->n && !rc;) {
        struct keep_rows_row *r = &list->chunk[from / KEEP_ROWS_CHUNK][from % KEEP_ROWS_CHUNK];
        uint32_t n = 0;
        bool near;
        m->batch.e.n = 0;
        for (; from + n < list->n && n < KEEP_ROWS_BATCH && (from % KEEP_ROWS_CHUNK) + n < KEEP_ROWS_CHUNK; n++)
            keep_rows_put(&m->batch, &r[n], (struct keep_event_id){0, 0}); /* who it is is not asked */
        for (uint32_t i = 0; i < n && !rc; i++) {
            rc = keep_window_near(p->window[m->number], p->window[0], p->judge[m->number], &m->batch.e, i, &near, err);
            r[i].class |= near ? KEEP_ROWS_NEAR : 0;
        }
        from += n;
    }
    return rc;
}

static void judge(void *ctx)
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
        rc = judge_group(m, &o, o.begin[g], o.begin[g + 1], &m->err);
        since += o.begin[g + 1] - o.begin[g];
        if (!rc && since >= PATIENCE) {
            rc = step(r, since, &m->err);
            since = 0;
        }
    }
    keep_rows_done(&o);
    for (unsigned i = 0; i < r->p->members; i++)
        keep_rows_clear(list[i]);
    finish(m, rc ? rc : step(r, since, &m->err));
}

/* ---- the whole ---- */

/* One reader for each member, where the log can be shared. */
static int readers_open(struct keep_passes_run *r, struct keep_err *err)
{
    const struct keep_event_scan *scan = r->p->in->scan;
    int rc = scan->rewind(scan->ctx, err);
    for (unsigned i = 0; i < r->p->members; i++)
        r->member[i].scan = (struct keep_event_scan){0};
    r->member[0].scan = *scan;
    for (unsigned i = 1; i < r->p->members && scan->share && !rc; i++) {
        rc = scan->share(scan->ctx, &r->member[i].scan, err);
        r->member[i].shared = !rc;
    }
    return rc;
}

static void readers_close(struct keep_passes_run *r)
{
    for (unsigned i = 1; i < r->p->members; i++)
        if (r->member[i].shared) {
            r->p->in->scan->unshare(r->member[i].scan.ctx);
            r->member[i].shared = false;
        }
}

/* After the first gathering: whose notes and places are whole. */
static int join_notes(struct keep_passes_run *r, struct keep_err *err)
{
    struct keep_passes *p = r->p;
    struct keep_rows_places *places[KEEP_AUDIT_THREADS];
    int rc = 0;
    for (unsigned i = 0; i < p->members && !rc; i++) {
        places[i] = &r->member[i].places;
        p->after_as_of += r->member[i].late;
        p->fresh += r->member[i].fresh;
        p->opened += r->member[i].opened;
        if (i && p->window[0])
            keep_window_join_notes(p->window[0], p->window[i]);
        if (i)
            rc = keep_relate_join(p->relate[0], p->relate[i], err);
    }
    if (!rc && keep_rows_join(&r->places, places, p->members))
        rc = keep_passes_no_memory(err);
    if (p->window[0] && p->in->after && !p->in->before)
        keep_window_choose(p->window[0], p->fresh);
    p->whole = p->window[0] && p->in->after ? keep_window_whole(p->window[0]) : 0;
    r->counts = !rc && p->window[0] && (keep_window_wanted(p->window[0]) || p->in->before);
    r->unfiltered = r->counts && keep_window_unfiltered(p->window[0]);
    r->noted = true;
    return rc;
}

static int tell_waiting(struct keep_passes_member *m, struct keep_err *err)
{
    struct keep_passes *p = m->run->p;
    int rc = 0;
    keep_rows_open(&m->batch);
    for (size_t k = 0; k < m->waits && !rc; k++) {
        const struct keep_passes_waiting *w = &m->waiting[k];
        struct keep_window_hit run[KEEP_PASSES_RUNS];
        struct keep_judgement v = {(enum keep_verdict)w->verdict, w->explanation, m->word + w->more, w->fired, w->own_late, w->unknown};
        struct keep_event_id id = keep_rows_id(&m->run->places, w->row.at);
        m->batch.e.n = 0;
        keep_rows_put(&m->batch, &w->row, id);
        struct keep_passes_event e = {.batch = &m->batch.e, .at = w->row.at, .v = &v, .run = run, .member = m->number, .known = w->known, .taken = w->taken};
        e.runs = keep_window_find(p->window[0], id.source, id.ordinal, run, KEEP_PASSES_RUNS);
        if (e.runs)
            v.verdict = KEEP_VERDICT_FLAGGED;
        e.evidence = v.verdict >= KEEP_VERDICT_UNEXPLAINED && w->weighed ? (const uint8_t *)(m->word + w->more + w->fired) : NULL;
        rc = p->tell(p->ctx, &e, err);
    }
    return rc;
}

/* After all is judged: the runs, and the events that waited for them. */
static int tell_runs(struct keep_passes_run *r, struct keep_err *err)
{
    struct keep_passes *p = r->p;
    int rc = 0;
    for (unsigned i = 1; i < p->members && !rc; i++)
        rc = keep_window_join(p->window[0], p->window[i], err);
    if (!rc)
        rc = keep_passes_collect_known(r, err);
    if (!rc)
        rc = keep_window_resolve(p->window[0], err);
    for (unsigned i = 0; i < p->members && !rc; i++)
        rc = tell_waiting(&r->member[i], err);
    return rc;
}

static int members_make(struct keep_passes_run *r, struct keep_err *err)
{
    struct keep_passes *p = r->p;
    r->member = calloc(p->members, sizeof *r->member);
    for (unsigned i = 0; r->member && i < p->members; i++) {
        r->member[i].run = r;
        r->member[i].number = i;
        r->member[i].left.newest = KEEP_TIME_NONE;
        if (!(r->member[i].list = calloc(p->members, sizeof *r->member[i].list)))
            return keep_passes_no_memory(err);
    }
    return r->member ? keep_crew_new(&r->crew, p->members, err) : keep_passes_no_memory(err);
}

static void members_free(struct keep_passes_run *r)
{
    keep_crew_free(r->crew);
    for (unsigned i = 0; r->member && i < r->p->members; i++) {
        struct keep_passes_member *m = &r->member[i];
        for (unsigned k = 0; m->list && k < r->p->members; k++)
            keep_rows_clear(&m->list[k]);
        keep_rows_forget(&m->places);
        free(m->list);
        keep_carry_done(&m->left);
        free(m->waiting);
        free(m->word);
    }
    free(r->member);
    free(r->met);
    free(r->moved);
    keep_rows_forget(&r->places);
}

int keep_passes_run(struct keep_passes *p, struct keep_err *err)
{
    struct keep_passes_run r = {.p = p};
    uint64_t rounds = p->in->total_events * sizeof(struct keep_rows_row) / KEEP_PASSES_ROOM + 1;
    r.parts = (uint32_t)rounds * p->members;
    r.total = p->in->total_events * (rounds + 1);
    if (pthread_mutex_init(&r.lock, NULL) != 0)
        return keep_passes_no_memory(err);
    int rc = members_make(&r, err);
    if (!rc)
        rc = keep_passes_begin(&r, err);
    for (r.first = 0; !rc && r.first < r.parts; r.first += p->members) {
        rc = readers_open(&r, err);
        if (!rc)
            rc = all(&r, gather, err);
        readers_close(&r);
        if (!rc && !r.noted)
            rc = join_notes(&r, err);
        if (!rc)
            rc = all(&r, judge, err);
    }
    if (!rc && r.counts)
        rc = tell_runs(&r, err);
    if (!rc)
        rc = keep_passes_tell_known(&r, err);
    if (!rc && p->in->after)
        rc = keep_passes_leave(&r, err);
    members_free(&r);
    pthread_mutex_destroy(&r.lock);
    return rc;
}
