/*   define = 'define' STRING '{' ['title' STRING] 'is' EXPR '}'        STRING: a name that expressions can use
 *
 * A definition is an expression with a name. Wherever a rule writes the name, the checked expression stands there:
 * nothing of it is left at run time, its conjuncts are conjuncts of the rule and run at their own grain.
 *
 * Order does not matter, so definitions of all files are read and checked before anything else, each behind those
 * that it names; what then is left stands in a ring. A definition's mistakes are told once, at its own place; a use of
 * one that is wrong is silent. Checked trees are shared, not copied, unless both sides have variables, so a definition
 * of definitions costs what it says and no more; how much a rule may grow by them is bounded all the same, for it has
 * to run. */
#include <stdio.h>
#include <string.h>

#include "core/policy/typecheck.h"

enum {
    DEFINES_LIMIT = 1000,    /* of all files together; rings are looked for among them */
    NODES_LIMIT = 1 << 16,   /* of one expression once its names are replaced: definitions that double one another reach any size in a few lines */
};

/* --- the shape of a tree --- */

static bool is_comprehension(const struct keep_expr *e)
{
    return e->op >= KEEP_OP_ALL && e->op <= KEEP_OP_EACH;
}

/* What a use asks about a definition, gathered once. */
static void measure(const struct keep_expr *e, struct keep_definition *d)
{
    if (is_comprehension(e) && e->id >= d->slots)
        d->slots = e->id + 1u;
    d->reads_labels = d->reads_labels || (e->op == KEEP_OP_FIELD && e->id == KEEP_FIELD_record_labels);
    if (e->op == KEEP_OP_FIELD)
        d->names |= keep_fieldcheck_names((enum keep_field)e->id);
    else if (e->op == KEEP_OP_ENGINE)
        d->names |= keep_callcheck_names((enum keep_call)e->id);
    d->nodes++;
    for (uint32_t i = 0; e->op != KEEP_OP_CONST && d->nodes < NODES_LIMIT && i < e->n; i++)
        measure(e->arg[i], d);
}

/* The same tree with its variables `by` slots further up. */
static struct keep_expr *shifted(struct keep_compiler *c, const struct keep_expr *e, uint32_t by)
{
    struct keep_expr *to = keep_compile_alloc(c, 1, sizeof *to);
    struct keep_expr **arg = e->n ? keep_compile_alloc(c, e->n, sizeof *arg) : NULL;
    if (!to || (e->n && !arg))
        return &c->bad;
    *to = *e;
    to->arg = arg;
    if (e->op == KEEP_OP_LOCAL || is_comprehension(e))
        to->id = (uint16_t)(e->id + by);
    for (uint32_t i = 0; i < e->n; i++)
        arg[i] = e->op == KEEP_OP_CONST ? e->arg[i] : shifted(c, e->arg[i], by);
    return to;
}

/* --- reading --- */

static void define_title(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    (void)word;
    keep_parse_string(c, &((struct keep_definition *)block)->title, "a title in quotes");
}

static void define_is(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_definition *d = block;
    (void)word;
    d->body = keep_parse_expr_one(c);
    keep_expr_write(c, d->body);
    d->bad = d->body->op == KEEP_OP_BAD;
}

static const struct keep_clause clauses[] = {{"title", define_title, false, false}, {"is", define_is, true, false}, {NULL, NULL, false, false}};

static struct keep_definition *find(const struct keep_compiler *c, struct keep_str name)
{
    struct keep_definition *d = c->definitions.p;
    for (size_t i = 0; i < c->definitions.n; i++)
        if (keep_str_eq(d[i].id, name))
            return &d[i];
    return NULL;
}

static bool is_name(struct keep_str s)
{
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool letter = (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || ch == '_';
        if (!letter && !(i && ch >= '0' && ch <= '9'))
            return false;
    }
    return s.n > 0;
}

/* May a definition have this name? What the language itself calls so would be out of reach behind it. */
static void name_is_free(struct keep_compiler *c, struct keep_str name, struct keep_span at)
{
    const char *taken = NULL;
    if (!is_name(name)) {
        keep_compile_error(c, at, "letters, digits and _, as in substance_codes", "an expression cannot write this name");
        return;
    }
    if (keep_parse_expr_reserved(name))
        taken = "a word of the language";
    else if (keep_fieldcheck_taken(name))
        taken = "a name that expressions have already";
    else if (keep_callcheck_taken(name))
        taken = "a function";
    if (taken)
        keep_compile_error(c, at, "take another name", "`%.*s` is %s", (int)name.n, name.p, taken);
}

