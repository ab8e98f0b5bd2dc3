/* Resources of FHIR R4 that tie a worker to a patient: Encounter, Condition,
 * Procedure, MedicationRequest, Immunization, DocumentReference. Each gives one
 * relation a worker; one without any date gives none, since "at some time" would
 * explain every access. */
#include "core/ingest/fhir.h"

/* --- Encounter --- */

static struct keep_fhir_when participation(struct keep_fhir *f, const struct keep_json *participant, struct keep_fhir_when encounter)
{
    struct keep_fhir_when own = keep_fhir_value_when(f, keep_json_get(participant, "period"));
    return own.from == KEEP_TIME_NONE && own.to == KEEP_TIME_NONE ? encounter : own;
}

static int relate_participants(struct keep_fhir_resource *r, struct keep_fhir_when period, struct keep_err *err)
{
    const struct keep_json *list = keep_json_get(r->json, "participant"), *one;
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_ENCOUNTER, NULL, NULL);
    int rc = 0;
    t.encounter = r->key[0];
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++) {
        const struct keep_json *who = keep_json_get(one, "individual");
        struct keep_fhir_when when = participation(r->f, one, period);
        when.open = when.open && !keep_fhir_tie_over(r->json);
        t.last = (struct keep_key){.kind = KEEP_ENTITY_NONE}; /* one takes part in several periods */
        rc = keep_fhir_tie_relate(&t, who ? who : keep_json_get(one, "actor"), when, err);
    }
    return rc < 0 ? rc : 0;
}

/* The units where the patient stayed, each for its own time, else the encounter's: a relation of a whole department, known
 * by the name that the reference displays. Planned and reserved places were no stay, and the facility as a whole is no unit. */
static int relate_stays(struct keep_fhir_resource *r, struct keep_fhir_when period, struct keep_err *err)
{
    struct keep_fhir *f = r->f;
    const struct keep_json *list = keep_json_get(r->json, "location"), *one;
    struct keep_str facility = keep_fhir_value_str(keep_json_get(r->json, "serviceProvider"), "display");
    struct keep_row_relation row = {
        .at = r->at,
        .kind = KEEP_RELATION_ENCOUNTER,
        .patient = keep_fhir_key(f, keep_json_get(r->json, "subject"), KEEP_ENTITY_PATIENT),
        .encounter = r->key[0],
        .recorded = KEEP_TIME_NONE,
    };
    int rc = 0;
    if (row.patient.kind == KEEP_ENTITY_NONE || keep_fhir_tie_void(r))
        return 0;
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++) {
        struct keep_str status = keep_fhir_value_str(one, "status");
        struct keep_fhir_when when = participation(f, one, period);
        row.department = keep_fhir_value_str(keep_json_get(one, "location"), "display");
        row.from = when.from;
        row.to = when.to;
        row.open = when.open && !keep_fhir_tie_over(r->json);
        if (row.department.n && !keep_str_eq(row.department, facility) && row.from != KEEP_TIME_NONE && !keep_str_is(status, "planned") && !keep_str_is(status, "reserved"))
            rc = f->sink->relation(f->sink->ctx, &row, err);
    }
    return rc < 0 ? rc : 0;
}

int keep_fhir_care_encounter(struct keep_fhir_resource *r, struct keep_err *err)
{
    struct keep_fhir *f = r->f;
    const struct keep_json *location = keep_fhir_value_first(keep_json_get(r->json, "location")), *period = keep_json_get(r->json, "period");
    struct keep_fhir_when when = keep_fhir_value_when(f, period ? period : keep_json_get(r->json, "actualPeriod"));
    struct keep_row_encounter row = {
        .at = r->at,
        .key = r->key,
        .keys = r->keys,
        .patient = keep_fhir_key(f, keep_json_get(r->json, "subject"), KEEP_ENTITY_PATIENT),
        .facility = keep_fhir_key(f, keep_json_get(r->json, "serviceProvider"), KEEP_ENTITY_FACILITY),
        .location = keep_fhir_key(f, keep_json_get(location, "location"), KEEP_ENTITY_LOCATION),
        .klass = keep_fhir_code_first(keep_json_get(r->json, "class")),
        .status = keep_fhir_value_str(r->json, "status"),
        .start = when.from,
        .end = when.to,
        .start_date = when.first,
        .end_date = when.last,
    };
    int rc = f->sink->encounter(f->sink->ctx, &row, err);
    if (rc >= 0)
        rc = relate_participants(r, when, err);
    return rc < 0 ? rc : relate_stays(r, when, err);
}

/* --- the others --- */

int keep_fhir_care_condition(struct keep_fhir_resource *r, struct keep_err *err)
{
    static const char *const days[] = {"recordedDate", "onsetDateTime", "onsetPeriod", NULL};
    struct keep_fhir_when when = keep_fhir_value_any(r->f, r->json, days);
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_DIAGNOSIS, "recordedDate", "recorder");
    int rc = keep_fhir_tie_relate(&t, keep_json_get(r->json, "recorder"), when, err);
    return rc < 0 ? rc : keep_fhir_tie_relate(&t, keep_json_get(r->json, "asserter"), when, err);
}

int keep_fhir_care_procedure(struct keep_fhir_resource *r, struct keep_err *err)
{
    static const char *const days[] = {"performedPeriod", "performedDateTime", "occurrencePeriod", "occurrenceDateTime", NULL};
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_PROCEDURE, NULL, "recorder");
    return keep_fhir_tie_each(&t, keep_json_get(r->json, "performer"), "actor", keep_fhir_value_any(r->f, r->json, days), err);
}

int keep_fhir_care_request(struct keep_fhir_resource *r, struct keep_err *err)
{
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_ORDER, "authoredOn", "requester");
    return keep_fhir_tie_relate(&t, keep_json_get(r->json, "requester"), keep_fhir_value_when(r->f, keep_json_get(r->json, "authoredOn")), err);
}

int keep_fhir_care_immunization(struct keep_fhir_resource *r, struct keep_err *err)
{
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_IMMUNIZATION, "recorded", NULL);
    return keep_fhir_tie_each(&t, keep_json_get(r->json, "performer"), "actor", keep_fhir_value_when(r->f, keep_json_get(r->json, "occurrenceDateTime")), err);
}

int keep_fhir_care_document(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_json *context = keep_json_get(r->json, "context"), *visit = keep_json_get(context, "encounter");
    struct keep_fhir_when when = keep_fhir_value_when(r->f, keep_json_get(r->json, "date"));
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_NOTE, "date", "author");
    t.encounter = keep_fhir_key(r->f, keep_fhir_value_first(visit ? visit : context), KEEP_ENTITY_ENCOUNTER); /* R5: context is the reference */
    if (when.from == KEEP_TIME_NONE)
        when = keep_fhir_value_when(r->f, keep_json_get(context, "period"));
    int rc = keep_fhir_tie_each(&t, keep_json_get(r->json, "author"), NULL, when, err);
    return rc < 0 ? rc : keep_fhir_tie_relate(&t, keep_json_get(r->json, "authenticator"), when, err);
}
