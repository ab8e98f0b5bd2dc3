/* What verbs share: options, opening a keep, packs, officers' keys, output. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "core/base/codec.h"
#include "core/base/crew.h"
#include "core/base/file.h"
#include "core/base/num.h"
#include "core/crypto/secret.h"
#include "core/store/txn.h"
#include "core/store/watch.h"
#include "core/text/term.h"
#include "core/work/dates.h"
#include "core/work/signer.h"

const char *cmd_value(const struct cmd *c, const char *name)
{
    for (int i = c->givens - 1; i >= 0; i--)
        if (strcmp(c->given[i].option->name, name) == 0)
            return c->given[i].value;
    return NULL;
}

int cmd_values(const struct cmd *c, const char *name, const char **out, int max)
{
    int n = 0;
    for (int i = 0; i < c->givens && n < max; i++)
        if (strcmp(c->given[i].option->name, name) == 0)
            out[n++] = c->given[i].value;
    return n;
}

bool cmd_given(const struct cmd *c, const char *name)
{
    return cmd_value(c, name) != NULL;
}

int cmd_date(struct cmd *c, const char *name, keep_date *out)
{
    enum keep_precision prec;
    const char *v = cmd_value(c, name);
    *out = KEEP_DATE_NONE;
    if (v && (!keep_civil_parse_date(keep_str_of(v), out, &prec) || prec != KEEP_PREC_DAY))
        return keep_err_set(&c->err, KEEP_E_USAGE, "--%s %s: a day as 2026-11-21", name, v);
    return 0;
}

int cmd_number(struct cmd *c, const char *name, long long least, long long most, long long *out)
{
    int64_t n;
    const char *v = cmd_value(c, name);
    if (!v)
        return 1;
    if (!keep_num_i64(keep_str_of(v), &n) || n < least || n > most)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--%s %s: a number from %lld to %lld", name, v, least, most);
    *out = n;
    return 0;
}

int cmd_threads(struct cmd *c, unsigned few, unsigned most, unsigned *out)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    long long v = n < 1 ? 1 : (unsigned)n > few ? (int)few : n;
    int rc = cmd_number(c, "threads", 1, most, &v);
    *out = (unsigned)v;
    return rc < 0 ? rc : 0;
}

/* ---- the keep ---- */

int cmd_witnesses(struct cmd *c, const char **out, int max)
{
    int n = cmd_values(c, "witness", out, max);
    const char *env = getenv("CHARTKEEP_WITNESS");
    char *copy = env && *env ? keep_arena_copy(c->arena, env, strlen(env)) : NULL;
    for (char *save = NULL, *w = copy ? strtok_r(copy, ":", &save) : NULL; w && n < max; w = strtok_r(NULL, ":", &save))
        out[n++] = w;
    return n;
}

/* While a key is good its officer can sign for its renewal, afterwards others must: so whoever works with officers' keys hears of it before. */
static void note_officers(const struct cmd *c)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    struct keep_err none;
    keep_date today;
    size_t n;
    const struct keep_officer *o = keep_store_officers(c->store, &n);
    if (keep_dates_today(c->store, &today, &none) < 0)
        return;
    for (size_t i = 0; i < n; i++)
        if (keep_officer_ends(&o[i], today))
            cmd_note("the key of officer %.*s is good until %s only: chartkeep officer renew KEEP %.*s --until DATE\n", (int)o[i].role.n, o[i].role.p, keep_civil_format_date(o[i].until, day), (int)o[i].role.n,
                     o[i].role.p);
}

