/* Goal: the files of a hospital fit together. A small one is read back with the
 * readers of text: every reference leads to a resource, every account of the log
 * is somebody's or in the key, every row of the key is a row of the log, and the
 * log's sessions follow from care. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sys/resource.h>

#include "core/base/asan.h"
#include "core/demo/plant.h"
#include "tests/demo/readback.h"

static void test_hospital_resources_refer_to_resources(void **state)
{
    int fd = folder("small");
    struct names s = resources_of(fd);
    uint32_t empty = 0;
    (void)state;
    for (size_t i = 1; i < s.n; i++)
        assert_string_not_equal(s.name[i], s.name[i - 1]);
    for (size_t i = 0; i < FILES; i++)
        if (is_ndjson(files[i]))
            empty += each_line(fd, files[i], check_references, &s) == 0;
    assert_in_range(empty, 0, 3); /* so small a house has not everything */
    names_free(&s);
    close(fd);
}

/* What the log's rows must agree with, and what the key's rows must agree with. */
struct book {
    struct names *resource, *login;
    struct row {
        char login[32], patient[32], time[32];
        bool planted, break_glass;
    } *row;
    uint64_t rows, planted, innocent, people;
    char last[64]; /* login: two rows of one stand together */
};

static void copy(char out[32], struct keep_str s)
{
    assert_true(s.n < 32);
    snprintf(out, 32, "%.*s", (int)s.n, s.p);
}

static void see_worker(const struct keep_csv_row *row, uint64_t n, void *ctx)
{
    struct book *b = ctx;
    (void)n;
    assert_int_equal(row->n, 19);
    add(b->login, "login", row->field[1]);
    if (row->field[18].n)
        assert_true(has_of(b->resource, "Patient", row->field[18]));
    if (!keep_str_is(row->field[1], "svc-prefetch"))
        b->people += strcmp(b->login->name[b->login->n - 1], b->last) != 0;
    snprintf(b->last, sizeof b->last, "%s", b->login->name[b->login->n - 1]);
    if (row->field[17].n)
        assert_true(has_of(b->resource, "Practitioner", row->field[17]));
    if (!keep_str_is(row->field[2], "service"))
        assert_true(has_of(b->resource, "Practitioner", row->field[0]));
}

static void see_account(const struct keep_csv_row *row, uint64_t n, void *ctx)
{
    struct book *b = ctx;
    (void)n;
    assert_int_equal(row->n, 5);
    add(b->login, "login", row->field[0]);
}

static void see_event(const struct keep_csv_row *row, uint64_t n, void *ctx)
{
    struct book *b = ctx;
    assert_int_equal(row->n, 13);
    assert_true(n < ROWS_MAX);
    struct row *r = &b->row[n];
    copy(r->time, row->field[1]);
    copy(r->login, row->field[2]);
    copy(r->patient, row->field[3]);
    r->break_glass = keep_str_is(row->field[10], "yes");
    assert_true(n == 1 || strcmp(b->row[n - 1].time, r->time) <= 0);
    assert_true(strcmp(r->time, "2025-11-21") >= 0 && strcmp(r->time, "2026-11-21") < 0);
    if (row->field[3].n)
        assert_true(has_of(b->resource, "Patient", row->field[3]));
    b->rows = n;
}

