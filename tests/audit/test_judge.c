#include "tests/audit/town.h"

#include "core/audit/judge.h"
#include "core/audit/terms.h"

static uint64_t seed = 3;
static uint32_t below(uint32_t n)
{
    seed = seed * UINT64_C(6364136223846793005) + 1;
    return (uint32_t)((seed >> 33) % n);
}

/* Rules of every grain: constant, user, patient, both, relation, class of event, event, mixed, unknown, exposure. */
static const char every_grain[] =
    TOWN_VISIT
    "explanation \"unit\" { title \"u\" when department_related([\"encounter\", \"order\"], duration(\"2h\"), duration(\"30h\")) || "
    "encounter_at_unit(duration(\"1h\"), duration(\"5h\")) missing \"m\" authority \"a\" checked \"unverified\" }\n"
    "explanation \"treat\" { title \"t\" when event.purpose == \"TREAT\" && related([\"order\"], duration(\"100h\"), duration(\"100h\")) missing \"m\" authority \"a\" "
    "checked \"unverified\" }\n"
    "explanation \"billing\" { title \"b\" when user.role == \"coder\" missing \"m\" authority \"a\" checked \"unverified\" }\n"
    TOWN_RULE("self", 1, "low", "when user.is_patient") TOWN_RULE("address", 2, "low", "when user.address_key == patient.address_key unless expected")
    TOWN_RULE("worker", 3, "low", "when patient.is_worker unless user.is_patient") TOWN_RULE("left", 4, "low", "when !user.affiliated")
    TOWN_RULE("glass", 5, "low", "when event.break_glass && event.reason_length < 3 && patient.confidential")
    TOWN_RULE("dead", 6, "low", "when patient.deceased && user.role != \"coder\" unless expected")
    TOWN_RULE("night", 7, "low", "when event.local_hour < 4 || patient.confidential") TOWN_RULE("mates", 8, "low", "when colleagues() unless expected")
    TOWN_RULE("shown", 9, "low", "when event.exposure in [\"listed\", \"opened\"] && user.department == \"D1\" && patient.confidential")
    TOWN_RULE("always", 10, "low", "when 1 + 1 == 2 && event.action == \"print\" unless expected")
    TOWN_RULE("team", 11, "low", "when related([\"team\"], duration(\"1h\"), duration(\"1h\")) && event.searched");

