/* The SHA-256 of a file that is being read for another purpose: by one of a crew
 * meanwhile, or at once where there is no crew. */
#ifndef CORE_WORK_FILEHASH_H
#define CORE_WORK_FILEHASH_H

#include "core/base/crew.h"

struct keep_filehash;
/* 0; 1 path is no regular file ("-" is none), *out stays. KEEP_E_INPUT, KEEP_E_IO as of opening it. path outlives it. */
int keep_filehash_open(struct keep_filehash **out, const char *path, struct keep_err *err);
uint64_t keep_filehash_size(const struct keep_filehash *h); /* as it was opened */
/* Begins; crew NULL: is done when this returns. Once. */
void keep_filehash_start(struct keep_filehash *h, struct keep_crew *crew);
/* Waits for it: 0 and the digest, 1 the file is not, or no longer, what was opened. May be asked again, later. */
int keep_filehash_end(struct keep_filehash *h, uint8_t digest[32], struct keep_err *err);
void keep_filehash_close(struct keep_filehash *h); /* stops what is under way; NULL allowed */

#endif
