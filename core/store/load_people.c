/* Who the people are: details laid one over the other in the order they came,
 * a later value replacing an earlier one, names and addresses adding up. A
 * patient's details open only with the patient's key: where that was destroyed
 * the person stays a number with its relations. */
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/store/load_build.h"
#include "core/store/load_detail.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct keep_str own(struct keep_load_build *b, struct keep_str s, bool *ok)
{
    return s.n ? keep_arena_str(b->a, s, ok) : (struct keep_str){NULL, 0};
}

/* --- people ----------------------------------------------------------------------- */

/* A confidential address, of that patient or (KEEP_ID_NONE) of a worker: no key of the person's, but known to be one. */
static bool hide(struct keep_load_build *b, uint64_t key, uint32_t patient)
{
    if (!keep_arena_grow(b->scratch, &b->hidden, &b->hidden_cap, b->hiddens + 1, sizeof *b->hidden, 32))
        return false;
    b->hidden[b->hiddens++] = (struct keep_load_mark){key, 0, patient == KEEP_ID_NONE, patient};
    return true;
}

static void digests_add(uint64_t to[4], const uint64_t key[4])
{
    for (int i = 0; i < 4 && key[i]; i++)
        keep_load_details_add(to, key[i]);
}

/* A year or a month that a day on file lies in says nothing new: the day stays. */
static bool tells_less(struct keep_partial_date had, struct keep_partial_date now)
{
    struct keep_ymd a = keep_civil_to_ymd(had.date), b = keep_civil_to_ymd(now.date);
    return had.date != KEEP_DATE_NONE && now.precision < had.precision && now.precision < KEEP_PREC_DAY && a.y == b.y && (now.precision <= KEEP_PREC_YEAR || a.m == b.m);
}

static void human_add(struct keep_load_build *b, const struct keep_load_told *t, struct keep_str *name, struct keep_str *number, struct keep_partial_date *birth, uint32_t patient, bool *ok)
{
    const struct keep_human *h = &t->d.human;

    if (h->names)
        *name = own(b, t->name, ok);
    if (h->mrn.n)
        *number = own(b, h->mrn, ok);
    if (h->birth.date != KEEP_DATE_NONE && !tells_less(*birth, h->birth))
        *birth = h->birth;
    for (size_t i = 0; i < t->hiddens; i++)
        *ok = *ok && hide(b, t->hidden[i], patient);
}

/* Which births and sexes were told: two of either in one chart may be two humans. */
static void told_twice(struct keep_patient *p, const struct keep_human *h)
{
    char sex = h->gender.n == 0 ? 0 : (h->gender.p[0] == 'f' || h->gender.p[0] == 'F') ? 'F' : (h->gender.p[0] == 'm' || h->gender.p[0] == 'M') ? 'M' : 0;
    if (h->birth.precision >= KEEP_PREC_DAY && (p->birth.precision < KEEP_PREC_DAY || p->birth.date != h->birth.date) && p->births < UINT8_MAX)
        p->births++;
    if (sex && sex != p->sex && p->sexes < 2)
        p->sexes++;
    if (sex)
        p->sex = sex;
}

static int patient_add(struct keep_load_build *b, struct keep_patient *p, const struct keep_load_told *t, struct keep_err *err)
{
    const struct keep_detail *d = &t->d;
    bool ok = true;

    p->known = true;
    told_twice(p, &d->human);
    human_add(b, t, &p->name, &p->mrn, &p->birth, (uint32_t)(p - b->w->patient), &ok);
    digests_add(p->surname_key, t->of.surname);
    digests_add(p->address_key, t->of.address);
    digests_add(p->street_key, t->of.street);
    if (d->deceased != KEEP_TRI_UNKNOWN)
        p->deceased = d->deceased;
    if (d->death.date != KEEP_DATE_NONE)
        p->death = d->death.date;
    if (d->confidential != KEEP_TRI_UNKNOWN)
        p->confidential = d->confidential;
    if (d->test != KEEP_TRI_UNKNOWN)
        p->test = d->test;
    if (d->worker)
        p->worker = keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, (int64_t)d->worker);
    return ok ? 0 : no_memory(err);
}

