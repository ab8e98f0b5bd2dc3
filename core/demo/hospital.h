/* The synthetic hospital: a seeded population, its staff, a year of care and
 * the access log that mostly follows from it, written as the files a hospital
 * would export; and an answer key of what was planted. */
#ifndef CORE_DEMO_HOSPITAL_H
#define CORE_DEMO_HOSPITAL_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/err.h"

#define KEEP_HOSPITAL_DAYS_MIN 140  /* somebody must leave, and an account lie still for three months, within it */
#define KEEP_HOSPITAL_DAYS_MAX 1096 /* three years */

struct keep_hospital_params {
    int dirfd;              /* files are created here */
    uint64_t seed;
    uint32_t patients, staff; /* at least 50 and 20 */
    uint64_t events;        /* rows of the log, exactly */
    uint32_t planted;       /* violations, spread evenly over the kinds of plant.h; a kind for which the hospital has nobody leaves its share to the others */
    uint32_t days;          /* of the log, from KEEP_HOSPITAL_DAYS_MIN to _MAX */
    keep_date today;        /* last day of the log */
    int (*progress)(void *ctx, const char *what, uint64_t done, uint64_t total); /* non-zero: stop (KEEP_E_INTERRUPTED); NULL allowed */
    void *progress_ctx;
};

/* Files made, in import order. */
#define KEEP_HOSPITAL_FILES(X) \
    X("organizations.ndjson") X("locations.ndjson") X("patients.ndjson") X("practitioners.ndjson") X("practitionerroles.ndjson") X("encounters.ndjson") \
    X("conditions.ndjson") X("procedures.ndjson") X("medicationrequests.ndjson") X("immunizations.ndjson") X("documents.ndjson") X("provenances.ndjson") \
    X("appointments.ndjson") X("servicerequests.ndjson") X("diagnosticreports.ndjson") X("observations.ndjson") X("medicationadministrations.ndjson") X("careteams.ndjson") \
    X("tasks.ndjson") X("claims.ndjson") X("explanationofbenefits.ndjson") X("relatedpersons.ndjson") X("unit-stays.csv") X("disclosures.csv") \
    X("workforce.csv") X("accounts.csv") X("access-log.csv") X("film-index.csv") X("paper-index.csv") X("legacy-encounters.csv") X("roster.csv") \
    X("training.csv") X("institutions.csv")
/* and: ehr.json, access.json, hr.json, films.json, paper.json, legacy.json (source declarations), and the answer key, which no audit reads:
 * answer-key.ndjson, one row a violation or innocent look-alike: {"truth": "planted" or "innocent", "rule": its number in the catalogue (A01 to A32; null
 * for innocents), "kind": id of the access rule that is to find it, or "unexplained", "shape": "loud", "plain" or "quiet", "account" (null: several),
 * "patient" (FHIR id) and "mrn" (null: several or none), "events": [event ids of the log], "evidence"};
 * answer-summary.json: {"events", "planted", "innocent", "capacity": 15 cases a million accesses or twice the number planted, whichever is more,
 * "not_planted": [kinds for which the hospital has nobody]}.
 * An event id is access:ROW, the log's rows counted from 1: the store numbers a source's events so, when the log is imported once and alone as
 * source "access". The log's own numbers skip where rows were removed by a planted hand.
 * The same parameters give the same bytes. Files appear whole; after an error the ones already made stay.
 * KEEP_E_USAGE: the numbers make no hospital, or it has too few people or accesses for what is to be planted. */
int keep_hospital_write(const struct keep_hospital_params *p, struct keep_err *err);

#endif
