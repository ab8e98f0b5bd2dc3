/* Goal: a pack has one way to be written. Formatting what is formatted changes nothing, nothing but blanks and line ends changes
 * at all (the tokens and the comments are the same, in the same order), and every shipped pack is such a one. */
#include <dirent.h>

#include "core/base/file.h"
#include "core/policy/format.h"
#include "tests/policy/try.h"

static char *format(const char *text, size_t n)
{
    struct keep_arena *a = keep_arena_new(0);
    struct keep_diags d = {.arena = a};
    struct keep_err err = {0};
    struct keep_outline o;
    struct keep_buf b = KEEP_BUF_INIT;
    char *z = NULL;
    if (keep_outline_read(&o, "t", (struct keep_str){text, n}, a, &d, &err) == 0) {
        assert_int_equal(d.n, 0);
        assert_int_equal(keep_format_file(&o, &b), 0);
        z = strndup((const char *)b.p, b.n);
    } else {
        assert_true(d.errors > 0);
    }
    keep_buf_free(&b);
    keep_arena_free(a);
    return z;
}

/* A text without blanks and line ends, but those in comments' middles: what formatting must not touch. */
static char *essence(const char *z)
{
    char *out = malloc(strlen(z) + 1), *p = out;
    assert_non_null(out);
    for (; *z; z++)
        if (!strchr(" \t\r\n\f", *z))
            *p++ = *z;
    *p = '\0';
    return out;
}

static void canonical(const char *text)
{
    char *once = format(text, strlen(text)), *twice = once ? format(once, strlen(once)) : NULL;
    assert_non_null(once);
    assert_non_null(twice);
    assert_string_equal(once, twice);
    char *a = essence(text), *b = essence(once);
    assert_string_equal(a, b);
    free(a);
    free(b);
    free(once);
    free(twice);
}

#define PACK "pack \"p\" {\n  version \"1\"\n  language 1\n}\n"

static void becomes(const char *text, const char *want)
{
    char *have = format(text, strlen(text));
    assert_non_null(have);
    assert_string_equal(have, want);
    canonical(text);
    free(have);
}

static void test_format_clauses_and_blanks(void **state)
{
    (void)state;
    becomes("pack\"p\"{version\"1\" language 1}label \"l\"{title \"t\"\n\n\n\n when(record.kind==\"x\"&&!( record . codes [ 0 ] . code\n!=\"a\" ) ||record.codes.size ( )>- 1)authority \"a\" checked \"unverified\"  historic none\"w\"}",
            "pack \"p\" {\n  version \"1\"\n  language 1\n}\nlabel \"l\" {\n  title \"t\"\n\n  when (record.kind == \"x\" && !(record.codes[0].code != \"a\") || record.codes.size() > -1)\n"
            "  authority \"a\"\n  checked \"unverified\"\n  historic none \"w\"\n}\n");
    becomes(PACK "test \"t\"for\"x\"{given record{kind:\"a\",codes:[{system:\"CPT\",code:true?\"1\":\"2\"}]}expect no label\"x\"}",
            PACK "test \"t\" for \"x\" {\n  given record {kind: \"a\", codes: [{system: \"CPT\", code: true ? \"1\" : \"2\"}]}\n  expect no label \"x\"\n}\n");
    becomes(PACK "retention \"r\" { jurisdiction US-KS status law keep 7 years after (set.last ( \"service_date\" )) if set.series in [ \"a\" ] }",
            PACK "retention \"r\" {\n  jurisdiction US-KS\n  status law\n  keep 7 years after (set.last(\"service_date\")) if set.series in [\"a\"]\n}\n");
    becomes(PACK "define \"n\" { is [ -1, - 2, 3 -1, 4- -5 ] }", PACK "define \"n\" {\n  is [-1, -2, 3 - 1, 4 - -5]\n}\n");
    becomes(PACK "map\"m\"{into events column time from\"t\"format\"%Y\"column action from\"a\"values{\"V\":\"view\"}}",
            PACK "map \"m\" {\n  into events\n  column time from \"t\" format \"%Y\"\n  column action from \"a\" values {\"V\": \"view\"}\n}\n");
}

static void test_format_comments(void **state)
{
    (void)state;
    becomes("\n// head\n\n\n// more\npack \"p\" { version \"1\" // why\nlanguage 1\n // last\n\n}   // behind\n\n\n\n// tail\n\n",
            "// head\n\n// more\npack \"p\" {\n  version \"1\"  // why\n  language 1\n  // last\n}  // behind\n\n// tail\n");
    becomes(PACK "label \"l\" { // of it\n  when record.kind == \"x\" // one\n || // two\n // three\n record.kind == \"y\" }",
            PACK "label \"l\" {  // of it\n  when record.kind == \"x\"  // one\n    ||  // two\n      // three\n      record.kind == \"y\"\n}\n");
    becomes(PACK "define \"d\" { is [ // why\n 1, // one\n 2 // two\n ] // end\n }", PACK "define \"d\" {\n  is [  // why\n    1,  // one\n    2  // two\n    ]  // end\n}\n");
}

