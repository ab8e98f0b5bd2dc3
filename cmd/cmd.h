/* What every verb gets, and the tables that describe verbs: dispatch, usage
 * text, manual and completion all read them. Only this folder prints. */
#ifndef CMD_CMD_H
#define CMD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/civil.h"
#include "core/base/diag.h"
#include "core/base/err.h"
#include "core/crypto/sign.h"
#include "core/report/report.h"
#include "core/store/store.h"
#include "core/work/packs.h"

struct cmd_option {
    const char *name; /* without dashes */
    const char *arg;  /* what its value is called; NULL: a switch */
    const char *help;
};

struct cmd;
struct cmd_verb {
    const char *name;     /* "policy" */
    const char *action;   /* "check", or NULL when the verb has none */
    const char *operands; /* "KEEP PLAN" */
    int min, max;         /* how many operands; max -1: any number */
    const char *summary;  /* one line */
    const struct cmd_option *option; /* ends with name NULL; the common ones are added by every table through CMD_KEEP_OPTIONS */
    int (*run)(struct cmd *c);       /* exit status, or a negative KEEP_E_* with c->err filled */
    const char *more;     /* paragraphs of help, may be NULL */
};
extern const struct cmd_verb *const cmd_verbs[]; /* ends with NULL */

#define CMD_VALUES 256 /* option values of one call */

struct cmd {
    const struct cmd_verb *verb;
    const char *operand[4096];
    int operands;
    struct {
        const struct cmd_option *option;
        const char *value;
    } given[CMD_VALUES];
    int givens;
    keep_time now;
    struct keep_err err;
    struct keep_arena *arena;      /* for the call */
    struct keep_store *store;      /* opened by cmd_open, closed by main */
    bool output_open;
};

/* Options that open a keep, and those that print rows. */
#define CMD_KEEP_OPTIONS \
    {"key-file", "F", "the keep's key file (default: the file CHARTKEEP_KEY_FILE names; without any, a passphrase is asked for)"}, \
    {"passphrase-fd", "N", "open with a passphrase, read as one line from this descriptor"}, \
    {"recovery-identity", "F", "open with the age identity of the recovery slot"}, \
    {"witness", "DIR", "a folder that holds heads of this keep; may be given several times (also CHARTKEEP_WITNESS)"}, \
    {"require-witness", NULL, "stop when a witness cannot be reached"}
#define CMD_ROW_OPTIONS \
    {"format", "F", "table, json, ndjson or csv (default: table)"}, {"output", "F", "write to this file instead of standard output"}
#define CMD_OFFICER_OPTIONS \
    {"officer-key", "F", "an officer's secret key; may be given several times where several sign"}, \
    {"officer-passphrase-fd", "N", "read its passphrase from this descriptor instead of the terminal"}
#define CMD_POLICY_OPTION {"policy", "PATH", "try these packs (files or folders) instead of the adopted ones; may be given several times"}

/* The last value of an option, NULL when not given; all values; is it given. */
const char *cmd_value(const struct cmd *c, const char *name);
int cmd_values(const struct cmd *c, const char *name, const char **out, int max);
bool cmd_given(const struct cmd *c, const char *name);

/* Folders of --witness and CHARTKEEP_WITNESS (separated by ':'); how many. */
int cmd_witnesses(struct cmd *c, const char **out, int max);
/* A passphrase from the descriptor that the option names, or from the terminal (asked twice when fresh). whose: for the prompt. *out: secret memory, NUL-terminated. */
int cmd_passphrase(struct cmd *c, const char *fd_option, const char *whose, bool fresh, void **out);
/* Half a second of Argon2id on this machine. */
int cmd_passphrase_cost(struct cmd *c, struct keep_kdf_cost *out);
/* What opens the keep that operand 0 names, into *secret (free it with keep_secret_free in every case) and *p. */
int cmd_unlock(struct cmd *c, struct keep_store_params *p, void **secret);
/* ROLE:PUB, where PUB is a file of three lines made by `officer new`. The role lives in the arena. */
int cmd_officer_public(struct cmd *c, const char *spec, struct keep_officer *out);
/* Opens the keep that operand 0 names. */
int cmd_open(struct cmd *c, bool write);
/* The packs of this call: --policy (a trial) or the adopted ones. Diagnostics are printed. */
int cmd_packs(struct cmd *c, struct keep_packs *out);
void cmd_print_diags(const struct keep_diags *d);

/* Officers' keys named by --officer-key; passphrases are asked for. At most max. Free each with keep_sign_free. */
int cmd_officers(struct cmd *c, struct keep_sign_secret **out, int max, int *n);
/* Exactly one. */
int cmd_officer(struct cmd *c, struct keep_sign_secret **out);

/* A date option; KEEP_DATE_NONE when not given. */
int cmd_date(struct cmd *c, const char *name, keep_date *out);
int cmd_number(struct cmd *c, const char *name, long long least, long long most, long long *out); /* 1: not given */

/* Rows to standard output or --output. close in every case; a file appears only when all was well. */
int cmd_rows(struct cmd *c, const char *name, const struct keep_report_field *field, size_t fields, struct keep_report **out);
int cmd_rows_end(struct cmd *c, struct keep_report *r, int rc);
enum keep_report_format cmd_format(const struct cmd *c); /* checked already by the parser */

/* Text to standard output; messages and warnings to standard error. */
void cmd_out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_out_bytes(const void *p, size_t n);
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Writes a file as a whole: temp, fsync, rename; mode 0600. */
int cmd_write_file(struct cmd *c, const char *path, const void *p, size_t n);

/* Progress on standard error, only on a terminal; non-zero when SIGINT or SIGTERM came. ctx: a label or NULL. */
int cmd_progress(void *label, uint64_t done, uint64_t total);
int cmd_progress_named(void *ctx, const char *what, uint64_t done, uint64_t total);
void cmd_progress_end(void);

/* Reads names or numbers, one a line, from --patient-file F|- or a prompt. Lines are NUL-terminated in the arena. */
int cmd_lines(struct cmd *c, const char *option, const char *prompt, struct keep_str *out, int max, int *n);

/* --show-phi SCOPE: signed with an officer's key and ledgered before anything is shown. *revealed: hex or word, empty when not asked for. Needs the keep open for writing. */
int cmd_reveal(struct cmd *c, struct keep_str *revealed);

#endif
