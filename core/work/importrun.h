/* One import: files of one source into the keep. */
#ifndef CORE_WORK_IMPORTRUN_H
#define CORE_WORK_IMPORTRUN_H

#include "core/ingest/ingest.h"
#include "core/store/intake.h"
#include "core/store/store.h"
#include "core/work/packs.h"

struct keep_import_params {
    const char *source;            /* name; NULL: "undeclared" */
    const char *const *path;
    size_t paths;
    const struct keep_packs *packs; /* column maps come from here; NULL: none */
    const char *map;               /* id of the wanted map, or NULL */
    const char *manifest;          /* a table of files of any kind, in its own folder or below; NULL: none */
    bool strict;                   /* stop (KEEP_E_INPUT) at the first item that would go into quarantine; what came before it is kept */
    unsigned threads;              /* at work at once; 0 is 1. What comes into the keep is the same with any number */
    int (*progress)(void *ctx, const char *file, uint64_t done, uint64_t total);
    void *progress_ctx;
};
struct keep_import_result {
    struct keep_intake_counts counts;
    uint64_t files, files_seen;    /* files_seen: taken in whole before, skipped; the files of an archive count one by one */
    bool finished;                 /* counts hold: all that was read is in the keep, though an error may have ended it early */
};
/* Where the input ends it (damaged, cut off, interrupted, strict), what was read before is kept and out is filled, and the error returned. */
int keep_import_run(struct keep_store *s, const struct keep_import_params *p, struct keep_import_result *out, struct keep_err *err);

/* Declares a source from its file. officer: may be NULL (then the statement is unattested: it says what the source holds, but its completeness counts for nothing). */
int keep_import_declare(struct keep_store *s, const char *name, const char *path, const struct keep_sign_secret *officer, uint32_t *id, struct keep_err *err);

/* Takes what loaded sources claim of completeness at its word only where an officer of this keep signed the declaration: elsewhere complete and codes_complete become
 * false. Says of each how much of it lies in quarantine. */
int keep_import_weigh(struct keep_store *s, struct keep_source *source, size_t n, struct keep_err *err);

#endif
