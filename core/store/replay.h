/* What was decided behind the moment of a backup, carried out again in the keep
 * that was put back from it. */
#ifndef CORE_STORE_REPLAY_H
#define CORE_STORE_REPLAY_H

#include "core/store/lost.h"
#include "core/store/store.h"

struct keep_replay {
    uint64_t holds, releases, acts; /* placed, released; all decisions entered (these among them) */
    uint64_t widened;               /* holds on patients who came behind the backup: they hold the whole keep until the legal officer ends them */
    uint64_t records, patients;     /* destroyed again */
    uint64_t joined;                /* merges of patients and their ends, done again as far as the patients are here */
    uint64_t absent;                /* records and patients destroyed then that the backup never held: importing their sources again would bring them back */
    uint64_t left;                  /* patients whose identity is one with another's here and was not then: their records are gone, their names stay */
};

/* s: open for writing with `replay`, between transactions; nobody else may have it open (KEEP_E_LOCKED). Decisions keep their numbers; what a call before carried
 * out is passed over, so that an interrupted replay is gone on with. Keys destroyed leave tombstones with the intent of then and the time of now, and the
 * keyring is written anew. */
int keep_replay_run(struct keep_store *s, const struct keep_lost *lost, struct keep_replay *out, struct keep_err *err);
/* Number for a decision made behind a restore: none that was lost can have it. */
int keep_replay_next_act(struct keep_store *s, uint64_t *id, struct keep_err *err);

#endif
