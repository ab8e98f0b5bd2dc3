/* Which trainings of a worker counted on a day, and whether anybody vouches that
 * there were no others. A training counts from the day it was completed through
 * the last day that its source tells; where none is told it goes on counting, for
 * nobody said that it ended. */
#ifndef CORE_AUDIT_TRAINED_H
#define CORE_AUDIT_TRAINED_H

#include "core/model/world.h"

#define KEEP_TRAINED_CLASS "training" /* what a source's declaration calls them */

bool keep_trained_counts(const struct keep_training *t, keep_date day);

/* Some declared source that names the class is complete for trainings from the worker's first affiliation (from all time when that is not recorded) through the day:
 * what it does not have did not take place. */
bool keep_trained_attested(const struct keep_world *w, uint32_t worker, keep_date day);

#endif
