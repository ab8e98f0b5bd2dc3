/* Which departments share patients: for two departments, how many workers of the
 * one have a tie of their own to a patient whom the other sees. Departments'
 * relations are stable where people's are not, which is why they are counted by
 * department. Of few on file it says little: the others may be the ones who share. */
#ifndef CORE_AUDIT_EDGES_H
#define CORE_AUDIT_EDGES_H

#include "core/audit/posts.h"
#include "core/base/err.h"

struct keep_edges;

#define KEEP_EDGES_MOST 65535 /* a count stays there */

/* The world and the posts must outlive it. */
int keep_edges_new(struct keep_edges **out, const struct keep_world *w, const struct keep_posts *posts, struct keep_err *err);
void keep_edges_free(struct keep_edges *e);

/* How many workers were ever in the department, a number of the posts. */
uint32_t keep_edges_size(const struct keep_edges *e, uint32_t department);
/* How many workers of the one share patients with the other, by such numbers; other KEEP_ID_NONE: those of none on file. -1: the one is nobody's and sees nobody; 0 also
 * where the other is. */
int keep_edges_count(const struct keep_edges *e, uint32_t department, uint32_t other);
/* The most workers of `department` (a number of the posts) that share patients with a department which sees this patient, those who see it and are of none on
 * file being one more. -1: nobody is known to see the patient. */
int keep_edges_ties(const struct keep_edges *e, uint32_t department, uint32_t patient);

#endif
