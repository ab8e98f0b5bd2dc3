/* Shaped like an export of a certified system: ids of the server, identifiers
 * with their types, references relative or, for who took part, conditional by
 * NPI as some systems write them. Diagnoses are ICD-9-CM until 2015-09-30. */
#include "core/demo/chart_inside.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "core/base/codec.h"

static const char *const files[] = {
#define X(name, file) file,
    KEEP_CHART_SHEETS(X)
#undef X
};

static const char *const headers[KEEP_CHART_SHEET_COUNT] = { /* of tables */
    [KEEP_CHART_STAY] = "patient_id,encounter_id,unit,unit_from,unit_to",
    [KEEP_CHART_DISCLOSURE] = "disclosure_id,patient_id,recipient,recipient_address,what_was_disclosed,purpose_of_disclosure,basis_of_disclosure,disclosed_on,disclosed_by,disclosure_status",
};

const char *const keep_chart_site[KEEP_LORE_SITES] = {"org-hospital", "org-clinic"};

void keep_chart_location(uint8_t department, char out[KEEP_CAST_TEXT])
{
    snprintf(out, KEEP_CAST_TEXT, "loc-%s", keep_lore_department[department].code);
    for (char *z = out; *z; z++)
        *z = (char)tolower((unsigned char)*z);
}

int keep_chart_open(struct keep_chart *c, const struct keep_cast *cast, const struct keep_zone *zone, struct keep_err *err)
{
    int rc = 0;
    memset(c, 0, sizeof *c);
    c->cast = cast;
    c->zone = zone;
    for (int i = 0; i < KEEP_CHART_SHEET_COUNT && rc == 0; i++)
        rc = keep_sheet_open(&c->sheet[i], cast->p->dirfd, files[i], err);
    for (int i = 0; i < KEEP_CHART_SHEET_COUNT && rc == 0; i++)
        if (headers[i]) {
            keep_buf_str(&c->sheet[i].buf, headers[i]);
            rc = keep_sheet_row(&c->sheet[i], err);
        }
    return rc;
}

int keep_chart_commit(struct keep_chart *c, struct keep_err *err)
{
    int rc = 0;
    for (int i = 0; i < KEEP_CHART_SHEET_COUNT && rc == 0; i++)
        rc = keep_sheet_commit(&c->sheet[i], err);
    return rc;
}

void keep_chart_drop(struct keep_chart *c)
{
    for (int i = 0; i < KEEP_CHART_SHEET_COUNT; i++)
        keep_sheet_drop(&c->sheet[i]);
}

/* --- members that several resources have ---------------------------------------- */

/* Opens the resource with an id of its kind and row. */
struct keep_sheet *keep_chart_begin(struct keep_chart *c, enum keep_chart_sheet which, const char *type, char kind)
{
    char id[KEEP_CAST_TEXT];
    struct keep_sheet *s = &c->sheet[which];
    keep_cast_id(c->cast, kind, (uint32_t)s->rows, id);
    keep_sheet_resource(s, type, id);
    return s;
}

int keep_chart_finish(struct keep_sheet *s, struct keep_err *err)
{
    keep_jsonw_end_object(&s->json);
    return keep_sheet_row(s, err);
}

void keep_chart_about(struct keep_chart *c, struct keep_sheet *s, const char *member, const struct keep_chart_visit *v, bool encounter)
{
    char id[KEEP_CAST_TEXT];
    keep_cast_id(c->cast, 'p', v->patient, id);
    keep_sheet_reference(s, member, "Patient", id);
    if (encounter && v->number != KEEP_CAST_NOBODY) {
        keep_cast_id(c->cast, 'v', v->number, id);
        keep_sheet_reference(s, "encounter", "Encounter", id);
    }
}

void keep_chart_by_number(struct keep_sheet *s, const char *member, uint32_t staff)
{
    char id[KEEP_CAST_TEXT];
    if (staff == KEEP_CAST_NOBODY)
        return;
    keep_cast_number(staff, id);
    keep_sheet_reference(s, member, "Practitioner", id);
}

/* Practitioner?identifier=system|NPI where there is one. */
void keep_chart_by_npi(struct keep_chart *c, struct keep_sheet *s, const char *member, uint32_t staff)
{
    char npi[KEEP_CAST_TEXT], text[96];
    if (!keep_cast_npi(c->cast, staff, npi)) {
        keep_chart_by_number(s, member, staff);
        return;
    }
    snprintf(text, sizeof text, "Practitioner?identifier=" KEEP_CHART_NPI_SYSTEM "|%s", npi);
    keep_jsonw_key(&s->json, member);
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "reference", text);
    keep_jsonw_end_object(&s->json);
}

