/* Diagnostics: a list of findings about source text, printed once at the end
 * of a run, so that one run shows every mistake. */
#ifndef CORE_BASE_DIAG_H
#define CORE_BASE_DIAG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"

enum keep_diag_level { KEEP_DIAG_ERROR, KEEP_DIAG_WARNING };

struct keep_diag {
    enum keep_diag_level level;
    const char *file;
    uint32_t line, col, end_col; /* 1-based, columns in code points, end exclusive */
    const char *text;            /* what is wrong */
    const char *help;            /* a suggestion, or NULL */
    const char *source;          /* the source line, NUL-terminated */
};

struct keep_diags {
    struct keep_arena *arena; /* owner of all strings; set by the caller */
    struct keep_diag *list;
    size_t n, cap;
    size_t errors, warnings;
};

/* Copies all strings into the arena. false when out of memory (errors is still counted). */
bool keep_diag_add(struct keep_diags *ds, struct keep_diag d);
/* "FILE:LINE:COL: error: text", the source line, carets, "  hint: help"; tabs shown as they stand, carets below the right columns. */
void keep_diag_format(const struct keep_diag *d, struct keep_buf *out);
void keep_diag_line(const struct keep_diag *d, struct keep_buf *out); /* the first of these lines alone */

#endif
