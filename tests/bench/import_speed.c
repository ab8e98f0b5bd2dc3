/* Importing: FHIR AuditEvents as NDJSON, and FHIR bulk clinical data of the
 * synthetic hospital, by the program itself (CHARTKEEP, else build/release's)
 * held to one core. MB/s are of processor time, which other work on the machine
 * disturbs little; the clock's are in the note. Memory is the largest the
 * process held; an import of four times the lines tells whether it grows. The
 * peer reads and parses the same lines as JSON and does nothing.
 *
 * The same on two cores is measured by the clock, by turns with one core, and
 * the best turn of each counts: other work on the machine only slows either. */
#include "tests/bench/bench.h"

#include <sched.h>

#include "core/demo/hospital.h"
#include "core/stream/input.h"
#include "core/text/json.h"

static struct keep_err err;

struct import {
    double cpu, clock, mib;
};

/* Held to so many cores, the first ones. */
static void held(char *const argv[], int cores, const struct bench_dir *d, struct import *out)
{
    struct rusage use;
    int status;
    double t = bench_clock();
    pid_t pid = fork();
    if (pid == 0) {
        cpu_set_t set;
        int null = open("/dev/null", O_WRONLY);
        CPU_ZERO(&set);
        for (int i = 0; i < cores; i++)
            CPU_SET(i, &set);
        sched_setaffinity(0, sizeof set, &set);
        setenv("CHARTKEEP_KEY_FILE", d->key, 1);
        dup2(null, 1);
        dup2(null, 2); /* it says each time that nobody declared the source */
        execv(argv[0], argv);
        _exit(127);
    }
    if (pid < 0 || wait4(pid, &status, 0, &use) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        bench_die("%s import did not end well", argv[0]);
    out->clock = bench_clock() - t;
    out->cpu = (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) + (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
    out->mib = (double)use.ru_maxrss / 1024;
}

/* Into a keep of its own, so that every turn begins alike. */
static struct import import(char *const *file, int files, int cores)
{
    const char *program = getenv("CHARTKEEP");
    struct bench_dir d;
    struct import r;
    char *argv[32] = {(char *)(program ? program : "build/release/chartkeep"), "import", NULL, "--source", "ehr"};
    bench_dir_make(&d);
    bench_keep_make(&d);
    argv[2] = d.keep;
    for (int i = 0; i < files; i++)
        argv[5 + i] = file[i];
    held(argv, cores, &d, &r);
    bench_dir_remove(&d);
    return r;
}

/* Lines of a file, each parsed; bytes of them. */
static double parse(const char *path, struct keep_arena *a)
{
    FILE *f = bench_need(fopen(path, "rb"));
    char *line = NULL;
    size_t room = 0;
    ssize_t n;
    double bytes = 0;
    while ((n = getline(&line, &room, f)) > 0) {
        const struct keep_json *v;
        keep_arena_reset(a);
        bench_must(keep_json_parse(&v, (struct keep_str){line, (size_t)n}, NULL, a, &err), &err);
        bytes += (double)n;
    }
    free(line);
    fclose(f);
    return bytes;
}

/* more: four times as much, of the same files. */
static void compare(const char *what, char *const *file, char *const *more, int files, int turns, double goal)
{
    struct keep_arena *a = bench_need(keep_arena_new(0));
    double cpu[BENCH_TURNS], clock[BENCH_TURNS], peer[BENCH_TURNS], mib = 0, bytes = 0;
    char name[4][64], note[160];
    for (int i = 0; i < turns; i++) {
        double t = bench_cpu();
        bytes = 0;
        for (int k = 0; k < files; k++)
            bytes += parse(file[k], a);
        peer[i] = bench_cpu() - t;
        struct import r = import(file, files, 1);
        cpu[i] = r.cpu, clock[i] = r.clock;
        mib = r.mib > mib ? r.mib : mib;
    }
    double mb = bytes / 1e6, o = mb / bench_median(cpu, (size_t)turns), p = mb / bench_median(peer, (size_t)turns), c = mb / bench_median(clock, (size_t)turns);
    double large = import(more, files, 1).mib;
    keep_arena_free(a);
    snprintf(name[0], sizeof name[0], "%s_import_%.0fMB_one_core", what, mb);
    snprintf(name[1], sizeof name[1], "%s_import_memory", what);
    snprintf(name[2], sizeof name[2], "%s_import_memory_of_four_times", what);
    snprintf(note, sizeof note, "processor time; by the clock %.3g MB/s; peer: reading and parsing the same lines as JSON", c);
    bench_row(&(struct bench_row){name[0], "MB/s", o, p, o / p, BENCH_OURS_FROM, goal, note});
    bench_row(&(struct bench_row){name[1], "MiB", mib, 0, 0, BENCH_OURS_TO, 256, "largest resident size"});
    bench_row(&(struct bench_row){name[2], "MiB", large, mib, large / mib, bench_quick() ? BENCH_NO_GOAL : BENCH_RATIO_TO, 1.5, "peer: the import measured above, a quarter of it; a ratio near 1 is independent of size, once caches are full (small inputs do not fill them)"});
}

/* Two cores against one, by the clock; the program takes as many threads as it has cores. */
static void two_cores(const char *what, char *const *file, int files, int turns, enum bench_goal kind)
{
    double best[2] = {0, 0}, bytes = 0, mib = 0;
    char name[64], note[160];
    struct stat st;
    if (sysconf(_SC_NPROCESSORS_ONLN) < 2)
        return;
    for (int i = 0; i < files; i++)
        if (stat(file[i], &st) == 0)
            bytes += (double)st.st_size;
    for (int i = 0; i < 2 * turns; i++) {
        struct import r = import(file, files, i % 2 + 1);
        if (best[i % 2] == 0 || r.clock < best[i % 2])
            best[i % 2] = r.clock;
        mib = r.mib > mib ? r.mib : mib;
    }
    snprintf(name, sizeof name, "%s_import_two_cores", what);
    snprintf(note, sizeof note, "by the clock; peer: ours on one core; largest resident size %.0f MiB", mib);
    bench_row(&(struct bench_row){name, "MB/s", bytes / 1e6 / best[1], bytes / 1e6 / best[0], best[0] / best[1], kind, 1.6, note});
}

/* --- AuditEvents --- */

static void event_write(FILE *f, uint32_t i, uint64_t *seed)
{
    static const char *const act[][3] = {{"read", "R", "TREAT"}, {"search-type", "E", "TREAT"}, {"update", "U", "TREAT"}, {"read", "R", "HPAYMT"}};
    const char *const *a = act[bench_below(seed, 4)];
    uint32_t who = bench_below(seed, 3000), chart = bench_below(seed, 30000), at = i * 3;
    fprintf(f, "{\"resourceType\":\"AuditEvent\",\"id\":\"%08x-%04x-4%03x-9%03x-%012llx\",\"meta\":{\"versionId\":\"1\",\"profile\":[\"https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead\"]},"
               "\"type\":{\"system\":\"http://terminology.hl7.org/CodeSystem/audit-event-type\",\"code\":\"rest\",\"display\":\"RESTful Operation\"},"
               "\"subtype\":[{\"system\":\"http://hl7.org/fhir/restful-interaction\",\"code\":\"%s\",\"display\":\"%s\"}],\"action\":\"%s\",",
            (unsigned)bench_random(seed), bench_below(seed, 65536), bench_below(seed, 4096), bench_below(seed, 4096), (unsigned long long)(bench_random(seed) >> 16), a[0], a[0], a[1]);
    fprintf(f, "\"recorded\":\"2026-%02u-%02uT%02u:%02u:%02u.%03uZ\",\"outcome\":\"0\",\"purposeOfEvent\":[{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ActReason\",\"code\":\"%s\"}]}],",
            1 + at / 2419200 % 9, 1 + at / 86400 % 28, at / 3600 % 24, at / 60 % 60, at % 60, bench_below(seed, 1000), a[2]);
    fprintf(f, "\"agent\":[{\"type\":{\"coding\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/v3-ParticipationType\",\"code\":\"IRCP\",\"display\":\"information recipient\"}]},"
               "\"who\":{\"reference\":\"Practitioner/%05u\",\"display\":\"Nurse %u\"},\"altId\":\"user%05u\",\"requestor\":true,\"network\":{\"address\":\"ws-%04u\",\"type\":\"1\"}},"
               "{\"type\":{\"coding\":[{\"system\":\"http://dicom.nema.org/resources/ontology/DCM\",\"code\":\"110152\",\"display\":\"Destination Role ID\"}]},\"who\":{\"display\":\"fhir.example.org\"},\"requestor\":false}],",
            who, who, who, who % 800);
    fprintf(f, "\"source\":{\"site\":\"main\",\"observer\":{\"reference\":\"Device/ehr-1\"},\"type\":[{\"system\":\"http://terminology.hl7.org/CodeSystem/security-source-type\",\"code\":\"4\",\"display\":\"Application Server\"}]},"
               "\"entity\":[{\"what\":{\"reference\":\"Patient/p%05u\"},\"type\":{\"system\":\"http://terminology.hl7.org/CodeSystem/audit-entity-type\",\"code\":\"1\",\"display\":\"Person\"},"
               "\"role\":{\"system\":\"http://terminology.hl7.org/CodeSystem/object-role\",\"code\":\"1\",\"display\":\"Patient\"}},"
               "{\"what\":{\"reference\":\"Observation/o%07u\"},\"type\":{\"system\":\"http://terminology.hl7.org/CodeSystem/audit-entity-type\",\"code\":\"2\",\"display\":\"System Object\"}}]}\n",
            chart, bench_below(seed, 9999999));
}

static void audit_events(const struct bench_dir *d, bool quick)
{
    uint32_t n = quick ? 8000 : 60000;
    char path[2][400];
    uint64_t seed = 5;
    for (int i = 0; i < 2; i++) {
        snprintf(path[i], sizeof path[i], "%s/%s.ndjson", d->base, i ? "more" : "events");
        FILE *f = bench_need(fopen(path[i], "wb"));
        for (uint32_t k = 0; k < (i ? 4 * n : n); k++)
            event_write(f, k, &seed);
        fclose(f);
    }
    compare("fhir_audit_events", (char *[]){path[0]}, (char *[]){path[1]}, 1, quick ? 1 : 3, 60);
    two_cores("fhir_audit_events", (char *[]){path[0]}, 1, quick ? 1 : 5, quick ? BENCH_NO_GOAL : BENCH_RATIO_FROM);
}

/* --- clinical data --- */

enum { CLINICAL = 11 };
static char path[2][CLINICAL][400];
static char *list[2][CLINICAL];

static void clinical(const struct bench_dir *d, bool quick)
{
    static const char *const file[CLINICAL] = {"organizations", "locations", "patients", "practitioners", "practitionerroles", "encounters",
                                               "conditions", "procedures", "medicationrequests", "immunizations", "documents"};
    uint32_t patients = quick ? 300 : 2000;
    for (int i = 0; i < 2; i++) {
        char dir[320];
        snprintf(dir, sizeof dir, "%s/%s", d->base, i ? "more" : "hospital");
        if (mkdir(dir, 0700) != 0)
            bench_die("%s: cannot be made", dir);
        int fd = open(dir, O_RDONLY | O_DIRECTORY);
        struct keep_hospital_params p = {.dirfd = fd, .seed = 1, .patients = i ? 4 * patients : patients, .staff = 100, .events = 2000, .days = 365, .today = 20700};
        bench_must(keep_hospital_write(&p, &err), &err);
        close(fd);
        for (int k = 0; k < CLINICAL; k++) {
            snprintf(path[i][k], sizeof path[i][k], "%s/%s.ndjson", dir, file[k]);
            list[i][k] = path[i][k];
        }
    }
    compare("fhir_clinical", list[0], list[1], CLINICAL, quick ? 1 : 3, 25);
    two_cores("fhir_clinical", list[0], CLINICAL, quick ? 1 : 3, BENCH_NO_GOAL);
}

int main(void)
{
    bool quick = bench_quick();
    struct bench_dir d;
    bench_dir_make(&d);
    audit_events(&d, quick);
    clinical(&d, quick);
    bench_dir_remove(&d);
    return 0;
}
