/* Age of majority. Alabama Code 26-1-1 and Nebraska Rev. Stat. 43-2101 set 19,
 * Mississippi Code 1-3-27 sets 21; the other states and the District 18. From
 * background knowledge of these statutes, not read for this table: unverified. A
 * later age only lengthens a minor's retention. */
#include "core/retention/retention.h"

int keep_retention_majority(struct keep_str state)
{
    if (keep_str_is(state, "MS"))
        return 21;
    if (keep_str_is(state, "AL") || keep_str_is(state, "NE"))
        return 19;
    return 18;
}
