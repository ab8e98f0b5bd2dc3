/* Tables of a hospital's own reports, by a declared column map. */
#ifndef CORE_INGEST_TABLE_H
#define CORE_INGEST_TABLE_H

#include "core/ingest/feed.h"
#include "core/ingest/ingest.h"

/* Reads it all with the map that p names, or the one (of the most columns) whose columns are all in the header. */
int keep_table_read(const struct keep_ingest *p, struct keep_feed *feed, struct keep_ingest_counts *counts, struct keep_err *err);

#endif
