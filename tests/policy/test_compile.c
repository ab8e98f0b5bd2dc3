/* Whole policies. tests/golden/policy/ok holds packs that compile, with what they compile to and are warned about;
 * bad holds packs that do not, with every message. Run with KEEP_GOLDEN=write to write what is there anew. */
#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/policy/try.h"

#include "core/base/file.h"
#include "core/policy/language.h"

#define FOLDER "tests/golden/policy"

static void line(struct keep_buf *b, const char *kind, struct keep_str id)
{
    keep_buf_printf(b, "%s \"%.*s\"", kind, (int)id.n, id.p);
}

static void expr(struct keep_buf *b, const char *word, const struct keep_expr *e)
{
    if (e)
        keep_buf_printf(b, " %s %.*s [%x]", word, (int)keep_expr_text(e).n, keep_expr_text(e).p, keep_expr_grains(e));
}

static void put_periods(const char *word, const struct keep_keep *k, size_t n, struct keep_buf *b)
{
    for (size_t i = 0; i < n; i++) {
        keep_buf_printf(b, "  %s %d unit %d round %d/%d cut %d/%d%s", word, k[i].n, k[i].unit, k[i].round, k[i].round_month, k[i].cut, k[i].cut_month, k[i].permanent ? " permanent" : "");
        expr(b, "after", k[i].after);
        expr(b, "if", k[i].only_if);
        keep_buf_char(b, '\n');
        put_periods("  at most", k[i].cap, k[i].caps, b);
    }
}

static void put_rules(const struct keep_policy *p, struct keep_buf *b)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    for (size_t i = 0; i < p->series_n; i++) {
        line(b, "series", p->series[i].id);
        keep_buf_printf(b, " order %d per %d%s", p->series[i].order, p->series[i].per, p->series[i].separable ? " separable" : "");
        expr(b, "when", p->series[i].when);
        keep_buf_char(b, '\n');
    }
    for (size_t i = 0; i < p->labels; i++) {
        line(b, "label", p->label[i].id);
        expr(b, "when", p->label[i].when);
        keep_buf_printf(b, " checked %d\n", p->label[i].check.verified);
    }
    for (size_t i = 0; i < p->retentions; i++) {
        const struct keep_retention *r = &p->retention[i];
        line(b, "retention", r->id);
        keep_buf_printf(b, " %.*s %.*s from %s", (int)r->jurisdiction.n, r->jurisdiction.p, (int)r->status.n, r->status.p, keep_civil_format_date(r->from, day));
        keep_buf_printf(b, " to %s", keep_civil_format_date(r->to, day));
        expr(b, "when", r->when);
        for (size_t g = 0; g < r->gates; g++)
            keep_buf_printf(b, " gate \"%.*s\" %d unit %d", (int)r->gate[g].text.n, r->gate[g].text.p, r->gate[g].n, r->gate[g].unit);
        for (size_t g = 0; g < r->residues; g++)
            keep_buf_printf(b, " residue %d \"%.*s\"", r->residue[g].years, (int)r->residue[g].what.n, r->residue[g].what.p);
        for (size_t g = 0; g < r->insteads; g++)
            line(b, " instead of", r->instead[g]);
        keep_buf_char(b, '\n');
        put_periods("keep", r->keep, r->keeps, b);
        put_periods("destroy by", r->destroy, r->destroys, b);
        for (size_t k = 0; k < r->earlies; k++) {
            keep_buf_printf(b, "  with \"%.*s\"\n", (int)r->early[k].with.n, r->early[k].with.p);
            put_periods("early", &r->early[k].from, 1, b);
        }
        for (size_t k = 0; k < r->pauses; k++) {
            keep_buf_str(b, "  suspended");
            expr(b, "while", r->pause[k].only_while);
            expr(b, "from", r->pause[k].from);
            expr(b, "to", r->pause[k].to);
            expr(b, "if", r->pause[k].only_if);
            keep_buf_char(b, '\n');
        }
    }
    for (size_t i = 0; i < p->explanations; i++) {
        line(b, "explanation", p->explanation[i].id);
        expr(b, "when", p->explanation[i].when);
        keep_buf_char(b, '\n');
    }
    for (size_t i = 0; i < p->accesses; i++) {
        const struct keep_access *a = &p->access[i];
        line(b, a->evidence ? "evidence" : "access", a->id);
        keep_buf_printf(b, " severity %d weight %d form %d within %lld limit %lld state %.*s%s", a->severity, a->weight, a->form, (long long)(a->within / KEEP_USEC), (long long)a->limit,
                        (int)a->state.n, a->state.p, a->unless_expected ? " unless expected" : "");
        for (uint32_t k = 0; k < a->pers; k++)
            keep_buf_printf(b, " per %s", keep_language_fields[a->per[k]].name);
        for (uint32_t k = 0; k < a->steps; k++) {
            keep_buf_printf(b, " step %lld%s", (long long)a->step[k].count, a->step[k].none ? " none" : "");
            expr(b, "is", a->step[k].when);
        }
        expr(b, "when", a->when);
        expr(b, "unless", a->unless);
        keep_buf_char(b, '\n');
    }
}

