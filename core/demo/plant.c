/* How each kind looks in the log: one builder a kind that is more than a session
 * with a chart, and the same session in three shapes for all the others. Who does
 * it to whom is plant_find.c's. A kind for which nobody can be found leaves its
 * turn to the next, so that a small hospital has fewer kinds and the key says so. */
#include "core/demo/plant.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/demo/plant_inside.h"
#include "core/model/vocab.h"

enum {
    STREAM_PLANTS = 4,      /* of chance */
    MANY = 58,              /* charts: the rule asks for 50 in an hour */
    MANY_A_DAY = 130, MANY_HOURS = 10,
    EXPORTS = 60,
    IN_A_ROW = 18,
    DORMANT_DAYS = 95,
    TRIES = 8,              /* pairs of people, before a kind is said to be impossible here */
    PACE = 40,              /* seconds from one access to the next */
    HOUR = 3600,
};

typedef struct keep_plant_search search;

/* --- accesses ------------------------------------------------------------------------------ */

/* One more access of the plant that is being made: opened, for treatment, unless the caller says otherwise. After a failure: a place to write to. */
static struct keep_deed *deed(search *s, uint32_t who, uint32_t patient, keep_date day, int32_t second)
{
    static struct keep_deed nowhere;
    struct keep_plants *p = s->out;
    while (keep_cast_gap(s->c, day))
        day++;
    if (s->rc == 0 && !keep_grow(&p->deed, &p->cap, p->deeds + 1, sizeof *p->deed, 256))
        s->rc = keep_err_set(s->err, KEEP_E_NOMEM, "out of memory");
    if (s->rc < 0)
        return &nowhere;
    struct keep_deed *d = &p->deed[p->deeds++];
    *d = (struct keep_deed){.plant = p->n, .who = who, .patient = patient, .day = day, .second = second % (24 * HOUR), .action = KEEP_ACTION_VIEW,
                            .exposure = KEEP_EXPOSURE_OPENED, .outcome = KEEP_OUTCOME_SUCCESS, .purpose = KEEP_PURPOSE_TREAT};
    if (patient == KEEP_CAST_NOBODY) {
        d->exposure = KEEP_EXPOSURE_SYSTEM;
        d->purpose = KEEP_PURPOSE_UNKNOWN;
    }
    return d;
}

/* Some time of a working day of this one. */
static int32_t at_work(search *s, uint32_t staff)
{
    uint8_t shift = staff < s->c->employees ? s->c->staff[staff].shift : 0;
    return shift == 1 ? keep_chance_range(&s->r, 15 * HOUR, 21 * HOUR) : shift == 2 ? keep_chance_range(&s->r, HOUR, 5 * HOUR) : keep_chance_range(&s->r, 8 * HOUR, 16 * HOUR);
}

/* A day in these bounds on which this one is rostered, if chance finds one; on == false: is not. */
static keep_date a_day(search *s, uint32_t staff, keep_date from, keep_date to, bool on)
{
    keep_date day = keep_chance_range(&s->r, from, to);
    for (int i = 0; i < 30 && staff < s->c->employees && keep_cast_on_shift(s->c, staff, day) != on; i++)
        day = keep_chance_range(&s->r, from, to);
    return day;
}

static keep_date any_day(search *s, uint32_t staff)
{
    return a_day(s, staff, s->c->begin + 10, s->c->p->today - 1, true);
}

/* The accesses of one sitting with one chart, as loud as the plant is. */
static void sitting(search *s, uint32_t who, uint32_t patient, keep_date day, int32_t second)
{
    uint8_t shape = s->out->plant[s->out->n].shape;
    uint32_t n = shape == KEEP_PLANT_LOUD ? 3 + keep_chance_below(&s->r, 3) : shape == KEEP_PLANT_PLAIN ? 2 + keep_chance_below(&s->r, 2) : 1 + keep_chance_below(&s->r, 2);
    for (uint32_t i = 0; i < n; i++) {
        struct keep_deed *d = deed(s, who, patient, day, second + (int32_t)i * PACE);
        d->searched = i == 0 && shape != KEEP_PLANT_QUIET;
        if (i + 1 == n && shape == KEEP_PLANT_LOUD)
            d->action = keep_chance_per_mille(&s->r, 700) ? KEEP_ACTION_PRINT : KEEP_ACTION_EXPORT;
    }
}

/* Another of the staff who fits now; the one there was when there is no other. */
static void next_staff(search *s, keep_plant_fit wanted)
{
    s->c->staff[s->staff].planted = true;
    uint32_t who = keep_plant_look(s, s->c->employees, wanted);
    s->staff = who == KEEP_CAST_NOBODY ? s->staff : who;
}

