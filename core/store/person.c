/* Who is one patient, and which records are in the wrong chart.
 *
 * Everything here is a row added to one of three tables (link, unlink, moved);
 * the readers of a keep resolve them anew each time. So an act can be undone by
 * another, what was believed before stays to be seen, and a transaction that is
 * rolled back after its effect was looked at has changed nothing.
 *
 * Leaving a patient ends every link between those who leave and those who stay.
 * Where such a link also held others together, those are tied again: three
 * sources that agree on two of three identities must not lose each other because
 * the third goes. */
#include "core/store/person.h"

#include <stdlib.h>

#include "core/base/grow.h"
#include "core/store/detail.h"
#include "core/store/entity.h"
#include "core/store/load_inside.h"
#include "core/store/sorted.h"
#include "core/text/fold.h"

static int no_memory(struct keep_err *err)
{
    return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
}

static uint64_t id_at(sqlite3_stmt *st, int column)
{
    return (uint64_t)sqlite3_column_int64(st, column);
}

/* --- reading ----------------------------------------------------------------- */

struct telling {
    struct keep_store *s;
    struct keep_entity_roots roots;
    struct keep_seal_keys *keys;
    struct keep_arena *a;
    struct keep_buf plain, name;
};

static void name_write(struct keep_buf *out, const struct keep_human *h)
{
    const struct keep_name *n = h->names ? &h->name[0] : NULL;

    keep_buf_clear(out);
    for (size_t i = 0; i < h->names; i++)
        if (keep_str_is(h->name[i].use, "official"))
            n = &h->name[i];
    if (!n)
        return;
    keep_buf_add(out, n->family.p, n->family.n);
    if (n->family.n && n->given.n)
        keep_buf_add(out, ", ", 2);
    keep_buf_add(out, n->given.p, n->given.n);
}

/* 1: its key was destroyed. */
static int identity_read(struct telling *t, sqlite3_stmt *st, struct keep_person_identity *out, struct keep_err *err)
{
    uint64_t entity = id_at(st, 0), bound;
    struct keep_str digest = keep_rowio_blob_at(st, 2);
    struct keep_detail d;
    int rc = keep_ring_get(t->s, KEEP_RING_PATIENT, entity, t->keys->owner, err);

    if (rc == 2 || (rc == 0 && (digest.n != KEEP_ENTITY_HASH || entity >= t->roots.n)))
        return keep_err_set(err, KEEP_E_INTEGRITY, "a patient's row is malformed, or its key is missing without having been destroyed");
    if (rc != 0)
        return rc;
    memcpy(&bound, digest.p, sizeof bound);
    keep_buf_clear(&t->plain);
    keep_arena_reset(t->a);
    if ((rc = keep_seal_open_text(&t->plain, keep_rowio_blob_at(st, 1), "patient", entity, bound, t->keys->owner, err)) < 0 ||
        (rc = keep_detail_get(&d, KEEP_ENTITY_PATIENT, keep_buf_view(&t->plain), t->a, err)) < 0)
        return rc;
    name_write(&t->name, &d.human);
    if (t->name.failed)
        return no_memory(err);
    *out = (struct keep_person_identity){entity, t->roots.root[entity], keep_rowio_text_at(st, 3), keep_buf_view(&t->name), d.human.mrn, d.human.birth};
    return 0;
}

