/* What an expression reads, and whether it can come out true or false at all
 * when some of that is never recorded. The second is the three-valued logic of
 * the language over sets of inputs instead of values: && is true when both can
 * be, false when either can; || the other way round; anything else needs all
 * that it reads. has() asks for nothing: it always answers. */
#include "core/policy/expr.h"

enum { WORDS = 64 }; /* of one list; the vocabularies have fewer */

struct walk {
    int (*each)(void *ctx, const struct keep_read *r);
    void *ctx;
};

static size_t words_of(const struct keep_expr *e, struct keep_str out[WORDS])
{
    size_t n = 0;
    if (e->n == 0)
        return 0;
    const struct keep_expr *a = e->arg[0];
    if (a->op == KEEP_OP_CONST && a->type == KEEP_V_STRING)
        out[n++] = a->value.s;
    for (uint32_t i = 0; a->type == KEEP_V_LIST && i < a->n && n < WORDS; i++) /* a folded list still has its nodes */
        if (a->arg[i]->op == KEEP_OP_CONST && a->arg[i]->type == KEEP_V_STRING)
            out[n++] = a->arg[i]->value.s;
    return n;
}

static int tell(const struct keep_expr *e, const struct walk *w)
{
    struct keep_str word[WORDS];
    struct keep_read r = {.call = e->op == KEEP_OP_ENGINE, .id = e->id, .word = word};
    if (r.call)
        r.words = words_of(e, word);
    return w->each(w->ctx, &r);
}

static int walk(const struct keep_expr *e, const struct walk *w)
{
    int rc = e->op == KEEP_OP_FIELD || e->op == KEEP_OP_ENGINE ? tell(e, w) : 0;
    bool inner = e->op != KEEP_OP_HAS && e->op != KEEP_OP_CONST;
    for (uint32_t i = 0; rc == 0 && inner && i < (e->op == KEEP_OP_IN_SET ? 1 : e->n); i++)
        if (e->arg[i])
            rc = walk(e->arg[i], w);
    return rc;
}

int keep_expr_reads(const struct keep_expr *e, int (*each)(void *ctx, const struct keep_read *r), void *ctx)
{
    return walk(e, &(struct walk){each, ctx});
}

struct asked {
    bool (*have)(void *ctx, const struct keep_read *r);
    void *ctx;
};

static int lacking(void *ctx, const struct keep_read *r)
{
    const struct asked *a = ctx;
    return !a->have(a->ctx, r);
}

static bool can(const struct keep_expr *e, bool yes, struct asked *a)
{
    switch (e->op) {
    case KEEP_OP_NOT:
        return can(e->arg[0], !yes, a);
    case KEEP_OP_AND:
    case KEEP_OP_OR: {
        bool every = (e->op == KEEP_OP_AND) == yes;
        for (uint32_t i = 0; i < e->n; i++)
            if (can(e->arg[i], yes, a) != every)
                return !every;
        return every;
    }
    case KEEP_OP_COND:
        return (can(e->arg[0], true, a) && can(e->arg[1], yes, a)) || (can(e->arg[0], false, a) && can(e->arg[2], yes, a));
    case KEEP_OP_CONST:
        return e->type != KEEP_V_BOOL || e->value.b == yes;
    default:
        return keep_expr_reads(e, lacking, a) == 0;
    }
}

bool keep_expr_can(const struct keep_expr *e, bool yes, bool (*have)(void *ctx, const struct keep_read *r), void *ctx)
{
    struct asked a = {have, ctx};
    return can(e, yes, &a);
}
