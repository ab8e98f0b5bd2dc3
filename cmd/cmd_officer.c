/* officer new, export, identity: a signing key and an age recipient, no keep needed. The
 * age identity is derived from the signing key, so that one file is all an officer guards.
 * officer list, add, renew, remove, quorum: who they are in a keep, which its quorum decides. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"
#include "core/store/officer.h"
#include "core/work/dates.h"
#include "core/work/officerrun.h"


static bool role_ok(const char *r)
{
    size_t n = strlen(r);
    return n > 0 && n <= 32 && strspn(r, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* NULL: --no-passphrase. */
static int ask_passphrase(struct cmd *c, void **out)
{
    *out = NULL;
    return cmd_given(c, "no-passphrase") ? 0 : cmd_passphrase(c, "officer-passphrase-fd", "the officer's key", true, out);
}

static int write_pair(struct cmd *c, const char *role, struct keep_buf *secret, struct keep_buf *public)
{
    char name[64];
    snprintf(name, sizeof name, "%s.key", role);
    int rc = keep_file_create(AT_FDCWD, name, secret->p, secret->n, 0400, &c->err);
    if (rc < 0)
        return rc;
    snprintf(name, sizeof name, "%s.pub", role);
    return keep_file_create(AT_FDCWD, name, public->p, public->n, 0644, &c->err);
}

/* The three lines of ROLE.pub: minisign reads two, the third is the age recipient. role NULL: as minisign comments a key. */
static int public_text(struct cmd *c, const struct keep_sign_secret *key, const char *role, struct keep_buf *out)
{
    struct keep_sign_public pub;
    uint8_t identity[32], recipient[32];
    char text[KEEP_AGE_TEXT], comment[80];
    keep_sign_public_of(key, &pub);
    keep_sign_derive(key, CMD_OFFICER_AGE, identity);
    keep_age_recipient(recipient, identity);
    keep_age_recipient_text(text, recipient);
    snprintf(comment, sizeof comment, "chartkeep officer %s", role ? role : "");
    keep_sign_public_write(out, &pub, role ? comment : NULL);
    keep_buf_printf(out, "%s\n", text);
    keep_secret_wipe(identity, sizeof identity);
    return out->failed ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : 0;
}

static int officer_new(struct cmd *c)
{
    const char *role = c->operand[0];
    struct keep_sign_secret *key = NULL;
    struct keep_buf secret = KEEP_BUF_INIT, public = KEEP_BUF_INIT;
    void *pass = NULL;
    if (!role_ok(role))
        return keep_err_set(&c->err, KEEP_E_USAGE, "a role is 1 to 32 of a-z, 0-9 and '-', such as him, legal, privacy");
    int rc = ask_passphrase(c, &pass);
    if (rc == 0)
        rc = keep_sign_generate(&key, &c->err);
    if (rc < 0)
        goto out;
    rc = public_text(c, key, role, &public);
    if (rc == 0)
        rc = keep_sign_secret_write(&secret, key, pass, &c->err);
    if (rc == 0)
        rc = write_pair(c, role, &secret, &public);
    if (rc == 0) {
        cmd_out("%s.key  secret: keep it where only this officer can reach it\n%s.pub  public: for init, and for auditors\n", role, role);
        cmd_out_bytes(public.p, public.n);
    }
out:
    keep_secret_free(pass);
    keep_sign_free(key);
    keep_buf_free(&secret);
    keep_buf_free(&public);
    return rc;
}

/* The key file that the operand names. */
static int own_key(struct cmd *c, struct keep_sign_secret **key)
{
    static const struct cmd_option option = {.name = "officer-key", .arg = "F"};
    c->given[c->givens].option = &option;
    c->given[c->givens++].value = c->operand[0];
    return cmd_officer(c, key);
}

static int officer_export(struct cmd *c)
{
    struct keep_sign_secret *key = NULL;
    struct keep_buf text = KEEP_BUF_INIT;
    int rc = own_key(c, &key);
    if (rc == 0)
        rc = public_text(c, key, NULL, &text);
    if (rc == 0)
        cmd_out_bytes(text.p, text.n);
    keep_sign_free(key);
    keep_buf_free(&text);
    return rc;
}

