/* The one process-wide variable of the store: a hook that only tests set. */
#include "core/store/fault.h"

#include <stddef.h>

static keep_fault_fn hook;
static void *hook_ctx;

void keep_fault_set(keep_fault_fn fn, void *ctx)
{
    hook = fn;
    hook_ctx = ctx;
}

int keep_fault_hit(enum keep_fault_op op, const char *what)
{
    return hook ? hook(hook_ctx, op, what) : 0;
}
