/* Rows of a run as table, JSON, NDJSON, CSV or an HTML page: one description of the fields,
 * every format from it. Output goes through the caller's write function; only
 * cmd knows where to. */
#ifndef CORE_REPORT_REPORT_H
#define CORE_REPORT_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/civil.h"
#include "core/base/err.h"
#include "core/base/str.h"

#define KEEP_REPORT_SCHEMA 1 /* schema_version: fields may be added, never changed */

/* enum, word */
#define KEEP_REPORT_FORMATS(X) X(TABLE, "table") X(JSON, "json") X(NDJSON, "ndjson") X(CSV, "csv") X(HTML, "html")
#define X(name, word) KEEP_REPORT_##name,
enum keep_report_format { KEEP_REPORT_FORMATS(X) KEEP_REPORT_FORMAT_COUNT };
#undef X

enum keep_report_type { KEEP_REPORT_TEXT, KEEP_REPORT_NUMBER, KEEP_REPORT_DATE, KEEP_REPORT_TIME, KEEP_REPORT_LIST, KEEP_REPORT_BOOL,
                        KEEP_REPORT_VALUE /* TEXT or a number by the cell: n = 1 says that text is a JSON number */ };

struct keep_report_field {
    const char *name;  /* of JSON and CSV */
    enum keep_report_type type;
    const char *title; /* of the table; NULL: not in the table */
    size_t max;        /* columns in the table after which it wraps; 0: never */
};

struct keep_report_cell {
    struct keep_str text;         /* TEXT; {NULL,0} = null */
    int64_t number;               /* NUMBER, TIME, DATE, BOOL */
    const struct keep_str *list;  /* LIST */
    size_t n;
};

typedef int (*keep_report_write)(void *ctx, const void *p, size_t n, struct keep_err *err);

struct keep_report;
/* name: the member that holds the rows in JSON ("cases"). The field table must outlive the report. */
int keep_report_open(struct keep_report **out, enum keep_report_format f, const char *name, const struct keep_report_field *field, size_t fields,
                     keep_report_write write, void *ctx, struct keep_err *err);
int keep_report_row(struct keep_report *r, const struct keep_report_cell *cell, struct keep_err *err);
/* JSON: a list of texts beside the rows, behind the last of them. Other formats have no place for it. */
void keep_report_member(struct keep_report *r, const char *name, const struct keep_str *text, size_t n);
uint64_t keep_report_rows(const struct keep_report *r); /* so far */
/* Writes what is buffered and the end; frees r in every case. */
int keep_report_close(struct keep_report *r, struct keep_err *err);
/* Frees without writing more (after an error). */
void keep_report_drop(struct keep_report *r);

/* -1: no such format. */
int keep_report_format(struct keep_str word);

/* Rows as a table within a page that the caller begins and ends: `write` gets the table alone. */
int keep_report_open_table(struct keep_report **out, const struct keep_report_field *field, size_t fields, keep_report_write write, void *ctx, struct keep_err *err);

#define KEEP_CELL(...) ((struct keep_report_cell){.text = (__VA_ARGS__)})
#define KEEP_CELL_Z(z) ((struct keep_report_cell){.text = keep_str_of(z)})
#define KEEP_CELL_N(v) ((struct keep_report_cell){.number = (int64_t)(v)})

#endif
