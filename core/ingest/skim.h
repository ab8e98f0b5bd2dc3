/* A fast walk over the outline of JSON text: where members and array elements
 * begin and end, without a tree and without checking what is inside. It finds
 * the whole entries of a damaged Bundle, and lets a Bundle be read one entry at
 * a time; each piece is then read strictly by core/text/json. */
#ifndef CORE_INGEST_SKIM_H
#define CORE_INGEST_SKIM_H

#include <stdbool.h>

#include "core/base/str.h"

struct keep_skim {
    const char *p, *end; /* where the walk stands */
    bool first;          /* no child was taken yet */
};

enum keep_skim_step {
    KEEP_SKIM_CHILD,  /* *value (and *name) are set, p stands behind it */
    KEEP_SKIM_END,    /* the container closed, p stands behind its bracket */
    KEEP_SKIM_BROKEN, /* the text ends, or is no JSON; p stands where the broken child begins */
};

/* Enters the object or array that s begins with (white space before it allowed). */
bool keep_skim_enter(struct keep_skim *k, struct keep_str s, char bracket);
/* name: the member's name between its quotes, not unescaped. BROKEN inside a value: name is set, and value is what there is of it up to the text's end. */
enum keep_skim_step keep_skim_member(struct keep_skim *k, struct keep_str *name, struct keep_str *value);
enum keep_skim_step keep_skim_element(struct keep_skim *k, struct keep_str *value);

enum keep_skim_whole { KEEP_SKIM_WHOLE, KEEP_SKIM_CUT, KEEP_SKIM_IN_STRING };
/* Is s, white space around it aside, begun by a complete value? CUT: it ends too early, outside a string. n: bytes to the value's end. */
enum keep_skim_whole keep_skim_value(struct keep_str s, size_t *n);
/* s without JSON white space at both ends. */
struct keep_str keep_skim_trim(struct keep_str s);

#endif
