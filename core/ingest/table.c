/* Which column map a table is read with (the one that recognises most of its
 * columns), and the loop over its rows. Names in
 * the header are compared without case and outer blanks; columns that the map
 * does not name are passed over (they stay in an event's raw row). */
#include "core/ingest/table.h"

#include <stdio.h>

#include "core/ingest/table_book.h"
#include "core/ingest/table_row.h"

#define HEADER_LIMIT ((size_t)1 << 20) /* bytes that the header row must end within */

/* The header row under one separator: 1 with *c open at it, 0 more bytes are needed, <0. */
static int read_header(const struct keep_feed *feed, char separator, bool ended, struct keep_csv **c, struct keep_csv_row *header, struct keep_err *err)
{
    const char *why;
    size_t n = feed->head.n < HEADER_LIMIT ? feed->head.n : HEADER_LIMIT;
    *c = keep_csv_new(separator);
    if (!*c)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a table");
    int rc = keep_csv_feed(*c, feed->head.p, n, ended && n == feed->head.n, err);
    if (rc == 0)
        rc = keep_csv_next(*c, header, &why, err);
    if (rc == 0 && (ended || n == HEADER_LIMIT)) {
        rc = keep_err_at(err, KEEP_E_INPUT, feed->p->name, 1, 0, "the table has no header row");
        if (n == HEADER_LIMIT)
            keep_err_hint(err, "its first line does not end within %zu bytes; a line ends with LF, or CR and LF", HEADER_LIMIT);
    }
    if (rc == 2)
        rc = keep_err_at(err, KEEP_E_INPUT, feed->p->name, header->line, 0, "the header row is not CSV: %s", why);
    return rc;
}

/* Does the map fit? 0 yes, 1 no (*missing), 2 more bytes are needed, <0. */
static int try_map(struct keep_table *t, const struct keep_feed *feed, bool ended, const struct keep_map *map, const struct keep_map_column **missing,
                   struct keep_err *err)
{
    struct keep_csv *c = NULL;
    struct keep_csv_row header;
    int rc = read_header(feed, map->separator ? map->separator : ',', ended, &c, &header, err);
    if (rc >= 0)
        rc = rc == 0 ? 2 : keep_table_row_bind(t, map, &header, missing, err);
    keep_csv_free(c);
    return rc;
}

static int no_map(const struct keep_ingest *p, const struct keep_map *near, const struct keep_map_column *missing, struct keep_err *err)
{
    int rc;
    if (p->map_name && !near)
        return keep_err_at(err, KEEP_E_USAGE, p->name, 0, 0, "no column map \"%s\"", p->map_name);
    rc = keep_err_at(err, KEEP_E_INPUT, p->name, 1, 0, "neither FHIR JSON nor a table whose header has the required columns of %s",
                     p->map_name ? "the column map" : "a column map");
    if (missing)
        keep_err_hint(err, "map \"%.*s\" needs one column \"%.*s\"", (int)near->id.n, near->id.p, (int)missing->column.n, missing->column.p);
    return rc;
}

/* Binds t to the map to use. 0, 2 more bytes are needed, <0. */
static int choose(struct keep_table *t, const struct keep_feed *feed, bool ended, struct keep_err *err)
{
    const struct keep_ingest *p = feed->p;
    const struct keep_map *best = NULL, *near = NULL, *rival = NULL;
    const struct keep_map_column *missing = NULL, *ignored = NULL;
    size_t most = 0;
    for (size_t i = 0; i < p->maps; i++) {
        const struct keep_map *map = p->map[i];
        if (p->map_name && !keep_str_is(map->id, p->map_name))
            continue;
        int rc = try_map(t, feed, ended, map, &ignored, err);
        if (rc < 0 || rc == 2)
            return rc;
        if (rc == 1 && !near) {
            near = map;
            missing = ignored;
        }
        /* most columns recognised, then fewest missing */
        size_t fit = t->bound * 1024 + 1023 - (map->columns - t->bound);
        if (rc == 0 && (!best || fit >= most)) {
            rival = best && fit == most ? best : NULL;
            most = fit;
            best = map;
        }
    }
    if (!best)
        return no_map(p, near, missing, err);
    if (rival) {
        int rc = keep_err_at(err, KEEP_E_INPUT, p->name, 1, 0, "two column maps fit: \"%.*s\" and \"%.*s\"", (int)rival->id.n, rival->id.p,
                             (int)best->id.n, best->id.p);
        keep_err_hint(err, "name the one to use");
        return rc;
    }
    return try_map(t, feed, ended, best, &ignored, err);
}

