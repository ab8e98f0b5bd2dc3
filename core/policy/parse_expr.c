/* Expressions: CEL's grammar (cel-spec langdef, "Syntax") by recursive descent
 * with one precedence climber for the binary operators. && and || chains become
 * one node of many operands. Depth is bounded, for the tree and for the parser.
 *
 * Left out of CEL: messages (Type{…}), names with a leading dot, matches(). */
#include <stdio.h>
#include <string.h>

#include "core/policy/compile.h"

enum { ITEMS_LIMIT = 65536 }; /* of one list, map or call; the largest code lists have some thousand */

static struct keep_expr *expr(struct keep_compiler *c);

static bool deeper(struct keep_compiler *c)
{
    if (c->depth < KEEP_EXPR_DEPTH) {
        c->depth++;
        return true;
    }
    if (!c->panic)
        keep_compile_error(c, keep_compile_peek(c, 0)->at, "split the rule", "this is nested too deeply");
    c->panic = true;
    return false;
}

static struct keep_span join(struct keep_span a, struct keep_span b)
{
    return (struct keep_span){a.line, a.col, b.end_line, b.end_col};
}

static struct keep_span behind(const struct keep_compiler *c, struct keep_span from)
{
    return c->at ? join(from, c->file->token[c->at - 1].at) : from;
}

static struct keep_expr *node(struct keep_compiler *c, enum keep_op op, struct keep_span at)
{
    struct keep_expr *e = keep_compile_alloc(c, 1, sizeof *e);
    if (!e)
        return &c->bad;
    e->op = (uint8_t)op;
    e->type = e->item = KEEP_V_DYN;
    e->at = at;
    e->depth = 1;
    return e;
}

/* Capacity of an operand list doubles at powers of two, so it needs no field. */
static void add(struct keep_compiler *c, struct keep_expr *e, struct keep_expr *arg)
{
    if (e == &c->bad)
        return;
    if (e->n == ITEMS_LIMIT && !c->panic) {
        keep_compile_error(c, arg->at, "split it", "this has at most %d parts", ITEMS_LIMIT);
        c->panic = true;
    }
    if (c->panic && e->n >= ITEMS_LIMIT)
        return;
    if ((e->n & (e->n - 1)) == 0 && (e->n == 0 || e->n >= 2)) {
        struct keep_expr **p = keep_compile_alloc(c, e->n ? e->n * 2 : 2, sizeof *p);
        if (!p)
            return;
        if (e->n)
            memcpy(p, e->arg, e->n * sizeof *p);
        e->arg = p;
    }
    e->arg[e->n++] = arg;
    if (arg->depth >= e->depth)
        e->depth = (uint16_t)(arg->depth + 1);
    if (e->depth > KEEP_EXPR_DEPTH && !c->panic) {
        keep_compile_error(c, e->at, "split the rule", "this is nested too deeply");
        c->panic = true;
    }
}

static struct keep_expr *fail(struct keep_compiler *c, const char *what, const char *help)
{
    keep_compile_expected(c, what, help);
    return &c->bad;
}

/* --- literals --- */

/* INT_LIT with its sign, so that the least int64 can be written. */
static struct keep_expr *number(struct keep_compiler *c, bool minus, struct keep_span from)
{
    const struct keep_token *t = keep_compile_next(c);
    struct keep_expr *e = node(c, KEEP_OP_CONST, join(from, t->at));
    if (e == &c->bad)
        return e;
    if (t->kind == KEEP_T_DOUBLE) {
        e->value = (struct keep_value){.type = KEEP_V_DOUBLE, .d = minus ? -t->d : t->d};
    } else if (t->kind == KEEP_T_UINT) {
        e->value = (struct keep_value){.type = KEEP_V_UINT, .u = t->u};
    } else if (t->u > (uint64_t)INT64_MAX + minus) {
        keep_compile_error(c, e->at, NULL, "this number is too large");
        return &c->bad;
    } else {
        e->value = (struct keep_value){.type = KEEP_V_INT, .i = minus ? (int64_t)(0 - t->u) : (int64_t)t->u};
    }
    e->type = (uint8_t)e->value.type;
    return e;
}

