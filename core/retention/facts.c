/* The facts of a record set, its facility and its patient. What nobody recorded
 * answers unknown with its name. Days are found when a rule first asks for them,
 * and once. A birth date known to the month or year gives an age only where all
 * days it can mean give the same. */
#include "core/retention/facts.h"

#include <stdio.h>
#include <string.h>

#include "core/policy/answer.h"
#include "core/retention/onfile.h"

void keep_facts_begin(struct keep_facts *f, const struct keep_tally *t, const struct keep_derived *where, struct keep_err *err)
{
    keep_arena_reset(f->scratch);
    memset(f->found, 0, sizeof f->found);
    f->tally = t;
    f->where = where;
    f->series = t->series;
    f->labels = t->labels;
    f->err = err;
}

static int set_kinds(struct keep_facts *d, struct keep_value *out)
{
    const struct keep_world *w = d->in->world;
    struct keep_value *item;
    d->looked = true;
    item = keep_arena_array(d->scratch, d->tally->kinds ? d->tally->kinds : 1, sizeof *item);
    if (!item)
        return KEEP_E_NOMEM;
    for (size_t i = 0; i < d->tally->kinds; i++)
        item[i] = keep_answer_text(keep_answer_term(w, d->tally->kind[i]), "record.kind");
    *out = (struct keep_value){.type = KEEP_V_LIST, .list = {item, d->tally->kinds}};
    return 0;
}

/* Types that say only that it is a provider (HL7 organization-type): as good as none, for no law is about them. */
static struct keep_str facility_type(const struct keep_facts *d, const struct keep_facility *at)
{
    static const char *const nothing[] = {"Healthcare Provider", "prov", "Other", "other"};
    if (!at)
        return (struct keep_str){NULL, 0};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        if (keep_str_is(at->type, nothing[i]))
            return (struct keep_str){NULL, 0};
    return d->types ? keep_placetype_word(d->types, at->type) : at->type;
}

static struct keep_value facility_state(const struct keep_facts *d)
{
    return d->where->states == 1 ? (struct keep_value){.type = KEEP_V_STRING, .s = d->where->state[0]} : keep_answer_unknown("facility.state");
}

/* The set's patient, NULL none. */
static const struct keep_patient *patient(const struct keep_facts *d)
{
    return d->tally->patient < d->in->world->patients ? &d->in->world->patient[d->tally->patient] : NULL;
}

/* The patient where the birth date can be one: 0001-01-01 and its like stand for a day that nobody knew, and would make an adult of a child. */
static const struct keep_patient *born(const struct keep_facts *d)
{
    enum { OLDEST = 125 }; /* years: nobody is known to have lived longer */
    const struct keep_patient *p = patient(d);
    const keep_date care = d->tally->service_first != KEEP_DATE_NONE ? d->tally->service_first : d->tally->created_first;
    return p && p->birth.date != KEEP_DATE_NONE && care != KEEP_DATE_NONE && keep_civil_age(p->birth.date, care) > OLDEST ? NULL : p;
}

static int field(void *ctx, enum keep_field f, struct keep_value *out)
{
    struct keep_facts *d = ctx;
    const struct keep_world *w = d->in->world;
    const struct keep_facility *at = d->tally->facility < w->facilities ? &w->facility[d->tally->facility] : NULL;
    const struct keep_str none = {NULL, 0};
    switch (f) {
    case KEEP_FIELD_set_series:
        *out = keep_answer_text(d->in->policy->series[d->series].id, "set.series");
        return 0;
    case KEEP_FIELD_set_labels:
        d->asked_labels = true;
        return keep_answer_labels(d->in->policy, d->labels, d->scratch, out);
    case KEEP_FIELD_set_kinds:
        return set_kinds(d, out);
    case KEEP_FIELD_set_custody:
        *out = keep_answer_text(keep_str_of(keep_vocab_custody_word((int)d->tally->custody)), "set.custody");
        return 0;
    case KEEP_FIELD_facility_name:
        *out = keep_answer_text(at ? at->name : none, "facility.name");
        return 0;
    case KEEP_FIELD_facility_type:
        *out = keep_answer_text(facility_type(d, at), "facility.type");
        return 0;
    case KEEP_FIELD_facility_state:
        *out = facility_state(d);
        return 0;
    case KEEP_FIELD_source_name:
        d->looked = true;
        *out = keep_answer_text(d->tally->froms == 1 ? w->source[d->tally->from[0]].name : none, "source.name");
        return 0;
    default:
        d->looked = true;
        *out = keep_answer_patient(f == KEEP_FIELD_patient_birth_date ? born(d) : patient(d), f, d->in->as_of);
        return 0;
    }
}

static int find_trigger(struct keep_facts *d, struct keep_str word, bool last, const struct keep_trigger **out)
{
    int what = keep_trigger_word(word);
    *out = NULL;
    if (what < 0)
        return 0;
    if (!d->found[what][last]) {
        int rc = keep_trigger_find(&d->trigger[what][last], d->index, d->tally, (enum keep_trigger_what)what, last, d->in->as_of, d->scratch, d->err);
        if (rc)
            return rc;
        d->found[what][last] = true;
    }
    *out = &d->trigger[what][last];
    return 0;
}

