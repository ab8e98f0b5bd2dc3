/* What can only be told once all files are read: ids that stand twice, names
 * that nothing declares, rules that no test is about. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/compile.h"

/* Names are unique within a space: a label and a series may share one, two rules may not. */
enum space { LABELS, SERIES, RULES, MAPS, PACKS, DEFINITIONS, EXCEPTIONS };

static enum space space_of(enum keep_name_kind k)
{
    switch (k) {
    case KEEP_NAME_LABEL: return LABELS;
    case KEEP_NAME_SERIES: return SERIES;
    case KEEP_NAME_MAP: return MAPS;
    case KEEP_NAME_PACK: return PACKS;
    case KEEP_NAME_DEFINE: return DEFINITIONS;
    case KEEP_NAME_EXCEPTION: return EXCEPTIONS;
    default: return RULES;
    }
}

static const char *kind_word(enum keep_name_kind k)
{
    static const char *const word[] = {[KEEP_NAME_LABEL] = "label", [KEEP_NAME_SERIES] = "series", [KEEP_NAME_RULE] = "rule", [KEEP_NAME_EXPLANATION] = "explanation",
                                       [KEEP_NAME_RETENTION] = "retention rule", [KEEP_NAME_ACCESS] = "access rule", [KEEP_NAME_REVIEW] = "review", [KEEP_NAME_FINDER] = "access rule or review", [KEEP_NAME_ANY] = "rule, label, series or explanation",
                                       [KEEP_NAME_MAP] = "map", [KEEP_NAME_PACK] = "pack", [KEEP_NAME_DEFINE] = "definition", [KEEP_NAME_EXCEPTION] = "exception"};
    return word[k];
}

/* By id, then as declared (the built-in ones, in no file, first). */
static int by_id(const void *a, const void *b)
{
    const struct keep_decl *x = a, *y = b;
    int d = keep_str_order(x->id, y->id);
    size_t fx = x->file + 1, fy = y->file + 1;
    if (d)
        return d;
    if (fx != fy)
        return fx < fy ? -1 : 1;
    if (x->at.line != y->at.line)
        return x->at.line < y->at.line ? -1 : 1;
    return (x->at.col > y->at.col) - (x->at.col < y->at.col);
}

static void twice(struct keep_compiler *c, const struct keep_decl *first, const struct keep_decl *again)
{
    char help[160];
    if (first->file == SIZE_MAX)
        snprintf(help, sizeof help, "it is in every keep");
    else
        snprintf(help, sizeof help, "it stands first at %.80s:%u", c->all[first->file].file, first->at.line);
    c->file = &c->all[again->file];
    keep_compile_error(c, again->at, help, "%s \"%.*s\" stands twice", kind_word(again->kind), (int)(again->id.n < 100 ? again->id.n : 100), again->id.p);
}

static void find_twice(struct keep_compiler *c, const struct keep_decl *d, size_t n)
{
    for (size_t i = 0; i < n; i++)
        for (size_t k = i; k-- > 0 && keep_str_eq(d[k].id, d[i].id);)
            if (space_of(d[k].kind) == space_of(d[i].kind)) {
                twice(c, &d[k], &d[i]);
                break;
            }
}

static bool answers(enum keep_name_kind want, enum keep_name_kind is)
{
    if (want == KEEP_NAME_ANY)
        return is != KEEP_NAME_MAP && is != KEEP_NAME_PACK && is != KEEP_NAME_DEFINE;
    if (want == KEEP_NAME_FINDER)
        return is == KEEP_NAME_ACCESS || is == KEEP_NAME_REVIEW;
    return want == is || (want == KEEP_NAME_RULE && space_of(is) == RULES);
}

static struct keep_decl *first_of(struct keep_decl *d, size_t n, struct keep_str id)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (keep_str_order(d[mid].id, id) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return d + lo;
}

static void unknown_name(struct keep_compiler *c, const struct keep_ref *r, const struct keep_decl *d, size_t n)
{
    struct keep_suggest s;
    keep_suggest_begin(&s, r->id);
    for (size_t i = 0; i < n; i++)
        if (answers(r->kind, d[i].kind))
            keep_suggest_offer(&s, d[i].id);
    char fallback[120];
    snprintf(fallback, sizeof fallback, "declare it, or give the file that does as well");
    c->file = &c->all[r->file];
    keep_compile_error(c, r->at, keep_suggest_end(&s, fallback), "there is no %s \"%.*s\"", kind_word(r->kind), (int)(r->id.n < 100 ? r->id.n : 100), r->id.p);
}

static void resolve(struct keep_compiler *c, struct keep_decl *d, size_t n)
{
    const struct keep_ref *ref = c->refs.p;
    for (size_t i = 0; i < c->refs.n; i++) {
        bool found = false;
        for (struct keep_decl *p = first_of(d, n, ref[i].id); p < d + n && keep_str_eq(p->id, ref[i].id); p++)
            if (answers(ref[i].kind, p->kind)) {
                found = true;
                p->tested = p->tested || ref[i].kind == KEEP_NAME_ANY;
            }
        if (!found)
            unknown_name(c, &ref[i], d, n);
    }
}

static void untested(struct keep_compiler *c, const struct keep_decl *d, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        bool counts = d[i].kind == KEEP_NAME_LABEL || (space_of(d[i].kind) == RULES);
        if (!counts || d[i].tested)
            continue;
        char help[160];
        snprintf(help, sizeof help, "add test \"…\" for \"%.*s\" { … }", (int)(d[i].id.n < 80 ? d[i].id.n : 80), d[i].id.p);
        c->file = &c->all[d[i].file];
        keep_compile_warn(c, d[i].at, help, "no test is about this %s", kind_word(d[i].kind));
    }
}

void keep_crossref_run(struct keep_compiler *c)
{
    struct keep_decl *d = c->decls.p;
    qsort(d, c->decls.n, sizeof *d, by_id);
    find_twice(c, d, c->decls.n);
    resolve(c, d, c->decls.n);
    untested(c, d, c->decls.n);
    keep_parse_define_unused(c);
}
