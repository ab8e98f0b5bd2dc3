/* A package in the ledger: `sealing` when its id, its time and its identity are
 * fixed, `sealed` when its tag manifest is, `archived` when it was read back and has
 * its name. A run that died is found again by the first: what its package was to
 * hold is in it as a digest, and only the same is gone on with. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "core/store/ledger.h"
#include "core/store/ring.h"
#include "core/store/sets.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"
#include "core/work/sealrun_inside.h"

#define SEALING "sealing"
#define BACK 4096 /* entries of the ledger behind `sealed` in which a run that died there is looked for */

static bool in_folder(const struct keep_sealing *se, struct keep_str id, const char *behind)
{
    struct stat st;
    char name[128];
    return (size_t)snprintf(name, sizeof name, "%.*s%s", (int)id.n, id.p, behind) < sizeof name && fstatat(se->dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/* ---- how far an earlier run came ---- */

static int is_there(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    (void)act;
    (void)err;
    *(bool *)ctx = true;
    return 0;
}

struct finding {
    struct keep_sealing *se;
    enum keep_sealacts_standing best;
    char hex[65]; /* the part's digest */
};

static int each_sealing(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct finding *f = ctx;
    struct keep_sealing *se = f->se;
    char want[80];
    bool archived = false;
    int n = snprintf(want, sizeof want, "\"part\":\"%s\"", f->hex);
    if (!memmem(act->body.p, act->body.n, want, (size_t)n) || act->subject.n >= sizeof se->id)
        return 0;
    int rc = keep_txn_acts(se->s, "archived", &act->subject, is_there, &archived, err);
    bool whole = in_folder(se, act->subject, ".tar");
    enum keep_sealacts_standing now = archived ? (whole ? KEEP_SEALACTS_DONE : KEEP_SEALACTS_NEW) : whole ? KEEP_SEALACTS_RENAMED : in_folder(se, act->subject, ".tar.partial") ? KEEP_SEALACTS_BEGUN : KEEP_SEALACTS_NEW;
    if (rc < 0 || now <= f->best)
        return rc;
    f->best = now;
    snprintf(se->id, sizeof se->id, "%.*s", (int)act->subject.n, act->subject.p);
    se->sealed_at = act->at;
    return 0;
}

int keep_sealacts_find(struct keep_sealing *se, enum keep_sealacts_standing *out, struct keep_err *err)
{
    struct finding f = {.se = se, .best = KEEP_SEALACTS_NEW};
    keep_codec_hex(se->now->digest, 32, f.hex);
    int rc = keep_txn_acts(se->s, SEALING, NULL, each_sealing, &f, err);
    if (rc == 0 && f.best != KEEP_SEALACTS_NEW) {
        rc = keep_ring_get(se->s, KEEP_RING_PACKAGE, keep_sealrun_owner(keep_str_of(se->id)), se->identity, err);
        if (rc > 0) /* its key is gone: nothing of it can be gone on with */
            rc = 0, f.best = KEEP_SEALACTS_NEW;
    }
    *out = f.best;
    return rc;
}

/* ---- entries ---- */

static int enter(struct keep_sealing *se, enum keep_ledger_kind kind, const struct keep_act *act, int (*more)(struct keep_sealing *se, const void *ctx, struct keep_err *err), const void *ctx,
                 struct keep_err *err)
{
    uint64_t id;
    int rc = keep_txn_begin(se->s, kind, err);
    if (rc < 0)
        return rc;
    rc = keep_txn_act(se->s, act, &id, err);
    if (rc == 0)
        rc = more(se, ctx, err);
    keep_txn_digest(se->s, "plan", se->plan);
    return keep_txn_end(se->s, rc, err);
}

/* {"package":…,"plan":…,"part":…,"records":…,"retain_through":…,"residue_years":…} with a digest more, or none. */
static int body_of(const struct keep_sealing *se, const char *name, const uint8_t *digest, size_t n, struct keep_buf *out, struct keep_err *err)
{
    struct keep_jsonw w;
    char hex[129];
    keep_jsonw_init(&w, out);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "package");
    keep_jsonw_z(&w, se->id);
    if (digest) {
        keep_codec_hex(digest, n, hex);
        keep_jsonw_key(&w, name);
        keep_jsonw_z(&w, hex);
    }
    keep_jsonw_key(&w, "plan");
    keep_jsonw_z(&w, se->plan_hex);
    keep_codec_hex(se->now->digest, 32, hex);
    keep_jsonw_key(&w, "part");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "records");
    keep_jsonw_u64(&w, se->now->places);
    keep_jsonw_key(&w, "retain_through"); /* null: for ever */
    keep_jsonw_date(&w, se->retain_through);
    keep_jsonw_key(&w, "residue_years");
    keep_jsonw_u64(&w, (uint64_t)se->residue_years);
    keep_jsonw_end_object(&w);
    return out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

static int put_identity(struct keep_sealing *se, const void *ctx, struct keep_err *err)
{
    (void)ctx;
    keep_txn_count(se->s, "records", se->now->places);
    return keep_ring_put(se->s, KEEP_RING_PACKAGE, keep_sealrun_owner(keep_str_of(se->id)), se->identity, err);
}

int keep_sealacts_begin(struct keep_sealing *se, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    uint8_t r[6];
    char hex[13];
    keep_secret_random(r, sizeof r);
    keep_codec_hex(r, sizeof r, hex);
    se->sealed_at = keep_store_now(se->s);
    struct keep_ymd day = keep_civil_to_ymd(keep_civil_utc_date(se->sealed_at));
    snprintf(se->id, sizeof se->id, "ck-%04d%02d%02d-%s", day.y, day.m, day.d, hex);
    keep_age_generate(se->identity);
    int rc = body_of(se, NULL, NULL, 0, &body, err);
    const struct keep_act act = {.kind = KEEP_STR(SEALING), .subject = keep_str_of(se->id), .body = keep_buf_view(&body), .at = se->sealed_at};
    if (rc == 0)
        rc = enter(se, KEEP_LEDGER_SEALING, &act, put_identity, NULL, err);
    keep_buf_free(&body);
    return rc;
}

static int note_tags(struct keep_sealing *se, const void *tags, struct keep_err *err)
{
    (void)err;
    keep_txn_count(se->s, "records", se->now->places);
    keep_txn_digest(se->s, "tagmanifest", tags);
    return 0;
}

/* The entry that an earlier run made of this tag manifest: 0 found, 1 none. */
static int sealed_before(struct keep_sealing *se, const char *hex, uint64_t *index, struct keep_err *err)
{
    struct keep_buf b = KEEP_BUF_INIT;
    uint64_t size = keep_ledger_size(se->s);
    char want[100];
    int rc = 1, n = snprintf(want, sizeof want, "\"tagmanifest\":\"%.64s\"", hex);
    for (uint64_t i = size; rc == 1 && i > 0 && size - i < BACK; i--) {
        keep_buf_clear(&b);
        int got = keep_ledger_entry(se->s, i - 1, &b, err);
        if (got < 0)
            rc = got;
        else if (got == 0 && memmem(b.p, b.n, "\"kind\":\"sealed\"", 15) && memmem(b.p, b.n, want, (size_t)n)) {
            *index = i - 1;
            rc = 0;
        }
    }
    keep_buf_free(&b);
    return rc;
}

int keep_sealacts_sealed(struct keep_sealing *se, const uint8_t tags[64], uint64_t *index, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    char hex[129];
    keep_codec_hex(tags, 64, hex);
    int rc = sealed_before(se, hex, index, err);
    if (rc <= 0)
        return rc;
    rc = body_of(se, "tagmanifest_sha512", tags, 64, &body, err);
    const struct keep_act act = {.kind = KEEP_STR("package"), .subject = keep_str_of(se->id), .body = keep_buf_view(&body), .at = keep_store_now(se->s)};
    if (rc == 0)
        rc = enter(se, KEEP_LEDGER_SEALED, &act, note_tags, tags, err);
    if (rc == 0)
        *index = keep_txn_last(se->s);
    keep_buf_free(&body);
    return rc;
}

/* A set is archived with the package that holds the last of it. */
static int put_states(struct keep_sealing *se, const void *ctx, struct keep_err *err)
{
    const struct keep_sealpart *part = se->now;
    bool *seen = keep_arena_array(se->a, se->p->plan->sets + 1, sizeof *seen);
    int rc = seen ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    (void)ctx;
    for (size_t i = 0; rc == 0 && i < part->places && (!part->split || part->last); i++) {
        uint32_t at = part->place[i].set;
        const struct keep_set *set = se->set[at];
        if (seen[at])
            continue;
        seen[at] = true;
        struct keep_set_state st = {.keep_until = set->keep_until, .kind = set->kind, .status = KEEP_SET_ARCHIVED, .package = keep_str_of(se->id)};
        memcpy(st.set, set->id, 16);
        if (set->rule >= 0)
            st.rule = se->d.in.policy->retention[set->rule].id;
        rc = keep_sets_put(se->s, &st, err);
        keep_txn_count(se->s, "sets", 1);
    }
    keep_txn_count(se->s, "records", part->places);
    return rc;
}

int keep_sealacts_archived(struct keep_sealing *se, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    int rc = body_of(se, NULL, NULL, 0, &body, err);
    const struct keep_act act = {.kind = KEEP_STR("archived"), .subject = keep_str_of(se->id), .body = keep_buf_view(&body), .at = keep_store_now(se->s)};
    if (rc == 0)
        rc = enter(se, KEEP_LEDGER_ARCHIVED, &act, put_states, NULL, err);
    keep_buf_free(&body);
    return rc;
}

/* ---- the folder ---- */

/* Whether a part of this run, or another plan's run, may still go on with it. */
struct claim {
    struct keep_sealing *se;
    bool claimed;
};

static bool of_plan(const struct keep_sealing *se, const struct keep_act *act)
{
    char want[80];
    int n = snprintf(want, sizeof want, "\"plan\":\"%s\"", se->plan_hex);
    return memmem(act->body.p, act->body.n, want, (size_t)n) != NULL;
}

static bool of_part(const struct keep_sealing *se, const struct keep_act *act)
{
    char hex[65];
    for (size_t i = 0; i < se->parts; i++) {
        keep_codec_hex(se->part[i].digest, 32, hex);
        if (memmem(act->body.p, act->body.n, hex, 64))
            return true;
    }
    return false;
}

static int each_claim(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct claim *c = ctx;
    (void)err;
    if (!of_plan(c->se, act) || of_part(c->se, act)) /* another plan's run decides of its own */
        c->claimed = true;
    return 0;
}

/* A package of this plan that has its name, but was never recorded as archived, and holds what is now to go elsewhere: its records are all here still. */
static int drop_stray(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct keep_sealing *se = ctx;
    bool archived = false;
    char name[128];
    if (!of_plan(se, act) || of_part(se, act) || !in_folder(se, act->subject, ".tar"))
        return 0;
    int rc = keep_txn_acts(se->s, "archived", &act->subject, is_there, &archived, err);
    snprintf(name, sizeof name, "%.*s.tar", (int)act->subject.n, act->subject.p);
    if (rc == 0 && !archived)
        unlinkat(se->dirfd, name, 0);
    return rc;
}

static int sweep_one(struct keep_sealing *se, const char *name, struct keep_err *err)
{
    char id[64];
    struct claim c = {.se = se};
    size_t n = strlen(name);
    if (strncmp(name, "ck-", 3) == 0 && strstr(name, ".tsq.tmp-")) { /* a request that was not put in place */
        unlinkat(se->dirfd, name, 0);
        return 0;
    }
    size_t tail = n > 12 && strcmp(name + n - 12, ".tar.partial") == 0 ? 12 : n > 11 && strcmp(name + n - 11, ".tar.resume") == 0 ? 11 : 0;
    if (tail == 0 || strncmp(name, "ck-", 3) != 0 || n - tail >= sizeof id)
        return 0;
    memcpy(id, name, n - tail);
    id[n - tail] = '\0';
    struct keep_str subject = keep_str_of(id);
    int rc = keep_txn_acts(se->s, SEALING, &subject, each_claim, &c, err);
    if (rc == 0 && (!c.claimed || in_folder(se, subject, ".tar")))
        keep_seal_discard(se->dirfd, id);
    return rc;
}

int keep_sealacts_sweep(struct keep_sealing *se, struct keep_err *err)
{
    int rc = 0, fd = openat(se->dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *d = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *e;
    while (rc == 0 && d && (e = readdir(d)))
        rc = sweep_one(se, e->d_name, err);
    if (d)
        closedir(d);
    else if (fd >= 0)
        close(fd);
    return rc == 0 ? keep_txn_acts(se->s, SEALING, NULL, drop_stray, se, err) : rc;
}
