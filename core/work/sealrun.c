/* Each part of the plan is a package of its own, made and recorded before the next:
 * ledger entry `sealing`, with the package's identity in the keyring -> members
 * written, noted in a journal -> tag manifest -> ledger entry `sealed` -> proof and
 * signature as the last members -> read back by the verifier -> the request for a
 * timestamp beside it -> renamed -> ledger entry `archived` with the sets' states.
 * Dying anywhere before the last step leaves the sets as they were, and the same
 * command goes on where it died. */
#include "core/work/sealrun.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/inspect.h"
#include "core/bag/rendition.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/crypto/kdf.h"
#include "core/crypto/secret.h"
#include "core/crypto/stamp.h"
#include "core/store/bringback.h"
#include "core/store/ledger.h"
#include "core/store/load.h"
#include "core/work/papers.h"
#include "core/work/sealrun_inside.h"

#define HELD (4u << 20)       /* bytes of a payload that is opened whole, so that several are at work side by side */
#define RENDITION (16u << 20) /* and of one that may get a page beside it: a longer one nobody reads */
#define INTERRUPTED "interrupted; the same command goes on from here"

/* Told by its id alone, so that one left by a commit that died is never met again. */
uint64_t keep_sealrun_owner(struct keep_str id)
{
    uint8_t h[8];
    uint64_t n = 0;
    static const uint8_t no_key[32];
    keep_hash_keyed(h, sizeof h, id.p, id.n, no_key);
    for (size_t i = 0; i < sizeof h; i++)
        n = n << 8 | h[i];
    return n >> 1; /* the database counts up to 2^63 - 1 */
}

static void recipients(struct keep_sealing *se)
{
    size_t n;
    const struct keep_officer *o = keep_store_officers(se->s, &n);
    se->recipients = 0;
    keep_age_recipient(se->recipient[se->recipients++], se->identity);
    if (keep_store_archive_officer(se->s))
        memcpy(se->recipient[se->recipients++], keep_store_archive_officer(se->s), 32);
    else
        for (size_t i = 0; i < n && se->recipients < KEEP_SEALING_RECIPIENTS - 1; i++)
            memcpy(se->recipient[se->recipients++], o[i].recipient, 32);
    if (keep_store_recovery(se->s))
        memcpy(se->recipient[se->recipients++], keep_store_recovery(se->s), 32);
}

/* A record's bytes, a piece at a time. */
struct flow {
    struct keep_sealing *se;
    struct keep_load_pieces *from;
    const uint8_t *p; /* what is left of a piece */
    size_t left;
};

static int flow_read(void *ctx, void *p, size_t room, size_t *n, struct keep_err *err)
{
    struct flow *f = ctx;
    const void *piece;
    int rc = 1;
    if (f->left == 0 && (rc = keep_load_pieces_next(f->from, &piece, &f->left, err)) == 1)
        f->p = piece;
    if (rc == 1 && f->se->p->progress && f->se->p->progress(f->se->p->progress_ctx, f->se->done, f->se->total))
        rc = keep_err_set(err, KEEP_E_INTERRUPTED, INTERRUPTED);
    if (rc < 0)
        return rc;
    *n = f->left < room ? f->left : room;
    if (*n > 0)
        memcpy(p, f->p, *n);
    f->p += *n;
    f->left -= *n;
    return 0;
}

/* Small ones are opened whole, and so is what gets a page for people to read; the rest is pulled. Outcomes as keep_load_payload. */
static int payload_open(struct keep_sealing *se, const struct keep_record *rec, struct keep_buf *whole, struct flow *f, struct keep_pull *pull, struct keep_err *err)
{
    uint64_t size;
    int rc;
    if (rec->size <= (keep_rendition_fits(rec->media_type) ? RENDITION : HELD))
        return keep_load_payload(se->s, rec->id, 0, whole, err);
    if ((rc = keep_load_pieces_open(&f->from, se->s, rec->id, 0, &size, err)) != 0)
        return rc;
    f->se = se;
    *pull = (struct keep_pull){.ctx = f, .size = size, .read = flow_read};
    memcpy(pull->content, rec->digest, sizeof pull->content);
    return 0;
}

static struct keep_str source_of(const struct keep_world *w, uint32_t id)
{
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == id)
            return w->source[i].name;
    return (struct keep_str){NULL, 0};
}

