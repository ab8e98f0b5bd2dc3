/* Whoever is named here also has sessions in the log, so that most accesses of
 * consultants, float nurses, cross cover and desks have their reason on a file of
 * another kind than the visit itself. Nobody here is of the patient's house, nor
 * works where the patient works. */
#include <string.h>

#include "core/demo/bill.h"
#include "core/demo/care_inside.h"
#include "core/demo/order.h"

#define TRY KEEP_CARE_TRY
#define HOUR KEEP_CARE_HOUR
typedef struct keep_care care;

static const struct keep_lore_department *where(const struct keep_chart_visit *v)
{
    return &keep_lore_department[v->department];
}

static bool is_stay(const struct keep_chart_visit *v)
{
    return keep_sheet_wall_date(v->end) > keep_sheet_wall_date(v->start);
}

/* Does the patient work there? Then colleagues keep out. */
static bool own_department(const care *k, int department)
{
    const struct keep_cast_patient *p = &k->cast->patient[k->patient];
    return department < 0 || (p->worker != KEEP_CAST_NOBODY && k->cast->staff[p->worker].department == department);
}

static uint32_t pick_from(care *k, int department, uint8_t rank, keep_date on)
{
    return own_department(k, department) ? KEEP_CAST_NOBODY : keep_care_pick(k, (uint32_t)department, rank, on);
}

/* --- before and at the visit ------------------------------------------------------------ */

/* Made some weeks before; one in twelve was cancelled first and booked again. */
static int appointment(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    keep_wall made = v->start - (keep_wall)keep_chance_range(&k->r, 2, 40) * 24 * HOUR;
    int rc;
    if (strcmp(where(v)->act, "AMB") != 0)
        return 0;
    if (keep_chance_per_mille(&k->r, 80)) {
        struct keep_chart_visit missed = *v;
        missed.start = made + HOUR;
        missed.end = missed.start + HOUR / 2;
        TRY(keep_order_appointment(k->chart, &missed, made - 10 * 24 * HOUR, "cancelled", err));
    }
    return keep_order_appointment(k->chart, v, made, "fulfilled", err);
}

/* Another department's lead is asked, reads the chart within two days, and mostly writes. */
static int consult(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    uint32_t d = keep_chance_below(&k->r, k->cast->departments);
    keep_date day = keep_sheet_wall_date(v->start) + keep_chance_range(&k->r, 0, 2);
    int rc;
    if (d == v->department || keep_lore_department[d].work != KEEP_LORE_CARE || v->who[0] == KEEP_CAST_NOBODY || day > k->cast->p->today)
        return 0;
    uint32_t who = pick_from(k, (int)d, 0, day);
    struct keep_order_request q = {.by = v->who[0], .of = who, .made = v->start + HOUR / 2, .when = KEEP_WALL(day, 13 * HOUR)};
    if (who == KEEP_CAST_NOBODY)
        return 0;
    keep_care_mark(k, d, v);
    TRY(keep_order_request(k->chart, v, &q, err));
    TRY(keep_care_work(k, day, who, KEEP_TRAFFIC_CARE, 10, err));
    struct keep_chart_note n = {.loinc = "11488-4", .title = "Consultation note", .text = "CONSULTATION\n\nSeen as asked; advice given.\n", .author = who,
                                .by = KEEP_CAST_NOBODY, .at = KEEP_WALL(day, 14 * HOUR)};
    return keep_chance_per_mille(&k->r, 700) ? keep_chart_document(k->chart, v, &n, err) : 0;
}

/* Nights and days off: a nurse of the pool and another lead of the house, who are on the team and nowhere else. */
static int team(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    static const char *const roles[] = {"Float nurse", "Cross cover"};
    keep_date day = keep_sheet_wall_date(v->start) + 1;
    uint32_t who[2] = {pick_from(k, k->pool, 1, day), KEEP_CAST_NOBODY};
    int rc;
    for (uint32_t tries = 0; tries < 4 && who[1] == KEEP_CAST_NOBODY; tries++) {
        uint32_t d = keep_chance_below(&k->r, k->cast->departments);
        if (d != v->department && keep_lore_department[d].days)
            who[1] = pick_from(k, (int)d, 0, day);
    }
    TRY(keep_order_team(k->chart, v, who, roles, 2, err));
    for (int i = 0; i < 2; i++) {
        if (who[i] != KEEP_CAST_NOBODY)
            keep_care_mark(k, k->cast->staff[who[i]].department, v);
        TRY(keep_care_work(k, day, who[i], KEEP_TRAFFIC_CARE, 8, err));
    }
    return 0;
}

