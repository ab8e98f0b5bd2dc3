/* The checker: names become fields, slots, functions; every node gets a static
 * type; constants are folded, and a constant that fails is an error of the
 * policy, not of a night's run. CEL's gradual typing: what is only known at run
 * time (KEEP_V_DYN) fits anywhere. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/policy/compile.h"

enum {
    SET_FROM = 4,       /* a constant list of this many strings is worth a hash table */
    FOLD_STEPS = 10000, /* what would take longer is left to the run */
};

static void check(struct keep_compiler *c, struct keep_expr *e);

/* --- tables --- */

static const struct field_info {
    const char *entity, *name;
    uint8_t grain, type;
} fields[] = {
#define X(entity, field, type, text) {#entity, #field, KEEP_GRAIN_##entity, KEEP_V_##type},
    KEEP_POLICY_FIELDS(X)
#undef X
#define X(entity, field, type, spelling, text) {#entity, spelling, KEEP_GRAIN_COUNT, KEEP_V_##type},
    KEEP_POLICY_FINDING_FIELDS(X)
#undef X
};

static const struct { const char *name, *args; uint8_t type; } engine[] = {
#define X(name, spelling, args, result, text) {spelling, args, KEEP_V_##result},
    KEEP_POLICY_CALLS(X)
#undef X
};

static const char *const entities[] = {
#define X(entity, text) #entity,
    KEEP_POLICY_ENTITIES(X)
#undef X
};

static const struct { const char *name, *args; uint8_t id; bool method; char result; } funcs[] = {
#define X(id, name, method, args, result) {name, args, KEEP_FUNC_##id, method, result},
    KEEP_POLICY_FUNCS(X)
#undef X
};

static const char *const macros[] = {"all", "exists", "exists_one", "filter", "map"};

#define COUNT(table) (sizeof(table) / sizeof *(table))

static uint8_t type_of_letter(char letter)
{
    static const char letters[] = "biudsylmtrD";
    static const uint8_t types[] = {KEEP_V_BOOL, KEEP_V_INT, KEEP_V_UINT, KEEP_V_DOUBLE, KEEP_V_STRING, KEEP_V_BYTES, KEEP_V_LIST, KEEP_V_MAP,
                                    KEEP_V_TIMESTAMP, KEEP_V_DURATION, KEEP_V_DATE};
    const char *at = strchr(letters, letter);
    return at ? types[at - letters] : KEEP_V_DYN;
}

/* What a field reads besides its own entity: a fact about a person that depends on the time of the event, or on the patient. */
static uint32_t field_grains(enum keep_field f)
{
    uint32_t own = 1u << fields[f].grain;
    switch (f) {
    case KEEP_FIELD_user_mapped:
    case KEEP_FIELD_user_affiliated: return own | KEEP_ON(event);
    case KEEP_FIELD_user_is_patient: return own | KEEP_ON(patient);
    case KEEP_FIELD_patient_deceased: return own | KEEP_ON(event);
    default: return own;
    }
}

static uint32_t call_grains(enum keep_call k)
{
    switch (k) {
    case KEEP_CALL_related:
    case KEEP_CALL_department_related:
    case KEEP_CALL_encounter_at_unit: return KEEP_ON(user) | KEEP_ON(patient) | KEEP_ON(event);
    case KEEP_CALL_colleagues: return KEEP_ON(user) | KEEP_ON(patient);
    case KEEP_CALL_set_first:
    case KEEP_CALL_set_last: return KEEP_ON(set);
    case KEEP_CALL_patient_birthday:
    case KEEP_CALL_patient_age_on: return KEEP_ON(patient);
    default: return 0;
    }
}

/* What a list field holds. */
static uint8_t item_of(enum keep_field f)
{
    return f == KEEP_FIELD_record_codes ? KEEP_V_CODE : fields[f].type == KEEP_V_LIST ? KEEP_V_STRING : KEEP_V_DYN;
}

/* --- helpers --- */

static bool is_bad(const struct keep_expr *e) { return e->op == KEEP_OP_BAD; }
static bool is_number(uint8_t t) { return t == KEEP_V_INT || t == KEEP_V_UINT || t == KEEP_V_DOUBLE; }

/* An error about e, which becomes BAD and is then of any type. */
static void reject(struct keep_compiler *c, struct keep_expr *e, struct keep_span at, const char *help, const char *fmt, ...) __attribute__((format(printf, 5, 6)));
static void reject(struct keep_compiler *c, struct keep_expr *e, struct keep_span at, const char *help, const char *fmt, ...)
{
    char text[256];
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    keep_compile_error(c, at, help, "%s", text);
    e->op = KEEP_OP_BAD;
    e->type = e->item = KEEP_V_DYN;
}

