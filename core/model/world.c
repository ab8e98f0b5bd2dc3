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
