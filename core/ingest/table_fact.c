/* Tables of which a row is one person, one dated fact, or one paper.
 *
 * A fact (appointment, order, note, team, task, stay in a unit) is a relation. A
 * paper (claim, contact, hold or disclosure kept in another system) is a record
 * of its own kind whose payload is the row as it was, so that columns which no
 * field is for are kept too. A hold taken in here is a record of a hold: it stops
 * nothing until somebody places it in this keep. */
#include "core/ingest/manifest.h"
#include "core/ingest/table_cell.h"

#define FIELD_NONE KEEP_TABLE_FIELDS /* a kind without that field */

/* --- people --- */

static int emit_account(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table_time from, to;
    struct keep_str kind = keep_table_cell(l, KEEP_TABLE_ACCOUNTS_account_kind);
    struct keep_row_account row = {.at = l->at, .login = keep_table_cell(l, KEEP_TABLE_ACCOUNTS_login), .worker = keep_table_cell_key(l, KEEP_TABLE_ACCOUNTS_worker_id, KEEP_ENTITY_WORKER)};
    if (keep_table_cell_needed(l, KEEP_TABLE_ACCOUNTS_login) || keep_table_cell_time(l, KEEP_TABLE_ACCOUNTS_from, &from) || keep_table_cell_time(l, KEEP_TABLE_ACCOUNTS_to, &to))
        return 1;
    row.from = keep_table_cell_begin(l, &from);
    row.to = keep_table_cell_end(l, &to);
    row.kind = row.worker.kind != KEEP_ENTITY_NONE ? KEEP_ACCOUNT_PERSON : KEEP_ACCOUNT_UNMAPPED;
    if (kind.n)
        row.kind = (enum keep_account_kind)keep_table_cell_word(keep_vocab_account_kind(kind), KEEP_ACCOUNT_UNMAPPED);
    return l->t->sink->account(l->t->sink->ctx, &row, err);
}

static int emit_primary_care(struct keep_table_line *l, const struct keep_table_time *from, struct keep_err *err)
{
    struct keep_row_relation row = {
        .at = l->at,
        .kind = KEEP_RELATION_PRIMARY_CARE,
        .patient = keep_table_cell_key(l, KEEP_TABLE_PATIENTS_patient_id, KEEP_ENTITY_PATIENT),
        .worker = keep_table_cell_key(l, KEEP_TABLE_PATIENTS_primary_care_id, KEEP_ENTITY_WORKER),
        .from = keep_table_cell_begin(l, from),
        .to = KEEP_TIME_NONE,
        .open = true,
        .recorded = KEEP_TIME_NONE,
    };
    return row.worker.kind == KEEP_ENTITY_NONE ? 0 : l->t->sink->relation(l->t->sink->ctx, &row, err);
}