int keep_person_identities(struct keep_store *s, int (*each)(void *ctx, const struct keep_person_identity *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct telling t = {.s = s, .a = keep_arena_new(0)};
    struct keep_person_identity who;
    sqlite3_stmt *st = NULL;
    int rc = t.a ? keep_seal_keys_new(&t.keys, s, err) : no_memory(err);

    _Static_assert(KEEP_ENTITY_PATIENT == 1, "the number stands in the statement below");
    if (rc == 0)
        rc = keep_entity_roots_load(&t.roots, s, err);
    if (rc == 0)
        rc = keep_load_prepare(s, "SELECT d.entity, d.body, d.digest, coalesce(s.name, '') FROM detail d LEFT JOIN source s ON s.id = d.source"
                               " WHERE d.kind = 1 AND d.id = (SELECT max(o.id) FROM detail o WHERE o.slot = d.slot) ORDER BY d.id", &st, err);
    if (rc == 0)
        while ((rc = keep_rowio_next(st, "reading patients", err)) > 0) {
            int told = identity_read(&t, st, &who, err);
            if (told == 0)
                told = each(ctx, &who, err);
            if (told < 0) {
                rc = told;
                break;
            }
        }
    sqlite3_finalize(st);
    keep_entity_roots_free(&t.roots);
    keep_seal_keys_free(t.keys);
    keep_buf_free(&t.plain);
    keep_buf_free(&t.name);
    keep_arena_free(t.a);
    return rc;
}

/* --- who is meant --- */

struct finding {
    const struct keep_world *w;
    struct keep_arena *a;
    struct keep_str what, folded;
    uint8_t *found; /* of each patient */
    bool any;
    int (*each)(void *ctx, uint32_t patient);
    void *ctx;
};

static int take(void *ctx, uint32_t patient)
{
    struct finding *f = ctx;
    if (f->found[patient])
        return 0;
    f->found[patient] = 1;
    f->any = true;
    return f->each(f->ctx, patient);
}

static int find_identity(void *ctx, const struct keep_person_identity *who, struct keep_err *err)
{
    struct finding *f = ctx;
    (void)err;
    bool numbered = who->mrn.n && keep_str_eq(who->mrn, f->what);
    if (!numbered && !(f->folded.n && who->name.n && keep_str_eq(keep_fold_name(who->name, f->a), f->folded)))
        return 0;
    uint32_t patient = keep_load_patient_index(f->w, who->entity);
    return patient == KEEP_ID_NONE ? 0 : take(f, patient);
}

/* By the id that logs and exports know a patient by. */
static int find_id(struct keep_store *s, struct finding *f, struct keep_err *err)
{
    const struct keep_key key = {KEEP_ENTITY_PATIENT, {"", 0}, f->what};
    struct keep_seal_keys *keys = NULL;
    uint8_t hash[KEEP_ENTITY_HASH];
    uint64_t entity = 0;
    int rc = keep_seal_keys_new(&keys, s, err);
    if (rc == 0) {
        keep_entity_hash(keys, 0, &key, hash);
        rc = keep_entity_stored(s, hash, &entity, err);
    }
    keep_seal_keys_free(keys);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    uint32_t patient = keep_load_patient_index(f->w, entity);
    return patient == KEEP_ID_NONE ? 0 : take(f, patient);
}

int keep_person_find(struct keep_store *s, const struct keep_world *w, struct keep_str what, int (*each)(void *ctx, uint32_t patient), void *ctx, struct keep_err *err)
{
    struct finding f = {.w = w, .a = keep_arena_new(0), .what = what, .each = each, .ctx = ctx};
    bool numbered = false;
    int rc = f.a && (f.found = keep_arena_array(f.a, w->patients + 1, 1)) ? 0 : no_memory(err);
    if (rc == 0) {
        memset(f.found, 0, w->patients + 1);
        for (uint32_t i = 0; i < w->patients; i++)
            numbered |= w->patient[i].mrn.n && keep_str_eq(w->patient[i].mrn, what);
        rc = keep_load_find_patient(w, what, f.a, take, &f);
    }
    if (rc == 0 && !numbered) {
        f.folded = keep_fold_name(what, f.a);
        rc = keep_person_identities(s, find_identity, &f, err);
    }
    if (rc == 0 && !f.any && what.n)
        rc = find_id(s, &f, err);
    keep_arena_free(f.a);
    return rc;
}

int keep_person_links(struct keep_store *s, int (*each)(void *ctx, const struct keep_person_link *, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT l.id, l.a, l.b, " KEEP_ENTITY_ENDED("l") " FROM link l JOIN entity e ON e.id = l.a WHERE e.kind = 1 ORDER BY l.id", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading links", err)) > 0) {
        struct keep_person_link l = {id_at(st, 0), id_at(st, 1), id_at(st, 2), sqlite3_column_int(st, 3) != 0};
        if ((rc = each(ctx, &l, err)) != 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}

int keep_person_alikes(struct keep_store *s, int (*each)(void *ctx, const struct keep_person_alike *, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT a.a, a.b, a.kind, coalesce(s.name, '') FROM alike a LEFT JOIN source s ON s.id = a.source ORDER BY a.id", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading what is alike", err)) > 0) {
        int64_t kind = sqlite3_column_int64(st, 2);
        struct keep_person_alike a = {id_at(st, 0), id_at(st, 1), (enum keep_link_kind)kind, keep_rowio_text_at(st, 3)};
        rc = kind < 0 || kind >= KEEP_LINK_COUNT ? keep_err_set(err, KEEP_E_INTEGRITY, "a proposal is of no known kind") : each(ctx, &a, err);
        if (rc != 0)
            break;
    }
    sqlite3_finalize(st);
    return rc;
}

