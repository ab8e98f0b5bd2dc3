/* Help, from the same tables that parse. */
#include "cmd/usage.h"

#include <string.h>

#include "core/store/version.h"
#include "core/text/utf8.h"

void cmd_usage_all(FILE *to)
{
    fputs("chartkeep keeps a hospital's records and their access log, and answers: who looked\n"
          "without a reason, what is due for disposal under which law, is this archive whole.\n\n"
          "usage: chartkeep VERB [ACTION] [KEEP] OPERAND… [--option VALUE]…\n\n", to);
    for (size_t i = 0; cmd_verbs[i]; i++) {
        const struct cmd_verb *v = cmd_verbs[i];
        char name[64];
        snprintf(name, sizeof name, "%s%s%s", v->name, v->action ? " " : "", v->action ? v->action : "");
        int pad = 22 - (int)keep_utf8_columns(keep_str_of(v->operands));
        fprintf(to, "  %-16s %s%*s %s\n", name, v->operands, pad > 0 ? pad : 0, "", v->summary);
    }
    fputs("\nchartkeep VERB [ACTION] --help tells more. Exit status:\n", to);
    fputs("    0  done\n    1  findings, failed policy tests, or sets left by drift\n", to);
#define X(name, exit, text) if (exit < 5) fprintf(to, "  %3d  %s\n", exit, text);
    KEEP_ERRORS(X)
#undef X
    fputs("    5  a check that was not possible, or a set without a date\n", to);
#define X(name, exit, text) if (exit > 5) fprintf(to, "  %3d  %s\n", exit, text);
    KEEP_ERRORS(X)
#undef X
}

void cmd_usage_verb(const struct cmd_verb *v)
{
    printf("chartkeep %s%s%s %s\n  %s\n", v->name, v->action ? " " : "", v->action ? v->action : "", v->operands, v->summary);
    if (v->option && v->option->name)
        puts("\noptions:");
    for (const struct cmd_option *o = v->option; o && o->name; o++) {
        char name[64];
        snprintf(name, sizeof name, "--%s%s%s", o->name, o->arg ? " " : "", o->arg ? o->arg : "");
        printf("  %-28s %s\n", name, o->help);
    }
    if (v->more)
        printf("\n%s", v->more);
}

void cmd_usage_version(void)
{
    printf("chartkeep 0.1\nsqlite %s\n", keep_version_sqlite());
}

bool cmd_usage_unknown(int argc, char **argv, bool help)
{
    FILE *to = help ? stdout : stderr;
    bool verb = false;
    for (size_t i = 0; cmd_verbs[i]; i++) {
        const struct cmd_verb *v = cmd_verbs[i];
        if (strcmp(v->name, argv[1]) != 0)
            continue;
        if (!verb && !help)
            fprintf(to, argc > 2 ? "chartkeep: %s has no action %s; it has:\n" : "chartkeep: %s needs an action:\n", argv[1], argc > 2 ? argv[2] : "");
        fprintf(to, "  chartkeep %s %s %s\n      %s\n", v->name, v->action ? v->action : "", v->operands, v->summary);
        verb = true;
    }
    if (!verb)
        fprintf(stderr, "chartkeep: no such verb: %s\nhint: chartkeep --help lists them\n", argv[1]);
    return verb;
}
