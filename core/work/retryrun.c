/* Each item is given to the readers as a file of its own under its file's
 * name, into a strict session: what would land in quarantine again is an error
 * of that item alone, which is there already. A row of a table means nothing
 * without its header, which the keep does not have.
 *
 * Equal accesses without an id are counted over all items of one source and
 * reason, as they would have been in one file: each is there as often as a file
 * had it. Of two reasons the items may be the same row, read by two versions of a map. */
#include "core/work/retryrun.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/ingest/ingest.h"
#include "core/store/intake.h"
#include "core/store/load.h"
#include "core/store/txn.h"

struct item {
    uint64_t id;
    struct keep_str source, reason, file;
    bool taken;
};

struct run {
    struct keep_store *s;
    const struct keep_retry_params *p;
    struct keep_arena *a;
    struct item *item;
    size_t items, cap;
    /* of the source at hand */
    struct keep_intake *in;
    struct keep_sink sink;
    const struct keep_map **map;
    struct keep_zone *zone;
    bool again; /* something went to quarantine again */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int note_item(void *ctx, const struct keep_quarantined *q, struct keep_err *err)
{
    struct run *r = ctx;
    bool ok = true;
    if (r->p->source && !keep_str_is(q->source, r->p->source))
        return 0;
    if (!keep_arena_grow(r->a, &r->item, &r->cap, r->items + 1, sizeof *r->item, 256))
        return no_memory(err);
    r->item[r->items++] = (struct item){.id = q->id, .source = keep_arena_str(r->a, q->source, &ok), .reason = keep_arena_str(r->a, q->reason, &ok), .file = keep_arena_str(r->a, q->file, &ok)};
    return ok ? 0 : no_memory(err);
}

/* By source and reason, in order of coming in. */
static int by_place(const void *a, const void *b)
{
    const struct item *x = a, *y = b;
    int d = keep_str_order(x->source, y->source);
    if (d == 0)
        d = keep_str_order(x->reason, y->reason);
    return d ? d : x->id < y->id ? -1 : x->id > y->id;
}

/* ---- one item ---- */

struct given {
    struct keep_str part[2]; /* header, item */
    size_t at;
};

static int give(void *ctx, const void **p, size_t *n, struct keep_err *err)
{
    struct given *g = ctx;
    (void)err;
    while (g->at < 2 && g->part[g->at].n == 0)
        g->at++;
    if (g->at == 2)
        return 0;
    *p = g->part[g->at].p;
    *n = g->part[g->at].n;
    g->at++;
    return 1;
}

static bool is_json(struct keep_str s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!strchr(" \t\r\n", s.p[i]))
            return s.p[i] == '{';
    return false;
}

/* 0 read, with r->again when not all of it; <0 only where nothing can go on. */
static int read_item(struct run *r, const struct item *it, const char *name, struct keep_err *err)
{
    struct keep_buf bytes = KEEP_BUF_INIT;
    struct keep_input *in = NULL;
    struct keep_ingest_counts counts = {0};
    struct keep_err own = {0};
    size_t maps = r->p->packs && r->p->packs->policy ? r->p->packs->policy->maps : 0;
    r->again = false;
    int rc = keep_load_quarantine_bytes(r->s, it->id, &bytes, err);
    if (rc == 1)
        rc = keep_err_set(err, KEEP_E_INTEGRITY, "a quarantined item's bytes are gone");
    bool json = is_json(keep_buf_view(&bytes));
    if (rc == 0 && !json && r->p->header.n == 0)
        r->again = true;
    struct given g = {.part = {json ? (struct keep_str){NULL, 0} : r->p->header, keep_buf_view(&bytes)}};
    if (rc == 0 && !r->again)
        rc = keep_input_over(&in, name, (struct keep_input_giver){&g, give}, err);
    if (rc == 0 && !r->again)
        rc = keep_intake_part(r->in, it->file, err);
    if (rc == 0 && !r->again) {
        struct keep_ingest p = {.in = in, .name = name, .sink = &r->sink, .zone = r->zone, .map = r->map, .maps = maps, .map_name = r->p->map};
        rc = keep_ingest_read(&p, &counts, &own);
        if (rc == KEEP_E_INPUT || rc == KEEP_E_LIMIT || rc == KEEP_E_USAGE) { /* bad still, or no reader for it yet */
            r->again = true;
            rc = 0;
        }
        r->again = r->again || counts.items == 0;
        if (rc < 0 && err)
            *err = own;
    }
    keep_input_close(in);
    keep_buf_free(&bytes);
    return rc;
}

/* ---- a source's items, then their acts ---- */

