/* Goal: merging, parting and disentangling patients show their effect before it
 * is written, move no day earlier and drop no hold without those who may, and what
 * dies with a merged patient dies for all its identities. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/store/ring.h"
#include "core/store/sets.h"
#include "core/work/eraserun.h"
#include "core/work/hold.h"
#include "core/work/patientrun.h"
#include "tests/aid/clinic.h"

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

struct found {
    const char *mrn;
    uint64_t entity;
};

static int each_identity(void *ctx, const struct keep_person_identity *who, struct keep_err *err)
{
    struct found *f = ctx;
    (void)err;
    if (keep_str_is(who->mrn, f->mrn))
        f->entity = who->entity;
    return 0;
}

static uint64_t identity(struct clinic *c, const char *mrn)
{
    struct found f = {mrn, 0};
    clinic_must(c, keep_person_identities(c->s, each_identity, &f, &c->err));
    return f.entity;
}

struct asked {
    struct keep_patientrun_params p;
    struct keep_patientrun_result r;
    uint64_t who[4];
};

/* mrn "" ends; the code. */
static int ask(struct clinic *c, struct asked *q, enum keep_patientrun_act act, bool confirm, size_t officers, const char *a, const char *b)
{
    static const struct keep_sign_secret *both[2];
    both[0] = c->him;
    both[1] = c->legal;
    memset(q, 0, sizeof *q);
    q->who[0] = identity(c, a);
    q->who[1] = b ? identity(c, b) : 0;
    q->p = (struct keep_patientrun_params){.act = act, .adopted = c->adopted.policy ? &c->adopted : NULL, .identity = q->who, .identities = b ? 2 : 1, .officer = both,
                                           .officers = officers, .confirm = confirm};
    clinic_must(c, keep_dates_today(c->s, &q->p.today, &c->err));
    return keep_patientrun(c->s, &q->p, &q->r, &c->err);
}

static int simply(struct clinic *c, enum keep_patientrun_act act, size_t officers, const char *a, const char *b)
{
    struct asked q;
    int rc = ask(c, &q, act, true, officers, a, b);
    keep_patientrun_free(&q.r);
    return rc;
}

/* The medical record of the patient with that identity. */
static struct keep_set record_of(struct clinic *c, struct keep_dates *d, const char *mrn)
{
    struct keep_set none = {.records = 0};
    keep_date today;
    uint64_t who = identity(c, mrn);
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    clinic_must(c, keep_dates_run(d, c->s, &c->adopted, today, NULL, NULL, &c->err));
    for (size_t i = 0; i < d->result.sets; i++)
        if (d->result.set[i].series == KEEP_SERIES_MEDICAL_RECORD && d->result.set[i].patient == keep_load_patient_index(&d->world, who))
            return d->result.set[i];
    return none;
}

static void until(struct clinic *c, const char *mrn, int year, enum keep_set_status status)
{
    struct keep_dates d;
    struct keep_set s = record_of(c, &d, mrn);
    assert_int_equal(keep_civil_to_ymd(s.keep_until).y, year);
    assert_int_equal(s.status, status);
    keep_dates_free(&d);
}

static void test_patientrun_shows_and_then_merges(void **state)
{
    struct clinic *c = *state;
    struct asked q;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    uint64_t entries = keep_ledger_size(c->s);
    assert_int_equal(ask(c, &q, KEEP_PATIENTRUN_MERGE, false, 0, "M-old", "M-new"), 0);
    assert_false(q.r.done);
    assert_false(q.r.quorum);
    assert_int_equal(q.r.linked, 1);
    assert_int_equal(q.r.effects, 4); /* two medical records into one, two identities into one */
    bool later = false;
    for (size_t i = 0; i < q.r.effects; i++)
        if (keep_str_is(q.r.effect[i].series, "medical record") && q.r.effect[i].before.status == KEEP_SET_DUE) {
            assert_int_equal(q.r.effect[i].after.status, KEEP_SET_KEPT);
            later = q.r.effect[i].after.keep_until > q.r.effect[i].before.keep_until;
        }
    assert_true(later);
    keep_patientrun_free(&q.r);
    assert_int_equal(keep_ledger_size(c->s), entries);
    until(c, "M-old", 2011, KEEP_SET_DUE);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    assert_int_equal(keep_ledger_size(c->s), entries + 1);
    until(c, "M-old", 2034, KEEP_SET_KEPT);
    until(c, "M-new", 2034, KEEP_SET_KEPT);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), KEEP_E_USAGE);
    assert_true(clinic_said(c, KEEP_E_USAGE, "one patient already"));
    assert_true(clinic_whole(c));
}

