/* Goal: one plan has one text; every change of it, and every other text, is seen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/retention/plan.h"

static const struct keep_plan_adoption adoption[] = {{{"us-federal", 10}, {"2026.1.0", 8}, {1, 2, 3}}, {{"us-states", 9}, {"2026.1.0", 8}, {4}}};
static const struct keep_plan_set sets[] = {
    {.set = {1}, .digest = {9}, .action = KEEP_ACT_ARCHIVE, .series = {"medical record", 14}, .rule = {"us-ks.hospital", 14}, .authority = {"K.A.R. \"28\"", 11},
     .keep_until = 7000, .records = 12, .custody = KEEP_CUSTODY_OFFICIAL, .gates = {"notify", 6}, .residue_years = 25},
    {.set = {2}, .digest = {8}, .action = KEEP_ACT_ORDER, .series = {"mammograms", 10}, .keep_until = 6000, .records = 1, .custody = KEEP_CUSTODY_INDEX},
};

static struct keep_plan sample(void)
{
    return (struct keep_plan){.store = {7, 7}, .as_of = 20778, .quorum = 2, .adoption = adoption, .adoptions = 2, .set = sets, .sets = 2, .annex = KEEP_STR("QUJD")};
}

static struct keep_str write_it(const struct keep_plan *p, struct keep_buf *b)
{
    keep_plan_write(p, b);
    assert_false(b->failed);
    return keep_buf_view(b);
}

static void test_plan_reads_back_what_it_wrote(void **state)
{
    struct keep_plan p = sample(), q;
    struct keep_buf a = KEEP_BUF_INIT, b = KEEP_BUF_INIT;
    struct keep_arena *arena = keep_arena_new(0);
    struct keep_err err = {0};
    uint8_t one[32], two[32];
    (void)state;
    write_it(&p, &a);
    assert_int_equal(keep_plan_read(&q, keep_buf_view(&a), "plan", arena, &err), 0);
    write_it(&q, &b);
    assert_true(keep_str_eq(keep_buf_view(&a), keep_buf_view(&b)));
    keep_plan_digest(&p, one);
    keep_plan_digest(&q, two);
    assert_memory_equal(one, two, 32);
    assert_int_equal(q.set[0].records, 12);
    assert_true(keep_str_is(q.set[0].authority, "K.A.R. \"28\""));
    keep_buf_free(&a);
    keep_buf_free(&b);
    keep_arena_free(arena);
}

static int reread(const struct keep_plan *p, struct keep_plan *q, struct keep_arena *arena)
{
    struct keep_buf a = KEEP_BUF_INIT;
    write_it(p, &a);
    bool ok = true;
    struct keep_str text = keep_arena_str(arena, keep_buf_view(&a), &ok);
    keep_buf_free(&a);
    return keep_plan_read(q, text, "plan", arena, NULL);
}

/* A special plan says of what kind it is and why; of single records it names each. */
static void test_plan_special(void **state)
{
    static const uint64_t only[] = {3, 17, 4000000000}, unsorted[] = {17, 3};
    struct keep_plan_set one = {.set = {1}, .digest = {9}, .action = KEEP_ACT_DESTROY, .series = {"medical record", 14}, .keep_until = KEEP_DATE_NONE, .records = 3,
                                .custody = KEEP_CUSTODY_OFFICIAL, .only = only, .onlys = 3};
    struct keep_plan p = sample(), q;
    struct keep_arena *arena = keep_arena_new(0);
    (void)state;
    p.set = &one;
    p.sets = 1;
    p.kind = KEEP_PLAN_EXPUNGE;
    p.reason = KEEP_STR("why");
    p.authority = KEEP_STR("a court");
    p.has_order = true;
    p.order[31] = 7;
    assert_int_equal(reread(&p, &q, arena), 0);
    assert_true(q.kind == KEEP_PLAN_EXPUNGE && keep_str_is(q.reason, "why") && keep_str_is(q.authority, "a court") && q.has_order && q.order[31] == 7);
    assert_int_equal(q.set[0].onlys, 3);
    assert_memory_equal(q.set[0].only, only, sizeof only);
    assert_int_equal(q.set[0].keep_until, KEEP_DATE_NONE);
    for (int kind = KEEP_PLAN_DUE; kind < KEEP_PLAN_KIND_COUNT; kind++)
        assert_int_equal(keep_plan_kind_of(keep_str_of(keep_plan_kind_word((enum keep_plan_kind)kind))), kind);
    assert_int_equal(keep_plan_kind_of(KEEP_STR("whim")), -1);
    one.only = unsorted;
    one.onlys = 2;
    assert_int_equal(reread(&p, &q, arena), KEEP_E_INPUT);
    keep_arena_free(arena);
}

static void test_plan_digest_covers_all_but_the_annex(void **state)
{
    struct keep_plan p = sample();
    struct keep_plan_set changed[2];
    uint8_t base[32], other[32];
    (void)state;
    keep_plan_digest(&p, base);
    p.annex = KEEP_STR("WFla");
    keep_plan_digest(&p, other);
    assert_memory_equal(base, other, 32);
    p.quorum = 1;
    keep_plan_digest(&p, other);
    assert_memory_not_equal(base, other, 32);
    p = sample();
    p.as_of++;
    keep_plan_digest(&p, other);
    assert_memory_not_equal(base, other, 32);
    p = sample();
    memcpy(changed, sets, sizeof sets);
    changed[1].digest[31] ^= 1;
    p.set = changed;
    keep_plan_digest(&p, other);
    assert_memory_not_equal(base, other, 32);
}

