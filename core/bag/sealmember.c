/* Members of the tar. Every byte is hashed once on its way in: here for what comes
 * in pieces, where it was sealed for what comes whole. SHA-512 of a large piece is
 * one of the crew's while the owner has SHA-256 and the writing. */
#include <stdio.h>
#include <string.h>

#include "core/bag/sealing_inside.h"
#include "core/base/codec.h"

#define ASIDE 65536 /* bytes whose SHA-512 takes longer than handing them over */

static int begin(struct keep_seal *s, const char *path, uint64_t size, struct keep_err *err)
{
    char name[KEEP_TAR_NAME + 1];
    if ((size_t)snprintf(name, sizeof name, "%s/%s", s->facts.id, path) >= sizeof name)
        return keep_err_set(err, KEEP_E_LIMIT, "a name in the package is too long");
    s->member_octets = size;
    return keep_tar_out_begin(s->tar, name, size, err);
}

struct sha512 {
    struct keep_sha_ctx *ctx;
    const void *p;
    size_t n;
    int rc;
    struct keep_err err;
};

static void hash(void *ctx)
{
    struct sha512 *h = ctx;
    h->rc = keep_sha_update(h->ctx, h->p, h->n, &h->err);
}

static int add(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct keep_seal *s = ctx;
    struct sha512 h = {.ctx = s->sha512, .p = p, .n = n};
    struct keep_crew_job job = {.run = hash, .ctx = &h};
    keep_crew_give(n >= ASIDE ? s->crew : NULL, &job);
    int rc = keep_sha_update(s->sha256, p, n, err);
    if (rc == 0)
        rc = keep_tar_out_add(s->tar, p, n, err);
    keep_crew_wait(n >= ASIDE ? s->crew : NULL, &job);
    return rc == 0 && h.rc < 0 ? keep_err_set(err, h.rc, "%s", h.err.text) : rc;
}

static int list(struct keep_spool *to, const uint8_t *digest, size_t n, const char *path, struct keep_err *err)
{
    char hex[129], line[128 + 2 + KEEP_TAR_NAME + 2];
    keep_codec_hex(digest, n, hex);
    int len = snprintf(line, sizeof line, "%s  %s\n", hex, path);
    return keep_spool_add(to, line, (size_t)len, err);
}

int keep_sealmember_enter(struct keep_seal *s, const struct keep_sealing_member *m, struct keep_err *err)
{
    s->facts.octets += m->text.octets;
    s->facts.files++;
    int rc = list(s->list512, m->sha512, 64, m->text.path, err);
    return rc == 0 ? list(s->list256, m->sha256, 32, m->text.path, err) : rc;
}

/* Ends the member; m takes what is to be said of it. */
static int end(struct keep_seal *s, const char *path, bool listed, struct keep_sealing_member *m, struct keep_err *err)
{
    int rc = keep_tar_out_end(s->tar, err);
    if (rc == 0)
        rc = keep_sha_final(s->sha512, m->sha512, err);
    if (rc == 0)
        rc = keep_sha_final(s->sha256, m->sha256, err);
    if (rc < 0)
        return rc;
    snprintf(m->text.path, sizeof m->text.path, "%s", path);
    m->text.octets = s->member_octets;
    keep_codec_hex(m->sha512, sizeof m->sha512, m->text.sha512);
    if (strncmp(path, KEEP_LAYOUT_DATA, strlen(KEEP_LAYOUT_DATA)) == 0)
        return keep_sealmember_enter(s, m, err);
    if (listed)
        keep_buf_printf(&s->tags, "%s  %s\n", m->text.sha512, path);
    return s->tags.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

int keep_sealmember_text(struct keep_seal *s, const char *path, struct keep_str text, bool listed, struct keep_sealing_member *m, struct keep_err *err)
{
    struct keep_sealing_member own;
    int rc = begin(s, path, text.n, err);
    if (rc == 0)
        rc = add(s, text.p, text.n, err);
    return rc == 0 ? end(s, path, listed, m ? m : &own, err) : rc;
}

int keep_sealmember_spool(struct keep_seal *s, const char *path, struct keep_spool *from, struct keep_err *err)
{
    struct keep_sealing_member m;
    int rc = begin(s, path, keep_spool_size(from), err);
    if (rc == 0)
        rc = keep_spool_replay(from, add, s, err);
    return rc == 0 ? end(s, path, true, &m, err) : rc;
}

int keep_sealmember_whole(struct keep_seal *s, const struct keep_sealing_member *m, const void *p, struct keep_err *err)
{
    int rc = begin(s, m->text.path, m->text.octets, err);
    if (rc == 0)
        rc = keep_tar_out_add(s->tar, p, (size_t)m->text.octets, err);
    if (rc == 0)
        rc = keep_tar_out_end(s->tar, err);
    return rc == 0 ? keep_sealmember_enter(s, m, err) : rc;
}

/* ---- pieces ---- */

struct cutting {
    struct keep_seal *s;
    const char *path;
    struct keep_sealing_member *m;
    size_t n;              /* pieces begun */
    uint64_t left, rest;   /* of the open piece; of what is behind it */
    bool split;
};

static int next_piece(struct cutting *c, struct keep_err *err)
{
    char path[sizeof c->m->text.path];
    uint64_t size = c->rest < c->s->piece ? c->rest : c->s->piece;
    snprintf(path, sizeof path, c->split ? "%s" KEEP_LAYOUT_PIECE_NUMBER : "%s", c->path, (unsigned)c->n);
    snprintf(c->m[c->n].text.path, sizeof c->m[c->n].text.path, "%s", path);
    c->left = size;
    c->rest -= size;
    c->n++;
    return begin(c->s, path, size, err);
}

static int end_piece(struct cutting *c, struct keep_err *err)
{
    char path[sizeof c->m->text.path];
    memcpy(path, c->m[c->n - 1].text.path, sizeof path);
    return end(c->s, path, true, &c->m[c->n - 1], err);
}

static int cut(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct cutting *c = ctx;
    const uint8_t *b = p;
    int rc = 0;
    while (rc == 0 && n > 0) {
        size_t take = c->left < n ? (size_t)c->left : n;
        rc = add(c->s, b, take, err);
        b += take;
        n -= take;
        c->left -= take;
        if (rc == 0 && c->left == 0 && c->rest > 0 && (rc = end_piece(c, err)) == 0)
            rc = next_piece(c, err);
    }
    return rc;
}

int keep_sealmember_pieces(struct keep_seal *s, const char *path, struct keep_spool *from, struct keep_sealing_member *m, size_t *n, struct keep_err *err)
{
    uint64_t size = keep_spool_size(from);
    struct cutting c = {.s = s, .path = path, .m = m, .rest = size, .split = size > s->piece};
    if (size > s->piece * KEEP_LAYOUT_PIECES)
        return keep_err_set(err, KEEP_E_LIMIT, "a record sealed to %llu bytes takes more than %d members", (unsigned long long)size, KEEP_LAYOUT_PIECES);
    int rc = next_piece(&c, err);
    if (rc == 0)
        rc = keep_spool_replay(from, cut, &c, err);
    if (rc == 0)
        rc = end_piece(&c, err);
    *n = c.n;
    return rc;
}
