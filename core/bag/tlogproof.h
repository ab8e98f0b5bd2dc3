/* Reading what shows a stranger the ledger: proofs of an entry, and proofs that it only grew.
 * A C2SP tlog-proof (tlog-proof.md, v1) with the entry itself as its extra data:
 *
 *   c2sp.org/tlog-proof@v1
 *   extra base64(entry)
 *   index N
 *   base64(hash)            as many as the tree needs
 *   (empty line)
 *   checkpoint              a signed note */
#ifndef CORE_BAG_TLOGPROOF_H
#define CORE_BAG_TLOGPROOF_H

#include <stdint.h>

#include "core/base/buf.h"
#include "core/base/err.h"
#include "core/crypto/merkle.h"
#include "core/crypto/note.h"

struct keep_tlogproof {
    uint64_t index;
    struct keep_buf entry;      /* the leaf's data; free with keep_buf_free */
    struct keep_note_head head; /* origin points into the text */
};

/* The index alone, before anything is believed. False: there is none. */
bool keep_tlogproof_index(struct keep_str text, uint64_t *out);
/* The entry is in the tree whose head key signed; KEEP_E_INTEGRITY with the reason otherwise. *out is filled on success alone. */
int keep_tlogproof_check(struct keep_tlogproof *out, struct keep_str text, const uint8_t key[32], struct keep_err *err);

/* The body of C2SP tlog-witness's add-checkpoint request, as ledger prove --from writes it: "old N", hashes, an empty line, the checkpoint. */
struct keep_tlogproof_growth {
    uint64_t old; /* entries at the beginning; 0: a checkpoint alone, which proves itself and nothing else */
    uint8_t hash[KEEP_MERKLE_CONSISTENCY][32];
    size_t hashes;
    struct keep_note_head head;
};
/* Reads either, and checks the checkpoint's signature; what the hashes lead to is for keep_merkle_extends. KEEP_E_INTEGRITY otherwise. */
int keep_tlogproof_growth(struct keep_tlogproof_growth *out, struct keep_str text, const uint8_t key[32], struct keep_err *err);

#endif