static void set_type(struct keep_expr *e, uint8_t type, uint8_t item)
{
    e->type = type;
    e->item = item;
}

/* May a value of type a stand where b is wanted? */
static bool fits(uint8_t a, uint8_t b)
{
    return a == b || a == KEEP_V_DYN || b == KEEP_V_DYN || (a == KEEP_V_CODE && b == KEEP_V_MAP);
}

static bool want(struct keep_compiler *c, struct keep_expr *e, uint8_t type, const char *who)
{
    if (c->lenient || fits(e->type, type))
        return true;
    const char *help = type == KEEP_V_BOOL && e->type == KEEP_V_STRING ? "compare it with something" : NULL;
    reject(c, e, e->at, help, "%s needs %s, this is %s", who, keep_valueop_type_name(type), keep_valueop_type_name(e->type));
    return false;
}

static const char *article(uint8_t type)
{
    return type == KEEP_V_INT ? "an" : "a";
}

/* --- names --- */

static int find_local(const struct keep_compiler *c, struct keep_str name)
{
    for (uint32_t i = c->locals; i-- > 0;)
        if (keep_str_eq(c->local[i].name, name))
            return (int)i;
    return -1;
}

static int find_entity(struct keep_str name)
{
    for (size_t i = 0; i < COUNT(entities); i++)
        if (keep_str_is(name, entities[i]))
            return (int)i;
    return -1;
}

static int entity_of(const struct keep_compiler *c, const struct keep_expr *e)
{
    return e->op == KEEP_OP_IDENT && find_local(c, e->name) < 0 ? find_entity(e->name) : -1;
}

static const char *list_of_allowed(const struct keep_compiler *c, char *z, size_t n)
{
    size_t at = (size_t)snprintf(z, n, "%s can name", c->place);
    const char *sep = " ";
    for (size_t i = 0; i < COUNT(entities); i++)
        if (c->allowed & 1u << i) {
            at += (size_t)snprintf(z + at, n - at, "%s%s", sep, entities[i]);
            sep = ", ";
        }
    if (*sep == ' ')
        snprintf(z, n, "%s is a constant", c->place);
    return z;
}

static void ident(struct keep_compiler *c, struct keep_expr *e)
{
    int slot = find_local(c, e->name);
    if (slot >= 0) {
        e->op = KEEP_OP_LOCAL;
        e->id = (uint16_t)slot;
        set_type(e, c->local[slot].type, c->local[slot].item);
        return;
    }
    for (size_t f = KEEP_FIELD_finding_count; f <= KEEP_FIELD_finding_limit && c->allowed & KEEP_ON_FINDING; f++)
        if (keep_str_is(e->name, fields[f].name)) {
            e->op = KEEP_OP_FIELD;
            e->id = (uint16_t)f;
            e->grains = field_grains((enum keep_field)f);
            set_type(e, fields[f].type, KEEP_V_DYN);
            return;
        }
    int entity = find_entity(e->name);
    if (entity >= 0) {
        char help[80];
        snprintf(help, sizeof help, "name one of its fields, such as %s.%s", entities[entity], entity == KEEP_GRAIN_set ? "series" : entity == KEEP_GRAIN_record ? "kind" : entity >= KEEP_GRAIN_facility ? "name" : "id");
        reject(c, e, e->at, help, "`%s` is no value by itself", entities[entity]);
        return;
    }
    struct keep_suggest s;
    char allowed[160];
    keep_suggest_begin(&s, e->name);
    for (size_t i = 0; i < COUNT(entities); i++)
        keep_suggest_offer(&s, keep_str_of(entities[i]));
    for (uint32_t i = 0; i < c->locals; i++)
        keep_suggest_offer(&s, c->local[i].name);
    reject(c, e, e->at, keep_suggest_end(&s, list_of_allowed(c, allowed, sizeof allowed)), "there is no `%.*s`", (int)e->name.n, e->name.p);
}

/* Is the entity one that may be named here? */
static bool permitted(struct keep_compiler *c, struct keep_expr *e, uint32_t grains, const char *what)
{
    if ((grains & ~c->allowed) == 0)
        return true;
    char allowed[160];
    reject(c, e, e->at, list_of_allowed(c, allowed, sizeof allowed), "`%s` has no meaning in %s", what, c->place);
    return false;
}

