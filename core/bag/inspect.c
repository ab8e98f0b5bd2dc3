/* Verifying in one walk over the tar (two with identities): each file is hashed as
 * it goes by, lists are judged line by line against what stood before them, the few
 * small documents are kept until the end. Nothing is unpacked to disk.
 *
 * A package is refused for what is wrong in it, and every check says its part, so
 * that an auditor sees whether one record or the whole is damaged. Where the tar
 * itself cannot be read on, what was not reached is not possible rather than passed. */
#include "core/bag/inspect.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/bag/examine.h"
#include "core/bag/lineage.h"
#include "core/bag/listing.h"
#include "core/bag/opening.h"
#include "core/bag/sealtext.h"
#include "core/bag/tlogproof.h"
#include "core/bag/twohash.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/stamp.h"
#include "core/stream/tar.h"
#include "core/text/json.h"

#define SKEW (3600 * KEEP_USEC) /* the keep's clock may be before an authority's by so much */
#define TEXT_MAX ((size_t)256 << 20) /* a document kept whole; a plan takes about 300 bytes a set */

const char keep_inspect_unproven[] =
    "Not proven: that no other package was made. Who holds the keep's secret key can sign another one; only a copy of the ledger's head in other hands shows it (the check \"head\").\n"
    "Not proven: when it was sealed. The time is the keep's own clock; only a timestamp token of an outside authority shows more (the check \"timestamp\").\n"
    "Not proven without a key: that the sealed records can be opened and are what register and index say; only the check \"records\" (step 7 of VERIFY.txt) shows it.\n"
    "Not proven: that these are all the records there were, or that they were right when they were taken in.\n"
    "Not proven: that any other copy exists, or that any was destroyed.\n"
    "Not proven: that the law was read rightly. The signatures show who decided, and by which rules.\n";

static const char *const text_name[KEEP_TEXTS] = {
    [KEEP_TEXT_PLAN] = KEEP_LAYOUT_PLAN, [KEEP_TEXT_APPROVALS] = KEEP_LAYOUT_APPROVALS, [KEEP_TEXT_ADOPTION] = KEEP_LAYOUT_ADOPTION,
    [KEEP_TEXT_OFFICERS] = KEEP_LAYOUT_OFFICERS, [KEEP_TEXT_COUNTS] = KEEP_LAYOUT_COUNTS, [KEEP_TEXT_BAGIT] = KEEP_LAYOUT_BAGIT,
    [KEEP_TEXT_BAGINFO] = KEEP_LAYOUT_BAGINFO, [KEEP_TEXT_TAGS] = KEEP_LAYOUT_TAGS, [KEEP_TEXT_PROOF] = KEEP_LAYOUT_PROOF,
    [KEEP_TEXT_SIGNATURE] = KEEP_LAYOUT_SIGNATURE};

/* ---- one file of the package ---- */

struct reading {
    struct keep_examine *x;
    struct keep_twohash *hash;
    enum keep_listing listing;
    struct keep_buf *whole; /* NULL: not kept */
    struct keep_buf line;   /* the unfinished one */
    struct keep_buf pack;
};

static int end_line(struct reading *r, struct keep_err *err)
{
    int rc = r->line.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_listing_line(r->x, r->listing, keep_buf_view(&r->line), err);
    keep_buf_clear(&r->line);
    return rc;
}

static int take_lines(struct reading *r, const char *name, const unsigned char *p, size_t n, struct keep_err *err)
{
    int rc = 0;
    while (rc == 0 && n > 0) {
        const unsigned char *nl = memchr(p, '\n', n);
        size_t take = nl ? (size_t)(nl - p) : n;
        if (r->line.n + take > KEEP_LAYOUT_LINE) {
            keep_examine_fail(r->x, KEEP_CHECK_BAG, "%s has a line of more than %u bytes", name, KEEP_LAYOUT_LINE);
            keep_buf_clear(&r->line);
            r->listing = KEEP_LISTING_NONE;
            return 0;
        }
        keep_buf_add(&r->line, p, take);
        if (nl)
            rc = end_line(r, err);
        p += take + (nl != NULL);
        n -= take + (nl != NULL);
    }
    return rc;
}

static void hashed(void *ctx, size_t file, const uint8_t sha512[64])
{
    struct reading *r = ctx;
    memcpy(keep_members_at(r->x->members, file)->sha512, sha512, 64);
}

