/* Only the log's own time has these: what a house kept of the years before is
 * what care.c writes. Members are those that the resources need and that say who
 * had a reason to look, when, and who wrote that down. */
#include "core/demo/order.h"

#include <stdio.h>

#include "core/demo/chart_inside.h"

static void coded(struct keep_sheet *s, const char *system, const char *code, const char *text)
{
    struct keep_jsonw *w = &s->json;
    keep_jsonw_object(w);
    keep_chart_list(s, "coding");
    keep_jsonw_object(w);
    keep_sheet_member(s, "system", system);
    keep_sheet_member(s, "code", code);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_sheet_member(s, "text", text);
    keep_jsonw_end_object(w);
}

/* An array of one practitioner. */
static void one_of(struct keep_sheet *s, const char *member, uint32_t staff)
{
    if (staff == KEEP_CAST_NOBODY)
        return;
    keep_chart_list(s, member);
    keep_chart_by_number(s, NULL, staff);
    keep_jsonw_end_array(&s->json);
}

static void period(struct keep_chart *c, struct keep_sheet *s, const char *member, keep_wall from, keep_wall to)
{
    keep_jsonw_key(&s->json, member);
    keep_jsonw_object(&s->json);
    keep_sheet_time(s, "start", c->zone, from);
    keep_sheet_time(s, "end", c->zone, to);
    keep_jsonw_end_object(&s->json);
}

/* --- before and at the visit ------------------------------------------------------------ */

int keep_order_appointment(struct keep_chart *c, const struct keep_chart_visit *v, keep_wall made, const char *status, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_APPOINTMENT, "Appointment", 'a');
    struct keep_jsonw *w = &s->json;
    char id[KEEP_CAST_TEXT];
    keep_sheet_member(s, "status", status);
    keep_sheet_time(s, "start", c->zone, v->start);
    keep_sheet_time(s, "end", c->zone, v->end);
    keep_sheet_time(s, "created", c->zone, made);
    keep_chart_list(s, "participant");
    keep_jsonw_object(w);
    keep_cast_id(c->cast, 'p', v->patient, id);
    keep_sheet_reference(s, "actor", "Patient", id);
    keep_sheet_member(s, "status", "accepted");
    keep_jsonw_end_object(w);
    if (v->who[0] != KEEP_CAST_NOBODY) {
        keep_jsonw_object(w);
        keep_chart_by_number(s, "actor", v->who[0]);
        keep_sheet_member(s, "status", "accepted");
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
    return keep_chart_finish(s, err);
}

int keep_order_request(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_request *q, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_REQUEST, "ServiceRequest", 'w');
    int year = keep_civil_to_ymd(keep_sheet_wall_date(q->made)).y;
    keep_sheet_member(s, "status", "completed");
    keep_sheet_member(s, "intent", "order");
    if (q->what)
        keep_sheet_concept(s, "code", "http://www.ama-assn.org/go/cpt", keep_lore_code(q->what->cpt, year), q->what->text);
    else
        keep_sheet_concept(s, "code", NULL, NULL, "Consultation");
    keep_chart_about(c, s, "subject", v, true);
    keep_sheet_time(s, "occurrenceDateTime", c->zone, q->when);
    keep_sheet_time(s, "authoredOn", c->zone, q->made);
    keep_chart_by_number(s, "requester", q->by);
    one_of(s, "performer", q->of);
    return keep_chart_finish(s, err);
}

static int value(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_result *r, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_OBSERVATION, "Observation", 'b');
    struct keep_jsonw *w = &s->json;
    char text[16];
    keep_sheet_member(s, "status", "final");
    keep_sheet_concept(s, "code", "http://loinc.org", r->what->analyte, NULL);
    keep_chart_about(c, s, "subject", v, true);
    keep_sheet_time(s, "effectiveDateTime", c->zone, r->done);
    keep_sheet_time(s, "issued", c->zone, r->issued);
    one_of(s, "performer", r->by);
    keep_jsonw_key(w, "valueQuantity");
    keep_jsonw_object(w);
    keep_jsonw_key(w, "value");
    snprintf(text, sizeof text, "%u.%u", r->value / 10, r->value % 10);
    keep_jsonw_raw(w, keep_str_of(text));
    keep_sheet_member(s, "unit", r->what->unit);
    keep_jsonw_end_object(w);
    return keep_chart_finish(s, err);
}

