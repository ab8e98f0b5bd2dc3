/* Hexadecimal and base64 (RFC 4648), both strict. */
#ifndef CORE_BASE_CODEC_H
#define CORE_BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/buf.h"
#include "core/base/str.h"

void keep_codec_hex(const void *p, size_t n, char *out); /* out: 2n+1 bytes, lower case, NUL-terminated */
bool keep_codec_unhex(struct keep_str s, void *out, size_t n); /* exactly 2n digits */
void keep_codec_base64(struct keep_buf *out, const void *p, size_t n, bool pad);
/* Canonical only: right alphabet, right padding (as pad says), no stray bits, no white space. Appends. */
bool keep_codec_unbase64(struct keep_buf *out, struct keep_str s, bool pad);

#endif
