/* Events as they wait to be judged: put away in the order of the log by several
 * threads, in half the bytes or less; taken out patient by patient. */
#ifndef CORE_AUDIT_ROWS_H
#define CORE_AUDIT_ROWS_H

#include "core/audit/terms.h"
#include "core/model/events.h"
#include "core/model/findings.h"

struct keep_rows_row {
    keep_time time;
    uint32_t account, patient, place, unit;
    uint32_t at;    /* place in the pass; tells source and ordinal */
    uint16_t class; /* keep_terms_class */
    int16_t reason;
};

#define KEEP_ROWS_CHUNK ((size_t)8192) /* bytes of a chunk */
#define KEEP_ROWS_MOST (UINT64_C(1) << 32) /* events of one pass: places are 32 bits */

/* Which rows go together: a part has neighbouring patients, and some accounts' rows about no patient. */
struct keep_rows_shape {
    size_t patients, accounts;
    unsigned bits;  /* a part has 1 << bits patients */
    uint32_t parts;
};
/* Parts of so few rows, if all patients have as many, that a part's stay near the processor; enough of them that `threads` are done at about one time. */
struct keep_rows_shape keep_rows_shape(uint64_t events, size_t patients, size_t accounts, unsigned threads);

static inline uint32_t keep_rows_part(const struct keep_rows_shape *s, uint32_t patient, uint32_t account)
{
    return patient < s->patients ? patient >> s->bits : account % s->parts;
}

/* Where chunks come from: one thread's. Zeroed before the first use. */
struct keep_rows_pool {
    void **page;
    size_t pages, room;
    unsigned char *free; /* chunks, each with the address of the next in its first bytes */
    size_t left;         /* chunks of the last page that were never used */
};
void keep_rows_drain(struct keep_rows_pool *p); /* gives all its memory back */

/* Rows of one thread for one part, in the order of the log, packed. Zeroed before the first use. */
struct keep_rows_list {
    unsigned char **chunk;
    size_t chunks, room;
    size_t n;                 /* rows */
    unsigned char *at, *end;  /* where the next row goes; behind it there is no room for one of any length */
    struct keep_rows_row last;
};
/* Adds a row. -1: out of memory. */
int keep_rows_add(struct keep_rows_list *l, struct keep_rows_pool *p, const struct keep_rows_row *r);
/* Its chunks go to a pool, whosever it is, to be used again. */
void keep_rows_clear(struct keep_rows_list *l, struct keep_rows_pool *p);

/* One part's rows in groups: a patient's, in order of patients, then an account's about no patient. Zeroed before the first use; used again for part after part. */
struct keep_rows_order {
    struct keep_rows_row *whole; /* all rows of the part, list by list */
    uint32_t *row;               /* their numbers, in order */
    size_t n;
    uint32_t *begin;             /* of each group; groups + 1 */
    size_t groups;
    uint64_t *key;               /* of a group's runs of one account: account, first row */
    uint32_t *end, *old;         /* of a run, by its first row, where it ends; the rows as they were */
    size_t whole_room, row_room, begin_room, key_room, end_room, old_room;
};
/* -1 out of memory. */
int keep_rows_sort(struct keep_rows_order *o, const struct keep_rows_shape *s, const struct keep_rows_list *const *list, size_t lists);
void keep_rows_done(struct keep_rows_order *o);
/* Puts a group's rows in order of their accounts, those of one as they were. */
void keep_rows_pairs(struct keep_rows_order *o, size_t group);

static inline const struct keep_rows_row *keep_rows_at(const struct keep_rows_order *o, size_t i)
{
    return &o->whole[o->row[i]];
}

/* A few rows as columns again. */
enum { KEEP_ROWS_BATCH = 256 };
struct keep_rows_batch {
    struct keep_events e; /* its arrays are those below */
    uint64_t ordinal[KEEP_ROWS_BATCH];
    keep_time time[KEEP_ROWS_BATCH];
    uint32_t account[KEEP_ROWS_BATCH], patient[KEEP_ROWS_BATCH], place[KEEP_ROWS_BATCH], unit[KEEP_ROWS_BATCH], at[KEEP_ROWS_BATCH];
    uint8_t action[KEEP_ROWS_BATCH], exposure[KEEP_ROWS_BATCH], outcome[KEEP_ROWS_BATCH], purpose[KEEP_ROWS_BATCH];
    uint8_t break_glass[KEEP_ROWS_BATCH], searched[KEEP_ROWS_BATCH];
    int16_t reason[KEEP_ROWS_BATCH];
};
void keep_rows_open(struct keep_rows_batch *b);
/* Adds a row as event b->e.n. false: it is of another source than those before, or the batch is full. */
bool keep_rows_put(struct keep_rows_batch *b, const struct keep_rows_row *r, struct keep_event_id id);

#endif
