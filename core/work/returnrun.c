/* Order: quorum -> every package verified whole -> what is missing is counted ->
 * the decision, signed, in the ledger -> records taken in, a source at a time ->
 * sets that were disposed of are kept again, dates derived -> the end in the ledger.
 *
 * A package is opened once and read through its descriptor, so that no other can
 * take its name between two readings, and looked at again before the end, so that
 * nobody wrote into it meanwhile. What is here is passed over unread: that is how
 * an interrupted run goes on, and why a record that lives is never touched.
 *
 * A FHIR resource is given to the reader of imports, so that the visits, people and
 * ties it tells of come back with it; of other records the index tells every
 * column. What came from a table comes back as the record that it was; what other
 * rows its line had made does not. */
#include "core/work/returnrun.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/inspect.h"
#include "core/base/codec.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/ingest/ingest.h"
#include "core/store/bringback.h"
#include "core/store/intake.h"
#include "core/store/load.h"
#include "core/store/sets.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/dates.h"
#include "core/work/signer.h"

#define COMMENT "chartkeep restore of records" /* trusted comment: a signature made for another act never passes for this one */
#define RESOURCE ((uint64_t)64 << 20)          /* bytes of a FHIR resource: as an import takes them */
#define SOURCES 256                            /* of the records of some packages; a keep has a handful */

struct package {
    int fd;
    char path[40];            /* of the descriptor */
    struct stat st;
    struct keep_inspect_about about;
};

