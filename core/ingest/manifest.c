/* The manifest's columns are fixed, so that whoever writes one needs no pack. */
#include "core/ingest/manifest.h"

#define COLUMN(name) {KEEP_STR(name), KEEP_STR(name), {NULL, 0}, {NULL, 0}, NULL, 0}
static const struct keep_map_column columns[] = {
    COLUMN("path"), COLUMN("class"), COLUMN("patient_id"), COLUMN("encounter_id"), COLUMN("facility"), COLUMN("first"), COLUMN("last"), COLUMN("media_type"), COLUMN("title"),
};

const struct keep_map keep_manifest_map = {{"manifest", 8}, KEEP_MAP_FILES, ',', {NULL, 0}, columns, sizeof columns / sizeof *columns};