static int zone_of(struct run *r, struct keep_str source, struct keep_err *err)
{
    struct keep_source *list;
    const char *zone = keep_store_zone(r->s);
    size_t n;
    int rc = keep_load_sources(r->s, r->a, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (keep_str_eq(list[i].name, source) && list[i].time_zone.n)
            zone = keep_arena_copy(r->a, list[i].time_zone.p, list[i].time_zone.n);
    keep_zone_free(r->zone);
    r->zone = NULL;
    return rc < 0 ? rc : zone ? keep_zone_load(&r->zone, zone, err) : no_memory(err);
}

static int record_taken(struct run *r, const struct item *it, size_t n, struct keep_retry_result *out, struct keep_err *err)
{
    uint64_t taken = 0, id;
    int rc = keep_txn_begin(r->s, KEEP_LEDGER_QUARANTINE, err);
    if (rc < 0)
        return rc;
    for (size_t i = 0; rc == 0 && i < n; i++) {
        char number[24];
        if (!it[i].taken)
            continue;
        snprintf(number, sizeof number, "%llu", (unsigned long long)it[i].id);
        struct keep_act act = {.kind = KEEP_STR("quarantine taken"), .subject = keep_str_of(number), .at = keep_store_now(r->s)};
        rc = keep_txn_act(r->s, &act, &id, err);
        taken++;
    }
    if (rc == 0 && taken)
        keep_txn_count(r->s, "taken", taken);
    rc = keep_txn_end(r->s, rc, err);
    if (rc == 0)
        out->taken += taken;
    return rc;
}

/* Those of one reason. Stopped in between, none of them is taken: the next run counts equal ones from the first on. */
static int retry_reason(struct run *r, struct item *it, size_t n, bool *stopped, struct keep_retry_result *out, struct keep_err *err)
{
    int rc = keep_intake_file(r->in, it->file, err);
    for (size_t i = 0; rc == 0 && !*stopped && i < n; i++) {
        const char *name = keep_arena_copy(r->a, it[i].file.p, it[i].file.n);
        *stopped = keep_progress_step(&r->p->progress, "items in quarantine", out->items, r->items) != 0;
        rc = !name ? no_memory(err) : *stopped ? 0 : read_item(r, &it[i], name, err);
        it[i].taken = rc == 0 && !*stopped && !r->again;
        out->items += !*stopped;
    }
    for (size_t i = 0; *stopped && i < n; i++)
        it[i].taken = false;
    return rc;
}

static int retry_source(struct run *r, struct item *it, size_t n, struct keep_retry_result *out, struct keep_err *err)
{
    struct keep_intake_counts counts;
    uint32_t id;
    bool stopped = false;
    int rc = zone_of(r, it->source, err);
    if (rc == 0)
        rc = keep_intake_source(r->s, it->source, &id, err);
    if (rc == 0)
        rc = keep_intake_begin(&r->in, r->s, id, err);
    if (rc == 0)
        keep_intake_sink(r->in, &r->sink);
    if (rc == 0)
        keep_intake_strict(r->in);
    for (size_t i = 0, end; rc == 0 && !stopped && i < n; i = end) {
        for (end = i; end < n && keep_str_eq(it[end].reason, it[i].reason);)
            end++;
        rc = retry_reason(r, it + i, end - i, &stopped, out, err);
    }
    if (rc == 0)
        rc = keep_intake_finish(r->in, &counts, err);
    keep_intake_free(r->in);
    r->in = NULL;
    if (rc == 0)
        rc = record_taken(r, it, n, out, err);
    return rc == 0 && stopped ? keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted; what was read stays in the keep, and the next run goes on from it") : rc;
}

int keep_retry_run(struct keep_store *s, const struct keep_retry_params *p, struct keep_retry_result *out, struct keep_err *err)
{
    struct run r = {.s = s, .p = p, .a = keep_arena_new(0)};
    size_t maps = p->packs && p->packs->policy ? p->packs->policy->maps : 0;
    *out = (struct keep_retry_result){0, 0};
    r.map = r.a ? keep_arena_array(r.a, maps + 1, sizeof *r.map) : NULL;
    int rc = r.map ? keep_load_quarantine(s, note_item, &r, err) : no_memory(err);
    for (size_t i = 0; rc == 0 && i < maps; i++)
        r.map[i] = &p->packs->policy->map[i];
    if (rc == 0 && r.items)
        qsort(r.item, r.items, sizeof *r.item, by_place);
    for (size_t i = 0, end; rc == 0 && i < r.items; i = end) {
        for (end = i; end < r.items && keep_str_eq(r.item[end].source, r.item[i].source);)
            end++;
        rc = retry_source(&r, r.item + i, end - i, out, err);
    }
    keep_zone_free(r.zone);
    keep_arena_free(r.a);
    return rc;
}
