/* A second walk over the tar. With the index open, its lines drive the walk: index
 * and records stand in the same order, so one line and its members are at hand
 * together, and no more of the index is in clear at any time than one zstd frame.
 *
 * The index is several zstd frames in one age file. Where one ends is found by
 * walking its blocks (RFC 8878 section 3.1.1), without opening them. */
#include "core/bag/opening.h"

#include <stdio.h>
#include <stdlib.h>

#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/stream/flow.h"
#include "core/stream/squeeze.h"
#include "core/stream/tar.h"
#include "core/text/json.h"

#define FRAME_MAX ((size_t)KEEP_LAYOUT_FRAME + KEEP_LAYOUT_LINE) /* lines of one frame; its last line may pass the mark */

struct opening {
    struct keep_examine *x;
    struct keep_tar_in *records;    /* the walk */
    struct keep_tar_member at;      /* where it stands */
    bool has_at;
    struct keep_squeeze *squeeze;
    struct keep_hash_stream *hash;  /* of what a member holds */
    uint64_t octets;
    struct keep_age_in *age;        /* the sealed member at hand, with its pieces */
    struct keep_flow *zstd;
    struct {
        char stem[KEEP_TAR_NAME + 1]; /* its name without the piece's number */
        size_t n;
        unsigned next;              /* number of the next piece; 0: it is in one */
        bool ended, finished;       /* all was fed; all came out */
        int opened;                 /* 0, KEEP_E_KEY: none of the identities opens it, KEEP_E_INTEGRITY … */
        struct keep_err why;
    } member;
    const struct keep_inspect_taker *taker; /* NULL: digests are compared, and nobody sees the bytes */
    struct keep_buf plain;          /* opened, and not taken yet, from plain_at on */
    size_t plain_at;
    struct keep_buf frames, lines;  /* of the index */
    struct keep_arena *arena;
    uint64_t line, opened;
    bool stop;                      /* the index made no sense: nothing more can be told */
};

/* ---- zstd frames ---- */

/* Bytes of the frame at p, 0 when it is not all there yet, -1 when it is none. */
static int64_t frame_size(const uint8_t *p, size_t n)
{
    static const uint8_t dictionary[4] = {0, 1, 2, 4}, content[4] = {0, 2, 4, 8};
    if (n < 5)
        return 0;
    if (memcmp(p, "\x28\xb5\x2f\xfd", 4) != 0)
        return -1;
    bool single = p[4] & 0x20;
    size_t at = 5 + !single + dictionary[p[4] & 3] + (p[4] >> 6 ? content[p[4] >> 6] : single);
    for (bool last = false; !last;) {
        if (n < at + 3)
            return 0;
        uint32_t h = p[at] | (uint32_t)p[at + 1] << 8 | (uint32_t)p[at + 2] << 16;
        last = h & 1;
        if ((h >> 1 & 3) == 3)
            return -1;
        at += 3 + ((h >> 1 & 3) == 1 ? 1 : h >> 3);
    }
    at += p[4] & 4 ? 4 : 0;
    return n < at ? 0 : (int64_t)at;
}

/* ---- members ---- */

/* Next member of the walk below data/records/: 1, 0 none, <0. */
static int next_record(struct opening *o, struct keep_err *err)
{
    size_t base = strlen(o->x->id) + 1;
    int rc;
    while ((rc = keep_tar_in_next(o->records, &o->at, err)) == 1)
        if (strncmp(o->at.name + base, KEEP_LAYOUT_RECORDS, strlen(KEEP_LAYOUT_RECORDS)) == 0)
            break;
    o->has_at = rc == 1;
    return rc;
}

static int to_hash(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct opening *o = ctx;
    keep_hash_stream_add(o->hash, p, n);
    o->octets += n;
    return o->taker ? keep_age_to_buf(&o->plain, p, n, err) : 0;
}

static int to_flow(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_flow_add(ctx, p, n, err);
}

