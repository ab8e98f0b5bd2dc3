/* From due to approved: the plan, and the officers' signatures on its digest. */
#ifndef CORE_WORK_PLANRUN_H
#define CORE_WORK_PLANRUN_H

#include "core/retention/plan.h"
#include "core/work/dates.h"

#define KEEP_PLAN_FILE (256u << 20) /* bytes of a plan: about 300 a set */

/* The plan of all due sets, as text, its identifying annex sealed to the officers (and the archive officer). An as-of after today is refused.
 * 1: nothing is due. */
int keep_planrun_make(struct keep_store *s, const struct keep_packs *adopted, keep_date as_of, struct keep_buf *out, size_t *sets, struct keep_err *err);

/* Reads a plan and refuses (KEEP_E_REFUSED) when store, packs, adoptions or quorum are not the ones it binds. Strings live in a. */
int keep_planrun_read(struct keep_store *s, const struct keep_packs *adopted, const char *path, struct keep_arena *a, struct keep_plan *out, struct keep_err *err);

/* Before anybody signs: does the plan say in words what its digests stand for, and is the adoption it rests on within its review? KEEP_E_REFUSED when
 * somebody edited it, or when not; a set that only drifted since is no offence here. */
int keep_planrun_honest(struct keep_store *s, const struct keep_packs *adopted, const struct keep_plan *plan, struct keep_arena *a, struct keep_err *err);

/* Signs. KEEP_E_REFUSED: no officer of the keep, or this officer has signed already. */
int keep_planrun_approve(struct keep_store *s, const struct keep_plan *plan, const struct keep_sign_secret *officer, size_t *approvals, struct keep_err *err);

/* Approvals by different people in office whose keys are good today; KEEP_E_REFUSED naming what is missing when fewer than the quorum, or when a special plan lacks
 * the role that its kind demands. out (may be NULL): JSON list of role, time and signature. */
int keep_planrun_approved(struct keep_store *s, const struct keep_plan *plan, struct keep_buf *out, struct keep_err *err);

#define KEEP_PLANRUN_GONE "gone: no set of this keep has its id any more"
/* For each set of the plan its set of today, or NULL when it is gone or has drifted; reasons[i] says which ("", KEEP_PLANRUN_GONE, "drifted", "held: …", …). */
int keep_planrun_match(const struct keep_plan *plan, const struct keep_dates *d, keep_date today, const struct keep_set **set, const char **reason, struct keep_arena *a);

#endif
