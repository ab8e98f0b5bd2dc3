/* Reads cases.ndjson, answer-key.ndjson, sets.ndjson, status.json, verify.ndjson
 * and check.ndjson of the demo's folder and prints one screen. A planted violation
 * counts as found when one of the first cases holds one of its accesses; how many are
 * "the first" says answer-summary.json. What no rule is there for is said, not left out. */
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

#define KINDS 64 /* of violations, more than there are */

struct recall {
    size_t first, planted, found, quiet, quiet_found, innocent, innocent_found, kinds;
    struct kind {
        struct keep_str name;
        bool has_rule;
        size_t planted, found;
    } kind[KINDS];
};

/* The verdict "unexplained" is what a violation of no rule is found by. */
static bool has_rule(const struct rows *rules, struct keep_str kind)
{
    for (size_t i = 0; i < rules->n; i++)
        if ((keep_str_is(str(rules->row[i], "kind"), "access") || keep_str_is(str(rules->row[i], "kind"), "evidence")) && keep_str_eq(str(rules->row[i], "rule"), kind))
            return true;
    return keep_str_is(kind, "unexplained");
}

static struct kind *kind_of(struct recall *r, const struct rows *rules, struct keep_str name)
{
    size_t k = 0;
    while (k < r->kinds && !keep_str_eq(r->kind[k].name, name))
        k++;
    if (k == r->kinds && k < KINDS)
        r->kind[r->kinds++] = (struct kind){.name = name, .has_rule = has_rule(rules, name)};
    return k < KINDS ? &r->kind[k] : &r->kind[KINDS - 1];
}

static void count_recall(const struct rows *cases, const struct rows *key, const struct rows *rules, struct recall *r)
{
    for (size_t i = 0; i < key->n; i++) {
        bool hit = false;
        for (size_t j = 0; !hit && j < cases->n && j < r->first; j++)
            hit = shares_event(keep_json_get(cases->row[j], "events"), keep_json_get(key->row[i], "events"));
        if (!keep_str_is(str(key->row[i], "truth"), "planted")) {
            r->innocent++;
            r->innocent_found += hit;
            continue;
        }
        struct kind *k = kind_of(r, rules, str(key->row[i], "kind"));
        bool quiet = keep_str_is(str(key->row[i], "shape"), "quiet");
        k->planted++;
        k->found += hit;
        r->planted++;
        r->found += hit;
        r->quiet += quiet;
        r->quiet_found += quiet && hit;
    }
}

/* "self 2/2, household 2/2, …" of the kinds that have a rule or have none, in lines that a terminal holds. */
static void kind_lines(const struct recall *r, bool with_rule, const char *title)
{
    enum { WIDTH = 128, INDENT = 6 };
    size_t at = WIDTH, found = 0, planted = 0;
    for (size_t k = 0; k < r->kinds; k++)
        if (r->kind[k].has_rule == with_rule) {
            found += r->kind[k].found;
            planted += r->kind[k].planted;
        }
    if (!planted)
        return;
    cmd_out("   %s: %zu of %zu", title, found, planted);
    for (size_t k = 0; k < r->kinds; k++) {
        char text[96];
        if (r->kind[k].has_rule != with_rule)
            continue;
        int n = snprintf(text, sizeof text, "%.*s %zu/%zu", (int)r->kind[k].name.n, r->kind[k].name.p, r->kind[k].found, r->kind[k].planted);
        bool wrap = at + (size_t)n + 2 > WIDTH;
        cmd_out("%s%s", wrap ? "\n      " : ", ", text);
        at = (wrap ? INDENT : at + 2) + (size_t)n;
    }
    cmd_out("\n");
}

/* As many whole parts of it as a line has room for. */
static void evidence_line(struct keep_str evidence)
{
    enum { ROOM = 100 };
    size_t n = evidence.n;
    if (n > ROOM)
        for (n = ROOM; n > 0 && evidence.p[n] != ';';)
            n--;
    if (!evidence.n)
        cmd_out(" the rule alone\n");
    else
        cmd_out(" %.*s%s\n", (int)n, evidence.p, n < evidence.n ? "; …" : "");
}

/* One line for the first case of a rule, with how many of the first ones are of it. */
static void rule_line(const struct rows *cases, size_t i, size_t first)
{
    struct keep_str rule = str(cases->row[i], "rule");
    size_t n = 0;
    for (size_t k = 0; k < cases->n && k < first; k++) {
        bool same = keep_str_eq(str(cases->row[k], "rule"), rule);
        if (same && k < i)
            return;
        n += same;
    }
    cmd_out("   %5zu  %5lld  ", n, num(cases->row[i], "score"));
    clip(rule, 30);
    evidence_line(str(cases->row[i], "evidence"));
}

static int officer_part(struct cmd *c)
{
    struct rows cases, key, rules, summary;
    struct recall r = {0};
    int rc = read_rows(c, "cases.ndjson", MAX_ROWS, &cases);
    if (rc == 0)
        rc = read_rows(c, "rules.ndjson", MAX_ROWS, &rules);
    if (rc == 0)
        rc = read_rows(c, "files/answer-key.ndjson", MAX_ROWS, &key);
    if (rc == 0)
        rc = read_rows(c, "files/answer-summary.json", 1, &summary);
    if (rc < 0)
        return rc;
    r.first = summary.n ? (size_t)num(summary.row[0], "capacity") : 0;
    count_recall(&cases, &key, &rules, &r);
    cmd_out("\n== For the compliance officer: what needs review, and why ==\n");
    cmd_out("   %zu cases. Among the first %zu, best first of each rule:\n   cases  score  rule                           evidence of the first\n", cases.n, r.first);
    for (size_t i = 0; i < cases.n && i < r.first; i++)
        rule_line(&cases, i, r.first);
    cmd_out("   Planted violations found among these %zu: %zu of %zu; of the quiet ones, with no sign but the access itself, %zu of %zu.\n", r.first, r.found, r.planted, r.quiet_found, r.quiet);
    kind_lines(&r, true, "Kinds that a rule is there for");
    kind_lines(&r, false, "Kinds with no rule for it yet, found as unexplained or by another rule, or not");
    cmd_out("   Innocent accesses that look alike, among these %zu: %zu of %zu. All of it is made up: nobody knows how real snooping is spread.\n", r.first, r.innocent_found, r.innocent);
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
    cmd_out("\n== For the HIM manager: what was due, under which law ==\n   %zu record sets, %lld records", sets.n, records);
    const char *before = ": ";
    for (int i = 0; i < KEEP_SET_COUNT; i++)
        if (by[i]) {
            cmd_out("%s%zu %s", before, by[i], keep_vocab_set_status_word(i));
            before = "; ";
        }
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
