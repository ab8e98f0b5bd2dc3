/* coverage: what each source holds and attests, where days are missing, and
 * which rules can run on it. Nothing it prints is about one person. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/work/coverage.h"

static const struct keep_report_field fields[] = {
    {"part", KEEP_REPORT_TEXT, "part", 0},       {"source", KEEP_REPORT_TEXT, "source", 16}, {"subject", KEEP_REPORT_TEXT, "class or rule", 30}, {"kind", KEEP_REPORT_TEXT, NULL, 0},
    {"state", KEEP_REPORT_TEXT, "state", 16},    {"rows", KEEP_REPORT_VALUE, "rows", 0},    {"first", KEEP_REPORT_DATE, "first", 0},            {"last", KEEP_REPORT_DATE, "last", 0},
    {"latest_import", KEEP_REPORT_TIME, NULL, 0}, {"quarantined", KEEP_REPORT_VALUE, NULL, 0}, {"detail", KEEP_REPORT_TEXT, "detail", 56},       {"missing", KEEP_REPORT_LIST, NULL, 0},
    {"partly", KEEP_REPORT_LIST, NULL, 0}};

struct shown {
    struct cmd *c;
    struct keep_coverage *v;
    struct keep_report *r;
    struct keep_str only; /* --source; empty: all */
    bool gaps, stopped;   /* something is missing in time or class; a rule cannot run */
};

#define NOT_COUNTED UINT64_MAX

struct row {
    const char *part;
    struct keep_str source, subject;
    const char *kind, *state;
    uint64_t rows, quarantined;
    keep_date first, last;
    keep_time latest;
    struct keep_str detail;
    const struct keep_str *missing, *partly;
    size_t missings, partlies;
};

static struct keep_report_cell counted(struct shown *s, uint64_t n)
{
    char text[24];
    if (n == NOT_COUNTED)
        return KEEP_CELL((struct keep_str){NULL, 0});
    int len = snprintf(text, sizeof text, "%llu", (unsigned long long)n);
    return (struct keep_report_cell){.text = keep_arena_str(s->c->arena, (struct keep_str){text, (size_t)len}, NULL), .n = 1};
}

static int put(struct shown *s, const struct row *w)
{
    struct keep_report_cell cell[] = {
        KEEP_CELL_Z(w->part), KEEP_CELL(w->source), KEEP_CELL(w->subject), KEEP_CELL_Z(w->kind), KEEP_CELL_Z(w->state), counted(s, w->rows), KEEP_CELL_N(w->first), KEEP_CELL_N(w->last),
        KEEP_CELL_N(w->latest), counted(s, w->quarantined), KEEP_CELL(w->detail), {.list = w->missing, .n = w->missings}, {.list = w->partly, .n = w->partlies}};
    return keep_report_row(s->r, cell, &s->c->err);
}

static struct keep_str kept(struct shown *s, const struct keep_buf *b)
{
    return keep_arena_str(s->c->arena, b->n ? keep_buf_view(b) : KEEP_STR(""), NULL);
}

/* ---- sources ---- */

static void list(struct keep_buf *b, const char *what, bool all, const struct keep_str *item, size_t n)
{
    keep_buf_printf(b, "; %s ", what);
    if (all)
        keep_buf_str(b, "all");
    else if (n == 0)
        keep_buf_str(b, "not said");
    for (size_t i = 0; !all && i < n; i++)
        keep_buf_printf(b, "%s%.*s", i ? ", " : "", (int)item[i].n, item[i].p);
}

