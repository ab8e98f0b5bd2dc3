/* The views of `sql` as virtual tables. Each reads through the store's own
 * connection; the connection that runs a user's statement holds these modules
 * and not one base table. Inside core/store only. */
#ifndef CORE_STORE_VTAB_H
#define CORE_STORE_VTAB_H

#include <sqlite3.h>

#include "core/model/world.h"
#include "core/store/entity.h"
#include "core/store/load.h"
#include "core/store/sqlmask.h"

#define KEEP_VTAB_COLUMNS 20
#define KEEP_VTAB_BOUNDS 8 /* conditions handed down to one scan; others SQLite checks itself */

/* What the views of one connection share. People are read when a view first needs them. */
struct keep_vtab_base {
    struct keep_store *s;
    struct keep_arena *arena;
    struct keep_world world;
    struct keep_entity_roots roots;
    bool loaded;
    struct keep_sqlmask mask;
    uint64_t opened;     /* log segments so far */
    struct keep_err err; /* what failed inside a view */
};

/* A condition on a column. SQLite checks it again: a view may pass more rows than meet it, never fewer. */
struct keep_vtab_bound {
    int column;
    unsigned char op; /* SQLITE_INDEX_CONSTRAINT_EQ, GT, GE, LT, LE */
    sqlite3_value *value;
};

struct keep_vtab_cursor;
struct keep_vtab_view {
    const char *name;
    struct {
        const char *name, *type;
        bool down; /* conditions on it are handed down */
    } column[KEEP_VTAB_COLUMNS];
    size_t size; /* of the view's own cursor, which begins with struct keep_vtab_cursor */
    double rows; /* for the planner */
    /* Starts a scan, on the first row or at the end. */
    int (*filter)(struct keep_vtab_cursor *c, const struct keep_vtab_bound *b, int n, struct keep_err *err);
    int (*next)(struct keep_vtab_cursor *c, struct keep_err *err);
    void (*cell)(struct keep_vtab_cursor *c, int column, sqlite3_context *out);
    void (*close)(struct keep_vtab_cursor *c); /* NULL allowed */
};

struct keep_vtab_cursor {
    sqlite3_vtab_cursor base; /* SQLite's: first */
    struct keep_vtab_base *b;
    const struct keep_vtab_view *view;
    bool end;
    int64_t row;
};

/* Every view, ends with NULL. */
extern const struct keep_vtab_view *const keep_vtab_views[];
extern const struct keep_vtab_view keep_vtab_log; /* access_log */
/* vtab_done.c */
extern const struct keep_vtab_view keep_vtab_done_sets, keep_vtab_done_acts, keep_vtab_done_ledger;
/* vtab_people.c */
extern const struct keep_vtab_view keep_vtab_people_affiliations, keep_vtab_people_assignments, keep_vtab_people_duties, keep_vtab_people_trainings, keep_vtab_people_addresses, keep_vtab_people_contacts;

int keep_vtab_register(sqlite3 *db, struct keep_vtab_base *b, struct keep_err *err);
void keep_vtab_base_done(struct keep_vtab_base *b);

/* People and roots, read once. */
int keep_vtab_world(struct keep_vtab_base *b, struct keep_err *err);

/* Cells. */
void keep_vtab_word(sqlite3_context *out, const char *z); /* a literal */
void keep_vtab_flag(sqlite3_context *out, bool v);         /* yes, no */
void keep_vtab_str(sqlite3_context *out, struct keep_str s); /* empty: NULL */
void keep_vtab_date(sqlite3_context *out, keep_date d);
/* UTC with microseconds always, so that text order is time order. */
void keep_vtab_time(sqlite3_context *out, keep_time t);
void keep_vtab_mask(sqlite3_context *out, const struct keep_vtab_base *b, const char *word, uint64_t entity); /* 0: NULL */
/* The entity that a bound's mask names; false: none can. */
bool keep_vtab_unmask(const struct keep_vtab_base *b, const char *word, const struct keep_vtab_bound *at, uint64_t *entity);

#endif
