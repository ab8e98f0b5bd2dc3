/* The arithmetic of a rule.
 *
 * Each `keep` whose condition is not false gives a day: its period, added to the
 * event or to the end of the period that the event is in, no later than any of
 * its caps, moved by as many days as the clock stood still, rounded up. The
 * latest counts. Each `destroy by` gives a day, of which the earliest counts.
 *
 * What is unknown never shortens: a clause under an unknown condition counts; a
 * clause whose event, cap or destroy-by day is unknown leaves the whole rule
 * without a day; a clock that may be suspended is. */
#include "core/retention/reckon.h"

#include "core/retention/period.h"

#define PAUSES 16 /* of one rule; the parser allows no more */

struct reckoning {
    struct keep_asking *q;
    const struct keep_retention *rule;
    struct keep_retention_step *s;
    struct keep_buf *text;      /* NULL: none */
    bool any;                   /* some clause is for this set */
    bool keep_gap;              /* a keep without a day */
    struct { keep_date from, to; } pause[PAUSES];
    size_t pauses;
};

static void add_text(const struct reckoning *r, const char *s)
{
    if (r->text)
        keep_buf_str(r->text, s);
}

static void next_part(const struct reckoning *r)
{
    if (r->text && r->text->n)
        keep_buf_str(r->text, "; ");
}

/* The first gap is the one that is named; it replaces what an unknown condition lacked. */
static void gap(struct reckoning *r, struct keep_str missing)
{
    if (!r->s->gap)
        r->s->missing = missing;
    r->s->gap = true;
    if (!r->text)
        return;
    keep_buf_str(r->text, "undetermined: ");
    keep_buf_add(r->text, missing.p, missing.n);
}

/* 1: the condition holds, or may; 0: it does not. */
static int holds(struct reckoning *r, const struct keep_expr *e)
{
    struct keep_truth t;
    int rc = keep_asking_truth(r->q, e, &t);
    if (rc)
        return rc;
    if (t.t == KEEP_TRI_UNKNOWN && !r->s->missing.n)
        r->s->missing = t.missing;
    return t.t != KEEP_TRI_NO;
}

/* What is odd about the day that was used, if anything. */
static void note_trigger(const struct reckoning *r, keep_date used)
{
    const struct keep_facts *f = &r->q->facts;
    for (int w = 0; r->text && w < KEEP_TRIGGER_COUNT; w++)
        for (int l = 0; l < 2; l++)
            if (f->found[w][l] && f->trigger[w][l].date == used && f->trigger[w][l].note.n) {
                keep_buf_str(r->text, " (");
                keep_buf_add(r->text, f->trigger[w][l].note.p, f->trigger[w][l].note.n);
                keep_buf_char(r->text, ')');
                return;
            }
}

/* The day a period ends on, before rounding. *at NONE: a gap, which is said. */
static int find_end(struct reckoning *r, const struct keep_keep *k, keep_date *from, keep_date *at)
{
    struct keep_str missing = {NULL, 0};
    int rc = keep_asking_day(r->q, k->after, from, &missing);
    *at = KEEP_DATE_NONE;
    if (rc)
        return rc;
    *at = keep_period_add(k, *from);
    if (*at == KEEP_DATE_NONE)
        gap(r, *from == KEEP_DATE_NONE ? missing : KEEP_STR("a day beyond the calendar"));
    return 0;
}

static void show_period(struct reckoning *r, const struct keep_keep *k, keep_date from, keep_date until)
{
    if (!r->text)
        return;
    keep_period_text(k, keep_expr_text(k->after), from, until, r->text);
    note_trigger(r, from);
}

/* --- suspension --- */

static int find_pause(struct reckoning *r, const struct keep_pause *p)
{
    struct keep_str missing = {NULL, 0};
    keep_date from, to;
    if (p->only_while) {
        struct keep_truth t;
        int rc = keep_asking_truth(r->q, p->only_while, &t);
        if (rc || t.t == KEEP_TRI_NO)
            return rc;
        r->any = true;
        next_part(r);
        add_text(r, "suspended while ");
        if (r->text)
            keep_buf_add(r->text, keep_expr_text(p->only_while).p, keep_expr_text(p->only_while).n);
        if (t.t == KEEP_TRI_YES) {
            r->s->suspended = true;
        } else {
            add_text(r, ": ");
            gap(r, t.missing);
        }
        return 0;
    }
    int rc = holds(r, p->only_if);
    if (rc <= 0)
        return rc;
    rc = keep_asking_day(r->q, p->from, &from, &missing);
    if (!rc && from != KEEP_DATE_NONE)
        rc = keep_asking_day(r->q, p->to, &to, &missing);
    if (rc)
        return rc;
    if (from == KEEP_DATE_NONE || to == KEEP_DATE_NONE) {
        next_part(r);
        add_text(r, "suspended: ");
        gap(r, missing);
    } else if (r->pauses < PAUSES) {
        r->pause[r->pauses].from = from;
        r->pause[r->pauses++].to = to;
    }
    return 0;
}

/* A clock that ran from start to end ends later by the days it stood still in between. */
static keep_date move_on(const struct reckoning *r, keep_date start, keep_date end)
{
    for (size_t i = 0; i < r->pauses && end != KEEP_DATE_NONE; i++) {
        keep_date from = r->pause[i].from > start ? r->pause[i].from : start, to = r->pause[i].to;
        if (to <= from || from > end)
            continue;
        if (r->text) {
            keep_buf_str(r->text, ", suspended from ");
            keep_period_day(from, r->text);
            keep_buf_str(r->text, " to ");
            keep_period_day(to, r->text);
        }
        end = end <= keep_civil_from_ymd(9999, 12, 31) - (to - from) ? end + (to - from) : KEEP_DATE_NONE;
    }
    return end;
}