static void put_exceptions(const struct keep_policy *p, struct keep_buf *b)
{
    char day[KEEP_CIVIL_DATE_SIZE];
    for (size_t i = 0; i < p->exceptions; i++) {
        const struct keep_exception *x = &p->exception[i];
        line(b, "exception", x->id);
        line(b, " for", x->rule);
        keep_buf_printf(b, " until %s owner %.*s reason %.*s", keep_civil_format_date(x->until, day), (int)x->owner.n, x->owner.p, (int)x->reason.n, x->reason.p);
        expr(b, "when", x->when);
        keep_buf_char(b, '\n');
    }
}

static void put_maps_and_tests(const struct keep_policy *p, struct keep_buf *b)
{
    char instant[KEEP_CIVIL_TIME_SIZE];
    for (size_t i = 0; i < p->maps; i++) {
        line(b, "map", p->map[i].id);
        keep_buf_printf(b, " kind %d separator %d zone %.*s\n", p->map[i].kind, p->map[i].separator, (int)p->map[i].zone.n, p->map[i].zone.p);
        for (size_t k = 0; k < p->map[i].columns; k++) {
            const struct keep_map_column *c = &p->map[i].column[k];
            keep_buf_printf(b, "  %.*s from %.*s system %.*s format %.*s values %zu\n", (int)c->field.n, c->field.p, (int)c->column.n, c->column.p, (int)c->system.n, c->system.p, (int)c->format.n,
                            c->format.p, c->values);
        }
    }
    for (size_t i = 0; i < p->tests; i++) {
        const struct keep_test *t = &p->test[i];
        line(b, "test", t->title);
        line(b, " for", t->subject);
        keep_buf_printf(b, " givens %zu\n", t->givens);
        for (size_t k = 0; k < t->givens && k < 4; k++) {
            keep_buf_printf(b, "  given %.*s %d at %s ", (int)t->given[k].word.n, t->given[k].word.p, t->given[k].entity, keep_civil_format_time(t->given[k].time, instant));
            try_put(&t->given[k].fields, b);
            keep_buf_char(b, '\n');
        }
        for (size_t k = 0; k < t->expects; k++)
            keep_buf_printf(b, "  expect %d negated %d until %d findings %lld verdict %d \"%.*s\"\n", t->expect[k].what, t->expect[k].negated, t->expect[k].until, (long long)t->expect[k].findings,
                            t->expect[k].verdict, (int)t->expect[k].text.n, t->expect[k].text.p);
    }
}

