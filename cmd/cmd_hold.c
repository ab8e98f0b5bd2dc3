/* hold place, release, list. */
#include "cmd/verbs.h"
#include "core/base/codec.h"
#include "core/base/file.h"
#include "core/base/zone.h"
#include "core/policy/condition.h"
#include "core/store/load.h"
#include "core/store/person.h"
#include "core/work/dates.h"
#include "core/work/hold.h"
#include "core/work/holdcheck.h"
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
        rc = cmd_lines(c, "patient-file", "patient's MRN, or Family, Given, or a source's id", line, MAX_PATIENTS, &n);
    nm->w = w;
    for (int i = 0; rc == 0 && i < n; i++) {
        size_t before = nm->n;
        rc = keep_person_find(c->store, w, line[i], add_patient, nm, &c->err);
        if (rc == 0 && nm->n == before)
            rc = cmd_names_nobody(c, i + 1);
    }
    return rc;
}

/* What would name somebody does not belong on a command line: a file has it. */
static int names_nobody(void *ctx, const struct keep_read *r)
{
    (void)ctx;
    return !r->call && (r->id == KEEP_FIELD_patient_name || r->id == KEEP_FIELD_patient_mrn || r->id == KEEP_FIELD_patient_birth_date);
}

static int read_where(struct cmd *c, struct keep_str *out)
{
    const char *file = cmd_value(c, "where-file"), *text = cmd_value(c, "where");
    struct keep_diags ds = {.arena = c->arena};
    struct keep_condition cond;
    *out = keep_str_of(text);
    if (file && text)
        return keep_err_set(&c->err, KEEP_E_USAGE, "either --where, or --where-file");
    if (file) {
        struct keep_buf b = KEEP_BUF_INIT;
        int rc = keep_file_read_operand(file, KEEP_CONDITION_BYTES, &b, &c->err);
        while (rc == 0 && b.n && (b.p[b.n - 1] == '\n' || b.p[b.n - 1] == '\r'))
            b.n--;
        *out = rc == 0 ? keep_arena_str(c->arena, keep_buf_view(&b), NULL) : (struct keep_str){NULL, 0};
        keep_buf_free(&b);
        return rc;
    }
    if (!text)
        return 0;
    int rc = keep_condition_compile(&cond, *out, c->arena, &ds, &c->err);
    if (rc == KEEP_E_USAGE && ds.errors)
        cmd_print_diags(&ds, false);
    if (rc == 0 && keep_expr_reads(cond.when, names_nobody, NULL))
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "a condition on a patient's name, MRN or birth date is given with --where-file, never on the command line");
    return rc;
}

/* Disposals that the holds just placed would have stopped. */
static int tell_late(struct cmd *c, uint64_t n)
{
    struct keep_world w;
    struct keep_packs packs = {0};
    struct keep_holdcheck_finding *f;
    struct keep_hold *h;
    size_t holds, late = 0;
    int rc = keep_load_world(c->store, c->arena, &w, &c->err);
    if (rc == 0)
        rc = keep_hold_load(c->store, &w, c->arena, &h, &holds, &c->err);
    if (rc == 0)
        rc = cmd_packs_if_any(c, &packs);
    if (rc == 0) {
        struct keep_holdcheck check = {.world = &w, .policy = packs.policy, .hold = h, .holds = holds, .from = holds >= n ? h[holds - n].id : 0};
        rc = keep_holdcheck_run(c->store, &check, c->arena, &f, &late, &c->err);
    }
    for (size_t i = 0; rc == 0 && i < late; i++) {
        char set[33], day[KEEP_CIVIL_DATE_SIZE];
        keep_codec_hex(f[i].set, 16, set);
        cmd_out("set %s was disposed of on %s, before this was placed and after it takes effect%s\n", set, keep_civil_format_date(keep_civil_utc_date(f[i].destroyed), day),
                f[i].certain ? "" : " (whether the hold covers it cannot be told any more)");
    }
    keep_packs_free(&packs);
    return rc < 0 ? rc : 0;
}

