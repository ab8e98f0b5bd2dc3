/* Blocks meet by word and name, clauses by word. Where a word stands several
 * times (`keep`, `column`), equal texts cancel out, whatever their order; what is
 * left is paired in order, and what has no pair came or went. */
#include "core/policy/compare.h"

#include <stdlib.h>
#include <string.h>

struct ref {
    const struct keep_outline *o;
    const struct keep_outline_block *b;
};

struct text {
    struct keep_str word, text;
    bool met;
};

struct comparing {
    struct keep_arena *arena;
    struct keep_compare_row *row;
    size_t n, cap;
    bool nomem;
};

static int by_str(struct keep_str a, struct keep_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int d = n ? memcmp(a.p, b.p, n) : 0;
    return d ? d : (a.n > b.n) - (a.n < b.n);
}

static int by_name(const void *a, const void *b)
{
    const struct ref *x = a, *y = b;
    int d = by_str(x->b->word, y->b->word);
    return d ? d : by_str(x->b->id, y->b->id);
}

static void push(struct comparing *c, struct keep_compare_row r)
{
    if (c->n == c->cap) {
        size_t cap = c->cap ? c->cap * 2 : 32;
        struct keep_compare_row *row = keep_arena_array(c->arena, cap, sizeof *row);
        if (!row) {
            c->nomem = true;
            return;
        }
        if (c->n)
            memcpy(row, c->row, c->n * sizeof *row);
        c->row = row;
        c->cap = cap;
    }
    c->row[c->n++] = r;
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

static struct text *texts(struct comparing *c, const struct ref *r)
{
    struct text *t = keep_arena_array(c->arena, r->b->clauses + 1, sizeof *t);
    struct keep_buf b = KEEP_BUF_INIT;
    bool ok = t != NULL;
    for (size_t i = 0; ok && i < r->b->clauses; i++) {
        keep_buf_clear(&b);
        keep_outline_text(r->o, r->b->clause[i].from, r->b->clause[i].to, &b);
        t[i] = (struct text){r->b->clause[i].word, keep_arena_str(c->arena, keep_buf_view(&b), &ok), false};
        ok = ok && !b.failed;
    }
    keep_buf_free(&b);
    c->nomem = c->nomem || !ok;
    return ok ? t : NULL;
}

static void cancel(struct text *x, size_t n, struct text *y, size_t m)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < m && !x[i].met; k++)
            if (!y[k].met && keep_str_eq(x[i].text, y[k].text))
                x[i].met = y[k].met = true;
}

static void clauses(struct comparing *c, const struct ref *a, const struct ref *b)
{
    struct text *x = texts(c, a), *y = texts(c, b);
    const struct keep_str nil = {"", 0};
    if (!x || !y)
        return;
    cancel(x, a->b->clauses, y, b->b->clauses);
    for (size_t i = 0; i < a->b->clauses; i++) {
        if (x[i].met)
            continue;
        size_t k = 0;
        while (k < b->b->clauses && (y[k].met || !keep_str_eq(y[k].word, x[i].word)))
            k++;
        bool pair = k < b->b->clauses;
        push(c, (struct keep_compare_row){pair ? KEEP_COMPARE_CHANGED : KEEP_COMPARE_REMOVED, a->b->word, a->b->id, x[i].word, x[i].text, pair ? y[k].text : nil});
        if (pair)
            y[k].met = true;
    }
    for (size_t k = 0; k < b->b->clauses; k++)
        if (!y[k].met)
            push(c, (struct keep_compare_row){KEEP_COMPARE_ADDED, b->b->word, b->b->id, y[k].word, nil, y[k].text});
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
