/* Results of checks. A check passes when nothing spoke against it. */
#include "core/bag/examine.h"

#include <stdarg.h>
#include <stdio.h>

/* What a package says about itself may hold anything: only printable ASCII is passed on. */
static void clean(char *z)
{
    for (; *z; z++)
        if ((unsigned char)*z < 0x20 || (unsigned char)*z > 0x7e)
            *z = '?';
}

void keep_examine_fail(struct keep_examine *x, enum keep_examine_check c, const char *fmt, ...)
{
    va_list ap;
    if (x->check[c].failures++ > 0)
        return;
    x->check[c].result = KEEP_INSPECT_FAILED;
    va_start(ap, fmt);
    vsnprintf(x->check[c].detail, sizeof x->check[c].detail, fmt, ap);
    va_end(ap);
    clean(x->check[c].detail);
}

void keep_examine_note(struct keep_examine *x, enum keep_examine_check c, const char *fmt, ...)
{
    va_list ap;
    if (x->check[c].result != KEEP_INSPECT_PASSED)
        return;
    va_start(ap, fmt);
    vsnprintf(x->check[c].detail, sizeof x->check[c].detail, fmt, ap);
    va_end(ap);
    clean(x->check[c].detail);
}

void keep_examine_impossible(struct keep_examine *x, enum keep_examine_check c, const char *why)
{
    if (x->check[c].result == KEEP_INSPECT_FAILED)
        return;
    x->check[c].result = KEEP_INSPECT_IMPOSSIBLE;
    snprintf(x->check[c].detail, sizeof x->check[c].detail, "%s", why);
}

bool keep_examine_failed(const struct keep_examine *x, enum keep_examine_check c)
{
    return x->check[c].result == KEEP_INSPECT_FAILED;
}

int keep_examine_advance(struct keep_examine *x, size_t n, struct keep_err *err)
{
    x->done += n;
    if (x->p->progress && x->p->progress(x->p->progress_ctx, x->done < x->total ? x->done : x->total, x->total))
        return keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted; the package was not verified");
    return 0;
}
