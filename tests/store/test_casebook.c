/* Goal: a case is the sum of what was written of it, in whatever order; what a
 * person wrote opens under its key alone, goes with the chart, and every row has
 * its leaf. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "core/store/casebook_read.h"
#include "core/store/inside.h"
#include "core/store/person.h"
#include "core/store/sets.h"
#include "tests/store/hospital.h"

static struct keep_casebook *begin(struct hospital *h)
{
    struct keep_casebook *b = NULL;
    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_CASE, &h->err));
    hospital_must(h, keep_casebook_new(&b, h->s, &h->err));
    return b;
}

static void end(struct hospital *h, struct keep_casebook *b)
{
    keep_casebook_free(b);
    hospital_must(h, keep_txn_commit(h->s, &h->err));
}

static const struct keep_event_id events[3] = {{1, 7}, {1, UINT64_C(5000000000)}, {UINT16_MAX, 1}};

static struct keep_casebook_finding finding(size_t n, int32_t score)
{
    return (struct keep_casebook_finding){.title = S("Same address"), .authority = S("house"), .evidence = S("searched (+5)"), .sentence = S("user-abcde opened patient-fghij"),
                                          .severity = KEEP_SEVERITY_HIGH, .score = score, .weight = 40, .account = 3, .first = T0, .last = T0 + DAY, .as_of = T0 + 2 * DAY, .event = events, .events = n};
}

static uint64_t add(struct hospital *h, uint8_t name, uint64_t user, uint64_t patient)
{
    struct keep_casebook *b = begin(h);
    struct keep_casebook_subject who = {.name = {name, 0xab}, .rule = S("household"), .kind = KEEP_ENTITY_WORKER, .user = user, .patient = patient};
    struct keep_casebook_finding f = finding(2, 45);
    uint64_t id = 0;
    hospital_must(h, keep_casebook_add(b, &who, &id, &h->err));
    hospital_must(h, keep_casebook_find(b, id, patient, &f, &h->err));
    end(h, b);
    return id;
}

static void step(struct hospital *h, uint64_t id, uint64_t patient, enum keep_casebook_step_kind kind, enum keep_case_status status, const char *about, const char *text)
{
    struct keep_casebook *b = begin(h);
    struct keep_casebook_step s = {.kind = kind, .status = status, .who = S("jdoe"), .about = hospital_z(about), .text = hospital_z(text)};
    hospital_must(h, keep_casebook_step(b, id, patient, &s, NULL, &h->err));
    end(h, b);
}

static struct keep_casebook_case *load(struct hospital *h, struct keep_arena *a, size_t want)
{
    struct keep_casebook_case *list;
    size_t n;
    hospital_must(h, keep_casebook_load(h->s, a, &list, &n, &h->err));
    assert_int_equal(n, want);
    return list;
}

/* A patient of the hospital, with a key. */
static uint64_t patient(struct hospital *h)
{
    uint64_t entity;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    hospital_begin(h, "ehr");
    hospital_must(h, hospital_patient(h, "p1", "M1", "Zyxwvutton", "1 Main"));
    hospital_finish(h);
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    assert_int_equal(w.patients, 1);
    entity = w.patient[0].entity;
    keep_arena_free(a);
    return entity;
}

static bool whole(struct hospital *h)
{
    struct keep_store_checker c = {NULL, hospital_found, NULL};
    return keep_recheck_tables(h->s, &c, &h->err) == 0;
}

