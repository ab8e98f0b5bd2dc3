/* A pack as it is written: its blocks, their clauses, and the tokens of each,
 * told by the parser itself, so that what rewrites, shows or compares packs
 * never guesses where a clause ends. Names and types are not looked at. */
#ifndef CORE_POLICY_OUTLINE_H
#define CORE_POLICY_OUTLINE_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/diag.h"
#include "core/base/err.h"
#include "core/base/str.h"

struct keep_lexed;

struct keep_outline_clause {
    struct keep_str word;
    size_t from, to; /* tokens, the word's first */
    uint32_t line;
};
struct keep_outline_block {
    struct keep_str word, id, subject; /* `access`, its id; of a test: its title; of tests and exceptions what they are for (empty: nothing) */
    size_t from, to;                   /* tokens, `}` the last */
    uint32_t line;
    const struct keep_outline_clause *clause;
    size_t clauses;
};
struct keep_outline {
    const struct keep_lexed *lexed;
    const bool *space; /* before each token: is it one blank away from the one before, on one line */
    const struct keep_outline_block *block;
    size_t blocks;
};

/* Reads one file. KEEP_E_USAGE when its syntax is broken: all errors of the file are then in diags; otherwise diags stays as it is.
 * Everything lives in a; text must outlive it. */
int keep_outline_read(struct keep_outline *out, const char *file, struct keep_str text, struct keep_arena *a, struct keep_diags *diags, struct keep_err *err);
/* The canonical text of the tokens [from, to) on one line, comments left out. */
void keep_outline_text(const struct keep_outline *o, size_t from, size_t to, struct keep_buf *out);

#endif
