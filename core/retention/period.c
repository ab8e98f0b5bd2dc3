/* Date arithmetic of retention. The order is fixed: event, plus period, then
 * rounding up to the end of the month, quarter or calendar year. */
#include "core/retention/period.h"

keep_date keep_period_until(const struct keep_keep *k, keep_date from)
{
    keep_date d = KEEP_DATE_NONE;
    if (k->permanent || from == KEEP_DATE_NONE || k->n < 0)
        return KEEP_DATE_NONE;
    switch (k->unit) {
    case KEEP_UNIT_DAYS:
        if (from <= keep_civil_from_ymd(9999, 12, 31) - k->n)
            d = from + k->n;
        break;
    case KEEP_UNIT_MONTHS:
        d = keep_civil_add_months(from, k->n);
        break;
    case KEEP_UNIT_YEARS:
        d = keep_civil_add_years(from, k->n);
        break;
    }
    if (d == KEEP_DATE_NONE)
        return d;
    switch (k->round) {
    case KEEP_ROUND_NONE:
        break;
    case KEEP_ROUND_MONTH:
        return keep_civil_end_of_month(d);
    case KEEP_ROUND_QUARTER:
        return keep_civil_end_of_quarter(d);
    case KEEP_ROUND_YEAR:
        return keep_civil_end_of_year(d);
    }
    return d;
}

void keep_period_text(const struct keep_keep *k, struct keep_str trigger, keep_date from, keep_date until, struct keep_buf *out)
{
    static const char *const unit[] = {[KEEP_UNIT_DAYS] = "day", [KEEP_UNIT_MONTHS] = "month", [KEEP_UNIT_YEARS] = "year"};
    static const char *const round[] = {[KEEP_ROUND_MONTH] = "month", [KEEP_ROUND_QUARTER] = "quarter", [KEEP_ROUND_YEAR] = "year"};
    char a[KEEP_CIVIL_DATE_SIZE], b[KEEP_CIVIL_DATE_SIZE];
    if (k->permanent) {
        keep_buf_str(out, "permanently");
        return;
    }
    keep_buf_printf(out, "%d %s%s after ", k->n, unit[k->unit], k->n == 1 ? "" : "s");
    keep_buf_add(out, trigger.p, trigger.n);
    keep_buf_printf(out, " = %s -> %s", keep_civil_format_date(from, a), keep_civil_format_date(until, b));
    if (k->round != KEEP_ROUND_NONE)
        keep_buf_printf(out, " (rounded up to end of %s)", round[k->round]);
}
