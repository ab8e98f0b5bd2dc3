/* Fields of a row emitted by the map's kind; the kinds that are one dated fact or
 * one paper are in table_fact.c. A row is refused, never guessed at, when a needed
 * cell is empty or a date cannot be read; a word outside its vocabulary is
 * "unknown", which every rule counts and shows. */
#include "core/ingest/table_row.h"

#include <strings.h>

#include "core/ingest/exposure.h"
#include "core/ingest/fhir.h"
#include "core/ingest/table_book.h"
#include "core/ingest/table_cell.h"
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

/* --- the map and the header --- */

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
    name = keep_table_cell_trim(name);
    for (size_t i = 0; i < header->n; i++) {
        struct keep_str s = keep_table_cell_trim(header->field[i]);
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

/* --- events --- */

static int emit_event(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time time;
    struct keep_str exposure = keep_table_cell(l, KEEP_TABLE_EVENTS_exposure), purpose = keep_table_cell(l, KEEP_TABLE_EVENTS_purpose);
    struct keep_row_event row = {
        .at = l->at,
        .account = keep_table_cell(l, KEEP_TABLE_EVENTS_account),
        .account_name = keep_table_cell(l, KEEP_TABLE_EVENTS_account_name),
        .patient = keep_table_cell_key(l, KEEP_TABLE_EVENTS_patient_id, KEEP_ENTITY_PATIENT),
        .action = (enum keep_action)keep_table_cell_word(keep_vocab_action(keep_table_cell(l, KEEP_TABLE_EVENTS_action)), KEEP_ACTION_UNKNOWN),
        .exposure = (enum keep_exposure)keep_table_cell_word(keep_vocab_exposure(exposure), KEEP_EXPOSURE_UNKNOWN),
        .outcome = (enum keep_outcome)keep_table_cell_word(keep_vocab_outcome(keep_table_cell(l, KEEP_TABLE_EVENTS_outcome)), KEEP_OUTCOME_UNKNOWN),
        .purpose = (enum keep_purpose)keep_table_cell_word(keep_vocab_purpose(purpose), purpose.n ? KEEP_PURPOSE_OTHER : KEEP_PURPOSE_UNKNOWN),
        .place = keep_table_cell(l, KEEP_TABLE_EVENTS_place),
        .unit = keep_table_cell(l, KEEP_TABLE_EVENTS_unit),
        .query = keep_table_cell(l, KEEP_TABLE_EVENTS_query),
        .break_glass = keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_EVENTS_break_glass)),
        .reason = keep_table_cell(l, KEEP_TABLE_EVENTS_reason),
        .native_id = keep_table_cell(l, KEEP_TABLE_EVENTS_event_id),
        .raw = l->row->raw,
    };
    if (keep_table_cell_needed(l, KEEP_TABLE_EVENTS_time) || keep_table_cell_time(l, KEEP_TABLE_EVENTS_time, &time))
        return 1;
    if (time.instant == KEEP_TIME_NONE) {
        const struct keep_map_column *c = t->slot[KEEP_TABLE_EVENTS_time].column;
        return keep_table_cell_refuse(t, "column \"%.*s\": a day without the time of day, or no time of the years 1 to 9999", (int)c->column.n, c->column.p);
    }
    row.time = time.instant;
    if (exposure.n == 0)
        row.exposure = keep_exposure_told(row.action, row.patient.kind != KEEP_ENTITY_NONE);
    row.exposure = keep_exposure_had(row.exposure, row.outcome);
    int rc = t->sink->event(t->sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

/* --- workforce --- */

static int emit_account(struct keep_table_line *l, struct keep_key worker, struct keep_err *err)
{
    struct keep_str kind = keep_table_cell(l, KEEP_TABLE_WORKFORCE_account_kind);
    struct keep_row_account row = {
        .at = l->at,
        .login = keep_table_cell(l, KEEP_TABLE_WORKFORCE_login),
        .kind = kind.n ? (enum keep_account_kind)keep_table_cell_word(keep_vocab_account_kind(kind), KEEP_ACCOUNT_UNMAPPED) : KEEP_ACCOUNT_PERSON,
        .worker = worker,
        .from = KEEP_TIME_NONE, /* a login used after its owner left is still his: that is what a rule looks for */
        .to = KEEP_TIME_NONE,
    };
    return row.login.n ? l->t->sink->account(l->t->sink->ctx, &row, err) : 0;
}

static int emit_worker(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time from, to, birth;
    struct keep_key key[2] = {keep_table_cell_key(l, KEEP_TABLE_WORKFORCE_worker_id, KEEP_ENTITY_WORKER), {.kind = KEEP_ENTITY_NONE}};
    struct keep_name name[2] = {
        {keep_table_cell(l, KEEP_TABLE_WORKFORCE_family), keep_table_cell(l, KEEP_TABLE_WORKFORCE_given), KEEP_STR("official")},
        {keep_table_cell(l, KEEP_TABLE_WORKFORCE_former_family), keep_table_cell(l, KEEP_TABLE_WORKFORCE_given), KEEP_STR("old")},
    };
    struct keep_address address = {keep_table_cell(l, KEEP_TABLE_WORKFORCE_address), keep_table_cell(l, KEEP_TABLE_WORKFORCE_city), keep_table_cell(l, KEEP_TABLE_WORKFORCE_state),
                                   keep_table_cell(l, KEEP_TABLE_WORKFORCE_postal), KEEP_STR("home"),
                                   keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_WORKFORCE_address_confidential)) == KEEP_TRI_YES};
    if (keep_table_cell_needed(l, KEEP_TABLE_WORKFORCE_worker_id) || keep_table_cell_time(l, KEEP_TABLE_WORKFORCE_from, &from) || keep_table_cell_time(l, KEEP_TABLE_WORKFORCE_to, &to) ||
        keep_table_cell_time(l, KEEP_TABLE_WORKFORCE_birth_date, &birth))
        return 1;
    struct keep_str npi = keep_table_cell(l, KEEP_TABLE_WORKFORCE_npi), phone = keep_table_cell(l, KEEP_TABLE_WORKFORCE_phone);
    if (npi.n)
        key[1] = (struct keep_key){KEEP_ENTITY_WORKER, KEEP_STR(KEEP_FHIR_NPI), npi};
    struct keep_row_worker row = {
        .at = l->at,
        .key = key,
        .keys = npi.n ? 2 : 1,
        .human = {.name = name, .names = name[1].family.n ? 2 : 1, .address = &address, .phone = &phone, .phones = phone.n > 0, .mrn = key[0].value},
        .department = keep_table_cell(l, KEEP_TABLE_WORKFORCE_department),
        .role = keep_table_cell(l, KEEP_TABLE_WORKFORCE_role),
        .unit = keep_table_cell(l, KEEP_TABLE_WORKFORCE_unit),
        .from = keep_table_cell_begin(l, &from),
        .to = keep_table_cell_end(l, &to),
        .ended_known = t->slot[KEEP_TABLE_WORKFORCE_to].column ? KEEP_TRI_YES : KEEP_TRI_UNKNOWN,
        .manager = keep_table_cell_key(l, KEEP_TABLE_WORKFORCE_manager_id, KEEP_ENTITY_WORKER),
        .patient = keep_table_cell_key(l, KEEP_TABLE_WORKFORCE_patient_id, KEEP_ENTITY_PATIENT),
    };
    row.human.names = name[0].family.n || name[0].given.n ? row.human.names : 0;
    row.human.addresses = address.line.n || address.city.n || address.postal.n ? 1 : 0;
    row.human.birth = keep_table_cell_partial(&birth);
    int rc = t->sink->worker(t->sink->ctx, &row, err);
    if (rc >= 0)
        rc = emit_account(l, key[0], err);
    return rc < 0 ? rc : 0;
}

