/* Who the people are: details laid one over the other in the order they came,
 * a later value replacing an earlier one, names and addresses adding up. A
 * patient's details open only with the patient's key: where that was destroyed
 * the person stays a number with its relations. */
#include <stdlib.h>

#include "core/base/grow.h"
#include "core/crypto/hash.h"
#include "core/store/detail.h"
#include "core/store/load_build.h"
#include "core/text/fold.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct keep_str own(struct keep_load_build *b, struct keep_str s, bool *ok)
{
    return s.n ? keep_arena_str(b->a, s, ok) : (struct keep_str){NULL, 0};
}

/* --- people ----------------------------------------------------------------------- */

/* A digest of a folded string; 0 for none. */
static uint64_t key_of(struct keep_str folded)
{
    uint8_t h[32];
    uint64_t v = 0;

    if (folded.n == 0)
        return 0;
    keep_hash_blake2b(h, folded.p, folded.n);
    for (int i = 0; i < 8; i++)
        v = v << 8 | h[i];
    return v ? v : 1;
}

static void key_add(uint64_t key[4], uint64_t v)
{
    for (int i = 0; v && i < 4; i++) {
        if (key[i] == v)
            return;
        if (key[i] == 0) {
            key[i] = v;
            return;
        }
    }
}

static uint64_t street_of(const struct keep_address *d, struct keep_arena *row)
{
    return key_of(keep_fold_street(d->line, d->city, d->state, d->postal, row));
}

uint64_t keep_load_people_address(const struct keep_address *d, struct keep_arena *row)
{
    return key_of(keep_fold_address(d->line, d->city, d->state, d->postal, row));
}

/* Is it where somebody lives now? */
static bool lives(const struct keep_address *d)
{
    return !keep_str_is(d->use, "old") && !keep_str_is(d->use, "work") && !keep_str_is(d->use, "billing") && !keep_str_is(d->use, "postal");
}

/* A confidential address, of that patient or (KEEP_ID_NONE) of a worker: no key of the person's, but known to be one. */
static bool hide(struct keep_load_build *b, uint64_t key, uint32_t patient)
{
    if (!keep_arena_grow(b->scratch, &b->hidden, &b->hidden_cap, b->hiddens + 1, sizeof *b->hidden, 32))
        return false;
    b->hidden[b->hiddens++] = (struct keep_load_mark){key, 0, patient == KEEP_ID_NONE, patient};
    return true;
}

static bool prior(struct keep_str use)
{
    return keep_str_is(use, "old") || keep_str_is(use, "maiden");
}

/* "Family, Given" of the official name, else of the first that is not a former one. */
static struct keep_str name_of(struct keep_load_build *b, const struct keep_human *h, bool *ok)
{
    const struct keep_name *best = NULL;
    struct keep_buf z = KEEP_BUF_INIT;
    struct keep_str out;

    for (size_t i = 0; i < h->names; i++)
        if (keep_str_is(h->name[i].use, "official") || (!best && !prior(h->name[i].use)))
            best = best && keep_str_is(best->use, "official") ? best : &h->name[i];
    if (!best && h->names)
        best = &h->name[0];
    if (!best)
        return (struct keep_str){NULL, 0};
    keep_buf_add(&z, best->family.p, best->family.n);
    if (best->family.n && best->given.n)
        keep_buf_add(&z, ", ", 2);
    keep_buf_add(&z, best->given.p, best->given.n);
    *ok = *ok && !z.failed;
    out = own(b, keep_buf_view(&z), ok);
    keep_buf_free(&z);
    return out;
}

void keep_load_people_surnames(struct keep_load_build *b, const struct keep_human *h, uint64_t surname[4])
{
    for (size_t i = 0; i < h->names; i++)
        key_add(surname, key_of(keep_fold_name(h->name[i].family, b->row)));
}

void keep_load_people_phones(struct keep_load_build *b, const struct keep_human *h, uint64_t phone[4])
{
    for (size_t i = 0; i < h->phones; i++)
        key_add(phone, key_of(keep_fold_phone(h->phone[i], b->row)));
}