static int emit_patient(struct keep_table_line *l, struct keep_err *err)
{
    const struct keep_sink *sink = l->t->sink;
    struct keep_table_time birth, death, registered;
    struct keep_str given = keep_table_cell(l, KEEP_TABLE_PATIENTS_given), phone = keep_table_cell(l, KEEP_TABLE_PATIENTS_phone);
    struct keep_key key[2] = {keep_table_cell_key(l, KEEP_TABLE_PATIENTS_patient_id, KEEP_ENTITY_PATIENT), keep_table_cell_key(l, KEEP_TABLE_PATIENTS_mrn, KEEP_ENTITY_PATIENT)};
    struct keep_name name[2] = {{keep_table_cell(l, KEEP_TABLE_PATIENTS_family), given, KEEP_STR("official")},
                                {keep_table_cell(l, KEEP_TABLE_PATIENTS_former_family), given, KEEP_STR("old")}};
    struct keep_address address = {keep_table_cell(l, KEEP_TABLE_PATIENTS_address), keep_table_cell(l, KEEP_TABLE_PATIENTS_city), keep_table_cell(l, KEEP_TABLE_PATIENTS_state),
                                   keep_table_cell(l, KEEP_TABLE_PATIENTS_postal), KEEP_STR("home"), keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_PATIENTS_address_confidential)) == KEEP_TRI_YES};
    if (keep_table_cell_needed(l, KEEP_TABLE_PATIENTS_patient_id) || keep_table_cell_time(l, KEEP_TABLE_PATIENTS_birth_date, &birth) ||
        keep_table_cell_time(l, KEEP_TABLE_PATIENTS_death_date, &death) || keep_table_cell_time(l, KEEP_TABLE_PATIENTS_primary_care_from, &registered))
        return 1;
    struct keep_row_patient row = {
        .at = l->at,
        .key = key,
        .keys = key[1].kind != KEEP_ENTITY_NONE && key[1].system.n ? 2 : 1, /* a bare number is no other system's id */
        .human = {.name = name, .address = &address, .phone = &phone, .mrn = keep_table_cell(l, KEEP_TABLE_PATIENTS_mrn), .gender = keep_table_cell(l, KEEP_TABLE_PATIENTS_gender)},
        .deceased = keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_PATIENTS_deceased)),
        .death_time = death.instant,
        .death = keep_table_cell_partial(&death),
        .confidential = keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_PATIENTS_confidential)),
        .test = keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_PATIENTS_test_record)),
        .worker = keep_table_cell_key(l, KEEP_TABLE_PATIENTS_worker_id, KEEP_ENTITY_WORKER),
    };
    row.human.names = !name[0].family.n && !given.n ? 0 : name[1].family.n ? 2 : 1;
    row.human.addresses = address.line.n || address.city.n || address.postal.n ? 1 : 0;
    row.human.phones = phone.n ? 1 : 0;
    row.human.birth = keep_table_cell_partial(&birth);
    if (death.last != KEEP_DATE_NONE)
        row.deceased = KEEP_TRI_YES;
    int rc = sink->patient(sink->ctx, &row, err);
    return rc < 0 ? rc : emit_primary_care(l, &registered, err);
}

static int emit_duty(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table_time from, to;
    struct keep_str kind = keep_table_cell(l, KEEP_TABLE_ROSTER_kind);
    int what = kind.n ? keep_vocab_duty(kind) : KEEP_DUTY_SHIFT;
    if (keep_table_cell_needed(l, KEEP_TABLE_ROSTER_worker_id) || keep_table_cell_needed(l, KEEP_TABLE_ROSTER_from) || keep_table_cell_time(l, KEEP_TABLE_ROSTER_from, &from) ||
        keep_table_cell_time(l, KEEP_TABLE_ROSTER_to, &to))
        return 1;
    if (what < 0)
        return keep_table_cell_refuse(l->t, "neither shift, on call nor leave");
    struct keep_row_duty row = {.at = l->at,
                                .kind = (enum keep_duty)what,
                                .worker = keep_table_cell_key(l, KEEP_TABLE_ROSTER_worker_id, KEEP_ENTITY_WORKER),
                                .unit = keep_table_cell(l, KEEP_TABLE_ROSTER_unit),
                                .from = keep_table_cell_begin(l, &from),
                                .to = keep_table_cell_end(l, &to)};
    return l->t->sink->duty(l->t->sink->ctx, &row, err);
}

static int emit_training(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table_time completed, until;
    if (keep_table_cell_needed(l, KEEP_TABLE_TRAINING_worker_id) || keep_table_cell_needed(l, KEEP_TABLE_TRAINING_course) ||
        keep_table_cell_time(l, KEEP_TABLE_TRAINING_completed, &completed) || keep_table_cell_time(l, KEEP_TABLE_TRAINING_valid_until, &until))
        return 1;
    struct keep_row_training row = {.at = l->at,
                                    .worker = keep_table_cell_key(l, KEEP_TABLE_TRAINING_worker_id, KEEP_ENTITY_WORKER),
                                    .course = keep_table_cell(l, KEEP_TABLE_TRAINING_course),
                                    .completed = completed.last,
                                    .valid_until = until.last};
    return l->t->sink->training(l->t->sink->ctx, &row, err);
}

