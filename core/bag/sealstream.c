/* What is too large to be held: packed, sealed and hashed as it is pulled. A tar
 * states a member's size before its bytes, and how small a stream packs is known at
 * its end: so its sealed form waits in a spool, and goes from there into one member
 * or, past four GiB, into pieces. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bag/sealing_inside.h"
#include "core/crypto/secret.h"
#include "core/stream/flow.h"

#define FAST 1 /* zstd, of scans and films, which are compressed already */
#define PIECE 65536

struct stream {
    struct keep_spool *sealed;
    struct keep_age_out *age;
    struct keep_flow *zstd;
    struct keep_hash_stream *hash;
    struct keep_buf piece;
};

static int to_spool(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_spool_add(ctx, p, n, err);
}

static int to_age(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_age_out_add(ctx, p, n, err);
}

static int stream_open(struct keep_seal *s, struct stream *t, const struct keep_pull *from, const uint8_t recipient[32], struct keep_err *err)
{
    int rc = keep_spool_new(&t->sealed, s->dirfd, err);
    if (rc == 0)
        rc = keep_age_out_new(&t->age, (const uint8_t (*)[32])recipient, 1, to_spool, t->sealed, err);
    if (rc == 0)
        rc = keep_flow_pack(&t->zstd, FAST, from->size, to_age, t->age, err);
    if (rc == 0)
        rc = keep_hash_stream_new(&t->hash, err);
    if (rc == 0 && !keep_buf_reserve(&t->piece, PIECE))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    return rc;
}

static void stream_close(struct stream *t)
{
    keep_flow_free(t->zstd);
    keep_age_out_free(t->age);
    keep_spool_free(t->sealed);
    keep_hash_stream_free(t->hash);
    keep_buf_free(&t->piece);
}

static int stream_fill(struct stream *t, struct keep_pull *from, const uint8_t *digest, struct keep_err *err)
{
    uint64_t had = 0;
    uint8_t d[32];
    size_t n;
    int rc;
    keep_hash_stream_start(t->hash, NULL);
    while ((rc = from->read(from->ctx, t->piece.p, PIECE, &n, err)) == 0 && n > 0) {
        keep_hash_stream_add(t->hash, t->piece.p, n);
        had += n;
        if (had > from->size)
            break;
        if ((rc = keep_flow_add(t->zstd, t->piece.p, n, err)) < 0)
            return rc;
    }
    keep_hash_stream_end(t->hash, d);
    if (rc == 0 && (had != from->size || !digest || memcmp(d, digest, sizeof d) != 0))
        rc = keep_err_set(err, KEEP_E_INTEGRITY, KEEP_SEALING_NOT_THE_KEEPS);
    if (rc == 0)
        rc = keep_flow_finish(t->zstd, err);
    return rc == 0 ? keep_age_out_finish(t->age, err) : rc;
}

int keep_sealstream_record(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err)
{
    struct stream t = {NULL, NULL, NULL, NULL, KEEP_BUF_INIT};
    struct keep_sealing_member *m = NULL;
    uint8_t identity[32], recipient[32];
    char path[sizeof m->text.path];
    size_t members = 0;
    if (r->pull->size > KEEP_LAYOUT_PAYLOAD)
        return keep_err_set(err, KEEP_E_LIMIT, "a record of %llu bytes: a package takes at most %llu", (unsigned long long)r->pull->size, KEEP_LAYOUT_PAYLOAD);
    keep_age_generate(identity);
    keep_age_recipient(recipient, identity);
    snprintf(path, sizeof path, KEEP_LAYOUT_RECORDS KEEP_LAYOUT_NUMBER KEEP_LAYOUT_SEALED, (unsigned long long)s->given + 1);
    int rc = keep_sealslot_drain(s, err); /* members stand in the records' order */
    if (rc == 0 && !(m = calloc(KEEP_LAYOUT_PIECES, sizeof *m)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = stream_open(s, &t, r->pull, recipient, err);
    if (rc == 0)
        rc = stream_fill(&t, r->pull, r->digest, err);
    if (rc == 0)
        rc = keep_sealmember_pieces(s, path, t.sealed, m, &members, err);
    if (rc == 0) {
        s->given++;
        rc = keep_sealslot_enter(s, r, identity, m, members, 0, NULL, err);
    }
    keep_secret_wipe(identity, sizeof identity);
    stream_close(&t);
    free(m);
    return rc;
}
