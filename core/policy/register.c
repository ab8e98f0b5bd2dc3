/* One table of how each kind fills a row would have holes everywhere: kinds
 * differ in what they have, so each has a function, and what a kind lacks stays
 * NULL and is null in what is printed. */
#include "core/policy/register.h"

#include <stdio.h>

#include "core/base/codec.h"
#include "core/policy/uses.h"
#include "core/text/jsonw.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const char *const kinds[] = {
#define X(name, word) word,
    KEEP_REGISTER_KINDS(X)
#undef X
};

const char *keep_register_kind_word(enum keep_register_kind k)
{
    return kinds[k];
}

int keep_register_kind(struct keep_str word)
{
    for (size_t k = 0; k < COUNT(kinds); k++)
        if (keep_str_is(word, kinds[k]))
            return (int)k;
    return -1;
}

/* --- rows --- */

static struct keep_register_row access_row(const struct keep_access *r, size_t i)
{
    return (struct keep_register_row){.kind = r->evidence ? KEEP_REGISTER_EVIDENCE : KEEP_REGISTER_ACCESS, .index = i, .id = r->id, .title = r->title, .state = r->state,
                                      .authority = r->authority, .threshold = r->threshold, .sentence = r->explain, .check = r->evidence && !r->check.verified ? NULL : &r->check,};
}

static struct keep_register_row explanation_row(const struct keep_explanation *r, size_t i)
{
    return (struct keep_register_row){.kind = KEEP_REGISTER_EXPLANATION, .index = i, .id = r->id, .title = r->title, .authority = r->authority, .sentence = r->missing,
                                      .check = &r->check};
}

static struct keep_register_row retention_row(const struct keep_retention *r, size_t i)
{
    return (struct keep_register_row){.kind = KEEP_REGISTER_RETENTION, .index = i, .id = r->id, .title = r->title, .jurisdiction = r->jurisdiction, .state = r->status,
                                      .authority = r->cite, .sentence = r->explain, .check = &r->check};
}

static struct keep_register_row label_row(const struct keep_label *r, size_t i)
{
    return (struct keep_register_row){.kind = KEEP_REGISTER_LABEL, .index = i, .id = r->id, .title = r->title, .authority = r->authority, .check = &r->check};
}

static struct keep_register_row series_row(const struct keep_series *r, size_t i)
{
    return (struct keep_register_row){.kind = KEEP_REGISTER_SERIES, .index = i, .id = r->id, .title = r->title, .authority = r->authority, .check = r->when ? &r->check : NULL,};
}

static struct keep_register_row review_row(const struct keep_review *r, size_t i)
{
    return (struct keep_register_row){.kind = KEEP_REGISTER_REVIEW, .index = i, .id = r->id, .title = r->title, .state = r->state, .authority = r->authority, .threshold = r->threshold,
                                      .sentence = r->explain, .check = &r->check};
}

static bool exception_row(const struct keep_exception *x, size_t i, struct keep_arena *a, struct keep_register_row *out)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    struct keep_buf b = KEEP_BUF_INIT;
    bool ok = true;
    keep_buf_printf(&b, "for %.*s: %.*s", (int)x->rule.n, x->rule.p, (int)x->reason.n, x->reason.p);
    *out = (struct keep_register_row){.kind = KEEP_REGISTER_EXCEPTION, .index = i, .id = x->id, .title = keep_arena_str(a, keep_buf_view(&b), &ok), .authority = x->owner};
    ok = ok && !b.failed;
    keep_buf_clear(&b);
    keep_buf_printf(&b, "until %s", keep_civil_format_date(x->until, day));
    out->state = keep_arena_str(a, keep_buf_view(&b), &ok);
    ok = ok && !b.failed;
    keep_buf_free(&b);
    return ok;
}

static size_t tests_of(const struct keep_policy *p, struct keep_str id)
{
    size_t n = 0;
    for (size_t i = 0; i < p->tests; i++)
        n += p->test[i].subject.n && keep_str_eq(p->test[i].subject, id);
    return n;
}

