/* Goal: lines parsed ahead give the same rows, quarantine, order and errors as
 * lines read one by one, with any number of threads, also where the sink fails,
 * the input ends badly, or a line is too long to share a chunk. */
#include "tests/ingest/recorder.h"

#include "core/ingest/feed.h"

enum { LINES = 9000 }; /* some 2 MiB: a chunk for each place of the ring */

/* Line i of the input: mostly good ones of several kinds, every so often one of those that nobody can read. */
static void add_line(struct keep_buf *b, int i)
{
    switch (i % 23) {
    case 5:  keep_buf_printf(b, "{\"resourceType\":\"Patient\",\"id\":\"cut%d\"", i); break;
    case 7:  keep_buf_printf(b, "{\"resourceType\":\"Patient\",\"id\":\"twice%d\",\"id\":\"again\"}", i); break;
    case 8:  keep_buf_str(b, i % 2 ? "" : "  \t"); break;
    case 11: keep_buf_printf(b, "{\"resourceType\":\"Patient\",\"id\":\"x%d\xff\"}", i); break;
    case 12: keep_buf_printf(b, "{\"resourceType\":\"Bundle\",\"type\":\"collection\",\"entry\":[{\"resource\":{\"resourceType\":\"Patient\",\"id\":\"in%d\"}},{\"resource\":{\"id\":\"no type\"}}]}", i); break;
    case 13: keep_buf_printf(b, "{\"resourceType\":\"AuditEvent\",\"id\":\"a%d\",\"recorded\":\"2026-01-02T03:04:05Z\",\"agent\":[{\"altId\":\"u%d\",\"requestor\":true}],"
                                "\"entity\":[{\"what\":{\"reference\":\"Patient/p%d\"},\"query\":\"bmFtZT14\"}]}", i, i % 7, i); break;
    case 14: keep_buf_printf(b, "{\"resourceType\":\"AuditEvent\",\"id\":\"b%d\",\"recorded\":\"2026-01-02T03:04:05\",\"agent\":[{\"extension\":[{\"url\":\"http://hl7.org/fhir/StructureDefinition/auditevent-OnBehalfOf\","
                                "\"valueReference\":{\"reference\":\"Practitioner/b\"}}],\"who\":{\"reference\":\"Practitioner/a\"},\"requestor\":true},{\"altId\":\"c\\u00e9\",\"requestor\":true}],"
                                "\"entity\":[{\"what\":{\"reference\":\"Patient/p%d\"}},{\"what\":{\"reference\":\"Patient?identifier=a%%7Cq%d\"}}]}", i, i, i); break;
    case 15: keep_buf_printf(b, "{\"resourceType\":\"AuditEvent\",\"id\":\"never%d\",\"agent\":[]}", i); break;
    case 17: keep_buf_str(b, "not json"); break;
    case 19: keep_buf_printf(b, "{\"exportId\":\"e\",\"eventId\":\"k%d\"}", i); break;
    default: keep_buf_printf(b, "{\"resourceType\":\"Observation\",\"id\":\"o%d\",\"status\":\"final\",\"subject\":{\"reference\":\"Patient/p%d\"},\"note\":[{\"text\":\"%0*d \\u00e4\"}]}", i, i % 50, i % 400, i);
    }
    keep_buf_str(b, i % 3 ? "\n" : "\r\n");
}

static struct keep_buf input_make(size_t long_line)
{
    struct keep_buf b = KEEP_BUF_INIT;
    for (int i = 0; i < LINES; i++) {
        if (i == LINES / 2 && long_line) {
            keep_buf_str(&b, "{\"resourceType\":\"Patient\",\"id\":\"long\",\"name\":[{\"text\":\"");
            for (size_t k = 0; k < long_line; k++)
                keep_buf_char(&b, 'x');
            keep_buf_str(&b, "\"}]}\n");
        }
        add_line(&b, i);
    }
    keep_buf_str(&b, "{\"resourceType\":\"Patient\",\"id\":\"last\"}");
    return b;
}

/* The row (from 1) at which the sink fails, 0 never, and as what. */
struct failing {
    size_t at;
    int with;
};
#define NEVER ((struct failing){0, 0})

