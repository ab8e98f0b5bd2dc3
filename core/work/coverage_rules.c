/* A rule can run when what it must know can be known for anybody. Which fields
 * those are the compiled expression says; how often each is known was counted.
 * What is missing is named by what would bring it: a roster, an account map, a
 * column of the log. */
#include <stdio.h>

#include "core/model/class.h"
#include "core/work/coverage.h"

enum { LINES = 48 }; /* things one rule can lack; more are left out */

/* entity, what its rows are called in counts */
static const char *const rows_of[KEEP_GRAIN_COUNT] = {
    [KEEP_GRAIN_event] = "accesses", [KEEP_GRAIN_user] = "accounts", [KEEP_GRAIN_patient] = "patients", [KEEP_GRAIN_record] = "records",
    [KEEP_GRAIN_set] = "records",    [KEEP_GRAIN_facility] = "facilities", [KEEP_GRAIN_source] = "sources", [KEEP_GRAIN_encounter] = "encounters", [KEEP_GRAIN_claim] = "claims"};

static const struct {
    enum keep_grain grain;
    const char *text; /* "user.department" */
} fields[KEEP_FIELD_COUNT] = {
#define X(entity, field, type, meaning) [KEEP_FIELD_##entity##_##field] = {KEEP_GRAIN_##entity, #entity "." #field},
    KEEP_POLICY_FIELDS(X)
#undef X
};

static const char *const days[KEEP_COVERAGE_DAY_KINDS] = {
    "service_date", "created_date", "discharge_date",
#define X(name, word) word,
    KEEP_RECORD_DAYS(X)
#undef X
};

/* One rule while it is looked at. */
struct look {
    struct keep_coverage *c;
    struct keep_str missing[LINES], part[LINES];
    size_t missings, parts;
    bool failed;
};

static void line(struct look *l, struct keep_str *list, size_t *n, const char *text)
{
    bool ok = true;
    for (size_t i = 0; i < *n; i++)
        if (keep_str_is(list[i], text))
            return;
    if (*n < LINES)
        list[(*n)++] = keep_arena_str(l->c->arena, keep_str_of(text), &ok);
    l->failed = l->failed || !ok;
}

static void lacks(struct look *l, const char *text)
{
    line(l, l->missing, &l->missings, text);
}

/* ---- fields ---- */

/* Does a source that brought duties vouch for any day of them? */
static bool rosters_whole(const struct keep_coverage *c)
{
    for (size_t i = 0; i < c->world.duties; i++)
        for (size_t k = 0; k < c->world.sources; k++) {
            const struct keep_source *s = &c->world.source[k];
            keep_date day = c->world.duty[i].from == KEEP_TIME_NONE ? KEEP_DATE_NONE : keep_civil_utc_date(c->world.duty[i].from);
            if (s->id == c->world.duty[i].source && keep_source_covers(s, keep_class_written(s, KEEP_STR(KEEP_CLASS_ROSTER)), (struct keep_str){NULL, 0}, day, day))
                return true;
        }
    return false;
}

/* Does a source that names the workforce vouch for any day of it? */
static bool staff_whole(const struct keep_coverage *c)
{
    for (size_t k = 0; k < c->world.sources; k++) {
        const struct keep_source *s = &c->world.source[k];
        keep_date day = s->through != KEEP_DATE_NONE ? s->through : s->closed_on;
        if (keep_class_vouched(s, 1, KEEP_STR(KEEP_CLASS_WORKER), day, day))
            return true;
    }
    return false;
}

static bool counts_staff(const struct keep_read *r)
{
    return r->call && (r->id == KEEP_CALL_department_ties || r->id == KEEP_CALL_department_size);
}