bool keep_register_make(const struct keep_policy *p, struct keep_arena *a, struct keep_register_row **out, size_t *n)
{
    size_t all = p->accesses + p->explanations + p->retentions + p->labels + p->series_n + p->reviews + p->exceptions + p->defines + p->maps, k = 0;
    struct keep_register_row *r = keep_arena_array(a, all + 1, sizeof *r);
    if (!r)
        return false;
    for (size_t i = 0; i < p->accesses; i++)
        r[k++] = access_row(&p->access[i], i);
    for (size_t i = 0; i < p->explanations; i++)
        r[k++] = explanation_row(&p->explanation[i], i);
    for (size_t i = 0; i < p->retentions; i++)
        r[k++] = retention_row(&p->retention[i], i);
    for (size_t i = 0; i < p->labels; i++)
        r[k++] = label_row(&p->label[i], i);
    for (size_t i = 0; i < p->series_n; i++)
        r[k++] = series_row(&p->series[i], i);
    for (size_t i = 0; i < p->reviews; i++)
        r[k++] = review_row(&p->review[i], i);
    for (size_t i = 0; i < p->exceptions; i++)
        if (!exception_row(&p->exception[i], i, a, &r[k++]))
            return false;
    for (size_t i = 0; i < p->defines; i++)
        r[k++] = (struct keep_register_row){.kind = KEEP_REGISTER_DEFINE, .index = i, .id = p->define[i].id, .title = p->define[i].title};
    for (size_t i = 0; i < p->maps; i++)
        r[k++] = (struct keep_register_row){.kind = KEEP_REGISTER_MAP, .index = i, .id = p->map[i].id};
    for (size_t i = 0; i < k; i++)
        r[i].tests = tests_of(p, r[i].id);
    *out = r;
    *n = k;
    return true;
}

/* --- expressions --- */

struct telling {
    int (*each)(void *ctx, const char *clause, const struct keep_expr *e);
    void *ctx;
    int rc;
};

static void tell(struct telling *t, const char *clause, const struct keep_expr *e)
{
    if (t->rc == 0 && e)
        t->rc = t->each(t->ctx, clause, e);
}

static void tell_access(struct telling *t, const struct keep_access *r)
{
    tell(t, "when", r->when);
    tell(t, "unless", r->unless);
    for (uint32_t i = 0; i < r->steps; i++)
        tell(t, i == 0 ? "first" : r->step[i].none ? "then no" : "then", r->step[i].when);
}

static void tell_period(struct telling *t, const char *clause, const struct keep_keep *k)
{
    tell(t, clause, k->after);
    tell(t, clause, k->only_if);
    for (size_t i = 0; i < k->caps; i++) {
        tell(t, clause, k->cap[i].after);
        tell(t, clause, k->cap[i].only_if);
    }
}

static void tell_retention(struct telling *t, const struct keep_retention *r)
{
    tell(t, "when", r->when);
    for (size_t i = 0; i < r->keeps; i++)
        tell_period(t, "keep", &r->keep[i]);
    for (size_t i = 0; i < r->destroys; i++)
        tell_period(t, "destroy", &r->destroy[i]);
    for (size_t i = 0; i < r->gates; i++)
        tell(t, "gate", r->gate[i].only_if);
    for (size_t i = 0; i < r->pauses; i++) {
        tell(t, "pause", r->pause[i].only_while);
        tell(t, "pause", r->pause[i].from);
        tell(t, "pause", r->pause[i].to);
        tell(t, "pause", r->pause[i].only_if);
    }
    for (size_t i = 0; i < r->earlies; i++)
        tell_period(t, "early", &r->early[i].from);
}

int keep_register_exprs(const struct keep_policy *p, const struct keep_register_row *r, int (*each)(void *ctx, const char *clause, const struct keep_expr *e), void *ctx)
{
    struct telling t = {each, ctx, 0};
    switch (r->kind) {
    case KEEP_REGISTER_ACCESS:
    case KEEP_REGISTER_EVIDENCE: tell_access(&t, &p->access[r->index]); break;
    case KEEP_REGISTER_EXPLANATION: tell(&t, "when", p->explanation[r->index].when); break;
    case KEEP_REGISTER_RETENTION: tell_retention(&t, &p->retention[r->index]); break;
    case KEEP_REGISTER_LABEL: tell(&t, "when", p->label[r->index].when); break;
    case KEEP_REGISTER_SERIES: tell(&t, "when", p->series[r->index].when); break;
    case KEEP_REGISTER_REVIEW: tell(&t, "when", p->review[r->index].when); break;
    case KEEP_REGISTER_EXCEPTION: tell(&t, "when", p->exception[r->index].when); break;
    case KEEP_REGISTER_DEFINE: tell(&t, "is", p->define[r->index].is); break;
    default: break;
    }
    return t.rc;
}

/* --- what is read --- */

static const char *const fields[] = {
#define X(entity, field, type, text) #entity "." #field,
    KEEP_POLICY_FIELDS(X)
#undef X
#define X(entity, field, type, spelling, text) spelling,
    KEEP_POLICY_FINDING_FIELDS(X)
#undef X
};

static const char *const calls[] = {
#define X(name, spelling, args, result, text) spelling,
    KEEP_POLICY_CALLS(X)
#undef X
};

struct reading {
    struct keep_arena *arena;
    struct keep_str *list;
    size_t n, cap;
    bool nomem;
};

