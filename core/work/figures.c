/* Counts are kept under (kind, month, key) and sorted at the end. */
#include "core/work/figures.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/base/num.h"
#include "core/store/casebook.h"
#include "core/work/auditrun.h"
#include "core/work/dates.h"
#include "core/work/reviewrun.h"

const struct keep_figure_words keep_figure_words[KEEP_FIGURE_COUNT] = {
#define X(name, word, unit, formula) {word, unit, formula},
    KEEP_FIGURES(X)
#undef X
};

struct counting {
    struct keep_figures *f;
    const struct keep_figures_params *p;
    struct keep_store *s;
    const struct keep_packs *packs;
    const struct keep_zone *zone;
    keep_time until; /* the end of the as-of day */
    struct keep_figure *list;
    size_t n, cap;
    /* accesses of the month counted last: logs come in order of time, nearly */
    keep_date month;
    keep_time month_from, month_to;
};

static keep_date month_of(keep_date d)
{
    struct keep_ymd y = keep_civil_to_ymd(d);
    return keep_civil_from_ymd(y.y, y.m, 1);
}

static bool wanted(const struct counting *c, keep_date month)
{
    return (c->p->from == KEEP_DATE_NONE || month >= month_of(c->p->from)) && (c->p->to == KEEP_DATE_NONE || month <= c->p->to);
}

/* The figure, made when it is not there yet. The latest are looked at first. NULL: out of memory. */
static struct keep_figure *at(struct counting *c, enum keep_figure_kind kind, keep_date month, struct keep_str key)
{
    bool ok = true;
    for (size_t i = c->n; i-- > 0;)
        if (c->list[i].kind == kind && c->list[i].month == month && keep_str_eq(c->list[i].key, key))
            return &c->list[i];
    if (!keep_grow(&c->list, &c->cap, c->n + 1, sizeof *c->list, 64))
        return NULL;
    c->list[c->n] = (struct keep_figure){.kind = kind, .month = month, .key = keep_arena_str(c->f->arena, key, &ok)};
    return ok ? &c->list[c->n++] : NULL;
}

static int add(struct counting *c, enum keep_figure_kind kind, keep_date month, struct keep_str key, int64_t value, int64_t of, struct keep_err *err)
{
    struct keep_figure *f = at(c, kind, month, key);
    if (!f)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for figures");
    f->value += value;
    f->of += of;
    return 0;
}

#define NOTHING ((struct keep_str){NULL, 0})

/* --- accesses --- */

static int count_event(void *ctx, const struct keep_events *b, uint32_t i, enum keep_verdict v, int rule, struct keep_err *err)
{
    struct counting *c = ctx;
    (void)rule;
    if (b->time[i] < c->month_from || b->time[i] >= c->month_to) { /* a month is looked up once for the run of its events */
        keep_date day = keep_zone_date(c->zone, b->time[i]), month = month_of(day);
        c->month = month;
        c->month_from = b->time[i];
        c->month_to = b->time[i] + 1;
        if (month_of(day - 1) == month && month_of(day + 1) == month) { /* a day and a night away from its ends: zones are less apart */
            keep_date next = month_of(month + 40);
            c->month_from = (keep_time)(month + 1) * 86400 * KEEP_USEC;
            c->month_to = (keep_time)(next - 1) * 86400 * KEEP_USEC;
        }
    }
    if (!wanted(c, c->month))
        return 0;
    int rc = add(c, KEEP_FIGURE_ACCESSES, c->month, NOTHING, 1, 0, err);
    if (rc == 0 && v != KEEP_VERDICT_NOT_ASSESSED)
        rc = add(c, KEEP_FIGURE_EXPECTED, c->month, NOTHING, v == KEEP_VERDICT_EXPECTED, 1, err);
    return rc;
}

static int accesses(struct counting *c, struct keep_err *err)
{
    struct keep_auditrun *r = calloc(1, sizeof *r);
    if (!r)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_auditrun_open(r, c->s, c->packs, c->until, NOTHING, err);
    r->in.verdict = count_event;
    r->in.verdict_ctx = c;
    r->in.progress = c->p->progress;
    r->in.progress_ctx = c->p->progress_ctx;
    c->zone = r->zone;
    if (rc == 0)
        rc = keep_auditrun_run(r, err);
    for (size_t i = 0; rc == 0 && i < c->packs->policy->accesses; i++)
        c->f->unable += c->packs->policy->access[i].evidence ? 0 : r->result.access[i].unable;
    c->zone = NULL;
    keep_auditrun_free(r);
    free(r);
    return rc;
}

