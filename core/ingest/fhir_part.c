/* Who takes part in what the other clinical and billing resources of FHIR R4
 * tell of. Most need no more than a table: which members name a worker, what
 * that makes of him, and when. Appointment, CareTeam and Task, whose members
 * depend on each other, have a function each. */
#include "core/ingest/fhir.h"

enum { PATH = 3, DAYS = 5 };

static const struct part {
    const char *type, *path[PATH]; /* members down to the reference, any of them may be a list */
    enum keep_relation_kind kind;
    const char *days[DAYS];        /* the first that says something */
    const char *recorded, *author; /* author "": who took part */
} parts[] = {
#define EFFECTIVE {"effectivePeriod", "effectiveDateTime", "effectiveInstant", "issued"}
#define GIVEN {"effectivePeriod", "effectiveDateTime", "occurencePeriod", "occurenceDateTime"} /* R5 spells it so */
#define WANTED {"occurrencePeriod", "occurrenceDateTime", "authoredOn"}
    {"ServiceRequest", {"requester"}, KEEP_RELATION_ORDER, {"authoredOn"}, "authoredOn", "requester"},
    {"ServiceRequest", {"performer"}, KEEP_RELATION_REFERRAL, WANTED, "authoredOn", "requester"},
    {"DeviceRequest", {"requester"}, KEEP_RELATION_ORDER, {"authoredOn"}, "authoredOn", "requester"},
    {"NutritionOrder", {"orderer"}, KEEP_RELATION_ORDER, {"dateTime"}, "dateTime", "orderer"},
    {"VisionPrescription", {"prescriber"}, KEEP_RELATION_ORDER, {"dateWritten"}, "dateWritten", "prescriber"},
    {"MedicationAdministration", {"performer", "actor"}, KEEP_RELATION_MEDICATION, GIVEN, "recorded", NULL},
    {"MedicationDispense", {"performer", "actor"}, KEEP_RELATION_MEDICATION, {"whenHandedOver", "whenPrepared"}, "recorded", NULL},
    {"Observation", {"performer"}, KEEP_RELATION_RESULT, EFFECTIVE, "issued", ""},
    {"DiagnosticReport", {"performer"}, KEEP_RELATION_RESULT, EFFECTIVE, "issued", ""},
    {"DiagnosticReport", {"resultsInterpreter"}, KEEP_RELATION_RESULT, EFFECTIVE, "issued", ""},
    {"ImagingStudy", {"referrer"}, KEEP_RELATION_ORDER, {"started"}, NULL, NULL},
    {"ImagingStudy", {"interpreter"}, KEEP_RELATION_RESULT, {"started"}, NULL, NULL},
    {"ImagingStudy", {"series", "performer", "actor"}, KEEP_RELATION_PROCEDURE, {"started"}, NULL, NULL},
    {"Composition", {"author"}, KEEP_RELATION_NOTE, {"date"}, "date", "author"},
    {"Composition", {"attester", "party"}, KEEP_RELATION_NOTE, {"date"}, "date", "author"},
    {"ClinicalImpression", {"assessor"}, KEEP_RELATION_NOTE, {"effectivePeriod", "effectiveDateTime", "date"}, "date", "assessor"},
    {"QuestionnaireResponse", {"author"}, KEEP_RELATION_NOTE, {"authored"}, "authored", "author"},
    {"AllergyIntolerance", {"recorder"}, KEEP_RELATION_DIAGNOSIS, {"recordedDate", "onsetDateTime", "onsetPeriod"}, "recordedDate", "recorder"},
    {"AllergyIntolerance", {"asserter"}, KEEP_RELATION_DIAGNOSIS, {"recordedDate", "onsetDateTime", "onsetPeriod"}, "recordedDate", "recorder"},
    {"EpisodeOfCare", {"careManager"}, KEEP_RELATION_TEAM, {"period"}, NULL, NULL},
    {"CarePlan", {"author"}, KEEP_RELATION_NOTE, {"created", "period"}, "created", "author"},
    {"CarePlan", {"contributor"}, KEEP_RELATION_NOTE, {"created", "period"}, "created", "author"},
    {"CarePlan", {"activity", "detail", "performer"}, KEEP_RELATION_TASK, {"period", "created"}, "created", "author"},
    {"Claim", {"careTeam", "provider"}, KEEP_RELATION_TEAM, {"billablePeriod"}, "created", "enterer"},
    {"Claim", {"enterer"}, KEEP_RELATION_TASK, {"created"}, "created", "enterer"},
    {"ExplanationOfBenefit", {"careTeam", "provider"}, KEEP_RELATION_TEAM, {"billablePeriod"}, "created", "enterer"},
    {"ExplanationOfBenefit", {"enterer"}, KEEP_RELATION_TASK, {"created"}, "created", "enterer"},
    {"Communication", {"sender"}, KEEP_RELATION_NOTE, {"sent", "received"}, "sent", "sender"},
    {"Communication", {"recipient"}, KEEP_RELATION_NOTE, {"received", "sent"}, "sent", "sender"},
};

/* Each reference at the end of the path. */
static int follow(struct keep_fhir_tie *t, const struct keep_json *list, const char *const *path, struct keep_fhir_when when, struct keep_err *err)
{
    const struct keep_json *one;
    int rc = 0;
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++)
        rc = path[0] ? follow(t, keep_json_get(one, path[0]), path + 1, when, err) : keep_fhir_tie_relate(t, one, when, err);
    return rc < 0 ? rc : 0;
}

