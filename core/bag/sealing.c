/* Writing a package, front to back in one pass: every byte is hashed for both
 * manifests on its way into the tar, and the lists of what was written wait in
 * spools until their length is known (a tar states a member's size before it).
 * Here its steps; members, records and the journal have rooms of their own.
 *
 * Any failure leaves the handle broken: only _free is of use then. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/sealing_inside.h"
#include "core/bag/verifytxt.h"
#include "core/base/file.h"

const char *keep_seal_partial(const struct keep_seal *s)
{
    return s->partial;
}

uint64_t keep_seal_records(const struct keep_seal *s)
{
    return s->facts.records + s->busy;
}

static bool id_ok(const char *id)
{
    size_t n = strlen(id);
    return n > 0 && n <= KEEP_LAYOUT_ID && id[0] != '-' && strspn(id, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
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
    if (!s->arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (int i = 0; i < 4; i++) {
        const char *z = from[i] ? from[i] : empty;
        *to[i] = keep_arena_copy(s->arena, z, strlen(z));
        if (!*to[i])
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    s->dirfd = p->dirfd;
    s->signer = p->signer;
    s->crew = p->crew;
    s->piece = p->piece ? p->piece : KEEP_LAYOUT_PIECE;
    s->facts.sealed_at = p->sealed_at - p->sealed_at % KEEP_USEC;
    s->facts.retain_through = p->retain_through;
    snprintf(s->partial, sizeof s->partial, "%s.tar.partial", p->id);
    snprintf(s->whole, sizeof s->whole, "%s.tar", p->id);
    return 0;
}

/* Partial and journal, when nobody holds the partial's lock: KEEP_E_LOCKED when somebody does. */
static int discard(int dirfd, const char *id, struct keep_err *err)
{
    static const char *const behind[] = {"partial", "resume"};
    char name[KEEP_LAYOUT_ID + 16];
    int fd, rc = 0;
    snprintf(name, sizeof name, "%s.tar.%s", id, behind[0]);
    fd = openat(dirfd, name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0)
        rc = keep_file_lock_byte(fd, 0, KEEP_FILE_LOCK_EXCLUSIVE, err);
    for (size_t i = 0; rc == 0 && i < 2; i++) {
        snprintf(name, sizeof name, "%s.tar.%s", id, behind[i]);
        if (unlinkat(dirfd, name, 0) < 0 && errno != ENOENT)
            rc = keep_err_set(err, KEEP_E_IO, "%s: %s", name, strerror(errno));
    }
    if (fd >= 0)
        close(fd);
    return rc;
}

void keep_seal_discard(int dirfd, const char *id)
{
    discard(dirfd, id, NULL);
}

