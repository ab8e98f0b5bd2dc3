/* What changes from day to day (a shift, an age) is told as resting on the event:
 * a pair that is expected never asks for it, and cutting every pair's stretch into
 * days would cost more than asking for each of the few others. */
#include "core/audit/circumstance.h"

#include "core/audit/kin.h"
#include "core/audit/logged.h"
#include "core/audit/rota.h"
#include "core/audit/trained.h"
#include "core/model/class.h"
#include "core/text/network.h"

#define HOUR_USEC (INT64_C(3600) * KEEP_USEC)

static void unknown(struct keep_value *out, const char *what)
{
    *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = keep_str_of(what)};
}

static void number(struct keep_value *out, int64_t i)
{
    *out = (struct keep_value){.type = KEEP_V_INT, .i = i};
}

static void truth(struct keep_value *out, enum keep_tristate t, const char *what)
{
    if (t == KEEP_TRI_UNKNOWN)
        unknown(out, what);
    else
        *out = (struct keep_value){.type = KEEP_V_BOOL, .b = t == KEEP_TRI_YES};
}

/* --- the user ------------------------------------------------------------------------- */

static keep_time later(keep_time a, keep_time b, keep_time no_later_than)
{
    return b != KEEP_TIME_NONE && b <= no_later_than && b > a ? b : a;
}

/* Since when the account could have been used by who holds it now; NONE: nothing on file says. */
static keep_time could_be_used(const struct keep_bind *b)
{
    const struct keep_world *w = b->world;
    const struct keep_account *a = &w->account[b->account];
    keep_time since = KEEP_TIME_NONE, t = b->e.time;
    for (size_t i = 0; i < a->spans; i++)
        since = later(since, a->span[i].from, t);
    if (b->user->worker == KEEP_ID_NONE)
        return since;
    const struct keep_worker *k = &w->worker[b->user->worker];
    for (size_t i = 0; i < k->affiliations; i++)
        since = later(since, k->affiliation[i].from, t);
    return later(since, keep_rota_back(w, b->user->worker, t), t);
}

/* Would a use on the UTC days between these stand in the log? */
static bool all_logged(const struct keep_bind *b, keep_date used, keep_date day)
{
    keep_time from = ((keep_time)used + 1) * 24 * HOUR_USEC, to = (keep_time)day * 24 * HOUR_USEC;
    return from >= to || keep_logged_whole(b->world, b->e.source, keep_bind_day(b, from), keep_bind_day(b, to - 1));
}

/* May the login be a new one of somebody who had another before, as after a marriage? Nobody says then since when it is there. */
static bool may_be_renamed(const struct keep_bind *b)
{
    const struct keep_world *w = b->world;
    const struct keep_account *a = &w->account[b->account];
    for (size_t i = 0; i < a->spans; i++)
        if (a->span[i].from != KEEP_TIME_NONE)
            return false;
    for (size_t i = 0; b->user->worker != KEEP_ID_NONE && i < w->accounts; i++)
        for (size_t k = 0; i != b->account && k < w->account[i].spans; k++)
            if (w->account[i].span[k].worker == b->user->worker)
                return true;
    return false;
}

static void idle_days(struct keep_bind *b, struct keep_value *out)
{
    const struct keep_idle *d = keep_relate_idle(b->relate);
    unknown(out, "user.idle_days");
    b->deps |= KEEP_BIND_EVENT;
    if (!d || d->first == KEEP_DATE_NONE || b->account >= b->world->accounts)
        return;
    keep_date day = keep_civil_utc_date(b->e.time), used = keep_idle_before(d, b->account, b->e.time);
    keep_time since = could_be_used(b);
    keep_date from = since != KEEP_TIME_NONE ? keep_civil_utc_date(since) : KEEP_DATE_NONE;
    if (used == KEEP_DATE_NONE && may_be_renamed(b)) {
        unknown(out, "the day since which the login is there");
        return;
    }
    if (used == KEEP_DATE_NONE || used < d->first)
        used = d->first;
    if (from != KEEP_DATE_NONE && from > used)
        used = from;
    if (all_logged(b, used, day))
        number(out, day > used ? day - used : 0);
    else
        unknown(out, "an access log that is declared complete over the days without use");
}

