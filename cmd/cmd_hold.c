/* hold place, release, list. */
#include "cmd/verbs.h"
#include "core/store/load.h"
#include "core/work/hold.h"
#include "core/work/mask.h"

#define MAX_PATIENTS 1000

struct named {
    const struct keep_world *w;
    uint64_t entity[MAX_PATIENTS];
    size_t n;
};

static int add_patient(void *ctx, uint32_t patient)
{
    struct named *nm = ctx;
    if (nm->n < MAX_PATIENTS)
        nm->entity[nm->n++] = nm->w->patient[patient].entity;
    return 0;
}

static int read_patients(struct cmd *c, struct named *nm, struct keep_world *w)
{
    struct keep_str *line = keep_arena_array(c->arena, MAX_PATIENTS, sizeof *line);
    int n = 0, rc = line ? keep_load_world(c->store, c->arena, w, &c->err) : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = cmd_lines(c, "patient-file", "patient's MRN, or Family, Given", line, MAX_PATIENTS, &n);
    nm->w = w;
    for (int i = 0; rc == 0 && i < n; i++) {
        size_t before = nm->n;
        keep_load_find_patient(w, line[i], c->arena, add_patient, nm);
        if (nm->n == before)
            rc = keep_err_set(&c->err, KEEP_E_USAGE, "line %d names no patient of this keep", i + 1);
    }
    return rc;
}

static int place(struct cmd *c)
{
    struct keep_hold_order order = {.matter = keep_str_of(c->operand[1]), .series = keep_str_of(cmd_value(c, "series")), .effective_from = KEEP_TIME_NONE};
    struct named *nm = keep_arena_alloc(c->arena, sizeof *nm);
    struct keep_world *w = keep_arena_alloc(c->arena, sizeof *w);
    uint64_t n = 0;
    if (!nm || !w)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (cmd_given(c, "all") == cmd_given(c, "patient-file"))
        return keep_err_set(&c->err, KEEP_E_USAGE, "hold place: either --all, or --patient-file with the patients it covers");
    int rc = cmd_open(c, true);
    if (rc == 0 && cmd_given(c, "patient-file"))
        rc = read_patients(c, nm, w);
    order.patient = nm->entity;
    order.patients = nm->n;
    if (rc == 0)
        rc = keep_hold_place(c->store, &order, &n, &c->err);
    if (rc == 0)
        cmd_out("%llu hold%s placed for matter %s\n", (unsigned long long)n, n == 1 ? "" : "s", c->operand[1]);
    return rc;
}

const struct cmd_verb cmd_hold_place = {
    .name = "hold", .action = "place", .operands = "KEEP MATTER", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS,
    .summary = "stop disposal for a legal matter (anyone may)",
    .about = "MATTER is a case number, never a name: it is shown in lists. Either --all, or --patient-file.\n",
    .option = CMD_OPTIONS(CMD_OPTION("patient-file", "F", "file (or -) with the patients it covers, one a line: MRN, or Family, Given"),
                          CMD_SWITCH("all", "the whole keep"),
                          CMD_DEFAULT("series", "ID", "all", "only sets of this series")),
    .example = CMD_EXAMPLES({"chartkeep hold place hospital.keep 2026-CV-118 --patient-file parties.txt", "the sets of these patients"},
                            {"chartkeep hold place hospital.keep AUDIT-7 --all --series claims", "all claims"}),
    .run = place};

static int release(struct cmd *c)
{
    struct keep_sign_secret *officer = NULL;
    uint64_t n = 0;
    int rc = cmd_officer(c, &officer);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0)
        rc = keep_hold_release(c->store, keep_str_of(c->operand[1]), officer, &n, &c->err);
    keep_sign_free(officer);
    if (rc == 1)
        return keep_err_set(&c->err, KEEP_E_USAGE, "no hold of that matter is in force");
    if (rc == 0)
        cmd_out("%llu hold%s released; disposal stays stopped for %d more days\n", (unsigned long long)n, n == 1 ? "" : "s", KEEP_HOLD_COOLING_DAYS);
    return rc;
}

const struct cmd_verb cmd_hold_release = {
    .name = "hold", .action = "release", .operands = "KEEP MATTER", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "release the holds of a matter (the legal officer's key)",
    .about = "Disposal stays stopped for a cooling-off of some days more, which the command names.\n",
    .example = CMD_EXAMPLES({"chartkeep hold release hospital.keep 2026-CV-118 --officer-key legal.key", "the matter is closed"}),
    .run = release};

static const struct keep_report_field fields[] = {
    {"hold", KEEP_REPORT_NUMBER, "hold", 0}, {"matter", KEEP_REPORT_TEXT, "matter", 40}, {"patient", KEEP_REPORT_TEXT, "patient", 0}, {"series", KEEP_REPORT_TEXT, "series", 0},
    {"placed", KEEP_REPORT_TIME, "placed", 0}, {"effective_from", KEEP_REPORT_TIME, NULL, 0}, {"stops_until", KEEP_REPORT_TIME, "stops disposal until", 0}};

static int list(struct cmd *c)
{
    struct keep_world w;
    struct keep_hold *h;
    struct keep_mask m;
    struct keep_report *r;
    size_t n;
    int rc = cmd_open(c, false);
    if (rc == 0)
        rc = keep_load_world(c->store, c->arena, &w, &c->err);
    if (rc == 0)
        rc = keep_hold_load(c->store, &w, c->arena, &h, &n, &c->err);
    if (rc == 0)
        rc = cmd_rows(c, "holds", fields, sizeof fields / sizeof *fields, &r);
    if (rc < 0)
        return rc;
    keep_mask_init(&m, c->store, c->arena);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct keep_str patient = h[i].patient == KEEP_ID_NONE ? KEEP_STR("all") : keep_mask_text(&m, "hold", 4, "patient", w.patient[h[i].patient].entity, w.patient[h[i].patient].name);
        struct keep_report_cell cell[] = {KEEP_CELL_N(h[i].id), KEEP_CELL(h[i].matter), KEEP_CELL(patient), KEEP_CELL(h[i].series.n ? h[i].series : KEEP_STR("all")), KEEP_CELL_N(h[i].placed),
                                          KEEP_CELL_N(h[i].effective_from), KEEP_CELL_N(h[i].released)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

const struct cmd_verb cmd_hold_list = {
    .name = "hold", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list holds",
    .example = CMD_EXAMPLES({"chartkeep hold list hospital.keep", "matter, whom it covers, since when"}),
    .run = list};
