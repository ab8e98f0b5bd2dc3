/* One pass over people, relations and encounters in memory, one over records,
 * one over the log. Days with rows are marked in a bitmap a class (of the log:
 * hours), from which first, last, median distance and gaps follow. */
#include "core/work/coverage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/audit/logged.h"
#include "core/base/zone.h"
#include "core/model/class.h"
#include "core/model/codetable.h"
#include "core/store/holdings.h"
#include "core/store/load.h"
#include "core/work/coverage_count.h"
#include "core/work/importrun.h"

#define EPOCH_DAYS (-43829)  /* 1850-01-01: older care has no exact days */
#define DAYS 110000          /* through the year 2151 */
#define EPOCH_HOURS 0        /* 1970: no log is older */
#define HOURS (47482 * 24)   /* to the year 2100 */
#define ENCOUNTER KEEP_RELATION_COUNT /* slots of a source: relations by kind, encounters, the log, people by kind, records by kind (a term) */
#define LOG (ENCOUNTER + 1)
#define PEOPLE (LOG + 1)
#define DUTY (PEOPLE + KEEP_ENTITY_COUNT) /* what was planned for workers, what they were trained in */
#define TRAINING (DUTY + 1)
#define SLOTS (TRAINING + 1)
#define EVERY 65536          /* rows between two words of progress */

/* A class while it is gathered. */
struct gathered {
    struct keep_str name;
    uint8_t *mark; /* bits: days or hours with rows */
    uint64_t rows;
    keep_date first, last;
};

