/* From files to a policy: each file is lexed and parsed, its expressions checked
 * as they are met; names across files are looked up at the end, so that order
 * does not matter. All that is wrong comes out in one run, in the order of the
 * files and their lines. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/policy/compile.h"

enum {
    FIRST_ITEMS = 8,
    TEXT_LIMIT = 4 * 1024 * 1024, /* of one file; the largest code lists a hospital writes have some 100 KiB */
};

void *keep_compile_alloc(struct keep_compiler *c, size_t n, size_t size)
{
    void *p = keep_arena_array(c->arena, n, size);
    if (!p)
        c->nomem = true;
    return p;
}

void *keep_compile_push(struct keep_compiler *c, struct keep_vec *v, size_t size)
{
    if (!keep_arena_grow(c->arena, &v->p, &v->cap, v->n + 1, size, FIRST_ITEMS)) {
        c->nomem = true;
        return NULL;
    }
    return (char *)v->p + v->n++ * size;
}

static void report(struct keep_compiler *c, enum keep_diag_level level, struct keep_span at, const char *help, const char *fmt, va_list ap) __attribute__((format(printf, 5, 0)));
static void report(struct keep_compiler *c, enum keep_diag_level level, struct keep_span at, const char *help, const char *fmt, va_list ap)
{
    char text[512];
    vsnprintf(text, sizeof text, fmt, ap);
    keep_lex_report(c->diags, c->file, at, level, text, help);
}

void keep_compile_error(struct keep_compiler *c, struct keep_span at, const char *help, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report(c, KEEP_DIAG_ERROR, at, help, fmt, ap);
    va_end(ap);
}

void keep_compile_warn(struct keep_compiler *c, struct keep_span at, const char *help, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    report(c, KEEP_DIAG_WARNING, at, help, fmt, ap);
    va_end(ap);
}

void keep_compile_refer(struct keep_compiler *c, enum keep_name_kind kind, struct keep_str id, struct keep_span at)
{
    struct keep_ref *r = keep_compile_push(c, &c->refs, sizeof *r);
    if (r)
        *r = (struct keep_ref){kind, id, at, c->files};
}

void keep_compile_mark(struct keep_compiler *c, size_t from, bool clause)
{
    struct keep_mark *m = c->marking ? keep_compile_push(c, &c->marks, sizeof *m) : NULL;
    if (m)
        *m = (struct keep_mark){from, c->at, clause};
}

/* --- tokens --- */

const struct keep_token *keep_compile_peek(const struct keep_compiler *c, size_t ahead)
{
    size_t last = c->file->n - 1;
    return &c->file->token[c->at + ahead < last ? c->at + ahead : last];
}

const struct keep_token *keep_compile_next(struct keep_compiler *c)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (c->at + 1 < c->file->n)
        c->at++;
    c->braces += keep_compile_is_punct(t, '{');
    c->braces -= keep_compile_is_punct(t, '}');
    return t;
}

bool keep_compile_is_punct(const struct keep_token *t, uint16_t punct)
{
    return t->kind == KEEP_T_PUNCT && t->punct == punct;
}

bool keep_compile_is_word(const struct keep_token *t, const char *word)
{
    return t->kind == KEEP_T_IDENT && keep_str_is(t->raw, word);
}

bool keep_compile_take_punct(struct keep_compiler *c, uint16_t punct)
{
    bool is = keep_compile_is_punct(keep_compile_peek(c, 0), punct);
    if (is)
        keep_compile_next(c);
    return is;
}

bool keep_compile_take_word(struct keep_compiler *c, const char *word)
{
    bool is = keep_compile_is_word(keep_compile_peek(c, 0), word);
    if (is)
        keep_compile_next(c);
    return is;
}

