/* Resources of FHIR R4 that tie a worker to a patient: Encounter, Condition,
 * Procedure, MedicationRequest, Immunization, DocumentReference. Each gives one
 * relation a worker; one without any date gives none, since "at some time" would
 * explain every access. */
#include "core/ingest/fhir.h"

/* Said by mistake, or said not to have happened: nobody took part. */
static bool void_status(const struct keep_fhir_resource *r)
{
    struct keep_str s = keep_fhir_value_str(r->json, "status");
    return keep_str_is(s, "entered-in-error") || keep_str_is(s, "not-done") || keep_str_is(s, "cancelled") ||
           keep_fhir_code_has(keep_json_get(r->json, "verificationStatus"), "entered-in-error");
}

/* What the relations of one resource have in common. */
struct tie {
    struct keep_fhir_resource *r;
    enum keep_relation_kind kind;
    struct keep_key patient, encounter, author;
    keep_time recorded;
    struct keep_key last; /* the worker of the relation before: recorder and asserter are often one */
};

static struct tie tie_of(struct keep_fhir_resource *r, enum keep_relation_kind kind, const char *recorded, const char *author)
{
    struct keep_fhir *f = r->f;
    struct tie t = {.r = r, .kind = kind, .recorded = KEEP_TIME_NONE};
    struct keep_fhir_when when = keep_fhir_value_when(f, recorded ? keep_json_get(r->json, recorded) : NULL);
    t.patient = keep_fhir_key(f, keep_json_get(r->json, "subject"), KEEP_ENTITY_PATIENT);
    if (t.patient.kind == KEEP_ENTITY_NONE)
        t.patient = keep_fhir_key(f, keep_json_get(r->json, "patient"), KEEP_ENTITY_PATIENT);
    t.encounter = keep_fhir_key(f, keep_json_get(r->json, "encounter"), KEEP_ENTITY_ENCOUNTER);
    t.recorded = when.to == KEEP_TIME_NONE ? when.from : when.to; /* a mere day: not before it is over */
    if (author)
        t.author = keep_fhir_key(f, keep_fhir_value_first(keep_json_get(r->json, author)), KEEP_ENTITY_WORKER);
    return t;
}

static int relate(struct tie *t, const struct keep_json *reference, struct keep_fhir_when when, struct keep_err *err)
{
    const struct keep_sink *sink = t->r->f->sink;
    struct keep_row_relation row = {
        .at = t->r->at,
        .kind = t->kind,
        .patient = t->patient,
        .worker = keep_fhir_key(t->r->f, reference, KEEP_ENTITY_WORKER),
        .encounter = t->encounter,
        .from = when.from,
        .to = when.to,
        .open = when.open,
        .recorded = t->recorded,
        .author = t->author,
    };
    if (row.worker.kind == KEEP_ENTITY_NONE || row.patient.kind == KEEP_ENTITY_NONE || void_status(t->r))
        return 0;
    if (row.from == KEEP_TIME_NONE) /* a Period of which only the end is known */
        row.from = row.to;
    if (row.from == KEEP_TIME_NONE || keep_fhir_key_same(&row.worker, &t->last))
        return 0;
    t->last = row.worker;
    return sink->relation(sink->ctx, &row, err);
}

/* One relation for each element of a list; its member `who` is the reference, or the element itself. */
static int relate_each(struct tie *t, const struct keep_json *list, const char *who, struct keep_fhir_when when, struct keep_err *err)
{
    const struct keep_json *one;
    int rc = 0;
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++)
        rc = relate(t, who ? keep_json_get(one, who) : one, when, err);
    return rc < 0 ? rc : 0;
}

/* --- Encounter --- */

static bool over(const struct keep_json *json)
{
    static const char *const done[] = {"finished", "completed", "cancelled", "discontinued", "entered-in-error"};
    for (size_t i = 0; i < sizeof done / sizeof *done; i++)
        if (keep_str_is(keep_fhir_value_str(json, "status"), done[i]))
            return true;
    return false;
}

