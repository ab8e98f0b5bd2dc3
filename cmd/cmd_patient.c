/* patient show, alike, merge, unmerge, overlay: who is one person, and whose
 * chart a record belongs in. Patients are named in a file, on standard input or at
 * the prompt; identities and records also by their numbers in the keep. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/store/load.h"
#include "core/store/person.h"
#include "core/text/fold.h"
#include "core/work/mask.h"
#include "core/work/patientrun.h"
#include "core/work/twins.h"

#define MAX_LINES 100
#define MAX_RECORDS 100000 /* of one overlay by list */

static const char scope[] = "patients"; /* of the masks: the same in every output of these verbs */

/* --- who is meant ---- */

struct naming {
    struct cmd *c;
    struct keep_str line, folded;
    uint64_t *identity, *patient; /* of each match: distinct identities */
    size_t n, cap;
};

static int match(void *ctx, const struct keep_person_identity *who, struct keep_err *err)
{
    struct naming *m = ctx;
    if (!keep_str_eq(who->mrn, m->line) && !(m->folded.n && keep_str_eq(keep_fold_name(who->name, m->c->arena), m->folded)))
        return 0;
    for (size_t i = 0; i < m->n; i++)
        if (m->identity[i] == who->entity)
            return 0;
    if (m->n == m->cap)
        return keep_err_set(err, KEEP_E_LIMIT, "a line names more than %zu identities", m->cap);
    m->identity[m->n] = who->entity;
    m->patient[m->n++] = who->patient;
    return 0;
}

/* "#17": identity 17. */
static bool numbered(struct keep_str line, uint64_t *out)
{
    uint64_t v = 0;
    if (line.n < 2 || line.n > 11 || line.p[0] != '#')
        return false;
    for (size_t i = 1; i < line.n; i++) {
        if (line.p[i] < '0' || line.p[i] > '9')
            return false;
        v = v * 10 + (uint64_t)(line.p[i] - '0');
    }
    *out = v;
    return true;
}

/* The identities that a line names, all of one patient. Rather than the line, errors show its number. */
static int name_one(struct cmd *c, struct keep_str line, int number, uint64_t *identity, size_t max, size_t *n)
{
    struct naming m = {.c = c, .line = line, .identity = identity, .patient = keep_arena_array(c->arena, max, sizeof(uint64_t)), .cap = max};
    if (numbered(line, &identity[0])) {
        *n = 1;
        return 0;
    }
    m.folded = keep_fold_name(line, c->arena);
    int rc = m.patient ? keep_person_identities(c->store, match, &m, &c->err) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0 && m.n == 0)
        rc = cmd_names_nobody(c, number);
    for (size_t i = 1; rc == 0 && i < m.n; i++)
        if (m.patient[i] != m.patient[0]) {
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "line %d names several patients", number);
            keep_err_hint(&c->err, "name one by its identity, #NUMBER: patient show lists them");
        }
    *n = m.n;
    return rc;
}

/* Lines from the file, or so many asked for one by one. */
static int read_lines(struct cmd *c, const char *const *prompt, int prompts, struct keep_str *line, int *n)
{
    int one, rc = 0;
    if (cmd_given(c, "patient-file"))
        return cmd_lines(c, "patient-file", prompt[0], line, MAX_LINES, n);
    *n = 0;
    for (int i = 0; rc == 0 && i < prompts; i++) {
        rc = cmd_lines(c, "patient-file", prompt[i], line + i, 1, &one);
        *n += rc == 0;
    }
    return rc;
}

/* --- show ---- */

