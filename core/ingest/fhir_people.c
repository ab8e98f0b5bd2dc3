/* Patient, Person, Practitioner and PractitionerRole of FHIR R4. */
#include "core/ingest/fhir.h"

/* Value of the first identifier of one of these types (HL7 table 0203), or of that system. */
static struct keep_str identifier_of(const struct keep_json *json, const char *type, const char *system)
{
    const struct keep_json *list = keep_json_get(json, "identifier"), *one;
    for (size_t i = 0; (one = keep_fhir_value_each(list, i)); i++)
        if ((type && keep_fhir_code_has(keep_json_get(one, "type"), type)) || (system && keep_str_is(keep_fhir_value_str(one, "system"), system)))
            return keep_fhir_value_str(one, "value");
    return (struct keep_str){NULL, 0};
}

static void read_death(struct keep_fhir_resource *r, struct keep_row_patient *row)
{
    const struct keep_json *flag = keep_json_get(r->json, "deceasedBoolean");
    struct keep_str day = keep_fhir_value_str(r->json, "deceasedDateTime");
    row->death = (struct keep_partial_date){KEEP_DATE_NONE, KEEP_PREC_NONE};
    row->death_time = KEEP_TIME_NONE;
    if (flag)
        row->deceased = keep_json_true(flag) ? KEEP_TRI_YES : flag->type == KEEP_JSON_FALSE ? KEEP_TRI_NO : KEEP_TRI_UNKNOWN;
    if (day.n == 0)
        return;
    row->deceased = KEEP_TRI_YES; /* whatever the day is worth */
    struct keep_fhir_when when = keep_fhir_value_when(r->f, keep_json_get(r->json, "deceasedDateTime"));
    if (when.last == KEEP_DATE_NONE)
        return;
    row->death = (struct keep_partial_date){when.last, KEEP_PREC_DAY};
    if (when.to == KEEP_TIME_NONE)
        row->death_time = when.from;
    else
        keep_civil_parse_date((struct keep_str){day.p, day.n > 10 ? 10 : day.n}, &row->death.date, &row->death.precision);
}

/* meta.security of the patient's own resource (HL7 v3 Confidentiality): restricted, very restricted. */
static enum keep_tristate confidential(const struct keep_json *json)
{
    const struct keep_json *labels = keep_json_get(keep_json_get(json, "meta"), "security"), *one;
    enum keep_tristate is = KEEP_TRI_UNKNOWN;
    for (size_t i = 0; (one = keep_fhir_value_each(labels, i)); i++) {
        struct keep_str code = keep_fhir_value_str(one, "code");
        if (!keep_str_is(keep_fhir_code_system(keep_fhir_value_str(one, "system")), "Confidentiality"))
            continue;
        if (keep_str_is(code, "R") || keep_str_is(code, "V"))
            return KEEP_TRI_YES;
        is = KEEP_TRI_NO;
    }
    return is;
}

/* meta.tag HTEST (v3-ActReason: test health data). A source that tags nobody has said nothing of anybody. */
static enum keep_tristate test_record(const struct keep_json *json)
{
    const struct keep_json *tags = keep_json_get(keep_json_get(json, "meta"), "tag"), *one;
    for (size_t i = 0; (one = keep_fhir_value_each(tags, i)); i++)
        if (keep_str_is(keep_fhir_value_str(one, "system"), "http://terminology.hl7.org/CodeSystem/v3-ActReason") && keep_str_is(keep_fhir_value_str(one, "code"), "HTEST"))
            return KEEP_TRI_YES;
    return KEEP_TRI_UNKNOWN;
}

/* Patient.link.other may be a RelatedPerson, who is no other record of this patient (FHIR R4, Patient). */
static bool is_related_person(const struct keep_json *other)
{
    static const char type[] = "RelatedPerson";
    struct keep_str reference = keep_fhir_value_str(other, "reference"), stated = keep_fhir_value_str(other, "type");
    return (reference.n && memmem(reference.p, reference.n, type, sizeof type - 1)) || (stated.n && memmem(stated.p, stated.n, type, sizeof type - 1));
}

/* Patient.link: what the source's own master patient index says of two of its records. One that does not say enough may join the patient with anybody: it goes to
 * quarantine, beside the patient. */
static int emit_links(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    const struct keep_json *list = keep_json_get(r->json, "link"), *one;
    int rc = 0;
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++) {
        int kind = keep_vocab_link_kind(keep_fhir_value_str(one, "type"));
        struct keep_row_link row = {.at = r->at, .kind = (enum keep_link_kind)kind, .from = r->key[0]};
        const struct keep_json *other = keep_json_get(one, "other");
        row.to = keep_fhir_key(r->f, other, KEEP_ENTITY_PATIENT);
        if (row.to.kind == KEEP_ENTITY_NONE && is_related_person(other))
            continue;
        if (kind <= 0 || row.to.kind == KEEP_ENTITY_NONE)
            rc = keep_fhir_refuse(r->f, r->at, one->span, "a patient's link that does not say to which patient, or how", err);
        else if (!keep_fhir_key_same(&row.from, &row.to))
            rc = sink->link(sink->ctx, &row, err);
    }
    return rc < 0 ? rc : 0;
}

