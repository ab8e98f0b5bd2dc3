/* Names: what is a local, an entity, a field, and which words a field can hold.
 * A word that a closed vocabulary does not have is an error, not a comparison
 * that is never true. */
#include <stdio.h>
#include <string.h>

#include "core/model/state.h"
#include "core/policy/typecheck.h"

#define COUNT(table) (sizeof(table) / sizeof *(table))

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

static const char *const entities[] = {
#define X(entity, text) #entity,
    KEEP_POLICY_ENTITIES(X)
#undef X
};

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

uint32_t keep_fieldcheck_names(enum keep_field f)
{
    uint32_t own = 1u << fields[f].grain;
    switch (f) {
    case KEEP_FIELD_patient_id:
    case KEEP_FIELD_patient_days_since_death:
    case KEEP_FIELD_patient_address_key:
    case KEEP_FIELD_patient_surname_key:
    case KEEP_FIELD_patient_street_key:
    case KEEP_FIELD_patient_is_worker:
    case KEEP_FIELD_patient_department:
    case KEEP_FIELD_patient_labels:
    case KEEP_FIELD_patient_age:
    case KEEP_FIELD_patient_days_since_visit:
    case KEEP_FIELD_patient_test_record: return own | KEEP_ON(event); /* of the time of an access, or told to judge one */
    case KEEP_FIELD_patient_sex: return own | KEEP_ON_FILE;
    case KEEP_FIELD_patient_alike:
    case KEEP_FIELD_patient_births:
    case KEEP_FIELD_patient_sexes: return own | KEEP_ON_REVIEW;
    default: return own;
    }
}

