/* Entry: harden the process, parse the call by the verb's table, run, turn the
 * outcome into an exit status. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cmd/cmd.h"
#include "cmd/progress.h"
#include "cmd/usage.h"
#include "core/crypto/secret.h"

static keep_time now(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    return (keep_time)ts.tv_sec * KEEP_USEC + ts.tv_nsec / 1000;
}

/* No core dumps, no tracing by others, nothing readable by others. A file that may not grow further is an error like any other of writing, which is told
 * and tidied up after, not a death. */
static void harden(void)
{
    struct rlimit none = {0, 0};
    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
    setrlimit(RLIMIT_CORE, &none);
    umask(077);
    signal(SIGXFSZ, SIG_IGN);
}

static int finish(struct cmd *c, int rc)
{
    char text[1200];
    cmd_progress_end();
    if (rc < 0) {
        if (c->err.text[0] == 0)
            keep_err_set(&c->err, rc, "%s", keep_err_name(rc));
        keep_err_format(&c->err, text, sizeof text);
        cmd_note("chartkeep: %s\n", text);
    }
    keep_store_close(c->store);
    keep_arena_free(c->arena);
    if (fflush(stdout) != 0 && rc == 0) {
        fprintf(stderr, "chartkeep: standard output: write failed\n");
        rc = KEEP_E_IO;
    }
    return rc < 0 ? keep_err_exit(rc) : rc;
}

static bool is_help(const char *word)
{
    return strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0;
}

/* `help`, `help VERB [ACTION]`. */
static int help(int argc, char **argv)
{
    int used;
    const struct cmd_verb *v = cmd_find_verb(argc - 1, argv + 1, &used);
    if (argc == 2)
        cmd_usage_all(stdout);
    else if (v)
        cmd_usage_verb(v);
    else
        return cmd_usage_unknown(argc - 1, argv + 1, argc == 3) && argc == 3 ? 0 : 2;
    return fflush(stdout) == 0 ? 0 : 3;
}

int main(int argc, char **argv)
{
    static struct cmd c;
    int used = 0;
    harden();
    if (argc < 2) {
        cmd_usage_all(stderr);
        return 2;
    }
    if (is_help(argv[1])) {
        cmd_usage_all(stdout);
        return fflush(stdout) == 0 ? 0 : 3;
    }
    if (strcmp(argv[1], "help") == 0)
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        cmd_usage_version();
        return fflush(stdout) == 0 ? 0 : 3;
    }
    c.verb = cmd_find_verb(argc, argv, &used);
    if (!c.verb) {
        bool asked = argc > 2 && is_help(argv[2]);
        return cmd_usage_unknown(argc, argv, asked) && asked ? 0 : 2;
    }
    c.now = now();
    c.arena = keep_arena_new(0);
    if (!c.arena)
        return finish(&c, keep_err_set(&c.err, KEEP_E_NOMEM, "out of memory"));
    int rc = cmd_parse(&c, argc, argv, used);
    if (rc == 1) {
        cmd_usage_verb(c.verb);
        return finish(&c, 0);
    }
    cmd_progress_begin();
    if (rc == 0)
        rc = keep_secret_start(&c.err);
    if (rc == 0)
        rc = c.verb->run(&c);
    return finish(&c, rc);
}
