/* The parser runs as it does when it compiles, and marks what it takes for a
 * block or a clause. What it finds wrong with names and types is not asked for
 * here; a syntax error is, since behind one nothing is certain.
 *
 * Blanks: one around binary operators and words, none inside brackets, none
 * before what calls or indexes; a `:` of a map follows its key. A name before
 * `(` that is no function is a word of the grammar where the author set a blank. */
#include "core/policy/outline.h"

#include <stdlib.h>
#include <string.h>

#include "core/policy/typecheck.h"

enum { BRACKETS = 4 * KEEP_EXPR_DEPTH }; /* inside one another; the parser ends long before */

/* --- blanks --- */

struct spacer {
    const struct keep_lexed *l;
    struct { uint16_t open; uint32_t conditions; } level[BRACKETS];
    size_t depth;
    bool operand; /* the token before ends an operand */
    bool unary;   /* the token before is a sign, and this its operand */
};

static bool is(const struct keep_token *t, char c)
{
    return keep_compile_is_punct(t, (unsigned char)c);
}

static bool opens(const struct keep_token *t) { return is(t, '(') || is(t, '[') || is(t, '{'); }
static bool closes(const struct keep_token *t) { return is(t, ')') || is(t, ']') || is(t, '}'); }

static bool apart(const struct keep_token *a, const struct keep_token *b)
{
    return a->raw.p + a->raw.n != b->raw.p;
}

/* A blank before an opening bracket? member: `last` is one. */
static bool before_bracket(const struct keep_token *t, const struct keep_token *last, bool first, bool member)
{
    if (opens(last) || is(last, '!') || (member && !is(t, '{')))
        return false;
    if (is(t, '{') || last->kind != KEEP_T_IDENT)
        return is(t, '{') || !(closes(last) || last->kind == KEEP_T_STRING || last->kind == KEEP_T_BYTES);
    if (first || keep_compile_is_word(last, "in"))
        return true;
    return is(t, '[') ? apart(last, t) : apart(last, t) && !keep_callcheck_taken(last->raw);
}

/* A blank between `last` and `t`? first: `last` is the word of the clause. */
static bool blank(struct spacer *s, const struct keep_token *t, const struct keep_token *last, bool first)
{
    bool unary = s->unary;
    s->unary = (is(t, '-') && (!s->operand || first || keep_compile_is_word(last, "in"))) || is(t, '!');
    if (opens(last) || closes(t) || is(t, ',') || is(t, '.') || is(last, '.') || unary)
        return false;
    if (opens(t))
        return before_bracket(t, last, first, !first && is(last - 1, '.'));
    if (is(t, ':'))
        return s->level[s->depth].conditions > 0;
    return true;
}

static void step(struct spacer *s, const struct keep_token *t)
{
    if (opens(t) && s->depth + 1 < BRACKETS) {
        s->level[++s->depth].open = t->punct;
        s->level[s->depth].conditions = 0;
    } else if (closes(t) && s->depth) {
        s->depth--;
    } else if (is(t, '?')) {
        s->level[s->depth].conditions++;
    } else if (is(t, ':') && s->level[s->depth].conditions) {
        s->level[s->depth].conditions--;
    }
    s->operand = t->kind != KEEP_T_PUNCT ? !keep_compile_is_word(t, "in") : closes(t);
}

/* US-KS is one name of three tokens, and stays as it is written. */
static bool joined_name(const struct keep_token *word, const struct keep_token *last, const struct keep_token *t)
{
    return keep_compile_is_word(word, "jurisdiction") && (is(t, '-') || is(last, '-')) && !apart(last, t);
}

static void space_clause(const struct keep_lexed *l, bool *space, size_t from, size_t to)
{
    struct spacer s = {.l = l};
    step(&s, &l->token[from]);
    for (size_t i = from + 1; i < to; i++) {
        const struct keep_token *t = &l->token[i], *last = &l->token[i - 1];
        space[i] = blank(&s, t, last, i == from + 1) && !joined_name(&l->token[from], last, t);
        step(&s, t);
    }
}

void keep_outline_text(const struct keep_outline *o, size_t from, size_t to, struct keep_buf *out)
{
    for (size_t i = from; i < to; i++) {
        if (i > from && o->space[i])
            keep_buf_char(out, ' ');
        keep_buf_add(out, o->lexed->token[i].raw.p, o->lexed->token[i].raw.n);
    }
}

/* --- blocks --- */

static int by_place(const void *a, const void *b)
{
    const struct keep_mark *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (int)x->clause - (int)y->clause;
}

static void head(const struct keep_lexed *l, struct keep_outline_block *b)
{
    const struct keep_token *t = &l->token[b->from];
    b->word = t->raw;
    b->line = t->at.line;
    b->id = b->from + 1 < b->to ? t[1].s : (struct keep_str){"", 0};
    if (b->from + 3 < b->to && keep_compile_is_word(&t[2], "for"))
        b->subject = t[3].s;
}

static bool gather(struct keep_compiler *c, const struct keep_lexed *l, struct keep_outline *out)
{
    struct keep_mark *m = c->marks.p;
    size_t n = c->marks.n, blocks = 0, clauses = 0;
    if (n)
        qsort(m, n, sizeof *m, by_place);
    struct keep_outline_block *b = keep_compile_alloc(c, n + 1, sizeof *b);
    struct keep_outline_clause *k = keep_compile_alloc(c, n + 1, sizeof *k);
    bool *space = keep_compile_alloc(c, l->n, sizeof *space);
    if (!b || !k || !space)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (!m[i].clause) {
            b[blocks] = (struct keep_outline_block){.from = m[i].from, .to = m[i].to, .clause = k + clauses};
            for (size_t t = m[i].from + 1; t < m[i].to; t++)
                space[t] = true;
            head(l, &b[blocks++]);
        } else if (blocks) {
            k[clauses++] = (struct keep_outline_clause){l->token[m[i].from].raw, m[i].from, m[i].to, l->token[m[i].from].at.line};
            b[blocks - 1].clauses++;
            space_clause(l, space, m[i].from, m[i].to);
        }
    }
    *out = (struct keep_outline){l, space, b, blocks};
    return true;
}

int keep_outline_read(struct keep_outline *out, const char *file, struct keep_str text, struct keep_arena *a, struct keep_diags *diags, struct keep_err *err)
{
    struct keep_diags own = {.arena = a};
    struct keep_lexed *l = keep_arena_alloc(a, sizeof *l);
    struct keep_compiler *c = keep_arena_alloc(a, sizeof *c);
    if (!l || !c)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while reading %s", file);
    keep_compile_begin(c, a, &own);
    c->marking = true;
    c->file = c->all = l;
    if (!keep_lex_run(l, file, text, a, &own))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while reading %s", file);
    if (!l->unreadable) {
        keep_parse_define_scan(c, 1);
        c->file = l;
        c->files = 0;
        keep_parse_file(c);
    }
    bool broken = l->unreadable || l->mended || c->broken;
    for (size_t i = 0; i < l->n && !broken; i++)
        broken = l->token[i].kind == KEEP_T_BAD;
    for (size_t i = 0; broken && i < own.n; i++)
        if (own.list[i].level == KEEP_DIAG_ERROR)
            keep_diag_add(diags, own.list[i]);
    if (broken)
        return keep_err_set(err, KEEP_E_USAGE, "%s: its syntax is broken", file);
    if (c->nomem || !gather(c, l, out))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while reading %s", file);
    return 0;
}
