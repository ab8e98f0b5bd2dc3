/* What a test of a policy gives, as the engines read it: a small world, its
 * events and its records. The words and fields are those of core/policy/field.h. */
#ifndef CORE_WORK_GIVENS_H
#define CORE_WORK_GIVENS_H

#include "core/model/events.h"
#include "core/model/records.h"
#include "core/policy/policy.h"
#include "core/review/codebook.h"

struct keep_givens {
    struct keep_world world;
    struct keep_events events;       /* all in one batch of source 1; ordinals count from 1 */
    struct keep_event_scan event_scan;
    struct keep_record *record;      /* in (patient, id) order; ids count from 1 in the order given */
    size_t records;
    struct keep_record_scan record_scan;
    uint32_t subject_patient;        /* whose record came first, KEEP_ID_NONE */
    size_t event_at, record_at;      /* of the scans */
};

/* Everything lives in a. Patients and users that a series of events names without giving them are there too, with
 * nothing known of them; an event or a record that names none means the only one given. KEEP_E_USAGE with the place: a set cannot
 * be given, nor a user or patient be meant where several are. Records make no scan over which custody is lost: it is their source's. */
int keep_givens_make(struct keep_givens **out, const struct keep_policy *p, const struct keep_test *t, struct keep_arena *a, struct keep_err *err);

/* The code tables that a test gives (codes, pairs, limits), for keep_codebook_free; NULL when it gives none. KEEP_E_NOMEM, KEEP_E_LIMIT. */
int keep_givens_book(struct keep_codebook **out, const struct keep_test *t, struct keep_err *err);

/* Puts both scans back to their beginnings. */
void keep_givens_rewind(struct keep_givens *g);

#endif
