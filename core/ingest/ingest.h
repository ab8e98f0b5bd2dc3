/* Readers of what hospitals export. Each reads bytes, emits model rows into a
 * sink, and knows no store. A bad line or entry goes to sink->quarantine with
 * its bytes, position and reason, and reading goes on behind it. */
#ifndef CORE_INGEST_INGEST_H
#define CORE_INGEST_INGEST_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/crew.h"
#include "core/base/zone.h"
#include "core/model/map.h"
#include "core/model/rows.h"
#include "core/model/source.h"
#include "core/stream/input.h"

struct keep_ingest {
    struct keep_input *in;
    const char *name;              /* of the file, for messages */
    const struct keep_sink *sink;
    const struct keep_zone *zone;  /* of times that carry none */
    const struct keep_map *const *map; /* column maps to choose from, for CSV */
    size_t maps;
    const char *map_name;          /* the wanted map's id, or NULL: the one whose columns are all in the header */
    bool keep_foreign;             /* a file of no known form goes to quarantine as it is (a member of an archive), else it is an error */
    const int *folder;             /* open, where the paths of a manifest start; NULL: none is being read */
    struct keep_crew *crew;        /* parses lines ahead; NULL: nobody helps. The rows, their order and every message are the same */
    int (*progress)(void *ctx, uint64_t done, uint64_t total); /* non-zero: stop (KEEP_E_INTERRUPTED); NULL allowed */
    void *progress_ctx;
};

struct keep_ingest_counts {
    uint64_t items, quarantined; /* items: resources, lines, table rows */
};

enum keep_ingest_format { KEEP_INGEST_FHIR, KEEP_INGEST_CSV };
/* Tells the format by the first bytes ('{' or white space and '{': FHIR) and reads it all. */
int keep_ingest_read(const struct keep_ingest *p, struct keep_ingest_counts *counts, struct keep_err *err);

/* core/ingest/declare.c: the declaration file of a source (format in core/model/source.h). Strings live in a. */
int keep_declare_parse(struct keep_source *out, struct keep_str text, const char *where, struct keep_arena *a, struct keep_err *err);

#endif
