/* Rules on sets.
 *
 * Every rule in force whose jurisdiction the set touches is tried. A condition
 * that is false drops it; one that is unknown counts as applying, is shown, and
 * never releases. A clause whose day is unknown leaves the whole set without a
 * date, and the gap is named. Permanent beats every date; among dates the latest
 * wins, so a rule for minors only ever lengthens.
 *
 * A rule that is no longer in force still binds what was made under it: the law
 * that follows shortens nothing by itself. It does where it says that it stands
 * instead of the old one, which the hospital signs when it adopts it. */
#include "core/retention/derive.h"

#include <stdlib.h>
#include <string.h>

#include "core/retention/reckon.h"

#define GAPS_MAX 16 /* named on one set; the rest says "and more" */

struct keep_derive {
    const struct keep_retention_input *in;
    struct keep_derive_rules rules;
    struct keep_arena *results;       /* of the call at hand */
    struct keep_buf text;
    struct keep_retention_step *step; /* room for one step a rule */
    struct keep_asking asking;
    const struct keep_tally *tally;
    struct keep_derived where;
    bool words;
    struct keep_err *err;
};

int keep_derive_new(struct keep_derive **out, const struct keep_retention_input *in, const struct keep_tally_index *x, const struct keep_derive_rules *rules, struct keep_err *err)
{
    struct keep_derive *d = calloc(1, sizeof *d);
    if (!d)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    d->in = in;
    d->rules = *rules;
    d->step = calloc(in->policy->retentions + 1, sizeof *d->step);
    int rc = d->step ? keep_asking_init(&d->asking, in, x, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc) {
        keep_derive_free(d);
        return rc;
    }
    *out = d;
    return 0;
}

void keep_derive_free(struct keep_derive *d)
{
    if (!d)
        return;
    keep_asking_done(&d->asking);
    keep_buf_free(&d->text);
    free(d->step);
    free(d);
}

int keep_derive_ask(struct keep_derive *d, const struct keep_expr *e, enum keep_tristate *out, struct keep_err *err)
{
    struct keep_truth t;
    d->asking.err = err;
    d->asking.facts.types = NULL; /* a hold means what it says, in words that no rule need know */
    int rc = keep_asking_truth(&d->asking, e, &t);
    d->asking.facts.types = &d->asking.types;
    if (!rc)
        *out = t.t;
    return rc;
}

const struct keep_derived *keep_derive_where(const struct keep_derive *d)
{
    return &d->where;
}

/* ---- one rule ---- */

static int keep_text(struct keep_derive *d, struct keep_str s, struct keep_str *out)
{
    bool ok = true;
    *out = s.n ? keep_arena_str(d->results, s, &ok) : (struct keep_str){NULL, 0};
    return ok ? 0 : keep_tally_full(d->results, d->err);
}

/* Has the set anything that was made while the rule was in force? What nobody dated may be. */
static enum keep_tristate made_by(const struct keep_tally *t, keep_date last)
{
    if ((t->created_first != KEEP_DATE_NONE && t->created_first <= last) || (t->service_first != KEEP_DATE_NONE && t->service_first <= last))
        return KEEP_TRI_YES;
    return t->uncreated && t->undated ? KEEP_TRI_UNKNOWN : KEEP_TRI_NO;
}

static enum keep_tristate in_force(const struct keep_retention *r, const struct keep_tally *t, keep_date on)
{
    if (r->from != KEEP_DATE_NONE && on < r->from)
        return KEEP_TRI_NO;
    return r->to == KEEP_DATE_NONE || on <= r->to ? KEEP_TRI_YES : made_by(t, r->to);
}

/* 1: the rule applies, *s is filled. 0: it does not. */
static int try_rule(struct keep_derive *d, uint32_t index, struct keep_retention_step *s)
{
    const struct keep_retention *r = &d->in->policy->retention[index];
    struct keep_truth when;
    enum keep_tristate force = in_force(r, d->tally, d->in->as_of);
    int rc = force == KEEP_TRI_NO ? 0 : keep_asking_when(&d->asking, index, &when);
    if (rc || force == KEEP_TRI_NO || when.t == KEEP_TRI_NO)
        return rc;
    if (force == KEEP_TRI_UNKNOWN && when.t == KEEP_TRI_YES)
        when = (struct keep_truth){KEEP_TRI_UNKNOWN, KEEP_STR("record.created_date")};
    *s = (struct keep_retention_step){.rule = index, .applies = when.t, .missing = when.missing};
    keep_buf_clear(&d->text);
    rc = keep_reckon_rule(&d->asking, s, d->words ? &d->text : NULL);
    if (rc <= 0)
        return rc;
    s->can_release = when.t == KEEP_TRI_YES && s->kind == KEEP_UNTIL_DATE && d->rules.can_release[index];
    if (d->text.failed)
        return keep_err_set(d->err, KEEP_E_NOMEM, "out of memory");
    rc = keep_text(d, keep_buf_view(&d->text), &s->arithmetic);
    if (!rc)
        rc = keep_text(d, s->missing, &s->missing);
    return rc ? rc : 1;
}