static void test_format_long_lines(void **state)
{
    char text[1024], want[4096];
    size_t n = 0;
    (void)state;
    for (int i = 0; i < 60; i++)
        n += (size_t)snprintf(text + n, sizeof text - n, "%s\"%05d\"", i ? "," : "", i);
    snprintf(want, sizeof want, PACK "label \"l\" { when record.codes.exists(c, c.system == \"CPT\" && c.code in [%s]) || record.kind == \"%0100d\" }", text, 7);
    canonical(want);
    char *have = format(want, strlen(want));
    for (char *line = strtok(have, "\n"); line; line = strtok(NULL, "\n"))
        assert_true(strlen(line) <= KEEP_FORMAT_WIDTH + 4); /* brackets that close behind a full line */
    free(have);
}

static void test_format_refuses_broken_syntax(void **state)
{
    static const char *const broken[] = {"pack \"p\" { version \"1\" language }", PACK "label \"l\" { when }", PACK "label \"l\" { when true", PACK "lable \"l\" { }", PACK "label \"l\" { whne true }",
                                         "\xff", PACK "define \"d\" { is 1 } define d { is 2 }", PACK "label \"l\" { title = \"t\" }"};
    (void)state;
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
        assert_null(format(broken[i], strlen(broken[i])));
}

/* What is wrong with names and types is another verb's business. */
static void test_format_takes_what_does_not_compile(void **state)
{
    (void)state;
    becomes(PACK "access \"a\" {when  user.nmae == nothing}", PACK "access \"a\" {\n  when user.nmae == nothing\n}\n");
}

static void each_in(const char *folder, bool shipped)
{
    DIR *dir = opendir(folder);
    size_t n = 0;
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        char path[512];
        struct keep_buf b = KEEP_BUF_INIT;
        struct keep_err err;
        size_t len = strlen(e->d_name);
        if (len < 8 || strcmp(e->d_name + len - 7, ".policy") != 0)
            continue;
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        assert_int_equal(keep_file_read_operand(path, 1 << 24, &b, &err), 0);
        keep_buf_char(&b, '\0');
        char *have = format((const char *)b.p, b.n - 1);
        if (have)
            canonical((const char *)b.p);
        else
            assert_false(shipped);
        n += have != NULL;
        free(have);
        keep_buf_free(&b);
    }
    closedir(dir);
    assert_true(n > 0);
}

static void test_format_of_packs_is_idempotent(void **state)
{
    (void)state;
    each_in("policies", true);
    each_in("tests/golden/policy/ok", true);
    each_in("tests/golden/policy/bad", false);
}

/* Random rearrangements of blanks, line ends and comments of a pack: the tokens stay, and what comes out is a fixed point. */
static void test_format_of_any_blanks_is_idempotent(void **state)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_err err;
    uint64_t seed = 88172645463325252u;
    (void)state;
    assert_int_equal(keep_file_read_operand("tests/golden/policy/ok/whole.policy", 1 << 24, &b, &err), 0);
    for (int turn = 0; turn < 200; turn++) {
        struct keep_buf t = KEEP_BUF_INIT;
        struct keep_arena *a = keep_arena_new(0);
        struct keep_diags d = {.arena = a};
        struct keep_lexed l;
        assert_true(keep_lex_run(&l, "t", keep_buf_view(&b), a, &d));
        for (size_t i = 0; i + 1 < l.n; i++) {
            static const char *const between[] = {" ", "\n", "\n\n\n", " // c\n", "\n // d\n", "\t", " // e\n // f\n\n", "  "};
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            bool joined = l.token[i].raw.p + l.token[i].raw.n == l.token[i + 1].raw.p;
            keep_buf_add(&t, l.token[i].raw.p, l.token[i].raw.n);
            if (!joined || seed % 40 == 0)
                keep_buf_str(&t, between[seed / 64 % (sizeof between / sizeof *between)]);
        }
        keep_buf_char(&t, '\0');
        char *once = format((const char *)t.p, t.n - 1);
        if (once) /* US-KS torn apart is none */
            canonical((const char *)t.p);
        free(once);
        keep_arena_free(a);
        keep_buf_free(&t);
    }
    keep_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_format_clauses_and_blanks),          cmocka_unit_test(test_format_comments),
        cmocka_unit_test(test_format_long_lines),                  cmocka_unit_test(test_format_refuses_broken_syntax),
        cmocka_unit_test(test_format_takes_what_does_not_compile), cmocka_unit_test(test_format_of_packs_is_idempotent),
        cmocka_unit_test(test_format_of_any_blanks_is_idempotent)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
