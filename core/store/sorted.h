/* What would be an index of small rows: entries in their order, some two hundred to
 * a row, which is as many as fill a page. A row of SQLite and its place in a tree
 * cost several times what such an entry holds; merged by the thousand, a block is
 * written once for all that it takes in.
 *
 * Tables of this shape, id INTEGER PRIMARY KEY and body BLOB:
 *     entity_key      first half of an identifier's hash, its other half -> entity
 *     entity_more     entity, first half of an identifier that its row does not name
 *     relation_visit  encounter, row of relation
 *     version_visit   encounter, or what else a record is itself the record of; record
 * id: the lead of the first entry less 2^63, the first block's 0 less 2^63: that block never goes. A body, little-endian, by entry: lead, rest, value in
 * as many bytes as the table needs: entity_key 8, 8, 4; entity_more 4, 8, 0; relation_visit 4, 6, 0; version_visit 4, 4, 0. Entries ascend by lead and
 * rest, which no two share; those of one lead stand in one block, however large.
 * Inside core/store only. */
#ifndef CORE_STORE_SORTED_H
#define CORE_STORE_SORTED_H

#include "core/store/batch.h"

struct keep_sorted_entry {
    uint64_t lead, rest;
    uint32_t value; /* 0 in tables without one */
};

/* table is one of those above in every call. KEEP_E_LIMIT for a number beyond its bytes. An entry that is there already stays as it is. It waits as rows do (core/store/batch.h): whoever looks for it
 * inside the transaction flushes its table before. */
int keep_sorted_add(struct keep_store *s, enum keep_batch_table table, uint64_t lead, uint64_t rest, uint32_t value, struct keep_err *err);
/* 1 and the value of an entry; 0 there is none. */
int keep_sorted_get(struct keep_store *s, enum keep_batch_table table, uint64_t lead, uint64_t rest, uint32_t *value, struct keep_err *err);
/* Appends the entries of a lead to out, as struct keep_sorted_entry. */
int keep_sorted_find(struct keep_store *s, enum keep_batch_table table, uint64_t lead, struct keep_buf *out, struct keep_err *err);
static inline size_t keep_sorted_found(const struct keep_buf *out)
{
    return out->n / sizeof(struct keep_sorted_entry);
}
/* Inside the open transaction, an entry, or all of a lead: 0, or 1 when there was none. */
int keep_sorted_remove(struct keep_store *s, enum keep_batch_table table, uint64_t lead, uint64_t rest, struct keep_err *err);
int keep_sorted_clear(struct keep_store *s, enum keep_batch_table table, uint64_t lead, struct keep_err *err);
/* Every entry in order. each: 0 to go on, else it is returned. KEEP_E_INTEGRITY: they are not in order, or not in their block. */
int keep_sorted_walk(struct keep_store *s, enum keep_batch_table table, int (*each)(void *ctx, const struct keep_sorted_entry *e, struct keep_err *err), void *ctx,
                     struct keep_err *err);

/* For core/store/batch.c: whether a table is one of these, and n entries that waited into it, in no order; they are sorted in place. */
bool keep_sorted_is(enum keep_batch_table table);
int keep_sorted_write(struct keep_store *s, enum keep_batch_table table, struct keep_sorted_entry *entry, size_t n, struct keep_err *err);

#endif
