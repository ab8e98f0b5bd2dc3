/* Civil dates: plain arithmetic over the proleptic Gregorian calendar, no libc
 * calendar and no time zone. A day is counted from 0001-01-01 inside and from
 * 1970-01-01 outside. Everything that retention asks rounds towards the later
 * day: destroying a day late is a nuisance, a day early is against the law. */
#include "core/base/civil.h"

#include <string.h>

enum {
    DAYS_TO_1970 = 719162, /* from 0001-01-01 to 1970-01-01 */
    DAYS_400 = 146097,
    DAYS_100 = 36524,
    DAYS_4 = 1461,
    LAST_DAY = 3652058, /* 9999-12-31 from 0001-01-01 */
    DAY_SECONDS = 86400,
};

static const int16_t days_before[13] = {0, 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};

static bool leap(int32_t y)
{
    return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

int keep_civil_month_days(int32_t y, int m)
{
    if (m < 1 || m > 12)
        return 0;
    if (m == 2)
        return leap(y) ? 29 : 28;
    return m == 4 || m == 6 || m == 9 || m == 11 ? 30 : 31;
}

bool keep_civil_valid(int32_t y, int m, int d)
{
    return y >= 1 && y <= 9999 && m >= 1 && m <= 12 && d >= 1 && d <= keep_civil_month_days(y, m);
}

keep_date keep_civil_from_ymd(int32_t y, int m, int d)
{
    if (!keep_civil_valid(y, m, d))
        return KEEP_DATE_NONE;
    int32_t past = y - 1;
    int32_t days = past * 365 + past / 4 - past / 100 + past / 400;
    days += days_before[m] + (m > 2 && leap(y)) + d - 1;
    return days - DAYS_TO_1970;
}

struct keep_ymd keep_civil_to_ymd(keep_date d)
{
    int64_t wide = (int64_t)d + DAYS_TO_1970;
    if (wide < 0 || wide > LAST_DAY)
        return (struct keep_ymd){0, 0, 0};
    int32_t n = (int32_t)wide;
    int32_t c400 = n / DAYS_400;
    n %= DAYS_400;
    int32_t c100 = n / DAYS_100 < 3 ? n / DAYS_100 : 3; /* the fourth century is a day longer */
    n -= c100 * DAYS_100;
    int32_t c4 = n / DAYS_4;
    n %= DAYS_4;
    int32_t c1 = n / 365 < 3 ? n / 365 : 3; /* and so is the fourth year */
    n -= c1 * 365;
    struct keep_ymd out = {c400 * 400 + c100 * 100 + c4 * 4 + c1 + 1, 1, n + 1};
    while (out.d > keep_civil_month_days(out.y, out.m)) {
        out.d -= keep_civil_month_days(out.y, out.m);
        out.m++;
    }
    return out;
}

/* The day of y-m-d; a day that the month does not have becomes the first of the next month. */
static keep_date or_next_month(int64_t y, int m, int d)
{
    if (y < 1 || y > 9999)
        return KEEP_DATE_NONE;
    if (d > keep_civil_month_days((int32_t)y, m)) /* never December, which has 31 */
        return keep_civil_from_ymd((int32_t)y, m + 1, 1);
    return keep_civil_from_ymd((int32_t)y, m, d);
}

keep_date keep_civil_add_years(keep_date d, int32_t years)
{
    struct keep_ymd t = keep_civil_to_ymd(d);
    return t.y == 0 ? KEEP_DATE_NONE : or_next_month((int64_t)t.y + years, t.m, t.d);
}

keep_date keep_civil_add_months(keep_date d, int32_t months)
{
    struct keep_ymd t = keep_civil_to_ymd(keep_civil_add_years(d, months / 12));
    if (t.y == 0)
        return KEEP_DATE_NONE;
    int32_t m = t.m + months % 12, y = t.y;
    if (m > 12) {
        m -= 12;
        y++;
    } else if (m < 1) {
        m += 12;
        y--;
    }
    return or_next_month(y, m, t.d);
}

keep_date keep_civil_end_of_month(keep_date d)
{
    struct keep_ymd t = keep_civil_to_ymd(d);
    return keep_civil_from_ymd(t.y, t.m, keep_civil_month_days(t.y, t.m));
}

keep_date keep_civil_end_of_quarter(keep_date d)
{
    struct keep_ymd t = keep_civil_to_ymd(d);
    int m = (t.m + 2) / 3 * 3;
    return keep_civil_from_ymd(t.y, m, keep_civil_month_days(t.y, m));
}

keep_date keep_civil_end_of_year(keep_date d)
{
    return keep_civil_from_ymd(keep_civil_to_ymd(d).y, 12, 31);
}

keep_date keep_civil_end_of_fiscal_year(keep_date d, int first_month)
{
    struct keep_ymd t = keep_civil_to_ymd(d);
    if (first_month < 1 || first_month > 12 || t.y == 0)
        return KEEP_DATE_NONE;
    int last = first_month == 1 ? 12 : first_month - 1;
    int32_t y = t.m <= last ? t.y : t.y + 1;
    return keep_civil_from_ymd(y, last, keep_civil_month_days(y, last));
}

int keep_civil_age(keep_date birth, keep_date on)
{
    struct keep_ymd b = keep_civil_to_ymd(birth), t = keep_civil_to_ymd(on);
    if (b.y == 0 || t.y == 0 || on < birth)
        return -1;
    int years = t.y - b.y;
    return on < keep_civil_add_years(birth, years) ? years - 1 : years;
}

/* n digits at s[*i] into *v, advancing; false when they are not all there. */
static bool digits(struct keep_str s, size_t *i, size_t n, int32_t *v)
{
    int32_t sum = 0;
    if (s.n - *i < n)
        return false;
    for (size_t k = 0; k < n; k++) {
        char c = s.p[*i + k];
        if (c < '0' || c > '9')
            return false;
        sum = sum * 10 + (c - '0');
    }
    *i += n;
    *v = sum;
    return true;
}

static bool literal(struct keep_str s, size_t *i, char c)
{
    if (*i >= s.n || s.p[*i] != c)
        return false;
    ++*i;
    return true;
}

bool keep_civil_parse_date(struct keep_str s, keep_date *out, enum keep_precision *prec)
{
    size_t i = 0;
    int32_t y, m = 12, d = 31;
    enum keep_precision p = KEEP_PREC_YEAR;
    if (!digits(s, &i, 4, &y))
        return false;
    if (i < s.n) {
        if (!literal(s, &i, '-') || !digits(s, &i, 2, &m))
            return false;
        p = KEEP_PREC_MONTH;
        d = keep_civil_month_days(y, m);
    }
    if (i < s.n) {
        if (!literal(s, &i, '-') || !digits(s, &i, 2, &d))
            return false;
        p = KEEP_PREC_DAY;
    }
    if (i != s.n || !keep_civil_valid(y, m, d))
        return false;
    *out = keep_civil_from_ymd(y, m, d);
    *prec = p;
    return true;
}

/* "." 1*DIGIT -> microseconds, further digits cut; *i stays when there is no point. */
static bool fraction(struct keep_str s, size_t *i, int64_t *usec)
{
    *usec = 0;
    if (!literal(s, i, '.'))
        return true;
    size_t from = *i;
    for (int64_t unit = KEEP_USEC / 10; *i < s.n && s.p[*i] >= '0' && s.p[*i] <= '9'; ++*i, unit /= 10)
        *usec += unit * (s.p[*i] - '0');
    return *i > from;
}

/* ("Z" / ("+" / "-") hh ":" mm) or nothing -> seconds east of UTC. */
static bool offset(struct keep_str s, size_t *i, int64_t *east, bool *given)
{
    int32_t h, m;
    *east = 0;
    *given = *i < s.n;
    if (!*given || literal(s, i, 'Z') || literal(s, i, 'z'))
        return true;
    bool minus = s.p[*i] == '-';
    if (!minus && s.p[*i] != '+')
        return false;
    ++*i;
    if (!digits(s, i, 2, &h) || !literal(s, i, ':') || !digits(s, i, 2, &m) || h > 23 || m > 59)
        return false;
    *east = (minus ? -1 : 1) * (h * 3600 + m * 60);
    return true;
}

bool keep_civil_parse_time(struct keep_str s, keep_time *out, bool *has_zone)
{
    size_t i = 0;
    int32_t y, mo, d, h, mi, sec;
    int64_t usec, east;
    bool given;
    if (!digits(s, &i, 4, &y) || !literal(s, &i, '-') || !digits(s, &i, 2, &mo) || !literal(s, &i, '-') ||
        !digits(s, &i, 2, &d) || !keep_civil_valid(y, mo, d))
        return false;
    if (!literal(s, &i, 'T') && !literal(s, &i, 't'))
        return false;
    if (!digits(s, &i, 2, &h) || !literal(s, &i, ':') || !digits(s, &i, 2, &mi) || !literal(s, &i, ':') ||
        !digits(s, &i, 2, &sec) || h > 23 || mi > 59 || sec > 60)
        return false;
    if (!fraction(s, &i, &usec) || !offset(s, &i, &east, &given) || i != s.n)
        return false;
    if (sec == 60)
        sec = 59;
    int64_t seconds = (int64_t)keep_civil_from_ymd(y, mo, d) * DAY_SECONDS + h * 3600 + mi * 60 + sec - east;
    keep_time t = seconds * KEEP_USEC + usec;
    if (keep_civil_utc_date(t) == KEEP_DATE_NONE) /* the offset moved it out of the years 1..9999 */
        return false;
    *out = t;
    *has_zone = given;
    return true;
}

/* The last n digits of v; the place behind them. Times are written by the million. */
static char *put_digits(char *p, unsigned v, int n)
{
    for (int i = n - 1; i >= 0; i--, v /= 10)
        p[i] = (char)('0' + v % 10);
    return p + n;
}

static char *put_date(char *p, struct keep_ymd t)
{
    p = put_digits(p, (unsigned)t.y, 4);
    *p++ = '-';
    p = put_digits(p, (unsigned)t.m, 2);
    *p++ = '-';
    return put_digits(p, (unsigned)t.d, 2);
}

static const char unknown[] = "unknown";
_Static_assert(sizeof unknown <= KEEP_CIVIL_DATE_SIZE && sizeof unknown <= KEEP_CIVIL_TIME_SIZE, "it fits");

char *keep_civil_format_date(keep_date d, char out[KEEP_CIVIL_DATE_SIZE])
{
    struct keep_ymd t = keep_civil_to_ymd(d);
    if (t.y == 0)
        memcpy(out, unknown, sizeof unknown);
    else
        *put_date(out, t) = '\0';
    return out;
}

char *keep_civil_format_time(keep_time t, char out[KEEP_CIVIL_TIME_SIZE])
{
    keep_date day = keep_civil_utc_date(t);
    if (day == KEEP_DATE_NONE) {
        memcpy(out, unknown, sizeof unknown);
        return out;
    }
    int64_t within = t - (int64_t)day * DAY_SECONDS * KEEP_USEC;
    unsigned sec = (unsigned)(within / KEEP_USEC), usec = (unsigned)(within % KEEP_USEC);
    char *p = put_date(out, keep_civil_to_ymd(day));
    *p++ = 'T';
    p = put_digits(p, sec / 3600, 2);
    *p++ = ':';
    p = put_digits(p, sec / 60 % 60, 2);
    *p++ = ':';
    p = put_digits(p, sec % 60, 2);
    if (usec) {
        *p++ = '.';
        for (p = put_digits(p, usec, 6); p[-1] == '0';)
            p--;
    }
    *p++ = 'Z';
    *p = '\0';
    return out;
}

keep_date keep_civil_utc_date(keep_time t)
{
    const int64_t day = DAY_SECONDS * KEEP_USEC;
    if (t == KEEP_TIME_NONE)
        return KEEP_DATE_NONE;
    int64_t d = t / day - (t % day < 0);
    if (d < -DAYS_TO_1970 || d > LAST_DAY - DAYS_TO_1970)
        return KEEP_DATE_NONE;
    return (keep_date)d;
}
