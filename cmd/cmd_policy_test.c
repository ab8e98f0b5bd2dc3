/* policy test: the tests that stand in packs, and what they leave untried. */
#include <stdio.h>

#include "cmd/cmd_policy.h"
#include "cmd/verbs.h"
#include "core/text/term.h"
#include "core/work/policycover.h"
#include "core/work/policytest.h"

struct tested {
    struct cmd *c;
    const struct cmd_register *g;
    struct keep_report *rows; /* one a test; NULL: only those that failed are named */
    size_t pack, block;       /* of the outlines, where the next test stands or behind */
    unsigned passed, failed;
    bool quiet;               /* rows go to standard output: words go to the other */
    struct keep_arena *arena; /* for a row */
};

/* ---- rows ---- */

static const struct keep_report_field test_fields[] = {
    {"pack", KEEP_REPORT_TEXT, NULL, 0}, {"rule", KEEP_REPORT_TEXT, NULL, 0}, {"test", KEEP_REPORT_TEXT, NULL, 0}, {"file", KEEP_REPORT_TEXT, NULL, 0}, {"line", KEEP_REPORT_NUMBER, NULL, 0},
    {"passed", KEEP_REPORT_BOOL, NULL, 0}, {"expected", KEEP_REPORT_LIST, NULL, 0}, {"unmet", KEEP_REPORT_TEXT, NULL, 0}, {"found", KEEP_REPORT_TEXT, NULL, 0}};

/* Tests come in the order of their blocks, pack by pack. */
static const struct keep_outline_block *block_of(struct tested *n, const struct keep_test *t)
{
    if (n->pack != t->pack) {
        n->pack = t->pack;
        n->block = 0;
    }
    const struct keep_outline *o = &n->g->outline[n->pack];
    for (; n->block < o->blocks; n->block++)
        if (keep_str_is(o->block[n->block].word, "test"))
            return &o->block[n->block++];
    return NULL;
}

/* An expectation as it is written, behind its word. */
static struct keep_str written(struct tested *n, const struct keep_outline_clause *k)
{
    struct keep_buf b = KEEP_BUF_INIT;
    bool ok = true;
    keep_outline_text(&n->g->outline[n->pack], k->from + 1, k->to, &b);
    struct keep_str text = keep_arena_str(n->arena, keep_buf_view(&b), &ok);
    keep_buf_free(&b);
    return text;
}

static int test_row(struct tested *n, const struct keep_policytest_result *r)
{
    const struct keep_outline_block *b = block_of(n, r->test);
    struct keep_str *expected = keep_arena_array(n->arena, r->test->expects + 1, sizeof *expected);
    const struct keep_str nil = {NULL, 0};
    size_t expects = 0;
    if (!expected)
        return keep_err_set(&n->c->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; b && i < b->clauses && expects < r->test->expects; i++)
        if (keep_str_is(b->clause[i].word, "expect"))
            expected[expects++] = written(n, &b->clause[i]);
    struct keep_report_cell cell[] = {
        KEEP_CELL(n->g->p.policy->pack[r->test->pack].name), KEEP_CELL(r->test->subject.n ? r->test->subject : nil), KEEP_CELL(r->test->title), KEEP_CELL_Z(r->test->at.file),
        KEEP_CELL_N(r->test->at.line), KEEP_CELL_N(r->passed), {.list = expected, .n = expects}, KEEP_CELL(r->unmet ? expected[r->unmet - r->test->expect] : nil),
        KEEP_CELL(r->passed ? nil : keep_str_of(r->found))};
    int rc = keep_report_row(n->rows, cell, &n->c->err);
    keep_arena_reset(n->arena);
    return rc;
}

static void say_failed(const struct tested *n, const struct keep_policytest_result *r)
{
    struct keep_buf b = KEEP_BUF_INIT, shown = KEEP_BUF_INIT;
    keep_buf_printf(&b, "%s:%u: test \"%.*s\" failed: %s\n", r->test->at.file, r->test->at.line, (int)r->test->title.n, r->test->title.p, r->found);
    keep_term_lines(&shown, keep_buf_view(&b));
    (n->quiet ? cmd_note : cmd_out)("%.*s", (int)shown.n, (const char *)shown.p);
    keep_buf_free(&shown);
    keep_buf_free(&b);
}

static int each_test(void *ctx, const struct keep_policytest_result *r)
{
    struct tested *n = ctx;
    n->passed += r->passed;
    n->failed += !r->passed;
    if (n->rows)
        return test_row(n, r);
    if (!r->passed)
        say_failed(n, r);
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

static int coverage(struct cmd *c, const struct cmd_register *g, struct keep_arena *scratch)
{
    struct keep_tried w;
    struct keep_report *r;
    struct total t = {0};
    if (!keep_tried_new(&w, g->p.policy, g->row, g->rows, g->p.arena))
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_policycover_run(g->p.policy, &w, scratch, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "untried", fields, sizeof fields / sizeof *fields, &r);
    if (rc == 0)
        rc = cmd_rows_end(c, r, write_rows(c, &w, r, &t));
    if (rc == 0)
        cmd_note("%zu of %zu rules are tested; %zu of the %zu ways their conditions can come out are tried\n", t.tested, t.rules, t.tried, t.ways);
    return rc;
}

static int run(struct cmd *c, const struct cmd_register *g, struct tested *n, struct keep_arena *scratch)
{
    bool covered = cmd_given(c, "coverage");
    int rc = 0;
    n->quiet = cmd_format(c) != KEEP_REPORT_TABLE;
    if (n->quiet && !covered)
        rc = cmd_rows(c, "tests", test_fields, sizeof test_fields / sizeof *test_fields, &n->rows);
    if (rc == 0)
        rc = keep_policytest_run(g->p.policy, scratch, each_test, n, &c->err);
    if (n->rows)
        rc = cmd_rows_end(c, n->rows, rc);
    if (rc == 0)
        (n->quiet ? cmd_note : cmd_out)("%u passed, %u failed\n", n->passed, n->failed);
    return rc == 0 && covered ? coverage(c, g, scratch) : rc;
}

static int test(struct cmd *c)
{
    struct cmd_register g = {.rows = 0};
    struct keep_arena *scratch = keep_arena_new(0); /* reset after every test */
    struct tested n = {.c = c, .g = &g, .arena = keep_arena_new(0)};
    int rc = scratch && n.arena ? cmd_policy_register(c, 0, &g) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = run(c, &g, &n, scratch);
    keep_packs_free(&g.p);
    keep_arena_free(n.arena);
    keep_arena_free(scratch);
    if (rc < 0)
        return rc;
    return n.failed ? 1 : 0;
}

const struct cmd_verb cmd_policy_test = {
    .name = "policy", .action = "test", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_PRINTS,
    .summary = "run the tests that stand in packs",
    .about = "In a format other than table each test is a row: its pack, the rule it is about, file and line, whether it passed, what it expects, as that is written, which of it was not met, and what was found instead.\n\nWith --coverage also what the tests leave untried, in rows instead of theirs: every rule that no test is about, and every condition, or part of one, that came out in some way in no test about its rule: true, false, unknown, or known where it is a day. What a run did not reach was not tried.\n",
    .option = CMD_OPTIONS(CMD_SWITCH("coverage", "name what the tests leave untried")),
    .exits = CMD_EXITS({1, "a test failed"}),
    .example = CMD_EXAMPLES({"chartkeep policy test policies", "before adopting them"},
                            {"chartkeep policy test policies --coverage --format csv", "what is untried, for a table"}),
    .run = test};