/* The answer may change at the keep's midnight at which `day` begins, which is within a day of UTC's. */
static void changes_on(struct keep_bind *b, keep_date day)
{
    if (day == KEEP_DATE_NONE)
        return;
    keep_time from = ((keep_time)day - 1) * 24 * HOUR_USEC, to = from + 48 * HOUR_USEC;
    if (b->e.time >= from && b->e.time < to)
        b->deps |= KEEP_BIND_EVENT;
    keep_relate_narrow(&b->lo, &b->hi, b->e.time, from);
    keep_relate_narrow(&b->lo, &b->hi, b->e.time, to);
}

/* What rests on a declaration may change behind its last day. */
static void changes_with_sources(struct keep_bind *b)
{
    for (size_t i = 0; i < b->world->sources; i++)
        changes_on(b, b->world->source[i].through != KEEP_DATE_NONE ? b->world->source[i].through + 1 : KEEP_DATE_NONE);
}

/* Trainings that count on the day, and one that is unknown unless somebody vouches that these are all. */
static int courses(struct keep_bind *b, struct keep_value *out)
{
    const struct keep_world *w = b->world;
    uint32_t worker = b->user->worker;
    unknown(out, "user.courses");
    if (worker == KEEP_ID_NONE)
        return 0;
    keep_date day = keep_bind_day(b, b->e.time);
    size_t begin = keep_world_trainings(w, worker), end = begin, n = 0;
    while (end < w->trainings && w->training[end].worker == worker)
        end++;
    struct keep_value *item = keep_arena_array(b->scratch, end - begin + 1, sizeof *item);
    if (!item)
        return KEEP_E_NOMEM;
    for (size_t i = begin; i < end; i++) {
        const struct keep_training *t = &w->training[i];
        changes_on(b, t->completed);
        changes_on(b, t->valid_until != KEEP_DATE_NONE ? t->valid_until + 1 : KEEP_DATE_NONE);
        if (keep_trained_counts(t, day))
            item[n++] = (struct keep_value){.type = KEEP_V_STRING, .s = t->course};
    }
    changes_with_sources(b);
    if (!keep_trained_attested(w, worker, day))
        unknown(&item[n++], "user.courses");
    *out = (struct keep_value){.type = KEEP_V_LIST, .list = {item, n}};
    return 0;
}

static int trained(struct keep_bind *b, struct keep_value *out)
{
    struct keep_value list;
    int rc = courses(b, &list);
    unknown(out, "user.trained");
    if (rc || list.type != KEEP_V_LIST)
        return rc;
    bool known = list.list.n == 0 || list.list.item[0].type == KEEP_V_STRING; /* what is unknown stands last */
    if (known)
        *out = (struct keep_value){.type = KEEP_V_BOOL, .b = list.list.n > 0};
    return 0;
}

/* Contacts of the patient at the time who are the user; those of whom it cannot be told make the list's membership unknown. */
static int contact_words(struct keep_bind *b, struct keep_value *out)
{
    const struct keep_world *w = b->world;
    uint32_t patient = b->e.patient;
    b->deps |= KEEP_BIND_PATIENT;
    unknown(out, "user.contact_words");
    if (patient >= w->patients)
        return 0;
    size_t begin = keep_world_contacts(w, patient), end = begin, n = 0;
    while (end < w->contacts && w->contact[end].patient == patient)
        end++;
    if (end == begin) /* whoever asks */
        return 0;
    b->deps |= KEEP_BIND_USER;
    if (b->user->worker == KEEP_ID_NONE)
        return 0;
    struct keep_value *item = keep_arena_array(b->scratch, 3 * (end - begin) + 1, sizeof *item);
    if (!item)
        return KEEP_E_NOMEM;
    for (size_t i = begin; i < end; i++) {
        const struct keep_contact *c = &w->contact[i];
        keep_relate_narrow(&b->lo, &b->hi, b->e.time, c->from);
        keep_relate_narrow(&b->lo, &b->hi, b->e.time, c->to);
        if ((c->from != KEEP_TIME_NONE && b->e.time < c->from) || (c->to != KEEP_TIME_NONE && b->e.time >= c->to))
            continue;
        enum keep_tristate same = keep_kin_same(w, b->user->worker, i);
        if (same == KEEP_TRI_UNKNOWN)
            unknown(&item[n++], "user.contact_words");
        if (same == KEEP_TRI_YES && c->code.n)
            item[n++] = (struct keep_value){.type = KEEP_V_STRING, .s = c->code};
        if (same == KEEP_TRI_YES && c->words.n)
            item[n++] = (struct keep_value){.type = KEEP_V_STRING, .s = c->words};
    }
    *out = (struct keep_value){.type = KEEP_V_LIST, .list = {item, n}};
    return 0;
}

