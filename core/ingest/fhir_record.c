/* The record that every resource is, whatever its type: whom it is about, which
 * visit it belongs to, on which days care was given, when it was written. The
 * members that say so are the same across resource types, with few exceptions,
 * so that one table serves types nobody has thought of. */
#include "core/ingest/fhir.h"

/* Whom it is about. Lists are looked through for a patient. */
static const char *const subjects[] = {"subject", "patient", "beneficiary", "for", "individual", NULL};

/* Care was given then, the first that says something. */
static const char *const services[] = {
    "period", "performedPeriod", "performedDateTime", "effectivePeriod", "effectiveDateTime", "effectiveInstant",
    "occurrencePeriod", "occurrenceDateTime", "billablePeriod", "servicedPeriod", "servicedDate", "executionPeriod",
    "started", "whenHandedOver", "whenPrepared", "onsetPeriod", "onsetDateTime", "start", "sent", "authoredOn", "authored",
    "recordedDate", "dateTime", "date", "issued", NULL,
};

/* It was written then. */
static const char *const creations[] = {
    "recordedDate", "recorded", "dateAsserted", "authoredOn", "authored", "issued", "date", "created", "dateTime", "assertedDate", NULL,
};

static const char *const authors[] = {"recorder", "author", "requester", "asserter", "performer", "enterer", "sender", "agent", "referrer", "careManager", "provider", NULL};

/* The first of a reference, a list of references, or a list of participants that names one of that kind. */
static struct keep_key any_key(struct keep_fhir *f, const struct keep_json *v, enum keep_entity want)
{
    static const char *const inside[] = {"actor", "individual", "party", "who", "target", "provider", NULL};
    const struct keep_json *one;
    for (size_t i = 0; (one = keep_fhir_value_each(v, i)); i++) {
        struct keep_key key = keep_fhir_key(f, one, want);
        for (size_t k = 0; key.kind == KEEP_ENTITY_NONE && inside[k]; k++)
            key = keep_fhir_key(f, keep_json_get(one, inside[k]), want);
        if (key.kind != KEEP_ENTITY_NONE)
            return key;
    }
    return (struct keep_key){.kind = KEEP_ENTITY_NONE};
}

static struct keep_key first_key(struct keep_fhir *f, const struct keep_json *object, const char *const *names, enum keep_entity want)
{
    struct keep_key key = {.kind = KEEP_ENTITY_NONE};
    for (; *names && key.kind == KEEP_ENTITY_NONE; names++)
        key = any_key(f, keep_json_get(object, *names), want);
    return key;
}

struct keep_key keep_fhir_record_patient(const struct keep_fhir_resource *r)
{
    if (keep_str_is(r->type, "Patient"))
        return r->key[0];
    struct keep_key key = first_key(r->f, r->json, subjects, KEEP_ENTITY_PATIENT);
    if (key.kind == KEEP_ENTITY_NONE) /* Appointment */
        key = any_key(r->f, keep_json_get(r->json, "participant"), KEEP_ENTITY_PATIENT);
    if (key.kind == KEEP_ENTITY_NONE && keep_str_is(r->type, "Person"))
        key = any_key(r->f, keep_json_get(r->json, "link"), KEEP_ENTITY_PATIENT);
    if (key.kind == KEEP_ENTITY_NONE && keep_str_is(r->type, "Provenance"))
        key = any_key(r->f, keep_json_get(r->json, "target"), KEEP_ENTITY_PATIENT);
    return key;
}

struct keep_key keep_fhir_record_encounter(const struct keep_fhir_resource *r)
{
    const struct keep_json *context = keep_json_get(r->json, "context");
    if (keep_str_is(r->type, "Encounter"))
        return r->key[0];
    struct keep_key key = any_key(r->f, keep_json_get(r->json, "encounter"), KEEP_ENTITY_ENCOUNTER);
    if (key.kind == KEEP_ENTITY_NONE)
        key = any_key(r->f, context, KEEP_ENTITY_ENCOUNTER);
    if (key.kind == KEEP_ENTITY_NONE)
        key = any_key(r->f, keep_json_get(context, "encounter"), KEEP_ENTITY_ENCOUNTER);
    if (key.kind == KEEP_ENTITY_NONE && keep_str_is(r->type, "Provenance"))
        key = any_key(r->f, keep_json_get(r->json, "target"), KEEP_ENTITY_ENCOUNTER);
    for (size_t i = 0; key.kind == KEEP_ENTITY_NONE && i < keep_json_len(keep_json_get(r->json, "item")); i++) /* claims */
        key = any_key(r->f, keep_json_get(keep_json_at(keep_json_get(r->json, "item"), i), "encounter"), KEEP_ENTITY_ENCOUNTER);
    return key;
}

static struct keep_key facility_of(const struct keep_fhir_resource *r)
{
    static const char *const members[] = {"serviceProvider", "custodian", "provider", "managingOrganization", "organization", NULL};
    return first_key(r->f, r->json, members, KEEP_ENTITY_FACILITY);
}

static struct keep_str status_of(const struct keep_json *json)
{
    const struct keep_json *verification = keep_json_get(json, "verificationStatus");
    if (keep_fhir_code_has(verification, "entered-in-error"))
        return KEEP_STR("entered-in-error");
    struct keep_str s = keep_fhir_value_str(json, "status"), doc = keep_fhir_value_str(json, "docStatus");
    if (doc.n && keep_str_is(s, "current")) /* a reference that stands, to a document that may not be finished */
        return doc;
    return s.n ? s : keep_fhir_code_first(keep_json_get(json, "clinicalStatus"));
}

