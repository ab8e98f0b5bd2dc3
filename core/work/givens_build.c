/* People first, places and sources second, then what ties them: encounters,
 * relations, records, events. Arrays are sized by the number of givens, since
 * each makes a bounded number of rows. */
#include "core/work/givens_build.h"

#include <stdlib.h>
#include <string.h>

#include "core/work/givens_inside.h"

enum {
    ROWS_A_GIVEN = 3, /* at most, of any one kind: itself, whom it names, and the other human of a link */
};


static int wrong(struct keep_givens_build *b, const struct keep_test_given *g, const char *what)
{
    return keep_err_at(b->err, KEEP_E_USAGE, g->at.file, g->at.line, g->at.col, "%s", what);
}

static uint32_t term(struct keep_givens_build *b, struct keep_str s)
{
    if (!s.n)
        return KEEP_ID_NONE;
    for (size_t i = 0; i < b->w->terms; i++)
        if (keep_str_eq(b->w->term[i], s))
            return (uint32_t)i;
    b->w->term[b->w->terms] = s;
    return (uint32_t)b->w->terms++;
}

/* ---- places and sources ---- */

static void add_facility(struct keep_givens_build *b, const struct keep_test_given *g)
{
    struct keep_facility *f = &b->w->facility[b->w->facilities++];
    *f = (struct keep_facility){.entity = b->w->facilities, .known = true, .name = keep_given_text(g, "name"), .type = keep_given_text(g, "type"), .state = keep_given_text(g, "state")};
    if (!f->name.n)
        f->name = KEEP_STR("the facility");
}

static uint32_t facility_of(struct keep_givens_build *b, const struct keep_test_given *g)
{
    struct keep_str name = keep_given_text(g, "facility");
    if (!name.n && b->w->facilities)
        return 0;
    if (!name.n) /* some facility, of which nothing is known: a record without one would not be in the medical record */
        name = KEEP_STR("(unnamed)");
    for (size_t i = 0; i < b->w->facilities; i++)
        if (keep_str_eq(b->w->facility[i].name, name))
            return (uint32_t)i;
    b->w->facility[b->w->facilities] = (struct keep_facility){.entity = b->w->facilities + 1, .known = true, .name = name};
    return (uint32_t)b->w->facilities++;
}

static const struct keep_str *words(struct keep_givens_build *b, const struct keep_value *list, size_t *n)
{
    struct keep_str *out = keep_arena_array(b->a, list->list.n + 1, sizeof *out);
    b->full |= !out;
    *n = out ? list->list.n : 0;
    for (size_t i = 0; i < *n; i++)
        out[i] = list->list.item[i].s;
    return out;
}

static void add_source(struct keep_givens_build *b, const struct keep_test_given *g)
{
    struct keep_source *s = &b->w->source[0];
    const struct keep_value *classes = keep_given_get(g, "classes", KEEP_V_LIST), *facilities = keep_given_get(g, "facilities", KEEP_V_LIST);
    s->declared = true;
    s->name = keep_given_text(g, "name").n ? keep_given_text(g, "name") : s->name;
    s->all_classes = !classes;
    s->all_facilities = !facilities;
    if (classes)
        s->klass = words(b, classes, &s->classes);
    if (facilities)
        s->facility = words(b, facilities, &s->facilities);
    s->from = keep_given_day(g, "from");
    s->through = keep_given_day(g, "through");
    s->closed_on = keep_given_day(g, "closed_on");
    s->complete = keep_given_yes_no(g, "complete") == KEEP_TRI_YES;
    s->codes_complete = keep_given_yes_no(g, "codes_complete") == KEEP_TRI_YES;
    s->custody = (enum keep_custody)keep_givens_word(keep_vocab_custody(keep_given_text(g, "custody")), KEEP_CUSTODY_UNDETERMINED);
    s->jurisdiction = keep_given_text(g, "jurisdiction");
}

/* ---- ties ---- */

static struct keep_relation *relation_add(struct keep_givens_build *b, int kind, uint32_t patient, keep_time from, keep_time to)
{
    struct keep_relation *r = &b->w->relation[b->w->relations++];
    *r = (struct keep_relation){.patient = patient, .worker = KEEP_ID_NONE, .department = KEEP_ID_NONE, .author = KEEP_ID_NONE, .kind = (uint8_t)kind,
                                .from = from, .to = to, .recorded = from, .source = KEEP_GIVENS_SOURCE, .row = b->w->relations};
    return r;
}

static uint32_t worker_of(struct keep_givens_build *b, struct keep_str id)
{
    return b->user_worker[keep_givens_people_user_of(b, id)];
}

