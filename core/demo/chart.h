/* The care of patients as FHIR R4 NDJSON, one file a resource type, and two tables. */
#ifndef CORE_DEMO_CHART_H
#define CORE_DEMO_CHART_H

#include "core/demo/cast.h"
#include "core/demo/sheet.h"

#define KEEP_CHART_SHEETS(X) \
    X(ENCOUNTER, "encounters.ndjson") X(CONDITION, "conditions.ndjson") X(PROCEDURE, "procedures.ndjson") \
    X(MEDICATION, "medicationrequests.ndjson") X(IMMUNIZATION, "immunizations.ndjson") X(DOCUMENT, "documents.ndjson") \
    X(PROVENANCE, "provenances.ndjson") X(APPOINTMENT, "appointments.ndjson") X(REQUEST, "servicerequests.ndjson") X(REPORT, "diagnosticreports.ndjson") \
    X(OBSERVATION, "observations.ndjson") X(ADMINISTRATION, "medicationadministrations.ndjson") X(TEAM, "careteams.ndjson") X(TASK, "tasks.ndjson") \
    X(CLAIM, "claims.ndjson") X(BENEFIT, "explanationofbenefits.ndjson") X(RELATED, "relatedpersons.ndjson") \
    X(STAY, "unit-stays.csv") X(DISCLOSURE, "disclosures.csv")
#define X(name, file) KEEP_CHART_##name,
enum keep_chart_sheet { KEEP_CHART_SHEETS(X) KEEP_CHART_SHEET_COUNT };
#undef X

struct keep_chart {
    const struct keep_cast *cast;
    const struct keep_zone *zone;
    struct keep_sheet sheet[KEEP_CHART_SHEET_COUNT];
};

#define KEEP_CHART_TOOK_PART 4
struct keep_chart_visit {
    uint32_t patient, number;    /* number: of the encounter, from 0; NOBODY: outside of one */
    uint8_t department;
    keep_wall start, end;
    uint32_t who[KEEP_CHART_TOOK_PART]; /* lead, nurse, second, registrar; NOBODY where there is none */
};

int keep_chart_open(struct keep_chart *c, const struct keep_cast *cast, const struct keep_zone *zone, struct keep_err *err);
int keep_chart_commit(struct keep_chart *c, struct keep_err *err);
void keep_chart_drop(struct keep_chart *c); /* a zeroed one is allowed */

int keep_chart_encounter(struct keep_chart *c, const struct keep_chart_visit *v, struct keep_err *err);
int keep_chart_condition(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_condition *what, struct keep_err *err);
int keep_chart_procedure(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_procedure *what, uint32_t who, keep_wall at, struct keep_err *err);
int keep_chart_medication(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_coded *what, struct keep_err *err);
int keep_chart_immunization(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_coded *what, struct keep_err *err);
/* A text by `author`; attested by `by`, if not NOBODY. */
struct keep_chart_note {
    const char *loinc, *title, *text; /* loinc NULL: no code */
    uint32_t author, by;
    bool unsigned_yet;
    keep_wall at;
};
int keep_chart_document(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_chart_note *note, struct keep_err *err);

/* Identifier systems of this hospital: under 2.999, the arc for examples (ITU-T X.660). */
#define KEEP_CHART_MRN_SYSTEM "urn:oid:2.999.7301.1"
#define KEEP_CHART_VISIT_SYSTEM "urn:oid:2.999.7301.2"
#define KEEP_CHART_EMPLOYEE_SYSTEM "urn:oid:2.999.7301.3"
#define KEEP_CHART_NPI_SYSTEM "http://hl7.org/fhir/sid/us-npi"
#define KEEP_CHART_ORGANIZATION "org-house"
extern const char *const keep_chart_site[KEEP_LORE_SITES]; /* FHIR ids of the organizations */
void keep_chart_location(uint8_t department, char out[KEEP_CAST_TEXT]); /* FHIR id of the department's Location */

#endif
