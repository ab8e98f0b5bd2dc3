/* The evaluator: a walk over the checked tree. Three-valued: UNKNOWN and ERROR
 * travel up as values, && and || absorb them where the other side decides
 * (cel-spec langdef, "Logical Operators"), an unknown before an error where
 * both meet. The arena is touched only by what makes a new list, map or text.
 *
 * Work is bounded: comprehensions pay one step an element, and a run that used
 * up its steps ends as an error value. */
#include <string.h>

#include "core/policy/expr.h"

enum { ARGS = 4 }; /* the most arguments a function has */

/* Builds clear automatic variables. These are written before they are read, and clearing them is a third of a short
 * expression's time. */
#define WRITTEN_FIRST __attribute__((uninitialized))

struct frame {
    const struct keep_env *env;
    uint32_t steps;
    int rc; /* <0: what the environment answered */
    struct keep_value local[KEEP_EXPR_LOCALS];
};

static void run(const struct keep_expr *e, struct frame *f, struct keep_value *out);

/* Kept out of run(), whose frame is what recursion costs. */
#define APART __attribute__((noinline))

static bool is_absent(const struct keep_value *v) { return v->type <= KEEP_V_ERROR; }

/* Member by member: copying a whole value just written in parts costs more than the comparison behind it. */
static void say(struct keep_value *out, bool b)
{
    out->type = KEEP_V_BOOL;
    out->b = b;
}

/* Of two values that are no value, the one to hand on: an unknown rather than an error, else the first. */
static void merge(struct keep_value *kept, const struct keep_value *v)
{
    if (kept->type == KEEP_V_NULL || (kept->type == KEEP_V_ERROR && v->type == KEEP_V_UNKNOWN))
        *kept = *v;
}

/* The end of a fold that nothing decided. */
static void settle(struct keep_value *out, const struct keep_value *kept, bool undecided)
{
    if (kept->type == KEEP_V_NULL)
        say(out, undecided);
    else
        *out = *kept;
}

/* Takes one operand of a fold into *kept. True: this operand decides. */
static bool decides(const struct keep_value *v, bool deciding, struct keep_value *kept)
{
    if (v->type == KEEP_V_BOOL)
        return v->b == deciding;
    if (is_absent(v)) {
        merge(kept, v);
    } else {
        struct keep_value error = keep_valueop_error("&& || ! ? : need true or false");
        merge(kept, &error);
    }
    return false;
}

/* Several threads may run one expression. */
static APART void note(const struct keep_expr *e, const struct keep_value *v)
{
    uint8_t bit = v->type == KEEP_V_BOOL ? v->b ? KEEP_SEEN_TRUE : KEEP_SEEN_FALSE : is_absent(v) ? KEEP_SEEN_UNKNOWN : KEEP_SEEN_VALUE;
    __atomic_fetch_or(e->seen, bit, __ATOMIC_RELAXED);
}

static void logic(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    bool deciding = e->op == KEEP_OP_OR;
    struct keep_value kept = {.type = KEEP_V_NULL};
    for (uint32_t i = 0; i < e->n; i++) {
        struct keep_value v WRITTEN_FIRST;
        run(e->arg[i], f, &v);
        if (e->arg[i]->seen)
            note(e->arg[i], &v);
        if (decides(&v, deciding, &kept)) {
            say(out, deciding);
            return;
        }
    }
    settle(out, &kept, !deciding);
}

static void condition(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    run(e->arg[0], f, out);
    if (out->type == KEEP_V_BOOL)
        run(e->arg[out->b ? 1 : 2], f, out);
    else if (!is_absent(out))
        *out = keep_valueop_error("&& || ! ? : need true or false");
}

static void negation(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct keep_value v;
    run(e->arg[0], f, &v);
    if (is_absent(&v))
        *out = v;
    else if (e->op == KEEP_OP_NEG)
        keep_valueop_negate(&v, out);
    else if (v.type != KEEP_V_BOOL)
        *out = keep_valueop_error("&& || ! ? : need true or false");
    else
        say(out, !v.b);
}

static void compare(enum keep_op op, const struct keep_value *a, const struct keep_value *b, struct keep_value *out)
{
    int order;
    bool nan;
    if (op == KEEP_OP_EQ || op == KEEP_OP_NE) {
        int eq = keep_valueop_equal(a, b);
        if (eq < 0)
            *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = KEEP_STR("a part of a list")};
        else
            say(out, (op == KEEP_OP_EQ) == (eq == 1));
        return;
    }
    if (!keep_valueop_order(a, b, &order, &nan)) {
        if (nan)
            say(out, false);
        else
            *out = keep_valueop_error("these have no order");
        return;
    }
    say(out, op == KEEP_OP_LT ? order < 0 : op == KEEP_OP_LE ? order <= 0 : op == KEEP_OP_GT ? order > 0 : order >= 0);
}

