/* zstd as a stream: in pieces of any size, to and from the whole-buffer form; what is cut, joined or too large is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "core/base/buf.h"
#include "core/stream/flow.h"
#include "core/stream/squeeze.h"

enum { MOST = 3000000 };

static int take(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)err;
    assert_true(n > 0);
    keep_buf_add(ctx, p, n);
    return 0;
}

static int refuse(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    (void)ctx, (void)p, (void)n;
    return keep_err_set(err, KEEP_E_IO, "full");
}

static uint8_t *text(void)
{
    uint8_t *p = malloc(MOST);
    uint32_t x = 1;

    assert_non_null(p);
    for (size_t i = 0; i < MOST; i++) {
        x = x * 1664525 + 1013904223;
        p[i] = i < MOST / 2 ? "abcdefgh"[x >> 29] : (uint8_t)(x >> 24);
    }
    return p;
}

/* In pieces of step bytes; what the first call that failed gave. */
static int through(struct keep_flow *f, const uint8_t *p, size_t n, size_t step)
{
    int rc = 0;

    for (size_t at = 0; rc == 0 && at < n; at += step)
        rc = keep_flow_add(f, p + at, n - at < step ? n - at : step, NULL);
    return rc == 0 ? keep_flow_finish(f, NULL) : rc;
}

static int unpack(const struct keep_buf *frame, size_t n, uint64_t limit, size_t step, struct keep_buf *out)
{
    struct keep_flow *f;

    keep_buf_clear(out);
    assert_int_equal(keep_flow_unpack(&f, limit, take, out, NULL), 0);
    int rc = through(f, frame->p, n, step);
    keep_flow_free(f);
    return rc;
}

static void pack(const uint8_t *p, size_t n, size_t step, struct keep_buf *out)
{
    struct keep_flow *f;

    keep_buf_clear(out);
    assert_int_equal(keep_flow_pack(&f, 1, n, take, out, NULL), 0);
    assert_int_equal(through(f, p, n, step), 0);
    keep_flow_free(f);
}

static void test_flow_there_and_back(void **state)
{
    (void)state;
    static const size_t sizes[] = {0, 1, 1000, 131072, MOST}, steps[] = {1, 7000, MOST};
    uint8_t *p = text();
    struct keep_buf frame = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    struct keep_squeeze *z;

    assert_int_equal(keep_squeeze_new(&z, 1, NULL), 0);
    for (int i = 0; i < 5; i++) {
        for (int k = sizes[i] > 131072; k < 3; k++) {
            pack(p, sizes[i], steps[k], &frame);
            assert_int_equal(unpack(&frame, frame.n, sizes[i], steps[k], &out), 0);
            assert_int_equal(out.n, sizes[i]);
            assert_memory_equal(out.n ? out.p : p, p, out.n);
            keep_buf_clear(&out); /* and stock zstd sees one frame that states its size */
            assert_int_equal(keep_squeeze_unpack(z, frame.p, frame.n, sizes[i], &out, NULL), 0);
            assert_int_equal(out.n, sizes[i]);
        }
        keep_buf_clear(&frame);
        assert_int_equal(keep_squeeze_pack(z, p, sizes[i], &frame, NULL), 0);
        assert_int_equal(unpack(&frame, frame.n, sizes[i], 5000, &out), 0);
        assert_int_equal(out.n, sizes[i]);
    }
    keep_squeeze_free(z);
    keep_buf_free(&frame);
    keep_buf_free(&out);
    free(p);
}

static void test_flow_refuses(void **state)
{
    (void)state;
    static const uint8_t wide[] = {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xa8, 0x01, 0x00, 0x00}; /* a window of 2 GiB */
    uint8_t *p = text();
    struct keep_buf frame = KEEP_BUF_INIT, out = KEEP_BUF_INIT;

    pack(p, 70000, 5000, &frame);
    for (size_t n = 0; n < frame.n; n += n < 40 ? 1 : frame.n / 40)
        assert_int_equal(unpack(&frame, n, 70000, 997, &out), KEEP_E_INTEGRITY); /* cut */
    assert_int_equal(unpack(&frame, frame.n, 69999, 997, &out), KEEP_E_INTEGRITY); /* holds more than it may */
    assert_true(out.n <= 69999);
    frame.p[frame.n / 2] ^= 4;
    assert_int_equal(unpack(&frame, frame.n, 70000, 997, &out), KEEP_E_INTEGRITY);
    frame.p[frame.n / 2] ^= 4;
    keep_buf_add(&frame, "x", 1);
    assert_int_equal(unpack(&frame, frame.n, 70000, 997, &out), KEEP_E_INTEGRITY);
    assert_int_equal(unpack(&frame, frame.n, 70000, MOST, &out), KEEP_E_INTEGRITY);
    frame.n--;
    assert_true(keep_buf_reserve(&frame, frame.n)); /* it does not move under its own bytes */
    keep_buf_add(&frame, frame.p, frame.n);         /* two joined */
    assert_int_equal(unpack(&frame, frame.n, 140000, MOST, &out), KEEP_E_INTEGRITY);
    keep_buf_clear(&frame);
    keep_buf_add(&frame, wide, sizeof wide);
    assert_int_equal(unpack(&frame, frame.n, 1000, MOST, &out), KEEP_E_INTEGRITY);
    keep_buf_clear(&frame);
    keep_buf_add(&frame, "not a frame", 11);
    assert_int_equal(unpack(&frame, frame.n, 1000, MOST, &out), KEEP_E_INTEGRITY);
    keep_buf_free(&frame);
    keep_buf_free(&out);
    free(p);
}

static void test_flow_forwards_and_counts(void **state)
{
    (void)state;
    uint8_t *p = text();
    struct keep_buf frame = KEEP_BUF_INIT;
    struct keep_flow *f;

    assert_int_equal(keep_flow_pack(&f, 1, MOST, refuse, NULL, NULL), 0);
    assert_int_equal(through(f, p, MOST, 100000), KEEP_E_IO);
    keep_flow_free(f);
    assert_int_equal(keep_flow_pack(&f, 1, 500, take, &frame, NULL), 0);
    assert_true(through(f, p, 499, 100) < 0); /* fewer than was said */
    keep_flow_free(f);
    assert_int_equal(keep_flow_pack(&f, 1, 500, take, &frame, NULL), 0);
    assert_true(through(f, p, 501, 100) < 0); /* more */
    keep_flow_free(f);
    pack(p, MOST, 100000, &frame);
    assert_int_equal(keep_flow_unpack(&f, MOST, refuse, NULL, NULL), 0);
    assert_int_equal(through(f, frame.p, frame.n, 100000), KEEP_E_IO);
    keep_flow_free(f);
    keep_flow_free(NULL);
    keep_buf_free(&frame);
    free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_flow_there_and_back),
        cmocka_unit_test(test_flow_refuses),
        cmocka_unit_test(test_flow_forwards_and_counts),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