static int add_relation(struct keep_givens_build *b, const struct keep_test_given *g)
{
    int kind = keep_vocab_relation_kind(keep_given_text(g, "kind"));
    struct keep_str user = keep_given_text(g, "user_id"), department = keep_given_text(g, "department"), author = keep_given_text(g, "author");
    if (kind < 0)
        return wrong(b, g, "a relation needs a kind");
    struct keep_relation *r = relation_add(b, kind, keep_givens_people_patient_of(b, g), keep_given_instant(g, "from"), keep_given_instant(g, "to"));
    r->open = keep_given_yes_no(g, "open") == KEEP_TRI_YES;
    r->recorded = keep_given_instant(g, "recorded") != KEEP_TIME_NONE ? keep_given_instant(g, "recorded") : r->from;
    r->department = term(b, department);
    if (!department.n || user.n)
        r->worker = worker_of(b, user);
    if (author.n)
        r->author = worker_of(b, author);
    return 0;
}

/* Where a roster's end is left out it is not recorded. */
static int add_duty(struct keep_givens_build *b, const struct keep_test_given *g)
{
    struct keep_str kind = keep_given_text(g, "kind");
    struct keep_duty_span d = {.worker = worker_of(b, keep_given_text(g, "user_id")), .unit = term(b, keep_given_text(g, "unit")), .from = keep_given_instant(g, "from"), .to = keep_given_instant(g, "to"),
                               .source = KEEP_GIVENS_SOURCE, .kind = (uint8_t)(kind.n ? keep_givens_word(keep_vocab_duty(kind), KEEP_DUTY_COUNT) : KEEP_DUTY_SHIFT)};
    if (d.kind == KEEP_DUTY_COUNT || d.from == KEEP_TIME_NONE || d.worker == KEEP_ID_NONE)
        return wrong(b, g, "a duty is a shift, on call or leave, of somebody, from some time on");
    b->w->duty[b->w->duties++] = d;
    return 0;
}

static int add_training(struct keep_givens_build *b, const struct keep_test_given *g)
{
    struct keep_training t = {worker_of(b, keep_given_text(g, "user_id")), keep_given_text(g, "course"), keep_given_day(g, "completed"), keep_given_day(g, "valid_until"), KEEP_GIVENS_SOURCE};
    if (!t.course.n || t.worker == KEEP_ID_NONE)
        return wrong(b, g, "a training is a course of somebody");
    b->w->training[b->w->trainings++] = t;
    return 0;
}

static uint32_t encounter_add(struct keep_givens_build *b, uint32_t patient, uint32_t facility)
{
    uint32_t i = (uint32_t)b->w->encounters++;
    b->encounter_id[i] = (struct keep_str){NULL, 0};
    b->w->encounter[i] = (struct keep_encounter){.entity = i + 1, .patient = patient, .facility = facility, .start = KEEP_TIME_NONE, .end = KEEP_TIME_NONE,
                                                 .start_date = KEEP_DATE_NONE, .end_date = KEEP_DATE_NONE, .source = KEEP_GIVENS_SOURCE};
    return i;
}

static keep_date day_of(keep_time t)
{
    return t == KEEP_TIME_NONE ? KEEP_DATE_NONE : keep_civil_utc_date(t);
}

static void add_encounter(struct keep_givens_build *b, const struct keep_test_given *g)
{
    struct keep_str user = keep_given_text(g, "user_id"), department = keep_given_text(g, "department");
    uint32_t patient = keep_givens_people_patient_of(b, g);
    uint32_t at = encounter_add(b, patient, facility_of(b, g));
    struct keep_encounter *e = &b->w->encounter[at];
    b->encounter_id[at] = keep_given_text(g, "id");
    e->klass = keep_given_text(g, "class");
    e->status = keep_given_text(g, "status");
    e->start = keep_given_instant(g, "start");
    e->end = keep_given_instant(g, "end");
    e->start_date = day_of(e->start);
    e->end_date = day_of(e->end);
    department = department.n ? department : keep_given_text(g, "unit");
    if (user.n)
        relation_add(b, KEEP_RELATION_ENCOUNTER, patient, e->start, e->end)->worker = worker_of(b, user);
    if (department.n)
        relation_add(b, KEEP_RELATION_ENCOUNTER, patient, e->start, e->end)->department = term(b, department);
}

