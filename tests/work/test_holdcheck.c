/* Goal: a hold that takes effect before a disposal already made finds it, whose it was where that can be told, and says where it cannot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/retention/release.h"
#include "core/store/sets.h"
#include "core/work/hold.h"
#include "core/work/holdcheck.h"
#include "tests/aid/clinic.h"

/* As a disposal leaves it: the set of the first patient's chart at the first facility, destroyed now. */
static void destroy(struct clinic *c, const struct keep_world *w)
{
    uint8_t salt[32];
    struct keep_set_state st = {.kind = KEEP_UNTIL_DATE, .keep_until = 7000, .status = KEEP_SET_DESTROYED, .rule = KEEP_STR("us.a")};
    struct keep_retention_input in = {.policy = c->adopted.policy, .world = w, .salt = salt};
    struct keep_tally t = {.series = KEEP_SERIES_MEDICAL_RECORD, .patient = 0, .facility = 0, .source = KEEP_ID_NONE};
    keep_store_subkey(c->s, "chartkeep set ids", salt);
    keep_release_id(&in, &t, w->patient[0].entity, st.set);
    clinic_must(c, keep_txn_begin(c->s, KEEP_LEDGER_ADOPT, &c->err));
    int rc = keep_sets_put(c->s, &st, &c->err);
    keep_txn_count(c->s, "sets", 1);
    clinic_must(c, keep_txn_end(c->s, rc, &c->err));
}

static size_t look(struct clinic *c, const struct keep_world *w, struct keep_hold h, bool *certain)
{
    struct keep_holdcheck check = {.world = w, .policy = c->adopted.policy, .hold = &h, .holds = 1};
    struct keep_holdcheck_finding *f;
    size_t n;
    clinic_must(c, keep_holdcheck_run(c->s, &check, c->arena, &f, &n, &c->err));
    if (n) {
        assert_true(f[0].hold == h.id && keep_str_eq(f[0].matter, h.matter));
        *certain = f[0].certain;
    }
    return n;
}

static void test_holdcheck_finds_what_is_gone(void **state)
{
    struct clinic *c = *state;
    struct keep_world w;
    bool certain = false;
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    assert_true(w.patients >= 2 && w.facilities >= 1);
    destroy(c, &w);
    keep_time gone = keep_store_now(c->s);
    struct keep_hold h = {.id = 9, .matter = KEEP_STR("M"), .patient = KEEP_ID_NONE, .placed = gone + 60 * KEEP_USEC, .effective_from = gone - CLINIC_DAY, .released = KEEP_TIME_NONE};
    assert_int_equal(look(c, &w, h, &certain), 1);
    assert_true(certain);
    h.effective_from = gone + 1; /* in effect later: it stopped nothing that was */
    assert_int_equal(look(c, &w, h, &certain), 0);
    h.effective_from = gone - CLINIC_DAY;
    h.placed = gone - 1; /* it stood when the set went: that is no finding of this kind */
    assert_int_equal(look(c, &w, h, &certain), 0);
    h.placed = gone + 60 * KEEP_USEC;
    h.patient = 0;
    assert_int_equal(look(c, &w, h, &certain), 1);
    assert_true(certain);
    h.series = KEEP_STR("patient identity");
    assert_int_equal(look(c, &w, h, &certain), 0);
    h.series = KEEP_STR("medical record");
    assert_int_equal(look(c, &w, h, &certain), 1);
    h.series = KEEP_STR("mammograms"); /* some may have stayed in the chart */
    assert_int_equal(look(c, &w, h, &certain), 1);
    assert_false(certain);
    h.patient = 1;
    assert_int_equal(look(c, &w, h, &certain), 0);
    h.patient = KEEP_ID_NONE; /* of which series the set was cannot be told any more */
    assert_int_equal(look(c, &w, h, &certain), 1);
    assert_false(certain);
    h.series = (struct keep_str){NULL, 0};
    h.where = KEEP_STR("facility.state == \"KS\"");
    assert_int_equal(look(c, &w, h, &certain), 1);
    assert_false(certain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test_setup_teardown(test_holdcheck_finds_what_is_gone, clinic_setup, clinic_teardown)};
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
