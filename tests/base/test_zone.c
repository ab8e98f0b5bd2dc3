/* Zones: real rules of the system, and small TZif files made here, whole and damaged. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "core/base/buf.h"
#include "core/base/zone.h"

static keep_time at(const char *z)
{
    keep_time t;
    bool has;
    assert_true(keep_civil_parse_time(keep_str_of(z), &t, &has) && has);
    return t;
}

static void is_instant(const struct keep_zone *z, int y, int m, int d, int h, int mi, const char *want)
{
    char text[KEEP_CIVIL_TIME_SIZE];
    keep_time t = keep_zone_instant(z, keep_civil_from_ymd(y, m, d), h * 3600 + mi * 60);
    assert_string_equal(keep_civil_format_time(t, text), want);
}

static void test_zone_chicago(void **state)
{
    struct keep_zone *z;
    (void)state;
    assert_int_equal(keep_zone_load(&z, "America/Chicago", NULL), 0);
    assert_int_equal(keep_zone_offset(z, at("2024-01-15T12:00:00Z")), -6 * 3600);
    assert_int_equal(keep_zone_offset(z, at("2024-07-15T12:00:00Z")), -5 * 3600);
    assert_int_equal(keep_zone_offset(z, at("2024-03-10T07:59:59.999999Z")), -6 * 3600);
    assert_int_equal(keep_zone_offset(z, at("2024-03-10T08:00:00Z")), -5 * 3600);
    assert_int_equal(keep_zone_offset(z, at("2090-07-15T12:00:00Z")), -5 * 3600); /* by the rule behind the table */
    assert_int_equal(keep_zone_offset(z, at("2090-01-15T12:00:00Z")), -6 * 3600);
    assert_int_equal(keep_zone_date(z, at("2024-01-01T05:59:59Z")), keep_civil_from_ymd(2023, 12, 31));
    assert_int_equal(keep_zone_date(z, at("2024-01-01T06:00:00Z")), keep_civil_from_ymd(2024, 1, 1));
    assert_int_equal(keep_zone_date(z, KEEP_TIME_NONE), KEEP_DATE_NONE);
    char day[KEEP_CIVIL_DATE_SIZE];
    assert_string_equal(keep_zone_format_date(z, at("2024-03-01T05:59:59Z"), day), "2024-02-29");
    assert_string_equal(keep_zone_format_date(z, KEEP_TIME_NONE, day), "unknown");
    is_instant(z, 2024, 1, 1, 0, 0, "2024-01-01T06:00:00Z");
    is_instant(z, 2024, 3, 10, 1, 59, "2024-03-10T07:59:00Z");
    is_instant(z, 2024, 3, 10, 2, 30, "2024-03-10T08:30:00Z");  /* in the gap */
    is_instant(z, 2024, 3, 10, 3, 0, "2024-03-10T08:00:00Z");
    is_instant(z, 2024, 11, 3, 1, 30, "2024-11-03T07:30:00Z");  /* twice: the later */
    is_instant(z, 2024, 11, 3, 0, 59, "2024-11-03T05:59:00Z");
    is_instant(z, 2024, 11, 3, 2, 0, "2024-11-03T08:00:00Z");
    assert_true(keep_zone_instant(z, KEEP_DATE_NONE, 0) == KEEP_TIME_NONE);
    keep_zone_free(z);
}

static void test_zone_elsewhere(void **state)
{
    struct keep_zone *z;
    (void)state;
    assert_int_equal(keep_zone_load(&z, "UTC", NULL), 0);
    assert_int_equal(keep_zone_offset(z, at("2024-07-15T12:00:00Z")), 0);
    is_instant(z, 2024, 2, 29, 23, 59, "2024-02-29T23:59:00Z");
    keep_zone_free(z);
    assert_int_equal(keep_zone_load(&z, "Asia/Kathmandu", NULL), 0);
    assert_int_equal(keep_zone_offset(z, at("2050-07-15T12:00:00Z")), 5 * 3600 + 45 * 60);
    keep_zone_free(z);
    assert_int_equal(keep_zone_load(&z, "Australia/Sydney", NULL), 0); /* summer over the new year */
    assert_int_equal(keep_zone_offset(z, at("2060-01-15T12:00:00Z")), 11 * 3600);
    assert_int_equal(keep_zone_offset(z, at("2060-07-15T12:00:00Z")), 10 * 3600);
    keep_zone_free(z);
    assert_int_equal(keep_zone_load(&z, "Pacific/Apia", NULL), 0); /* 2011-12-30 was left out */
    is_instant(z, 2011, 12, 29, 12, 0, "2011-12-29T22:00:00Z");
    is_instant(z, 2011, 12, 30, 12, 0, "2011-12-30T22:00:00Z");
    is_instant(z, 2011, 12, 31, 12, 0, "2011-12-30T22:00:00Z");
    keep_zone_free(z);
    keep_zone_free(NULL);
}

