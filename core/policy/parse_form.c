/* The clauses that make an access rule more than a single event:
 *
 *   count  = 'per' KEY [',' KEY] 'within' NUMBER ('minutes'|'hours'|'days')
 *            'count' ['distinct' COUNTED] '>=' NUMBER
 *
 * in any order. Which fields can be a key or be counted is one table. */
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
    do {
        const struct keep_token *t = keep_compile_peek(c, 0);
        enum keep_field f = one_of(c, true);
        if (f == KEEP_FIELD_COUNT)
            return;
        if (d->rule.pers == 1 && d->rule.per[0] == f)
            keep_compile_error(c, t->at, "name it once", "the two keys of a rule are the same");
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

/* count ['distinct' COUNTED] '>=' NUMBER */
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
    if (!keep_compile_take_punct(c, KEEP_PUNCT2('>', '='))) {
        keep_compile_expected(c, "`>=` and a number", "count distinct event.patient_id >= 50");
        return;
    }
    keep_parse_number(c, 1, COUNT_LIMIT, &d->rule.limit, "a limit");
}

void keep_parse_form_whole(struct keep_compiler *c, const struct keep_form_draft *d)
{
    const struct keep_access *r = &d->rule;
    if (d->count && !d->per)
        keep_compile_error(c, d->count->at, "add per user.id", "`count` without `per`");
    if (d->count && !d->within)
        keep_compile_error(c, d->count->at, "add within 1 hour", "`count` without `within`");
    if (!d->count && (d->per || d->within))
        keep_compile_error(c, d->per ? d->per->at : d->within->at, "add count >= N, or count distinct event.patient_id >= N", "a window without `count`");
    for (uint32_t k = 0; k < r->pers && r->form == KEEP_ACCESS_DISTINCT; k++)
        if (r->per[k] == r->distinct)
            keep_compile_error(c, d->count->at, "count another field, or all events: count >= N", "what is counted apart is a key of the rule: there is always one");
}