static bool finding_time(struct keep_compiler *c, struct keep_expr *e)
{
    const struct keep_expr *of = e->arg[0];
    if (of->op != KEEP_OP_IDENT || !keep_str_is(e->name, "time") || !(c->allowed & KEEP_ON_FINDING))
        return false;
    bool first = keep_str_is(of->name, "first");
    if (!first && !keep_str_is(of->name, "last"))
        return false;
    e->op = KEEP_OP_FIELD;
    e->id = first ? KEEP_FIELD_finding_first_time : KEEP_FIELD_finding_last_time;
    e->grains = field_grains((enum keep_field)e->id);
    set_type(e, KEEP_V_TIMESTAMP, KEEP_V_DYN);
    return true;
}

static void field(struct keep_compiler *c, struct keep_expr *e, int entity)
{
    struct keep_suggest s;
    keep_suggest_begin(&s, e->name);
    for (size_t f = 0; f < COUNT(fields); f++) {
        if (fields[f].grain != entity)
            continue;
        if (!keep_str_is(e->name, fields[f].name)) {
            keep_suggest_offer(&s, keep_str_of(fields[f].name));
            continue;
        }
        if (!permitted(c, e, 1u << entity, entities[entity]))
            return;
        if (f == KEEP_FIELD_record_labels && c->in_label) {
            reject(c, e, e->at, "write the codes of the other label here too", "a label cannot rest on other labels");
            return;
        }
        e->op = KEEP_OP_FIELD;
        e->id = (uint16_t)f;
        e->grains = field_grains((enum keep_field)f);
        set_type(e, fields[f].type, item_of((enum keep_field)f));
        return;
    }
    reject(c, e, e->name_at, keep_suggest_end(&s, NULL), "`%s` has no field `%.*s`", entities[entity], (int)e->name.n, e->name.p);
}

static void selection(struct keep_compiler *c, struct keep_expr *e)
{
    int entity = entity_of(c, e->arg[0]);
    if (entity >= 0) {
        field(c, e, entity);
        return;
    }
    if (finding_time(c, e))
        return;
    check(c, e->arg[0]);
    struct keep_expr *of = e->arg[0];
    if (of->type == KEEP_V_CODE) {
        if (keep_str_is(e->name, "system") || keep_str_is(e->name, "code"))
            set_type(e, KEEP_V_STRING, KEEP_V_DYN);
        else
            reject(c, e, e->name_at, "it has `system` and `code`", "a code has no member `%.*s`", (int)e->name.n, e->name.p);
    } else if (!c->lenient && !fits(of->type, KEEP_V_MAP)) {
        reject(c, e, e->name_at, NULL, "%s %s has no members", article(of->type), keep_valueop_type_name(of->type));
    }
}

/* --- words of closed vocabularies --- */

#define WORDS(name, table) \
    static void offer_##name(struct keep_suggest *s) { table(OFFER) }
#define OFFER(name, word) keep_suggest_offer(s, KEEP_STR(word));
WORDS(action, KEEP_ACTIONS)
WORDS(exposure, KEEP_EXPOSURES)
WORDS(outcome, KEEP_OUTCOMES)
WORDS(purpose, KEEP_PURPOSES)
WORDS(account_kind, KEEP_ACCOUNT_KINDS)
WORDS(custody, KEEP_CUSTODIES)
WORDS(relation_kind, KEEP_RELATIONS)
#undef OFFER

static bool word_of(struct keep_compiler *c, int (*lookup)(struct keep_str), void (*offer)(struct keep_suggest *), const char *what, struct keep_str word,
                    struct keep_span at)
{
    if (lookup(word) >= 0)
        return true;
    struct keep_suggest s;
    keep_suggest_begin(&s, word);
    offer(&s);
    keep_compile_error(c, at, keep_suggest_end(&s, NULL), "\"%.*s\" is none of the words of %s", (int)word.n, word.p, what);
    return false;
}

bool keep_typecheck_relation(struct keep_compiler *c, struct keep_str word, struct keep_span at)
{
    return word_of(c, keep_vocab_relation_kind, offer_relation_kind, "the kinds of relations", word, at);
}

