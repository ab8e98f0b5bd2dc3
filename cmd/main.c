/* Entry: harden the process, parse the call by the verb's table, run, turn the
 * outcome into an exit status. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/usage.h"
#include "core/crypto/secret.h"

static keep_time now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (keep_time)ts.tv_sec * KEEP_USEC + ts.tv_nsec / 1000;
}

/* No core dumps, no tracing by others, nothing readable by others. */
static void harden(void)
{
    struct rlimit none = {0, 0};
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    umask(077);
}

static const struct cmd_verb *find_verb(int argc, char **argv, int *used)
{
    const struct cmd_verb *found = NULL;
    for (size_t i = 0; cmd_verbs[i]; i++) {
        const struct cmd_verb *v = cmd_verbs[i];
        if (strcmp(v->name, argv[1]) != 0)
            continue;
        if (!v->action) {
            found = v;
            *used = 2;
        } else if (argc > 2 && strcmp(v->action, argv[2]) == 0) {
            *used = 3;
            return v;
        }
    }
    return found;
}

static const struct cmd_option *find_option(const struct cmd_verb *v, const char *name, size_t n)
{
    for (const struct cmd_option *o = v->option; o && o->name; o++)
        if (strlen(o->name) == n && strncmp(o->name, name, n) == 0)
            return o;
    return NULL;
}

/* 0 parsed, 1 help was asked for, <0 error. */
static int parse(struct cmd *c, int argc, char **argv, int at)
{
    bool plain = false;
    for (; at < argc; at++) {
        const char *a = argv[at];
        if (plain || a[0] != '-' || a[1] == 0) {
            if (c->operands == (int)(sizeof c->operand / sizeof *c->operand))
                return keep_err_set(&c->err, KEEP_E_USAGE, "too many operands");
            c->operand[c->operands++] = a;
            continue;
        }
        if (strcmp(a, "--") == 0) {
            plain = true;
            continue;
        }
        if (strcmp(a, "--help") == 0 || strcmp(a, "-h") == 0)
            return 1;
        const char *name = a[1] == '-' ? a + 2 : "", *eq = strchr(name, '=');
        const struct cmd_option *o = find_option(c->verb, name, eq ? (size_t)(eq - name) : strlen(name));
        if (!o) {
            keep_err_set(&c->err, KEEP_E_USAGE, "no such option: %s", a);
            keep_err_hint(&c->err, "chartkeep %s%s%s --help lists them", c->verb->name, c->verb->action ? " " : "", c->verb->action ? c->verb->action : "");
            return KEEP_E_USAGE;
        }
        if (c->givens == CMD_VALUES)
            return keep_err_set(&c->err, KEEP_E_USAGE, "too many options");
        c->given[c->givens].option = o;
        if (!o->arg && eq)
            return keep_err_set(&c->err, KEEP_E_USAGE, "--%s takes no value", o->name);
        if (o->arg && !eq && at + 1 == argc)
            return keep_err_set(&c->err, KEEP_E_USAGE, "--%s needs a value: %s", o->name, o->arg);
        c->given[c->givens].value = !o->arg ? "" : eq ? eq + 1 : argv[++at];
        c->givens++;
    }
    if (c->operands < c->verb->min || (c->verb->max >= 0 && c->operands > c->verb->max)) {
        keep_err_set(&c->err, KEEP_E_USAGE, "%s: wrong number of operands", c->verb->name);
        keep_err_hint(&c->err, "usage: chartkeep %s%s%s %s", c->verb->name, c->verb->action ? " " : "", c->verb->action ? c->verb->action : "", c->verb->operands);
        return KEEP_E_USAGE;
    }
    const char *format = cmd_value(c, "format");
    if (format && keep_report_format(keep_str_of(format)) < 0)
        return keep_err_set(&c->err, KEEP_E_USAGE, "--format %s: table, json, ndjson or csv", format);
    return 0;
}

static int finish(struct cmd *c, int rc)
{
    char text[1200];
    cmd_progress_end();
    if (rc < 0) {
        if (c->err.text[0] == 0)
            keep_err_set(&c->err, rc, "%s", keep_err_name(rc));
        keep_err_format(&c->err, text, sizeof text);
        fprintf(stderr, "chartkeep: %s\n", text);
    }
    keep_store_close(c->store);
    keep_arena_free(c->arena);
    if (fflush(stdout) != 0 && rc == 0) {
        fprintf(stderr, "chartkeep: standard output: write failed\n");
        rc = KEEP_E_IO;
    }
    return rc < 0 ? keep_err_exit(rc) : rc;
}

int main(int argc, char **argv)
{
    static struct cmd c;
    int used = 0;
    harden();
    if (argc < 2 || strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 || strcmp(argv[1], "help") == 0) {
        cmd_usage_all(argc < 2 ? stderr : stdout);
        return argc < 2 ? 2 : 0;
    }
    if (strcmp(argv[1], "--version") == 0) {
        cmd_usage_version();
        return 0;
    }
    c.verb = find_verb(argc, argv, &used);
    if (!c.verb) {
        bool help = argc > 2 && (strcmp(argv[2], "--help") == 0 || strcmp(argv[2], "-h") == 0);
        return cmd_usage_unknown(argc, argv, help) && help ? 0 : 2;
    }
    c.now = now();
    c.arena = keep_arena_new(0);
    if (!c.arena)
        return finish(&c, keep_err_set(&c.err, KEEP_E_NOMEM, "out of memory"));
    int rc = parse(&c, argc, argv, used);
    if (rc == 1) {
        cmd_usage_verb(c.verb);
        return finish(&c, 0);
    }
    if (rc == 0)
        rc = keep_secret_start(&c.err);
    if (rc == 0)
        rc = c.verb->run(&c);
    return finish(&c, rc);
}
