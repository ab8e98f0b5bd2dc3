/* Which events of the log stand at which places of a pass, so that what waits to be
 * judged need not carry its id: batches as they were read. */
#ifndef CORE_AUDIT_PLACES_H
#define CORE_AUDIT_PLACES_H

#include "core/model/events.h"
#include "core/model/findings.h"

/* Zeroed before the first use. */
struct keep_places {
    struct keep_places_run {
        uint32_t from, n;
        uint32_t source;
        uint64_t ordinal;  /* of the first, where they run without a gap */
        uint64_t *each;    /* else of each */
    } *place;
    size_t n, room;
    uint32_t *block;       /* after _join: the place in which each 1,024th event stands */
};
int keep_places_note(struct keep_places *p, const struct keep_events *batch); /* -1 out of memory */
/* Moves what others noted over and makes all of it ready to be asked. -1 out of memory. */
int keep_places_join(struct keep_places *p, struct keep_places *const *others, size_t n);
struct keep_event_id keep_places_id(const struct keep_places *p, uint32_t at);
void keep_places_forget(struct keep_places *p);

#endif
