/* The synthetic hospital: a seeded population, its staff, a year of care and
 * the access log that mostly follows from it, written as the files a hospital
 * would export; and an answer key of what was planted. */
#ifndef CORE_DEMO_HOSPITAL_H
#define CORE_DEMO_HOSPITAL_H

#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/err.h"

struct keep_hospital_params {
    int dirfd;              /* files are created here */
    uint64_t seed;
    uint32_t patients, staff;
    uint64_t events;
    uint32_t planted;       /* violations, spread evenly over the ten kinds */
    keep_date today;        /* last day of the log; the log covers one year up to it */
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total);
    void *progress_ctx;
};

/* Files made, in import order. */
#define KEEP_HOSPITAL_FILES(X) \
    X("organizations.ndjson") X("locations.ndjson") X("patients.ndjson") X("practitioners.ndjson") X("practitionerroles.ndjson") X("encounters.ndjson") \
    X("conditions.ndjson") X("procedures.ndjson") X("medicationrequests.ndjson") X("immunizations.ndjson") X("documents.ndjson") \
    X("workforce.csv") X("access-log.csv") X("film-index.csv")
/* and: ehr.json, access.json, hr.json, films.json (source declarations), answer-key.ndjson: one row a violation
 * {"kind": rule id or "unexplained", "account", "patient" (FHIR id), "mrn", "events": [event ids of the log], "evidence"}. */
int keep_hospital_write(const struct keep_hospital_params *p, struct keep_err *err);

#endif
