/* A made hospital's files read back: rows of tables and of NDJSON one by one,
 * and sets of names that references are looked up in. */
#ifndef TESTS_DEMO_READBACK_H
#define TESTS_DEMO_READBACK_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "core/base/file.h"
#include "core/demo/hospital.h"
#include "core/text/csv.h"
#include "core/text/json.h"
#include "tests/aid/tool.h"

enum { FILE_MAX = 64 << 20, NAMES_MAX = 200000, ROWS_MAX = 20000 };

static const char *const files[] = {
#define X(name) name,
    KEEP_HOSPITAL_FILES(X)
#undef X
    "ehr.json", "access.json", "hr.json", "films.json", "paper.json", "legacy.json", "answer-key.ndjson", "answer-summary.json",
};
enum { FILES = sizeof files / sizeof *files };

static inline struct keep_hospital_params params(int fd)
{
    return (struct keep_hospital_params){.dirfd = fd, .seed = 1, .patients = 50, .staff = 20, .events = 5000, .planted = 9, .days = 365, .today = keep_civil_from_ymd(2026, 11, 20)};
}

static inline int folder(const char *name)
{
    const char *path = tool_path(name);
    mkdir(path, 0700);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

static inline void make(const struct keep_hospital_params *p)
{
    struct keep_err err = {0};
    int rc = keep_hospital_write(p, &err);
    if (rc < 0)
        print_error("%s\n", err.text);
    assert_int_equal(rc, 0);
}

static inline struct keep_str read_file(int fd, const char *name, struct keep_buf *b)
{
    keep_buf_clear(b);
    assert_int_equal(keep_file_read_all(fd, name, FILE_MAX, b, NULL), 0);
    return keep_buf_view(b);
}

static inline bool contains(int fd, const char *name, const char *text)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_str all = read_file(fd, name, &b);
    bool found = memmem(all.p, all.n, text, strlen(text)) != NULL;
    keep_buf_free(&b);
    return found;
}

/* --- sets of names, kept for the life of a test ------------------------------------ */

struct names {
    char **name;
    size_t n;
};

static inline void add(struct names *s, const char *type, struct keep_str id)
{
    assert_true(s->n < NAMES_MAX);
    assert_true(asprintf(&s->name[s->n], "%s/%.*s", type, (int)id.n, id.p) > 0);
    s->n++;
}

static inline int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static inline bool has(const struct names *s, const char *want)
{
    return bsearch(&want, s->name, s->n, sizeof *s->name, by_name) != NULL;
}

static inline bool has_of(const struct names *s, const char *type, struct keep_str id)
{
    char want[256];
    snprintf(want, sizeof want, "%s/%.*s", type, (int)id.n, id.p);
    return has(s, want);
}

static inline struct names names_new(void)
{
    struct names s = {calloc(NAMES_MAX, sizeof *s.name), 0};
    assert_non_null(s.name);
    return s;
}

static inline void names_free(struct names *s)
{
    for (size_t i = 0; i < s->n; i++)
        free(s->name[i]);
    free(s->name);
}

/* --- rows ------------------------------------------------------------------------------ */

static inline bool is_ndjson(const char *name)
{
    return strstr(name, ".ndjson") && strcmp(name, "answer-key.ndjson") != 0;
}

static inline uint64_t each_line(int fd, const char *name, void (*see)(const struct keep_json *, void *), void *ctx)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_arena *a = keep_arena_new(0);
    struct keep_str rest = read_file(fd, name, &b);
    uint64_t n = 0;
    while (rest.n) {
        const char *end = memchr(rest.p, '\n', rest.n);
        const struct keep_json *row;
        assert_non_null(end);
        struct keep_str line = {rest.p, (size_t)(end - rest.p)};
        assert_int_equal(keep_json_parse(&row, line, name, a, NULL), 0);
        see(row, ctx);
        keep_arena_reset(a);
        rest = (struct keep_str){end + 1, rest.n - line.n - 1};
        n++;
    }
    keep_arena_free(a);
    keep_buf_free(&b);
    return n;
}

static inline uint64_t each_row(int fd, const char *name, void (*see)(const struct keep_csv_row *, uint64_t, void *), void *ctx)
{
    struct keep_buf b = KEEP_BUF_INIT;
    struct keep_csv *csv = keep_csv_new(',');
    struct keep_str text = read_file(fd, name, &b);
    struct keep_csv_row row;
    const char *wrong;
    uint64_t n = 0;
    assert_int_equal(keep_csv_feed(csv, text.p, text.n, true, NULL), 0);
    for (int rc; (rc = keep_csv_next(csv, &row, &wrong, NULL)) != 0; n++) {
        assert_int_equal(rc, 1);
        if (n > 0)
            see(&row, n, ctx);
    }
    keep_csv_free(csv);
    keep_buf_free(&b);
    return n - 1;
}

static inline void gather(const struct keep_json *row, void *ctx)
{
    struct names *s = ctx;
    struct keep_str type = keep_json_str(keep_json_get(row, "resourceType"));
    const struct keep_json *list = keep_json_get(row, "identifier");
    char text[64];
    snprintf(text, sizeof text, "%.*s", (int)type.n, type.p);
    assert_true(type.n > 0 && keep_json_str(keep_json_get(row, "id")).n > 0);
    add(s, text, keep_json_str(keep_json_get(row, "id")));
    for (size_t i = 0; i < keep_json_len(list); i++)
        if (keep_str_is(keep_json_str(keep_json_get(keep_json_at(list, i), "system")), "http://hl7.org/fhir/sid/us-npi"))
            add(s, "Practitioner?identifier=http:/", keep_json_str(keep_json_get(keep_json_at(list, i), "value")));
}

static inline void follow(const struct keep_json *v, const struct names *s)
{
    struct keep_str ref = keep_json_str(keep_json_get(v, "reference"));
    static const char conditional[] = "Practitioner?identifier=http://hl7.org/fhir/sid/us-npi|";
    if (ref.n > sizeof conditional && memcmp(ref.p, conditional, sizeof conditional - 1) == 0)
        assert_true(has_of(s, "Practitioner?identifier=http:/", (struct keep_str){ref.p + sizeof conditional - 1, ref.n - sizeof conditional + 1}));
    else if (ref.n) {
        char want[256];
        snprintf(want, sizeof want, "%.*s", (int)ref.n, ref.p);
        assert_true(has(s, want));
    }
    for (size_t i = 0; i < v->n; i++)
        follow(&v->item[i], s);
}

static inline void check_references(const struct keep_json *row, void *ctx)
{
    follow(row, ctx);
}

static inline struct names resources_of(int fd)
{
    struct names s = names_new();
    for (size_t i = 0; i < FILES; i++)
        if (is_ndjson(files[i]))
            each_line(fd, files[i], gather, &s);
    qsort(s.name, s.n, sizeof *s.name, by_name);
    return s;
}

#endif