static int emit_institution(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_str kind = keep_table_cell(l, KEEP_TABLE_INSTITUTIONS_kind);
    struct keep_row_institution row = {.at = l->at,
                                       .kind = (enum keep_institution)keep_table_cell_word(keep_vocab_institution(kind), KEEP_INSTITUTION_OTHER),
                                       .name = keep_table_cell(l, KEEP_TABLE_INSTITUTIONS_title),
                                       .address = {keep_table_cell(l, KEEP_TABLE_INSTITUTIONS_address), keep_table_cell(l, KEEP_TABLE_INSTITUTIONS_city),
                                                   keep_table_cell(l, KEEP_TABLE_INSTITUTIONS_state), keep_table_cell(l, KEEP_TABLE_INSTITUTIONS_postal), KEEP_STR("home"), false}};
    if (keep_table_cell_needed(l, KEEP_TABLE_INSTITUTIONS_address))
        return 1;
    if (row.address.city.n == 0 && row.address.postal.n == 0)
        return keep_table_cell_refuse(l->t, "an address without city and postal code is the same as none");
    return l->t->sink->institution(l->t->sink->ctx, &row, err);
}

/* --- facts --- */

/* Where a kind's fields stand in KEEP_MAP_FIELDS. */
static const struct fact {
    enum keep_map_kind kind;
    enum keep_relation_kind relation;
    uint32_t kinds;     /* relations that its field `word` may name instead, as bits */
    bool lasts;         /* without an end it goes on */
    bool own_author;    /* the worker wrote it down unless the table says who */
    enum keep_table_field patient, worker, department, encounter, start, end, word, status, recorded, author;
} facts[] = {
#define F(kind, field) KEEP_TABLE_##kind##_##field
#define R(kind) (1u << KEEP_RELATION_##kind)
    {KEEP_MAP_STAYS, KEEP_RELATION_ENCOUNTER, 0, true, false, F(STAYS, patient_id), FIELD_NONE, F(STAYS, unit), F(STAYS, encounter_id), F(STAYS, start), F(STAYS, end),
     FIELD_NONE, FIELD_NONE, FIELD_NONE, FIELD_NONE},
    {KEEP_MAP_APPOINTMENTS, KEEP_RELATION_APPOINTMENT, 0, false, false, F(APPOINTMENTS, patient_id), F(APPOINTMENTS, worker_id), F(APPOINTMENTS, department),
     F(APPOINTMENTS, encounter_id), F(APPOINTMENTS, start), F(APPOINTMENTS, end), FIELD_NONE, F(APPOINTMENTS, status), F(APPOINTMENTS, recorded), F(APPOINTMENTS, author_id)},
    {KEEP_MAP_ORDERS, KEEP_RELATION_ORDER, R(ORDER) | R(REFERRAL) | R(RESULT) | R(MEDICATION) | R(PROCEDURE) | R(IMMUNIZATION), false, false, F(ORDERS, patient_id),
     F(ORDERS, worker_id), F(ORDERS, department), F(ORDERS, encounter_id), F(ORDERS, start), F(ORDERS, end), F(ORDERS, kind), F(ORDERS, status), F(ORDERS, recorded),
     F(ORDERS, author_id)},
    {KEEP_MAP_NOTES, KEEP_RELATION_NOTE, 0, false, true, F(NOTES, patient_id), F(NOTES, worker_id), FIELD_NONE, F(NOTES, encounter_id), F(NOTES, start), FIELD_NONE, FIELD_NONE,
     F(NOTES, status), F(NOTES, recorded), F(NOTES, author_id)},
    {KEEP_MAP_TEAMS, KEEP_RELATION_TEAM, R(TEAM) | R(PRIMARY_CARE), true, false, F(TEAMS, patient_id), F(TEAMS, worker_id), F(TEAMS, department), F(TEAMS, encounter_id),
     F(TEAMS, start), F(TEAMS, end), F(TEAMS, kind), FIELD_NONE, F(TEAMS, recorded), F(TEAMS, author_id)},
    {KEEP_MAP_TASKS, KEEP_RELATION_TASK, 0, true, false, F(TASKS, patient_id), F(TASKS, worker_id), F(TASKS, department), F(TASKS, encounter_id), F(TASKS, start), F(TASKS, end),
     FIELD_NONE, F(TASKS, status), F(TASKS, recorded), F(TASKS, author_id)},
};

