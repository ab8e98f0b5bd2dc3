/* A visit has a lead, a nurse and perhaps a second, chosen among those of the
 * department who were there then and are neither the patient nor of the
 * patient's house. Nobody is seen by the department they work in, so that every
 * relation between colleagues stays out of the files. */
#include "core/demo/care.h"

#include <stdio.h>
#include <string.h>

#include "core/demo/care_inside.h"
#include "core/demo/order.h"

#define TRY KEEP_CARE_TRY
#define HOUR KEEP_CARE_HOUR

enum {
    STREAM_CARE = 1000,    /* of chance: one a patient from here on */
    REASON_DAYS = 32,      /* a reason on file reaches a month to either side */
    LEAVING_DAYS = 40,     /* who leaves sooner takes no new patients */
};

typedef struct keep_care care;

/* --- who and where ---------------------------------------------------------------- */

static int8_t department_of(const struct keep_cast *c, const char *code)
{
    for (uint32_t d = 0; d < c->departments; d++)
        if (strcmp(keep_lore_department[d].code, code) == 0)
            return (int8_t)d;
    return -1;
}

static bool fits(const care *k, uint32_t department, keep_date on, int strict, uint8_t rank, uint32_t staff)
{
    const struct keep_cast_staff *s = &k->cast->staff[staff];
    bool rostered = on < k->cast->begin || keep_cast_on_shift(k->cast, staff, on); /* no roster is left of the years before */
    return s->department == department && (strict < 1 || s->rank == rank) && (strict < 2 || rostered) && keep_cast_may_treat(k->cast, staff, k->patient, on) &&
           s->kind != KEEP_CAST_PER_DIEM && s->kind != KEEP_CAST_VENDOR && (s->ended == KEEP_DATE_NONE || s->ended > on + (s->kind == KEEP_CAST_EMPLOYEE ? LEAVING_DAYS : 0));
}

uint32_t keep_care_pick(struct keep_care *k, uint32_t department, uint8_t rank, keep_date on)
{
    const struct keep_cast *c = k->cast;
    uint32_t from = c->of_department[department], n = c->of_department[department + 1] - from, at = keep_chance_below(&k->r, n);
    for (int strict = 2; strict >= 0; strict--)
        for (uint32_t i = 0; i < n; i++) {
            uint32_t staff = c->list[from + (at + i) % n];
            if (fits(k, department, on, strict, rank, staff))
                return staff;
        }
    return KEEP_CAST_NOBODY;
}

/* A department that sees such patients; never the patient's own. */
static uint8_t choose_department(care *k, keep_date on)
{
    const struct keep_cast_patient *p = &k->cast->patient[k->patient];
    uint8_t weight[KEEP_LORE_DEPARTMENTS_MAX];
    int years = keep_civil_age(p->birth, on);
    for (uint32_t d = 0; d < k->cast->departments; d++) {
        const struct keep_lore_department *x = &keep_lore_department[d];
        bool child = strcmp(x->code, "PED") == 0, birth = strcmp(x->code, "OB") == 0;
        weight[d] = x->work == KEEP_LORE_CARE ? x->visits : 0;
        if ((child && years >= 18) || (birth && (!p->woman || years < 16 || years > 52)) || (!child && years < 14 && strcmp(x->code, "ED") != 0 && strcmp(x->code, "FM") != 0))
            weight[d] = 0;
        if (p->worker != KEEP_CAST_NOBODY && k->cast->staff[p->worker].department == d)
            weight[d] = 0;
    }
    return (uint8_t)keep_chance_weighted(&k->r, weight, k->cast->departments);
}

/* --- when -------------------------------------------------------------------------- */

/* Offices are closed at weekends: some day of the week before. */
static keep_date working_day(care *k, keep_date d)
{
    int day = (int)((d % 7 + 11) % 7); /* 0 Sunday; 1970-01-01 was a Thursday, 4 */
    return day == 6 || day == 0 ? d - (day == 0) - 1 - (keep_date)keep_chance_below(&k->r, 5) : d;
}