struct gather {
    struct keep_coverage *c;
    const struct keep_coverage_params *p;
    const struct keep_zone *zone;
    struct gathered **slot; /* of each source, SLOTS + terms */
    uint64_t seen;
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static int step(struct gather *g, const char *what, uint64_t total, struct keep_err *err)
{
    if (g->seen++ % EVERY || !g->p->progress || g->p->progress(g->p->ctx, what, g->seen - 1, total) == 0)
        return 0;
    return keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
}

/* Index of a source id in the world; sources is small. */
static size_t source_at(const struct keep_world *w, uint32_t id)
{
    for (size_t i = 0; i < w->sources; i++)
        if (w->source[i].id == id)
            return i;
    return w->sources;
}

static struct gathered *class_of(struct gather *g, uint32_t source, size_t slot, struct keep_str name)
{
    struct keep_arena *a = g->c->arena;
    size_t at = source_at(&g->c->world, source);
    if (at == g->c->world.sources)
        return NULL;
    if (!g->slot[at] && !(g->slot[at] = keep_arena_array(a, SLOTS + g->c->world.terms, sizeof *g->slot[at])))
        return NULL;
    struct gathered *k = &g->slot[at][slot];
    if (!k->name.p) {
        bool ok = true;
        k->name = keep_arena_str(a, name, &ok);
        k->first = k->last = KEEP_DATE_NONE;
        k->mark = ok ? keep_arena_alloc(a, slot == LOG ? HOURS / 8 : DAYS / 8) : NULL;
        if (!k->mark)
            k->name.p = NULL;
    }
    return k->mark ? k : NULL;
}

static void mark(struct gathered *k, int64_t at, int64_t limit)
{
    if (at >= 0 && at < limit)
        k->mark[at / 8] |= (uint8_t)(1u << at % 8);
}

/* A row of care from `first` through `last`; it counts for its last day. */
static void add_days(struct gathered *k, keep_date first, keep_date last)
{
    k->rows++;
    if (last == KEEP_DATE_NONE)
        last = first;
    if (first == KEEP_DATE_NONE)
        first = last;
    if (last == KEEP_DATE_NONE)
        return;
    if (k->first == KEEP_DATE_NONE || first < k->first)
        k->first = first;
    if (k->last == KEEP_DATE_NONE || last > k->last)
        k->last = last;
    mark(k, (int64_t)last - EPOCH_DAYS, DAYS);
}

/* ---- people, relations, encounters ---- */

static int gather_world(struct gather *g, struct keep_err *err)
{
    struct keep_coverage *c = g->c;
    const struct keep_world *w = &c->world;
    struct gathered *k;
    char name[64];
    int rc = 0;
    keep_coverage_count_accounts(c);
    keep_coverage_count_patients(c);
    for (size_t i = 0; i < w->facilities; i++) {
        keep_coverage_count_field(c, KEEP_FIELD_facility_name, w->facility[i].name.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_facility_type, w->facility[i].type.n > 0);
        keep_coverage_count_field(c, KEEP_FIELD_facility_state, w->facility[i].state.n > 0);
    }
    for (size_t i = 0; rc == 0 && i < w->relations; i++) {
        const struct keep_relation *r = &w->relation[i];
        snprintf(name, sizeof name, "%s relation", keep_vocab_relation_kind_word(r->kind));
        c->relation[r->kind]++;
        if (!(k = class_of(g, r->source, r->kind, keep_str_of(name))))
            return no_memory(err);
        add_days(k, r->from == KEEP_TIME_NONE ? KEEP_DATE_NONE : keep_zone_date(g->zone, r->from), KEEP_DATE_NONE);
        rc = step(g, "relations", w->relations, err);
    }
    for (size_t i = 0; rc == 0 && i < w->encounters; i++) {
        const struct keep_encounter *e = &w->encounter[i];
        c->day[KEEP_COVERAGE_DISCHARGE].all++;
        c->day[KEEP_COVERAGE_DISCHARGE].known += e->end_date != KEEP_DATE_NONE;
        if (!(k = class_of(g, e->source, ENCOUNTER, KEEP_STR("encounter"))))
            return no_memory(err);
        add_days(k, e->start_date, e->start_date);
        keep_coverage_count_encounter(c, e);
        rc = step(g, "encounters", w->encounters, err);
    }
    for (size_t i = 0; rc == 0 && i < w->duties; i++) {
        if (!(k = class_of(g, w->duty[i].source, DUTY, KEEP_STR("duty roster"))))
            return no_memory(err);
        add_days(k, w->duty[i].from == KEEP_TIME_NONE ? KEEP_DATE_NONE : keep_zone_date(g->zone, w->duty[i].from), KEEP_DATE_NONE);
        rc = step(g, "duties", w->duties, err);
    }
    for (size_t i = 0; rc == 0 && i < w->trainings; i++) {
        if (!(k = class_of(g, w->training[i].source, TRAINING, KEEP_STR("training"))))
            return no_memory(err);
        add_days(k, w->training[i].completed, KEEP_DATE_NONE);
        rc = step(g, "trainings", w->trainings, err);
    }
    for (size_t i = 0; i < w->contacts; i++) {
        if (!(k = class_of(g, w->contact[i].source, PEOPLE + KEEP_ENTITY_CONTACT, keep_str_of(keep_vocab_entity_word(KEEP_ENTITY_CONTACT)))))
            return no_memory(err);
        k->rows++;
    }
    for (size_t i = 0; i < w->sources; i++) {
        keep_coverage_count_field(c, KEEP_FIELD_source_name, true);
        c->complete = c->complete || (w->source[i].declared && w->source[i].complete);
    }
    return rc;
}

/* ---- records ---- */

static int gather_records(struct gather *g, struct keep_store *s, struct keep_err *err)
{
    struct keep_load_records *rec = NULL;
    struct keep_record_scan scan;
    struct keep_record r;
    struct keep_coverage *c = g->c;
    int rc = keep_load_records_open(&rec, s, &c->world, &scan, err);
    while (rc == 0 && (rc = scan.next(scan.ctx, &r, err)) == 1) {
        size_t at = source_at(&c->world, r.source);
        rc = step(g, "records", 0, err);
        if (rc < 0 || r.destroyed || at == c->world.sources)
            continue;
        struct keep_str kind = r.kind < c->world.terms ? c->world.term[r.kind] : (struct keep_str){NULL, 0};
        struct gathered *k = class_of(g, r.source, SLOTS + (r.kind < c->world.terms ? r.kind : 0), kind.n ? kind : KEEP_STR("unnamed"));
        if (!k) {
            rc = no_memory(err);
            break;
        }
        bool care = r.service_first != KEEP_DATE_NONE || r.service_last != KEEP_DATE_NONE;
        add_days(k, care ? r.service_first : r.created, care ? r.service_last : r.created);
        c->tables = c->tables || keep_coverage_count_is(c, &r, KEEP_CODETABLE_RECORD);
        if (keep_coverage_count_is(c, &r, "Claim") || keep_coverage_count_is(c, &r, "claim"))
            keep_coverage_count_claim(c, &r);
        keep_coverage_count_record(c, &r, r.codes > 0 || c->world.source[at].codes_complete);
    }
    keep_load_records_close(rec);
    for (int f = KEEP_FIELD_claim_not_valid; !c->tables && f < KEEP_FIELD_claim_repeated; f++)
        c->field[f].known = 0;
    c->day[0] = c->field[KEEP_FIELD_record_service_date];
    c->day[1] = c->field[KEEP_FIELD_record_created_date];
    for (int d = 0; d < KEEP_DAY_COUNT; d++)
        c->day[KEEP_COVERAGE_OTHER + d] = c->field[KEEP_FIELD_record_signed_date + d];
    return rc < 0 ? rc : 0;
}

/* ---- the log ---- */

static int gather_log(struct gather *g, struct keep_store *s, struct keep_err *err)
{
    struct keep_load_events *e = NULL;
    struct keep_event_scan scan;
    struct keep_events b;
    uint64_t total = keep_load_events_count(s), done = 0;
    int rc = keep_load_events_open(&e, s, &g->c->world, &scan, err);
    while (rc == 0 && (rc = scan.next(scan.ctx, &b, err)) == 1) {
        struct gathered *k = class_of(g, b.source, LOG, KEEP_STR(KEEP_CLASS_LOG));
        rc = 0;
        if (g->p->progress && g->p->progress(g->p->ctx, "accesses", done, total))
            rc = keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
        else if (!k)
            rc = no_memory(err);
        for (uint32_t i = 0; rc == 0 && i < b.n; i++) {
            int64_t hour = b.time[i] / (3600 * KEEP_USEC);
            keep_date day = (keep_date)(hour / 24);
            if (b.time[i] < 0)
                continue;
            if (k->first == KEEP_DATE_NONE || day < k->first)
                k->first = day;
            if (k->last == KEEP_DATE_NONE || day > k->last)
                k->last = day;
            mark(k, hour - EPOCH_HOURS, HOURS);
        }
        if (k)
            k->rows += b.n;
        done += b.n;
        keep_coverage_count_events(g->c, &b);
    }
    keep_load_events_close(e);
    return rc < 0 ? rc : 0;
}

/* How long accounts lay still is known of days over which a log is declared whole. */
static void count_idle(struct gather *g)
{
    struct keep_coverage *c = g->c;
    bool known = false;
    for (size_t i = 0; i < c->world.sources && !known; i++) {
        const struct keep_source *s = &c->world.source[i];
        const struct gathered *log = g->slot[i] ? &g->slot[i][LOG] : NULL;
        keep_date day = log && s->from != KEEP_DATE_NONE && s->from > log->first ? s->from : log ? log->first : KEEP_DATE_NONE;
        known = log && log->rows && day <= log->last && keep_logged_whole(&c->world, s->id, day, day);
    }
    for (size_t i = 0; i < c->world.accounts; i++)
        keep_coverage_count_field(c, KEEP_FIELD_user_idle_days, known);
}

/* ---- what follows ---- */

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

static bool marked(const uint8_t *m, size_t i)
{
    return m[i / 8] >> i % 8 & 1;
}

/* The median of the distances around one, itself left out. */
static uint32_t usual_at(const uint32_t *distance, size_t n, size_t at)
{
    uint32_t near[2 * KEEP_COVERAGE_AROUND];
    size_t m = 0;
    for (size_t i = at > KEEP_COVERAGE_AROUND ? at - KEEP_COVERAGE_AROUND : 0; i < n && i <= at + KEEP_COVERAGE_AROUND; i++)
        if (i != at)
            near[m++] = distance[i];
    qsort(near, m, sizeof *near, by_size);
    return m ? near[m / 2] : 0;
}

/* distance[i]: from marked[i] to the next one. 1: a gap, with how far apart rows usually are there. */
static int is_gap(const struct keep_coverage_class *k, const uint32_t *distance, size_t n, size_t i, uint32_t *usual)
{
    uint32_t floor = k->log ? KEEP_COVERAGE_HOURS : KEEP_COVERAGE_DAYS, empty = distance[i] - 1;
    if (empty <= floor)
        return 0;
    *usual = usual_at(distance, n, i);
    return empty > *usual * KEEP_COVERAGE_TIMES;
}

static int find_gaps(struct keep_coverage *c, struct keep_coverage_class *k, const uint8_t *m, struct keep_err *err)
{
    size_t limit = k->log ? HOURS : DAYS, n = 0, gaps = 0;
    int64_t unit = (k->log ? 3600 : 86400) * KEEP_USEC, epoch = k->log ? EPOCH_HOURS : EPOCH_DAYS;
    uint32_t usual;
    for (size_t i = 0; i < limit; i++)
        n += m[i / 8] && marked(m, i);
    if (n < KEEP_COVERAGE_LEAST)
        return 0;
    uint32_t *at = malloc(2 * n * sizeof *at), *distance = at + n;
    if (!at)
        return no_memory(err);
    n = 0;
    for (size_t i = 0; i < limit; i++)
        if (m[i / 8] && marked(m, i))
            at[n++] = (uint32_t)i;
    for (size_t i = 0; i + 1 < n; i++)
        distance[i] = at[i + 1] - at[i];
    for (size_t i = 0; i + 1 < n; i++)
        gaps += (size_t)is_gap(k, distance, n - 1, i, &usual);
    struct keep_coverage_gap *gap = gaps ? keep_arena_array(c->arena, gaps, sizeof *gap) : NULL;
    for (size_t i = 0; gap && i + 1 < n; i++)
        if (is_gap(k, distance, n - 1, i, &usual))
            gap[k->gaps++] = (struct keep_coverage_gap){((int64_t)at[i] + 1 + epoch) * unit, ((int64_t)at[i + 1] - 1 + epoch) * unit, distance[i] - 1, usual};
    free(at);
    k->gap = gap;
    return gaps && !gap ? no_memory(err) : 0;
}

static enum keep_coverage_claim claim_of(const struct keep_source *s, struct keep_str name, bool own_class)
{
    if (!s->declared)
        return KEEP_COVERAGE_UNSAID;
    if (s->all_classes || keep_class_written(s, name).n)
        return KEEP_COVERAGE_ATTESTED;
    return own_class ? KEEP_COVERAGE_NOT_ATTESTED : KEEP_COVERAGE_UNSAID;
}

/* gaps: look for them; facts that records bring have the gaps of their records. */
static int add_class(struct keep_coverage *c, size_t source, const struct gathered *k, size_t slot, bool gaps, size_t *cap, struct keep_err *err)
{
    if (!keep_arena_grow(c->arena, &c->klass, cap, c->classes + 1, sizeof *c->klass, 64))
        return no_memory(err);
    bool log = slot == LOG, own = log || slot >= SLOTS;
    struct keep_coverage_class *out = &c->klass[c->classes++];
    *out = (struct keep_coverage_class){.source = source, .name = k->name, .log = log, .claim = k->rows ? claim_of(&c->world.source[source], k->name, own) : KEEP_COVERAGE_MISSING,
                                        .rows = k->rows, .first = k->first, .last = k->last};
    return k->mark && (own || gaps) ? find_gaps(c, out, k->mark, err) : 0;
}

/* Classes of one source: records, then the log, then facts; last what it attests and does not have. */
static int list_classes(struct gather *g, size_t source, size_t *cap, struct keep_err *err)
{
    struct keep_coverage *c = g->c;
    const struct gathered *slot = g->slot[source];
    const struct keep_source *s = &c->world.source[source];
    size_t slots = SLOTS + c->world.terms, begin = c->classes;
    bool records = false;
    int rc = 0;
    for (size_t i = SLOTS; slot && i < slots; i++)
        records = records || slot[i].rows;
    for (size_t i = 0; slot && rc == 0 && i < slots; i++) {
        size_t at = (i + SLOTS) % slots;
        if (slot[at].name.p)
            rc = add_class(c, source, &slot[at], at, !records, cap, err);
    }
    for (size_t i = 0; rc == 0 && i < s->classes; i++) {
        bool there = false;
        for (size_t k = begin; k < c->classes; k++)
            there = there || keep_class_same(c->klass[k].name, s->klass[i]);
        if (!there)
            rc = add_class(c, source, &(struct gathered){.name = s->klass[i], .first = KEEP_DATE_NONE, .last = KEEP_DATE_NONE}, SLOTS, false, cap, err);
    }
    return rc;
}

static int add_people(void *ctx, const struct keep_holdings_row *row, struct keep_err *err)
{
    struct gather *g = ctx;
    if (row->kind == KEEP_ENTITY_CONTACT) /* rows of patients; the persons were counted in the world */
        return 0;
    struct gathered *k = class_of(g, row->source, PEOPLE + (size_t)row->kind, keep_str_of(keep_vocab_entity_word((int)row->kind)));
    if (!k)
        return no_memory(err);
    k->rows = row->n;
    return 0;
}

static int add_source(void *ctx, const struct keep_holdings_source *row, struct keep_err *err)
{
    struct keep_coverage *c = ctx;
    size_t at = source_at(&c->world, row->source);
    (void)err;
    if (at < c->world.sources) {
        c->source[at].quarantined = row->quarantined;
        c->source[at].latest = row->latest;
    }
    return 0;
}

static int gather_all(struct gather *g, struct keep_store *s, struct keep_err *err)
{
    struct keep_coverage *c = g->c;
    size_t cap = 0;
    int rc = keep_holdings_people(s, add_people, g, err);
    if (rc == 0)
        rc = keep_holdings_sources(s, add_source, c, err);
    if (rc == 0)
        rc = gather_world(g, err);
    if (rc == 0)
        rc = gather_records(g, s, err);
    if (rc == 0)
        rc = gather_log(g, s, err);
    if (rc == 0)
        count_idle(g);
    for (size_t i = 0; rc == 0 && i < c->world.sources; i++)
        rc = list_classes(g, i, &cap, err);
    if (rc == 0 && g->p->packs && g->p->packs->policy)
        rc = keep_coverage_rules(c, g->p->packs->policy, err);
    return rc;
}

int keep_coverage_run(struct keep_coverage *out, struct keep_store *s, const struct keep_coverage_params *p, struct keep_err *err)
{
    struct keep_zone *zone = NULL;
    struct gather g = {.c = out, .p = p};
    memset(out, 0, sizeof *out);
    out->arena = keep_arena_new(0);
    int rc = out->arena ? keep_load_world(s, out->arena, &out->world, err) : no_memory(err);
    if (rc == 0)
        rc = keep_zone_load(&zone, keep_store_zone(s), err);
    if (rc == 0)
        rc = keep_import_weigh(s, out->world.source, out->world.sources, err);
    if (rc == 0) {
        g.zone = zone;
        out->source = keep_arena_array(out->arena, out->world.sources + 1, sizeof *out->source);
        g.slot = keep_arena_array(out->arena, out->world.sources + 1, sizeof *g.slot);
        rc = out->source && g.slot ? 0 : no_memory(err);
    }
    for (size_t i = 0; rc == 0 && i < out->world.sources; i++)
        out->source[i].latest = KEEP_TIME_NONE;
    if (rc == 0)
        rc = gather_all(&g, s, err);
    keep_zone_free(zone);
    return rc;
}

void keep_coverage_free(struct keep_coverage *c)
{
    keep_arena_free(c->arena);
    memset(c, 0, sizeof *c);
}