static int worker_add(struct keep_load_build *b, uint32_t i, const struct keep_load_told *t, struct keep_err *err)
{
    const struct keep_detail *d = &t->d;
    struct keep_worker *k = &b->w->worker[i];
    bool ok = true;

    k->known = true;
    human_add(b, t, &k->name, &k->number, &k->birth, KEEP_ID_NONE, &ok);
    digests_add(k->surname_key, t->of.surname);
    digests_add(k->address_key, t->of.address);
    digests_add(k->street_key, t->of.street);
    digests_add(k->phone_key, t->of.phone);
    if (d->department.n)
        k->department = own(b, d->department, &ok);
    if (d->role.n)
        k->role = own(b, d->role, &ok);
    if (d->unit.n)
        k->unit = own(b, d->unit, &ok);
    if (d->manager)
        k->manager = keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, (int64_t)d->manager);
    if (d->patient)
        k->patient = keep_load_map_at(&b->map, KEEP_ENTITY_PATIENT, (int64_t)d->patient);
    if (d->from != KEEP_TIME_NONE || d->to != KEEP_TIME_NONE || d->ended_known == KEEP_TRI_YES) {
        struct interval *v = keep_arena_alloc(b->scratch, sizeof *v);
        if (!v)
            return no_memory(err);
        v->v = (struct keep_interval){d->from, d->to, d->ended_known == KEEP_TRI_YES};
        v->post = (struct keep_post){own(b, d->department, &ok), own(b, d->role, &ok), own(b, d->unit, &ok)};
        v->next = b->interval[i];
        b->interval[i] = v;
        k->affiliations++;
    }
    return ok ? 0 : no_memory(err);
}

static int account_add(struct keep_load_build *b, uint32_t i, const struct keep_detail *d, struct keep_err *err)
{
    struct keep_account *k = &b->w->account[i];
    bool ok = true;

    k->login = own(b, d->login, &ok);
    if (d->account_kind != KEEP_ACCOUNT_UNMAPPED)
        k->kind = d->account_kind;
    if (d->worker || d->from != KEEP_TIME_NONE || d->to != KEEP_TIME_NONE) {
        struct span *v = keep_arena_alloc(b->scratch, sizeof *v);
        if (!v)
            return no_memory(err);
        v->v = (struct keep_account_span){keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, (int64_t)d->worker), d->from, d->to};
        v->kind = (uint8_t)d->account_kind;
        v->next = b->span[i];
        b->span[i] = v;
        k->spans++;
        if (d->worker && k->kind == KEEP_ACCOUNT_UNMAPPED)
            k->kind = KEEP_ACCOUNT_PERSON;
    }
    return ok ? 0 : no_memory(err);
}

static struct keep_str jurisdiction_of(const struct keep_world *w, uint32_t source)
{
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == source)
            return w->source[i].jurisdiction;
    return (struct keep_str){NULL, 0};
}

static int facility_add(struct keep_load_build *b, struct keep_facility *f, const struct keep_detail *d, uint32_t source, struct keep_err *err)
{
    bool ok = true;

    f->known = true;
    if (d->name.n)
        f->name = own(b, d->name, &ok);
    if (d->type.n)
        f->type = own(b, d->type, &ok);
    if (d->state.n)
        f->state = own(b, d->state, &ok);
    else if (f->state.n == 0)
        f->state = jurisdiction_of(b->w, source);
    return ok ? 0 : no_memory(err);
}

