/* Any bytes as a column segment: decoded within its ranges or refused. What is
 * accepted packs and unpacks to the same events. */
#include <stdlib.h>
#include <string.h>

#include "core/store/segment.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct keep_segment a, b;
    struct keep_segment_bounds top;
    struct keep_buf out = KEEP_BUF_INIT;

    if (keep_segment_unpack(data, size, &a, &top, NULL) < 0)
        return 0;
    for (uint32_t i = 0; i < a.n; i++)
        if (a.account[i] > top.account || a.patient[i] > top.patient || a.place[i] > top.place || a.unit[i] > top.unit || a.action[i] >= KEEP_ACTION_COUNT)
            abort();
    keep_segment_pack(&a, 0, &out);
    if (out.failed || keep_segment_unpack(out.p, out.n, &b, NULL, NULL) < 0 || a.n != b.n || memcmp(a.time, b.time, a.n * sizeof *a.time) != 0 ||
        memcmp(a.ordinal, b.ordinal, a.n * sizeof *a.ordinal) != 0 || memcmp(a.patient, b.patient, a.n * sizeof *a.patient) != 0)
        abort();
    keep_buf_free(&out);
    return 0;
}
