/* A worker's duties stand together, by start. Each question walks those that
 * begin before the time asked about and, for what the roster covers, a little on. */
#include "core/audit/rota.h"

#include "core/audit/relate.h"
#include "core/model/class.h"

#define HOUR (INT64_C(3600) * KEEP_USEC)
#define DAY (24 * HOUR)

/* Does the source of a duty say that it has all of them that day? */
static bool vouches(const struct keep_world *w, uint32_t source, keep_date day)
{
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == source)
            return keep_source_covers(&w->source[i], keep_class_written(&w->source[i], KEEP_STR(KEEP_CLASS_ROSTER)), (struct keep_str){NULL, 0}, day, day);
    return false;
}

enum keep_tristate keep_rota_on_shift(const struct keep_world *w, uint32_t worker, keep_time t, keep_date day, int64_t grace)
{
    const int64_t known = KEEP_ROTA_KNOWN_DAYS * DAY;
    enum keep_tristate out = KEEP_TRI_UNKNOWN;
    for (size_t i = keep_world_duties(w, worker); i < w->duties && w->duty[i].worker == worker; i++) {
        const struct keep_duty_span *d = &w->duty[i];
        if (d->from == KEEP_TIME_NONE)
            continue;
        if (d->from > t && d->from - t > known)
            break;
        bool ended = d->to != KEEP_TIME_NONE, open = !ended && d->kind != KEEP_DUTY_LEAVE && t >= d->from && t - d->from < DAY;
        if (d->kind != KEEP_DUTY_LEAVE && ended && t >= d->from - grace && t < d->to + grace)
            return KEEP_TRI_YES;
        if (open)
            return KEEP_TRI_UNKNOWN;
        if (out == KEEP_TRI_UNKNOWN && t - (ended ? d->to : d->from) <= known && vouches(w, d->source, day))
            out = KEEP_TRI_NO;
    }
    return out;
}

bool keep_rota_next(const struct keep_world *w, uint32_t worker, keep_time t, int64_t grace, size_t *i, uint32_t *unit)
{
    for (; *i < w->duties && w->duty[*i].worker == worker && w->duty[*i].from <= t + grace; ++*i) {
        const struct keep_duty_span *d = &w->duty[*i];
        if (d->kind == KEEP_DUTY_LEAVE || d->unit == KEEP_ID_NONE || d->from == KEEP_TIME_NONE || d->to == KEEP_TIME_NONE || t >= d->to + grace)
            continue;
        *unit = d->unit;
        ++*i;
        return true;
    }
    return false;
}

bool keep_rota_leaves(const struct keep_world *w)
{
    for (size_t i = 0; i < w->duties; i++)
        if (w->duty[i].kind == KEEP_DUTY_LEAVE)
            return true;
    return false;
}

/* When a leave is over: a worker who is rostered again is back from one without an end. NONE: nobody knows. */
static keep_time over(const struct keep_world *w, size_t leave)
{
    const struct keep_duty_span *d = &w->duty[leave];
    keep_time end = d->to;
    for (size_t i = leave + 1; end == KEEP_TIME_NONE && i < w->duties && w->duty[i].worker == d->worker; i++)
        if (w->duty[i].kind != KEEP_DUTY_LEAVE)
            end = w->duty[i].from;
    return end;
}

/* Does the roster have the worker at work at t, or within an hour of it, all the same? */
static bool at_work(const struct keep_world *w, uint32_t worker, keep_time t, keep_time *lo, keep_time *hi)
{
    bool out = false;
    for (size_t i = keep_world_duties(w, worker); i < w->duties && w->duty[i].worker == worker; i++) {
        const struct keep_duty_span *d = &w->duty[i];
        if (d->kind == KEEP_DUTY_LEAVE || d->from == KEEP_TIME_NONE)
            continue;
        keep_time from = d->from - HOUR, to = d->to != KEEP_TIME_NONE ? d->to + HOUR : d->from + DAY;
        keep_relate_narrow(lo, hi, t, from);
        keep_relate_narrow(lo, hi, t, to);
        out |= t >= from && t < to;
    }
    return out;
}

enum keep_tristate keep_rota_on_leave(const struct keep_world *w, uint32_t worker, keep_time t, keep_time *lo, keep_time *hi)
{
    enum keep_tristate out = KEEP_TRI_NO;
    for (size_t i = keep_world_duties(w, worker); i < w->duties && w->duty[i].worker == worker; i++) {
        const struct keep_duty_span *d = &w->duty[i];
        if (d->kind != KEEP_DUTY_LEAVE)
            continue;
        keep_time end = over(w, i);
        keep_relate_narrow(lo, hi, t, d->from);
        keep_relate_narrow(lo, hi, t, end);
        if ((d->from != KEEP_TIME_NONE && t < d->from) || (end != KEEP_TIME_NONE && t >= end))
            continue;
        if (d->to != KEEP_TIME_NONE)
            out = KEEP_TRI_YES;
        else if (out == KEEP_TRI_NO)
            out = KEEP_TRI_UNKNOWN;
    }
    return out == KEEP_TRI_YES && at_work(w, worker, t, lo, hi) ? KEEP_TRI_UNKNOWN : out;
}

keep_time keep_rota_back(const struct keep_world *w, uint32_t worker, keep_time t)
{
    keep_time back = KEEP_TIME_NONE;
    for (size_t i = keep_world_duties(w, worker); i < w->duties && w->duty[i].worker == worker && w->duty[i].from <= t; i++) {
        keep_time end = w->duty[i].kind == KEEP_DUTY_LEAVE ? over(w, i) : KEEP_TIME_NONE;
        if (end != KEEP_TIME_NONE && end <= t && end > back)
            back = end;
    }
    return back;
}