struct returning {
    struct keep_store *s;
    const struct keep_returnrun_params *p;
    struct keep_returnrun_result *out;
    struct keep_arena *a, *line; /* of the run; of a record */
    struct keep_bringback *live;
    struct package *package;
    const char *what;            /* for progress */
    struct keep_str source[SOURCES];
    uint32_t source_id[SOURCES];
    uint64_t missing[SOURCES], missing_all;
    size_t sources;
    /* while records are taken in */
    const struct package *from;
    size_t at;                   /* the source at hand */
    struct keep_intake *in;
    struct keep_sink sink, proxy;
    struct keep_zone *zone;
    struct keep_row_record told;
    uint64_t n;                  /* the record at hand */
    bool taken;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int progress(void *ctx, uint64_t done, uint64_t total)
{
    const struct returning *r = ctx;
    return r->p->progress ? r->p->progress(r->p->ctx, r->what, done, total) : 0;
}

/* --- packages --- */

static struct keep_inspect_params inspecting(struct returning *r, const struct package *k)
{
    return (struct keep_inspect_params){.path = k->path, .identity = r->p->identity, .identities = r->p->identities, .progress = progress, .progress_ctx = r};
}

struct verdict {
    const char *path;
    struct keep_err *err;
    bool closed; /* the index did not open */
};

static int found(void *ctx, const char *check, enum keep_inspect_result res, const char *detail)
{
    struct verdict *v = ctx;
    if (res == KEEP_INSPECT_IMPOSSIBLE && strcmp(check, "records") == 0)
        v->closed = true;
    else if (res != KEEP_INSPECT_PASSED)
        return keep_err_at(v->err, KEEP_E_INTEGRITY, v->path, 0, 0, "the package does not verify: %s: %s", check, detail);
    return 0;
}

static int verify(struct returning *r, struct package *k, const char *path, struct keep_err *err)
{
    struct keep_sign_public pub;
    struct verdict v = {path, err, false};
    struct keep_inspect_params in = inspecting(r, k);
    keep_sign_public_of(keep_store_signer(r->s), &pub);
    in.pubkey = &pub;
    in.found = found;
    in.ctx = &v;
    in.about = &k->about;
    int rc = keep_inspect_package(&in, err);
    return rc >= 0 && v.closed ? keep_err_at(err, KEEP_E_KEY, path, 0, 0, "none of the identities opens its index") : rc < 0 ? rc : 0;
}

static int open_packages(struct returning *r, struct keep_err *err)
{
    int rc = 0;
    r->what = "packages verified";
    if (!(r->package = keep_arena_array(r->a, r->p->paths + 1, sizeof *r->package)))
        return no_memory(err);
    for (size_t i = 0; i < r->p->paths; i++)
        r->package[i].fd = -1;
    for (size_t i = 0; rc == 0 && i < r->p->paths; i++) {
        struct package *k = &r->package[i];
        k->fd = open(r->p->path[i], O_RDONLY | O_CLOEXEC);
        if (k->fd < 0 || fstat(k->fd, &k->st) < 0)
            return keep_err_at(err, KEEP_E_INPUT, r->p->path[i], 0, 0, "cannot open");
        snprintf(k->path, sizeof k->path, "/proc/self/fd/%d", k->fd);
        rc = verify(r, k, r->p->path[i], err);
    }
    r->out->packages = r->p->paths;
    return rc;
}

/* Nobody wrote into it since it was verified. */
static int unchanged(const struct package *k, struct keep_err *err)
{
    struct stat now;
    if (fstat(k->fd, &now) == 0 && now.st_size == k->st.st_size && now.st_mtim.tv_sec == k->st.st_mtim.tv_sec && now.st_mtim.tv_nsec == k->st.st_mtim.tv_nsec &&
        now.st_ctim.tv_sec == k->st.st_ctim.tv_sec && now.st_ctim.tv_nsec == k->st.st_ctim.tv_nsec)
        return 0;
    return keep_err_set(err, KEEP_E_INTEGRITY, "package %s was changed while it was read", k->about.id);
}

static int take_from(struct returning *r, const struct package *k, int (*record)(void *, uint64_t, const struct keep_json *, struct keep_pull *, struct keep_err *), struct keep_err *err)
{
    struct keep_inspect_params in = inspecting(r, k);
    struct keep_inspect_taker t = {r, record};
    int rc;
    r->from = k;
    rc = keep_inspect_take(&in, k->about.id, &t, err);
    return rc == 0 ? unchanged(k, err) : rc;
}

/* --- what is missing --- */

static int read_line(struct returning *r, uint64_t n, const struct keep_json *line, struct keep_err *err)
{
    keep_arena_reset(r->line);
    if (!keep_json_get(line, "told"))
        return keep_err_set(err, KEEP_E_INPUT, "package %s does not tell how to take record %llu back: it was made by an earlier program", r->from->about.id, (unsigned long long)n);
    int rc = keep_bringback_read(&r->told, keep_json_get(line, "told"), r->line, err);
    if (rc == 0 && r->told.keys == 0)
        rc = keep_err_set(err, KEEP_E_INPUT, "record %llu of package %s has no identifier", (unsigned long long)n, r->from->about.id);
    return rc;
}

/* Index of a source by its name; known or new. */
static int source_at(struct returning *r, struct keep_str name, size_t *at, struct keep_err *err)
{
    bool ok = true;
    for (*at = 0; *at < r->sources; ++*at)
        if (keep_str_eq(r->source[*at], name))
            return 0;
    if (r->sources == SOURCES || name.n == 0)
        return keep_err_set(err, KEEP_E_INPUT, "records of more than %d sources, or of none", SOURCES);
    r->source[r->sources] = keep_arena_str(r->a, name, &ok);
    r->source_id[r->sources++] = 0;
    return ok ? 0 : no_memory(err);
}

static int is_live(struct returning *r, size_t source, struct keep_err *err)
{
    return r->source_id[source] ? keep_bringback_live(r->live, r->source_id[source], &r->told.key[0], err) : 0;
}

static int look(void *ctx, uint64_t n, const struct keep_json *line, struct keep_pull *payload, struct keep_err *err)
{
    struct returning *r = ctx;
    size_t at = 0;
    (void)payload;
    int rc = read_line(r, n, line, err);
    if (rc == 0)
        rc = source_at(r, keep_json_str(keep_json_get(line, "source")), &at, err);
    if (rc == 0)
        rc = is_live(r, at, err);
    if (rc < 0)
        return rc;
    r->missing[at] += rc == 0;
    r->missing_all += rc == 0;
    r->out->live += rc == 1;
    return 1;
}

static int survey(struct returning *r, struct keep_err *err)
{
    struct keep_source *list;
    size_t n;
    int rc = keep_load_sources(r->s, r->a, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < n && r->sources < SOURCES; i++) {
        r->source[r->sources] = list[i].name;
        r->source_id[r->sources++] = list[i].id;
    }
    r->what = "records looked for";
    for (size_t i = 0; rc == 0 && i < r->p->paths; i++)
        rc = take_from(r, &r->package[i], look, err);
    return rc;
}

/* --- the decision --- */

static void statement(struct returning *r, const struct package *k, struct keep_buf *body)
{
    struct keep_jsonw w;
    char hex[129];
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_codec_hex(keep_store_id(r->s), 16, hex);
    keep_jsonw_key(&w, "store");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "decided");
    keep_jsonw_time(&w, keep_store_now(r->s));
    keep_jsonw_key(&w, "matter");
    keep_jsonw_str(&w, r->p->matter);
    keep_jsonw_key(&w, "package");
    keep_jsonw_z(&w, k->about.id);
    keep_codec_hex(k->about.tagmanifest, 64, hex);
    keep_jsonw_key(&w, "tagmanifest_sha512");
    keep_jsonw_z(&w, hex);
    keep_codec_hex(k->about.plan, 32, hex);
    keep_jsonw_key(&w, "plan");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "records");
    keep_jsonw_u64(&w, k->about.records);
    keep_jsonw_end_object(&w);
}

