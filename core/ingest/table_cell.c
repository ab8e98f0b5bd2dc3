/* Cells to fields: trimmed, translated by the map, read as the field's type. */
#include "core/ingest/table_cell.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "core/ingest/fhir.h"

int keep_table_cell_refuse(struct keep_table *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->reason, sizeof t->reason, fmt, ap);
    va_end(ap);
    return 1;
}

struct keep_str keep_table_cell_trim(struct keep_str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

/* The cell of a field, {NULL,0} when the map has none; {"",0} when it is empty. */
struct keep_str keep_table_cell(const struct keep_table_line *l, enum keep_table_field f)
{
    const struct keep_table_slot *slot = &l->t->slot[f];
    if (!slot->column)
        return (struct keep_str){NULL, 0};
    struct keep_str s = keep_table_cell_trim(l->row->field[slot->index]);
    for (size_t i = 0; i < slot->column->values; i++)
        if (keep_str_eq(s, slot->column->value[i].from))
            return slot->column->value[i].to;
    return s.p ? s : KEEP_STR("");
}

struct keep_key keep_table_cell_key(const struct keep_table_line *l, enum keep_table_field f, enum keep_entity kind)
{
    struct keep_str value = keep_table_cell(l, f);
    if (value.n == 0)
        return (struct keep_key){.kind = KEEP_ENTITY_NONE};
    return (struct keep_key){kind, l->t->slot[f].column->system, value};
}

static const struct keep_table_time no_time = {KEEP_DATE_NONE, KEEP_DATE_NONE, KEEP_TIME_NONE};

/* 0 (empty gives none), 1 refused */
int keep_table_cell_time(const struct keep_table_line *l, enum keep_table_field f, struct keep_table_time *out)
{
    struct keep_str s = keep_table_cell(l, f);
    const struct keep_map_column *c = l->t->slot[f].column;
    *out = no_time;
    if (s.n == 0 || keep_table_time_parse(s, c->format, l->t->zone, out))
        return 0;
    *out = no_time;
    return keep_table_cell_refuse(l->t, "column \"%.*s\": not a date or time of the format \"%.*s\"", (int)c->column.n, c->column.p,
                  c->format.n ? (int)c->format.n : 3, c->format.n ? c->format.p : "iso");
}

static keep_time midnight(const struct keep_table_line *l, keep_date d)
{
    return l->t->zone ? keep_zone_instant(l->t->zone, d, 0) : (keep_time)d * 86400 * KEEP_USEC;
}

/* An interval's begin: a day begins at its midnight. */
keep_time keep_table_cell_begin(const struct keep_table_line *l, const struct keep_table_time *v)
{
    return v->instant != KEEP_TIME_NONE || v->first == KEEP_DATE_NONE ? v->instant : midnight(l, v->first);
}

/* An interval's end: a day is in it until the next midnight. */
keep_time keep_table_cell_end(const struct keep_table_line *l, const struct keep_table_time *v)
{
    return v->instant != KEEP_TIME_NONE || v->last == KEEP_DATE_NONE ? v->instant : midnight(l, v->last + 1);
}

int keep_table_cell_needed(const struct keep_table_line *l, enum keep_table_field f)
{
    const struct keep_map_column *c = l->t->slot[f].column;
    if (keep_table_cell(l, f).n)
        return 0;
    return keep_table_cell_refuse(l->t, "column \"%.*s\" is empty", (int)c->column.n, c->column.p);
}

enum keep_tristate keep_table_cell_yes_no(struct keep_str s)
{
    static const char *const yes[] = {"yes", "y", "true", "t", "1"}, *const no[] = {"no", "n", "false", "f", "0"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (s.n == strlen(yes[i]) && strncasecmp(s.p, yes[i], s.n) == 0)
            return KEEP_TRI_YES;
        if (s.n == strlen(no[i]) && strncasecmp(s.p, no[i], s.n) == 0)
            return KEEP_TRI_NO;
    }
    return KEEP_TRI_UNKNOWN;
}

/* Number of a word of a vocabulary, `other` when it is none. */
int keep_table_cell_word(int number, int other)
{
    return number < 0 ? other : number;
}

/* A facility that is written by name is a facility; told once a file. */
int keep_table_cell_facility(struct keep_table_line *l, enum keep_table_field f, struct keep_key *key, struct keep_err *err)
{
    struct keep_table *t = l->t;
    *key = keep_table_cell_key(l, f, KEEP_ENTITY_FACILITY);
    if (key->kind == KEEP_ENTITY_NONE || key->system.n)
        return 0;
    for (size_t i = t->seens; i-- > 0;)
        if (keep_str_eq(t->seen[i], key->value))
            return 0;
    struct keep_row_facility row = {.at = l->at, .key = key, .keys = 1, .name = key->value};
    int rc = t->sink->facility(t->sink->ctx, &row, err);
    if (rc >= 0 && t->seens < KEEP_TABLE_SEEN) {
        bool ok = true;
        t->seen[t->seens] = keep_arena_str(t->seen_names, key->value, &ok);
        if (!ok)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory for names of facilities");
        t->seens++;
    }
    return rc < 0 ? rc : 0;
}

/* The words of the code cell. 1: too many. */
int keep_table_cell_codes(const struct keep_table_line *l, enum keep_table_field f, struct keep_str system, struct keep_code *out, size_t *n)
{
    struct keep_str s = keep_table_cell(l, f);
    system = keep_fhir_code_system(system);
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && s.p[i] != ' ')
            i++;
        if (i > from && *n == KEEP_TABLE_CODES)
            return keep_table_cell_refuse(l->t, "more than %d codes in one cell", KEEP_TABLE_CODES);
        if (i > from)
            out[(*n)++] = (struct keep_code){system, {s.p + from, i - from}};
        i++;
    }
    return 0;
}

struct keep_partial_date keep_table_cell_partial(const struct keep_table_time *v)
{
    if (v->last == KEEP_DATE_NONE)
        return (struct keep_partial_date){KEEP_DATE_NONE, KEEP_PREC_NONE};
    return (struct keep_partial_date){v->last, v->first == v->last ? KEEP_PREC_DAY : v->last - v->first < 31 ? KEEP_PREC_MONTH : KEEP_PREC_YEAR};
}
