/* retention: one date for every record set, or the reason why there is none. */
#include <stdio.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/work/dates.h"
#include "core/work/mask.h"

static const struct keep_report_field fields[] = {
    {"set", KEEP_REPORT_TEXT, NULL, 0}, {"series", KEEP_REPORT_TEXT, "series", 18}, {"patient", KEEP_REPORT_TEXT, "patient", 24}, {"facility", KEEP_REPORT_TEXT, "facility", 26},
    {"keep_until", KEEP_REPORT_DATE, "keep until", 0}, {"keep_until_kind", KEEP_REPORT_TEXT, NULL, 0}, {"rule", KEEP_REPORT_TEXT, "rule", 26}, {"authority", KEEP_REPORT_TEXT, NULL, 0},
    {"status", KEEP_REPORT_TEXT, "status", 0}, {"action", KEEP_REPORT_TEXT, "action", 0}, {"reason", KEEP_REPORT_TEXT, "reason", 44}, {"custodian", KEEP_REPORT_TEXT, NULL, 0},
    {"custody", KEEP_REPORT_TEXT, NULL, 0}, {"locator", KEEP_REPORT_TEXT, NULL, 0}, {"holds", KEEP_REPORT_TEXT, "holds", 20}, {"gates", KEEP_REPORT_TEXT, NULL, 0},
    {"records", KEEP_REPORT_NUMBER, "records", 0}, {"derivation", KEEP_REPORT_LIST, NULL, 0}};

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

static int row(struct cmd *c, struct keep_report *r, struct keep_dates *d, struct keep_mask *m, const struct keep_set *s)
{
    const struct keep_policy *p = d->in.policy;
    struct keep_str why[64], patient = {NULL, 0}, facility = {NULL, 0}, nil = {NULL, 0};
    char id[33];
    keep_codec_hex(s->id, 16, id);
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
        KEEP_CELL_Z(keep_vocab_custody_word(s->custody)), KEEP_CELL(s->locator), KEEP_CELL(s->holds), KEEP_CELL(s->gates), KEEP_CELL_N(s->records),
        {.list = why, .n = derivation(s, p, d->arena, why, 64)}};
    return keep_report_row(r, cell, &c->err);
}

static void summary(const struct keep_dates *d, bool trial)
{
    cmd_note("%zu record sets, %llu records:", d->result.sets, (unsigned long long)d->result.records);
    for (int i = 0; i < KEEP_SET_COUNT; i++)
        if (d->result.by_status[i])
            cmd_note(" %llu %s;", (unsigned long long)d->result.by_status[i], keep_vocab_set_status_word(i));
    cmd_note("%s\n", trial ? " a trial: nothing is stored, nothing can be due" : "");
}

static int retention(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_dates d = {0};
    struct keep_mask mask;
    struct keep_report *r;
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
        rc = keep_dates_run(&d, c->store, &packs, as_of, cmd_progress, "record sets", &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "sets", fields, sizeof fields / sizeof *fields, &r);
    if (rc == 0) {
        keep_mask_init(&mask, c->store, d.arena);
        mask.revealed = revealed;
        for (size_t i = 0; rc == 0 && i < d.result.sets; i++)
            if (!cmd_given(c, "due") || d.result.set[i].status == KEEP_SET_DUE)
                rc = row(c, r, &d, &mask, &d.result.set[i]);
        rc = cmd_rows_end(c, r, rc);
    }
    if (rc == 0)
        summary(&d, packs.trial);
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
    .about = "One row a record set: its date, the rule that decides, holds, gates, custody, and what is not recorded. With --policy nothing is stored and nothing can be due.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("as-of", "DATE", "today", "the day to judge by"),
                          CMD_SWITCH("due", "only sets that are due"),
                          CMD_OPTION("fail-on", "WHAT", "undetermined: exit 5 when a set has no date"),
                          CMD_OPTION("show-phi", "SET", "show this set's identifiers (signed by an officer and recorded)")),
    .exits = CMD_EXITS({5, "with --fail-on undetermined: a set has no date"}),
    .example = CMD_EXAMPLES({"chartkeep retention hospital.keep --due", "what could go"},
                            {"chartkeep retention hospital.keep --format csv --output sets.csv", "every set with its derivation"}),
    .run = retention};
