/* Order: members written -> tag manifest -> ledger entry `sealed` with the
 * package's identity in the keyring -> proof and signature as the last members ->
 * read back by the verifier -> renamed -> ledger entry `archived` with the sets'
 * states. Dying anywhere before the last step leaves the sets as they were. */
#include "core/work/sealrun.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/bag/inspect.h"
#include "core/bag/seal.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/hash.h"
#include "core/crypto/secret.h"
#include "core/store/bringback.h"
#include "core/store/ledger.h"
#include "core/store/load.h"
#include "core/store/ring.h"
#include "core/store/sets.h"
#include "core/text/jsonw.h"
#include "core/work/gates.h"

#define MAX_RECIPIENTS 36
#define HELD (1u << 20)       /* bytes of a payload that is opened whole */
#define RENDITION (16u << 20) /* and of one that may get a page beside it: a longer one nobody reads */
#define INTERRUPTED "interrupted; nothing was archived"

struct sealing {
    struct keep_store *s;
    const struct keep_sealrun_params *p;
    struct keep_arena *a;
    struct keep_dates d;
    const struct keep_set **set;       /* one per plan set, NULL: not now */
    const char **reason;
    uint8_t identity[32];              /* of the package; opens the index */
    uint8_t recipient[MAX_RECIPIENTS][32];
    size_t recipients;
    struct keep_seal *seal;
    struct keep_seal_text text[300];
    size_t texts;
    uint64_t total, records, index_only; /* of the chosen sets; handed over so far; of them without payload */
    keep_date retain_through;            /* of the package: the latest day that a set or its residue asks for; NONE: permanent */
    int dirfd;
};

static void recipients(struct sealing *se)
{
    size_t n;
    const struct keep_officer *o = keep_store_officers(se->s, &n);
    keep_age_generate(se->identity);
    keep_age_recipient(se->recipient[se->recipients++], se->identity);
    if (keep_store_archive_officer(se->s))
        memcpy(se->recipient[se->recipients++], keep_store_archive_officer(se->s), 32);
    else
        for (size_t i = 0; i < n && se->recipients < MAX_RECIPIENTS - 1; i++)
            memcpy(se->recipient[se->recipients++], o[i].recipient, 32);
    if (keep_store_recovery(se->s))
        memcpy(se->recipient[se->recipients++], keep_store_recovery(se->s), 32);
}

