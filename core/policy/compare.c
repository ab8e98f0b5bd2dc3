/* Blocks meet by word and name, clauses by word; what an exception is for, though
 * it stands before its braces, is one of them. Where a word stands several
 * times (`keep`, `column`), equal texts cancel out, whatever their order; what is
 * left is paired in order, and what has no pair came or went. */
#include "core/policy/compare.h"

#include <stdlib.h>

struct ref {
    const struct keep_outline *o;
    const struct keep_outline_block *b;
};

struct text {
    struct keep_str word, text;
    bool met;
};

struct texts {
    struct text *text;
    size_t n;
};

struct comparing {
    struct keep_arena *arena;
    struct keep_compare_row *row;
    size_t n, cap;
    bool nomem;
};

static int by_name(const void *a, const void *b)
{
    const struct ref *x = a, *y = b;
    int d = keep_str_order(x->b->word, y->b->word);
    return d ? d : keep_str_order(x->b->id, y->b->id);
}

static void push(struct comparing *c, struct keep_compare_row r)
{
    if (keep_arena_grow(c->arena, &c->row, &c->cap, c->n + 1, sizeof *c->row, 32))
        c->row[c->n++] = r;
    else
        c->nomem = true;
}

/* Every block but tests, sorted. */
static struct ref *gather(struct comparing *c, const struct keep_outline *o, size_t outlines, size_t *n)
{
    size_t all = 0;
    for (size_t i = 0; i < outlines; i++)
        all += o[i].blocks;
    struct ref *r = keep_arena_array(c->arena, all + 1, sizeof *r);
    *n = 0;
    for (size_t i = 0; r && i < outlines; i++)
        for (size_t k = 0; k < o[i].blocks; k++)
            if (!keep_str_is(o[i].block[k].word, "test"))
                r[(*n)++] = (struct ref){&o[i], &o[i].block[k]};
    if (!r)
        c->nomem = true;
    else if (*n)
        qsort(r, *n, sizeof *r, by_name);
    return r;
}

static bool text_add(struct comparing *c, struct texts *to, struct keep_str word, const struct keep_outline *o, size_t from, size_t end)
{
    struct keep_buf b = KEEP_BUF_INIT;
    bool ok = true;
    keep_outline_text(o, from, end, &b);
    to->text[to->n++] = (struct text){word, keep_arena_str(c->arena, keep_buf_view(&b), &ok), false};
    ok = ok && !b.failed;
    keep_buf_free(&b);
    return ok;
}

static bool texts(struct comparing *c, const struct ref *r, struct texts *out)
{
    const struct keep_outline_block *b = r->b;
    *out = (struct texts){.text = keep_arena_array(c->arena, b->clauses + 2, sizeof *out->text)};
    bool ok = out->text != NULL;
    if (ok && b->subject.n) /* exception "x" for "y": tokens 2 and 3 */
        ok = text_add(c, out, KEEP_STR("for"), r->o, b->from + 2, b->from + 4);
    for (size_t i = 0; ok && i < b->clauses; i++)
        ok = text_add(c, out, b->clause[i].word, r->o, b->clause[i].from, b->clause[i].to);
    c->nomem = c->nomem || !ok;
    return ok;
}

static void cancel(struct texts *x, struct texts *y)
{
    for (size_t i = 0; i < x->n; i++)
        for (size_t k = 0; k < y->n && !x->text[i].met; k++)
            if (!y->text[k].met && keep_str_eq(x->text[i].text, y->text[k].text))
                x->text[i].met = y->text[k].met = true;
}

static void clauses(struct comparing *c, const struct ref *a, const struct ref *b)
{
    struct texts x, y;
    const struct keep_str nil = {"", 0};
    if (!texts(c, a, &x) || !texts(c, b, &y))
        return;
    cancel(&x, &y);
    for (size_t i = 0; i < x.n; i++) {
        if (x.text[i].met)
            continue;
        size_t k = 0;
        while (k < y.n && (y.text[k].met || !keep_str_eq(y.text[k].word, x.text[i].word)))
            k++;
        bool pair = k < y.n;
        push(c, (struct keep_compare_row){pair ? KEEP_COMPARE_CHANGED : KEEP_COMPARE_REMOVED, a->b->word, a->b->id, x.text[i].word, x.text[i].text, pair ? y.text[k].text : nil});
        if (pair)
            y.text[k].met = true;
    }
    for (size_t k = 0; k < y.n; k++)
        if (!y.text[k].met)
            push(c, (struct keep_compare_row){KEEP_COMPARE_ADDED, b->b->word, b->b->id, y.text[k].word, nil, y.text[k].text});
}

static void whole(struct comparing *c, enum keep_compare_change change, const struct ref *r)
{
    const struct keep_str nil = {"", 0};
    push(c, (struct keep_compare_row){change, r->b->word, r->b->id, nil, nil, nil});
}

bool keep_compare_outlines(const struct keep_outline *before, size_t befores, const struct keep_outline *after, size_t afters, struct keep_arena *a,
                           struct keep_compare_row **out, size_t *n)
{
    struct comparing c = {.arena = a};
    size_t xn, yn, i = 0, k = 0;
    struct ref *x = gather(&c, before, befores, &xn), *y = gather(&c, after, afters, &yn);
    while (!c.nomem && (i < xn || k < yn)) {
        int d = i == xn ? 1 : k == yn ? -1 : by_name(&x[i], &y[k]);
        if (d < 0)
            whole(&c, KEEP_COMPARE_REMOVED, &x[i++]);
        else if (d > 0)
            whole(&c, KEEP_COMPARE_ADDED, &y[k++]);
        else
            clauses(&c, &x[i++], &y[k++]);
    }
    *out = c.row;
    *n = c.n;
    return !c.nomem;
}
