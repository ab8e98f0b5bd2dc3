/* import: files of a source into the keep. */
#include "cmd/verbs.h"
#include "core/store/load.h"
#include "core/work/dates.h"
#include "core/work/importrun.h"

static int progress(void *ctx, const char *file, uint64_t done, uint64_t total)
{
    (void)ctx;
    return cmd_progress_named(NULL, file, done, total);
}

/* member, what */
#define COUNTS(X) \
    X(patients, "patients") X(workers, "workforce members") X(accounts, "accounts") X(facilities, "facilities") X(locations, "locations") \
    X(encounters, "encounters") X(relations, "relations") X(records, "new records") X(versions, "new versions of records") X(events, "access events") \
    X(duties, "duties of the roster") X(trainings, "trainings") X(institutions, "institutions' addresses") X(contacts, "contacts of patients") \
    X(links, "patients the source merged") X(alike, "patients that may be one") \
    X(notes, "provenance notes") X(repeated, "rows that were there already") X(quarantined, "quarantined")

static void report(const struct keep_import_result *res)
{
    cmd_progress_end();
    cmd_out("%llu file%s read", (unsigned long long)res->files, keep_str_s(res->files));
    if (res->files_seen)
        cmd_out(", %llu taken in before and skipped", (unsigned long long)res->files_seen);
    cmd_out("\n");
#define X(field, text) if (res->counts.field) cmd_out("%12llu  %s\n", (unsigned long long)res->counts.field, text);
    COUNTS(X)
#undef X
}

/* Taken in, and no rule will look at them: somebody must hear of it. */
static void say_untold(const struct cmd *c, uint64_t n)
{
    cmd_note("%llu access event%s nobody can tell what was done: the log has no action there, or a word that is none of chartkeep's; such accesses are not judged\n", (unsigned long long)n,
             n == 1 ? " of which" : "s of which");
    cmd_note("hint: a column map translates words (values { … }); chartkeep audit %s --events shows them as not assessed\n", c->operand[0]);
}

/* Dates of the sets it touched. */
static int redate(struct cmd *c, struct keep_err *err)
{
    uint64_t sets = 0;
    keep_date today;
    int rc = keep_dates_today(c->store, &today, err);
    return rc == 0 ? keep_dates_write(c->store, today, &sets, err) : rc;
}

#define NAMED 8 /* sources told of; a hospital with more looks them up */

static void say_undeclared(const struct cmd *c, const char *name, bool known, const struct keep_source *s, size_t n)
{
    size_t declared = 0;
    cmd_note("source %s is %s: what it brings is taken in, but it attests nothing, so nothing is complete by its word\n", name, known ? "not declared" : "new to this keep, and not declared");
    for (size_t i = 0; i < n; i++) {
        declared += s[i].declared;
        if (s[i].declared && declared <= NAMED)
            cmd_note("%s%.*s", declared == 1 ? "declared are: " : ", ", (int)s[i].name.n, s[i].name.p);
    }
    if (declared > NAMED)
        cmd_note(", and %zu more", declared - NAMED);
    if (declared)
        cmd_note("\n");
    cmd_note("hint: chartkeep source declare %s %s --file F says what it holds\n", c->operand[0], name);
}