static int officer_identity(struct cmd *c)
{
    struct keep_sign_secret *key = NULL;
    uint8_t identity[32];
    char text[KEEP_AGE_TEXT];
    int rc = own_key(c, &key);
    if (rc < 0)
        return rc;
    keep_sign_derive(key, CMD_OFFICER_AGE, identity);
    keep_age_identity_text(text, identity);
    cmd_out("%s\n", text);
    keep_secret_wipe(identity, sizeof identity);
    keep_secret_wipe(text, sizeof text);
    keep_sign_free(key);
    return 0;
}

const struct cmd_verb cmd_officer_new = {
    .name = "officer", .action = "new", .operands = "ROLE", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = 0,
    .summary = "make an officer's key pair: ROLE.key and ROLE.pub in this folder",
    .about = "ROLE is 1 to 32 of a-z, 0-9 and '-'. ROLE.key is a minisign secret key; ROLE.pub a minisign public key with the officer's age recipient on a third line. Both work with stock minisign and age. Neither may exist.\n",
    .option = CMD_OPTIONS(CMD_SWITCH("no-passphrase", "do not encrypt the secret key (the file itself must then be guarded)"),
                          CMD_DEFAULT("officer-passphrase-fd", "N", "asked for at the terminal", "read the passphrase, one line, from this descriptor")),
    .example = CMD_EXAMPLES({"chartkeep officer new him", "him.key for the HIM director to guard, him.pub for init"}),
    .run = officer_new};

const struct cmd_verb cmd_officer_export = {
    .name = "officer", .action = "export", .operands = "ROLE.key", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = 0,
    .summary = "print an officer's public key and age recipient, as officer new writes them",
    .about = "For a secret key that minisign made (minisign -G), whose public file says nothing of an age recipient.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("officer-passphrase-fd", "N", "asked for at the terminal", "read the passphrase, one line, from this descriptor")),
    .exits = CMD_EXITS({12, "the passphrase does not open the key"}),
    .example = CMD_EXAMPLES({"chartkeep officer export minisign.key >privacy.pub", "a key from elsewhere, ready for officer add"}),
    .run = officer_export};

const struct cmd_verb cmd_officer_identity = {
    .name = "officer", .action = "identity", .operands = "ROLE.key", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = 0,
    .summary = "print the officer's age identity, for stock age (a secret: redirect it)",
    .about = "Plans' annexes and packages' indexes are sealed to officers; with this identity the officer opens them without this program.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("officer-passphrase-fd", "N", "asked for at the terminal", "read the passphrase, one line, from this descriptor")),
    .exits = CMD_EXITS({12, "the passphrase does not open the key"}),
    .example = CMD_EXAMPLES({"chartkeep officer identity him.key >him.age", "then: age -d -i him.age FILE"}),
    .run = officer_identity};

/* --- officers of a keep --- */

int cmd_officer_public(struct cmd *c, const char *spec, struct keep_officer *out)
{
    struct keep_buf text = KEEP_BUF_INIT;
    const char *colon = strchr(spec, ':');
    if (!colon || colon == spec || !colon[1])
        return keep_err_set(&c->err, KEEP_E_USAGE, "--officer %s: ROLE:FILE, such as him:him.pub", spec);
    memset(out, 0, sizeof *out);
    int rc = keep_file_read_operand(colon + 1, 64u << 10, &text, &c->err);
    struct keep_str view = keep_buf_view(&text);
    if (rc == 0)
        rc = keep_sign_public_read(&out->key, view, colon + 1, &c->err);
    if (rc == 0) {
        size_t at = 0;
        for (int line = 0; line < 2 && at < view.n; at++)
            line += view.p[at] == '\n';
        struct keep_str third = {view.p + at, view.n - at};
        while (third.n && (third.p[third.n - 1] == '\n' || third.p[third.n - 1] == '\r'))
            third.n--;
        rc = keep_age_recipient_read(out->recipient, third, &c->err);
        if (rc < 0)
            keep_err_hint(&c->err, "the third line of %s must be the officer's age recipient; officer new writes it, officer export for a key of minisign's", colon + 1);
    }
    out->role = keep_arena_str(c->arena, (struct keep_str){spec, (size_t)(colon - spec)}, NULL);
    keep_buf_free(&text);
    return rc;
}

