#include "tests/audit/town.h"

#include "core/audit/edges.h"

static void test_edges_count_workers_who_share_patients(void **state)
{
    struct town *t = town_new("");
    struct keep_posts posts;
    struct keep_edges *e;
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), lonely = town_patient(t, "lonely");
    uint32_t a = town_worker(t, "A", "Surgery"), b = town_worker(t, "B", "Surgery"), c = town_worker(t, "C", "Radiology");
    town_worker(t, "D", "Information Technology");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, a, p, NOON, NOON);
    town_relation(t, KEEP_RELATION_ORDER, b, p, NOON, NOON);
    town_relation(t, KEEP_RELATION_RESULT, c, p, NOON, NOON);
    town_relation(t, KEEP_RELATION_ENCOUNTER, a, q, NOON, NOON);
    town_relation(t, KEEP_RELATION_TASK, c, q, NOON, NOON); /* works on its papers: sees nobody by that, and shares with Surgery */
    town_relation(t, KEEP_RELATION_TASK, c, lonely, NOON, NOON);
    assert_int_equal(keep_posts_init(&posts, &t->w), 0);
    assert_int_equal(keep_edges_new(&e, &t->w, &posts, NULL), 0);
    uint32_t surgery = keep_posts_number(&posts, KEEP_STR("Surgery")), radiology = keep_posts_number(&posts, KEEP_STR("Radiology")),
             it = keep_posts_number(&posts, KEEP_STR("Information Technology"));
    assert_int_equal(keep_edges_ties(e, surgery, p), 2);   /* with itself */
    assert_int_equal(keep_edges_ties(e, radiology, p), 1);
    assert_int_equal(keep_edges_ties(e, radiology, q), 1); /* C counts once */
    assert_int_equal(keep_edges_ties(e, it, p), 0);
    assert_int_equal(keep_edges_ties(e, it, lonely), -1);  /* no department sees that patient */
    assert_int_equal(keep_edges_ties(e, it, 99), -1);
    keep_edges_free(e);
    keep_posts_done(&posts);
    town_free(t);
}

/* Nobody knows where X is: whoever X sees is seen by one department more. In ward 3 nobody on file works. */
static void test_edges_of_departments_that_nobody_is_known_to_work_in(void **state)
{
    struct town *t = town_new("");
    struct keep_posts posts;
    struct keep_edges *e;
    uint32_t p = town_patient(t, "P"), seen = town_patient(t, "seen"), ward = town_patient(t, "ward");
    uint32_t a = town_worker(t, "A", "Surgery"), x = town_worker(t, "X", "");
    town_worker(t, "B", "Surgery");
    town_worker(t, "R", "Radiology");
    town_term(t, "Ward 3");
    (void)state;
    town_relation(t, KEEP_RELATION_ENCOUNTER, x, p, NOON, NOON);
    town_relation(t, KEEP_RELATION_TASK, a, p, NOON, NOON);
    town_relation(t, KEEP_RELATION_ORDER, x, seen, NOON, NOON);
    town_relation(t, KEEP_RELATION_ENCOUNTER, KEEP_ID_NONE, ward, NOON, NOON)->department = 0;
    town_relation(t, KEEP_RELATION_TASK, a, ward, NOON, NOON);
    assert_int_equal(keep_posts_init(&posts, &t->w), 0);
    assert_int_equal(keep_edges_new(&e, &t->w, &posts, NULL), 0);
    uint32_t surgery = keep_posts_number(&posts, KEEP_STR("Surgery")), radiology = keep_posts_number(&posts, KEEP_STR("Radiology"));
    assert_int_equal(keep_edges_size(e, surgery), 2);
    assert_int_equal(keep_edges_ties(e, surgery, seen), 1);
    assert_int_equal(keep_edges_ties(e, radiology, seen), 0);
    assert_int_equal(keep_edges_count(e, surgery, KEEP_ID_NONE), 1);
    assert_int_equal(keep_edges_ties(e, surgery, ward), 1);
    assert_int_equal(keep_edges_ties(e, radiology, ward), 0);
    assert_int_equal(keep_edges_size(e, keep_posts_number(&posts, KEEP_STR("Ward 3"))), 0);
    keep_edges_free(e);
    keep_posts_done(&posts);
    town_free(t);
}

/* More departments than bits of a word: the first and the last share a patient with each other, none between them does. */
static void test_edges_tell_many_departments_apart(void **state)
{
    enum { MANY = 70 };
    static char name[MANY][16];
    struct town *t = town_new("");
    struct keep_posts posts;
    struct keep_edges *e;
    uint32_t p = town_patient(t, "P"), worker[MANY];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(name[i], sizeof name[i], "Department %d", i);
        worker[i] = town_worker(t, name[i], name[i]);
    }
    town_relation(t, KEEP_RELATION_ENCOUNTER, worker[0], p, NOON, NOON);
    town_relation(t, KEEP_RELATION_ENCOUNTER, worker[MANY - 1], p, NOON, NOON);
    assert_int_equal(keep_posts_init(&posts, &t->w), 0);
    assert_int_equal(keep_edges_new(&e, &t->w, &posts, NULL), 0);
    for (int i = 0; i < MANY; i++)
        assert_int_equal(keep_edges_ties(e, keep_posts_number(&posts, keep_str_of(name[i])), p), i == 0 || i == MANY - 1);
    keep_edges_free(e);
    keep_posts_done(&posts);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_edges_count_workers_who_share_patients), cmocka_unit_test(test_edges_tell_many_departments_apart),
                                      cmocka_unit_test(test_edges_of_departments_that_nobody_is_known_to_work_in)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
