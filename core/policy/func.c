/* The language's own functions: sizes, text, conversions, and the parts of
 * instants, days and spans. As cel-spec's langdef has them ("Standard
 * Definitions"); date() and the parts of a date are ours.
 *
 * An argument is never unknown here, the evaluator sees to that; a type that
 * fits no overload gives an error value. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/num.h"
#include "core/base/zone.h"
#include "core/policy/expr.h"
#include "core/text/utf8.h"

enum {
    DAY = 86400,
    ZONE_NAME_LIMIT = 64, /* the longest IANA name has 32 characters */
    DOUBLE_TEXT_LIMIT = 400,
};

#define INSTANT_MIN (INT64_C(-62135596800)) /* seconds: years 1 to 9999 */
#define INSTANT_MAX (INT64_C(253402300799))
#define TWO_63 9223372036854775808.0

static const char no_overload[] = "no such function for these types", out_of_range[] = "the number does not fit";

static struct keep_value from_int(int64_t i) { return (struct keep_value){.type = KEEP_V_INT, .i = i}; }
static struct keep_value from_bool(bool b) { return (struct keep_value){.type = KEEP_V_BOOL, .b = b}; }
static struct keep_value from_str(struct keep_str s) { return (struct keep_value){.type = KEEP_V_STRING, .s = s}; }

/* --- text --- */

static bool contains(struct keep_str s, struct keep_str part)
{
    return part.n == 0 || (s.n >= part.n && memmem(s.p, s.n, part.p, part.n) != NULL);
}

static bool starts(struct keep_str s, struct keep_str part)
{
    return s.n >= part.n && (part.n == 0 || memcmp(s.p, part.p, part.n) == 0);
}

static bool ends(struct keep_str s, struct keep_str part)
{
    return s.n >= part.n && (part.n == 0 || memcmp(s.p + (s.n - part.n), part.p, part.n) == 0);
}

static struct keep_value text_func(enum keep_func f, const struct keep_value *arg, size_t n)
{
    if (n != 2 || arg[0].type != KEEP_V_STRING || arg[1].type != KEEP_V_STRING)
        return keep_valueop_error(no_overload);
    struct keep_str s = arg[0].s, part = arg[1].s;
    return from_bool(f == KEEP_FUNC_STARTS_WITH ? starts(s, part) : f == KEEP_FUNC_ENDS_WITH ? ends(s, part) : contains(s, part));
}

static struct keep_value size_of(const struct keep_value *v)
{
    switch (v->type) {
    case KEEP_V_STRING: return from_int((int64_t)keep_utf8_count(v->s));
    case KEEP_V_BYTES: return from_int((int64_t)v->s.n);
    case KEEP_V_LIST:
    case KEEP_V_MAP: return from_int((int64_t)v->list.n);
    default: return keep_valueop_error(no_overload);
    }
}

/* --- conversions --- */

static struct keep_value to_int(const struct keep_value *v)
{
    int64_t i;
    switch (v->type) {
    case KEEP_V_INT: return *v;
    case KEEP_V_UINT: return v->u <= INT64_MAX ? from_int((int64_t)v->u) : keep_valueop_error(out_of_range);
    case KEEP_V_DOUBLE: return v->d > -TWO_63 && v->d < TWO_63 ? from_int((int64_t)v->d) : keep_valueop_error(out_of_range);
    case KEEP_V_STRING: return keep_num_i64(v->s, &i) ? from_int(i) : keep_valueop_error("the text is no whole number");
    case KEEP_V_TIMESTAMP:
        i = v->t / KEEP_USEC;
        return from_int(v->t % KEEP_USEC < 0 ? i - 1 : i);
    default: return keep_valueop_error(no_overload);
    }
}

static struct keep_value to_uint(const struct keep_value *v)
{
    uint64_t u;
    switch (v->type) {
    case KEEP_V_UINT: return *v;
    case KEEP_V_INT: u = (uint64_t)v->i; if (v->i < 0) return keep_valueop_error(out_of_range); break;
    case KEEP_V_DOUBLE: if (!(v->d >= 0 && v->d < 2 * TWO_63)) return keep_valueop_error(out_of_range); u = (uint64_t)v->d; break;
    case KEEP_V_STRING: if (!keep_num_u64(v->s, &u)) return keep_valueop_error("the text is no whole number"); break;
    default: return keep_valueop_error(no_overload);
    }
    return (struct keep_value){.type = KEEP_V_UINT, .u = u};
}

