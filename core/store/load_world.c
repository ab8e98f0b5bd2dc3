/* People, accounts, relations and encounters of a keep in memory.
 *
 * Entities that links tie together are one, under the least id; of each slot (a
 * row of a source) the latest version counts. People are read first, since
 * encounters ask for the facility of their location; relations last. Encounters
 * and relations come in columns as far as there are any (packed.h). */
#include <stdlib.h>

#include "core/store/detail.h"
#include "core/store/load_build.h"
#include "core/store/packed.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct keep_str own(struct keep_load_build *b, struct keep_str s, bool *ok)
{
    return keep_arena_str(b->a, s, ok);
}

/* --- the arrays ---------------------------------------------------------------- */

static size_t count_kind(const struct keep_load_build *b, enum keep_entity kind)
{
    size_t n = 0;

    for (size_t e = 1; e < b->map.roots.n; e++)
        n += b->map.roots.kind[e] == kind && b->map.roots.root[e] == e;
    return n;
}

/* The other identities of each patient, in two arrays: by entity, and patient by patient. */
static int aliases_make(struct keep_load_build *b, struct keep_err *err)
{
    const struct keep_entity_roots *r = &b->map.roots;
    struct keep_world *w = b->w;
    struct keep_alias *alias;
    uint64_t *list, *at;
    size_t n = 0;

    for (size_t e = 1; e < r->n; e++)
        n += r->kind[e] == KEEP_ENTITY_PATIENT && r->root[e] != e;
    if (!(alias = keep_arena_array(b->a, n + 1, sizeof *alias)) || !(list = at = keep_arena_array(b->a, n + 1, sizeof *list)))
        return no_memory(err);
    w->alias = alias;
    for (size_t e = 1; e < r->n; e++)
        if (r->kind[e] == KEEP_ENTITY_PATIENT && r->root[e] != e) {
            alias[w->aliases] = (struct keep_alias){e, keep_load_map_at(&b->map, KEEP_ENTITY_PATIENT, (int64_t)e)};
            w->patient[alias[w->aliases++].patient].aliases++;
        }
    for (size_t i = 0; n && i < w->patients; i++) {
        w->patient[i].alias = at;
        at += w->patient[i].aliases;
        w->patient[i].aliases = 0;
    }
    for (size_t i = 0; i < w->aliases; i++) {
        struct keep_patient *p = &w->patient[alias[i].patient];
        list[(size_t)(p->alias - list) + p->aliases++] = alias[i].entity;
    }
    return 0;
}

static int arrays_make(struct keep_load_build *b, struct keep_err *err)
{
    struct keep_world *w = b->w;
    size_t n[KEEP_ENTITY_COUNT];

    for (int k = 0; k < KEEP_ENTITY_COUNT; k++)
        n[k] = count_kind(b, (enum keep_entity)k);
    w->patient = keep_arena_array(b->a, n[KEEP_ENTITY_PATIENT] + 1, sizeof *w->patient);
    w->worker = keep_arena_array(b->a, n[KEEP_ENTITY_WORKER] + 1, sizeof *w->worker);
    w->account = keep_arena_array(b->a, n[KEEP_ENTITY_ACCOUNT] + 1, sizeof *w->account);
    w->facility = keep_arena_array(b->a, n[KEEP_ENTITY_FACILITY] + 1, sizeof *w->facility);
    b->interval = keep_arena_array(b->scratch, n[KEEP_ENTITY_WORKER] + 1, sizeof *b->interval);
    b->span = keep_arena_array(b->scratch, n[KEEP_ENTITY_ACCOUNT] + 1, sizeof *b->span);
    b->location_facility = keep_arena_array(b->scratch, b->map.roots.n, sizeof *b->location_facility);
    if (!w->patient || !w->worker || !w->account || !w->facility || !b->interval || !b->span || !b->location_facility)
        return no_memory(err);
    for (size_t e = 1; e < b->map.roots.n; e++) {
        if (b->map.roots.root[e] != e)
            continue;
        switch (b->map.roots.kind[e]) {
        case KEEP_ENTITY_PATIENT:
            w->patient[w->patients++] = (struct keep_patient){.entity = e, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}, .death = KEEP_DATE_NONE, .worker = KEEP_ID_NONE};
            break;
        case KEEP_ENTITY_WORKER:
            w->worker[w->workers++] = (struct keep_worker){.entity = e, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}, .patient = KEEP_ID_NONE, .manager = KEEP_ID_NONE};
            break;
        case KEEP_ENTITY_ACCOUNT: w->account[w->accounts++].entity = e; break;
        case KEEP_ENTITY_FACILITY: w->facility[w->facilities++].entity = e; break;
        default: break;
        }
    }
    keep_load_map_fill(&b->map, w);
    return aliases_make(b, err);
}