static int decide_on(struct returning *r, const struct package *k, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    int rc = 0;
    statement(r, k, &body);
    if (body.failed)
        rc = no_memory(err);
    for (size_t i = 0; rc == 0 && i < r->p->officers; i++) {
        const struct keep_officer *o;
        keep_buf_clear(&sig);
        rc = keep_signer_of(r->s, r->p->officer[i], &o, err);
        if (rc == 0)
            rc = keep_sign_message(&sig, r->p->officer[i], body.p, body.n, "restore of records", COMMENT, err);
        if (rc == 0) {
            struct keep_act act = {.kind = KEEP_STR(KEEP_BRINGBACK_ACT), .subject = keep_str_of(k->about.id), .body = keep_buf_view(&body), .signature = keep_buf_view(&sig), .role = o->role,
                                   .at = keep_store_now(r->s)};
            rc = keep_txn_act(r->s, &act, NULL, err);
        }
    }
    keep_txn_digest(r->s, "tagmanifest", k->about.tagmanifest);
    keep_buf_free(&body);
    keep_buf_free(&sig);
    return rc;
}

static int decide(struct returning *r, struct keep_err *err)
{
    for (size_t i = 0; i < r->p->paths; i++) {
        int rc = keep_txn_begin(r->s, KEEP_LEDGER_RETURNED, err);
        if (rc == 0)
            rc = keep_txn_end(r->s, decide_on(r, &r->package[i], err), err);
        if (rc < 0)
            return rc;
    }
    return 0;
}

/* --- taking in --- */

/* Everything that a resource tells stands where it stands: in the package, at its number. */
#define PASS(name)                                                                                 \
    static int pass_##name(void *ctx, const struct keep_row_##name *row, struct keep_err *err)      \
    {                                                                                              \
        struct returning *r = ctx;                                                                 \
        struct keep_row_##name own = *row;                                                         \
        own.at.line = r->n;                                                                        \
        return r->sink.name(r->sink.ctx, &own, err);                                               \
    }
PASS(patient) PASS(worker) PASS(account) PASS(facility) PASS(location) PASS(encounter) PASS(relation) PASS(event) PASS(note) PASS(link) PASS(duty) PASS(training) PASS(institution) PASS(contacts)

/* The resource itself, by the identifiers it had; what else is in it was a record of its own. */
static int pass_record(void *ctx, const struct keep_row_record *row, struct keep_err *err)
{
    struct returning *r = ctx;
    struct keep_row_record own = *row;
    if (r->taken)
        return 1;
    own.at.line = r->n;
    own.key = r->told.key;
    own.keys = r->told.keys;
    int rc = r->sink.record(r->sink.ctx, &own, err);
    r->taken = rc >= 0;
    return rc;
}

static int pass_quarantine(void *ctx, const struct keep_row_quarantine *row, struct keep_err *err)
{
    (void)ctx;
    (void)row;
    (void)err;
    return 0; /* it stays in the package; whether anything was understood is seen by what was taken */
}

static int give(void *ctx, const void **p, size_t *n, struct keep_err *err)
{
    struct keep_str *left = ctx;
    (void)err;
    *p = left->p;
    *n = left->n;
    left->n = 0;
    return *n > 0;
}

static int pull_all(struct keep_pull *payload, struct keep_buf *out, struct keep_err *err)
{
    uint8_t piece[65536], digest[32];
    size_t n = 1;
    int rc = 0;
    while (rc == 0 && n) {
        rc = payload->read(payload->ctx, piece, sizeof piece, &n, err);
        if (rc == 0)
            keep_buf_add(out, piece, n);
        if (rc == 0 && out->n > RESOURCE)
            rc = keep_err_set(err, KEEP_E_LIMIT, "a resource of more than %llu MiB", (unsigned long long)(RESOURCE >> 20));
    }
    keep_secret_wipe(piece, sizeof piece);
    if (rc == 0 && out->failed)
        rc = no_memory(err);
    keep_hash_blake2b(digest, out->p, out->n);
    if (rc == 0 && (out->n != payload->size || memcmp(digest, payload->content, 32) != 0))
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "a record is not the one that the index names by digest");
    return rc;
}

