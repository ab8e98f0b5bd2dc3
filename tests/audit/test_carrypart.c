/* Goal: accesses come out of a part as they went in, whatever they have in common;
 * a part that is cut off anywhere, or names what there is not, is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "core/audit/carrybytes.h"
#include "core/audit/carrypart.h"

enum { PEOPLE = 50, ENTITIES = 1000, HITS = 3000, RULES = 5, TEXTS = 3 };

static struct keep_patient patient[PEOPLE];
static struct keep_account account[PEOPLE];
static uint8_t kind[ENTITIES];
static uint32_t place[ENTITIES];
static struct keep_world world = {.patient = patient, .patients = PEOPLE, .account = account, .accounts = PEOPLE, .kind = kind, .index = place, .entities = ENTITIES};
static const struct keep_policy policy = {.accesses = RULES, .explanations = 2};

static uint64_t seed = 11;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (uint32_t)((seed >> 33) % n);
}

static int setup(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < PEOPLE; i++) {
        kind[patient[i].entity = 100 + 7 * i] = KEEP_ENTITY_PATIENT;
        kind[account[i].entity = 500 + 9 * i] = KEEP_ENTITY_ACCOUNT;
        place[patient[i].entity] = place[account[i].entity] = i;
    }
    return 0;
}

/* Accesses of two sources in order, with few kinds and a few that are like no other. */
static void fill(struct keep_carry *c)
{
    static const char *const text[TEXTS] = {"user.department", "event.unit", ""};
    uint32_t number;
    keep_time at = INT64_C(1725148800000000);
    for (int i = 0; i < TEXTS; i++)
        assert_int_equal(keep_carry_text(c, keep_str_of(text[i]), &number), 0);
    for (uint32_t i = 0; i < HITS; i++) {
        struct keep_carry_hit *h = keep_carry_add(c);
        const uint32_t word[] = {below(RULES), below(RULES), 4};
        assert_non_null(h);
        struct keep_carry_kind k = {.source = i < HITS / 2 ? 1 : 7, .reason = -1, .explanation = -1, .evidence = below(3), .taken = 1u << below(5)};
        *h = (struct keep_carry_hit){.ordinal = (uint64_t)(i % (HITS / 2)) * 300 + below(300)};
        at += below(20) ? (keep_time)below(60) * KEEP_USEC : (keep_time)below(7000000) - 3000000;
        h->time = below(500) ? at : below(2) ? KEEP_TIME_NONE : INT64_MAX;
        h->account = below(9) ? below(PEOPLE) : KEEP_ID_NONE;
        h->patient = below(9) ? below(PEOPLE) : KEEP_ID_NONE;
        h->place = below(300);
        h->unit = below(20) ? below(60) : KEEP_ID_NONE;
        k.unknown = below(4) ? 0 : 1 + below(TEXTS);
        k.verdict = (uint8_t)below(KEEP_VERDICT_COUNT);
        k.explanation = (int16_t)(below(3) - 1);
        if (below(200) == 0) {
            k.evidence = UINT64_MAX - i;
            k.taken = UINT64_C(1) << 63;
            k.reason = INT16_MIN;
            k.own_late = 255;
            k.class = 1000;
        }
        k.fired_n = (uint16_t)below(4);
        assert_int_equal(keep_carry_kind(c, &k, word, &h->kind), 0);
    }
    assert_int_equal(keep_carry_part(c, false), 0);
}

static void same(const struct keep_carry *a, const struct keep_carry_hit *x, const struct keep_carry *b, const struct keep_carry_hit *y)
{
    const struct keep_carry_kind *k = &a->kind[x->kind], *l = &b->kind[y->kind];
    assert_true(x->time == y->time && x->ordinal == y->ordinal && k->evidence == l->evidence && k->taken == l->taken && k->source == l->source && x->account == y->account);
    assert_true(x->patient == y->patient && x->place == y->place && x->unit == y->unit && k->class == l->class && k->reason == l->reason && k->explanation == l->explanation);
    assert_true(k->verdict == l->verdict && k->own_late == l->own_late && y->state == KEEP_CARRY_STANDS && k->fired_n == l->fired_n && !k->unknown == !l->unknown);
    if (k->unknown)
        assert_true(keep_str_eq(a->text[k->unknown - 1], b->text[l->unknown - 1]));
    for (uint32_t i = 0; i < k->fired_n; i++)
        assert_int_equal(a->word[k->fired + i], b->word[l->fired + i]);
}

