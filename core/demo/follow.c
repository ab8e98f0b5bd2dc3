/* Written after the deeds are chosen and before the log is: the facts refer to
 * them, never they to the facts. */
#include "core/demo/follow.h"

#include <string.h>

#include "core/demo/order.h"

enum { HOUR = 3600 };

/* The lead of a department that treats the patient; the first of the staff where none is found. */
static uint32_t who_treats(const struct keep_cast *c, uint32_t patient, keep_date on)
{
    for (uint32_t i = 0; i < c->employees; i++)
        if (c->patient[patient].departments >> c->staff[i].department & 1 && c->staff[i].rank == 0 && keep_lore_department[c->staff[i].department].work == KEEP_LORE_CARE &&
            keep_cast_may_treat(c, i, patient, on))
            return i;
    return 0;
}

/* Asked on the day, between two doors; written down two to six days later. */
static int late_request(const struct keep_plants *p, const struct keep_plant *x, struct keep_chart *chart, struct keep_err *err)
{
    const struct keep_deed *d = &p->deed[x->deed];
    struct keep_chart_visit v = {.patient = x->patient, .number = KEEP_CAST_NOBODY};
    struct keep_order_request q = {.by = who_treats(p->cast, x->patient, d->day), .of = x->staff, .when = KEEP_WALL(d->day, d->second) - HOUR};
    q.made = q.when + (2 + d->second % 5) * 24 * HOUR;
    return keep_order_request(chart, &v, &q, err);
}

static uint32_t head_of(const struct keep_cast *c, uint32_t staff)
{
    return c->staff[staff].manager == KEEP_CAST_NOBODY ? staff : c->staff[staff].manager;
}

static int pull_tasks(const struct keep_plants *p, const struct keep_plant *x, struct keep_chart *chart, struct keep_err *err)
{
    int rc = 0;
    for (uint32_t i = 0; i < x->deeds && rc == 0; i++) {
        const struct keep_deed *d = &p->deed[x->deed + i];
        struct keep_chart_visit v = {.patient = d->patient, .number = KEEP_CAST_NOBODY};
        struct keep_order_task t = {.what = "Quality review", .owner = x->staff, .by = head_of(p->cast, x->staff), .made = KEEP_WALL(d->day - 1, 9 * HOUR),
                                    .done = KEEP_WALL(d->day + 1, 16 * HOUR)};
        rc = keep_order_task(chart, &v, &t, err);
    }
    return rc;
}

int keep_follow_write(const struct keep_plants *p, struct keep_chart *chart, struct keep_err *err)
{
    int rc = 0;
    for (uint32_t i = 0; i < p->n && rc == 0; i++) {
        const struct keep_plant *x = &p->plant[i];
        if (!x->innocent && x->kind == KEEP_PLANT_CONTACT)
            rc = keep_order_contact(chart, &(struct keep_order_contact){x->patient, x->staff, 0, "FAMMEMB", "family member"}, err);
        else if (!x->innocent && x->kind == KEEP_PLANT_MINOR)
            rc = keep_order_contact(chart, &(struct keep_order_contact){x->patient, x->staff, 0, "PRN", "parent without custody: no access by order of the court"}, err);
        else if (x->innocent && x->kind == KEEP_PLANT_INNOCENT_LATE)
            rc = late_request(p, x, chart, err);
        else if (x->innocent && x->kind == KEEP_PLANT_INNOCENT_PULL)
            rc = pull_tasks(p, x, chart, err);
    }
    return rc;
}
