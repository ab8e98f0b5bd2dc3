#include "tests/audit/town.h"

#include "core/audit/rows.h"

enum { PATIENTS = 40, ACCOUNTS = 9 };

static void check_groups(struct keep_rows_order *o)
{
    for (size_t g = 0; g < o->groups; g++)
        for (size_t i = o->begin[g]; i < o->begin[g + 1]; i++) {
            const struct keep_rows_row *r = keep_rows_at(o, i), *first = keep_rows_at(o, o->begin[g]);
            assert_int_equal(r->patient, first->patient);
            assert_true(r->patient != KEEP_ID_NONE || r->account == first->account);
            assert_true(i == o->begin[g] || r->at % 2 != keep_rows_at(o, i - 1)->at % 2 || r->at > keep_rows_at(o, i - 1)->at);
        }
}

/* And within a group pair by pair, those of one as they were. */
static void check_pairs(struct keep_rows_order *o)
{
    for (size_t g = 0; g < o->groups; g++) {
        keep_rows_pairs(o, g);
        for (size_t i = o->begin[g] + 1; i < o->begin[g + 1]; i++) {
            const struct keep_rows_row *before = keep_rows_at(o, i - 1), *r = keep_rows_at(o, i);
            assert_int_equal(r->patient, before->patient);
            bool later = r->at % 2 == before->at % 2 ? r->at > before->at : r->at % 2 == 0; /* the first list has the odd ones */
            assert_true(r->account > before->account || (r->account == before->account && later));
        }
    }
}

/* Part by part, with room that is used again. */
static void test_rows_come_back_group_by_group(void **state)
{
    struct keep_rows_shape s = keep_rows_shape(100, PATIENTS, ACCOUNTS, 2);
    struct keep_rows_pool pool = {0}, other = {0};
    struct keep_rows_order o = {0};
    enum { ROWS = 9005 };
    (void)state;
    assert_true(s.parts > 2 && s.parts <= PATIENTS + 1);
    for (int round = 0; round < 2; round++) {
        uint32_t seen = 0;
        for (uint32_t part = 0; part < s.parts; part++) {
            struct keep_rows_list a = {0}, b = {0};
            const struct keep_rows_list *list[] = {&a, &b};
            uint32_t n = 0;
            for (uint32_t i = 0; i < ROWS; i++) {
                uint32_t patient = i % 11 ? i * 7 % PATIENTS : KEEP_ID_NONE, account = i % 13 ? i % ACCOUNTS : KEEP_ID_NONE;
                if (keep_rows_part(&s, patient, account) != part)
                    continue;
                const struct keep_rows_row r = {.patient = patient, .account = account, .at = i};
                assert_int_equal(keep_rows_add(i % 2 ? &a : &b, i % 2 ? &pool : &other, &r), 0);
                n++;
            }
            assert_int_equal(keep_rows_sort(&o, &s, list, 2), 0);
            assert_int_equal(o.n, n);
            assert_int_equal(o.begin[0], 0);
            assert_int_equal(o.begin[o.groups], n);
            check_groups(&o);
            check_pairs(&o);
            keep_rows_clear(&a, &other);
            keep_rows_clear(&b, &pool);
            seen += n;
        }
        assert_int_equal(seen, ROWS);
    }
    assert_true(pool.pages + other.pages <= 2); /* one each, however often it was filled */
    keep_rows_done(&o);
    keep_rows_drain(&pool);
    keep_rows_drain(&other);
}

static uint64_t seed = 7;

static uint64_t any_number(void)
{
    static const uint64_t edge[] = {0, 1, 255, 256, UINT32_MAX, (uint64_t)INT64_MAX, (uint64_t)INT64_MIN, UINT64_MAX};
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    uint64_t v = seed >> 3;
    return v % 4 ? v >> v % 61 : edge[v / 4 % 8];
}

