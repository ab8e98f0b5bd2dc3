/* Who was to be at work when, by the rosters: shifts, times on call, leaves. A
 * roster is read as what was planned: somebody off it may have stayed longer, or
 * filled in for another. */
#ifndef CORE_AUDIT_ROTA_H
#define CORE_AUDIT_ROTA_H

#include "core/model/world.h"

#define KEEP_ROTA_KNOWN_DAYS 14 /* a roster says nothing of a time that is further than this from every duty of the worker: it may end before, or begin after */

/* On shift or on call at t, or within `grace` (microseconds) of it. UNKNOWN: no roster of the worker covers the time, or a duty's end is not recorded. Off shift is only
 * who has no duty then on a roster whose source is declared complete for the class "roster" (or "all") over the day: a line that did not come in accuses nobody. day: t's, in the keep's
 * zone, as declarations name days. */
enum keep_tristate keep_rota_on_shift(const struct keep_world *w, uint32_t worker, keep_time t, keep_date day, int64_t grace);

/* The next duty of the worker, on shift or on call at a named unit, at t or within `grace` of it, from number *i on; false: none. *i is then where to go on. Begin with
 * keep_world_duties. */
bool keep_rota_next(const struct keep_world *w, uint32_t worker, keep_time t, int64_t grace, size_t *i, uint32_t *unit);

/* Does any roster name leaves? Where none does nobody is known to be on leave, or not to be. */
bool keep_rota_leaves(const struct keep_world *w);

/* On leave at t; narrows [*lo, *hi) to where the answer stays the same. UNKNOWN: a leave's end is not recorded, and the worker is not rostered again;
 * or the roster has the worker at work then all the same. */
enum keep_tristate keep_rota_on_leave(const struct keep_world *w, uint32_t worker, keep_time t, keep_time *lo, keep_time *hi);

/* End of the worker's last leave that was over by t, of one without an end the next duty's begin; KEEP_TIME_NONE: none. */
keep_time keep_rota_back(const struct keep_world *w, uint32_t worker, keep_time t);

#endif
