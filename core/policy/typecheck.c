/* The checker: every node gets a static type, constants are folded, and a
 * constant that fails is an error of the policy, not of a night's run. CEL's
 * gradual typing: what is only known at run time (KEEP_V_DYN) fits anywhere.
 * Names stand in fieldcheck.c, calls in callcheck.c. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/policy/typecheck.h"

enum {
    SET_FROM = 4,       /* a constant list of this many strings is worth a hash table */
    FOLD_STEPS = 10000, /* what would take longer is left to the run */
};

/* --- helpers --- */

static bool is_number(uint8_t t) { return t == KEEP_V_INT || t == KEEP_V_UINT || t == KEEP_V_DOUBLE; }

void keep_typecheck_reject(struct keep_compiler *c, struct keep_expr *e, struct keep_span at, const char *help, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    keep_compile_error(c, at, help, "%s", text);
    e->op = KEEP_OP_BAD;
    e->type = e->item = KEEP_V_DYN;
}

bool keep_typecheck_fits(uint8_t a, uint8_t b)
{
    return a == b || a == KEEP_V_DYN || b == KEEP_V_DYN || (a == KEEP_V_CODE && b == KEEP_V_MAP);
}

void keep_typecheck_want(struct keep_compiler *c, struct keep_expr *e, uint8_t type, const char *who)
{
    if (c->lenient || keep_typecheck_fits(e->type, type))
        return;
    const char *help = type == KEEP_V_BOOL && e->type == KEEP_V_STRING ? "compare it with something" : NULL;
    keep_typecheck_reject(c, e, e->at, help, "%s needs %s, this is %s", who, keep_valueop_type_name(type), keep_valueop_type_name(e->type));
}

/* --- operators --- */

static void compared(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_expr *a = e->arg[0], *b = e->arg[1];
    uint8_t x = a->type, y = b->type;
    bool equality = e->op == KEEP_OP_EQ || e->op == KEEP_OP_NE;
    keep_typecheck_set(e, KEEP_V_BOOL, KEEP_V_DYN);
    if (c->lenient || keep_typecheck_bad(a) || keep_typecheck_bad(b))
        return;
    bool same = keep_typecheck_fits(x, y) || keep_typecheck_fits(y, x) || (is_number(x) && is_number(y)) || (equality && (x == KEEP_V_NULL || y == KEEP_V_NULL));
    if (!same) {
        bool text = x == KEEP_V_STRING || y == KEEP_V_STRING, day = x == KEEP_V_DATE || y == KEEP_V_DATE, instant = x == KEEP_V_TIMESTAMP || y == KEEP_V_TIMESTAMP;
        keep_typecheck_reject(c, e, e->at, text && day ? "write date(\"2026-03-02\") for a date" : text && instant ? "write timestamp(\"2026-03-02T09:00:00Z\") for an instant" : day && instant ? "date(event.time) is the day of an instant" : NULL,
               "cannot compare %s with %s", keep_valueop_type_name(x), keep_valueop_type_name(y));
        return;
    }
    uint8_t t = x == KEEP_V_DYN ? y : x;
    if (!equality && (t == KEEP_V_KEY || t == KEEP_V_LIST || t == KEEP_V_MAP || t == KEEP_V_CODE || t == KEEP_V_NULL)) {
        keep_typecheck_reject(c, e, e->at, t == KEEP_V_KEY ? "keys are compared with ==" : NULL, "%s has no order", keep_valueop_type_name(t));
        return;
    }
    keep_fieldcheck_words(c, a, b);
}

static void membership(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_expr *a = e->arg[0], *b = e->arg[1];
    keep_typecheck_set(e, KEEP_V_BOOL, KEEP_V_DYN);
    if (c->lenient || keep_typecheck_bad(a) || keep_typecheck_bad(b))
        return;
    if (!keep_typecheck_fits(b->type, KEEP_V_LIST) && !keep_typecheck_fits(b->type, KEEP_V_MAP)) {
        keep_typecheck_reject(c, e, b->at, b->type == KEEP_V_STRING ? "write [\"…\"], or x.contains(\"…\") for a part of a text" : NULL, "`in` needs a list, this is %s", keep_valueop_type_name(b->type));
        return;
    }
    if (b->type == KEEP_V_LIST && !keep_typecheck_fits(a->type, b->item) && !(is_number(a->type) && is_number(b->item))) {
        keep_typecheck_reject(c, e, e->at, NULL, "this is a list of %s, it cannot hold %s", keep_valueop_type_name(b->item), keep_valueop_type_name(a->type));
        return;
    }
    keep_fieldcheck_words(c, a, b);
}