static const struct keep_report_field show_fields[] = {
    {"what", KEEP_REPORT_TEXT, "what", 0}, {"identity", KEEP_REPORT_NUMBER, "identity", 0}, {"other", KEEP_REPORT_NUMBER, "other", 0}, {"patient", KEEP_REPORT_TEXT, "patient", 26},
    {"mrn", KEEP_REPORT_TEXT, "mrn", 0}, {"source", KEEP_REPORT_TEXT, "source", 20}, {"state", KEEP_REPORT_TEXT, "state", 24}, {"set", KEEP_REPORT_TEXT, NULL, 0},
    {"series", KEEP_REPORT_TEXT, "series", 20}, {"keep_until", KEEP_REPORT_DATE, "keep until", 0}, {"holds", KEEP_REPORT_TEXT, "holds", 20}, {"records", KEEP_REPORT_NUMBER, "records", 0}};

struct showing {
    struct cmd *c;
    struct keep_report *r;
    struct keep_mask mask;
    const uint64_t *one; /* identities of the patient */
    size_t ones;
};

static bool shown(const struct showing *w, uint64_t identity)
{
    for (size_t i = 0; i < w->ones; i++)
        if (w->one[i] == identity)
            return true;
    return false;
}

static struct keep_str masked(struct showing *w, const char *word, uint64_t entity, struct keep_str clear)
{
    return clear.n ? keep_mask_text(&w->mask, scope, sizeof scope, word, entity, clear) : clear;
}

static int show_identity(void *ctx, const struct keep_person_identity *who, struct keep_err *err)
{
    struct showing *w = ctx;
    if (!shown(w, who->entity))
        return 0;
    struct keep_report_cell cell[] = {KEEP_CELL_Z("identity"), KEEP_CELL_N(who->entity), KEEP_CELL_N(who->patient), KEEP_CELL(masked(w, "patient", who->entity, who->name)),
                                      KEEP_CELL(masked(w, "mrn", who->entity, who->mrn)), KEEP_CELL(who->source), {.text = {NULL, 0}}, {.text = {NULL, 0}}, {.text = {NULL, 0}},
                                      KEEP_CELL_N(KEEP_DATE_NONE), {.text = {NULL, 0}}, KEEP_CELL_N(0)};
    return keep_report_row(w->r, cell, err);
}

static int show_pair(struct showing *w, const char *what, uint64_t a, uint64_t b, struct keep_str source, const char *state, struct keep_err *err)
{
    struct keep_report_cell cell[] = {KEEP_CELL_Z(what), KEEP_CELL_N(a), KEEP_CELL_N(b), {.text = {NULL, 0}}, {.text = {NULL, 0}}, KEEP_CELL(source), KEEP_CELL_Z(state),
                                      {.text = {NULL, 0}}, {.text = {NULL, 0}}, KEEP_CELL_N(KEEP_DATE_NONE), {.text = {NULL, 0}}, KEEP_CELL_N(0)};
    return keep_report_row(w->r, cell, err);
}

static int show_link(void *ctx, const struct keep_person_link *l, struct keep_err *err)
{
    struct showing *w = ctx;
    if (!shown(w, l->a) && !shown(w, l->b))
        return 0;
    return show_pair(w, "link", l->a, l->b, (struct keep_str){NULL, 0}, l->ended ? "ended" : "holds", err);
}

static int show_alike(void *ctx, const struct keep_person_alike *a, struct keep_err *err)
{
    struct showing *w = ctx;
    if (!shown(w, a->a) && !shown(w, a->b))
        return 0;
    return show_pair(w, keep_vocab_link_kind_word((int)a->kind), a->a, a->b, a->source, shown(w, a->a) && shown(w, a->b) ? "merged" : "proposed", err);
}

