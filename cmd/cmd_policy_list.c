/* policy list: the register of rules, for a screen or a committee. */
#include <stdio.h>
#include <string.h>

#include "cmd/cmd_policy.h"
#include "cmd/verbs.h"
#include "core/model/state.h"
#include "core/policy/suggest.h"

int cmd_policy_register(struct cmd *c, int first, struct cmd_register *out)
{
    *out = (struct cmd_register){.rows = 0};
    int rc = cmd_policy_packs(c, first, false, &out->p);
    if (rc < 0)
        return rc;
    out->outline = keep_arena_array(out->p.arena, out->p.texts, sizeof *out->outline);
    if (!out->outline || !keep_register_make(out->p.policy, out->p.arena, &out->row, &out->rows))
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc == 0 && i < out->p.texts; i++)
        rc = keep_outline_read(&out->outline[i], out->p.text[i].file, out->p.text[i].text, out->p.arena, &out->p.diags, &c->err);
    return rc;
}

const char *cmd_policy_checked(const struct keep_check *check, char day[KEEP_CIVIL_DATE_SIZE])
{
    return !check ? "" : check->verified ? keep_civil_format_date(check->on, day) : "unverified";
}

static const struct keep_report_field fields[] = {
    {"kind", KEEP_REPORT_TEXT, "kind", 0}, {"rule", KEEP_REPORT_TEXT, "rule", 0}, {"title", KEEP_REPORT_TEXT, "title", 44}, {"authority", KEEP_REPORT_TEXT, "authority", 34},
    {"checked", KEEP_REPORT_TEXT, "checked", 0}, {"threshold", KEEP_REPORT_TEXT, NULL, 0}, {"read", KEEP_REPORT_TEXT, NULL, 0}, {"jurisdiction", KEEP_REPORT_TEXT, NULL, 0},
    {"state", KEEP_REPORT_TEXT, "state", 0}, {"tests", KEEP_REPORT_NUMBER, "tests", 0}, {"pack", KEEP_REPORT_TEXT, NULL, 0}, {"version", KEEP_REPORT_TEXT, NULL, 0},
    {"sentence", KEEP_REPORT_TEXT, NULL, 0}};

static int row(struct cmd *c, struct keep_report *out, const struct cmd_register *g, const struct keep_register_row *r)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    const struct keep_str nil = {NULL, 0};
    size_t k;
    const struct keep_pack *pack = keep_register_block(g->outline, g->p.policy->packs, r, &k) ? &g->p.policy->pack[k] : NULL;
    struct keep_report_cell cell[] = {
        KEEP_CELL_Z(keep_register_kind_word(r->kind)), KEEP_CELL(r->id), KEEP_CELL(r->title), KEEP_CELL(r->authority), KEEP_CELL_Z(cmd_policy_checked(r->check, day)),
        KEEP_CELL(r->threshold), KEEP_CELL(r->check ? r->check->source : nil), KEEP_CELL(r->jurisdiction), KEEP_CELL(r->state), KEEP_CELL_N(r->tests),
        KEEP_CELL(pack ? pack->name : nil), KEEP_CELL(pack ? pack->version : nil), KEEP_CELL(r->sentence)};
    return keep_report_row(out, cell, &c->err);
}

int cmd_policy_rows(struct cmd *c, const struct cmd_register *g)
{
    struct keep_report *r;
    int rc = cmd_rows(c, "rules", fields, sizeof fields / sizeof *fields, &r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < g->rows; i++)
        rc = row(c, r, g, &g->row[i]);
    return cmd_rows_end(c, r, rc);
}

/* in_force and "in force" are one. */
static bool same_words(const char *given, struct keep_str have)
{
    if (strlen(given) != have.n)
        return false;
    for (size_t i = 0; i < have.n; i++)
        if ((given[i] == '_' ? ' ' : given[i]) != (have.p[i] == '_' ? ' ' : have.p[i]))
            return false;
    return true;
}

static bool wanted(struct cmd *c, const char *option, struct keep_str have)
{
    const char *v[CMD_VALUES];
    int n = cmd_values(c, option, v, CMD_VALUES);
    for (int i = 0; i < n; i++)
        if (same_words(v[i], have))
            return true;
    return n == 0;
}