/* --- the patient ---------------------------------------------------------------------- */

/* The same age holds for most of a year: told as a stretch of time, whose edges are midnights of UTC, but for the days around the birthday, which begins at
 * the keep's midnight. */
static void age_holds(struct keep_bind *b, keep_date birth, int years)
{
    enum { MARGIN = 4 }; /* years of 365.2425 days miss a birthday by less than two days, and midnight is within one of UTC's */
    int64_t from = birth + (int64_t)years * 146097 / 400 + MARGIN, to = birth + (int64_t)(years + 1) * 146097 / 400 - MARGIN;
    keep_date day = keep_civil_utc_date(b->e.time);
    if (day < from || day >= to) {
        b->deps |= KEEP_BIND_EVENT;
        return;
    }
    keep_relate_narrow(&b->lo, &b->hi, b->e.time, from * 86400 * KEEP_USEC);
    keep_relate_narrow(&b->lo, &b->hi, b->e.time, to * 86400 * KEEP_USEC);
}

static void age(struct keep_bind *b, const struct keep_patient *p, struct keep_value *out)
{
    keep_date day = keep_bind_day(b, b->e.time);
    if (p->birth.precision < KEEP_PREC_DAY || p->birth.date == KEEP_DATE_NONE || p->birth.date > day)
        unknown(out, "patient.birth_date");
    else
        number(out, keep_civil_age(p->birth.date, day));
    if (out->type == KEEP_V_INT)
        age_holds(b, p->birth.date, (int)out->i);
    else if (p->birth.date != KEEP_DATE_NONE && p->birth.date > day) /* not yet born: until then */
        b->deps |= KEEP_BIND_EVENT;
}

static void days_since_visit(struct keep_bind *b, struct keep_value *out)
{
    b->deps |= KEEP_BIND_EVENT;
    keep_time seen = keep_relate_seen(b->relate, b->e.patient, b->e.time);
    if (seen == KEEP_TIME_NONE)
        unknown(out, "an encounter of the patient");
    else
        number(out, (int64_t)keep_bind_day(b, b->e.time) - keep_bind_day(b, seen));
}

int keep_circumstance_field(struct keep_bind *b, enum keep_field f, struct keep_value *out)
{
    switch ((int)f) {
    case KEEP_FIELD_user_idle_days: idle_days(b, out); return 0;
    case KEEP_FIELD_user_contact_words: return contact_words(b, out);
    case KEEP_FIELD_user_trained: return trained(b, out);
    case KEEP_FIELD_user_courses: return courses(b, out);
    case KEEP_FIELD_patient_age: age(b, &b->world->patient[b->e.patient], out); return 0;
    case KEEP_FIELD_patient_days_since_visit: days_since_visit(b, out); return 0;
    default: unknown(out, "another field"); return 0;
    }
}

/* --- calls ---------------------------------------------------------------------------- */

static void spoilt(struct keep_value *out)
{
    *out = (struct keep_value){.type = KEEP_V_ERROR, .s = KEEP_STR("wrong arguments, or no such kind of relation")};
}

