/* The views over what a keep holds; its access log, people over time and what was
 * done are beside. People, encounters and relations are read once into the model's
 * arrays, where links and versions are resolved, and scanned there; an equality on
 * a person is a look-up. No column holds a name, an identifier, a birth day or free
 * text; internal numbers of encounters, facilities, records and sources are what
 * `why` and `retention` show. */
#include "core/store/bringback.h"
#include "core/store/vtab.h"

static void number(sqlite3_context *out, uint64_t v)
{
    sqlite3_result_int64(out, (sqlite3_int64)v);
}

/* --- rows of an array ------------------------------------------------------- */

struct span {
    struct keep_vtab_cursor c;
    size_t at, to;
};

static int span_next(struct keep_vtab_cursor *c, struct keep_err *err)
{
    struct span *a = (struct span *)c;

    (void)err;
    c->end = ++a->at >= a->to;
    return 0;
}

static void span_set(struct keep_vtab_cursor *c, size_t at, size_t to)
{
    struct span *a = (struct span *)c;

    a->at = at;
    a->to = to;
    c->end = at >= to;
}

#define WORLD(c) (&(c)->b->world)
#define ROW(c) (((struct span *)(c))->at)

static void patient_mask(struct keep_vtab_cursor *c, uint32_t index, sqlite3_context *out)
{
    if (index != KEEP_ID_NONE)
        keep_vtab_mask(out, c->b, "patient", WORLD(c)->patient[index].entity);
}

static void worker_mask(struct keep_vtab_cursor *c, uint32_t index, sqlite3_context *out)
{
    if (index != KEEP_ID_NONE)
        keep_vtab_mask(out, c->b, "worker", WORLD(c)->worker[index].entity);
}

/* The index of the patient that an equality on column 0-based `column` names: 0 none named, 1 named, 2 named and not there. */
static int patient_asked(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, int column, uint32_t *index)
{
    uint64_t entity;

    for (int i = 0; i < n; i++) {
        if (b[i].column != column || b[i].op != SQLITE_INDEX_CONSTRAINT_EQ)
            continue;
        if (!keep_vtab_unmask(c->b, "patient", &b[i], &entity))
            return 2;
        *index = keep_load_patient_index(WORLD(c), entity);
        return *index == KEEP_ID_NONE ? 2 : 1;
    }
    return 0;
}

/* --- patients, workers, accounts, facilities ---------------------------------- */

static int patients_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    int rc = keep_vtab_world(c->b, err);
    uint32_t i = 0;

    if (rc < 0)
        return rc;
    int asked = patient_asked(c, b, n, 0, &i);
    span_set(c, asked == 1 ? i : 0, asked == 2 ? 0 : asked == 1 ? (size_t)i + 1 : WORLD(c)->patients);
    return 0;
}

static void patients_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_patient *p = &WORLD(c)->patient[ROW(c)];

    switch (column) {
    case 0: keep_vtab_mask(out, c->b, "patient", p->entity); break;
    case 1: keep_vtab_flag(out, p->known); break;
    case 2: if (p->birth.date != KEEP_DATE_NONE) number(out, (uint64_t)keep_civil_to_ymd(p->birth.date).y); break;
    case 3: keep_vtab_word(out, keep_vocab_tristate_word(p->deceased)); break;
    case 4: if (p->death != KEEP_DATE_NONE) number(out, (uint64_t)keep_civil_to_ymd(p->death).y); break;
    case 5: keep_vtab_word(out, keep_vocab_tristate_word(p->confidential)); break;
    case 6: worker_mask(c, p->worker, out); break;
    default: break;
    }
}

/* Everybody the keep knows of; known: a patient's own resource came, not a mention alone. */
static const struct keep_vtab_view patients = {
    "patients",
    {{"patient", "TEXT", true}, {"known", "TEXT", false}, {"birth_year", "INTEGER", false}, {"deceased", "TEXT", false}, {"death_year", "INTEGER", false},
     {"confidential", "TEXT", false}, {"worker", "TEXT", false}},
    sizeof(struct span), 1e5, patients_filter, span_next, patients_cell, NULL};

#define ALL_OF(name, count)                                                                                                             \
    static int name##_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)                  \
    {                                                                                                                                   \
        int rc = keep_vtab_world(c->b, err);                                                                                            \
        (void)b;                                                                                                                        \
        (void)n;                                                                                                                        \
        if (rc == 0)                                                                                                                    \
            span_set(c, 0, WORLD(c)->count);                                                                                            \
        return rc;                                                                                                                      \
    }
