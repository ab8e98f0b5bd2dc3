#include "tests/audit/town.h"

#include "core/audit/ties.h"

static void test_ties_are_of_one_patient_at_a_time(void **state)
{
    struct town *t = town_new("");
    uint32_t p = town_patient(t, "P"), q = town_patient(t, "Q"), none = town_patient(t, "N");
    uint32_t heart = town_worker(t, "W", "Heart"), bone = town_worker(t, "V", "Bone"), typist = town_worker(t, "T", "");
    uint32_t word = town_term(t, "Bone");
    struct keep_ties_base b;
    struct keep_ties ties;
    (void)state;
    town_relation(t, KEEP_RELATION_NOTE, heart, p, NOON, NOON)->author = typist;
    town_relation(t, KEEP_RELATION_ORDER, bone, p, NOON + 1, NOON + 1);
    town_relation(t, KEEP_RELATION_RESULT, heart, p, NOON + 2, NOON + 2);
    town_relation(t, KEEP_RELATION_ENCOUNTER, KEEP_ID_NONE, q, NOON, NOON)->department = word;
    assert_int_equal(keep_ties_base_init(&b, &t->w, NULL), 0);
    assert_int_equal(keep_ties_init(&ties, &b), 0);

    keep_ties_turn(&ties, p);
    assert_true(ties.authored);
    assert_int_equal(ties.pairs, 3);
    assert_int_equal(keep_ties_pair(&ties, heart)->n, 2);
    assert_int_equal(keep_ties_pair(&ties, heart)->kinds, 1u << KEEP_RELATION_NOTE | 1u << KEEP_RELATION_RESULT);
    assert_int_equal(keep_ties_pair(&ties, typist)->n, 0);
    keep_ties_pair(&ties, typist)->first = NOON;
    keep_ties_turn(&ties, p); /* at hand: nothing is forgotten */
    assert_true(keep_ties_pair(&ties, typist)->first == NOON);
    const struct keep_ties_group *g = keep_ties_group(&ties, keep_posts_number(&b.posts, KEEP_STR("Bone")));
    assert_true(g && g->n == 1 && !g->kinds && g->colleagues == 1u << KEEP_RELATION_ORDER);

    keep_ties_turn(&ties, q);
    assert_false(ties.authored);
    assert_null(keep_ties_pair(&ties, heart));
    g = keep_ties_group(&ties, keep_posts_number(&b.posts, KEEP_STR("Bone")));
    assert_true(g && g->kinds == 1u << KEEP_RELATION_ENCOUNTER && !g->colleagues);
    keep_ties_turn(&ties, none);
    assert_int_equal(ties.pairs + ties.groups, 0);
    keep_ties_turn(&ties, p);
    assert_true(keep_ties_pair(&ties, typist)->first == KEEP_TIME_NONE);
    keep_ties_done(&ties);
    keep_ties_base_done(&b);
    town_free(t);
}

/* When it begins to count: an end alone stands in for the start. */
static keep_time begins(const struct keep_relation *x)
{
    return x->from != KEEP_TIME_NONE ? x->from : x->to;
}

static void test_ties_sort_by_start(void **state)
{
    struct town *t = town_new("");
    uint32_t p = town_patient(t, "P");
    struct keep_ties_base b;
    struct keep_ties ties;
    uint32_t n = 0;
    (void)state;
    for (uint32_t i = 0; i < 7; i++)
        town_worker(t, "W", i % 2 ? "Heart" : "Bone");
    for (uint32_t i = 0; i < 200; i++)
        town_relation(t, KEEP_RELATION_NOTE, i * 5 % 7, p, i % 11 ? NOON + i / 3 : KEEP_TIME_NONE, NOON + (i % 11 ? i / 3 : 200 - i));
    assert_int_equal(keep_ties_base_init(&b, &t->w, NULL), 0);
    assert_int_equal(keep_ties_init(&ties, &b), 0);
    keep_ties_turn(&ties, p);
    assert_int_equal(ties.pairs, 7);
    for (uint32_t w = 0; w < 7; w++) {
        const struct keep_ties_pair *k = keep_ties_pair(&ties, w);
        for (uint32_t i = 0; i < k->n; i++, n++) {
            const struct keep_relation *x = &t->w.relation[ties.by_worker[k->begin + i]], *before = i ? &t->w.relation[ties.by_worker[k->begin + i - 1]] : x;
            assert_int_equal(x->worker, w);
            assert_true(i == 0 || begins(before) < begins(x) || (begins(before) == begins(x) && before < x));
        }
    }
    assert_int_equal(n, 200);
    keep_ties_done(&ties);
    keep_ties_base_done(&b);
    town_free(t);
}

static void test_ties_rest_on_the_same_by_any_number_of_threads(void **state)
{
    struct town *t = town_new("");
    uint32_t w = town_worker(t, "W", "Heart");
    struct keep_ties_base one, three;
    struct keep_crew *crew = NULL;
    (void)state;
    for (uint32_t i = 0; i < 100; i++) {
        uint32_t p = town_patient(t, "P");
        for (uint32_t k = 0; k < i * 7 % 11; k++)
            town_relation(t, KEEP_RELATION_NOTE, w, p, NOON + k, NOON + k);
    }
    town_relation(t, KEEP_RELATION_NOTE, w, KEEP_ID_NONE, NOON, NOON); /* of nobody on file */
    assert_int_equal(keep_crew_new(&crew, 3, NULL), 0);
    assert_int_equal(keep_ties_base_init(&one, &t->w, NULL), 0);
    assert_int_equal(keep_ties_base_init(&three, &t->w, crew), 0);
    assert_int_equal(one.most, 10);
    assert_int_equal(one.most_entries, 30);
    assert_int_equal(three.most, one.most);
    assert_int_equal(three.most_entries, one.most_entries);
    for (uint32_t i = 0, begin = 0; i <= t->w.patients; begin += i++ * 7 % 11) {
        assert_int_equal(one.facts[i], begin);
        assert_int_equal(three.facts[i], begin);
        assert_int_equal(three.visits[i], 0);
    }
    keep_ties_base_done(&one);
    keep_ties_base_done(&three);
    keep_crew_free(crew);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_ties_are_of_one_patient_at_a_time), cmocka_unit_test(test_ties_rest_on_the_same_by_any_number_of_threads), cmocka_unit_test(test_ties_sort_by_start)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