static struct town *grain_town(void)
{
    static const char *const dept[] = {"D1", "D2", ""};
    struct town *t = town_new(every_grain);
    for (uint32_t i = 0; i < 10; i++) {
        struct keep_patient *p = &t->w.patient[town_patient(t, "P")];
        p->address_key[0] = below(3);
        p->confidential = below(3);
        p->deceased = below(3);
        p->death = p->deceased == KEEP_TRI_YES && below(2) ? (keep_date)(20000 + below(8)) : KEEP_DATE_NONE;
    }
    for (uint32_t i = 0; i < 6; i++) {
        struct keep_worker *w = &t->w.worker[town_worker(t, "W", dept[below(3)])];
        struct keep_interval *in = keep_arena_alloc(t->a, sizeof *in);
        *in = (struct keep_interval){NOON - DAY, below(2) ? NOON + (keep_time)below(8) * DAY : KEEP_TIME_NONE, below(2)};
        w->affiliation = in;
        w->affiliations = below(4) > 0;
        w->role = below(3) ? KEEP_STR("nurse") : below(2) ? KEEP_STR("coder") : (struct keep_str){NULL, 0};
        w->address_key[0] = below(3);
        if (below(3) == 0) {
            w->patient = i;
            t->w.patient[i].worker = i;
        }
    }
    struct keep_account_span *two = keep_arena_array(t->a, 2, sizeof *two);
    two[0] = (struct keep_account_span){1, KEEP_TIME_NONE, NOON + 2 * DAY};
    two[1] = (struct keep_account_span){2, NOON + 3 * DAY, KEEP_TIME_NONE};
    t->w.account[0].span = two;
    t->w.account[0].spans = 2;
    uint32_t d = town_term(t, "D1");
    for (uint32_t p = 0; p < 10; p++) {
        t->w.encounter[t->w.encounters++] = (struct keep_encounter){.patient = p, .start = NOON + (keep_time)below(8) * DAY, .end = KEEP_TIME_NONE};
        for (keep_time at = NOON; at < NOON + 10 * DAY; at += (1 + below(5)) * DAY) {
            struct keep_relation *r = town_relation(t, below(2) ? KEEP_RELATION_ENCOUNTER : below(2) ? KEEP_RELATION_ORDER : KEEP_RELATION_TEAM, below(6), p, at, at + below(3) * DAY);
            r->author = below(2) ? r->worker : KEEP_ID_NONE;
            if (below(4) == 0) {
                r->worker = KEEP_ID_NONE;
                r->department = d;
            }
        }
    }
    for (uint32_t i = 0; i < 3000; i++) {
        uint32_t e = town_event(t, NOON + (keep_time)below(10 * 24 * 60) * 60 * KEEP_USEC, below(9) ? below(6) : KEEP_ID_NONE, below(12) ? below(10) : KEEP_ID_NONE);
        t->exposure[e] = (uint8_t)(below(3) ? KEEP_EXPOSURE_OPENED : below(KEEP_EXPOSURE_COUNT));
        t->action[e] = (uint8_t)below(KEEP_ACTION_COUNT);
        t->purpose[e] = (uint8_t)below(3);
        t->searched[e] = (uint8_t)below(2);
        t->glass[e] = (uint8_t)below(3);
        t->reason[e] = (int16_t)((int)below(6) - 1);
    }
    return t;
}

/* What is remembered is what would be found again: every event, judged with all memory, against each rule run afresh. */
static void test_judge_remembers_only_what_it_would_find_again(void **state)
{
    (void)state;
    uint64_t fired = 0, expected = 0;
    for (int round = 0; round < 8; round++) {
        struct town *t = grain_town();
        struct keep_relate *relate;
        struct keep_judge *j;
        struct keep_err err = {0};
        assert_int_equal(keep_relate_new(&relate, &t->w, NULL, &err), 0);
        struct keep_events all = town_slice(t, 0, t->n);
        assert_int_equal(keep_judge_new(&j, t->p, &t->w, NULL, relate, &err), 0);
        for (uint32_t i = 0; i < t->n; i++) {
            uint32_t who = keep_judge_subject(j, &all, i);
            if (!(who & KEEP_BIND_BY_ACCOUNT) && t->patient[i] != KEEP_ID_NONE && t->exposure[i] == KEEP_EXPOSURE_OPENED)
                keep_relate_access(relate, who, t->patient[i], t->time[i]);
        }
        for (uint32_t i = 0; i < t->n; i++) {
            struct keep_judgement v;
            struct keep_audit_proof proof;
            assert_int_equal(keep_judge_event(j, &all, i, &v, &err), 0);
            int first = -1;
            uint32_t n = 0, hit[32];
            memcpy(hit, v.fired, v.fired_n * sizeof *hit);
            for (uint32_t e = 0; e < t->p->explanations && t->patient[i] != KEEP_ID_NONE && first < 0; e++) {
                assert_int_equal(keep_judge_prove(j, false, e, &v, &proof, &err), 0);
                first = proof.outcome == KEEP_TRI_YES ? (int)e : -1;
            }
            if (t->exposure[i] == KEEP_EXPOSURE_OPENED)
                assert_int_equal(v.explanation, first);
            v.explanation = first;
            for (uint32_t r = 0; r < t->p->accesses; r++) {
                assert_int_equal(keep_judge_prove(j, true, r, &v, &proof, &err), 0);
                if (proof.outcome == KEEP_TRI_YES) {
                    assert_true(n < v.fired_n);
                    assert_int_equal(hit[n], r);
                    n++;
                }
            }
            assert_int_equal(n, v.fired_n);
            fired += n;
            expected += first >= 0;
        }
        keep_judge_free(j);
        keep_relate_free(relate);
        town_free(t);
    }
    assert_true(fired > 1000 && expected > 1000);
}

