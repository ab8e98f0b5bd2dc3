/* A relation counts from `before` ahead of its start to `after` behind its end
 * (relate.h). So one instant explains accesses from `first` to `last` when it lies
 * between last - after and first + before; when they lie further apart than that,
 * what explains them all must last. */
#include "core/audit/missing.h"

#include <stdlib.h>

#include "core/audit/bind.h"
#include "core/policy/expr.h"

static int rank(enum keep_call c)
{
    return c == KEEP_CALL_patient_related ? 0 : c == KEEP_CALL_related ? 2 : 1;
}

/* A call with constants alone: what it asks for. */
static bool read_call(const struct keep_expr *e, struct keep_missing_offer *out)
{
    bool around = e->id == KEEP_CALL_encounter_at_unit;
    if (e->op != KEEP_OP_ENGINE || (!around && e->id != KEEP_CALL_related && e->id != KEEP_CALL_department_related && e->id != KEEP_CALL_patient_related) || e->n != (around ? 2u : 3u))
        return false;
    const struct keep_expr *before = e->arg[e->n - 2], *after = e->arg[e->n - 1];
    if (before->op != KEEP_OP_CONST || after->op != KEEP_OP_CONST || before->value.type != KEEP_V_DURATION || after->value.type != KEEP_V_DURATION)
        return false;
    *out = (struct keep_missing_offer){.call = (enum keep_call)e->id, .before = before->value.i, .after = after->value.i};
    return around || (e->arg[0]->op == KEEP_OP_CONST && keep_bind_kinds(&e->arg[0]->value, &out->kinds) && out->kinds);
}

/* Each arm of || is enough by itself; anything else but a call asks for more. */
static size_t gather(const struct keep_expr *e, uint32_t explanation, struct keep_missing_offer *out)
{
    struct keep_missing_offer one;
    size_t n = 0;
    if (e->op == KEEP_OP_OR)
        for (uint32_t i = 0; i < e->n; i++)
            n += gather(e->arg[i], explanation, out ? out + n : NULL);
    else if (read_call(e, &one)) {
        one.explanation = explanation;
        if (out)
            *out = one;
        n = 1;
    }
    return n;
}

static int64_t width(const struct keep_missing_offer *o)
{
    return keep_relate_shift(o->before, o->after);
}

static int smaller(const void *a, const void *b)
{
    const struct keep_missing_offer *x = a, *y = b;
    if (rank(x->call) != rank(y->call))
        return rank(x->call) - rank(y->call);
    if (width(x) != width(y))
        return width(x) > width(y) ? -1 : 1;
    if (x->explanation != y->explanation)
        return x->explanation < y->explanation ? -1 : 1;
    return (int)x->call - (int)y->call;
}

int keep_missing_offers(const struct keep_policy *p, struct keep_arena *a, const struct keep_missing_offer **out, size_t *n, struct keep_err *err)
{
    size_t total = 0, at = 0;
    for (size_t i = 0; i < p->explanations; i++)
        total += gather(p->explanation[i].when, (uint32_t)i, NULL);
    struct keep_missing_offer *list = keep_arena_array(a, total + 1, sizeof *list);
    if (!list)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < p->explanations; i++)
        at += gather(p->explanation[i].when, (uint32_t)i, list + at);
    qsort(list, total, sizeof *list, smaller);
    *out = list;
    *n = total;
    return 0;
}

bool keep_missing_find(const struct keep_missing_offer *offer, size_t n, keep_time first, keep_time last, const struct keep_post *post, struct keep_missing *out)
{
    for (size_t i = 0; i < n; i++) {
        if (rank(offer[i].call) == 1 && !post->department.n && !post->unit.n)
            continue;
        keep_time earliest = keep_relate_shift(last, -offer[i].after), latest = keep_relate_shift(first, offer[i].before);
        *out = (struct keep_missing){.offer = &offer[i], .lasting = earliest > latest};
        out->from = out->lasting ? latest : earliest;
        out->to = out->lasting ? earliest : latest;
        return true;
    }
    return false;
}

static void write_kinds(struct keep_buf *out, uint32_t kinds)
{
    bool any = false;
    for (int k = 0; k < 32; k++) {
        if (!(kinds >> k & 1))
            continue;
        const char *word = keep_vocab_relation_kind_word(k);
        keep_buf_str(out, any ? " or " : strchr("aeiou", word[0]) ? "an " : "a ");
        keep_buf_str(out, word);
        any = true;
    }
}

static void write_where(struct keep_buf *out, const char *words, struct keep_str where)
{
    keep_buf_str(out, words);
    keep_buf_add(out, where.p, where.n);
    keep_buf_str(out, ")");
}

void keep_missing_write(const struct keep_missing *m, const struct keep_post *post, struct keep_buf *out)
{
    struct keep_str where = post->unit.n && !post->department.n ? post->unit : post->department;
    char from[KEEP_CIVIL_TIME_SIZE], to[KEEP_CIVIL_TIME_SIZE];
    if (m->offer->call == KEEP_CALL_encounter_at_unit)
        keep_buf_str(out, "an encounter");
    else
        write_kinds(out, m->offer->kinds);
    keep_buf_str(out, " of the patient");
    switch (m->offer->call) {
    case KEEP_CALL_related: keep_buf_str(out, " with the user, not written by the user after the first access,"); break;
    case KEEP_CALL_department_related: write_where(out, " in the user's department or unit (", where); break;
    case KEEP_CALL_encounter_at_unit: write_where(out, " with somebody of the user's department or unit (", where); break;
    default: break;
    }
    keep_civil_format_time(m->from, from);
    keep_civil_format_time(m->to, to);
    keep_buf_str(out, m->lasting ? " that lasts from " : " between ");
    keep_buf_str(out, from);
    keep_buf_str(out, m->lasting ? " or before until " : " and ");
    keep_buf_str(out, to);
    keep_buf_str(out, m->lasting ? " or later" : "");
}