/* A rule that stands for others stands only where it certainly applies, gives a day, and somebody read it; and only for rules of its jurisdiction. */
static void replace(const struct keep_derive *d, size_t n)
{
    const struct keep_retention *rule = d->in->policy->retention;
    for (size_t i = 0; i < n; i++) {
        const struct keep_retention_step *by = &d->step[i];
        const struct keep_retention *r = &rule[by->rule];
        if (!r->insteads || by->replaced || by->applies != KEEP_TRI_YES || by->gap || by->kind == KEEP_UNTIL_UNKNOWN || !d->rules.read[by->rule])
            continue;
        for (size_t k = 0; k < n; k++)
            for (size_t j = 0; k != i && j < r->insteads; j++)
                if (keep_str_eq(r->instead[j], rule[d->step[k].rule].id) && keep_str_eq(r->jurisdiction, rule[d->step[k].rule].jurisdiction)) {
                    d->step[k].replaced = true;
                    d->step[k].can_release = false;
                }
    }
}

/* ---- one set ---- */

static void add_state(struct keep_derived *w, struct keep_str s)
{
    for (size_t i = 0; i < w->states; i++)
        if (keep_str_eq(w->state[i], s))
            return;
    if (w->states == KEEP_DERIVE_STATES)
        w->no_state = true;
    else
        w->state[w->states++] = s;
}

/* The facility's state; where it has none, what the sources of the set declare. */
static void find_states(struct keep_derive *d, struct keep_derived *w)
{
    const struct keep_world *world = d->in->world;
    const struct keep_tally *t = d->tally;
    *w = (struct keep_derived){.states = 0};
    for (size_t i = 0; d->in->own && i < world->facilities; i++)
        if (world->facility[i].state.n)
            add_state(w, world->facility[i].state);
    if (d->in->own)
        return;
    if (t->facility < world->facilities && world->facility[t->facility].state.n) {
        add_state(w, world->facility[t->facility].state);
        return;
    }
    for (size_t i = 0; i < t->froms; i++) {
        const struct keep_source *s = &world->source[t->from[i]];
        if (s->declared && s->jurisdiction.n)
            add_state(w, s->jurisdiction);
        else
            w->no_state = true;
    }
    if (!w->states)
        w->no_state = true;
}

/* Adds text to a "; " list that has it not yet. */
static void add_part(struct keep_buf *b, struct keep_str part)
{
    struct keep_str have = keep_buf_view(b);
    if (!part.n)
        return;
    for (size_t i = 0; i + part.n <= have.n; i++)
        if (memcmp(have.p + i, part.p, part.n) == 0 && (i == 0 || (i >= 2 && have.p[i - 2] == ';')) && (i + part.n == have.n || have.p[i + part.n] == ';'))
            return;
    if (b->n)
        keep_buf_str(b, "; ");
    keep_buf_add(b, part.p, part.n);
}

/* "notify the state (at least 30 days before)" */
static int add_gate(struct keep_derive *d, const struct keep_gate *g)
{
    static const char *const unit[] = {[KEEP_UNIT_DAYS] = "day", [KEEP_UNIT_MONTHS] = "month", [KEEP_UNIT_YEARS] = "year"};
    struct keep_truth t;
    int rc = keep_asking_truth(&d->asking, g->only_if, &t);
    if (rc || t.t == KEEP_TRI_NO)
        return rc;
    if (g->n == 0) {
        add_part(&d->text, g->text);
        return 0;
    }
    struct keep_buf one = KEEP_BUF_INIT;
    keep_buf_add(&one, g->text.p, g->text.n);
    keep_buf_printf(&one, " (at least %d %s%s before)", g->n, unit[g->unit], keep_str_s(g->n));
    add_part(&d->text, keep_buf_view(&one));
    d->text.failed |= one.failed;
    keep_buf_free(&one);
    return 0;
}

static int gather_gates(struct keep_derive *d, struct keep_set *s)
{
    const struct keep_retention *r = d->in->policy->retention;
    keep_buf_clear(&d->text);
    s->gates = (struct keep_str){NULL, 0};
    for (size_t i = 0; i < s->steps; i++)
        for (size_t k = 0; !s->step[i].replaced && k < r[s->step[i].rule].gates; k++) {
            int rc = add_gate(d, &r[s->step[i].rule].gate[k]);
            if (rc)
                return rc;
        }
    if (d->text.failed)
        return keep_err_set(d->err, KEEP_E_NOMEM, "out of memory");
    return keep_text(d, keep_buf_view(&d->text), &s->gates);
}

static void find_residue(const struct keep_derive *d, struct keep_set *s)
{
    const struct keep_retention *r = d->in->policy->retention;
    for (size_t i = 0; i < s->steps; i++)
        for (size_t k = 0; !s->step[i].replaced && k < r[s->step[i].rule].residues; k++)
            if (r[s->step[i].rule].residue[k].years > s->residue_years)
                s->residue_years = r[s->step[i].rule].residue[k].years;
}

