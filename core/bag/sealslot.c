/* Records on their way into the package. Comparing a payload with the keep's digest,
 * making its page, compressing, sealing and hashing are pure work on one record, so
 * a few records are at it side by side, each in a slot of its own; the slots are
 * emptied into the tar in the order they were filled. One thread writes.
 *
 * A record's bytes are compared with the keep's digest, then compressed, then sealed
 * to an identity made for it alone. That identity goes into the index, is wiped here,
 * and exists nowhere else: whoever removes the keys of the index removes the records.
 * The index itself is sealed as it grows, one zstd frame of lines after another in
 * one age file, so that no more than a frame of it is ever in memory in clear. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/bag/rendition.h"
#include "core/bag/sealing_inside.h"
#include "core/base/codec.h"
#include "core/crypto/secret.h"

#define LEVEL 3                            /* zstd: records are small texts; higher levels gain a tenth of the room for thrice the time */
#define SLOTS_A_THREAD 3                   /* so that nobody waits for a record longer than others */
#define AFLOAT ((uint64_t)24 << 20)        /* bytes of payload in all slots, but for one record that has more alone */
#define TREE ((size_t)1 << 30)             /* a JSON document whose tree is larger has no rendition */
#define TREE_KEPT ((size_t)8 << 20)        /* of a slot's tree between two records */

struct keep_sealslot {
    struct keep_crew_job job;
    struct keep_seal_record r;             /* its strings live in text */
    uint64_t n;                            /* the record's number in the package */
    struct keep_arena *text, *tree;
    struct keep_squeeze *squeeze;
    struct keep_buf payload, page, packed, sealed[2];
    struct keep_sealing_member m[2];
    size_t members;
    uint8_t digest[32], page_digest[32], identity[32];
    int rc;
    struct keep_err err;
};

/* ---- the work: touches nothing but its slot ---- */