/* Every hour of forty years: an instant's local time leads back to it, or to a later one of the same wall time. */
static void test_zone_round_trip(void **state)
{
    static const char *const names[] = {"America/New_York", "Europe/Dublin", "Australia/Lord_Howe"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct keep_zone *z;
        assert_int_equal(keep_zone_load(&z, names[i], NULL), 0);
        for (keep_time t = at("2005-01-01T00:30:00Z"); t < at("2045-01-01T00:00:00Z"); t += 3600 * KEEP_USEC) {
            int32_t off = keep_zone_offset(z, t);
            keep_date d = keep_zone_date(z, t);
            int32_t sec = (int32_t)(t / KEEP_USEC + off - (int64_t)d * 86400);
            assert_true(sec >= 0 && sec < 86400);
            keep_time back = keep_zone_instant(z, d, sec);
            if (back != t) {
                assert_true(back > t && back - t <= 3600 * KEEP_USEC);
                assert_true((back - t) / KEEP_USEC == off - keep_zone_offset(z, back));
            }
        }
        keep_zone_free(z);
    }
}

static void be32(struct keep_buf *b, uint32_t v)
{
    for (int i = 3; i >= 0; i--)
        keep_buf_u8(b, (uint8_t)(v >> (8 * i)));
}

static void header(struct keep_buf *b, char version, uint32_t times, uint32_t types)
{
    keep_buf_add(b, "TZif", 4);
    keep_buf_char(b, version);
    for (int i = 0; i < 15; i++)
        keep_buf_u8(b, 0);
    be32(b, 0);
    be32(b, 0);
    be32(b, 0);
    be32(b, times);
    be32(b, types);
    be32(b, 4);
}

static void type(struct keep_buf *b, int32_t off)
{
    be32(b, (uint32_t)off);
    keep_buf_u8(b, 0);
    keep_buf_u8(b, 0);
}

/* Version 2: an empty first block, then one change at 1970-01-02 from an hour to two east, then tail. */
static void make(struct keep_buf *b, const char *tail)
{
    header(b, '2', 0, 1);
    type(b, 0);
    keep_buf_add(b, "UTC", 4);
    header(b, '2', 1, 2);
    be32(b, 0);
    be32(b, 86400);
    keep_buf_u8(b, 1);
    type(b, 3600);
    type(b, 7200);
    keep_buf_add(b, "ABC", 4);
    keep_buf_printf(b, "\n%s\n", tail);
}

static int32_t tail_offset(const char *tail, const char *when)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_zone *z;
    make(&b, tail);
    if (keep_zone_parse(&z, "Test/Zone", keep_buf_view(&b), NULL) != 0)
        fail_msg("\"%s\" was refused", tail);
    int32_t off = keep_zone_offset(z, at(when));
    keep_zone_free(z);
    keep_buf_free(&b);
    return off;
}

