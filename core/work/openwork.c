/* A case nobody has looked at holds nothing: an audit alone must not stop a
 * hospital's disposal for ever. From the first step of a person until its
 * decision the chart is evidence. */
#include "core/work/openwork.h"

#include <stdio.h>
#include <string.h>

#include "core/base/codec.h"
#include "core/store/casebook.h"
#include "core/store/load.h"

enum { SHOWN = 12 }; /* hex digits of a case, as lists show it */

int keep_openwork_holds(struct keep_store *s, const struct keep_world *w, struct keep_arena *a, struct keep_hold **hold, size_t *n, struct keep_err *err)
{
    struct keep_casebook_case *list;
    size_t cases = 0, at = *n;
    int rc = keep_casebook_load(s, a, &list, &cases, err);
    struct keep_hold *all = rc == 0 ? keep_arena_array(a, *n + cases + 1, sizeof *all) : NULL;
    if (rc < 0)
        return rc;
    if (!all)
        return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    if (*n)
        memcpy(all, *hold, *n * sizeof *all);
    for (size_t i = 0; i < cases; i++) {
        const struct keep_casebook_case *c = &list[i];
        uint32_t patient = c->patient ? keep_load_patient_index(w, c->patient) : KEEP_ID_NONE;
        char id[33], matter[48];
        bool ok = true;
        if (c->closed || c->reviewed == KEEP_TIME_NONE || patient == KEEP_ID_NONE)
            continue;
        keep_codec_hex(c->name, 16, id);
        snprintf(matter, sizeof matter, "access case %.*s", SHOWN, id);
        all[at++] = (struct keep_hold){.matter = keep_arena_str(a, keep_str_of(matter), &ok), .patient = patient, .placed = c->reviewed, .effective_from = c->reviewed, .released = KEEP_TIME_NONE};
        if (!ok)
            return keep_err_set(err, KEEP_E_NOMEM, "out of memory");
    }
    *hold = all;
    *n = at;
    return 0;
}
