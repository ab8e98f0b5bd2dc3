/* A task is a session of one person with one chart on one day. Tasks are sorted
 * by day; a day's tasks become its accesses, are sorted by time with the planted
 * ones among them, and written. How many accesses a task gets follows from its
 * weight by integer division over the running sum, so that all of them add up to
 * the number asked for, exactly. */
#include "core/demo/traffic.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/demo/chance.h"
#include "core/demo/sheet.h"
#include "core/model/vocab.h"

enum {
    STREAM_NO_FILE = 5, STREAM_DAYS = 6, /* of chance */
    TASKS_FIRST = 4096,
    LOG_DAYS = 366,
    PACE = 40, LONGEST = 3300, /* seconds: of one access, of one session */
    GLASS_PER_MILLE = 4,
    FUTILE = 1000000,          /* draws of people who do not fit, in all: in a small hospital everybody knows everybody */
    HOUR = 3600,
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
    if (day < c->begin || day > c->p->today || (staff != KEEP_TRAFFIC_SERVICE && !keep_cast_here(&c->staff[staff], day)))
        return 0;
    if (t->n == t->cap) {
        size_t cap = t->cap ? t->cap * 2 : TASKS_FIRST;
        struct keep_traffic_task *more = realloc(t->task, cap * sizeof *more);
        if (!more)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        t->task = more;
        t->cap = cap;
    }
    t->task[t->n++] = (struct keep_traffic_task){staff, patient, (uint16_t)(day - c->begin), weight, (uint8_t)work};
    if (work != KEEP_TRAFFIC_NO_FILE)
        t->weight += weight;
    return 0;
}

int keep_traffic_no_file(struct keep_traffic *t, uint64_t accesses, struct keep_err *err)
{
    const struct keep_cast *c = t->cast;
    struct keep_chance r;
    uint64_t futile = 0;
    int rc = 0;
    keep_chance_init(&r, c->p->seed, STREAM_NO_FILE);
    while (accesses && rc == 0 && futile < FUTILE) {
        uint32_t staff = keep_chance_below(&r, c->employees), patient = keep_chance_below(&r, c->patients), n = 1 + keep_chance_below(&r, 3);
        keep_date day = keep_chance_range(&r, c->begin + 1, c->p->today);
        const struct keep_cast_patient *p = &c->patient[patient];
        bool fit = p->seen == KEEP_CAST_SEEN_NOW && keep_cast_plain(p) && !p->planted && keep_cast_stranger(c, staff, patient) && !c->staff[staff].planted &&
                   c->staff[staff].department != 0 && keep_lore_department[c->staff[staff].department].work != KEEP_LORE_DESK &&
                   keep_cast_here(&c->staff[staff], day);
        if (!fit) {
            futile++;
            continue;
        }
        n = n < accesses ? n : (uint32_t)accesses;
        rc = keep_traffic_add(t, day, staff, patient, KEEP_TRAFFIC_NO_FILE, (uint16_t)n, err);
        accesses -= n;
    }
    return rc;
}

/* --- a day ------------------------------------------------------------------------- */

struct event {
    int32_t second;
    uint32_t seq;           /* order of making, for equal seconds */
    uint32_t staff, patient; /* patient NOBODY: about none */
    struct keep_plant *plant;
    uint8_t action, exposure, purpose;
    bool searched, glass;
    const char *reason;
};

struct log {
    struct keep_traffic *t;
    struct keep_chance r;
    struct keep_sheet sheet;
    struct event *event;
    size_t n, cap;
    keep_date day;
    char day_text[KEEP_CIVIL_DATE_SIZE];
    uint64_t total, weight, done; /* accesses to deal out, weight dealt out so far, rows written */
};