/* Who gives a field that nobody gave. */
static void lacks_field(struct look *l, enum keep_field f)
{
    const struct keep_coverage *c = l->c;
    char text[128];
    enum keep_grain g = fields[f].grain;
    if (f == KEEP_FIELD_user_is_patient || f == KEEP_FIELD_patient_is_worker || (f == KEEP_FIELD_patient_department && c->roster))
        snprintf(text, sizeof text, "nothing says which patients are of the workforce");
    else if (f == KEEP_FIELD_user_on_leave && c->roster && c->mapped)
        snprintf(text, sizeof text, "no duty roster that names leaves");
    else if ((f == KEEP_FIELD_user_trained || f == KEEP_FIELD_user_courses) && c->roster && c->mapped)
        snprintf(text, sizeof text, "no trainings, and no source that is complete for class \"training\"");
    else if (f == KEEP_FIELD_user_idle_days)
        snprintf(text, sizeof text, "no access log that is declared complete");
    else if (f == KEEP_FIELD_patient_days_since_visit)
        snprintf(text, sizeof text, "no encounters");
    else if ((f == KEEP_FIELD_user_is_contact || f == KEEP_FIELD_user_contact_words) && c->world.contacts == 0)
        snprintf(text, sizeof text, "nothing says who the patients' contacts are");
    else if ((f == KEEP_FIELD_user_is_contact || f == KEEP_FIELD_user_contact_words) && c->roster && c->mapped)
        snprintf(text, sizeof text, "roster without addresses and phones");
    else if ((g == KEEP_GRAIN_user && !c->roster && f != KEEP_FIELD_user_mapped) || f == KEEP_FIELD_patient_department)
        snprintf(text, sizeof text, "no roster");
    else if (g == KEEP_GRAIN_user && !c->mapped)
        snprintf(text, sizeof text, "no account map");
    else if (g == KEEP_GRAIN_user)
        snprintf(text, sizeof text, "roster without %s", fields[f].text);
    else if (c->field[f].all == 0)
        snprintf(text, sizeof text, "no %s", g == KEEP_GRAIN_event ? "access log" : rows_of[g]);
    else
        snprintf(text, sizeof text, "%s without %s", g == KEEP_GRAIN_event ? "access log" : rows_of[g], fields[f].text);
    lacks(l, text);
}

static bool has_field(const struct keep_coverage *c, enum keep_field f)
{
    return fields[f].text == NULL || c->field[f].known > 0; /* what a finding itself counts is always there */
}

static void field_part(struct look *l, enum keep_field f)
{
    char text[160];
    const struct keep_coverage_count *n = &l->c->field[f];
    if (!fields[f].text || n->known == 0 || n->known == n->all)
        return;
    snprintf(text, sizeof text, "%s: %llu of %llu %s", fields[f].text, (unsigned long long)n->known, (unsigned long long)n->all, rows_of[fields[f].grain]);
    line(l, l->part, &l->parts, text);
}

/* ---- calls ---- */

static bool any_relation(const struct keep_coverage *c, const struct keep_read *r)
{
    uint64_t n = 0;
    for (size_t i = 0; i < r->words; i++) {
        int kind = keep_vocab_relation_kind(r->word[i]);
        n += kind >= 0 ? c->relation[kind] : 0;
    }
    return n > 0;
}

static int day_kind(const struct keep_read *r)
{
    for (size_t i = 0; r->words && i < sizeof days / sizeof *days; i++)
        if (keep_str_is(r->word[0], days[i]))
            return (int)i;
    return -1;
}

/* Fields that a call reads besides. */
static const enum keep_field *fields_of_call(uint16_t call)
{
    static const enum keep_field department[] = {KEEP_FIELD_user_department, KEEP_FIELD_COUNT}, both[] = {KEEP_FIELD_user_department, KEEP_FIELD_patient_department, KEEP_FIELD_COUNT},
                                 born[] = {KEEP_FIELD_patient_birth_date, KEEP_FIELD_COUNT},
                                 place[] = {KEEP_FIELD_event_place, KEEP_FIELD_COUNT}, none[] = {KEEP_FIELD_COUNT};
    switch (call) {
    case KEEP_CALL_department_related:
    case KEEP_CALL_department_ties:
    case KEEP_CALL_department_size:
    case KEEP_CALL_encounter_at_unit: return department;
    case KEEP_CALL_in_network: return place;
    case KEEP_CALL_colleagues: return both;
    case KEEP_CALL_patient_birthday:
    case KEEP_CALL_patient_age_on: return born;
    default: return none;
    }
}

