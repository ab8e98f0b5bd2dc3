#include "tests/audit/town.h"

#include "core/audit/posts.h"

static void is(struct keep_str s, const char *want)
{
    assert_int_equal(s.n, strlen(want));
    assert_memory_equal(s.p ? s.p : "", want, s.n);
}

/* In the ICU, away for a month, back in Billing, and a day's lending to the ED inside of that. */
static struct town *moved(uint32_t *nurse)
{
    static const struct keep_interval at[] = {
        {NOON, NOON + 10 * DAY, true}, {NOON + 40 * DAY, KEEP_TIME_NONE, true}, {NOON + 50 * DAY, NOON + 51 * DAY, true}, {NOON + 60 * DAY, NOON + 61 * DAY, true}};
    static const struct keep_post post[] = {
        {KEEP_STR("ICU"), KEEP_STR("nurse"), KEEP_STR("2 East")}, {KEEP_STR("Billing"), {NULL, 0}, {NULL, 0}}, {{NULL, 0}, {NULL, 0}, KEEP_STR("ED 1")}, {{NULL, 0}, {NULL, 0}, {NULL, 0}}};
    struct town *t = town_new("");
    *nurse = town_worker(t, "N", "Billing");
    t->w.worker[*nurse].role = KEEP_STR("clerk");
    t->w.worker[*nurse].affiliation = at;
    t->w.worker[*nurse].post = post;
    t->w.worker[*nurse].affiliations = 4;
    return t;
}

static void test_posts_are_those_of_the_time(void **state)
{
    uint32_t n;
    struct town *t = moved(&n);
    const struct keep_worker *w = &t->w.worker[n];
    (void)state;
    is(keep_posts_of(w, NOON).department, "ICU");
    is(keep_posts_of(w, NOON).role, "nurse");
    is(keep_posts_of(w, NOON + 10 * DAY - 1).unit, "2 East");
    is(keep_posts_of(w, NOON + 10 * DAY).department, "Billing"); /* in nobody's interval: as told without a time */
    is(keep_posts_of(w, NOON + 10 * DAY).unit, "");
    is(keep_posts_of(w, NOON + 50 * DAY).unit, "ED 1");          /* the latest begun */
    is(keep_posts_of(w, NOON + 50 * DAY).department, "Billing"); /* which does not say */
    is(keep_posts_of(w, NOON + 60 * DAY).department, "Billing"); /* one that says nothing hides none */
    is(keep_posts_of(w, NOON + 60 * DAY).role, "clerk");
    town_free(t);
}

static void test_posts_walk_stays(void **state)
{
    uint32_t n;
    struct town *t = moved(&n);
    struct keep_posts p;
    uint32_t still = town_worker(t, "S", "ICU"), bare = town_worker(t, "B", "");
    (void)state;
    assert_int_equal(keep_posts_init(&p, &t->w), 0);
    uint32_t icu = keep_posts_number(&p, KEEP_STR("ICU")), billing = keep_posts_number(&p, KEEP_STR("Billing")), lent = keep_posts_number(&p, KEEP_STR("ED 1"));
    assert_int_equal(keep_posts_number(&p, KEEP_STR("Laundry")), KEEP_ID_NONE);
    assert_int_equal(keep_posts_number(&p, (struct keep_str){NULL, 0}), KEEP_ID_NONE);
    size_t i = keep_posts_at(&p, n, NOON + DAY);
    assert_int_equal(p.stay[i].department, icu);
    assert_true(p.stay[i].from == NOON && keep_posts_end(&p, n, i) == NOON + 10 * DAY);
    assert_true(keep_posts_was_in(&p, n, icu, NOON - DAY, NOON));
    assert_false(keep_posts_was_in(&p, n, icu, NOON - DAY, NOON - 1));
    assert_false(keep_posts_was_in(&p, n, icu, NOON + 10 * DAY, NOON + 90 * DAY));
    assert_true(keep_posts_was_in(&p, n, lent, NOON, NOON + 90 * DAY));
    assert_true(keep_posts_was_in(&p, n, billing, INT64_MIN, INT64_MIN));
    i = keep_posts_at(&p, still, NOON);
    assert_true(p.stay[i].from == INT64_MIN && keep_posts_end(&p, still, i) == INT64_MAX);
    assert_int_equal(p.stay[keep_posts_at(&p, bare, NOON)].department, KEEP_ID_NONE);
    keep_posts_done(&p);
    town_free(t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_posts_are_those_of_the_time), cmocka_unit_test(test_posts_walk_stays)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