struct made {
    struct keep_arena *a;
    struct keep_carrypack_now now;
    struct keep_carry c;
};

static struct made made(void)
{
    struct made m = {.a = keep_arena_new(0)};
    m.now = (struct keep_carrypack_now){.policy = &policy, .world = &world, .arena = m.a};
    return m;
}

static void done(struct made *m)
{
    keep_carry_done(&m->c);
    keep_arena_free(m->a);
}

/* Adds one part. */
static int add_part(struct keep_carry *c, const struct keep_carrypack_now *now, const struct keep_buf *part, struct keep_err *err)
{
    struct keep_carrypart_reading *r = NULL;
    int rc = keep_carrypart_begin(&r, c, now, part, 1, NULL, err);
    return rc ? rc : keep_carrypart_end(r, err);
}

static void test_carrypart_gives_back_what_it_was_given(void **state)
{
    struct made m = made();
    struct keep_carry c = {0};
    struct keep_carrypart_adding p = {.after = &c, .world = &world, .most = 1100};
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err = {0};
    size_t bytes = 0, parts = 0;
    int rc;
    (void)state;
    fill(&c);
    for (; (rc = keep_carrypart_next(&p, &b, &err)) > 0; parts++, keep_buf_clear(&b)) {
        assert_int_equal(add_part(&m.c, &m.now, &b, &err), 0);
        bytes += b.n;
    }
    assert_int_equal(rc, 0);
    assert_int_equal(parts, 3);
    assert_true(m.c.hits == HITS && m.c.parts == 3 && m.c.texts == TEXTS && bytes < HITS * (sizeof *c.hit + sizeof *c.kind) / 2);
    for (size_t i = 0; i < HITS; i++)
        same(&c, &c.hit[i], &m.c, &m.c.hit[i]);
    /* what a later audit judged anew is gone, what it wrote anew of all is there but for that */
    struct keep_carry after = {0}, whole = {0};
    m.c.hit[5].state = m.c.hit[2000].state = KEEP_CARRY_JUDGED;
    p = (struct keep_carrypart_adding){.after = &after, .before = &m.c, .world = &world, .most = HITS};
    assert_int_equal(keep_carrypart_next(&p, &b, &err), 1);
    assert_int_equal(add_part(&m.c, &m.now, &b, &err), 0);
    assert_true(m.c.hit[5].state == KEEP_CARRY_GONE && m.c.hit[2000].state == KEEP_CARRY_GONE && m.c.hits == HITS);
    assert_int_equal(keep_carrypart_next(&p, &b, &err), 0);
    keep_buf_clear(&b);
    fill(&after);
    p = (struct keep_carrypart_adding){.after = &after, .before = &m.c, .all = true, .world = &world, .most = 2 * HITS};
    assert_int_equal(keep_carrypart_next(&p, &b, &err), 1);
    assert_int_equal(add_part(&whole, &m.now, &b, &err), 0);
    assert_int_equal(whole.hits, 2 * HITS - 2);
    keep_carry_done(&whole);
    keep_carry_done(&after);
    keep_carry_done(&c);
    keep_buf_free(&b);
    done(&m);
}

/* Whoever reads them; and one that is unsound among them is told. */
static void test_carrypart_by_threads(void **state)
{
    enum { MOST = 100, PARTS = HITS / MOST };
    struct keep_carry c = {0};
    struct keep_carrypart_adding p = {.after = &c, .world = &world, .most = MOST};
    struct keep_buf part[PARTS] = {{0}};
    struct keep_err err = {0};
    (void)state;
    fill(&c);
    for (int i = 0; i < PARTS; i++)
        assert_int_equal(keep_carrypart_next(&p, &part[i], &err), 1);
    for (unsigned threads = 1; threads <= 3; threads++)
        for (int bad = 0; bad < 3; bad++) { /* not at all; found before the accesses are read; after */
            struct keep_crew *crew = NULL;
            struct keep_carrypart_reading *r = NULL;
            struct made m = made();
            assert_int_equal(keep_crew_new(&crew, threads, &err), 0);
            part[17].p[0] ^= bad == 1;
            part[17].n -= bad == 2;
            int rc = keep_carrypart_begin(&r, &m.c, &m.now, part, PARTS, crew, &err);
            assert_int_equal(rc, bad == 1 ? KEEP_E_INTEGRITY : 0);
            assert_int_equal(keep_carrypart_end(r, &err), bad == 2 ? KEEP_E_INTEGRITY : 0);
            part[17].p[0] ^= bad == 1;
            part[17].n += bad == 2;
            for (size_t i = 0; i < HITS && !bad; i++)
                same(&c, &c.hit[i], &m.c, &m.c.hit[i]);
            assert_true(bad || (m.c.hits == HITS && m.c.parts == PARTS));
            keep_crew_free(crew);
            done(&m);
        }
    for (int i = 0; i < PARTS; i++)
        keep_buf_free(&part[i]);
    keep_carry_done(&c);
}

