/* Any text is an address or none, and every address is inside of itself; a range is one or none. */
#include <stdlib.h>
#include <string.h>

#include "core/text/network.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_str whole = {(const char *)data, size};
    const char *bar = size ? memchr(data, '|', size) : NULL;
    struct keep_str address = bar ? (struct keep_str){whole.p, (size_t)(bar - whole.p)} : whole, range = bar ? (struct keep_str){bar + 1, size - address.n - 1} : whole;
    struct keep_network_address a;
    if (!keep_network_parse(address, &a))
        return 0;
    int within = keep_network_within(&a, range);
    if (within < -1 || within > 1 || (keep_network_within(&a, address) == 0))
        abort();
    return 0;
}