/* Whatever is in them, and whatever of it is as in the row before. */
static void test_rows_come_back_whole(void **state)
{
    enum { ROWS = 20000 };
    struct keep_rows_row *row = calloc(ROWS, sizeof *row);
    struct keep_rows_shape s = {.patients = 0, .accounts = 0, .parts = 1}; /* one group: they stay in order */
    struct keep_rows_pool pool = {0};
    struct keep_rows_list l = {0};
    const struct keep_rows_list *list[] = {&l};
    struct keep_rows_order o = {0};
    (void)state;
    assert_non_null(row);
    for (uint32_t i = 0; i < ROWS; i++) {
        uint64_t same = i ? any_number() : 0;
        row[i] = same % 2 ? row[i - 1] : (struct keep_rows_row){0, (uint32_t)any_number(), (uint32_t)any_number(), (uint32_t)any_number(), (uint32_t)any_number(), 0, (uint16_t)any_number(), (int16_t)any_number()};
        row[i].time = (keep_time)any_number();
        row[i].at = (uint32_t)any_number();
        assert_int_equal(keep_rows_add(&l, &pool, &row[i]), 0);
    }
    assert_int_equal(keep_rows_sort(&o, &s, list, 1), 0);
    assert_int_equal(o.n, ROWS);
    for (uint32_t i = 0; i < ROWS; i++)
        assert_memory_equal(keep_rows_at(&o, i), &row[i], sizeof *row);
    keep_rows_clear(&l, &pool);
    keep_rows_done(&o);
    keep_rows_drain(&pool);
    free(row);
}

/* Every patient and account has a part, and a part few patients where there are many events. */
static void test_rows_have_their_shape(void **state)
{
    static const struct {
        uint64_t events;
        size_t patients, accounts;
        unsigned threads;
    } of[] = {{0, 0, 0, 1}, {1, 1, 1, 64}, {10000000, 200000, 10000, 2}, {5, 1000000, 3, 8}, {UINT32_MAX, 7, 1, 1}};
    (void)state;
    for (size_t i = 0; i < sizeof of / sizeof *of; i++) {
        struct keep_rows_shape s = keep_rows_shape(of[i].events, of[i].patients, of[i].accounts, of[i].threads);
        assert_true(s.parts > 0 && (s.parts - 1) << s.bits <= of[i].patients);
        for (uint32_t p = 0; p < of[i].patients; p++)
            assert_true(keep_rows_part(&s, p, 0) < s.parts);
        assert_true(keep_rows_part(&s, KEEP_ID_NONE, KEEP_ID_NONE) < s.parts);
    }
    assert_true(keep_rows_shape(10000000, 200000, 10000, 2).parts > 200);
}

static void test_rows_are_columns_again(void **state)
{
    struct town *t = town_new("");
    struct keep_rows_batch *b = malloc(sizeof *b);
    (void)state;
    assert_non_null(b);
    keep_rows_open(b);
    for (uint32_t i = 0; i < 300; i++) {
        uint32_t e = town_event(t, NOON + i, i, i * 2);
        t->action[e] = (uint8_t)(i % KEEP_ACTION_COUNT);
        t->exposure[e] = (uint8_t)(i % KEEP_EXPOSURE_COUNT);
        t->outcome[e] = (uint8_t)(i / 2 % KEEP_OUTCOME_COUNT);
        t->purpose[e] = (uint8_t)(i % KEEP_PURPOSE_COUNT);
        t->glass[e] = (uint8_t)(i % KEEP_TRI_COUNT);
        t->searched[e] = i % 2;
        struct keep_events all = town_slice(t, 0, t->n);
        struct keep_rows_row r = {t->time[e], i, i * 2, i * 3, i * 4, i, (uint16_t)keep_terms_class(&all, e), (int16_t)i};
        assert_true(keep_rows_put(b, &r, (struct keep_event_id){1, i + 1}) == (i < KEEP_ROWS_BATCH));
    }
    assert_int_equal(b->e.n, KEEP_ROWS_BATCH);
    for (uint32_t i = 0; i < b->e.n; i++) {
        assert_int_equal(b->e.action[i], t->action[i]);
        assert_int_equal(b->e.exposure[i], t->exposure[i]);
        assert_int_equal(b->e.outcome[i], t->outcome[i]);
        assert_int_equal(b->e.purpose[i], t->purpose[i]);
        assert_int_equal(b->e.break_glass[i], t->glass[i]);
        assert_int_equal(b->e.searched[i], t->searched[i]);
        assert_int_equal(b->e.ordinal[i], i + 1);
        assert_int_equal(b->e.unit[i], i * 4);
    }
    b->e.n = 1;
    assert_false(keep_rows_put(b, &(struct keep_rows_row){.time = NOON}, (struct keep_event_id){2, 1})); /* another source */
    free(b);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows_come_back_group_by_group), cmocka_unit_test(test_rows_come_back_whole),
                                       cmocka_unit_test(test_rows_have_their_shape), cmocka_unit_test(test_rows_are_columns_again)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