bool keep_typecheck_word(struct keep_compiler *c, enum keep_field f, struct keep_str word, struct keep_span at)
{
    switch (f) {
    case KEEP_FIELD_event_action: return word_of(c, keep_vocab_action, offer_action, "event.action", word, at);
    case KEEP_FIELD_event_exposure: return word_of(c, keep_vocab_exposure, offer_exposure, "event.exposure", word, at);
    case KEEP_FIELD_event_outcome: return word_of(c, keep_vocab_outcome, offer_outcome, "event.outcome", word, at);
    case KEEP_FIELD_event_purpose: return word_of(c, keep_vocab_purpose, offer_purpose, "event.purpose", word, at);
    case KEEP_FIELD_user_kind: return word_of(c, keep_vocab_account_kind, offer_account_kind, "user.kind", word, at);
    case KEEP_FIELD_record_custody:
    case KEEP_FIELD_set_custody: return word_of(c, keep_vocab_custody, offer_custody, "custody", word, at);
    case KEEP_FIELD_set_series: keep_compile_refer(c, KEEP_NAME_SERIES, word, at); return true;
    case KEEP_FIELD_record_labels:
    case KEEP_FIELD_set_labels:
    case KEEP_FIELD_patient_labels: keep_compile_refer(c, KEEP_NAME_LABEL, word, at); return true;
    default: return true;
    }
}

/* Strings that a field is compared with. */
static void words_against(struct keep_compiler *c, const struct keep_expr *field_side, const struct keep_expr *other)
{
    if (field_side->op != KEEP_OP_FIELD)
        return;
    if (other->op == KEEP_OP_CONST && other->type == KEEP_V_STRING)
        keep_typecheck_word(c, (enum keep_field)field_side->id, other->value.s, other->at);
    for (uint32_t i = 0; other->type == KEEP_V_LIST && i < other->n; i++) /* a folded list still has its nodes */
        if (other->arg[i]->op == KEEP_OP_CONST && other->arg[i]->type == KEEP_V_STRING)
            keep_typecheck_word(c, (enum keep_field)field_side->id, other->arg[i]->value.s, other->arg[i]->at);
}

/* --- calls --- */

static const char *const set_days[] = {"service_date", "created_date", "discharge_date"};

/* The words that a call of an engine takes. */
static void call_words(struct keep_compiler *c, const struct keep_expr *e)
{
    const struct keep_expr *arg = e->n ? e->arg[0] : NULL;
    if (e->id == KEEP_CALL_related || e->id == KEEP_CALL_department_related) {
        for (uint32_t i = 0; arg->type == KEEP_V_LIST && i < arg->n; i++)
            if (arg->arg[i]->op == KEEP_OP_CONST && arg->arg[i]->type == KEEP_V_STRING)
                keep_typecheck_relation(c, arg->arg[i]->value.s, arg->arg[i]->at);
    }
    if ((e->id != KEEP_CALL_set_first && e->id != KEEP_CALL_set_last) || arg->op != KEEP_OP_CONST || arg->type != KEEP_V_STRING)
        return;
    struct keep_suggest s;
    keep_suggest_begin(&s, arg->value.s);
    for (size_t i = 0; i < COUNT(set_days); i++) {
        if (keep_str_is(arg->value.s, set_days[i]))
            return;
        keep_suggest_offer(&s, keep_str_of(set_days[i]));
    }
    keep_compile_error(c, arg->at, keep_suggest_end(&s, "service_date, created_date, discharge_date"), "there is no such day");
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
    uint32_t first = e->method; /* the receiver is an entity, part of the name */
    const char *args = engine[k].args;
    e->op = KEEP_OP_ENGINE;
    e->id = (uint16_t)k;
    if (!permitted(c, e, call_grains((enum keep_call)k), engine[k].name))
        return;
    e->arg += first;
    e->n -= first;
    uint32_t i = 0;
    for (; i < e->n && *args; i++) {
        check(c, e->arg[i]);
        uint8_t type = arg_type(&args);
        if (!is_bad(e->arg[i]))
            want(c, e->arg[i], type, engine[k].name);
    }
    if (i < e->n || *args) {
        char help[120];
        snprintf(help, sizeof help, "%s takes (%s)", engine[k].name, engine[k].args);
        reject(c, e, e->at, help, "wrong number of arguments for %s", engine[k].name);
        return;
    }
    e->grains = call_grains((enum keep_call)k);
    set_type(e, engine[k].type, KEEP_V_DYN);
    call_words(c, e);
}

static bool matches(const struct keep_expr *e, const char *args)
{
    if (strlen(args) != e->n)
        return false;
    for (uint32_t i = 0; i < e->n; i++)
        if (!fits(e->arg[i]->type, type_of_letter(args[i])))
            return false;
    return true;
}

