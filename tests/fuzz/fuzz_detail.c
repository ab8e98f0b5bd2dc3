/* Any bytes as a stored body: people, places, declarations, records' sealed
 * parts, events' details. The first byte picks which. */
#include <string.h>

#include "core/store/detail.h"
#include "core/store/logdetail.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new((size_t)1 << 26);
    struct keep_detail d;
    struct keep_detail_record r;
    struct keep_logdetail e;
    struct keep_source s = {.id = 1};

    if (a && size > 0) {
        struct keep_str body = {(const char *)data + 1, size - 1};
        keep_detail_get(&d, (enum keep_entity)(data[0] % KEEP_ENTITY_COUNT), body, a, NULL);
        keep_detail_get_source(&s, body, a, NULL);
        keep_detail_get_record(&r, body, NULL);
        keep_logdetail_get(&e, body, NULL);
    }
    keep_arena_free(a);
    return 0;
}
