/* Runs the public cases of cel-spec (tests/simple/testdata/NAME.textproto, google/cel-spec) from a folder
 * against the expressions of the policy language:
 *     cel_run FOLDER [-v]
 * Prints, a file a line, how many applicable cases pass and how many are left out, then the reasons for
 * leaving out; -v names each case that fails. Exit 1 if one fails.
 *
 * Left out is what the language leaves out of CEL: protobuf messages and enums, bindings and declared types,
 * containers, type values, regular expressions, the extension libraries, and nanoseconds (instants here have microseconds). */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/base/num.h"
#include "core/policy/compile.h"
#include "core/text/utf8.h"

/* --- text format of protocol buffers: fields of scalars and messages --- */

struct field {
    struct keep_str name;
    struct keep_str text; /* scalar: as written, strings unescaped */
    bool message;
    struct field *child, *next;
};

struct reader {
    const char *p, *end;
    struct keep_arena *arena;
    bool bad;
};

static void blanks(struct reader *r)
{
    while (r->p < r->end && (strchr(" \t\r\n,;", *r->p) || *r->p == '#'))
        if (*r->p++ == '#')
            while (r->p < r->end && *r->p != '\n')
                r->p++;
}

static int hex(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }

static void escape(struct reader *r, struct keep_buf *b)
{
    static const char letters[] = "abfnrtv\\?\"'", meanings[] = "\a\b\f\n\r\t\v\\?\"'";
    char c = *r->p++;
    const char *at = c ? strchr(letters, c) : NULL;
    if (at) {
        keep_buf_char(b, meanings[at - letters]);
    } else if (c >= '0' && c <= '7') {
        int v = c - '0';
        for (int i = 0; i < 2 && r->p < r->end && *r->p >= '0' && *r->p <= '7'; i++)
            v = v * 8 + (*r->p++ - '0');
        keep_buf_char(b, (char)v);
    } else {
        size_t digits = c == 'x' || c == 'X' ? 2 : c == 'u' ? 4 : 8;
        uint32_t v = 0;
        for (size_t i = 0; i < digits && r->p < r->end && hex(*r->p) >= 0; i++)
            v = v << 4 | (uint32_t)hex(*r->p++);
        char z[4];
        if (digits == 2)
            keep_buf_char(b, (char)v);
        else
            keep_buf_add(b, z, keep_utf8_put(v, z));
    }
}

/* One or more adjacent strings. */
static struct keep_str string(struct reader *r)
{
    struct keep_buf b = KEEP_BUF_INIT;
    while (r->p < r->end && (*r->p == '"' || *r->p == '\'')) {
        char quote = *r->p++;
        while (r->p < r->end && *r->p != quote) {
            if (*r->p == '\\' && r->p + 1 < r->end) {
                r->p++;
                escape(r, &b);
            } else {
                keep_buf_char(&b, *r->p++);
            }
        }
        r->p += r->p < r->end;
        blanks(r);
    }
    struct keep_str s = {keep_arena_copy(r->arena, b.p, b.n), b.n};
    keep_buf_free(&b);
    return s;
}

static struct keep_str word(struct reader *r)
{
    const char *from = r->p;
    if (r->p < r->end && *r->p == '[') {
        while (r->p < r->end && *r->p++ != ']')
            ;
        return (struct keep_str){from, (size_t)(r->p - from)};
    }
    while (r->p < r->end && !strchr(" \t\r\n,;:{}<>", *r->p))
        r->p++;
    return (struct keep_str){from, (size_t)(r->p - from)};
}

static struct field *message(struct reader *r)
{
    struct field *first = NULL, **at = &first;
    for (blanks(r); r->p < r->end && *r->p != '}' && !r->bad; blanks(r)) {
        struct field *f = keep_arena_alloc(r->arena, sizeof *f);
        f->name = word(r);
        r->bad = r->bad || f->name.n == 0;
        blanks(r);
        if (r->p < r->end && *r->p == ':')
            r->p++;
        blanks(r);
        if (r->p < r->end && *r->p == '{') {
            r->p++;
            f->message = true;
            f->child = message(r);
            r->p += r->p < r->end;
        } else {
            f->text = r->p < r->end && (*r->p == '"' || *r->p == '\'') ? string(r) : word(r);
        }
        *at = f;
        at = &f->next;
    }
    return first;
}

static const struct field *get(const struct field *f, const char *name)
{
    for (; f; f = f->next)
        if (keep_str_is(f->name, name))
            return f;
    return NULL;
}

/* --- expected values --- */

static double number(struct keep_str s)
{
    char z[64] = {0};
    memcpy(z, s.p, s.n < 63 ? s.n : 63);
    return strtod(z, NULL);
}

static bool expected(const struct field *v, struct keep_arena *a, struct keep_value *out, const char **why);