void keep_load_people_addresses(struct keep_load_build *b, const struct keep_human *h, uint64_t address[4])
{
    for (size_t i = 0; i < h->addresses; i++)
        if (lives(&h->address[i]) && !h->address[i].confidential)
            key_add(address, keep_load_people_address(&h->address[i], b->row));
}

static void streets(struct keep_load_build *b, const struct keep_human *h, uint64_t street[4])
{
    for (size_t i = 0; i < h->addresses; i++)
        if (lives(&h->address[i]) && !h->address[i].confidential)
            key_add(street, street_of(&h->address[i], b->row));
}

static void human_add(struct keep_load_build *b, const struct keep_human *h, struct keep_str *name, struct keep_str *number, struct keep_partial_date *birth,
                      uint64_t surname[4], uint64_t address[4], uint32_t patient, bool *ok)
{
    if (h->names)
        *name = name_of(b, h, ok);
    if (h->mrn.n)
        *number = own(b, h->mrn, ok);
    if (h->birth.date != KEEP_DATE_NONE)
        *birth = h->birth;
    keep_load_people_surnames(b, h, surname);
    keep_load_people_addresses(b, h, address);
    for (size_t i = 0; i < h->addresses; i++) {
        uint64_t key = lives(&h->address[i]) && h->address[i].confidential ? keep_load_people_address(&h->address[i], b->row) : 0;
        if (key)
            *ok = *ok && hide(b, key, patient);
    }
}

/* Which births and sexes were told: two of either in one chart may be two humans. */
static void told_twice(struct keep_patient *p, const struct keep_human *h)
{
    char sex = h->gender.n == 0 ? 0 : (h->gender.p[0] == 'f' || h->gender.p[0] == 'F') ? 'F' : (h->gender.p[0] == 'm' || h->gender.p[0] == 'M') ? 'M' : 0;
    if (h->birth.precision >= KEEP_PREC_DAY && (p->birth.precision < KEEP_PREC_DAY || p->birth.date != h->birth.date) && p->births < UINT8_MAX)
        p->births++;
    if (sex && sex != p->sex && p->sexes < UINT8_MAX)
        p->sexes++;
    if (sex)
        p->sex = sex;
}