ALL_OF(workers, workers)
ALL_OF(accounts, accounts)
ALL_OF(facilities, facilities)
ALL_OF(sources, sources)

static void workers_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_worker *w = &WORLD(c)->worker[ROW(c)];

    switch (column) {
    case 0: keep_vtab_mask(out, c->b, "worker", w->entity); break;
    case 1: keep_vtab_flag(out, w->known); break;
    case 2: keep_vtab_str(out, w->department); break;
    case 3: keep_vtab_str(out, w->role); break;
    case 4: keep_vtab_str(out, w->unit); break;
    case 5: patient_mask(c, w->patient, out); break;
    case 6: worker_mask(c, w->manager, out); break;
    default: break;
    }
}

/* The workforce; patient: the same human as a patient. */
static const struct keep_vtab_view workers = {
    "workers",
    {{"worker", "TEXT", false}, {"known", "TEXT", false}, {"department", "TEXT", false}, {"role", "TEXT", false}, {"unit", "TEXT", false}, {"patient", "TEXT", false},
     {"manager", "TEXT", false}},
    sizeof(struct span), 1e4, workers_filter, span_next, workers_cell, NULL};

static void accounts_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_account *a = &WORLD(c)->account[ROW(c)];
    const struct keep_account_span *last = a->spans ? &a->span[a->spans - 1] : NULL;

    switch (column) {
    case 0: keep_vtab_mask(out, c->b, "account", a->entity); break;
    case 1: keep_vtab_word(out, keep_vocab_account_kind_word((int)a->kind)); break;
    case 2: if (last) worker_mask(c, last->worker, out); break;
    case 3: if (last) keep_vtab_time(out, last->from); break;
    case 4: if (last) keep_vtab_time(out, last->to); break;
    default: break;
    }
}

/* Logins; worker, since and until: of the newest assignment. */
static const struct keep_vtab_view accounts = {
    "accounts",
    {{"account", "TEXT", false}, {"kind", "TEXT", false}, {"worker", "TEXT", false}, {"since", "TEXT", false}, {"until", "TEXT", false}},
    sizeof(struct span), 1e4, accounts_filter, span_next, accounts_cell, NULL};

static void facility_id(struct keep_vtab_cursor *c, uint32_t index, sqlite3_context *out)
{
    if (index != KEEP_ID_NONE)
        number(out, WORLD(c)->facility[index].entity);
}

static void facilities_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_facility *f = &WORLD(c)->facility[ROW(c)];

    switch (column) {
    case 0: number(out, f->entity); break;
    case 1: keep_vtab_flag(out, f->known); break;
    case 2: keep_vtab_str(out, f->type); break;
    case 3: keep_vtab_str(out, f->state); break;
    default: break;
    }
}

/* Organizations and sites. */
static const struct keep_vtab_view facilities = {
    "facilities",
    {{"facility", "INTEGER", false}, {"known", "TEXT", false}, {"type", "TEXT", false}, {"state", "TEXT", false}},
    sizeof(struct span), 1e3, facilities_filter, span_next, facilities_cell, NULL};

/* --- encounters, relations: sorted by patient --------------------------------- */

static uint32_t encounter_patient(const struct keep_world *w, size_t i) { return w->encounter[i].patient; }
static uint32_t relation_patient(const struct keep_world *w, size_t i) { return w->relation[i].patient; }

/* The first of n rows whose patient is at least p. */
static size_t first_of(const struct keep_world *w, uint32_t (*of)(const struct keep_world *, size_t), size_t n, uint64_t p)
{
    size_t lo = 0;

    while (lo < n) {
        size_t mid = lo + (n - lo) / 2;
        if (of(w, mid) < p)
            lo = mid + 1;
        else
            n = mid;
    }
    return lo;
}

static int by_patient(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, uint32_t (*of)(const struct keep_world *, size_t), size_t rows)
{
    uint32_t p = 0;
    int asked = patient_asked(c, b, n, 1, &p);

    if (asked == 1)
        span_set(c, first_of(WORLD(c), of, rows, p), first_of(WORLD(c), of, rows, (uint64_t)p + 1));
    else
        span_set(c, 0, asked == 2 ? 0 : rows);
    return 0;
}

static int encounters_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    int rc = keep_vtab_world(c->b, err);
    return rc < 0 ? rc : by_patient(c, b, n, encounter_patient, WORLD(c)->encounters);
}

