/* Tokens of a policy file: CEL's lexis (cel-spec langdef, "Syntax") with // comments.
 * Inside the folder only. */
#ifndef CORE_POLICY_LEX_H
#define CORE_POLICY_LEX_H

#include "core/base/arena.h"
#include "core/base/diag.h"
#include "core/base/str.h"

enum keep_token_kind { KEEP_T_END, KEEP_T_IDENT, KEEP_T_INT, KEEP_T_UINT, KEEP_T_DOUBLE, KEEP_T_STRING, KEEP_T_BYTES, KEEP_T_PUNCT, KEEP_T_BAD };

/* Where something stands: line and columns count from 1, columns in code points, end exclusive. */
struct keep_span {
    uint32_t line, col, end_line, end_col;
};

#define KEEP_PUNCT2(a, b) ((uint16_t)((a) << 8 | (b))) /* "&&" and the like; a single character stands for itself */

struct keep_token {
    uint8_t kind;
    uint16_t punct;
    struct keep_span at;
    struct keep_str raw; /* as written */
    union {
        struct keep_str s; /* STRING, BYTES: escapes resolved, NUL behind it */
        uint64_t u;        /* INT (magnitude), UINT */
        double d;
    };
};

struct keep_lexed {
    const char *file;
    struct keep_str text;
    const struct keep_token *token; /* n, the last one END */
    size_t n;
    bool unreadable; /* no text, or too long: was reported; there is nothing to parse */
    bool mended;     /* some bytes were not UTF-8: was reported; in text, as in the tokens, each is U+FFFD */
};

/* Tokens of a whole text. What is no token is reported and left as KEEP_T_BAD, what is not UTF-8 is reported once. text stays the caller's and must
 * outlive the tokens. false: out of memory. */
bool keep_lex_run(struct keep_lexed *out, const char *file, struct keep_str text, struct keep_arena *a, struct keep_diags *ds);

/* The same for the part [from, to) of a string literal's value, with positions in the file that it stands in. */
bool keep_lex_inside(struct keep_lexed *out, const struct keep_lexed *outer, const struct keep_token *literal, size_t from, size_t to,
                     struct keep_arena *a, struct keep_diags *ds);
/* Where the bytes [from, to) of a literal's value stand. */
struct keep_span keep_lex_span(const struct keep_token *literal, size_t from, size_t to);

/* Adds a diagnostic about a span, with its source line. text and help are copied. */
void keep_lex_report(struct keep_diags *ds, const struct keep_lexed *l, struct keep_span at, enum keep_diag_level level, const char *text, const char *help);

#endif