static bool parse_double(struct keep_str s, double *out)
{
    char z[DOUBLE_TEXT_LIMIT], *end;
    if (s.n == 0 || s.n >= sizeof z || memchr(s.p, '\0', s.n) || strchr(" \t\n\v\f\r", s.p[0]) || memchr(s.p, 'x', s.n) || memchr(s.p, 'X', s.n))
        return false;
    memcpy(z, s.p, s.n);
    z[s.n] = '\0';
    *out = strtod(z, &end);
    return *end == '\0';
}

static struct keep_value to_double(const struct keep_value *v)
{
    double d;
    switch (v->type) {
    case KEEP_V_DOUBLE: return *v;
    case KEEP_V_INT: d = (double)v->i; break;
    case KEEP_V_UINT: d = (double)v->u; break;
    case KEEP_V_STRING: if (!parse_double(v->s, &d)) return keep_valueop_error("the text is no number"); break;
    default: return keep_valueop_error(no_overload);
    }
    return (struct keep_value){.type = KEEP_V_DOUBLE, .d = d};
}

static struct keep_value to_bool(const struct keep_value *v)
{
    static const char *const yes[] = {"true", "TRUE", "True", "t", "1"}, *const no[] = {"false", "FALSE", "False", "f", "0"};
    if (v->type == KEEP_V_BOOL)
        return *v;
    if (v->type != KEEP_V_STRING)
        return keep_valueop_error(no_overload);
    for (size_t i = 0; i < 5; i++) {
        if (keep_str_is(v->s, yes[i]))
            return from_bool(true);
        if (keep_str_is(v->s, no[i]))
            return from_bool(false);
    }
    return keep_valueop_error("the text is neither true nor false");
}

static struct keep_value to_string(const struct keep_value *v, struct keep_arena *arena)
{
    if (v->type == KEEP_V_STRING)
        return *v;
    if (v->type == KEEP_V_BYTES)
        return keep_utf8_valid(v->s) ? from_str(v->s) : keep_valueop_error("the bytes are not UTF-8");
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_value out = keep_valueop_error(no_overload);
    if (v->type != KEEP_V_NULL && keep_valueop_print(v, &b)) {
        char *p = b.failed ? NULL : keep_arena_copy(arena, b.p, b.n);
        out = p ? from_str((struct keep_str){p, b.n}) : keep_valueop_error("too large");
    }
    keep_buf_free(&b);
    return out;
}

static struct keep_value to_timestamp(const struct keep_value *v)
{
    keep_time t;
    bool zone;
    switch (v->type) {
    case KEEP_V_TIMESTAMP: return *v;
    case KEEP_V_STRING:
        if (!keep_civil_parse_time(v->s, &t, &zone))
            return keep_valueop_error("this is no instant: write \"2026-03-02T09:00:00Z\"");
        if (!zone)
            return keep_valueop_error("an instant needs a zone: Z, or an offset such as -06:00");
        break;
    case KEEP_V_INT:
        if (v->i < INSTANT_MIN || v->i > INSTANT_MAX)
            return keep_valueop_error(out_of_range);
        t = v->i * KEEP_USEC;
        break;
    default: return keep_valueop_error(no_overload);
    }
    if (t < INSTANT_MIN * KEEP_USEC || t >= (INSTANT_MAX + 1) * KEEP_USEC)
        return keep_valueop_error("the instant is outside of the years 1 to 9999");
    return (struct keep_value){.type = KEEP_V_TIMESTAMP, .t = t};
}

/* [-+] then one or more of: digits [. digits] unit, unit one of h m s ms us ns. */
static bool duration(struct keep_str s, int64_t *out)
{
    static const struct { const char *word; double us; } unit[] = {{"ms", 1e3}, {"us", 1}, {"ns", 1e-3}, {"h", 3600e6}, {"m", 60e6}, {"s", 1e6}};
    size_t i = 0;
    bool minus = s.n && s.p[0] == '-';
    if (s.n && (s.p[0] == '-' || s.p[0] == '+'))
        i++;
    if (i == s.n)
        return false;
    if (s.n - i == 1 && s.p[i] == '0') {
        *out = 0;
        return true;
    }
    int64_t total = 0;
    while (i < s.n) {
        uint64_t whole = 0;
        double fraction = 0, place = 0.1;
        size_t digits = 0;
        for (; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits++)
            if (__builtin_mul_overflow(whole, 10u, &whole) || __builtin_add_overflow(whole, (uint64_t)(s.p[i] - '0'), &whole))
                return false;
        if (i < s.n && s.p[i] == '.')
            for (i++; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++, digits++, place /= 10)
                fraction += (s.p[i] - '0') * place;
        size_t k = 0;
        while (k < 6 && !starts((struct keep_str){s.p + i, s.n - i}, keep_str_of(unit[k].word)))
            k++;
        if (!digits || k == 6)
            return false;
        i += strlen(unit[k].word);
        double us = fraction * unit[k].us;
        int64_t part;
        if (unit[k].us < 1)
            part = (int64_t)(whole / 1000); /* nanoseconds below a microsecond are cut off */
        else if (__builtin_mul_overflow(whole, (uint64_t)unit[k].us, &whole) || whole > INT64_MAX)
            return false;
        else
            part = (int64_t)whole;
        if (__builtin_add_overflow(total, part, &total) || __builtin_add_overflow(total, (int64_t)(us + 0.5), &total))
            return false;
    }
    *out = minus ? -total : total;
    return total <= KEEP_DURATION_MAX;
}

