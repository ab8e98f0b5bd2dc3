/* What goes with a key. The rows of a record or a patient are deleted inside
 * the transaction that erases; of each leaf that thereby loses its row, table
 * gone remembers whose it was, so that `check` can ask for the destruction that
 * explains it. An entity's number stays: the log and others' records refer to
 * it, and it says nothing. */
#include "core/store/inside.h"
#include "core/store/load_inside.h"
#include "core/store/packed.h"
#include "core/store/payload.h"

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

/* The visits that a record tells of or belongs to; a record has one, a version that moved it another. */
#define MAX_VISITS 16

static int visits_of(struct keep_store *s, int64_t record, int64_t visit[MAX_VISITS], int *n, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT encounter FROM version WHERE record=?1 AND encounter > 0 UNION SELECT self FROM version WHERE record=?1 AND self > 0", &st, err);

    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, record);
    *n = 0;
    while (*n < MAX_VISITS && (rc = keep_rowio_next(st, "finding a record's visit", err)) > 0)
        visit[(*n)++] = sqlite3_column_int64(st, 0);
    sqlite3_reset(st);
    return rc < 0 ? rc : 0;
}

/* A visit's dates, and who took part in it, go with the last record of it: until then the others need to know where and when they were made. */
static int visit_drop(struct keep_store *s, int64_t visit, int64_t record, struct keep_err *err)
{
    static const char *const sql[4] = {
        KEEP_ENTITY_SAME "INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 1, ?2 FROM encounter WHERE entity IN one",
        KEEP_ENTITY_SAME "DELETE FROM encounter WHERE entity IN one",
        KEEP_ENTITY_SAME "INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 1, ?2 FROM relation WHERE encounter IN one AND encounter > 0",
        KEEP_ENTITY_SAME "DELETE FROM relation WHERE encounter IN one AND encounter > 0",
    };
    sqlite3_stmt *st;
    int rc;

    _Static_assert(KEEP_RING_RECORD == 1, "the number stands in the statements above");
    if ((rc = keep_store_prepare(s, keep_store_db(s), KEEP_ENTITY_SAME "SELECT 1 FROM version WHERE encounter IN one AND encounter > 0 UNION ALL SELECT 1 FROM version WHERE self IN one AND self > 0 LIMIT 1", &st, err)) < 0)
        return rc;
    sqlite3_bind_int64(st, 1, visit);
    rc = keep_rowio_next(st, "finding what else tells of a visit", err);
    sqlite3_reset(st);
    if (rc != 0)
        return rc < 0 ? rc : 0;
    for (int i = 0; rc == 0 && i < 4; i++)
        rc = run(s, sql[i], visit, record, err);
    return rc < 0 ? rc : keep_packed_drop(s, err);
}

int keep_erase_rows(struct keep_store *s, uint64_t record, struct keep_err *err)
{
    int64_t id = (int64_t)record, visit[MAX_VISITS];
    int rc, n;

    if ((rc = keep_payload_erase(s, record, err)) < 0 || (rc = visits_of(s, id, visit, &n, err)) < 0 ||
        (rc = run(s, "INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, ?2, ?1 FROM version WHERE record=?1", id, KEEP_RING_RECORD, err)) < 0 ||
        (rc = run(s, "DELETE FROM version WHERE record=?1", id, 0, err)) < 0)
        return rc;
    for (int i = 0; i < n; i++)
        if ((rc = visit_drop(s, visit[i], id, err)) < 0)
            return rc;
    return keep_entity_forget(s, record, err);
}

/* Rows of a table that are about patient ?1: by their own word, and by that of people who moved the visit here or away. */
#define OF_PATIENT(table, visit) \
    "SELECT c.id FROM " table " c WHERE c.patient = ?1 AND " KEEP_ENTITY_PATIENT_OF("c." visit, "c.patient") " = ?1" \
    " UNION SELECT c.id FROM moved o JOIN " table " c ON c." visit " = o.entity WHERE o.patient = ?1 AND " KEEP_ENTITY_PATIENT_OF("c." visit, "c.patient") " = ?1"

static int person_drop(struct keep_store *s, int64_t entity, int64_t owner, struct keep_err *err)
{
    static const char *const table[4][2] = {
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM detail WHERE entity=?1", "DELETE FROM detail WHERE entity=?1"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM encounter WHERE id IN (" OF_PATIENT("encounter", "entity") ")",
         "DELETE FROM encounter WHERE id IN (" OF_PATIENT("encounter", "entity") ")"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM relation WHERE id IN (" OF_PATIENT("relation", "encounter") ")",
         "DELETE FROM relation WHERE id IN (" OF_PATIENT("relation", "encounter") ")"},
        {"INSERT OR IGNORE INTO gone(leaf, kind, owner) SELECT leaf, 2, ?2 FROM case_text WHERE kind=2 AND owner=?1", "DELETE FROM case_text WHERE kind=2 AND owner=?1"},
    };
    int rc;

    for (int i = 0; i < 4; i++)
        if ((rc = run(s, table[i][0], entity, owner, err)) < 0 || (rc = run(s, table[i][1], entity, 0, err)) < 0)
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
