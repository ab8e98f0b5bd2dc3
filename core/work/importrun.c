/* A file that came in whole before is skipped, so that running the same import
 * twice changes nothing and costs little. It is digested first where a file of
 * its size came before, else while it is read, by another thread if there is
 * one. A pipe cannot be digested before it is read; its rows are found to be
 * repetitions one by one. */
#include "core/work/importrun.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/file.h"
#include "core/ingest/manifest.h"
#include "core/store/load.h"
#include "core/stream/unpack.h"
#include "core/work/filehash.h"
#include "core/work/signer.h"
#include "core/work/unread.h"

#define DECLARATION_FILE (1u << 20) /* bytes of a declaration */
#define DECLARATION "chartkeep declaration of a source" /* trusted comment: a signature made for another act never passes for this one */

/* What the files of one import share. */
struct run {
    const struct keep_import_params *p;
    struct keep_import_result *out;
    struct keep_intake *in;
    struct keep_sink sink;
    struct keep_ingest ingest;
    const char *file;              /* as progress shows it */
    const struct keep_input *outer; /* what progress is measured on: an archive, or the file itself */
};

static int show(void *ctx, uint64_t done, uint64_t total)
{
    const struct run *r = ctx;
    (void)done, (void)total;
    return r->p->progress ? r->p->progress(r->p->progress_ctx, r->file, keep_input_position(r->outer), keep_input_size(r->outer)) : 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* One file's rows. label: how quarantine names it. */
static int read_file(struct run *r, struct keep_input *input, const char *label, bool member, struct keep_err *err)
{
    struct keep_ingest_counts counts = {0};
    int rc = keep_intake_file(r->in, keep_str_of(label), err);
    if (rc < 0)
        return rc;
    r->ingest.in = input;
    r->ingest.name = label;
    r->ingest.keep_foreign = member;
    rc = keep_ingest_read(&r->ingest, &counts, err);
    if (rc == 0)
        r->out->files++;
    return rc;
}

static int read_archive(struct run *r, struct keep_input *input, const char *name, struct keep_err *err)
{
    struct keep_unpack *u = NULL;
    struct keep_input *member;
    struct keep_buf label = KEEP_BUF_INIT;
    const char *inside;
    int rc = keep_unpack_open(&u, input, name, err);
    while (rc >= 0 && (rc = keep_unpack_next(u, &inside, &member, err)) == 1) {
        keep_buf_clear(&label);
        keep_buf_printf(&label, "%s:%s", name, inside);
        keep_buf_char(&label, '\0');
        rc = label.failed ? keep_err_set(err, KEEP_E_NOMEM, "out of memory") : read_file(r, member, (const char *)label.p, true, err);
    }
    keep_unpack_close(u);
    keep_buf_free(&label);
    return rc;
}

static int read_input(struct run *r, const char *path, struct keep_err *err)
{
    struct keep_input *input = NULL;
    const void *head;
    size_t n = 0;
    int rc = keep_input_open(&input, path, err);
    if (rc == 0)
        rc = keep_input_ahead(input, KEEP_UNPACK_BLOCK, &head, &n, err);
    r->outer = input;
    r->file = strcmp(path, "-") == 0 ? "standard input" : base_name(path);
    if (rc == 0)
        rc = keep_unpack_is(head, n) ? read_archive(r, input, r->file, err) : read_file(r, input, base_name(path), false, err);
    keep_input_close(input);
    return rc;
}

/* 1: it came in whole before. Else its digest is under way, or known. */
static int came_before(struct run *r, struct keep_filehash *hash, struct keep_err *err)
{
    struct keep_intake_whole whole = {.size = keep_filehash_size(hash)};
    int rc = keep_intake_sized(r->in, whole.size, err);
    if (rc < 0)
        return rc;
    keep_filehash_start(hash, rc == 0 ? r->ingest.crew : NULL);
    if (rc == 0)
        return 0;
    rc = keep_filehash_end(hash, whole.digest, err);
    return rc == 0 ? keep_intake_seen(r->in, &whole, err) : rc < 0 ? rc : 0;
}

/* Remembers it, unless it changed while it was read. */
static int came_whole(struct run *r, struct keep_filehash *hash, struct keep_err *err)
{
    struct keep_intake_whole whole = {.size = keep_filehash_size(hash)};
    int rc = keep_filehash_end(hash, whole.digest, err);
    return rc < 0 ? rc : keep_intake_file_done(r->in, rc == 0 ? &whole : NULL, err);
}

static int read_one(struct run *r, const char *path, struct keep_err *err)
{
    struct keep_filehash *hash = NULL;
    int opened = keep_filehash_open(&hash, path, err), rc = opened == 0 ? came_before(r, hash, err) : opened;
    if (opened == 0 && rc == 1)
        r->out->files_seen++;
    else if (rc >= 0 && (rc = read_input(r, path, err)) == 0)
        rc = opened == 0 ? came_whole(r, hash, err) : keep_intake_file_done(r->in, NULL, err);
    keep_filehash_close(hash);
    return rc < 0 ? rc : 0;
}

/* The manifest's own digest says nothing of the files it names, so it is read each time; files that did not change are repetitions. */
static int read_manifest(struct run *r, const char *path, struct keep_err *err)
{
    static const struct keep_map *const map = &keep_manifest_map;
    struct keep_ingest usual = r->ingest;
    struct keep_input *input = NULL;
    const char *slash = strrchr(path, '/');
    char folder[4096] = ".";
    int fd = -1;
    if (slash && (size_t)(slash - path) + 2 > sizeof folder)
        return keep_err_set(err, KEEP_E_USAGE, "%s: too long a path", path);
    if (slash) {
        memcpy(folder, path, (size_t)(slash - path) + 1);
        folder[slash - path + 1] = '\0';
    }
    int rc = keep_input_open(&input, path, err);
    if (rc == 0 && (fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)) < 0)
        rc = keep_err_set(err, KEEP_E_INPUT, "%s: the manifest's folder cannot be opened", path);
    r->outer = input;
    r->file = base_name(path);
    r->ingest.map = &map;
    r->ingest.maps = 1;
    r->ingest.map_name = NULL;
    r->ingest.folder = &fd;
    if (rc == 0)
        rc = read_file(r, input, r->file, false, err);
    r->ingest = usual;
    if (fd >= 0)
        close(fd);
    keep_input_close(input);
    return rc;
}

