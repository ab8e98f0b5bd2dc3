/* Patients by folded name and day of birth, put in order: who stands beside each
 * other alike is a pair. */
#include "core/work/twins.h"

#include <stdlib.h>

#include "core/text/fold.h"

struct face {
    struct keep_str name;
    keep_date birth;
    uint32_t patient;
};

static int by_face(const void *pa, const void *pb)
{
    const struct face *a = pa, *b = pb;
    int c = keep_str_order(a->name, b->name);
    if (a->birth != b->birth)
        return a->birth < b->birth ? -1 : 1;
    return c ? c : a->patient < b->patient ? -1 : a->patient > b->patient;
}

static size_t crowd(const struct face *f, size_t i, size_t n)
{
    size_t run = 1;
    while (i + run < n && f[i + run].birth == f[i].birth && keep_str_eq(f[i + run].name, f[i].name))
        run++;
    return run;
}

int keep_twins_find(const struct keep_world *w, struct keep_arena *a, struct keep_twins_pair **out, size_t *n, struct keep_err *err)
{
    struct face *f = keep_arena_array(a, w->patients + 1, sizeof *f);
    size_t faces = 0, pairs = 0;
    if (!f)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < w->patients; i++) {
        const struct keep_patient *p = &w->patient[i];
        if (p->known && p->name.n && p->birth.precision >= KEEP_PREC_DAY && p->birth.date != KEEP_DATE_NONE)
            f[faces++] = (struct face){keep_fold_name(p->name, a), p->birth.date, i};
    }
    qsort(f, faces, sizeof *f, by_face);
    for (size_t i = 0, run; i < faces; i += run) {
        run = crowd(f, i, faces);
        pairs += run <= KEEP_TWINS_CROWD ? run * (run - 1) / 2 : 0;
    }
    if (!(*out = keep_arena_array(a, pairs + 1, sizeof **out)))
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    *n = 0;
    for (size_t i = 0, run; i < faces; i += run) {
        run = crowd(f, i, faces);
        for (size_t k = 0; run <= KEEP_TWINS_CROWD && k < run; k++)
            for (size_t l = k + 1; l < run; l++)
                (*out)[(*n)++] = (struct keep_twins_pair){f[i + k].patient, f[i + l].patient};
    }
    return 0;
}
