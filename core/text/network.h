/* Network addresses as logs write them, and the ranges a house declares. */
#ifndef CORE_TEXT_NETWORK_H
#define CORE_TEXT_NETWORK_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/str.h"

/* IPv4 stands as IPv6 maps it, ::ffff:a.b.c.d (RFC 4291 2.5.5.2): one comparison for both. */
struct keep_network_address {
    uint8_t byte[16];
};

/* "192.0.2.7" or RFC 4291 text; a zone ("%eth0") and the brackets or port of "[::1]:443" and "10.0.0.1:443" are left out. False: no address. */
bool keep_network_parse(struct keep_str s, struct keep_network_address *out);

/* Is it in "10.0.0.0/8", "fc00::/7", or equal to an address without a length? -1: the range is none. */
int keep_network_within(const struct keep_network_address *a, struct keep_str range);

#endif
