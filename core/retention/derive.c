/* Rules on sets.
 *
 * Every rule in force whose jurisdiction the set touches is tried. A condition
 * that is false drops it; one that is unknown counts as applying, is shown, and
 * never releases. A clause whose trigger is unknown leaves the whole set without
 * a date, and the gap is named. Permanent beats every date; among dates the
 * latest wins, so a rule for minors only ever lengthens.
 *
 * A set may stand for several series: its own, those its records match without
 * leaving (`also`), and those they could match if their codes were known
 * (`maybe`). A rule's condition is asked under each; what only a maybe supports
 * is unknown. Likewise for labels that could not be told. */
#include "core/retention/derive.h"

#include <stdlib.h>
#include <string.h>

#include "core/retention/facts.h"
#include "core/retention/period.h"

#define GAPS_MAX 16 /* named on one set; the rest says "and more" */
#define MEMOS 1024u /* remembered combinations of series, facility and labels; a keep has some hundreds. Power of two */

struct truth {
    enum keep_tristate t;
    struct keep_str missing;
};

/* What conditions of rules may rest on and still be remembered. Compared as bytes; strings by where they stand in the world. */
struct memo_key {
    uint64_t also, maybe, labels, labels_unknown;
    const char *state;
    uint32_t series, facility, custody, states;
};

struct memo {
    struct memo_key key;
    bool used;
    bool *known;        /* per rule */
    struct truth *when; /* per rule */
};

struct keep_derive {
    const struct keep_retention_input *in;
    const bool *can_release;
    struct keep_arena *results, *memory; /* memory: the memos */
    struct keep_buf text;
    struct keep_retention_step *step; /* room for one step a rule */
    struct keep_facts facts;          /* of the set at hand */
    struct memo *memo, *here;
    const struct keep_tally *tally;
    struct keep_derived *where;
    struct keep_err *err;
};