static struct event *event(struct log *l, uint32_t staff, uint32_t patient, int32_t second, struct keep_err *err)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? l->cap * 2 : TASKS_FIRST;
        struct event *more = realloc(l->event, cap * sizeof *more);
        if (!more) {
            keep_err_set(err, KEEP_E_NOMEM, "out of memory");
            return NULL;
        }
        l->event = more;
        l->cap = cap;
    }
    struct event *e = &l->event[l->n];
    *e = (struct event){.second = second, .seq = (uint32_t)l->n, .staff = staff, .patient = patient, .action = KEEP_ACTION_VIEW,
                        .exposure = KEEP_EXPOSURE_OPENED, .purpose = KEEP_PURPOSE_TREAT};
    l->n++;
    return e;
}

static int32_t begin_of(struct log *l, const struct keep_traffic_task *k)
{
    if (k->work == KEEP_TRAFFIC_PREFETCH)
        return keep_chance_range(&l->r, 4 * HOUR, 5 * HOUR);
    if (k->work == KEEP_TRAFFIC_NO_FILE)
        return keep_chance_range(&l->r, 9 * HOUR, 15 * HOUR);
    switch (l->t->cast->staff[k->staff].shift) {
    case 1: return keep_chance_range(&l->r, 14 * HOUR, 21 * HOUR);
    case 2: return keep_chance_per_mille(&l->r, 400) ? keep_chance_range(&l->r, 22 * HOUR, 23 * HOUR) : keep_chance_range(&l->r, 0, 5 * HOUR);
    default: return keep_chance_range(&l->r, 6 * HOUR + 1800, 17 * HOUR);
    }
}

/* One access of a session with a chart: some of a list, few searches, the rest opened. */
static void dress(struct log *l, struct event *e, bool first)
{
    static const uint8_t shares[] = {8, 3, 74, 8, 5, 2};
    static const uint8_t actions[] = {KEEP_ACTION_LIST, KEEP_ACTION_SEARCH, KEEP_ACTION_VIEW, KEEP_ACTION_UPDATE, KEEP_ACTION_CREATE, KEEP_ACTION_PRINT};
    e->action = actions[keep_chance_weighted(&l->r, shares, sizeof shares)];
    if (e->action == KEEP_ACTION_LIST)
        e->exposure = KEEP_EXPOSURE_LISTED;
    if (e->action == KEEP_ACTION_SEARCH)
        e->exposure = KEEP_EXPOSURE_SEARCHED;
    e->searched = e->action == KEEP_ACTION_SEARCH || (first && e->action == KEEP_ACTION_VIEW && keep_chance_per_mille(&l->r, 60));
}

static void dress_emergency(struct log *l, struct event *e)
{
    static const char *const reasons[] = {"Arrived unresponsive by ambulance, no history available", "Trauma activation, allergies needed at once",
                                          "Chest pain, cardiac history needed at once", "Patient confused, medication list needed"};
    e->action = KEEP_ACTION_VIEW;
    e->exposure = KEEP_EXPOSURE_OPENED;
    e->purpose = KEEP_PURPOSE_ETREAT;
    e->glass = true;
    e->searched = false;
    e->reason = reasons[keep_chance_below(&l->r, sizeof reasons / sizeof *reasons)];
}

static int expand(struct log *l, const struct keep_traffic_task *k, uint64_t n, struct keep_err *err)
{
    int32_t start = begin_of(l, k);
    uint64_t length = n * PACE < LONGEST ? n * PACE : LONGEST;
    bool glass = k->work == KEEP_TRAFFIC_EMERGENCY && keep_chance_per_mille(&l->r, GLASS_PER_MILLE);
    for (uint64_t i = 0; i < n; i++) {
        int32_t step = (int32_t)(length / n);
        struct event *e = event(l, k->staff, k->patient, start + (int32_t)(i * length / n) + keep_chance_range(&l->r, 0, step > 1 ? step - 1 : 0), err);
        if (!e)
            return KEEP_E_NOMEM;
        switch ((enum keep_traffic_work)k->work) {
        case KEEP_TRAFFIC_LOGIN:
            e->patient = KEEP_CAST_NOBODY;
            e->action = i % 2 ? KEEP_ACTION_LOGOUT : KEEP_ACTION_LOGIN;
            e->exposure = KEEP_EXPOSURE_SYSTEM;
            e->purpose = KEEP_PURPOSE_UNKNOWN;
            break;
        case KEEP_TRAFFIC_PREFETCH:
            e->action = KEEP_ACTION_LIST;
            e->exposure = i % 2 ? KEEP_EXPOSURE_SYSTEM : KEEP_EXPOSURE_LISTED;
            e->purpose = KEEP_PURPOSE_HOPERAT;
            break;
        case KEEP_TRAFFIC_NO_FILE: break;
        case KEEP_TRAFFIC_PAPERS:
            e->purpose = KEEP_PURPOSE_HPAYMT;
            dress(l, e, i == 0);
            break;
        case KEEP_TRAFFIC_CARE: dress(l, e, i == 0); break;
        case KEEP_TRAFFIC_EMERGENCY:
            dress(l, e, i == 0);
            if (i == 0 && glass)
                dress_emergency(l, e);
            break;
        }
    }
    return 0;
}