static struct keep_fhir_when participation(struct keep_fhir *f, const struct keep_json *participant, struct keep_fhir_when encounter)
{
    struct keep_fhir_when own = keep_fhir_value_when(f, keep_json_get(participant, "period"));
    return own.from == KEEP_TIME_NONE && own.to == KEEP_TIME_NONE ? encounter : own;
}

static int relate_participants(struct keep_fhir_resource *r, struct keep_fhir_when period, struct keep_err *err)
{
    const struct keep_json *list = keep_json_get(r->json, "participant"), *one;
    struct tie t = tie_of(r, KEEP_RELATION_ENCOUNTER, NULL, NULL);
    int rc = 0;
    t.encounter = r->key[0];
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++) {
        const struct keep_json *who = keep_json_get(one, "individual");
        struct keep_fhir_when when = participation(r->f, one, period);
        when.open = when.open && !over(r->json);
        t.last = (struct keep_key){.kind = KEEP_ENTITY_NONE}; /* one takes part in several periods */
        rc = relate(&t, who ? who : keep_json_get(one, "actor"), when, err);
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
    return rc < 0 ? rc : relate_participants(r, when, err);
}

/* --- the others --- */

int keep_fhir_care_condition(struct keep_fhir_resource *r, struct keep_err *err)
{
    static const char *const days[] = {"recordedDate", "onsetDateTime", "onsetPeriod", NULL};
    struct keep_fhir_when when = keep_fhir_value_any(r->f, r->json, days);
    struct tie t = tie_of(r, KEEP_RELATION_DIAGNOSIS, "recordedDate", "recorder");
    int rc = relate(&t, keep_json_get(r->json, "recorder"), when, err);
    return rc < 0 ? rc : relate(&t, keep_json_get(r->json, "asserter"), when, err);
}

int keep_fhir_care_procedure(struct keep_fhir_resource *r, struct keep_err *err)
{
    static const char *const days[] = {"performedPeriod", "performedDateTime", "occurrencePeriod", "occurrenceDateTime", NULL};
    struct tie t = tie_of(r, KEEP_RELATION_PROCEDURE, NULL, "recorder");
    return relate_each(&t, keep_json_get(r->json, "performer"), "actor", keep_fhir_value_any(r->f, r->json, days), err);
}

int keep_fhir_care_request(struct keep_fhir_resource *r, struct keep_err *err)
{
    struct tie t = tie_of(r, KEEP_RELATION_ORDER, "authoredOn", "requester");
    return relate(&t, keep_json_get(r->json, "requester"), keep_fhir_value_when(r->f, keep_json_get(r->json, "authoredOn")), err);
}

int keep_fhir_care_immunization(struct keep_fhir_resource *r, struct keep_err *err)
{
    struct tie t = tie_of(r, KEEP_RELATION_IMMUNIZATION, "recorded", NULL);
    return relate_each(&t, keep_json_get(r->json, "performer"), "actor", keep_fhir_value_when(r->f, keep_json_get(r->json, "occurrenceDateTime")), err);
}

int keep_fhir_care_document(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_json *context = keep_json_get(r->json, "context"), *visit = keep_json_get(context, "encounter");
    struct keep_fhir_when when = keep_fhir_value_when(r->f, keep_json_get(r->json, "date"));
    struct tie t = tie_of(r, KEEP_RELATION_NOTE, "date", "author");
    t.encounter = keep_fhir_key(r->f, keep_fhir_value_first(visit ? visit : context), KEEP_ENTITY_ENCOUNTER); /* R5: context is the reference */
    if (when.from == KEEP_TIME_NONE)
        when = keep_fhir_value_when(r->f, keep_json_get(context, "period"));
    int rc = relate_each(&t, keep_json_get(r->json, "author"), NULL, when, err);
    return rc < 0 ? rc : relate(&t, keep_json_get(r->json, "authenticator"), when, err);
}
