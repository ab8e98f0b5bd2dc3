/* Contacts of patients: digests to compare people by, and a code. No key is kept
 * by which a contact could be told from others who share it and have nothing to
 * do with them: an address that makes no household, one where the patient lives
 * confidentially, a phone that many have. */
#include <stdlib.h>

#include "core/store/load_build.h"
#include "core/store/load_detail.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

int keep_load_contact_add(struct keep_load_build *b, uint32_t patient, const struct keep_load_told *t, struct keep_err *err)
{
    bool ok = true;

    for (size_t i = 0; i < t->d.contacts; i++) {
        const struct keep_detail_contact *from = &t->d.contact[i];
        const struct keep_load_digests *of = &t->contact[i];
        struct contact *c = keep_arena_alloc(b->scratch, sizeof *c);
        if (!c)
            return no_memory(err);
        *c = (struct contact){.v = {.patient = patient, .worker = KEEP_ID_NONE, .self = KEEP_ID_NONE, .from = from->from, .to = from->to, .source = t->source}, .next = b->contact};
        if (from->worker)
            c->v.worker = keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, (int64_t)from->worker);
        if (from->patient)
            c->v.self = keep_load_map_at(&b->map, KEEP_ENTITY_PATIENT, (int64_t)from->patient);
        c->v.code = from->code.n ? keep_arena_str(b->a, from->code, &ok) : (struct keep_str){NULL, 0};
        c->v.words = from->relationship.n ? keep_arena_str(b->a, from->relationship, &ok) : (struct keep_str){NULL, 0};
        memcpy(c->v.surname_key, of->surname, sizeof of->surname);
        memcpy(c->v.address_key, of->address, sizeof of->address);
        memcpy(c->v.phone_key, of->phone, sizeof of->phone);
        b->contact = c;
        b->w->contacts++;
    }
    return ok ? 0 : no_memory(err);
}

struct placed {
    struct keep_contact v;
    size_t at; /* as they came */
};

static int by_patient(const void *a, const void *b)
{
    const struct placed *x = a, *y = b;

    if (x->v.patient != y->v.patient)
        return x->v.patient < y->v.patient ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

int keep_load_contact_place(struct keep_load_build *b, struct keep_err *err)
{
    struct keep_world *w = b->w;
    struct placed *list = calloc(w->contacts + 1, sizeof *list);
    size_t at = w->contacts;

    w->contact = keep_arena_array(b->a, w->contacts + 1, sizeof *w->contact);
    if (!list || !w->contact) {
        free(list);
        return no_memory(err);
    }
    for (const struct contact *c = b->contact; c; c = c->next) {
        at--;
        list[at] = (struct placed){c->v, at};
    }
    qsort(list, w->contacts, sizeof *list, by_patient);
    for (size_t i = 0; i < w->contacts; i++)
        w->contact[i] = list[i].v;
    free(list);
    return 0;
}

static void key_drop(uint64_t key[4], uint64_t v)
{
    int kept = 0;

    for (int i = 0; i < 4 && key[i]; i++)
        if (key[i] != v)
            key[kept++] = key[i];
    while (kept < 4)
        key[kept++] = 0;
}

/* --- phones that many share ------------------------------------------------------ */

struct had {
    uint64_t key, who; /* who: a worker, or (top bit) whose contact has it */
};

#define CONTACT_OF (UINT64_C(1) << 63)

static int by_key_who(const void *a, const void *b)
{
    const struct had *x = a, *y = b;

    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return (x->who > y->who) - (x->who < y->who);
}

static size_t gather(const struct keep_world *w, struct had *all)
{
    size_t n = 0;

    for (size_t i = 0; i < w->workers; i++)
        for (int j = 0; j < 4 && w->worker[i].phone_key[j]; j++)
            all[n++] = (struct had){w->worker[i].phone_key[j], i};
    for (size_t i = 0; i < w->contacts; i++)
        for (int j = 0; j < 4 && w->contact[i].phone_key[j]; j++)
            all[n++] = (struct had){w->contact[i].phone_key[j], CONTACT_OF | w->contact[i].patient};
    qsort(all, n, sizeof *all, by_key_who);
    return n;
}

/* Leaves in front the keys that too many have; how many. */
static size_t crowded(struct had *all, size_t n)
{
    size_t kept = 0;

    for (size_t i = 0, run; i < n; i += run) {
        size_t people = 0;
        uint64_t key = all[i].key;
        for (run = 0; i + run < n && all[i + run].key == key; run++)
            people += run == 0 || all[i + run].who != all[i + run - 1].who;
        if (people > KEEP_LOAD_HOUSEHOLD)
            all[kept++] = (struct had){key, 0};
    }
    return kept;
}

static void phones_drop(const struct had *shared, size_t n, uint64_t phone[4])
{
    uint64_t was[4];

    memcpy(was, phone, sizeof was);
    for (int i = 0; i < 4 && was[i]; i++) {
        struct had want = {was[i], 0};
        if (bsearch(&want, shared, n, sizeof want, by_key_who))
            key_drop(phone, was[i]);
    }
}

/* --- the whole ------------------------------------------------------------------- */

int keep_load_contact_settle(struct keep_load_build *b, struct keep_err *err)
{
    struct keep_world *w = b->w;
    struct had *all;
    size_t n;

    if (!(all = malloc(((w->workers + w->contacts) * 4 + 1) * sizeof *all)))
        return no_memory(err);
    n = crowded(all, gather(w, all));
    for (size_t i = 0; n && i < w->workers; i++)
        phones_drop(all, n, w->worker[i].phone_key);
    for (size_t i = 0; n && i < w->contacts; i++)
        phones_drop(all, n, w->contact[i].phone_key);
    free(all);
    for (size_t i = 0; w->dwellings && i < w->contacts; i++)
        keep_load_fact_household(w, w->contact[i].address_key);
    for (size_t i = 0; i < b->hiddens; i++)
        for (size_t k = b->hidden[i].worker ? w->contacts : keep_world_contacts(w, b->hidden[i].patient); k < w->contacts && w->contact[k].patient == b->hidden[i].patient; k++)
            key_drop(w->contact[k].address_key, b->hidden[i].key);
    return 0;
}
