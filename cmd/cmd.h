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
    const char *name;     /* without dashes */
    const char *arg;      /* what its value is called; NULL: a switch */
    const char *help;
    const char *fallback; /* what holds when it is not given; NULL: nothing does */
    unsigned is;          /* CMD_IS_* */
};
enum { CMD_IS_NEEDED = 1, CMD_IS_LIST = 2 }; /* the verb does not run without it; each of several counts */

/* One row of an option table. */
#define CMD_SWITCH(name, help) {name, NULL, help, NULL, 0}
#define CMD_OPTION(name, arg, help) {name, arg, help, NULL, 0}
#define CMD_DEFAULT(name, arg, fallback, help) {name, arg, help, fallback, 0}
#define CMD_NEEDED(name, arg, help) {name, arg, help, NULL, CMD_IS_NEEDED}
#define CMD_LIST(name, arg, help) {name, arg, help, NULL, CMD_IS_LIST}
#define CMD_OPTIONS(...) (const struct cmd_option[]){__VA_ARGS__, {0}}

struct cmd_exit {
    int status;
    const char *when;
};
#define CMD_EXITS(...) (const struct cmd_exit[]){__VA_ARGS__, {0}}

/* A command line as it would be typed; a test parses each by these tables. */
struct cmd_example {
    const char *line, *does;
};
#define CMD_EXAMPLES(...) (const struct cmd_example[]){__VA_ARGS__, {0}}

/* What verbs have in common: options of these kinds are theirs too, and are described once. */
enum {
    CMD_OPENS = 1,  /* opens a keep: --key-file … */
    CMD_PRINTS = 2, /* prints rows: --format, --output */
    CMD_SIGNS = 4,  /* an officer may or must sign: --officer-key … */
    CMD_TRIES = 8,  /* runs the adopted packs, or others as a trial: --policy */
    CMD_LONG = 16,  /* may take long: shows progress and stops at a safe point when interrupted */
    CMD_HIDDEN = 32 /* of use to the build alone; in no list */
};
#define CMD_GROUPS 4 /* of them bring options */
struct cmd_group {
    unsigned bit;
    const char *title, *word; /* "Options that open the keep", "KEY OPTIONS" */
    const struct cmd_option *option;
};
extern const struct cmd_group cmd_groups[CMD_GROUPS];

/* Chapters of the list of verbs. */
#define CMD_PARTS(X) \
    X(KEEP, "Make and look after a keep") X(SOURCES, "Take in what there is") X(POLICY, "The rules") \
    X(ACCESS, "Who looked, and why") X(RETENTION, "From due to gone") X(PROOF, "What can be proved")
enum cmd_part {
#define X(name, title) CMD_PART_##name,
    CMD_PARTS(X)
#undef X
    CMD_PART_COUNT
};

/* A verb, or one action of it: all that dispatch, --help and the manual know. Texts (summary apart) are in sentences; about holds
 * paragraphs with an empty line between, and lines that begin with two blanks are shown as they stand. */
struct cmd;
struct cmd_verb {
    const char *name;     /* "policy" */
    const char *action;   /* "check", or NULL when the verb has none */
    const char *operands; /* "KEEP PLAN" */
    int min, max;         /* how many operands; max -1: any number */
    enum cmd_part part;
    unsigned uses;        /* CMD_OPENS … */
    const char *summary;  /* one line, no capital, no stop */
    const char *about;
    const struct cmd_option *option;   /* its own, before those of its groups; NULL: none */
    const struct cmd_exit *exits;      /* what a status means here, where it is more than what it always means; NULL: nothing to add */
    const struct cmd_example *example; /* one at least */
    int (*run)(struct cmd *c);         /* exit status, or a negative KEEP_E_* with c->err filled */
};
extern const struct cmd_verb *const cmd_verbs[]; /* ends with NULL */

#define CMD_VALUES 256 /* option values of one call */

struct cmd {
    const struct cmd_verb *verb;
    const char **operand;          /* of arena; NULL behind the last */
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
};