static int seal_one(struct keep_sealslot *t, struct keep_str plain, const uint8_t recipient[32], const char *behind)
{
    struct keep_sealing_member *m = &t->m[t->members];
    struct keep_buf *out = &t->sealed[t->members];
    struct keep_age_out *age = NULL;
    keep_buf_clear(&t->packed);
    keep_buf_clear(out);
    int rc = keep_squeeze_pack(t->squeeze, plain.p, plain.n, &t->packed, &t->err);
    if (rc == 0 && !keep_buf_reserve(out, (size_t)keep_age_size(t->packed.n, 1)))
        rc = keep_err_set(&t->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_age_out_new(&age, (const uint8_t (*)[32])recipient, 1, keep_age_to_buf, out, &t->err);
    if (rc == 0)
        rc = keep_age_out_add(age, t->packed.p, t->packed.n, &t->err);
    if (rc == 0)
        rc = keep_age_out_finish(age, &t->err);
    keep_age_out_free(age);
    if (rc < 0)
        return rc;
    snprintf(m->text.path, sizeof m->text.path, KEEP_LAYOUT_RECORDS KEEP_LAYOUT_NUMBER "%s", (unsigned long long)t->n, behind);
    m->text.octets = out->n;
    keep_sha512(m->sha512, out->p, out->n);
    keep_sha256(m->sha256, out->p, out->n);
    keep_codec_hex(m->sha512, sizeof m->sha512, m->text.sha512);
    t->members++;
    return 0;
}

static int seal_both(struct keep_sealslot *t)
{
    uint8_t had[32], recipient[32];
    int none = 1;
    if (t->payload.n == 0)
        return 0;
    keep_hash_blake2b(had, t->payload.p, t->payload.n);
    if (!t->r.digest || memcmp(had, t->digest, sizeof had) != 0)
        return keep_err_set(&t->err, KEEP_E_INTEGRITY, KEEP_SEALING_NOT_THE_KEEPS);
    keep_age_generate(t->identity);
    keep_age_recipient(recipient, t->identity);
    if (keep_rendition_fits(t->r.media_type))
        none = keep_rendition_write(&t->page, keep_buf_view(&t->payload), t->tree, &t->err);
    if (none < 0)
        return none;
    int rc = seal_one(t, keep_buf_view(&t->payload), recipient, KEEP_LAYOUT_SEALED);
    if (rc == 0 && !none) {
        keep_hash_blake2b(t->page_digest, t->page.p, t->page.n);
        rc = seal_one(t, keep_buf_view(&t->page), recipient, KEEP_LAYOUT_RENDITION);
    }
    return rc;
}

static void work(void *ctx)
{
    struct keep_sealslot *t = ctx;
    t->rc = seal_both(t);
}

/* ---- in and out ---- */

int keep_sealslot_open(struct keep_seal *s, struct keep_err *err)
{
    unsigned threads = keep_crew_threads(s->crew);
    s->slots = threads > 1 ? SLOTS_A_THREAD * (size_t)threads : 1;
    s->slot = calloc(s->slots, sizeof *s->slot);
    int rc = s->slot ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_squeeze_new(&s->squeeze, LEVEL, err);
    for (size_t i = 0; rc == 0 && i < s->slots; i++) {
        struct keep_sealslot *t = &s->slot[i];
        t->job = (struct keep_crew_job){.run = work, .ctx = t};
        t->text = keep_arena_new(4 * KEEP_LAYOUT_LINE);
        t->tree = keep_arena_new(TREE);
        rc = t->text && t->tree ? keep_squeeze_new(&t->squeeze, LEVEL, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    return rc;
}

void keep_sealslot_close(struct keep_seal *s)
{
    for (size_t i = 0; s->slot && i < s->slots; i++) {
        struct keep_sealslot *t = &s->slot[i];
        if (t->job.run)
            keep_crew_drop(s->crew, &t->job);
        keep_secret_wipe(t->identity, sizeof t->identity);
        keep_arena_free(t->text);
        keep_arena_free(t->tree);
        keep_squeeze_free(t->squeeze);
        keep_buf_free(&t->payload); /* wipes, as all of them */
        keep_buf_free(&t->page);
        keep_buf_free(&t->packed);
        keep_buf_free(&t->sealed[0]);
        keep_buf_free(&t->sealed[1]);
    }
    free(s->slot);
    s->slot = NULL;
    s->slots = 0;
}

/* A copy of the record that outlives its caller's. */
static int take(struct keep_sealslot *t, const struct keep_seal_record *r, uint64_t n, struct keep_err *err)
{
    bool ok = true;
    struct keep_str *text[] = {&t->r.set_id, &t->r.kind, &t->r.rule, &t->r.source_key, &t->r.patient, &t->r.facility, &t->r.media_type, &t->r.custodian, &t->r.locator,
                               &t->r.source, &t->r.told};
    keep_arena_reset(t->text);
    keep_buf_clear(&t->payload);
    keep_buf_clear(&t->page);
    t->r = *r;
    t->n = n;
    t->members = 0;
    t->err = (struct keep_err){0};
    for (size_t i = 0; i < sizeof text / sizeof *text; i++)
        *text[i] = keep_arena_str(t->text, *text[i], &ok);
    if (!ok)
        return keep_err_set(err, KEEP_E_LIMIT, "what is said of a record takes more than %u bytes", KEEP_LAYOUT_LINE);
    if (r->digest) {
        memcpy(t->digest, r->digest, sizeof t->digest);
        t->r.digest = t->digest;
    }
    keep_buf_add(&t->payload, r->payload.p, r->payload.n);
    t->r.payload = keep_buf_view(&t->payload);
    return t->payload.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

/* The oldest slot's record goes into the tar. */
static int settle(struct keep_seal *s, struct keep_err *err)
{
    struct keep_sealslot *t = &s->slot[s->first];
    keep_crew_wait(s->crew, &t->job);
    s->first = (s->first + 1) % s->slots;
    s->busy--;
    s->afloat -= t->payload.n;
    int rc = t->rc;
    if (rc < 0)
        keep_err_set(err, rc, "%s", t->err.text);
    for (size_t i = 0; rc == 0 && i < t->members; i++)
        rc = keep_sealmember_whole(s, &t->m[i], t->sealed[i].p, err);
    if (rc == 0)
        rc = keep_sealslot_enter(s, &t->r, t->members ? t->identity : NULL, t->m, t->members, t->page.n, t->page_digest, err);
    keep_secret_wipe(t->identity, sizeof t->identity);
    if (t->payload.n)
        keep_secret_wipe(t->payload.p, t->payload.n);
    if (t->page.n)
        keep_secret_wipe(t->page.p, t->page.n);
    if (keep_arena_used(t->tree) > TREE_KEPT) {
        keep_arena_free(t->tree);
        t->tree = keep_arena_new(TREE);
        if (!t->tree && rc == 0)
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    return rc;
}

int keep_sealslot_drain(struct keep_seal *s, struct keep_err *err)
{
    int rc = 0;
    while (rc == 0 && s->busy > 0)
        rc = settle(s, err);
    return rc;
}

int keep_sealslot_give(struct keep_seal *s, const struct keep_seal_record *r, struct keep_err *err)
{
    int rc = 0;
    while (rc == 0 && s->busy > 0 && (s->busy == s->slots || s->afloat + r->payload.n > AFLOAT))
        rc = settle(s, err);
    if (rc < 0)
        return rc;
    struct keep_sealslot *t = &s->slot[(s->first + s->busy) % s->slots];
    rc = take(t, r, s->given + 1, err);
    if (rc < 0)
        return rc;
    s->given++;
    s->busy++;
    s->afloat += t->payload.n;
    keep_crew_give(s->crew, &t->job);
    return s->slots == 1 ? settle(s, err) : 0; /* alone nothing is gained by waiting */
}

/* ---- lines ---- */

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

int keep_sealslot_index(struct keep_seal *s, struct keep_str lines, struct keep_err *err)
{
    keep_buf_add(&s->lines, lines.p, lines.n);
    return s->lines.n >= KEEP_LAYOUT_FRAME || s->lines.failed ? seal_lines(s, err) : 0;
}

int keep_sealslot_index_end(struct keep_seal *s, struct keep_err *err)
{
    int rc = s->lines.n || s->facts.records == 0 ? seal_lines(s, err) : 0;
    return rc == 0 ? keep_age_out_finish(s->index_age, err) : rc;
}

int keep_sealslot_enter(struct keep_seal *s, const struct keep_seal_record *r, const uint8_t *identity, const struct keep_sealing_member *m, size_t members,
                        uint64_t rendition, const uint8_t rendition_digest[32], struct keep_err *err)
{
    struct keep_buf index = KEEP_BUF_INIT;
    struct keep_sealtext_member *text = calloc(members ? members : 1, sizeof *text);
    int rc = text ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < members; i++)
        text[i] = m[i].text;
    keep_buf_clear(&s->line);
    if (rc == 0) {
        s->facts.records++;
        keep_sealtext_register(&s->line, s->facts.records, r, text, members);
        keep_sealtext_index(&index, s->facts.records, r, identity, rendition, rendition_digest);
        rc = s->line.failed || index.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_spool_add(s->reg, s->line.p, s->line.n, err);
    }
    if (rc == 0 && (s->line.n > KEEP_LAYOUT_LINE || index.n > KEEP_LAYOUT_LINE))
        rc = keep_err_set(err, KEEP_E_LIMIT, "what is said of a record takes more than %u bytes", KEEP_LAYOUT_LINE);
    if (rc == 0 && s->journal)
        rc = keep_sealjournal_note(s, m, members, keep_buf_view(&s->line), keep_buf_view(&index), err);
    if (rc == 0)
        rc = keep_sealslot_index(s, keep_buf_view(&index), err);
    keep_buf_free(&index); /* wipes */
    free(text);
    return rc;
}