/* The result type of + - * / %, KEEP_V_ERROR when there is none. */
static uint8_t arith_type(enum keep_op op, uint8_t x, uint8_t y)
{
    if (x == KEEP_V_DYN || y == KEEP_V_DYN)
        return KEEP_V_DYN;
    bool sum = op == KEEP_OP_ADD, difference = op == KEEP_OP_SUB;
    if (x == y && (x == KEEP_V_INT || x == KEEP_V_UINT || (x == KEEP_V_DOUBLE && op != KEEP_OP_MOD)))
        return x;
    if (x == y && sum && (x == KEEP_V_STRING || x == KEEP_V_BYTES || x == KEEP_V_LIST || x == KEEP_V_DURATION))
        return x;
    if (x == KEEP_V_TIMESTAMP && y == KEEP_V_DURATION && (sum || difference))
        return x;
    if (x == KEEP_V_DURATION && y == KEEP_V_TIMESTAMP && sum)
        return y;
    if (x == y && difference && (x == KEEP_V_TIMESTAMP || x == KEEP_V_DURATION))
        return KEEP_V_DURATION;
    return KEEP_V_ERROR;
}

static void arithmetic(struct keep_compiler *c, struct keep_expr *e)
{
    static const char *const word[] = {"+", "-", "*", "/", "%"};
    struct keep_expr *a = e->arg[0], *b = e->arg[1];
    uint8_t type = arith_type((enum keep_op)e->op, a->type, b->type);
    if (type == KEEP_V_ERROR && !c->lenient) {
        bool text = a->type == KEEP_V_STRING || b->type == KEEP_V_STRING;
        bool day = a->type == KEEP_V_DATE || b->type == KEEP_V_DATE;
        keep_typecheck_reject(c, e, e->at, text ? "string(…) makes text of it" : day ? "periods are counted by `keep N years after …`" : is_number(a->type) && is_number(b->type) ? "convert with int(…) or double(…)" : NULL,
               "there is no %s %s %s", keep_valueop_type_name(a->type), word[e->op - KEEP_OP_ADD], keep_valueop_type_name(b->type));
        return;
    }
    keep_typecheck_set(e, type == KEEP_V_ERROR ? KEEP_V_DYN : type, type == KEEP_V_LIST && a->item == b->item ? a->item : KEEP_V_DYN);
}

static void container(struct keep_compiler *c, struct keep_expr *e)
{
    uint8_t item = KEEP_V_DYN;
    for (uint32_t i = 0; i < e->n; i++) {
        keep_typecheck_node(c, e->arg[i]);
        item = i == 0 ? e->arg[i]->type : e->arg[i]->type == item ? item : KEEP_V_DYN;
    }
    keep_typecheck_set(e, e->op == KEEP_OP_LIST ? KEEP_V_LIST : KEEP_V_MAP, e->op == KEEP_OP_LIST ? item : KEEP_V_DYN);
}

/* Operands that are chains of the same operator, for a name stood for them, become operands of this one. */
static void widen(struct keep_compiler *c, struct keep_expr *e)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < e->n; i++)
        n += e->arg[i]->op == e->op ? e->arg[i]->n : 1;
    struct keep_expr **arg = n > e->n ? keep_compile_alloc(c, n, sizeof *arg) : NULL;
    if (!arg)
        return;
    n = 0;
    for (uint32_t i = 0; i < e->n; i++) {
        struct keep_expr *one = e->arg[i];
        for (uint32_t k = 0; one->op == e->op && k < one->n; k++)
            arg[n++] = one->arg[k];
        if (one->op != e->op)
            arg[n++] = one;
    }
    e->arg = arg;
    e->n = n;
}

