/* Goal: what is on file of people is opened and read the same by any number of
 * threads: more than one batch of it, rows that were replaced, one larger than a
 * batch, patients whose key is gone; and of several failures the first in the
 * order of rows is told. */
#include "tests/store/worlds.h"

#include <stdlib.h>

#include "core/store/inside.h"
#include "tests/store/hospital.h"

enum { PEOPLE = 1500 }; /* a dozen batches */

static void change(sqlite3 *db, const char *sql)
{
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s: %s", sql, sqlite3_errmsg(db));
}

static void people(struct hospital *h, int round)
{
    char id[20], mrn[20], family[30], line[40];

    hospital_begin(h, "ehr");
    for (int i = 0; i < PEOPLE; i++) {
        if (round && i % 7)
            continue;
        snprintf(id, sizeof id, "p%d", i);
        snprintf(mrn, sizeof mrn, "M%d", i);
        snprintf(family, sizeof family, "Family%d", i % 40 + round);
        snprintf(line, sizeof line, "%d Elm Street", i % 300 + round);
        hospital_patient(h, id, mrn, family, line);
        id[0] = 'w';
        if (i % 5 == 0)
            hospital_worker(h, id, mrn, family, line);
    }
    hospital_finish(h);
}

/* One whose names alone are more than a batch holds. */
static void long_one(struct hospital *h)
{
    enum { NAMES = 3000 };
    static struct keep_name name[NAMES];
    static char family[NAMES][80];
    struct keep_key key = hospital_key(KEEP_ENTITY_PATIENT, "", "p9");
    struct keep_row_patient r = {.at = {1, 0, 0}, .key = &key, .keys = 1, .death_time = KEEP_TIME_NONE, .death = {KEEP_DATE_NONE, KEEP_PREC_NONE}};

    for (int i = 0; i < NAMES; i++) {
        snprintf(family[i], sizeof family[i], "Anotherverylongandhyphenatedname%024d", i);
        name[i] = (struct keep_name){hospital_z(family[i]), S("Ada"), S("old")};
    }
    r.human = (struct keep_human){.name = name, .names = NAMES, .birth = {KEEP_DATE_NONE, KEEP_PREC_NONE}};
    hospital_begin(h, "archive");
    hospital_must(h, h->sink.patient(h->sink.ctx, &r, &h->err));
    hospital_finish(h);
}

static void test_load_detail_by_any_number_of_threads(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;

    people(h, 0);
    long_one(h);
    people(h, 1);
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    assert_int_equal(w.patients, PEOPLE);
    assert_true(keep_str_is(w.patient[7].name, "Family8, Ada")); /* the later row of its slot */
    assert_true(keep_str_is(w.patient[8].name, "Family8, Ada"));
    assert_true(w.patient[9].surname_key[3] != 0 && w.patient[8].surname_key[1] == 0);
    worlds_each_way(h->s, &w);
    keep_arena_free(a);
}

static void test_load_detail_tells_the_first_failure(void **state)
{
    struct hospital *h = *state;

    people(h, 0);
    change(keep_store_db(h->s), "BEGIN");
    change(keep_store_db(h->s), "UPDATE detail SET body = zeroblob(length(body)) WHERE kind = (SELECT kind FROM detail LIMIT 1) AND id = 1300");
    worlds_refused(h->s, KEEP_E_INTEGRITY, "");
    change(keep_store_db(h->s), "UPDATE detail SET entity = 999999 WHERE id = 700"); /* its key never was: found while reading, long before the other */
    worlds_refused(h->s, KEEP_E_INTEGRITY, "missing without having been destroyed");
    change(keep_store_db(h->s), "UPDATE detail SET body = zeroblob(3) WHERE id = 651"); /* found only when it is opened */
    worlds_refused(h->s, KEEP_E_INTEGRITY, "too short to be sealed");
    change(keep_store_db(h->s), "UPDATE detail SET kind = 77 WHERE id = 300");
    worlds_refused(h->s, KEEP_E_INTEGRITY, "malformed");
    change(keep_store_db(h->s), "ROLLBACK");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_load_detail_by_any_number_of_threads, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_load_detail_tells_the_first_failure, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
