/* retention: one date for every record set, or the reason why there is none. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/work/dates.h"
#include "core/work/gaps.h"
#include "core/work/holdcheck.h"
#include "core/work/mask.h"

static const struct keep_report_field fields[] = {
    {"set", KEEP_REPORT_TEXT, "set", 0}, {"series", KEEP_REPORT_TEXT, "series", 18}, {"patient", KEEP_REPORT_TEXT, "patient", 24}, {"facility", KEEP_REPORT_TEXT, "facility", 26},
    {"keep_until", KEEP_REPORT_DATE, "keep until", 0}, {"keep_until_kind", KEEP_REPORT_TEXT, NULL, 0}, {"rule", KEEP_REPORT_TEXT, "rule", 26}, {"authority", KEEP_REPORT_TEXT, NULL, 0},
    {"status", KEEP_REPORT_TEXT, "status", 0}, {"action", KEEP_REPORT_TEXT, "action", 0}, {"reason", KEEP_REPORT_TEXT, "reason", 44}, {"custodian", KEEP_REPORT_TEXT, NULL, 0},
    {"custody", KEEP_REPORT_TEXT, NULL, 0}, {"locator", KEEP_REPORT_TEXT, NULL, 0}, {"holds", KEEP_REPORT_TEXT, "holds", 20}, {"gates", KEEP_REPORT_TEXT, NULL, 0},
    {"records", KEEP_REPORT_NUMBER, "records", 0}, {"destroy_by", KEEP_REPORT_DATE, NULL, 0}, {"residue_years", KEEP_REPORT_NUMBER, NULL, 0}, {"what", KEEP_REPORT_TEXT, NULL, 0}, {"derivation", KEEP_REPORT_LIST, NULL, 0}};

/* The derivation: each rule that applied, with its arithmetic, the deciding one first. */
static size_t derivation(const struct keep_set *s, const struct keep_policy *p, struct keep_arena *a, struct keep_str *out, size_t max)
{
    size_t n = 0;
    for (int pass = 0; pass < 2; pass++)
        for (size_t i = 0; i < s->steps && n < max; i++) {
            const struct keep_retention_step *st = &s->step[i];
            char text[600];
            if (st->applies == KEEP_TRI_NO || st->decides != (pass == 0))
                continue;
            struct keep_str rule = p->retention[st->rule].id;
            int len = snprintf(text, sizeof text, "%.*s: %.*s%s%.*s%s", (int)rule.n, rule.p, (int)st->arithmetic.n, st->arithmetic.p ? st->arithmetic.p : "",
                               st->applies == KEEP_TRI_UNKNOWN ? " (counted as applying; not recorded: " : st->missing.n ? " (not recorded: " : "",
                               (int)st->missing.n, st->missing.n ? st->missing.p : "", st->applies == KEEP_TRI_UNKNOWN || st->missing.n ? ")" : "");
            out[n++] = keep_arena_str(a, (struct keep_str){text, len > 0 ? ((size_t)len < sizeof text ? (size_t)len : sizeof text - 1) : 0}, NULL);
        }
    return n;
}

struct listing {
    struct cmd *c;
    struct keep_report *r;
    struct keep_dates *d;
    struct keep_mask mask;
    struct keep_arena *scratch; /* one row */
    const char *series, *label;
    uint64_t labels;            /* the bit of the label */
    bool due;
};

static bool wanted(void *ctx, const struct keep_set *s)
{
    const struct listing *l = ctx;
    if (l->due && s->status != KEEP_SET_DUE)
        return false;
    if (l->series && !keep_str_is(l->d->in.policy->series[s->series].id, l->series))
        return false;
    return !l->label || (s->labels & l->labels);
}

