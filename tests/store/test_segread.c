/* Goal: batches give the events of the whole, only the columns asked for are
 * touched, and vectors of either length give every width and every lane alike. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "core/store/segread.c" /* the vectors are its own business: both lengths are tried here */

static uint64_t seed = 42;

static uint64_t any(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static void fill(struct keep_segment *s, uint32_t n)
{
    memset(s, 0, sizeof *s);
    s->n = n;
    for (uint32_t i = 0; i < n; i++) {
        s->ordinal[i] = 100 + i;
        s->time[i] = (keep_time)(i * 3 + any() % 2) * KEEP_USEC;
        s->account[i] = (uint32_t)(any() % 5000);
        s->patient[i] = (uint32_t)(any() % 70000);
        s->place[i] = (uint32_t)(any() % 3);
        s->action[i] = (uint8_t)(any() % KEEP_ACTION_COUNT);
        s->reason[i] = -1;
    }
}

static void test_segread_gives_the_whole_in_batches(void **state)
{
    static const uint32_t sizes[] = {1, 1000, 1024, 1025, 5000, KEEP_SEGMENT_EVENTS};
    static struct keep_segment s;
    static struct keep_segread_batch b;
    struct keep_buf blob = KEEP_BUF_INIT;
    struct keep_segread r;
    uint32_t at;

    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
        fill(&s, sizes[k]);
        keep_buf_clear(&blob);
        keep_segment_pack(&s, 0, &blob);
        assert_int_equal(keep_segread_open(&r, blob.p, blob.n, NULL), 0);
        r.less = 1;
        for (at = 0; keep_segread_next(&r, KEEP_SEGREAD_ALL, &b, NULL) == 1; at += b.n) {
            assert_int_equal(r.from, at);
            assert_int_equal(b.n, s.n - at < KEEP_SEGREAD_BATCH ? s.n - at : KEEP_SEGREAD_BATCH);
            for (uint32_t i = 0; i < b.n; i++) {
                assert_int_equal(b.ordinal[i], s.ordinal[at + i]);
                assert_int_equal(b.time[i], s.time[at + i]);
                assert_int_equal(b.account[i], s.account[at + i]);
                assert_int_equal(b.patient[i], s.patient[at + i]);
                assert_int_equal(b.place[i], s.place[at + i] - 1);
                assert_int_equal(b.unit[i], KEEP_ID_NONE);
                assert_int_equal(b.action[i], s.action[at + i]);
                assert_int_equal(b.break_glass[i], 0);
                assert_int_equal(b.reason[i], -1);
            }
        }
        assert_int_equal(at, s.n);
        assert_int_equal(keep_segread_next(&r, KEEP_SEGREAD_ALL, &b, NULL), 0);
    }
    keep_buf_free(&blob);
}

static void test_segread_decodes_what_is_asked_for(void **state)
{
    static struct keep_segment s;
    static struct keep_segread_batch b;
    struct keep_buf blob = KEEP_BUF_INIT;
    struct keep_segread r;

    (void)state;
    fill(&s, 3000);
    keep_segment_pack(&s, 0, &blob);
    assert_int_equal(keep_segread_open(&r, blob.p, blob.n, NULL), 0);
    memset(&b, 0x5a, sizeof b);
    for (uint32_t at = 0; keep_segread_next(&r, KEEP_SEGREAD_PATIENT | KEEP_SEGREAD_TIME, &b, NULL) == 1; at += b.n) {
        assert_int_equal(b.patient[b.n - 1], s.patient[at + b.n - 1]);
        assert_int_equal(b.time[b.n - 1], s.time[at + b.n - 1]);
        assert_int_equal(b.account[0], 0x5a5a5a5a);
        assert_int_equal(b.ordinal[0], UINT64_C(0x5a5a5a5a5a5a5a5a));
    }
    assert_int_equal(keep_segread_more(&r, KEEP_SEGREAD_ALL, &b, NULL), 0);
    assert_int_equal(b.n, 3000 - 2048);
    assert_int_equal(b.account[b.n - 1], s.account[2999]);
    assert_int_equal(b.ordinal[b.n - 1], s.ordinal[2999]);
    assert_int_equal(b.time[b.n - 1], s.time[2999]);
    keep_buf_free(&blob);
}

