/* A manifest: a table that names files of any kind (PDF, C-CDA, DICOM) and says
 * of each whom it is about. Columns: path, class, patient_id, encounter_id,
 * facility, first, last, media_type, title; path and class are needed. */
#ifndef CORE_INGEST_MANIFEST_H
#define CORE_INGEST_MANIFEST_H

#include "core/ingest/ingest.h"

/* The map that a manifest is read with; keep_ingest.folder is where its paths start. */
extern const struct keep_map keep_manifest_map;

/* A file that a manifest names. */
struct keep_manifest_file {
    struct keep_pull pull;
    struct keep_str media; /* what its first bytes say it is; static */
    int fd;
    const struct keep_ingest *p;
};
/* Opens it below p->folder and reads it once for its size and digest; a pipe cannot be read twice and is none. KEEP_E_INPUT: a path that leads out of the folder,
 * nothing there, not a regular file, a link, not readable to its end, more than KEEP_PULL_MAX, empty. f must not move before it is closed. */
int keep_manifest_open(struct keep_manifest_file *f, const struct keep_ingest *p, struct keep_str path, struct keep_err *err);
void keep_manifest_close(struct keep_manifest_file *f);

#endif
