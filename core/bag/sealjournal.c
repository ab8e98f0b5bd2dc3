/* What a run that died had done: "<id>.tar.resume" beside the partial, an entry for
 * every record behind the last, each sealed under a key that the keep holds and bound
 * to package and place, since an entry names a record and the key to its member.
 *
 *   entry      u32 n | n bytes: nonce, sealed text, tag
 *   text       u8 1 | u32 members | { u32+path | u64 octets | sha512[64] | sha256[32] } | u32+register line | u32+index line
 *              u8 2 | u64 octets | u64 files | u64 end of the tag manifest in the tar | u32+tag manifest
 *
 * Nothing is flushed to the disk before the package is closed: instead every member
 * that an entry names is read again and hashed when a run goes on, and where the two
 * part, or either ends torn, both are cut. So it costs nothing while all goes well. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/sealing_inside.h"
#include "core/base/file.h"
#include "core/crypto/aead.h"
#include "core/crypto/secret.h"

enum { NOTE = 1, CLOSED = 2 };
#define ENTRY ((size_t)64 << 20) /* bytes of an entry: a tag manifest of 300 packs, two lines and 1000 members stay far below */

struct keep_sealjournal {
    int fd;
    uint8_t *key;         /* secret memory */
    uint64_t seq;         /* entries so far */
    struct keep_buf text, out;
};

static void name_of(char out[KEEP_LAYOUT_ID + 16], const char *id)
{
    snprintf(out, KEEP_LAYOUT_ID + 16, "%s.tar.resume", id);
}

/* What an entry is bound to: its package and its place. */
static size_t bound(const struct keep_seal *s, uint64_t seq, uint8_t ad[KEEP_LAYOUT_ID + 8])
{
    size_t n = strlen(s->facts.id);
    memcpy(ad, s->facts.id, n);
    for (size_t i = 0; i < 8; i++)
        ad[n + i] = (uint8_t)(seq >> 8 * i);
    return n + 8;
}

static int append(struct keep_seal *s, struct keep_err *err)
{
    struct keep_sealjournal *j = s->journal;
    uint8_t ad[KEEP_LAYOUT_ID + 8];
    size_t adlen = bound(s, j->seq, ad), n = j->text.n + KEEP_AEAD_OVERHEAD;
    keep_buf_clear(&j->out);
    keep_buf_u32(&j->out, (uint32_t)n);
    if (j->text.failed || n > ENTRY || !keep_buf_reserve(&j->out, n))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_aead_seal(j->out.p + j->out.n, j->text.p, j->text.n, ad, adlen, j->key);
    j->out.n += n;
    j->seq++;
    return keep_file_write_full(j->fd, j->out.p, j->out.n, "what a package could be resumed from", err);
}

int keep_sealjournal_note(struct keep_seal *s, const struct keep_sealing_member *m, size_t members, struct keep_str reg, struct keep_str index, struct keep_err *err)
{
    struct keep_buf *b = &s->journal->text;
    keep_buf_clear(b);
    keep_buf_u8(b, NOTE);
    keep_buf_u32(b, (uint32_t)members);
    for (size_t i = 0; i < members; i++) {
        keep_buf_bytes(b, m[i].text.path, strlen(m[i].text.path));
        keep_buf_u64(b, m[i].text.octets);
        keep_buf_add(b, m[i].sha512, sizeof m[i].sha512);
        keep_buf_add(b, m[i].sha256, sizeof m[i].sha256);
    }
    keep_buf_bytes(b, reg.p, reg.n);
    keep_buf_bytes(b, index.p, index.n);
    int rc = append(s, err);
    if (b->n)
        keep_secret_wipe(b->p, b->n);
    return rc;
}

int keep_sealjournal_closed(struct keep_seal *s, struct keep_err *err)
{
    struct keep_buf *b = &s->journal->text;
    if (fsync(s->fd) < 0)
        return keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    keep_buf_clear(b);
    keep_buf_u8(b, CLOSED);
    keep_buf_u64(b, s->facts.octets);
    keep_buf_u64(b, s->facts.files);
    keep_buf_u64(b, keep_tar_out_position(s->tar));
    keep_buf_bytes(b, s->tags.p, s->tags.n);
    int rc = append(s, err);
    if (rc == 0 && fsync(s->journal->fd) < 0)
        rc = keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    return rc;
}

/* ---- reading ---- */

struct text { /* what is left of an entry's text */
    const uint8_t *p;
    size_t n;
    bool bad;
};

static const void *raw(struct text *t, size_t n)
{
    const uint8_t *p = t->p;
    if (t->bad || n > t->n) {
        t->bad = true;
        return NULL;
    }
    t->p += n;
    t->n -= n;
    return p;
}