/* What passes quickly is what would be found by judging it whole. */
static void test_judge_quickly_says_the_same(void **state)
{
    (void)state;
    uint64_t quick = 0, whole = 0;
    struct town *t = grain_town();
    struct keep_relate *relate[2];
    struct keep_judge *j[2];
    struct keep_events all = town_slice(t, 0, t->n);
    for (int k = 0; k < 2; k++) {
        assert_int_equal(keep_relate_new(&relate[k], &t->w, NULL, NULL), 0);
        assert_int_equal(keep_judge_new(&j[k], t->p, &t->w, NULL, relate[k], NULL), 0);
    }
    for (uint32_t pair = 0; pair < 11 * 8; pair++)
        for (uint32_t i = 0; i < t->n; i++) {
            struct keep_judgement a, b;
            if ((t->patient[i] != KEEP_ID_NONE ? t->patient[i] : 10) != pair / 8 || (t->account[i] != KEEP_ID_NONE ? t->account[i] : 7) != pair % 8)
                continue;
            assert_int_equal(keep_judge_event(j[0], &all, i, &a, NULL), 0);
            if (keep_judge_quick(j[1], keep_terms_class(&all, i), t->account[i], t->patient[i], t->time[i], &b)) {
                assert_int_equal(a.verdict, b.verdict);
                assert_int_equal(a.fired_n, 0);
                assert_true(a.verdict == KEEP_VERDICT_NOT_ASSESSED || a.explanation == b.explanation);
                quick++;
            } else {
                assert_int_equal(keep_judge_event(j[1], &all, i, &b, NULL), 0);
                whole++;
            }
        }
    assert_int_equal(quick + whole, t->n);
    assert_true(quick > 100 && whole > 100);
    struct keep_audit_rule_count access[2][32] = {0}, explanation[2][32] = {0};
    for (int k = 0; k < 2; k++) {
        assert_int_equal(keep_judge_counts(&j[k], 1, t->a, access[k], explanation[k]), 0);
        keep_judge_free(j[k]);
        keep_relate_free(relate[k]);
    }
    for (size_t i = 0; i < t->p->accesses; i++)
        assert_true(access[0][i].fired == access[1][i].fired && access[0][i].unable == access[1][i].unable);
    for (size_t i = 0; i < t->p->explanations; i++)
        assert_true(explanation[0][i].fired == explanation[1][i].fired && explanation[0][i].unable == explanation[1][i].unable);
    town_free(t);
}

static void test_judge_refuses_more_evidence_than_it_has_bits(void **state)
{
    char *text = calloc(1, 200 * (KEEP_JUDGE_EVIDENCE + 2));
    struct keep_judge *j;
    struct keep_relate *relate;
    struct keep_err err = {0};
    size_t at = 0;
    (void)state;
    for (int i = 0; i <= KEEP_JUDGE_EVIDENCE; i++)
        at += (size_t)sprintf(text + at, "evidence \"e%d\" { title \"t\" weight 1 when event.searched explain \"e\" }\n", i);
    struct town *t = town_new(text);
    assert_int_equal(keep_relate_new(&relate, &t->w, NULL, &err), 0);
    assert_int_equal(keep_judge_new(&j, t->p, &t->w, NULL, relate, &err), KEEP_E_LIMIT);
    keep_relate_free(relate);
    town_free(t);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_judge_remembers_only_what_it_would_find_again), cmocka_unit_test(test_judge_quickly_says_the_same),
                                        cmocka_unit_test(test_judge_refuses_more_evidence_than_it_has_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
