/* What is too large to be held: packed, sealed and hashed as it is pulled. Pulling,
 * which reads the keep, and comparing with its digest are the owner's; packing and
 * sealing the piece before are one of the crew's meanwhile. A tar
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
#define PIECE 262144

/* A piece at a time goes to the crew, while the other one is pulled. */
struct side {
    struct keep_crew_job job;
    struct keep_flow *zstd;
    struct keep_buf piece;
    size_t n;
    int rc;
    struct keep_err err;
};

struct stream {
    struct keep_spool *sealed;
    struct keep_age_out *age;
    struct keep_flow *zstd;
    struct keep_hash_stream *hash;
    struct side side[2];
};

static int to_spool(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_spool_add(ctx, p, n, err);
}

static int to_age(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_age_out_add(ctx, p, n, err);
}

static void pack(void *ctx)
{
    struct side *d = ctx;
    d->rc = keep_flow_add(d->zstd, d->piece.p, d->n, &d->err);
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
    for (int i = 0; rc == 0 && i < 2; i++) {
        t->side[i].job = (struct keep_crew_job){.run = pack, .ctx = &t->side[i]};
        t->side[i].zstd = t->zstd;
        if (!keep_buf_reserve(&t->side[i].piece, PIECE))
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    return rc;
}

static void stream_close(struct stream *t)
{
    keep_flow_free(t->zstd);
    keep_age_out_free(t->age);
    keep_spool_free(t->sealed);
    keep_hash_stream_free(t->hash);
    keep_buf_free(&t->side[0].piece);
    keep_buf_free(&t->side[1].piece);
}

/* As much as a piece has room for. */
static int draw(struct side *d, struct keep_pull *from, struct keep_err *err)
{
    size_t n = 1;
    int rc = 0;
    for (d->n = 0; rc == 0 && n > 0 && d->n < PIECE; d->n += n)
        rc = from->read(from->ctx, d->piece.p + d->n, PIECE - d->n, &n, err);
    return rc;
}

static int packed(struct keep_crew *crew, struct side *d, struct keep_err *err)
{
    keep_crew_wait(crew, &d->job);
    return d->rc < 0 ? keep_err_set(err, d->rc, "%s", d->err.text) : 0;
}

static int stream_fill(struct stream *t, struct keep_crew *crew, struct keep_pull *from, const uint8_t *digest, struct keep_err *err)
{
    uint64_t had = 0;
    uint8_t d[32];
    int rc = 0;
    keep_hash_stream_start(t->hash, NULL);
    for (struct side *now = &t->side[0], *last = &t->side[1]; rc == 0 && had <= from->size;) {
        if ((rc = draw(now, from, err)) < 0 || now->n == 0)
            break;
        keep_hash_stream_add(t->hash, now->piece.p, now->n);
        had += now->n;
        if (had > from->size || (rc = packed(crew, last, err)) < 0)
            break;
        keep_crew_give(crew, &now->job);
        struct side *other = last;
        last = now;
        now = other;
    }
    for (int i = 0; i < 2; i++) { /* also when something failed: nobody may be at them any more */
        int was = packed(crew, &t->side[i], rc == 0 ? err : NULL);
        rc = rc == 0 ? was : rc;
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
    struct stream t = {.side = {{.piece = KEEP_BUF_INIT}, {.piece = KEEP_BUF_INIT}}};
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
        rc = stream_fill(&t, s->crew, r->pull, r->digest, err);
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
