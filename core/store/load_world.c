/* People, accounts, relations and encounters of a keep in memory.
 *
 * Entities that links tie together are one, under the least id; of each slot (a
 * row of a source) the latest version counts. People are read first, since
 * encounters ask for the facility of their location; relations last. */
#include <stdlib.h>

#include "core/store/detail.h"
#include "core/store/load_build.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static struct keep_str own(struct keep_load_build *b, struct keep_str s, bool *ok)
{
    return keep_arena_str(b->a, s, ok);
}

/* --- the arrays ---------------------------------------------------------------- */

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
    size_t *n = b->count;

    for (size_t e = 1; e < b->map.roots.n; e++)
        n[b->map.roots.kind[e]] += b->map.roots.root[e] == e;
    w->patient = keep_arena_room(b->a, (n[KEEP_ENTITY_PATIENT] + 1) * sizeof *w->patient); /* fewer than entities, each of which is in memory already */
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
    return keep_load_world_by(NULL, s, a, out, err);
}

int keep_load_world_by(struct keep_crew *crew, struct keep_store *s, struct keep_arena *a, struct keep_world *out, struct keep_err *err)
{
    struct keep_world w = {.arena = a};
    struct keep_load_build b = {.s = s, .w = &w, .a = a, .crew = crew, .scratch = keep_arena_new(0), .row = keep_arena_new(0)};
    struct keep_load_hold hold = {NULL, NULL};
    struct keep_load_care *care = NULL;
    int64_t newest;
    int rc;

    if (!b.scratch || !b.row) {
        rc = no_memory(err);
        goto out;
    }
    if ((rc = keep_load_hold_open(&hold, s, err)) < 0 || (rc = keep_seal_keys_new(&b.keys, s, err)) < 0 || (rc = keep_entity_roots_load(&b.map.roots, s, err)) < 0)
        goto out;
    if (!(b.map.index = malloc(b.map.roots.n * sizeof *b.map.index))) {
        rc = no_memory(err);
        goto out;
    }
    if ((rc = keep_load_sources(s, a, &w.source, &w.sources, err)) < 0 || (rc = terms_load(&b, err)) < 0 || (rc = arrays_make(&b, err)) < 0 ||
        (rc = keep_entity_moves_load(&b.moves, s, err)) < 0 || (rc = keep_load_care_begin(&care, &b, err)) < 0 || (rc = keep_load_fact(&b, err)) < 0 ||
        (rc = keep_load_people(&b, err)) < 0 || (rc = keep_rowio_number(s, "SELECT max(newest) FROM segment", KEEP_TIME_NONE, &newest, err)) < 0 ||
        (rc = keep_load_care_end(care, err)) < 0) /* last, since it may have to wait for another thread */
        goto out;
    w.newest = newest;
    if ((rc = map_leave(&b, err)) == 0)
        *out = w;
out:
    keep_load_care_free(care);
    keep_seal_keys_free(b.keys);
    keep_load_map_free(&b.map);
    free(b.moves.move);
    keep_load_hold_close(&hold);
    keep_arena_free(b.scratch);
    keep_arena_free(b.row);
    return rc;
}
