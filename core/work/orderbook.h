/* Destruction orders on file: what custodians were told to destroy, and what of it
 * they have certified.
 *
 * An order names locators, which may name patients, and outlives the index entries
 * that held them. So its text is sealed under a key of its own in the keyring,
 * which is dropped by the first rewrite after the custodian's certificate is in.
 *
 * The certificate that comes back is proof of a destruction and kept for good, so
 * no key of its own is there to be destroyed: its bytes lie in sealed pages, and
 * an annex for the recovery identity carries them past the loss of the keep. */
#ifndef CORE_WORK_ORDERBOOK_H
#define CORE_WORK_ORDERBOOK_H

#include "core/base/arena.h"
#include "core/store/store.h"
#include "core/store/txn.h"

#define KEEP_ORDERBOOK_ID 16                   /* hex digits */
#define KEEP_ORDERBOOK_DOCUMENT (16u << 20)    /* bytes of a custodian's certificate: a scan of twenty pages; in base64 it fits an annex five times */

struct keep_order {
    struct keep_str id, custodian, plan; /* plan: digest in hex */
    struct keep_str role;                /* who ordered */
    keep_time made;
    const uint8_t (*set)[16];            /* in order of id */
    size_t sets;
    uint64_t records;                    /* of the custodian, in all of them */
    keep_time certified;                 /* NONE: not yet */
    struct keep_str certified_by;        /* role of the officer who took the certificate in */
    keep_date destroyed_on;              /* as it says */
};
/* All in order of making; memory in a. */
int keep_orderbook_load(struct keep_store *s, struct keep_arena *a, struct keep_order **out, size_t *n, struct keep_err *err);

/* What orders say of a set: none names it, one is not certified yet, all are. */
enum keep_ordered { KEEP_ORDERED_NOT, KEEP_ORDERED_OPEN, KEEP_ORDERED_CERTIFIED };
enum keep_ordered keep_orderbook_of(const struct keep_order *list, size_t n, const uint8_t set[16]);

/* A new id. */
void keep_orderbook_id(char id[KEEP_ORDERBOOK_ID + 1]);
/* Enters an order inside a transaction of kind ORDER, its text sealed; officer signs the entry. text_signature: minisign's, over the text. */
struct keep_orderbook_entry {
    const struct keep_order *order; /* id, custodian, plan, sets, records */
    struct keep_str text, text_signature;
    const struct keep_sign_secret *officer;
    struct keep_str role;
};
int keep_orderbook_enter(struct keep_store *s, const struct keep_orderbook_entry *e, struct keep_err *err);
/* The text and the signature again: 0, 1 no such order, 2 its key is gone (certified, or lost behind a restore). */
int keep_orderbook_text(struct keep_store *s, struct keep_str id, struct keep_buf *text, struct keep_buf *signature, struct keep_err *err);

/* A custodian's certificate taken in: an officer signs its digest and what it says; its bytes, of any format, are kept as they are. 1: no open order has this id.
 * KEEP_E_INPUT: empty; KEEP_E_LIMIT: too large; KEEP_E_USAGE: its day lies before the order. */
struct keep_orderbook_certificate {
    struct keep_str order, document;
    keep_date destroyed_on;
    const struct keep_sign_secret *officer;
};
int keep_orderbook_certify(struct keep_store *s, const struct keep_orderbook_certificate *c, struct keep_err *err);
/* The document again, byte for byte, appended: 0, 1 none is on file for this order. KEEP_E_INTEGRITY when it is not what the officer signed. */
int keep_orderbook_document(struct keep_store *s, struct keep_str id, struct keep_buf *out, struct keep_err *err);

#endif
