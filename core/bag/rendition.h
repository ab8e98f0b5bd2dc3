/* A plain page for people, of a record that is JSON: names and values in nested
 * tables, nothing left out, nothing that runs or loads. It stands beside the
 * record for the day when nothing reads the record's own format. */
#ifndef CORE_BAG_RENDITION_H
#define CORE_BAG_RENDITION_H

#include "core/base/arena.h"
#include "core/base/buf.h"
#include "core/base/err.h"

/* Whether a record of that media type gets one. */
bool keep_rendition_fits(struct keep_str media_type);
/* 0; 1: the payload is not JSON, or larger than a can hold: there is no rendition, out is as it was. a is scratch, reset here. */
int keep_rendition_write(struct keep_buf *out, struct keep_str payload, struct keep_arena *a, struct keep_err *err);

#endif
