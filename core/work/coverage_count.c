/* How often each field of the language is known: of accounts, patients, encounters,
 * records, claims and accesses. Which sources they came from does not matter here. */
#include "core/work/coverage_count.h"

#include "core/audit/trained.h"
#include "core/model/codetable.h"

void keep_coverage_count_field(struct keep_coverage *c, enum keep_field f, bool known)
{
    c->field[f].all++;
    c->field[f].known += known;
}

static const struct keep_worker *worker_of(const struct keep_world *w, const struct keep_account *a)
{
    for (size_t i = a->spans; i-- > 0;)
        if (a->span[i].worker != KEEP_ID_NONE)
            return &w->worker[a->span[i].worker];
    return NULL;
}

/* Is anything known of the worker's trainings: one is on file, or a source vouches that there is none? */
static bool trainings_of(const struct keep_world *w, const struct keep_worker *m)
{
    uint32_t worker = (uint32_t)(m - w->worker);
    size_t i = keep_world_trainings(w, worker);
    bool vouched = i < w->trainings && w->training[i].worker == worker;
    for (size_t s = 0; s < w->sources && !vouched; s++)
        vouched = keep_trained_attested(w, worker, w->source[s].closed_on != KEEP_DATE_NONE ? w->source[s].closed_on : w->source[s].through);
    return vouched;
}

void keep_coverage_count_accounts(struct keep_coverage *c)
{
    static const struct keep_worker nobody = {.patient = KEEP_ID_NONE};
    const struct keep_world *w = &c->world;
    bool leaves = false;
    for (size_t i = 0; i < w->duties; i++)
        leaves = leaves || w->duty[i].kind == KEEP_DUTY_LEAVE;
    for (size_t i = 0; i < w->workers; i++)
        c->roster += w->worker[i].known;
    for (size_t i = 0; i < w->accounts; i++) {
        const struct keep_worker *m = worker_of(w, &w->account[i]);
        c->mapped += m != NULL;
        if (!m)
            m = &nobody;
        keep_coverage_count_field(c, KEEP_FIELD_user_id, true);
        keep_coverage_count_field(c, KEEP_FIELD_user_login, true);
        keep_coverage_count_field(c, KEEP_FIELD_user_kind, true);
        keep_coverage_count_field(c, KEEP_FIELD_user_mapped, m != &nobody);
        keep_coverage_count_field(c, KEEP_FIELD_user_name, m->name.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_department, m->department.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_role, m->role.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_unit, m->unit.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_address_key, m->address_key[0] != 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_surname_key, m->surname_key[0] != 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_street_key, m->street_key[0] != 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_on_leave, m != &nobody && leaves);
        bool trained = m != &nobody && trainings_of(w, m);
        keep_coverage_count_field(c, KEEP_FIELD_user_trained, trained);
        keep_coverage_count_field(c, KEEP_FIELD_user_courses, trained);
        keep_coverage_count_field(c, KEEP_FIELD_user_affiliated, m->affiliations > 0);
        keep_coverage_count_field(c, KEEP_FIELD_user_is_patient, m->patient != KEEP_ID_NONE);
        bool comparable = w->contacts > 0 && (m->address_key[0] != 0 || m->phone_key[0] != 0 || m->patient != KEEP_ID_NONE);
        keep_coverage_count_field(c, KEEP_FIELD_user_is_contact, comparable);
        keep_coverage_count_field(c, KEEP_FIELD_user_contact_words, comparable);
    }
}

