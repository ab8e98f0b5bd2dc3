/* Writing a package, front to back in one pass: every byte is hashed for both
 * manifests on its way into the tar, and the lists of what was written wait in
 * spools until their length is known (a tar states a member's size before it).
 *
 * A record's bytes are compared with the keep's digest, then compressed, then
 * sealed to an identity made for it alone. That identity goes into the index, is
 * wiped here, and exists nowhere else: whoever removes the keys of the index
 * removes the records. The index itself is sealed as it grows, one zstd frame of
 * lines after another in one age file, so that no more than a frame of it is ever
 * in memory in clear.
 *
 * Any failure leaves the handle broken: only _free is of use then. */
#include "core/bag/seal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/layout.h"
#include "core/bag/rendition.h"
#include "core/bag/sealtext.h"
#include "core/bag/spool.h"
#include "core/bag/verifytxt.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/stream/flow.h"
#include "core/stream/squeeze.h"
#include "core/stream/tar.h"

#define LEVEL 6                             /* zstd: records are small texts, decompressed once in decades */
#define FAST 1                              /* of what is too large to be held: scans and films, which are compressed already */
#define PIECE 65536
#define NOT_THE_KEEPS "a record's bytes are not the ones that its digest in the keep names"
#define RENDITION_MEMORY ((size_t)1 << 30)  /* a JSON document whose tree is larger has no rendition */

enum stage { WRITING, CLOSED, SIGNED, PUBLISHED, BROKEN };

struct keep_seal {
    enum stage stage;
    int dirfd, fd;
    char partial[KEEP_LAYOUT_ID + 16], whole[KEEP_LAYOUT_ID + 8];
    struct keep_sealtext_facts facts;       /* its strings live in arena */
    const struct keep_sign_secret *signer;
    struct keep_arena *arena, *scratch;     /* scratch: one rendition's tree */
    struct keep_tar_out *tar;
    struct keep_sha_ctx *sha512, *sha256;
    struct keep_squeeze *squeeze;
    struct keep_spool *list512, *list256, *reg, *index;
    struct keep_age_out *index_age;
    struct keep_buf lines;                  /* of the index, not yet sealed */
    struct keep_buf packed, page, line;     /* scratch, reused from record to record */
    struct keep_buf tags;                   /* the tag manifest */
    uint64_t member_octets;
};

const char *keep_seal_partial(const struct keep_seal *s)
{
    return s->partial;
}

uint64_t keep_seal_records(const struct keep_seal *s)
{
    return s->facts.records;
}