static struct keep_str text_at(const struct keep_table_line *l, enum keep_table_field f)
{
    return f == FIELD_NONE ? (struct keep_str){NULL, 0} : keep_table_cell(l, f);
}

static struct keep_key key_at(const struct keep_table_line *l, enum keep_table_field f, enum keep_entity kind)
{
    return f == FIELD_NONE ? (struct keep_key){.kind = KEEP_ENTITY_NONE} : keep_table_cell_key(l, f, kind);
}

static int time_at(const struct keep_table_line *l, enum keep_table_field f, struct keep_table_time *out)
{
    *out = (struct keep_table_time){KEEP_DATE_NONE, KEEP_DATE_NONE, KEEP_TIME_NONE};
    return f == FIELD_NONE ? 0 : keep_table_cell_time(l, f, out);
}

static int emit_fact(struct keep_table_line *l, const struct fact *k, struct keep_err *err)
{
    const struct keep_sink *sink = l->t->sink;
    struct keep_table_time start, end, recorded;
    struct keep_str word = text_at(l, k->word);
    int relation = word.n ? keep_vocab_relation_kind(word) : (int)k->relation;
    if (keep_table_cell_needed(l, k->patient) || keep_table_cell_needed(l, k->start) || time_at(l, k->start, &start) || time_at(l, k->end, &end) ||
        time_at(l, k->recorded, &recorded))
        return 1;
    if (word.n && (relation < 0 || !(k->kinds >> relation & 1)))
        return keep_table_cell_refuse(l->t, "column \"%.*s\": no kind of fact that this table can hold", (int)l->t->slot[k->word].column->column.n, l->t->slot[k->word].column->column.p);
    bool end_told = k->end != FIELD_NONE && l->t->slot[k->end].column;
    struct keep_row_relation row = {
        .at = l->at,
        .kind = (enum keep_relation_kind)relation,
        .patient = key_at(l, k->patient, KEEP_ENTITY_PATIENT),
        .worker = key_at(l, k->worker, KEEP_ENTITY_WORKER),
        .encounter = key_at(l, k->encounter, KEEP_ENTITY_ENCOUNTER),
        .author = key_at(l, k->author, KEEP_ENTITY_WORKER),
        .from = keep_table_cell_begin(l, &start),
        .to = end.last != KEEP_DATE_NONE ? keep_table_cell_end(l, &end) : start.instant == KEEP_TIME_NONE && !k->lasts ? keep_table_cell_end(l, &start) : KEEP_TIME_NONE,
        .open = k->lasts && end_told && end.last == KEEP_DATE_NONE,
        .recorded = keep_table_cell_end(l, &recorded),
    };
    struct keep_str department = text_at(l, k->department);
    if (row.worker.kind == KEEP_ENTITY_NONE && department.n == 0)
        return keep_table_cell_refuse(l->t, "neither a worker nor a department");
    if (keep_vocab_retracted(text_at(l, k->status)))
        return 0;
    if (k->own_author && row.author.kind == KEEP_ENTITY_NONE)
        row.author = row.worker;
    int rc = row.worker.kind != KEEP_ENTITY_NONE ? sink->relation(sink->ctx, &row, err) : 0;
    row.worker = (struct keep_key){.kind = KEEP_ENTITY_NONE};
    row.department = department;
    if (rc >= 0 && department.n)
        rc = sink->relation(sink->ctx, &row, err);
    return rc;
}

/* --- papers --- */

int keep_table_fact_paper(struct keep_table_line *l, const struct keep_table_paper *p, struct keep_key *key, struct keep_row_record *row)
{
    struct keep_table_time day;
    if (keep_table_cell_needed(l, p->id) || keep_table_cell_time(l, p->created, &day))
        return 1;
    *key = keep_table_cell_key(l, p->id, KEEP_ENTITY_RECORD);
    if (key->system.n == 0)
        key->system = keep_str_of(p->kind);
    *row = (struct keep_row_record){
        .at = l->at,
        .key = key,
        .keys = 1,
        .kind = keep_str_of(p->kind),
        .patient = keep_table_cell_key(l, p->patient, KEEP_ENTITY_PATIENT),
        .media_type = KEEP_STR("text/csv"),
        .service_first = KEEP_DATE_NONE,
        .service_last = KEEP_DATE_NONE,
        .created = day.last,
        .recorded = day.instant,
        .payload = l->row->raw,
        .custody = KEEP_CUSTODY_UNDETERMINED,
    };
    return 0;
}