static int show_sets(struct showing *w, const struct keep_packs *packs)
{
    struct cmd *c = w->c;
    struct keep_dates d = {0};
    struct keep_dates_some some = {.patient = w->one, .patients = w->ones};
    keep_date today;
    int rc = keep_dates_today(c->store, &today, &c->err);
    if (rc == 0)
        rc = keep_dates_run_some(&d, c->store, packs, today, &some, &c->err);
    for (size_t i = 0; rc == 0 && i < d.result.sets; i++) {
        const struct keep_set *s = &d.result.set[i];
        char hex[33];
        keep_codec_hex(s->id, 16, hex);
        struct keep_report_cell cell[] = {KEEP_CELL_Z("set"), KEEP_CELL_N(d.world.patient[s->patient].entity), KEEP_CELL_N(0), {.text = {NULL, 0}}, {.text = {NULL, 0}},
                                          {.text = {NULL, 0}}, KEEP_CELL_Z(keep_vocab_set_status_word(s->status)), KEEP_CELL_Z(hex), KEEP_CELL(packs->policy->series[s->series].id),
                                          KEEP_CELL_N(s->kind == KEEP_UNTIL_DATE ? s->keep_until : KEEP_DATE_NONE), KEEP_CELL(s->holds), KEEP_CELL_N(s->records)};
        rc = keep_report_row(w->r, cell, &c->err);
    }
    keep_dates_free(&d);
    return rc;
}

/* The adopted packs; none is no error: *adopted stays NULL. */
static int adopted_packs(struct cmd *c, struct keep_packs *packs, const struct keep_packs **adopted)
{
    int rc = cmd_packs_if_any(c, packs);
    *adopted = rc == 0 ? packs : NULL;
    if (rc == 1)
        cmd_note("no packs adopted: no record set has a date yet\n");
    return rc == 1 ? 0 : rc;
}

static int show(struct cmd *c)
{
    static const char *const prompt[] = {"patient's MRN, Family, Given, or #identity"};
    struct keep_packs packs = {0};
    const struct keep_packs *adopted = NULL;
    struct showing w = {.c = c};
    struct keep_str line[MAX_LINES], revealed = {NULL, 0};
    uint64_t named[256], *one = NULL;
    size_t names = 0;
    int lines = 0, rc = cmd_open(c, cmd_given(c, "show-phi"));
    if (rc == 0)
        rc = read_lines(c, prompt, 1, line, &lines);
    if (rc == 0)
        rc = name_one(c, line[0], 1, named, 256, &names);
    if (rc == 0)
        rc = keep_person_same(c->store, named[0], &one, &w.ones, &c->err);
    w.one = one;
    if (rc == 0)
        rc = cmd_reveal(c, &revealed);
    if (rc == 0)
        rc = adopted_packs(c, &packs, &adopted);
    if (rc == 0)
        rc = cmd_rows(c, "rows", show_fields, sizeof show_fields / sizeof *show_fields, &w.r);
    if (rc == 0) {
        keep_mask_init(&w.mask, c->store, c->arena);
        w.mask.revealed = revealed.n ? KEEP_STR("*") : revealed;
        rc = keep_person_identities(c->store, show_identity, &w, &c->err);
        if (rc == 0)
            rc = keep_person_links(c->store, show_link, &w, &c->err);
        if (rc == 0)
            rc = keep_person_alikes(c->store, show_alike, &w, &c->err);
        if (rc == 0 && adopted)
            rc = show_sets(&w, adopted);
        rc = cmd_rows_end(c, w.r, rc);
    }
    free(one);
    keep_packs_free(&packs);
    return rc;
}

#define NAMED "Name the patient in a file, on standard input or at the prompt, never on the command line: MRN, or Family, Given, or a source's id, or #NUMBER of an identity, one a line.\n"
#define WHO_OPTION CMD_OPTION("patient-file", "F", "file (or - for standard input): MRN, or Family, Given, or a source's id, or #NUMBER of an identity, one a line")
#define PHI_OPTION CMD_OPTION("show-phi", "REQUEST", "show names and numbers under this request number (signed by an officer and recorded)")

