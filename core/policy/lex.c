/* The lexer: one pass over a file into an array of tokens, so that the parsers
 * look ahead at will. CEL's lexical grammar, whole: r"", b"", triple quotes,
 * all escapes, hexadecimal and unsigned numbers. Bytes that are not UTF-8 are an
 * error, and reading goes on behind them, so that what else is wrong is told too. */
#include "core/policy/lex.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/text/utf8.h"

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

enum {
    FIRST_TOKENS = 256,
    TOKEN_BYTES = 6,         /* of a text, to a token; shipped packs have 6 to 9 */
    NUMBER_LIMIT = 400,      /* characters of a number; the longest exact double has 309 digits before its point */
    SHOWN_LINE_LIMIT = 1000, /* bytes of a source line worth printing below a message */
    ERRORS_LIMIT = 1000,     /* messages kept in one run: who has more starts at the top anyway. Of either kind, so that warnings leave room for errors */
    WARNINGS_LIMIT = 1000,
    TOKENS_LIMIT = 1 << 20,  /* of one file: the shipped packs together have some 30,000, and each costs 72 bytes */
};

struct lexer {
    struct keep_lexed *l;
    struct keep_arena *arena;
    struct keep_diags *ds;
    struct keep_token *token;
    size_t n, cap;
    struct keep_str text;
    size_t i;
    uint32_t line, col;
    bool nomem;
};

void keep_lex_report(struct keep_diags *ds, const struct keep_lexed *l, struct keep_span at, enum keep_diag_level level, const char *text, const char *help)
{
    size_t *had = level == KEEP_DIAG_ERROR ? &ds->errors : &ds->warnings;
    if (*had >= (level == KEEP_DIAG_ERROR ? ERRORS_LIMIT : WARNINGS_LIMIT)) {
        ++*had;
        return;
    }
    size_t from = 0;
    for (uint32_t line = 1; line < at.line; line++) {
        const char *nl = from < l->text.n ? memchr(l->text.p + from, '\n', l->text.n - from) : NULL;
        if (!nl)
            break;
        from = (size_t)(nl - l->text.p) + 1;
    }
    if (from == 0 && l->text.n >= 3 && memcmp(l->text.p, "\xef\xbb\xbf", 3) == 0)
        from = 3;
    size_t n = 0;
    while (from + n < l->text.n && l->text.p[from + n] != '\n' && l->text.p[from + n] != '\r' && l->text.p[from + n] != '\0')
        n++;
    char shown[SHOWN_LINE_LIMIT + 1];
    bool show = n <= SHOWN_LINE_LIMIT;
    if (show) {
        if (n)
            memcpy(shown, l->text.p + from, n);
        shown[n] = '\0';
    }
    uint32_t end = at.end_line > at.line ? at.col + (uint32_t)n : at.end_col;
    keep_diag_add(ds, (struct keep_diag){.level = level, .file = l->file, .line = at.line, .col = at.col,
                      .end_col = end > at.col ? end : at.col + 1, .text = text, .help = help, .source = show ? shown : NULL});
}

static char peek(const struct lexer *x, size_t ahead)
{
    return x->i + ahead < x->text.n ? x->text.p[x->i + ahead] : '\0';
}

/* Steps over n bytes of well-formed text. */
static void step(struct lexer *x, size_t n)
{
    for (; n && x->i < x->text.n; n--, x->i++) {
        unsigned char c = (unsigned char)x->text.p[x->i];
        if (c == '\n') {
            x->line++;
            x->col = 1;
        } else if ((c & 0xc0) != 0x80) {
            x->col++;
        }
    }
}

