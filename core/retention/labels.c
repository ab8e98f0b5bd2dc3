/* Labels for the audit: which patients have, by policy, sensitive records on file. */
#include "core/retention/assign.h"
#include "core/retention/retention.h"

int keep_retention_labels(const struct keep_policy *p, struct keep_world *w, struct keep_record_scan *records, struct keep_err *err)
{
    struct keep_assign *a = NULL;
    struct keep_record r;
    struct keep_assigned got;
    int rc = keep_assign_new(&a, p, w, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < w->patients; i++)
        w->patient[i].labels = w->patient[i].labels_unknown = 0;
    while ((rc = records->next(records->ctx, &r, err)) > 0) {
        if (r.patient >= w->patients || r.destroyed)
            continue;
        rc = keep_assign_record(a, &r, &got, err);
        if (rc)
            break;
        w->patient[r.patient].labels |= got.labels;
        w->patient[r.patient].labels_unknown |= got.labels_unknown;
    }
    for (size_t i = 0; !rc && i < w->patients; i++)
        w->patient[i].labels_unknown &= ~w->patient[i].labels;
    keep_assign_free(a);
    return rc;
}
