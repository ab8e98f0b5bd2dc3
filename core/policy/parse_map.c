/*   map    = 'map' STRING '{' 'into' KIND ['separator' STRING] ['zone' STRING] column {column} '}'
 *   column = 'column' FIELD 'from' STRING { 'system' STRING | 'format' STRING | 'values' '{' [STRING ':' STRING {',' STRING ':' STRING} [',']] '}' }
 *
 * KIND is one of KEEP_MAP_KINDS, FIELD one of KEEP_MAP_FIELDS for the kind; values of a field with a closed
 * vocabulary must be of its words. */
#include <stdio.h>
#include <string.h>

#include "core/base/zone.h"
#include "core/policy/compile.h"

enum { ZONE_NAME = 64 }; /* the longest IANA name has 32 characters */

struct map_draft {
    struct keep_map map;
    struct keep_vec column, at; /* at: the span of each column's field */
    bool known;                 /* into was read */
};

static const struct { enum keep_map_kind kind; const char *field; bool required; } fields[] = {
#define X(kind, field, required, text) {KEEP_MAP_##kind, #field, required},
    KEEP_MAP_FIELDS(X)
#undef X
};

static const char *const kinds[] = {
#define X(name, word) word,
    KEEP_MAP_KINDS(X)
#undef X
    NULL};

static void map_into(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct map_draft *d = block;
    int k = keep_parse_choice(c, kinds, "what the table is of");
    (void)word;
    if (k < 0)
        return;
    d->map.kind = (enum keep_map_kind)k;
    d->known = true;
}

static void map_separator(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    const struct keep_token *t = keep_compile_peek(c, 0);
    struct keep_str s;
    (void)word;
    if (!keep_parse_string(c, &s, "a separator in quotes"))
        return;
    if (s.n != 1 || strchr("\"\r\n", s.p[0]) || (unsigned char)s.p[0] >= 0x80 || !s.p[0])
        keep_compile_error(c, t->at, "\",\", \";\", \"|\" or \"\\t\"", "a separator is one character");
    else
        ((struct map_draft *)block)->map.separator = s.p[0];
}

static void map_zone(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct keep_map *m = &((struct map_draft *)block)->map;
    const struct keep_token *t = keep_compile_peek(c, 0);
    char name[ZONE_NAME];
    struct keep_zone *z = NULL;
    (void)word;
    if (!keep_parse_string(c, &m->zone, "a time zone in quotes"))
        return;
    bool short_enough = m->zone.n < sizeof name && !memchr(m->zone.p, '\0', m->zone.n);
    if (short_enough) {
        memcpy(name, m->zone.p, m->zone.n);
        name[m->zone.n] = '\0';
    }
    if (!short_enough || keep_zone_load(&z, name, NULL) < 0)
        keep_compile_error(c, t->at, "a name such as \"America/Chicago\"", "there is no such time zone");
    keep_zone_free(z);
}

static void format_directives(struct keep_compiler *c, const struct keep_token *t)
{
    if (keep_str_is(t->s, "iso"))
        return;
    bool any = false;
    for (size_t i = 0; i < t->s.n; i++) {
        if (t->s.p[i] != '%')
            continue;
        any = true;
        if (i + 1 == t->s.n || !t->s.p[i + 1] || !strchr("YmdHIMSfpy%", t->s.p[i + 1]))
            keep_compile_error(c, keep_lex_span(t, i, i + 2), "%Y %m %d %H %I %M %S %f %p %y", "there is no such part of a date");
        i++;
    }
    if (!any)
        keep_compile_error(c, t->at, "\"iso\", or \"%Y-%m-%d %H:%M:%S\" and the like", "this is no form of a date");
}

/* Is `to` a word that the field can hold? */
static void known_word(struct keep_compiler *c, struct keep_str field, const struct keep_token *to)
{
    static const struct { const char *name; enum keep_field field; } closed[] = {
        {"action", KEEP_FIELD_event_action}, {"exposure", KEEP_FIELD_event_exposure}, {"outcome", KEEP_FIELD_event_outcome}, {"purpose", KEEP_FIELD_event_purpose},
        {"account_kind", KEEP_FIELD_user_kind}, {"custody", KEEP_FIELD_record_custody}};
    for (size_t i = 0; i < sizeof closed / sizeof *closed; i++)
        if (keep_str_is(field, closed[i].name))
            keep_typecheck_word(c, closed[i].field, to->s, to->at);
    if (keep_str_is(field, "break_glass") && !keep_str_is(to->s, "yes") && !keep_str_is(to->s, "no"))
        keep_compile_error(c, to->at, NULL, "break_glass is yes or no");
}

