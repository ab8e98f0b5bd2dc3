/* Disposing of the access log by the month.
 *
 * An event's columns stand in segments of its period, and what the log said
 * beyond them is sealed under the period's key. Both go: the key with a tombstone,
 * which takes what older copies of the page hold of the sealed part; the segments
 * with their lists as rows are erased, in the same transaction. The runs stay,
 * numbers without anybody in them, so that the ledger's leaves keep their owner and
 * that a gap in the log is seen as a destruction and not as a loss. */
#include "core/store/logperiod.h"

#include "core/crypto/secret.h"
#include "core/store/carried.h"
#include "core/store/inside.h"
#include "core/store/load_inside.h"
#include "core/store/logdetail.h"
#include "core/store/present.h"

uint64_t keep_logperiod_owner(const struct keep_logperiod *p)
{
    return KEEP_LOGDETAIL_OWNER(p->source, p->period);
}

static int state_of(struct keep_store *s, uint64_t owner, struct keep_err *err)
{
    void *key = NULL;
    int rc = keep_secret_new(&key, KEEP_KEY_SIZE, err);

    if (rc == 0)
        rc = keep_ring_get(s, KEEP_RING_PERIOD, owner, key, err);
    keep_secret_free(key);
    return rc;
}

/* --- listing --------------------------------------------------------------------- */

static int row_tell(struct keep_store *s, sqlite3_stmt *st, int (*each)(void *ctx, const struct keep_logperiod *, struct keep_err *), void *ctx, struct keep_err *err)
{
    struct keep_logperiod p = {.source = (uint32_t)sqlite3_column_int64(st, 0), .name = keep_rowio_text_at(st, 1), .period = sqlite3_column_int64(st, 2),
                               .events = (uint64_t)sqlite3_column_int64(st, 3), .bytes = (uint64_t)sqlite3_column_int64(st, 4), .at = KEEP_TIME_NONE};
    int y = (int)(p.period / 100), m = (int)(p.period % 100), rc;
    uint64_t owner = KEEP_LOGDETAIL_OWNER(p.source, p.period);
    struct keep_ring_tombstone t;

    if (y < 1 || y > 9999 || m < 1 || m > 12)
        return keep_err_set(err, KEEP_E_INTEGRITY, "a log period is no month");
    p.from = keep_civil_from_ymd(y, m, 1);
    p.to = p.from + keep_civil_month_days(y, m) - 1;
    if ((rc = state_of(s, owner, err)) < 0)
        return rc;
    p.destroyed = rc == 1;
    if (p.destroyed) {
        if ((rc = keep_ring_tombstone(s, KEEP_RING_PERIOD, owner, &t, err)) < 0)
            return rc;
        p.at = t.at;
        p.intent = t.intent;
    }
    return each(ctx, &p, err);
}

int keep_logperiod_list(struct keep_store *s, int (*each)(void *ctx, const struct keep_logperiod *, struct keep_err *), void *ctx, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_load_prepare(s, "SELECT r.source, o.name, r.period, sum(r.n), (SELECT sum(length(g.columns) + length(g.hashes) + length(g.detail)) FROM segment g"
                               " WHERE g.source = r.source AND g.period = r.period) FROM run r JOIN source o ON o.id = r.source GROUP BY r.source, r.period", &st, err);

    if (rc < 0)
        return rc;
    while ((rc = keep_rowio_next(st, "reading log periods", err)) > 0)
        if ((rc = row_tell(s, st, each, ctx, err)) != 0)
            break;
    sqlite3_finalize(st);
    return rc;
}

/* --- who stands in one ---------------------------------------------------------------- */

int keep_logperiod_mentions(struct keep_store *s, const struct keep_logperiod *p, const uint32_t *patient, size_t n, struct keep_err *err)
{
    sqlite3_stmt *st;
    int rc = keep_store_prepare(s, keep_store_db(s), "SELECT (SELECT q.ids FROM present q WHERE q.kind=1 AND q.segment = g.id) FROM segment g WHERE g.source=?1 AND g.period=?2", &st, err);

    _Static_assert(KEEP_PRESENT_PATIENT == 1, "the number stands in the statement above");
    if (rc < 0)
        return rc;
    sqlite3_bind_int64(st, 1, p->source);
    sqlite3_bind_int64(st, 2, p->period);
    while ((rc = keep_rowio_next(st, "asking a log period for patients", err)) > 0) {
        struct keep_str list = keep_rowio_blob_at(st, 0);
        rc = list.n ? keep_present_has(list.p, list.n, patient, n, err) : 1; /* nobody listed who stands there: anybody may */
        if (rc != 0)
            break;
    }
    sqlite3_reset(st);
    return rc;
}

/* --- disposal --------------------------------------------------------------------- */

int keep_logperiod_rows(struct keep_store *s, uint64_t owner, struct keep_err *err)
{
    static const char *const sql[] = {
        "DELETE FROM present WHERE kind IN (0, 1) AND segment IN (SELECT id FROM segment WHERE source=?1 AND period=?2)",
        "DELETE FROM segment WHERE source=?1 AND period=?2"};
    sqlite3_stmt *st;
    int rc = 0;

    for (size_t i = 0; i < sizeof sql / sizeof *sql && rc == 0; i++) {
        if ((rc = keep_store_prepare(s, keep_store_db(s), sql[i], &st, err)) < 0)
            return rc;
        sqlite3_bind_int64(st, 1, (int64_t)(owner >> 32));
        sqlite3_bind_int64(st, 2, (int64_t)(owner & UINT32_MAX));
        rc = keep_rowio_run(st, "destroying a log period", err);
    }
    return rc < 0 ? rc : keep_carried_drop(s, err);
}
