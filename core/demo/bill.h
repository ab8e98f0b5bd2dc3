/* Bills of a visit: CMS-1500 (professional) and UB-04 (institutional) as FHIR R4
 * Claim, and what the insurer answered as ExplanationOfBenefit. */
#ifndef CORE_DEMO_BILL_H
#define CORE_DEMO_BILL_H

#include "core/demo/chart.h"

struct keep_bill {
    const struct keep_lore_condition *principal; /* diagnosis */
    uint32_t enterer;       /* of the desk; NOBODY: an interface made it */
    keep_wall made;
    keep_date paid;         /* NONE: not answered yet */
    bool institutional;
};
int keep_bill_write(struct keep_chart *c, const struct keep_chart_visit *v, const struct keep_bill *b, struct keep_err *err);

#endif