static void test_zone_tail(void **state)
{
    (void)state;
    assert_int_equal(tail_offset("", "1970-01-01T00:00:00Z"), 3600);
    assert_int_equal(tail_offset("", "2000-01-01T00:00:00Z"), 7200);
    assert_int_equal(tail_offset("XYZ-5:30", "2000-01-01T00:00:00Z"), 19800);
    assert_int_equal(tail_offset("XYZ-5:30", "1970-01-01T23:59:59Z"), 3600);
    assert_int_equal(tail_offset("<-03>3:15:20", "2000-01-01T00:00:00Z"), -(3 * 3600 + 15 * 60 + 20));
    /* the last Sunday of March 2024 was the 31st */
    assert_int_equal(tail_offset("CET-1CEST,M3.5.0,M10.5.0/3", "2024-03-31T00:59:59Z"), 3600);
    assert_int_equal(tail_offset("CET-1CEST,M3.5.0,M10.5.0/3", "2024-03-31T01:00:00Z"), 7200);
    assert_int_equal(tail_offset("CET-1CEST,M3.5.0,M10.5.0/3", "2024-10-27T00:59:59Z"), 7200);
    assert_int_equal(tail_offset("CET-1CEST,M3.5.0,M10.5.0/3", "2024-10-27T01:00:00Z"), 3600);
    /* J60 is always 1 March, 59 counts 29 February; hours may be negative or beyond a day */
    assert_int_equal(tail_offset("ABC0DEF,J60/0,J300/0", "2024-02-29T23:59:59Z"), 0);
    assert_int_equal(tail_offset("ABC0DEF,J60/0,J300/0", "2024-03-01T00:00:00Z"), 3600);
    assert_int_equal(tail_offset("ABC0DEF,59/0,300/0", "2024-02-29T00:00:00Z"), 3600);
    assert_int_equal(tail_offset("ABC0DEF,J60/-24,J300/25", "2023-02-28T00:00:00Z"), 3600);
    assert_int_equal(tail_offset("ABC0DEF-3,J60/0,J300/0", "2023-06-01T00:00:00Z"), 3 * 3600);
}

static void test_zone_damaged(void **state)
{
    static const char *const bad_tails[] = {"X", "XYZ", "XYZ5 ", "XYZ5ABC", "XYZ5ABC,M3.2.0", "XYZ5ABC,M13.2.0,M11.1.0", "XYZ5ABC,M3.0.0,M11.1.0", "XYZ5ABC,M3.2.7,M11.1.0",
                                            "XYZ5ABC,J0,J10", "XYZ5ABC,J10,J400", "XYZ200", "<XYZ5", "XYZ5ABC,M3.2.0,M11.1.0,x"};
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err = {0};
    struct keep_zone *z = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof bad_tails / sizeof *bad_tails; i++) {
        keep_buf_clear(&b);
        make(&b, bad_tails[i]);
        if (keep_zone_parse(&z, "Test/Zone", keep_buf_view(&b), NULL) == 0)
            fail_msg("\"%s\" was taken", bad_tails[i]);
    }
    keep_buf_clear(&b);
    make(&b, "XYZ5");
    for (size_t n = 0; n < b.n; n++) { /* every truncation */
        unsigned char *copy = test_malloc(n ? n : 1);
        memcpy(copy, b.p, n);
        assert_int_equal(keep_zone_parse(&z, "Test/Zone", (struct keep_str){(char *)copy, n}, NULL), KEEP_E_INPUT);
        test_free(copy);
    }
    b.p[0] = 'X';
    assert_int_equal(keep_zone_parse(&z, "Test/Zone", keep_buf_view(&b), &err), KEEP_E_INPUT);
    assert_non_null(strstr(err.text, "TZif"));
    b.p[0] = 'T';
    b.p[44 + 10 + 44 + 8] = 2; /* a type that is not there */
    assert_int_equal(keep_zone_parse(&z, "Test/Zone", keep_buf_view(&b), NULL), KEEP_E_INPUT);
    assert_null(z);
    keep_buf_free(&b);
}

static void test_zone_names(void **state)
{
    static const char *const bad[] = {"", "/etc/passwd", "../../etc/passwd", "America/../UTC", ".", "America/.x", "America/Chi cago", "Nowhere/Nothing", "America",
                                      "A23456789012345678901234567890123456789012345678901234567890123456789"};
    struct keep_zone *z = NULL;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct keep_err err = {0};
        assert_true(keep_zone_load(&z, bad[i], &err) < 0);
        assert_true(err.text[0] != '\0');
    }
    assert_null(z);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_zone_chicago),
        cmocka_unit_test(test_zone_elsewhere),
        cmocka_unit_test(test_zone_round_trip),
        cmocka_unit_test(test_zone_tail),
        cmocka_unit_test(test_zone_damaged),
        cmocka_unit_test(test_zone_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