/* Whether a name ends in that piece's number; what is before the number is n bytes then. */
static bool is_piece(const char *name, unsigned piece, size_t *n)
{
    char number[16];
    size_t len = strlen(name), tail = (size_t)snprintf(number, sizeof number, KEEP_LAYOUT_PIECE_NUMBER, piece);
    *n = len - tail;
    return len > tail && strcmp(name + *n, number) == 0;
}

/* The sealed member the walk stands on, which may be the first of some pieces. */
static int member_begin(struct opening *o, const uint8_t (*identity)[32], size_t n, struct keep_err *err)
{
    bool split = is_piece(o->at.name, 0, &o->member.n);
    memset(&o->member.why, 0, sizeof o->member.why);
    snprintf(o->member.stem, sizeof o->member.stem, "%.*s", (int)o->member.n, o->at.name);
    o->member.next = split;
    o->member.ended = o->member.finished = false;
    o->member.opened = 0;
    keep_hash_stream_start(o->hash, NULL);
    o->octets = 0;
    keep_buf_clear(&o->plain);
    o->plain_at = 0;
    int rc = keep_flow_unpack(&o->zstd, 2 * KEEP_LAYOUT_PAYLOAD, to_hash, o, err);
    return rc == 0 ? keep_age_in_new(&o->age, identity, n, to_flow, o->zstd, err) : rc;
}

/* Feeds it some bytes, of the next piece where one is at its end. When all are fed the walk stands behind it. */
static int member_step(struct opening *o, struct keep_err *err)
{
    const void *p;
    size_t size, n;
    int rc = keep_tar_in_read(o->records, &p, &size, err);
    if (rc == 1) {
        rc = keep_examine_advance(o->x, size, err);
        if (rc == 0 && o->member.opened == 0)
            o->member.opened = keep_age_in_add(o->age, p, size, &o->member.why);
        return rc;
    }
    if (rc == 0 && (rc = next_record(o, err)) > 0)
        rc = 0;
    if (rc == 0 && o->member.next && o->has_at && is_piece(o->at.name, o->member.next, &n) && n == o->member.n && memcmp(o->member.stem, o->at.name, n) == 0)
        o->member.next++;
    else
        o->member.ended = true;
    return rc;
}

static void member_finish(struct opening *o)
{
    if (o->member.opened == 0 && (o->member.opened = keep_age_in_finish(o->age, &o->member.why)) == 0)
        o->member.opened = keep_flow_finish(o->zstd, &o->member.why);
    o->member.finished = true;
}

/* What is left of it is read, and the walk goes on to the next. o->octets and digest tell what it holds, where it opened. */
static int member_end(struct opening *o, uint8_t digest[32], struct keep_err *err)
{
    int rc = 0;
    while (rc == 0 && !o->member.ended) {
        rc = member_step(o, err);
        keep_buf_clear(&o->plain);
    }
    if (rc == 0 && !o->member.finished)
        member_finish(o);
    keep_hash_stream_end(o->hash, digest);
    return rc == 0 && o->member.opened == KEEP_E_NOMEM ? keep_err_set(err, KEEP_E_NOMEM, "%s", o->member.why.text) : rc;
}

static void member_close(struct opening *o)
{
    keep_age_in_free(o->age);
    keep_flow_free(o->zstd);
    o->age = NULL;
    o->zstd = NULL;
}

static int open_member(struct opening *o, const uint8_t (*identity)[32], size_t n, uint8_t digest[32], struct keep_err *err)
{
    int rc = member_begin(o, identity, n, err);
    if (rc == 0)
        rc = member_end(o, digest, err);
    member_close(o);
    return rc;
}

/* What has come out of it, a piece at a time, for whoever takes it. */
static int member_pull(void *ctx, void *p, size_t room, size_t *n, struct keep_err *err)
{
    struct opening *o = ctx;
    int rc = 0;
    while (rc == 0 && o->plain_at == o->plain.n && !o->member.finished) {
        keep_buf_clear(&o->plain);
        o->plain_at = 0;
        if (o->member.ended)
            member_finish(o);
        else
            rc = member_step(o, err);
    }
    if (rc == 0 && o->member.opened < 0)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "%s", o->member.why.text);
    if (rc < 0)
        return rc;
    *n = o->plain.n - o->plain_at < room ? o->plain.n - o->plain_at : room;
    if (*n)
        memcpy(p, o->plain.p + o->plain_at, *n);
    o->plain_at += *n;
    return 0;
}