int keep_derive_new(struct keep_derive **out, const struct keep_retention_input *in, const struct keep_tally_index *x, const bool *can_release, struct keep_arena *results, struct keep_err *err)
{
    struct keep_derive *d = calloc(1, sizeof *d);
    if (!d)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    d->in = in;
    d->can_release = can_release;
    d->results = results;
    d->facts = (struct keep_facts){.in = in, .index = x, .scratch = keep_arena_new(0)};
    d->memory = keep_arena_new(0);
    d->memo = calloc(MEMOS, sizeof *d->memo);
    d->step = calloc(in->policy->retentions + 1, sizeof *d->step);
    if (!d->facts.scratch || !d->memory || !d->memo || !d->step) {
        keep_derive_free(d);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    *out = d;
    return 0;
}

void keep_derive_free(struct keep_derive *d)
{
    if (!d)
        return;
    keep_arena_free(d->facts.scratch);
    keep_arena_free(d->memory);
    keep_buf_free(&d->text);
    free(d->memo);
    free(d->step);
    free(d);
}

/* ---- conditions ---- */

static int run(struct keep_derive *d, const struct keep_expr *e, struct keep_value *out)
{
    struct keep_env env = keep_facts_env(&d->facts);
    int rc = keep_expr_run(e, &env, out);
    return rc ? keep_err_set(d->err, rc, "a rule could not be evaluated") : 0;
}

static struct truth truth_of(const struct keep_value *v)
{
    if (v->type == KEEP_V_BOOL)
        return (struct truth){v->b ? KEEP_TRI_YES : KEEP_TRI_NO, {NULL, 0}};
    return (struct truth){KEEP_TRI_UNKNOWN, v->type == KEEP_V_UNKNOWN || v->type == KEEP_V_ERROR ? v->s : KEEP_STR("a condition that is not true or false")};
}

/* Under one series: with the labels that hold, and with those that may. */
static int ask(struct keep_derive *d, const struct keep_expr *e, uint32_t series, struct truth *out)
{
    struct keep_value v;
    struct truth most;
    int rc;
    if (!e) {
        *out = (struct truth){KEEP_TRI_YES, {NULL, 0}};
        return 0;
    }
    d->facts.series = series;
    d->facts.labels = d->tally->labels;
    d->facts.asked_labels = false;
    rc = run(d, e, &v);
    if (rc)
        return rc;
    *out = truth_of(&v);
    if (!d->facts.asked_labels || !(d->tally->labels_unknown & ~d->tally->labels))
        return 0;
    d->facts.labels |= d->tally->labels_unknown;
    rc = run(d, e, &v);
    if (rc)
        return rc;
    most = truth_of(&v);
    if (most.t != out->t)
        *out = (struct truth){KEEP_TRI_UNKNOWN, KEEP_STR("record.codes")};
    return 0;
}

/* Under every series the set stands for. */
static int ask_all(struct keep_derive *d, const struct keep_expr *e, struct truth *out)
{
    const struct keep_tally *t = d->tally;
    struct truth one;
    int rc = ask(d, e, t->series, out);
    for (uint32_t i = 0; !rc && out->t != KEEP_TRI_YES && i < d->in->policy->series_n; i++) {
        bool also = t->also >> i & 1, maybe = t->maybe >> i & 1;
        if ((!also && !maybe) || i == t->series)
            continue;
        rc = ask(d, e, i, &one);
        if (rc || one.t == KEEP_TRI_NO)
            continue;
        if (also && one.t == KEEP_TRI_YES)
            *out = one;
        else if (out->t == KEEP_TRI_NO)
            *out = (struct truth){KEEP_TRI_UNKNOWN, one.t == KEEP_TRI_YES ? KEEP_STR("record.codes") : one.missing};
    }
    d->facts.series = t->series;
    d->facts.labels = t->labels;
    return rc;
}

/* Many sets differ only in their patients. A rule's condition that looks at no more than the memo's key is asked once for all of them. */
static void recall(struct keep_derive *d)
{
    struct memo_key key;
    const unsigned char *p = (const unsigned char *)&key;
    uint64_t h = UINT64_C(0xcbf29ce484222325);
    size_t n = d->in->policy->retentions;
    struct memo *m;
    memset(&key, 0, sizeof key); /* no stray bytes between members */
    key.also = d->tally->also;
    key.maybe = d->tally->maybe;
    key.labels = d->tally->labels;
    key.labels_unknown = d->tally->labels_unknown;
    key.state = d->where->states ? d->where->state[0].p : NULL;
    key.series = d->tally->series;
    key.facility = d->tally->facility;
    key.custody = (uint32_t)d->tally->custody;
    key.states = (uint32_t)d->where->states;
    for (size_t i = 0; i < sizeof key; i++)
        h = (h ^ p[i]) * UINT64_C(0x100000001b3);
    m = &d->memo[(h ^ h >> 32) & (MEMOS - 1)];
    d->here = NULL;
    if (!m->known) {
        bool *known = keep_arena_array(d->memory, n + 1, sizeof *known);
        m->when = known ? keep_arena_array(d->memory, n + 1, sizeof *m->when) : NULL;
        m->known = m->when ? known : NULL;
    }
    if (!m->known)
        return; /* short of memory: ask anew */
    if (!m->used || memcmp(&m->key, &key, sizeof key) != 0)
        memset(m->known, 0, (n + 1) * sizeof *m->known);
    m->key = key;
    m->used = true;
    d->here = m;
}

static int ask_when(struct keep_derive *d, uint32_t rule, struct truth *out)
{
    int rc;
    if (d->here && d->here->known[rule]) {
        *out = d->here->when[rule];
        return 0;
    }
    d->facts.looked = false;
    rc = ask_all(d, d->in->policy->retention[rule].when, out);
    if (!rc && d->here && !d->facts.looked) {
        d->here->known[rule] = true;
        d->here->when[rule] = *out;
    }
    return rc;
}

/* ---- one rule ---- */

static int keep_text(struct keep_derive *d, struct keep_arena *a, struct keep_str s, struct keep_str *out)
{
    bool ok = true;
    *out = s.n ? keep_arena_str(a, s, &ok) : (struct keep_str){NULL, 0};
    return ok ? 0 : keep_tally_full(a, d->err);
}

static void note_trigger(struct keep_derive *d, keep_date used)
{
    for (int w = 0; w < KEEP_TRIGGER_COUNT; w++)
        for (int l = 0; l < 2; l++)
            if (d->facts.found[w][l] && d->facts.trigger[w][l].date == used && d->facts.trigger[w][l].note.n) {
                keep_buf_str(&d->text, " (");
                keep_buf_add(&d->text, d->facts.trigger[w][l].note.p, d->facts.trigger[w][l].note.n);
                keep_buf_char(&d->text, ')');
                return;
            }
}

static int try_clause(struct keep_derive *d, const struct keep_keep *k, struct keep_retention_step *s, bool *gap)
{
    struct truth cond = {KEEP_TRI_YES, {NULL, 0}};
    struct keep_value from;
    keep_date until;
    int rc;
    if (k->only_if) {
        rc = ask_all(d, k->only_if, &cond);
        if (rc)
            return rc;
        if (cond.t == KEEP_TRI_NO)
            return 0;
        if (cond.t == KEEP_TRI_UNKNOWN && !s->missing.n)
            s->missing = cond.missing;
    }
    if (d->text.n)
        keep_buf_str(&d->text, "; ");
    if (k->permanent) {
        keep_buf_str(&d->text, "permanently");
        s->kind = KEEP_UNTIL_PERMANENT;
        return 0;
    }
    rc = run(d, k->after, &from);
    if (rc)
        return rc;
    until = from.type == KEEP_V_DATE ? keep_period_until(k, from.date) : KEEP_DATE_NONE;
    if (until == KEEP_DATE_NONE) {
        if (!*gap)
            s->missing = from.type == KEEP_V_DATE ? KEEP_STR("a day beyond the calendar") : from.s.n ? from.s : keep_expr_text(k->after);
        *gap = true;
        keep_buf_printf(&d->text, "undetermined: %.*s", (int)s->missing.n, s->missing.p);
        return 0;
    }
    keep_period_text(k, keep_expr_text(k->after), from.date, until, &d->text);
    note_trigger(d, from.date);
    if (s->kind == KEEP_UNTIL_UNKNOWN)
        s->kind = KEEP_UNTIL_DATE;
    if (s->until == KEEP_DATE_NONE || until > s->until)
        s->until = until;
    return 0;
}

/* 1: the rule applies, *s is filled. 0: it does not. */
static int try_rule(struct keep_derive *d, uint32_t index, struct keep_retention_step *s)
{
    const struct keep_retention *r = &d->in->policy->retention[index];
    struct truth when;
    bool gap = false;
    int rc = ask_when(d, index, &when);
    if (rc)
        return rc;
    if (when.t == KEEP_TRI_NO)
        return 0;
    *s = (struct keep_retention_step){.rule = index, .applies = when.t, .missing = when.missing, .kind = KEEP_UNTIL_UNKNOWN, .until = KEEP_DATE_NONE};
    keep_buf_clear(&d->text);
    for (size_t i = 0; i < r->keeps; i++) {
        rc = try_clause(d, &r->keep[i], s, &gap);
        if (rc)
            return rc;
    }
    if (!d->text.n)
        return 0; /* none of its clauses is for this set */
    if (gap && s->kind != KEEP_UNTIL_PERMANENT)
        s->kind = KEEP_UNTIL_UNKNOWN;
    if (s->kind != KEEP_UNTIL_DATE)
        s->until = KEEP_DATE_NONE;
    s->can_release = when.t == KEEP_TRI_YES && s->kind == KEEP_UNTIL_DATE && d->can_release[index];
    if (d->text.failed)
        return keep_err_set(d->err, KEEP_E_NOMEM, "out of memory");
    rc = keep_text(d, d->results, keep_buf_view(&d->text), &s->arithmetic);
    if (!rc)
        rc = keep_text(d, d->results, s->missing, &s->missing);
    return rc ? rc : 1;
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

static bool touches(const struct keep_derived *w, struct keep_str jurisdiction)
{
    if (jurisdiction.n < 3 || memcmp(jurisdiction.p, "US-", 3) != 0)
        return true; /* US, and what is no state: a contract, the house */
    for (size_t i = 0; i < w->states; i++)
        if (keep_str_eq((struct keep_str){jurisdiction.p + 3, jurisdiction.n - 3}, w->state[i]))
            return true;
    return false;
}

static bool in_force(const struct keep_retention *r, keep_date on)
{
    return (r->from == KEEP_DATE_NONE || on >= r->from) && (r->to == KEEP_DATE_NONE || on <= r->to);
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

static int gather_texts(struct keep_derive *d, struct keep_set *s)
{
    const struct keep_retention *r = d->in->policy->retention;
    size_t gaps = 0;
    int rc;
    keep_buf_clear(&d->text);
    for (size_t i = 0; i < s->steps; i++) {
        add_part(&d->text, r[s->step[i].rule].gate);
        if (r[s->step[i].rule].residue_years > s->residue_years)
            s->residue_years = r[s->step[i].rule].residue_years;
    }
    rc = keep_text(d, d->results, keep_buf_view(&d->text), &s->gates);
    if (rc || s->kind != KEEP_UNTIL_UNKNOWN)
        return rc;
    keep_buf_clear(&d->text);
    if (d->where->no_state && s->series != KEEP_SERIES_PATIENT_IDENTITY && s->series != KEEP_SERIES_ADMINISTRATIVE)
        keep_buf_str(&d->text, d->where->states ? "facility.state: not every source says" : "facility.state");
    for (size_t i = 0; i < s->steps && gaps < GAPS_MAX; i++)
        if (s->step[i].kind == KEEP_UNTIL_UNKNOWN) {
            add_part(&d->text, s->step[i].missing);
            gaps++;
        }
    if (gaps == GAPS_MAX)
        keep_buf_str(&d->text, "; and more");
    return keep_text(d, d->results, keep_buf_view(&d->text), &s->reason);
}

static int weight(const struct keep_retention_step *s)
{
    return s->can_release ? 2 : s->applies == KEEP_TRI_YES;
}

/* Permanent, else a gap, else the latest; of two equal days the rule that can release, else one that certainly applies. */
static void decide(struct keep_set *s, struct keep_retention_step *step, size_t n, bool no_state)
{
    struct keep_retention_step *best = NULL;
    bool gap = no_state;
    for (size_t i = 0; i < n; i++) {
        if (step[i].kind == KEEP_UNTIL_PERMANENT && (!best || best->kind != KEEP_UNTIL_PERMANENT))
            best = &step[i];
        gap |= step[i].kind == KEEP_UNTIL_UNKNOWN;
    }
    for (size_t i = 0; !best && !gap && n && i < n; i++)
        best = &step[i];
    for (size_t i = 0; best && best->kind == KEEP_UNTIL_DATE && i < n; i++)
        if (step[i].until > best->until || (step[i].until == best->until && weight(&step[i]) > weight(best)))
            best = &step[i];
    s->rule = -1;
    s->kind = KEEP_UNTIL_UNKNOWN;
    s->keep_until = KEEP_DATE_NONE;
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
    struct keep_env env = keep_facts_env(&d->facts);
    int rc;
    if (s->rule < 0 || !d->in->policy->retention[s->rule].explain.n)
        return 0;
    keep_buf_clear(&d->text);
    rc = keep_policy_explain(d->in->policy, d->in->policy->retention[s->rule].explain, &env, veil, NULL, &d->text);
    if (rc)
        return keep_err_set(d->err, rc, "an explanation could not be written");
    return keep_text(d, d->results, keep_buf_view(&d->text), &s->explain);
}

int keep_derive_set(struct keep_derive *d, const struct keep_tally *t, struct keep_set *s, struct keep_derived *where, struct keep_err *err)
{
    const struct keep_policy *p = d->in->policy;
    bool builtin = t->series == KEEP_SERIES_PATIENT_IDENTITY || t->series == KEEP_SERIES_ADMINISTRATIVE;
    struct keep_retention_step *kept = NULL;
    size_t n = 0;
    int rc;
    d->tally = t;
    d->where = where;
    d->err = err;
    keep_facts_begin(&d->facts, t, where, err);
    find_states(d, where);
    recall(d);
    for (size_t i = 0; i < p->retentions; i++) {
        if (!touches(where, p->retention[i].jurisdiction) || !in_force(&p->retention[i], d->in->as_of))
            continue;
        rc = try_rule(d, (uint32_t)i, &d->step[n]);
        if (rc < 0)
            return rc;
        n += (size_t)rc;
    }
    decide(s, d->step, n, where->no_state && !builtin);
    if (n) {
        kept = keep_arena_array(d->results, n, sizeof *kept);
        if (!kept)
            return keep_tally_full(d->results, err);
        memcpy(kept, d->step, n * sizeof *kept);
    }
    s->step = kept;
    s->steps = n;
    rc = gather_texts(d, s);
    return rc ? rc : explain_set(d, s);
}