void keep_compile_expected(struct keep_compiler *c, const char *what, const char *help)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    if (c->panic)
        return;
    c->panic = true;
    if (t->kind == KEEP_T_BAD) /* the lexer said what is wrong with it */
        return;
    int n = (int)(t->raw.n < 40 ? t->raw.n : 40);
    while (n > 0 && (size_t)n < t->raw.n && ((unsigned char)t->raw.p[n] & 0xc0) == 0x80)
        n--;
    if (t->kind == KEEP_T_END)
        keep_compile_error(c, t->at, help, "expected %s, have the end of the text", what);
    else
        keep_compile_error(c, t->at, help, "expected %s, have `%.*s%s`", what, n, t->raw.p, (size_t)n < t->raw.n ? "…" : "");
}

bool keep_compile_want_punct(struct keep_compiler *c, uint16_t punct, const char *what)
{
    if (c->panic)
        return false;
    if (keep_compile_take_punct(c, punct))
        return true;
    keep_compile_expected(c, what, NULL);
    return false;
}

/* --- the whole --- */

static int by_order(const void *a, const void *b)
{
    const struct keep_series *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

/* The series that every keep has; the default takes what no other does. */
static void built_in(struct keep_compiler *c)
{
    static const struct { const char *id, *title; enum keep_series_per per; } own[] = {
        [KEEP_SERIES_MEDICAL_RECORD] = {"medical record", "Medical record", KEEP_PER_PATIENT_FACILITY},
        [KEEP_SERIES_PATIENT_IDENTITY] = {"patient identity", "Patient identity", KEEP_PER_PATIENT},
        [KEEP_SERIES_ADMINISTRATIVE] = {"administrative", "Administrative", KEEP_PER_SOURCE},
    };
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        struct keep_series *s = keep_compile_push(c, &c->series, sizeof *s);
        struct keep_decl *d = keep_compile_push(c, &c->decls, sizeof *d);
        if (!s || !d)
            return;
        *s = (struct keep_series){.id = keep_str_of(own[i].id), .title = keep_str_of(own[i].title), .per = own[i].per, .pack = UINT32_MAX};
        *d = (struct keep_decl){.kind = KEEP_NAME_SERIES, .id = s->id, .file = SIZE_MAX, .tested = true};
    }
}

struct place_of_file {
    struct keep_diag d;
    size_t file, order;
};