static void test_casebook_state_is_the_sum_of_rows(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    uint64_t p = patient(h), id = add(h, 1, 77, p);
    struct keep_casebook_case *c = load(h, a, 1);
    assert_int_equal(c->id, id);
    assert_true(keep_str_is(c->rule, "household") && keep_str_is(c->evidence, "searched (+5)"));
    assert_true(c->user == 77 && c->patient == p && c->account == 3 && c->score == 45 && c->weight == 40);
    assert_int_equal(c->events, 2);
    assert_true(c->event[1].source == 1 && c->event[1].ordinal == UINT64_C(5000000000));
    assert_true(c->status == KEEP_CASE_NEEDS_REVIEW && !c->closed && c->reviewed == KEEP_TIME_NONE && c->decided == KEEP_TIME_NONE);
    step(h, id, p, KEEP_CASEBOOK_PROPOSED, KEEP_CASE_NEEDS_REVIEW, "explained", "");
    c = load(h, a, 1);
    assert_true(c->proposed && c->reviewed == KEEP_TIME_NONE); /* nobody has looked yet */
    step(h, id, p, KEEP_CASEBOOK_ASSIGNED, KEEP_CASE_NEEDS_REVIEW, "asmith", "");
    step(h, id, p, KEEP_CASEBOOK_ASSIGNED, KEEP_CASE_NEEDS_REVIEW, "bjones", "");
    step(h, id, p, KEEP_CASEBOOK_CLOSED, KEEP_CASE_SUBSTANTIATED, "", "it was so");
    c = load(h, a, 1);
    assert_true(keep_str_is(c->assignee, "bjones") && c->closed && c->status == KEEP_CASE_SUBSTANTIATED && c->steps == 4);
    assert_true(c->reviewed != KEEP_TIME_NONE && c->decided != KEEP_TIME_NONE);
    step(h, id, p, KEEP_CASEBOOK_REOPENED, KEEP_CASE_NEEDS_REVIEW, "", "");
    c = load(h, a, 1);
    assert_true(!c->closed && !c->proposed && c->status == KEEP_CASE_NEEDS_REVIEW && c->decided == KEEP_TIME_NONE);
    assert_true(whole(h));
    keep_arena_free(a);
}

static void test_casebook_newest_finding_counts(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    uint64_t p = patient(h), id = add(h, 1, 77, p);
    struct keep_casebook *b = begin(h);
    struct keep_casebook_finding f = finding(3, 60);
    struct keep_buf form = KEEP_BUF_INIT;
    uint8_t same[32], other[32];
    keep_casebook_digest(b, &form, &f, same);
    f.as_of += DAY;
    keep_casebook_digest(b, &form, &f, other);
    assert_memory_equal(same, other, 32); /* a later look at the same is the same */
    f.events = 2;
    keep_casebook_digest(b, &form, &f, other);
    assert_memory_not_equal(same, other, 32);
    f.events = 3;
    hospital_must(h, keep_casebook_find(b, id, p, &f, &h->err));
    f.packed = keep_casebook_digest(b, &form, &f, other); /* told ahead, it is written as it was told */
    f.digest = other;
    hospital_must(h, keep_casebook_find(b, id, p, &f, &h->err));
    end(h, b);
    struct keep_casebook_case *c = load(h, a, 1);
    assert_int_equal(c->finding, 3);
    assert_true(c->events == 3 && c->event[2].source == UINT16_MAX && c->score == 60);
    assert_memory_equal(c->digest, same, 32);
    keep_buf_free(&form);
    keep_arena_free(a);
}

static int collect(void *ctx, const struct keep_casebook_entry *e, struct keep_err *err)
{
    (void)err;
    keep_buf_printf(ctx, "%s:%.*s:%.*s%s ", keep_casebook_step_word((int)e->kind), (int)e->about.n, e->about.p, (int)e->text.n, e->text.p, e->lost ? "(lost)" : "");
    return 0;
}

static int stop(void *ctx, const struct keep_casebook_entry *e, struct keep_err *err)
{
    (void)e, (void)err;
    ++*(int *)ctx;
    return 9;
}

static void history(struct hospital *h, uint64_t id, const char *want)
{
    struct keep_buf b = KEEP_BUF_INIT;
    hospital_must(h, keep_casebook_history(h->s, id, collect, &b, &h->err));
    keep_buf_char(&b, 0);
    assert_string_equal((const char *)b.p, want);
    keep_buf_free(&b);
}

