/* What goes with a key. The rows of a record or a patient are deleted inside
 * the transaction that erases; of each leaf that thereby loses its row, table
 * gone remembers whose it was, so that `check` can ask for the destruction that
 * explains it. An entity's number stays: the log and others' records refer to
 * it, and it says nothing. */
#include "core/store/inside.h"
#include "core/store/load_inside.h"
#include "core/store/packed.h"
#include "core/store/payload.h"
#include "core/store/sorted.h"

static int run(struct keep_store *s, const char *sql, int64_t a, int64_t b, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, a);
    if (sqlite3_bind_parameter_count(st) > 1)
        sqlite3_bind_int64(st, 2, b);
    return keep_rowio_run(st, "erasing rows", err);
}

/* Numbers of the only column that a statement of one parameter gives, in a buffer of uint64_t. */
static int numbers(struct keep_store *s, const char *sql, uint64_t key, struct keep_buf *out, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)key);
    while ((rc = keep_rowio_next(st, "finding rows to erase", err)) > 0) {
        uint64_t v = (uint64_t)sqlite3_column_int64(st, 0);
        keep_buf_add(out, &v, sizeof v);
    }
    return rc == 0 && out->failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : rc;
}

static size_t numbers_n(const struct keep_buf *b)
{
    return b->n / sizeof(uint64_t);
}

static uint64_t number_at(const struct keep_buf *b, size_t i)
{
    return ((const uint64_t *)b->p)[i];
}

/* A visit's relations by row. */
static int relations_of(struct keep_store *s, uint64_t visit, struct keep_buf *entries, struct keep_err *err)
{
    keep_buf_clear(entries);
    return keep_sorted_find(s, KEEP_BATCH_RELATION_VISIT, visit, entries, err);
}

static int relation_gone(struct keep_store *s, uint64_t row, enum keep_ring_kind kind, int64_t owner, struct keep_err *err)
{
    int rc = run(s, kind == KEEP_RING_RECORD ? "INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 1, ?2 FROM relation WHERE id=?1"
                                             : "INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM relation WHERE id=?1", (int64_t)row, owner, err);

    return rc < 0 ? rc : run(s, "DELETE FROM relation WHERE id=?1", (int64_t)row, 0, err);
}

/* Whether a record still tells of a visit, by any of the entities that it is. */
static int visit_told(struct keep_store *s, const struct keep_buf *one, struct keep_err *err)
{
    struct keep_buf records = KEEP_BUF_INIT;
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < numbers_n(one) && records.n == 0; i++)
        rc = keep_sorted_find(s, KEEP_BATCH_VERSION_VISIT, number_at(one, i), &records, err);
    if (rc == 0)
        rc = records.n > 0;
    keep_buf_free(&records);
    return rc;
}

/* A visit's dates, and who took part in it, go with the last record of it: until then the others need to know where and when they were made. */
static int visit_drop(struct keep_store *s, uint64_t visit, int64_t record, struct keep_err *err)
{
    static const char *const sql[] = {
        KEEP_ENTITY_SAME "INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 1, ?2 FROM encounter WHERE entity IN one",
        KEEP_ENTITY_SAME "DELETE FROM encounter WHERE entity IN one",
    };
    struct keep_buf one = KEEP_BUF_INIT, rows = KEEP_BUF_INIT;
    int rc = numbers(s, KEEP_ENTITY_SAME "SELECT e FROM one", visit, &one, err);

    _Static_assert(KEEP_RING_RECORD == 1, "the number stands in the statements above");
    if (rc == 0 && (rc = visit_told(s, &one, err)) > 0) {
        rc = 0;
        goto out;
    }
    for (size_t i = 0; rc == 0 && i < sizeof sql / sizeof *sql; i++)
        rc = run(s, sql[i], (int64_t)visit, record, err);
    for (size_t i = 0; rc >= 0 && i < numbers_n(&one); i++) {
        if ((rc = relations_of(s, number_at(&one, i), &rows, err)) < 0)
            break;
        for (size_t k = 0; rc == 0 && k < keep_sorted_found(&rows); k++)
            rc = relation_gone(s, ((struct keep_sorted_entry *)rows.p)[k].rest, KEEP_RING_RECORD, record, err);
        rc = rc < 0 ? rc : keep_sorted_clear(s, KEEP_BATCH_RELATION_VISIT, number_at(&one, i), err);
    }
    if (rc >= 0)
        rc = keep_packed_drop(s, err);
out:
    keep_buf_free(&one);
    keep_buf_free(&rows);
    return rc;
}

