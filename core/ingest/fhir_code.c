/* Codes: which members of a resource say what it is about, and the short names
 * that policies know code systems by. */
#include "core/ingest/fhir.h"

/* URIs from the HL7 terminology and FHIR R4, Using Code Systems, with the OIDs that exports of older systems write. */
#define S(z) {(z), sizeof(z) - 1}
static const struct {
    struct keep_str uri, name;
} systems[] = {
    {S("http://hl7.org/fhir/sid/icd-10-cm"), S("ICD-10-CM")},
    {S("urn:oid:2.16.840.1.113883.6.90"), S("ICD-10-CM")},
    {S("http://www.cms.gov/Medicare/Coding/ICD10"), S("ICD-10-PCS")},
    {S("https://www.cms.gov/Medicare/Coding/ICD10"), S("ICD-10-PCS")},
    {S("http://hl7.org/fhir/sid/icd-10-pcs"), S("ICD-10-PCS")},
    {S("urn:oid:2.16.840.1.113883.6.4"), S("ICD-10-PCS")},
    {S("http://hl7.org/fhir/sid/icd-9-cm"), S("ICD-9-CM")},
    {S("http://hl7.org/fhir/sid/icd-9-cm/diagnosis"), S("ICD-9-CM")},
    {S("http://hl7.org/fhir/sid/icd-9-cm/procedure"), S("ICD-9-CM")},
    {S("http://terminology.hl7.org/CodeSystem/icd9"), S("ICD-9-CM")},
    {S("http://terminology.hl7.org/CodeSystem/icd9cm"), S("ICD-9-CM")},
    {S("urn:oid:2.16.840.1.113883.6.103"), S("ICD-9-CM")},
    {S("urn:oid:2.16.840.1.113883.6.104"), S("ICD-9-CM")},
    {S("http://www.ama-assn.org/go/cpt"), S("CPT")},
    {S("https://www.ama-assn.org/go/cpt"), S("CPT")},
    {S("urn:oid:2.16.840.1.113883.6.12"), S("CPT")},
    {S("http://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"), S("HCPCS")},
    {S("https://www.cms.gov/Medicare/Coding/HCPCSReleaseCodeSets"), S("HCPCS")},
    {S("http://terminology.hl7.org/CodeSystem/HCPCS"), S("HCPCS")},
    {S("https://bluebutton.cms.gov/resources/codesystem/hcpcs"), S("HCPCS")},
    {S("urn:oid:2.16.840.1.113883.6.285"), S("HCPCS")},
    {S("http://snomed.info/sct"), S("SNOMED CT")},
    {S("urn:oid:2.16.840.1.113883.6.96"), S("SNOMED CT")},
    {S("http://loinc.org"), S("LOINC")},
    {S("urn:oid:2.16.840.1.113883.6.1"), S("LOINC")},
    {S("http://www.nlm.nih.gov/research/umls/rxnorm"), S("RxNorm")},
    {S("urn:oid:2.16.840.1.113883.6.88"), S("RxNorm")},
    {S("http://hl7.org/fhir/sid/cvx"), S("CVX")},
    {S("urn:oid:2.16.840.1.113883.12.292"), S("CVX")},
    {S("http://hl7.org/fhir/sid/ndc"), S("NDC")},
    {S("urn:oid:2.16.840.1.113883.6.69"), S("NDC")},
    {S("https://www.cms.gov/Medicare/Medicare-Fee-for-Service-Payment/AcuteInpatientPPS/MS-DRG-Classifications-and-Software"), S("MS-DRG")},
    {S("https://www.nubc.org/CodeSystem/RevenueCodes"), S("revenue")},
    {S("https://bluebutton.cms.gov/resources/variables/clm_drg_cd"), S("MS-DRG")},
    {S("https://bluebutton.cms.gov/resources/variables/rev_cntr"), S("revenue")},
    {S("http://dicom.nema.org/resources/ontology/DCM"), S("DCM")},
    {S("urn:oid:1.2.840.10008.2.16.4"), S("DCM")},
    {S("http://terminology.hl7.org/CodeSystem/v3-ActCode"), S("ActCode")},
    {S("http://terminology.hl7.org/CodeSystem/v3-Confidentiality"), S("Confidentiality")},
};

struct keep_str keep_fhir_code_system(struct keep_str uri)
{
    for (size_t i = 0; i < sizeof systems / sizeof *systems; i++)
        if (keep_str_eq(uri, systems[i].uri))
            return systems[i].name;
    return uri;
}

/* --- one concept --- */

const struct keep_json *keep_fhir_code_coding(const struct keep_json *concept, size_t i)
{
    const struct keep_json *list = keep_json_get(concept, "coding");
    return list ? keep_fhir_value_each(list, i) : i == 0 ? concept : NULL;
}

