/* Goal: runs found in many pieces, by however many threads, are those of a plain look at every window. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <setjmp.h>

#include <cmocka.h>

#include "core/audit/window_inside.h"

enum { EVENTS = 40000, RULES = 3, USERS = 300, PATIENTS = 3000 };

static uint64_t seed = 11;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((seed >> 33) % n);
}

/* The last of them is told by a bit of the second word, as in a policy with very many rules. */
static const struct keep_access rule[RULES] = {
    {.form = KEEP_ACCESS_COUNT, .per = {KEEP_FIELD_event_patient_id}, .pers = 1, .within = 900, .limit = 3},
    {.form = KEEP_ACCESS_DISTINCT, .per = {KEEP_FIELD_user_id}, .pers = 1, .within = 200, .limit = 4, .distinct = KEEP_FIELD_event_patient_id},
    {.form = KEEP_ACCESS_COUNT, .per = {KEEP_FIELD_user_id, KEEP_FIELD_event_patient_id}, .pers = 2, .within = 5000, .limit = 2},
};
static const size_t bit[RULES] = {0, 1, 64};

static void add(struct keep_window *w, size_t i)
{
    w->event[i] = (struct keep_window_event){.time = below(20000), .ordinal = i, .account = below(USERS), .patient = below(4) ? below(PATIENTS) : below(20)};
    w->event[i].subject = i % 7 ? w->event[i].account : w->event[i].account | KEEP_BIND_BY_ACCOUNT; /* far from the others: values lie too wide for a table */
    for (size_t k = 0; k < RULES; k++)
        w->took[i * 2 + bit[k] / 64] |= (uint64_t)(below(8) > 0) << bit[k] % 64;
}

static struct keep_window *window_new(void)
{
    struct keep_window *w = calloc(1, sizeof *w);
    assert_non_null(w);
    *w = (struct keep_window){.counters = RULES, .steps = 65, .words = 2, .events = EVENTS, .as_of = KEEP_TIME_NONE};
    w->counter = calloc(RULES, sizeof *w->counter);
    w->event = calloc(EVENTS, sizeof *w->event);
    w->took = calloc((size_t)EVENTS * 2, sizeof *w->took);
    assert_true(w->counter && w->event && w->took);
    for (uint32_t k = 0; k < RULES; k++)
        w->counter[k] = (struct keep_window_counter){.rule = 10 + k, .a = &rule[k], .steps = 1, .bit = bit[k]};
    seed = 11;
    for (size_t i = 0; i < EVENTS; i++)
        add(w, i);
    return w;
}

struct plain {
    uint64_t key;
    keep_time time;
    uint32_t event, patient;
};

static int in_order(const void *a, const void *b)
{
    const struct plain *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    return x->time != y->time ? (x->time > y->time) - (x->time < y->time) : (x->event > y->event) - (x->event < y->event);
}

/* What v[from] .. v[to] count. */
static size_t counted(const struct keep_access *a, const struct plain *v, size_t from, size_t to)
{
    size_t n = 0;
    for (size_t i = from; i <= to; i++) {
        bool again = false;
        for (size_t k = from; k < i && a->form == KEEP_ACCESS_DISTINCT; k++)
            again |= v[k].patient == v[i].patient;
        n += !again;
    }
    return n;
}

/* most[event]: what the fullest window that it stands in counts, where that reaches the limit; else 0. */
static void plainly(const struct keep_window *w, size_t k, uint64_t *most)
{
    struct plain *v = calloc(EVENTS, sizeof *v);
    size_t n = 0;
    assert_non_null(v);
    for (uint32_t i = 0; i < EVENTS; i++) {
        most[i] = 0;
        if (!(w->took[i * 2 + bit[k] / 64] >> bit[k] % 64 & 1))
            continue;
        v[n] = (struct plain){.time = w->event[i].time, .event = i, .patient = w->event[i].patient};
        assert_true(keep_window_key(w, &w->event[i], &rule[k], &v[n++].key));
    }
    qsort(v, n, sizeof *v, in_order);
    for (size_t i = 0, tail = 0; i < n; i++) {
        while (v[tail].key != v[i].key || v[i].time - v[tail].time > rule[k].within)
            tail++;
        size_t have = counted(&rule[k], v, tail, i);
        for (size_t at = tail; at <= i && have >= (size_t)rule[k].limit; at++)
            most[v[at].event] = have > most[v[at].event] ? have : most[v[at].event];
    }
    free(v);
}