static void operands(struct keep_compiler *c, struct keep_expr *e, const char *who)
{
    for (uint32_t i = 0; i < e->n; i++) {
        keep_typecheck_node(c, e->arg[i]);
        if (who && !keep_typecheck_bad(e->arg[i]))
            keep_typecheck_want(c, e->arg[i], KEEP_V_BOOL, who);
    }
}

/* --- folding --- */

static bool all_constant(const struct keep_expr *e)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (e->arg[i]->op != KEEP_OP_CONST)
            return false;
    return true;
}

static bool foldable(const struct keep_expr *e)
{
    switch ((enum keep_op)e->op) {
    case KEEP_OP_BAD: case KEEP_OP_CONST: case KEEP_OP_IDENT: case KEEP_OP_CALL: case KEEP_OP_FIELD: case KEEP_OP_LOCAL: case KEEP_OP_ENGINE: case KEEP_OP_HAS:
    case KEEP_OP_IN_SET: return false;
    default: return all_constant(e);
    }
}

/* Does the run need a hash table instead of this `in`? */
static void index_list(struct keep_compiler *c, struct keep_expr *e)
{
    const struct keep_expr *b = e->arg[1];
    if (b->op != KEEP_OP_CONST || b->value.type != KEEP_V_LIST || b->value.list.n < SET_FROM)
        return;
    for (size_t i = 0; i < b->value.list.n; i++)
        if (b->value.list.item[i].type != KEEP_V_STRING)
            return;
    struct keep_strset set;
    if (keep_eval_index(c->arena, &b->value, &set)) {
        e->op = KEEP_OP_IN_SET;
        e->set = set;
        e->n = 1;
    } else {
        c->nomem = true;
    }
}

static void fold(struct keep_compiler *c, struct keep_expr *e)
{
    if (foldable(e)) {
        struct keep_env env = {.arena = c->arena};
        struct keep_value v;
        if (keep_eval_run(e, &env, NULL, FOLD_STEPS, &v) < 0)
            return;
        if (v.type == KEEP_V_ERROR) {
            if (!c->lenient && v.s.p != keep_eval_exhausted)
                keep_typecheck_reject(c, e, e->op == KEEP_OP_FUNC && e->n == 1 ? e->arg[0]->at : e->at, NULL, "%.*s", (int)v.s.n, v.s.p);
            return;
        }
        bool dyn = c->lenient || (e->op == KEEP_OP_FUNC && e->id == KEEP_FUNC_TO_DYN);
        e->op = KEEP_OP_CONST;
        e->value = v;
        if (e->type == KEEP_V_DYN && !dyn)
            e->type = (uint8_t)v.type;
        return;
    }
    if (e->op == KEEP_OP_IN)
        index_list(c, e);
}

