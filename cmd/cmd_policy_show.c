/* policy show, export: one rule whole; all of them for machines. */
#include <string.h>

#include "cmd/cmd_policy.h"
#include "cmd/verbs.h"
#include "core/policy/format.h"
#include "core/policy/suggest.h"
#include "core/policy/uses.h"

static void line(struct keep_buf *b, const char *what, struct keep_str text)
{
    if (text.n)
        keep_buf_printf(b, "  %-13s %.*s\n", what, (int)text.n, text.p);
}

static void about_check(struct keep_buf *b, const struct keep_check *k)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    if (!k)
        return;
    keep_buf_printf(b, "  %-13s %s", "checked", cmd_policy_checked(k, day));
    if (k->verified && k->source.n)
        keep_buf_printf(b, ", %.*s", (int)k->source.n, k->source.p);
    if (k->by.n)
        keep_buf_printf(b, ", by %.*s", (int)k->by.n, k->by.p);
    keep_buf_char(b, '\n');
}

static int about_reads(struct cmd *c, struct keep_buf *b, const struct cmd_register *g, const struct keep_register_row *r)
{
    const struct keep_str *read;
    size_t n;
    if (!keep_register_reads(g->p.policy, r, g->p.arena, &read, &n))
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++)
        keep_buf_printf(b, i ? ", %.*s" : "  reads         %.*s", (int)read[i].n, read[i].p);
    keep_buf_str(b, n ? "\n" : "");
    return 0;
}

static bool is_for(const struct keep_outline_block *b, const char *word, struct keep_str id)
{
    return keep_str_is(b->word, word) && b->subject.n && keep_str_eq(b->subject, id);
}

/* Every block of that word that is for the rule. */
static void blocks_for(struct keep_buf *b, const struct cmd_register *g, const char *word, struct keep_str id)
{
    for (size_t i = 0; i < g->p.policy->packs; i++)
        for (size_t k = 0; k < g->outline[i].blocks; k++)
            if (is_for(&g->outline[i].block[k], word, id))
                keep_format_block(&g->outline[i], &g->outline[i].block[k], b);
}

/* What the names in a block stand for, and those in the exceptions from it. */
static bool definitions_of(struct keep_buf *b, const struct cmd_register *g, size_t pack, const struct keep_outline_block *block, bool excepted)
{
    struct keep_uses u = {.n = 0};
    bool ok = keep_uses_add(&u, g->p.policy, g->outline, pack, block, g->p.arena);
    for (size_t i = 0; excepted && i < g->p.policy->packs; i++)
        for (size_t k = 0; ok && k < g->outline[i].blocks; k++)
            if (is_for(&g->outline[i].block[k], "exception", block->id))
                ok = keep_uses_add(&u, g->p.policy, g->outline, i, &g->outline[i].block[k], g->p.arena);
    for (size_t i = 0; i < u.n; i++)
        keep_format_block(&g->outline[u.list[i].pack], u.list[i].block, b);
    return ok;
}

/* The rule as it is written, the definitions it rests on, what is excepted from it, its tests. */
static int text_of(struct cmd *c, struct keep_buf *b, const struct cmd_register *g, const struct keep_register_row *r)
{
    size_t k;
    const struct keep_outline_block *block = keep_register_block(g->outline, g->p.policy->packs, r, &k);
    bool excepted = r->kind == KEEP_REGISTER_ACCESS;
    if (!block)
        return 0;
    keep_buf_char(b, '\n');
    keep_format_block(&g->outline[k], block, b);
    if (!definitions_of(b, g, k, block, excepted))
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (excepted)
        blocks_for(b, g, "exception", r->id);
    blocks_for(b, g, "test", r->id);
    return 0;
}

static int one(struct cmd *c, struct keep_buf *b, const struct cmd_register *g, const struct keep_register_row *r)
{
    size_t k;
    const struct keep_outline_block *block = keep_register_block(g->outline, g->p.policy->packs, r, &k);
    const struct keep_pack *pack = block ? &g->p.policy->pack[k] : NULL;
    keep_buf_printf(b, "%s \"%.*s\"", keep_register_kind_word(r->kind), (int)r->id.n, r->id.p);
    if (pack)
        keep_buf_printf(b, "  %.*s %.*s  %s:%u\n", (int)pack->name.n, pack->name.p, (int)pack->version.n, pack->version.p, pack->file, block->line);
    else
        keep_buf_str(b, "  in every keep\n");
    if (r->title.n)
        keep_buf_printf(b, "%.*s\n", (int)r->title.n, r->title.p);
    line(b, "jurisdiction", r->jurisdiction);
    line(b, "state", r->state);
    line(b, r->kind == KEEP_REGISTER_EXCEPTION ? "owner" : "authority", r->authority);
    line(b, "threshold", r->threshold);
    about_check(b, r->check);
    line(b, r->kind == KEEP_REGISTER_EXPLANATION ? "lacking" : "says", r->sentence);
    int rc = about_reads(c, b, g, r);
    if (r->kind != KEEP_REGISTER_DEFINE && r->kind != KEEP_REGISTER_MAP)
        keep_buf_printf(b, "  %-13s %zu\n", "tests", r->tests);
    return rc < 0 ? rc : text_of(c, b, g, r);
}