/* The question, when the patient has any relation of `kinds` (0: of those asked for) at all; false: it is answered already, whoever asks. */
static bool asks_of_patient(struct keep_bind *b, const struct keep_value *arg, size_t n, uint32_t kinds, struct keep_relate_ask *q, struct keep_value *out)
{
    *q = (struct keep_relate_ask){.worker = b->user->worker, .patient = b->e.patient, .at = b->e.time};
    if (n != 3 || arg[1].type != KEEP_V_DURATION || arg[2].type != KEEP_V_DURATION || !keep_bind_kinds(arg, &q->kinds)) {
        spoilt(out);
        return false;
    }
    q->before = arg[1].i;
    q->after = arg[2].i;
    b->deps |= KEEP_BIND_PATIENT;
    if (b->e.patient >= b->world->patients) {
        unknown(out, "the patient");
        return false;
    }
    *out = (struct keep_value){.type = KEEP_V_BOOL, .b = false};
    return keep_relate_any(b->relate, b->e.patient, kinds ? kinds : q->kinds);
}

/* Is the accounting of disclosures on file that far? Behind its last entry, of whomever, the next ones have not come in. */
static bool disclosures_known(struct keep_bind *b)
{
    const struct keep_world *w = b->world;
    keep_time newest = keep_relate_disclosed(b->relate);
    keep_date day = keep_bind_day(b, b->e.time);
    b->deps |= KEEP_BIND_EVENT;
    return (newest != KEEP_TIME_NONE && day <= keep_bind_day(b, newest)) || keep_class_vouched(w->source, w->sources, KEEP_STR("disclosure"), day, day);
}

static void patient_related(struct keep_bind *b, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_relate_ask q;
    struct keep_relate_answer a;
    if (asks_of_patient(b, arg, n, 0, &q, out)) {
        b->deps |= KEEP_BIND_USER; /* what the user wrote late is left out */
        keep_relate_patient(b->relate, &q, &a);
        keep_bind_answered(b, &a, out);
    }
    if (out->type != KEEP_V_BOOL || out->b)
        return;
    if (q.kinds == 1u << KEEP_RELATION_DISCLOSURE && !disclosures_known(b))
        unknown(out, "an accounting of disclosures of that day");
    else if (q.kinds != 1u << KEEP_RELATION_DISCLOSURE && !(keep_relate_kinds(b->relate) & q.kinds))
        unknown(out, KEEP_BIND_UNTOLD);
}

static void behalf_related(struct keep_bind *b, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_relate_ask q;
    struct keep_relate_answer a;
    if (!asks_of_patient(b, arg, n, 1u << KEEP_RELATION_BEHALF, &q, out))
        return;
    b->deps |= KEEP_BIND_USER | KEEP_BIND_EVENT;
    if (q.worker == KEEP_ID_NONE) {
        unknown(out, "who is behind the account");
        return;
    }
    keep_relate_behalf(b->relate, &q, &a);
    keep_bind_answered(b, &a, out);
}

static enum keep_tristate on_shift_at(const struct keep_bind *b, int64_t grace)
{
    return keep_rota_on_shift(b->world, b->user->worker, b->e.time, keep_bind_day(b, b->e.time), grace);
}

static void on_shift(struct keep_bind *b, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    if (n != 1 || arg->type != KEEP_V_DURATION || arg->i < 0 || arg->i > 24 * HOUR_USEC) {
        spoilt(out);
        return;
    }
    b->deps |= KEEP_BIND_USER | KEEP_BIND_EVENT;
    truth(out, b->user->worker == KEEP_ID_NONE ? KEEP_TRI_UNKNOWN : on_shift_at(b, arg->i), "the user's roster");
}

