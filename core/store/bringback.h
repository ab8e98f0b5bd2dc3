/* What a sealed package tells of a record besides its bytes, so that the keep can
 * take it back: its identifiers, and of what is no FHIR resource (which tells the
 * rest itself) every column. People, visits and places are told by the keyed hash
 * of an identifier, which means something in this keep alone. */
#ifndef CORE_STORE_BRINGBACK_H
#define CORE_STORE_BRINGBACK_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/model/rows.h"
#include "core/store/store.h"

/* key: the record's first identifier, "Condition/0023b3a7-…"; told: one JSON object. Both are appended to. Outcomes as keep_load_payload, never 4. */
int keep_bringback_tell(struct keep_store *s, uint64_t record, struct keep_buf *key, struct keep_buf *told, struct keep_err *err);

struct keep_json;
/* The reverse, without payload; what is told of a FHIR resource is its keys alone. Memory in a. KEEP_E_INTEGRITY: it was not written by _tell. References
 * mean the same entities again, by whatever numbers they have now. */
int keep_bringback_read(struct keep_row_record *out, const struct keep_json *told, struct keep_arena *a, struct keep_err *err);

/* Where the newest version of a record came back from: 0 with the package's id and the record's number in its register, 1: it came in otherwise. */
#define KEEP_BRINGBACK_PACKAGE 65
int keep_bringback_from(struct keep_store *s, uint64_t record, char package[KEEP_BRINGBACK_PACKAGE], uint64_t *number, struct keep_err *err);
/* What the quorum's decision on one package is entered as; its subject is the package's id. */
#define KEEP_BRINGBACK_ACT "records restore"

/* Is a record of that first key live in a source? Also inside the transaction that takes it in. */
struct keep_bringback;
int keep_bringback_open(struct keep_bringback **out, struct keep_store *s, struct keep_err *err);
int keep_bringback_live(struct keep_bringback *b, uint32_t source, const struct keep_key *key, struct keep_err *err); /* 1, 0, <0 */
void keep_bringback_close(struct keep_bringback *b); /* NULL allowed */

#endif