static const char *const kinds[] = {
#define X(name, word) word,
    KEEP_REGISTER_KINDS(X)
#undef X
    NULL};
static const char *const states[] = {KEEP_POLICY_STATES(KEEP_POLICY_WORD) KEEP_POLICY_STATUSES(KEEP_POLICY_WORD) NULL};

static bool among(const char *const *words, size_t n, const char *given)
{
    for (size_t i = 0; i < n && words[i]; i++)
        if (same_words(given, keep_str_of(words[i])))
            return true;
    return false;
}

/* Each value of an option must be one of the words. */
static int one_of(struct cmd *c, const char *option, const char *const *words)
{
    const char *v[CMD_VALUES];
    char all[200] = "";
    int n = cmd_values(c, option, v, CMD_VALUES);
    for (int i = 0; i < n; i++) {
        struct keep_suggest s;
        if (among(words, SIZE_MAX, v[i]))
            continue;
        keep_suggest_begin(&s, keep_str_of(v[i]));
        for (size_t k = 0, at = 0; words[k]; k++) {
            keep_suggest_offer(&s, keep_str_of(words[k]));
            if (!among(words, k, words[k]) && at < sizeof all)
                at += (size_t)snprintf(all + at, sizeof all - at, "%s%s", at ? ", " : "", words[k]);
        }
        keep_err_set(&c->err, KEEP_E_USAGE, "--%s %.60s: one of %s", option, v[i], all);
        if (s.distance != SIZE_MAX)
            keep_err_hint(&c->err, "%s", keep_suggest_end(&s, NULL));
        return KEEP_E_USAGE;
    }
    return 0;
}

/* Places outside of the United States have names of their own: those that a rule names. */
static int places(struct cmd *c, const struct cmd_register *g)
{
    const char *v[CMD_VALUES];
    int n = cmd_values(c, "jurisdiction", v, CMD_VALUES);
    for (int i = 0; i < n; i++) {
        struct keep_str place = keep_str_of(v[i]), state = keep_state_of_place(place);
        bool known = keep_state_is_place(place);
        for (size_t k = 0; k < g->rows && !known; k++)
            known = keep_str_eq(g->row[k].jurisdiction, place);
        if (known)
            continue;
        keep_err_set(&c->err, KEEP_E_USAGE, "--jurisdiction %.60s: US, a state such as US-KS, or another place that a rule names", v[i]);
        if (state.n)
            keep_err_hint(&c->err, "did you mean US-%.*s?", (int)state.n, state.p);
        return KEEP_E_USAGE;
    }
    return 0;
}

int cmd_policy_filter(struct cmd *c, struct cmd_register *g)
{
    int rc = one_of(c, "kind", kinds);
    if (rc == 0)
        rc = one_of(c, "state", states);
    if (rc == 0)
        rc = places(c, g);
    if (rc < 0)
        return rc;
    size_t n = 0;
    for (size_t i = 0; i < g->rows; i++) {
        const struct keep_register_row *r = &g->row[i];
        if (wanted(c, "kind", keep_str_of(keep_register_kind_word(r->kind))) && wanted(c, "jurisdiction", r->jurisdiction) && wanted(c, "state", r->state))
            g->row[n++] = *r;
    }
    g->rows = n;
    return 0;
}

static int list(struct cmd *c)
{
    struct cmd_register g;
    int rc = cmd_policy_register(c, 0, &g);
    if (rc == 0)
        rc = cmd_policy_filter(c, &g);
    if (rc == 0)
        rc = cmd_policy_rows(c, &g);
    keep_packs_free(&g.p);
    return rc;
}

const struct cmd_verb cmd_policy_list = {
    .name = "policy", .action = "list", .operands = "PACK…", .min = 1, .max = -1, .part = CMD_PART_POLICY, .uses = CMD_PRINTS,
    .summary = "list rules with authority, state and when their text was checked, and exceptions with owner and end",
    .about = "In a format other than table also who set the threshold, what was read, the jurisdiction, the pack and its version, and what the rule says of a case.\n",
    .option = CMD_OPTIONS(CMD_POLICY_FILTERS),
    .example = CMD_EXAMPLES({"chartkeep policy list policies --kind retention --jurisdiction US-KS", "what one state asks"},
                            {"chartkeep policy list policies --format csv --output rules.csv", "for a committee"}),
    .run = list};
