/* The verdicts are those of any other audit of this moment; what is withheld is
 * decided when all of them are there, against the cases on file. */
#include "core/work/chartopen.h"

#include <stdlib.h>
#include <string.h>

#include "core/audit/posts.h"
#include "core/base/zone.h"
#include "core/store/casebook.h"

struct access {
    struct keep_chartopen_row row;
    enum keep_verdict verdict;
    bool decided, open; /* a closed case has it; a case that is not may not be told of has it */
};

struct looking {
    struct keep_chartopen *c;
    const struct keep_chartopen_params *p;
    struct access *list;
    size_t n, room;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct keep_str title_of(const struct keep_policy *p, struct keep_str id)
{
    for (size_t i = 0; i < p->explanations; i++)
        if (keep_str_eq(p->explanation[i].id, id))
            return p->explanation[i].title;
    return id;
}

static int each(void *ctx, const struct keep_ask_row *a, struct keep_err *err)
{
    struct looking *l = ctx;
    struct keep_auditrun *r = &l->c->run;
    keep_date day = keep_zone_date(r->zone, a->time);
    if ((l->p->from != KEEP_DATE_NONE && day < l->p->from) || (l->p->through != KEEP_DATE_NONE && day > l->p->through))
        return 0;
    if (a->exposure != KEEP_EXPOSURE_OPENED) {
        l->c->glimpses++;
        return 0;
    }
    if (l->n == l->room) {
        size_t room = l->room ? 2 * l->room : 256;
        struct access *list = keep_arena_array(r->arena, room, sizeof *list);
        if (!list)
            return no_memory(err);
        if (l->n)
            memcpy(list, l->list, l->n * sizeof *list);
        l->list = list;
        l->room = room;
    }
    struct keep_post post = {{NULL, 0}, {NULL, 0}, {NULL, 0}};
    if (a->worker != KEEP_ID_NONE)
        post = keep_posts_of(&r->world.worker[a->worker], a->time);
    l->list[l->n++] = (struct access){
        .row = {.first = a->time, .last = a->time, .day = day, .times = 1, .actions = 1u << a->action, .account = a->account, .worker = a->worker, .department = post.department, .role = post.role,
                .reason = a->verdict == KEEP_VERDICT_EXPECTED ? title_of(r->in.policy, a->rule) : (struct keep_str){NULL, 0}, .relation = a->relation, .event = a->event},
        .verdict = a->verdict};
    return 0;
}

/* --- what is withheld --- */

static int by_event(const void *x, const void *y)
{
    const struct keep_event_id *a = &((const struct access *)x)->row.event, *b = &((const struct access *)y)->row.event;
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    return a->ordinal < b->ordinal ? -1 : a->ordinal > b->ordinal;
}

static bool is_open(const struct keep_casebook_case *c)
{
    return !c->closed && (c->reviewed != KEEP_TIME_NONE || !keep_str_is(c->rule, "unexplained"));
}

/* 1: some access told of is in it. */
static int mark(struct looking *l, const struct keep_casebook_case *c)
{
    int any = 0;
    for (size_t k = 0; k < c->events; k++) {
        struct access key = {.row.event = c->event[k]};
        struct access *a = l->n ? bsearch(&key, l->list, l->n, sizeof key, by_event) : NULL;
        if (!a)
            continue;
        a->open |= is_open(c);
        a->decided |= c->closed;
        any = 1;
    }
    return any;
}

static int withhold(struct looking *l, struct keep_err *err)
{
    struct keep_chartopen *c = l->c;
    struct keep_casebook_case *list;
    size_t cases = 0, n = 0;
    int rc = keep_casebook_load(c->run.store, c->run.arena, &list, &cases, err);
    uint8_t (*open)[16] = rc == 0 ? keep_arena_array(c->run.arena, cases + 1, sizeof *open) : NULL;
    if (rc < 0)
        return rc;
    if (!open)
        return no_memory(err);
    if (l->n)
        qsort(l->list, l->n, sizeof *l->list, by_event);
    for (size_t i = 0; i < cases; i++)
        if (mark(l, &list[i]) && is_open(&list[i]))
            memcpy(open[c->opens++], list[i].name, 16);
    c->open = (const uint8_t (*)[16])open;
    for (size_t i = 0; i < l->n; i++) {
        struct access *a = &l->list[i];
        if (a->open || (a->verdict == KEEP_VERDICT_FLAGGED && !a->decided))
            c->withheld++;
        else
            l->list[n++] = *a;
    }
    l->n = n;
    return 0;
}

/* --- rows --- */

static int by_time(const void *x, const void *y)
{
    const struct keep_chartopen_row *a = x, *b = y;
    if (a->first != b->first)
        return a->first < b->first ? -1 : 1;
    if (a->event.source != b->event.source)
        return a->event.source < b->event.source ? -1 : 1;
    return a->event.ordinal < b->event.ordinal ? -1 : a->event.ordinal > b->event.ordinal;
}

static bool as_one(const struct keep_chartopen_row *a, const struct keep_chartopen_row *b)
{
    return a->day == b->day && a->worker == b->worker && (a->worker != KEEP_ID_NONE || a->account == b->account) && keep_str_eq(a->department, b->department) && keep_str_eq(a->role, b->role) &&
           keep_str_eq(a->reason, b->reason) && a->relation == b->relation;
}

static int make_rows(struct looking *l, struct keep_err *err)
{
    struct keep_chartopen *c = l->c;
    size_t today = 0; /* where the rows of the day at hand begin */
    if (!(c->row = keep_arena_array(c->run.arena, l->n + 1, sizeof *c->row)))
        return no_memory(err);
    for (size_t i = 0; i < l->n; i++)
        c->row[i] = l->list[i].row;
    if (l->n)
        qsort(c->row, l->n, sizeof *c->row, by_time);
    c->accesses = l->n;
    for (size_t i = 0; i < l->n; i++) {
        struct keep_chartopen_row *at = NULL;
        while (today < c->rows && c->row[today].day != c->row[i].day)
            today++;
        for (size_t k = today; !l->p->each && !at && k < c->rows; k++)
            at = as_one(&c->row[k], &c->row[i]) ? &c->row[k] : NULL;
        if (at) {
            at->last = c->row[i].last;
            at->times++;
            at->actions |= c->row[i].actions;
        } else {
            c->row[c->rows++] = c->row[i];
        }
    }
    return 0;
}

int keep_chartopen_run(struct keep_chartopen *out, struct keep_store *s, const struct keep_chartopen_params *p, struct keep_err *err)
{
    struct looking l = {.c = out, .p = p};
    memset(out, 0, sizeof *out);
    int rc = keep_auditrun_open(&out->run, s, p->adopted, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, err);
    if (rc == 0 && (out->patient = p->patient(p->ctx, &out->run.world, err)) == KEEP_ID_NONE)
        rc = err->code;
    if (rc == 0) {
        struct keep_ask_params ask = {.patient = &out->patient, .patients = 1};
        if (p->threads)
            out->run.in.threads = p->threads;
        out->run.in.progress = p->progress;
        out->run.in.progress_ctx = p->progress_ctx;
        rc = keep_askrun(&out->run, &ask, each, &l, err);
    }
    if (rc == 0)
        rc = withhold(&l, err);
    return rc == 0 ? make_rows(&l, err) : rc;
}

void keep_chartopen_free(struct keep_chartopen *c)
{
    keep_auditrun_free(&c->run);
    memset(c, 0, sizeof *c);
}