static void read_file(const char *folder, const char *name, struct keep_buf *b)
{
    char path[512];
    int fd = -1;
    struct keep_err err = {0};
    snprintf(path, sizeof path, FOLDER "/%s/%s", folder, name);
    if (keep_file_open_read(path, &fd, &err) < 0 || keep_file_read_fd(fd, path, 1 << 20, b, &err) < 0)
        fail_msg("%s: %s", path, err.text);
    close(fd);
}

static void compare(const char *folder, const char *name, const struct keep_buf *have)
{
    char path[512];
    struct keep_buf want = KEEP_BUF_INIT;
    snprintf(path, sizeof path, "%.*s.out", (int)(strlen(name) - strlen(".policy")), name);
    if (getenv("KEEP_GOLDEN")) {
        char whole[1024];
        snprintf(whole, sizeof whole, FOLDER "/%s/%s", folder, path);
        FILE *f = fopen(whole, "wb");
        assert_non_null(f);
        assert_int_equal(fwrite(have->p, 1, have->n, f), have->n);
        fclose(f);
        return;
    }
    read_file(folder, path, &want);
    if (want.n != have->n || memcmp(want.p, have->p, have->n) != 0)
        fail_msg("%s/%s: have\n%.*s", folder, name, (int)have->n, (const char *)have->p);
    keep_buf_free(&want);
}

static void golden_case(const char *folder, const char *name, bool good)
{
    struct keep_buf text = KEEP_BUF_INIT, out = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    const struct keep_policy *p = NULL;
    struct keep_err err = {0};
    read_file(folder, name, &text);
    struct keep_policy_text file = {name, keep_buf_view(&text)};
    int rc = keep_policy_compile(&p, &file, 1, a, &ds, &err);
    for (size_t i = 0; i < ds.n; i++)
        keep_diag_format(&ds.list[i], &out);
    if (good && rc < 0)
        fail_msg("%s: %s\n%.*s", name, err.text, (int)out.n, (const char *)out.p);
    if (!good) {
        assert_int_equal(rc, KEEP_E_USAGE);
        assert_null(p);
        keep_buf_printf(&out, "%s\n", err.text);
    } else {
        put_rules(p, &out);
        put_exceptions(p, &out);
        put_maps_and_tests(p, &out);
    }
    compare(folder, name, &out);
    keep_buf_free(&out);
    keep_buf_free(&text);
    keep_arena_free(a);
}

static int is_policy(const struct dirent *d)
{
    size_t n = strlen(d->d_name);
    return n > 7 && strcmp(d->d_name + n - 7, ".policy") == 0;
}

static void golden(const char *folder, bool good)
{
    struct dirent **list = NULL;
    char path[64];
    snprintf(path, sizeof path, FOLDER "/%s", folder);
    int n = scandir(path, &list, is_policy, alphasort);
    assert_true(n > 1);
    for (int i = 0; i < n; i++) {
        golden_case(folder, list[i]->d_name, good);
        free(list[i]);
    }
    free(list);
}

static void test_compile_golden_ok(void **state) { (void)state; golden("ok", true); }
static void test_compile_golden_bad(void **state) { (void)state; golden("bad", false); }

#define PACK "pack \"p\" { version \"1\" language 1 }\n"
#define CHECKED "checked date(\"2026-01-01\") source \"s\""

/* Names are looked up across files, whatever their order; messages come in the order of the files. */
static void test_compile_several_files(void **state)
{
    static const char first[] = PACK "series \"s\" { title \"t\" order 5 per patient when \"x\" in record.labels authority \"a\" " CHECKED " }\n";
    static const char second[] = "pack \"q\" { version \"1\" language 1 }\nlabel \"x\" { title \"t\" when record.kind == \"k\" authority \"a\" " CHECKED " }\n"
                                 "test \"t\" for \"x\" { expect label \"x\" }\n";
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    struct keep_policy_text file[2] = {{"one", KEEP_STR(first)}, {"two", KEEP_STR(second)}};
    const struct keep_policy *p = NULL;
    (void)state;
    assert_int_equal(keep_policy_compile(&p, file, 2, a, &ds, NULL), 0);
    assert_int_equal(ds.n, 0);
    assert_int_equal(p->packs, 2);
    assert_int_equal(p->series_n, 4);
    assert_int_equal(p->label[0].pack, 1);
    assert_string_equal(p->label[0].at.file, "two");
    assert_int_equal(keep_policy_compile(&p, file, 1, a, &ds, NULL), KEEP_E_USAGE);
    assert_string_equal(ds.list[0].text, "there is no label \"x\"");
    assert_string_equal(ds.list[0].help, "declare it, or give the file that does as well");
    keep_arena_free(a);
}

