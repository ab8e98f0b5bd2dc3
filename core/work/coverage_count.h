/* How often each field of the language is known. Inside core/work only. */
#ifndef CORE_WORK_COVERAGE_COUNT_H
#define CORE_WORK_COVERAGE_COUNT_H

#include "core/model/records.h"
#include "core/work/coverage.h"

void keep_coverage_count_field(struct keep_coverage *c, enum keep_field f, bool known);

/* All of the world; of accounts not how long they lay still, which hangs on the log. */
void keep_coverage_count_accounts(struct keep_coverage *c);
void keep_coverage_count_patients(struct keep_coverage *c);

/* One row each. coded: no code would mean that there is none. */
void keep_coverage_count_encounter(struct keep_coverage *c, const struct keep_encounter *e);
void keep_coverage_count_record(struct keep_coverage *c, const struct keep_record *r, bool coded);
void keep_coverage_count_claim(struct keep_coverage *c, const struct keep_record *r);
void keep_coverage_count_events(struct keep_coverage *c, const struct keep_events *b);

bool keep_coverage_count_is(const struct keep_coverage *c, const struct keep_record *r, const char *kind);

#endif