static void test_window_runs_finds_what_a_plain_look_finds(void **state)
{
    struct keep_window *w = window_new();
    struct keep_window_hit hit[RULES];
    uint64_t *most = calloc(EVENTS, sizeof *most);
    (void)state;
    assert_non_null(most);
    assert_int_equal(keep_window_rules(w), RULES);
    assert_int_equal(keep_window_resolve(w, NULL, NULL), 0);
    for (size_t k = 0; k < RULES; k++) {
        size_t in = 0;
        plainly(w, k, most);
        for (uint32_t i = 0; i < EVENTS; i++) {
            uint64_t count = 0;
            for (size_t n = keep_window_find(w, i, hit); n-- > 0;)
                count = hit[n].rule == w->counter[k].rule ? hit[n].count : count;
            assert_int_equal(count > 0, most[i] > 0);
            assert_true(count >= most[i]); /* of the fullest window of the run, which it need not stand in */
            in += count > 0;
        }
        assert_in_range(in, 100, EVENTS - 100);
    }
    free(most);
    keep_window_free(w);
}

static void test_window_runs_are_the_same_by_any_number_of_threads(void **state)
{
    struct keep_window *a = window_new(), *b = window_new();
    struct keep_window_hit x[RULES], y[RULES];
    struct keep_crew *crew = NULL;
    (void)state;
    assert_int_equal(keep_crew_new(&crew, 3, NULL), 0);
    assert_int_equal(keep_window_resolve(a, NULL, NULL), 0);
    assert_int_equal(keep_window_resolve(b, crew, NULL), 0);
    for (uint32_t i = 0; i < EVENTS; i++) {
        size_t n = keep_window_find(a, i, x);
        assert_int_equal(keep_window_find(b, i, y), n);
        for (size_t k = 0; k < n; k++) {
            assert_int_equal(x[k].rule, y[k].rule);
            assert_int_equal(x[k].run, y[k].run);
            assert_int_equal(x[k].count, y[k].count);
        }
    }
    keep_crew_free(crew);
    keep_window_free(a);
    keep_window_free(b);
}

static void test_window_runs_of_nothing(void **state)
{
    struct keep_window *w = window_new();
    (void)state;
    w->events = 0;
    assert_int_equal(keep_window_resolve(w, NULL, NULL), 0);
    keep_window_free(w);
}

static void test_window_runs_deals_each_key_into_one_piece(void **state)
{
    struct keep_window *w = window_new();
    struct keep_window_deal d;
    struct keep_crew *crew = NULL;
    uint8_t *piece_of = calloc(PATIENTS, 1);
    size_t dealt = 0;
    (void)state;
    assert_non_null(piece_of);
    assert_int_equal(keep_crew_new(&crew, 3, NULL), 0);
    assert_int_equal(keep_window_deal(&d, w, crew), 0);
    assert_int_equal(d.orders, RULES);
    assert_int_equal(d.views, 2); /* a user and a chart: where the chart alone is */
    assert_int_equal(d.shares, 3);
    assert_in_range(d.pieces, 2, 254);
    for (size_t p = 0; p < d.pieces; p++) {
        int64_t last = -1;
        for (size_t s = 0; s < d.shares; s++) {
            const struct keep_window_list *l = keep_window_dealt(&d, s, d.order[d.order_of[0]].view, p);
            for (size_t i = 0; i < l->n; i++, dealt++) {
                uint8_t *of = &piece_of[w->event[l->event[i]].patient];
                assert_true(*of == 0 || *of == p + 1);
                *of = (uint8_t)(p + 1);
                assert_true((int64_t)l->event[i] > last);
                last = l->event[i];
            }
        }
    }
    for (size_t i = 0; i < EVENTS; i++)
        dealt -= (w->took[i * 2] | w->took[i * 2 + 1]) & 1; /* the first rule, or the last */
    assert_int_equal(dealt, 0);
    keep_window_deal_done(&d);
    keep_crew_free(crew);
    free(piece_of);
    keep_window_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window_runs_finds_what_a_plain_look_finds),
        cmocka_unit_test(test_window_runs_are_the_same_by_any_number_of_threads),
        cmocka_unit_test(test_window_runs_of_nothing),
        cmocka_unit_test(test_window_runs_deals_each_key_into_one_piece),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
