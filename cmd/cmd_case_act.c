/* case assign, note, close, reopen: what people do about a case. */
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cmd/cmd_case.h"
#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/model/vocab.h"
#include "core/text/utf8.h"
#include "core/work/casedecide.h"

#define MAX_WHO 100 /* bytes of a reviewer's name */

int cmd_case_acting(struct cmd *c, struct keep_str *who)
{
    const struct passwd *p = getpwuid(getuid());
    const char *by = cmd_value(c, "by");
    *who = keep_str_of(by ? by : p ? p->pw_name : "unknown");
    return who->n <= MAX_WHO && keep_utf8_valid(*who) ? 0 : keep_err_set(&c->err, KEEP_E_USAGE, "--by: a name of at most %d bytes", MAX_WHO);
}

/* The text that an option names; - and absent: standard input. */
static int read_text(struct cmd *c, const char *option, size_t limit, struct keep_buf *out)
{
    const char *path = cmd_value(c, option);
    bool in = !path || strcmp(path, "-") == 0;
    int rc = 0;
    if (in) {
        char piece[4096];
        size_t n;
        while ((n = fread(piece, 1, sizeof piece, stdin)) > 0 && out->n <= limit)
            keep_buf_add(out, piece, n);
        if (ferror(stdin))
            rc = keep_err_set(&c->err, KEEP_E_IO, "standard input cannot be read");
    } else {
        rc = keep_file_read_operand(path, limit, out, &c->err);
    }
    if (rc == 0 && out->failed)
        rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0 && out->n > limit)
        rc = keep_err_set(&c->err, KEEP_E_LIMIT, "--%s: more than %zu bytes", option, limit);
    while (rc == 0 && out->n && (out->p[out->n - 1] == '\n' || out->p[out->n - 1] == '\r'))
        out->n--;
    if (rc == 0 && out->n == 0)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "nothing written: give the text in --%s F, or on standard input", option);
    if (rc == 0 && !keep_utf8_valid(keep_buf_view(out)))
        rc = keep_err_set(&c->err, KEEP_E_INPUT, "--%s: not UTF-8", option);
    return rc;
}

/* The keep open for writing, the cases loaded and one found. */
static int start(struct cmd *c, struct keep_casework *w, const struct keep_casebook_case **k)
{
    int rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_casework_open(w, c->store, (struct keep_str){NULL, 0}, false, &c->err);
    if (rc == 0)
        rc = keep_casework_find(w, keep_str_of(c->operand[1]), k, &c->err);
    return rc;
}

static int assign(struct cmd *c)
{
    struct keep_casework w = {0};
    const struct keep_casebook_case *k, **list = keep_arena_array(c->arena, (size_t)c->operands, sizeof *list);
    struct keep_str who, to = keep_str_of(cmd_value(c, "to"));
    int rc = cmd_case_acting(c, &who);
    if (!list)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0 && (to.n == 0 || to.n > MAX_WHO || !keep_utf8_valid(to)))
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--to: a name of at most %d bytes", MAX_WHO);
    if (rc == 0)
        rc = start(c, &w, &k);
    for (int i = 1; rc == 0 && i < c->operands; i++) /* all are found before one is assigned */
        rc = keep_casework_find(&w, keep_str_of(c->operand[i]), &list[i - 1], &c->err);
    if (rc == 0)
        rc = keep_casework_assign(&w, list, (size_t)c->operands - 1, to, who, &c->err);
    if (rc == 0)
        cmd_out("%d case%s assigned to %s\n", c->operands - 1, c->operands == 2 ? "" : "s", cmd_value(c, "to"));
    keep_casework_close(&w);
    return rc;
}

const struct cmd_verb cmd_case_assign = {
    .name = "case", .action = "assign", .operands = "KEEP CASE…", .min = 2, .max = -1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS,
    .summary = "give cases to a reviewer",
    .about = "All of them, or none when one of them is not there.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("to", "WHO", "who shall review them"), CMD_CASE_BY),
    .example = CMD_EXAMPLES({"chartkeep case assign hospital.keep 7f09a1 --to jdoe", "one case"}),
    .run = assign};

static int add_text(struct cmd *c, enum keep_casebook_step_kind kind, bool needed)
{
    struct keep_casework w = {0};
    const struct keep_casebook_case *k;
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_casebook_step step = {.kind = kind};
    int rc = cmd_case_acting(c, &step.who);
    if (rc == 0 && (needed || cmd_given(c, "note")))
        rc = read_text(c, "note", KEEP_CASEBOOK_TEXT, &text);
    if (rc == 0)
        rc = start(c, &w, &k);
    if (rc == 0 && kind == KEEP_CASEBOOK_REOPENED && !k->closed)
        rc = keep_err_set(&c->err, KEEP_E_REFUSED, "the case is not closed");
    if (rc == 0) {
        step.status = kind == KEEP_CASEBOOK_REOPENED ? KEEP_CASE_NEEDS_REVIEW : k->status;
        step.text = keep_buf_view(&text);
        rc = keep_casework_step(&w, k, &step, &c->err);
    }
    if (rc == 0)
        cmd_out("%s\n", keep_casebook_step_word((int)kind));
    keep_buf_free(&text);
    keep_casework_close(&w);
    return rc;
}