static void test_patientrun_parts_with_the_quorum_alone_where_a_day_would_be_earlier(void **state)
{
    struct clinic *c = *state;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 0, "M-new", NULL), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "would be kept for less long"));
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 1, "M-new", NULL), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "have 1"));
    until(c, "M-old", 2034, KEEP_SET_KEPT);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 2, "M-new", NULL), 0);
    until(c, "M-old", 2011, KEEP_SET_DUE);
    until(c, "M-new", 2034, KEEP_SET_KEPT);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 0, "M-new", NULL), KEEP_E_USAGE);
    assert_true(clinic_said(c, KEEP_E_USAGE, "nobody would be left"));
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-new", "M-old"), 0); /* and people may change their mind */
    until(c, "M-old", 2034, KEEP_SET_KEPT);
    assert_true(clinic_whole(c));
}

static void test_patientrun_needs_no_quorum_without_adopted_packs(void **state)
{
    struct clinic *c = *state;
    struct asked q;
    clinic_fill(c, "official");
    assert_int_equal(ask(c, &q, KEEP_PATIENTRUN_MERGE, true, 0, "M-old", "M-new"), 0);
    assert_int_equal(q.r.effects, 0);
    assert_true(q.r.done);
    keep_patientrun_free(&q.r);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 0, "M-old", NULL), 0);
    assert_true(clinic_whole(c));
}

static size_t held(struct clinic *c, const char *mrn)
{
    struct keep_world w;
    struct keep_hold *h = NULL;
    size_t n = 0, found = 0;
    clinic_must(c, keep_load_world(c->s, c->arena, &w, &c->err));
    clinic_must(c, keep_hold_load(c->s, &w, c->arena, &h, &n, &c->err));
    for (size_t i = 0; i < n; i++)
        found += h[i].patient == keep_load_patient_index(&w, identity(c, mrn)) && h[i].released == KEEP_TIME_NONE;
    return found;
}

static void test_patientrun_never_drops_a_hold(void **state)
{
    struct clinic *c = *state;
    uint64_t n, who;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    who = identity(c, "M-new");
    struct keep_hold_order order = {.matter = KEEP_STR("2026-CV-1"), .patient = &who, .patients = 1, .effective_from = KEEP_TIME_NONE};
    clinic_must(c, keep_hold_place(c->s, &order, &n, &c->err));
    assert_int_equal(held(c, "M-old"), 0);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    assert_int_equal(held(c, "M-old"), 1); /* by the identity that was held, though it is not the one that names the patient */
    until(c, "M-old", 2034, KEEP_SET_HELD);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 2, "M-new", NULL), 0);
    assert_int_equal(held(c, "M-old"), 1); /* carried on */
    assert_int_equal(held(c, "M-new"), 1);
    until(c, "M-old", 2011, KEEP_SET_HELD);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 2, "M-old", NULL), 0);
    assert_int_equal(held(c, "M-old"), 1); /* not once more */
    clinic_must(c, keep_hold_release(c->s, KEEP_STR("2026-CV-1"), c->legal, &n, &c->err));
    assert_int_equal(n, 2);
    assert_int_equal(held(c, "M-old") + held(c, "M-new"), 0);
    assert_true(clinic_whole(c));
}

/* The same records under the same id, and yet due: who went in brought the day of birth that a rule had lacked. */
static void test_patientrun_a_day_that_comes_with_a_birth_date_is_an_effect(void **state)
{
    struct clinic *c = *state;
    struct asked q;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    clinic_import(c, "ehr", "nobody.ndjson",
                  "{\"resourceType\":\"Patient\",\"id\":\"un\",\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"value\":\"M-un\"}]}\n"
                  "{\"resourceType\":\"Encounter\",\"id\":\"e-un\",\"status\":\"finished\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/un\"},"
                  "\"period\":{\"start\":\"2001-03-04T10:00:00-06:00\",\"end\":\"2001-03-04T12:00:00-06:00\"},\"serviceProvider\":{\"reference\":\"Organization/o1\"}}\n"
                  "{\"resourceType\":\"Patient\",\"id\":\"born\",\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"value\":\"M-born\"}],\"birthDate\":\"1930-02-03\"}\n");
    struct keep_dates d;
    assert_int_equal(record_of(c, &d, "M-un").status, KEEP_SET_UNDETERMINED);
    keep_dates_free(&d);
    assert_int_equal(ask(c, &q, KEEP_PATIENTRUN_MERGE, true, 0, "M-un", "M-born"), KEEP_E_REFUSED);
    assert_true(clinic_said(c, KEEP_E_REFUSED, "would become due"));
    assert_true(q.r.quorum);
    keep_patientrun_free(&q.r);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 2, "M-un", "M-born"), 0);
    until(c, "M-un", 2011, KEEP_SET_DUE);
    assert_true(clinic_whole(c));
}

