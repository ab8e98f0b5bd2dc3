/* Duties, trainings and addresses that make no household.
 *
 * Of addresses the world gets keys, and a list of those that two people can share
 * and have nothing to do with each other: declared institutions, addresses that
 * somebody keeps confidential, and, as a finding that nobody declared, those that
 * too many share. No key of these stays on anybody, so no rule about households
 * can fire on them. */
#include <stdlib.h>

#include "core/store/detail.h"
#include "core/store/load_build.h"
#include "core/store/load_detail.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* --- facts ----------------------------------------------------------------------- */

static int by_worker_from(const void *a, const void *b)
{
    const struct keep_duty_span *x = a, *y = b;

    if (x->worker != y->worker)
        return x->worker < y->worker ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->kind != y->kind ? (x->kind > y->kind) - (x->kind < y->kind) : (x->unit > y->unit) - (x->unit < y->unit);
}

static int by_worker_course(const void *a, const void *b)
{
    const struct keep_training *x = a, *y = b;
    size_t n = x->course.n < y->course.n ? x->course.n : y->course.n;
    int c;

    if (x->worker != y->worker)
        return x->worker < y->worker ? -1 : 1;
    if ((c = n ? memcmp(x->course.p, y->course.p, n) : 0) != 0 || x->course.n != y->course.n)
        return c ? c : x->course.n < y->course.n ? -1 : 1;
    return (x->completed > y->completed) - (x->completed < y->completed);
}

static int institution_add(struct keep_load_build *b, struct keep_str body, struct keep_err *err)
{
    struct keep_row_institution i;
    uint64_t key;
    int rc = keep_detail_get_institution(&i, body, err);

    if (rc < 0)
        return rc;
    keep_arena_reset(b->row);
    if ((key = keep_load_details_address(&i.address, b->row)) != 0)
        b->marked[b->marks++] = (struct keep_load_mark){key, (uint8_t)i.kind, false, KEEP_ID_NONE};
    return 0;
}

static int fact_row(struct keep_load_build *b, sqlite3_stmt *st, struct keep_err *err)
{
    struct keep_world *w = b->w;
    uint32_t worker = keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, sqlite3_column_int64(st, 1)), unit;
    uint32_t source = (uint32_t)sqlite3_column_int64(st, 2);
    struct keep_str body = keep_rowio_blob_at(st, 3);
    struct keep_row_training t;
    struct keep_row_duty d;
    bool ok = true;
    int rc;

    switch (sqlite3_column_int64(st, 0)) {
    case KEEP_DETAIL_DUTY:
        if ((rc = keep_detail_get_duty(&d, &unit, body, err)) == 0)
            w->duty[w->duties++] = (struct keep_duty_span){worker, unit, (uint8_t)d.kind, d.from, d.to, source};
        return rc;
    case KEEP_DETAIL_TRAINING:
        if ((rc = keep_detail_get_training(&t, body, err)) == 0)
            w->training[w->trainings++] = (struct keep_training){worker, keep_arena_str(b->a, t.course, &ok), t.completed, t.valid_until, source};
        return rc < 0 ? rc : ok ? 0 : no_memory(err);
    case KEEP_DETAIL_INSTITUTION: return institution_add(b, body, err);
    default: return keep_err_set(err, KEEP_E_INTEGRITY, "a fact is of no known kind");
    }
}