static bool is_digit(char c) { return c >= '0' && c <= '9'; }
static bool is_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
static int hex(char c)
{
    return is_digit(c) ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* The letters, digits and underscores at the cursor: of one byte and one column each. */
static void word(struct lexer *x)
{
    size_t i = x->i;
    while (i < x->text.n && (is_start(x->text.p[i]) || is_digit(x->text.p[i])))
        i++;
    x->col += (uint32_t)(i - x->i);
    x->i = i;
}

static void complain(struct lexer *x, struct keep_token *t, const char *text, const char *help)
{
    t->kind = KEEP_T_BAD;
    keep_lex_report(x->ds, x->l, t->at, KEEP_DIAG_ERROR, text, help);
}

static void end_token(struct lexer *x, struct keep_token *t, size_t from)
{
    t->raw = (struct keep_str){x->text.p + from, x->i - from};
    t->at.end_line = x->line;
    t->at.end_col = x->col;
}

/* --- numbers: INT_LIT, UINT_LIT, FLOAT_LIT --- */

static void number(struct lexer *x, struct keep_token *t)
{
    size_t from = x->i;
    bool real = false, fits = true;
    uint64_t u = 0;
    t->kind = KEEP_T_INT;
    if (peek(x, 0) == '0' && (peek(x, 1) == 'x' || peek(x, 1) == 'X') && hex(peek(x, 2)) >= 0) {
        step(x, 2);
        for (; hex(peek(x, 0)) >= 0; step(x, 1)) {
            fits = fits && u >> 60 == 0;
            u = u << 4 | (unsigned)hex(peek(x, 0));
        }
    } else {
        for (; is_digit(peek(x, 0)); step(x, 1))
            fits = fits && !__builtin_mul_overflow(u, 10u, &u) && !__builtin_add_overflow(u, (uint64_t)(peek(x, 0) - '0'), &u);
        if (peek(x, 0) == '.' && is_digit(peek(x, 1))) {
            real = true;
            do
                step(x, 1);
            while (is_digit(peek(x, 0)));
        }
        size_t sign = peek(x, 1) == '+' || peek(x, 1) == '-' ? 2 : 1;
        if ((peek(x, 0) == 'e' || peek(x, 0) == 'E') && is_digit(peek(x, sign))) {
            real = true;
            step(x, sign);
            while (is_digit(peek(x, 0)))
                step(x, 1);
        }
    }
    size_t n = x->i - from;
    if (!real && (peek(x, 0) == 'u' || peek(x, 0) == 'U')) {
        t->kind = KEEP_T_UINT;
        step(x, 1);
    }
    bool trailing = is_start(peek(x, 0)) || is_digit(peek(x, 0));
    word(x);
    end_token(x, t, from);
    t->u = u;
    if (trailing) {
        complain(x, t, "this is no number", NULL);
    } else if (real && n < NUMBER_LIMIT) {
        char z[NUMBER_LIMIT];
        memcpy(z, x->text.p + from, n);
        z[n] = '\0';
        t->kind = KEEP_T_DOUBLE;
        t->d = strtod(z, NULL);
    } else if (real || !fits) {
        complain(x, t, "this number is too large", NULL);
    }
}

/* --- strings --- */

/* One element of a literal at p: a code point or octet after escapes. *n its written bytes. -1: no such escape. */
static int64_t element(const char *p, size_t left, bool raw, bool octets, size_t *n, bool *octet)
{
    *octet = false;
    if (raw || p[0] != '\\') {
        *n = keep_utf8_sequence(p, left);
        size_t i = 0;
        return keep_utf8_next((struct keep_str){p, *n}, &i);
    }
    *n = left < 2 ? 1 : 2;
    if (left < 2)
        return -1;
    static const char letters[] = "abfnrtv\\?\"'`";
    static const char meanings[] = "\a\b\f\n\r\t\v\\?\"'`";
    const char *at = strchr(letters, p[1]);
    if (p[1] && at)
        return meanings[at - letters];
    size_t digits = p[1] == 'x' || p[1] == 'X' ? 2 : p[1] == 'u' ? 4 : p[1] == 'U' ? 8 : 0;
    uint32_t v = 0;
    if (digits) {
        for (size_t i = 0; i < digits; i++) {
            int h = 2 + i < left ? hex(p[2 + i]) : -1;
            if (h < 0)
                return -1;
            v = v << 4 | (unsigned)h;
        }
        *n = 2 + digits;
        *octet = octets && digits == 2;
        bool none = (octets && digits != 2) || v > 0x10ffff || (v >= 0xd800 && v < 0xe000);
        return none ? -1 : (int64_t)v;
    }
    if (left < 4 || p[1] < '0' || p[1] > '3' || p[2] < '0' || p[2] > '7' || p[3] < '0' || p[3] > '7')
        return -1;
    *n = 4;
    *octet = octets;
    return (p[1] - '0') * 64 + (p[2] - '0') * 8 + (p[3] - '0');
}

/* Prefix and quotes of a literal as written. */
struct quoting {
    bool raw, octets;
    char quote;
    size_t prefix, quotes; /* letters, quote characters on each side */
};

static struct quoting quoting(struct keep_str s)
{
    struct quoting q = {.quotes = 1};
    while (q.prefix < s.n && is_start(s.p[q.prefix])) {
        char c = s.p[q.prefix++];
        q.raw = q.raw || c == 'r' || c == 'R';
        q.octets = q.octets || c == 'b' || c == 'B';
    }
    q.quote = s.p[q.prefix];
    if (s.n >= q.prefix + 3 && s.p[q.prefix + 1] == q.quote && s.p[q.prefix + 2] == q.quote)
        q.quotes = 3;
    return q;
}

static bool closes(const char *p, size_t left, const struct quoting *q)
{
    if (left < q->quotes)
        return false;
    for (size_t i = 0; i < q->quotes; i++)
        if (p[i] != q->quote)
            return false;
    return true;
}

/* Steps to the closing quotes and returns the bytes between them, SIZE_MAX when there are none. */
static size_t find_close(struct lexer *x, const struct quoting *q)
{
    size_t from = x->i;
    while (x->i < x->text.n) {
        const char *p = x->text.p + x->i;
        if (*p != q->quote && *p != '\\' && *p != '\n') {
            x->col += ((unsigned char)*p & 0xc0) != 0x80;
            x->i++;
            continue;
        }
        if (closes(p, x->text.n - x->i, q))
            return x->i - from;
        if (*p == '\n' && q->quotes == 1)
            break;
        step(x, *p == '\\' && !q->raw && peek(x, 1) != '\n' ? 2 : 1);
    }
    return SIZE_MAX;
}

static void string(struct lexer *x, struct keep_token *t)
{
    size_t from = x->i;
    struct quoting q = quoting((struct keep_str){x->text.p + from, x->text.n - from});
    step(x, q.prefix + q.quotes);
    size_t body = x->i, n = find_close(x, &q);
    if (n == SIZE_MAX) {
        end_token(x, t, from);
        complain(x, t, "this string has no end", q.quotes == 1 ? "close it with a quotation mark on the same line" : "close it with three quotation marks");
        return;
    }
    step(x, q.quotes);
    end_token(x, t, from);
    t->kind = q.octets ? KEEP_T_BYTES : KEEP_T_STRING;
    char *out = keep_arena_alloc(x->arena, n + 1);
    if (!out) {
        x->nomem = true;
        return;
    }
    size_t len = 0;
    for (size_t i = 0, used; i < n; i += used) {
        bool octet;
        const char *p = x->text.p + body + i, *escape = q.raw ? NULL : memchr(p, '\\', n - i);
        if ((used = escape ? (size_t)(escape - p) : n - i) > 0) { /* as it is written */
            memcpy(out + len, p, used);
            len += used;
            continue;
        }
        int64_t c = element(x->text.p + body + i, n - i, q.raw, q.octets, &used, &octet);
        if (c < 0) {
            t->s = (struct keep_str){out, len};
            struct keep_token part = {.at = keep_lex_span(t, len, len + 1)};
            complain(x, &part, "there is no such escape in a string", "write \\\\ for a backslash");
            t->kind = KEEP_T_BAD;
            return;
        }
        if (octet)
            out[len++] = (char)c;
        else
            len += keep_utf8_put((uint32_t)c, out + len); /* no escape is shorter than what it stands for */
    }
    t->s = (struct keep_str){out, len};
}

struct keep_span keep_lex_span(const struct keep_token *literal, size_t from, size_t to)
{
    struct quoting q = quoting(literal->raw);
    struct keep_span s = {.line = literal->at.line, .col = literal->at.col + (uint32_t)(q.prefix + q.quotes)};
    const char *p = literal->raw.p;
    size_t i = q.prefix + q.quotes, end = literal->raw.n - q.quotes, len = 0;
    uint32_t line = s.line, col = s.col;
    while (i < end && len < to) {
        if (len <= from) {
            s.line = line;
            s.col = col;
        }
        size_t used;
        bool octet;
        char c[4];
        int64_t e = element(p + i, end - i, q.raw, q.octets, &used, &octet);
        len += e < 0 || octet ? 1 : keep_utf8_put((uint32_t)e, c);
        for (size_t k = 0; k < used; k++) {
            if (p[i + k] == '\n') {
                line++;
                col = 1;
            } else if (((unsigned char)p[i + k] & 0xc0) != 0x80) {
                col++;
            }
        }
        i += used;
    }
    if (from >= len) {
        s.line = line;
        s.col = col;
    }
    s.end_line = line;
    s.end_col = col;
    return s;
}

/* --- the whole text --- */

static void blanks(struct lexer *x)
{
    for (;;) {
        char c = peek(x, 0);
        if (c == ' ') {
            x->i++;
            x->col++;
        } else if (x->i < x->text.n && (c == '\t' || c == '\n' || c == '\r' || c == '\f')) {
            step(x, 1);
        } else if (c == '/' && peek(x, 1) == '/') {
            const char *p = x->text.p + x->i, *end = memchr(p, '\n', x->text.n - x->i);
            if (end)
                x->i += (size_t)(end - p); /* what its column is nobody asks: the next is that of a line's beginning */
            else
                step(x, x->text.n - x->i);
        } else {
            return;
        }
    }
}

/* Does a string start at the cursor, with or without a prefix? */
static bool string_starts(const struct lexer *x)
{
    size_t n = 0;
    bool raw = false, octets = false;
    for (; n < 2; n++) {
        char c = peek(x, n);
        if ((c == 'r' || c == 'R') && !raw)
            raw = true;
        else if ((c == 'b' || c == 'B') && !octets)
            octets = true;
        else
            break;
    }
    return peek(x, n) == '"' || peek(x, n) == '\'';
}

static void punct(struct lexer *x, struct keep_token *t)
{
    static const char *const twos[] = {"&&", "||", "==", "!=", "<=", ">="};
    size_t from = x->i;
    char c = peek(x, 0);
    t->kind = KEEP_T_PUNCT;
    for (size_t k = 0; k < sizeof twos / sizeof *twos; k++)
        if (c == twos[k][0] && peek(x, 1) == twos[k][1]) {
            t->punct = KEEP_PUNCT2(twos[k][0], twos[k][1]);
            step(x, 2);
            end_token(x, t, from);
            return;
        }
    size_t n = keep_utf8_sequence(x->text.p + x->i, x->text.n - x->i);
    step(x, n ? n : 1);
    end_token(x, t, from);
    if (c && strchr("{}[]().,:?!<>+-*/%", c)) {
        t->punct = (unsigned char)c;
        return;
    }
    if (x->l->mended && n == sizeof REPLACEMENT - 1 && memcmp(t->raw.p, REPLACEMENT, n) == 0) {
        t->kind = KEEP_T_BAD; /* a byte that was reported */
        return;
    }
    const char *help = c == '=' ? "`==` compares" : c == '&' ? "`&&` is and" : c == '|' ? "`||` is or" : c == ';' ? "clauses need no separator"
                       : c == '#' ? "comments start with //" : NULL;
    complain(x, t, "this character has no meaning here", help);
}

static void next(struct lexer *x, struct keep_token *t)
{
    blanks(x);
    *t = (struct keep_token){.at = {x->line, x->col, x->line, x->col}};
    size_t from = x->i;
    if (x->i == x->text.n) {
        t->kind = KEEP_T_END;
        t->raw = (struct keep_str){x->text.p + from, 0};
        return;
    }
    char c = peek(x, 0);
    if (string_starts(x)) {
        string(x, t);
    } else if (is_digit(c) || (c == '.' && is_digit(peek(x, 1)))) {
        number(x, t);
    } else if (is_start(c)) {
        t->kind = KEEP_T_IDENT;
        word(x);
        end_token(x, t, from);
    } else {
        punct(x, t);
    }
}

_Static_assert(TOKENS_LIMIT == 1048576, "as the message says");
static bool all(struct lexer *x)
{
    size_t guess = x->text.n / TOKEN_BYTES < TOKENS_LIMIT ? x->text.n / TOKEN_BYTES : TOKENS_LIMIT;
    size_t first = guess > FIRST_TOKENS ? guess : FIRST_TOKENS;
    for (;;) {
        if (!keep_arena_grow(x->arena, &x->token, &x->cap, x->n + 1, sizeof *x->token, first))
            return false;
        struct keep_token *t = &x->token[x->n++];
        next(x, t);
        if (x->nomem)
            return false;
        if (t->kind == KEEP_T_END)
            break;
        if (x->n == TOKENS_LIMIT) {
            keep_lex_report(x->ds, x->l, t->at, KEEP_DIAG_ERROR, "a policy file has at most 1048576 words, numbers, texts and signs", "split it");
            x->l->unreadable = true;
            t->kind = KEEP_T_END;
            break;
        }
    }
    x->l->token = x->token;
    x->l->n = x->n;
    return true;
}

/* Bytes of text from i on that are well-formed. */
static size_t sound(struct keep_str text, size_t i)
{
    size_t from = i, n;
    while (i < text.n && (n = (unsigned char)text.p[i] < 0x80 ? 1 : keep_utf8_sequence(text.p + i, text.n - i)) > 0)
        i += n;
    return i - from;
}

/* Puts U+FFFD for each of the bytes that are not UTF-8, the first of which is at good, and reports that one. Where there is also a
 * NUL this is no text, or none that is written in bytes: everything in it would be wrong. */
static bool mend(struct lexer *x, size_t good)
{
    struct keep_str text = x->text;
    struct keep_buf b = KEEP_BUF_INIT;
    size_t bad = 0;
    bool ok = true;
    for (size_t i = 0; i < text.n; bad++) {
        size_t n = sound(text, i);
        keep_buf_add(&b, text.p + i, n);
        if ((i += n) == text.n)
            break;
        keep_buf_str(&b, REPLACEMENT);
        i++;
    }
    x->l->mended = true;
    x->l->text = keep_arena_str(x->arena, keep_buf_view(&b), &ok);
    ok = ok && !b.failed;
    keep_buf_free(&b);
    if (!ok)
        return false;
    x->text = (struct keep_str){x->l->text.p, good};
    step(x, good - x->i);
    char what[80] = "this byte is not UTF-8";
    if (bad > 1)
        snprintf(what, sizeof what, "this byte is not UTF-8, and %zu more %s not", bad - 1, bad == 2 ? "is" : "are");
    keep_lex_report(x->ds, x->l, (struct keep_span){x->line, x->col, x->line, x->col + 1}, KEEP_DIAG_ERROR, what, "save the file as UTF-8");
    x->l->unreadable = memchr(text.p, 0, text.n) != NULL;
    return true;
}

static size_t behind_mark(struct keep_str text)
{
    return text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0 ? 3 : 0; /* a byte order mark has no column */
}

bool keep_lex_run(struct keep_lexed *out, const char *file, struct keep_str text, struct keep_arena *a, struct keep_diags *ds)
{
    *out = (struct keep_lexed){.file = file, .text = text};
    struct lexer x = {.l = out, .arena = a, .ds = ds, .text = text, .i = behind_mark(text), .line = 1, .col = 1};
    size_t good = sound(text, 0);
    if (good < text.n) {
        if (!mend(&x, good))
            return false;
        x = (struct lexer){.l = out, .arena = a, .ds = ds, .text = out->text, .i = behind_mark(text), .line = 1, .col = 1};
        if (out->unreadable)
            x.text.n = x.i = 0;
    }
    return all(&x);
}

bool keep_lex_inside(struct keep_lexed *out, const struct keep_lexed *outer, const struct keep_token *literal, size_t from, size_t to,
                     struct keep_arena *a, struct keep_diags *ds)
{
    /* A literal's value may hold what is not well-formed only when it is of bytes, and those are not looked into. */
    struct keep_diags quiet = {.arena = a};
    struct keep_lexed inner = {.file = outer->file, .text = {literal->s.p + from, to - from}, .mended = outer->mended};
    struct lexer x = {.l = &inner, .arena = a, .ds = &quiet, .text = inner.text, .line = 1, .col = 1};
    if (!all(&x))
        return false;
    struct keep_token *t = x.token;
    for (size_t i = 0; i < x.n; i++) {
        size_t at = from + (size_t)(t[i].raw.p - inner.text.p);
        t[i].at = keep_lex_span(literal, at, at + t[i].raw.n);
        if (t[i].kind == KEEP_T_BAD && (quiet.n || !inner.mended))
            keep_lex_report(ds, outer, t[i].at, KEEP_DIAG_ERROR, quiet.n ? quiet.list[0].text : "this has no meaning here", quiet.n ? quiet.list[0].help : NULL);
    }
    *out = (struct keep_lexed){.file = outer->file, .text = outer->text, .token = t, .n = x.n};
    return true;
}