/* --- encounters --- */

/* One relation with the worker, one with everybody of the unit. */
static int emit_relations(struct keep_table_line *l, const struct keep_row_encounter *e, struct keep_err *err)
{
    const struct keep_sink *sink = l->t->sink;
    struct keep_row_relation row = {
        .at = l->at,
        .kind = KEEP_RELATION_ENCOUNTER,
        .patient = e->patient,
        .worker = keep_table_cell_key(l, KEEP_TABLE_ENCOUNTERS_worker_id, KEEP_ENTITY_WORKER),
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
    row.department = keep_table_cell(l, KEEP_TABLE_ENCOUNTERS_unit);
    if (rc >= 0 && row.department.n)
        rc = sink->relation(sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

static int emit_encounter(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time start, end;
    if (keep_table_cell_needed(l, KEEP_TABLE_ENCOUNTERS_encounter_id) || keep_table_cell_needed(l, KEEP_TABLE_ENCOUNTERS_patient_id) ||
        keep_table_cell_time(l, KEEP_TABLE_ENCOUNTERS_start, &start) || keep_table_cell_time(l, KEEP_TABLE_ENCOUNTERS_end, &end))
        return 1;
    struct keep_key key = keep_table_cell_key(l, KEEP_TABLE_ENCOUNTERS_encounter_id, KEEP_ENTITY_ENCOUNTER);
    struct keep_row_encounter row = {
        .at = l->at,
        .key = &key,
        .keys = 1,
        .patient = keep_table_cell_key(l, KEEP_TABLE_ENCOUNTERS_patient_id, KEEP_ENTITY_PATIENT),
        .klass = keep_table_cell(l, KEEP_TABLE_ENCOUNTERS_class),
        .status = keep_table_cell(l, KEEP_TABLE_ENCOUNTERS_status),
        .start = keep_table_cell_begin(l, &start),
        .end = keep_table_cell_end(l, &end),
        .start_date = start.first,
        .end_date = end.last,
    };
    int rc = keep_table_cell_facility(l, KEEP_TABLE_ENCOUNTERS_facility, &row.facility, err);
    if (rc == 0)
        rc = t->sink->encounter(t->sink->ctx, &row, err);
    return rc < 0 ? rc : emit_relations(l, &row, err);
}

/* --- records --- */

/* The days beyond those of care and making: the map's fields bear the vocabulary's words. 1: one cannot be read. */
static int other_days(struct keep_table_line *l, struct keep_dated day[KEEP_DAY_COUNT], size_t *n)
{
    struct keep_table_time t;
    *n = 0;
    for (int d = 0; d < KEEP_DAY_COUNT; d++) {
        int f = field_of(l->t->map, keep_str_of(keep_vocab_record_day_word(d)));
        if (f < 0)
            continue;
        if (keep_table_cell_time(l, (enum keep_table_field)f, &t))
            return 1;
        if (t.last != KEEP_DATE_NONE)
            day[(*n)++] = (struct keep_dated){(enum keep_record_day)d, t.last};
    }
    return 0;
}

/* The earlier record is of the same class unless its column names a system. */
static struct keep_amends amended(struct keep_table_line *l, struct keep_str class)
{
    struct keep_str word = keep_table_cell(l, KEEP_TABLE_RECORDS_amendment);
    struct keep_amends a = {.kind = KEEP_AMEND_REPLACES, .key = keep_table_cell_key(l, KEEP_TABLE_RECORDS_amends, KEEP_ENTITY_RECORD)};
    if (word.n)
        a.kind = (enum keep_amendment)keep_table_cell_word(keep_vocab_amendment(word), KEEP_AMEND_NONE);
    if (a.key.system.n == 0)
        a.key.system = class;
    return a;
}

static int emit_record(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table *t = l->t;
    struct keep_table_time first, last, created;
    struct keep_code code[KEEP_TABLE_CODES];
    struct keep_dated day[KEEP_DAY_COUNT];
    size_t codes = 0, days;
    if (keep_table_cell_needed(l, KEEP_TABLE_RECORDS_record_id) || keep_table_cell_needed(l, KEEP_TABLE_RECORDS_class) || keep_table_cell_time(l, KEEP_TABLE_RECORDS_first, &first) ||
        keep_table_cell_time(l, KEEP_TABLE_RECORDS_last, &last) || keep_table_cell_time(l, KEEP_TABLE_RECORDS_created, &created) ||
        keep_table_cell_codes(l, KEEP_TABLE_RECORDS_code, keep_table_cell(l, KEEP_TABLE_RECORDS_code_system), code, &codes) || other_days(l, day, &days))
        return 1;
    struct keep_str class = keep_table_cell(l, KEEP_TABLE_RECORDS_class);
    struct keep_key key = keep_table_cell_key(l, KEEP_TABLE_RECORDS_record_id, KEEP_ENTITY_RECORD);
    if (key.system.n == 0) /* film 7 is not chart 7 */
        key.system = class;
    struct keep_amends amends = amended(l, class);
    struct keep_row_record row = {
        .at = l->at,
        .key = &key,
        .keys = 1,
        .kind = class,
        .patient = keep_table_cell_key(l, KEEP_TABLE_RECORDS_patient_id, KEEP_ENTITY_PATIENT),
        .about_no_patient = !t->slot[KEEP_TABLE_RECORDS_patient_id].column,
        .code = code,
        .codes = codes,
        .title = keep_table_cell(l, KEEP_TABLE_RECORDS_title),
        .service_first = first.first,
        .service_last = last.last,
        .created = created.last,
        .day = day,
        .days = days,
        .signer = keep_table_cell_key(l, KEEP_TABLE_RECORDS_signer_id, KEEP_ENTITY_WORKER),
        .amends = &amends,
        .amendments = amends.key.value.n > 0,
        .recorded = KEEP_TIME_NONE,
        .custodian = keep_table_cell(l, KEEP_TABLE_RECORDS_custodian),
        .locator = keep_table_cell(l, KEEP_TABLE_RECORDS_locator),
        .custody = (enum keep_custody)keep_table_cell_word(keep_vocab_custody(keep_table_cell(l, KEEP_TABLE_RECORDS_custody)), KEEP_CUSTODY_UNDETERMINED),
    };
    int rc = keep_table_cell_facility(l, KEEP_TABLE_RECORDS_facility, &row.facility, err);
    if (rc == 0)
        rc = t->sink->record(t->sink->ctx, &row, err);
    return rc < 0 ? rc : 0;
}

int keep_table_row_emit(struct keep_table *t, const struct keep_csv_row *row, struct keep_err *err)
{
    struct keep_table_line l = {.t = t, .row = row, .at = {.line = row->line, .offset = row->offset}};
    if (row->n != t->columns)
        return keep_table_cell_refuse(t, "%zu columns, the header has %zu", row->n, t->columns);
    if (!keep_utf8_valid(row->raw))
        return keep_table_cell_refuse(t, "not UTF-8");
    switch (t->map->kind) {
    case KEEP_MAP_EVENTS:
        return emit_event(&l, err);
    case KEEP_MAP_WORKFORCE:
        return emit_worker(&l, err);
    case KEEP_MAP_ENCOUNTERS:
        return emit_encounter(&l, err);
    case KEEP_MAP_RECORDS:
        return emit_record(&l, err);
    default:
        return keep_table_book_is(t->map->kind) ? keep_table_book_row(&l, err) : keep_table_fact_emit(&l, err);
    }
}
