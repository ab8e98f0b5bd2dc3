/* Errors. The struct has a fixed size and belongs to the caller, so that saying
 * "out of memory" needs no memory. Text that does not fit is cut, never refused:
 * half a sentence about the cause is worth more than none. */
#include "core/base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static const struct {
    int exit;
    const char *text;
} table[] = {
#define X(name, exit, text) {exit, text},
    KEEP_ERRORS(X)
#undef X
};

static const char *const lower_name[] = {
    [KEEP_ERR_INDEX_USAGE] = "usage",
    [KEEP_ERR_INDEX_INPUT] = "input",
    [KEEP_ERR_INDEX_IO] = "io",
    [KEEP_ERR_INDEX_NOMEM] = "nomem",
    [KEEP_ERR_INDEX_LIMIT] = "limit",
    [KEEP_ERR_INDEX_UNRECORDED] = "unrecorded",
    [KEEP_ERR_INDEX_INTEGRITY] = "integrity",
    [KEEP_ERR_INDEX_REFUSED] = "refused",
    [KEEP_ERR_INDEX_MISSING] = "missing",
    [KEEP_ERR_INDEX_LOCKED] = "locked",
    [KEEP_ERR_INDEX_KEY] = "key",
    [KEEP_ERR_INDEX_INTERRUPTED] = "interrupted",
};

_Static_assert(sizeof lower_name / sizeof *lower_name == KEEP_ERR_COUNT, "each code has a lower-case name");

/* The table's row of a code, -1 when there is none. */
static int index_of(int code)
{
    if (code >= 0 || code < -KEEP_ERR_COUNT)
        return -1;
    return -1 - code;
}

/* Fills the parts that both setters share. false when an earlier error stands. */
__attribute__((format(printf, 3, 0)))
static bool fill(struct keep_err *e, int code, const char *fmt, va_list ap)
{
    if (!e || e->code != 0)
        return false;
    e->code = code;
    e->line = e->col = 0;
    e->where[0] = e->hint[0] = '\0';
    vsnprintf(e->text, sizeof e->text, fmt, ap);
    return true;
}

int keep_err_set(struct keep_err *e, int code, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    fill(e, code, fmt, ap);
    va_end(ap);
    return code;
}

int keep_err_at(struct keep_err *e, int code, const char *where, uint64_t line, uint64_t col, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    if (fill(e, code, fmt, ap)) {
        snprintf(e->where, sizeof e->where, "%s", where ? where : "");
        e->line = line;
        e->col = col;
    }
    va_end(ap);
    return code;
}

void keep_err_hint(struct keep_err *e, const char *fmt, ...)
{
    if (!e || e->code == 0 || e->hint[0])
        return;
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(e->hint, sizeof e->hint, fmt, ap);
    va_end(ap);
}

void keep_err_clear(struct keep_err *e)
{
    if (e)
        memset(e, 0, sizeof *e);
}

int keep_err_exit(int code)
{
    int i = index_of(code);
    if (code == 0)
        return 0;
    return i < 0 ? 3 : table[i].exit;
}

const char *keep_err_name(int code)
{
    int i = index_of(code);
    if (code == 0)
        return "ok";
    return i < 0 ? "unknown" : lower_name[i];
}

void keep_err_format(const struct keep_err *e, char *out, unsigned long size)
{
    char at[64] = "";
    const char *text = e->text;
    int i = index_of(e->code);
    if (text[0] == '\0' && i >= 0)
        text = table[i].text;
    if (e->line && e->col)
        snprintf(at, sizeof at, ":%llu:%llu", (unsigned long long)e->line, (unsigned long long)e->col);
    else if (e->line)
        snprintf(at, sizeof at, ":%llu", (unsigned long long)e->line);
    const char *lead = e->where[0] ? e->where : at[0] ? "line" : "";
    const char *gap = lead[0] ? ": " : "";
    snprintf(out, size, "%s%s%s%s%s%s", lead, at, gap, text, e->hint[0] ? "\nhint: " : "", e->hint);
}