static int emit_paper(struct keep_table_line *l, struct keep_row_record *row, struct keep_str title, struct keep_str status, struct keep_err *err)
{
    row->title = title;
    row->status = status;
    return l->t->sink->record(l->t->sink->ctx, row, err);
}

/* A word, or a code: nothing in which a name could stand beside it. */
static struct keep_str one_word(struct keep_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] == ' ')
            return (struct keep_str){NULL, 0};
    return s;
}

/* The person of the line; 1: nothing in it says who. */
static int tell_contact(struct keep_table_line *l, struct keep_key key, const struct keep_table_time *from, const struct keep_table_time *to, struct keep_err *err)
{
    struct keep_str given = keep_table_cell(l, KEEP_TABLE_CONTACTS_given), phone = keep_table_cell(l, KEEP_TABLE_CONTACTS_phone), title = keep_table_cell(l, KEEP_TABLE_CONTACTS_title);
    struct keep_name name[2] = {{keep_table_cell(l, KEEP_TABLE_CONTACTS_family), given, KEEP_STR("official")},
                                {keep_table_cell(l, KEEP_TABLE_CONTACTS_former_family), given, KEEP_STR("old")}};
    struct keep_address address = {keep_table_cell(l, KEEP_TABLE_CONTACTS_address), keep_table_cell(l, KEEP_TABLE_CONTACTS_city), keep_table_cell(l, KEEP_TABLE_CONTACTS_state),
                                   keep_table_cell(l, KEEP_TABLE_CONTACTS_postal), KEEP_STR("home"), keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_CONTACTS_address_confidential)) == KEEP_TRI_YES};
    struct keep_contact_person who = {
        .code = one_word(title),
        .relationship = title,
        .human = {.name = name, .names = !name[0].family.n && !given.n ? 0 : name[1].family.n ? 2 : 1, .address = &address, .addresses = address.line.n || address.city.n || address.postal.n,
                  .phone = &phone, .phones = phone.n > 0, .birth.date = KEEP_DATE_NONE},
        .from = keep_table_cell_begin(l, from),
        .to = keep_table_cell_end(l, to),
        .worker = keep_table_cell_key(l, KEEP_TABLE_CONTACTS_worker_id, KEEP_ENTITY_WORKER),
        .patient = keep_table_cell_key(l, KEEP_TABLE_CONTACTS_self_id, KEEP_ENTITY_PATIENT),
    };
    bool somebody = who.human.names || who.human.addresses || who.human.phones || who.worker.kind != KEEP_ENTITY_NONE || who.patient.kind != KEEP_ENTITY_NONE;
    struct keep_row_contacts row = {.at = l->at, .key = key, .patient = keep_table_cell_key(l, KEEP_TABLE_CONTACTS_patient_id, KEEP_ENTITY_PATIENT), .person = &who, .persons = somebody};
    row.key.kind = KEEP_ENTITY_CONTACT;
    return l->t->sink->contacts(l->t->sink->ctx, &row, err);
}

static int emit_contact(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_row_record row;
    struct keep_table_time from, to;
    struct keep_key key;
    int rc;
    if (keep_table_cell_needed(l, KEEP_TABLE_CONTACTS_patient_id) || keep_table_cell_time(l, KEEP_TABLE_CONTACTS_from, &from) || keep_table_cell_time(l, KEEP_TABLE_CONTACTS_to, &to) ||
        keep_table_fact_paper(l, &(struct keep_table_paper){"contact", KEEP_TABLE_CONTACTS_contact_id, KEEP_TABLE_CONTACTS_patient_id, KEEP_TABLE_CONTACTS_created}, &key, &row))
        return 1;
    if ((rc = tell_contact(l, key, &from, &to, err)) < 0)
        return rc;
    return emit_paper(l, &row, keep_table_cell(l, KEEP_TABLE_CONTACTS_title), (struct keep_str){NULL, 0}, err);
}

