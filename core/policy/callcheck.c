/* Calls: functions of the engines (set.last, related), of the language (size,
 * date), and the macros, which become nodes of their own. */
#include <stdio.h>
#include <string.h>

#include "core/policy/typecheck.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct { const char *name, *args; uint8_t type; } engine[] = {
#define X(name, spelling, args, result, text) {spelling, args, KEEP_V_##result},
    KEEP_POLICY_CALLS(X)
#undef X
};

static const struct { const char *name, *args; uint8_t id; bool method; char result; } funcs[] = {
#define X(id, name, method, args, result) {name, args, KEEP_FUNC_##id, method, result},
    KEEP_POLICY_FUNCS(X)
#undef X
};

static const char *const macros[] = {"all", "exists", "exists_one", "filter", "map"};

static uint8_t type_of_letter(char letter)
{
    static const char letters[] = "biudsylmtrD";
    static const uint8_t types[] = {KEEP_V_BOOL, KEEP_V_INT, KEEP_V_UINT, KEEP_V_DOUBLE, KEEP_V_STRING, KEEP_V_BYTES, KEEP_V_LIST, KEEP_V_MAP,
                                    KEEP_V_TIMESTAMP, KEEP_V_DURATION, KEEP_V_DATE};
    const char *at = strchr(letters, letter);
    return at ? types[at - letters] : KEEP_V_DYN;
}

static uint32_t call_grains(enum keep_call k)
{
    switch (k) {
    case KEEP_CALL_related:
    case KEEP_CALL_department_related:
    case KEEP_CALL_encounter_at_unit: return KEEP_ON(user) | KEEP_ON(patient) | KEEP_ON(event);
    case KEEP_CALL_behalf_related:
    case KEEP_CALL_patient_related: return KEEP_ON(user) | KEEP_ON(patient) | KEEP_ON(event);
    case KEEP_CALL_rostered_with_patient: return KEEP_ON(user) | KEEP_ON(patient) | KEEP_ON(event);
    case KEEP_CALL_on_shift: return KEEP_ON(user) | KEEP_ON(event);
    case KEEP_CALL_in_network: return KEEP_ON(event);
    case KEEP_CALL_department_size: return KEEP_ON(user);
    case KEEP_CALL_department_ties:
    case KEEP_CALL_colleagues: return KEEP_ON(user) | KEEP_ON(patient);
    case KEEP_CALL_set_first:
    case KEEP_CALL_set_last: return KEEP_ON(set);
    case KEEP_CALL_patient_birthday:
    case KEEP_CALL_patient_age_on: return KEEP_ON(patient);
    case KEEP_CALL_patient_any:
    case KEEP_CALL_patient_first:
    case KEEP_CALL_patient_last: return KEEP_ON(patient) | KEEP_ON(set);
    default: return 0;
    }
}

uint32_t keep_callcheck_names(enum keep_call k)
{
    uint32_t own = call_grains(k);
    switch (k) {
    case KEEP_CALL_patient_birthday:
    case KEEP_CALL_patient_age_on: return own | KEEP_ON_FILE;
    case KEEP_CALL_majority: return own | KEEP_ON(set);
    default: return own;
    }
}

bool keep_callcheck_taken(struct keep_str name)
{
    bool taken = keep_str_is(name, "has");
    for (size_t i = 0; i < COUNT(macros); i++)
        taken = taken || keep_str_is(name, macros[i]);
    for (size_t i = 0; i < COUNT(engine); i++)
        taken = taken || keep_str_is(name, engine[i].name);
    for (size_t i = 0; i < COUNT(funcs); i++)
        taken = taken || keep_str_is(name, funcs[i].name);
    return taken;
}

/* --- calls --- */

/* Those of a set beyond the days that its records may bear. */
static const char *const set_days[] = {"service_date", "created_date", "discharge_date"};

enum { AGE_MOST = 200 };