static void read_one(struct keep_compiler *c)
{
    struct keep_definition d = {.file = c->files, .from = c->at};
    struct keep_str id;
    size_t errors = c->diags->errors;
    c->panic = false;
    c->depth = 0;
    c->braces = 0;
    const struct keep_token *name = keep_parse_declare(c, KEEP_NAME_DEFINE, &id);
    if (!name)
        return;
    name_is_free(c, id, name->at);
    d.id = id;
    d.at = name->at;
    keep_parse_clauses(c, "a definition", clauses, &d, name->at);
    d.to = c->at;
    d.bad = d.bad || !d.body || c->diags->errors > errors;
    if (c->definitions.n == DEFINES_LIMIT)
        keep_compile_error(c, name->at, NULL, "a policy has at most %d definitions", DEFINES_LIMIT);
    struct keep_definition *to = c->definitions.n < DEFINES_LIMIT && !find(c, id) ? keep_compile_push(c, &c->definitions, sizeof *to) : NULL;
    if (to)
        *to = d;
}

static bool begins(const struct keep_compiler *c)
{
    return keep_compile_is_word(keep_compile_peek(c, 0), "define") && keep_compile_peek(c, 1)->kind == KEEP_T_STRING && keep_compile_is_punct(keep_compile_peek(c, 2), '{');
}

/* --- checking, each behind those that it names --- */

/* An edge: definition `by` writes the name of `of`. */
struct edge {
    size_t by, of;
    struct keep_span at;
};

static void edges_of(struct keep_compiler *c, struct keep_vec *edges, size_t by, const struct keep_expr *e)
{
    const struct keep_definition *all = c->definitions.p, *of = e->op == KEEP_OP_IDENT ? find(c, e->name) : NULL;
    struct edge *to = of ? keep_compile_push(c, edges, sizeof *to) : NULL;
    if (to)
        *to = (struct edge){by, (size_t)(of - all), e->at};
    for (uint32_t i = 0; i < e->n; i++)
        edges_of(c, edges, by, e->arg[i]);
}

static void check_one(struct keep_compiler *c, struct keep_definition *d)
{
    size_t errors = c->diags->errors;
    c->file = &c->all[d->file];
    c->files = d->file;
    c->allowed = ((1u << KEEP_GRAIN_COUNT) - 1) | KEEP_ON_FILE | KEEP_ON_REVIEW;
    c->place = "a definition";
    c->panic = false;
    c->defined = 0;
    if (!d->bad) {
        keep_typecheck_run(c, d->body, KEEP_V_DYN);
        d->bad = d->body->op == KEEP_OP_BAD || c->diags->errors > errors;
    }
    if (!d->bad && !c->nomem)
        measure(d->body, d);
    if (d->nodes >= NODES_LIMIT) {
        keep_compile_error(c, d->at, "definitions that name one another grow by multiplication", "this definition has more than %d parts", NODES_LIMIT);
        d->bad = true;
    }
    d->checked = true;
}

/* Checks every definition whose names are all checked; true while there was one. */
static bool check_round(struct keep_compiler *c, const struct keep_vec *edges)
{
    struct keep_definition *d = c->definitions.p;
    const struct edge *e = edges->p;
    bool any = false;
    for (size_t i = 0; i < c->definitions.n; i++)
        d[i].waits = false;
    for (size_t k = 0; k < edges->n; k++)
        if (!d[e[k].of].checked)
            d[e[k].by].waits = true;
    for (size_t i = 0; i < c->definitions.n; i++)
        if (!d[i].checked && !d[i].waits) {
            check_one(c, &d[i]);
            any = true;
        }
    return any;
}

static const struct edge *waiting_for(const struct keep_compiler *c, const struct keep_vec *edges, size_t by)
{
    const struct keep_definition *d = c->definitions.p;
    const struct edge *e = edges->p;
    for (size_t k = 0; k < edges->n; k++)
        if (e[k].by == by && !d[e[k].of].checked)
            return &e[k];
    return NULL;
}

/* The ring that is reached from `at`, told once: from each waiting definition an edge leads to another. */
static void tell_ring(struct keep_compiler *c, const struct keep_vec *edges, size_t at)
{
    struct keep_definition *d = c->definitions.p;
    for (; !d[at].seen; at = waiting_for(c, edges, at)->of)
        d[at].seen = true;
    if (d[at].bad)
        return; /* of a ring that was told */
    char path[160];
    size_t n = 0;
    const struct edge *first = waiting_for(c, edges, at), *e = first;
    do {
        d[e->by].bad = true;
        if (n < sizeof path)
            n += (size_t)snprintf(path + n, sizeof path - n, "%.*s -> ", (int)d[e->by].id.n, d[e->by].id.p);
        e = waiting_for(c, edges, e->of);
    } while (e != first);
    if (n < sizeof path)
        snprintf(path + n, sizeof path - n, "%.*s", (int)d[at].id.n, d[at].id.p);
    c->file = &c->all[d[at].file];
    keep_compile_error(c, first->at, path, "`%.*s` is defined by itself", (int)d[at].id.n, d[at].id.p);
}