static void choose_time(care *k, struct keep_chart_visit *v, keep_date on)
{
    const struct keep_lore_department *d = &keep_lore_department[v->department];
    keep_date left = k->cast->p->today - on;
    if (strcmp(d->act, "EMER") == 0) {
        v->start = KEEP_WALL(on, keep_chance_range(&k->r, 0, 23 * HOUR));
        v->end = v->start + keep_chance_range(&k->r, HOUR, 6 * HOUR);
        if (left == 0)
            v->end = v->start + HOUR / 2;
        return;
    }
    if (d->days && left > 0) {
        keep_date days = keep_chance_range(&k->r, 1, left < d->days ? left : d->days);
        v->start = KEEP_WALL(on, keep_chance_range(&k->r, 7 * HOUR, 20 * HOUR));
        v->end = KEEP_WALL(on + days, keep_chance_range(&k->r, 10 * HOUR, 15 * HOUR));
        return;
    }
    on = working_day(k, on);
    v->start = KEEP_WALL(on, keep_chance_range(&k->r, 16, 65) * (HOUR / 4) + 4 * HOUR);
    v->end = v->start + keep_chance_range(&k->r, 1, 4) * (HOUR / 4);
}

/* --- what becomes work for the log ---------------------------------------------------- */

/* Is any of the visit in the time of the log? */
static bool in_log(const care *k, const struct keep_chart_visit *v)
{
    return keep_sheet_wall_date(v->end) >= k->cast->begin && keep_sheet_wall_date(v->start) <= k->cast->p->today;
}

void keep_care_mark(care *k, uint32_t department, const struct keep_chart_visit *v)
{
    if (keep_sheet_wall_date(v->end) >= k->cast->begin - REASON_DAYS)
        k->cast->patient[k->patient].departments |= UINT32_C(1) << department;
}

int keep_care_work(care *k, keep_date day, uint32_t staff, enum keep_traffic_work what, uint16_t weight, struct keep_err *err)
{
    if (staff == KEEP_CAST_NOBODY)
        return 0;
    int rc = keep_traffic_add(k->traffic, day, staff, k->patient, what, weight, err);
    if (rc == 0 && keep_chance_per_mille(&k->r, 300))
        rc = keep_traffic_add(k->traffic, day, staff, k->patient, KEEP_TRAFFIC_LOGIN, 2, err);
    return rc;
}

/* Those who took part, their colleagues on each day, the service account in the morning. */
static int work_of_visit(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    const struct keep_lore_department *d = &keep_lore_department[v->department];
    keep_date first = keep_sheet_wall_date(v->start), last = keep_sheet_wall_date(v->end);
    enum keep_traffic_work what = strcmp(d->act, "EMER") == 0 ? KEEP_TRAFFIC_EMERGENCY : KEEP_TRAFFIC_CARE;
    int rc, colleagues = d->days ? 3 : 1;
    for (keep_date day = first; day <= last; day++) {
        for (int i = 0; i < 3; i++)
            if (day == first || i == 0 || keep_chance_per_mille(&k->r, 600))
                TRY(keep_care_work(k, day, v->who[i], what, i == 2 ? 10 : 22, err));
        for (int i = 0; i < colleagues; i++)
            TRY(keep_care_work(k, day, keep_care_pick(k, v->department, (uint8_t)keep_chance_below(&k->r, 3), day), what, 9, err));
    }
    TRY(keep_care_work(k, first, v->who[3], KEEP_TRAFFIC_PAPERS, 6, err));
    if (strcmp(d->act, "AMB") == 0 && keep_chance_per_mille(&k->r, 500))
        TRY(keep_care_work(k, first - 1, v->who[1], KEEP_TRAFFIC_CARE, 6, err));
    if (keep_chance_per_mille(&k->r, 600))
        TRY(keep_care_work(k, last + keep_chance_range(&k->r, 1, 7), v->who[0], KEEP_TRAFFIC_CARE, 8, err));
    return keep_traffic_add(k->traffic, first, KEEP_CAST_PREFETCH, k->patient, KEEP_TRAFFIC_PREFETCH, 5, err);
}

/* --- what is done at a visit ------------------------------------------------------------ */

static bool suits(const care *k, const struct keep_lore_procedure *x, keep_date on)
{
    const struct keep_cast_patient *p = &k->cast->patient[k->patient];
    return keep_lore_code(x->cpt, keep_civil_to_ymd(on).y) && (!x->women || (p->woman && keep_civil_age(p->birth, on) >= 40));
}

