/* backup restore: a backup put back in a keep's place, or what was lost since
 * carried out in one that was put back without its witnesses. */
#include <stdlib.h>

#include "cmd/verbs.h"
#include "core/crypto/secret.h"
#include "core/work/restorerun.h"

#define MAX_WITNESSES 32
#define MAX_OFFICERS 16

/* Who and what else a restore needs beside the two folders. */
struct given {
    const char *witness[MAX_WITNESSES];
    struct keep_sign_secret *officer[MAX_OFFICERS];
    int officers;
    void *identity, *secret;
    struct keep_lost_ask ask;
};

static int gather(struct cmd *c, struct given *g)
{
    const char *identity = cmd_value(c, "recovery-identity");
    g->ask.witness = g->witness;
    g->ask.witnesses = (size_t)cmd_witnesses(c, g->witness, MAX_WITNESSES);
    int rc = identity ? keep_secret_new(&g->identity, KEEP_KEY_SIZE, &c->err) : 0;
    if (rc == 0 && identity)
        rc = cmd_identity(c, identity, g->identity);
    g->ask.identity = g->identity;
    return rc == 0 ? cmd_officers(c, g->officer, MAX_OFFICERS, &g->officers) : rc;
}

static void drop(struct given *g)
{
    for (int i = 0; i < g->officers; i++)
        keep_sign_free(g->officer[i]);
    keep_secret_free(g->identity);
    keep_secret_free(g->secret);
}

/* What opens the keep: a passphrase, or a key file, which is made when absent and may be (new keep) or must be there. */
static int keep_key(struct cmd *c, struct given *g, bool fresh, struct keep_slot_new *slot)
{
    const char *file = cmd_value(c, "key-file");
    bool pass = cmd_given(c, "passphrase") || cmd_given(c, "passphrase-fd");
    int rc;
    if (file && pass)
        return keep_err_set(&c->err, KEEP_E_USAGE, "either --key-file or --passphrase opens the keep");
    if (!file && !pass && (file = getenv("CHARTKEEP_KEY_FILE")) && !*file)
        file = NULL;
    if (!file) {
        rc = cmd_passphrase(c, "passphrase-fd", "the keep", fresh, &g->secret);
        if (rc == 0 && fresh)
            rc = cmd_passphrase_cost(c, &slot->cost);
        if (rc == 0)
            slot->passphrase = keep_str_of(g->secret);
        return rc;
    }
    rc = keep_secret_new(&g->secret, KEEP_KEY_SIZE, &c->err);
    if (rc == 0)
        rc = keep_store_key_file(file, fresh, g->secret, &c->err);
    slot->key = g->secret;
    return rc;
}

static void tell(const char *keep, const struct keep_restorerun_result *r)
{
    const struct keep_replay *d = &r->done;
    unsigned long long lost = r->lost.seen && r->lost.size > r->lost.from ? r->lost.size - r->lost.from : 0;
    if (r->lost.gap[0]) {
        cmd_out("backup %s put back at %s, READ ONLY\n", r->backup, keep);
        cmd_note("what was held and destroyed since the backup is not known: %s\n"
                 "nothing writes this keep until `chartkeep backup restore --replay %s --witness DIR --recovery-identity F` knows it\n", r->lost.gap, keep);
        return;
    }
    cmd_out("backup %s put back at %s\n", r->backup, keep);
    cmd_out("ledger entries lost: %llu; carried out again: holds %llu, releases %llu, records destroyed %llu, patients destroyed %llu\n", lost, (unsigned long long)d->holds,
            (unsigned long long)d->releases, (unsigned long long)d->records, (unsigned long long)d->patients);
    if (lost)
        cmd_note("what was imported, adopted, audited and decided otherwise since the backup is lost: import and adopt it again\n");
    if (d->absent)
        cmd_note("%llu of those destroyed since were never in the backup; importing their sources again would bring them back\n", (unsigned long long)d->absent);
    if (d->widened)
        cmd_note("holds on patients who came after the backup: %llu; they hold the whole keep until they are released\n", (unsigned long long)d->widened);
    if (d->left)
        cmd_note("patients whose names were left, for their identities were separated after the backup: %llu; separate and dispose them again\n", (unsigned long long)d->left);
}