/* Two in five come by the emergency department; its nurses know the chart of those hours. */
static int moves(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    keep_date day = keep_sheet_wall_date(v->start);
    keep_wall up = v->start + 3 * HOUR;
    int rc;
    if (own_department(k, k->emergency) || !keep_chance_per_mille(&k->r, 400))
        return keep_order_stay(k->chart, v, where(v)->name, v->start, v->end, err);
    TRY(keep_order_stay(k->chart, v, keep_lore_department[k->emergency].name, v->start, up, err));
    TRY(keep_order_stay(k->chart, v, where(v)->name, up, v->end, err));
    keep_care_mark(k, (uint32_t)k->emergency, v);
    return keep_care_work(k, day, keep_care_pick(k, (uint32_t)k->emergency, 1, day), KEEP_TRAFFIC_CARE, 10, err);
}

/* The list of the unit at the begin of a shift shows the chart to whoever comes on. */
static int lists(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    keep_date last = keep_sheet_wall_date(v->end);
    int rc;
    for (keep_date day = keep_sheet_wall_date(v->start) + 1; day <= last; day++)
        for (int i = 0; i < 2; i++)
            TRY(keep_care_work(k, day, keep_care_pick(k, v->department, (uint8_t)(1 + i), day), KEEP_TRAFFIC_LIST, 2, err));
    return 0;
}

static int stay(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    int rc;
    TRY(team(k, v, err));
    TRY(moves(k, v, err));
    TRY(lists(k, v, err));
    if (v->who[1] == KEEP_CAST_NOBODY || !keep_chance_per_mille(&k->r, 600))
        return 0;
    return keep_order_given(k->chart, v, &keep_lore_drug[keep_chance_below(&k->r, keep_lore_drugs)], v->who[1], v->start + 4 * HOUR, err);
}

int keep_course_of_procedure(struct keep_care *k, const struct keep_chart_visit *v, const struct keep_lore_procedure *x, uint32_t who, uint32_t reader, keep_wall at, struct keep_err *err)
{
    struct keep_order_request q = {.what = x, .by = v->who[0], .of = who, .made = v->start + HOUR / 6, .when = at};
    struct keep_order_result r = {.what = x, .by = who, .reader = reader, .done = at, .issued = at + (keep_wall)keep_chance_range(&k->r, 1, 26) * HOUR,
                                  .value = (uint32_t)(x->analyte && strcmp(x->unit, "g/dL") == 0 ? keep_chance_range(&k->r, 95, 165) : keep_chance_range(&k->r, 34, 52))};
    int rc;
    TRY(keep_order_request(k->chart, v, &q, err));
    return x->loinc ? keep_order_result(k->chart, v, &r, err) : 0;
}

int keep_course_of_note(struct keep_care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    keep_date day = keep_sheet_wall_date(v->end) + keep_chance_range(&k->r, 8, 45);
    return v->who[0] == KEEP_CAST_NOBODY || day > k->cast->p->today ? 0 : keep_order_signature(k->chart, v, v->who[0], KEEP_WALL(day, 18 * HOUR), err);
}

/* --- papers ---------------------------------------------------------------------------------- */

/* A task that the head of the desk gives to one of it, who reads the chart for it. */
struct paper {
    const char *what;
    int desk;
    uint8_t rank;           /* of the one who does it */
    int32_t from, to;       /* days after the visit */
    enum keep_traffic_work work;
};

/* *owner NOBODY: there is no such desk, or it is too late in the log. */
static int paper(care *k, const struct keep_chart_visit *v, const struct paper *p, uint32_t *owner, keep_date *on, struct keep_err *err)
{
    keep_date day = keep_sheet_wall_date(v->end) + keep_chance_range(&k->r, p->from, p->to);
    int rc;
    *owner = KEEP_CAST_NOBODY;
    *on = day;
    if (own_department(k, p->desk) || day + 2 > k->cast->p->today)
        return 0;
    struct keep_order_task t = {.what = p->what, .by = keep_care_pick(k, (uint32_t)p->desk, 0, day), .owner = keep_care_pick(k, (uint32_t)p->desk, p->rank, day),
                                .made = KEEP_WALL(day, 7 * HOUR), .done = KEEP_WALL(day + 2, 16 * HOUR)};
    if (t.owner == KEEP_CAST_NOBODY || t.by == t.owner)
        return 0;
    *owner = t.owner;
    keep_care_mark(k, (uint32_t)p->desk, v);
    TRY(keep_order_task(k->chart, v, &t, err));
    return keep_care_work(k, day + (keep_date)keep_chance_below(&k->r, 3), t.owner, p->work, 8, err);
}

