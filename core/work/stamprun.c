/* The token is about the SHA-512 of the tag manifest, which binds all of a package
 * and stands in the ledger: so neither the package nor the authority has to be at
 * hand, only its answer. The file is put in place before the entry: dying between
 * leaves a token that the same command enters. */
#include "core/work/stamprun.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/crypto/hash.h"
#include "core/crypto/stamp.h"
#include "core/store/txn.h"
#include "core/text/jsonw.h"

struct taking {
    char id[64];
    uint8_t tags[64], token[32]; /* SHA-512 of the package's tag manifest; digest of the response */
    bool known, entered;
};

/* "DIR/ID.tar" apart; beside: "DIR/ID.tsr". */
static int name_of(const struct keep_stamprun_params *p, struct taking *t, struct keep_err *err)
{
    const char *slash = strrchr(p->package, '/'), *name = slash ? slash + 1 : p->package;
    size_t n = strlen(name);
    if (n <= 4 || n - 4 >= sizeof t->id || strcmp(name + n - 4, ".tar") != 0)
        return keep_err_set(err, KEEP_E_REFUSED, "%s: not named as a package of this keep, ID.tar", p->package);
    memcpy(t->id, name, n - 4);
    t->id[n - 4] = '\0';
    if ((size_t)snprintf(p->beside, p->room, "%.*s%s.tsr", (int)(name - p->package), p->package, t->id) >= p->room)
        return keep_err_set(err, KEEP_E_LIMIT, "the package's name is too long");
    return 0;
}

static int each_sealed(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct taking *t = ctx;
    static const char key[] = "\"tagmanifest_sha512\":\"";
    const char *at = memmem(act->body.p, act->body.n, key, sizeof key - 1);
    (void)err;
    if (at && at + sizeof key - 1 + 128 <= act->body.p + act->body.n)
        t->known = keep_codec_unhex((struct keep_str){at + sizeof key - 1, 128}, t->tags, 64);
    return 0;
}

static int each_stamp(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    struct taking *t = ctx;
    char hex[65];
    (void)err;
    keep_codec_hex(t->token, 32, hex);
    t->entered |= memmem(act->body.p, act->body.n, hex, 64) != NULL;
    return 0;
}

/* 0 put there or there already, the same. */
static int put_beside(const struct keep_stamprun_params *p, struct keep_err *err)
{
    struct keep_buf had = KEEP_BUF_INIT;
    int rc = access(p->beside, F_OK) == 0 ? keep_file_read_operand(p->beside, KEEP_STAMP_MAX, &had, err) : 1;
    if (rc == 1)
        rc = keep_file_create(AT_FDCWD, p->beside, p->token.p, p->token.n, 0644, err);
    else if (rc == 0 && !keep_str_eq(keep_buf_view(&had), p->token))
        rc = keep_err_set(err, KEEP_E_REFUSED, "%s: another token lies there; move it away to put this one beside the package", p->beside);
    keep_buf_free(&had);
    return rc;
}

static int enter(struct keep_store *s, const struct taking *t, keep_time at, struct keep_err *err)
{
    struct keep_buf body = KEEP_BUF_INIT;
    struct keep_jsonw w;
    uint64_t id;
    char hex[65];
    keep_codec_hex(t->token, 32, hex);
    keep_jsonw_init(&w, &body);
    keep_jsonw_object(&w);
    keep_jsonw_key(&w, "package");
    keep_jsonw_z(&w, t->id);
    keep_jsonw_key(&w, "token_blake2b");
    keep_jsonw_z(&w, hex);
    keep_jsonw_key(&w, "time");
    keep_jsonw_time(&w, at);
    keep_jsonw_end_object(&w);
    int rc = body.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : keep_txn_begin(s, KEEP_LEDGER_STAMPED, err);
    if (rc == 0) {
        const struct keep_act act = {.kind = KEEP_STR("timestamp"), .subject = keep_str_of(t->id), .body = keep_buf_view(&body), .at = keep_store_now(s)};
        rc = keep_txn_act(s, &act, &id, err);
        keep_txn_digest(s, "tagmanifest", t->tags);
        keep_txn_digest(s, "token", t->token);
        rc = keep_txn_end(s, rc, err);
    }
    keep_buf_free(&body);
    return rc;
}

int keep_stamprun_take(struct keep_store *s, const struct keep_stamprun_params *p, keep_time *at, struct keep_err *err)
{
    struct taking t = {.known = false};
    int rc = name_of(p, &t, err);
    const struct keep_str subject = keep_str_of(t.id);
    if (rc == 0)
        rc = keep_txn_acts(s, "package", &subject, each_sealed, &t, err);
    if (rc == 0 && !t.known)
        rc = keep_err_set(err, KEEP_E_REFUSED, "%s: this keep sealed no such package", t.id);
    if (rc == 0)
        rc = p->authority.n ? keep_stamp_check(p->token, t.tags, p->authority, at, err) : keep_stamp_read(p->token, t.tags, at, err);
    if (rc < 0)
        return rc;
    keep_hash_blake2b(t.token, p->token.p, p->token.n);
    rc = keep_txn_acts(s, "timestamp", &subject, each_stamp, &t, err);
    if (rc == 0)
        rc = put_beside(p, err);
    if (rc < 0 || t.entered)
        return rc < 0 ? rc : 1;
    return enter(s, &t, *at, err);
}