static void contained(const struct keep_value *v, const struct keep_value *in, struct keep_value *out)
{
    if (in->type != KEEP_V_LIST && in->type != KEEP_V_MAP) {
        *out = keep_valueop_error("`in` needs a list or a map");
        return;
    }
    size_t stride = in->type == KEEP_V_MAP ? 2 : 1;
    const struct keep_value *unknown = NULL;
    for (size_t i = 0; i < in->list.n; i++) {
        const struct keep_value *item = &in->list.item[i * stride];
        int eq = keep_valueop_equal(v, item);
        if (eq == 1) {
            say(out, true);
            return;
        }
        if (eq < 0)
            unknown = item;
    }
    if (!unknown)
        say(out, false);
    else
        *out = is_absent(unknown) ? *unknown : (struct keep_value){.type = KEEP_V_UNKNOWN, .s = KEEP_STR("a part of a list")};
}

static void index_of(const struct keep_value *of, const struct keep_value *at, struct keep_value *out)
{
    if (of->type == KEEP_V_MAP) {
        const struct keep_value *v = keep_valueop_member(of, at);
        *out = v ? *v : keep_valueop_error("there is no such key");
        return;
    }
    if (of->type != KEEP_V_LIST) {
        *out = keep_valueop_error("only a list or a map has an index");
        return;
    }
    struct keep_value i = *at;
    bool whole = i.type == KEEP_V_INT || i.type == KEEP_V_UINT ||
                 (i.type == KEEP_V_DOUBLE && i.d >= 0 && i.d < 4294967296.0 && i.d == (double)(uint64_t)i.d);
    uint64_t n = !whole ? 0 : i.type == KEEP_V_INT ? (i.i < 0 ? UINT64_MAX : (uint64_t)i.i) : i.type == KEEP_V_UINT ? i.u : (uint64_t)i.d;
    *out = !whole ? keep_valueop_error("an index is a whole number") : n < of->list.n ? of->list.item[n] : keep_valueop_error("there is no such index");
}

/* Both operands, then the operation, unless one is no value. */
static void binary(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct keep_value a WRITTEN_FIRST, b WRITTEN_FIRST;
    run(e->arg[0], f, &a);
    run(e->arg[1], f, &b);
    if (is_absent(&a) || is_absent(&b)) {
        struct keep_value kept = {.type = KEEP_V_NULL};
        if (is_absent(&a))
            merge(&kept, &a);
        if (is_absent(&b))
            merge(&kept, &b);
        *out = kept;
    } else if (e->op >= KEEP_OP_ADD && e->op <= KEEP_OP_MOD) {
        keep_valueop_arith(e->op, &a, &b, f->env->arena, out);
    } else if (e->op == KEEP_OP_INDEX) {
        index_of(&a, &b, out);
    } else if (e->op == KEEP_OP_IN) {
        contained(&a, &b, out);
    } else {
        compare(e->op, &a, &b, out);
    }
}

bool keep_eval_index(struct keep_arena *a, const struct keep_value *list, struct keep_strset *out)
{
    size_t size = 8;
    while (size < list->list.n * 2)
        size *= 2;
    struct keep_str *slot = keep_arena_array(a, size, sizeof *slot);
    if (!slot)
        return false;
    for (size_t i = 0; i < list->list.n; i++) {
        struct keep_str s = list->list.item[i].s;
        size_t at = keep_str_hash(s) & (size - 1);
        while (slot[at].p && !keep_str_eq(slot[at], s))
            at = (at + 1) & (size - 1);
        slot[at] = s.p ? s : (struct keep_str){"", 0};
    }
    *out = (struct keep_strset){size - 1, slot};
    return true;
}

static void in_set(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct keep_value v WRITTEN_FIRST;
    run(e->arg[0], f, &v);
    if (v.type != KEEP_V_STRING) {
        if (is_absent(&v))
            *out = v;
        else
            say(out, false);
        return;
    }
    size_t at = keep_str_hash(v.s) & e->set.mask;
    while (e->set.slot[at].p && !keep_str_eq(e->set.slot[at], v.s))
        at = (at + 1) & e->set.mask;
    say(out, e->set.slot[at].p != NULL);
}

/* The member of a map that a name selects, NULL when there is none. */
static const struct keep_value *named(const struct keep_value *map, struct keep_str name)
{
    for (size_t i = 0; i < map->list.n; i++)
        if (map->list.item[2 * i].type == KEEP_V_STRING && keep_str_eq(map->list.item[2 * i].s, name))
            return &map->list.item[2 * i + 1];
    return NULL;
}

