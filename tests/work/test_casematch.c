/* Goal: a finding is the case on file that its earliest access leads to, of
 * several the oldest; told beside the plain definition on many small books. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "core/work/casematch.h"

enum { MOST = 8, SPAN = 12 }; /* cases and findings at once; accesses there are */

static struct keep_account accounts[] = {{.entity = 1}, {.entity = 2}};
static struct keep_worker workers[] = {{.entity = 11}, {.entity = 2 /* as an account's: entities of two kinds are not told apart by number */}};
static struct keep_patient patients[] = {{.entity = 21}, {.entity = 22}};
static const struct keep_world world = {.account = accounts, .accounts = 2, .worker = workers, .workers = 2, .patient = patients, .patients = 2};

struct book {
    struct keep_casebook_case file[MOST];
    struct keep_case found[MOST];
    struct keep_event_id of_file[MOST][SPAN], of_found[MOST][SPAN];
    size_t files, finds;
};

static uint32_t upto(uint64_t *seed, uint32_t n)
{
    *seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)(*seed >> 33) % n;
}

/* Some accesses in order of time; access i is at minute i / 2, so that times tie. */
static size_t accesses(uint64_t *seed, struct keep_event_id *out, keep_time *first, keep_time *last)
{
    size_t n = 0;
    uint32_t few = 2 + upto(seed, 5);
    for (uint32_t i = 0; i < SPAN; i++) {
        if (upto(seed, few) && (i < SPAN - 1 || n))
            continue;
        *first = n ? *first : i / 2;
        *last = i / 2;
        out[n++] = (struct keep_event_id){1 + i % 2, 1000 - i};
    }
    return n;
}

static struct keep_str rule(uint64_t *seed)
{
    return upto(seed, 6) ? KEEP_STR("often") : KEEP_STR("late");
}

static void write_book(uint64_t *seed, struct book *b)
{
    *b = (struct book){.files = upto(seed, MOST + 1), .finds = upto(seed, MOST + 1)};
    for (size_t i = 0; i < b->files; i++) {
        struct keep_casebook_case *f = &b->file[i];
        bool account = upto(seed, 2);
        *f = (struct keep_casebook_case){.id = i + 1, .rule = rule(seed), .kind = account ? KEEP_ENTITY_ACCOUNT : KEEP_ENTITY_WORKER, .patient = upto(seed, 3) ? 21 : 0, .event = b->of_file[i]};
        f->user = account ? 1 + upto(seed, 2) : workers[upto(seed, 2)].entity;
        f->events = accesses(seed, b->of_file[i], &f->first, &f->last);
    }
    for (size_t i = 0; i < b->finds; i++) {
        struct keep_case *k = &b->found[i];
        *k = (struct keep_case){.rule = rule(seed), .account = upto(seed, 8) ? upto(seed, 2) : KEEP_ID_NONE, .worker = upto(seed, 3) ? upto(seed, 2) : KEEP_ID_NONE, .patient = upto(seed, 3) ? 0 : KEEP_ID_NONE, .event = b->of_found[i]};
        k->events = accesses(seed, b->of_found[i], &k->first, &k->last);
    }
}

/* --- the definition --- */

static bool is_same(const struct keep_casebook_case *f, const struct keep_case *k)
{
    uint64_t account = k->account == KEEP_ID_NONE ? 0 : accounts[k->account].entity;
    bool user = f->kind == KEEP_ENTITY_ACCOUNT ? f->user == account : k->worker != KEEP_ID_NONE && f->user == workers[k->worker].entity;
    return user && f->patient == (k->patient == KEEP_ID_NONE ? 0 : patients[k->patient].entity) && keep_str_eq(f->rule, k->rule);
}

static bool holds(const struct keep_event_id *in, size_t n, struct keep_event_id e)
{
    for (size_t i = 0; i < n; i++)
        if (in[i].source == e.source && in[i].ordinal == e.ordinal)
            return true;
    return false;
}

static uint32_t defined(const struct book *b, const bool *taken, const struct keep_case *k)
{
    for (size_t i = 0; i < k->events; i++)
        for (uint32_t f = 0; f < b->files; f++)
            if (!taken[f] && is_same(&b->file[f], k) && holds(b->file[f].event, b->file[f].events, k->event[i]))
                return f;
    return KEEP_CASEMATCH_NONE;
}

/* --- tests --- */

