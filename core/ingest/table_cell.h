/* Cells of a mapped table's row as values. Inside the table reader only. */
#ifndef CORE_INGEST_TABLE_CELL_H
#define CORE_INGEST_TABLE_CELL_H

#include "core/ingest/table_row.h"
#include "core/ingest/table_time.h"

struct keep_table_line {
    struct keep_table *t;
    const struct keep_csv_row *row;
    struct keep_origin at;
};

/* Says why the row is refused (no cell's content): always 1. */
int keep_table_cell_refuse(struct keep_table *t, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
struct keep_str keep_table_cell_trim(struct keep_str s);
/* The cell of a field, {NULL,0} when the map has none; {"",0} when it is empty. */
struct keep_str keep_table_cell(const struct keep_table_line *l, enum keep_table_field f);
struct keep_key keep_table_cell_key(const struct keep_table_line *l, enum keep_table_field f, enum keep_entity kind);
/* 0 (empty gives none), 1 refused. */
int keep_table_cell_time(const struct keep_table_line *l, enum keep_table_field f, struct keep_table_time *out);
/* An interval's begin: a day begins at its midnight; its end: a day is in it until the next. */
keep_time keep_table_cell_begin(const struct keep_table_line *l, const struct keep_table_time *v);
keep_time keep_table_cell_end(const struct keep_table_line *l, const struct keep_table_time *v);
struct keep_partial_date keep_table_cell_partial(const struct keep_table_time *v);
/* 1 refused: the cell is empty. */
int keep_table_cell_needed(const struct keep_table_line *l, enum keep_table_field f);
enum keep_tristate keep_table_cell_yes_no(struct keep_str s);
/* Number of a word of a vocabulary, `other` when it is none (-1). */
int keep_table_cell_word(int number, int other);
/* A facility that is written by name is a facility; told once a file. <0 or 0. */
int keep_table_cell_facility(struct keep_table_line *l, enum keep_table_field f, struct keep_key *key, struct keep_err *err);
/* The words of a cell of codes, added to out (room for KEEP_TABLE_CODES). 1 refused: too many. */
int keep_table_cell_codes(const struct keep_table_line *l, enum keep_table_field f, struct keep_str system, struct keep_code *out, size_t *n);

/* table_fact.c: what every paper has: the row's kind, key, patient, day and bytes. 1 refused. */
struct keep_table_paper {
    const char *kind;
    enum keep_table_field id, patient, created;
};
int keep_table_fact_paper(struct keep_table_line *l, const struct keep_table_paper *p, struct keep_key *key, struct keep_row_record *row);
/* table_claim.c */
int keep_table_claim_emit(struct keep_table_line *l, struct keep_err *err);

/* table_fact.c: a row of the kinds that are one person, one dated fact or one paper. 0 emitted, 1 refused, <0. */
int keep_table_fact_emit(struct keep_table_line *l, struct keep_err *err);

#endif