static APART void selection(const struct keep_expr *e, struct frame *f, bool has, struct keep_value *out)
{
    struct keep_value v WRITTEN_FIRST;
    run(e->arg[0], f, &v);
    if (is_absent(&v)) {
        *out = v;
        return;
    }
    if (v.type != KEEP_V_MAP) {
        *out = keep_valueop_error("only a map has members");
        return;
    }
    const struct keep_value *member = named(&v, e->name);
    if (has)
        say(out, member && member->type != KEEP_V_UNKNOWN);
    else
        *out = member ? *member : keep_valueop_error("there is no such key");
}

static void field(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    if (f->rc >= 0)
        f->rc = f->env->field ? f->env->field(f->env->ctx, (enum keep_field)e->id, out) : KEEP_E_USAGE;
    if (f->rc < 0)
        *out = keep_valueop_error("not evaluated");
}

static APART void has(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    const struct keep_expr *of = e->arg[0];
    if (of->op == KEEP_OP_FIELD) {
        field(of, f, out);
        if (out->type != KEEP_V_ERROR)
            say(out, out->type != KEEP_V_UNKNOWN);
    } else {
        selection(of, f, true, out);
    }
}

static APART void call(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct keep_value arg[ARGS], kept = {.type = KEEP_V_NULL};
    for (uint32_t i = 0; i < e->n && i < ARGS; i++) {
        run(e->arg[i], f, &arg[i]);
        if (is_absent(&arg[i]))
            merge(&kept, &arg[i]);
    }
    if (kept.type != KEEP_V_NULL) {
        *out = kept;
    } else if (e->op == KEEP_OP_FUNC) {
        keep_func_run((enum keep_func)e->id, arg, e->n, f->env->arena, out);
    } else {
        if (f->rc >= 0)
            f->rc = f->env->call ? f->env->call(f->env->ctx, (enum keep_call)e->id, arg, e->n, out) : KEEP_E_USAGE;
        if (f->rc < 0)
            *out = keep_valueop_error("not evaluated");
    }
}

static bool is_key(const struct keep_value *v)
{
    return v->type == KEEP_V_BOOL || v->type == KEEP_V_INT || v->type == KEEP_V_UINT || v->type == KEEP_V_STRING;
}

/* A list or map whose parts are not all constant. */
static APART void literal(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct keep_value *item = keep_arena_array(f->env->arena, e->n ? e->n : 1, sizeof *item), kept = {.type = KEEP_V_NULL};
    if (!item) {
        *out = keep_valueop_error("too large");
        return;
    }
    for (uint32_t i = 0; i < e->n; i++) {
        run(e->arg[i], f, &item[i]);
        if (is_absent(&item[i]))
            merge(&kept, &item[i]);
    }
    struct keep_value v = {.type = e->op == KEEP_OP_MAP ? KEEP_V_MAP : KEEP_V_LIST};
    v.list.item = item;
    v.list.n = e->op == KEEP_OP_MAP ? e->n / 2 : e->n;
    for (size_t i = 0; v.type == KEEP_V_MAP && kept.type == KEEP_V_NULL && i < v.list.n; i++) {
        struct keep_value before = v;
        before.list.n = i;
        if (!is_key(&item[2 * i]))
            kept = keep_valueop_error("a key is text, a whole number or a bool");
        else if (keep_valueop_member(&before, &item[2 * i]))
            kept = keep_valueop_error("this key stands twice");
    }
    *out = kept.type == KEEP_V_NULL ? v : kept;
}

const char keep_eval_exhausted[] = "too much work for one expression";

/* The elements that a comprehension visits; a map's are its keys. */
struct range {
    const struct keep_value *item;
    size_t n, stride;
};

static bool open_range(const struct keep_expr *e, struct frame *f, struct range *r, struct keep_value *out)
{
    struct keep_value v;
    run(e->arg[0], f, &v);
    if (is_absent(&v)) {
        *out = v;
        return false;
    }
    if (v.type != KEEP_V_LIST && v.type != KEEP_V_MAP) {
        *out = keep_valueop_error("this needs a list or a map");
        return false;
    }
    *r = (struct range){v.list.item, v.list.n, v.type == KEEP_V_MAP ? 2 : 1};
    return true;
}

static bool visit(const struct keep_expr *e, struct frame *f, const struct range *r, size_t i, struct keep_value *out)
{
    if (f->steps == 0) {
        *out = keep_valueop_error(keep_eval_exhausted);
        return false;
    }
    f->steps--;
    f->local[e->id] = r->item[i * r->stride];
    return true;
}

/* all, exists: folds of && and ||. */
static APART void quantifier(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct range r;
    bool deciding = e->op == KEEP_OP_EXISTS;
    struct keep_value kept = {.type = KEEP_V_NULL}, v;
    if (!open_range(e, f, &r, out))
        return;
    for (size_t i = 0; i < r.n; i++) {
        if (!visit(e, f, &r, i, out))
            return;
        run(e->arg[1], f, &v);
        if (decides(&v, deciding, &kept)) {
            say(out, deciding);
            return;
        }
    }
    settle(out, &kept, !deciding);
}

