/* The newest signed head of the ledger, here and at the witnesses.
 *
 * A head is a C2SP checkpoint signed by the keep's own Ed25519 key, whose
 * signatures are deterministic: the bytes of a head are known from its size and
 * root, and a file that differs in one bit from them is not a head.
 * What lies at witnesses is witness.c's. */
#include <string.h>

#include "core/base/file.h"
#include "core/crypto/hash.h"
#include "core/crypto/note.h"
#include "core/store/fault.h"
#include "core/store/state.h"

#define HEAD_LIMIT 4096 /* a checkpoint with one signature has about 200 bytes */

static int head_write(const struct keep_store *s, const char *origin, uint64_t size, const uint8_t root[32], struct keep_buf *out, struct keep_err *err)
{
    struct keep_note_head h = {.origin = keep_str_of(origin), .size = size};

    memcpy(h.root, root, sizeof h.root);
    keep_note_head_write(out, &h, s->signer);
    return out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

int keep_head_text_as(const struct keep_store *s, const char *origin, struct keep_buf *out, struct keep_err *err)
{
    uint8_t root[32];

    keep_merkle_root(&s->tree, root);
    return head_write(s, origin, s->tree.n, root, out, err);
}

int keep_head_text(const struct keep_store *s, struct keep_buf *out, struct keep_err *err)
{
    return keep_head_text_as(s, s->origin, out, err);
}

int keep_head_parse(const struct keep_store *s, struct keep_str text, const char *where, struct keep_head *out, struct keep_err *err)
{
    struct keep_buf again = KEEP_BUF_INIT;
    struct keep_note_head h;
    struct keep_err ignored = {0};
    int rc = keep_note_head_read(&h, text, s->json.signer.key, &ignored);

    if (rc == 0)
        rc = head_write(s, s->origin, h.size, h.root, &again, err);
    if (rc == 0 && !keep_str_eq(keep_buf_view(&again), text))
        rc = KEEP_E_INTEGRITY;
    if (rc == 0) {
        out->size = h.size;
        memcpy(out->root, h.root, sizeof out->root);
        keep_hash_blake2b(out->digest, text.p, text.n);
    } else if (rc == KEEP_E_INTEGRITY) {
        keep_err_at(err, rc, where, 0, 0, "not a head that this keep signed");
    }
    keep_buf_free(&again);
    return rc;
}

static int read_own(struct keep_store *s, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err why = {0};
    int rc = keep_file_read_all(s->dir, "head", HEAD_LIMIT, &text, &why);

    if (rc == KEEP_E_INPUT || rc == KEEP_E_LIMIT)
        rc = keep_err_at(err, KEEP_E_INTEGRITY, "head", 0, 0, "the head of the ledger is missing or cannot be one");
    else if (rc != 0)
        rc = keep_err_at(err, rc, "head", 0, 0, "%s", why.text);
    else
        rc = keep_head_parse(s, keep_buf_view(&text), "head", &s->head, err);
    keep_buf_free(&text);
    return rc;
}

int keep_head_read_all(struct keep_store *s, struct keep_buf *warnings, struct keep_err *err)
{
    int rc = read_own(s, err);

    for (size_t i = 0; rc == 0 && i < s->witnesses; i++)
        rc = keep_witness_read(s, &s->witness[i], warnings, err);
    return rc;
}

int keep_head_write_all(struct keep_store *s, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_head head = {.size = s->tree.n};
    int rc = keep_head_text(s, &text, err);

    if (rc == 0 && keep_fault_hit(KEEP_FAULT_STEP, "head") != 0)
        rc = keep_err_at(err, KEEP_E_IO, "head", 0, 0, "cannot be written");
    if (rc == 0) {
        keep_merkle_root(&s->tree, head.root);
        keep_hash_blake2b(head.digest, text.p, text.n);
        if (s->head.size != head.size || memcmp(s->head.digest, head.digest, 32) != 0)
            rc = keep_file_replace(s->dir, "head", text.p, text.n, 0600, err);
    }
    if (rc == 0) {
        s->head = head;
        keep_vfs_head(s->vfs, head.digest);
        keep_vfs_head(s->ring_vfs, head.digest);
    }
    for (size_t i = 0; rc == 0 && i < s->witnesses; i++)
        if (s->witness[i].up)
            rc = keep_witness_write(s, &s->witness[i], keep_buf_view(&text), &head, err);
    keep_buf_free(&text);
    return rc;
}
