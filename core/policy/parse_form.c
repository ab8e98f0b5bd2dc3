/* The clauses that make an access rule more than a single event, in any order:
 *
 *   form     = 'per' KEY [',' KEY] 'within' NUMBER ('minutes'|'hours'|'days')
 *              ( count | sequence | 'overlap' KEY )
 *   count    = 'count' ['distinct' FIELD] '>=' NUMBER
 *   sequence = 'first' EXPR ['count' '>=' NUMBER] { 'then' EXPR ['count' '>=' NUMBER] }
 *              ['then' 'no' EXPR]
 *
 * Which fields can be a key or be counted is one table. */
#include <string.h>

#include "core/policy/form.h"

enum {
    COUNT_LIMIT = 1000000, /* more in one window is no rule about people */
    WITHIN_LIMIT = 1440,   /* of its unit: a day in minutes, four years in days */
};

/* The fields of an event that are one number to the engine. */
static const struct field { const char *entity, *field; enum keep_field id; bool key; } fields[] = {
    {"user", "id", KEEP_FIELD_user_id, true}, {"user", "login", KEEP_FIELD_user_login, true}, {"event", "patient_id", KEEP_FIELD_event_patient_id, true},
    {"event", "place", KEEP_FIELD_event_place, true}, {"event", "unit", KEEP_FIELD_event_unit, true}, {"event", "day", KEEP_FIELD_event_day, false}};

/* ENTITY '.' FIELD of the table; KEEP_FIELD_COUNT: reported. */
static enum keep_field one_of(struct keep_compiler *c, bool key)
{
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if ((key && !fields[i].key) || !keep_compile_is_word(keep_compile_peek(c, 0), fields[i].entity) || !keep_compile_is_punct(keep_compile_peek(c, 1), '.') ||
            !keep_compile_is_word(keep_compile_peek(c, 2), fields[i].field))
            continue;
        for (int k = 0; k < 3; k++)
            keep_compile_next(c);
        return fields[i].id;
    }
    keep_compile_expected(c, key ? "`user.id`, `user.login`, `event.patient_id`, `event.place` or `event.unit`"
                                 : "`event.patient_id`, `event.day`, `event.place`, `event.unit`, `user.id` or `user.login`", NULL);
    return KEEP_FIELD_COUNT;
}

/* per KEY [',' KEY] */
void keep_parse_form_per(struct keep_compiler *c, void *draft, const struct keep_token *word)
{
    struct keep_form_draft *d = draft;
    d->per = word;
    d->rule.pers = 0; /* said again, it is an error, and still read */
    do {
        const struct keep_token *t = keep_compile_peek(c, 0);
        enum keep_field f = one_of(c, true);
        if (f == KEEP_FIELD_COUNT)
            return;
        if (d->rule.pers == 1 && d->rule.per[0] == f)
            keep_compile_error(c, t->at, "name it once", "the two keys of a rule are the same");
        else
            d->rule.per[d->rule.pers++] = f;
    } while (d->rule.pers < KEEP_ACCESS_KEYS && keep_compile_take_punct(c, ','));
}

/* within NUMBER UNIT */
void keep_parse_form_within(struct keep_compiler *c, void *draft, const struct keep_token *word)
{
    static const char *const units[] = {"minute", "hour", "day", NULL};
    static const int64_t seconds[] = {60, 3600, 86400};
    struct keep_form_draft *d = draft;
    int64_t n = 0;
    d->within = word;
    if (!keep_parse_number(c, 1, WITHIN_LIMIT, &n, "the length of a window"))
        return;
    int u = keep_parse_unit(c, units);
    if (u < 0)
        keep_compile_expected(c, "minutes, hours or days", "within 1 hour");
    else
        d->rule.within = n * seconds[u] * KEEP_USEC;
}

static bool at_least(struct keep_compiler *c, int64_t *out, const char *help)
{
    if (keep_compile_take_punct(c, KEEP_PUNCT2('>', '=')))
        return keep_parse_number(c, 1, COUNT_LIMIT, out, "a limit");
    keep_compile_expected(c, "`>=` and a number", help);
    return false;
}

/* count ['distinct' FIELD] '>=' NUMBER */
void keep_parse_form_count(struct keep_compiler *c, void *draft, const struct keep_token *word)
{
    struct keep_form_draft *d = draft;
    d->count = word;
    d->rule.form = KEEP_ACCESS_COUNT;
    if (keep_compile_take_word(c, "distinct")) {
        d->rule.form = KEEP_ACCESS_DISTINCT;
        d->rule.distinct = one_of(c, false);
        if (d->rule.distinct == KEEP_FIELD_COUNT)
            return;
    }
    at_least(c, &d->rule.limit, "count distinct event.patient_id >= 50");
}