static bool id_ok(const char *id)
{
    size_t n = strlen(id);
    return n > 0 && n <= KEEP_LAYOUT_ID && id[0] != '-' && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* ---- members ---- */

static int member_begin(struct keep_seal *s, const char *path, uint64_t size, struct keep_err *err)
{
    char name[KEEP_TAR_NAME + 1];
    if ((size_t)snprintf(name, sizeof name, "%s/%s", s->facts.id, path) >= sizeof name)
        return keep_err_set(err, KEEP_E_LIMIT, "a name in the package is too long");
    s->member_octets = size;
    return keep_tar_out_begin(s->tar, name, size, err);
}

static int member_add(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct keep_seal *s = ctx;
    int rc = keep_sha_update(s->sha512, p, n, err);
    if (rc == 0)
        rc = keep_sha_update(s->sha256, p, n, err);
    return rc == 0 ? keep_tar_out_add(s->tar, p, n, err) : rc;
}

static int list(struct keep_spool *to, const char *hex, const char *path, struct keep_err *err)
{
    char line[128 + 2 + KEEP_TAR_NAME + 2];
    int n = snprintf(line, sizeof line, "%s  %s\n", hex, path);
    return keep_spool_add(to, line, (size_t)n, err);
}

/* Ends the member and enters it where it belongs; sha512 (may be NULL) takes its digest in hex. */
static int member_end(struct keep_seal *s, const char *path, bool listed, char sha512[129], struct keep_err *err)
{
    uint8_t d512[64], d256[32];
    char hex512[129], hex256[65];
    int rc = keep_tar_out_end(s->tar, err);
    if (rc == 0)
        rc = keep_sha_final(s->sha512, d512, err);
    if (rc == 0)
        rc = keep_sha_final(s->sha256, d256, err);
    if (rc < 0)
        return rc;
    keep_codec_hex(d512, sizeof d512, hex512);
    keep_codec_hex(d256, sizeof d256, hex256);
    if (sha512)
        memcpy(sha512, hex512, sizeof hex512);
    if (strncmp(path, KEEP_LAYOUT_DATA, strlen(KEEP_LAYOUT_DATA)) == 0) {
        s->facts.octets += s->member_octets;
        s->facts.files++;
        rc = list(s->list512, hex512, path, err);
        return rc == 0 ? list(s->list256, hex256, path, err) : rc;
    }
    if (listed)
        keep_buf_printf(&s->tags, "%s  %s\n", hex512, path);
    return s->tags.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static int member_text(struct keep_seal *s, const char *path, struct keep_str text, bool listed, struct keep_err *err)
{
    int rc = member_begin(s, path, text.n, err);
    if (rc == 0)
        rc = member_add(s, text.p, text.n, err);
    return rc == 0 ? member_end(s, path, listed, NULL, err) : rc;
}

static int member_buf(struct keep_seal *s, const char *path, struct keep_buf *b, struct keep_err *err)
{
    int rc = b->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : member_text(s, path, keep_buf_view(b), true, err);
    keep_buf_clear(b);
    return rc;
}

static int member_spool(struct keep_seal *s, const char *path, struct keep_spool *from, struct keep_err *err)
{
    int rc = member_begin(s, path, keep_spool_size(from), err);
    if (rc == 0)
        rc = keep_spool_replay(from, member_add, s, err);
    return rc == 0 ? member_end(s, path, true, NULL, err) : rc;
}

/* Compressed and sealed to one identity's recipient. */
static int member_sealed(struct keep_seal *s, struct keep_sealtext_member *m, struct keep_str plain, const uint8_t recipient[32], struct keep_err *err)
{
    struct keep_age_out *age = NULL;
    keep_buf_clear(&s->packed);
    int rc = keep_squeeze_pack(s->squeeze, plain.p, plain.n, &s->packed, err);
    if (rc == 0) {
        m->octets = keep_age_size(s->packed.n, 1);
        rc = member_begin(s, m->path, m->octets, err);
    }
    if (rc == 0)
        rc = keep_age_out_new(&age, (const uint8_t (*)[32])recipient, 1, member_add, s, err);
    if (rc == 0)
        rc = keep_age_out_add(age, s->packed.p, s->packed.n, err);
    if (rc == 0)
        rc = keep_age_out_finish(age, err);
    if (rc == 0)
        rc = member_end(s, m->path, true, m->sha512, err);
    keep_age_out_free(age);
    return rc;
}

/* ---- members of unknown size ---- */

/* A tar states a member's size before its bytes, and how small a stream packs is known at its end: so its sealed form waits in a spool. */
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

static int stream_fill(struct stream *t, struct keep_pull *from, const uint8_t digest[32], struct keep_err *err)
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
        rc = keep_err_set(err, KEEP_E_INTEGRITY, NOT_THE_KEEPS);
    if (rc == 0)
        rc = keep_flow_finish(t->zstd, err);
    return rc == 0 ? keep_age_out_finish(t->age, err) : rc;
}

static int member_streamed(struct keep_seal *s, struct keep_sealtext_member *m, const struct keep_seal_record *r, const uint8_t recipient[32], struct keep_err *err)
{
    struct stream t = {NULL, NULL, NULL, NULL, KEEP_BUF_INIT};
    int rc = stream_open(s, &t, r->pull, recipient, err);
    if (rc == 0)
        rc = stream_fill(&t, r->pull, r->digest, err);
    if (rc == 0) {
        m->octets = keep_spool_size(t.sealed);
        rc = member_begin(s, m->path, m->octets, err);
    }
    if (rc == 0)
        rc = keep_spool_replay(t.sealed, member_add, s, err);
    if (rc == 0)
        rc = member_end(s, m->path, true, m->sha512, err);
    stream_close(&t);
    return rc;
}

/* ---- begin ---- */

static int take_params(struct keep_seal *s, const struct keep_seal_params *p, struct keep_err *err)
{
    const char *empty = "";
    const char *const from[4] = {p->id, p->organization, p->origin, p->policy_digest};
    const char **const to[4] = {&s->facts.id, &s->facts.organization, &s->facts.origin, &s->facts.policy_digest};
    if (!id_ok(p->id))
        return keep_err_set(err, KEEP_E_USAGE, "a package id is 1 to %d of a-z, 0-9 and -", KEEP_LAYOUT_ID);
    if (!p->signer || p->recipients == 0)
        return keep_err_set(err, KEEP_E_USAGE, "a package needs a signer and somebody who can open its index");
    s->arena = keep_arena_new(0);
    s->scratch = keep_arena_new(RENDITION_MEMORY);
    if (!s->arena || !s->scratch)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (int i = 0; i < 4; i++) {
        const char *z = from[i] ? from[i] : empty;
        *to[i] = keep_arena_copy(s->arena, z, strlen(z));
        if (!*to[i])
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    s->dirfd = p->dirfd;
    s->signer = p->signer;
    s->facts.sealed_at = p->sealed_at - p->sealed_at % KEEP_USEC;
    s->facts.retain_through = p->retain_through;
    snprintf(s->partial, sizeof s->partial, "%s.tar.partial", p->id);
    snprintf(s->whole, sizeof s->whole, "%s.tar", p->id);
    return 0;
}

static int open_partial(struct keep_seal *s, struct keep_err *err)
{
    struct stat st;
    if (fstatat(s->dirfd, s->whole, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return keep_err_set(err, KEEP_E_REFUSED, "%s is there already", s->whole);
    if (unlinkat(s->dirfd, s->partial, 0) < 0 && errno != ENOENT)
        return keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    int rc = keep_file_open_nofollow(s->dirfd, s->partial, O_WRONLY | O_CREAT | O_EXCL, &s->fd, err);
    return rc == 0 ? keep_file_lock_byte(s->fd, 0, KEEP_FILE_LOCK_EXCLUSIVE, err) : rc; /* whoever sweeps the folder sees that it is being written */
}

static int open_tools(struct keep_seal *s, const struct keep_seal_params *p, struct keep_err *err)
{
    struct keep_spool **const spool[4] = {&s->list512, &s->list256, &s->reg, &s->index};
    int rc = keep_tar_out_new(&s->tar, s->fd, s->facts.sealed_at, err);
    if (rc == 0)
        rc = keep_sha_new(&s->sha512, KEEP_SHA512, err);
    if (rc == 0)
        rc = keep_sha_new(&s->sha256, KEEP_SHA256, err);
    if (rc == 0)
        rc = keep_squeeze_new(&s->squeeze, LEVEL, err);
    for (int i = 0; rc == 0 && i < 4; i++)
        rc = keep_spool_new(spool[i], s->dirfd, err);
    if (rc == 0)
        rc = keep_age_out_new(&s->index_age, p->recipient, p->recipients, to_spool, s->index, err);
    return rc;
}

static int write_texts(struct keep_seal *s, const struct keep_seal_params *p, struct keep_err *err)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < p->texts; i++) {
        char path[KEEP_TAR_NAME + 1];
        if (snprintf(path, sizeof path, "%s%s", KEEP_LAYOUT_DATA, p->text[i].name) >= (int)sizeof path ||
            (strncmp(path, KEEP_LAYOUT_POLICY, strlen(KEEP_LAYOUT_POLICY)) != 0 && strncmp(path, KEEP_LAYOUT_DECISION, strlen(KEEP_LAYOUT_DECISION)) != 0) ||
            strcmp(path, KEEP_LAYOUT_COUNTS) == 0)
            return keep_err_set(err, KEEP_E_USAGE, "an open file of a package stands in policy/ or decision/");
        rc = member_text(s, path, p->text[i].text, true, err);
    }
    return rc;
}

int keep_seal_begin(struct keep_seal **out, const struct keep_seal_params *p, struct keep_err *err)
{
    struct keep_seal *s = calloc(1, sizeof *s);
    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    s->fd = -1;
    int rc = take_params(s, p, err);
    if (rc == 0)
        rc = open_partial(s, err);
    if (rc == 0)
        rc = open_tools(s, p, err);
    if (rc == 0)
        rc = write_texts(s, p, err);
    if (rc < 0)
        keep_seal_free(s);
    else
        *out = s;
    return rc;
}

/* ---- records ---- */

static int seal_lines(struct keep_seal *s, struct keep_err *err)
{
    keep_buf_clear(&s->packed);
    if (s->lines.failed)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_squeeze_pack(s->squeeze, s->lines.p, s->lines.n, &s->packed, err);
    if (rc == 0)
        rc = keep_age_out_add(s->index_age, s->packed.p, s->packed.n, err);
    if (s->lines.p)
        keep_secret_wipe(s->lines.p, s->lines.n);
    keep_buf_clear(&s->lines);
    return rc;
}

static uint64_t octets_of(const struct keep_seal_record *r)
{
    return r->pull ? r->pull->size : r->payload.n;
}

static int check_payload(const struct keep_seal_record *r, struct keep_err *err)
{
    uint8_t had[32];
    if (octets_of(r) > KEEP_LAYOUT_PAYLOAD)
        return keep_err_set(err, KEEP_E_LIMIT, "a record of %llu bytes: a package takes at most %llu", (unsigned long long)octets_of(r), KEEP_LAYOUT_PAYLOAD);
    if (r->pull)
        return 0; /* as it is read */
    keep_hash_blake2b(had, r->payload.p, r->payload.n);
    if (!r->digest || memcmp(had, r->digest, sizeof had) != 0)
        return keep_err_set(err, KEEP_E_INTEGRITY, NOT_THE_KEEPS);
    return 0;
}

static bool is_json(struct keep_str media)
{
    return media.n >= 4 && memcmp(media.p + media.n - 4, "json", 4) == 0;
}

/* The members of one record; *members says how many. */
static int seal_payload(struct keep_seal *s, const struct keep_seal_record *r, const uint8_t recipient[32], struct keep_sealtext_member m[2], size_t *members, struct keep_err *err)
{
    unsigned long long n = s->facts.records + 1;
    int none = 1;
    keep_buf_clear(&s->page);
    if (is_json(r->media_type) && !r->pull)
        none = keep_rendition_write(&s->page, r->payload, s->scratch, err);
    if (none < 0)
        return none;
    snprintf(m[0].path, sizeof m[0].path, KEEP_LAYOUT_RECORDS KEEP_LAYOUT_NUMBER KEEP_LAYOUT_SEALED, n);
    int rc = r->pull ? member_streamed(s, &m[0], r, recipient, err) : member_sealed(s, &m[0], r->payload, recipient, err);
    if (rc == 0 && !none) {
        snprintf(m[1].path, sizeof m[1].path, KEEP_LAYOUT_RECORDS KEEP_LAYOUT_NUMBER KEEP_LAYOUT_RENDITION, n);
        rc = member_sealed(s, &m[1], keep_buf_view(&s->page), recipient, err);
    }
    *members = none ? 1 : 2;
    return rc;
}

static int one_record(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err)
{
    struct keep_sealtext_member m[2];
    uint8_t identity[32], recipient[32];
    size_t members = 0;
    int rc = 0;
    keep_buf_clear(&s->page);
    if (octets_of(r) > 0) {
        rc = check_payload(r, err);
        keep_age_generate(identity);
        keep_age_recipient(recipient, identity);
        if (rc == 0)
            rc = seal_payload(s, r, recipient, m, &members, err);
    }
    if (rc == 0) {
        s->facts.records++;
        keep_buf_clear(&s->line);
        keep_sealtext_register(&s->line, s->facts.records, r, m, members);
        keep_sealtext_index(&s->lines, s->facts.records, r, members ? identity : NULL, keep_buf_view(&s->page));
        rc = s->line.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_spool_add(s->reg, s->line.p, s->line.n, err);
        if (rc == 0 && (s->line.n > KEEP_LAYOUT_LINE || s->lines.n > KEEP_LAYOUT_FRAME + KEEP_LAYOUT_LINE))
            rc = keep_err_set(err, KEEP_E_LIMIT, "what is said of a record takes more than %u bytes", KEEP_LAYOUT_LINE);
    }
    keep_secret_wipe(identity, sizeof identity);
    if (s->page.p)
        keep_secret_wipe(s->page.p, s->page.n);
    if (rc == 0 && s->lines.n >= KEEP_LAYOUT_FRAME)
        rc = seal_lines(s, err);
    return rc;
}

/* The stage is where it must be, or the call is out of order or after a failure. */
static int expect(const struct keep_seal *s, enum stage stage, struct keep_err *err)
{
    return s->stage == stage ? 0 : keep_err_set(err, KEEP_E_USAGE, "this package failed before, or its steps are out of order");
}

static int step(struct keep_seal *s, int rc, enum stage next)
{
    s->stage = rc == 0 ? next : BROKEN;
    return rc;
}

int keep_seal_record(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err)
{
    int rc = expect(s, WRITING, err);
    return rc < 0 ? rc : step(s, one_record(s, r, err), WRITING);
}

/* ---- close, sign, publish ---- */

static int close_index(struct keep_seal *s, struct keep_err *err)
{
    int rc = s->lines.n || s->facts.records == 0 ? seal_lines(s, err) : 0;
    if (rc == 0)
        rc = keep_age_out_finish(s->index_age, err);
    return rc == 0 ? member_spool(s, KEEP_LAYOUT_INDEX, s->index, err) : rc;
}

static int write_tags(struct keep_seal *s, struct keep_err *err)
{
    int rc = member_spool(s, KEEP_LAYOUT_SHA512, s->list512, err);
    if (rc == 0)
        rc = member_spool(s, KEEP_LAYOUT_SHA256, s->list256, err);
    if (rc == 0)
        rc = member_text(s, KEEP_LAYOUT_BAGIT, KEEP_STR(KEEP_LAYOUT_BAGIT_TEXT), true, err);
    keep_buf_clear(&s->line);
    keep_sealtext_baginfo(&s->line, &s->facts);
    if (rc == 0)
        rc = member_buf(s, KEEP_LAYOUT_BAGINFO, &s->line, err);
    keep_verifytxt_write(&s->line, s->facts.id);
    if (rc == 0)
        rc = member_buf(s, KEEP_LAYOUT_VERIFY, &s->line, err);
    return rc == 0 ? member_text(s, KEEP_LAYOUT_TAGS, keep_buf_view(&s->tags), false, err) : rc;
}

int keep_seal_close(struct keep_seal *s, struct keep_str counts_json, uint8_t tagmanifest[64], struct keep_err *err)
{
    int rc = expect(s, WRITING, err);
    if (rc < 0)
        return rc;
    rc = close_index(s, err);
    if (rc == 0)
        rc = member_spool(s, KEEP_LAYOUT_REGISTER, s->reg, err);
    if (rc == 0)
        rc = member_text(s, KEEP_LAYOUT_COUNTS, counts_json, true, err);
    if (rc == 0)
        rc = write_tags(s, err);
    if (rc == 0)
        keep_sha512(tagmanifest, s->tags.p, s->tags.n);
    return step(s, rc, CLOSED);
}

int keep_seal_sign(struct keep_seal *s, struct keep_str proof, uint64_t ledger_index, struct keep_err *err)
{
    struct keep_buf sig = KEEP_BUF_INIT;
    int rc = expect(s, CLOSED, err);
    if (rc < 0)
        return rc;
    keep_buf_clear(&s->line);
    keep_sealtext_comment(&s->line, &s->facts, ledger_index);
    keep_buf_char(&s->line, '\0');
    rc = s->line.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : member_text(s, KEEP_LAYOUT_PROOF, proof, false, err);
    if (rc == 0)
        rc = keep_sign_message(&sig, s->signer, s->tags.p, s->tags.n, KEEP_LAYOUT_UNTRUSTED, (const char *)s->line.p, err);
    if (rc == 0)
        rc = member_text(s, KEEP_LAYOUT_SIGNATURE, keep_buf_view(&sig), false, err);
    if (rc == 0)
        rc = keep_tar_out_finish(s->tar, err);
    if (rc == 0 && fsync(s->fd) < 0)
        rc = keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    keep_buf_free(&sig);
    return step(s, rc, SIGNED);
}

int keep_seal_publish(struct keep_seal *s, struct keep_err *err)
{
    struct stat st;
    int rc = expect(s, SIGNED, err);
    if (rc < 0)
        return rc;
    if (fstatat(s->dirfd, s->whole, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return keep_err_set(err, KEEP_E_REFUSED, "%s is there already", s->whole);
    if (renameat(s->dirfd, s->partial, s->dirfd, s->whole) < 0)
        return keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    s->stage = PUBLISHED;
    return keep_file_sync_dir(s->dirfd, err);
}

void keep_seal_free(struct keep_seal *s)
{
    if (!s)
        return;
    if (s->fd >= 0) {
        close(s->fd);
        if (s->stage != SIGNED && s->stage != PUBLISHED)
            unlinkat(s->dirfd, s->partial, 0);
    }
    keep_age_out_free(s->index_age);
    keep_spool_free(s->list512);
    keep_spool_free(s->list256);
    keep_spool_free(s->reg);
    keep_spool_free(s->index);
    keep_squeeze_free(s->squeeze);
    keep_sha_free(s->sha512);
    keep_sha_free(s->sha256);
    keep_tar_out_free(s->tar);
    keep_buf_free(&s->lines);
    keep_buf_free(&s->packed);
    keep_buf_free(&s->page);
    keep_buf_free(&s->line);
    keep_buf_free(&s->tags);
    keep_arena_free(s->scratch);
    keep_arena_free(s->arena);
    free(s);
}
