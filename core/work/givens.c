/* Each given entity becomes a row; what it leaves out stays unknown, as the
 * engines have it, but for three things a test would otherwise have to repeat:
 * an event opened a chart and succeeded, a user's account is mapped, and one
 * who or whose is left out is the only one given.
 *
 * Facts that the world tells by links are given by links: user.is_patient,
 * patient.is_worker and patient.department make the other human; user.is_contact
 * makes a contact of the only, or the first, patient. */
#include "core/work/givens.h"

#include <stdio.h>
#include <string.h>

#include "core/work/givens_build.h"

static int next_batch(void *ctx, struct keep_events *out, struct keep_err *err)
{
    struct keep_givens *g = ctx;
    (void)err;
    if (g->event_at || !g->events.n)
        return 0;
    g->event_at = 1;
    *out = g->events;
    return 1;
}

static int rewind_events(void *ctx, struct keep_err *err)
{
    (void)err;
    ((struct keep_givens *)ctx)->event_at = 0;
    return 0;
}

static int next_record(void *ctx, struct keep_record *out, struct keep_err *err)
{
    struct keep_givens *g = ctx;
    (void)err;
    if (g->record_at == g->records)
        return 0;
    *out = g->record[g->record_at++];
    return 1;
}

void keep_givens_rewind(struct keep_givens *g)
{
    g->event_at = g->record_at = 0;
}

int keep_givens_make(struct keep_givens **out, const struct keep_policy *p, const struct keep_test *t, struct keep_arena *a, struct keep_err *err)
{
    struct keep_givens *g = keep_arena_alloc(a, sizeof *g);
    if (!g)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a test");
    g->event_scan = (struct keep_event_scan){.ctx = g, .next = next_batch, .rewind = rewind_events};
    g->record_scan = (struct keep_record_scan){g, next_record};
    int rc = keep_givens_build(g, p, t, a, err);
    if (!rc)
        *out = g;
    return rc;
}
