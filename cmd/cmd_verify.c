/* verify: a package, by anyone, without a keep. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/verbs.h"
#include "core/bag/bagit.h"
#include "core/bag/inspect.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "core/crypto/stamp.h"

static const struct keep_report_field fields[] = {
    {"package", KEEP_REPORT_TEXT, "package", 34}, {"check", KEEP_REPORT_TEXT, "check", 0}, {"result", KEEP_REPORT_TEXT, "result", 0}, {"detail", KEEP_REPORT_TEXT, "detail", 70}};

enum {
    MAX_IDENTITIES = 64,
    MAX_HEADS = 32,
    HEAD_LIMIT = 64 << 10,     /* a head is about 200 bytes, a proof that it grew at most 3,000 */
};

struct verifying {
    struct cmd *c;
    struct keep_report *r;
    const char *path;
    bool bags, packages; /* what was among the operands */
    bool has_pub;
    struct keep_sign_public pub;
    uint8_t (*identity)[32];
    size_t identities, head_n;
    struct keep_buf head[MAX_HEADS], authority, token;
    struct keep_inspect_text heads[MAX_HEADS];
    char beside[4096]; /* where a token of this package would be */
};

static int found(void *ctx, const char *check, enum keep_inspect_result res, const char *detail)
{
    static const char *const word[] = {"passed", "failed", "not possible", "warning"};
    struct verifying *v = ctx;
    v->bags = v->bags || strcmp(check, "valid") == 0;
    v->packages = v->packages || strcmp(check, "ledger") == 0;
    const char *slash = cmd_format(v->c) == KEEP_REPORT_TABLE ? strrchr(v->path, '/') : NULL; /* a table has no room for folders */
    struct keep_report_cell cell[] = {KEEP_CELL_Z(slash && slash[1] ? slash + 1 : v->path), KEEP_CELL_Z(check), KEEP_CELL_Z(word[res]), KEEP_CELL_Z(detail ? detail : "")};
    return keep_report_row(v->r, cell, &v->c->err);
}

/* All of an identity file. */
static int read_identities(struct cmd *c, const char *path, uint8_t (*out)[32], size_t *n)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = keep_file_read_operand(path, 1u << 20, &b, &c->err);
    struct keep_str rest = keep_buf_view(&b);
    while (rc == 0 && (rc = keep_age_identity_next(out[*n], &rest, &c->err)) == 1)
        rc = ++*n > MAX_IDENTITIES ? keep_err_set(&c->err, KEEP_E_LIMIT, "more than %d identities", MAX_IDENTITIES) : 0;
    keep_buf_free(&b); /* wipes */
    return rc;
}

static int read_pubkey(struct cmd *c, struct keep_sign_public *out)
{
    struct keep_buf b = KEEP_BUF_INIT;
    const char *path = cmd_value(c, "pubkey");
    int rc = keep_file_read_operand(path, 64u << 10, &b, &c->err);
    if (rc == 0)
        rc = keep_sign_public_read(out, keep_buf_view(&b), path, &c->err);
    keep_buf_free(&b);
    return rc;
}

/* What the auditor holds: the keep's key, identities, heads of the ledger, certificates he trusts. */
static int read_brought(struct verifying *v)
{
    struct cmd *c = v->c;
    const char *path[MAX_IDENTITIES];
    int n = cmd_values(c, "identity", path, MAX_IDENTITIES), rc = keep_secret_new((void **)&v->identity, (MAX_IDENTITIES + 1) * 32, &c->err) /* one more is read before it is too many */;
    v->has_pub = cmd_given(c, "pubkey");
    if (rc == 0 && v->has_pub)
        rc = read_pubkey(c, &v->pub);
    for (int i = 0; rc == 0 && i < n; i++)
        rc = read_identities(c, path[i], v->identity, &v->identities);
    n = cmd_values(c, "head", path, MAX_HEADS);
    for (int i = 0; rc == 0 && i < n; i++) {
        v->head_n++;
        rc = keep_file_read_operand(path[i], HEAD_LIMIT, &v->head[i], &c->err);
        v->heads[i] = (struct keep_inspect_text){path[i], keep_buf_view(&v->head[i])};
    }
    if (rc == 0 && cmd_given(c, "tsa-ca"))
        rc = keep_file_read_operand(cmd_value(c, "tsa-ca"), KEEP_STAMP_AUTHORITY_MAX, &v->authority, &c->err);
    if (rc == 0 && cmd_given(c, "tsa-ca") && v->authority.n == 0)
        rc = keep_err_at(&c->err, KEEP_E_INPUT, cmd_value(c, "tsa-ca"), 0, 0, "no certificate (PEM) in it");
    return rc;
}

