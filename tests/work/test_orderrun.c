/* Goal: each custodian is ordered what it holds and learns of nothing else; what is only
 * indexed here waits for every answer; an order's text is gone once it is answered. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/work/eraserun.h"
#include "core/work/hold.h"
#include "core/work/orderbook.h"
#include "tests/work/ward.h"

#define FIVE(id, place, more) \
    "retention \"" id "\" { title \"T\" jurisdiction " place " " CLINIC_CHECKED "when set.series == \"medical record\" keep 5 years after set.last(\"service_date\") " more " explain \"x\" }\n"
#define RULES(more)                                                                                                                                              \
    "pack \"rules\" { version \"1\" language 1 }\n" FIVE("us.a", "US", "") FIVE("us-ks.a", "US-KS", more)                                                         \
        "map \"index\" { into records column record_id from \"id\" column patient_id from \"patient\" column class from \"class\" column first from \"first\" " \
        "column last from \"last\" column facility from \"place\" column custodian from \"custodian\" column locator from \"locator\" }\n"

/* Two films at one place of Iron Box, a chart in the cellar, and a scan whose place nobody wrote down. */
#define ROWS                                                                                                        \
    "id,patient,class,first,last,place,custodian,locator\r\nr1,p9,film,2001-02-03,2001-02-03,General,Iron Box,shelf 4\r\n"        \
    "r2,p9,film,2001-02-04,2001-02-04,General,Iron Box,shelf 4\r\nr3,p9,paper chart,2001-02-05,2001-02-05,General,Cellar,row 7\r\n" \
    "r4,p9,scan,2001-02-06,2001-02-06,General,Cellar,\r\n"

static void begin_with(struct clinic *c, const char *custody, const char *rules)
{
    clinic_declare(c, "paper", custody, c->him);
    clinic_adopt(c, rules);
    ward_table(c, "paper", "index.csv", ROWS);
    assert_true(clinic_plan(c) >= 1);
    clinic_approve(c);
}

static int setup(void **state)
{
    *state = clinic_new();
    return 0;
}

static struct keep_eraserun_result dispose(struct clinic *c, int want)
{
    struct keep_eraserun_params p = {.adopted = &c->adopted, .plan = &c->plan, .officer = c->him};
    struct keep_eraserun_result r;
    int rc = keep_eraserun_dispose(c->s, &p, c->arena, &r, &c->err);
    clinic_must(c, rc);
    assert_int_equal(rc, want);
    return r;
}

static void done(struct keep_eraserun_result *r)
{
    keep_buf_free(&r->certificate);
    keep_buf_free(&r->signature);
}

static struct keep_order *orders(struct clinic *c, size_t n)
{
    struct keep_order *o;
    size_t have;
    clinic_must(c, keep_orderbook_load(c->s, c->arena, &o, &have, &c->err));
    assert_int_equal(have, n);
    return o;
}

static const struct keep_order *order_to(struct clinic *c, const char *custodian)
{
    struct keep_order *o = orders(c, 2);
    return keep_str_is(o[0].custodian, custodian) ? &o[0] : &o[1];
}

static bool text_has(struct clinic *c, const struct keep_order *o, const char *what)
{
    struct keep_buf text = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_sign_public pub;
    struct keep_str trusted;
    assert_int_equal(keep_orderbook_text(c->s, o->id, &text, &sig, &c->err), 0);
    keep_sign_public_of(c->him, &pub);
    assert_int_equal(keep_sign_check(&pub, text.p, text.n, keep_buf_view(&sig), &trusted, NULL), 0);
    bool has = memmem(text.p, text.n, what, strlen(what)) != NULL;
    keep_buf_free(&text);
    keep_buf_free(&sig);
    return has;
}

static int certify(struct clinic *c, const struct keep_order *o, keep_date day)
{
    struct keep_orderbook_certificate given = {.order = o->id, .document = KEEP_STR("shredded\0\xff"), .destroyed_on = day, .officer = c->legal};
    int rc = keep_orderbook_certify(c->s, &given, &c->err);
    if (rc < 0)
        keep_err_clear(&c->err);
    return rc;
}

static void test_orderrun_orders_each_what_it_holds(void **state)
{
    struct clinic *c = *state;
    keep_date today = keep_civil_utc_date(CLINIC_NOW);
    begin_with(c, "index only", RULES("residue 25 years \"a summary\""));
    struct keep_eraserun_result r = dispose(c, 0);
    assert_int_equal(r.orders, 2);
    assert_int_equal(r.ordered, 1);
    assert_int_equal(r.certificate.n, 0);
    done(&r);
    const struct keep_order *iron = order_to(c, "Iron Box"), *cellar = order_to(c, "Cellar");
    assert_int_equal(iron->records, 2);
    assert_int_equal(iron->sets, 1);
    assert_true(text_has(c, iron, "1\tshelf 4\t2\n") && text_has(c, iron, "keep: a summary, 25 years more (none)"));
    assert_false(text_has(c, iron, "row 7") || text_has(c, iron, "Cellar") || text_has(c, iron, "p9"));
    assert_true(text_has(c, cellar, "row 7\t1\n") && text_has(c, cellar, "r4\t1\n"));
    assert_int_equal(clinic_standing(c, KEEP_SET_ORDERED), 1);
    r = dispose(c, 2); /* waits */
    assert_non_null(strstr(r.reason[0], "not in"));
    done(&r);
    orders(c, 2); /* none twice */
    assert_int_equal(certify(c, iron, today - 30), KEEP_E_USAGE);
    assert_int_equal(certify(c, iron, today), 0);
    assert_int_equal(certify(c, iron, today), 1);
    assert_int_equal(clinic_standing(c, KEEP_SET_ORDERED), 1); /* the other has not answered */
    assert_int_equal(certify(c, cellar, today), 0);
    assert_int_equal(clinic_standing(c, KEEP_SET_DUE), 1);
    r = dispose(c, 0);
    assert_int_equal(r.records, 4);
    assert_non_null(memmem(r.certificate.p, r.certificate.n, "certified by its custodian", 26));
    assert_null(memmem(r.certificate.p, r.certificate.n, "shelf", 5));
    done(&r);
    struct keep_buf text = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    assert_int_equal(keep_orderbook_text(c->s, iron->id, &text, &sig, &c->err), 2); /* the rewrite dropped its key */
    assert_int_equal(keep_orderbook_text(c->s, KEEP_STR("0000000000000001"), &text, &sig, &c->err), 1);
    keep_buf_free(&text);
    keep_buf_free(&sig);
    assert_true(clinic_whole(c));
}

