/* Views of what is known of the workforce over time, and of addresses: read from
 * the model's arrays, like the views beside them. No name, no street: people and
 * addresses are masks. */
#include "core/store/vtab.h"

/* Rows of an array, or of the arrays of an array's elements. */
struct nest {
    struct keep_vtab_cursor c;
    size_t at, inner;
};

#define WORLD(c) (&(c)->b->world)

static struct nest *nest_of(struct keep_vtab_cursor *c)
{
    return (struct nest *)c;
}

static void worker_mask(struct keep_vtab_cursor *c, uint32_t index, sqlite3_context *out)
{
    if (index != KEEP_ID_NONE)
        keep_vtab_mask(out, c->b, "worker", WORLD(c)->worker[index].entity);
}

static void patient_mask(struct keep_vtab_cursor *c, uint32_t index, sqlite3_context *out)
{
    if (index != KEEP_ID_NONE)
        keep_vtab_mask(out, c->b, "patient", WORLD(c)->patient[index].entity);
}

/* name: of the view; count: how many rows element `at` has; elements: how many there are. */
#define NESTED(name, elements, count)                                                                                  \
    static int name##_settle(struct keep_vtab_cursor *c)                                                               \
    {                                                                                                                  \
        struct nest *k = nest_of(c);                                                                                   \
        while (k->at < WORLD(c)->elements && k->inner >= (size_t)(count)) {                                            \
            k->at++;                                                                                                   \
            k->inner = 0;                                                                                              \
        }                                                                                                              \
        c->end = k->at >= WORLD(c)->elements;                                                                          \
        return 0;                                                                                                      \
    }                                                                                                                  \
    static int name##_next(struct keep_vtab_cursor *c, struct keep_err *err)                                           \
    {                                                                                                                  \
        (void)err;                                                                                                     \
        nest_of(c)->inner++;                                                                                           \
        return name##_settle(c);                                                                                       \
    }                                                                                                                  \
    static int name##_filter(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err) \
    {                                                                                                                  \
        int rc = keep_vtab_world(c->b, err);                                                                           \
        (void)b;                                                                                                       \
        (void)n;                                                                                                       \
        nest_of(c)->at = nest_of(c)->inner = 0;                                                                        \
        return rc < 0 ? rc : name##_settle(c);                                                                         \
    }
NESTED(affiliations, workers, WORLD(c)->worker[k->at].affiliations)
NESTED(assignments, accounts, WORLD(c)->account[k->at].spans)
NESTED(duties, duties, 1)
NESTED(trainings, trainings, 1)
NESTED(addresses, dwellings, 1)
NESTED(contacts, contacts, 1)

static void affiliations_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    uint32_t i = (uint32_t)nest_of(c)->at;
    const struct keep_interval *v = &WORLD(c)->worker[i].affiliation[nest_of(c)->inner];
    const struct keep_post *p = &WORLD(c)->worker[i].post[nest_of(c)->inner];

    switch (column) {
    case 0: worker_mask(c, i, out); break;
    case 1: keep_vtab_time(out, v->from); break;
    case 2: keep_vtab_time(out, v->to); break;
    case 3: keep_vtab_flag(out, v->end_known); break;
    case 4: keep_vtab_str(out, p->department); break;
    case 5: keep_vtab_str(out, p->role); break;
    case 6: keep_vtab_str(out, p->unit); break;
    default: break;
    }
}

/* When each worker belonged to the house, and where; end_known without until: still. */
const struct keep_vtab_view keep_vtab_people_affiliations = {
    "affiliations",
    {{"worker", "TEXT", false}, {"since", "TEXT", false}, {"until", "TEXT", false}, {"end_known", "TEXT", false}, {"department", "TEXT", false}, {"role", "TEXT", false},
     {"unit", "TEXT", false}},
    sizeof(struct nest), 1e4, affiliations_filter, affiliations_next, affiliations_cell, NULL};

static void assignments_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_account *a = &WORLD(c)->account[nest_of(c)->at];
    const struct keep_account_span *s = &a->span[nest_of(c)->inner];
    int kind = a->span_kind ? a->span_kind[nest_of(c)->inner] : KEEP_ACCOUNT_UNMAPPED;

    switch (column) {
    case 0: keep_vtab_mask(out, c->b, "account", a->entity); break;
    case 1: keep_vtab_word(out, keep_vocab_account_kind_word(kind != KEEP_ACCOUNT_UNMAPPED ? kind : (int)a->kind)); break;
    case 2: worker_mask(c, s->worker, out); break;
    case 3: keep_vtab_time(out, s->from); break;
    case 4: keep_vtab_time(out, s->to); break;
    default: break;
    }
}

