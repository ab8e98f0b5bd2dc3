/* The compiler puts what a name stands for in its place, and notes where the name
 * stood. A block's own names are those between its first token and its last. */
#include "core/policy/uses.h"

#include "core/policy/lex.h"
#include "core/policy/register.h"

static bool before(uint32_t line, uint32_t col, struct keep_span at)
{
    return line != at.line ? line < at.line : col < at.col;
}

static bool within(const struct keep_use *use, const struct keep_outline *o, const struct keep_outline_block *b)
{
    return !before(use->line, use->col, o->lexed->token[b->from].at) && before(use->line, use->col, o->lexed->token[b->to - 1].at);
}

static bool known(const struct keep_uses *u, struct keep_str id)
{
    for (size_t i = 0; i < u->n; i++)
        if (keep_str_eq(u->list[i].define->id, id))
            return true;
    return false;
}

static bool add(struct keep_uses *u, const struct keep_policy *p, const struct keep_outline *outline, struct keep_str id, struct keep_arena *a)
{
    struct keep_used d = {.define = NULL};
    for (size_t i = 0; i < p->defines && !d.define; i++)
        d.define = keep_str_eq(p->define[i].id, id) ? &p->define[i] : NULL;
    d.block = keep_register_block(outline, p->packs, &(struct keep_register_row){.kind = KEEP_REGISTER_DEFINE, .id = id}, &d.pack);
    if (!d.define || !d.block)
        return true;
    if (!keep_arena_grow(a, &u->list, &u->cap, u->n + 1, sizeof *u->list, 8))
        return false;
    u->list[u->n++] = d;
    return true;
}

bool keep_uses_add(struct keep_uses *u, const struct keep_policy *p, const struct keep_outline *outline, size_t pack, const struct keep_outline_block *block, struct keep_arena *a)
{
    size_t next = u->n;
    for (;;) {
        for (size_t i = 0; i < p->uses; i++)
            if (p->use[i].pack == pack && within(&p->use[i], &outline[pack], block) && !known(u, p->use[i].id) && !add(u, p, outline, p->use[i].id, a))
                return false;
        if (next == u->n)
            return true;
        pack = u->list[next].pack;
        block = u->list[next++].block;
    }
}
