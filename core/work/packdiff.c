/* Each run is reduced to what can move before the next begins, so that one
 * engine's memory is held at a time. Ids are digests of what a set or a finding
 * is about, the same under either set of packs. */
#include "core/work/packdiff.h"

#include <stdlib.h>
#include <string.h>

#include "core/work/auditrun.h"
#include "core/work/dates.h"

const char *keep_packdiff_word(enum keep_packdiff_move m)
{
    static const char *const word[] = {
#define X(name, text) text,
        KEEP_PACKDIFF_MOVES(X)
#undef X
    };
    return word[m];
}

struct item {
    uint8_t id[16];
    struct keep_str series;
    struct keep_packdiff_side side;
};

struct items {
    struct item *item;
    size_t n;
};

static int by_id(const void *a, const void *b)
{
    return memcmp(((const struct item *)a)->id, ((const struct item *)b)->id, 16);
}

static int make(struct items *to, size_t n, struct keep_arena *a, struct keep_err *err)
{
    to->item = keep_arena_array(a, n + 1, sizeof *to->item);
    return to->item ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

struct sides {
    struct keep_packdiff *out;
    struct keep_store *store;
    keep_date as_of;
    int (*progress)(void *ctx, uint64_t done, uint64_t total);
    void *ctx;
    struct keep_arena *arena;
};

static int sets_of(struct sides *x, const struct keep_packs *packs, int which, struct items *to, struct keep_err *err)
{
    static const struct keep_dates_some everybody = {.derived = true};
    struct keep_dates d = {0};
    const struct keep_policy *p = packs->policy;
    int rc = keep_dates_run_some(&d, x->store, packs, x->as_of, &everybody, err);
    if (rc == 0)
        rc = make(to, d.result.sets, x->arena, err);
    for (size_t i = 0; rc == 0 && i < d.result.sets; i++) {
        const struct keep_set *s = &d.result.set[i];
        struct item *it = &to->item[to->n++];
        *it = (struct item){.series = p->series[s->series].id, .side = {.kind = s->kind, .until = s->keep_until}};
        memcpy(it->id, s->id, 16);
        if (s->rule >= 0)
            it->side.rule = p->retention[s->rule].id;
    }
    x->out->sets[which] = to->n;
    keep_dates_free(&d);
    return rc;
}

static int cases_of(struct sides *x, const struct keep_packs *packs, int which, struct items *to, struct keep_err *err)
{
    struct keep_auditrun *r = keep_arena_array(x->arena, 1, sizeof *r);
    bool ok = true;
    if (!r)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    int rc = keep_auditrun_open(r, x->store, packs, KEEP_TIME_NONE, (struct keep_str){NULL, 0}, err);
    if (rc == 0) {
        r->in.progress = x->progress;
        r->in.progress_ctx = x->ctx;
        rc = keep_auditrun_run(r, err);
    }
    if (rc == 0)
        rc = make(to, r->result.case_n, x->arena, err);
    for (size_t i = 0; rc == 0 && i < r->result.case_n; i++) {
        const struct keep_case *k = &r->result.cases[i];
        struct item *it = &to->item[to->n++];
        *it = (struct item){.side = {.score = k->score, .rule = keep_arena_str(x->arena, k->rule, &ok)}};
        memcpy(it->id, k->id, 16);
    }
    x->out->cases[which] = to->n;
    if (rc == 0)
        memcpy(x->out->verdicts[which], r->result.verdicts, sizeof r->result.verdicts);
    keep_auditrun_free(r);
    return rc == 0 && !ok ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : rc;
}

/* ---- what moved ---- */

/* -1: nothing. */
static int set_move(const struct keep_packdiff_side *b, const struct keep_packdiff_side *a)
{
    if (b->kind == KEEP_UNTIL_UNKNOWN || a->kind == KEEP_UNTIL_UNKNOWN)
        return b->kind == a->kind ? -1 : a->kind == KEEP_UNTIL_UNKNOWN ? KEEP_PACKDIFF_UNDETERMINED : KEEP_PACKDIFF_DETERMINED;
    bool forever = b->kind == KEEP_UNTIL_PERMANENT, now = a->kind == KEEP_UNTIL_PERMANENT;
    if (forever != now)
        return now ? KEEP_PACKDIFF_LATER : KEEP_PACKDIFF_EARLIER;
    if (!now && b->until != a->until)
        return a->until > b->until ? KEEP_PACKDIFF_LATER : KEEP_PACKDIFF_EARLIER;
    return keep_str_eq(b->rule, a->rule) ? -1 : KEEP_PACKDIFF_RULE;
}

static int move_of(bool set, const struct item *b, const struct item *a)
{
    if (!b || !a)
        return b ? KEEP_PACKDIFF_REMOVED : KEEP_PACKDIFF_ADDED;
    return set ? set_move(&b->side, &a->side) : b->side.score == a->side.score ? -1 : KEEP_PACKDIFF_SCORE;
}

static void meet(struct keep_packdiff *out, struct keep_packdiff_row *row, bool set, struct items *b, struct items *a)
{
    size_t i = 0, k = 0;
    qsort(b->item, b->n, sizeof *b->item, by_id);
    qsort(a->item, a->n, sizeof *a->item, by_id);
    while (i < b->n || k < a->n) {
        int d = i == b->n ? 1 : k == a->n ? -1 : by_id(&b->item[i], &a->item[k]);
        const struct item *x = d <= 0 ? &b->item[i++] : NULL, *y = d >= 0 ? &a->item[k++] : NULL, *any = x ? x : y;
        int move = move_of(set, x, y);
        if (move < 0)
            continue;
        out->moves[set][move]++;
        struct keep_packdiff_row *r = &row[out->rows++];
        *r = (struct keep_packdiff_row){.set = set, .move = (enum keep_packdiff_move)move, .series = any->series};
        memcpy(r->id, any->id, 16);
        if (x)
            r->before = x->side;
        if (y)
            r->after = y->side;
    }
}

int keep_packdiff_run(struct keep_packdiff *out, struct keep_store *s, const struct keep_packs *before, const struct keep_packs *after, keep_date as_of,
                      int (*progress)(void *ctx, uint64_t done, uint64_t total), void *ctx, struct keep_arena *a, struct keep_err *err)
{
    const struct keep_packs *packs[2] = {before, after};
    struct items sets[2] = {{0}}, cases[2] = {{0}};
    struct sides x = {out, s, as_of, progress, ctx, a};
    int rc = 0;
    *out = (struct keep_packdiff){.rows = 0};
    for (int i = 0; rc == 0 && i < 2; i++)
        rc = sets_of(&x, packs[i], i, &sets[i], err);
    for (int i = 0; rc == 0 && i < 2; i++)
        rc = cases_of(&x, packs[i], i, &cases[i], err);
    struct keep_packdiff_row *row = rc == 0 ? keep_arena_array(a, sets[0].n + sets[1].n + cases[0].n + cases[1].n + 1, sizeof *row) : NULL;
    if (rc == 0 && !row)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0) {
        meet(out, row, true, &sets[0], &sets[1]);
        meet(out, row, false, &cases[0], &cases[1]);
        out->row = row;
    }
    return rc;
}
