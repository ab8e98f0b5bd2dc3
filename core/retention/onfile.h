/* What patients have on file, by kind and facility: for rules about other
 * records than those of the set they date, such as claims, or a notice. Only the
 * kinds that a policy names are gathered. */
#ifndef CORE_RETENTION_ONFILE_H
#define CORE_RETENTION_ONFILE_H

#include "core/retention/tally.h"

struct keep_onfile;

/* The kinds that the retention rules of p name. */
int keep_onfile_new(struct keep_onfile **out, const struct keep_policy *p, const struct keep_world *w, struct keep_err *err);
void keep_onfile_free(struct keep_onfile *f); /* NULL allowed */

/* Takes a record; a destroyed one counts no more. */
int keep_onfile_add(struct keep_onfile *f, const struct keep_record *r, struct keep_err *err);
/* Once all are taken: turns to a patient. */
void keep_onfile_turn(struct keep_onfile *f, uint32_t patient);

struct keep_onfile_found {
    size_t records;           /* of that kind there, with those that nobody placed */
    struct keep_tally_day day;
};
/* Of the patient at hand, one kind at a facility (KEEP_ID_NONE: anywhere). what: one of enum keep_trigger_what; day holds nothing for a discharge. */
void keep_onfile_find(const struct keep_onfile *f, struct keep_str kind, uint32_t facility, int what, struct keep_onfile_found *out);

#endif