/* The begin of a day where the keep is. A hold in effect from a day to come would hold nothing until then. */
static int since_begin(struct cmd *c, keep_date day, keep_time *out)
{
    struct keep_zone *z;
    keep_date today;
    int rc = keep_dates_today(c->store, &today, &c->err);
    if (rc == 0 && day > today)
        rc = keep_err_set(&c->err, KEEP_E_USAGE, "--since: a day to come; a hold takes effect when it is placed, or before");
    if (rc == 0)
        rc = keep_zone_load(&z, keep_store_zone(c->store), &c->err);
    if (rc < 0)
        return rc;
    *out = keep_zone_instant(z, day, 0);
    keep_zone_free(z);
    return 0;
}

static int place(struct cmd *c)
{
    keep_date since;
    struct keep_hold_order order = {.matter = keep_str_of(c->operand[1]), .series = keep_str_of(cmd_value(c, "series")), .effective_from = KEEP_TIME_NONE};
    struct named *nm = keep_arena_alloc(c->arena, sizeof *nm);
    struct keep_world *w = keep_arena_alloc(c->arena, sizeof *w);
    uint64_t n = 0;
    if (!nm || !w)
        return keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    if (cmd_given(c, "all") && cmd_given(c, "patient-file"))
        return keep_err_set(&c->err, KEEP_E_USAGE, "hold place: either --all, or --patient-file with the patients it covers");
    if (!cmd_given(c, "all") && !cmd_given(c, "patient-file") && !cmd_given(c, "where") && !cmd_given(c, "where-file"))
        return keep_err_set(&c->err, KEEP_E_USAGE, "hold place: --all, --patient-file with the patients it covers, or --where with a condition");
    int rc = cmd_date(c, "since", &since);
    if (rc == 0)
        rc = read_where(c, &order.where);
    if (rc == 0)
        rc = cmd_open(c, true);
    if (rc == 0 && since != KEEP_DATE_NONE)
        rc = since_begin(c, since, &order.effective_from);
    if (rc == 0 && cmd_given(c, "patient-file"))
        rc = read_patients(c, nm, w);
    order.patient = nm->entity;
    order.patients = nm->n;
    if (rc == 0)
        rc = keep_hold_place(c->store, &order, &n, &c->err);
    if (rc == 0)
        cmd_out("%llu hold%s placed for matter %s\n", (unsigned long long)n, keep_str_s(n), c->operand[1]);
    return rc == 0 && order.effective_from != KEEP_TIME_NONE ? tell_late(c, n) : rc;
}

const struct cmd_verb cmd_hold_place = {
    .name = "hold", .action = "place", .operands = "KEEP MATTER", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS,
    .summary = "stop disposal for a legal matter (anyone may)",
    .about = "MATTER is a case number, never a name: it is shown in lists. A condition is written as in a policy, over sets, facilities and patients, or over records, of which one that "
             "meets it holds its whole set; it is asked anew whenever dates are, and what it cannot be told of is held. A hold in effect from a day before a disposal that was already made is "
             "said, and stays in `hold list --late`.\n",
    .option = CMD_OPTIONS(CMD_OPTION("patient-file", "F", "file (or -) with the patients it covers, one a line: MRN, or Family, Given, or a source's id"),
                          CMD_SWITCH("all", "the whole keep"),
                          CMD_OPTION("where", "CONDITION", "only what meets it: 'set.series == \"claims\" && facility.state == \"KS\"'"),
                          CMD_OPTION("where-file", "F", "the same from a file (or -): for conditions that tell of somebody"),
                          CMD_OPTION("since", "DATE", "in effect from that day, which may be past"),
                          CMD_DEFAULT("series", "ID", "all", "only sets of this series")),
    .example = CMD_EXAMPLES({"chartkeep hold place hospital.keep 2026-CV-118 --patient-file parties.txt", "the sets of these patients"},
                            {"chartkeep hold place hospital.keep AUDIT-7 --all --series claims --since 2024-03-01", "all claims, since the day the audit was expected"},
                            {"chartkeep hold place hospital.keep 2026-CV-201 --where 'record.kind == \"ImagingStudy\"'", "every set that holds an image"}),
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
        cmd_out("%llu hold%s released; disposal stays stopped for %d more days\n", (unsigned long long)n, keep_str_s(n), KEEP_HOLD_COOLING_DAYS);
    return rc;
}

const struct cmd_verb cmd_hold_release = {
    .name = "hold", .action = "release", .operands = "KEEP MATTER", .min = 2, .max = 2, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_SIGNS,
    .summary = "release the holds of a matter (the legal officer's key)",
    .about = "Disposal stays stopped for a cooling-off of some days more, which the command names.\n",
    .example = CMD_EXAMPLES({"chartkeep hold release hospital.keep 2026-CV-118 --officer-key legal.key", "the matter is closed"}),
    .run = release};

