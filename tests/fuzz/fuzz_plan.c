/* A plan comes from a file that others may have touched: whatever is read must write back as the same bytes. */
#include <stdint.h>
#include <stdlib.h>

#include "core/retention/plan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_arena *a = keep_arena_new((size_t)16 << 20);
    struct keep_str text = {(const char *)data, size};
    struct keep_buf again = KEEP_BUF_INIT;
    struct keep_err err = {0};
    struct keep_plan p;
    if (a && keep_plan_read(&p, text, "plan", a, &err) == 0) {
        keep_plan_write(&p, &again);
        if (!again.failed && !keep_str_eq(keep_buf_view(&again), text))
            abort();
    }
    keep_buf_free(&again);
    keep_arena_free(a);
    return 0;
}
