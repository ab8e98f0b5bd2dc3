/* Keys of the tables, and what is sealed below the page: payloads in chunks,
 * small texts in one piece. Inside core/store only. */
#ifndef CORE_STORE_SEAL_H
#define CORE_STORE_SEAL_H

#include "core/store/ring.h"
#include "core/store/rowio.h"
#include "core/stream/squeeze.h"

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

/* A payload: one zstd frame cut into chunks of KEEP_SEAL_CHUNK, each sealed with associated data
 * "payload" | record | version | chunk | last. Rows go into table payload. */
#define KEEP_SEAL_CHUNK 65536                     /* bounds what a reader holds of a large document before its tag is checked */
#define KEEP_SEAL_PAYLOAD_MAX ((size_t)1 << 30)   /* SQLite's own bound on a value; a larger thing is kept as files, not as a record */
int keep_seal_payload(struct keep_store *s, struct keep_squeeze *z, uint64_t record, uint32_t version, struct keep_str plain, const uint8_t key[32],
                      int64_t *first, struct keep_buf *tags, struct keep_err *err);
/* Opens it again and compares each chunk's tag with tags. size: the payload's bytes as recorded. */
int keep_seal_open_payload(struct keep_store *s, struct keep_squeeze *z, uint64_t record, uint32_t version, int64_t first, struct keep_str tags, uint64_t size,
                           const uint8_t key[32], struct keep_buf *out, struct keep_err *err);

#endif
