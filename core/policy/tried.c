/* The tree of an expression has one byte for each place that is watched; rules that
 * share a place by a definition share its byte, and each has a row for it. */
#include "core/policy/tried.h"

#include "core/policy/expr.h"

/* The evaluator's bits are these. */
_Static_assert((int)KEEP_TRIED_TRUE == (int)KEEP_SEEN_TRUE && (int)KEEP_TRIED_FALSE == (int)KEEP_SEEN_FALSE && (int)KEEP_TRIED_UNKNOWN == (int)KEEP_SEEN_UNKNOWN &&
               (int)KEEP_TRIED_KNOWN == (int)KEEP_SEEN_VALUE, "one meaning");

struct building {
    struct keep_tried *w; /* point NULL: only counting */
    struct keep_arena *arena;
    size_t rule, n;
    bool nomem;
};

static int any_read(void *ctx, const struct keep_read *r)
{
    (void)ctx;
    (void)r;
    return 1;
}

/* An operand's own ways: what reads nothing is always known. */
static uint8_t able(const struct keep_expr *e)
{
    uint8_t known = e->type == KEEP_V_BOOL || e->type == KEEP_V_DYN ? KEEP_TRIED_TRUE | KEEP_TRIED_FALSE : KEEP_TRIED_KNOWN;
    return (uint8_t)(known | (keep_expr_reads(e, any_read, NULL) ? KEEP_TRIED_UNKNOWN : 0));
}

static bool is_logic(const struct keep_expr *e)
{
    return e->op == KEEP_OP_AND || e->op == KEEP_OP_OR;
}

static void place(struct building *b, const char *clause, const struct keep_expr *shared)
{
    struct keep_expr *e = (struct keep_expr *)(uintptr_t)shared; /* the tree is this folder's, and tells only from here on */
    /* A chain says no more than its operands; `!` of one is told by it. Constants have one way. */
    const struct keep_expr *in = e->op == KEEP_OP_NOT ? e->arg[0] : e;
    bool leaf = !is_logic(in) && e->op != KEEP_OP_CONST;
    if (leaf && b->w->point && !b->nomem) {
        if (!e->seen && !(e->seen = keep_arena_array(b->arena, 1, 1)))
            b->nomem = true;
        b->w->point[b->n] = (struct keep_tried_point){.rule = b->rule, .clause = clause, .text = e->text, .able = able(e), .now = e->seen};
    }
    b->n += leaf;
    for (uint32_t i = 0; is_logic(in) && i < in->n; i++)
        place(b, clause, in->arg[i]);
}

static int place_root(void *ctx, const char *clause, const struct keep_expr *e)
{
    place(ctx, clause, e);
    return 0;
}

static void place_all(struct building *b, const struct keep_policy *p, const struct keep_register_row *row, size_t rows)
{
    b->n = 0;
    for (b->rule = 0; b->rule < rows; b->rule++)
        if (row[b->rule].kind != KEEP_REGISTER_DEFINE) /* tried where it is used */
            keep_register_exprs(p, &row[b->rule], place_root, b);
}

bool keep_tried_new(struct keep_tried *out, const struct keep_policy *p, const struct keep_register_row *row, size_t rows, struct keep_arena *a)
{
    *out = (struct keep_tried){.row = row, .rows = rows};
    struct building b = {.w = out, .arena = a};
    place_all(&b, p, row, rows);
    out->points = b.n;
    out->tested = keep_arena_array(a, rows + 1, sizeof *out->tested);
    out->point = keep_arena_array(a, b.n + 1, sizeof *out->point);
    if (!out->tested || !out->point)
        return false;
    place_all(&b, p, row, rows);
    return !b.nomem;
}

void keep_tried_clear(struct keep_tried *w)
{
    for (size_t i = 0; i < w->points; i++)
        *w->point[i].now = 0;
}

static bool about(const struct keep_test *t, struct keep_str id)
{
    bool is = t->subject.n && keep_str_eq(t->subject, id);
    for (size_t i = 0; i < t->expects && !is; i++)
        is = t->expect[i].text.n && keep_str_eq(t->expect[i].text, id);
    return is;
}

void keep_tried_take(struct keep_tried *w, const struct keep_test *t)
{
    for (size_t r = 0, i = 0; r < w->rows; r++) {
        bool counts = about(t, w->row[r].id);
        w->tested[r] = w->tested[r] || counts;
        for (; i < w->points && w->point[i].rule == r; i++)
            if (counts)
                w->point[i].tried |= (uint8_t)(*w->point[i].now & w->point[i].able);
    }
    keep_tried_clear(w);
}