void keep_coverage_count_patients(struct keep_coverage *c)
{
    const struct keep_world *w = &c->world;
    for (size_t i = 0, e = 0; i < w->patients; i++) {
        const struct keep_patient *p = &w->patient[i];
        while (e < w->encounters && w->encounter[e].patient < i)
            e++;
        keep_coverage_count_field(c, KEEP_FIELD_patient_id, true);
        keep_coverage_count_field(c, KEEP_FIELD_patient_name, p->name.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_mrn, p->mrn.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_birth_date, p->birth.date != KEEP_DATE_NONE && p->birth.precision == KEEP_PREC_DAY);
        keep_coverage_count_field(c, KEEP_FIELD_patient_deceased, p->deceased != KEEP_TRI_UNKNOWN);
        keep_coverage_count_field(c, KEEP_FIELD_patient_death_date, p->death != KEEP_DATE_NONE);
        keep_coverage_count_field(c, KEEP_FIELD_patient_days_since_death, p->death != KEEP_DATE_NONE);
        keep_coverage_count_field(c, KEEP_FIELD_patient_confidential, p->confidential != KEEP_TRI_UNKNOWN);
        keep_coverage_count_field(c, KEEP_FIELD_patient_address_key, p->address_key[0] != 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_surname_key, p->surname_key[0] != 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_street_key, p->street_key[0] != 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_age, p->birth.date != KEEP_DATE_NONE && p->birth.precision >= KEEP_PREC_DAY);
        keep_coverage_count_field(c, KEEP_FIELD_patient_days_since_visit, e < w->encounters && w->encounter[e].patient == i);
        keep_coverage_count_field(c, KEEP_FIELD_patient_test_record, p->test != KEEP_TRI_UNKNOWN);
        keep_coverage_count_field(c, KEEP_FIELD_patient_sex, p->sex != 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_sexes, p->sexes > 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_births, p->births > 0);
        keep_coverage_count_field(c, KEEP_FIELD_patient_alike, p->name.n > 0 && p->birth.precision == KEEP_PREC_DAY);
        keep_coverage_count_field(c, KEEP_FIELD_patient_is_worker, p->worker != KEEP_ID_NONE);
        keep_coverage_count_field(c, KEEP_FIELD_patient_department, p->worker != KEEP_ID_NONE && w->worker[p->worker].department.n > 0);
    }
}

void keep_coverage_count_encounter(struct keep_coverage *c, const struct keep_encounter *e)
{
    keep_coverage_count_field(c, KEEP_FIELD_encounter_class, e->klass.n > 0);
    keep_coverage_count_field(c, KEEP_FIELD_encounter_status, e->status.n > 0);
    keep_coverage_count_field(c, KEEP_FIELD_encounter_start_date, e->start_date != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_encounter_end_date, e->end_date != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_encounter_days_since_start, e->start_date != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_encounter_days_since_end, e->end_date != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_encounter_has_note, true);
}

void keep_coverage_count_record(struct keep_coverage *c, const struct keep_record *r, bool coded)
{
    keep_coverage_count_field(c, KEEP_FIELD_record_kind, true);
    keep_coverage_count_field(c, KEEP_FIELD_record_codes, coded);
    keep_coverage_count_field(c, KEEP_FIELD_record_labels, coded);
    keep_coverage_count_field(c, KEEP_FIELD_record_status, r->status.n > 0);
    keep_coverage_count_field(c, KEEP_FIELD_record_service_date, r->service_last != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_record_created_date, r->created != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_record_custody, r->custody != KEEP_CUSTODY_UNDETERMINED);
    bool ended = r->encounter < c->world.encounters && c->world.encounter[r->encounter].end_date != KEEP_DATE_NONE;
    keep_coverage_count_field(c, KEEP_FIELD_record_days_since_created, r->created != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_record_days_since_discharge, ended);
    keep_coverage_count_field(c, KEEP_FIELD_record_days_after_death, r->patient < c->world.patients && c->world.patient[r->patient].death != KEEP_DATE_NONE && r->service_first != KEEP_DATE_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_record_names_visit, true);
    keep_coverage_count_field(c, KEEP_FIELD_record_amends_unknown, true);
    keep_coverage_count_field(c, KEEP_FIELD_set_series, true);
    keep_coverage_count_field(c, KEEP_FIELD_set_labels, coded);
    keep_coverage_count_field(c, KEEP_FIELD_set_kinds, true);
    keep_coverage_count_field(c, KEEP_FIELD_set_custody, r->custody != KEEP_CUSTODY_UNDETERMINED);
    keep_coverage_count_field(c, KEEP_FIELD_patient_labels, coded);
    for (int d = 0; d < KEEP_DAY_COUNT; d++) {
        bool known = false;
        for (size_t i = 0; i < r->days; i++)
            known = known || (int)r->day[i].day == d;
        keep_coverage_count_field(c, (enum keep_field)(KEEP_FIELD_record_signed_date + d), known); /* the fields stand in the order of the vocabulary */
    }
}

