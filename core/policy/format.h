/* The one way to write a pack: a clause a line, blanks and line breaks by rule,
 * comments where they stand. What is written so means what it meant. */
#ifndef CORE_POLICY_FORMAT_H
#define CORE_POLICY_FORMAT_H

#include "core/policy/outline.h"

enum { KEEP_FORMAT_WIDTH = 150 }; /* columns; a text or name that is longer stands alone */

/* The whole file. Formatting the result gives the result. KEEP_E_NOMEM, else 0. */
int keep_format_file(const struct keep_outline *o, struct keep_buf *out);
/* One block without the comments before it. */
int keep_format_block(const struct keep_outline *o, const struct keep_outline_block *b, struct keep_buf *out);

#endif
