/* The packages that hold what is about to be destroyed here, looked at once more:
 * they were verified when they were sealed, and may have been lost since. */
#ifndef CORE_WORK_ERASEPACKS_H
#define CORE_WORK_ERASEPACKS_H

#include "core/work/erase_inside.h"

/* Of the chosen sets those that are archived, and of which a package is not whole in the folder e->p->packages, are left, each with its reason. */
int keep_erasepacks_weigh(struct keep_erasing *e, struct keep_err *err);

#endif
