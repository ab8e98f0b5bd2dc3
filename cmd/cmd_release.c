/* release: an auditor is given the keys of chosen records of a package. */
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/crypto/age.h"
#include "core/crypto/armor.h"
#include "core/work/releaserun.h"

#define LISTS 256         /* --record options of one call */
#define KEY_ROOM 256u     /* bytes: a key with its comment, sealed and armored */

/* "N" or "N-M" of each --record, ascending, each once. */
static int chosen(struct cmd *c, uint64_t *out, size_t *n)
{
    const char *list[LISTS];
    int lists = cmd_values(c, "record", list, LISTS);
    *n = 0;
    for (int i = 0; i < lists; i++) {
        const char *dash = strchr(list[i], '-');
        uint64_t from, to;
        if (!keep_num_u64((struct keep_str){list[i], dash ? (size_t)(dash - list[i]) : strlen(list[i])}, &from) || !keep_num_u64(keep_str_of(dash ? dash + 1 : list[i]), &to) || from == 0 || to < from)
            return keep_err_set(&c->err, KEEP_E_USAGE, "--record takes a number of the register, or N-M");
        if (to - from >= KEEP_RELEASERUN_RECORDS - *n)
            return keep_err_set(&c->err, KEEP_E_USAGE, "at most %d records are released at once", KEEP_RELEASERUN_RECORDS);
        while (from <= to)
            out[(*n)++] = from++;
    }
    qsort(out, *n, sizeof *out, keep_num_by_u64);
    size_t kept = 0;
    for (size_t i = 0; i < *n; i++)
        if (kept == 0 || out[kept - 1] != out[i])
            out[kept++] = out[i];
    *n = kept;
    return 0;
}

static int to_armor(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    return keep_armor_out_add(ctx, p, n, err);
}

/* Armored, so that it can be sent as text. */
static int seal_to(const uint8_t recipient[1][32], const struct keep_buf *plain, struct keep_buf *out, struct keep_err *err)
{
    struct keep_armor_out *armor = NULL;
    struct keep_age_out *age = NULL;
    int rc = keep_armor_out_new(&armor, keep_age_to_buf, out, err);
    if (rc == 0)
        rc = keep_age_out_new(&age, recipient, 1, to_armor, armor, err);
    if (rc == 0)
        rc = keep_age_out_add(age, plain->p, plain->n, err);
    if (rc == 0)
        rc = keep_age_out_finish(age, err);
    if (rc == 0)
        rc = keep_armor_out_finish(armor, err);
    keep_age_out_free(age);
    keep_armor_out_free(armor);
    return rc;
}

static int release(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_sign_secret *officer = NULL;
    struct keep_buf keys = KEEP_BUF_INIT, sealed = KEEP_BUF_INIT;
    uint8_t recipient[1][32];
    struct keep_releaserun_params p = {.package = c->operand[1], .purpose = keep_str_of(cmd_value(c, "purpose")), .adopted = &packs, .progress = cmd_progress, .progress_ctx = "bytes verified"};
    uint64_t *record = keep_arena_array(c->arena, KEEP_RELEASERUN_RECORDS + 1, sizeof *record);
    int rc = record ? chosen(c, record, &p.records) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    p.record = record;
    if (rc == 0 && cmd_given(c, "to")) {
        rc = keep_age_recipient_read(recipient[0], keep_str_of(cmd_value(c, "to")), &c->err);
        p.recipient = recipient[0];
    }
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    p.officer = officer;
    if (rc == 0) /* before anything says that it was released */
        rc = keep_file_place(AT_FDCWD, cmd_value(c, "output"), p.records * KEY_ROOM, &c->err);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0)
        rc = keep_releaserun(c->store, &p, &keys, &c->err);
    if (rc == 0 && p.recipient)
        rc = seal_to((const uint8_t (*)[32])recipient, &keys, &sealed, &c->err);
    if (rc == 0)
        rc = cmd_write_file(c, cmd_value(c, "output"), p.recipient ? sealed.p : keys.p, p.recipient ? sealed.n : keys.n);
    if (rc == 0)
        cmd_out("%zu record%s released to %s: %s\n", p.records, keep_str_s(p.records), p.recipient ? "the recipient, sealed" : "whoever has the file", cmd_value(c, "output"));
    keep_buf_free(&keys); /* wipes */
    keep_buf_free(&sealed);
    keep_sign_free(officer);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_release = {
    .name = "release", .operands = "KEEP PACKAGE", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS | CMD_LONG,
    .summary = "give an auditor the keys of chosen records of a package",
    .about = "Each record of a package is sealed to a key of its own. The package is verified whole, an officer signs what is released, to whom and for what, and that is in the ledger before a key is written. With --to the keys are sealed to the auditor's age recipient, armored; without, "
             "the file (mode 0600) is as secret as the records. It is an identity file: age -d -i opens the records with it, and so does verify --identity. What was released cannot be taken back.\n"
             "\n"
             "Records are named by their numbers in the package's register. One whose set a hold covers is refused, and then nothing is released.\n",
    .option = CMD_OPTIONS({"record", "N[-M]", "number of a record in the register, or a range", NULL, CMD_IS_NEEDED | CMD_IS_LIST},
                          CMD_NEEDED("purpose", "TEXT", "what for; it is recorded as it stands, so no patient's name belongs in it"),
                          CMD_NEEDED("output", "F", "the file of keys"),
                          CMD_OPTION("to", "AGE", "the auditor's age recipient")),
    .exits = CMD_EXITS({4, "the package is not what this keep sealed"}, {6, "a record is held or not in it, its key is gone, or the key given is no officer's"}),
    .example = CMD_EXAMPLES({"chartkeep release hospital.keep packages/ck-20261121-0f3a52c81b7e.tar --record 17 --record 40-42 --purpose 'CMS audit 2026-14' --output keys.age --to age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p --officer-key him.key",
                             "four records, to be opened by that auditor alone"}),
    .run = release};
