/* Compiled expressions as the engines see them, and their canonical text: one
 * blank around binary operators, double quotes, no parentheses but those that
 * precedence needs. */
#include <stdio.h>
#include <string.h>

#include "core/policy/compile.h"

uint32_t keep_expr_grains(const struct keep_expr *e)
{
    return e->grains;
}

size_t keep_expr_conjuncts(const struct keep_expr *e, const struct keep_expr **out, size_t max)
{
    size_t n = e->op == KEEP_OP_AND ? e->n : 1;
    for (size_t i = 0; i < n && i < max; i++)
        out[i] = e->op == KEEP_OP_AND ? e->arg[i] : e;
    return n;
}

struct keep_str keep_expr_text(const struct keep_expr *e)
{
    return e->text;
}

static void put(const struct keep_expr *e, struct keep_buf *out);

static void quoted(const struct keep_value *v, struct keep_buf *out)
{
    keep_buf_str(out, v->type == KEEP_V_BYTES ? "b\"" : "\"");
    for (size_t i = 0; i < v->s.n; i++) {
        unsigned char c = (unsigned char)v->s.p[i];
        if (c == '"' || c == '\\')
            keep_buf_printf(out, "\\%c", c);
        else if (c == '\n')
            keep_buf_str(out, "\\n");
        else if (c < 0x20 || c == 0x7f || (c > 0x7f && v->type == KEEP_V_BYTES))
            keep_buf_printf(out, "\\x%02x", c);
        else
            keep_buf_char(out, (char)c);
    }
    keep_buf_char(out, '"');
}

static void constant(const struct keep_value *v, struct keep_buf *out)
{
    size_t from = out->n;
    if (v->type == KEEP_V_STRING || v->type == KEEP_V_BYTES)
        quoted(v, out);
    else
        keep_valueop_print(v, out);
    if (v->type == KEEP_V_UINT)
        keep_buf_char(out, 'u');
    if (v->type == KEEP_V_DOUBLE && !memchr(out->p + from, '.', out->n - from) && !memchr(out->p + from, 'e', out->n - from))
        keep_buf_str(out, ".0");
}

/* The binding strength of an operator, 9 for what needs no parentheses. */
static int level(const struct keep_expr *e)
{
    switch ((enum keep_op)e->op) {
    case KEEP_OP_COND: return 0;
    case KEEP_OP_OR: return 1;
    case KEEP_OP_AND: return 2;
    case KEEP_OP_EQ: case KEEP_OP_NE: case KEEP_OP_LT: case KEEP_OP_LE: case KEEP_OP_GT: case KEEP_OP_GE: case KEEP_OP_IN: return 3;
    case KEEP_OP_ADD: case KEEP_OP_SUB: return 4;
    case KEEP_OP_MUL: case KEEP_OP_DIV: case KEEP_OP_MOD: return 5;
    case KEEP_OP_NOT: case KEEP_OP_NEG: return 6;
    default: return 9;
    }
}

static void operand(const struct keep_expr *e, int least, struct keep_buf *out)
{
    bool bare = level(e) >= least;
    if (!bare)
        keep_buf_char(out, '(');
    put(e, out);
    if (!bare)
        keep_buf_char(out, ')');
}

static void listed(const struct keep_expr *e, uint32_t from, struct keep_buf *out)
{
    for (uint32_t i = from; i < e->n; i++) {
        if (i > from)
            keep_buf_str(out, e->op == KEEP_OP_MAP && (i & 1) ? ": " : ", ");
        put(e->arg[i], out);
    }
}

static void infix(const struct keep_expr *e, struct keep_buf *out)
{
    static const char *const word[] = {
        [KEEP_OP_AND] = "&&", [KEEP_OP_OR] = "||", [KEEP_OP_EQ] = "==", [KEEP_OP_NE] = "!=", [KEEP_OP_LT] = "<", [KEEP_OP_LE] = "<=", [KEEP_OP_GT] = ">",
        [KEEP_OP_GE] = ">=", [KEEP_OP_IN] = "in", [KEEP_OP_ADD] = "+", [KEEP_OP_SUB] = "-", [KEEP_OP_MUL] = "*", [KEEP_OP_DIV] = "/", [KEEP_OP_MOD] = "%"};
    int own = level(e);
    for (uint32_t i = 0; i < e->n; i++) {
        if (i)
            keep_buf_printf(out, " %s ", word[e->op]);
        operand(e->arg[i], i ? own + 1 : own, out);
    }
}

static void put(const struct keep_expr *e, struct keep_buf *out)
{
    switch ((enum keep_op)e->op) {
    case KEEP_OP_CONST: constant(&e->value, out); break;
    case KEEP_OP_IDENT: keep_buf_add(out, e->name.p, e->name.n); break;
    case KEEP_OP_CALL:
        if (e->method) {
            operand(e->arg[0], 9, out);
            keep_buf_char(out, '.');
        }
        keep_buf_printf(out, "%.*s(", (int)e->name.n, e->name.p);
        listed(e, e->method, out);
        keep_buf_char(out, ')');
        break;
    case KEEP_OP_SELECT:
        operand(e->arg[0], 9, out);
        keep_buf_printf(out, ".%.*s", (int)e->name.n, e->name.p);
        break;
    case KEEP_OP_INDEX:
        operand(e->arg[0], 9, out);
        keep_buf_char(out, '[');
        put(e->arg[1], out);
        keep_buf_char(out, ']');
        break;
    case KEEP_OP_LIST:
    case KEEP_OP_MAP:
        keep_buf_char(out, e->op == KEEP_OP_LIST ? '[' : '{');
        listed(e, 0, out);
        keep_buf_char(out, e->op == KEEP_OP_LIST ? ']' : '}');
        break;
    case KEEP_OP_NOT:
    case KEEP_OP_NEG:
        keep_buf_char(out, e->op == KEEP_OP_NOT ? '!' : '-');
        operand(e->arg[0], 9, out);
        break;
    case KEEP_OP_COND:
        operand(e->arg[0], 1, out);
        keep_buf_str(out, " ? ");
        operand(e->arg[1], 1, out);
        keep_buf_str(out, " : ");
        operand(e->arg[2], 0, out);
        break;
    default: infix(e, out); break;
    }
}

static void write_one(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_buf b = KEEP_BUF_INIT;
    put(e, &b);
    char *p = b.failed ? NULL : keep_arena_copy(c->arena, b.p, b.n);
    if (p)
        e->text = (struct keep_str){p, b.n};
    else
        c->nomem = true;
    keep_buf_free(&b);
}

void keep_expr_write(struct keep_compiler *c, struct keep_expr *e)
{
    if (e->op == KEEP_OP_BAD || c->nomem) /* out of memory, a node may lack its operands */
        return;
    write_one(c, e);
    for (uint32_t i = 0; (e->op == KEEP_OP_AND || e->op == KEEP_OP_OR || e->op == KEEP_OP_NOT) && i < e->n; i++)
        keep_expr_write(c, e->arg[i]);
}
