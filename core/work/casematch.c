/* Cases on file are kept by what a finding must have in common with them; nearly
 * always that leads to one case, and nearly always both begin with the same
 * access. Only where they do not are accesses looked for one by one. A case that
 * is taken leaves its chain, so that many runs of one user, which are found in
 * the order in which they were, are each found at the chain's beginning. */
#include "core/work/casematch.h"

#include <stdlib.h>

#include "core/base/str.h"

struct keep_casematch_spot {
    struct keep_event_id id;
    size_t at; /* among the case's accesses */
};

uint64_t keep_casematch_account(const struct keep_world *w, const struct keep_case *k)
{
    return k->account == KEEP_ID_NONE ? 0 : w->account[k->account].entity;
}

uint64_t keep_casematch_patient(const struct keep_world *w, const struct keep_case *k)
{
    return k->patient == KEEP_ID_NONE ? 0 : w->patient[k->patient].entity;
}

enum keep_entity keep_casematch_user(const struct keep_world *w, const struct keep_case *k, uint64_t *user)
{
    *user = k->worker == KEEP_ID_NONE ? keep_casematch_account(w, k) : w->worker[k->worker].entity;
    return k->worker == KEEP_ID_NONE ? KEEP_ENTITY_ACCOUNT : KEEP_ENTITY_WORKER;
}

static bool same(const struct keep_world *w, const struct keep_casebook_case *f, const struct keep_case *k)
{
    uint64_t user;
    enum keep_entity kind = keep_casematch_user(w, k, &user);
    bool whose = f->kind == kind ? f->user == user : f->kind == KEEP_ENTITY_ACCOUNT && f->user == keep_casematch_account(w, k);
    return whose && f->patient == keep_casematch_patient(w, k) && keep_str_eq(f->rule, k->rule);
}

/* --- chains --- */

/* Two that met here would only be compared once more. */
static uint64_t whose(struct keep_str rule, enum keep_entity kind, uint64_t user, uint64_t patient)
{
    uint64_t h = keep_u64map_mix(keep_str_hash(rule) ^ (user << 1 | (kind == KEEP_ENTITY_ACCOUNT)));
    return keep_u64map_mix(h ^ patient);
}

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory while sorting out cases");
}

int keep_casematch_make(struct keep_casematch *m, const struct keep_world *w, const struct keep_casebook_case *file, size_t files, const bool *of, struct keep_err *err)
{
    size_t most = 0;
    uint32_t chains = 0;
    *m = (struct keep_casematch){.world = w, .file = file, .chain = KEEP_U64MAP_INIT};
    m->first = calloc(files + 1, sizeof *m->first);
    m->next = calloc(files + 1, sizeof *m->next);
    if (!m->first || !m->next || files >= KEEP_CASEMATCH_NONE || keep_u64map_reserve(&m->chain, of ? 0 : files))
        return no_memory(err);
    for (size_t i = files; i-- > 0;) {
        const struct keep_casebook_case *f = &file[i];
        if (of && !of[i])
            continue;
        uint32_t *at = keep_u64map_put(&m->chain, whose(f->rule, f->kind, f->user, f->patient));
        if (!at)
            return no_memory(err);
        if (*at == KEEP_U64MAP_NONE) {
            m->first[chains] = KEEP_CASEMATCH_NONE;
            *at = chains++;
        }
        m->next[i] = m->first[*at];
        m->first[*at] = (uint32_t)i;
        most = f->events > most ? f->events : most;
    }
    m->room = calloc(most + 1, sizeof *m->room);
    return m->room ? 0 : no_memory(err);
}

void keep_casematch_done(struct keep_casematch *m)
{
    keep_u64map_free(&m->chain);
    free(m->first);
    free(m->next);
    free(m->room);
    *m = (struct keep_casematch){.chain = KEEP_U64MAP_INIT};
}

/* One, or two where its user may have been nobody's account. */
struct keep_casematch_chains keep_casematch_chains(const struct keep_casematch *m, const struct keep_case *k)
{
    uint64_t user, patient = keep_casematch_patient(m->world, k);
    enum keep_entity kind = keep_casematch_user(m->world, k, &user);
    struct keep_casematch_chains c = {{keep_u64map_get(&m->chain, whose(k->rule, kind, user, patient)), KEEP_CASEMATCH_NONE}};
    if (kind == KEEP_ENTITY_WORKER)
        c.at[1] = keep_u64map_get(&m->chain, whose(k->rule, KEEP_ENTITY_ACCOUNT, keep_casematch_account(m->world, k), patient));
    return c;
}
_Static_assert(KEEP_CASEMATCH_NONE == KEEP_U64MAP_NONE, "what no map has is no chain");