static int add_text(struct sealing *se, const char *name, struct keep_str text, struct keep_err *err)
{
    bool ok = true;
    if (se->texts == sizeof se->text / sizeof *se->text)
        return keep_err_set(err, KEEP_E_LIMIT, "more policy packs than a package takes");
    struct keep_seal_text *t = &se->text[se->texts++];
    t->name = keep_arena_copy(se->a, name, strlen(name));
    t->text = keep_arena_str(se->a, text, &ok);
    return t->name && ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int each_adoption(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_jsonw *w = ctx;
    (void)err;
    keep_jsonw_object(w);
    keep_jsonw_key(w, "role");
    keep_jsonw_str(w, act->role);
    keep_jsonw_key(w, "at");
    keep_jsonw_time(w, act->at);
    keep_jsonw_key(w, "statement");
    keep_jsonw_str(w, act->body);
    keep_jsonw_key(w, "signature");
    keep_jsonw_str(w, act->signature);
    keep_jsonw_end_object(w);
    return 0;
}

/* Who the officers are: an auditor needs their public keys to check approvals and adoption. */
static void officers_json(struct keep_store *s, struct keep_buf *b)
{
    struct keep_jsonw w;
    size_t n;
    const struct keep_officer *o = keep_store_officers(s, &n);
    keep_jsonw_init(&w, b);
    keep_jsonw_array(&w);
    for (size_t i = 0; i < n; i++) {
        struct keep_buf pub = KEEP_BUF_INIT;
        keep_sign_public_write(&pub, &o[i].key, "chartkeep officer");
        keep_jsonw_object(&w);
        keep_jsonw_key(&w, "role");
        keep_jsonw_str(&w, o[i].role);
        keep_jsonw_key(&w, "public_key");
        keep_jsonw_str(&w, keep_buf_view(&pub));
        keep_jsonw_end_object(&w);
        keep_buf_free(&pub);
    }
    keep_jsonw_end_array(&w);
}

/* The plan without its annex: the part its digest covers, and nothing that identifies. */
static int decisions(struct sealing *se, struct keep_err *err)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_jsonw w;
    struct keep_plan open = *se->p->plan;
    open.annex = (struct keep_str){NULL, 0};
    keep_plan_write(&open, &b);
    int rc = add_text(se, "decision/plan.json", keep_buf_view(&b), err);
    keep_buf_clear(&b);
    if (rc == 0)
        rc = keep_planrun_approved(se->s, se->p->plan, &b, err);
    if (rc == 0)
        rc = add_text(se, "decision/approvals.json", keep_buf_view(&b), err);
    keep_buf_clear(&b);
    keep_jsonw_init(&w, &b);
    keep_jsonw_array(&w);
    if (rc == 0)
        rc = keep_txn_acts(se->s, "adopt", NULL, each_adoption, &w, err);
    keep_jsonw_end_array(&w);
    if (rc == 0)
        rc = add_text(se, "decision/adoption.json", keep_buf_view(&b), err);
    keep_buf_clear(&b);
    officers_json(se->s, &b);
    if (rc == 0)
        rc = add_text(se, "decision/officers.json", keep_buf_view(&b), err);
    for (size_t i = 0; rc == 0 && i < se->p->adopted->texts; i++) {
        char name[300];
        struct keep_str pack = se->p->adopted->policy->pack[i].name;
        snprintf(name, sizeof name, "policy/%.*s.policy", (int)(pack.n < 200 ? pack.n : 200), pack.p);
        rc = add_text(se, name, se->p->adopted->text[i].text, err);
    }
    if (rc == 0 && b.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_buf_free(&b);
    return rc;
}

/* A record's bytes, a piece at a time. */
struct flow {
    struct sealing *se;
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
    if (rc == 1 && f->se->p->progress && f->se->p->progress(f->se->p->progress_ctx, f->se->records, f->se->total))
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

static bool is_json(struct keep_str media)
{
    return media.n >= 4 && memcmp(media.p + media.n - 4, "json", 4) == 0;
}

/* Small ones are opened whole, and so is what gets a page for people to read; the rest is pulled. Outcomes as keep_load_payload. */
static int payload_open(struct sealing *se, const struct keep_record *rec, struct keep_buf *whole, struct flow *f, struct keep_pull *pull, struct keep_err *err)
{
    uint64_t size;
    int rc;
    if (rec->size <= (is_json(rec->media_type) ? RENDITION : HELD))
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
static int one_record(struct sealing *se, uint32_t number, const struct keep_set *set, const struct keep_record *rec, struct keep_err *err)
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

struct place { /* a record of a chosen set */
    uint64_t record;
    uint32_t set; /* index in the plan */
};

static int by_record(const void *a, const void *b)
{
    const struct place *x = a, *y = b;
    return x->record < y->record ? -1 : x->record > y->record;
}

/* Every record to be sealed with its set, in order of record id. */
static int gather_places(struct sealing *se, struct place **out, struct keep_err *err)
{
    struct place *list = keep_arena_array(se->a, se->total + 1, sizeof *list);
    size_t n = 0;
    if (!list)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < se->p->plan->sets; i++)
        for (size_t k = 0; se->set[i] && k < se->set[i]->records; k++)
            list[n++] = (struct place){se->set[i]->record[k], (uint32_t)i};
    qsort(list, n, sizeof *list, by_record);
    *out = list;
    return 0;
}

static int all_records(struct sealing *se, struct keep_err *err)
{
    struct keep_load_records *open = NULL;
    struct keep_record_scan scan;
    struct keep_record rec;
    struct place *place;
    int more = 0, rc = gather_places(se, &place, err);
    if (rc == 0)
        rc = keep_load_records_open(&open, se->s, &se->d.world, &scan, err);
    while (rc == 0 && (more = scan.next(scan.ctx, &rec, err)) == 1) {
        const struct place *at = bsearch(&(struct place){rec.id, 0}, place, se->total, sizeof *place, by_record);
        if (!at)
            continue;
        rc = one_record(se, at->set + 1, se->set[at->set], &rec, err);
        se->records++;
        if (rc == 0 && se->p->progress && se->p->progress(se->p->progress_ctx, se->records, se->total))
            rc = keep_err_set(err, KEEP_E_INTERRUPTED, INTERRUPTED);
    }
    if (rc == 0 && more < 0)
        rc = more;
    keep_load_records_close(open);
    if (rc == 0 && se->records != se->total)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "the sets hold %llu records, %llu were found", (unsigned long long)se->total, (unsigned long long)se->records);
    return rc;
}

static void counts_json(const struct sealing *se, struct keep_buf *b)
{
    struct keep_jsonw w;
    keep_jsonw_init(&w, b);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "sets");
    uint64_t sets = 0;
    for (size_t i = 0; i < se->p->plan->sets; i++)
        sets += se->set[i] != NULL;
    keep_jsonw_u64(&w, sets);
    keep_jsonw_key(&w, "records_in_keep");
    keep_jsonw_u64(&w, se->total);
    keep_jsonw_key(&w, "records_in_package");
    keep_jsonw_u64(&w, se->records);
    keep_jsonw_key(&w, "index_entries_without_payload");
    keep_jsonw_u64(&w, se->index_only);
    keep_jsonw_end_object(&w);
}

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