static uint64_t number(struct text *t, size_t bytes)
{
    const uint8_t *p = raw(t, bytes);
    uint64_t v = 0;
    for (size_t i = 0; p && i < bytes; i++)
        v |= (uint64_t)p[i] << 8 * i;
    return v;
}

static struct keep_str string(struct text *t)
{
    size_t n = (size_t)number(t, 4);
    const void *p = raw(t, n);
    return p ? (struct keep_str){p, n} : (struct keep_str){NULL, 0};
}

/* The next entry's text into j->text: 1, 0 the end or torn, <0. */
static int next_entry(struct keep_seal *s, struct keep_err *err)
{
    struct keep_sealjournal *j = s->journal;
    uint8_t head[4], ad[KEEP_LAYOUT_ID + 8];
    size_t adlen = bound(s, j->seq, ad);
    if (read(j->fd, head, sizeof head) != sizeof head)
        return 0;
    size_t n = head[0] | (size_t)head[1] << 8 | (size_t)head[2] << 16 | (size_t)head[3] << 24;
    if (n <= KEEP_AEAD_OVERHEAD || n > ENTRY)
        return 0;
    keep_buf_clear(&j->out);
    keep_buf_clear(&j->text);
    if (!keep_buf_reserve(&j->out, n) || !keep_buf_reserve(&j->text, n))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t had = 0; had < n;) {
        ssize_t r = read(j->fd, j->out.p + had, n - had);
        if (r < 0 && errno == EINTR)
            continue;
        if (r <= 0)
            return 0;
        had += (size_t)r;
    }
    if (keep_aead_open(j->text.p, j->out.p, n, ad, adlen, j->key) != 0)
        return 0;
    j->text.n = n - KEEP_AEAD_OVERHEAD;
    j->seq++;
    return 1;
}

/* The next member of the partial is this one, to its last byte: 1, 0 not so, <0. */
static int bears_out(struct keep_seal *s, struct keep_tar_in *tar, const struct keep_sealing_member *m, struct keep_err *err)
{
    struct keep_tar_member had;
    uint8_t sha512[64], sha256[32];
    size_t base = strlen(s->facts.id);
    const void *p;
    size_t n;
    int more = 0, rc = 0;
    if (keep_tar_in_next(tar, &had, NULL) != 1 || strncmp(had.name, s->facts.id, base) != 0 || had.name[base] != '/' || strcmp(had.name + base + 1, m->text.path) != 0 ||
        had.size != m->text.octets || had.mtime != s->facts.sealed_at)
        return 0;
    while (rc == 0 && (more = keep_tar_in_read(tar, &p, &n, NULL)) == 1) {
        rc = keep_sha_update(s->sha512, p, n, err);
        if (rc == 0)
            rc = keep_sha_update(s->sha256, p, n, err);
    }
    if (rc == 0)
        rc = keep_sha_final(s->sha512, sha512, err);
    if (rc == 0)
        rc = keep_sha_final(s->sha256, sha256, err);
    if (rc < 0)
        return rc;
    return more == 0 && memcmp(sha512, m->sha512, sizeof sha512) == 0 && memcmp(sha256, m->sha256, sizeof sha256) == 0;
}

struct replay {
    struct keep_tar_in *tar;
    struct keep_sealing_member *m; /* of one entry */
    uint64_t position;             /* in the partial, behind what is carried over */
    uint64_t bytes;                /* the same, before the padding of the last member */
    off_t end;                     /* in the journal */
    bool closed;
};

/* 1 carried over, 0 the partial does not bear it out. */
static int take_note(struct keep_seal *s, struct replay *r, struct text *t, struct keep_err *err)
{
    size_t members = (size_t)number(t, 4);
    int rc = members <= KEEP_LAYOUT_PIECES;
    for (size_t i = 0; rc == 1 && i < members; i++) {
        struct keep_sealing_member *m = &r->m[i];
        struct keep_str path = string(t);
        m->text.octets = number(t, 8);
        const void *sha512 = raw(t, 64), *sha256 = raw(t, 32);
        if (t->bad || path.n >= sizeof m->text.path)
            return 0;
        memcpy(m->text.path, path.p, path.n);
        m->text.path[path.n] = '\0';
        memcpy(m->sha512, sha512, 64);
        memcpy(m->sha256, sha256, 32);
        rc = bears_out(s, r->tar, m, err);
        r->bytes = r->position + 512 + m->text.octets;
        r->position += 512 + (m->text.octets + 511) / 512 * 512;
    }
    struct keep_str reg = string(t), index = string(t);
    if (rc != 1 || t->bad)
        return rc < 0 ? rc : 0;
    for (size_t i = 0; rc >= 0 && i < members; i++)
        rc = keep_sealmember_enter(s, &r->m[i], err);
    if (rc < 0 || reg.n == 0)
        return rc < 0 ? rc : 1;
    s->facts.records++;
    rc = keep_spool_add(s->reg, reg.p, reg.n, err);
    if (rc == 0)
        rc = keep_sealslot_index(s, index, err);
    return rc < 0 ? rc : 1;
}