static int told_add(struct keep_load_build *b, const struct keep_load_told *t, struct keep_err *err)
{
    uint32_t i = keep_load_map_at(&b->map, t->kind == KEEP_ENTITY_CONTACT ? KEEP_ENTITY_PATIENT : t->kind, (int64_t)t->entity);

    if (t->gone)
        return 0;
    if (t->kind == KEEP_ENTITY_LOCATION) {
        if (t->entity > 0 && t->entity < b->map.roots.n && t->d.owner < b->map.roots.n)
            b->location_facility[b->map.roots.root[t->entity]] = (uint32_t)t->d.owner;
        return 0;
    }
    if (i == KEEP_ID_NONE)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a detail belongs to no entity");
    switch (t->kind) {
    case KEEP_ENTITY_PATIENT: return patient_add(b, &b->w->patient[i], t, err);
    case KEEP_ENTITY_WORKER: return worker_add(b, i, t, err);
    case KEEP_ENTITY_ACCOUNT: return account_add(b, i, &t->d, err);
    case KEEP_ENTITY_CONTACT: return keep_load_contact_add(b, i, t, err);
    default: return facility_add(b, &b->w->facility[i], &t->d, t->source, err);
    }
}

static int details_load(struct keep_load_build *b, struct keep_err *err)
{
    const struct keep_load_told *told;
    struct keep_load_details *l;
    size_t n;
    int rc = keep_load_details_open(&l, b->s, b->crew, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_load_details_next(l, &told, &n, err)) > 0)
        for (size_t i = rc = 0; i < n && rc == 0; i++)
            rc = told_add(b, &told[i], err);
    keep_load_details_close(l);
    return rc;
}

/* --- after all details ---------------------------------------------------------------- */

/* The same human on both sides, whichever side said so. */
static void humans_join(struct keep_world *w)
{
    for (uint32_t i = 0; i < w->patients; i++)
        if (w->patient[i].worker != KEEP_ID_NONE && w->worker[w->patient[i].worker].patient == KEEP_ID_NONE)
            w->worker[w->patient[i].worker].patient = i;
    for (uint32_t i = 0; i < w->workers; i++)
        if (w->worker[i].patient != KEEP_ID_NONE && w->patient[w->worker[i].patient].worker == KEEP_ID_NONE)
            w->patient[w->worker[i].patient].worker = i;
}

static int intervals_place(struct keep_load_build *b, struct keep_err *err)
{
    for (uint32_t i = 0; i < b->w->workers; i++) {
        struct keep_worker *k = &b->w->worker[i];
        struct keep_interval *v = keep_arena_array(b->a, k->affiliations + 1, sizeof *v);
        struct keep_post *post = keep_arena_array(b->a, k->affiliations + 1, sizeof *post);
        size_t at = k->affiliations;
        if (!v || !post)
            return no_memory(err);
        for (struct interval *n = b->interval[i]; n; n = n->next) {
            v[--at] = n->v;
            post[at] = n->post;
        }
        k->affiliation = v;
        k->post = post;
    }
    for (uint32_t i = 0; i < b->w->accounts; i++) {
        struct keep_account *k = &b->w->account[i];
        struct keep_account_span *v = keep_arena_array(b->a, k->spans + 1, sizeof *v);
        uint8_t *kind = keep_arena_alloc(b->a, k->spans + 1);
        size_t at = k->spans;
        if (!v || !kind)
            return no_memory(err);
        for (struct span *n = b->span[i]; n; n = n->next) {
            v[--at] = n->v;
            kind[at] = n->kind;
        }
        k->span = v;
        k->span_kind = kind;
    }
    return 0;
}

/* Of a patient whose chart is confidential every address is. */
static int confidential_hide(struct keep_load_build *b, struct keep_err *err)
{
    for (size_t i = 0; i < b->w->patients; i++) {
        struct keep_patient *p = &b->w->patient[i];
        for (int j = 0; j < 4 && p->confidential == KEEP_TRI_YES && p->address_key[j]; j++)
            if (!hide(b, p->address_key[j], (uint32_t)i))
                return no_memory(err);
        if (p->confidential == KEEP_TRI_YES) {
            memset(p->address_key, 0, sizeof p->address_key);
            memset(p->street_key, 0, sizeof p->street_key);
        }
    }
    return 0;
}

/* --- accounts that are a worker's identifier -------------------------------------------- */

struct bare {
    int64_t key;
    uint32_t worker; /* KEEP_ID_NONE: several workers have it */
};

static int by_bare(const void *a, const void *b)
{
    const struct bare *x = a, *y = b;

    return x->key != y->key ? (x->key < y->key ? -1 : 1) : (x->worker > y->worker) - (x->worker < y->worker);
}