void keep_typecheck_node(struct keep_compiler *c, struct keep_expr *e)
{
    switch ((enum keep_op)e->op) {
    case KEEP_OP_IDENT: keep_fieldcheck_ident(c, e); break;
    case KEEP_OP_SELECT: keep_fieldcheck_select(c, e); break;
    case KEEP_OP_CALL: keep_callcheck_call(c, e); break;
    case KEEP_OP_LIST: case KEEP_OP_MAP: container(c, e); break;
    case KEEP_OP_AND: case KEEP_OP_OR:
        operands(c, e, e->op == KEEP_OP_AND ? "&&" : "||");
        widen(c, e);
        keep_typecheck_set(e, KEEP_V_BOOL, KEEP_V_DYN);
        break;
    case KEEP_OP_NOT:
        operands(c, e, "!");
        keep_typecheck_set(e, KEEP_V_BOOL, KEEP_V_DYN);
        break;
    case KEEP_OP_NEG:
        operands(c, e, NULL);
        if (!c->lenient && e->arg[0]->type != KEEP_V_DYN && e->arg[0]->type != KEEP_V_INT && e->arg[0]->type != KEEP_V_DOUBLE)
            keep_typecheck_reject(c, e, e->at, NULL, "- needs a number, this is %s", keep_valueop_type_name(e->arg[0]->type));
        else
            keep_typecheck_set(e, e->arg[0]->type, KEEP_V_DYN);
        break;
    case KEEP_OP_COND:
        operands(c, e, NULL);
        if (!keep_typecheck_bad(e->arg[0]))
            keep_typecheck_want(c, e->arg[0], KEEP_V_BOOL, "?");
        if (e->arg[1]->type == e->arg[2]->type)
            keep_typecheck_set(e, e->arg[1]->type, e->arg[1]->item == e->arg[2]->item ? e->arg[1]->item : KEEP_V_DYN);
        break;
    case KEEP_OP_EQ: case KEEP_OP_NE: case KEEP_OP_LT: case KEEP_OP_LE: case KEEP_OP_GT: case KEEP_OP_GE:
        operands(c, e, NULL);
        compared(c, e);
        break;
    case KEEP_OP_IN:
        operands(c, e, NULL);
        membership(c, e);
        break;
    case KEEP_OP_ADD: case KEEP_OP_SUB: case KEEP_OP_MUL: case KEEP_OP_DIV: case KEEP_OP_MOD:
        operands(c, e, NULL);
        arithmetic(c, e);
        break;
    case KEEP_OP_INDEX:
        operands(c, e, NULL);
        if (!c->lenient && !keep_typecheck_fits(e->arg[0]->type, KEEP_V_LIST) && !keep_typecheck_fits(e->arg[0]->type, KEEP_V_MAP))
            keep_typecheck_reject(c, e, e->at, NULL, "%s has no index", keep_valueop_type_name(e->arg[0]->type));
        else
            keep_typecheck_set(e, e->arg[0]->type == KEEP_V_LIST ? e->arg[0]->item : KEEP_V_DYN, KEEP_V_DYN);
        break;
    default: break;
    }
    for (uint32_t i = 0; e->op != KEEP_OP_BAD && !e->defined && i < e->n; i++) {
        e->grains |= e->arg[i]->grains;
        if (e->arg[i]->depth >= e->depth) /* a name may stand for a tree */
            e->depth = (uint16_t)(e->arg[i]->depth + 1);
        if (keep_typecheck_bad(e->arg[i])) { /* reported below; nothing more is to be said about what stands around it */
            e->op = KEEP_OP_BAD;
            e->type = KEEP_V_DYN;
        }
    }
    if (e->depth > KEEP_EXPR_DEPTH && !keep_typecheck_bad(e))
        keep_typecheck_reject(c, e, e->at, "split the rule", "with its definitions this is nested too deeply");
    if (!e->defined)
        fold(c, e);
}

void keep_typecheck_run(struct keep_compiler *c, struct keep_expr *e, uint8_t wanted)
{
    if (keep_typecheck_bad(e) || c->nomem)
        return;
    keep_typecheck_node(c, e);
    if (keep_typecheck_bad(e) || wanted == KEEP_V_DYN || c->lenient || keep_typecheck_fits(e->type, wanted))
        return;
    const char *help = wanted == KEEP_V_DATE && e->type == KEEP_V_STRING ? "write date(\"2026-03-02\") for a date" : NULL;
    keep_typecheck_reject(c, e, e->at, help, "%s must be %s, this is %s", c->place, keep_valueop_type_name(wanted), keep_valueop_type_name(e->type));
}

struct keep_expr *keep_typecheck_clause(struct keep_compiler *c, uint8_t want_type, uint32_t allowed, const char *place)
{
    struct keep_expr *e = keep_parse_expr_one(c);
    if (c->nomem) /* a node may lack its operands */
        return &c->bad;
    c->allowed = allowed;
    c->place = place;
    c->defined = 0;
    if (!c->bare_keys) /* of what a test gives only the values are kept */
        keep_expr_write(c, e);
    keep_typecheck_run(c, e, want_type);
    return e;
}

bool keep_typecheck_constant(struct keep_compiler *c, uint8_t want_type, const char *place, struct keep_value *out)
{
    struct keep_expr *e = keep_typecheck_clause(c, want_type, 0, place);
    if (keep_typecheck_bad(e))
        return false;
    if (e->op != KEEP_OP_CONST) {
        keep_compile_error(c, e->at, NULL, "%s must be a constant", place);
        return false;
    }
    *out = e->value;
    return true;
}