static keep_date later(keep_date a, keep_date b)
{
    return a == KEEP_DATE_NONE || b > a ? b : a;
}

/* A diagnosis was seen to between its begin and the last day anything was said of it. */
static struct keep_fhir_when condition_days(const struct keep_fhir_resource *r)
{
    static const char *const onset[] = {"onsetDateTime", "onsetPeriod", "recordedDate", NULL};
    static const char *const abatement[] = {"abatementDateTime", "abatementPeriod", NULL};
    struct keep_fhir_when w = keep_fhir_value_any(r->f, r->json, onset);
    w.last = later(w.last, keep_fhir_value_any(r->f, r->json, abatement).last);
    w.last = later(w.last, keep_fhir_value_when(r->f, keep_json_get(r->json, "recordedDate")).last);
    return w;
}

/* What has a period that is not care: how long a policy, an address, a link between people holds. */
static bool no_care(struct keep_str type)
{
    static const char *const types[] = {"Patient", "Person", "RelatedPerson", "Coverage", "Provenance"};
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (keep_str_is(type, types[i]))
            return true;
    return false;
}

/* A bill's days are its lines' where the whole does not say. */
static struct keep_fhir_when line_days(const struct keep_fhir_resource *r)
{
    static const char *const days[] = {"servicedPeriod", "servicedDate", NULL};
    const struct keep_json *items = keep_json_get(r->json, "item"), *one;
    struct keep_fhir_when all = KEEP_FHIR_NEVER;
    for (size_t i = 0; (one = keep_fhir_value_each(items, i)); i++) {
        struct keep_fhir_when w = keep_fhir_value_any(r->f, one, days);
        if (w.first != KEEP_DATE_NONE && (all.first == KEEP_DATE_NONE || w.first < all.first))
            all.first = w.first;
        all.last = later(all.last, w.last);
    }
    return all;
}

static struct keep_fhir_when service_days(const struct keep_fhir_resource *r)
{
    if (no_care(r->type))
        return KEEP_FHIR_NEVER;
    if (keep_str_is(r->type, "Condition") || keep_str_is(r->type, "AllergyIntolerance"))
        return condition_days(r);
    struct keep_fhir_when w = keep_fhir_value_when(r->f, keep_json_get(keep_json_get(r->json, "context"), "period"));
    if (w.first == KEEP_DATE_NONE && w.last == KEEP_DATE_NONE)
        w = keep_fhir_value_any(r->f, r->json, services);
    if (w.first == KEEP_DATE_NONE && w.last == KEEP_DATE_NONE)
        w = line_days(r);
    struct keep_fhir_when end = keep_fhir_value_when(r->f, keep_json_get(r->json, "end")); /* Appointment */
    w.last = later(w.last, end.last);
    return w;
}

int keep_fhir_record_emit(struct keep_fhir_resource *r, bool about_no_patient, struct keep_err *err)
{
    struct keep_fhir *f = r->f;
    const struct keep_json *meta = keep_json_get(r->json, "meta");
    struct keep_row_record row = {
        .at = r->at,
        .kind = r->type,
        .about_no_patient = about_no_patient,
        .status = status_of(r->json),
        .media_type = KEEP_STR("application/fhir+json"),
        .service_first = KEEP_DATE_NONE,
        .service_last = KEEP_DATE_NONE,
        .version = keep_fhir_value_str(meta, "versionId"),
        .payload = r->json->span,
        .custody = KEEP_CUSTODY_UNDETERMINED,
    };
    struct keep_fhir_when created = keep_fhir_value_any(f, r->json, creations);
    struct keep_dated day[KEEP_DAY_COUNT];
    int rc = keep_fhir_key_record(r, &row.key, &row.keys, err);
    if (rc == 0)
        rc = keep_fhir_code_all(f, r->json, &row.code, &row.codes, err);
    if (rc == 0 && keep_str_is(r->type, "Claim"))
        rc = keep_fhir_claim_codes(r, &row.code, &row.codes, err);
    if (rc == 0)
        rc = keep_fhir_dated_amends(r, &row.amends, &row.amendments, err);
    if (rc < 0)
        return rc;
    keep_fhir_dated_days(r, day, &row.days);
    row.day = day;
    row.signer = keep_fhir_dated_signer(r);
    row.recorded = created.to == KEEP_TIME_NONE ? created.from : KEEP_TIME_NONE; /* a mere day is no instant */
    if (created.last == KEEP_DATE_NONE)
        created = keep_fhir_value_when(f, keep_json_get(meta, "lastUpdated"));
    row.created = created.last;
    if (!about_no_patient) {
        struct keep_fhir_when service = service_days(r);
        row.service_first = service.first;
        row.service_last = service.last;
        row.patient = keep_fhir_record_patient(r);
        row.encounter = keep_fhir_record_encounter(r);
        if (!no_care(r->type)) /* who manages a patient's demographics is not where care was given */
            row.facility = facility_of(r);
        row.author = first_key(f, r->json, authors, KEEP_ENTITY_WORKER);
    }
    rc = f->sink->record(f->sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}