static bool aggregate(const struct field *v, bool map, struct keep_arena *a, struct keep_value *out, const char **why)
{
    size_t n = 0;
    for (const struct field *f = v->child; f; f = f->next)
        n++;
    struct keep_value *item = keep_arena_array(a, 2 * n + 1, sizeof *item);
    size_t i = 0;
    for (const struct field *f = v->child; f; f = f->next) {
        if (!map) {
            if (!expected(f->child, a, &item[i++], why))
                return false;
            continue;
        }
        if (!expected(get(f->child, "key")->child, a, &item[i], why) || !expected(get(f->child, "value")->child, a, &item[i + 1], why))
            return false;
        i += 2;
    }
    *out = (struct keep_value){.type = map ? KEEP_V_MAP : KEEP_V_LIST};
    out->list.item = item;
    out->list.n = n;
    return true;
}

static bool object(const struct field *v, struct keep_value *out, const char **why)
{
    const struct field *any = v->child;
    int64_t seconds = 0, nanos = 0;
    bool stamp = any && keep_str_is(any->name, "[type.googleapis.com/google.protobuf.Timestamp]");
    if (!stamp && !(any && keep_str_is(any->name, "[type.googleapis.com/google.protobuf.Duration]"))) {
        *why = "protobuf messages";
        return false;
    }
    const struct field *s = get(any->child, "seconds"), *n = get(any->child, "nanos");
    if (s)
        keep_num_i64(s->text, &seconds);
    if (n)
        keep_num_i64(n->text, &nanos);
    if (nanos % 1000) {
        *why = "nanoseconds";
        return false;
    }
    int64_t us;
    if (__builtin_mul_overflow(seconds, KEEP_USEC, &us) || __builtin_add_overflow(us, nanos / 1000, &us)) {
        *why = "nanoseconds";
        return false;
    }
    *out = stamp ? (struct keep_value){.type = KEEP_V_TIMESTAMP, .t = us} : (struct keep_value){.type = KEEP_V_DURATION, .i = us};
    return true;
}

static bool expected(const struct field *v, struct keep_arena *a, struct keep_value *out, const char **why)
{
    struct keep_str n = v ? v->name : (struct keep_str){0}, t = v ? v->text : (struct keep_str){0};
    *out = (struct keep_value){.type = KEEP_V_NULL};
    if (keep_str_is(n, "null_value"))
        return true;
    if (keep_str_is(n, "bool_value")) {
        *out = (struct keep_value){.type = KEEP_V_BOOL, .b = keep_str_is(t, "true")};
    } else if (keep_str_is(n, "int64_value")) {
        out->type = KEEP_V_INT;
        keep_num_i64(t, &out->i);
    } else if (keep_str_is(n, "uint64_value")) {
        out->type = KEEP_V_UINT;
        keep_num_u64(t, &out->u);
    } else if (keep_str_is(n, "double_value")) {
        *out = (struct keep_value){.type = KEEP_V_DOUBLE, .d = number(t)};
    } else if (keep_str_is(n, "string_value")) {
        *out = (struct keep_value){.type = KEEP_V_STRING, .s = t};
    } else if (keep_str_is(n, "bytes_value")) {
        *out = (struct keep_value){.type = KEEP_V_BYTES, .s = t};
    } else if (keep_str_is(n, "list_value") || keep_str_is(n, "map_value")) {
        return aggregate(v, keep_str_is(n, "map_value"), a, out, why);
    } else if (keep_str_is(n, "object_value")) {
        return object(v, out, why);
    } else {
        *why = keep_str_is(n, "type_value") ? "type values" : "protobuf enums";
        return false;
    }
    return true;
}

/* Equal in type and value; NaN is NaN here. */
static bool same(const struct keep_value *a, const struct keep_value *b)
{
    if (a->type != b->type)
        return false;
    if (a->type == KEEP_V_DOUBLE && a->d != a->d)
        return b->d != b->d;
    return keep_valueop_equal(a, b) == 1;
}

/* --- running --- */

static const char *left_out(const struct field *t, struct keep_str expr, bool extension)
{
    static const struct { const char *part, *why; } parts[] = {
        {"google.protobuf", "protobuf messages"}, {"TestAllTypes", "protobuf messages"}, {"TestRequired", "protobuf messages"}, {"GlobalEnum", "protobuf enums"}, {"matches(", "regular expressions"},
        {"type(", "type values"}, {"999999999", "nanoseconds"}, {"1ns", "nanoseconds"}, {"`", "quoted names"}, {"NullValue", "protobuf enums"},
        {"timestamp('9999-12-31T23:59:59Z') - timestamp('0001-", "the limit of durations in nanoseconds"},
        {"timestamp('0001-01-01T00:00:00Z') - timestamp('9999-", "the limit of durations in nanoseconds"},
    };
    if (extension)
        return "extensions: string functions, macros of two variables";
    if (get(t, "bindings") || get(t, "type_env"))
        return "bindings and declared types";
    if (get(t, "container"))
        return "containers";
    if (get(t, "disable_macros"))
        return "parsing without macros";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        if (memmem(expr.p, expr.n, parts[i].part, strlen(parts[i].part)))
            return parts[i].why;
    return get(t, "typed_result") ? "type deduction" : NULL;
}

