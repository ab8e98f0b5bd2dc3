/* Tables, as such things are exported. Films and paper are index only: a custodian
 * holds them, in a box with a number. The index of paper charts is known to be
 * incomplete, and its declaration says so. */
#include "core/demo/attic.h"

#include <stdio.h>
#include <string.h>

#include "core/demo/chance.h"
#include "core/demo/sheet.h"

enum { STREAM_FILMS = 7, STREAM_PAPER = 8, STREAM_LEGACY = 9, STREAM_TRAINING = 10 }; /* of chance */
enum { HALF = 1800, HOUR = 3600, DAY = 86400 };

#define TAKEN_OVER "Solomon Valley Hospital"

static int begin(const struct keep_cast *c, struct keep_sheet *s, const char *file, const char *header, struct keep_err *err)
{
    int rc = keep_sheet_open(s, c->p->dirfd, file, err);
    if (rc == 0) {
        keep_buf_str(&s->buf, header);
        rc = keep_sheet_row(s, err);
    }
    return rc;
}

/* --- boxes ---------------------------------------------------------------------------------- */

static const struct box {
    const char *file, *id, *klass, *facility, *custodian, *in, *title, *codes, *system;
    int from, through;      /* years of service */
    uint32_t per_mille, stream, in_a_box;
} boxes[] = {
    {"film-index.csv", "FJ", "radiology film", TAKEN_OVER, "Flint Hills Records Center", "jacket", "Radiology film jacket", "71020", "http://www.ama-assn.org/go/cpt", 1988, 2009,
     120, STREAM_FILMS, 40},
    {"paper-index.csv", "PC", "paper chart", "Abilene Prairie Clinic, paper charts", "Flint Hills Records Center", "folder", "Paper chart", "", "", 1979, 1996, 60, STREAM_PAPER, 25},
};

static int box_row(const struct keep_cast *c, struct keep_sheet *s, const struct box *b, uint32_t patient, uint32_t n, keep_date first, keep_date last, struct keep_err *err)
{
    char text[64];
    snprintf(text, sizeof text, "%s-%06u", b->id, n);
    keep_sheet_cell(s, text);
    keep_cast_id(c, 'p', patient, text);
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, b->klass);
    keep_sheet_cell(s, b->facility);
    keep_sheet_cell_date(s, first);
    keep_sheet_cell_date(s, last);
    keep_sheet_cell_date(s, first);
    keep_sheet_cell(s, b->custodian);
    snprintf(text, sizeof text, "Box %u, %s %u", 1 + n / b->in_a_box, b->in, 1 + n % b->in_a_box);
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, "index only");
    keep_sheet_cell(s, b->title);
    keep_sheet_cell(s, b->codes);
    keep_sheet_cell(s, b->system);
    return keep_sheet_row(s, err);
}

static int box_index(const struct keep_cast *c, const struct box *b, struct keep_err *err)
{
    struct keep_sheet s = {0};
    struct keep_chance r;
    keep_date opened = keep_civil_from_ymd(b->from, 3, 1), closed = keep_civil_from_ymd(b->through, 12, 31);
    int rc = begin(c, &s, b->file, "record_id,patient_id,record_class,facility,first_service,last_service,created,custodian,locator,custody,title,codes,code_system", err);
    keep_chance_init(&r, c->p->seed, b->stream);
    for (uint32_t i = 0, n = 0; i < c->patients && rc == 0; i++) {
        const struct keep_cast_patient *p = &c->patient[i];
        keep_date from = p->birth > opened ? p->birth : opened;
        if (from > closed - 400 || p->test || !keep_chance_per_mille(&r, b->per_mille))
            continue;
        keep_date first = keep_chance_range(&r, from, closed - 1);
        rc = box_row(c, &s, b, i, ++n, first, keep_chance_range(&r, first, closed), err);
    }
    return keep_sheet_end(&s, rc, err);
}

/* --- the closed system ------------------------------------------------------------------------ */

static int legacy(const struct keep_cast *c, struct keep_err *err)
{
    struct keep_sheet s = {0};
    struct keep_chance r;
    char text[64];
    keep_date opened = keep_civil_from_ymd(1991, 1, 2), closed = keep_civil_from_ymd(2009, 12, 20);
    int rc = begin(c, &s, "legacy-encounters.csv", "encounter_id,patient_id,admitted,discharged,class,status,facility,unit", err);
    keep_chance_init(&r, c->p->seed, STREAM_LEGACY);
    for (uint32_t i = 0, n = 0; i < c->patients && rc == 0; i++) {
        const struct keep_cast_patient *p = &c->patient[i];
        keep_date from = p->birth > opened ? p->birth : opened;
        if (from > closed - 400 || p->test || !keep_chance_per_mille(&r, 60))
            continue;
        keep_date in = keep_chance_range(&r, from, closed);
        snprintf(text, sizeof text, "SV%06u", ++n);
        keep_sheet_cell(&s, text);
        keep_cast_id(c, 'p', i, text);
        keep_sheet_cell(&s, text);
        keep_sheet_cell_date(&s, in);
        keep_sheet_cell_date(&s, in + keep_chance_range(&r, 1, 7));
        keep_sheet_cell(&s, "inpatient");
        keep_sheet_cell(&s, "finished");
        keep_sheet_cell(&s, TAKEN_OVER);
        keep_sheet_cell(&s, "Medical ward");
        rc = keep_sheet_row(&s, err);
    }
    return keep_sheet_end(&s, rc, err);
}

/* --- what HR keeps ------------------------------------------------------------------------------- */

