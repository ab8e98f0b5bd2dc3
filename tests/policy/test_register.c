/* Goal: every rule of every kind has its row, with what its kind has and nothing invented; what it reads and consists of is told
 * whole; the JSON of it parses. What runs out of memory says so. */
#include "core/policy/register.h"
#include "core/text/json.h"
#include "tests/policy/try.h"

static const char pack[] =
    "pack \"p\" { version \"1\" language 1 }\n"
    "series \"s\" { title \"S\" order 5 per patient when record.kind == \"s\" authority \"a\" checked \"unverified\" }\n"
    "label \"l\" { title \"L\" when record.kind == \"l\" authority \"a\" checked date(\"2026-01-02\") source \"read\" }\n"
    "retention \"r\" { title \"R\" jurisdiction US-KS status law checked \"unverified\" when set.series == \"s\" && facility.state == \"KS\"\n"
    "  keep 7 years after set.last(\"service_date\") if patient.age_on(set.last(\"service_date\")) < 18 cite \"K.A.R.\" explain \"{set.series}\" }\n"
    "explanation \"e\" { title \"E\" when related([\"order\"], duration(\"1h\"), duration(\"1h\")) missing \"an order\" authority \"a\" }\n"
    "access \"a\" { title \"A\" severity high weight 9 when event.exposure == \"opened\" unless user.department == \"HIM\" per user.id within 1 hour count >= 5\n"
    "  authority \"x\" threshold \"t\" state proposed checked \"unverified\" explain \"{count} of {limit}\" }\n"
    "evidence \"v\" { title \"V\" weight 0 when user.surname_key == patient.surname_key explain \"same\" }\n"
    "exception \"x\" for \"a\" { when event.searched until date(\"2027-01-01\") owner \"o\" reason \"because\" }\n"
    "review \"q\" { title \"Q\" over record queue \"HIM\" severity low when record.amends_unknown > 0 authority \"y\" threshold \"u\" state house_policy checked \"unverified\"\n"
    "  explain \"look\" }\n"
    "define \"d\" { title \"D\" is [1, 2] }\n"
    "map \"m\" { into events column time from \"t\" column account from \"a\" column patient_id from \"p\" column action from \"c\" }\n"
    "test \"t\" for \"a\" { given event {action: \"view\"} expect 0 findings by \"a\" }\n";

struct made {
    struct keep_arena *a;
    struct keep_diags d;
    const struct keep_policy *p;
    struct keep_register_row *row;
    size_t rows;
    struct keep_outline o;
};

static struct made make(void)
{
    struct made m = {.a = keep_arena_new(0)};
    struct keep_err err = {0};
    m.d.arena = m.a;
    struct keep_policy_text t = {"t", keep_str_of(pack)};
    if (keep_policy_compile(&m.p, &t, 1, m.a, &m.d, &err) != 0)
        fail_msg("%s: %s", err.text, m.d.n ? m.d.list[0].text : "");
    assert_true(keep_register_make(m.p, m.a, &m.row, &m.rows));
    assert_int_equal(keep_outline_read(&m.o, "t", t.text, m.a, &m.d, &err), 0);
    return m;
}

static const struct keep_register_row *row(const struct made *m, enum keep_register_kind k, const char *id)
{
    for (size_t i = 0; i < m->rows; i++)
        if (m->row[i].kind == k && keep_str_is(m->row[i].id, id))
            return &m->row[i];
    fail_msg("no row of %s", id);
    return NULL;
}

static void test_register_has_every_kind(void **state)
{
    struct made m = make();
    (void)state;
    assert_int_equal(m.rows, 10 + 3);
    const struct keep_register_row *a = row(&m, KEEP_REGISTER_ACCESS, "a");
    assert_true(keep_str_is(a->state, "proposed"));
    assert_true(keep_str_is(a->threshold, "t"));
    assert_true(keep_str_is(a->sentence, "{count} of {limit}"));
    assert_int_equal(a->tests, 1);
    assert_false(a->check->verified);
    assert_null(a->jurisdiction.p);
    const struct keep_register_row *r = row(&m, KEEP_REGISTER_RETENTION, "r");
    assert_true(keep_str_is(r->jurisdiction, "US-KS"));
    assert_true(keep_str_is(r->authority, "K.A.R."));
    assert_true(keep_str_is(r->state, "law"));
    assert_true(row(&m, KEEP_REGISTER_LABEL, "l")->check->verified);
    assert_null(row(&m, KEEP_REGISTER_EVIDENCE, "v")->check);
    assert_true(keep_str_is(row(&m, KEEP_REGISTER_EXPLANATION, "e")->sentence, "an order"));
    assert_null(row(&m, KEEP_REGISTER_SERIES, "medical record")->check);
    assert_true(keep_str_is(row(&m, KEEP_REGISTER_DEFINE, "d")->title, "D"));
    const struct keep_register_row *x = row(&m, KEEP_REGISTER_EXCEPTION, "x");
    assert_true(keep_str_is(x->title, "for a: because") && keep_str_is(x->authority, "o") && keep_str_is(x->state, "until 2027-01-01"));
    const struct keep_register_row *q = row(&m, KEEP_REGISTER_REVIEW, "q");
    assert_true(keep_str_is(q->title, "Q") && keep_str_is(q->authority, "y") && keep_str_is(q->threshold, "u") && keep_str_is(q->state, "house policy") && keep_str_is(q->sentence, "look"));
    row(&m, KEEP_REGISTER_MAP, "m");
    size_t which;
    assert_null(keep_register_block(&m.o, 1, row(&m, KEEP_REGISTER_SERIES, "medical record"), &which));
    assert_int_equal(keep_register_block(&m.o, 1, r, &which)->line, 4);
    for (int k = 0; k < KEEP_REGISTER_KIND_COUNT; k++)
        assert_int_equal(keep_register_kind(keep_str_of(keep_register_kind_word((enum keep_register_kind)k))), k);
    assert_int_equal(keep_register_kind(KEEP_STR("rule")), -1);
    keep_arena_free(m.a);
}