int keep_person_same(struct keep_store *s, uint64_t entity, uint64_t **out, size_t *n, struct keep_err *err)
{
    uint64_t *list = NULL;
    size_t count = 0, cap = 0;
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, KEEP_ENTITY_SAME "SELECT e FROM one ORDER BY e", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)entity);
    while ((rc = keep_rowio_next(st, "finding who is the same", err)) > 0) {
        if (!keep_grow(&list, &cap, count + 1, sizeof *list, 8)) {
            rc = no_memory(err);
            break;
        }
        list[count++] = id_at(st, 0);
    }
    sqlite3_finalize(st);
    if (rc < 0) {
        free(list);
        return rc;
    }
    *out = list;
    *n = count;
    return 0;
}

/* --- writing ------------------------------------------------------------------- */

/* One row of whole numbers with its leaf. */
static int row_write(struct keep_store *s, const char *sql, const char *table, const uint64_t *v, size_t n, struct keep_err *err)
{
    struct keep_seal_keys *keys = NULL;
    struct keep_rowio row = {0};
    sqlite3_stmt *st;
    int rc = keep_seal_keys_new(&keys, s, err);

    if (rc == 0)
        rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);
    if (rc == 0) {
        keep_rowio_start(&row, s, st, table);
        for (size_t i = 0; i < n; i++)
            keep_rowio_int(&row, (int64_t)v[i]);
        rc = keep_rowio_insert(&row, keys->leaf, err);
    }
    keep_buf_free(&row.canon);
    keep_seal_keys_free(keys);
    return rc;
}

/* First column of the first row for two numbers; none without a row. */
static int ask(struct keep_store *s, const char *sql, uint64_t a, uint64_t b, int64_t none, int64_t *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)a);
    if (sqlite3_bind_parameter_count(st) > 1)
        sqlite3_bind_int64(st, 2, (int64_t)b);
    if ((rc = keep_rowio_next(st, "reading patients", err)) < 0)
        return rc;
    *out = rc ? sqlite3_column_int64(st, 0) : none;
    sqlite3_reset(st);
    return 0;
}

static int must_be_patient(struct keep_store *s, uint64_t entity, struct keep_err *err)
{
    int64_t kind;
    int rc = ask(s, "SELECT kind FROM entity WHERE id=?1", entity, 0, -1, &kind, err);

    if (rc == 0 && kind != KEEP_ENTITY_PATIENT)
        rc = keep_err_set(err, KEEP_E_USAGE, "%llu is no patient's identity", (unsigned long long)entity);
    return rc;
}

int keep_person_join(struct keep_store *s, uint64_t a, uint64_t b, struct keep_err *err)
{
    uint64_t pair[2] = {a < b ? a : b, a < b ? b : a};
    int64_t there;
    int rc;

    if (a == b)
        return 1;
    if ((rc = must_be_patient(s, a, err)) < 0 || (rc = must_be_patient(s, b, err)) < 0 ||
        (rc = ask(s, "SELECT 1 FROM link l WHERE a=?1 AND b=?2 AND " KEEP_ENTITY_LINKED("l"), pair[0], pair[1], 0, &there, err)) < 0)
        return rc;
    return there ? 1 : row_write(s, "INSERT INTO link(a, b, leaf) VALUES(?1, ?2, ?3)", "link", pair, 2, err);
}

