/* policy diff: two sets of packs, and what a keep would be told by each. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_policy.h"
#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/policy/compare.h"
#include "core/work/dates.h"
#include "core/work/packdiff.h"

static const struct keep_report_field fields[] = {
    {"what", KEEP_REPORT_TEXT, "what", 0}, {"change", KEEP_REPORT_TEXT, "change", 0}, {"kind", KEEP_REPORT_TEXT, "kind", 0}, {"id", KEEP_REPORT_TEXT, "id", 0},
    {"clause", KEEP_REPORT_TEXT, "clause", 0}, {"before", KEEP_REPORT_TEXT, "before", 60}, {"after", KEEP_REPORT_TEXT, "after", 60}};

/* One side: a file or a folder. Every error is printed. */
static int side(struct cmd *c, int operand, struct keep_packs *p, struct keep_outline **o)
{
    int rc = keep_packs_read(p, &c->operand[operand], 1, &c->err);
    cmd_print_diags(&p->diags, false);
    if (rc == 0 && !(*o = keep_arena_array(p->arena, p->texts, sizeof **o)))
        rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < p->texts; i++)
        rc = keep_outline_read(&(*o)[i], p->text[i].file, p->text[i].text, p->arena, &p->diags, &c->err);
    return rc;
}

struct difference {
    struct keep_packs p[2];
    struct keep_outline *o[2];
    struct keep_compare_row *rule;
    size_t rules;
    struct keep_packdiff moved;
};

static int rule_rows(struct cmd *c, struct keep_report *r, const struct difference *d)
{
    static const char *const change[] = {"added", "removed", "changed"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < d->rules; i++) {
        const struct keep_compare_row *k = &d->rule[i];
        struct keep_report_cell cell[] = {KEEP_CELL_Z("rule"), KEEP_CELL_Z(change[k->change]), KEEP_CELL(k->kind), KEEP_CELL(k->id), KEEP_CELL(k->clause), KEEP_CELL(k->before),
                                          KEEP_CELL(k->after)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return rc;
}

static struct keep_str side_text(const struct keep_packdiff_row *m, const struct keep_packdiff_side *s, bool there, char text[160])
{
    char day[KEEP_CIVIL_DATE_SIZE];
    if (!there)
        return (struct keep_str){NULL, 0};
    if (!m->set)
        snprintf(text, 160, "score %d", s->score);
    else
        snprintf(text, 160, "%s%s%.*s", s->kind == KEEP_UNTIL_PERMANENT ? "permanent" : s->kind == KEEP_UNTIL_UNKNOWN ? "undetermined" : keep_civil_format_date(s->until, day),
                 s->rule.n ? " by " : "", (int)(s->rule.n < 100 ? s->rule.n : 100), s->rule.n ? s->rule.p : "");
    return keep_str_of(text);
}

static int moved_rows(struct cmd *c, struct keep_report *r, const struct difference *d)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < d->moved.rows; i++) {
        const struct keep_packdiff_row *m = &d->moved.row[i];
        char id[33], before[160], after[160];
        keep_codec_hex(m->id, 16, id);
        struct keep_report_cell cell[] = {
            KEEP_CELL_Z(m->set ? "set" : "case"), KEEP_CELL_Z(keep_packdiff_word(m->move)), KEEP_CELL(m->set ? m->series : m->before.rule.n ? m->before.rule : m->after.rule),
            KEEP_CELL_Z(id), KEEP_CELL(KEEP_STR("")), KEEP_CELL(side_text(m, &m->before, m->move != KEEP_PACKDIFF_ADDED, before)),
            KEEP_CELL(side_text(m, &m->after, m->move != KEEP_PACKDIFF_REMOVED, after))};
        rc = keep_report_row(r, cell, &c->err);
    }
    return rc;
}

