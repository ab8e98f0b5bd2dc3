/* The ledger: one entry a transaction, an RFC 6962 tree over them, a signed
 * head. Entries hold kinds, counts, generations, digests and Merkle roots; no
 * free text and no identifiers, so a ledger can be shown to anyone. */
#ifndef CORE_STORE_LEDGER_H
#define CORE_STORE_LEDGER_H

#include "core/base/buf.h"
#include "core/store/store.h"
#include "core/store/txn.h"

/* Entry i (from 0): its exact bytes (canonical JSON), the leaf's data. 0, 1 no such entry. */
int keep_ledger_entry(struct keep_store *s, uint64_t i, struct keep_buf *out, struct keep_err *err);
uint64_t keep_ledger_size(struct keep_store *s);
/* Entries that the file `head` covers, as it was read or last written. */
uint64_t keep_ledger_head_size(const struct keep_store *s);
/* The latest moment that an entry or a decision names; KEEP_TIME_NONE in an empty ledger. */
int keep_ledger_newest(struct keep_store *s, keep_time *out, struct keep_err *err);
/* The current signed head as written to the file `head`. */
int keep_ledger_head(struct keep_store *s, struct keep_buf *out, struct keep_err *err);
/* C2SP tlog-proof (tlog-proof.md, v1) of entry i against the current head, with the entry itself as extra data, so that it is read and checked without the keep:
 * "c2sp.org/tlog-proof@v1\nextra <base64 entry>\nindex <i>\n<base64 hash>\n…\n\n<checkpoint>". */
int keep_ledger_proof(struct keep_store *s, uint64_t i, struct keep_buf *out, struct keep_err *err);
/* That the first n entries (0 < n <= size) are the beginning of all: the body of C2SP tlog-witness's add-checkpoint request,
 * "old <n>\n<base64 hash>\n…\n\n<checkpoint>", so any witness of that protocol takes it as it is. KEEP_E_INPUT for another n. */
int keep_ledger_extension(struct keep_store *s, uint64_t n, struct keep_buf *out, struct keep_err *err);

#endif
