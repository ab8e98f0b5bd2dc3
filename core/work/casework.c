/* People's side of cases. Nobody is named unless the case is revealed: masks
 * come from the numbers on file alone, so that a list needs no world. */
#include "core/work/casework.h"

#include "core/audit/u64map.h"
#include "core/store/load.h"
#include "core/work/askrun.h"

#define LEAST_DIGITS 6 /* of a case's id: what one reads aloud */

int keep_casework_open(struct keep_casework *w, struct keep_store *s, struct keep_str revealed, bool people, struct keep_err *err)
{
    *w = (struct keep_casework){.store = s, .arena = keep_arena_new(0), .people = people};
    if (!w->arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_mask_init(&w->mask, s, w->arena);
    w->mask.revealed = revealed;
    int rc = keep_casebook_load(s, w->arena, &w->list, &w->n, err);
    if (rc == 0 && people)
        rc = keep_load_world(s, w->arena, &w->world, err);
    return rc;
}

void keep_casework_close(struct keep_casework *w)
{
    keep_arena_free(w->arena);
    *w = (struct keep_casework){0};
}

int keep_casework_find(const struct keep_casework *w, struct keep_str hex, const struct keep_casebook_case **out, struct keep_err *err)
{
    int rc = hex.n < LEAST_DIGITS ? 1 : keep_casebook_named(w->list, w->n, hex, out);
    if (rc == 1)
        return keep_err_set(err, KEEP_E_USAGE, "%.*s: no case on file has an id that begins so (six digits at least)", (int)hex.n, hex.p);
    return rc == 2 ? keep_err_set(err, KEEP_E_USAGE, "%.*s: more than one case has an id that begins so", (int)hex.n, hex.p) : rc;
}

uint32_t keep_casework_worker_index(const struct keep_world *w, uint64_t entity)
{
    for (uint32_t i = 0; i < w->workers; i++)
        if (w->worker[i].entity == entity)
            return i;
    return KEEP_ID_NONE;
}

static uint32_t account_index(const struct keep_world *w, uint64_t entity)
{
    for (uint32_t i = 0; i < w->accounts; i++)
        if (w->account[i].entity == entity)
            return i;
    return KEEP_ID_NONE;
}

static struct keep_str mask(struct keep_casework *w, const struct keep_casebook_case *c, const char *word, uint64_t entity, struct keep_str clear)
{
    keep_mask_note(&w->mask, c->name, sizeof c->name, word, entity, clear);
    return keep_mask_text(&w->mask, c->name, sizeof c->name, word, entity, clear);
}

static const struct keep_str none = {NULL, 0};

struct keep_str keep_casework_worker(struct keep_casework *w, const struct keep_casebook_case *c, uint32_t worker)
{
    const struct keep_worker *k = &w->world.worker[worker];
    return mask(w, c, "user", k->entity, k->name.n ? k->name : k->number);
}

struct keep_str keep_casework_user(struct keep_casework *w, const struct keep_casebook_case *c)
{
    if (c->kind != KEEP_ENTITY_WORKER)
        return none;
    uint32_t i = w->people ? keep_casework_worker_index(&w->world, c->user) : KEEP_ID_NONE;
    return i != KEEP_ID_NONE ? keep_casework_worker(w, c, i) : mask(w, c, "user", c->user, none);
}

struct keep_str keep_casework_account(struct keep_casework *w, const struct keep_casebook_case *c)
{
    if (c->account == 0)
        return none;
    uint32_t i = w->people ? account_index(&w->world, c->account) : KEEP_ID_NONE;
    return mask(w, c, "account", c->account, i == KEEP_ID_NONE ? none : w->world.account[i].login);
}

static struct keep_str patient_text(struct keep_casework *w, const struct keep_casebook_case *c, uint32_t patient)
{
    const struct keep_patient *p = &w->world.patient[patient];
    return mask(w, c, "patient", p->entity, p->name.n ? p->name : p->mrn);
}

struct keep_str keep_casework_patient(struct keep_casework *w, const struct keep_casebook_case *c)
{
    if (c->patient == 0)
        return none;
    uint32_t i = w->people ? keep_load_patient_index(&w->world, c->patient) : KEEP_ID_NONE;
    return i != KEEP_ID_NONE ? patient_text(w, c, i) : mask(w, c, "patient", c->patient, none);
}

struct keep_str keep_casework_who(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casework_access *a)
{
    if (a->worker != KEEP_ID_NONE)
        return keep_casework_worker(w, c, a->worker);
    return a->account != KEEP_ID_NONE ? mask(w, c, "account", w->world.account[a->account].entity, w->world.account[a->account].login) : none;
}

struct keep_str keep_casework_whose(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casework_access *a)
{
    return a->patient != KEEP_ID_NONE ? patient_text(w, c, a->patient) : none;
}

struct gathering {
    struct keep_casework *w;
    struct keep_u64map wanted; /* access -> its place in the case */
    struct keep_casework_access *at;
    bool *seen;
};

static uint64_t event_key(uint32_t source, uint64_t ordinal)
{
    return (uint64_t)source << 44 ^ ordinal;
}

static void gather(struct gathering *g, const struct keep_casebook_case *c, const struct keep_events *b)
{
    const struct keep_world *world = &g->w->world;
    for (uint32_t i = 0; i < b->n; i++) {
        uint32_t k = keep_u64map_get(&g->wanted, event_key(b->source, b->ordinal[i]));
        if (k == KEEP_U64MAP_NONE || c->event[k].source != b->source || c->event[k].ordinal != b->ordinal[i])
            continue;
        uint32_t worker = keep_world_holder(world, b->account[i], b->time[i], NULL);
        g->seen[k] = true;
        g->at[k] = (struct keep_casework_access){
            .event = c->event[k], .account = b->account[i], .worker = worker, .patient = b->patient[i], .time = b->time[i], .action = b->action[i], .exposure = b->exposure[i],
            .searched = b->searched[i], .break_glass = (enum keep_tristate)b->break_glass[i], .relation = keep_askrun_relation(world, b->patient[i], worker, b->time[i])};
    }
}

int keep_casework_accesses(struct keep_casework *w, const struct keep_casebook_case *c, struct keep_casework_access **out, size_t *n, struct keep_err *err)
{
    struct gathering g = {.w = w, .wanted = KEEP_U64MAP_INIT};
    struct keep_load_events *events = NULL;
    struct keep_event_scan scan;
    struct keep_events batch;
    size_t got = 0;
    g.at = keep_arena_array(w->arena, c->events + 1, sizeof *g.at);
    g.seen = keep_arena_array(w->arena, c->events + 1, sizeof *g.seen);
    int rc = g.at && g.seen ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < c->events; i++) {
        uint32_t *at = keep_u64map_put(&g.wanted, event_key(c->event[i].source, c->event[i].ordinal));
        if (at)
            *at = (uint32_t)i;
        else
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    if (rc == 0)
        rc = keep_load_events_open(&events, w->store, &w->world, &scan, err);
    while (rc == 0 && (rc = scan.next(scan.ctx, &batch, err)) > 0) {
        gather(&g, c, &batch);
        rc = 0;
    }
    for (size_t i = 0; rc == 0 && i < c->events; i++)
        if (g.seen[i])
            g.at[got++] = g.at[i];
    keep_load_events_close(events);
    keep_u64map_free(&g.wanted);
    if (rc == 0) {
        *out = g.at;
        *n = got;
    }
    return rc;
}

struct keep_str keep_casework_event(struct keep_casework *w, struct keep_event_id id)
{
    struct keep_str name = {NULL, 0}, out;
    struct keep_buf b = KEEP_BUF_INIT;
    for (size_t i = 0; i < w->world.sources; i++)
        if (w->world.source[i].id == id.source)
            name = w->world.source[i].name;
    keep_buf_add(&b, name.n ? name.p : "?", name.n ? name.n : 1);
    keep_buf_printf(&b, ":%llu", (unsigned long long)id.ordinal);
    out = keep_arena_str(w->arena, keep_buf_view(&b), NULL);
    keep_buf_free(&b);
    return out;
}

/* The same step of several cases. keep_status: the status of each stays as it is. */
static int steps(struct keep_casework *w, const struct keep_casebook_case *const *list, size_t n, const struct keep_casebook_step *what, bool keep_status, struct keep_err *err)
{
    struct keep_casebook *b = NULL;
    int rc = keep_txn_begin(w->store, KEEP_LEDGER_CASE, err);
    if (rc < 0)
        return rc;
    rc = keep_casebook_new(&b, w->store, err);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct keep_casebook_step one = *what;
        one.status = keep_status ? list[i]->status : what->status;
        rc = keep_casebook_step(b, list[i]->id, list[i]->patient_key, &one, NULL, err);
    }
    keep_txn_count(w->store, "steps", n);
    keep_casebook_free(b);
    return keep_txn_end(w->store, rc, err);
}

int keep_casework_assign(struct keep_casework *w, const struct keep_casebook_case *const *list, size_t n, struct keep_str to, struct keep_str who, struct keep_err *err)
{
    return steps(w, list, n, &(struct keep_casebook_step){.kind = KEEP_CASEBOOK_ASSIGNED, .who = who, .about = to}, true, err);
}

int keep_casework_step(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casebook_step *what, struct keep_err *err)
{
    return steps(w, &c, 1, what, false, err);
}