int keep_order_result(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_result *r, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_REPORT, "DiagnosticReport", 'g');
    keep_sheet_member(s, "status", "final");
    keep_sheet_concept(s, "code", "http://loinc.org", r->what->loinc, r->what->text);
    keep_chart_about(c, s, "subject", v, true);
    keep_sheet_time(s, "effectiveDateTime", c->zone, r->done);
    keep_sheet_time(s, "issued", c->zone, r->issued);
    one_of(s, "performer", r->by);
    one_of(s, "resultsInterpreter", r->reader);
    int rc = keep_chart_finish(s, err);
    return rc == 0 && r->what->analyte ? value(c, v, r, err) : rc;
}

int keep_order_given(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_coded *what, uint32_t by, keep_wall at, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_ADMINISTRATION, "MedicationAdministration", 'x');
    char id[KEEP_CAST_TEXT];
    keep_sheet_member(s, "status", "completed");
    keep_sheet_concept(s, "medicationCodeableConcept", "http://www.nlm.nih.gov/research/umls/rxnorm", what->code, what->text);
    keep_chart_about(c, s, "subject", v, false);
    keep_cast_id(c->cast, 'v', v->number, id);
    keep_sheet_reference(s, "context", "Encounter", id);
    keep_sheet_time(s, "effectiveDateTime", c->zone, at);
    keep_chart_list(s, "performer");
    keep_jsonw_object(&s->json);
    keep_chart_by_number(s, "actor", by);
    keep_jsonw_end_object(&s->json);
    keep_jsonw_end_array(&s->json);
    return keep_chart_finish(s, err);
}

/* --- who else belongs to a stay, and where it was ----------------------------------------- */

int keep_order_team(struct keep_chart *c, const struct keep_chart_visit *v, const uint32_t *who, const char *const *role, uint32_t n, struct keep_err *err)
{
    uint32_t members = 0;
    for (uint32_t i = 0; i < n; i++)
        members += who[i] != KEEP_CAST_NOBODY;
    if (!members)
        return 0;
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_TEAM, "CareTeam", 't');
    struct keep_jsonw *w = &s->json;
    keep_sheet_member(s, "status", "inactive");
    keep_chart_about(c, s, "subject", v, true);
    period(c, s, "period", v->start, v->end);
    keep_chart_list(s, "participant");
    for (uint32_t i = 0; i < n; i++) {
        if (who[i] == KEEP_CAST_NOBODY)
            continue;
        keep_jsonw_object(w);
        keep_chart_list(s, "role");
        keep_jsonw_object(w);
        keep_sheet_member(s, "text", role[i]);
        keep_jsonw_end_object(w);
        keep_jsonw_end_array(w);
        keep_chart_by_number(s, "member", who[i]);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
    return keep_chart_finish(s, err);
}

static void cell_time(struct keep_sheet *s, keep_wall w)
{
    char day[KEEP_CIVIL_DATE_SIZE], text[KEEP_CIVIL_DATE_SIZE + 16];
    int32_t second = (int32_t)(w - KEEP_WALL(keep_sheet_wall_date(w), 0));
    snprintf(text, sizeof text, "%s %02d:%02d:%02d", keep_civil_format_date(keep_sheet_wall_date(w), day), second / 3600, second / 60 % 60, second % 60);
    keep_sheet_cell(s, text);
}

int keep_order_stay(struct keep_chart *c, const struct keep_chart_visit *v, const char *unit, keep_wall from, keep_wall to, struct keep_err *err)
{
    struct keep_sheet *s = &c->sheet[KEEP_CHART_STAY];
    char id[KEEP_CAST_TEXT];
    keep_cast_id(c->cast, 'p', v->patient, id);
    keep_sheet_cell(s, id);
    keep_cast_id(c->cast, 'v', v->number, id);
    keep_sheet_cell(s, id);
    keep_sheet_cell(s, unit);
    cell_time(s, from);
    cell_time(s, to);
    return keep_sheet_row(s, err);
}

/* --- papers --------------------------------------------------------------------------------- */

int keep_order_task(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_task *t, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_TASK, "Task", 'k');
    keep_sheet_member(s, "status", "completed");
    keep_sheet_member(s, "intent", "order");
    keep_sheet_concept(s, "code", NULL, NULL, t->what);
    keep_chart_about(c, s, "for", v, true);
    period(c, s, "executionPeriod", t->made, t->done);
    keep_sheet_time(s, "authoredOn", c->zone, t->made);
    keep_sheet_time(s, "lastModified", c->zone, t->done);
    keep_chart_by_number(s, "requester", t->by);
    keep_chart_by_number(s, "owner", t->owner);
    return keep_chart_finish(s, err);
}