static int procedure(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    const struct keep_cast_patient *p = &k->cast->patient[k->patient];
    keep_date on = keep_sheet_wall_date(v->start);
    const struct keep_lore_procedure *x = &keep_lore_procedure[keep_chance_below(&k->r, keep_lore_procedures)];
    uint32_t department = v->department, who = v->who[0];
    int rc;
    if (!suits(k, x, on))
        return 0;
    if (x->department) {
        for (department = 0; department < k->cast->departments; department++)
            if (strcmp(keep_lore_department[department].name, x->department) == 0)
                break;
        if (department == k->cast->departments || (p->worker != KEEP_CAST_NOBODY && k->cast->staff[p->worker].department == department))
            return 0;
        who = keep_care_pick(k, department, 1, on);
    }
    TRY(keep_chart_procedure(k->chart, v, x, who, v->start + (v->end - v->start) / 2, err));
    if (who == KEEP_CAST_NOBODY)
        return 0;
    keep_care_mark(k, department, v);
    if (!in_log(k, v) || department == v->department)
        return 0;
    uint32_t reader = keep_care_pick(k, department, 0, on);
    TRY(keep_care_work(k, on, who, KEEP_TRAFFIC_CARE, 12, err));
    TRY(keep_care_work(k, on, reader, KEEP_TRAFFIC_CARE, 6, err));
    return keep_course_of_procedure(k, v, x, who, reader, v->start + (v->end - v->start) / 2, err);
}

static int conditions(care *k, const struct keep_chart_visit *v, bool sensitive, struct keep_err *err)
{
    const struct keep_cast_patient *p = &k->cast->patient[k->patient];
    const struct keep_lore_condition *what = NULL;
    uint32_t n = 1 + keep_chance_per_mille(&k->r, 300), at = keep_chance_below(&k->r, keep_lore_ordinary);
    int rc;
    k->principal = &keep_lore_condition[at];
    for (uint32_t i = 0; i < n; i++)
        TRY(keep_chart_condition(k->chart, v, &keep_lore_condition[(at + i * 5) % keep_lore_ordinary], err));
    for (uint32_t i = keep_lore_ordinary; sensitive && i < keep_lore_conditions; i++)
        if (keep_lore_condition[i].subject == p->subject)
            what = &keep_lore_condition[i];
    return what ? keep_chart_condition(k->chart, v, what, err) : 0;
}

static int note(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    const struct keep_cast_patient *p = &k->cast->patient[k->patient];
    char text[512];
    const char *complaint = keep_lore_complaint[keep_chance_below(&k->r, keep_lore_complaints)], *plan = keep_lore_plan[keep_chance_below(&k->r, keep_lore_plans)];
    bool stay = keep_lore_department[v->department].days > 0;
    snprintf(text, sizeof text, "%s\n\nPatient: %s %s\n\nHistory: %s\nExamination: as charted.\nPlan: %s\n", stay ? "DISCHARGE SUMMARY" : "VISIT NOTE",
             keep_cast_given(p->woman, p->given), keep_cast_family(p), complaint, plan);
    struct keep_chart_note n = {.loinc = stay ? "18842-5" : "34117-2", .title = stay ? "Discharge summary" : "History and physical note", .text = text,
                                .author = v->who[0], .by = v->who[0], .at = v->end - 300};
    bool late = in_log(k, v) && keep_chance_per_mille(&k->r, 40), at_last = late && keep_chance_per_mille(&k->r, 600);
    int rc;
    n.unsigned_yet = late && !at_last;
    if (late)
        n.by = KEEP_CAST_NOBODY;
    TRY(keep_chart_document(k->chart, v, &n, err));
    return at_last ? keep_course_of_note(k, v, err) : 0;
}

static int immunization(care *k, const struct keep_chart_visit *v, struct keep_err *err)
{
    const struct keep_lore_coded *x = &keep_lore_vaccine[keep_chance_below(&k->r, keep_lore_vaccines)];
    int year = keep_civil_to_ymd(keep_sheet_wall_date(v->start)).y;
    bool given = (x->from == 0 || year >= x->from) && (x->through == 0 || year <= x->through);
    return given ? keep_chart_immunization(k->chart, v, x, err) : 0;
}