static void codes_of(struct keep_givens_build *b, const struct keep_test_given *g, struct keep_record *r)
{
    const struct keep_value *list = keep_given_get(g, "codes", KEEP_V_LIST);
    struct keep_code_ref *code = list ? keep_arena_array(b->a, list->list.n + 1, sizeof *code) : NULL;
    if (!list)
        return;
    b->full |= !code;
    for (size_t i = 0; code && i < list->list.n; i++) {
        const struct keep_test_given one = {.fields = list->list.item[i]};
        code[i] = (struct keep_code_ref){term(b, keep_given_text(&one, "system")), keep_given_text(&one, "code")};
    }
    r->code = code;
    r->codes = code ? list->list.n : 0;
}

static void days_of(struct keep_givens_build *b, const struct keep_test_given *g, struct keep_record *r)
{
    struct keep_dated *list = keep_arena_array(b->a, KEEP_DAY_COUNT, sizeof *list);
    b->full |= !list;
    r->day = list;
    for (int i = 0; list && i < KEEP_DAY_COUNT; i++) {
        keep_date d = keep_given_day(g, keep_vocab_record_day_word(i));
        if (d != KEEP_DATE_NONE)
            list[r->days++] = (struct keep_dated){(enum keep_record_day)i, d};
    }
}

static void add_record(struct keep_givens_build *b, const struct keep_test_given *g)
{
    struct keep_record *r = &b->g->record[b->g->records++];
    struct keep_str custody = keep_given_text(g, "custody");
    keep_date out = keep_given_day(g, "discharge_date");
    *r = (struct keep_record){.id = b->g->records, .version = 1, .kind = term(b, keep_given_text(g, "kind")), .source = KEEP_GIVENS_SOURCE, .patient = keep_givens_people_patient_of(b, g),
                              .facility = facility_of(b, g), .encounter = KEEP_ID_NONE, .service_first = keep_given_day(g, "service_date"), .created = keep_given_day(g, "created_date"),
                              .status = keep_given_text(g, "status"), .size = 1, .signer = KEEP_ID_NONE};
    r->service_last = r->service_first;
    r->custody = custody.n ? (enum keep_custody)keep_givens_word(keep_vocab_custody(custody), KEEP_CUSTODY_UNDETERMINED) : b->w->source[0].custody;
    r->amends_unknown = (size_t)keep_givens_count(g, "amends_unknown", 0);
    r->amendments = r->amends_unknown;
    codes_of(b, g, r);
    days_of(b, g, r);
    if (b->g->records == 1)
        b->g->subject_patient = r->patient;
    struct keep_str encounter = keep_given_text(g, "encounter_id");
    if (encounter.n)
        r->encounter = keep_givens_find(b->encounter_id, b->w->encounters, encounter);
    if (out == KEEP_DATE_NONE || r->encounter != KEEP_ID_NONE)
        return;
    r->encounter = encounter_add(b, r->patient, r->facility);
    struct keep_encounter *e = &b->w->encounter[r->encounter];
    e->start_date = r->service_first != KEEP_DATE_NONE && r->service_first < out ? r->service_first : out;
    e->end_date = out;
    e->status = KEEP_STR("finished");
}

/* ---- events ---- */

struct columns {
    uint64_t *ordinal;
    keep_time *time;
    uint32_t *account, *patient, *place, *unit;
    uint8_t *action, *exposure, *outcome, *purpose, *break_glass, *searched;
    int16_t *reason;
};

static bool make_columns(struct keep_givens_build *b, struct columns *c)
{
    size_t n = b->room;
    c->ordinal = keep_arena_array(b->a, n, sizeof *c->ordinal);
    c->time = keep_arena_array(b->a, n, sizeof *c->time);
    c->account = keep_arena_array(b->a, n * 4, sizeof *c->account);
    c->action = keep_arena_array(b->a, n * 6, 1);
    c->reason = keep_arena_array(b->a, n, sizeof *c->reason);
    if (!c->ordinal || !c->time || !c->account || !c->action || !c->reason)
        return false;
    c->patient = c->account + n;
    c->place = c->patient + n;
    c->unit = c->place + n;
    c->exposure = c->action + n;
    c->outcome = c->exposure + n;
    c->purpose = c->outcome + n;
    c->break_glass = c->purpose + n;
    c->searched = c->break_glass + n;
    b->g->events = (struct keep_events){0, KEEP_GIVENS_SOURCE, c->ordinal, c->time, c->account, c->patient, c->place, c->unit, c->action, c->exposure, c->outcome,
                                        c->purpose, c->break_glass, c->searched, c->reason, 0, 0};
    return true;
}