/* A restore holds the annex of an entry against what the entry counts. */
static void test_patientrun_counts_each_hold_it_carries_once(void **state)
{
    struct clinic *c = *state;
    struct keep_buf entry = KEEP_BUF_INIT;
    uint64_t n, who;
    clinic_fill(c, "official");
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    who = identity(c, "M-new");
    struct keep_hold_order order = {.matter = KEEP_STR("2026-CV-1"), .patient = &who, .patients = 1, .effective_from = KEEP_TIME_NONE};
    clinic_must(c, keep_hold_place(c->s, &order, &n, &c->err));
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 0, "M-new", NULL), 0);
    clinic_must(c, keep_ledger_entry(c->s, keep_ledger_size(c->s) - 1, &entry, &c->err));
    assert_non_null(memmem(entry.p, entry.n, "\"holds\":1", 9));
    keep_buf_free(&entry);
}

static void test_patientrun_a_plan_from_before_drifts(void **state)
{
    struct clinic *c = *state;
    const struct keep_set **set;
    const char **reason;
    struct keep_dates d;
    keep_date today;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    size_t sets = clinic_plan(c);
    assert_int_equal(sets, 1);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    set = keep_arena_array(c->arena, sets, sizeof *set);
    reason = keep_arena_array(c->arena, sets, sizeof *reason);
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    clinic_must(c, keep_dates_run(&d, c->s, &c->adopted, today, NULL, NULL, &c->err));
    clinic_must(c, keep_planrun_match(&c->plan, &d, today, set, reason, c->arena));
    assert_null(set[0]);
    assert_true(reason[0][0] != 0);
    keep_dates_free(&d);
}

static void test_patientrun_moves_a_visit_to_the_right_chart(void **state)
{
    struct clinic *c = *state;
    struct keep_dates d;
    struct asked q;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    struct keep_set s = record_of(c, &d, "M-new");
    assert_int_equal(s.records, 1);
    uint64_t moved = s.record[0];
    keep_dates_free(&d);
    assert_int_equal(ask(c, &q, KEEP_PATIENTRUN_OVERLAY, false, 0, "M-new", "M-old"), KEEP_E_USAGE); /* what? */
    keep_err_clear(&c->err);
    keep_patientrun_free(&q.r);
    q.p.part = (struct keep_person_part){.record = &moved, .records = 1};
    q.p.confirm = true;
    assert_int_equal(keep_patientrun(c->s, &q.p, &q.r, &c->err), 0); /* the visit stays behind, but the record brings the day of its care */
    assert_int_equal(q.r.moved, 1);
    keep_patientrun_free(&q.r);
    assert_int_equal(record_of(c, &d, "M-old").records, 2);
    keep_dates_free(&d);
    assert_int_equal(record_of(c, &d, "M-new").records, 0);
    keep_dates_free(&d);
    assert_int_equal(keep_patientrun(c->s, &q.p, &q.r, &c->err), KEEP_E_USAGE); /* it is not there any more */
    assert_true(clinic_said(c, KEEP_E_USAGE, "is not in that chart"));
    keep_patientrun_free(&q.r);
    assert_true(clinic_whole(c));
}

/* Import alone: its source merges two patients whose days are on file. */
static void test_patientrun_an_import_that_merges_keeps_the_later_day(void **state)
{
    struct clinic *c = *state;
    keep_date today;
    uint64_t n;
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    /* the rules now give the newer chart an earlier day than the one on file */
    clinic_import(c, "ehr", "link.ndjson",
                  "{\"resourceType\":\"Patient\",\"id\":\"old\",\"identifier\":[{\"type\":{\"coding\":[{\"code\":\"MR\"}]},\"value\":\"M-old\"}],\"birthDate\":\"1930-02-03\","
                  "\"link\":[{\"type\":\"replaces\",\"other\":{\"reference\":\"Patient/new\"}}]}\n"
                  "{\"resourceType\":\"Encounter\",\"id\":\"e-new\",\"status\":\"finished\",\"class\":{\"code\":\"IMP\"},\"subject\":{\"reference\":\"Patient/new\"},"
                  "\"period\":{\"start\":\"2003-02-01T10:00:00-06:00\",\"end\":\"2003-02-01T12:00:00-06:00\"},\"serviceProvider\":{\"reference\":\"Organization/o1\"}}\n");
    until(c, "M-old", 2034, KEEP_SET_KEPT); /* the day stored under the identity that went in */
    clinic_must(c, keep_dates_today(c->s, &today, &c->err));
    clinic_must(c, keep_dates_write(c->s, today, &n, &c->err));
    assert_true(n > 0);
    until(c, "M-old", 2034, KEEP_SET_KEPT);
}

