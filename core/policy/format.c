/* Layout. A clause that fits stands on one line. One that does not is broken
 * where it is loosest: at its commas; else before ? : || or &&, whichever binds
 * least; else inside its widest pair of brackets, by the same rule. Operands of
 * the clause itself have a line each, what stands in brackets fills lines, and
 * what stands in braces has lines of its own.
 *
 * Comments are kept: one behind something on its line stays behind it, one on a
 * line of its own stays on one. Between blocks and clauses an empty line is kept,
 * more become one. The result depends on the tokens, these two kinds of places and
 * the empty lines only, all of which it has again: formatting twice is formatting once. */
#include "core/policy/format.h"

#include <string.h>

#include "core/policy/compile.h"

enum { STEP = 2, CONTINUED = 2 * STEP };

struct printer {
    const struct keep_outline *o;
    const struct keep_token *token;
    struct keep_buf *out;
    size_t line;   /* where the line being written begins in out */
    bool comments; /* are they written? */
};

static uint32_t points(const char *p, size_t n)
{
    uint32_t k = 0;
    for (size_t i = 0; i < n; i++)
        k += ((unsigned char)p[i] & 0xc0) != 0x80;
    return k;
}

static uint32_t column(const struct printer *f)
{
    return points((const char *)f->out->p + f->line, f->out->n - f->line);
}

static void newline(struct printer *f, uint32_t indent)
{
    keep_buf_char(f->out, '\n');
    f->line = f->out->n;
    for (uint32_t i = 0; i < indent; i++)
        keep_buf_char(f->out, ' ');
}

/* --- between tokens --- */

struct gap {
    const char *p, *end;
};

/* What stands before a token. */
static struct gap gap_before(const struct printer *f, size_t i)
{
    const struct keep_lexed *l = f->o->lexed;
    const char *from = i ? f->token[i - 1].raw.p + f->token[i - 1].raw.n : l->text.p;
    if (!i && l->text.n >= 3 && memcmp(from, "\xef\xbb\xbf", 3) == 0)
        from += 3;
    return (struct gap){from, f->token[i].raw.p};
}

/* The next comment of a gap, without the blanks at its end; *lines: line ends before it. false: none, *lines as far as the token. */
static bool comment(struct gap *g, struct keep_str *out, size_t *lines)
{
    *lines = 0;
    for (; g->p < g->end && *g->p != '/'; g->p++)
        *lines += *g->p == '\n';
    if (g->p >= g->end)
        return false;
    const char *nl = memchr(g->p, '\n', (size_t)(g->end - g->p));
    const char *end = nl ? nl : g->end;
    *out = (struct keep_str){g->p, (size_t)(end - g->p)};
    while (out->n && strchr(" \t\r\f", out->p[out->n - 1]))
        out->n--;
    g->p = end;
    return true;
}

static bool has_comment(const struct printer *f, size_t i)
{
    struct gap g = gap_before(f, i);
    struct keep_str text;
    size_t lines;
    return f->comments && comment(&g, &text, &lines);
}

/* Goes to the line of token i, which begins a block or a clause or ends one, past the comments before it. opened: a block begins
 * above; closing: one ends with i. */
static void begin_line(struct printer *f, size_t i, uint32_t indent, bool opened, bool closing)
{
    struct gap g = gap_before(f, i);
    struct keep_str text;
    size_t lines;
    bool start = f->out->n == 0, behind = true;
    while (f->comments && comment(&g, &text, &lines)) {
        if (lines == 0 && behind && !start) {
            keep_buf_str(f->out, "  ");
        } else {
            if (lines > 1 && !opened && !start)
                newline(f, 0);
            if (!start)
                newline(f, indent);
        }
        keep_buf_add(f->out, text.p, text.n);
        opened = start = behind = false;
    }
    if (!f->comments)
        lines = 1;
    if (lines > 1 && !opened && !closing && !start)
        newline(f, 0);
    if (!start)
        newline(f, closing ? indent - STEP : indent);
}

/* Before token i of a clause: comments if there are any, then, on the line or a new one, what it takes to stand where it stands. */
static void before(struct printer *f, size_t i, size_t first, uint32_t indent)
{
    struct gap g = gap_before(f, i);
    struct keep_str text;
    size_t lines;
    bool any = false;
    if (i == first)
        return;
    while (f->comments && comment(&g, &text, &lines)) {
        if (lines == 0 && !any)
            keep_buf_str(f->out, "  ");
        else
            newline(f, indent);
        keep_buf_add(f->out, text.p, text.n);
        any = true;
    }
    if (any)
        newline(f, indent);
    else if (f->o->space[i] && f->out->n > f->line && f->out->p[f->out->n - 1] != ' ')
        keep_buf_char(f->out, ' ');
}