static int row(struct cmd *c, struct keep_report *r, struct keep_dates *d, struct keep_mask *m, struct keep_arena *scratch, const struct keep_set *s)
{
    const struct keep_policy *p = d->in.policy;
    struct keep_str why[64], patient = {NULL, 0}, facility = {NULL, 0}, nil = {NULL, 0};
    char id[33];
    keep_codec_hex(s->id, 16, id);
    if (cmd_format(c) == KEEP_REPORT_TABLE)
        id[CMD_SHOWN_ID] = 0;
    if (s->patient != KEEP_ID_NONE) {
        const struct keep_patient *pt = &d->world.patient[s->patient];
        patient = keep_mask_text(m, s->id, 16, "patient", pt->entity, pt->name.n ? pt->name : pt->mrn);
    }
    if (s->facility != KEEP_ID_NONE)
        facility = d->world.facility[s->facility].name;
    struct keep_report_cell cell[] = {
        KEEP_CELL_Z(id), KEEP_CELL(p->series[s->series].id), KEEP_CELL(patient), KEEP_CELL(facility),
        KEEP_CELL_N(s->kind == KEEP_UNTIL_DATE ? s->keep_until : KEEP_DATE_NONE), KEEP_CELL_Z(keep_vocab_until_kind_word(s->kind)),
        KEEP_CELL(s->rule >= 0 ? p->retention[s->rule].id : nil), KEEP_CELL(s->rule >= 0 ? p->retention[s->rule].cite : nil),
        KEEP_CELL_Z(keep_vocab_set_status_word(s->status)), KEEP_CELL_Z(keep_vocab_set_action_word(s->action)), KEEP_CELL(s->reason), KEEP_CELL(s->custodian),
        KEEP_CELL_Z(keep_vocab_custody_word(s->custody)), KEEP_CELL(s->locator), KEEP_CELL(s->holds), KEEP_CELL(s->gates), KEEP_CELL_N(s->records), KEEP_CELL_N(s->destroy_by), KEEP_CELL_N(s->residue_years), KEEP_CELL(s->what),
        {.list = why, .n = derivation(s, p, scratch, why, 64)}};
    return keep_report_row(r, cell, &c->err);
}

static int each_row(void *ctx, const struct keep_set *s, struct keep_err *err)
{
    struct listing *l = ctx;
    (void)err; /* the report writes its own into the command's */
    keep_arena_reset(l->scratch);
    return row(l->c, l->r, l->d, &l->mask, l->scratch, s);
}

static void summary(const struct keep_dates *d, bool trial)
{
    cmd_note("%llu record set%s, %llu record%s", (unsigned long long)d->result.seen, keep_str_s(d->result.seen), (unsigned long long)d->result.records,
             keep_str_s(d->result.records));
    const char *before = ": ";
    for (int i = 0; i < KEEP_SET_COUNT; i++)
        if (d->result.by_status[i]) {
            cmd_note("%s%llu %s", before, (unsigned long long)d->result.by_status[i], keep_vocab_set_status_word(i));
            before = "; ";
        }
    cmd_note("%s\n", trial ? " (a trial: nothing is stored, nothing can be due)" : "");
}

/* Holds that came after a disposal they would have stopped. */
static int late_holds(struct cmd *c, const struct keep_dates *d)
{
    struct keep_holdcheck check = {.world = &d->world, .policy = d->in.policy, .hold = d->hold, .holds = d->in.holds};
    struct keep_holdcheck_finding *f;
    size_t n = 0;
    int rc = keep_holdcheck_run(c->store, &check, d->arena, &f, &n, &c->err);
    if (rc == 0 && n)
        cmd_note("%zu disposal%s came after a hold's effective day and before it was placed: chartkeep hold list --late\n", n, keep_str_s(n));
    return rc;
}

static const struct keep_report_field gap_fields[] = {
    {"gap", KEEP_REPORT_TEXT, "what is missing", 90}, {"sets", KEEP_REPORT_NUMBER, "sets", 0}, {"records", KEEP_REPORT_NUMBER, "records", 0}, {"series", KEEP_REPORT_TEXT, "for instance in", 0}};

/* --gaps: what is not recorded, and how many sets it leaves without a date. */
static int list_gaps(struct cmd *c, struct keep_dates *d, const struct keep_packs *packs, keep_date as_of)
{
    struct keep_gaps *g = keep_gaps_new();
    struct keep_report *r;
    if (!g)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    struct keep_dates_how how = {.brief = true, .each = keep_gaps_each, .ctx = g, .progress = cmd_progress, .progress_ctx = "record sets"};
    int rc = keep_dates_run_how(d, c->store, packs, as_of, &how, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "gaps", gap_fields, sizeof gap_fields / sizeof *gap_fields, &r);
    if (rc == 0) {
        const struct keep_gap *gap;
        size_t n = keep_gaps_list(g, &gap);
        for (size_t i = 0; rc == 0 && i < n; i++) {
            struct keep_report_cell cell[] = {KEEP_CELL(gap[i].text), KEEP_CELL_N(gap[i].sets), KEEP_CELL_N(gap[i].records), KEEP_CELL(packs->policy->series[gap[i].series].id)};
            rc = keep_report_row(r, cell, &c->err);
        }
        rc = cmd_rows_end(c, r, rc);
    }
    keep_gaps_free(g);
    return rc;
}