static int add_event(struct keep_givens_build *b, struct columns *c, const struct keep_test_given *g)
{
    uint32_t i = b->g->events.n;
    const struct keep_value *day = keep_given_get(g, "day", KEEP_V_DATE), *hour = keep_given_get(g, "local_hour", KEEP_V_INT), *reason = keep_given_get(g, "reason_length", KEEP_V_INT);
    keep_time t = keep_given_instant(g, "time") != KEEP_TIME_NONE ? keep_given_instant(g, "time") : g->time;
    if (t == KEEP_TIME_NONE && (day || hour) && (!hour || (hour->i >= 0 && hour->i < 24))) /* tests have no zone: local is UTC */
        t = ((keep_time)(day ? day->date : keep_civil_from_ymd(2026, 1, 1)) * 24 + (hour ? hour->i : 0)) * 3600 * KEEP_USEC;
    if (t == KEEP_TIME_NONE)
        return wrong(b, g, "an event needs a time");
    b->g->events.n++;
    c->ordinal[i] = i + 1;
    c->time[i] = t;
    c->account[i] = keep_givens_people_user_of(b, keep_given_text(g, "user_id"));
    c->patient[i] = keep_givens_people_patient_of(b, g);
    c->place[i] = term(b, keep_given_text(g, "place"));
    c->unit[i] = term(b, keep_given_text(g, "unit"));
    c->action[i] = (uint8_t)keep_givens_word(keep_vocab_action(keep_given_text(g, "action")), KEEP_ACTION_VIEW);
    c->exposure[i] = (uint8_t)keep_givens_word(keep_vocab_exposure(keep_given_text(g, "exposure")), KEEP_EXPOSURE_OPENED);
    c->outcome[i] = (uint8_t)keep_givens_word(keep_vocab_outcome(keep_given_text(g, "outcome")), KEEP_OUTCOME_SUCCESS);
    c->purpose[i] = (uint8_t)keep_givens_word(keep_vocab_purpose(keep_given_text(g, "purpose")), KEEP_PURPOSE_UNKNOWN);
    c->break_glass[i] = (uint8_t)keep_given_yes_no(g, "break_glass");
    c->searched[i] = keep_given_yes_no(g, "searched") == KEEP_TRI_YES;
    c->reason[i] = reason && reason->i >= 0 && reason->i <= INT16_MAX ? (int16_t)reason->i : -1;
    if (b->w->newest == KEEP_TIME_NONE || t > b->w->newest)
        b->w->newest = t;
    return 0;
}

/* ---- all ---- */

