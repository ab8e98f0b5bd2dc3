/* Looking things up in a world's sorted arrays. */
#include "core/model/world.h"

#include <stddef.h>
#include <string.h>

/* The first of n rows whose owner, an index that stands `at` bytes into the row, is not below this one. */
static size_t first_of(const void *rows, size_t n, size_t size, size_t at, uint32_t owner)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        uint32_t have;
        memcpy(&have, (const char *)rows + mid * size + at, sizeof have);
        if (have < owner)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

size_t keep_world_contacts(const struct keep_world *w, uint32_t patient)
{
    return first_of(w->contact, w->contacts, sizeof *w->contact, offsetof(struct keep_contact, patient), patient);
}

size_t keep_world_encounters(const struct keep_world *w, uint32_t patient)
{
    return first_of(w->encounter, w->encounters, sizeof *w->encounter, offsetof(struct keep_encounter, patient), patient);
}

size_t keep_world_relations(const struct keep_world *w, uint32_t patient)
{
    return first_of(w->relation, w->relations, sizeof *w->relation, offsetof(struct keep_relation, patient), patient);
}

size_t keep_world_duties(const struct keep_world *w, uint32_t worker)
{
    return first_of(w->duty, w->duties, sizeof *w->duty, offsetof(struct keep_duty_span, worker), worker);
}

size_t keep_world_trainings(const struct keep_world *w, uint32_t worker)
{
    return first_of(w->training, w->trainings, sizeof *w->training, offsetof(struct keep_training, worker), worker);
}

/* One worker of those met so far: `several` once there is another. */
struct holder {
    uint32_t worker;
    bool any, several;
};

static void meet(struct holder *h, uint32_t worker)
{
    h->several |= h->any && h->worker != worker;
    h->worker = worker;
    h->any = true;
}

uint32_t keep_world_holder(const struct keep_world *w, uint32_t account, keep_time at, bool *held)
{
    static const struct keep_account nobody;
    const struct keep_account *a = account < w->accounts ? &w->account[account] : &nobody;
    struct holder now = {KEEP_ID_NONE, false, false}, ever = now;
    bool before = false;
    for (size_t i = 0; i < a->spans; i++) {
        const struct keep_account_span *s = &a->span[i];
        if (s->worker == KEEP_ID_NONE)
            continue; /* says what kind it was, not whose */
        bool begun = s->from == KEEP_TIME_NONE || s->from <= at;
        if (begun && (s->to == KEEP_TIME_NONE || at < s->to))
            meet(&now, s->worker);
        meet(&ever, s->worker);
        before |= begun;
    }
    if (held)
        *held = now.any;
    const struct holder *h = now.any ? &now : &ever;
    return h->several || !before ? KEEP_ID_NONE : h->worker;
}