static const struct keep_report_field fields[] = {
    {"hold", KEEP_REPORT_NUMBER, "hold", 0}, {"matter", KEEP_REPORT_TEXT, "matter", 40}, {"patient", KEEP_REPORT_TEXT, "patient", 0}, {"series", KEEP_REPORT_TEXT, "series", 0}, {"where", KEEP_REPORT_TEXT, "where", 40},
    {"placed", KEEP_REPORT_TIME, "placed", 0}, {"effective_from", KEEP_REPORT_TIME, NULL, 0}, {"stops_until", KEEP_REPORT_TIME, "stops disposal until", 0}};

static const struct keep_report_field late_fields[] = {
    {"hold", KEEP_REPORT_NUMBER, "hold", 0}, {"matter", KEEP_REPORT_TEXT, "matter", 40}, {"set", KEEP_REPORT_TEXT, "set", 0}, {"disposed", KEEP_REPORT_TIME, "disposed of", 0},
    {"covered", KEEP_REPORT_TEXT, "covered", 0}};

static int list_late(struct cmd *c, const struct keep_world *w, const struct keep_hold *h, size_t n)
{
    struct keep_packs packs = {0};
    struct keep_holdcheck_finding *f;
    struct keep_report *r;
    size_t late = 0;
    int rc = cmd_packs_if_any(c, &packs);
    if (rc == 0) {
        struct keep_holdcheck check = {.world = w, .policy = packs.policy, .hold = h, .holds = n};
        rc = keep_holdcheck_run(c->store, &check, c->arena, &f, &late, &c->err);
    }
    if (rc >= 0)
        rc = cmd_rows(c, "late", late_fields, sizeof late_fields / sizeof *late_fields, &r);
    if (rc >= 0) {
        for (size_t i = 0; rc == 0 && i < late; i++) {
            char set[33];
            keep_codec_hex(f[i].set, 16, set);
            struct keep_report_cell cell[] = {KEEP_CELL_N(f[i].hold), KEEP_CELL(f[i].matter), KEEP_CELL_Z(set), KEEP_CELL_N(f[i].destroyed), KEEP_CELL_Z(f[i].certain ? "yes" : "cannot be told")};
            rc = keep_report_row(r, cell, &c->err);
        }
        rc = cmd_rows_end(c, r, rc);
    }
    keep_packs_free(&packs);
    return rc;
}

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
    if (rc == 0 && cmd_given(c, "late"))
        return list_late(c, &w, h, n);
    if (rc == 0)
        rc = cmd_rows(c, "holds", fields, sizeof fields / sizeof *fields, &r);
    if (rc < 0)
        return rc;
    keep_mask_init(&m, c->store, c->arena);
    for (size_t i = 0; rc == 0 && i < n; i++) {
        struct keep_str patient = h[i].patient == KEEP_ID_NONE ? KEEP_STR("all") : keep_mask_text(&m, "hold", 4, "patient", w.patient[h[i].patient].entity, w.patient[h[i].patient].name);
        struct keep_report_cell cell[] = {KEEP_CELL_N(h[i].id), KEEP_CELL(h[i].matter), KEEP_CELL(patient), KEEP_CELL(h[i].series.n ? h[i].series : KEEP_STR("all")), KEEP_CELL(h[i].where), KEEP_CELL_N(h[i].placed),
                                          KEEP_CELL_N(h[i].effective_from), KEEP_CELL_N(h[i].released)};
        rc = keep_report_row(r, cell, &c->err);
    }
    return cmd_rows_end(c, r, rc);
}

const struct cmd_verb cmd_hold_list = {
    .name = "hold", .action = "list", .operands = "KEEP", .min = 1, .max = 1, .part = CMD_PART_RETENTION, .uses = CMD_OPENS | CMD_PRINTS,
    .summary = "list holds",
    .option = CMD_OPTIONS(CMD_SWITCH("late", "instead: disposals made after a hold's effective day and before it was placed")),
    .example = CMD_EXAMPLES({"chartkeep hold list hospital.keep", "matter, whom it covers, since when"}),
    .run = list};
