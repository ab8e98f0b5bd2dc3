/* An audit of a keep: world, labels and events loaded, the engine run, the run
 * recorded when it stood on adopted packs. */
#ifndef CORE_WORK_AUDITRUN_H
#define CORE_WORK_AUDITRUN_H

#include "core/audit/audit.h"
#include "core/store/load.h"
#include "core/store/store.h"
#include "core/work/caserun.h"
#include "core/work/mask.h"
#include "core/work/packs.h"

struct keep_auditsince; /* core/work/auditsince.h */

struct keep_auditrun {
    struct keep_arena *arena;
    struct keep_crew *crew;     /* its threads; NULL: one works alone */
    struct keep_world world;
    struct keep_zone *zone;
    struct keep_load_events *events;
    struct keep_event_scan scan;
    struct keep_audit_input in;
    struct keep_audit_result result;
    struct keep_mask mask;
    struct keep_store *store;
    struct keep_auditsince *since; /* what it goes on from and leaves; NULL: nothing (auditsince.h) */
    struct keep_caserun *cases; /* on file, for runs of adopted rules */
};

/* Loads everything, and under adopted rules the cases on file, whose ids findings then have. r must stay where it is. in.verdict and in.progress may then be set before _run. _free in every case. as_of NONE: newest recorded time. */
int keep_auditrun_open(struct keep_auditrun *r, struct keep_store *s, const struct keep_packs *packs, keep_time as_of, struct keep_str revealed, struct keep_err *err);
/* The same by so many threads, and so is the run then (in.threads); it finds the same with any number. */
struct keep_auditrun_asked {
    const struct keep_packs *packs;
    keep_time as_of;
    struct keep_str revealed;
    unsigned threads; /* 0 is 1 */
};
int keep_auditrun_open_by(struct keep_auditrun *r, struct keep_store *s, const struct keep_auditrun_asked *asked, struct keep_err *err);
/* Lets it go on from the last recorded run, where that will do; full: why not, NULL. Adopted rules only, before _run. */
int keep_auditrun_since(struct keep_auditrun *r, const struct keep_packs *packs, const char *full, struct keep_err *err);
int keep_auditrun_run(struct keep_auditrun *r, struct keep_err *err);
void keep_auditrun_free(struct keep_auditrun *r);

/* Records counts and packs as act "audit", puts the cases on file, and leaves what the next run goes on from, in one transaction. The keep must be open for writing, the rules adopted. counts may be NULL. */
int keep_auditrun_record(struct keep_auditrun *r, const struct keep_packs *packs, struct keep_caserun_counts *counts, struct keep_err *err);

/* "SOURCE:ORDINAL" of an event, SOURCE being the source's name. Made in the run's arena. */
struct keep_str keep_auditrun_event_text(struct keep_auditrun *r, struct keep_event_id id);
/* The reverse; false when it names no source of this keep. */
bool keep_auditrun_event_id(const struct keep_auditrun *r, struct keep_str text, struct keep_event_id *out);
/* Display texts, masked within a case: login, user, patient. */
struct keep_str keep_auditrun_account(struct keep_auditrun *r, const struct keep_case *c);
struct keep_str keep_auditrun_user(struct keep_auditrun *r, const struct keep_case *c);
struct keep_str keep_auditrun_patient(struct keep_auditrun *r, const struct keep_case *c);

#endif
