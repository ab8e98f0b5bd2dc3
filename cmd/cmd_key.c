/* key show: the keep's public key, which auditors pin. key rotate: new keys in
 * place of those that somebody may have seen. */
#include "cmd/verbs.h"

static int key_show(struct cmd *c)
{
    struct keep_sign_public pub;
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = cmd_open(c, false);
    if (rc < 0)
        return rc;
    keep_sign_public_of(keep_store_signer(c->store), &pub);
    keep_sign_public_write(&b, &pub, "chartkeep keep public key");
    cmd_out_bytes(b.p, b.n);
    keep_buf_free(&b);
    return 0;
}

const struct cmd_verb cmd_key_show = {
    .name = "key", .action = "show", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_PROOF, .uses = CMD_OPENS,
    .summary = "print the keep's public key, for auditors (minisign format)",
    .example = CMD_EXAMPLES({"chartkeep key show hospital.keep >keep.pub", "what auditors pin, before they get a package"}),
    .run = key_show};

/* The master key first: the new file keys are then wrapped under the new one only. */
static int key_rotate(struct cmd *c)
{
    bool master = cmd_given(c, "master"), records = cmd_given(c, "records"), keyring = cmd_given(c, "keyring");
    int rc = cmd_open(c, true);
    if (!master && !records && !keyring)
        records = keyring = true;
    if (rc == 0 && master)
        rc = keep_store_rotate_master(c->store, &c->err);
    if (rc == 0 && master)
        cmd_out("new master key; every slot opens the keep as before\n");
    if (rc == 0 && records)
        rc = keep_store_rotate_records(c->store, cmd_progress, "records.db under its new key", &c->err);
    if (rc == 0 && records)
        cmd_out("records.db is under a new key\n");
    if (rc == 0 && keyring)
        rc = keep_store_rotate_keyring(c->store, &c->err);
    if (rc == 0 && keyring)
        cmd_out("keyring.db is under a new key\n");
    return rc;
}

const struct cmd_verb cmd_key_rotate = {
    .name = "key", .action = "rotate", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_LONG,
    .summary = "put new keys in place (default: of both databases)",
    .about = "A file is written anew beside the old one, compared with it, and takes its name: there must be room for it on the disk. Interrupted anywhere, the next call goes on with whichever file was in force. The records' own keys and the key that signs heads and packages stay.\n",
    .option = CMD_OPTIONS(CMD_SWITCH("records", "write records.db anew under a new key"),
                          CMD_SWITCH("keyring", "write keyring.db anew under a new key"),
                          CMD_SWITCH("master", "a new master key, sealed to every slot")),
    .example = CMD_EXAMPLES({"chartkeep key rotate hospital.keep", "new keys for records.db and keyring.db"},
                            {"chartkeep key rotate hospital.keep --master --records --keyring", "after a key was seen by somebody"}),
    .run = key_rotate};