static int take_closed(struct keep_seal *s, struct replay *r, struct text *t)
{
    struct stat st;
    uint64_t octets = number(t, 8), files = number(t, 8), position = number(t, 8);
    struct keep_str tags = string(t);
    if (t->bad || position % 512 != 0 || position < r->position || fstat(s->fd, &st) < 0 || (uint64_t)st.st_size < position)
        return 0;
    keep_buf_add(&s->tags, tags.p, tags.n);
    s->facts.octets = octets;
    s->facts.files = files;
    r->position = r->bytes = position;
    r->closed = true;
    return !s->tags.failed;
}

/* Entries as long as they hold. */
static int replay(struct keep_seal *s, struct replay *r, struct keep_err *err)
{
    struct keep_sealjournal *j = s->journal;
    int more = 0, rc = 1;
    while (rc == 1 && !r->closed && (more = next_entry(s, err)) == 1) {
        struct text t = {.p = j->text.p, .n = j->text.n};
        uint64_t kind = number(&t, 1), before = r->position, bytes = r->bytes;
        rc = kind == NOTE ? take_note(s, r, &t, err) : kind == CLOSED ? take_closed(s, r, &t) : 0;
        keep_secret_wipe(j->text.p, j->text.n);
        if (rc == 1) {
            r->end = lseek(j->fd, 0, SEEK_CUR);
        } else { /* it is written again */
            r->position = before;
            r->bytes = bytes;
            j->seq--;
        }
    }
    return rc < 0 ? rc : more < 0 ? more : 0;
}

/* Both files end behind what is carried over. Padding is made anew, since no digest covers it: cut off, and grown again by zeros. */
static int cut(struct keep_seal *s, const struct replay *r, struct keep_err *err)
{
    struct keep_sealjournal *j = s->journal;
    if (ftruncate(s->fd, (off_t)r->bytes) < 0 || ftruncate(s->fd, (off_t)r->position) < 0 || lseek(s->fd, (off_t)r->position, SEEK_SET) < 0 || ftruncate(j->fd, r->end) < 0 || lseek(j->fd, r->end, SEEK_SET) < 0)
        return keep_err_set(err, KEEP_E_IO, "%s: %s", s->partial, strerror(errno));
    keep_tar_out_goto(s->tar, r->position);
    return 0;
}

int keep_sealjournal_open(struct keep_seal *s, const uint8_t key[32], struct keep_err *err)
{
    struct keep_sealjournal *j = calloc(1, sizeof *j);
    struct replay r = {0};
    char name[KEEP_LAYOUT_ID + 16];
    int fd = -1;
    if (!j)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    j->fd = -1;
    s->journal = j;
    name_of(name, s->facts.id);
    int rc = keep_secret_new((void **)&j->key, 32, err);
    if (rc < 0)
        return rc;
    memcpy(j->key, key, 32);
    rc = keep_file_open_nofollow(s->dirfd, name, O_RDWR | O_CREAT, &j->fd, err);
    if (rc == 0 && !(r.m = calloc(KEEP_LAYOUT_PIECES, sizeof *r.m)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_file_open_nofollow(s->dirfd, s->partial, O_RDONLY, &fd, err);
    if (rc == 0)
        rc = keep_tar_in_fd(&r.tar, fd, s->partial, err);
    if (rc == 0)
        rc = replay(s, &r, err);
    if (rc == 0)
        rc = cut(s, &r, err);
    keep_tar_in_close(r.tar);
    free(r.m);
    s->given = s->facts.records;
    return rc < 0 ? rc : r.closed ? KEEP_SEAL_CLOSED : s->given > 0 ? KEEP_SEAL_RESUMED : KEEP_SEAL_FRESH;
}

void keep_sealjournal_remove(struct keep_seal *s)
{
    char name[KEEP_LAYOUT_ID + 16];
    name_of(name, s->facts.id);
    unlinkat(s->dirfd, name, 0);
}

void keep_sealjournal_free(struct keep_sealjournal *j)
{
    if (!j)
        return;
    if (j->fd >= 0)
        close(j->fd);
    keep_secret_free(j->key);
    keep_buf_free(&j->text);
    keep_buf_free(&j->out);
    free(j);
}