static int change(struct cmd *c, struct keep_officerrun_change *how)
{
    struct keep_sign_secret *key[KEEP_OFFICERRUN_SIGNERS];
    long long quorum = 0;
    int n = 0, rc = cmd_number(c, "quorum", 1, KEEP_OFFICERRUN_SIGNERS, &quorum);
    if (rc < 0)
        return rc;
    if (how->quorum == 0)
        how->quorum = (uint32_t)quorum;
    rc = cmd_officers(c, key, KEEP_OFFICERRUN_SIGNERS, &n);
    if (rc < 0)
        return rc;
    rc = cmd_open(c, true);
    how->signer = (const struct keep_sign_secret *const *)key;
    how->signers = (size_t)n;
    if (rc == 0)
        rc = keep_officerrun_change(c->store, how, &c->err);
    for (int i = 0; i < n; i++)
        keep_sign_free(key[i]);
    if (rc == 0) {
        size_t officers;
        keep_store_officers(c->store, &officers);
        cmd_out("%zu officer%s, %u must sign\n", officers, keep_str_s(officers), keep_store_quorum(c->store));
    }
    return rc;
}

/* --name, --from and --until. */
static int register_line(struct cmd *c, struct keep_officer *o)
{
    const char *name = cmd_value(c, "name");
    keep_date from, until;
    int rc = cmd_date(c, "from", &from);
    if (rc == 0)
        rc = cmd_date(c, "until", &until);
    if (rc < 0)
        return rc;
    o->name = name ? keep_str_of(name) : (struct keep_str){NULL, 0};
    o->from = from == KEEP_DATE_NONE ? 0 : from;
    o->until = until == KEEP_DATE_NONE ? 0 : until;
    return 0;
}

static int officer_add(struct cmd *c)
{
    struct keep_officer o;
    int rc = cmd_officer_public(c, c->operand[1], &o);
    if (rc == 0)
        rc = register_line(c, &o);
    return rc < 0 ? rc : change(c, &(struct keep_officerrun_change){.add = &o});
}

static int officer_renew(struct cmd *c)
{
    struct keep_officer o = {.role = keep_str_of(c->operand[1])};
    int rc = strchr(c->operand[1], ':') ? cmd_officer_public(c, c->operand[1], &o) : 0;
    if (rc == 0)
        rc = register_line(c, &o);
    return rc < 0 ? rc : change(c, &(struct keep_officerrun_change){.renew = &o});
}

static int officer_remove(struct cmd *c)
{
    return change(c, &(struct keep_officerrun_change){.remove = keep_str_of(c->operand[1])});
}

static int officer_quorum(struct cmd *c)
{
    char *end;
    unsigned long n = strtoul(c->operand[1], &end, 10);
    if (*end || n < 1 || n > KEEP_OFFICERRUN_SIGNERS)
        return keep_err_set(&c->err, KEEP_E_USAGE, "a quorum is a number from 1 to %d", KEEP_OFFICERRUN_SIGNERS);
    return change(c, &(struct keep_officerrun_change){.quorum = (uint32_t)n});
}

#define QUORUM_SIGNS "The officers there are decide: as many of them as the quorum give their keys with --officer-key. The decision is signed and entered in the ledger before it takes effect.\n"
const struct cmd_verb cmd_officer_add = {
    .name = "officer", .action = "add", .operands = "KEEP ROLE:PUB", .min = 2, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "make somebody an officer (the quorum signs)",
    .about = QUORUM_SIGNS
             "\n"
             "In a keep that has no officers whoever opens it names the first.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("name", "NAME", "not recorded", "the person: two lines of one name are one person, who signs once"),
                          CMD_DEFAULT("from", "DATE", "at once", "the first day that the key is good for"),
                          CMD_DEFAULT("until", "DATE", "without end", "the last one; after it the key is refused wherever officers sign"),
                          CMD_DEFAULT("quorum", "M", "as before", "how many must sign from now on")),
    .example = CMD_EXAMPLES({"chartkeep officer add hospital.keep privacy:privacy.pub --name 'Ada Byron' --until 2028-12-31 --officer-key him.key --officer-key legal.key", "a third officer"}),
    .run = officer_add};
const struct cmd_verb cmd_officer_renew = {
    .name = "officer", .action = "renew", .operands = "KEEP ROLE[:PUB]", .min = 2, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "give an officer another validity, name or key (the quorum signs)",
    .about = QUORUM_SIGNS
             "\n"
             "What is not given stays. With PUB the officer signs by that key from now on; what the old one signed stays valid, approvals not yet used do not. "
             "Renew before a key expires: an expired one signs nothing, its own renewal included.\n",
    .option = CMD_OPTIONS(CMD_OPTION("name", "NAME", "the person"), CMD_OPTION("from", "DATE", "the first day that the key is good for"),
                          CMD_OPTION("until", "DATE", "the last one"), CMD_DEFAULT("quorum", "M", "as before", "how many must sign from now on")),
    .example = CMD_EXAMPLES({"chartkeep officer renew hospital.keep legal --until 2029-12-31 --officer-key him.key --officer-key legal.key", "three more years"},
                            {"chartkeep officer renew hospital.keep legal:new.pub --officer-key him.key --officer-key legal.key", "a new key"}),
    .run = officer_renew};
