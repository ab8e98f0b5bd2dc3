/* When the clock of a set starts: first and last days over a record set, known
 * only where declared sources vouch that nothing is missing. */
#ifndef CORE_RETENTION_TRIGGER_H
#define CORE_RETENTION_TRIGGER_H

#include "core/retention/tally.h"

/* From KEEP_TRIGGER_OTHER: the days of KEEP_RECORD_DAYS. */
enum keep_trigger_what { KEEP_TRIGGER_SERVICE, KEEP_TRIGGER_CREATED, KEEP_TRIGGER_DISCHARGE, KEEP_TRIGGER_OTHER, KEEP_TRIGGER_COUNT = KEEP_TRIGGER_OTHER + KEEP_DAY_COUNT };

struct keep_trigger {
    keep_date date;          /* KEEP_DATE_NONE: undetermined, see missing */
    struct keep_str missing; /* the gap, as a person reads it */
    struct keep_str note;    /* what is odd about the day although it is used; empty if nothing */
};

/* "service_date", "created_date", "discharge_date", or a word of KEEP_RECORD_DAYS; -1 none of them. */
int keep_trigger_word(struct keep_str word);

/* The earliest (last = false) or latest such day of the set as of that day. Strings live in a. Returns 0 or KEEP_E_NOMEM / KEEP_E_LIMIT.
 *
 * discharge_date: over the encounters of the set's patient at its facility (an encounter whose facility nobody recorded may be there);
 *   one without an end means the clock has not started.
 * service_date: over the set's records; of the medical record over those encounters too.
 * created_date: over the set's records.
 * the others: over the set's records, of which each must bear one: a unit of blood without its expiry date is kept, not guessed at.
 * Determined only when every source that speaks for the classes the day rests on is declared complete from the patient's first record
 * there through as_of, and at least one is. */
int keep_trigger_find(struct keep_trigger *out, const struct keep_tally_index *x, const struct keep_tally *t, enum keep_trigger_what what, bool last, keep_date as_of, struct keep_arena *a, struct keep_err *err);

/* Why records of this kind at the set's facility are not known to be complete from the patient's first day there through as_of; empty where they are. */
void keep_trigger_complete(const struct keep_tally_index *x, const struct keep_tally *t, struct keep_str kind, keep_date as_of, char gap[256]);
/* set.first, set.last and their like as a rule writes them. */
const char *keep_trigger_text(int what);

#endif
