/* RelatedPerson and Patient.contact of FHIR R4: whom a patient's source names as
 * next of kin, guardian, caregiver, whom to call. A resource that names nobody is
 * told as well, since it may have named somebody before. */
#include "core/ingest/fhir.h"

/* Somebody of whom there is anything to know people by; false: an organization, or nobody. */
static int person(struct keep_fhir_resource *r, const struct keep_json *json, struct keep_contact_person *out, bool *somebody, struct keep_err *err)
{
    const struct keep_json *relationship = keep_fhir_value_first(keep_json_get(json, "relationship"));
    const struct keep_json *period = keep_json_get(json, "period");
    struct keep_fhir_when when = period ? keep_fhir_value_when(r->f, period) : KEEP_FHIR_NEVER;
    *out = (struct keep_contact_person){.from = when.from, .to = when.to};
    if (keep_fhir_code_coding(relationship, 0) && keep_json_get(keep_fhir_code_coding(relationship, 0), "code"))
        out->code = keep_fhir_code_first(relationship);
    out->relationship = keep_fhir_code_text(relationship);
    int rc = keep_fhir_value_human(r->f, json, &out->human, err);
    *somebody = out->human.names || out->human.addresses || out->human.phones;
    return rc;
}

static int tell(struct keep_fhir_resource *r, const char *system, struct keep_key patient, const struct keep_contact_person *who, size_t n, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    struct keep_row_contacts row = {
        .at = r->at, .key = {KEEP_ENTITY_CONTACT, keep_str_of(system), r->key[0].value}, .patient = patient, .person = who, .persons = n};
    int rc = patient.kind == KEEP_ENTITY_NONE ? 0 : sink->contacts(sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

/* An identifier that is the workforce's own makes the contact known as one of it. */
static struct keep_key worker_of(struct keep_fhir_resource *r)
{
    const struct keep_json *list = keep_json_get(r->json, "identifier"), *one;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
        if (keep_str_is(keep_fhir_value_str(one, "system"), KEEP_FHIR_NPI))
            return keep_fhir_key_identifier(r->f, one, KEEP_ENTITY_WORKER);
    return (struct keep_key){.kind = KEEP_ENTITY_NONE};
}

int keep_fhir_contact_related(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_json *active = keep_json_get(r->json, "active");
    struct keep_contact_person who;
    bool somebody;
    int rc = person(r, r->json, &who, &somebody, err);
    if (rc < 0)
        return rc;
    who.worker = worker_of(r);
    somebody = (somebody || who.worker.value.n) && !(active && active->type == KEEP_JSON_FALSE);
    return tell(r, "RelatedPerson", keep_fhir_record_patient(r), &who, somebody, err);
}

int keep_fhir_contact_patient(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_json *list = keep_json_get(r->json, "contact"), *one;
    struct keep_contact_person *who = keep_fhir_value_alloc(r->f, keep_json_len(list) + 1, sizeof *who, err);
    size_t n = 0;
    bool somebody;
    int rc = who ? 0 : err->code;
    for (size_t i = 0; rc == 0 && (one = keep_fhir_value_each(list, i)); i++) {
        rc = person(r, one, &who[n], &somebody, err);
        n += rc == 0 && somebody;
    }
    return rc < 0 ? rc : tell(r, "Patient", r->key[0], who, n, err);
}