const struct cmd_verb cmd_patient_show = {
    .name = "patient", .action = "show", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS,
    .summary = "one patient: identities, links, what is proposed, record sets",
    .about = NAMED "\nEach source's account of a patient is an identity with a number; links make several one patient. A link that ended stays to be seen.\n",
    .option = CMD_OPTIONS(WHO_OPTION, PHI_OPTION),
    .example = CMD_EXAMPLES({"chartkeep patient show hospital.keep --patient-file who.txt", "masked, with the sets' dates"}),
    .run = show};

/* --- alike ---- */

static const struct keep_report_field alike_fields[] = {
    {"why", KEEP_REPORT_TEXT, "why", 0}, {"identity", KEEP_REPORT_NUMBER, "identity", 0}, {"patient", KEEP_REPORT_TEXT, "patient", 26}, {"other", KEEP_REPORT_NUMBER, "other", 0},
    {"other_patient", KEEP_REPORT_TEXT, "other patient", 26}, {"source", KEEP_REPORT_TEXT, "source", 20}, {"state", KEEP_REPORT_TEXT, "state", 0}};

struct listing {
    struct keep_world w;
    struct keep_report *r;
    struct keep_mask mask;
    uint64_t rows;
};

static struct keep_str face(struct listing *l, uint32_t i)
{
    const struct keep_patient *p = i == KEEP_ID_NONE ? NULL : &l->w.patient[i];
    return p ? keep_mask_text(&l->mask, scope, sizeof scope, "patient", p->entity, p->name.n ? p->name : p->mrn) : (struct keep_str){NULL, 0};
}

static int alike_row(struct listing *l, const char *why, uint64_t a, uint64_t b, struct keep_str source, struct keep_err *err)
{
    uint32_t i = keep_load_patient_index(&l->w, a), k = keep_load_patient_index(&l->w, b);
    struct keep_report_cell cell[] = {KEEP_CELL_Z(why), KEEP_CELL_N(a), KEEP_CELL(face(l, i)), KEEP_CELL_N(b), KEEP_CELL(face(l, k)), KEEP_CELL(source),
                                      KEEP_CELL_Z(i != KEEP_ID_NONE && i == k ? "merged" : "proposed")};
    l->rows++;
    return keep_report_row(l->r, cell, err);
}

static int each_alike(void *ctx, const struct keep_person_alike *a, struct keep_err *err)
{
    return alike_row(ctx, keep_vocab_link_kind_word((int)a->kind), a->a, a->b, a->source, err);
}

static int alike(struct cmd *c)
{
    struct listing *l = keep_arena_alloc(c->arena, sizeof *l);
    struct keep_twins_pair *twin = NULL;
    struct keep_str revealed = {NULL, 0};
    size_t twins = 0;
    int rc = l ? cmd_open(c, cmd_given(c, "show-phi")) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = cmd_reveal(c, &revealed);
    if (rc == 0)
        rc = keep_load_world(c->store, c->arena, &l->w, &c->err);
    if (rc == 0)
        rc = keep_twins_find(&l->w, c->arena, &twin, &twins, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "alike", alike_fields, sizeof alike_fields / sizeof *alike_fields, &l->r);
    if (rc < 0)
        return rc;
    keep_mask_init(&l->mask, c->store, c->arena);
    l->mask.revealed = revealed.n ? KEEP_STR("*") : revealed;
    rc = keep_person_alikes(c->store, each_alike, l, &c->err);
    for (size_t i = 0; rc == 0 && i < twins; i++)
        rc = alike_row(l, "same name and birth day", l->w.patient[twin[i].a].entity, l->w.patient[twin[i].b].entity, (struct keep_str){NULL, 0}, &c->err);
    rc = cmd_rows_end(c, l->r, rc);
    if (rc == 0)
        cmd_note("%llu pair%s; none is merged by being listed here\n", (unsigned long long)l->rows, keep_str_s(l->rows));
    return rc;
}

