/* backup, backup list, backup expire. */
#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/signed.h"
#include "cmd/verbs.h"
#include "core/crypto/secret.h"
#include "core/store/copyout.h"
#include "core/work/closing.h"

struct key_out {
    const char *path;
    uint8_t *key;
    bool there; /* from a run that died between writing it and naming the backup */
    bool made;
};

/* The key's file: none yet, or what a run of this very backup left that died before the backup had its name. */
static int choose_key(struct cmd *c, struct key_out *k)
{
    struct stat st;
    int absent = lstat(k->path, &st) != 0 ? errno == ENOENT : S_ISREG(st.st_mode) && st.st_size == 0 && unlink(k->path) == 0; /* an empty one holds no key: a run died at it */
    if (absent) {
        keep_secret_random(k->key, KEEP_KEY_SIZE);
        return 0;
    }
    k->there = keep_store_key_file(k->path, false, k->key, NULL) == 0 && keep_copyout_left(c->operand[1], k->key);
    return k->there ? 0 : keep_err_set(&c->err, KEEP_E_REFUSED, "%s: each backup has a key of its own, this file is there already", k->path);
}

static int write_key(void *ctx, const char *path, struct keep_err *err)
{
    struct key_out *k = ctx;
    (void)path;
    int rc = k->there ? 0 : keep_store_key_make(k->path, k->key, err);
    k->made = rc == 0;
    return rc;
}

static int backup(struct cmd *c)
{
    struct key_out k = {.path = cmd_value(c, "backup-key-out")};
    struct keep_backup_order o = {.dir = c->operand[1], .progress = cmd_progress_named, .ready = write_key, .ctx = &k, .today = keep_civil_utc_date(c->now)};
    char id[KEEP_BACKUP_ID + 1] = "";
    void *key = NULL;
    if (!k.path || !cmd_given(c, "destroy-by"))
        return keep_err_set(&c->err, KEEP_E_USAGE, "backup needs --backup-key-out F and --destroy-by DATE");
    int rc = cmd_date(c, "destroy-by", &o.destroy_by);
    if (rc == 0 && o.destroy_by <= o.today)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--destroy-by: a day after today");
    if (rc == 0 && access(c->operand[1], F_OK) == 0)
        rc = keep_err_set(&c->err, KEEP_E_REFUSED, "%s: there is something there already", c->operand[1]);
    if (rc == 0)
        rc = keep_secret_new(&key, KEEP_KEY_SIZE, &c->err);
    k.key = key;
    o.key = key;
    if (rc == 0)
        rc = choose_key(c, &k);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_backup_make(c->store, &o, id, &c->err);
    if (rc == 0) {
        cmd_out("backup %s in %s\n", id, c->operand[1]);
        cmd_note("keep %s apart from it: together they open everything the keep holds today, also what is destroyed later\n", k.path);
    } else if (id[0]) {
        if (k.made && access(o.dir, F_OK) != 0)
            unlink(k.path);
        keep_err_hint(&c->err, "backup %s is registered and was not made: an officer closes it with `backup expire`", id);
    }
    keep_secret_free(key);
    return rc;
}

static const struct keep_report_field fields[] = {
    {"backup", KEEP_REPORT_TEXT, "backup", 0}, {"made", KEEP_REPORT_TIME, "made", 0}, {"destroy_by", KEEP_REPORT_DATE, "destroy by", 0}, {"status", KEEP_REPORT_TEXT, "status", 0},
    {"expired", KEEP_REPORT_TIME, "expired", 0}, {"signed_by", KEEP_REPORT_TEXT, "signed by", 0}};

static int list(struct cmd *c)
{
    struct keep_backup *b = NULL;
    struct keep_report *r = NULL;
    size_t n = 0;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_backup_list(c->store, c->arena, &b, &n, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "backups", fields, sizeof fields / sizeof *fields, &r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        const char *status = b[i].expired != KEEP_TIME_NONE ? "expired" : b[i].destroy_by < keep_civil_utc_date(c->now) ? "overdue" : "open";
        struct keep_report_cell cell[] = {KEEP_CELL(b[i].id), KEEP_CELL_N(b[i].made), KEEP_CELL_N(b[i].destroy_by), KEEP_CELL_Z(status), KEEP_CELL_N(b[i].expired), KEEP_CELL(b[i].role)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

static int expire(struct cmd *c)
{
    struct keep_sign_secret *officer = NULL;
    struct keep_closing closing = {.text = KEEP_BUF_INIT, .signature = KEEP_BUF_INIT};
    struct keep_str id = keep_str_of(c->operand[1]);
    int rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_backup_expire(c->store, id, officer, &closing, &c->err);
    if (rc == 0)
        cmd_out("backup %s is expired\n", c->operand[1]);
    if (rc == 1 && (rc = keep_closing_again(c->store, id, &closing, &c->err)) == 1)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "no open backup has this id; backup list shows them");
    if (rc == 0 && closing.text.n)
        rc = cmd_signed_by_keep(c, "closing certificate", ".closing.json", &closing.text, &closing.signature);
    if (rc == 0 && closing.open)
        cmd_note("%zu certificate%s of destruction still wait%s for other backups\n", closing.open, keep_str_s(closing.open), closing.open == 1 ? "s" : "");
    keep_buf_free(&closing.text);
    keep_buf_free(&closing.signature);
    keep_sign_free(officer);
    return rc;
}

const struct cmd_verb cmd_backup = {
    .name = "backup", .operands = "KEEP DIR", .min = 2, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_LONG,
    .summary = "copy the keep to DIR under keys of its own and register the copy",
    .about = "The copy is one moment of the keep, checked in full before the command ends. It is opened by its own key file alone, and is read-only: status, check, ledger, sql and the reports work on it, nothing that writes does, since a history continued from it would forget the holds and destructions that came later. backup restore puts it back and carries those out again.\n"
             "\n"
             "It is in the ledger with its day of destruction, and open until backup expire.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("backup-key-out", "F", "where the backup's own key file is made: keep it apart from the backup"),
                          CMD_NEEDED("destroy-by", "DATE", "the day by which the backup must be destroyed")),
    .exits = CMD_EXITS({6, "there is something at DIR or at the key's place already"}),
    .example = CMD_EXAMPLES({"chartkeep backup hospital.keep /mnt/b/2026-11 --backup-key-out /mnt/safe/2026-11.key --destroy-by 2027-02-28", "the key on another disk"}),
    .run = backup};
const struct cmd_verb cmd_backup_list = {
    .name = "backup", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list registered backups: open, overdue or expired",
    .example = CMD_EXAMPLES({"chartkeep backup list hospital.keep", "what still could open what was destroyed"}),
    .run = list};
const struct cmd_verb cmd_backup_expire = {
    .name = "backup", .action = "expire", .operands = "KEEP ID", .min = 2, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "sign that a backup and its key are destroyed (an officer's key)",
    .about = "When no backup that a certificate of destruction names is open any more, a closing certificate is written. Run again for the same backup, it writes that certificate again.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("output", "F", "ID.closing.json", "the closing certificate")),
    .example = CMD_EXAMPLES({"chartkeep backup expire hospital.keep 3f2a90c1 --officer-key him.key", "the id as backup list shows it"}),
    .run = expire};
