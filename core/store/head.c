/* The newest signed head of the ledger, here and at the witnesses.
 *
 * A head is a C2SP checkpoint signed by the keep's own Ed25519 key, whose
 * signatures are deterministic: the bytes of a head are known from its size and
 * root, and a file that differs in one bit from them is not a head.
 *
 * At a witness it lies as <store id>.head. A folder that cannot be reached is
 * told, or is an error where witnesses are required; a head of another origin
 * is not ours to judge and is passed over; one of ours that does not hold is
 * damage. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/hash.h"
#include "core/crypto/note.h"
#include "core/store/fault.h"
#include "core/store/state.h"

#define HEAD_LIMIT 4096 /* a checkpoint with one signature has about 200 bytes */
#define NAME_SIZE (32 + sizeof ".head")

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

static int head_parse(const struct keep_store *s, const struct keep_buf *text, const char *where, struct keep_head *out, struct keep_err *err)
{
    struct keep_buf again = KEEP_BUF_INIT;
    struct keep_note_head h;
    struct keep_err ignored = {0};
    int rc = keep_note_head_read(&h, keep_buf_view(text), s->json.signer.key, &ignored);

    if (rc == 0)
        rc = head_write(s, s->origin, h.size, h.root, &again, err);
    if (rc == 0 && !keep_str_eq(keep_buf_view(&again), keep_buf_view(text)))
        rc = KEEP_E_INTEGRITY;
    if (rc == 0) {
        out->size = h.size;
        memcpy(out->root, h.root, sizeof out->root);
        keep_hash_blake2b(out->digest, text->p, text->n);
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
        rc = head_parse(s, &text, "head", &s->head, err);
    keep_buf_free(&text);
    return rc;
}

static void witness_name(const struct keep_store *s, char name[NAME_SIZE])
{
    keep_codec_hex(s->json.store, sizeof s->json.store, name);
    memcpy(name + 32, ".head", sizeof ".head");
}

static int unreachable(struct keep_store *s, const struct keep_head_witness *w, const char *why, struct keep_buf *warnings, struct keep_err *err)
{
    if (s->require_witness)
        return keep_err_at(err, KEEP_E_INTEGRITY, w->dir, 0, 0, "witness: %s", why);
    if (warnings)
        keep_buf_printf(warnings, "witness %s: %s\n", w->dir, why);
    return 0;
}

static struct keep_str first_line(struct keep_str text)
{
    const char *end = text.n ? memchr(text.p, '\n', text.n) : NULL;

    return (struct keep_str){text.p, end ? (size_t)(end - text.p) : 0};
}

static int read_witness(struct keep_store *s, struct keep_head_witness *w, struct keep_buf *warnings, struct keep_err *err)
{
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_err why = {0};
    struct keep_str origin;
    char name[NAME_SIZE];
    int dir = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

    if (dir < 0)
        return unreachable(s, w, strerror(errno), warnings, err);
    witness_name(s, name);
    w->up = true;
    if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW) != 0 && errno == ENOENT) {
        rc = unreachable(s, w, "it has no head of this keep yet", warnings, err);
        goto out;
    }
    rc = keep_file_read_all(dir, name, HEAD_LIMIT, &text, &why);
    if (rc == KEEP_E_LIMIT || rc == KEEP_E_INPUT) {
        rc = keep_err_at(err, KEEP_E_INTEGRITY, w->dir, 0, 0, "witness: %s cannot be a head", name);
        goto out;
    }
    if (rc != 0) {
        w->up = false;
        rc = unreachable(s, w, why.text, warnings, err);
        goto out;
    }
    origin = first_line(keep_buf_view(&text));
    if (origin.n > 10 && memcmp(origin.p, "chartkeep/", 10) == 0 && !keep_str_is(origin, s->origin)) {
        w->up = false; /* another keep's: it is not overwritten either */
        rc = unreachable(s, w, "it has the head of another keep under this keep's name", warnings, err);
        goto out;
    }
    rc = head_parse(s, &text, w->dir, &w->head, err);
    w->has = rc == 0;
out:
    keep_buf_free(&text);
    close(dir);
    return rc;
}

int keep_head_read_all(struct keep_store *s, struct keep_buf *warnings, struct keep_err *err)
{
    int rc = read_own(s, err);

    for (size_t i = 0; rc == 0 && i < s->witnesses; i++)
        rc = read_witness(s, &s->witness[i], warnings, err);
    return rc;
}

static int write_witness(const struct keep_store *s, struct keep_head_witness *w, const struct keep_buf *text, const struct keep_head *head, struct keep_err *err)
{
    char name[NAME_SIZE];
    int dir, rc;

    witness_name(s, name);
    rc = keep_fault_hit(KEEP_FAULT_STEP, "witness head") == 0 ? 0 : keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: cannot be written");
    if (rc != 0)
        return rc;
    dir = open(w->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (dir < 0)
        return keep_err_at(err, KEEP_E_IO, w->dir, 0, 0, "witness: %s", strerror(errno));
    rc = keep_file_replace(dir, name, text->p, text->n, 0644, err);
    close(dir);
    if (rc == 0) {
        w->head = *head;
        w->has = true;
    }
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
        if (s->witness[i].up && (!s->witness[i].has || s->witness[i].head.size < head.size))
            rc = write_witness(s, &s->witness[i], &text, &head, err);
    keep_buf_free(&text);
    return rc;
}