/* Did the input end it, so that the rows before stand? */
static bool input_ended(int rc)
{
    return rc == KEEP_E_INPUT || rc == KEEP_E_LIMIT || rc == KEEP_E_INTERRUPTED;
}

static int read_all(struct run *r, struct keep_err *err)
{
    struct keep_err own = {0};
    int finished, rc = r->p->manifest ? read_manifest(r, r->p->manifest, &own) : 0;
    for (size_t i = 0; rc == 0 && i < r->p->paths; i++)
        rc = read_one(r, r->p->path[i], &own);
    finished = rc == 0 || input_ended(rc) ? keep_intake_finish(r->in, &r->out->counts, rc == 0 ? &own : NULL) : rc;
    r->out->finished = finished == 0;
    if (rc == 0)
        rc = finished;
    if (rc < 0 && err)
        *err = own;
    return rc;
}

/* The zone of times that carry none: the source's, else the keep's. */
static int zone_of(struct keep_store *s, const char *name, struct keep_arena *a, struct keep_zone **out, struct keep_err *err)
{
    struct keep_source *list;
    size_t n;
    const char *zone = keep_store_zone(s);
    int rc = keep_load_sources(s, a, &list, &n, err);
    for (size_t i = 0; rc == 0 && i < n; i++)
        if (keep_str_is(list[i].name, name) && list[i].time_zone.n)
            zone = keep_arena_copy(a, list[i].time_zone.p, list[i].time_zone.n);
    if (rc == 0 && !zone)
        rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    return rc == 0 ? keep_zone_load(out, zone, err) : rc;
}

int keep_import_run(struct keep_store *s, const struct keep_import_params *p, struct keep_import_result *out, struct keep_err *err)
{
    const char *name = p->source ? p->source : "undeclared";
    struct keep_arena *a = keep_arena_new(0);
    struct keep_zone *zone = NULL;
    struct run r = {.p = p, .out = out};
    struct keep_crew *crew = NULL;
    const struct keep_map **map = NULL;
    size_t maps = p->packs && p->packs->policy ? p->packs->policy->maps : 0;
    uint32_t source;
    memset(out, 0, sizeof *out);
    int rc = a ? 0 : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = zone_of(s, name, a, &zone, err);
    if (rc == 0) {
        map = keep_arena_array(a, maps + 1, sizeof *map);
        if (!map)
            rc = keep_err_set(err, KEEP_E_NOMEM, "out of memory");
        for (size_t i = 0; rc == 0 && i < maps; i++)
            map[i] = &p->packs->policy->map[i];
    }
    if (rc == 0)
        rc = keep_intake_source(s, keep_str_of(name), &source, err);
    if (rc == 0)
        rc = keep_crew_new(&crew, p->threads ? p->threads : 1, err);
    if (rc == 0)
        rc = keep_intake_begin(&r.in, s, source, err);
    if (rc == 0) {
        keep_intake_crew(r.in, crew);
        if (p->strict)
            keep_intake_strict(r.in);
        keep_intake_sink(r.in, &r.sink);
        r.ingest = (struct keep_ingest){.sink = &r.sink, .crew = crew, .zone = zone, .map = map, .maps = maps, .map_name = p->map, .progress = show, .progress_ctx = &r};
        rc = read_all(&r, err);
    }
    keep_intake_free(r.in);
    keep_crew_free(crew);
    keep_zone_free(zone);
    keep_arena_free(a);
    return rc;
}

int keep_import_declare(struct keep_store *s, const char *name, const char *path, const struct keep_sign_secret *officer, uint32_t *id, struct keep_err *err)
{
    struct keep_arena *a = keep_arena_new(16u << 20);
    struct keep_buf text = KEEP_BUF_INIT, sig = KEEP_BUF_INIT;
    struct keep_source decl;
    int rc = a ? keep_file_read_operand(path, DECLARATION_FILE, &text, err) : keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (rc == 0)
        rc = keep_declare_parse(&decl, keep_buf_view(&text), path, a, err);
    if (rc == 0 && officer) {
        const struct keep_officer *o;
        rc = keep_signer_of(s, officer, &o, err);
        if (rc == 0)
            rc = keep_sign_message(&sig, officer, text.p, text.n, "declaration of a source", DECLARATION, err);
        if (rc == 0)
            decl.signer = o->role;
    }
    if (rc == 0) {
        decl.name = keep_str_of(name);
        decl.text = keep_buf_view(&text);
        decl.signature = keep_buf_view(&sig);
        decl.declared = true;
        rc = keep_intake_declare(s, &decl, id, err);
    }
    keep_buf_free(&text);
    keep_buf_free(&sig);
    keep_arena_free(a);
    return rc;
}

int keep_import_weigh(struct keep_store *s, struct keep_source *source, size_t n, struct keep_err *err)
{
    for (size_t i = 0; i < n; i++)
        if ((source[i].complete || source[i].codes_complete) && !keep_packs_signed(s, source[i].signer, source[i].text, source[i].signature, DECLARATION))
            source[i].complete = source[i].codes_complete = false;
    return keep_unread_mark(s, source, n, err);
}