static struct keep_value to_duration(const struct keep_value *v)
{
    int64_t us;
    if (v->type == KEEP_V_DURATION)
        return *v;
    if (v->type != KEEP_V_STRING)
        return keep_valueop_error(no_overload);
    if (!duration(v->s, &us))
        return keep_valueop_error("this is no duration: write \"90m\", \"1h30m\" or \"720h\" (h, m, s, ms; no days)");
    return (struct keep_value){.type = KEEP_V_DURATION, .i = us};
}

/* --- parts of instants, days and spans --- */

static int two_digits(const char *p)
{
    return p[0] >= '0' && p[0] <= '9' && p[1] >= '0' && p[1] <= '9' ? (p[0] - '0') * 10 + (p[1] - '0') : -1;
}

/* [+-]hh:mm, UTC, or an IANA name: seconds east of UTC at t. */
static bool zone_offset(struct keep_str zone, keep_time t, int32_t *out)
{
    struct keep_str s = zone;
    int32_t east = 1;
    if (s.n == 0 || keep_str_is(s, "UTC")) {
        *out = 0;
        return true;
    }
    if (s.p[0] == '+' || s.p[0] == '-') {
        east = s.p[0] == '-' ? -1 : 1;
        s = (struct keep_str){s.p + 1, s.n - 1};
    }
    if (s.n == 5 && s.p[2] == ':') {
        int h = two_digits(s.p), m = two_digits(s.p + 3);
        *out = east * (h * 3600 + m * 60);
        return h >= 0 && h < 24 && m >= 0 && m < 60;
    }
    char name[ZONE_NAME_LIMIT];
    struct keep_zone *z = NULL;
    if (zone.n >= sizeof name || memchr(zone.p, '\0', zone.n))
        return false;
    memcpy(name, zone.p, zone.n);
    name[zone.n] = '\0';
    if (keep_zone_load(&z, name, NULL) < 0)
        return false;
    *out = keep_zone_offset(z, t);
    keep_zone_free(z);
    return true;
}

/* The civil day and the microseconds since its midnight. */
static bool local(const struct keep_value *arg, size_t n, keep_date *day, int64_t *us, struct keep_value *why)
{
    int32_t offset = 0;
    if (n == 2 && arg[1].type != KEEP_V_STRING) {
        *why = keep_valueop_error(no_overload);
        return false;
    }
    if (n == 2 && !zone_offset(arg[1].s, arg[0].t, &offset)) {
        *why = keep_valueop_error("there is no such time zone");
        return false;
    }
    keep_time t = arg[0].t + offset * KEEP_USEC;
    int64_t days = t / (DAY * KEEP_USEC);
    *us = t % (DAY * KEEP_USEC);
    if (*us < 0) {
        *us += DAY * KEEP_USEC;
        days--;
    }
    *day = (keep_date)days;
    return true;
}

static struct keep_value day_part(enum keep_func f, keep_date day)
{
    if (f == KEEP_FUNC_DAY_OF_WEEK) /* 1970-01-01 was a Thursday; Sunday is 0 */
        return from_int(((int64_t)day % 7 + 7 + 4) % 7);
    struct keep_ymd c = keep_civil_to_ymd(day);
    switch (f) {
    case KEEP_FUNC_FULL_YEAR: return from_int(c.y);
    case KEEP_FUNC_MONTH: return from_int(c.m - 1);
    case KEEP_FUNC_DATE: return from_int(c.d);
    case KEEP_FUNC_DAY_OF_MONTH: return from_int(c.d - 1);
    default: return from_int(day - keep_civil_from_ymd(c.y, 1, 1));
    }
}

