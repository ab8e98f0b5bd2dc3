/* Encounters and relations of a world: in columns as far as there are any
 * (packed.h), then row by row. Relations, the most of all rows, need nothing but to
 * know who is who: a thread of the crew reads them through a connection of its own
 * while the owner reads people. Of encounters, which ask for the facility of their
 * location, the crew decodes one part while the owner reads the next; and of
 * relations, where there is no second connection. Parts are taken in the order in
 * which they stand, whoever was first, and of several failures the first in that
 * order is told. */
#include <stdatomic.h>
#include <stdlib.h>

#include "core/store/beside.h"
#include "core/store/load_build.h"
#include "core/store/packed_part.h"

#define COLUMNS KEEP_PACKED_COLUMNS

enum {
    PARTS = 6,    /* of some tenths of a millisecond, read ahead */
    BLOCK = 512,  /* rows decoded at once: their columns stay near the processor */
};

/* A part on its way. */
struct piece {
    struct keep_crew_job job;
    struct reading *r;
    struct keep_buf body;
    struct keep_packed_part part;
    size_t begin;                     /* where the first of its relations goes */
    size_t n;                         /* rows made */
    bool sorted;                      /* they stand in order */
    int rc;
    struct keep_err err;
    struct keep_encounter *encounter; /* room for a part's, with the ids of their rows; NULL: it is of relations */
    int64_t *id;
    int64_t column[COLUMNS][BLOCK + 8]; /* apart by more than a power of two, or they fight for the same lines of the cache */
};

struct reading {
    struct keep_load_build *b;
    struct keep_crew *crew;           /* NULL: one thread reads and decodes */
    atomic_bool *stop;                /* nobody wants it any more; NULL: nobody will say so */
    struct keep_packed *p;
    int (*take)(struct reading *r, struct piece *c, struct keep_err *err); /* of a part's rows, in order; not 0: ends it */
    struct piece *piece[PARTS];
    size_t ahead, oldest, given;
    size_t begin;                     /* rows of the parts read */
    int rc;                           /* of reading: 1 there is more, 0 not, <0 */
    struct keep_err err;
    bool sorted;                      /* of relations taken */
    uint32_t *at;                     /* of encounters taken: root entity -> number + 1, 0 none; */
    int64_t *last;                    /* the id of its last row */
};

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

/* The patient of a visit, or of a row of a visit, of which the row says `patient`. */
static uint32_t patient_at(const struct keep_load_build *b, int64_t visit, int64_t patient)
{
    if (b->moves.n)
        patient = (int64_t)keep_entity_moves_of(&b->moves, (uint64_t)visit, (uint64_t)patient);
    return keep_load_map_at(&b->map, KEEP_ENTITY_PATIENT, patient);
}

/* --- parts ------------------------------------------------------------------------- */

static void reading_close(struct reading *r)
{
    for (size_t i = 0; i < PARTS && r->piece[i]; i++) {
        keep_crew_drop(r->crew, &r->piece[i]->job);
        keep_buf_free(&r->piece[i]->body);
        free(r->piece[i]->encounter);
        free(r->piece[i]->id);
        free(r->piece[i]);
    }
    keep_packed_close(r->p);
}

static int reading_open(struct reading *r, enum keep_packed_kind kind, bool cached, void (*work)(void *), struct keep_err *err)
{
    r->ahead = keep_crew_threads(r->crew) > 1 ? PARTS : 1;
    r->rc = 1;
    r->sorted = true;
    for (size_t i = 0; cached && i < r->ahead; i++) {
        struct piece *c = r->piece[i] = calloc(1, sizeof *c);
        if (!c)
            return no_memory(err);
        c->r = r;
        c->job = (struct keep_crew_job){.run = work, .ctx = c};
        if (kind == KEEP_PACKED_ENCOUNTER && (!(c->encounter = malloc(KEEP_PACKED_PART * sizeof *c->encounter)) || !(c->id = malloc(KEEP_PACKED_PART * sizeof *c->id))))
            return no_memory(err);
    }
    return keep_packed_open(&r->p, r->b->s, kind, cached, r->b->a, err);
}

