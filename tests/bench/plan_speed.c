/* A plan of one million due records, for a hospital under all packs: the keep is
 * read, every set judged, each due one bound by a digest over its records'
 * versions, who they are about sealed to the officer, and the text written.
 *
 * The peer lists what is due in plain SQL over sqlite: the same rows in a plain
 * table, a JSON object a patient with the day and the number of records. No
 * law, no digests, nothing sealed. */
#include <dirent.h>

#include "core/crypto/age.h"
#include "core/work/importrun.h"
#include "core/work/officerrun.h"
#include "core/work/planrun.h"
#include "tests/bench/charts.h"

#define AS_OF keep_civil_utc_date(BENCH_NOW)

/* What the source holds, attested: without a signature nothing is complete, so nothing due. */
static void declare(const struct bench_dir *d, struct keep_store *s, const struct keep_sign_secret *him)
{
    static const char text[] = "{\"title\":\"t\",\"classes\":\"all\",\"facilities\":\"all\",\"from\":null,\"closed_on\":\"2024-12-31\",\"complete\":true,\"codes_complete\":true,"
                               "\"custody\":\"official\",\"jurisdiction\":\"KS\",\"attested_by\":\"HIM\"}";
    char path[400];
    uint32_t id;
    snprintf(path, sizeof path, "%s/ehr.json", d->base);
    FILE *f = bench_need(fopen(path, "wb"));
    fwrite(text, 1, sizeof text - 1, f);
    fclose(f);
    bench_must(keep_import_declare(s, "ehr", path, him, &id, &err), &err);
}

/* One officer, and the shipped packs adopted by him. */
static void adopt(const struct bench_dir *d, struct keep_packs *adopted)
{
    static const uint8_t seed[32] = {7}, id[8] = {7};
    static const char *const folder[] = {"policies"};
    struct keep_store *s = bench_keep_open(d, true);
    struct keep_sign_secret *him = NULL;
    struct keep_officer o = {.role = KEEP_STR("him")};
    struct keep_packs p;
    uint8_t identity[32];
    uint64_t written;
    bench_must(keep_sign_from_seed(&him, seed, id, &err), &err);
    keep_sign_public_of(him, &o.key);
    keep_sign_derive(him, "bench", identity);
    keep_age_recipient(o.recipient, identity);
    bench_must(keep_officerrun_change(s, &(struct keep_officerrun_change){.add = &o}, &err), &err);
    declare(d, s, him);
    bench_must(keep_packs_read(&p, folder, 1, &err), &err);
    const struct keep_sign_secret *signer[] = {him};
    struct keep_packs_adopt how = {.review_by = AS_OF + 300, .officer = signer, .officers = 1};
    bench_must(keep_packs_adopt(&p, s, &how, &written, &err), &err);
    bench_must(keep_packs_adopted(adopted, s, &err), &err);
    keep_packs_free(&p);
    keep_sign_free(him);
    keep_store_close(s);
}

struct measured {
    double cpu, kib;
    uint64_t sets, records, bytes;
};

static struct measured plan(const struct bench_dir *d, const struct keep_packs *adopted)
{
    struct keep_arena *a = bench_need(keep_arena_new(0));
    struct keep_buf text = KEEP_BUF_INIT;
    struct measured m = {0};
    struct keep_plan p;
    size_t sets = 0;
    double c = bench_cpu();
    struct keep_store *s = bench_keep_open(d, false);
    bench_must(keep_planrun_make(s, adopted, AS_OF, &text, &sets, &err), &err);
    m.cpu = bench_cpu() - c;
    m.bytes = text.n;
    m.sets = sets;
    bench_must(keep_plan_read(&p, keep_buf_view(&text), "plan", a, &err), &err);
    for (size_t i = 0; i < p.sets; i++)
        m.records += p.set[i].records;
    keep_store_close(s);
    keep_buf_free(&text);
    keep_arena_free(a);
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    m.kib = (double)u.ru_maxrss;
    return m;
}

static double peer(sqlite3 *db, uint64_t *due)
{
    double t = bench_cpu();
    uint64_t bytes = 0;
    sqlite3_stmt *st = prepared(db, "SELECT json_object('patient', id, 'records', n, 'keep_until', day) FROM (SELECT p.id, n, max(date(l * 86400, 'unixepoch', '+10 years'),"
                                    " CASE WHEN date(p.birth * 86400, 'unixepoch', '+18 years') > date(l * 86400, 'unixepoch') THEN date(p.birth * 86400, 'unixepoch', '+19 years') ELSE '' END) AS day"
                                    " FROM (SELECT patient, max(last) AS l, sum(who = 0) AS n FROM r GROUP BY patient) JOIN p ON p.id = patient) WHERE day < '2026-09-21' ORDER BY id");
    *due = 0;
    while (sqlite3_step(st) == SQLITE_ROW) {
        bytes += (uint64_t)sqlite3_column_bytes(st, 0);
        ++*due;
    }
    sqlite3_finalize(st);
    return bytes ? bench_cpu() - t : 0;
}

int main(void)
{
    uint32_t patients = bench_quick() ? 2000 : 52000; /* of the thirty records of each the chart is due, a score; images wait for a rule that nobody has read */
    struct bench_dir d;
    struct keep_packs adopted;
    uint64_t due;
    double ours[3], theirs[3];
    struct measured m = {0};
    bench_dir_make(&d);
    bench_keep_make(&d);
    sqlite3 *plain = charts_fill(&d, patients, 2012, 1980);
    adopt(&d, &adopted);
    for (int i = 0; i < 3; i++) {
        m = plan(&d, &adopted);
        ours[i] = m.cpu;
        theirs[i] = peer(plain, &due);
        if (m.records < (uint64_t)patients * 19 || due < patients - 10)
            bench_die("%llu sets of %llu records in the plan, %llu due", (unsigned long long)m.sets, (unsigned long long)m.records, (unsigned long long)due);
    }
    double o = bench_median(ours, 3), p = bench_median(theirs, 3);
    bench_row(&(struct bench_row){"plan_1m", "s", o, p, p / o, BENCH_OURS_TO, 5, "a plan over 1 million due records, all packs adopted, read, judged, digested, sealed and written; peer: the due patients listed as JSON by SQL over a plain table with an index; processor time"});
    bench_row(&(struct bench_row){"plan_1m_memory", "MiB", m.kib / 1024, 0, 0, BENCH_NO_GOAL, 0, "at its greatest, with what filled the keep"});
    sqlite3_close(plain);
    keep_packs_free(&adopted);
    bench_dir_remove(&d);
    return 0;
}