/* The words that a call of an engine takes, and the numbers. */
static void call_words(struct keep_compiler *c, const struct keep_expr *e)
{
    const struct keep_expr *arg = e->n ? e->arg[0] : NULL;
    if (e->id == KEEP_CALL_related || e->id == KEEP_CALL_department_related || e->id == KEEP_CALL_patient_related || e->id == KEEP_CALL_behalf_related) {
        for (uint32_t i = 0; arg->type == KEEP_V_LIST && i < arg->n; i++)
            if (arg->arg[i]->op == KEEP_OP_CONST && arg->arg[i]->type == KEEP_V_STRING)
                keep_typecheck_relation(c, arg->arg[i]->value.s, keep_typecheck_part_at(arg, i));
    }
    if (e->id == KEEP_CALL_patient_birthday && arg->op == KEEP_OP_CONST && arg->type == KEEP_V_INT && (arg->value.i < 0 || arg->value.i > AGE_MOST))
        keep_compile_error(c, arg->at, NULL, "an age is from 0 to %d years", AGE_MOST);
    if (e->id == KEEP_CALL_majority && arg->op == KEEP_OP_CONST && arg->type == KEEP_V_STRING)
        keep_typecheck_state(c, arg->value.s, arg->at);
    if (e->id == KEEP_CALL_patient_first || e->id == KEEP_CALL_patient_last)
        arg = e->arg[1];
    else if (e->id != KEEP_CALL_set_first && e->id != KEEP_CALL_set_last)
        return;
    if (arg->op != KEEP_OP_CONST || arg->type != KEEP_V_STRING)
        return;
    for (size_t i = 0; i < COUNT(set_days); i++)
        if (keep_str_is(arg->value.s, set_days[i]))
            return;
    if (keep_vocab_record_day(arg->value.s) >= 0)
        return;
    struct keep_suggest s;
    keep_suggest_begin(&s, arg->value.s);
    for (size_t i = 0; i < COUNT(set_days); i++)
        keep_suggest_offer(&s, keep_str_of(set_days[i]));
    for (int i = 0; i < KEEP_DAY_COUNT; i++)
        keep_suggest_offer(&s, keep_str_of(keep_vocab_record_day_word(i)));
    keep_compile_error(c, arg->at, keep_suggest_end(&s, "service_date, created_date, discharge_date, expiry_date, …"), "there is no such day");
}

static uint8_t arg_type(const char **args)
{
    static const struct { const char *word; uint8_t type; } word[] = {
        {"LIST", KEEP_V_LIST}, {"DURATION", KEEP_V_DURATION}, {"STRING", KEEP_V_STRING}, {"INT", KEEP_V_INT}, {"DATE", KEEP_V_DATE}};
    size_t n = strcspn(*args, ",");
    uint8_t type = KEEP_V_DYN;
    for (size_t i = 0; i < COUNT(word); i++)
        if (strlen(word[i].word) == n && strncmp(word[i].word, *args, n) == 0)
            type = word[i].type;
    *args += n + ((*args)[n] == ',');
    return type;
}

static void call_engine(struct keep_compiler *c, struct keep_expr *e, size_t k)
{
    const char *args = engine[k].args;
    e->op = KEEP_OP_ENGINE;
    e->id = (uint16_t)k;
    if (!keep_fieldcheck_permitted(c, e, keep_callcheck_names((enum keep_call)k), engine[k].name))
        return;
    if (e->method) { /* the receiver is an entity, part of the name */
        e->arg++;
        e->n--;
    }
    uint32_t i = 0;
    for (; i < e->n && *args; i++) {
        keep_typecheck_node(c, e->arg[i]);
        uint8_t type = arg_type(&args);
        if (!keep_typecheck_bad(e->arg[i]))
            keep_typecheck_want(c, e->arg[i], type, engine[k].name);
    }
    if (i < e->n || *args) {
        char help[120];
        snprintf(help, sizeof help, "%s takes (%s)", engine[k].name, engine[k].args);
        keep_typecheck_reject(c, e, e->at, help, "wrong number of arguments for %s", engine[k].name);
        return;
    }
    e->grains = call_grains((enum keep_call)k);
    keep_typecheck_set(e, engine[k].type, KEEP_V_DYN);
    call_words(c, e);
}