/* So many different charts of strangers; false: the hospital has too few. */
static bool charts(search *s, uint32_t *out, uint32_t n)
{
    uint32_t from = keep_chance_below(&s->r, s->c->patients), found = 0;
    for (uint32_t i = 0; i < s->c->patients && found < n; i++)
        if (keep_plant_plain_stranger(s, (from + i) % s->c->patients))
            out[found++] = (from + i) % s->c->patients;
    return found == n;
}

/* --- builders: false = this hospital cannot ---------------------------------------------------- */

static bool one_sitting(search *s)
{
    sitting(s, s->staff, s->patient, any_day(s, s->staff), at_work(s, s->staff));
    return true;
}

static bool crowd(search *s)
{
    keep_date day = any_day(s, s->staff);
    for (int i = 0; i < 6; i++) {
        sitting(s, s->staff, s->patient, day, keep_chance_range(&s->r, 8 * HOUR, 20 * HOUR));
        next_staff(s, keep_plant_stranger_here);
    }
    return true;
}

static bool glass(search *s)
{
    static const char *const said[] = {"", "", "n/a", "test", ".", "asdf"};
    keep_date day = any_day(s, s->staff);
    int32_t second = at_work(s, s->staff);
    const char *reason = said[keep_chance_below(&s->r, sizeof said / sizeof *said)];
    for (int i = 0; i < 2; i++) {
        struct keep_deed *d = deed(s, s->staff, s->patient, day, second + i * PACE);
        d->glass = true;
        d->purpose = KEEP_PURPOSE_ETREAT;
        d->reason = reason;
    }
    return true;
}

static bool glass_often(search *s)
{
    uint32_t chart[7];
    keep_date day = a_day(s, s->staff, s->c->begin + 10, s->c->p->today - 8, true);
    if (!charts(s, chart, 7))
        return false;
    for (int i = 0; i < 7; i++) {
        struct keep_deed *d = deed(s, s->staff, chart[i], day + i, at_work(s, s->staff));
        d->glass = true;
        d->purpose = KEEP_PURPOSE_ETREAT;
        d->reason = "Needed for the care of this patient";
    }
    return true;
}

static bool ended(search *s)
{
    const struct keep_cast_staff *x = &s->c->staff[s->staff];
    keep_date last = s->c->p->today - 1, from = x->ended != KEEP_DATE_NONE ? x->ended + 2 : x->away != KEEP_DATE_NONE ? x->away + 1 : s->c->begin + 1;
    keep_date to = x->ended != KEEP_DATE_NONE ? from + 50 : x->away != KEEP_DATE_NONE ? x->back - 2 : x->hired - 3;
    bool night = s->out->plant[s->out->n].shape == KEEP_PLANT_LOUD;
    sitting(s, s->staff, s->patient, keep_chance_range(&s->r, from, to < last ? to : last), night ? keep_chance_range(&s->r, 22 * HOUR, 23 * HOUR) : at_work(s, s->staff));
    return true;
}

static bool unmapped(search *s)
{
    sitting(s, KEEP_CAST_GHOST + s->out->n, s->patient, any_day(s, KEEP_CAST_GHOST), keep_chance_range(&s->r, 7 * HOUR, 20 * HOUR));
    return true;
}

static bool dormant(search *s)
{
    sitting(s, s->staff, s->patient, keep_chance_range(&s->r, s->c->begin + DORMANT_DAYS, s->c->p->today - 1), at_work(s, s->staff));
    return true;
}

static bool off_shift(search *s)
{
    sitting(s, s->staff, s->patient, a_day(s, s->staff, s->c->begin + 10, s->c->p->today - 1, false), keep_chance_range(&s->r, HOUR, 4 * HOUR));
    return true;
}

static bool run_of(search *s, uint32_t n, int32_t length, uint8_t action)
{
    uint32_t chart[MANY_A_DAY];
    keep_date day = any_day(s, s->staff);
    int32_t second = keep_chance_range(&s->r, 8 * HOUR, 9 * HOUR);
    if (!charts(s, chart, n))
        return false;
    for (uint32_t i = 0; i < n; i++)
        deed(s, s->staff, chart[i], day, second + (int32_t)i * (length / (int32_t)n))->action = action;
    return true;
}

static bool many(search *s)
{
    return run_of(s, MANY, MANY * PACE, KEEP_ACTION_VIEW);
}

static bool many_a_day(search *s)
{
    return run_of(s, MANY_A_DAY, MANY_HOURS * HOUR, KEEP_ACTION_VIEW);
}