/* last: whom the part before tied in the same way, since recorder and asserter are often one. */
static int take(struct keep_fhir_resource *r, const struct part *p, struct keep_key *last, struct keep_err *err)
{
    const char *days[DAYS + 1] = {NULL}, *path[PATH + 1] = {NULL};
    bool self = p->author && !p->author[0];
    struct keep_fhir_tie t = keep_fhir_tie_of(r, p->kind, p->recorded, self ? NULL : p->author);
    memcpy(days, p->days, sizeof p->days);
    memcpy(path, p->path, sizeof p->path);
    struct keep_fhir_when when = keep_fhir_value_any(r->f, r->json, days);
    when.open = when.open && !keep_fhir_tie_over(r->json);
    t.self_authored = self;
    t.last = *last;
    int rc = follow(&t, r->json, path, when, err);
    *last = t.last;
    return rc;
}

int keep_fhir_part_any(struct keep_fhir_resource *r, struct keep_err *err)
{
    struct keep_key last = {.kind = KEEP_ENTITY_NONE};
    const struct part *before = NULL;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < sizeof parts / sizeof *parts; i++) {
        if (!keep_str_is(r->type, parts[i].type))
            continue;
        if (before && before->kind != parts[i].kind)
            last.kind = KEEP_ENTITY_NONE;
        before = &parts[i];
        rc = take(r, before, &last, err);
    }
    return rc;
}

/* Every worker of it with every patient of it (a group has several); one who declined takes no part. */
int keep_fhir_part_appointment(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_json *list = keep_json_get(r->json, "participant"), *patient, *worker;
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_APPOINTMENT, "created", NULL);
    struct keep_fhir_when when = keep_fhir_value_when(r->f, keep_json_get(r->json, "start"));
    struct keep_fhir_when end = keep_fhir_value_when(r->f, keep_json_get(r->json, "end"));
    int rc = 0;
    when.to = end.from;
    if (when.from == KEEP_TIME_NONE)
        when = keep_fhir_value_when(r->f, keep_json_get(r->json, "requestedPeriod"));
    when.open = false;
    for (size_t i = 0; rc >= 0 && (patient = keep_fhir_value_each(list, i)); i++) {
        t.patient = keep_fhir_key(r->f, keep_json_get(patient, "actor"), KEEP_ENTITY_PATIENT);
        for (size_t k = 0; rc >= 0 && t.patient.kind != KEEP_ENTITY_NONE && (worker = keep_fhir_value_each(list, k)); k++)
            if (!keep_str_is(keep_fhir_value_str(worker, "status"), "declined"))
                rc = keep_fhir_tie_relate(&t, keep_json_get(worker, "actor"), when, err);
        t.last = (struct keep_key){.kind = KEEP_ENTITY_NONE};
    }
    return rc < 0 ? rc : 0;
}

int keep_fhir_part_team(struct keep_fhir_resource *r, struct keep_err *err)
{
    const struct keep_json *list = keep_json_get(r->json, "participant"), *one;
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_TEAM, NULL, NULL);
    struct keep_fhir_when whole = keep_fhir_value_when(r->f, keep_json_get(r->json, "period"));
    int rc = 0;
    if (keep_str_is(keep_fhir_value_str(r->json, "status"), "proposed"))
        return 0;
    for (size_t i = 0; rc >= 0 && (one = keep_fhir_value_each(list, i)); i++) {
        const struct keep_json *own = keep_json_get(one, "period");
        struct keep_fhir_when when = keep_fhir_value_when(r->f, own ? own : keep_json_get(one, "coveragePeriod")); /* R5 */
        if (when.from == KEEP_TIME_NONE && when.to == KEEP_TIME_NONE)
            when = whole;
        when.open = when.open && !keep_fhir_tie_over(r->json);
        t.last = (struct keep_key){.kind = KEEP_ENTITY_NONE}; /* one is in it for several periods */
        rc = keep_fhir_tie_relate(&t, keep_json_get(one, "member"), when, err);
    }
    return rc < 0 ? rc : 0;
}

/* From when it was asked for until it was last touched, or still. */
int keep_fhir_part_task(struct keep_fhir_resource *r, struct keep_err *err)
{
    static const char *const execution[] = {"executionPeriod", NULL};
    struct keep_fhir_tie t = keep_fhir_tie_of(r, KEEP_RELATION_TASK, "authoredOn", "requester");
    struct keep_fhir_when when = keep_fhir_value_any(r->f, r->json, execution);
    struct keep_fhir_when last = keep_fhir_value_when(r->f, keep_json_get(r->json, "lastModified"));
    bool over = keep_fhir_tie_over(r->json);
    struct keep_str status = keep_fhir_value_str(r->json, "status");
    if (when.from == KEEP_TIME_NONE && when.to == KEEP_TIME_NONE) {
        when = keep_fhir_value_when(r->f, keep_json_get(r->json, "authoredOn"));
        when.to = !over ? KEEP_TIME_NONE : last.to != KEEP_TIME_NONE ? last.to : last.from;
        when.open = true;
    }
    when.open = when.open && !over;
    if (keep_str_is(status, "rejected"))
        return 0;
    int rc = keep_fhir_tie_relate(&t, keep_json_get(r->json, "owner"), when, err);
    return rc < 0 ? rc : keep_fhir_tie_relate(&t, keep_json_get(r->json, "requester"), when, err);
}