static int join(void *ctx, const char *clause, const struct keep_expr *e)
{
    keep_buf_printf(ctx, "%s: %.*s; ", clause, (int)keep_expr_text(e).n, keep_expr_text(e).p);
    return 0;
}

static int stop(void *ctx, const char *clause, const struct keep_expr *e)
{
    (void)clause;
    (void)e;
    return ++*(int *)ctx == 2 ? 7 : 0;
}

static void test_register_tells_expressions_and_reads(void **state)
{
    struct made m = make();
    struct keep_buf b = KEEP_BUF_INIT;
    const struct keep_str *read;
    size_t n;
    int calls = 0;
    (void)state;
    keep_register_exprs(m.p, row(&m, KEEP_REGISTER_RETENTION, "r"), join, &b);
    keep_buf_char(&b, '\0');
    assert_string_equal((const char *)b.p, "when: set.series == \"s\" && facility.state == \"KS\"; keep: set.last(\"service_date\"); "
                                           "keep: patient.age_on(set.last(\"service_date\")) < 18; ");
    assert_int_equal(keep_register_exprs(m.p, row(&m, KEEP_REGISTER_RETENTION, "r"), stop, &calls), 7);
    assert_int_equal(calls, 2);
    assert_true(keep_register_reads(m.p, row(&m, KEEP_REGISTER_RETENTION, "r"), m.a, &read, &n));
    assert_int_equal(n, 4); /* what is read twice is told once */
    assert_true(keep_str_is(read[2], "set.last(service_date)"));
    assert_true(keep_register_reads(m.p, row(&m, KEEP_REGISTER_MAP, "m"), m.a, &read, &n));
    assert_int_equal(n, 0);
    keep_buf_free(&b);
    keep_arena_free(m.a);
}

static void test_register_json_parses(void **state)
{
    struct made m = make();
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err = {0};
    const uint8_t digest[1][32] = {{0xab}};
    const struct keep_json *j;
    (void)state;
    assert_int_equal(keep_register_json(m.p, &m.o, digest, m.row, m.rows, m.a, &b, &err), 0);
    assert_int_equal(keep_json_parse(&j, keep_buf_view(&b), "rules", m.a, &err), 0);
    const struct keep_json *rules = keep_json_get(j, "rules");
    assert_int_equal(keep_json_len(rules), m.rows);
    size_t clauses = 0;
    for (size_t i = 0; i < m.rows; i++) {
        const struct keep_json *rule = keep_json_at(rules, i);
        bool excepts = keep_str_is(keep_json_str(keep_json_get(rule, "kind")), "exception");
        clauses += keep_json_len(keep_json_get(rule, "clauses"));
        assert_true(excepts ? keep_str_is(keep_json_str(keep_json_get(rule, "for")), "a") : keep_json_str(keep_json_get(rule, "for")).n == 0);
    }
    assert_int_equal(clauses, 6 + 5 + 8 + 4 + 12 + 4 + 4 + 10 + 2 + 5);
    keep_buf_free(&b);
    keep_arena_free(m.a);
}

static void test_register_without_memory(void **state)
{
    struct made m = make();
    struct keep_arena *small = keep_arena_new(4096);
    struct keep_register_row *rows;
    size_t n;
    (void)state;
    while (keep_arena_alloc(small, 64))
        ;
    assert_false(keep_register_make(m.p, small, &rows, &n));
    const struct keep_str *read;
    assert_false(keep_register_reads(m.p, row(&m, KEEP_REGISTER_RETENTION, "r"), small, &read, &n));
    struct keep_outline o;
    struct keep_err err = {0};
    struct keep_diags d = {.arena = small};
    assert_int_equal(keep_outline_read(&o, "t", keep_str_of(pack), small, &d, &err), KEEP_E_NOMEM);
    keep_arena_free(small);
    keep_arena_free(m.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_register_has_every_kind), cmocka_unit_test(test_register_tells_expressions_and_reads),
                                       cmocka_unit_test(test_register_json_parses), cmocka_unit_test(test_register_without_memory)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