/* --- encounters and relations -------------------------------------------------------------- */

static int by_patient_start(const void *a, const void *b)
{
    const struct keep_encounter *x = a, *y = b;

    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->entity < y->entity ? -1 : x->entity > y->entity;
}

static void later_id(uint32_t *to, uint32_t v)
{
    if (v != KEEP_ID_NONE)
        *to = v;
}

static void later_time(keep_time *to, keep_time v)
{
    if (v != KEEP_TIME_NONE)
        *to = v;
}

static void later_date(keep_date *to, int64_t v)
{
    if (v != KEEP_DATE_NONE)
        *to = (keep_date)v;
}

/* The encounter of an entity; made when this is the first row of it. NULL: the entity is none. */
static struct keep_encounter *encounter_of(struct keep_load_build *b, int64_t entity, uint32_t *at)
{
    struct keep_encounter *e;
    uint64_t root;

    if (entity <= 0 || (uint64_t)entity >= b->map.roots.n || b->map.roots.kind[entity] != KEEP_ENTITY_ENCOUNTER)
        return NULL;
    root = b->map.roots.root[entity];
    if (at[root])
        return &b->w->encounter[at[root] - 1];
    at[root] = (uint32_t)++b->w->encounters;
    e = &b->w->encounter[at[root] - 1];
    *e = (struct keep_encounter){.entity = root, .patient = KEEP_ID_NONE, .facility = KEEP_ID_NONE, .start = KEEP_TIME_NONE, .end = KEEP_TIME_NONE,
                                 .start_date = KEEP_DATE_NONE, .end_date = KEEP_DATE_NONE};
    return e;
}

/* The patient of a visit, or of a row of a visit, of which the row says `patient`. */
static uint32_t patient_at(const struct keep_load_build *b, int64_t visit, int64_t patient)
{
    return keep_load_map_at(&b->map, KEEP_ENTITY_PATIENT, (int64_t)keep_entity_moves_of(&b->moves, (uint64_t)visit, (uint64_t)patient));
}

static int encounter_row(struct keep_load_build *b, const struct keep_packed *p, const int64_t v[KEEP_PACKED_COLUMNS], uint32_t *at, struct keep_err *err)
{
    int64_t location = v[KEEP_PACKED_E_LOCATION], entity = v[KEEP_PACKED_E_ENTITY];
    struct keep_encounter *e = encounter_of(b, entity, at);
    struct keep_str klass = keep_packed_word(p, v[KEEP_PACKED_E_CLASS]), status = keep_packed_word(p, v[KEEP_PACKED_E_STATUS]);

    if (!e)
        return keep_err_set(err, KEEP_E_INTEGRITY, "an encounter belongs to no entity");
    e->source = (uint32_t)v[KEEP_PACKED_E_SOURCE];
    later_id(&e->patient, patient_at(b, entity, v[KEEP_PACKED_E_PATIENT]));
    later_id(&e->facility, keep_load_map_at(&b->map, KEEP_ENTITY_FACILITY, v[KEEP_PACKED_E_FACILITY]));
    if (e->facility == KEEP_ID_NONE && location > 0 && (uint64_t)location < b->map.roots.n)
        e->facility = keep_load_map_at(&b->map, KEEP_ENTITY_FACILITY, b->location_facility[b->map.roots.root[location]]);
    if (klass.n)
        e->klass = klass;
    if (status.n)
        e->status = status;
    later_time(&e->start, v[KEEP_PACKED_E_START]);
    later_time(&e->end, v[KEEP_PACKED_E_END]);
    later_date(&e->start_date, v[KEEP_PACKED_E_START_DATE]);
    later_date(&e->end_date, v[KEEP_PACKED_E_END_DATE]);
    return 0;
}