static int take_resource(struct returning *r, struct keep_pull *payload, struct keep_err *err)
{
    struct keep_buf bytes = KEEP_BUF_INIT;
    struct keep_input *in = NULL;
    struct keep_ingest_counts counts = {0};
    struct keep_err own = {0};
    int rc = pull_all(payload, &bytes, err);
    struct keep_str left = keep_buf_view(&bytes);
    if (rc == 0)
        rc = keep_input_over(&in, r->from->about.id, (struct keep_input_giver){&left, give}, err);
    if (rc == 0) {
        struct keep_ingest p = {.in = in, .name = r->from->about.id, .sink = &r->proxy, .zone = r->zone};
        rc = keep_ingest_read(&p, &counts, &own);
        if (rc == KEEP_E_INPUT || rc == KEEP_E_USAGE)
            rc = 0; /* it is told by what was taken */
        if (rc < 0 && err)
            *err = own;
    }
    keep_input_close(in);
    keep_buf_free(&bytes); /* wipes */
    return rc;
}

static int take(void *ctx, uint64_t n, const struct keep_json *line, struct keep_pull *payload, struct keep_err *err)
{
    struct returning *r = ctx;
    int rc = 0;
    if (!keep_str_eq(keep_json_str(keep_json_get(line, "source")), r->source[r->at]))
        return 1;
    if ((rc = read_line(r, n, line, err)) < 0 || (rc = is_live(r, r->at, err)) != 0)
        return rc;
    r->n = n;
    r->taken = false;
    if (payload && r->told.kind.n == 0) {
        rc = take_resource(r, payload, err);
    } else {
        r->told.at.line = n;
        r->told.pull = payload;
        rc = r->sink.record(r->sink.ctx, &r->told, err);
        if (rc == KEEP_E_INPUT)
            rc = KEEP_E_INTEGRITY; /* it is not of its size and digest */
        r->taken = rc >= 0;
    }
    r->out->records += rc >= 0 && r->taken;
    r->out->unread += rc >= 0 && !r->taken;
    return rc < 0 ? rc : 0;
}