int cmd_open(struct cmd *c, bool write)
{
    const char *witness[32];
    struct keep_buf warnings = KEEP_BUF_INIT;
    void *secret = NULL;
    struct keep_store_params p = {.path = c->operand[0], .witness = witness, .require_witness = cmd_given(c, "require-witness"), .write = write, .now = c->now};
    p.witnesses = (size_t)cmd_witnesses(c, witness, 32);
    int rc = cmd_threads(c, CMD_READERS, KEEP_CREW_MAX, &p.threads);
    if (rc == 0)
        rc = cmd_unlock(c, &p, &secret);
    if (rc == 0)
        rc = keep_store_open(&c->store, &p, &warnings, &c->err);
    if (rc == 0)
        keep_watch(c->store, &(struct keep_progress){.step = cmd_progress_named});
    keep_secret_free(secret);
    if (rc == 0 && p.identity && p.witnesses == 0)
        cmd_note("opened by the recovery identity, whose recipient is public: only a witness (--witness) can tell that this is the keep it says it is\n");
    if (warnings.n)
        cmd_note("%.*s", (int)warnings.n, (const char *)warnings.p);
    keep_buf_free(&warnings);
    if (rc == 0 && c->verb->uses & CMD_SIGNS)
        note_officers(c);
    return rc;
}

enum { SAME = 3 }; /* warnings of one text that are shown with their source line and hint */

/* How many warnings before this one say the same, up to SAME. */
static size_t said_before(const struct keep_diags *d, size_t at)
{
    size_t n = 0;
    for (size_t i = at; i > 0 && n < SAME; i--)
        n += d->list[i - 1].level == KEEP_DIAG_WARNING && strcmp(d->list[i - 1].text, d->list[at].text) == 0;
    return n;
}

/* What many places have in common is explained at the first of them, and then only its place is told. */
void cmd_print_diags(const struct keep_diags *d, bool warnings)
{
    struct keep_buf b = KEEP_BUF_INIT;
    size_t more = d->errors + (warnings ? d->warnings : 0);
    for (size_t i = 0; i < d->n; i++) {
        if (!warnings && d->list[i].level == KEEP_DIAG_WARNING)
            continue;
        keep_buf_clear(&b);
        if (d->list[i].level == KEEP_DIAG_WARNING && said_before(d, i) == SAME)
            keep_diag_line(&d->list[i], &b);
        else
            keep_diag_format(&d->list[i], &b);
        fwrite(b.p, 1, b.n, stderr);
        more--;
    }
    keep_buf_free(&b);
    if (more)
        fprintf(stderr, "%zu more are not shown\n", more);
}

int cmd_packs(struct cmd *c, struct keep_packs *out)
{
    const char *path[64];
    int n = cmd_values(c, "policy", path, 64);
    int rc = n ? keep_packs_read(out, path, (size_t)n, &c->err) : keep_packs_adopted(out, c->store, &c->err);
    if (rc < 0 && out->diags.errors)
        cmd_print_diags(&out->diags, false);
    return rc;
}

int cmd_packs_if_any(struct cmd *c, struct keep_packs *out)
{
    int rc = cmd_packs(c, out);
    if (rc != KEEP_E_REFUSED || cmd_given(c, "policy") || out->texts)
        return rc;
    keep_err_clear(&c->err);
    return 1;
}

/* ---- officers ---- */

static int read_officer(struct cmd *c, const char *path, struct keep_sign_secret **out)
{
    struct keep_buf text = KEEP_BUF_INIT;
    void *pass = NULL;
    int rc = keep_file_read_operand(path, 64u << 10, &text, &c->err);
    if (rc == 0)
        rc = keep_sign_secret_read(out, keep_buf_view(&text), NULL, path, &c->err);
    if (rc == 1) {
        rc = cmd_passphrase(c, "officer-passphrase-fd", path, false, &pass);
        if (rc == 0)
            rc = keep_sign_secret_read(out, keep_buf_view(&text), pass, path, &c->err);
        keep_secret_free(pass);
    }
    keep_buf_free(&text);
    return rc;
}

int cmd_officers(struct cmd *c, struct keep_sign_secret **out, int max, int *n)
{
    const char *path[16];
    int given = cmd_values(c, "officer-key", path, max < 16 ? max : 16), rc = 0;
    *n = 0;
    for (int i = 0; rc == 0 && i < given; i++) {
        rc = read_officer(c, path[i], &out[*n]);
        if (rc == 0)
            ++*n;
    }
    for (int i = 0; rc < 0 && i < *n; i++)
        keep_sign_free(out[i]);
    return rc;
}