/* Records asked for by somebody outside: a task, an export, and a line in the accounting of disclosures. */
static int release(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    static const struct keep_order_outside outside[] = {
        {"Kansas Disability Determination Services", "PO Box 91, Topeka, KS 66601", "records of the visit", "disability claim", "authorization"},
        {"Attorney of the patient", "", "records of the visit", "claim for damages", "authorization"},
        {"Life insurer", "PO Box 1200, Omaha, NE 68101", "summary of the visit", "application for insurance", "authorization"},
        {"Public health department", "9 Courthouse Square, Emporia, KS 66801", "laboratory result", "reportable condition", "public health"}};
    const struct paper p = {"Release of information", k->him, 2, 5, 60, KEEP_TRAFFIC_RELEASE};
    uint32_t who;
    keep_date day;
    int rc = paper(k, v, &p, &who, &day, err);
    if (rc < 0 || who == KEEP_CAST_NOBODY)
        return rc;
    return keep_order_disclosure(k->chart, v, &outside[keep_chance_below(&k->r, sizeof outside / sizeof *outside)], who, day, err);
}

static int bill(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    const struct paper billing = {"Billing", k->accounts, 1, 1, 4, KEEP_TRAFFIC_PAPERS};
    bool house = where(v)->site == KEEP_LORE_HOSPITAL && keep_chance_per_mille(&k->r, 600);
    keep_date day = keep_sheet_wall_date(v->end) + keep_chance_range(&k->r, 2, 6), paid = day + keep_chance_range(&k->r, 14, 60);
    struct keep_bill b = {.principal = k->principal, .enterer = KEEP_CAST_NOBODY, .institutional = house || is_stay(v)};
    int rc;
    if (!k->principal || day > k->cast->p->today || !keep_chance_per_mille(&k->r, 850))
        return 0;
    b.paid = paid <= k->cast->p->today && keep_chance_per_mille(&k->r, 600) ? paid : KEEP_DATE_NONE;
    if (keep_chance_per_mille(&k->r, 500))
        TRY(paper(k, v, &billing, &b.enterer, &day, err)); /* the others leave by themselves */
    b.made = KEEP_WALL(day, 17 * HOUR);
    TRY(keep_traffic_add(k->traffic, day + 1, KEEP_CAST_EXCHANGE, k->patient, KEEP_TRAFFIC_EXCHANGE, 1, err));
    return keep_bill_write(k->chart, v, &b, err);
}

/* The family physician reads what others did; being registered with is the reason. */
static int primary(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    uint32_t who = k->cast->patient[k->patient].primary;
    if (who == KEEP_CAST_NOBODY || own_department(k, k->cast->staff[who].department) || !keep_chance_per_mille(&k->r, 300))
        return 0;
    k->cast->patient[k->patient].departments |= UINT32_C(1) << k->cast->staff[who].department;
    return keep_care_work(k, keep_sheet_wall_date(v->end) + keep_chance_range(&k->r, 1, 20), who, KEEP_TRAFFIC_CARE, 5, err);
}

/* Who looks a patient up by name is shown others of that name; three at most. */
static int namesakes(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    enum { LOOKED_AT = 60, SHOWN = 3 };
    const struct keep_cast *c = k->cast;
    uint32_t from = keep_chance_below(&k->r, c->patients), shown = 0;
    int rc = 0;
    for (uint32_t i = 0; i < LOOKED_AT && i < c->patients && shown < SHOWN && rc == 0; i++) {
        uint32_t other = (from + i) % c->patients;
        if (other == k->patient || c->patient[other].family != c->patient[k->patient].family || v->who[1] == KEEP_CAST_NOBODY)
            continue;
        shown++;
        rc = keep_traffic_add(k->traffic, keep_sheet_wall_date(v->start), v->who[1], other, KEEP_TRAFFIC_SEARCH, 1, err);
    }
    return rc;
}

int keep_course_of_visit(struct keep_care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    const struct paper coding = {"Coding", k->him, 1, 1, 4, KEEP_TRAFFIC_PAPERS}, review = {"Quality review", k->quality, 1, 10, 40, KEEP_TRAFFIC_PAPERS};
    uint32_t who;
    keep_date day;
    int rc;
    TRY(appointment(k, v, err));
    if (keep_chance_per_mille(&k->r, 120))
        TRY(consult(k, v, err));
    if (is_stay(v))
        TRY(stay(k, v, err));
    TRY(paper(k, v, &coding, &who, &day, err));
    if (keep_chance_per_mille(&k->r, 30))
        TRY(paper(k, v, &review, &who, &day, err));
    if (keep_chance_per_mille(&k->r, 30))
        TRY(release(k, v, err));
    if (keep_chance_per_mille(&k->r, 60))
        TRY(namesakes(k, v, err));
    TRY(primary(k, v, err));
    return bill(k, v, err);
}