static int by_place(const void *a, const void *b)
{
    const struct place_of_file *x = a, *y = b;
    if (x->file != y->file)
        return x->file < y->file ? -1 : 1;
    if (x->d.line != y->d.line)
        return x->d.line < y->d.line ? -1 : 1;
    if (x->d.col != y->d.col)
        return x->d.col < y->d.col ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

/* What was found after `from`, in the order of the text. */
static void sort_diags(struct keep_compiler *c, const struct keep_policy_text *file, size_t n, size_t from)
{
    size_t m = c->diags->n - from;
    struct place_of_file *p = m ? keep_compile_alloc(c, m, sizeof *p) : NULL;
    if (!p)
        return;
    for (size_t i = 0; i < m; i++) {
        p[i] = (struct place_of_file){c->diags->list[from + i], 0, i};
        while (p[i].file < n && strcmp(file[p[i].file].file, p[i].d.file ? p[i].d.file : "") != 0)
            p[i].file++;
    }
    qsort(p, m, sizeof *p, by_place);
    for (size_t i = 0; i < m; i++)
        c->diags->list[from + i] = p[i].d;
}

/* Every file into tokens; then the definitions of all; then each file's other blocks. */
static void read_files(struct keep_compiler *c, const struct keep_policy_text *file, size_t n)
{
    struct keep_lexed *all = keep_compile_alloc(c, n, sizeof *all);
    c->all = all;
    for (size_t i = 0; all && i < n && !c->nomem; i++) {
        struct keep_str text = file[i].text;
        bool ok = true;
        if (text.n > TEXT_LIMIT)
            text.n = 0;
        text = keep_arena_str(c->arena, text.n ? text : KEEP_STR(""), &ok);
        const char *name = ok ? keep_arena_copy(c->arena, file[i].file, strlen(file[i].file)) : NULL;
        c->file = &all[i];
        c->files = i;
        if (!name || !keep_lex_run(&all[i], name, text, c->arena, c->diags)) {
            c->nomem = true;
            return;
        }
        if (file[i].text.n > TEXT_LIMIT) {
            keep_compile_error(c, (struct keep_span){1, 1, 1, 2}, "split it", "a policy file has at most 4 MiB");
            all[i].unreadable = true;
        }
    }
    if (!c->nomem)
        keep_parse_define_scan(c, n);
    for (size_t i = 0; i < n && !c->nomem; i++) {
        c->file = &all[i];
        c->files = i;
        if (!all[i].unreadable)
            keep_parse_file(c);
    }
}

static struct keep_policy *assemble(struct keep_compiler *c)
{
    struct keep_policy_inside *in = keep_compile_alloc(c, 1, sizeof *in);
    if (!in)
        return NULL;
    struct keep_series *series = c->series.p;
    qsort(series + KEEP_SERIES_ADMINISTRATIVE + 1, c->series.n - (KEEP_SERIES_ADMINISTRATIVE + 1), sizeof *series, by_order);
    keep_template_sort(c->templates.p, c->templates.n);
    in->template = c->templates.p;
    in->templates = c->templates.n;
    in->policy = (struct keep_policy){
        .arena = c->arena, .pack = c->packs.p, .packs = c->packs.n, .series = series, .series_n = c->series.n, .label = c->labels.p, .labels = c->labels.n,
        .retention = c->retentions.p, .retentions = c->retentions.n, .explanation = c->explanations.p, .explanations = c->explanations.n,
        .access = c->accesses.p, .accesses = c->accesses.n, .exception = c->exceptions.p, .exceptions = c->exceptions.n, .review = c->reviews.p, .reviews = c->reviews.n, .map = c->maps.p, .maps = c->maps.n, .define = c->defines.p, .defines = c->defines.n, .use = c->uses.p, .uses = c->uses.n, .test = c->tests.p, .tests = c->tests.n};
    return &in->policy;
}

void keep_compile_begin(struct keep_compiler *c, struct keep_arena *a, struct keep_diags *diags)
{
    *c = (struct keep_compiler){.arena = a, .diags = diags, .bad = {.op = KEEP_OP_BAD, .type = KEEP_V_DYN, .item = KEEP_V_DYN}};
}

const struct keep_expr *keep_compile_expr(struct keep_str text, bool lenient, uint32_t allowed, struct keep_arena *a, struct keep_diags *diags)
{
    struct keep_compiler *c = keep_arena_alloc(a, sizeof *c);
    struct keep_lexed l;
    size_t errors = diags->errors;
    if (!c || !keep_lex_run(&l, "expression", text, a, diags))
        return NULL;
    keep_compile_begin(c, a, diags);
    c->lenient = lenient;
    c->file = c->all = &l;
    const struct keep_expr *e = keep_typecheck_clause(c, KEEP_V_DYN, allowed, "this expression");
    if (!c->panic && keep_compile_peek(c, 0)->kind != KEEP_T_END)
        keep_compile_expected(c, "the end of the expression", NULL);
    return c->nomem || diags->errors > errors ? NULL : e;
}

int keep_policy_compile(const struct keep_policy **out, const struct keep_policy_text *file, size_t n, struct keep_arena *a, struct keep_diags *diags,
                        struct keep_err *err)
{
    struct keep_compiler *c = keep_arena_alloc(a, sizeof *c);
    if (!c)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while reading the policy");
    keep_compile_begin(c, a, diags);
    size_t before = diags->n, errors = diags->errors;
    built_in(c);
    if (!c->nomem)
        read_files(c, file, n);
    if (!c->nomem)
        keep_crossref_run(c);
    if (!c->nomem)
        keep_parse_exception_link(c);
    struct keep_policy *p = c->nomem ? NULL : assemble(c);
    sort_diags(c, file, n, before);
    if (c->nomem || !p)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory while reading the policy");
    if (diags->errors > errors)
        return keep_err_set(err, KEEP_E_USAGE, "the policy has %zu error%s", diags->errors - errors, keep_str_s(diags->errors - errors));
    *out = p;
    return 0;
}