int keep_load_fact(struct keep_load_build *b, struct keep_err *err)
{
    struct keep_world *w = b->w;
    int64_t n[3];
    sqlite3_stmt *st;
    int rc;

    _Static_assert(KEEP_DETAIL_DUTY == 1 && KEEP_DETAIL_TRAINING == 2 && KEEP_DETAIL_INSTITUTION == 3, "the numbers stand in the statements below");
    if ((rc = keep_rowio_number(b->s, "SELECT count(*) FROM fact WHERE kind = 1", 0, &n[0], err)) < 0 ||
        (rc = keep_rowio_number(b->s, "SELECT count(*) FROM fact WHERE kind = 2", 0, &n[1], err)) < 0 ||
        (rc = keep_rowio_number(b->s, "SELECT count(*) FROM fact WHERE kind = 3", 0, &n[2], err)) < 0)
        return rc;
    w->duty = keep_arena_array(b->a, (size_t)n[0] + 1, sizeof *w->duty);
    w->training = keep_arena_array(b->a, (size_t)n[1] + 1, sizeof *w->training);
    b->marked = keep_arena_array(b->scratch, (size_t)n[2] + 1, sizeof *b->marked);
    if (!w->duty || !w->training || !b->marked)
        return no_memory(err);
    if ((rc = keep_load_prepare(b->s, "SELECT kind, entity, source, body FROM fact d" KEEP_LOAD_LATEST("fact"), &st, err)) < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading facts", err)) > 0)
        if ((rc = fact_row(b, st, err)) < 0)
            break;
    sqlite3_finalize(st);
    if (rc < 0)
        return rc;
    qsort(w->duty, w->duties, sizeof *w->duty, by_worker_from);
    qsort(w->training, w->trainings, sizeof *w->training, by_worker_course);
    return 0;
}

/* --- households -------------------------------------------------------------------- */

struct lived {
    uint64_t key;
    bool worker, confidential;
    uint8_t institution;
    bool declared; /* no person: the row says that it is an institution's */
};

static int by_key(const void *a, const void *b)
{
    const struct lived *x = a, *y = b;

    return x->key < y->key ? -1 : x->key > y->key;
}

static int dwelling_by_key(const void *a, const void *b)
{
    const struct keep_dwelling *x = a, *y = b;

    return x->key < y->key ? -1 : x->key > y->key;
}

void keep_load_fact_household(const struct keep_world *w, uint64_t key[4])
{
    int kept = 0;

    for (int i = 0; i < 4 && key[i]; i++) {
        struct keep_dwelling want = {.key = key[i]};
        const struct keep_dwelling *d = bsearch(&want, w->dwelling, w->dwellings, sizeof want, dwelling_by_key);
        if (!d || (d->institution == KEEP_INSTITUTION_COUNT && !d->crowded)) /* confidential: nobody who wants that has the key, others live there openly */
            key[kept++] = key[i];
    }
    while (kept < 4)
        key[kept++] = 0;
}

static size_t gather(const struct keep_load_build *b, struct lived *all)
{
    const struct keep_world *w = b->w;
    size_t n = 0;

    for (size_t i = 0; i < w->patients; i++)
        for (int j = 0; j < 4 && w->patient[i].address_key[j]; j++)
            all[n++] = (struct lived){.key = w->patient[i].address_key[j]};
    for (size_t i = 0; i < w->workers; i++)
        for (int j = 0; j < 4 && w->worker[i].address_key[j]; j++)
            all[n++] = (struct lived){.key = w->worker[i].address_key[j], .worker = true};
    for (size_t i = 0; i < b->hiddens; i++)
        all[n++] = (struct lived){.key = b->hidden[i].key, .worker = b->hidden[i].worker, .confidential = true};
    for (size_t i = 0; i < b->marks; i++)
        all[n++] = (struct lived){.key = b->marked[i].key, .institution = b->marked[i].kind, .declared = true};
    return n;
}

int keep_load_fact_dwellings(struct keep_load_build *b, struct keep_err *err)
{
    struct keep_world *w = b->w;
    size_t n, marked = 0;
    struct lived *all = malloc(((w->patients + w->workers) * 4 + b->hiddens + b->marks + 1) * sizeof *all);

    if (!all)
        return no_memory(err);
    n = gather(b, all);
    qsort(all, n, sizeof *all, by_key);
    for (int pass = 0; pass < 2; pass++) {
        if (pass == 1 && !(w->dwelling = keep_arena_array(b->a, marked + 1, sizeof *w->dwelling))) {
            free(all);
            return no_memory(err);
        }
        for (size_t i = 0, run; i < n; i += run) {
            struct keep_dwelling d = {.key = all[i].key, .institution = KEEP_INSTITUTION_COUNT};
            for (run = 0; i + run < n && all[i + run].key == d.key; run++) {
                const struct lived *l = &all[i + run];
                d.confidential |= l->confidential;
                d.institution = l->declared ? l->institution : d.institution;
                d.patients += !l->declared && !l->worker;
                d.workers += !l->declared && l->worker;
            }
            d.crowded = d.patients + d.workers > KEEP_LOAD_HOUSEHOLD;
            if (!d.crowded && !d.confidential && d.institution == KEEP_INSTITUTION_COUNT)
                continue;
            marked += pass == 0;
            if (pass == 1)
                w->dwelling[w->dwellings++] = d;
        }
    }
    free(all);
    for (size_t i = 0; w->dwellings && i < w->patients; i++)
        keep_load_fact_household(w, w->patient[i].address_key);
    for (size_t i = 0; w->dwellings && i < w->workers; i++)
        keep_load_fact_household(w, w->worker[i].address_key);
    return 0;
}
