/* Sixty calendar days, not months: 45 CFR 164.404(b). The log of small breaches
 * is due sixty days after the calendar year's end, which is 1 March, and 29 February
 * in a leap year. */
#include "core/audit/breach.h"

#define NOTICE_DAYS 60
#define MANY 500 /* individuals: from here on the Secretary hears when they do; residents: above it so do the media */
#define READ "a reprint of the text as amended at 78 FR 5695"

int keep_breach_clocks(keep_date discovered, int64_t individuals, int64_t residents, struct keep_breach_clock out[KEEP_BREACH_CLOCKS])
{
    int n = 0;
    if (discovered == KEEP_DATE_NONE)
        return 0;
    keep_date notice = discovered + NOTICE_DAYS;
    out[n++] = (struct keep_breach_clock){"individuals", "45 CFR 164.404(b)", READ, notice};
    if (individuals >= MANY)
        out[n++] = (struct keep_breach_clock){"HHS", "45 CFR 164.408(b)", READ, notice};
    else
        out[n++] = (struct keep_breach_clock){"HHS", "45 CFR 164.408(c)", READ, keep_civil_end_of_year(discovered) + NOTICE_DAYS};
    if (residents > MANY || (residents == 0 && individuals > MANY))
        out[n++] = (struct keep_breach_clock){"media", "45 CFR 164.406(b)", "unverified", notice};
    return n;
}
