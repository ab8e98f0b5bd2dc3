/* Reads cases.ndjson, answer-key.ndjson, sets.ndjson, status.json, verify.ndjson
 * and check.ndjson of the demo's folder and prints one screen. A planted
 * violation counts as found when a case among the first sixty holds one of its accesses. */
#include "cmd/screen.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/text/json.h"
#include "core/text/utf8.h"

#define FIRST 60 /* cases an officer can look at in three weeks */
#define MAX_ROWS 2000000

struct rows {
    const struct keep_json **row;
    size_t n;
};

static int read_rows(struct cmd *c, const char *file, size_t most, struct rows *out)
{
    struct keep_buf b = KEEP_BUF_INIT;
    int rc = keep_file_read_operand(file, 1u << 30, &b, &c->err);
    struct keep_str text = rc == 0 ? keep_arena_str(c->arena, keep_buf_view(&b), NULL) : (struct keep_str){NULL, 0};
    size_t lines = 0, at = 0;
    keep_buf_free(&b);
    for (size_t i = 0; i < text.n; i++)
        lines += text.p[i] == '\n';
    out->n = 0;
    out->row = keep_arena_array(c->arena, lines + 1, sizeof *out->row);
    if (rc == 0 && (!out->row || lines > MAX_ROWS))
        rc = keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
    while (rc == 0 && at < text.n && out->n < most) {
        const char *nl = memchr(text.p + at, '\n', text.n - at);
        size_t end = nl ? (size_t)(nl - text.p) : text.n;
        if (end > at)
            rc = keep_json_parse(&out->row[out->n++], (struct keep_str){text.p + at, end - at}, file, c->arena, &c->err);
        at = end + 1;
    }
    return rc;
}

static struct keep_str str(const struct keep_json *row, const char *name)
{
    return keep_json_str(keep_json_get(row, name));
}

static long long num(const struct keep_json *row, const char *name)
{
    int64_t v = 0;
    keep_json_i64(keep_json_get(row, name), &v);
    return v;
}

int cmd_screen_package(struct cmd *c, char *out, size_t size)
{
    DIR *d = opendir("packages");
    struct dirent *e;
    int found = 0;
    while (d && (e = readdir(d)))
        if (strlen(e->d_name) > 4 && strcmp(e->d_name + strlen(e->d_name) - 4, ".tar") == 0 && (size_t)snprintf(out, size, "packages/%s", e->d_name) < size)
            found = 1;
    if (d)
        closedir(d);
    return found ? 0 : keep_err_set(&c->err, KEEP_E_IO, "no package was written");
}

/* Does this case hold one of the plant's accesses? */
static bool shares_event(const struct keep_json *events, const struct keep_json *plant)
{
    for (size_t i = 0; i < keep_json_len(plant); i++)
        for (size_t k = 0; k < keep_json_len(events); k++)
            if (keep_str_eq(keep_json_str(keep_json_at(plant, i)), keep_json_str(keep_json_at(events, k))))
                return true;
    return false;
}

static void clip(struct keep_str s, int width)
{
    int n = 0;
    size_t i = 0;
    while (i < s.n && n < width) {
        keep_utf8_next(s, &i);
        n++;
    }
    cmd_out("%.*s%*s", (int)i, s.n ? s.p : "", width - n, "");
}

struct recall {
    size_t planted, found, kinds;
    struct {
        struct keep_str name;
        size_t planted, found;
    } kind[16];
};

static void count_recall(const struct rows *cases, const struct rows *key, struct recall *r)
{
    for (size_t i = 0; i < key->n; i++) {
        bool hit = false;
        size_t k = 0;
        for (size_t j = 0; !hit && j < cases->n && j < FIRST; j++)
            hit = shares_event(keep_json_get(cases->row[j], "events"), keep_json_get(key->row[i], "events"));
        while (k < r->kinds && !keep_str_eq(r->kind[k].name, str(key->row[i], "kind")))
            k++;
        if (k == 16)
            continue;
        if (k == r->kinds)
            r->kind[r->kinds++].name = str(key->row[i], "kind");
        r->kind[k].planted++;
        r->kind[k].found += hit;
        r->planted++;
        r->found += hit;
    }
}

/* One line for the first case of a rule, with how many of the first ones are of it. */
static void rule_line(const struct rows *cases, size_t i)
{
    struct keep_str rule = str(cases->row[i], "rule");
    size_t n = 0;
    for (size_t k = 0; k < cases->n && k < FIRST; k++) {
        bool same = keep_str_eq(str(cases->row[k], "rule"), rule);
        if (same && k < i)
            return;
        n += same;
    }
    cmd_out("   %5zu  %5lld  ", n, num(cases->row[i], "score"));
    clip(rule, 30);
    struct keep_str evidence = str(cases->row[i], "evidence");
    cmd_out(" %.*s\n", evidence.n > 100 ? 100 : (int)evidence.n, evidence.n ? evidence.p : "");
}