int keep_erase_rows(struct keep_store *s, uint64_t record, struct keep_err *err)
{
    int64_t id = (int64_t)record;
    struct keep_buf visits = KEEP_BUF_INIT; /* that the record tells of or belongs to; most have one */
    int rc;

    if ((rc = keep_batch_flush_all(s, err)) < 0 || (rc = keep_payload_erase(s, record, err)) < 0 ||
        (rc = numbers(s, "SELECT encounter FROM version WHERE record=?1 AND encounter > 0 UNION SELECT self FROM version WHERE record=?1 AND self > 0", record, &visits, err)) < 0 ||
        (rc = run(s, "INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, ?2, ?1 FROM version WHERE record=?1", id, KEEP_RING_RECORD, err)) < 0 ||
        (rc = run(s, "DELETE FROM version WHERE record=?1", id, 0, err)) < 0)
        goto out;
    for (size_t i = 0; rc >= 0 && i < numbers_n(&visits); i++)
        rc = keep_sorted_remove(s, KEEP_BATCH_VERSION_VISIT, number_at(&visits, i), record, err);
    for (size_t i = 0; rc >= 0 && i < numbers_n(&visits); i++)
        rc = visit_drop(s, number_at(&visits, i), id, err);
    if (rc >= 0)
        rc = keep_entity_forget(s, record, err);
out:
    keep_buf_free(&visits);
    return rc;
}

/* Rows of a table that are about patient ?1: by their own word, and by that of people who moved the visit here or away. */
#define OF_PATIENT(table, visit) \
    "SELECT c.id FROM " table " c WHERE c.patient = ?1 AND " KEEP_ENTITY_PATIENT_OF("c." visit, "c.patient") " = ?1" \
    " UNION SELECT c.id FROM moved o JOIN " table " c ON c." visit " = o.entity WHERE o.patient = ?1 AND " KEEP_ENTITY_PATIENT_OF("c." visit, "c.patient") " = ?1"

/* A row's visit, 0 none, and whose it is by now: 1, or 0 when there is no such row. */
static int relation_now(struct keep_store *s, uint64_t row, uint64_t *visit, int64_t *about, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT c.encounter, " KEEP_ENTITY_PATIENT_OF("c.encounter", "c.patient") " FROM relation c WHERE c.id = ?1", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)row);
    rc = keep_rowio_next(st, "finding rows to erase", err);
    if (rc == 1) {
        *visit = (uint64_t)sqlite3_column_int64(st, 0);
        *about = sqlite3_column_int64(st, 1);
    }
    sqlite3_reset(st);
    return rc;
}

/* Relations of a patient, as OF_PATIENT would have them: by their own word, or of a visit that was moved here. */
static int relations_drop(struct keep_store *s, int64_t entity, int64_t owner, struct keep_err *err)
{
    struct keep_buf moved = KEEP_BUF_INIT, entries = KEEP_BUF_INIT, rows = KEEP_BUF_INIT;
    int64_t about;
    int rc = numbers(s, "SELECT id FROM relation WHERE patient = ?1", (uint64_t)entity, &rows, err);

    if (rc == 0)
        rc = numbers(s, "SELECT DISTINCT entity FROM moved WHERE patient = ?1", (uint64_t)entity, &moved, err);
    for (size_t i = 0; rc == 0 && i < numbers_n(&moved); i++) {
        rc = relations_of(s, number_at(&moved, i), &entries, err);
        for (size_t k = 0; k < keep_sorted_found(&entries); k++)
            keep_buf_add(&rows, &((struct keep_sorted_entry *)entries.p)[k].rest, sizeof(uint64_t));
    }
    if (rc == 0 && rows.failed)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    for (size_t i = 0; rc >= 0 && i < numbers_n(&rows); i++) {
        uint64_t row = number_at(&rows, i), visit;
        if ((rc = relation_now(s, row, &visit, &about, err)) <= 0 || about != entity)
            continue;
        if ((rc = relation_gone(s, row, KEEP_RING_PATIENT, owner, err)) >= 0 && visit)
            rc = keep_sorted_remove(s, KEEP_BATCH_RELATION_VISIT, visit, row, err);
    }
    keep_buf_free(&moved);
    keep_buf_free(&entries);
    keep_buf_free(&rows);
    return rc < 0 ? rc : 0;
}

