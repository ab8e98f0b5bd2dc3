/* Goal: sets partition the records, in the same order and under the same ids on every run; the shipped packs date a Kansas stay. */
#include "tests/retention/bed.h"

#define PACK                                                                                                                                             \
    "pack \"p\" { version \"1\" language 1 }\n"                                                                                                           \
    "retention \"us\" { title \"t\" jurisdiction US status law checked date(\"2026-01-01\") source \"s\" when set.series == \"medical record\" "         \
    "keep 5 years after set.last(\"discharge_date\") cite \"c\" explain \"e\" }\n"                                                                        \
    "retention \"ks\" { title \"t\" jurisdiction US-KS status law checked date(\"2026-01-01\") source \"s\" when set.series == \"medical record\" "       \
    "keep 10 years after set.last(\"discharge_date\") cite \"c\" explain \"e\" }\n"

static struct bed *hospital(void)
{
    static const char *const ends[] = {"2001-01-01", "2020-05-05", "1990-02-03"};
    struct bed *b = bed_new(PACK);
    b->world.patients = 3;
    b->world.facilities = 2;
    for (uint32_t p = 0; p < 3; p++) {
        bed_stay(b, p, ends[p], ends[p]);
        bed_record(b, p, PATIENT, NULL);
        bed_record(b, p, ENCOUNTER, ends[p]);
        bed_record(b, p, DOCUMENT, ends[p]);
        bed_record(b, p, DOCUMENT, ends[p])->facility = 1; /* no stay there */
    }
    bed_record(b, KEEP_ID_NONE, DOCUMENT, NULL);
    bed_record(b, KEEP_ID_NONE, DEVICE, NULL)->source = 11;
    b->world.sources = 2;
    bed_adopt(b);
    return b;
}

static void test_retention_sets_partition_the_records(void **state)
{
    struct bed *b = hospital();
    bool seen[BED] = {false};
    uint64_t by_status = 0;
    (void)state;
    bed_run(b);
    assert_int_equal(b->result.sets, 3 * 3 + 2); /* identity and two facilities each; two sources */
    for (size_t i = 0; i < b->result.sets; i++)
        for (size_t k = 0; k < b->result.set[i].records; k++) {
            uint64_t id = b->result.set[i].record[k];
            assert_false(seen[id]);
            seen[id] = true;
            assert_true(k == 0 || b->result.set[i].record[k - 1] < id);
        }
    for (int i = 0; i < KEEP_SET_COUNT; i++)
        by_status += b->result.by_status[i];
    assert_int_equal(by_status, b->result.sets);
    assert_int_equal(b->result.by_status[KEEP_SET_DUE], 2);
    bed_free(b);
}

static void test_retention_is_in_order_and_repeats(void **state)
{
    struct bed *b = hospital();
    struct keep_retention_result first;
    (void)state;
    bed_run(b);
    first = b->result;
    assert_int_equal(first.set[0].status, KEEP_SET_DUE);
    bed_until(&first.set[0], "2000-02-03");
    bed_until(&first.set[1], "2011-01-01");
    for (size_t i = 3; i < first.sets; i++)
        if (first.set[i].kind == KEEP_UNTIL_DATE && first.set[i - 1].kind == KEEP_UNTIL_DATE)
            assert_true(first.set[i - 1].keep_until <= first.set[i].keep_until);
    bed_run(b);
    for (size_t i = 0; i < first.sets; i++) {
        assert_memory_equal(first.set[i].id, b->result.set[i].id, 16);
        assert_memory_equal(first.set[i].digest, b->result.set[i].digest, 32);
        assert_true(keep_str_eq(first.set[i].reason, b->result.set[i].reason));
    }
    bed_free(b);
}

static void test_retention_digest_sees_every_version(void **state)
{
    struct bed *b = hospital();
    uint8_t before[32], id[16];
    (void)state;
    bed_run(b);
    memcpy(before, b->result.set[0].digest, 32);
    memcpy(id, b->result.set[0].id, 16);
    b->record[9].version = 2; /* the encounter of patient 2 */
    bed_run(b);
    assert_memory_equal(id, b->result.set[0].id, 16);
    assert_memory_not_equal(before, b->result.set[0].digest, 32);
    bed_free(b);
}

static void test_retention_ids_are_keyed(void **state)
{
    static const uint8_t other[32] = {2};
    struct bed *b = hospital();
    uint8_t id[16];
    (void)state;
    bed_run(b);
    memcpy(id, b->result.set[0].id, 16);
    b->in.salt = other;
    bed_run(b);
    assert_memory_not_equal(id, b->result.set[0].id, 16);
    bed_free(b);
}

