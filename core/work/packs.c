/* Reading packs. An adoption is three kinds of acts: "pack" (subject: digest,
 * body: the pack's bytes), and one "adopt" for each officer, all with the same
 * body: canonical JSON naming packs, versions, digests, the day, the day of the
 * next review, and confirmations. The latest body with enough valid signatures
 * of distinct roles is what is in force. */
#include "core/work/packs.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/hash.h"
#include "core/store/txn.h"
#include "core/text/json.h"
#include "core/text/jsonw.h"
#include "core/work/dates.h"
#include "core/work/signer.h"

#define MAX_PACKS 256 /* packs of one run */
#define PACKS_ARENA (512u << 20)
#define ADOPTION "chartkeep adoption" /* trusted comment: a signature made for another act never passes for this one */

static int start(struct keep_packs *p, struct keep_err *err)
{
    memset(p, 0, sizeof *p);
    p->arena = keep_arena_new(PACKS_ARENA);
    if (!p->arena)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    p->diags.arena = p->arena;
    p->text = keep_arena_array(p->arena, MAX_PACKS, sizeof *p->text);
    p->digest = keep_arena_array(p->arena, MAX_PACKS, sizeof *p->digest);
    return p->text && p->digest ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int add_text(struct keep_packs *p, const char *file, struct keep_str text, struct keep_err *err)
{
    bool ok = true;
    if (p->texts == MAX_PACKS)
        return keep_err_set(err, KEEP_E_LIMIT, "more than %d packs in one run", MAX_PACKS);
    struct keep_policy_text *t = &p->text[p->texts];
    t->file = keep_arena_copy(p->arena, file, strlen(file));
    t->text = keep_arena_str(p->arena, text, &ok);
    if (!t->file || !ok)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_hash_blake2b(p->digest[p->texts], text.p, text.n);
    p->texts++;
    return 0;
}

static int read_file(struct keep_packs *p, const char *path, struct keep_err *err)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = keep_file_read_operand(path, KEEP_PACK_FILE, &b, err);
    if (rc == 0)
        rc = add_text(p, path, keep_buf_view(&b), err);
    keep_buf_free(&b);
    return rc;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_pack(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 7 && d->d_name[0] != '.' && strcmp(d->d_name + n - 7, ".policy") == 0;
}

/* What a folder holds was named by nobody: a pipe there would wait for a writer for ever. */
static int read_member(struct keep_packs *p, const char *path, struct keep_err *err)
{
    struct stat st;
    if (stat(path, &st) == 0 && !S_ISREG(st.st_mode))
        return keep_err_at(err, KEEP_E_INPUT, path, 0, 0, "not a regular file");
    return read_file(p, path, err);
}

static int read_folder(struct keep_packs *p, const char *path, struct keep_err *err)
{
    struct dirent **list = NULL;
    int rc = 0, n = scandir(path, &list, is_pack, by_name);
    if (n < 0)
        return keep_err_set(err, KEEP_E_INPUT, "%s: %s", path, strerror(errno));
    if (n == 0)
        rc = keep_err_set(err, KEEP_E_USAGE, "%s: no *.policy file in this folder", path);
    for (int i = 0; i < n; i++) {
        char name[4096];
        size_t end = strlen(path);
        while (end > 1 && path[end - 1] == '/')
            end--;
        if (rc == 0 && (size_t)snprintf(name, sizeof name, "%.*s/%s", (int)end, path, list[i]->d_name) < sizeof name)
            rc = read_member(p, name, err);
        free(list[i]);
    }
    free(list);
    return rc;
}

static int compile(struct keep_packs *p, struct keep_err *err)
{
    return keep_policy_compile(&p->policy, p->text, p->texts, p->arena, &p->diags, err);
}

int keep_packs_load(struct keep_packs *out, const char *const *path, size_t n, struct keep_err *err)
{
    int rc = start(out, err);
    out->trial = true;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct stat st;
        if (stat(path[i], &st) == 0 && S_ISDIR(st.st_mode))
            rc = read_folder(out, path[i], err);
        else
            rc = read_file(out, path[i], err);
    }
    if (rc == 0 && out->texts == 0)
        rc = keep_err_set(err, KEEP_E_USAGE, "no policy pack given");
    return rc;
}

int keep_packs_read(struct keep_packs *out, const char *const *path, size_t n, struct keep_err *err)
{
    int rc = keep_packs_load(out, path, n, err);
    return rc == 0 ? compile(out, err) : rc;
}

void keep_packs_free(struct keep_packs *p)
{
    keep_arena_free(p->arena);
    memset(p, 0, sizeof *p);
}