static bool exports(search *s)
{
    return run_of(s, EXPORTS, MANY_HOURS * HOUR, KEEP_ACTION_EXPORT);
}

/* Numbers go up with the patients' places in the table. */
static bool numbers(search *s)
{
    keep_date day = any_day(s, s->staff);
    int32_t second = at_work(s, s->staff);
    uint32_t from = s->patient + IN_A_ROW < s->c->patients ? s->patient : s->c->patients - IN_A_ROW;
    for (uint32_t i = 0; i < IN_A_ROW; i++)
        deed(s, s->staff, from + i, day, second + (int32_t)i * 9);
    return true;
}

static bool two_places(search *s)
{
    bool clinic = keep_lore_department[s->c->staff[s->staff].department].site == KEEP_LORE_CLINIC;
    keep_date day = any_day(s, s->staff);
    int32_t second = at_work(s, s->staff);
    for (int i = 0; i < 4; i++)
        deed(s, s->staff, s->patient, day, second + i * PACE)->place = i % 2 == 0 ? NULL : clinic ? "IM-WS05" : "FM-WS07";
    return true;
}

static const char *outside(search *s)
{
    static const char *const address[] = {"203.0.113.17", "198.51.100.23", "192.0.2.44"}; /* for documentation: RFC 5737 */
    return address[keep_chance_below(&s->r, sizeof address / sizeof *address)];
}

static bool network(search *s)
{
    uint32_t first = s->out->deeds;
    const char *place = outside(s);
    one_sitting(s);
    for (uint32_t i = first; i < s->out->deeds; i++)
        s->out->deed[i].place = place;
    return true;
}

static bool guessed(search *s)
{
    keep_date day = any_day(s, s->staff);
    int32_t second = keep_chance_range(&s->r, 18 * HOUR, 22 * HOUR);
    const char *place = outside(s);
    for (int i = 0; i < 11; i++) {
        struct keep_deed *d = deed(s, s->staff, i < 9 ? KEEP_CAST_NOBODY : s->patient, day, second + i * PACE);
        d->place = place;
        if (i < 9)
            d->action = KEEP_ACTION_LOGIN;
        if (i < 8)
            d->outcome = KEEP_OUTCOME_SERIOUS;
    }
    return true;
}

static bool serial(search *s)
{
    enum { WEEKS = 9 };
    uint32_t chart[WEEKS];
    keep_date day = keep_chance_range(&s->r, s->c->begin + 5, s->c->p->today - 7 * WEEKS - 1);
    if (!charts(s, chart, WEEKS))
        return false;
    for (int i = 0; i < WEEKS; i++)
        deed(s, s->staff, chart[i], a_day(s, s->staff, day + 7 * i, day + 7 * i + 6, true), at_work(s, s->staff));
    return true;
}

static bool watched(search *s)
{
    keep_date day = a_day(s, s->staff, s->c->begin + 10, s->c->p->today - 100, true);
    sitting(s, s->staff, s->patient, day, at_work(s, s->staff));
    next_staff(s, keep_plant_stranger_here);
    sitting(s, s->staff, s->patient, a_day(s, s->staff, day + 20, day + 90, true), at_work(s, s->staff));
    return true;
}

static bool no_trace(search *s)
{
    keep_date day = a_day(s, s->staff, s->c->begin + 10, s->c->p->today - 14, true);
    for (int i = 0; i < 3; i++) {
        int32_t second = at_work(s, s->staff);
        keep_date on = a_day(s, s->staff, day + 4 * i, day + 4 * i + 3, true);
        deed(s, s->staff, s->patient, on, second)->searched = true;
        deed(s, s->staff, s->patient, on, second + PACE);
    }
    return true;
}

/* The meant one is the third. */
static bool covered(search *s)
{
    uint32_t chart[4], n = 0, from = keep_chance_below(&s->r, s->c->patients);
    keep_date day = any_day(s, s->staff);
    int32_t second = at_work(s, s->staff);
    for (uint32_t i = 0; i < s->c->patients && n < 4; i++)
        if (keep_plant_namesake(s, (from + i) % s->c->patients))
            chart[n++] = (from + i) % s->c->patients;
    if (n < 3)
        return false;
    for (uint32_t i = 0; i <= n; i++)
        deed(s, s->staff, i == 2 ? s->patient : chart[i < 2 ? i : i - 1], day, second + (int32_t)i * 5 * PACE);
    return true;
}