static int zone_of(struct returning *r, struct keep_err *err)
{
    struct keep_source *list;
    const char *zone = keep_store_zone(r->s);
    size_t n;
    int rc = keep_load_sources(r->s, r->a, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (list[i].id == r->source_id[r->at] && list[i].time_zone.n)
            zone = list[i].time_zone.p; /* strings in the arena end with a NUL */
    keep_zone_free(r->zone);
    r->zone = NULL;
    return rc == 0 ? keep_zone_load(&r->zone, zone, err) : rc;
}

/* All that is missing of one source. What was committed stays when something fails. */
static int take_source(struct returning *r, struct keep_err *err)
{
    struct keep_intake_counts counts;
    int rc = r->source_id[r->at] ? 0 : keep_intake_source(r->s, r->source[r->at], &r->source_id[r->at], err);
    if (rc == 0)
        rc = zone_of(r, err);
    if (rc == 0)
        rc = keep_intake_begin(&r->in, r->s, r->source_id[r->at], err);
    if (rc == 0)
        keep_intake_sink(r->in, &r->sink);
    for (size_t i = 0; rc == 0 && i < r->p->paths; i++) {
        char file[80];
        snprintf(file, sizeof file, "%s.tar", r->package[i].about.id);
        rc = keep_intake_file(r->in, keep_str_of(file), err);
        if (rc == 0)
            rc = take_from(r, &r->package[i], take, err);
    }
    if (rc == 0)
        rc = keep_intake_finish(r->in, &counts, err);
    keep_intake_free(r->in);
    r->in = NULL;
    return rc;
}

static int take_all(struct returning *r, struct keep_err *err)
{
    int rc = 0;
    r->what = "records brought back";
    r->proxy = (struct keep_sink){r, pass_patient, pass_worker, pass_account, pass_facility, pass_location, pass_encounter, pass_relation, pass_record, pass_event, pass_quarantine, pass_note, pass_link,
                                  pass_duty, pass_training, pass_institution, pass_contacts};
    for (r->at = 0; rc == 0 && r->at < r->sources; r->at++)
        if (r->missing[r->at])
            rc = take_source(r, err);
    return rc;
}

/* --- the end --- */

/* A set that was disposed of and has records again is kept again, never for a shorter time than it was. */
static int keep_again(struct returning *r, const struct keep_dates *d, const struct keep_set *set, struct keep_err *err)
{
    struct keep_set_state old;
    int rc = set->status == KEEP_SET_DESTROYED ? 1 : keep_sets_get(r->s, set->id, r->a, &old, err);
    if (rc != 0 || old.status != KEEP_SET_DESTROYED)
        return rc < 0 ? rc : 0;
    bool told = set->kind != KEEP_UNTIL_UNKNOWN;
    struct keep_set_state st = {.keep_until = told ? set->keep_until : old.keep_until, .kind = told ? set->kind : old.kind, .status = KEEP_SET_KEPT, .package = old.package,
                                .rule = set->rule >= 0 ? d->in.policy->retention[set->rule].id : old.rule};
    memcpy(st.set, set->id, 16);
    r->out->sets++;
    r->out->due += set->status == KEEP_SET_DUE;
    return keep_sets_put(r->s, &st, err);
}

static int end_act(struct returning *r, const struct package *k, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_jsonw w;
    keep_jsonw_init(&w, &body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "restored");
    keep_jsonw_u64(&w, r->out->records);
    keep_jsonw_key(&w, "left");
    keep_jsonw_u64(&w, r->out->live);
    keep_jsonw_key(&w, "unread");
    keep_jsonw_u64(&w, r->out->unread);
    keep_jsonw_key(&w, "sets");
    keep_jsonw_u64(&w, r->out->sets);
    keep_jsonw_end_object(&w);
    struct keep_act act = {.kind = KEEP_STR("records restored"), .subject = keep_str_of(k->about.id), .body = keep_buf_view(&body), .at = keep_store_now(r->s)};
    int rc = body.failed ? no_memory(err) : keep_txn_act(r->s, &act, NULL, err);
    keep_buf_free(&body);
    return rc;
}

static int finish(struct returning *r, const struct keep_packs *packs, keep_date today, struct keep_err *err)
{
    struct keep_dates d = {0};
    int rc = packs ? keep_dates_run_how(&d, r->s, packs, today, &(struct keep_dates_how){.brief = true}, err) : 0;
    if (rc == 0)
        rc = keep_txn_begin(r->s, KEEP_LEDGER_RETURNED, err);
    if (rc == 0) {
        for (size_t i = 0; rc == 0 && i < d.result.sets; i++)
            rc = keep_again(r, &d, &d.result.set[i], err);
        if (rc == 0 && r->out->records == 0 && r->out->sets == 0)
            rc = 1;
        for (size_t i = 0; rc == 0 && i < r->p->paths; i++)
            rc = end_act(r, &r->package[i], err);
        keep_txn_count(r->s, "records", r->out->records);
        keep_txn_count(r->s, "sets", r->out->sets);
        if (rc == 1)
            keep_txn_abort(r->s);
        else
            rc = keep_txn_end(r->s, rc, err);
    }
    keep_dates_free(&d);
    return rc;
}

static int bring_back(struct returning *r, struct keep_err *err)
{
    struct keep_packs packs = {0};
    keep_date today;
    uint64_t written;
    int rc = survey(r, err);
    if (rc == 0 && r->missing_all)
        rc = decide(r, err);
    if (rc == 0 && r->missing_all)
        rc = take_all(r, err);
    if (rc == 0)
        rc = keep_dates_today(r->s, &today, err);
    bool adopted = rc == 0 && (rc = keep_packs_adopted(&packs, r->s, err)) == 0;
    if (rc == KEEP_E_REFUSED && packs.texts == 0)
        rc = 0; /* without rules no set was ever disposed of */
    if (rc == 0)
        rc = finish(r, adopted ? &packs : NULL, today, err);
    if (rc == 0 && adopted)
        rc = keep_dates_write(r->s, today, &written, err);
    keep_packs_free(&packs);
    return rc;
}

int keep_returnrun(struct keep_store *s, const struct keep_returnrun_params *p, struct keep_returnrun_result *out, struct keep_err *err)
{
    struct returning *r = calloc(1, sizeof *r);
    memset(out, 0, sizeof *out);
    if (!r)
        return no_memory(err);
    r->s = s;
    r->p = p;
    r->out = out;
    r->a = keep_arena_new(0);
    r->line = keep_arena_new(16u << 20);
    int rc = r->a && r->line ? keep_packs_quorum(s, "a restore of records", p->officer, p->officers, err) : no_memory(err);
    if (rc == 0)
        rc = open_packages(r, err);
    if (rc == 0)
        rc = keep_bringback_open(&r->live, s, err);
    if (rc == 0)
        rc = bring_back(r, err);
    for (size_t i = 0; r->package && i < p->paths; i++)
        if (r->package[i].fd >= 0)
            close(r->package[i].fd);
    keep_bringback_close(r->live);
    keep_zone_free(r->zone);
    keep_arena_free(r->line);
    keep_arena_free(r->a);
    free(r);
    return rc;
}
