/* Goal: any columns come back as they were, logs that count in seconds are
 * small, and a damaged blob is refused or gives values within their ranges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/store/segment.h"

static uint64_t seed = 0x9e3779b97f4a7c15u;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t below(uint64_t n)
{
    return n ? any() % n : 0;
}

/* Columns of n events whose ranges are themselves chance: from constant to all bits. */
static void fill(struct keep_segment *s, uint32_t n)
{
    unsigned width = (unsigned)below(33), wide = (unsigned)below(63);
    uint64_t mask = ((uint64_t)1 << width) - 1, ordinal = below(1u << 30), step = below(3), unit = below(2) ? 1 : KEEP_USEC;
    keep_time base = (keep_time)below((uint64_t)1 << 40) - ((keep_time)1 << 39);

    s->n = n;
    for (uint32_t i = 0; i < n; i++) {
        s->ordinal[i] = ++ordinal;
        ordinal += below(step);
        s->time[i] = base + (keep_time)((any() & (((uint64_t)1 << wide) - 1)) / unit * unit);
        s->account[i] = (uint32_t)(any() & mask) & 0xfffffffe;
        s->patient[i] = (uint32_t)below(mask ? mask : 1);
        s->place[i] = 7;
        s->unit[i] = (uint32_t)below(3);
        s->action[i] = (uint8_t)below(KEEP_ACTION_COUNT);
        s->exposure[i] = KEEP_EXPOSURE_OPENED;
        s->outcome[i] = (uint8_t)below(KEEP_OUTCOME_COUNT);
        s->purpose[i] = (uint8_t)below(KEEP_PURPOSE_COUNT);
        s->break_glass[i] = (uint8_t)below(3);
        s->searched[i] = (uint8_t)below(2);
        s->reason[i] = (int16_t)((int)below(400) - 1);
    }
}

static void same(const struct keep_segment *a, uint32_t from, const struct keep_segment *b)
{
    assert_int_equal(a->n - from, b->n);
#define SAME(column) assert_memory_equal(a->column + from, b->column, b->n * sizeof *a->column)
    SAME(ordinal); SAME(time); SAME(account); SAME(patient); SAME(place); SAME(unit); SAME(action); SAME(exposure);
    SAME(outcome); SAME(purpose); SAME(break_glass); SAME(searched); SAME(reason);
#undef SAME
}

static void test_segment_round_trips(void **state)
{
    static struct keep_segment a, b;
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_err err = {0};

    (void)state;
    for (int round = 0; round < 300; round++) {
        uint32_t n = round < 20 ? (uint32_t)round + 1 : round == 20 ? KEEP_SEGMENT_EVENTS : 1 + (uint32_t)below(700), from = (uint32_t)below(n);
        fill(&a, n);
        keep_buf_clear(&out);
        keep_segment_pack(&a, from, &out);
        assert_false(out.failed);
        assert_int_equal(keep_segment_unpack(out.p, out.n, &b, NULL, &err), 0);
        same(&a, from, &b);
    }
    keep_buf_free(&out);
}

static void test_segment_extremes(void **state)
{
    static struct keep_segment a, b;
    struct keep_segment_bounds top;
    struct keep_buf out = KEEP_BUF_INIT;

    (void)state;
    fill(&a, 3);
    a.time[0] = INT64_MIN + 1;
    a.time[1] = INT64_MAX;
    a.time[2] = 0;
    a.account[1] = UINT32_MAX - 1;
    a.patient[2] = 12345678;
    a.place[0] = 0;
    a.reason[0] = -1;
    a.reason[1] = INT16_MAX;
    keep_segment_pack(&a, 0, &out);
    assert_int_equal(keep_segment_unpack(out.p, out.n, &b, &top, NULL), 0);
    same(&a, 0, &b);
    assert_int_equal(top.account, UINT32_MAX - 1);
    assert_true(top.patient >= 12345678);
    keep_buf_free(&out);
}

static void test_segment_of_whole_seconds_is_small(void **state)
{
    static struct keep_segment a;
    struct keep_buf seconds = KEEP_BUF_INIT, micros = KEEP_BUF_INIT;

    (void)state;
    fill(&a, KEEP_SEGMENT_EVENTS);
    for (uint32_t i = 0; i < a.n; i++) {
        a.ordinal[i] = i + 1;
        a.time[i] = ((keep_time)i * 5 + i * i % 4) * KEEP_USEC;
        a.account[i] = i % 300;
        a.patient[i] = i % 2000;
        a.reason[i] = 0;
    }
    keep_segment_pack(&a, 0, &seconds);
    a.time[1]++;
    keep_segment_pack(&a, 0, &micros);
    assert_true(seconds.n + 2 * a.n < micros.n); /* steps of 4 bits an event against 23 */
    assert_true(seconds.n < 7 * a.n);
    keep_buf_free(&seconds);
    keep_buf_free(&micros);
}