/* Each byte changed in turn: refused, or (inside a text) another digest. Never the same plan. */
static void test_plan_sees_every_flipped_byte(void **state)
{
    struct keep_plan p = sample(), q;
    struct keep_buf a = KEEP_BUF_INIT;
    uint8_t base[32], other[32];
    size_t annex;
    char *text;
    (void)state;
    write_it(&p, &a);
    keep_plan_digest(&p, base);
    text = malloc(a.n);
    annex = (size_t)((const unsigned char *)memmem(a.p, a.n, "\"annex\":\"", 9) - a.p) + 9;
    for (size_t i = 0; i < a.n; i++) {
        struct keep_arena *arena = keep_arena_new(0);
        struct keep_err err = {0};
        memcpy(text, a.p, a.n);
        text[i] ^= 1;
        if (keep_plan_read(&q, (struct keep_str){text, a.n}, "plan", arena, &err) == 0 && (i < annex || i >= annex + 4)) {
            keep_plan_digest(&q, other);
            assert_memory_not_equal(base, other, 32);
        }
        keep_arena_free(arena);
    }
    for (size_t n = 0; n < a.n; n++) {
        struct keep_arena *arena = keep_arena_new(0);
        struct keep_err err = {0};
        assert_int_equal(keep_plan_read(&q, (struct keep_str){(const char *)a.p, n}, "plan", arena, &err), KEEP_E_INPUT);
        keep_arena_free(arena);
    }
    free(text);
    keep_buf_free(&a);
}

static void refused(const char *text, const char *why)
{
    struct keep_arena *arena = keep_arena_new(0);
    struct keep_err err = {0};
    struct keep_plan q;
    assert_int_equal(keep_plan_read(&q, keep_str_of(text), "plan", arena, &err), KEEP_E_INPUT);
    if (!strstr(err.text, why))
        fail_msg("have: %s", err.text);
    keep_arena_free(arena);
}

static void test_plan_refuses_what_is_none(void **state)
{
    struct keep_plan p = sample();
    struct keep_plan_set twice[2] = {sets[0], sets[0]};
    struct keep_buf a = KEEP_BUF_INIT;
    (void)state;
    refused("", "");
    refused("[]", "no such document");
    refused("{\"schema_version\":2,\"document\":\"chartkeep plan\"}", "version");
    refused("{\"schema_version\":1,\"document\":\"chartkeep plan\",\"store\":\"00\"}", "store");
    p.set = twice;
    write_it(&p, &a);
    keep_buf_char(&a, '\0');
    refused((char *)a.p, "not in order");
    keep_buf_clear(&a);
    p = sample();
    write_it(&p, &a);
    a.n--; /* the line feed: the same JSON, other bytes */
    keep_buf_str(&a, " \n");
    keep_buf_char(&a, '\0');
    refused((char *)a.p, "canonical");
    keep_buf_free(&a);
}

static void test_plan_set_digest_sees_drift(void **state)
{
    struct keep_series series[] = {{.id = {"medical record", 14}}, {.id = {"x", 1}}};
    struct keep_retention rule[] = {{.id = {"a", 1}}, {.id = {"b", 1}}};
    struct keep_policy p = {.series = series, .series_n = 2, .retention = rule, .retentions = 2};
    struct keep_set s = {.id = {1}, .records = 3, .digest = {2}, .kind = KEEP_UNTIL_DATE, .keep_until = 100, .rule = 0, .custody = KEEP_CUSTODY_OFFICIAL, .status = KEEP_SET_DUE}, t;
    uint8_t base[32], other[32];
    (void)state;
    keep_plan_set_digest(&s, &p, base);
#define DRIFT(change)                        \
    t = s;                                   \
    change;                                  \
    keep_plan_set_digest(&t, &p, other);     \
    assert_memory_not_equal(base, other, 32)
    DRIFT(t.digest[0]++);
    DRIFT(t.keep_until++);
    DRIFT(t.custody = KEEP_CUSTODY_COPY);
    DRIFT(t.holds = KEEP_STR("Doe v. Hospital"));
    DRIFT(t.gates = KEEP_STR("notify"));
    DRIFT(t.rule = 1);
    DRIFT(t.rule = -1);
    DRIFT(t.series = 1);
    DRIFT(t.action = KEEP_ACT_DESTROY);
    DRIFT(t.records = 4);
    DRIFT(t.residue_years = 25);
    t = s;
    t.status = KEEP_SET_ARCHIVED; /* what archiving writes is no drift */
    keep_plan_set_digest(&t, &p, other);
    assert_memory_equal(base, other, 32);
}

static void test_plan_find(void **state)
{
    struct keep_plan p = sample();
    const struct keep_set a = {.id = {2}}, b = {.id = {1, 9}}, *order[] = {&a, &b};
    (void)state;
    assert_int_equal(keep_plan_find(&p, sets[0].set), 0);
    assert_int_equal(keep_plan_find(&p, sets[1].set), 1);
    assert_int_equal(keep_plan_find(&p, b.id), SIZE_MAX);
    p.sets = 0;
    p.set = NULL;
    assert_int_equal(keep_plan_find(&p, sets[0].set), SIZE_MAX);
    qsort(order, 2, sizeof *order, keep_plan_by_set);
    assert_true(order[0] == &b && order[1] == &a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plan_reads_back_what_it_wrote), cmocka_unit_test(test_plan_special), cmocka_unit_test(test_plan_digest_covers_all_but_the_annex), cmocka_unit_test(test_plan_sees_every_flipped_byte),
        cmocka_unit_test(test_plan_refuses_what_is_none),     cmocka_unit_test(test_plan_set_digest_sees_drift), cmocka_unit_test(test_plan_find),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
