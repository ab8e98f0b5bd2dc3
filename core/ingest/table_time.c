/* One scanner of digits serves ISO 8601 and the declared formats: both fill the
 * same parts, which are checked and made an instant in one place. */
#include "core/ingest/table_time.h"

#include <string.h>

struct parts {
    int year, month, day, hour, minute, second;
    int32_t usec, offset; /* seconds east */
    bool has_time, has_zone, noon_known, afternoon, twelve;
};

struct cursor {
    const char *p, *end;
};

static bool eat(struct cursor *c, char ch)
{
    if (c->p == c->end || *c->p != ch)
        return false;
    c->p++;
    return true;
}

/* Between least and most digits. */
static bool number(struct cursor *c, int least, int most, int *out)
{
    int v = 0, n = 0;
    while (n < most && c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        v = v * 10 + (*c->p++ - '0');
        n++;
    }
    *out = v;
    return n >= least;
}

/* Digits of a second's fraction; what is finer than a microsecond is dropped. */
static bool fraction(struct cursor *c, int32_t *out)
{
    int32_t v = 0, scale = 100000;
    const char *from = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        v += (*c->p++ - '0') * scale;
        scale /= 10;
    }
    *out = v;
    return c->p > from;
}

/* Z, ±hh:mm, ±hhmm or ±hh */
static bool zone_offset(struct cursor *c, struct parts *t)
{
    int sign, hours, minutes = 0;
    t->has_zone = true;
    if (eat(c, 'Z'))
        return true;
    sign = eat(c, '-') ? -1 : eat(c, '+') ? 1 : 0;
    if (sign == 0 || !number(c, 2, 2, &hours))
        return false;
    if (c->p < c->end) {
        eat(c, ':');
        if (!number(c, 2, 2, &minutes))
            return false;
    }
    t->offset = sign * (hours * 3600 + minutes * 60);
    return hours <= 23 && minutes <= 59;
}

static bool iso_time(struct cursor *c, struct parts *t)
{
    t->has_time = true;
    if (!number(c, 2, 2, &t->hour) || !eat(c, ':') || !number(c, 2, 2, &t->minute))
        return false;
    if (eat(c, ':')) {
        if (!number(c, 2, 2, &t->second))
            return false;
        if (eat(c, '.') && !fraction(c, &t->usec))
            return false;
    }
    if (c->p < c->end && *c->p == ' ') /* "2024-01-05 10:00:00 -06:00" */
        c->p++;
    return c->p == c->end || (zone_offset(c, t) && c->p == c->end);
}

static bool read_iso(struct cursor *c, struct parts *t)
{
    return number(c, 4, 4, &t->year) && eat(c, '-') && number(c, 2, 2, &t->month) && eat(c, '-') && number(c, 2, 2, &t->day) &&
           (c->p == c->end || ((eat(c, 'T') || eat(c, ' ')) && iso_time(c, t)));
}

static bool half_of_day(struct cursor *c, struct parts *t)
{
    if (c->end - c->p < 2 || (c->p[1] != 'M' && c->p[1] != 'm'))
        return false;
    t->noon_known = true;
    t->afternoon = c->p[0] == 'P' || c->p[0] == 'p';
    bool ok = t->afternoon || c->p[0] == 'A' || c->p[0] == 'a';
    c->p += 2;
    return ok;
}

static bool field(struct cursor *c, char what, struct parts *t)
{
    switch (what) {
    case 'Y':
        return number(c, 4, 4, &t->year);
    case 'y': /* POSIX strptime */
        if (!number(c, 2, 2, &t->year))
            return false;
        t->year += t->year < 69 ? 2000 : 1900;
        return true;
    case 'm':
        return number(c, 1, 2, &t->month);
    case 'd':
        return number(c, 1, 2, &t->day);
    case 'H':
        t->has_time = true;
        return number(c, 1, 2, &t->hour);
    case 'I':
        t->has_time = t->twelve = true;
        return number(c, 1, 2, &t->hour) && t->hour >= 1 && t->hour <= 12;
    case 'M':
        return number(c, 1, 2, &t->minute);
    case 'S':
        return number(c, 1, 2, &t->second);
    case 'f':
        return fraction(c, &t->usec);
    case 'p':
        return half_of_day(c, t);
    case '%':
        return eat(c, '%');
    default:
        return false;
    }
}

static bool read_format(struct cursor *c, struct keep_str format, struct parts *t)
{
    for (size_t i = 0; i < format.n; i++) {
        bool ok = format.p[i] == '%' && i + 1 < format.n ? field(c, format.p[++i], t) : eat(c, format.p[i]);
        if (!ok)
            return false;
    }
    if (t->twelve && t->noon_known)
        t->hour = t->hour % 12 + (t->afternoon ? 12 : 0);
    return c->p == c->end;
}

static bool is_iso(struct keep_str format)
{
    return format.n == 0 || keep_str_is(format, "iso");
}

char keep_table_time_format(struct keep_str format)
{
    if (is_iso(format))
        return 0;
    for (size_t i = 0; i < format.n; i++)
        if (format.p[i] == '%') {
            char c = i + 1 < format.n ? format.p[++i] : '%';
            if (i == format.n - 1 && c == '%' && format.p[i - 1] != '%')
                return c;
            if (!strchr("YymdHIMSfp%", c))
                return c;
        }
    return 0;
}

/* A bare year or month. */
static bool partial_date(struct keep_str s, struct keep_table_time *out)
{
    enum keep_precision precision;
    if (!keep_civil_parse_date(s, &out->last, &precision) || precision == KEEP_PREC_DAY)
        return false;
    struct keep_ymd d = keep_civil_to_ymd(out->last);
    out->first = keep_civil_from_ymd(d.y, precision == KEEP_PREC_YEAR ? 1 : d.m, 1);
    out->instant = KEEP_TIME_NONE;
    return true;
}

bool keep_table_time_parse(struct keep_str s, struct keep_str format, const struct keep_zone *zone, struct keep_table_time *out)
{
    struct parts t = {0};
    struct cursor c = {s.p, s.p + s.n};
    bool iso = is_iso(format);
    if (iso && s.n < 10 && s.n > 0)
        return partial_date(s, out);
    if (s.n == 0 || !(iso ? read_iso(&c, &t) : read_format(&c, format, &t)))
        return false;
    if (!keep_civil_valid(t.year, t.month, t.day) || t.hour > 23 || t.minute > 59 || t.second > 60)
        return false;
    int32_t wall = t.hour * 3600 + t.minute * 60 + (t.second == 60 ? 59 : t.second);
    out->first = out->last = keep_civil_from_ymd(t.year, t.month, t.day);
    out->instant = KEEP_TIME_NONE;
    if (t.has_time && (t.has_zone || !zone))
        out->instant = ((keep_time)out->first * 86400 + wall - t.offset) * KEEP_USEC + t.usec;
    else if (t.has_time)
        out->instant = keep_zone_instant(zone, out->first, wall) + t.usec;
    if (keep_civil_utc_date(out->instant) == KEEP_DATE_NONE) /* 9999-12-31 23:59:59, as "no end" is written, is in no calendar's range west of Greenwich */
        out->instant = KEEP_TIME_NONE;
    else if (t.has_zone && zone)
        out->first = out->last = keep_zone_date(zone, out->instant);
    return true;
}