static void see_plant(const struct keep_json *row, void *ctx)
{
    struct book *b = ctx;
    const struct keep_json *events = keep_json_get(row, "events");
    bool one = keep_json_str(keep_json_get(row, "patient")).n > 0;
    bool planted = keep_str_is(keep_json_str(keep_json_get(row, "truth")), "planted");
    assert_true(keep_json_len(events) > 0);
    assert_true(planted || keep_str_is(keep_json_str(keep_json_get(row, "truth")), "innocent"));
    assert_true(planted == (keep_json_str(keep_json_get(row, "rule")).n == 3));
    assert_true(keep_json_str(keep_json_get(row, "evidence")).n > 0);
    assert_true(one == (keep_json_str(keep_json_get(row, "mrn")).n > 0));
    for (size_t i = 0; i < keep_json_len(events); i++) {
        struct keep_str id = keep_json_str(keep_json_at(events, i));
        assert_true(id.n > 7 && memcmp(id.p, "access:", 7) == 0);
        unsigned long long n = strtoull(id.p + 7, NULL, 10);
        assert_in_range(n, 1, b->rows);
        assert_false(b->row[n].planted);
        b->row[n].planted = true;
        if (keep_json_str(keep_json_get(row, "account")).n)
            assert_true(keep_str_is(keep_json_str(keep_json_get(row, "account")), b->row[n].login));
        if (one && b->row[n].patient[0]) /* a login that failed is about nobody */
            assert_true(keep_str_is(keep_json_str(keep_json_get(row, "patient")), b->row[n].patient));
    }
    b->planted += planted;
    b->innocent += !planted;
}

static void read_book(int fd, struct book *b)
{
    *b->resource = resources_of(fd);
    each_row(fd, "workforce.csv", see_worker, b);
    each_row(fd, "accounts.csv", see_account, b);
    qsort(b->login->name, b->login->n, sizeof *b->login->name, by_name);
    each_row(fd, "access-log.csv", see_event, b);
    each_line(fd, "answer-key.ndjson", see_plant, b);
}

static void test_hospital_log_and_key_agree(void **state)
{
    struct names resource, login = names_new();
    struct book b = {.resource = &resource, .login = &login, .row = calloc(ROWS_MAX, sizeof *b.row)};
    uint64_t planted = 0, strange = 0;
    int fd = folder("small");
    (void)state;
    assert_non_null(b.row);
    read_book(fd, &b);
    assert_int_equal(b.rows, 5000);
    assert_int_equal(b.planted, 9);
    assert_in_range(b.innocent, 5, 9);
    assert_int_equal(b.people, 20);
    for (uint64_t i = 1; i <= b.rows; i++) {
        planted += b.row[i].planted;
        if (!has_of(&login, "login", keep_str_of(b.row[i].login))) {
            assert_true(b.row[i].planted);
            assert_memory_equal(b.row[i].login, "temp", 4);
            strange++;
        }
    }
    assert_in_range(planted, 20, 300);
    assert_in_range(strange, 0, 5); /* of the one login that no roster names */
    names_free(&resource);
    names_free(&login);
    free(b.row);
    close(fd);
}

/* How often each kind is planted. */
static void count_kind(const struct keep_json *row, void *ctx)
{
    struct names *kind = ctx;
    if (keep_str_is(keep_json_str(keep_json_get(row, "truth")), "planted"))
        add(kind, "kind", keep_json_str(keep_json_get(row, "kind")));
    else
        add(kind, "innocent", keep_json_str(keep_json_get(row, "kind")));
}

static size_t times(const struct names *s, const char *type, const char *word)
{
    char want[128];
    size_t n = 0;
    snprintf(want, sizeof want, "%s/%s", type, word);
    for (size_t i = 0; i < s->n; i++)
        n += strcmp(s->name[i], want) == 0;
    return n;
}

static void test_hospital_plants_every_kind_of_the_catalogue(void **state)
{
    static const char *const words[] = {
#define X(name, rule, word, what) word,
        KEEP_PLANT_KINDS(X)
#undef X
    };
    static const char *const innocent[] = {
#define X(name, word, what) word,
        KEEP_PLANT_INNOCENTS(X)
#undef X
    };
    int fd = folder("larger");
    struct keep_hospital_params p = params(fd);
    struct names kind = names_new();
    (void)state;
    p.patients = 1500;
    p.staff = 240;
    p.events = 20000;
    p.planted = 2 * sizeof words / sizeof *words;
    make(&p);
    each_line(fd, "answer-key.ndjson", count_kind, &kind);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        if (times(&kind, "kind", words[i]) < 2)
            print_error("%s\n", words[i]);
        assert_true(times(&kind, "kind", words[i]) >= 2);
    }
    for (size_t i = 0; i < sizeof innocent / sizeof *innocent; i++)
        assert_true(times(&kind, "innocent", innocent[i]) >= 1);
    assert_true(contains(fd, "answer-summary.json", "\"capacity\":136,\"not_planted\":[]"));
    names_free(&kind);
    close(fd);
}