static void call_func(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_suggest s;
    bool named = false, one_type = true;
    int found = -1;
    keep_suggest_begin(&s, e->name);
    for (size_t i = 0; i < COUNT(funcs); i++) {
        if (funcs[i].method != e->method)
            continue;
        if (!keep_str_is(e->name, funcs[i].name)) {
            keep_suggest_offer(&s, keep_str_of(funcs[i].name));
            continue;
        }
        named = true;
        if (!matches(e, funcs[i].args) && !(c->lenient && strlen(funcs[i].args) == e->n))
            continue;
        one_type = one_type && (found < 0 || funcs[found].result == funcs[i].result);
        found = (int)i;
    }
    if (found < 0 && named) {
        bool date = keep_str_is(e->name, "date") || keep_str_is(e->name, "timestamp") || keep_str_is(e->name, "duration");
        reject(c, e, e->at, date ? "it takes a string" : NULL, "%.*s() does not take %s", (int)e->name.n, e->name.p,
               e->n == 0 ? "nothing" : e->n > 1 ? "these arguments" : keep_valueop_type_name(e->arg[0]->type));
        return;
    }
    if (found < 0) {
        for (size_t i = 0; i < COUNT(engine); i++)
            keep_suggest_offer(&s, keep_str_of(engine[i].name));
        for (size_t i = 0; e->method && i < COUNT(macros); i++)
            keep_suggest_offer(&s, keep_str_of(macros[i]));
        reject(c, e, e->name_at, keep_suggest_end(&s, NULL), "there is no function `%.*s`", (int)e->name.n, e->name.p);
        return;
    }
    e->op = KEEP_OP_FUNC;
    e->id = funcs[found].id;
    set_type(e, one_type ? type_of_letter(funcs[found].result) : KEEP_V_DYN, KEEP_V_DYN);
}

static void call_has(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_expr *of = e->n == 1 ? e->arg[0] : NULL;
    if (!of || of->op != KEEP_OP_SELECT) {
        reject(c, e, e->at, "write has(patient.birth_date)", "has() asks about one field or member");
        return;
    }
    selection(c, of); /* not folded: a member that is missing is an answer here */
    if (of->op == KEEP_OP_SELECT) {
        of->grains = of->arg[0]->grains;
        if (is_bad(of->arg[0]))
            of->op = KEEP_OP_BAD;
    }
    e->op = KEEP_OP_HAS;
    set_type(e, KEEP_V_BOOL, KEEP_V_DYN);
}

/* e.all(x, p) and the like: arg[0] range, arg[1] the variable, then the bodies. */
static bool call_macro(struct keep_compiler *c, struct keep_expr *e)
{
    static const uint8_t ops[] = {KEEP_OP_ALL, KEEP_OP_EXISTS, KEEP_OP_ONE, KEEP_OP_FILTER, KEEP_OP_EACH};
    size_t k = 0;
    while (k < COUNT(macros) && !keep_str_is(e->name, macros[k]))
        k++;
    bool map = k < COUNT(macros) && ops[k] == KEEP_OP_EACH;
    if (k == COUNT(macros) || (e->n != 3 && !(map && e->n == 4)))
        return false;
    struct keep_expr *range = e->arg[0], *var = e->arg[1];
    check(c, range);
    if (var->op != KEEP_OP_IDENT) {
        reject(c, e, var->at, "write x.exists(name, condition)", "the first argument of %s() is a name", macros[k]);
        return true;
    }
    if (!c->lenient && !fits(range->type, KEEP_V_LIST) && !fits(range->type, KEEP_V_MAP)) {
        reject(c, e, range->at, NULL, "%s() needs a list or a map, this is %s", macros[k], keep_valueop_type_name(range->type));
        return true;
    }
    if (c->locals == KEEP_EXPR_LOCALS) {
        reject(c, e, e->at, NULL, "too many comprehensions inside one another");
        return true;
    }
    uint32_t slot = c->locals++;
    c->local[slot].name = var->name;
    c->local[slot].type = range->type == KEEP_V_LIST ? range->item : KEEP_V_DYN;
    c->local[slot].item = KEEP_V_DYN;
    e->op = ops[k];
    e->id = (uint16_t)slot;
    struct keep_expr *body = e->arg[e->n - 1], *filter = e->n == 4 ? e->arg[2] : NULL;
    check(c, body);
    if (filter)
        check(c, filter);
    c->locals--;
    if (!map && !is_bad(body))
        want(c, body, KEEP_V_BOOL, macros[k]);
    if (filter && !is_bad(filter))
        want(c, filter, KEEP_V_BOOL, macros[k]);
    e->n--;
    e->arg[1] = body;
    if (filter)
        e->arg[2] = filter;
    bool list = map || ops[k] == KEEP_OP_FILTER;
    set_type(e, list ? KEEP_V_LIST : KEEP_V_BOOL, !list ? KEEP_V_DYN : map ? body->type : range->type == KEEP_V_LIST ? range->item : KEEP_V_DYN);
    return true;
}