static void summary(const struct keep_packdiff *m)
{
    for (int set = 1; set >= 0; set--) {
        const uint64_t *n = set ? m->sets : m->cases;
        cmd_note("%s: %llu before, %llu after", set ? "record sets" : "cases", (unsigned long long)n[0], (unsigned long long)n[1]);
        for (int k = 0; k < KEEP_PACKDIFF_MOVE_COUNT; k++)
            if (m->moves[set][k])
                cmd_note("; %llu %s", (unsigned long long)m->moves[set][k], keep_packdiff_word((enum keep_packdiff_move)k));
        cmd_note("\n");
    }
    cmd_note("accesses:");
    for (int v = 0; v < KEEP_VERDICT_COUNT; v++)
        cmd_note("%s %s %llu to %llu", v ? ";" : "", keep_vocab_verdict_word(v), (unsigned long long)m->verdicts[0][v], (unsigned long long)m->verdicts[1][v]);
    cmd_note("\n");
}

/* The keep is named by an option here: the packs are the operands. */
static int try_keep(struct cmd *c, struct difference *d)
{
    const char *first = c->operand[0];
    keep_date as_of;
    int rc = cmd_date(c, "as-of", &as_of);
    c->operand[0] = cmd_value(c, "keep");
    if (rc == 0)
        rc = cmd_open(c, false);
    c->operand[0] = first;
    if (rc == 0 && as_of == KEEP_DATE_NONE)
        rc = keep_dates_today(c->store, &as_of, &c->err);
    return rc ? rc : keep_packdiff_run(&d->moved, c->store, &d->p[0], &d->p[1], as_of, cmd_progress, "accesses", d->p[0].arena, &c->err);
}

static int diff(struct cmd *c)
{
    struct difference d = {.rules = 0};
    struct keep_report *r;
    bool tried = cmd_given(c, "keep");
    int rc = side(c, 0, &d.p[0], &d.o[0]);
    if (rc == 0)
        rc = side(c, 1, &d.p[1], &d.o[1]);
    if (rc == 0 && !keep_compare_outlines(d.o[0], d.p[0].texts, d.o[1], d.p[1].texts, d.p[0].arena, &d.rule, &d.rules))
        rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0 && tried)
        rc = try_keep(c, &d);
    if (rc == 0)
        rc = cmd_rows(c, "differences", fields, sizeof fields / sizeof *fields, &r);
    if (rc == 0) {
        rc = rule_rows(c, r, &d);
        rc = cmd_rows_end(c, r, rc ? rc : moved_rows(c, r, &d));
    }
    if (rc == 0 && tried)
        summary(&d.moved);
    keep_packs_free(&d.p[0]);
    keep_packs_free(&d.p[1]);
    return rc < 0 ? rc : d.rules || d.moved.rows ? 1 : 0;
}

const struct cmd_verb cmd_policy_diff = {
    .name = "policy", .action = "diff", .operands = "BEFORE AFTER", .min = 2, .max = 2, .part = CMD_PART_POLICY, .uses = CMD_PRINTS | CMD_OPENS | CMD_LONG,
    .summary = "what changed between two sets of packs, rule by rule, and what that moves in a keep",
    .about = "Each is a file or a folder. Blanks, comments and the order of clauses make no difference; tests are left out.\n\nWith --keep both are tried on it, and nothing is stored: every record set whose date moves, and in which direction, by what the rules give whatever is on file; every case that comes, goes or weighs otherwise; and how the verdicts on all accesses shift. Ids are those of retention and of a trial's audit; nothing identifies a patient.\n",
    .option = CMD_OPTIONS(CMD_OPTION("keep", "KEEP", "try both on this keep"), CMD_DEFAULT("as-of", "DATE", "today", "the day to judge record sets by")),
    .exits = CMD_EXITS({1, "something differs"}),
    .example = CMD_EXAMPLES({"chartkeep policy diff adopted policies", "before a new version is adopted"},
                            {"chartkeep policy diff adopted policies --keep hospital.keep --format csv", "what it would move"}),
    .run = diff};