static bool has(void *ctx, const struct keep_read *r)
{
    const struct keep_coverage *c = ctx;
    int day;
    if (!r->call)
        return has_field(c, (enum keep_field)r->id);
    for (const enum keep_field *f = fields_of_call(r->id); *f != KEEP_FIELD_COUNT; f++)
        if (!has_field(c, *f))
            return false;
    switch (r->id) {
    case KEEP_CALL_behalf_related: return c->relation[KEEP_RELATION_BEHALF] > 0 && any_relation(c, r);
    case KEEP_CALL_related:
    case KEEP_CALL_patient_related:
    case KEEP_CALL_department_related: return any_relation(c, r);
    case KEEP_CALL_rostered_with_patient: return c->world.duties > 0;
    case KEEP_CALL_on_shift: return rosters_whole(c);
    case KEEP_CALL_department_ties:
    case KEEP_CALL_department_size: return staff_whole(c);
    case KEEP_CALL_encounter_at_unit: return c->world.encounters > 0;
    case KEEP_CALL_set_last: /* a later day may be elsewhere unless somebody says that all is here */
        if (!c->complete)
            return false;
        /* fall through */
    case KEEP_CALL_set_first:
        day = day_kind(r);
        return day < 0 || c->day[day].known > 0;
    default: return true;
    }
}

static void relations_lack(struct look *l, const struct keep_read *r)
{
    char text[160];
    bool any = any_relation(l->c, r);
    for (size_t i = 0; i < r->words; i++) {
        int kind = keep_vocab_relation_kind(r->word[i]);
        if (kind < 0 || l->c->relation[kind])
            continue;
        snprintf(text, sizeof text, "no %s relations", keep_vocab_relation_kind_word(kind));
        if (any)
            line(l, l->part, &l->parts, text);
        else
            lacks(l, text);
    }
}

static void day_lacks(struct look *l, const struct keep_read *r)
{
    char text[160];
    int day = day_kind(r);
    if (r->id == KEEP_CALL_set_last && !l->c->complete)
        lacks(l, "no source whose completeness an officer signed");
    if (day < 0)
        return;
    const struct keep_coverage_count *n = &l->c->day[day];
    const char *of = day == KEEP_COVERAGE_DISCHARGE ? "encounters" : "records";
    if (n->known == 0) {
        snprintf(text, sizeof text, n->all ? "%s without %s" : "no %s", of, days[day]);
        lacks(l, text);
    } else if (n->known < n->all) {
        snprintf(text, sizeof text, "%s: %llu of %llu %s", days[day], (unsigned long long)n->known, (unsigned long long)n->all, of);
        line(l, l->part, &l->parts, text);
    }
}

static int note(void *ctx, const struct keep_read *r)
{
    struct look *l = ctx;
    const enum keep_field own[] = {(enum keep_field)r->id, KEEP_FIELD_COUNT};
    for (const enum keep_field *f = r->call ? fields_of_call(r->id) : own; *f != KEEP_FIELD_COUNT; f++) {
        if (!has_field(l->c, *f))
            lacks_field(l, *f);
        field_part(l, *f);
    }
    if (r->call && (r->id == KEEP_CALL_related || r->id == KEEP_CALL_department_related || r->id == KEEP_CALL_patient_related || r->id == KEEP_CALL_behalf_related))
        relations_lack(l, r);
    if (r->call && r->id == KEEP_CALL_behalf_related && l->c->relation[KEEP_RELATION_BEHALF] == 0)
        lacks(l, "access log that says for whom somebody acted");
    if (r->call && (r->id == KEEP_CALL_on_shift || r->id == KEEP_CALL_rostered_with_patient) && l->c->world.duties == 0)
        lacks(l, "no duty roster");
    if (r->call && r->id == KEEP_CALL_on_shift && l->c->world.duties > 0 && !rosters_whole(l->c))
        lacks(l, "no duty roster that is declared complete: nobody is known to be off shift");
    if (counts_staff(r) && !staff_whole(l->c))
        lacks(l, "no source that is declared complete for class \"worker\" (Practitioner): few of a department may be on file");
    if (r->call && r->id == KEEP_CALL_encounter_at_unit && l->c->world.encounters == 0)
        lacks(l, "no encounters");
    if (r->call && (r->id == KEEP_CALL_set_first || r->id == KEEP_CALL_set_last))
        day_lacks(l, r);
    return 0;
}

/* ---- rules ---- */

static bool can(struct look *l, const struct keep_expr *e, bool yes)
{
    if (!e)
        return true;
    keep_expr_reads(e, note, l);
    return keep_expr_can(e, yes, has, l->c);
}