static int expand_plant(struct log *l, struct keep_plant *p, struct keep_err *err)
{
    for (uint32_t i = 0; i < p->accesses; i++) {
        uint32_t patient = p->charts ? p->chart[i] : p->patient;
        struct event *e = event(l, p->staff, patient, p->second + (int32_t)i * PACE, err);
        if (!e)
            return KEEP_E_NOMEM;
        bool last = i + 1 == p->accesses || (p->charts && i % 8 == 7);
        e->plant = p;
        e->searched = i == 0 && p->signs & KEEP_PLANT_SEARCHED;
        e->glass = p->kind == KEEP_PLANT_GLASS;
        if (last && p->signs & (KEEP_PLANT_PRINTED | KEEP_PLANT_EXPORTED))
            e->action = p->signs & KEEP_PLANT_PRINTED ? KEEP_ACTION_PRINT : KEEP_ACTION_EXPORT;
    }
    return 0;
}

/* --- writing --------------------------------------------------------------------------- */

static int by_time(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->second != y->second)
        return x->second < y->second ? -1 : 1;
    return (x->seq > y->seq) - (x->seq < y->seq);
}

static const char header[] =
    "event_id,event_time,user_id,patient_id,action,exposure,outcome,purpose,workstation,department,break_glass,break_glass_reason,search_terms";

static int write_event(struct log *l, const struct event *e, struct keep_err *err)
{
    const struct keep_cast *c = l->t->cast;
    struct keep_sheet *s = &l->sheet;
    char text[64], login[KEEP_CAST_TEXT], patient[KEEP_CAST_TEXT] = "", place[KEEP_CAST_TEXT] = "SRV-01";
    const char *unit = "";
    bool service = !e->plant && e->staff == KEEP_TRAFFIC_SERVICE;
    if (e->plant)
        keep_plant_login(c, e->plant, login);
    else if (service)
        snprintf(login, sizeof login, "%s", KEEP_TRAFFIC_SERVICE_LOGIN);
    else
        keep_cast_login(c, e->staff, login);
    if (!service) {
        const struct keep_lore_department *d = &keep_lore_department[e->staff == KEEP_CAST_NOBODY ? 0 : c->staff[e->staff].department];
        snprintf(place, sizeof place, "%s-WS%02u", d->code, 1 + e->staff % 24);
        unit = d->code;
    }
    if (e->patient != KEEP_CAST_NOBODY)
        keep_cast_id(c, 'p', e->patient, patient);
    snprintf(text, sizeof text, "%llu", (unsigned long long)l->done + 1);
    keep_sheet_cell(s, text);
    snprintf(text, sizeof text, "%s %02d:%02d:%02d", l->day_text, e->second / HOUR, e->second / 60 % 60, e->second % 60);
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, login);
    keep_sheet_cell(s, patient);
    keep_sheet_cell(s, keep_vocab_action_word(e->action));
    keep_sheet_cell(s, keep_vocab_exposure_word(e->exposure));
    keep_sheet_cell(s, "success");
    keep_sheet_cell(s, e->purpose == KEEP_PURPOSE_UNKNOWN ? "" : keep_vocab_purpose_word(e->purpose));
    keep_sheet_cell(s, place);
    keep_sheet_cell(s, unit);
    keep_sheet_cell(s, e->glass ? "yes" : "no");
    keep_sheet_cell(s, e->reason ? e->reason : "");
    keep_sheet_cell(s, e->searched && e->patient != KEEP_CAST_NOBODY ? keep_lore_family[c->patient[e->patient].family] : "");
    l->done++;
    if (e->plant)
        e->plant->row[e->plant->rows++] = l->done;
    return keep_sheet_row(s, err);
}

