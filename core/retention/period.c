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

/* A run writes millions of these lines; printf would be a fifth of its time. */
static void add_number(struct keep_buf *out, int32_t n)
{
    char digits[12];
    size_t at = sizeof digits;
    do
        digits[--at] = (char)('0' + n % 10);
    while ((n /= 10) > 0);
    keep_buf_add(out, digits + at, sizeof digits - at);
}

static void add_day(struct keep_buf *out, keep_date d)
{
    struct keep_ymd t = keep_civil_to_ymd(d);
    char text[] = {(char)('0' + t.y / 1000 % 10), (char)('0' + t.y / 100 % 10), (char)('0' + t.y / 10 % 10), (char)('0' + t.y % 10), '-',
                   (char)('0' + t.m / 10), (char)('0' + t.m % 10), '-', (char)('0' + t.d / 10), (char)('0' + t.d % 10)};
    if (t.y == 0)
        keep_buf_str(out, "unknown");
    else
        keep_buf_add(out, text, sizeof text);
}

void keep_period_text(const struct keep_keep *k, struct keep_str trigger, keep_date from, keep_date until, struct keep_buf *out)
{
    static const char *const unit[] = {[KEEP_UNIT_DAYS] = "day", [KEEP_UNIT_MONTHS] = "month", [KEEP_UNIT_YEARS] = "year"};
    static const char *const round[] = {[KEEP_ROUND_MONTH] = "month", [KEEP_ROUND_QUARTER] = "quarter", [KEEP_ROUND_YEAR] = "year"};
    if (k->permanent) {
        keep_buf_str(out, "permanently");
        return;
    }
    add_number(out, k->n);
    keep_buf_char(out, ' ');
    keep_buf_str(out, unit[k->unit]);
    keep_buf_str(out, k->n == 1 ? " after " : "s after ");
    keep_buf_add(out, trigger.p, trigger.n);
    keep_buf_str(out, " = ");
    add_day(out, from);
    keep_buf_str(out, " -> ");
    add_day(out, until);
    if (k->round != KEEP_ROUND_NONE)
        keep_buf_printf(out, " (rounded up to end of %s)", round[k->round]);
}