static void call(struct keep_compiler *c, struct keep_expr *e)
{
    char spelled[64];
    int entity = e->method ? entity_of(c, e->arg[0]) : -1;
    snprintf(spelled, sizeof spelled, "%s%s%.*s", entity >= 0 ? entities[entity] : "", entity >= 0 ? "." : "", (int)(e->name.n < 40 ? e->name.n : 40), e->name.p);
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
        reject(c, e, e->name_at, keep_suggest_end(&s, NULL), "`%s` has no function `%.*s`", entities[entity], (int)e->name.n, e->name.p);
        return;
    }
    if (!e->method && keep_str_is(e->name, "has")) {
        call_has(c, e);
        return;
    }
    if (e->method && call_macro(c, e))
        return;
    for (uint32_t i = 0; i < e->n; i++)
        check(c, e->arg[i]);
    call_func(c, e);
}

/* --- operators --- */

static void compared(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_expr *a = e->arg[0], *b = e->arg[1];
    uint8_t x = a->type, y = b->type;
    bool equality = e->op == KEEP_OP_EQ || e->op == KEEP_OP_NE;
    set_type(e, KEEP_V_BOOL, KEEP_V_DYN);
    if (c->lenient || is_bad(a) || is_bad(b))
        return;
    bool same = fits(x, y) || fits(y, x) || (is_number(x) && is_number(y)) || (equality && (x == KEEP_V_NULL || y == KEEP_V_NULL));
    if (!same) {
        bool text = x == KEEP_V_STRING || y == KEEP_V_STRING, day = x == KEEP_V_DATE || y == KEEP_V_DATE, instant = x == KEEP_V_TIMESTAMP || y == KEEP_V_TIMESTAMP;
        reject(c, e, e->at, text && day ? "write date(\"2026-03-02\") for a date" : text && instant ? "write timestamp(\"2026-03-02T09:00:00Z\") for an instant" : day && instant ? "date(event.time) is the day of an instant" : NULL,
               "cannot compare %s with %s", keep_valueop_type_name(x), keep_valueop_type_name(y));
        return;
    }
    uint8_t t = x == KEEP_V_DYN ? y : x;
    if (!equality && (t == KEEP_V_KEY || t == KEEP_V_LIST || t == KEEP_V_MAP || t == KEEP_V_CODE || t == KEEP_V_NULL)) {
        reject(c, e, e->at, t == KEEP_V_KEY ? "keys are compared with ==" : NULL, "%s has no order", keep_valueop_type_name(t));
        return;
    }
    words_against(c, a, b);
    words_against(c, b, a);
}

static void membership(struct keep_compiler *c, struct keep_expr *e)
{
    struct keep_expr *a = e->arg[0], *b = e->arg[1];
    set_type(e, KEEP_V_BOOL, KEEP_V_DYN);
    if (c->lenient || is_bad(a) || is_bad(b))
        return;
    if (!fits(b->type, KEEP_V_LIST) && !fits(b->type, KEEP_V_MAP)) {
        reject(c, e, b->at, b->type == KEEP_V_STRING ? "write [\"…\"], or x.contains(\"…\") for a part of a text" : NULL, "`in` needs a list, this is %s", keep_valueop_type_name(b->type));
        return;
    }
    if (b->type == KEEP_V_LIST && !fits(a->type, b->item) && !(is_number(a->type) && is_number(b->item))) {
        reject(c, e, e->at, NULL, "this is a list of %s, it cannot hold %s", keep_valueop_type_name(b->item), keep_valueop_type_name(a->type));
        return;
    }
    words_against(c, a, b);
    words_against(c, b, a);
}

/* The result type of + - * / %, KEEP_V_ERROR when there is none. */
static uint8_t arith_type(enum keep_op op, uint8_t x, uint8_t y)
{
    if (x == KEEP_V_DYN || y == KEEP_V_DYN)
        return KEEP_V_DYN;
    bool sum = op == KEEP_OP_ADD, difference = op == KEEP_OP_SUB;
    if (x == y && (x == KEEP_V_INT || x == KEEP_V_UINT || (x == KEEP_V_DOUBLE && op != KEEP_OP_MOD)))
        return x;
    if (x == y && sum && (x == KEEP_V_STRING || x == KEEP_V_BYTES || x == KEEP_V_LIST || x == KEEP_V_DURATION))
        return x;
    if (x == KEEP_V_TIMESTAMP && y == KEEP_V_DURATION && (sum || difference))
        return x;
    if (x == KEEP_V_DURATION && y == KEEP_V_TIMESTAMP && sum)
        return y;
    if (x == y && difference && (x == KEEP_V_TIMESTAMP || x == KEEP_V_DURATION))
        return KEEP_V_DURATION;
    return KEEP_V_ERROR;
}