const struct keep_officer *keep_packs_officer(const struct keep_store *s, const struct keep_sign_public *key)
{
    size_t n;
    const struct keep_officer *o = keep_store_officers(s, &n);
    for (size_t i = 0; i < n; i++)
        if (memcmp(o[i].key.key, key->key, 32) == 0 && memcmp(o[i].key.id, key->id, 8) == 0)
            return &o[i];
    return NULL;
}

static bool signed_by_one(const struct keep_officer *o, size_t n, struct keep_str role, struct keep_str bytes, struct keep_str signature, const char *purpose)
{
    struct keep_str trusted;
    for (size_t i = 0; i < n; i++)
        if (keep_str_eq(o[i].role, role) && keep_sign_check(&o[i].key, bytes.p, bytes.n, signature, &trusted, NULL) == 0 && keep_str_is(trusted, purpose))
            return true;
    return false;
}

bool keep_packs_signed(const struct keep_store *s, struct keep_str role, struct keep_str bytes, struct keep_str signature, const char *purpose)
{
    size_t present, former;
    const struct keep_officer *p = keep_store_officers(s, &present), *f = keep_store_former(s, &former);
    return signed_by_one(p, present, role, bytes, signature, purpose) || signed_by_one(f, former, role, bytes, signature, purpose);
}

/* ---- what is adopted ---- */

struct newest { /* gathers the latest adoption body and who signed it */
    struct keep_store *s;
    struct keep_arena *a;
    struct keep_str body;
    struct keep_str roles[KEEP_PACKS_SIGNERS];
    size_t n;
};

static bool has_role(const struct newest *nw, struct keep_str role)
{
    for (size_t i = 0; i < nw->n; i++)
        if (keep_str_eq(nw->roles[i], role))
            return true;
    return false;
}