static void test_carrypart_refuses_what_is_cut_off(void **state)
{
    struct keep_carry c = {0};
    struct keep_carrypart_adding p = {.after = &c, .world = &world, .most = 40};
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err = {0};
    (void)state;
    fill(&c);
    assert_int_equal(keep_carrypart_next(&p, &b, &err), 1);
    for (size_t n = 0; n < b.n; n++) {
        struct made m = made();
        unsigned char *exact = malloc(n + 1); /* so that a step beyond is seen */
        memcpy(exact, b.p, n);
        assert_int_equal(add_part(&m.c, &m.now, &(struct keep_buf){exact, n, n, false}, &err), KEEP_E_INTEGRITY);
        assert_int_equal(m.c.parts > 0 ? m.c.hits : 0, m.c.parts > 0 ? 40 : 0);
        free(exact);
        done(&m);
    }
    keep_buf_u8(&b, 0);
    struct made m = made();
    assert_int_equal(add_part(&m.c, &m.now, &b, &err), KEEP_E_INTEGRITY); /* one byte more */
    done(&m);
    keep_carry_done(&c);
    keep_buf_free(&b);
}

/* "KP", the format; no text; one kind: evidence, taken, source, text, class, reason, explanation, verdict, own late, no rule; one access of it; none gone. */
static void test_carrypart_refuses_what_there_is_not(void **state)
{
    static const unsigned char sound[] = {'K', 'P', KEEP_CARRYBYTES_FORMAT, 0, 1, 1, 1, 1, 0, 0, 1, 1, 1, 0, 0, 1, 0, 2, 4, 0xf4, 3, 100, 9, 9, 0};
    static const struct { size_t at; unsigned char byte; } wrong[] = {
        {2, KEEP_CARRYBYTES_FORMAT - 1}, {4, 2}, {8, 1}, /* another format, a kind that is missing, a text */
        {11, 4}, {11, 3}, {12, 100}, /* explanations are numbered 0 and 1, -1 is none; a verdict */
        {14, 1}, {15, 2}, {15, 200}, /* a rule that is missing, accesses */
        {16, 1}, {18, 3},            /* no such kind; a time that is neither of seconds nor of less */
        {19, 0xf5}, {21, 101},       /* nobody's account, nobody's chart */
    };
    struct keep_err err = {0};
    struct made m = made();
    (void)state;
    assert_int_equal(add_part(&m.c, &m.now, &(struct keep_buf){(unsigned char *)(uintptr_t)sound, sizeof sound, sizeof sound, false}, &err), 0);
    assert_true(m.c.hits == 1 && m.c.hit->account == 0 && m.c.hit->patient == 0 && m.c.hit->ordinal == 1 && m.c.hit->time == 1 * KEEP_USEC && m.c.kind->reason == -1 && m.c.kind->explanation == -1);
    done(&m);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        unsigned char part[sizeof sound];
        memcpy(part, sound, sizeof part);
        part[wrong[i].at] = wrong[i].byte;
        m = made();
        if (add_part(&m.c, &m.now, &(struct keep_buf){part, sizeof part, sizeof part, false}, &err) != KEEP_E_INTEGRITY)
            fail_msg("byte %zu may be %u", wrong[i].at, wrong[i].byte);
        done(&m);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carrypart_gives_back_what_it_was_given),
        cmocka_unit_test(test_carrypart_by_threads),
        cmocka_unit_test(test_carrypart_refuses_what_is_cut_off),
        cmocka_unit_test(test_carrypart_refuses_what_there_is_not),
    };
    return cmocka_run_group_tests(tests, setup, NULL);
}
