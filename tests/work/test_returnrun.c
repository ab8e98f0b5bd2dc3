/* Goal: records come back from a package by the quorum alone, as they were and with
 * where they came from; a run that stopped goes on; what lives is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>

#include "core/base/file.h"
#include "core/work/eraserun.h"
#include "core/work/returnrun.h"
#include "core/work/sealrun.h"
#include "tests/aid/clinic.h"

/* The package of the clinic's old patient, whose record set is destroyed then. */
static const char *package(struct clinic *c)
{
    static char path[300];
    const char *out = clinic_path(c, "out");
    struct keep_sealrun_params p = {.adopted = &c->adopted, .plan = &c->plan, .output = out};
    struct keep_sealrun_result sealed;
    struct keep_eraserun_params e = {.adopted = &c->adopted, .plan = &c->plan, .officer = c->him};
    struct keep_eraserun_result r;
    clinic_must(c, keep_sealrun_archive(c->s, &p, c->arena, &sealed, &c->err));
    clinic_must(c, keep_eraserun_dispose(c->s, &e, c->arena, &r, &c->err));
    keep_buf_free(&r.certificate);
    keep_buf_free(&r.signature);
    DIR *d = opendir(out);
    for (const struct dirent *f; d && (f = readdir(d));)
        if (strstr(f->d_name, ".tar") && strcmp(strstr(f->d_name, ".tar"), ".tar") == 0)
            snprintf(path, sizeof path, "%s/%s", out, f->d_name);
    closedir(d);
    return path;
}

static int setup(void **state)
{
    struct clinic *c = clinic_new();
    clinic_fill(c, "official");
    clinic_adopt(c, CLINIC_RULES);
    clinic_plan(c);
    clinic_approve(c);
    *state = c;
    return 0;
}

static uint64_t records(struct clinic *c)
{
    struct keep_load_status st;
    clinic_must(c, keep_load_status(c->s, &st, &c->err));
    return st.records;
}

struct order {
    struct keep_returnrun_params p;
    const struct keep_sign_secret *officer[2];
};

static struct order order(struct clinic *c, const char *const *path)
{
    struct order o = {.officer = {c->him, c->legal}};
    o.p = (struct keep_returnrun_params){.path = path, .paths = 1, .identity = (const uint8_t (*)[32])c->identity, .identities = 2, .matter = KEEP_STR("M-1"), .officers = 2};
    return o;
}

static int run(struct clinic *c, struct order *o, struct keep_returnrun_result *r)
{
    o->p.officer = o->officer;
    return keep_returnrun(c->s, &o->p, r, &c->err);
}

static int count_acts(void *ctx, const struct keep_act *act, struct keep_err *err)
{
    (void)act;
    (void)err;
    ++*(int *)ctx;
    return 0;
}

static int acts(struct clinic *c, const char *kind)
{
    int n = 0;
    clinic_must(c, keep_txn_acts(c->s, kind, NULL, count_acts, &n, &c->err));
    return n;
}

static void test_returnrun_comes_back(void **state)
{
    struct clinic *c = *state;
    uint64_t before = records(c);
    const char *path = package(c);
    struct order o = order(c, &path);
    struct keep_returnrun_result r;
    uint64_t gone = before - records(c);
    assert_true(gone > 0);
    assert_int_equal(run(c, &o, &r), 0);
    assert_true(r.records == gone && r.live == 0 && r.unread == 0 && r.sets == 1 && r.due == 1);
    assert_int_equal(records(c), before);
    assert_int_equal(acts(c, "records restore"), 2);
    assert_int_equal(acts(c, "records restored"), 1);
    assert_true(clinic_whole(c));
    uint64_t size = keep_ledger_size(c->s);
    assert_int_equal(run(c, &o, &r), 1);
    assert_true(r.records == 0 && r.live == gone);
    assert_int_equal(keep_ledger_size(c->s), size);
}

