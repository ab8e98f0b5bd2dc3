/* demo: a synthetic hospital taken through everything, by the very commands a
 * user would type. Each is printed, run as its own process, and its output kept
 * beside the keep; the closing screen (cmd/screen.c) reads those files. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "cmd/screen.h"
#include "cmd/verbs.h"
#include "core/demo/hospital.h"

#define MAX_WORDS 64

/* A wish to stop is handed on to the command, which ends at its own safe point. */
static int wait_for(pid_t pid, int *status)
{
    const struct timespec pause = {0, 10000000};
    bool told = false;
    pid_t got;
    while ((got = waitpid(pid, status, WNOHANG)) == 0 || (got < 0 && errno == EINTR)) {
        nanosleep(&pause, NULL);
        if (cmd_stopped() && !told)
            told = kill(pid, SIGTERM) == 0;
    }
    return got == pid ? 0 : -1;
}

/* Runs one command in the demo's folder, standard output to a file there (or NULL). Words are separated by one blank. */
static int run(struct cmd *c, int ok_also, const char *out, const char *line)
{
    char copy[8192];
    char *word[MAX_WORDS], *save = NULL;
    int n = 0, status;
    struct timespec a, b;
    snprintf(copy, sizeof copy, "%s", line);
    for (char *w = strtok_r(copy, " ", &save); w && n < MAX_WORDS - 1; w = strtok_r(NULL, " ", &save))
        word[n++] = w;
    word[n] = NULL;
    clock_gettime(CLOCK_MONOTONIC, &a);
    cmd_out("$ %s%s%s\n", line, out ? " >" : "", out ? out : "");
    fflush(stdout);
    pid_t pid = fork();
    if (pid < 0)
        return keep_err_set(&c->err, KEEP_E_IO, "fork: %s", strerror(errno));
    if (pid == 0) {
        int fd = out ? open(out, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : open("demo.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
        if (fd < 0 || dup2(fd, 1) < 0)
            _exit(127);
        execv("/proc/self/exe", word);
        _exit(127);
    }
    if (wait_for(pid, &status) < 0)
        return keep_err_set(&c->err, KEEP_E_IO, "waitpid: %s", strerror(errno));
    clock_gettime(CLOCK_MONOTONIC, &b);
    int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
    if (cmd_stopped() && code != 0)
        return keep_err_set(&c->err, KEEP_E_INTERRUPTED, "interrupted; remove the folder, or name another one, to start again");
    if (code != 0 && code != ok_also)
        return keep_err_set(&c->err, KEEP_E_IO, "the command above ended with %d", code);
    double took = (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9;
    if (took >= 0.5)
        cmd_out("  %.1f s\n", took);
    return 0;
}

struct step {
    int ok_also;      /* an exit status that is no failure here: findings */
    const char *out;  /* file for its output, NULL: demo.log */
    const char *line; /* %s: the folder of packs */
};

/* Every step, in the order a hospital would take them. 1 = findings, which is the point. */
static const struct step steps[] = {
    {0, NULL, "chartkeep officer new him --no-passphrase"},
    {0, NULL, "chartkeep officer new legal --no-passphrase"},
    {0, NULL, "chartkeep init keep --officer him:him.pub --officer legal:legal.pub --quorum 2"},
    {0, NULL, "chartkeep source declare keep ehr --file files/ehr.json --officer-key him.key"},
    {0, NULL, "chartkeep source declare keep access --file files/access.json --officer-key him.key"},
    {0, NULL, "chartkeep source declare keep hr --file files/hr.json --officer-key him.key"},
    {0, NULL, "chartkeep source declare keep films --file files/films.json --officer-key him.key"},
    {0, NULL, "chartkeep source declare keep paper --file files/paper.json --officer-key him.key"},
    {0, NULL, "chartkeep source declare keep legacy --file files/legacy.json --officer-key him.key"},
    {0, NULL, "chartkeep policy adopt keep %s --review-by %s --officer-key him.key --officer-key legal.key"},
    {0, NULL, "chartkeep import keep --source ehr files/organizations.ndjson files/locations.ndjson files/patients.ndjson files/practitioners.ndjson files/practitionerroles.ndjson"
              " files/encounters.ndjson files/conditions.ndjson files/procedures.ndjson files/medicationrequests.ndjson files/immunizations.ndjson files/documents.ndjson"
              " files/provenances.ndjson files/appointments.ndjson files/servicerequests.ndjson files/diagnosticreports.ndjson files/observations.ndjson"
              " files/medicationadministrations.ndjson files/careteams.ndjson files/tasks.ndjson files/claims.ndjson files/explanationofbenefits.ndjson files/relatedpersons.ndjson"
              " files/unit-stays.csv files/disclosures.csv"},
    {0, NULL, "chartkeep import keep --source hr files/workforce.csv files/accounts.csv files/roster.csv files/training.csv files/institutions.csv"},
    {0, NULL, "chartkeep import keep --source access files/access-log.csv"},
    {0, NULL, "chartkeep import keep --source films files/film-index.csv"},
    {0, NULL, "chartkeep import keep --source paper files/paper-index.csv"},
    {0, NULL, "chartkeep import keep --source legacy files/legacy-encounters.csv"},
    {0, "status.json", "chartkeep status keep --format json"},
    {0, "rules.ndjson", "chartkeep policy list %s --format ndjson"},
    {1, "cases.ndjson", "chartkeep audit keep --format ndjson"},
    {0, "sets.ndjson", "chartkeep retention keep --format ndjson"},
    {0, NULL, "chartkeep plan keep --output plan.json"},
    {0, NULL, "chartkeep approve keep plan.json --officer-key him.key"},
    {0, NULL, "chartkeep approve keep plan.json --officer-key legal.key"},
    {0, "keep.pub", "chartkeep key show keep"},
    {1, NULL, "chartkeep archive keep plan.json --output packages"},
    {1, "dispose.txt", "chartkeep dispose keep plan.json --packages packages --officer-key him.key"},
    {0, "check.ndjson", "chartkeep check keep --format ndjson"},
};

struct size {
    long long patients, staff, events, plant, days, seed;
};

static int make_files(struct cmd *c, const struct size *s)
{
    enum { MILLION = 1000000 };
    if (mkdir("files", 0700) < 0 && errno != EEXIST)
        return keep_err_set(&c->err, KEEP_E_IO, "files: %s", strerror(errno));
    int fd = open("files", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return keep_err_set(&c->err, KEEP_E_IO, "files: %s", strerror(errno));
    struct keep_hospital_params p = {.dirfd = fd, .seed = (uint64_t)s->seed, .patients = (uint32_t)s->patients, .staff = (uint32_t)s->staff, .events = (uint64_t)s->events,
                                     .planted = (uint32_t)((s->plant * s->events + MILLION / 2) / MILLION), .days = (uint32_t)s->days,
                                     .today = keep_civil_utc_date(c->now) - 1, .progress = cmd_progress_named};
    int rc = keep_hospital_write(&p, &c->err);
    close(fd);
    cmd_progress_end();
    if (rc == 0)
        cmd_out("a hospital of %lld patients, %lld staff and %lld accesses in files/, %u violations planted (seed %lld)\n", s->patients, s->staff, s->events, p.planted, s->seed);
    return rc;
}

/* The folder must be new or empty: a demo never writes over anything. */
static int enter_folder(struct cmd *c, const char *dir, char *packs, size_t size)
{
    const char *given = cmd_value(c, "policy");
    if (!cmd_given(c, "only-files") && (!realpath(given ? given : "policies", packs) || strlen(packs) + 1 > size))
        return keep_err_set(&c->err, KEEP_E_INPUT, "%s: no folder of policy packs; name it with --policy", given ? given : "policies");
    if (mkdir(dir, 0700) < 0 && errno != EEXIST)
        return keep_err_set(&c->err, KEEP_E_IO, "%s: %s", dir, strerror(errno));
    if (chdir(dir) < 0)
        return keep_err_set(&c->err, KEEP_E_IO, "%s: %s", dir, strerror(errno));
    if (access("keep", F_OK) == 0) {
        keep_err_set(&c->err, KEEP_E_REFUSED, "%s: there is a keep in it already", dir);
        keep_err_hint(&c->err, "name another folder, or remove this one");
        return KEEP_E_REFUSED;
    }
    return setenv("CHARTKEEP_KEY_FILE", "keep.key", 1) == 0 ? 0 : keep_err_set(&c->err, KEEP_E_NOMEM, "out of memory");
}

static int run_steps(struct cmd *c, const char *packs)
{
    char review[KEEP_CIVIL_DATE_SIZE], line[8192];
    int rc = 0;
    keep_civil_format_date(keep_civil_utc_date(c->now) + 365, review);
    for (size_t i = 0; rc == 0 && i < sizeof steps / sizeof *steps; i++) {
        if (strstr(steps[i].line, "adopt"))
            snprintf(line, sizeof line, "chartkeep policy adopt keep %s --review-by %s --officer-key him.key --officer-key legal.key", packs, review);
        else if (strstr(steps[i].line, "%s"))
            snprintf(line, sizeof line, "chartkeep policy list %s --format ndjson", packs);
        else
            snprintf(line, sizeof line, "%s", steps[i].line);
        rc = run(c, steps[i].ok_also, steps[i].out, line);
    }
    return rc;
}

static int read_size(struct cmd *c, struct size *s)
{
    *s = (struct size){.patients = 2000, .staff = 300, .events = 1000000, .plant = 68, .days = 365, .seed = 1};
    int rc = cmd_number(c, "patients", 50, 1000000, &s->patients);
    if (rc >= 0)
        rc = cmd_number(c, "staff", 20, 80000, &s->staff);
    if (rc >= 0)
        rc = cmd_number(c, "events", 1000, 1000000000, &s->events);
    if (rc >= 0)
        rc = cmd_number(c, "plant", 0, 10000, &s->plant);
    if (rc >= 0)
        rc = cmd_number(c, "days", KEEP_HOSPITAL_DAYS_MIN, KEEP_HOSPITAL_DAYS_MAX, &s->days);
    if (rc >= 0)
        rc = cmd_number(c, "seed", 0, INT64_MAX, &s->seed);
    return rc;
}

static int demo(struct cmd *c)
{
    char packs[4096];
    struct size size;
    const char *dir = c->operand[0];
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    int rc = read_size(c, &size);
    if (rc >= 0)
        rc = enter_folder(c, dir, packs, sizeof packs);
    if (rc == 0)
        rc = make_files(c, &size);
    if (cmd_given(c, "only-files"))
        return rc;
    if (rc == 0)
        rc = run_steps(c, packs);
    if (rc == 0)
        rc = cmd_screen_package(c, packs, sizeof packs);
    if (rc == 0) {
        char line[5000];
        snprintf(line, sizeof line, "chartkeep verify %s --pubkey keep.pub --format ndjson", packs);
        rc = run(c, 0, "verify.ndjson", line);
    }
    clock_gettime(CLOCK_MONOTONIC, &b);
    if (rc == 0)
        rc = cmd_screen(c, dir, packs, (double)(b.tv_sec - a.tv_sec) + (double)(b.tv_nsec - a.tv_nsec) / 1e9);
    return rc;
}

const struct cmd_verb cmd_demo = {
    .name = "demo", .operands = "DIR", .min = 1, .max = 1, .part = CMD_PART_KEEP, .uses = CMD_LONG,
    .summary = "make a synthetic hospital in DIR and take it through everything",
    .about = "DIR must be new or empty. DIR/files holds the hospital's exports and the answer key, DIR/keep the keep, DIR/packages the sealed package, DIR/keep.pub the key to verify it with. Each step is a command of this program, printed as it is run. Interrupted, it starts again in another folder, or in this one once it is removed; --only-files may be run again in the same.\n\n"
             "The key (answer-key.ndjson) names every planted access, and every innocent one that looks alike; no other command reads it. Memory follows patients and staff, not accesses.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("policy", "DIR", "policies", "folder of packs"),
                          CMD_DEFAULT("patients", "N", "2000", "how many patients"),
                          CMD_DEFAULT("staff", "N", "300", "how many members of the workforce"),
                          CMD_DEFAULT("events", "N", "1000000", "how many accesses"),
                          CMD_DEFAULT("days", "N", "365", "the log covers so many days, up to yesterday"),
                          CMD_DEFAULT("plant", "RATE", "68", "violations planted in a million accesses, of 34 kinds in turn"),
                          CMD_DEFAULT("seed", "N", "1", "the same seed and day make the same hospital"),
                          CMD_SWITCH("only-files", "make the files and stop: no keep")),
    .exits = CMD_EXITS({6, "there is a keep in DIR already"}),
    .example = CMD_EXAMPLES({"chartkeep demo build/demo --patients 500 --events 20000", "a small hospital, in seconds"},
                            {"chartkeep demo build/big --only-files --patients 40000 --staff 4000 --events 20000000", "a log of twenty million accesses"}),
    .run = demo};