/* The verb that the words from argv[1] name; *used: how many words that took, the program's included. NULL: none. */
const struct cmd_verb *cmd_find_verb(int argc, char *const *argv, int *used);
/* Reads the words from `at` by c->verb's tables. 0 parsed, 1 help was asked for, <0 error. */
int cmd_parse(struct cmd *c, int argc, char *const *argv, int at);

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
/* The age identity in a file that only its owner can read, into 32 bytes of secret memory. */
int cmd_identity(struct cmd *c, const char *path, uint8_t identity[32]);
/* ROLE:PUB, where PUB is a file of three lines made by `officer new`. The role lives in the arena. */
int cmd_officer_public(struct cmd *c, const char *spec, struct keep_officer *out);
/* Opens the keep that operand 0 names. */
int cmd_open(struct cmd *c, bool write);
/* The packs of this call: --policy (a trial) or the adopted ones. Errors in them are printed. */
int cmd_packs(struct cmd *c, struct keep_packs *out);
/* The same where rules are welcome and not needed: 1 when none were given and none are adopted. */
int cmd_packs_if_any(struct cmd *c, struct keep_packs *out);
/* All errors, and the warnings where they are what was asked for, to stderr. */
void cmd_print_diags(const struct keep_diags *d, bool warnings);

/* Officers' keys named by --officer-key; passphrases are asked for. At most max. Free each with keep_sign_free. */
int cmd_officers(struct cmd *c, struct keep_sign_secret **out, int max, int *n);
/* Of an officer's signing key the age identity is derived, under this label. */
#define CMD_OFFICER_AGE "chartkeep officer age identity"
/* Exactly one. */
int cmd_officer(struct cmd *c, struct keep_sign_secret **out);

/* A date option; KEEP_DATE_NONE when not given. */
int cmd_date(struct cmd *c, const char *name, keep_date *out);
int cmd_number(struct cmd *c, const char *name, long long least, long long most, long long *out); /* 1: not given */
/* --threads, up to most; else as many as there are processors to run on, up to few. */
#define CMD_AUDIT_FEW 8 /* of an audit: more have not been measured */
#define CMD_AUDIT_THREADS "as many as there are processors, up to 8"
#define CMD_READERS 2   /* of a run that reads records: one reads, one works on what was read */
#define CMD_READERS_THREADS "2, where there are two processors"
int cmd_threads(struct cmd *c, unsigned few, unsigned most, unsigned *out);

/* Rows to standard output or --output. close in every case; a file appears only when all was well. */
int cmd_rows(struct cmd *c, const char *name, const struct keep_report_field *field, size_t fields, struct keep_report **out);
int cmd_rows_end(struct cmd *c, struct keep_report *r, int rc);
enum keep_report_format cmd_format(const struct cmd *c); /* checked already by the parser */
#define CMD_SHOWN_ID 12 /* hex digits of a case, set or finding in a table: enough to name one among millions */

/* Text to standard output; messages and warnings to standard error. */
void cmd_out(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void cmd_out_bytes(const void *p, size_t n);
void cmd_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Writes a file as a whole: temp, fsync, rename; mode 0600. */
int cmd_write_file(struct cmd *c, const char *path, const void *p, size_t n);
/* The whole answer of a verb: to the file that --output names, else to standard output. */
int cmd_put(struct cmd *c, const struct keep_buf *b);
/* The same of lines for people with words of others among them: characters that act on a terminal are shown by number, as in tables. */
int cmd_put_lines(struct cmd *c, const struct keep_buf *b);

/* Progress on standard error, only on a terminal; non-zero when SIGINT or SIGTERM came. ctx: a label or NULL. The second is the step of struct keep_progress. */
int cmd_progress(void *label, uint64_t done, uint64_t total);
int cmd_progress_named(void *ctx, const char *what, uint64_t done, uint64_t total);
void cmd_progress_end(void);
bool cmd_stopped(void); /* SIGINT or SIGTERM came */

/* Reads names or numbers, one a line, from --patient-file F|- or a prompt. Lines are NUL-terminated in the arena. */
int cmd_lines(struct cmd *c, const char *option, const char *prompt, struct keep_str *out, int max, int *n);
/* KEEP_E_USAGE: no patient is named by that line, of which errors show the number alone. */
int cmd_names_nobody(struct cmd *c, int line);
/* Record sets, one a line, from --sets-file F|-: at most that many. In the arena. */
int cmd_sets(struct cmd *c, int most, const uint8_t (**out)[16], size_t *n);

/* --show-phi SCOPE: signed with an officer's key and ledgered before anything is shown. *revealed: hex or word, empty when not asked for. Needs the keep open for writing. */
int cmd_reveal(struct cmd *c, struct keep_str *revealed);

#endif
