/* Between care.c, which makes the visits, and course.c, which makes what surrounds them. */
#ifndef CORE_DEMO_CARE_INSIDE_H
#define CORE_DEMO_CARE_INSIDE_H

#include "core/demo/chance.h"
#include "core/demo/chart.h"
#include "core/demo/traffic.h"

#define KEEP_CARE_TRY(call) do { if ((rc = (call)) < 0) return rc; } while (0)
#define KEEP_CARE_HOUR 3600

struct keep_care {
    struct keep_cast *cast;
    struct keep_chart *chart;
    struct keep_traffic *traffic;
    struct keep_chance r;
    uint32_t visits, patient;
    const struct keep_lore_condition *principal; /* diagnosis of the visit at hand */
    int8_t him, accounts, access, quality, pool, emergency; /* departments; -1: this hospital has none */
};

/* Somebody of that rank who is rostered, else called in, else of the department, else nobody. */
uint32_t keep_care_pick(struct keep_care *k, uint32_t department, uint8_t rank, keep_date on);
/* The department has a reason on file in the time of the log. */
void keep_care_mark(struct keep_care *k, uint32_t department, const struct keep_chart_visit *v);
/* A session of one with the chart; nothing for NOBODY. */
int keep_care_work(struct keep_care *k, keep_date day, uint32_t staff, enum keep_traffic_work what, uint16_t weight, struct keep_err *err);

/* What surrounds a visit in the time of the log: the appointment before it, consults, the team of a stay and its moves, medicines given, the tasks of
 * the desks and the bill after it. */
int keep_course_of_visit(struct keep_care *k, const struct keep_chart_visit *v, struct keep_err *err);
/* Order and report of a procedure that another department does. */
int keep_course_of_procedure(struct keep_care *k, const struct keep_chart_visit *v, const struct keep_lore_procedure *x, uint32_t who, uint32_t reader, keep_wall at, struct keep_err *err);
/* Late signature of the newest note. */
int keep_course_of_note(struct keep_care *k, const struct keep_chart_visit *v, struct keep_err *err);

#endif