/* Does the walk stand on that member of the index line at hand? */
static bool stands_on(struct opening *o, const char *behind)
{
    char want[KEEP_LAYOUT_ID + 64];
    size_t stem = 0;
    snprintf(want, sizeof want, "%s/" KEEP_LAYOUT_RECORDS KEEP_LAYOUT_NUMBER "%s", o->x->id, (unsigned long long)o->line, behind);
    bool pieces = o->has_at && is_piece(o->at.name, 0, &stem) && stem == strlen(want) && memcmp(o->at.name, want, stem) == 0;
    if (o->has_at && (pieces || strcmp(o->at.name, want) == 0))
        return true;
    keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "record %llu of the index is not in the package", (unsigned long long)o->line);
    o->stop = true;
    return false;
}

/* What was read of the member is what one index line says: digest, size. */
static void compare_member(struct opening *o, const struct keep_json *v, const char *digest, const char *octets, const uint8_t had[32])
{
    uint8_t named[32];
    int64_t size;
    if (o->member.opened < 0)
        keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "record %llu: %s", (unsigned long long)o->line, o->member.opened == KEEP_E_KEY ? "its key in the index does not open it" : o->member.why.text);
    else if (!keep_codec_unhex(keep_json_str(keep_json_get(v, digest)), named, 32) || memcmp(had, named, 32) != 0 ||
             !keep_json_i64(keep_json_get(v, octets), &size) || size < 0 || (uint64_t)size != o->octets)
        keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "record %llu is not the one that the index names by digest", (unsigned long long)o->line);
}

static int check_member(struct opening *o, const char *behind, const uint8_t identity[32], const struct keep_json *v, const char *digest, const char *octets, struct keep_err *err)
{
    uint8_t had[32];
    if (!stands_on(o, behind))
        return 0;
    int rc = open_member(o, (const uint8_t (*)[32])identity, 1, had, err);
    if (rc == 0)
        compare_member(o, v, digest, octets, had);
    return rc;
}

/* ---- handing over ---- */

static int take_member(struct opening *o, const uint8_t identity[32], const struct keep_json *v, struct keep_err *err)
{
    struct keep_pull pull = {.ctx = o, .read = member_pull};
    uint8_t had[32];
    int64_t size;
    if (!stands_on(o, KEEP_LAYOUT_SEALED))
        return 0;
    if (!keep_codec_unhex(keep_json_str(keep_json_get(v, "blake2b")), pull.content, 32) || !keep_json_i64(keep_json_get(v, "octets"), &size) || size < 0) {
        keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "line %llu of the index is malformed", (unsigned long long)o->line);
        o->stop = true;
        return 0;
    }
    pull.size = (uint64_t)size;
    int rc = member_begin(o, (const uint8_t (*)[32])identity, 1, err);
    if (rc == 0)
        rc = o->taker->record(o->taker->ctx, o->line, v, &pull, err);
    bool passed = rc == 1;
    if (rc >= 0)
        rc = passed && o->octets == 0 ? 0 : member_end(o, had, err);
    if (rc == 0 && !passed)
        compare_member(o, v, "blake2b", "octets", had);
    member_close(o);
    /* its rendition, and its bytes where nobody wanted them */
    while (rc >= 0 && o->has_at && strtoull(o->at.name + strlen(o->x->id) + 1 + strlen(KEEP_LAYOUT_RECORDS), NULL, 10) == o->line)
        rc = next_record(o, err);
    return rc < 0 ? rc : 0;
}

/* ---- by the index ---- */