static void test_compile_limits(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags ds = {.arena = a};
    const struct keep_policy *p = NULL;
    (void)state;
    keep_buf_str(&b, PACK);
    for (int i = 0; i < 65; i++)
        keep_buf_printf(&b, "label \"l%d\" { title \"t\" when record.kind == \"k\" authority \"a\" " CHECKED " }\n", i);
    struct keep_policy_text file = {"f", keep_buf_view(&b)};
    assert_int_equal(keep_policy_compile(&p, &file, 1, a, &ds, NULL), KEEP_E_USAGE);
    assert_int_equal(ds.errors, 1);
    keep_buf_free(&b);
    for (int i = 0; i < 50000; i++)
        keep_buf_str(&b, "#\n");
    ds = (struct keep_diags){.arena = a};
    file.text = keep_buf_view(&b);
    assert_int_equal(keep_policy_compile(&p, &file, 1, a, &ds, NULL), KEEP_E_USAGE);
    assert_true(ds.n <= 2000); /* all are counted, some are kept */
    assert_true(ds.errors >= 50000);
    keep_buf_free(&b);
    keep_arena_free(a);
}

/* Every ceiling ends in a compiled policy or in KEEP_E_NOMEM, never in half of one. */
static void test_compile_without_memory(void **state)
{
    struct keep_buf text = KEEP_BUF_INIT;
    bool done = false;
    (void)state;
    read_file("ok", "forms.policy", &text);
    for (size_t ceiling = 1024; !done; ceiling += 1024) {
        struct keep_arena *a = keep_arena_new(ceiling), *mine = keep_arena_new(0);
        struct keep_diags ds = {.arena = mine};
        struct keep_policy_text file = {"f", keep_buf_view(&text)};
        const struct keep_policy *p = NULL;
        int rc = keep_policy_compile(&p, &file, 1, a, &ds, NULL);
        assert_true(rc == 0 || (rc == KEEP_E_NOMEM && !p));
        done = rc == 0;
        assert_true(ceiling < (1u << 24));
        keep_arena_free(a);
        keep_arena_free(mine);
    }
    keep_buf_free(&text);
}

/* A policy cut anywhere is refused or is whole by luck; it is read within its bytes. */
static void test_compile_truncated(void **state)
{
    struct keep_buf text = KEEP_BUF_INIT;
    (void)state;
    read_file("ok", "forms.policy", &text);
    for (size_t n = 0; n < text.n; n += 3) {
        struct keep_arena *a = keep_arena_new(0);
        struct keep_diags ds = {.arena = a};
        char *exact = malloc(n ? n : 1);
        assert_non_null(exact);
        memcpy(exact, text.p, n);
        struct keep_policy_text file = {"f", {exact, n}};
        const struct keep_policy *p = NULL;
        int rc = keep_policy_compile(&p, &file, 1, a, &ds, NULL);
        assert_true(rc == 0 ? p != NULL && ds.errors == 0 : rc == KEEP_E_USAGE && ds.errors > 0);
        free(exact);
        keep_arena_free(a);
    }
    keep_buf_free(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compile_golden_ok), cmocka_unit_test(test_compile_golden_bad), cmocka_unit_test(test_compile_several_files), cmocka_unit_test(test_compile_limits),
        cmocka_unit_test(test_compile_without_memory), cmocka_unit_test(test_compile_truncated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