/* Whose each account was, and of what kind, from when to when. */
const struct keep_vtab_view keep_vtab_people_assignments = {
    "assignments",
    {{"account", "TEXT", false}, {"kind", "TEXT", false}, {"worker", "TEXT", false}, {"since", "TEXT", false}, {"until", "TEXT", false}},
    sizeof(struct nest), 1e4, assignments_filter, assignments_next, assignments_cell, NULL};

static void duties_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_duty_span *d = &WORLD(c)->duty[nest_of(c)->at];

    switch (column) {
    case 0: worker_mask(c, d->worker, out); break;
    case 1: keep_vtab_word(out, keep_vocab_duty_word(d->kind)); break;
    case 2: if (d->unit < WORLD(c)->terms) keep_vtab_str(out, WORLD(c)->term[d->unit]); break;
    case 3: keep_vtab_time(out, d->from); break;
    case 4: keep_vtab_time(out, d->to); break;
    case 5: sqlite3_result_int64(out, d->source); break;
    default: break;
    }
}

/* Rosters: planned shifts, being on call, leave. */
const struct keep_vtab_view keep_vtab_people_duties = {
    "duties",
    {{"worker", "TEXT", false}, {"kind", "TEXT", false}, {"unit", "TEXT", false}, {"since", "TEXT", false}, {"until", "TEXT", false}, {"source", "INTEGER", false}},
    sizeof(struct nest), 1e6, duties_filter, duties_next, duties_cell, NULL};

static void trainings_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_training *t = &WORLD(c)->training[nest_of(c)->at];

    switch (column) {
    case 0: worker_mask(c, t->worker, out); break;
    case 1: keep_vtab_str(out, t->course); break;
    case 2: keep_vtab_date(out, t->completed); break;
    case 3: keep_vtab_date(out, t->valid_until); break;
    case 4: sqlite3_result_int64(out, t->source); break;
    default: break;
    }
}

/* Courses of the workforce; no day: not completed, not recorded. */
const struct keep_vtab_view keep_vtab_people_trainings = {
    "trainings",
    {{"worker", "TEXT", false}, {"course", "TEXT", false}, {"completed", "TEXT", false}, {"valid_until", "TEXT", false}, {"source", "INTEGER", false}},
    sizeof(struct nest), 1e5, trainings_filter, trainings_next, trainings_cell, NULL};

static void addresses_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_dwelling *d = &WORLD(c)->dwelling[nest_of(c)->at];

    switch (column) {
    case 0: keep_vtab_mask(out, c->b, "address", d->key & ((UINT64_C(1) << KEEP_SQLMASK_BITS) - 1)); break;
    case 1: sqlite3_result_int64(out, d->patients); break;
    case 2: sqlite3_result_int64(out, d->workers); break;
    case 3: if (d->institution < KEEP_INSTITUTION_COUNT) keep_vtab_word(out, keep_vocab_institution_word(d->institution)); break;
    case 4: keep_vtab_flag(out, d->crowded); break;
    case 5: keep_vtab_flag(out, d->confidential); break;
    default: break;
    }
}

/* Addresses that make no household: declared institutions, crowded ones (a finding), confidential ones. */
const struct keep_vtab_view keep_vtab_people_addresses = {
    "addresses",
    {{"address", "TEXT", false}, {"patients", "INTEGER", false}, {"workers", "INTEGER", false}, {"institution", "TEXT", false}, {"crowded", "TEXT", false},
     {"confidential", "TEXT", false}},
    sizeof(struct nest), 1e3, addresses_filter, addresses_next, addresses_cell, NULL};

static void contacts_cell(struct keep_vtab_cursor *c, int column, sqlite3_context *out)
{
    const struct keep_contact *k = &WORLD(c)->contact[nest_of(c)->at];

    switch (column) {
    case 0: patient_mask(c, k->patient, out); break;
    case 1: keep_vtab_str(out, k->code); break;
    case 2: worker_mask(c, k->worker, out); break;
    case 3: patient_mask(c, k->self, out); break;
    case 4: keep_vtab_time(out, k->from); break;
    case 5: keep_vtab_time(out, k->to); break;
    case 6: keep_vtab_flag(out, k->address_key[0] != 0); break;
    case 7: keep_vtab_flag(out, k->phone_key[0] != 0); break;
    case 8: sqlite3_result_int64(out, k->source); break;
    default: break;
    }
}

/* Whom sources name as contacts of patients; worker, self: the same human by a source's word; address, phone: whether people can be compared by it. */
const struct keep_vtab_view keep_vtab_people_contacts = {
    "contacts",
    {{"patient", "TEXT", false}, {"relationship", "TEXT", false}, {"worker", "TEXT", false}, {"self", "TEXT", false}, {"since", "TEXT", false}, {"until", "TEXT", false},
     {"address", "TEXT", false}, {"phone", "TEXT", false}, {"source", "INTEGER", false}},
    sizeof(struct nest), 1e6, contacts_filter, contacts_next, contacts_cell, NULL};