static struct keep_expr *text(struct keep_compiler *c)
{
    const struct keep_token *t = keep_compile_next(c);
    struct keep_expr *e = node(c, KEEP_OP_CONST, t->at);
    if (e == &c->bad)
        return e;
    e->type = t->kind == KEEP_T_STRING ? KEEP_V_STRING : KEEP_V_BYTES;
    e->value = (struct keep_value){.type = (enum keep_value_type)e->type, .s = t->s};
    return e;
}

static bool more(struct keep_compiler *c, uint16_t close)
{
    if (c->panic || keep_compile_is_punct(keep_compile_peek(c, 0), close))
        return false;
    if (!keep_compile_take_punct(c, ',')) {
        keep_compile_expected(c, close == ')' ? "`,` or `)`" : close == ']' ? "`,` or `]`" : "`,` or `}`", NULL);
        return false;
    }
    return !keep_compile_is_punct(keep_compile_peek(c, 0), close);
}

/* '[' [expr {',' expr}] [','] ']' */
static struct keep_expr *list(struct keep_compiler *c)
{
    struct keep_span from = keep_compile_next(c)->at;
    struct keep_expr *e = node(c, KEEP_OP_LIST, from);
    if (!keep_compile_is_punct(keep_compile_peek(c, 0), ']'))
        do
            add(c, e, expr(c));
        while (more(c, ']'));
    if (!keep_compile_want_punct(c, ']', "`]`"))
        return &c->bad;
    e->at = behind(c, from);
    e->type = KEEP_V_LIST;
    return e;
}

/* A key of a map; in a test, a bare name is a string. */
static struct keep_expr *key(struct keep_compiler *c)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (!c->bare_keys || t->kind != KEEP_T_IDENT || !keep_compile_is_punct(keep_compile_peek(c, 1), ':'))
        return expr(c);
    keep_compile_next(c);
    struct keep_expr *e = node(c, KEEP_OP_CONST, t->at);
    if (e == &c->bad)
        return e;
    e->type = KEEP_V_STRING;
    e->value = (struct keep_value){.type = KEEP_V_STRING, .s = t->raw};
    return e;
}

/* '{' [expr ':' expr {',' expr ':' expr}] [','] '}' */
static struct keep_expr *map(struct keep_compiler *c)
{
    struct keep_span from = keep_compile_next(c)->at;
    struct keep_expr *e = node(c, KEEP_OP_MAP, from);
    if (!keep_compile_is_punct(keep_compile_peek(c, 0), '}'))
        do {
            struct keep_expr *k = key(c);
            if (!keep_compile_want_punct(c, ':', "`:`"))
                break;
            add(c, e, k);
            add(c, e, expr(c));
        } while (more(c, '}'));
    if (!keep_compile_want_punct(c, '}', "`}`"))
        return &c->bad;
    e->at = behind(c, from);
    e->type = KEEP_V_MAP;
    return e;
}

/* --- names, calls, members --- */

bool keep_parse_expr_reserved(struct keep_str s)
{
    static const char *const word[] = {"as", "break", "const", "continue", "else", "for", "function", "if", "import", "in",
                                       "let", "loop", "package", "namespace", "return", "var", "void", "while", "true", "false", "null"};
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (keep_str_is(s, word[i]))
            return true;
    return false;
}

/* '(' [expr {',' expr}] ')' */
static void arguments(struct keep_compiler *c, struct keep_expr *e)
{
    keep_compile_next(c);
    if (!keep_compile_is_punct(keep_compile_peek(c, 0), ')'))
        do
            add(c, e, expr(c));
        while (more(c, ')'));
    keep_compile_want_punct(c, ')', "`)`");
}

