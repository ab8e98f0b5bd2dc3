/* Explain texts: "Died on {patient.death_date}." A placeholder is an expression
 * of any type; outside of one {{ and }} are braces. Texts are compiled with the policy, so that
 * a typing slip in one is an error there, and found again by their bytes. */
#include <stdlib.h>

#include "core/policy/typecheck.h"

/* --- compiling --- */

struct parts {
    struct keep_vec vec;
    struct keep_buf text;
};

static void flush(struct keep_compiler *c, struct parts *p)
{
    if (!p->text.n)
        return;
    struct keep_template_part *part = keep_compile_push(c, &p->vec, sizeof *part);
    char *z = part ? keep_arena_copy(c->arena, p->text.p, p->text.n) : NULL;
    if (!z || p->text.failed)
        c->nomem = true;
    else
        part->text = (struct keep_str){z, p->text.n};
    keep_buf_clear(&p->text);
}

/* The end of the placeholder that starts at from: its brace, behind those of maps, braces in strings passed over; n when there is none. */
static size_t closing(struct keep_str s, size_t from)
{
    char quote = 0;
    size_t open = 0;
    for (size_t i = from; i < s.n; i++) {
        char ch = s.p[i];
        if (quote && ch == '\\')
            i++;
        else if (quote)
            quote = ch == quote ? 0 : quote;
        else if (ch == '"' || ch == '\'')
            quote = ch;
        else if (ch == '{')
            open++;
        else if (ch == '}' && open-- == 0)
            return i;
    }
    return s.n;
}

static const struct keep_expr *placeholder(struct keep_compiler *c, const struct keep_token *t, size_t from, size_t to, uint32_t allowed, const char *place)
{
    const struct keep_lexed *outer = c->file;
    size_t at = c->at;
    int32_t braces = c->braces;
    struct keep_lexed inner;
    if (!keep_lex_inside(&inner, outer, t, from, to, c->arena, c->diags)) {
        c->nomem = true;
        return &c->bad;
    }
    c->file = &inner;
    c->at = 0;
    const struct keep_expr *e = keep_typecheck_clause(c, KEEP_V_DYN, allowed, place);
    if (!c->panic && keep_compile_peek(c, 0)->kind != KEEP_T_END)
        keep_compile_expected(c, "`}`", NULL);
    if (c->panic)
        keep_fieldcheck_unread(c, 0, inner.n);
    c->panic = false;
    c->depth = 0;
    c->braces = braces;
    c->file = outer;
    c->at = at;
    return e;
}

void keep_template_compile(struct keep_compiler *c, const struct keep_token *t, uint32_t allowed, const char *place)
{
    struct parts p = {.text = KEEP_BUF_INIT};
    struct keep_str s = t->s;
    for (size_t i = 0; i < s.n; i++) {
        char ch = s.p[i];
        bool twice = i + 1 < s.n && s.p[i + 1] == ch;
        if ((ch != '{' && ch != '}') || twice) {
            keep_buf_char(&p.text, ch);
            i += (ch == '{' || ch == '}');
            continue;
        }
        size_t end = ch == '{' ? closing(s, i + 1) : s.n;
        if (end == s.n) {
            keep_compile_error(c, keep_lex_span(t, i, i + 1), "write {{ or }} for a brace", ch == '{' ? "this placeholder has no end" : "this brace closes nothing");
            break;
        }
        flush(c, &p);
        struct keep_template_part *part = keep_compile_push(c, &p.vec, sizeof *part);
        if (part)
            part->expr = placeholder(c, t, i + 1, end, allowed, place);
        i = end;
    }
    flush(c, &p);
    keep_buf_free(&p.text);
    struct keep_template *out = keep_compile_push(c, &c->templates, sizeof *out);
    if (out)
        *out = (struct keep_template){s, p.vec.p, p.vec.n};
}

/* --- rendering --- */

static int by_text(const void *a, const void *b)
{
    return keep_str_order(((const struct keep_template *)a)->text, ((const struct keep_template *)b)->text);
}

void keep_template_sort(struct keep_template *t, size_t n)
{
    if (n)
        qsort(t, n, sizeof *t, by_text);
}

struct masked {
    const struct keep_env *env;
    keep_policy_mask mask;
    void *ctx;
};

static int masked_field(void *ctx, enum keep_field f, struct keep_value *out)
{
    struct masked *m = ctx;
    int rc = m->env->field(m->env->ctx, f, out);
    bool identifies = f == KEEP_FIELD_user_name || f == KEEP_FIELD_user_login || f == KEEP_FIELD_patient_name || f == KEEP_FIELD_patient_mrn;
    if (rc >= 0 && identifies && m->mask && out->type == KEEP_V_STRING)
        out->s = m->mask(m->ctx, f, out->s);
    return rc;
}

static int masked_call(void *ctx, enum keep_call k, const struct keep_value *arg, size_t n, struct keep_value *out)
{
    struct masked *m = ctx;
    return m->env->call(m->env->ctx, k, arg, n, out);
}

static void render(const struct keep_value *v, struct keep_buf *out)
{
    if (v->type == KEEP_V_UNKNOWN) {
        keep_buf_str(out, "(not recorded)");
    } else if (v->type == KEEP_V_ERROR) {
        keep_buf_printf(out, "(%.*s)", (int)v->s.n, v->s.p);
    } else if (v->type == KEEP_V_LIST) {
        for (size_t i = 0; i < v->list.n; i++) {
            if (i)
                keep_buf_str(out, ", ");
            if (!keep_valueop_print(&v->list.item[i], out))
                keep_buf_str(out, keep_valueop_type_name((uint8_t)v->list.item[i].type));
        }
    } else if (!keep_valueop_print(v, out)) {
        keep_buf_printf(out, "(a %s)", keep_valueop_type_name((uint8_t)v->type));
    }
}

int keep_policy_explain(const struct keep_policy *p, struct keep_str explain, const struct keep_env *env, keep_policy_mask mask, void *mask_ctx, struct keep_buf *out)
{
    const struct keep_policy_inside *in = keep_policy_inside(p);
    const struct keep_template key = {.text = explain};
    const struct keep_template *t = in->templates ? bsearch(&key, in->template, in->templates, sizeof key, by_text) : NULL;
    struct masked m = {env, mask, mask_ctx};
    struct keep_env through = {.ctx = &m, .arena = env->arena, .field = masked_field, .call = masked_call};
    if (!t)
        return KEEP_E_USAGE;
    for (size_t i = 0; i < t->parts; i++) {
        struct keep_value v;
        if (!t->part[i].expr) {
            keep_buf_add(out, t->part[i].text.p, t->part[i].text.n);
            continue;
        }
        int rc = keep_expr_run(t->part[i].expr, &through, &v);
        if (rc < 0)
            return rc;
        render(&v, out);
    }
    return out->failed ? KEEP_E_NOMEM : 0;
}
