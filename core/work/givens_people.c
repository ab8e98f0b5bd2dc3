/* The people of a test's world: patients, users with the workers behind them, and
 * who is whom. */
#include "core/work/givens_inside.h"

static uint32_t new_patient(struct keep_givens_build *b, struct keep_str id)
{
    uint32_t i = (uint32_t)b->w->patients++;
    b->patient_id[i] = id;
    b->w->patient[i] = (struct keep_patient){
        .entity = i + 1, .known = true, .death = KEEP_DATE_NONE, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}, .worker = KEEP_ID_NONE,
        .labels_unknown = b->p->labels >= 64 ? UINT64_MAX : (UINT64_C(1) << b->p->labels) - 1};
    return i;
}

static uint32_t worker_add(struct keep_givens_build *b)
{
    uint32_t i = (uint32_t)b->w->workers++;
    b->w->worker[i] = (struct keep_worker){
        .entity = i + 1, .known = true, .patient = KEEP_ID_NONE, .manager = KEEP_ID_NONE, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    return i;
}

static void link_humans(struct keep_givens_build *b, uint32_t worker, uint32_t patient)
{
    b->w->worker[worker].patient = patient;
    b->w->patient[patient].worker = worker;
}

/* A user: an account, and unless told otherwise the worker behind it. */
static uint32_t user_add(struct keep_givens_build *b, struct keep_str id, bool mapped)
{
    uint32_t i = b->users++;
    struct keep_account_span *span = mapped ? keep_arena_alloc(b->a, sizeof *span) : NULL;
    b->user_id[i] = id;
    b->user_worker[i] = mapped ? worker_add(b) : KEEP_ID_NONE;
    b->w->account[i] = (struct keep_account){.entity = i + 1, .login = id, .kind = mapped ? KEEP_ACCOUNT_PERSON : KEEP_ACCOUNT_UNMAPPED};
    b->w->accounts = b->users;
    b->full |= mapped && !span;
    if (span) {
        *span = (struct keep_account_span){b->user_worker[i], KEEP_TIME_NONE, KEEP_TIME_NONE};
        b->w->account[i].span = span;
        b->w->account[i].spans = 1;
    }
    return i;
}

/* The patient a given thing is about; made when nobody gave it. */
uint32_t keep_givens_people_patient_of(struct keep_givens_build *b, const struct keep_test_given *g)
{
    const struct keep_value *v = keep_given_get(g, "patient_id", KEEP_V_STRING);
    if (v && !v->s.n)
        return KEEP_ID_NONE;
    if (!v)
        return b->w->patients ? 0 : new_patient(b, (struct keep_str){NULL, 0});
    uint32_t i = keep_givens_find(b->patient_id, b->w->patients, v->s);
    return i != KEEP_ID_NONE ? i : new_patient(b, v->s);
}

uint32_t keep_givens_people_user_of(struct keep_givens_build *b, struct keep_str id)
{
    if (!id.n)
        return b->users ? 0 : user_add(b, (struct keep_str){NULL, 0}, true);
    uint32_t i = keep_givens_find(b->user_id, b->users, id);
    return i != KEEP_ID_NONE ? i : user_add(b, id, true);
}

void keep_givens_people_add_patient(struct keep_givens_build *b, const struct keep_test_given *g)
{
    uint32_t i = new_patient(b, keep_given_text(g, "id"));
    struct keep_patient *p = &b->w->patient[i];
    const struct keep_value *labels = keep_given_get(g, "labels", KEEP_V_LIST);
    p->name = keep_given_text(g, "name");
    p->mrn = keep_given_text(g, "mrn");
    p->birth.date = keep_given_day(g, "birth_date");
    p->birth.precision = p->birth.date != KEEP_DATE_NONE ? KEEP_PREC_DAY : KEEP_PREC_NONE;
    p->death = keep_given_day(g, "death_date");
    p->deceased = p->death != KEEP_DATE_NONE ? KEEP_TRI_YES : keep_given_yes_no(g, "deceased");
    struct keep_str sex = keep_given_text(g, "sex");
    p->sex = sex.n ? sex.p[0] : 0;
    p->births = (uint8_t)keep_givens_count(g, "births", p->birth.date != KEEP_DATE_NONE);
    p->sexes = (uint8_t)keep_givens_count(g, "sexes", p->sex != 0);
    p->confidential = keep_given_yes_no(g, "confidential");
    p->test = keep_given_yes_no(g, "test_record");
    keep_given_keys(g, "address_key", p->address_key);
    keep_given_keys(g, "street_key", p->street_key);
    keep_given_keys(g, "surname_key", p->surname_key);
    for (size_t k = 0; labels && k < labels->list.n; k++)
        for (size_t l = 0; l < b->p->labels && l < KEEP_POLICY_LABELS; l++)
            if (keep_str_eq(b->p->label[l].id, labels->list.item[k].s))
                p->labels |= UINT64_C(1) << l;
    p->labels_unknown = labels ? 0 : p->labels_unknown;
    struct keep_str department = keep_given_text(g, "department");
    enum keep_tristate worker = department.n ? KEEP_TRI_YES : keep_given_yes_no(g, "is_worker");
    if (worker == KEEP_TRI_UNKNOWN)
        return;
    uint32_t k = worker_add(b);
    b->w->worker[k].department = department;
    if (worker == KEEP_TRI_YES)
        link_humans(b, k, i);
    else /* some source names workers who are patients, and not this one */
        link_humans(b, k, new_patient(b, KEEP_STR("(another)")));
}

void keep_givens_people_add_user(struct keep_givens_build *b, const struct keep_test_given *g)
{
    enum keep_tristate inside = keep_given_yes_no(g, "affiliated");
    struct keep_str kind = keep_given_text(g, "kind"), login = keep_given_text(g, "login");
    uint32_t i = user_add(b, keep_given_text(g, "id"), keep_given_yes_no(g, "mapped") != KEEP_TRI_NO);
    struct keep_account *a = &b->w->account[i];
    a->login = login.n ? login : a->login;
    a->kind = kind.n ? (enum keep_account_kind)keep_givens_word(keep_vocab_account_kind(kind), KEEP_ACCOUNT_UNMAPPED) : a->kind;
    if (b->user_worker[i] == KEEP_ID_NONE)
        return;
    struct keep_worker *w = &b->w->worker[b->user_worker[i]];
    w->name = keep_given_text(g, "name");
    w->department = keep_given_text(g, "department");
    w->role = keep_given_text(g, "role");
    w->unit = keep_given_text(g, "unit");
    keep_given_keys(g, "address_key", w->address_key);
    keep_given_keys(g, "street_key", w->street_key);
    keep_given_keys(g, "surname_key", w->surname_key);
    struct keep_interval v = {keep_given_instant(g, "from"), keep_given_instant(g, "to"), true};
    if (inside == KEEP_TRI_NO) /* an affiliation that ended before all time */
        v.to = KEEP_TIME_NONE + 1;
    if (inside == KEEP_TRI_UNKNOWN && v.from == KEEP_TIME_NONE && v.to == KEEP_TIME_NONE)
        return;
    struct keep_interval *p = keep_arena_alloc(b->a, sizeof *p);
    b->full |= !p;
    if (!p)
        return;
    *p = v;
    w->affiliation = p;
    w->affiliations = 1;
}

/* A contact of the patient, who is the user or (no) somebody else. */
static void give_contact(struct keep_givens_build *b, const struct keep_test_given *g, uint32_t worker)
{
    const struct keep_value *said = keep_given_get(g, "contact_words", KEEP_V_LIST);
    enum keep_tristate is = said ? KEEP_TRI_YES : keep_given_yes_no(g, "is_contact");
    uint32_t patient = is != KEEP_TRI_UNKNOWN && worker != KEEP_ID_NONE ? (b->w->patients ? 0 : new_patient(b, (struct keep_str){NULL, 0})) : KEEP_ID_NONE;
    if (patient == KEEP_ID_NONE)
        return;
    struct keep_contact c = {
        .patient = patient, .worker = is == KEEP_TRI_YES ? worker : worker_add(b), .self = KEEP_ID_NONE, .from = KEEP_TIME_NONE, .to = KEEP_TIME_NONE, .source = KEEP_GIVENS_SOURCE};
    if (said && said->list.n && said->list.item[0].type == KEEP_V_STRING)
        c.words = said->list.item[0].s;
    b->w->contact[b->w->contacts++] = c;
}

/* Once all people are there: who is whom. */
void keep_givens_people_link(struct keep_givens_build *b, const struct keep_test *t)
{
    uint32_t user = 0;
    for (size_t i = 0; i < t->givens; i++) {
        const struct keep_test_given *g = &t->given[i];
        if (!keep_str_is(g->word, "user"))
            continue;
        uint32_t worker = b->user_worker[user++];
        give_contact(b, g, worker);
        struct keep_str id = keep_given_text(g, "patient_id");
        enum keep_tristate self = keep_given_yes_no(g, "is_patient");
        if (worker == KEEP_ID_NONE || (!id.n && self == KEEP_TRI_UNKNOWN))
            continue;
        uint32_t patient = self == KEEP_TRI_NO ? new_patient(b, KEEP_STR("(the user)")) : keep_givens_people_patient_of(b, g);
        if (patient != KEEP_ID_NONE)
            link_humans(b, worker, patient);
    }
}