/* One record of a set: its row is found again by id, its payload opened and handed over. */
static int one_record(struct keep_sealing *se, uint32_t number, const struct keep_set *set, const struct keep_record *rec, struct keep_err *err)
{
    struct keep_buf payload = KEEP_BUF_INIT, key = KEEP_BUF_INIT, told = KEEP_BUF_INIT;
    struct flow flow = {0};
    struct keep_pull pull = {0};
    const struct keep_policy *p = se->d.in.policy;
    const struct keep_world *w = &se->d.world;
    char hex[33];
    keep_codec_hex(set->id, 16, hex);
    int rc = payload_open(se, rec, &payload, &flow, &pull, err);
    if (rc == 1 || rc == 2 || rc == 3)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "record %llu has no payload left though nothing destroyed its set", (unsigned long long)rec->id);
    if (rc == 4) {
        rc = 0; /* an index entry: the register and index name it, the thing itself is elsewhere */
        se->index_only++;
    }
    if (rc == 0)
        rc = keep_bringback_tell(se->s, rec->id, &key, &told, err);
    if (rc == 0) {
        struct keep_seal_record r = {
            .set = number, .set_id = keep_str_of(hex), .kind = w->term[rec->kind], .source_key = keep_buf_view(&key),
            .source = source_of(w, rec->source), .told = keep_buf_view(&told),
            .rule = set->rule >= 0 ? p->retention[set->rule].id : (struct keep_str){NULL, 0},
            .patient = set->patient != KEEP_ID_NONE ? w->patient[set->patient].mrn : (struct keep_str){NULL, 0},
            .facility = set->facility != KEEP_ID_NONE ? w->facility[set->facility].name : (struct keep_str){NULL, 0},
            .keep_until = set->keep_until, .first = rec->service_first, .last = rec->service_last, .media_type = rec->media_type,
            .payload = keep_buf_view(&payload), .pull = pull.read ? &pull : NULL, .digest = rec->digest, .custodian = rec->custodian, .locator = rec->locator,
        };
        rc = keep_seal_record(se->seal, &r, err);
    }
    keep_load_pieces_close(flow.from);
    keep_buf_free(&payload); /* wipes */
    keep_buf_free(&key);
    keep_buf_free(&told);
    return rc;
}

/* The records of the part at hand in the order that they are read; the first of them may be in the package already. */
static int all_records(struct keep_sealing *se, struct keep_err *err)
{
    struct keep_load_records *open = NULL;
    struct keep_record_scan scan;
    struct keep_record rec;
    uint64_t skip = keep_seal_records(se->seal), had = 0;
    int more = 0, rc = keep_load_records_open(&open, se->s, &se->d.world, &scan, err);
    while (rc == 0 && had < se->now->places && (more = scan.next(scan.ctx, &rec, err)) == 1) {
        const struct keep_sealparts_place *at = keep_sealparts_find(se->now, rec.id);
        if (!at)
            continue;
        if (had >= skip)
            rc = one_record(se, at->set + 1, se->set[at->set], &rec, err);
        else
            se->index_only += rec.size == 0;
        had++;
        se->done++;
        if (rc == 0 && se->p->progress && se->p->progress(se->p->progress_ctx, se->done, se->total))
            rc = keep_err_set(err, KEEP_E_INTERRUPTED, INTERRUPTED);
    }
    if (rc == 0 && more < 0)
        rc = more;
    keep_load_records_close(open);
    if (rc == 0 && had != se->now->places)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "a package was to hold %zu records, %llu were found", se->now->places, (unsigned long long)had);
    return rc;
}

/* ---- one package ---- */

static int no_failure(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    struct keep_err *err = ctx;
    if (r != KEEP_INSPECT_PASSED)
        keep_err_set(err, KEEP_E_INTEGRITY, "the package just written does not verify: %s: %s", check, detail);
    return 0;
}

/* By the verifier, which shares no code with the writing but the names. behind: of the file. */
static int read_back(struct keep_sealing *se, const char *behind, struct keep_err *err)
{
    char path[4096];
    struct keep_sign_public pub;
    keep_sign_public_of(keep_store_signer(se->s), &pub);
    if ((size_t)snprintf(path, sizeof path, "%s/%s%s", se->p->output, se->id, behind) >= sizeof path)
        return keep_err_set(err, KEEP_E_LIMIT, "the output folder's name is too long");
    struct keep_inspect_params in = {.path = path, .pubkey = &pub, .identity = (const uint8_t (*)[32])se->identity, .identities = 1, .found = no_failure, .ctx = err};
    int rc = keep_inspect_package(&in, err);
    return rc == 1 ? keep_err_set(err, KEEP_E_INTEGRITY, "the package just written cannot be verified whole") : rc;
}