static int note_read(void *ctx, const struct keep_read *r)
{
    struct reading *to = ctx;
    struct keep_buf b = KEEP_BUF_INIT;
    keep_buf_str(&b, r->call ? calls[r->id] : fields[r->id]);
    for (size_t i = 0; i < r->words; i++)
        keep_buf_printf(&b, "%s%.*s", i ? ", " : "(", (int)r->word[i].n, r->word[i].p);
    keep_buf_str(&b, r->words ? ")" : "");
    bool known = false, ok = !b.failed;
    for (size_t i = 0; i < to->n; i++)
        known = known || keep_str_eq(to->list[i], keep_buf_view(&b));
    ok = ok && (known || keep_arena_grow(to->arena, &to->list, &to->cap, to->n + 1, sizeof *to->list, 16));
    if (!known && ok)
        to->list[to->n++] = keep_arena_str(to->arena, keep_buf_view(&b), &ok);
    to->nomem = to->nomem || !ok;
    keep_buf_free(&b);
    return to->nomem;
}

static int note_expr(void *ctx, const char *clause, const struct keep_expr *e)
{
    (void)clause;
    return keep_expr_reads(e, note_read, ctx);
}

bool keep_register_reads(const struct keep_policy *p, const struct keep_register_row *r, struct keep_arena *a, const struct keep_str **out, size_t *n)
{
    struct reading to = {.arena = a};
    keep_register_exprs(p, r, note_expr, &to);
    *out = to.list;
    *n = to.n;
    return !to.nomem;
}

/* --- JSON --- */

const struct keep_outline_block *keep_register_block(const struct keep_outline *outline, size_t n, const struct keep_register_row *r, size_t *which)
{
    for (size_t k = 0; k < n; k++)
        for (size_t i = 0; i < outline[k].blocks; i++)
            if (keep_str_is(outline[k].block[i].word, kinds[r->kind]) && keep_str_eq(outline[k].block[i].id, r->id)) {
                *which = k;
                return &outline[k].block[i];
            }
    return NULL;
}

struct writing {
    struct keep_jsonw w;
    const struct keep_policy *p;
    struct keep_arena *arena;
    struct keep_buf text;
    bool nomem;
};

static void member(struct writing *x, const char *name, struct keep_str s)
{
    keep_jsonw_key(&x->w, name);
    keep_jsonw_str(&x->w, s.n ? s : (struct keep_str){NULL, 0});
}

static void write_check(struct writing *x, const struct keep_check *c)
{
    keep_jsonw_key(&x->w, "checked");
    if (!c) {
        keep_jsonw_null(&x->w);
        return;
    }
    keep_jsonw_object(&x->w);
    keep_jsonw_key(&x->w, "verified");
    keep_jsonw_bool(&x->w, c->verified);
    keep_jsonw_key(&x->w, "on");
    keep_jsonw_date(&x->w, c->verified ? c->on : KEEP_DATE_NONE);
    member(x, "source", c->source);
    member(x, "by", c->by);
    member(x, "digest", c->digest);
    keep_jsonw_end_object(&x->w);
}

static int write_condition(void *ctx, const char *clause, const struct keep_expr *e)
{
    static const char *const entity[] = {
#define X(name, text) #name,
        KEEP_POLICY_ENTITIES(X)
#undef X
    };
    struct writing *x = ctx;
    size_t n = keep_expr_conjuncts(e, NULL, 0);
    const struct keep_expr **part = keep_arena_array(x->arena, n, sizeof *part);
    keep_jsonw_object(&x->w);
    keep_jsonw_key(&x->w, "clause");
    keep_jsonw_z(&x->w, clause);
    member(x, "text", keep_expr_text(e));
    keep_jsonw_key(&x->w, "conjuncts");
    keep_jsonw_array(&x->w);
    x->nomem = x->nomem || !part;
    for (size_t i = 0; part && i < keep_expr_conjuncts(e, part, n); i++)
        keep_jsonw_str(&x->w, keep_expr_text(part[i]));
    keep_jsonw_end_array(&x->w);
    keep_jsonw_key(&x->w, "grain");
    keep_jsonw_array(&x->w);
    for (size_t i = 0; i < COUNT(entity); i++)
        if (keep_expr_grains(e) >> i & 1)
            keep_jsonw_z(&x->w, entity[i]);
    keep_jsonw_end_array(&x->w);
    keep_jsonw_end_object(&x->w);
    return 0;
}

static void write_clauses(struct writing *x, const struct keep_outline *o, const struct keep_outline_block *b)
{
    keep_jsonw_key(&x->w, "clauses");
    keep_jsonw_array(&x->w);
    for (size_t i = 0; b && i < b->clauses; i++) {
        keep_buf_clear(&x->text);
        keep_outline_text(o, b->clause[i].from, b->clause[i].to, &x->text);
        keep_jsonw_str(&x->w, keep_buf_view(&x->text));
        x->nomem = x->nomem || x->text.failed;
    }
    keep_jsonw_end_array(&x->w);
}