static int write_day(struct log *l, struct keep_plants *plants, const struct keep_traffic_task *k, size_t n, struct keep_err *err)
{
    int rc = 0;
    l->n = 0;
    keep_civil_format_date(l->day, l->day_text);
    for (size_t i = 0; i < n && rc == 0; i++) {
        uint64_t share = k[i].weight;
        if (k[i].work != KEEP_TRAFFIC_NO_FILE) {
            uint64_t before = l->weight * l->total / l->t->weight;
            l->weight += k[i].weight;
            share = l->weight * l->total / l->t->weight - before;
        }
        if (share)
            rc = expand(l, &k[i], share, err);
    }
    for (uint32_t i = 0; i < plants->n && rc == 0; i++)
        if (plants->plant[i].day == l->day)
            rc = expand_plant(l, &plants->plant[i], err);
    if (rc == 0 && l->n)
        qsort(l->event, l->n, sizeof *l->event, by_time);
    for (size_t i = 0; i < l->n && rc == 0; i++)
        rc = write_event(l, &l->event[i], err);
    return rc;
}

/* Tasks by day, each day's in the order they came: a counting sort. */
static int sort(struct keep_traffic *t, size_t at[LOG_DAYS + 1], struct keep_err *err)
{
    struct keep_traffic_task *sorted = malloc((t->n + 1) * sizeof *sorted);
    size_t next[LOG_DAYS];
    if (!sorted)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    memset(at, 0, (LOG_DAYS + 1) * sizeof *at);
    for (size_t i = 0; i < t->n; i++)
        at[t->task[i].day + 1]++;
    for (int d = 0; d < LOG_DAYS; d++)
        at[d + 1] += at[d];
    memcpy(next, at, sizeof next);
    for (size_t i = 0; i < t->n; i++)
        sorted[next[t->task[i].day]++] = t->task[i];
    free(t->task);
    t->task = sorted;
    t->cap = t->n + 1;
    return 0;
}

int keep_traffic_write(struct keep_traffic *t, struct keep_plants *plants, struct keep_err *err)
{
    const struct keep_hospital_params *p = t->cast->p;
    struct log l = {.t = t, .total = p->events - plants->accesses};
    size_t at[LOG_DAYS + 1];
    int rc;
    for (size_t i = 0; i < t->n; i++)
        l.total -= t->task[i].work == KEEP_TRAFFIC_NO_FILE ? t->task[i].weight : 0;
    keep_chance_init(&l.r, p->seed, STREAM_DAYS);
    rc = sort(t, at, err);
    if (rc == 0)
        rc = keep_sheet_open(&l.sheet, p->dirfd, "access-log.csv", err);
    if (rc == 0) {
        keep_buf_str(&l.sheet.buf, header);
        rc = keep_sheet_row(&l.sheet, err);
    }
    for (l.day = t->cast->begin; l.day <= p->today && rc == 0; l.day++) {
        size_t d = (size_t)(l.day - t->cast->begin);
        rc = write_day(&l, plants, t->task + at[d], at[d + 1] - at[d], err);
        if (rc == 0 && p->progress && p->progress(p->progress_ctx, "access log", l.done, p->events))
            rc = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    }
    if (rc == 0)
        rc = keep_sheet_commit(&l.sheet, err);
    keep_sheet_drop(&l.sheet);
    free(l.event);
    return rc;
}