/* Cross-cover: on duty at a unit where the patient was. */
static void rostered_with_patient(struct keep_bind *b, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    const struct keep_world *w = b->world;
    uint32_t worker = b->user->worker, unit;
    if (n != 2 || arg[0].type != KEEP_V_DURATION || arg[1].type != KEEP_V_DURATION || arg[0].i < 0 || arg[0].i > 24 * HOUR_USEC || arg[1].i < 0) {
        spoilt(out);
        return;
    }
    b->deps |= KEEP_BIND_USER | KEEP_BIND_PATIENT | KEEP_BIND_EVENT;
    bool known = worker != KEEP_ID_NONE && b->e.patient < w->patients && on_shift_at(b, arg[0].i) != KEEP_TRI_UNKNOWN, with = false;
    for (size_t i = known ? keep_world_duties(w, worker) : 0; known && !with && keep_rota_next(w, worker, b->e.time, arg[0].i, &i, &unit);)
        with = keep_relate_at_unit(b->relate, b->e.patient, unit, b->e.time, arg[1].i);
    truth(out, !known ? KEEP_TRI_UNKNOWN : with ? KEEP_TRI_YES : KEEP_TRI_NO, "the user's roster");
}

/* Is the workforce known to be on file, so that its departments can be counted? */
static bool staff_known(struct keep_bind *b, struct keep_value *out)
{
    const struct keep_world *w = b->world;
    keep_date day = keep_bind_day(b, b->e.time);
    changes_with_sources(b);
    unknown(out, "a source that is declared complete for the workforce");
    return keep_class_vouched(w->source, w->sources, KEEP_STR(KEEP_CLASS_WORKER), day, day);
}

static void department_ties(struct keep_bind *b, struct keep_value *out)
{
    b->deps |= KEEP_BIND_USER | KEEP_BIND_PATIENT;
    if (!staff_known(b, out))
        return;
    int n = b->user->worker == KEEP_ID_NONE || b->e.patient >= b->world->patients
                ? -1
                : keep_relate_ties(b->relate, b->user->worker, b->e.patient, b->e.time, &b->lo, &b->hi);
    if (n < 0)
        unknown(out, "a department that sees the patient, or the user's");
    else
        number(out, n);
}

static void department_size(struct keep_bind *b, struct keep_value *out)
{
    b->deps |= KEEP_BIND_USER;
    if (!staff_known(b, out))
        return;
    int64_t n = b->user->worker == KEEP_ID_NONE ? -1 : keep_relate_size(b->relate, b->user->worker, b->e.time, &b->lo, &b->hi);
    if (n < 0)
        unknown(out, "user.department");
    else
        number(out, n);
}

/* A name of a workstation is no address: it says nothing of a network. */
static void in_network(struct keep_bind *b, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct keep_network_address a;
    if (n != 2 || arg[0].type != KEEP_V_STRING || arg[1].type != KEEP_V_LIST) {
        spoilt(out);
        return;
    }
    b->deps |= KEEP_BIND_EVENT;
    if (!keep_network_parse(arg[0].s, &a)) {
        unknown(out, "a network address");
        return;
    }
    *out = (struct keep_value){.type = KEEP_V_BOOL};
    for (size_t i = 0; i < arg[1].list.n; i++) {
        int within = arg[1].list.item[i].type == KEEP_V_STRING ? keep_network_within(&a, arg[1].list.item[i].s) : -1;
        if (within < 0) {
            *out = (struct keep_value){.type = KEEP_V_ERROR, .s = KEEP_STR("a range of network addresses that is none")};
            return;
        }
        out->b |= within == 1;
    }
}

int keep_circumstance_call(struct keep_bind *b, enum keep_call c, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    switch (c) {
    case KEEP_CALL_patient_related: patient_related(b, arg, n, out); return 0;
    case KEEP_CALL_behalf_related: behalf_related(b, arg, n, out); return 0;
    case KEEP_CALL_on_shift: on_shift(b, arg, n, out); return 0;
    case KEEP_CALL_rostered_with_patient: rostered_with_patient(b, arg, n, out); return 0;
    case KEEP_CALL_department_ties: department_ties(b, out); return 0;
    case KEEP_CALL_department_size: department_size(b, out); return 0;
    case KEEP_CALL_in_network: in_network(b, arg, n, out); return 0;
    default: spoilt(out); return 0;
    }
}