static int to_stop(void *ctx, const struct keep_person_link *l, struct keep_err *err)
{
    (void)err;
    *(int *)ctx += l->ended ? 100 : 1;
    return 0;
}

static void test_patientrun_three_stay_two_when_one_leaves(void **state)
{
    struct clinic *c = *state;
    struct keep_buf b = KEEP_BUF_INIT;
    uint64_t *one;
    size_t n;
    int links = 0;
    clinic_fill(c, "official");
    clinic_stay(&b, "mid", "1930-02-03", "2002-03-04");
    keep_buf_char(&b, '\0');
    clinic_import(c, "ehr", "mid.ndjson", (const char *)b.p);
    keep_buf_free(&b);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-mid"), 0);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 0, "M-old", NULL), 0); /* through whom the others were one */
    clinic_must(c, keep_person_same(c->s, identity(c, "M-mid"), &one, &n, &c->err));
    assert_int_equal(n, 2);
    free(one);
    clinic_must(c, keep_person_links(c->s, to_stop, &links, &c->err));
    assert_int_equal(links, 201); /* two ended, one ties the others anew */
    assert_true(clinic_whole(c));
}

/* Both identities' keys go with the merged patient's last set; after parting each goes alone. */
static void erase_patient(struct clinic *c, uint64_t entity)
{
    struct keep_erasure e = {.plan = {1}, .intent = 1, .set = {7}, .patient = entity};
    clinic_must(c, keep_sets_erase(c->s, &e, 1, NULL, NULL, &c->err));
}

static void test_patientrun_keys_of_all_identities_die_together(void **state)
{
    struct clinic *c = *state;
    uint8_t key[32];
    clinic_fill(c, "official");
    uint64_t old = identity(c, "M-old"), new = identity(c, "M-new");
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    erase_patient(c, old < new ? old : new);
    assert_int_equal(keep_ring_get(c->s, KEEP_RING_PATIENT, old, key, &c->err), 1);
    assert_int_equal(keep_ring_get(c->s, KEEP_RING_PATIENT, new, key, &c->err), 1);
    assert_int_equal(identity(c, "M-old") + identity(c, "M-new"), 0);
    assert_true(clinic_whole(c));
}

static void test_patientrun_the_parted_outlives_the_other(void **state)
{
    struct clinic *c = *state;
    uint8_t key[32];
    clinic_fill(c, "official");
    uint64_t old = identity(c, "M-old"), new = identity(c, "M-new");
    assert_int_equal(simply(c, KEEP_PATIENTRUN_MERGE, 0, "M-old", "M-new"), 0);
    assert_int_equal(simply(c, KEEP_PATIENTRUN_UNMERGE, 0, "M-new", NULL), 0);
    erase_patient(c, old);
    assert_int_equal(keep_ring_get(c->s, KEEP_RING_PATIENT, old, key, &c->err), 1);
    assert_int_equal(keep_ring_get(c->s, KEEP_RING_PATIENT, new, key, &c->err), 0);
    assert_int_equal(identity(c, "M-new"), new);
    assert_true(clinic_whole(c));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(test_patientrun_##name, setup, clinic_teardown)
        T(shows_and_then_merges), T(parts_with_the_quorum_alone_where_a_day_would_be_earlier), T(needs_no_quorum_without_adopted_packs), T(never_drops_a_hold),
        T(a_plan_from_before_drifts), T(moves_a_visit_to_the_right_chart), T(an_import_that_merges_keeps_the_later_day), T(three_stay_two_when_one_leaves),
        T(keys_of_all_identities_die_together), T(the_parted_outlives_the_other), T(a_day_that_comes_with_a_birth_date_is_an_effect), T(counts_each_hold_it_carries_once),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