const struct cmd_verb cmd_patient_alike = {
    .name = "patient", .action = "alike", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_PRINTS | CMD_SIGNS,
    .summary = "who may be one patient: what sources propose, and likely duplicates",
    .about = "A source's refer and seealso are proposals. Patients that are not linked and share a folded name and the day of birth are listed as a finding: people decide.\n",
    .option = CMD_OPTIONS(PHI_OPTION),
    .example = CMD_EXAMPLES({"chartkeep patient alike hospital.keep", "pairs by the numbers of their identities"}),
    .run = alike};

/* --- merge, unmerge, overlay ---- */

static const struct keep_report_field effect_fields[] = {
    {"set", KEEP_REPORT_TEXT, "set", 12}, {"was_set", KEEP_REPORT_TEXT, "was in", 12}, {"series", KEEP_REPORT_TEXT, "series", 18}, {"facility", KEEP_REPORT_TEXT, "facility", 22},
    {"identity", KEEP_REPORT_NUMBER, NULL, 0}, {"records", KEEP_REPORT_NUMBER, "records", 0}, {"was_until", KEEP_REPORT_DATE, "until now", 0}, {"was_kind", KEEP_REPORT_TEXT, NULL, 0},
    {"keep_until", KEEP_REPORT_DATE, "then until", 0}, {"kind", KEEP_REPORT_TEXT, NULL, 0}, {"was_status", KEEP_REPORT_TEXT, "status now", 0},
    {"status", KEEP_REPORT_TEXT, "then", 0}, {"was_holds", KEEP_REPORT_TEXT, "holds now", 16}, {"holds", KEEP_REPORT_TEXT, "holds then", 16}, {"change", KEEP_REPORT_TEXT, "change", 0}};

static const char *change(const struct keep_patientrun_effect *e)
{
    if (e->earlier)
        return "earlier";
    if (e->due)
        return "becomes due";
    if (e->after.kind != e->before.kind)
        return "other";
    return e->after.kind == KEEP_UNTIL_DATE && e->after.keep_until != e->before.keep_until ? "later" : "same day";
}

static keep_date day(const struct keep_patientrun_set *s)
{
    return s->kind == KEEP_UNTIL_DATE ? s->keep_until : KEEP_DATE_NONE;
}