/* --- accesses --- */

static bool is(const struct keep_event_id *a, const struct keep_event_id *b)
{
    return a->ordinal == b->ordinal && a->source == b->source;
}

static int by_id(const void *a, const void *b)
{
    const struct keep_casematch_spot *x = a, *y = b;
    if (x->id.source != y->id.source)
        return x->id.source < y->id.source ? -1 : 1;
    return (x->id.ordinal > y->id.ordinal) - (x->id.ordinal < y->id.ordinal);
}

/* An access has but one time. */
static bool apart(const struct keep_casebook_case *f, const struct keep_case *k)
{
    return !f->events || !k->events || f->last < k->first || k->last < f->first;
}

static void sort(struct keep_casematch *m, const struct keep_casebook_case *f)
{
    for (size_t i = 0; i < f->events; i++)
        m->room[i] = (struct keep_casematch_spot){f->event[i], i};
    qsort(m->room, f->events, sizeof *m->room, by_id);
}

/* Of the case that was sorted last. */
static const struct keep_casematch_spot *spot(const struct keep_casematch *m, const struct keep_casebook_case *f, struct keep_event_id id)
{
    const struct keep_casematch_spot want = {.id = id};
    return bsearch(&want, m->room, f->events, sizeof want, by_id);
}

/* The earliest of a finding's accesses that a case holds, if it is among the first `most`; else SIZE_MAX. */
static size_t earliest(struct keep_casematch *m, const struct keep_case *k, const struct keep_casebook_case *f, size_t most)
{
    if (apart(f, k))
        return SIZE_MAX;
    if (is(&k->event[0], &f->event[0]))
        return 0;
    sort(m, f);
    for (size_t i = 0; i < k->events && i < most; i++)
        if (spot(m, f, k->event[i]))
            return i;
    return SIZE_MAX;
}

struct best {
    size_t place;   /* of the access, in the finding */
    uint32_t *link; /* to the case; NULL none */
};

static void search(struct keep_casematch *m, const struct keep_case *k, uint32_t *link, struct best *b)
{
    for (; *link != KEEP_CASEMATCH_NONE; link = &m->next[*link]) {
        bool older = b->link && *link < *b->link;
        if (b->place == 0 && !older)
            return;
        if (!same(m->world, &m->file[*link], k))
            continue;
        size_t place = earliest(m, k, &m->file[*link], older ? b->place + 1 : b->place);
        if (place < b->place || (place == b->place && older))
            *b = (struct best){place, link};
    }
}

uint32_t keep_casematch_take(struct keep_casematch *m, const struct keep_case *k, struct keep_casematch_chains chains)
{
    uint32_t found;
    struct best b = {SIZE_MAX, NULL};
    for (size_t i = 0; i < 2; i++)
        if (chains.at[i] != KEEP_CASEMATCH_NONE)
            search(m, k, &m->first[chains.at[i]], &b);
    if (!b.link)
        return KEEP_CASEMATCH_NONE;
    found = *b.link;
    *b.link = m->next[found];
    return found;
}

int keep_casematch_each(struct keep_casematch *m, const struct keep_case *k, int (*each)(void *ctx, uint32_t file, size_t place), void *ctx)
{
    const struct keep_casematch_chains chains = keep_casematch_chains(m, k);
    for (size_t c = 0; c < 2; c++)
        for (uint32_t i = chains.at[c] != KEEP_CASEMATCH_NONE ? m->first[chains.at[c]] : KEEP_CASEMATCH_NONE; i != KEEP_CASEMATCH_NONE; i = m->next[i]) {
            const struct keep_casebook_case *f = &m->file[i];
            const struct keep_casematch_spot *s;
            size_t least = SIZE_MAX;
            int rc;
            if (apart(f, k) || !same(m->world, f, k))
                continue;
            sort(m, f);
            for (size_t e = 0; e < k->events; e++)
                if ((s = spot(m, f, k->event[e])) && s->at < least)
                    least = s->at;
            if (least != SIZE_MAX && (rc = each(ctx, i, least)) != 0)
                return rc;
        }
    return 0;
}
