/* A set's reason is a "; " list of gaps; each counts for the set once. "3 of 7
 * records" becomes "some records". Distinct gaps are some dozens, so a list is
 * searched; past GAPS_MAX they are counted as one. */
#include "core/work/gaps.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define GAPS_MAX 4096

struct keep_gaps {
    struct keep_arena *a;
    struct keep_gap gap[GAPS_MAX];
    size_t n;
};

struct keep_gaps *keep_gaps_new(void)
{
    struct keep_gaps *g = calloc(1, sizeof *g);
    if (g && !(g->a = keep_arena_new(0))) {
        free(g);
        g = NULL;
    }
    return g;
}

void keep_gaps_free(struct keep_gaps *g)
{
    if (!g)
        return;
    keep_arena_free(g->a);
    free(g);
}

static size_t digits(const char *p, size_t n)
{
    size_t i = 0;
    while (i < n && isdigit((unsigned char)p[i]))
        i++;
    return i;
}

/* "3 of 7 records" at p: its length without " records"; 0: something else. */
static size_t counted(const char *p, size_t n)
{
    size_t a = digits(p, n), b;
    if (!a || n - a < 4 || memcmp(p + a, " of ", 4) != 0)
        return 0;
    b = digits(p + a + 4, n - a - 4);
    return b && n - a - 4 - b >= 8 && memcmp(p + a + 4 + b, " records", 8) == 0 ? a + 4 + b : 0;
}

static bool add(struct keep_gaps *g, struct keep_str part, const struct keep_set *s, struct keep_buf *b)
{
    keep_buf_clear(b);
    for (size_t i = 0; i < part.n;) {
        size_t skip = i == 0 || part.p[i - 1] == ' ' ? counted(part.p + i, part.n - i) : 0;
        if (skip)
            keep_buf_str(b, "some");
        else
            keep_buf_char(b, part.p[i]);
        i += skip ? skip : 1;
    }
    if (b->failed)
        return false;
    struct keep_str text = g->n + 1 < GAPS_MAX ? keep_buf_view(b) : KEEP_STR("others");
    for (size_t i = 0; i < g->n; i++)
        if (keep_str_eq(g->gap[i].text, text)) {
            g->gap[i].sets++;
            g->gap[i].records += s->records;
            return true;
        }
    bool ok = true;
    g->gap[g->n] = (struct keep_gap){.text = keep_arena_str(g->a, text, &ok), .sets = 1, .records = s->records, .series = s->series};
    g->n += ok;
    return ok;
}

int keep_gaps_each(void *ctx, const struct keep_set *s, struct keep_err *err)
{
    struct keep_gaps *g = ctx;
    struct keep_buf b = KEEP_BUF_INIT;
    bool ok = true;
    if (s->status != KEEP_SET_UNDETERMINED)
        return 0;
    for (size_t at = 0; ok && at < s->reason.n;) {
        const char *p = s->reason.p + at, *end = memmem(p, s->reason.n - at, "; ", 2);
        size_t n = end ? (size_t)(end - p) : s->reason.n - at;
        ok = add(g, (struct keep_str){p, n}, s, &b);
        at += n + 2;
    }
    keep_buf_free(&b);
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int by_sets(const void *a, const void *b)
{
    const struct keep_gap *x = a, *y = b;
    if (x->sets != y->sets)
        return x->sets > y->sets ? -1 : 1;
    return keep_str_order(x->text, y->text);
}

size_t keep_gaps_list(struct keep_gaps *g, const struct keep_gap **out)
{
    qsort(g->gap, g->n, sizeof *g->gap, by_sets);
    *out = g->gap;
    return g->n;
}