struct keep_str keep_fhir_code_text(const struct keep_json *concept)
{
    concept = keep_fhir_value_first(concept);
    struct keep_str s = keep_fhir_value_str(concept, "text");
    if (s.n == 0)
        s = keep_fhir_value_str(keep_fhir_code_coding(concept, 0), "display");
    return s.n ? s : keep_fhir_code_first(concept);
}

struct keep_str keep_fhir_code_first(const struct keep_json *concept)
{
    concept = keep_fhir_value_first(concept);
    if (concept && concept->type == KEEP_JSON_STRING)
        return concept->text;
    return keep_fhir_value_str(keep_fhir_code_coding(concept, 0), "code");
}

bool keep_fhir_code_has(const struct keep_json *concept, const char *code)
{
    const struct keep_json *one;
    for (size_t i = 0; (one = keep_fhir_code_coding(concept, i)); i++)
        if (keep_str_is(keep_fhir_value_str(one, "code"), code))
            return true;
    return false;
}

/* --- all of a resource --- */

enum { WITHIN = 4 }; /* a list and at most three members */

struct list {
    struct keep_fhir *f;
    struct keep_code *code;
    size_t n, cap;
};

static int add(struct list *l, const struct keep_json *one, struct keep_err *err)
{
    enum { FIRST = 8, COMPARED = 64 }; /* beyond that many a code may stand twice: a claim's lines repeat theirs near each other */
    struct keep_code c = {keep_fhir_code_system(keep_fhir_value_str(one, "system")), keep_fhir_value_str(one, "code")};
    if (c.code.n == 0)
        return 0;
    for (size_t i = l->n > COMPARED ? l->n - COMPARED : 0; i < l->n; i++)
        if (keep_str_eq(l->code[i].code, c.code) && keep_str_eq(l->code[i].system, c.system))
            return 0;
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : FIRST;
        struct keep_code *grown = keep_fhir_value_alloc(l->f, cap, sizeof *grown, err);
        if (!grown)
            return err->code;
        if (l->n)
            memcpy(grown, l->code, l->n * sizeof *grown);
        l->code = grown;
        l->cap = cap;
    }
    l->code[l->n++] = c;
    return 0;
}

/* Codings of a CodeableConcept, a Coding, a CodeableReference (R5), or a list of them. */
static int add_concepts(struct list *l, const struct keep_json *v, struct keep_err *err)
{
    const struct keep_json *concept, *one;
    int rc = 0;
    for (size_t i = 0; rc == 0 && (concept = keep_fhir_value_each(v, i)); i++) {
        if (keep_json_get(concept, "concept"))
            concept = keep_json_get(concept, "concept");
        for (size_t k = 0; rc == 0 && (one = keep_fhir_code_coding(concept, k)); k++)
            rc = add(l, one, err);
    }
    return rc;
}

/* Lists of objects whose members are concepts. */
static const char *const within[][WITHIN] = {
    {"diagnosis", "diagnosisCodeableConcept", "packageCode"}, /* bills */
    {"procedure", "procedureCodeableConcept", NULL},
    {"item", "productOrService", "revenue", "modifier"},
    {"addItem", "productOrService", "modifier", NULL},
    {"supportingInfo", "code", NULL},
    {"component", "code", NULL},      /* Observation */
    {"reaction", "substance", NULL},  /* AllergyIntolerance */
    {"series", "modality", "bodySite", NULL}, /* ImagingStudy */
    {"event", "code", NULL},          /* Composition */
    {"section", "code", NULL},
};

static int add_within(struct list *l, const struct keep_json *resource, struct keep_err *err)
{
    const struct keep_json *one;
    int rc = 0;
    for (size_t w = 0; w < sizeof within / sizeof *within; w++) {
        const struct keep_json *list = keep_json_get(resource, within[w][0]);
        for (size_t i = 0; rc == 0 && (one = keep_fhir_value_each(list, i)); i++)
            for (size_t k = 1; rc == 0 && k < WITHIN && within[w][k]; k++)
                rc = add_concepts(l, keep_json_get(one, within[w][k]), err);
    }
    return rc;
}

int keep_fhir_code_all(struct keep_fhir *f, const struct keep_json *resource, const struct keep_code **out, size_t *n, struct keep_err *err)
{
    static const char *const members[] = {
        "code", "type", "vaccineCode", "medicationCodeableConcept", "medication", "reasonCode", "category", "procedureCode", "modality", "serviceType", "conclusionCode", "scope", "subType",
    };
    struct list l = {.f = f};
    int rc = add_concepts(&l, keep_json_get(keep_json_get(resource, "meta"), "security"), err);
    for (size_t i = 0; rc == 0 && i < sizeof members / sizeof *members; i++)
        rc = add_concepts(&l, keep_json_get(resource, members[i]), err);
    if (rc == 0)
        rc = add_concepts(&l, keep_json_get(resource, "securityLabel"), err);
    if (rc == 0)
        rc = add_within(&l, resource, err);
    if (rc == 0) {
        *out = l.code;
        *n = l.n;
    }
    return rc;
}