static void nothing(const struct keep_json *row, void *ctx)
{
    (void)row, (void)ctx;
}

static void test_hospital_of_some_size_has_every_kind_of_resource(void **state)
{
    int fd = folder("larger");
    (void)state;
    for (size_t i = 0; i < FILES; i++)
        if (is_ndjson(files[i]))
            assert_true(each_line(fd, files[i], nothing, NULL) > 0);
    close(fd);
}

/* What the log is made of, in rows of a hundred thousand. */
struct shares {
    uint32_t opened, listed, searched, system, export, glass, night;
};

static void count_share(const struct keep_csv_row *row, uint64_t n, void *ctx)
{
    struct shares *s = ctx;
    (void)n;
    s->opened += keep_str_is(row->field[5], "opened");
    s->listed += keep_str_is(row->field[5], "listed");
    s->searched += keep_str_is(row->field[5], "searched");
    s->system += keep_str_is(row->field[5], "system");
    s->export += keep_str_is(row->field[4], "export");
    s->glass += keep_str_is(row->field[10], "yes");
    s->night += row->field[1].n > 12 && (row->field[1].p[11] == '0' && row->field[1].p[12] < '6');
}

static void test_hospital_log_is_mostly_care(void **state)
{
    int fd = folder("shares");
    struct keep_hospital_params p = params(fd);
    struct shares s = {0};
    (void)state;
    p.patients = 600;
    p.staff = 120;
    p.events = 100000;
    p.planted = 0;
    make(&p);
    assert_int_equal(each_row(fd, "access-log.csv", count_share, &s), 100000);
    assert_in_range(s.opened, 60000, 90000);
    assert_in_range(s.listed, 5000, 25000);
    assert_in_range(s.searched, 1000, 5000);
    assert_in_range(s.system, 1000, 15000);
    assert_in_range(s.glass, 1, 500);
    assert_in_range(s.night, 1000, 25000);
    close(fd);
}

static void test_hospital_memory_follows_people_not_accesses(void **state)
{
    int fd = folder("memory");
    struct keep_hospital_params p = params(fd);
    struct rusage use[3];
    (void)state;
    for (int i = 0; i < 3; i++) {
        p.events = i < 2 ? 5000 : 1500000;
        make(&p);
        assert_int_equal(getrusage(RUSAGE_SELF, &use[i]), 0);
    }
    /* KiB; the log is 130 MiB. What a run leaves behind, as one under a sanitizer does, is no use of memory by accesses. */
    assert_true(use[2].ru_maxrss - use[1].ru_maxrss < use[1].ru_maxrss - use[0].ru_maxrss + (KEEP_ASAN ? 32768 : 4096));
    close(fd);
}

static void count_rows(const struct keep_csv_row *row, uint64_t n, void *ctx)
{
    uint64_t *last = ctx;
    assert_int_equal(row->n, 13);
    *last = n;
}

static void test_hospital_log_has_the_days_asked_for(void **state)
{
    static const uint32_t days[] = {KEEP_HOSPITAL_DAYS_MIN, KEEP_HOSPITAL_DAYS_MAX};
    (void)state;
    for (int i = 0; i < 2; i++) {
        int fd = folder(i ? "long" : "short");
        struct keep_hospital_params p = params(fd);
        struct keep_buf b = KEEP_BUF_INIT;
        char first[KEEP_CIVIL_DATE_SIZE];
        uint64_t rows = 0;
        p.days = days[i];
        p.patients = 300;
        p.staff = 90;
        p.planted = 34;
        make(&p);
        each_row(fd, "access-log.csv", count_rows, &rows);
        assert_int_equal(rows, 5000);
        keep_civil_format_date(p.today - (keep_date)p.days + 1, first);
        struct keep_str text = read_file(fd, "access-log.csv", &b);
        const char *line = memchr(text.p, '\n', text.n);
        assert_non_null(line);
        assert_true(memcmp(line + 3, first, 7) >= 0);
        keep_buf_free(&b);
        close(fd);
    }
}