static int none(struct cmd *c, const struct cmd_register *g, const char *id)
{
    struct keep_suggest s;
    keep_suggest_begin(&s, keep_str_of(id));
    for (size_t i = 0; i < g->rows; i++)
        keep_suggest_offer(&s, g->row[i].id);
    int rc = keep_err_set(&c->err, KEEP_E_USAGE, "there is no rule \"%.100s\" in these packs", id);
    keep_err_hint(&c->err, "%s", keep_suggest_end(&s, "chartkeep policy list PACK… names them"));
    return rc;
}

/* A label and a series may share a name: each is shown. */
static int show(struct cmd *c)
{
    struct cmd_register g;
    struct keep_buf b = KEEP_BUF_INIT;
    size_t n = 0;
    int rc = cmd_policy_register(c, 1, &g);
    if (rc == 0) {
        for (size_t i = 0; i < g.rows; i++)
            if (keep_str_is(g.row[i].id, c->operand[0]))
                g.row[n++] = g.row[i];
        if (n == 0)
            rc = none(c, &g, c->operand[0]);
        g.rows = n;
    }
    if (rc == 0 && cmd_format(c) == KEEP_REPORT_JSON)
        rc = keep_register_json(g.p.policy, g.outline, (const uint8_t (*)[32])g.p.digest, g.row, g.rows, g.p.arena, &b, &c->err);
    else if (rc == 0 && cmd_format(c) != KEEP_REPORT_TABLE)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--format: one rule is shown as table or json");
    for (size_t i = 0; rc == 0 && cmd_format(c) == KEEP_REPORT_TABLE && i < g.rows; i++) {
        keep_buf_str(&b, i ? "\n" : "");
        rc = one(c, &b, &g, &g.row[i]);
    }
    if (rc == 0)
        rc = b.failed ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : cmd_format(c) == KEEP_REPORT_TABLE ? cmd_put_lines(c, &b) : cmd_put(c, &b);
    keep_buf_free(&b);
    keep_packs_free(&g.p);
    return rc;
}

const struct cmd_verb cmd_policy_show = {
    .name = "policy", .action = "show", .operands = "RULE PACK…", .min = 2, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_PRINTS,
    .summary = "show one rule whole: its text, authority, what it reads and says, its definitions, exceptions, tests",
    .example = CMD_EXAMPLES({"chartkeep policy show household policies", "before it is adopted"}),
    .run = show};

static int export(struct cmd *c)
{
    struct cmd_register g;
    struct keep_buf b = KEEP_BUF_INIT;
    bool rows = cmd_format(c) == KEEP_REPORT_CSV || cmd_format(c) == KEEP_REPORT_NDJSON;
    int rc = cmd_policy_register(c, 0, &g);
    if (rc == 0)
        rc = cmd_policy_filter(c, &g);
    if (rc == 0 && rows)
        rc = cmd_policy_rows(c, &g);
    else if (rc == 0)
        rc = keep_register_json(g.p.policy, g.outline, (const uint8_t (*)[32])g.p.digest, g.row, g.rows, g.p.arena, &b, &c->err);
    if (rc == 0 && !rows)
        rc = cmd_put(c, &b);
    keep_buf_free(&b);
    keep_packs_free(&g.p);
    return rc;
}

const struct cmd_verb cmd_policy_export = {
    .name = "policy", .action = "export", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_PRINTS,
    .summary = "write the compiled rules as one JSON document",
    .about = "Packs with version and digest; each rule with its clauses as they are written in one way, of an exception also the rule it is for, its conditions with their parts and grain, what it reads, the definitions it uses, authority, check and tests. schema_version counts changes that take something away. With --format csv or ndjson the register of `policy list` instead.\n",
    .option = CMD_OPTIONS(CMD_POLICY_FILTERS),
    .example = CMD_EXAMPLES({"chartkeep policy export policies --output rules.json", "for another program"},
                            {"chartkeep policy export policies --format csv --output register.csv", "for the committee that adopts them"}),
    .run = export};