/* exists_one: no short cut, nothing is absorbed. */
static APART void exactly_one(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct range r;
    struct keep_value kept = {.type = KEEP_V_NULL}, v;
    size_t found = 0;
    if (!open_range(e, f, &r, out))
        return;
    for (size_t i = 0; i < r.n; i++) {
        if (!visit(e, f, &r, i, out))
            return;
        run(e->arg[1], f, &v);
        found += decides(&v, true, &kept);
    }
    settle(out, &kept, found == 1);
}

/* filter(x, p); map(x, t); map(x, p, t). */
static APART void collect(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    struct range r;
    if (!open_range(e, f, &r, out))
        return;
    struct keep_value *item = keep_arena_array(f->env->arena, r.n ? r.n : 1, sizeof *item), kept = {.type = KEEP_V_NULL}, v;
    const struct keep_expr *filter = e->op == KEEP_OP_FILTER ? e->arg[1] : e->n == 3 ? e->arg[2] : NULL;
    size_t n = 0;
    if (!item) {
        *out = keep_valueop_error("too large");
        return;
    }
    for (size_t i = 0; i < r.n; i++) {
        if (!visit(e, f, &r, i, out))
            return;
        bool takes = true;
        if (filter) {
            run(filter, f, &v);
            takes = decides(&v, true, &kept);
        }
        if (!takes)
            continue;
        item[n] = r.item[i * r.stride];
        if (e->op == KEEP_OP_EACH)
            run(e->arg[1], f, &item[n]);
        if (is_absent(&item[n]))
            merge(&kept, &item[n]);
        n++;
    }
    v = (struct keep_value){.type = KEEP_V_LIST};
    v.list.item = item;
    v.list.n = n;
    *out = kept.type == KEEP_V_NULL ? v : kept;
}

static void run(const struct keep_expr *e, struct frame *f, struct keep_value *out)
{
    switch ((enum keep_op)e->op) {
    case KEEP_OP_CONST: *out = e->value; break;
    case KEEP_OP_FIELD: field(e, f, out); break;
    case KEEP_OP_LOCAL: *out = f->local[e->id]; break;
    case KEEP_OP_AND:
    case KEEP_OP_OR: logic(e, f, out); break;
    case KEEP_OP_NOT:
    case KEEP_OP_NEG: negation(e, f, out); break;
    case KEEP_OP_COND: condition(e, f, out); break;
    case KEEP_OP_EQ: case KEEP_OP_NE: case KEEP_OP_LT: case KEEP_OP_LE: case KEEP_OP_GT: case KEEP_OP_GE: case KEEP_OP_IN: case KEEP_OP_INDEX:
    case KEEP_OP_ADD: case KEEP_OP_SUB: case KEEP_OP_MUL: case KEEP_OP_DIV: case KEEP_OP_MOD: binary(e, f, out); break;
    case KEEP_OP_IN_SET: in_set(e, f, out); break;
    case KEEP_OP_SELECT: selection(e, f, false, out); break;
    case KEEP_OP_HAS: has(e, f, out); break;
    case KEEP_OP_FUNC:
    case KEEP_OP_ENGINE: call(e, f, out); break;
    case KEEP_OP_LIST:
    case KEEP_OP_MAP: literal(e, f, out); break;
    case KEEP_OP_ALL:
    case KEEP_OP_EXISTS: quantifier(e, f, out); break;
    case KEEP_OP_ONE: exactly_one(e, f, out); break;
    case KEEP_OP_FILTER:
    case KEEP_OP_EACH: collect(e, f, out); break;
    case KEEP_OP_BAD: case KEEP_OP_IDENT: case KEEP_OP_CALL: *out = keep_valueop_error("not compiled"); break;
    }
}

int keep_eval_run(const struct keep_expr *e, const struct keep_env *env, const struct keep_value *local, uint32_t steps, struct keep_value *out)
{
    struct frame f WRITTEN_FIRST;
    f.env = env;
    f.steps = steps;
    f.rc = 0;
    if (local)
        f.local[0] = *local;
    struct keep_value v WRITTEN_FIRST;
    run(e, &f, &v);
    if (f.rc < 0)
        return f.rc;
    *out = v;
    return 0;
}

int keep_expr_run(const struct keep_expr *e, const struct keep_env *env, struct keep_value *out)
{
    int rc = keep_eval_run(e, env, NULL, KEEP_EXPR_STEPS, out);
    if (e->seen && rc == 0)
        note(e, out);
    return rc;
}
