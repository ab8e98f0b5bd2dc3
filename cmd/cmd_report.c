/* report: the figures of a keep, each with its formula; as HTML a page to print. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/report/bars.h"
#include "core/text/html.h"
#include "core/work/dates.h"
#include "core/work/figures.h"

static const struct keep_report_field figure_fields[] = {
    {"figure", KEEP_REPORT_TEXT, "figure", 0}, {"period", KEEP_REPORT_TEXT, "period", 0}, {"key", KEEP_REPORT_TEXT, "of", 50}, {"value", KEEP_REPORT_VALUE, "value", 0},
    {"unit", KEEP_REPORT_TEXT, "unit", 0}, {"numerator", KEEP_REPORT_NUMBER, NULL, 0}, {"denominator", KEEP_REPORT_NUMBER, NULL, 0}, {"formula", KEEP_REPORT_TEXT, NULL, 0}};

/* Rows of one figure on the page. */
static const struct keep_report_field page_fields[] = {{"period", KEEP_REPORT_TEXT, "period", 0}, {"key", KEEP_REPORT_TEXT, "of", 0}, {"value", KEEP_REPORT_TEXT, "value", 0}};

static void period_of(const struct keep_figures *f, const struct keep_figure *x, char z[KEEP_CIVIL_DATE_SIZE])
{
    keep_civil_format_date(x->month == KEEP_DATE_NONE ? f->as_of : x->month, z);
    if (x->month != KEEP_DATE_NONE)
        z[7] = '\0'; /* 2026-03 */
}

/* A count as it is, a share with four decimals; of nothing: null. */
static struct keep_report_cell value_of(const struct keep_figure *x, bool share, char z[32])
{
    if (share && x->of == 0)
        return (struct keep_report_cell){.text = {NULL, 0}};
    int n = share ? snprintf(z, 32, "%.4f", (double)x->value / (double)x->of) : snprintf(z, 32, "%lld", (long long)x->value);
    return (struct keep_report_cell){.text = {z, (size_t)n}, .n = 1};
}

static bool is_share(const struct keep_figure *x)
{
    return strcmp(keep_figure_words[x->kind].unit, "share") == 0;
}