static int bares_load(struct keep_load_build *b, struct bare **out, size_t *count, struct keep_err *err)
{
    struct bare *list = NULL;
    size_t n = 0, cap = 0, kept = 0;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(b->s, "SELECT bare, entity FROM entity_bare", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading identifiers", err)) > 0) {
        if (!keep_grow(&list, &cap, n + 1, sizeof *list, 256)) {
            rc = no_memory(err);
            break;
        }
        list[n++] = (struct bare){sqlite3_column_int64(st, 0), keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, sqlite3_column_int64(st, 1))};
    }
    sqlite3_finalize(st);
    if (rc < 0) {
        free(list);
        return rc;
    }
    if (n)
        qsort(list, n, sizeof *list, by_bare);
    for (size_t i = 0; i < n; i++) {
        if (kept && list[kept - 1].key == list[i].key) {
            if (list[kept - 1].worker != list[i].worker)
                list[kept - 1].worker = KEEP_ID_NONE;
        } else {
            list[kept++] = list[i];
        }
    }
    *out = list;
    *count = kept;
    return 0;
}

/* The worker whose identifier the login is, written alone or as a FHIR reference. */
static uint32_t worker_named(const struct keep_load_build *b, struct keep_str login, const struct bare *list, size_t n)
{
    static const char prefix[] = "Practitioner/";
    struct bare want;
    const struct bare *found;

    if (login.n > sizeof prefix - 1 && memcmp(login.p, prefix, sizeof prefix - 1) == 0)
        login = (struct keep_str){login.p + sizeof prefix - 1, login.n - (sizeof prefix - 1)};
    want.key = keep_entity_bare(b->keys, login);
    for (size_t low = 0, high = n; low < high;) {
        size_t mid = low + (high - low) / 2;
        found = &list[mid];
        if (found->key == want.key)
            return found->worker;
        if (found->key < want.key)
            low = mid + 1;
        else
            high = mid;
    }
    return KEEP_ID_NONE;
}

/* Of which nobody says whose it is, or what. */
static bool is_unmapped(const struct keep_account *k)
{
    return !k->spans && k->kind == KEEP_ACCOUNT_UNMAPPED && k->login.n > 0;
}

static int accounts_map(struct keep_load_build *b, struct keep_err *err)
{
    struct bare *list = NULL;
    size_t n = 0, i = 0;
    int rc = 0;

    while (i < b->w->accounts && !is_unmapped(&b->w->account[i]))
        i++;
    if (i < b->w->accounts) /* else nobody asks for identifiers, whose table is long */
        rc = bares_load(b, &list, &n, err);
    for (; rc == 0 && n && i < b->w->accounts; i++) {
        struct keep_account *k = &b->w->account[i];
        struct keep_account_span *span;
        uint32_t worker;
        if (!is_unmapped(k) || (worker = worker_named(b, k->login, list, n)) == KEEP_ID_NONE)
            continue;
        if (!(span = keep_arena_alloc(b->a, sizeof *span))) {
            rc = no_memory(err);
            break;
        }
        *span = (struct keep_account_span){worker, KEEP_TIME_NONE, KEEP_TIME_NONE};
        k->span = span;
        k->span_kind = NULL;
        k->spans = 1;
        k->kind = KEEP_ACCOUNT_PERSON;
    }
    free(list);
    return rc;
}

/* --- the whole ------------------------------------------------------------------------------ */

int keep_load_people(struct keep_load_build *b, struct keep_err *err)
{
    int rc;

    if ((rc = details_load(b, err)) < 0 || (rc = intervals_place(b, err)) < 0 || (rc = keep_load_contact_place(b, err)) < 0 || (rc = confidential_hide(b, err)) < 0 ||
        (rc = keep_load_fact_dwellings(b, err)) < 0 || (rc = keep_load_contact_settle(b, err)) < 0 || (rc = accounts_map(b, err)) < 0)
        return rc;
    humans_join(b->w);
    return 0;
}