/* PKG.tsr beside PKG.tar, where there is one. */
static int read_token(struct verifying *v)
{
    size_t n = strlen(v->path);
    keep_buf_clear(&v->token);
    if (n < 4 || strcmp(v->path + n - 4, ".tar") != 0 || n >= sizeof v->beside)
        return 0;
    memcpy(v->beside, v->path, n - 4);
    memcpy(v->beside + n - 4, ".tsr", 5);
    return access(v->beside, F_OK) == 0 ? keep_file_read_operand(v->beside, KEEP_STAMP_MAX, &v->token, &v->c->err) : 0;
}

/* One operand; *worst: what the command ends with, *first: the message of it. <0: it cannot go on. */
static int look(struct verifying *v, int *worst, struct keep_err *first)
{
    struct keep_err err = {0};
    int rc = read_token(v);
    if (rc < 0)
        return rc;
    struct keep_inspect_params p = {.path = v->path, .pubkey = v->has_pub ? &v->pub : NULL, .identity = (const uint8_t (*)[32])v->identity, .identities = v->identities,
                                    .head = v->heads, .heads = v->head_n, .token = {v->beside, keep_buf_view(&v->token)}, .authority = {cmd_value(v->c, "tsa-ca"), keep_buf_view(&v->authority)},
                                    .found = found, .ctx = v, .progress = cmd_progress, .progress_ctx = "bytes verified"};
    rc = keep_bagit_any(&p, &err);
    if (rc == KEEP_E_INTERRUPTED) {
        v->c->err = err;
        return rc;
    }
    if (rc < 0 && (*worst >= 0 || rc == KEEP_E_INTEGRITY)) {
        *worst = rc;
        *first = err;
    } else if (rc == 1 && *worst == 0) {
        *worst = 5;
    }
    return 0;
}

static void close_all(struct verifying *v)
{
    keep_secret_free(v->identity);
    for (size_t i = 0; i < v->head_n; i++)
        keep_buf_free(&v->head[i]);
    keep_buf_free(&v->authority);
    keep_buf_free(&v->token);
}

static int verify(struct cmd *c)
{
    struct verifying v = {.c = c};
    struct keep_err first = {0};
    int worst = 0, rc = read_brought(&v);
    if (rc == 0)
        rc = cmd_rows(c, "checks", fields, 4, &v.r);
    if (rc == 0) {
        for (int i = 0; rc == 0 && i < c->operands; i++) {
            v.path = c->operand[i];
            rc = look(&v, &worst, &first);
        }
        rc = cmd_rows_end(c, v.r, rc);
    }
    if (rc == 0) {
        if (v.packages && worst >= 0) /* of what failed nothing is proven */
            cmd_note("%s", keep_inspect_unproven);
        if (v.bags && worst >= 0)
            cmd_note("%s", keep_bagit_unproven);
        if (worst < 0)
            c->err = first;
        rc = worst;
    }
    close_all(&v);
    return rc;
}

const struct cmd_verb cmd_verify = {
    .name = "verify", .operands = "PACKAGE…", .min = 1, .max = -1, .part = CMD_PART_PROOF, .uses = CMD_PRINTS | CMD_LONG,
    .summary = "check sealed packages, and any other BagIt bag, without a keep",
    .about = "PACKAGE is a sealed package's tar, or a BagIt bag of version 0.93 to 1.0, as a folder or a tar (gzip and zstd too): of a bag the checks say whether it is complete and valid (RFC 8493), "
             "and rows of the result warning what to look at; nothing is fetched. Without --pubkey the signer cannot be known: those checks are not possible, and the exit status is 5. VERIFY.txt inside the package does the same with stock tools. "
             "--head takes a head of the keep's ledger that was kept elsewhere (ledger head); where it covers another number of entries than the package's, a proof that the ledger only grew (ledger prove --from) is given as a further --head. "
             "A timestamp token beside the package (PKG.tsr for PKG.tar) is checked too; who signed it is known with --tsa-ca alone.\n",
    .option = CMD_OPTIONS(CMD_OPTION("pubkey", "F", "the keep's public key, from anywhere but the package"),
                          CMD_LIST("identity", "F", "age identities that open records or the index"),
                          CMD_LIST("head", "F", "the ledger's head that you kept, or a proof that it only grew"),
                          CMD_OPTION("tsa-ca", "F", "certificates (PEM) of a timestamp authority that you trust")),
    .exits = CMD_EXITS({4, "a check failed"}, {5, "a check was not possible"}),
    .example = CMD_EXAMPLES({"chartkeep verify packages/ck-2026.tar --pubkey keep.pub", "by the key that the auditor brought"},
                            {"chartkeep verify received-bag bag-2.tar.gz", "bags of others: complete, valid?"},
                            {"chartkeep verify packages/ck-2026.tar --pubkey keep.pub --head head-2025.txt --head growth.txt", "and by a head he kept: still one history?"}),
    .run = verify};
