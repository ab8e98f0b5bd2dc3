/* case ask, answer, sample: questionnaires out, answers in. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cmd/cmd_case.h"
#include "cmd/verbs.h"
#include "core/base/file.h"
#include "core/work/caseask.h"
#include "core/work/sampling.h"

#define ANSWERS ((size_t)64 << 20) /* bytes of one file of answers */

static int write_sheet(struct cmd *c, struct keep_casework *w, int dir, size_t number, const struct keep_caseask_sheet *sheet, struct keep_caseask_form *form)
{
    static const char *const ending[] = {"txt", "html", "csv"};
    struct keep_buf b = KEEP_BUF_INIT;
    char name[32];
    int rc = 0;
    for (int i = 0; rc == 0 && i < 3; i++) {
        keep_buf_clear(&b);
        form->html = i == 1;
        if (i < 2)
            rc = keep_caseask_write(w, sheet, form, &b, &c->err);
        else
            keep_caseask_table(sheet, &b);
        if (rc == 0 && b.failed)
            rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
        snprintf(name, sizeof name, "%03zu.%s", number, ending[i]);
        if (rc == 0)
            rc = keep_file_create(dir, name, b.p, b.n, 0600, &c->err);
    }
    keep_buf_free(&b);
    if (rc == 0)
        cmd_out("%03zu: %zu question%s\n", number, sheet->n, keep_str_s(sheet->n));
    return rc;
}

/* A new folder, or an empty one. */
static int open_folder(struct cmd *c, const char *path, int *dir)
{
    if (mkdir(path, 0700) < 0 && errno != EEXIST)
        return keep_err_set(&c->err, KEEP_E_IO, "%s: %s", path, strerror(errno));
    *dir = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (*dir < 0)
        return keep_err_set(&c->err, KEEP_E_IO, "%s: %s", path, strerror(errno));
    if (faccessat(*dir, "001.txt", F_OK, 0) == 0)
        return keep_err_set(&c->err, KEEP_E_REFUSED, "%s holds questionnaires already", path);
    return 0;
}

static int ask(struct cmd *c)
{
    struct keep_casework w = {0};
    const struct keep_casebook_case *list[KEEP_CASEASK_CASES];
    struct keep_caseask_sheets s = {0};
    struct keep_caseask_form form = {.due = KEEP_DATE_NONE};
    struct keep_str revealed = {NULL, 0};
    size_t n = (size_t)c->operands - 1;
    int dir = -1;
    const char *to = cmd_value(c, "to");
    form.manager = strcmp(to, "manager") == 0;
    if (!form.manager && strcmp(to, "user") != 0)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--to: user or manager");
    if (n > KEEP_CASEASK_CASES)
        return keep_err_set(&c->err, KEEP_E_USAGE, "at most %d cases at once", KEEP_CASEASK_CASES);
    int rc = cmd_case_acting(c, &form.from);
    if (rc == 0)
        rc = cmd_date(c, "due", &form.due);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_casework_open(&w, c->store, revealed, true, &c->err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        rc = keep_casework_find(&w, keep_str_of(c->operand[i + 1]), &list[i], &c->err);
    if (rc == 0)
        rc = keep_caseask_sheets(&w, list, n, form.manager, &s, &c->err);
    if (rc == 0)
        rc = open_folder(c, cmd_value(c, "output"), &dir);
    if (rc == 0)
        rc = cmd_reveal(c, &revealed);
    if (rc == 0 && revealed.n)
        w.mask.revealed = KEEP_STR("*");
    if (rc == 0)
        rc = keep_caseask_record(&w, &s, form.manager, form.due, form.from, &c->err);
    for (size_t i = 0; rc == 0 && i < s.n; i++)
        rc = write_sheet(c, &w, dir, i + 1, &s.sheet[i], &form);
    if (rc == 0 && s.nobody)
        cmd_note("nobody is asked about %llu access%s: who made %s%s is not on file\n", (unsigned long long)s.nobody, s.nobody == 1 ? "" : "es", s.nobody == 1 ? "it" : "them",
                 form.manager ? ", or their manager," : "");
    if (rc == 0 && !revealed.n)
        cmd_note("names are masked; --show-phi REQUEST with an officer's key writes them out\n");
    if (dir >= 0)
        close(dir);
    keep_casework_close(&w);
    return rc;
}

const struct cmd_verb cmd_case_ask = {
    .name = "case", .action = "ask", .operands = "KEEP CASE…", .min = 2, .max = -1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "write questionnaires to who opened the charts, or their managers",
    .about = "Whoever opened the charts of several people's cases, such as one patient's by many, is each asked of their own accesses. One for each person asked, as text, as HTML and as a table (CSV) to be answered: 001.txt, 001.html, 001.csv, … in the folder. It says what was opened when; not why that is "
             "asked, and nothing of any other patient. Names are masked unless --show-phi is given, since a questionnaire leaves the office.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("to", "user|manager", "who is asked"), CMD_NEEDED("output", "DIR", "the folder for the questionnaires"),
                          CMD_OPTION("due", "DATE", "the day by which an answer is wanted"), CMD_CASE_BY,
                          CMD_OPTION("show-phi", "REQUEST", "write names out under this request number (signed by an officer and recorded)")),
    .exits = CMD_EXITS({6, "the folder holds questionnaires already, or the key is of no officer"}),
    .example = CMD_EXAMPLES({"chartkeep case ask hospital.keep 7f09a1 b2c3d4 --to user --output out --due 2026-12-01 --show-phi REQ-7 --officer-key privacy.key", "two cases"}),
    .run = ask};