static int restore(struct cmd *c, struct given *g, struct keep_restorerun_result *r)
{
    struct keep_restorerun_order o = {.backup = c->operand[0], .keep = c->operand[1], .officer = (const struct keep_sign_secret *const *)g->officer, .now = c->now,
                                      .progress = cmd_progress_named};
    const char *file = cmd_value(c, "backup-key");
    void *key = NULL;
    if (!file)
        return keep_err_set(&c->err, KEEP_E_USAGE, "backup restore needs --backup-key F, the key that was made with the backup");
    int rc = keep_secret_new(&key, KEEP_KEY_SIZE, &c->err);
    if (rc == 0)
        rc = keep_store_key_file(file, false, key, &c->err);
    if (rc == 0)
        rc = keep_key(c, g, true, &o.slot);
    o.backup_key = key;
    o.ask = g->ask;
    o.officers = (size_t)g->officers;
    if (rc == 0)
        rc = keep_restorerun_restore(&o, c->arena, r, &c->err);
    keep_secret_free(key);
    return rc;
}

static int replay(struct cmd *c, struct given *g, struct keep_restorerun_result *r)
{
    struct keep_store_params p = {.path = c->operand[0], .witness = g->witness, .witnesses = g->ask.witnesses, .write = true, .replay = true, .now = c->now};
    struct keep_slot_new slot = {0};
    int rc = keep_key(c, g, false, &slot);
    p.key = slot.key;
    p.passphrase = slot.passphrase;
    if (rc == 0)
        rc = keep_store_open(&c->store, &p, NULL, &c->err);
    if (rc == 0)
        rc = keep_restorerun_replay(c->store, &g->ask, (const struct keep_sign_secret *const *)g->officer, (size_t)g->officers, c->arena, r, &c->err);
    if (rc == 0 && r->lost.gap[0])
        rc = keep_err_set(&c->err, KEEP_E_REFUSED, "it stays read only: %s", r->lost.gap);
    return rc;
}

static int run(struct cmd *c)
{
    struct keep_restorerun_result *r = keep_arena_alloc(c->arena, sizeof *r);
    struct given g = {0};
    bool again = cmd_given(c, "replay");
    if (!r)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (c->operands != (again ? 1 : 2))
        return keep_err_set(&c->err, KEEP_E_USAGE, again ? "backup restore --replay takes KEEP alone" : "backup restore takes BACKUP and NEWKEEP");
    int rc = gather(c, &g);
    if (rc == 0)
        rc = again ? replay(c, &g, r) : restore(c, &g, r);
    if (rc == 0)
        tell(c->operand[again ? 0 : 1], r);
    drop(&g);
    return rc;
}

const struct cmd_verb cmd_backup_restore = {
    .name = "backup", .action = "restore", .operands = "BACKUP NEWKEEP", .min = 1, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_SIGNS | CMD_LONG,
    .summary = "put a backup back in a keep's place (the quorum's keys)",
    .about = "The backup is checked whole and copied to NEWKEEP, which must not exist, under new keys. Witnesses tell what was decided since: every disposal is carried out again, every hold placed, and releases, officers and backups are entered, before NEWKEEP has its name.\n"
             "\n"
             "Without a witness, without the recovery identity, or with entries missing, NEWKEEP is read only: writing verbs end with 6 until backup restore --replay NEWKEEP is given what was missing. A witness is of use when the keep was written with --witness and made with --recovery.\n"
             "\n"
             "The ledger goes on under a new name. Its entry \"restored\" records where it goes on and how far the lost one had come. What was imported, adopted and audited since the backup is lost.\n",
    .option = CMD_OPTIONS(CMD_OPTION("backup-key", "F", "the backup's own key file"),
                          CMD_DEFAULT("key-file", "F", "the file CHARTKEEP_KEY_FILE names", "the key file of the keep; made when absent"),
                          CMD_SWITCH("passphrase", "open the keep with a passphrase instead"),
                          CMD_OPTION("passphrase-fd", "N", "read that passphrase, one line, from this descriptor"),
                          CMD_LIST("witness", "DIR", "a folder that holds heads and entries of the keep that was lost (also CHARTKEEP_WITNESS)"),
                          CMD_OPTION("recovery-identity", "F", "the age identity of the keep's recovery recipient: it opens what witnesses hold"),
                          CMD_SWITCH("replay", "carry out what was lost in a keep that was put back without its witnesses; its folder is the only operand")),
    .exits = CMD_EXITS({4, "the backup does not hold, or a witness's entries are not what its heads sign or not the backup's own history"},
                       {6, "no quorum, no backup, something at NEWKEEP already, or a replay that still cannot know all"}),
    .example = CMD_EXAMPLES({"chartkeep backup restore /mnt/b/2026-11 hospital.keep --backup-key 2026-11.key --witness /mnt/witness --recovery-identity offline.key --officer-key him.key --officer-key legal.key",
                             "all there is"},
                            {"chartkeep backup restore --replay hospital.keep --witness /mnt/witness --recovery-identity offline.key --officer-key him.key --officer-key legal.key",
                             "the witness was found later"}),
    .run = run};
