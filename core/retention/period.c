/* Date arithmetic of retention. The order is fixed: event, end of the period it
 * is in where the clause says so, plus period, then rounding up to the end of the
 * month, quarter, calendar or fiscal year. */
#include "core/retention/period.h"

static keep_date end_of(enum keep_round what, int first_month, keep_date d)
{
    switch (d == KEEP_DATE_NONE ? KEEP_ROUND_NONE : what) {
    case KEEP_ROUND_NONE:
        break;
    case KEEP_ROUND_MONTH:
        return keep_civil_end_of_month(d);
    case KEEP_ROUND_QUARTER:
        return keep_civil_end_of_quarter(d);
    case KEEP_ROUND_YEAR:
        return keep_civil_end_of_year(d);
    case KEEP_ROUND_FISCAL:
        return keep_civil_end_of_fiscal_year(d, first_month);
    }
    return d;
}

keep_date keep_period_add(const struct keep_keep *k, keep_date from)
{
    if (k->permanent || from == KEEP_DATE_NONE || k->n < 0)
        return KEEP_DATE_NONE;
    from = end_of(k->cut, k->cut_month, from);
    if (from == KEEP_DATE_NONE)
        return from;
    switch (k->unit) {
    case KEEP_UNIT_DAYS:
        return from <= keep_civil_from_ymd(9999, 12, 31) - k->n ? from + k->n : KEEP_DATE_NONE;
    case KEEP_UNIT_MONTHS:
        return keep_civil_add_months(from, k->n);
    case KEEP_UNIT_YEARS:
        return keep_civil_add_years(from, k->n);
    }
    return KEEP_DATE_NONE;
}

keep_date keep_period_round(const struct keep_keep *k, keep_date d)
{
    return end_of(k->round, k->round_month, d);
}

keep_date keep_period_until(const struct keep_keep *k, keep_date from)
{
    return keep_period_round(k, keep_period_add(k, from));
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

void keep_period_day(keep_date d, struct keep_buf *out)
{
    struct keep_ymd t = keep_civil_to_ymd(d);
    char text[] = {(char)('0' + t.y / 1000 % 10), (char)('0' + t.y / 100 % 10), (char)('0' + t.y / 10 % 10), (char)('0' + t.y % 10), '-',
                   (char)('0' + t.m / 10), (char)('0' + t.m % 10), '-', (char)('0' + t.d / 10), (char)('0' + t.d % 10)};
    if (t.y == 0)
        keep_buf_str(out, "unknown");
    else
        keep_buf_add(out, text, sizeof text);
}

/* "end of fiscal year starting month 7" */
static void add_end(struct keep_buf *out, enum keep_round what, int first_month)
{
    static const char *const words[] = {[KEEP_ROUND_MONTH] = "month", [KEEP_ROUND_QUARTER] = "quarter", [KEEP_ROUND_YEAR] = "year", [KEEP_ROUND_FISCAL] = "fiscal year starting month "};
    keep_buf_str(out, "end of ");
    keep_buf_str(out, words[what]);
    if (what == KEEP_ROUND_FISCAL)
        add_number(out, first_month);
}

void keep_period_text(const struct keep_keep *k, struct keep_str trigger, keep_date from, keep_date until, struct keep_buf *out)
{
    static const char *const unit[] = {[KEEP_UNIT_DAYS] = "day", [KEEP_UNIT_MONTHS] = "month", [KEEP_UNIT_YEARS] = "year"};
    if (k->permanent) {
        keep_buf_str(out, "permanently");
        return;
    }
    add_number(out, k->n);
    keep_buf_char(out, ' ');
    keep_buf_str(out, unit[k->unit]);
    keep_buf_str(out, k->n == 1 ? " after " : "s after ");
    if (k->cut != KEEP_ROUND_NONE) {
        add_end(out, k->cut, k->cut_month);
        keep_buf_str(out, " of ");
    }
    keep_buf_add(out, trigger.p, trigger.n);
    keep_buf_str(out, " = ");
    keep_period_day(from, out);
    keep_buf_str(out, " -> ");
    keep_period_day(until, out);
}

void keep_period_rounding(const struct keep_keep *k, struct keep_buf *out)
{
    if (k->round == KEEP_ROUND_NONE)
        return;
    keep_buf_str(out, " (rounded up to ");
    add_end(out, k->round, k->round_month);
    keep_buf_char(out, ')');
}
