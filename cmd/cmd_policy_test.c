/* policy test: the tests that stand in packs, and what they leave untried. */
#include <stdio.h>

#include "cmd/cmd_policy.h"
#include "cmd/verbs.h"
#include "core/work/policycover.h"
#include "core/work/policytest.h"

struct tested {
    unsigned passed, failed;
    bool quiet; /* rows go to standard output: words go to the other */
};

static int each_test(void *ctx, const struct keep_test *t, bool passed, const char *detail)
{
    struct tested *n = ctx;
    if (passed) {
        n->passed++;
        return 0;
    }
    n->failed++;
    (n->quiet ? cmd_note : cmd_out)("%s:%u: test \"%.*s\" failed: %s\n", t->at.file, t->at.line, (int)t->title.n, t->title.p, detail ? detail : "");
    return 0;
}

/* ---- coverage ---- */

static const struct keep_report_field fields[] = {
    {"kind", KEEP_REPORT_TEXT, "kind", 0}, {"rule", KEEP_REPORT_TEXT, "rule", 0}, {"clause", KEEP_REPORT_TEXT, "clause", 0}, {"text", KEEP_REPORT_TEXT, "text", 80},
    {"never", KEEP_REPORT_LIST, "never", 0}};

static size_t ways(uint8_t mask, struct keep_str out[4])
{
    static const struct { uint8_t bit; const char *word; } word[] = {
        {KEEP_TRIED_TRUE, "true"}, {KEEP_TRIED_FALSE, "false"}, {KEEP_TRIED_KNOWN, "known"}, {KEEP_TRIED_UNKNOWN, "unknown"}};
    size_t n = 0;
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (mask & word[i].bit)
            out[n++] = keep_str_of(word[i].word);
    return n;
}

static int untried(struct cmd *c, struct keep_report *r, const struct keep_register_row *row, const char *clause, struct keep_str text, const struct keep_str *list, size_t n)
{
    struct keep_report_cell cell[] = {KEEP_CELL_Z(keep_register_kind_word(row->kind)), KEEP_CELL(row->id), KEEP_CELL_Z(clause), KEEP_CELL(text), {.list = list, .n = n}};
    return keep_report_row(r, cell, &c->err);
}

/* Maps and definitions have no tests of their own, and a series of every keep needs none. */
static bool needs_tests(const struct keep_register_row *r)
{
    return r->kind != KEEP_REGISTER_MAP && r->kind != KEEP_REGISTER_DEFINE && (r->kind != KEEP_REGISTER_SERIES || r->check);
}

struct total {
    size_t rules, tested, ways, tried;
};

static int write_rows(struct cmd *c, const struct keep_tried *w, struct keep_report *r, struct total *t)
{
    static const struct keep_str tested[] = {{"tested", 6}};
    int rc = 0;
    for (size_t k = 0, i = 0; rc == 0 && k < w->rows; k++) {
        bool counts = needs_tests(&w->row[k]);
        t->rules += counts;
        t->tested += counts && w->tested[k];
        if (counts && !w->tested[k])
            rc = untried(c, r, &w->row[k], "", w->row[k].title, tested, 1);
        for (; rc == 0 && i < w->points && w->point[i].rule == k; i++) {
            struct keep_str list[4];
            const struct keep_tried_point *p = &w->point[i];
            t->ways += counts ? ways(p->able, list) : 0;
            t->tried += counts ? ways(p->tried, list) : 0;
            size_t n = ways(p->able & (uint8_t)~p->tried, list);
            if (counts && w->tested[k] && n)
                rc = untried(c, r, &w->row[k], p->clause, p->text, list, n);
        }
    }
    return rc;
}

static int coverage(struct cmd *c, const struct keep_packs *p, struct keep_arena *scratch)
{
    struct keep_register_row *row;
    struct keep_tried w;
    struct keep_report *r;
    struct total t = {0};
    size_t rows;
    if (!keep_register_make(p->policy, p->arena, &row, &rows) || !keep_tried_new(&w, p->policy, row, rows, p->arena))
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_policycover_run(p->policy, &w, scratch, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "untried", fields, sizeof fields / sizeof *fields, &r);
    if (rc == 0)
        rc = cmd_rows_end(c, r, write_rows(c, &w, r, &t));
    if (rc == 0)
        cmd_note("%zu of %zu rules are tested; %zu of the %zu ways their conditions can come out are tried\n", t.tested, t.rules, t.tried, t.ways);
    return rc;
}

static int test(struct cmd *c)
{
    struct keep_packs p = {0};
    bool rows = cmd_given(c, "coverage");
    struct tested n = {.quiet = rows && cmd_format(c) != KEEP_REPORT_TABLE};
    struct keep_arena *scratch = keep_arena_new(0); /* reset after every test */
    int rc = scratch ? cmd_policy_packs(c, 0, false, &p) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_policytest_run(p.policy, scratch, each_test, &n, &c->err);
    if (rc == 0)
        (n.quiet ? cmd_note : cmd_out)("%u passed, %u failed\n", n.passed, n.failed);
    if (rc == 0 && rows)
        rc = coverage(c, &p, scratch);
    keep_packs_free(&p);
    keep_arena_free(scratch);
    if (rc < 0)
        return rc;
    return n.failed ? 1 : 0;
}

const struct cmd_verb cmd_policy_test = {
    .name = "policy", .action = "test", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_PRINTS,
    .summary = "run the tests that stand in packs",
    .about = "With --coverage also every rule that no test is about, and every condition, or part of one, that came out in some way in no test about its rule: true, false, unknown, or known where it is a day. What a run did not reach was not tried.\n",
    .option = CMD_OPTIONS(CMD_SWITCH("coverage", "name what the tests leave untried")),
    .exits = CMD_EXITS({1, "a test failed"}),
    .example = CMD_EXAMPLES({"chartkeep policy test policies", "before adopting them"},
                            {"chartkeep policy test policies --coverage --format csv", "what is untried, for a table"}),
    .run = test};
