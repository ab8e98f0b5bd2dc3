/* officer new: a signing key and an age recipient, no keep needed. The age
 * identity is derived from the signing key, so that one file is all an officer guards. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <stdlib.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"

static bool role_ok(const char *r)
{
    size_t n = strlen(r);
    return n > 0 && n <= 32 && strspn(r, "abcdefghijklmnopqrstuvwxyz0123456789-") == n;
}

/* Asks twice, or reads once from --officer-passphrase-fd. NULL: --no-passphrase. */
static int ask_passphrase(struct cmd *c, void **out)
{
    enum { MAX = 1024 };
    const char *fd_text = cmd_value(c, "officer-passphrase-fd");
    *out = NULL;
    if (cmd_given(c, "no-passphrase"))
        return 0;
    int rc = keep_secret_new(out, MAX, &c->err);
    if (rc < 0)
        return rc;
    char *text = *out;
    if (fd_text) {
        int fd = atoi(fd_text);
        size_t n = 0;
        while (n + 1 < MAX && read(fd, text + n, 1) == 1 && text[n] != '\n')
            n++;
        text[n] = 0;
    } else {
        char *first = getpass("passphrase for the officer's key: ");
        snprintf(text, MAX, "%s", first ? first : "");
        char *again = getpass("the same again: ");
        if (!again || strcmp(text, again) != 0)
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "the two passphrases differ");
        if (again)
            keep_secret_wipe(again, strlen(again));
    }
    if (rc == 0 && text[0] == 0)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "an empty passphrase: use --no-passphrase if that is meant");
    return rc;
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

static int officer_new(struct cmd *c)
{
    const char *role = c->operand[0];
    struct keep_sign_secret *key = NULL;
    struct keep_sign_public pub;
    struct keep_buf secret = KEEP_BUF_INIT, public = KEEP_BUF_INIT;
    uint8_t identity[32], recipient[32];
    char text[KEEP_AGE_TEXT], comment[80], id[17];
    void *pass = NULL;
    if (!role_ok(role))
        return keep_err_set(&c->err, KEEP_E_USAGE, "a role is 1 to 32 of a-z, 0-9 and '-', such as him, legal, privacy");
    int rc = ask_passphrase(c, &pass);
    if (rc == 0)
        rc = keep_sign_generate(&key, &c->err);
    if (rc < 0)
        goto out;
    keep_sign_public_of(key, &pub);
    keep_sign_derive(key, "chartkeep officer age identity", identity);
    keep_age_recipient(recipient, identity);
    keep_age_recipient_text(text, recipient);
    snprintf(comment, sizeof comment, "chartkeep officer %s", role);
    keep_sign_public_write(&public, &pub, comment);
    keep_buf_printf(&public, "%s\n", text); /* minisign reads two lines; the third is the age recipient */
    rc = keep_sign_secret_write(&secret, key, pass, &c->err);
    if (rc == 0)
        rc = write_pair(c, role, &secret, &public);
    if (rc == 0) {
        keep_sign_id_text(pub.id, id);
        cmd_out("%s.key  secret: keep it where only this officer can reach it\n%s.pub  public: for init, and for auditors\nsigning key %s\nrecipient   %s\n", role, role, id, text);
    }
out:
    keep_secret_wipe(identity, sizeof identity);
    keep_secret_free(pass);
    keep_sign_free(key);
    keep_buf_free(&secret);
    keep_buf_free(&public);
    return rc;
}

static int officer_identity(struct cmd *c)
{
    struct keep_sign_secret *key = NULL;
    uint8_t identity[32];
    char text[KEEP_AGE_TEXT];
    c->given[c->givens].option = &(const struct cmd_option){"officer-key", "F", ""};
    c->given[c->givens++].value = c->operand[0];
    int rc = cmd_officer(c, &key);
    if (rc < 0)
        return rc;
    keep_sign_derive(key, "chartkeep officer age identity", identity);
    keep_age_identity_text(text, identity);
    cmd_out("%s\n", text);
    keep_secret_wipe(identity, sizeof identity);
    keep_secret_wipe(text, sizeof text);
    keep_sign_free(key);
    return 0;
}

static const struct cmd_option new_options[] = {
    {"no-passphrase", NULL, "do not encrypt the secret key (the file itself must then be guarded)"},
    {"officer-passphrase-fd", "N", "read the passphrase from this descriptor"},
    {NULL, NULL, NULL}};
const struct cmd_verb cmd_officer_new = {
    "officer", "new", "ROLE", 1, 1, "make an officer's key pair: ROLE.key and ROLE.pub in this folder", new_options, officer_new,
    "ROLE.key is a minisign secret key; ROLE.pub a minisign public key with the officer's age\nrecipient on a third line. Both work with stock minisign and age.\n"};

static const struct cmd_option identity_options[] = {{"officer-passphrase-fd", "N", "read the passphrase from this descriptor"}, {NULL, NULL, NULL}};
const struct cmd_verb cmd_officer_identity = {
    "officer", "identity", "ROLE.key", 1, 1, "print the officer's age identity, for stock age (a secret: redirect it)", identity_options, officer_identity, NULL};
