/* Inline SVG for HTML pages: bars over time with a line of shares over them. No
 * script, no colour that a print loses: shares are told in words beside it. */
#ifndef CORE_REPORT_BARS_H
#define CORE_REPORT_BARS_H

#include "core/base/buf.h"
#include "core/base/str.h"

struct keep_bars_point {
    struct keep_str label; /* "2026-03" */
    int64_t count;         /* the bar, not negative */
    double share;          /* the line, 0 to 1; negative: none here */
};

/* title is what a screen reader says. Nothing is written for no points. */
void keep_bars_svg(struct keep_buf *out, struct keep_str title, const struct keep_bars_point *p, size_t n);

#endif