/* Sorts rows that mostly are sorted: whole only where the order of patients is not that of the columns (people were linked),
 * else the rows of each patient that are out of order. */
static void rows_sort(void *rows, size_t n, size_t size, uint32_t (*patient)(const void *), int (*compare)(const void *, const void *))
{
    char *p = rows;

    for (size_t i = 1; i < n; i++)
        if (patient(p + i * size) < patient(p + (i - 1) * size)) {
            qsort(p, n, size, compare);
            return;
        }
    for (size_t i = 0, j; i < n; i = j) {
        bool sorted = true;
        for (j = i + 1; j < n && patient(p + j * size) == patient(p + i * size); j++)
            sorted = sorted && compare(p + (j - 1) * size, p + j * size) <= 0;
        if (!sorted)
            qsort(p + i * size, j - i, size, compare);
    }
}

static uint32_t patient_of_encounter(const void *e)
{
    return ((const struct keep_encounter *)e)->patient;
}

/* All encounters; what one row of an entity says later rows may overrule, so they must come in order of id. 1: they do not. */
static int encounters_read(struct keep_load_build *b, bool cached, uint32_t *at, int64_t *last, struct keep_err *err)
{
    int64_t v[KEEP_PACKED_COLUMNS];
    struct keep_packed *p;
    int rc = keep_packed_open(&p, b->s, KEEP_PACKED_ENCOUNTER, cached, b->a, err);

    if (rc < 0)
        return rc;
    b->w->encounters = 0;
    memset(at, 0, b->map.roots.n * sizeof *at);
    while ((rc = keep_packed_next(p, v, err)) > 0 && (rc = encounter_row(b, p, v, at, err)) == 0) {
        uint64_t root = b->map.roots.root[v[KEEP_PACKED_E_ENTITY]];
        if (cached && v[KEEP_PACKED_E_ID] < last[root]) {
            rc = 1;
            break;
        }
        last[root] = v[KEEP_PACKED_E_ID];
    }
    keep_packed_close(p);
    return rc;
}

static int encounters_load(struct keep_load_build *b, struct keep_err *err)
{
    uint32_t *at = keep_arena_array(b->scratch, b->map.roots.n, sizeof *at);
    int64_t *last = keep_arena_array(b->scratch, b->map.roots.n, sizeof *last);
    int rc;

    b->w->encounter = keep_arena_array(b->a, count_kind(b, KEEP_ENTITY_ENCOUNTER) + 1, sizeof *b->w->encounter);
    if (!at || !last || !b->w->encounter)
        return no_memory(err);
    if ((rc = encounters_read(b, true, at, last, err)) > 0)
        rc = encounters_read(b, false, at, last, err);
    if (rc == 0)
        rows_sort(b->w->encounter, b->w->encounters, sizeof *b->w->encounter, patient_of_encounter, by_patient_start);
    return rc;
}