static int refuse(struct keep_table *t, const struct keep_csv_row *row, const char *reason, struct keep_ingest_counts *counts, struct keep_err *err)
{
    struct keep_row_quarantine q = {.at = {.line = row->line, .offset = row->offset}, .bytes = row->raw, .reason = reason};
    int rc = t->sink->quarantine(t->sink->ctx, &q, err);
    counts->quarantined++;
    return rc < 0 ? rc : 0;
}

/* The rows that c has bytes for. */
static int drain(struct keep_table *t, struct keep_csv *c, bool *header, struct keep_ingest_counts *counts, struct keep_err *err)
{
    struct keep_csv_row row;
    const char *why;
    int rc;
    while ((rc = keep_csv_next(c, &row, &why, err)) > 0) {
        if (*header) {
            *header = false;
            continue;
        }
        counts->items++;
        if (rc == 2) {
            rc = refuse(t, &row, why, counts, err);
        } else {
            rc = keep_table_row_emit(t, &row, err);
            if (rc == 1)
                rc = refuse(t, &row, t->reason, counts, err);
        }
        if (rc < 0)
            return rc;
    }
    return rc;
}

static int read_rows(struct keep_table *t, struct keep_feed *feed, struct keep_ingest_counts *counts, struct keep_err *err)
{
    struct keep_csv *c = keep_csv_new(t->map->separator ? t->map->separator : ',');
    struct keep_str piece;
    bool header = true;
    int rc = c ? 1 : keep_err_set(err, KEEP_E_NOMEM, "out of memory for a table");
    while (rc > 0) {
        rc = keep_feed_piece(feed, &piece, err);
        if (rc < 0)
            break;
        int more = keep_csv_feed(c, rc ? piece.p : "", rc ? piece.n : 0, rc == 0, err);
        if (more == 0)
            more = drain(t, c, &header, counts, err);
        if (more < 0)
            rc = more;
    }
    keep_csv_free(c);
    return rc;
}

int keep_table_read(const struct keep_ingest *p, struct keep_feed *feed, struct keep_ingest_counts *counts, struct keep_err *err)
{
    struct keep_table t = {.sink = p->sink, .zone = p->zone, .p = p};
    struct keep_zone *own = NULL;
    struct keep_ingest_counts n = {0};
    char name[64]; /* the longest IANA name has 32 */
    int rc, more = 1;
    while ((rc = choose(&t, feed, more == 0, err)) == 2)
        if ((more = keep_feed_ahead(feed, err)) < 0)
            return more;
    if (rc < 0)
        return rc;
    t.seen_names = keep_arena_new(0);
    if (!t.seen_names)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory for a table");
    if (t.map->zone.n) {
        snprintf(name, sizeof name, "%.*s", (int)t.map->zone.n, t.map->zone.p);
        rc = keep_zone_load(&own, name, err);
        t.zone = own;
    }
    if (rc == 0)
        rc = read_rows(&t, feed, &n, err);
    if (rc == 0)
        rc = keep_table_book_end(&t, err);
    if (rc == 0)
        *counts = n;
    keep_buf_free(&t.book);
    keep_zone_free(own);
    keep_arena_free(t.seen_names);
    return rc;
}
