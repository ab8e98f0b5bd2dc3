/* Goal: an address is one however a log writes it, and nothing else is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/text/network.h"

static int within(const char *address, const char *range)
{
    struct keep_network_address a;
    assert_true(keep_network_parse(keep_str_of(address), &a));
    return keep_network_within(&a, keep_str_of(range));
}

static void test_network_reads_what_logs_write(void **state)
{
    static const char *const good[] = {"192.0.2.7", "192.0.2.7:443", "::1", "[::1]", "[2001:db8::1]:8443", "fe80::1%eth0", "[fe80::1%11]:80", "::ffff:192.0.2.7", "2001:DB8:0:0:0:0:0:1"};
    static const char *const bad[] = {"", "ED-WS05", "192.0.2", "192.0.2.256", "192.0.2.7:", "192.0.2.7:http", "192.0.2.7:123456", "[::1", "[::1]443", "[::1]:", ":::", "1:2:3:4:5:6:7:8:9",
                                      " 192.0.2.7", "192.0.2.7/24", "%eth0"};
    struct keep_network_address a, b;
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        if (!keep_network_parse(keep_str_of(good[i]), &a))
            fail_msg("%s", good[i]);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (keep_network_parse(keep_str_of(bad[i]), &a))
            fail_msg("%s", bad[i]);
    assert_true(keep_network_parse(KEEP_STR("192.0.2.7"), &a) && keep_network_parse(KEEP_STR("::ffff:192.0.2.7"), &b));
    assert_memory_equal(a.byte, b.byte, sizeof a.byte);
}

static void test_network_ranges(void **state)
{
    (void)state;
    assert_int_equal(within("10.255.0.1", "10.0.0.0/8"), 1);
    assert_int_equal(within("11.0.0.1", "10.0.0.0/8"), 0);
    assert_int_equal(within("172.31.255.255", "172.16.0.0/12"), 1);
    assert_int_equal(within("172.32.0.0", "172.16.0.0/12"), 0);
    assert_int_equal(within("203.0.113.17", "0.0.0.0/0"), 1);
    assert_int_equal(within("2001:db8::1", "0.0.0.0/0"), 0);
    assert_int_equal(within("203.0.113.17", "203.0.113.17"), 1);
    assert_int_equal(within("203.0.113.18", "203.0.113.17/32"), 0);
    assert_int_equal(within("fd12::1", "fc00::/7"), 1);
    assert_int_equal(within("fe80::1", "fc00::/7"), 0);
    assert_int_equal(within("::1", "::/0"), 1);
    assert_int_equal(within("::1", "::1/128"), 1);
    static const char *const bad[] = {"", "10.0.0.0/33", "::/129", "10.0.0.0/", "10.0.0.0/x", "10.0.0.0/-1", "10.0.0.0/0008", "10.0.0", "house", "/8"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(within("10.0.0.1", bad[i]), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_network_reads_what_logs_write), cmocka_unit_test(test_network_ranges)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