int cmd_officer(struct cmd *c, struct keep_sign_secret **out)
{
    struct keep_sign_secret *list[16];
    int n = 0, rc = cmd_officers(c, list, 16, &n);
    if (rc < 0)
        return rc;
    if (n == 1) {
        *out = list[0];
        return 0;
    }
    for (int i = 0; i < n; i++)
        keep_sign_free(list[i]);
    return keep_err_set(&c->err, KEEP_E_REFUSED, n ? "one officer acts here: give --officer-key once" : "this needs an officer's key: --officer-key F");
}

int cmd_reveal(struct cmd *c, struct keep_str *revealed)
{
    struct keep_sign_secret *officer = NULL;
    const struct keep_officer *o;
    struct keep_buf sig = KEEP_BUF_INIT;
    uint64_t id;
    const char *scope = cmd_value(c, "show-phi");
    *revealed = (struct keep_str){NULL, 0};
    if (!scope)
        return 0;
    int rc = cmd_officer(c, &officer);
    if (rc < 0)
        return rc;
    rc = keep_signer_of(c->store, officer, &o, &c->err);
    if (rc == 0)
        rc = keep_sign_message(&sig, officer, scope, strlen(scope), "reveal of identifiers", "chartkeep reveal", &c->err);
    if (rc == 0)
        rc = keep_txn_begin(c->store, KEEP_LEDGER_REVEAL, &c->err);
    if (rc == 0) {
        struct keep_act act = {.kind = KEEP_STR("reveal"), .subject = keep_str_of(scope), .body = keep_str_of(scope), .signature = keep_buf_view(&sig), .role = o->role, .at = c->now};
        rc = keep_txn_act(c->store, &act, &id, &c->err);
        rc = keep_txn_end(c->store, rc, &c->err);
    }
    if (rc == 0)
        *revealed = keep_str_of(scope);
    keep_buf_free(&sig);
    keep_sign_free(officer);
    return rc;
}

/* ---- output ---- */

enum keep_report_format cmd_format(const struct cmd *c)
{
    const char *f = cmd_value(c, "format");
    return f ? (enum keep_report_format)keep_report_format(keep_str_of(f)) : KEEP_REPORT_TABLE;
}

static struct keep_buf held; /* rows on their way to --output: a file appears whole or not at all */

static int row_bytes(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    struct cmd *c = ctx;
    if (cmd_given(c, "output")) {
        keep_buf_add(&held, p, n);
        return held.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    }
    cmd_progress_end();
    return fwrite(p, 1, n, stdout) == n ? 0 : keep_err_set(err, KEEP_E_IO, "standard output: %s", strerror(errno));
}

int cmd_rows(struct cmd *c, const char *name, const struct keep_report_field *field, size_t fields, struct keep_report **out)
{
    keep_buf_clear(&held);
    return keep_report_open(out, cmd_format(c), name, field, fields, row_bytes, c, &c->err);
}

int cmd_rows_end(struct cmd *c, struct keep_report *r, int rc)
{
    if (rc < 0) {
        keep_report_drop(r);
        return rc;
    }
    bool empty = cmd_format(c) == KEEP_REPORT_TABLE && keep_report_rows(r) == 0;
    int end = keep_report_close(r, &c->err);
    if (end == 0 && empty)
        cmd_note("nothing to list\n"); /* a table without rows is not shown at all */
    if (end == 0 && cmd_given(c, "output"))
        end = cmd_write_file(c, cmd_value(c, "output"), held.p, held.n);
    keep_buf_free(&held);
    return end < 0 ? end : rc;
}

int cmd_write_file(struct cmd *c, const char *path, const void *p, size_t n)
{
    return keep_file_replace(AT_FDCWD, path, p, n, 0600, &c->err);
}

