/* Writing the access log: buckets of one source and period, small segments
 * that grow into full ones, runs for the ledger, repetitions told apart.
 * Inside core/store only. */
#ifndef CORE_STORE_EVENTS_H
#define CORE_STORE_EVENTS_H

#include "core/base/crew.h"
#include "core/store/logsheet.h"

struct keep_events_writer;
int keep_events_open(struct keep_events_writer **out, struct keep_store *s, uint32_t source, const struct keep_seal_keys *keys, struct keep_err *err);
void keep_events_close(struct keep_events_writer *w); /* NULL allowed */
/* Who hashes, compresses and seals full segments from now on; outlives the writer. What is written is the same. */
void keep_events_crew(struct keep_events_writer *w, struct keep_crew *crew);
/* A new input file begins: equal rows are counted anew. */
void keep_events_file(struct keep_events_writer *w);
/* Takes one event, inside the open transaction: 0 new, 1 already there. */
int keep_events_add(struct keep_events_writer *w, const struct keep_row_event *e, const struct keep_events_ids *ids, struct keep_err *err);
/* Before a commit: writes what is not yet in a segment and one run a period. */
int keep_events_flush(struct keep_events_writer *w, struct keep_err *err);
/* Bytes that wait for a flush; past KEEP_EVENTS_HELD_MAX it is time for one, however few the rows. */
size_t keep_events_held(const struct keep_events_writer *w);
#define KEEP_EVENTS_HELD_MAX ((size_t)64 << 20)
/* Events that a flush would write into small segments, to be written again when these are full: none is the best time for a flush. */
uint32_t keep_events_loose(const struct keep_events_writer *w);
/* After the last flush, inside a transaction: joins small segments where that pays. */
int keep_events_settle(struct keep_events_writer *w, struct keep_err *err);

#endif