static int take_bytes(struct reading *r, const struct keep_member *m, const void *p, size_t n, struct keep_err *err)
{
    int rc = keep_twohash_add(r->hash, p, n, err);
    if (rc == 0 && r->whole && !r->whole->failed) {
        if (r->whole->n + n > TEXT_MAX)
            return keep_err_set(err, KEEP_E_LIMIT, "%s has more than %zu bytes", m->name, TEXT_MAX);
        keep_buf_add(r->whole, p, n);
        if (r->whole->failed)
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    if (rc == 0 && r->listing != KEEP_LISTING_NONE)
        rc = take_lines(r, m->name, p, n, err);
    return rc == 0 ? keep_examine_advance(r->x, n, err) : rc;
}

/* How a file is read, by its name. Returns which text it is, or KEEP_TEXTS. */
static enum keep_examine_text choose(struct reading *r, const char *name)
{
    static const struct {
        const char *name;
        enum keep_listing listing;
    } lists[] = {{KEEP_LAYOUT_SHA512, KEEP_LISTING_SHA512}, {KEEP_LAYOUT_SHA256, KEEP_LISTING_SHA256}, {KEEP_LAYOUT_TAGS, KEEP_LISTING_TAGS}, {KEEP_LAYOUT_REGISTER, KEEP_LISTING_REGISTER}};
    enum keep_examine_text t = 0;
    r->listing = KEEP_LISTING_NONE;
    r->whole = NULL;
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
        if (strcmp(name, lists[i].name) == 0)
            r->listing = lists[i].listing;
    while (t < KEEP_TEXTS && strcmp(name, text_name[t]) != 0)
        t++;
    if (t < KEEP_TEXTS)
        r->whole = &r->x->text[t];
    else if (strncmp(name, KEEP_LAYOUT_POLICY, strlen(KEEP_LAYOUT_POLICY)) == 0)
        r->whole = &r->pack;
    return t;
}

static int read_file(struct reading *r, struct keep_tar_in *tar, struct keep_member *m, struct keep_err *err)
{
    struct keep_examine *x = r->x;
    const void *p;
    size_t n;
    int rc;
    enum keep_examine_text t = choose(r, m->name);
    keep_buf_clear(&r->pack);
    if (r->listing != KEEP_LISTING_NONE && (rc = keep_twohash_settle(r->hash, err)) < 0) /* a line is judged by digests of what stood before */
        return rc;
    while ((rc = keep_tar_in_read(tar, &p, &n, err)) == 1)
        if ((rc = take_bytes(r, m, p, n, err)) < 0)
            return rc;
    if (rc == 0 && r->line.n > 0) {
        keep_examine_fail(x, KEEP_CHECK_BAG, "the last line of %s does not end", m->name);
        rc = end_line(r, err);
    }
    if (rc == 0)
        rc = keep_twohash_end(r->hash, keep_members_count(x->members) - 1, m->sha256, err);
    if (rc < 0)
        return rc;
    if (strncmp(m->name, KEEP_LAYOUT_DATA, strlen(KEEP_LAYOUT_DATA)) == 0) {
        x->octets += m->size;
        x->files++;
    }
    if (t < KEEP_TEXTS)
        x->have[t] = true;
    if (r->whole == &r->pack)
        return keep_decision_pack(x, keep_buf_view(&r->pack), err);
    return t == KEEP_TEXT_PLAN ? keep_decision_plan(x, err) : 0;
}

/* ---- the tar ---- */

static bool id_ok(struct keep_str id)
{
    if (id.n == 0 || id.n > KEEP_LAYOUT_ID)
        return false;
    for (size_t i = 0; i < id.n; i++)
        if (!((id.p[i] >= 'a' && id.p[i] <= 'z') || (id.p[i] >= '0' && id.p[i] <= '9') || (id.p[i] == '-' && i > 0)))
            return false;
    return true;
}

/* The name below the package's folder, which the first file sets for all; NULL: it is outside. */
static const char *inside(struct keep_examine *x, const struct keep_tar_member *m)
{
    const char *slash = strchr(m->name, '/');
    struct keep_str base = {m->name, slash ? (size_t)(slash - m->name) : 0};
    if (!x->id[0] && id_ok(base)) {
        memcpy(x->id, base.p, base.n);
        x->id[base.n] = '\0';
        x->mtime = m->mtime;
    }
    return base.n > 0 && keep_str_is(base, x->id) ? slash + 1 : NULL;
}

/* 0, or <0 for what is not the package's fault. What is wrong with the tar is the check's failure, and cuts the walk. */
static int walk(struct reading *r, struct keep_tar_in *tar, struct keep_err *err)
{
    struct keep_examine *x = r->x;
    struct keep_tar_member m;
    struct keep_err why = {0};
    int rc;
    while ((rc = keep_tar_in_next(tar, &m, &why)) == 1) {
        struct keep_member *member = NULL;
        const char *name = inside(x, &m);
        int twice = name ? keep_members_add(x->members, name, m.size, &member, &why) : 1;
        if (twice == 0)
            twice = read_file(r, tar, member, &why);
        else if (twice > 0)
            keep_examine_fail(x, KEEP_CHECK_CONTAINER, name ? "%s stands in it twice" : "%s is outside the package's folder", m.name);
        if (twice < 0) {
            rc = twice;
            break;
        }
    }
    if (rc == KEEP_E_INTEGRITY || rc == KEEP_E_LIMIT) {
        keep_examine_fail(x, KEEP_CHECK_CONTAINER, "%s", why.text);
        x->cut = true;
        return 0;
    }
    return rc < 0 ? keep_err_set(err, rc, "%s", why.text) : 0;
}

/* A file that is named like one package must not be another: "ck-YYYYMMDD-HEX.tar" or ".tar.partial". Any other name says nothing. */
static void check_name(struct keep_examine *x)
{
    const char *slash = strrchr(x->p->path, '/'), *name = slash ? slash + 1 : x->p->path, *end = strstr(name, ".tar");
    size_t n = end ? (size_t)(end - name) : 0, digits;
    if (n < 13 || strncmp(name, "ck-", 3) != 0 || (strcmp(end, ".tar") != 0 && strcmp(end, ".tar.partial") != 0))
        return;
    digits = strspn(name + 3, "0123456789");
    if (digits != 8 || name[11] != '-' || strspn(name + 12, "0123456789abcdef") != n - 12)
        return;
    if (strlen(x->id) != n || memcmp(x->id, name, n) != 0)
        keep_examine_fail(x, KEEP_CHECK_BAG, "the file is named %.*s, but the package in it is %s", (int)n, name, x->id);
}

/* ---- signature and ledger ---- */

/* minisign reads past its first line and past what follows the fourth; here the file is those four lines as they are written. */
static bool plain_signature(struct keep_str sig)
{
    static const char first[] = "untrusted comment: " KEEP_LAYOUT_UNTRUSTED "\n";
    size_t lines = 0;
    for (size_t i = 0; i < sig.n; i++)
        lines += sig.p[i] == '\n';
    return sig.n > sizeof first && memcmp(sig.p, first, sizeof first - 1) == 0 && lines == 4 && sig.p[sig.n - 1] == '\n' && !memchr(sig.p, '\r', sig.n);
}

static void check_signature(struct keep_examine *x)
{
    struct keep_str tags = keep_buf_view(&x->text[KEEP_TEXT_TAGS]), sig = keep_buf_view(&x->text[KEEP_TEXT_SIGNATURE]), trusted;
    struct keep_buf want = KEEP_BUF_INIT;
    struct keep_err why = {0};
    char id[17];
    const struct keep_sealtext_facts facts = {.id = x->id, .sealed_at = x->mtime, .records = x->records, .octets = x->octets};
    if (!x->have[KEEP_TEXT_TAGS] || !x->have[KEEP_TEXT_SIGNATURE])
        keep_err_set(&why, KEEP_E_INTEGRITY, "%s is missing", x->have[KEEP_TEXT_TAGS] ? KEEP_LAYOUT_SIGNATURE : KEEP_LAYOUT_TAGS);
    else if (!plain_signature(sig))
        keep_err_set(&why, KEEP_E_INTEGRITY, "%s is not four lines as this program writes them", KEEP_LAYOUT_SIGNATURE);
    if (why.code || keep_sign_check(x->p->pubkey, tags.p, tags.n, sig, &trusted, &why) < 0) {
        keep_examine_fail(x, KEEP_CHECK_SIGNER, "%s", why.text);
        keep_examine_fail(x, KEEP_CHECK_COMMENT, "without a valid signature the comment says nothing");
        return;
    }
    keep_sign_id_text(x->p->pubkey->id, id);
    keep_examine_note(x, KEEP_CHECK_SIGNER, "key %s", id);
    keep_sealtext_comment(&want, &facts, x->ledger_index);
    if (want.failed || !keep_str_eq(trusted, keep_buf_view(&want)))
        keep_examine_fail(x, KEEP_CHECK_COMMENT, "it says \"%.*s\", the content \"%.*s\"", (int)(trusted.n < 150 ? trusted.n : 150), trusted.p, (int)(want.n < 150 ? want.n : 150), (const char *)want.p);
    keep_examine_note(x, KEEP_CHECK_COMMENT, "%.*s", (int)(trusted.n < 300 ? trusted.n : 300), trusted.p);
    keep_buf_free(&want);
}

static void expect_hex(struct keep_examine *x, const struct keep_json *digests, const char *name, const uint8_t digest[32], const char *what)
{
    char hex[65];
    keep_codec_hex(digest, 32, hex);
    if (!keep_str_is(keep_json_str(keep_json_get(digests, name)), hex))
        keep_examine_fail(x, KEEP_CHECK_LEDGER, "the entry is about another %s", what);
}

static void check_entry(struct keep_examine *x, const struct keep_tlogproof *proof)
{
    const struct keep_json *v = NULL;
    struct keep_str entry = keep_buf_view(&proof->entry);
    uint8_t tags[64];
    int64_t index = -1, records = -1;
    keep_arena_reset(x->arena);
    if (keep_json_parse(&v, entry, NULL, x->arena, NULL) < 0) {
        keep_examine_fail(x, KEEP_CHECK_LEDGER, "the entry is malformed");
        return;
    }
    const struct keep_json *digests = keep_json_get(v, "digests");
    keep_sha512(tags, x->text[KEEP_TEXT_TAGS].p, x->text[KEEP_TEXT_TAGS].n);
    expect_hex(x, digests, "tagmanifest", tags, "package");
    if (x->decision.read)
        expect_hex(x, digests, "plan", x->decision.plan, "plan");
    if (!keep_str_is(keep_json_str(keep_json_get(v, "kind")), "sealed") || !keep_json_i64(keep_json_get(v, "index"), &index) || index < 0 || (uint64_t)index != proof->index)
        keep_examine_fail(x, KEEP_CHECK_LEDGER, "entry %llu is not of a sealing", (unsigned long long)proof->index);
    if (!keep_json_i64(keep_json_get(keep_json_get(v, "counts"), "records"), &records) || records < 0 || (uint64_t)records != x->records)
        keep_examine_fail(x, KEEP_CHECK_LEDGER, "the entry counts %lld records, the register %llu", (long long)records, (unsigned long long)x->records);
    if (!keep_str_is(proof->head.origin, x->origin))
        keep_examine_fail(x, KEEP_CHECK_LEDGER, "the proof is of another ledger than bag-info names");
    keep_examine_note(x, KEEP_CHECK_LEDGER, "entry %llu of %llu, head of %.*s", (unsigned long long)proof->index, (unsigned long long)proof->head.size, (int)(proof->head.origin.n < 200 ? proof->head.origin.n : 200), proof->head.origin.p);
}

static void check_ledger(struct keep_examine *x)
{
    struct keep_tlogproof proof;
    struct keep_err why = {0};
    if (!x->have[KEEP_TEXT_PROOF]) {
        keep_examine_fail(x, KEEP_CHECK_LEDGER, "%s is missing", KEEP_LAYOUT_PROOF);
        return;
    }
    if (keep_tlogproof_check(&proof, keep_buf_view(&x->text[KEEP_TEXT_PROOF]), x->p->pubkey->key, &why) < 0) {
        keep_examine_fail(x, KEEP_CHECK_LEDGER, "%s", why.text);
        return;
    }
    check_entry(x, &proof);
    if (x->p->heads)
        keep_lineage_check(x, &proof.head);
    x->proven = true;
    keep_buf_free(&proof.entry);
}

/* ---- a timestamp ---- */

static void check_timestamp(struct keep_examine *x)
{
    const struct keep_inspect_text *token = &x->p->token, *authority = &x->p->authority;
    struct keep_err why = {0};
    uint8_t tags[64];
    keep_time at = 0;
    char time[KEEP_CIVIL_TIME_SIZE], text[300];
    keep_sha512(tags, x->text[KEEP_TEXT_TAGS].p, x->text[KEEP_TEXT_TAGS].n);
    int rc = authority->text.n ? keep_stamp_check(token->text, tags, authority->text, &at, &why) : keep_stamp_read(token->text, tags, &at, &why);
    if (rc < 0) {
        keep_examine_fail(x, KEEP_CHECK_TIMESTAMP, "%.100s: %s", rc == KEEP_E_INPUT ? authority->name : token->name, why.text);
        return;
    }
    keep_civil_format_time(at, time);
    if (x->mtime > at + SKEW)
        keep_examine_fail(x, KEEP_CHECK_TIMESTAMP, "stamped %s, before the time at which the package says it was sealed", time);
    snprintf(text, sizeof text, "the token is about this package and says %s, but without the authority's certificate (--tsa-ca) nobody knows who says so", time);
    if (!authority->text.n)
        keep_examine_impossible(x, KEEP_CHECK_TIMESTAMP, text);
    keep_examine_note(x, KEEP_CHECK_TIMESTAMP, "existed at %s, by an authority that %.80s vouches for", time, authority->name ? authority->name : "");
}

/* ---- all of it ---- */

static int judge(struct keep_examine *x, struct keep_err *err)
{
    static const char *const no_key = "no public key was given; take the keep's from anywhere but the package";
    if (x->cut) {
        for (int c = 0; c < KEEP_CHECKS; c++)
            keep_examine_impossible(x, (enum keep_examine_check)c, "the tar cannot be read to its end");
        return 0;
    }
    keep_tlogproof_index(keep_buf_view(&x->text[KEEP_TEXT_PROOF]), &x->ledger_index);
    keep_examine_note(x, KEEP_CHECK_CONTAINER, "package %s, canonical ustar", x->id);
    check_name(x);
    keep_listing_end(x);
    keep_listing_baginfo(x);
    keep_decision_check(x);
    if (x->p->pubkey) {
        check_signature(x);
        check_ledger(x);
        if (!x->proven)
            keep_examine_impossible(x, KEEP_CHECK_HEAD, "the package's own proof does not hold");
    } else {
        keep_examine_impossible(x, KEEP_CHECK_SIGNER, no_key);
        keep_examine_impossible(x, KEEP_CHECK_COMMENT, no_key);
        keep_examine_impossible(x, KEEP_CHECK_LEDGER, no_key);
        keep_examine_impossible(x, KEEP_CHECK_HEAD, no_key);
    }
    if (x->p->token.text.n)
        check_timestamp(x);
    return x->p->identities ? keep_opening_check(x, err) : 0;
}

static void tell_about(const struct keep_examine *x)
{
    struct keep_inspect_about *a = x->p->about;
    if (!a || x->cut)
        return;
    snprintf(a->id, sizeof a->id, "%s", x->id);
    memcpy(a->plan, x->decision.plan, sizeof a->plan);
    keep_sha512(a->tagmanifest, x->text[KEEP_TEXT_TAGS].p, x->text[KEEP_TEXT_TAGS].n);
    a->records = x->records;
    a->ledger_index = x->ledger_index;
}

int keep_inspect_take(const struct keep_inspect_params *p, const char *id, const struct keep_inspect_taker *t, struct keep_err *err)
{
    struct keep_examine *x = calloc(1, sizeof *x);
    struct stat st;
    if (!x)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    x->p = p;
    snprintf(x->id, sizeof x->id, "%s", id);
    if (stat(p->path, &st) == 0)
        x->total = (uint64_t)st.st_size;
    int rc = keep_opening_take(x, t, err);
    free(x);
    return rc;
}

int keep_inspect_package(const struct keep_inspect_params *p, struct keep_err *err)
{
    struct keep_examine *x = calloc(1, sizeof *x);
    struct reading r = {.x = x};
    struct keep_tar_in *tar = NULL;
    struct stat st;
    if (!x)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    x->p = p;
    x->skip[KEEP_CHECK_RECORDS] = p->identities == 0;
    x->skip[KEEP_CHECK_HEAD] = p->heads == 0;
    x->skip[KEEP_CHECK_TIMESTAMP] = p->token.text.n == 0;
    x->skip[KEEP_CHECK_VALID] = true;
    int rc = keep_members_new(&x->members, err);
    if (rc == 0 && !(x->arena = keep_arena_new(64u * KEEP_LAYOUT_LINE)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_twohash_new(&r.hash, hashed, &r, err);
    if (rc == 0)
        rc = keep_tar_in_open(&tar, p->path, err);
    if (rc == 0)
        keep_tar_in_turns(tar, keep_twohash_turn, r.hash);
    if (rc == 0 && stat(p->path, &st) == 0)
        x->total = (uint64_t)st.st_size * (p->identities ? 2 : 1);
    if (rc == 0)
        rc = walk(&r, tar, err);
    if (rc == 0)
        rc = judge(x, err);
    if (rc == 0) {
        tell_about(x);
        rc = keep_examine_report(x, err);
    }
    keep_twohash_free(r.hash); /* before the tar, whose bytes it reads */
    keep_tar_in_close(tar);
    keep_buf_free(&r.line);
    keep_buf_free(&r.pack);
    for (int t = 0; t < KEEP_TEXTS; t++)
        keep_buf_free(&x->text[t]);
    keep_decision_free(&x->decision);
    keep_members_free(x->members);
    keep_arena_free(x->arena);
    free(x);
    return rc;
}
