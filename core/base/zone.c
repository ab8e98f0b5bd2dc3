/* Time zones: a TZif file (RFC 8536) read whole, its 64-bit block used when there
 * is one, its 32-bit block otherwise, and the POSIX TZ string behind it for every
 * instant after the last transition. Leap seconds of "right/" files are refused:
 * instants here have none.
 *
 * A wall time that a clock change makes impossible or ambiguous is the later of
 * the instants it can stand for, as everywhere dates are rounded here. */
#include "core/base/zone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/buf.h"
#include "core/base/file.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

enum {
    NAME_LIMIT = 64,          /* the longest IANA name has 32 */
    FILE_LIMIT = 256 * 1024,  /* the largest file of tzdata has 4 KiB */
    HEADER_SIZE = 44,
    TYPE_SIZE = 6,
    DAY = 86400,
};

/* One end of daylight saving time: a day of the year and a wall time. */
struct change {
    char form;         /* 'M' month.week.day, 'J' 1..365 without 29 February, '0' 0..365 */
    int month, week, day;
    int32_t seconds;   /* local time of the change, may be negative or beyond a day */
};

struct keep_zone {
    size_t n;           /* transitions */
    int64_t *at;        /* seconds since 1970, ascending */
    int32_t *off;       /* offset from that instant on */
    int32_t before;     /* offset before the first */
    bool tail;          /* the TZ string below holds after the last */
    int32_t standard, daylight;
    bool has_daylight;
    struct change start, end; /* of daylight saving time */
};

/* --- the POSIX TZ string: std offset [dst [offset] [,start[/time],end[/time]]] --- */

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

static bool number(struct cursor *c, int limit, int *out)
{
    int v = 0;
    const char *from = c->p;
    while (c->p < c->end && *c->p >= '0' && *c->p <= '9') {
        v = v * 10 + (*c->p++ - '0');
        if (v > limit)
            return false;
    }
    *out = v;
    return c->p > from;
}

/* [+-]hh[:mm[:ss]]; hours up to 167 (RFC 8536 3.3.1) */
static bool clock_time(struct cursor *c, int32_t *out)
{
    int h, m = 0, s = 0, sign = 1;
    if (eat(c, '-'))
        sign = -1;
    else
        eat(c, '+');
    if (!number(c, 167, &h))
        return false;
    if (eat(c, ':') && !number(c, 59, &m))
        return false;
    if (m && eat(c, ':') && !number(c, 59, &s))
        return false;
    *out = sign * (h * 3600 + m * 60 + s);
    return true;
}

/* "<+0330>" or at least three letters */
static bool abbreviation(struct cursor *c)
{
    const char *from = c->p;
    if (eat(c, '<')) {
        while (c->p < c->end && *c->p != '>')
            c->p++;
        return eat(c, '>');
    }
    while (c->p < c->end && ((*c->p >= 'a' && *c->p <= 'z') || (*c->p >= 'A' && *c->p <= 'Z')))
        c->p++;
    return c->p - from >= 3;
}

static bool change_rule(struct cursor *c, struct change *out)
{
    *out = (struct change){.seconds = 2 * 3600};
    if (!eat(c, ','))
        return false;
    if (eat(c, 'M')) {
        out->form = 'M';
        if (!number(c, 12, &out->month) || !eat(c, '.') || !number(c, 5, &out->week) || !eat(c, '.') ||
            !number(c, 6, &out->day) || out->month < 1 || out->week < 1)
            return false;
    } else {
        out->form = eat(c, 'J') ? 'J' : '0';
        if (!number(c, 365, &out->day) || (out->form == 'J' && out->day < 1))
            return false;
    }
    return !eat(c, '/') || clock_time(c, &out->seconds);
}

static bool parse_tail(struct keep_zone *z, struct keep_str s)
{
    struct cursor c = {s.p, s.p + s.n};
    int32_t west;
    if (!abbreviation(&c) || !clock_time(&c, &west))
        return false;
    z->standard = -west;
    if (c.p == c.end)
        return true;
    if (!abbreviation(&c))
        return false;
    z->daylight = z->standard + 3600;
    if (c.p < c.end && *c.p != ',') {
        if (!clock_time(&c, &west))
            return false;
        z->daylight = -west;
    }
    z->has_daylight = true;
    return change_rule(&c, &z->start) && change_rule(&c, &z->end) && c.p == c.end;
}

