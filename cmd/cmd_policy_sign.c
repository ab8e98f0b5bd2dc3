/* policy sign, verify: detached signatures beside packs, in minisign's format,
 * so that who receives a pack checks it with a tool of their own. The trusted
 * comment names pack and version as the file does: a signature made for
 * something else by the same key does not pass for one. */
#include <fcntl.h>
#include <stdio.h>

#include "cmd/cmd_policy.h"
#include "cmd/verbs.h"
#include "core/base/file.h"

enum { SIGNATURE_LIMIT = 64 * 1024, KEYS = 16 }; /* bytes of a signature or key file; keys of one call */

static int signature_name(struct cmd *c, const char *file, char out[4096])
{
    if (snprintf(out, 4096, "%s.minisig", file) >= 4096)
        return keep_err_set(&c->err, KEEP_E_USAGE, "%s: the name is too long", file);
    return 0;
}

/* pack "us-federal" version "2026.1.0" language 1 */
static int comment_of(struct cmd *c, struct keep_packs *p, size_t i, struct keep_buf *out)
{
    struct keep_outline o;
    int rc = keep_outline_read(&o, p->text[i].file, p->text[i].text, p->arena, &p->diags, &c->err);
    if (rc < 0)
        return rc;
    const struct keep_outline_block *b = o.blocks && keep_str_is(o.block[0].word, "pack") ? &o.block[0] : NULL;
    if (!b)
        return keep_err_set(&c->err, KEEP_E_USAGE, "%s: a policy file starts with its pack", p->text[i].file);
    keep_buf_clear(out);
    keep_outline_text(&o, b->from, b->from + 2, out);
    for (size_t k = 0; k < b->clauses; k++)
        if (keep_str_is(b->clause[k].word, "version") || keep_str_is(b->clause[k].word, "language")) {
            keep_buf_char(out, ' ');
            keep_outline_text(&o, b->clause[k].from, b->clause[k].to, out);
        }
    keep_buf_char(out, '\0');
    return out->failed ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : 0;
}

static int sign_one(struct cmd *c, struct keep_packs *p, size_t i, const struct keep_sign_secret *officer)
{
    struct keep_buf comment = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    char name[4096];
    int rc = signature_name(c, p->text[i].file, name);
    if (rc == 0)
        rc = comment_of(c, p, i, &comment);
    if (rc == 0)
        rc = keep_sign_message(&sig, officer, p->text[i].text.p, p->text[i].text.n, "signature of a policy pack", (const char *)comment.p, &c->err);
    if (rc == 0)
        rc = keep_file_replace(AT_FDCWD, name, sig.p, sig.n, 0644, &c->err);
    if (rc == 0)
        cmd_out("%s\n", name);
    keep_buf_free(&comment);
    keep_buf_free(&sig);
    return rc;
}

/* What does not compile is not signed. */
static int sign(struct cmd *c)
{
    struct keep_packs p = {0};
    struct keep_sign_secret *officer = NULL;
    int rc = cmd_policy_packs(c, 0, false, &p);
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    for (size_t i = 0; rc == 0 && i < p.texts; i++)
        rc = sign_one(c, &p, i, officer);
    keep_sign_free(officer);
    keep_packs_free(&p);
    return rc;
}

const struct cmd_verb cmd_policy_sign = {
    .name = "policy", .action = "sign", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_SIGNS,
    .summary = "sign packs: PACK.minisig beside each, as minisign writes it",
    .about = "All packs given must compile together. The signature's trusted comment names the pack and its version. Check it with `policy verify`, or with minisign -Vm PACK -p KEY.pub.\n",
    .example = CMD_EXAMPLES({"chartkeep policy sign policies --officer-key privacy.key", "before they are sent to another hospital"}),
    .run = sign};

/* ---- verify ---- */

static int read_keys(struct cmd *c, struct keep_sign_public key[KEYS], int *n)
{
    const char *file[KEYS];
    int rc = 0;
    *n = cmd_values(c, "pubkey", file, KEYS);
    for (int i = 0; rc == 0 && i < *n; i++) {
        struct keep_buf text = KEEP_BUF_INIT;
        rc = keep_file_read_operand(file[i], SIGNATURE_LIMIT, &text, &c->err);
        if (rc == 0)
            rc = keep_sign_public_read(&key[i], keep_buf_view(&text), file[i], &c->err);
        keep_buf_free(&text);
    }
    return rc;
}

/* NULL: it holds; else what is wrong. */
static const char *wrong(const struct keep_policy_text *t, struct keep_str sig, const char *comment, const struct keep_sign_public *key, int keys)
{
    struct keep_str trusted;
    for (int i = 0; i < keys; i++)
        if (keep_sign_check(&key[i], t->text.p, t->text.n, sig, &trusted, NULL) == 0)
            return keep_str_is(trusted, comment) ? NULL : "the signature was made for something else";
    return "no key given made this signature over these bytes";
}

static int check_one(struct cmd *c, struct keep_packs *p, size_t i, const struct keep_sign_public *key, int keys, const char **why)
{
    struct keep_buf comment = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    char name[4096];
    struct keep_err none = {0};
    int rc = signature_name(c, p->text[i].file, name);
    if (rc == 0)
        rc = comment_of(c, p, i, &comment);
    if (rc == 0 && (rc = keep_file_read_operand(name, SIGNATURE_LIMIT, &sig, &none)) == KEEP_E_INPUT) {
        *why = "it has no signature beside it";
        rc = 0;
    } else if (rc < 0 && none.text[0]) {
        c->err = none;
    } else if (rc == 0) {
        *why = wrong(&p->text[i], keep_buf_view(&sig), (const char *)comment.p, key, keys);
    }
    keep_buf_free(&comment);
    keep_buf_free(&sig);
    return rc;
}

int cmd_policy_signed(struct cmd *c, struct keep_packs *p, bool say)
{
    struct keep_sign_public key[KEYS];
    int keys, rc = read_keys(c, key, &keys), bad = 0;
    for (size_t i = 0; rc == 0 && i < p->texts; i++) {
        const char *why = NULL;
        rc = check_one(c, p, i, key, keys, &why);
        if (rc == 0 && why) {
            cmd_note("%s: %s\n", p->text[i].file, why);
            bad++;
        } else if (rc == 0 && say) {
            cmd_out("%s: signed\n", p->text[i].file);
        }
    }
    if (rc == 0 && bad)
        rc = keep_err_set(&c->err, KEEP_E_INTEGRITY, "%d pack%s not signed as asked", bad, bad == 1 ? " is" : "s are");
    return rc;
}

static int verify(struct cmd *c)
{
    struct keep_packs p = {0};
    int rc = keep_packs_load(&p, c->operand, (size_t)c->operands, &c->err);
    if (rc == 0)
        rc = cmd_policy_signed(c, &p, true);
    cmd_print_diags(&p.diags, false);
    keep_packs_free(&p);
    return rc;
}

const struct cmd_verb cmd_policy_verify = {
    .name = "policy", .action = "verify", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = 0,
    .summary = "check the signatures beside packs by keys that you bring",
    .option = CMD_OPTIONS({"pubkey", "FILE", "a public key; any of several may have signed", NULL, CMD_IS_NEEDED | CMD_IS_LIST}),
    .exits = CMD_EXITS({4, "a signature is missing or does not hold"}),
    .example = CMD_EXAMPLES({"chartkeep policy verify policies --pubkey privacy.pub", "before adopting them"}),
    .run = verify};