void keep_chart_list(struct keep_sheet *s, const char *member)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_array(&s->json);
}

/* --- the resources ------------------------------------------------------------------ */

static void participants(struct keep_chart *c, struct keep_sheet *s, const struct keep_chart_visit *v)
{
    static const char *const type[KEEP_CHART_TOOK_PART][2] = {
        {"PPRF", "primary performer"}, {"SPRF", "secondary performer"}, {"PART", "Participation"}, {"ENT", "data entry person"}};
    keep_chart_list(s, "participant");
    for (int i = 0; i < KEEP_CHART_TOOK_PART; i++) {
        if (v->who[i] == KEEP_CAST_NOBODY)
            continue;
        keep_jsonw_object(&s->json);
        keep_jsonw_key(&s->json, "type");
        keep_jsonw_array(&s->json);
        keep_jsonw_object(&s->json);
        keep_chart_list(s, "coding");
        keep_jsonw_object(&s->json);
        keep_sheet_member(s, "system", "http://terminology.hl7.org/CodeSystem/v3-ParticipationType");
        keep_sheet_member(s, "code", type[i][0]);
        keep_sheet_member(s, "display", type[i][1]);
        keep_jsonw_end_object(&s->json);
        keep_jsonw_end_array(&s->json);
        keep_jsonw_end_object(&s->json);
        keep_jsonw_end_array(&s->json);
        keep_chart_by_npi(c, s, "individual", v->who[i]);
        keep_jsonw_end_object(&s->json);
    }
    keep_jsonw_end_array(&s->json);
}

static void period(struct keep_chart *c, struct keep_sheet *s, const char *member, const struct keep_chart_visit *v)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_object(&s->json);
    keep_sheet_time(s, "start", c->zone, v->start);
    keep_sheet_time(s, "end", c->zone, v->end);
    keep_jsonw_end_object(&s->json);
}

int keep_chart_encounter(struct keep_chart *c, const struct keep_chart_visit *v, struct keep_err *err)
{
    const struct keep_lore_department *d = &keep_lore_department[v->department];
    char text[KEEP_CAST_TEXT];
    struct keep_sheet *s = &c->sheet[KEEP_CHART_ENCOUNTER];
    keep_cast_id(c->cast, 'v', v->number, text);
    keep_sheet_resource(s, "Encounter", text);
    keep_chart_list(s, "identifier");
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "system", KEEP_CHART_VISIT_SYSTEM);
    snprintf(text, sizeof text, "%u", 700000001 + v->number);
    keep_sheet_member(s, "value", text);
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
    keep_sheet_member(s, "status", "finished");
    keep_jsonw_key(&s->json, "class");
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "system", "http://terminology.hl7.org/CodeSystem/v3-ActCode");
    keep_sheet_member(s, "code", d->act);
    keep_jsonw_end_object(&s->json);
    keep_chart_list(s, "type");
    keep_jsonw_object(&s->json);
    keep_sheet_member(s, "text", d->name);
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
    keep_chart_about(c, s, "subject", v, false);
    participants(c, s, v);
    period(c, s, "period", v);
    keep_chart_list(s, "location");
    keep_jsonw_object(&s->json);
    keep_chart_location(v->department, text);
    keep_sheet_reference(s, "location", "Location", text);
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
    keep_sheet_reference(s, "serviceProvider", "Organization", keep_chart_site[d->site]);
    return keep_chart_finish(s, err);
}

int keep_chart_condition(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_condition *what, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_CONDITION, "Condition", 'c');
    bool tenth = keep_sheet_wall_date(v->start) >= keep_civil_from_ymd(2015, 10, 1);
    keep_sheet_concept(s, "clinicalStatus", "http://terminology.hl7.org/CodeSystem/condition-clinical", tenth ? "active" : "resolved", NULL);
    keep_sheet_concept(s, "verificationStatus", "http://terminology.hl7.org/CodeSystem/condition-ver-status", "confirmed", NULL);
    keep_sheet_concept(s, "code", tenth ? "http://hl7.org/fhir/sid/icd-10-cm" : "http://hl7.org/fhir/sid/icd-9-cm", tenth ? what->icd10 : what->icd9, what->text);
    keep_chart_about(c, s, "subject", v, true);
    keep_sheet_time(s, "recordedDate", c->zone, v->start + 900);
    keep_chart_by_number(s, "recorder", v->who[0]);
    return keep_chart_finish(s, err);
}