static struct keep_expr *name(struct keep_compiler *c)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    bool truth = keep_str_is(t->raw, "true"), literal = truth || keep_str_is(t->raw, "false") || keep_str_is(t->raw, "null");
    struct keep_expr *e;
    if (!literal && keep_parse_expr_reserved(t->raw))
        return fail(c, "an expression", NULL);
    keep_compile_next(c);
    if (literal) {
        e = node(c, KEEP_OP_CONST, t->at);
        if (e != &c->bad) {
            e->type = keep_str_is(t->raw, "null") ? KEEP_V_NULL : KEEP_V_BOOL;
            e->value = (struct keep_value){.type = (enum keep_value_type)e->type, .b = truth};
        }
        return e;
    }
    bool call = keep_compile_is_punct(keep_compile_peek(c, 0), '(');
    e = node(c, call ? KEEP_OP_CALL : KEEP_OP_IDENT, t->at);
    if (e == &c->bad)
        return e;
    e->name = t->raw;
    e->name_at = t->at;
    if (call)
        arguments(c, e);
    e->at = behind(c, t->at);
    return e;
}

static struct keep_expr *primary(struct keep_compiler *c)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    switch (t->kind) {
    case KEEP_T_INT: case KEEP_T_UINT: case KEEP_T_DOUBLE: return number(c, false, t->at);
    case KEEP_T_STRING: case KEEP_T_BYTES: return text(c);
    case KEEP_T_IDENT: return name(c);
    case KEEP_T_BAD: /* the lexer said why */
        keep_compile_next(c);
        c->panic = true;
        return &c->bad;
    default: break;
    }
    if (keep_compile_is_punct(t, '['))
        return list(c);
    if (keep_compile_is_punct(t, '{'))
        return map(c);
    if (!keep_compile_is_punct(t, '('))
        return fail(c, "an expression", NULL);
    keep_compile_next(c);
    struct keep_expr *e = expr(c);
    return keep_compile_want_punct(c, ')', "`)`") ? e : &c->bad;
}

/* '.' IDENT ['(' args ')'] */
static struct keep_expr *selection(struct keep_compiler *c, struct keep_expr *of)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (t->kind != KEEP_T_IDENT || keep_str_is(t->raw, "in") || keep_str_is(t->raw, "true") || keep_str_is(t->raw, "false") || keep_str_is(t->raw, "null"))
        return fail(c, "a name after `.`", NULL);
    keep_compile_next(c);
    bool call = keep_compile_is_punct(keep_compile_peek(c, 0), '(');
    struct keep_expr *e = node(c, call ? KEEP_OP_CALL : KEEP_OP_SELECT, of->at);
    if (e == &c->bad)
        return e;
    e->name = t->raw;
    e->name_at = t->at;
    e->method = call;
    add(c, e, of);
    if (call)
        arguments(c, e);
    e->at = behind(c, of->at);
    return e;
}

/* Member = Primary { '.' IDENT ['(' args ')'] | '[' expr ']' } */
static struct keep_expr *member(struct keep_compiler *c, struct keep_expr *e)
{
    while (!c->panic) {
        if (keep_compile_take_punct(c, '.')) {
            e = selection(c, e);
        } else if (keep_compile_is_punct(keep_compile_peek(c, 0), '[')) {
            struct keep_expr *at = node(c, KEEP_OP_INDEX, e->at);
            keep_compile_next(c);
            add(c, at, e);
            add(c, at, expr(c));
            if (!keep_compile_want_punct(c, ']', "`]`"))
                return &c->bad;
            if (at != &c->bad)
                at->at = behind(c, e->at);
            e = at;
        } else {
            break;
        }
    }
    return e;
}