static int relation_order(const void *a, const void *b)
{
    const struct keep_relation *x = a, *y = b;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static int encounter_order(const void *a, const void *b)
{
    const struct keep_encounter *x = a, *y = b;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return (x->entity > y->entity) - (x->entity < y->entity);
}

static int duty_order(const void *a, const void *b)
{
    const struct keep_duty_span *x = a, *y = b;
    if (x->worker != y->worker)
        return x->worker < y->worker ? -1 : 1;
    return (x->from > y->from) - (x->from < y->from);
}

static int training_order(const void *a, const void *b)
{
    const struct keep_training *x = a, *y = b;
    if (x->worker != y->worker)
        return x->worker < y->worker ? -1 : 1;
    return (x->completed > y->completed) - (x->completed < y->completed);
}

static int record_order(const void *a, const void *b)
{
    const struct keep_record *x = a, *y = b;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    return (x->id > y->id) - (x->id < y->id);
}

/* Encounters are numbered anew when sorted; records follow by entity. */
static void sort_all(struct keep_givens_build *b)
{
    struct keep_world *w = b->w;
    qsort(w->relation, w->relations, sizeof *w->relation, relation_order);
    qsort(w->encounter, w->encounters, sizeof *w->encounter, encounter_order);
    qsort(w->duty, w->duties, sizeof *w->duty, duty_order);
    qsort(w->training, w->trainings, sizeof *w->training, training_order);
    for (size_t i = 0; i < b->g->records; i++)
        for (size_t e = 0; b->g->record[i].encounter != KEEP_ID_NONE && e < w->encounters; e++)
            if (w->encounter[e].entity == b->g->record[i].encounter + 1) {
                b->g->record[i].encounter = (uint32_t)e;
                break;
            }
    qsort(b->g->record, b->g->records, sizeof *b->g->record, record_order);
}

static bool make_room(struct keep_givens_build *b)
{
    struct keep_world *w = b->w;
    size_t n = b->room;
    w->patient = keep_arena_array(b->a, n, sizeof *w->patient);
    w->worker = keep_arena_array(b->a, n, sizeof *w->worker);
    w->account = keep_arena_array(b->a, n, sizeof *w->account);
    w->relation = keep_arena_array(b->a, n, sizeof *w->relation);
    w->facility = keep_arena_array(b->a, n, sizeof *w->facility);
    w->encounter = keep_arena_array(b->a, n, sizeof *w->encounter);
    w->contact = keep_arena_array(b->a, n, sizeof *w->contact);
    w->duty = keep_arena_array(b->a, n, sizeof *w->duty);
    w->training = keep_arena_array(b->a, n, sizeof *w->training);
    w->source = keep_arena_alloc(b->a, sizeof *w->source);
    b->patient_id = keep_arena_array(b->a, n, sizeof *b->patient_id);
    b->user_id = keep_arena_array(b->a, n, sizeof *b->user_id);
    b->encounter_id = keep_arena_array(b->a, n, sizeof *b->encounter_id);
    b->user_worker = keep_arena_array(b->a, n, sizeof *b->user_worker);
    b->g->record = keep_arena_array(b->a, n, sizeof *b->g->record);
    return w->patient && w->worker && w->account && w->relation && w->facility && w->encounter && w->contact && w->duty && w->training && w->source && b->patient_id && b->user_id && b->encounter_id &&
           b->user_worker && b->g->record;
}

/* The dictionary's words: at most one for each string anywhere among the fields. */
static size_t strings_in(const struct keep_value *v)
{
    size_t n = v->type == KEEP_V_STRING;
    for (size_t i = 0; v->type == KEEP_V_LIST && i < v->list.n; i++)
        n += strings_in(&v->list.item[i]);
    for (size_t i = 0; v->type == KEEP_V_MAP && i < v->list.n; i++)
        n += strings_in(&v->list.item[2 * i + 1]);
    return n;
}

static int give(struct keep_givens_build *b, struct columns *c, const struct keep_test_given *g, int stage)
{
    enum { CLAIM = 13, NEVER = 3 }; /* code tables are no part of the world */
    static const struct {
        const char *word;
        int stage;
    } order[] = {{"patient", 0}, {"user", 0}, {"facility", 0}, {"source", 0}, {"encounter", 1}, {"relation", 1}, {"record", 2}, {"duty", 1}, {"training", 1}, {"event", 1}, {"code", NEVER}, {"pair", NEVER}, {"limit", NEVER}, {"claim", NEVER}};
    size_t k = 0, n = sizeof order / sizeof *order;
    while (k < n && !keep_str_is(g->word, order[k].word))
        k++;
    if (k == n)
        return wrong(b, g, "a test gives records, not sets");
    if (k == CLAIM)
        return wrong(b, g, "a claim is given as a record of kind \"claim\" with its codes");
    if (order[k].stage != stage)
        return 0;
    switch (k) {
    case 0: keep_givens_people_add_patient(b, g); return 0;
    case 1: keep_givens_people_add_user(b, g); return 0;
    case 2: add_facility(b, g); return 0;
    case 3: add_source(b, g); return 0;
    case 4: add_encounter(b, g); return 0;
    case 5: return add_relation(b, g);
    case 6: add_record(b, g); return 0;
    case 7: return add_duty(b, g);
    case 8: return add_training(b, g);
    default: return add_event(b, c, g);
    }
}

int keep_givens_build(struct keep_givens *g, const struct keep_policy *p, const struct keep_test *t, struct keep_arena *a, struct keep_err *err)
{
    struct keep_givens_build b = {.g = g, .w = &g->world, .p = p, .a = a, .room = t->givens * ROWS_A_GIVEN + 4, .err = err};
    struct columns c = {0};
    size_t strings = 1;
    for (size_t i = 0; i < t->givens; i++)
        strings += strings_in(&t->given[i].fields);
    g->world.arena = a;
    g->world.newest = KEEP_TIME_NONE;
    g->subject_patient = KEEP_ID_NONE;
    g->world.term = keep_arena_array(a, strings, sizeof *g->world.term);
    if (!g->world.term || !make_room(&b) || !make_columns(&b, &c))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a test");
    g->world.source[0] = (struct keep_source){.id = KEEP_GIVENS_SOURCE, .name = KEEP_STR("test"), .from = KEEP_DATE_NONE, .through = KEEP_DATE_NONE, .closed_on = KEEP_DATE_NONE};
    g->world.sources = 1;
    for (int stage = 0; stage < 3; stage++) {
        for (size_t i = 0; i < t->givens; i++) {
            int rc = give(&b, &c, &t->given[i], stage);
            if (rc)
                return rc;
        }
        if (stage == 0)
            keep_givens_people_link(&b, t);
    }
    if (b.full)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a test");
    sort_all(&b);
    return 0;
}