/* Wordings that differ and such as repeat, more than are remembered at a time; every third case found once more, in other words. */
static void test_casebook_each_case_has_its_wording(void **state)
{
    enum { CASES = 3000, KINDS = 1100 };
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_casebook *b = begin(h);
    char title[64], evidence[64];
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < CASES; i += round ? 3 : 1) {
            struct keep_casebook_subject who = {.name = {(uint8_t)i, (uint8_t)(i >> 8)}, .rule = S("household"), .kind = KEEP_ENTITY_WORKER, .user = 77};
            struct keep_casebook_finding f = finding(1, round);
            uint64_t id = (uint64_t)i + 1;
            snprintf(title, sizeof title, "the same all the way, with %d in the midst", i % KINDS);
            snprintf(evidence, sizeof evidence, "%d%s", i, round ? " again" : "");
            f.title = hospital_z(title);
            f.evidence = hospital_z(evidence);
            f.sentence = S("");
            if (!round)
                hospital_must(h, keep_casebook_add(b, &who, &id, &h->err));
            hospital_must(h, keep_casebook_find(b, id, 0, &f, &h->err));
        }
    end(h, b);
    struct keep_casebook_case *c = load(h, a, CASES);
    for (int i = 0; i < CASES; i++) {
        snprintf(title, sizeof title, "the same all the way, with %d in the midst", i % KINDS);
        snprintf(evidence, sizeof evidence, "%d%s", i, i % 3 ? "" : " again");
        assert_true(keep_str_is(c[i].title, title) && keep_str_is(c[i].evidence, evidence) && keep_str_is(c[i].authority, "house"));
        assert_int_equal(c[i].score, i % 3 == 0);
    }
    struct keep_casebook_case *bare;
    size_t n;
    hospital_must(h, keep_casebook_read_brief(keep_store_db(h->s), a, &bare, &n, &h->err));
    assert_int_equal(n, CASES);
    for (int i = 0; i < CASES; i++) { /* all but those words */
        assert_true(bare[i].id == c[i].id && bare[i].finding == c[i].finding && bare[i].score == c[i].score && bare[i].as_of == c[i].as_of && bare[i].weight == c[i].weight);
        assert_true(keep_str_eq(bare[i].rule, c[i].rule) && bare[i].events == 1 && bare[i].event[0].ordinal == c[i].event[0].ordinal && !bare[i].title.n && !bare[i].evidence.n);
        assert_memory_equal(bare[i].digest, c[i].digest, sizeof c[i].digest);
    }
    keep_arena_free(a);
}

static void test_casebook_texts_go_with_the_chart(void **state)
{
    struct hospital *h = *state;
    uint64_t p = patient(h), id = add(h, 1, 77, p), run = add(h, 2, 77, 0);
    struct keep_erasure e = {.intent = 1, .set = {5}, .patient = p};
    int calls = 0;
    step(h, id, p, KEEP_CASEBOOK_NOTED, KEEP_CASE_NEEDS_REVIEW, "", "Mrs Zyxwvutton called");
    step(h, run, 0, KEEP_CASEBOOK_NOTED, KEEP_CASE_NEEDS_REVIEW, "", "of many");
    history(h, id, "found::user-abcde opened patient-fghij noted::Mrs Zyxwvutton called ");
    assert_int_equal(keep_casebook_history(h->s, id, stop, &calls, &h->err), 9);
    assert_int_equal(calls, 1);
    assert_true(whole(h));
    hospital_must(h, keep_sets_erase(h->s, &e, 1, NULL, NULL, &h->err));
    history(h, id, "found::(lost) noted::(lost) ");
    history(h, run, "found::user-abcde opened patient-fghij noted::of many "); /* under a key of its own */
    assert_true(whole(h));
    struct keep_casebook *b = begin(h);
    struct keep_casebook_step more = {.kind = KEEP_CASEBOOK_NOTED, .text = S("after the fact")};
    assert_int_equal(keep_casebook_step(b, id, p, &more, NULL, &h->err), KEEP_E_REFUSED);
    keep_err_clear(&h->err);
    more.text = NOTHING; /* that it was closed can still be said */
    more.kind = KEEP_CASEBOOK_CLOSED;
    hospital_must(h, keep_casebook_step(b, id, p, &more, NULL, &h->err));
    end(h, b);
}

static void test_casebook_refuses_a_book(void **state)
{
    struct hospital *h = *state;
    uint64_t id = add(h, 1, 77, 0);
    struct keep_casebook *b = begin(h);
    struct keep_casebook_step s = {.kind = KEEP_CASEBOOK_NOTED};
    char *much = calloc(1, KEEP_CASEBOOK_TEXT + 1);
    s.text = (struct keep_str){much, KEEP_CASEBOOK_TEXT + 1};
    assert_int_equal(keep_casebook_step(b, id, 0, &s, NULL, &h->err), KEEP_E_LIMIT);
    keep_err_clear(&h->err);
    s.text.n--;
    hospital_must(h, keep_casebook_step(b, id, 0, &s, NULL, &h->err));
    end(h, b);
    free(much);
}