static int effect_rows(struct cmd *c, const struct keep_patientrun_result *res)
{
    struct keep_report *r;
    int rc = cmd_rows(c, "effect", effect_fields, sizeof effect_fields / sizeof *effect_fields, &r);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < res->effects; i++) {
        const struct keep_patientrun_effect *e = &res->effect[i];
        char was[33], is[33];
        keep_codec_hex(e->before.set, 16, was);
        keep_codec_hex(e->after.set, 16, is);
        struct keep_report_cell cell[] = {
            KEEP_CELL_Z(is), KEEP_CELL_Z(was), KEEP_CELL(e->series), KEEP_CELL(e->facility), KEEP_CELL_N(e->after.patient), KEEP_CELL_N(e->records), KEEP_CELL_N(day(&e->before)),
            KEEP_CELL_Z(keep_vocab_until_kind_word(e->before.kind)), KEEP_CELL_N(day(&e->after)), KEEP_CELL_Z(keep_vocab_until_kind_word(e->after.kind)),
            KEEP_CELL_Z(keep_vocab_set_status_word(e->before.status)), KEEP_CELL_Z(keep_vocab_set_status_word(e->after.status)), KEEP_CELL(e->before.holds), KEEP_CELL(e->after.holds),
            KEEP_CELL_Z(change(e))};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

static void closing(const struct keep_patientrun_result *res)
{
    cmd_note("%zu change%s of record sets", res->effects, keep_str_s(res->effects));
    if (res->moved)
        cmd_note("; %llu records and visits moved", (unsigned long long)res->moved);
    if (res->holds)
        cmd_note("; %llu hold%s carried on", (unsigned long long)res->holds, keep_str_s(res->holds));
    if (res->quorum && !res->done)
        cmd_note("; a day would be earlier or a set become due: that needs the quorum's --officer-key");
    cmd_note("%s\n", res->done ? "; done" : "; nothing is written without --confirm");
}

static int perform(struct cmd *c, struct keep_patientrun_params *p)
{
    struct keep_packs packs = {0};
    struct keep_patientrun_result res = {.arena = NULL};
    int rc = adopted_packs(c, &packs, &p->adopted);
    p->confirm = cmd_given(c, "confirm");
    if (rc == 0)
        rc = keep_dates_today(c->store, &p->today, &c->err);
    if (rc == 0) {
        struct keep_err own = {0};
        int did = keep_patientrun(c->store, p, &res, &own);
        if (did == 0 || did == KEEP_E_REFUSED) /* the effect is what a refusal is about */
            rc = effect_rows(c, &res);
        if (did != 0) {
            c->err = own;
            rc = did;
        } else if (rc == 0) {
            closing(&res);
        }
    }
    keep_patientrun_free(&res);
    keep_packs_free(&packs);
    return rc;
}

/* Patients as the lines name them; each line's identities one after the other. most: of a line. */
static int act(struct cmd *c, struct keep_patientrun_params *p, const char *const *prompt, int prompts, size_t most)
{
    struct keep_sign_secret *key[16];
    struct keep_str line[MAX_LINES];
    uint64_t *identity = keep_arena_array(c->arena, MAX_LINES * 64, sizeof *identity), found[64];
    size_t n = 0, names;
    int keys = 0, lines = 0, rc = identity ? cmd_officers(c, key, 16, &keys) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc < 0)
        return rc;
    if (!c->store) /* a source is looked up before */
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = read_lines(c, prompt, prompts, line, &lines);
    for (int i = 0; rc == 0 && i < lines; i++) {
        rc = name_one(c, line[i], i + 1, found, 64, &names);
        for (size_t k = 0; rc == 0 && k < names && k < most; k++)
            identity[n++] = found[k];
    }
    p->identity = identity;
    p->identities = n;
    p->officer = (const struct keep_sign_secret *const *)key;
    p->officers = (size_t)keys;
    if (rc == 0)
        rc = perform(c, p);
    for (int i = 0; i < keys; i++)
        keep_sign_free(key[i]);
    return rc;
}

static int merge(struct cmd *c)
{
    static const char *const prompt[] = {"one patient: MRN, Family, Given, or #identity", "who is the same"};
    struct keep_patientrun_params p = {.act = KEEP_PATIENTRUN_MERGE};
    return act(c, &p, prompt, 2, 1);
}

static int unmerge(struct cmd *c)
{
    static const char *const prompt[] = {"who leaves: MRN, or #identity"};
    struct keep_patientrun_params p = {.act = KEEP_PATIENTRUN_UNMERGE};
    return act(c, &p, prompt, 1, 64);
}

static int read_records(struct cmd *c, struct keep_person_part *part)
{
    struct keep_str *line = keep_arena_array(c->arena, MAX_RECORDS, sizeof *line);
    uint64_t *record = keep_arena_array(c->arena, MAX_RECORDS, sizeof *record);
    int n = 0, rc = line && record ? cmd_lines(c, "record-file", "record", line, MAX_RECORDS, &n) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    for (int i = 0; rc == 0 && i < n; i++) {
        char *end;
        record[i] = strtoull(line[i].p, &end, 10);
        if (*end || record[i] == 0)
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "line %d of --record-file is no record's number", i + 1);
    }
    part->record = record;
    part->records = (size_t)n;
    return rc;
}

