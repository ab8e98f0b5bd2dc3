/* Goal: what is a repetition does not depend on how much memory there is to
 * tell: with room for a fraction of the events, and months by turns, every event
 * gets the answer that a plain model gives, by source id and by content. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/events_inside.h"
#include "core/store/intake_inside.h"
#include "core/store/rowio.h"
#include "core/store/txn.h"
#include "tests/store/hospital.h"

enum { KINDS = 30000, MONTHS = 3 };

/* The model: of each kind of row how many are kept, and how many this file had. */
struct model {
    uint32_t kept[KINDS], had[KINDS];
    uint64_t seed, added, repeated, loads;
    size_t slots;
    bool native;
};

static uint32_t below(struct model *m, uint32_t n)
{
    m->seed = m->seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((m->seed >> 33) % n);
}

static void one(struct hospital *h, struct model *m, uint32_t kind)
{
    char id[16];
    struct keep_row_event e = hospital_event_row(T0 + kind % MONTHS * 40 * DAY + kind / MONTHS * KEEP_USEC, "ann", "p1");
    bool again = m->native ? m->kept[kind] > 0 : m->had[kind] < m->kept[kind];

    if (m->native) {
        e.native_id = (struct keep_str){id, (size_t)snprintf(id, sizeof id, "e%u", kind)};
        e.time += below(m, 60) * KEEP_USEC; /* a source may correct a time; its id decides */
    }
    int rc = h->sink.event(h->sink.ctx, &e, &h->err);
    hospital_must(h, rc);
    assert_int_equal(rc, again);
    m->had[kind]++;
    m->kept[kind] += !again;
    m->added += !again;
    m->repeated += again;
}

static void file(struct hospital *h, struct model *m, uint32_t from, uint32_t to, uint32_t step)
{
    struct keep_events_writer *w = h->in->log;

    hospital_must(h, keep_intake_file(h->in, S("next.csv"), &h->err));
    memset(m->had, 0, sizeof m->had);
    for (uint32_t i = from; i < to; i++) {
        one(h, m, (uint32_t)((uint64_t)i * step % KINDS));
        if (i % 50 == 0)
            for (uint32_t k = below(m, 5); k > 0; k--)
                one(h, m, (uint32_t)((uint64_t)i * step % KINDS));
        size_t sum = 0;
        for (size_t b = 0; b < w->buckets; b++)
            sum += w->bucket[b]->known.cap;
        size_t least = keep_known_least((size_t)m->added);
        assert_true(sum <= (m->slots > least ? m->slots : least));
    }
}

static void session(struct hospital *h, struct model *m)
{
    hospital_begin(h, "log");
    if (m->slots)
        h->in->log->repeat.slots = m->slots;
    else
        m->slots = h->in->log->repeat.slots;
}

static void story(struct hospital *h, bool native, size_t slots)
{
    struct model *m = calloc(1, sizeof *m);
    int64_t n;

    m->native = native;
    m->slots = slots;
    m->seed = 11;
    session(h, m);
    file(h, m, 0, 9000, 3);             /* one month after the other */
    file(h, m, 0, 9000, 3);             /* all of it again, in the same session */
    file(h, m, 6000, 15000, 3);         /* overlapping; on into the next month */
    hospital_finish(h);
    session(h, m);
    file(h, m, 2000, 16000, 3);         /* overlapping what another session wrote */
    file(h, m, 0, 60, 7);             /* months by turns: tables given back and made again */
    file(h, m, 0, 300, 0);              /* one row, many times */
    file(h, m, 0, 320, 0);
    hospital_finish(h);
    session(h, m);
    file(h, m, 16000, 21000, 3);
    file(h, m, 9000, 20000, 3);
    hospital_finish(h);
    hospital_must(h, keep_rowio_number(h->s, "SELECT sum(n) FROM segment", 0, &n, &h->err));
    assert_int_equal(n, m->added);
    assert_true(m->repeated > 10000);
    struct keep_store_checker c = {NULL, hospital_found, NULL};
    hospital_must(h, keep_recheck_tables(h->s, &c, &h->err));
    free(m);
}

static void test_repeat_by_id(void **state)
{
    story(*state, true, 0);
}

static void test_repeat_by_content(void **state)
{
    story(*state, false, 0);
}

static void test_repeat_by_id_in_little_memory(void **state)
{
    story(*state, true, 10000);
}

static void test_repeat_by_content_in_little_memory(void **state)
{
    story(*state, false, 10000);
}

/* A segment that is damaged where it is looked up stops the import. */
static void test_repeat_damaged_hashes(void **state)
{
    struct hospital *h = *state;

    hospital_begin(h, "log");
    for (int i = 0; i < 100; i++)
        hospital_event(h, T0 + i * KEEP_USEC, "ann", "p1");
    hospital_finish(h);
    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_IMPORT, &h->err));
    keep_txn_count(h->s, "segments", 1); /* one that says nothing leaves nothing behind */
    assert_int_equal(sqlite3_exec(keep_store_db(h->s), "UPDATE segment SET hashes = substr(hashes, 1, 80)", NULL, NULL, NULL), SQLITE_OK);
    hospital_must(h, keep_txn_commit(h->s, &h->err));
    hospital_begin(h, "log");
    struct keep_row_event e = hospital_event_row(T0, "ann", "p1");
    assert_int_equal(h->sink.event(h->sink.ctx, &e, &h->err), KEEP_E_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_repeat_by_id, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_repeat_by_content, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_repeat_by_id_in_little_memory, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_repeat_by_content_in_little_memory, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_repeat_damaged_hashes, hospital_setup, hospital_teardown),
    };

    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