static bool tamper(search *s)
{
    keep_date day = keep_chance_range(&s->r, s->c->begin + 10, s->c->p->today - 1);
    int32_t second = keep_chance_range(&s->r, HOUR, 4 * HOUR);
    deed(s, KEEP_CAST_ADMIN, KEEP_CAST_NOBODY, day, second)->action = KEEP_ACTION_LOGIN;
    struct keep_deed *d = deed(s, KEEP_CAST_ADMIN, KEEP_CAST_NOBODY, day, second + PACE);
    d->action = KEEP_ACTION_DELETE;
    d->skip = 41;
    deed(s, KEEP_CAST_ADMIN, KEEP_CAST_NOBODY, day, second + 2 * PACE)->action = KEEP_ACTION_LOGOUT;
    return true;
}

static bool term(search *s)
{
    keep_date from = s->c->staff[s->staff].ended + 2, last = s->c->p->today - 1;
    sitting(s, s->staff, s->patient, keep_chance_range(&s->r, from, from + 50 < last ? from + 50 : last), at_work(s, s->staff));
    return true;
}

static bool undisclosed(search *s)
{
    keep_date day = any_day(s, s->staff);
    int32_t second = at_work(s, s->staff);
    deed(s, s->staff, s->patient, day, second);
    struct keep_deed *d = deed(s, s->staff, s->patient, day, second + PACE);
    d->action = KEEP_ACTION_EXPORT;
    d->place = "FAX-OUT-01";
    return true;
}

static bool glance(search *s)
{
    struct keep_deed *d = deed(s, s->staff, s->patient, any_day(s, s->staff), at_work(s, s->staff));
    d->searched = s->out->plant[s->out->n].kind == KEEP_PLANT_INNOCENT_WRONG_ONE;
    return true;
}

/* For a review or a research list: each chart has its task on file. */
static bool chart_pull(search *s)
{
    if (!run_of(s, MANY, MANY * PACE, KEEP_ACTION_VIEW))
        return false;
    for (uint32_t i = s->out->deeds - MANY; i < s->out->deeds; i++)
        s->out->deed[i].purpose = KEEP_PURPOSE_HOPERAT;
    return true;
}

static bool (*const build[KEEP_PLANT_KIND_COUNT])(search *s) = {
    [KEEP_PLANT_CROWD] = crowd, [KEEP_PLANT_GLASS] = glass, [KEEP_PLANT_GLASS_OFTEN] = glass_often, [KEEP_PLANT_ENDED] = ended, [KEEP_PLANT_UNMAPPED] = unmapped,
    [KEEP_PLANT_DORMANT] = dormant, [KEEP_PLANT_OFF_SHIFT] = off_shift, [KEEP_PLANT_MANY] = many, [KEEP_PLANT_MANY_A_DAY] = many_a_day, [KEEP_PLANT_TWO_PLACES] = two_places,
    [KEEP_PLANT_NETWORK] = network, [KEEP_PLANT_GUESSED] = guessed, [KEEP_PLANT_EXPORTS] = exports, [KEEP_PLANT_NUMBERS] = numbers, [KEEP_PLANT_SERIAL] = serial,
    [KEEP_PLANT_WATCHED] = watched, [KEEP_PLANT_NO_TRACE] = no_trace, [KEEP_PLANT_COVERED] = covered, [KEEP_PLANT_TAMPER] = tamper, [KEEP_PLANT_TERM] = term,
    [KEEP_PLANT_UNDISCLOSED] = undisclosed,
}; /* the others: one sitting */

/* As loud as its accesses are, whatever was meant: some kinds have a look of their own. */
static uint8_t shape_of(const struct keep_plants *p, uint32_t from)
{
    uint8_t shape = KEEP_PLANT_QUIET;
    for (uint32_t i = from; i < p->deeds; i++) {
        if (p->deed[i].action == KEEP_ACTION_PRINT || p->deed[i].action == KEEP_ACTION_EXPORT)
            return KEEP_PLANT_LOUD;
        if (p->deed[i].searched)
            shape = KEEP_PLANT_PLAIN;
    }
    return shape;
}

/* Kinds of several charts, which others may be planted on as well: such a run is a case of its own. */
static bool of_many(const struct keep_plant *p)
{
    if (p->innocent)
        return p->kind == KEEP_PLANT_INNOCENT_PULL;
    return p->kind == KEEP_PLANT_MANY || p->kind == KEEP_PLANT_MANY_A_DAY || p->kind == KEEP_PLANT_EXPORTS || p->kind == KEEP_PLANT_NUMBERS ||
           p->kind == KEEP_PLANT_GLASS_OFTEN || p->kind == KEEP_PLANT_SERIAL || p->kind == KEEP_PLANT_TAMPER;
}

static bool of_several_staff(const struct keep_plant *p)
{
    return !p->innocent && (p->kind == KEEP_PLANT_CROWD || p->kind == KEEP_PLANT_WATCHED);
}

