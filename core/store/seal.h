/* Keys of the tables, and texts sealed below the page in one piece; payloads are
 * sealed in core/store/payload.h. Inside core/store only. */
#ifndef CORE_STORE_SEAL_H
#define CORE_STORE_SEAL_H

#include "core/store/ring.h"
#include "core/store/rowio.h"

/* Subkeys of the keep, in secret memory. */
struct keep_seal_keys {
    uint8_t index[32];  /* identifiers -> entity_key.hash */
    uint8_t digest[32]; /* content of a row -> its digest, for telling repetitions */
    uint8_t leaf[32];   /* leaves of rows that have no key of their own */
    uint8_t owner[32];  /* room for the key of the record or patient at hand */
};
int keep_seal_keys_new(struct keep_seal_keys **out, const struct keep_store *s, struct keep_err *err);
void keep_seal_keys_free(struct keep_seal_keys *k); /* NULL allowed */

/* One piece: nonce | ciphertext | tag, bound to what it is (label) and whose (a, b). out is appended to. */
int keep_seal_text(struct keep_buf *out, struct keep_str plain, const char *label, uint64_t a, uint64_t b, const uint8_t key[32], struct keep_err *err);
int keep_seal_open_text(struct keep_buf *out, struct keep_str sealed, const char *label, uint64_t a, uint64_t b, const uint8_t key[32], struct keep_err *err);

#endif
