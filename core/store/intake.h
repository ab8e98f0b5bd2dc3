/* Taking in: a sink that writes rows of one source into the keep. References
 * are resolved by key; an entity that is only mentioned gets a placeholder
 * (known = false) that its own resource later fills; two placeholders that turn
 * out to be one are linked. Every row is idempotent: the same bytes again
 * change nothing, changed bytes make a new version. */
#ifndef CORE_STORE_INTAKE_H
#define CORE_STORE_INTAKE_H

#include "core/base/crew.h"
#include "core/model/rows.h"
#include "core/model/source.h"
#include "core/store/store.h"

/* Both join the transaction that is open, else they make one of their own (kind "source").
 * name -> declared or undeclared source. Declaring again adds a version when anything changed; the id stays. */
int keep_intake_declare(struct keep_store *s, const struct keep_source *decl, uint32_t *id, struct keep_err *err);
/* id of a source, making an undeclared one when absent. KEEP_E_USAGE for an empty name. */
int keep_intake_source(struct keep_store *s, struct keep_str name, uint32_t *id, struct keep_err *err);

struct keep_intake_counts {
    uint64_t rows, repeated; /* repeated: already there */
    uint64_t untold;         /* of events: new ones of which nobody can tell what was shown, so that no rule about people looks at them */
    uint64_t patients, workers, accounts, facilities, locations, encounters, relations, records, versions, events, quarantined, notes, links, alike, /* links: patients made one; alike: proposed only */
        duties, trainings, institutions, contacts;
};

/* A session of one source, file after file. Beyond the sink's common codes its functions give KEEP_E_INPUT for a row that cannot be told apart (no
 * identifier, no time, a relation without patient or worker), KEEP_E_LIMIT for an event of more than 1 MiB or a payload of more than 1 TiB, and
 * KEEP_E_REFUSED for an event in a log period that was destroyed. A record is its source's own: the same key from two sources is two records.
 * The sink commits a transaction every KEEP_INTAKE_BATCH rows or KEEP_INTAKE_EVENTS events, or up to twice as many while these wait for a segment to be
 * full, sooner when events are large, so an interrupted import goes on when run again.
 * A file already taken in whole is told by keep_intake_seen. */
#define KEEP_INTAKE_BATCH 50000 /* their pages, some 20 MB, stay in the page cache and are written once */
#define KEEP_INTAKE_EVENTS 20000
struct keep_intake;
int keep_intake_begin(struct keep_intake **out, struct keep_store *s, uint32_t source, struct keep_err *err);
void keep_intake_sink(struct keep_intake *in, struct keep_sink *sink);
/* Threads that take work off the session, and outlive it; what comes into the keep is the same. */
void keep_intake_crew(struct keep_intake *in, struct keep_crew *crew);
/* From now on a row for quarantine is not taken: it is KEEP_E_INPUT, with file, line and reason. */
void keep_intake_strict(struct keep_intake *in);
/* Marks the start of one input file (for quarantine and evidence). name: base name only, it is stored. The k-th of equal rows of a file, accesses without an
 * id or rows for quarantine, is another than the first, and repeats the k-th of any other file. */
int keep_intake_file(struct keep_intake *in, struct keep_str name, struct keep_err *err);
/* Rows of that file follow, and equal ones are counted on. */
int keep_intake_part(struct keep_intake *in, struct keep_str name, struct keep_err *err);
/* A file's bytes. */
struct keep_intake_whole {
    uint64_t size;
    uint8_t digest[32]; /* SHA-256 */
};
/* 1 when a file of this size, of these bytes, was taken in whole before, from this source. */
int keep_intake_sized(struct keep_intake *in, uint64_t size, struct keep_err *err);
int keep_intake_seen(struct keep_intake *in, const struct keep_intake_whole *whole, struct keep_err *err);
/* The file is whole: remembered with the last transaction; NULL: a pipe, which nothing is remembered of. */
int keep_intake_file_done(struct keep_intake *in, const struct keep_intake_whole *whole, struct keep_err *err);
/* Commits what is left, fills segments, links entities. */
int keep_intake_finish(struct keep_intake *in, struct keep_intake_counts *counts, struct keep_err *err);
void keep_intake_free(struct keep_intake *in); /* without finish: rolls back the open batch */

#endif
