/* Gathered in rows of (patient, kind, facility), a handful a patient, put in the
 * order of patients when the first is turned to. A policy that names no kind
 * costs nothing. */
#include "core/retention/onfile.h"

#include <stdlib.h>
#include <string.h>

#include "core/base/grow.h"
#include "core/retention/ruleparts.h"
#include "core/retention/spots.h"
#include "core/retention/trigger.h"

struct row {
    uint32_t patient, kind, facility;
    size_t records;
    struct keep_tally_day day[KEEP_TRIGGER_COUNT]; /* that of KEEP_TRIGGER_DISCHARGE stays empty: it is an encounter's */
};

struct keep_onfile {
    const struct keep_world *world;
    bool *wanted;   /* per term */
    bool any;
    struct row *row;
    size_t rows, cap;
    struct keep_spots *spot;
    bool sorted;
    size_t at, end; /* the rows of the patient at hand */
};

static int want_kind(void *ctx, const struct keep_read *r)
{
    struct keep_onfile *f = ctx;
    bool ours = r->call && (r->id == KEEP_CALL_patient_any || r->id == KEEP_CALL_patient_first || r->id == KEEP_CALL_patient_last);
    for (size_t i = 0; ours && r->words && i < f->world->terms; i++)
        if (keep_str_eq(f->world->term[i], r->word[0]))
            f->wanted[i] = f->any = true;
    return 0;
}

static void want_of(void *ctx, const struct keep_expr *e)
{
    keep_expr_reads(e, want_kind, ctx);
}

int keep_onfile_new(struct keep_onfile **out, const struct keep_policy *p, const struct keep_world *w, struct keep_err *err)
{
    struct keep_onfile *f = calloc(1, sizeof *f);
    if (f)
        f->wanted = calloc(w->terms + 1, sizeof *f->wanted);
    if (f)
        f->spot = keep_spots_new();
    if (!f || !f->wanted || !f->spot) {
        keep_onfile_free(f);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    f->world = w;
    for (size_t i = 0; i < p->retentions; i++)
        keep_ruleparts_each(&p->retention[i], want_of, f);
    *out = f;
    return 0;
}

void keep_onfile_free(struct keep_onfile *f)
{
    if (!f)
        return;
    free(f->wanted);
    keep_spots_free(f->spot);
    free(f->row);
    free(f);
}

static struct row *row_of(struct keep_onfile *f, const struct keep_record *r)
{
    size_t at;
    int rc = keep_spots_at(f->spot, (uint32_t[]){r->patient, r->kind, r->facility, 0}, &at);
    if (rc < 0)
        return NULL;
    if (rc == 0)
        return &f->row[at];
    if (!keep_grow(&f->row, &f->cap, f->rows + 1, sizeof *f->row, 64))
        return NULL;
    f->row[f->rows] = (struct row){.patient = r->patient, .kind = r->kind, .facility = r->facility};
    return &f->row[f->rows++];
}

static void add_day(struct keep_tally_day *d, keep_date first, keep_date last)
{
    if (first == KEEP_DATE_NONE)
        first = last;
    if (last == KEEP_DATE_NONE)
        last = first;
    if (last == KEEP_DATE_NONE)
        return;
    if (d->have == 0 || first < d->first)
        d->first = first;
    if (d->have == 0 || last > d->last)
        d->last = last;
    d->have++;
}

int keep_onfile_add(struct keep_onfile *f, const struct keep_record *r, struct keep_err *err)
{
    if (!f->any || r->destroyed || r->kind >= f->world->terms || !f->wanted[r->kind])
        return 0;
    struct row *to = row_of(f, r);
    if (!to)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    to->records++;
    add_day(&to->day[KEEP_TRIGGER_SERVICE], r->service_first, r->service_last);
    add_day(&to->day[KEEP_TRIGGER_CREATED], r->created, r->created);
    for (size_t i = 0; i < r->days; i++)
        add_day(&to->day[KEEP_TRIGGER_OTHER + (int)r->day[i].day], r->day[i].date, r->day[i].date);
    return 0;
}

static int by_patient(const void *a, const void *b)
{
    const struct row *x = a, *y = b;
    return x->patient != y->patient ? (x->patient < y->patient ? -1 : 1) : 0;
}

void keep_onfile_turn(struct keep_onfile *f, uint32_t patient)
{
    if (!f->sorted && f->rows)
        qsort(f->row, f->rows, sizeof *f->row, by_patient);
    f->sorted = true;
    if (f->at < f->rows && f->row[f->at].patient > patient)
        f->at = 0;
    while (f->at < f->rows && f->row[f->at].patient < patient)
        f->at++;
    for (f->end = f->at; f->end < f->rows && f->row[f->end].patient == patient;)
        f->end++;
}

void keep_onfile_find(const struct keep_onfile *f, struct keep_str kind, uint32_t facility, int what, struct keep_onfile_found *out)
{
    *out = (struct keep_onfile_found){.records = 0};
    for (size_t i = f->at; i < f->end; i++) {
        const struct row *r = &f->row[i];
        if (!keep_str_eq(f->world->term[r->kind], kind) || (facility != KEEP_ID_NONE && r->facility != KEEP_ID_NONE && r->facility != facility))
            continue;
        out->records += r->records;
        if (!r->day[what].have)
            continue;
        size_t have = out->day.have + r->day[what].have;
        add_day(&out->day, r->day[what].first, r->day[what].last);
        out->day.have = have;
    }
}
