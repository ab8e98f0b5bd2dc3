/* A version's own bytes in table payload: pieces of KEEP_PAYLOAD_CHUNK, each
 * compressed and sealed by itself, so that neither writing nor reading ever
 * holds more than one. Inside core/store only.
 *
 *     offset 0        form: 1 one zstd frame, else as they are; plus 2: a text stands before the piece
 *     offset 1        nonce | ciphertext | tag, under the record's key, with the
 *                     associated data "payload" | record | version | chunk | last | form
 *
 * The only piece of a payload may have the record's sealed text before it, a u32
 * length and so many bytes: one sealing less for most records, and what it says is
 * mostly in the piece too, so that it takes next to no room.
 *
 * Every piece but the last is of the full size, so the payload's size says how
 * many there are; rows run on from version.payload. version.tags is the tag of
 * the only piece and 16 zero bytes, or the BLAKE2b-256 of the tags of several in
 * order, and so binds the row to these very chunks. */
#ifndef CORE_STORE_PAYLOAD_H
#define CORE_STORE_PAYLOAD_H

#include "core/base/pull.h"
#include "core/store/rowio.h"
#include "core/stream/squeeze.h"

#define KEEP_PAYLOAD_CHUNK 65536 /* bounds what a reader holds of a large document before its tag is checked; part of the format */
#define KEEP_PAYLOAD_TAGS 32

struct keep_payload {
    uint64_t record;
    uint32_t version;
    int64_t first; /* row of the first chunk; 0: none */
    uint64_t size; /* bytes, at most KEEP_PULL_MAX */
    uint8_t tags[KEEP_PAYLOAD_TAGS];
};

/* Where the bytes are from: whole in memory, or pulled; and what is to be sealed with them, none: n is 0. */
struct keep_payload_from {
    struct keep_str whole;
    struct keep_pull *pull; /* NULL: whole */
    struct keep_str text;   /* as keep_payload_takes says */
};
#define KEEP_PAYLOAD_TEXT 4096 /* bytes of the longest text; longer ones gain nothing by it */

/* Whether the text can stand with the bytes. */
bool keep_payload_takes(const struct keep_payload_from *from);
/* Bytes of tags that a payload of this size has, without the zeros behind them. */
size_t keep_payload_tags(uint64_t size);

/* What a writer works with, kept from one payload to the next. */
struct keep_payload_press {
    struct keep_squeeze *z;
    struct keep_buf joined, packed, body;
};
int keep_payload_press_init(struct keep_payload_press *w, struct keep_err *err);
void keep_payload_press_done(struct keep_payload_press *w); /* wipes; one of zeros allowed */

/* Writes them inside the open transaction; p has record and version, its other members are set. KEEP_E_INPUT: what was pulled is not of its size and digest.
 * After this and any other failure of the pull, nothing of it is left and the transaction can go on; after others it must be rolled back. */
int keep_payload_write(struct keep_store *s, struct keep_payload_press *press, struct keep_payload *p, const struct keep_payload_from *from, const uint8_t key[32], struct keep_err *err);

/* Reads piece by piece. A piece is handed out when its seal held; that all of them are there and are the row's own is known when _next has returned 0. */
struct keep_payload_reader;
/* Of p's row, or with a wrong size KEEP_E_INTEGRITY. key is copied into secret memory. */
int keep_payload_open(struct keep_payload_reader **out, struct keep_store *s, const struct keep_payload *p, const uint8_t key[32], struct keep_err *err);
int keep_payload_next(struct keep_payload_reader *r, const void **piece, size_t *n, struct keep_err *err); /* 1 bytes, valid until the next call; 0 the end; <0 */
/* The text that stands with the bytes, once the first piece was read; none without one. Valid until the reader is closed. */
struct keep_str keep_payload_said(const struct keep_payload_reader *r);
void keep_payload_close(struct keep_payload_reader *r); /* NULL allowed; wipes */

/* That text appended to out. KEEP_E_INTEGRITY: there is none. */
int keep_payload_text(struct keep_store *s, const struct keep_payload *p, const uint8_t key[32], struct keep_buf *out, struct keep_err *err);

/* All of it appended to out. Uses what the store keeps for it: no other reader is disturbed. */
int keep_payload_whole(struct keep_store *s, const struct keep_payload *p, const uint8_t key[32], struct keep_buf *out, struct keep_err *err);

/* Secret memory for the key of the record at hand: whoever asks for it puts a key in, uses it and wipes it before anything else asks. */
int keep_payload_room(struct keep_store *s, uint8_t **key, struct keep_err *err);

/* Deletes the chunks of all versions of a record, inside the open transaction. */
int keep_payload_erase(struct keep_store *s, uint64_t record, struct keep_err *err);

/* SQL of how many chunks a row of version has; in SQL since check adds them up there. */
#define KEEP_PAYLOAD_CHUNKS_SQL "(size + 65535) / 65536"

#endif
