/* Packages are filled with whole sets, patient by patient and in the plan's order,
 * until the next set does not fit. A set that is larger than a package fills some
 * of its own. The same sets make the same parts, so that a run that died is found
 * again by what its package was to hold; who is archived already is passed over.
 *
 * Records are counted before they are packed: how small a package will be is known
 * only when it is made, and a limit that depended on it would put the same set into
 * different packages. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "core/crypto/hash.h"
#include "core/store/load.h"
#include "core/store/sets.h"
#include "core/work/gates.h"
#include "core/work/sealrun_inside.h"
#include "core/work/setpacks.h"

struct looking {
    const struct keep_sealing *se;
    const struct keep_setpacks *packs;
};

/* 1: it is not in the folder. */
static int each_package(void *ctx, size_t pack, struct keep_err *err)
{
    const struct looking *l = ctx;
    struct stat file;
    char name[KEEP_SETPACKS_ID + 8];
    (void)err;
    snprintf(name, sizeof name, "%s.tar", l->packs->pack[pack].id);
    return fstatat(l->se->dirfd, name, &file, 0) != 0;
}

/* 1: the set was archived, and each of its packages lies in this folder. One that was lost is sealed again, as long as its records are here. */
static int packages_are_here(struct keep_sealing *se, const struct keep_setpacks *packs, const struct keep_set *set, struct keep_err *err)
{
    struct looking l = {se, packs};
    struct keep_set_state st;
    int rc = keep_sets_get(se->s, set->id, se->a, &st, err);
    if (rc != 0 || st.package.n == 0)
        return rc < 0 ? rc : 0;
    rc = keep_setpacks_of(packs, st.package, set->records, each_package, &l, err);
    return rc < 0 ? rc : !rc;
}

int keep_sealparts_choose(struct keep_sealing *se, struct keep_sealrun_result *out, struct keep_err *err)
{
    const struct keep_plan *plan = se->p->plan;
    struct keep_gates gates = {NULL, 0};
    struct keep_setpacks packs = {NULL, 0};
    const char *unmet = NULL;
    keep_date today;
    int rc = keep_dates_today(se->s, &today, err);
    if (rc == 0)
        rc = keep_dates_run(&se->d, se->s, se->p->adopted, today, NULL, NULL, err);
    if (rc < 0)
        return rc;
    se->set = keep_arena_array(se->a, plan->sets + 1, sizeof *se->set);
    se->reason = keep_arena_array(se->a, plan->sets + 1, sizeof *se->reason);
    if (!se->set || !se->reason)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    keep_planrun_match(plan, &se->d, today, se->set, se->reason, se->a);
    rc = keep_gates_load(&gates, se->s, plan, se->a, err);
    if (rc == 0)
        rc = keep_setpacks_load(&packs, se->s, plan, se->a, err);
    for (size_t i = 0; rc == 0 && i < plan->sets; i++) {
        const struct keep_set *set = se->set[i];
        int here = set && set->status == KEEP_SET_ARCHIVED ? packages_are_here(se, &packs, set, err) : 0;
        if (here < 0)
            return here;
        if (here) {
            se->set[i] = NULL, se->reason[i] = KEEP_SEALRUN_BEFORE;
        } else if (set && plan->set[i].action != KEEP_ACT_ARCHIVE) {
            se->set[i] = NULL, se->reason[i] = KEEP_SEALRUN_UNPACKED;
        } else if (!set || (unmet = keep_gates_unmet(&gates, &plan->set[i], KEEP_DATE_NONE, se->a))) { /* lead times are counted at disposal */
            if (set)
                se->set[i] = NULL, se->reason[i] = unmet;
            out->left++;
        } else {
            out->sets++;
            se->total += set->records;
        }
    }
    out->reason = se->reason;
    return rc;
}

/* ---- sizes and order ---- */

static int by_record(const void *a, const void *b)
{
    const struct keep_sealparts_place *x = a, *y = b;
    return x->record < y->record ? -1 : x->record > y->record;
}

const struct keep_sealparts_place *keep_sealparts_find(const struct keep_sealpart *part, uint64_t record)
{
    return bsearch(&(struct keep_sealparts_place){.record = record}, part->place, part->places, sizeof *part->place, by_record);
}

/* Index of a source in the world, or how many there are. */
static uint32_t source_of(const struct keep_world *w, uint32_t id)
{
    uint32_t i = 0;
    while (i < w->sources && w->source[i].id != id)
        i++;
    return i;
}

/* Each record of the chosen sets, ascending, with its size and its turn. */
static int weigh(struct keep_sealing *se, struct keep_sealparts_place *all, struct keep_err *err)
{
    struct keep_load_records *open = NULL;
    struct keep_sealpart whole = {.place = all, .places = se->total};
    struct keep_record_scan scan;
    struct keep_record rec;
    uint64_t turn = 0;
    uint32_t source = 0;
    int more = 0;
    se->in_keep = keep_arena_array(se->a, se->d.world.sources + 1, sizeof *se->in_keep);
    if (!se->in_keep)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_load_records_open(&open, se->s, &se->d.world, &scan, err);
    while (rc == 0 && (more = scan.next(scan.ctx, &rec, err)) == 1) {
        struct keep_sealparts_place *at = (struct keep_sealparts_place *)keep_sealparts_find(&whole, rec.id);
        if (source == se->d.world.sources || se->d.world.source[source].id != rec.source) /* the last one's, most times */
            source = source_of(&se->d.world, rec.source);
        se->in_keep[source] += !rec.destroyed;
        if (!at)
            continue;
        at->size = rec.size;
        at->source = source;
        at->turn = ++turn;
    }
    keep_load_records_close(open);
    if (rc == 0 && more < 0)
        rc = more;
    if (rc == 0 && turn != se->total)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "the sets hold %llu records, %llu were found", (unsigned long long)se->total, (unsigned long long)turn);
    return rc;
}