/* --all: in the order of the keep, as they are dated. Otherwise gathered, those that are due first. */
static int list_sets(struct cmd *c, struct keep_dates *d, const struct keep_packs *packs, keep_date as_of, struct keep_str revealed)
{
    struct listing l = {.c = c, .d = d, .scratch = keep_arena_new(0), .series = cmd_value(c, "series"), .label = cmd_value(c, "label"), .due = cmd_given(c, "due")};
    bool narrow = l.due || l.series || l.label, all = cmd_given(c, "all");
    int rc = l.scratch ? 0 : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory"), known = !l.series;
    for (size_t i = 0; l.series && i < packs->policy->series_n; i++)
        known |= keep_str_is(packs->policy->series[i].id, l.series);
    for (size_t i = 0; l.label && i < packs->policy->labels; i++)
        if (keep_str_is(packs->policy->label[i].id, l.label))
            l.labels = UINT64_C(1) << i;
    if (rc == 0 && (!known || (l.label && !l.labels)))
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "no pack declares that %s", known ? "label" : "series");
    struct keep_dates_how how = {.want = narrow ? wanted : NULL, .each = all ? each_row : NULL, .ctx = &l, .progress = cmd_progress, .progress_ctx = "record sets"};
    if (rc == 0)
        rc = cmd_rows(c, "sets", fields, sizeof fields / sizeof *fields, &l.r);
    if (rc == 0) {
        keep_mask_init(&l.mask, c->store, c->arena);
        l.mask.revealed = revealed;
        rc = keep_dates_run_how(d, c->store, packs, as_of, &how, &c->err);
        for (size_t i = 0; rc == 0 && !all && i < d->result.sets; i++)
            rc = each_row(&l, &d->result.set[i], &c->err);
        rc = cmd_rows_end(c, l.r, rc);
    }
    keep_arena_free(l.scratch);
    return rc;
}

static int retention(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_dates d = {0};
    struct keep_str revealed = {NULL, 0};
    keep_date as_of;
    int rc = cmd_date(c, "as-of", &as_of);
    if (rc == 0)
        rc = cmd_open(c, cmd_given(c, "show-phi"));
    if (rc == 0)
        rc = cmd_packs(c, &packs);
    if (rc == 0 && as_of == KEEP_DATE_NONE)
        rc = keep_dates_today(c->store, &as_of, &c->err);
    if (rc == 0)
        rc = cmd_reveal(c, &revealed);
    if (rc == 0)
        rc = cmd_given(c, "gaps") ? list_gaps(c, &d, &packs, as_of) : list_sets(c, &d, &packs, as_of, revealed);
    if (rc == 0) {
        summary(&d, packs.trial);
        rc = late_holds(c, &d);
    }
    const char *gate = cmd_value(c, "fail-on");
    if (rc == 0 && gate && strcmp(gate, "undetermined") == 0 && d.result.by_status[KEEP_SET_UNDETERMINED])
        rc = 5;
    keep_dates_free(&d);
    keep_packs_free(&packs);
    return rc;
}

const struct cmd_verb cmd_retention = {
    .name = "retention", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS | CMD_TRIES | CMD_LONG,
    .summary = "which record sets are due, under which rule, and what stops them",
    .about = "One row a record set, those that are due first: its date, the rule that decides, holds, gates, custody, and what is not recorded; json, ndjson and csv have each rule's "
             "derivation as well, and `why` has it for one set. With --policy nothing is stored and nothing can be due.\n"
             "\n"
             "Behind the record sets stand the keep's own papers, where the rules declare a series for them: months of the access log, decided access cases, sealed packages. They count no record; json, ndjson and csv say in `what` which each is.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("as-of", "DATE", "today", "the day to judge by"),
                          CMD_SWITCH("due", "only sets that are due"),
                          CMD_SWITCH("all", "as they are dated, in the order of the keep: for a keep of any size"),
                          CMD_OPTION("series", "ID", "only sets of this series"),
                          CMD_OPTION("label", "ID", "only sets with a record that carries this label"),
                          CMD_SWITCH("gaps", "instead: what is not recorded, and how many sets it leaves without a date"),
                          CMD_OPTION("fail-on", "WHAT", "undetermined: exit 5 when a set has no date"),
                          CMD_OPTION("show-phi", "SET", "show this set's identifiers (signed by an officer and recorded)"),
                          CMD_DEFAULT("threads", "N", CMD_READERS_THREADS, "how many work at once; what comes out is the same with any number")),
    .exits = CMD_EXITS({5, "with --fail-on undetermined: a set has no date"}),
    .example = CMD_EXAMPLES({"chartkeep retention hospital.keep --due", "what could go"},
                            {"chartkeep retention hospital.keep --gaps", "what to find out first"},
                            {"chartkeep retention hospital.keep --all --format csv --output sets.csv", "every set with its derivation"}),
    .run = retention};
