/* What a hospital has besides its running system: film jackets and paper charts in
 * boxes elsewhere, the encounters of a system that was closed, and of HR the roster
 * of the log's days, trainings, and addresses where many live. */
#ifndef CORE_DEMO_ATTIC_H
#define CORE_DEMO_ATTIC_H

#include "core/demo/cast.h"

int keep_attic_write(const struct keep_cast *c, struct keep_err *err);

#endif