/* The doctors a patient is registered with: since the resource was last touched, as far as it tells; still. */
static int emit_primary_care(struct keep_fhir_resource *r, struct keep_err *err)
{
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_PRIMARY_CARE, NULL, NULL);
    struct keep_fhir_when when = keep_fhir_value_when(r->f, keep_json_get(keep_json_get(r->json, "meta"), "lastUpdated"));
    when.to = KEEP_TIME_NONE;
    when.open = true;
    t.recorded = when.from;
    return keep_fhir_tie_each(&t, keep_json_get(r->json, "generalPractitioner"), NULL, when, err);
}

int keep_fhir_people_patient(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    struct keep_row_patient row = {.at = r->at, .key = r->key, .keys = r->keys, .confidential = confidential(r->json), .test = test_record(r->json)};
    int rc = keep_fhir_value_human(r->f, r->json, &row.human, err);
    if (rc < 0)
        return rc;
    row.human.mrn = identifier_of(r->json, "MR", NULL);
    read_death(r, &row);
    rc = sink->patient(sink->ctx, &row, err);
    if (rc >= 0)
        rc = emit_links(r, err);
    if (rc >= 0)
        rc = keep_fhir_contact_patient(r, err);
    return rc < 0 ? rc : emit_primary_care(r, err);
}

/* One human under several resources: two patients may be one, and a patient may work here. */
int keep_fhir_people_person(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    const struct keep_json *list = keep_json_get(r->json, "link"), *one;
    struct keep_key patient = keep_fhir_record_patient(r);
    int rc = 0;
    for (size_t i = 0; rc >= 0 && patient.kind != KEEP_ENTITY_NONE && (one = keep_fhir_value_each(list, i)); i++) {
        struct keep_key other = keep_fhir_key(r->f, keep_json_get(one, "target"), KEEP_ENTITY_PATIENT);
        struct keep_key worker = keep_fhir_key(r->f, keep_json_get(one, "target"), KEEP_ENTITY_WORKER);
        struct keep_row_link link = {.at = r->at, .kind = KEEP_LINK_SEEALSO, .from = patient, .to = other};
        struct keep_row_worker row = {.at = r->at, .key = &worker, .keys = 1, .human.birth.date = KEEP_DATE_NONE, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE, .patient = patient};
        if (other.kind != KEEP_ENTITY_NONE && !keep_fhir_key_same(&patient, &other))
            rc = sink->link(sink->ctx, &link, err);
        else if (worker.kind != KEEP_ENTITY_NONE)
            rc = sink->worker(sink->ctx, &row, err);
    }
    return rc < 0 ? rc : 0;
}

int keep_fhir_people_practitioner(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    struct keep_row_worker row = {.at = r->at, .key = r->key, .keys = r->keys, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE};
    int rc = keep_fhir_value_human(r->f, r->json, &row.human, err);
    if (rc < 0)
        return rc;
    row.human.mrn = identifier_of(r->json, "EI", NULL);
    if (row.human.mrn.n == 0)
        row.human.mrn = identifier_of(r->json, "NPI", KEEP_FHIR_NPI);
    return sink->worker(sink->ctx, &row, err);
}

/* A role is its practitioner: the row bears the keys of both, its own first, since one person may have several roles. */
int keep_fhir_people_role(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_sink *sink = r->f->sink;
    const struct keep_json *period = keep_json_get(r->json, "period");
    struct keep_fhir_when when = keep_fhir_value_when(r->f, period);
    struct keep_key practitioner = keep_fhir_key(r->f, keep_json_get(r->json, "practitioner"), KEEP_ENTITY_WORKER);
    struct keep_row_worker row = {
        .at = r->at,
        .key = r->key,
        .keys = r->keys,
        .human.birth.date = KEEP_DATE_NONE,
        .role = keep_fhir_code_text(keep_json_get(r->json, "code")),
        .from = when.from,
        .to = when.to,
        /* FHIR R4, Period: one without end is ongoing */
        .ended_known = period ? KEEP_TRI_YES : KEEP_TRI_UNKNOWN,
    };
    if (practitioner.kind != KEEP_ENTITY_NONE) {
        struct keep_key *key = keep_fhir_value_alloc(r->f, r->keys + 1, sizeof *key, err);
        if (!key)
            return err->code;
        memcpy(key, r->key, r->keys * sizeof *key);
        key[r->keys] = practitioner;
        row.key = key;
        row.keys = r->keys + 1;
    }
    if (row.role.n == 0)
        row.role = keep_fhir_code_text(keep_json_get(r->json, "specialty"));
    return sink->worker(sink->ctx, &row, err);
}
