/* Gathered in rows of (kind, facility); a patient has a handful. A policy that
 * names no kind costs nothing. */
#include "core/retention/onfile.h"

#include <stdlib.h>
#include <string.h>

#include "core/retention/trigger.h"

struct row {
    uint32_t kind, facility;
    size_t records;
    struct keep_tally_day day[KEEP_TRIGGER_COUNT]; /* that of KEEP_TRIGGER_DISCHARGE stays empty: it is an encounter's */
};

struct keep_onfile {
    const struct keep_world *world;
    bool *wanted;   /* per term */
    bool any;
    struct row *row;
    size_t rows, cap;
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

static void want_of(struct keep_onfile *f, const struct keep_expr *e)
{
    if (e)
        keep_expr_reads(e, want_kind, f);
}

static void want_of_periods(struct keep_onfile *f, const struct keep_keep *k, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        want_of(f, k[i].after);
        want_of(f, k[i].only_if);
        want_of_periods(f, k[i].cap, k[i].caps);
    }
}

int keep_onfile_new(struct keep_onfile **out, const struct keep_policy *p, const struct keep_world *w, struct keep_err *err)
{
    struct keep_onfile *f = calloc(1, sizeof *f);
    if (f)
        f->wanted = calloc(w->terms + 1, sizeof *f->wanted);
    if (!f || !f->wanted) {
        keep_onfile_free(f);
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    f->world = w;
    for (size_t i = 0; i < p->retentions; i++) {
        const struct keep_retention *r = &p->retention[i];
        want_of(f, r->when);
        want_of_periods(f, r->keep, r->keeps);
        want_of_periods(f, r->destroy, r->destroys);
        for (size_t k = 0; k < r->gates; k++)
            want_of(f, r->gate[k].only_if);
        for (size_t k = 0; k < r->earlies; k++)
            want_of(f, r->early[k].from.after);
        for (size_t k = 0; k < r->pauses; k++) {
            want_of(f, r->pause[k].only_while);
            want_of(f, r->pause[k].from);
            want_of(f, r->pause[k].to);
            want_of(f, r->pause[k].only_if);
        }
    }
    *out = f;
    return 0;
}

void keep_onfile_free(struct keep_onfile *f)
{
    if (!f)
        return;
    free(f->wanted);
    free(f->row);
    free(f);
}

void keep_onfile_reset(struct keep_onfile *f)
{
    f->rows = 0;
}

static struct row *row_of(struct keep_onfile *f, uint32_t kind, uint32_t facility)
{
    for (size_t i = 0; i < f->rows; i++)
        if (f->row[i].kind == kind && f->row[i].facility == facility)
            return &f->row[i];
    if (f->rows == f->cap) {
        size_t cap = f->cap ? f->cap * 2 : 8;
        struct row *more = realloc(f->row, cap * sizeof *more);
        if (!more)
            return NULL;
        f->row = more;
        f->cap = cap;
    }
    struct row *r = &f->row[f->rows++];
    *r = (struct row){.kind = kind, .facility = facility};
    return r;
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
    struct row *to = row_of(f, r->kind, r->facility);
    if (!to)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    to->records++;
    add_day(&to->day[KEEP_TRIGGER_SERVICE], r->service_first, r->service_last);
    add_day(&to->day[KEEP_TRIGGER_CREATED], r->created, r->created);
    for (size_t i = 0; i < r->days; i++)
        add_day(&to->day[KEEP_TRIGGER_OTHER + (int)r->day[i].day], r->day[i].date, r->day[i].date);
    return 0;
}

void keep_onfile_find(const struct keep_onfile *f, struct keep_str kind, uint32_t facility, int what, struct keep_onfile_found *out)
{
    *out = (struct keep_onfile_found){.records = 0};
    for (size_t i = 0; i < f->rows; i++) {
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