static int each_adopt(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct newest *nw = ctx;
    bool ok = true;
    if (!keep_packs_signed(nw->s, act->role, act->body, act->signature, ADOPTION))
        return keep_err_set(err, KEEP_E_INTEGRITY, "an adoption is not signed by the officer it names");
    if (!keep_str_eq(nw->body, act->body)) {
        nw->body = keep_arena_str(nw->a, act->body, &ok);
        nw->n = 0;
    }
    if (nw->n < KEEP_PACKS_SIGNERS && !has_role(nw, act->role))
        nw->roles[nw->n++] = keep_arena_str(nw->a, act->role, &ok);
    return ok ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

struct found_text {
    struct keep_packs *p;
    const char *file;
    bool found;
};

static int each_pack(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct found_text *f = ctx;
    if (f->found)
        return 0;
    f->found = true;
    return add_text(f->p, f->file, act->body, err);
}

/* Packs named by the body, with their bytes; the digest of the bytes must be the one that was signed. */
static int load_adopted(struct keep_packs *p, struct keep_store *s, const struct newest *nw, struct keep_err *err)
{
    const struct keep_json *j, *list;
    int rc = keep_json_parse(&j, nw->body, "adoption", p->arena, err);
    if (rc < 0)
        return rc;
    list = keep_json_get(j, "packs");
    size_t n = keep_json_len(list);
    struct keep_adoption *ad = keep_arena_array(p->arena, n ? n : 1, sizeof *ad);
    struct keep_buf signers = KEEP_BUF_INIT;
    for (size_t i = 0; i < nw->n; i++) {
        keep_buf_str(&signers, i ? ", " : "");
        keep_buf_add(&signers, nw->roles[i].p, nw->roles[i].n);
    }
    const struct keep_json *conf = keep_json_get(j, "confirmations");
    struct keep_str *confirmed = keep_arena_array(p->arena, keep_json_len(conf) + 1, sizeof *confirmed);
    bool ok = ad != NULL && confirmed != NULL;
    for (size_t i = 0; ok && i < keep_json_len(conf); i++)
        confirmed[i] = keep_json_str(keep_json_get(keep_json_at(conf, i), "rule"));
    struct keep_str who = keep_arena_str(p->arena, keep_buf_view(&signers), &ok);
    keep_buf_free(&signers);
    for (size_t i = 0; ok && rc == 0 && i < n; i++) {
        const struct keep_json *e = keep_json_at(list, i);
        struct keep_str digest = keep_json_str(keep_json_get(e, "digest"));
        enum keep_precision prec;
        ad[i].pack = keep_json_str(keep_json_get(e, "pack"));
        ad[i].version = keep_json_str(keep_json_get(e, "version"));
        ad[i].signers = who;
        ad[i].confirmed = confirmed;
        ad[i].confirmations = keep_json_len(conf);
        char name[300];
        snprintf(name, sizeof name, "%.*s.policy", (int)(ad[i].pack.n < 256 ? ad[i].pack.n : 256), ad[i].pack.p);
        struct found_text f = {p, name, false};
        if (!keep_codec_unhex(digest, ad[i].digest, 32) ||
            !keep_civil_parse_date(keep_json_str(keep_json_get(j, "adopted")), &ad[i].adopted, &prec) ||
            !keep_civil_parse_date(keep_json_str(keep_json_get(j, "review_by")), &ad[i].review_by, &prec))
            return keep_err_set(err, KEEP_E_INTEGRITY, "an adoption's text is malformed");
        rc = keep_txn_acts(s, "pack", &digest, each_pack, &f, err);
        if (rc == 0 && (!f.found || memcmp(p->digest[p->texts - 1], ad[i].digest, 32) != 0))
            rc = keep_err_set(err, KEEP_E_INTEGRITY, "an adopted pack's bytes are not the ones that were signed");
        if (rc == 0)
            ad[i].text = p->text[p->texts - 1].text;
    }
    p->adoption = ad;
    p->adoptions = n;
    if (rc == 0 && !ok)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    return rc;
}

int keep_packs_adopted(struct keep_packs *out, struct keep_store *s, struct keep_err *err)
{
    int rc = start(out, err);
    struct newest nw = {.s = s, .a = out->arena};
    if (rc == 0)
        rc = keep_txn_acts(s, "adopt", NULL, each_adopt, &nw, err);
    if (rc == 0 && (nw.body.n == 0 || nw.n < keep_store_quorum(s))) {
        rc = keep_err_set(err, KEEP_E_REFUSED, "no policy is adopted in this keep");
        keep_err_hint(err, "try packs with --policy, or adopt them: chartkeep policy adopt KEEP PACK… --review-by DATE");
    }
    if (rc == 0)
        rc = load_adopted(out, s, &nw, err);
    if (rc == 0) {
        rc = compile(out, err);
        if (rc == KEEP_E_USAGE)
            keep_err_hint(err, "an adopted pack no longer compiles with this program: adopt a version that does");
    }
    return rc;
}

/* ---- adopting ---- */

static int confirmations(struct keep_jsonw *w, const struct keep_packs *p, const struct keep_packs_adopt *how, struct keep_err *err)
{
    keep_jsonw_key(w, "confirmations");
    keep_jsonw_array(w);
    for (size_t i = 0; i < how->confirms; i++) {
        const char *eq = strchr(how->confirm[i], '=');
        size_t n = eq ? (size_t)(eq - how->confirm[i]) : 0, r = 0;
        while (r < p->policy->retentions && !keep_str_eq(p->policy->retention[r].id, (struct keep_str){how->confirm[i], n}))
            r++;
        if (!eq || r == p->policy->retentions)
            return keep_err_set(err, KEEP_E_USAGE, "--confirm names no retention rule of these packs: %s", how->confirm[i]);
        keep_jsonw_object(w);
        keep_jsonw_key(w, "rule");
        keep_jsonw_str(w, p->policy->retention[r].id);
        keep_jsonw_key(w, "read");
        keep_jsonw_z(w, eq + 1);
        keep_jsonw_end_object(w);
    }
    keep_jsonw_end_array(w);
    return 0;
}

static int statement(struct keep_buf *body, const struct keep_packs *p, struct keep_store *s, const struct keep_packs_adopt *how, keep_date today, struct keep_err *err)
{
    struct keep_jsonw w;
    char hex[65];
    keep_jsonw_init(&w, body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "store");
    keep_codec_hex(keep_store_id(s), 16, hex);
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "adopted");
    keep_jsonw_date(&w, today);
    keep_jsonw_key(&w, "review_by");
    keep_jsonw_date(&w, how->review_by);
    keep_jsonw_key(&w, "packs");
    keep_jsonw_array(&w);
    for (size_t i = 0; i < p->policy->packs; i++) {
        keep_jsonw_object(&w);
        keep_jsonw_key(&w, "pack");
        keep_jsonw_str(&w, p->policy->pack[i].name);
        keep_jsonw_key(&w, "version");
        keep_jsonw_str(&w, p->policy->pack[i].version);
        keep_jsonw_key(&w, "digest");
        keep_codec_hex(p->digest[i], 32, hex);
        keep_jsonw_z(&w, hex);
        keep_jsonw_end_object(&w);
    }
    keep_jsonw_end_array(&w);
    int rc = confirmations(&w, p, how, err);
    keep_jsonw_end_object(&w);
    return rc < 0 ? rc : body->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

int keep_packs_signers(const struct keep_store *s, const char *what, const struct keep_sign_secret *const *officer, size_t n, struct keep_err *err)
{
    const struct keep_officer *seen[KEEP_PACKS_SIGNERS];
    if (n > KEEP_PACKS_SIGNERS)
        return keep_err_set(err, KEEP_E_LIMIT, "at most %d officers sign one %s", KEEP_PACKS_SIGNERS, what);
    for (size_t i = 0; i < n; i++) {
        int rc = keep_signer_of(s, officer[i], &seen[i], err);
        if (rc != 0)
            return rc;
        for (size_t k = 0; k < i; k++) {
            if (seen[k] == seen[i])
                return keep_err_set(err, KEEP_E_REFUSED, "the key of %.*s is given twice", (int)seen[i]->role.n, seen[i]->role.p);
            if (keep_officer_one_person(seen[k], seen[i]))
                return keep_err_set(err, KEEP_E_REFUSED, "%.*s and %.*s are one person: another officer has to sign", (int)seen[k]->role.n, seen[k]->role.p, (int)seen[i]->role.n, seen[i]->role.p);
        }
    }
    return 0;
}

int keep_packs_quorum(const struct keep_store *s, const char *what, const struct keep_sign_secret *const *officer, size_t n, struct keep_err *err)
{
    int rc = keep_packs_signers(s, what, officer, n, err);
    if (rc != 0)
        return rc;
    if (n < keep_store_quorum(s))
        return keep_err_set(err, KEEP_E_REFUSED, "%s needs %u officers of distinct roles, have %zu", what, keep_store_quorum(s), n);
    return 0;
}

static int put_acts(struct keep_packs *p, struct keep_store *s, const struct keep_packs_adopt *how, struct keep_str body, struct keep_err *err)
{
    uint8_t all[32]; /* one digest over the packs' digests, in the order of their names */
    int rc = 0;
    keep_hash_blake2b(all, p->digest, p->texts * sizeof *p->digest);
    keep_txn_digest(s, "packs", all);
    for (size_t i = 0; rc == 0 && i < p->texts; i++) {
        char hex[65];
        uint64_t id;
        keep_codec_hex(p->digest[i], 32, hex);
        struct keep_act act = {.kind = KEEP_STR("pack"), .subject = keep_str_of(hex), .body = p->text[i].text, .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, &id, err);
    }
    for (size_t i = 0; rc == 0 && i < how->officers; i++) {
        struct keep_sign_public pub;
        struct keep_buf sig = KEEP_BUF_INIT;
        uint64_t id;
        keep_sign_public_of(how->officer[i], &pub);
        const struct keep_officer *o = keep_packs_officer(s, &pub);
        rc = keep_sign_message(&sig, how->officer[i], body.p, body.n, "adoption of policy packs", ADOPTION, err);
        struct keep_act act = {.kind = KEEP_STR("adopt"), .subject = KEEP_STR("policy"), .body = body, .signature = keep_buf_view(&sig), .role = o->role, .at = keep_store_now(s)};
        if (rc == 0)
            rc = keep_txn_act(s, &act, &id, err);
        keep_buf_free(&sig);
    }
    keep_txn_count(s, "packs", p->texts);
    return rc;
}

int keep_packs_adopt(struct keep_packs *p, struct keep_store *s, const struct keep_packs_adopt *how, uint64_t *sets_written, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    keep_date today;
    int rc = keep_dates_today(s, &today, err);
    if (rc == 0 && how->review_by <= today)
        rc = keep_err_set(err, KEEP_E_USAGE, "--review-by must be a day to come");
    if (rc == 0)
        rc = how->officers ? keep_packs_quorum(s, "adoption", how->officer, how->officers, err)
                           : keep_err_set(err, KEEP_E_REFUSED, "adoption needs %u officers of distinct roles, have none", keep_store_quorum(s) ? keep_store_quorum(s) : 1);
    if (rc == 0)
        rc = statement(&body, p, s, how, today, err);
    if (rc == 0)
        rc = keep_txn_begin(s, KEEP_LEDGER_ADOPT, err);
    if (rc == 0) {
        rc = put_acts(p, s, how, keep_buf_view(&body), err);
        rc = keep_txn_end(s, rc, err);
    }
    keep_buf_free(&body);
    if (rc == 0)
        rc = keep_dates_write(s, today, sets_written, err);
    return rc;
}