static int record_line(struct opening *o, const struct keep_json *v, struct keep_err *err)
{
    uint8_t *identity = NULL;
    int64_t rendition = 0;
    struct keep_str key = keep_json_str(keep_json_get(v, "identity"));
    if (key.n == 0) { /* an index entry: what it names is kept elsewhere */
        int taken = o->taker ? o->taker->record(o->taker->ctx, o->line, v, NULL, err) : 0;
        return taken < 0 ? taken : 0;
    }
    int rc = keep_secret_new((void **)&identity, 32, err);
    if (rc < 0)
        return rc;
    if (keep_age_identity_read(identity, key, NULL) < 0) {
        keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "record %llu has a malformed key in the index", (unsigned long long)o->line);
        o->stop = true;
    } else if (o->taker) {
        rc = take_member(o, identity, v, err);
    } else {
        rc = check_member(o, KEEP_LAYOUT_SEALED, identity, v, "blake2b", "octets", err);
        if (rc == 0 && !o->stop && keep_json_i64(keep_json_get(v, "rendition_octets"), &rendition) && rendition > 0)
            rc = check_member(o, KEEP_LAYOUT_RENDITION, identity, v, "rendition_blake2b", "rendition_octets", err);
        o->opened++;
    }
    keep_secret_free(identity);
    return rc;
}

static int index_line(struct opening *o, struct keep_str line, struct keep_err *err)
{
    const struct keep_json *v = NULL;
    int64_t n = 0;
    o->line++;
    keep_arena_reset(o->arena);
    int rc = keep_json_parse(&v, line, NULL, o->arena, NULL);
    if (rc == KEEP_E_NOMEM)
        return keep_err_set(err, rc, "out of memory");
    if (rc < 0 || !keep_json_i64(keep_json_get(v, "n"), &n) || n < 0 || (uint64_t)n != o->line) {
        keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "line %llu of the index is malformed", (unsigned long long)o->line);
        o->stop = true;
        return 0;
    }
    return record_line(o, v, err);
}

static int index_lines(struct opening *o, struct keep_err *err)
{
    size_t at = 0;
    int rc = 0;
    while (rc == 0 && !o->stop && at < o->lines.n) {
        const unsigned char *nl = memchr(o->lines.p + at, '\n', o->lines.n - at);
        size_t end = nl ? (size_t)(nl - o->lines.p) : o->lines.n;
        rc = index_line(o, (struct keep_str){(const char *)o->lines.p + at, end - at}, err);
        at = end + 1;
    }
    return rc;
}

static void bad_index(struct opening *o, const char *what)
{
    keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "the index: %s", what);
    o->stop = true;
}

/* Plain bytes of the index's age file: whole frames are taken off the front. */
static int index_bytes(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct opening *o = ctx;
    int rc = o->stop ? 0 : keep_age_to_buf(&o->frames, p, n, err);
    size_t at = 0;
    while (rc == 0 && !o->stop) {
        struct keep_err why = {0};
        int64_t size = frame_size(o->frames.p + at, o->frames.n - at);
        if (size == 0)
            break;
        keep_buf_clear(&o->lines);
        int bad = size < 0 ? KEEP_E_INTEGRITY : keep_squeeze_unpack(o->squeeze, o->frames.p + at, (size_t)size, FRAME_MAX, &o->lines, &why);
        if (bad == KEEP_E_NOMEM)
            return keep_err_set(err, bad, "out of memory");
        if (bad < 0) {
            bad_index(o, size < 0 ? "not zstd" : why.text);
            break;
        }
        at += (size_t)size;
        rc = index_lines(o, err);
    }
    if (at > 0) {
        memmove(o->frames.p, o->frames.p + at, o->frames.n - at);
        o->frames.n -= at;
    }
    if (o->frames.n > 2 * FRAME_MAX && !o->stop)
        bad_index(o, "a frame larger than any this program writes");
    return rc;
}

