/* One rule worked out on one record set: its periods, minimums and caps, what
 * suspends its clock, and the day by which it wants the set destroyed. */
#ifndef CORE_RETENTION_RECKON_H
#define CORE_RETENTION_RECKON_H

#include "core/retention/asking.h"

/* Fills kind, until, destroy_by, gap, suspended and, unless `when` gave one, missing of *s, whose rule and applies are set. text (NULL: none is
 * wanted) gets the arithmetic. 1: some clause is for this set; 0: none is. */
int keep_reckon_rule(struct keep_asking *q, struct keep_retention_step *s, struct keep_buf *text);

#endif