/* Reads the next part and gives it to the crew. */
static void part_give(struct reading *r)
{
    struct piece *c = r->piece[(r->oldest + r->given) % r->ahead];

    if ((r->rc = keep_packed_body(r->p, &c->body, &c->part, &r->err)) <= 0)
        return;
    c->begin = r->begin;
    c->n = 0;
    c->rc = 0;
    c->sorted = true;
    r->begin += c->part.n;
    r->given++;
    keep_crew_give(r->crew, &c->job);
}

/* All parts: 0, what `take` returned, <0. */
static int parts_take(struct reading *r, struct keep_err *err)
{
    for (;;) {
        while (r->rc > 0 && r->given < r->ahead)
            part_give(r);
        if (r->stop && atomic_load(r->stop))
            return keep_err_set(err, KEEP_E_INTERRUPTED, "interrupted");
        if (r->given == 0)
            break;
        struct piece *c = r->piece[r->oldest];
        keep_crew_wait(r->crew, &c->job);
        if (c->rc < 0 && err)
            *err = c->err;
        int rc = c->rc < 0 ? c->rc : r->take(r, c, err);
        if (rc != 0)
            return rc;
        r->oldest = (r->oldest + 1) % r->ahead;
        r->given--;
    }
    if (r->rc < 0 && err)
        *err = r->err;
    return r->rc;
}

/* Decodes the block that begins at row i of a part; how many rows it has. */
static uint32_t block_read(struct piece *c, uint32_t i, const int64_t *v[COLUMNS])
{
    uint32_t n = c->part.n - i < BLOCK ? c->part.n - i : BLOCK;

    for (int k = 0; k < COLUMNS; k++) {
        keep_packed_part_read(&c->part, k, i, n, c->column[k]);
        v[k] = c->column[k];
    }
    return n;
}

/* What it takes to sort rows of one kind. */
struct order {
    size_t size;
    uint32_t (*patient)(const void *row);
    int (*compare)(const void *, const void *); /* by patient first */
};

/* Takes the rows out that stand behind one of a later patient. */
static void strays_take(char *p, size_t n, const struct order *o, char *stray)
{
    size_t kept = 0;

    for (size_t i = 0; i < n; i++) {
        const char *row = p + i * o->size;
        if (kept == 0 || o->patient(row) >= o->patient(p + (kept - 1) * o->size)) {
            if (kept++ < i)
                memcpy(p + (kept - 1) * o->size, row, o->size);
        } else {
            memcpy(stray, row, o->size);
            stray += o->size;
        }
    }
}

/* How many that would be; they stay. */
static size_t strays_count(const char *p, size_t n, const struct order *o)
{
    uint32_t last = 0;
    size_t strays = 0;

    for (size_t i = 0; i < n; i++) {
        uint32_t patient = o->patient(p + i * o->size);
        strays += patient < last;
        last = patient > last ? patient : last;
    }
    return strays;
}

/* Puts rows in order of patients, of which most are: what came since the columns were made, or is of people who were linked, stands elsewhere. */
static void patients_sort(char *p, size_t n, const struct order *o)
{
    size_t strays = strays_count(p, n, o), size = o->size;
    char *stray;

    if (strays == 0)
        return;
    if (strays > n / 4 || !(stray = malloc(strays * size))) {
        qsort(p, n, size, o->compare);
        return;
    }
    strays_take(p, n, o, stray);
    qsort(stray, strays, size, o->compare);
    for (size_t kept = n - strays, at = n; strays > 0;) { /* what is left of the kept stands where it belongs */
        bool later = kept > 0 && o->patient(p + (kept - 1) * size) > o->patient(stray + (strays - 1) * size);
        memcpy(p + --at * size, later ? p + --kept * size : stray + --strays * size, size);
    }
    free(stray);
}

/* Rows that mostly are in order. */
static void rows_sort(void *rows, size_t n, const struct order *o)
{
    char *p = rows;

    patients_sort(p, n, o);
    for (size_t i = 0, j; i < n; i = j) {
        bool sorted = true;
        for (j = i + 1; j < n && o->patient(p + j * o->size) == o->patient(p + i * o->size); j++)
            sorted = sorted && o->compare(p + (j - 1) * o->size, p + j * o->size) <= 0;
        if (!sorted)
            qsort(p + i * o->size, j - i, o->size, o->compare);
    }
}

