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
    uint32_t patients, staff; /* at least 50 and 20 */
    uint64_t events;        /* rows of the log, exactly */
    uint32_t planted;       /* violations, spread evenly over the ten kinds; a hospital without about a hundred charts to spare has no "many-charts" */
    keep_date today;        /* last day of the log; the log covers one year up to it */
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* non-zero: stop (KEEP_E_INTERRUPTED); NULL allowed */
    void *progress_ctx;
};

/* Files made, in import order. */
#define KEEP_HOSPITAL_FILES(X) \
    X("organizations.ndjson") X("locations.ndjson") X("patients.ndjson") X("practitioners.ndjson") X("practitionerroles.ndjson") X("encounters.ndjson") \
    X("conditions.ndjson") X("procedures.ndjson") X("medicationrequests.ndjson") X("immunizations.ndjson") X("documents.ndjson") \
    X("workforce.csv") X("access-log.csv") X("film-index.csv")
/* and: ehr.json, access.json, hr.json, films.json (source declarations), answer-key.ndjson: one row a violation
 * {"kind": rule id or "unexplained", "account", "patient" (FHIR id), "mrn", "events": [event ids of the log], "evidence"};
 * patient and mrn are null for "many-charts". An event id is access:ROW, the log's rows counted from 1: the store numbers a source's events so,
 * when the log is imported once and alone as source "access".
 * The same parameters give the same bytes. Files appear whole; after an error the ones already made stay.
 * KEEP_E_USAGE: the numbers make no hospital, or it has too few people or accesses for what is to be planted. */
int keep_hospital_write(const struct keep_hospital_params *p, struct keep_err *err);

#endif
