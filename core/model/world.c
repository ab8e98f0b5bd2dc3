/* Looking things up in a world's sorted arrays. */
#include "core/model/world.h"

size_t keep_world_contacts(const struct keep_world *w, uint32_t patient)
{
    size_t low = 0, high = w->contacts;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (w->contact[mid].patient < patient)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}