/* Every number of events around the edges of blocks; times in order, backwards, at random, and too far apart for steps. */
static void test_segment_blocks_and_orders_of_time(void **state)
{
    static const uint32_t sizes[] = {1, 2, 1023, 1024, 1025, 2048, 5000, KEEP_SEGMENT_EVENTS};
    static struct keep_segment a, b;

    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++)
        for (int order = 0; order < 4; order++) {
            struct keep_buf out = KEEP_BUF_INIT;
            fill(&a, sizes[k]);
            for (uint32_t i = 0; i < a.n; i++)
                a.time[i] = order == 0 ? (keep_time)i * 777 : order == 1 ? (keep_time)(a.n - i) * 1001 : order == 2 ? (keep_time)(i * 2654435761u) : i % 2 ? INT64_MAX : INT64_MIN + 1;
            keep_segment_pack(&a, 0, &out);
            assert_int_equal(keep_segment_unpack(out.p, out.n, &b, NULL, NULL), 0);
            same(&a, 0, &b);
            keep_buf_free(&out);
        }
}

static void test_segment_damage_is_refused(void **state)
{
    static struct keep_segment a, b;
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_segment_bounds top;
    uint8_t *copy;

    (void)state;
    fill(&a, 500);
    keep_segment_pack(&a, 0, &out);
    copy = malloc(out.n);
    for (size_t n = 0; n < out.n; n++) { /* exact memory, so that a sanitizer sees one byte too far */
        uint8_t *cut = malloc(n ? n : 1);
        memcpy(cut, out.p, n);
        assert_int_equal(keep_segment_unpack(cut, n, &b, NULL, NULL), KEEP_E_INTEGRITY);
        free(cut);
    }
    for (size_t bit = 0; bit < out.n * 8; bit++) {
        memcpy(copy, out.p, out.n);
        copy[bit / 8] ^= (uint8_t)(1 << bit % 8);
        if (keep_segment_unpack(copy, out.n, &b, &top, NULL) < 0)
            continue;
        for (uint32_t i = 0; i < b.n; i++) {
            assert_true(b.action[i] < KEEP_ACTION_COUNT && b.exposure[i] < KEEP_EXPOSURE_COUNT && b.outcome[i] < KEEP_OUTCOME_COUNT);
            assert_true(b.purpose[i] < KEEP_PURPOSE_COUNT && b.break_glass[i] < KEEP_TRI_COUNT && b.searched[i] <= 1 && b.reason[i] >= -1);
            assert_true(b.account[i] <= top.account && b.patient[i] <= top.patient && b.place[i] <= top.place && b.unit[i] <= top.unit);
        }
    }
    copy[0] = 0;
    assert_int_equal(keep_segment_unpack(copy, out.n, &b, NULL, NULL), KEEP_E_INTEGRITY);
    free(copy);
    keep_buf_free(&out);
}

static void test_segment_refuses_lies_about_itself(void **state)
{
    static struct keep_segment a, b;
    struct keep_buf out = KEEP_BUF_INIT;

    (void)state;
    fill(&a, 100);
    for (uint32_t i = 0; i < a.n; i++)
        a.patient[i] = i;
    keep_segment_pack(&a, 0, &out);
    /* descriptor of patient: 16 + 3 * 25; its largest value says 98 where 99 is the largest: as wide, but one is above it */
    assert_int_equal(out.p[16 + 3 * 25 + 8], 99);
    out.p[16 + 3 * 25 + 8] = 98;
    assert_int_equal(keep_segment_unpack(out.p, out.n, &b, NULL, NULL), KEEP_E_INTEGRITY);
    out.p[16 + 3 * 25 + 8] = 99;
    out.p[16 + 3 * 25 + 16] = 0; /* scale 0 */
    assert_int_equal(keep_segment_unpack(out.p, out.n, &b, NULL, NULL), KEEP_E_INTEGRITY);
    out.p[16 + 3 * 25 + 16] = 1;
    out.p[8] ^= 1; /* the first time */
    assert_int_equal(keep_segment_unpack(out.p, out.n, &b, NULL, NULL), KEEP_E_INTEGRITY);
    out.p[8] ^= 1;
    assert_int_equal(keep_segment_unpack(out.p, out.n, &b, NULL, NULL), 0);
    out.p[4] = 0; /* no events */
    assert_int_equal(keep_segment_unpack(out.p, out.n, &b, NULL, NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segment_round_trips),
        cmocka_unit_test(test_segment_extremes),
        cmocka_unit_test(test_segment_of_whole_seconds_is_small),
        cmocka_unit_test(test_segment_blocks_and_orders_of_time),
        cmocka_unit_test(test_segment_damage_is_refused),
        cmocka_unit_test(test_segment_refuses_lies_about_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