/* The package itself is to be kept until the last of what is in it may go; none: permanently. What must outlive a set is owed from its disposal on, which is no
 * earlier than the sealing; papers.c counts from the day that it really was. */
static void retain(struct keep_sealing *se, keep_date sealed)
{
    keep_date until = KEEP_DATE_NONE;
    bool permanent = false;
    se->residue_years = 0;
    for (size_t i = 0; i < se->now->places; i++) {
        const struct keep_set *set = se->set[se->now->place[i].set];
        keep_date d = keep_papers_owed(set->keep_until, sealed, set->residue_years);
        permanent |= d == KEEP_DATE_NONE;
        until = until == KEEP_DATE_NONE || d > until ? d : until;
        se->residue_years = set->residue_years > se->residue_years ? set->residue_years : se->residue_years;
    }
    se->retain_through = permanent ? KEEP_DATE_NONE : until;
}

static int begin(struct keep_sealing *se, struct keep_err *err)
{
    uint8_t policy[32], journal[32];
    char policy_hex[65];
    struct keep_buf b = KEEP_BUF_INIT;
    for (size_t i = 0; i < se->p->adopted->texts; i++)
        keep_buf_add(&b, se->p->adopted->digest[i], 32);
    keep_hash_blake2b(policy, b.p, b.n);
    keep_codec_hex(policy, 32, policy_hex);
    keep_buf_free(&b);
    keep_kdf_subkey(journal, se->identity, "package journal", se->id, strlen(se->id));
    recipients(se);
    struct keep_seal_params sp = {
        .dirfd = se->dirfd, .id = se->id, .sealed_at = se->sealed_at, .signer = keep_store_signer(se->s),
        .recipient = (const uint8_t (*)[32])se->recipient, .recipients = se->recipients, .text = se->text, .texts = se->texts,
        .organization = "", .origin = keep_store_origin(se->s), .policy_digest = policy_hex, .retain_through = se->retain_through,
        .crew = se->crew, .journal = journal,
    };
    int rc = keep_seal_begin(&se->seal, &sp, err);
    keep_secret_wipe(journal, sizeof journal);
    return rc;
}

/* Written anew up to the tag manifest, or what an earlier run wrote. */
static int fill(struct keep_sealing *se, uint8_t tags[64], struct keep_err *err)
{
    struct keep_buf counts = KEEP_BUF_INIT;
    int rc = begin(se, err);
    if (rc == KEEP_SEAL_CLOSED) {
        keep_seal_tags(se->seal, tags);
        se->done += se->now->places;
        return 0;
    }
    if (rc >= 0)
        rc = all_records(se, err);
    if (rc == 0)
        rc = keep_sealpapers_counts(se, &counts, err);
    if (rc == 0)
        rc = keep_seal_close(se->seal, keep_buf_view(&counts), tags, err);
    keep_buf_free(&counts);
    return rc;
}

/* What a timestamp authority is to be asked lies beside the package. */
static int write_request(struct keep_sealing *se, const uint8_t tags[64], struct keep_err *err)
{
    char name[80];
    uint8_t request[KEEP_STAMP_REQUEST];
    keep_stamp_request(request, tags);
    snprintf(name, sizeof name, "%s.tsq", se->id);
    return keep_file_replace(se->dirfd, name, request, sizeof request, 0600, err);
}

static int seal_part(struct keep_sealing *se, struct keep_err *err)
{
    uint8_t tags[64];
    uint64_t index;
    struct keep_buf proof = KEEP_BUF_INIT;
    int rc = fill(se, tags, err);
    if (rc == 0)
        rc = keep_sealacts_sealed(se, tags, &index, err);
    if (rc == 0)
        rc = keep_ledger_proof(se->s, index, &proof, err);
    if (rc == 0)
        rc = keep_seal_sign(se->seal, keep_buf_view(&proof), index, err);
    if (rc == 0)
        rc = read_back(se, ".tar.partial", err);
    if (rc == KEEP_E_INTEGRITY)
        keep_seal_discard_own(se->seal); /* what does not verify is not gone on with */
    if (rc == 0)
        rc = write_request(se, tags, err);
    if (rc == 0)
        rc = keep_seal_publish(se->seal, err);
    keep_buf_free(&proof);
    return rc;
}