static int person_drop(struct keep_store *s, int64_t entity, int64_t owner, struct keep_err *err)
{
    static const char *const table[][2] = {
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM detail WHERE entity=?1", "DELETE FROM detail WHERE entity=?1"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM encounter WHERE id IN (" OF_PATIENT("encounter", "entity") ")",
         "DELETE FROM encounter WHERE id IN (" OF_PATIENT("encounter", "entity") ")"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM case_text WHERE kind=2 AND owner=?1", "DELETE FROM case_text WHERE kind=2 AND owner=?1"},
    };
    int rc;

    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if ((rc = run(s, table[i][0], entity, owner, err)) < 0 || (rc = run(s, table[i][1], entity, 0, err)) < 0)
            return rc;
    if ((rc = relations_drop(s, entity, owner, err)) < 0)
        return rc;
    return (rc = keep_packed_drop(s, err)) < 0 ? rc : keep_entity_forget(s, (uint64_t)entity, err);
}

int keep_erase_patient_rows(struct keep_store *s, uint64_t patient, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc, dropped;

    _Static_assert(KEEP_RING_PATIENT == 2, "the number stands in the statements above");
    rc = keep_load_prepare(s, KEEP_ENTITY_SAME "SELECT e FROM one", &st, err);
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)patient);
    while ((rc = keep_rowio_next(st, "finding who is the same", err)) > 0)
        if ((dropped = person_drop(s, sqlite3_column_int64(st, 0), (int64_t)patient, err)) < 0) {
            rc = dropped;
            break;
        }
    sqlite3_finalize(st);
    return rc;
}

int keep_erase_case_rows(struct keep_store *s, uint64_t id, struct keep_err *err)
{
    static const char *const table[4][2] = {
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 7, ?1 FROM case_text WHERE file=?1", "DELETE FROM case_text WHERE file=?1"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 7, ?1 FROM case_step WHERE file=?1", "DELETE FROM case_step WHERE file=?1"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 7, ?1 FROM case_find WHERE file=?1", "DELETE FROM case_find WHERE file=?1"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 7, ?1 FROM case_file WHERE id=?1", "DELETE FROM case_file WHERE id=?1"},
    };
    int rc = 0;

    _Static_assert(KEEP_RING_CASE == 7, "the number stands in the statements above");
    for (int i = 0; rc == 0 && i < 4; i++)
        if ((rc = run(s, table[i][0], (int64_t)id, 0, err)) == 0)
            rc = run(s, table[i][1], (int64_t)id, 0, err);
    return rc;
}

int keep_erase_live(struct keep_store *s, enum keep_ring_kind kind, uint64_t owner, struct keep_err *err)
{
    sqlite3_stmt *st;
    const char *sql;
    int rc;

    _Static_assert(KEEP_ENTITY_PATIENT == 1 && KEEP_ENTITY_CONTACT == 8 && KEEP_RING_CASE == 7, "the numbers stand in the statement below");
    switch (kind) {
    case KEEP_RING_RECORD: sql = "SELECT 1 FROM version WHERE record=?1 LIMIT 1"; break;
    case KEEP_RING_PATIENT: sql = "SELECT 1 FROM detail WHERE entity=?1 AND kind IN (1, 8) LIMIT 1"; break;
    case KEEP_RING_PERIOD: sql = "SELECT 1 FROM segment WHERE source=?1 >> 32 AND period=?1 & 4294967295 LIMIT 1"; break;
    case KEEP_RING_QUARANTINE: sql = "SELECT 1 FROM quarantine WHERE id=?1 LIMIT 1"; break;
    case KEEP_RING_CASE: sql = "SELECT 1 FROM case_text WHERE kind=7 AND owner=?1 LIMIT 1"; break;
    case KEEP_RING_ORDER: /* its text is no longer needed once the custodian has certified it */
        sql = "SELECT 1 FROM act a WHERE a.kind='order' AND a.subject = CAST(format('%016x', ?1) AS BLOB) AND NOT EXISTS (SELECT 1 FROM act c WHERE c.kind='order-certified' AND c.subject = a.subject) LIMIT 1";
        break;
    default: return 1; /* not of these tables: whoever made the key knows */
    }
    if ((rc = keep_store_prepare(s, keep_store_db(s), sql, &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, (int64_t)owner);
    rc = keep_rowio_next(st, "looking for rows of a key", err);
    sqlite3_reset(st);
    return rc;
}