int keep_chart_procedure(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_procedure *what, uint32_t who, keep_wall at, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_PROCEDURE, "Procedure", 'r');
    keep_sheet_member(s, "status", "completed");
    keep_sheet_concept(s, "code", "http://www.ama-assn.org/go/cpt", keep_lore_code(what->cpt, keep_civil_to_ymd(keep_sheet_wall_date(at)).y), what->text);
    keep_chart_about(c, s, "subject", v, true);
    keep_sheet_time(s, "performedDateTime", c->zone, at);
    if (who != KEEP_CAST_NOBODY) {
        keep_chart_list(s, "performer");
        keep_jsonw_object(&s->json);
        keep_chart_by_npi(c, s, "actor", who);
        keep_jsonw_end_object(&s->json);
        keep_jsonw_end_array(&s->json);
    }
    return keep_chart_finish(s, err);
}

int keep_chart_medication(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_coded *what, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_MEDICATION, "MedicationRequest", 'm');
    keep_sheet_member(s, "status", "completed");
    keep_sheet_member(s, "intent", "order");
    keep_sheet_concept(s, "medicationCodeableConcept", "http://www.nlm.nih.gov/research/umls/rxnorm", what->code, what->text);
    keep_chart_about(c, s, "subject", v, true);
    keep_sheet_time(s, "authoredOn", c->zone, v->start + 1800);
    keep_chart_by_number(s, "requester", v->who[0]);
    return keep_chart_finish(s, err);
}

int keep_chart_immunization(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_coded *what, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_IMMUNIZATION, "Immunization", 'i');
    keep_sheet_member(s, "status", "completed");
    keep_sheet_concept(s, "vaccineCode", "http://hl7.org/fhir/sid/cvx", what->code, what->text);
    keep_chart_about(c, s, "patient", v, true);
    keep_sheet_time(s, "occurrenceDateTime", c->zone, v->start + 1200);
    if (v->who[1] != KEEP_CAST_NOBODY) {
        keep_chart_list(s, "performer");
        keep_jsonw_object(&s->json);
        keep_chart_by_number(s, "actor", v->who[1]);
        keep_jsonw_end_object(&s->json);
        keep_jsonw_end_array(&s->json);
    }
    return keep_chart_finish(s, err);
}

static void attachment(struct keep_sheet *s, const char *text)
{
    struct keep_jsonw *w = &s->json;
    struct keep_buf data = KEEP_BUF_INIT;
    keep_codec_base64(&data, text, strlen(text), true);
    s->buf.failed |= data.failed;
    keep_chart_list(s, "content");
    keep_jsonw_object(w);
    keep_jsonw_key(w, "attachment");
    keep_jsonw_object(w);
    keep_sheet_member(s, "contentType", "text/plain; charset=utf-8");
    keep_jsonw_key(w, "data");
    keep_jsonw_str(w, keep_buf_view(&data));
    keep_jsonw_end_object(w);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_buf_free(&data);
}

int keep_chart_document(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_chart_note *note, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_DOCUMENT, "DocumentReference", 'd');
    char id[KEEP_CAST_TEXT];
    keep_sheet_member(s, "status", "current");
    keep_sheet_member(s, "docStatus", note->unsigned_yet ? "preliminary" : "final");
    keep_sheet_concept(s, "type", "http://loinc.org", note->loinc, note->title);
    keep_chart_about(c, s, "subject", v, false);
    keep_sheet_time(s, "date", c->zone, note->at);
    if (note->author != KEEP_CAST_NOBODY) {
        keep_chart_list(s, "author");
        keep_chart_by_number(s, NULL, note->author);
        keep_jsonw_end_array(&s->json);
    }
    keep_chart_by_number(s, "authenticator", note->by);
    keep_sheet_reference(s, "custodian", "Organization", keep_chart_site[keep_lore_department[v->department].site]);
    attachment(s, note->text);
    keep_jsonw_key(&s->json, "context");
    keep_jsonw_object(&s->json);
    keep_chart_list(s, "encounter");
    keep_cast_id(c->cast, 'v', v->number, id);
    keep_sheet_reference(s, NULL, "Encounter", id);
    keep_jsonw_end_array(&s->json);
    period(c, s, "period", v);
    keep_jsonw_end_object(&s->json);
    return keep_chart_finish(s, err);
}
