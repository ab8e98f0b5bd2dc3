/* Compiled as rules' conditions are, over what may be asked of a set or of one
 * record. Names of labels and series are text to the language; here they are
 * looked for where they are compared, for packs change after a hold is placed. */
#include "core/policy/condition.h"

#include "core/policy/compile.h"

#define OF_RECORD KEEP_ON(record)
#define OF_SET (KEEP_ON(set) | KEEP_ON(facility) | KEEP_ON(patient) | KEEP_ON_FILE)

int keep_condition_compile(struct keep_condition *out, struct keep_str text, struct keep_arena *a, struct keep_diags *diags, struct keep_err *err)
{
    if (text.n == 0 || text.n > KEEP_CONDITION_BYTES)
        return keep_err_set(err, KEEP_E_USAGE, "a condition has 1 to %d bytes", KEEP_CONDITION_BYTES);
    const struct keep_expr *e = keep_compile_expr(text, false, OF_SET | OF_RECORD, a, diags);
    if (!e)
        return keep_err_set(err, KEEP_E_USAGE, "%s", diags->n ? diags->list[diags->n - 1].text : "this is no condition");
    if (e->type != KEEP_V_BOOL)
        return keep_err_set(err, KEEP_E_USAGE, "a condition is true or false, this is %s", keep_valueop_type_name(e->type));
    uint32_t grains = keep_expr_grains(e);
    if ((grains & OF_RECORD) && (grains & ~OF_RECORD))
        return keep_err_set(err, KEEP_E_USAGE, "a condition is about records, or about sets, facilities and patients, not about both");
    *out = (struct keep_condition){e, (grains & OF_RECORD) != 0};
    return 0;
}

static bool declared(const struct keep_policy *p, uint16_t field, struct keep_str name)
{
    if (field == KEEP_FIELD_set_series) {
        for (size_t i = 0; i < p->series_n; i++)
            if (keep_str_eq(p->series[i].id, name))
                return true;
        return false;
    }
    for (size_t i = 0; i < p->labels; i++)
        if (keep_str_eq(p->label[i].id, name))
            return true;
    return false;
}

static bool names(const struct keep_expr *e)
{
    return e->op == KEEP_OP_FIELD && (e->id == KEEP_FIELD_set_series || e->id == KEEP_FIELD_set_labels || e->id == KEEP_FIELD_record_labels);
}

/* The names that one operand holds: a text, or a list of them. */
static bool all_declared(const struct keep_expr *e, uint16_t field, const struct keep_policy *p)
{
    if (e->op == KEEP_OP_CONST && e->type == KEEP_V_STRING)
        return declared(p, field, e->value.s);
    for (size_t i = 0; e->op == KEEP_OP_CONST && e->type == KEEP_V_LIST && i < e->value.list.n; i++)
        if (e->value.list.item[i].type == KEEP_V_STRING && !declared(p, field, e->value.list.item[i].s))
            return false;
    return true;
}

bool keep_condition_known(const struct keep_expr *e, const struct keep_policy *p)
{
    uint32_t n = e->op == KEEP_OP_IN_SET ? 1 : e->op == KEEP_OP_CONST || e->op == KEEP_OP_FIELD ? 0 : e->n;
    for (uint32_t i = 0; e->op == KEEP_OP_IN_SET && names(e->arg[0]) && i <= e->set.mask; i++)
        if (e->set.slot[i].p && !declared(p, e->arg[0]->id, e->set.slot[i]))
            return false;
    for (uint32_t i = 0; e->n == 2 && e->op != KEEP_OP_CONST && i < 2; i++)
        if (names(e->arg[i]) && !all_declared(e->arg[1 - i], e->arg[i]->id, p))
            return false;
    for (uint32_t i = 0; i < n; i++)
        if (e->arg[i] && !keep_condition_known(e->arg[i], p))
            return false;
    return true;
}