/* overlap KEY */
void keep_parse_form_overlap(struct keep_compiler *c, void *draft, const struct keep_token *word)
{
    struct keep_form_draft *d = draft;
    d->overlap = word;
    d->rule.form = KEEP_ACCESS_OVERLAP;
    d->rule.limit = 2;
    d->rule.distinct = one_of(c, true);
}

/* EXPR ['count' '>=' NUMBER], 'no' read before it */
static void step(struct keep_compiler *c, struct keep_step *s)
{
    c->depth = 0;
    s->count = 1;
    s->when = keep_typecheck_clause(c, KEEP_V_BOOL, KEEP_FORM_ON, "a step of an access rule");
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (c->panic || !keep_compile_take_word(c, "count"))
        return;
    if (s->none)
        keep_compile_error(c, t->at, "leave it out: `then no` is about every such event", "what must not follow is not counted");
    at_least(c, &s->count, "first event.action == \"login\" count >= 5");
}

/* first EXPR … */
void keep_parse_form_first(struct keep_compiler *c, void *draft, const struct keep_token *word)
{
    struct keep_form_draft *d = draft;
    struct keep_step *s = keep_compile_alloc(c, KEEP_ACCESS_STEPS, sizeof *s);
    if (!s)
        return;
    memset(s, 0, KEEP_ACCESS_STEPS * sizeof *s);
    d->first = word;
    d->rule.form = KEEP_ACCESS_SEQUENCE;
    d->rule.step = s;
    d->rule.steps = 0;
    d->rule.limit = 0;
    for (const struct keep_token *t = word; t; t = keep_compile_is_word(keep_compile_peek(c, 0), "then") ? keep_compile_next(c) : NULL) {
        struct keep_step next = {.none = t != word && keep_compile_take_word(c, "no")};
        step(c, &next);
        if (c->panic)
            return;
        if (d->rule.steps == KEEP_ACCESS_STEPS) {
            keep_compile_error(c, t->at, NULL, "a sequence has at most %d steps", KEEP_ACCESS_STEPS);
            continue;
        }
        if (d->rule.steps && s[d->rule.steps - 1].none)
            keep_compile_error(c, t->at, NULL, "nothing follows `then no`");
        s[d->rule.steps++] = next;
        d->rule.limit += next.none ? 0 : next.count;
    }
    if (d->rule.steps < 2)
        keep_compile_expected(c, "`then`", "first EXPR then EXPR, first EXPR then no EXPR, or count >= N for one kind of event");
}

/* The last clause met that says what form the rule has. */
static const struct keep_token *form_of(const struct keep_form_draft *d)
{
    const struct keep_token *t = d->count;
    if (d->first && (!t || d->first > t))
        t = d->first;
    return d->overlap && (!t || d->overlap > t) ? d->overlap : t;
}

void keep_parse_form_whole(struct keep_compiler *c, const struct keep_form_draft *d)
{
    const struct keep_access *r = &d->rule;
    const struct keep_token *t = form_of(d);
    if (!t && (d->per || d->within))
        keep_compile_error(c, d->per ? d->per->at : d->within->at, "add count >= N, count distinct event.patient_id >= N, first … then …, or overlap event.place", "a window without `count`, `first` or `overlap`");
    if (!t)
        return;
    if ((d->count != NULL) + (d->first != NULL) + (d->overlap != NULL) > 1)
        keep_compile_error(c, t->at, "make them two rules", "a rule has one of `count`, `first` and `overlap`");
    if (!d->per)
        keep_compile_error(c, t->at, "add per user.id", "`%.*s` without `per`", (int)t->raw.n, t->raw.p);
    if (!d->within)
        keep_compile_error(c, t->at, "add within 1 hour", "`%.*s` without `within`", (int)t->raw.n, t->raw.p);
    for (uint32_t k = 0; k < r->pers && (r->form == KEEP_ACCESS_DISTINCT || r->form == KEEP_ACCESS_OVERLAP); k++)
        if (r->per[k] == r->distinct)
            keep_compile_error(c, t->at, "name another field, or count all events: count >= N", "what is told apart is a key of the rule: there is always one");
}