void keep_parse_define_scan(struct keep_compiler *c, size_t files)
{
    struct keep_vec edges = {0};
    for (size_t i = 0; i < files && !c->nomem; i++) {
        c->file = &c->all[i];
        c->files = i;
        for (c->at = 0; !c->file->unreadable && keep_compile_peek(c, 0)->kind != KEEP_T_END;) {
            bool one = begins(c);
            keep_compile_next(c);
            if (one)
                read_one(c);
        }
    }
    struct keep_definition *d = c->definitions.p;
    for (size_t i = 0; i < c->definitions.n && !c->nomem; i++)
        if (!d[i].bad)
            edges_of(c, &edges, i, d[i].body);
    while (!c->nomem && check_round(c, &edges))
        ;
    for (size_t i = 0; i < c->definitions.n && !c->nomem; i++)
        if (!d[i].checked) {
            tell_ring(c, &edges, i);
            d[i].bad = true;
        }
}

void keep_parse_define_block(struct keep_compiler *c)
{
    const struct keep_definition *d = c->definitions.p;
    for (size_t i = 0; i < c->definitions.n; i++)
        if (d[i].file == c->files && d[i].from == c->at) {
            c->at = d[i].to;
            struct keep_define *to = keep_compile_push(c, &c->defines, sizeof *to);
            if (to)
                *to = (struct keep_define){.id = d[i].id, .title = d[i].title, .is = d[i].body, .at = keep_parse_place(c, d[i].at), .pack = keep_parse_pack_index(c)};
            return;
        }
    /* Not one that could be read: only what is wrong with its head is left to tell, or that it stands twice. */
    struct keep_str id;
    if (!keep_parse_string(c, &id, "a name in quotes") || !keep_compile_want_punct(c, '{', "`{`"))
        return;
    for (int32_t inside = c->braces; c->braces >= inside && keep_compile_peek(c, 0)->kind != KEEP_T_END;)
        keep_compile_next(c);
}

/* --- using --- */

bool keep_parse_define_known(const struct keep_compiler *c, struct keep_str name)
{
    return find(c, name) != NULL;
}

void keep_parse_define_offer(const struct keep_compiler *c, struct keep_suggest *s)
{
    const struct keep_definition *d = c->definitions.p;
    for (size_t i = 0; i < c->definitions.n; i++)
        keep_suggest_offer(s, d[i].id);
}

bool keep_parse_define_use(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_definition *d = find(c, e->name);
    if (!d)
        return false;
    d->used = true;
    struct keep_use *use = keep_compile_push(c, &c->uses, sizeof *use);
    if (use)
        *use = (struct keep_use){.id = d->id, .pack = c->files, .line = e->at.line, .col = e->at.col};
    if (d->bad) {
        e->op = KEEP_OP_BAD;
        keep_typecheck_set(e, KEEP_V_DYN, KEEP_V_DYN);
        return true;
    }
    char what[80];
    snprintf(what, sizeof what, "%.*s", (int)(d->id.n < 60 ? d->id.n : 60), d->id.p);
    if (!keep_fieldcheck_permitted(c, e, d->names, what))
        return true;
    if (d->reads_labels && c->in_label) {
        keep_typecheck_reject(c, e, e->at, "define the codes, and use those here too", "a label cannot rest on other labels");
        return true;
    }
    uint32_t up = d->slots ? c->locals : 0;
    if (up + d->slots > KEEP_EXPR_LOCALS) {
        keep_typecheck_reject(c, e, e->at, NULL, "too many comprehensions inside one another");
        return true;
    }
    c->defined += d->nodes;
    if (c->defined > NODES_LIMIT) {
        keep_typecheck_reject(c, e, e->at, "split the rule", "with its definitions this expression has more than %d parts", NODES_LIMIT);
        return true;
    }
    struct keep_span at = e->at;
    struct keep_str text = e->text;
    *e = up ? *shifted(c, d->body, up) : *d->body;
    e->at = at;
    e->defined = true;
    if (text.n)
        e->text = text;
    return true;
}

void keep_parse_define_unused(struct keep_compiler *c)
{
    const struct keep_definition *d = c->definitions.p;
    for (size_t i = 0; i < c->definitions.n; i++)
        if (!d[i].used) {
            c->file = &c->all[d[i].file];
            keep_compile_warn(c, d[i].at, "use it, or take it away", "nothing uses the definition \"%.*s\"", (int)(d[i].id.n < 100 ? d[i].id.n : 100), d[i].id.p);
        }
}
