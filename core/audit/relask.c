/* What an answer depends on is told as finely as bind.c tells it: that nothing
 * ties two people holds for every two strangers. */
#include "core/audit/relask.h"

#include <string.h>

#include "core/policy/expr.h"

static void missing(struct keep_value *out, const char *what)
{
    *out = (struct keep_value){.type = KEEP_V_UNKNOWN, .s = keep_str_of(what)};
}

void keep_relask_one(struct keep_bind *b, const struct keep_relask *ask, struct keep_value *out)
{
    const struct keep_relate_ask q = {b->user->worker, b->e.patient, ask->kinds, ask->before, ask->after, b->e.time};
    struct keep_relate_answer a;
    if (b->user->worker == KEEP_ID_NONE) {
        b->deps |= KEEP_BIND_USER;
        missing(out, "who is behind the account");
        return;
    }
    if (b->e.patient >= b->world->patients) {
        b->deps |= KEEP_BIND_PATIENT;
        missing(out, "the patient");
        return;
    }
    uint32_t strangers = keep_relate_strangers(b->relate, b->user->worker, b->e.patient);
    bool none = ask->call == KEEP_CALL_related ? strangers & KEEP_RELATE_NO_WORKER : strangers & KEEP_RELATE_NO_DEPARTMENT;
    if (none) {
        b->deps |= ask->call == KEEP_CALL_related ? KEEP_BIND_NO_WORKER : KEEP_BIND_NO_DEPARTMENT;
        *out = (struct keep_value){.type = KEEP_V_BOOL, .b = false};
        return;
    }
    b->deps |= KEEP_BIND_USER | KEEP_BIND_PATIENT;
    if (ask->call != KEEP_CALL_related && !b->user->post.department.n && !b->user->post.unit.n) {
        missing(out, "user.department");
        return;
    }
    if (ask->call == KEEP_CALL_related)
        keep_relate_worker(b->relate, &q, &a);
    else if (ask->call == KEEP_CALL_department_related)
        keep_relate_department(b->relate, &q, &a);
    else
        keep_relate_encounter(b->relate, &q, &a);
    keep_bind_answered(b, &a, out);
}

static bool constant_ask(const struct keep_expr *e, struct keep_relask *out)
{
    bool around = e->op == KEEP_OP_ENGINE && e->id == KEEP_CALL_encounter_at_unit;
    if (e->op != KEEP_OP_ENGINE || (!around && e->id != KEEP_CALL_related && e->id != KEEP_CALL_department_related) || e->n != (around ? 2u : 3u))
        return false;
    const struct keep_expr *before = e->arg[e->n - 2], *after = e->arg[e->n - 1];
    *out = (struct keep_relask){.call = (uint8_t)e->id};
    if (before->op != KEEP_OP_CONST || before->value.type != KEEP_V_DURATION || after->op != KEEP_OP_CONST || after->value.type != KEEP_V_DURATION ||
        (!around && (e->arg[0]->op != KEEP_OP_CONST || !keep_bind_kinds(&e->arg[0]->value, &out->kinds))))
        return false;
    out->before = before->value.i;
    out->after = after->value.i;
    return true;
}

uint32_t keep_relask_of(const struct keep_expr *e, struct keep_relask out[KEEP_RELASK_MOST])
{
    uint32_t n = 0;
    if (e->op != KEEP_OP_OR)
        return constant_ask(e, out);
    for (uint32_t i = 0; i < e->n; i++) {
        struct keep_relask more[KEEP_RELASK_MOST];
        uint32_t k = keep_relask_of(e->arg[i], more);
        if (!k || n + k > KEEP_RELASK_MOST)
            return 0;
        memcpy(out + n, more, k * sizeof *more);
        n += k;
    }
    return n;
}

void keep_relask_run(struct keep_bind *b, const struct keep_relask *ask, uint32_t n, enum keep_tristate *out, struct keep_str *why)
{
    keep_bind_begin(b);
    *out = KEEP_TRI_NO;
    *why = (struct keep_str){NULL, 0};
    for (uint32_t i = 0; i < n && *out != KEEP_TRI_YES; i++) {
        struct keep_value v;
        keep_relask_one(b, &ask[i], &v);
        if (v.type == KEEP_V_BOOL) {
            *out = v.b ? KEEP_TRI_YES : *out;
        } else if (*out == KEEP_TRI_NO) { /* of several unknowns the first is named */
            *out = KEEP_TRI_UNKNOWN;
            *why = v.s;
        }
    }
    if (*out == KEEP_TRI_YES)
        *why = (struct keep_str){NULL, 0};
}
