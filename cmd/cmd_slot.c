/* slot list, add, remove: the ways into a keep. */
#include <stdio.h>
#include <stdlib.h>

#include "cmd/verbs.h"
#include "core/crypto/age.h"
#include "core/crypto/secret.h"

#define MAX_SLOTS 16

static const char *const kind_word[] = {
#define X(name, word) word,
    KEEP_SLOT_KINDS(X)
#undef X
};

static const struct keep_report_field fields[] = {
    {"slot", KEEP_REPORT_NUMBER, "slot", 0}, {"kind", KEEP_REPORT_TEXT, "kind", 0}, {"added", KEEP_REPORT_TIME, "added", 0},
    {"passes", KEEP_REPORT_NUMBER, NULL, 0}, {"memory", KEEP_REPORT_NUMBER, NULL, 0}, {"cost", KEEP_REPORT_TEXT, "cost", 0}, {"opened", KEEP_REPORT_BOOL, "opened this", 0}};

static int list(struct cmd *c)
{
    struct keep_slot slot[MAX_SLOTS];
    struct keep_report *r;
    char cost[80];
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = cmd_rows(c, "slots", fields, sizeof fields / sizeof *fields, &r);
    if (rc < 0)
        return rc;
    size_t n = keep_store_slots(c->store, slot, MAX_SLOTS);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        snprintf(cost, sizeof cost, "argon2id, %u passes over %u MiB", slot[i].cost.passes, (unsigned)(slot[i].cost.memory >> 20));
        struct keep_report_cell cell[] = {KEEP_CELL_N(slot[i].id), KEEP_CELL_Z(kind_word[slot[i].kind]), KEEP_CELL_N(slot[i].added), KEEP_CELL_N(slot[i].cost.passes),
                                          KEEP_CELL_N(slot[i].cost.memory), KEEP_CELL_Z(slot[i].cost.passes ? cost : ""), KEEP_CELL_N(slot[i].opened)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

static int what_to_add(struct cmd *c, struct keep_slot_new *what, uint8_t recipient[32], void **secret)
{
    const char *file = cmd_value(c, "new-key-file"), *age = cmd_value(c, "new-recovery");
    bool pass = cmd_given(c, "new-passphrase") || cmd_given(c, "new-passphrase-fd");
    int rc;
    if ((file != NULL) + (age != NULL) + pass != 1)
        return keep_err_set(&c->err, KEEP_E_USAGE, "slot add: one of --new-key-file, --new-passphrase and --new-recovery");
    if (age) {
        rc = keep_age_recipient_read(recipient, keep_str_of(age), &c->err);
        what->recipient = recipient;
    } else if (pass) {
        rc = cmd_passphrase(c, "new-passphrase-fd", "the new slot", true, secret);
        if (rc == 0)
            rc = cmd_passphrase_cost(c, &what->cost);
        if (rc == 0)
            what->passphrase = keep_str_of(*secret);
    } else {
        rc = keep_secret_new(secret, KEEP_KEY_SIZE, &c->err);
        if (rc == 0)
            rc = keep_store_key_file(file, true, *secret, &c->err);
        what->key = *secret;
    }
    return rc;
}

/* The keep is opened first: a key file is not made for a slot that cannot be. */
static int add(struct cmd *c)
{
    struct keep_slot_new what = {0};
    uint8_t recipient[32];
    void *secret = NULL;
    uint32_t id;
    int rc = cmd_open(c, true);
    if (rc == 0)
        rc = what_to_add(c, &what, recipient, &secret);
    if (rc == 0)
        rc = keep_store_slot_add(c->store, &what, &id, &c->err);
    keep_secret_free(secret);
    if (rc == 0)
        cmd_out("slot %u opens the keep now too\n", id);
    return rc;
}

static int remove_slot(struct cmd *c)
{
    char *end;
    unsigned long id = strtoul(c->operand[1], &end, 10);
    if (*end || id == 0 || id > UINT32_MAX)
        return keep_err_set(&c->err, KEEP_E_USAGE, "slot remove: the number of a slot, as slot list shows it");
    int rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_store_slot_remove(c->store, (uint32_t)id, &c->err);
    if (rc == 0)
        cmd_out("slot %lu is gone; who had it may have copied keep.json: key rotate --master --records --keyring shuts that out\n", id);
    return rc;
}

const struct cmd_verb cmd_slot_list = {
    .name = "slot", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list what opens a keep",
    .example = CMD_EXAMPLES({"chartkeep slot list hospital.keep", "key files, passphrases, the recovery identity"}),
    .run = list};

const struct cmd_verb cmd_slot_add = {
    .name = "slot", .action = "add", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_OPENS,
    .summary = "add a way to open a keep: key file, passphrase, recovery identity",
    .about = "One of the four options says what the new way in is. A passphrase is made slow to guess: Argon2id, about half a second of this machine.\n",
    .option = CMD_OPTIONS(CMD_OPTION("new-key-file", "F", "for this key file; made (mode 0400) when absent"),
                          CMD_SWITCH("new-passphrase", "for a passphrase, asked for at the terminal"),
                          CMD_OPTION("new-passphrase-fd", "N", "for a passphrase, read as one line from this descriptor"),
                          CMD_OPTION("new-recovery", "AGE", "for the identity of this age recipient, kept offline")),
    .example = CMD_EXAMPLES({"chartkeep slot add hospital.keep --new-passphrase", "asks twice for it"},
                            {"chartkeep slot add hospital.keep --new-key-file second.key", "makes the file when it is absent"}),
    .run = add};

const struct cmd_verb cmd_slot_remove = {
    .name = "slot", .action = "remove", .operands = "KEEP SLOT", .min = 2, .max = 2, .part = CMD_PART_KEEP, .uses = CMD_OPENS,
    .summary = "take a way to open a keep away (never the last)",
    .about = "Who had that way in may have copied keep.json; chartkeep key rotate --master --records --keyring shuts that out.\n",
    .exits = CMD_EXITS({6, "it is the last slot"}),
    .example = CMD_EXAMPLES({"chartkeep slot remove hospital.keep 2", "the number as slot list shows it"}),
    .run = remove_slot};
