/* What a resource says of itself beyond whom, when and what: the other days that
 * retention law counts from, who signed it, and which earlier record it changes.
 * Each is taken only from the members that mean just that in FHIR R4 (R5 where it
 * named one later); nothing is derived from a status. */
#include "core/ingest/fhir.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* resource type, the list or object that the member stands in (NULL: the resource), the member, which day it is */
static const struct {
    const char *type, *in, *member;
    enum keep_record_day day;
} table[] = {
    {"Composition", "attester", "time", KEEP_DAY_SIGNED},
    {"DocumentReference", "attester", "time", KEEP_DAY_SIGNED}, /* R5 */
    {"Provenance", "signature", "when", KEEP_DAY_SIGNED},
    {"VerificationResult", "attestation", "date", KEEP_DAY_SIGNED},
    {"Coverage", NULL, "period", KEEP_DAY_EFFECTIVE_END},
    {"Consent", "provision", "period", KEEP_DAY_EFFECTIVE_END},
    {"Contract", NULL, "applies", KEEP_DAY_EFFECTIVE_END},
    {"Immunization", NULL, "expirationDate", KEEP_DAY_EXPIRY},
    {"Device", NULL, "expirationDate", KEEP_DAY_EXPIRY},
    {"Medication", "batch", "expirationDate", KEEP_DAY_EXPIRY},
    {"BiologicallyDerivedProduct", NULL, "expirationDate", KEEP_DAY_EXPIRY}, /* R5 */
    {"Claim", NULL, "created", KEEP_DAY_FILED},
    {"ExplanationOfBenefit", "payment", "date", KEEP_DAY_SETTLED},
    {"ClaimResponse", "payment", "date", KEEP_DAY_SETTLED},
    {"PaymentReconciliation", NULL, "paymentDate", KEEP_DAY_SETTLED},
    {"ResearchStudy", NULL, "period", KEEP_DAY_CLOSED},
    {"DiagnosticReport", NULL, "issued", KEEP_DAY_REPORTED},
    {"Observation", NULL, "issued", KEEP_DAY_REPORTED},
    {"BiologicallyDerivedProduct", "processing", "timePeriod", KEEP_DAY_PROCESSED},
    {"BiologicallyDerivedProduct", "processing", "timeDateTime", KEEP_DAY_PROCESSED},
};

/* The later of had and the latest day that the member says over the elements of its list: the last signature makes a
 * record whole. A Period that is still open says none. */
static keep_date latest(const struct keep_fhir *f, const struct keep_json *in, const char *member, keep_date had)
{
    const struct keep_json *one;
    for (size_t i = 0; (one = keep_fhir_value_each(in, i)); i++) {
        keep_date d = keep_fhir_value_when(f, keep_json_get(one, member)).last;
        if (d != KEEP_DATE_NONE && (had == KEEP_DATE_NONE || d > had))
            had = d;
    }
    return had;
}

void keep_fhir_dated_days(const struct keep_fhir_resource *r, struct keep_dated day[KEEP_DAY_COUNT], size_t *n)
{
    keep_date found[KEEP_DAY_COUNT];
    for (size_t i = 0; i < COUNT(found); i++)
        found[i] = KEEP_DATE_NONE;
    for (size_t i = 0; i < COUNT(table); i++)
        if (keep_str_is(r->type, table[i].type))
            found[table[i].day] = latest(r->f, table[i].in ? keep_json_get(r->json, table[i].in) : r->json, table[i].member, found[table[i].day]);
    *n = 0;
    for (int i = 0; i < KEEP_DAY_COUNT; i++)
        if (found[i] != KEEP_DATE_NONE)
            day[(*n)++] = (struct keep_dated){(enum keep_record_day)i, found[i]};
}

struct keep_key keep_fhir_dated_signer(const struct keep_fhir_resource *r)
{
    static const char *const members[][2] = {{"attester", "party"}, {"authenticator", NULL}, {"signature", "who"}}; /* Composition, DocumentReference, Provenance */
    struct keep_key key = {.kind = KEEP_ENTITY_NONE};
    const struct keep_json *one;
    for (size_t m = 0; m < COUNT(members); m++) {
        const struct keep_json *list = keep_json_get(r->json, members[m][0]);
        for (size_t i = 0; key.kind == KEEP_ENTITY_NONE && (one = keep_fhir_value_each(list, i)); i++)
            key = keep_fhir_key(r->f, members[m][1] ? keep_json_get(one, members[m][1]) : one, KEEP_ENTITY_WORKER);
    }
    return key;
}

static void add(struct keep_fhir *f, struct keep_amends *amends, size_t *n, enum keep_amendment kind, const struct keep_json *reference)
{
    struct keep_key key = keep_fhir_key(f, reference, KEEP_ENTITY_RECORD);
    if (key.kind != KEEP_ENTITY_NONE)
        amends[(*n)++] = (struct keep_amends){kind, key};
}

/* relatesTo[].code and target (DocumentReference), targetReference (Composition); "replaces" and "priorPrescription" of
 * plans and requests. */
int keep_fhir_dated_amends(const struct keep_fhir_resource *r, const struct keep_amends **out, size_t *n, struct keep_err *err)
{
    const struct keep_json *relates = keep_json_get(r->json, "relatesTo"), *replaces = keep_json_get(r->json, "replaces"), *one;
    const struct keep_json *prior = keep_json_get(r->json, "priorPrescription");
    size_t room = keep_json_len(relates) + keep_json_len(replaces) + 3; /* a list may be written as its only element */
    *n = 0;
    *out = NULL;
    if (!relates && !replaces && !prior)
        return 0;
    struct keep_amends *amends = keep_fhir_value_alloc(r->f, room, sizeof *amends, err);
    if (!amends)
        return err->code;
    for (size_t i = 0; (one = keep_fhir_value_each(relates, i)); i++) {
        int kind = keep_vocab_amendment(keep_fhir_code_first(keep_json_get(one, "code")));
        const struct keep_json *target = keep_json_get(one, "target");
        if (kind > KEEP_AMEND_NONE)
            add(r->f, amends, n, (enum keep_amendment)kind, target ? target : keep_json_get(one, "targetReference"));
    }
    for (size_t i = 0; (one = keep_fhir_value_each(replaces, i)); i++)
        add(r->f, amends, n, KEEP_AMEND_REPLACES, one);
    if (prior)
        add(r->f, amends, n, KEEP_AMEND_REPLACES, prior);
    *out = amends;
    return 0;
}