static int emit_hold(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_row_record row;
    struct keep_key key;
    if (keep_table_fact_paper(l, &(struct keep_table_paper){"hold", KEEP_TABLE_HOLDS_hold_id, KEEP_TABLE_HOLDS_patient_id, KEEP_TABLE_HOLDS_created}, &key, &row))
        return 1;
    row.about_no_patient = row.patient.kind == KEEP_ENTITY_NONE;
    return emit_paper(l, &row, keep_table_cell(l, KEEP_TABLE_HOLDS_title), keep_table_cell(l, KEEP_TABLE_HOLDS_status), err);
}

/* That it was told is a fact of the patient's own, whoever did it: the day of it, to the next. Who entered it is not told: an accounting is written behind what it
 * accounts for, and is no less true for that. */
static int tell_disclosure(struct keep_table_line *l, const struct keep_row_record *paper, const struct keep_table_time *on, struct keep_err *err)
{
    struct keep_row_relation row = {.at = l->at, .kind = KEEP_RELATION_DISCLOSURE, .patient = paper->patient, .worker = paper->author, .from = keep_table_cell_begin(l, on),
                                    .to = keep_table_cell_end(l, on), .recorded = KEEP_TIME_NONE};
    if (row.from == KEEP_TIME_NONE || row.worker.kind == KEEP_ENTITY_NONE || keep_vocab_retracted(keep_table_cell(l, KEEP_TABLE_DISCLOSURES_status)))
        return 0;
    return l->t->sink->relation(l->t->sink->ctx, &row, err);
}

/* What the line tells an accounting of disclosures. A title alone says to whom and what for in one. */
static int tell_accounting(const struct keep_table_line *l, struct keep_disclosure *d)
{
    struct keep_table_time stated, until;
    if (keep_table_cell_time(l, KEEP_TABLE_DISCLOSURES_stated, &stated) || keep_table_cell_time(l, KEEP_TABLE_DISCLOSURES_until, &until))
        return 1;
    *d = (struct keep_disclosure){
        .recipient = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_recipient),
        .address = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_address),
        .what = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_description),
        .purpose = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_purpose),
        .basis = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_basis),
        .request = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_request),
        .agency = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_agency),
        .stated = stated.last,
        .until = until.last,
        .oral = keep_table_cell_yes_no(keep_table_cell(l, KEEP_TABLE_DISCLOSURES_oral)) == KEEP_TRI_YES,
    };
    return 0;
}

static int emit_disclosure(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table_time on;
    struct keep_row_record row;
    struct keep_disclosure told;
    struct keep_dated day;
    struct keep_key key;
    if (keep_table_cell_needed(l, KEEP_TABLE_DISCLOSURES_patient_id) || keep_table_cell_time(l, KEEP_TABLE_DISCLOSURES_created, &on) || tell_accounting(l, &told) ||
        keep_table_fact_paper(l, &(struct keep_table_paper){"disclosure", KEEP_TABLE_DISCLOSURES_disclosure_id, KEEP_TABLE_DISCLOSURES_patient_id, KEEP_TABLE_DISCLOSURES_created}, &key, &row))
        return 1;
    struct keep_str title = keep_table_cell(l, KEEP_TABLE_DISCLOSURES_title);
    row.author = keep_table_cell_key(l, KEEP_TABLE_DISCLOSURES_worker_id, KEEP_ENTITY_WORKER);
    day = (struct keep_dated){KEEP_DAY_DISCLOSED, row.created};
    row.day = &day;
    row.days = row.created != KEEP_DATE_NONE;
    row.disclosure = &told;
    int rc = tell_disclosure(l, &row, &on, err);
    return rc < 0 ? rc : emit_paper(l, &row, title.n ? title : told.recipient, keep_table_cell(l, KEEP_TABLE_DISCLOSURES_status), err);
}

/* --- files --- */

static int open_named(struct keep_table_line *l, struct keep_manifest_file *f, struct keep_err *err)
{
    const struct keep_ingest *p = l->t->p;
    struct keep_err own = {0};
    if (!p || !p->folder)
        return keep_table_cell_refuse(l->t, "files are read through a manifest only");
    int rc = keep_manifest_open(f, p, keep_table_cell(l, KEEP_TABLE_FILES_path), &own);
    if (rc == KEEP_E_INPUT)
        return keep_table_cell_refuse(l->t, "the file it names cannot be read, or is empty");
    if (rc < 0 && err)
        *err = own;
    return rc;
}