static bool matches(const struct keep_expr *e, const char *args)
{
    if (strlen(args) != e->n)
        return false;
    for (uint32_t i = 0; i < e->n; i++)
        if (!keep_typecheck_fits(e->arg[i]->type, type_of_letter(args[i])))
            return false;
    return true;
}

static void call_func(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_suggest s;
    bool named = false, one_type = true;
    int found = -1;
    for (size_t i = 0; i < COUNT(funcs); i++) {
        if (funcs[i].method != e->method || !keep_str_is(e->name, funcs[i].name))
            continue;
        named = true;
        if (!matches(e, funcs[i].args) && !(c->lenient && strlen(funcs[i].args) == e->n))
            continue;
        one_type = one_type && (found < 0 || funcs[found].result == funcs[i].result);
        found = (int)i;
    }
    if (found < 0 && c->lenient)
        return; /* an error of the run, which || and && may absorb */
    if (found < 0 && named) {
        bool date = keep_str_is(e->name, "date") || keep_str_is(e->name, "timestamp") || keep_str_is(e->name, "duration");
        keep_typecheck_reject(c, e, e->at, date ? "it takes a string" : NULL, "%.*s() does not take %s", (int)e->name.n, e->name.p,
               e->n == 0 ? "nothing" : e->n > 1 ? "these arguments" : keep_valueop_type_name(e->arg[0]->type));
        return;
    }
    if (found < 0) {
        keep_suggest_begin(&s, e->name);
        for (size_t i = 0; i < COUNT(funcs); i++)
            if (funcs[i].method == e->method)
                keep_suggest_offer(&s, keep_str_of(funcs[i].name));
        for (size_t i = 0; i < COUNT(engine); i++)
            keep_suggest_offer(&s, keep_str_of(engine[i].name));
        for (size_t i = 0; e->method && i < COUNT(macros); i++)
            keep_suggest_offer(&s, keep_str_of(macros[i]));
        keep_typecheck_reject(c, e, e->name_at, keep_suggest_end(&s, NULL), "there is no function `%.*s`", (int)e->name.n, e->name.p);
        return;
    }
    e->op = KEEP_OP_FUNC;
    e->id = funcs[found].id;
    keep_typecheck_set(e, one_type ? type_of_letter(funcs[found].result) : KEEP_V_DYN, KEEP_V_DYN);
}

static void call_has(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_expr *of = e->n == 1 ? e->arg[0] : NULL;
    if (!of || of->op != KEEP_OP_SELECT) {
        keep_typecheck_reject(c, e, e->at, "write has(patient.birth_date)", "has() asks about one field or member");
        return;
    }
    keep_fieldcheck_select(c, of); /* not folded: a member that is missing is an answer here */
    if (of->op == KEEP_OP_SELECT) {
        of->grains = of->arg[0]->grains;
        if (keep_typecheck_bad(of->arg[0]))
            of->op = KEEP_OP_BAD;
    }
    e->op = KEEP_OP_HAS;
    keep_typecheck_set(e, KEEP_V_BOOL, KEEP_V_DYN);
}

