/* Members are threads with a judge, a window and lists of rows of their own; what
 * they share while they work is the reader of the log and a counter for progress,
 * each behind its lock. Between gathering and judging, and after it, one thread
 * joins what they have. */
#include "core/audit/passes_inside.h"

#include <stdlib.h>

int keep_passes_no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while judging accesses");
}

/* ---- life ---- */

/* What of the policy's expressions asks for more than relations. */
struct wanted {
    bool idle, edges;
};

static int ask(void *ctx, const struct keep_read *r)
{
    struct wanted *what = ctx;
    what->idle |= !r->call && r->id == KEEP_FIELD_user_idle_days;
    what->edges |= r->call && (r->id == KEEP_CALL_department_ties || r->id == KEEP_CALL_department_size);
    return 0;
}

static struct wanted wanted(const struct keep_policy *p)
{
    struct wanted what = {false, false};
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

static uint64_t likely(const struct keep_audit_input *in)
{
    return in->likely_events ? in->likely_events : in->total_events;
}

int keep_passes_open(struct keep_passes *p, const struct keep_audit_input *in, struct keep_err *err)
{
    unsigned n = in->threads ? in->threads : 1;
    int rc = 0;
    const struct wanted what = wanted(in->policy);
    *p = (struct keep_passes){.in = in, .edges = what.edges, .most = in->room ? in->room : KEEP_PASSES_MOST, .as_of = in->as_of != KEEP_TIME_NONE ? in->as_of : in->world->newest};
    const struct keep_window_frame frame = {in->zone, likely(in), p->as_of, in->world};
    if (n > KEEP_AUDIT_THREADS)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d threads", KEEP_AUDIT_THREADS);
    if (!rc)
        rc = keep_crew_new(&p->crew, n, err);
    for (unsigned i = 0; i < n && !rc; i++) {
        rc = i ? keep_relate_more(&p->relate[i], p->relate[0], err) : keep_relate_new(&p->relate[i], in->world, p->crew, err);
        if (!rc && what.idle)
            rc = keep_relate_want_idle(p->relate[i], err);
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

static void windows_free(struct keep_passes *p)
{
    for (unsigned i = 0; i < p->members; i++) {
        keep_window_free(p->window[i]);
        p->window[i] = NULL;
    }
}

void keep_passes_close(struct keep_passes *p)
{
    windows_free(p);
    for (unsigned i = p->members; i-- > 0;) { /* the first holds what the others share */
        keep_judge_free(p->judge[i]);
        keep_relate_free(p->relate[i]);
    }
    keep_crew_free(p->crew);
    *p = (struct keep_passes){0};
}

/* ---- between threads ---- */

int keep_passes_step(struct keep_passes_run *r, uint64_t n, struct keep_err *err)
{
    const struct keep_audit_input *in = r->p->in;
    int rc = 0;
    pthread_mutex_lock(&r->lock);
    r->done += n;
    if (r->stopped)
        rc = r->stopped;
    else if (in->progress && in->progress(in->progress_ctx, r->done, r->done > r->total ? r->done : r->total)) /* nobody knew how much there is */
        rc = r->stopped = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    pthread_mutex_unlock(&r->lock);
    return rc;
}

void keep_passes_finish(struct keep_passes_member *m, int rc)
{
    m->rc = rc;
    if (!rc)
        return;
    pthread_mutex_lock(&m->run->lock);
    m->run->stopped = m->run->stopped ? m->run->stopped : rc;
    pthread_mutex_unlock(&m->run->lock);
}

int keep_passes_all(struct keep_passes_run *r, void (*work)(void *ctx), struct keep_err *err)
{
    int rc = 0;
    for (unsigned i = 0; i < r->p->members; i++) {
        r->member[i].rc = 0;
        r->member[i].err = (struct keep_err){0};
        r->member[i].job = (struct keep_crew_job){.run = work, .ctx = &r->member[i]};
        keep_crew_give(r->p->crew, &r->member[i].job);
    }
    for (unsigned i = 0; i < r->p->members; i++)
        keep_crew_wait(r->p->crew, &r->member[i].job);
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

/* ---- room ---- */

/* Drops what a member has of parts that are no longer at hand. */
static void narrow(struct keep_passes_member *m)
{
    struct keep_passes_run *r = m->run;
    for (; m->step > r->step; m->step--) {
        struct keep_rows_list *l = &m->list[m->step - 1];
        m->rows -= l->n;
        keep_rows_clear(l, &m->pool);
    }
    m->told = m->rows;
}

/* Of a log of which nobody knew how much has to wait, half of the parts may be for another reading. */
static void make_do(struct keep_passes_member *m)
{
    struct keep_passes_run *r = m->run;
    uint64_t rows = 0;
    bool all = true;
    pthread_mutex_lock(&r->lock);
    narrow(m);
    for (unsigned i = 0; i < r->p->members; i++) {
        if (!r->member[i].gathers)
            narrow(&r->member[i]);
        all = all && r->member[i].step == r->step;
        rows += r->member[i].told;
    }
    if (all && rows > r->p->most && r->step > 1) {
        r->step = (r->step + 1) / 2;
        narrow(m);
    }
    pthread_mutex_unlock(&r->lock);
}

/* ---- gather ---- */

static int put_away(struct keep_passes_member *m, const struct keep_events *b, uint32_t i, uint32_t class)
{
    const struct keep_passes_run *r = m->run;
    uint32_t part = keep_rows_part(&r->shape, b->patient[i], b->account[i]);
    if (part - r->first >= m->step)
        return 0;
    const struct keep_rows_row row = {b->time[i], b->account[i], b->patient[i], b->place[i], b->unit[i], (uint32_t)(b->from + i), (uint16_t)class, b->reason[i]};
    m->rows++;
    return keep_rows_add(&m->list[part - r->first], &m->pool, &row);
}

/* A new event: counted, whatever becomes of it. */
static inline void note_fresh(struct keep_passes_member *m, const struct keep_events *b, uint32_t i, size_t patients)
{
    m->fresh++;
    m->opened += b->patient[i] < patients && b->exposure[i] == KEEP_EXPOSURE_OPENED;
    if (m->left.newest == KEEP_TIME_NONE || b->time[i] > m->left.newest)
        m->left.newest = b->time[i];
}

static int gather_batch(struct keep_passes_member *m, const struct keep_events *b, struct keep_err *err)
{
    const struct keep_passes_run *r = m->run;
    struct keep_passes *p = r->p;
    const bool first = !r->noted;
    struct keep_idle *idle = first ? keep_relate_idle(p->relate[m->number]) : NULL;
    struct keep_window *window = first ? p->window[m->number] : NULL;
    struct keep_judge *judge = p->judge[m->number];
    const size_t patients = p->in->world->patients;
    const keep_time as_of = p->as_of != KEEP_TIME_NONE ? p->as_of : INT64_MAX;
    if (b->from + b->n > KEEP_ROWS_MOST)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %llu accesses", (unsigned long long)KEEP_ROWS_MOST);
    if (first && keep_places_note(&m->places, b))
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
        if (b->time[i] > as_of) {
            m->late += first;
            continue;
        }
        if (sort == KEEP_PASSES_FRESH && first) {
            note_fresh(m, b, i, patients);
            top = b->ordinal[i] > top ? b->ordinal[i] : top;
        }
        uint32_t class = keep_terms_class(b, i);
        rc = idle ? keep_idle_note(idle, b->account[i], b->time[i], err) : 0;
        if (!rc && window)
            rc = keep_window_note(window, judge, b, i, class, err);
        if (rc || put_away(m, b, i, class))
            return rc ? rc : keep_passes_no_memory(err);
    }
    return top && p->in->after && keep_carry_reach(&m->left, b->source, top) ? keep_passes_no_memory(err) : 0;
}

static void gathers(struct keep_passes_member *m, bool now)
{
    pthread_mutex_lock(&m->run->lock);
    narrow(m);
    m->gathers = now;
    pthread_mutex_unlock(&m->run->lock);
}

static void gather(void *ctx)
{
    struct keep_passes_member *m = ctx;
    struct keep_events b;
    int rc = 0;
    uint64_t seen = 0;
    gathers(m, true);
    while (m->scan.next && !rc && (rc = m->scan.next(m->scan.ctx, &b, &m->err)) == 1) {
        if (!m->run->p->in->scan->share)
            b.from = seen;
        seen += b.n;
        rc = gather_batch(m, &b, &m->err);
        make_do(m);
        if (!rc)
            rc = keep_passes_step(m->run, b.n + b.over, &m->err);
    }
    gathers(m, false);
    keep_passes_finish(m, rc);
}

/* ---- the whole ---- */

/* Nothing asks for it before events are judged: one thread makes it while the others begin to gather. */
static void edges(void *ctx)
{
    struct keep_passes_run *r = ctx;
    r->edges_rc = keep_relate_want_edges(r->p->relate[0], r->p->in->edges, &r->edges_err);
}

static int edges_wait(struct keep_passes_run *r, struct keep_err *err)
{
    keep_crew_wait(r->p->crew, &r->edges);
    if (r->edges_rc && err)
        *err = r->edges_err;
    return r->edges_rc;
}

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

/* What of the log belongs to the parts at hand; of these there may be fewer then. */
static int gather_all(struct keep_passes_run *r, struct keep_err *err)
{
    for (unsigned i = 0; i < r->p->members; i++) {
        struct keep_passes_member *m = &r->member[i];
        m->step = r->step;
        m->rows = m->told = 0;
    }
    int rc = readers_open(r, err);
    if (!rc)
        rc = keep_passes_all(r, gather, err);
    readers_close(r);
    for (unsigned i = 0; i < r->p->members; i++)
        narrow(&r->member[i]);
    atomic_store(&r->next, 0);
    return rc;
}

/* After the first gathering: whose notes and places are whole. */
static int join_notes(struct keep_passes_run *r, struct keep_err *err)
{
    struct keep_passes *p = r->p;
    struct keep_places *places[KEEP_AUDIT_THREADS];
    int rc = 0;
    for (unsigned i = 0; i < p->members && !rc; i++) {
        places[i] = &r->member[i].places;
        p->after_as_of += r->member[i].late;
        p->fresh += r->member[i].fresh;
        p->opened += r->member[i].opened;
        if (i && p->window[0]) {
            keep_window_join_notes(p->window[0], p->window[i]);
            keep_window_forget(p->window[i]);
        }
        if (i)
            rc = keep_relate_join(p->relate[0], p->relate[i], err);
    }
    if (!rc && keep_places_join(&r->places, places, p->members))
        rc = keep_passes_no_memory(err);
    if (p->window[0] && p->in->after && !p->in->before)
        keep_window_choose(p->window[0], p->fresh);
    p->whole = p->window[0] && p->in->after ? keep_window_whole(p->window[0]) : 0;
    if (!rc && p->window[0])
        rc = keep_window_wanted(p->window[0], &r->counts, err);
    r->counts |= p->window[0] && p->in->before;
    r->unfiltered = r->counts && keep_window_unfiltered(p->window[0]);
    r->noted = true;
    return rc;
}

/* After all is judged: the runs. */
static int find_runs(struct keep_passes_run *r, struct keep_err *err)
{
    struct keep_passes *p = r->p;
    int rc = 0;
    for (unsigned i = 0; i < p->members; i++)
        keep_window_forget(p->window[i]);
    for (unsigned i = 1; i < p->members && !rc; i++)
        rc = keep_window_join(p->window[0], p->window[i], &r->member[i].base, err);
    if (!rc)
        rc = keep_passes_collect_known(r, err);
    return rc ? rc : keep_window_resolve(p->window[0], p->crew, err);
}

static int members_make(struct keep_passes_run *r, struct keep_err *err)
{
    struct keep_passes *p = r->p;
    r->member = calloc(p->members, sizeof *r->member);
    for (unsigned i = 0; r->member && i < p->members; i++) {
        r->member[i].run = r;
        r->member[i].number = i;
        r->member[i].left.newest = KEEP_TIME_NONE;
        if (!(r->member[i].list = calloc(r->step, sizeof *r->member[i].list)) ||
            (p->window[i] && !(r->member[i].run_of = calloc(keep_window_rules(p->window[i]), sizeof *r->member[i].run_of))))
            return keep_passes_no_memory(err);
    }
    return r->member ? 0 : keep_passes_no_memory(err);
}

static void members_free(struct keep_passes_run *r)
{
    for (unsigned i = 0; r->member && i < r->p->members; i++) {
        struct keep_passes_member *m = &r->member[i];
        for (uint32_t k = 0; m->list && k < r->step; k++)
            free(m->list[k].chunk);
        keep_places_forget(&m->places);
        free(m->list);
        keep_carry_done(&m->left);
        free(m->waiting);
        free(m->word);
        free(m->run_of);
    }
    free(r->member);
    free(r->met);
    free(r->moved);
    keep_places_forget(&r->places);
}

int keep_passes_run(struct keep_passes *p, struct keep_err *err)
{
    struct keep_passes_run r = {.p = p};
    r.edges = (struct keep_crew_job){.run = edges, .ctx = &r};
    const uint64_t events = likely(p->in), rounds = events / p->most + 1;
    r.shape = keep_rows_shape(events, p->in->world->patients, p->in->world->accounts, p->members);
    r.step = (uint32_t)((r.shape.parts + rounds - 1) / rounds);
    r.total = p->in->total_events * rounds + events;
    if (pthread_mutex_init(&r.lock, NULL) != 0)
        return keep_passes_no_memory(err);
    int rc = members_make(&r, err);
    if (!rc)
        rc = keep_passes_begin(&r, err);
    if (!rc && p->edges)
        keep_crew_give(p->crew, &r.edges);
    for (r.first = 0; !rc && r.first < r.shape.parts; r.first += r.step) {
        rc = gather_all(&r, err);
        if (!rc)
            rc = edges_wait(&r, err);
        if (!rc && !r.noted)
            rc = join_notes(&r, err);
        if (!rc)
            rc = keep_passes_all(&r, keep_passes_judge, err);
    }
    keep_crew_wait(p->crew, &r.edges);
    for (unsigned i = 0; r.member && i < p->members; i++)
        keep_rows_drain(&r.member[i].pool);
    if (!rc && r.counts)
        rc = find_runs(&r, err);
    if (!rc)
        rc = keep_passes_tell_known(&r, err); /* first: they are mostly the older ones */
    if (!rc && r.counts)
        rc = keep_passes_all(&r, keep_passes_tell_waiting, err);
    windows_free(p); /* what they collected is told: whoever makes cases of it has their memory */
    if (!rc && p->in->after)
        rc = keep_passes_leave(&r, err);
    members_free(&r);
    pthread_mutex_destroy(&r.lock);
    return rc;
}