static void cell_time(struct keep_sheet *s, keep_date day, int32_t second)
{
    char date[KEEP_CIVIL_DATE_SIZE], text[KEEP_CIVIL_DATE_SIZE + 16];
    snprintf(text, sizeof text, "%sT%02d:%02d:00", keep_civil_format_date(day + second / DAY, date), second % DAY / HOUR, second / 60 % 60);
    keep_sheet_cell(s, text);
}

/* from, to: seconds after the begin of the day. */
static int duty(const struct keep_cast *c, struct keep_sheet *s, uint32_t staff, const char *kind, keep_date day, int32_t from, int32_t to, struct keep_err *err)
{
    char text[KEEP_CAST_TEXT];
    keep_cast_number(staff, text);
    keep_sheet_cell(s, text);
    keep_sheet_cell(s, kind);
    keep_sheet_cell(s, keep_lore_department[c->staff[staff].department].code);
    cell_time(s, day, from);
    cell_time(s, day, to);
    return keep_sheet_row(s, err);
}

/* Shifts and leave of one. */
static int duties_of(const struct keep_cast *c, struct keep_sheet *s, uint32_t i, struct keep_err *err)
{
    static const int32_t from[] = {6 * HOUR + HALF, 13 * HOUR + HALF, 21 * HOUR + HALF}, to[] = {18 * HOUR + HALF, 22 * HOUR + HALF, 30 * HOUR + HALF};
    const struct keep_cast_staff *x = &c->staff[i];
    int rc = 0;
    for (keep_date day = c->begin - 1; day <= c->p->today && rc == 0; day++)
        if (keep_cast_on_shift(c, i, day))
            rc = duty(c, s, i, "shift", day, from[x->shift], to[x->shift], err);
    if (rc == 0 && x->away != KEEP_DATE_NONE && !x->rehired)
        rc = duty(c, s, i, "leave", x->away, 0, (x->back - x->away) * DAY, err);
    return rc;
}

/* Each department of care has one of its leads on call for a week. */
static int calls(const struct keep_cast *c, struct keep_sheet *s, struct keep_err *err)
{
    int rc = 0;
    for (keep_date week = c->begin; week + 7 <= c->p->today && rc == 0; week += 7)
        for (uint32_t d = 0; d < c->departments && rc == 0; d++) {
            uint32_t n = c->of_department[d + 1] - c->of_department[d], at = (uint32_t)week / 7;
            for (uint32_t i = 0; i < n && keep_lore_department[d].work == KEEP_LORE_CARE; i++) {
                uint32_t who = c->list[c->of_department[d] + (at + i) % n];
                if (c->staff[who].rank != 0 || c->staff[who].kind != KEEP_CAST_EMPLOYEE || !keep_cast_here(&c->staff[who], week))
                    continue;
                rc = duty(c, s, who, "on call", week, 18 * HOUR, 7 * DAY + 6 * HOUR, err);
                break;
            }
        }
    return rc;
}

static int roster(const struct keep_cast *c, struct keep_err *err)
{
    struct keep_sheet s = {0};
    int rc = begin(c, &s, "roster.csv", "employee_id,duty,unit,duty_from,duty_to", err);
    for (uint32_t i = 0; i < c->employees && rc == 0; i++)
        rc = duties_of(c, &s, i, err);
    if (rc == 0)
        rc = calls(c, &s, err);
    return keep_sheet_end(&s, rc, err);
}

/* Once a year; a few are late. */
static int training(const struct keep_cast *c, struct keep_err *err)
{
    struct keep_sheet s = {0};
    struct keep_chance r;
    char text[KEEP_CAST_TEXT];
    int rc = begin(c, &s, "training.csv", "employee_id,course,completed_on,valid_until", err);
    keep_chance_init(&r, c->p->seed, STREAM_TRAINING);
    for (uint32_t i = 0; i < c->employees && rc == 0; i++) {
        keep_date done = c->p->today - keep_chance_range(&r, 5, keep_chance_per_mille(&r, 60) ? 700 : 360);
        if (c->staff[i].kind == KEEP_CAST_VENDOR || done < c->staff[i].hired || (c->staff[i].ended != KEEP_DATE_NONE && done > c->staff[i].ended))
            continue;
        keep_cast_number(i, text);
        keep_sheet_cell(&s, text);
        keep_sheet_cell(&s, "Privacy and security");
        keep_sheet_cell_date(&s, done);
        keep_sheet_cell_date(&s, done + 365);
        rc = keep_sheet_row(&s, err);
    }
    return keep_sheet_end(&s, rc, err);
}

static int institutions(const struct keep_cast *c, struct keep_err *err)
{
    struct keep_sheet s = {0};
    int rc = begin(c, &s, "institutions.csv", "address,city,state,postal_code,institution_kind,institution_name", err);
    for (uint32_t i = 0; i < keep_lore_institutions && rc == 0; i++) {
        const struct keep_lore_institution *x = &keep_lore_institution[i];
        keep_sheet_cell(&s, x->line);
        keep_sheet_cell(&s, keep_lore_town[x->town].name);
        keep_sheet_cell(&s, "KS");
        keep_sheet_cell(&s, keep_lore_town[x->town].postal);
        keep_sheet_cell(&s, x->kind);
        keep_sheet_cell(&s, x->name);
        rc = keep_sheet_row(&s, err);
    }
    return keep_sheet_end(&s, rc, err);
}

int keep_attic_write(const struct keep_cast *c, struct keep_err *err)
{
    int rc = 0;
    for (size_t i = 0; i < sizeof boxes / sizeof *boxes && rc == 0; i++)
        rc = box_index(c, &boxes[i], err);
    if (rc == 0)
        rc = legacy(c, err);
    if (rc == 0)
        rc = roster(c, err);
    if (rc == 0)
        rc = training(c, err);
    return rc == 0 ? institutions(c, err) : rc;
}