/* e.all(x, p) and the like: arg[0] range, arg[1] the variable, then the bodies. */
static bool call_macro(struct keep_compiler *c, struct keep_expr *e)
{
    static const uint8_t ops[] = {KEEP_OP_ALL, KEEP_OP_EXISTS, KEEP_OP_ONE, KEEP_OP_FILTER, KEEP_OP_EACH};
    size_t k = 0;
    while (k < COUNT(macros) && !keep_str_is(e->name, macros[k]))
        k++;
    bool map = k < COUNT(macros) && ops[k] == KEEP_OP_EACH;
    if (k == COUNT(macros))
        return false;
    if (e->n != 3 && !(map && e->n == 4)) {
        keep_typecheck_reject(c, e, e->at, "write x.exists(name, condition)", "%s() takes a name and %s", macros[k], map ? "an expression" : "a condition");
        return true;
    }
    struct keep_expr *range = e->arg[0], *var = e->arg[1];
    keep_typecheck_node(c, range);
    if (var->op != KEEP_OP_IDENT) {
        keep_typecheck_reject(c, e, var->at, "write x.exists(name, condition)", "the first argument of %s() is a name", macros[k]);
        return true;
    }
    if (!c->lenient && !keep_typecheck_fits(range->type, KEEP_V_LIST) && !keep_typecheck_fits(range->type, KEEP_V_MAP)) {
        keep_typecheck_reject(c, e, range->at, NULL, "%s() needs a list or a map, this is %s", macros[k], keep_valueop_type_name(range->type));
        return true;
    }
    if (keep_parse_define_known(c, var->name)) {
        keep_typecheck_reject(c, e, var->at, "take another name", "`%.*s` is defined already", (int)var->name.n, var->name.p);
        return true;
    }
    if (c->locals == KEEP_EXPR_LOCALS) {
        keep_typecheck_reject(c, e, e->at, NULL, "too many comprehensions inside one another");
        return true;
    }
    uint32_t slot = c->locals++;
    c->local[slot].name = var->name;
    c->local[slot].type = range->type == KEEP_V_LIST ? range->item : KEEP_V_DYN;
    c->local[slot].item = KEEP_V_DYN;
    e->op = ops[k];
    e->id = (uint16_t)slot;
    struct keep_expr *body = e->arg[e->n - 1], *filter = e->n == 4 ? e->arg[2] : NULL;
    keep_typecheck_node(c, body);
    if (filter)
        keep_typecheck_node(c, filter);
    c->locals--;
    if (!map && !keep_typecheck_bad(body))
        keep_typecheck_want(c, body, KEEP_V_BOOL, macros[k]);
    if (filter && !keep_typecheck_bad(filter))
        keep_typecheck_want(c, filter, KEEP_V_BOOL, macros[k]);
    e->n--;
    e->arg[1] = body;
    if (filter)
        e->arg[2] = filter;
    bool list = map || ops[k] == KEEP_OP_FILTER;
    keep_typecheck_set(e, list ? KEEP_V_LIST : KEEP_V_BOOL, !list ? KEEP_V_DYN : map ? body->type : range->type == KEEP_V_LIST ? range->item : KEEP_V_DYN);
    return true;
}

void keep_callcheck_call(struct keep_compiler *c, struct keep_expr *e)
{
    char spelled[64];
    int entity = e->method ? keep_fieldcheck_entity(c, e->arg[0]) : -1;
    if (entity >= 0 || !e->method)
        snprintf(spelled, sizeof spelled, "%s%s%.*s", entity >= 0 ? keep_fieldcheck_entity_name(entity) : "", entity >= 0 ? "." : "", (int)(e->name.n < 40 ? e->name.n : 40), e->name.p);
    for (size_t k = 0; k < COUNT(engine); k++)
        if ((entity >= 0 || !e->method) && strcmp(spelled, engine[k].name) == 0) {
            call_engine(c, e, k);
            return;
        }
    if (entity >= 0) {
        struct keep_suggest s;
        keep_suggest_begin(&s, keep_str_of(spelled));
        for (size_t k = 0; k < COUNT(engine); k++)
            keep_suggest_offer(&s, keep_str_of(engine[k].name));
        keep_typecheck_reject(c, e, e->name_at, keep_suggest_end(&s, NULL), "`%s` has no function `%.*s`", keep_fieldcheck_entity_name(entity), (int)e->name.n, e->name.p);
        return;
    }
    if (!e->method && keep_str_is(e->name, "has")) {
        call_has(c, e);
        return;
    }
    if (e->method && call_macro(c, e))
        return;
    bool known = false;
    for (size_t i = 0; i < COUNT(funcs); i++)
        known = known || (funcs[i].method == e->method && keep_str_is(e->name, funcs[i].name));
    for (uint32_t i = 0; (known || c->lenient) && i < e->n; i++)
        keep_typecheck_node(c, e->arg[i]);
    call_func(c, e);
}