static void values(struct keep_compiler *c, struct keep_map_column *col)
{
    struct keep_vec all = {0};
    if (!keep_compile_want_punct(c, '{', "`{`"))
        return;
    while (!c->panic && !keep_compile_take_punct(c, '}')) {
        const struct keep_token *to = keep_compile_peek(c, 2);
        struct keep_map_value one;
        if (!keep_parse_string(c, &one.from, "a word of the table in quotes") || !keep_compile_want_punct(c, ':', "`:`") ||
            !keep_parse_string(c, &one.to, "a word of the vocabulary in quotes"))
            return;
        known_word(c, col->field, to);
        struct keep_map_value *v = keep_compile_push(c, &all, sizeof *v);
        if (v)
            *v = one;
        if (!keep_compile_take_punct(c, ',') && !keep_compile_is_punct(keep_compile_peek(c, 0), '}'))
            keep_compile_expected(c, "`,` or `}`", NULL);
    }
    col->value = all.p;
    col->values = all.n;
}

static void map_column(struct keep_compiler *c, void *block, const struct keep_token *word)
{
    struct map_draft *d = block;
    struct keep_map_column col = {0};
    const struct keep_token *name = keep_compile_peek(c, 0);
    (void)word;
    if (name->kind != KEEP_T_IDENT) {
        keep_compile_expected(c, "a field", "column time from \"Access time\"");
        return;
    }
    keep_compile_next(c);
    col.field = name->raw;
    if (!keep_compile_take_word(c, "from")) {
        keep_compile_expected(c, "`from` and the column's header", NULL);
        return;
    }
    if (!keep_parse_string(c, &col.column, "the column's header in quotes"))
        return;
    while (!c->panic) {
        const struct keep_token *t = keep_compile_peek(c, 1);
        if (keep_compile_take_word(c, "system"))
            keep_parse_string(c, &col.system, "an identifier system in quotes");
        else if (keep_compile_take_word(c, "format") && keep_parse_string(c, &col.format, "a form in quotes"))
            format_directives(c, t);
        else if (keep_compile_take_word(c, "values"))
            values(c, &col);
        else
            break;
    }
    struct keep_map_column *to = keep_compile_push(c, &d->column, sizeof *to);
    struct keep_span *at = keep_compile_push(c, &d->at, sizeof *at);
    if (to && at) {
        *to = col;
        *at = name->at;
    }
}

static const struct keep_clause clauses[] = {
    {"into", map_into, true, false}, {"separator", map_separator, false, false}, {"zone", map_zone, false, false}, {"column", map_column, true, true},
    {NULL, NULL, false, false}};

static void known_fields(struct keep_compiler *c, const struct map_draft *d, struct keep_span id)
{
    const struct keep_map_column *col = d->column.p;
    const struct keep_span *at = d->at.p;
    for (size_t i = 0; i < d->column.n; i++) {
        struct keep_suggest s;
        bool known = false;
        for (size_t f = 0; f < sizeof fields / sizeof *fields; f++)
            known = known || (fields[f].kind == d->map.kind && keep_str_is(col[i].field, fields[f].field));
        keep_suggest_begin(&s, col[i].field);
        for (size_t f = 0; !known && f < sizeof fields / sizeof *fields; f++)
            if (fields[f].kind == d->map.kind)
                keep_suggest_offer(&s, keep_str_of(fields[f].field));
        if (!known)
            keep_compile_error(c, at[i], keep_suggest_end(&s, NULL), "%s have no field `%.*s`", kinds[d->map.kind], (int)col[i].field.n, col[i].field.p);
        for (size_t k = 0; k < i; k++)
            if (keep_str_eq(col[k].field, col[i].field)) {
                keep_compile_error(c, at[i], NULL, "`%.*s` is filled twice", (int)col[i].field.n, col[i].field.p);
                break;
            }
    }
    for (size_t f = 0; f < sizeof fields / sizeof *fields; f++) {
        bool filled = fields[f].kind != d->map.kind || !fields[f].required;
        for (size_t i = 0; i < d->column.n && !filled; i++)
            filled = keep_str_is(col[i].field, fields[f].field);
        if (!filled)
            keep_compile_error(c, id, NULL, "a map into %s needs a column for `%s`", kinds[d->map.kind], fields[f].field);
    }
}

void keep_parse_map_block(struct keep_compiler *c)
{
    struct map_draft d = {.map = {.separator = ','}};
    const struct keep_token *id = keep_parse_declare(c, KEEP_NAME_MAP, &d.map.id);
    if (!id)
        return;
    keep_parse_clauses(c, "a map", clauses, &d, id->at);
    if (d.known && !c->nomem) /* else the two lists may not be as long */
        known_fields(c, &d, id->at);
    d.map.column = d.column.p;
    d.map.columns = d.column.n;
    struct keep_map *to = keep_compile_push(c, &c->maps, sizeof *to);
    if (to)
        *to = d.map;
}