/* --- encounters --------------------------------------------------------------------- */

static int by_patient_start(const void *a, const void *b)
{
    const struct keep_encounter *x = a, *y = b;

    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    if (x->start != y->start)
        return x->start < y->start ? -1 : 1;
    return x->entity < y->entity ? -1 : x->entity > y->entity;
}

static uint32_t patient_of_encounter(const void *e)
{
    return ((const struct keep_encounter *)e)->patient;
}

/* Row i of the columns, as if it were all that is on file of the encounter. */
static int encounter_make(const struct keep_load_build *b, const struct keep_packed *p, const int64_t *const v[COLUMNS], uint32_t i, struct keep_encounter *out, struct keep_err *err)
{
    const struct keep_entity_roots *roots = &b->map.roots;
    int64_t entity = v[KEEP_PACKED_E_ENTITY][i], location = v[KEEP_PACKED_E_LOCATION][i];
    uint32_t facility = keep_load_map_at(&b->map, KEEP_ENTITY_FACILITY, v[KEEP_PACKED_E_FACILITY][i]);

    if (entity <= 0 || (uint64_t)entity >= roots->n || roots->kind[entity] != KEEP_ENTITY_ENCOUNTER)
        return keep_err_set(err, KEEP_E_INTEGRITY, "an encounter belongs to no entity");
    if (facility == KEEP_ID_NONE && location > 0 && (uint64_t)location < roots->n)
        facility = keep_load_map_at(&b->map, KEEP_ENTITY_FACILITY, b->location_facility[roots->root[location]]);
    *out = (struct keep_encounter){
        .entity = roots->root[entity],
        .patient = patient_at(b, entity, v[KEEP_PACKED_E_PATIENT][i]),
        .facility = facility,
        .klass = keep_packed_word(p, v[KEEP_PACKED_E_CLASS][i]),
        .status = keep_packed_word(p, v[KEEP_PACKED_E_STATUS][i]),
        .start = v[KEEP_PACKED_E_START][i],
        .end = v[KEEP_PACKED_E_END][i],
        .start_date = (keep_date)v[KEEP_PACKED_E_START_DATE][i],
        .end_date = (keep_date)v[KEEP_PACKED_E_END_DATE][i],
        .source = (uint32_t)v[KEEP_PACKED_E_SOURCE][i],
    };
    return 0;
}

static void encounters_work(void *ctx)
{
    struct piece *c = ctx;
    const int64_t *v[COLUMNS];

    for (uint32_t i = 0, n; i < c->part.n && c->rc == 0; i += n) {
        n = block_read(c, i, v);
        for (uint32_t k = 0; k < n && c->rc == 0; k++) {
            c->id[c->n] = v[KEEP_PACKED_E_ID][k];
            if (keep_packed_stands(c->r->p, c->id[c->n]))
                c->rc = encounter_make(c->r->b, c->r->p, v, k, &c->encounter[c->n++], &c->err);
        }
    }
}

/* What a later row of an encounter says over what earlier ones said. */
static void encounter_lay(struct keep_encounter *e, const struct keep_encounter *x)
{
    e->source = x->source;
    e->patient = x->patient != KEEP_ID_NONE ? x->patient : e->patient;
    e->facility = x->facility != KEEP_ID_NONE ? x->facility : e->facility;
    e->klass = x->klass.n ? x->klass : e->klass;
    e->status = x->status.n ? x->status : e->status;
    e->start = x->start != KEEP_TIME_NONE ? x->start : e->start;
    e->end = x->end != KEEP_TIME_NONE ? x->end : e->end;
    e->start_date = x->start_date != KEEP_DATE_NONE ? x->start_date : e->start_date;
    e->end_date = x->end_date != KEEP_DATE_NONE ? x->end_date : e->end_date;
}

/* A row more, which must come in order of id among those of its encounter: 0, 1 it does not. */
static int encounter_add(struct reading *r, const struct keep_encounter *x, int64_t id)
{
    struct keep_world *w = r->b->w;
    uint32_t *at = &r->at[x->entity];

    if (*at && id < r->last[*at - 1])
        return 1;
    if (*at) {
        encounter_lay(&w->encounter[*at - 1], x);
    } else {
        w->encounter[w->encounters] = *x;
        *at = (uint32_t)++w->encounters;
    }
    r->last[*at - 1] = id;
    return 0;
}