static int note(struct cmd *c)
{
    return add_text(c, KEEP_CASEBOOK_NOTED, true);
}

const struct cmd_verb cmd_case_note = {
    .name = "case", .action = "note", .operands = "KEEP CASE", .min = 2, .max = 2, .part = CMD_PART_ACCESS, .uses = CMD_OPENS,
    .summary = "write something down about a case",
    .about = "The text is sealed under the patient's key and goes when the chart does. It is read from a file or standard input, never from the command line.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("note", "F", "standard input", "the text, UTF-8"), CMD_CASE_BY),
    .example = CMD_EXAMPLES({"chartkeep case note hospital.keep 7f09a1 --note call.txt", "a note from a file"}),
    .run = note};

static int reopen(struct cmd *c)
{
    return add_text(c, KEEP_CASEBOOK_REOPENED, false);
}

const struct cmd_verb cmd_case_reopen = {
    .name = "case", .action = "reopen", .operands = "KEEP CASE", .min = 2, .max = 2, .part = CMD_PART_ACCESS, .uses = CMD_OPENS,
    .summary = "look at a closed case again",
    .about = "What was decided stays in its history.\n",
    .option = CMD_OPTIONS(CMD_OPTION("note", "F", "why: a text, UTF-8 (- for standard input)"), CMD_CASE_BY),
    .exits = CMD_EXITS({6, "the case is not closed"}),
    .example = CMD_EXAMPLES({"chartkeep case reopen hospital.keep 7f09a1 --note why.txt", "with a reason"}),
    .run = reopen};

static int close_case(struct cmd *c)
{
    struct keep_casework w = {0};
    const struct keep_casebook_case *k;
    struct keep_sign_secret *officer = NULL;
    struct keep_buf sheet = KEEP_BUF_INIT, clocks = KEEP_BUF_INIT;
    const char *word = cmd_value(c, "status");
    int status = strcmp(word, "insufficient") == 0 ? KEEP_CASE_INSUFFICIENT : keep_vocab_case_status(keep_str_of(word));
    if (status <= KEEP_CASE_NEEDS_REVIEW)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--status: substantiated, unsubstantiated or insufficient");
    int rc = read_text(c, "worksheet", KEEP_CASEDECIDE_WORKSHEET, &sheet);
    if (rc == 0)
        rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = start(c, &w, &k);
    if (rc == 0)
        rc = keep_casedecide_close(&w, k, (enum keep_case_status)status, keep_buf_view(&sheet), officer, &clocks, &c->err);
    if (rc == 0) {
        cmd_out("closed: %s\n", keep_vocab_case_status_word(status));
        if (clocks.n)
            cmd_out_bytes(clocks.p, clocks.n);
    }
    keep_sign_free(officer);
    keep_buf_free(&sheet);
    keep_buf_free(&clocks);
    keep_casework_close(&w);
    return rc;
}

const struct cmd_verb cmd_case_close = {
    .name = "case", .action = "close", .operands = "KEEP CASE", .min = 2, .max = 2, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "decide a case: substantiated, unsubstantiated or insufficient",
    .about = "An officer signs the decision. The worksheet is a JSON object with \"rationale\"; for a substantiated case also the day of discovery and the four factors of 45 CFR 164.402, "
             "with a reason for each:\n\n"
             "  {\"rationale\": \"...\", \"discovered\": \"2026-03-01\",\n"
             "   \"nature_and_extent\": \"...\", \"unauthorized_person\": \"...\",\n"
             "   \"acquired_or_viewed\": \"...\", \"mitigation\": \"...\"}\n\n"
             "\"individuals\" (1) and \"residents\" (the most in one State) say how many are affected. A breach is presumed; \"breach\": false needs \"not_a_breach_because\". "
             "The dates by which notices are due are computed and kept with it; State law is not in them.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("status", "STATUS", "substantiated, unsubstantiated or insufficient"),
                          CMD_DEFAULT("worksheet", "F", "standard input", "the worksheet, JSON")),
    .exits = CMD_EXITS({6, "the key is of no officer, or the case is closed already"}),
    .example = CMD_EXAMPLES({"chartkeep case close hospital.keep 7f09a1 --status unsubstantiated --worksheet sheet.json --officer-key privacy.key", "nothing wrong was found"}),
    .run = close_case};
