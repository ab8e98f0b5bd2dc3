/* HTML that cannot carry markup from its data: text and attributes are escaped
 * here and nowhere else. */
#ifndef CORE_TEXT_HTML_H
#define CORE_TEXT_HTML_H

#include "core/base/buf.h"
#include "core/base/str.h"

void keep_html_text(struct keep_buf *out, struct keep_str s); /* & < > " ' and control characters, those of direction too */
/* A whole plain document: doctype, CSP meta "default-src 'none'; style-src 'unsafe-inline'", title; then the caller's body; then _end. */
void keep_html_begin(struct keep_buf *out, struct keep_str title);
void keep_html_end(struct keep_buf *out);

#endif
