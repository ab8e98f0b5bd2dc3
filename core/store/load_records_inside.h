/* A scan of records: what both of its orders share. Inside core/store only. */
#ifndef CORE_STORE_LOAD_RECORDS_INSIDE_H
#define CORE_STORE_LOAD_RECORDS_INSIDE_H

#include "core/store/load_inside.h"
#include "core/store/stated.h"

struct keep_load_brief;
struct keep_seal_keys;

struct keep_load_records {
    struct keep_store *s;
    const struct keep_world *w;
    struct keep_load_map map;
    struct keep_load_hold hold;
    struct keep_load_entry {
        uint64_t id;
        uint32_t patient, version;
    } *entry;            /* of a scan by patient */
    size_t entries, at;
    uint32_t *single;    /* of each source of the world: the one facility it declares, KEEP_ID_NONE */
    uint64_t *pending;   /* records whose key is destroyed and whose rows still stand, ascending */
    size_t pendings;
    struct keep_seal_keys *keys;
    sqlite3_stmt *read, *amended; /* of a scan by patient */
    struct keep_dated day[KEEP_DAY_COUNT]; /* of the record at hand, as the rest */
    struct keep_code_ref *code;
    size_t code_cap;
    struct keep_buf sealed;
    struct keep_load_brief *brief; /* of a scan by id; NULL else */
};

/* Everything but the rows. */
int keep_load_records_begin(struct keep_load_records **out, struct keep_store *s, const struct keep_world *w, struct keep_err *err);
/* What both scans tell of a record, from what its row states; out has its id, version, patient, source and kind. sealed: of a located one. What it points to
 * lives as long as what is given, or until the next call. */
int keep_load_records_fill(struct keep_load_records *r, struct keep_record *out, int64_t encounter, const struct keep_stated *said, struct keep_str sealed, struct keep_err *err);

void keep_load_brief_free(struct keep_load_brief *b); /* NULL allowed */

#endif
