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

/* Every address that somebody has, found by its digest, which spreads as it is. */
struct addresses {
    struct keep_dwelling *slot; /* key 0: free */
    size_t mask;
};

static struct keep_dwelling *address_of(struct addresses *all, uint64_t key)
{
    size_t i = key & all->mask;

    while (all->slot[i].key != 0 && all->slot[i].key != key)
        i = (i + 1) & all->mask;
    if (all->slot[i].key == 0)
        all->slot[i] = (struct keep_dwelling){.key = key, .institution = KEEP_INSTITUTION_COUNT};
    return &all->slot[i];
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

static void gather(const struct keep_load_build *b, struct addresses *all)
{
    const struct keep_world *w = b->w;

    for (size_t i = 0; i < w->patients; i++)
        for (int j = 0; j < 4 && w->patient[i].address_key[j]; j++)
            address_of(all, w->patient[i].address_key[j])->patients++;
    for (size_t i = 0; i < w->workers; i++)
        for (int j = 0; j < 4 && w->worker[i].address_key[j]; j++)
            address_of(all, w->worker[i].address_key[j])->workers++;
    for (size_t i = 0; i < b->hiddens; i++) {
        struct keep_dwelling *d = address_of(all, b->hidden[i].key);
        d->confidential = true;
        *(b->hidden[i].worker ? &d->workers : &d->patients) += 1;
    }
    for (size_t i = 0; i < b->marks; i++)
        address_of(all, b->marked[i].key)->institution = b->marked[i].kind;
}

static size_t addresses_most(const struct keep_load_build *b)
{
    const struct keep_world *w = b->w;
    size_t n = b->hiddens + b->marks;

    for (size_t i = 0; i < w->patients; i++)
        for (int j = 0; j < 4 && w->patient[i].address_key[j]; j++)
            n++;
    for (size_t i = 0; i < w->workers; i++)
        for (int j = 0; j < 4 && w->worker[i].address_key[j]; j++)
            n++;
    return n;
}

int keep_load_fact_dwellings(struct keep_load_build *b, struct keep_err *err)
{
    struct keep_world *w = b->w;
    size_t most = addresses_most(b), marked = 0;
    struct addresses all = {NULL, 1};

    while (all.mask < 2 * most) /* at most half full */
        all.mask = all.mask * 2 + 1;
    if (!(all.slot = calloc(all.mask + 1, sizeof *all.slot)))
        return no_memory(err);
    gather(b, &all);
    for (size_t i = 0; i <= all.mask; i++) {
        struct keep_dwelling d = all.slot[i];
        d.crowded = d.patients + d.workers > KEEP_LOAD_HOUSEHOLD;
        if (d.crowded || d.confidential || (d.key && d.institution != KEEP_INSTITUTION_COUNT))
            all.slot[marked++] = d; /* what is behind i is not touched */
    }
    if (!(w->dwelling = keep_arena_array(b->a, marked + 1, sizeof *w->dwelling))) {
        free(all.slot);
        return no_memory(err);
    }
    memcpy(w->dwelling, all.slot, marked * sizeof *w->dwelling);
    w->dwellings = marked;
    free(all.slot);
    qsort(w->dwelling, marked, sizeof *w->dwelling, dwelling_by_key);
    for (size_t i = 0; w->dwellings && i < w->patients; i++)
        keep_load_fact_household(w, w->patient[i].address_key);
    for (size_t i = 0; w->dwellings && i < w->workers; i++)
        keep_load_fact_household(w, w->worker[i].address_key);
    return 0;
}
