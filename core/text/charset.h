/* Text in the encodings that older files are in, as UTF-8. */
#ifndef CORE_TEXT_CHARSET_H
#define CORE_TEXT_CHARSET_H

#include <stdbool.h>

#include "core/base/buf.h"
#include "core/base/str.h"

enum keep_charset { KEEP_CHARSET_UTF8, KEEP_CHARSET_UTF16, KEEP_CHARSET_UTF16BE, KEEP_CHARSET_UTF16LE, KEEP_CHARSET_LATIN1, KEEP_CHARSET_ASCII, KEEP_CHARSETS };

/* By its IANA name, without regard to case; KEEP_CHARSETS: none of these. */
enum keep_charset keep_charset_named(struct keep_str name);
/* Appends text to out. *marked: a byte order mark stood first, which is not copied. False: a sequence that is not of this encoding. UTF-16 without a mark is read
 * as big endian (RFC 2781 section 4.3). */
bool keep_charset_utf8(struct keep_buf *out, enum keep_charset from, struct keep_str text, bool *marked);

#endif