static void encounters_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_encounter *e = &WORLD(c)->encounter[ROW(c)];

    switch (column) {
    case 0: number(out, e->entity); break;
    case 1: patient_mask(c, e->patient, out); break;
    case 2: facility_id(c, e->facility, out); break;
    case 3: keep_vtab_str(out, e->klass); break;
    case 4: keep_vtab_str(out, e->status); break;
    case 5: keep_vtab_time(out, e->start); break;
    case 6: keep_vtab_time(out, e->end); break;
    case 7: keep_vtab_date(out, e->start_date); break;
    case 8: keep_vtab_date(out, e->end_date); break;
    case 9: number(out, e->source); break;
    default: break;
    }
}

/* Visits and stays. */
static const struct keep_vtab_view encounters = {
    "encounters",
    {{"encounter", "INTEGER", false}, {"patient", "TEXT", true}, {"facility", "INTEGER", false}, {"class", "TEXT", false}, {"status", "TEXT", false}, {"started", "TEXT", false},
     {"ended", "TEXT", false}, {"start_date", "TEXT", false}, {"end_date", "TEXT", false}, {"source", "INTEGER", false}},
    sizeof(struct span), 1e6, encounters_filter, span_next, encounters_cell, NULL};

static int relations_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    int rc = keep_vtab_world(c->b, err);
    return rc < 0 ? rc : by_patient(c, b, n, relation_patient, WORLD(c)->relations);
}

static void relations_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_relation *r = &WORLD(c)->relation[ROW(c)];

    switch (column) {
    case 0: number(out, r->row); break;
    case 1: patient_mask(c, r->patient, out); break;
    case 2: keep_vtab_word(out, keep_vocab_relation_kind_word(r->kind)); break;
    case 3: worker_mask(c, r->worker, out); break;
    case 4: if (r->department < WORLD(c)->terms) keep_vtab_str(out, WORLD(c)->term[r->department]); break;
    case 5: worker_mask(c, r->author, out); break;
    case 6: keep_vtab_time(out, r->from); break;
    case 7: keep_vtab_time(out, r->to); break;
    case 8: keep_vtab_flag(out, r->open); break;
    case 9: keep_vtab_time(out, r->recorded); break;
    case 10: number(out, r->source); break;
    default: break;
    }
}

/* Dated facts that tie a patient to a worker or a department. */
static const struct keep_vtab_view relations = {
    "relations",
    {{"relation", "INTEGER", false}, {"patient", "TEXT", true}, {"kind", "TEXT", false}, {"worker", "TEXT", false}, {"department", "TEXT", false}, {"author", "TEXT", false},
     {"since", "TEXT", false}, {"until", "TEXT", false}, {"open", "TEXT", false}, {"recorded", "TEXT", false}, {"source", "INTEGER", false}},
    sizeof(struct span), 1e6, relations_filter, span_next, relations_cell, NULL};

/* --- sources -------------------------------------------------------------------- */

static void sources_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_source *s = &WORLD(c)->source[ROW(c)];

    switch (column) {
    case 0: number(out, s->id); break;
    case 1: keep_vtab_str(out, s->name); break;
    case 2: keep_vtab_flag(out, s->declared); break;
    case 3: keep_vtab_date(out, s->from); break;
    case 4: keep_vtab_date(out, s->through); break;
    case 5: keep_vtab_date(out, s->closed_on); break;
    case 6: keep_vtab_flag(out, s->complete); break;
    case 7: keep_vtab_flag(out, s->codes_complete); break;
    case 8: keep_vtab_word(out, keep_vocab_custody_word((int)s->custody)); break;
    case 9: keep_vtab_str(out, s->jurisdiction); break;
    default: break;
    }
}

/* Where facts come from, as declared last. */
static const struct keep_vtab_view sources = {
    "sources",
    {{"source", "INTEGER", false}, {"name", "TEXT", false}, {"declared", "TEXT", false}, {"first_day", "TEXT", false}, {"last_day", "TEXT", false}, {"closed_on", "TEXT", false},
     {"complete", "TEXT", false}, {"codes_complete", "TEXT", false}, {"custody", "TEXT", false}, {"jurisdiction", "TEXT", false}},
    sizeof(struct span), 100, sources_filter, span_next, sources_cell, NULL};

/* --- records ---------------------------------------------------------------------- */

struct records {
    struct keep_vtab_cursor c;
    struct keep_load_records *open;
    struct keep_record_scan scan;
    struct keep_record r;
};

