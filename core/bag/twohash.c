/* SHA-512 takes two to three times as long as SHA-256 where the processor has
 * instructions for the latter, so one thread has SHA-512 and nothing else, the
 * owner's has all the rest. Work is handed over a buffer's filling at a time: pieces
 * of small files cost no handing over of their own. A filling is handed over before
 * the one before it is waited for, so that the thread goes from one to the next. */
#include "core/bag/twohash.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/crew.h"
#include "core/base/grow.h"
#include "core/crypto/hash.h"

struct step {
    const void *p; /* NULL: the end of a file */
    size_t n;      /* bytes, or the file's number */
    uint8_t digest[64];
};

struct batch {
    struct keep_twohash *owner;
    struct keep_crew_job job;
    struct step *step;
    size_t n, cap;
    struct keep_err why;
};

struct keep_twohash {
    struct keep_crew *crew;
    struct keep_sha_ctx *sha512, *sha256;
    struct batch batch[2];
    unsigned at;          /* the one being gathered; the other is with the second thread */
    struct keep_err why;  /* of the first batch that failed */
    void (*done)(void *ctx, size_t file, const uint8_t sha512[64]);
    void *ctx;
};

static void run(void *ctx)
{
    struct batch *b = ctx;
    struct keep_twohash *h = b->owner;
    for (size_t i = 0; i < b->n && b->why.code == 0; i++)
        if (b->step[i].p)
            keep_sha_update(h->sha512, b->step[i].p, b->step[i].n, &b->why);
        else
            keep_sha_final(h->sha512, b->step[i].digest, &b->why);
}

int keep_twohash_new(struct keep_twohash **out, void (*done)(void *ctx, size_t file, const uint8_t sha512[64]), void *ctx, struct keep_err *err)
{
    struct keep_twohash *h = calloc(1, sizeof *h);
    if (!h)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    h->done = done;
    h->ctx = ctx;
    for (int i = 0; i < 2; i++) {
        h->batch[i].owner = h;
        h->batch[i].job = (struct keep_crew_job){.run = run, .ctx = &h->batch[i]};
    }
    int rc = keep_sha_new(&h->sha512, KEEP_SHA512, err);
    if (rc == 0)
        rc = keep_sha_new(&h->sha256, KEEP_SHA256, err);
    if (rc == 0 && keep_crew_new(&h->crew, 2, NULL) < 0)
        h->crew = NULL; /* one thread does both */
    if (rc < 0) {
        keep_twohash_free(h);
        return rc;
    }
    *out = h;
    return 0;
}

static int gather(struct keep_twohash *h, const void *p, size_t n, struct keep_err *err)
{
    struct batch *b = &h->batch[h->at];
    if (!keep_grow(&b->step, &b->cap, b->n + 1, sizeof *b->step, 256))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    b->step[b->n].p = p;
    b->step[b->n++].n = n;
    return 0;
}

int keep_twohash_add(struct keep_twohash *h, const void *p, size_t n, struct keep_err *err)
{
    int rc = n > 0 ? gather(h, p, n, err) : 0;
    return rc == 0 ? keep_sha_update(h->sha256, p, n, err) : rc;
}

int keep_twohash_end(struct keep_twohash *h, size_t file, uint8_t sha256[32], struct keep_err *err)
{
    int rc = gather(h, NULL, file, err);
    return rc == 0 ? keep_sha_final(h->sha256, sha256, err) : rc;
}

/* Waits for a batch and tells what came of it. */
static void collect(struct keep_twohash *h, struct batch *b)
{
    keep_crew_await(h->crew, &b->job);
    if (h->why.code == 0)
        h->why = b->why;
    for (size_t i = 0; i < b->n && h->why.code == 0; i++)
        if (!b->step[i].p)
            h->done(h->ctx, b->step[i].n, b->step[i].digest);
    b->n = 0;
}

void keep_twohash_turn(void *ctx)
{
    struct keep_twohash *h = ctx;
    keep_crew_give(h->crew, &h->batch[h->at].job);
    h->at = !h->at;
    collect(h, &h->batch[h->at]);
}

int keep_twohash_settle(struct keep_twohash *h, struct keep_err *err)
{
    keep_twohash_turn(h);
    collect(h, &h->batch[!h->at]);
    return h->why.code ? keep_err_set(err, h->why.code, "%s", h->why.text) : 0;
}

void keep_twohash_free(struct keep_twohash *h)
{
    if (!h)
        return;
    for (int i = 0; i < 2; i++) {
        keep_crew_drop(h->crew, &h->batch[i].job);
        free(h->batch[i].step);
    }
    keep_crew_free(h->crew);
    keep_sha_free(h->sha512);
    keep_sha_free(h->sha256);
    free(h);
}