/* Unary = Member | '!' {'!'} Member | '-' {'-'} Member */
static struct keep_expr *unary(struct keep_compiler *c)
{
    const struct keep_token *t = keep_compile_peek(c, 0), *then = keep_compile_peek(c, 1);
    bool minus = keep_compile_is_punct(t, '-');
    if (!minus && !keep_compile_is_punct(t, '!'))
        return member(c, primary(c));
    if (!deeper(c))
        return &c->bad;
    keep_compile_next(c);
    struct keep_expr *e;
    if (minus && (then->kind == KEEP_T_INT || then->kind == KEEP_T_DOUBLE)) {
        e = member(c, number(c, true, t->at));
    } else {
        e = node(c, minus ? KEEP_OP_NEG : KEEP_OP_NOT, t->at);
        add(c, e, unary(c));
        if (e != &c->bad)
            e->at = behind(c, t->at);
    }
    c->depth--;
    return e;
}

/* --- binary operators --- */

struct operator {
    uint16_t punct; /* 0: the word `in` */
    uint8_t level, op;
};

static const struct operator operators[] = {
    {KEEP_PUNCT2('|', '|'), 1, KEEP_OP_OR}, {KEEP_PUNCT2('&', '&'), 2, KEEP_OP_AND},
    {KEEP_PUNCT2('=', '='), 3, KEEP_OP_EQ}, {KEEP_PUNCT2('!', '='), 3, KEEP_OP_NE}, {'<', 3, KEEP_OP_LT}, {KEEP_PUNCT2('<', '='), 3, KEEP_OP_LE},
    {'>', 3, KEEP_OP_GT}, {KEEP_PUNCT2('>', '='), 3, KEEP_OP_GE}, {0, 3, KEEP_OP_IN},
    {'+', 4, KEEP_OP_ADD}, {'-', 4, KEEP_OP_SUB}, {'*', 5, KEEP_OP_MUL}, {'/', 5, KEEP_OP_DIV}, {'%', 5, KEEP_OP_MOD},
};

static const struct operator *operator_at(const struct keep_token *t)
{
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++)
        if (operators[i].punct ? keep_compile_is_punct(t, operators[i].punct) : keep_compile_is_word(t, "in"))
            return &operators[i];
    return NULL;
}

/* Adds the operands of e to a chain of the same operator, e itself when it is none. */
static void flatten(struct keep_compiler *c, struct keep_expr *chain, struct keep_expr *e)
{
    if (e->op != chain->op) {
        add(c, chain, e);
        return;
    }
    for (uint32_t i = 0; i < e->n; i++)
        add(c, chain, e->arg[i]);
}

static struct keep_expr *binary(struct keep_compiler *c, uint8_t level)
{
    struct keep_expr *left = unary(c);
    const struct operator *o;
    while (!c->panic && (o = operator_at(keep_compile_peek(c, 0))) != NULL && o->level >= level) {
        keep_compile_next(c);
        struct keep_expr *right = binary(c, (uint8_t)(o->level + 1));
        bool chain = o->level <= 2;
        struct keep_expr *e = chain && left->op == o->op ? left : node(c, (enum keep_op)o->op, left->at);
        if (e == &c->bad)
            return e;
        if (e != left)
            add(c, e, left);
        if (chain)
            flatten(c, e, right);
        else
            add(c, e, right);
        e->at = behind(c, left->at);
        left = e;
    }
    return left;
}

/* Expr = Or ['?' Or ':' Expr] */
static struct keep_expr *expr(struct keep_compiler *c)
{
    if (c->panic || !deeper(c))
        return &c->bad;
    struct keep_expr *e = binary(c, 1);
    if (!c->panic && keep_compile_take_punct(c, '?')) {
        struct keep_expr *cond = node(c, KEEP_OP_COND, e->at), *yes = binary(c, 1);
        struct keep_expr *no = keep_compile_want_punct(c, ':', "`:`") ? expr(c) : &c->bad;
        add(c, cond, e);
        add(c, cond, yes);
        add(c, cond, no);
        if (cond != &c->bad)
            cond->at = behind(c, e->at);
        e = cond;
    }
    c->depth--;
    return e;
}

struct keep_expr *keep_parse_expr_one(struct keep_compiler *c)
{
    struct keep_expr *e = expr(c);
    return c->panic ? &c->bad : e;
}