static int officer_part(struct cmd *c)
{
    struct rows cases, key;
    struct recall r = {0};
    int rc = read_rows(c, "cases.ndjson", MAX_ROWS, &cases);
    if (rc == 0)
        rc = read_rows(c, "files/answer-key.ndjson", MAX_ROWS, &key);
    if (rc < 0)
        return rc;
    count_recall(&cases, &key, &r);
    cmd_out("\n== For the compliance officer: what needs review, and why ==\n");
    cmd_out("   %zu cases. Among the first %d, best first of each rule:\n   cases  score  rule                           evidence of the first\n", cases.n, FIRST);
    for (size_t i = 0; i < cases.n && i < FIRST; i++)
        rule_line(&cases, i);
    cmd_out("   Planted violations found among these %d: %zu of %zu (", FIRST, r.found, r.planted);
    for (size_t k = 0; k < r.kinds; k++)
        cmd_out("%s%zu/%zu %.*s", k ? ", " : "", r.kind[k].found, r.kind[k].planted, (int)r.kind[k].name.n, r.kind[k].name.p);
    cmd_out(")\n   Each was planted with evidence that the rules look for: this shows that the line works, not how rare real snooping is missed.\n");
    if (cases.n) {
        struct keep_str id = str(cases.row[0], "case"), s = str(cases.row[0], "sentence");
        cmd_out("   The first: %.*s\n   Its proof: chartkeep why keep %.*s\n", (int)s.n, s.n ? s.p : "", id.n > 12 ? 12 : (int)id.n, id.n ? id.p : "");
    }
    return 0;
}

/* Counts one text field over rows that pass a filter, most frequent first, at most three lines. */
static void top_values(const struct rows *rows, const char *only_status, const char *field, const char *also)
{
    struct {
        struct keep_str text, more;
        size_t n;
    } top[64];
    size_t n = 0;
    for (size_t i = 0; i < rows->n; i++) {
        size_t k = 0;
        struct keep_str v = str(rows->row[i], field);
        if (!keep_str_is(str(rows->row[i], "status"), only_status))
            continue;
        for (size_t c = 0; c < v.n; c++) /* what follows names the single set's date */
            if (v.p[c] == ';')
                v.n = c;
        while (k < n && !keep_str_eq(top[k].text, v))
            k++;
        if (k == 64)
            continue;
        if (k == n) {
            top[n].text = v;
            top[n].more = also ? str(rows->row[i], also) : (struct keep_str){NULL, 0};
            top[n++].n = 0;
        }
        top[k].n++;
    }
    for (size_t shown = 0; shown < 3 && shown < n; shown++) {
        size_t best = shown;
        for (size_t k = shown; k < n; k++)
            if (top[k].n > top[best].n)
                best = k;
        cmd_out("   %8zu %s: %.*s%s%.*s\n", top[best].n, only_status, top[best].text.n > 90 ? 90 : (int)top[best].text.n, top[best].text.n ? top[best].text.p : "",
                top[best].more.n ? ", " : "", (int)top[best].more.n, top[best].more.n ? top[best].more.p : "");
        top[best] = top[shown];
    }
}

static int manager_part(struct cmd *c)
{
    struct rows sets;
    size_t by[KEEP_SET_COUNT] = {0};
    int rc = read_rows(c, "sets.ndjson", MAX_ROWS, &sets);
    if (rc < 0)
        return rc;
    long long records = 0;
    for (size_t i = 0; i < sets.n; i++) {
        int st = keep_vocab_set_status(str(sets.row[i], "status"));
        if (st >= 0)
            by[st]++;
        records += num(sets.row[i], "records");
    }
    cmd_out("\n== For the HIM manager: what was due, under which law ==\n   %zu record sets, %lld records:", sets.n, records);
    for (int i = 0; i < KEEP_SET_COUNT; i++)
        if (by[i])
            cmd_out(" %zu %s;", by[i], keep_vocab_set_status_word(i));
    cmd_out("\n");
    top_values(&sets, "due", "rule", "authority");
    top_values(&sets, "undetermined", "reason", NULL);
    top_values(&sets, "not adopted", "reason", NULL);
    struct keep_buf b = KEEP_BUF_INIT;
    rc = keep_file_read_operand("dispose.txt", 1u << 20, &b, &c->err);
    if (rc == 0) {
        size_t n = 0;
        while (n < b.n && b.p[n] != '\n')
            n++;
        cmd_out("   Two officers approved the plan; after sealing: %.*s.\n   Certificate: plan.json.certificate.json\n", (int)n, (const char *)b.p);
    }
    keep_buf_free(&b);
    return rc;
}

static int auditor_part(struct cmd *c, const char *package)
{
    struct rows v, k;
    size_t passed = 0, checks = 0;
    int rc = read_rows(c, "verify.ndjson", 1000, &v);
    if (rc == 0)
        rc = read_rows(c, "check.ndjson", 1000, &k);
    if (rc < 0)
        return rc;
    for (size_t i = 0; i < v.n; i++)
        passed += keep_str_is(str(v.row[i], "result"), "passed");
    for (size_t i = 0; i < k.n; i++)
        checks += keep_str_is(str(k.row[i], "result"), "passed");
    cmd_out("\n== For the auditor: where the archive lies, and how to check it ==\n");
    cmd_out("   %s: %zu of %zu checks passed\n", package, passed, v.n);
    cmd_out("   with this program:     chartkeep verify %s --pubkey keep.pub\n", package);
    cmd_out("   with stock tools only: tar -xOf %s %.*s/VERIFY.txt\n", package, (int)(strlen(package) - 13), package + 9);
    cmd_out("   The keep itself after all this: %zu of %zu checks passed (chartkeep check keep)\n", checks, k.n);
    return 0;
}

int cmd_screen(struct cmd *c, const char *dir, const char *package, double seconds)
{
    char self[4096];
    ssize_t n = readlink("/proc/self/exe", self, sizeof self - 1);
    while (n > 0 && self[n - 1] != '/')
        n--;
    cmd_out("\nDone in %.0f s. All of it is in %s; to look around:\n   cd %s; export CHARTKEEP_KEY_FILE=keep.key PATH=%.*s:$PATH\n", seconds, dir, dir, n > 1 ? (int)n - 1 : 0, self);
    int rc = officer_part(c);
    if (rc == 0)
        rc = manager_part(c);
    if (rc == 0)
        rc = auditor_part(c, package);
    return rc;
}
