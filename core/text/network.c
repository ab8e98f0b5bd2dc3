/* Addresses are read by inet_pton, which takes exactly the forms of RFC 4291 and
 * the dotted four; what is around them in logs is cut off first. */
#include "core/text/network.h"

#include <arpa/inet.h>
#include <string.h>

enum { LONGEST = 45, FOUR_BITS = 96, BITS = 128 }; /* of the text; where IPv4 begins; of an address */

static bool parse(const char *p, size_t n, struct keep_network_address *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    char z[LONGEST + 1];
    if (n == 0 || n > LONGEST || memchr(p, '\0', n))
        return false;
    memcpy(z, p, n);
    z[n] = '\0';
    if (memchr(p, ':', n))
        return inet_pton(AF_INET6, z, out->byte) == 1;
    memcpy(out->byte, mapped, sizeof mapped);
    return inet_pton(AF_INET, z, out->byte + sizeof mapped) == 1;
}

/* Is it a port's number and nothing else? */
static bool port(const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] < '0' || p[i] > '9')
            return false;
    return n > 0 && n <= 5;
}

bool keep_network_parse(struct keep_str s, struct keep_network_address *out)
{
    const char *end, *zone;
    if (s.n && s.p[0] == '[') {
        end = memchr(s.p, ']', s.n);
        size_t after = end ? s.n - (size_t)(end - s.p) - 1 : 0;
        if (!end || (after && (end[1] != ':' || !port(end + 2, after - 1))))
            return false;
        s = (struct keep_str){s.p + 1, (size_t)(end - s.p) - 1};
    } else if (s.n && (end = memchr(s.p, ':', s.n)) && memchr(s.p, '.', (size_t)(end - s.p)) && port(end + 1, s.n - (size_t)(end - s.p) - 1)) {
        s.n = (size_t)(end - s.p);
    }
    if (s.n && (zone = memchr(s.p, '%', s.n)))
        s.n = (size_t)(zone - s.p);
    return parse(s.p, s.n, out);
}

int keep_network_within(const struct keep_network_address *a, struct keep_str range)
{
    struct keep_network_address of;
    const char *slash = range.n ? memchr(range.p, '/', range.n) : NULL;
    size_t n = slash ? (size_t)(slash - range.p) : range.n;
    int bits = BITS;
    if (!parse(range.p, n, &of))
        return -1;
    if (slash) {
        bool four = !memchr(range.p, ':', n);
        size_t digits = range.n - n - 1;
        if (!port(slash + 1, digits) || digits > 3)
            return -1;
        bits = four ? FOUR_BITS : 0;
        int length = 0;
        for (size_t i = 0; i < digits; i++)
            length = length * 10 + (slash[1 + i] - '0');
        bits += length;
        if (bits > BITS)
            return -1;
    }
    if (memcmp(a->byte, of.byte, (size_t)bits / 8) != 0)
        return 0;
    uint8_t mask = (uint8_t)(0xff00 >> (bits % 8));
    return bits % 8 == 0 || (a->byte[bits / 8] & mask) == (of.byte[bits / 8] & mask);
}