/* What a list field holds. */
static uint8_t item_of(enum keep_field f)
{
    return f == KEEP_FIELD_record_codes ? KEEP_V_CODE : fields[f].type == KEEP_V_LIST ? KEEP_V_STRING : KEEP_V_DYN;
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

/* Besides the entities: what the text of a counting rule names, and the counter of a series in a test. */
bool keep_fieldcheck_taken(struct keep_str name)
{
    static const char *const others[] = {"count", "limit", "first", "last", "i"};
    for (size_t k = 0; k < COUNT(others); k++)
        if (keep_str_is(name, others[k]))
            return true;
    return find_entity(name) >= 0;
}

const char *keep_fieldcheck_entity_name(int entity)
{
    return entities[entity];
}

int keep_fieldcheck_entity(const struct keep_compiler *c, const struct keep_expr *e)
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

void keep_fieldcheck_ident(struct keep_compiler *c, struct keep_expr *e)
{
    int slot = find_local(c, e->name);
    if (slot >= 0) {
        e->op = KEEP_OP_LOCAL;
        e->id = (uint16_t)slot;
        keep_typecheck_set(e, c->local[slot].type, c->local[slot].item);
        return;
    }
    for (size_t f = KEEP_FIELD_finding_count; f <= KEEP_FIELD_finding_limit && c->allowed & KEEP_ON_FINDING; f++)
        if (keep_str_is(e->name, fields[f].name)) {
            e->op = KEEP_OP_FIELD;
            e->id = (uint16_t)f;
            e->grains = field_grains((enum keep_field)f);
            keep_typecheck_set(e, fields[f].type, KEEP_V_DYN);
            return;
        }
    int entity = find_entity(e->name);
    if (entity >= 0) {
        char help[80];
        snprintf(help, sizeof help, "name one of its fields, such as %s.%s", entities[entity], entity == KEEP_GRAIN_set ? "series" : entity == KEEP_GRAIN_record ? "kind" : entity == KEEP_GRAIN_facility || entity == KEEP_GRAIN_source ? "name" : entity == KEEP_GRAIN_encounter ? "status" : entity == KEEP_GRAIN_claim ? "type" : "id");
        keep_typecheck_reject(c, e, e->at, help, "`%s` is no value by itself", entities[entity]);
        return;
    }
    if (keep_parse_define_use(c, e) || c->lenient)
        return; /* lenient: an error of the run, which || and && may absorb */
    struct keep_suggest s;
    char allowed[160];
    keep_suggest_begin(&s, e->name);
    for (size_t i = 0; i < COUNT(entities); i++)
        keep_suggest_offer(&s, keep_str_of(entities[i]));
    for (uint32_t i = 0; i < c->locals; i++)
        keep_suggest_offer(&s, c->local[i].name);
    keep_parse_define_offer(c, &s);
    keep_typecheck_reject(c, e, e->at, keep_suggest_end(&s, list_of_allowed(c, allowed, sizeof allowed)), "there is no `%.*s`", (int)e->name.n, e->name.p);
}

bool keep_fieldcheck_permitted(struct keep_compiler *c, struct keep_expr *e, uint32_t grains, const char *what)
{
    if ((grains & ~c->allowed) == 0)
        return true;
    char allowed[160];
    keep_typecheck_reject(c, e, e->at, list_of_allowed(c, allowed, sizeof allowed), "`%s` has no meaning in %s", what, c->place);
    return false;
}

/* first.time, last.place, …: spelled with a dot, of no entity. */
static bool finding_field(struct keep_compiler *c, struct keep_expr *e)
{
    const struct keep_expr *of = e->arg[0];
    char spelling[32];
    if (of->op != KEEP_OP_IDENT || !(c->allowed & KEEP_ON_FINDING))
        return false;
    snprintf(spelling, sizeof spelling, "%.*s.%.*s", (int)(of->name.n < 8 ? of->name.n : 8), of->name.p, (int)(e->name.n < 16 ? e->name.n : 16), e->name.p);
    for (size_t f = KEEP_FIELD_finding_first_time; f < COUNT(fields); f++)
        if (!strcmp(spelling, fields[f].name)) {
            e->op = KEEP_OP_FIELD;
            e->id = (uint16_t)f;
            e->grains = field_grains((enum keep_field)f);
            keep_typecheck_set(e, fields[f].type, KEEP_V_DYN);
            return true;
        }
    return false;
}

static void no_such_field(struct keep_compiler *c, struct keep_expr *e, int entity)
{
    struct keep_suggest s;
    keep_suggest_begin(&s, e->name);
    for (size_t f = 0; f < COUNT(fields); f++)
        if (fields[f].grain == entity)
            keep_suggest_offer(&s, keep_str_of(fields[f].name));
    keep_typecheck_reject(c, e, e->name_at, keep_suggest_end(&s, NULL), "`%s` has no field `%.*s`", entities[entity], (int)e->name.n, e->name.p);
}

static void field(struct keep_compiler *c, struct keep_expr *e, int entity)
{
    for (size_t f = 0; f < COUNT(fields); f++) {
        if (fields[f].grain != entity || !keep_str_is(e->name, fields[f].name))
            continue;
        char what[60];
        snprintf(what, sizeof what, "%s.%s", entities[entity], fields[f].name);
        if (!keep_fieldcheck_permitted(c, e, keep_fieldcheck_names((enum keep_field)f), c->allowed >> entity & 1 ? what : entities[entity]))
            return;
        if (f == KEEP_FIELD_record_labels && c->in_label) {
            keep_typecheck_reject(c, e, e->at, "write the codes of the other label here too", "a label cannot rest on other labels");
            return;
        }
        e->op = KEEP_OP_FIELD;
        e->id = (uint16_t)f;
        e->grains = field_grains((enum keep_field)f);
        keep_typecheck_set(e, fields[f].type, item_of((enum keep_field)f));
        return;
    }
    no_such_field(c, e, entity);
}

/* --- what a syntax error left unread --- */

static bool has_field(int entity, struct keep_str name)
{
    for (size_t f = 0; f < COUNT(fields); f++)
        if (fields[f].grain == entity && keep_str_is(name, fields[f].name))
            return true;
    return false;
}

/* Was anything reported from the one token to the other, both of one line? */
static bool told(const struct keep_compiler *c, const struct keep_token *first, const struct keep_token *last)
{
    for (size_t i = 0; i < c->diags->n; i++) {
        const struct keep_diag *d = &c->diags->list[i];
        if (d->line == first->at.line && d->col >= first->at.col && d->col < last->at.end_col && d->file && strcmp(d->file, c->file->file) == 0)
            return true;
    }
    return false;
}

void keep_fieldcheck_unread(struct keep_compiler *c, size_t from, size_t to)
{
    const struct keep_token *t = c->file->token;
    for (size_t i = from; i + 2 < to; i++) {
        int entity = t[i].kind == KEEP_T_IDENT && (i == 0 || !keep_compile_is_punct(&t[i - 1], '.')) ? find_entity(t[i].raw) : -1;
        bool field = entity >= 0 && keep_compile_is_punct(&t[i + 1], '.') && t[i + 2].kind == KEEP_T_IDENT && !keep_compile_is_punct(&t[i + 3], '(');
        struct keep_expr e = {.name = t[i + 2].raw, .name_at = t[i + 2].at};
        if (field && !has_field(entity, e.name) && !told(c, &t[i], &t[i + 2]))
            no_such_field(c, &e, entity);
    }
}

void keep_fieldcheck_select(struct keep_compiler *c, struct keep_expr *e)
{
    int entity = keep_fieldcheck_entity(c, e->arg[0]);
    if (entity >= 0) {
        field(c, e, entity);
        return;
    }
    if (finding_field(c, e))
        return;
    keep_typecheck_node(c, e->arg[0]);
    struct keep_expr *of = e->arg[0];
    if (of->type == KEEP_V_CODE) {
        if (keep_str_is(e->name, "system") || keep_str_is(e->name, "code"))
            keep_typecheck_set(e, KEEP_V_STRING, KEEP_V_DYN);
        else
            keep_typecheck_reject(c, e, e->name_at, "it has `system` and `code`", "a code has no member `%.*s`", (int)e->name.n, e->name.p);
    } else if (!c->lenient && !keep_typecheck_fits(of->type, KEEP_V_MAP)) {
        keep_typecheck_reject(c, e, e->name_at, NULL, "%s %s has no members", article(of->type), keep_valueop_type_name(of->type));
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

bool keep_typecheck_state(struct keep_compiler *c, struct keep_str word, struct keep_span at)
{
    struct keep_str code = keep_state_code(word);
    char help[40];
    if (keep_state_is_code(word))
        return true;
    snprintf(help, sizeof help, "did you mean \"%.*s\"?", (int)code.n, code.n ? code.p : "");
    keep_compile_error(c, at, code.n ? help : "a state's code of two letters, such as \"KS\"", "\"%.*s\" is no state", (int)(word.n < 60 ? word.n : 60), word.p);
    return false;
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
    case KEEP_FIELD_facility_state: return keep_typecheck_state(c, word, at);
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
            keep_typecheck_word(c, (enum keep_field)field_side->id, other->arg[i]->value.s, keep_typecheck_part_at(other, i));
}

void keep_fieldcheck_words(struct keep_compiler *c, const struct keep_expr *a, const struct keep_expr *b)
{
    words_against(c, a, b);
    words_against(c, b, a);
}