/* What the names in it stand for. */
static void write_definitions(struct writing *x, const struct keep_outline *outline, size_t pack, const struct keep_outline_block *b)
{
    struct keep_uses u = {.n = 0};
    x->nomem = (b && !keep_uses_add(&u, x->p, outline, pack, b, x->arena)) || x->nomem;
    keep_jsonw_key(&x->w, "definitions");
    keep_jsonw_array(&x->w);
    for (size_t i = 0; i < u.n; i++) {
        keep_jsonw_object(&x->w);
        member(x, "definition", u.list[i].define->id);
        member(x, "text", keep_expr_text(u.list[i].define->is));
        keep_jsonw_end_object(&x->w);
    }
    keep_jsonw_end_array(&x->w);
}

static void write_rule(struct writing *x, const struct keep_outline *outline, const struct keep_register_row *r)
{
    size_t k = 0;
    const struct keep_outline_block *block = keep_register_block(outline, x->p->packs, r, &k);
    const struct keep_pack *pack = block ? &x->p->pack[k] : NULL;
    const struct keep_str *read;
    size_t reads;
    keep_jsonw_object(&x->w);
    keep_jsonw_key(&x->w, "kind");
    keep_jsonw_z(&x->w, kinds[r->kind]);
    member(x, "rule", r->id);
    member(x, "title", r->title);
    member(x, "for", block ? block->subject : (struct keep_str){NULL, 0});
    member(x, "pack", pack ? pack->name : (struct keep_str){NULL, 0});
    keep_jsonw_key(&x->w, "file");
    keep_jsonw_z(&x->w, pack ? pack->file : NULL);
    keep_jsonw_key(&x->w, "line");
    keep_jsonw_u64(&x->w, block ? block->line : 0);
    member(x, "jurisdiction", r->jurisdiction);
    member(x, "state", r->state);
    member(x, "authority", r->authority);
    member(x, "threshold", r->threshold);
    write_check(x, r->check);
    member(x, "sentence", r->sentence);
    keep_jsonw_key(&x->w, "tests");
    keep_jsonw_u64(&x->w, r->tests);
    keep_jsonw_key(&x->w, "reads");
    keep_jsonw_array(&x->w);
    x->nomem = !keep_register_reads(x->p, r, x->arena, &read, &reads) || x->nomem;
    for (size_t i = 0; i < reads; i++)
        keep_jsonw_str(&x->w, read[i]);
    keep_jsonw_end_array(&x->w);
    keep_jsonw_key(&x->w, "conditions");
    keep_jsonw_array(&x->w);
    keep_register_exprs(x->p, r, write_condition, x);
    keep_jsonw_end_array(&x->w);
    write_definitions(x, outline, k, block);
    if (block)
        write_clauses(x, &outline[k], block);
    keep_jsonw_end_object(&x->w);
}

static void write_packs(struct writing *x, const uint8_t (*digest)[32])
{
    keep_jsonw_key(&x->w, "packs");
    keep_jsonw_array(&x->w);
    for (size_t i = 0; i < x->p->packs; i++) {
        const struct keep_pack *k = &x->p->pack[i];
        char hex[65];
        keep_codec_hex(digest[i], 32, hex);
        keep_jsonw_object(&x->w);
        member(x, "pack", k->name);
        member(x, "version", k->version);
        member(x, "title", k->title);
        keep_jsonw_key(&x->w, "language");
        keep_jsonw_i64(&x->w, k->language);
        keep_jsonw_key(&x->w, "file");
        keep_jsonw_z(&x->w, k->file);
        keep_jsonw_key(&x->w, "digest");
        keep_jsonw_z(&x->w, hex);
        keep_jsonw_end_object(&x->w);
    }
    keep_jsonw_end_array(&x->w);
}

int keep_register_json(const struct keep_policy *p, const struct keep_outline *outline, const uint8_t (*digest)[32], const struct keep_register_row *row, size_t rows,
                       struct keep_arena *a, struct keep_buf *out, struct keep_err *err)
{
    struct writing x = {.p = p, .arena = a, .text = KEEP_BUF_INIT};
    keep_jsonw_init(&x.w, out);
    keep_jsonw_object(&x.w);
    keep_jsonw_key(&x.w, "schema_version");
    keep_jsonw_i64(&x.w, KEEP_REGISTER_SCHEMA);
    write_packs(&x, digest);
    keep_jsonw_key(&x.w, "rules");
    keep_jsonw_array(&x.w);
    for (size_t i = 0; i < rows; i++)
        write_rule(&x, outline, &row[i]);
    keep_jsonw_end_array(&x.w);
    keep_jsonw_end_object(&x.w);
    keep_jsonw_newline(&x.w);
    keep_buf_free(&x.text);
    return x.nomem || out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory while writing the rules") : 0;
}