/* Who a patient is has no place; care that stays with it, for nobody recorded where it was, has. */
static bool needs_state(const struct keep_tally *t)
{
    return t->series == KEEP_SERIES_PATIENT_IDENTITY ? (t->also >> KEEP_SERIES_MEDICAL_RECORD & 1) != 0 : t->series != KEEP_SERIES_ADMINISTRATIVE;
}

/* Why a set has no date: every gap, named. */
static int name_gaps(struct keep_derive *d, struct keep_set *s)
{
    size_t gaps = 0;
    keep_buf_clear(&d->text);
    if (d->where.no_state && needs_state(d->tally))
        keep_buf_str(&d->text, d->where.states ? "facility.state: not every source says" : "facility.state");
    for (size_t i = 0; i < s->steps && gaps < GAPS_MAX; i++)
        if (s->step[i].gap && !s->step[i].replaced) {
            add_part(&d->text, s->step[i].missing);
            gaps++;
        }
    if (gaps == GAPS_MAX)
        keep_buf_str(&d->text, "; and more");
    if (d->text.failed)
        return keep_err_set(d->err, KEEP_E_NOMEM, "out of memory");
    return keep_text(d, keep_buf_view(&d->text), &s->reason);
}

static int weight(const struct keep_retention_step *s)
{
    return s->can_release ? 2 : s->applies == KEEP_TRI_YES;
}

static bool later(const struct keep_retention_step *a, const struct keep_retention_step *b)
{
    return a->until > b->until || (a->until == b->until && weight(a) > weight(b));
}

/* Permanent, else a gap, else the latest; of two equal days the rule that can release, else one that certainly applies. */
static void decide(struct keep_set *s, struct keep_retention_step *step, size_t n, bool no_state)
{
    struct keep_retention_step *forever = NULL, *latest = NULL, *best;
    bool gap = no_state, still = false;
    s->rule = s->destroy_rule = -1;
    s->kind = KEEP_UNTIL_UNKNOWN;
    s->keep_until = s->destroy_by = KEEP_DATE_NONE;
    for (size_t i = 0; i < n; i++) {
        if (step[i].replaced)
            continue;
        if (step[i].kind == KEEP_UNTIL_PERMANENT && !forever)
            forever = &step[i];
        if (step[i].kind == KEEP_UNTIL_DATE && (!latest || later(&step[i], latest)))
            latest = &step[i];
        if (step[i].destroy_by != KEEP_DATE_NONE && (s->destroy_by == KEEP_DATE_NONE || step[i].destroy_by < s->destroy_by)) {
            s->destroy_by = step[i].destroy_by;
            s->destroy_rule = (int32_t)step[i].rule;
        }
        gap |= step[i].gap && !step[i].suspended;
        still |= step[i].suspended;
    }
    s->suspended = still && !gap && !forever;
    best = forever ? forever : gap || still ? NULL : latest;
    if (!best)
        return;
    best->decides = true;
    s->rule = (int32_t)best->rule;
    s->kind = best->kind;
    s->keep_until = best->until;
}

/* An explanation of a date needs nobody's name. */
static struct keep_str veil(void *ctx, enum keep_field f, struct keep_str clear)
{
    (void)ctx;
    (void)f;
    (void)clear;
    return KEEP_STR("(masked)");
}

static int explain_set(struct keep_derive *d, struct keep_set *s)
{
    struct keep_env env = keep_facts_env(&d->asking.facts);
    int rc;
    if (s->rule < 0 || !d->in->policy->retention[s->rule].explain.n)
        return 0;
    keep_buf_clear(&d->text);
    rc = keep_policy_explain(d->in->policy, d->in->policy->retention[s->rule].explain, &env, veil, NULL, &d->text);
    if (rc)
        return keep_err_set(d->err, rc, "an explanation could not be written");
    return keep_text(d, keep_buf_view(&d->text), &s->explain);
}

int keep_derive_set(struct keep_derive *d, const struct keep_tally *t, struct keep_set *s, bool words, struct keep_arena *a, struct keep_err *err)
{
    struct keep_retention_step *kept = NULL;
    const uint32_t *rule;
    size_t n = 0, rules;
    int rc;
    d->tally = t;
    d->words = words;
    d->results = a;
    d->err = err;
    find_states(d, &d->where);
    rc = keep_asking_begin(&d->asking, t, &d->where, &rule, &rules, err);
    for (size_t i = 0; rc >= 0 && i < rules; i++) {
        rc = try_rule(d, rule[i], &d->step[n]);
        n += rc > 0;
    }
    if (rc < 0)
        return rc;
    replace(d, n);
    decide(s, d->step, n, d->where.no_state && needs_state(t));
    if (n) {
        kept = keep_arena_array(a, n, sizeof *kept);
        if (!kept)
            return keep_tally_full(a, err);
        memcpy(kept, d->step, n * sizeof *kept);
    }
    s->step = kept;
    s->steps = n;
    s->residue_years = 0;
    find_residue(d, s);
    rc = s->kind == KEEP_UNTIL_UNKNOWN ? name_gaps(d, s) : 0;
    if (!rc)
        rc = gather_gates(d, s);
    return rc || !words ? rc : explain_set(d, s);
}
