/* restore: records out of sealed packages, back into the keep. */
#include "cmd/verbs.h"
#include "core/crypto/secret.h"
#include "core/work/returnrun.h"

#define MAX_OFFICERS 16
#define MAX_IDENTITIES 16

/* Those of the files, then those that the officers' keys carry. */
static int identities(struct cmd *c, struct keep_sign_secret *const *officer, int officers, uint8_t (*out)[32], size_t *n)
{
    const char *path[MAX_IDENTITIES];
    int files = cmd_values(c, "identity", path, MAX_IDENTITIES), rc = 0;
    *n = 0;
    for (int i = 0; rc == 0 && i < files; i++) {
        rc = cmd_identity(c, path[i], out[*n]);
        *n += rc == 0;
    }
    for (int i = 0; rc == 0 && i < officers; i++)
        keep_sign_derive(officer[i], CMD_OFFICER_AGE, out[(*n)++]);
    return rc;
}

static void tell(const struct keep_returnrun_result *r)
{
    if (r->records || r->unread == 0)
        cmd_out("%llu record%s restored from %llu package%s; here already and left as they are: %llu\n", (unsigned long long)r->records, keep_str_s(r->records), (unsigned long long)r->packages,
                keep_str_s(r->packages), (unsigned long long)r->live);
    if (r->sets)
        cmd_out("record sets kept again, with the dates that the rules give them: %llu\n", (unsigned long long)r->sets);
    if (r->due)
        cmd_note("due today of them: %llu; place a hold where they are to stay (chartkeep hold place)\n", (unsigned long long)r->due);
    if (r->unread)
        cmd_note("could not be read back, for no reader understands them: %llu; these stay in the package alone\n", (unsigned long long)r->unread);
}

static int restore(struct cmd *c)
{
    struct keep_sign_secret *officer[MAX_OFFICERS];
    uint8_t (*identity)[32] = NULL;
    struct keep_returnrun_result out = {0};
    struct keep_returnrun_params p = {.path = &c->operand[1], .paths = (size_t)c->operands - 1, .matter = keep_str_of(cmd_value(c, "matter")), .progress = cmd_progress_named};
    int n = 0, rc = keep_secret_new((void **)&identity, (MAX_IDENTITIES + MAX_OFFICERS) * 32, &c->err);
    if (rc == 0)
        rc = cmd_officers(c, officer, MAX_OFFICERS, &n);
    if (rc < 0)
        n = 0;
    if (rc == 0)
        rc = identities(c, officer, n, identity, &p.identities);
    if (rc == 0)
        rc = cmd_open(c, true);
    p.identity = (const uint8_t (*)[32])identity;
    p.officer = (const struct keep_sign_secret *const *)officer;
    p.officers = (size_t)n;
    if (rc == 0)
        rc = keep_returnrun(c->store, &p, &out, &c->err);
    cmd_progress_end();
    if (rc == 1) {
        cmd_out("nothing to restore: what the packages hold is here (%llu record%s)\n", (unsigned long long)out.live, keep_str_s(out.live));
        rc = 0;
    } else if (rc == 0) {
        tell(&out);
        rc = out.unread ? 3 : 0;
    } else if (out.records) {
        cmd_note("brought back before that: %llu; run it again to go on\n", (unsigned long long)out.records);
    }
    for (int i = 0; i < n; i++)
        keep_sign_free(officer[i]);
    keep_secret_free(identity);
    return rc;
}

const struct cmd_verb cmd_restore = {
    .name = "restore", .operands = "KEEP PACKAGE…", .min = 2, .max = -1, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS | CMD_LONG,
    .summary = "bring records back from sealed packages of this keep, by the quorum",
    .about = "Each package is verified whole first: signed by this keep, complete, every record equal to its digest. Then the records that the keep no longer has come back, under new keys; those "
             "that it has are left as they are. A restored record is the first version of a record whose file is the package and whose line is its number in the register; the decision, with the "
             "plan and the digest of the package, is signed by each officer and in the ledger before the first is taken in. The dates of their sets derive again: what was due is due again, "
             "unless it is held.\n\n"
             "The index is opened by an officer's key where the package was sealed to the officers, else by the identity of the archive officer or the recovery identity (--identity).\n\n"
             "Interrupted, it goes on when run again.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("matter", "ID", "why: a matter or case number, nobody's name"),
                          CMD_LIST("identity", "F", "file with an age identity that opens the packages' indexes")),
    .exits = CMD_EXITS({3, "a record could not be read back, or a package does not tell enough"}, {4, "a package does not verify, is another keep's, or was changed meanwhile"},
                       {6, "the officers given are no quorum"}, {12, "no identity opens a package's index"}),
    .example = CMD_EXAMPLES({"chartkeep restore hospital.keep packages/ck-20261121-0a1b2c3d4e5f.tar --matter 2026-CV-17 --officer-key him.key --officer-key legal.key", "for a court case"}),
    .run = restore};