static struct keep_str attestation(struct shown *s, const struct keep_source *d, const struct keep_coverage_source *have)
{
    struct keep_buf b = KEEP_BUF_INIT;
    char day[KEEP_CIVIL_DATE_SIZE];
    if (!d->declared) {
        keep_buf_str(&b, "nothing is attested");
    } else {
        keep_buf_printf(&b, "%s; codes %s; custody %s", d->complete ? "complete" : "not complete", d->codes_complete ? "complete" : "not complete", keep_vocab_custody_word((int)d->custody));
        list(&b, "classes", d->all_classes, d->klass, d->classes);
        list(&b, "facilities", d->all_facilities, d->facility, d->facilities);
        if (d->from != KEEP_DATE_NONE)
            keep_buf_printf(&b, "; from %s", keep_civil_format_date(d->from, day));
        if (d->through != KEEP_DATE_NONE)
            keep_buf_printf(&b, "; through %s", keep_civil_format_date(d->through, day));
        if (d->closed_on != KEEP_DATE_NONE)
            keep_buf_printf(&b, "; closed on %s", keep_civil_format_date(d->closed_on, day));
        if (d->attested_by.n)
            keep_buf_printf(&b, "; attested by %.*s", (int)d->attested_by.n, d->attested_by.p);
        if (d->signer.n)
            keep_buf_printf(&b, "; signed by %.*s", (int)d->signer.n, d->signer.p);
    }
    if (have->quarantined)
        keep_buf_printf(&b, "; %llu item%s in quarantine", (unsigned long long)have->quarantined, keep_str_s(have->quarantined));
    struct keep_str out = kept(s, &b);
    keep_buf_free(&b);
    return out;
}

static int gaps(struct shown *s, const struct keep_coverage_class *k)
{
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < k->gaps; i++) {
        const struct keep_coverage_gap *g = &k->gap[i];
        struct keep_buf b = KEEP_BUF_INIT;
        char from[KEEP_CIVIL_TIME_SIZE], to[KEEP_CIVIL_TIME_SIZE];
        const char *unit = k->log ? "hours" : "days";
        keep_buf_printf(&b, "%u %s without a row", g->empty, unit);
        if (k->log)
            keep_buf_printf(&b, ", %s to %s", keep_civil_format_time(g->from, from), keep_civil_format_time(g->to + 3600 * KEEP_USEC, to));
        keep_buf_printf(&b, "; the usual distance is %u", g->usual);
        struct row w = {.part = "gap", .quarantined = NOT_COUNTED, .source = s->v->world.source[k->source].name, .subject = k->name, .kind = k->log ? "hours" : "days", .state = "gap", .rows = g->empty,
                        .first = keep_civil_utc_date(g->from), .last = keep_civil_utc_date(g->to), .latest = KEEP_TIME_NONE, .detail = kept(s, &b)};
        keep_buf_free(&b);
        s->gaps = true;
        rc = put(s, &w);
    }
    return rc;
}

static int classes(struct shown *s, size_t source)
{
    static const char *const state[] = {"", "attested", "not attested", "missing"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->v->classes; i++) {
        const struct keep_coverage_class *k = &s->v->klass[i];
        if (k->source != source)
            continue;
        bool missing = k->claim == KEEP_COVERAGE_MISSING;
        struct row w = {.part = "class", .quarantined = NOT_COUNTED, .source = s->v->world.source[source].name, .subject = k->name, .kind = k->log ? "log" : "rows", .state = state[k->claim], .rows = k->rows,
                        .first = k->first, .last = k->last, .latest = KEEP_TIME_NONE,
                        .detail = missing ? KEEP_STR("attested, and nothing of it is here") : k->claim == KEEP_COVERAGE_NOT_ATTESTED ? KEEP_STR("here, and the source does not say that it holds it") : KEEP_STR("")};
        s->gaps = s->gaps || missing;
        rc = put(s, &w);
        if (rc == 0)
            rc = gaps(s, k);
    }
    return rc;
}

static int sources(struct shown *s)
{
    bool found = s->only.n == 0;
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->v->world.sources; i++) {
        const struct keep_source *d = &s->v->world.source[i];
        const struct keep_coverage_source *have = &s->v->source[i];
        if (s->only.n && !keep_str_eq(d->name, s->only))
            continue;
        struct row w = {.part = "source", .source = d->name, .kind = "source", .state = d->declared ? "declared" : "undeclared", .quarantined = have->quarantined, .first = d->from,
                        .last = d->closed_on != KEEP_DATE_NONE ? d->closed_on : d->through, .latest = have->latest, .detail = attestation(s, d, have)};
        found = true;
        for (size_t k = 0; k < s->v->classes; k++)
            if (s->v->klass[k].source == i)
                w.rows += s->v->klass[k].rows;
        rc = put(s, &w);
        if (rc == 0)
            rc = classes(s, i);
    }
    if (rc == 0 && !found)
        rc = keep_err_set(&s->c->err, KEEP_E_USAGE, "no source of this keep is called %.*s; source list shows them", (int)s->only.n, s->only.p);
    return rc;
}