/* --- a clause --- */

struct piece {
    struct printer *f;
    size_t first; /* token of the clause */
};

static void put(struct piece *c, size_t i, uint32_t indent)
{
    struct printer *f = c->f;
    const struct keep_str raw = f->token[i].raw;
    before(f, i, c->first, indent);
    keep_buf_add(f->out, raw.p, raw.n);
    const char *nl = memrchr(raw.p, '\n', raw.n);
    if (nl) /* a text of several lines */
        f->line = f->out->n - (size_t)(raw.p + raw.n - nl - 1);
}

static void flat(struct piece *c, size_t from, size_t to, uint32_t indent)
{
    for (size_t i = from; i < to; i++)
        put(c, i, indent);
}

/* Columns of [from, to) on one line, the blank before it included; UINT32_MAX when a comment is in the way. */
static uint32_t width(const struct piece *c, size_t from, size_t to)
{
    uint32_t n = 0;
    for (size_t i = from; i < to; i++) {
        if (i != c->first && has_comment(c->f, i))
            return UINT32_MAX;
        n += points(c->f->token[i].raw.p, c->f->token[i].raw.n) + (i != c->first && c->f->o->space[i]);
    }
    return n;
}

static bool fits(const struct piece *c, size_t from, size_t to, uint32_t at)
{
    uint32_t n = width(c, from, to);
    return n <= KEEP_FORMAT_WIDTH && at + n <= KEEP_FORMAT_WIDTH;
}

static int opens(const struct keep_token *t)
{
    return keep_compile_is_punct(t, '(') || keep_compile_is_punct(t, '[') || keep_compile_is_punct(t, '{');
}
static int closes(const struct keep_token *t)
{
    return keep_compile_is_punct(t, ')') || keep_compile_is_punct(t, ']') || keep_compile_is_punct(t, '}');
}

/* How loosely a token binds what is around it, 0 not at all. A `:` of a condition has a blank before it, one of a map has none. */
static int looseness(const struct piece *c, size_t i)
{
    const struct keep_token *t = &c->f->token[i];
    if (keep_compile_is_punct(t, ','))
        return 4;
    if (keep_compile_is_punct(t, '?') || (keep_compile_is_punct(t, ':') && c->f->o->space[i]))
        return 3;
    return keep_compile_is_punct(t, KEEP_PUNCT2('|', '|')) ? 2 : keep_compile_is_punct(t, KEEP_PUNCT2('&', '&')) ? 1 : 0;
}

/* The loosest operator outside brackets, and the widest brackets. */
struct shape {
    int loose;
    size_t open, close; /* tokens; open == close: none */
};

static struct shape shape(const struct piece *c, size_t from, size_t to)
{
    struct shape s = {0};
    size_t open = from, depth = 0;
    uint64_t widest = 0;
    for (size_t i = from; i < to; i++) {
        const struct keep_token *t = &c->f->token[i];
        if (opens(t) && depth++ == 0)
            open = i;
        if (depth == 0 && looseness(c, i) > s.loose)
            s.loose = looseness(c, i);
        if (closes(t) && depth && --depth == 0) {
            uint64_t n = width(c, open, i);
            if (n >= widest && i > open + 1) {
                widest = n;
                s.open = open;
                s.close = i;
            }
        }
    }
    return s;
}

/* The end of the operand that begins at from: the next token outside brackets that binds so loosely. */
static size_t operand_end(const struct piece *c, size_t from, size_t to, int loose)
{
    size_t depth = 0;
    for (size_t i = from; i < to; i++) {
        const struct keep_token *t = &c->f->token[i];
        if (depth == 0 && i > from && looseness(c, i) == loose)
            return i;
        depth += (size_t)opens(t);
        depth -= (size_t)(closes(t) && depth);
    }
    return to;
}

static void lay(struct piece *c, size_t from, size_t to, uint32_t indent, bool inside);

/* Does [from, to) begin a line, in a text that fills lines? Not where a new line would not hold it either. */
static bool wraps(const struct piece *c, size_t from, size_t to, uint32_t indent)
{
    return !has_comment(c->f, from) && !fits(c, from, to, column(c->f)) && fits(c, from, to, indent);
}