const struct cmd_verb cmd_officer_remove = {
    .name = "officer", .action = "remove", .operands = "KEEP ROLE", .min = 2, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "end an officer's powers (the quorum signs)",
    .about = QUORUM_SIGNS
             "\n"
             "What the officer signed before stays valid; approvals not yet used do not.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("quorum", "M", "as before", "how many must sign from now on")),
    .example = CMD_EXAMPLES({"chartkeep officer remove hospital.keep legal --officer-key him.key --officer-key privacy.key", "legal leaves"}),
    .run = officer_remove};
const struct cmd_verb cmd_officer_quorum = {
    .name = "officer", .action = "quorum", .operands = "KEEP M", .min = 2, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "change how many officers must sign (the quorum signs)",
    .about = QUORUM_SIGNS,
    .example = CMD_EXAMPLES({"chartkeep officer quorum hospital.keep 3 --officer-key him.key --officer-key legal.key", "three of them from now on"}),
    .run = officer_quorum};

static const struct keep_report_field list_fields[] = {
    {"role", KEEP_REPORT_TEXT, "role", 0}, {"name", KEEP_REPORT_TEXT, "name", 0}, {"from", KEEP_REPORT_DATE, "from", 0}, {"until", KEEP_REPORT_DATE, "until", 0},
    {"standing", KEEP_REPORT_TEXT, "standing", 0}, {"key", KEEP_REPORT_TEXT, "signing key", 0}, {"recipient", KEEP_REPORT_TEXT, "recipient", 0}};

static int list_rows(struct cmd *c, struct keep_report *r, const struct keep_officer *o, size_t n, const keep_date *today)
{
    static const char *const word[KEEP_OFFICER_STANDINGS] = {[KEEP_OFFICER_VALID] = "in office", [KEEP_OFFICER_EARLY] = "not yet", [KEEP_OFFICER_EXPIRED] = "expired"};
    char id[17], recipient[KEEP_AGE_TEXT];
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        keep_sign_id_text(o[i].key.id, id);
        keep_age_recipient_text(recipient, o[i].recipient);
        rc = keep_report_row(r, (struct keep_report_cell[]){KEEP_CELL(o[i].role), KEEP_CELL(o[i].name), KEEP_CELL_N(o[i].from ? o[i].from : KEEP_DATE_NONE), KEEP_CELL_N(o[i].until ? o[i].until : KEEP_DATE_NONE),
                                 KEEP_CELL_Z(!today ? "left" : keep_officer_ends(&o[i], *today) ? "expires soon" : word[keep_officer_on(&o[i], *today)]), KEEP_CELL_Z(id), KEEP_CELL_Z(recipient)}, &c->err);
    }
    return rc;
}

static int officer_list(struct cmd *c)
{
    struct keep_report *r;
    size_t n, formers;
    keep_date today;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_dates_today(c->store, &today, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "officers", list_fields, sizeof list_fields / sizeof *list_fields, &r);
    if (rc < 0)
        return rc;
    const struct keep_officer *o = keep_store_officers(c->store, &n), *former = keep_store_former(c->store, &formers);
    rc = list_rows(c, r, o, n, &today);
    if (rc == 0)
        rc = list_rows(c, r, former, formers, NULL);
    rc = cmd_rows_end(c, r, rc);
    if (rc == 0 && cmd_format(c) == KEEP_REPORT_TABLE && !cmd_given(c, "output"))
        cmd_out("%u must sign\n", keep_store_quorum(c->store));
    return rc;
}

const struct cmd_verb cmd_officer_list = {
    .name = "officer", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list the officers of a keep, and who were",
    .about = "Standing is in office, expires soon (in office for 60 days more at most), not yet (valid from a later day), expired, or left.\n",
    .example = CMD_EXAMPLES({"chartkeep officer list hospital.keep", "roles, people, validity, signing keys, recipients"}),
    .run = officer_list};
