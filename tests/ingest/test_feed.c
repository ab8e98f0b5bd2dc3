/* Goal: lines come whole across pieces, with their numbers and offsets, and
 * what was read ahead is given once. */
#include "tests/ingest/recorder.h"

#include "core/ingest/feed.h"

struct opened {
    int fd;
    struct keep_ingest p;
    struct keep_feed feed;
};

static void open_feed(struct opened *o, const void *p, size_t n)
{
    char path[64];
    *o = (struct opened){.fd = memory_file(p, n, path)};
    o->p.name = "input";
    assert_int_equal(keep_input_open(&o->p.in, path, NULL), 0);
    keep_feed_init(&o->feed, &o->p);
}

static void close_feed(struct opened *o)
{
    keep_feed_done(&o->feed);
    keep_input_close(o->p.in);
    close(o->fd);
}

static void test_feed_lines(void **state)
{
    (void)state;
    struct keep_buf text = KEEP_BUF_INIT;
    struct opened o;
    struct keep_feed_line line;
    size_t offset = 0;
    for (int i = 0; i < 40000; i++) /* some 4 MiB: several pieces */
        keep_buf_printf(&text, "%0*d\n", i % 200, i);
    keep_buf_str(&text, "last");
    open_feed(&o, text.p, text.n);
    assert_int_equal(keep_feed_ahead(&o.feed, NULL), 1);
    assert_int_equal(keep_feed_ahead(&o.feed, NULL), 1);
    for (int i = 0; i < 40000; i++) {
        char want[256];
        snprintf(want, sizeof want, "%0*d", i % 200, i);
        assert_int_equal(keep_feed_line(&o.feed, &line, NULL), 1);
        assert_true(keep_str_is(line.bytes, want));
        assert_int_equal(line.line, i + 1);
        assert_int_equal(line.offset, offset);
        offset += line.bytes.n + 1;
    }
    assert_int_equal(keep_feed_line(&o.feed, &line, NULL), 1);
    assert_true(keep_str_is(line.bytes, "last"));
    assert_int_equal(keep_feed_line(&o.feed, &line, NULL), 0);
    assert_int_equal(keep_feed_line(&o.feed, &line, NULL), 0);
    close_feed(&o);
    keep_buf_free(&text);
}

static void test_feed_rest(void **state)
{
    (void)state;
    struct opened o;
    struct keep_buf out = KEEP_BUF_INIT;
    struct keep_err err = {0};
    open_feed(&o, "0123456789", 10);
    assert_int_equal(keep_feed_ahead(&o.feed, NULL), 1);
    assert_int_equal(keep_feed_rest(&o.feed, &out, 10, NULL), 0);
    assert_true(keep_str_is(keep_buf_view(&out), "0123456789"));
    close_feed(&o);
    keep_buf_free(&out);
    open_feed(&o, "0123456789", 10);
    assert_int_equal(keep_feed_rest(&o.feed, &out, 9, &err), KEEP_E_LIMIT);
    assert_string_equal(err.hint, "export it as NDJSON, one resource a line");
    close_feed(&o);
    keep_buf_free(&out);
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)done;
    assert_int_equal(total, 10);
    return --*(int *)ctx < 0;
}

static void test_feed_progress_stops(void **state)
{
    (void)state;
    struct opened o;
    struct keep_feed_line line;
    int calls = 1;
    open_feed(&o, "0123456789", 10);
    o.p.progress = stop;
    o.p.progress_ctx = &calls;
    assert_int_equal(keep_feed_line(&o.feed, &line, NULL), KEEP_E_INTERRUPTED);
    close_feed(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_feed_lines),
        cmocka_unit_test(test_feed_rest),
        cmocka_unit_test(test_feed_progress_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
