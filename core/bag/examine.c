/* Results of checks. A check passes when nothing spoke against it. */
#include "core/bag/examine.h"

#include <stdarg.h>
#include <stdio.h>

void keep_examine_clean(char *z)
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
    keep_examine_clean(x->check[c].detail);
}

void keep_examine_note(struct keep_examine *x, enum keep_examine_check c, const char *fmt, ...)
{
    va_list ap;
    if (x->check[c].result != KEEP_INSPECT_PASSED)
        return;
    va_start(ap, fmt);
    vsnprintf(x->check[c].detail, sizeof x->check[c].detail, fmt, ap);
    va_end(ap);
    keep_examine_clean(x->check[c].detail);
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

int keep_examine_report(const struct keep_examine *x, struct keep_err *err)
{
    static const char *const word[KEEP_CHECKS] = {
#define X(name, word, text) word,
        KEEP_INSPECT_CHECKS(X)
#undef X
    };
    int failed = 0, impossible = 0, first = -1;
    for (int c = 0; c < KEEP_CHECKS; c++) {
        char detail[480];
        unsigned more = x->check[c].failures > 1 ? x->check[c].failures - 1 : 0;
        if (x->skip[c])
            continue;
        if (more)
            snprintf(detail, sizeof detail, "%s (and %u more)", x->check[c].detail, more);
        else
            snprintf(detail, sizeof detail, "%s", x->check[c].detail);
        failed += x->check[c].result == KEEP_INSPECT_FAILED;
        impossible += x->check[c].result == KEEP_INSPECT_IMPOSSIBLE;
        if (first < 0 && x->check[c].result == KEEP_INSPECT_FAILED)
            first = c;
        int rc = x->p->found ? x->p->found(x->p->ctx, word[c], x->check[c].result, detail) : 0;
        if (rc < 0)
            return rc;
    }
    if (failed)
        return keep_err_at(err, KEEP_E_INTEGRITY, x->p->path, 0, 0, "%d check%s failed%s: %s: %s", failed, keep_str_s((unsigned)failed), failed == 1 ? "" : ", the first", word[first], x->check[first].detail);
    return impossible ? 1 : 0;
}