static int by_patient_from(const void *a, const void *b)
{
    const struct keep_relation *x = a, *y = b;

    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

static uint32_t patient_of_relation(const void *r)
{
    return ((const struct keep_relation *)r)->patient;
}

/* The row that stands at i of the columns. */
static int relation_put(struct keep_load_build *b, const int64_t *const v[KEEP_PACKED_COLUMNS], uint32_t i, struct keep_err *err)
{
    struct keep_relation *r = &b->w->relation[b->w->relations++];

    if (v[KEEP_PACKED_R_KIND][i] < 0 || v[KEEP_PACKED_R_KIND][i] >= KEEP_RELATION_COUNT)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a relation is of no known kind");
    *r = (struct keep_relation){
        .row = (uint64_t)v[KEEP_PACKED_R_ID][i],
        .source = (uint32_t)v[KEEP_PACKED_R_SOURCE][i],
        .kind = (uint8_t)v[KEEP_PACKED_R_KIND][i],
        .patient = patient_at(b, v[KEEP_PACKED_R_ENCOUNTER][i], v[KEEP_PACKED_R_PATIENT][i]), /* who took part in a visit goes with it */
        .worker = keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, v[KEEP_PACKED_R_WORKER][i]),
        .department = (uint32_t)v[KEEP_PACKED_R_DEPARTMENT][i],
        .author = keep_load_map_at(&b->map, KEEP_ENTITY_WORKER, v[KEEP_PACKED_R_AUTHOR][i]),
        .from = v[KEEP_PACKED_R_START][i],
        .to = v[KEEP_PACKED_R_END][i],
        .open = v[KEEP_PACKED_R_OPEN][i] != 0,
        .recorded = v[KEEP_PACKED_R_RECORDED][i],
    };
    return 0;
}

static int relations_load(struct keep_load_build *b, struct keep_err *err)
{
    int64_t one[KEEP_PACKED_COLUMNS];
    const int64_t *v[KEEP_PACKED_COLUMNS];
    struct keep_packed *p;
    uint64_t most;
    uint32_t n;
    int rc = keep_packed_open(&p, b->s, KEEP_PACKED_RELATION, true, b->a, err);

    if (rc < 0)
        return rc;
    most = keep_packed_most(p);
    if (most >= SIZE_MAX / sizeof *b->w->relation || !(b->w->relation = keep_arena_room(b->a, ((size_t)most + 1) * sizeof *b->w->relation)))
        rc = no_memory(err);
    while (rc == 0 && (rc = keep_packed_many(p, v, &n, err)) > 0)
        for (uint32_t i = rc = 0; i < n && rc == 0 && b->w->relations < most; i++)
            rc = relation_put(b, v, i, err);
    for (int c = 0; c < KEEP_PACKED_COLUMNS; c++)
        v[c] = &one[c];
    while (rc == 0 && b->w->relations < most && (rc = keep_packed_next(p, one, err)) > 0)
        rc = relation_put(b, v, 0, err);
    keep_packed_close(p);
    if (rc < 0)
        return rc;
    rows_sort(b->w->relation, b->w->relations, sizeof *b->w->relation, patient_of_relation, by_patient_from);
    return 0;
}

/* --- sources and terms ------------------------------------------------------------------------ */

int keep_load_sources(struct keep_store *s, struct keep_arena *a, struct keep_source **out, size_t *n, struct keep_err *err)
{
    struct keep_source *list;
    int64_t most;
    size_t count = 0;
    bool ok = true;
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_rowio_number(s, "SELECT count(*) FROM source", 0, &most, err)) < 0)
        return rc;
    if (!(list = keep_arena_array(a, (size_t)most + 1, sizeof *list)))
        return no_memory(err);
    if ((rc = keep_load_prepare(s, "SELECT id, name, (SELECT body FROM declaration WHERE source = s.id ORDER BY id DESC LIMIT 1) FROM source s ORDER BY id", &st, err)) < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading sources", err)) > 0 && count < (size_t)most) {
        struct keep_source *src = &list[count++];
        *src = (struct keep_source){.id = (uint32_t)sqlite3_column_int64(st, 0), .from = KEEP_DATE_NONE, .through = KEEP_DATE_NONE, .closed_on = KEEP_DATE_NONE};
        src->name = keep_arena_str(a, keep_rowio_text_at(st, 1), &ok);
        if (sqlite3_column_type(st, 2) == SQLITE_BLOB && (rc = keep_detail_get_source(src, keep_rowio_blob_at(st, 2), a, err)) < 0)
            break;
    }
    sqlite3_finalize(st);
    if (rc < 0)
        return rc;
    *out = list;
    *n = count;
    return ok ? 0 : no_memory(err);
}