/* A name that nobody declared may be meant so, or mistyped. Without --source none was meant. */
static int check_source(struct cmd *c)
{
    const char *name = cmd_value(c, "source");
    struct keep_source *s;
    bool known = false, declared = false;
    size_t n;
    if (!name || !*name)
        return 0;
    int rc = keep_load_sources(c->store, c->arena, &s, &n, &c->err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (keep_str_is(s[i].name, name)) {
            known = true;
            declared = s[i].declared;
        }
    if (rc == 0 && !declared)
        say_undeclared(c, name, known, s, n);
    return rc;
}

static int import(struct cmd *c)
{
    struct keep_packs packs = {0};
    struct keep_import_result res = {.finished = false};
    enum { FEW = 4 }; /* more than four wait for the one that writes */
    unsigned threads;
    int rc = cmd_threads(c, FEW, KEEP_CREW_MAX, &threads);
    if (rc < 0)
        return rc;
    if (c->operands < 2 && !cmd_given(c, "manifest"))
        return keep_err_set(&c->err, KEEP_E_USAGE, "import: which files? (or --manifest)");
    rc = cmd_open(c, true);
    if (rc < 0)
        return rc;
    rc = check_source(c);
    if (rc == 0)
        rc = cmd_packs_if_any(c, &packs);
    bool adopted = rc == 0 && !packs.trial;
    rc = rc == 1 ? 0 : rc; /* nothing adopted yet: FHIR needs no column maps */
    struct keep_import_params p = {.source = cmd_value(c, "source"), .path = c->operand + 1, .paths = (size_t)c->operands - 1, .packs = packs.policy ? &packs : NULL,
                                   .map = cmd_value(c, "map"), .manifest = cmd_value(c, "manifest"), .strict = cmd_given(c, "strict"), .threads = threads, .progress = progress};
    if (rc == 0)
        rc = keep_import_run(c->store, &p, &res, &c->err);
    if (res.finished && adopted && res.counts.rows + res.files > 0) {
        struct keep_err own = {0};
        int dated = redate(c, rc == 0 ? &c->err : &own); /* an error of the import is what the user must read first */
        rc = rc == 0 ? dated : rc;
    }
    keep_packs_free(&packs);
    if (res.finished)
        report(&res);
    if (rc < 0)
        return rc;
    if (res.counts.untold)
        say_untold(c, res.counts.untold);
    if (res.counts.quarantined) {
        cmd_note("could not be read and kept in quarantine: %llu; chartkeep quarantine list %s says why\n", (unsigned long long)res.counts.quarantined, c->operand[0]);
        cmd_note("until they are read (quarantine retry) or dismissed their source counts as complete in nothing\n");
        return keep_err_exit(KEEP_E_INPUT);
    }
    return 0;
}

const struct cmd_verb cmd_import = {
    .name = "import", .operands = "KEEP [FILE…]", .min = 1, .max = -1, .part = CMD_PART_SOURCES, .uses = CMD_OPENS | CMD_TRIES | CMD_LONG,
    .summary = "take in FHIR (Bundle, NDJSON, single resources), mapped CSV, or tar archives of these",
    .about = "A file may be gzip or zstd compressed, a tar archive, or - for standard input. Column maps of CSV files come from the adopted packs, or from --policy. The same bytes twice change nothing; a changed resource becomes a new version; a bad line goes into quarantine with its bytes, and the exit status is then 3.\n"
             "\n"
             "With --strict it stops at the first such line instead, and with a damaged or interrupted file: what was read before is kept.\n"
             "\n"
             "A source that is not declared (see source declare) is taken in all the same, and that is said; nothing counts as complete by its word.\n"
             "\n"
             "--manifest takes in files of any kind, each as one record of up to 1 TiB; paths are from the manifest's folder.\n",
    .option = CMD_OPTIONS(CMD_DEFAULT("source", "NAME", "undeclared", "the source these files come from"),
                          CMD_DEFAULT("map", "ID", "the one whose columns the header has", "column map of CSV files"),
                          CMD_OPTION("manifest", "F", "take in the files that this CSV names (path, class, patient_id, encounter_id, facility, first, last, media_type, title)"),
                          CMD_DEFAULT("threads", "N", "as many as there are processors, up to 4", "how many work at once; what comes into the keep is the same with any number"),
                          CMD_SWITCH("strict", "stop at the first item that would go into quarantine")),
    .exits = CMD_EXITS({3, "a file could not be read, or there are new items in quarantine"}),
    .example = CMD_EXAMPLES({"chartkeep import hospital.keep --source ehr patients.ndjson encounters.ndjson.gz", "FHIR bulk data"},
                            {"zcat log.csv.gz | chartkeep import hospital.keep --source access -", "from standard input"}),
    .run = import};