/* Names of files and words of declarations come from elsewhere, and what is said is for a terminal more often than not. */
static void say(FILE *to, const char *fmt, va_list ap)
{
    struct keep_buf shown = KEEP_BUF_INIT;
    char *text = NULL;
    cmd_progress_end();
    int n = vasprintf(&text, fmt, ap);
    if (n >= 0)
        keep_term_lines(&shown, (struct keep_str){text, (size_t)n});
    if (n < 0 || shown.failed)
        fputs("chartkeep: out of memory for a message\n", stderr);
    else if (shown.n)
        fwrite(shown.p, 1, shown.n, to);
    keep_buf_free(&shown);
    if (n >= 0)
        free(text);
}

void cmd_out(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(stdout, fmt, ap);
    va_end(ap);
}

void cmd_out_bytes(const void *p, size_t n)
{
    cmd_progress_end();
    if (n) /* of nothing p may be NULL */
        fwrite(p, 1, n, stdout);
}

int cmd_put(struct cmd *c, const struct keep_buf *b)
{
    if (cmd_given(c, "output"))
        return cmd_write_file(c, cmd_value(c, "output"), b->p, b->n);
    cmd_out_bytes(b->p, b->n);
    return 0;
}

int cmd_put_lines(struct cmd *c, const struct keep_buf *b)
{
    struct keep_buf shown = KEEP_BUF_INIT;
    keep_term_lines(&shown, keep_buf_view(b));
    int rc = shown.failed ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : cmd_put(c, &shown);
    keep_buf_free(&shown);
    return rc;
}

void cmd_note(const char *fmt, ...)
{
    va_list ap;
    va_start(ap, fmt);
    say(stderr, fmt, ap);
    va_end(ap);
}

/* ---- lines of a file, standard input or a prompt ---- */

int cmd_names_nobody(struct cmd *c, int line)
{
    keep_err_set(&c->err, KEEP_E_USAGE, "line %d names no patient of this keep", line);
    keep_err_hint(&c->err, "a line is an MRN, or Family, Given, or an id, as a source gave them");
    return c->err.code;
}

int cmd_lines(struct cmd *c, const char *option, const char *prompt, struct keep_str *out, int max, int *n)
{
    const char *path = cmd_value(c, option);
    char line[1024];
    FILE *f = stdin;
    *n = 0;
    if (!path && isatty(0))
        fprintf(stderr, "%s: ", prompt);
    if (path && strcmp(path, "-") != 0) {
        f = fopen(path, "re");
        if (!f)
            return keep_err_set(&c->err, KEEP_E_INPUT, "%s: %s", path, strerror(errno));
    }
    while (*n < max && fgets(line, sizeof line, f)) {
        size_t len = strcspn(line, "\r\n");
        if (len == 0)
            continue;
        out[(*n)++] = keep_arena_str(c->arena, (struct keep_str){line, len}, NULL);
        if (!path)
            break; /* a prompt takes one */
    }
    if (f != stdin)
        fclose(f);
    keep_secret_wipe(line, sizeof line);
    if (cmd_stopped())
        return keep_err_set(&c->err, KEEP_E_INTERRUPTED, "interrupted");
    return *n ? 0 : keep_err_set(&c->err, KEEP_E_USAGE, "nobody named: give one a line in --%s F, or - for standard input", option);
}

int cmd_sets(struct cmd *c, int most, const uint8_t (**out)[16], size_t *n)
{
    struct keep_str *line = keep_arena_array(c->arena, (size_t)most + 1, sizeof *line);
    uint8_t (*set)[16] = keep_arena_array(c->arena, (size_t)most + 1, sizeof *set);
    int lines = 0, rc = line && set ? cmd_lines(c, "sets-file", "record sets", line, most + 1, &lines) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (int i = 0; rc == 0 && i < lines; i++)
        if (!keep_codec_unhex(line[i], set[i], 16))
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "--sets-file: line %d is not the 32 digits of a set", i + 1);
    if (rc == 0 && lines > most)
        rc = keep_err_set(&c->err, KEEP_E_LIMIT, "--sets-file names more than %d sets", most);
    if (rc < 0)
        return rc;
    *out = (const uint8_t (*)[16])set;
    *n = (size_t)lines;
    return 0;
}
