/* A task is a session of one person with one chart on one day. Tasks are sorted
 * by day; how many accesses a task gets follows from its weight by integer division
 * over the running sum, so that all of them add up to the number asked for, exactly.
 *
 * A day's sessions stand in a heap by the time of their next access. What comes out
 * is written and put back with its following access, so that a day of a hundred
 * accesses and one of ten million need the same memory: that of the sessions. What an
 * access looks like is drawn from its session and its place in it, never from what
 * was written before. */
#include "core/demo/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/demo/chance.h"
#include "core/demo/sheet.h"
#include "core/model/vocab.h"

enum {
    STREAM_DAYS = 6, STREAM_LOGINS = 7, /* of chance */
    LOGIN_PER_MILLE = 120,  /* of shifts: what the log keeps of them */
    TUNNEL_PER_MILLE = 10, OUTSIDE_PER_MILLE = 1, ELSEWHERE_PER_MILLE = 30, /* of sessions: from home by the house's tunnel, or past it; at a colleague's workstation */
    TASKS_FIRST = 4096,
    PACE = 40, LONGEST = 3300, /* seconds: of one access, of one session */
    GLASS_PER_MILLE = 4,
    PROGRESS = 1 << 18,     /* accesses from one report to the next */
    HOUR = 3600,
    WHO = 2 * KEEP_CAST_TEXT, WHERE = 48,
};

void keep_traffic_free(struct keep_traffic *t)
{
    free(t->task);
    t->task = NULL;
    t->n = t->cap = 0;
}

int keep_traffic_add(struct keep_traffic *t, keep_date day, uint32_t staff, uint32_t patient, enum keep_traffic_work work, uint16_t weight, struct keep_err *err)
{
    const struct keep_cast *c = t->cast;
    if (day < c->begin || day > c->p->today || keep_cast_gap(c, day) || (staff < c->staffs && !keep_cast_here(&c->staff[staff], day)))
        return 0;
    if (!keep_grow(&t->task, &t->cap, t->n + 1, sizeof *t->task, TASKS_FIRST))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    t->task[t->n++] = (struct keep_traffic_task){staff, patient, (uint16_t)(day - c->begin), weight, (uint8_t)work};
    t->weight += weight;
    return 0;
}

/* --- sessions ------------------------------------------------------------------------- */

struct session {
    int32_t next, start;    /* seconds of the day: of the next access, of the first */
    uint32_t seq;           /* order of making, for equal seconds */
    uint32_t i, n, length;  /* accesses done, accesses, seconds */
    uint32_t patient;
    uint8_t work;
    bool glass;
    uint64_t key;           /* of its chance */
    char who[WHO], where[WHERE]; /* cells of the log that are the same for all its accesses */
};

struct access {
    uint32_t patient;
    uint8_t action, exposure, outcome, purpose;
    bool searched, glass;
    const char *reason;
};

struct log {
    struct keep_traffic *t;
    struct keep_plants *plants;
    struct keep_chance r;
    struct keep_sheet sheet;
    struct session *session; /* a heap: none is before the one at half its place */
    size_t n, cap;
    uint32_t deed;          /* next of plants->order */
    keep_date day;
    char day_text[KEEP_CIVIL_DATE_SIZE];
    uint64_t total, weight, done, number; /* accesses to deal out, weight dealt out so far, rows written, number of the last row */
};