/* Local wall seconds since 1970 of a change in year y. */
static int64_t change_at(const struct change *r, int32_t y)
{
    int64_t day;
    if (r->form == 'M') {
        keep_date first = keep_civil_from_ymd(y, r->month, 1);
        int weekday = (int)(((first + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday; 0 is Sunday */
        int d = 1 + (r->day - weekday + 7) % 7 + (r->week - 1) * 7;
        if (d > keep_civil_month_days(y, r->month))
            d -= 7; /* week 5 is the last one */
        day = first + d - 1;
    } else {
        day = keep_civil_from_ymd(y, 1, 1) + r->day;
        if (r->form == 'J')
            day += (keep_civil_month_days(y, 2) == 29 && r->day >= 60) - 1;
    }
    return day * DAY + r->seconds;
}

static int32_t tail_offset(const struct keep_zone *z, int64_t sec)
{
    if (!z->has_daylight)
        return z->standard;
    int64_t day = (sec + z->standard) / DAY - ((sec + z->standard) % DAY < 0);
    const int64_t far = INT32_MAX / 2;
    struct keep_ymd t = keep_civil_to_ymd((keep_date)(day > far ? far : day < -far ? -far : day));
    if (t.y == 0)
        return z->standard;
    int64_t start = change_at(&z->start, t.y) - z->standard, end = change_at(&z->end, t.y) - z->daylight;
    bool in = start < end ? sec >= start && sec < end : sec >= start || sec < end; /* south of the equator it spans the new year */
    return in ? z->daylight : z->standard;
}

/* --- the file --- */

static uint32_t be32(const unsigned char *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t be_time(const unsigned char *p, size_t width)
{
    if (width == 4)
        return (int32_t)be32(p);
    return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

/* Counts of one block, in the order of the file (RFC 8536 3.1). */
struct block {
    uint32_t isut, isstd, leap, time, type, chars;
    uint64_t size; /* of the data behind the header */
};

static bool read_header(struct keep_str s, size_t width, struct block *b)
{
    if (s.n < HEADER_SIZE || memcmp(s.p, "TZif", 4) != 0)
        return false;
    const unsigned char *p = (const unsigned char *)s.p + 20;
    *b = (struct block){be32(p), be32(p + 4), be32(p + 8), be32(p + 12), be32(p + 16), be32(p + 20), 0};
    b->size = (uint64_t)b->time * (width + 1) + (uint64_t)b->type * TYPE_SIZE + b->chars + (uint64_t)b->leap * (width + 4) +
              b->isstd + b->isut;
    return b->type > 0 && b->leap == 0 && b->size <= s.n - HEADER_SIZE;
}

static bool read_data(struct keep_zone *z, const unsigned char *p, const struct block *b, size_t width)
{
    const unsigned char *index = p + (size_t)b->time * width, *types = index + b->time;
    if (b->time > 0) {
        z->at = calloc(b->time, sizeof *z->at);
        z->off = calloc(b->time, sizeof *z->off);
        if (!z->at || !z->off)
            return false;
    }
    z->before = (int32_t)be32(types);
    for (uint32_t i = 0; i < b->time; i++) {
        z->at[i] = be_time(p + i * width, width);
        if (index[i] >= b->type || (i > 0 && z->at[i] <= z->at[i - 1]))
            return false;
        z->off[i] = (int32_t)be32(types + (size_t)index[i] * TYPE_SIZE);
    }
    for (uint32_t i = 0; i < b->type; i++) {
        int32_t off = (int32_t)be32(types + (size_t)i * TYPE_SIZE);
        if (off < -25 * 3600 || off > 26 * 3600) /* RFC 8536 3.2 */
            return false;
    }
    z->n = b->time;
    return true;
}

static bool parse_file(struct keep_zone *z, struct keep_str s)
{
    struct block b;
    size_t width = 4;
    if (s.n < HEADER_SIZE)
        return false;
    bool second = s.p[4] >= '2';
    if (!read_header(s, 4, &b))
        return false;
    if (second) {
        size_t skip = HEADER_SIZE + (size_t)b.size;
        s = (struct keep_str){s.p + skip, s.n - skip};
        width = 8;
        if (!read_header(s, 8, &b))
            return false;
    }
    if (!read_data(z, (const unsigned char *)s.p + HEADER_SIZE, &b, width))
        return false;
    if (!second)
        return true;
    size_t from = HEADER_SIZE + (size_t)b.size;
    if (from >= s.n || s.p[from] != '\n')
        return false;
    const char *tail = s.p + from + 1, *end = memchr(tail, '\n', s.n - from - 1);
    if (!end)
        return false;
    z->tail = end > tail;
    return !z->tail || parse_tail(z, (struct keep_str){tail, (size_t)(end - tail)});
}

static bool name_allowed(const char *name)
{
    size_t n = strlen(name);
    if (n == 0 || n >= NAME_LIMIT || name[0] == '/' || name[0] == '.' || strstr(name, "..") || strstr(name, "/."))
        return false;
    return strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/.") == n;
}

int keep_zone_parse(struct keep_zone **out, const char *name, struct keep_str bytes, struct keep_err *err)
{
    if (!name_allowed(name))
        return keep_err_set(err, KEEP_E_INPUT, "not the name of a time zone");
    struct keep_zone *z = calloc(1, sizeof *z);
    if (!z)
        return keep_err_set(err, KEEP_E_NOMEM, "no memory for a time zone");
    if (!parse_file(z, bytes)) {
        keep_zone_free(z);
        return keep_err_set(err, KEEP_E_INPUT, "time zone \"%s\": not a TZif file, or a damaged one", name);
    }
    *out = z;
    return 0;
}

int keep_zone_load(struct keep_zone **out, const char *name, struct keep_err *err)
{
    static const char utc[] = "TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\0" "\0\0\0\1" "\0\0\0\4"
                              "\0\0\0\0\0\0" "UTC"; /* version 1, one type: no file is needed for it */
    char path[sizeof ZONE_FOLDER + NAME_LIMIT];
    struct keep_buf bytes = KEEP_BUF_INIT;
    int fd = -1, rc;
    if (strcmp(name, "UTC") == 0)
        return keep_zone_parse(out, name, (struct keep_str){utc, sizeof utc}, err);
    if (!name_allowed(name))
        return keep_err_set(err, KEEP_E_INPUT, "not the name of a time zone");
    snprintf(path, sizeof path, ZONE_FOLDER "%s", name);
    rc = keep_file_open_read(path, &fd, err);
    if (rc == KEEP_E_INPUT)
        keep_err_hint(err, "use an IANA name such as America/Chicago; the package tzdata has them");
    if (rc == 0)
        rc = keep_file_read_fd(fd, path, FILE_LIMIT, &bytes, err);
    if (rc == 0)
        rc = keep_zone_parse(out, name, keep_buf_view(&bytes), err);
    if (fd >= 0)
        close(fd);
    keep_buf_free(&bytes);
    return rc;
}

void keep_zone_free(struct keep_zone *z)
{
    if (!z)
        return;
    free(z->at);
    free(z->off);
    free(z);
}

static int32_t offset_at(const struct keep_zone *z, int64_t sec)
{
    size_t lo = 0, hi = z->n; /* how many transitions are at or before sec */
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (z->at[mid] <= sec)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == z->n && z->tail)
        return tail_offset(z, sec);
    return lo == 0 ? z->before : z->off[lo - 1];
}

static int64_t floor_seconds(keep_time t)
{
    return t / KEEP_USEC - (t % KEEP_USEC < 0);
}

int32_t keep_zone_offset(const struct keep_zone *z, keep_time t)
{
    return t == KEEP_TIME_NONE ? 0 : offset_at(z, floor_seconds(t));
}

keep_date keep_zone_date(const struct keep_zone *z, keep_time t)
{
    if (keep_civil_utc_date(t) == KEEP_DATE_NONE)
        return KEEP_DATE_NONE;
    return keep_civil_utc_date(t + (int64_t)keep_zone_offset(z, t) * KEEP_USEC);
}

char *keep_zone_format_date(const struct keep_zone *z, keep_time t, char out[KEEP_CIVIL_DATE_SIZE])
{
    return keep_civil_format_date(keep_zone_date(z, t), out);
}

keep_time keep_zone_instant(const struct keep_zone *z, keep_date d, int32_t seconds)
{
    if (keep_civil_to_ymd(d).y == 0)
        return KEEP_TIME_NONE;
    int64_t wall = (int64_t)d * DAY + seconds;
    /* The offsets a day before and a day after: what a change near the wall time lies between. */
    int64_t a = wall - offset_at(z, wall - DAY), b = wall - offset_at(z, wall + DAY);
    bool a_holds = wall - a == offset_at(z, a), b_holds = wall - b == offset_at(z, b);
    int64_t later = a > b ? a : b;
    int64_t t = a_holds == b_holds ? later : a_holds ? a : b;
    return t * KEEP_USEC;
}