static struct keep_value majority(struct keep_str state)
{
    int years = keep_retention_majority(state);
    return years < 0 ? keep_answer_unknown("the age of majority there") : keep_answer_number(years);
}

/* An unknown that lives as long as the set is at hand: patient.last("Claim", "settled_date"): no source declares Claim complete there. */
static int lacking(struct keep_facts *d, const char *call, struct keep_str kind, const char *day, const char *gap, struct keep_value *out)
{
    char text[400];
    bool ok = true;
    snprintf(text, sizeof text, "patient.%s(\"%.*s\"%s%s%s): %s", call, (int)(kind.n < 60 ? kind.n : 60), kind.p, day ? ", \"" : "", day ? day : "", day ? "\"" : "", gap);
    *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = keep_arena_str(d->scratch, keep_str_of(text), &ok)};
    return ok ? 0 : KEEP_E_NOMEM;
}

static int on_file(struct keep_facts *d, struct keep_str kind, struct keep_value *out)
{
    struct keep_onfile_found f = {.records = 0};
    char gap[256] = "";
    if (d->index->onfile)
        keep_onfile_find(d->index->onfile, kind, d->tally->facility, KEEP_TRIGGER_SERVICE, &f);
    if (!f.records)
        keep_trigger_complete(d->index, d->tally, kind, d->in->as_of, gap);
    if (gap[0])
        return lacking(d, "any", kind, NULL, gap, out);
    *out = (struct keep_value){.type = KEEP_V_BOOL, .b = f.records > 0};
    return 0;
}

static int day_on_file(struct keep_facts *d, struct keep_str kind, struct keep_str word, bool last, struct keep_value *out)
{
    struct keep_onfile_found f = {.records = 0};
    char gap[256] = "";
    int what = keep_trigger_word(word);
    if (what < 0) {
        *out = (struct keep_value){.type = KEEP_V_ERROR, .s = KEEP_STR("no such day of a record")};
        return 0;
    }
    if (d->index->onfile)
        keep_onfile_find(d->index->onfile, kind, d->tally->facility, what, &f);
    if (f.records == 0)
        snprintf(gap, sizeof gap, "none is on file");
    else if (f.day.have < f.records)
        snprintf(gap, sizeof gap, "%zu of %zu records do not say it", f.records - f.day.have, f.records);
    else
        keep_trigger_complete(d->index, d->tally, kind, d->in->as_of, gap);
    if (gap[0])
        return lacking(d, last ? "last" : "first", kind, keep_trigger_text(what), gap, out);
    *out = (struct keep_value){.type = KEEP_V_DATE, .date = last ? f.day.last : f.day.first};
    return 0;
}

/* Calls about other records of the patient. */
static int call_on_file(struct keep_facts *d, enum keep_call c, const struct keep_value *arg, struct keep_value *out)
{
    if (c != KEEP_CALL_patient_any && (arg[1].type == KEEP_V_UNKNOWN || arg[1].type == KEEP_V_ERROR)) {
        *out = arg[1];
        return 0;
    }
    d->looked = true;
    return c == KEEP_CALL_patient_any ? on_file(d, arg[0].s, out) : day_on_file(d, arg[0].s, arg[1].s, c == KEEP_CALL_patient_last, out);
}

static int call(void *ctx, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_facts *d = ctx;
    const struct keep_trigger *t;
    int rc;
    if (n != 1 && !((c == KEEP_CALL_patient_first || c == KEEP_CALL_patient_last) && n == 2)) {
        *out = (struct keep_value){.type = KEEP_V_ERROR, .s = KEEP_STR("one argument expected")};
        return 0;
    }
    if (arg->type == KEEP_V_UNKNOWN || arg->type == KEEP_V_ERROR) {
        *out = *arg;
        return 0;
    }
    d->looked |= c != KEEP_CALL_majority;
    switch (c) {
    case KEEP_CALL_set_first:
    case KEEP_CALL_set_last:
        rc = find_trigger(d, arg->s, c == KEEP_CALL_set_last, &t);
        if (rc)
            return rc;
        if (!t)
            *out = (struct keep_value){.type = KEEP_V_ERROR, .s = KEEP_STR("no such day of a set")};
        else
            *out = t->date == KEEP_DATE_NONE ? (struct keep_value){.type = KEEP_V_UNKNOWN, .s = t->missing} : (struct keep_value){.type = KEEP_V_DATE, .date = t->date};
        return 0;
    case KEEP_CALL_patient_birthday:
        *out = keep_answer_birthday(born(d), arg->i);
        return 0;
    case KEEP_CALL_patient_age_on:
        *out = keep_answer_age_on(born(d), arg->date);
        return 0;
    case KEEP_CALL_patient_any:
    case KEEP_CALL_patient_first:
    case KEEP_CALL_patient_last: return call_on_file(d, c, arg, out);
    case KEEP_CALL_majority:
        *out = majority(arg->s);
        return 0;
    default:
        *out = keep_answer_unknown("a call that a record set cannot answer");
        return 0;
    }
}

struct keep_env keep_facts_env(struct keep_facts *f)
{
    return (struct keep_env){.ctx = f, .arena = f->scratch, .field = field, .call = call};
}
