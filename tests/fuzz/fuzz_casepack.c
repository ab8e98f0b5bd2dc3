/* Any bytes as the accesses of a finding: refused, or such as come back when they are packed again. */
#include <stdlib.h>

#include "core/store/casepack.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct keep_str in = {(const char *)data, size};
    struct keep_buf again = KEEP_BUF_INIT;
    struct keep_event_id *event, *back;
    size_t n, m;

    if (keep_casepack_count(in, &n, NULL) != 0)
        return 0;
    event = malloc((n + 1) * sizeof *event);
    back = malloc((n + 1) * sizeof *back);
    if (!event || !back)
        abort();
    if (keep_casepack_get(in, event, n, NULL) == 0) {
        keep_casepack_put(&again, event, n);
        if (again.failed || again.n > size || keep_casepack_count(keep_buf_view(&again), &m, NULL) != 0 || m != n || keep_casepack_get(keep_buf_view(&again), back, n, NULL) != 0)
            abort();
        for (size_t i = 0; i < n; i++)
            if (event[i].source != back[i].source || event[i].ordinal != back[i].ordinal)
                abort();
    }
    keep_buf_free(&again);
    free(event);
    free(back);
    return 0;
}
