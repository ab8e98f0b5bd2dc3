/* Only the log that an access stands in is asked: an account is one of its system,
 * and what another system's log has of the same days says nothing of this one's. */
#include "core/audit/logged.h"

#include "core/model/class.h"

bool keep_logged_whole(const struct keep_world *w, uint32_t source, keep_date first, keep_date last)
{
    for (size_t i = 0; i < w->sources; i++) {
        const struct keep_source *s = &w->source[i];
        if (s->id == source)
            return (s->closed_on == KEEP_DATE_NONE || last <= s->closed_on) &&
                   keep_source_covers(s, keep_class_written(s, KEEP_STR(KEEP_CLASS_LOG)), (struct keep_str){NULL, 0}, first, last);
    }
    return false;
}
