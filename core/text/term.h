/* Tables for a terminal: columns sized to their content, control characters
 * made visible (an attacker's file name cannot move the cursor). */
#ifndef CORE_TEXT_TERM_H
#define CORE_TEXT_TERM_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/str.h"

struct keep_term_column {
    const char *title;
    bool right;      /* align right (numbers) */
    size_t max;      /* columns after which text is wrapped (0: never), between words; no word of up to 40 columns is cut */
};

struct keep_term;
struct keep_term *keep_term_new(const struct keep_term_column *cols, size_t n);
void keep_term_free(struct keep_term *t);
bool keep_term_row(struct keep_term *t, const struct keep_str *cells); /* n cells, copied */
void keep_term_write(struct keep_term *t, struct keep_buf *out);

/* Appends s with control and bidi characters shown by number, as <U+001B>. */
void keep_term_safe(struct keep_buf *out, struct keep_str s);
/* The same for lines: their ends stay. */
void keep_term_lines(struct keep_buf *out, struct keep_str s);

#endif