bool keep_coverage_count_is(const struct keep_coverage *c, const struct keep_record *r, const char *kind)
{
    return r->kind < c->world.terms && keep_str_is(c->world.term[r->kind], kind);
}

/* What a claim says beyond its codes; what the tables say of it is counted as known where both are there. */
void keep_coverage_count_claim(struct keep_coverage *c, const struct keep_record *r)
{
    bool type = false, line = false, diagnosis = false;
    for (size_t i = 0; i < r->codes; i++) {
        struct keep_str system = r->code[i].system < c->world.terms ? c->world.term[r->code[i].system] : (struct keep_str){NULL, 0};
        type = type || keep_str_is(system, KEEP_CODETABLE_TYPE);
        line = line || keep_str_is(system, KEEP_CODETABLE_LINE);
        diagnosis = diagnosis || keep_str_is(system, KEEP_CODETABLE_DIAGNOSIS);
    }
    keep_coverage_count_field(c, KEEP_FIELD_claim_type, type);
    keep_coverage_count_field(c, KEEP_FIELD_claim_cancelled, true);
    keep_coverage_count_field(c, KEEP_FIELD_claim_has_note, r->encounter != KEEP_ID_NONE);
    keep_coverage_count_field(c, KEEP_FIELD_claim_repeated, line);
    for (int f = KEEP_FIELD_claim_not_valid; f < KEEP_FIELD_claim_repeated; f++)
        keep_coverage_count_field(c, (enum keep_field)f, f == KEEP_FIELD_claim_poa_missing ? diagnosis && type : line || diagnosis);
}

void keep_coverage_count_events(struct keep_coverage *c, const struct keep_events *b)
{
    static const enum keep_field always[] = {KEEP_FIELD_event_id, KEEP_FIELD_event_time, KEEP_FIELD_event_day, KEEP_FIELD_event_local_hour, KEEP_FIELD_event_searched};
    uint64_t n[8] = {0};
    static const enum keep_field of[8] = {KEEP_FIELD_event_action, KEEP_FIELD_event_exposure, KEEP_FIELD_event_outcome, KEEP_FIELD_event_purpose,
                                          KEEP_FIELD_event_place,  KEEP_FIELD_event_unit,     KEEP_FIELD_event_break_glass, KEEP_FIELD_event_patient_id};
    uint64_t reasons = 0;
    for (uint32_t i = 0; i < b->n; i++) {
        n[0] += b->action[i] != KEEP_ACTION_UNKNOWN;
        n[1] += b->exposure[i] != KEEP_EXPOSURE_UNKNOWN;
        n[2] += b->outcome[i] != KEEP_OUTCOME_UNKNOWN;
        n[3] += b->purpose[i] != KEEP_PURPOSE_UNKNOWN;
        n[4] += b->place[i] != KEEP_ID_NONE;
        n[5] += b->unit[i] != KEEP_ID_NONE;
        n[6] += b->break_glass[i] != KEEP_TRI_UNKNOWN;
        n[7] += b->patient[i] != KEEP_ID_NONE;
        reasons += b->reason[i] >= 0;
    }
    for (size_t i = 0; i < 8; i++) {
        c->field[of[i]].all += b->n;
        c->field[of[i]].known += n[i];
    }
    for (size_t i = 0; i < sizeof always / sizeof *always; i++) {
        c->field[always[i]].all += b->n;
        c->field[always[i]].known += b->n;
    }
    c->field[KEEP_FIELD_event_reason_length].all += b->n;
    c->field[KEEP_FIELD_event_reason_length].known += reasons;
}