static int emit_file(struct keep_table_line *l, struct keep_err *err)
{
    struct keep_table_time first, last;
    struct keep_manifest_file file;
    struct keep_err own = {0};
    struct keep_key key = {KEEP_ENTITY_RECORD, KEEP_STR("file"), keep_table_cell(l, KEEP_TABLE_FILES_path)};
    if (keep_table_cell_needed(l, KEEP_TABLE_FILES_path) || keep_table_cell_needed(l, KEEP_TABLE_FILES_class) || keep_table_cell_time(l, KEEP_TABLE_FILES_first, &first) ||
        keep_table_cell_time(l, KEEP_TABLE_FILES_last, &last))
        return 1;
    struct keep_row_record row = {
        .at = l->at,
        .key = &key,
        .keys = 1,
        .kind = keep_table_cell(l, KEEP_TABLE_FILES_class),
        .patient = keep_table_cell_key(l, KEEP_TABLE_FILES_patient_id, KEEP_ENTITY_PATIENT),
        .encounter = keep_table_cell_key(l, KEEP_TABLE_FILES_encounter_id, KEEP_ENTITY_ENCOUNTER),
        .about_no_patient = !l->t->slot[KEEP_TABLE_FILES_patient_id].column,
        .media_type = keep_table_cell(l, KEEP_TABLE_FILES_media_type),
        .title = keep_table_cell(l, KEEP_TABLE_FILES_title),
        .service_first = first.first,
        .service_last = last.last,
        .created = KEEP_DATE_NONE,
        .recorded = KEEP_TIME_NONE,
        .custody = KEEP_CUSTODY_UNDETERMINED,
    };
    int rc = open_named(l, &file, err);
    if (rc != 0)
        return rc;
    row.pull = &file.pull;
    if (row.media_type.n == 0)
        row.media_type = file.media;
    rc = keep_table_cell_facility(l, KEEP_TABLE_FILES_facility, &row.facility, &own);
    if (rc == 0)
        rc = l->t->sink->record(l->t->sink->ctx, &row, &own);
    if (rc == KEEP_E_INPUT)
        rc = keep_table_cell_refuse(l->t, "the file it names changed while it was read");
    else if (rc < 0 && err)
        *err = own;
    keep_manifest_close(&file);
    return rc;
}

/* --- which --- */

/* The emitters give 1 for a refused row and the sink gives 1 for a repeated one: t->reason tells them apart. */
int keep_table_fact_emit(struct keep_table_line *l, struct keep_err *err)
{
    static const struct {
        enum keep_map_kind kind;
        int (*emit)(struct keep_table_line *l, struct keep_err *err);
    } others[] = {
        {KEEP_MAP_ACCOUNTS, emit_account}, {KEEP_MAP_PATIENTS, emit_patient}, {KEEP_MAP_CLAIMS, keep_table_claim_emit},
        {KEEP_MAP_CONTACTS, emit_contact}, {KEEP_MAP_HOLDS, emit_hold},       {KEEP_MAP_DISCLOSURES, emit_disclosure}, {KEEP_MAP_FILES, emit_file},
        {KEEP_MAP_ROSTER, emit_duty},     {KEEP_MAP_TRAINING, emit_training}, {KEEP_MAP_INSTITUTIONS, emit_institution},
    };
    int rc = -1;
    bool known = false;
    l->t->reason[0] = '\0';
    for (size_t i = 0; !known && i < sizeof facts / sizeof *facts; i++)
        if ((known = facts[i].kind == l->t->map->kind))
            rc = emit_fact(l, &facts[i], err);
    for (size_t i = 0; !known && i < sizeof others / sizeof *others; i++)
        if ((known = others[i].kind == l->t->map->kind))
            rc = others[i].emit(l, err);
    if (!known)
        return keep_err_set(err, KEEP_E_USAGE, "a column map of no kind");
    return rc < 0 ? rc : l->t->reason[0] ? 1 : 0;
}