/* Reads b with so many threads; returns what reading gave. */
static int read_with(struct recorder *r, unsigned threads, const struct keep_buf *b, struct failing fail)
{
    struct keep_ingest p = {0};
    memset(r, 0, sizeof *r);
    r->fail_at = fail.at;
    r->fail_with = fail.with;
    assert_int_equal(keep_crew_new(&p.crew, threads, NULL), 0);
    int rc = read_bytes(r, p, b->p, b->n);
    keep_crew_free(p.crew);
    return rc;
}

static void same(const struct recorder *a, int a_rc, const struct recorder *b, int b_rc)
{
    assert_int_equal(a_rc, b_rc);
    assert_int_equal(a->rows, b->rows);
    assert_int_equal(a->out.n, b->out.n);
    assert_memory_equal(a->out.p, b->out.p, a->out.n);
    assert_int_equal(a->bytes.n, b->bytes.n);
    assert_memory_equal(a->bytes.p, b->bytes.p, a->bytes.n);
    assert_int_equal(a->counts.items, b->counts.items);
    assert_int_equal(a->counts.quarantined, b->counts.quarantined);
    assert_string_equal(a->err.text, b->err.text);
}

static void compare(const struct keep_buf *b, struct failing fail)
{
    struct recorder alone, more;
    int rc = read_with(&alone, 1, b, fail);
    for (unsigned threads = 2; threads <= 4; threads++) {
        int had = read_with(&more, threads, b, fail);
        same(&alone, rc, &more, had);
        recorder_clear(&more);
    }
    recorder_clear(&alone);
}

static void test_ahead_gives_the_same_rows(void **state)
{
    (void)state;
    struct keep_buf b = input_make(0);
    struct recorder r;
    assert_int_equal(read_with(&r, 2, &b, NEVER), 0);
    assert_true(r.rows > LINES);
    assert_true(r.counts.quarantined >= LINES / 23 * 6);
    assert_non_null(memmem(r.out.p, r.out.n, "relation kind=on behalf", 23));
    assert_non_null(memmem(r.out.p, r.out.n, "without the instant", 19));
    recorder_clear(&r);
    compare(&b, NEVER);
    keep_buf_free(&b);
}

static void test_ahead_stops_where_the_sink_stops(void **state)
{
    (void)state;
    struct keep_buf b = input_make(0);
    const size_t at[] = {1, 2, 700, 4001, 9000};
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        compare(&b, (struct failing){at[i], KEEP_E_IO});
    keep_buf_free(&b);
}

/* A row that the keep cannot take ends its resource, which goes to quarantine with its bytes; its neighbours go on. */
static void test_ahead_goes_on_behind_a_row_refused(void **state)
{
    (void)state;
    struct keep_buf b = input_make(0);
    for (size_t at = 20; at < 48; at++) /* every kind of line once */
        compare(&b, (struct failing){at, KEEP_E_INPUT});
    keep_buf_free(&b);
}

static void test_ahead_long_lines_keep_their_place(void **state)
{
    (void)state;
    const size_t length[] = {256 * 1024 - 80, 256 * 1024, 3000000};
    for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
        struct keep_buf b = input_make(length[i]);
        compare(&b, NEVER);
        keep_buf_free(&b);
    }
    struct keep_buf b = input_make(KEEP_FEED_LINE + 5); /* comes in pieces, all to quarantine */
    struct recorder r;
    assert_int_equal(read_with(&r, 2, &b, NEVER), 0);
    assert_non_null(memmem(r.out.p, r.out.n, "a piece of a line of more than 64 MiB", 37));
    assert_non_null(memmem(r.out.p, r.out.n, "key=patient:|last", 17));
    recorder_clear(&r);
    keep_buf_free(&b);
}

static void test_ahead_tiny_lines(void **state)
{
    (void)state;
    struct keep_buf b = KEEP_BUF_INIT;
    keep_buf_str(&b, "{\"resourceType\":\"Patient\",\"id\":\"first\"}\n");
    for (int i = 0; i < 20000; i++)
        keep_buf_str(&b, i % 2 ? "7\n" : "?\n");
    compare(&b, NEVER);
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ahead_gives_the_same_rows),
        cmocka_unit_test(test_ahead_stops_where_the_sink_stops),
        cmocka_unit_test(test_ahead_goes_on_behind_a_row_refused),
        cmocka_unit_test(test_ahead_long_lines_keep_their_place),
        cmocka_unit_test(test_ahead_tiny_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