static int terms_load(struct keep_load_build *b, struct keep_err *err)
{
    int64_t most;
    bool ok = true;
    sqlite3_stmt *st;
    int rc;

    if ((rc = keep_rowio_number(b->s, "SELECT count(*) FROM term", 0, &most, err)) < 0)
        return rc;
    if (!(b->w->term = keep_arena_array(b->a, (size_t)most + 1, sizeof *b->w->term)))
        return no_memory(err);
    if ((rc = keep_load_prepare(b->s, "SELECT id, text FROM term ORDER BY id", &st, err)) < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading the dictionary", err)) > 0) {
        if (sqlite3_column_int64(st, 0) != (int64_t)b->w->terms || (int64_t)b->w->terms >= most) {
            rc = keep_err_set(err, KEEP_E_INTEGRITY, "the dictionary has a gap");
            break;
        }
        b->w->term[b->w->terms++] = own(b, keep_rowio_text_at(st, 1), &ok);
    }
    sqlite3_finalize(st);
    return rc < 0 ? rc : ok ? 0 : no_memory(err);
}

/* What every entity is, for those who read what else is on file of this world. */
static int map_leave(struct keep_load_build *b, struct keep_err *err)
{
    size_t n = b->map.roots.n;
    uint8_t *kind = keep_arena_room(b->a, n);
    uint32_t *index = keep_arena_room(b->a, n * sizeof *index);

    if (!kind || !index)
        return no_memory(err);
    keep_load_map_fill(&b->map, b->w); /* encounters have come since */
    memcpy(kind, b->map.roots.kind, n);
    memcpy(index, b->map.index, n * sizeof *index);
    b->w->kind = kind;
    b->w->index = index;
    b->w->entities = n;
    return 0;
}

/* --- the whole ---------------------------------------------------------------------------------- */

int keep_load_world(struct keep_store *s, struct keep_arena *a, struct keep_world *out, struct keep_err *err)
{
    struct keep_world w = {.arena = a};
    struct keep_load_build b = {.s = s, .w = &w, .a = a, .scratch = keep_arena_new(0), .row = keep_arena_new(0)};
    struct keep_load_hold hold = {NULL, NULL};
    int64_t newest;
    int rc;

    if (!b.scratch || !b.row) {
        rc = no_memory(err);
        goto out;
    }
    if ((rc = keep_load_hold_open(&hold, s, err)) < 0 || (rc = keep_seal_keys_new(&b.keys, s, err)) < 0 || (rc = keep_entity_roots_load(&b.map.roots, s, err)) < 0)
        goto out;
    if (!(b.map.index = malloc(b.map.roots.n * sizeof *b.map.index)) || (rc = keep_ring_walk_open(&b.ring, s, KEEP_RING_PATIENT, err)) < 0) {
        rc = rc < 0 ? rc : no_memory(err);
        goto out;
    }
    if ((rc = keep_load_sources(s, a, &w.source, &w.sources, err)) < 0 || (rc = terms_load(&b, err)) < 0 || (rc = arrays_make(&b, err)) < 0 ||
        (rc = keep_load_fact(&b, err)) < 0 || (rc = keep_load_people(&b, err)) < 0 || (rc = keep_entity_moves_load(&b.moves, s, err)) < 0 ||
        (rc = encounters_load(&b, err)) < 0 || (rc = relations_load(&b, err)) < 0 ||
        (rc = keep_rowio_number(s, "SELECT max(newest) FROM segment", KEEP_TIME_NONE, &newest, err)) < 0)
        goto out;
    w.newest = newest;
    if ((rc = map_leave(&b, err)) == 0)
        *out = w;
out:
    keep_ring_walk_close(&b.ring);
    keep_seal_keys_free(b.keys);
    keep_load_map_free(&b.map);
    free(b.moves.move);
    keep_buf_free(&b.plain);
    keep_load_hold_close(&hold);
    keep_arena_free(b.scratch);
    keep_arena_free(b.row);
    return rc;
}
