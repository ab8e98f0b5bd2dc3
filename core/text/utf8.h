/* UTF-8 (RFC 3629): checking and stepping. */
#ifndef CORE_TEXT_UTF8_H
#define CORE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"

bool keep_utf8_valid(struct keep_str s);
/* Code point at *i, advancing *i; an invalid byte gives U+FFFD and advances one. */
uint32_t keep_utf8_next(struct keep_str s, size_t *i);
size_t keep_utf8_count(struct keep_str s);   /* code points */
size_t keep_utf8_columns(struct keep_str s); /* terminal columns, wide characters as two */

#endif
