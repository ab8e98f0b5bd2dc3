#include "core/work/givens.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void test_givens_scans_hand_out_everything_and_start_again(void **state)
{
    static const char text[] = "pack \"t\" { version \"1\" language 1 }\n"
                               "test \"t\" { given user {id: \"u\"} events 3 every duration(\"60s\") from timestamp(\"2026-01-01T00:00:00Z\") event {patient_id: \"p\" + string(i)} "
                               "given record {kind: \"a\", patient_id: \"p2\"} given record {kind: \"b\", patient_id: \"p0\"} expect unexplained }\n";
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags diags = {.arena = a};
    struct keep_policy_text file = {"t.policy", keep_str_of(text)};
    const struct keep_policy *p = NULL;
    struct keep_givens *g = NULL;
    struct keep_events batch;
    struct keep_record r;
    (void)state;
    assert_int_equal(keep_policy_compile(&p, &file, 1, a, &diags, NULL), 0);
    assert_int_equal(keep_givens_make(&g, p, &p->test[0], a, NULL), 0);
    for (int round = 0; round < 2; round++) {
        assert_int_equal(g->event_scan.next(g->event_scan.ctx, &batch, NULL), 1);
        assert_int_equal(batch.n, 3);
        assert_int_equal(batch.time[2] - batch.time[0], 120 * KEEP_USEC);
        assert_int_not_equal(batch.patient[0], batch.patient[2]);
        assert_int_equal(g->event_scan.next(g->event_scan.ctx, &batch, NULL), 0);
        assert_int_equal(g->record_scan.next(g->record_scan.ctx, &r, NULL), 1);
        assert_int_equal(r.id, 2); /* in order of patients, who are numbered as they are first named: p0 by an event */
        assert_int_equal(g->record_scan.next(g->record_scan.ctx, &r, NULL), 1);
        assert_int_equal(g->record_scan.next(g->record_scan.ctx, &r, NULL), 0);
        keep_givens_rewind(g);
        assert_int_equal(g->event_scan.rewind(g->event_scan.ctx, NULL), 0);
    }
    assert_int_equal(g->world.newest, batch.time[2]);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_givens_scans_hand_out_everything_and_start_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