struct answers {
    const char *where;
};

static void bad_row(void *ctx, uint64_t line, const char *why)
{
    const struct answers *a = ctx;
    cmd_note("%s:%llu: %s\n", a->where, (unsigned long long)line, why);
}

static int answer(struct cmd *c)
{
    struct keep_casework w = {0};
    struct keep_caseask_counts n = {0};
    struct keep_buf text = KEEP_BUF_INIT;
    struct answers a = {cmd_value(c, "from")};
    int rc = keep_file_read_operand(a.where, ANSWERS, &text, &c->err);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_casework_open(&w, c->store, (struct keep_str){NULL, 0}, false, &c->err);
    if (rc == 0)
        rc = keep_caseask_take(&w, keep_buf_view(&text), a.where, &n, bad_row, &a, &c->err);
    if (rc == 0)
        cmd_out("%llu taken, %llu on file already, %llu not filled in, %llu bad\n", (unsigned long long)n.taken, (unsigned long long)n.known, (unsigned long long)n.empty, (unsigned long long)n.bad);
    keep_buf_free(&text);
    keep_casework_close(&w);
    return rc < 0 ? rc : n.bad ? 3 : 0;
}

const struct cmd_verb cmd_case_answer = {
    .name = "case", .action = "answer", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS,
    .summary = "take in answers to questionnaires",
    .about = "Each answer goes to its case, sealed, with who gave it and when. Rows that cannot be taken are named with their line and left out; the same answer twice is taken once.\n",
    .option = CMD_OPTIONS(CMD_NEEDED("from", "F", "the table, as case ask wrote it")),
    .exits = CMD_EXITS({3, "rows were left out"}),
    .example = CMD_EXAMPLES({"chartkeep case answer hospital.keep --from 001.csv", "one person's answers"}),
    .run = answer};

static int sample(struct cmd *c)
{
    struct keep_sampling_state st;
    struct keep_buf text = KEEP_BUF_INIT;
    struct keep_str who;
    const char *from = cmd_value(c, "from");
    char at[KEEP_CIVIL_TIME_SIZE];
    int rc = cmd_case_acting(c, &who);
    if (rc == 0 && from)
        rc = keep_file_read_operand(from, ANSWERS, &text, &c->err);
    if (rc == 0)
        rc = cmd_open(c, from != NULL);
    if (rc == 0)
        rc = from ? keep_sampling_answer(c->store, keep_buf_view(&text), from, who, c->arena, &st, &c->err) : keep_sampling_newest(c->store, c->arena, &st, &c->err);
    keep_buf_free(&text);
    if (rc < 0)
        return rc;
    if (st.id == 0) {
        cmd_out("no sample has been drawn\n");
        return 0;
    }
    cmd_out("drawn %s: %llu of %llu expected accesses, seed %.*s\n", keep_civil_format_time(st.at, at), (unsigned long long)st.n, (unsigned long long)st.population, (int)st.seed.n, st.seed.p);
    cmd_out("answered: %llu right, %llu wrong, %llu not yet\n", (unsigned long long)st.right, (unsigned long long)st.wrong, (unsigned long long)(st.n - st.right - st.wrong));
    cmd_out("so at most %.2f percent of what is called expected is not, at 95 percent confidence\n"
            "(the p for which at most %llu of %llu wrong has probability 0.05: sum of C(n,i) p^i (1-p)^(n-i) for i from 0; what is not answered counts as wrong)\n",
            st.bound * 100, (unsigned long long)(st.n - st.right), (unsigned long long)st.n);
    return 0;
}

const struct cmd_verb cmd_case_sample = {
    .name = "case", .action = "sample", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS,
    .summary = "how often \"expected\" is wrong, from the newest random sample",
    .about = "`audit --sample N --sample-output F` draws accesses that were judged expected. A person looks at each (`why KEEP EVENT` shows the reason on file) and writes yes or no in "
             "the column right; --from takes the table back.\n",
    .option = CMD_OPTIONS(CMD_OPTION("from", "F", "the answered table"), CMD_CASE_BY),
    .exits = CMD_EXITS({3, "a row of the table is wrong; none is taken"}, {6, "no sample has been drawn"}),
    .example = CMD_EXAMPLES({"chartkeep case sample hospital.keep --from sample.csv", "take in the answers, and say the bound"}),
    .run = sample};
