/* Which entities are one: links read into a forest, the least id of each tree
 * its root. And what people put into another chart than its source did. */
#include <stdlib.h>
#include <string.h>

#include "core/store/entity.h"

void keep_entity_roots_free(struct keep_entity_roots *r)
{
    free(r->root);
    free(r->kind);
    *r = (struct keep_entity_roots){NULL, NULL, 0};
}

static uint64_t root_of(uint64_t *root, uint64_t i)
{
    while (root[i] != i) {
        root[i] = root[root[i]];
        i = root[i];
    }
    return i;
}

/* Most entities are encounters: where every number is given, those that no row says to be something else are. */
static int kinds_load(struct keep_entity_roots *r, struct keep_store *s, struct keep_err *err)
{
    sqlite3_stmt *st;
    int64_t n, first;
    bool all = false;
    int rc = keep_rowio_number(s, "SELECT count(*) FROM entity", 0, &n, err);

    if (rc == 0 && (rc = keep_rowio_number(s, "SELECT min(id) FROM entity", 0, &first, err)) == 0)
        all = first == 1 && (size_t)n + 1 == r->n;
    if (rc == 0)
        rc = keep_store_prepare(s, keep_store_db(s), "SELECT id, kind FROM entity WHERE kind IS NOT ?1", &st, err);
    if (rc < 0)
        return rc;
    if (all) {
        memset(r->kind + 1, KEEP_ENTITY_ENCOUNTER, r->n - 1);
        sqlite3_bind_int(st, 1, KEEP_ENTITY_ENCOUNTER);
    } else {
        sqlite3_bind_null(st, 1);
    }
    while ((rc = keep_rowio_next(st, "reading entities", err)) > 0) {
        int64_t id = sqlite3_column_int64(st, 0), kind = sqlite3_column_int64(st, 1);
        if (id <= 0 || (uint64_t)id >= r->n || kind < 0 || kind >= KEEP_ENTITY_COUNT) {
            sqlite3_reset(st);
            return keep_err_set(err, KEEP_E_INTEGRITY, "an entity's row is malformed");
        }
        r->kind[id] = (uint8_t)kind;
    }
    return rc;
}

static int links_load(struct keep_entity_roots *r, struct keep_store *s, const char *sql, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading links", err)) > 0) {
        uint64_t a = (uint64_t)sqlite3_column_int64(st, 0), b = (uint64_t)sqlite3_column_int64(st, 1);
        if (a >= r->n || b >= r->n || r->kind[a] != r->kind[b]) {
            sqlite3_reset(st);
            return keep_err_set(err, KEEP_E_INTEGRITY, "a link's row is malformed");
        }
        a = root_of(r->root, a);
        b = root_of(r->root, b);
        r->root[a > b ? a : b] = a < b ? a : b;
    }
    for (uint64_t i = 0; rc == 0 && i < r->n; i++)
        r->root[i] = root_of(r->root, i);
    return rc;
}

static int roots_load(struct keep_entity_roots *out, struct keep_store *s, const char *sql, struct keep_err *err)
{
    struct keep_entity_roots r = {NULL, NULL, 0};
    int64_t last;
    int rc;

    if ((rc = keep_rowio_number(s, "SELECT max(id) FROM entity", 0, &last, err)) < 0)
        return rc;
    if (last < 0 || last >= UINT32_MAX)
        return keep_err_set(err, KEEP_E_INTEGRITY, "an entity's id is out of range");
    r.n = (size_t)last + 1;
    r.root = malloc(r.n * sizeof *r.root);
    r.kind = calloc(r.n, 1);
    if (!r.root || !r.kind) {
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        goto out;
    }
    for (size_t i = 0; i < r.n; i++)
        r.root[i] = i;
    if ((rc = kinds_load(&r, s, err)) < 0 || (rc = links_load(&r, s, sql, err)) < 0)
        goto out;
    *out = r;
    return 0;
out:
    keep_entity_roots_free(&r);
    return rc;
}

int keep_entity_roots_load(struct keep_entity_roots *out, struct keep_store *s, struct keep_err *err)
{
    return roots_load(out, s, "SELECT a, b FROM link l WHERE " KEEP_ENTITY_LINKED("l"), err);
}

int keep_entity_roots_ever(struct keep_entity_roots *out, struct keep_store *s, struct keep_err *err)
{
    return roots_load(out, s, "SELECT a, b FROM link", err);
}

static int by_entity(const void *pa, const void *pb)
{
    const struct keep_entity_move *a = pa, *b = pb;

    if (a->entity != b->entity)
        return a->entity < b->entity ? -1 : 1;
    return a->was < b->was ? -1 : a->was > b->was;
}

int keep_entity_moves_load(struct keep_entity_moves *out, struct keep_store *s, struct keep_err *err)
{
    struct keep_entity_moves m = {NULL, 0};
    int64_t most;
    sqlite3_stmt *st;
    int rc = keep_rowio_number(s, "SELECT count(*) FROM moved", 0, &most, err);

    if (rc == 0 && !(m.move = malloc(((size_t)most + 1) * sizeof *m.move)))
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_store_prepare(s, keep_store_db(s), "SELECT entity, was, patient FROM moved o WHERE id = (SELECT max(id) FROM moved m WHERE m.entity = o.entity AND m.was = o.was)", &st, err);
    if (rc == 0)
        while ((rc = keep_rowio_next(st, "reading what was moved", err)) > 0 && m.n < (size_t)most)
            m.move[m.n++] = (struct keep_entity_move){(uint64_t)sqlite3_column_int64(st, 0), (uint64_t)sqlite3_column_int64(st, 1), (uint64_t)sqlite3_column_int64(st, 2)};
    if (rc < 0) {
        free(m.move);
        return rc;
    }
    qsort(m.move, m.n, sizeof *m.move, by_entity);
    *out = m;
    return 0;
}

uint64_t keep_entity_moves_of(const struct keep_entity_moves *m, uint64_t entity, uint64_t patient)
{
    struct keep_entity_move want = {entity, patient, 0};
    const struct keep_entity_move *found = m->n ? bsearch(&want, m->move, m->n, sizeof want, by_entity) : NULL;

    return found ? found->patient : patient;
}