static void same_files(int a, int b, bool same)
{
    struct keep_buf x = KEEP_BUF_INIT, y = KEEP_BUF_INIT;
    size_t differ = 0;
    for (size_t i = 0; i < FILES; i++)
        differ += !keep_str_eq(read_file(a, files[i], &x), read_file(b, files[i], &y));
    if (same)
        assert_int_equal(differ, 0);
    else
        assert_true(differ >= FILES - 12); /* places, declarations and accounts are the same everywhere */
    keep_buf_free(&x);
    keep_buf_free(&y);
}

static void test_hospital_is_its_seed_s(void **state)
{
    int one = folder("small"), two = folder("again"), three = folder("other");
    struct keep_hospital_params p = params(two), q = params(three);
    (void)state;
    make(&p);
    q.seed = 2;
    make(&q);
    same_files(one, two, true);
    same_files(one, three, false);
    close(one);
    close(two);
    close(three);
}

static void only_innocent(const struct keep_json *row, void *ctx)
{
    (void)ctx;
    assert_true(keep_str_is(keep_json_str(keep_json_get(row, "truth")), "innocent"));
}

static void test_hospital_without_plants_has_only_innocents(void **state)
{
    int fd = folder("plain");
    struct keep_hospital_params p = params(fd);
    (void)state;
    p.planted = 0;
    p.today = keep_civil_from_ymd(2024, 2, 29); /* a year that ends on a leap day */
    make(&p);
    each_line(fd, "answer-key.ndjson", only_innocent, NULL);
    assert_true(contains(fd, "answer-summary.json", "\"planted\":0,"));
    close(fd);
}

static int stop_at_care(void *ctx, const char *what, uint64_t done, uint64_t total)
{
    (void)ctx, (void)done, (void)total;
    return strcmp(what, "care") == 0;
}

static void test_hospital_stops_and_refuses_cleanly(void **state)
{
    int fd = folder("stopped");
    struct keep_hospital_params p = params(fd);
    struct keep_err err = {0};
    (void)state;
    p.progress = stop_at_care;
    assert_int_equal(keep_hospital_write(&p, &err), KEEP_E_INTERRUPTED);
    for (size_t i = 0; i < FILES; i++) {
        char temp[64];
        snprintf(temp, sizeof temp, "%s.tmp", files[i]);
        assert_int_equal(faccessat(fd, temp, F_OK, 0), -1);
    }
    assert_int_equal(faccessat(fd, "encounters.ndjson", F_OK, 0), -1);
    p.progress = NULL;
    p.events = 20;
    assert_int_equal(keep_hospital_write(&p, NULL), KEEP_E_USAGE);
    p.planted = 1000;
    assert_int_equal(keep_hospital_write(&p, NULL), KEEP_E_USAGE);
    close(fd);
    p = params(-1);
    assert_true(keep_hospital_write(&p, NULL) < 0);
}

/* One small hospital for all of them. */
static int setup(void **state)
{
    if (tool_setup(state))
        return -1;
    int fd = folder("small");
    struct keep_hospital_params p = params(fd);
    make(&p);
    return close(fd);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hospital_resources_refer_to_resources), cmocka_unit_test(test_hospital_log_and_key_agree),
        cmocka_unit_test(test_hospital_plants_every_kind_of_the_catalogue),
        cmocka_unit_test(test_hospital_of_some_size_has_every_kind_of_resource),
        cmocka_unit_test(test_hospital_log_is_mostly_care), cmocka_unit_test(test_hospital_log_has_the_days_asked_for),
        cmocka_unit_test(test_hospital_memory_follows_people_not_accesses), cmocka_unit_test(test_hospital_is_its_seed_s),
        cmocka_unit_test(test_hospital_without_plants_has_only_innocents), cmocka_unit_test(test_hospital_stops_and_refuses_cleanly),
    };
    return cmocka_run_group_tests(tests, setup, tool_teardown);
}