/* --- cases --- */

struct span {
    keep_date month;
    int64_t days;
};

static int by_span(const void *a, const void *b)
{
    const struct span *x = a, *y = b;
    if (x->month != y->month)
        return x->month < y->month ? -1 : 1;
    return (x->days > y->days) - (x->days < y->days);
}

/* The median of each month; of an even number the lower of the two in the middle. */
static int medians(struct counting *c, enum keep_figure_kind kind, struct span *list, size_t n, struct keep_err *err)
{
    int rc = 0;
    qsort(list, n, sizeof *list, by_span);
    for (size_t i = 0, end; rc == 0 && i < n; i = end) {
        for (end = i; end < n && list[end].month == list[i].month;)
            end++;
        rc = wanted(c, list[i].month) ? add(c, kind, list[i].month, NOTHING, list[i + (end - i - 1) / 2].days, 0, err) : 0;
    }
    return rc;
}

static int spans(struct counting *c, enum keep_figure_kind kind, const struct keep_casebook_case *list, size_t n, const struct keep_zone *zone, struct keep_err *err)
{
    struct span *all = malloc((n + 1) * sizeof *all);
    size_t m = 0;
    if (!all)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for figures");
    for (size_t i = 0; i < n; i++) {
        keep_time t = kind == KEEP_FIGURE_REVIEW ? list[i].reviewed : list[i].decided;
        if (t == KEEP_TIME_NONE || list[i].first == KEEP_TIME_NONE)
            continue;
        keep_date day = keep_zone_date(zone, t);
        all[m++] = (struct span){month_of(day), (int64_t)day - keep_zone_date(zone, list[i].first)};
    }
    int rc = medians(c, kind, all, m, err);
    free(all);
    return rc;
}

static int repeat_users(struct counting *c, const struct keep_casebook_case *list, size_t n, struct keep_err *err)
{
    uint64_t *user = malloc((n + 1) * sizeof *user);
    size_t m = 0;
    int64_t users = 0;
    if (!user)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for figures");
    for (size_t i = 0; i < n; i++)
        if (list[i].status == KEEP_CASE_SUBSTANTIATED && list[i].user)
            user[m++] = list[i].user;
    qsort(user, m, sizeof *user, keep_num_by_u64);
    for (size_t i = 1; i < m; i++)
        users += user[i] == user[i - 1] && (i < 2 || user[i] != user[i - 2]);
    free(user);
    return add(c, KEEP_FIGURE_REPEAT, KEEP_DATE_NONE, NOTHING, users, 0, err);
}

static int cases(struct counting *c, struct keep_err *err)
{
    struct keep_casebook_case *list;
    struct keep_zone *zone = NULL;
    struct keep_buf key = KEEP_BUF_INIT;
    size_t n = 0;
    int rc = keep_zone_load(&zone, keep_store_zone(c->s), err);
    if (rc == 0)
        rc = keep_casebook_load_until(c->s, c->f->arena, c->until, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        keep_date month = list[i].opened == KEEP_TIME_NONE ? KEEP_DATE_NONE : month_of(keep_zone_date(zone, list[i].opened));
        keep_buf_clear(&key);
        keep_buf_printf(&key, "%.*s, %s", (int)list[i].rule.n, list[i].rule.p, keep_vocab_case_status_word((int)list[i].status));
        rc = add(c, KEEP_FIGURE_STATUS, KEEP_DATE_NONE, keep_buf_view(&key), 1, 0, err);
        if (rc == 0 && month != KEEP_DATE_NONE && wanted(c, month))
            rc = add(c, KEEP_FIGURE_OPENED, month, list[i].rule, 1, 0, err);
    }
    if (rc == 0)
        rc = spans(c, KEEP_FIGURE_REVIEW, list, n, zone, err);
    if (rc == 0)
        rc = spans(c, KEEP_FIGURE_DECISION, list, n, zone, err);
    if (rc == 0)
        rc = repeat_users(c, list, n, err);
    keep_buf_free(&key);
    keep_zone_free(zone);
    return rc;
}