/* Before each operator a new line; inside brackets only where it is needed. */
static void operands(struct piece *c, size_t from, size_t to, int loose, uint32_t indent, bool inside)
{
    for (size_t i = from; i < to;) {
        size_t end = operand_end(c, i, to, loose), operand = i;
        if (i > from) {
            if (inside ? wraps(c, i, end, indent) : !has_comment(c->f, i))
                newline(c->f, indent);
            put(c, i, indent);
            operand++;
        }
        lay(c, operand, end, inside ? indent : indent + STEP, inside);
        i = end;
    }
}

/* Items behind one another, a new line where the next does not fit. */
static void items(struct piece *c, size_t from, size_t to, uint32_t indent)
{
    for (size_t i = from; i < to;) {
        size_t end = operand_end(c, i, to, 4), item = i;
        if (i > from) {
            put(c, i, indent); /* the comma */
            item++;
            if (item < end && wraps(c, item, end, indent))
                newline(c->f, indent);
        }
        lay(c, item, end, indent, true);
        i = end;
    }
}

static void bracketed(struct piece *c, size_t from, size_t to, struct shape s, uint32_t indent)
{
    bool brace = keep_compile_is_punct(&c->f->token[s.open], '{'), whole = s.open == c->first + 1; /* when (…) */
    flat(c, from, s.open + 1, indent);
    if (brace && !has_comment(c->f, s.open + 1))
        newline(c->f, indent);
    lay(c, s.open + 1, s.close, indent, !whole);
    if (brace && !has_comment(c->f, s.close))
        newline(c->f, indent - STEP);
    put(c, s.close, brace ? indent - STEP : indent);
    lay(c, s.close + 1, to, indent, true);
}

/* The tokens [from, to) from where the line is; further lines begin at indent. */
static void lay(struct piece *c, size_t from, size_t to, uint32_t indent, bool inside)
{
    if (from >= to)
        return;
    struct shape s = shape(c, from, to);
    if (fits(c, from, to, column(c->f)))
        flat(c, from, to, indent);
    else if (s.loose == 4)
        items(c, from, to, indent);
    else if (s.loose)
        operands(c, from, to, s.loose, indent, inside);
    else if (s.open != s.close)
        bracketed(c, from, to, s, indent);
    else
        flat(c, from, to, indent);
}

/* --- blocks --- */

static void block(struct printer *f, const struct keep_outline_block *b)
{
    size_t i = b->from;
    for (; i < b->to && !keep_compile_is_punct(&f->token[i], '{'); i++) {
        before(f, i, b->from, 0);
        keep_buf_add(f->out, f->token[i].raw.p, f->token[i].raw.n);
    }
    before(f, i, b->from, 0);
    keep_buf_char(f->out, '{');
    for (size_t k = 0; k < b->clauses; k++) {
        struct piece c = {f, b->clause[k].from};
        begin_line(f, c.first, STEP, k == 0, false);
        lay(&c, c.first, b->clause[k].to, CONTINUED, false);
    }
    begin_line(f, b->to - 1, STEP, b->clauses == 0, true);
    keep_buf_char(f->out, '}');
}

int keep_format_file(const struct keep_outline *o, struct keep_buf *out)
{
    struct printer f = {.o = o, .token = o->lexed->token, .out = out, .comments = true};
    keep_buf_clear(out);
    for (size_t i = 0; i < o->blocks; i++) {
        begin_line(&f, o->block[i].from, 0, false, false);
        block(&f, &o->block[i]);
    }
    /* what stands behind the last block; the end is a token, and no line begins with it */
    size_t end = o->lexed->n - 1;
    if (has_comment(&f, end)) {
        begin_line(&f, end, 0, false, false);
        while (out->n && out->p[out->n - 1] == '\n')
            out->n--;
    }
    keep_buf_char(out, '\n');
    return out->failed ? KEEP_E_NOMEM : 0;
}

int keep_format_block(const struct keep_outline *o, const struct keep_outline_block *b, struct keep_buf *out)
{
    struct printer f = {.o = o, .token = o->lexed->token, .out = out, .line = out->n, .comments = true};
    block(&f, b);
    keep_buf_char(out, '\n');
    return out->failed ? KEEP_E_NOMEM : 0;
}