/* --- which --- */

static uint8_t next_shape(const search *s, bool innocent)
{
    return (uint8_t)(innocent ? KEEP_PLANT_QUIET : s->out->n % KEEP_PLANT_SHAPES);
}

/* --- all of them ---------------------------------------------------------------------------------- */

/* One more of this kind; false: the hospital has nobody for it. */
static bool make_one(search *s, uint8_t kind, bool innocent)
{
    struct keep_plants *out = s->out;
    struct keep_plant *p = &out->plant[out->n];
    *p = (struct keep_plant){.kind = kind, .innocent = innocent, .shape = next_shape(s, innocent), .deed = out->deeds};
    bool (*how)(search *) = innocent ? (kind == KEEP_PLANT_INNOCENT_PULL ? chart_pull : glance) : build[kind] ? build[kind] : one_sitting, done = false;
    uint32_t staff = KEEP_CAST_NOBODY;
    for (int tries = 0; tries < TRIES && !done && s->rc == 0; tries++) {
        if (!keep_plant_find(s, innocent ? &keep_plant_innocent_pair[kind] : &keep_plant_pair[kind]))
            return false;
        staff = s->staff;
        done = how(s);
    }
    if (!done || s->rc < 0) {
        out->deeds = p->deed;
        return false;
    }
    if (staff != KEEP_CAST_NOBODY)
        s->c->staff[staff].planted = true;
    p->staff = of_several_staff(p) ? KEEP_CAST_NOBODY : kind == KEEP_PLANT_TAMPER && !innocent ? KEEP_CAST_ADMIN : staff;
    if (kind == KEEP_PLANT_UNMAPPED && !innocent)
        p->staff = KEEP_CAST_GHOST + out->n;
    p->patient = of_many(p) ? KEEP_CAST_NOBODY : s->patient;
    if (p->patient != KEEP_CAST_NOBODY)
        s->c->patient[p->patient].planted = true;
    p->deeds = out->deeds - p->deed;
    p->shape = shape_of(out, p->deed);
    out->n++;
    return true;
}

/* `wanted` of them in turn over the kinds; a kind that has nobody is passed over from then on. */
static int make_some(search *s, uint32_t wanted, uint8_t count, bool innocent)
{
    bool none[KEEP_PLANT_KIND_COUNT] = {false};
    uint32_t left = count;
    for (uint32_t turn = 0; wanted && left && s->rc == 0; turn++) {
        uint8_t kind = (uint8_t)(turn % count);
        if (none[kind])
            continue;
        if (make_one(s, kind, innocent)) {
            wanted--;
        } else {
            none[kind] = true;
            left--;
        }
    }
    if (s->rc == 0 && wanted && !innocent) {
        s->rc = keep_err_set(s->err, KEEP_E_USAGE, "this hospital has nobody left for %u more planted violations", wanted);
        keep_err_hint(s->err, "plant fewer, or make the hospital larger");
    }
    return s->rc;
}

static int by_time(const void *a, const void *b)
{
    const struct keep_deed_at *x = a, *y = b;
    return x->second != y->second ? (x->second > y->second) - (x->second < y->second) : (x->deed > y->deed) - (x->deed < y->deed);
}

static int sort(struct keep_plants *p, struct keep_err *err)
{
    p->order = malloc((p->deeds + 1) * sizeof *p->order);
    if (!p->order)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < p->deeds; i++)
        p->order[i] = (struct keep_deed_at){(int64_t)p->deed[i].day * 86400 + p->deed[i].second, i};
    if (p->deeds)
        qsort(p->order, p->deeds, sizeof *p->order, by_time);
    return 0;
}

void keep_plant_free(struct keep_plants *p)
{
    free(p->deed);
    free(p->order);
    p->deed = NULL;
    p->order = NULL;
}

int keep_plant_make(struct keep_plants *out, struct keep_cast *c, uint32_t count, struct keep_arena *a, struct keep_err *err)
{
    struct keep_plants made = {.cast = c};
    search s = {.c = c, .out = &made, .err = err};
    keep_chance_init(&s.r, c->p->seed, STREAM_PLANTS);
    made.plant = keep_arena_array(a, (size_t)c->p->planted + count + 1, sizeof *made.plant);
    int rc = made.plant ? make_some(&s, c->p->planted, KEEP_PLANT_KIND_COUNT, false) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    made.planted = made.n;
    if (rc == 0)
        rc = make_some(&s, count, KEEP_PLANT_INNOCENT_COUNT, true);
    if (rc == 0)
        rc = sort(&made, err);
    if (rc < 0)
        keep_plant_free(&made);
    else
        *out = made;
    return rc;
}