static void make(struct keep_casematch *m, const struct book *b, const bool *of)
{
    struct keep_err err = {0};
    assert_int_equal(keep_casematch_make(m, &world, b->file, b->files, of, &err), 0);
}

static void test_casematch_takes_what_is_defined(void **state)
{
    uint64_t seed = 7;
    size_t known = 0, new = 0;
    (void)state;
    for (int round = 0; round < 4000; round++) {
        struct book b;
        struct keep_casematch m;
        bool taken[MOST] = {false};
        write_book(&seed, &b);
        make(&m, &b, NULL);
        for (size_t i = 0; i < b.finds; i++) {
            uint32_t want = defined(&b, taken, &b.found[i]);
            assert_int_equal(keep_casematch_take(&m, &b.found[i], keep_casematch_chains(&m, &b.found[i])), want);
            if (want != KEEP_CASEMATCH_NONE)
                taken[want] = true;
            known += want != KEEP_CASEMATCH_NONE;
            new += want == KEEP_CASEMATCH_NONE;
        }
        keep_casematch_done(&m);
    }
    assert_true(known > 3000 && new > 3000);
}

struct seen {
    size_t place[MOST];
};

static int note(void *ctx, uint32_t file, size_t place)
{
    struct seen *s = ctx;
    assert_int_equal(s->place[file], SIZE_MAX);
    s->place[file] = place;
    return 0;
}

static void test_casematch_each_tells_where_they_meet(void **state)
{
    uint64_t seed = 8;
    size_t met = 0;
    (void)state;
    for (int round = 0; round < 2000; round++) {
        struct book b;
        struct keep_casematch m;
        bool of[MOST];
        write_book(&seed, &b);
        for (size_t f = 0; f < MOST; f++)
            of[f] = upto(&seed, 3);
        make(&m, &b, of);
        for (size_t i = 0; i < b.finds; i++) {
            struct seen s;
            memset(&s, 0xFF, sizeof s);
            assert_int_equal(keep_casematch_each(&m, &b.found[i], note, &s), 0);
            for (size_t f = 0; f < b.files; f++) {
                size_t e = 0;
                while (e < b.file[f].events && !(of[f] && is_same(&b.file[f], &b.found[i]) && holds(b.found[i].event, b.found[i].events, b.file[f].event[e])))
                    e++;
                assert_int_equal(s.place[f], e < b.file[f].events ? e : SIZE_MAX);
                met += e < b.file[f].events;
            }
        }
        keep_casematch_done(&m);
    }
    assert_true(met > 1000);
}

/* One chart, one rule, three cases that all hold the access: the oldest, then the next, whatever they begin with; a case that holds an earlier access comes before both. */
static void test_casematch_ties_go_to_the_oldest(void **state)
{
    static const struct keep_event_id e[] = {{1, 1}, {1, 2}, {1, 3}};
    const struct keep_casebook_case like = {.rule = KEEP_STR("often"), .kind = KEEP_ENTITY_WORKER, .user = 11, .patient = 21, .first = 1, .last = 3};
    struct book b = {.files = 4};
    struct keep_case k = {.rule = KEEP_STR("often"), .account = KEEP_ID_NONE, .worker = 0, .patient = 0, .first = 1, .last = 3, .event = e, .events = 3};
    struct keep_casematch m;
    (void)state;
    for (size_t i = 0; i < 4; i++)
        b.file[i] = like;
    b.file[0].event = e + 1, b.file[0].events = 2, b.file[0].first = 2;
    b.file[1].event = e, b.file[1].events = 2, b.file[1].last = 2;
    b.file[2].event = e, b.file[2].events = 3;
    b.file[2].kind = KEEP_ENTITY_ACCOUNT, b.file[2].user = 2;
    b.file[3].event = e, b.file[3].events = 1, b.file[3].last = 1;
    make(&m, &b, NULL);
    k.account = 1;
    static const uint32_t want[] = {1, 2, 3, 0, KEEP_CASEMATCH_NONE}; /* an account's among a worker's, by age; what holds only later accesses, last */
    for (size_t i = 0; i < sizeof want / sizeof *want; i++)
        assert_int_equal(keep_casematch_take(&m, &k, keep_casematch_chains(&m, &k)), want[i]);
    keep_casematch_done(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_casematch_takes_what_is_defined),
        cmocka_unit_test(test_casematch_each_tells_where_they_meet),
        cmocka_unit_test(test_casematch_ties_go_to_the_oldest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