/* One block of every type and width through a set of vectors, against bits picked out one by one; then one value too large. */
static void block_try(const struct lanes *l, enum keep_segment_type t, unsigned w)
{
    static uint8_t in[64 * ROW];
    static uint64_t out[8 * ROW];
    unsigned bits = keep_segment_lane(t), row = BLOCK / bits;
    uint64_t most = ~(~UINT64_C(0) << w), base = any() & (~UINT64_C(0) >> (64 - bits));

    for (size_t i = 0; i < w * ROW; i++)
        in[i] = (uint8_t)any();
    assert_true(l->block(t, in, w, base, most, (uint8_t *)out));
    for (unsigned i = 0; i < BLOCK; i++) {
        uint64_t want = 0, have = 0;
        for (unsigned b = 0; b < w; b++) {
            unsigned bit = i / row * w + b, at = (bit / bits * row + i % row) * bits + bit % bits;
            want |= (uint64_t)(in[at / 8] >> at % 8 & 1) << b;
        }
        switch (t) {
        case KEEP_SEGMENT_U8: have = ((uint8_t *)out)[i]; break;
        case KEEP_SEGMENT_I16: have = ((uint16_t *)out)[i]; break;
        case KEEP_SEGMENT_U32: have = ((uint32_t *)out)[i]; break;
        case KEEP_SEGMENT_U64: have = ((uint64_t *)out)[i]; break;
        }
        assert_int_equal(have, (want + base) & (~UINT64_C(0) >> (64 - bits)));
    }
    memset(in, 0, w * ROW);
    assert_true(l->block(t, in, w, base, most - 1, (uint8_t *)out));
    memset(in, 0xff, w * ROW);
    assert_true(l->block(t, in, w, base, most, (uint8_t *)out));
    assert_false(l->block(t, in, w, base, most - 1, (uint8_t *)out));
}

static void test_segread_both_vectors_give_every_width(void **state)
{
    (void)state;
    for (int t = KEEP_SEGMENT_U8; t <= KEEP_SEGMENT_U64; t++)
        for (unsigned w = 1; w < keep_segment_lane((enum keep_segment_type)t); w++) {
            block_try(&lanes_16, (enum keep_segment_type)t, w);
            block_try(lanes(), (enum keep_segment_type)t, w);
        }
}

/* Times summed up from steps, with the vectors that this machine has or none, against one addition after the other. */
static void test_segread_sums_steps(void **state)
{
    static const uint32_t sizes[] = {1, 3, 4, 5, 1023, 1024};
    static const unsigned widths[] = {1, 5, 31, 32, 33, 40};
    static const uint64_t scales[] = {1, 1000, 1000000, UINT32_MAX, UINT64_C(1) << 32, (UINT64_C(1) << 40) + 1};
    static uint64_t t[BLOCK], want[BLOCK];

    (void)state;
    for (size_t k = 0; k < sizeof sizes / sizeof *sizes * 36; k++) {
        uint32_t n = sizes[k / 36];
        struct keep_segread_column c = {.width = widths[k / 6 % 6], .scale = scales[k % 6], .base = -(int64_t)(any() >> 20), .steps = true};
        uint64_t last = any(), at = last;
        for (uint32_t i = 0; i < n; i++) {
            t[i] = i % 7 == 3 ? ~(~UINT64_C(0) << c.width) : any() & ~(~UINT64_C(0) << c.width);
            want[i] = at += (uint64_t)c.base + t[i] * c.scale;
        }
        times_make(t, n, &c, last);
        for (uint32_t i = 0; i < n; i++)
            assert_int_equal(t[i], want[i]);
    }
    assert_int_equal(lanes_16.sum(t, BLOCK, &(struct keep_segread_column){.width = 1, .scale = 1, .steps = true}, &(uint64_t){0}), 0);
}

static void test_segread_refuses_a_value_above_the_stated(void **state)
{
    static struct keep_segment s;
    static struct keep_segread_batch b;
    struct keep_buf blob = KEEP_BUF_INIT;
    struct keep_segread r;
    struct keep_err err = {0};

    (void)state;
    fill(&s, 2048);
    for (uint32_t i = 0; i < s.n; i++)
        s.account[i] = i % 1000 == 999 ? 4 : 0; /* three bits, at most 4 */
    keep_segment_pack(&s, 0, &blob);
    assert_int_equal(keep_segread_open(&r, blob.p, blob.n, &err), 0);
    assert_int_equal(r.column[2].width, 3);
    ((uint8_t *)blob.p)[r.column[2].p - (uint8_t *)blob.p + 3 * ROW + 5] ^= 0xff; /* in the second block */
    assert_int_equal(keep_segread_next(&r, KEEP_SEGREAD_ACCOUNT, &b, &err), 1);
    assert_int_equal(keep_segread_next(&r, KEEP_SEGREAD_ACCOUNT, &b, &err), KEEP_E_INTEGRITY);
    for (size_t n = 0; n < blob.n; n += 97)
        assert_int_equal(keep_segread_open(&r, blob.p, n, NULL), KEEP_E_INTEGRITY);
    keep_buf_free(&blob);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segread_gives_the_whole_in_batches),
        cmocka_unit_test(test_segread_decodes_what_is_asked_for),
        cmocka_unit_test(test_segread_both_vectors_give_every_width),
        cmocka_unit_test(test_segread_sums_steps),
        cmocka_unit_test(test_segread_refuses_a_value_above_the_stated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