static int open_partial(struct keep_seal *s, const struct keep_seal_params *p, struct keep_err *err)
{
    struct stat st;
    if (fstatat(s->dirfd, s->whole, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return keep_err_set(err, KEEP_E_REFUSED, "%s is there already", s->whole);
    int rc = p->journal ? 0 : discard(s->dirfd, s->facts.id, err);
    if (rc == 0)
        rc = keep_file_open_nofollow(s->dirfd, s->partial, O_RDWR | O_CREAT, &s->fd, err);
    return rc == 0 ? keep_file_lock_byte(s->fd, 0, KEEP_FILE_LOCK_EXCLUSIVE, err) : rc; /* whoever sweeps the folder sees that it is being written */
}

static int to_spool(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_spool_add(ctx, p, n, err);
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
        rc = keep_sealslot_open(s, err);
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
        struct keep_sealing_member m;
        char path[sizeof m.text.path];
        if (snprintf(path, sizeof path, "%s%s", KEEP_LAYOUT_DATA, p->text[i].name) >= (int)sizeof path ||
            (strncmp(path, KEEP_LAYOUT_POLICY, strlen(KEEP_LAYOUT_POLICY)) != 0 && strncmp(path, KEEP_LAYOUT_DECISION, strlen(KEEP_LAYOUT_DECISION)) != 0) ||
            strcmp(path, KEEP_LAYOUT_COUNTS) == 0)
            return keep_err_set(err, KEEP_E_USAGE, "an open file of a package stands in policy/ or decision/");
        rc = keep_sealmember_text(s, path, p->text[i].text, true, &m, err);
        if (rc == 0 && s->journal)
            rc = keep_sealjournal_note(s, &m, 1, (struct keep_str){NULL, 0}, (struct keep_str){NULL, 0}, err);
    }
    return rc;
}

/* *stale: of an earlier run there are texts alone, which is not worth going on with. */
static int begin(struct keep_seal **out, const struct keep_seal_params *p, bool *stale, struct keep_err *err)
{
    struct keep_seal *s = calloc(1, sizeof *s);
    *stale = false;
    if (!s)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    s->fd = -1;
    int rc = take_params(s, p, err);
    if (rc == 0)
        rc = open_partial(s, p, err);
    if (rc == 0)
        rc = open_tools(s, p, err);
    if (rc == 0 && p->journal)
        rc = keep_sealjournal_open(s, p->journal, err);
    *stale = rc == KEEP_SEAL_FRESH && s->facts.files > 0;
    if (rc == KEEP_SEAL_FRESH && !*stale)
        rc = write_texts(s, p, err);
    if (rc == KEEP_SEAL_CLOSED)
        s->stage = KEEP_SEALING_CLOSED;
    *out = s;
    return rc;
}

int keep_seal_begin(struct keep_seal **out, const struct keep_seal_params *p, struct keep_err *err)
{
    struct keep_seal *s = NULL;
    bool stale;
    int rc = begin(&s, p, &stale, err);
    if (stale) {
        keep_seal_free(s);
        s = NULL;
        rc = discard(p->dirfd, p->id, err);
        if (rc == 0)
            rc = begin(&s, p, &stale, err);
    }
    if (rc < 0)
        keep_seal_free(s);
    else
        *out = s;
    return rc;
}

/* ---- records ---- */

/* The stage is where it must be, or the call is out of order or after a failure. */
static int expect(const struct keep_seal *s, enum keep_sealing_stage stage, struct keep_err *err)
{
    return s->stage == stage ? 0 : keep_err_set(err, KEEP_E_USAGE, "this package failed before, or its steps are out of order");
}

static int step(struct keep_seal *s, int rc, enum keep_sealing_stage next)
{
    s->stage = rc == 0 ? next : KEEP_SEALING_BROKEN;
    return rc;
}

int keep_seal_record(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err)
{
    int rc = expect(s, KEEP_SEALING_WRITING, err);
    if (rc < 0)
        return rc;
    rc = r->pull && r->pull->size > 0 ? keep_sealstream_record(s, r, err) : keep_sealslot_give(s, r, err);
    return step(s, rc, KEEP_SEALING_WRITING);
}

/* ---- close, sign, publish ---- */

static int member_buf(struct keep_seal *s, const char *path, struct keep_buf *b, struct keep_err *err)
{
    int rc = b->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_sealmember_text(s, path, keep_buf_view(b), true, NULL, err);
    keep_buf_clear(b);
    return rc;
}

static int close_index(struct keep_seal *s, struct keep_err *err)
{
    int rc = keep_sealslot_index_end(s, err);
    return rc == 0 ? keep_sealmember_spool(s, KEEP_LAYOUT_INDEX, s->index, err) : rc;
}

static int write_tags(struct keep_seal *s, struct keep_err *err)
{
    int rc = keep_sealmember_spool(s, KEEP_LAYOUT_SHA512, s->list512, err);
    if (rc == 0)
        rc = keep_sealmember_spool(s, KEEP_LAYOUT_SHA256, s->list256, err);
    if (rc == 0)
        rc = keep_sealmember_text(s, KEEP_LAYOUT_BAGIT, KEEP_STR(KEEP_LAYOUT_BAGIT_TEXT), true, NULL, err);
    keep_buf_clear(&s->line);
    keep_sealtext_baginfo(&s->line, &s->facts);
    if (rc == 0)
        rc = member_buf(s, KEEP_LAYOUT_BAGINFO, &s->line, err);
    keep_verifytxt_write(&s->line, s->facts.id);
    if (rc == 0)
        rc = member_buf(s, KEEP_LAYOUT_VERIFY, &s->line, err);
    return rc == 0 ? keep_sealmember_text(s, KEEP_LAYOUT_TAGS, keep_buf_view(&s->tags), false, NULL, err) : rc;
}

int keep_seal_close(struct keep_seal *s, struct keep_str counts_json, uint8_t tagmanifest[64], struct keep_err *err)
{
    int rc = expect(s, KEEP_SEALING_WRITING, err);
    if (rc < 0)
        return rc;
    rc = keep_sealslot_drain(s, err);
    if (rc == 0)
        rc = close_index(s, err);
    if (rc == 0)
        rc = keep_sealmember_spool(s, KEEP_LAYOUT_REGISTER, s->reg, err);
    if (rc == 0)
        rc = keep_sealmember_text(s, KEEP_LAYOUT_COUNTS, counts_json, true, NULL, err);
    if (rc == 0)
        rc = write_tags(s, err);
    if (rc == 0 && s->journal)
        rc = keep_sealjournal_closed(s, err);
    if (rc == 0)
        keep_seal_tags(s, tagmanifest);
    return step(s, rc, KEEP_SEALING_CLOSED);
}

void keep_seal_tags(const struct keep_seal *s, uint8_t tagmanifest[64])
{
    keep_sha512(tagmanifest, s->tags.p, s->tags.n);
}

int keep_seal_sign(struct keep_seal *s, struct keep_str proof, uint64_t ledger_index, struct keep_err *err)
{
    struct keep_buf sig = KEEP_BUF_INIT;
    int rc = expect(s, KEEP_SEALING_CLOSED, err);
    if (rc < 0)
        return rc;
    keep_buf_clear(&s->line);
    keep_sealtext_comment(&s->line, &s->facts, ledger_index);
    keep_buf_char(&s->line, '\0');
    rc = s->line.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_sealmember_text(s, KEEP_LAYOUT_PROOF, proof, false, NULL, err);
    if (rc == 0)
        rc = keep_sign_message(&sig, s->signer, s->tags.p, s->tags.n, KEEP_LAYOUT_UNTRUSTED, (const char *)s->line.p, err);
    if (rc == 0)
        rc = keep_sealmember_text(s, KEEP_LAYOUT_SIGNATURE, keep_buf_view(&sig), false, NULL, err);
    if (rc == 0)
        rc = keep_tar_out_finish(s->tar, err);
    if (rc == 0 && fsync(s->fd) < 0)
        rc = keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    keep_buf_free(&sig);
    return step(s, rc, KEEP_SEALING_SIGNED);
}

int keep_seal_publish(struct keep_seal *s, struct keep_err *err)
{
    struct stat st;
    int rc = expect(s, KEEP_SEALING_SIGNED, err);
    if (rc < 0)
        return rc;
    if (fstatat(s->dirfd, s->whole, &st, AT_SYMLINK_NOFOLLOW) == 0)
        return keep_err_set(err, KEEP_E_REFUSED, "%s is there already", s->whole);
    if (renameat(s->dirfd, s->partial, s->dirfd, s->whole) < 0)
        return keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    s->stage = KEEP_SEALING_PUBLISHED;
    if (s->journal)
        keep_sealjournal_remove(s);
    return keep_file_sync_dir(s->dirfd, err);
}

void keep_seal_discard_own(struct keep_seal *s)
{
    s->unwanted = true;
}

void keep_seal_free(struct keep_seal *s)
{
    if (!s)
        return;
    keep_sealslot_close(s);
    if (s->fd >= 0) {
        close(s->fd);
        if (s->unwanted || (!s->journal && s->stage != KEEP_SEALING_SIGNED && s->stage != KEEP_SEALING_PUBLISHED))
            unlinkat(s->dirfd, s->partial, 0);
    }
    if (s->unwanted && s->journal)
        keep_sealjournal_remove(s);
    keep_sealjournal_free(s->journal);
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
    keep_buf_free(&s->line);
    keep_buf_free(&s->tags);
    keep_arena_free(s->arena);
    free(s);
}