static int one_part(struct keep_sealing *se, const struct keep_sealpart *part, struct keep_sealrun_result *out, struct keep_err *err)
{
    enum keep_sealacts_standing standing;
    se->now = part;
    se->index_only = 0;
    int rc = keep_sealacts_find(se, &standing, err);
    if (rc == 0)
        retain(se, keep_civil_utc_date(standing == KEEP_SEALACTS_NEW ? keep_store_now(se->s) : se->sealed_at));
    if (rc == 0 && standing == KEEP_SEALACTS_DONE) {
        se->done += part->places;
        return 0;
    }
    if (rc == 0 && standing == KEEP_SEALACTS_NEW)
        rc = keep_sealacts_begin(se, err);
    if (rc == 0)
        rc = standing == KEEP_SEALACTS_RENAMED ? read_back(se, ".tar", err) : seal_part(se, err);
    if (rc == 0)
        rc = keep_sealacts_archived(se, err);
    keep_seal_free(se->seal);
    se->seal = NULL;
    if (rc < 0)
        return rc;
    if (standing == KEEP_SEALACTS_RENAMED)
        se->done += part->places;
    snprintf(out->package, sizeof out->package, "%s", se->id);
    out->packages[out->count] = keep_arena_copy(se->a, se->id, strlen(se->id));
    return out->packages[out->count++] ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* ---- all of them ---- */

static int open_output(struct keep_sealing *se, struct keep_err *err)
{
    if (mkdir(se->p->output, 0700) < 0 && errno != EEXIST)
        return keep_err_set(err, KEEP_E_IO, "%s: %s", se->p->output, strerror(errno));
    se->dirfd = open(se->p->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return se->dirfd < 0 ? keep_err_set(err, KEEP_E_IO, "%s: %s", se->p->output, strerror(errno)) : 0;
}

static int all_parts(struct keep_sealing *se, struct keep_sealrun_result *out, struct keep_err *err)
{
    int rc = keep_sealparts_divide(se, err);
    if (rc == 0)
        rc = keep_sealacts_sweep(se, err);
    if (rc == 0)
        rc = keep_sealpapers_texts(se, err);
    if (rc == 0 && se->p->threads > 1)
        rc = keep_crew_new(&se->crew, se->p->threads, err);
    if (rc == 0 && !(out->packages = keep_arena_array(se->a, se->parts + 1, sizeof *out->packages)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < se->parts; i++)
        rc = one_part(se, &se->part[i], out, err);
    out->records = se->done;
    return rc;
}

int keep_sealrun_archive(struct keep_store *s, const struct keep_sealrun_params *p, struct keep_arena *a, struct keep_sealrun_result *out, struct keep_err *err)
{
    struct keep_sealing *se = keep_arena_alloc(a, sizeof *se);
    struct keep_sealrun_params whole = *p;
    memset(out, 0, sizeof *out);
    if (!se)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    whole.max_records = p->max_records ? p->max_records : KEEP_SEALRUN_RECORDS;
    whole.max_octets = p->max_octets ? p->max_octets : KEEP_SEALRUN_OCTETS;
    *se = (struct keep_sealing){.s = s, .p = &whole, .a = a, .dirfd = -1};
    keep_plan_digest(p->plan, se->plan);
    keep_codec_hex(se->plan, 32, se->plan_hex);
    int rc = keep_planrun_approved(s, p->plan, NULL, err);
    if (rc == 0)
        rc = keep_secret_new((void **)&se->identity, 32, err);
    if (rc == 0)
        rc = open_output(se, err);
    if (rc == 0)
        rc = keep_sealparts_choose(se, out, err);
    if (rc == 0)
        rc = out->sets > 0 ? all_parts(se, out, err) : keep_sealacts_sweep(se, err);
    keep_seal_free(se->seal);
    keep_crew_free(se->crew);
    keep_secret_free(se->identity);
    if (se->dirfd >= 0)
        close(se->dirfd);
    keep_dates_free(&se->d);
    return rc == 0 && out->left ? 1 : rc;
}
