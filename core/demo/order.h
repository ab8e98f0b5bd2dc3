/* What surrounds a visit: appointment, orders and referrals, results, medicines
 * given, the team of a stay and its moves between units, tasks of the desks, late
 * signatures, contact persons, disclosures. */
#ifndef CORE_DEMO_ORDER_H
#define CORE_DEMO_ORDER_H

#include "core/demo/chart.h"

/* status: booked before the visit, "fulfilled" or "cancelled". */
int keep_order_appointment(struct keep_chart *c, const struct keep_chart_visit *v, keep_wall made, const char *status, struct keep_err *err);

/* Asked for at `made` by `by`, of `of` for `when`: an order for a procedure, or what == NULL: a consult. */
struct keep_order_request {
    const struct keep_lore_procedure *what;
    uint32_t by, of;
    keep_wall made, when;
};
int keep_order_request(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_request *q, struct keep_err *err);
/* The report of what was done at `done` by `by`, read by `reader` at `issued`; a value of it, where it has one. */
struct keep_order_result {
    const struct keep_lore_procedure *what;
    uint32_t by, reader;
    keep_wall done, issued;
    uint32_t value;         /* in tenths */
};
int keep_order_result(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_result *r, struct keep_err *err);
int keep_order_given(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_lore_coded *what, uint32_t by, keep_wall at, struct keep_err *err);
/* Those of the stay who are not among its participants; NOBODY ones are left out, all NOBODY: nothing is written. */
int keep_order_team(struct keep_chart *c, const struct keep_chart_visit *v, const uint32_t *who, const char *const *role, uint32_t n, struct keep_err *err);
int keep_order_stay(struct keep_chart *c, const struct keep_chart_visit *v, const char *unit, keep_wall from, keep_wall to, struct keep_err *err);
struct keep_order_task {
    const char *what;
    uint32_t owner, by;
    keep_wall made, done;
};
int keep_order_task(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_task *t, struct keep_err *err);
/* The newest document, signed later. */
int keep_order_signature(struct keep_chart *c, const struct keep_chart_visit *v, uint32_t who, keep_wall at, struct keep_err *err);
struct keep_order_outside { /* who asks from outside, and what is sent */
    const char *recipient, *address, *what, *purpose, *basis;
};
int keep_order_disclosure(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_order_outside *to, uint32_t by, keep_date day, struct keep_err *err);
/* A contact person of the patient's: a member of the staff, or of the household. relation: v3-RoleCode and words. */
struct keep_order_contact {
    uint32_t patient, staff, other; /* staff NOBODY: the patient `other` */
    const char *code, *text;
};
int keep_order_contact(struct keep_chart *c, const struct keep_order_contact *k, struct keep_err *err);

#endif