/* Ledger entry `sealed`: what the proof in the package leads to. */
static int enter_sealed(struct sealing *se, const char *id, const uint8_t tags[64], uint64_t *index, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_jsonw w;
    char hex[129];
    uint64_t act_id;
    uint8_t plan[32];
    keep_plan_digest(se->p->plan, plan);
    keep_jsonw_init(&w, &body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "package");
    keep_jsonw_z(&w, id);
    keep_jsonw_key(&w, "tagmanifest_sha512");
    keep_codec_hex(tags, 64, hex);
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "plan");
    keep_codec_hex(plan, 32, hex);
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "records");
    keep_jsonw_u64(&w, se->records);
    keep_jsonw_key(&w, "retain_through"); /* null: for ever */
    keep_jsonw_date(&w, se->retain_through);
    keep_jsonw_end_object(&w);
    int rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_txn_begin(se->s, KEEP_LEDGER_SEALED, err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("package"), .subject = keep_str_of(id), .body = keep_buf_view(&body), .at = keep_store_now(se->s)};
        rc = keep_txn_act(se->s, &act, &act_id, err);
        if (rc == 0)
            rc = keep_ring_put(se->s, KEEP_RING_PACKAGE, keep_sealrun_owner(keep_str_of(id)), se->identity, err);
        keep_txn_count(se->s, "records", se->records);
        keep_txn_digest(se->s, "tagmanifest", tags);
        keep_txn_digest(se->s, "plan", plan);
        rc = keep_txn_end(se->s, rc, err);
    }
    if (rc == 0)
        *index = keep_txn_last(se->s);
    keep_buf_free(&body);
    return rc;
}

static int no_failure(void *ctx, const char *check, enum keep_inspect_result r, const char *detail)
{
    struct keep_err *err = ctx;
    if (r != KEEP_INSPECT_PASSED)
        keep_err_set(err, KEEP_E_INTEGRITY, "the package just written does not verify: %s: %s", check, detail);
    return 0;
}

static int read_back(struct sealing *se, const char *output, struct keep_err *err)
{
    char path[4096];
    struct keep_sign_public pub;
    keep_sign_public_of(keep_store_signer(se->s), &pub);
    if ((size_t)snprintf(path, sizeof path, "%s/%s", output, keep_seal_partial(se->seal)) >= sizeof path)
        return keep_err_set(err, KEEP_E_LIMIT, "the output folder's name is too long");
    struct keep_inspect_params in = {.path = path, .pubkey = &pub, .identity = (const uint8_t (*)[32])se->identity, .identities = 1, .found = no_failure, .ctx = err};
    int rc = keep_inspect_package(&in, err);
    return rc == 1 ? keep_err_set(err, KEEP_E_INTEGRITY, "the package just written cannot be verified whole") : rc;
}

static int enter_archived(struct sealing *se, const char *id, struct keep_err *err)
{
    uint64_t act_id;
    uint8_t plan[32];
    char hex[65];
    keep_plan_digest(se->p->plan, plan);
    keep_codec_hex(plan, 32, hex);
    int rc = keep_txn_begin(se->s, KEEP_LEDGER_ARCHIVED, err);
    if (rc < 0)
        return rc;
    struct keep_act act = {.kind = KEEP_STR("archived"), .subject = keep_str_of(id), .body = keep_str_of(hex), .at = keep_store_now(se->s)};
    rc = keep_txn_act(se->s, &act, &act_id, err);
    for (size_t i = 0; rc == 0 && i < se->p->plan->sets; i++) {
        const struct keep_set *set = se->set[i];
        if (!set)
            continue;
        struct keep_set_state st = {.keep_until = set->keep_until, .kind = set->kind, .status = KEEP_SET_ARCHIVED, .package = keep_str_of(id)};
        memcpy(st.set, set->id, 16);
        if (set->rule >= 0)
            st.rule = se->d.in.policy->retention[set->rule].id;
        rc = keep_sets_put(se->s, &st, err);
        keep_txn_count(se->s, "sets", 1);
    }
    keep_txn_count(se->s, "records", se->records);
    rc = keep_txn_end(se->s, rc, err);
    return rc;
}

