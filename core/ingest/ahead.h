/* Lines of NDJSON parsed ahead by a crew, in chunks, handed back in their order;
 * AuditEvents, which come by the million, as the rows they become. What any other
 * tree means is decided by who takes it. All is emitted by who takes it, one
 * resource after the other, so an import is the same however many threads parse.
 * Inside core/ingest only. */
#ifndef CORE_INGEST_AHEAD_H
#define CORE_INGEST_AHEAD_H

#include "core/base/crew.h"
#include "core/ingest/feed.h"
#include "core/ingest/fhir.h"

#define KEEP_AHEAD_CHUNKS 32 /* given or being filled at once: enough to parse on while a transaction is written; a few hundred KiB each */

struct keep_ahead;
/* Of p's crew; p outlives it. */
int keep_ahead_new(struct keep_ahead **out, const struct keep_ingest *p, struct keep_err *err);
void keep_ahead_free(struct keep_ahead *a); /* NULL allowed; ends what is under way */
/* Is the line short enough to share a chunk? A longer one its reader parses where it stands, when all before it was taken. */
bool keep_ahead_fits(const struct keep_feed_line *line);
/* Adds a copy of a line; one of blanks alone is passed over. True: a chunk was full and is given, room must be made by taking. */
bool keep_ahead_add(struct keep_ahead *a, const struct keep_feed_line *line);

struct keep_ahead_line {
    struct keep_str text;  /* without blanks at both ends */
    struct keep_origin at; /* of it */
    struct keep_fhir_parsed parsed;
};
/* The oldest chunk's lines when more than `leave` chunks are under way (0: the one being filled counts, and is given): true. They live until the next call. */
bool keep_ahead_take(struct keep_ahead *a, size_t leave, const struct keep_ahead_line **line, size_t *n);

#endif
