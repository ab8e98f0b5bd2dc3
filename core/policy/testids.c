/* Which fields name what is one table. The events of a series may be about people
 * who are given nowhere, of whom nothing matters but how many they are: ids made of
 * the counter, which count as given, and any where the test gives none of their kind. */
#include "core/policy/testids.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(table) (sizeof(table) / sizeof *(table))

static const struct { const char *word, *id; } kinds[] = {{"patient", "id"}, {"user", "id"}, {"encounter", "id"}, {"facility", "name"}};
enum { PATIENT, USER, ENCOUNTER, FACILITY };

static const struct { const char *word, *field; uint8_t kind; } names[] = {
    {"event", "patient_id", PATIENT}, {"event", "user_id", USER}, {"user", "patient_id", PATIENT}, {"patient", "facility", FACILITY},
    {"record", "patient_id", PATIENT}, {"record", "encounter_id", ENCOUNTER}, {"record", "facility", FACILITY},
    {"relation", "patient_id", PATIENT}, {"relation", "user_id", USER}, {"relation", "author", USER},
    {"encounter", "patient_id", PATIENT}, {"encounter", "user_id", USER}, {"encounter", "facility", FACILITY}, {"duty", "user_id", USER}, {"training", "user_id", USER}};

struct id {
    struct keep_str id;
    struct keep_span at;
    uint8_t kind;
    bool series;
};

static void push(struct keep_compiler *c, struct keep_vec *to, uint8_t kind, struct keep_str id, struct keep_span at, bool series)
{
    struct id *one = keep_compile_push(c, to, sizeof *one);
    if (one)
        *one = (struct id){id, at, kind, series};
}

/* What a field names; -1: nothing. */
static int named_by(const char *word, struct keep_str field)
{
    for (size_t k = 0; k < COUNT(names); k++)
        if (strcmp(names[k].word, word) == 0 && keep_str_is(field, names[k].field))
            return names[k].kind;
    return -1;
}

void keep_testids_note(struct keep_compiler *c, struct keep_testids *t, const char *word, const struct keep_expr *map, bool series)
{
    for (uint32_t i = 0; i + 1 < map->n; i += 2) {
        const struct keep_expr *key = map->arg[i], *v = map->arg[i + 1];
        if (key->op != KEEP_OP_CONST || key->type != KEEP_V_STRING || v->op != KEEP_OP_CONST || v->type != KEEP_V_STRING || !v->value.s.n)
            continue; /* an empty id names nobody */
        int names_kind = named_by(word, key->value.s);
        if (names_kind >= 0)
            push(c, &t->named, (uint8_t)names_kind, v->value.s, v->at, series);
        for (uint8_t k = 0; k < COUNT(kinds); k++)
            if (strcmp(kinds[k].word, word) == 0 && keep_str_is(key->value.s, kinds[k].id))
                push(c, &t->given, k, v->value.s, v->at, series);
    }
}

void keep_testids_made(struct keep_compiler *c, struct keep_testids *t, const struct keep_expr *map, const struct keep_value *event)
{
    for (uint32_t i = 0; i + 1 < map->n && i / 2 < event->list.n; i += 2) {
        const struct keep_value *key = &event->list.item[i], *v = key + 1;
        int kind = key->type == KEEP_V_STRING && v->type == KEEP_V_STRING && map->arg[i + 1]->op != KEEP_OP_CONST ? named_by("event", key->s) : -1;
        if (kind >= 0)
            push(c, &t->given, (uint8_t)kind, v->s, map->arg[i + 1]->at, true);
    }
}

static int order(const void *a, const void *b)
{
    const struct id *x = a, *y = b;
    return x->kind != y->kind ? (int)x->kind - (int)y->kind : keep_str_order(x->id, y->id);
}

static bool any_of(const struct keep_testids *t, uint8_t kind)
{
    const struct id *given = t->given.p;
    for (size_t i = 0; i < t->given.n; i++)
        if (given[i].kind == kind)
            return true;
    return false;
}

static void nobody(struct keep_compiler *c, const struct keep_testids *t, const struct id *named)
{
    const struct id *given = t->given.p;
    struct keep_suggest s;
    char help[120];
    int n = (int)(named->id.n < 60 ? named->id.n : 60);
    keep_suggest_begin(&s, named->id);
    for (size_t i = 0; i < t->given.n; i++)
        if (given[i].kind == named->kind)
            keep_suggest_offer(&s, given[i].id);
    snprintf(help, sizeof help, "given %s {%s: \"%.*s\"}", kinds[named->kind].word, kinds[named->kind].id, n, named->id.p);
    keep_compile_error(c, named->at, keep_suggest_end(&s, help), "this test gives no %s \"%.*s\"", kinds[named->kind].word, n, named->id.p);
}

void keep_testids_check(struct keep_compiler *c, struct keep_testids *t)
{
    const struct id *named = t->named.p;
    if (t->given.n)
        qsort(t->given.p, t->given.n, sizeof(struct id), order);
    for (size_t i = 0; i < t->named.n; i++)
        if (!(t->given.n && bsearch(&named[i], t->given.p, t->given.n, sizeof *named, order)) && (!named[i].series || any_of(t, named[i].kind)))
            nobody(c, t, &named[i]);
}