static void arithmetic(struct keep_compiler *c, struct keep_expr *e)
{
    static const char *const word[] = {"+", "-", "*", "/", "%"};
    struct keep_expr *a = e->arg[0], *b = e->arg[1];
    uint8_t type = arith_type((enum keep_op)e->op, a->type, b->type);
    if (type == KEEP_V_ERROR && !c->lenient) {
        bool text = a->type == KEEP_V_STRING || b->type == KEEP_V_STRING;
        bool day = a->type == KEEP_V_DATE || b->type == KEEP_V_DATE;
        reject(c, e, e->at, text ? "string(…) makes text of it" : day ? "periods are counted by `keep N years after …`" : is_number(a->type) && is_number(b->type) ? "convert with int(…) or double(…)" : NULL,
               "there is no %s %s %s", keep_valueop_type_name(a->type), word[e->op - KEEP_OP_ADD], keep_valueop_type_name(b->type));
        return;
    }
    set_type(e, type == KEEP_V_ERROR ? KEEP_V_DYN : type, type == KEEP_V_LIST && a->item == b->item ? a->item : KEEP_V_DYN);
}

static void container(struct keep_compiler *c, struct keep_expr *e)
{
    uint8_t item = KEEP_V_DYN;
    for (uint32_t i = 0; i < e->n; i++) {
        check(c, e->arg[i]);
        item = i == 0 ? e->arg[i]->type : e->arg[i]->type == item ? item : KEEP_V_DYN;
    }
    set_type(e, e->op == KEEP_OP_LIST ? KEEP_V_LIST : KEEP_V_MAP, e->op == KEEP_OP_LIST ? item : KEEP_V_DYN);
}

static void operands(struct keep_compiler *c, struct keep_expr *e, const char *who)
{
    for (uint32_t i = 0; i < e->n; i++) {
        check(c, e->arg[i]);
        if (who && !is_bad(e->arg[i]))
            want(c, e->arg[i], KEEP_V_BOOL, who);
    }
}

/* --- folding --- */

static bool all_constant(const struct keep_expr *e)
{
    for (uint32_t i = 0; i < e->n; i++)
        if (e->arg[i]->op != KEEP_OP_CONST)
            return false;
    return true;
}

static bool foldable(const struct keep_expr *e)
{
    switch ((enum keep_op)e->op) {
    case KEEP_OP_BAD: case KEEP_OP_CONST: case KEEP_OP_IDENT: case KEEP_OP_CALL: case KEEP_OP_FIELD: case KEEP_OP_LOCAL: case KEEP_OP_ENGINE: case KEEP_OP_HAS:
    case KEEP_OP_IN_SET: return false;
    default: return all_constant(e);
    }
}

/* Does the run need a hash table instead of this `in`? */
static void index_list(struct keep_compiler *c, struct keep_expr *e)
{
    const struct keep_expr *b = e->arg[1];
    if (b->op != KEEP_OP_CONST || b->value.type != KEEP_V_LIST || b->value.list.n < SET_FROM)
        return;
    for (size_t i = 0; i < b->value.list.n; i++)
        if (b->value.list.item[i].type != KEEP_V_STRING)
            return;
    struct keep_strset set;
    if (keep_eval_index(c->arena, &b->value, &set)) {
        e->op = KEEP_OP_IN_SET;
        e->set = set;
        e->n = 1;
    } else {
        c->nomem = true;
    }
}

static void fold(struct keep_compiler *c, struct keep_expr *e)
{
    if (foldable(e)) {
        struct keep_env env = {.arena = c->arena};
        struct keep_value v;
        if (keep_eval_run(e, &env, NULL, FOLD_STEPS, &v) < 0)
            return;
        if (v.type == KEEP_V_ERROR) {
            if (!c->lenient && v.s.p != keep_eval_exhausted)
                reject(c, e, e->op == KEEP_OP_FUNC && e->n == 1 ? e->arg[0]->at : e->at, NULL, "%.*s", (int)v.s.n, v.s.p);
            return;
        }
        e->op = KEEP_OP_CONST;
        e->value = v;
        if (e->type == KEEP_V_DYN && !c->lenient)
            e->type = (uint8_t)v.type;
        return;
    }
    if (e->op == KEEP_OP_IN)
        index_list(c, e);
}

