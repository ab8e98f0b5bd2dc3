/* Goal: a set gathers the weakest custody, the outermost days, and a digest that any change of its records moves. */
#include "tests/retention/bed.h"

#include "core/retention/tally.h"

static struct keep_tally gather(struct bed *b)
{
    struct keep_tally_index *x;
    struct keep_tally t = {.facility = 0, .source = KEEP_ID_NONE, .service_first = KEEP_DATE_NONE, .service_last = KEEP_DATE_NONE, .created_first = KEEP_DATE_NONE, .created_last = KEEP_DATE_NONE, .written_last = KEEP_DATE_NONE};
    assert_int_equal(keep_tally_index_new(&x, &b->world, &b->err), 0);
    for (size_t i = 0; i < b->records; i++)
        assert_int_equal(keep_tally_add(&t, x, &b->record[i], b->arena, &b->err), 0);
    keep_tally_index_free(x);
    return t;
}

static void test_tally_gathers_days(void **state)
{
    struct bed *b = bed_new(NULL);
    struct keep_tally t;
    (void)state;
    bed_stay(b, 0, "2001-01-01", "2003-03-03");
    bed_record(b, 0, DOCUMENT, "2002-02-02");
    bed_record(b, 0, DOCUMENT, NULL)->encounter = 0; /* the day of its encounter */
    bed_record(b, 0, IMAGE, NULL);
    t = gather(b);
    assert_int_equal(t.service_first, day("2001-01-01"));
    assert_int_equal(t.service_last, day("2003-03-03"));
    assert_int_equal(t.undated, 1);
    assert_int_equal(t.uncreated, 3);
    assert_int_equal(t.kinds, 2);
    assert_int_equal(t.froms, 1);
    assert_int_equal(t.records, 3);
    bed_free(b);
}

static void test_tally_takes_the_weakest_custody(void **state)
{
    static const enum keep_custody order[] = {KEEP_CUSTODY_OFFICIAL, KEEP_CUSTODY_COPY, KEEP_CUSTODY_INDEX, KEEP_CUSTODY_UNDETERMINED, KEEP_CUSTODY_OFFICIAL};
    static const enum keep_custody weakest[] = {KEEP_CUSTODY_OFFICIAL, KEEP_CUSTODY_COPY, KEEP_CUSTODY_INDEX, KEEP_CUSTODY_UNDETERMINED, KEEP_CUSTODY_UNDETERMINED};
    struct bed *b = bed_new(NULL);
    (void)state;
    for (int i = 0; i < 5; i++) {
        bed_record(b, 0, DOCUMENT, NULL)->custody = order[i];
        assert_int_equal(gather(b).custody, weakest[i]);
    }
    bed_free(b);
}

static void test_tally_digest_moves_with_every_change(void **state)
{
    struct bed *b = bed_new(NULL);
    struct keep_record swap;
    uint8_t base[32];
    (void)state;
    bed_record(b, 0, DOCUMENT, NULL);
    bed_record(b, 0, DOCUMENT, NULL);
    memcpy(base, gather(b).digest, 32);
    assert_memory_equal(base, gather(b).digest, 32);
    b->record[1].version++;
    assert_memory_not_equal(base, gather(b).digest, 32);
    b->record[1].version--;
    b->record[0].leaf[31]++;
    assert_memory_not_equal(base, gather(b).digest, 32);
    b->record[0].leaf[31]--;
    swap = b->record[0];
    b->record[0] = b->record[1];
    b->record[1] = swap;
    assert_memory_not_equal(base, gather(b).digest, 32);
    b->records = 1;
    assert_memory_not_equal(base, gather(b).digest, 32);
    bed_free(b);
}

static void test_tally_index_refuses_damaged_source_ids(void **state)
{
    struct bed *b = bed_new(NULL);
    struct keep_tally_index *x;
    (void)state;
    b->source[0].id = UINT32_MAX;
    assert_int_equal(keep_tally_index_new(&x, &b->world, &b->err), KEEP_E_LIMIT);
    bed_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_tally_gathers_days), cmocka_unit_test(test_tally_takes_the_weakest_custody),
                                       cmocka_unit_test(test_tally_digest_moves_with_every_change), cmocka_unit_test(test_tally_index_refuses_damaged_source_ids)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