static int source_named(struct cmd *c, const char *name, uint32_t *id)
{
    struct keep_source *list;
    size_t n = 0;
    int rc = keep_load_sources(c->store, c->arena, &list, &n, &c->err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (keep_str_is(list[i].name, name))
            *id = list[i].id;
    return rc == 0 && *id == 0 ? keep_err_set(&c->err, KEEP_E_USAGE, "there is no source %s", name) : rc;
}

static int overlay(struct cmd *c)
{
    static const char *const prompt[] = {"whose chart it is in: MRN, Family, Given, or #identity", "whose it should be in"};
    struct keep_patientrun_params p = {.act = KEEP_PATIENTRUN_OVERLAY};
    long long encounter = 0;
    if (cmd_given(c, "record-file") + cmd_given(c, "encounter") + cmd_given(c, "source") != 1)
        return keep_err_set(&c->err, KEEP_E_USAGE, "patient overlay: one of --record-file, --encounter, --source");
    int rc = cmd_given(c, "record-file") ? read_records(c, &p.part) : cmd_number(c, "encounter", 1, UINT32_MAX, &encounter);
    p.part.encounter = (uint64_t)encounter;
    if (rc >= 0 && cmd_given(c, "source")) {
        rc = cmd_open(c, true);
        if (rc == 0)
            rc = source_named(c, cmd_value(c, "source"), &p.part.source);
    }
    return rc < 0 ? rc : act(c, &p, prompt, 2, 1);
}

#define EFFECT                                                                                                                                                             \
    "\nThe effect on every record set is shown first: its day, status and holds now and then, under the adopted packs. Nothing is written without --confirm. Dates only move later " \
    "by themselves: where a day would be earlier, or a set become due, the quorum signs with --officer-key. Holds cover afterwards whom they covered.\n"
#define ACT_USES (CMD_OPENS | CMD_PRINTS | CMD_SIGNS)
#define CONFIRM_OPTION CMD_SWITCH("confirm", "do it; without this the effect is shown and nothing is written")
#define REFUSALS CMD_EXITS({6, "A day would be earlier or a set become due, and the quorum did not sign."})

const struct cmd_verb cmd_patient_merge = {
    .name = "patient", .action = "merge", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = ACT_USES,
    .summary = "make several patients one, the effect on dates shown first",
    .about = "Every line names one of those who are one patient. " NAMED EFFECT,
    .option = CMD_OPTIONS(WHO_OPTION, CONFIRM_OPTION), .exits = REFUSALS,
    .example = CMD_EXAMPLES({"chartkeep patient merge hospital.keep --patient-file pair.txt", "show what it would do"},
                            {"chartkeep patient merge hospital.keep --patient-file pair.txt --confirm", "do it"}),
    .run = merge};

const struct cmd_verb cmd_patient_unmerge = {
    .name = "patient", .action = "unmerge", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = ACT_USES,
    .summary = "part identities that were wrongly one patient",
    .about = "The identities named leave their patient, together. No import brings back a link that was parted. " NAMED EFFECT,
    .option = CMD_OPTIONS(WHO_OPTION, CONFIRM_OPTION), .exits = REFUSALS,
    .example = CMD_EXAMPLES({"chartkeep patient unmerge hospital.keep --patient-file who.txt --confirm", "the identities in who.txt leave"}),
    .run = unmerge};

const struct cmd_verb cmd_patient_overlay = {
    .name = "patient", .action = "overlay", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_SOURCES, .uses = ACT_USES,
    .summary = "move records that stand in the wrong chart",
    .about = "Where one chart holds two people's data: the first line names whose chart it is, the second whose the records are. They stay moved until their source itself says another patient. " NAMED EFFECT,
    .option = CMD_OPTIONS(WHO_OPTION, CMD_OPTION("record-file", "F", "file (or -) with the numbers of the records, one a line"), CMD_OPTION("encounter", "N", "this visit, and its records"),
                          CMD_OPTION("source", "NAME", "the visits and records of this source"), CONFIRM_OPTION),
    .exits = REFUSALS,
    .example = CMD_EXAMPLES({"chartkeep patient overlay hospital.keep --patient-file pair.txt --record-file records.txt --confirm", "those records go to the second patient"}),
    .run = overlay};