static bool among(const uint64_t *list, size_t n, uint64_t v)
{
    for (size_t i = 0; i < n; i++)
        if (list[i] == v)
            return true;
    return false;
}

/* Ends the links between those who leave and the others of the patient. */
static int links_end(struct keep_store *s, const uint64_t *all, size_t n, const uint64_t *leaving, size_t leave, struct keep_err *err)
{
    uint64_t *link = NULL;
    size_t links = 0, cap = 0;
    sqlite3_stmt *st = NULL;
    int rc = keep_load_prepare(s, "SELECT id, b FROM link l WHERE a=?1 AND " KEEP_ENTITY_LINKED("l"), &st, err);

    for (size_t i = 0; rc == 0 && i < n; i++) {
        sqlite3_bind_int64(st, 1, (int64_t)all[i]);
        while ((rc = keep_rowio_next(st, "reading links", err)) > 0) {
            if (among(leaving, leave, all[i]) == among(leaving, leave, id_at(st, 1)))
                continue;
            if (!keep_grow(&link, &cap, links + 1, sizeof *link, 8)) {
                rc = no_memory(err);
                break;
            }
            link[links++] = id_at(st, 0);
        }
    }
    sqlite3_finalize(st);
    for (size_t i = 0; rc == 0 && i < links; i++)
        rc = row_write(s, "INSERT INTO unlink(link, leaf) VALUES(?1, ?2)", "unlink", &link[i], 1, err);
    free(link);
    return rc;
}

/* Ties those of a side together that only hung together through the other. */
static int side_tie(struct keep_store *s, const uint64_t *all, size_t n, const uint64_t *leaving, size_t leave, bool side, struct keep_err *err)
{
    uint64_t first = 0, *one;
    size_t ones;
    int rc = 0;

    for (size_t i = 0; rc >= 0 && i < n; i++) {
        if (among(leaving, leave, all[i]) != side)
            continue;
        if (!first) {
            first = all[i];
            continue;
        }
        if ((rc = keep_person_same(s, first, &one, &ones, err)) < 0)
            return rc;
        if (!among(one, ones, all[i]))
            rc = keep_person_join(s, first, all[i], err);
        free(one);
    }
    return rc < 0 ? rc : 0;
}

int keep_person_part(struct keep_store *s, const uint64_t *identity, size_t n, struct keep_err *err)
{
    uint64_t *all = NULL;
    size_t count = 0, here = 0;
    int rc = n ? must_be_patient(s, identity[0], err) : 1;

    if (rc == 0)
        rc = keep_person_same(s, identity[0], &all, &count, err);
    for (size_t i = 0; rc == 0 && i < count; i++)
        here += among(identity, n, all[i]);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (!among(all, count, identity[i]))
            rc = keep_err_set(err, KEEP_E_USAGE, "those who leave a patient together must be of one patient");
    if (rc == 0 && here == count)
        rc = 1;
    if (rc == 0)
        rc = links_end(s, all, count, identity, n, err);
    if (rc == 0)
        rc = side_tie(s, all, count, identity, n, true, err);
    if (rc == 0)
        rc = side_tie(s, all, count, identity, n, false, err);
    free(all);
    return rc;
}

/* --- moving ---------------------------------------------------------------------- */

struct moving {
    struct keep_store *s;
    const uint64_t *from; /* identities of the patient */
    size_t froms;
    uint64_t visit; /* whose records are looked for */
    struct thing {
        uint64_t entity, was;
    } *thing;
    size_t n, cap;
};

#define RECORD_ROWS "SELECT v.record, v.patient, " KEEP_ENTITY_PATIENT_OF("v.record", "v.patient") \
                    " FROM version v WHERE v.version = (SELECT max(version) FROM version o WHERE o.record = v.record)"
#define VISIT_ROWS "SELECT DISTINCT c.entity, c.patient, " KEEP_ENTITY_PATIENT_OF("c.entity", "c.patient") " FROM encounter c WHERE c.patient > 0"