static int encounters_take(struct reading *r, struct piece *c, struct keep_err *err)
{
    int rc = 0;

    (void)err;
    for (size_t i = 0; i < c->n && rc == 0; i++)
        rc = encounter_add(r, &c->encounter[i], c->id[i]);
    return rc;
}

/* All encounters. 1: of one of them columns do not have the rows in order. */
static int encounters_read(struct keep_load_build *b, bool cached, uint32_t *at, int64_t *last, struct keep_err *err)
{
    struct reading r = {.b = b, .crew = b->crew, .take = encounters_take, .at = at, .last = last};
    int64_t one[COLUMNS];
    const int64_t *v[COLUMNS];
    struct keep_encounter e;
    int rc = reading_open(&r, KEEP_PACKED_ENCOUNTER, cached, encounters_work, err);

    b->w->encounters = 0;
    memset(at, 0, b->map.roots.n * sizeof *at);
    for (int c = 0; c < COLUMNS; c++)
        v[c] = &one[c];
    if (rc == 0 && cached)
        rc = parts_take(&r, err);
    while (rc == 0 && (rc = keep_packed_next(r.p, one, err)) > 0)
        if ((rc = encounter_make(b, r.p, v, 0, &e, err)) == 0)
            rc = encounter_add(&r, &e, one[KEEP_PACKED_E_ID]);
    reading_close(&r);
    return rc;
}

static int encounters_load(struct keep_load_build *b, struct keep_err *err)
{
    size_t most = b->count[KEEP_ENTITY_ENCOUNTER] + 1;
    uint32_t *at = keep_arena_room(b->scratch, b->map.roots.n * sizeof *at);
    int64_t *last = keep_arena_room(b->scratch, most * sizeof *last);
    int rc;

    b->w->encounter = keep_arena_room(b->a, most * sizeof *b->w->encounter);
    if (!at || !last || !b->w->encounter)
        return no_memory(err);
    if ((rc = encounters_read(b, true, at, last, err)) > 0)
        rc = encounters_read(b, false, at, last, err);
    if (rc == 0)
        rows_sort(b->w->encounter, b->w->encounters, &(struct order){sizeof *b->w->encounter, patient_of_encounter, by_patient_start});
    return rc;
}

/* --- relations ------------------------------------------------------------------------ */

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