/* Sets are the same in whatever order patients come: only the records of one set keep theirs. */
static void test_retention_takes_patients_in_any_order(void **state)
{
    struct bed *b = hospital();
    struct keep_set want[BED];
    size_t sets;
    (void)state;
    bed_run(b);
    sets = b->result.sets;
    assert_in_range(sets, 2, BED);
    memcpy(want, b->result.set, sets * sizeof *want);
    for (size_t i = 0; i < b->records; i++) /* by record: the last patient first */
        for (size_t k = i + 1; k < b->records; k++)
            if (b->record[k].patient > b->record[i].patient) {
                struct keep_record r = b->record[i];
                b->record[i] = b->record[k];
                b->record[k] = r;
            }
    for (size_t i = 0; i + 1 < b->records; i++) /* ids ascend within a patient */
        for (size_t k = i + 1; k < b->records; k++)
            if (b->record[k].patient == b->record[i].patient && b->record[k].id < b->record[i].id) {
                struct keep_record r = b->record[i];
                b->record[i] = b->record[k];
                b->record[k] = r;
            }
    bed_run(b);
    assert_int_equal(b->result.sets, sets);
    for (size_t i = 0; i < sets; i++) {
        const struct keep_set *s = &b->result.set[i];
        assert_memory_equal(s->id, want[i].id, sizeof s->id);
        assert_memory_equal(s->digest, want[i].digest, sizeof s->digest);
        assert_true(s->status == want[i].status && s->kind == want[i].kind && s->keep_until == want[i].keep_until && s->records == want[i].records);
    }
    bed_free(b);
}

/* What one run hands over set by set is what another gathers; what nobody wants is counted and nothing more. */
struct handed {
    const struct keep_retention_result *want;
    size_t n;
    enum keep_set_status only;
    bool brief;
};

static bool wanted(void *ctx, const struct keep_set *s)
{
    return s->status == ((struct handed *)ctx)->only;
}

static int compare(void *ctx, const struct keep_set *s, struct keep_err *err)
{
    struct handed *h = ctx;
    const struct keep_set *w = NULL;
    (void)err;
    for (size_t i = 0; i < h->want->sets; i++)
        if (memcmp(h->want->set[i].id, s->id, sizeof s->id) == 0)
            w = &h->want->set[i];
    assert_non_null(w);
    assert_true(s->status == w->status && s->kind == w->kind && s->keep_until == w->keep_until && s->records == w->records && s->rule == w->rule && keep_str_eq(s->reason, w->reason));
    assert_true(h->brief ? !s->record && !s->steps : s->steps == w->steps && keep_str_eq(s->gates, w->gates) && keep_str_eq(s->explain, w->explain));
    for (size_t i = 0; i < s->steps; i++)
        assert_true(keep_str_eq(s->step[i].arithmetic, w->step[i].arithmetic) && s->step[i].until == w->step[i].until);
    h->n++;
    return 0;
}

static void test_retention_hands_over_set_by_set(void **state)
{
    struct bed *b = hospital();
    struct keep_retention_result all;
    struct handed h = {.want = &all};
    (void)state;
    bed_run(b);
    all = b->result;
    b->in.each = compare;
    b->in.each_ctx = &h;
    assert_int_equal(bed_try(b), 0);
    assert_int_equal(h.n, all.sets);
    assert_true(b->result.sets == 0 && b->result.seen == all.sets && memcmp(b->result.by_status, all.by_status, sizeof all.by_status) == 0);
    for (int k = 0; k < KEEP_SET_COUNT; k++) {
        h = (struct handed){.want = &all, .only = (enum keep_set_status)k};
        b->in.want = wanted;
        assert_int_equal(bed_try(b), 0);
        assert_int_equal(h.n, all.by_status[k]);
        b->in.each = NULL; /* gathered, of the wanted alone */
        assert_int_equal(bed_try(b), 0);
        assert_int_equal(b->result.sets, all.by_status[k]);
        for (size_t i = 0; i < b->result.sets; i++)
            compare(&h, &b->result.set[i], &b->err);
        b->in.each = compare;
    }
    b->in.want = NULL;
    b->in.brief = true;
    h = (struct handed){.want = &all, .brief = true};
    assert_int_equal(bed_try(b), 0);
    assert_int_equal(h.n, all.sets);
    bed_free(b);
}

static int stop(void *ctx, uint64_t done, uint64_t total)
{
    (void)ctx;
    (void)done;
    (void)total;
    return KEEP_E_INTERRUPTED;
}

static int many(void *ctx, struct keep_record *out, struct keep_err *err)
{
    struct bed *b = ctx;
    (void)err;
    *out = b->record[0];
    out->id = ++b->next;
    return b->next <= 100000;
}

