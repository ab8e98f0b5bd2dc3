/* Rows to values. Custody always answers: "unknown" is one of its words. */
#include "core/policy/answer.h"

#include "core/model/codeform.h"
#include "core/model/vocab.h"
#include "core/policy/policy.h"

struct keep_str keep_answer_term(const struct keep_world *w, uint32_t id)
{
    return id < w->terms ? w->term[id] : (struct keep_str){NULL, 0};
}

struct keep_value keep_answer_patient(const struct keep_patient *p, enum keep_field f, keep_date as_of)
{
    static const struct keep_patient nobody = {.birth.date = KEEP_DATE_NONE, .death = KEEP_DATE_NONE};
    if (!p)
        p = &nobody;
    switch (f) {
    case KEEP_FIELD_patient_name: return keep_answer_text(p->name, "patient.name");
    case KEEP_FIELD_patient_mrn: return keep_answer_text(p->mrn, "patient.mrn");
    case KEEP_FIELD_patient_birth_date: return keep_answer_day(p->birth.precision >= KEEP_PREC_DAY ? p->birth.date : KEEP_DATE_NONE, "patient.birth_date");
    case KEEP_FIELD_patient_death_date: return keep_answer_day(p->death, "patient.death_date");
    case KEEP_FIELD_patient_deceased: /* a death after that day had not happened yet */
        return keep_answer_truth(p->death != KEEP_DATE_NONE && p->death > as_of ? KEEP_TRI_NO : p->deceased, "patient.deceased");
    case KEEP_FIELD_patient_confidential: return keep_answer_truth(p->confidential, "patient.confidential");
    case KEEP_FIELD_patient_sex: return keep_answer_text(p->sex ? keep_str_of(p->sex == 'M' ? "M" : "F") : (struct keep_str){NULL, 0}, "patient.sex");
    default: return keep_answer_unknown("a field that is not the patient's own");
    }
}

struct keep_value keep_answer_age_on(const struct keep_patient *p, keep_date on)
{
    struct keep_ymd born;
    keep_date first;
    int least, most;
    if (!p || p->birth.date == KEEP_DATE_NONE)
        return keep_answer_unknown("patient.birth_date");
    born = keep_civil_to_ymd(p->birth.date);
    first = p->birth.precision >= KEEP_PREC_DAY ? p->birth.date : keep_civil_from_ymd(born.y, p->birth.precision == KEEP_PREC_YEAR ? 1 : born.m, 1);
    least = keep_civil_age(p->birth.date, on);
    most = keep_civil_age(first, on);
    return least < 0 || least != most ? keep_answer_unknown("patient.birth_date") : keep_answer_number(least);
}

struct keep_value keep_answer_birthday(const struct keep_patient *p, int64_t years)
{
    if (!p || p->birth.date == KEEP_DATE_NONE || years < 0 || years > 9999)
        return keep_answer_unknown("patient.birth_date");
    return keep_answer_day(keep_civil_add_years(p->birth.date, (int32_t)years), "patient.birth_date");
}

_Static_assert(KEEP_FIELD_record_employment_end_date - KEEP_FIELD_record_signed_date == (int)KEEP_DAY_EMPLOYMENT_END, "the fields stand in the order of KEEP_RECORD_DAYS");

static keep_date other_day(const struct keep_record *r, int which)
{
    for (size_t i = 0; i < r->days; i++)
        if ((int)r->day[i].day == which)
            return r->day[i].date;
    return KEEP_DATE_NONE;
}

bool keep_answer_record(const struct keep_world *w, const struct keep_record *r, enum keep_field f, struct keep_value *out)
{
    if (f >= KEEP_FIELD_record_signed_date && f <= KEEP_FIELD_record_employment_end_date) {
        int which = (int)f - KEEP_FIELD_record_signed_date;
        *out = keep_answer_day(other_day(r, which), keep_vocab_record_day_word(which));
        return true;
    }
    switch (f) {
    case KEEP_FIELD_record_kind: *out = keep_answer_text(keep_answer_term(w, r->kind), "record.kind"); return true;
    case KEEP_FIELD_record_status: *out = keep_answer_text(r->status, "record.status"); return true;
    case KEEP_FIELD_record_custody: *out = keep_answer_text(keep_str_of(keep_vocab_custody_word((int)r->custody)), "record.custody"); return true;
    case KEEP_FIELD_record_service_date: *out = keep_answer_day(r->service_last, "record.service_date"); return true;
    case KEEP_FIELD_record_created_date: *out = keep_answer_day(r->created, "record.created_date"); return true;
    default: return false;
    }
}

bool keep_answer_codes_complete(const struct keep_world *w, const struct keep_record *r)
{
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == r->source)
            return w->source[i].declared && w->source[i].codes_complete;
    return false;
}

static int code_item(struct keep_value *item, struct keep_str system, struct keep_str code, struct keep_arena *a)
{
    struct keep_value *m = keep_arena_array(a, 4, sizeof *m);
    if (!m)
        return KEEP_E_NOMEM;
    m[0] = (struct keep_value){.type = KEEP_V_STRING, .s = KEEP_STR("system")};
    m[1] = keep_answer_text(system, "record.codes");
    m[2] = (struct keep_value){.type = KEEP_V_STRING, .s = KEEP_STR("code")};
    m[3] = keep_answer_text(code, "record.codes");
    *item = (struct keep_value){.type = KEEP_V_MAP, .list = {m, 2}};
    return 0;
}

int keep_answer_codes(const struct keep_world *w, const struct keep_record *r, bool complete, struct keep_arena *a, struct keep_value *out)
{
    struct keep_value *item = keep_arena_array(a, (1 + KEEP_CODEFORMS) * r->codes + 1, sizeof *item); /* as written, and in other forms */
    struct keep_codeform form;
    size_t n = 0;
    if (!item)
        return KEEP_E_NOMEM;
    for (size_t i = 0; i < r->codes; i++) {
        struct keep_str system = keep_answer_term(w, r->code[i].system);
        size_t forms = keep_codeform_others(&form, system, r->code[i].code);
        bool ok = true;
        if (code_item(&item[n++], system, r->code[i].code, a))
            return KEEP_E_NOMEM;
        for (size_t k = 0; k < forms; k++)
            if (code_item(&item[n++], system, keep_arena_str(a, keep_str_of(form.text[k]), &ok), a) || !ok)
                return KEEP_E_NOMEM;
    }
    if (!complete)
        item[n++] = keep_answer_unknown("record.codes");
    *out = (struct keep_value){.type = KEEP_V_LIST, .list = {item, n}};
    return 0;
}

int keep_answer_labels(const struct keep_policy *p, uint64_t labels, struct keep_arena *a, struct keep_value *out)
{
    struct keep_value *item = keep_arena_array(a, p->labels ? p->labels : 1, sizeof *item);
    size_t n = 0;
    if (!item)
        return KEEP_E_NOMEM;
    for (size_t i = 0; i < p->labels; i++)
        if (labels >> i & 1)
            item[n++] = (struct keep_value){.type = KEEP_V_STRING, .s = p->label[i].id};
    *out = (struct keep_value){.type = KEEP_V_LIST, .list = {item, n}};
    return 0;
}