/* Row i of the columns. */
static int relation_make(const struct keep_load_build *b, const int64_t *const v[COLUMNS], uint32_t i, struct keep_relation *out, struct keep_err *err)
{
    if (v[KEEP_PACKED_R_KIND][i] < 0 || v[KEEP_PACKED_R_KIND][i] >= KEEP_RELATION_COUNT)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a relation is of no known kind");
    if ((uint64_t)v[KEEP_PACKED_R_ID][i] >> KEEP_RELATION_ROW_BITS || (uint64_t)v[KEEP_PACKED_R_SOURCE][i] >> KEEP_SOURCE_BITS)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a relation, or its source, has a number far beyond any");
    *out = (struct keep_relation){
        .row = (uint64_t)v[KEEP_PACKED_R_ID][i],
        .source = (uint16_t)v[KEEP_PACKED_R_SOURCE][i],
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

/* Straight to where they go, each part as if none before it had rows that no longer stand. */
static void relations_work(void *ctx)
{
    struct piece *c = ctx;
    struct keep_relation *to = c->r->b->w->relation + c->begin;
    const int64_t *v[COLUMNS];

    for (uint32_t i = 0, n; i < c->part.n && c->rc == 0; i += n) {
        n = block_read(c, i, v);
        for (uint32_t k = 0; k < n && c->rc == 0; k++) {
            if (!keep_packed_stands(c->r->p, v[KEEP_PACKED_R_ID][k]))
                continue;
            c->rc = relation_make(c->r->b, v, k, &to[c->n], &c->err);
            c->sorted = c->sorted && (c->n == 0 || by_patient_from(&to[c->n - 1], &to[c->n]) <= 0);
            c->n++;
        }
    }
}

/* n relations that stand behind those there. */
static void relations_add(struct reading *r, size_t n, bool sorted)
{
    struct keep_world *w = r->b->w;
    const struct keep_relation *next = &w->relation[w->relations];

    r->sorted = r->sorted && sorted && (w->relations == 0 || n == 0 || by_patient_from(next - 1, next) <= 0);
    w->relations += n;
}

static int relations_take(struct reading *r, struct piece *c, struct keep_err *err)
{
    struct keep_world *w = r->b->w;

    (void)err;
    if (c->begin > w->relations) /* rows before it did not stand */
        memmove(w->relation + w->relations, w->relation + c->begin, c->n * sizeof *w->relation);
    relations_add(r, c->n, c->sorted);
    return 0;
}

/* Room for all of them, before anybody reads. */
static int relations_open(struct reading *r, struct keep_err *err)
{
    struct keep_world *w = r->b->w;
    int rc = reading_open(r, KEEP_PACKED_RELATION, true, relations_work, err);
    uint64_t most = rc == 0 ? keep_packed_most(r->p) : 0;

    if (rc == 0 && (most >= SIZE_MAX / sizeof *w->relation || !(w->relation = keep_arena_room(r->b->a, ((size_t)most + 1) * sizeof *w->relation))))
        rc = no_memory(err);
    return rc;
}

static int relations_read(struct reading *r, struct keep_err *err)
{
    struct keep_world *w = r->b->w;
    uint64_t most = keep_packed_most(r->p);
    int64_t one[COLUMNS];
    const int64_t *v[COLUMNS];
    int rc = parts_take(r, err);

    for (int c = 0; c < COLUMNS; c++)
        v[c] = &one[c];
    while (rc == 0 && w->relations < most && (rc = keep_packed_next(r->p, one, err)) > 0)
        if ((rc = relation_make(r->b, v, 0, &w->relation[w->relations], err)) == 0)
            relations_add(r, 1, true);
    if (rc == 0 && !r->sorted)
        rows_sort(w->relation, w->relations, &(struct order){sizeof *w->relation, patient_of_relation, by_patient_from});
    return rc;
}

/* --- both ------------------------------------------------------------------------------- */

struct keep_load_care {
    struct keep_load_build *b;
    struct keep_beside beside;
    struct reading relations;
    struct keep_crew_job job;         /* reads them */
    bool given;
    atomic_bool stop;
    int rc;
    struct keep_err err;
};

static void relations_job(void *ctx)
{
    struct keep_load_care *c = ctx;

    c->rc = relations_read(&c->relations, &c->err);
}

int keep_load_care_begin(struct keep_load_care **out, struct keep_load_build *b, struct keep_err *err)
{
    struct keep_load_care *c = calloc(1, sizeof *c);
    int rc = 1;

    if (!c)
        return no_memory(err);
    c->b = b;
    c->relations = (struct reading){.b = b, .take = relations_take};
    if (keep_crew_threads(b->crew) > 1)
        rc = keep_beside_open(&c->beside, b->s, err);
    if (rc == 1)
        c->relations.crew = b->crew;
    else
        c->relations.stop = &c->stop;
    if (rc < 0 || (rc = relations_open(&c->relations, err)) < 0 || (c->beside.db && (rc = keep_packed_through(c->relations.p, c->beside.db, err)) < 0)) {
        keep_load_care_free(c);
        return rc;
    }
    if (c->beside.db) {
        c->job = (struct keep_crew_job){.run = relations_job, .ctx = c, .lasts = true};
        c->given = true;
        keep_crew_give(b->crew, &c->job);
    }
    *out = c;
    return 0;
}

int keep_load_care_end(struct keep_load_care *c, struct keep_err *err)
{
    int rc = encounters_load(c->b, err);

    if (rc < 0)
        return rc;
    if (!c->given)
        return relations_read(&c->relations, err);
    keep_crew_wait(c->b->crew, &c->job);
    if (c->rc < 0 && err)
        *err = c->err;
    return c->rc;
}

void keep_load_care_free(struct keep_load_care *c)
{
    if (!c)
        return;
    atomic_store(&c->stop, true);
    if (c->given)
        keep_crew_drop(c->b->crew, &c->job);
    reading_close(&c->relations);
    keep_beside_close(&c->beside);
    free(c);
}