/* Opens the member `in` stands on. 1: none of the identities opens it. */
static int walk_index(struct opening *o, struct keep_tar_in *in, struct keep_err *err)
{
    struct keep_age_in *age = NULL;
    struct keep_err why = {0};
    const void *p;
    size_t n;
    int more, rc = keep_age_in_new(&age, o->x->p->identity, o->x->p->identities, index_bytes, o, &why);
    while (rc == 0 && !o->stop && (more = keep_tar_in_read(in, &p, &n, &why)) != 0)
        rc = more < 0 ? more : keep_age_in_add(age, p, n, &why);
    if (rc == 0 && !o->stop)
        rc = keep_age_in_finish(age, &why);
    keep_age_in_free(age);
    if (rc == KEEP_E_KEY)
        return 1;
    if (rc == KEEP_E_INTEGRITY) {
        bad_index(o, why.text);
        return 0;
    }
    if (rc < 0)
        return keep_err_set(err, rc, "%s", why.text);
    if (!o->stop && (o->frames.n > 0 || o->has_at || (!o->taker && o->line != o->x->records)))
        bad_index(o, "it does not list exactly the records of the register");
    keep_examine_note(o->x, KEEP_CHECK_RECORDS, "all %llu sealed records opened and equal their digests", (unsigned long long)o->opened);
    return 0;
}

static int open_index(struct opening *o, struct keep_err *err)
{
    struct keep_tar_in *in = NULL;
    struct keep_tar_member m;
    size_t base = strlen(o->x->id) + 1;
    int rc = keep_tar_in_open(&in, o->x->p->path, err);
    if (rc < 0)
        return rc;
    while ((rc = keep_tar_in_next(in, &m, err)) == 1 && strcmp(m.name + base, KEEP_LAYOUT_INDEX) != 0)
        ;
    rc = rc == 1 ? walk_index(o, in, err) : rc == 0 ? 1 : rc;
    keep_tar_in_close(in);
    return rc;
}

/* ---- by single records' keys ---- */

static int try_records(struct opening *o, struct keep_err *err)
{
    uint64_t last = 0;
    int rc = 0;
    while (rc == 0 && o->has_at) {
        size_t skip = strlen(o->x->id) + 1 + strlen(KEEP_LAYOUT_RECORDS);
        unsigned long long n = strtoull(o->at.name + skip, NULL, 10);
        uint8_t had[32];
        rc = open_member(o, o->x->p->identity, o->x->p->identities, had, err);
        if (rc < 0)
            break;
        if (o->member.opened == KEEP_E_INTEGRITY)
            keep_examine_fail(o->x, KEEP_CHECK_RECORDS, "record %llu: %s", n, o->member.why.text);
        if (o->member.opened == 0 && n != last) {
            o->opened++;
            last = n;
        }
    }
    if (rc == 0 && o->opened == 0)
        keep_examine_impossible(o->x, KEEP_CHECK_RECORDS, "no identity given opens the index or any record");
    else if (rc == 0)
        keep_examine_note(o->x, KEEP_CHECK_RECORDS, "%llu of %llu records opened by their own keys, whole", (unsigned long long)o->opened, (unsigned long long)o->x->records);
    return rc;
}

static int run(struct opening *o, struct keep_err *err)
{
    int rc = keep_tar_in_open(&o->records, o->x->p->path, err);
    if (rc == 0)
        rc = keep_squeeze_new(&o->squeeze, 1, err);
    if (rc == 0)
        rc = keep_hash_stream_new(&o->hash, err);
    if (rc == 0 && !(o->arena = keep_arena_new(16u * KEEP_LAYOUT_LINE)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = next_record(o, err);
    if (rc >= 0)
        rc = open_index(o, err);
    if (rc == 1 && !o->taker)
        rc = try_records(o, err);
    keep_arena_free(o->arena);
    keep_squeeze_free(o->squeeze);
    keep_tar_in_close(o->records);
    keep_hash_stream_free(o->hash);
    keep_buf_free(&o->frames);
    keep_buf_free(&o->lines);
    keep_buf_free(&o->plain);
    return rc;
}

int keep_opening_check(struct keep_examine *x, struct keep_err *err)
{
    struct opening o = {.x = x};
    return run(&o, err);
}

int keep_opening_take(struct keep_examine *x, const struct keep_inspect_taker *t, struct keep_err *err)
{
    struct opening o = {.x = x, .taker = t};
    int rc = run(&o, err);
    if (rc == 1)
        return keep_err_set(err, KEEP_E_KEY, "none of the identities opens the index");
    if (rc == 0 && keep_examine_failed(x, KEEP_CHECK_RECORDS))
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "%s", x->check[KEEP_CHECK_RECORDS].detail);
    return rc;
}