/* --- keep --- */

/* No later than any of the clause's caps. *at NONE: one of them is unknown. */
static int under_caps(struct reckoning *r, const struct keep_keep *k, keep_date *at)
{
    bool lost = false;
    for (size_t i = 0; i < k->caps; i++) {
        keep_date from, cap;
        add_text(r, ", at most ");
        int rc = find_end(r, &k->cap[i], &from, &cap);
        if (rc)
            return rc;
        lost |= cap == KEEP_DATE_NONE;
        if (cap != KEEP_DATE_NONE)
            show_period(r, &k->cap[i], from, cap);
        if (cap < *at)
            *at = cap;
    }
    if (lost)
        *at = KEEP_DATE_NONE;
    return 0;
}

static int try_keep(struct reckoning *r, const struct keep_keep *k)
{
    keep_date from = KEEP_DATE_NONE, at = KEEP_DATE_NONE;
    bool plain = k->caps == 0 && r->pauses == 0;
    int rc = holds(r, k->only_if);
    if (rc <= 0)
        return rc;
    r->any = true;
    next_part(r);
    if (k->permanent) {
        add_text(r, "permanently");
        r->s->kind = KEEP_UNTIL_PERMANENT;
        return 0;
    }
    rc = find_end(r, k, &from, &at);
    if (!rc && at != KEEP_DATE_NONE) {
        show_period(r, k, from, plain ? keep_period_round(k, at) : at);
        rc = under_caps(r, k, &at);
    }
    if (rc)
        return rc;
    at = keep_period_round(k, move_on(r, from, at));
    if (r->text && at != KEEP_DATE_NONE) {
        if (!plain) {
            keep_buf_str(r->text, " -> ");
            keep_period_day(at, r->text);
        }
        keep_period_rounding(k, r->text);
    }
    r->keep_gap |= at == KEEP_DATE_NONE;
    if (at == KEEP_DATE_NONE && !r->s->gap)
        gap(r, KEEP_STR("a day beyond the calendar"));
    if (at != KEEP_DATE_NONE && r->s->kind == KEEP_UNTIL_UNKNOWN)
        r->s->kind = KEEP_UNTIL_DATE;
    if (at != KEEP_DATE_NONE && (r->s->until == KEEP_DATE_NONE || at > r->s->until))
        r->s->until = at;
    return 0;
}

/* --- destroy by, early --- */

static int try_destroy(struct reckoning *r, const struct keep_keep *k)
{
    keep_date from, at;
    int rc = holds(r, k->only_if);
    if (rc <= 0)
        return rc;
    r->any = true;
    next_part(r);
    add_text(r, "destroy by ");
    rc = find_end(r, k, &from, &at);
    if (rc || at == KEEP_DATE_NONE)
        return rc;
    show_period(r, k, from, at);
    if (r->s->destroy_by == KEEP_DATE_NONE || at < r->s->destroy_by)
        r->s->destroy_by = at;
    return 0;
}

/* Said and nothing more: what is not known here takes no day away. */
static int say_early(struct reckoning *r, const struct keep_early *e)
{
    struct keep_str missing;
    keep_date from;
    int rc = keep_asking_day(r->q, e->from.after, &from, &missing);
    if (rc)
        return rc;
    next_part(r);
    add_text(r, "earlier, once past ");
    keep_period_text(&e->from, keep_expr_text(e->from.after), from, keep_period_add(&e->from, from), r->text);
    add_text(r, ", with ");
    keep_buf_add(r->text, e->with.p, e->with.n);
    return 0;
}

int keep_reckon_rule(struct keep_asking *q, struct keep_retention_step *s, struct keep_buf *text)
{
    const struct keep_retention *rule = &q->in->policy->retention[s->rule];
    struct reckoning r = {.q = q, .rule = rule, .s = s, .text = text};
    bool paused;
    int rc = 0;
    s->kind = KEEP_UNTIL_UNKNOWN;
    s->until = s->destroy_by = KEEP_DATE_NONE;
    s->gap = s->suspended = false;
    for (size_t i = 0; rc >= 0 && i < rule->pauses; i++)
        rc = find_pause(&r, &rule->pause[i]);
    paused = r.any;
    r.any = false;
    for (size_t i = 0; rc >= 0 && i < rule->keeps; i++)
        rc = try_keep(&r, &rule->keep[i]);
    for (size_t i = 0; rc >= 0 && i < rule->destroys; i++)
        rc = try_destroy(&r, &rule->destroy[i]);
    for (size_t i = 0; rc >= 0 && text && r.any && i < rule->earlies; i++)
        rc = say_early(&r, &rule->early[i]);
    if (rc < 0 || !r.any)
        return rc < 0 ? rc : 0;
    if (s->suspended && !s->gap)
        s->missing = KEEP_STR("the clock is suspended");
    if (s->kind == KEEP_UNTIL_DATE && (r.keep_gap || s->gap || paused))
        s->kind = KEEP_UNTIL_UNKNOWN;
    s->suspended &= !s->gap; /* what is unknown outweighs what stands still */
    s->gap |= s->suspended;
    if (s->kind == KEEP_UNTIL_PERMANENT)
        s->gap = s->suspended = false;
    if (s->kind != KEEP_UNTIL_DATE)
        s->until = KEEP_DATE_NONE;
    return 1;
}