static void test_retention_can_be_interrupted_and_has_a_ceiling(void **state)
{
    struct bed *b = hospital();
    struct keep_arena *small = keep_arena_new(100000);
    (void)state;
    b->scan.next = many;
    b->in.progress = stop;
    assert_int_equal(bed_try(b), KEEP_E_INTERRUPTED);
    b->in.progress = NULL;
    b->next = 0;
    memset(&b->err, 0, sizeof b->err);
    assert_int_equal(keep_retention_run(&b->in, small, &b->result, &b->err), KEEP_E_LIMIT);
    keep_arena_free(small);
    bed_free(b);
}

static int fail_read(void *ctx, struct keep_record *out, struct keep_err *err)
{
    (void)ctx;
    (void)out;
    return keep_err_set(err, KEEP_E_IO, "the disk is gone");
}

static void test_retention_forwards_a_failed_read(void **state)
{
    struct bed *b = hospital();
    (void)state;
    b->scan.next = fail_read;
    assert_int_equal(bed_try(b), KEEP_E_IO);
    assert_string_equal(b->err.text, "the disk is gone");
    bed_free(b);
}

static void test_retention_of_nothing(void **state)
{
    struct bed *b = bed_new(PACK);
    (void)state;
    bed_run(b);
    assert_int_equal(b->result.sets, 0);
    bed_free(b);
}

static char *slurp(const char *path, size_t *n)
{
    FILE *f = fopen(path, "rb");
    char *p = malloc(1 << 20);
    assert_non_null(f);
    *n = fread(p, 1, 1 << 20, f);
    fclose(f);
    return p;
}

/* Run from the top of the tree, as make check does. */
static void test_retention_shipped_packs_release_a_kansas_stay(void **state)
{
    static const char *const file[] = {"policies/labels.policy", "policies/us-federal.policy", "policies/us-states.policy"};
    struct bed *b = bed_new(NULL);
    struct keep_policy_text text[3];
    struct keep_diags ds = {.arena = b->arena};
    char *bytes[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        size_t n;
        bytes[i] = slurp(file[i], &n);
        text[i] = (struct keep_policy_text){file[i], {bytes[i], n}};
    }
    assert_int_equal(keep_policy_compile(&b->in.policy, text, 3, b->arena, &ds, &b->err), 0);
    assert_in_range(b->in.policy->labels, 9, KEEP_POLICY_LABELS);
    assert_in_range(b->in.policy->series_n, 3 + 3, 64);
    for (size_t i = 0, us = 0; i < b->in.policy->retentions; i++) {
        us += keep_str_is(b->in.policy->retention[i].jurisdiction, "US");
        if (i + 1 == b->in.policy->retentions)
            assert_in_range(us, 12, b->in.policy->retentions);
    }
    b->facility[0].type = KEEP_STR("Healthcare Provider");
    b->source[0].codes_complete = false; /* each stay may hold a mammogram: ten years after the last service at most */
    b->patient[0].birth.date = day("1980-01-01");
    bed_stay(b, 0, "2001-05-01", "2001-05-09");
    bed_record(b, 0, PATIENT, NULL);
    bed_record(b, 0, ENCOUNTER, "2001-05-09");
    bed_run(b);
    bed_until(bed_set(b, "medical record"), "2011-05-09");
    bed_status(bed_set(b, "medical record"), KEEP_SET_NOT_ADOPTED);
    for (size_t i = 0; i < 3; i++) {
        const struct keep_pack *p = &b->in.policy->pack[i];
        b->adoption[i] = (struct keep_adoption){.pack = p->name, .version = p->version, .review_by = day("2027-11-21")};
        keep_hash_blake2b(b->adoption[i].digest, p->text.p, p->text.n);
    }
    b->in.adoptions = 3;
    bed_run(b);
    bed_status(bed_set(b, "medical record"), KEEP_SET_DUE);
    assert_true(keep_str_is(b->in.policy->retention[bed_set(b, "medical record")->rule].id, "us-ks.hospital"));
    assert_int_equal(bed_set(b, "medical record")->residue_years, 25);
    bed_free(b);
    for (int i = 0; i < 3; i++)
        free(bytes[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_retention_sets_partition_the_records),
        cmocka_unit_test(test_retention_is_in_order_and_repeats),
        cmocka_unit_test(test_retention_digest_sees_every_version),
        cmocka_unit_test(test_retention_ids_are_keyed),
        cmocka_unit_test(test_retention_takes_patients_in_any_order), cmocka_unit_test(test_retention_hands_over_set_by_set),
        cmocka_unit_test(test_retention_can_be_interrupted_and_has_a_ceiling),
        cmocka_unit_test(test_retention_forwards_a_failed_read),
        cmocka_unit_test(test_retention_of_nothing),
        cmocka_unit_test(test_retention_shipped_packs_release_a_kansas_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