static struct keep_value time_part(enum keep_func f, int64_t us)
{
    switch (f) {
    case KEEP_FUNC_HOURS: return from_int(us / (3600 * KEEP_USEC));
    case KEEP_FUNC_MINUTES: return from_int(us / (60 * KEEP_USEC) % 60);
    case KEEP_FUNC_SECONDS: return from_int(us / KEEP_USEC % 60);
    default: return from_int(us / 1000 % 1000);
    }
}

/* Of a span, hours, minutes and seconds are the whole of it; milliseconds its fraction. */
static struct keep_value span_part(enum keep_func f, int64_t us)
{
    switch (f) {
    case KEEP_FUNC_HOURS: return from_int(us / (3600 * KEEP_USEC));
    case KEEP_FUNC_MINUTES: return from_int(us / (60 * KEEP_USEC));
    case KEEP_FUNC_SECONDS: return from_int(us / KEEP_USEC);
    default: return from_int(us / 1000 % 1000);
    }
}

static struct keep_value part_func(enum keep_func f, const struct keep_value *arg, size_t n)
{
    keep_date day;
    int64_t us;
    struct keep_value why;
    bool of_day = f < KEEP_FUNC_HOURS;
    if (arg[0].type == KEEP_V_DATE && n == 1 && of_day)
        return day_part(f, arg[0].date);
    if (arg[0].type == KEEP_V_DURATION && n == 1 && !of_day)
        return span_part(f, arg[0].i);
    if (arg[0].type != KEEP_V_TIMESTAMP)
        return keep_valueop_error(no_overload);
    if (!local(arg, n, &day, &us, &why))
        return why;
    return of_day ? day_part(f, day) : time_part(f, us);
}

static struct keep_value to_date(const struct keep_value *arg, size_t n)
{
    struct keep_value why;
    keep_date day;
    enum keep_precision precision;
    int64_t us;
    switch (arg[0].type) {
    case KEEP_V_DATE: return arg[0];
    case KEEP_V_STRING:
        if (!keep_civil_parse_date(arg[0].s, &day, &precision) || precision != KEEP_PREC_DAY)
            return keep_valueop_error("this is no day: write \"2026-03-02\"");
        break;
    case KEEP_V_TIMESTAMP:
        if (!local(arg, n, &day, &us, &why))
            return why;
        break;
    default: return keep_valueop_error(no_overload);
    }
    return (struct keep_value){.type = KEEP_V_DATE, .date = day};
}

/* The earlier, or the later, of two days: "whichever comes first". */
static struct keep_value one_of_two(enum keep_func f, const struct keep_value *arg)
{
    if (arg[0].type != KEEP_V_DATE || arg[1].type != KEEP_V_DATE)
        return keep_valueop_error(no_overload);
    return (arg[0].date <= arg[1].date) == (f == KEEP_FUNC_EARLIER) ? arg[0] : arg[1];
}

void keep_func_run(enum keep_func f, const struct keep_value *arg, size_t n, struct keep_arena *arena, struct keep_value *out)
{
    switch (f) {
    case KEEP_FUNC_SIZE: *out = size_of(arg); break;
    case KEEP_FUNC_STARTS_WITH:
    case KEEP_FUNC_ENDS_WITH:
    case KEEP_FUNC_CONTAINS: *out = text_func(f, arg, n); break;
    case KEEP_FUNC_TO_INT: *out = to_int(arg); break;
    case KEEP_FUNC_TO_UINT: *out = to_uint(arg); break;
    case KEEP_FUNC_TO_DOUBLE: *out = to_double(arg); break;
    case KEEP_FUNC_TO_BOOL: *out = to_bool(arg); break;
    case KEEP_FUNC_TO_STRING: *out = to_string(arg, arena); break;
    case KEEP_FUNC_TO_BYTES:
        *out = arg[0].type == KEEP_V_BYTES || arg[0].type == KEEP_V_STRING ? (struct keep_value){.type = KEEP_V_BYTES, .s = arg[0].s}
                                                                           : keep_valueop_error(no_overload);
        break;
    case KEEP_FUNC_TO_DYN: *out = arg[0]; break;
    case KEEP_FUNC_TO_TIMESTAMP: *out = to_timestamp(arg); break;
    case KEEP_FUNC_TO_DURATION: *out = to_duration(arg); break;
    case KEEP_FUNC_TO_DATE: *out = to_date(arg, n); break;
    case KEEP_FUNC_EARLIER:
    case KEEP_FUNC_LATER: *out = one_of_two(f, arg); break;
    default: *out = part_func(f, arg, n); break;
    }
}
