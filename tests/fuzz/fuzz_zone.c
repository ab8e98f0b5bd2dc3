/* A damaged TZif file is refused or gives offsets within a day; it never hangs. */
#include <stdlib.h>

#include "core/base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_zone *z;
    if (keep_zone_parse(&z, "Fuzz/Zone", (struct keep_str){(const char *)data, size}, NULL) != 0)
        return 0;
    for (keep_date d = -719162; d < 2932896; d += 9973) {
        int32_t off = keep_zone_offset(z, (keep_time)d * 86400 * KEEP_USEC);
        if (off < -168 * 3600 || off > 169 * 3600)
            abort();
        keep_time t = keep_zone_instant(z, d, 7200);
        if (t != KEEP_TIME_NONE)
            keep_zone_date(z, t);
    }
    keep_zone_free(z);
    return 0;
}