static int records_next(struct keep_vtab_cursor *c, struct keep_err *err)
{
    struct records *k = (struct records *)c;
    int rc = k->scan.next(k->scan.ctx, &k->r, err);

    c->end = rc <= 0;
    return rc < 0 ? rc : 0;
}

static int records_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err)
{
    struct records *k = (struct records *)c;
    int rc = keep_vtab_world(c->b, err);

    (void)b;
    (void)n;
    keep_load_records_close(k->open);
    k->open = NULL;
    if (rc == 0)
        rc = keep_load_records_open(&k->open, c->b->s, WORLD(c), &k->scan, err);
    return rc < 0 ? rc : records_next(c, err);
}

static void record_day(const struct keep_record *r, enum keep_record_day day, sqlite3_context *out)
{
    for (size_t i = 0; i < r->days; i++)
        if (r->day[i].day == day)
            keep_vtab_date(out, r->day[i].date);
}

static void record_from(struct keep_vtab_cursor *c, uint64_t record, sqlite3_context *out)
{
    char package[KEEP_BRINGBACK_PACKAGE];
    uint64_t n;

    if (keep_bringback_from(c->b->s, record, package, &n, NULL) == 0)
        sqlite3_result_text(out, sqlite3_mprintf("%s:%llu", package, (unsigned long long)n), -1, sqlite3_free);
}

static void records_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_record *r = &((struct records *)c)->r;

    switch (column) {
    case 0: number(out, r->id); break;
    case 1: patient_mask(c, r->patient, out); break;
    case 2: number(out, r->version); break;
    case 3: if (r->kind < WORLD(c)->terms) keep_vtab_str(out, WORLD(c)->term[r->kind]); break;
    case 4: number(out, r->source); break;
    case 5: facility_id(c, r->facility, out); break;
    case 6: if (r->encounter != KEEP_ID_NONE) number(out, WORLD(c)->encounter[r->encounter].entity); break;
    case 7: keep_vtab_date(out, r->service_first); break;
    case 8: keep_vtab_date(out, r->service_last); break;
    case 9: keep_vtab_date(out, r->created); break;
    case 10: keep_vtab_str(out, r->status); break;
    case 11: keep_vtab_word(out, keep_vocab_custody_word((int)r->custody)); break;
    case 12: number(out, r->codes); break;
    case 13: number(out, r->size); break;
    case 14: keep_vtab_flag(out, r->destroyed); break;
    case 15: record_day(r, KEEP_DAY_SIGNED, out); break;
    case 16: worker_mask(c, r->signer, out); break;
    case 17: number(out, r->amendments); break;
    case 18: number(out, r->amends_unknown); break;
    case 19: record_from(c, r->id, out); break;
    default: break;
    }
}

static void records_close(struct keep_vtab_cursor *c)
{
    keep_load_records_close(((struct records *)c)->open);
}

/* The newest version of every record; codes: how many it has, bytes: of its payload, amends: earlier records that it
 * changes, amends_missing: those not here, restored_from: the sealed package it came back from and its number there. */
static const struct keep_vtab_view records = {
    "records",
    {{"record", "INTEGER", false}, {"patient", "TEXT", false}, {"version", "INTEGER", false}, {"kind", "TEXT", false}, {"source", "INTEGER", false}, {"facility", "INTEGER", false},
     {"encounter", "INTEGER", false}, {"first_service", "TEXT", false}, {"last_service", "TEXT", false}, {"created", "TEXT", false}, {"status", "TEXT", false},
     {"custody", "TEXT", false}, {"codes", "INTEGER", false}, {"bytes", "INTEGER", false}, {"destroyed", "TEXT", false},
     {"signed", "TEXT", false}, {"signer", "TEXT", false}, {"amends", "INTEGER", false}, {"amends_missing", "INTEGER", false},
     {"restored_from", "TEXT", false}},
    sizeof(struct records), 1e7, records_filter, records_next, records_cell, records_close};

const struct keep_vtab_view *const keep_vtab_views[] = {&patients, &workers, &accounts, &keep_vtab_people_affiliations, &keep_vtab_people_assignments, &keep_vtab_people_duties, &keep_vtab_people_trainings, &keep_vtab_people_addresses, &keep_vtab_people_contacts,
                                                        &facilities, &encounters, &relations, &records, &keep_vtab_done_sets, &sources, &keep_vtab_log,
                                                        &keep_vtab_done_ledger, &keep_vtab_done_acts, NULL};