static struct { const char *why; size_t n; } reasons[32];

static void tally(const char *why)
{
    size_t i = 0;
    while (reasons[i].why && strcmp(reasons[i].why, why) != 0)
        i++;
    reasons[i].why = why;
    reasons[i].n++;
}

/* 1 passed, 0 failed, -1 left out. */
static int run(const struct field *t, bool extension, struct keep_arena *a)
{
    const struct field *expr = get(t, "expr"), *value = get(t, "value"), *error = get(t, "eval_error");
    const char *why = left_out(t, expr ? expr->text : (struct keep_str){0}, extension);
    struct keep_value want = {.type = KEEP_V_BOOL, .b = true}, have;
    if (!why && !value && !error && get(t, "any_eval_errors"))
        why = "several errors";
    if (why || (value && !expected(value->child, a, &want, &why))) {
        tally(why);
        return -1;
    }
    struct keep_diags ds = {.arena = a};
    struct keep_env env = {.arena = a};
    const struct keep_expr *e = keep_compile_expr(expr->text, true, 0, a, &ds);
    if (!e || keep_expr_run(e, &env, &have) < 0)
        have = keep_valueop_error(ds.n ? ds.list[0].text : "");
    if (error)
        return have.type == KEEP_V_ERROR;
    return same(&want, &have);
}

struct totals {
    size_t passed, failed, out;
};

static void run_file(const char *folder, const char *name, bool verbose, struct totals *all)
{
    char path[1024];
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    int fd = -1;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    if (!a || keep_file_open_read(path, &fd, NULL) < 0 || keep_file_read_fd(fd, path, 16u << 20, &b, NULL) < 0) {
        fprintf(stderr, "%s: cannot be read\n", path);
        all->failed++;
        goto out;
    }
    struct reader r = {(const char *)b.p, (const char *)b.p + b.n, a, false};
    struct totals sum = {0};
    bool extension = strstr(name, "_ext.") || strcmp(name, "macros2.textproto") == 0;
    for (const struct field *s = message(&r); s; s = s->next) {
        if (!keep_str_is(s->name, "section"))
            continue;
        for (const struct field *t = s->child; t; t = t->next) {
            if (!keep_str_is(t->name, "test"))
                continue;
            int passed = run(t->child, extension, a);
            sum.passed += passed == 1;
            sum.failed += passed == 0;
            sum.out += passed < 0;
            const struct field *section = get(s->child, "name"), *test = get(t->child, "name"), *expr = get(t->child, "expr");
            if (passed == 0 && verbose && section && test && expr)
                printf("  failed %.*s/%.*s: %.*s\n", (int)section->text.n, section->text.p, (int)test->text.n, test->text.p, (int)(expr->text.n < 120 ? expr->text.n : 120), expr->text.p);
        }
    }
    printf("%-28s %4zu of %4zu pass, %4zu left out%s\n", name, sum.passed, sum.passed + sum.failed, sum.out, r.bad ? " (not read to its end)" : "");
    all->passed += sum.passed;
    all->failed += sum.failed + r.bad;
    all->out += sum.out;
out:
    if (fd >= 0)
        close(fd);
    keep_buf_free(&b);
    keep_arena_free(a);
}

static int is_cases(const struct dirent *d)
{
    size_t n = strlen(d->d_name), m = strlen(".textproto");
    return n > m && strcmp(d->d_name + n - m, ".textproto") == 0;
}

int main(int argc, char **argv)
{
    struct dirent **list = NULL;
    struct totals all = {0};
    int n = argc > 1 ? scandir(argv[1], &list, is_cases, alphasort) : -1;
    if (n < 0) {
        fprintf(stderr, "usage: cel_run FOLDER [-v]\n");
        return 2;
    }
    for (int i = 0; i < n; i++) {
        run_file(argv[1], list[i]->d_name, argc > 2 && strcmp(argv[2], "-v") == 0, &all);
        free(list[i]);
    }
    free(list);
    printf("%-28s %4zu of %4zu pass, %4zu left out\n", "all", all.passed, all.passed + all.failed, all.out);
    for (size_t i = 0; reasons[i].why; i++)
        printf("  left out: %4zu %s\n", reasons[i].n, reasons[i].why);
    return all.failed ? 1 : 0;
}
