/* Conditions about accesses run over every event that a test gives, each whole;
 * those about records run as the engines of retention and reviews run them. */
#include "core/work/policycover.h"

#include "core/audit/audit.h"
#include "core/retention/retention.h"
#include "core/review/review.h"
#include "core/work/givens.h"

static int accesses(const struct keep_policy *p, struct keep_givens *g, struct keep_err *err)
{
    struct keep_audit_input in = {.policy = p, .world = &g->world, .scan = &g->event_scan, .as_of = KEEP_TIME_NONE, .total_events = g->events.n};
    keep_givens_rewind(g);
    return g->events.n ? keep_audit_exercise(&in, err) : 0;
}

static keep_date as_of(const struct keep_test *t)
{
    return t->as_of != KEEP_DATE_NONE ? t->as_of : keep_civil_from_ymd(2026, 1, 1);
}

static int records(const struct keep_policy *p, const struct keep_test *t, struct keep_givens *g, struct keep_arena *a, struct keep_err *err)
{
    static const uint8_t salt[32] = {0};
    struct keep_retention_result result;
    struct keep_retention_input in = {.policy = p, .world = &g->world, .records = &g->record_scan, .salt = salt, .as_of = as_of(t)};
    if (!g->records)
        return 0;
    keep_givens_rewind(g);
    int rc = keep_retention_labels(p, &g->world, &g->record_scan, err);
    keep_givens_rewind(g);
    return rc ? rc : keep_retention_run(&in, a, &result, err);
}

/* notes: the same records once more. */
static int reviews(const struct keep_policy *p, const struct keep_test *t, struct keep_givens *g, struct keep_givens *notes, struct keep_arena *a, struct keep_err *err)
{
    struct keep_codebook *book = NULL;
    struct keep_review_result result;
    if (!p->reviews)
        return 0;
    int rc = keep_givens_book(&book, t, err);
    keep_givens_rewind(g);
    struct keep_review_input in = {.policy = p, .world = &g->world, .notes = &notes->record_scan, .records = &g->record_scan, .book = book, .as_of = as_of(t)};
    if (rc == 0)
        rc = keep_review_run(&in, a, &result, err);
    keep_codebook_free(book);
    return rc;
}

static int one(const struct keep_policy *p, const struct keep_test *t, struct keep_arena *a, struct keep_err *err)
{
    struct keep_givens *g, *notes;
    int rc = keep_givens_make(&g, p, t, a, err);
    if (rc == 0)
        rc = keep_givens_make(&notes, p, t, a, err);
    if (rc == 0)
        rc = accesses(p, g, err);
    if (rc == 0)
        rc = records(p, t, g, a, err);
    return rc ? rc : reviews(p, t, g, notes, a, err);
}

int keep_policycover_run(const struct keep_policy *p, struct keep_tried *w, struct keep_arena *a, struct keep_err *err)
{
    keep_tried_clear(w);
    for (size_t i = 0; i < p->tests; i++) {
        struct keep_err own = {0};
        int rc = one(p, &p->test[i], a, &own);
        keep_arena_reset(a);
        if (rc && rc != KEEP_E_USAGE)
            return keep_err_set(err, rc, "%s", own.text);
        if (rc)
            keep_tried_clear(w);
        else
            keep_tried_take(w, &p->test[i]);
    }
    return 0;
}