static int patient_add(struct keep_load_build *b, struct keep_patient *p, const struct keep_detail *d, struct keep_err *err)
{
    bool ok = true;

    p->known = true;
    told_twice(p, &d->human);
    human_add(b, &d->human, &p->name, &p->mrn, &p->birth, p->surname_key, p->address_key, (uint32_t)(p - b->w->patient), &ok);
    streets(b, &d->human, p->street_key);
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

static int worker_add(struct keep_load_build *b, uint32_t i, const struct keep_detail *d, struct keep_err *err)
{
    struct keep_worker *k = &b->w->worker[i];
    bool ok = true;

    k->known = true;
    human_add(b, &d->human, &k->name, &k->number, &k->birth, k->surname_key, k->address_key, KEEP_ID_NONE, &ok);
    keep_load_people_phones(b, &d->human, k->phone_key);
    streets(b, &d->human, k->street_key);
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

static struct keep_str jurisdiction_of(const struct keep_world *w, int64_t source)
{
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == source)
            return w->source[i].jurisdiction;
    return (struct keep_str){NULL, 0};
}

static int facility_add(struct keep_load_build *b, struct keep_facility *f, const struct keep_detail *d, int64_t source, struct keep_err *err)
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

/* 1: the patient's details are gone with their key. sealed: what the body was sealed as. */
static int patient_open(struct keep_load_build *b, const char *sealed, uint64_t entity, struct keep_str digest, struct keep_str *body, struct keep_err *err)
{
    uint64_t bound;
    int rc;

    if (b->patient != entity) {
        if ((b->patient_key = keep_ring_walk_get(&b->ring, entity, b->keys->owner, err)) < 0)
            return b->patient_key;
        b->patient = entity;
    }
    if (b->patient_key == 1)
        return 1;
    if (b->patient_key == 2 || digest.n != KEEP_ENTITY_HASH)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a patient's key is missing without having been destroyed");
    memcpy(&bound, digest.p, sizeof bound);
    keep_buf_clear(&b->plain);
    if ((rc = keep_seal_open_text(&b->plain, *body, sealed, entity, bound, b->keys->owner, err)) < 0)
        return rc;
    *body = keep_buf_view(&b->plain);
    return 0;
}

static int detail_row(struct keep_load_build *b, sqlite3_stmt *st, struct keep_err *err)
{
    int64_t entity = sqlite3_column_int64(st, 0), kind = sqlite3_column_int64(st, 1);
    struct keep_str body = keep_rowio_blob_at(st, 3);
    uint32_t i = keep_load_map_at(&b->map, kind == KEEP_ENTITY_CONTACT ? KEEP_ENTITY_PATIENT : (enum keep_entity)kind, entity);
    const char *sealed = keep_detail_sealed((enum keep_entity)kind);
    struct keep_detail d;
    int rc;

    keep_arena_reset(b->row);
    if (sealed && (rc = patient_open(b, sealed, (uint64_t)entity, keep_rowio_blob_at(st, 4), &body, err)) != 0)
        return rc < 0 ? rc : 0;
    if ((rc = keep_detail_get(&d, (enum keep_entity)kind, body, b->row, err)) < 0)
        return rc;
    if (kind == KEEP_ENTITY_LOCATION) {
        if (entity > 0 && (uint64_t)entity < b->map.roots.n && d.owner < b->map.roots.n)
            b->location_facility[b->map.roots.root[entity]] = (uint32_t)d.owner;
        return 0;
    }
    if (i == KEEP_ID_NONE)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a detail belongs to no entity");
    switch (kind) {
    case KEEP_ENTITY_PATIENT: return patient_add(b, &b->w->patient[i], &d, err);
    case KEEP_ENTITY_WORKER: return worker_add(b, i, &d, err);
    case KEEP_ENTITY_ACCOUNT: return account_add(b, i, &d, err);
    case KEEP_ENTITY_CONTACT: return keep_load_contact_add(b, i, &d, (uint32_t)sqlite3_column_int64(st, 2), err);
    default: return facility_add(b, &b->w->facility[i], &d, sqlite3_column_int64(st, 2), err);
    }
}

/* Ids of details that a later one of their slot replaced, ascending: mostly few, and found by one walk along an index. */
static int replaced_list(struct keep_load_build *b, int64_t **out, size_t *n, struct keep_err *err)
{
    static const char sql[] = "SELECT d.id FROM (SELECT slot, max(id) AS last FROM detail GROUP BY slot HAVING count(*) > 1) g JOIN detail d ON d.slot = g.slot AND d.id < g.last ORDER BY d.id";
    size_t cap = 0;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(b->s, sql, &st, err);

    *n = 0;
    while (rc >= 0 && (rc = keep_rowio_next(st, "reading people", err)) > 0) {
        if (!keep_arena_grow(b->scratch, out, &cap, *n + 1, sizeof **out, 64)) {
            rc = no_memory(err);
            break;
        }
        (*out)[(*n)++] = sqlite3_column_int64(st, 0);
    }
    sqlite3_finalize(st);
    return rc;
}

static int details_load(struct keep_load_build *b, struct keep_err *err)
{
    int64_t *replaced = NULL;
    size_t n, at = 0;
    sqlite3_stmt *st = NULL;
    int rc = replaced_list(b, &replaced, &n, err);

    if (rc < 0 || (rc = keep_load_prepare(b->s, "SELECT entity, kind, source, body, digest, id FROM detail ORDER BY id", &st, err)) < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading people", err)) > 0)
        if (at < n && sqlite3_column_int64(st, 5) == replaced[at])
            at++;
        else if ((rc = detail_row(b, st, err)) < 0)
            break;
    sqlite3_finalize(st);
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

static int accounts_map(struct keep_load_build *b, struct keep_err *err)
{
    struct bare *list = NULL;
    size_t n = 0;
    int rc = bares_load(b, &list, &n, err);

    for (size_t i = 0; rc == 0 && n && i < b->w->accounts; i++) {
        struct keep_account *k = &b->w->account[i];
        struct keep_account_span *span;
        uint32_t worker;
        if (k->spans || k->kind != KEEP_ACCOUNT_UNMAPPED || k->login.n == 0 || (worker = worker_named(b, k->login, list, n)) == KEEP_ID_NONE)
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
