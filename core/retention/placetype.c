/* Exports call a facility what they like: "Critical Access Hospital", "Physician
 * Office", "CAH". Compared as they stand, such words are no type of any rule, and
 * the law of critical access hospitals or of practices would silently not apply.
 * So a type is the rules' own word, capitals aside, or it is not known, and what
 * is not known counts as applying. */
#include "core/retention/placetype.h"

#include "core/base/err.h"
#include "core/policy/expr.h"
#include "core/retention/ruleparts.h"

struct gather {
    struct keep_placetypes *to;
    struct keep_arena *a;
};

/* What most are, and no rule need name. */
static const struct keep_str common = {"hospital", 8};

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool alike(struct keep_str a, struct keep_str b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (small(a.p[i]) != small(b.p[i]))
            return false;
    return true;
}

static void add(struct gather *g, struct keep_str word)
{
    struct keep_placetypes *t = g->to;
    for (size_t i = 0; i < t->n; i++)
        if (keep_str_eq(t->word[i], word))
            return;
    if (!keep_arena_grow(g->a, &t->word, &t->cap, t->n + 1, sizeof *t->word, 16))
        t->full = true;
    else
        t->word[t->n++] = word;
}

static bool is_type(const struct keep_expr *e)
{
    return e->op == KEEP_OP_FIELD && e->id == KEEP_FIELD_facility_type;
}

static void add_words(struct gather *g, const struct keep_expr *e)
{
    if (e->op == KEEP_OP_CONST && e->value.type == KEEP_V_STRING)
        add(g, e->value.s);
    else if (e->op == KEEP_OP_CONST && e->value.type == KEEP_V_LIST)
        for (size_t i = 0; i < e->value.list.n; i++)
            add(g, e->value.list.item[i].s);
    else
        g->to->any = true;
}

static void look(void *ctx, const struct keep_expr *e)
{
    struct gather *g = ctx;
    bool compared = e->op == KEEP_OP_EQ || e->op == KEEP_OP_NE || e->op == KEEP_OP_IN;
    if (e->op == KEEP_OP_CONST || e->op == KEEP_OP_HAS)
        return;
    if (e->op == KEEP_OP_IN_SET) {
        for (uint32_t i = 0; is_type(e->arg[0]) && i <= e->set.mask; i++)
            if (e->set.slot[i].p)
                add(g, e->set.slot[i]);
        if (!is_type(e->arg[0]))
            look(g, e->arg[0]);
        return;
    }
    for (uint32_t i = 0; e->op != KEEP_OP_FIELD && i < e->n; i++) {
        if (!e->arg[i])
            continue;
        if (!is_type(e->arg[i]))
            look(g, e->arg[i]);
        else if (compared && e->n == 2)
            add_words(g, e->arg[1 - i]);
        else
            g->to->any = true;
    }
}

int keep_placetype_gather(struct keep_placetypes *out, const struct keep_policy *p, struct keep_arena *a)
{
    struct gather g = {out, a};
    *out = (struct keep_placetypes){.n = 0};
    for (size_t i = 0; i < p->retentions; i++)
        keep_ruleparts_each(&p->retention[i], look, &g);
    add(&g, common);
    return out->full ? KEEP_E_NOMEM : 0;
}

struct keep_str keep_placetype_word(const struct keep_placetypes *t, struct keep_str said)
{
    for (size_t i = 0; i < t->n; i++)
        if (keep_str_eq(t->word[i], said))
            return said;
    for (size_t i = 0; i < t->n; i++)
        if (alike(t->word[i], said))
            return t->word[i];
    return t->any ? said : (struct keep_str){NULL, 0};
}
