/* CSV (RFC 4180): BOM, CRLF or LF, quoted fields with newlines, any one-byte
 * separator. Each row comes with its own bytes and line, so that a bad one can
 * be kept as it was. The writer guards against spreadsheet formulas. */
#ifndef CORE_TEXT_CSV_H
#define CORE_TEXT_CSV_H

#include <stdbool.h>
#include <stdint.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/base/str.h"

#define KEEP_CSV_FIELDS 512            /* columns of the widest report seen in the field, twofold */
#define KEEP_CSV_ROW (4u << 20)        /* bytes of one row */

struct keep_csv_row {
    const struct keep_str *field; /* n fields, unquoted, valid until the next call */
    size_t n;
    struct keep_str raw; /* the row's bytes, without its line end */
    uint64_t line;       /* 1-based line of its first byte */
    uint64_t offset;     /* byte offset of its first byte */
};

struct keep_csv;
/* Reads from memory chunks: feed bytes, then take rows. sep: ',' '|' '\t' ';'. */
struct keep_csv *keep_csv_new(char sep);
void keep_csv_free(struct keep_csv *c);
/* Hands bytes over (copied). last = no more will come. */
int keep_csv_feed(struct keep_csv *c, const void *p, size_t n, bool last, struct keep_err *err);
/* 1 a row, 0 needs more bytes (or the end, after last), 2 a malformed row (text says why; row->raw has its bytes and parsing goes on behind it; no fields), <0 error.
 * Empty lines are passed over. What makes a row malformed, and what raw is then:
 *   a quote out of place, or never closed, or a row beyond KEEP_CSV_ROW: its first line alone, so that one stray quote costs one line and not all that it swallowed
 *   (a single line beyond KEEP_CSV_ROW: its first KEEP_CSV_ROW bytes, the rest of the line is passed over);
 *   a NUL byte, a CR outside quotes that no LF follows, or more than KEEP_CSV_FIELDS fields: the whole row. */
int keep_csv_next(struct keep_csv *c, struct keep_csv_row *row, const char **text, struct keep_err *err);

/* A table of few columns that are named here, in any order and with others between: where each stands in the header. NULL, or the name of one that is not there. */
const char *keep_csv_columns(const struct keep_csv_row *header, const char *const *name, size_t n, size_t *column);
/* Without blanks at its ends; empty where the row is short. */
struct keep_str keep_csv_cell(const struct keep_csv_row *row, size_t column);

/* Such a table, whole in memory, read row by row. */
struct keep_csv_table {
    const char *const *name; /* of the columns */
    size_t names;
    size_t *column;          /* gets where each stands */
    const char *where;       /* what errors call it; NULL: nothing */
    int (*row)(void *ctx, const struct keep_csv_row *row, struct keep_err *err); /* each but the header; not 0 ends the reading */
    void (*bad)(void *ctx, uint64_t line, const char *why); /* NULL: a malformed row, or one of more fields than the header, ends it. Else it is told and left out */
    void *ctx;               /* of both */
};
/* KEEP_E_INPUT: a column is missing, it is empty, or a row that is wrong ends it. */
int keep_csv_table(const struct keep_csv_table *t, struct keep_str text, struct keep_err *err);

/* One field, quoted when needed; a leading = + - @ TAB CR gets an apostrophe before it. Numbers written by ourselves go through keep_buf_printf instead. */
void keep_csv_write_field(struct keep_buf *out, struct keep_str s, bool first);

#endif