/* --- record sets --- */

static int sets(struct counting *c, struct keep_err *err)
{
    struct keep_dates d = {0};
    int64_t overdue = 0;
    int rc = keep_dates_run(&d, c->s, c->packs, c->p->as_of, c->p->progress, c->p->progress_ctx, err);
    for (size_t i = 0; rc == 0 && i < d.result.sets; i++) {
        const struct keep_set *s = &d.result.set[i];
        rc = add(c, KEEP_FIGURE_SETS, KEEP_DATE_NONE, keep_str_of(keep_vocab_set_status_word((int)s->status)), 1, 0, err);
        if (rc == 0 && s->status == KEEP_SET_UNDETERMINED)
            rc = add(c, KEEP_FIGURE_GAPS, KEEP_DATE_NONE, s->reason, 1, 0, err);
        overdue += s->status == KEEP_SET_DUE && s->kind == KEEP_UNTIL_DATE && s->keep_until < c->p->as_of - KEEP_FIGURES_OVERDUE;
    }
    if (rc == 0)
        rc = add(c, KEEP_FIGURE_OVERDUE, KEEP_DATE_NONE, NOTHING, overdue, 0, err);
    keep_dates_free(&d);
    return rc;
}

/* --- charts --- */

static int charts(struct counting *c, struct keep_err *err)
{
    const struct keep_policy *p = c->packs->policy;
    struct keep_reviewrun *r;
    struct keep_reviewrun_params params = {.as_of = c->p->as_of, .progress = c->p->progress, .progress_ctx = c->p->progress_ctx};
    int rc = 0;
    if (p->reviews == 0)
        return 0;
    if (!(r = calloc(1, sizeof *r)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    c->f->reviewed = true;
    rc = keep_reviewrun_open(r, c->s, c->packs, &params, err);
    for (size_t i = 0; rc == 0 && i < p->reviews; i++) {
        const struct keep_review_count *n = &r->result.count[i];
        if (keep_str_is(p->review[i].queue, "delinquent charts"))
            rc = add(c, KEEP_FIGURE_DELINQUENT, KEEP_DATE_NONE, p->review[i].id, (int64_t)n->found, 0, err);
        if (rc == 0 && keep_str_is(p->review[i].id, "duplicate-patient"))
            rc = add(c, KEEP_FIGURE_DUPLICATES, KEEP_DATE_NONE, NOTHING, (int64_t)n->found, (int64_t)(n->looked - n->unable), err);
    }
    keep_reviewrun_free(r);
    free(r);
    return rc;
}

/* --- all --- */

static int by_place(const void *a, const void *b)
{
    const struct keep_figure *x = a, *y = b;
    if (x->kind != y->kind)
        return x->kind < y->kind ? -1 : 1;
    if (x->month != y->month)
        return x->month < y->month ? -1 : 1;
    return keep_str_order(x->key, y->key);
}

int keep_figures_run(struct keep_figures *f, struct keep_store *s, const struct keep_packs *packs, const struct keep_figures_params *p, struct keep_err *err)
{
    *f = (struct keep_figures){.arena = keep_arena_new(0), .as_of = p->as_of};
    struct counting c = {.f = f, .p = p, .s = s, .packs = packs, .month = KEEP_DATE_NONE, .month_from = 1, .month_to = 0};
    int rc = f->arena ? keep_dates_end(s, p->as_of, &c.until, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = accesses(&c, err);
    if (rc == 0)
        rc = cases(&c, err);
    if (rc == 0)
        rc = sets(&c, err);
    if (rc == 0)
        rc = charts(&c, err);
    struct keep_figure *list = rc == 0 ? keep_arena_array(f->arena, c.n + 1, sizeof *list) : NULL;
    if (list) {
        if (c.n) {
            qsort(c.list, c.n, sizeof *c.list, by_place);
            memcpy(list, c.list, c.n * sizeof *list);
        }
        f->figure = list;
        f->figures = c.n;
    } else if (rc == 0) {
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory for figures");
    }
    free(c.list);
    return rc;
}

void keep_figures_free(struct keep_figures *f)
{
    keep_arena_free(f->arena);
    *f = (struct keep_figures){0};
}
