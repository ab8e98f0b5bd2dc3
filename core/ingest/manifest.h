/* A manifest: a table that names files of any kind (PDF, C-CDA, DICOM) and says
 * of each whom it is about. Columns: path, class, patient_id, encounter_id,
 * facility, first, last, media_type, title; path and class are needed. */
#ifndef CORE_INGEST_MANIFEST_H
#define CORE_INGEST_MANIFEST_H

#include "core/model/map.h"

/* The map that a manifest is read with; keep_ingest.file gives the bytes. */
extern const struct keep_map keep_manifest_map;

#endif