/* ---- rules ---- */

static int rules(struct shown *s)
{
    static const char *const kind[] = {"access", "evidence", "explanation", "retention", "review"};
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < s->v->rules; i++) {
        const struct keep_coverage_rule *x = &s->v->rule[i];
        struct keep_buf b = KEEP_BUF_INIT;
        for (size_t k = 0; k < x->missings; k++)
            keep_buf_printf(&b, "%s%.*s", b.n ? "; " : "", (int)x->missing[k].n, x->missing[k].p);
        for (size_t k = 0; k < x->parts; k++)
            keep_buf_printf(&b, "%s%.*s", b.n ? "; " : "", (int)x->part[k].n, x->part[k].p);
        struct row w = {.part = "rule", .rows = NOT_COUNTED, .quarantined = NOT_COUNTED, .subject = x->id, .kind = kind[x->kind], .state = x->runs ? "can run" : "cannot run", .first = KEEP_DATE_NONE, .last = KEEP_DATE_NONE,
                        .latest = KEEP_TIME_NONE, .detail = kept(s, &b), .missing = x->missing, .missings = x->missings, .partly = x->part, .partlies = x->parts};
        keep_buf_free(&b);
        s->stopped = s->stopped || !x->runs;
        rc = put(s, &w);
    }
    return rc;
}

static int coverage(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_coverage v = {0};
    const char *fail = cmd_value(c, "fail-on");
    struct shown s = {.c = c, .v = &v, .only = keep_str_of(cmd_value(c, "source"))};
    if (fail && strcmp(fail, "gaps") != 0 && strcmp(fail, "rules") != 0)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--fail-on %s: gaps or rules", fail);
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = cmd_packs_if_any(c, &packs);
    if (rc == 1) {
        cmd_note("no policy is adopted: only sources are shown; --policy tries one\n");
        rc = 0;
    }
    struct keep_coverage_params p = {.packs = packs.policy ? &packs : NULL, .progress = cmd_progress_named};
    if (rc == 0)
        rc = keep_coverage_run(&v, c->store, &p, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "coverage", fields, sizeof fields / sizeof *fields, &s.r);
    if (rc == 0) {
        rc = sources(&s);
        if (rc == 0 && !s.only.n)
            rc = rules(&s);
        rc = cmd_rows_end(c, s.r, rc);
    }
    if (rc == 0 && fail)
        rc = strcmp(fail, "gaps") == 0 ? s.gaps : s.stopped;
    keep_coverage_free(&v);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_coverage = {
    .name = "coverage", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_PRINTS | CMD_TRIES | CMD_LONG,
    .summary = "what each source holds and attests, where days are missing, which rules can run",
    .about = "One row a source: what its steward attests, and whether that counts (complete only where an officer signed it). One row a class of "
             "records or facts: how many, from which day to which. One row a gap: a stretch without a row of a class that has rows before and after, longer "
             "than the larger of 7 days and ten times the usual distance between days that have rows there, the median of twenty before and twenty behind; of "
             "an access log the same in hours, and longer than 24. Fewer than ten days with rows say nothing of gaps. A class that is attested and not here is missing.\n"
             "\n"
             "One row a rule: can run, or cannot run and what is missing, such as \"no roster\"; then what is known for some only. A retention rule whose "
             "condition cannot be told counts as applying; it cannot run when no date of it can be known.\n"
             "\n"
             "Nothing printed is about one person.",
    .option = CMD_OPTIONS(CMD_DEFAULT("source", "NAME", "all, and the rules", "only this source"),
                          CMD_OPTION("fail-on", "WHAT", "gaps: exit 1 when something is missing in time or class; rules: when a rule cannot run")),
    .exits = CMD_EXITS({1, "with --fail-on: something is missing, or a rule cannot run"}),
    .example = CMD_EXAMPLES({"chartkeep coverage hospital.keep", "before the first audit"},
                            {"chartkeep coverage hospital.keep --source access --fail-on gaps", "in a nightly job, after the import"}),
    .run = coverage};