static void test_returnrun_refuses(void **state)
{
    struct clinic *c = *state;
    const char *path = package(c), *none = clinic_path(c, "none.tar");
    struct order o = order(c, &path), one = o, twice = o, strange = o, blind = o, lost = order(c, &none);
    struct keep_returnrun_result r;
    uint8_t other[32];
    uint64_t size = keep_ledger_size(c->s);
    one.p.officers = 1;
    assert_int_equal(run(c, &one, &r), KEEP_E_REFUSED);
    twice.officer[1] = c->him;
    assert_int_equal(run(c, &twice, &r), KEEP_E_REFUSED);
    strange.officer[1] = c->stranger;
    assert_int_equal(run(c, &strange, &r), KEEP_E_REFUSED);
    keep_age_generate(other);
    blind.p.identity = (const uint8_t (*)[32])other;
    blind.p.identities = 1;
    assert_int_equal(run(c, &blind, &r), KEEP_E_KEY);
    assert_int_equal(run(c, &lost, &r), KEEP_E_INPUT);
    assert_int_equal(keep_ledger_size(c->s), size);
}

/* A byte in the middle, and one behind the end. */
static void test_returnrun_damaged_package(void **state)
{
    struct clinic *c = *state;
    const char *path = package(c), *bad = clinic_path(c, "bad.tar");
    struct order o = order(c, &bad);
    struct keep_returnrun_result r;
    struct keep_buf b = KEEP_BUF_INIT;
    uint64_t left = records(c);
    assert_int_equal(keep_file_read_all(AT_FDCWD, path, 1u << 24, &b, &c->err), 0);
    b.p[b.n / 2] ^= 1;
    assert_true(tool_put(bad, b.p, b.n));
    assert_int_equal(run(c, &o, &r), KEEP_E_INTEGRITY);
    b.p[b.n / 2] ^= 1;
    keep_buf_char(&b, 0);
    assert_true(tool_put(bad, b.p, b.n));
    assert_int_equal(run(c, &o, &r), KEEP_E_INTEGRITY);
    assert_int_equal(records(c), left);
    keep_buf_free(&b);
}

struct stopper {
    int calls, stop_at;
    const char *path; /* to be written into at that call, instead of stopping */
};

static int stop(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    struct stopper *s = ctx;
    (void)what;
    (void)done;
    (void)total;
    if (++s->calls != s->stop_at || !s->path)
        return s->calls == s->stop_at;
    int fd = open(s->path, O_WRONLY);
    assert_int_equal(pwrite(fd, "", 1, 200), 1);
    close(fd);
    return 0;
}

/* Stopped at every step: the next run ends what is left to do. */
static void test_returnrun_goes_on(void **state)
{
    struct clinic *c = *state;
    uint64_t before = records(c);
    const char *path = package(c);
    struct order o = order(c, &path);
    struct keep_returnrun_result r;
    struct stopper s = {0};
    int rc = KEEP_E_INTERRUPTED;
    o.p.progress = stop;
    o.p.ctx = &s;
    for (int at = 1; rc == KEEP_E_INTERRUPTED; at += 3) {
        s = (struct stopper){.stop_at = at};
        rc = run(c, &o, &r);
        assert_true(rc == KEEP_E_INTERRUPTED || rc == 0);
        assert_true(records(c) <= before);
    }
    assert_int_equal(records(c), before);
    assert_true(clinic_whole(c));
}

/* Somebody writes into the package behind its verification. */
static void test_returnrun_changed_meanwhile(void **state)
{
    struct clinic *c = *state;
    const char *path = package(c);
    struct order o = order(c, &path);
    struct keep_returnrun_result r;
    struct stopper s = {0};
    o.p.progress = stop;
    o.p.ctx = &s;
    clinic_must(c, run(c, &o, &r));
    s.calls = 0;
    assert_int_equal(run(c, &o, &r), 1); /* how many steps that has */
    s = (struct stopper){.stop_at = s.calls, .path = path};
    assert_int_equal(run(c, &o, &r), KEEP_E_INTEGRITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_returnrun_comes_back, setup, clinic_teardown), cmocka_unit_test_setup_teardown(test_returnrun_refuses, setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_returnrun_damaged_package, setup, clinic_teardown), cmocka_unit_test_setup_teardown(test_returnrun_goes_on, setup, clinic_teardown),
        cmocka_unit_test_setup_teardown(test_returnrun_changed_meanwhile, setup, clinic_teardown),
    };
    return cmocka_run_group_tests(tests, clinic_start, NULL);
}