static int document(struct clinic *c, struct keep_str id, struct keep_buf *b)
{
    keep_buf_clear(b);
    return keep_orderbook_document(c->s, id, b, &c->err);
}

static void test_orderrun_keeps_the_certificate(void **state)
{
    struct clinic *c = *state;
    keep_date today = keep_civil_utc_date(CLINIC_NOW);
    struct keep_buf b = KEEP_BUF_INIT;
    begin_with(c, "index only", RULES(""));
    struct keep_eraserun_result r = dispose(c, 0);
    done(&r);
    const struct keep_order *iron = order_to(c, "Iron Box"), *cellar = order_to(c, "Cellar");
    assert_int_equal(document(c, iron->id, &b), 1);
    char *scan = calloc(1, KEEP_ORDERBOOK_DOCUMENT + 1);
    assert_non_null(scan);
    memset(scan, 0xfe, KEEP_ORDERBOOK_DOCUMENT);
    struct keep_orderbook_certificate given = {.order = iron->id, .document = {scan, KEEP_ORDERBOOK_DOCUMENT + 1}, .destroyed_on = today, .officer = c->legal};
    assert_int_equal(keep_orderbook_certify(c->s, &given, &c->err), KEEP_E_LIMIT);
    given.document.n = 0;
    assert_int_equal(keep_orderbook_certify(c->s, &given, &c->err), KEEP_E_INPUT);
    assert_int_equal(document(c, iron->id, &b), 1);
    given.document.n = KEEP_ORDERBOOK_DOCUMENT;
    keep_err_clear(&c->err);
    clinic_must(c, keep_orderbook_certify(c->s, &given, &c->err));
    assert_int_equal(document(c, iron->id, &b), 0);
    assert_int_equal(b.n, KEEP_ORDERBOOK_DOCUMENT);
    assert_memory_equal(b.p, scan, b.n);
    assert_int_equal(document(c, cellar->id, &b), 1);
    assert_int_equal(certify(c, cellar, today), 0);
    r = dispose(c, 0); /* and the rewrite of the keyring leaves it */
    done(&r);
    assert_int_equal(document(c, cellar->id, &b), 0);
    assert_int_equal(b.n, 10);
    assert_memory_equal(b.p, "shredded\0\xff", 10);
    assert_true(clinic_whole(c));
    free(scan);
    keep_buf_free(&b);
}

static void test_orderrun_of_copies_destroys_ours_at_once(void **state)
{
    struct clinic *c = *state;
    begin_with(c, "copy", RULES(""));
    struct keep_eraserun_result r = dispose(c, 0);
    assert_int_equal(r.orders, 2);
    assert_int_equal(r.ordered, 0);
    assert_int_equal(r.records, 4);
    assert_non_null(memmem(r.certificate.p, r.certificate.n, "ordered, not certified yet", 26));
    done(&r);
    assert_true(text_has(c, order_to(c, "Cellar"), "row 7")); /* it outlives the index */
    assert_true(clinic_whole(c));
    assert_true(text_has(c, order_to(c, "Cellar"), "row 7"));
}

static void test_orderrun_that_is_held_since_is_to_be_recalled(void **state)
{
    struct clinic *c = *state;
    uint64_t n;
    begin_with(c, "index only", RULES(""));
    struct keep_eraserun_result r = dispose(c, 0);
    done(&r);
    clinic_must(c, keep_hold_place(c->s, &(struct keep_hold_order){.matter = KEEP_STR("M-3"), .effective_from = KEEP_TIME_NONE}, &n, &c->err));
    assert_int_equal(certify(c, order_to(c, "Cellar"), keep_civil_utc_date(CLINIC_NOW)), 0);
    assert_int_equal(certify(c, order_to(c, "Iron Box"), keep_civil_utc_date(CLINIC_NOW)), 0);
    r = dispose(c, 2);
    assert_non_null(strstr(r.reason[0], "M-3"));
    done(&r);
    assert_int_equal(clinic_standing(c, KEEP_SET_HELD), 1);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, clinic_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(test_orderrun_orders_each_what_it_holds),
        T(test_orderrun_keeps_the_certificate),
        T(test_orderrun_of_copies_destroys_ours_at_once),
        T(test_orderrun_that_is_held_since_is_to_be_recalled),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
