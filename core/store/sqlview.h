/* SQL for people who look around: one SELECT over views in which people are
 * masked. The connection that runs it is an empty database in memory with the
 * views as its only tables. */
#ifndef CORE_STORE_SQLVIEW_H
#define CORE_STORE_SQLVIEW_H

#include "core/base/buf.h"
#include "core/store/store.h"

#define KEEP_SQLVIEW_COLUMNS 64 /* of a result: what a table can show */

struct keep_sqlview_limits {
    uint64_t steps;          /* steps of SQLite's machine, 0: the default of a billion (about a minute) */
    int (*stop)(void *ctx);  /* asked every ten thousand steps, may be NULL; non-zero: KEEP_E_INTERRUPTED */
    void *ctx;
};

enum keep_sqlview_type { KEEP_SQLVIEW_NULL, KEEP_SQLVIEW_NUMBER, KEEP_SQLVIEW_TEXT };
struct keep_sqlview_value {
    enum keep_sqlview_type type;
    struct keep_str text; /* a number's decimal form too; a blob in hex. Valid until the next row */
};

struct keep_sqlview;
/* The store must stay open, and is only read. */
int keep_sqlview_open(struct keep_sqlview **out, struct keep_store *s, const struct keep_sqlview_limits *limits, struct keep_err *err);
void keep_sqlview_close(struct keep_sqlview *v); /* NULL allowed */
/* Exactly one SELECT (or EXPLAIN of one). KEEP_E_USAGE: it is wrong, or does what is not allowed; the text says which. */
int keep_sqlview_prepare(struct keep_sqlview *v, struct keep_str sql, struct keep_err *err);
int keep_sqlview_columns(const struct keep_sqlview *v);
const char *keep_sqlview_name(const struct keep_sqlview *v, int column);
/* 1 a row (as many values as columns), 0 the end, <0. KEEP_E_LIMIT: too many steps, or a value too large; KEEP_E_USAGE: a division of text or the like. */
int keep_sqlview_next(struct keep_sqlview *v, struct keep_sqlview_value *value, struct keep_err *err);
/* Segments of the access log that were opened so far: what a question cost. */
uint64_t keep_sqlview_opened(const struct keep_sqlview *v);

#endif