/* What a statement finds in the chart; *found: rows, of any chart. */
static int things_find(struct moving *m, const char *sql, uint64_t key, size_t *found, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(m->s, sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)key);
    sqlite3_bind_int64(st, 2, (int64_t)m->visit); /* where the statement asks for it */
    while ((rc = keep_rowio_next(st, "reading a chart", err)) > 0) {
        ++*found;
        if (!among(m->from, m->froms, id_at(st, 2)))
            continue;
        if (!keep_grow(&m->thing, &m->cap, m->n + 1, sizeof *m->thing, 64)) {
            rc = no_memory(err);
            break;
        }
        m->thing[m->n++] = (struct thing){id_at(st, 0), id_at(st, 1)};
    }
    sqlite3_finalize(st);
    return rc;
}

/* Records of a visit, and the one that is itself about it. */
static int visit_records(struct moving *m, uint64_t visit, size_t *found, struct keep_err *err)
{
    struct keep_buf records = KEEP_BUF_INIT;
    int rc;

    if ((rc = keep_batch_flush(m->s, KEEP_BATCH_VERSION_VISIT, err)) == 0)
        rc = keep_sorted_find(m->s, KEEP_BATCH_VERSION_VISIT, visit, &records, err);
    m->visit = visit;
    for (size_t i = 0; rc == 0 && i < keep_sorted_found(&records); i++)
        rc = things_find(m, RECORD_ROWS " AND v.record = ?1 AND ?2 IN (v.encounter, v.self)", ((struct keep_sorted_entry *)records.p)[i].rest, found, err);
    keep_buf_free(&records);
    return rc;
}

static int part_find(struct moving *m, const struct keep_person_part *what, struct keep_err *err)
{
    size_t found = 0;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < what->records; i++) {
        size_t before = m->n;
        rc = things_find(m, RECORD_ROWS " AND v.record = ?1", what->record[i], &found, err);
        if (rc == 0 && m->n == before)
            rc = keep_err_set(err, KEEP_E_USAGE, "record %llu is not in that chart", (unsigned long long)what->record[i]);
    }
    if (rc == 0 && what->encounter) {
        rc = things_find(m, VISIT_ROWS " AND c.entity = ?1", what->encounter, &found, err);
        if (rc == 0 && m->n == 0)
            rc = keep_err_set(err, KEEP_E_USAGE, "encounter %llu is not in that chart", (unsigned long long)what->encounter);
        if (rc == 0)
            rc = visit_records(m, what->encounter, &found, err);
    }
    if (rc == 0 && what->source) {
        rc = things_find(m, VISIT_ROWS " AND c.source = ?1", what->source, &found, err);
        if (rc == 0)
            rc = things_find(m, RECORD_ROWS " AND v.source = ?1", what->source, &found, err);
        if (rc == 0 && m->n == 0)
            rc = keep_err_set(err, KEEP_E_USAGE, "that chart holds nothing of that source");
    }
    return rc;
}

int keep_person_move(struct keep_store *s, const struct keep_person_part *what, uint64_t from, uint64_t to, uint64_t *moved, struct keep_err *err)
{
    struct moving m = {.s = s};
    uint64_t *same = NULL;
    int rc = must_be_patient(s, to, err);

    if (rc == 0)
        rc = keep_person_same(s, from, &same, &m.froms, err);
    m.from = same;
    if (rc == 0 && among(m.from, m.froms, to))
        rc = keep_err_set(err, KEEP_E_USAGE, "both are one patient");
    if (rc == 0)
        rc = part_find(&m, what, err);
    for (size_t i = 0; rc == 0 && i < m.n; i++) {
        uint64_t v[3] = {m.thing[i].entity, m.thing[i].was, to};
        rc = row_write(s, "INSERT INTO moved(entity, was, patient, leaf) VALUES(?1, ?2, ?3, ?4)", "moved", v, 3, err);
    }
    if (rc == 0)
        *moved = m.n;
    free(m.thing);
    free(same);
    return rc;
}
