/* What people do with cases on file: look at them, assign, note, decide. */
#ifndef CORE_WORK_CASEWORK_H
#define CORE_WORK_CASEWORK_H

#include "core/model/world.h"
#include "core/store/casebook.h"
#include "core/work/mask.h"

struct keep_casework {
    struct keep_store *store;
    struct keep_arena *arena;
    struct keep_casebook_case *list; /* all cases */
    size_t n;
    struct keep_world world;         /* when people were asked for */
    bool people;
    struct keep_mask mask;
};

/* people: the world is loaded too, which names in clear and accesses need. _close in every case. */
int keep_casework_open(struct keep_casework *w, struct keep_store *s, struct keep_str revealed, bool people, struct keep_err *err);
void keep_casework_close(struct keep_casework *w);

/* The one case whose id begins so (six digits at least); KEEP_E_USAGE. */
int keep_casework_find(const struct keep_casework *w, struct keep_str hex, const struct keep_casebook_case **out, struct keep_err *err);

/* Display texts, masked within the case; clear where it is revealed. {NULL,0}: nobody. */
struct keep_str keep_casework_user(struct keep_casework *w, const struct keep_casebook_case *c);
struct keep_str keep_casework_account(struct keep_casework *w, const struct keep_casebook_case *c);
struct keep_str keep_casework_patient(struct keep_casework *w, const struct keep_casebook_case *c);
struct keep_str keep_casework_worker(struct keep_casework *w, const struct keep_casebook_case *c, uint32_t worker); /* of somebody else, index in the world */

/* Index in the world, which must be loaded; KEEP_ID_NONE. */
uint32_t keep_casework_worker_index(const struct keep_world *w, uint64_t entity);

struct keep_casework_access {
    struct keep_event_id event;
    uint32_t account, worker, patient; /* world indices, KEEP_ID_NONE */
    keep_time time;
    int action, exposure;
    bool searched;
    enum keep_tristate break_glass;
    const struct keep_relation *relation; /* on file between the two around that time, NULL: none */
};
/* The accesses of a case in order of time, from one pass over the log; those whose log has been destroyed are left out. Memory in the arena. */
int keep_casework_accesses(struct keep_casework *w, const struct keep_casebook_case *c, struct keep_casework_access **out, size_t *n, struct keep_err *err);
/* Who made an access, or by which account where nobody is on file behind it, and whose chart it was: as the display texts above. */
struct keep_str keep_casework_who(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casework_access *a);
struct keep_str keep_casework_whose(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casework_access *a);
/* "SOURCE:ORDINAL". */
struct keep_str keep_casework_event(struct keep_casework *w, struct keep_event_id id);

/* All of these given to one reviewer, in one transaction. who acts. */
int keep_casework_assign(struct keep_casework *w, const struct keep_casebook_case *const *list, size_t n, struct keep_str to, struct keep_str who, struct keep_err *err);
/* One step of a case in a transaction of its own. */
int keep_casework_step(struct keep_casework *w, const struct keep_casebook_case *c, const struct keep_casebook_step *what, struct keep_err *err);

#endif
