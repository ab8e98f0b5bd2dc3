/* UTF-8 (RFC 3629): checking and stepping. */
#ifndef CORE_TEXT_UTF8_H
#define CORE_TEXT_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/str.h"

/* Bytes of the well-formed sequence at p with left bytes to come, 0 when there is none. */
size_t keep_utf8_sequence(const char *p, size_t left);
/* Writes a code point that is not a surrogate; returns its bytes. */
size_t keep_utf8_put(uint32_t c, char out[4]);
bool keep_utf8_valid(struct keep_str s);
/* Code point at *i, advancing *i; an invalid byte gives U+FFFD and advances one. */
uint32_t keep_utf8_next(struct keep_str s, size_t *i);
size_t keep_utf8_count(struct keep_str s);   /* code points */
size_t keep_utf8_columns(struct keep_str s); /* terminal columns, wide characters as two */

#endif