static void check(struct keep_compiler *c, struct keep_expr *e)
{
    switch ((enum keep_op)e->op) {
    case KEEP_OP_IDENT: ident(c, e); break;
    case KEEP_OP_SELECT: selection(c, e); break;
    case KEEP_OP_CALL: call(c, e); break;
    case KEEP_OP_LIST: case KEEP_OP_MAP: container(c, e); break;
    case KEEP_OP_AND: case KEEP_OP_OR:
        operands(c, e, e->op == KEEP_OP_AND ? "&&" : "||");
        set_type(e, KEEP_V_BOOL, KEEP_V_DYN);
        break;
    case KEEP_OP_NOT:
        operands(c, e, "!");
        set_type(e, KEEP_V_BOOL, KEEP_V_DYN);
        break;
    case KEEP_OP_NEG:
        operands(c, e, NULL);
        if (!c->lenient && e->arg[0]->type != KEEP_V_DYN && e->arg[0]->type != KEEP_V_INT && e->arg[0]->type != KEEP_V_DOUBLE)
            reject(c, e, e->at, NULL, "- needs a number, this is %s", keep_valueop_type_name(e->arg[0]->type));
        else
            set_type(e, e->arg[0]->type, KEEP_V_DYN);
        break;
    case KEEP_OP_COND:
        operands(c, e, NULL);
        if (!is_bad(e->arg[0]))
            want(c, e->arg[0], KEEP_V_BOOL, "?");
        if (e->arg[1]->type == e->arg[2]->type)
            set_type(e, e->arg[1]->type, e->arg[1]->item == e->arg[2]->item ? e->arg[1]->item : KEEP_V_DYN);
        break;
    case KEEP_OP_EQ: case KEEP_OP_NE: case KEEP_OP_LT: case KEEP_OP_LE: case KEEP_OP_GT: case KEEP_OP_GE:
        operands(c, e, NULL);
        compared(c, e);
        break;
    case KEEP_OP_IN:
        operands(c, e, NULL);
        membership(c, e);
        break;
    case KEEP_OP_ADD: case KEEP_OP_SUB: case KEEP_OP_MUL: case KEEP_OP_DIV: case KEEP_OP_MOD:
        operands(c, e, NULL);
        arithmetic(c, e);
        break;
    case KEEP_OP_INDEX:
        operands(c, e, NULL);
        if (!c->lenient && !fits(e->arg[0]->type, KEEP_V_LIST) && !fits(e->arg[0]->type, KEEP_V_MAP))
            reject(c, e, e->at, NULL, "%s has no index", keep_valueop_type_name(e->arg[0]->type));
        else
            set_type(e, e->arg[0]->type == KEEP_V_LIST ? e->arg[0]->item : KEEP_V_DYN, KEEP_V_DYN);
        break;
    default: break;
    }
    for (uint32_t i = 0; e->op != KEEP_OP_BAD && i < e->n; i++) {
        e->grains |= e->arg[i]->grains;
        if (is_bad(e->arg[i])) { /* reported below; nothing more is to be said about what stands around it */
            e->op = KEEP_OP_BAD;
            e->type = KEEP_V_DYN;
        }
    }
    fold(c, e);
}

void keep_typecheck_run(struct keep_compiler *c, struct keep_expr *e, uint8_t wanted)
{
    if (is_bad(e))
        return;
    check(c, e);
    if (is_bad(e) || wanted == KEEP_V_DYN || c->lenient || fits(e->type, wanted))
        return;
    const char *help = wanted == KEEP_V_DATE && e->type == KEEP_V_STRING ? "write date(\"2026-03-02\") for a date" : NULL;
    reject(c, e, e->at, help, "%s must be %s, this is %s", c->place, keep_valueop_type_name(wanted), keep_valueop_type_name(e->type));
}

struct keep_expr *keep_typecheck_clause(struct keep_compiler *c, uint8_t want_type, uint32_t allowed, const char *place)
{
    struct keep_expr *e = keep_parse_expr_one(c);
    c->allowed = allowed;
    c->place = place;
    keep_expr_write(c, e);
    keep_typecheck_run(c, e, want_type);
    return e;
}

bool keep_typecheck_constant(struct keep_compiler *c, uint8_t want_type, const char *place, struct keep_value *out)
{
    struct keep_expr *e = keep_typecheck_clause(c, want_type, 0, place);
    if (is_bad(e))
        return false;
    if (e->op != KEEP_OP_CONST) {
        keep_compile_error(c, e->at, NULL, "%s must be a constant", place);
        return false;
    }
    *out = e->value;
    return true;
}
