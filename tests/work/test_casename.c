/* Goal: a finding has the name and status of the case that it is; it is known only when nobody judged it again and the case is exactly so; the same by any number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/work/casename.h"

static struct keep_account accounts[] = {{.entity = 1}};
static struct keep_worker workers[] = {{.entity = 11}};
static struct keep_patient patients[4000];
static struct keep_world world = {.account = accounts, .accounts = 1, .worker = workers, .workers = 1, .patient = patients, .patients = 4000};
static const struct keep_event_id events[] = {{1, 1}, {1, 2}, {2, 1}};

static struct keep_casebook_case on_file(uint32_t i)
{
    return (struct keep_casebook_case){.id = i + 1, .name = {(uint8_t)(i >> 8), (uint8_t)i, 7}, .rule = KEEP_STR("often"), .kind = KEEP_ENTITY_WORKER, .user = 11, .account = 1, .patient = 100 + i,
                                       .event = events, .events = 2, .first = 5, .last = 6, .score = 40, .weight = 40, .severity = KEEP_SEVERITY_LOW, .as_of = 9};
}

static struct keep_case found(uint32_t i)
{
    return (struct keep_case){.rule = KEEP_STR("often"), .patient = i, .event = events, .events = 2, .first = 5, .last = 6, .score = 40, .weight = 40, .severity = KEEP_SEVERITY_LOW, .kept = true};
}

static int setup(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < 4000; i++)
        patients[i].entity = 100 + i;
    return 0;
}

/* The finding against the case, as the audit goes on from one up to `before`. */
static struct keep_case named(const struct keep_casebook_case *f, struct keep_case k, keep_time before)
{
    static const uint32_t first = 0;
    struct keep_casename n;
    assert_int_equal(keep_casename_make(&n, &world, f, 1, NULL), 0);
    assert_int_equal(keep_casename_give(&n, &(struct keep_casename_found){&k, &first, 1, before}, NULL, NULL), 0);
    assert_int_equal(n.taken[0], memcmp(k.id, f->name, 16) == 0);
    keep_casename_done(&n);
    return k;
}

static void test_casename_known_is_what_is_exactly_so(void **state)
{
    static const struct keep_event_id other[] = {{1, 1}, {1, 3}};
    const struct keep_casebook_case f = on_file(0);
    struct keep_case k = found(0);
    (void)state;
    k = named(&f, k, 9);
    assert_true(k.known);
    assert_memory_equal(k.id, f.name, 16);
    assert_false(named(&f, found(0), 8).known); /* the case is of a later audit */
#define NOT_KNOWN(change) k = found(0), change, assert_false(named(&f, k, 9).known)
    NOT_KNOWN(k.kept = false);
    NOT_KNOWN(k.score = 41);
    NOT_KNOWN(k.weight = 41);
    NOT_KNOWN(k.severity = KEEP_SEVERITY_HIGH);
    NOT_KNOWN(k.account = KEEP_ID_NONE);
    NOT_KNOWN(k.event = other);
    NOT_KNOWN(k.events = 1);
    NOT_KNOWN(k.events = 3);
    NOT_KNOWN(k.last = 7);
#undef NOT_KNOWN
}

static void test_casename_status_is_what_people_said(void **state)
{
    struct keep_casebook_case f = on_file(0);
    struct keep_case k = found(0);
    (void)state;
    f.closed = true;
    f.status = KEEP_CASE_UNSUBSTANTIATED;
    assert_int_equal(named(&f, k, 9).status, KEEP_CASE_UNSUBSTANTIATED);
    k.events = 3; /* of which two are those that were decided on */
    assert_int_equal(named(&f, k, 9).status, KEEP_CASE_NEEDS_REVIEW);
    k.events = 1;
    assert_int_equal(named(&f, k, 9).status, KEEP_CASE_UNSUBSTANTIATED);
}

static void test_casename_a_name_is_given_once(void **state)
{
    const struct keep_casebook_case f = on_file(0);
    struct keep_case k = found(1); /* somebody else's chart */
    (void)state;
    memcpy(k.id, f.name, 16);
    k = named(&f, k, 9);
    assert_memory_not_equal(k.id, f.name, 16);
    assert_false(k.known);
}

static void test_casename_the_same_by_any_number_of_threads(void **state)
{
    enum { MANY = 4000 };
    struct keep_casebook_case *file = calloc(MANY, sizeof *file);
    struct keep_case *list = calloc(MANY, sizeof *list);
    uint32_t *time = calloc(MANY, sizeof *time);
    (void)state;
    for (unsigned threads = 1; threads <= 3; threads++) {
        struct keep_crew *crew = NULL;
        struct keep_casename n;
        assert_int_equal(keep_crew_new(&crew, threads, NULL), 0);
        for (uint32_t i = 0; i < MANY; i++) {
            file[i] = on_file(i);
            list[MANY - 1 - i] = found(i % 3 ? i : i / 2); /* some chart twice: the second finding is new */
            list[MANY - 1 - i].score += i % 5 == 0;
            time[i] = MANY - 1 - i;
        }
        assert_int_equal(keep_casename_make(&n, &world, file, MANY, NULL), 0);
        assert_int_equal(keep_casename_give(&n, &(struct keep_casename_found){list, time, MANY, 9}, crew, NULL), 0);
        bool taken[MANY] = {false};
        for (uint32_t i = 0; i < MANY; i++) {
            const struct keep_case *k = &list[time[i]];
            uint32_t whose = i % 3 ? i : i / 2;
            bool first = !taken[whose];
            assert_int_equal(memcmp(k->id, file[whose].name, 16) == 0, first);
            assert_int_equal(k->known, first && i % 5 != 0);
            taken[whose] = true;
        }
        assert_memory_equal(n.taken, taken, sizeof taken);
        keep_casename_done(&n);
        keep_crew_free(crew);
    }
    free(file);
    free(list);
    free(time);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_casename_known_is_what_is_exactly_so),
        cmocka_unit_test(test_casename_status_is_what_people_said),
        cmocka_unit_test(test_casename_a_name_is_given_once),
        cmocka_unit_test(test_casename_the_same_by_any_number_of_threads),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