/* 64 bits of the session's i-th access. */
static uint64_t draw(uint64_t key, uint64_t i)
{
    uint64_t z = key + (i + 1) * UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static int32_t second_of(const struct session *s, uint32_t i)
{
    uint32_t step = s->length / s->n;
    int32_t at = s->start + (int32_t)((uint64_t)i * s->length / s->n);
    return step > 1 ? at + (int32_t)(draw(s->key, i) >> 40) % (int32_t)step : at;
}

static bool before(const struct session *a, const struct session *b)
{
    return a->next != b->next ? a->next < b->next : a->seq < b->seq;
}

static void sift_down(struct log *l, size_t at)
{
    struct session moving = l->session[at];
    for (size_t child; (child = 2 * at + 1) < l->n; at = child) {
        if (child + 1 < l->n && before(&l->session[child + 1], &l->session[child]))
            child++;
        if (!before(&l->session[child], &moving))
            break;
        l->session[at] = l->session[child];
    }
    l->session[at] = moving;
}

static int32_t begin_of(struct log *l, const struct keep_traffic_task *k)
{
    if (k->work == KEEP_TRAFFIC_PREFETCH || k->work == KEEP_TRAFFIC_EXCHANGE)
        return keep_chance_range(&l->r, 4 * HOUR, 5 * HOUR);
    uint8_t shift = k->staff < l->t->cast->staffs ? l->t->cast->staff[k->staff].shift : 0;
    if (k->work == KEEP_TRAFFIC_LIST)
        return (shift == 1 ? 14 * HOUR : shift == 2 ? 22 * HOUR : 6 * HOUR + 1800) + keep_chance_range(&l->r, 0, 600);
    switch (shift) {
    case 1: return keep_chance_range(&l->r, 14 * HOUR, 21 * HOUR);
    case 2: return keep_chance_per_mille(&l->r, 400) ? keep_chance_range(&l->r, 22 * HOUR, 23 * HOUR) : keep_chance_range(&l->r, 0, 5 * HOUR);
    default: return keep_chance_range(&l->r, 6 * HOUR + 1800, 17 * HOUR);
    }
}

/* Login and patient; workstation and department. None of them has a character that a table would quote. */
static void name_cells(const struct keep_cast *c, uint32_t staff, uint32_t patient, const char *place, char who[WHO], char where[WHERE])
{
    char login[KEEP_CAST_TEXT], id[KEEP_CAST_TEXT] = "";
    keep_cast_login(c, staff, login);
    if (patient != KEEP_CAST_NOBODY)
        keep_cast_id(c, 'p', patient, id);
    snprintf(who, WHO, "%s,%s", login, id);
    if (staff >= KEEP_CAST_PREFETCH) {
        snprintf(where, WHERE, "%s,", place ? place : "SRV-01");
        return;
    }
    const struct keep_lore_department *d = &keep_lore_department[staff < c->staffs ? c->staff[staff].department : 0];
    if (place)
        snprintf(where, WHERE, "%s,%s", place, d->code);
    else
        snprintf(where, WHERE, "%s-WS%02u,%s", d->code, 1 + staff % 24, d->code);
}

/* Where somebody of the staff sits this time; NULL: at the own workstation. */
static const char *seat(struct log *l, const struct keep_traffic_task *k, char text[WHERE])
{
    uint32_t of = keep_chance_below(&l->r, 1000);
    if (k->staff >= l->t->cast->staffs || k->work == KEEP_TRAFFIC_RELEASE)
        return NULL;
    if (of < TUNNEL_PER_MILLE)
        snprintf(text, WHERE, "10.8.%u.%u", k->staff / 250 % 250, 1 + k->staff % 250);
    else if (of < TUNNEL_PER_MILLE + OUTSIDE_PER_MILLE)
        snprintf(text, WHERE, "198.51.100.%u", 100 + k->staff % 100); /* for documentation: RFC 5737 */
    else if (of < TUNNEL_PER_MILLE + OUTSIDE_PER_MILLE + ELSEWHERE_PER_MILLE)
        snprintf(text, WHERE, "%s-WS%02u", keep_lore_department[l->t->cast->staff[k->staff].department].code, 1 + (k->staff + 7) % 24);
    else
        return NULL;
    return text;
}

static int open_session(struct log *l, const struct keep_traffic_task *k, uint64_t n, struct keep_err *err)
{
    if (!keep_grow(&l->session, &l->cap, l->n + 1, sizeof *l->session, TASKS_FIRST))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    struct session *s = &l->session[l->n];
    *s = (struct session){.seq = (uint32_t)l->n, .n = (uint32_t)n, .patient = k->work == KEEP_TRAFFIC_LOGIN ? KEEP_CAST_NOBODY : k->patient, .work = k->work,
                          .key = keep_chance_next(&l->r), .start = begin_of(l, k), .length = (uint32_t)(n * PACE < LONGEST ? n * PACE : LONGEST)};
    s->glass = k->work == KEEP_TRAFFIC_EMERGENCY && keep_chance_per_mille(&l->r, GLASS_PER_MILLE);
    s->next = second_of(s, 0);
    char text[WHERE];
    name_cells(l->t->cast, k->staff, s->patient, seat(l, k, text), s->who, s->where);
    l->n++;
    return 0;
}

/* --- one access of a session ------------------------------------------------------------ */

/* Some of a list, few searches, the rest opened; of a hundred. */
static void dress(struct access *a, uint64_t chance, bool first)
{
    uint32_t of = (uint32_t)(chance % 100);
    a->action = of < 8 ? KEEP_ACTION_LIST : of < 11 ? KEEP_ACTION_SEARCH : of < 85 ? KEEP_ACTION_VIEW : of < 93 ? KEEP_ACTION_UPDATE : of < 98 ? KEEP_ACTION_CREATE : KEEP_ACTION_PRINT;
    if (a->action == KEEP_ACTION_LIST)
        a->exposure = KEEP_EXPOSURE_LISTED;
    if (a->action == KEEP_ACTION_SEARCH)
        a->exposure = KEEP_EXPOSURE_SEARCHED;
    a->searched = a->action == KEEP_ACTION_SEARCH || (first && a->action == KEEP_ACTION_VIEW && chance / 100 % 1000 < 60);
}

static void dress_emergency(struct access *a, uint64_t chance)
{
    static const char *const reasons[] = {"Arrived unresponsive by ambulance, no history available", "Trauma activation, allergies needed at once",
                                          "Chest pain, cardiac history needed at once", "Patient confused, medication list needed"};
    a->action = KEEP_ACTION_VIEW;
    a->exposure = KEEP_EXPOSURE_OPENED;
    a->purpose = KEEP_PURPOSE_ETREAT;
    a->glass = true;
    a->searched = false;
    a->reason = reasons[chance % (sizeof reasons / sizeof *reasons)];
}

static struct access access_of(const struct session *s)
{
    struct access a = {.patient = s->patient, .action = KEEP_ACTION_VIEW, .exposure = KEEP_EXPOSURE_OPENED, .outcome = KEEP_OUTCOME_SUCCESS, .purpose = KEEP_PURPOSE_TREAT};
    uint64_t chance = draw(~s->key, s->i);
    switch ((enum keep_traffic_work)s->work) {
    case KEEP_TRAFFIC_LOGIN:
        a.action = s->i % 2 ? KEEP_ACTION_LOGOUT : KEEP_ACTION_LOGIN;
        a.exposure = KEEP_EXPOSURE_SYSTEM;
        a.purpose = KEEP_PURPOSE_UNKNOWN;
        if (s->i % 2 == 0 && chance % 40 == 0)
            a.outcome = KEEP_OUTCOME_SERIOUS; /* mistyped */
        break;
    case KEEP_TRAFFIC_PREFETCH:
        a.action = KEEP_ACTION_LIST;
        a.exposure = s->i % 2 ? KEEP_EXPOSURE_SYSTEM : KEEP_EXPOSURE_LISTED;
        a.purpose = KEEP_PURPOSE_HOPERAT;
        break;
    case KEEP_TRAFFIC_LIST:
        a.action = KEEP_ACTION_LIST;
        a.exposure = KEEP_EXPOSURE_LISTED;
        break;
    case KEEP_TRAFFIC_SEARCH:
        a.action = KEEP_ACTION_SEARCH;
        a.exposure = KEEP_EXPOSURE_SEARCHED;
        a.searched = true;
        break;
    case KEEP_TRAFFIC_EXCHANGE:
        a.action = KEEP_ACTION_EXPORT;
        a.exposure = KEEP_EXPOSURE_SYSTEM;
        a.purpose = KEEP_PURPOSE_HPAYMT;
        break;
    case KEEP_TRAFFIC_RELEASE:
        a.purpose = KEEP_PURPOSE_HOPERAT;
        if (s->i + 1 == s->n)
            a.action = KEEP_ACTION_EXPORT;
        break;
    case KEEP_TRAFFIC_PAPERS:
        a.purpose = KEEP_PURPOSE_HPAYMT;
        dress(&a, chance, s->i == 0);
        break;
    case KEEP_TRAFFIC_CARE: dress(&a, chance, s->i == 0); break;
    case KEEP_TRAFFIC_EMERGENCY:
        dress(&a, chance, s->i == 0);
        if (s->i == 0 && s->glass)
            dress_emergency(&a, chance);
        break;
    }
    return a;
}

/* --- writing --------------------------------------------------------------------------- */

static const char header[] =
    "event_id,event_time,user_id,patient_id,action,exposure,outcome,purpose,workstation,department,break_glass,break_glass_reason,search_terms";

static void decimal(struct keep_buf *b, uint64_t v)
{
    char text[20];
    size_t at = sizeof text;
    do
        text[--at] = (char)('0' + v % 10);
    while (v /= 10);
    keep_buf_add(b, text + at, sizeof text - at);
}

static void clock_time(struct keep_buf *b, int32_t second)
{
    int part[3] = {second / HOUR, second / 60 % 60, second % 60};
    for (int i = 0; i < 3; i++) {
        char two[3] = {i ? ':' : ' ', (char)('0' + part[i] / 10), (char)('0' + part[i] % 10)};
        keep_buf_add(b, two, 3);
    }
}

static void word(struct keep_buf *b, const char *z)
{
    keep_buf_char(b, ',');
    keep_buf_str(b, z);
}

static int write_access(struct log *l, const struct access *a, int32_t second, const char *who, const char *where, struct keep_err *err)
{
    const struct keep_cast *c = l->t->cast;
    struct keep_buf *b = &l->sheet.buf;
    decimal(b, ++l->number);
    keep_buf_char(b, ',');
    keep_buf_str(b, l->day_text);
    clock_time(b, second);
    word(b, who);
    word(b, keep_vocab_action_word(a->action));
    word(b, keep_vocab_exposure_word(a->exposure));
    word(b, keep_vocab_outcome_word(a->outcome));
    word(b, a->purpose == KEEP_PURPOSE_UNKNOWN ? "" : keep_vocab_purpose_word(a->purpose));
    word(b, where);
    word(b, a->glass ? "yes" : "no");
    keep_sheet_cell(&l->sheet, a->reason ? a->reason : "");
    word(b, a->searched && a->patient != KEEP_CAST_NOBODY ? keep_cast_family(&c->patient[a->patient]) : "");
    l->done++;
    int rc = keep_sheet_row(&l->sheet, err);
    if (rc == 0 && l->done % PROGRESS == 0 && c->p->progress && c->p->progress(c->p->progress_ctx, "access log", l->done, c->p->events))
        rc = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    return rc;
}

static int write_deed(struct log *l, struct keep_deed *d, struct keep_err *err)
{
    struct access a = {.patient = d->patient, .action = d->action, .exposure = d->exposure, .outcome = d->outcome, .purpose = d->purpose, .searched = d->searched, .glass = d->glass,
                       .reason = d->reason};
    char who[WHO], where[WHERE];
    name_cells(l->t->cast, d->who, d->patient, d->place, who, where);
    int rc = write_access(l, &a, d->second, who, where, err);
    d->row = l->done;
    l->number += d->skip;
    return rc;
}

#define OUT "FAX-OUT-01" /* where records leave the house */

/* The access that is next, of the heap or of the key. 1 one was written, 0 the day is over. */
static int next(struct log *l, struct keep_err *err)
{
    struct keep_deed *d = l->deed < l->plants->deeds ? &l->plants->deed[l->plants->order[l->deed].deed] : NULL;
    int rc;
    if (d && d->day != l->day)
        d = NULL;
    if (d && (l->n == 0 || d->second <= l->session[0].next)) {
        l->deed++;
        rc = write_deed(l, d, err);
        return rc < 0 ? rc : 1;
    }
    if (l->n == 0)
        return 0;
    struct session *s = &l->session[0];
    struct access a = access_of(s);
    char where[WHERE + sizeof OUT];
    bool out = s->work == KEEP_TRAFFIC_RELEASE && a.action == KEEP_ACTION_EXPORT;
    if (out)
        snprintf(where, sizeof where, OUT "%s", strchr(s->where, ','));
    rc = write_access(l, &a, s->next, s->who, out ? where : s->where, err);
    if (++s->i < s->n)
        s->next = second_of(s, s->i);
    else
        *s = l->session[--l->n];
    if (l->n)
        sift_down(l, 0);
    return rc < 0 ? rc : 1;
}

static int write_day(struct log *l, const struct keep_traffic_task *k, size_t n, struct keep_err *err)
{
    int rc = 0;
    keep_civil_format_date(l->day, l->day_text);
    for (size_t i = 0; i < n && rc == 0; i++) {
        uint64_t before_it = l->weight * l->total / l->t->weight, share;
        l->weight += k[i].weight;
        share = l->weight * l->total / l->t->weight - before_it;
        if (share)
            rc = open_session(l, &k[i], share, err);
    }
    for (size_t i = l->n / 2; i-- > 0;)
        sift_down(l, i);
    do
        rc = rc < 0 ? rc : next(l, err);
    while (rc == 1);
    return rc;
}

/* Whoever is at work logs in, whatever there is to do; so does the administrator once a week. */
static int logins(struct keep_traffic *t, struct keep_err *err)
{
    const struct keep_cast *c = t->cast;
    struct keep_chance r;
    int rc = 0;
    keep_chance_init(&r, c->p->seed, STREAM_LOGINS);
    for (keep_date day = c->begin; day <= c->p->today && rc == 0; day++) {
        for (uint32_t i = 0; i < c->employees && rc == 0; i++)
            if (keep_cast_on_shift(c, i, day) && keep_chance_per_mille(&r, LOGIN_PER_MILLE))
                rc = keep_traffic_add(t, day, i, KEEP_CAST_NOBODY, KEEP_TRAFFIC_LOGIN, 2, err);
        if (day % 7 == 4 && rc == 0)
            rc = keep_traffic_add(t, day, KEEP_CAST_ADMIN, KEEP_CAST_NOBODY, KEEP_TRAFFIC_LOGIN, 2, err);
    }
    return rc;
}

/* Tasks by day, each day's in the order they came: a counting sort. at: where each day's begin, and one more. */
static int sort(struct keep_traffic *t, size_t *at, struct keep_err *err)
{
    uint32_t days = t->cast->p->days;
    struct keep_traffic_task *sorted = malloc((t->n + 1) * sizeof *sorted);
    size_t *free_at = calloc(days + 1, sizeof *free_at);
    if (!sorted || !free_at) {
        free(sorted);
        free(free_at);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    for (size_t i = 0; i < t->n; i++)
        at[t->task[i].day + 1]++;
    for (uint32_t d = 0; d < days; d++)
        at[d + 1] += at[d];
    memcpy(free_at, at, days * sizeof *at);
    for (size_t i = 0; i < t->n; i++)
        sorted[free_at[t->task[i].day]++] = t->task[i];
    free(free_at);
    free(t->task);
    t->task = sorted;
    t->cap = t->n + 1;
    return 0;
}

int keep_traffic_write(struct keep_traffic *t, struct keep_plants *plants, struct keep_err *err)
{
    const struct keep_hospital_params *p = t->cast->p;
    struct log l = {.t = t, .plants = plants, .total = p->events - plants->deeds};
    size_t *at = calloc(p->days + 2, sizeof *at);
    int rc = at ? logins(t, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = sort(t, at, err);
    keep_chance_init(&l.r, p->seed, STREAM_DAYS);
    if (rc == 0)
        rc = keep_sheet_open(&l.sheet, p->dirfd, "access-log.csv", err);
    if (rc == 0) {
        keep_buf_str(&l.sheet.buf, header);
        rc = keep_sheet_row(&l.sheet, err);
    }
    for (l.day = t->cast->begin; l.day <= p->today && rc == 0; l.day++) {
        size_t d = (size_t)(l.day - t->cast->begin);
        rc = write_day(&l, t->task + at[d], at[d + 1] - at[d], err);
    }
    rc = keep_sheet_end(&l.sheet, rc, err);
    free(l.session);
    free(at);
    return rc;
}