static void test_casebook_names_by_their_beginning(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    const struct keep_casebook_case *hit = NULL;
    uint64_t one = add(h, 0x11, 1, 0), two = add(h, 0x12, 1, 0);
    struct keep_casebook_case *list = load(h, a, 2);
    assert_int_equal(keep_casebook_named(list, 2, S("11ab"), &hit), 0);
    assert_int_equal(hit->id, one);
    assert_int_equal(keep_casebook_named(list, 2, S("12"), &hit), 0);
    assert_int_equal(hit->id, two);
    assert_int_equal(keep_casebook_named(list, 2, S("1"), &hit), 2);
    assert_int_equal(keep_casebook_named(list, 2, S("13"), &hit), 1);
    assert_int_equal(keep_casebook_named(list, 2, S("11ab0000000000000000000000000000f"), &hit), 1);
    keep_arena_free(a);
}

static void test_casebook_follows_people_who_are_one(void **state)
{
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_world w;
    hospital_begin(h, "ehr");
    hospital_must(h, hospital_patient(h, "p1", "M1", "Zyxwvutton", "1 Main"));
    hospital_must(h, hospital_patient(h, "p2", "M2", "Zyxwvutton", "1 Main"));
    hospital_finish(h);
    hospital_must(h, keep_load_world(h->s, a, &w, &h->err));
    assert_int_equal(w.patients, 2);
    uint64_t p = w.patient[0].entity, q = w.patient[1].entity;
    add(h, 1, 77, p > q ? p : q);
    hospital_must(h, keep_txn_begin(h->s, KEEP_LEDGER_PATIENT, &h->err));
    hospital_must(h, keep_person_join(h->s, p, q, &h->err));
    hospital_must(h, keep_txn_commit(h->s, &h->err));
    assert_int_equal(load(h, a, 1)->patient, p < q ? p : q);
    keep_arena_free(a);
}

/* A row changed behind the ledger's back is found. */
static void test_casebook_changed_rows_are_found(void **state)
{
    static const char *const change[] = {
        "UPDATE case_file SET user = 78", "UPDATE case_find SET score = 0", "UPDATE case_step SET status = 1", "DELETE FROM case_step", "UPDATE case_text SET sealed = zeroblob(60)",
        "DELETE FROM case_text"};
    struct hospital *h = *state;
    uint64_t p = patient(h), id = add(h, 1, 77, p);
    step(h, id, p, KEEP_CASEBOOK_NOTED, KEEP_CASE_NEEDS_REVIEW, "", "text");
    assert_true(whole(h));
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        assert_int_equal(sqlite3_exec(keep_store_db(h->s), "BEGIN", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(keep_store_db(h->s), change[i], NULL, NULL, NULL), SQLITE_OK);
        assert_false(whole(h));
        assert_int_equal(sqlite3_exec(keep_store_db(h->s), "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
        keep_err_clear(&h->err);
    }
    assert_true(whole(h));
}

/* A finding whose accesses are not of their form is told as damage, whoever reads it. */
static void test_casebook_malformed_accesses_are_told(void **state)
{
    static const char *const change[] = {"UPDATE case_find SET events = x''", "UPDATE case_find SET events = x'0300'", "UPDATE case_find SET events = CAST(events || x'00' AS BLOB)"};
    struct hospital *h = *state;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_casebook_case *list;
    size_t n;
    uint64_t id = add(h, 1, 77, patient(h));
    for (size_t i = 0; i < sizeof change / sizeof *change; i++) {
        assert_int_equal(sqlite3_exec(keep_store_db(h->s), "BEGIN", NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(sqlite3_exec(keep_store_db(h->s), change[i], NULL, NULL, NULL), SQLITE_OK);
        assert_int_equal(keep_casebook_load(h->s, a, &list, &n, &h->err), KEEP_E_INTEGRITY);
        keep_err_clear(&h->err);
        if (i < 2) /* it asks for no more than how many there are */
            assert_int_equal(keep_casebook_history(h->s, id, collect, &b, &h->err), KEEP_E_INTEGRITY);
        keep_err_clear(&h->err);
        assert_int_equal(sqlite3_exec(keep_store_db(h->s), "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
    }
    load(h, a, 1);
    keep_buf_free(&b);
    keep_arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_casebook_state_is_the_sum_of_rows, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_newest_finding_counts, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_each_case_has_its_wording, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_texts_go_with_the_chart, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_refuses_a_book, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_names_by_their_beginning, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_follows_people_who_are_one, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_malformed_accesses_are_told, hospital_setup, hospital_teardown),
        cmocka_unit_test_setup_teardown(test_casebook_changed_rows_are_found, hospital_setup, hospital_teardown),
    };
    return cmocka_run_group_tests(tests, keepdir_start, NULL);
}