/* ASTM E1762 "author's signature", as FHIR R4 recommends for Signature.type. */
int keep_order_signature(struct keep_chart *c, const struct keep_chart_visit *v, uint32_t who, keep_wall at, struct keep_err *err)
{
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_PROVENANCE, "Provenance", 'n');
    struct keep_jsonw *w = &s->json;
    char id[KEEP_CAST_TEXT];
    keep_chart_list(s, "target");
    keep_cast_id(c->cast, 'd', (uint32_t)c->sheet[KEEP_CHART_DOCUMENT].rows - 1, id);
    keep_sheet_reference(s, NULL, "DocumentReference", id);
    keep_cast_id(c->cast, 'v', v->number, id);
    keep_sheet_reference(s, NULL, "Encounter", id);
    keep_cast_id(c->cast, 'p', v->patient, id);
    keep_sheet_reference(s, NULL, "Patient", id);
    keep_jsonw_end_array(w);
    keep_sheet_time(s, "recorded", c->zone, at);
    keep_chart_list(s, "agent");
    keep_jsonw_object(w);
    keep_chart_by_number(s, "who", who);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_chart_list(s, "signature");
    keep_jsonw_object(w);
    keep_chart_list(s, "type");
    keep_jsonw_object(w);
    keep_sheet_member(s, "system", "urn:iso-astm:E1762-95:2013");
    keep_sheet_member(s, "code", "1.2.840.10065.1.12.1.1");
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_sheet_time(s, "when", c->zone, at);
    keep_chart_by_number(s, "who", who);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    return keep_chart_finish(s, err);
}

int keep_order_disclosure(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_outside *to, uint32_t by, keep_date day, struct keep_err *err)
{
    struct keep_sheet *s = &c->sheet[KEEP_CHART_DISCLOSURE];
    char text[KEEP_CAST_TEXT];
    snprintf(text, sizeof text, "AD-%06llu", (unsigned long long)s->rows);
    keep_sheet_cell(s, text);
    keep_cast_id(c->cast, 'p', v->patient, text);
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, to->recipient);
    keep_sheet_cell(s, to->address);
    keep_sheet_cell(s, to->what);
    keep_sheet_cell(s, to->purpose);
    keep_sheet_cell(s, to->basis);
    keep_sheet_cell_date(s, day);
    keep_cast_number(by, text);
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, "sent");
    return keep_sheet_row(s, err);
}

/* --- contacts ---------------------------------------------------------------------------------- */

int keep_order_contact(struct keep_chart *c, const struct keep_order_contact *k, struct keep_err *err)
{
    const struct keep_cast *cast = c->cast;
    struct keep_sheet *s = keep_chart_begin(c, KEEP_CHART_RELATED, "RelatedPerson", 'h');
    struct keep_jsonw *w = &s->json;
    struct keep_cast_address at;
    char id[KEEP_CAST_TEXT];
    bool staff = k->staff != KEEP_CAST_NOBODY;
    const struct keep_cast_patient *other = staff ? NULL : &cast->patient[k->other];
    const struct keep_cast_staff *x = staff ? &cast->staff[k->staff] : NULL;
    keep_jsonw_key(w, "active");
    keep_jsonw_bool(w, true);
    keep_cast_id(cast, 'p', k->patient, id);
    keep_sheet_reference(s, "patient", "Patient", id);
    keep_chart_list(s, "relationship");
    coded(s, "http://terminology.hl7.org/CodeSystem/v3-RoleCode", k->code, k->text);
    keep_jsonw_end_array(w);
    keep_chart_list(s, "name");
    keep_jsonw_object(w);
    keep_sheet_member(s, "family", staff ? keep_lore_family[x->family] : keep_cast_family(other));
    keep_chart_list(s, "given");
    keep_jsonw_z(w, staff ? keep_cast_given(x->woman, x->given) : keep_cast_given(other->woman, other->given));
    keep_jsonw_end_array(w);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    keep_cast_address(cast, staff ? x->household : other->household, &at);
    keep_chart_list(s, "address");
    keep_jsonw_object(w);
    keep_chart_list(s, "line");
    keep_jsonw_z(w, at.line);
    keep_jsonw_end_array(w);
    keep_sheet_member(s, "city", at.town->name);
    keep_sheet_member(s, "state", "KS");
    keep_sheet_member(s, "postalCode", at.town->postal);
    keep_jsonw_end_object(w);
    keep_jsonw_end_array(w);
    return keep_chart_finish(s, err);
}
