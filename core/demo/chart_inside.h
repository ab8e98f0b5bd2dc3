/* What the writers of resources (chart.c, order.c, bill.c) share. */
#ifndef CORE_DEMO_CHART_INSIDE_H
#define CORE_DEMO_CHART_INSIDE_H

#include "core/demo/chart.h"

/* Opens a resource with an id of this kind and its row. */
struct keep_sheet *keep_chart_begin(struct keep_chart *c, enum keep_chart_sheet which, const char *type, char kind);
int keep_chart_finish(struct keep_sheet *s, struct keep_err *err);
/* The patient, and with `encounter` the encounter. */
void keep_chart_about(struct keep_chart *c, struct keep_sheet *s, const char *member, const struct keep_chart_visit *v, bool encounter);
void keep_chart_by_number(struct keep_sheet *s, const char *member, uint32_t staff); /* nothing for NOBODY; member NULL: inside an array */
void keep_chart_by_npi(struct keep_chart *c, struct keep_sheet *s, const char *member, uint32_t staff); /* Practitioner?identifier=system|NPI where there is one */
void keep_chart_list(struct keep_sheet *s, const char *member);

#endif