static bool access_runs(struct look *l, const struct keep_access *a)
{
    bool when = can(l, a->when, true), unless = can(l, a->unless, false);
    for (uint32_t k = 0; k < a->steps; k++)
        when = can(l, a->step[k].when, !a->step[k].none) && when;
    bool log = l->c->field[KEEP_FIELD_event_id].all > 0;
    if (!log)
        lacks(l, "no access log");
    return when && unless && log;
}

static bool explanation_runs(struct look *l, const struct keep_explanation *x)
{
    bool when = can(l, x->when, true), log = l->c->field[KEEP_FIELD_event_id].all > 0;
    if (!log)
        lacks(l, "no access log");
    return when && log;
}

static bool review_runs(struct look *l, const struct keep_review *x)
{
    bool tables = x->over != KEEP_REVIEW_CLAIM || l->c->tables;
    if (!tables && l->c->field[KEEP_FIELD_claim_type].all > 0)
        line(l, l->part, &l->parts, "no code table");
    return can(l, x->when, true);
}

/* A condition that cannot be told counts as applying, so only what every date of it hangs on stops the rule. */
static bool retention_runs(struct look *l, const struct keep_retention *r)
{
    bool runs = r->keeps == 0 && r->destroys == 0, told = can(l, r->when, true) || can(l, r->when, false);
    if (!told)
        line(l, l->part, &l->parts, "its condition cannot be told: it counts as applying");
    for (size_t i = 0; i < r->keeps; i++) {
        can(l, r->keep[i].only_if, true);
        bool dated = r->keep[i].permanent || can(l, r->keep[i].after, true);
        for (size_t k = 0; k < r->keep[i].caps; k++)
            dated = can(l, r->keep[i].cap[k].after, true) && dated;
        runs = runs || dated;
    }
    for (size_t i = 0; i < r->destroys; i++) {
        can(l, r->destroy[i].only_if, true);
        bool dated = can(l, r->destroy[i].after, true);
        runs = runs || dated;
    }
    if (l->c->field[KEEP_FIELD_record_kind].all == 0) {
        lacks(l, "no records");
        return false;
    }
    return runs;
}

static int add(struct look *l, enum keep_coverage_kind kind, struct keep_str id, struct keep_str title, bool runs, struct keep_err *err)
{
    struct keep_coverage *c = l->c;
    struct keep_coverage_rule *out = &c->rule[c->rules];
    struct keep_str *missing = keep_arena_array(c->arena, l->missings + 1, sizeof *missing), *part = keep_arena_array(c->arena, l->parts + 1, sizeof *part);
    if (l->failed || !missing || !part)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    memcpy(missing, l->missing, l->missings * sizeof *missing);
    memcpy(part, l->part, l->parts * sizeof *part);
    *out = (struct keep_coverage_rule){kind, id, title, runs, missing, l->missings, part, l->parts};
    c->rules++;
    l->missings = l->parts = 0;
    return 0;
}

int keep_coverage_rules(struct keep_coverage *c, const struct keep_policy *p, struct keep_err *err)
{
    struct look l = {.c = c};
    int rc = 0;
    c->rules = 0;
    c->rule = keep_arena_array(c->arena, p->accesses + p->explanations + p->retentions + p->reviews + 1, sizeof *c->rule);
    if (!c->rule)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < p->accesses; i++) {
        const struct keep_access *a = &p->access[i];
        bool runs = access_runs(&l, a);
        rc = add(&l, a->evidence ? KEEP_COVERAGE_EVIDENCE : KEEP_COVERAGE_ACCESS, a->id, a->title, runs, err);
    }
    for (size_t i = 0; rc == 0 && i < p->explanations; i++) {
        bool runs = explanation_runs(&l, &p->explanation[i]);
        rc = add(&l, KEEP_COVERAGE_EXPLANATION, p->explanation[i].id, p->explanation[i].title, runs, err);
    }
    for (size_t i = 0; rc == 0 && i < p->retentions; i++) {
        bool runs = retention_runs(&l, &p->retention[i]);
        rc = add(&l, KEEP_COVERAGE_RETENTION, p->retention[i].id, p->retention[i].title, runs, err);
    }
    for (size_t i = 0; rc == 0 && i < p->reviews; i++) {
        bool runs = review_runs(&l, &p->review[i]);
        rc = add(&l, KEEP_COVERAGE_REVIEW, p->review[i].id, p->review[i].title, runs, err);
    }
    return rc;
}