static int visit(care *k, keep_date on, bool sensitive, struct keep_err *err)
{
    struct keep_chart_visit v = {.patient = k->patient, .number = k->visits++, .department = choose_department(k, on)};
    int rc;
    choose_time(k, &v, on);
    on = keep_sheet_wall_date(v.start);
    for (uint8_t i = 0; i < 3; i++)
        v.who[i] = i < 2 || keep_chance_per_mille(&k->r, 400) ? keep_care_pick(k, v.department, i, on) : KEEP_CAST_NOBODY;
    for (int i = 1; i < 3; i++) /* in a small department one does it all */
        if (v.who[i] == v.who[0] || (i == 2 && v.who[2] == v.who[1]))
            v.who[i] = KEEP_CAST_NOBODY;
    const struct keep_cast_patient *p = &k->cast->patient[k->patient];
    bool own = p->worker != KEEP_CAST_NOBODY && k->access >= 0 && k->cast->staff[p->worker].department == k->access;
    v.who[3] = in_log(k, &v) && k->access >= 0 && !own ? keep_care_pick(k, (uint32_t)k->access, 1, on) : KEEP_CAST_NOBODY;
    keep_care_mark(k, v.department, &v);
    if (v.who[3] != KEEP_CAST_NOBODY)
        keep_care_mark(k, (uint32_t)k->access, &v);
    TRY(keep_chart_encounter(k->chart, &v, err));
    TRY(conditions(k, &v, sensitive, err));
    if (keep_chance_per_mille(&k->r, 450))
        TRY(procedure(k, &v, err));
    if (keep_chance_per_mille(&k->r, 400))
        TRY(keep_chart_medication(k->chart, &v, &keep_lore_drug[keep_chance_below(&k->r, keep_lore_drugs)], err));
    if (keep_chance_per_mille(&k->r, 100))
        TRY(immunization(k, &v, err));
    if (in_log(k, &v) || keep_chance_per_mille(&k->r, 700))
        TRY(note(k, &v, err));
    if (!in_log(k, &v))
        return 0;
    TRY(work_of_visit(k, &v, err));
    return keep_course_of_visit(k, &v, err);
}

/* One visit is on the last day of care; who is seen now comes all through the year. */
static int lifetime(care *k, struct keep_err *err)
{
    const struct keep_cast_patient p = k->cast->patient[k->patient];
    if (p.test)
        return 0;
    keep_date begin = k->cast->begin;
    bool housemate = k->patient + 1 < k->cast->patients && k->cast->patient[k->patient + 1].household == p.household && p.merged == KEEP_CAST_NOBODY;
    int rc, now = p.seen == KEEP_CAST_SEEN_NOW ? keep_chance_range(&k->r, 1, 7) : 0, before = keep_chance_range(&k->r, 0, 7);
    bool sensitive = p.subject != KEEP_LORE_ORDINARY;
    if (housemate && keep_chance_per_mille(&k->r, 500))
        TRY(keep_order_contact(k->chart, &(struct keep_order_contact){k->patient, KEEP_CAST_NOBODY, k->patient + 1, "FAMMEMB", "family member"}, err));
    keep_date until = now ? begin - 1 : p.last - 1;
    for (int i = 0; i < before && until >= p.first; i++)
        TRY(visit(k, keep_chance_range(&k->r, p.first, until), false, err));
    for (int i = 0; i < now; i++)
        TRY(visit(k, keep_chance_range(&k->r, p.first > begin ? p.first : begin, k->cast->p->today - 1), false, err));
    return visit(k, p.last, sensitive, err);
}

int keep_care_write(struct keep_cast *cast, struct keep_chart *chart, struct keep_traffic *traffic, struct keep_err *err)
{
    const struct keep_hospital_params *p = cast->p;
    care k = {.cast = cast, .chart = chart, .traffic = traffic, .him = department_of(cast, "HIM"), .accounts = department_of(cast, "PFS"),
                     .access = department_of(cast, "REG"), .quality = department_of(cast, "QM"), .pool = department_of(cast, "FLT"), .emergency = department_of(cast, "ED")};
    for (uint32_t i = 0; i < cast->patients; i++) {
        k.patient = i;
        keep_chance_init(&k.r, p->seed, (uint64_t)STREAM_CARE + i);
        int rc = lifetime(&k, err);
        if (rc < 0)
            return rc;
        if (i % 256 == 0 && p->progress && p->progress(p->progress_ctx, "care", i, cast->patients))
            return keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
    }
    return 0;
}
