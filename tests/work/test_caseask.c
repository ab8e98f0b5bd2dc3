/* Goal: questions go to the right person, answers to the right case, once, in
 * whatever order the columns come; a row that is not one costs that row. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/caseask.h"
#include "tests/work/ward.h"

#define NOBODY ((struct keep_str){NULL, 0})

static void again(struct clinic *c, struct keep_casework *w)
{
    keep_casework_close(w);
    clinic_must(c, keep_casework_open(w, c->s, NOBODY, true, &c->err));
}

static void ask(struct clinic *c, struct keep_casework *w, char number[48])
{
    const struct keep_casebook_case *k = ward_case(w, "unexplained");
    struct keep_caseask_sheets s;
    clinic_must(c, keep_caseask_sheets(w, &k, 1, false, &s, &c->err));
    assert_true(s.n == 1 && s.sheet[0].n == 1 && s.nobody == 0);
    strcpy(number, s.sheet[0].question[0].number);
    clinic_must(c, keep_caseask_record(w, &s, false, KEEP_DATE_NONE, KEEP_STR("privacy"), &c->err));
    again(c, w);
}

static void test_caseask_counts_questions(void **state)
{
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    char one[48], two[48];
    ask(c, w, one);
    ask(c, w, two);
    assert_string_equal(one + 12, "-1");
    assert_string_equal(two + 12, "-2");
    assert_memory_equal(one, two, 12);
    assert_true(ward_case(w, "unexplained")->asked == 2 && ward_case(w, "unexplained")->status == KEEP_CASE_NEEDS_REVIEW);
    ward_done(w);
    assert_true(clinic_whole(c));
}

static void test_caseask_whom_nobody_knows(void **state)
{
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    const struct keep_casebook_case *k[2] = {ward_case(w, "unmapped"), ward_case(w, "unexplained")};
    struct keep_caseask_sheets s;
    assert_int_equal(keep_caseask_sheets(w, k, 2, false, &s, &c->err), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    assert_int_equal(keep_caseask_sheets(w, k + 1, 1, true, &s, &c->err), KEEP_E_USAGE); /* no manager is on file */
    keep_err_clear(&c->err);
    k[0] = k[1];
    assert_int_equal(keep_caseask_sheets(w, k, 2, false, &s, &c->err), KEEP_E_USAGE);
    keep_err_clear(&c->err);
    assert_int_equal(s.n, 0);
    ward_done(w);
}

static void test_caseask_says_when_and_hides_who(void **state)
{
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    const struct keep_casebook_case *k = ward_case(w, "unexplained");
    struct keep_caseask_sheets s;
    struct keep_caseask_form form = {.due = KEEP_DATE_NONE, .from = KEEP_STR("<privacy>")};
    clinic_must(c, keep_caseask_sheets(w, &k, 1, false, &s, &c->err));
    for (int html = 0; html < 2; html++) {
        struct keep_buf b = KEEP_BUF_INIT;
        form.html = html;
        clinic_must(c, keep_caseask_write(w, s.sheet, &form, &b, &c->err));
        assert_non_null(memmem(b.p, b.n, "2024-03-01 12:00", 16)); /* as the clocks of Chicago showed it */
        assert_null(memmem(b.p, b.n, "Jubjub", 6));
        assert_null(memmem(b.p, b.n, "Familyold", 9));
        assert_null(memmem(b.p, b.n, "M-old", 5));
        assert_null(memmem(b.p, b.n, "a visit", 7)); /* what would explain it is the privacy office's to know */
        assert_int_equal(memmem(b.p, b.n, "<privacy>", 9) == NULL, html);
        w->mask.revealed = KEEP_STR("*");
        keep_buf_clear(&b);
        clinic_must(c, keep_caseask_write(w, s.sheet, &form, &b, &c->err));
        assert_non_null(memmem(b.p, b.n, "Jubjub", 6));
        assert_non_null(memmem(b.p, b.n, "Familyold", 9));
        assert_null(memmem(b.p, b.n, "Familynew", 9));
        w->mask.revealed = NOBODY;
        keep_buf_free(&b);
    }
    ward_done(w);
}

struct faults {
    uint64_t line[16];
    int n;
};

static void bad(void *ctx, uint64_t line, const char *why)
{
    struct faults *f = ctx;
    assert_non_null(why);
    f->line[f->n++] = line;
}

/* A table with the question's number wherever an asterisk stands. */
static int take(struct clinic *c, struct keep_casework *w, const char *form, const char *number, struct keep_caseask_counts *n, struct faults *f)
{
    struct keep_buf text = KEEP_BUF_INIT;
    for (const char *p = form; *p; p++) {
        if (*p == '*')
            keep_buf_str(&text, number);
        else
            keep_buf_char(&text, *p);
    }
    *f = (struct faults){.n = 0};
    int rc = keep_caseask_take(w, keep_buf_view(&text), "a.csv", n, bad, f, &c->err);
    keep_buf_free(&text);
    keep_err_clear(&c->err);
    return rc;
}

static void test_caseask_takes_each_answer_once(void **state)
{
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    struct keep_caseask_counts n;
    struct faults f;
    char q[48];
    ask(c, w, q);
    uint64_t entries = keep_ledger_size(c->s);
    const char *shuffled = "\xef\xbb\xbf" "note,reason,question,explanation,answered_on,answered_by\r\nx,treatment, * ,\"two\r\nlines\",2026-11-01,Carol\r\n,,*,,,\r\n";
    assert_int_equal(take(c, w, shuffled, q, &n, &f), 0);
    assert_true(n.taken == 1 && n.empty == 1 && n.known == 0 && n.bad == 0);
    assert_int_equal(keep_ledger_size(c->s), entries + 1);
    assert_int_equal(take(c, w, shuffled, q, &n, &f), 0);
    assert_true(n.taken == 0 && n.known == 1);
    assert_int_equal(keep_ledger_size(c->s), entries + 1); /* nothing written, no entry */
    const char *twice = "question,answered_by,answered_on,reason,explanation\n*,Bea,2026-11-02,other,z\n*,Bea,2026-11-02,other,z\n";
    assert_int_equal(take(c, w, twice, q, &n, &f), 0);
    assert_true(n.taken == 1 && n.known == 1);
    again(c, w);
    assert_int_equal(ward_case(w, "unexplained")->answered, 2);
    ward_done(w);
    assert_true(clinic_whole(c));
}

static void test_caseask_a_bad_row_costs_a_row(void **state)
{
    static const char *const wrong[] = {"question\n*\n", "", "\n\n", "question,answered_by,answered_on,reason\n*,a,2026-11-01,other\n"};
    struct clinic *c = *state;
    struct keep_casework *w = ward_cases(c);
    struct keep_caseask_counts n;
    struct faults f;
    char q[48];
    ask(c, w, q);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_int_equal(take(c, w, wrong[i], q, &n, &f), KEEP_E_INPUT);
    assert_int_equal(take(c, w, "question,answered_by,answered_on,reason,explanation\n*0,a,2026-11-01,other,\n*,a,2026-13-01,other,\nzz,a,2026-11-01,other,x,y,z\n*,a,2026-11-01,other\n", q, &n, &f), 0);
    assert_true(n.taken == 1 && n.bad == 3);
    assert_true(f.n == 3 && f.line[0] == 2 && f.line[1] == 3 && f.line[2] == 4);
    ward_done(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_caseask_counts_questions, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caseask_whom_nobody_knows, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caseask_says_when_and_hides_who, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caseask_takes_each_answer_once, ward_setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_caseask_a_bad_row_costs_a_row, ward_setup, clinic_teardown),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
