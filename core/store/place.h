/* A folder that is built beside its place and then takes its name in one step:
 * whoever finds the place finds all of it, and nobody takes what a dying process
 * left for it. */
#ifndef CORE_STORE_PLACE_H
#define CORE_STORE_PLACE_H

#include <stdbool.h>

#include "core/base/err.h"

#define KEEP_PLACE_SUFFIX ".part" /* behind the place's name, while it is built */

struct keep_place {
    char *path; /* where it shall be */
    char *part; /* where it is built; mode 0700 */
    int dir;    /* open on part and locked: a second builder is refused */
    bool made;
};

/* Makes the folder to build in. What a process that died left there is removed first; files that are not of a keep are left alone and refused.
 * KEEP_E_REFUSED: something is at path already, or in the way; KEEP_E_LOCKED: another process builds there. */
int keep_place_begin(struct keep_place *p, const char *path, struct keep_err *err);
/* Takes the name, with fsync of folder and parent. KEEP_E_REFUSED: something came to be there meanwhile; the part stays until _end. */
int keep_place_take(struct keep_place *p, struct keep_err *err);
/* In every case; removes the part when it did not take its name. */
void keep_place_end(struct keep_place *p);
/* The name of the part of a path, in malloc'd memory; NULL: out of memory. */
char *keep_place_part(const char *path);

#endif
