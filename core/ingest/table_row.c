/* Cells to fields: trimmed, translated by the map, read as the field's type, and
 * emitted by the map's kind. A row is refused, never guessed at, when a needed
 * cell is empty or a date cannot be read; a word outside its vocabulary is
 * "unknown", which every rule counts and shows. */
#include "core/ingest/table_row.h"

#include <stdarg.h>
#include <stdio.h>
#include <strings.h>

#include "core/ingest/exposure.h"
#include "core/ingest/fhir.h"
#include "core/ingest/table_time.h"
#include "core/text/utf8.h"

/* The field's word in a map, and what kind of map it belongs to. */
static const struct {
    enum keep_map_kind kind;
    const char *word;
    bool required;
} fields[] = {
#define X(kind, field, required, what) {KEEP_MAP_##kind, #field, required},
    KEEP_MAP_FIELDS(X)
#undef X
};

static int refuse(struct keep_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
static int refuse(struct keep_table *t, const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    vsnprintf(t->reason, sizeof t->reason, fmt, ap);
    va_end(ap);
    return 1;
}

/* --- the map and the header --- */

static struct keep_str trimmed(struct keep_str s)
{
    while (s.n && (s.p[0] == ' ' || s.p[0] == '\t')) {
        s.p++;
        s.n--;
    }
    while (s.n && (s.p[s.n - 1] == ' ' || s.p[s.n - 1] == '\t'))
        s.n--;
    return s;
}

static int field_of(const struct keep_map *map, struct keep_str word)
{
    for (int i = 0; i < KEEP_TABLE_FIELDS; i++)
        if (fields[i].kind == map->kind && keep_str_is(word, fields[i].word))
            return i;
    return -1;
}

/* Places of the header that bear the column's name: their number, the first in *at. */
static size_t find_column(const struct keep_csv_row *header, struct keep_str name, size_t *at)
{
    size_t hits = 0;
    name = trimmed(name);
    for (size_t i = 0; i < header->n; i++) {
        struct keep_str s = trimmed(header->field[i]);
        if (s.n == name.n && strncasecmp(s.p, name.p, s.n) == 0 && hits++ == 0)
            *at = i;
    }
    return hits;
}

int keep_table_row_bind(struct keep_table *t, const struct keep_map *map, const struct keep_csv_row *header, const struct keep_map_column **missing,
                        struct keep_err *err)
{
    bool named[KEEP_TABLE_FIELDS] = {false}, absent = false;
    t->map = map;
    t->columns = header->n;
    t->bound = 0;
    memset(t->slot, 0, sizeof t->slot);
    for (size_t i = 0; i < map->columns; i++) {
        const struct keep_map_column *c = &map->column[i];
        int f = field_of(map, c->field);
        char wrong = keep_table_time_format(c->format);
        size_t at = 0, hits = find_column(header, c->column, &at);
        if (f < 0 || named[f])
            return keep_err_set(err, KEEP_E_USAGE, "map \"%.*s\": field \"%.*s\" is not one of its kind, or stands twice", (int)map->id.n, map->id.p,
                                (int)c->field.n, c->field.p);
        if (wrong)
            return keep_err_set(err, KEEP_E_USAGE, "map \"%.*s\": field \"%.*s\": %%%c is no part of a date format", (int)map->id.n, map->id.p,
                                (int)c->field.n, c->field.p, wrong);
        named[f] = true;
        if (hits == 1) {
            t->slot[f] = (struct keep_table_slot){c, at};
            t->bound++;
        } else if (fields[f].required || hits > 1) { /* which of two is meant nobody can tell */
            if (!absent)
                *missing = c;
            absent = true;
        }
    }
    for (int i = 0; i < KEEP_TABLE_FIELDS; i++)
        if (fields[i].kind == map->kind && fields[i].required && !named[i])
            return keep_err_set(err, KEEP_E_USAGE, "map \"%.*s\" does not say which column is \"%s\"", (int)map->id.n, map->id.p, fields[i].word);
    return absent ? 1 : 0;
}

/* --- cells --- */

struct line {
    struct keep_table *t;
    const struct keep_csv_row *row;
    struct keep_origin at;
};

/* The cell of a field, {NULL,0} when the map has none; {"",0} when it is empty. */
static struct keep_str cell(const struct line *l, enum keep_table_field f)
{
    const struct keep_table_slot *slot = &l->t->slot[f];
    if (!slot->column)
        return (struct keep_str){NULL, 0};
    struct keep_str s = trimmed(l->row->field[slot->index]);
    for (size_t i = 0; i < slot->column->values; i++)
        if (keep_str_eq(s, slot->column->value[i].from))
            return slot->column->value[i].to;
    return s.p ? s : KEEP_STR("");
}

static struct keep_key key_of(const struct line *l, enum keep_table_field f, enum keep_entity kind)
{
    struct keep_str value = cell(l, f);
    if (value.n == 0)
        return (struct keep_key){.kind = KEEP_ENTITY_NONE};
    return (struct keep_key){kind, l->t->slot[f].column->system, value};
}

static const struct keep_table_time no_time = {KEEP_DATE_NONE, KEEP_DATE_NONE, KEEP_TIME_NONE};

/* 0 (empty gives none), 1 refused */
static int time_of(const struct line *l, enum keep_table_field f, struct keep_table_time *out)
{
    struct keep_str s = cell(l, f);
    const struct keep_map_column *c = l->t->slot[f].column;
    *out = no_time;
    if (s.n == 0 || keep_table_time_parse(s, c->format, l->t->zone, out))
        return 0;
    *out = no_time;
    return refuse(l->t, "column \"%.*s\": not a date or time of the format \"%.*s\"", (int)c->column.n, c->column.p,
                  c->format.n ? (int)c->format.n : 3, c->format.n ? c->format.p : "iso");
}

static keep_time midnight(const struct line *l, keep_date d)
{
    return l->t->zone ? keep_zone_instant(l->t->zone, d, 0) : (keep_time)d * 86400 * KEEP_USEC;
}

/* An interval's begin: a day begins at its midnight. */
static keep_time begin_of(const struct line *l, const struct keep_table_time *v)
{
    return v->instant != KEEP_TIME_NONE || v->first == KEEP_DATE_NONE ? v->instant : midnight(l, v->first);
}

/* An interval's end: a day is in it until the next midnight. */
static keep_time end_of(const struct line *l, const struct keep_table_time *v)
{
    return v->instant != KEEP_TIME_NONE || v->last == KEEP_DATE_NONE ? v->instant : midnight(l, v->last + 1);
}

static int needed(const struct line *l, enum keep_table_field f)
{
    const struct keep_map_column *c = l->t->slot[f].column;
    if (cell(l, f).n)
        return 0;
    return refuse(l->t, "column \"%.*s\" is empty", (int)c->column.n, c->column.p);
}

static enum keep_tristate yes_no(struct keep_str s)
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
static int word_or(int number, int other)
{
    return number < 0 ? other : number;
}

/* A facility that is written by name is a facility; told once a file. */
static int emit_facility(struct line *l, enum keep_table_field f, struct keep_key *key, struct keep_err *err)
{
    struct keep_table *t = l->t;
    *key = key_of(l, f, KEEP_ENTITY_FACILITY);
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

/* --- events --- */

static int emit_event(struct line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time time;
    struct keep_str exposure = cell(l, KEEP_TABLE_EVENTS_exposure), purpose = cell(l, KEEP_TABLE_EVENTS_purpose);
    struct keep_row_event row = {
        .at = l->at,
        .account = cell(l, KEEP_TABLE_EVENTS_account),
        .account_name = cell(l, KEEP_TABLE_EVENTS_account_name),
        .patient = key_of(l, KEEP_TABLE_EVENTS_patient_id, KEEP_ENTITY_PATIENT),
        .action = (enum keep_action)word_or(keep_vocab_action(cell(l, KEEP_TABLE_EVENTS_action)), KEEP_ACTION_UNKNOWN),
        .exposure = (enum keep_exposure)word_or(keep_vocab_exposure(exposure), KEEP_EXPOSURE_UNKNOWN),
        .outcome = (enum keep_outcome)word_or(keep_vocab_outcome(cell(l, KEEP_TABLE_EVENTS_outcome)), KEEP_OUTCOME_UNKNOWN),
        .purpose = (enum keep_purpose)word_or(keep_vocab_purpose(purpose), purpose.n ? KEEP_PURPOSE_OTHER : KEEP_PURPOSE_UNKNOWN),
        .place = cell(l, KEEP_TABLE_EVENTS_place),
        .unit = cell(l, KEEP_TABLE_EVENTS_unit),
        .query = cell(l, KEEP_TABLE_EVENTS_query),
        .break_glass = yes_no(cell(l, KEEP_TABLE_EVENTS_break_glass)),
        .reason = cell(l, KEEP_TABLE_EVENTS_reason),
        .native_id = cell(l, KEEP_TABLE_EVENTS_event_id),
        .raw = l->row->raw,
    };
    if (needed(l, KEEP_TABLE_EVENTS_time) || time_of(l, KEEP_TABLE_EVENTS_time, &time))
        return 1;
    if (time.instant == KEEP_TIME_NONE) {
        const struct keep_map_column *c = t->slot[KEEP_TABLE_EVENTS_time].column;
        return refuse(t, "column \"%.*s\": a day without the time of day", (int)c->column.n, c->column.p);
    }
    row.time = time.instant;
    if (!exposure.p)
        row.exposure = keep_exposure_told(row.action, row.patient.kind != KEEP_ENTITY_NONE);
    int rc = t->sink->event(t->sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

/* --- workforce --- */

static int emit_account(struct line *l, struct keep_key worker, struct keep_err *err)
{
    struct keep_str kind = cell(l, KEEP_TABLE_WORKFORCE_account_kind);
    struct keep_row_account row = {
        .at = l->at,
        .login = cell(l, KEEP_TABLE_WORKFORCE_login),
        .kind = kind.n ? (enum keep_account_kind)word_or(keep_vocab_account_kind(kind), KEEP_ACCOUNT_UNMAPPED) : KEEP_ACCOUNT_PERSON,
        .worker = worker,
        .from = KEEP_TIME_NONE, /* a login used after its owner left is still his: that is what a rule looks for */
        .to = KEEP_TIME_NONE,
    };
    return row.login.n ? l->t->sink->account(l->t->sink->ctx, &row, err) : 0;
}

static int emit_worker(struct line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time from, to, birth;
    struct keep_key key[2] = {key_of(l, KEEP_TABLE_WORKFORCE_worker_id, KEEP_ENTITY_WORKER), {.kind = KEEP_ENTITY_NONE}};
    struct keep_name name[2] = {
        {cell(l, KEEP_TABLE_WORKFORCE_family), cell(l, KEEP_TABLE_WORKFORCE_given), KEEP_STR("official")},
        {cell(l, KEEP_TABLE_WORKFORCE_former_family), cell(l, KEEP_TABLE_WORKFORCE_given), KEEP_STR("old")},
    };
    struct keep_address address = {cell(l, KEEP_TABLE_WORKFORCE_address), cell(l, KEEP_TABLE_WORKFORCE_city), cell(l, KEEP_TABLE_WORKFORCE_state),
                                   cell(l, KEEP_TABLE_WORKFORCE_postal), KEEP_STR("home")};
    if (needed(l, KEEP_TABLE_WORKFORCE_worker_id) || time_of(l, KEEP_TABLE_WORKFORCE_from, &from) || time_of(l, KEEP_TABLE_WORKFORCE_to, &to) ||
        time_of(l, KEEP_TABLE_WORKFORCE_birth_date, &birth))
        return 1;
    struct keep_str npi = cell(l, KEEP_TABLE_WORKFORCE_npi);
    if (npi.n)
        key[1] = (struct keep_key){KEEP_ENTITY_WORKER, KEEP_STR(KEEP_FHIR_NPI), npi};
    struct keep_row_worker row = {
        .at = l->at,
        .key = key,
        .keys = npi.n ? 2 : 1,
        .human = {.name = name, .names = name[1].family.n ? 2 : 1, .address = &address, .mrn = key[0].value},
        .department = cell(l, KEEP_TABLE_WORKFORCE_department),
        .role = cell(l, KEEP_TABLE_WORKFORCE_role),
        .unit = cell(l, KEEP_TABLE_WORKFORCE_unit),
        .from = begin_of(l, &from),
        .to = end_of(l, &to),
        .ended_known = t->slot[KEEP_TABLE_WORKFORCE_to].column ? KEEP_TRI_YES : KEEP_TRI_UNKNOWN,
        .manager = key_of(l, KEEP_TABLE_WORKFORCE_manager_id, KEEP_ENTITY_WORKER),
        .patient = key_of(l, KEEP_TABLE_WORKFORCE_patient_id, KEEP_ENTITY_PATIENT),
    };
    row.human.names = name[0].family.n || name[0].given.n ? row.human.names : 0;
    row.human.addresses = address.line.n || address.city.n || address.postal.n ? 1 : 0;
    row.human.birth = (struct keep_partial_date){birth.last, KEEP_PREC_NONE};
    if (birth.last != KEEP_DATE_NONE)
        row.human.birth.precision = birth.first == birth.last ? KEEP_PREC_DAY : birth.last - birth.first < 31 ? KEEP_PREC_MONTH : KEEP_PREC_YEAR;
    int rc = t->sink->worker(t->sink->ctx, &row, err);
    if (rc >= 0)
        rc = emit_account(l, key[0], err);
    return rc < 0 ? rc : 0;
}

/* --- encounters --- */

/* One relation with the worker, one with everybody of the unit. */
static int emit_relations(struct line *l, const struct keep_row_encounter *e, struct keep_err *err)
{
    const struct keep_sink *sink = l->t->sink;
    struct keep_row_relation row = {
        .at = l->at,
        .kind = KEEP_RELATION_ENCOUNTER,
        .patient = e->patient,
        .worker = key_of(l, KEEP_TABLE_ENCOUNTERS_worker_id, KEEP_ENTITY_WORKER),
        .encounter = e->key[0],
        .from = e->start,
        .to = e->end,
        .open = e->end == KEEP_TIME_NONE && l->t->slot[KEEP_TABLE_ENCOUNTERS_end].column && !keep_str_is(e->status, "finished"),
        .recorded = KEEP_TIME_NONE,
    };
    int rc = 0;
    if (e->start == KEEP_TIME_NONE || keep_str_is(e->status, "cancelled") || keep_str_is(e->status, "entered-in-error"))
        return 0;
    if (row.worker.kind != KEEP_ENTITY_NONE)
        rc = sink->relation(sink->ctx, &row, err);
    row.worker = (struct keep_key){.kind = KEEP_ENTITY_NONE};
    row.department = cell(l, KEEP_TABLE_ENCOUNTERS_unit);
    if (rc >= 0 && row.department.n)
        rc = sink->relation(sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

static int emit_encounter(struct line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time start, end;
    if (needed(l, KEEP_TABLE_ENCOUNTERS_encounter_id) || needed(l, KEEP_TABLE_ENCOUNTERS_patient_id) ||
        time_of(l, KEEP_TABLE_ENCOUNTERS_start, &start) || time_of(l, KEEP_TABLE_ENCOUNTERS_end, &end))
        return 1;
    struct keep_key key = key_of(l, KEEP_TABLE_ENCOUNTERS_encounter_id, KEEP_ENTITY_ENCOUNTER);
    struct keep_row_encounter row = {
        .at = l->at,
        .key = &key,
        .keys = 1,
        .patient = key_of(l, KEEP_TABLE_ENCOUNTERS_patient_id, KEEP_ENTITY_PATIENT),
        .klass = cell(l, KEEP_TABLE_ENCOUNTERS_class),
        .status = cell(l, KEEP_TABLE_ENCOUNTERS_status),
        .start = begin_of(l, &start),
        .end = end_of(l, &end),
        .start_date = start.first,
        .end_date = end.last,
    };
    int rc = emit_facility(l, KEEP_TABLE_ENCOUNTERS_facility, &row.facility, err);
    if (rc == 0)
        rc = t->sink->encounter(t->sink->ctx, &row, err);
    return rc < 0 ? rc : emit_relations(l, &row, err);
}

/* --- records --- */

/* The words of the code cell. 1: too many. */
static int codes_of(const struct line *l, struct keep_code *out, size_t *n)
{
    struct keep_str s = cell(l, KEEP_TABLE_RECORDS_code), system = keep_fhir_code_system(cell(l, KEEP_TABLE_RECORDS_code_system));
    *n = 0;
    for (size_t i = 0; i < s.n;) {
        size_t from = i;
        while (i < s.n && s.p[i] != ' ')
            i++;
        if (i > from && *n == KEEP_TABLE_CODES)
            return refuse(l->t, "more than %d codes in one cell", KEEP_TABLE_CODES);
        if (i > from)
            out[(*n)++] = (struct keep_code){system, {s.p + from, i - from}};
        i++;
    }
    return 0;
}

static int emit_record(struct line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time first, last, created;
    struct keep_code code[KEEP_TABLE_CODES];
    size_t codes;
    if (needed(l, KEEP_TABLE_RECORDS_record_id) || needed(l, KEEP_TABLE_RECORDS_class) || time_of(l, KEEP_TABLE_RECORDS_first, &first) ||
        time_of(l, KEEP_TABLE_RECORDS_last, &last) || time_of(l, KEEP_TABLE_RECORDS_created, &created) || codes_of(l, code, &codes))
        return 1;
    struct keep_str class = cell(l, KEEP_TABLE_RECORDS_class);
    struct keep_key key = key_of(l, KEEP_TABLE_RECORDS_record_id, KEEP_ENTITY_RECORD);
    if (key.system.n == 0) /* film 7 is not chart 7 */
        key.system = class;
    struct keep_row_record row = {
        .at = l->at,
        .key = &key,
        .keys = 1,
        .kind = class,
        .patient = key_of(l, KEEP_TABLE_RECORDS_patient_id, KEEP_ENTITY_PATIENT),
        .about_no_patient = !t->slot[KEEP_TABLE_RECORDS_patient_id].column,
        .code = code,
        .codes = codes,
        .title = cell(l, KEEP_TABLE_RECORDS_title),
        .service_first = first.first,
        .service_last = last.last,
        .created = created.last,
        .recorded = KEEP_TIME_NONE,
        .custodian = cell(l, KEEP_TABLE_RECORDS_custodian),
        .locator = cell(l, KEEP_TABLE_RECORDS_locator),
        .custody = (enum keep_custody)word_or(keep_vocab_custody(cell(l, KEEP_TABLE_RECORDS_custody)), KEEP_CUSTODY_UNDETERMINED),
    };
    int rc = emit_facility(l, KEEP_TABLE_RECORDS_facility, &row.facility, err);
    if (rc == 0)
        rc = t->sink->record(t->sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

int keep_table_row_emit(struct keep_table *t, const struct keep_csv_row *row, struct keep_err *err)
{
    struct line l = {.t = t, .row = row, .at = {.line = row->line, .offset = row->offset}};
    if (row->n != t->columns)
        return refuse(t, "%zu columns, the header has %zu", row->n, t->columns);
    if (!keep_utf8_valid(row->raw))
        return refuse(t, "not UTF-8");
    switch (t->map->kind) {
    case KEEP_MAP_EVENTS:
        return emit_event(&l, err);
    case KEEP_MAP_WORKFORCE:
        return emit_worker(&l, err);
    case KEEP_MAP_ENCOUNTERS:
        return emit_encounter(&l, err);
    case KEEP_MAP_RECORDS:
        return emit_record(&l, err);
    case KEEP_MAP_COUNT:
        break;
    }
    return keep_err_set(err, KEEP_E_USAGE, "a column map of no kind");
}
