/* One row of a mapped table as rows of the model. */
#ifndef CORE_INGEST_TABLE_ROW_H
#define CORE_INGEST_TABLE_ROW_H

#include "core/ingest/ingest.h"
#include "core/text/csv.h"

#define X(kind, field, required, what) KEEP_TABLE_##kind##_##field,
enum keep_table_field { KEEP_MAP_FIELDS(X) KEEP_TABLE_FIELDS };
#undef X

#define KEEP_TABLE_CODES 128 /* codes in one cell: a discharge abstract has at most some dozens */
#define KEEP_TABLE_SEEN 256  /* facilities remembered as written; beyond, one is emitted again, which changes nothing */

struct keep_table {
    const struct keep_sink *sink;
    const struct keep_map *map;
    const struct keep_zone *zone;
    const struct keep_ingest *p; /* for the files a manifest names */
    size_t columns; /* of the header */
    size_t bound;   /* columns of the map that the header has */
    struct keep_table_slot {
        const struct keep_map_column *column; /* NULL: the map does not fill the field */
        size_t index;                         /* in the row */
    } slot[KEEP_TABLE_FIELDS];
    struct keep_arena *seen_names;
    struct keep_str seen[KEEP_TABLE_SEEN];
    size_t seens;
    struct keep_buf book; /* rows of a code table that are not emitted yet */
    unsigned pieces;
    uint64_t piece_line, piece_offset;
    char reason[256]; /* why the last row was refused; no cell's content */
};

/* Fills t->slot from map and header. A column that the header lacks leaves its field unrecorded, for reports without it are normal.
 * 0; 1 when a required one is not there, or one stands twice (*missing); KEEP_E_USAGE when the map itself is wrong. */
int keep_table_row_bind(struct keep_table *t, const struct keep_map *map, const struct keep_csv_row *header, const struct keep_map_column **missing,
                        struct keep_err *err);
/* 0 emitted, 1 refused (t->reason), <0. */
int keep_table_row_emit(struct keep_table *t, const struct keep_csv_row *row, struct keep_err *err);

#endif