/* ---- parts ---- */

struct dividing {
    struct keep_sealing *se;
    struct keep_sealparts_place *place; /* of all parts, one behind the other */
    size_t used, room;                  /* of place; of se->part */
};

static struct keep_sealpart *open_part(struct dividing *d)
{
    struct keep_sealing *se = d->se;
    if (!keep_arena_grow(se->a, &se->part, &d->room, se->parts + 1, sizeof *se->part, 16))
        return NULL;
    struct keep_sealpart *part = &se->part[se->parts++];
    *part = (struct keep_sealpart){.place = d->place + d->used};
    return part;
}

static bool full(const struct keep_sealing *se, const struct keep_sealpart *part, size_t records, uint64_t octets)
{
    return part->places > 0 && (part->places + records > se->p->max_records || part->octets + octets > se->p->max_octets);
}

static void put(struct dividing *d, struct keep_sealpart *part, const struct keep_sealparts_place *place)
{
    d->place[d->used++] = *place;
    part->places++;
    part->octets += place->size;
}

/* The n records of a set. */
static int add_set(struct dividing *d, const struct keep_sealparts_place *const *of, size_t n)
{
    struct keep_sealing *se = d->se;
    struct keep_sealpart *part = se->parts ? &se->part[se->parts - 1] : NULL;
    uint64_t octets = 0;
    for (size_t i = 0; i < n; i++)
        octets += of[i]->size;
    bool split = n > se->p->max_records || (octets > se->p->max_octets && n > 1);
    if ((!part || part->split || split || full(se, part, n, octets)) && !(part = open_part(d)))
        return -1;
    part->split = split;
    part->sets++;
    for (size_t i = 0; i < n; i++) {
        if (split && full(se, part, 1, of[i]->size)) {
            if (!(part = open_part(d)))
                return -1;
            part->split = true;
            part->sets = 1;
        }
        put(d, part, of[i]);
    }
    part->last = true;
    return 0;
}

static int by_turn(const void *a, const void *b)
{
    const struct keep_sealparts_place *x = a, *y = b;
    return x->turn < y->turn ? -1 : x->turn > y->turn;
}

/* Digest over its records in their order, then the places in the order that they are looked for by. */
static int finish(struct keep_sealing *se, struct keep_sealpart *part, struct keep_err *err)
{
    struct keep_buf b = KEEP_BUF_INIT;
    qsort(part->place, part->places, sizeof *part->place, by_turn);
    keep_buf_add(&b, se->plan, sizeof se->plan);
    for (size_t i = 0; i < part->places; i++) {
        keep_buf_add(&b, se->set[part->place[i].set]->id, 16);
        keep_buf_u64(&b, part->place[i].record);
    }
    keep_hash_blake2b(part->digest, b.p, b.n);
    qsort(part->place, part->places, sizeof *part->place, by_record);
    int rc = b.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : 0;
    keep_buf_free(&b);
    return rc;
}

struct ordered { /* a chosen set, by patient and place in the plan */
    uint32_t patient, set;
};

static int by_patient(const void *a, const void *b)
{
    const struct ordered *x = a, *y = b;
    return x->patient != y->patient ? (x->patient < y->patient ? -1 : 1) : x->set < y->set ? -1 : x->set > y->set;
}

static int fill(struct dividing *d, const struct keep_sealparts_place *all, struct keep_err *err)
{
    struct keep_sealing *se = d->se;
    const struct keep_sealpart whole = {.place = (struct keep_sealparts_place *)all, .places = se->total};
    struct ordered *order = keep_arena_array(se->a, se->p->plan->sets + 1, sizeof *order);
    const struct keep_sealparts_place **of = keep_arena_array(se->a, se->total + 1, sizeof *of);
    size_t sets = 0;
    if (!order || !of)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < se->p->plan->sets; i++)
        if (se->set[i])
            order[sets++] = (struct ordered){se->set[i]->patient, i};
    qsort(order, sets, sizeof *order, by_patient);
    for (size_t i = 0; i < sets; i++) {
        const struct keep_set *set = se->set[order[i].set];
        for (size_t k = 0; k < set->records; k++)
            of[k] = keep_sealparts_find(&whole, set->record[k]);
        if (add_set(d, of, set->records) < 0)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    int rc = 0;
    for (size_t i = 0; rc == 0 && i < se->parts; i++)
        rc = finish(se, &se->part[i], err);
    return rc;
}

int keep_sealparts_divide(struct keep_sealing *se, struct keep_err *err)
{
    struct keep_sealparts_place *all = keep_arena_array(se->a, se->total + 1, sizeof *all);
    struct dividing d = {.se = se, .place = keep_arena_array(se->a, se->total + 1, sizeof *d.place)};
    size_t n = 0;
    if (!all || !d.place)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (uint32_t i = 0; i < se->p->plan->sets; i++)
        for (size_t k = 0; se->set[i] && k < se->set[i]->records; k++)
            all[n++] = (struct keep_sealparts_place){.record = se->set[i]->record[k], .set = i};
    qsort(all, n, sizeof *all, by_record);
    int rc = weigh(se, all, err);
    return rc == 0 ? fill(&d, all, err) : rc;
}
