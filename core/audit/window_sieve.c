/* What was collected of a rule without regard to how much stands near it, or by
 * notes of all that it could count, is mostly alone. Before it is sorted, what no
 * run can come of is left out: as for the notes (window_note.c), a window lies
 * within two neighbouring stretches of its length, and how full these are a sketch
 * tells, never less than the truth. Of what is told apart, the same again of the
 * same stretch adds nothing. */
#include "core/audit/window.h"

#include <stdlib.h>

#include "core/audit/window_inside.h"

enum {
    FEW = 8,         /* stretches: where the log has no more, most of them are full enough */
    LOAD = 4,        /* cells an event, for a limit of one */
    BITS_MIN = 12, BITS_MAX = 24,
    RECENT = 1 << 12 /* keys whose latest value is at hand */
};

struct recent {
    uint64_t key;
    uint32_t stretch, what;
    bool any;
};

static uint32_t value_of(const struct keep_window *w, const struct keep_window_counter *c, const struct keep_window_event *e)
{
    uint32_t what = 0;
    if (keep_window_tells_apart(c->a))
        keep_window_value(w, e, c->a->distinct, &what);
    return what;
}

/* As the sketch knows the event's key; *key: itself. */
static uint64_t hash_of(const struct keep_window *w, const struct keep_window_counter *c, const struct keep_window_event *e, uint64_t *key)
{
    keep_window_key(w, e, c->a, key);
    return keep_sketch_hash(*key);
}

/* Notes all, each value of a key once a stretch while it is at hand. */
static void note_all(const struct keep_window *w, struct keep_window_counter *c, struct recent *recent)
{
    bool apart = keep_window_tells_apart(c->a);
    for (size_t i = 0; i < c->parts; i++) {
        const struct keep_window_event *e = &w->event[c->part[i].event];
        uint64_t key, hash = hash_of(w, c, e, &key);
        const struct recent now = {key, keep_window_stretch(c, e->time), value_of(w, c, e), true};
        struct recent *had = &recent[hash % RECENT];
        if (apart && had->any && had->key == now.key && had->stretch == now.stretch && had->what == now.what)
            continue;
        *had = now;
        keep_sketch_add(&c->step[0].stretch, hash, now.stretch);
    }
}

int keep_window_sieve(const struct keep_window *w, struct keep_window_counter *c, int64_t span)
{
    unsigned bits = BITS_MIN;
    size_t left = 0;
    uint64_t key;
    if (c->a->steps || c->step[0].need < 2 || span / c->a->within < FEW)
        return 0;
    while (bits < BITS_MAX && (UINT64_C(1) << bits) / LOAD < c->parts / c->step[0].need)
        bits++;
    struct recent *recent = calloc(RECENT, sizeof *recent);
    if (!recent || keep_sketch_init(&c->step[0].stretch, bits, 0)) {
        free(recent);
        return -1;
    }
    note_all(w, c, recent);
    for (size_t i = 0; i < c->parts; i++) {
        const struct keep_window_event *e = &w->event[c->part[i].event];
        if (keep_window_could_reach(c, hash_of(w, c, e, &key), keep_window_stretch(c, e->time)))
            c->part[left++] = c->part[i];
    }
    c->parts = left;
    keep_sketch_done(&c->step[0].stretch);
    free(recent);
    return 0;
}