static int open_output(struct sealing *se, struct keep_err *err)
{
    if (mkdir(se->p->output, 0700) < 0 && errno != EEXIST)
        return keep_err_set(err, KEEP_E_IO, "%s: %s", se->p->output, strerror(errno));
    se->dirfd = open(se->p->output, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return se->dirfd < 0 ? keep_err_set(err, KEEP_E_IO, "%s: %s", se->p->output, strerror(errno)) : 0;
}

/* --- what an archive that died left in the folder --- */

struct leftover {
    struct sealing *se;
    bool archived;
};

static int is_archived(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    (void)act;
    (void)err;
    ((struct leftover *)ctx)->archived = true;
    return 0;
}

/* A package that was sealed, perhaps renamed, but never recorded as archived: its records are all here still, and are sealed again. */
static int drop_unrecorded(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct sealing *se = ctx;
    struct leftover l = {.se = se};
    char name[128];
    int rc = keep_txn_acts(se->s, "archived", &act->subject, is_archived, &l, err);
    if (rc == 0 && !l.archived && (size_t)snprintf(name, sizeof name, "%.*s.tar", (int)act->subject.n, act->subject.p) < sizeof name)
        unlinkat(se->dirfd, name, 0);
    return rc;
}

/* Partial files that nobody is writing. */
static void drop_partials(struct sealing *se)
{
    int fd = openat(se->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    while (d && (e = readdir(d))) {
        size_t n = strlen(e->d_name);
        if (n < 12 || strncmp(e->d_name, "ck-", 3) != 0 || strcmp(e->d_name + n - 12, ".tar.partial") != 0)
            continue;
        int part = openat(se->dirfd, e->d_name, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
        if (part >= 0 && keep_file_lock_byte(part, 0, KEEP_FILE_LOCK_EXCLUSIVE, NULL) == 0)
            unlinkat(se->dirfd, e->d_name, 0);
        if (part >= 0)
            close(part);
    }
    if (d)
        closedir(d);
}

/* Was the set archived into a package that lies in this folder? One that was lost is sealed again, as long as its records are here. */
static bool package_is_here(struct sealing *se, const struct keep_set *set)
{
    struct keep_set_state st;
    struct stat file;
    char name[128];
    return keep_sets_get(se->s, set->id, se->a, &st, NULL) == 0 && st.package.n > 0 &&
           (size_t)snprintf(name, sizeof name, "%.*s.tar", (int)st.package.n, st.package.p) < sizeof name && fstatat(se->dirfd, name, &file, 0) == 0;
}

/* Sets of action archive that match the plan and are not archived yet. */
static int choose(struct sealing *se, struct keep_sealrun_result *out, struct keep_err *err)
{
    const struct keep_plan *plan = se->p->plan;
    struct keep_gates gates = {NULL, 0};
    const char *unmet;
    keep_date today;
    int rc = keep_dates_today(se->s, &today, err);
    if (rc == 0)
        rc = keep_dates_run(&se->d, se->s, se->p->adopted, today, NULL, NULL, err);
    if (rc < 0)
        return rc;
    se->set = keep_arena_array(se->a, plan->sets + 1, sizeof *se->set);
    se->reason = keep_arena_array(se->a, plan->sets + 1, sizeof *se->reason);
    if (!se->set || !se->reason)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_planrun_match(plan, &se->d, today, se->set, se->reason, se->a);
    rc = keep_gates_load(&gates, se->s, plan, se->a, err);
    for (size_t i = 0; rc == 0 && i < plan->sets; i++) {
        if (se->set[i] && se->set[i]->status == KEEP_SET_ARCHIVED && package_is_here(se, se->set[i]))
            se->set[i] = NULL, se->reason[i] = "archived before";
        else if (se->set[i] && plan->set[i].action != KEEP_ACT_ARCHIVE)
            se->set[i] = NULL, se->reason[i] = "not for the archive";
        else if (se->set[i] && (unmet = keep_gates_unmet(&gates, &plan->set[i], KEEP_DATE_NONE, se->a))) /* lead times are counted at disposal */
            se->set[i] = NULL, se->reason[i] = unmet;
        if (se->set[i]) {
            out->sets++;
            se->total += se->set[i]->records;
        } else if (strcmp(se->reason[i], "archived before") != 0 && strcmp(se->reason[i], "not for the archive") != 0) {
            out->left++;
        }
    }
    out->reason = se->reason;
    return rc;
}

static int write_package(struct sealing *se, struct keep_sealrun_result *out, struct keep_err *err)
{
    uint8_t tags[64], policy[32];
    char policy_hex[65];
    uint64_t index;
    struct keep_buf b = KEEP_BUF_INIT;
    for (size_t i = 0; i < se->p->adopted->texts; i++)
        keep_buf_add(&b, se->p->adopted->digest[i], 32);
    keep_hash_blake2b(policy, b.p, b.n);
    keep_codec_hex(policy, 32, policy_hex);
    keep_buf_clear(&b);
    keep_date until = KEEP_DATE_NONE;
    bool forever = false;
    for (size_t i = 0; i < se->p->plan->sets; i++) {
        const struct keep_set *set = se->set[i];
        keep_date d = set ? keep_civil_add_years(set->keep_until, set->residue_years) : KEEP_DATE_NONE;
        forever |= set && d == KEEP_DATE_NONE; /* a permanent residue has no day */
        if (set && (until == KEEP_DATE_NONE || d > until))
            until = d;
    }
    if (forever)
        until = KEEP_DATE_NONE;
    se->retain_through = until;
    struct keep_seal_params sp = {
        .dirfd = se->dirfd, .id = out->package, .sealed_at = keep_store_now(se->s), .signer = keep_store_signer(se->s),
        .recipient = (const uint8_t (*)[32])se->recipient, .recipients = se->recipients, .text = se->text, .texts = se->texts,
        .organization = "", .origin = keep_store_origin(se->s), .policy_digest = policy_hex, .retain_through = until,
    };
    int rc = keep_seal_begin(&se->seal, &sp, err);
    if (rc == 0)
        rc = all_records(se, err);
    counts_json(se, &b);
    if (rc == 0)
        rc = keep_seal_close(se->seal, keep_buf_view(&b), tags, err);
    keep_buf_clear(&b);
    if (rc == 0)
        rc = enter_sealed(se, out->package, tags, &index, err);
    if (rc == 0)
        rc = keep_ledger_proof(se->s, index, &b, err);
    if (rc == 0)
        rc = keep_seal_sign(se->seal, keep_buf_view(&b), index, err);
    if (rc == 0)
        rc = read_back(se, se->p->output, err);
    if (rc == 0)
        rc = keep_seal_publish(se->seal, err);
    if (rc == 0)
        rc = enter_archived(se, out->package, err);
    keep_buf_free(&b);
    return rc;
}

int keep_sealrun_archive(struct keep_store *s, const struct keep_sealrun_params *p, struct keep_arena *a, struct keep_sealrun_result *out, struct keep_err *err)
{
    struct sealing *se = keep_arena_alloc(a, sizeof *se);
    uint8_t r[6];
    char hex[13];
    memset(out, 0, sizeof *out);
    if (!se)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    se->s = s;
    se->p = p;
    se->a = a;
    se->dirfd = -1;
    int rc = keep_planrun_approved(s, p->plan, NULL, err);
    if (rc == 0)
        rc = open_output(se, err);
    if (rc == 0)
        rc = keep_txn_acts(s, "package", NULL, drop_unrecorded, se, err);
    if (rc == 0) {
        drop_partials(se);
        rc = choose(se, out, err);
    }
    if (rc < 0 || out->sets == 0)
        goto out;
    keep_secret_random(r, sizeof r);
    keep_codec_hex(r, sizeof r, hex);
    struct keep_ymd day = keep_civil_to_ymd(keep_civil_utc_date(keep_store_now(s)));
    snprintf(out->package, sizeof out->package, "ck-%04d%02d%02d-%s", day.y, day.m, day.d, hex);
    recipients(se);
    rc = decisions(se, err);
    if (rc == 0)
        rc = write_package(se, out, err);
    out->records = se->records;
out:
    keep_seal_free(se->seal);
    keep_secret_wipe(se->identity, sizeof se->identity);
    if (se->dirfd >= 0)
        close(se->dirfd);
    keep_dates_free(&se->d);
    return rc == 0 && out->left ? 1 : rc;
}
