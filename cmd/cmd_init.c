/* init: an empty keep with its officers. */
#include <stdlib.h>
#include <string.h>

#include "cmd/verbs.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"

#define MAX_OFFICERS 16

static int recipient(struct cmd *c, const char *option, uint8_t key[32], const uint8_t **out)
{
    const char *v = cmd_value(c, option);
    *out = NULL;
    if (!v)
        return 0;
    int rc = keep_age_recipient_read(key, keep_str_of(v), &c->err);
    *out = rc == 0 ? key : NULL;
    return rc;
}

/* The first slot's secret: a key file, made when absent, or with --passphrase what is typed or read. */
static int first_slot(struct cmd *c, struct keep_store_init *in, const char **key_file, void **secret)
{
    int rc;
    *key_file = cmd_value(c, "key-file");
    if (cmd_given(c, "passphrase") || cmd_given(c, "passphrase-fd")) {
        if (*key_file)
            return keep_err_set(&c->err, KEEP_E_USAGE, "either --key-file or --passphrase; slot add makes the other later");
        rc = cmd_passphrase(c, "passphrase-fd", c->operand[0], true, secret);
        if (rc == 0)
            rc = cmd_passphrase_cost(c, &in->cost);
        if (rc == 0)
            in->passphrase = keep_str_of(*secret);
        return rc;
    }
    if (!*key_file)
        *key_file = getenv("CHARTKEEP_KEY_FILE");
    if (!*key_file || !**key_file) {
        keep_err_set(&c->err, KEEP_E_KEY, "no key: nothing says where the key file is or shall be");
        keep_err_hint(&c->err, "give --key-file F or set CHARTKEEP_KEY_FILE (init makes it when absent), or --passphrase");
        return KEEP_E_KEY;
    }
    rc = keep_secret_new(secret, KEEP_KEY_SIZE, &c->err);
    if (rc == 0)
        rc = keep_store_key_file(*key_file, true, *secret, &c->err);
    in->key = *secret;
    return rc;
}

static void tell(const struct cmd *c, const char *key_file, const struct keep_store_init *in)
{
    const char *other = in->recovery ? " and the recovery identity" : "";
    if (in->key)
        cmd_out("keep made at %s; its key is in %s: without that file%s nobody can ever open it\n", c->operand[0], key_file, other);
    else
        cmd_out("keep made at %s; without its passphrase%s nobody can ever open it\n", c->operand[0], other);
    if (in->officers == 0)
        cmd_out("it has no officers: nothing can be adopted, approved or destroyed in it\n");
    else
        cmd_out("%zu officer%s, %u must sign\n", in->officers, keep_str_s(in->officers), in->quorum);
    cmd_out("time zone %s (set with --time-zone)\n", in->time_zone);
    if (!in->recovery)
        cmd_note("it has no recovery recipient (--recovery): a backup put back stays read only when anything was held or destroyed since\n");
}

static int init(struct cmd *c)
{
    struct keep_officer officer[MAX_OFFICERS];
    const char *spec[MAX_OFFICERS + 1], *key_file = NULL;
    uint8_t rec[32], arc[32];
    void *secret = NULL;
    long long quorum = 1;
    int n = cmd_values(c, "officer", spec, MAX_OFFICERS + 1), rc = 0;
    struct keep_store_init in = {.path = c->operand[0], .officer = officer, .now = c->now};
    if (n > MAX_OFFICERS)
        return keep_err_set(&c->err, KEEP_E_USAGE, "at most %d officers", MAX_OFFICERS);
    for (int i = 0; rc == 0 && i < n; i++)
        rc = cmd_officer_public(c, spec[i], &officer[i]);
    if (rc == 0)
        rc = cmd_number(c, "quorum", 1, n ? n : 1, &quorum);
    if (rc == 1)
        rc = 0;
    if (rc == 0)
        rc = recipient(c, "recovery", rec, &in.recovery);
    if (rc == 0)
        rc = recipient(c, "archive-officer", arc, &in.archive_officer);
    if (rc == 0)
        rc = first_slot(c, &in, &key_file, &secret);
    in.officers = (size_t)n;
    in.quorum = n ? (uint32_t)quorum : 0;
    in.time_zone = cmd_value(c, "time-zone");
    if (!in.time_zone)
        in.time_zone = "America/Chicago";
    if (rc == 0)
        rc = keep_store_init(&in, &c->err);
    keep_secret_free(secret);
    if (rc == 0)
        tell(c, key_file, &in);
    return rc;
}

const struct cmd_verb cmd_init = {
    .name = "init", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = 0,
    .summary = "make an empty keep",
    .about = "KEEP must not exist, or be an empty folder. The first way into the keep is a key file, or with --passphrase a passphrase; slot add makes others. A keep without officers takes in and answers, and can never adopt, approve or destroy.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("key-file", "F", "the file CHARTKEEP_KEY_FILE names", "the key file; made (mode 0400) when absent"),
                          CMD_SWITCH("passphrase", "open it with a passphrase instead of a key file"),
                          CMD_OPTION("passphrase-fd", "N", "read that passphrase, one line, from this descriptor instead of the terminal"),
                          CMD_LIST("officer", "ROLE:PUB", "an officer and the public key file that officer new made"),
                          CMD_DEFAULT("quorum", "M", "1", "how many officers of distinct roles must sign"),
                          CMD_OPTION("recovery", "AGE", "age recipient whose identity is kept offline: it opens packages when this keep is lost, and this keep when its key is lost"),
                          CMD_DEFAULT("archive-officer", "AGE", "the officers", "age recipient that opens the index of packages"),
                          CMD_DEFAULT("time-zone", "ZONE", "America/Chicago", "IANA zone of this hospital's days")),
    .exits = CMD_EXITS({6, "there is something at KEEP already"}, {12, "no key, or one that others may read"}),
    .example = CMD_EXAMPLES({"chartkeep init hospital.keep --officer him:him.pub --officer legal:legal.pub --quorum 2", "its key goes into the file that CHARTKEEP_KEY_FILE names"}),
    .run = init};