static int rows(struct cmd *c, const struct keep_figures *f)
{
    struct keep_report *r;
    int rc = cmd_rows(c, "figures", figure_fields, sizeof figure_fields / sizeof *figure_fields, &r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < f->figures; i++) {
        const struct keep_figure *x = &f->figure[i];
        const struct keep_figure_words *w = &keep_figure_words[x->kind];
        char period[KEEP_CIVIL_DATE_SIZE], value[32];
        period_of(f, x, period);
        struct keep_report_cell cell[] = {KEEP_CELL_Z(w->name), KEEP_CELL_Z(period), KEEP_CELL(x->key), value_of(x, is_share(x), value), KEEP_CELL_Z(w->unit), KEEP_CELL_N(x->value), KEEP_CELL_N(x->of),
                                          KEEP_CELL_Z(w->formula)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

/* --- the page --- */

static int into_page(void *ctx, const void *p, size_t n, struct keep_err *err)
{
    keep_buf_add(ctx, p, n);
    return ((struct keep_buf *)ctx)->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
}

/* Bars of accesses with the line of the expected share. */
static int access_chart(struct cmd *c, const struct keep_figures *f, struct keep_buf *page)
{
    struct keep_bars_point *p = keep_arena_array(c->arena, f->figures + 1, sizeof *p);
    size_t n = 0;
    if (!p)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; i < f->figures; i++) {
        const struct keep_figure *x = &f->figure[i];
        char period[KEEP_CIVIL_DATE_SIZE];
        if (x->kind != KEEP_FIGURE_ACCESSES)
            continue;
        period_of(f, x, period);
        p[n] = (struct keep_bars_point){keep_arena_str(c->arena, keep_str_of(period), NULL), x->value, -1};
        for (size_t k = 0; k < f->figures; k++)
            if (f->figure[k].kind == KEEP_FIGURE_EXPECTED && f->figure[k].month == x->month && f->figure[k].of)
                p[n].share = (double)f->figure[k].value / (double)f->figure[k].of;
        n++;
    }
    keep_bars_svg(page, KEEP_STR("Accesses by month (bars) and the share that is expected (line)"), p, n);
    return 0;
}

static int section(struct cmd *c, const struct keep_figures *f, enum keep_figure_kind kind, struct keep_buf *page)
{
    const struct keep_figure_words *w = &keep_figure_words[kind];
    struct keep_report *r = NULL;
    size_t n = 0;
    int rc = 0;
    for (size_t i = 0; i < f->figures; i++)
        n += f->figure[i].kind == kind;
    keep_buf_printf(page, "<h2>%c%s</h2>\n", w->name[0] - 'a' + 'A', w->name + 1);
    if (kind == KEEP_FIGURE_ACCESSES)
        rc = access_chart(c, f, page);
    if (rc == 0 && n)
        rc = keep_report_open_table(&r, page_fields, 3, into_page, page, &c->err);
    for (size_t i = 0; rc == 0 && i < f->figures; i++) {
        const struct keep_figure *x = &f->figure[i];
        char period[KEEP_CIVIL_DATE_SIZE], value[64];
        if (x->kind != kind)
            continue;
        period_of(f, x, period);
        if (!is_share(x))
            snprintf(value, sizeof value, "%lld", (long long)x->value);
        else if (x->of)
            snprintf(value, sizeof value, "%.2f %% (%lld of %lld)", 100.0 * (double)x->value / (double)x->of, (long long)x->value, (long long)x->of);
        else
            snprintf(value, sizeof value, "cannot be told");
        rc = keep_report_row(r, (struct keep_report_cell[]){KEEP_CELL_Z(period), KEEP_CELL(x->key), KEEP_CELL_Z(value)}, &c->err);
    }
    if (rc == 0 && r)
        rc = keep_report_close(r, &c->err);
    else
        keep_report_drop(r);
    if (n == 0)
        keep_buf_str(page, "<p>None.</p>\n");
    keep_buf_str(page, "<p><small>Formula: ");
    keep_html_text(page, keep_str_of(w->formula));
    keep_buf_str(page, ".</small></p>\n");
    return rc;
}

static void rules_of(const struct keep_packs *packs, struct keep_buf *page)
{
    keep_buf_str(page, packs->trial ? "<p><strong>A trial: the rules below are not adopted.</strong></p>\n<ul>\n" : "<p>Rules adopted by this hospital:</p>\n<ul>\n");
    for (size_t i = 0; i < packs->policy->packs; i++) {
        keep_buf_str(page, "<li>");
        keep_html_text(page, packs->policy->pack[i].name);
        keep_buf_str(page, " ");
        keep_html_text(page, packs->policy->pack[i].version);
        keep_buf_str(page, "</li>\n");
    }
    keep_buf_str(page, "</ul>\n");
}

static int page(struct cmd *c, const struct keep_figures *f, const struct keep_packs *packs)
{
    struct keep_buf b = KEEP_BUF_INIT;
    char day[KEEP_CIVIL_DATE_SIZE];
    int rc = 0;
    keep_html_begin(&b, KEEP_STR("Access, retention and chart figures"));
    keep_buf_printf(&b, "<h1>Access, retention and chart figures</h1>\n<p>As of %s. Nothing on this page is about one person.</p>\n", keep_civil_format_date(f->as_of, day));
    rules_of(packs, &b);
    for (int k = 0; rc == 0 && k < KEEP_FIGURE_COUNT; k++)
        if (f->reviewed || (k != KEEP_FIGURE_DELINQUENT && k != KEEP_FIGURE_DUPLICATES))
            rc = section(c, f, (enum keep_figure_kind)k, &b);
    if (!f->reviewed)
        keep_buf_str(&b, "<p>Delinquent charts and duplicates are not told: no reviews stand in these rules.</p>\n");
    keep_buf_printf(&b, "<p>An access rule could not be told %llu times for want of a fact; coverage and audit name the facts.</p>\n", (unsigned long long)f->unable);
    keep_html_end(&b);
    if (rc == 0)
        rc = b.failed ? keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory") : cmd_put(c, &b);
    keep_buf_free(&b);
    return rc;
}

static int report(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_figures f = {0};
    struct keep_figures_params p = {.progress = cmd_progress, .progress_ctx = "figures"};
    int rc = cmd_date(c, "as-of", &p.as_of);
    if (rc == 0)
        rc = cmd_date(c, "from", &p.from);
    if (rc == 0)
        rc = cmd_date(c, "to", &p.to);
    if (rc == 0 && p.from != KEEP_DATE_NONE && p.to != KEEP_DATE_NONE && p.from > p.to)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--from is after --to");
    if (rc == 0)
        rc = cmd_open(c, false);
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0 && p.as_of == KEEP_DATE_NONE)
        rc = keep_dates_today(c->store, &p.as_of, &c->err);
    if (rc == 0)
        rc = keep_figures_run(&f, c->store, &packs, &p, &c->err);
    cmd_progress_end();
    if (rc == 0)
        rc = cmd_format(c) == KEEP_REPORT_HTML ? page(c, &f, &packs) : rows(c, &f);
    keep_figures_free(&f);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_report = {
    .name = "report", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_ACCESS, .uses = CMD_OPENS | CMD_PRINTS | CMD_TRIES | CMD_LONG,
    .summary = "management figures month by month, each with its formula; as HTML a page to print",
    .about = "Accesses and the share that is expected, cases by rule and status, days to review and to decision, repeat users, record sets due, overdue, held or without a date, "
             "delinquent charts and duplicates. Nothing printed is about one person, and nothing is stored. With --format html the page is one file without scripts, which fetches nothing.\n",
    .option = CMD_OPTIONS(CMD_SWITCH("figures", "the figures (what this verb prints)"), CMD_DEFAULT("as-of", "DATE", "today", "the day to judge by"),
                          CMD_DEFAULT("from", "DATE", "the first month there is", "first month of accesses and cases"), CMD_DEFAULT("to", "DATE", "the last", "last month")),
    .exits = CMD_EXITS({6, "no rules are adopted"}),
    .example = CMD_EXAMPLES({"chartkeep report hospital.keep --figures --format html --output march.html", "for the compliance committee"},
                            {"chartkeep report hospital.keep --figures --from 2026-01-01 --format csv", "for a spreadsheet"}),
    .run = report};
