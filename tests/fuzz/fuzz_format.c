/* Formatting over any bytes: what has a syntax is written, what is written has the same one, and is written the same again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "core/policy/format.h"

/* 1: no syntax, or no memory. */
static int format(struct keep_str text, struct keep_buf *out)
{
    struct keep_arena *a = keep_arena_new(64u << 20);
    struct keep_diags ds = {.arena = a};
    struct keep_outline o;
    int rc = a ? keep_outline_read(&o, "fuzz.policy", text, a, &ds, NULL) : 1;
    if (rc == KEEP_E_USAGE && ds.errors == 0)
        abort();
    if (rc == 0)
        rc = keep_format_file(&o, out);
    keep_arena_free(a);
    return rc < 0 ? 1 : rc;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct keep_buf once = KEEP_BUF_INIT, twice = KEEP_BUF_INIT;
    if (format((struct keep_str){(const char *)data, size}, &once) == 0 &&
        (format(keep_buf_view(&once), &twice) != 0 || !keep_str_eq(keep_buf_view(&once), keep_buf_view(&twice))))
        abort();
    keep_buf_free(&once);
    keep_buf_free(&twice);
    return 0;
}
